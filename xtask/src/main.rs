//! Tasks of the project: `cargo xtask`.

mod fuzz;
mod go;
mod install;
mod node;
mod python;
mod run;
mod test;
mod update;

use std::process::ExitCode;

const HELP: &str = "\
Tasks of the project.

cargo xtask test            every test there is, in every language of the tree (20 min)
cargo xtask test --quick    the Rust tests that find most mistakes (1 min)
cargo xtask test --python   the tests in Python alone (3 min)
cargo xtask test --long     more damage, the large corpora in release mode, each fuzz target for 10 s, 10 minutes of
                            spans through Collectors (longer)
cargo xtask install --prefix P [--libdir lib] [--destdir D]
                            builds libtracezip and puts it, its header and the files for pkg-config
                            and CMake under P, or for packagers under D/P
cargo xtask go              builds libtracezip.a for the Go module, and puts it where cgo finds it
cargo xtask prior           writes the tables of what contexts know at first anew, after a change of the model
cargo xtask vectors         writes tests/vectors and spec/worked-frame.md anew, after a change of the format
cargo xtask sizes           writes tests/sizes.csv anew, after a change of the sizes
cargo xtask header          writes include/tracezip.h anew, after a change of the C interface
cargo xtask update          all four

Environment: TRACEZIP_CORPORA, a folder of *.otlp.zst for the tests of large corpora;
CC and CXX, compilers for the tests in C; PYTHON, for those in Python (3.11 or newer). Node 20.6 or newer and npm
are found on the PATH.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["test"] => test::run(test::Speed::Full),
        ["test", "--quick"] => test::run(test::Speed::Quick),
        ["test", "--python"] => test::run(test::Speed::Python),
        ["test", "--long"] => test::run(test::Speed::Long),
        ["install", ref options @ ..] => install::run(options),
        ["go"] => go::library(),
        ["prior"] => update::prior(),
        ["vectors"] => update::vectors(),
        ["sizes"] => update::sizes(),
        ["header"] => update::header(),
        ["update"] => update::all(),
        ["help" | "--help" | "-h"] | [] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("unknown task: {}\n\n{HELP}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
