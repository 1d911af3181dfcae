//! Lists: pages and items as streams.

pub(crate) mod changed;
mod keys;
mod place;
mod position;
mod saved;
#[allow(dead_code, reason = "only code that reads a list again needs it")]
pub(crate) mod snapshot;
pub(crate) mod walk;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use serde::de::DeserializeOwned;

use crate::runtime::http::Call;
use crate::runtime::response::Response;
use crate::runtime::response::error::Error;
use keys::Known;
use position::Saved;
use walk::{Step, Walk};

/// A page of a list, as the API sends it.
pub trait Page {
    /// The type of the items.
    type Item;

    /// The items of this page.
    fn items(&self) -> &[Self::Item];

    /// The items of this page, as their owner.
    fn into_items(self) -> Vec<Self::Item>;

    /// The number of items of the whole list, if the server sends it.
    fn total_count(&self) -> Option<u64> {
        None
    }
}

impl<P: Page> IntoIterator for Response<P> {
    type Item = P::Item;
    type IntoIter = std::vec::IntoIter<P::Item>;

    /// The items of the page.
    fn into_iter(self) -> Self::IntoIter {
        self.into_inner().into_items().into_iter()
    }
}

impl<T> Page for Vec<T> {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }

    fn into_items(self) -> Vec<T> {
        self
    }
}

/// A stream that ends after an error.
pub(crate) struct Driver<T>(BoxStream<'static, Result<T, Error>>);

impl<T: Send + 'static> Driver<T> {
    pub(crate) fn new(stream: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self(stream.boxed())
    }

    /// Makes a stream of a state and a step, which returns `None` at the end.
    pub(crate) fn unfold<S: Send + 'static, F>(
        state: Result<S, Error>,
        step: impl FnMut(S) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Option<(T, S)>, Error>> + Send + 'static,
    {
        match state {
            Ok(state) => Self::new(stream::try_unfold(state, step)),
            Err(error) => Self::new(stream::iter([Err(error)])),
        }
    }

    pub(crate) async fn next(&mut self) -> Option<Result<T, Error>> {
        self.0.next().await
    }

    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        self.0.poll_next_unpin(context)
    }
}

/// The pages of a list as a stream, each with its status and headers.
///
/// It implements [`Stream`], and has [`next`](Self::next), [`try_next`](Self::try_next) and
/// [`try_collect`](Self::try_collect) of its own. After an error it ends.
#[must_use = "a stream does nothing until it is read"]
pub struct Pages<P> {
    pages: Driver<(Response<P>, Option<String>)>,
    position: Option<String>,
}

/// The items of all pages of a list as a stream.
///
/// An item that moves to the next page while the list is read comes once. The stream implements [`Stream`], and
/// has [`next`](Self::next), [`try_next`](Self::try_next) and [`try_collect`](Self::try_collect) of its own.
/// After an error it ends.
#[must_use = "a stream does nothing until it is read"]
pub struct Items<T>(Driver<T>);

/// The pages from the one where the request begins.
fn steps<P: Page + DeserializeOwned + Send + 'static>(
    call: Result<Call, Error>,
) -> Driver<Step<P>> {
    Driver::unfold(call.and_then(Walk::begin), |mut walk| async {
        let step = walk.step().await?;
        Ok(step.map(|step| (step, walk)))
    })
}

impl<P: Page + DeserializeOwned + Send + 'static> Pages<P> {
    pub(crate) fn start(call: Result<Call, Error>) -> Self {
        Self::of(call.and_then(Saved::begin))
    }

    /// The pages from a position on.
    pub(crate) fn resume(call: Result<Call, Error>, position: &str) -> Self {
        Self::of(call.and_then(|call| Saved::resume(call, position)))
    }

    fn of(saved: Result<Saved, Error>) -> Self {
        let position = saved.as_ref().ok().and_then(Saved::position);
        let pages = Driver::unfold(saved, |mut saved| async {
            let step = saved.step().await?;
            Ok(step.map(|step| ((step.page, saved.position()), saved)))
        });
        Self { pages, position }
    }
}

impl<T: Send + 'static> Items<T> {
    pub(crate) fn start<P>(call: Result<Call, Error>) -> Self
    where
        P: Page<Item = T> + DeserializeOwned + Send + 'static,
    {
        let mut known = Known::default();
        let new = move |step: Step<P>| stream::iter(step.new_items(&mut known).map(Ok));
        let items = steps::<P>(call).0.map_ok(new);
        Self(Driver::new(items.try_flatten()))
    }
}

impl<P: Send + 'static> Pages<P> {
    /// Returns the next page; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Response<P>, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the next page; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// As `send()`; or the list cannot be read to its end ([`ErrorKind::Pagination`](crate::ErrorKind::Pagination)).
    pub async fn try_next(&mut self) -> Result<Option<Response<P>>, Error> {
        self.next().await.transpose()
    }

    /// Returns all remaining pages.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next); the pages before the error are lost.
    pub async fn try_collect(self) -> Result<Vec<Response<P>>, Error> {
        self.pages.0.map_ok(|(page, _)| page).try_collect().await
    }

    /// The position of the next page, for `pages_from` of the same request, also in another process: one line of
    /// text. It is `None` after the last page, and if the request was refused.
    ///
    /// If the next page fails, the position stays the same, so a later call can request that page again. If the list
    /// itself is faulty, resuming returns the last page and the same error again. A position is between two pages: to
    /// resume within a page, save its items. It contains no host and no credential. If the list changes in the
    /// meantime, items can repeat or be missing.
    pub fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }
}

impl<T: Send + 'static> Items<T> {
    /// Returns the next item; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.0.next().await
    }

    /// Returns the next item; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// As `send()`; or the list cannot be read to its end ([`ErrorKind::Pagination`](crate::ErrorKind::Pagination)).
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().await.transpose()
    }

    /// Returns all remaining items.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next); the items before the error are lost.
    pub async fn try_collect(self) -> Result<Vec<T>, Error> {
        self.0.0.try_collect().await
    }
}

impl<P: Send + 'static> Stream for Pages<P> {
    type Item = Result<Response<P>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let page = ready!(self.pages.poll_next(context));
        Poll::Ready(page.map(|page| {
            let (page, position) = page?;
            self.position = position;
            Ok(page)
        }))
    }
}

impl<T: Send + 'static> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next(context)
    }
}

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
