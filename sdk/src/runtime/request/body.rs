//! The body of a request: bytes, or a stream of known length.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};

type Source = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Content that a request sends: bytes, text, or a stream of known length.
///
/// Bytes and text can be sent again after a failure. A stream is read once: a request that has begun to send it is
/// not repeated.
#[derive(Clone)]
pub struct Body {
    content: Content,
    media_type: Option<Box<str>>,
}

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    Stream(Arc<Shared>, u64),
}

struct Shared {
    source: Mutex<Source>,
    is_begun: AtomicBool,
}

impl Body {
    /// A stream of `length` bytes, which is read while it is sent.
    ///
    /// The request fails with [`ErrorKind::Transport`](crate::runtime::ErrorKind::Transport) if the stream fails or ends
    /// before `length` bytes. Bytes after these are not sent. Clones share the stream: only one of them can send it.
    pub fn stream<S, E>(stream: S, length: u64) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let source: Source =
            Box::pin(futures_util::TryStreamExt::map_err(stream, io::Error::other));
        let shared = Shared { source: Mutex::new(source), is_begun: AtomicBool::new(false) };
        Content::Stream(Arc::new(shared), length).into()
    }

    /// Sends the body as this media type, such as `application/zip` for a file that is uploaded. By default the type is
    /// the one that the operation declares. Text that is not a media type is refused when the request is sent. The
    /// header `content-type` cannot be set with `with_header`.
    pub fn with_media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into().into());
        self
    }

    /// The media type that the caller has chosen.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// True if the body is a stream that was read, so that it cannot be sent again.
    pub(crate) fn is_spent(&self) -> bool {
        matches!(&self.content, Content::Stream(shared, _) if shared.is_begun.load(Ordering::Acquire))
    }

    /// The body for one attempt.
    pub(crate) fn to_send(&self) -> reqwest::Body {
        match &self.content {
            Content::Bytes(bytes) => bytes.clone().into(),
            Content::Stream(shared, length) => reqwest::Body::wrap(Sent {
                shared: Arc::clone(shared),
                left: *length,
                is_reader: false,
            }),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = match &self.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Stream(_, length) => *length,
        };
        f.debug_struct("Body").field("length", &length).finish_non_exhaustive()
    }
}

impl From<Content> for Body {
    fn from(content: Content) -> Self {
        Self { content, media_type: None }
    }
}

macro_rules! body_from {
    ($($source:ty),*) => {$(
        impl From<$source> for Body {
            fn from(bytes: $source) -> Self {
                Content::Bytes(bytes.into()).into()
            }
        }
    )*};
}
body_from!(Bytes, Vec<u8>, String, &'static [u8]);

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A stream as it is sent.
struct Sent {
    shared: Arc<Shared>,
    left: u64,
    /// True if this attempt has begun to read the stream.
    is_reader: bool,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let wrong = |problem: &str| Poll::Ready(Some(Err(io::Error::other(problem.to_owned()))));
        if !self.is_reader {
            if self.shared.is_begun.swap(true, Ordering::AcqRel) {
                return wrong("the stream of the body was already read");
            }
            self.is_reader = true;
        }
        let next = {
            let mut source = self.shared.source.lock().unwrap_or_else(PoisonError::into_inner);
            ready!(source.as_mut().poll_next(context))
        };
        match next {
            None if self.left > 0 => wrong("the stream of the body ended before its length"),
            None => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            Some(Ok(bytes)) => match self.left.checked_sub(bytes.len() as u64) {
                Some(left) => {
                    self.left = left;
                    Poll::Ready(Some(Ok(Frame::data(bytes))))
                }
                None => wrong("the stream of the body is longer than its length"),
            },
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    /// The frames of a stream of three bytes with a declared length, or the problem.
    fn sent(length: u64) -> Result<Vec<u8>, String> {
        let chunks = [Ok::<_, io::Error>(Bytes::from("ab")), Ok(Bytes::from("c"))];
        let body = Body::stream(futures_util::stream::iter(chunks), length);
        let Content::Stream(shared, left) = &body.content else {
            return Err("no stream".to_owned());
        };
        let mut sent = Sent { shared: Arc::clone(shared), left: *left, is_reader: false };
        assert_eq!(sent.size_hint().exact(), Some(length));
        assert!(!body.is_spent());
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut bytes = Vec::new();
        loop {
            match Pin::new(&mut sent).poll_frame(&mut context) {
                Poll::Ready(None) => break,
                Poll::Ready(Some(Ok(frame))) => bytes.extend(frame.into_data().unwrap()),
                Poll::Ready(Some(Err(error))) => return Err(error.to_string()),
                Poll::Pending => return Err("pending".to_owned()),
            }
        }
        assert!(body.is_spent() && body.clone().is_spent());
        let mut second = Sent { shared: Arc::clone(shared), left: *left, is_reader: false };
        assert!(matches!(
            Pin::new(&mut second).poll_frame(&mut context),
            Poll::Ready(Some(Err(error))) if error.to_string().contains("already read")
        ));
        Ok(bytes)
    }

    #[test]
    fn a_stream_must_have_its_length() {
        assert_eq!(sent(3).unwrap(), b"abc");
        assert_eq!(sent(4).unwrap_err(), "the stream of the body ended before its length");
        assert_eq!(sent(2).unwrap_err(), "the stream of the body is longer than its length");
    }
}
