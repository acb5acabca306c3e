//! Dates and times as text, by form.

/// Fractions of a second: none, 1 to 9 digits after a point, digits without zeros at the end, and three
/// digits after a comma; each with `T` or a space before the hour. Then seconds, milli-, micro- and
/// nanoseconds since 1970 in decimal.
const TRIMMED: u8 = 10;
const COMMA: u8 = 11;
const UNIX: u8 = 24;
const FORMS: u8 = 28;

const BILLION: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Nanoseconds of a step of `form`, if there is such a form.
pub(super) fn unit(form: u8) -> Option<i64> {
    const UNITS: [i64; 10] = [BILLION, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    match (form, form / 2) {
        (FORMS.., _) => None,
        (UNIX.., _) => UNITS.get(3 * (form - UNIX) as usize).copied(),
        (_, COMMA) => Some(1_000_000),
        (_, TRIMMED) => Some(1),
        (_, digits) => UNITS.get(digits as usize).copied(),
    }
}

/// A time at the start of `text`: its form, nanoseconds since 1970, and length. `trims`: whether fractions
/// are taken to be without zeros at the end.
pub(super) fn read(text: &[u8], trims: bool) -> Option<(u8, i64, usize)> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |n, d| n * 10 + (d - b'0') as i64))
    };
    let sign = |at: usize, sign: u8| (text.get(at) == Some(&sign)).then_some(());
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let space = match text.get(10)? {
        b'T' => 0,
        b' ' => 1,
        _ => return None,
    };
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    sign(4, b'-')?;
    sign(7, b'-')?;
    sign(13, b':')?;
    sign(16, b':')?;
    let rest = &text[19..];
    let digits = match rest.first() {
        Some(b'.' | b',') => rest[1..].iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    let fraction = match (digits, rest.first()) {
        (0, _) => 0,
        (3, Some(b',')) => COMMA,
        (10.., _) | (_, Some(b',')) => return None,
        _ if trims && rest[digits] != b'0' => TRIMMED,
        _ => digits as u8,
    };
    let nanos = if digits > 0 { number(20, 20 + digits)? * 10i64.pow(9 - digits as u32) } else { 0 };
    if !(1970..2200).contains(&year) {
        return None;
    }
    let seconds = days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second;
    let (form, value) = (2 * fraction + space, seconds * BILLION + nanos);
    let len = if digits > 0 { 20 + digits } else { 19 };
    // That the 31st of February is no date shows when it is written again.
    let mut again = Vec::new();
    write(form, value / unit(form)?, &mut again)?;
    (again == text[..len]).then_some((form, value, len))
}

/// A number that counts from 1970 and is within a year of `near`: its form and nanoseconds.
pub(super) fn read_unix(digits: &[u8], value: i64, near: i64) -> Option<(u8, i64)> {
    let form = match digits.len() {
        10 => UNIX,
        13 => UNIX + 1,
        16 => UNIX + 2,
        19 => UNIX + 3,
        _ => return None,
    };
    let value = value.checked_mul(unit(form)?)?;
    (value.abs_diff(near) < (366 * DAY * BILLION) as u64).then_some((form, value))
}

/// Whether a fraction of so many digits tells that zeros at its end are left out.
pub(super) fn shows_trimming(form: u8) -> bool {
    matches!(form / 2, 1 | 2 | 4 | 5 | 8)
}

/// Appends the time that lies so many steps of `form` after 1970.
pub(super) fn write(form: u8, steps: i64, out: &mut Vec<u8>) -> Option<()> {
    let value = steps.checked_mul(unit(form)?).filter(|value| *value >= 0)?;
    if form >= UNIX {
        out.extend_from_slice(steps.to_string().as_bytes());
        return Some(());
    }
    let (seconds, nanos) = (value / BILLION, value % BILLION);
    let (year, month, day) = date(seconds / DAY);
    let (second, separator) = (seconds % DAY, ['T', ' '][form as usize & 1]);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}");
    match form / 2 {
        0 => {}
        TRIMMED if nanos == 0 => {}
        TRIMMED => text += format!(".{nanos:09}").trim_end_matches('0'),
        COMMA => text += &format!(",{:03}", nanos / 1_000_000),
        digits => text += &format!(".{nanos:09}")[..1 + digits as usize],
    }
    out.extend_from_slice(text.as_bytes());
    Some(())
}

/// Days from 1970 to a date of the Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

fn date(days: i64) -> (i64, i64, i64) {
    // Year by year from a guess that is at most one too many.
    let mut year = 1970 + days / 365;
    while self::days(year, 1, 1) > days {
        year -= 1;
    }
    let month = (1..=12).rev().find(|month| self::days(year, *month, 1) <= days).unwrap_or(1);
    (year, month, days - self::days(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back() {
        for (text, value) in [
            ("1970-01-01T00:00:00", 0),
            ("2022-08-22T05:19:19.488078502", 1_661_145_559_488_078_502),
            ("2024-02-29 23:59:59,999", 1_709_251_199_999_000_000),
            ("2000-03-01T00:00:00.50", 951_868_800_500_000_000),
            ("2199-12-31T23:59:59.1234567", 7_258_118_399_123_456_700),
        ] {
            let found = read(text.as_bytes(), false);
            assert_eq!(found.map(|(_, value, len)| (value, len)), Some((value, text.len())), "{text}");
        }
        assert_eq!(read(b"2022-08-22T05:19:19.48807", true).map(|found| found.0), Some(2 * TRIMMED));
        for no in
            ["2023-02-29T00:00:00", "2022-13-01T00:00:00", "2022-01-01T24:00:00", "2022-01-01", "1969-01-01T00:00:00"]
        {
            assert_eq!(read(no.as_bytes(), false), None, "{no}");
        }
    }
}
