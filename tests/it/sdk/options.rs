//! Options of a request, `.await`, and the forms of arguments.

use github_workflow_jobs::{ErrorKind, JobFilter, JobId, JobPage, Response, operations};

use crate::support::{Answer, Server, read};

fn job() -> Answer {
    Answer::json(200, &read("tests/fixtures/documented/get-job.json"))
}

fn page() -> Answer {
    Answer::json(200, &read("tests/fixtures/documented/list-jobs-for-run.json"))
}

#[tokio::test]
async fn a_request_is_sent_by_awaiting_it() {
    let server = Server::start([job(), page()]).await;
    let client = server.client();
    assert_eq!(client.get_job("o", "r", 1).await.unwrap().id, JobId(399_444_496));
    let page: Response<JobPage> = client.list_jobs_for_run("o", "r", 1).await.unwrap();
    assert_eq!(page.jobs.len(), 1);
}

#[tokio::test]
async fn a_header_of_a_request_replaces_the_clients_and_is_sent_to_the_api_only() {
    let server = Server::serve(|_, request| match request.target.as_str() {
        "/log" => Answer::with(200, &["content-type: text/plain"], "line"),
        _ => Answer::redirect(302, "/log"),
    })
    .await;
    let client = server.builder().header("x-team", "all").header("x-other", "1").build().unwrap();
    let request = client.download_job_logs("o", "r", 1);
    request.with_header("X-Team", "a").with_header("x-team", "b").bytes().await.unwrap();
    let [api, log] = server.received().try_into().unwrap();
    assert_eq!((api.header("x-team"), api.header("x-other")), (vec!["a", "b"], vec!["1"]));
    assert_eq!((log.header("x-team"), log.header("x-other")), (vec![], vec![]));
}

#[tokio::test]
async fn a_reserved_or_invalid_header_is_refused_without_a_request() {
    let server = Server::start([]).await;
    for (name, value, reason) in [
        ("Authorization", "canary", "the client sets this header itself"),
        ("accept", "canary", "the client sets this header itself"),
        ("host", "canary", "the client sets this header itself"),
        ("a b", "canary", "the name is not valid"),
        ("x-a", "canary\n", "contains a character that a header cannot have"),
    ] {
        let request = server.client().get_job("o", "r", 1).with_header(name, value);
        let error = request.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(reason) && !shown.contains("canary"), "{shown}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn unknown_query_parameters_follow_the_known_ones_in_order() {
    let server = Server::start([page()]).await;
    let request = server.client().list_jobs_for_run("o", "r", 1).with_query("new name", "a&b");
    let request = request.with_query("new", 2).filter(JobFilter::All).with_query("new", 3);
    request.send().await.unwrap();
    assert_eq!(
        server.only().target,
        "/api/v3/repos/o/r/actions/runs/1/jobs?filter=all&new+name=a%26b&new=2&new=3"
    );
}

#[tokio::test]
async fn a_page_size_from_with_query_replaces_the_default_of_all() {
    let server = Server::start([page()]).await;
    let request = server.client().list_jobs_for_run("o", "r", 1).with_query("per_page", 7);
    request.all().await.unwrap();
    assert_eq!(server.only().target, "/api/v3/repos/o/r/actions/runs/1/jobs?per_page=7");
}

#[tokio::test]
async fn a_json_answer_larger_than_the_size_limit_of_the_request_is_refused() {
    let length = read("tests/fixtures/documented/get-job.json").len() as u64;
    let server = Server::start([job(), job()]).await;
    let request = server.client().get_job("o", "r", 1);
    let error = request.clone().with_size_limit(length - 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    request.with_size_limit(length).await.unwrap();
}

#[tokio::test]
async fn a_parameter_that_is_set_twice_is_sent_once() {
    let server = Server::start([page()]).await;
    let request = server.client().list_jobs_for_run("o", "r", 1).page(1).per_page(5).page(2);
    request.await.unwrap();
    assert_eq!(server.only().target, "/api/v3/repos/o/r/actions/runs/1/jobs?page=2&per_page=5");
}

#[tokio::test]
async fn an_id_is_accepted_as_integer_text_or_reference() {
    let server = Server::serve(|_, _| job()).await;
    let (client, id, text) = (server.client(), JobId(7), String::from("7"));
    let (owner, repo) = (String::from("o"), String::from("r"));
    let (by_reference, text, number) = (&id, &text, &7_u64);
    for request in [
        client.get_job("o", "r", 7_u8),
        client.get_job("o", "r", 7_usize),
        client.get_job(&owner, "r", number),
        client.get_job("o", &repo, "7"),
        client.get_job(owner.clone(), repo.clone(), text),
        client.get_job("o", "r", id),
        client.get_job("o", "r", by_reference),
    ] {
        request.await.unwrap();
        let target = server.received().pop().unwrap().target;
        assert_eq!(target, "/api/v3/repos/o/r/actions/jobs/7");
    }
}

#[tokio::test]
async fn a_value_that_is_not_an_id_is_refused_without_a_request() {
    let server = Server::start([]).await;
    let client = server.client();
    for refused in [client.get_job("o", "r", u64::MAX), client.get_job("o", "r", "seven")] {
        let error = refused.await.unwrap_err();
        assert!(error.to_string().contains(": invalid argument `job_id`: "), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[test]
fn the_table_of_operations_is_sorted_by_path_and_says_which_ones_change_something() {
    assert!(operations::ALL.is_sorted_by_key(|operation| operation.path()));
    for operation in operations::ALL {
        assert!(operation.path().starts_with("/repos/{owner}/{repo}/actions/"));
        let last = operation.path().rsplit('/').next().unwrap();
        let is_change = ["cancel", "dispatches", "rerun", "rerun-failed-jobs"].contains(&last);
        let method = if is_change { "POST" } else { "GET" };
        assert_eq!(operation.method(), method, "{}", operation.path());
    }
}
