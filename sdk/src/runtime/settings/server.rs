//! Which server: hosts, URLs, proxies.

use reqwest::Url;

use super::refuse;
use crate::runtime::http::redirect::place;
use crate::runtime::response::error::{Error, ErrorKind};

/// How a caller names the server.
#[derive(Clone)]
pub(crate) enum Server {
    Host(String),
    ApiUrl(String),
}

impl Server {
    /// The base URL of the API, without a slash at its end.
    pub(crate) fn base_url(&self) -> Result<Url, Error> {
        match self {
            Self::ApiUrl(url) => parse("api_url", url),
            Self::Host(host) => of_host(host),
        }
    }
}

fn of_host(host: &str) -> Result<Url, Error> {
    let url = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let mut url = parse("host", &url)?;
    let path = url.path().trim_end_matches('/');
    if !matches!(path, "" | "/api/v3") {
        return refuse(format!(
            "host: `{path}` is no path of a server; use api_url for a URL as it stands"
        ));
    }
    match url.host_str().and_then(api_host) {
        Some(host) => {
            url.set_path("");
            let host = url.set_host(Some(&host));
            host.map_err(|error| Error::new(ErrorKind::Config, format!("host: {error}")))?;
        }
        None => url.set_path("/api/v3"),
    }
    Ok(url)
}

/// The host of the API, where it is not the host of the server.
fn api_host(host: &str) -> Option<String> {
    // A dot at the end is another way to write the same host.
    match host.trim_end_matches('.') {
        "github.com" | "www.github.com" | "api.github.com" => Some("api.github.com".to_owned()),
        host if !host.ends_with(".ghe.com") => None,
        host if host.starts_with("api.") => Some(host.to_owned()),
        host => Some(format!("api.{host}")),
    }
}

/// A URL of an API: http or https, a host, perhaps a path, and nothing else.
fn parse(setting: &str, text: &str) -> Result<Url, Error> {
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        // Without the text: a URL that cannot be read may still hold a password.
        Err(error) => {
            return refuse(format!("{setting}: is no URL ({error}): expected https://HOST/PATH"));
        }
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return refuse(format!("{setting}: the scheme is `{}`: expected https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(format!(
            "{setting}: holds a user or password: leave it off, and use token()"
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse(format!("{setting}: has a query or a fragment: leave it off"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// 127/8, `::1` and `localhost`.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The URL of a proxy, which may hold a user and a password.
pub(crate) fn proxy(text: &str) -> Result<Url, Error> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => refuse("proxy: is no URL of a proxy: expected http://HOST:PORT"),
    }
}

/// Host and port of the proxy that reqwest takes from the environment, for errors.
pub(crate) fn proxy_of_environment() -> Option<String> {
    let names =
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];
    let text =
        names.iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()))?;
    let text = if text.contains("://") { text } else { format!("http://{text}") };
    Url::parse(&text).ok().map(|url| place(&url))
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
        assert_eq!(behind_a_path.base_url().unwrap().as_str(), "https://p.example.com/gh");
    }
}
