//! An answer: the value, and what came with it.

pub(crate) mod decode;
pub(crate) mod error;
#[allow(
    unused_imports,
    unused_macros,
    reason = "which macros generated code uses depends on the operations"
)]
pub(crate) mod open_enum;

use std::fmt;
use std::ops::Deref;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

/// A decoded answer. It derefs to the value; what came with it is behind [`meta`](Self::meta).
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let job = client.get_job("octo-org", "octo-repo", 399_444_496).send().await?;
/// println!("{} (request {:?})", job.name, job.meta().request_id());
/// let job = job.into_inner();
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    meta: Meta,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, meta: Meta) -> Self {
        Self { value, meta }
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// What came with the value.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Status and headers of an answer.
#[derive(Clone)]
pub struct Meta {
    status: StatusCode,
    headers: HeaderMap,
}

/// How much of the server's limit is used, as it says with each answer. GitHub Enterprise Server has
/// no limits unless they are turned on, and then sends nothing of this.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many requests the window allows.
    pub limit: u64,
    /// How many are left.
    pub remaining: u64,
    /// How many are used; not sent by every version.
    pub used: Option<u64>,
    /// When the window ends, by the server's clock.
    pub reset: Timestamp,
    /// What the limit is for, such as `core`; sent since 2022.
    pub resource: Option<String>,
}

/// The pages around a page, as the server links to them (`Link`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Links {
    /// The next page; `None` on the last one.
    pub next: Option<String>,
    /// The page before.
    pub prev: Option<String>,
    /// The first page.
    pub first: Option<String>,
    /// The last page; not sent with the last page itself.
    pub last: Option<String>,
}

impl Meta {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap) -> Self {
        Self { status, headers }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The request id (`X-GitHub-Request-Id`), which support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-github-request-id")
    }

    /// The version of the server (`X-GitHub-Enterprise-Version`); only GitHub Enterprise Server sends
    /// it.
    pub fn server_version(&self) -> Option<&str> {
        self.header("x-github-enterprise-version")
    }

    /// The entity tag of the answer, as it came.
    pub fn etag(&self) -> Option<&str> {
        self.header("etag")
    }

    /// How much of the server's limit is used; `None` where it does not say, which is normal for
    /// GitHub Enterprise Server.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let number = |name: &str| self.header(name)?.trim().parse::<u64>().ok();
        let reset = i64::try_from(number("x-ratelimit-reset")?).ok()?;
        Some(RateLimit {
            limit: number("x-ratelimit-limit")?,
            remaining: number("x-ratelimit-remaining")?,
            used: number("x-ratelimit-used"),
            reset: Timestamp::from_second(reset).ok()?,
            resource: self.header("x-ratelimit-resource").map(str::to_owned),
        })
    }

    /// The pages around this one.
    pub fn links(&self) -> Links {
        let mut links = Links::default();
        for value in self.headers.get_all("link") {
            // A byte that is no text makes one URL odd, not the list short.
            for (relation, url) in relations(&String::from_utf8_lossy(value.as_bytes())) {
                let link = match relation {
                    "next" => &mut links.next,
                    "prev" => &mut links.prev,
                    "first" => &mut links.first,
                    "last" => &mut links.last,
                    _ => continue,
                };
                *link = Some(url.to_owned());
            }
        }
        links
    }

    /// A header of the answer; `None` where it is missing or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The server's clock, where it says.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        self.header("date").and_then(http_date)
    }

    /// Whether the header is there, text or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }
}

/// `<url>; rel="next", <url>; rel="last"`, in any order of parameters. A comma may stand in a URL.
fn relations(header: &str) -> Vec<(&str, &str)> {
    let mut relations = Vec::new();
    for part in header.split('<').skip(1) {
        let Some((url, parameters)) = part.split_once('>') else { continue };
        for parameter in parameters.split([';', ',']) {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            if name.trim().eq_ignore_ascii_case("rel") {
                let names = value.trim().trim_matches('"').split_whitespace();
                relations.extend(names.map(|name| (name, url)));
            }
        }
    }
    relations
}

/// A time as HTTP has it: `Mon, 05 Apr 2021 13:14:51 GMT`, or one of its two old forms.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let old = |form: &str| {
        TimeZone::UTC.to_timestamp(strtime::parse(form, text).ok()?.to_datetime().ok()?).ok()
    };
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    date.or_else(|| old("%A, %d-%b-%y %H:%M:%S GMT")).or_else(|| old("%a %b %e %H:%M:%S %Y"))
}

// `location` and `set-cookie` are secrets, so no header value is printed.
impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(headers: &[(&'static str, &str)]) -> Meta {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Meta::new(StatusCode::OK, map)
    }

    #[test]
    fn links_are_read_in_any_order_of_parameters() {
        let link = "<https://a/x?b=1,2&page=2>; rel=\"next\", <https://a/l>; title=\"t\"; rel=last";
        let links = meta(&[("link", link), ("link", "<https://a/f>;rel=\"first prev\"")]).links();
        assert_eq!(links.next.as_deref(), Some("https://a/x?b=1,2&page=2"));
        assert_eq!(links.last.as_deref(), Some("https://a/l"));
        assert_eq!(
            (links.first.as_deref(), links.prev.as_deref()),
            (Some("https://a/f"), Some("https://a/f"))
        );
        for date in [
            "Mon, 05 Apr 2021 13:14:51 GMT",
            "Monday, 05-Apr-21 13:14:51 GMT",
            "Mon Apr  5 13:14:51 2021",
        ] {
            assert_eq!(http_date(date).unwrap().as_second(), 1_617_628_491, "{date}");
        }
        assert!(http_date("Mon, 31 Dec 262142 23:59:59 GMT").is_none());
        assert_eq!(meta(&[("link", "nonsense, <a; rel=next")]).links(), Links::default());
    }

    #[test]
    fn a_limit_is_read_where_the_server_says_one() {
        let limited = [
            ("x-ratelimit-limit", "5000"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1617629340"),
        ];
        let limit = meta(&limited).rate_limit().unwrap();
        assert_eq!((limit.limit, limit.remaining, limit.used), (5000, 0, None));
        assert_eq!(limit.reset.to_string(), "2021-04-05T13:29:00Z");
        assert!(meta(&[]).rate_limit().is_none());
    }
}
