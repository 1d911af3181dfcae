//! Proxies, and failures of connections: each with the message that names it.
//!
//! Only some of these failures have a type; the others are recognized by a text of a library. The text of OpenSSL
//! for an untrusted certificate occurs only in a build whose only TLS feature is `native-tls`, which these tests
//! are not.

use std::time::Duration;

use github_workflow_jobs::{Client, ClientBuilder, Error, ErrorKind, RetryPolicy, Timeouts};
use tokio::net::TcpSocket;

use super::{Fails as _, a_job, always, in_a_child, is_child, job, log};
use crate::support::Answer;

/// The builder of a client that connects over http through a proxy.
fn plain(proxy: &str) -> ClientBuilder {
    Client::builder().api_url("http://ghes.example.com/api/v3").allow_http().proxy(proxy)
}

/// The builder of a client that connects over https through a proxy.
fn tunnelled(proxy: &str) -> ClientBuilder {
    Client::builder().host("ghes.example.com").proxy(proxy)
}

/// The error of a call.
#[track_caller]
fn failed(result: Result<impl Sized, Error>, kind: ErrorKind, text: &str) -> Error {
    let error = result.failed();
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.to_string().contains(text), "{error:?}");
    error
}

/// The address of a port on this machine that nothing listens on.
fn unused() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_requires_authentication_is_named_and_asked_once() {
    let proxy = always(Answer::with(407, &["proxy-authenticate: Basic"], "")).await;
    let address = proxy.origin.trim_start_matches("http://");
    let named = format!("the proxy {address} requires authentication (407)");
    for (number, builder) in [(1, plain(&proxy.origin)), (2, tunnelled(&proxy.origin))] {
        let client = builder.build().unwrap();
        let error = failed(job(&client).await, ErrorKind::Transport, &named);
        assert!(!error.is_retryable());
        assert_eq!(proxy.count(), number, "{:?}", proxy.received());
    }
    assert_eq!(proxy.received()[1].method, "CONNECT");
}

#[tokio::test]
async fn user_and_password_of_a_proxy_are_sent_to_the_proxy_only() {
    let proxy = always(a_job()).await;
    let url = proxy.origin.replace("://", "://user:canary@");
    let direct = always(a_job()).await;
    job(&plain(&url).build().unwrap()).await.unwrap();
    job(&direct.client()).await.unwrap();
    let basic = "Basic dXNlcjpjYW5hcnk=";
    assert_eq!(proxy.only().header("proxy-authorization"), [basic]);
    assert!(direct.only().header("proxy-authorization").is_empty());
}

#[tokio::test]
async fn a_407_of_a_server_without_a_proxy_is_its_status() {
    let server = always(Answer::with(407, &[], "")).await;
    let error = failed(job(&server.client()).await, ErrorKind::Status, "407");
    assert!(!error.to_string().contains("the proxy"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_refuses_the_server_is_named_with_the_server() {
    let proxy = always(Answer::with(502, &[], "")).await;
    let address = proxy.origin.trim_start_matches("http://");
    // `failed` checks that the password is in no text.
    let url = proxy.origin.replace("://", "://user:canary@");
    let client = tunnelled(&url).build().unwrap();
    let named = format!("the proxy {address} does not connect to ghes.example.com:443");
    let error = failed(job(&client).await, ErrorKind::Transport, &named);
    assert!(error.is_retryable());
    assert_eq!(proxy.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_cannot_be_reached_is_named() {
    let proxy = unused();
    let named = format!("cannot connect to the proxy {proxy}");
    for builder in [plain(&format!("http://{proxy}")), tunnelled(&proxy)] {
        failed(job(&builder.build().unwrap()).await, ErrorKind::Transport, &named);
    }
}

#[test]
fn a_proxy_with_an_unusable_url_is_refused_when_the_client_is_built() {
    for (url, reason) in [
        ("socks5://u:canary@127.0.0.1:1080", "proxy: proxies with the scheme `socks5`"),
        ("http://", "proxy: is not the URL of a proxy"),
        ("u:canary@127.0.0.1:x", "proxy: is not the URL of a proxy"),
    ] {
        for builder in [tunnelled(url), Client::builder().api_url("http://127.0.0.1:1").proxy(url)]
        {
            failed(builder.build(), ErrorKind::Config, reason);
        }
    }
}

#[tokio::test]
async fn an_unusable_proxy_of_the_environment_is_an_error_only_where_it_would_be_used() {
    if !is_child() {
        in_a_child(
            "faults::proxies::an_unusable_proxy_of_the_environment_is_an_error_only_where_it_would_be_used",
            &[
                ("HTTPS_PROXY", "not a URL"),
                ("ALL_PROXY", "socks5://u:canary@127.0.0.1:1080"),
                ("NO_PROXY", "*.direct.example.com, ghes.example.com:8443"),
            ],
        );
        return;
    }
    let build = |url: &str| Client::builder().api_url(url).allow_http().build();
    let socks = "ALL_PROXY: proxies with the scheme `socks5` are not supported";
    failed(build("https://ghes.example.com"), ErrorKind::Config, "HTTPS_PROXY: is not the URL");
    failed(build("http://ghes.example.com"), ErrorKind::Config, socks);
    for direct in ["https://a.direct.example.com", "https://ghes.example.com:8443"] {
        build(direct).unwrap();
    }
    // The host of a log can need a proxy that the API does not need. No connection is tried.
    let server = always(Answer::redirect(302, "http://logs.example.com/log")).await;
    let error = failed(log(&server.client()).text().await, ErrorKind::Config, socks);
    assert!(!error.is_retryable());
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn the_proxy_in_an_error_is_the_one_that_was_used() {
    if !is_child() {
        in_a_child(
            "faults::proxies::the_proxy_in_an_error_is_the_one_that_was_used",
            &[
                ("https_proxy", "http://127.0.0.1:1"),
                ("HTTP_PROXY", "127.0.0.1:2"),
                ("no_proxy", "*.internal"),
            ],
        );
        return;
    }
    let client = |url: &str| {
        let builder = Client::builder().api_url(url).allow_http().retry(RetryPolicy::none());
        builder.build().unwrap()
    };
    for (url, text) in [
        ("https://ghes.example.com", "the proxy 127.0.0.1:1"),
        ("http://ghes.example.com", "the proxy 127.0.0.1:2"),
        // A label of 64 characters has no address anywhere, so that nothing leaves the machine.
        (&format!("https://{}.internal", "a".repeat(64)), "cannot resolve the host name"),
        (&format!("http://{}.internal", "a".repeat(64)), "cannot resolve the host name"),
    ] {
        failed(job(&client(url)).await, ErrorKind::Transport, text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_name_that_cannot_be_resolved_is_named() {
    // A label has at most 63 characters, so that no name server is asked.
    let host = format!("{}.example.com", "a".repeat(64));
    for (scheme, port) in [("http", 80), ("https", 443)] {
        let client = Client::builder().api_url(format!("{scheme}://{host}")).allow_http();
        let text = format!("cannot resolve the host name of {host}:{port} (DNS)");
        failed(job(&client.build().unwrap()).await, ErrorKind::Transport, &text);
    }
}

/// A full queue of connections that nobody accepts: Linux drops further ones.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_takes_too_long_is_a_time_out_of_the_connection() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let listener = socket.listen(1).unwrap();
    let mut queued = Vec::new();
    while let Ok(connection) =
        tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address))
            .await
    {
        queued.push(connection.unwrap());
    }
    let builder = Client::builder().api_url(format!("http://{address}"));
    let timeouts = Timeouts::default().connect(Duration::from_millis(200));
    let client = builder.timeouts(timeouts).retry(RetryPolicy::none()).build().unwrap();
    let text = format!("cannot connect to {address} in time");
    let error = failed(job(&client).await, ErrorKind::Timeout, &text);
    assert!(error.is_retryable());
    drop(listener);
}
