//! The body of a response, as it comes in.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body::Body as _;
use reqwest::Body;
use tokio::time::{Instant, timeout_at};

use crate::runtime::http::transport_error;
use crate::runtime::response::error::{Cause, Error, LARGEST_ERROR_BODY};

/// The time in which the body of an error must come. Its status is known, and is not held back longer.
const ERROR_BODY: Duration = Duration::from_secs(5);

/// A body, with the count of its bytes.
pub(crate) struct Incoming {
    body: Body,
    server: Uri,
    received: u64,
    /// The bytes of the content before this body.
    before: u64,
    expected: Option<u64>,
}

impl Incoming {
    pub(crate) fn new(body: Body, server: Uri) -> Self {
        let expected = body.size_hint().exact();
        Self { body, server, received: 0, before: 0, expected }
    }

    /// Counts from this byte of a content of `total` bytes, for a body with the rest of it.
    pub(crate) fn continues(&mut self, from: u64, total: u64) {
        (self.received, self.before) = (from, from);
        self.expected = Some(total);
    }

    /// The bytes of the content so far.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The bytes of this body so far.
    pub(crate) fn own(&self) -> u64 {
        self.received.saturating_sub(self.before)
    }

    /// The bytes of the whole body, if the server declares them.
    pub(crate) fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Option<Result<Bytes, Cause>> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    pub(crate) fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Cause>>> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => {
                    // A body comes through a proxy that has connected.
                    let error = transport_error::of(error, &self.server, None);
                    return Poll::Ready(Some(Err(error.after(self.received, self.expected))));
                }
                Some(Ok(frame)) => {
                    // A frame without data holds trailers.
                    if let Ok(data) = frame.into_data() {
                        self.received += data.len() as u64;
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }

    /// The whole body, in memory. `count` grows with each chunk, so that it is right if the future is dropped.
    pub(crate) async fn whole(&mut self, limit: u64, count: &mut u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await {
            let chunk = chunk?;
            *count += chunk.len() as u64;
            if self.received > limit {
                let hint = Some("raise the limit with with_size_limit()");
                return Err(Cause::TooLarge { limit, hint, received: None }.into());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// The start of the body, as far as it comes soon: the body of an error can be cut, endless or missing.
    pub(crate) async fn start(&mut self, count: &mut u64) -> Vec<u8> {
        let limit = LARGEST_ERROR_BODY;
        let mut bytes = Vec::new();
        let end = Instant::now() + ERROR_BODY;
        while bytes.len() < limit
            && let Ok(Some(Ok(chunk))) = timeout_at(end, self.chunk()).await
        {
            *count += chunk.len() as u64;
            bytes.extend(chunk.iter().take(limit - bytes.len()));
        }
        bytes
    }
}
