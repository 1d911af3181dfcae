//! The destination of requests: the network, or the script of a test.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::{Body, Url};

use crate::runtime::response::error::Error;
use crate::runtime::settings::connections::Connections;
use crate::runtime::url::host_and_port;

/// The client that sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// With the credentials, to the API.
    Api,
    /// Without credentials, to the host of content.
    Content,
}

pub(crate) enum Transport {
    Network(Connections),
    Script(Arc<dyn Scripted>),
}

/// The script of a test, in the place of the network.
pub(crate) trait Scripted: Send + Sync {
    /// The response to a request of an operation, or the reason why there is none.
    fn send(
        &self,
        via: Via,
        operation: &'static str,
        request: http::Request<Body>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, Error>>;
}

impl Transport {
    /// The host and port of the proxy to a server, if there is one.
    pub(crate) fn proxy_to(&self, server: &Url) -> Result<Option<String>, Error> {
        match self {
            Self::Network(connections) => Ok(connections.proxies.to(server)?.map(host_and_port)),
            Self::Script(_) => Ok(None),
        }
    }
}
