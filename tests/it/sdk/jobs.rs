//! Outcome, runner and times of jobs.

use github_workflow_jobs::Job;
use github_workflow_jobs::jiff::{SignedDuration, Timestamp};
use github_workflow_jobs::jobs::{Outcome, counts, critical_path, slowest};
use serde_json::{Value, json};

/// A job of this status and conclusion, with more fields.
fn job(status: &str, conclusion: Value, more: Value) -> Job {
    let mut job = json!({
        "id": 1, "run_id": 2, "name": "build", "head_sha": "", "url": "", "run_url": "",
        "status": status, "conclusion": conclusion,
    });
    let more = more.as_object().unwrap().clone();
    job.as_object_mut().unwrap().extend(more);
    serde_json::from_value(job).unwrap()
}

/// The time of a day.
fn at(time: &str) -> String {
    format!("2026-01-05T{time}Z")
}

fn seconds(seconds: i64) -> Option<SignedDuration> {
    Some(SignedDuration::from_secs(seconds))
}

#[test]
fn an_outcome_is_a_success_only_if_the_conclusion_says_so() {
    for (status, conclusion, outcome) in [
        ("queued", Value::Null, Outcome::Unfinished),
        ("in_progress", Value::Null, Outcome::Unfinished),
        ("someday", json!("success"), Outcome::Unfinished),
        ("completed", json!("success"), Outcome::Succeeded),
        ("completed", json!("neutral"), Outcome::Succeeded),
        ("completed", json!("skipped"), Outcome::Skipped),
        ("completed", json!("cancelled"), Outcome::Cancelled),
        ("completed", json!("failure"), Outcome::Failed),
        ("completed", json!("timed_out"), Outcome::Failed),
        ("completed", json!("startup_failure"), Outcome::Failed),
        ("completed", json!("action_required"), Outcome::Failed),
        ("completed", json!("stale"), Outcome::Unknown),
        ("completed", Value::Null, Outcome::Unknown),
    ] {
        let job = job(status, conclusion.clone(), json!({}));
        assert_eq!(job.outcome(), outcome, "{status} {conclusion}");
        assert_eq!(job.is_failure(), outcome == Outcome::Failed);
        assert_eq!(job.is_finished(), status == "completed");
    }
}

#[test]
fn a_job_that_never_had_a_runner_has_none() {
    let never =
        json!({"runner_id": 0, "runner_name": "", "runner_group_id": 0, "runner_group_name": ""});
    for none in [never, json!({}), json!({"runner_id": null, "runner_name": null})] {
        assert_eq!(job("completed", json!("failure"), none).runner(), None);
    }
    // A group of GitHub's own has the id 0.
    let hosted = json!({
        "runner_id": 1_000_000_042, "runner_name": "GitHub Actions 42",
        "runner_group_id": 0, "runner_group_name": "GitHub Actions",
    });
    let job = job("in_progress", Value::Null, hosted);
    let runner = job.runner().unwrap();
    assert_eq!((runner.id, runner.name), (Some(1_000_000_042), "GitHub Actions 42"));
    assert_eq!(runner.group, Some("GitHub Actions"));
}

#[test]
fn the_steps_that_failed_are_those_with_a_conclusion_of_a_failure() {
    let step = |number: u8, conclusion: Value| json!({"number": number, "name": "s", "status": "completed", "conclusion": conclusion});
    let steps = json!({"steps": [
        step(1, json!("success")), step(2, json!("failure")), step(3, Value::Null), step(4, json!("skipped")),
        step(16, json!("timed_out")), step(31, json!("cancelled")),
    ]});
    let job = job("completed", json!("failure"), steps);
    let failed: Vec<_> = job.failed_steps().map(|step| step.number).collect();
    assert_eq!(failed, [2, 16]);
}

#[test]
fn a_duration_is_known_for_a_completed_job_that_has_run() {
    let times = |start: &str, end: &str| json!({"started_at": at(start), "completed_at": at(end), "runner_name": "r"});
    let duration = |status, conclusion: Value, more| job(status, conclusion, more).duration();
    let ran = times("10:00:00", "10:01:30");
    assert_eq!(duration("completed", json!("success"), ran.clone()), seconds(90));
    assert_eq!(duration("completed", json!("cancelled"), ran.clone()), seconds(90));
    // Clocks differ.
    assert_eq!(duration("completed", json!("failure"), times("10:00:01", "10:00:00")), seconds(-1));
    assert_eq!(duration("completed", json!("skipped"), ran.clone()), None);
    assert_eq!(duration("in_progress", Value::Null, ran.clone()), None);
    // The job never got a runner.
    let never = json!({"started_at": at("10:00:00"), "completed_at": at("10:00:00"), "runner_name": "", "steps": []});
    assert_eq!(duration("completed", json!("failure"), never), None);
    // Recordings of successful jobs exist that have neither a runner nor steps.
    let bare = json!({"started_at": at("10:00:00"), "completed_at": at("10:00:09")});
    assert_eq!(duration("completed", json!("success"), bare), seconds(9));
    assert_eq!(
        duration("completed", json!("success"), json!({"started_at": at("10:00:00")})),
        None
    );
}

#[test]
fn a_queue_time_is_known_while_the_job_is_queued_and_afterwards_if_the_server_keeps_it() {
    let now: Timestamp = at("10:05:00").parse().unwrap();
    let queued = |status, conclusion: Value, more| job(status, conclusion, more).queue_time(now);
    let (start, both) = (
        json!({"started_at": at("10:04:00")}),
        json!({"created_at": at("10:03:00"), "started_at": at("10:04:00"), "runner_name": "r"}),
    );
    for status in ["queued", "waiting", "pending", "requested"] {
        // The start of a queued job is the time at which it was queued.
        assert_eq!(queued(status, Value::Null, start.clone()), seconds(60));
        assert_eq!(queued(status, Value::Null, both.clone()), seconds(120));
        assert_eq!(queued(status, Value::Null, json!({})), None);
    }
    assert_eq!(queued("in_progress", Value::Null, both.clone()), seconds(60));
    assert_eq!(queued("completed", json!("failure"), both.clone()), seconds(60));
    // The start of a job that runs has replaced the time at which it was queued.
    assert_eq!(queued("in_progress", Value::Null, start.clone()), None);
    assert_eq!(queued("completed", json!("success"), start), None);
    assert_eq!(queued("completed", json!("skipped"), both.clone()), None);
    assert_eq!(queued("someday", Value::Null, both), None);
    let early = json!({"created_at": at("10:00:01"), "started_at": at("10:00:00")});
    assert_eq!(queued("in_progress", Value::Null, early), seconds(-1));
}

/// A completed job with its times.
fn ran(name: &str, created: &str, start: &str, end: &str) -> Job {
    let more = json!({
        "name": name, "runner_name": "r",
        "created_at": at(created), "started_at": at(start), "completed_at": at(end),
    });
    job("completed", json!("success"), more)
}

fn names<'j>(jobs: impl IntoIterator<Item = &'j Job>) -> Vec<&'j str> {
    jobs.into_iter().map(|job| job.name.as_str()).collect()
}

#[test]
fn the_critical_path_leads_back_from_the_last_job_to_the_first() {
    let jobs = [
        ran("deploy", "10:20:01", "10:20:05", "10:30:00"),
        ran("lint", "10:00:00", "10:00:02", "10:01:00"),
        ran("test", "10:10:00", "10:11:00", "10:20:02"),
        ran("build", "10:00:00", "10:00:02", "10:09:59"),
        ran("docs", "10:10:00", "10:10:02", "10:12:00"),
        job(
            "completed",
            json!("skipped"),
            json!({"name": "notify", "completed_at": at("11:00:00")}),
        ),
        job("in_progress", Value::Null, json!({"name": "late", "started_at": at("11:00:00")})),
    ];
    assert_eq!(names(critical_path(&jobs)), ["build", "test", "deploy"]);
    assert_eq!(names(critical_path(&[])), [""; 0]);
    let parallel = ["a", "b", "c"].map(|name| ran(name, "10:00:00", "10:00:00", "10:00:01"));
    assert_eq!(critical_path(&parallel).len(), 1);
    let slow = slowest(&jobs);
    assert_eq!(
        names(slow.iter().map(|(job, _)| *job)),
        ["build", "deploy", "test", "docs", "lint"]
    );
    assert_eq!(Some(slow[0].1), seconds(597));
}

#[test]
fn the_counts_of_a_list_add_up_to_its_jobs() {
    let conclusions = ["success", "neutral", "failure", "skipped", "cancelled", "stale"];
    let mut jobs: Vec<_> =
        conclusions.iter().map(|word| job("completed", json!(word), json!({}))).collect();
    for status in ["queued", "waiting", "in_progress"] {
        jobs.push(job(status, Value::Null, json!({})));
    }
    let all = counts(&jobs);
    assert_eq!((all.total, all.waiting, all.running), (9, 2, 1));
    assert_eq!((all.succeeded, all.failed, all.skipped), (2, 1, 1));
    assert_eq!((all.cancelled, all.unknown), (1, 1));
    let parts = [all.succeeded, all.skipped, all.cancelled, all.failed, all.unknown];
    assert_eq!(parts.iter().sum::<usize>() + all.waiting + all.running, all.total);
}
