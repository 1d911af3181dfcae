//! The two HTTP clients: one with credentials, one without.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderValue;
use http::header::USER_AGENT;
use reqwest::{ClientBuilder, Proxy, Url};

use crate::runtime::response::error::Error;
use crate::runtime::settings::proxy::Proxies;
use crate::runtime::settings::timeouts::Timeouts;
use crate::runtime::settings::tls::{Requested, Tls};
use crate::runtime::url::is_loopback;

/// The connections of a client.
pub(crate) struct Connections {
    /// Sends the credentials to the API.
    pub(crate) api: reqwest::Client,
    /// Fetches content behind signed links, without credentials.
    pub(crate) content: reqwest::Client,
    pub(crate) proxies: Arc<Proxies>,
    has_identity: bool,
    certificate_requested: Requested,
    has_answered: AtomicBool,
}

/// The client's certificate for the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    Configured,
    /// The server has requested one, and there is none.
    Missing,
    /// There is none, and the server has not requested one.
    Unused,
}

/// The settings of connections that the caller has changed.
#[derive(Clone, Default)]
pub(crate) struct Network {
    pub(crate) idle_connections: Option<usize>,
    pub(crate) local_address: Option<IpAddr>,
    pub(crate) proxy: Option<String>,
    pub(crate) tls: Tls,
}

impl Connections {
    pub(crate) fn new(
        network: &Network,
        timeouts: &Timeouts,
        agent: HeaderValue,
        base_url: &Url,
    ) -> Result<Self, Error> {
        let proxies = Arc::new(match &network.proxy {
            Some(text) => Proxies::fixed(text)?,
            None => Proxies::from_environment(&|name| std::env::var(name).ok()),
        });
        // An unusable proxy is an error here, and not one of each call.
        proxies.to(base_url)?;
        let has_identity = network.tls.identity.is_some();
        if has_identity {
            proxies.keeps_identity(base_url)?;
        }
        let certificate_requested = Requested::default();
        let tls = network.tls.prepare(base_url, &certificate_requested)?;
        let http = || network.http(timeouts, agent.clone(), &proxies);
        let mut api = tls.apply(http());
        if *proxies == Proxies::System && !may_use_system_proxy(base_url, has_identity) {
            api = api.no_proxy();
        }
        // Content is not decompressed, even if another crate enables that in reqwest.
        let content = tls.apply_without_identity(http());
        let content = content.no_gzip().no_brotli().no_deflate().no_zstd();
        Ok(Self {
            content: content.build().map_err(unbuilt)?,
            // The client for content differs in the identity only.
            api: api
                .build()
                .map_err(|error| if has_identity { unusable(error) } else { unbuilt(error) })?,
            proxies,
            has_identity,
            certificate_requested,
            has_answered: AtomicBool::new(false),
        })
    }

    /// Notes that the API has answered: if it requests a certificate, it does not require one.
    pub(crate) fn note_answer(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn client_certificate(&self) -> ClientCertificate {
        let may_be_required =
            self.certificate_requested.get() && !self.has_answered.load(Ordering::Relaxed);
        match (self.has_identity, may_be_required) {
            (true, _) => ClientCertificate::Configured,
            (false, true) => ClientCertificate::Missing,
            (false, false) => ClientCertificate::Unused,
        }
    }
}

impl Network {
    fn http(
        &self,
        timeouts: &Timeouts,
        agent: HeaderValue,
        proxies: &Arc<Proxies>,
    ) -> ClientBuilder {
        let mut http = reqwest::Client::builder()
            // Redirects are followed by the runtime, which knows where the token may go.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .default_headers([(USER_AGENT, agent)].into_iter().collect())
            .connect_timeout(timeouts.connect)
            .local_address(self.local_address);
        // With HTTP/2, a request that times out leaves its connection open for other requests. Pings close a dead
        // one before the time of its first request is over, so that no other request uses it.
        #[cfg(feature = "http2")]
        {
            let third = timeouts.first_byte / 3;
            http = http.http2_keep_alive_interval(third).http2_keep_alive_timeout(third);
        }
        if let Some(connections) = self.idle_connections {
            http = http.pool_max_idle_per_host(connections);
        }
        if **proxies != Proxies::System {
            let proxies = proxies.clone();
            // A server whose proxy is unusable is not connected to: the call has failed before.
            http = http.proxy(Proxy::custom(move |server| proxies.to(server).ok()?.cloned()));
        }
        http
    }
}

/// True if connections of the API may go through the proxy that is set in the system. Those to this machine do not.
/// A system's proxy can be an https proxy, and only reqwest knows it: it must not get the identity of the client.
fn may_use_system_proxy(base_url: &Url, has_identity: bool) -> bool {
    !has_identity && !is_loopback(base_url)
}

fn unusable(error: reqwest::Error) -> Error {
    let what = "identity: the private key does not belong to the first certificate, or one of them is not usable";
    Error::config_from(what, error.without_url())
}

fn unbuilt(error: reqwest::Error) -> Error {
    Error::config_from("the HTTP client cannot be built", error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_of_the_system_is_used_neither_with_an_identity_nor_for_this_machine() {
        let ghes = Url::parse("https://ghes.example.com").unwrap();
        assert!(may_use_system_proxy(&ghes, false));
        assert!(!may_use_system_proxy(&ghes, true));
        assert!(!may_use_system_proxy(&Url::parse("https://localhost").unwrap(), false));
    }

    #[test]
    fn a_server_that_answers_without_a_certificate_does_not_require_one() {
        let base_url = Url::parse("http://127.0.0.1:1").unwrap();
        let (network, agent) = (Network::default(), HeaderValue::from_static("a"));
        let new = Connections::new(&network, &Timeouts::default(), agent, &base_url);
        let connections = new.unwrap();
        assert_eq!(connections.client_certificate(), ClientCertificate::Unused);
        connections.certificate_requested.set();
        assert_eq!(connections.client_certificate(), ClientCertificate::Missing);
        connections.note_answer();
        assert_eq!(connections.client_certificate(), ClientCertificate::Unused);
    }
}
