//! Exit codes, and the one line on stderr that goes with each.

use std::fmt::Display;
use std::io::{self, Write};

use tracezip::ErrorKind;

/// Why the command ends. The numbers are documented in `--help` and do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// A file cannot be read or written.
    Io = 1,
    /// The arguments are wrong. The argument parser uses the same number.
    Usage = 2,
    /// The input is not of the kind that the command needs.
    WrongInput = 3,
    /// Compressed data is damaged, cut short or out of order.
    Damaged = 4,
    /// The file was made by a newer version of the format.
    NewerVersion = 5,
    /// The file needs more than a limit allows.
    Limit = 6,
    /// `bench` met a codec that failed or did not give every byte back.
    NotExact = 7,
}

/// The part of `--help` that lists them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a file cannot be read or written
  2  wrong arguments
  3  the input is not what the command needs (not OTLP, not Tracezip)
  4  the compressed data is damaged, cut short or out of order
  5  the file was made by a newer version of the format
  6  a limit is exceeded
  7  bench: a codec failed or did not give every byte back";

/// What ends a command early.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    /// The reader of our output has gone: not worth a word.
    quiet: bool,
}

/// `Result` of everything in this command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure { exit, message: message.into(), quiet: false }
    }

    /// A failure to read or write `what`.
    pub(crate) fn io(what: impl Display, error: &io::Error) -> Self {
        let quiet = error.kind() == io::ErrorKind::BrokenPipe;
        Failure { exit: Exit::Io, message: format!("{what}: {error}"), quiet }
    }

    /// An input of a kind that the command cannot use.
    pub(crate) fn input(name: impl Display, error: &tracezip_benches::Error) -> Self {
        Failure::new(Exit::WrongInput, format!("{name}: {error}"))
    }

    /// An error of the codec, found at `place`.
    pub(crate) fn codec(place: impl Display, error: &tracezip::Error) -> Self {
        let (exit, hint) = match error.kind() {
            ErrorKind::NotTracezip | ErrorKind::NotOtlp => (Exit::WrongInput, ""),
            ErrorKind::UnsupportedVersion => (Exit::NewerVersion, "; a newer tracezip reads it"),
            ErrorKind::LimitExceeded => (Exit::Limit, "; --max-size raises the limit"),
            ErrorKind::InvalidConfig => (Exit::Usage, ""),
            ErrorKind::UnknownDictionary => (Exit::Usage, "; --dictionary names it"),
            _ => (Exit::Damaged, ""),
        };
        Failure::new(exit, format!("{place}: {error}{hint}"))
    }
}

/// Says what went wrong, if anything; the exit code.
pub(crate) fn report(result: Result<()>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(failure) if failure.quiet => 0,
        Err(failure) => {
            // Nobody is left to be told if stderr is closed too.
            let _ = writeln!(io::stderr(), "tracezip: {}", failure.message.replace('\n', " "));
            failure.exit as u8
        }
    }
}

/// Shows help or what is wrong with the arguments; the exit code.
pub(crate) fn usage(error: &clap::Error) -> u8 {
    // As in `report`: a closed stream is nobody to tell.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage as u8 } else { 0 }
}
