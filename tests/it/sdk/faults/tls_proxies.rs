//! Proxies that are connected to over https: they never get the identity of the client, and their faults are named
//! as those of the proxy.

use std::sync::{Arc, Mutex};

use github_workflow_jobs::{Client, ClientBuilder, ErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Fails as _, a_job, job};
use crate::support::Server;
use crate::support::tls::{Authority, Certified, Tls};

/// A proxy over https that connects to any server, and the number of certificates in each handshake with it.
struct Proxy {
    url: String,
    seen: Arc<Mutex<Vec<usize>>>,
}

impl Proxy {
    async fn start(tls: &Tls<'_>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (seen, acceptor) = (Arc::new(Mutex::new(Vec::new())), tls.acceptor());
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, log) = (acceptor.clone(), Arc::clone(&log));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let certificates = stream.get_ref().1.peer_certificates();
                    log.lock().unwrap().push(certificates.map_or(0, <[_]>::len));
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = stream.read_u8().await else { return };
                        head.push(byte);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let server = head.split(' ').nth(1).unwrap();
                    let mut server = TcpStream::connect(server).await.unwrap();
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    stream.flush().await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
                });
            }
        });
        Self { url, seen }
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("https://")
    }

    fn seen(&self) -> Vec<usize> {
        self.seen.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn an_https_proxy_that_requests_a_certificate_never_gets_that_of_identity() {
    let authority = Authority::new("ours");
    let server = Server::serve_tls(&Tls::of(authority.certificate()), |_, _| a_job()).await;
    let requesting = Tls {
        clients: Some(&authority),
        clients_are_optional: true,
        ..Tls::of(authority.certificate())
    };
    let proxy = Proxy::start(&requesting).await;
    let builder = || server.builder().ca_bundle(authority.pem()).proxy(&proxy.url);
    job(&builder().build().unwrap()).send().await.unwrap();
    assert_eq!((proxy.seen(), server.count()), (vec![0], 1));

    let identity = authority.identity().pem();
    let error = builder().identity(identity.clone()).build().failed();
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    let text = "proxy: an https proxy could request the certificate of identity(), which is only for the API; use an http proxy";
    assert_eq!(error.to_string(), text);
    assert_eq!((proxy.seen(), server.count()), (vec![0], 1));
}

#[tokio::test(start_paused = true)]
async fn the_identity_goes_through_an_http_proxy_to_the_api_only() {
    let authority = Authority::new("ours");
    let tls = Tls { clients: Some(&authority), ..Tls::of(authority.certificate()) };
    let server = Server::serve_tls(&tls, |_, _| a_job()).await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let target = server.origin.trim_start_matches("https://").to_owned();
    tokio::spawn(async move {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut head = [0; 4096];
        let length = stream.read(&mut head).await.unwrap();
        assert!(head[..length].starts_with(format!("CONNECT {target}").as_bytes()));
        let mut server = TcpStream::connect(&target).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
    });
    let builder = server.builder().ca_bundle(authority.pem()).proxy(url);
    job(&builder.identity(authority.identity().pem()).build().unwrap()).send().await.unwrap();
    assert_eq!(server.count(), 1);
}

/// The builders of clients that connect through a proxy: to a server over https, and to one over http.
fn through(proxy: &Proxy, authority: &Authority) -> [ClientBuilder; 2] {
    ["https://ghes.example.com", "http://ghes.example.com"].map(|url| {
        let builder = Client::builder().api_url(url).allow_http().token("ghp_canary");
        builder.ca_bundle(authority.pem()).proxy(&proxy.url)
    })
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_certificate_of_a_proxy_names_the_proxy() {
    use rcgen::date_time_ymd as day;

    let authority = Authority::new("ours");
    let expired = authority.certificate_with(|params| params.not_after = day(2020, 1, 1));
    for (certificate, text) in [
        (
            Certified::self_signed(|_| ()),
            "the certificate of the proxy PROXY is not trusted; for a",
        ),
        (expired, "the certificate of the proxy PROXY has expired"),
    ] {
        let proxy = Proxy::start(&Tls::of(certificate)).await;
        for builder in through(&proxy, &authority) {
            let error = job(&builder.build().unwrap()).send().await.failed();
            assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
            let text = text.replace("PROXY", proxy.address());
            assert!(error.to_string().contains(&text), "{error:?}");
            assert!(!error.is_retryable(), "{error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_demands_a_client_certificate_is_named_and_is_final() {
    let authority = Authority::new("ours");
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let tls = Tls { clients: Some(&authority), versions, ..Tls::of(authority.certificate()) };
        let proxy = Proxy::start(&tls).await;
        for builder in through(&proxy, &authority) {
            let error = job(&builder.build().unwrap()).send().await.failed();
            assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
            let text = format!(
                "the proxy {} requires a client certificate, which only the API gets",
                proxy.address()
            );
            assert!(error.to_string().contains(&text), "{error:?}");
            assert!(!error.is_retryable(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_fault_of_the_certificate_of_a_server_behind_an_https_proxy_names_the_server() {
    let authority = Authority::new("ours");
    let server = Server::serve_tls(&Tls::of(Certified::self_signed(|_| ())), |_, _| a_job()).await;
    let proxy = Proxy::start(&Tls::of(authority.certificate())).await;
    let builder = server.builder().ca_bundle(authority.pem()).proxy(&proxy.url);
    let error = job(&builder.build().unwrap()).send().await.failed();
    let address = server.origin.trim_start_matches("https://");
    let text = format!("the certificate of {address} is not trusted");
    assert!(error.to_string().contains(&text), "{error:?}");
    assert_eq!((proxy.seen().len(), server.connections()), (1, 1));
}
