//! The end of an attempt: what it means for the call, and its error.

use std::time::Duration;

use http::StatusCode;

use crate::runtime::clock;
use crate::runtime::http::decision::Outcome;
use crate::runtime::http::hint::hint;
use crate::runtime::http::rate_limit::{self, Limited};
use crate::runtime::http::{Expected, Reply};
use crate::runtime::response::error::{
    Cause, Error, ErrorBody, Failure, Limit, Unavailable, is_transient,
};
use crate::runtime::settings::auth::Authorization;
use crate::runtime::settings::server::ApiUrl;

/// The end of an attempt, and the result of the call unless another attempt is made.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// The rate limit that the response declares.
    pub(super) limited: Option<Limited>,
    pub(super) result: Result<Reply, Error>,
}

impl Ended {
    /// `times` is the number of refusals for a rate limit so far.
    pub(super) fn of(
        result: Result<Reply, Error>,
        expected: &Expected<'_>,
        token: Option<&Authorization>,
        api: &ApiUrl,
        times: u32,
    ) -> Self {
        match result {
            Ok(reply) if expected.is_success(reply.meta.status()) => {
                Self { outcome: Outcome::Success, limited: None, result: Ok(reply) }
            }
            Ok(reply) => Self::refused(reply, expected, token, api, times),
            Err(error) => Self { outcome: of_failure(&error), limited: None, result: Err(error) },
        }
    }

    /// The end with a response that is not a success.
    fn refused(
        reply: Reply,
        expected: &Expected<'_>,
        token: Option<&Authorization>,
        api: &ApiUrl,
        times: u32,
    ) -> Self {
        let (status, meta) = (reply.meta.status(), reply.meta);
        let secret = token.and_then(Authorization::secret);
        let body = ErrorBody::read(reply.body.into_bytes(), secret.as_slice());
        let message = body.explanation.message.as_deref();
        if let Some(limited) = rate_limit::exceeded(&meta, message, times) {
            let error = rate_limited(limited.wait, limited.limit, body).with_meta(meta);
            let outcome = Outcome::Limited { wait: limited.wait };
            return Self { outcome, limited: Some(limited), result: Err(error) };
        }
        let retry_after = rate_limit::retry_after(&meta).filter(|_| is_transient(status));
        let cause = if expected.is_content() && is_gone(status, message) {
            Cause::Unavailable { reason: Unavailable::Gone, body }
        } else {
            let hint = hint(&meta, message, secret, api);
            Cause::Status { of_content: false, hint, retry_at: retry_after.map(clock::after), body }
        };
        // With `Retry-After`, no clone sends a request before that time.
        let limited =
            retry_after.map(|wait| Limited { wait, limit: Limit::Overload, resource: None });
        let outcome = of_status(status, retry_after, token);
        Self { outcome, limited, result: Err(Error::from(cause).with_meta(meta)) }
    }
}

pub(super) fn rate_limited(wait: Duration, limit: Limit, body: ErrorBody) -> Error {
    Cause::RateLimited { wait, retry_at: clock::after(wait), limit, body }.into()
}

fn of_status(
    status: StatusCode,
    retry_after: Option<Duration>,
    token: Option<&Authorization>,
) -> Outcome {
    let since = token.and_then(|token| token.since);
    match since {
        Some(since) if status == StatusCode::UNAUTHORIZED => {
            Outcome::Unauthorized { token_age: since.elapsed() }
        }
        _ if is_transient(status) => Outcome::Overloaded { retry_after },
        _ => Outcome::Final,
    }
}

/// The outcome of an attempt without a complete response.
fn of_failure(error: &Error) -> Outcome {
    match error.cause() {
        Cause::Transport { failure, .. } if !failure.is_permanent() => Outcome::Failed {
            is_connection_fault: *failure != Failure::ConnectTimeout,
            was_sent: !failure.is_before_sending(),
        },
        Cause::Truncated { .. } | Cause::Timeout(_) => {
            Outcome::Failed { is_connection_fault: false, was_sent: true }
        }
        // Of a redirect, whose gate is closed.
        Cause::RateLimited { wait, .. } => Outcome::Limited { wait: *wait },
        _ => Outcome::Final,
    }
}

/// True if a 410 is about the content. A 410 about the version of the API mentions the version in its message.
fn is_gone(status: StatusCode, message: Option<&str>) -> bool {
    let is_of_version = |message: &str| message.to_ascii_lowercase().contains("version");
    status == StatusCode::GONE && !message.is_some_and(is_of_version)
}
