//! Requests as a server receives them, and the results of its answers.

use github_workflow_jobs::{Client, ErrorKind, JobFilter, JobId, JobStatus, RunId};

use crate::support::{Answer, Server, read};

fn job() -> Answer {
    Answer::json(200, &read("tests/fixtures/documented/get-job.json"))
}

fn page() -> Answer {
    Answer::json(200, &read("tests/fixtures/documented/list-jobs-for-run.json"))
}

#[tokio::test]
async fn get_job_sends_one_request_with_githubs_headers() {
    let server = Server::start([job()]).await;
    let job = server.client().get_job("octo-org", "octo-repo", 399_444_496).send().await.unwrap();
    assert_eq!(job.id, JobId(399_444_496));
    assert_eq!(job.status, JobStatus::Completed);
    let request = server.only();
    assert_eq!(request.method, "GET");
    assert_eq!(request.target, "/api/v3/repos/octo-org/octo-repo/actions/jobs/399444496");
    assert_eq!(request.header("accept"), ["application/vnd.github+json, application/json;q=0.9"]);
    assert_eq!(request.header("authorization"), ["Bearer ghp_canary"]);
    assert_eq!(request.header("x-github-api-version"), ["2022-11-28"]);
    assert!(request.header("user-agent")[0].starts_with("github-workflow-jobs/"));
    assert!(request.header("api-version").is_empty());
}

#[tokio::test]
async fn a_client_without_token_and_api_version_sends_neither_header() {
    let server = Server::start([job()]).await;
    let client = Client::builder().api_url(&server.url).api_version(None);
    let client = client.user_agent("my-dashboard/1.0").build().unwrap();
    client.get_job("octo-org", "octo-repo", 1).send().await.unwrap();
    let request = server.only();
    assert!(request.header("authorization").is_empty());
    assert!(request.header("x-github-api-version").is_empty());
    let agent = request.header("user-agent")[0];
    assert!(agent.starts_with("my-dashboard/1.0 github-workflow-jobs/"), "{agent}");
}

#[tokio::test]
async fn a_parameter_that_is_not_set_is_not_sent() {
    let server = Server::start([page()]).await;
    let jobs = server
        .client()
        .list_jobs_for_run("octo-org", "octo-repo", 29_679_449)
        .send()
        .await
        .unwrap();
    assert_eq!((jobs.total_count, jobs.jobs.len()), (1, 1));
    assert_eq!(server.only().target, "/api/v3/repos/octo-org/octo-repo/actions/runs/29679449/jobs");
}

#[tokio::test]
async fn filter_page_and_page_size_are_sent_in_the_query() {
    let server = Server::start([page()]).await;
    let request = server.client().list_jobs_for_run("octo-org", "octo-repo", RunId(7));
    request.filter(JobFilter::All).per_page(100).page(2).send().await.unwrap();
    assert_eq!(
        server.only().target,
        "/api/v3/repos/octo-org/octo-repo/actions/runs/7/jobs?filter=all&page=2&per_page=100"
    );
}

#[tokio::test]
async fn the_number_of_an_attempt_is_sent_in_the_path() {
    let server = Server::start([page()]).await;
    let request = server.client().list_jobs_for_run_attempt("octo-org", "octo-repo", 7, 3);
    request.per_page(1).send().await.unwrap();
    assert_eq!(
        server.only().target,
        "/api/v3/repos/octo-org/octo-repo/actions/runs/7/attempts/3/jobs?per_page=1"
    );
}

#[tokio::test]
async fn location_returns_the_target_of_the_302_and_does_not_request_it() {
    let signed = "https://storage.example.com/log?urlExpires=2020-01-22T22%3A44%3A54.1389777Z&urlSignature=canary%2B";
    let server = Server::start([Answer::with(302, &[&format!("location: {signed}")], "")]).await;
    let location =
        server.client().download_job_logs("octo-org", "octo-repo", 42).location().await.unwrap();
    assert_eq!(location.expose(), signed);
    assert_eq!(server.only().target, "/api/v3/repos/octo-org/octo-repo/actions/jobs/42/logs");
    let shown = format!("{location} {location:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn location_refuses_a_target_that_is_not_an_http_url() {
    for location in ["", "http://[::1", "file:///etc/passwd", "ftp://a/b", "data:text/plain,x"] {
        let server =
            Server::start([Answer::with(302, &[&format!("location: {location}")], "")]).await;
        let error = server
            .client()
            .download_job_logs("octo-org", "octo-repo", 42)
            .location()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect, "{location:?}: {error}");
        server.only();
    }
}

#[tokio::test]
async fn a_json_answer_is_also_read_behind_a_redirect_on_the_same_origin() {
    let server = Server::start([Answer::redirect(302, "/api/v3/elsewhere"), job()]).await;
    server.client().get_job("octo-org", "octo-repo", 1).send().await.unwrap();
    assert_eq!(server.received()[1].target, "/api/v3/elsewhere");
    assert_eq!(server.received()[1].header("authorization"), ["Bearer ghp_canary"]);
}

#[tokio::test]
async fn a_404_keeps_status_message_and_documentation() {
    let body = r#"{"message":"Not Found","documentation_url":"https://docs.example.com/jobs","status":"404"}"#;
    let answer =
        Answer::with(404, &["content-type: application/json", "x-github-request-id: A:B"], body);
    let server = Server::start([answer]).await;
    let error = server
        .client()
        .list_jobs_for_run_attempt("octo-org", "octo-repo", 7, 9)
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_eq!(error.status().unwrap(), 404);
    assert_eq!(error.message(), Some("Not Found"));
    assert_eq!(error.documentation_url(), Some("https://docs.example.com/jobs"));
    assert_eq!(error.request_id(), Some("A:B"));
    assert_eq!(error.body(), Some(body.as_bytes()));
    let shown = error.to_string();
    assert!(
        shown.starts_with("actions/list-jobs-for-workflow-run-attempt: the server answered 404"),
        "{shown}"
    );
    assert!(shown.contains("`repo`"), "{shown}");
}

#[tokio::test]
async fn an_error_that_is_not_json_keeps_its_status_and_body() {
    for (status, body) in
        [(451, "<html>maintenance</html>"), (410, ""), (405, "\u{0}\u{1}"), (422, "[]")]
    {
        let server =
            Server::start([Answer::with(status, &["content-type: text/html"], body)]).await;
        let error = server.client().get_job("octo-org", "octo-repo", 1).send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.body().unwrap_or_default(), body.as_bytes());
        assert!(!format!("{error:?} {error}").contains("<html>"));
    }
}

#[tokio::test]
async fn a_decode_error_names_the_path_and_not_the_value() {
    let mut page: serde_json::Value =
        serde_json::from_str(&read("tests/fixtures/own/list_jobs_for_run/two_jobs_mixed.json"))
            .unwrap();
    page["jobs"][1]["id"] = "canary".into();
    let server = Server::start([Answer::json(200, &page.to_string())]).await;
    let error =
        server.client().list_jobs_for_run("octo-org", "octo-repo", 1).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("$.jobs[1].id"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn a_page_or_page_size_out_of_range_is_refused_without_a_request() {
    let server = Server::start([]).await;
    for size in [0, 101, 255, -1, 1_000_000] {
        let request = server.client().list_jobs_for_run("octo-org", "octo-repo", 1).per_page(size);
        let error = request.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            format!(
                "actions/list-jobs-for-workflow-run: invalid argument `per_page`: {size} is not within 1..=100"
            )
        );
    }
    let error = server.client().list_jobs_for_run("o", "r", 1).page(0).send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "actions/list-jobs-for-workflow-run: invalid argument `page`: 0 is less than 1"
    );
    assert!(server.received().is_empty());
}
