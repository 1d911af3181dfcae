//! The one place where requests leave the crate.

use reqwest::Body;

use crate::runtime::http::transport_error::{self, TransportError};
use crate::runtime::response::error::{Cause, Error};
use crate::runtime::settings::connections::{ClientCertificate, Connections};
use crate::runtime::settings::transport::{Transport, Via};

/// Sends a request of an operation, and returns the response as soon as its headers are there. `proxy` is the host and port of the
/// proxy to the server, if there is one.
pub(crate) async fn send(
    transport: &Transport,
    via: Via,
    operation: &'static str,
    request: http::Request<Body>,
    proxy: Option<&str>,
) -> Result<http::Response<Body>, Error> {
    match transport {
        Transport::Script(script) => script.send(via, operation, request).await,
        Transport::Network(connections) => {
            let sent = over_network(connections, via, request, proxy).await;
            sent.map_err(|error| Cause::from(error).into())
        }
    }
}

async fn over_network(
    connections: &Connections,
    via: Via,
    request: http::Request<Body>,
    proxy: Option<&str>,
) -> Result<http::Response<Body>, TransportError> {
    let server = request.uri().clone();
    let client = match via {
        Via::Api => &connections.api,
        Via::Content => &connections.content,
    };
    let sent = match reqwest::Request::try_from(request) {
        Ok(request) => client.execute(request).await,
        Err(error) => Err(error),
    };
    if sent.is_ok() && via == Via::Api {
        connections.note_answer();
    }
    let certificate = match via {
        // An https proxy can request a certificate too, for its own connection.
        Via::Api if proxy.is_none() => connections.client_certificate(),
        Via::Api | Via::Content => ClientCertificate::Unused,
    };
    sent.map(http::Response::from)
        .map_err(|error| transport_error::of(error, &server, proxy).of_sending(via, certificate))
}
