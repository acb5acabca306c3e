//! Batches of N spans, in the order of the file.
//!
//! A batch keeps the ResourceSpans and ScopeSpans objects of its spans and splits one when the batch is
//! full, as a Collector's batch processor does. Each part of a split object is the object without the
//! spans of the other parts: every other byte stays, in its place. Equal objects are not merged.

use std::ops::Range;

use super::walk::{Field, put_message};
use super::walk::{RESOURCE_SPANS, SCOPE_SPANS, SPANS, WalkError, count_in_resource, count_in_scope, fields};
use crate::error::{Error, Result};

/// Cuts the spans of `messages` into batches of `size` (the last may have fewer). A batch ends when the
/// next span does not fit, so one batch of all spans is the concatenation of the messages.
/// Stops after `max_batches`.
///
/// # Errors
/// [`Error::BadMessage`].
pub fn rebatch(messages: &[Vec<u8>], size: usize, max_batches: usize) -> Result<Vec<Vec<u8>>> {
    let mut batcher = Batcher { size: size.max(1) as u64, batches: Vec::new(), batch: Vec::new(), spans: 0 };
    for (index, message) in messages.iter().enumerate() {
        if batcher.batches.len() >= max_batches {
            break;
        }
        let place = |WalkError { offset, detail }| Error::BadMessage { index, offset, detail };
        batcher.add_request(message).map_err(place)?;
    }
    let mut batches = batcher.batches;
    if !batcher.batch.is_empty() {
        batches.push(batcher.batch);
    }
    batches.truncate(max_batches);
    Ok(batches)
}

struct Batcher {
    size: u64,
    batches: Vec<Vec<u8>>,
    /// The open batch and its spans.
    batch: Vec<u8>,
    spans: u64,
}

impl Batcher {
    fn add_request(&mut self, request: &[u8]) -> std::result::Result<(), WalkError> {
        for field in fields(request) {
            let field = field?;
            match field.message(RESOURCE_SPANS) {
                Some(resource_spans) => self.add_resource(&field, resource_spans)?,
                None => self.batch.extend_from_slice(field.whole),
            }
        }
        Ok(())
    }

    fn add_resource(&mut self, field: &Field<'_>, resource_spans: &[u8]) -> std::result::Result<(), WalkError> {
        let count = count_in_resource(resource_spans).map_err(|error| error.within(field, resource_spans))?;
        let mut done = 0;
        while done < count && self.spans + (count - done) > self.size {
            if self.spans == self.size {
                self.close();
                continue;
            }
            let part = done..done + (self.size - self.spans);
            put_message(&mut self.batch, RESOURCE_SPANS, &resource_part(resource_spans, part.clone())?);
            self.spans = self.size;
            done = part.end;
        }
        if done == 0 {
            self.batch.extend_from_slice(field.whole);
        } else {
            put_message(&mut self.batch, RESOURCE_SPANS, &resource_part(resource_spans, done..count)?);
        }
        self.spans += count - done;
        Ok(())
    }

    fn close(&mut self) {
        self.batches.push(std::mem::take(&mut self.batch));
        self.spans = 0;
    }
}

/// `resource_spans` with only the spans in `part`.
fn resource_part(resource_spans: &[u8], part: Range<u64>) -> std::result::Result<Vec<u8>, WalkError> {
    let mut out = Vec::new();
    let mut position = 0;
    for field in fields(resource_spans) {
        let field = field?;
        let Some(scope_spans) = field.message(SCOPE_SPANS) else {
            out.extend_from_slice(field.whole);
            continue;
        };
        let count = count_in_scope(scope_spans)?;
        let scope = position..position + count;
        position = scope.end;
        if count == 0 && holds_empty(&part, scope.start)
            || count > 0 && part.start <= scope.start && scope.end <= part.end
        {
            out.extend_from_slice(field.whole);
        } else if scope.start < part.end && part.start < scope.end {
            let within = part.start.saturating_sub(scope.start)..part.end.min(scope.end) - scope.start;
            put_message(&mut out, SCOPE_SPANS, &scope_part(scope_spans, within)?);
        }
    }
    Ok(out)
}

/// Whether an object without spans at `position` belongs to `part`: it goes with the span before it.
fn holds_empty(part: &Range<u64>, position: u64) -> bool {
    if position == 0 { part.start == 0 } else { part.start < position && position <= part.end }
}

/// `scope_spans` with only the spans in `part`.
fn scope_part(scope_spans: &[u8], part: Range<u64>) -> std::result::Result<Vec<u8>, WalkError> {
    let mut out = Vec::new();
    let mut position = 0;
    for field in fields(scope_spans) {
        let field = field?;
        let is_span = field.message(SPANS).is_some();
        if !is_span || part.contains(&position) {
            out.extend_from_slice(field.whole);
        }
        position += u64::from(is_span);
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::count_spans;
    use super::*;

    fn message(number: u64, parts: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        put_message(&mut out, number, &parts.concat());
        out
    }

    fn spans(names: &str) -> Vec<u8> {
        names.bytes().flat_map(|name| message(SPANS, &[&[0x28, name]])).collect()
    }

    const RESOURCE: &[u8] = &[0x0a, 2, 0x10, 7];
    const SCOPE: &[u8] = &[0x0a, 3, 0x0a, 1, b's'];
    const SCHEMA: &[u8] = &[0x1a, 1, b'u'];

    /// As SDKs write: resource before scope_spans, scope before spans.
    fn ascending(scopes: &[&str]) -> Vec<u8> {
        let scopes: Vec<u8> = scopes.iter().flat_map(|names| message(2, &[SCOPE, &spans(names), SCHEMA])).collect();
        message(1, &[RESOURCE, &scopes, SCHEMA])
    }

    /// As the Collector writes.
    fn descending(scopes: &[&str]) -> Vec<u8> {
        let scopes: Vec<u8> = scopes.iter().flat_map(|names| message(2, &[SCHEMA, &spans(names), SCOPE])).collect();
        message(1, &[SCHEMA, &scopes, RESOURCE])
    }

    #[test]
    fn one_batch_of_all_spans_is_the_concatenation() {
        let messages = vec![ascending(&["abc", "", "d"]), descending(&["ef"]), vec![], vec![0x78, 1], ascending(&[])];
        assert_eq!(rebatch(&messages, usize::MAX, usize::MAX).unwrap(), [messages.concat()]);
    }

    #[test]
    fn objects_are_split_when_the_batch_is_full_and_keep_their_order_of_fields() {
        for object in [ascending, descending] {
            let batches = rebatch(&[object(&["abc", "de"]), object(&["fg"])], 2, usize::MAX).unwrap();
            let expected =
                [object(&["ab"]), object(&["c", "d"]), [object(&["e"]), object(&["f"])].concat(), object(&["g"])];
            assert_eq!(batches, expected);
        }
    }

    #[test]
    fn equal_objects_are_not_merged_and_neighbours_of_one_object_are_not_parted() {
        let batches = rebatch(&[ascending(&["ab"]), ascending(&["cd"])], 4, usize::MAX).unwrap();
        assert_eq!(batches, [[ascending(&["ab"]), ascending(&["cd"])].concat()]);
    }

    #[test]
    fn what_has_no_spans_stays_with_the_span_before_it() {
        let batches = rebatch(&[ascending(&["", "ab", "", "c", ""]), ascending(&[])], 2, usize::MAX).unwrap();
        assert_eq!(batches, [ascending(&["", "ab", ""]), [ascending(&["c", ""]), ascending(&[])].concat()]);
    }

    #[test]
    fn no_span_is_lost_whatever_the_size() {
        let messages = [ascending(&["abcdefg", "h", "ijk"]), descending(&["lmnopqr"]), ascending(&["s"])];
        for size in 1..=20 {
            let batches = rebatch(&messages, size, usize::MAX).unwrap();
            let counts: Vec<u64> = batches.iter().map(|batch| count_spans(batch).unwrap()).collect();
            let (last, full) = counts.split_last().unwrap();
            assert!(full.iter().all(|count| *count == size as u64) && *last > 0, "{size}: {counts:?}");
            assert_eq!(counts.iter().sum::<u64>(), 19);
        }
        assert_eq!(rebatch(&messages, 2, 3).unwrap().len(), 3);
    }

    #[test]
    fn a_bad_message_is_named_with_its_byte() {
        let mut bad = ascending(&["ab"]);
        let span = bad.len() - 2 * SCHEMA.len() - 4;
        bad[span + 1] = 0x7f;
        let error = rebatch(&[ascending(&["a"]), bad], 10, usize::MAX).unwrap_err();
        assert!(matches!(error, Error::BadMessage { index: 1, offset, .. } if offset == span), "{error}");
    }
}
