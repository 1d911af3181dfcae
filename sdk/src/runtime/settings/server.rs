//! The server: its host or URL, and the proxy in front of it.

use reqwest::Url;

use crate::runtime::response::error::Error;
use crate::runtime::url::{github_api_host, host_and_port};

/// The path of the API on GitHub Enterprise Server.
const API_PATH: &str = "/api/v3";

/// The server, as a caller names it.
#[derive(Clone)]
pub(crate) enum Server {
    Host(String),
    ApiUrl(String),
}

/// The URL of an API, without a slash at its end.
pub(crate) struct ApiUrl {
    pub(crate) base: Url,
    /// The URL for operations that are not part of the API, such as `/raw/..`: without `/api/v3`.
    pub(crate) root: Url,
    /// True if links of the server go to another place than `base`, because a proxy is in front of it.
    pub(crate) rebases_links: bool,
}

impl ApiUrl {
    /// True if a URL of the same origin belongs to the API.
    pub(crate) fn contains(&self, url: &Url) -> bool {
        let rest = url.path().strip_prefix(self.base.path().trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// A link of the server, moved below the base URL.
    pub(crate) fn rebased(&self, link: &Url) -> Url {
        let path = link.path();
        let path = path.strip_prefix(API_PATH).unwrap_or(path);
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query(link.query());
        url
    }
}

impl Server {
    pub(crate) fn api_url(&self, rebases_links: bool) -> Result<ApiUrl, Error> {
        let base = match self {
            Self::ApiUrl(url) => parse("api_url", url)?,
            Self::Host(host) => of_host(host)?,
        };
        let mut root = base.clone();
        let path = base.path().trim_end_matches('/');
        root.set_path(path.strip_suffix(API_PATH).unwrap_or(path));
        Ok(ApiUrl { base, root, rebases_links })
    }
}

fn of_host(host: &str) -> Result<Url, Error> {
    let url = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let mut url = parse("host", &url)?;
    let path = url.path().trim_end_matches('/');
    if !host.contains("://") && !path.is_empty() && path != API_PATH {
        return Err(Error::config(format!(
            "host: `{host}` is a host with a path; `host` takes a host such as ghes.example.com, a \
             repository belongs into the call, and api_url() takes a whole URL"
        )));
    }
    if !matches!(path, "" | API_PATH) {
        return Err(Error::config(format!(
            "host: `{path}` is not the path of a GitHub server; use api_url() for the whole URL of an API"
        )));
    }
    match url.host_str().and_then(github_api_host) {
        Some(host) => {
            url.set_path("");
            let host = url.set_host(Some(&host));
            host.map_err(|error| Error::config(format!("host: {error}")))?;
        }
        None => url.set_path(API_PATH),
    }
    Ok(url)
}

/// A URL of an API: http or https, a host, perhaps a path, and nothing else.
fn parse(setting: &str, text: &str) -> Result<Url, Error> {
    let refuse = |what: String| Err(Error::config(format!("{setting}: {what}")));
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        // Without the text: an invalid URL can contain a password.
        Err(error) => {
            return refuse(format!("is not a valid URL ({error}); expected https://HOST/PATH"));
        }
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return refuse(format!("has the scheme `{}`; expected https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("contains a user or a password; remove it and use token()".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a query or a fragment; remove it".to_owned());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The URL of a proxy, which can contain a user and a password.
pub(crate) fn proxy(text: &str) -> Result<Url, Error> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(Error::config("proxy: is not the URL of a proxy; expected http://HOST:PORT")),
    }
}

/// Host and port of the proxy that reqwest takes from the environment, for errors.
pub(crate) fn proxy_of_environment() -> Option<String> {
    let names =
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];
    let text =
        names.iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()))?;
    let text = if text.contains("://") { text } else { format!("http://{text}") };
    Url::parse(&text).ok().map(|url| host_and_port(&url))
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
        let behind_a_path = Server::ApiUrl("https://p.example.com/gh/".to_owned());
        assert_eq!(behind_a_path.api_url(false).unwrap().base.as_str(), "https://p.example.com/gh");
    }
}
