//! New strings: matches with anything coded before, and literal bytes in between.
//!
//! A string is a list of tokens: a run of literal bytes, then a match, that is a copy of earlier
//! history. Where it lies is said in the cheapest of these ways: as far back as the last match (which
//! at the start of a string means the last string of the same key), as the match before that, or by its
//! distance. A string that the primer has as a whole is one token.

mod chains;
mod ends;
mod finder;
mod literal;
mod plain;
mod primer;
mod token;

use super::super::coder::{Coder, Contexts};
use crate::bytes::contains_zero;
use crate::restore::restore;
use chains::Breadth;
use ends::Ends;
use finder::Finder;
use literal::Literals;
pub(crate) use primer::PRIMER;
use primer::{LINE_BITS, LINES};
use token::{Last, Token, Tokens};

/// Kinds of string: the names of keys and their values.
pub(crate) const KIND_KEY: u32 = 0;
pub(crate) const KIND_VALUE: u32 = 1;

/// Longest history that positions are kept for.
const MAX_HISTORY: usize = 1 << 30;

/// Codes new strings, given all text before.
#[derive(Debug)]
pub(crate) struct Text {
    ends: Ends,
    finder: Finder,
    literals: Literals,
    tokens: Tokens,
    last: Last,
    /// Whether literals are coded by themselves.
    plain: bool,
}

restore!(Text { ends, finder, literals; copy tokens, last, plain });

/// Where one string is being coded.
struct Place<'a> {
    history: &'a mut Vec<u8>,
    /// Start of the string, or of the part of it between zero bytes.
    start: usize,
    /// End of what is coded so far.
    at: usize,
    /// Encoder: end of the string. Decoder: where it must have ended.
    end: usize,
    kind: u32,
}

impl Text {
    /// Knows the primer and nothing else.
    pub(crate) fn new(contexts: &mut Contexts) -> Self {
        Text {
            ends: Ends::new(),
            finder: Finder::default(),
            literals: Literals::new(),
            tokens: Tokens::new(contexts),
            last: Last::default(),
            plain: false,
        }
    }

    /// Whether texts are those of the lean model, from the next reset on.
    pub(crate) fn set_lean(&mut self, lean: bool) {
        self.plain = lean;
        self.finder.set_breadth(if lean { Breadth::Lean } else { Breadth::Full });
    }

    /// Whether literals are coded [by themselves](plain).
    pub(crate) fn set_plain(&mut self, plain: bool) {
        self.plain = plain;
    }

    /// How hard the encoder looks for matches: a compression level. Decoders need not know.
    pub(crate) fn set_effort(&mut self, level: u32) {
        self.finder.set_effort(level);
    }

    /// Forgets all but the primer. The contexts were cleared before.
    pub(crate) fn reset(&mut self, contexts: &mut Contexts) {
        self.ends.reset();
        self.finder.reset();
        self.literals.reset();
        self.tokens = Tokens::new(contexts);
        self.last = Last::default();
    }

    /// Makes all of the history known to an encoder, and takes no longer to forget what follows than that was long.
    pub(crate) fn index_all(&mut self, history: &[u8]) {
        self.finder.prime(history);
    }

    /// Codes one string and appends it to `history`, which begins with [`PRIMER`]; nothing comes back
    /// if the frame is damaged or the string is longer than `max_len`.
    ///
    /// `aligned` is where the last string of the same key began.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn code<C: Coder>(
        &mut self,
        c: &mut C,
        history: &mut Vec<u8>,
        kind: u32,
        aligned: Option<usize>,
        text: &[u8],
        max_len: usize,
    ) -> Option<()> {
        let start = history.len();
        let limit = start.saturating_add(max_len).min(MAX_HISTORY);
        if start < PRIMER.len() || start.saturating_add(text.len()) > limit {
            return None;
        }
        self.last.start(aligned.map(|aligned| start.checked_sub(aligned)).unwrap_or_default());
        // Zero bytes end a literal run, so those within a string divide it.
        let zeros = if contains_zero(text) { text.iter().filter(|&&byte| byte == 0).count() } else { 0 };
        let zeros = self.tokens.zeros(c, zeros);
        // As many as there are: without any the text is not searched again.
        let mut parts = text.splitn(zeros.saturating_add(1), |&byte| byte == 0);
        for i in 0..=zeros {
            let part = parts.next().unwrap_or_default();
            let start = history.len();
            if C::ENCODES {
                history.extend_from_slice(part);
            }
            let end = if C::ENCODES { history.len() } else { limit };
            self.part(c, Place { start, at: start, end, kind, history: &mut *history })?;
            if i < zeros {
                if c.overrun() || history.len() >= limit {
                    return None;
                }
                history.push(0);
            }
        }
        Some(())
    }

    /// Codes a string without zero bytes.
    fn part<C: Coder>(&mut self, c: &mut C, mut place: Place<'_>) -> Option<()> {
        let mut after =
            if place.kind == KIND_KEY { token::KEY_START } else { token::START + self.last.is_aligned() as u32 };
        loop {
            let token = if C::ENCODES { self.finder.next(&place, &self.ends, &self.last) } else { Token::default() };
            let run = self.tokens.run(c, after, &place, token.run);
            let to_end = run == token::RUN_TO_END;
            for _ in 0..if to_end { usize::MAX } else { run as usize } {
                if !self.literal(c, &mut place)? {
                    self.ends.add(place.at);
                    return to_end.then_some(());
                }
                // Past its end a body goes on as zeros, which may stand for any number of letters.
                if to_end && c.overrun() {
                    return None;
                }
            }
            if run < token::MAX_RUN {
                let goes_on = self.copy(c, &mut place, token, after, run)?;
                if !goes_on {
                    self.ends.add(place.at);
                    return Some(());
                }
            }
            if c.overrun() {
                return None;
            }
            after = token::INSIDE;
        }
    }

    /// Codes a literal byte; false if it ends the string.
    #[inline(always)]
    fn literal<C: Coder>(&mut self, c: &mut C, place: &mut Place<'_>) -> Option<bool> {
        let Place { history, at, .. } = place;
        // An encoder's history ends where the string does.
        let byte = if C::ENCODES { history.get(*at).copied().unwrap_or(0) } else { 0 };
        if self.plain {
            let byte = plain::code(c, byte);
            return if byte == 0 { Some(false) } else { place.literal::<C>(byte) };
        }
        let expected = at.checked_sub(self.last.distance[0]).and_then(|at| history.get(at).copied()).unwrap_or(0);
        let byte = self.literals.code(c, &history[..*at], *at == place.start, expected, byte);
        if byte == 0 { Some(false) } else { place.literal::<C>(byte) }
    }

    /// Codes a match; false if it ends the string.
    fn copy<C: Coder>(&mut self, c: &mut C, place: &mut Place<'_>, token: Token, after: u32, run: u32) -> Option<bool> {
        let kind = self.tokens.kind(c, after, run, token.kind);
        if kind == token::LINE {
            let (start, end) = LINES.get(c.bits(token.source as u64, LINE_BITS) as u32)?;
            place.repeat::<C>(start, end - start)?;
            return Some(false);
        }
        let source = match kind {
            token::LAST => place.at.checked_sub(self.last.distance[0])?,
            token::BEFORE => place.at.checked_sub(self.last.distance[1])?,
            token::FAR => {
                let distance = self.tokens.distance(c, place.at.wrapping_sub(token.source as usize));
                place.at.checked_sub(distance)?
            }
            _ => return None,
        };
        if source >= place.at {
            return None;
        }
        self.last.add(kind, place.at - source);
        let to_end = C::ENCODES && token.to_end;
        match self.tokens.len(c, after, kind, to_end, token.len as usize) {
            Some(len) => {
                place.repeat::<C>(source, len)?;
                Some(true)
            }
            None => {
                let counts = kind <= token::BEFORE && place.at > place.start;
                let len = if C::ENCODES { token.len as usize } else { self.ends.after(source, counts)? - source };
                place.repeat::<C>(source, len)?;
                Some(false)
            }
        }
    }
}

impl Place<'_> {
    /// Adds a literal byte.
    #[inline(always)]
    fn literal<C: Coder>(&mut self, byte: u8) -> Option<bool> {
        if !C::ENCODES {
            if self.at >= self.end {
                return None;
            }
            self.history.push(byte);
        }
        self.at += 1;
        Some(true)
    }

    /// Copies `len` bytes from `source`, which may overlap what it writes.
    #[inline(always)]
    fn repeat<C: Coder>(&mut self, source: usize, len: usize) -> Option<()> {
        if !C::ENCODES {
            if len > self.end - self.at {
                return None;
            }
            let mut left = len;
            while left > 0 {
                // A copy that overlaps doubles what can be copied next.
                let step = left.min(self.history.len() - source);
                self.history.extend_from_within(source..source + step);
                left -= step;
            }
        }
        self.at += len;
        Some(())
    }
}

#[cfg(test)]
mod tests;
