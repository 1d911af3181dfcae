//! The send loop: gates, permits and attempts, until there is a response or the decision is to fail.

use std::time::Duration;

use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::runtime::http::decision::{Decision, Situation, decide, may_await, spread};
use crate::runtime::http::outcome::{Ended, rate_limited};
use crate::runtime::http::trace::CallSpan;
use crate::runtime::http::{Call, Expected, Reply};
use crate::runtime::response::error::{Cause, Error, ErrorBody, Late};
use crate::runtime::settings::auth::Authorization;
use crate::runtime::settings::policies::WaitReason;
use crate::runtime::url::Url;

/// The history of a call.
pub(super) struct Progress {
    pub(super) span: CallSpan,
    /// The number of requests to the API, with those that redirects lead to.
    pub(super) requests: u32,
    /// The bytes of the bodies that were read.
    pub(super) bytes: u64,
    attempt: u32,
    limited: u32,
    unauthorized: u32,
    renewed: bool,
    /// The time waited for rate limits, and in all.
    waited: Duration,
    paused: Duration,
}

impl Call {
    /// Sends a request until there is a response that is a success, or no other attempt may be made.
    pub(crate) async fn send(&self, url: Url, expected: &Expected<'_>) -> Result<Reply, Error> {
        let span = CallSpan::new(self.data.operation);
        let mut progress = Progress::new(&span);
        let result = span.run(self.attempts(&mut progress, url, expected)).await;
        let result = result.map_err(|error| self.error(error));
        span.ends(result.as_ref().map(|reply| &reply.meta), progress.requests, progress.paused);
        // Of content, they are known when its stream ends.
        if result.is_err() || !expected.is_content() {
            span.receives(progress.bytes);
        }
        result
    }

    async fn attempts(
        &self,
        progress: &mut Progress,
        url: Url,
        expected: &Expected<'_>,
    ) -> Result<Reply, Error> {
        let Call { settings, .. } = self;
        loop {
            let (token, permit) = self.admission(progress).await?;
            let result = self.attempt(url.clone(), expected, token.as_ref(), progress).await;
            drop(permit);
            let api = &settings.api;
            let ended = Ended::of(result, expected, token.as_ref(), api, progress.limited);
            // The gate closes for all clones, also if this call fails.
            if let Some(limited) = &ended.limited {
                settings.gates.close(limited.resource.as_deref(), limited.limit, limited.wait);
            }
            let now = self.situation(progress);
            let decision = decide(&ended.outcome, &now, self.retry(), &settings.limits);
            if !self.prepare(&decision, progress, token.as_ref()).await {
                return ended.result;
            }
        }
    }

    /// Waits for the rate limit, then for a token, then for a permit: a call that cannot send holds no permit.
    async fn admission(
        &self,
        progress: &mut Progress,
    ) -> Result<(Option<Authorization>, SemaphorePermit<'_>), Error> {
        let Call { settings, .. } = self;
        loop {
            self.await_gate(progress).await?;
            let mut token = self.until_deadline(settings.token.authorization()).await??;
            let permit = self.until_deadline(settings.permits.acquire()).await?;
            let permit = permit.map_err(|_| Error::config("the client is closed"))?;
            // A gate may have closed, or the token may have been refused, while this call was queued.
            let is_open = settings.gates.closed_for(&self.counted_as).is_none();
            if is_open && settings.token.refresh(&mut token) {
                return Ok((token, permit));
            }
        }
    }

    async fn await_gate(&self, progress: &mut Progress) -> Result<(), Error> {
        let gates = &self.settings.gates;
        loop {
            // Before the check, so that a gate that opens in between is noticed.
            let opened = gates.opened();
            let Some((wait, limit)) = gates.closed_for(&self.counted_as) else { return Ok(()) };
            let (now, limits) = (self.situation(progress), &self.settings.limits);
            if !may_await(wait, &now, limits) {
                return Err(rate_limited(wait, limit, ErrorBody::default()));
            }
            // The calls that wait for the limit of another call come back after that one, and not all at once.
            // The random part is left out if it exceeds the deadline or the policy.
            let random = if progress.limited > 0 { 0.0 } else { now.random };
            let spread = spread(wait, random);
            let wait = if may_await(spread, &now, limits) { spread } else { wait };
            self.reports(&progress.span, wait, WaitReason::RateLimit);
            let start = Instant::now();
            let _ = timeout(wait, opened).await;
            // A timer can be late, which is not the fault of the call.
            let waited = start.elapsed().min(wait);
            progress.waited += waited;
            progress.paused += waited;
        }
    }

    /// Does what comes before the next attempt; false if there is none.
    async fn prepare(
        &self,
        decision: &Decision,
        progress: &mut Progress,
        token: Option<&Authorization>,
    ) -> bool {
        let settings = &self.settings;
        if !settings.budget.spend(decision.cost()) {
            return false;
        }
        match *decision {
            Decision::Fail => return false,
            Decision::Finish => {
                settings.budget.earn();
                return false;
            }
            Decision::AwaitGate => progress.limited += 1,
            Decision::AwaitServer => progress.attempt += 1,
            Decision::Retry { wait } => {
                progress.attempt += 1;
                progress.paused += wait;
                self.pause(&progress.span, wait, WaitReason::Retry).await;
            }
            Decision::AwaitToken { wait } => {
                progress.unauthorized += 1;
                progress.paused += wait;
                self.pause(&progress.span, wait, WaitReason::Retry).await;
            }
            Decision::RenewToken => {
                progress.renewed = true;
                progress.unauthorized = 0;
                token.inspect(|token| settings.token.refuse(token));
            }
        }
        true
    }

    /// Waits before a retry.
    pub(crate) async fn pause(&self, span: &CallSpan, wait: Duration, reason: WaitReason) {
        self.reports(span, wait, reason);
        sleep(wait).await;
    }

    fn reports(&self, span: &CallSpan, wait: Duration, reason: WaitReason) {
        span.waits(wait, reason);
        self.settings.report_wait(self.id(), wait, reason);
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
            is_idempotent: self.data.operation.method().is_idempotent()
                || self.options.retry.is_some(),
            is_spent: self.is_spent(),
            random: fastrand::f64(),
        }
    }
}

impl Progress {
    fn new(span: &CallSpan) -> Self {
        Self {
            span: span.clone(),
            requests: 0,
            bytes: 0,
            attempt: 1,
            limited: 0,
            unauthorized: 0,
            renewed: false,
            waited: Duration::ZERO,
            paused: Duration::ZERO,
        }
    }
}
