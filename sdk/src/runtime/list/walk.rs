//! The way through a list: which page comes next, and whether it may be requested.

use std::collections::HashSet;
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

/// The place in a list whose pages have numbers.
#[derive(Clone, Copy)]
struct Place {
    /// The number of the next page, from 1.
    number: u64,
    size: u64,
    /// True if the caller leaves the size to the client, and the list has pages by number.
    can_shrink: bool,
    /// True after the server failed for larger pages. Then links are those of the wrong size.
    has_shrunk: bool,
    /// The items of the pages that the caller skips: at least, because the server can have smaller pages than it
    /// is asked for, and at most.
    skipped: (u64, u64),
    /// The items of the pages that were read.
    read: u64,
}

enum Next {
    Url(Url),
    Number,
    End,
    Fault(PageFault, Meta),
}

/// A page that was read.
pub(super) struct Step<P> {
    pub(super) page: Response<P>,
    body: Vec<u8>,
    /// True if no other page has the items of this one.
    is_only: bool,
    /// True if the page as a whole is that of an earlier answer.
    is_repeated: bool,
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

    fn with_size(mut call: Call, size: u64) -> Result<Self, Error> {
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
        let (_, Reply { url, meta, body, span }) = self.request(url, None).await?;
        let body = body.into_bytes();
        let page: Response<P> = self.call.decode(meta, &body, &span)?;
        let is_first = self.previous.is_none();
        let is_repeated = self.advance(&url, page.meta(), &*page, hash(&body));
        let is_only = is_first && matches!(self.next, Next::End);
        Ok(Some(Step { page, body, is_only, is_repeated }))
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
        self.call.data.set_query_number("per_page", self.place.size);
        self.call.data.set_query_number("page", self.place.number);
        self.call.url()
    }

    /// Requests a page. Where the server fails for it, pages of half the size are tried: one request each, which
    /// is a retry, so there is none for a call without retries. The result has the URL of the last request.
    async fn request(
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
    fn advance(&mut self, from: &Url, meta: &Meta, page: &impl Page, hash: u64) -> bool {
        let (count, links) = (page.items().len() as u64, meta.links());
        self.has_links |= meta.has("link");
        let is_known = !self.pages.insert(hash);
        let is_previous = self.previous.replace(hash) == Some(hash);
        // Pages with links may be equal if they are far apart.
        let is_repeated =
            if self.has_links { is_previous && links.next.is_some() } else { is_known };
        let is_too_large = self.place.has_shrunk && count > self.place.size;
        self.place.pass(if is_repeated { 0 } else { count });
        let fault = |fault| Next::Fault(fault, meta.clone());
        self.next = match (links.next, page.total_count()) {
            (Some(_), _) if is_repeated => fault(PageFault::Loop),
            _ if is_too_large => fault(PageFault::TooLarge { size: self.place.size }),
            (Some(_), _) if self.place.has_shrunk => Next::Number,
            (Some(link), _) => self.linked(from, &link).map_or_else(fault, Next::Url),
            (None, Some(total)) if !self.has_links && self.place.items().0 < total => {
                // Without links, the numbers of pages lead on.
                let (_, items) = self.place.items();
                let goes_on = self.call.data.operation.is_numbered() && count > 0 && !is_repeated;
                match goes_on {
                    true => Next::Number,
                    false if items < total => fault(PageFault::Incomplete { items, total }),
                    false => Next::End,
                }
            }
            (None, _) => Next::End,
        };
        is_repeated
    }

    /// The URL of a link, if it may be followed.
    fn linked(&self, from: &Url, link: &str) -> Result<Url, PageFault> {
        // A renamed repository answers from another path: the link is relative to the URL of the response.
        let mut next = from.join(link).map_err(|_| PageFault::InvalidLink)?;
        if !matches!(next.scheme(), "http" | "https") || !remove_user(&mut next) {
            return Err(PageFault::InvalidLink);
        }
        let api = &self.call.settings.api;
        if api.rebases_links {
            next = api.rebased(&next);
        }
        if !same_origin(&next, &api.base) {
            return Err(PageFault::OtherOrigin(host_and_port(&next)));
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

impl Place {
    /// True if pages of half the size lead on from here. If the pages so far had fewer items than were asked for,
    /// the server may not look at the size, and another page would have this number.
    fn can_halve(&self) -> bool {
        let before = self.number.saturating_sub(1).saturating_mul(self.size);
        self.can_shrink && self.size > SMALLEST && self.items().1 == before
    }

    /// Page k of 100 is the pages 2k-1 and 2k of 50.
    fn halve(&mut self) {
        self.size /= 2;
        self.number = self.number.saturating_sub(1).saturating_mul(2).saturating_add(1);
        self.has_shrunk = true;
    }

    /// Goes on to the next page, after one with this number of items.
    fn pass(&mut self, count: u64) {
        if self.read == 0 {
            let skipped = self.number.saturating_sub(1).saturating_mul(count);
            self.skipped.0 = skipped.min(self.skipped.1);
        }
        self.read = self.read.saturating_add(count);
        self.number = self.number.saturating_add(1);
    }

    /// The items so far, at least and at most.
    fn items(&self) -> (u64, u64) {
        (self.skipped.0.saturating_add(self.read), self.skipped.1.saturating_add(self.read))
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
            let (url, reply) = walk.request(url.clone(), etag).await?;
            let Reply { url: from, meta, body, span } = reply;
            match known {
                Some((index, seen)) if meta.status() == StatusCode::NOT_MODIFIED => {
                    // The links can be newer than the page.
                    let meta = if meta.has("link") { &meta } else { &seen.meta };
                    walk.advance(&from, meta, &seen.page, seen.hash);
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
        self.size = walk.place.size;
        let is_same =
            |(at, page): (usize, &Read<P>)| matches!(page, Read::Same(index) if *index == at);
        let has_changed = read.len() != self.pages.len() || !read.iter().enumerate().all(is_same);
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::HeaderMap;
    use serde::Deserialize;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::runtime::client::Client;
    use crate::runtime::client::request::{Request, kind};
    use crate::runtime::request::data::Data;
    use crate::runtime::request::operation::{Endpoint, Operation};

    enum Labels {}

    impl Endpoint for Labels {
        const OPERATION: Operation = Operation::get("labels", "/labels");
    }

    enum Numbered {}

    impl Endpoint for Numbered {
        const OPERATION: Operation = Operation::get("numbered", "/numbered").numbered();
    }

    #[derive(Deserialize)]
    struct Counted {
        total_count: u64,
        items: Vec<u64>,
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

    fn call<E: Endpoint>(url: &str, set: impl FnOnce(Data) -> Data) -> Call {
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

    type Log = Arc<Mutex<Vec<(String, Option<String>)>>>;

    /// A server with a function from the query and the ETag of a request to an answer, and the requests so far.
    async fn serve(
        answer: impl Fn(&str, Option<&str>) -> (u16, String) + Send + Sync + 'static,
    ) -> (String, Log) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (url, log) = (format!("http://{}", listener.local_addr().unwrap()), Log::default());
        let requests = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let query = head.split(['?', ' ']).nth(2).unwrap().to_owned();
                let etag = head.lines().find_map(|line| line.strip_prefix("if-none-match: "));
                requests.lock().unwrap().push((query.clone(), etag.map(str::to_owned)));
                let (status, rest) = answer(&query, etag);
                let head = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n{rest}");
                stream.write_all(head.as_bytes()).await.unwrap();
            }
        });
        (url, log)
    }

    /// Headers and body of a page.
    fn page(etag: &str, next: Option<&str>, items: &[u64]) -> (u16, String) {
        let body = serde_json::json!({"total_count": 0, "items": items}).to_string();
        let link = next.map(|next| format!("link: </numbered?{next}>; rel=\"next\"\r\n"));
        let link = link.unwrap_or_default();
        let length = body.len();
        (200, format!("etag: {etag}\r\n{link}content-length: {length}\r\n\r\n{body}"))
    }

    fn unchanged() -> (u16, String) {
        (304, "content-length: 0\r\n\r\n".to_owned())
    }

    fn failure() -> (u16, String) {
        (502, "content-length: 0\r\n\r\n".to_owned())
    }

    fn items(snapshot: &Snapshot<Counted>) -> Vec<Vec<u64>> {
        snapshot.pages().map(|page| page.items.clone()).collect()
    }

    fn queries(log: &Log) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut *log.lock().unwrap())
    }

    fn asked(queries: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        let owned =
            |(query, etag): &(&str, Option<&str>)| ((*query).to_owned(), etag.map(str::to_owned));
        queries.iter().map(owned).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_is_read_again_transfers_only_what_has_changed() {
        let state = Arc::new(Mutex::new(0));
        let now = Arc::clone(&state);
        let (url, log) = serve(move |query, etag| {
            let (first, second) = (Some("page=2&per_page=100"), Some("page=3&per_page=100"));
            match (query, *now.lock().unwrap()) {
                ("per_page=100", _) if etag == Some("\"1\"") => unchanged(),
                ("per_page=100", _) => page("\"1\"", first, &[1, 2]),
                ("page=2&per_page=100", 0) => page("\"2\"", second, &[3]),
                // Page 3 is gone.
                ("page=2&per_page=100", 1) => page("\"2b\"", None, &[4]),
                ("page=2&per_page=100", 2) if etag == Some("\"2b\"") => unchanged(),
                ("page=2&per_page=100", 3) => (404, "content-length: 0\r\n\r\n".to_owned()),
                // The links are newer than the page.
                ("page=2&per_page=100", 4) => {
                    (304, "link: </numbered?page=3&per_page=100>; rel=\"next\"\r\n\r\n".to_owned())
                }
                ("page=2&per_page=100", 5) => page("\"2c\"", second, &[6]),
                ("page=3&per_page=100", _) => page("\"3\"", None, &[5]),
                other => panic!("{other:?}"),
            }
        })
        .await;
        let call = || call::<Numbered>(&url, |data| data);
        let mut snapshot = Snapshot::new();
        assert!(snapshot.refresh(call()).await.unwrap());
        assert_eq!(items(&snapshot), [vec![1, 2], vec![3], vec![5]]);
        queries(&log);

        *state.lock().unwrap() = 1;
        assert!(snapshot.refresh(call()).await.unwrap());
        assert_eq!(items(&snapshot), [vec![1, 2], vec![4]]);
        let (one, two) = ("per_page=100", "page=2&per_page=100");
        assert_eq!(queries(&log), asked(&[(one, Some("\"1\"")), (two, Some("\"2\""))]));

        *state.lock().unwrap() = 2;
        assert!(!snapshot.refresh(call()).await.unwrap());
        assert_eq!(items(&snapshot), [vec![1, 2], vec![4]]);

        *state.lock().unwrap() = 3;
        snapshot.refresh(call()).await.unwrap_err();
        assert_eq!(items(&snapshot), [vec![1, 2], vec![4]], "an error changes nothing");

        *state.lock().unwrap() = 4;
        assert!(snapshot.refresh(call()).await.unwrap());
        assert_eq!(items(&snapshot), [vec![1, 2], vec![4], vec![5]]);

        *state.lock().unwrap() = 5;
        assert!(snapshot.refresh(call()).await.unwrap(), "as many pages, but one has changed");
        assert_eq!(items(&snapshot), [vec![1, 2], vec![6], vec![5]]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_is_read_again_keeps_the_size_that_the_server_can_make() {
        let (url, log) = serve(|query, etag| match query {
            "per_page=100" => failure(),
            "page=1&per_page=50" if etag.is_some() => unchanged(),
            "page=1&per_page=50" => page("\"1\"", Some("page=9"), &[1]),
            "page=2&per_page=50" if etag.is_some() => unchanged(),
            "page=2&per_page=50" => page("\"2\"", None, &[2]),
            other => panic!("{other:?}"),
        })
        .await;
        let call = || call::<Numbered>(&url, |data| data);
        let mut snapshot = Snapshot::new();
        assert!(snapshot.refresh(call()).await.unwrap());
        assert_eq!(items(&snapshot), [[1], [2]]);
        let (whole, one, two) = ("per_page=100", "page=1&per_page=50", "page=2&per_page=50");
        let expected = [(whole, None), (whole, None), (whole, None), (one, None), (two, None)];
        assert_eq!(queries(&log), asked(&expected));
        assert!(!snapshot.refresh(call()).await.unwrap());
        assert_eq!(items(&snapshot), [[1], [2]]);
        assert_eq!(queries(&log), asked(&[(one, Some("\"1\"")), (two, Some("\"2\""))]));
    }
}
