//! The follower of redirects: for the API's own, which keep the token, and for those of content.

use http::header::LOCATION;

use crate::runtime::request::operation::Base;
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, Error, RedirectFault};
use crate::runtime::settings::server::ApiUrl;
use crate::runtime::url::{Url, Visited, host_and_port, remove_user, same_origin};

/// The redirects of one call.
pub(crate) struct Redirects<'a> {
    at: Url,
    /// The URLs before.
    passed: Vec<Url>,
    visited: Visited,
    most: usize,
    /// The part of the API that the redirects must not leave, because they keep the token.
    api: Option<(&'a ApiUrl, Base)>,
}

impl<'a> Redirects<'a> {
    /// For a request of the API: at most five redirects, all of them below the URL that the path of the operation is
    /// relative to.
    pub(crate) fn of_api(url: Url, api: &'a ApiUrl, base: Base) -> Self {
        Self::from(url, 5, Some((api, base)))
    }

    /// For content, which is fetched without credentials: at most three redirects.
    pub(crate) fn of_content(url: Url) -> Self {
        Self::from(url, 3, None)
    }

    fn from(url: Url, most: usize, api: Option<(&'a ApiUrl, Base)>) -> Self {
        let mut visited = Visited::default();
        visited.add(&url);
        Self { at: url, passed: Vec::new(), visited, most, api }
    }

    /// The URL to request.
    pub(crate) fn at(&self) -> &Url {
        &self.at
    }

    /// All URLs that were requested.
    pub(crate) fn urls(&self) -> Vec<Url> {
        self.passed.iter().chain([&self.at]).cloned().collect()
    }

    pub(crate) fn into_url(self) -> Url {
        self.at
    }

    /// Goes on to the URL that a response redirects to.
    pub(crate) fn follow(&mut self, meta: &Meta) -> Result<(), Error> {
        let mut next = target(&self.at, meta)?;
        if let Some((api, base)) = self.api {
            if api.rebases_links {
                next = api.rebased(&next, base);
            }
            if !same_origin(&self.at, &next) {
                return Err(fault(RedirectFault::OtherOrigin(host_and_port(&next)), meta));
            }
            if !api.contains(&next, base) {
                return Err(fault(RedirectFault::OutsideApi(next.path().to_owned()), meta));
            }
        }
        if !self.visited.add(&next) {
            return Err(fault(RedirectFault::Loop, meta));
        }
        if self.visited.len() > self.most + 1 {
            return Err(fault(RedirectFault::TooMany(self.most), meta));
        }
        self.passed.push(std::mem::replace(&mut self.at, next));
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
    use crate::runtime::settings::server::Server;

    fn found(location: &str) -> Meta {
        let headers = [(LOCATION, location.parse().unwrap())];
        Meta::new(http::StatusCode::FOUND, headers.into_iter().collect())
    }

    /// The API at the root of a host.
    fn api() -> ApiUrl {
        Server::api_url("api_url", "https://a").url(false).unwrap()
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_redirect_from_https_to_http_is_refused() {
        let api = api();
        for mut redirects in [
            Redirects::of_api(url("https://a/x"), &api, Base::Api),
            Redirects::of_content(url("https://a/x")),
        ] {
            let error = redirects.follow(&found("http://a/log")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Redirect);
            assert!(error.to_string().contains("from https to http"), "{error}");
            assert_eq!(redirects.at(), &url("https://a/x"));
        }
    }

    #[test]
    fn only_content_is_on_another_origin() {
        let api = api();
        for other in ["https://b/x", "https://a:8443/x"] {
            let error = Redirects::of_api(url("https://a/x"), &api, Base::Api)
                .follow(&found(other))
                .unwrap_err();
            assert!(error.to_string().contains("another origin"), "{error}");
            Redirects::of_content(url("https://a/x")).follow(&found(other)).unwrap();
        }
    }

    #[test]
    fn a_redirect_of_the_api_stays_below_its_base_url() {
        let follow = |from: &str, base, to| {
            let at = if from.starts_with("https://p/") {
                "https://p/gh/api/v3"
            } else {
                "https://a/api/v3"
            };
            let api = Server::api_url("api_url", at).url(false).unwrap();
            Redirects::of_api(url(from), &api, base).follow(&found(to))
        };
        let (get, upload) = ("https://a/api/v3/repos/o/r", "https://a/api/uploads/repos/o/r");
        for (from, base, inside) in [
            (get, Base::Api, "/api/v3/repositories/42"),
            (upload, Base::Uploads, "/api/uploads/repositories/42"),
            // An operation at the root of the host has redirects there.
            ("https://a/raw/o/r", Base::Root, "/raw/o/renamed"),
            ("https://p/gh/raw/o/r", Base::Root, "/gh/raw/o/renamed"),
        ] {
            follow(from, base, inside).unwrap();
        }
        for (from, base, outside) in [
            (get, Base::Api, "/login"),
            (get, Base::Api, "/api/v3/../login"),
            (get, Base::Api, "/api/v30/x"),
            (get, Base::Api, "/api/uploads/x"),
            (upload, Base::Uploads, "/login"),
            (upload, Base::Uploads, "/api/v3/x"),
            (upload, Base::Uploads, "/api/uploads/../login"),
            (upload, Base::Uploads, "/api/uploads2"),
            ("https://p/gh/raw/o/r", Base::Root, "/raw/o/renamed"),
            ("https://p/gh/raw/o/r", Base::Root, "/gh2/raw/o/renamed"),
        ] {
            let error = follow(from, base, outside).unwrap_err();
            assert!(error.to_string().contains("outside the base URL"), "{error}");
        }
    }

    #[test]
    fn a_redirect_behind_a_proxy_is_moved_like_a_link() {
        let api = Server::api_url("api_url", "https://p/gh").url(true).unwrap();
        let mut redirects = Redirects::of_api(url("https://p/gh/repos/o/r"), &api, Base::Api);
        redirects.follow(&found("https://ghes/api/v3/repositories/42")).unwrap();
        assert_eq!(redirects.at().as_str(), "https://p/gh/repositories/42");
    }

    #[test]
    fn a_fragment_does_not_hide_a_loop() {
        let api = api();
        let mut redirects = Redirects::of_api(url("https://a/x"), &api, Base::Api);
        redirects.follow(&found("/y#1")).unwrap();
        let error = redirects.follow(&found("/y#2")).unwrap_err();
        assert!(error.to_string().contains("repeats"), "{error}");
    }

    #[test]
    fn a_chain_of_redirects_ends() {
        let api = api();
        for (mut redirects, most) in [
            (Redirects::of_api(url("https://a/0"), &api, Base::Api), 5),
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
