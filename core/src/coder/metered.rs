//! A decoder that tells what the bits of a frame were spent on.

use super::{Coder, Column, Contexts, Ctx, HISTORIES, Ledger, Reader};

/// Reads what `decoder` reads, and writes down in `ledger` what it costs.
#[derive(Debug)]
pub(crate) struct Metered<'a, D> {
    pub decoder: &'a mut D,
    pub ledger: &'a mut Ledger,
}

impl<D: Reader> Metered<'_, D> {
    fn priced(&mut self, ctx: Ctx, histories: Option<&[u64; HISTORIES]>) -> u32 {
        let (symbol, bits) = self.decoder.priced_symbol(ctx, histories);
        self.ledger.spend(bits);
        symbol
    }
}

impl<D: Reader> Coder for Metered<'_, D> {
    const ENCODES: bool = false;
    const MIXES: bool = D::MIXES;

    #[inline(never)]
    fn symbol(&mut self, ctx: Ctx, _: u32) -> u32 {
        self.priced(ctx, None)
    }

    #[inline(never)]
    fn told_symbol(&mut self, ctx: Ctx, histories: &[u64; HISTORIES], _: u32) -> u32 {
        self.priced(ctx, Some(histories))
    }

    fn bits(&mut self, value: u64, count: u32) -> u64 {
        self.ledger.spend(count as f64);
        self.decoder.bits(value, count)
    }

    fn word(&mut self, value: u64) -> u64 {
        self.ledger.spend_word();
        self.decoder.word(value)
    }

    fn contexts(&mut self) -> &mut Contexts {
        self.decoder.contexts()
    }

    fn column(&mut self, column: Column) {
        self.ledger.column(column);
    }

    fn account(&mut self, note: impl FnOnce(&mut Ledger)) {
        note(self.ledger);
    }

    fn overrun(&self) -> bool {
        self.decoder.overrun()
    }
}
