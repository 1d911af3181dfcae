//! TLS: trusted certificates and the identity of the client.
//!
//! The process-wide provider of rustls is neither read nor installed, so other code in the program cannot change
//! the certificates that a client trusts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{ClientBuilder, Url};

use crate::runtime::response::error::Error;

/// The certificates and keys that the caller configures.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    pub(crate) ca_bundle: Option<Vec<u8>>,
    pub(crate) identity: Option<Vec<u8>>,
}

/// Notes that a server has requested a certificate of a client that has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requested(Arc<AtomicBool>);

impl Requested {
    #[cfg_attr(
        not(any(feature = "rustls-ring", feature = "rustls-aws-lc")),
        allow(dead_code, reason = "only rustls reports a request for a certificate")
    )]
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Refuses a private key that needs a password: as PKCS #8, or in the older form of OpenSSL.
#[cfg(any(feature = "rustls-ring", feature = "rustls-aws-lc", feature = "native-tls"))]
fn refuse_encrypted(pem: &[u8]) -> Result<(), Error> {
    let signs = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"];
    if signs.iter().any(|text| find(pem, text).is_some()) {
        return Err(Error::config(
            "identity: the private key is encrypted; decrypt it first, for example with `openssl pkey`",
        ));
    }
    Ok(())
}

#[cfg(any(feature = "rustls-ring", feature = "rustls-aws-lc", feature = "native-tls"))]
fn find(pem: &[u8], text: &str) -> Option<usize> {
    pem.windows(text.len()).position(|window| window == text.as_bytes())
}

#[cfg(any(feature = "rustls-ring", feature = "rustls-aws-lc"))]
mod with_rustls;

#[cfg(all(feature = "native-tls", not(any(feature = "rustls-ring", feature = "rustls-aws-lc"))))]
mod with_native_tls;

#[cfg(not(any(feature = "rustls-ring", feature = "rustls-aws-lc", feature = "native-tls")))]
mod without;
