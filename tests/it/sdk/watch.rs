//! Watching a run, on a paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use github_workflow_jobs::jobs::JobChanges;
use github_workflow_jobs::{Client, ErrorKind};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Answer, Received, Server, read};

/// A job of a run with this id and status.
fn job(id: i64, status: &str) -> Value {
    let mut job: Value =
        serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
    job["id"] = id.into();
    job["status"] = status.into();
    job["conclusion"] = if status == "completed" { "success".into() } else { Value::Null };
    job
}

/// A page of jobs whose ETag follows from ids and statuses, or a 304 if the request has that ETag.
fn page(request: &Received, jobs: &[Value], next: Option<&str>) -> Answer {
    let body = json!({"total_count": jobs.len(), "jobs": jobs}).to_string();
    let tag = format!(
        "W/\"{}\"",
        jobs.iter()
            .map(|job| format!("{}{}-", job["id"], job["status"].as_str().unwrap()))
            .collect::<String>()
    );
    if request.header("if-none-match") == [tag.as_str()] {
        return Answer::with(304, &[&format!("etag: {tag}")], "");
    }
    let etag = format!("etag: {tag}");
    let link = next.map(|next| format!("link: <{next}>; rel=\"next\""));
    let headers: Vec<_> =
        ["content-type: application/json", &etag].into_iter().chain(link.as_deref()).collect();
    Answer::with(200, &headers, body)
}

/// A server that answers each poll with the next list of jobs, and repeats the last one.
async fn run(polls: Vec<Vec<Value>>) -> (Server, Client) {
    let count = Arc::new(AtomicUsize::new(0));
    let server = Server::serve(move |_, request| {
        let poll = count.fetch_add(1, Ordering::SeqCst).min(polls.len() - 1);
        page(request, &polls[poll], None)
    })
    .await;
    let client = server.client();
    (server, client)
}

/// All changes of a watch, as `id status`.
async fn seen(mut changes: JobChanges) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(change) = changes.try_next().await.unwrap() {
        seen.push(format!("{} {}", change.job.id, change.job.status));
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn a_watch_does_not_end_while_the_list_is_empty() {
    let (_server, client) = run(vec![
        vec![],
        vec![],
        vec![job(1, "queued"), job(2, "queued")],
        vec![job(1, "completed"), job(2, "in_progress")],
        vec![job(1, "completed"), job(2, "completed")],
    ])
    .await;
    let start = Instant::now();
    let seen = seen(client.watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 queued", "2 queued", "1 completed", "2 in_progress", "2 completed"]);
    assert!(start.elapsed() >= Duration::from_secs(15), "it ended before the list had settled");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_appears_late_is_waited_for() {
    let with = |third: Option<&str>| {
        let two = [job(1, "completed"), job(2, "completed")];
        two.into_iter().chain(third.map(|status| job(3, status))).collect()
    };
    let (_server, client) =
        run(vec![with(None), with(Some("queued")), with(Some("completed"))]).await;
    let seen = seen(client.watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 completed", "2 completed", "3 queued", "3 completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_re_run_is_followed_and_each_change_has_the_previous_job() {
    let (_server, client) = run(vec![
        vec![job(1, "in_progress")],
        vec![job(1, "completed")],
        vec![job(7, "queued")],
        vec![job(7, "completed")],
    ])
    .await;
    let mut changes = client.repo("o/r").unwrap().watch_run(1).stream();
    let mut all = Vec::new();
    while let Some(change) = changes.try_next().await.unwrap() {
        all.push((change.job.id.0, change.previous.map(|job| job.status.to_string())));
    }
    assert_eq!(
        all,
        [(1, None), (1, Some("in_progress".into())), (7, None), (7, Some("queued".into()))]
    );
}

#[tokio::test(start_paused = true)]
async fn unchanged_pages_are_polled_with_their_etag_and_less_and_less_often() {
    let (server, client) = run(vec![vec![job(1, "in_progress")]]).await;
    let mut changes = client.watch_run("o", "r", 1).deadline(Duration::from_secs(600)).stream();
    changes.try_next().await.unwrap().unwrap();
    let error = changes.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(changes.next().await.is_none());
    let received = server.received();
    assert!(
        received[1..]
            .iter()
            .all(|request| request.header("if-none-match") == ["W/\"1in_progress-\""])
    );
    assert!((20..=40).contains(&received.len()), "{} polls in 10 minutes", received.len());
}

#[tokio::test(start_paused = true)]
async fn a_watch_survives_a_rate_limit_and_a_short_failure_of_the_server() {
    let server = Server::serve(|index, request| match index {
        1 => Answer::with(429, &["retry-after: 30"], ""),
        3..=8 => Answer::with(502, &[], ""),
        0 | 2 => page(request, &[job(1, "in_progress")], None),
        _ => page(request, &[job(1, "completed")], None),
    })
    .await;
    let start = Instant::now();
    assert_eq!(
        seen(server.client().watch_run("o", "r", 1).stream()).await,
        ["1 in_progress", "1 completed"]
    );
    assert!(start.elapsed() >= Duration::from_secs(45));
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_watched_for_changes() {
    let count = Arc::new(AtomicUsize::new(0));
    let polls = count.clone();
    let server = Server::serve(move |_, request| {
        if request.target.contains("page=2") {
            let status =
                if polls.fetch_add(1, Ordering::SeqCst) < 2 { "in_progress" } else { "completed" };
            return page(request, &[job(2, status)], None);
        }
        page(
            request,
            &[job(1, "completed")],
            Some("/api/v3/repositories/1/actions/runs/1/jobs?page=2"),
        )
    })
    .await;
    let seen = seen(server.client().watch_run_attempt("o", "r", 1, 3).stream()).await;
    assert_eq!(seen, ["1 completed", "2 in_progress", "2 completed"]);
    assert!(server.received()[0].target.contains("/runs/1/attempts/3/jobs?per_page=100"));
}

#[tokio::test(start_paused = true)]
async fn a_missing_run_ends_the_watch_with_its_status() {
    let server = Server::serve(|_, _| Answer::json(404, r#"{"message":"Not Found"}"#)).await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    assert_eq!(changes.next().await.unwrap().unwrap_err().status().unwrap(), 404);
    assert!(changes.next().await.is_none());
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_keeps_failing_ends_the_watch_with_its_status() {
    let dead = Server::serve(|_, _| Answer::with(502, &[], "")).await;
    let error = dead.client().watch_run("o", "r", 1).stream().next().await.unwrap().unwrap_err();
    assert_eq!(error.status().unwrap(), 502);
}

#[tokio::test(start_paused = true)]
async fn a_watch_with_an_invalid_owner_ends_without_a_request() {
    let server = Server::start([]).await;
    let mut refused = server.client().watch_run("..", "r", 1).stream();
    assert_eq!(refused.next().await.unwrap().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(server.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_conditional_call_returns_none_if_the_list_has_not_changed() {
    let server = Server::serve(|_, request| page(request, &[job(1, "queued")], None)).await;
    let client = server.client();
    let first = client.list_jobs_for_run("o", "r", 1).send().await.unwrap();
    let tag = first.meta().etag();
    assert!(tag.is_some());
    assert!(client.list_jobs_for_run("o", "r", 1).send_if_changed(tag).await.unwrap().is_none());
    assert!(
        client
            .list_jobs_for_run("o", "r", 1)
            .send_if_changed(Some("W/\"other\""))
            .await
            .unwrap()
            .is_some()
    );
    assert!(client.list_jobs_for_run("o", "r", 1).send_if_changed(None).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn an_etag_that_is_not_a_header_value_is_refused_without_a_request() {
    let server = Server::start([]).await;
    let broken = server.client().list_jobs_for_run("o", "r", 1).send_if_changed(Some("a\nb"));
    let error = broken.await.unwrap_err();
    assert!(error.to_string().contains("the ETag is not a valid header value"), "{error}");
    assert_eq!((error.kind(), server.count()), (ErrorKind::InvalidInput, 0));
}

#[tokio::test(start_paused = true)]
async fn get_json_sends_any_path_and_query_with_the_token() {
    let server = Server::serve(|_, request| page(request, &[job(1, "queued")], None)).await;
    let client = server.client();
    let path = ["repos", "octo-org", "octo-repo", "actions", "runs"];
    let answer = client
        .get_json::<Value>(path)
        .query("per_page", 1)
        .query("labels", ["a", "b"])
        .send()
        .await
        .unwrap();
    assert_eq!(answer["total_count"], 1);
    let request = &server.received()[0];
    assert_eq!(
        request.target,
        "/api/v3/repos/octo-org/octo-repo/actions/runs?per_page=1&labels=a&labels=b"
    );
    assert_eq!(request.header("authorization"), ["Bearer ghp_canary"]);
    client.get_json::<Value>(["x"]).query("q", None::<i64>).with_header("x-a", "b").await.unwrap();
    let request = &server.received()[1];
    assert_eq!((request.target.as_str(), request.header("x-a")), ("/api/v3/x", vec!["b"]));
}

#[tokio::test(start_paused = true)]
async fn get_json_refuses_an_invalid_segment_or_query_value_without_a_request() {
    let server = Server::start([]).await;
    let client = server.client();
    let error = client.get_json::<Value>(["repos", "..", "x"]).send().await.unwrap_err();
    assert_eq!((error.kind(), server.count()), (ErrorKind::InvalidInput, 0));
    let error = client.get_json::<Value>(["x"]).query("q", json!({"a": 1})).await.unwrap_err();
    assert_eq!((error.kind(), server.count()), (ErrorKind::InvalidInput, 0));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_or_cross_origin_next_link_ends_the_watch() {
    let repeated =
        Server::serve(|_, request| page(request, &[job(1, "queued")], Some("/api/v3/x?page=2")))
            .await;
    let elsewhere = Server::serve(|_, request| {
        page(request, &[job(1, "queued")], Some("http://127.0.0.1:1/x"))
    })
    .await;
    for server in [repeated, elsewhere] {
        let error =
            server.client().watch_run("o", "r", 1).stream().next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Pagination);
        assert!(server.count() <= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_waits_for_a_rate_limit_of_half_an_hour() {
    let server = Server::serve(|index, request| match index {
        1 => Answer::with(429, &["retry-after: 1800"], ""),
        _ => page(request, &[job(1, if index == 0 { "in_progress" } else { "completed" })], None),
    })
    .await;
    let start = Instant::now();
    assert_eq!(
        seen(server.client().watch_run("o", "r", 1).stream()).await,
        ["1 in_progress", "1 completed"]
    );
    assert!(start.elapsed() >= Duration::from_secs(1800));
    assert!(server.count() <= 8, "{}", server.count());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_moves_to_another_page_is_one_job_and_a_late_change_is_seen() {
    let polls = AtomicUsize::new(0);
    let server = Server::serve(move |_, request| {
        let second = request.target.contains("page=2");
        let poll = if second {
            polls.load(Ordering::SeqCst) - 1
        } else {
            polls.fetch_add(1, Ordering::SeqCst)
        };
        let late = if poll < 3 { "in_progress" } else { "completed" };
        match (second, poll) {
            (false, 0) => page(request, &[job(1, "completed")], None),
            (false, _) => page(request, &[job(2, late)], Some("/api/v3/x?page=2")),
            (true, _) => page(request, &[job(2, late), job(1, "completed")], None),
        }
    })
    .await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    let mut all = Vec::new();
    while let Some(change) = changes.try_next().await.unwrap() {
        all.push(format!("{} {}", change.job.id, change.job.status));
    }
    assert_eq!(all, ["1 completed", "2 in_progress", "2 completed"]);
    assert_eq!(changes.jobs().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_watch_accepts_intervals_from_zero_to_the_longest() {
    let (_server, client) = run(vec![vec![job(1, "completed")]]).await;
    let watch = client
        .watch_run("o", "r", 1)
        .interval(Duration::ZERO, Duration::ZERO)
        .settle(Duration::ZERO);
    assert_eq!(seen(watch.stream()).await, ["1 completed"]);
    let endless =
        client.watch_run("o", "r", 1).interval(Duration::MAX, Duration::MAX).settle(Duration::MAX);
    let mut endless = endless.deadline(Duration::from_secs(3600)).stream();
    endless.try_next().await.unwrap().unwrap();
    assert_eq!(endless.try_next().await.unwrap_err().kind(), ErrorKind::Timeout);
}
