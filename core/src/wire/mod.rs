//! Protobuf bytes: varints, fields, and the fields of the OTLP messages. Nothing here allocates.

pub(crate) mod attribute;
pub(crate) mod field;
pub(crate) mod otlp;
pub(crate) mod request;
pub(crate) mod varint;
