//! Where an answer redirects to, and what may be sent there.

use std::fmt;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;

use crate::runtime::http::rate_limit::now;
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Error, ErrorKind};

/// A URL that is a credential: who has it can read what it points to until it expires.
///
/// `Debug` and `Display` hide it; [`expose`](Self::expose) gives it. Do not send a token with it: the
/// signature is all it needs, and it may point to another host.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    url: Url,
    expires_at: Timestamp,
    /// Whether the URL itself says when.
    says_so: bool,
}

/// How long a link lives where it does not say: the documented minute.
const DOCUMENTED_LIFE: Duration = Duration::from_secs(60);

impl SignedUrl {
    /// The URL itself.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// When it expires: what the URL itself says (`urlExpires`, `se`, `X-Amz-Date` and
    /// `X-Amz-Expires`), else a minute after the answer that gave it.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether the time that the URL itself names has come.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.says_so && self.expires_at < now
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Reads the `Location` of an answer to a request for `from`.
    pub(crate) fn from_location(operation: &str, from: &Url, meta: Meta) -> Result<Self, Error> {
        let url = target(operation, from, &meta)?;
        let given = meta.date().unwrap_or_else(now);
        let minute = given.checked_add(DOCUMENTED_LIFE).unwrap_or(given);
        let said = expiry(&url);
        Ok(Self { url, expires_at: said.unwrap_or(minute), says_so: said.is_some() })
    }
}

/// The place that an answer to a request for `from` redirects to.
pub(crate) fn target(operation: &str, from: &Url, meta: &Meta) -> Result<Url, Error> {
    let refuse = |why: &str| {
        let what = format!("{operation}: the answer {why}");
        Err(Error::new(ErrorKind::Redirect, what).with_meta(meta.clone()))
    };
    let Some(location) = meta.header("location").filter(|location| !location.is_empty()) else {
        return refuse("redirects, but has no readable Location (bad location)");
    };
    let Ok(mut to) = from.join(location) else {
        return refuse("redirects to what is no URL (bad location)");
    };
    if !matches!(to.scheme(), "http" | "https") {
        return refuse("redirects to a scheme other than http and https");
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return refuse("redirects from https to http (downgrade)");
    }
    // A user in a URL would be sent as a credential. It is not ours to pass on.
    if to.set_username("").and_then(|()| to.set_password(None)).is_err() {
        return refuse("redirects to a URL without a host (bad location)");
    }
    Ok(to)
}

/// Whether both have the same scheme, host and port.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}

/// `host:port`, which is what may be said of a URL.
pub(crate) fn place(url: &Url) -> String {
    let port = url.port_or_known_default().map_or(String::new(), |port| format!(":{port}"));
    format!("{}{port}", url.host_str().unwrap_or_default())
}

fn expiry(url: &Url) -> Option<Timestamp> {
    let parameter = |wanted: &str| {
        url.query_pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.into_owned())
    };
    // Storage hosts also write times without seconds, which the parser knows, and dates alone.
    let instant = |text: String| -> Option<Timestamp> {
        let midnight = || TimeZone::UTC.to_timestamp(text.parse::<Date>().ok()?.into()).ok();
        text.parse().ok().or_else(midnight)
    };
    if let Some(at) = parameter("urlExpires").or_else(|| parameter("se")).and_then(instant) {
        return Some(at);
    }
    let signed = parameter("X-Amz-Date")?;
    let signed: Timestamp = signed.parse().ok()?;
    let seconds = parameter("X-Amz-Expires")?.parse().ok()?;
    signed.checked_add(SignedDuration::from_secs(seconds)).ok()
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/[hidden]", self.url.scheme(), place(&self.url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_when_it_expires() {
        for (query, at) in [
            ("urlExpires=2020-01-22T22%3A44%3A54.1389777Z", "2020-01-22T22:44:54.1389777Z"),
            ("sp=r&se=2025-03-01T10%3A00%3A00Z", "2025-03-01T10:00:00Z"),
            ("se=2025-03-01T10%3A00Z", "2025-03-01T10:00:00Z"),
            ("se=2025-03-01", "2025-03-01T00:00:00Z"),
            ("X-Amz-Date=20250301T100000Z&X-Amz-Expires=60", "2025-03-01T10:01:00Z"),
        ] {
            let url = Url::parse(&format!("https://h/x?{query}")).unwrap();
            assert_eq!(expiry(&url).unwrap().to_string(), at);
        }
        assert!(expiry(&Url::parse("https://h/x?se=soon").unwrap()).is_none());
    }

    #[test]
    fn l05_a_redirect_from_https_to_http_is_refused_before_anything_is_sent() {
        let from = Url::parse("https://ghes.example.com/api/v3/x").unwrap();
        let headers = [(http::header::LOCATION, "http://ghes.example.com/log".parse().unwrap())];
        let meta = Meta::new(http::StatusCode::FOUND, headers.into_iter().collect());
        let error = target("op", &from, &meta).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect);
        assert!(error.to_string().contains("downgrade"), "{error}");
    }
}
