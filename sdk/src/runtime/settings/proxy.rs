//! Proxies: the one that the caller sets, or those of the environment.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

use crate::runtime::response::error::Error;
use crate::runtime::url::is_loopback;

/// The proxies of a client.
#[derive(Debug, PartialEq)]
pub(crate) enum Proxies {
    /// The caller's proxy, for all connections.
    Fixed(Url),
    /// The proxies of the environment.
    Environment {
        http: Option<Variable>,
        https: Option<Variable>,
        /// The servers without a proxy.
        direct: Vec<Direct>,
    },
    /// The environment has no proxy. macOS and Windows can have one in their settings, which reqwest reads.
    System,
}

/// A variable with a proxy, or with a text that cannot be one.
#[derive(Debug, PartialEq)]
pub(crate) struct Variable {
    name: &'static str,
    proxy: Result<Url, String>,
}

/// An entry of `NO_PROXY`: a domain with its subdomains, an address, a network or everything, perhaps with a port.
#[derive(Debug, PartialEq)]
pub(crate) struct Direct {
    place: Place,
    port: Option<u16>,
}

#[derive(Debug, PartialEq)]
enum Place {
    Everything,
    Network(IpNet),
    Domain(String),
}

impl Proxies {
    /// The proxy of a setting, which can contain a user and a password.
    pub(crate) fn fixed(text: &str) -> Result<Self, Error> {
        parse(text).map(Self::Fixed).map_err(|fault| Error::config(format!("proxy: {fault}")))
    }

    /// The proxies of the environment. The first variable that is not empty counts. The environment is an argument,
    /// so that tests need not change their own.
    pub(crate) fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| {
            variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        // A CGI program has the header `Proxy` of its client in HTTP_PROXY.
        if text("REQUEST_METHOD").is_some() {
            return Self::System;
        }
        let first = |names: [&'static str; 4]| {
            names
                .into_iter()
                .find_map(|name| text(name).map(|text| Variable { name, proxy: parse(&text) }))
        };
        let http = first(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]);
        let https = first(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
        if http.is_none() && https.is_none() {
            return Self::System;
        }
        let direct = text("NO_PROXY").or_else(|| text("no_proxy")).unwrap_or_default();
        let entries = direct.split([',', ' ']).filter(|entry| !entry.is_empty());
        Self::Environment { http, https, direct: entries.map(Direct::read).collect() }
    }

    /// The proxy for the connections to a server. `None` if there is none, or if only the system knows it.
    pub(crate) fn to(&self, server: &Url) -> Result<Option<&Url>, Error> {
        Ok(self.named(server)?.map(|(_, proxy)| proxy))
    }

    /// As [`to`](Self::to), with the setting or the variable that the proxy is from.
    fn named(&self, server: &Url) -> Result<Option<(&'static str, &Url)>, Error> {
        let (http, https, direct) = match self {
            Self::Fixed(proxy) => return Ok(Some(("proxy", proxy))),
            Self::System => return Ok(None),
            Self::Environment { http, https, direct } => (http, https, direct),
        };
        if is_loopback(server) || direct.iter().any(|entry| entry.covers(server)) {
            return Ok(None);
        }
        let variable = if server.scheme() == "http" { http } else { https };
        match variable {
            None => Ok(None),
            Some(Variable { name, proxy: Ok(proxy) }) => Ok(Some((*name, proxy))),
            Some(Variable { name, proxy: Err(fault) }) => Err(Error::config(format!(
                "{name}: {fault}; to connect without a proxy, add the server to NO_PROXY"
            ))),
        }
    }

    /// Refuses the https proxy to a server that gets the identity of the client: the same TLS configuration is used
    /// for both connections, so that a proxy that requests a certificate would get it too.
    pub(crate) fn keeps_identity(&self, server: &Url) -> Result<(), Error> {
        let Some((name, _)) = self.named(server)?.filter(|(_, proxy)| proxy.scheme() == "https")
        else {
            return Ok(());
        };
        let or_direct =
            if matches!(self, Self::Fixed(_)) { "" } else { ", or add the server to NO_PROXY" };
        Err(Error::config(format!(
            "{name}: an https proxy could request the certificate of identity(), which is only for the API; \
             use an http proxy{or_direct}"
        )))
    }
}

/// The URL of a proxy, or the fault. A text without a scheme is a host. The text is not shown: it can contain a
/// password.
fn parse(text: &str) -> Result<Url, String> {
    let has_scheme = text.contains("://");
    let url = if has_scheme { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    match url {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        Ok(url) if has_scheme && !matches!(url.scheme(), "http" | "https") => Err(format!(
            "proxies with the scheme `{}` are not supported; expected http://HOST:PORT",
            url.scheme()
        )),
        _ => Err("is not the URL of a proxy; expected http://HOST:PORT".to_owned()),
    }
}

impl Direct {
    fn read(entry: &str) -> Self {
        if let Some(network) = network(entry) {
            return Self { place: Place::Network(network), port: None };
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => match port.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) => (entry, None),
            },
            None => (entry, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let place = match network(host) {
            Some(network) => Place::Network(network),
            None if host == "*" => Place::Everything,
            None => {
                let domain = host.strip_prefix('*').unwrap_or(host);
                Place::Domain(domain.trim_matches('.').to_ascii_lowercase())
            }
        };
        Self { place, port }
    }

    fn covers(&self, server: &Url) -> bool {
        let host = server.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
        let is_port = self.port.is_none_or(|port| server.port_or_known_default() == Some(port));
        is_port
            && match &self.place {
                Place::Everything => true,
                Place::Network(network) => {
                    host.parse().is_ok_and(|address: IpAddr| network.contains(&address))
                }
                Place::Domain(domain) => host.strip_suffix(domain.as_str()).is_some_and(|before| {
                    !domain.is_empty() && (before.is_empty() || before.ends_with('.'))
                }),
            }
    }
}

/// An address, or a network such as `10.0.0.0/8`.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().map(|address: IpAddr| address.into()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::url::host_and_port;

    /// The proxy to a server in an environment, or the error.
    fn proxy(variables: &[(&str, &str)], server: &str) -> String {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let proxies = Proxies::from_environment(&variable);
        match proxies.to(&Url::parse(server).unwrap()) {
            Ok(proxy) => proxy.map_or("none".to_owned(), host_and_port),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_connection_uses_the_variable_of_its_scheme() {
        let all = [("HTTP_PROXY", "plain:1"), ("HTTPS_PROXY", "http://u:p@tls:2")];
        assert_eq!(proxy(&all, "http://ghes.example.com"), "plain:1");
        assert_eq!(proxy(&all, "https://ghes.example.com"), "tls:2");
        let other = [("HTTP_PROXY", "plain:1")];
        assert_eq!(proxy(&other, "https://ghes.example.com"), "none");
        let rest = [("HTTP_PROXY", "plain:1"), ("all_proxy", "https://all")];
        assert_eq!(proxy(&rest, "https://ghes.example.com"), "all:443");
        assert_eq!(proxy(&rest, "http://ghes.example.com"), "plain:1");
    }

    #[test]
    fn variables_are_read_in_both_cases_and_an_empty_one_does_not_count() {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            assert_eq!(
                proxy(&[(name, " p:3128\n")], "https://ghes.example.com"),
                "p:3128",
                "{name}"
            );
        }
        let both = [("HTTPS_PROXY", " "), ("https_proxy", "lower:1"), ("ALL_PROXY", "all:1")];
        assert_eq!(proxy(&both, "https://ghes.example.com"), "lower:1");
        let both = [("HTTPS_PROXY", "upper:1"), ("https_proxy", "lower:1")];
        assert_eq!(proxy(&both, "https://ghes.example.com"), "upper:1");
    }

    #[test]
    fn a_server_on_this_machine_has_no_proxy() {
        for server in
            ["http://127.0.0.1:1", "https://[::1]", "http://localhost.", "http://a.localhost"]
        {
            assert_eq!(proxy(&[("ALL_PROXY", "socks5://p")], server), "none", "{server}");
        }
    }

    #[test]
    fn a_variable_that_is_not_an_http_proxy_is_an_error_where_it_would_be_used() {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            for scheme in ["socks4", "socks5", "socks5h", "ftp"] {
                let text = format!("{scheme}://user:canary@p:1080");
                let error = proxy(&[(name, &text)], "https://ghes.example.com");
                assert!(error.starts_with(&format!("{name}: ")), "{error}");
                assert!(error.contains(&format!("`{scheme}`")), "{error}");
                assert!(!error.contains("canary"), "{error}");
            }
            for text in ["http://", "u:canary@p:x", "http://u:canary@", "p:99999", "http://a b"] {
                let error = proxy(&[(name, text)], "https://ghes.example.com");
                assert!(
                    error.starts_with(&format!("{name}: is not the URL of a proxy")),
                    "{error}"
                );
                assert!(!error.contains("canary"), "{error}");
            }
        }
        let unused = [("HTTPS_PROXY", "socks5://p"), ("HTTP_PROXY", "p:1")];
        assert_eq!(proxy(&unused, "http://ghes.example.com"), "p:1");
        let unused = [("ALL_PROXY", "socks5://p"), ("NO_PROXY", "example.com")];
        assert_eq!(proxy(&unused, "https://ghes.example.com"), "none");
    }

    #[test]
    fn an_https_proxy_is_refused_by_name_if_it_could_get_the_identity() {
        let refused = |variables: &[(&str, &str)], server: &str| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let server = Url::parse(server).unwrap();
            match Proxies::from_environment(&variable).keeps_identity(&server) {
                Ok(()) => "no".to_owned(),
                Err(error) => error.to_string(),
            }
        };
        let ghes = "https://ghes.example.com";
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let error = refused(&[(name, "https://u:canary@p")], ghes);
            assert!(error.starts_with(&format!("{name}: an https proxy could request")), "{error}");
            assert!(error.ends_with("or add the server to NO_PROXY"), "{error}");
            assert!(!error.contains("canary"), "{error}");
            assert_eq!(refused(&[(name, "http://p")], ghes), "no");
            assert_eq!(refused(&[(name, "https://p"), ("NO_PROXY", "example.com")], ghes), "no");
            assert_eq!(refused(&[(name, "https://p")], "https://localhost:8443"), "no");
        }
        let both = [("HTTP_PROXY", "https://p"), ("HTTPS_PROXY", "http://p")];
        assert_eq!(refused(&both, ghes), "no");
        assert!(refused(&both, "http://ghes.example.com").starts_with("HTTP_PROXY: "));
        assert_eq!(refused(&[], ghes), "no");
    }

    #[test]
    fn a_cgi_program_uses_no_proxy_that_its_client_can_set() {
        let cgi = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil.example.com")];
        assert_eq!(proxy(&cgi, "http://ghes.example.com"), "none");
    }

    /// True if the server is reached without a proxy.
    fn is_direct(no_proxy: &str, server: &str) -> bool {
        let variables = [("ALL_PROXY", "http://p:3128"), ("NO_PROXY", no_proxy)];
        proxy(&variables, &format!("https://{server}/api/v3")) == "none"
    }

    #[test]
    fn a_domain_of_no_proxy_covers_itself_and_its_subdomains() {
        for entry in
            ["example.com", ".example.com", "*.example.com", "EXAMPLE.com.", "a, example.com "]
        {
            for server in
                ["example.com", "ghes.example.com", "a.b.EXAMPLE.com", "ghes.example.com."]
            {
                assert!(is_direct(entry, server), "{entry} {server}");
            }
            for server in ["notexample.com", "example.com.evil.com", "example.org", "10.0.0.1"] {
                assert!(!is_direct(entry, server), "{entry} {server}");
            }
        }
        assert!(is_direct("a b,c", "b") && is_direct("a b,c", "c") && !is_direct("", "a"));
        assert!(!is_direct(".,*.", "a"));
    }

    #[test]
    fn an_asterisk_in_no_proxy_covers_names_and_addresses() {
        for server in ["ghes.example.com", "10.0.0.1", "[fd00::1]:8443"] {
            assert!(is_direct("*", server), "{server}");
        }
        assert!(is_direct("*:8443", "10.0.0.1:8443") && !is_direct("*:8443", "10.0.0.1"));
    }

    #[test]
    fn a_port_in_no_proxy_is_the_port_of_the_server() {
        for entry in ["ghes.example.com:8443", "*.example.com:8443", ".example.com:8443"] {
            assert!(is_direct(entry, "ghes.example.com:8443"), "{entry}");
            assert!(!is_direct(entry, "ghes.example.com"), "{entry}");
        }
        assert!(is_direct("ghes.example.com:443", "ghes.example.com"));
        assert!(is_direct("[fd00::1]:8443", "[fd00::1]:8443"));
        assert!(!is_direct("[fd00::1]:8443", "[fd00::1]"));
    }

    #[test]
    fn an_address_or_a_network_of_no_proxy_covers_addresses() {
        for (entry, inside, outside) in [
            ("10.0.0.1", "10.0.0.1:8443", "10.0.0.2"),
            ("10.0.0.0/8", "10.9.9.9", "11.0.0.1"),
            ("fd00::1", "[fd00::1]", "[fd00::2]"),
            ("[fd00::1]", "[fd00::1]", "[fd00::2]"),
            ("fd00::/8", "[fd00::2]", "[fe00::2]"),
        ] {
            assert!(is_direct(entry, inside), "{entry} {inside}");
            assert!(!is_direct(entry, outside), "{entry} {outside}");
        }
    }
}
