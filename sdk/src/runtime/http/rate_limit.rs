//! The server's limits: when an answer says that one is reached, and when it ends.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::runtime::response::error::{Error, ErrorKind, Explanation};
use crate::runtime::response::{Meta, http_date};

/// What a call does when the server's limit is reached.
///
/// The end of the limit is what the server says (`Retry-After`, or `X-RateLimit-Reset` once nothing
/// remains), counted from the server's own clock; where it says nothing, a minute, doubling. No clone
/// of the client sends anything before that end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitPolicy {
    pub(crate) longest_wait: Duration,
}

impl Default for LimitPolicy {
    /// Waits up to 3 minutes in all.
    fn default() -> Self {
        Self { longest_wait: Duration::from_secs(180) }
    }
}

impl LimitPolicy {
    /// Waits up to this long in all, for each call; what would take longer fails at once.
    pub fn wait_up_to(longest: Duration) -> Self {
        Self { longest_wait: longest }
    }

    /// Never waits: a call that would have to is an error at once.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), github_workflow_jobs::Error> {
    /// use github_workflow_jobs::{Client, LimitPolicy};
    ///
    /// let client = Client::builder().limits(LimitPolicy::fail_at_once()).build()?;
    /// if let Err(error) = client.get_job("octo-org", "octo-repo", 42).send().await {
    ///     println!("{error}; again at {:?}", error.retry_at());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn fail_at_once() -> Self {
        Self { longest_wait: Duration::ZERO }
    }
}

/// A limit that an answer tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limited {
    /// How long from now.
    pub(crate) wait: Duration,
    /// The limit on bursts, which has no headers of its own.
    pub(crate) secondary: bool,
}

/// After this many answers that say so, a call gives up.
pub(crate) const MOST_LIMITED: u32 = 3;

/// Where a server does not say how long.
const UNSAID: Duration = Duration::from_secs(60);

/// So soon no call is made again.
const SHORTEST: Duration = Duration::from_millis(400);

/// Longer than this is taken for nonsense.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads an answer. `times` is how often this call was told so before.
pub(crate) fn read(meta: &Meta, body: &[u8], times: u32) -> Option<Limited> {
    let status = meta.status();
    if status != StatusCode::TOO_MANY_REQUESTS && status != StatusCode::FORBIDDEN {
        return None;
    }
    let said = Explanation::read(body).message.unwrap_or_default().to_ascii_lowercase();
    let secondary = said.contains("secondary rate limit") || said.contains("abuse detection");
    let spent = is_spent(meta);
    let told = secondary || spent || meta.has("retry-after") || said.contains("rate limit");
    if status == StatusCode::FORBIDDEN && !told {
        return None;
    }
    let wait = retry_after(meta).or_else(|| if spent { until_reset(meta) } else { None });
    // A limit that has just ended, by a clock that may be off: not at once.
    let wait = wait.map(|wait| wait.max(SHORTEST));
    let wait = wait.unwrap_or_else(|| UNSAID.saturating_mul(2u32.saturating_pow(times)));
    Some(Limited { wait, secondary: secondary || !spent })
}

/// How long nothing may be sent after this answer, where it used up what was allowed.
pub(crate) fn spent(meta: &Meta) -> Option<Duration> {
    let wait = until_reset(meta)?;
    (is_spent(meta) && !wait.is_zero()).then_some(wait)
}

/// `Retry-After`: seconds, or a date. What is neither counts as absent.
pub(crate) fn retry_after(meta: &Meta) -> Option<Duration> {
    let text = meta.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds)).filter(|wait| *wait <= LONGEST);
    }
    between(now_of(meta), http_date(text)?)
}

fn until_reset(meta: &Meta) -> Option<Duration> {
    let reset = meta.header("x-ratelimit-reset")?.trim().parse().ok()?;
    between(now_of(meta), Timestamp::from_second(reset).ok()?)
}

fn is_spent(meta: &Meta) -> bool {
    meta.header("x-ratelimit-remaining").is_some_and(|left| left.trim() == "0")
}

/// The server's clock, so that ours may be wrong.
fn now_of(meta: &Meta) -> Timestamp {
    meta.date().unwrap_or_else(now)
}

fn between(now: Timestamp, then: Timestamp) -> Option<Duration> {
    let wait = Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait).filter(|wait| *wait <= LONGEST)
}

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// This machine's time after a wait.
pub(crate) fn after(wait: Duration) -> Timestamp {
    now().checked_add(wait).unwrap_or_else(|_| now())
}

/// The door that all clones go through: shut while a limit lasts.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Option<Instant>>);

impl Gate {
    pub(crate) fn shut_for(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut shut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *shut = Some(shut.map_or(until, |known| known.max(until)));
    }

    /// How long it is still shut.
    pub(crate) fn shut(&self) -> Option<Duration> {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until
            .map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|wait| !wait.is_zero())
    }
}

/// The error of a call that would have to wait too long.
pub(crate) fn error(operation: &str, wait: Duration, secondary: bool) -> Error {
    let sort = if secondary { "secondary " } else { "" };
    let wait_text = Duration::from_secs(wait.as_secs());
    let what =
        format!("{operation}: the server's {sort}rate limit is reached; it ends in {wait_text:?}");
    Error::new(ErrorKind::RateLimited, what).with_retry_at(after(wait)).with_secondary(secondary)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    const DATE: (&str, &str) = ("date", "Mon, 05 Apr 2021 13:14:51 GMT");

    fn wait(status: u16, headers: &[(&'static str, &str)], body: &str) -> Option<u64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let meta = Meta::new(StatusCode::from_u16(status).unwrap(), map);
        read(&meta, body.as_bytes(), 0).map(|limited| limited.wait.as_secs())
    }

    #[test]
    fn a_limit_ends_when_the_server_says() {
        let reset = [DATE, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1617628501")];
        assert_eq!(wait(429, &[("retry-after", "3")], ""), Some(3));
        assert_eq!(
            wait(403, &[DATE, ("retry-after", "Mon, 05 Apr 2021 13:15:01 GMT")], ""),
            Some(10)
        );
        assert_eq!(wait(403, &reset, ""), Some(10));
        assert_eq!(
            wait(403, &[], r#"{"message":"You have exceeded a secondary rate limit"}"#),
            Some(60)
        );
    }

    #[test]
    fn nonsense_counts_as_nothing_said() {
        for nonsense in ["-5", "abc", "1e9", "", "99999999999999999999", "9999999999"] {
            assert_eq!(wait(429, &[("retry-after", nonsense)], ""), Some(60), "{nonsense}");
        }
    }

    #[test]
    fn a_403_without_a_sign_is_no_limit() {
        assert_eq!(
            wait(403, &[("x-ratelimit-remaining", "12")], r#"{"message":"Forbidden"}"#),
            None
        );
        assert_eq!(wait(404, &[("retry-after", "1")], ""), None);
    }
}
