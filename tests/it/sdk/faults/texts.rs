//! Text of a server in the errors that a program prints.

use std::collections::BTreeMap;

use github_workflow_jobs::{Error, ErrorKind, is_unprintable};

use super::{Fails as _, always, job, log, shown};
use crate::support::{Answer, Server};

/// Characters that steer a terminal, reorder text or are invisible, with the token among them.
const HOSTILE: &str = "\u{1b}]0;title\u{7}\r\n\u{202e}\u{61c}\u{e0041}\u{3164}ghp_\u{ad}canary";

/// Refuses an error whose texts can do more than be read.
#[track_caller]
fn is_harmless(error: &Error) {
    let text = shown(error);
    let bad = text.chars().find(|c| *c != '\n' && is_unprintable(*c));
    assert_eq!(bad, None, "{text:?}");
    assert!(text.lines().all(|line| line.len() < 2000), "{text}");
    assert!(!text.to_ascii_lowercase().contains("ghp_"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_an_answer_in_the_path_of_a_decode_error_are_harmless() {
    let long = format!("{}ghp_canary", "k".repeat(246));
    for key in [HOSTILE, &"k".repeat(1 << 20), "GHP_CANARY", "\"}", &long] {
        let body = serde_json::json!({ key: { key: "not a number" } }).to_string();
        let server = always(Answer::json(200, &body)).await;
        let request = server.client().get_json::<BTreeMap<String, BTreeMap<String, u8>>>(["x"]);
        let error = request.await.failed();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.decode_path().unwrap().starts_with("$."));
        is_harmless(&error);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_body_is_harmless() {
    let page = format!("<html><title>{HOSTILE}</title>{}", HOSTILE.repeat(5000));
    let json = serde_json::json!({ "message": HOSTILE.repeat(5000) }).to_string();
    for (media, body) in [("text/html", page), ("application/json", json)] {
        let answer = Answer::with(418, &[&format!("content-type: {media}")], body);
        let error = job(&always(answer).await.client()).await.failed();
        assert_eq!(error.kind(), ErrorKind::Status);
        assert!(error.to_string().contains("[hidden]"), "{error}");
        is_harmless(&error);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_at_the_place_where_a_text_is_cut_is_hidden() {
    for length in [245, 250, 2040, 2048, (4 << 10) - 5, 4 << 10] {
        let text = format!("{}ghp_canary", "m".repeat(length));
        let json = serde_json::json!({ "message": text, "errors": [text] }).to_string();
        for answer in [Answer::json(418, &json), Answer::with(418, &[], &text)] {
            let error = job(&always(answer).await.client()).await.failed();
            let texts = [error.message().unwrap_or_default().to_owned(), error.errors().concat()];
            assert!(texts.iter().all(|text| !text.contains("ghp")), "{length}: {texts:?}");
            assert!(texts.iter().all(|text| text.len() <= 4 << 10));
            is_harmless(&error);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_place_that_a_server_leads_to_is_harmless() {
    let places = ["http://ghp_canary.example.com/", "/elsewhere/ghp_canary", "/GHP_CANARY"];
    for place in places {
        let server = always(Answer::redirect(301, place)).await;
        let error = job(&server.client()).await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::Redirect, 1));
        is_harmless(&error);

        let link = format!("link: <{place}>; rel=\"next\"");
        let page = r#"{"total_count":2,"jobs":[]}"#;
        let server =
            always(Answer::with(200, &["content-type: application/json", &link], page)).await;
        let error = server.client().list_jobs_for_run("o", "r", 1).all().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::Pagination, 1));
        is_harmless(&error);
    }
    let server =
        Server::serve(|_, _| Answer::redirect(302, "http://ghp_canary.invalid:1/log")).await;
    let error = log(&server.client()).stream().await.failed();
    assert_eq!(error.kind(), ErrorKind::Transport);
    is_harmless(&error);
}

#[tokio::test(start_paused = true)]
async fn the_server_of_a_body_that_breaks_is_harmless() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n";
    let storage = always(Answer::raw(head)).await;
    let port = storage.origin.rsplit(':').next().unwrap();
    let link = format!("http://ghp_canary.localhost:{port}/log");
    let server = Server::serve(move |_, _| Answer::redirect(302, &link)).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(error.kind(), ErrorKind::Transport);
    is_harmless(&error);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_is_the_token_or_the_signature_is_not_shown() {
    let token = "canary7890123456789012345678901234567890";
    let code = |code: &str| format!("<Error><Code>{code}</Code></Error>");
    let server = always(Answer::with(403, &["content-type: application/xml"], code(token))).await;
    let client = server.builder().token(token).build().unwrap();
    assert_eq!(job(&client).await.failed().code(), None);
    let link = format!("/log?sig={token}");
    let answer = Answer::with(403, &["content-type: application/xml"], code(token));
    let server = Server::serve(move |_, request| match request.target.starts_with("/log") {
        true => answer.clone(),
        false => Answer::redirect(302, &link),
    })
    .await;
    assert_eq!(log(&server.client()).bytes().await.failed().code(), None);
}
