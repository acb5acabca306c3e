//! What the parts of the state weigh, in bytes. The weight decides when both directions begin anew, so
//! these numbers are part of the format; they are what the parts took in memory when it was made, and
//! for whatever is looked up, 24 bytes for its place in a table.

pub(super) const VALUE: usize = 12 + LOOKED_UP;
/// A pattern of strings, a variable of it, and where variables stand.
pub(super) const PATTERN: usize = 32 + LOOKED_UP;
pub(super) const PART: usize = 16;
pub(super) const SITE: usize = 128 + LOOKED_UP;
/// A byte of text, with its place in the text coder's chains.
pub(super) const TEXT: usize = 5;
pub(super) const KEY: usize = 88 + LOOKED_UP;
pub(super) const FAMILY: usize = 12 + LOOKED_UP;
pub(super) const SET: usize = 20 + LOOKED_UP;
pub(super) const ORDER: usize = 12 + LOOKED_UP;
pub(super) const SHAPE: usize = 68 + LOOKED_UP;
/// A field in a set, a place in an order, a slot in a shape.
pub(super) const KIND: usize = 4;
pub(super) const PLACE: usize = 2;
pub(super) const SHAPE_SLOT: usize = 4;
pub(super) const CHUNK: usize = 16;
pub(super) const SLOT: usize = 36 + LOOKED_UP;
pub(super) const TIMES: usize = 84;
pub(super) const EVENT_TIMES: usize = 52 + LOOKED_UP;
/// A page of a list of vectors, and of any other list.
pub(super) const VECTOR_PAGE: usize = 256;
pub(super) const PAGE: usize = 72;
pub(super) const TRACE: usize = 48 + LOOKED_UP;
pub(super) const NODE: usize = 72 + LOOKED_UP;
/// An entry of a cache.
pub(super) const ENTRY: usize = 16;
const LOOKED_UP: usize = 24;
