//! The budget of retries that all clones of a client share, so that a server that is down is not kept down.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The cost of a retry after a failure.
pub(crate) const FAILURE: u32 = 14;

/// The cost of a retry after a rate limit.
pub(crate) const RATE_LIMIT: u32 = 5;

/// The budget when nothing was spent.
const FULL: u32 = 500;

/// The budget is full again this long after the last retry, so that a client with few calls recovers from an
/// outage too.
const RECOVERY: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(crate) struct Budget(Mutex<State>);

#[derive(Debug)]
struct State {
    left: u32,
    last_spent: Instant,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { left: FULL, last_spent: Instant::now() }))
    }

    /// The part that is left.
    pub(crate) fn left(&self) -> u32 {
        self.change(|state| state.left)
    }

    /// Spends `cost`; false if less is left, for example because another call was faster.
    pub(crate) fn spend(&self, cost: u32) -> bool {
        // A step without a cost is not a retry: it does not delay the recovery.
        cost == 0
            || self.change(|state| match state.left.checked_sub(cost) {
                Some(left) => {
                    *state = State { left, last_spent: Instant::now() };
                    true
                }
                None => false,
            })
    }

    /// A success earns a part of a retry.
    pub(crate) fn earn(&self) {
        self.change(|state| state.left = (state.left + 1).min(FULL));
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // A panic cannot leave a number half changed.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last_spent.elapsed() >= RECOVERY {
            state.left = FULL;
        }
        change(&mut state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_spent_budget_comes_back_with_successes() {
        let budget = Budget::new();
        assert_eq!((0..100).filter(|_| budget.spend(FAILURE)).count(), 35);
        assert_eq!(budget.left(), 10);
        (0..4).for_each(|_| budget.earn());
        assert!(budget.spend(FAILURE) && !budget.spend(RATE_LIMIT));
        (0..1000).for_each(|_| budget.earn());
        assert_eq!(budget.left(), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_budget_is_full_again_ten_minutes_after_the_last_retry() {
        let budget = Budget::new();
        tokio::time::advance(Duration::from_secs(3600)).await;
        while budget.spend(FAILURE) {}
        tokio::time::advance(Duration::from_secs(599)).await;
        assert!(!budget.spend(FAILURE));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(budget.left(), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_without_a_cost_does_not_delay_the_recovery() {
        let budget = Budget::new();
        while budget.spend(FAILURE) {}
        tokio::time::advance(RECOVERY - Duration::from_secs(1)).await;
        assert!(budget.spend(0) && budget.left() < FULL);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(budget.left(), FULL);
    }
}
