//! Lists: page by page, along the links that the server gives.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hasher as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use reqwest::Url;
use serde::de::DeserializeOwned;

use crate::runtime::http::exchange::Wanted;
use crate::runtime::http::redirect::same_origin;
use crate::runtime::request::data::Data;
use crate::runtime::response::Response;
use crate::runtime::response::error::{Error, ErrorKind};

/// Whatever reads more than one page asks for pages of this size, unless told otherwise.
const PAGE_SIZE: &str = "100";

/// No list is longer: a server that goes on links in circles.
const MOST_PAGES: usize = 10_000;

/// A page of a list, as the API gives it.
pub trait Page {
    /// What the list holds.
    type Item;

    /// What this page holds of it.
    fn into_items(self) -> Vec<Self::Item>;
}

impl<T> Page for Vec<T> {
    type Item = T;

    fn into_items(self) -> Vec<T> {
        self
    }
}

type Coming<P> =
    Pin<Box<dyn Future<Output = (Box<Walk>, Result<(Response<P>, After), Error>)> + Send>>;

enum State<P> {
    /// The error is all that is left of the list.
    Refused(Error),
    Between(Box<Walk>),
    Coming(Coming<P>),
    Ended,
}

/// The pages of a list, one after the other, each with what came with it.
///
/// It is a [`Stream`], and has [`next`](Self::next), [`try_next`](Self::try_next) and
/// [`try_collect`](Self::try_collect) of its own. After an error it ends.
#[must_use = "a stream does nothing until it is read"]
pub struct Pages<P>(State<P>);

/// The items of a list, over all pages.
///
/// It is a [`Stream`], and has [`next`](Self::next), [`try_next`](Self::try_next) and
/// [`try_collect`](Self::try_collect) of its own. After an error it ends.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let mut jobs = client.list_jobs_for_run("octo-org", "octo-repo", 29_679_449).stream();
/// while let Some(job) = jobs.try_next().await? {
///     println!("{}", job.name);
/// }
/// # Ok(()) }
/// ```
#[must_use = "a stream does nothing until it is read"]
pub struct Items<T> {
    /// Polls the pages, whose type does not matter any more.
    next: Box<NextItems<T>>,
    items: VecDeque<T>,
}

type NextItems<T> = dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<VecDeque<T>, Error>>> + Send;

/// What comes after a page.
enum After {
    Page,
    End,
    Refused(Error),
}

/// How far a list has been followed.
struct Walk {
    data: Data,
    next: Url,
    seen: Vec<Url>,
    /// The page before, as a hash of its bytes.
    last: Option<u64>,
}

impl<P: DeserializeOwned + Send + 'static> Pages<P> {
    /// Follows the list from where the call begins.
    pub(crate) fn start(data: Data) -> Self {
        let walk = data.begin().and_then(|mut data| {
            data.query_unless_set("per_page", PAGE_SIZE);
            let next = data.url()?;
            Ok(Walk { data, next, seen: Vec::new(), last: None })
        });
        Self(walk.map_or_else(
            |refused| State::Refused(refused.into()),
            |walk| State::Between(Box::new(walk)),
        ))
    }

    /// The items of these pages.
    pub(crate) fn items(mut self) -> Items<P::Item>
    where
        P: Page,
    {
        let next = move |context: &mut Context<'_>| {
            Pin::new(&mut self)
                .poll_next(context)
                .map_ok(|page| page.into_inner().into_items().into())
        };
        Items { next: Box::new(next), items: VecDeque::new() }
    }

    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Response<P>, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next page; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// As `send()`, or the server links to another origin or in circles ([`ErrorKind::Pagination`]).
    pub async fn try_next(&mut self) -> Result<Option<Response<P>>, Error> {
        self.next().await.transpose()
    }

    /// All pages from here on.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next); the pages before the error are lost.
    pub async fn try_collect(mut self) -> Result<Vec<Response<P>>, Error> {
        let mut pages = Vec::new();
        while let Some(page) = self.try_next().await? {
            pages.push(page);
        }
        Ok(pages)
    }
}

impl<T> Items<T> {
    /// The next item; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next item; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// As `send()`, or the server links to another origin or in circles ([`ErrorKind::Pagination`]).
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().await.transpose()
    }

    /// All items from here on.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next); the items before the error are lost.
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }
}

impl Walk {
    /// Gets the page that is next, and finds the one after it: a link that is refused comes after the
    /// page that has it.
    async fn step<P: DeserializeOwned>(&mut self) -> Result<(Response<P>, After), Error> {
        let id = self.data.operation.id();
        let url = self.next.clone();
        let reply = self.data.exchange(url.clone(), Wanted::Json).await?;
        let mut hasher = DefaultHasher::new();
        hasher.write(reply.body.as_bytes());
        let hash = hasher.finish();
        let from = reply.url.clone();
        let page: Response<P> = self.data.decode(reply)?;
        self.seen.push(url);
        let repeated = self.last.replace(hash) == Some(hash);
        let Some(link) = page.meta().links().next else { return Ok((page, After::End)) };
        let why = match self.follow(&from, &link, repeated) {
            Ok(next) => {
                self.next = next;
                return Ok((page, After::Page));
            }
            Err(why) => why,
        };
        let error = Error::new(ErrorKind::Pagination, format!("{id}: the next page is {why}"));
        let error = error.with_meta(page.meta().clone());
        Ok((page, After::Refused(error)))
    }

    /// Where a link leads, if it may be followed.
    fn follow(&self, from: &Url, link: &str, repeated: bool) -> Result<Url, &'static str> {
        // A renamed repository answers from another path: the link is relative to where the answer came from.
        let mut next = from.join(link).map_err(|_| "no URL")?;
        if !same_origin(&next, self.data.client.base_url()) {
            return Err("at another origin, where the token must not go (cross-origin)");
        }
        // A user in a URL would be sent as a credential.
        next.set_username("").and_then(|()| next.set_password(None)).map_err(|()| "no URL")?;
        if repeated || self.seen.contains(&next) || self.seen.len() >= MOST_PAGES {
            return Err("one that has been there (loop)");
        }
        Ok(next)
    }
}

impl<P: DeserializeOwned + Send + 'static> Stream for Pages<P> {
    type Item = Result<Response<P>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.0, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Refused(error) => return Poll::Ready(Some(Err(error))),
                State::Between(mut walk) => {
                    self.0 = State::Coming(Box::pin(async move {
                        let page = walk.step().await;
                        (walk, page)
                    }));
                }
                State::Coming(mut coming) => match coming.as_mut().poll(context) {
                    Poll::Pending => {
                        self.0 = State::Coming(coming);
                        return Poll::Pending;
                    }
                    Poll::Ready((walk, Ok((page, after)))) => {
                        self.0 = match after {
                            After::Page => State::Between(walk),
                            After::End => State::Ended,
                            After::Refused(error) => State::Refused(error),
                        };
                        return Poll::Ready(Some(Ok(page)));
                    }
                    Poll::Ready((_, Err(error))) => return Poll::Ready(Some(Err(error))),
                },
            }
        }
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!((self.next)(context)) {
                Some(Ok(items)) => self.items = items,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

// Nothing here is pinned in place: the future on its way is boxed.
impl<P> Unpin for Pages<P> {}
impl<T> Unpin for Items<T> {}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}
