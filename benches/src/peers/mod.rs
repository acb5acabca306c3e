//! The codecs that are compared, behind one trait; a file a peer.

mod gzip;
mod tracezip;
mod zstd;

pub use gzip::Gzip;
pub use tracezip::{Tracezip, TracezipStream};
pub use zstd::{Zstd, ZstdStream};

use ::tracezip::Dictionary;

use crate::error::{Error, Result};

/// Whether a batch can be read without those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It can.
    SelfContained,
    /// It cannot: state is kept over batches on both sides.
    Stream,
}

impl Mode {
    /// As in a row.
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::SelfContained => "self-contained",
            Mode::Stream => "stream",
        }
    }
}

/// A codec at one level. Everything that can be reused from batch to batch is.
pub trait Codec {
    /// Name and level, as `zstd -3`.
    fn name(&self) -> &str;

    /// Whether batches stand alone.
    fn mode(&self) -> Mode;

    /// So slow that one pass must do.
    fn is_slow(&self) -> bool {
        false
    }

    /// Forgets all batches; called before each pass of compressing and of decompressing.
    ///
    /// # Errors
    /// [`Error::Codec`], as for the other calls.
    fn restart(&mut self) -> Result<()> {
        Ok(())
    }

    /// Most bytes that a batch of `len` bytes becomes.
    fn bound(&self, len: usize) -> usize;

    /// Compresses `batch` into `frame`, which is empty and has room for [`Codec::bound`].
    ///
    /// # Errors
    /// What the library says.
    fn compress(&mut self, batch: &[u8], frame: &mut Vec<u8>) -> Result<()>;

    /// Decompresses `frame` into `batch`, which is empty and has room for the original and a byte more.
    ///
    /// # Errors
    /// What the library says.
    fn decompress(&mut self, frame: &[u8], batch: &mut Vec<u8>) -> Result<()>;
}

/// What to compare.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Levels of Tracezip whose frames stand alone.
    pub levels: Vec<u8>,
    /// Levels of Tracezip as a stream.
    pub stream_levels: Vec<u8>,
    /// Whether zstd -19 takes part.
    pub slow: bool,
    /// What Tracezip is tried with too.
    pub dictionary: Option<Dictionary>,
}

/// Every codec of `selection`, in the order of a table.
///
/// # Errors
/// A level that does not exist, or no memory.
pub fn codecs(selection: &Selection) -> Result<Vec<Box<dyn Codec>>> {
    let mut codecs: Vec<Box<dyn Codec>> = Vec::new();
    for &level in &selection.levels {
        codecs.push(Box::new(Tracezip::new(level)?));
    }
    if let Some(dictionary) = &selection.dictionary {
        for &level in &selection.levels {
            codecs.push(Box::new(Tracezip::with_dictionary(level, dictionary)?));
        }
    }
    codecs.push(Box::new(Gzip::new(6)));
    let zstd_levels = [1, 3, 19].into_iter().filter(|level| *level < 19 || selection.slow);
    for level in zstd_levels.clone() {
        codecs.push(Box::new(Zstd::new(level)?));
    }
    for &level in &selection.stream_levels {
        codecs.push(Box::new(TracezipStream::new(level)?));
    }
    for level in zstd_levels {
        codecs.push(Box::new(ZstdStream::new(level)?));
    }
    Ok(codecs)
}

fn failed(codec: &str, detail: impl ToString) -> Error {
    Error::Codec { codec: codec.to_string(), detail: detail.to_string() }
}
