//! A program that uses reqwest itself beside the SDK. Cargo unites the features of both: the program's reqwest has
//! rustls without a provider of cryptography then.

#![cfg(feature = "default")]

use github_workflow_jobs::Client;
use unification::support::tls::{Authority, Tls};
use unification::support::{Answer, Server};

const JOB: &str = include_str!("../../fixtures/documented/get-job.json");

async fn server(authority: &Authority) -> Server {
    Server::serve_tls(&Tls::of(authority.certificate()), |_, _| Answer::json(200, JOB)).await
}

/// Asserts that the SDK works over https. It neither reads nor installs the provider of the process.
async fn the_sdk_works(server: &Server, authority: &Authority) {
    let client: Client = server.client_trusting(authority);
    client.get_job("octo-org", "octo-repo", 1).send().await.unwrap();
}

/// Asserts that the program's own client works over https.
async fn reqwest_works(server: &Server, authority: &Authority) {
    drop(reqwest::Client::new());
    let certificate = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().add_root_certificate(certificate).build().unwrap();
    let response = client.get(&server.url).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), JOB);
}

#[cfg(any(feature = "reqwest-defaults", feature = "reqwest-native-tls"))]
#[tokio::test]
async fn a_reqwest_with_a_tls_feature_of_its_own_works_beside_the_sdk() {
    let authority = Authority::new("ours");
    let server = server(&authority).await;
    the_sdk_works(&server, &authority).await;
    reqwest_works(&server, &authority).await;
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

/// One test, because a provider is installed once in a process.
#[cfg(not(any(feature = "reqwest-defaults", feature = "reqwest-native-tls")))]
#[tokio::test]
async fn a_reqwest_without_a_tls_feature_of_its_own_panics_until_a_provider_is_installed() {
    let authority = Authority::new("ours");
    let server = server(&authority).await;
    the_sdk_works(&server, &authority).await;
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    let panic = std::panic::catch_unwind(reqwest::Client::new).unwrap_err();
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap();
    assert!(text.contains("No rustls crypto provider is configured"), "{text}");

    // The line of the SDK's documentation.
    rustls::crypto::ring::default_provider().install_default().unwrap();
    reqwest_works(&server, &authority).await;
    the_sdk_works(&server, &authority).await;
}
