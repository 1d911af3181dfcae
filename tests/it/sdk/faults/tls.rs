//! Certificates of servers and of clients: each fault with its own message, and without a second attempt.

use github_workflow_jobs::{ClientBuilder, Error, ErrorKind};
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{Fails as _, a_job, in_a_child, job, log};
use crate::support::tls::{Authority, Certified, Tls};
use crate::support::{Answer, Server};

/// A server with this certificate that answers with the documented job.
async fn server_with(certificate: Certified) -> Server {
    Server::serve_tls(&Tls::of(certificate), |_, _| a_job()).await
}

/// Asserts that a call fails without a second attempt, and that nothing of it was read by the server.
async fn fails_once(server: &Server, builder: ClientBuilder, text: &str) -> Error {
    let error = job(&builder.build().unwrap()).send().await.failed();
    let text = text.replace("SERVER", server.origin.trim_start_matches("https://"));
    assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
    assert!(error.to_string().ends_with(&text), "{error:?}");
    assert!(!error.is_retryable(), "{error:?}");
    assert_eq!((server.connections(), server.count()), (1, 0), "{error:?}");
    error
}

#[tokio::test(start_paused = true)]
async fn a_private_authority_of_ca_bundle_is_trusted() {
    let authority = Authority::new("ours");
    let server = server_with(authority.certificate()).await;
    job(&server.client_trusting(&authority)).send().await.unwrap();
    assert_eq!(server.only().header("authorization"), ["Bearer ghp_canary"]);
}

#[tokio::test(start_paused = true)]
async fn each_fault_of_a_certificate_has_its_own_message_and_is_final() {
    use rcgen::date_time_ymd as day;

    let authority = Authority::new("ours");
    let untrusted = "the certificate of SERVER is not trusted; for a private certificate authority, use ca_bundle()";
    let invalid = "the certificate of SERVER is not a valid certificate of a server";
    let with = |change: fn(&mut rcgen::CertificateParams)| authority.certificate_with(change);
    let is_ca = |params: &mut rcgen::CertificateParams| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    for (certificate, text) in [
        (Authority::new("another").certificate(), untrusted),
        // Not the key of the trusted authority.
        (Authority::new("ours").certificate(), untrusted),
        (Certified::self_signed(|_| ()), untrusted),
        (Certified::self_signed(is_ca), invalid),
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
            invalid,
        ),
    ] {
        let server = server_with(certificate).await;
        fails_once(&server, server.builder().ca_bundle(authority.pem()), text).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_self_signed_certificate_in_ca_bundle_is_trusted() {
    let certificate = Certified::self_signed(|_| ());
    let pem = certificate.certificate.clone();
    let server = server_with(certificate).await;
    job(&server.builder().ca_bundle(pem).build().unwrap()).send().await.unwrap();
}

#[tokio::test]
async fn an_authority_of_ssl_cert_file_is_trusted() {
    let Some(folder) = std::env::var_os("CERTIFICATES").map(std::path::PathBuf::from) else {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("ours");
        let Certified { certificate, key } = authority.certificate();
        for (name, pem) in [("ca", authority.pem()), ("certificate", certificate), ("key", key)] {
            std::fs::write(folder.path().join(name), pem).unwrap();
        }
        let ca = folder.path().join("ca");
        in_a_child(
            "faults::tls::an_authority_of_ssl_cert_file_is_trusted",
            &[
                ("SSL_CERT_FILE", ca.to_str().unwrap()),
                ("CERTIFICATES", folder.path().to_str().unwrap()),
            ],
        );
        return;
    };
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let server =
        server_with(Certified { certificate: text("certificate"), key: text("key") }).await;
    job(&server.client()).send().await.unwrap();
    let other = server_with(Authority::new("another").certificate()).await;
    let error = job(&other.client()).send().await.failed();
    assert!(error.to_string().contains("is not trusted"), "{error:?}");
}

/// A server with a certificate of `authority` that demands one from its clients.
async fn demanding(
    authority: &Authority,
    version: &'static rustls::SupportedProtocolVersion,
) -> Server {
    let tls =
        Tls { clients: Some(authority), versions: &[version], ..Tls::of(authority.certificate()) };
    Server::serve_tls(&tls, |_, _| a_job()).await
}

const VERSIONS: [&rustls::SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

#[tokio::test(start_paused = true)]
async fn a_server_that_demands_a_client_certificate_gets_that_of_identity() {
    let authority = Authority::new("ours");
    for version in VERSIONS {
        let server = demanding(&authority, version).await;
        let builder = server.builder().ca_bundle(authority.pem());
        let client = builder.identity(authority.identity().pem()).build().unwrap();
        job(&client).send().await.unwrap();
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_client_certificate_is_named_and_is_final() {
    let authority = Authority::new("ours");
    for version in VERSIONS {
        // Over TLS 1.3, the alert can come before the request is sent, while it is sent, or later.
        for _ in 0..20 {
            let server = demanding(&authority, version).await;
            let text = "SERVER requires a client certificate; use identity()";
            fails_once(&server, server.builder().ca_bundle(authority.pem()), text).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_of_content_that_demands_a_client_certificate_does_not_get_it_and_is_final() {
    let authority = Authority::new("ours");
    for version in VERSIONS {
        let content = demanding(&authority, version).await;
        let target = format!("{}/log?sig=canary", content.origin);
        let tls = Tls::of(authority.certificate());
        let api = Server::serve_tls(&tls, move |_, _| Answer::redirect(302, &target)).await;
        let builder = api.builder().ca_bundle(authority.pem());
        let client = builder.identity(authority.identity().pem()).build().unwrap();
        let error = log(&client).bytes().await.failed();
        let host = content.origin.trim_start_matches("https://");
        let text = format!("{host} requires a client certificate, which only the API gets");
        assert!(error.to_string().ends_with(&text), "{error:?}");
        assert!(!error.is_retryable(), "{error:?}");
        assert_eq!((content.connections(), content.count(), api.count()), (1, 0, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_certificate_that_the_server_does_not_accept_is_final() {
    let authority = Authority::new("ours");
    for version in VERSIONS {
        for name in ["another", "ours"] {
            let server = demanding(&authority, version).await;
            let builder = server.builder().ca_bundle(authority.pem());
            let builder = builder.identity(Authority::new(name).identity().pem());
            let text =
                "SERVER does not accept the client certificate, or requires one; check identity()";
            fails_once(&server, builder, text).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_cannot_be_used_is_refused_with_its_fault_when_the_client_is_built() {
    let authority = Authority::new("ours");
    let (one, other) = (authority.identity(), authority.identity());
    let encrypted = one.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let old = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n";
    let garbage = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let certificate = one.certificate.clone();
    for (pem, text) in [
        (certificate.clone(), "identity: no private key in PEM format"),
        (one.key.clone(), "identity: no certificate in PEM format"),
        (
            certificate.clone() + &other.key,
            "identity: the private key does not belong to the first certificate",
        ),
        (
            authority.pem() + &one.pem(),
            "identity: the private key does not belong to the first certificate",
        ),
        (certificate.clone() + &encrypted, "identity: the private key is encrypted; decrypt it"),
        (certificate.clone() + old, "identity: the private key is encrypted; decrypt it"),
        (certificate + garbage, "identity: the certificate or the private key is not usable"),
    ] {
        let error = ClientBuilder::default().identity(pem).build().failed();
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        assert!(error.to_string().starts_with(text), "{error:?}");
    }
}

/// A server that answers the first message of a handshake with these bytes, and the number of its connections.
async fn answering(
    bytes: &'static [u8],
) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    (address, count)
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_cannot_succeed_has_its_own_message_and_is_final() {
    // An alert: its type, the version of the record, the length of two bytes, "fatal" and its number.
    for (bytes, text) in [
        (&b"\x15\x03\x01\x00\x02\x02\x46"[..], "SERVER supports neither TLS 1.2 nor TLS 1.3"),
        (
            b"\x15\x03\x03\x00\x02\x02\x28",
            "SERVER refuses the TLS handshake; it may require a client certificate (identity()), or algorithms that this client does not have",
        ),
        (b"\x15\x03\x03\x00\x02\x02\x74", "SERVER requires a client certificate; use identity()"),
        // bad_certificate of a server without TLS 1.3
        (
            b"\x15\x03\x03\x00\x02\x02\x2a",
            "SERVER does not accept the client certificate, or requires one; check identity()",
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "the response of SERVER is not TLS; check scheme and port",
        ),
        (b"SSH-2.0-x\r\n", "the response of SERVER is not TLS; check scheme and port"),
        // The first message of a server with TLS 1.1.
        (
            b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x35\x00",
            "SERVER supports neither TLS 1.2 nor TLS 1.3",
        ),
    ] {
        let (address, count) = answering(bytes).await;
        let builder = ClientBuilder::default().api_url(format!("https://{address}")).token("ghp_canary");
        let error = job(&builder.build().unwrap()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
        assert!(error.to_string().ends_with(&text.replace("SERVER", &address)), "{error:?}");
        assert!(!error.is_retryable(), "{error:?}");
        assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_fails_for_a_moment_is_tried_again() {
    // internal_error, and an end of the connection.
    for bytes in [&b"\x15\x03\x03\x00\x02\x02\x50"[..], b""] {
        let (address, count) = answering(bytes).await;
        let builder = ClientBuilder::default().api_url(format!("https://{address}"));
        let error = job(&builder.build().unwrap()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
        assert!(error.is_retryable(), "{error:?}");
        assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 3, "{error:?}");
    }
}
