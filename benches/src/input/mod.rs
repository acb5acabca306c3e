//! From the bytes of a file to OTLP messages in protobuf.

mod detect;
mod json;
mod lengths;
mod unpack;

use std::path::Path;

use crate::error::{Error, Result};

pub use detect::Kind;
pub use json::json_to_protobuf;
pub use lengths::{join_messages, put_length, split_messages};
pub use unpack::{is_packed, unpack};

/// The messages in `content`, which is unpacked first if it is zstd or gzip.
///
/// # Errors
/// What is wrong with content that is not OTLP traces.
pub fn read_messages(content: Vec<u8>) -> Result<Vec<Vec<u8>>> {
    let content = unpack(content)?;
    match Kind::detect(&content) {
        Kind::Raw => Ok(vec![content]),
        Kind::LengthPrefixed => Ok(split_messages(&content)?.into_iter().map(<[u8]>::to_vec).collect()),
        Kind::Json => json_to_protobuf(&content),
        // Content that begins with a good message is a file that was cut short: say where.
        Kind::Other => match split_messages(&content) {
            Err(cut @ Error::CutMessage { index: 1.., .. }) => Err(cut),
            _ => Err(Error::UnknownInput),
        },
    }
}

/// A corpus' name: the file's, up to its first dot.
pub fn corpus_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    match name.split_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_string(),
        _ => name.into_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_endings() {
        assert_eq!(corpus_name(Path::new("a/node_blog.otlp.zst")), "node_blog");
        assert_eq!(corpus_name(Path::new("traces")), "traces");
        assert_eq!(corpus_name(Path::new(".hidden")), ".hidden");
    }

    #[test]
    fn what_is_cut_says_where() {
        let mut file = join_messages([&[0x0a, 0][..], &[0x0a, 0]]).unwrap();
        file.pop();
        let error = read_messages(file).unwrap_err().to_string();
        assert_eq!(error, "message 1 at byte 6 says it has 2 bytes, but only 1 follow");
        assert!(matches!(read_messages(b"hello".to_vec()), Err(Error::UnknownInput)));
    }
}
