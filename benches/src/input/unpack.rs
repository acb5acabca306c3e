//! zstd and gzip around an input, told by their first bytes.

use std::io::Read;

use crate::error::{Error, Result};

const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// Whether `content` begins like zstd or gzip.
pub fn is_packed(content: &[u8]) -> bool {
    content.starts_with(ZSTD_MAGIC) || content.starts_with(GZIP_MAGIC)
}

/// Takes the zstd or gzip off `content`, if there is any.
///
/// # Errors
/// [`Error::Unpack`] for content that begins like zstd or gzip and is damaged.
pub fn unpack(content: Vec<u8>) -> Result<Vec<u8>> {
    if content.starts_with(ZSTD_MAGIC) {
        zstd::stream::decode_all(&content[..]).map_err(|source| Error::Unpack { format: "zstd", source })
    } else if content.starts_with(GZIP_MAGIC) {
        let mut unpacked = Vec::new();
        let read = flate2::read::MultiGzDecoder::new(&content[..]).read_to_end(&mut unpacked);
        read.map(|_| unpacked).map_err(|source| Error::Unpack { format: "gzip", source })
    } else {
        Ok(content)
    }
}
