//! Transport and server faults.

use std::time::Duration;

use github_workflow_jobs::{Client, ErrorKind};
use tokio::time::Instant;

use super::{Fails as _, a_job, always, job, log, shown};
use crate::support::{Answer, Server, Step, read};

#[tokio::test(start_paused = true)]
async fn t01_a_refused_connection_is_tried_three_times_and_named_by_host_and_port() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Client::builder().api_url(format!("http://{address}/api/v3")).build().unwrap();
    let start = Instant::now();
    let error = client.list_jobs_for_run("o", "r", 1).page(7).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(!shown(&error).contains("page=7"));
    // Two waits of up to 1 s and 2 s.
    assert!(start.elapsed() > Duration::ZERO && start.elapsed() <= Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn t02_silence_is_a_timeout_of_the_first_byte() {
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
async fn t03_a_passing_fault_is_tried_again_after_a_jittered_wait() {
    for status in [500, 502, 503, 504] {
        let server = Server::start([Answer::with(status, &[], ""), a_job()]).await;
        let start = Instant::now();
        job(&server.client()).send().await.unwrap();
        assert_eq!(server.count(), 2);
        assert!(start.elapsed() <= Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn t04_maintenance_is_recognised_and_its_page_is_shown_as_text() {
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
async fn t05_a_thousand_calls_to_a_dead_server_make_eleven_hundred_requests_at_most() {
    let server = always(Answer::with(503, &[], "")).await;
    let client = server.client();
    for _ in 0..1000 {
        job(&client.clone()).send().await.failed();
    }
    println!("1,000 calls to a dead server: {} requests", server.count());
    assert!((1000..=1100).contains(&server.count()), "{}", server.count());
}

#[tokio::test(start_paused = true)]
async fn t06_a_cut_body_is_tried_again_and_then_says_how_much_came() {
    let cut = Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": 1");
    let server = Server::start([cut.clone(), a_job()]).await;
    job(&server.client()).send().await.unwrap();
    let server = always(cut).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!((error.received(), server.count()), (Some(8), 3));
    assert!(error.to_string().contains("after 8 of 100 bytes"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn t07_a_body_without_its_last_chunk_is_cut() {
    let body = read("tests/fixtures/documented/get-job.json");
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let cut = Answer::raw(format!("{head}{:x}\r\n{body}\r\n", body.len()));
    let server = always(cut).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Truncated, "{error:?}");
    assert_eq!(error.received(), Some(body.len() as u64));
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn t08_a_chunk_size_that_is_none_is_a_transport_error() {
    for size in ["ZZ", "fffffffffffffffff"] {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let server = always(Answer::raw(format!("{head}{size}\r\n{{}}\r\n0\r\n\r\n"))).await;
        let error = job(&server.client()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn t09_a_pooled_connection_that_the_server_closed_is_no_error() {
    let body = read("tests/fixtures/documented/get-job.json");
    let kept = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    // Closed while it is idle.
    let server = always(Answer::raw(kept.clone())).await;
    let client = server.client();
    for _ in 0..5 {
        job(&client).send().await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Closed in the moment in which it is used again.
    let server =
        Server::start([Answer::raw(kept).then(Step::Again), Answer::raw(""), a_job()]).await;
    let client = server.client();
    job(&client).send().await.unwrap();
    job(&client).send().await.unwrap();
    assert_eq!(server.count(), 3);
}

/// A log that begins with `first`, and goes on as told.
fn dripping(length: usize, first: &[u8]) -> Answer {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n");
    Answer::raw([head.as_bytes(), first].concat())
}

/// A server whose API redirects to a log of its own.
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
async fn t10_a_slow_log_is_not_dead() {
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
async fn t11_a_log_that_stops_is_stalled_and_its_bytes_are_counted() {
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
    assert!(stream.next().await.is_none(), "after an error it ends");
}

#[tokio::test(start_paused = true)]
async fn t12_the_readers_own_pauses_do_not_count() {
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
async fn t13_a_length_that_is_none_is_a_transport_error() {
    for length in ["-1", "5\r\ncontent-length: 6", "11111111111111111111111"] {
        let server =
            always(Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{{}}")))
                .await;
        let error = job(&server.client()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport, "{length}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn t14_an_old_server_that_ends_by_closing_is_read() {
    let body = read("tests/fixtures/documented/get-job.json");
    let server = always(Answer::raw(format!("HTTP/1.0 200 OK\r\n\r\n{body}"))).await;
    job(&server.client()).send().await.unwrap();
    let server =
        with_log(Answer::raw("HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nline")).await;
    let stream = log(&server.client()).stream().await.unwrap();
    assert!(!stream.is_end_checked());
    assert!(
        log(&with_log(dripping(1, b"x")).await.client()).stream().await.unwrap().is_end_checked()
    );
}

#[tokio::test(start_paused = true)]
async fn t15_what_is_not_http_is_said_to_be_none() {
    for bytes in [&b"<html>HTTP/0.9"[..], b"\x15\x03\x01\x00\x02\x02\x46 tls alert, and more"] {
        let server = always(Answer::raw(bytes)).await;
        let error = job(&server.client()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.to_string().contains("not HTTP"), "{error} {error:?}");
        assert!(server.count() <= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn t16_a_thousand_interim_answers_do_not_matter() {
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
async fn t17_a_dropped_download_closes_its_connection_and_leaves_the_client_usable() {
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
async fn a_deadline_ends_waits_and_attempts() {
    let server = always(Answer::silence()).await;
    let start = Instant::now();
    let error = job(&server.client()).with_deadline(Duration::from_secs(5)).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() <= Duration::from_secs(6), "{:?}", start.elapsed());
    assert_eq!(server.count(), 1);
}
