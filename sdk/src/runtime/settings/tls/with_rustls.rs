//! TLS with rustls.

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, WantsClientCert};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::*;

/// One configuration with the identity of the client, and one without it.
pub(crate) struct Prepared {
    own: ClientConfig,
    bare: ClientConfig,
}

impl Prepared {
    pub(crate) fn apply(&self, http: ClientBuilder) -> ClientBuilder {
        http.tls_backend_preconfigured(self.own.clone())
    }

    pub(crate) fn apply_without_identity(&self, http: ClientBuilder) -> ClientBuilder {
        http.tls_backend_preconfigured(self.bare.clone())
    }
}

impl Tls {
    pub(crate) fn prepare(&self, base_url: &Url, requested: &Requested) -> Result<Prepared, Error> {
        #[cfg(feature = "rustls-ring")]
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        #[cfg(not(feature = "rustls-ring"))]
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let extra = match &self.ca_bundle {
            Some(pem) => certificates("ca_bundle", pem)?,
            None => Vec::new(),
        };
        for (index, certificate) in extra.iter().enumerate() {
            if let Err(error) = RootCertStore::empty().add(certificate.clone()) {
                let what = format!("ca_bundle: certificate {} is not valid", index + 1);
                return Err(Error::config_from(what, error));
            }
        }
        let verifier = if extra.is_empty() {
            Verifier::new(provider.clone())
        } else {
            Verifier::new_with_extra_roots(extra, provider.clone())
        };
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().map_err(failed)?;
        let config = match verifier {
            Ok(verifier) => {
                let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier);
                config.dangerous().with_custom_certificate_verifier(verifier)
            }
            // A minimal container has no certificates, and plain http needs none.
            Err(_) if base_url.scheme() == "http" => {
                config.with_root_certificates(RootCertStore::empty())
            }
            Err(error) => {
                let what = "cannot read the system's certificates; install the package \
                            ca-certificates or use ca_bundle()";
                return Err(Error::config_from(what, error));
            }
        };
        let bare = config.clone().with_no_client_auth();
        let own = match &self.identity {
            None => config.with_client_cert_resolver(Arc::new(NoCertificate(requested.clone()))),
            Some(pem) => with_identity(config, pem)?,
        };
        Ok(Prepared { own: with_names(own), bare: with_names(bare) })
    }
}

/// Has no certificate, and notes that one was requested.
#[derive(Debug)]
struct NoCertificate(Requested);

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.set();
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

fn with_identity(
    config: ConfigBuilder<ClientConfig, WantsClientCert>,
    pem: &[u8],
) -> Result<ClientConfig, Error> {
    refuse_encrypted(pem)?;
    let Ok(key) = PrivateKeyDer::from_pem_slice(pem) else {
        return Err(Error::config("identity: no private key in PEM format"));
    };
    let chain = certificates("identity", pem)?;
    config.with_client_auth_cert(chain, key).map_err(|error| {
        let what = match error {
            rustls::Error::InconsistentKeys(_) => {
                "identity: the private key does not belong to the first certificate"
            }
            _ => "identity: the certificate or the private key is not usable",
        };
        Error::config_from(what, error)
    })
}

/// Sets the HTTP versions that the handshake offers (ALPN).
fn with_names(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if cfg!(feature = "http2") {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    config
}

fn certificates(setting: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::config(format!("{setting}: no certificate in PEM format"))),
    }
}

fn failed(error: rustls::Error) -> Error {
    Error::config_from("cannot configure TLS", error)
}
