//! A whole list that is read only if one of its pages has changed.

use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::runtime::http::{Call, Reply};
use crate::runtime::list::Page;
use crate::runtime::list::keys::Known;
use crate::runtime::list::saved::{Origin, unreadable};
use crate::runtime::list::walk::{Step, Walk};
use crate::runtime::response::error::{Error, ErrorKind};
use crate::runtime::url::Url;

/// The kind of the saved text.
const KIND: &str = "list tag";

/// GitHub's size of a page, where no size is sent.
const DEFAULT_SIZE: u64 = 30;

/// The items of a whole list, and the tag of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed<T> {
    /// The items of all pages.
    pub items: Vec<T>,
    /// The tag for the next `all_if_changed`: one line of text, which holds the ETags of all pages. It is `None` if
    /// they do not show every change of the list: a server sends no ETag, or the list can get another page while
    /// its last page stays the same.
    pub tag: Option<String>,
}

/// The pages of a list as they were read: what a tag holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tag {
    /// The size of the pages.
    size: u64,
    /// The ETag of the first page.
    first: String,
    /// The other pages: path and query, and the ETag.
    rest: Vec<(String, String)>,
}

/// The pages of a tag, checked.
struct Seen {
    first: HeaderValue,
    rest: Vec<(Url, HeaderValue)>,
}

/// The result of requesting the pages of a tag.
enum Check {
    Same,
    /// The first page has changed: the list can be read from this answer on.
    First(Box<(Url, Reply)>),
    /// Another page has changed, and the pages before it are not at hand.
    Later,
}

/// Reads a list, unless all pages have the ETags of the tag.
pub(crate) async fn all_if_changed<P>(
    call: Result<Call, Error>,
    tag: Option<String>,
) -> Result<Option<Listed<P::Item>>, Error>
where
    P: Page + DeserializeOwned,
{
    let call = call?;
    let origin = Origin::of(&call)?;
    let Some(tag) = tag else {
        return read::<P>(Walk::begin(call)?, None, &origin).await.map(Some);
    };
    let tag: Tag = origin.read(KIND, &tag).map_err(|refused| call.error(refused))?;
    let mut walk = Walk::with_size(call.clone(), tag.size)?;
    let seen = Seen::of(tag, &walk).ok_or_else(|| call.error(unreadable(KIND)))?;
    let (walk, first) = match check(&mut walk, &seen).await? {
        Check::Same => return Ok(None),
        Check::First(first) => (walk, Some(*first)),
        Check::Later => (Walk::with_size(call, walk.size())?, None),
    };
    read::<P>(walk, first, &origin).await.map(Some)
}

impl Seen {
    /// `None` if the tag has a page that no list of this client has.
    fn of(tag: Tag, walk: &Walk) -> Option<Self> {
        let base = &walk.call().settings.api.base;
        let page = |(link, etag): (String, String)| {
            Some((walk.linked(base, &link).ok()?, HeaderValue::try_from(etag).ok()?))
        };
        let rest = tag.rest.into_iter().map(page).collect::<Option<_>>()?;
        Some(Self { first: HeaderValue::try_from(tag.first).ok()?, rest })
    }
}

/// Requests the pages by their ETags, up to the first one that has changed.
async fn check(walk: &mut Walk, seen: &Seen) -> Result<Check, Error> {
    let Some(url) = walk.next_url()? else { return Ok(Check::Later) };
    let (url, reply) = walk.request(url, Some(&seen.first)).await?;
    if reply.meta.status() != StatusCode::NOT_MODIFIED {
        return Ok(Check::First(Box::new((url, reply))));
    }
    let mut is_same = is_same(&reply, seen.rest.is_empty());
    for (number, (url, etag)) in (1..).zip(&seen.rest) {
        if !is_same {
            break;
        }
        is_same = match walk.request(url.clone(), Some(etag)).await {
            Ok((_, reply)) => self::is_same(&reply, number == seen.rest.len()),
            // Some servers refuse a page that is beyond the end of the list.
            Err(error) if error.kind() == ErrorKind::Status && !error.is_retryable() => false,
            Err(error) => return Err(error),
        };
    }
    Ok(if is_same { Check::Same } else { Check::Later })
}

/// True if a page is the same, and is still the last one or still not. Links can be newer than the page.
fn is_same(reply: &Reply, is_last: bool) -> bool {
    let has_next = || reply.meta.links().next.is_some();
    reply.meta.status() == StatusCode::NOT_MODIFIED
        && (!reply.meta.has("link") || has_next() != is_last)
}

/// Reads a list to its end, perhaps from the answer for its first page on.
async fn read<P: Page + DeserializeOwned>(
    mut walk: Walk,
    first: Option<(Url, Reply)>,
    origin: &Origin,
) -> Result<Listed<P::Item>, Error> {
    let (mut items, mut known, mut pages) = (Vec::new(), Known::default(), Some(Vec::new()));
    let size = walk.call().data.query_value("per_page").and_then(|size| size.parse().ok());
    let (mut full, mut can_grow) = (size.unwrap_or(DEFAULT_SIZE), false);
    let mut next = match first {
        Some((url, reply)) => Some(walk.take::<P>(url, reply)?),
        None => walk.step::<P>().await?,
    };
    while let Some(step) = next {
        let count = step.page.items().len() as u64;
        can_grow = step.page.total_count().is_none() && count >= full;
        full = full.min(count);
        pages = pages.and_then(|pages| with_page(pages, &step));
        items.extend(step.new_items(&mut known));
        next = walk.step::<P>().await?;
    }
    let pages = pages.filter(|_| !can_grow).map(Vec::into_iter);
    let tag = pages.and_then(|mut pages| {
        let (_, first) = pages.next()?;
        origin.save(KIND, &Tag { size: walk.size(), first, rest: pages.collect() })
    });
    Ok(Listed { items, tag })
}

/// The pages of a tag with one more; `None` if it has no ETag.
fn with_page<P>(mut pages: Vec<(String, String)>, step: &Step<P>) -> Option<Vec<(String, String)>> {
    let etag = step.page.meta().etag()?.to_owned();
    let (path, query) = (step.url.path(), step.url.query());
    let link = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    pages.push((link, etag));
    Some(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::list::snapshot::tests::serve;
    use crate::runtime::list::walk::tests::{Labels, Numbered, call};
    use crate::runtime::request::data::Data;
    use crate::runtime::request::operation::Endpoint;

    /// True if a list of these pages has a tag.
    async fn has_tag<E: Endpoint>(pages: &'static [usize], set: impl FnOnce(Data) -> Data) -> bool {
        let (url, _) = serve(|query, _| {
            let number = query.split('&').find_map(|pair| pair.strip_prefix("page="));
            let number = number.map_or(1, |number| number.parse::<usize>().unwrap());
            let count = pages.get(number - 1).copied().unwrap_or_default();
            let body = serde_json::to_string(&vec![number; count]).unwrap();
            let link = format!("link: </x?page={}>; rel=\"next\"\r\n", number + 1);
            let link = if number < pages.len() { link } else { String::new() };
            let length = body.len();
            (200, format!("etag: \"a\"\r\n{link}content-length: {length}\r\n\r\n{body}"))
        })
        .await;
        let listed = all_if_changed::<Vec<u64>>(Ok(call::<E>(&url, set)), None).await;
        listed.unwrap().unwrap().tag.is_some()
    }

    /// Such a page is the same when another one follows it.
    #[tokio::test(start_paused = true)]
    async fn a_list_without_a_count_whose_last_page_is_full_has_no_tag() {
        for (pages, expected) in [
            (&[0][..], true),
            (&[99], true),
            // Without links, the page after a full one is requested too: it is empty.
            (&[100], true),
            (&[100, 99], true),
            (&[100, 100], false),
            // The server has smaller pages than it is asked for.
            (&[30, 29], true),
            (&[30, 30], false),
        ] {
            assert_eq!(has_tag::<Numbered>(pages, |data| data).await, expected, "{pages:?}");
        }
        let pages_of_50 = |data: Data| data.query("per_page", 50);
        assert!(has_tag::<Numbered>(&[50], pages_of_50).await);
        assert!(!has_tag::<Numbered>(&[50, 50], pages_of_50).await);
        // No size is sent, so that the server has pages of 30.
        assert!(has_tag::<Labels>(&[29], |data| data).await);
        assert!(!has_tag::<Labels>(&[30], |data| data).await);
    }
}
