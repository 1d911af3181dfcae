//! The host of a log: its refusals, its waits, and links that expire.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{
    ClientBuilder, Error, ErrorKind, LimitPolicy, RetryPolicy, Timeouts, WaitReason,
};

use super::{Fails as _, always, log, shown};
use crate::support::{Answer, Received, Server, Step};

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
pub(super) async fn own_log(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
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
async fn wait_for_log_polls_until_the_log_is_written() {
    let server =
        own_log(|index| if index < 2 { Answer::with(404, &[], "") } else { a_log() }).await;
    let request = log(&server.client());
    let mut stream = request.clone().wait_for_log(Duration::from_secs(10)).await.unwrap();
    assert_eq!(stream.try_next().await.unwrap().unwrap(), "one\ntwo\nthree\n");
}

#[tokio::test(start_paused = true)]
async fn wait_for_log_reports_a_log_that_is_not_written_in_time() {
    let server = own_log(|_| Answer::with(404, &[], "")).await;
    let error = log(&server.client()).wait_for_log(Duration::from_secs(10)).await.failed();
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::NotWritten));
}

#[tokio::test(start_paused = true)]
async fn a_log_host_that_answers_503_once_is_requested_again() {
    let server =
        own_log(|index| if index == 0 { Answer::with(503, &[], "") } else { a_log() }).await;
    log(&server.client()).bytes().await.unwrap();
    assert_eq!((server.count(), on_log_host(&server).len()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn an_expired_log_link_is_requested_again() {
    // The first request for the log fails after 50 s: the link is then too old for a second request.
    let server = own_log(|index| match index {
        0 => Answer::raw("").then(Step::Wait(Duration::from_secs(50))),
        _ => a_log(),
    })
    .await;
    let timeouts = Timeouts::default().first_byte(Duration::from_secs(100));
    let client = server.builder().timeouts(timeouts).build().unwrap();
    log(&client).bytes().await.unwrap();
    assert_eq!((server.count(), on_log_host(&server).len()), (4, 2));
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
async fn a_log_host_that_hangs_ends_at_the_deadline_of_the_call() {
    for answer in [
        Answer::silence(),
        Answer::raw("HTTP/1.1 403 No\r\ncontent-length: 9\r\n\r\n").then(Step::Hold),
    ] {
        let server = own_log(move |_| answer.clone()).await;
        let start = tokio::time::Instant::now();
        let error =
            log(&server.client()).with_deadline(Duration::from_secs(4)).bytes().await.failed();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(start.elapsed() <= Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_host_that_hangs_is_a_timeout() {
    let server = own_log(|_| Answer::silence()).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test(start_paused = true)]
async fn wait_for_log_ends_in_time_at_a_log_host_that_hangs() {
    let server = own_log(|_| Answer::silence()).await;
    let start = tokio::time::Instant::now();
    log(&server.client()).wait_for_log(Duration::from_secs(10)).await.failed();
    assert!(start.elapsed() <= Duration::from_secs(11));
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
        let body = String::from_utf8_lossy(error.body().unwrap()).into_owned();
        assert!(body.contains("canary"), "the body is kept as it came: {body}");
    }
}

/// A call whose first answer of the log host is `first`: its result, the requests to the host, and the
/// seconds it took.
async fn after(
    first: Answer,
    deadline: Option<u64>,
    builder: fn(ClientBuilder) -> ClientBuilder,
) -> (Result<Vec<u8>, Error>, usize, f64) {
    let server = own_log(move |index| if index == 0 { first.clone() } else { a_log() }).await;
    let client = builder(server.builder()).build().unwrap();
    let start = tokio::time::Instant::now();
    let mut request = log(&client);
    if let Some(seconds) = deadline {
        request = request.with_deadline(Duration::from_secs(seconds));
    }
    let result = request.bytes().await;
    (result, on_log_host(&server).len(), start.elapsed().as_secs_f64())
}

fn later(status: u16, seconds: u64) -> Answer {
    Answer::with(status, &[&format!("retry-after: {seconds}")], xml("ServerBusy", "later"))
}

#[tokio::test(start_paused = true)]
async fn retry_after_of_the_log_host_is_awaited_while_the_link_is_fresh() {
    for status in [408, 429, 503] {
        let (result, requests, taken) = after(later(status, 40), None, |builder| builder).await;
        result.unwrap();
        assert_eq!(requests, 2);
        assert!((40.0..41.0).contains(&taken), "{taken}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_log_host_that_is_not_possible_fails_at_once_with_the_time_to_retry() {
    let policy = |builder: ClientBuilder| builder.limits(LimitPolicy::fail_at_once());
    let once = |builder: ClientBuilder| builder.retry(RetryPolicy::none());
    for status in [408, 429] {
        for (seconds, deadline, builder) in [
            (60, None, (|builder| builder) as fn(ClientBuilder) -> ClientBuilder),
            (10, Some(5), |builder| builder),
            (10, None, policy),
            (10, None, once),
        ] {
            let before = Timestamp::now();
            let (result, requests, taken) = after(later(status, seconds), deadline, builder).await;
            let error = result.failed();
            assert_eq!((error.kind(), requests), (ErrorKind::Status, 1), "{error}");
            assert_eq!((error.code(), error.is_retryable()), (Some("ServerBusy"), true));
            assert!(taken < 1.0, "{taken}");
            let wait = error.retry_at().unwrap().duration_since(before).as_secs_f64();
            assert!((wait - seconds as f64).abs() < 5.0, "{wait}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_log_host_is_visible() {
    for (first, reason) in
        [(later(429, 7), WaitReason::RateLimit), (Answer::with(503, &[], ""), WaitReason::Retry)]
    {
        let server = own_log(move |index| if index == 0 { first.clone() } else { a_log() }).await;
        let waits = Arc::new(Mutex::new(Vec::new()));
        let seen = waits.clone();
        let client = server.builder().on_wait(move |wait| seen.lock().unwrap().push(wait.clone()));
        log(&client.build().unwrap()).bytes().await.unwrap();
        let waits = waits.lock().unwrap();
        assert_eq!((waits.len(), waits[0].reason), (1, reason));
        assert_eq!(waits[0].operation, "actions/download-job-logs-for-workflow-run");
        assert_eq!(waits[0].duration.as_secs() == 7, reason == WaitReason::RateLimit);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_host_that_breaks_every_connection_costs_two_requests() {
    let server = own_log(|_| Answer::raw("")).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(
        (error.kind(), on_log_host(&server).len(), server.count()),
        (ErrorKind::Transport, 2, 3)
    );
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_too_old_is_not_replaced_if_retries_are_off() {
    let broken = Answer::raw("").then(Step::Wait(Duration::from_secs(50)));
    let (result, requests, _) = after(broken, None, |builder| {
        let timeouts = Timeouts::default().first_byte(Duration::from_secs(100));
        builder.timeouts(timeouts).retry(RetryPolicy::none())
    })
    .await;
    assert_eq!((result.failed().kind(), requests), (ErrorKind::Transport, 1));
}

#[tokio::test(start_paused = true)]
async fn retries_of_log_hosts_share_the_budget_of_the_client() {
    let server = own_log(|_| Answer::with(503, &[], "")).await;
    let client = server.client();
    for _ in 0..100 {
        log(&client).bytes().await.failed();
    }
    // The budget of 500 pays for 35 retries; each of the 100 answers of the API earns a fourteenth of one.
    let requests = on_log_host(&server).len();
    assert!((135..=145).contains(&requests), "{requests}");
}
