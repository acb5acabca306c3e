//! The reference decoder, `spec/reference/tracezip_ref.py`, in a process of its own that decodes one frame after
//! the other.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tracezip::ErrorKind;

use crate::tests_dir;

/// What a frame decodes to, or the code of the error and its text.
pub type Decoded = Result<Vec<u8>, (i32, String)>;

fn folder() -> PathBuf {
    tests_dir().parent().unwrap().join("spec/reference")
}

fn python(script: &Path) -> Command {
    let mut python = Command::new("python3");
    // Compiled modules beside the sources would make the tree dirty.
    python.env("PYTHONDONTWRITEBYTECODE", "1").arg(script);
    python
}

/// Runs the command with these arguments and this frame; nothing if there is no Python.
pub fn run(arguments: &[&str], frame: &[u8]) -> Option<Output> {
    let mut command = python(&folder().join("tracezip_ref.py"));
    let mut child = start(command.args(arguments).stderr(Stdio::piped()))?;
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

/// Decodes the frames of a stream in turn, as a [`tracezip::TraceDecompressor`] does.
#[derive(Debug)]
pub struct Reference {
    child: Child,
}

impl Reference {
    /// Nothing if there is no Python.
    pub fn start() -> Option<Self> {
        let mut command = python(&tests_dir().join("src/reference/serve.py"));
        Some(Reference { child: start(command.arg(folder()))? })
    }

    /// Decodes the next frame.
    pub fn decode(&mut self, frame: &[u8]) -> Decoded {
        let asked = self.child.stdin.as_mut().unwrap();
        asked.write_all(&[&(frame.len() as u32).to_le_bytes(), frame].concat()).unwrap();
        asked.flush().unwrap();
        let (code, len) = (self.number(), self.number());
        let mut answer = vec![0; len as usize];
        self.read(&mut answer);
        match code {
            0 => Ok(answer),
            code => Err((code as i32, String::from_utf8_lossy(&answer).into_owned())),
        }
    }

    fn number(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.read(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn read(&mut self, answer: &mut [u8]) {
        let answered = self.child.stdout.as_mut().unwrap();
        answered.read_exact(answer).expect("the reference decoder has ended; its message is above");
    }

    /// Fails unless the next frame decodes as the codec has decoded it, or is refused by the same code.
    pub fn agrees(&mut self, name: &str, frame: &[u8], codec: &Decoded) {
        let reference = self.decode(frame);
        let same = match (&reference, codec) {
            (Ok(reference), Ok(codec)) => reference == codec,
            (Err(reference), Err(codec)) => reference.0 == codec.0,
            _ => false,
        };
        assert!(same, "{name}: {}, the codec: {}: {}", told(&reference), told(codec), hex(frame));
    }

    /// The same for a frame that was damaged behind its seal; whether also the codes are the same. A body that is
    /// wrong in more than one way may be wrong in one to the codec and in another to the reference.
    pub fn agrees_on_damage(&mut self, name: &str, damaged: &[u8], codec: &tracezip::Result<Vec<u8>>) -> bool {
        let of_body = [ErrorKind::Truncated, ErrorKind::Corrupt, ErrorKind::Checksum].map(ErrorKind::code);
        let reference = self.decode(damaged);
        match (&reference, codec) {
            (Ok(reference), Ok(codec)) if reference == codec => true,
            (Err((code, _)), Err(error)) if *code == error.kind().code() => true,
            (Err((code, _)), Err(error)) if [*code, error.kind().code()].iter().all(|code| of_body.contains(code)) => {
                false
            }
            _ => {
                panic!("{name}: {}, the codec: {:?}: {}", told(&reference), codec.as_ref().map(Vec::len), hex(damaged))
            }
        }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // Nothing more is asked: it ends.
        drop(self.child.stdin.take());
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
