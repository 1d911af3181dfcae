//! The configuration of a client.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use tokio::sync::Semaphore;

use crate::runtime::args::headers;
use crate::runtime::client::Client;
use crate::runtime::response::error::Error;
use crate::runtime::settings::Settings;
use crate::runtime::settings::auth::{AccessToken, ProviderError, Token};
use crate::runtime::settings::budget::Budget;
use crate::runtime::settings::connections::Connections;
use crate::runtime::settings::gates::Gates;
use crate::runtime::settings::policies::{LimitPolicy, OnWait, RetryPolicy, Wait};
use crate::runtime::settings::server::{self, Server};
use crate::runtime::settings::timeouts::Timeouts;
use crate::runtime::settings::tls::Tls;
use crate::runtime::url::{host_and_port, is_loopback};

/// The version of the API that the SDK asks for. GitHub Enterprise Server has versions since 3.9; older servers
/// ignore it.
const API_VERSION: &str = "2022-11-28";

const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Configures a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    server: Server,
    token: Token,
    user_agent: Option<String>,
    api_version: Option<String>,
    allow_http: bool,
    rebase_links: bool,
    timeouts: Timeouts,
    retry: RetryPolicy,
    limits: LimitPolicy,
    on_wait: Option<OnWait>,
    concurrency: usize,
    idle_connections: Option<usize>,
    local_address: Option<IpAddr>,
    tls: Tls,
    proxy: Option<String>,
    headers: Vec<(String, String)>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            server: Server::Host("github.com".to_owned()),
            token: Token::None,
            user_agent: None,
            api_version: Some(API_VERSION.to_owned()),
            allow_http: false,
            rebase_links: false,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            limits: LimitPolicy::default(),
            on_wait: None,
            concurrency: 10,
            idle_connections: None,
            local_address: None,
            tls: Tls::default(),
            proxy: None,
            headers: Vec::new(),
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
    /// the `GITHUB_TOKEN` of a workflow. It is sent as
    /// `Authorization: Bearer TOKEN`, to the API's own origin and nowhere else, and only
    /// over https, unless the server is this machine or [`allow_http`](Self::allow_http) is set.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Token::fixed(&token.into());
        self
    }

    /// Who gives the token, where it expires: the installation token of a GitHub App. Asked before the
    /// first call, again a minute before the token expires, and once more when the server answers 401.
    /// It must not call the API with the client that it serves: that call would wait for the provider.
    pub fn token_provider<F, T>(mut self, provider: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<AccessToken, ProviderError>> + Send + 'static,
    {
        self.token = Token::provided(provider);
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

    /// How long calls wait for what.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How failed calls are tried again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// What a call does when the server's limit is reached.
    pub fn limits(mut self, policy: LimitPolicy) -> Self {
        self.limits = policy;
        self
    }

    /// Calls a function before each wait for a rate limit or a retry, for a log line or a progress display. It
    /// must not block.
    pub fn on_wait(mut self, on_wait: impl Fn(&Wait) + Send + Sync + 'static) -> Self {
        self.on_wait = Some(Arc::new(on_wait));
        self
    }

    /// How many calls to the API are in flight at once, over all clones: 10 if left out; 0 counts as 1.
    /// The body of a log does not count: who saves a thousand logs at once bounds that himself.
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.concurrency = calls.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How many idle connections are kept for each host.
    pub fn idle_connections(mut self, connections: usize) -> Self {
        self.idle_connections = Some(connections);
        self
    }

    /// The address of this machine that connections are made from.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.local_address = Some(address);
        self
    }

    /// Certificates to trust beside those of the system: a PEM bundle, for a server with a private
    /// certificate authority.
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.ca_bundle = Some(pem.into());
        self
    }

    /// The certificate and the key of this client, in one PEM, for a server that asks for them. It is
    /// for the API alone: the host of a log does not get it.
    pub fn identity(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.identity = Some(pem.into());
        self
    }

    /// The proxy for all connections; left out, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`
    /// say.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// A header that each call to the API carries, and no other request. The headers that the client
    /// sends itself cannot be set here.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Moves the links of lists below [`api_url`](Self::api_url), for a server behind a proxy that does not
    /// rewrite them. Left out, a link to another origin, or outside the base URL, is refused.
    pub fn rebase_links(mut self) -> Self {
        self.rebase_links = true;
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
    /// An [`ErrorKind::Config`](crate::ErrorKind::Config) that names the setting: the server is not a host or a
    /// URL, has a user, a query or a fragment, or uses http; the token or another header value has characters
    /// that a header cannot have; a PEM contains no certificate or no key; the server uses https, but the crate
    /// was built without TLS or the system has no certificates.
    pub fn build(self) -> Result<Client, Error> {
        let api = self.server.api_url(self.rebase_links)?;
        let is_loopback = is_loopback(&api.base);
        if api.base.scheme() == "http" && !self.allow_http && !is_loopback {
            return Err(Error::config(format!(
                "refusing http for {}: the token would be readable on the network; use https, or allow_http()",
                api.base
            )));
        }
        self.token.check()?;
        let api_version = self.api_version.as_deref();
        let api_version = api_version.map(|version| value("api_version", version)).transpose()?;
        Ok(Client::from_settings(Settings {
            connections: self.connections(&api.base, is_loopback)?,
            api,
            api_version,
            headers: self.extra_headers()?,
            timeouts: self.timeouts,
            retry: self.retry,
            limits: self.limits,
            on_wait: self.on_wait,
            token: self.token,
            permits: Semaphore::new(self.concurrency),
            gates: Gates::default(),
            budget: Budget::new(),
        }))
    }

    fn connections(
        &self,
        base_url: &reqwest::Url,
        is_loopback: bool,
    ) -> Result<Connections, Error> {
        let proxy = self.proxy.as_deref().map(server::proxy).transpose()?;
        let tls = self.tls.prepare(base_url)?;
        let mut api = tls.apply(self.http(proxy.as_ref())?);
        // A connection to this machine does not go through a proxy.
        if proxy.is_none() && is_loopback {
            api = api.no_proxy();
        }
        // Content is kept as it is, whatever another crate turns on in reqwest.
        let content = tls.apply_without_identity(self.http(proxy.as_ref())?);
        let content = content.no_gzip().no_brotli().no_deflate().no_zstd();
        let place = proxy.as_ref().map(host_and_port);
        Ok(Connections {
            api: api.build().map_err(unbuilt)?,
            content: content.build().map_err(unbuilt)?,
            proxy: place.or_else(server::proxy_of_environment),
        })
    }

    fn http(&self, proxy: Option<&reqwest::Url>) -> Result<reqwest::ClientBuilder, Error> {
        let agent = value("user_agent", self.user_agent.as_deref().unwrap_or(AGENT))?;
        let mut http = reqwest::Client::builder()
            // Redirects are followed by the runtime, which knows where the token may go.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .default_headers([(USER_AGENT, agent)].into_iter().collect())
            .connect_timeout(self.timeouts.connect)
            .local_address(self.local_address);
        if let Some(connections) = self.idle_connections {
            http = http.pool_max_idle_per_host(connections);
        }
        if let Some(url) = proxy {
            http = http.proxy(reqwest::Proxy::all(url.clone()).map_err(unbuilt)?);
        }
        Ok(http)
    }

    fn extra_headers(&self) -> Result<HeaderMap, Error> {
        let mut all = HeaderMap::new();
        for (name, text) in &self.headers {
            let (name, value) = headers::extra(name, text).map_err(Error::config)?;
            all.append(name, value);
        }
        Ok(all)
    }
}

#[cfg(test)]
impl ClientBuilder {
    /// The token that would be sent.
    pub(crate) fn token_for_tests(&self) -> Option<String> {
        self.token.for_tests()
    }
}

fn unbuilt(error: reqwest::Error) -> Error {
    Error::config_from("the HTTP client cannot be built", error.without_url())
}

fn value(setting: &str, text: &str) -> Result<HeaderValue, Error> {
    headers::value(setting, text).map_err(Error::config)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("has_token", &!self.token.is_none())
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(all(
    test,
    not(any(feature = "rustls-ring", feature = "rustls-aws-lc", feature = "native-tls"))
))]
mod tests {
    use super::*;
    use crate::runtime::response::error::ErrorKind;

    #[test]
    fn without_a_tls_feature_https_is_refused_with_their_names_and_loopback_works() {
        let error = Client::builder().host("ghes.example.com").build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        for feature in ["rustls-ring", "rustls-aws-lc", "native-tls"] {
            assert!(error.to_string().contains(feature), "{error}");
        }
        Client::builder().api_url("http://127.0.0.1:1").build().unwrap();
    }
}
