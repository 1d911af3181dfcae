//! The state that all clones of a client share.

pub(crate) mod auth;
pub(crate) mod budget;
pub(crate) mod connections;
pub(crate) mod gates;
pub(crate) mod policies;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod timeouts;
pub(crate) mod tls;
pub(crate) mod transport;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::sync::Semaphore;

use auth::Token;
use budget::Budget;
use gates::Gates;
use policies::{LimitPolicy, OnWait, RetryPolicy, Wait, WaitReason};
use server::ApiUrl;
use timeouts::Timeouts;
use transport::Transport;

use crate::runtime::clock;

/// The settings of a built client, and its shared state.
pub(crate) struct Settings {
    pub(crate) api: ApiUrl,
    pub(crate) api_version: Option<HeaderValue>,
    /// Sent to the API's own origin only.
    pub(crate) headers: HeaderMap,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) limits: LimitPolicy,
    pub(crate) on_wait: Option<OnWait>,
    pub(crate) transport: Transport,
    pub(crate) token: Token,
    pub(crate) permits: Semaphore,
    pub(crate) gates: Gates,
    pub(crate) budget: Budget,
    /// The ids of the deprecated operations that a trace event has named.
    pub(crate) deprecated: Mutex<BTreeSet<&'static str>>,
}

impl Settings {
    /// True if no trace event of this client has named the operation as deprecated yet.
    pub(crate) fn is_first_notice(&self, operation: &'static str) -> bool {
        self.deprecated.lock().unwrap_or_else(PoisonError::into_inner).insert(operation)
    }

    /// Reports a wait to the callback of the client.
    pub(crate) fn report_wait(
        &self,
        operation: &'static str,
        duration: Duration,
        reason: WaitReason,
    ) {
        if let Some(on_wait) = &self.on_wait {
            let until = clock::after(duration);
            on_wait(&Wait { operation, reason, until, duration });
        }
    }
}
