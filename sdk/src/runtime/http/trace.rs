//! Traces, where the feature `tracing` is on: a span for each call, labelled by what is public of it. No
//! URL, no argument, no header and no body ever gets here.

use std::time::Duration;

use crate::runtime::request::operation::Operation;
use crate::runtime::response::Meta;
use crate::runtime::response::error::Error;

/// The span of a call.
#[derive(Clone)]
pub(crate) struct CallSpan {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

#[cfg(feature = "tracing")]
impl CallSpan {
    pub(crate) fn new(operation: &Operation) -> Self {
        use tracing::field::Empty;

        let span = tracing::info_span!(
            "github_call",
            operation = operation.id(),
            path = if operation.path().is_empty() { "{segments}" } else { operation.path() },
            status = Empty,
            requests = Empty,
            waited_ms = Empty,
            error = Empty,
        );
        Self { span }
    }

    /// Runs the call inside its span.
    pub(crate) async fn run<T>(&self, call: impl Future<Output = T>) -> T {
        tracing::Instrument::instrument(call, self.span.clone()).await
    }

    pub(crate) fn attempt(&self, attempt: u32) {
        tracing::debug!(parent: &self.span, attempt, "sends");
    }

    pub(crate) fn waits(&self, wait: Duration, why: &'static str) {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(parent: &self.span, wait_ms, why, "waits");
    }

    pub(crate) fn fails(&self, error: &Error) {
        self.span.record("error", tracing::field::debug(error.kind()));
    }

    pub(crate) fn ends(&self, end: Result<&Meta, &Error>, requests: u32, waited: Duration) {
        let status = match end {
            Ok(meta) => Some(meta.status()),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            self.span.record("status", status.as_u16());
        }
        if let Err(error) = end {
            self.fails(error);
        }
        self.span.record("requests", requests);
        self.span.record("waited_ms", u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
    }
}

/// Nothing at all.
#[cfg(not(feature = "tracing"))]
impl CallSpan {
    pub(crate) fn new(_: &Operation) -> Self {
        Self {}
    }

    pub(crate) async fn run<T>(&self, call: impl Future<Output = T>) -> T {
        call.await
    }

    pub(crate) fn attempt(&self, _: u32) {}

    pub(crate) fn waits(&self, _: Duration, _: &'static str) {}

    pub(crate) fn fails(&self, _: &Error) {}

    pub(crate) fn ends(&self, _: Result<&Meta, &Error>, _: u32, _: Duration) {}
}
