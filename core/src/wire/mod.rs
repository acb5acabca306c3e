//! Protobuf bytes: varints, fields, and the fields of the OTLP messages. Nothing here allocates.

pub(crate) mod varint;
