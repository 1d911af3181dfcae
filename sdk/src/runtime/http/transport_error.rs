//! Classifies the failures of connections, by type where the libraries have one.
//!
//! The phrases in [`text`] are those of hyper-util 0.1.21, which has no type for the failures of proxies. A test
//! provokes each of them.

mod tls;

use std::error::Error as StdError;
use std::io;

use http::Uri;

use crate::runtime::response::error::{Cause, Failure};
use crate::runtime::settings::connections::ClientCertificate;
use crate::runtime::settings::transport::Via;

/// A request that got no response, or half of one. The text of its source has no URL.
#[derive(Debug)]
pub(crate) struct TransportError {
    failure: Failure,
    server: String,
    source: reqwest::Error,
    is_cut: bool,
}

/// The failures that have a text but no type.
mod text {
    pub(super) const PROXY: &str = "tunnel error";
    pub(super) const PROXY_UNREACHABLE: &str =
        "tunnel error: failed to create underlying connection";
    pub(super) const PROXY_AUTHENTICATION: &str = "tunnel error: proxy authorization required";
    /// The connection to the proxy is there, but the proxy does not answer on it.
    pub(super) const PROXY_BROKEN: &str = "tunnel error: io error establishing tunnel";
}

/// Classifies the failure of a request to `server`; `proxy` is the host and port of the proxy, if there is one.
pub(crate) fn of(error: reqwest::Error, server: &Uri, proxy: Option<&str>) -> TransportError {
    let is_plain = server.scheme_str() == Some("http");
    let port = server.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
    let mut server = format!("{}:{port}", server.host().unwrap_or_default());
    // reqwest's errors print the URL, which can be signed.
    let source = error.without_url();
    let failure = match tls::failure(&source) {
        Some(failure) => match proxy.filter(|_| is_plain || is_of_proxy(&source)) {
            Some(proxy) => {
                server = format!("the proxy {proxy}");
                let is_identity =
                    matches!(failure, Failure::ClientCertificate | Failure::RefusedIdentity);
                if is_identity { Failure::ForeignIdentity } else { failure }
            }
            None => failure,
        },
        None => failure(&source, is_plain, proxy),
    };
    TransportError { failure, server, is_cut: is_cut(&source), source }
}

impl TransportError {
    /// The error of sending a request with this certificate of the client.
    pub(crate) fn of_sending(mut self, via: Via, certificate: ClientCertificate) -> Self {
        match self.failure {
            // hyper loses the alert with the reason if it comes after the handshake and just before the request.
            Failure::Unsent { .. } if certificate == ClientCertificate::Missing => {
                self.failure = Failure::ClientCertificate;
            }
            Failure::Unsent { .. } if certificate == ClientCertificate::Configured => {
                self.failure = Failure::Unsent { may_refuse_identity: true };
            }
            Failure::ClientCertificate | Failure::RefusedIdentity if via == Via::Content => {
                self.failure = Failure::ForeignIdentity;
            }
            _ => {}
        }
        self
    }

    /// The cause of an error after `received` of `expected` bytes of a body.
    pub(crate) fn after(self, received: u64, expected: Option<u64>) -> Cause {
        let source = Some(self.source.into());
        if self.is_cut {
            return Cause::Truncated { received, expected, source };
        }
        let received = Some(received);
        Cause::Transport { failure: self.failure, server: self.server, received, source }
    }
}

impl From<TransportError> for Cause {
    fn from(error: TransportError) -> Self {
        let TransportError { failure, server, source, .. } = error;
        Self::Transport { failure, server, received: None, source: Some(source.into()) }
    }
}

/// True if the connection to the proxy failed, and not the one through it. A plain request has only the first.
fn is_of_proxy(error: &reqwest::Error) -> bool {
    has(error, text::PROXY_UNREACHABLE) || has(error, text::PROXY_BROKEN)
}

fn failure(error: &reqwest::Error, is_plain: bool, proxy: Option<&str>) -> Failure {
    let has = |phrase: &str| has(error, phrase);
    if let Some(proxy) = proxy {
        if has(text::PROXY_AUTHENTICATION) {
            return Failure::ProxyAuthentication(proxy.to_owned());
        }
        // A plain request has no tunnel: the connection is the one to the proxy.
        if has(text::PROXY_UNREACHABLE) || is_plain && error.is_connect() {
            return Failure::ProxyUnreachable(proxy.to_owned());
        }
        if has(text::PROXY) {
            return Failure::Proxy(proxy.to_owned());
        }
    }
    if error.is_timeout() && error.is_connect() {
        Failure::ConnectTimeout
    } else if error.is_dns() {
        Failure::Resolve
    } else if error.is_connect() {
        Failure::Connect
    } else if find::<hyper::Error>(error).is_some_and(|e| e.is_canceled() || e.is_closed()) {
        // hyper returns the request to its caller then.
        Failure::Unsent { may_refuse_identity: false }
    } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        Failure::NotHttp
    } else {
        Failure::Broken
    }
}

/// True if the connection ended in the middle of the body.
fn is_cut(error: &reqwest::Error) -> bool {
    let is_end =
        |kind| matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset);
    chain(error)
        .any(|source| source.downcast_ref::<io::Error>().is_some_and(|io| is_end(io.kind())))
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(|source| source.downcast_ref())
}

/// True if the text of the error, or of one of its sources, contains a phrase.
fn has(error: &reqwest::Error, phrase: &str) -> bool {
    chain(error).any(|source| source.to_string().contains(phrase))
}

/// True if the text of the error, or of one of its sources, ends with a phrase.
#[cfg(feature = "rustls-without-provider")]
fn ends_with(error: &reqwest::Error, phrase: &str) -> bool {
    chain(error).any(|source| source.to_string().ends_with(phrase))
}

/// The error and its sources. `source()` of an I/O error leaves out the error that it wraps.
fn chain<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as _).or_else(|| error.source())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The failure of an error of sending.
    fn sent(failure: Failure, via: Via, certificate: ClientCertificate) -> Failure {
        let relative = http::Request::new(reqwest::Body::default());
        let source = reqwest::Request::try_from(relative).unwrap_err();
        let error = TransportError { failure, server: String::new(), is_cut: false, source };
        error.of_sending(via, certificate).failure
    }

    #[test]
    fn a_connection_that_ends_after_a_request_for_a_certificate_needs_one() {
        let unsent = |may_refuse_identity| Failure::Unsent { may_refuse_identity };
        for (certificate, failure) in [
            (ClientCertificate::Missing, Failure::ClientCertificate),
            (ClientCertificate::Configured, unsent(true)),
            (ClientCertificate::Unused, unsent(false)),
        ] {
            assert_eq!(sent(unsent(false), Via::Api, certificate), failure);
            assert_eq!(sent(Failure::Broken, Via::Api, certificate), Failure::Broken);
        }
    }

    #[test]
    fn a_host_of_content_never_needs_the_identity() {
        for failure in [Failure::ClientCertificate, Failure::RefusedIdentity] {
            let unused = ClientCertificate::Unused;
            assert_eq!(sent(failure.clone(), Via::Api, unused), failure);
            assert_eq!(sent(failure, Via::Content, unused), Failure::ForeignIdentity);
        }
    }
}
