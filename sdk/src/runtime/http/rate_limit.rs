//! Reads rate limits from responses: which one is exceeded, and when it ends.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use crate::runtime::clock::{between, http_date, now};
use crate::runtime::response::Meta;
use crate::runtime::response::error::Limit;
use crate::runtime::settings::gates;

/// A rate limit that is exceeded or spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limited {
    /// The time until its end.
    pub(crate) wait: Duration,
    pub(crate) limit: Limit,
    /// The resource that it is for; `None` if it covers all.
    pub(crate) resource: Option<String>,
}

/// The wait if the server gives none. It doubles.
const DEFAULT: Duration = Duration::from_secs(60);

/// The shortest wait: a limit that has just ended may not have ended by the server's clock.
const SHORTEST: Duration = Duration::from_millis(400);

/// A longer `Retry-After` is not believed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A reset that is further ahead is not believed: the windows of GitHub are one hour or shorter.
const LONGEST_WINDOW: Duration = Duration::from_secs(60 * 60);

/// The limit that a refusal is about; `None` if the response is not about a rate limit. `times` is the number
/// of such refusals of this call so far.
pub(crate) fn exceeded(meta: &Meta, message: Option<&str>, times: u32) -> Option<Limited> {
    let status = meta.status();
    if status != StatusCode::TOO_MANY_REQUESTS && status != StatusCode::FORBIDDEN {
        return None;
    }
    let message = message.unwrap_or_default().to_ascii_lowercase();
    let is_secondary =
        message.contains("secondary rate limit") || message.contains("abuse detection");
    let is_spent = is_spent(meta);
    let is_limit =
        is_secondary || is_spent || meta.has("retry-after") || message.contains("rate limit");
    if status == StatusCode::FORBIDDEN && !is_limit {
        return None;
    }
    let is_secondary = is_secondary || !is_spent && !message.contains("api rate limit exceeded");
    let wait = retry_after(meta).or_else(|| if is_spent { until_reset(meta) } else { None });
    let default = DEFAULT.saturating_mul(2u32.saturating_pow(times));
    let wait = wait.map_or(default, |wait| wait.max(SHORTEST));
    Some(match is_secondary {
        true => Limited { wait, limit: Limit::Secondary, resource: None },
        false => Limited { wait, limit: Limit::Primary, resource: resource(meta) },
    })
}

/// The limit that this response was the last one for; [`exceeded`] judges refusals. A refused token has limits of
/// its own, which do not count for the next token.
pub(crate) fn spent(meta: &Meta) -> Option<Limited> {
    let is_refused = matches!(meta.status().as_u16(), 401 | 403 | 429);
    if is_refused || !is_spent(meta) {
        return None;
    }
    let wait = until_reset(meta).unwrap_or(DEFAULT);
    let limited = Limited { wait, limit: Limit::Primary, resource: resource(meta) };
    Some(limited).filter(|limited| !limited.wait.is_zero())
}

/// `Retry-After`: seconds, or a date. Anything else counts as absent.
pub(crate) fn retry_after(meta: &Meta) -> Option<Duration> {
    let text = meta.header("retry-after")?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => between(now_of(meta), http_date(text)?),
    };
    Some(wait).filter(|wait| *wait <= LONGEST)
}

/// The time until the reset; `None` if it cannot be read or is not believed.
fn until_reset(meta: &Meta) -> Option<Duration> {
    let reset = meta.header("x-ratelimit-reset")?.trim().parse().ok()?;
    let wait = between(now_of(meta), Timestamp::from_second(reset).ok()?);
    Some(wait).filter(|wait| *wait <= LONGEST_WINDOW)
}

fn is_spent(meta: &Meta) -> bool {
    let remaining = meta.header("x-ratelimit-remaining").map(|left| left.trim().parse::<i64>());
    matches!(remaining, Some(Ok(..=0)))
}

fn resource(meta: &Meta) -> Option<String> {
    gates::resource(meta).map(str::to_owned)
}

/// The server's clock, because this machine's can be wrong.
fn now_of(meta: &Meta) -> Timestamp {
    meta.date().unwrap_or_else(now)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName};

    use super::*;

    const DATE: (&str, &str) = ("date", "Mon, 05 Apr 2021 13:14:51 GMT");
    const NONE_LEFT: (&str, &str) = ("x-ratelimit-remaining", "0");
    const API_LIMIT: &str = "API rate limit exceeded for user ID 1.";

    fn response(status: u16, headers: &[(&str, &str)]) -> Meta {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        Meta::new(StatusCode::from_u16(status).unwrap(), map)
    }

    fn wait(status: u16, headers: &[(&str, &str)], message: &str) -> Option<u64> {
        let limited = exceeded(&response(status, headers), Some(message), 0);
        limited.map(|limited| limited.wait.as_secs())
    }

    #[test]
    fn a_limit_ends_at_the_time_that_the_server_gives() {
        let reset = ("x-ratelimit-reset", "1617628501");
        assert_eq!(wait(429, &[("retry-after", "3")], ""), Some(3));
        assert_eq!(
            wait(403, &[DATE, ("retry-after", "Mon, 05 Apr 2021 13:15:01 GMT")], ""),
            Some(10)
        );
        for none_left in ["0", "-1", "00"] {
            let headers = [DATE, ("x-ratelimit-remaining", none_left), reset];
            assert_eq!(wait(403, &headers, ""), Some(10), "{none_left}");
        }
        assert_eq!(wait(403, &[], "You have exceeded a secondary rate limit"), Some(60));
    }

    #[test]
    fn a_value_that_cannot_be_read_or_believed_counts_as_absent() {
        for value in ["-5", "abc", "1e9", "", "99999999999999999999", "9999999999"] {
            assert_eq!(wait(429, &[("retry-after", value)], ""), Some(60), "{value}");
        }
        for reset in ["", "soon", "99999999999999999999", "1617632092"] {
            let headers = [DATE, NONE_LEFT, ("x-ratelimit-reset", reset)];
            let limited =
                |times| exceeded(&response(403, &headers), None, times).unwrap().wait.as_secs();
            assert_eq!([limited(0), limited(1), limited(2)], [60, 120, 240], "{reset}");
            assert_eq!(spent(&response(200, &headers)).unwrap().wait.as_secs(), 60, "{reset}");
        }
        assert_eq!(
            wait(403, &[DATE, NONE_LEFT, ("x-ratelimit-reset", "1617632091")], ""),
            Some(3600)
        );
    }

    #[test]
    fn a_403_without_a_sign_of_a_limit_is_not_about_one() {
        assert_eq!(wait(403, &[("x-ratelimit-remaining", "12")], "Forbidden"), None);
        assert_eq!(wait(404, &[("retry-after", "1")], ""), None);
        assert_eq!(wait(401, &[NONE_LEFT], API_LIMIT), None);
    }

    #[test]
    fn a_primary_limit_is_of_its_resource_and_a_secondary_one_covers_all() {
        let resource = ("x-ratelimit-resource", "search");
        let limited =
            |headers: &[_], message| exceeded(&response(429, headers), Some(message), 0).unwrap();
        let primary = limited(&[NONE_LEFT, resource], API_LIMIT);
        assert_eq!((primary.limit, primary.resource.as_deref()), (Limit::Primary, Some("search")));
        for headers in [[("retry-after", "3")].as_slice(), &[]] {
            assert_eq!(limited(headers, API_LIMIT).limit, Limit::Primary);
        }
        for (headers, message) in [
            ([resource].as_slice(), "You have exceeded a secondary rate limit."),
            (&[NONE_LEFT, resource], "You have triggered an abuse detection mechanism."),
            (&[resource], ""),
        ] {
            let limited = limited(headers, message);
            assert_eq!((limited.limit, limited.resource), (Limit::Secondary, None), "{message}");
        }
    }

    #[test]
    fn a_name_that_is_empty_is_no_resource() {
        let headers = [NONE_LEFT, ("x-ratelimit-resource", "")];
        assert_eq!(exceeded(&response(403, &headers), None, 0).unwrap().resource, None);
    }

    #[test]
    fn retry_after_is_preferred_to_the_reset() {
        let headers = [DATE, NONE_LEFT, ("x-ratelimit-reset", "1617631491"), ("retry-after", "3")];
        assert_eq!(wait(403, &headers, ""), Some(3));
        // The wait of a refusal is not that of the reset, either.
        assert_eq!([403, 429].map(|status| spent(&response(status, &headers))), [None, None]);
    }

    #[test]
    fn a_limit_that_ends_now_is_waited_for_by_a_part_of_a_second() {
        let past = ("x-ratelimit-reset", "1617624891");
        for headers in [[DATE, NONE_LEFT, past].as_slice(), &[("retry-after", "0")]] {
            let limited = exceeded(&response(403, headers), None, 0).unwrap();
            assert_eq!(limited.wait, Duration::from_millis(400));
        }
    }

    #[test]
    fn without_a_date_a_reset_counts_from_the_clock_of_this_machine() {
        let reset = (now().as_second() + 100).to_string();
        let wait = wait(403, &[NONE_LEFT, ("x-ratelimit-reset", &reset)], "").unwrap();
        assert!((95..=100).contains(&wait), "{wait}");
    }

    #[test]
    fn the_limit_of_a_refused_token_does_not_count() {
        let headers = [DATE, NONE_LEFT, ("x-ratelimit-reset", "1617628501")];
        assert_eq!(spent(&response(200, &headers)).unwrap().wait.as_secs(), 10);
        assert_eq!(spent(&response(401, &headers)), None);
        assert_eq!(
            spent(&response(200, &[DATE, NONE_LEFT, ("x-ratelimit-reset", "1617628490")])),
            None
        );
    }
}
