//! The body of a coded frame: settings (if it is not linked, or linked to a stored frame), then three sections.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | only with settings: bit 0 no deltas, bit 1 limits follow, bits 2–3 the coder |
//! | 1–10 each | only with limits: most strings, most bytes of state; varints |
//! | 1–10 each | bytes of symbols, bytes of raw bits; varints |
//! | | symbols, raw bits, raw words |

use crate::coder::{Contexts, Sections};
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::limits::{DEFAULT_MAX_STATE_BYTES, DEFAULT_STRING_TABLE_SIZE, Limits, MAX_STATE_BYTES, MIN_STATE_BYTES};
use crate::model::ModelConfig;
use crate::wire::varint;

const NO_DELTAS: u8 = 1;
const LIMITS: u8 = 2;
const CODER_SHIFT: u32 = 2;

/// Which entropy coder a frame was made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Adaptive symbols by rANS: levels 1 to 8.
    #[default]
    Rans = 0,
    /// Mixed decisions by binary arithmetic coding: level 9.
    Mixed = 1,
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
}

impl Settings {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let ModelConfig { deltas, max_strings, max_state, .. } = self.model;
        let limits = max_strings != DEFAULT_STRING_TABLE_SIZE || max_state != DEFAULT_MAX_STATE_BYTES;
        out.push(
            if deltas { 0 } else { NO_DELTAS } | if limits { LIMITS } else { 0 } | (self.coding as u8) << CODER_SHIFT,
        );
        if limits {
            varint::put(out, max_strings as u64);
            varint::put(out, max_state as u64);
        }
    }

    /// Reads settings and returns them with what follows.
    pub(crate) fn read<'a>(body: &'a [u8], limits: &Limits) -> Result<(Settings, &'a [u8])> {
        let Some((&flags, mut rest)) = body.split_first() else {
            return Err(truncated("the settings are missing"));
        };
        let coding = match flags >> CODER_SHIFT {
            0 => Coding::Rans,
            1 => Coding::Mixed,
            _ => return Err(corrupt("the settings name a coder that there is not")),
        };
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
        let model = ModelConfig {
            deltas: flags & NO_DELTAS == 0,
            dedup: true,
            max_strings: max_strings as usize,
            max_state: max_state as usize,
            predict_ids: true,
        };
        Ok((Settings { model, coding }, rest))
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
