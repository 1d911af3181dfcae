//! Waits: their length, the observer, and their end before time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::{ClientBuilder, Error, ErrorKind, LimitPolicy, Wait, WaitReason};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::gates::{limited, spent};
use super::limits::{exhausted, secondary};
use super::{Fails as _, a_job, always, job};
use crate::support::{Answer, Server};

const SECOND: Duration = Duration::from_secs(1);

/// Records the waits of a client.
fn recorded(builder: ClientBuilder) -> (ClientBuilder, Arc<Mutex<Vec<Wait>>>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let seen = waits.clone();
    (builder.on_wait(move |wait| seen.lock().unwrap().push(wait.clone())), waits)
}

#[tokio::test(start_paused = true)]
async fn the_random_part_of_a_wait_stays_within_the_deadline_and_the_policy() {
    for _ in 0..10 {
        // The limit is one of another call, so that the wait for it has a random part of up to 1 s.
        let server = limited(exhausted(60)).await;
        let client = server.client();
        job(&client).with_deadline(SECOND).send().await.failed();
        let start = Instant::now();
        let deadline = Duration::from_millis(60_010);
        job(&client).with_deadline(deadline).send().await.unwrap();
        assert!(start.elapsed() <= deadline);

        let server = limited(exhausted(60)).await;
        let limits = LimitPolicy::wait_up_to(60 * SECOND);
        let client = server.builder().limits(limits).build().unwrap();
        job(&client).with_deadline(SECOND).send().await.failed();
        let start = Instant::now();
        job(&client).send().await.unwrap();
        assert!(start.elapsed() <= Duration::from_millis(60_010), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn clear_rate_limit_wakes_the_calls_that_wait() {
    for answer in [exhausted(100), secondary(), spent(403, "0", "search")] {
        let server = limited(answer).await;
        let client = server.client();
        let start = Instant::now();
        let call = |_| -> JoinHandle<Result<_, Error>> { tokio::spawn(job(&client).send()) };
        let first = call(());
        sleep(SECOND).await;
        let others: Vec<_> = [(), ()].map(call).into_iter().chain([first]).collect();
        sleep(4 * SECOND).await;
        assert_eq!(server.count(), 1);
        client.clone().clear_rate_limit();
        for call in others {
            call.await.unwrap().unwrap();
        }
        assert_eq!((server.count(), start.elapsed().as_secs()), (4, 5));
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_lifted_wait_does_not_count() {
    let server = Server::serve(|index, _| if index < 2 { exhausted(170) } else { a_job() }).await;
    let client = server.client();
    let call = tokio::spawn(job(&client).send());
    sleep(SECOND).await;
    client.clear_rate_limit();
    // A second wait of 170 s is within the 3 minutes, because the first one was of 1 s.
    call.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn on_wait_reports_each_wait_and_its_reason() {
    let server = Server::serve(|index, request| match index {
        0 => Answer::with(429, &["retry-after: 2"], ""),
        1 => Answer::with(503, &[], ""),
        2 => Answer::with(503, &["retry-after: 7"], ""),
        _ if request.target.ends_with("/logs") => Answer::redirect(302, "/log"),
        5 => Answer::with(503, &[], ""),
        _ if request.target == "/log" => Answer::with(200, &["content-type: text/plain"], "line"),
        _ => a_job(),
    })
    .await;
    let (builder, waits) = recorded(server.builder());
    let client = builder.build().unwrap();
    let start = Instant::now();
    job(&client).send().await.unwrap();
    super::log(&client).bytes().await.unwrap();
    let waits = waits.lock().unwrap();
    let all: Vec<_> = waits.iter().map(|wait| (wait.reason, wait.duration.as_secs())).collect();
    use WaitReason::{RateLimit, Retry};
    assert_eq!(all, [(RateLimit, 2), (Retry, 0), (RateLimit, 7), (Retry, 0)]);
    assert_eq!(waits[0].operation, "actions/get-job-for-workflow-run");
    assert_eq!(waits[3].operation, "actions/download-job-logs-for-workflow-run");
    let end = waits[2].until.duration_since(Timestamp::now());
    assert!((6..=7).contains(&end.as_secs()), "{end}");
    let sum: Duration = waits.iter().map(|wait| wait.duration).sum();
    assert!(start.elapsed().abs_diff(sum) < Duration::from_millis(10), "no wait is hidden");
}

#[tokio::test(start_paused = true)]
async fn on_wait_reports_the_waits_for_the_limit_of_another_call() {
    let server = limited(exhausted(10)).await;
    let (builder, waits) = recorded(server.builder());
    let client = builder.build().unwrap();
    let first = tokio::spawn(job(&client).send());
    sleep(SECOND).await;
    client.list_jobs_for_run("o", "r", 1).send().await.unwrap();
    first.await.unwrap().unwrap();
    let waits = waits.lock().unwrap();
    assert_eq!(waits.len(), 2);
    assert_eq!(waits[1].operation, "actions/list-jobs-for-workflow-run");
    assert!((9..=10).contains(&waits[1].duration.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_zero_sends_nothing() {
    let server = always(a_job()).await;
    let client = server.client();
    let list = || client.list_jobs_for_run("o", "r", 1).with_deadline(Duration::ZERO);
    let log = || super::log(&client).with_deadline(Duration::ZERO);
    let json = || client.get_json::<u8>(["a"]).with_deadline(Duration::ZERO);
    let file = std::env::temp_dir().join("a_deadline_of_zero_sends_nothing");
    let errors = [
        job(&client).with_deadline(Duration::ZERO).send().await.failed(),
        job(&client).with_deadline(Duration::ZERO).send_if_changed(None).await.failed(),
        job(&client).with_deadline(Duration::ZERO).send_if_changed(Some("\"a\"")).await.failed(),
        json().send().await.failed(),
        list().send().await.failed(),
        list().all().await.failed(),
        list().stream().try_next().await.failed(),
        list().pages().try_next().await.failed(),
        log().location().await.failed(),
        log().stream().await.failed(),
        log().bytes().await.failed(),
        log().text().await.failed(),
        log().tail(1).await.failed(),
        log().save_to(&file).await.failed(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.to_string().ends_with(": the deadline has passed"), "{error}");
    }
    assert_eq!(server.count(), 0);
    assert!(!file.exists());
}
