//! Result numbers: 0, the codes of `ErrorKind`, and what only C can do wrong.

use std::ffi::{CStr, c_char};

use tracezip::ErrorKind;

/// What a call returns: 0 on success, else one of the numbers below. They are pinned: a number never
/// changes its meaning, and newer versions may add some.
pub type tracezip_result = i32;

/// Success.
pub const TRACEZIP_OK: tracezip_result = 0;
/// The input does not begin like a Tracezip frame.
pub const TRACEZIP_NOT_TRACEZIP: tracezip_result = 1;
/// The frame was made by a newer version of the format.
pub const TRACEZIP_UNSUPPORTED_VERSION: tracezip_result = 2;
/// The frame ends too early.
pub const TRACEZIP_TRUNCATED: tracezip_result = 3;
/// The frame contradicts itself.
pub const TRACEZIP_CORRUPT: tracezip_result = 4;
/// The decoded bytes are not those that were compressed.
pub const TRACEZIP_CHECKSUM: tracezip_result = 5;
/// A frame of a stream was lost, repeated or reordered, or does not stand alone where it must.
pub const TRACEZIP_OUT_OF_SEQUENCE: tracezip_result = 6;
/// The frame needs more than a limit allows.
pub const TRACEZIP_LIMIT_EXCEEDED: tracezip_result = 7;
/// `dst_cap` is too small; nothing was written.
pub const TRACEZIP_BUFFER_TOO_SMALL: tracezip_result = 8;
/// A setting, or a `struct_size`, is out of range.
pub const TRACEZIP_INVALID_CONFIG: tracezip_result = 9;
/// The input is not a trace request, where one is needed.
pub const TRACEZIP_NOT_OTLP: tracezip_result = 10;
/// The frame was made with a dictionary that its reader does not hold.
pub const TRACEZIP_UNKNOWN_DICTIONARY: tracezip_result = 11;
/// A pointer that must not be NULL is.
pub const TRACEZIP_NULL_POINTER: tracezip_result = 100;
/// A fault of the library, caught at its border. Please report it.
pub const TRACEZIP_INTERNAL: tracezip_result = 101;
/// The handle is of another kind. One that was freed may give this, or anything else.
pub const TRACEZIP_WRONG_HANDLE: tracezip_result = 102;

pub(crate) const fn of(kind: ErrorKind) -> tracezip_result {
    kind.code()
}

/// A short English text for a result; also for numbers that are none. Static: do not free it.
/// Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn tracezip_result_str(result: tracezip_result) -> *const c_char {
    text(result).as_ptr()
}

pub(crate) fn text(result: tracezip_result) -> &'static CStr {
    match result {
        TRACEZIP_OK => c"ok",
        TRACEZIP_NOT_TRACEZIP => c"not a Tracezip frame",
        TRACEZIP_UNSUPPORTED_VERSION => c"made by a newer version of the format",
        TRACEZIP_TRUNCATED => c"the frame is cut short",
        TRACEZIP_CORRUPT => c"the frame is damaged",
        TRACEZIP_CHECKSUM => c"the checksum does not match",
        TRACEZIP_OUT_OF_SEQUENCE => c"a frame of the stream is missing, repeated or out of order",
        TRACEZIP_LIMIT_EXCEEDED => c"a limit is exceeded",
        TRACEZIP_BUFFER_TOO_SMALL => c"the buffer is too small",
        TRACEZIP_INVALID_CONFIG => c"the configuration is invalid",
        TRACEZIP_NOT_OTLP => c"not an OTLP trace request",
        TRACEZIP_UNKNOWN_DICTIONARY => c"a dictionary is missing",
        TRACEZIP_NULL_POINTER => c"a pointer is NULL",
        TRACEZIP_INTERNAL => c"internal error",
        TRACEZIP_WRONG_HANDLE => c"the wrong handle",
        _ => c"unknown result",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_number_and_the_text_of_the_core() {
        for (i, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert_eq!(of(kind), i as i32 + 1);
            assert_eq!(text(of(kind)).to_str(), Ok(kind.as_str()));
        }
        assert_eq!(text(-1), c"unknown result");
    }
}
