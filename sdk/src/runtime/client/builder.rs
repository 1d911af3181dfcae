//! The configuration of a client, and what it refuses.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use tokio::sync::Semaphore;

use crate::runtime::args::headers;
use crate::runtime::client::{Client, Inner};
use crate::runtime::http::rate_limit::{Gate, LimitPolicy};
use crate::runtime::http::redirect::place;
use crate::runtime::response::error::{Error, ErrorKind};
use crate::runtime::settings::auth::{AccessToken, ProviderError, Token, authorization};
use crate::runtime::settings::refuse;
use crate::runtime::settings::retry::{Budget, RetryPolicy};
use crate::runtime::settings::server::{self, Server};
use crate::runtime::settings::timeouts::Timeouts;
use crate::runtime::settings::tls::Tls;

/// The version of the API that the SDK asks for. GitHub Enterprise Server knows versions since 3.9;
/// older ones are not told apart by it.
const API_VERSION: &str = "2022-11-28";

const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Configures a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    server: Server,
    token: Credentials,
    user_agent: Option<String>,
    api_version: Option<String>,
    allow_http: bool,
    timeouts: Timeouts,
    retry: RetryPolicy,
    limits: LimitPolicy,
    concurrency: usize,
    idle_connections: Option<usize>,
    local_address: Option<IpAddr>,
    tls: Tls,
    proxy: Option<String>,
    headers: Vec<(String, String)>,
}

#[derive(Clone)]
enum Credentials {
    None,
    Fixed(String),
    Provided(Provider),
}

type Provider = Arc<
    dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = Result<AccessToken, ProviderError>> + Send>>
        + Send
        + Sync,
>;

/// What a built client goes by.
pub(crate) struct Settings {
    pub(crate) api_version: Option<HeaderValue>,
    /// Sent to the API's own origin, and nowhere else.
    pub(crate) headers: HeaderMap,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) limits: LimitPolicy,
    /// Host and port of the proxy, for errors.
    pub(crate) proxy: Option<String>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            server: Server::Host("github.com".to_owned()),
            token: Credentials::None,
            user_agent: None,
            api_version: Some(API_VERSION.to_owned()),
            allow_http: false,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            limits: LimitPolicy::default(),
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
        self.token = Credentials::Fixed(token.into());
        self
    }

    /// Who gives the token, where it expires: the installation token of a GitHub App. Asked before the
    /// first call, again a minute before the token expires, and once more when the server answers 401.
    /// It must not call the API with the client that it serves: that call would wait for the provider.
    ///
    /// ```no_run
    /// use github_workflow_jobs::{AccessToken, Client};
    ///
    /// # async fn installation_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder()
    ///     .token_provider(|| async { Ok(AccessToken::new(installation_token().await?)) })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn token_provider<F, T>(mut self, provider: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<AccessToken, ProviderError>> + Send + 'static,
    {
        self.token = Credentials::Provided(Arc::new(move || Box::pin(provider())));
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
    /// that no header may have; a PEM holds no certificate or no key; https is wanted, but the crate was
    /// built without TLS or the system has no certificates.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = self.server.base_url()?;
        if base_url.scheme() == "http" && !self.allow_http && !server::is_this_machine(&base_url) {
            return refuse(format!(
                "{base_url} is http: use https, or allow_http() if everyone on the way may read the token"
            ));
        }
        let api_version = self.api_version.as_deref();
        let api_version = api_version.map(|version| value("api_version", version)).transpose()?;
        let proxy = self.proxy.as_deref().map(server::proxy).transpose()?;
        let settings = Settings {
            api_version,
            headers: extra_headers(&self.headers)?,
            timeouts: self.timeouts.clone(),
            retry: self.retry.clone(),
            limits: self.limits.clone(),
            proxy: proxy.as_ref().map(place).or_else(server::proxy_of_environment),
        };
        let tls = self.tls.prepare(&base_url)?;
        let http = || -> Result<reqwest::ClientBuilder, Error> {
            let agent = value("user_agent", self.user_agent.as_deref().unwrap_or(AGENT))?;
            let mut http = reqwest::Client::builder()
                // A redirect is an answer: who may be sent where is decided by hand.
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .default_headers([(USER_AGENT, agent)].into_iter().collect())
                .connect_timeout(self.timeouts.connect)
                .local_address(self.local_address);
            if let Some(connections) = self.idle_connections {
                http = http.pool_max_idle_per_host(connections);
            }
            if let Some(url) = &proxy {
                let proxy = reqwest::Proxy::all(url.clone()).map_err(unbuilt)?;
                http = http.proxy(proxy);
            }
            Ok(http)
        };
        let mut api = tls.apply(http()?);
        // What is for this machine alone does not go through a proxy.
        if proxy.is_none() && server::is_this_machine(&base_url) {
            api = api.no_proxy();
        }
        // What is fetched by a link is kept as it is, whatever another crate turns on in reqwest.
        let content = tls.apply_without_identity(http()?);
        let content = content.no_gzip().no_brotli().no_deflate().no_zstd();
        Ok(Client::from_inner(Inner {
            api: api.build().map_err(unbuilt)?,
            content: content.build().map_err(unbuilt)?,
            base_url,
            token: match self.token {
                Credentials::None => Token::None,
                Credentials::Fixed(token) => Token::Fixed(authorization(&token)?),
                Credentials::Provided(provider) => Token::provided(provider),
            },
            settings,
            permits: Semaphore::new(self.concurrency),
            gate: Gate::default(),
            budget: Budget::new(),
        }))
    }
}

#[cfg(test)]
impl ClientBuilder {
    /// The token that would be sent.
    pub(crate) fn token_for_tests(&self) -> Option<String> {
        match &self.token {
            Credentials::Fixed(token) => Some(token.clone()),
            _ => None,
        }
    }
}

fn unbuilt(error: reqwest::Error) -> Error {
    let what = "the HTTP client cannot be built";
    Error::new(ErrorKind::Config, what).with_source(error.without_url())
}

fn extra_headers(pairs: &[(String, String)]) -> Result<HeaderMap, Error> {
    let mut all = HeaderMap::new();
    for (name, text) in pairs {
        let (name, value) = headers::extra(name, text).or_else(refuse)?;
        all.append(name, value);
    }
    Ok(all)
}

fn value(setting: &str, text: &str) -> Result<HeaderValue, Error> {
    headers::value(setting, text).or_else(refuse)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("has_token", &!matches!(self.token, Credentials::None))
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
