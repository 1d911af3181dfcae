//! The signed URL that the API redirects to.

use std::fmt;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::runtime::clock::now;
use crate::runtime::http::redirect::target;
use crate::runtime::response::Meta;
use crate::runtime::response::error::Error;
use crate::runtime::text::one_line;
use crate::runtime::url::{Url, host_and_port};

/// A URL that is a credential: it gives access to the content until it expires.
///
/// `Debug` and `Display` hide it; [`expose`](Self::expose) returns it. Do not send a token with it: the
/// signature is enough, and the URL can be on another host.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    url: Url,
    expires_at: Timestamp,
    /// True if the URL itself contains the time.
    is_declared: bool,
}

/// The lifetime of a URL that does not declare one: the documented minute.
const DOCUMENTED_LIFETIME: Duration = Duration::from_secs(60);

impl SignedUrl {
    /// The URL.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// The time at which it expires: the time in the URL itself (`urlExpires`, `se`, or `X-Amz-Date` and
    /// `X-Amz-Expires`, or the same two with `X-Goog`), else a minute after the response that contained the URL.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// True if the time in the URL itself has passed.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.is_declared && self.expires_at < now
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Reads the `Location` of a response to a request for `from`.
    pub(crate) fn from_location(from: &Url, meta: &Meta) -> Result<Self, Error> {
        let url = target(from, meta)?;
        let sent_at = meta.date().unwrap_or_else(now);
        let documented = sent_at.checked_add(DOCUMENTED_LIFETIME).unwrap_or(sent_at);
        let declared = expiry(&url);
        let expires_at = declared.unwrap_or(documented);
        Ok(Self { url, expires_at, is_declared: declared.is_some() })
    }
}

fn expiry(url: &Url) -> Option<Timestamp> {
    let parameter = |expected: &str| {
        url.query_pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case(expected))
            .map(|(_, value)| value.into_owned())
    };
    // Storage hosts also write times without seconds, which the parser accepts, and dates alone.
    let instant = |text: String| -> Option<Timestamp> {
        let midnight = || TimeZone::UTC.to_timestamp(text.parse::<Date>().ok()?.into()).ok();
        text.parse().ok().or_else(midnight)
    };
    if let Some(at) = parameter("urlExpires").or_else(|| parameter("se")).and_then(instant) {
        return Some(at);
    }
    ["X-Amz", "X-Goog"].into_iter().find_map(|vendor| {
        let signed: Timestamp = parameter(&format!("{vendor}-Date"))?.parse().ok()?;
        let seconds = parameter(&format!("{vendor}-Expires"))?.parse().ok()?;
        signed.checked_add(SignedDuration::from_secs(seconds)).ok()
    })
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name cannot contain the token: such a URL is refused.
        write!(f, "{}://{}/[hidden]", self.url.scheme(), one_line(&host_and_port(&self.url)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expiry_of_each_kind_of_storage_is_read() {
        for (query, at) in [
            ("urlExpires=2020-01-22T22%3A44%3A54.1389777Z", "2020-01-22T22:44:54.1389777Z"),
            ("sp=r&se=2025-03-01T10%3A00%3A00Z", "2025-03-01T10:00:00Z"),
            ("se=2025-03-01T10%3A00Z", "2025-03-01T10:00:00Z"),
            ("se=2025-03-01", "2025-03-01T00:00:00Z"),
            ("X-Amz-Date=20250301T100000Z&X-Amz-Expires=60", "2025-03-01T10:01:00Z"),
            ("X-Goog-Expires=60&X-Goog-Date=20250301T100000Z", "2025-03-01T10:01:00Z"),
        ] {
            let url = Url::parse(&format!("https://h/x?{query}")).unwrap();
            assert_eq!(expiry(&url).unwrap().to_string(), at);
        }
        assert!(expiry(&Url::parse("https://h/x?se=soon").unwrap()).is_none());
    }
}
