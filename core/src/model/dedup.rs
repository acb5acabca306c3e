//! Finding out of spans how much of them repeats, without writing anything.

use super::template::NAMELESS;
use super::{Model, ModelConfig};
use crate::coder::{Coder, Contexts, Ctx};
use crate::config::TracezipConfig;
use crate::limits::Budget;
use crate::wire::otlp::Level;

/// The codec's templates on their own: tells of one span after another which template it has and how
/// many of its fields repeat. It is an encoder whose output is thrown away.
///
/// ```
/// let mut spans = tracezip::SpanDeduplicator::default();
/// let span = b"\x2a\x04cart\x30\x02"; // an opentelemetry.proto.trace.v1.Span: name, kind
/// let first = spans.observe(span);
/// let second = spans.observe(span);
/// assert!(first.is_new && !second.is_new);
/// assert_eq!((second.template, second.fields, second.repeated), (first.template, 1, 1));
/// ```
#[derive(Debug)]
pub struct SpanDeduplicator {
    model: Model,
    contexts: Contexts,
}

/// What a [`SpanDeduplicator`] has found in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Number of the span's template: its name with its set of fields, in whatever order.
    pub template: u32,
    /// Fields whose values are predicted: all but the ids, the times, the name, events and links.
    pub fields: usize,
    /// Those of them that are as predicted.
    pub repeated: usize,
    /// Whether no span of this template has come before.
    pub is_new: bool,
}

impl Default for SpanDeduplicator {
    fn default() -> Self {
        SpanDeduplicator::new(&TracezipConfig::default())
    }
}

impl SpanDeduplicator {
    /// A deduplicator that has seen nothing. It keeps to the limits of `config`: once they are reached
    /// it forgets everything and numbers templates anew.
    pub fn new(config: &TracezipConfig) -> Self {
        let mut contexts = Contexts::default();
        let model = Model::new(ModelConfig::new(config), &mut contexts);
        SpanDeduplicator { model, contexts }
    }

    /// Takes note of a serialized `opentelemetry.proto.trace.v1.Span`, or of any other bytes, which
    /// count as one field that is not known.
    pub fn observe(&mut self, span: &[u8]) -> Observation {
        let known = self.model.templates.shapes.len();
        let mut c = Discard { contexts: &mut self.contexts, note: |_: &mut Contexts, _, _| () };
        let shape = self.model.observe(&mut c, span);
        let fields = shape.map_or(0, |shape| self.model.templates.slots_of(shape).len());
        let observation = Observation {
            template: shape.unwrap_or(NAMELESS),
            fields,
            repeated: fields.saturating_sub(self.model.missing as usize),
            is_new: shape.is_none_or(|shape| shape as usize >= known),
        };
        self.model.spans += 1;
        self.model.end_of_span(&mut c, &mut []);
        observation
    }

    /// Number of templates, of spans and of the events and links in them.
    pub fn templates(&self) -> usize {
        self.model.templates.shapes.len()
    }
}

impl Model {
    /// Codes one span. Returns its shape.
    fn observe(&mut self, c: &mut impl Coder, span: &[u8]) -> Option<u32> {
        (self.max_len, self.room, self.budget) = (usize::MAX, usize::MAX, Budget::UNLIMITED);
        self.signatures.prepare();
        let list = self.first_list(c, Level::Span);
        let (shape, order) = self.template(c, Level::Span, list, Some(span))??;
        self.content(c, Level::Span, shape, order, span, &mut Vec::new())?;
        Some(shape)
    }
}

/// An encoder that writes nothing but tells of every symbol before it is coded.
pub(super) struct Discard<'a, N> {
    pub contexts: &'a mut Contexts,
    pub note: N,
}

impl<N: FnMut(&mut Contexts, Ctx, u32)> Coder for Discard<'_, N> {
    const ENCODES: bool = true;

    fn symbol(&mut self, ctx: Ctx, symbol: u32) -> u32 {
        (self.note)(self.contexts, ctx, symbol);
        symbol
    }

    fn bits(&mut self, value: u64, _: u32) -> u64 {
        value
    }

    fn word(&mut self, value: u64) -> u64 {
        value
    }

    fn contexts(&mut self) -> &mut Contexts {
        self.contexts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A span with ids of `id`, a name and an attribute.
    fn span(id: u8, name: &str, value: &str) -> Vec<u8> {
        let mut span = vec![0x0a, 16];
        span.extend([id; 16]);
        span.extend([0x12, 8]);
        span.extend([id; 8]);
        let mut text = |tag: &[u8], text: &str| {
            span.extend(tag);
            span.push(text.len() as u8);
            span.extend(text.as_bytes());
        };
        text(&[0x2a], name);
        text(&[0x4a, value.len() as u8 + 9, 0x0a, 3, b'k', b'e', b'y', 0x12, value.len() as u8 + 2, 0x0a], value);
        span.extend([0x30, 2]);
        span
    }

    #[test]
    fn equal_spans_repeat_but_for_their_ids() {
        let mut spans = SpanDeduplicator::default();
        let first = spans.observe(&span(1, "GET /", "a"));
        assert_eq!((first.fields, first.repeated, first.is_new), (2, 0, true));
        let same = spans.observe(&span(2, "GET /", "a"));
        assert_eq!(same, Observation { repeated: 2, is_new: false, ..first });
        let value = spans.observe(&span(3, "GET /", "b"));
        assert_eq!(value, Observation { repeated: 1, is_new: false, ..first });
        let other = spans.observe(&span(4, "POST /", "a"));
        assert!(other.is_new && other.template != first.template);
        assert_eq!(spans.templates(), 2);
    }

    #[test]
    fn any_bytes_will_do_and_memory_is_bounded() {
        let config = TracezipConfig::builder().max_state_bytes(1 << 20).max_string_table_size(1000).build();
        let mut spans = SpanDeduplicator::new(&config.unwrap_or_default());
        for bytes in [&b""[..], b"\xff\xff\xff", b"\x0a", b"\x4a\x02\x0a"] {
            assert!(spans.observe(bytes).fields <= 1, "{bytes:x?}");
        }
        for i in 0..5_000 {
            spans.observe(&span(1, &format!("name {i}"), &format!("value {i}")));
            assert!(spans.model.weight(&spans.contexts) < 1 << 20);
        }
    }
}
