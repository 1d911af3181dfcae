//! Rate limits that calls of one client share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::{ErrorKind, LimitPolicy};
use tokio::time::{Instant, sleep};

use super::limits::{DATE, NOW, exhausted, secondary};
use super::{Fails as _, a_job, job};
use crate::support::{Answer, Server, read};

const SECOND: Duration = Duration::from_secs(1);

fn a_page() -> Answer {
    Answer::json(200, &read("tests/fixtures/documented/list-jobs-for-run.json"))
}

/// A server that gives the first request for a job one answer, and all others what they expect.
pub(super) async fn limited(first: Answer) -> Server {
    Server::serve(move |index, request| {
        if request.target.ends_with("/runs/1/jobs") {
            a_page()
        } else if index == 0 {
            first.clone()
        } else {
            a_job()
        }
    })
    .await
}

/// An answer for a resource whose rate limit ends in 10 s.
pub(super) fn spent(status: u16, remaining: &str, resource: &str) -> Answer {
    let reset = format!("x-ratelimit-reset: {}", NOW + 10);
    let remaining = format!("x-ratelimit-remaining: {remaining}");
    let resource = format!("x-ratelimit-resource: {resource}");
    let headers = [DATE, "x-ratelimit-limit: 30", &remaining, &reset, &resource];
    Answer::with(status, &headers, read("tests/fixtures/documented/get-job.json"))
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_another_resource_stops_only_the_operations_that_count_for_it() {
    for (status, remaining) in [(403, "0"), (403, "-1"), (429, "00"), (200, "0"), (200, "-1")] {
        let server = limited(spent(status, remaining, "search")).await;
        let client = server.client();
        let start = Instant::now();
        let first = tokio::spawn(job(&client).send());
        sleep(SECOND).await;
        client.list_jobs_for_run("o", "r", 1).send().await.unwrap();
        assert_eq!((server.count(), start.elapsed().as_secs()), (2, 1), "core is open");
        job(&client).send().await.unwrap();
        first.await.unwrap().unwrap();
        assert!((10..=11).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_whose_resource_is_not_known_counts_for_core() {
    let server = limited(spent(403, "0", "core")).await;
    let client = server.client();
    let first = tokio::spawn(job(&client).send());
    sleep(SECOND).await;
    let start = Instant::now();
    client.list_jobs_for_run("o", "r", 1).send().await.unwrap();
    assert!(start.elapsed() >= 9 * SECOND, "{:?}", start.elapsed());
    first.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_paths_of_get_json_count_for_limits_of_their_own() {
    let server = Server::serve(|index, request| match (index, request.target.as_str()) {
        (0, _) => spent(200, "0", "search"),
        (_, "/api/v3/rate_limit") => spent(200, "7", "core"),
        _ => a_job(),
    })
    .await;
    let client = server.client();
    let get = |path: &[&str]| {
        let path: Vec<_> = path.iter().map(|segment| (*segment).to_owned()).collect();
        client.get_json::<serde_json::Value>(path).send()
    };
    let start = Instant::now();
    get(&["search", "issues"]).await.unwrap();
    get(&["rate_limit"]).await.unwrap();
    get(&["search", "code"]).await.unwrap();
    get(&["rate_limit"]).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 0);
    get(&["search", "issues"]).await.unwrap();
    assert!((10..=11).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_secondary_limit_and_an_overloaded_server_stop_all_operations() {
    let overloaded = Answer::with(503, &["retry-after: 30", "x-ratelimit-resource: search"], "");
    for (answer, is_secondary, text) in [
        (secondary(), true, "the secondary rate limit of the server is exceeded; wait 60 s"),
        (overloaded, false, "the server is overloaded and accepts no requests for 30 s"),
    ] {
        let server = limited(answer).await;
        let client = server.builder().limits(LimitPolicy::fail_at_once()).build().unwrap();
        job(&client).send().await.failed();
        let error = client.list_jobs_for_run("o", "r", 1).send().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 1));
        assert_eq!(error.is_secondary_limit(), is_secondary);
        assert!(error.to_string().ends_with(text), "{error}");
        let left = error.retry_at().unwrap().duration_since(Timestamp::now());
        assert!((29..=60).contains(&left.as_secs()), "{left}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_headers_of_a_401_stop_no_call_and_are_not_the_clients_rate_limit() {
    let server = Server::start([spent(401, "0", "core"), spent(200, "7", "core")]).await;
    let client = server.client();
    let start = Instant::now();
    assert_eq!(job(&client).send().await.failed().status().unwrap(), 401);
    assert!(client.rate_limit().is_none());
    job(&client).send().await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 0);
    assert_eq!(client.rate_limit().unwrap().remaining, 7);
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_the_limit_of_another_call_do_not_come_back_at_once() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let server = Server::serve(move |index, _| {
        seen.lock().unwrap().push(Instant::now());
        if index == 0 { exhausted(10) } else { a_job() }
    })
    .await;
    let client = server.client();
    let first = tokio::spawn(job(&client).send());
    sleep(SECOND).await;
    let calls: Vec<_> = (0..9).map(|_| tokio::spawn(job(&client).send())).collect();
    for call in calls.into_iter().chain([first]) {
        call.await.unwrap().unwrap();
    }
    let times = times.lock().unwrap();
    let after = |index: usize| times[index].duration_since(times[0]);
    assert!(after(1) >= 10 * SECOND && after(10) <= 11 * SECOND);
    assert!(after(10) - after(1) > Duration::from_millis(20), "{:?}", after(10) - after(1));
}

#[tokio::test(start_paused = true)]
async fn no_clone_sends_a_request_before_a_rate_limit_ends() {
    let server = Server::serve(|index, _| if index == 0 { exhausted(30) } else { a_job() }).await;
    let client = server.builder().concurrency(1).build().unwrap();
    let calls: Vec<_> = (0..10).map(|_| tokio::spawn(job(&client.clone()).send())).collect();
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(server.count(), 1, "0 further requests until the rate limit ends");
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_success_that_exhausts_the_rate_limit_delays_the_next_call() {
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
async fn ten_calls_in_flight_wait_once_for_a_rate_limit() {
    let server = Server::serve(|index, _| if index < 10 { exhausted(30) } else { a_job() }).await;
    let client = server.client();
    let calls: Vec<_> = (0..10).map(|_| tokio::spawn(job(&client.clone()).send())).collect();
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(server.count(), 10, "0 further requests until the rate limit ends");
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_closed_gate_is_not_forgotten_after_many_other_operations() {
    let reset = format!("x-ratelimit-reset: {}", NOW + 3000);
    let server = Server::serve(move |_, request| {
        if request.target.ends_with("/search/code") {
            let resource = "x-ratelimit-resource: code_search";
            let headers = [DATE, "x-ratelimit-remaining: 0", &reset, resource];
            Answer::with(403, &headers, "{}")
        } else {
            Answer::with(200, &["x-ratelimit-resource: core"], "{}")
        }
    })
    .await;
    let client = server.client();
    let search = || client.get_json::<serde_json::Value>(["search", "code"]).send();
    search().await.failed();
    for index in 0..300 {
        let path = ["orgs".to_owned(), format!("o{index}")];
        client.get_json::<serde_json::Value>(path).await.unwrap();
    }
    search().await.failed();
    let requests = server.received();
    let searches = requests.iter().filter(|request| request.target.ends_with("/search/code"));
    assert_eq!(searches.count(), 1);
}
