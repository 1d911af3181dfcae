//! The group `runs`: the requests as a server receives them, and the results of its answers.

use std::collections::BTreeMap;

use github_workflow_jobs::{
    ArtifactOrder, Dispatch, ErrorKind, JobId, Page, RepoClient, RunConclusion, RunFilter, RunId,
    RunStatus, TotalCount, WorkflowId,
};
use serde_json::{Value, json};

use crate::support::{Answer, Received, Server, read};

/// A value of a schema in `spec/normalized.json` with the required fields alone.
fn least(schema: &Value, document: &Value) -> Value {
    let reference = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str());
    if schema["nullable"] == true {
        return Value::Null;
    }
    if let Some(reference) = reference {
        return least(document.pointer(&reference[1..]).unwrap(), document);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten();
            let names = required.map(|name| name.as_str().unwrap());
            names
                .map(|name| (name.to_owned(), least(&schema["properties"][name], document)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Some("string") if schema["format"] == "date-time" => json!("2026-01-05T10:00:00Z"),
        Some("string") => json!("text"),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        _ => json!(1),
    }
}

/// A value of a type with some fields of its own.
fn value(of: &str, more: &Value) -> Value {
    let document: Value = serde_json::from_str(&read("spec/normalized.json")).unwrap();
    let mut value = least(&document["components"]["schemas"][of], &document);
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

fn run(id: u64) -> Value {
    let more = json!({"id": id, "status": "completed", "conclusion": "failure", "workflow_id": 5});
    value("Run", &more)
}

fn runs(ids: &[u64], total_count: Value) -> String {
    let runs: Vec<_> = ids.iter().map(|id| run(*id)).collect();
    json!({"total_count": total_count, "workflow_runs": runs}).to_string()
}

fn repo(server: &Server) -> RepoClient {
    server.client().repo("o/r").unwrap()
}

/// The method and the target below the repository, and the body as JSON.
#[track_caller]
fn sent(request: &Received) -> (&str, &str, Value) {
    let target = request.target.strip_prefix("/api/v3/repos/o/r/actions/").unwrap();
    let body = match request.body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&request.body).unwrap(),
    };
    (&request.method, target, body)
}

#[tokio::test]
async fn a_run_and_an_attempt_are_read() {
    let answer = || Answer::json(200, &run(7).to_string());
    let server = Server::start([answer(), answer()]).await;
    let run = repo(&server).get_run(7).exclude_pull_requests(true).await.unwrap();
    assert_eq!((run.id, run.workflow_id), (RunId(7), WorkflowId(5)));
    assert_eq!(run.status, Some(RunStatus::Completed));
    assert_eq!(run.conclusion, Some(RunConclusion::Failure));
    // The fork of the run was deleted.
    assert!(run.head_repository.is_none());
    repo(&server).get_run_attempt(RunId(7), 2).await.unwrap();
    let received = server.received();
    assert_eq!(sent(&received[0]), ("GET", "runs/7?exclude_pull_requests=true", Value::Null));
    assert_eq!(sent(&received[1]), ("GET", "runs/7/attempts/2", Value::Null));
}

#[tokio::test]
async fn the_runs_of_a_repository_are_selected_by_the_query() {
    let server = Server::start([Answer::json(200, &runs(&[1, 2], json!(2)))]).await;
    let request = repo(&server).list_runs().actor("me").branch("a/b").check_suite_id(3_u8);
    let request = request.created(">=2026-01-01").event("push").exclude_pull_requests(false);
    let request = request.head_sha("abc").status(RunFilter::InProgress).page(2).per_page(50);
    let page = request.send().await.unwrap();
    assert_eq!(page.total_count, TotalCount::Integer(2));
    assert_eq!((page.total_count(), page.workflow_runs.len()), (Some(2), 2));
    let expected = "runs?actor=me&branch=a%2Fb&check_suite_id=3&created=%3E%3D2026-01-01&event=push\
                    &exclude_pull_requests=false&head_sha=abc&status=in_progress&page=2&per_page=50";
    let mut sorted: Vec<_> = expected["runs?".len()..].split('&').collect();
    sorted.sort_unstable();
    let received = server.only();
    let (method, target, _) = sent(&received);
    let mut query: Vec<_> = target.strip_prefix("runs?").unwrap().split('&').collect();
    query.sort_unstable();
    assert_eq!((method, query), ("GET", sorted));
}

#[tokio::test]
async fn all_runs_of_a_workflow_are_listed_by_id_and_by_file_name() {
    for (workflow, segment) in [("ci.yml", "ci.yml"), ("161335", "161335")] {
        let next = format!("/api/v3/repos/o/r/actions/workflows/{segment}/runs?page=2");
        let server = Server::serve(move |index, request| match index {
            0 => {
                let host = request.header("host")[0];
                let link = format!("link: <http://{host}{next}>; rel=\"next\"");
                let headers = ["content-type: application/json", &link];
                Answer::with(200, &headers, runs(&[2, 1], json!(3)))
            }
            _ => Answer::json(200, &runs(&[0], json!(3))),
        })
        .await;
        let runs = repo(&server).list_runs_of_workflow(workflow).all().await.unwrap();
        assert_eq!(
            runs.iter().map(|run| run.id).collect::<Vec<_>>(),
            [RunId(2), RunId(1), RunId(0)]
        );
        let received = server.received();
        let first = format!("workflows/{segment}/runs?per_page=100");
        assert_eq!(sent(&received[0]), ("GET", first.as_str(), Value::Null));
        assert_eq!(received.len(), 2);
    }
}

#[tokio::test]
async fn a_count_that_is_a_text_is_kept_and_is_not_a_number() {
    let server = Server::start([Answer::json(200, &runs(&[1], json!("2,500+")))]).await;
    let page = repo(&server).list_runs().send().await.unwrap();
    assert_eq!(page.total_count, TotalCount::Text("2,500+".to_owned()));
    assert_eq!((page.total_count(), page.workflow_runs.len()), (None, 1));
    assert_eq!(serde_json::to_value(&page.total_count).unwrap(), json!("2,500+"));
}

#[tokio::test]
async fn jobs_and_runs_are_run_again() {
    let server = Server::serve(|_, _| Answer::json(201, "{}")).await;
    let repo = repo(&server);
    repo.re_run(7).await.unwrap();
    repo.re_run_failed_jobs(7).enable_debug_logging(true).await.unwrap();
    let answer = repo.re_run_job(JobId(8)).enable_debug_logging(false).await.unwrap();
    assert_eq!(answer.meta().status(), 201);
    let received = server.received();
    // A body whose fields are all unset is not sent.
    assert_eq!(sent(&received[0]), ("POST", "runs/7/rerun", Value::Null));
    let body = json!({"enable_debug_logging": true});
    assert_eq!(sent(&received[1]), ("POST", "runs/7/rerun-failed-jobs", body));
    let body = json!({"enable_debug_logging": false});
    assert_eq!(sent(&received[2]), ("POST", "jobs/8/rerun", body));
}

#[tokio::test]
async fn a_run_is_cancelled_unless_it_is_completed() {
    let conflict = r#"{"message":"Cannot cancel a workflow run that is completed."}"#;
    let server = Server::start([Answer::json(202, "{}"), Answer::json(409, conflict)]).await;
    assert_eq!(repo(&server).cancel_run(7).await.unwrap().meta().status(), 202);
    let error = repo(&server).cancel_run(7).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(409));
    assert!(error.to_string().contains("is completed"), "{error}");
    let received = server.received();
    // The 409 is final: a POST is not sent again.
    assert_eq!(received.len(), 2);
    assert_eq!(sent(&received[0]), ("POST", "runs/7/cancel", Value::Null));
}

#[tokio::test]
async fn a_dispatch_sends_only_what_is_set_and_has_no_run_where_the_server_returns_none() {
    let server = Server::start([Answer::with(204, &[], "")]).await;
    let answer = repo(&server).dispatch_workflow("ci.yml", Dispatch::new("main")).await.unwrap();
    assert!(answer.is_none());
    let body = json!({"ref": "main"});
    assert_eq!(sent(&server.only()), ("POST", "workflows/ci.yml/dispatches", body));
}

#[tokio::test]
async fn a_dispatch_with_inputs_returns_the_run_where_the_server_does() {
    let answer = json!({"workflow_run_id": 22_000_000_000_u64, "run_url": "u", "html_url": "h"});
    let server = Server::start([Answer::json(200, &answer.to_string())]).await;
    let inputs = BTreeMap::from([("dry".to_owned(), json!(true)), ("to".to_owned(), json!("eu"))]);
    let dispatch = Dispatch::new("v1").inputs(inputs).return_run_details(true);
    let run = repo(&server).dispatch_workflow(5, dispatch).await.unwrap().into_inner().unwrap();
    assert_eq!(run.workflow_run_id, RunId(22_000_000_000));
    let body =
        json!({"ref": "v1", "inputs": {"dry": true, "to": "eu"}, "return_run_details": true});
    assert_eq!(sent(&server.only()), ("POST", "workflows/5/dispatches", body));
}

#[tokio::test]
async fn a_workflow_that_is_more_than_one_segment_is_refused_before_it_is_sent() {
    let server = Server::start([]).await;
    let path = ".github/workflows/ci.yml";
    let error = repo(&server).list_runs_of_workflow(path).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains("`/`"), "{error}");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn the_artifacts_of_a_run_are_listed() {
    let artifact = value("Artifact", &json!({"id": 11, "workflow_run": {"id": 7}}));
    let page = json!({"total_count": 1, "artifacts": [artifact]}).to_string();
    let server = Server::start([Answer::json(200, &page)]).await;
    let request = repo(&server).list_artifacts_of_run(7).direction(ArtifactOrder::Asc).name("logs");
    let page = request.send().await.unwrap();
    assert_eq!((page.total_count(), page.artifacts[0].id.get()), (Some(1), 11));
    let run = page.artifacts[0].workflow_run.as_ref().unwrap();
    assert_eq!(run.id, Some(RunId(7)));
    assert_eq!(
        sent(&server.only()),
        ("GET", "runs/7/artifacts?direction=asc&name=logs", Value::Null)
    );
}

#[tokio::test]
async fn the_logs_of_an_attempt_are_streamed_as_they_are_without_the_token() {
    let archive = b"PK\x03\x04\0\xff\xfe";
    let zip = Answer::with(200, &["content-type: application/zip"], archive);
    let server = Server::start([Answer::redirect(302, "/storage/logs.zip?sig=s"), zip]).await;
    let mut log = repo(&server).download_run_attempt_logs(7, 1).stream().await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = log.try_next().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    assert_eq!(bytes, archive);
    let received = server.received();
    assert_eq!(sent(&received[0]), ("GET", "runs/7/attempts/1/logs", Value::Null));
    assert_eq!(received[1].target, "/storage/logs.zip?sig=s");
    assert!(received[1].header("authorization").is_empty());
}
