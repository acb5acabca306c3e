//! Finds what varies in a string: for the encoder only.

use super::time;
use super::{ADDRESS, ALNUM, DECIMAL, HEX, PADDED, SPAN_ID, TIME, TRACE_ID, UUID, UUID4};
use crate::model::swar::{alphanumerics, are_hex, digits, end_of_run, find_within, start_of_run, within};
use crate::model::value::uuid_of;
use crate::restore::Restore;

/// What stands in place of a time or of a padded number is followed by its form or width, from here on.
pub(super) const PARAM: u8 = b'A';

/// Longest string of which all numbers and mixed words are masked; of longer ones only what is clearly an id.
const SHORT: usize = 256;
/// Most variables of a string.
const MAX_VARIABLES: usize = 1024;

/// A variable of the string that is masked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable {
    pub kind: u8,
    param: u8,
    pub start: u32,
    pub end: u32,
    /// A number, an address or nanoseconds.
    pub number: i64,
}

/// What masks go by beside the string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a> {
    pub trace: &'a [u8],
    pub span: &'a [u8],
    pub moment: i64,
    /// Whether it is likely that more strings like this one come.
    pub weak: bool,
}

/// A string with its variables taken out.
#[derive(Debug, Default)]
pub(super) struct Mask {
    pub text: Vec<u8>,
    pub variables: Vec<Variable>,
    /// Whether a time was seen whose fraction is shortened.
    trims: bool,
}

impl Restore for Mask {
    fn restore(&mut self, from: &Self, _again: bool) {
        self.trims = from.trims;
    }
}

impl Mask {
    pub(super) fn clear(&mut self) {
        self.trims = false;
    }

    /// Masks `string`; without variables if it cannot be.
    pub(super) fn read(&mut self, string: &[u8], around: Around<'_>) {
        self.text.clear();
        self.variables.clear();
        let mut next = next_digit(string, 0);
        if next.is_none() || !is_text(string) {
            return;
        }
        let around = Around { weak: around.weak && string.len() <= SHORT, ..around };
        let (mut from, mut copied) = (0, 0);
        while let Some(digit) = next.filter(|_| self.variables.len() < MAX_VARIABLES) {
            let at = start_of_run(string, digit, alphanumerics).max(from);
            let end = end_of_run(string, digit, alphanumerics);
            if let Some(variable) = self.variable(string, at, digit, end, &around) {
                self.text.extend_from_slice(&string[copied..variable.start as usize]);
                self.text.push(variable.kind);
                if matches!(variable.kind, PADDED | TIME) {
                    self.text.push(PARAM + variable.param);
                }
                copied = variable.end as usize;
                self.variables.push(variable);
            }
            from = end.max(copied);
            next = next_digit(string, from);
        }
        self.text.extend_from_slice(&string[copied..]);
    }

    /// The variable in or at the word from `at` to `end`, which has its first digit at `digit`.
    fn variable(
        &mut self,
        string: &[u8],
        at: usize,
        digit: usize,
        end: usize,
        around: &Around<'_>,
    ) -> Option<Variable> {
        let word = &string[at..end];
        let found = |kind, start: usize, end: usize, number| {
            Some(Variable { kind, param: 0, start: start as u32, end: end as u32, number })
        };
        if word == around.trace {
            return found(TRACE_ID, at, end, 0);
        }
        if word == around.span {
            return found(SPAN_ID, at, end, 0);
        }
        if word.len() == 8
            && string.get(at + 36).is_none_or(|byte| !byte.is_ascii_alphanumeric())
            && let Some([high, low]) = string.get(at..at + 36).and_then(uuid_of)
        {
            let random = high >> 12 & 15 == 4 && low >> 62 == 2;
            return found(if random { UUID4 } else { UUID }, at, at + 36, 0);
        }
        let ends_in_number = end_of_run(string, digit, digits) == end;
        if ends_in_number && digit == at {
            return self.number(string, at, end, around);
        }
        if let Some(address) = address_of(word) {
            return found(ADDRESS, at, end, address as i64);
        }
        if is_hex(word) {
            return found(HEX, at, end, 0);
        }
        if ends_in_number {
            // `v1` and `utf8` are words.
            return if digit + 1 < end { self.number(string, digit, end, around) } else { None };
        }
        (around.weak && (6..=64).contains(&word.len())).then(|| found(ALNUM, at, end, 0))?
    }

    /// Digits, and what follows them if that makes a time.
    fn number(&mut self, string: &[u8], at: usize, end: usize, around: &Around<'_>) -> Option<Variable> {
        let word = &string[at..end];
        let variable = Variable { kind: DECIMAL, param: 0, start: at as u32, end: end as u32, number: 0 };
        if word.len() == 4
            && let Some((form, number, len)) = time::read(&string[at..], self.trims)
        {
            self.trims |= time::shows_trimming(form);
            return Some(Variable { kind: TIME, param: form, end: (at + len) as u32, number, ..variable });
        }
        if word.len() > 19 {
            return None;
        }
        let number = word.iter().try_fold(0i64, |n, d| n.checked_mul(10)?.checked_add((d - b'0') as i64))?;
        if let Some((form, number)) = time::read_unix(word, number, around.moment) {
            return Some(Variable { kind: TIME, param: form, number, ..variable });
        }
        let strong = word.len() >= 5 || around.weak;
        if word.len() > 18 || !strong {
            return None;
        }
        let padded = word[0] == b'0' && word.len() > 1;
        let (kind, param) = if padded { (PADDED, word.len() as u8) } else { (DECIMAL, 0) };
        Some(Variable { kind, param, number, ..variable })
    }
}

/// Where the first digit from `at` on is.
fn next_digit(string: &[u8], at: usize) -> Option<usize> {
    find_within(string, at, b'0', b'9')
}

/// Whether there are no control characters but those of text.
fn is_text(string: &[u8]) -> bool {
    let controls = |eight: &[u8; 8]| {
        let eight = u64::from_le_bytes(*eight);
        within(eight, 0, b'\t' - 1) | within(eight, b'\n' + 1, b'\r' - 1) | within(eight, b'\r' + 1, b' ' - 1)
    };
    let Some(last) = string.last_chunk() else {
        return string.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r'));
    };
    string.as_chunks().0.iter().fold(controls(last), |found, eight| found | controls(eight)) == 0
}

/// Whether a word is a hexadecimal number of eight digits or more.
fn is_hex(word: &[u8]) -> bool {
    let are_hex = |eight: &[u8; 8]| are_hex(u64::from_le_bytes(*eight));
    word.last_chunk().is_some_and(are_hex) && word.as_chunks().0.iter().all(are_hex)
}

/// The number of a word such as `0xc000696780`.
fn address_of(word: &[u8]) -> Option<u64> {
    let digits = word.strip_prefix(b"0x")?;
    if !(6..=16).contains(&digits.len())
        || digits[0] == b'0'
        || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    Some(digits.iter().fold(0, |n, &d| n << 4 | ((d & 15) + (d >> 6) * 9) as u64))
}
