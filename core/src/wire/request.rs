//! What can be told of a request without a model.

use super::field;
use super::otlp::{self, Level, Role};

/// Whether `bytes` are a request and nothing else: one or more `ResourceSpans`, to the end. Such bytes
/// and a frame are told apart by the first byte.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        match field::read(bytes, at).filter(|field| field.tag == otlp::tag(Level::Request, Role::Events)) {
            Some(field) => at = field.end,
            None => return false,
        }
    }
    !bytes.is_empty()
}

/// Spans of a request; counting ends at `most`.
pub(crate) fn count_spans(request: &[u8], most: u64) -> u64 {
    let mut spans = 0;
    count(Level::Request, request, most, &mut spans);
    spans
}

fn count(level: Level, message: &[u8], most: u64, spans: &mut u64) {
    let mut at = 0;
    while *spans < most
        && let Some(found) = field::read(message, at)
    {
        let inner = &message[found.body..found.end];
        at = found.end;
        match level {
            _ if found.tag != otlp::tag(level, Role::Events) => {}
            Level::Request => count(Level::ResourceSpans, inner, most, spans),
            Level::ResourceSpans => count(Level::ScopeSpans, inner, most, spans),
            _ => *spans += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two resources with a scope each, of three spans and of one.
    const REQUEST: &[u8] = &[0x0a, 10, 0x0a, 0, 0x12, 6, 0x12, 0, 0x12, 0, 0x12, 0, 0x0a, 6, 0x12, 4, 0x12, 0, 0x1a, 0];

    #[test]
    fn spans_are_counted_up_to_what_is_asked() {
        assert_eq!([1, 3, 4, 9].map(|most| count_spans(REQUEST, most)), [1, 3, 4, 4]);
        assert_eq!(count_spans(b"\xff\xff", 9), 0);
    }

    #[test]
    fn only_whole_requests_are_plain() {
        assert!(is_plain(REQUEST) && is_plain(&[0x0a, 0]));
        for other in [&REQUEST[..3], &[], &[0x0a, 0, 7], &[0x0a, 0, 0x12, 0], b"{}"] {
            assert!(!is_plain(other), "{other:x?}");
        }
    }
}
