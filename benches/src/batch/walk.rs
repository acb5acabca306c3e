//! A walk over the fields of a protobuf message. Nothing is copied.

/// `resource_spans` in the request, and `scope_spans`, `spans` in their parents.
pub(super) const RESOURCE_SPANS: u64 = 1;
pub(super) const SCOPE_SPANS: u64 = 2;
pub(super) const SPANS: u64 = 2;

/// Where a message cannot be read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkError {
    /// Byte of the message.
    pub offset: usize,
    /// What is wrong there.
    pub detail: &'static str,
}

/// A field with all its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub number: u64,
    /// Tag, length and value.
    pub whole: &'a [u8],
    /// The content of a length-delimited field.
    pub content: Option<&'a [u8]>,
    /// Where `whole` begins in its message.
    pub offset: usize,
}

impl<'a> Field<'a> {
    /// The content, if this is length-delimited field `number`.
    pub(super) fn message(&self, number: u64) -> Option<&'a [u8]> {
        self.content.filter(|_| self.number == number)
    }

    /// Where the content begins in the message that the field stands in.
    fn content_offset(&self, content: &[u8]) -> usize {
        self.offset + self.whole.len() - content.len()
    }
}

/// The fields of `message` in order; ends after an error.
pub(super) fn fields(message: &[u8]) -> impl Iterator<Item = Result<Field<'_>, WalkError>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let rest = message.get(offset..).filter(|rest| !rest.is_empty())?;
        let field = field(rest, offset);
        offset = field.map_or(message.len(), |field| offset + field.whole.len());
        Some(field)
    })
}

fn field(bytes: &[u8], offset: usize) -> Result<Field<'_>, WalkError> {
    let fail = |detail| WalkError { offset, detail };
    let (tag, tag_len) = varint(bytes).ok_or(fail("a tag is cut short"))?;
    let after = &bytes[tag_len..];
    let (value_len, content_len) = match tag & 7 {
        0 => (varint(after).ok_or(fail("a varint is cut short"))?.1, None),
        1 => (8, None),
        2 => {
            let (length, width) = varint(after).ok_or(fail("a length is cut short"))?;
            let length = usize::try_from(length).map_err(|_| fail("a length is too great"))?;
            (width.saturating_add(length), Some(length))
        }
        5 => (4, None),
        _ => return Err(fail("a tag has a wire type that is not used")),
    };
    let whole = bytes.get(..tag_len.saturating_add(value_len)).ok_or(fail("a field is longer than its message"))?;
    let content = content_len.map(|length| &whole[whole.len() - length..]);
    Ok(Field { number: tag >> 3, whole, content, offset })
}

/// A varint of up to 10 bytes, and its width.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Some((value, i + 1));
        }
    }
    None
}

/// Appends field `number` with `content`.
pub(super) fn put_message(out: &mut Vec<u8>, number: u64, content: &[u8]) {
    put_varint(out, number << 3 | 2);
    put_varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Spans in a request, whose structure is checked down to them.
///
/// # Errors
/// Where `request` is not one.
pub fn count_spans(request: &[u8]) -> Result<u64, WalkError> {
    let mut count = 0;
    for field in fields(request) {
        let field = field?;
        if let Some(resource_spans) = field.message(RESOURCE_SPANS) {
            count += count_in_resource(resource_spans).map_err(|error| error.within(&field, resource_spans))?;
        }
    }
    Ok(count)
}

pub(super) fn count_in_resource(resource_spans: &[u8]) -> Result<u64, WalkError> {
    let mut count = 0;
    for field in fields(resource_spans) {
        let field = field?;
        if let Some(scope_spans) = field.message(SCOPE_SPANS) {
            count += count_in_scope(scope_spans).map_err(|error| error.within(&field, scope_spans))?;
        }
    }
    Ok(count)
}

pub(super) fn count_in_scope(scope_spans: &[u8]) -> Result<u64, WalkError> {
    fields(scope_spans).try_fold(0, |count, field| Ok(count + u64::from(field?.message(SPANS).is_some())))
}

impl WalkError {
    /// The same place, told from the start of the message that `field` stands in.
    pub(super) fn within(self, field: &Field<'_>, content: &[u8]) -> WalkError {
        WalkError { offset: self.offset + field.content_offset(content), ..self }
    }
}
