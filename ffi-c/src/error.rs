//! What exactly went wrong: stage, offset and a sentence, kept by handles for `_last_error`.

use std::ffi::{CStr, c_char};

use tracezip::{Error, Stage};

use crate::guard::{Checked, hand_over};
use crate::result::{TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_INTERNAL, TRACEZIP_NULL_POINTER, TRACEZIP_OK};
use crate::result::{of, text, tracezip_result};

/// Where in the flow an error was found. The numbers are pinned, and newer versions may add some.
pub type tracezip_stage = i32;

/// Nowhere: there was no error.
pub const TRACEZIP_STAGE_NONE: tracezip_stage = 0;
/// Checking settings.
pub const TRACEZIP_STAGE_CONFIG: tracezip_stage = 1;
/// Reading a frame's header.
pub const TRACEZIP_STAGE_HEADER: tracezip_stage = 2;
/// Decoding a frame's body.
pub const TRACEZIP_STAGE_BODY: tracezip_stage = 3;
/// Comparing what was decoded with the checksum.
pub const TRACEZIP_STAGE_CHECKSUM: tracezip_stage = 4;
/// Following a stream.
pub const TRACEZIP_STAGE_STREAM: tracezip_stage = 5;
/// Writing to the caller's buffer.
pub const TRACEZIP_STAGE_OUTPUT: tracezip_stage = 6;
/// Reading an OTLP message.
pub const TRACEZIP_STAGE_OTLP: tracezip_stage = 7;
/// Checking the arguments of a call, or the library itself.
pub const TRACEZIP_STAGE_CALL: tracezip_stage = 100;

/// Bytes of tracezip_error_detail.message.
pub const TRACEZIP_ERROR_MESSAGE_SIZE: usize = 232;

/// How a call with a handle ended.
///
/// Set `struct_size` to sizeof(tracezip_error_detail) before the call. Newer versions add fields at
/// the end only; the library fills those that both sides know and sets the rest to zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct tracezip_error_detail {
    /// Set by the caller: sizeof(tracezip_error_detail).
    pub struct_size: usize,
    /// What the call returned.
    pub result: tracezip_result,
    /// Where in the flow; its text is tracezip_stage_str().
    pub stage: tracezip_stage,
    /// At which byte: of the frame in the header, of the decoded bytes in the body, of `dst` in the
    /// output (where it ends); else 0.
    pub offset: u64,
    /// All of it in English, for a log: "the frame is cut short: ... (frame body, byte 12)". Ends
    /// with a zero byte; the wording may change.
    pub message: [c_char; TRACEZIP_ERROR_MESSAGE_SIZE],
}

/// A short English text for a stage; also for numbers that are none. Static: do not free it. Never
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn tracezip_stage_str(stage: tracezip_stage) -> *const c_char {
    stage_text(stage).as_ptr()
}

fn stage_text(stage: tracezip_stage) -> &'static CStr {
    match stage {
        TRACEZIP_STAGE_NONE => c"none",
        TRACEZIP_STAGE_CONFIG => c"configuration",
        TRACEZIP_STAGE_HEADER => c"frame header",
        TRACEZIP_STAGE_BODY => c"frame body",
        TRACEZIP_STAGE_CHECKSUM => c"checksum",
        TRACEZIP_STAGE_STREAM => c"stream",
        TRACEZIP_STAGE_OUTPUT => c"output",
        TRACEZIP_STAGE_OTLP => c"OTLP message",
        TRACEZIP_STAGE_CALL => c"call",
        _ => c"unknown stage",
    }
}

const fn stage_of(stage: Stage) -> tracezip_stage {
    match stage {
        Stage::Config => TRACEZIP_STAGE_CONFIG,
        Stage::Header => TRACEZIP_STAGE_HEADER,
        Stage::Body => TRACEZIP_STAGE_BODY,
        Stage::Checksum => TRACEZIP_STAGE_CHECKSUM,
        Stage::Stream => TRACEZIP_STAGE_STREAM,
        Stage::Output => TRACEZIP_STAGE_OUTPUT,
        Stage::Otlp => TRACEZIP_STAGE_OTLP,
        // `Stage` may grow; a new one gets its number here.
        _ => -1,
    }
}

/// Why a call failed; its number is what the call returns.
#[derive(Clone)]
pub(crate) struct Failure {
    pub(crate) result: tracezip_result,
    stage: tracezip_stage,
    offset: u64,
    message: String,
}

impl Failure {
    /// What is wrong with the call itself.
    pub(crate) fn call(result: tracezip_result, detail: &str) -> Self {
        let message = format!("{}: {detail}", text(result).to_string_lossy());
        Failure { result, stage: TRACEZIP_STAGE_CALL, offset: 0, message }
    }

    pub(crate) fn null(argument: &str) -> Self {
        Failure::call(TRACEZIP_NULL_POINTER, argument)
    }

    pub(crate) fn internal() -> Self {
        Failure::call(TRACEZIP_INTERNAL, "a panic; please report it")
    }

    pub(crate) fn too_small(need: u64, cap: usize) -> Self {
        let mut failure = Failure::call(TRACEZIP_BUFFER_TOO_SMALL, &format!("{need} bytes are needed, not {cap}"));
        (failure.stage, failure.offset) = (TRACEZIP_STAGE_OUTPUT, cap as u64);
        failure
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure {
            result: of(error.kind()),
            stage: stage_of(error.stage()),
            offset: error.offset(),
            message: error.to_string(),
        }
    }
}

/// Fills the caller's struct with how a call ended.
///
/// # Safety
/// `out` must be NULL or point to `struct_size` writable bytes, the first of which hold it.
pub(crate) unsafe fn hand_over_detail(last: Option<&Failure>, out: *mut tracezip_error_detail) -> Checked<()> {
    /// The first version's size. It stays what it is when fields are added.
    const LEAST: usize = std::mem::offset_of!(tracezip_error_detail, message) + TRACEZIP_ERROR_MESSAGE_SIZE;
    let ok = Failure { result: TRACEZIP_OK, stage: TRACEZIP_STAGE_NONE, offset: 0, message: "ok".into() };
    let Failure { result, stage, offset, message } = last.unwrap_or(&ok);
    let mut detail = tracezip_error_detail {
        struct_size: size_of::<tracezip_error_detail>(),
        result: *result,
        stage: *stage,
        offset: *offset,
        message: [0; TRACEZIP_ERROR_MESSAGE_SIZE],
    };
    // The last byte stays zero. Messages are ASCII, so that a cut is never inside a character.
    for (to, from) in detail.message[..TRACEZIP_ERROR_MESSAGE_SIZE - 1].iter_mut().zip(message.bytes()) {
        *to = from as c_char;
    }
    // SAFETY: as this function's; `struct_size` comes first.
    unsafe { hand_over(detail, LEAST, out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_the_error_of_the_core_says() {
        let errors = [
            tracezip::TracezipConfig::builder().level(0).build().map(drop),
            tracezip::decompress(&[]).map(drop),
            tracezip::decompress_into(&tracezip::compress(b"four"), tracezip::Limits::default(), &mut [0]).map(drop),
        ];
        for error in errors.into_iter().filter_map(Result::err) {
            let failure = Failure::from(error.clone());
            let place = format!("({}, byte {})", stage_text(failure.stage).to_string_lossy(), failure.offset);
            assert!(failure.message.ends_with(&place), "{}", failure.message);
            assert_eq!((failure.result, failure.message), (error.kind().code(), error.to_string()));
        }
        assert_eq!(stage_text(-1), c"unknown stage");
    }
}
