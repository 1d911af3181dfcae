//! When a call is tried again, and how long that waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How failed calls are tried again. Only calls that are safe to repeat are: every call of this SDK
/// reads.
///
/// The wait before attempt *n* is a random part of `base * 2^(n-2)`, at most `cap`: callers that failed
/// together do not come back together. All clones of a client share one budget of retries, so that a
/// server that is down is not kept down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) attempts: u32,
    pub(crate) base: Duration,
    pub(crate) cap: Duration,
}

impl Default for RetryPolicy {
    /// 3 attempts, 1 s base, 20 s cap.
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_secs(1), cap: Duration::from_secs(20) }
    }
}

impl RetryPolicy {
    /// No second attempt.
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// How many attempts a call makes in all, the first one included; 0 counts as 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The longest wait before the second attempt; it doubles with each further one.
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The longest wait before any attempt.
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// A wait before the attempt after this one ("full jitter").
    pub(crate) fn wait_after(&self, attempt: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        let longest = self.base.saturating_mul(doubled).min(self.cap);
        longest.mul_f64(fastrand::f64())
    }
}

/// The retries that all clones of a client may still make.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<Tokens>);

#[derive(Debug)]
struct Tokens {
    left: f64,
    since: Instant,
}

impl Budget {
    const FULL: f64 = 50.0;
    /// Ten successes earn a retry, and so does a minute.
    const PER_SUCCESS: f64 = 0.1;
    const PER_SECOND: f64 = 1.0 / 60.0;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Tokens { left: Self::FULL, since: Instant::now() }))
    }

    /// Takes a retry out of the budget, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.add(|tokens| {
            let enough = tokens.left >= 1.0;
            if enough {
                tokens.left -= 1.0;
            }
            enough
        })
    }

    pub(crate) fn succeeded(&self) {
        self.add(|tokens| tokens.left += Self::PER_SUCCESS);
    }

    fn add<T>(&self, change: impl FnOnce(&mut Tokens) -> T) -> T {
        // Numbers cannot be left half-changed.
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        tokens.left += now.duration_since(tokens.since).as_secs_f64() * Self::PER_SECOND;
        tokens.since = now;
        let result = change(&mut tokens);
        tokens.left = tokens.left.min(Self::FULL);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_at_most_what_the_policy_says() {
        let policy = RetryPolicy::default();
        for (attempt, longest) in [(1, 1), (2, 2), (3, 4), (6, 20), (60, 20)] {
            for _ in 0..100 {
                assert!(policy.wait_after(attempt) <= Duration::from_secs(longest));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_budget_comes_back_with_successes_and_time() {
        let budget = Budget::new();
        assert_eq!((0..100).filter(|_| budget.take()).count(), 50);
        (0..11).for_each(|_| budget.succeeded());
        assert!(budget.take() && !budget.take());
        tokio::time::advance(Duration::from_secs(61)).await;
        assert!(budget.take() && !budget.take());
    }
}
