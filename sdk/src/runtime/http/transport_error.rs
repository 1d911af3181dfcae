//! Classifies the failures of connections, by type where the libraries have one.
//!
//! The phrases in [`text`] are those of hyper-util 0.1.21 (proxies) and of OpenSSL (native-tls), which have no
//! type for these failures. A test provokes each failure of a proxy. That of OpenSSL occurs only in a build with
//! `native-tls` and without rustls, which no test has.

use std::error::Error as StdError;
use std::io;

use http::Uri;

use crate::runtime::response::error::{Cause, Failure};

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
    #[cfg(all(feature = "native-tls", not(feature = "rustls-without-provider")))]
    pub(super) const UNTRUSTED: &str = "certificate verify failed";
}

/// Classifies the failure of a request to `server`; `proxy` is the host and port of the proxy, if there is one.
pub(crate) fn of(error: reqwest::Error, server: &Uri, proxy: Option<&str>) -> TransportError {
    let is_plain = server.scheme_str() == Some("http");
    let port = server.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
    let server = format!("{}:{port}", server.host().unwrap_or_default());
    // reqwest's errors print the URL, which can be signed.
    let source = error.without_url();
    let failure = failure(&source, is_plain, proxy);
    TransportError { failure, server, is_cut: is_cut(&source), source }
}

impl TransportError {
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

fn failure(error: &reqwest::Error, is_plain: bool, proxy: Option<&str>) -> Failure {
    let has = |phrase: &str| chain(error).any(|source| source.to_string().contains(phrase));
    if let Some(failure) = tls(error) {
        return failure;
    }
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

#[cfg(feature = "rustls-without-provider")]
fn tls(error: &reqwest::Error) -> Option<Failure> {
    use rustls::pki_types::InvalidDnsNameError;
    use rustls::{AlertDescription, CertificateError, Error};

    // TLS checks the name before the system resolves it.
    if find::<InvalidDnsNameError>(error).is_some() {
        return Some(Failure::Resolve);
    }
    Some(match find::<Error>(error)? {
        Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Failure::ExpiredCertificate
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Failure::FutureCertificate
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Failure::WrongHost
            }
            _ => Failure::UntrustedCertificate,
        },
        Error::AlertReceived(AlertDescription::CertificateRequired) => Failure::ClientCertificate,
        _ => Failure::Tls,
    })
}

#[cfg(all(feature = "native-tls", not(feature = "rustls-without-provider")))]
fn tls(error: &reqwest::Error) -> Option<Failure> {
    let is_untrusted = chain(error).any(|source| source.to_string().contains(text::UNTRUSTED));
    is_untrusted.then_some(Failure::UntrustedCertificate)
}

#[cfg(not(any(feature = "native-tls", feature = "rustls-without-provider")))]
fn tls(_: &reqwest::Error) -> Option<Failure> {
    None
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(|source| source.downcast_ref())
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
