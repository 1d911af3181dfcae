//! A body as it comes in.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_core::Stream;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http_body::Body as _;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::runtime::client::Client;
use crate::runtime::http::body::broken;
use crate::runtime::response::error::{Error, ErrorKind};

/// Content as it comes in: bytes, unaltered, in memory that does not grow with them.
///
/// It is a [`Stream`] of `Result<Bytes, Error>` and an [`AsyncRead`], and has [`next`](Self::next) and
/// [`try_next`](Self::try_next) of its own. There is no limit on the whole time; when nothing comes for
/// 20 s it is [`ErrorKind::Stalled`], and pauses of the reader do not count. After an error it ends.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let mut log = client.download_job_logs("octo-org", "octo-repo", 399_444_496).stream().await?;
/// while let Some(bytes) = log.try_next().await? {
///     println!("{} bytes", bytes.len());
/// }
/// # Ok(()) }
/// ```
#[must_use = "a stream does nothing until it is read"]
pub struct ByteStream {
    client: Client,
    operation: &'static str,
    body: Pin<Box<reqwest::Body>>,
    length: Option<u64>,
    checked: bool,
    received: u64,
    /// Runs while the reader waits for the server, not while the server waits for the reader.
    stall: Option<Pin<Box<Sleep>>>,
    /// What `AsyncRead` has not handed out yet.
    rest: Bytes,
    ended: bool,
}

impl ByteStream {
    pub(crate) fn new(
        client: Client,
        operation: &'static str,
        response: reqwest::Response,
    ) -> Self {
        let headers = response.headers();
        let length =
            headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let last = headers.get_all(TRANSFER_ENCODING).iter().next_back();
        let chunked =
            last.is_some_and(|coding| coding.as_bytes().to_ascii_lowercase().ends_with(b"chunked"));
        let framed = chunked || response.version() >= http::Version::HTTP_2;
        Self {
            client,
            operation,
            length,
            checked: framed || length.is_some(),
            body: Box::pin(http::Response::from(response).into_body()),
            received: 0,
            stall: None,
            rest: Bytes::new(),
            ended: false,
        }
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next piece; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// The content broke off ([`ErrorKind::Truncated`], [`ErrorKind::Transport`]) or stalled
    /// ([`ErrorKind::Stalled`]); [`Error::received`] says how much came. It is never started again by
    /// itself, so no byte comes twice.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, Error> {
        self.next().await.transpose()
    }

    /// How many bytes came so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes there will be, where the server says.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Whether an end of the content can be told from a broken connection. Where it cannot (an old
    /// server that sends no length), the content may be cut without an error.
    pub fn is_end_checked(&self) -> bool {
        self.checked
    }

    fn stalled(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        let limit = self.client.settings().timeouts.stall;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stall.as_mut().poll(context));
        let what = format!(
            "{}: nothing came for {limit:?}, after {} bytes",
            self.operation, self.received
        );
        Poll::Ready(Error::new(ErrorKind::Stalled, what).with_received(self.received))
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
        }
        while !self.ended {
            match self.body.as_mut().poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.stall = None;
                    // A frame without data holds trailers.
                    if let Ok(data) = frame.into_data() {
                        self.received += data.len() as u64;
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    self.ended = true;
                    let error =
                        broken(self.operation, &self.client, error, self.received, self.length);
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(None) => self.ended = true,
                Poll::Pending => {
                    let error = ready!(self.stalled(context));
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
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
            .field("received", &self.received)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
