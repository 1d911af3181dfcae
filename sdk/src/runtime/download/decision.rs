//! The decision after each request to the host of the content, as a pure function: use the content, follow a
//! redirect, wait and request again, request a fresh link, or fail.

use std::time::Duration;

use http::StatusCode;

use crate::runtime::http::redirect::is_redirect;
use crate::runtime::response::error::can_pass;
use crate::runtime::settings::budget;
use crate::runtime::settings::policies::{LimitPolicy, RetryPolicy, WaitReason};

/// The result of a request, as far as the decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered { status: StatusCode, retry_after: Option<Duration> },
    Failed { is_retryable: bool, is_connection_fault: bool },
}

/// The history and the limits of a fetch.
#[derive(Clone, Debug)]
pub(super) struct Situation {
    /// The age of the link.
    pub(super) age: Duration,
    /// True if the link is not the first one.
    pub(super) is_renewed: bool,
    /// True if a request was repeated because the one before it failed.
    pub(super) is_repeated: bool,
    /// The time until the deadline.
    pub(super) left: Option<Duration>,
    /// The rest of the client's budget of retries.
    pub(super) budget: u32,
    /// A random number within 0 to 1, for jitter.
    pub(super) random: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Decision {
    /// The response is the content, if it passes the checks of its headers.
    Use,
    Follow,
    /// Requests the same URL again after a wait.
    Repeat {
        wait: Duration,
        reason: WaitReason,
        cost: u32,
    },
    /// Requests a fresh link from the API.
    Renew {
        cost: u32,
    },
    Fail,
}

/// An older link is not used again: the documented minute can be over before the response comes.
const FRESH: Duration = Duration::from_secs(45);

/// Decides what happens after a request to the host of the content.
pub(super) fn decide(
    outcome: &Outcome,
    now: &Situation,
    retry: &RetryPolicy,
    limits: &LimitPolicy,
) -> Decision {
    let (is_connection_fault, asked) = match *outcome {
        Outcome::Answered { status, .. } if status.is_success() => return Decision::Use,
        Outcome::Answered { status, .. } if is_redirect(status) => return Decision::Follow,
        // An expired signature and a refused one look alike.
        Outcome::Answered { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. } => {
            return if now.is_renewed { Decision::Fail } else { Decision::Renew { cost: 0 } };
        }
        Outcome::Answered { status, retry_after } if can_pass(status) => (false, retry_after),
        Outcome::Failed { is_retryable: true, is_connection_fault } => (is_connection_fault, None),
        Outcome::Answered { .. } | Outcome::Failed { .. } => return Decision::Fail,
    };
    let cost = budget::FAILURE;
    if retry.attempts < 2 || now.is_repeated || now.budget < cost {
        return Decision::Fail;
    }
    let wait = retry.wait_after(1, is_connection_fault, now.random);
    let wait = asked.map_or(wait, |asked| asked.max(wait));
    let is_allowed = asked.is_none() || wait <= limits.longest_wait;
    if !is_allowed || now.left.is_some_and(|left| left <= wait) {
        Decision::Fail
    } else if now.age + wait < FRESH {
        let reason = if asked.is_some() { WaitReason::RateLimit } else { WaitReason::Retry };
        Decision::Repeat { wait, reason, cost }
    } else if asked.is_none() && !now.is_renewed {
        Decision::Renew { cost }
    } else {
        Decision::Fail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    const FAILED: Outcome = Outcome::Failed { is_retryable: true, is_connection_fault: false };
    const UNREACHED: Outcome = Outcome::Failed { is_retryable: true, is_connection_fault: true };

    fn start() -> Situation {
        Situation {
            age: Duration::ZERO,
            is_renewed: false,
            is_repeated: false,
            left: None,
            budget: 500,
            random: 1.0,
        }
    }

    fn answered(status: u16) -> Outcome {
        Outcome::Answered { status: StatusCode::from_u16(status).unwrap(), retry_after: None }
    }

    fn asked(status: u16, seconds: u64) -> Outcome {
        let retry_after = Some(Duration::from_secs(seconds));
        Outcome::Answered { status: StatusCode::from_u16(status).unwrap(), retry_after }
    }

    #[track_caller]
    fn decided(outcome: &Outcome, now: &Situation) -> Decision {
        decide(outcome, now, &RetryPolicy::default(), &LimitPolicy::default())
    }

    fn repeat(wait: Duration, reason: WaitReason) -> Decision {
        Decision::Repeat { wait, reason, cost: 14 }
    }

    const RENEW: Decision = Decision::Renew { cost: 14 };

    #[test]
    fn each_status_has_its_reaction() {
        let soon = repeat(Duration::from_millis(250), WaitReason::Retry);
        for (statuses, decision) in [
            (&[200, 204, 206][..], Decision::Use),
            (&[301, 302, 303, 307, 308], Decision::Follow),
            (&[401, 403], Decision::Renew { cost: 0 }),
            (&[408, 429, 500, 502, 503, 504], soon),
            (&[304, 400, 404, 409, 410, 416, 501], Decision::Fail),
        ] {
            for status in statuses {
                assert_eq!(decided(&answered(*status), &start()), decision, "{status}");
            }
        }
    }

    #[test]
    fn a_refused_link_is_replaced_once_whatever_the_policy() {
        for status in [401, 403] {
            let none = RetryPolicy::none();
            let now = Situation { age: SECOND * 90, is_repeated: true, budget: 0, ..start() };
            let decision = decide(&answered(status), &now, &none, &LimitPolicy::default());
            assert_eq!(decision, Decision::Renew { cost: 0 });
            let renewed = Situation { is_renewed: true, ..start() };
            assert_eq!(decided(&answered(status), &renewed), Decision::Fail);
        }
    }

    #[test]
    fn a_failure_is_repeated_once_within_budget_policy_and_deadline() {
        for (outcome, milliseconds) in [(answered(503), 250), (FAILED, 250), (UNREACHED, 50)] {
            let wait = Duration::from_millis(milliseconds);
            assert_eq!(decided(&outcome, &start()), repeat(wait, WaitReason::Retry));
            for now in [
                Situation { is_repeated: true, ..start() },
                Situation { budget: 13, ..start() },
                Situation { left: Some(wait), ..start() },
            ] {
                assert_eq!(decided(&outcome, &now), Decision::Fail, "{now:?}");
                let old = Situation { age: SECOND * 50, ..now };
                assert_eq!(decided(&outcome, &old), Decision::Fail, "{old:?}");
            }
            let (none, limits) = (RetryPolicy::none(), LimitPolicy::fail_at_once());
            assert_eq!(decide(&outcome, &start(), &none, &limits), Decision::Fail);
            let two = RetryPolicy::default().attempts(2);
            let decision = decide(&outcome, &start(), &two, &limits);
            assert_eq!(decision, repeat(wait, WaitReason::Retry));
        }
        let permanent = Outcome::Failed { is_retryable: false, is_connection_fault: true };
        assert_eq!(decided(&permanent, &start()), Decision::Fail);
    }

    #[test]
    fn a_link_that_is_too_old_for_another_request_is_replaced_once() {
        for outcome in [answered(503), FAILED] {
            let at =
                |milliseconds| Situation { age: Duration::from_millis(milliseconds), ..start() };
            let wait = Duration::from_millis(250);
            assert_eq!(decided(&outcome, &at(44_749)), repeat(wait, WaitReason::Retry));
            assert_eq!(decided(&outcome, &at(44_750)), RENEW);
            let renewed = Situation { is_renewed: true, ..at(44_750) };
            assert_eq!(decided(&outcome, &renewed), Decision::Fail);
        }
    }

    #[test]
    fn retry_after_is_obeyed_while_the_link_is_fresh() {
        for status in [408, 429, 503] {
            let waits = |seconds| repeat(SECOND * seconds, WaitReason::RateLimit);
            assert_eq!(decided(&asked(status, 44), &start()), waits(44));
            assert_eq!(decided(&asked(status, 45), &start()), Decision::Fail);
            let at = |age| Situation { age, ..start() };
            assert_eq!(decided(&asked(status, 40), &at(SECOND * 4)), waits(40));
            assert_eq!(decided(&asked(status, 40), &at(SECOND * 5)), Decision::Fail);
            let shortest = repeat(Duration::from_millis(250), WaitReason::RateLimit);
            assert_eq!(decided(&asked(status, 0), &start()), shortest);
        }
        assert_eq!(decided(&asked(404, 1), &start()), Decision::Fail);
    }

    #[test]
    fn retry_after_is_obeyed_within_the_limit_policy_and_the_deadline() {
        let (retry, ten) = (RetryPolicy::default(), LimitPolicy::wait_up_to(SECOND * 10));
        let decided = |seconds, now: &Situation| decide(&asked(429, seconds), now, &retry, &ten);
        assert_eq!(decided(10, &start()), repeat(SECOND * 10, WaitReason::RateLimit));
        assert_eq!(decided(11, &start()), Decision::Fail);
        let late = Situation { left: Some(SECOND * 10), ..start() };
        assert_eq!(decided(9, &late), repeat(SECOND * 9, WaitReason::RateLimit));
        assert_eq!(decided(10, &late), Decision::Fail);
    }
}
