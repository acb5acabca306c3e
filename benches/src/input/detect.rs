//! What an input is, told by its content: names of files say too little.

use super::split_messages;
use crate::batch::count_spans;

/// What an (unpacked) input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One `ExportTraceServiceRequest` in protobuf, perhaps empty.
    Raw,
    /// Such messages, each behind its length.
    LengthPrefixed,
    /// Text that begins as a JSON object.
    Json,
    /// Anything else.
    Other,
}

impl Kind {
    /// Looks at all of `content`.
    pub fn detect(content: &[u8]) -> Kind {
        if is_request(content) || content.is_empty() {
            Kind::Raw
        } else if split_messages(content).is_ok_and(|messages| messages.iter().any(|message| is_request(message))) {
            Kind::LengthPrefixed
        } else if content.trim_ascii_start().starts_with(b"{") && std::str::from_utf8(content).is_ok() {
            Kind::Json
        } else {
            Kind::Other
        }
    }
}

/// A request begins with its field 1 (a length-prefixed file would begin with a message of 160 MiB),
/// and walks down to its spans.
fn is_request(content: &[u8]) -> bool {
    content.first() == Some(&0x0a) && count_spans(content).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        assert_eq!(Kind::detect(b""), Kind::Raw);
        assert_eq!(Kind::detect(b"\x0a\x00"), Kind::Raw);
        assert_eq!(Kind::detect(b"\0\0\0\x02\x0a\x00\0\0\0\0"), Kind::LengthPrefixed);
        assert_eq!(Kind::detect(b" {\"resourceSpans\":[]}"), Kind::Json);
        assert_eq!(Kind::detect(b"hello"), Kind::Other);
        assert_eq!(Kind::detect(b"\n\nlines"), Kind::Other);
        assert_eq!(Kind::detect(&[0; 64]), Kind::Other, "zeros are not sixteen empty messages");
        assert_eq!(Kind::detect(b"{\xff}"), Kind::Other);
    }
}
