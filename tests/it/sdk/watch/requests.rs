//! The number of requests of a watch that count for the rate limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{is_run, job, seen};
use crate::support::{Answer, Received, Server};

/// An answer, or a 304 if the client has this version of it.
fn versioned(request: &Received, version: usize, body: &Value, answers: &AtomicUsize) -> Answer {
    let tag = format!("\"{version}\"");
    let etag = format!("etag: {tag}");
    if request.header("if-none-match") == [tag] {
        return Answer::with(304, &[&etag], "");
    }
    answers.fetch_add(1, Ordering::SeqCst);
    Answer::with(200, &["content-type: application/json", &etag], body.to_string())
}

/// A run of one hour that changes every 3 minutes: jobs that are queued, run and end, one after the other. The
/// run has a new version with each change.
async fn hour() -> (Server, Arc<AtomicUsize>) {
    let (start, answers) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&answers);
    let server = Server::serve(move |_, request| {
        let changes = (start.elapsed().as_secs() / 180).min(20) as usize;
        if is_run(request) {
            let status = if changes == 20 { "completed" } else { "in_progress" };
            return versioned(request, changes, &json!({"status": status}), &counted);
        }
        let ended = (1..=changes / 3).map(|id| job(id as i64, "completed"));
        let last = (changes < 20).then(|| {
            let status = ["queued", "in_progress", "in_progress"][changes % 3];
            job(changes as i64 / 3 + 1, status)
        });
        let jobs: Vec<_> = ended.chain(last).collect();
        versioned(request, changes, &json!({"total_count": jobs.len(), "jobs": jobs}), &counted)
    })
    .await;
    (server, answers)
}

#[tokio::test(start_paused = true)]
async fn a_run_of_one_hour_costs_at_most_42_requests_whatever_the_interval() {
    for seconds in [None, Some(1), Some(60)] {
        let (server, answers) = hour().await;
        let start = Instant::now();
        let mut watch = server.client().watch_run("o", "r", 1);
        if let Some(seconds) = seconds {
            let interval = Duration::from_secs(seconds);
            watch = watch.with_interval(interval, interval);
        }
        seen(watch.stream()).await;
        assert!((3600..3700).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        let answers = answers.load(Ordering::SeqCst);
        assert!((21..=42).contains(&answers), "{answers} answers for {seconds:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_etags_that_stays_the_same_is_polled_less_and_less() {
    let server = Server::serve(|_, request| match is_run(request) {
        true => Answer::json(200, r#"{"status":"in_progress"}"#),
        false => {
            let jobs = [job(1, "in_progress"), job(2, "completed")];
            Answer::json(200, &json!({"total_count": 2, "jobs": jobs}).to_string())
        }
    })
    .await;
    let watch = server.client().watch_run("o", "r", 1).with_deadline(Duration::from_secs(600));
    let mut changes = watch.stream();
    while changes.try_next().await.is_ok() {}
    assert!((20..=40).contains(&server.count()), "{} requests", server.count());
}

#[tokio::test(start_paused = true)]
async fn a_completed_run_is_not_read_again_while_its_list_is_incomplete() {
    let server = Server::serve(|_, request| match is_run(request) {
        true => Answer::json(200, r#"{"status":"completed"}"#),
        false if request.target.contains("page=2") => {
            Answer::json(200, r#"{"total_count":2,"jobs":[]}"#)
        }
        false => {
            Answer::json(200, &json!({"total_count": 2, "jobs": [job(1, "completed")]}).to_string())
        }
    })
    .await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    while changes.try_next().await.is_ok_and(|change| change.is_some()) {}
    assert_eq!(server.received().iter().filter(|request| is_run(request)).count(), 1);
}
