//! Rate limits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::{Error, ErrorKind, LimitPolicy, RetryPolicy};
use tokio::time::Instant;

use super::{Fails as _, a_job, always, job};
use crate::support::{Answer, Server};

pub(super) const DATE: &str = "date: Mon, 05 Apr 2021 13:14:51 GMT";
/// `DATE` in seconds since 1970.
pub(super) const NOW: i64 = 1_617_628_491;

/// A 403 for an exhausted rate limit that resets after some seconds.
pub(super) fn exhausted(seconds: i64) -> Answer {
    let reset = format!("x-ratelimit-reset: {}", NOW + seconds);
    let headers = [DATE, "x-ratelimit-remaining: 0", &reset];
    Answer::with(403, &headers, r#"{"message":"API rate limit exceeded"}"#)
}

/// A 403 for a secondary rate limit, without headers.
pub(super) fn secondary() -> Answer {
    Answer::json(403, r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#)
}

/// The duration of a call, in seconds, whose first attempt is rate limited and whose second succeeds.
async fn duration(first: Answer) -> f64 {
    let server = Server::start([first, a_job()]).await;
    let start = Instant::now();
    job(&server.client()).send().await.unwrap();
    assert_eq!(server.count(), 2);
    start.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn the_next_attempt_waits_for_retry_after() {
    let taken = duration(Answer::with(429, &["retry-after: 3"], "")).await;
    assert!((3.0..=5.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_rate_limit_is_waited_for_until_its_reset() {
    let taken = duration(exhausted(10)).await;
    assert!((10.0..=12.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_that_exhausts_the_limit_is_followed_after_its_reset() {
    let (start, reset) = (Instant::now(), format!("x-ratelimit-reset: {}", NOW + 10));
    let spent = ["location: /api/v3/moved", DATE, "x-ratelimit-remaining: 0", &reset];
    let redirect = Answer::with(301, &spent, "");
    let again = Answer::redirect(301, "/api/v3/moved");
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let server = Server::serve(move |index, request| {
        seen.lock().unwrap().push(start.elapsed().as_secs());
        match (index, request.target.as_str()) {
            (0, _) => redirect.clone(),
            (_, "/api/v3/moved") => a_job(),
            _ => again.clone(),
        }
    })
    .await;
    job(&server.client()).send().await.unwrap();
    let times = times.lock().unwrap().clone();
    assert!(matches!(times[..], [0, 10..=12, 10..=12]), "{times:?}");
}

/// The seconds after which a server that always answers so receives the requests of one call, and its error.
async fn requests(answer: Answer) -> (Vec<u64>, Error) {
    let (start, times) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
    let seen = times.clone();
    let server = Server::serve(move |_, _| {
        seen.lock().unwrap().push(start.elapsed().as_secs());
        answer.clone()
    })
    .await;
    let error = job(&server.client()).send().await.failed();
    let times = times.lock().unwrap().clone();
    assert!(start.elapsed().as_secs() <= times[times.len() - 1] + 1, "{:?}", start.elapsed());
    (times, error)
}

#[tokio::test(start_paused = true)]
async fn a_secondary_rate_limit_waits_one_minute_then_two_then_fails() {
    let (times, error) = requests(secondary()).await;
    assert_eq!(times, [0, 60, 180]);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.is_secondary_limit() && error.to_string().contains("secondary"), "{error}");
    assert_eq!(error.status().unwrap(), 403);
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_cannot_be_read_or_is_too_far_ahead_counts_as_one_minute_then_two() {
    let too_far = (NOW + 3601).to_string();
    for (remaining, reset) in [("0", "soon"), ("-1", ""), ("00", "1e9"), ("0", &too_far)] {
        let remaining = format!("x-ratelimit-remaining: {remaining}");
        let reset = format!("x-ratelimit-reset: {reset}");
        // The resource is known from this response alone, also where its figures cannot be read.
        for resource in ["x-ratelimit-resource: search", "x-other: 1"] {
            let headers = [DATE, "x-ratelimit-limit: 60", &remaining, &reset, resource];
            let (times, error) = requests(Answer::with(403, &headers, "")).await;
            assert_eq!(times, [0, 60, 180], "{headers:?}");
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert!(!error.is_secondary_limit());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_preferred_to_the_reset_of_the_rate_limit() {
    let reset = format!("x-ratelimit-reset: {}", NOW + 3000);
    let headers = [DATE, "x-ratelimit-remaining: 0", &reset, "retry-after: 3"];
    let taken = duration(Answer::with(403, &headers, "")).await;
    assert!((3.0..=5.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_429_for_the_primary_rate_limit_is_not_a_secondary_one() {
    let body = r#"{"message":"API rate limit exceeded for user ID 1."}"#;
    let (times, error) = requests(Answer::json(429, body)).await;
    assert_eq!(times, [0, 60, 180]);
    assert!(!error.is_secondary_limit() && !error.to_string().contains("secondary"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn all_waits_of_a_call_together_are_at_most_3_minutes() {
    for (seconds, expected) in [(90, vec![0, 90, 180]), (91, vec![0, 91])] {
        let (times, error) = requests(exhausted(seconds)).await;
        assert_eq!(times, expected);
        assert_eq!(error.kind(), ErrorKind::RateLimited);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_ends_during_the_deadline_is_waited_for() {
    let server = Server::start([exhausted(60), a_job()]).await;
    job(&server.client()).with_deadline(Duration::from_secs(61)).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_403_for_a_missing_permission_is_not_retried() {
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
async fn retry_after_may_be_a_date() {
    let taken =
        duration(Answer::with(429, &[DATE, "retry-after: Mon, 05 Apr 2021 13:15:01 GMT"], ""))
            .await;
    assert!((10.0..=12.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_retry_after_counts_as_absent() {
    for nonsense in ["-5", "abc", "1e9", "", "99999999999999999999999"] {
        let taken = duration(Answer::with(429, &[&format!("retry-after: {nonsense}")], "")).await;
        assert!((60.0..=62.0).contains(&taken), "{nonsense}: {taken}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_in_the_past_does_not_cause_a_busy_loop() {
    let server = always(exhausted(-3600)).await;
    let start = Instant::now();
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(server.count() <= 3 && start.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_allowed_fails_at_once_with_the_time_to_retry() {
    for policy in [LimitPolicy::default(), LimitPolicy::fail_at_once()] {
        let server = always(exhausted(600)).await;
        let client = server.builder().limits(policy).build().unwrap();
        let start = Instant::now();
        let error = job(&client).send().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 1));
        assert!(start.elapsed() <= Duration::from_millis(10));
        let left = error.retry_at().unwrap().duration_since(Timestamp::now());
        assert!((590..=600).contains(&left.as_secs()), "{left}");
        // Another call on a clone sends nothing, either.
        assert_eq!(job(&client.clone()).send().await.failed().kind(), ErrorKind::RateLimited);
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_the_deadline_of_the_call_fails_at_once() {
    let server = always(exhausted(60)).await;
    let start = Instant::now();
    let error = job(&server.client()).with_deadline(Duration::from_secs(30)).send().await.failed();
    assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 1));
    assert!(start.elapsed() <= Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn a_server_without_rate_limit_headers_is_supported() {
    let server = always(a_job()).await;
    let job = job(&server.client()).send().await.unwrap();
    assert!(job.meta().rate_limit().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_503_with_retry_after_is_retried_after_that_time() {
    let taken = duration(Answer::with(503, &["retry-after: 7"], "")).await;
    assert!((7.0..=8.0).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_503_with_retry_after_is_retried_twice() {
    let (times, error) = requests(Answer::with(503, &["retry-after: 5"], "")).await;
    assert_eq!((times, error.kind()), (vec![0, 5, 10], ErrorKind::Status));
}

#[tokio::test(start_paused = true)]
async fn a_503_that_asks_for_no_wait_is_retried_after_the_wait_of_the_policy() {
    for asked in ["0", "Mon, 05 Apr 2021 13:14:50 GMT"] {
        let start = Instant::now();
        for _ in 0..10 {
            let headers = [DATE, &format!("retry-after: {asked}")];
            let server = Server::start([Answer::with(503, &headers, ""), a_job()]).await;
            // The retry is one of the retry policy, and needs no leave of the policy for limits.
            let client = server.builder().limits(LimitPolicy::fail_at_once());
            let client = client.retry(RetryPolicy::default().base(Duration::from_secs(10)));
            job(&client.build().unwrap()).send().await.unwrap();
            assert_eq!(server.count(), 2);
        }
        // Ten random parts of 10 s.
        assert!(start.elapsed() >= Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_503_with_a_long_retry_after_fails_at_once_with_the_time_to_retry() {
    let server = always(Answer::with(503, &["retry-after: 3600"], "")).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!((error.status().unwrap().as_u16(), server.count()), (503, 1));
    assert!(error.retry_at().is_some());
    assert_eq!(job(&server.client()).send().await.failed().kind(), ErrorKind::Status);
}
