//! The send loop: permits, gates and attempts, until there is a response or the decision is to fail.

use std::time::Duration;

use http::StatusCode;
use tokio::sync::SemaphorePermit;
use tokio::time::{sleep, timeout_at};

use crate::runtime::clock;
use crate::runtime::http::decision::{Decision, Outcome, Situation, decide, may_await, spread};
use crate::runtime::http::rate_limit::{self, Limited};
use crate::runtime::http::trace::CallSpan;
use crate::runtime::http::{Call, Expected, Reply};
use crate::runtime::response::error::{
    Cause, Error, ErrorBody, Failure, Late, Unavailable, is_transient,
};
use crate::runtime::settings::auth::Authorization;
use crate::runtime::settings::policies::{Wait, WaitReason};
use crate::runtime::url::Url;

/// The history of a call.
struct Progress {
    span: CallSpan,
    /// The number of requests to the API.
    requests: u32,
    attempt: u32,
    limited: u32,
    unauthorized: u32,
    renewed: bool,
    /// The time waited for rate limits, and in all.
    waited: Duration,
    paused: Duration,
}

/// The end of an attempt, and the result of the call unless another attempt is made.
struct Ended {
    outcome: Outcome,
    /// The rate limit that the response tells of.
    limited: Option<Limited>,
    result: Result<Reply, Error>,
}

impl Call {
    /// Sends a request until there is a response that is a success, or no other attempt may be made.
    pub(crate) async fn send(&self, url: Url, expected: &Expected<'_>) -> Result<Reply, Error> {
        let span = CallSpan::new(self.data.operation);
        let mut progress = Progress {
            span: span.clone(),
            requests: 0,
            attempt: 1,
            limited: 0,
            unauthorized: 0,
            renewed: false,
            waited: Duration::ZERO,
            paused: Duration::ZERO,
        };
        let result = span.run(self.attempts(&mut progress, url, expected)).await;
        let result = result.map_err(|error| error.of(self.id()));
        span.ends(result.as_ref().map(|reply| &reply.meta), progress.requests, progress.paused);
        result
    }

    async fn attempts(
        &self,
        progress: &mut Progress,
        url: Url,
        expected: &Expected<'_>,
    ) -> Result<Reply, Error> {
        loop {
            let token = self.token().await?;
            let permit = self.permit(progress).await?;
            progress.requests += 1;
            progress.span.attempt(progress.requests);
            let result = self.attempt(url.clone(), expected, token.as_ref(), &progress.span).await;
            drop(permit);
            let ended = match result {
                Ok(reply) if expected.is_success(reply.meta.status()) => {
                    Ended { outcome: Outcome::Success, limited: None, result: Ok(reply) }
                }
                Ok(reply) => self.refused(reply, expected, token.as_ref(), progress.limited),
                Err(error) => Ended { outcome: failure(&error), limited: None, result: Err(error) },
            };
            // The gate closes for all clones, also if this call fails.
            if let Some(limited) = &ended.limited {
                self.settings.gates.close(limited.resource.as_deref(), limited.wait);
            }
            let now = self.situation(progress);
            match decide(&ended.outcome, &now, self.retry(), &self.settings.limits) {
                Decision::Finish => {
                    self.settings.budget.earn();
                    return ended.result;
                }
                Decision::AwaitGate { cost } if self.settings.budget.spend(cost) => {
                    progress.limited += 1;
                }
                Decision::CloseGates { wait, cost } if self.settings.budget.spend(cost) => {
                    progress.attempt += 1;
                    self.settings.gates.close(None, wait);
                }
                Decision::Retry { wait, cost } if self.settings.budget.spend(cost) => {
                    progress.attempt += 1;
                    self.pause(progress, wait, WaitReason::Retry).await;
                }
                Decision::AwaitToken { wait } => {
                    progress.unauthorized += 1;
                    self.pause(progress, wait, WaitReason::Retry).await;
                }
                Decision::RenewToken => {
                    progress.renewed = true;
                    progress.unauthorized = 0;
                    if let Some(token) = &token {
                        self.settings.token.forget(token).await;
                    }
                }
                _ => return ended.result,
            }
        }
    }

    /// The token of a call, before it takes a permit: a provider can take long.
    async fn token(&self) -> Result<Option<Authorization>, Error> {
        self.until_deadline(self.settings.token.authorization()).await?
    }

    /// A permit to send, when no rate limit lasts.
    async fn permit(&self, progress: &mut Progress) -> Result<SemaphorePermit<'_>, Error> {
        loop {
            if let Some(wait) = self.settings.gates.closed_for(self.id()) {
                let (now, limits) = (self.situation(progress), &self.settings.limits);
                if !may_await(wait, &now, limits) {
                    return Err(rate_limited(wait, false, ErrorBody::default()));
                }
                // The calls that wait for the limit of another call come back after that one, and not all at
                // once. The random part is left out where there is no time for it.
                let random = if progress.limited > 0 { 0.0 } else { now.random };
                let spread = spread(wait, random);
                let wait = if may_await(spread, &now, limits) { spread } else { wait };
                self.pause(progress, wait, WaitReason::RateLimit).await;
                progress.waited += wait;
                continue;
            }
            let permit = self.until_deadline(self.settings.permits.acquire()).await?;
            let permit = permit.map_err(|_| Error::config("the client is closed"))?;
            // The gate may have closed while this call was queued.
            if self.settings.gates.closed_for(self.id()).is_none() {
                return Ok(permit);
            }
        }
    }

    async fn pause(&self, progress: &mut Progress, wait: Duration, reason: WaitReason) {
        let why = match reason {
            WaitReason::RateLimit => "rate limit",
            WaitReason::Retry => "retry",
        };
        progress.span.waits(wait, why);
        if let Some(on_wait) = &self.settings.on_wait {
            let until = clock::after(wait);
            on_wait(&Wait { operation: self.id(), reason, until, duration: wait });
        }
        progress.paused += wait;
        sleep(wait).await;
    }

    /// Fails if the deadline comes first.
    pub(crate) async fn until_deadline<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let Some(deadline) = self.deadline else { return Ok(future.await) };
        let late = || Error::from(Cause::Timeout(Late::Deadline));
        if self.left().is_some_and(|left| left.is_zero()) {
            return Err(late());
        }
        timeout_at(deadline, future).await.map_err(|_| late())
    }

    fn situation(&self, progress: &Progress) -> Situation {
        Situation {
            attempt: progress.attempt,
            limited: progress.limited,
            unauthorized: progress.unauthorized,
            renewed: progress.renewed,
            waited: progress.waited,
            left: self.left(),
            budget: self.settings.budget.left(),
            is_idempotent: self.data.operation.method().is_idempotent(),
            random: fastrand::f64(),
        }
    }

    /// A response that is not a success.
    fn refused(
        &self,
        reply: Reply,
        expected: &Expected<'_>,
        token: Option<&Authorization>,
        limited: u32,
    ) -> Ended {
        let (status, meta) = (reply.meta.status(), reply.meta);
        let secret = token.and_then(Authorization::secret);
        let body = ErrorBody::read(reply.body.into_bytes(), secret);
        let message = body.explanation.message.as_deref();
        if let Some(limited) = rate_limit::exceeded(&meta, message, limited) {
            let error = rate_limited(limited.wait, limited.secondary, body).with_meta(meta);
            let outcome = Outcome::Limited { wait: limited.wait };
            return Ended { outcome, limited: Some(limited), result: Err(error) };
        }
        let age = token.and_then(|token| token.since).map(|since| since.elapsed());
        let is_overloaded = is_transient(status);
        let retry_after = rate_limit::retry_after(&meta).filter(|_| is_overloaded);
        let outcome = match age {
            Some(token_age) if status == StatusCode::UNAUTHORIZED => {
                Outcome::Unauthorized { token_age }
            }
            _ if is_overloaded => Outcome::Overloaded { retry_after },
            _ => Outcome::Final,
        };
        let cause = if expected.is_content() && is_gone(status, message) {
            Cause::Unavailable { reason: Unavailable::Gone, body }
        } else {
            let hint = hint(status, message, secret);
            Cause::Status { of_content: false, hint, retry_at: retry_after.map(clock::after), body }
        };
        // A server that says when it can answer again is not asked before, by any clone.
        let limited = retry_after.map(|wait| Limited { wait, secondary: false, resource: None });
        Ended { outcome, limited, result: Err(Error::from(cause).with_meta(meta)) }
    }
}

fn rate_limited(wait: Duration, secondary: bool, body: ErrorBody) -> Error {
    Cause::RateLimited { wait, retry_at: clock::after(wait), secondary, body }.into()
}

/// The outcome of an attempt without a complete response.
fn failure(error: &Error) -> Outcome {
    match error.cause() {
        Cause::Transport { failure, .. } if !failure.is_permanent() => Outcome::Failed {
            is_connection_fault: *failure != Failure::ConnectTimeout,
            was_sent: !failure.is_before_sending(),
        },
        Cause::Truncated { .. } | Cause::Timeout(_) => {
            Outcome::Failed { is_connection_fault: false, was_sent: true }
        }
        _ => Outcome::Final,
    }
}

/// True if a 410 is about the content. A 410 about the version of the API says so in its message.
fn is_gone(status: StatusCode, message: Option<&str>) -> bool {
    let is_of_version = |message: &str| message.to_ascii_lowercase().contains("version");
    status == StatusCode::GONE && !message.is_some_and(is_of_version)
}

/// The remedy for an error status.
fn hint(status: StatusCode, message: Option<&str>, token: Option<&str>) -> Option<&'static str> {
    match status {
        StatusCode::NOT_FOUND => Some(match token {
            None => "or it is private: no token was sent",
            Some(token) if token.starts_with("ghs_") || token.starts_with("github_pat_") => {
                "or the token has no access to it: check the repositories and permissions of the token"
            }
            Some(_) => "or the token has no access to it: a classic token needs the scope `repo`",
        }),
        StatusCode::UNAUTHORIZED => Some("the token is missing, invalid or expired"),
        StatusCode::SERVICE_UNAVAILABLE if message.is_none() => {
            Some("the server may be in maintenance mode")
        }
        _ => None,
    }
}
