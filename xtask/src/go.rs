//! The Go module: its library, which is not checked in, and its tests.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::process::{Command, Stdio};

use crate::install::{build, put, write};
use crate::run::{cargo, command, root};

/// Builds libtracezip.a and puts it where cgo finds it, with a stamp beside the sources: the go command does
/// not look into libraries, and would not link a new one.
pub(crate) fn library() -> Result<(), String> {
    let folder = root().join("go");
    let library = folder.join("lib/libtracezip.a");
    put(&build()?.join("libtracezip.a"), &library, &["-S"])?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&fs::read(&library).map_err(|error| format!("{}: {error}", library.display()))?);
    let stamp = format!("#define TRACEZIP_LIBRARY_STAMP \"{:016x}\"\n", hasher.finish());
    write(&folder.join("libtracezip_stamp.h"), |new| fs::write(new, &stamp))
}

/// Whether there is a go command.
pub(crate) fn is_installed() -> bool {
    Command::new("go").arg("version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The modules that depend on more than the codec.
const WIRE: [&str; 2] = ["go/transport", "go/collector/tracezipextension"];

/// The tests of the module, of those around it, and of the comparison with other codecs, which has one of its own.
pub(crate) fn tests() -> Vec<Command> {
    let mut race = command("go", "-C go test -race -count=1 ./...");
    race.env("GODEBUG", "cgocheck=1");
    // Looks at every pointer that Go writes, not only at those given to C.
    let mut pointers = command("go", "-C go test -short -count=1 ./...");
    pointers.env("GOEXPERIMENT", "cgocheck2");
    let mut steps = vec![
        cargo("xtask go"),
        command("gofmt", "-d go"),
        command("go", "-C go vet ./..."),
        race,
        pointers,
        command("go", "-C go/bench vet ./..."),
        command("go", "-C go/bench test -count=1 -bench ./hipstershop|empty -benchtime 1x ./..."),
    ];
    for module in WIRE {
        steps.push(command("go", &format!("-C {module} vet ./...")));
        steps.push(command("go", &format!("-C {module} test -race -count=1 ./...")));
    }
    steps.push(command("go", "-C go/collector/e2e vet ./..."));
    steps.push(end_to_end("./..."));
    steps
}

/// Collectors as processes, with SDKs and the command line that the steps in Rust, Python and JavaScript have built.
fn end_to_end(arguments: &str) -> Command {
    let mut step = command("go", &format!("-C go/collector/e2e test -count=1 -timeout 30m {arguments}"));
    step.env("TRACEZIP_BUILT", "1");
    step
}

/// Once more, in a program that finds what C leaks and what it writes where it should not; and many spans through
/// Collectors.
pub(crate) fn long_tests() -> Vec<Command> {
    let mut asan = command("go", "-C go test -asan -short -count=1 ./...");
    // Freed memory is not kept, for the tests of memory would take it for a leak; and too large an
    // allocation fails, as it does without.
    asan.env("ASAN_OPTIONS", "quarantine_size_mb=8:allocator_may_return_null=1");
    let fuzz =
        |target| command("go", &format!("-C go test -run ^$ -fuzz {target} -fuzztime 60s -fuzzminimizetime 10x ."));
    let mut end_to_end = end_to_end("-v -run TestSDKs|TestSoak .");
    end_to_end.env("TRACEZIP_LONG", "1").env("TRACEZIP_SOAK", "200s");
    vec![asan, fuzz("FuzzRoundTrip"), fuzz("FuzzDecompress"), end_to_end]
}
