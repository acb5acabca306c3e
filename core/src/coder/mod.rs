//! The entropy floor: adaptive symbols, numbers, raw bits and raw bytes.
//!
//! The model is written once over [`Coder`]. An encoder passes the value and gets it back; a decoder
//! passes anything and gets the value. Contexts live in the coder's [`Contexts`] and are named by
//! handles ([`Ctx`]), so a model is plain data and the same for both directions.

mod bits;
mod cdf;
mod choice;
mod lanes;
mod ledger;
mod meter;
mod metered;
mod mix;
mod number;
mod prior;
mod rans;

pub(crate) use cdf::{Contexts, Ctx};
pub(crate) use choice::{Choice, Choices, Item};
pub(crate) use ledger::Ledger;
pub(crate) use meter::{COLUMNS, Column};
pub(crate) use metered::Metered;
pub(crate) use mix::{MixDecoder, MixEncoder};
pub(crate) use number::{Number, Signed, bit_length};
pub(crate) use prior::Prior;
#[cfg(test)]
pub(crate) use prior::fit;
pub(crate) use rans::{Decoder, Encoder, EncoderBuffers, Sections};

/// Histories that a symbol may be predicted from.
pub(crate) const HISTORIES: usize = 6;

/// One direction of the codec: everything a frame holds goes through these calls.
pub(crate) trait Coder {
    /// Whether values flow from the caller into the frame.
    const ENCODES: bool;

    /// Whether [`Coder::told_symbol`] heeds what it is told.
    const MIXES: bool = false;

    /// Codes `symbol < 16` with the adaptive distribution of `ctx`, and adapts it.
    fn symbol(&mut self, ctx: Ctx, symbol: u32) -> u32;

    /// As [`Coder::symbol`], with hashes of what came before that a mixing coder predicts from too.
    #[inline(always)]
    fn told_symbol(&mut self, ctx: Ctx, _histories: &[u64; HISTORIES], symbol: u32) -> u32 {
        self.symbol(ctx, symbol)
    }

    /// Codes the low `count <= 64` bits of `value`, taken as equally likely.
    fn bits(&mut self, value: u64, count: u32) -> u64;

    /// Codes eight bytes that are taken as random, such as a span id.
    fn word(&mut self, value: u64) -> u64;

    /// The contexts, which outlive the frame in a stream.
    fn contexts(&mut self) -> &mut Contexts;

    /// Says what the following symbols, bits and words describe; for statistics.
    #[inline(always)]
    fn column(&mut self, _column: Column) {}

    /// Tells a decoder that meters, and no other coder, which values there are.
    #[inline(always)]
    fn account(&mut self, _note: impl FnOnce(&mut Ledger)) {}

    /// A decoder has asked for more than the frame holds; what it returned since then means nothing.
    fn overrun(&self) -> bool {
        false
    }
}

/// A coder that reads.
pub(crate) trait Reader: Coder {
    /// Decodes a symbol, with [`Coder::told_symbol`]'s histories if it has some, and tells its cost in bits.
    fn priced_symbol(&mut self, ctx: Ctx, histories: Option<&[u64; HISTORIES]>) -> (u32, f64);

    /// Bytes of padding, if the frame was used up exactly but for them and ends as an encoder ends it.
    fn finished(&self) -> Option<usize>;
}
