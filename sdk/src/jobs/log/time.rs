//! The time of a log's line.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Parses a time in the form that GitHub writes: `2026-01-05T10:00:00.0000000Z`. It costs a third of jiff's parser, which
/// reads more forms.
pub(super) fn github_time(text: &[u8]) -> Option<Timestamp> {
    let &[
        y,
        e,
        a,
        r,
        b'-',
        m,
        o,
        b'-',
        d,
        t,
        b'T',
        h,
        u,
        b':',
        i,
        n,
        b':',
        s,
        c,
        b'.',
        ref fraction @ ..,
        b'Z',
    ] = text
    else {
        return None;
    };
    let fraction: &[u8; 7] = fraction.try_into().ok()?;
    let two = |digits: [u8; 2]| i8::try_from(number(&digits)?).ok();
    let year = i16::try_from(number(&[y, e, a, r])?).ok()?;
    let (month, day) = (two([m, o])?, two([d, t])?);
    let (hour, minute, second) = (two([h, u])?, two([i, n])?, two([s, c])?);
    let nanosecond = number(fraction)? * 100;
    let time = DateTime::new(year, month, day, hour, minute, second, nanosecond).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// At most seven decimal digits.
fn number(digits: &[u8]) -> Option<i32> {
    let digit = |digit: &u8| digit.is_ascii_digit().then(|| i32::from(digit - b'0'));
    digits.iter().try_fold(0, |number, next| Some(number * 10 + digit(next)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_github_is_the_one_that_jiff_reads() {
        for text in [
            "2026-01-05T10:00:00.0000000Z",
            "2024-02-29T23:59:59.1000000Z",
            "2026-12-31T23:59:59.9999999Z",
            "0000-01-01T00:00:00.0000001Z",
            "9999-12-30T00:00:00.0000000Z",
        ] {
            assert_eq!(github_time(text.as_bytes()), Some(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn other_formats_and_invalid_dates_are_left_to_jiff() {
        for text in [
            "",
            "Z",
            "2026-01-05T10:00:00Z",
            "2026-01-05T10:00:00.000000Z",
            "2026-01-05T10:00:00.00000000Z",
            "2026-02-29T10:00:00.0000000Z",
            "2026-13-01T10:00:00.0000000Z",
            "2026-01-01T24:00:00.0000000Z",
            "2026-01-01T10:00:60.0000000Z",
            "2026-01-01T10:00:00.0000000+",
            "2026-01-01t10:00:00.0000000z",
            "2026-01-01T10:00:00,0000000Z",
            "2026-01-01T10:00:00.000000 Z",
            "-026-01-01T10:00:00.0000000Z",
            "2026-01-01T1O:00:00.0000000Z",
        ] {
            assert_eq!(github_time(text.as_bytes()), None, "{text}");
        }
    }
}
