//! Why a key compresses badly, and what can be done about it.

use tracezip::{Coding, CodingStats, DecompressionStats, KeyStats};

use super::per_cent;

/// Share of all compressed bytes, in per cent, from which there is something to say about a key.
const NOTABLE: f64 = 3.0;
/// The same for what every span has.
const NOTABLE_COLUMN: f64 = 10.0;

/// A sentence about a key that is dear.
pub(super) fn of_key(key: &KeyStats, compressed: u64) -> Option<String> {
    let lead = key.codings.first().filter(|_| per_cent(key.bytes, compressed as f64) >= NOTABLE)?;
    let each = lead.bytes / lead.values.max(1) as f64;
    Some(match lead.coding {
        Coding::Uuid => {
            "random UUIDs, 16 bytes each: nothing can shrink them; do without where nobody looks for them".to_string()
        }
        Coding::Hex => format!(
            "hexadecimal digits that come once, {each:.0} bytes each: random ids or hashes, nothing can shrink them; do \
             without where nobody looks for them"
        ),
        Coding::Seen | Coding::OwnId | Coding::Copied => {
            format!("repeats what stands elsewhere, {each:.1} bytes each: the cheapest copy is the one not sent")
        }
        Coding::Known => format!(
            "takes turns among values that it had before, {:.1} bits each: there are many of them; do without if another \
             key says the same",
            8.0 * each
        ),
        Coding::Delta | Coding::Number | Coding::Decimal if is_epoch(&key.dearest) => {
            format!("times as numbers, {each:.1} bytes each: the span's and the event's own times are cheaper")
        }
        Coding::Delta | Coding::Number | Coding::Decimal | Coding::Scaled if each < 1.5 => {
            format!("a counter or a number in small steps, {each:.1} bytes each: about as small as it can be")
        }
        Coding::Delta | Coding::Number | Coding::Decimal | Coding::Scaled => {
            format!("numbers that jump about, {each:.1} bytes each: fewer digits would be fewer bytes")
        }
        Coding::Double => {
            format!("doubles with all their digits, {each:.1} bytes each: up to six decimal places would be cheaper")
        }
        Coding::Text | Coding::Pattern => of_text(key, lead, each),
        Coding::Array => format!(
            "arrays, coded element by element, {each:.0} bytes each: fewer elements, or fewer digits in them, would be cheaper"
        ),
        _ => return None,
    })
}

fn of_text(key: &KeyStats, lead: &CodingStats, each: f64) -> String {
    // Tags, lengths and the key itself are about this much of a field.
    let frame = if key.is_attribute { key.key.len() as f64 + 9.0 } else { 2.0 };
    let len = (lead.original_bytes as f64 / lead.values.max(1) as f64 - frame).max(1.0);
    if is_date_time(&key.dearest) {
        format!("times as text, {each:.1} bytes each: an integer, or the event's own time, is cheaper")
    } else if len >= 8.0 && each / len > 0.55 {
        format!(
            "text that looks random, {each:.0} bytes for {len:.0} characters: tokens or encoded bytes, nothing can \
             shrink them"
        )
    } else if lead.values * 2 > key.values {
        format!(
            "text that is mostly new, {each:.0} bytes for {len:.0} characters: keep the words constant and send what \
             varies under keys of its own"
        )
    } else {
        format!("{} new texts of {len:.0} characters, {each:.0} bytes each: the first of their kind cost", lead.values)
    }
}

/// What there is to say about all: the columns that every span has, then keys.
pub(crate) fn advice(stats: &DecompressionStats) -> Vec<String> {
    let share = |bytes| per_cent(bytes, stats.compressed_size as f64);
    let per_span = |bytes: f64| bytes / stats.span_count.max(1) as f64;
    let (ids, times) = (stats.rest.ids, stats.rest.times);
    let mut lines = Vec::new();
    if share(ids) >= NOTABLE_COLUMN && stats.random_ids * 2.0 > ids {
        lines.push(format!(
            "ids: {:.0} % of their bytes are ids that nothing predicts, 8 bytes a span and 16 a trace; those of the \
             SDKs for Java, Node, Python, Ruby and, before 1.38, Go are predicted",
            per_cent(stats.random_ids, ids)
        ));
    }
    if share(times) >= NOTABLE_COLUMN {
        lines.push(format!(
            "times: {:.1} bytes a span: clocks that count microseconds would be cheaper than ones of nanoseconds",
            per_span(times)
        ));
    }
    lines
}

/// Whether a text is a date and a time (RFC 3339, with a space for the T too).
fn is_date_time(text: &str) -> bool {
    const FORM: &[u8; 19] = b"dddd-dd-ddTdd:dd:dd";
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        _ => byte == form,
    };
    text.len() >= FORM.len() && text.len() <= 35 && text.as_bytes().iter().zip(FORM).all(fits)
}

/// Whether a number is likely a time since 1970 in milli-, micro- or nanoseconds: 2001 to 2033 and later.
fn is_epoch(text: &str) -> bool {
    matches!(text.len(), 13 | 16 | 19) && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_other_text() {
        for time in ["2024-11-05T10:00:00Z", "2024-11-05 10:00:00.123456", "2024-11-05t10:00:00.123456789+01:00"] {
            assert!(is_date_time(time), "{time}");
        }
        for other in ["2024-11-05", "2024-11-05T10:00:00Z INFO the cart was emptied", "at java.lang.Thread.run(1)"] {
            assert!(!is_date_time(other), "{other}");
        }
        assert!(is_epoch("1730800000000") && is_epoch("1730800000123456789"));
        assert!(!is_epoch("1730800000") && !is_epoch("173080000000x") && !is_epoch("9730800000000"));
    }
}
