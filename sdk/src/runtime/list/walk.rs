//! The way through a list: which page comes next, and whether it may be requested.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::mem;

use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use crate::runtime::http::{Call, Expected, Reply};
use crate::runtime::list::Page;
use crate::runtime::list::keys::{Keys, Known};
use crate::runtime::response::error::{Cause, Error, PageFault};
use crate::runtime::response::{Meta, Response};
use crate::runtime::settings::budget;
use crate::runtime::settings::policies::RetryPolicy;
use crate::runtime::url::{Url, Visited, host_and_port, remove_user, same_origin};

/// The size of a page, unless the caller sets one.
const PAGE_SIZE: u64 = 100;

/// The smallest size that is tried on a server that fails for larger pages.
const SMALLEST: u64 = 25;

/// A longer list is taken for a loop.
const MOST_PAGES: usize = 10_000;

/// A list on its way.
pub(crate) struct Walk {
    call: Call,
    next: Next,
    pages: Sizes,
    visited: Visited,
    /// The items before the next page, with those of pages that the caller skips.
    items: u64,
    /// True if a page had links: then the page without a `next` link is the last one.
    has_links: bool,
    known: Known,
    /// The hash of the previous page.
    previous: Option<u64>,
}

/// Pages by their number.
#[derive(Clone, Copy)]
struct Sizes {
    size: u64,
    /// The number of the next page, from 1.
    number: u64,
    /// True if the caller leaves the size to the client, and the list has pages by number.
    can_shrink: bool,
    /// True after the server failed for larger pages. Then links are those of the wrong size.
    has_shrunk: bool,
}

enum Next {
    Url(Url),
    Number,
    End,
    Fault(PageFault, Meta),
}

/// A page that was read.
pub(crate) struct Step<P> {
    pub(crate) page: Response<P>,
    /// For each item, true if an earlier page had it.
    repeated: Vec<bool>,
}

/// The pages of a list as they were read last. Reading them again transfers only what has changed.
#[allow(dead_code, reason = "only code that reads a list again needs it")]
pub(crate) struct Snapshot<P> {
    pages: Vec<Seen<P>>,
    size: u64,
}

#[allow(dead_code, reason = "used with `Snapshot`")]
struct Seen<P> {
    url: Url,
    etag: Option<HeaderValue>,
    meta: Meta,
    page: P,
    hash: u64,
}

impl<P: Page> Step<P> {
    /// The items that no earlier page had.
    pub(crate) fn new_items(self) -> impl Iterator<Item = P::Item> {
        let mut repeated = self.repeated.into_iter();
        let items = self.page.into_inner().into_items().into_iter();
        items.filter(move |_| !repeated.next().unwrap_or(false))
    }
}

impl Walk {
    /// Begins at the page that the call asks for.
    pub(crate) fn begin(call: Call) -> Result<Self, Error> {
        Self::with_size(call, PAGE_SIZE)
    }

    fn with_size(mut call: Call, size: u64) -> Result<Self, Error> {
        let has_numbers = call.data.operation.is_numbered();
        let set = |name| call.data.query_value(name).and_then(|text| text.parse().ok());
        let number = set("page").unwrap_or(1u64);
        let can_shrink = has_numbers && call.data.query_value("per_page").is_none();
        let size = set("per_page").unwrap_or(size);
        if can_shrink {
            call.data.set_query_number("per_page", size);
        }
        let pages = Sizes { size, number, can_shrink, has_shrunk: size < PAGE_SIZE && can_shrink };
        let next = Next::Url(call.url()?);
        let items = number.saturating_sub(1).saturating_mul(size);
        Ok(Self {
            call,
            next,
            pages,
            visited: Visited::default(),
            items,
            has_links: false,
            known: Known::default(),
            previous: None,
        })
    }

    /// Reads the next page; `None` at the end.
    pub(crate) async fn step<P>(&mut self) -> Result<Option<Step<P>>, Error>
    where
        P: Page + DeserializeOwned,
    {
        let Some(url) = self.next_url()? else { return Ok(None) };
        let Reply { url, meta, body, span } = self.request(url, None).await?;
        let body = body.into_bytes();
        let page: Response<P> = self.call.decode(meta, &body, &span)?;
        let is_first = self.previous.is_none();
        self.advance(&url, page.meta(), &*page, hash(&body));
        // A list of one page needs no keys.
        let is_only = is_first && matches!(self.next, Next::End);
        let keys = if is_only { Keys::default() } else { Keys::read(&body, page.items().len()) };
        let repeated = self.known.mark(keys);
        Ok(Some(Step { page, repeated }))
    }

    fn next_url(&mut self) -> Result<Option<Url>, Error> {
        let url = match mem::replace(&mut self.next, Next::End) {
            Next::End => return Ok(None),
            Next::Fault(fault, meta) => return Err(self.fault(fault).with_meta(meta)),
            Next::Url(url) => url,
            Next::Number => self.numbered()?,
        };
        if self.visited.len() == MOST_PAGES {
            return Err(self.fault(PageFault::TooMany(MOST_PAGES)));
        }
        if !self.visited.add(&url) {
            return Err(self.fault(PageFault::Loop));
        }
        Ok(Some(url))
    }

    fn numbered(&mut self) -> Result<Url, Error> {
        self.call.data.set_query_number("per_page", self.pages.size);
        self.call.data.set_query_number("page", self.pages.number);
        self.call.url()
    }

    /// Requests a page. Where the server fails for it, pages of half the size are tried: one request each.
    async fn request(&mut self, url: Url, etag: Option<&HeaderValue>) -> Result<Reply, Error> {
        let expected = etag.map_or(Expected::Json, Expected::JsonIfChanged);
        let mut result = self.call.send(url, &expected).await;
        while let Err(error) = &result
            && self.pages.can_shrink
            && self.pages.size > SMALLEST
            && error.status().is_some_and(|status| matches!(status.as_u16(), 500 | 502 | 504))
            && self.call.retry().attempts > 1
            && self.call.settings.budget.spend(budget::FAILURE)
        {
            self.pages.halve();
            let url = self.numbered()?;
            let mut once = self.call.clone();
            once.options.retry = Some(RetryPolicy::none());
            result = once.send(url, &Expected::Json).await;
        }
        result
    }

    /// Finds the page after the one that was read.
    fn advance(&mut self, from: &Url, meta: &Meta, page: &impl Page, hash: u64) {
        let count = page.items().len() as u64;
        self.items = self.items.saturating_add(count);
        self.pages.number = self.pages.number.saturating_add(1);
        self.has_links |= meta.has("link");
        let repeats = self.previous.replace(hash) == Some(hash);
        let fault = |fault| Next::Fault(fault, meta.clone());
        self.next = match (meta.links().next, page.total_count()) {
            (Some(_), _) if repeats => fault(PageFault::Loop),
            (Some(_), _) if self.pages.has_shrunk => Next::Number,
            (Some(link), _) => self.linked(from, &link).map_or_else(fault, Next::Url),
            (None, Some(total)) if !self.has_links && self.items < total => {
                // Without links, the numbers of pages lead on.
                let items = if repeats { self.items - count } else { self.items };
                if count == 0 || repeats || !self.call.data.operation.is_numbered() {
                    fault(PageFault::Incomplete { items, total })
                } else {
                    Next::Number
                }
            }
            (None, _) => Next::End,
        };
    }

    /// The URL of a link, if it may be followed.
    fn linked(&self, from: &Url, link: &str) -> Result<Url, PageFault> {
        // A renamed repository answers from another path: the link is relative to the URL of the response.
        let mut next = from.join(link).map_err(|_| PageFault::InvalidLink)?;
        let api = &self.call.settings.api;
        if api.rebases_links {
            return Ok(api.rebased(&next));
        }
        if !same_origin(&next, &api.base) {
            return Err(PageFault::OtherOrigin(host_and_port(&next)));
        }
        if !remove_user(&mut next) {
            return Err(PageFault::InvalidLink);
        }
        if !api.contains(&next) {
            return Err(PageFault::OutsideApi(next.path().to_owned()));
        }
        Ok(next)
    }

    fn fault(&self, fault: PageFault) -> Error {
        Error::from(Cause::Pagination(fault)).of(self.call.id())
    }
}

impl Sizes {
    /// Page k of 100 is the pages 2k-1 and 2k of 50.
    fn halve(&mut self) {
        self.size /= 2;
        self.number = self.number.saturating_sub(1).saturating_mul(2).saturating_add(1);
        self.has_shrunk = true;
    }
}

#[allow(dead_code, reason = "only code that reads a list again needs it")]
impl<P: Page + DeserializeOwned> Snapshot<P> {
    pub(crate) fn new() -> Self {
        Self { pages: Vec::new(), size: PAGE_SIZE }
    }

    /// The pages in order.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &P> {
        self.pages.iter().map(|seen| &seen.page)
    }

    /// Reads the list again; true if a page has changed. After an error, the pages are those of the last time.
    ///
    /// A list that ends before its `total_count` is no error here: it can be complete the next time.
    pub(crate) async fn refresh(&mut self, call: Call) -> Result<bool, Error> {
        let mut walk = Walk::with_size(call, self.size)?;
        let mut read = Vec::new();
        loop {
            if matches!(walk.next, Next::Fault(PageFault::Incomplete { .. }, _)) {
                break;
            }
            let Some(url) = walk.next_url()? else { break };
            let known = self.pages.iter().enumerate().find(|(_, seen)| seen.url == url);
            let etag = known.and_then(|(_, seen)| seen.etag.as_ref());
            let Reply { url: from, meta, body, span } = walk.request(url.clone(), etag).await?;
            match known {
                Some((index, seen)) if meta.status() == StatusCode::NOT_MODIFIED => {
                    walk.advance(&from, &seen.meta, &seen.page, seen.hash);
                    read.push(Read::Same(index));
                }
                _ => {
                    let body = body.into_bytes();
                    let (page, meta) = walk.call.decode::<P>(meta, &body, &span)?.into_parts();
                    let etag = meta.etag().and_then(|etag| HeaderValue::try_from(etag).ok());
                    let seen = Seen { url, etag, meta, page, hash: hash(&body) };
                    walk.advance(&from, &seen.meta, &seen.page, seen.hash);
                    read.push(Read::New(Box::new(seen)));
                }
            }
        }
        self.size = walk.pages.size;
        let is_new = |page: &Read<P>| matches!(page, Read::New(_));
        let has_changed = read.len() != self.pages.len() || read.iter().any(is_new);
        let mut old: Vec<_> = mem::take(&mut self.pages).into_iter().map(Some).collect();
        self.pages = read
            .into_iter()
            .filter_map(|page| match page {
                Read::New(seen) => Some(*seen),
                Read::Same(index) => old.get_mut(index).and_then(Option::take),
            })
            .collect();
        Ok(has_changed)
    }
}

/// A page of a list that is read again.
enum Read<P> {
    /// The page at this index has not changed.
    Same(usize),
    New(Box<Seen<P>>),
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
