//! Refusals of the host of a log, and of the API for it.

use github_workflow_jobs::ErrorKind;
use github_workflow_jobs::jobs::LogUnavailable;

use super::{Fails as _, always, log, shown};
use crate::support::{Answer, Received, Server};

pub(super) fn a_log() -> Answer {
    Answer::with(200, &["content-type: text/plain; charset=utf-8"], "one\ntwo\nthree\n")
}

pub(super) fn xml(code: &str, detail: &str) -> String {
    format!(
        "\u{FEFF}<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{detail}</Message></Error>"
    )
}

/// A server that redirects the logs path to its own origin. `answer` gets the number of the request for
/// the log.
pub(in crate::sdk) async fn own_log(
    answer: impl Fn(usize) -> Answer + Send + Sync + 'static,
) -> Server {
    let requests = std::sync::atomic::AtomicUsize::new(0);
    Server::serve(move |_, request| {
        if request.target.starts_with("/api/") {
            return Answer::redirect(
                302,
                "/_services/pipelines/signedlogcontent?urlSignature=canary",
            );
        }
        answer(requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    })
    .await
}

/// The requests that are not calls to the API.
pub(super) fn on_log_host(server: &Server) -> Vec<Received> {
    server.received().into_iter().filter(|request| !request.target.starts_with("/api/")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refused_log_link_is_requested_from_the_api_once_more() {
    for status in [401, 403] {
        let server = own_log(move |index| {
            if index == 0 {
                Answer::with(status, &[], xml("AuthenticationFailed", "no"))
            } else {
                a_log()
            }
        })
        .await;
        log(&server.client()).bytes().await.unwrap();
        assert_eq!(server.count(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_link_that_is_refused_twice_is_reported_as_expired_or_refused() {
    for (detail, reason) in [
        ("Signature not valid in the specified time frame", LogUnavailable::LinkExpired),
        ("no", LogUnavailable::Refused(Some("AuthenticationFailed".to_owned()))),
    ] {
        let server =
            own_log(move |_| Answer::with(403, &[], xml("AuthenticationFailed", detail))).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!((error.log_unavailable(), server.count()), (Some(reason), 4));
        assert!(!shown(&error).contains("<Error>"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_404_of_the_api_for_a_log_keeps_its_status_and_hints_at_visibility() {
    let server = always(Answer::json(404, r#"{"message":"Not Found"}"#)).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(
        (error.kind(), error.status().unwrap().as_u16(), server.count()),
        (ErrorKind::Status, 404, 1)
    );
    assert!(error.to_string().contains("the token has no access to it"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_410_of_the_api_means_that_the_log_has_expired_whatever_its_body() {
    for body in [r#"{"message":"Server Error","status":"410"}"#, "", "<html>"] {
        let server = always(Answer::json(410, body)).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!(error.log_unavailable(), Some(LogUnavailable::Expired));
        assert_eq!((error.status().unwrap().as_u16(), server.count()), (410, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_404_of_the_log_host_means_that_the_log_is_not_written() {
    let server = own_log(|_| Answer::with(404, &[], xml("BlobNotFound", "no"))).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!((error.log_unavailable(), server.count()), (Some(LogUnavailable::NotWritten), 2));
}

#[tokio::test(start_paused = true)]
async fn an_html_page_is_not_accepted_as_a_log_and_its_text_is_not_shown() {
    let server = own_log(|_| Answer::with(200, &["content-type: text/html"], "<html>canary")).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::NotALog), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_partial_encoded_empty_or_markup_answer_is_not_accepted_as_a_log() {
    for answer in [
        Answer::with(206, &["content-type: text/plain"], "part"),
        Answer::with(204, &[], ""),
        Answer::with(200, &["content-type: application/xhtml+xml"], "<html/>"),
        Answer::with(200, &["content-type: application/xml"], "<Error/>"),
        Answer::with(200, &["content-type: text/plain", "content-encoding: gzip"], "x"),
    ] {
        let server = own_log(move |_| answer.clone()).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!(error.log_unavailable(), Some(LogUnavailable::NotALog), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn location_reports_an_expired_log() {
    let server = always(Answer::json(410, "{}")).await;
    let error = log(&server.client()).location().await.failed();
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::Expired));
}

#[tokio::test(start_paused = true)]
async fn an_expired_link_is_worth_another_try_and_a_refused_one_is_not() {
    for (detail, is_retryable) in [("Request has expired", true), ("no", false)] {
        let server = own_log(move |_| Answer::with(403, &[], xml("AccessDenied", detail))).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!(error.is_retryable(), is_retryable, "{error}");
        assert_eq!((error.code(), error.message()), (Some("AccessDenied"), Some(detail)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_410_of_the_api_about_its_version_is_not_an_expired_log() {
    let message = "The API version 2022-11-28 is no longer supported";
    let body = format!(r#"{{"message":"{message}"}}"#);
    let server = always(Answer::json(410, &body)).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!((error.kind(), error.log_unavailable()), (ErrorKind::Status, None));
    assert_eq!((error.status().unwrap().as_u16(), error.message()), (410, Some(message)));
    assert!(error.to_string().ends_with(message), "{error}");
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_log_host_keeps_code_message_and_body() {
    for (status, requests) in [(400, 1), (404, 1), (409, 1), (410, 1), (429, 2), (501, 1), (503, 2)]
    {
        let body = xml("ServerBusy", "Ingress is over\nthe limit");
        let answer = Answer::with(status, &[], &body);
        let server = own_log(move |_| answer.clone()).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(error.code(), Some("ServerBusy"));
        assert_eq!(error.message(), Some("Ingress is over\nthe limit"));
        assert_eq!(error.body(), Some(body.as_bytes()));
        assert_eq!(error.retry_at(), None);
        assert_eq!(error.is_retryable(), matches!(status, 429 | 503), "{status}");
        assert_eq!(on_log_host(&server).len(), requests, "{status}");
        if error.kind() == ErrorKind::Status {
            let text = error.to_string();
            assert!(text.contains("the host of the content answered"), "{text}");
            assert!(text.ends_with(": Ingress is over the limit"), "{text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_the_log_host_that_repeats_the_signed_link_is_not_shown() {
    for body in [
        "<html>cannot read /signedlogcontent?urlSignature=canary".to_owned(),
        xml("OutOfRange", "cannot read /signedlogcontent?urlSignature=canary"),
        "<Error><Code>OutOfRange</Code><Uri>?urlSignature=canary</Uri></Error>".to_owned(),
    ] {
        let has_code = body.contains("<Code>");
        let server = own_log(move |_| Answer::with(400, &[], &body)).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!(error.code().is_some(), has_code);
        assert!(!error.message().unwrap_or_default().contains("canary"));
        // No text of a page: it could have the link in another form.
        let text = error.to_string();
        assert!(!text.contains("/signedlogcontent") || error.message().is_some(), "{text}");
        assert_eq!(text.ends_with(": OutOfRange"), has_code && error.message().is_none(), "{text}");
        let body = String::from_utf8_lossy(error.body().unwrap()).into_owned();
        assert!(body.contains("canary"), "the body is kept as it came: {body}");
    }
}
