//! Strings that are new: a UUID, a decimal number, or text; long ones, and those of other scripts, as in the full model,
//! for it pays there.

use super::super::value::{decode, put_uuid, uuid_of};
use super::Model;
use crate::coder::Coder;
use crate::key_stats::Coding;

/// How a string is coded.
const TEXT: u32 = 0;
const UUID: u32 = 1;
const DECIMAL: u32 = 2;
const PATTERN: u32 = 3;

/// Strings from this length on, such as lines of logs that quote ids, are coded by their patterns.
const LONG: usize = 96;

impl Model {
    /// Codes a string that `key` has for the first time.
    #[inline(never)]
    pub(in crate::model) fn lean_string<C: Coder>(
        &mut self,
        c: &mut C,
        key: u32,
        string: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let (uuid, decimal) = if C::ENCODES { (uuid_of(string), decimal_of(string)) } else { (None, None) };
        let how = match (uuid, decimal) {
            (Some(_), _) => UUID,
            (_, Some(_)) => DECIMAL,
            _ if string.len() >= LONG || !string.is_ascii() => PATTERN,
            _ => TEXT,
        };
        match c.symbol(self.keys.get(key).class, how) {
            TEXT => self.text(c, key, string, out),
            UUID => {
                c.account(|ledger| ledger.coded_as(Coding::Uuid));
                let halves = uuid.unwrap_or_default().map(|half| c.word(half));
                decode::<C>(out, |out| put_uuid(halves, out));
                Some(())
            }
            DECIMAL => {
                c.account(|ledger| ledger.coded_as(Coding::Decimal));
                let number = self.number(c, key, decimal.unwrap_or(0));
                decode::<C>(out, |out| out.extend_from_slice(number.to_string().as_bytes()));
                Some(())
            }
            PATTERN => {
                self.text.set_plain(false);
                let done = self.patterned(c, key, string, out);
                self.text.set_plain(true);
                done
            }
            _ => None,
        }
    }
}

/// The number that a string is the usual form of.
fn decimal_of(string: &[u8]) -> Option<i64> {
    let digits = match string {
        [b'0'] | [b'1'..=b'9', ..] if string.len() <= 18 => string,
        _ => return None,
    };
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| 10 * number + (digit - b'0') as i64))
}
