//! The scripted server of the feature `testing`, used as a test of another crate uses it.

use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::operations::{DownloadJobLogs, GetJob, ListJobsForRun};
use github_workflow_jobs::testing::{Reply, Script, ScriptedJob, job, job_page, run, run_since};
use github_workflow_jobs::{
    Client, Conclusion, Error, ErrorKind, Job, JobStatus, LimitPolicy, RetryPolicy,
};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

async fn get(client: &Client) -> Result<Job, Error> {
    client.get_job("octo-org", "octo-repo", 1).await.map(|job| job.into_inner())
}

#[tokio::test(start_paused = true)]
async fn replies_come_in_order_and_then_from_the_next_rule() {
    let queued = job().status(JobStatus::Queued).build();
    let script = Script::new()
        .in_order::<GetJob>([Reply::json(&queued), Reply::not_found()])
        .on::<GetJob>(Reply::json(&job().build()));
    let client = script.client();
    assert_eq!(script.unused(), ["actions/get-job-for-workflow-run"; 2]);
    assert_eq!(get(&client).await.unwrap(), queued);
    assert_eq!(get(&client).await.unwrap_err().status().unwrap(), 404);
    for _ in 0..3 {
        assert_eq!(get(&client).await.unwrap(), job().build());
    }
    assert_eq!(script.unused(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_recorded_with_their_query_and_headers() {
    let script = Script::new().on::<ListJobsForRun>(job_page([]));
    let client = script.builder().header("x-extra", "yes").build().unwrap();
    client.list_jobs_for_run("octo-org", "octo repo", 7).per_page(5).send().await.unwrap_err();
    assert!(script.received().is_empty(), "an argument that is refused is not sent");
    client.list_jobs_for_run("octo-org", "octo-repo", 7).per_page(5).send().await.unwrap();
    let [received] = &script.received()[..] else { panic!("one request") };
    assert_eq!(received.operation, "actions/list-jobs-for-workflow-run");
    assert_eq!(
        (received.method.as_str(), &*received.path),
        ("GET", "/repos/octo-org/octo-repo/actions/runs/7/jobs")
    );
    assert_eq!((received.query("per_page"), received.query("page")), (Some("5"), None));
    assert_eq!(received.headers["x-extra"], "yes");
    assert_eq!(received.headers["authorization"], "Bearer token-of-a-test");
}

#[tokio::test(start_paused = true)]
async fn an_unexpected_request_fails_at_once_with_its_name() {
    let script = Script::new().in_order::<GetJob>([]).on::<ListJobsForRun>(job_page([]));
    let error = get(&script.client()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let says = "actions/get-job-for-workflow-run: the script has no reply for GET \
                /repos/octo-org/octo-repo/actions/jobs/1";
    assert_eq!(error.to_string(), says);
    let request = script.client().get_json::<serde_json::Value>(["rate_limit"]);
    let error = request.await.unwrap_err();
    assert!(error.to_string().contains("no reply for GET /rate_limit"), "{error}");
    assert_eq!(script.received().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_error_has_a_reply() {
    let of_job = [
        (Reply::not_found(), ErrorKind::Status),
        (Reply::unauthorized(), ErrorKind::Status),
        (Reply::forbidden(), ErrorKind::Status),
        (Reply::status(422), ErrorKind::Status),
        (Reply::maintenance(), ErrorKind::Status),
        (Reply::rate_limited(3600 * SECOND), ErrorKind::RateLimited),
        (Reply::secondary_limit(), ErrorKind::RateLimited),
        (Reply::unreachable(), ErrorKind::Transport),
        (Reply::silence(), ErrorKind::Timeout),
        (Reply::json(&job().build()).cut(), ErrorKind::Truncated),
        (Reply::json(&job().build()).stalled(), ErrorKind::Timeout),
        (Reply::json(&job().build()).after(100 * SECOND), ErrorKind::Timeout),
        (Reply::web_page(), ErrorKind::Decode),
        (Reply::json(&7), ErrorKind::Decode),
        (Reply::redirect("https://elsewhere.example.com/"), ErrorKind::Redirect),
    ];
    for (reply, kind) in of_job {
        let error = get(&Script::new().on::<GetJob>(reply.clone()).client()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{reply:?}: {error:?}");
    }
    let of_log = [
        (Reply::gone(), ErrorKind::Unavailable),
        (Reply::no_content_yet(), ErrorKind::Unavailable),
        (Reply::content("a log").cut(), ErrorKind::Truncated),
        (Reply::content("a log").stalled(), ErrorKind::Stalled),
    ];
    for (reply, kind) in of_log {
        let script = Script::new().on::<DownloadJobLogs>(reply.clone());
        let log = script.client().download_job_logs("octo-org", "octo-repo", 1);
        assert_eq!(log.text().await.unwrap_err().kind(), kind, "{reply:?}");
    }
    let next = job_page([job().build()]).with_next("https://elsewhere.example.com/?page=2");
    let client = Script::new().on::<ListJobsForRun>(next).client();
    let error = client.list_jobs_for_run("octo-org", "octo-repo", 1).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pagination);
}

#[tokio::test(start_paused = true)]
async fn a_scripted_client_has_the_policies_of_a_real_one() {
    let script = Script::new().in_order::<GetJob>([
        Reply::unreachable(),
        Reply::rate_limited(10 * SECOND),
        Reply::json(&job().build()),
    ]);
    let start = Instant::now();
    get(&script.client()).await.unwrap();
    assert!(start.elapsed() >= 10 * SECOND);
    let failing = Script::new().on::<GetJob>(Reply::unreachable());
    let client = failing.builder().retry(RetryPolicy::none()).build().unwrap();
    get(&client).await.unwrap_err();
    assert_eq!(failing.received().len(), 1);
    let limited = Script::new().on::<GetJob>(Reply::rate_limited(SECOND));
    let client = limited.builder().limits(LimitPolicy::fail_at_once()).build().unwrap();
    assert_eq!(get(&client).await.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test(start_paused = true)]
async fn a_log_is_behind_a_redirect_that_gets_no_token() {
    let script = Script::new().on::<DownloadJobLogs>(Reply::content("one\ntwo\n"));
    let log = script.client().download_job_logs("octo-org", "octo-repo", 1);
    assert!(log.clone().location().await.unwrap().expose().contains("signature="));
    assert_eq!(log.clone().tail(1).await.unwrap(), "two\n");
    assert_eq!(log.bytes().await.unwrap(), b"one\ntwo\n");
    assert_eq!((script.received().len(), script.received_content().len()), (3, 2));
    for content in script.received_content() {
        assert!(!content.headers.contains_key("authorization"), "{content:?}");
        assert_eq!(content.query("signature"), Some("test"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_cannot_be_sent_fails_the_request_with_the_reason() {
    for (reply, says) in [
        (Reply::status(99), "99 is not a status"),
        (Reply::not_found().with_header("a b", "c"), "`a b: c` is not a header"),
        (Reply::not_found().with_header("a", "b\n"), "is not a header"),
        (Reply::not_found().with_header("content-encoding", "gzip"), "does not encode"),
        (Reply::silence().cut(), "no response that can be changed"),
        (Reply::json(&std::collections::BTreeMap::from([(vec![1], 2)])), "the value is not JSON"),
    ] {
        let error = get(&Script::new().on::<GetJob>(reply).client()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_rule_applies_and_a_function_can_use_the_script() {
    let script = Script::new().on::<GetJob>(Reply::not_found());
    let record = script.clone();
    let script = script.on_with::<GetJob>(move |received| {
        assert_eq!(received.path, "/repos/octo-org/octo-repo/actions/jobs/1");
        Reply::json(&job().id(record.received().len() as i64).build())
    });
    let client = script.builder().api_url("https://proxy.example.com/ghes/api/v3").build().unwrap();
    for number in 1..=3 {
        let job = get(&client).await.unwrap();
        assert_eq!(i64::from(job.id), number);
        assert!(job.url.ends_with(&format!("/jobs/{number}")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_path_that_has_no_operation_can_have_a_rule() {
    let script = Script::new().on_path_with("/repos/{owner}/{repo}/branches/main", |received| {
        Reply::json(&received.query("a"))
    });
    let client = script.client();
    let path = |branch| ["repos", "octo-org", "octo-repo", "branches", branch];
    let get = |branch| client.get_json::<Option<String>>(path(branch)).query("a", "b c");
    assert_eq!(*get("main").await.unwrap(), Some("b c".to_owned()));
    assert_eq!(get("other").await.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test(start_paused = true)]
async fn a_scripted_run_can_fail_first_or_always() {
    let script = run(
        1,
        [
            ScriptedJob::new("build").log("text").expired_log(),
            ScriptedJob::new("test").without_log(),
        ],
    )
    .in_order::<ListJobsForRun>([Reply::maintenance(), Reply::secondary_limit()]);
    let start = Instant::now();
    let client = script.client();
    let jobs = client.list_jobs_for_run("octo-org", "octo-repo", 1).all().await.unwrap();
    assert!(jobs.len() == 2 && start.elapsed() >= 60 * SECOND);
    let log = |id: i64| client.download_job_logs("octo-org", "octo-repo", id).text();
    assert_eq!(log(1).await.unwrap_err().log_unavailable(), Some(LogUnavailable::Expired));
    assert_eq!(log(2).await.unwrap_err().log_unavailable(), Some(LogUnavailable::NotWritten));
    let script = script.on::<DownloadJobLogs>(Reply::content("other"));
    assert_eq!(script.client().download_job_logs("o", "r", 2).text().await.unwrap(), "other");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_began_in_the_past_has_progressed() {
    let begin = Timestamp::now() - 90 * SECOND;
    let steps = job().step("Run tests", Conclusion::Failure).build().steps;
    let step = |job: &mut Job| job.steps = steps.clone();
    let jobs = [("done", 30), ("running", 300)].map(|(name, seconds)| {
        ScriptedJob::new(name).queued(60 * SECOND).runs(seconds * SECOND).fails().with(step)
    });
    let jobs = jobs.into_iter().chain([ScriptedJob::new("queued").queued(900 * SECOND).with(step)]);
    let client = run_since(begin, 1, jobs).client();
    let jobs = client.list_jobs_for_run("octo-org", "octo-repo", 1).all().await.unwrap();
    let status: Vec<_> = jobs.iter().map(|job| job.status.as_str()).collect();
    assert_eq!(status, ["completed", "in_progress", "queued"]);
    assert_eq!(jobs[0].failed_steps().count(), 1);
    assert_eq!((jobs[1].failed_steps().count(), jobs[1].steps.len()), (0, 1));
    assert_eq!(jobs[2].steps, []);
    let endless = ScriptedJob::new("endless").queued(SECOND).runs(Duration::MAX);
    let endless = run_since(begin, 1, [endless]).client();
    assert_eq!(get(&endless).await.unwrap().status, JobStatus::InProgress);
    assert_eq!(jobs[0].created_at.unwrap(), begin);
    let later =
        run_since(begin + 3600 * SECOND, 1, [ScriptedJob::new("a").queued(SECOND)]).client();
    let jobs = later.list_jobs_for_run("octo-org", "octo-repo", 1).all().await.unwrap();
    assert_eq!(jobs[0].status, JobStatus::Queued);
}

#[tokio::test(start_paused = true)]
async fn a_scripted_run_progresses_with_the_clock() {
    let build = ScriptedJob::new("build").queued(30 * SECOND).runs(60 * SECOND);
    let test = ScriptedJob::new("test").runs(10 * SECOND).fails().log("##[error]1 test failed\n");
    let script = run(5, [build, test]);
    let repo = script.client().repo("octo-org/octo-repo").unwrap();
    let states = async || {
        let jobs = repo.list_jobs_for_run(5).all().await.unwrap();
        jobs.iter().map(|job| job.status.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["queued", "in_progress"]);
    let early = repo.download_job_logs(2).text().await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Unavailable);
    tokio::time::advance(31 * SECOND).await;
    assert_eq!(states().await, ["in_progress", "completed"]);
    assert_eq!(repo.download_job_logs(2).text().await.unwrap(), "##[error]1 test failed\n");
    let failed = repo.get_job(2).await.unwrap();
    assert_eq!(failed.conclusion, Some(Conclusion::Failure));
    assert_eq!(failed.duration().unwrap().as_secs(), 10);

    let mut changes = repo.watch_run(5).stream();
    while changes.try_next().await.unwrap().is_some() {}
    assert_eq!(changes.jobs().len(), 2);
    let queue_time = changes.jobs()[0].queue_time(Default::default()).unwrap();
    assert_eq!(queue_time.as_secs(), 30);
    for error in
        [repo.get_job(3).await.unwrap_err(), repo.list_jobs_for_run(6).send().await.unwrap_err()]
    {
        assert_eq!(error.status().unwrap(), 404);
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_list_of_a_scripted_run_has_pages() {
    let script = run(1, (0..250).map(|number| ScriptedJob::new(number.to_string())));
    let client = script.client();
    let jobs = client.list_jobs_for_run("octo-org", "octo-repo", 1).all().await.unwrap();
    let names: Vec<_> = jobs.iter().map(|job| job.name.clone()).collect();
    assert_eq!(names, (0..250).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(script.received().len(), 3);
    for page in [1 << 58, i64::MAX] {
        let page = client.list_jobs_for_run("octo-org", "octo-repo", 1).per_page(100).page(page);
        assert_eq!(page.send().await.unwrap().jobs, []);
    }
    let first =
        client.list_jobs_for_run_attempt("octo-org", "octo-repo", 1, 1).send().await.unwrap();
    assert_eq!((first.jobs.len(), first.total_count), (30, 250));
}
