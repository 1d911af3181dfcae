//! The follower of redirects: for the API's own, which keep the token, and for those of content.

use http::header::LOCATION;

use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, Error, RedirectFault};
use crate::runtime::url::{Url, Visited, host_and_port, remove_user, same_origin};

/// The redirects of one call.
pub(crate) struct Redirects {
    at: Url,
    visited: Visited,
    most: usize,
    same_origin: bool,
}

impl Redirects {
    /// For a request of the API: at most five redirects, all of them to the same origin.
    pub(crate) fn of_api(url: Url) -> Self {
        Self::from(url, 5, true)
    }

    /// For content, which is fetched without credentials: at most three redirects.
    pub(crate) fn of_content(url: Url) -> Self {
        Self::from(url, 3, false)
    }

    fn from(url: Url, most: usize, same_origin: bool) -> Self {
        let mut visited = Visited::default();
        visited.add(&url);
        Self { at: url, visited, most, same_origin }
    }

    /// The URL to request.
    pub(crate) fn at(&self) -> &Url {
        &self.at
    }

    pub(crate) fn into_url(self) -> Url {
        self.at
    }

    /// Goes on to the URL that a response redirects to.
    pub(crate) fn follow(&mut self, meta: &Meta) -> Result<(), Error> {
        let next = target(&self.at, meta)?;
        if self.same_origin && !same_origin(&self.at, &next) {
            return Err(fault(RedirectFault::OtherOrigin(host_and_port(&next)), meta));
        }
        if !self.visited.add(&next) {
            return Err(fault(RedirectFault::Loop, meta));
        }
        if self.visited.len() > self.most + 1 {
            return Err(fault(RedirectFault::TooMany(self.most), meta));
        }
        self.at = next;
        Ok(())
    }
}

/// True for the statuses that redirect a GET.
pub(crate) fn is_redirect(status: http::StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The URL that a response to a request for `from` redirects to.
pub(crate) fn target(from: &Url, meta: &Meta) -> Result<Url, Error> {
    let refuse = |reason| Err(fault(reason, meta));
    let location = meta.header(LOCATION.as_str()).filter(|location| !location.is_empty());
    let Some(location) = location else { return refuse(RedirectFault::NoLocation) };
    let Ok(mut to) = from.join(location) else { return refuse(RedirectFault::InvalidLocation) };
    if !matches!(to.scheme(), "http" | "https") {
        return refuse(RedirectFault::Scheme);
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return refuse(RedirectFault::Downgrade);
    }
    if !remove_user(&mut to) {
        return refuse(RedirectFault::InvalidLocation);
    }
    Ok(to)
}

pub(crate) fn fault(fault: RedirectFault, meta: &Meta) -> Error {
    Error::from(Cause::Redirect(fault)).with_meta(meta.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::response::error::ErrorKind;

    fn found(location: &str) -> Meta {
        let headers = [(LOCATION, location.parse().unwrap())];
        Meta::new(http::StatusCode::FOUND, headers.into_iter().collect())
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_redirect_from_https_to_http_is_refused() {
        for mut redirects in
            [Redirects::of_api, Redirects::of_content].map(|of| of(url("https://a/x")))
        {
            let error = redirects.follow(&found("http://a/log")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Redirect);
            assert!(error.to_string().contains("from https to http"), "{error}");
            assert_eq!(redirects.at(), &url("https://a/x"));
        }
    }

    #[test]
    fn only_content_is_on_another_origin() {
        for other in ["https://b/x", "https://a:8443/x"] {
            let error = Redirects::of_api(url("https://a/x")).follow(&found(other)).unwrap_err();
            assert!(error.to_string().contains("another origin"), "{error}");
            Redirects::of_content(url("https://a/x")).follow(&found(other)).unwrap();
        }
    }

    #[test]
    fn a_fragment_does_not_hide_a_loop() {
        let mut redirects = Redirects::of_api(url("https://a/x"));
        redirects.follow(&found("/y#1")).unwrap();
        let error = redirects.follow(&found("/y#2")).unwrap_err();
        assert!(error.to_string().contains("repeats"), "{error}");
    }

    #[test]
    fn a_chain_of_redirects_ends() {
        for (mut redirects, most) in [
            (Redirects::of_api(url("https://a/0")), 5),
            (Redirects::of_content(url("https://a/0")), 3),
        ] {
            for hop in 1..=most {
                redirects.follow(&found(&format!("/{hop}"))).unwrap();
            }
            assert!(redirects.follow(&found("/last")).is_err());
        }
    }

    #[test]
    fn a_user_in_a_location_is_not_kept() {
        let to = target(&url("https://a/x"), &found("https://u:p@b/log")).unwrap();
        assert_eq!(to.as_str(), "https://b/log");
    }
}
