//! One exchange with the API: limits, permits, attempts, redirects; then an answer or an error.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::Url;
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep, timeout};

use crate::runtime::client::Client;
use crate::runtime::http::body::{self, first_answer};
use crate::runtime::http::rate_limit::{self, MOST_LIMITED};
use crate::runtime::http::redirect::{same_origin, target};
use crate::runtime::http::trace::CallSpan;
use crate::runtime::request::data::Data;
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Error, ErrorKind, Explanation, is_passing};
use crate::runtime::settings::auth::secret;

/// The media type that GitHub recommends, and the one that its description lists, for servers that
/// know no other. A constant on purpose: the types of the SDK are those of this representation.
const ACCEPTED: &str = "application/vnd.github+json, application/json;q=0.9";

/// A JSON answer is read up to this many bytes, counted after decompression, unless the request says otherwise.
const LARGEST_BODY: u64 = 16 << 20;

/// Of an answer that is an error, this much is kept.
const LARGEST_ERROR_BODY: usize = 64 << 10;

/// A request is redirected at most this often.
const MOST_HOPS: usize = 5;

/// What counts as success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A 2xx, whose body is read.
    Json,
    /// As `Json`, or a 304 where nothing has changed.
    JsonIfChanged,
    /// A 302, which is not followed; or a 2xx that is the content, whose body is left open.
    Redirect,
}

/// A success.
pub(crate) struct Reply {
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    pub(crate) meta: Meta,
    pub(crate) body: Body,
    /// The token that was sent for it.
    sent: Option<HeaderValue>,
    /// What comes after the exchange belongs to the call too.
    pub(crate) span: CallSpan,
}

/// The body of an answer.
pub(crate) enum Body {
    Read(Vec<u8>),
    Open(reqwest::Response),
}

impl Body {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Open(_) => &[],
        }
    }
}

/// How far an exchange has come.
struct Progress<'c> {
    data: &'c Data,
    client: &'c Client,
    operation: &'static str,
    deadline: Option<Instant>,
    span: CallSpan,
    /// How often the API was asked.
    requests: u32,
    /// Which attempt at a success this is; waiting for a limit is none.
    attempt: u32,
    limited: u32,
    /// How long it has waited for limits.
    waited: Duration,
    /// How long it has waited in all.
    paused: Duration,
    renewed: bool,
}

/// Asks the API until there is an answer, or no more may be tried.
pub(crate) async fn exchange(data: &Data, url: Url, wanted: Wanted) -> Result<Reply, Error> {
    let span = CallSpan::new(data.operation);
    let mut progress = Progress {
        data,
        client: &data.client,
        operation: data.operation.id(),
        deadline: data.deadline,
        span: span.clone(),
        requests: 0,
        attempt: 1,
        limited: 0,
        waited: Duration::ZERO,
        paused: Duration::ZERO,
        renewed: false,
    };
    let outcome = span.run(progress.run(url, wanted)).await;
    span.ends(outcome.as_ref().map(|reply| &reply.meta), progress.requests, progress.paused);
    outcome
}

/// The deadline of a call has passed.
pub(crate) fn too_late(operation: &str) -> Error {
    let what = format!("{operation}: the deadline of the call has passed");
    Error::new(ErrorKind::Timeout, what)
}

fn is_success(status: StatusCode, wanted: Wanted) -> bool {
    status.is_success()
        || (wanted == Wanted::Redirect && status == StatusCode::FOUND)
        || (wanted == Wanted::JsonIfChanged && status == StatusCode::NOT_MODIFIED)
}

impl<'c> Progress<'c> {
    async fn run(&mut self, url: Url, wanted: Wanted) -> Result<Reply, Error> {
        loop {
            let permit = self.permit().await?;
            self.requests += 1;
            self.span.attempt(self.requests);
            let outcome = self.attempt(url.clone(), wanted).await;
            drop(permit);
            match outcome {
                Ok(reply) if is_success(reply.meta.status(), wanted) => {
                    self.client.budget().succeeded();
                    return Ok(reply);
                }
                Ok(reply) => self.after_refusal(reply).await?,
                Err(error) => self.after_failure(error).await?,
            }
        }
    }

    async fn pause(&mut self, wait: Duration, why: &'static str) {
        self.span.waits(wait, why);
        self.paused += wait;
        sleep(wait).await;
    }

    /// A place among the calls in flight, while no limit lasts.
    async fn permit(&mut self) -> Result<SemaphorePermit<'c>, Error> {
        loop {
            if let Some(wait) = self.client.gate().shut() {
                if !self.may_wait(wait) {
                    return Err(rate_limit::error(self.operation, wait, false));
                }
                // Those who wait for one moment do not all come at once.
                let spread = (wait / 10).min(Duration::from_secs(1)).mul_f64(fastrand::f64());
                self.pause(wait + spread, "for a limit").await;
                self.waited += wait;
                continue;
            }
            let permit = self.client.permits().acquire();
            let permit = match self.deadline {
                Some(deadline) => tokio::time::timeout_at(deadline, permit)
                    .await
                    .map_err(|_| too_late(self.operation))?,
                None => permit.await,
            };
            let permit =
                permit.map_err(|_| Error::new(ErrorKind::Config, "the client is closed"))?;
            // A limit may have been reached while this call was queued.
            if self.client.gate().shut().is_none() {
                return Ok(permit);
            }
        }
    }

    /// Whether waiting for a limit stays within what the policy and the deadline allow.
    fn may_wait(&self, wait: Duration) -> bool {
        self.waited + wait <= self.client.settings().limits.longest_wait
            && self.is_before_deadline(wait)
    }

    fn is_before_deadline(&self, wait: Duration) -> bool {
        self.deadline
            .is_none_or(|deadline| deadline.saturating_duration_since(Instant::now()) > wait)
    }

    /// Sends once, follows the API's own redirects, reads what has to be read.
    async fn attempt(&self, url: Url, wanted: Wanted) -> Result<Reply, Error> {
        let whole = self.client.settings().timeouts.answer;
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let whole = left.map_or(whole, |left| whole.min(left));
        match timeout(whole, self.follow(url, wanted)).await {
            Ok(outcome) => outcome,
            Err(_) if left == Some(whole) => Err(too_late(self.operation)),
            Err(_) => {
                let what = format!("{}: no complete answer within {whole:?}", self.operation);
                Err(Error::new(ErrorKind::Timeout, what))
            }
        }
    }

    async fn follow(&self, mut url: Url, wanted: Wanted) -> Result<Reply, Error> {
        let sent = self.client.token().authorization().await?;
        let mut seen = vec![url.clone()];
        loop {
            let response = self.send(&url, sent.as_ref()).await?;
            let meta = Meta::new(response.status(), response.headers().clone());
            // Whatever the answer is, it may be the last that the limit allows.
            if let Some(wait) = rate_limit::spent(&meta) {
                self.client.gate().shut_for(wait);
            }
            let status = meta.status().as_u16();
            let documented = wanted == Wanted::Redirect && status == 302;
            if !matches!(status, 301 | 302 | 303 | 307 | 308) || documented {
                return self.read(url, meta, response, wanted, sent).await;
            }
            let next = target(self.operation, &url, &meta)?;
            let refuse = |why: &str| {
                let what = format!("{}: the answer redirects {why}", self.operation);
                Err(Error::new(ErrorKind::Redirect, what).with_meta(meta.clone()))
            };
            if !same_origin(&url, &next) {
                return refuse("to another origin, where the token must not go (cross-origin)");
            }
            if seen.contains(&next) || seen.len() > MOST_HOPS {
                return refuse("in circles (loop)");
            }
            seen.push(next.clone());
            url = next;
        }
    }

    async fn send(
        &self,
        url: &Url,
        token: Option<&HeaderValue>,
    ) -> Result<reqwest::Response, Error> {
        let mut headers: HeaderMap = self.client.settings().headers.clone();
        headers.extend(self.data.headers.clone());
        headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        if let Some(version) = &self.client.settings().api_version {
            headers.insert("x-github-api-version", version.clone());
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        if let Some(condition) = &self.data.condition {
            headers.insert(IF_NONE_MATCH, condition.clone());
        }
        let request = self.client.api().get(url.clone()).headers(headers);
        first_answer(self.operation, self.client, request, "").await
    }

    async fn read(
        &self,
        url: Url,
        meta: Meta,
        mut response: reqwest::Response,
        wanted: Wanted,
        sent: Option<HeaderValue>,
    ) -> Result<Reply, Error> {
        if !is_success(meta.status(), wanted) {
            // Status and headers are the answer; the body may be cut, endless or missing.
            let body = body::read_some(&mut response, LARGEST_ERROR_BODY).await;
            return Ok(Reply { url, meta, body: Body::Read(body), sent, span: self.span.clone() });
        }
        let body = match wanted {
            Wanted::Redirect if meta.status().is_success() => Body::Open(response),
            Wanted::Redirect => Body::Read(Vec::new()),
            Wanted::Json | Wanted::JsonIfChanged => {
                let limit = usize::try_from(self.data.size_limit.unwrap_or(LARGEST_BODY));
                let limit = limit.unwrap_or(usize::MAX);
                let read = body::read_all(self.operation, self.client, &mut response, limit);
                Body::Read(read.await.map_err(|error| error.with_meta(meta.clone()))?)
            }
        };
        Ok(Reply { url, meta, body, sent, span: self.span.clone() })
    }

    /// The server answered, and not with success: waits, if that can help.
    async fn after_refusal(&mut self, reply: Reply) -> Result<(), Error> {
        let body = reply.body.as_bytes();
        if let Some(told) = rate_limit::read(&reply.meta, body, self.limited) {
            self.client.gate().shut_for(told.wait);
            self.limited += 1;
            if self.limited >= MOST_LIMITED || !self.may_wait(told.wait) {
                let error = rate_limit::error(self.operation, told.wait, told.secondary);
                return Err(error
                    .with_body(Explanation::read(body), body.to_vec())
                    .with_meta(reply.meta));
            }
            return Ok(());
        }
        let status = reply.meta.status();
        let sent = reply.sent.as_ref();
        if status == StatusCode::UNAUTHORIZED
            && !self.renewed
            && self.client.token().forget(sent).await
        {
            // A provider's token may have been revoked before its time.
            self.renewed = true;
            return Ok(());
        }
        let wait = if is_passing(status) { rate_limit::retry_after(&reply.meta) } else { None };
        let secret = sent.and_then(secret);
        let body = reply.body.into_bytes();
        let error = Error::from_answer(self.operation, reply.meta, body, secret.as_deref());
        match wait {
            None if is_passing(status) => self.after_failure(error).await,
            None => Err(error),
            // A server that says when it will be well again is not asked before.
            Some(wait) => {
                self.client.gate().shut_for(wait);
                if self.attempt < self.client.settings().retry.attempts
                    && self.may_wait(wait)
                    && self.client.budget().take()
                {
                    self.attempt += 1;
                    return Ok(());
                }
                Err(error.with_retry_at(rate_limit::after(wait)))
            }
        }
    }

    /// The attempt failed: waits before the next, if there is one.
    async fn after_failure(&mut self, error: Error) -> Result<(), Error> {
        let policy = &self.client.settings().retry;
        let wait = policy.wait_after(self.attempt);
        let again = error.is_retryable()
            && self.attempt < policy.attempts
            && self.is_before_deadline(wait)
            && self.client.budget().take();
        if !again {
            return Err(error);
        }
        self.attempt += 1;
        self.pause(wait, "to try again").await;
        Ok(())
    }
}

impl Body {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Read(bytes) => bytes,
            Self::Open(_) => Vec::new(),
        }
    }
}
