//! The body of a scripted reply.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A part of a body.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Bytes(Bytes),
    /// The connection ends before the body is complete.
    Cut,
    /// Nothing comes any more.
    Silence,
}

/// A body in parts, as a server sends it.
pub(super) struct ScriptedBody {
    parts: VecDeque<Part>,
    length: u64,
}

impl ScriptedBody {
    /// A body that declares `length` bytes.
    pub(super) fn new(parts: impl IntoIterator<Item = Part>, length: u64) -> Self {
        Self { parts: parts.into_iter().collect(), length }
    }
}

impl http_body::Body for ScriptedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.parts.front() {
            None => Poll::Ready(None),
            // The time-outs of the client wake the task.
            Some(Part::Silence) => Poll::Pending,
            Some(Part::Cut) => {
                self.parts.clear();
                Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
            }
            Some(Part::Bytes(bytes)) => {
                let frame = Frame::data(bytes.clone());
                self.parts.pop_front();
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
