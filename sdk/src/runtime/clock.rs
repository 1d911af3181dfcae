//! The clock of this machine, and dates as HTTP has them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

/// This machine's time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// This machine's time after a wait.
pub(crate) fn after(wait: Duration) -> Timestamp {
    let now = now();
    now.checked_add(wait).unwrap_or(now)
}

/// The time from `now` to `then`; zero if `then` is in the past.
pub(crate) fn between(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

/// Parses a date of HTTP: `Mon, 05 Apr 2021 13:14:51 GMT`, or one of its two old forms.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let old = |form: &str| {
        TimeZone::UTC.to_timestamp(strtime::parse(form, text).ok()?.to_datetime().ok()?).ok()
    };
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    date.or_else(|| old("%A, %d-%b-%y %H:%M:%S GMT")).or_else(|| old("%a %b %e %H:%M:%S %Y"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_a_date_are_read() {
        for date in [
            "Mon, 05 Apr 2021 13:14:51 GMT",
            "Monday, 05-Apr-21 13:14:51 GMT",
            "Mon Apr  5 13:14:51 2021",
        ] {
            assert_eq!(http_date(date).unwrap().as_second(), 1_617_628_491, "{date}");
        }
        assert!(http_date("Mon, 31 Dec 262142 23:59:59 GMT").is_none());
    }
}
