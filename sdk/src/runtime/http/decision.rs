//! The decision after each attempt, as a pure function: finish, wait and try again, or fail.

use std::time::Duration;

use crate::runtime::settings::budget;
use crate::runtime::settings::policies::{LimitPolicy, RetryPolicy};

/// The result of an attempt, as far as the decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Success,
    /// A rate limit is exceeded; its gate is closed for this time.
    Limited {
        wait: Duration,
    },
    /// 401 for a token of a provider that has this age.
    Unauthorized {
        token_age: Duration,
    },
    /// A status of a server that is overloaded, perhaps with `Retry-After`.
    Overloaded {
        retry_after: Option<Duration>,
    },
    /// No response, or half of one.
    Failed {
        is_connection_fault: bool,
        was_sent: bool,
    },
    /// Trying again does not help.
    Final,
}

/// The history and the limits of a call.
#[derive(Clone, Debug)]
pub(crate) struct Situation {
    /// The number of attempts so far. Waiting for a rate limit does not count.
    pub(crate) attempt: u32,
    /// The number of refusals for a rate limit so far, without this one.
    pub(crate) limited: u32,
    /// The number of attempts with a token that was too young, without this one.
    pub(crate) unauthorized: u32,
    /// True if the provider was asked for another token.
    pub(crate) renewed: bool,
    /// The time waited for rate limits so far.
    pub(crate) waited: Duration,
    /// The time until the deadline.
    pub(crate) left: Option<Duration>,
    /// The rest of the client's budget of retries.
    pub(crate) budget: u32,
    /// True if sending the request twice does no harm.
    pub(crate) is_idempotent: bool,
    /// True if the body was read, and cannot be sent again.
    pub(crate) is_spent: bool,
    /// A random number within 0 to 1, for jitter.
    pub(crate) random: f64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Finish,
    Fail,
    /// Asks the provider for another token, and tries again at once.
    RenewToken,
    /// Waits at the gate of the rate limit, which the loop does before each attempt.
    AwaitGate,
    /// Waits at the gates, which are closed for the time that an overloaded server asked for. It counts as an
    /// attempt.
    AwaitServer,
    /// Tries again after a wait. It counts as an attempt.
    Retry {
        wait: Duration,
    },
    /// Tries again with the same token after a wait.
    AwaitToken {
        wait: Duration,
    },
}

impl Decision {
    /// The part of the budget that it spends.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            // The provider is asked once in a call.
            Self::Finish | Self::Fail | Self::RenewToken => 0,
            Self::AwaitGate => budget::RATE_LIMIT,
            Self::AwaitServer | Self::Retry { .. } | Self::AwaitToken { .. } => budget::FAILURE,
        }
    }
}

/// After this many refusals for a rate limit, a call fails.
const MOST_LIMITED: u32 = 3;

/// A token that is younger can be refused by a server that does not know it yet.
const YOUNG_TOKEN: Duration = Duration::from_secs(5);

/// Decides what happens after an attempt.
pub(crate) fn decide(
    outcome: &Outcome,
    now: &Situation,
    retry: &RetryPolicy,
    limits: &LimitPolicy,
) -> Decision {
    let decision = match *outcome {
        Outcome::Success => Decision::Finish,
        Outcome::Final => Decision::Fail,
        Outcome::Limited { wait } if may_await(wait, now, limits) => limited(now),
        Outcome::Limited { .. } => Decision::Fail,
        Outcome::Unauthorized { token_age } => unauthorized(token_age, now),
        Outcome::Overloaded { retry_after } => {
            let wait = retry.wait_after(now.attempt, false, now.random);
            match retry_after.filter(|asked| *asked > wait) {
                _ if !now.is_idempotent || now.attempt >= retry.attempts => Decision::Fail,
                None if is_in_time(wait, now) => Decision::Retry { wait },
                Some(wait) if may_await(wait, now, limits) => Decision::AwaitServer,
                _ => Decision::Fail,
            }
        }
        Outcome::Failed { is_connection_fault, was_sent } => {
            let wait = retry.wait_after(now.attempt, is_connection_fault, now.random);
            let can_repeat = now.is_idempotent || !was_sent;
            if can_repeat && now.attempt < retry.attempts && is_in_time(wait, now) {
                Decision::Retry { wait }
            } else {
                Decision::Fail
            }
        }
    };
    match decision {
        Decision::Finish => decision,
        _ if now.is_spent || decision.cost() > now.budget => Decision::Fail,
        _ => decision,
    }
}

fn limited(now: &Situation) -> Decision {
    if now.limited + 1 < MOST_LIMITED { Decision::AwaitGate } else { Decision::Fail }
}

/// A wait for a rate limit, with the random part that spreads the calls of one client: up to a tenth of it, at
/// most a second, so that they do not all come back at once.
pub(crate) fn spread(wait: Duration, random: f64) -> Duration {
    wait + (wait / 10).min(Duration::from_secs(1)).mul_f64(random)
}

/// True if a wait for a rate limit stays within the policy and the deadline.
pub(crate) fn may_await(wait: Duration, now: &Situation, limits: &LimitPolicy) -> bool {
    now.waited + wait <= limits.longest_wait && is_in_time(wait, now)
}

fn is_in_time(wait: Duration, now: &Situation) -> bool {
    now.left.is_none_or(|left| wait < left)
}

fn unauthorized(token_age: Duration, now: &Situation) -> Decision {
    let wait = Duration::from_millis(500) * 2u32.saturating_pow(now.unauthorized);
    // The last try is when the token is old enough to be known.
    let wait = wait.min(YOUNG_TOKEN.saturating_sub(token_age));
    let again = Decision::AwaitToken { wait };
    if !wait.is_zero() && is_in_time(wait, now) && again.cost() <= now.budget {
        again
    } else if now.renewed {
        Decision::Fail
    } else {
        Decision::RenewToken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn start() -> Situation {
        Situation {
            attempt: 1,
            limited: 0,
            unauthorized: 0,
            renewed: false,
            waited: Duration::ZERO,
            left: None,
            budget: 500,
            is_idempotent: true,
            is_spent: false,
            random: 1.0,
        }
    }

    #[track_caller]
    fn decided(outcome: Outcome, now: Situation) -> Decision {
        decide(&outcome, &now, &RetryPolicy::default(), &LimitPolicy::default())
    }

    const BROKEN: Outcome = Outcome::Failed { is_connection_fault: false, was_sent: true };
    const UNREACHED: Outcome = Outcome::Failed { is_connection_fault: true, was_sent: false };
    const OVERLOADED: Outcome = Outcome::Overloaded { retry_after: None };

    fn retry(milliseconds: u64) -> Decision {
        Decision::Retry { wait: Duration::from_millis(milliseconds) }
    }

    #[test]
    fn a_success_finishes_and_a_final_error_fails() {
        assert_eq!(decided(Outcome::Success, start()), Decision::Finish);
        assert_eq!(decided(Outcome::Final, start()), Decision::Fail);
    }

    #[test]
    fn a_failure_is_retried_twice_with_growing_waits() {
        for (outcome, waits) in
            [(OVERLOADED, [250, 500]), (BROKEN, [250, 500]), (UNREACHED, [50, 100])]
        {
            for (attempt, wait) in [(1, waits[0]), (2, waits[1])] {
                assert_eq!(decided(outcome.clone(), Situation { attempt, ..start() }), retry(wait));
            }
            assert_eq!(decided(outcome, Situation { attempt: 3, ..start() }), Decision::Fail);
        }
        assert_eq!(decided(OVERLOADED, Situation { random: 0.0, ..start() }), retry(0));
    }

    #[test]
    fn a_retry_needs_budget_and_time() {
        for (outcome, wait) in [(OVERLOADED, 250), (BROKEN, 250), (UNREACHED, 50)] {
            let with = |budget, left| {
                let left = Some(Duration::from_millis(left));
                decided(outcome.clone(), Situation { budget, left, ..start() })
            };
            assert_eq!(with(14, wait + 1), retry(wait));
            assert_eq!(with(13, wait + 1), Decision::Fail);
            assert_eq!(with(14, wait), Decision::Fail);
        }
    }

    #[test]
    fn a_request_that_changes_something_is_repeated_only_if_nothing_was_sent() {
        let now = Situation { is_idempotent: false, ..start() };
        assert_eq!(decided(OVERLOADED, now.clone()), Decision::Fail);
        assert_eq!(decided(BROKEN, now.clone()), Decision::Fail);
        assert_eq!(decided(UNREACHED, now), retry(50));
    }

    #[test]
    fn a_body_that_was_read_is_not_sent_again() {
        let now = Situation { is_spent: true, ..start() };
        let limited = Outcome::Limited { wait: SECOND };
        let refused = Outcome::Unauthorized { token_age: SECOND * 10 };
        for outcome in [OVERLOADED, BROKEN, UNREACHED, limited, refused] {
            assert_ne!(decided(outcome.clone(), start()), Decision::Fail, "{outcome:?}");
            assert_eq!(decided(outcome, now.clone()), Decision::Fail);
        }
        assert_eq!(decided(Outcome::Success, now), Decision::Finish);
    }

    #[test]
    fn a_rate_limit_is_awaited_twice_within_three_minutes_and_the_deadline() {
        let limited = |seconds, now| decided(Outcome::Limited { wait: SECOND * seconds }, now);
        let gate = Decision::AwaitGate;
        assert_eq!(limited(180, start()), gate);
        assert_eq!(limited(181, start()), Decision::Fail);
        assert_eq!(limited(61, Situation { waited: SECOND * 120, ..start() }), Decision::Fail);
        assert_eq!(limited(1, Situation { limited: 1, ..start() }), gate);
        assert_eq!(limited(1, Situation { limited: 2, ..start() }), Decision::Fail);
        assert_eq!(limited(1, Situation { left: Some(SECOND), ..start() }), Decision::Fail);
        assert_eq!(limited(60, Situation { waited: SECOND * 120, ..start() }), gate);
        let left = Some(Duration::from_millis(1001));
        assert_eq!(limited(1, Situation { left, ..start() }), gate);
        assert_eq!(limited(1, Situation { budget: 5, ..start() }), gate);
        assert_eq!(limited(1, Situation { budget: 4, ..start() }), Decision::Fail);
        assert_eq!(limited(1, Situation { is_idempotent: false, ..start() }), gate);
    }

    #[test]
    fn retry_after_of_an_overloaded_server_is_obeyed_but_is_never_shorter_than_the_policy() {
        let asked = |seconds, now| {
            decided(Outcome::Overloaded { retry_after: Some(SECOND * seconds) }, now)
        };
        assert_eq!(asked(7, start()), Decision::AwaitServer);
        assert_eq!(asked(0, start()), retry(250));
        assert_eq!(asked(180, start()), Decision::AwaitServer);
        assert_eq!(asked(181, start()), Decision::Fail);
        assert_eq!(asked(7, Situation { left: Some(SECOND * 7), ..start() }), Decision::Fail);
        assert_eq!(asked(7, Situation { budget: 13, ..start() }), Decision::Fail);
        assert_eq!(asked(7, Situation { attempt: 3, ..start() }), Decision::Fail);
        assert_eq!(asked(7, Situation { is_idempotent: false, ..start() }), Decision::Fail);
        // The policy for rate limits has no part in a retry after the time of the retry policy.
        let outcome = Outcome::Overloaded { retry_after: Some(Duration::ZERO) };
        let limits = LimitPolicy::fail_at_once();
        assert_eq!(decide(&outcome, &start(), &RetryPolicy::default(), &limits), retry(250));
    }

    #[test]
    fn a_young_token_is_tried_again_before_the_provider_is_asked() {
        let refused = |milliseconds, now| {
            decided(Outcome::Unauthorized { token_age: Duration::from_millis(milliseconds) }, now)
        };
        let wait =
            |milliseconds| Decision::AwaitToken { wait: Duration::from_millis(milliseconds) };
        assert_eq!(refused(0, start()), wait(500));
        assert_eq!(refused(1500, Situation { unauthorized: 2, ..start() }), wait(2000));
        assert_eq!(refused(3500, Situation { unauthorized: 3, ..start() }), wait(1500));
        assert_eq!(refused(5000, start()), Decision::RenewToken);
        assert_eq!(refused(5000, Situation { renewed: true, ..start() }), Decision::Fail);
        let late = Situation { left: Some(Duration::from_millis(100)), ..start() };
        assert_eq!(refused(0, late), Decision::RenewToken);
        assert_eq!(refused(0, Situation { budget: 14, ..start() }), wait(500));
        let poor = Situation { budget: 13, ..start() };
        assert_eq!(refused(0, poor.clone()), Decision::RenewToken);
        assert_eq!(refused(0, Situation { renewed: true, ..poor }), Decision::Fail);
        // Another token costs nothing.
        assert_eq!(refused(5000, Situation { budget: 0, ..start() }), Decision::RenewToken);
    }

    #[test]
    fn the_spread_of_a_wait_is_a_tenth_of_it_and_at_most_a_second() {
        assert_eq!(spread(SECOND, 1.0), Duration::from_millis(1100));
        assert_eq!(spread(SECOND * 60, 1.0), SECOND * 61);
        assert_eq!(spread(SECOND * 60, 0.0), SECOND * 60);
    }
}
