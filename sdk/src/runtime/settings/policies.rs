//! The policies of a client: retries, rate limits, and the observer of waits.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// The retries of failed calls. Only calls that are safe to repeat are retried.
///
/// Waits have full jitter: the wait before attempt *n* is a random part of `base * 2^(n-2)`, at most `cap`, so
/// that callers that failed together do not come back together. After a connection fault, the base is a fifth of
/// that. All clones of a client share one budget of retries, so that a server that is down is not kept down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) attempts: u32,
    base: Duration,
    cap: Duration,
}

impl Default for RetryPolicy {
    /// 3 attempts, 250 ms base (50 ms after a connection fault), 20 s cap.
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_millis(250), cap: Duration::from_secs(20) }
    }
}

impl RetryPolicy {
    /// One attempt, and for a page of a list also none with a smaller size.
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The number of attempts of a call, with the first one; 0 counts as 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The longest wait before the second attempt. It doubles with each further attempt.
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The longest wait before any attempt.
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// The wait after this attempt; `random` is within 0 to 1.
    pub(crate) fn wait_after(
        &self,
        attempt: u32,
        is_connection_fault: bool,
        random: f64,
    ) -> Duration {
        let base = if is_connection_fault { self.base / 5 } else { self.base };
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        base.saturating_mul(doubled).min(self.cap).mul_f64(random)
    }
}

/// The reaction of a call to a rate limit of the server.
///
/// The server gives the end of the limit (`Retry-After`, or `X-RateLimit-Reset` if nothing remains), counted from
/// its own clock. Without one, the end is after one minute, doubling. Until then, no clone of the client sends a
/// request that counts for the same limit.
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
    /// Each call waits up to this long in all. A call that would wait longer fails at once.
    pub fn wait_up_to(longest: Duration) -> Self {
        Self { longest_wait: longest }
    }

    /// A call that would have to wait fails at once.
    pub fn fail_at_once() -> Self {
        Self { longest_wait: Duration::ZERO }
    }
}

/// A wait of a call, for [`ClientBuilder::on_wait`](crate::ClientBuilder::on_wait).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// The id of the operation that waits.
    pub operation: &'static str,
    /// The reason.
    pub reason: WaitReason,
    /// The end of the wait, by this machine's clock.
    pub until: Timestamp,
    /// The length of the wait.
    pub duration: Duration,
}

/// The reason of a [`Wait`]. New reasons may be added: match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitReason {
    /// A rate limit of the server is exceeded, or the server asked to come back later (`Retry-After`).
    RateLimit,
    /// The last attempt failed.
    Retry,
}

/// A function that is called before each wait.
pub(crate) type OnWait = Arc<dyn Fn(&Wait) + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = RetryPolicy::default();
        let longest = |attempt, connection| policy.wait_after(attempt, connection, 1.0).as_millis();
        let waits = [1, 2, 3, 60].map(|attempt| (longest(attempt, false), longest(attempt, true)));
        assert_eq!(waits, [(250, 50), (500, 100), (1000, 200), (20_000, 20_000)]);
        assert_eq!(policy.wait_after(1, false, 0.0), Duration::ZERO);
    }
}
