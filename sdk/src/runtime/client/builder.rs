//! The configuration of a client.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderValue};
use tokio::sync::Semaphore;

use crate::runtime::args::headers;
use crate::runtime::client::Client;
use crate::runtime::client::env::Environment;
use crate::runtime::response::error::Error;
use crate::runtime::settings::Settings;
use crate::runtime::settings::auth::{AccessToken, ProviderError, Token};
use crate::runtime::settings::budget::Budget;
use crate::runtime::settings::connections::{Connections, Network};
use crate::runtime::settings::gates::Gates;
use crate::runtime::settings::policies::{LimitPolicy, OnWait, RetryPolicy, Wait};
use crate::runtime::settings::server::Server;
use crate::runtime::settings::timeouts::Timeouts;
use crate::runtime::settings::transport::{Scripted, Transport};
use crate::runtime::url::{Url, is_loopback};

/// The version of the API that the SDK asks for. GitHub Enterprise Server has versions since 3.9; older servers
/// ignore it.
const API_VERSION: &str = "2022-11-28";

const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Configures a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    server: Server,
    token: Token,
    /// Chooses the token when the client is built, because only then the server is known.
    environment: Option<Environment>,
    user_agent: Option<String>,
    api_version: Option<String>,
    allow_http: bool,
    rebase_links: bool,
    timeouts: Timeouts,
    retry: RetryPolicy,
    limits: LimitPolicy,
    on_wait: Option<OnWait>,
    concurrency: usize,
    network: Network,
    /// Takes the place of the network.
    script: Option<Arc<dyn Scripted>>,
    headers: Vec<(String, String)>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            server: Server::default(),
            token: Token::None,
            environment: None,
            user_agent: None,
            api_version: Some(API_VERSION.to_owned()),
            allow_http: false,
            rebase_links: false,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            limits: LimitPolicy::default(),
            on_wait: None,
            concurrency: 10,
            network: Network::default(),
            script: None,
            headers: Vec::new(),
        }
    }
}

/// # Server and token
impl ClientBuilder {
    /// Sets the server; github.com if left out. It is a host (`ghes.example.com`), with a port unless that is 443,
    /// or a URL with or without `/api/v3`. github.com and `*.ghe.com` have API hosts of their own, which are used.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().host("ghes.example.com").build()?;
    /// # Ok(()) }
    /// ```
    pub fn host(self, host: impl Into<String>) -> Self {
        self.server(Server::host("host", host))
    }

    /// Sets the base URL of the API, which is used as it is: `https://ghes.example.com/api/v3`. It is for a server
    /// behind a proxy with a path of its own; otherwise [`host`](Self::host) is enough.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().api_url("https://proxy.example.com/ghes/api/v3").build()?;
    /// # Ok(()) }
    /// ```
    pub fn api_url(self, url: impl Into<String>) -> Self {
        self.server(Server::api_url("api_url", url))
    }

    /// Sets the token: a personal access token, an installation token, or the `GITHUB_TOKEN` of a workflow. Without
    /// a token, the client is anonymous.
    ///
    /// Each call sends it as `Authorization: Bearer TOKEN`, to the API's own origin and nowhere else, and only over
    /// https, unless the server is this machine or [`allow_http`](Self::allow_http) is set.
    ///
    /// ```no_run
    #[doc = uses!("Client")]
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder().token(std::env::var("MY_TOKEN")?).build()?;
    /// # Ok(()) }
    /// ```
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Token::fixed(&token.into());
        self.environment = None;
        self
    }

    /// Sets a function that returns the token, for a token that expires, such as the installation token of a GitHub
    /// App.
    ///
    /// It is called before the first call, again a minute before the token expires, and once more when the server
    /// answers 401. Calls that need a token at the same time share one. If it fails, they all fail with
    /// [`ErrorKind::Config`](crate::ErrorKind::Config). It must not call the API with the client that it serves: that
    /// call would wait for it.
    ///
    /// ```no_run
    #[doc = uses!("{AccessToken, Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder()
    ///     .token_provider(|| async {
    ///         let token = tokio::fs::read_to_string("/run/secrets/token").await?;
    ///         Ok(AccessToken::new(token.trim()))
    ///     })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn token_provider<F, T>(mut self, provider: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<AccessToken, ProviderError>> + Send + 'static,
    {
        self.token = Token::provided(provider);
        self.environment = None;
        self
    }

    pub(super) fn server(mut self, server: Server) -> Self {
        self.server = server;
        self
    }

    pub(super) fn environment(mut self, environment: Environment) -> Self {
        self.token = Token::None;
        self.environment = Some(environment);
        self
    }
}

/// # Requests
impl ClientBuilder {
    /// Adds the name of the program to the header `User-Agent`, in front of the name and the version of this crate:
    /// `my-dashboard/1.0`.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().user_agent("my-dashboard/1.0").build()?;
    /// # Ok(()) }
    /// ```
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = Some(agent.into());
        self
    }

    /// Sets the version of the API that is requested (`X-GitHub-Api-Version`): `2022-11-28` if left out, which is
    /// the version that the SDK is made for. With `None`, the header is not sent. GitHub Enterprise Server has API
    /// versions since 3.9; older servers ignore the header.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().api_version(Some("2022-11-28")).build()?;
    /// # Ok(()) }
    /// ```
    pub fn api_version(mut self, version: Option<&str>) -> Self {
        self.api_version = version.map(str::to_owned);
        self
    }

    /// Adds a header to each call to the API; no other request has it.
    ///
    /// A name that the client sets itself, such as `authorization`, `accept` or `host`, is an error of
    /// [`build`](Self::build).
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().header("x-team", "platform").build()?;
    /// # Ok(()) }
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Moves the links of lists below the base URL, for a server behind a proxy that does not rewrite them. If left
    /// out, a link to another origin, or outside the base URL, is an error.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder()
    ///     .api_url("https://proxy.example.com/ghes/api/v3")
    ///     .rebase_links()
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn rebase_links(mut self) -> Self {
        self.rebase_links = true;
        self
    }

    /// Sets the time limits of each attempt; [`Timeouts::default`] if left out.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error, Timeouts}")]
    /// # fn run() -> Result<(), Error> {
    /// use std::time::Duration;
    ///
    /// let timeouts = Timeouts::default().connect(Duration::from_secs(3)).answer(Duration::from_secs(20));
    /// let client = Client::builder().timeouts(timeouts).build()?;
    /// # Ok(()) }
    /// ```
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the retries of failed calls; [`RetryPolicy::default`] if left out.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error, RetryPolicy}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().retry(RetryPolicy::default().attempts(5)).build()?;
    /// # Ok(()) }
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the reaction to a rate limit of the server; [`LimitPolicy::default`] if left out.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error, LimitPolicy}")]
    /// # fn run() -> Result<(), Error> {
    /// use std::time::Duration;
    ///
    /// let limits = LimitPolicy::wait_up_to(Duration::from_secs(3600)); // for work at night
    /// let client = Client::builder().limits(limits).build()?;
    /// # Ok(()) }
    /// ```
    pub fn limits(mut self, policy: LimitPolicy) -> Self {
        self.limits = policy;
        self
    }

    /// Calls a function before each wait for a rate limit or a retry, for a log line or a progress display. It
    /// must not block.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder()
    ///     .on_wait(|wait| eprintln!("{} waits until {}", wait.operation, wait.until))
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn on_wait(mut self, on_wait: impl Fn(&Wait) + Send + Sync + 'static) -> Self {
        self.on_wait = Some(Arc::new(on_wait));
        self
    }

    /// Limits the calls to the API that are sent at the same time, by all clones together: 10 if left out; 0 counts
    /// as 1. Other calls wait. Content, such as a log, does not count while it is downloaded: limit the number of
    /// downloads in your own code.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().concurrency(4).build()?;
    /// # Ok(()) }
    /// ```
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.concurrency = calls.clamp(1, Semaphore::MAX_PERMITS);
        self
    }
}

/// # Connections
impl ClientBuilder {
    /// Sets the proxy of all connections, as `http://USER:PASSWORD@HOST:PORT`. An `https://` URL connects to the
    /// proxy itself over TLS, with the certificates of [`ca_bundle`](Self::ca_bundle). SOCKS is not supported.
    ///
    /// If left out, the environment sets it: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, otherwise `ALL_PROXY`,
    /// each in upper or lower case. `NO_PROXY` lists the servers that are connected to directly, separated by commas:
    /// `example.com`, `.example.com` or `*.example.com` (the domain and its subdomains), an address, a network such
    /// as `10.0.0.0/8`, or `*`, each perhaps with `:PORT`. A server on this machine is always connected to directly.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().proxy("http://proxy.example.com:3128").build()?;
    /// # Ok(()) }
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Some(url.into());
        self
    }

    /// Trusts certificates in addition to those that the system trusts: a PEM bundle, for a server with a private
    /// certificate authority.
    ///
    /// ```no_run
    #[doc = uses!("Client")]
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder()
    ///     .host("ghes.example.com")
    ///     .ca_bundle(std::fs::read("company-ca.pem")?)
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.tls.ca_bundle = Some(pem.into());
        self
    }

    /// Sets the certificate and the key of this client in one PEM, for a server that requires them. The certificate
    /// of the key is the first one; the others are its chain. The key is not encrypted. `native-tls` needs it in
    /// PKCS #8 (`BEGIN PRIVATE KEY`).
    ///
    /// Only the API gets the certificate: no host of content does, and no proxy. An https proxy for the API is
    /// therefore an error, because it could request the certificate too. For the same reason, the proxy in the
    /// settings of macOS or Windows is not used for the API then: name an http proxy with [`proxy`](Self::proxy) or in
    /// the environment.
    ///
    /// ```no_run
    #[doc = uses!("Client")]
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder()
    ///     .host("ghes.example.com")
    ///     .identity(std::fs::read("client.pem")?) // certificates and key
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn identity(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.tls.identity = Some(pem.into());
        self
    }

    /// Limits the idle connections that are kept for each host; not limited if left out. A connection that is idle
    /// for 90 seconds is closed.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().idle_connections(2).build()?;
    /// # Ok(()) }
    /// ```
    pub fn idle_connections(mut self, connections: usize) -> Self {
        self.network.idle_connections = Some(connections);
        self
    }

    /// Sets the address of this machine that connections are made from; the system chooses it if left out.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().local_address([10, 0, 0, 7].into()).build()?;
    /// # Ok(()) }
    /// ```
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.network.local_address = Some(address);
        self
    }

    /// Allows http to a server that is not this machine. Then the network can read everything that is sent, and the
    /// token too.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().api_url("http://gitea:3000/api/v1").allow_http().build()?;
    /// # Ok(()) }
    /// ```
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }
}

/// # Building
impl ClientBuilder {
    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// An [`ErrorKind::Config`](crate::ErrorKind::Config) that names the setting or the variable:
    ///
    /// - the server is not a host or a URL, has a user, a query or a fragment, or uses http;
    /// - the token or another header value has characters that a header cannot have;
    /// - the proxy for the server is not an http or https URL;
    /// - a PEM contains no certificate or no key, or the key is encrypted or belongs to another certificate;
    /// - the client has an identity, and the proxy for the server is an https proxy;
    /// - the server uses https, but the crate was built without TLS, or the system has no certificates.
    ///
    /// ```
    #[doc = uses!("{Client, ErrorKind}")]
    /// let error = Client::builder().host("octo-org/octo-repo").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Config);
    /// ```
    pub fn build(self) -> Result<Client, Error> {
        let api = self.server.url(self.rebase_links)?;
        if api.base.scheme() == "http" && !self.allow_http && !is_loopback(&api.base) {
            return Err(Error::config(format!(
                "refusing http for {}: the token would be readable on the network; use https, or allow_http()",
                api.base
            )));
        }
        let token = self.chosen_token(&api.base)?;
        let api_version = self.api_version.as_deref();
        let api_version = api_version.map(|version| value("api_version", version)).transpose()?;
        let own = self.user_agent.as_ref().map(|own| format!("{own} {AGENT}"));
        let agent = value("user_agent", own.as_deref().unwrap_or(AGENT))?;
        let transport = match &self.script {
            Some(script) => Transport::Script(script.clone()),
            None => {
                let connections = Connections::new(&self.network, &self.timeouts, agent, &api.base);
                Transport::Network(connections?)
            }
        };
        Ok(Client::from_settings(Settings {
            transport,
            api,
            api_version,
            headers: self.extra_headers()?,
            timeouts: self.timeouts,
            retry: self.retry,
            limits: self.limits,
            on_wait: self.on_wait,
            token,
            permits: Semaphore::new(self.concurrency),
            gates: Gates::default(),
            budget: Budget::new(),
            deprecated: Mutex::default(),
        }))
    }

    /// Sends requests to a script instead of the network.
    #[cfg(feature = "testing")]
    pub(crate) fn scripted(mut self, script: Arc<dyn Scripted>) -> Self {
        self.script = Some(script);
        self
    }

    fn chosen_token(&self, base_url: &Url) -> Result<Token, Error> {
        let token = match &self.environment {
            Some(environment) => environment.token(base_url)?,
            None => self.token.clone(),
        };
        token.check()?;
        Ok(token)
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

fn value(setting: &str, text: &str) -> Result<HeaderValue, Error> {
    headers::value(setting, text).map_err(Error::config)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("has_token", &!self.token.is_none())
            .field("takes_token_from_env", &self.environment.is_some())
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
impl ClientBuilder {
    /// The token that would be sent.
    pub(crate) fn token_for_tests(&self) -> Result<Option<String>, Error> {
        let api = self.server.url(false)?;
        Ok(self.chosen_token(&api.base)?.for_tests())
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
