//! Bodies with a limit, and what a broken connection is called.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use crate::runtime::client::Client;
use crate::runtime::http::redirect::place;
use crate::runtime::response::error::{Error, ErrorKind};

/// How long the body of an error may take to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends a request, and waits for the first byte of its answer; `of` is said of who does not answer.
pub(crate) async fn first_answer(
    operation: &str,
    client: &Client,
    request: reqwest::RequestBuilder,
    of: &str,
) -> Result<reqwest::Response, Error> {
    let limit = client.settings().timeouts.first_byte;
    match timeout(limit, request.send()).await {
        Ok(response) => response.map_err(|error| transport(operation, client, error)),
        Err(_) => {
            let what = format!("{operation}: no answer (first byte){of} within {limit:?}");
            Err(Error::new(ErrorKind::Timeout, what))
        }
    }
}

/// The whole body, or an error that says how much of it came.
pub(crate) async fn read_all(
    operation: &str,
    client: &Client,
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let expected = response.content_length();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if chunk.len() > limit - body.len() => {
                let what = format!("{operation}: the answer is larger than {limit} bytes");
                return Err(Error::new(ErrorKind::BodyTooLarge, what));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(error) => {
                return Err(broken(operation, client, error, body.len() as u64, expected));
            }
        }
    }
}

/// As much of the body as there is, up to the limit, and as comes soon: the status is known, and a
/// body that hangs must not hold it back.
pub(crate) async fn read_some(response: &mut reqwest::Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    let end = Instant::now() + PATIENCE;
    while body.len() < limit
        && let Ok(Ok(Some(chunk))) = timeout_at(end, response.chunk()).await
    {
        body.extend(chunk.iter().take(limit - body.len()));
    }
    body
}

/// A body that broke off after `received` bytes.
pub(crate) fn broken(
    operation: &str,
    client: &Client,
    error: reqwest::Error,
    received: u64,
    expected: Option<u64>,
) -> Error {
    if !is_cut(&error) {
        return transport(operation, client, error).with_received(received);
    }
    let of = expected.map_or(String::new(), |expected| format!(" of {expected}"));
    let what = format!("{operation}: the answer ended after {received}{of} bytes");
    Error::new(ErrorKind::Truncated, what).with_received(received).with_source(error.without_url())
}

/// Whether the connection ended in the middle of the body.
fn is_cut(error: &reqwest::Error) -> bool {
    let cut = |source: &(dyn StdError + 'static)| {
        let kind = source.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset))
    };
    chain(error).any(cut)
}

/// A request that got no answer. reqwest's errors print the URL with its query; host and port are all
/// that helps.
pub(crate) fn transport(operation: &str, client: &Client, error: reqwest::Error) -> Error {
    let server = error.url().map_or_else(|| "the server".to_owned(), place);
    let plain = error.url().is_some_and(|url| url.scheme() == "http");
    // Before anything is read in its text: that has the URL.
    let error = error.without_url();
    if error.is_builder() {
        let what = format!("{operation}: the URL is none that can be asked for (bad location)");
        return Error::new(ErrorKind::Redirect, what).with_source(error);
    }
    let said = |words: &str| chain(&error).any(|source| source.to_string().contains(words));
    let untrusted = said("certificate") || said("UnknownIssuer");
    let through = client.settings().proxy.as_deref();
    let proxy = through.filter(|_| said("tunnel") || said("proxy") || plain && error.is_connect());
    let what = match proxy {
        _ if untrusted => format!(
            "the certificate of {server} is not trusted: is it a private one? see ca_bundle()"
        ),
        Some(proxy) => format!("the proxy {proxy} does not connect to {server}"),
        None if error.is_timeout() => format!("cannot connect to {server} in time"),
        None if said("dns error") => format!("cannot connect to {server}: no address is known"),
        None if error.is_connect() => format!("cannot connect to {server}"),
        None if said("invalid HTTP") => format!("what came from {server} is not HTTP"),
        None => format!("the connection to {server} broke"),
    };
    let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Transport };
    let error = Error::new(kind, format!("{operation}: {what}")).with_source(error);
    if untrusted { error.for_good() } else { error }
}

fn chain<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
