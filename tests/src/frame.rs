//! Frames taken apart and sealed again, so that damage reaches what is behind the seal.
//!
//! The header is written out here once more, on purpose: this is the tests' own view of the format.

use xxhash_rust::xxh3::xxh3_64;

use crate::wire::put_varint;

/// A frame whose checksum is not sealed.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its first byte.
    pub mark: u8,
    /// Bytes of the original.
    pub len: u64,
    /// Of the original.
    pub checksum: u32,
    /// Of a linked frame.
    pub link: Option<u32>,
    /// What is behind the header.
    pub body: Vec<u8>,
}

impl Frame {
    /// Takes a frame apart that a compressor has made.
    pub fn read(frame: &[u8]) -> Self {
        let (len, at) = varint(frame, 1);
        let number = |at: usize| u32::from_le_bytes(frame[at..at + 4].try_into().unwrap());
        let link = (frame[0] & 16 != 0).then(|| number(at + 4));
        let body = frame[at + 4 + 4 * usize::from(link.is_some())..].to_vec();
        Frame { mark: frame[0], len, checksum: number(at) ^ seal(&frame[..at], &frame[at + 4..]), link, body }
    }

    /// The frame, sealed.
    pub fn write(&self) -> Vec<u8> {
        let mut frame = vec![self.mark];
        put_varint(&mut frame, self.len, 0);
        let behind = [self.link.map_or(vec![], |link| link.to_le_bytes().to_vec()), self.body.clone()].concat();
        let field = self.checksum ^ seal(&frame, &behind);
        [frame, field.to_le_bytes().to_vec(), behind].concat()
    }

    /// The frame with another body.
    pub fn with_body(&self, body: Vec<u8>) -> Vec<u8> {
        Frame { body, ..self.clone() }.write()
    }
}

fn seal(before: &[u8], behind: &[u8]) -> u32 {
    ((xxh3_64(before).rotate_left(1) ^ xxh3_64(behind)) >> 32) as u32
}

/// A varint and where it ends.
pub fn varint(bytes: &[u8], mut at: usize) -> (u64, usize) {
    let (mut value, mut shift) = (0, 0);
    loop {
        value |= u64::from(bytes[at] & 0x7f) << shift;
        at += 1;
        if bytes[at - 1] < 0x80 {
            return (value, at);
        }
        shift += 7;
    }
}

/// The body of a coded frame with settings of one byte.
#[derive(Clone, Debug)]
pub struct Body {
    /// Flags, and limits if there are some.
    pub settings: Vec<u8>,
    /// The three sections.
    pub symbols: Vec<u8>,
    /// Raw bits.
    pub bits: Vec<u8>,
    /// Raw words.
    pub words: Vec<u8>,
}

impl Body {
    /// Takes the body of a frame with default limits apart.
    pub fn read(body: &[u8]) -> Self {
        let (symbols, at) = varint(body, 1);
        let (bits, at) = varint(body, at);
        let (symbols, rest) = body[at..].split_at(symbols as usize);
        let (bits, words) = rest.split_at(bits as usize);
        Body { settings: body[..1].to_vec(), symbols: symbols.to_vec(), bits: bits.to_vec(), words: words.to_vec() }
    }

    /// The body's bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut body = self.settings.clone();
        put_varint(&mut body, self.symbols.len() as u64, 0);
        put_varint(&mut body, self.bits.len() as u64, 0);
        [&body[..], &self.symbols, &self.bits, &self.words].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::Generator;

    #[test]
    fn a_frame_is_put_together_as_it_was() {
        for seed in 0..10 {
            let frame = tracezip::compress(&Generator::new(seed).request(20));
            let parts = Frame::read(&frame);
            assert_eq!(parts.write(), frame);
            assert_eq!(Body::read(&parts.body).write(), parts.body);
        }
    }
}
