//! When a watch ends.

use std::time::Duration;

use github_workflow_jobs::ErrorKind;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{completed_after, is_run, job, page, requests, seen, serve, timeline};
use crate::support::{Answer, Received, Server};

/// A page whose list has more jobs in all.
fn part(total: usize, jobs: &[Value]) -> Answer {
    Answer::json(200, &json!({"total_count": total, "jobs": jobs}).to_string())
}

#[tokio::test(start_paused = true)]
async fn jobs_that_are_listed_late_are_waited_for() {
    let first = job(1, "completed");
    let server = timeline(vec![
        (0, vec![first.clone()], "in_progress"),
        (40, vec![first.clone(), job(2, "in_progress")], "in_progress"),
        (100, vec![first, job(2, "completed")], "completed"),
    ])
    .await;
    let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 completed", "2 in_progress", "2 completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_ended_is_reported_at_once() {
    let server = timeline(vec![(0, vec![job(1, "completed")], "completed")]).await;
    let start = Instant::now();
    assert_eq!(seen(server.client().watch_run("o", "r", 1).stream()).await, ["1 completed"]);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(requests(&server), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_appears_while_the_run_is_read_is_reported() {
    let list = |index: usize, request: &Received| match index {
        0 => page(request, &[job(1, "completed")], None),
        _ => page(request, &[job(1, "completed"), job(2, "completed")], None),
    };
    let server = serve(list, completed_after(0)).await;
    let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 completed", "2 completed"]);
    assert_eq!(requests(&server), (2, 3), "the run is read again after the change");
}

#[tokio::test(start_paused = true)]
async fn a_run_without_jobs_ends() {
    let server = timeline(vec![(0, vec![], "queued"), (300, vec![], "completed")]).await;
    let start = Instant::now();
    assert!(seen(server.client().watch_run("o", "r", 1).stream()).await.is_empty());
    assert!((300..400).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_stays_queued_or_in_progress_does_not_prevent_the_end() {
    for (status, latest) in [("queued", 240), ("waiting", 240), ("in_progress", 340)] {
        let jobs = || vec![job(1, "completed"), job(2, status)];
        let server = timeline(vec![(0, jobs(), "in_progress"), (100, jobs(), "completed")]).await;
        let start = Instant::now();
        seen(server.client().watch_run("o", "r", 1).stream()).await;
        let seconds = start.elapsed().as_secs();
        assert!((100..latest).contains(&seconds), "{status}: {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_that_the_list_completes_after_the_run_are_waited_for() {
    let server = timeline(vec![
        (0, vec![job(1, "in_progress")], "completed"),
        (10, vec![job(1, "completed")], "completed"),
    ])
    .await;
    let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 in_progress", "1 completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ended_long_ago_is_reported_at_once_even_if_a_job_stays_queued() {
    let server = Server::serve(|_, request| {
        if is_run(request) {
            let body = r#"{"status":"completed","updated_at":"2025-11-25T10:00:00Z"}"#;
            return Answer::with(200, &["date: Wed, 25 Nov 2026 10:00:00 GMT"], body);
        }
        page(request, &[job(1, "queued")], None)
    })
    .await;
    let start = Instant::now();
    assert_eq!(seen(server.client().watch_run("o", "r", 1).stream()).await, ["1 queued"]);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_shorter_than_its_count_is_not_the_end() {
    // Without links, and with a link on the first page.
    for link in [None, Some("/api/v3/x?page=2")] {
        let list = move |index: usize, request: &Received| {
            let jobs = [job(1, "completed"), job(2, "completed")];
            match (request.target.contains("page=2"), index < 6) {
                (true, true) => part(2, &[]),
                (true, false) => part(2, &jobs[1..]),
                (false, _) if link.is_some() => {
                    let body = json!({"total_count": 2, "jobs": jobs[..1]}).to_string();
                    let link = format!("link: <{}>; rel=\"next\"", link.unwrap());
                    Answer::with(200, &["content-type: application/json", &link], body)
                }
                (false, _) => part(2, &jobs[..1]),
            }
        };
        let server = serve(list, completed_after(0)).await;
        let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
        assert_eq!(seen, ["1 completed", "2 completed"], "{link:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_completed_run_whose_list_stays_too_short_is_an_error_after_ten_minutes() {
    let list = |_, request: &Received| match request.target.contains("page=2") {
        true => part(2, &[]),
        false => part(2, &[job(1, "completed")]),
    };
    let server = serve(list, completed_after(0)).await;
    let start = Instant::now();
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    changes.try_next().await.unwrap().unwrap();
    let error = changes.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pagination);
    assert!(error.to_string().contains("after 1 items"), "{error}");
    assert!((600..660).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn where_the_run_cannot_be_read_the_list_has_to_settle() {
    let refusals = [
        Answer::json(404, "{}"),
        Answer::json(403, "{}"),
        Answer::json(410, "{}"),
        Answer::json(200, "{}"),
        Answer::json(200, "[]"),
        Answer::redirect(302, "http://login.example.com/"),
    ];
    for refusal in refusals {
        let server = Server::serve(move |_, request| match is_run(request) {
            true => refusal.clone(),
            false => page(request, &[job(1, "completed")], None),
        })
        .await;
        let start = Instant::now();
        // The wait between polls does not delay the end.
        let (floor, ceiling) = (Duration::from_secs(10), Duration::from_secs(60));
        let watch = server.client().watch_run("o", "r", 1).with_interval(floor, ceiling);
        assert_eq!(seen(watch.stream()).await, ["1 completed"]);
        let seconds = start.elapsed().as_secs_f64();
        assert!((15.0..17.0).contains(&seconds), "{seconds} s");
        assert!(requests(&server).0 <= 6, "{:?}", requests(&server));
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_run_cannot_be_read_an_empty_list_is_not_the_end() {
    let server = timeline(vec![
        (0, vec![], "404"),
        (60, vec![job(1, "completed")], "404"),
        (70, vec![job(1, "completed"), job(2, "completed")], "404"),
    ])
    .await;
    let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 completed", "2 completed"]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_judged_by_the_attempt() {
    let server = timeline(vec![(0, vec![job(1, "completed")], "completed")]).await;
    seen(server.client().watch_run_attempt("o", "r", 1, 3).stream()).await;
    let received = server.received();
    let run = received.iter().find(|request| is_run(request)).unwrap();
    assert_eq!(run.target, "/api/v3/repos/o/r/actions/runs/1/attempts/3");
}
