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
    let spans = children(Level::Request, request).flat_map(spans);
    spans.take(usize::try_from(most).unwrap_or(usize::MAX)).count() as u64
}

/// The spans of a `ResourceSpans`.
pub(crate) fn spans(resource_spans: &[u8]) -> impl Iterator<Item = &[u8]> {
    let scopes = children(Level::ResourceSpans, resource_spans);
    scopes.flat_map(|scope_spans| children(Level::ScopeSpans, scope_spans))
}

/// The messages of the next level in one of those around the spans.
pub(crate) fn children(level: Level, message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let tag = otlp::tag(level, Role::Events);
    field::all(message).filter(move |found| found.tag == tag).map(|found| &message[found.body..found.end])
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
