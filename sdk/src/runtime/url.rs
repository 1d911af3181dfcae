//! URLs: origins, GitHub's own hosts, and loops.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;

pub(crate) use reqwest::Url;

/// True if both have the same scheme, host and port.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}

/// `host:port`: the part of a URL that can be shown. The name can be long: an error cuts it after it has redacted it.
pub(crate) fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().map_or(String::new(), |port| format!(":{port}"));
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// Removes user and password, which would be sent as a credential; false if the URL has no host.
pub(crate) fn remove_user(url: &mut Url) -> bool {
    url.set_username("").and_then(|()| url.set_password(None)).is_ok()
}

/// True for this machine: 127/8, `::1`, `localhost` and `*.localhost`. RFC 6761 reserves these names.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
    let is_address = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

/// The host of the API, if the host is one of GitHub's own: github.com or `*.ghe.com`.
pub(crate) fn github_api_host(host: &str) -> Option<String> {
    // A dot at the end is another way to write the same host.
    match host.trim_end_matches('.').to_ascii_lowercase().as_str() {
        "github.com" | "www.github.com" | "api.github.com" => Some("api.github.com".to_owned()),
        host if !host.ends_with(".ghe.com") => None,
        host if host.starts_with("api.") => Some(host.to_owned()),
        host => Some(format!("api.{host}")),
    }
}

/// The hashes of the URLs that one call has requested. A fragment is not sent, so it does not make another URL.
#[derive(Debug, Default)]
pub(crate) struct Visited(HashSet<u64>);

impl Visited {
    /// Adds a URL; false if it was there.
    pub(crate) fn add(&mut self, url: &Url) -> bool {
        let sent = url.as_str().split('#').next();
        let mut hasher = DefaultHasher::new();
        sent.hash(&mut hasher);
        self.0.insert(hasher.finish())
    }

    /// The number of URLs.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_github_has_an_api_host() {
        for (host, api) in [
            ("github.com", Some("api.github.com")),
            ("WWW.github.com.", Some("api.github.com")),
            ("api.github.com", Some("api.github.com")),
            ("octo.ghe.com", Some("api.octo.ghe.com")),
            ("api.octo.ghe.com", Some("api.octo.ghe.com")),
            ("ghe.com", None),
            ("evilgithub.com", None),
            ("github.com.example.com", None),
            ("octo.ghe.com.example.com", None),
        ] {
            assert_eq!(github_api_host(host).as_deref(), api, "{host}");
        }
    }

    #[test]
    fn this_machine_has_many_names() {
        let is_loopback =
            |host: &str| is_loopback(&Url::parse(&format!("http://{host}:1/")).unwrap());
        for host in ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "LOCALHOST.", "a.localhost"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["128.0.0.1", "[::2]", "localhost.example.com", "notlocalhost", "0.0.0.0"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_fragment_does_not_make_another_url() {
        let mut visited = Visited::default();
        assert!(visited.add(&Url::parse("https://a/x#1").unwrap()));
        assert!(!visited.add(&Url::parse("https://a/x#2").unwrap()));
        assert!(visited.add(&Url::parse("https://a/x?1").unwrap()));
        assert_eq!(visited.len(), 2);
    }
}
