//! TLS with the library of the system.

use reqwest::{Certificate, Identity};

use super::*;

/// The certificates for both clients, and the identity for one.
pub(crate) struct Prepared {
    roots: Vec<Certificate>,
    identity: Option<Identity>,
}

impl Prepared {
    pub(crate) fn apply(&self, http: ClientBuilder) -> ClientBuilder {
        let http = self.apply_without_identity(http);
        match &self.identity {
            Some(identity) => http.identity(identity.clone()),
            None => http,
        }
    }

    pub(crate) fn apply_without_identity(&self, mut http: ClientBuilder) -> ClientBuilder {
        for root in &self.roots {
            http = http.add_root_certificate(root.clone());
        }
        http
    }
}

impl Tls {
    pub(crate) fn prepare(&self, _: &Url, _: &Requested) -> Result<Prepared, Error> {
        let roots = match self.ca_bundle.as_deref().map(Certificate::from_pem_bundle) {
            None => Vec::new(),
            Some(Ok(roots)) if !roots.is_empty() => roots,
            Some(_) => return Err(Error::config("ca_bundle: no certificate in PEM format")),
        };
        let identity = self.identity.as_deref().map(identity).transpose()?;
        Ok(Prepared { roots, identity })
    }
}

fn identity(pem: &[u8]) -> Result<Identity, Error> {
    refuse_encrypted(pem)?;
    let Some((key, certificates)) = split(pem) else {
        return Err(Error::config(
            "identity: no private key in PEM format and PKCS #8 (`BEGIN PRIVATE KEY`); \
             convert another one with `openssl pkcs8 -topk8 -nodes`",
        ));
    };
    Identity::from_pkcs8_pem(&certificates, key).map_err(|error| {
        let what = "identity: no certificate with a private key in PEM format";
        Error::config_from(what, error)
    })
}

/// The section with the private key, and the rest. native-tls reads each from a text that begins with it.
fn split(pem: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    const END: &str = "-----END PRIVATE KEY-----";
    let start = find(pem, "-----BEGIN PRIVATE KEY-----")?;
    let (before, key) = pem.split_at_checked(start)?;
    let (key, after) = key.split_at_checked(find(key, END)? + END.len())?;
    Some((key, [before, after].concat()))
}
