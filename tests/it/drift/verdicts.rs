//! The verdict on each change, and the item of the SDK that it is about.

use serde_json::{Value, json};
use xtask::drift::Level;

use super::{description, drift, found, job, publication, push, rename};

const GET: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1jobs~1{job_id}/get";
const ATTEMPT: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1runs~1{run_id}~1attempts~1{attempt_number}~1jobs/get";
const LIST: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1runs~1{run_id}~1jobs/get";

#[track_caller]
fn verdict(edit: impl Fn(&mut Value), level: Level, item: &str, says: &str) {
    let folder = publication("api.github.com", edit);
    let (drift, report) = drift(folder.path());
    // What the overlay no longer fits is to be settled by hand: never less than additive.
    let refused = report["refusal"].is_string();
    let expected = if refused { level.max(Level::Additive) } else { level };
    assert_eq!(drift.verdict, expected, "{}", drift.text);
    let hit = found(&report).into_iter().find(|(_, found, _)| *found == item);
    let (found, _, said) = hit.unwrap_or_else(|| panic!("{item}: {}", drift.text));
    assert_eq!(found, level.to_string(), "{}", drift.text);
    assert!(said.contains(says), "{said}");
}

fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}"))
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
    let nothing = "is gone: those who read it get nothing";
    let fails = "is gone, and the SDK has no `Option` here: every answer fails";
    for (from, to, item, why) in [
        ("runner_name", "runner_label", "Job::runner_name", nothing),
        ("node_id", "graphql_id", "Job::node_id", fails),
        ("run_attempt", "attempt", "Job::run_attempt", nothing),
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
        let said = format!("{why}; perhaps it is called `{to}` now");
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
    let refusal = report["refusal"].as_str().unwrap();
    assert!(
        refusal.contains("is an integer on ghes-3.8, but is a string on api.github.com"),
        "{refusal}"
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
        (
            &|it| take(&mut job(it)["required"], "completed_at"),
            Level::Cosmetic,
            "Job::completed_at",
        ),
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
fn what_a_server_no_longer_takes_is_breaking() {
    let filter = |it: &mut Value| at(it, LIST)["parameters"][3]["schema"].take();
    verdict(
        |it| {
            let mut schema = filter(it);
            schema.as_object_mut().unwrap().remove("enum");
            at(it, LIST)["parameters"][3]["schema"] = schema;
        },
        Level::Breaking,
        "ListJobsForRun::filter",
        "was one of a list of words, and is any text",
    );
    verdict(
        |it| at(it, LIST)["parameters"][3]["schema"]["default"] = "all".into(),
        Level::Breaking,
        "ListJobsForRun::filter",
        "means something else when it is not set: it was \"latest\", and is \"all\"",
    );
    verdict(
        |it| at(it, "/components/parameters/per-page/schema")["maximum"] = 50.into(),
        Level::Breaking,
        "ListJobsForRun::per_page",
        "has another `maximum`: it was null, and is 50",
    );
    verdict(
        |it| at(it, GET)["servers"] = json!([{"url": "https://uploads.github.com"}]),
        Level::Breaking,
        "Client::get_job",
        "is on another host or path",
    );
}

#[test]
fn what_a_server_comes_to_have_must_be_what_the_sdk_has() {
    for (edit, item, says) in [
        (json!({"type": "integer"}), "Job::created_at", "it was a time, and is an integer"),
        (json!({"type": "string"}), "Job::created_at", "it was a time, and is a string"),
    ] {
        let folder =
            publication("ghes-3.8", |it| job(it)["properties"]["created_at"] = edit.clone());
        let (drift, report) = drift(folder.path());
        assert_eq!(drift.verdict, Level::Breaking);
        let found = found(&report);
        assert!(
            found.iter().any(|one| one.0 == "breaking" && one.1 == item && one.2.contains(says)),
            "{found:?}"
        );
        assert!(found.iter().any(|one| one.0 == "additive" && one.1 == item), "{found:?}");
    }
    // As other servers have it, and then with another type of item in the page.
    let attempts = |it: &mut Value| {
        let newer = description("ghes-3.5");
        for place in ["paths", "components"] {
            it[place] = newer[place].clone();
        }
    };
    let (same, report) = drift(publication("ghes-3.4", attempts).path());
    assert_eq!(same.verdict, Level::Additive, "{}", same.text);
    let new = (
        "additive",
        "Client::list_jobs_for_run_attempt",
        "is new: an operation, which the SDK has already",
    );
    assert!(found(&report).contains(&new), "{}", same.text);
    let other = |it: &mut Value| {
        attempts(it);
        let schema = "/responses/200/content/application~1json/schema";
        at(it, &format!("{ATTEMPT}{schema}"))["properties"]["total_count"]["type"] =
            "string".into();
    };
    let (other, _) = drift(publication("ghes-3.4", other).path());
    assert_eq!(other.verdict, Level::Breaking, "{}", other.text);
}

#[test]
fn another_way_to_say_the_same_is_no_difference() {
    let wrapped = |it: &mut Value| {
        let status = job(it)["properties"]["status"].take();
        job(it)["properties"]["status"] = json!({"allOf": [status]});
    };
    let in_parts = |it: &mut Value| {
        let mut whole = job(it).take();
        let mut part = json!({"type": "object", "properties": {}});
        for key in ["labels", "head_sha"] {
            part["properties"][key] =
                whole["properties"].as_object_mut().unwrap().remove(key).unwrap();
        }
        it["components"]["schemas"]["part"] = part;
        *job(it) = json!({"allOf": [{"$ref": "#/components/schemas/part"}, whole]});
    };
    let by_reference = |it: &mut Value| {
        let step = job(it)["properties"]["steps"]["items"].take();
        it["components"]["schemas"]["step"] = step;
        job(it)["properties"]["steps"]["items"] = json!({"$ref": "#/components/schemas/step"});
    };
    for edit in [&wrapped as &dyn Fn(&mut Value), &in_parts, &by_reference] {
        let (drift, report) = drift(publication("ghec", edit).path());
        assert_eq!(found(&report), [], "{}", drift.text);
        assert_eq!(report["refusal"], Value::Null, "{}", drift.text);
    }
}

#[test]
fn what_the_generator_refuses_is_never_nothing() {
    let pending = |it: &mut Value| {
        push(
            &mut job(it)["properties"]["steps"]["items"]["properties"]["status"]["enum"],
            "pending",
        );
    };
    let (drift, report) = drift(publication("ghec", pending).path());
    assert_eq!((drift.verdict, drift.moved), (Level::Additive, true));
    let refusal = report["refusal"].as_str().unwrap();
    assert!(
        refusal.contains("adds \"pending\", which stands at #/components/schemas/job/"),
        "{refusal}"
    );
    assert!(refusal.contains("delete the action"), "{refusal}");
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
    assert_eq!(report["refusal"], Value::Null, "{}", drift.text);
}
