//! Messages each behind its length in 4 bytes, big-endian: what the Collector's file exporter writes.

use crate::error::{Error, Result};

/// Cuts `content` into its messages.
///
/// # Errors
/// [`Error::CutMessage`].
pub fn split_messages(content: &[u8]) -> Result<Vec<&[u8]>> {
    let mut messages = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let offset = content.len() - rest.len();
        let cut = |says, left| Error::CutMessage { index: messages.len(), offset, says, left };
        let Some((length, after)) = rest.split_first_chunk() else {
            return Err(cut(4, rest.len()));
        };
        let length = u32::from_be_bytes(*length) as usize;
        let Some((message, after)) = after.split_at_checked(length) else {
            return Err(cut(length, after.len()));
        };
        messages.push(message);
        rest = after;
    }
    Ok(messages)
}

/// Appends the length of a message; false if it does not fit in 4 bytes.
#[must_use]
pub fn put_length(out: &mut Vec<u8>, length: usize) -> bool {
    let Ok(length) = u32::try_from(length) else { return false };
    out.extend_from_slice(&length.to_be_bytes());
    true
}

/// Puts messages behind their lengths; nothing if one is too long.
pub fn join_messages<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for message in messages {
        if !put_length(&mut out, message.len()) {
            return None;
        }
        out.extend_from_slice(message);
    }
    Some(out)
}
