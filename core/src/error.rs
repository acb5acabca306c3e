//! One error type: what went wrong, where in the flow, and at which byte.

use std::fmt;

/// What went wrong. The number of each kind is pinned: it is the code in C, Go, Python and Node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// The input does not begin like a Tracezip frame.
    NotTracezip = 1,
    /// The frame was made by a newer version of the format.
    UnsupportedVersion = 2,
    /// The frame ends too early.
    Truncated = 3,
    /// The frame contradicts itself.
    Corrupt = 4,
    /// The decoded bytes are not those that were compressed.
    Checksum = 5,
    /// A frame of a stream was lost, repeated or reordered, or a stream's frame stands where one that
    /// stands alone is needed.
    OutOfSequence = 6,
    /// The frame needs more than a limit allows.
    LimitExceeded = 7,
    /// The caller's buffer is too small.
    BufferTooSmall = 8,
    /// A configuration value is out of range.
    InvalidConfig = 9,
    /// The input is not a trace request, where one is needed.
    NotOtlp = 10,
    /// The frame was made with a dictionary that its reader does not hold.
    UnknownDictionary = 11,
}

impl ErrorKind {
    /// Every kind, in the order of the codes.
    pub const ALL: [ErrorKind; 11] = [
        ErrorKind::NotTracezip,
        ErrorKind::UnsupportedVersion,
        ErrorKind::Truncated,
        ErrorKind::Corrupt,
        ErrorKind::Checksum,
        ErrorKind::OutOfSequence,
        ErrorKind::LimitExceeded,
        ErrorKind::BufferTooSmall,
        ErrorKind::InvalidConfig,
        ErrorKind::NotOtlp,
        ErrorKind::UnknownDictionary,
    ];

    /// The pinned number, from 1.
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// A short text, the same in every language.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorKind::NotTracezip => "not a Tracezip frame",
            ErrorKind::UnsupportedVersion => "made by a newer version of the format",
            ErrorKind::Truncated => "the frame is cut short",
            ErrorKind::Corrupt => "the frame is damaged",
            ErrorKind::Checksum => "the checksum does not match",
            ErrorKind::OutOfSequence => "a frame of the stream is missing, repeated or out of order",
            ErrorKind::LimitExceeded => "a limit is exceeded",
            ErrorKind::BufferTooSmall => "the buffer is too small",
            ErrorKind::InvalidConfig => "the configuration is invalid",
            ErrorKind::NotOtlp => "not an OTLP trace request",
            ErrorKind::UnknownDictionary => "a dictionary is missing",
        }
    }
}

/// Where in the flow an error was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Checking a configuration.
    Config,
    /// Reading a frame's header.
    Header,
    /// Decoding a frame's body.
    Body,
    /// Comparing what was decoded with the checksum.
    Checksum,
    /// Following a stream.
    Stream,
    /// Writing to the caller's buffer.
    Output,
    /// Reading an OTLP message.
    Otlp,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Stage::Config => "configuration",
            Stage::Header => "frame header",
            Stage::Body => "frame body",
            Stage::Checksum => "checksum",
            Stage::Stream => "stream",
            Stage::Output => "output",
            Stage::Otlp => "OTLP message",
        }
    }
}

/// An error of any call of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    stage: Stage,
    offset: u64,
    detail: &'static str,
    dictionary: Option<u32>,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, stage: Stage, offset: usize, detail: &'static str) -> Self {
        Error { kind, stage, offset: offset as u64, detail, dictionary: None }
    }

    /// The dictionary with this name is not there.
    pub(crate) const fn dictionary(name: u32) -> Self {
        let detail = "the frame was made with one whose id ends in";
        let error = Error::new(ErrorKind::UnknownDictionary, Stage::Body, 0, detail);
        Error { dictionary: Some(name), ..error }
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where in the flow.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// At which byte: of the frame in the header, of the decoded bytes in the body.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.detail)?;
        if let Some(name) = self.dictionary {
            write!(f, " {name:08x}")?;
        }
        write!(f, " ({}, byte {})", self.stage.as_str(), self.offset)
    }
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
