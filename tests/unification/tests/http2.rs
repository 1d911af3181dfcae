//! The SDK with HTTP/2, which reports the end of a connection in its own way.

#![cfg(feature = "http2")]

use unification::support::tls::{Authority, Tls};
use unification::support::{Answer, Server};

#[tokio::test]
async fn a_missing_client_certificate_is_named_and_is_final() {
    let authority = Authority::new("ours");
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let tls = Tls {
            clients: Some(&authority),
            versions: &[version],
            alpn: "h2",
            ..Tls::of(authority.certificate())
        };
        for _ in 0..20 {
            let server = Server::serve_tls(&tls, |_, _| Answer::json(500, "{}")).await;
            let client = server.client_trusting(&authority);
            let error = client.get_job("octo-org", "octo-repo", 1).send().await.unwrap_err();
            let text = "requires a client certificate; use identity()";
            assert!(error.to_string().ends_with(text), "{error:?}");
            assert!(!error.is_retryable(), "{error:?}");
            assert_eq!((server.connections(), server.count()), (1, 0), "{error:?}");
        }
    }
}
