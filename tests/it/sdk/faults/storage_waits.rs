//! Waits for the host of a log: retries, `Retry-After`, links that get too old.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{
    ClientBuilder, Error, ErrorKind, LimitPolicy, RetryPolicy, Timeouts, WaitReason,
};

use super::storage::{a_log, on_log_host, own_log, xml};
use super::{Fails as _, log};
use crate::support::{Answer, Step};

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

#[tokio::test(start_paused = true)]
async fn a_failure_with_a_fresh_link_after_one_with_an_old_link_is_the_last_one() {
    let server = own_log(|index| match index {
        0 => Answer::raw("").then(Step::Wait(Duration::from_secs(50))),
        _ => Answer::with(503, &[], ""),
    })
    .await;
    let timeouts = Timeouts::default().first_byte(Duration::from_secs(100));
    let client = server.builder().timeouts(timeouts).build().unwrap();
    let error = log(&client).bytes().await.failed();
    assert_eq!((error.kind(), on_log_host(&server).len()), (ErrorKind::Status, 2), "{error}");
}
