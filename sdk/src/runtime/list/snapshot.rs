//! A list that is read again and again: only the pages that have changed are transferred.

use std::collections::HashMap;
use std::mem;

use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use crate::runtime::http::{Call, Reply};
use crate::runtime::list::Page;
use crate::runtime::list::keys::hash;
use crate::runtime::list::walk::{PAGE_SIZE, Walk};
use crate::runtime::response::Meta;
use crate::runtime::response::error::Error;
use crate::runtime::url::Url;

/// The pages of a list as they were read last. Reading them again transfers only what has changed.
pub(crate) struct Snapshot<P> {
    pages: Vec<Seen<P>>,
    size: u64,
}

struct Seen<P> {
    url: Url,
    etag: Option<HeaderValue>,
    meta: Meta,
    page: P,
    hash: u64,
}

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
    /// A list that ends before its `total_count` is accepted, because it can be complete the next time.
    pub(crate) async fn refresh(&mut self, call: Call) -> Result<bool, Error> {
        let mut walk = Walk::with_size(call, self.size)?;
        let places = self.pages.iter().enumerate().map(|(index, seen)| (&seen.url, (index, seen)));
        let places: HashMap<_, _> = places.collect();
        let mut read = Vec::new();
        while !walk.is_incomplete()
            && let Some(url) = walk.next_url()?
        {
            let known = places.get(&url).copied();
            let etag = known.and_then(|(_, seen)| seen.etag.as_ref());
            let (url, reply) = walk.request(url, etag).await?;
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
                    let (page, meta) = walk.call().decode::<P>(meta, &body, &span)?.into_parts();
                    let etag = meta.etag().and_then(|etag| HeaderValue::try_from(etag).ok());
                    let seen = Seen { url, etag, meta, page, hash: hash(&body) };
                    walk.advance(&from, &seen.meta, &seen.page, seen.hash);
                    read.push(Read::New(Box::new(seen)));
                }
            }
        }
        self.size = walk.size();
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

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::runtime::list::walk::tests::{Counted, Numbered, call};

    pub(in crate::runtime::list) type Log = Arc<Mutex<Vec<(String, Option<String>)>>>;

    /// A server with a function from the query and the ETag of a request to an answer, and the requests so far.
    pub(in crate::runtime::list) async fn serve(
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
