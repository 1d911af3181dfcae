//! Watching a run, on a paused clock.

mod conclusion;
mod end;
mod faults;
mod options;
mod requests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use github_workflow_jobs::jobs::JobChanges;
use github_workflow_jobs::{Client, ErrorKind};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::support::{Answer, Received, Server, read};

/// A job of a run.
fn job(id: i64, status: &str) -> Value {
    let mut job: Value =
        serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
    job["id"] = id.into();
    job["status"] = status.into();
    job["conclusion"] = if status == "completed" { "success".into() } else { Value::Null };
    job
}

/// A page of jobs, with an ETag of its content; a 304 if the client has it.
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

/// The run, with this status; 404 for `None`.
fn run_answer(request: &Received, status: Option<&str>) -> Answer {
    let Some(status) = status else { return Answer::json(404, r#"{"message":"Not Found"}"#) };
    if request.header("if-none-match") == [format!("\"{status}\"")] {
        return Answer::with(304, &[], "");
    }
    let etag = format!("etag: \"{status}\"");
    let body = json!({"id": 1, "status": status, "conclusion": null}).to_string();
    Answer::with(200, &["content-type: application/json", &etag], body)
}

/// True if the request is for the run, and not for its jobs.
fn is_run(request: &Received) -> bool {
    let path = request.target.split('?').next().unwrap();
    path.ends_with("/actions/runs/1") || path.ends_with("/actions/runs/1/attempts/3")
}

/// A server that answers requests for the list by their number, and whose run has a status after that many of
/// them.
async fn serve(
    list: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    run: impl Fn(usize) -> Option<&'static str> + Send + Sync + 'static,
) -> Server {
    let count = AtomicUsize::new(0);
    Server::serve(move |_, request| {
        if is_run(request) {
            return run_answer(request, run(count.load(Ordering::SeqCst)));
        }
        list(count.fetch_add(1, Ordering::SeqCst), request)
    })
    .await
}

/// The status of a run that is completed when its list was requested so many times.
fn completed_after(lists: usize) -> impl Fn(usize) -> Option<&'static str> {
    move |count| Some(if count >= lists { "completed" } else { "in_progress" })
}

/// A server whose run has these jobs at the poll of that number. It is completed with the last of them.
async fn run(polls: Vec<Vec<Value>>) -> (Server, Client) {
    let last = polls.len() - 1;
    let list = move |index: usize, request: &Received| page(request, &polls[index.min(last)], None);
    let server = serve(list, completed_after(last + 1)).await;
    let client = server.client();
    (server, client)
}

/// A run from a second of the watch on: its jobs, and its status.
type Moment = (u64, Vec<Value>, &'static str);

/// A server whose run changes with time.
async fn timeline(moments: Vec<Moment>) -> Server {
    let start = Instant::now();
    Server::serve(move |_, request| {
        let now = start.elapsed().as_secs();
        let (_, jobs, status) = moments.iter().rfind(|moment| moment.0 <= now).unwrap();
        if is_run(request) {
            return run_answer(request, Some(status).copied().filter(|status| *status != "404"));
        }
        page(request, jobs, None)
    })
    .await
}

/// The requests for the run, and those for its list.
fn requests(server: &Server) -> (usize, usize) {
    let received = server.received();
    let runs = received.iter().filter(|request| is_run(request)).count();
    (runs, received.len() - runs)
}

/// All changes of a watch that ends within a day, as `id status`.
async fn seen(mut changes: JobChanges) -> Vec<String> {
    let all = async {
        let mut seen = Vec::new();
        while let Some(change) = changes.try_next().await.unwrap() {
            seen.push(format!("{} {}", change.job.id, change.job.status));
        }
        seen
    };
    timeout(Duration::from_secs(24 * 60 * 60), all).await.expect("the watch does not end")
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_is_no_end() {
    let (_server, client) = run(vec![
        vec![],
        vec![],
        vec![job(1, "queued"), job(2, "queued")],
        vec![job(1, "completed"), job(2, "in_progress")],
        vec![job(1, "completed"), job(2, "completed")],
    ])
    .await;
    let seen = seen(client.watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 queued", "2 queued", "1 completed", "2 in_progress", "2 completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_late_third_job_is_waited_for() {
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
async fn a_re_run_in_mid_watch_is_followed_and_changes_know_what_was() {
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
async fn what_has_not_changed_is_not_sent_again_and_asked_for_less_and_less() {
    let server = timeline(vec![(0, vec![job(1, "in_progress")], "in_progress")]).await;
    let client = server.client();
    let mut changes =
        client.watch_run("o", "r", 1).with_deadline(Duration::from_secs(600)).stream();
    changes.try_next().await.unwrap().unwrap();
    let error = changes.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(changes.next().await.is_none());
    let received = server.received();
    let (runs, lists): (Vec<_>, Vec<_>) = received.iter().partition(|request| is_run(request));
    let tagged = |requests: &[&Received], tag: &str| {
        requests[1..].iter().all(|request| request.header("if-none-match") == [tag])
    };
    assert!(tagged(&lists, "W/\"1in_progress-\"") && tagged(&runs, "\"in_progress\""));
    assert!((20..=40).contains(&lists.len()), "{} polls in 10 minutes", lists.len());
    assert_eq!(runs.len(), 2, "at the start and after 5 minutes");
}

#[tokio::test(start_paused = true)]
async fn a_limit_and_a_server_that_fails_for_a_moment_are_survived() {
    let list = |index: usize, request: &Received| match index {
        1 => Answer::with(429, &["retry-after: 30"], ""),
        3..=8 => Answer::with(502, &[], ""),
        0 | 2 => page(request, &[job(1, "in_progress")], None),
        _ => page(request, &[job(1, "completed")], None),
    };
    let server = serve(list, completed_after(10)).await;
    let start = Instant::now();
    assert_eq!(
        seen(server.client().watch_run("o", "r", 1).stream()).await,
        ["1 in_progress", "1 completed"]
    );
    assert!(start.elapsed() >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn more_than_one_page_is_watched_and_a_change_on_any_is_seen() {
    let polls = AtomicUsize::new(0);
    let list = move |_, request: &Received| {
        if request.target.contains("?page=2") {
            let status =
                if polls.fetch_add(1, Ordering::SeqCst) < 2 { "in_progress" } else { "completed" };
            return page(request, &[job(2, status)], None);
        }
        page(
            request,
            &[job(1, "completed")],
            Some("/api/v3/repositories/1/actions/runs/1/jobs?page=2"),
        )
    };
    let server = serve(list, completed_after(6)).await;
    let seen = seen(server.client().watch_run_attempt("o", "r", 1, 3).stream()).await;
    assert_eq!(seen, ["1 completed", "2 in_progress", "2 completed"]);
    assert!(server.received()[0].target.contains("/runs/1/attempts/3/jobs?per_page=100"));
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_ends_the_watch() {
    let server = Server::serve(|_, _| Answer::json(403, r#"{"message":"Forbidden"}"#)).await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    assert_eq!(changes.next().await.unwrap().unwrap_err().status().unwrap(), 403);
    assert!(changes.next().await.is_none());
    assert_eq!(server.count(), 1);
    let dead = Server::serve(|_, _| Answer::with(502, &[], "")).await;
    let error = dead.client().watch_run("o", "r", 1).stream().next().await.unwrap().unwrap_err();
    assert_eq!(error.status().unwrap(), 502);
    let mut refused = server.client().watch_run("..", "r", 1).stream();
    assert_eq!(refused.next().await.unwrap().unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn a_conditional_call_gives_nothing_when_nothing_has_changed() {
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
    let count = server.count();
    let broken = client.list_jobs_for_run("o", "r", 1).send_if_changed(Some("a\nb"));
    let error = broken.await.unwrap_err();
    assert!(error.to_string().contains("the ETag is not a valid header value"), "{error}");
    assert_eq!(server.count(), count);
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn any_get_goes_the_same_way() {
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
    let error = client.get_json::<Value>(["repos", "..", "x"]).send().await.unwrap_err();
    assert_eq!((error.kind(), server.count()), (ErrorKind::InvalidInput, 1));
    let error = client.get_json::<Value>(["x"]).query("q", json!({"a": 1})).await.unwrap_err();
    assert_eq!((error.kind(), server.count()), (ErrorKind::InvalidInput, 1));
    client.get_json::<Value>(["x"]).query("q", None::<i64>).with_header("x-a", "b").await.unwrap();
    let request = &server.received()[1];
    assert_eq!((request.target.as_str(), request.header("x-a")), ("/api/v3/x", vec!["b"]));
}

#[tokio::test(start_paused = true)]
async fn a_list_without_an_end_or_elsewhere_ends_the_watch() {
    let round =
        Server::serve(|_, request| page(request, &[job(1, "queued")], Some("/api/v3/x?page=2")))
            .await;
    let elsewhere = Server::serve(|_, request| {
        page(request, &[job(1, "queued")], Some("http://127.0.0.1:1/x"))
    })
    .await;
    for server in [round, elsewhere] {
        let error =
            server.client().watch_run("o", "r", 1).stream().next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Pagination);
        assert!(server.count() <= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_limit_is_waited_for() {
    let list = |index: usize, request: &Received| match index {
        1 => Answer::with(429, &["retry-after: 1800"], ""),
        _ => page(request, &[job(1, if index == 0 { "in_progress" } else { "completed" })], None),
    };
    let server = serve(list, completed_after(3)).await;
    let start = Instant::now();
    assert_eq!(
        seen(server.client().watch_run("o", "r", 1).stream()).await,
        ["1 in_progress", "1 completed"]
    );
    assert!(start.elapsed() >= Duration::from_secs(1800));
    assert!(server.count() <= 8, "{}", server.count());
}

#[tokio::test(start_paused = true)]
async fn a_long_limit_is_reported_and_ends_when_it_is_cleared() {
    let list = |index: usize, request: &Received| match index {
        1 => Answer::with(429, &["retry-after: 1800"], ""),
        _ => page(request, &[job(1, if index == 0 { "in_progress" } else { "completed" })], None),
    };
    let server = serve(list, completed_after(3)).await;
    let waits = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = waits.clone();
    let client = server.builder().on_wait(move |wait| log.lock().unwrap().push(wait.operation));
    let client = client.build().unwrap();
    let start = Instant::now();
    let clone = client.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        clone.clear_rate_limit();
    });
    assert_eq!(
        seen(client.watch_run("o", "r", 1).stream()).await,
        ["1 in_progress", "1 completed"]
    );
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
    assert_eq!(*waits.lock().unwrap(), ["watch_run"]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_moves_to_another_page_is_one_job_and_a_late_change_is_seen() {
    let polls = AtomicUsize::new(0);
    let list = move |_, request: &Received| {
        let second = request.target.contains("?page=2");
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
    };
    let server = serve(list, completed_after(7)).await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    let mut all = Vec::new();
    while let Some(change) = changes.try_next().await.unwrap() {
        all.push(format!("{} {}", change.job.id, change.job.status));
    }
    assert_eq!(all, ["1 completed", "2 in_progress", "2 completed"]);
    assert_eq!(changes.jobs().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_job_on_two_pages_is_reported_as_the_later_page_has_it() {
    let list = |_, request: &Received| match request.target.contains("?page=2") {
        false => page(request, &[job(1, "in_progress")], Some("/api/v3/x?page=2")),
        true => page(request, &[job(1, "completed")], None),
    };
    let server = serve(list, completed_after(0)).await;
    assert_eq!(seen(server.client().watch_run("o", "r", 1).stream()).await, ["1 completed"]);
}

#[tokio::test(start_paused = true)]
async fn times_of_any_length_do_no_harm() {
    let (_server, client) = run(vec![vec![job(1, "completed")]]).await;
    let watch = client
        .watch_run("o", "r", 1)
        .with_interval(Duration::ZERO, Duration::ZERO)
        .with_settle(Duration::ZERO);
    assert_eq!(seen(watch.stream()).await, ["1 completed"]);
    let server = timeline(vec![(0, vec![job(1, "completed")], "404")]).await;
    let endless = server
        .client()
        .watch_run("o", "r", 1)
        .with_interval(Duration::MAX, Duration::MAX)
        .with_settle(Duration::MAX)
        .with_grace(Duration::MAX);
    let mut endless = endless.with_deadline(Duration::from_secs(3600)).stream();
    endless.try_next().await.unwrap().unwrap();
    assert_eq!(endless.try_next().await.unwrap_err().kind(), ErrorKind::Timeout);
}
