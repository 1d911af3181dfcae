//! A `tracing` span for each call. It has the operation id and the template of its path, and never a URL, an
//! argument, a header or a body.

use std::time::Duration;

use tracing::field::{Empty, debug};
use tracing::{Instrument as _, Span};

use crate::runtime::request::operation::Operation;
use crate::runtime::response::Meta;
use crate::runtime::response::error::Error;
use crate::runtime::settings::policies::WaitReason;
use crate::runtime::settings::transport::Via;

/// The span of a call.
#[derive(Clone)]
pub(crate) struct CallSpan(Span);

impl CallSpan {
    pub(crate) fn new(operation: &Operation) -> Self {
        Self(tracing::info_span!(
            "github_call",
            operation = operation.id(),
            path = if operation.path().is_empty() { "{segments}" } else { operation.path() },
            status = Empty,
            requests = Empty,
            waited_ms = Empty,
            bytes = Empty,
            error = Empty,
        ))
    }

    /// Runs the call inside its span.
    pub(crate) async fn run<T>(&self, call: impl Future<Output = T>) -> T {
        call.instrument(self.0.clone()).await
    }

    pub(crate) fn waits(&self, wait: Duration, reason: WaitReason) {
        let why = match reason {
            WaitReason::RateLimit => "rate limit",
            WaitReason::Retry => "retry",
        };
        tracing::info!(parent: &self.0, wait_ms = milliseconds(wait), why, "waits");
    }

    /// The server has marked the operation as deprecated. Its headers are not shown: only the date is.
    pub(super) fn deprecated(&self, meta: &Meta) {
        let until = meta.sunset().map(tracing::field::display);
        tracing::warn!(parent: &self.0, until, "the operation is deprecated");
    }

    pub(crate) fn fails(&self, error: &Error) {
        self.0.record("error", debug(error.kind()));
    }

    /// The bytes of the bodies of the call, or of its content. A call records them once.
    pub(crate) fn receives(&self, bytes: u64) {
        self.0.record("bytes", bytes);
    }

    pub(crate) fn ends(&self, end: Result<&Meta, &Error>, requests: u32, waited: Duration) {
        let status = match end {
            Ok(meta) => Some(meta.status()),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            self.0.record("status", status.as_u16());
        }
        if let Err(error) = end {
            self.fails(error);
        }
        self.0.record("requests", requests);
        self.0.record("waited_ms", milliseconds(waited));
    }
}

/// A request is sent, inside the span of its call.
pub(super) fn sends(via: Via) {
    let to = match via {
        Via::Api => "api",
        Via::Content => "content",
    };
    tracing::debug!(to, "sends");
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
