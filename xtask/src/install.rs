//! `cargo xtask install`: libtracezip where C compilers, pkg-config and CMake find it.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::run::{cargo, root, typed};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const MAJOR: &str = env!("CARGO_PKG_VERSION_MAJOR");

/// What the static library needs besides the C library, in CMake's words.
const STATIC_LIBS: &str = if cfg!(target_os = "linux") { "pthread;dl;m" } else { "m" };

/// Where to.
struct Places {
    /// Absolute; with the destdir in front.
    prefix: PathBuf,
    /// Relative to the prefix.
    libdir: PathBuf,
}

/// Builds the libraries and puts all files in place.
pub(crate) fn run(options: &[&str]) -> Result<(), String> {
    let places = Places::parse(options)?;
    let built = build()?;
    let lib = places.prefix.join(&places.libdir);
    let [link, soname, real] = shared_names();
    put(&built.join(&link), &lib.join(&real), &["-S", "-x"])?;
    link_to(&real, &lib.join(&soname))?;
    link_to(&soname, &lib.join(&link))?;
    put(&built.join("libtracezip.a"), &lib.join("libtracezip.a"), &["-S"])?;
    put(&root().join("include/tracezip.h"), &places.prefix.join("include/tracezip.h"), &[])?;
    for (template, folder) in [
        ("tracezip.pc", "pkgconfig"),
        ("tracezipConfig.cmake", "cmake/tracezip"),
        ("tracezipConfigVersion.cmake", "cmake/tracezip"),
    ] {
        let path = root().join("ffi-c/install").join(format!("{template}.in"));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        write(&lib.join(folder).join(template), |new| fs::write(new, places.fill_in(&text)))?;
    }
    Ok(())
}

impl Places {
    fn parse(options: &[&str]) -> Result<Self, String> {
        let (mut prefix, mut libdir, mut destdir) = (None, PathBuf::from("lib"), None);
        let mut words = options.iter().flat_map(|option| option.splitn(2, '='));
        while let Some(name) = words.next() {
            let value = words.next().ok_or(format!("install: {name} needs a value"))?;
            match name {
                "--prefix" => prefix = Some(std::path::absolute(value).map_err(|error| format!("{value}: {error}"))?),
                "--libdir" => libdir = value.into(),
                "--destdir" => destdir = Some(Path::new(value)),
                _ => return Err(format!("install: unknown option {name}; there are --prefix, --libdir, --destdir")),
            }
        }
        let mut prefix = prefix.ok_or("install: where to? Say --prefix, such as --prefix ~/.local")?;
        if !libdir.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!("install: --libdir {} is not a folder below the prefix", libdir.display()));
        }
        if let Some(destdir) = destdir {
            prefix = destdir.join(prefix.strip_prefix("/").unwrap_or(&prefix));
        }
        Ok(Places { prefix, libdir })
    }

    /// Puts names, versions and ways between folders into a template.
    fn fill_in(&self, template: &str) -> String {
        let up = |folders: usize| vec![".."; self.libdir.components().count() + folders].join("/");
        let pc_libs: Vec<String> = STATIC_LIBS.split(';').map(|name| format!("-l{name}")).collect();
        let [_, soname, real] = shared_names();
        [
            ("@VERSION@", VERSION),
            ("@MAJOR@", MAJOR),
            ("@UP_FROM_PC@", &up(1)),
            ("@UP_FROM_CMAKE@", &up(2)),
            ("@PC_STATIC_LIBS@", &pc_libs.join(" ")),
            ("@CMAKE_STATIC_LIBS@", STATIC_LIBS),
            ("@SHARED_FILE@", &real),
            ("@SHARED_NAME@", &soname),
            ("@POINTER_BYTES@", &size_of::<usize>().to_string()),
        ]
        .iter()
        .fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// Of the shared library: what linkers look for, what programs ask for, the file.
fn shared_names() -> [String; 3] {
    let name = |version: &str| {
        if cfg!(target_os = "macos") {
            format!("libtracezip{version}.dylib")
        } else {
            format!("libtracezip.so{version}")
        }
    };
    [name(""), name(&format!(".{MAJOR}")), name(&format!(".{VERSION}"))]
}

/// Builds both libraries; the folder they are in.
pub(crate) fn build() -> Result<PathBuf, String> {
    // .../<profile>/xtask
    let target = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.to_owned()));
    let target = target.unwrap_or(root().join("target"));
    let mut build = cargo("build --release --package tracezip-ffi --target-dir");
    build.arg(&target);
    crate::run::run(build)?;
    Ok(target.join("release"))
}

/// Copies a file, without what `strip` takes away.
pub(crate) fn put(from: &Path, to: &Path, strip: &[&str]) -> Result<(), String> {
    write(to, |new| fs::copy(from, new).and_then(|_| stripped(new, strip)))
}

fn stripped(file: &Path, options: &[&str]) -> std::io::Result<()> {
    if options.is_empty() {
        return Ok(());
    }
    let mut strip = Command::new("strip");
    strip.args(options).arg(file);
    match strip.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(std::io::Error::other(format!("{}: {status}", typed(&strip)))),
        Err(error) => {
            println!("not stripped, so larger than need be: strip: {error}");
            Ok(())
        }
    }
}

/// Makes a file beside `path` and then moves it there: programs that use the old one keep it.
pub(crate) fn write(path: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), String> {
    let new = path.with_extension("new");
    let folder = path.parent().unwrap_or(Path::new("."));
    let done = fs::create_dir_all(folder).and_then(|()| make(&new)).and_then(|()| fs::rename(&new, path));
    println!("{}", path.display());
    done.map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(unix)]
fn link_to(name: &str, path: &Path) -> Result<(), String> {
    write(path, |new| {
        let _ = fs::remove_file(new);
        std::os::unix::fs::symlink(name, new)
    })
}

#[cfg(not(unix))]
fn link_to(_: &str, path: &Path) -> Result<(), String> {
    Err(format!("{}: install knows no such links on this system", path.display()))
}
