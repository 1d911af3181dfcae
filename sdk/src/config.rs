//! The configuration of a client, and what it refuses.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use http::header::USER_AGENT;
use reqwest::Url;

use crate::client::{Client, Inner};
use crate::error::{Error, ErrorKind};

/// The version of the API that the SDK asks for. GitHub Enterprise Server knows versions since 3.9;
/// older ones are not told apart by it.
const API_VERSION: &str = "2022-11-28";

const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A whole JSON answer, from the first byte sent to the last byte received.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Configures a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    server: Server,
    token: Option<String>,
    user_agent: Option<String>,
    api_version: Option<String>,
    allow_http: bool,
}

#[derive(Clone)]
enum Server {
    Host(String),
    ApiUrl(String),
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            server: Server::Host("github.com".to_owned()),
            token: None,
            user_agent: None,
            api_version: Some(API_VERSION.to_owned()),
            allow_http: false,
        }
    }
}

impl ClientBuilder {
    /// The server: a host (`ghes.example.com`, with a port where it is not 443), or a URL of it with
    /// or without `/api/v3`. `github.com` and `*.ghe.com` get the API hosts they have.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.server = Server::Host(host.into());
        self
    }

    /// The base URL of the API as it stands: `https://ghes.example.com/api/v3`. For a server behind a
    /// proxy with a path of its own; otherwise [`host`](Self::host) is enough.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.server = Server::ApiUrl(url.into());
        self
    }

    /// The token that each call to the API carries: a personal access token, an installation token or
    /// the `GITHUB_TOKEN` of a workflow. It is sent as `Authorization: Bearer TOKEN`, to the API's own origin and nowhere else, and only
    /// over https, unless the server is this machine or [`allow_http`](Self::allow_http) is set.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// What the client calls itself. GitHub refuses requests without a `User-Agent`; left out, it is
    /// the name and version of this crate.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = Some(agent.into());
        self
    }

    /// The version of the API to ask for (`X-GitHub-Api-Version`), or `None` to send no such header.
    /// Left out, it is `2022-11-28`, which is the one that the SDK is made for. GitHub Enterprise Server
    /// has API versions since 3.9; before, the header means nothing to it.
    pub fn api_version(mut self, version: Option<&str>) -> Self {
        self.api_version = version.map(str::to_owned);
        self
    }

    /// Allows http to a server that is not this machine: what is sent, the token too, can be read on
    /// the way.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// An [`ErrorKind::Config`] that names the setting: the server is no host or URL, has a user, a
    /// query or a fragment, or is reached by http; the token or another header value has characters
    /// that no header may have; https is wanted, but the crate was built without TLS.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = self.base_url()?;
        if base_url.scheme() == "http" && !self.allow_http && !is_this_machine(&base_url) {
            return refuse(format!(
                "{base_url} is http: use https, or allow_http() if everyone on the way may read the token"
            ));
        }
        let authorization = self.token.as_deref().map(authorization).transpose()?;
        let agent = header("user_agent", self.user_agent.as_deref().unwrap_or(AGENT))?;
        let api_version = self
            .api_version
            .as_deref()
            .map(|version| header("api_version", version))
            .transpose()?;
        let client = reqwest::Client::builder()
            // The client that has the token follows nothing: a redirect is an answer.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .default_headers([(USER_AGENT, agent)].into_iter().collect())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT);
        // What is for this machine alone does not go through a proxy.
        let client = if is_this_machine(&base_url) { client.no_proxy() } else { client };
        let http = with_tls(client, &base_url)?.build().map_err(|error| {
            Error::new(ErrorKind::Config, "the HTTP client cannot be built").with_source(error)
        })?;
        Ok(Client::from_inner(Inner { http, base_url, authorization, api_version }))
    }

    fn base_url(&self) -> Result<Url, Error> {
        match &self.server {
            Server::ApiUrl(url) => parse("api_url", url),
            Server::Host(host) => {
                let url =
                    if host.contains("://") { host.clone() } else { format!("https://{host}") };
                let mut url = parse("host", &url)?;
                let path = url.path().trim_end_matches('/');
                if !matches!(path, "" | "/api/v3") {
                    return refuse(format!(
                        "host: `{path}` is no path of a server; use api_url for a URL as it stands"
                    ));
                }
                let api_host = url.host_str().and_then(api_host);
                match api_host {
                    Some(host) => {
                        url.set_path("");
                        url.set_host(Some(&host)).map_err(|error| {
                            Error::new(ErrorKind::Config, format!("host: {error}"))
                        })?;
                    }
                    None => url.set_path("/api/v3"),
                }
                Ok(url)
            }
        }
    }
}

/// The host of the API, where it is not the host of the server.
fn api_host(host: &str) -> Option<String> {
    match host {
        "github.com" | "www.github.com" | "api.github.com" => Some("api.github.com".to_owned()),
        host if host.ends_with(".ghe.com") && host.starts_with("api.") => Some(host.to_owned()),
        host if host.ends_with(".ghe.com") => Some(format!("api.{host}")),
        _ => None,
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

fn is_this_machine(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn authorization(token: &str) -> Result<HeaderValue, Error> {
    let printable = !token.is_empty()
        && token.len() <= 4096
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    match HeaderValue::try_from(format!("Bearer {token}")) {
        Ok(mut value) if printable => {
            value.set_sensitive(true);
            Ok(value)
        }
        _ => refuse(
            "token: is empty, longer than 4096 bytes, or has characters that no token has"
                .to_owned(),
        ),
    }
}

fn header(setting: &str, text: &str) -> Result<HeaderValue, Error> {
    match HeaderValue::try_from(text) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => refuse(format!("{setting}: is empty or has characters that no header may have")),
    }
}

fn refuse<T>(what: String) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Config, what))
}

/// TLS by a provider of our own: the process-wide one is neither read nor installed, so that nothing
/// else in the program can change what this client trusts.
#[cfg(feature = "rustls-ring")]
fn with_tls(
    client: reqwest::ClientBuilder,
    base_url: &Url,
) -> Result<reqwest::ClientBuilder, Error> {
    use std::sync::Arc;

    use rustls::ClientConfig;
    use rustls_platform_verifier::Verifier;

    let cannot = |error: rustls::Error| {
        let what =
            "the system's certificates cannot be read: install them (package ca-certificates)";
        Error::new(ErrorKind::Config, what).with_source(error)
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = match Verifier::new(provider.clone()) {
        Ok(verifier) => verifier,
        // A minimal container has none; http to this machine needs none.
        Err(_) if base_url.scheme() == "http" => {
            return Ok(client.tls_backend_preconfigured(without_certificates(provider)?));
        }
        Err(error) => return Err(cannot(error)),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(cannot)?;
    let config = config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(client.tls_backend_preconfigured(config))
}

/// A configuration that trusts nothing: every https connection fails, and none is made.
#[cfg(feature = "rustls-ring")]
fn without_certificates(
    provider: std::sync::Arc<rustls::crypto::CryptoProvider>,
) -> Result<rustls::ClientConfig, Error> {
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| {
        Error::new(ErrorKind::Config, "TLS cannot be set up").with_source(error)
    })?;
    Ok(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

#[cfg(not(feature = "rustls-ring"))]
fn with_tls(
    client: reqwest::ClientBuilder,
    base_url: &Url,
) -> Result<reqwest::ClientBuilder, Error> {
    if base_url.scheme() == "https" {
        return refuse(
            "https needs TLS: build github-workflow-jobs with the feature `rustls-ring`".to_owned(),
        );
    }
    Ok(client)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("token", &self.token.as_ref().map(|_| "[hidden]"))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(builder: ClientBuilder) -> String {
        builder.base_url().unwrap().to_string()
    }

    #[test]
    fn a_host_gets_the_api_it_has() {
        for (host, api) in [
            ("github.com", "https://api.github.com/"),
            ("octo.ghe.com", "https://api.octo.ghe.com/"),
            ("ghes.example.com", "https://ghes.example.com/api/v3"),
            ("ghes.example.com:8443", "https://ghes.example.com:8443/api/v3"),
            ("https://ghes.example.com/", "https://ghes.example.com/api/v3"),
            ("https://ghes.example.com/api/v3/", "https://ghes.example.com/api/v3"),
            ("https://github.com", "https://api.github.com/"),
        ] {
            assert_eq!(base(ClientBuilder::default().host(host)), api, "{host}");
        }
        assert_eq!(
            base(ClientBuilder::default().api_url("https://p.example.com/gh/")),
            "https://p.example.com/gh"
        );
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for url in [
            "",
            "ghes.example.com",
            "file:///etc",
            "https://",
            "https://u:p@h/",
            "https://h/?q",
            "https://h/#f",
        ] {
            let error = Client::builder().api_url(url).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{url}");
            assert!(!error.to_string().contains("u:p"), "{error}");
        }
        for host in ["", "u@h", "h/path", "h?q"] {
            assert_eq!(
                Client::builder().host(host).build().unwrap_err().kind(),
                ErrorKind::Config,
                "{host}"
            );
        }
    }

    #[test]
    fn http_is_for_this_machine_or_by_permission() {
        for url in
            ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "http://127.9.9.9"]
        {
            Client::builder().api_url(url).build().unwrap();
        }
        let refused = Client::builder().api_url("http://ghes.example.com");
        assert_eq!(refused.clone().build().unwrap_err().kind(), ErrorKind::Config);
        refused.allow_http().build().unwrap();
    }

    #[test]
    fn a_token_that_is_none_is_refused_and_not_shown() {
        for token in ["", "canary\n", "canary\0", &"canary".repeat(1000)] {
            let error = Client::builder().token(token).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error:?} {error}").contains("canary"));
        }
        let builder = Client::builder().token("canary");
        assert!(!format!("{builder:?} {:?}", builder.clone().build().unwrap()).contains("canary"));
    }
}
