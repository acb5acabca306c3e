//! What the values of one key cost, and what they were coded as.

use crate::wire::attribute::{KeyParts, Payload, Type};
use crate::wire::otlp::Level;

/// Bytes of a value that [`KeyStats::dearest`] shows.
const PREVIEW: usize = 80;

/// What the values of one key have cost: of an attribute, or of another field of a message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct KeyStats {
    /// The message that the key stands in.
    pub place: KeyPlace,
    /// The attribute's key, or the field's name in OTLP. Bytes that are no UTF-8 are replaced.
    pub key: String,
    /// Whether it is an attribute, and not a field of OTLP's own such as a span's `kind`.
    pub is_attribute: bool,
    /// Bytes of frames that its values have cost.
    pub bytes: f64,
    /// Bytes of its fields in the originals, with the key and all lengths.
    pub original_bytes: u64,
    /// Its values.
    pub values: u64,
    /// Those of them that were written out: that were neither predicted nor known.
    pub new_values: u64,
    /// The same by coding, what cost most first.
    pub codings: Vec<CodingStats>,
    /// The beginning of the value that has cost most.
    pub dearest: String,
}

/// What those values of a key have cost that were coded alike.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CodingStats {
    /// How they were coded.
    pub coding: Coding,
    /// Their number.
    pub values: u64,
    /// Bytes of frames.
    pub bytes: f64,
    /// Bytes of their fields in the originals.
    pub original_bytes: u64,
}

impl KeyStats {
    pub(crate) fn new(
        level: Level,
        key: String,
        is_attribute: bool,
        codings: Vec<CodingStats>,
        dearest: String,
    ) -> Self {
        let is_new = |of: &&CodingStats| !matches!(of.coding, Coding::Predicted | Coding::Known);
        KeyStats {
            place: KeyPlace::of(level),
            key,
            is_attribute,
            bytes: codings.iter().map(|of| of.bytes).sum(),
            original_bytes: codings.iter().map(|of| of.original_bytes).sum(),
            values: codings.iter().map(|of| of.values).sum(),
            new_values: codings.iter().filter(is_new).map(|of| of.values).sum(),
            codings,
            dearest,
        }
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }
        }
    };
}

named! {
    /// The message of a trace request that a key stands in.
    KeyPlace {
        /// A span.
        Span = "span",
        /// An event of a span.
        Event = "event",
        /// A link of a span.
        Link = "link",
        /// A resource.
        Resource = "resource",
        /// An instrumentation scope.
        Scope = "scope",
        /// A key-value list that is the value of an attribute.
        Nested = "nested",
        /// The request itself.
        Request = "request",
        /// `ResourceSpans`, around a resource and its scopes.
        ResourceSpans = "resource_spans",
        /// `ScopeSpans`, around a scope and its spans.
        ScopeSpans = "scope_spans",
    }
}

named! {
    /// What a value was coded as.
    Coding {
        /// Nothing: it is as predicted from its neighbours and predecessors.
        Predicted = "predicted",
        /// One of the values that this key had before.
        Known = "known",
        /// The new value of another key of the message once more.
        Copied = "copied",
        /// A number, as its difference to the last one.
        Delta = "delta",
        /// A number as it is, because differences were no smaller.
        Number = "number",
        /// Text that is the digits of a number, as that number.
        Decimal = "decimal",
        /// A double with few decimal places, as an integer.
        Scaled = "scaled",
        /// The bits of a double.
        Double = "double",
        /// A UUID, in 16 bytes.
        Uuid = "uuid",
        /// A number, an id or a mixed word that another value has had, of whatever key.
        Seen = "seen",
        /// Hexadecimal text, in half its length.
        Hex = "hex",
        /// The trace id or the span id of the span around it, as text.
        OwnId = "own id",
        /// Text of which all but numbers, ids, times and mixed words is known, or was new just now.
        Pattern = "pattern",
        /// Text: copies of earlier text, and letters.
        Text = "text",
        /// An array, element by element.
        Array = "array",
        /// A key-value list, whose keys count for themselves.
        List = "list",
        /// A resource or a scope, whose keys count for themselves.
        Message = "message",
        /// No value.
        Empty = "empty",
    }
}

/// Number of codings.
pub(crate) const CODINGS: usize = Coding::ALL.len();

impl KeyPlace {
    fn of(level: Level) -> Self {
        match level {
            Level::Span => KeyPlace::Span,
            Level::Event => KeyPlace::Event,
            Level::Link => KeyPlace::Link,
            Level::Resource => KeyPlace::Resource,
            Level::Scope => KeyPlace::Scope,
            Level::Nested => KeyPlace::Nested,
            Level::Request => KeyPlace::Request,
            Level::ResourceSpans => KeyPlace::ResourceSpans,
            Level::ScopeSpans => KeyPlace::ScopeSpans,
        }
    }
}

/// The beginning of a value, for people.
pub(crate) fn preview((key, payload): (KeyParts<'_>, Payload<'_>)) -> String {
    match payload {
        Payload::Number(bits) if key.of == Type::Double => f64::from_bits(bits).to_string(),
        Payload::Number(value) => (value as i64).to_string(),
        Payload::Bytes(bytes) if matches!(key.of, Type::Array | Type::KvList | Type::Bytes) => {
            format!("({} bytes)", bytes.len())
        }
        Payload::Bytes(bytes) => String::from_utf8_lossy(&bytes[..bytes.len().min(PREVIEW)]).into_owned(),
    }
}
