//! The client.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use reqwest::Url;

use crate::config::ClientBuilder;

/// Calls the API of one server. Cheap to clone: clones share connections.
///
/// ```no_run
/// use github_workflow_jobs::Client;
///
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder()
///     .host("ghes.example.com")
///     .token(std::env::var("GITHUB_TOKEN")?)
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: Url,
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) api_version: Option<HeaderValue>,
}

impl Client {
    /// Starts a client; [`build`](ClientBuilder::build) ends it. Without a host it is one for
    /// github.com, without a token it is anonymous.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.0.base_url
    }

    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.0.authorization.as_ref()
    }

    /// The token as it stands in the header.
    pub(crate) fn secret(&self) -> Option<String> {
        let header = self.0.authorization.as_ref()?.to_str().ok()?;
        header.strip_prefix("Bearer ").map(str::to_owned)
    }

    pub(crate) fn api_version(&self) -> Option<&HeaderValue> {
        self.0.api_version.as_ref()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.base_url.as_str())
            .field("authorized", &self.0.authorization.is_some())
            .finish_non_exhaustive()
    }
}
