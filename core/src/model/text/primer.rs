//! The text that every history starts with, and its strings by number.

use std::sync::LazyLock;

use super::super::index::{Index, hash_bytes};
use crate::bytes::same;

/// One string a line; `~` stands for a line feed within a string.
const SOURCE: &[u8] = include_bytes!("primer.txt");

/// Text of the OpenTelemetry semantic conventions and of popular frameworks, each string followed by a zero byte.
pub(crate) const PRIMER: &[u8] = &convert();

const fn convert() -> [u8; SOURCE.len()] {
    let mut out = [0; SOURCE.len()];
    let mut i = 0;
    while i < SOURCE.len() {
        out[i] = match SOURCE[i] {
            b'\n' => 0,
            b'~' => b'\n',
            byte => byte,
        };
        i += 1;
    }
    out
}

/// Bits of a string's number.
pub(super) const LINE_BITS: u32 = 10;

/// The strings of the primer.
pub(super) static LINES: LazyLock<Lines> = LazyLock::new(Lines::new);

#[derive(Debug)]
pub(super) struct Lines {
    /// Where each begins and ends.
    spans: Vec<(u32, u32)>,
    index: Index,
}

impl Lines {
    fn new() -> Self {
        let (mut spans, mut index, mut start) = (Vec::new(), Index::default(), 0);
        for line in PRIMER.split_inclusive(|byte| *byte == 0) {
            let end = start + line.len() - 1;
            spans.push((start as u32, end as u32));
            index.add(hash_bytes(0, &PRIMER[start..end]));
            start = end + 1;
        }
        Lines { spans, index }
    }

    /// The number of a string, if it is one of these.
    pub(super) fn find(&self, string: &[u8]) -> Option<u32> {
        let is_same = |line: u32| self.get(line).is_some_and(|(start, end)| same(&PRIMER[start..end], string));
        self.index.find(hash_bytes(0, string), is_same)
    }

    /// Where the string with this number begins and ends.
    pub(super) fn get(&self, line: u32) -> Option<(usize, usize)> {
        self.spans.get(line as usize).map(|(start, end)| (*start as usize, *end as usize))
    }

    /// Where the strings end.
    pub(super) fn ends(&self) -> impl Iterator<Item = u32> {
        self.spans.iter().map(|(_, end)| *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_has_a_number() {
        let lines = &*LINES;
        assert!(lines.spans.len() <= 1 << LINE_BITS);
        for (start, end) in lines.spans.iter().map(|(start, end)| (*start as usize, *end as usize)) {
            let found = lines.find(&PRIMER[start..end]).and_then(|line| lines.get(line));
            assert_eq!(found.map(|(start, end)| &PRIMER[start..end]), Some(&PRIMER[start..end]));
        }
        assert_eq!(lines.find(b"no string of the primer"), None);
    }
}
