//! Certificates, and the loopback server over https.

use std::sync::Arc;

use github_workflow_jobs::Client;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsAcceptor;

use super::{Answer, Received, Server};

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The certificate of the authority.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1 and localhost.
    pub fn certificate(&self) -> Certified {
        self.certificate_with(|_| ())
    }

    /// As [`certificate`](Self::certificate), with other parameters.
    pub fn certificate_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let key = KeyPair::generate().unwrap();
        let certificate = params(change).signed_by(&key, &self.0).unwrap().pem();
        Certified { certificate, key: key.serialize_pem() }
    }

    /// A certificate for a client.
    pub fn identity(&self) -> Certified {
        self.certificate_with(|params| {
            params.subject_alt_names.clear();
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }
}

/// A certificate with its key, both as PEM.
pub struct Certified {
    pub certificate: String,
    pub key: String,
}

impl Certified {
    /// A certificate for 127.0.0.1 and localhost that no authority has signed.
    pub fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params(change).self_signed(&key).unwrap().pem();
        Self { certificate, key: key.serialize_pem() }
    }

    /// The certificate and the key in one text, for `identity()`.
    pub fn pem(&self) -> String {
        format!("{}{}", self.certificate, self.key)
    }
}

fn params(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    params
}

/// The TLS of a server.
pub struct Tls<'a> {
    pub certificate: Certified,
    /// The authority of the certificates that clients must have.
    pub clients: Option<&'a Authority>,
    /// True if a client may have no certificate.
    pub clients_are_optional: bool,
    pub versions: &'a [&'static SupportedProtocolVersion],
    /// The protocol that the server selects, although it speaks HTTP/1.1 only: for handshakes that fail.
    pub alpn: &'a str,
}

impl Tls<'_> {
    /// TLS that requests no certificate of the client.
    pub fn of(certificate: Certified) -> Self {
        let versions = rustls::ALL_VERSIONS;
        let alpn = "http/1.1";
        Self { certificate, clients: None, clients_are_optional: false, versions, alpn }
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_protocol_versions(self.versions).unwrap();
        let config = match self.clients {
            None => config.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.0.der().clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = if self.clients_are_optional {
                    verifier.allow_unauthenticated()
                } else {
                    verifier
                };
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let certificate = CertificateDer::from_pem_slice(self.certificate.certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(self.certificate.key.as_bytes());
        let mut config = config.with_single_cert(vec![certificate.unwrap()], key.unwrap()).unwrap();
        config.alpn_protocols = vec![self.alpn.as_bytes().to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

impl Server {
    /// Starts a server over https with a function that gets the index of a request and the request.
    pub async fn serve_tls(
        tls: &Tls<'_>,
        answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(tls.acceptor()), answer).await
    }

    /// A client of this server, with a token, that trusts an authority.
    pub fn client_trusting(&self, authority: &Authority) -> Client {
        self.builder().ca_bundle(authority.pem()).build().unwrap()
    }
}
