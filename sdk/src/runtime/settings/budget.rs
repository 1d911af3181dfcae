//! The budget of retries that all clones of a client share, so that a server that is down is not kept down.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// The cost of a retry after a failure.
pub(crate) const FAILURE: f64 = 14.0;

/// The cost of a retry after a rate limit.
pub(crate) const RATE_LIMIT: f64 = 5.0;

/// The budget when nothing was spent.
const FULL: f64 = 500.0;

const PER_SUCCESS: f64 = 1.0;
const PER_SECOND: f64 = 0.25;

#[derive(Debug)]
pub(crate) struct Budget(Mutex<State>);

#[derive(Debug)]
struct State {
    left: f64,
    since: Instant,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { left: FULL, since: Instant::now() }))
    }

    /// The part that is left.
    pub(crate) fn left(&self) -> f64 {
        self.change(|left| *left)
    }

    /// Spends `cost`; false if less is left, for example because another call was faster.
    pub(crate) fn spend(&self, cost: f64) -> bool {
        self.change(|left| {
            let enough = *left >= cost;
            if enough {
                *left -= cost;
            }
            enough
        })
    }

    /// A success earns a part of a retry.
    pub(crate) fn earn(&self) {
        self.change(|left| *left = (*left + PER_SUCCESS).min(FULL));
    }

    fn change<T>(&self, change: impl FnOnce(&mut f64) -> T) -> T {
        // A panic cannot leave a number half changed.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let earned = now.duration_since(state.since).as_secs_f64() * PER_SECOND;
        state.left = (state.left + earned).min(FULL);
        state.since = now;
        change(&mut state.left)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_spent_budget_comes_back_with_successes_and_time() {
        let budget = Budget::new();
        assert_eq!((0..100).filter(|_| budget.spend(FAILURE)).count(), 35);
        (0..4).for_each(|_| budget.earn());
        assert!(budget.spend(FAILURE) && !budget.spend(RATE_LIMIT));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(budget.spend(FAILURE) && !budget.spend(FAILURE));
    }
}
