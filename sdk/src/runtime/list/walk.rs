//! The way through a list: which page comes next, and whether it may be requested.

use std::collections::HashSet;
use std::mem;

use http::HeaderValue;
use serde::de::DeserializeOwned;

use crate::runtime::http::{Call, Expected, Reply};
use crate::runtime::list::Page;
use crate::runtime::list::keys::{Keys, Known, hash};
use crate::runtime::list::place::Place;
use crate::runtime::list::position::Position;
use crate::runtime::response::error::{Cause, Error, PageFault};
use crate::runtime::response::{Links, Meta, Response};
use crate::runtime::settings::budget;
use crate::runtime::settings::policies::RetryPolicy;
use crate::runtime::url::{Url, Visited, host_and_port, remove_user, same_origin};

/// The size of a page, unless the caller sets one.
pub(super) const PAGE_SIZE: u64 = 100;

/// A longer list is taken for a loop.
const MOST_PAGES: usize = 10_000;

/// A list on its way.
pub(super) struct Walk {
    call: Call,
    next: Next,
    place: Place,
    visited: Visited,
    /// True if a page had links: then the page without a `next` link is the last one.
    has_links: bool,
    /// The hashes of all pages, and of the previous one.
    pages: HashSet<u64>,
    previous: Option<u64>,
}

enum Next {
    Url(Url),
    Number,
    End,
    Fault(PageFault, Meta),
}

/// A page that was read.
pub(super) struct Step<P> {
    /// The URL that was requested.
    pub(super) url: Url,
    pub(super) page: Response<P>,
    body: Vec<u8>,
    /// True if no other page has the items of this one.
    is_only: bool,
    /// True if the page as a whole is that of an earlier answer.
    is_repeated: bool,
}

impl<P: Page> Step<P> {
    /// The items that no earlier page had.
    pub(super) fn new_items(self, known: &mut Known) -> impl Iterator<Item = P::Item> + use<P> {
        let page = self.page.into_inner();
        let marks = if self.is_only || self.is_repeated {
            Vec::new()
        } else {
            known.mark(Keys::read(&self.body, page.items().len()))
        };
        let mut marks = marks.into_iter();
        let items = page.into_items().into_iter();
        items.filter(move |_| !marks.next().unwrap_or(self.is_repeated))
    }
}

impl Walk {
    /// Begins at the page that the call asks for.
    pub(super) fn begin(call: Call) -> Result<Self, Error> {
        Self::with_size(call, PAGE_SIZE)
    }

    pub(super) fn with_size(mut call: Call, size: u64) -> Result<Self, Error> {
        let has_numbers = call.data.operation.is_numbered();
        let set = |name| call.data.query_value(name).and_then(|text| text.parse().ok());
        let number = set("page").unwrap_or(1u64);
        let can_shrink = has_numbers && call.data.query_value("per_page").is_none();
        let size = set("per_page").unwrap_or(size);
        let has_shrunk = can_shrink && size < PAGE_SIZE;
        if can_shrink {
            call.data.set_query_number("per_page", size);
        }
        let next = if has_shrunk { Next::Number } else { Next::Url(call.url()?) };
        let before = number.saturating_sub(1).saturating_mul(size);
        let skipped = (before, before);
        Ok(Self {
            call,
            next,
            place: Place { number, size, can_shrink, has_shrunk, skipped, read: 0 },
            visited: Visited::default(),
            has_links: false,
            pages: HashSet::new(),
            previous: None,
        })
    }

    /// Reads the next page; `None` at the end.
    pub(super) async fn step<P>(&mut self) -> Result<Option<Step<P>>, Error>
    where
        P: Page + DeserializeOwned,
    {
        let Some(url) = self.next_url()? else { return Ok(None) };
        let (url, reply) = self.request(url, None).await?;
        self.take(url, reply).map(Some)
    }

    /// Takes the reply to a request as the next page.
    pub(super) fn take<P>(&mut self, url: Url, reply: Reply) -> Result<Step<P>, Error>
    where
        P: Page + DeserializeOwned,
    {
        let Reply { url: from, meta, body, span } = reply;
        let body = body.into_bytes();
        let page: Response<P> = self.call.decode(meta, &body, &span)?;
        let is_first = self.previous.is_none();
        let is_repeated = self.advance(&from, page.meta(), &*page, hash(&body));
        let is_only = is_first && matches!(self.next, Next::End);
        Ok(Step { url, page, body, is_only, is_repeated })
    }

    /// The position of the next page; `None` at the end, and before an error.
    pub(super) fn position(&self) -> Option<Position> {
        let query = match &self.next {
            Next::Url(url) => Some(url.query().unwrap_or_default().to_owned()),
            Next::Number => None,
            Next::End | Next::Fault(..) => return None,
        };
        let Self { place, has_links, previous, .. } = *self;
        Some(Position { query, place, has_links, previous })
    }

    /// Goes on at a position, as the walk that was there.
    pub(super) fn resume(call: Call, position: Position) -> Result<Self, Error> {
        let mut walk = Self::begin(call)?;
        let Position { query, place, has_links, previous } = position;
        walk.next = match query {
            None => Next::Number,
            // The path is that of the request: a position cannot lead to another one.
            Some(query) => {
                let mut url = walk.call.url()?;
                url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
                Next::Url(url)
            }
        };
        walk.place = Place { can_shrink: walk.place.can_shrink, ..place };
        walk.pages.extend(previous);
        (walk.has_links, walk.previous) = (has_links, previous);
        Ok(walk)
    }

    /// True if the next step is an error of the list.
    pub(super) fn is_faulty(&self) -> bool {
        matches!(self.next, Next::Fault(..))
    }

    pub(super) fn next_url(&mut self) -> Result<Option<Url>, Error> {
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
        self.call.data.set_query_number("per_page", self.place.size);
        self.call.data.set_query_number("page", self.place.number);
        self.call.url()
    }

    /// Requests a page. Where the server fails for it, pages of half the size are tried: one request each, which
    /// is a retry, so there is none for a call without retries. The result has the URL of the last request.
    pub(super) async fn request(
        &mut self,
        mut url: Url,
        etag: Option<&HeaderValue>,
    ) -> Result<(Url, Reply), Error> {
        let expected = etag.map_or(Expected::Json, Expected::JsonIfChanged);
        let mut result = self.call.send(url.clone(), &expected).await;
        while let Err(error) = &result
            && error.status().is_some_and(|status| matches!(status.as_u16(), 500 | 502 | 504))
            && self.place.can_halve()
            && self.call.retry().attempts > 1
            && self.call.settings.budget.spend(budget::FAILURE)
        {
            self.place.halve();
            url = self.numbered()?;
            let mut once = self.call.clone();
            once.options.retry = Some(RetryPolicy::none());
            result = once.send(url.clone(), &Expected::Json).await;
        }
        result.map(|reply| (url, reply))
    }

    /// Finds the page after the one that was read; true if that one repeats an earlier page, which is an error.
    pub(super) fn advance(&mut self, from: &Url, meta: &Meta, page: &impl Page, hash: u64) -> bool {
        let (count, links) = (page.items().len() as u64, meta.links());
        self.has_links |= links != Links::default();
        let is_known = !self.pages.insert(hash);
        let is_previous = self.previous.replace(hash) == Some(hash);
        // Pages with links may be equal if they are far apart.
        let is_repeated =
            if self.has_links { is_previous && links.next.is_some() } else { is_known };
        let is_too_large = self.place.has_shrunk && count > self.place.size;
        self.place.pass(if is_repeated { 0 } else { count });
        let fault = |fault| Next::Fault(fault, meta.clone());
        // Without links, the numbers of pages lead on.
        let has_numbers = !self.has_links && self.call.data.operation.is_numbered() && !is_repeated;
        self.next = match (links.next, page.total_count()) {
            (Some(_), _) if is_repeated => fault(PageFault::Loop),
            _ if is_too_large => fault(PageFault::TooLarge { size: self.place.size }),
            (Some(_), _) if self.place.has_shrunk => Next::Number,
            (Some(link), _) => self.linked(from, &link).map_or_else(fault, Next::Url),
            (None, Some(total)) if !self.has_links && self.place.items().0 < total => {
                let (_, items) = self.place.items();
                match has_numbers && count > 0 {
                    true => Next::Number,
                    false if items < total => fault(PageFault::Incomplete { items, total }),
                    false => Next::End,
                }
            }
            // The server does not count the items, so that only a page that is not full is known to be the last one.
            (None, None) if has_numbers && count >= self.place.size => Next::Number,
            (None, _) => Next::End,
        };
        is_repeated
    }

    /// The URL of a link, if it may be followed.
    pub(super) fn linked(&self, from: &Url, link: &str) -> Result<Url, PageFault> {
        // A renamed repository answers from another path: the link is relative to the URL of the response.
        let mut next = from.join(link).map_err(|_| PageFault::InvalidLink)?;
        if !matches!(next.scheme(), "http" | "https") || !remove_user(&mut next) {
            return Err(PageFault::InvalidLink);
        }
        let (api, base) = (&self.call.settings.api, self.call.data.operation.base());
        if api.rebases_links {
            next = api.rebased(&next, base);
        }
        if !same_origin(&next, api.of(base)) {
            return Err(PageFault::OtherOrigin(host_and_port(&next)));
        }
        if !api.contains(&next, base) {
            return Err(PageFault::OutsideApi(next.path().to_owned()));
        }
        Ok(next)
    }

    pub(super) fn call(&self) -> &Call {
        &self.call
    }

    /// The size of the pages by now.
    pub(super) fn size(&self) -> u64 {
        self.place.size
    }

    /// True if the list ended before its `total_count`.
    pub(super) fn is_incomplete(&self) -> bool {
        matches!(self.next, Next::Fault(PageFault::Incomplete { .. }, _))
    }

    fn fault(&self, fault: PageFault) -> Error {
        self.call.error(Cause::Pagination(fault))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderMap, StatusCode};
    use serde::Deserialize;

    use super::*;
    use crate::runtime::client::Client;
    use crate::runtime::client::request::{Request, kind};
    use crate::runtime::request::data::Data;
    use crate::runtime::request::operation::{Endpoint, Operation};

    pub(in crate::runtime::list) enum Labels {}

    impl Endpoint for Labels {
        const OPERATION: Operation = Operation::get("labels", "/labels");
    }

    pub(in crate::runtime::list) enum Numbered {}

    impl Endpoint for Numbered {
        const OPERATION: Operation = Operation::get("numbered", "/numbered").numbered();
    }

    #[derive(Deserialize)]
    pub(in crate::runtime::list) struct Counted {
        pub(in crate::runtime::list) total_count: u64,
        pub(in crate::runtime::list) items: Vec<u64>,
    }

    impl Page for Counted {
        type Item = u64;

        fn items(&self) -> &[u64] {
            &self.items
        }

        fn into_items(self) -> Vec<u64> {
            self.items
        }

        fn total_count(&self) -> Option<u64> {
            Some(self.total_count)
        }
    }

    pub(in crate::runtime::list) fn call<E: Endpoint>(
        url: &str,
        set: impl FnOnce(Data) -> Data,
    ) -> Call {
        let client = Client::builder().api_url(url).build().unwrap();
        let request: Request<E, kind::List<Counted>> = set(Data::of::<E>()).request(&client);
        request.begin().unwrap()
    }

    fn walk<E: Endpoint>(set: impl FnOnce(Data) -> Data) -> Walk {
        Walk::begin(call::<E>("http://127.0.0.1:1", set)).unwrap()
    }

    fn meta(link: Option<&str>) -> Meta {
        let link = link.map(|link| (http::header::LINK, HeaderValue::try_from(link).unwrap()));
        Meta::new(StatusCode::OK, HeaderMap::from_iter(link))
    }

    #[test]
    fn a_list_without_numbers_is_not_sent_a_size_and_is_not_read_by_numbers() {
        let mut walk = walk::<Labels>(|data| data);
        let url = walk.next_url().unwrap().unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:1/labels");
        assert!(!walk.place.can_halve());
        walk.advance(&url, &meta(None), &Counted { total_count: 3, items: vec![1, 2] }, 1);
        let error = walk.next_url().unwrap_err().to_string();
        assert_eq!(error, "labels: the list ended after 2 items, but the server counts 3");
        // A page that the caller sets by itself is not counted as the items before it.
        let mut walk = self::walk::<Labels>(|data| data.more_query("page", "2"));
        let url = walk.next_url().unwrap().unwrap();
        walk.advance(&url, &meta(None), &Counted { total_count: 45, items: vec![1; 15] }, 1);
        assert!(walk.next_url().unwrap().is_none());
    }

    #[test]
    fn a_list_of_more_pages_than_any_server_has_is_an_error() {
        let mut walk = walk::<Numbered>(|data| data);
        let mut pages = 0;
        let error = loop {
            match walk.next_url() {
                Ok(url) => {
                    pages += 1;
                    assert!(pages <= 10_000);
                    let url = url.unwrap();
                    assert_eq!((url.username(), url.password()), ("", None));
                    let place = "http://user:secret@127.0.0.1:1/numbered";
                    let link = format!("<{place}?page={}>; rel=\"next\"", pages + 1);
                    walk.advance(&url, &meta(Some(&link)), &vec![1], pages);
                }
                Err(error) => break error.to_string(),
            }
        };
        assert_eq!(
            (pages, error.as_str()),
            (10_000, "numbered: the list has more than 10000 pages")
        );
    }
}
