//! Remedies in the text of an error.

use github_workflow_jobs::ErrorKind;

use super::{Fails as _, always, job};
use crate::support::{Answer, Server};

#[tokio::test]
async fn a_404_mentions_scopes_only_to_a_token_that_has_scopes() {
    let server = always(Answer::json(404, r#"{"message":"Not Found"}"#)).await;
    let old = "0123456789abcdef0123456789abcdef01234567";
    for (token, remedy) in [
        (None, "no token was sent"),
        (Some("ghp_secret12"), "the scope `repo`"),
        (Some("gho_secret12"), "the scope `repo`"),
        (Some(old), "the scope `repo`"),
        (Some("github_pat_secret12"), "repositories and permissions"),
        (Some("ghs_secret12"), "repositories and permissions"),
        (Some("ghu_secret12"), "repositories and permissions"),
        (Some("secret12"), "repositories and permissions"),
    ] {
        let builder = github_workflow_jobs::Client::builder().api_url(&server.url);
        let builder = match token {
            Some(token) => builder.token(token),
            None => builder,
        };
        let error = job(&builder.build().unwrap()).await.failed();
        let text = error.to_string();
        assert!(text.contains(remedy), "{text}");
        assert_eq!(text.contains("scope"), remedy.contains("scope"), "{text}");
        assert_eq!(text.matches("Not Found").count(), 1, "{text}");
    }
}

#[tokio::test]
async fn a_page_that_repeats_the_status_adds_only_its_other_text() {
    let page = "<html><title>404 Not Found</title><h1>404 Not Found</h1><hr>nginx</html>";
    let server = always(Answer::with(404, &["content-type: text/html"], page)).await;
    let text = job(&server.client()).await.failed().to_string();
    assert!(text.contains("answered 404 Not Found: nginx ("), "{text}");
}

/// A server that requires single sign-on, with the URL that the function returns for its origin.
async fn requires_sso(url: impl Fn(&str) -> String) -> (Server, String) {
    let listed = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let url_of_server = listed.clone();
    let server = Server::serve(move |_, _| {
        let header = format!("x-github-sso: required; url={}", url_of_server.get().unwrap());
        Answer::with(403, &[&header], r#"{"message":"Resource protected by SAML"}"#)
    })
    .await;
    let url = url(&server.origin);
    listed.set(url.clone()).unwrap();
    (server, url)
}

#[tokio::test]
async fn a_token_without_single_sign_on_gets_the_url_at_which_it_is_authorized() {
    let (server, url) =
        requires_sso(|own| format!("{own}/orgs/o/sso?authorization_request=A")).await;
    let error = job(&server.client()).await.failed();
    assert_eq!((error.kind(), error.sso_url()), (ErrorKind::Status, Some(url.as_str())));
    let text = error.to_string();
    assert!(text.contains("Resource protected by SAML (single sign-on: "), "{text}");
    assert!(
        text.contains(&format!("authorize the token for the organization at {url})")),
        "{text}"
    );
    assert!(!error.is_retryable());
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_url_of_another_host_is_not_shown_as_the_place_of_single_sign_on() {
    let (server, url) = requires_sso(|_| "https://evil.example.com/sso".to_owned()).await;
    let error = job(&server.client()).await.failed();
    assert_eq!(error.sso_url(), Some(url.as_str()));
    let text = format!("{error} {error:?}");
    assert!(text.contains("authorize the token for the organization)"), "{text}");
    assert!(!text.contains("evil"), "{text}");
}

#[tokio::test]
async fn a_token_in_the_url_of_single_sign_on_is_not_shown() {
    let (server, _) = requires_sso(|own| format!("{own}/sso?token=ghp_canary")).await;
    let text = job(&server.client()).await.failed().to_string();
    assert!(text.contains("/sso?token=[hidden]"), "{text}");
}

#[tokio::test]
async fn a_value_that_cannot_be_decoded_has_a_path_and_a_page_has_none() {
    let server = Server::start([
        Answer::json(200, r#"{"id":1,"run_id":"x"}"#),
        Answer::with(200, &["content-type: text/html"], "<html>"),
        Answer::with(200, &[], ""),
    ])
    .await;
    let client = server.client();
    for path in [Some("$.run_id"), None, None] {
        let error = job(&client).await.failed();
        assert_eq!((error.kind(), error.decode_path()), (ErrorKind::Decode, path), "{error}");
    }
}
