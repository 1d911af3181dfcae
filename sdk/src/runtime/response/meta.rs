//! Status and headers of a response.

use std::fmt;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::runtime::clock::http_date;

/// Status and headers of a response.
#[derive(Clone)]
pub struct Meta {
    status: StatusCode,
    headers: HeaderMap,
}

/// A rate limit of the server, and the part of it that is used. github.com sends it with each response. GitHub
/// Enterprise Server has no rate limits by default, and then sends none of these headers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The requests that the window allows.
    pub limit: u64,
    /// The requests that are left.
    pub remaining: u64,
    /// The requests that are used. Older servers do not send it.
    pub used: Option<u64>,
    /// When the window ends, by the server's clock.
    pub reset: Timestamp,
    /// The resource that the limit is for, such as `core`. Servers send it since 2022.
    pub resource: Option<String>,
}

/// The links of a page to other pages of its list (`Link`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Links {
    /// The next page; `None` on the last one.
    pub next: Option<String>,
    /// The previous page.
    pub prev: Option<String>,
    /// The first page.
    pub first: Option<String>,
    /// The last page. The last page itself does not have this link.
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

    /// The request id (`X-GitHub-Request-Id`). GitHub's support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-github-request-id")
    }

    /// The request id, if it has the form of one, which no token has: hexadecimal digits in parts.
    pub(crate) fn plain_request_id(&self) -> Option<&str> {
        let is_id = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '-');
        let id = self.request_id().filter(|id| id.len() <= 128 && id.chars().all(is_id))?;
        id.contains([':', '-']).then_some(id)
    }

    /// The version of the server (`X-GitHub-Enterprise-Version`). Only GitHub Enterprise Server sends it.
    pub fn server_version(&self) -> Option<&str> {
        self.header("x-github-enterprise-version")
    }

    /// The ETag of the response, for `send_if_changed`.
    pub fn etag(&self) -> Option<&str> {
        self.header("etag")
    }

    /// When the operation was deprecated (`Deprecation`), as the server writes it: `@` and seconds since 1970, or a
    /// date. `None` if it is not deprecated.
    pub fn deprecation(&self) -> Option<&str> {
        self.header("deprecation")
    }

    /// When the operation stops working (`Sunset`); `None` if the server does not say so.
    pub fn sunset(&self) -> Option<Timestamp> {
        self.header("sunset").and_then(http_date)
    }

    /// The rate limit that this response counts for; `None` if the server sends none, which is normal for GitHub
    /// Enterprise Server.
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

    /// The links to other pages of the list.
    pub fn links(&self) -> Links {
        let mut links = Links::default();
        for value in self.headers.get_all("link") {
            // One invalid byte must not hide the other links.
            for (relation, url) in relations(&String::from_utf8_lossy(value.as_bytes())) {
                let link = match relation.to_ascii_lowercase().as_str() {
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

    /// A header of the response; `None` if it is missing or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The URL in `X-GitHub-SSO: required; url=..`.
    pub(crate) fn sso_url(&self) -> Option<&str> {
        let (kind, rest) = self.header("x-github-sso")?.split_once(';')?;
        // A URL can contain a semicolon.
        let url = rest.trim().strip_prefix("url=")?.trim();
        (kind.trim() == "required" && !url.is_empty()).then_some(url)
    }

    /// The time at which the server made the response (`Date`), by its own clock.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        self.header("date").and_then(http_date)
    }

    /// True if the response has the header, text or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }
}

/// Parses `<url>; rel="next", <url>; rel="last"`, in any order of parameters. A URL can contain a comma.
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

// `location` and `set-cookie` are secrets, so `Debug` prints no header value.
impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("status", &self.status)
            .field("request_id", &self.plain_request_id())
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
        assert_eq!(meta(&[("link", "nonsense, <a; rel=next")]).links(), Links::default());
    }

    #[test]
    fn a_rate_limit_is_read_from_its_headers() {
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

    #[test]
    fn a_url_is_read_from_a_required_sso_only() {
        let url = |value: &str| meta(&[("x-github-sso", value)]).sso_url().map(str::to_owned);
        let sso = "https://github.com/orgs/o/sso?authorization_request=A;B";
        assert_eq!(url(&format!("required; url={sso}")).as_deref(), Some(sso));
        assert_eq!(url(&format!("required;url={sso} ")).as_deref(), Some(sso));
        for other in ["partial-results; organizations=1,2", "required", "required; url=", "url=x"] {
            assert_eq!(url(other), None, "{other}");
        }
    }
}
