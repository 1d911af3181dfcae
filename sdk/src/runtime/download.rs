//! The content behind a redirect: fetched without credentials, by a client that has none.

pub(crate) mod byte_stream;
mod tail;

use std::path::Path;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, StatusCode};
use reqwest::Url;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout_at};

use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::download::tail::Tail;
use crate::runtime::http::body::{first_answer, read_some};
use crate::runtime::http::exchange::{Body, Wanted, too_late};
use crate::runtime::http::rate_limit::now;
use crate::runtime::http::redirect::{SignedUrl, target};
use crate::runtime::request::data::Data;
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Error, ErrorKind, Unavailable, is_passing};

/// Content that is read into memory may be this large, unless the request says otherwise.
const LARGEST: u64 = 64 << 20;

/// A link this old is not tried again: the documented minute may be over before the answer comes.
const FRESH: Duration = Duration::from_secs(45);

/// The content is at the end of at most this many requests to its host.
const MOST_REQUESTS: usize = 4;

/// What the host of the content made of a request.
enum Fetched {
    Content(ByteStream),
    /// 401 or 403: an expired signature and a refused one look alike.
    Refused {
        meta: Meta,
        code: Option<String>,
        late: bool,
    },
    /// The host is not well; the link is too old to try it again.
    Stale(Error),
}

impl Data {
    /// The content as a stream.
    pub(crate) async fn stream(self) -> Result<ByteStream, Error> {
        let data = self.begin()?;
        let Some(deadline) = data.deadline else { return data.open().await };
        let opened = timeout_at(deadline, data.open()).await;
        opened.unwrap_or_else(|_| Err(too_late(data.operation.id())))
    }

    async fn open(&self) -> Result<ByteStream, Error> {
        let id = self.operation.id();
        let mut asked = 0;
        loop {
            let answer = self.exchange(self.url()?, Wanted::Redirect).await?;
            let given = Instant::now();
            asked += 1;
            if let Body::Open(response) = answer.body {
                return content(self, answer.meta, response);
            }
            let link = SignedUrl::from_location(id, &answer.url, answer.meta)?;
            let fetched = answer.span.run(self.fetch(&link, given)).await;
            match fetched.inspect_err(|error| answer.span.fails(error))? {
                Fetched::Content(stream) => return Ok(stream),
                // A link may expire on the way: one fresh one is asked for.
                _ if asked == 1 => {}
                Fetched::Refused { meta, late, .. }
                    if late || link.has_expired(meta.date().unwrap_or_else(now)) =>
                {
                    let says = "the link has expired, and so has a fresh one";
                    return Err(unavailable(id, Unavailable::LinkExpired, says, meta));
                }
                Fetched::Refused { meta, code, .. } => {
                    let says =
                        format!("the link is refused ({})", code.as_deref().unwrap_or("no code"));
                    return Err(unavailable(id, Unavailable::Refused(code), &says, meta));
                }
                Fetched::Stale(error) => return Err(error),
            }
        }
    }

    /// The content in memory.
    pub(crate) async fn bytes(self) -> Result<Vec<u8>, Error> {
        let (id, limit) = (self.operation.id(), self.size_limit.unwrap_or(LARGEST));
        let mut stream = self.stream().await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.try_next().await? {
            if bytes.len() as u64 + chunk.len() as u64 > limit {
                let what = format!(
                    "{id}: the content is larger than {limit} bytes: raise with_size_limit(), or use stream()"
                );
                return Err(
                    Error::new(ErrorKind::BodyTooLarge, what).with_received(stream.received())
                );
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// The content as text; what is not UTF-8 is replaced.
    pub(crate) async fn text(self) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.bytes().await?).into_owned())
    }

    /// The last lines of the content.
    pub(crate) async fn tail(self, lines: usize) -> Result<String, Error> {
        let (id, limit) = (self.operation.id(), self.size_limit.unwrap_or(LARGEST));
        let mut stream = self.stream().await?;
        let mut tail = Tail::new(lines);
        while let Some(chunk) = stream.try_next().await? {
            tail.push(&chunk);
            if tail.len() as u64 > limit {
                let what = format!(
                    "{id}: the last {lines} lines are larger than {limit} bytes: raise with_size_limit()"
                );
                return Err(
                    Error::new(ErrorKind::BodyTooLarge, what).with_received(stream.received())
                );
            }
        }
        Ok(tail.into_text())
    }

    /// The content in a file: whole, or not there.
    pub(crate) async fn save_to(
        self,
        path: &Path,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<u64, Error> {
        let id = self.operation.id();
        let failed = |error: std::io::Error| {
            let what = format!("{id}: {} cannot be written: {error}", path.display());
            Error::new(ErrorKind::File, what).with_source(error)
        };
        let mut stream = self.stream().await?;
        let part = Part::beside(path);
        // Made at once, so that dropping this future cannot leave it behind.
        let file = std::fs::File::create(&part.0).map_err(failed)?;
        let mut file = tokio::fs::File::from_std(file);
        while let Some(chunk) = stream.try_next().await? {
            file.write_all(&chunk).await.map_err(failed)?;
            progress(stream.received(), stream.length());
        }
        // The last write may still be under way, and only this tells how it went.
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        tokio::fs::rename(&part.0, path).await.map_err(failed)?;
        Ok(stream.received())
    }

    /// Asks the host of the content, along its own redirects.
    async fn fetch(&self, link: &SignedUrl, given: Instant) -> Result<Fetched, Error> {
        let id = self.operation.id();
        let policy = &self.client.settings().retry;
        let mut attempt = 1;
        let mut url = link.url().clone();
        let mut seen: Vec<Url> = vec![url.clone()];
        loop {
            let answer = self.ask(&url).await;
            let unwell = match &answer {
                Ok(response) => is_passing(response.status()),
                Err(error) => error.is_retryable(),
            };
            if unwell && given.elapsed() >= FRESH {
                return Ok(Fetched::Stale(
                    answer.map_or_else(|error| error, |response| status(id, &response)),
                ));
            }
            // Once: what is not well a second time is said to be.
            if unwell && attempt == 1 && policy.attempts > 1 && self.client.budget().take() {
                tokio::time::sleep(policy.wait_after(attempt)).await;
                attempt += 1;
                continue;
            }
            let mut response = answer?;
            let meta = Meta::new(response.status(), response.headers().clone());
            match meta.status().as_u16() {
                200..=299 => return content(self, meta, response).map(Fetched::Content),
                301 | 302 | 303 | 307 | 308 => {
                    url = target(id, &url, &meta)?;
                    if seen.contains(&url) || seen.len() >= MOST_REQUESTS {
                        let what =
                            format!("{id}: the host of the content redirects in circles (loop)");
                        return Err(Error::new(ErrorKind::Redirect, what).with_meta(meta));
                    }
                    seen.push(url.clone());
                }
                401 | 403 => {
                    let body = read_some(&mut response, 64 << 10).await;
                    let body = String::from_utf8_lossy(&body);
                    let late = body.contains("time frame") || body.contains("Request has expired");
                    return Ok(Fetched::Refused { meta, code: code(&body), late });
                }
                404 => {
                    let says = "there is nothing at the place that the redirect points to";
                    return Err(unavailable(id, Unavailable::NothingThere, says, meta));
                }
                410 => {
                    let says = "what was at the place that the redirect points to is gone";
                    return Err(unavailable(id, Unavailable::Gone, says, meta));
                }
                _ => return Err(status(id, &response)),
            }
        }
    }

    async fn ask(&self, url: &Url) -> Result<reqwest::Response, Error> {
        let request = self.client.content().get(url.clone());
        first_answer(self.operation.id(), &self.client, request, " from the host of the content")
            .await
    }
}

/// An answer that is the content: all of it, as it is, and no page for people.
fn content(data: &Data, meta: Meta, response: reqwest::Response) -> Result<ByteStream, Error> {
    let id = data.operation.id();
    let header =
        |name: HeaderName| meta.header(name.as_str()).unwrap_or_default().to_ascii_lowercase();
    let sort = header(CONTENT_TYPE);
    let pages = ["text/html", "application/xhtml", "application/xml", "text/xml"];
    let says = if pages.iter().any(|page| sort.starts_with(page)) {
        "a page came instead of the content (a login page, perhaps)"
    } else if meta.status() != StatusCode::OK {
        "the answer is a part of the content, or none of it"
    } else if !matches!(header(CONTENT_ENCODING).as_str(), "" | "identity") {
        "the content came encoded, which was not asked for"
    } else {
        return Ok(ByteStream::new(data.client.clone(), id, response));
    };
    Err(unavailable(id, Unavailable::NotTheContent, says, meta))
}

/// An answer of the host of the content that is an error of its own.
fn status(operation: &str, response: &reqwest::Response) -> Error {
    let meta = Meta::new(response.status(), response.headers().clone());
    let what = format!("{operation}: the host of the content answered {}", meta.status());
    Error::new(ErrorKind::Status, what).with_meta(meta)
}

fn unavailable(operation: &str, why: Unavailable, says: &str, meta: Meta) -> Error {
    let what = format!("{operation}: {says}");
    Error::new(ErrorKind::Unavailable, what).with_meta(meta).with_unavailable(why)
}

/// The `<Code>` of a storage host's XML, if it is a plain word.
fn code(xml: &str) -> Option<String> {
    let (_, rest) = xml.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let plain = code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then(|| code.to_owned())
}

/// A file beside its place, that goes when it is not renamed.
struct Part(std::path::PathBuf);

impl Part {
    /// Of a name of its own, which is short whatever the file is called.
    fn beside(path: &Path) -> Self {
        Self(path.with_file_name(format!(".{:016x}.part", fastrand::u64(..))))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Renamed, or never made: then there is nothing to remove.
        let _ = std::fs::remove_file(&self.0);
    }
}
