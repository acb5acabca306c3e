//! The ids of the span at hand, as the text that log lines and attributes quote them in.

use super::swar;

/// Trace id and span id in hexadecimal, made when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct OwnIds {
    ids: ((u64, u64), u64),
    /// Whether a decoder knows them yet; what it does not know cannot be quoted.
    told: (bool, bool),
    ready: bool,
    pub trace: Vec<u8>,
    pub span: Vec<u8>,
}

impl OwnIds {
    pub(super) fn set(&mut self, trace: (u64, u64), span: u64, told: (bool, bool)) {
        self.ids = (trace, span);
        self.told = told;
        self.ready = false;
    }

    /// Makes the text.
    pub(super) fn prepare(&mut self) {
        if self.ready {
            return;
        }
        let ((high, low), span) = self.ids;
        self.trace.clear();
        if self.told.0 {
            self.trace.extend_from_slice(&swar::hex(high));
            self.trace.extend_from_slice(&swar::hex(low));
        }
        self.span.clear();
        if self.told.1 {
            self.span.extend_from_slice(&swar::hex(span));
        }
        self.ready = true;
    }
}
