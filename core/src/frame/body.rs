//! The body of a coded frame: settings (if it is not linked, or linked to a stored frame), then three sections.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | only with settings: bit 0 no deltas, bit 1 limits follow, bit 2 mixing, bit 3 a dictionary is named, bit 4 the lean model |
//! | 1–10 each | only with limits: most strings, most bytes of state; varints |
//! | 4 | only with a dictionary: the low half of its id |
//! | 1–10 each | bytes of symbols, bytes of raw bits; varints |
//! | | symbols, raw bits, raw words |

use crate::coder::{Contexts, Sections};
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::limits::{DEFAULT_MAX_STATE_BYTES, DEFAULT_STRING_TABLE_SIZE, Limits, MAX_STATE_BYTES, MIN_STATE_BYTES};
use crate::model::ModelConfig;
use crate::wire::varint;

const NO_DELTAS: u8 = 1;
const LIMITS: u8 = 2;
const MIXED: u8 = 4;
const DICTIONARY: u8 = 8;
const LEAN: u8 = 16;

/// Which entropy coder a frame was made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Adaptive symbols by rANS: levels 1 to 8.
    #[default]
    Rans,
    /// Mixed decisions by binary arithmetic coding: level 9.
    Mixed,
}

impl Coding {
    pub(crate) fn of_level(level: u8) -> Self {
        if level < 9 { Coding::Rans } else { Coding::Mixed }
    }

    /// Contexts as this coder has them.
    pub(crate) fn contexts(self) -> Contexts {
        match self {
            Coding::Rans => Contexts::default(),
            Coding::Mixed => Contexts::mixing(),
        }
    }
}

/// What the first frame that a fresh model codes says about itself and those that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub model: ModelConfig,
    pub coding: Coding,
    /// The dictionary that the model begins with, by the low half of its id.
    pub dictionary: Option<u32>,
}

impl Settings {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let ModelConfig { deltas, lean, max_strings, max_state, .. } = self.model;
        let limits = max_strings != DEFAULT_STRING_TABLE_SIZE || max_state != DEFAULT_MAX_STATE_BYTES;
        let flag = |flag, on| if on { flag } else { 0 };
        let mixed = self.coding == Coding::Mixed;
        let flags = flag(NO_DELTAS, !deltas) | flag(LIMITS, limits) | flag(MIXED, mixed) | flag(LEAN, lean);
        out.push(flags | flag(DICTIONARY, self.dictionary.is_some()));
        if limits {
            varint::put(out, max_strings as u64);
            varint::put(out, max_state as u64);
        }
        if let Some(name) = self.dictionary {
            out.extend_from_slice(&name.to_le_bytes());
        }
    }

    /// Reads settings and returns them with what follows.
    pub(crate) fn read<'a>(body: &'a [u8], limits: &Limits) -> Result<(Settings, &'a [u8])> {
        let Some((&flags, mut rest)) = body.split_first() else {
            return Err(truncated("the settings are missing"));
        };
        if flags >= 2 * LEAN {
            return Err(corrupt("the settings hold a flag that there is not"));
        }
        if flags & LEAN != 0 && flags & (MIXED | DICTIONARY) != 0 {
            return Err(corrupt("the lean model is neither mixed nor begins with a dictionary"));
        }
        let coding = if flags & MIXED == 0 { Coding::Rans } else { Coding::Mixed };
        let (mut max_strings, mut max_state) = (DEFAULT_STRING_TABLE_SIZE as u64, DEFAULT_MAX_STATE_BYTES as u64);
        if flags & LIMITS != 0 {
            (max_strings, rest) = take(rest)?;
            (max_state, rest) = take(rest)?;
        }
        if max_state > limits.max_state_bytes as u64 {
            let detail = "the frame needs more state than max_state_bytes";
            return Err(Error::new(ErrorKind::LimitExceeded, Stage::Body, 0, detail));
        }
        if !(MIN_STATE_BYTES as u64..=MAX_STATE_BYTES as u64).contains(&max_state) || max_strings > 1 << 24 {
            return Err(corrupt("the settings are out of range"));
        }
        let mut dictionary = None;
        if flags & DICTIONARY != 0 {
            let (name, behind) =
                rest.split_first_chunk().ok_or_else(|| truncated("the dictionary's id is cut short"))?;
            (dictionary, rest) = (Some(u32::from_le_bytes(*name)), behind);
        }
        let model = ModelConfig {
            deltas: flags & NO_DELTAS == 0,
            dedup: true,
            lean: flags & LEAN != 0,
            max_strings: max_strings as usize,
            max_state: max_state as usize,
            predict_ids: true,
        };
        Ok((Settings { model, coding, dictionary }, rest))
    }
}

/// Appends the sections.
pub(crate) fn write(sections: Sections<'_>, out: &mut Vec<u8>) {
    varint::put(out, sections.symbols.len() as u64);
    varint::put(out, sections.bits.len() as u64);
    out.extend_from_slice(sections.symbols);
    out.extend_from_slice(sections.bits);
    out.extend_from_slice(sections.words);
}

/// Finds the sections in what follows the settings.
pub(crate) fn read(body: &[u8]) -> Result<Sections<'_>> {
    let (symbols, rest) = take(body)?;
    let (bits, rest) = take(rest)?;
    let split = |bytes: &[u8], len: u64| usize::try_from(len).ok().filter(|len| *len <= bytes.len());
    let cut = || truncated("a section is cut short");
    let (symbols, rest) = rest.split_at(split(rest, symbols).ok_or_else(cut)?);
    let (bits, words) = rest.split_at(split(rest, bits).ok_or_else(cut)?);
    Ok(Sections { symbols, bits, words })
}

fn take(bytes: &[u8]) -> Result<(u64, &[u8])> {
    varint::take(bytes).ok_or_else(|| truncated("a length is not a whole varint"))
}

fn truncated(detail: &'static str) -> Error {
    Error::new(ErrorKind::Truncated, Stage::Body, 0, detail)
}

fn corrupt(detail: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, Stage::Body, 0, detail)
}
