//! Gates for rate limits: while a limit lasts, no clone of the client sends a request that counts for it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use crate::runtime::response::error::Limit;
use crate::runtime::response::{Meta, RateLimit};

/// The resource of an operation whose responses have not named one.
const DEFAULT: &str = "core";

/// A longer name of a resource is not kept.
const LONGEST_NAME: usize = 64;

/// The most resources that are kept. Their names come from the server.
const MOST_RESOURCES: usize = 64;

/// The most operations whose resource is remembered. Paths of `get_json` count as operations.
const MOST_OPERATIONS: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Gates {
    state: Mutex<State>,
    opened: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The limit that covers everything.
    all: Option<Closed>,
    /// The limit of a resource (`x-ratelimit-resource`).
    of_resource: HashMap<String, Closed>,
    /// The resource that an operation counts for, by its last response; none for the default one.
    of_operation: HashMap<String, String>,
    /// The rate limit in the newest response of each resource.
    latest: HashMap<String, RateLimit>,
}

/// A closed gate.
#[derive(Clone, Copy, Debug)]
struct Closed {
    until: Instant,
    limit: Limit,
}

impl Gates {
    /// Closes the gate of a resource, or all gates, for this time. A gate that is closed for longer stays so.
    pub(crate) fn close(&self, resource: Option<&str>, limit: Limit, wait: Duration) {
        let closed = Closed { until: Instant::now() + wait, limit };
        let mut state = self.state();
        match resource {
            None => state.all = later(state.all, Some(closed)),
            Some(resource) => {
                let now = Instant::now();
                state.of_resource.retain(|_, gate| gate.until > now);
                let name = state.kept(resource);
                let gate = state.of_resource.entry(name).or_insert(closed);
                if gate.until < closed.until {
                    *gate = closed;
                }
            }
        }
    }

    /// The time until the gate for an operation opens, and the limit; `None` if it is open.
    pub(crate) fn closed_for(&self, operation: &str) -> Option<(Duration, Limit)> {
        let state = self.state();
        let resource = state.of_operation.get(operation).map_or(DEFAULT, String::as_str);
        let closed = later(state.all, state.of_resource.get(resource).copied())?;
        let wait = closed.until.saturating_duration_since(Instant::now());
        Some((wait, closed.limit)).filter(|_| !wait.is_zero())
    }

    /// Reads the rate limit of a response. A refused token has limits of its own, which do not count.
    pub(crate) fn learn(&self, operation: &str, meta: &Meta) {
        if meta.status() == StatusCode::UNAUTHORIZED {
            return;
        }
        let (named, limit) = (resource(meta), meta.rate_limit());
        let mut state = self.state();
        let resource = state.kept(named.unwrap_or(DEFAULT));
        if named.is_some() {
            state.remember(operation, &resource);
        }
        if let Some(limit) = limit {
            state.latest.insert(resource, limit);
        }
    }

    /// The rate limit in the newest response of a resource.
    pub(crate) fn latest(&self, resource: &str) -> Option<RateLimit> {
        self.state().latest.get(resource).cloned()
    }

    /// Opens all gates, and wakes the calls that wait at them.
    pub(crate) fn open(&self) {
        let mut state = self.state();
        state.all = None;
        state.of_resource.clear();
        drop(state);
        self.opened.notify_waiters();
    }

    /// Ready when all gates are opened. It counts from the call on, not from the first poll.
    pub(crate) fn opened(&self) -> Notified<'_> {
        self.opened.notified()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The resource that a response counts for, by its name.
pub(crate) fn resource(meta: &Meta) -> Option<&str> {
    meta.header("x-ratelimit-resource").filter(|name| !name.is_empty())
}

fn later(one: Option<Closed>, other: Option<Closed>) -> Option<Closed> {
    one.into_iter().chain(other).max_by_key(|closed| closed.until)
}

impl State {
    /// Remembers the resource of an operation. An operation of the default resource needs no memory.
    fn remember(&mut self, operation: &str, resource: &str) {
        if resource == DEFAULT {
            self.of_operation.remove(operation);
            return;
        }
        if self.of_operation.len() >= MOST_OPERATIONS && !self.of_operation.contains_key(operation)
        {
            // An operation whose gate is closed is not forgotten.
            let now = Instant::now();
            let is_closed = |resource: &String| {
                self.of_resource.get(resource).is_some_and(|gate| gate.until > now)
            };
            let open = self.of_operation.iter().find(|(_, resource)| !is_closed(resource));
            let Some(open) = open.map(|(operation, _)| operation.clone()) else { return };
            self.of_operation.remove(&open);
        }
        self.of_operation.insert(operation.to_owned(), resource.to_owned());
    }

    /// The name under which a resource is kept.
    fn kept(&self, resource: &str) -> String {
        if resource.len() > LONGEST_NAME {
            return DEFAULT.to_owned();
        }
        let is_known =
            self.latest.contains_key(resource) || self.of_resource.contains_key(resource);
        let is_full = self.latest.len().max(self.of_resource.len()) >= MOST_RESOURCES;
        if is_full && !is_known { DEFAULT } else { resource }.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn response(status: u16, resource: &str, remaining: &str) -> Meta {
        let headers = [
            ("x-ratelimit-limit", "30"),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset", "1617629340"),
            ("x-ratelimit-resource", resource),
        ];
        let map: HeaderMap = headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        Meta::new(StatusCode::from_u16(status).unwrap(), map)
    }

    fn seconds(gates: &Gates, operation: &str) -> Option<u64> {
        gates.closed_for(operation).map(|(wait, _)| wait.as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_of_one_resource_leaves_the_others_open() {
        let gates = Gates::default();
        gates.learn("search", &response(200, "search", "7"));
        gates.close(Some("search"), Limit::Primary, SECOND * 10);
        gates.close(Some("search"), Limit::Primary, SECOND * 5);
        assert_eq!(seconds(&gates, "search"), Some(10));
        assert_eq!(seconds(&gates, "get-release"), None);
        gates.close(None, Limit::Secondary, SECOND * 20);
        gates.close(None, Limit::Overload, SECOND * 5);
        for operation in ["search", "get-release"] {
            assert_eq!(gates.closed_for(operation), Some((SECOND * 20, Limit::Secondary)));
        }
        gates.close(Some("search"), Limit::Primary, SECOND * 30);
        assert_eq!(gates.closed_for("search"), Some((SECOND * 30, Limit::Primary)));
        assert_eq!(gates.latest("search").unwrap().remaining, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn all_gates_can_be_opened_and_waiting_calls_learn_of_it() {
        let gates = Gates::default();
        gates.learn("search", &response(200, "search", "7"));
        gates.close(Some("search"), Limit::Primary, SECOND * 10);
        gates.close(None, Limit::Secondary, SECOND * 10);
        let opened = gates.opened();
        gates.open();
        opened.await;
        assert_eq!((seconds(&gates, "search"), seconds(&gates, "get-release")), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_without_a_known_resource_counts_for_core() {
        let gates = Gates::default();
        gates.learn("get-release", &response(200, "", "7"));
        gates.close(Some("core"), Limit::Primary, SECOND * 10);
        assert_eq!(seconds(&gates, "get-release"), Some(10));
        assert_eq!(gates.latest("core").unwrap().remaining, 7);
        tokio::time::advance(SECOND * 10).await;
        assert_eq!(seconds(&gates, "get-release"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_resource_of_an_operation_is_that_of_its_last_response_that_has_one() {
        let gates = Gates::default();
        gates.close(Some("search"), Limit::Primary, SECOND * 10);
        // Figures that cannot be read do not hide the resource.
        gates.learn("search", &response(403, "search", "-1"));
        gates.learn("search", &response(200, "", "7"));
        assert_eq!(seconds(&gates, "search"), Some(10));
        gates.learn("search", &response(401, "core", "7"));
        assert_eq!(seconds(&gates, "search"), Some(10), "the headers of a 401 do not count");
        gates.learn("search", &response(200, "core", "7"));
        assert_eq!(seconds(&gates, "search"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_closes_for_its_operation_however_many_others_there_were() {
        for resource in ["core", "code_search"] {
            let gates = Gates::default();
            for index in 0..2 * MOST_OPERATIONS {
                gates.learn(&format!("{resource}{index}"), &response(200, resource, "7"));
            }
            gates.close(Some("core"), Limit::Primary, SECOND * 20);
            gates.learn("search", &response(403, "search", "0"));
            gates.close(Some("search"), Limit::Primary, SECOND * 10);
            assert_eq!(seconds(&gates, "search"), Some(10), "after operations of {resource}");
            assert_eq!(seconds(&gates, "core1"), Some(20));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_cannot_fill_the_memory_with_names() {
        let gates = Gates::default();
        for index in 0..1000 {
            let (operation, resource) = (format!("o{index}"), format!("r{index}"));
            gates.learn(&operation, &response(200, &resource, "7"));
            gates.close(Some(&resource), Limit::Primary, SECOND);
            assert!(seconds(&gates, &operation).is_some(), "{operation}");
        }
        let state = gates.state();
        assert!(state.latest.len() <= MOST_RESOURCES + 1);
        assert!(state.of_resource.len() <= MOST_RESOURCES + 1);
        assert!(state.of_operation.len() <= MOST_OPERATIONS);
    }
}
