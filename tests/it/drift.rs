//! What other publications would change: the verdicts, and the item of the SDK that each is about.

mod publications;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::commands::{self, Drift, Options};
use xtask::drift::{Format, Level};

use crate::support::{read, root};

/// The pinned description of a server.
fn description(server: &str) -> Value {
    serde_json::from_str(&read(format!("spec/trimmed/{server}.json"))).unwrap()
}

/// A folder with a publication: descriptions of servers, edited.
fn publication(server: &str, edit: impl Fn(&mut Value)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut description = description(server);
    edit(&mut description);
    fs::write(folder.path().join(format!("{server}.json")), description.to_string()).unwrap();
    folder
}

fn options(from: &Path) -> Options {
    let format = Format::Json;
    Options { from: Some(from.to_owned()), against: None, history: false, format, write: false }
}

fn drift(from: &Path) -> (Drift, Value) {
    let drift = commands::drift(root(), &options(from)).unwrap();
    let report = serde_json::from_str(&drift.text).unwrap();
    (drift, report)
}

/// The level of each item that a report names, and what it says.
fn found(report: &Value) -> Vec<(&str, &str, &str)> {
    let sections = report["sections"].as_array().unwrap();
    let changes = sections.iter().flat_map(|section| section["changes"].as_array().unwrap());
    let text = |value: &'_ Value| value.as_str().unwrap().to_owned().leak() as &str;
    changes.map(|one| (text(&one["level"]), text(&one["item"]), text(&one["change"]))).collect()
}

#[track_caller]
fn verdict(edit: impl Fn(&mut Value), level: Level, item: &str, says: &str) {
    let folder = publication("api.github.com", edit);
    let (drift, report) = drift(folder.path());
    assert_eq!(drift.verdict, level, "{}", drift.text);
    let hit = found(&report).into_iter().find(|(_, found, _)| *found == item);
    let (found, _, said) = hit.unwrap_or_else(|| panic!("{item}: {}", drift.text));
    assert_eq!(found, level.to_string(), "{}", drift.text);
    assert!(said.contains(says), "{said}");
}

const GET: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1jobs~1{job_id}/get";
const LIST: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1runs~1{run_id}~1jobs/get";

fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}"))
}

fn job(document: &mut Value) -> &mut Value {
    at(document, "/components/schemas/job")
}

fn rename(properties: &mut Value, from: &str, to: &str) {
    let value = properties.as_object_mut().unwrap().remove(from).unwrap();
    properties[to] = value;
}

fn push(list: &mut Value, value: impl Into<Value>) {
    list.as_array_mut().unwrap().push(value.into());
}

fn take(list: &mut Value, value: &str) {
    list.as_array_mut().unwrap().retain(|item| item != value);
}

#[test]
fn a_word_more_is_additive_because_enums_are_open() {
    verdict(
        |it| push(&mut job(it)["properties"]["status"]["enum"], "blocked"),
        Level::Additive,
        "JobStatus::Blocked",
        "additive, because the enum is open",
    );
    verdict(
        |it| {
            push(
                &mut job(it)["properties"]["steps"]["items"]["properties"]["status"]["enum"],
                "new",
            )
        },
        Level::Additive,
        "StepStatus::New",
        "the word `new`",
    );
    verdict(
        |it| push(&mut at(it, LIST)["parameters"][3]["schema"]["enum"], "failed"),
        Level::Additive,
        "JobFilter::Failed",
        "a value more to ask for",
    );
}

#[test]
fn a_field_an_operation_or_an_optional_parameter_more_is_additive() {
    verdict(
        |it| {
            job(it)["properties"]["reason"] = json!({"type": "string", "nullable": true});
            push(&mut job(it)["required"], "reason");
        },
        Level::Additive,
        "Job::reason",
        "a field more",
    );
    verdict(
        |it| {
            push(
                &mut at(it, LIST)["parameters"],
                json!({"name": "sort", "in": "query", "schema": {"type": "string"}}),
            )
        },
        Level::Additive,
        "ListJobsForRun::sort",
        "a setter more",
    );
}

#[test]
fn a_field_that_is_gone_is_breaking_and_a_new_name_is_guessed() {
    for (from, to, item) in [
        ("runner_name", "runner_label", "Job::runner_name"),
        ("node_id", "graphql_id", "Job::node_id"),
        ("run_attempt", "attempt", "Job::run_attempt"),
    ] {
        let edit = |it: &mut Value| {
            rename(&mut job(it)["properties"], from, to);
            for name in job(it)["required"].as_array_mut().unwrap() {
                if *name == from {
                    *name = to.into();
                }
            }
        };
        let folder = publication("api.github.com", edit);
        let (drift, report) = drift(folder.path());
        assert_eq!(drift.verdict, Level::Breaking);
        let found = found(&report);
        let said =
            format!("is gone: those who read it get nothing; perhaps it is called `{to}` now");
        assert!(found.contains(&("breaking", item, said.as_str())), "{found:?}");
        assert!(
            found
                .iter()
                .any(|(level, item, _)| *level == "additive" && *item == format!("Job::{to}"))
        );
        assert_eq!(found.len(), 2, "{found:?}");
    }
}

#[test]
fn another_type_is_breaking_and_the_generator_says_what_to_settle() {
    verdict(
        |it| job(it)["properties"]["run_attempt"]["type"] = "string".into(),
        Level::Breaking,
        "Job::run_attempt",
        "it was an integer, and is a string",
    );
    verdict(
        |it| drop(job(it)["properties"]["started_at"].as_object_mut().unwrap().remove("format")),
        Level::Breaking,
        "Job::started_at",
        "it was a time, and is a string",
    );
    let folder = publication("api.github.com", |it| {
        job(it)["properties"]["steps"]["items"]["properties"]["number"]["type"] = "string".into();
    });
    let (_, report) = drift(folder.path());
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("The generator refuses these descriptions until this is settled"),
        "{notes}"
    );
    assert!(
        notes.contains(
            "has the type integer on ghes-3.8, but has the type string on api.github.com"
        ),
        "{notes}"
    );
}

#[test]
fn what_the_sdk_does_not_expect_to_be_missing_or_null_is_breaking() {
    for (edit, level, item) in [
        (
            &(|it: &mut Value| take(&mut job(it)["required"], "node_id")) as &dyn Fn(&mut Value),
            Level::Breaking,
            "Job::node_id",
        ),
        (
            &|it| job(it)["properties"]["node_id"]["nullable"] = true.into(),
            Level::Breaking,
            "Job::node_id",
        ),
        (
            &|it| job(it)["properties"]["labels"]["nullable"] = true.into(),
            Level::Breaking,
            "Job::labels",
        ),
        // The SDK has an `Option` for these, or an empty list.
        (&|it| take(&mut job(it)["required"], "labels"), Level::Cosmetic, "Job::labels"),
        (&|it| take(&mut job(it)["required"], "created_at"), Level::Cosmetic, "Job::created_at"),
        (
            &|it| job(it)["properties"]["started_at"]["nullable"] = true.into(),
            Level::Cosmetic,
            "Job::started_at",
        ),
        (&|it| push(&mut job(it)["required"], "steps"), Level::Cosmetic, "Job::steps"),
    ] {
        verdict(edit, level, item, "");
    }
}

#[test]
fn operations_and_their_arguments_are_judged() {
    let is_gone = |it: &mut Value| {
        let paths = it["paths"].as_object_mut().unwrap();
        let path = paths.keys().find(|path| path.ends_with("{job_id}")).unwrap().clone();
        paths.remove(&path);
    };
    verdict(is_gone, Level::Breaking, "Client::get_job", "is gone");
    let is_not_implemented =
        |it: &mut Value| at(it, GET)["responses"] = json!({"501": {"description": ""}});
    verdict(is_not_implemented, Level::Breaking, "Client::get_job", "does not have the operation");
    verdict(
        |it| at(it, LIST)["parameters"][3]["required"] = true.into(),
        Level::Breaking,
        "ListJobsForRun::filter",
        "must be given now",
    );
    verdict(
        |it| drop(at(it, LIST)["parameters"].as_array_mut().unwrap().remove(3)),
        Level::Breaking,
        "ListJobsForRun::filter",
        "is gone",
    );
    verdict(
        |it| take(&mut at(it, LIST)["parameters"][3]["schema"]["enum"], "all"),
        Level::Breaking,
        "JobFilter::All",
        "a server may refuse it",
    );
}

#[test]
fn what_no_program_notices_is_cosmetic() {
    verdict(
        |it| at(it, GET)["externalDocs"]["url"] = "https://docs.github.com/elsewhere".into(),
        Level::Cosmetic,
        "Client::get_job",
        "`externalDocs`",
    );
    verdict(
        |it| job(it)["properties"]["runner_id"]["format"] = "int64".into(),
        Level::Cosmetic,
        "Job::runner_id",
        "`format`",
    );
    verdict(
        |it| take(&mut job(it)["properties"]["status"]["enum"], "requested"),
        Level::Cosmetic,
        "JobStatus::Requested",
        "is gone",
    );
}

#[test]
fn the_same_descriptions_and_another_name_for_a_component_are_no_difference() {
    let (unchanged, report) = drift(publication("ghes-3.17", |_| {}).path());
    assert_eq!((unchanged.verdict, unchanged.moved), (Level::Cosmetic, false));
    assert_eq!(report["verdict"], "unchanged");
    let renamed = publication("ghes-3.17", |it| {
        let text = it.to_string().replace("schemas/job\"", "schemas/workflow-job\"");
        *it = serde_json::from_str(&text).unwrap();
        rename(&mut it["components"]["schemas"], "job", "workflow-job");
    });
    let (drift, report) = drift(renamed.path());
    assert_eq!(found(&report), [], "{}", drift.text);
    assert!(
        drift.text.contains("The generator takes these descriptions as they are."),
        "{}",
        drift.text
    );
}
