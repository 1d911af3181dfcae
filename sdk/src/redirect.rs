//! Where an answer redirects to.

use std::fmt;

use reqwest::Url;

use crate::error::{Error, ErrorKind};
use crate::response::Meta;

/// A URL that is a credential: who has it can read what it points to until it expires.
///
/// `Debug` and `Display` hide it; [`expose`](Self::expose) gives it. Do not send a token with it: the
/// signature is all it needs, and it may point to another host.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(Url);

impl SignedUrl {
    /// The URL itself.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// Reads the `Location` of an answer to a request for `from`.
    pub(crate) fn from_location(from: &Url, meta: Meta) -> Result<Self, Error> {
        let refuse = |why: &str, meta: Meta| Err(Error::unreadable(ErrorKind::Redirect, why, meta));
        let Some(location) = meta.header("location").filter(|location| !location.is_empty()) else {
            return refuse("the answer redirects, but has no readable Location", meta);
        };
        let Ok(mut to) = from.join(location) else {
            return refuse("the answer redirects to what is no URL", meta);
        };
        if !matches!(to.scheme(), "http" | "https") {
            return refuse("the answer redirects to a scheme other than http and https", meta);
        }
        if from.scheme() == "https" && to.scheme() == "http" {
            return refuse("the answer redirects from https to http", meta);
        }
        // A user in a URL would be sent as a credential. It is not ours to pass on.
        if to.set_username("").and_then(|()| to.set_password(None)).is_err() {
            return refuse("the answer redirects to a URL without a host", meta);
        }
        Ok(Self(to))
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/[hidden]", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}
