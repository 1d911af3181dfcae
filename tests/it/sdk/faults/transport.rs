//! Faults of connections and servers.

use std::time::Duration;

use github_workflow_jobs::{Client, ErrorKind};
use tokio::time::Instant;

use super::{Fails as _, a_job, always, job, log, shown};
use crate::support::{Answer, Server, Step, read};

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_retried_then_reported_with_host_and_port_only() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Client::builder().api_url(format!("http://{address}/api/v3"));
    let client = client.token("ghp_canary").build().unwrap();
    let start = Instant::now();
    let error = client.list_jobs_for_run("octo-org", "r", 1).page(7).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    let text = shown(&error);
    assert!(!text.contains("page=7") && !text.contains("octo-org"), "{text}");
    // Two random waits of at most 50 ms and 100 ms.
    assert!(start.elapsed() > Duration::ZERO && start.elapsed() <= Duration::from_millis(155));
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_timeout_of_the_first_byte() {
    let server = always(Answer::silence()).await;
    let client = server.builder().retry(github_workflow_jobs::RetryPolicy::none()).build().unwrap();
    let start = Instant::now();
    let error = job(&client).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("first byte"), "{error}");
    let taken = start.elapsed().as_secs_f64();
    assert!((29.5..=30.5).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_server_error_is_retried_after_a_short_wait() {
    for status in [500, 502, 503, 504] {
        let server = Server::start([Answer::with(status, &[], ""), a_job()]).await;
        let start = Instant::now();
        job(&server.client()).send().await.unwrap();
        assert_eq!(server.count(), 2);
        assert!(start.elapsed() <= Duration::from_millis(255));
    }
}

#[tokio::test(start_paused = true)]
async fn maintenance_mode_is_recognised_and_its_page_is_shown_without_tags() {
    let page =
        format!("<html><style>p {{}}</style><h1>Under maintenance</h1>{}", "<p>wait ".repeat(500));
    let server = always(Answer::with(503, &["content-type: text/html"], page)).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!(server.count(), 3);
    assert_eq!(error.status().unwrap(), 503);
    let text = error.to_string();
    assert!(
        text.contains("may be in maintenance mode") && text.contains("Under maintenance"),
        "{text}"
    );
    assert!(!text.contains('<') && text.len() < 450, "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_to_a_failing_server_make_at_most_1035_requests() {
    let server = always(Answer::with(503, &[], "")).await;
    let client = server.client();
    for _ in 0..1000 {
        job(&client.clone()).send().await.failed();
    }
    assert_eq!(server.count(), 1035);
}

#[tokio::test(start_paused = true)]
async fn a_truncated_answer_is_retried_then_reported_with_its_length() {
    let truncated = Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": 1");
    let server = Server::start([truncated.clone(), a_job()]).await;
    job(&server.client()).send().await.unwrap();
    let server = always(truncated).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!((error.received(), server.count()), (Some(8), 3));
    assert!(error.to_string().contains("after 8 of 100 bytes"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_body_without_its_last_chunk_is_truncated() {
    let body = read("tests/fixtures/documented/get-job.json");
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let truncated = Answer::raw(format!("{head}{:x}\r\n{body}\r\n", body.len()));
    let server = always(truncated).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Truncated, "{error:?}");
    assert_eq!(error.received(), Some(body.len() as u64));
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_chunk_size_is_a_transport_error() {
    for size in ["ZZ", "fffffffffffffffff"] {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let server = always(Answer::raw(format!("{head}{size}\r\n{{}}\r\n0\r\n\r\n"))).await;
        let error = job(&server.client()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_closed_while_idle_is_replaced() {
    let server = always(Answer::raw(kept_alive())).await;
    let client = server.client();
    for _ in 0..5 {
        job(&client).send().await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_closes_on_reuse_is_replaced() {
    let first = Answer::raw(kept_alive()).then(Step::Again);
    let server = Server::start([first, Answer::raw(""), a_job()]).await;
    let client = server.client();
    job(&client).send().await.unwrap();
    job(&client).send().await.unwrap();
    assert_eq!(server.count(), 3);
}

/// The documented job in an answer after which the client keeps the connection.
fn kept_alive() -> String {
    let body = read("tests/fixtures/documented/get-job.json");
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// The head of a log of `length` bytes and its first bytes.
fn dripping(length: usize, first: &[u8]) -> Answer {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n");
    Answer::raw([head.as_bytes(), first].concat())
}

/// A server that redirects the logs path to this log on its own origin.
async fn with_log(answer: Answer) -> Server {
    Server::serve(move |_, request| {
        if request.target.starts_with("/api/") {
            Answer::redirect(302, "/log?sig=canary")
        } else {
            answer.clone()
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_slow_log_has_no_total_timeout() {
    let mut answer = dripping(400, b"");
    for _ in 0..400 {
        answer =
            answer.then(Step::Wait(Duration::from_millis(100))).then(Step::Bytes(b"x".to_vec()));
    }
    let server = with_log(answer).await;
    let start = Instant::now();
    assert_eq!(log(&server.client()).bytes().await.unwrap().len(), 400);
    assert!(start.elapsed() >= Duration::from_secs(40));
}

#[tokio::test(start_paused = true)]
async fn a_log_without_data_for_20_seconds_is_stalled_and_its_bytes_are_counted() {
    let answer = dripping(2 << 20, &vec![b'x'; 1 << 20]).then(Step::Hold);
    let server = with_log(answer).await;
    let mut stream = log(&server.client()).stream().await.unwrap();
    let start = Instant::now();
    let error = loop {
        match stream.try_next().await {
            Ok(piece) => assert!(piece.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Stalled);
    assert_eq!(error.received(), Some(1 << 20));
    assert!((20..=25).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert!(stream.next().await.is_none(), "the stream ends after an error");
}

#[tokio::test(start_paused = true)]
async fn pauses_of_the_reader_do_not_count_as_stalled() {
    let answer = dripping(3, b"a")
        .then(Step::Wait(Duration::from_secs(1)))
        .then(Step::Bytes(b"bc".to_vec()));
    let server = with_log(answer).await;
    let mut stream = log(&server.client()).stream().await.unwrap();
    let mut all = Vec::new();
    while let Some(piece) = stream.try_next().await.unwrap() {
        all.extend_from_slice(&piece);
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert_eq!(all, b"abc");
}

#[tokio::test(start_paused = true)]
async fn an_invalid_content_length_is_a_transport_error() {
    for length in ["-1", "5\r\ncontent-length: 6", "11111111111111111111111"] {
        let server =
            always(Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{{}}")))
                .await;
        let error = job(&server.client()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport, "{length}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_json_answer_that_ends_with_the_connection_is_read() {
    let body = read("tests/fixtures/documented/get-job.json");
    let server = always(Answer::raw(format!("HTTP/1.0 200 OK\r\n\r\n{body}"))).await;
    job(&server.client()).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_log_that_ends_with_the_connection_is_marked_as_not_checked() {
    let server =
        with_log(Answer::raw("HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nline")).await;
    let stream = log(&server.client()).stream().await.unwrap();
    assert!(!stream.is_end_checked());
    assert!(
        log(&with_log(dripping(1, b"x")).await.client()).stream().await.unwrap().is_end_checked()
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_http_is_reported_as_not_http() {
    for bytes in [&b"<html>HTTP/0.9"[..], b"\x15\x03\x01\x00\x02\x02\x46 tls alert, and more"] {
        let server = always(Answer::raw(bytes)).await;
        let error = job(&server.client()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.to_string().contains("not HTTP"), "{error} {error:?}");
        assert!(server.count() <= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_interim_answers_are_skipped() {
    let body = read("tests/fixtures/documented/get-job.json");
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
    let last = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let server = always(Answer::raw(interim + &last)).await;
    job(&server.client()).send().await.unwrap();
}

#[tokio::test]
async fn a_dropped_download_closes_its_connection_and_leaves_the_client_usable() {
    let server =
        Server::serve(|index, request| match (index, request.target.starts_with("/api/")) {
            (0, _) => Answer::redirect(302, "/log"),
            (_, true) => a_job(),
            _ => dripping(1 << 20, b"x").then(Step::Hold),
        })
        .await;
    let client = server.client();
    let mut stream = log(&client).stream().await.unwrap();
    stream.try_next().await.unwrap();
    drop(stream);
    for _ in 0..100 {
        if server.left.load(std::sync::atomic::Ordering::SeqCst) == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(server.left.load(std::sync::atomic::Ordering::SeqCst), 1, "the socket is closed");
    job(&client).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_call_to_a_silent_server_after_one_attempt() {
    let server = always(Answer::silence()).await;
    let start = Instant::now();
    let error = job(&server.client()).with_deadline(Duration::from_secs(5)).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() <= Duration::from_secs(6), "{:?}", start.elapsed());
    assert_eq!(server.count(), 1);
}
