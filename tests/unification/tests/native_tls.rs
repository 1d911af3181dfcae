//! The SDK with the TLS library of the system, and without rustls: the failures are known by the texts of OpenSSL.

#![cfg(all(target_os = "linux", feature = "native-tls", not(feature = "default")))]

use github_workflow_jobs::{Client, ClientBuilder, Error, ErrorKind};
use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd as day};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use unification::support::tls::{Authority, Certified, Tls};
use unification::support::{Answer, Server};

const JOB: &str = include_str!("../../fixtures/documented/get-job.json");

async fn start(tls: &Tls<'_>) -> Server {
    Server::serve_tls(tls, |_, _| Answer::json(200, JOB)).await
}

async fn call(builder: ClientBuilder) -> Result<(), Error> {
    let client = builder.build()?;
    client.get_job("octo-org", "octo-repo", 1).send().await.map(drop)
}

/// Asserts that a call fails without a second attempt.
async fn fails_once(server: &Server, builder: ClientBuilder, text: &str) {
    let error = call(builder).await.unwrap_err();
    let text = text.replace("SERVER", server.origin.trim_start_matches("https://"));
    assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
    assert!(error.to_string().ends_with(&text), "{text}: {error:?}");
    assert!(!error.is_retryable(), "{error:?}");
    assert_eq!((server.connections(), server.count()), (1, 0), "{error:?}");
}

#[tokio::test]
async fn each_fault_of_a_certificate_has_its_own_message_and_is_final() {
    let authority = Authority::new("ours");
    let untrusted = "the certificate of SERVER is not trusted; for a private certificate authority, use ca_bundle()";
    let with = |change: fn(&mut rcgen::CertificateParams)| authority.certificate_with(change);
    for (certificate, text) in [
        (Authority::new("another").certificate(), untrusted),
        (Authority::new("ours").certificate(), untrusted),
        (Certified::self_signed(|_| ()), untrusted),
        (
            with(|params| params.not_after = day(2020, 1, 1)),
            "the certificate of SERVER has expired",
        ),
        (
            with(|params| params.not_before = day(4000, 1, 1)),
            "the certificate of SERVER is not valid yet; check the clock of this machine",
        ),
        (
            with(|params| params.subject_alt_names.truncate(0)),
            "the certificate of SERVER is for another host name",
        ),
        (
            with(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "the certificate of SERVER is not a valid certificate of a server",
        ),
    ] {
        let server = start(&Tls::of(certificate)).await;
        fails_once(&server, server.builder().ca_bundle(authority.pem()), text).await;
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_name_is_named() {
    let authority = Authority::new("ours");
    let other = authority.certificate_with(|params| {
        *params = rcgen::CertificateParams::new(["ghes.example.com".to_owned()]).unwrap();
    });
    let server = start(&Tls::of(other)).await;
    let url = server.url.replace("127.0.0.1", "localhost");
    let builder = Client::builder().api_url(url).ca_bundle(authority.pem());
    let error = call(builder).await.unwrap_err();
    assert!(error.to_string().ends_with("is for another host name"), "{error:?}");
}

const VERSIONS: [&rustls::SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

#[tokio::test]
async fn a_server_that_demands_a_client_certificate_gets_that_of_identity_only() {
    let authority = Authority::new("ours");
    for version in VERSIONS {
        let tls = Tls {
            clients: Some(&authority),
            versions: &[version],
            ..Tls::of(authority.certificate())
        };
        let refused =
            "SERVER does not accept the client certificate, or requires one; check identity()";
        for (identity, text) in [
            (None, Some("SERVER requires a client certificate; use identity()")),
            (Some(Authority::new("another").identity()), Some(refused)),
            (Some(authority.identity()), None),
        ] {
            let server = start(&tls).await;
            let mut builder = server.builder().ca_bundle(authority.pem());
            if let Some(Certified { certificate, key }) = identity {
                // The key may come before or after the certificate.
                builder = match version.version {
                    rustls::ProtocolVersion::TLSv1_2 => builder.identity(certificate + &key),
                    _ => builder.identity(key + &certificate),
                };
            }
            match text {
                Some(text) => fails_once(&server, builder, text).await,
                None => call(builder).await.unwrap(),
            }
        }
    }
}

#[tokio::test]
async fn a_handshake_that_cannot_succeed_has_its_own_message_and_is_final() {
    for (bytes, text) in [
        (&b"\x15\x03\x01\x00\x02\x02\x46"[..], "supports neither TLS 1.2 nor TLS 1.3"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "refuses the TLS handshake; it may require a"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is not TLS; check scheme and port"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
        });
        let error = call(Client::builder().api_url(url)).await.unwrap_err();
        assert!(error.to_string().contains(text), "{text}: {error:?}");
        assert!(!error.is_retryable(), "{error:?}");
        server.await.unwrap();
    }
}

#[test]
fn an_identity_that_cannot_be_used_is_refused_with_its_fault_when_the_client_is_built() {
    let authority = Authority::new("ours");
    let (one, other) = (authority.identity(), authority.identity());
    let encrypted = one.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let old = one.key.replace("PRIVATE KEY", "EC PRIVATE KEY");
    let certificate = one.certificate.clone();
    for (pem, text) in [
        (certificate.clone(), "identity: no private key in PEM format and PKCS #8"),
        (certificate.clone() + &old, "identity: no private key in PEM format and PKCS #8"),
        (one.key.clone(), "identity: no certificate with a private key in PEM format"),
        (certificate.clone() + &encrypted, "identity: the private key is encrypted; decrypt it"),
        (
            certificate + &other.key,
            "identity: the private key does not belong to the first certificate, or one of them",
        ),
    ] {
        let error = Client::builder().identity(pem).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        assert!(error.to_string().starts_with(text), "{text}: {error:?}");
    }
}
