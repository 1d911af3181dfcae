//! Content behind a redirect, fetched without credentials.

pub(crate) mod byte_stream;
mod decision;
mod fetch;
pub(crate) mod lines;
mod refusal;
mod rest;
mod resume;
mod save;
pub(crate) mod signed_url;
mod tail;

use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::download::fetch::Found;
use crate::runtime::download::lines::Lines;
use crate::runtime::download::resume::{Piece, Resumed};
use crate::runtime::download::signed_url::SignedUrl;
use crate::runtime::download::tail::{Tail, TooLong};
use crate::runtime::http::Call;
use crate::runtime::http::redirect::fault;
use crate::runtime::response::error::{Cause, Error, RedirectFault};

/// The size limit of content that is read into memory, unless the request has another.
const LARGEST: u64 = 64 << 20;

impl Call {
    /// The URL of the content.
    pub(crate) async fn location(&self) -> Result<SignedUrl, Error> {
        match self.find().await? {
            Found::Link(link) => Ok(link.url),
            Found::Content(unread, _) => {
                Err(self.error(fault(RedirectFault::Content, &unread.meta)))
            }
        }
    }

    /// The content as a stream.
    pub(crate) async fn stream(&self) -> Result<ByteStream, Error> {
        self.fetch(None).await
    }

    /// The content as a stream of lines.
    pub(crate) async fn lines(&self) -> Result<Lines, Error> {
        let limit = self.options.size_limit.unwrap_or(LARGEST);
        Ok(Lines::new(self.stream().await?, limit))
    }

    /// The content in memory.
    pub(crate) async fn bytes(&self) -> Result<Vec<u8>, Error> {
        let limit = self.options.size_limit.unwrap_or(LARGEST);
        let mut content = Resumed::start(self).await?;
        let mut bytes = Vec::new();
        loop {
            match content.next().await? {
                Piece::End => return Ok(bytes),
                Piece::Restart => bytes.clear(),
                Piece::Bytes(chunk) if bytes.len() as u64 + chunk.len() as u64 > limit => {
                    let hint = "raise the limit with with_size_limit(), or use stream()";
                    return Err(self.too_large(limit, hint, content.received()));
                }
                Piece::Bytes(chunk) => bytes.extend_from_slice(&chunk),
            }
        }
    }

    /// The content as text. Bytes that are not UTF-8 are replaced, and a byte order mark is removed.
    pub(crate) async fn text(&self) -> Result<String, Error> {
        Ok(text_of(self.bytes().await?, true))
    }

    /// The last lines of the content.
    pub(crate) async fn tail(&self, lines: usize) -> Result<String, Error> {
        let limit = self.options.size_limit.unwrap_or(LARGEST);
        let mut content = Resumed::start(self).await?;
        let mut tail = Tail::new(lines, limit);
        loop {
            match content.next().await? {
                Piece::End => break,
                Piece::Restart => tail = Tail::new(lines, limit),
                Piece::Bytes(chunk) => tail.push(&chunk),
            }
        }
        let (bytes, is_start) = tail.finish().map_err(|TooLong| {
            let hint = "request fewer lines, or raise the limit with with_size_limit()";
            self.too_large(limit, hint, content.received())
        })?;
        Ok(text_of(bytes, is_start))
    }

    fn too_large(&self, limit: u64, hint: &'static str, received: u64) -> Error {
        let cause = Cause::TooLarge { limit, hint: Some(hint), received: Some(received) };
        self.error(cause)
    }
}

/// The text of bytes. A byte order mark is one at the start of the content only.
fn text_of(mut bytes: Vec<u8>, is_start: bool) -> String {
    let mark = b"\xef\xbb\xbf";
    if is_start && bytes.starts_with(mark) {
        bytes.drain(..mark.len());
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
