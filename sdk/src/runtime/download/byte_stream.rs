//! Content as a stream of bytes.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures_core::Stream;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::runtime::download::LARGEST;
use crate::runtime::download::lines::Lines;
use crate::runtime::http::{Call, CallSpan, Incoming, Unread};
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, Error};

/// Content as a stream of bytes, unaltered, in memory that does not grow with it.
///
/// It implements [`Stream`] of `Result<Bytes, Error>` and [`AsyncRead`], and has [`next`](Self::next) and
/// [`try_next`](Self::try_next) of its own. The whole time has no limit. When nothing is received for 20 s, it
/// fails with [`ErrorKind::Stalled`](crate::ErrorKind::Stalled); pauses of the reader do not count. After an
/// error it ends.
#[must_use = "a stream does nothing until it is read"]
pub struct ByteStream {
    call: Call,
    /// The span of the call that found the content. It lasts as long as the stream.
    span: CallSpan,
    meta: Meta,
    body: Incoming,
    is_end_checked: bool,
    stall_limit: Duration,
    /// Runs while the reader waits for the server, and not while the server waits for the reader.
    stall: Option<Pin<Box<Sleep>>>,
    /// The bytes that `AsyncRead` has not returned yet.
    rest: Bytes,
    ended: bool,
}

impl ByteStream {
    pub(crate) fn new(call: &Call, response: Unread, span: CallSpan) -> Self {
        let Unread { meta, body, is_http2 } = response;
        let coding = meta.header("transfer-encoding").unwrap_or_default().to_ascii_lowercase();
        let is_framed = is_http2 || coding.ends_with("chunked") || body.expected().is_some();
        Self {
            call: call.clone(),
            span,
            meta,
            body,
            is_end_checked: is_framed,
            stall_limit: call.settings.timeouts.stall,
            stall: None,
            rest: Bytes::new(),
            ended: false,
        }
    }

    /// Returns the next bytes; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the next bytes; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// The content broke off ([`ErrorKind::Truncated`](crate::ErrorKind::Truncated),
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport)) or stalled
    /// ([`ErrorKind::Stalled`](crate::ErrorKind::Stalled)); [`Error::received`] gives the bytes that came. A
    /// stream is never started again by itself, so no byte comes twice.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, Error> {
        self.next().await.transpose()
    }

    /// Returns the content line by line. A line that is larger than 64 MiB is an error.
    pub fn lines(self) -> Lines {
        Lines::new(self, LARGEST)
    }

    /// The bytes that came so far.
    pub fn received(&self) -> u64 {
        self.body.received()
    }

    /// The bytes of the whole content, if the server declares them.
    pub fn length(&self) -> Option<u64> {
        self.body.expected()
    }

    /// True if the end of the content differs from a broken connection. An old server that sends no length has no
    /// such end: then the content can be cut without an error.
    pub fn is_end_checked(&self) -> bool {
        self.is_end_checked
    }

    pub(crate) fn error(&self, cause: Cause) -> Error {
        self.call.error(cause)
    }

    pub(crate) fn span(&self) -> &CallSpan {
        &self.span
    }

    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Ready when nothing was received for too long.
    fn poll_stall(&mut self, context: &mut Context<'_>) -> Poll<Cause> {
        let limit = self.stall_limit;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stall.as_mut().poll(context));
        Poll::Ready(Cause::Stalled { received: self.body.received(), limit })
    }
}

impl Drop for ByteStream {
    fn drop(&mut self) {
        self.span.receives(self.body.own());
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        let cause = match self.body.poll_chunk(context) {
            Poll::Ready(Some(Ok(data))) => {
                self.stall = None;
                return Poll::Ready(Some(Ok(data)));
            }
            Poll::Ready(Some(Err(cause))) => Some(cause),
            Poll::Ready(None) => None,
            Poll::Pending => Some(ready!(self.poll_stall(context))),
        };
        self.ended = true;
        Poll::Ready(cause.map(|cause| Err(self.error(cause))))
    }
}

impl AsyncRead for ByteStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(self.as_mut().poll_next(context)) {
                Some(Ok(data)) => self.rest = data,
                Some(Err(error)) => return Poll::Ready(Err(std::io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.rest.len().min(buffer.remaining());
        buffer.put_slice(self.rest.get(..length).unwrap_or_default());
        self.rest.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("received", &self.received())
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}
