//! Fetches content from the host that the API redirects to.

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use tokio::time::Instant;

use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::download::decision::{Decision, Outcome, Situation, decide};
use crate::runtime::download::refusal::{check, refusal};
use crate::runtime::download::rest::Rest;
use crate::runtime::download::signed_url::SignedUrl;
use crate::runtime::http::redirect::{Redirects, fault};
use crate::runtime::http::{Call, CallSpan, Expected, Reply, ReplyBody, Unread, rate_limit};
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, Error, Failure, RedirectFault};
use crate::runtime::settings::transport::Via;
use crate::runtime::text::redacted;
use crate::runtime::url::Url;

/// The answer of the API: a link, or the content itself.
pub(super) enum Found {
    Link(Link),
    Content(Box<Unread>, CallSpan),
}

/// A link, and the time at which the API gave it.
pub(super) struct Link {
    pub(super) url: SignedUrl,
    given: Instant,
    span: CallSpan,
}

/// The history of a fetch.
#[derive(Default)]
struct Progress {
    is_renewed: bool,
    is_repeated: bool,
}

/// The end of the requests with one link.
enum Ended {
    Content(Box<ByteStream>),
    /// The error of the last request. A fresh link can help.
    Link(Error),
    Failed(Error),
}

impl Call {
    /// Asks the API where the content is.
    pub(super) async fn find(&self) -> Result<Found, Error> {
        let Reply { url, meta, body, span } = self.send(self.url()?, &Expected::Redirect).await?;
        match body {
            ReplyBody::Open(unread) => Ok(Found::Content(unread, span)),
            ReplyBody::Read(_) => {
                let read = SignedUrl::from_location(&url, &meta)
                    .and_then(|url| self.has_no_token(url.url(), &meta).map(|()| url));
                let url = read.map_err(|error| self.error(error))?;
                Ok(Found::Link(Link { url, given: Instant::now(), span }))
            }
        }
    }

    /// Fetches the content, or the rest of it. A link can expire or be refused on the way: then one fresh link
    /// is requested. A host that ignores the range sends the whole content.
    pub(super) async fn fetch(&self, rest: Option<&Rest>) -> Result<ByteStream, Error> {
        let result = self.until_deadline(self.fetch_by_links(rest)).await;
        result.and_then(|result| result).map_err(|error| self.error(error))
    }

    async fn fetch_by_links(&self, rest: Option<&Rest>) -> Result<ByteStream, Error> {
        let mut progress = Progress::default();
        loop {
            let link = match self.find().await? {
                // The API itself was not asked for a part.
                Found::Content(unread, span) => return self.content(*unread, None, span),
                Found::Link(link) => link,
            };
            match link.span.run(self.fetch_by(&link, rest, &mut progress)).await {
                Ended::Content(stream) => return Ok(*stream),
                Ended::Link(error) => {
                    link.span.fails(&error);
                    progress.is_renewed = true;
                }
                Ended::Failed(error) => {
                    link.span.fails(&error);
                    return Err(error);
                }
            }
        }
    }

    /// Requests the content with one link, along the redirects of its host.
    async fn fetch_by(&self, link: &Link, rest: Option<&Rest>, progress: &mut Progress) -> Ended {
        let mut redirects = Redirects::of_content(link.url.url().clone());
        let headers = rest.map_or_else(HeaderMap::new, Rest::headers);
        loop {
            let result = self.response(Via::Content, redirects.at(), headers.clone()).await;
            let now = self.situation_of(link, progress);
            let decision = decide(&outcome(&result), &now, self.retry(), &self.settings.limits);
            match (decision, result) {
                (Decision::Use, Ok(response)) => {
                    let content = self.content(response, rest, link.span.clone()).map(Box::new);
                    return content.map_or_else(Ended::Failed, Ended::Content);
                }
                (Decision::Follow, Ok(response)) => {
                    let followed = redirects.follow(&response.meta);
                    let checked =
                        followed.and_then(|()| self.has_no_token(redirects.at(), &response.meta));
                    if let Err(error) = checked {
                        return Ended::Failed(error);
                    }
                }
                (Decision::Repeat { wait, reason, cost }, _)
                    if self.settings.budget.spend(cost) =>
                {
                    progress.is_repeated = true;
                    self.pause(&link.span, wait, reason).await;
                }
                (Decision::Renew { cost }, result) if self.settings.budget.spend(cost) => {
                    progress.is_repeated |= cost > 0;
                    return Ended::Link(self.refusal(result, link, &redirects).await);
                }
                (_, result) => return Ended::Failed(self.refusal(result, link, &redirects).await),
            }
        }
    }

    async fn refusal(
        &self,
        result: Result<Unread, Error>,
        link: &Link,
        redirects: &Redirects<'_>,
    ) -> Error {
        let mut bytes = 0;
        let secrets = self.settings.token.secrets();
        let error = refusal(result, &link.url, &redirects.urls(), &secrets, &mut bytes).await;
        link.span.receives(bytes);
        error
    }

    /// Refuses a URL with the token in it, which the server can have put there.
    fn has_no_token(&self, url: &Url, meta: &Meta) -> Result<(), Error> {
        let text = percent_decode_str(url.as_str()).decode_utf8_lossy();
        if redacted(&text, &self.settings.token.secrets()) == text {
            Ok(())
        } else {
            Err(fault(RedirectFault::Token, meta))
        }
    }

    fn situation_of(&self, link: &Link, progress: &Progress) -> Situation {
        Situation {
            age: link.given.elapsed(),
            is_renewed: progress.is_renewed,
            is_repeated: progress.is_repeated,
            left: self.left(),
            budget: self.settings.budget.left(),
            random: fastrand::f64(),
        }
    }

    /// The content of a response, or the rest of it.
    fn content(
        &self,
        response: Unread,
        rest: Option<&Rest>,
        span: CallSpan,
    ) -> Result<ByteStream, Error> {
        check(&response.meta, rest, self.data.operation.accepts())?;
        let total = rest.and_then(|rest| Some((rest.from, rest.total_in(&response.meta)?)));
        let mut response = response;
        if let Some((from, total)) = total {
            response.body.continues(from, total);
        }
        Ok(ByteStream::new(self, response, span))
    }
}

fn outcome(result: &Result<Unread, Error>) -> Outcome {
    match result {
        Ok(Unread { meta, .. }) => {
            Outcome::Answered { status: meta.status(), retry_after: rate_limit::retry_after(meta) }
        }
        Err(error) => Outcome::Failed {
            is_retryable: error.is_retryable(),
            is_connection_fault: matches!(
                error.cause(),
                Cause::Transport { failure, .. } if *failure != Failure::ConnectTimeout
            ),
        },
    }
}
