//! The server: its host or URL.

use reqwest::Url;

use crate::runtime::request::operation::Base;
use crate::runtime::response::error::Error;
use crate::runtime::text::one_line;
use crate::runtime::url::github_api_host;

/// The path of the API on GitHub Enterprise Server.
const API_PATH: &str = "/api/v3";

/// The path of the API on Gitea and Forgejo.
const COMPATIBLE_API_PATH: &str = "/api/v1";

/// The path of uploads on GitHub Enterprise Server.
const UPLOADS_PATH: &str = "/api/uploads";

/// The server, as a caller names it; `setting` is the name of the setting or the variable.
#[derive(Clone)]
pub(crate) struct Server {
    setting: &'static str,
    text: String,
    is_host: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self::host("host", "github.com")
    }
}

/// The URL of an API, without a slash at its end.
pub(crate) struct ApiUrl {
    pub(crate) base: Url,
    /// The URL for operations that are not part of the API, such as `/raw/..`: without `/api/v3`.
    pub(crate) root: Url,
    /// The URL for uploads: GitHub has a host or a path for them.
    pub(crate) uploads: Url,
    /// True if links of the server go to another place than `base`, because a proxy is in front of it.
    pub(crate) rebases_links: bool,
}

impl ApiUrl {
    /// The URL that the paths of some operations are relative to.
    pub(crate) fn of(&self, base: Base) -> &Url {
        match base {
            Base::Api => &self.base,
            Base::Root => &self.root,
            Base::Uploads => &self.uploads,
        }
    }

    /// True if a URL is below the one that the operation's path is relative to, on the same origin. Nothing else gets the
    /// token.
    pub(crate) fn contains(&self, url: &Url, base: Base) -> bool {
        below(url.path(), path_of(self.of(base))).is_some()
    }

    /// The URL of a page of the server, made fit to print. `None` if it is of another host, or cannot be printed as
    /// it is. The pages for `api.github.com` are those of `github.com`.
    pub(crate) fn page(&self, url: &str) -> Option<String> {
        let page = Url::parse(url).ok()?;
        let (host, own) = (page.host_str()?, self.base.host_str()?);
        let is_own = page.scheme() == self.base.scheme()
            && page.username().is_empty()
            && page.password().is_none()
            && (host == own || github_api_host(host).as_deref() == Some(own));
        // A URL that is cut is of no use.
        let shown = one_line(page.as_str());
        (is_own && shown == page.as_str()).then_some(shown)
    }

    /// A link of the server, moved below the URL that the operation's path is relative to.
    pub(crate) fn rebased(&self, link: &Url, base: Base) -> Url {
        let to = self.of(base);
        let (path, own) = (link.path(), path_of(to));
        let known: &[&str] = match base {
            Base::Api => &[API_PATH, COMPATIBLE_API_PATH],
            Base::Root => &[],
            // On such a server, uploads are operations of the API as well.
            Base::Uploads if self.uploads == self.base => {
                &[UPLOADS_PATH, API_PATH, COMPATIBLE_API_PATH]
            }
            Base::Uploads => &[UPLOADS_PATH],
        };
        // A proxy that rewrites links may not know the scheme and the port that clients use.
        let is_own = link.host() == to.host() && !own.is_empty();
        let rest = below(path, own)
            .filter(|_| is_own)
            .or_else(|| known.iter().find_map(|start| below(path, start)));
        let mut url = to.clone();
        url.set_path(&format!("{own}{}", rest.unwrap_or(path)));
        url.set_query(link.query());
        url
    }
}

fn path_of(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}

/// The rest of a path below another path.
fn below<'p>(path: &'p str, start: &str) -> Option<&'p str> {
    path.strip_prefix(start).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Server {
    /// A host, or a URL with or without the path of the API.
    pub(crate) fn host(setting: &'static str, host: impl Into<String>) -> Self {
        Self { setting, text: host.into(), is_host: true }
    }

    /// The base URL of an API.
    pub(crate) fn api_url(setting: &'static str, url: impl Into<String>) -> Self {
        Self { setting, text: url.into(), is_host: false }
    }

    pub(crate) fn url(&self, rebases_links: bool) -> Result<ApiUrl, Error> {
        let base = if self.is_host { of_host(&self.text) } else { parse(&self.text) };
        let base = base.map_err(|fault| Error::config(format!("{}: {fault}", self.setting)))?;
        let mut root = base.clone();
        let path = base.path().trim_end_matches('/');
        root.set_path(path.strip_suffix(API_PATH).unwrap_or(path));
        let uploads = uploads(&base);
        Ok(ApiUrl { base, root, uploads, rebases_links })
    }
}

/// The URL of uploads that belongs to the URL of an API. Another server than GitHub has them below the API.
fn uploads(base: &Url) -> Url {
    let mut uploads = base.clone();
    let path = base.path().trim_end_matches('/');
    let host = base.host_str().and_then(|host| host.strip_prefix("api."));
    if let Some(above) = path.strip_suffix(API_PATH) {
        uploads.set_path(&format!("{above}{UPLOADS_PATH}"));
    } else if let Some(host) =
        host.filter(|host| github_api_host(host) == base.host_str().map(str::to_owned))
    {
        // The host is one that a URL had before.
        let _ = uploads.set_host(Some(&format!("uploads.{host}")));
    }
    uploads
}

/// The URL of the API of a host, or the fault.
fn of_host(host: &str) -> Result<Url, String> {
    let url = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let mut url = parse(&url)?;
    let path = url.path().trim_end_matches('/');
    if is_repository(host) {
        let host = one_line(host);
        return Err(format!(
            "`{host}` is a repository; expected the host of a server, such as github.com or ghes.example.com"
        ));
    }
    if !matches!(path, "" | API_PATH) {
        return Err(format!(
            "has the path `{}`; expected a host such as ghes.example.com, or use api_url() for a base URL with a path",
            one_line(path)
        ));
    }
    match url.host_str().and_then(github_api_host) {
        Some(host) => {
            url.set_path("");
            url.set_host(Some(&host)).map_err(|error| error.to_string())?;
        }
        None => url.set_path(API_PATH),
    }
    Ok(url)
}

/// True for `OWNER/REPO`. An owner has neither a dot nor a port.
fn is_repository(host: &str) -> bool {
    host.trim_end_matches('/')
        .split_once('/')
        .is_some_and(|(owner, repo)| !owner.contains(['.', ':']) && !repo.contains('/'))
}

/// A URL of an API: http or https, a host, perhaps a path, and nothing else. Otherwise the fault.
fn parse(text: &str) -> Result<Url, String> {
    // Without the text: an invalid URL can contain a password.
    let mut url = Url::parse(text)
        .map_err(|error| format!("is not a valid URL ({error}); expected https://HOST/PATH"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("has the scheme `{}`; expected https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("contains a user or a password; remove it and use token()".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment; remove it".to_owned());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gets_the_api_it_has() {
        for (host, api) in [
            ("github.com", "https://api.github.com/"),
            ("octo.ghe.com", "https://api.octo.ghe.com/"),
            ("github.com.", "https://api.github.com/"),
            ("api.octo.ghe.com", "https://api.octo.ghe.com/"),
            ("ghes.example.com", "https://ghes.example.com/api/v3"),
            ("ghes.example.com:8443", "https://ghes.example.com:8443/api/v3"),
            ("https://ghes.example.com/", "https://ghes.example.com/api/v3"),
            ("https://ghes.example.com/api/v3/", "https://ghes.example.com/api/v3"),
            ("https://github.com", "https://api.github.com/"),
        ] {
            assert_eq!(of_host(host).unwrap().as_str(), api, "{host}");
        }
        let behind_a_path = Server::api_url("api_url", "https://p.example.com/gh/");
        assert_eq!(behind_a_path.url(false).unwrap().base.as_str(), "https://p.example.com/gh");
    }

    #[test]
    fn a_repository_is_not_a_host() {
        let fault = |host| of_host(host).unwrap_err();
        for host in ["octo-org/octo-repo", "octo-org/octo.repo/", "octo-org/.github"] {
            assert!(fault(host).contains("is a repository; expected the host"), "{}", fault(host));
        }
        for host in [
            "github.com/octo-org/octo-repo",
            "https://github.com/octo-org/octo-repo",
            "ghes:8443/octo-repo",
        ] {
            let fault = fault(host);
            assert!(
                fault.contains("has the path `/octo-") && fault.contains("api_url()"),
                "{fault}"
            );
        }
        // A server can have a name without a dot.
        assert_eq!(of_host("ghes/api/v3").unwrap().as_str(), "https://ghes/api/v3");
    }

    #[test]
    fn a_page_is_shown_if_it_is_of_the_server_or_of_githubs_own_host() {
        let page = |host, url| Server::host("host", host).url(false).unwrap().page(url);
        for (host, url) in [
            ("github.com", "https://github.com/orgs/o/sso?authorization_request=A"),
            ("octo.ghe.com", "https://octo.ghe.com/orgs/o/sso?authorization_request=A"),
            ("ghes.example.com", "https://ghes.example.com/orgs/o/sso?authorization_request=A"),
        ] {
            assert_eq!(page(host, url).as_deref(), Some(url));
        }
        let long = format!("https://github.com/{}", "a".repeat(300));
        for url in [
            "https://evil.example.com/sso",
            "https://github.com@evil.example.com/sso",
            "https://user@github.com/sso",
            "https://github.com.evil.example.com/sso",
            "http://github.com/sso",
            "javascript:alert(1)",
            "/sso",
            &long,
        ] {
            assert_eq!(page("github.com", url), None, "{url}");
        }
        assert_eq!(page("ghes.example.com", "https://github.com/sso"), None);
        let steering = page("github.com", "https://github.com/\u{1b}[31m\u{202e}?\u{1b}").unwrap();
        assert!(steering.is_ascii() && !steering.contains('\u{1b}'), "{steering}");
    }

    #[test]
    fn uploads_go_to_the_hosts_or_the_path_that_github_has_for_them() {
        for (base, uploads) in [
            ("https://api.github.com", "https://uploads.github.com/"),
            ("https://api.octo.ghe.com", "https://uploads.octo.ghe.com/"),
            ("https://ghes.example.com:8443/api/v3", "https://ghes.example.com:8443/api/uploads"),
            ("https://p.example.com/gh", "https://p.example.com/gh"),
            ("https://api.example.com", "https://api.example.com/"),
        ] {
            assert_eq!(api(base).uploads.as_str(), uploads);
        }
    }

    fn api(base: &str) -> ApiUrl {
        Server::api_url("api_url", base).url(true).unwrap()
    }

    #[test]
    fn a_url_belongs_to_the_api_if_it_is_below_its_path() {
        let contains = |base, url| api(base).contains(&Url::parse(url).unwrap(), Base::Api);
        for (base, url, expected) in [
            ("https://a/api/v3", "https://a/api/v3", true),
            ("https://a/api/v3/", "https://a/api/v3/repositories/1", true),
            ("https://a/api/v3", "https://a/api/v3x/repositories/1", false),
            ("https://a/api/v3", "https://a/api/v3/../../login", false),
            ("https://a/api/v3", "https://a/api/v3/%2e%2e/%2E./login", false),
            ("https://a/api/v3", "https://a/repositories/1", false),
            ("https://api.github.com", "https://api.github.com/repositories/1", true),
        ] {
            assert_eq!(contains(base, url), expected, "{base} {url}");
        }
    }

    #[test]
    fn a_link_is_moved_below_the_base_url() {
        for (base, link, expected) in [
            // GitHub Enterprise Server, github.com and Gitea behind the path of a proxy.
            (
                "https://p/gh",
                "https://ghes/api/v3/repositories/1?page=2",
                "https://p/gh/repositories/1?page=2",
            ),
            (
                "https://p/gh",
                "https://api.github.com/repositories/1",
                "https://p/gh/repositories/1",
            ),
            ("https://p/git", "https://gitea/api/v1/repos/o/r", "https://p/git/repos/o/r"),
            // Behind the root, or behind the same path.
            ("https://p", "https://ghes/api/v3/repositories/1", "https://p/repositories/1"),
            (
                "https://p/api/v3",
                "http://ghes:8080/api/v3/repositories/1",
                "https://p/api/v3/repositories/1",
            ),
            (
                "https://p/x/api/v3",
                "https://ghes/api/v3/repositories/1",
                "https://p/x/api/v3/repositories/1",
            ),
            // Links that name the proxy, with and without its path.
            ("https://p/gh", "https://p/gh/repositories/1", "https://p/gh/repositories/1"),
            ("https://p/gh", "http://p:8080/gh/repositories/1", "https://p/gh/repositories/1"),
            ("https://p/gh", "https://p/api/v3/repositories/1", "https://p/gh/repositories/1"),
            ("https://p", "https://p/api/v3/repositories/1", "https://p/repositories/1"),
            ("https://p", "https://p/repositories/1", "https://p/repositories/1"),
            // Paths that only start with the same letters.
            ("https://p/gh", "https://ghes/api/v30/x", "https://p/gh/api/v30/x"),
            ("https://p/gh", "https://p/ghost/x", "https://p/gh/ghost/x"),
            ("https://p/repos", "https://api.github.com/repos/o", "https://p/repos/repos/o"),
        ] {
            assert_eq!(
                api(base).rebased(&Url::parse(link).unwrap(), Base::Api).as_str(),
                expected,
                "{base} {link}"
            );
        }
    }

    #[test]
    fn a_link_of_an_upload_behind_a_proxy_stays_one_of_uploads() {
        for (base, link, expected) in [
            ("https://p/api/v3", "https://ghes/api/uploads/x", "https://p/api/uploads/x"),
            ("https://p/gh/api/v3", "https://ghes/api/uploads/x", "https://p/gh/api/uploads/x"),
            ("https://p/gh", "https://ghes/api/uploads/x", "https://p/gh/x"),
            // A proxy or a server that has uploads below its API.
            ("https://p/gh", "https://ghes/api/v3/x", "https://p/gh/x"),
            ("https://p/git", "https://p/api/v1/x", "https://p/git/x"),
        ] {
            let link = Url::parse(link).unwrap();
            assert_eq!(api(base).rebased(&link, Base::Uploads).as_str(), expected);
        }
        let link = Url::parse("https://ghes/raw/x").unwrap();
        let rebased = api("https://p/gh/api/v3").rebased(&link, Base::Root);
        assert_eq!(rebased.as_str(), "https://p/gh/raw/x");
    }
}
