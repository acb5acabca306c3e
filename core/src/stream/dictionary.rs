//! [`Dictionary`]: what frames begin with that have no earlier frame to build on.

use std::fmt;
use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::xxh3_64;

use super::codec::{DecoderState, State};
use super::decompressor::check;
use super::train;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::frame::{Body, Coding, Header, Settings, body};
use crate::limits::Limits;

/// Knowledge of batches to come, made of batches that have been ([`Dictionary::train`]). A frame made with a
/// dictionary stands alone for everyone who holds it, and is as small as if those batches had gone before it in
/// a stream: what helps most is a dictionary for small requests.
///
/// A dictionary *is* a frame, that of its samples, and can be looked at as one. Like the frame it holds what the
/// samples held; do not give it to those who must not see them.
///
/// It takes some megabytes of memory once, is cheap to clone, and may be used by any number of threads at once.
///
/// ```
/// # let message = |tag: u8, inner: &[u8]| [&[tag, inner.len() as u8], inner].concat();
/// # let spans = message(0x12, &message(0x2a, b"GET /cart, then GET /cart and GET /cart"));
/// # let request = &message(0x0a, &message(0x12, &spans));
/// # let samples = [request];
/// let dictionary = tracezip::Dictionary::train(&samples, 64 << 10)?;
/// let config = tracezip::TracezipConfig::builder().dictionary(dictionary.clone()).build()?;
/// let frame = tracezip::compress_level(request, &config);
///
/// let mut back = Vec::new();
/// tracezip::decompress_append_with(&frame, config.limits(), Some(&dictionary), &mut back)?;
/// assert_eq!(back, *request);
/// # Ok::<(), tracezip::Error>(())
/// ```
#[derive(Clone)]
pub struct Dictionary(Arc<Held>);

struct Held {
    frame: Vec<u8>,
    id: u64,
    /// The state that the frame leaves in its decoder.
    learnt: State,
    /// The same for its encoder, and for the decoder and the encoder of level 9; made when first asked for.
    others: [OnceLock<State>; 3],
}

impl Dictionary {
    /// Makes a dictionary of at most `max_bytes` bytes, 4 KiB or more, from batches of the kind that are to be
    /// compressed: serialized trace requests. 64 KiB and a few thousand spans of a day's traffic are a good start;
    /// a larger dictionary knows more and takes more memory.
    ///
    /// # Errors
    /// [`ErrorKind::NotOtlp`] if a sample is no trace request, or if there is no span in any of them;
    /// [`ErrorKind::InvalidConfig`] if `max_bytes` is too small.
    pub fn train(samples: &[impl AsRef<[u8]>], max_bytes: usize) -> Result<Dictionary> {
        train::train(samples, max_bytes)
    }

    /// Takes a dictionary from its bytes ([`Dictionary::as_bytes`]). Any compressed frame that stands alone, of a
    /// level from 2 to 8 and made without a dictionary, is one.
    ///
    /// # Errors
    /// As for [`decompress`](crate::decompress), and [`ErrorKind::Corrupt`] for frames of other kinds.
    pub fn load(frame: &[u8]) -> Result<Dictionary> {
        let (header, body) = Header::read(frame)?;
        let none = |detail| Err(Error::new(ErrorKind::Corrupt, Stage::Header, 0, detail));
        if header.body == Body::Stored || header.link.is_some() {
            return none("a dictionary is a compressed frame that stands alone");
        }
        let limits = Limits::default();
        let len = limits.check_decoded(header.len)?;
        let (settings, sections) = Settings::read(body, &limits)?;
        if settings.dictionary.is_some() || settings.coding == Coding::Mixed || settings.model.lean {
            return none("a dictionary needs no other, and is of a level from 2 to 8");
        }
        let mut decoder = DecoderState::new(settings, None);
        let mut otlp = Vec::new();
        decoder.decode(body::read(sections)?, body.len(), len, &mut otlp, None)?;
        check(&otlp, header.checksum)?;
        let (frame, id, learnt) = (frame.to_vec(), xxh3_64(frame), decoder.into_state());
        Ok(Dictionary(Arc::new(Held { frame, id, learnt, others: Default::default() })))
    }

    /// The bytes, to be kept and sent to those who are to read.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.frame
    }

    /// What tells it from all others: the XXH3-64 of its bytes.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// What frames call it: the low half of its id.
    pub(crate) fn name(&self) -> u32 {
        self.0.id as u32
    }

    /// The state that frames begin with; an encoder's finds what is in it.
    pub(super) fn state(&self, coding: Coding, encodes: bool) -> &State {
        let Held { learnt, others: [encoder, mixed_decoder, mixed_encoder], .. } = &*self.0;
        let other = match (coding, encodes) {
            (Coding::Rans, false) => return learnt,
            (Coding::Rans, true) => encoder,
            (Coding::Mixed, false) => mixed_decoder,
            (Coding::Mixed, true) => mixed_encoder,
        };
        other.get_or_init(|| learnt.made_for(coding, encodes))
    }
}

/// Equal if their bytes are.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Dictionary {}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dictionary({:016x}, {} bytes)", self.0.id, self.0.frame.len())
    }
}

/// The low half of the id of the dictionary that `frame` was made with; nothing if it was made with none, or goes
/// on with a stream.
///
/// # Errors
/// As for [`decompress`](crate::decompress), from the header and the settings alone.
pub fn dictionary_of(frame: &[u8]) -> Result<Option<u32>> {
    let (header, body) = Header::read(frame)?;
    if header.body == Body::Stored || header.link.is_some() {
        return Ok(None);
    }
    let limits = Limits { max_state_bytes: usize::MAX, ..Limits::default() };
    Ok(Settings::read(body, &limits)?.0.dictionary)
}
