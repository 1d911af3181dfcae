//! The server's limits.

use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::{ErrorKind, LimitPolicy};
use tokio::time::Instant;

use super::{Fails as _, a_job, always, job};
use crate::support::{Answer, Server};

const DATE: &str = "date: Mon, 05 Apr 2021 13:14:51 GMT";
/// The `DATE` as a number.
const NOW: i64 = 1_617_628_491;

/// A 403 of a limit that is spent until some seconds from now.
fn spent(seconds: i64) -> Answer {
    let reset = format!("x-ratelimit-reset: {}", NOW + seconds);
    let headers = [DATE, "x-ratelimit-remaining: 0", &reset];
    Answer::with(403, &headers, r#"{"message":"API rate limit exceeded"}"#)
}

fn secondary() -> Answer {
    Answer::json(403, r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#)
}

/// How long a call takes that is told so once, and then succeeds.
async fn wait(limited: Answer) -> f64 {
    let server = Server::start([limited, a_job()]).await;
    let start = Instant::now();
    job(&server.client()).send().await.unwrap();
    assert_eq!(server.count(), 2);
    start.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn r01_retry_after_is_obeyed() {
    let taken = wait(Answer::with(429, &["retry-after: 3"], "")).await;
    assert!((3.0..=5.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn r02_a_spent_limit_is_waited_for() {
    let taken = wait(spent(10)).await;
    assert!((10.0..=12.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn r03_a_secondary_limit_is_a_minute_then_two_and_then_an_error() {
    let server = always(secondary()).await;
    let start = Instant::now();
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.is_secondary_limit() && error.to_string().contains("secondary"), "{error}");
    assert_eq!(error.status().unwrap(), 403);
    assert_eq!(server.count(), 3);
    assert!(
        start.elapsed() >= Duration::from_secs(180) && start.elapsed() < Duration::from_secs(190)
    );
}

#[tokio::test(start_paused = true)]
async fn r04_no_permission_is_no_limit() {
    let headers = ["x-accepted-github-permissions: actions=read", "x-ratelimit-remaining: 10"];
    let server = always(Answer::with(
        403,
        &headers,
        r#"{"message":"Resource not accessible by integration"}"#,
    ))
    .await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!((error.kind(), server.count()), (ErrorKind::Status, 1));
    assert_eq!(error.accepted_permissions(), Some("actions=read"));
}

#[tokio::test(start_paused = true)]
async fn r05_retry_after_may_be_a_date() {
    let taken =
        wait(Answer::with(429, &[DATE, "retry-after: Mon, 05 Apr 2021 13:15:01 GMT"], "")).await;
    assert!((10.0..=12.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn r06_a_retry_after_that_is_none_counts_as_absent() {
    for nonsense in ["-5", "abc", "1e9", "", "99999999999999999999999"] {
        let taken = wait(Answer::with(429, &[&format!("retry-after: {nonsense}")], "")).await;
        assert!((60.0..=62.0).contains(&taken), "{nonsense}: {taken}");
    }
}

#[tokio::test(start_paused = true)]
async fn r07_a_reset_in_the_past_is_no_busy_loop() {
    let server = always(spent(-3600)).await;
    let start = Instant::now();
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(server.count() <= 3 && start.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn r08_no_clone_sends_anything_while_a_limit_lasts() {
    let server = Server::serve(|index, _| if index == 0 { spent(30) } else { a_job() }).await;
    let client = server.builder().concurrency(1).build().unwrap();
    let calls: Vec<_> = (0..10).map(|_| tokio::spawn(job(&client.clone()).send())).collect();
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(server.count(), 1, "0 further requests until the limit ends");
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 11);
}

#[tokio::test(start_paused = true)]
async fn r09_what_would_take_too_long_fails_at_once_and_says_when() {
    for policy in [LimitPolicy::default(), LimitPolicy::fail_at_once()] {
        let server = always(spent(600)).await;
        let client = server.builder().limits(policy).build().unwrap();
        let start = Instant::now();
        let error = job(&client).send().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 1));
        assert!(start.elapsed() <= Duration::from_millis(10));
        let left = error.retry_at().unwrap().duration_since(Timestamp::now());
        assert!((590..=600).contains(&left.as_secs()), "{left}");
        // Nor does another call send anything.
        assert_eq!(job(&client.clone()).send().await.failed().kind(), ErrorKind::RateLimited);
        assert_eq!(server.count(), 1);
    }
    let server = always(spent(60)).await;
    let error = job(&server.client()).with_deadline(Duration::from_secs(30)).send().await.failed();
    assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 1));
}

#[tokio::test(start_paused = true)]
async fn r10_a_server_without_limits_is_normal() {
    let server = always(a_job()).await;
    let job = job(&server.client()).send().await.unwrap();
    assert!(job.meta().rate_limit().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_success_that_spends_the_limit_holds_the_next_call() {
    let reset = format!("x-ratelimit-reset: {}", NOW + 20);
    let headers = [
        DATE,
        "x-ratelimit-limit: 1",
        "x-ratelimit-remaining: 0",
        &reset,
        "content-type: application/json",
    ];
    let body = crate::support::read("tests/fixtures/documented/get-job.json");
    let server = Server::start([Answer::with(200, &headers, body), a_job()]).await;
    let client = server.client();
    assert_eq!(job(&client).send().await.unwrap().meta().rate_limit().unwrap().remaining, 0);
    let start = Instant::now();
    job(&client).send().await.unwrap();
    assert!((20..=22).contains(&start.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_when_it_will_be_well_is_not_asked_before() {
    let taken = wait(Answer::with(503, &["retry-after: 7"], "")).await;
    assert!((7.0..=8.0).contains(&taken), "{taken}");
    let server = always(Answer::with(503, &["retry-after: 3600"], "")).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!((error.status().unwrap().as_u16(), server.count()), (503, 1));
    assert!(error.retry_at().is_some());
    assert_eq!(job(&server.client()).send().await.failed().kind(), ErrorKind::Status);
}

#[tokio::test(start_paused = true)]
async fn ten_calls_in_flight_wait_for_a_limit_once() {
    let server = Server::serve(|index, _| if index < 10 { spent(30) } else { a_job() }).await;
    let client = server.client();
    let calls: Vec<_> = (0..10).map(|_| tokio::spawn(job(&client.clone()).send())).collect();
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(server.count(), 10, "0 further requests until the limit ends");
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 20);
}
