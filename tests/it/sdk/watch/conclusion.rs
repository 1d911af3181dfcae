//! The conclusion of a run that was watched.

use github_workflow_jobs::jobs::{JobChanges, WatchRun};
use github_workflow_jobs::testing::{ScriptedJob, run};
use github_workflow_jobs::{Client, Conclusion, ErrorKind};
use serde_json::{Value, json};

use super::{is_run, job, page};
use crate::support::{Answer, Server};

/// A server with this list, whose run gives this answer.
async fn serve(jobs: Vec<Value>, answer: Answer) -> Server {
    Server::serve(move |_, request| match is_run(request) {
        true => answer.clone(),
        false => page(request, &jobs, None),
    })
    .await
}

fn the_run(status: &str, conclusion: Option<&str>) -> Answer {
    Answer::json(200, &json!({"id": 1, "status": status, "conclusion": conclusion}).to_string())
}

fn watch(client: &Client) -> WatchRun {
    client.watch_run("o", "r", 1)
}

/// The conclusion of the run after the watch has ended. There is none before that.
async fn conclusion(mut changes: JobChanges) -> Option<String> {
    while changes.try_next().await.unwrap().is_some() {
        assert_eq!(changes.conclusion(), None);
    }
    let conclusion = changes.conclusion().map(|conclusion| conclusion.as_str().to_owned());
    assert!(changes.next().await.is_none());
    assert_eq!(changes.conclusion().map(Conclusion::as_str), conclusion.as_deref(), "it stays");
    conclusion
}

#[tokio::test(start_paused = true)]
async fn a_run_that_failed_without_a_job_has_a_conclusion() {
    let server = serve(vec![], the_run("completed", Some("startup_failure"))).await;
    let of_run = conclusion(watch(&server.client()).stream()).await;
    assert_eq!(of_run.as_deref(), Some("startup_failure"));
    let of_attempt = server.client().watch_run_attempt("o", "r", 1, 3).stream();
    assert_eq!(conclusion(of_attempt).await.as_deref(), Some("startup_failure"));
}

#[tokio::test(start_paused = true)]
async fn the_conclusion_is_that_of_the_run_and_not_of_its_jobs() {
    // A job that may fail.
    let server = serve(vec![job(1, "completed")], the_run("completed", Some("failure"))).await;
    let conclusion = conclusion(watch(&server.client()).stream()).await;
    assert_eq!(conclusion.as_deref(), Some("failure"));
}

#[tokio::test(start_paused = true)]
async fn the_conclusion_survives_a_304_for_the_run() {
    // The list changes after the run was read, so that the run is read again.
    let server = Server::serve(|index, request| {
        if !is_run(request) {
            let jobs = [job(1, "completed"), job(2, "completed")];
            return page(request, &jobs[..if index == 0 { 1 } else { 2 }], None);
        }
        if request.header("if-none-match") == ["\"1\""] {
            return Answer::with(304, &[], "");
        }
        let body = r#"{"id":1,"status":"completed","conclusion":"cancelled"}"#;
        Answer::with(200, &["etag: \"1\""], body)
    })
    .await;
    let conclusion = conclusion(watch(&server.client()).stream()).await;
    assert_eq!(conclusion.as_deref(), Some("cancelled"));
    let again = |request: &crate::support::Received| {
        is_run(request) && !request.header("if-none-match").is_empty()
    };
    assert_eq!(server.received().iter().filter(|request| again(request)).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_be_read_or_is_not_completed_has_no_conclusion() {
    for answer in [
        Answer::json(404, "{}"),
        Answer::json(200, r#"{"conclusion":"failure"}"#),
        the_run("completed", None),
    ] {
        let server = serve(vec![job(1, "completed")], answer).await;
        assert_eq!(conclusion(watch(&server.client()).stream()).await, None);
    }
    // A re-run can have the conclusion of the attempt before it.
    let jobs = vec![job(1, "completed"), job(2, "in_progress")];
    let server = serve(jobs, the_run("in_progress", Some("failure"))).await;
    let watch = watch(&server.client()).without_jobs(|job| job.id.get() == 2);
    assert_eq!(conclusion(watch.stream()).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_fails_has_no_conclusion() {
    let server = Server::serve(|index, request| match index {
        0 => page(request, &[job(1, "completed")], None),
        1 => the_run("completed", Some("success")),
        _ => Answer::json(401, "{}"),
    })
    .await;
    let mut changes = watch(&server.client()).stream();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(changes.try_next().await.unwrap_err().kind(), ErrorKind::Status);
    assert_eq!(changes.conclusion(), None);
}

#[tokio::test(start_paused = true)]
async fn a_scripted_run_has_the_conclusion_that_follows_from_its_jobs() {
    let cases = [
        (vec![], Conclusion::Success),
        (vec![ScriptedJob::new("a")], Conclusion::Success),
        (vec![ScriptedJob::new("a"), ScriptedJob::new("b").fails()], Conclusion::Failure),
        (vec![ScriptedJob::new("a").ends(Conclusion::Cancelled)], Conclusion::Cancelled),
        (vec![ScriptedJob::new("a").ends(Conclusion::Skipped)], Conclusion::Success),
    ];
    for (jobs, expected) in cases {
        let changes = watch(&run(1, jobs).client()).stream();
        let found = conclusion(changes).await;
        assert_eq!(found.as_deref(), Some(expected.as_str()));
    }
}
