//! The group `runs`: the requests as a server receives them, and the results of its answers.

use std::collections::BTreeMap;
use std::future::IntoFuture;

use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::operations::GetRun;
use github_workflow_jobs::testing::{Reply, Script, ScriptedJob, run, workflow_run};
use github_workflow_jobs::{
    ArtifactOrder, Dispatch, Error, ErrorKind, JobId, Page, RepoClient, RunConclusion, RunFilter,
    RunId, RunStatus, TotalCount, WorkflowId,
};
use serde_json::{Value, json};

use crate::support::{Answer, Received, Server, read};

fn page(ids: &[i64], total_count: &Value) -> String {
    let runs: Vec<_> = ids.iter().map(|id| workflow_run().id(*id).build()).collect();
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
    let answer =
        |name: &str| Answer::json(200, &read(format!("tests/fixtures/own/get_run/{name}.json")));
    let server = Server::start([answer("deleted_fork"), answer("completed")]).await;
    let run = repo(&server).get_run(9002).exclude_pull_requests(true).await.unwrap();
    assert_eq!((run.id, run.workflow_id), (RunId(9002), WorkflowId(310)));
    assert_eq!(run.status, Some(RunStatus::Completed));
    assert_eq!(run.conclusion, Some(RunConclusion::ActionRequired));
    assert!(run.head_repository.is_none());
    let run = repo(&server).get_run_attempt(RunId(9001), 2).await.unwrap();
    assert_eq!(
        (run.run_attempt, run.repository.full_name.as_str()),
        (Some(2), "octo-org/octo-repo")
    );
    let pull_requests = run.pull_requests.as_deref().unwrap();
    assert_eq!((pull_requests[0].number, pull_requests[0].base.ref_.as_str()), (44, "main"));
    assert_eq!(run.referenced_workflows.as_deref().unwrap().len(), 1);
    let received = server.received();
    assert_eq!(sent(&received[0]), ("GET", "runs/9002?exclude_pull_requests=true", Value::Null));
    assert_eq!(sent(&received[1]), ("GET", "runs/9001/attempts/2", Value::Null));
}

#[tokio::test]
async fn a_run_without_an_actor_is_read() {
    let text = read("tests/fixtures/own/get_run/null_actor.json");
    let server = Server::start([Answer::json(200, &text)]).await;
    let run = repo(&server).get_run(9004).await.unwrap();
    assert_eq!((run.id, run.actor.as_ref()), (RunId(9004), None));
}

#[tokio::test]
async fn the_workflow_of_a_run_is_accepted_where_a_request_takes_a_workflow() {
    let server =
        Server::start([Answer::json(200, &page(&[], &json!(0))), Answer::with(204, &[], "")]).await;
    let run = workflow_run().with(|run| run.workflow_id = WorkflowId(310)).build();
    let workflow = &run.workflow_id;
    repo(&server).list_runs_of_workflow(workflow).send().await.unwrap();
    repo(&server).dispatch_workflow(run.workflow_id, Dispatch::new("main")).await.unwrap();
    let received = server.received();
    let paths: Vec<_> = received.iter().map(|request| sent(request).1).collect();
    assert_eq!(paths, ["workflows/310/runs", "workflows/310/dispatches"]);
}

#[tokio::test]
async fn the_runs_of_a_repository_are_selected_by_the_query() {
    let server = Server::start([Answer::json(200, &page(&[1, 2], &json!(2)))]).await;
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
                Answer::with(200, &headers, page(&[2, 1], &json!(3)))
            }
            _ => Answer::json(200, &page(&[0], &json!(3))),
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
    let text = read("tests/fixtures/own/list_runs/total_count_as_text.json");
    let server = Server::start([Answer::json(200, &text)]).await;
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
async fn a_re_run_of_a_run_that_is_not_completed_is_refused_with_the_reason() {
    let refused = r#"{"message":"The run is in progress.","status":"403"}"#;
    let server = Server::serve(move |_, _| Answer::json(403, refused)).await;
    let repo = repo(&server);
    let errors = [
        error(repo.re_run(7)).await,
        error(repo.re_run_failed_jobs(7)).await,
        error(repo.re_run_job(8)).await,
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Status, "{error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
        assert!(error.to_string().contains("The run is in progress."), "{error}");
    }
    // Not a rate limit: nothing is sent again.
    assert_eq!(server.count(), 3);
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
    let text = read("tests/fixtures/own/list_artifacts_of_run/with_and_without_digest.json");
    let server = Server::start([Answer::json(200, &text)]).await;
    let request = repo(&server).list_artifacts_of_run(7).direction(ArtifactOrder::Asc).name("logs");
    let page = request.send().await.unwrap();
    assert_eq!((page.total_count(), page.artifacts[0].id.get()), (Some(2), 401));
    let run = page.artifacts[0].workflow_run.as_ref().unwrap();
    assert_eq!(run.id, Some(RunId(9001)));
    assert!(page.artifacts[0].digest.as_deref().unwrap().starts_with("sha256:"));
    assert!(page.artifacts[1].expired && page.artifacts[1].digest.is_none());
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

#[tokio::test]
async fn the_logs_of_an_attempt_that_have_expired_are_an_error_with_the_reason() {
    let gone = r#"{"message":"Server Error","status":"410"}"#;
    let server = Server::start([Answer::json(410, gone)]).await;
    let error = repo(&server).download_run_attempt_logs(7, 1).bytes().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(410));
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::Expired));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_page_in_place_of_the_logs_of_an_attempt_is_not_saved_as_the_archive() {
    let page = Answer::with(200, &["content-type: text/html"], "<html>Sign in</html>");
    let server = Server::start([Answer::redirect(302, "/storage/logs.zip?sig=s"), page]).await;
    let error = repo(&server).download_run_attempt_logs(7, 1).bytes().await.unwrap_err();
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::NotALog), "{error}");
}

/// The error of a request.
async fn error<T>(request: impl IntoFuture<Output = Result<T, Error>>) -> Error {
    request.await.err().unwrap()
}

#[tokio::test]
async fn a_refusal_of_any_operation_keeps_its_status_and_message_and_is_not_sent_again() {
    let refused = r#"{"message":"Resource not accessible by integration","status":"403"}"#;
    let server = Server::serve(move |_, _| Answer::json(403, refused)).await;
    let repo = repo(&server);
    let errors = [
        error(repo.list_runs().send()).await,
        error(repo.list_runs_of_workflow("ci.yml").send()).await,
        error(repo.get_run(7)).await,
        error(repo.get_run_attempt(7, 1)).await,
        error(repo.re_run(7)).await,
        error(repo.re_run_failed_jobs(7)).await,
        error(repo.re_run_job(8)).await,
        error(repo.cancel_run(7)).await,
        error(repo.dispatch_workflow("ci.yml", Dispatch::new("main"))).await,
        error(repo.list_artifacts_of_run(7).send()).await,
        error(repo.download_run_attempt_logs(7, 1).bytes()).await,
    ];
    for error in &errors {
        assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "{error}");
        assert!(error.to_string().contains("not accessible"), "{error}");
    }
    let received = server.received();
    let sent: Vec<_> =
        received.iter().map(|request| sent(request)).map(|it| (it.0, it.1)).collect();
    let expected = [
        ("GET", "runs"),
        ("GET", "workflows/ci.yml/runs"),
        ("GET", "runs/7"),
        ("GET", "runs/7/attempts/1"),
        ("POST", "runs/7/rerun"),
        ("POST", "runs/7/rerun-failed-jobs"),
        ("POST", "jobs/8/rerun"),
        ("POST", "runs/7/cancel"),
        ("POST", "workflows/ci.yml/dispatches"),
        ("GET", "runs/7/artifacts"),
        ("GET", "runs/7/attempts/1/logs"),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_request_that_changes_something_is_not_repeated_after_an_answer() {
    let server = Server::serve(|_, _| Answer::json(503, "{}")).await;
    let repo = repo(&server);
    error(repo.re_run(7)).await;
    error(repo.dispatch_workflow(5, Dispatch::new("main"))).await;
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn runs_are_built_and_scripted_in_tests() {
    let queued = workflow_run().id(7).status(RunStatus::Queued).build();
    assert_eq!((queued.id, queued.conclusion.as_ref()), (RunId(7), None));
    assert!(queued.cancel_url.ends_with("/actions/runs/7/cancel"), "{}", queued.cancel_url);
    let script = Script::new().in_order::<GetRun>([Reply::json(&queued), Reply::not_found()]);
    let repo = script.client().repo("o/r").unwrap();
    assert_eq!(repo.get_run(7).await.unwrap().into_inner(), queued);
    assert_eq!(error(repo.get_run(7)).await.kind(), ErrorKind::Status);
    // The run of a scripted run is a whole one.
    let repo = run(9, [ScriptedJob::new("build").fails()]).client().repo("o/r").unwrap();
    let run = repo.get_run(9).await.unwrap();
    assert_eq!((run.id, run.conclusion.clone()), (RunId(9), Some(RunConclusion::Failure)));
}
