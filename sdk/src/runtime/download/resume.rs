//! Content that is fetched as a whole: after a cut it is resumed, or fetched again from its start.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::download::rest::{Rest, Validator};
use crate::runtime::http::Call;
use crate::runtime::response::error::{Cause, Error};
use crate::runtime::settings::budget;
use crate::runtime::settings::policies::WaitReason;

/// The content, over more than one response if the first one is cut.
pub(super) struct Resumed<'c> {
    call: &'c Call,
    current: ByteStream,
    /// The validator of the content, if its rest can be requested.
    validator: Option<Validator>,
    attempt: u32,
}

/// A piece of content.
pub(super) enum Piece {
    Bytes(Bytes),
    /// The content comes again from its start: forget the bytes so far.
    Restart,
    End,
}

impl<'c> Resumed<'c> {
    pub(super) async fn start(call: &'c Call) -> Result<Self, Error> {
        let current = call.fetch(None).await?;
        let validator = Validator::of(current.meta());
        Ok(Self { call, current, validator, attempt: 1 })
    }

    /// The bytes of the content that were read, over all responses.
    pub(super) fn received(&self) -> u64 {
        self.current.received()
    }

    /// The bytes of the whole content, if the server declares them.
    pub(super) fn length(&self) -> Option<u64> {
        self.current.length()
    }

    pub(super) async fn next(&mut self) -> Result<Piece, Error> {
        loop {
            let cut = match self.current.try_next().await {
                Ok(Some(chunk)) => return Ok(Piece::Bytes(chunk)),
                Ok(None) => match self.missing() {
                    None => return Ok(Piece::End),
                    Some(cut) => cut,
                },
                Err(cut) => cut,
            };
            let span = self.current.span().clone();
            if !self.resume(cut).await.inspect_err(|error| span.fails(error))? {
                return Ok(Piece::Restart);
            }
        }
    }

    /// The error of content that ended early although its last response is complete.
    fn missing(&self) -> Option<Error> {
        let (received, expected) = (self.received(), self.length());
        let cause = Cause::Truncated { received, expected, source: None };
        (expected? != received).then(|| self.call.error(cause))
    }

    /// Fetches the rest of the content after a cut, within the attempts and the budget of retries; false if it
    /// comes again from its start.
    async fn resume(&mut self, cut: Error) -> Result<bool, Error> {
        while let Some(wait) = self.wait() {
            self.call.pause(self.current.span(), wait, WaitReason::Retry).await;
            self.attempt += 1;
            let rest = self.rest();
            match self.call.fetch(rest.as_ref()).await {
                Ok(fetched) => {
                    self.current = fetched;
                    let meta = self.current.meta();
                    let is_rest = meta.status() == StatusCode::PARTIAL_CONTENT;
                    if !is_rest {
                        self.validator = Validator::of(meta);
                    }
                    return Ok(is_rest);
                }
                // The host does not send the rest as requested: the next request is for the whole content.
                Err(error) if rest.is_some() && is_about_range(&error) => self.validator = None,
                Err(error) => return Err(error),
            }
        }
        Err(cut)
    }

    /// The wait before another attempt; `None` if there is no other attempt.
    fn wait(&self) -> Option<Duration> {
        let policy = self.call.retry();
        let wait = policy.wait_after(self.attempt, true, fastrand::f64());
        let is_in_time = self.call.left().is_none_or(|left| wait < left);
        let may_retry = self.attempt < policy.attempts && is_in_time;
        (may_retry && self.call.settings.budget.spend(budget::FAILURE)).then_some(wait)
    }

    fn rest(&self) -> Option<Rest> {
        let (from, total) = (self.received(), self.length());
        let validator = self.validator.clone().filter(|_| from > 0)?;
        Some(Rest { from, total, validator })
    }
}

fn is_about_range(error: &Error) -> bool {
    let statuses = [StatusCode::PARTIAL_CONTENT, StatusCode::RANGE_NOT_SATISFIABLE];
    error.status().is_some_and(|status| statuses.contains(&status))
}
