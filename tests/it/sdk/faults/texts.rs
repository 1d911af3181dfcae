//! Text of a server in the errors that a program prints.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use github_workflow_jobs::{AccessToken, Error, ErrorKind, is_unprintable};

use super::{Fails as _, always, job, log, shown};
use crate::support::{Answer, Server, Step};

const SECOND: Duration = Duration::from_secs(1);

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
    // The longest name that DNS allows ends within the token.
    let long = format!("http://{}.ghp_canary.example.com/", "a".repeat(245));
    let places = ["http://ghp_canary.example.com/", "/elsewhere/ghp_canary", "/GHP_CANARY", &long];
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

#[tokio::test(start_paused = true)]
async fn a_token_that_was_renewed_meanwhile_is_hidden() {
    let server = Server::serve(|index, request| match (request.target.as_str(), index) {
        ("/api/v3/slow", _) => {
            let body = r#"{"canary_first":"x"}"#;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n", body.len());
            let head = format!("{head}content-type: application/json\r\nconnection: close\r\n\r\n");
            Answer::raw(head).then(Step::Wait(9 * SECOND)).then(Step::Bytes(body.into()))
        }
        (_, 1) => Answer::json(401, "{}"),
        _ => Answer::json(200, "1"),
    })
    .await;
    let asked = AtomicUsize::new(0);
    let provider = move || {
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        async move { Ok(AccessToken::new(if first { "canary_first" } else { "canary_second" })) }
    };
    let client = server.builder().token_provider(provider).build().unwrap();
    let slow = tokio::spawn(client.get_json::<BTreeMap<String, u8>>(["slow"]).into_future());
    tokio::time::sleep(SECOND).await;
    // A token that is younger than 5 s is not renewed.
    tokio::time::sleep(6 * SECOND).await;
    client.get_json::<u8>(["fast"]).await.unwrap();
    assert_eq!(server.received().last().unwrap().header("authorization"), ["Bearer canary_second"]);
    let error = slow.await.unwrap().failed();
    assert_eq!(error.decode_path(), Some("$.[hidden]"));
}

#[tokio::test(start_paused = true)]
async fn a_link_with_the_token_in_it_is_not_requested() {
    let storage = always(Answer::json(200, "{}")).await;
    for place in ["/x/ghp_canary", "/x?sig=GHP_canary", "/x/ghp%5Fcanary", "/ghp_%63anary"] {
        let link = format!("{}{place}", storage.origin);
        let server = always(Answer::redirect(302, &link)).await;
        let request = log(&server.client());
        for error in [request.clone().location().await.failed(), request.bytes().await.failed()] {
            assert_eq!(error.kind(), ErrorKind::Redirect);
            assert!(error.to_string().contains("contains the token"), "{error}");
        }
        let server = Server::serve(move |_, request| match request.target.starts_with("/api/") {
            true => Answer::redirect(302, "/log"),
            false => Answer::redirect(302, &link),
        })
        .await;
        assert_eq!(log(&server.client()).bytes().await.failed().kind(), ErrorKind::Redirect);
    }
    assert_eq!(storage.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn signatures_of_all_hops_are_hidden() {
    let path = "/signed/canary-0123456789-0123456789/log";
    let echo = |text: &str| Answer::json(400, &format!(r#"{{"message":"no such thing: {text}"}}"#));
    let (in_path, of_hop) = (echo(path), echo("canary-0123456789%2F"));
    let server = Server::serve(move |_, request| match request.target.as_str() {
        target if target.starts_with("/api/") => Answer::redirect(302, path),
        _ => in_path.clone(),
    })
    .await;
    let error = log(&server.client()).bytes().await.failed();
    assert!(error.to_string().contains("no such thing: /signed/[hidden]/log"), "{error}");
    let server = Server::serve(move |_, request| match request.target.as_str() {
        target if target.starts_with("/api/") => {
            Answer::redirect(302, "/first?sig=canary-0123456789%2F")
        }
        target if target.starts_with("/first") => Answer::redirect(302, "/second"),
        _ => of_hop.clone(),
    })
    .await;
    let error = log(&server.client()).bytes().await.failed();
    assert!(error.to_string().contains("no such thing: [hidden]"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_token_of_plain_digits_is_not_taken_for_a_media_type_or_a_request_id() {
    let token = "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
    for media in [token.to_owned(), format!("text/{token}")] {
        let headers = [format!("content-type: {media}"), format!("x-github-request-id: {token}")];
        let headers = headers.each_ref().map(String::as_str);
        let server = always(Answer::with(200, &headers, "no JSON")).await;
        let client = server.builder().token(token).build().unwrap();
        let error = job(&client).await.failed();
        let meta = format!("{:?}", error.meta().unwrap());
        assert!(
            !shown(&error).contains("deadbeef") && !meta.contains("deadbeef"),
            "{error:?} {meta}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_cut_with_the_body_is_not_shown() {
    for (start, length) in [("<", 9), ("<script>", 8), ("<", 1)] {
        // The body is cut after 64 KiB, in the middle of the token.
        let fill = "a".repeat((64 << 10) - start.len() - 1 - length);
        let page = match start {
            "<" => format!("<{fill}>ghp_canary"),
            _ => format!("<script>{fill}<ghp_canary"),
        };
        let server = always(Answer::with(400, &["content-type: text/html"], page)).await;
        let error = job(&server.client()).await.failed();
        assert!(!error.to_string().contains("gh"), "{error}");
    }
}
