//! No TLS.

use super::*;

/// Nothing: without TLS only plain http works.
pub(crate) struct Prepared;

impl Prepared {
    pub(crate) fn apply(&self, http: ClientBuilder) -> ClientBuilder {
        http
    }

    pub(crate) fn apply_without_identity(&self, http: ClientBuilder) -> ClientBuilder {
        http
    }
}

impl Tls {
    pub(crate) fn prepare(&self, base_url: &Url, _: &Requested) -> Result<Prepared, Error> {
        if base_url.scheme() == "https" || self.ca_bundle.is_some() || self.identity.is_some() {
            return Err(Error::config(
                "https requires TLS; turn on one of the Cargo features `rustls-ring`, \
                 `rustls-aws-lc` and `native-tls`",
            ));
        }
        Ok(Prepared)
    }
}
