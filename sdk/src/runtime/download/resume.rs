//! Content that is fetched as a whole: after a cut it is resumed, or fetched again from its start.

use bytes::Bytes;
use http::header::{CONTENT_RANGE, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::http::{Call, CallSpan};
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Error, ErrorKind};
use crate::runtime::settings::budget;

/// The content, over more than one response if the first one is cut.
pub(super) struct Resumed<'c> {
    call: &'c Call,
    stream: ByteStream,
    /// The bytes of the content that were read, over all responses.
    received: u64,
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
        Ok(Self { call, stream: call.stream().await?, received: 0, attempt: 1 })
    }

    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// The bytes of the whole content, if the server declares them.
    pub(super) fn length(&self) -> Option<u64> {
        let before = self.received - self.stream.received();
        self.stream.length().map(|length| before + length)
    }

    pub(super) async fn next(&mut self) -> Result<Piece, Error> {
        match self.stream.try_next().await {
            Ok(None) => Ok(Piece::End),
            Ok(Some(chunk)) => {
                self.received += chunk.len() as u64;
                Ok(Piece::Bytes(chunk))
            }
            Err(error) => self.resume(error).await,
        }
    }

    /// Fetches the rest of the content after a cut, within the retry budget.
    async fn resume(&mut self, cut: Error) -> Result<Piece, Error> {
        loop {
            let policy = self.call.retry();
            let is_cut = matches!(
                cut.kind(),
                ErrorKind::Truncated | ErrorKind::Stalled | ErrorKind::Transport
            );
            let can_retry = is_cut && cut.is_retryable() && self.attempt < policy.attempts;
            if !can_retry || !self.call.settings.budget.spend(budget::FAILURE) {
                return Err(cut);
            }
            let wait = policy.wait_after(self.attempt, true, fastrand::f64());
            self.call.pause(&CallSpan::current(), wait).await;
            self.attempt += 1;
            let range = range(self.stream.meta(), self.received);
            let Ok(stream) = self.call.fetch(&range).await else { continue };
            let continues = starts_at(stream.meta(), self.received);
            if stream.meta().status() == StatusCode::PARTIAL_CONTENT && !continues {
                continue;
            }
            self.stream = stream;
            if continues {
                return Ok(Piece::Bytes(Bytes::new()));
            }
            self.received = 0;
            return Ok(Piece::Restart);
        }
    }
}

/// The headers that request the rest of the same content; empty if the server has sent no mark of it.
fn range(meta: &Meta, received: u64) -> HeaderMap {
    let strong = meta.etag().filter(|etag| !etag.starts_with("W/"));
    let mark = strong.or_else(|| meta.header("last-modified")).map(HeaderValue::try_from);
    let from = HeaderValue::try_from(format!("bytes={received}-"));
    match (mark, from) {
        (Some(Ok(mark)), Ok(from)) if received > 0 => {
            [(RANGE, from), (IF_RANGE, mark)].into_iter().collect()
        }
        _ => HeaderMap::new(),
    }
}

/// True for a response with the rest of the content from this byte on.
fn starts_at(meta: &Meta, byte: u64) -> bool {
    let range = meta.header(CONTENT_RANGE.as_str()).unwrap_or_default();
    meta.status() == StatusCode::PARTIAL_CONTENT && range.starts_with(&format!("bytes {byte}-"))
}
