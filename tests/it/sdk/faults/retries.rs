//! Retries and connections.

use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use github_workflow_jobs::{Client, ErrorKind, RetryPolicy, Timeouts, WaitReason};
use tokio::time::Instant;

use super::{Fails as _, a_job, always, job, log};
use crate::support::{Answer, Server, Step};

/// The waits of a call that fails, in milliseconds.
async fn waits(url: &str) -> Vec<u128> {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let seen = waits.clone();
    let client = Client::builder().api_url(url).on_wait(move |wait| {
        assert_eq!(wait.reason, WaitReason::Retry);
        seen.lock().unwrap().push(wait.duration.as_millis());
    });
    job(&client.build().unwrap()).send().await.failed();
    std::mem::take(&mut *waits.lock().unwrap())
}

/// The longest of the first and of the second waits of thirty calls.
async fn longest(url: &str) -> [u128; 2] {
    let mut longest = [0, 0];
    for _ in 0..30 {
        let waits: [u128; 2] = waits(url).await.try_into().unwrap();
        longest = [longest[0].max(waits[0]), longest[1].max(waits[1])];
    }
    longest
}

#[tokio::test(start_paused = true)]
async fn the_first_waits_are_up_to_50_ms_after_a_connection_fault_and_250_ms_after_a_5xx() {
    let server = always(Answer::with(502, &[], "")).await;
    let [first, second] = longest(&server.url).await;
    assert!((125..250).contains(&first) && (250..500).contains(&second), "{first} {second}");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/v3", listener.local_addr().unwrap());
    drop(listener);
    let [first, second] = longest(&url).await;
    assert!((25..50).contains(&first) && (50..100).contains(&second), "{first} {second}");
}

#[tokio::test(start_paused = true)]
async fn fourteen_successes_earn_a_retry_when_the_budget_is_spent() {
    // 500 is 35 retries and a rest of 10: four successes are enough for the first one.
    let server = Server::serve(|_, request| {
        if request.target.ends_with("/1") { Answer::with(503, &[], "") } else { a_job() }
    })
    .await;
    let client = server.client();
    let fails = || client.get_job("o", "r", 1).send();
    for _ in 0..18 {
        fails().await.failed();
    }
    assert_eq!(server.count(), 18 + 35);
    for (successes, requests) in [(3, 1), (1, 2), (13, 1), (1, 2)] {
        for _ in 0..successes {
            client.get_job("o", "r", 2).send().await.unwrap();
        }
        let before = server.count();
        fails().await.failed();
        assert_eq!(server.count() - before, requests);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_can_have_a_retry_policy_of_its_own() {
    for (attempts, requests) in [(0, 1), (1, 1), (2, 2), (5, 5)] {
        let server = always(Answer::with(503, &[], "")).await;
        let client = server.builder().retry(RetryPolicy::default().attempts(4)).build().unwrap();
        let policy = RetryPolicy::default().attempts(attempts);
        job(&client).with_retry(policy).send().await.failed();
        assert_eq!(server.count(), requests);
    }
    let server = always(Answer::with(503, &[], "")).await;
    job(&server.client()).with_retry(RetryPolicy::none()).send().await.failed();
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_host_of_content_is_asked_again_as_the_policy_of_the_request_allows() {
    for (policy, requests) in [(RetryPolicy::default(), 3), (RetryPolicy::none(), 2)] {
        let server = Server::serve(|_, request| {
            if request.target == "/log" {
                Answer::with(503, &[], "")
            } else {
                Answer::redirect(302, "/log")
            }
        })
        .await;
        let error = log(&server.client()).with_retry(policy).bytes().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::Status, requests));
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_at_the_host_of_content_share_the_budget() {
    let server = Server::serve(|_, request| {
        if request.target == "/log" {
            Answer::with(503, &[], "")
        } else {
            Answer::redirect(302, "/log")
        }
    })
    .await;
    let client = server.client();
    for _ in 0..600 {
        log(&client).bytes().await.failed();
    }
    // A success of the API earns a part of a retry.
    let most = 1200 + (500 + 600) / 14;
    assert!(server.count() <= most, "{}", server.count());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_timed_out_or_stalled_is_closed_and_not_used_again() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\"";
    for answer in [Answer::silence(), Answer::raw(head).then(Step::Hold)] {
        // The connection stays open, and the server would read another request from it.
        let answer = answer.then(Step::Again);
        let server =
            Server::serve(move |index, _| if index < 2 { answer.clone() } else { a_job() }).await;
        let start = Instant::now();
        job(&server.client()).send().await.unwrap();
        assert_eq!((server.count(), server.left.load(Ordering::SeqCst)), (3, 2));
        assert!((60..=122).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_the_rest_of_an_unread_body_is_closed() {
    let body = "x".repeat(80 << 10);
    let head = format!("HTTP/1.1 422 Status\r\ncontent-length: {}\r\n\r\n", 90 << 10);
    let held = Answer::raw([head.as_bytes(), body.as_bytes()].concat()).then(Step::Hold);
    let server = Server::start([held.then(Step::Again), a_job()]).await;
    let client = server.client();
    assert_eq!(job(&client).send().await.failed().status().unwrap(), 422);
    job(&client).send().await.unwrap();
    assert_eq!((server.count(), server.left.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn the_time_limits_of_an_attempt_begin_again_with_the_next_one() {
    let server = Server::start([Answer::silence(), Answer::silence(), a_job()]).await;
    let timeouts = Timeouts::default().first_byte(Duration::from_secs(40));
    let client = server.builder().timeouts(timeouts).build().unwrap();
    job(&client).send().await.unwrap();
    assert_eq!(server.count(), 3);
}
