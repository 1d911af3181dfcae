//! The options of a watch.

use std::time::Duration;

use github_workflow_jobs::ErrorKind;
use tokio::time::Instant;

use super::{is_run, job, seen, timeline};

#[tokio::test(start_paused = true)]
async fn a_workflow_watches_its_own_run_without_its_own_job() {
    let own = job(9, "in_progress");
    let server = timeline(vec![
        (0, vec![own.clone(), job(1, "in_progress")], "in_progress"),
        (60, vec![own, job(1, "completed")], "in_progress"),
    ])
    .await;
    let start = Instant::now();
    let watch = server.client().watch_run("o", "r", 1).without_jobs(|job| job.id.0 == 9);
    let mut changes = watch.stream();
    let mut seen = Vec::new();
    while let Some(change) = changes.try_next().await.unwrap() {
        seen.push(format!("{} {}", change.job.id, change.job.status));
    }
    assert_eq!(seen, ["1 in_progress", "1 completed"]);
    assert_eq!(changes.jobs().len(), 1);
    assert!((75..120).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_jobs_are_all_left_out_ends() {
    let jobs = vec![job(8, "queued"), job(9, "in_progress")];
    let server = timeline(vec![(0, jobs, "in_progress")]).await;
    let watch = server.client().watch_run("o", "r", 1);
    let watch = watch.without_jobs(|job| job.id.0 == 9).without_jobs(|job| job.id.0 == 8);
    assert!(format!("{watch:?}").contains("left_out: [Filter, Filter]"), "{watch:?}");
    assert!(seen(watch.stream()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_size_of_a_page_is_sent_and_checked() {
    let server = timeline(vec![(0, vec![job(1, "completed")], "completed")]).await;
    let watch = || server.client().watch_run("o", "r", 1);
    seen(watch().with_page_size(7).stream()).await;
    for request in server.received().iter().filter(|request| !is_run(request)) {
        assert!(request.target.ends_with("/jobs?per_page=7"), "{}", request.target);
    }
    let count = server.count();
    let error = watch().with_page_size(101).stream().next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("page_size"), "{error}");
    assert_eq!(server.count(), count);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_limits_the_whole_watch() {
    let server = timeline(vec![(0, vec![job(1, "completed")], "in_progress")]).await;
    for seconds in [0, 1, 100] {
        let start = Instant::now();
        let watch = server.client().watch_run("o", "r", 1);
        let mut changes = watch.with_deadline(Duration::from_secs(seconds)).stream();
        let error = loop {
            if let Err(error) = changes.try_next().await {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(start.elapsed().as_secs(), seconds);
        assert_eq!(server.count() == 0, seconds == 0);
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_are_reported_before_a_watch_that_needs_no_settling_ends() {
    let server = timeline(vec![(0, vec![job(1, "completed")], "in_progress")]).await;
    let watch = server.client().watch_run("o", "r", 1).without_jobs(|_| false);
    assert_eq!(seen(watch.with_settle(Duration::ZERO).stream()).await, ["1 completed"]);
}
