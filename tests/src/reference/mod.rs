//! The reference decoder, in a process of its own.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use tracezip_tests::corpora::tests_dir;

/// What a frame decodes to, or the code of the error and its text.
pub(crate) type Decoded = Result<Vec<u8>, (i32, String)>;

fn folder() -> PathBuf {
    tests_dir().parent().unwrap().join("spec/reference")
}

fn python() -> Command {
    let mut python = Command::new("python3");
    // Compiled modules beside the sources would make the tree dirty.
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// Runs the command with these arguments and this frame; nothing if there is no Python.
pub(crate) fn run(arguments: &[&str], frame: &[u8]) -> Option<Output> {
    let mut command = python();
    command.arg(folder().join("tracezip_ref.py")).args(arguments);
    let mut child = start(command.stderr(Stdio::piped()))?;
    child.stdin.take().unwrap().write_all(frame).unwrap();
    Some(child.wait_with_output().unwrap())
}

fn start(command: &mut Command) -> Option<Child> {
    match command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
        Ok(child) => Some(child),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Not by `println!`, which is shown of tests that fail only.
            let _ = writeln!(std::io::stderr(), "SKIPPED: the reference decoder needs python3, which is not installed");
            None
        }
        Err(error) => panic!("python3: {error}"),
    }
}

/// Decodes one frame after the other.
pub(crate) struct Reference {
    child: Child,
    asked: ChildStdin,
    answered: ChildStdout,
}

impl Reference {
    /// Nothing if there is no Python.
    pub(crate) fn start() -> Option<Self> {
        let mut command = python();
        command.arg(tests_dir().join("tests/python/serve.py")).arg(folder());
        let mut child = start(&mut command)?;
        let (asked, answered) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Some(Reference { child, asked, answered })
    }

    /// Decodes the next frame.
    pub(crate) fn decode(&mut self, frame: &[u8]) -> Decoded {
        self.asked.write_all(&(frame.len() as u32).to_le_bytes()).unwrap();
        self.asked.write_all(frame).unwrap();
        self.asked.flush().unwrap();
        let (code, len) = (self.number(), self.number());
        let mut answer = vec![0; len as usize];
        self.answered.read_exact(&mut answer).unwrap();
        match code {
            0 => Ok(answer),
            code => Err((code as i32, String::from_utf8_lossy(&answer).into_owned())),
        }
    }

    /// Fails unless the next frame decodes as the codec has decoded it, or is refused by the same code.
    pub(crate) fn agrees(&mut self, name: &str, frame: &[u8], codec: &Decoded) {
        let reference = self.decode(frame);
        let same = match (&reference, codec) {
            (Ok(reference), Ok(codec)) => reference == codec,
            (Err(reference), Err(codec)) => reference.0 == codec.0,
            _ => false,
        };
        assert!(same, "{name}: {}, the codec: {}: {}", told(&reference), told(codec), hex(frame));
    }

    fn number(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.answered.read_exact(&mut bytes).expect("the reference decoder has ended; its message is above");
        u32::from_le_bytes(bytes)
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // A length of 2^32 - 1 ends it.
        let _ = self.asked.write_all(&[0xff; 4]);
        let _ = self.child.wait();
    }
}

fn told(decoded: &Decoded) -> String {
    match decoded {
        Ok(otlp) => format!("{} bytes", otlp.len()),
        Err((code, message)) => format!("code {code}, {message}"),
    }
}

fn hex(frame: &[u8]) -> String {
    frame.iter().take(2000).map(|byte| format!("{byte:02x}")).collect()
}
