//! Content as a stream of lines.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use memchr::memchr;

use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::response::error::{Cause, Error};

const LINE: &str = "a line is too long; raise the limit with with_size_limit(), or use stream()";

/// Lines of content, in memory that does not grow with it.
///
/// A line comes without its line break (`\n` or `\r\n`); a byte order mark before the first one is removed. The bytes need
/// not be UTF-8. A line is a slice of the bytes that the server sent, and is copied only where it was sent in parts. A line
/// that is kept holds the bytes received with it in memory: copy it to keep it long.
///
/// It implements [`Stream`] of `Result<Bytes, Error>`, and has [`next`](Self::next) and [`try_next`](Self::try_next) of
/// its own. It fails as [`ByteStream`] does, and if a line is larger than the size limit
/// ([`ErrorKind::BodyTooLarge`](crate::ErrorKind::BodyTooLarge)). After an error it ends.
#[must_use = "a stream does nothing until it is read"]
pub struct Lines {
    stream: ByteStream,
    limit: u64,
    /// The bytes that were received and are not returned yet.
    chunk: Bytes,
    /// The start of a line whose end was not in the chunk before.
    start: BytesMut,
    is_first: bool,
    ended: bool,
}

impl Lines {
    pub(crate) fn new(stream: ByteStream, limit: u64) -> Self {
        let (chunk, start) = (Bytes::new(), BytesMut::new());
        Self { stream, limit, chunk, start, is_first: true, ended: false }
    }

    /// Returns the next line; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the next line; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// As [`ByteStream::try_next`], or the line is larger than the size limit.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, Error> {
        self.next().await.transpose()
    }

    /// The next line that ends in the chunk. The rest of the chunk is kept for the line after.
    fn line(&mut self) -> Option<Result<Bytes, Error>> {
        let end = memchr(b'\n', &self.chunk)?;
        if let Err(error) = self.check((self.start.len() + end) as u64, LINE) {
            return Some(Err(error));
        }
        let mut line = self.chunk.split_to(end + 1);
        line.truncate(end);
        Some(Ok(self.whole(line)))
    }

    /// The line that ends with these bytes.
    fn whole(&mut self, end: Bytes) -> Bytes {
        let mut line = if self.start.is_empty() {
            end
        } else {
            self.start.extend_from_slice(&end);
            self.start.split().freeze()
        };
        if line.ends_with(b"\r") {
            line.truncate(line.len() - 1);
        }
        if std::mem::take(&mut self.is_first) && line.starts_with(b"\xef\xbb\xbf") {
            line = line.split_off(3);
        }
        line
    }

    /// Refuses a size above the limit, and ends the stream.
    pub(crate) fn check(&mut self, size: u64, hint: &'static str) -> Result<(), Error> {
        if size <= self.limit {
            return Ok(());
        }
        (self.chunk, self.ended) = (Bytes::new(), true);
        self.start.clear();
        let received = Some(self.stream.received());
        Err(self.stream.error(Cause::TooLarge { limit: self.limit, hint: Some(hint), received }))
    }
}

impl Stream for Lines {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(line) = self.line() {
                return Poll::Ready(Some(line));
            }
            let rest = std::mem::take(&mut self.chunk);
            self.start.extend_from_slice(&rest);
            let size = self.start.len() as u64;
            if let Err(error) = self.check(size, LINE) {
                return Poll::Ready(Some(Err(error)));
            }
            if self.ended {
                // The last line need not have a line break.
                let last = (!self.start.is_empty()).then(|| self.whole(Bytes::new()));
                return Poll::Ready(last.map(Ok));
            }
            match ready!(Pin::new(&mut self.stream).poll_next(context)) {
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(error)) => {
                    self.start.clear();
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => self.ended = true,
            }
        }
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("received", &self.stream.received()).finish_non_exhaustive()
    }
}
