//! Gates for rate limits: while a limit lasts, no clone of the client sends a request that counts for it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::runtime::response::{Meta, RateLimit};

/// The resource of an operation whose responses have not named one.
const DEFAULT: &str = "core";

/// The most resources that are kept. Their names come from the server.
const MOST_RESOURCES: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The end of a limit that covers everything.
    all: Option<Instant>,
    /// The end of the limit of a resource (`x-ratelimit-resource`).
    of_resource: HashMap<String, Instant>,
    /// The resource that an operation counts for, by its last response.
    of_operation: HashMap<&'static str, String>,
    /// The rate limit in the newest response of each resource.
    latest: HashMap<String, RateLimit>,
}

impl Gates {
    /// Closes the gate of a resource, or all gates, for this time.
    pub(crate) fn close(&self, resource: Option<&str>, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state();
        match resource {
            None => state.all = state.all.max(Some(until)),
            Some(resource) => {
                let name = state.kept(resource);
                let end = state.of_resource.entry(name).or_insert(until);
                *end = until.max(*end);
            }
        }
    }

    /// The time until the gate for an operation opens; `None` if it is open.
    pub(crate) fn closed_for(&self, operation: &'static str) -> Option<Duration> {
        let state = self.state();
        let resource = state.of_operation.get(operation).map_or(DEFAULT, String::as_str);
        let end = state.all.max(state.of_resource.get(resource).copied())?;
        Some(end.saturating_duration_since(Instant::now())).filter(|wait| !wait.is_zero())
    }

    /// Reads the rate limit of a response.
    pub(crate) fn learn(&self, operation: &'static str, meta: &Meta) {
        let Some(limit) = meta.rate_limit() else { return };
        let mut state = self.state();
        let resource = state.kept(limit.resource.as_deref().unwrap_or(DEFAULT));
        if limit.resource.is_some() && state.of_operation.get(operation) != Some(&resource) {
            state.of_operation.insert(operation, resource.clone());
        }
        state.latest.insert(resource, limit);
    }

    /// The rate limit in the newest response of a resource.
    pub(crate) fn latest(&self, resource: &str) -> Option<RateLimit> {
        self.state().latest.get(resource).cloned()
    }

    /// Opens all gates.
    pub(crate) fn open(&self) {
        let mut state = self.state();
        state.all = None;
        state.of_resource.clear();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The name under which a resource is kept.
    fn kept(&self, resource: &str) -> String {
        let is_known =
            self.latest.contains_key(resource) || self.of_resource.contains_key(resource);
        let is_full = self.latest.len().max(self.of_resource.len()) >= MOST_RESOURCES;
        if is_full && !is_known { DEFAULT } else { resource }.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn response(resource: &str) -> Meta {
        let headers = [
            ("x-ratelimit-limit", "30"),
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-reset", "1617629340"),
            ("x-ratelimit-resource", resource),
        ];
        let map: HeaderMap = headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        Meta::new(StatusCode::OK, map)
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_of_one_resource_leaves_the_others_open() {
        let gates = Gates::default();
        gates.learn("search", &response("search"));
        gates.close(Some("search"), Duration::from_secs(10));
        assert_eq!(gates.closed_for("search"), Some(Duration::from_secs(10)));
        assert_eq!(gates.closed_for("get-release"), None);
        gates.close(None, Duration::from_secs(20));
        gates.close(None, Duration::from_secs(5));
        assert_eq!(gates.closed_for("get-release"), Some(Duration::from_secs(20)));
        gates.open();
        assert_eq!(gates.closed_for("search"), None);
        assert_eq!(gates.latest("search").unwrap().remaining, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_without_a_known_resource_counts_for_core() {
        let gates = Gates::default();
        gates.close(Some("core"), Duration::from_secs(10));
        assert!(gates.closed_for("get-release").is_some());
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(gates.closed_for("get-release").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_cannot_fill_the_memory_with_names() {
        let gates = Gates::default();
        for index in 0..1000 {
            gates.learn("get-release", &response(&format!("r{index}")));
            gates.close(Some(&format!("r{index}")), Duration::from_secs(1));
        }
        let state = gates.state();
        assert!(state.latest.len() <= MOST_RESOURCES + 1);
        assert!(state.of_resource.len() <= MOST_RESOURCES + 1);
    }
}
