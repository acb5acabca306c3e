//! Protobuf messages by hand: fields in the order they are added, so that every order can be made.

/// Appends a varint that is `extra` bytes longer than need be (at most 10 in all).
pub fn put_varint(out: &mut Vec<u8>, mut value: u64, extra: usize) {
    let start = out.len();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    for _ in 0..extra.min(10 - (out.len() - start)) {
        *out.last_mut().unwrap() |= 0x80;
        out.push(0);
    }
}

/// Wire type of a varint.
pub const VARINT: u64 = 0;
/// Wire type of 8 bytes.
pub const FIXED64: u64 = 1;
/// Wire type of bytes with a length.
pub const BYTES: u64 = 2;
/// Wire type of 4 bytes.
pub const FIXED32: u64 = 5;

/// A message: its fields, encoded, in the order they are written.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The number of each field, and its key and value.
    pub fields: Vec<(u32, Vec<u8>)>,
}

impl Message {
    /// The empty message.
    pub fn new() -> Self {
        Self::default()
    }

    fn push(mut self, number: u32, wire_type: u64, value: &[u8]) -> Self {
        let mut field = Vec::with_capacity(value.len() + 2);
        put_varint(&mut field, u64::from(number) << 3 | wire_type, 0);
        field.extend_from_slice(value);
        self.fields.push((number, field));
        self
    }

    /// Adds a number.
    pub fn varint(self, number: u32, value: u64) -> Self {
        self.long_varint(number, value, 0)
    }

    /// Adds a number that is `extra` bytes longer than need be.
    pub fn long_varint(self, number: u32, value: u64, extra: usize) -> Self {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, value, extra);
        self.push(number, VARINT, &bytes)
    }

    /// Adds 8 bytes.
    pub fn fixed64(self, number: u32, value: u64) -> Self {
        self.push(number, FIXED64, &value.to_le_bytes())
    }

    /// Adds 4 bytes.
    pub fn fixed32(self, number: u32, value: u32) -> Self {
        self.push(number, FIXED32, &value.to_le_bytes())
    }

    /// Adds bytes or text.
    pub fn bytes(self, number: u32, value: impl AsRef<[u8]>) -> Self {
        self.long_bytes(number, value, 0)
    }

    /// Adds bytes whose length is `extra` bytes longer than need be.
    pub fn long_bytes(self, number: u32, value: impl AsRef<[u8]>, extra: usize) -> Self {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, value.as_ref().len() as u64, extra);
        bytes.extend_from_slice(value.as_ref());
        self.push(number, BYTES, &bytes)
    }

    /// Adds a message.
    pub fn message(self, number: u32, value: &Message) -> Self {
        self.bytes(number, value.encode())
    }

    /// Adds bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.fields.push((0, bytes.to_vec()));
        self
    }

    /// The same fields from the last to the first.
    pub fn reversed(mut self) -> Self {
        self.fields.reverse();
        self
    }

    /// The bytes.
    pub fn encode(&self) -> Vec<u8> {
        self.fields.iter().flat_map(|(_, field)| field).copied().collect()
    }
}
