//! Which field of an OTLP message is what (opentelemetry-proto, `trace.proto`, `common.proto`, `resource.proto`).

/// The messages that are coded by templates. The numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Level {
    Span = 0,
    Event = 1,
    Link = 2,
    Resource = 3,
    Scope = 4,
    /// A `KeyValueList` in an attribute's value.
    Nested = 5,
    /// `TracesData`, and `ExportTraceServiceRequest`.
    Request = 6,
    ResourceSpans = 7,
    ScopeSpans = 8,
}

/// Number of levels.
pub(crate) const LEVELS: usize = 9;

/// What a field is to its message. All but [`Role::Attribute`] and [`Role::Plain`] are parts with a
/// model of their own; the numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    TraceId = 0,
    SpanId = 1,
    ParentId = 2,
    Start = 3,
    End = 4,
    /// Events; in the messages around the spans, what they hold.
    Events = 5,
    Links = 6,
    /// The name, which decides on the family.
    Name = 7,
    Attribute = 8,
    Plain = 9,
}

/// Roles below this are parts.
pub(crate) const PARTS: usize = 8;

impl Role {
    pub(crate) const PART: [Role; PARTS] =
        [Role::TraceId, Role::SpanId, Role::ParentId, Role::Start, Role::End, Role::Events, Role::Links, Role::Name];

    /// The parts that hold messages, a bit each. Neighbours of one such role are one run.
    pub(crate) const RUNS: u16 = 1 << Role::Events as u16 | 1 << Role::Links as u16;

    #[inline(always)]
    pub(crate) const fn is_run(self) -> bool {
        Role::RUNS >> self as u16 & 1 != 0
    }
}

/// The tag under which `level` has `role`; zero if it has none.
pub(crate) const fn tag(level: Level, role: Role) -> u32 {
    match (level, role) {
        (Level::Span, Role::TraceId) | (Level::Link, Role::TraceId) => 0x0a,
        (Level::Span, Role::SpanId) | (Level::Link, Role::SpanId) => 0x12,
        (Level::Span, Role::ParentId) => 0x22,
        (Level::Span, Role::Name) => 0x2a,
        (Level::Span, Role::Start) => 0x39,
        (Level::Span, Role::End) => 0x41,
        (Level::Span, Role::Attribute) => 0x4a,
        (Level::Span, Role::Events) => 0x5a,
        (Level::Span, Role::Links) => 0x6a,
        (Level::Event, Role::Start) => 0x09,
        (Level::Event, Role::Name) => 0x12,
        (Level::Event, Role::Attribute) => 0x1a,
        (Level::Link, Role::Attribute) => 0x22,
        (Level::Resource, Role::Attribute) => 0x0a,
        (Level::Scope, Role::Attribute) => 0x1a,
        (Level::Nested, Role::Attribute) => 0x0a,
        (Level::Request, Role::Events) => 0x0a,
        (Level::ResourceSpans, Role::Events) => 0x12,
        (Level::ScopeSpans, Role::Events) => 0x12,
        _ => 0,
    }
}

const BY_NUMBER: [Level; LEVELS] = [
    Level::Span,
    Level::Event,
    Level::Link,
    Level::Resource,
    Level::Scope,
    Level::Nested,
    Level::Request,
    Level::ResourceSpans,
    Level::ScopeSpans,
];

/// Tag of each part, by level.
pub(crate) static TAGS: [[u8; PARTS]; LEVELS] = {
    let mut table = [[0; PARTS]; LEVELS];
    let mut level = 0;
    while level < LEVELS {
        let mut part = 0;
        while part < PARTS {
            table[level][part] = tag(BY_NUMBER[level], Role::PART[part]) as u8;
            part += 1;
        }
        level += 1;
    }
    table
};

/// Role of each one-byte tag, by level.
pub(crate) static ROLES: [[Role; 128]; LEVELS] = {
    let mut table = [[Role::Plain; 128]; LEVELS];
    let mut level = 0;
    while level < LEVELS {
        let mut part = 0;
        while part < PARTS {
            table[level][TAGS[level][part] as usize] = Role::PART[part];
            part += 1;
        }
        table[level][tag(BY_NUMBER[level], Role::Attribute) as usize] = Role::Attribute;
        table[level][0] = Role::Plain;
        level += 1;
    }
    table
};

/// What `field_tag` is in a message of `level`, going by the tag alone.
#[inline(always)]
pub(crate) fn role(level: Level, field_tag: u32) -> Role {
    ROLES[level as usize].get(field_tag as usize).copied().unwrap_or(Role::Plain)
}

/// What OTLP calls a field of `level`; what it does not know is called by its number.
pub(crate) fn field_name(level: Level, field_tag: u32) -> String {
    let name = match (level, field_tag >> 3) {
        (_, 0) => "bytes in an unusual form",
        (Level::Span, 3) | (Level::Link, 3) => "trace_state",
        (Level::Span | Level::Link, 1) => "trace_id",
        (Level::Span | Level::Link, 2) => "span_id",
        (Level::Span, 4) => "parent_span_id",
        (Level::Span, 5) | (Level::Event, 2) | (Level::Scope, 1) => "name",
        (Level::Span, 6) => "kind",
        (Level::Span, 7) => "start_time_unix_nano",
        (Level::Span, 8) => "end_time_unix_nano",
        (Level::Span, 9) | (Level::Event, 3) | (Level::Link, 4) | (Level::Resource, 1) | (Level::Scope, 3) => {
            "attributes"
        }
        (Level::Span, 10) | (Level::Event, 4) | (Level::Link, 5) | (Level::Resource, 2) | (Level::Scope, 4) => {
            "dropped_attributes_count"
        }
        (Level::Span, 11) => "events",
        (Level::Span, 12) => "dropped_events_count",
        (Level::Span, 13) => "links",
        (Level::Span, 14) => "dropped_links_count",
        (Level::Span, 15) => "status",
        (Level::Span, 16) | (Level::Link, 6) => "flags",
        (Level::Event, 1) => "time_unix_nano",
        (Level::Resource, 3) => "entity_refs",
        (Level::Scope, 2) => "version",
        (Level::Nested, 1) => "values",
        (Level::Request, 1) => "resource_spans",
        (Level::ResourceSpans, 1) => "resource",
        (Level::ResourceSpans, 2) => "scope_spans",
        (Level::ScopeSpans, 1) => "scope",
        (Level::ScopeSpans, 2) => "spans",
        (Level::ResourceSpans | Level::ScopeSpans, 3) => "schema_url",
        (_, number) => return format!("field {number}"),
    };
    name.to_string()
}

/// Tag of the resource in `ResourceSpans`, and of the scope in `ScopeSpans`.
pub(crate) const HEAD: u32 = 0x0a;

/// The level of a head, in the messages that have one.
pub(crate) const fn head_level(level: Level) -> Option<Level> {
    match level {
        Level::ResourceSpans => Some(Level::Resource),
        Level::ScopeSpans => Some(Level::Scope),
        _ => None,
    }
}
