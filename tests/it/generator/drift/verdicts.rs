//! The verdict on each change, and the item of the SDK that it is about.

use serde_json::{Value, json};
use xtask::drift::Level;

use super::{
    GET, LIST, at, drift, found, job, publication, push, rename, take, verdict, verdict_of,
};

#[test]
fn a_new_value_is_additive_because_enums_are_open() {
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
        "the value `new`",
    );
    verdict(
        |it| push(&mut at(it, LIST)["parameters"][3]["schema"]["enum"], "failed"),
        Level::Additive,
        "JobFilter::Failed",
        "another value to send",
    );
}

#[test]
fn a_new_field_or_optional_parameter_is_additive() {
    verdict(
        |it| {
            job(it)["properties"]["reason"] = json!({"type": "string", "nullable": true});
            push(&mut job(it)["required"], "reason");
        },
        Level::Additive,
        "Job::reason",
        "is new: a field",
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
        "and so a setter",
    );
}

#[test]
fn a_field_that_is_gone_is_breaking_and_a_new_name_is_guessed() {
    let nothing = "is gone: those who read it get nothing";
    let fails = "is gone, and the SDK has no `Option` here: every answer fails";
    for (from, to, item, why) in [
        ("runner_name", "runner_label", "Job::runner_name", nothing),
        ("head_sha", "commit_sha", "Job::head_sha", fails),
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
        let in_api =
            ("breaking", item, "is another Rust type: it was `String`, and is `Option<String>`");
        assert_eq!(found.contains(&in_api), why == fails, "{found:?}");
        assert!(found.contains(&("breaking", item, said.as_str())), "{found:?}");
        assert!(
            found
                .iter()
                .any(|(level, item, _)| *level == "additive" && *item == format!("Job::{to}"))
        );
        assert_eq!(found.len(), 2 + usize::from(why == fails), "{found:?}");
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
            &(|it: &mut Value| take(&mut job(it)["required"], "head_sha")) as &dyn Fn(&mut Value),
            Level::Breaking,
            "Job::head_sha",
        ),
        (
            &|it| job(it)["properties"]["head_sha"]["nullable"] = true.into(),
            Level::Breaking,
            "Job::head_sha",
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
fn what_the_generator_refuses_is_told_beside_the_verdict() {
    let pending = |it: &mut Value| {
        push(
            &mut job(it)["properties"]["steps"]["items"]["properties"]["status"]["enum"],
            "pending",
        );
    };
    let (drift, report) = drift(publication("ghec", pending).path());
    assert_eq!((drift.verdict, drift.refused, drift.moved), (Level::Additive, true, true));
    let refusal = report["refusal"].as_str().unwrap();
    assert!(
        refusal.contains(
            "adds \"pending\", which is already in the list at #/components/schemas/job/"
        ),
        "{refusal}"
    );
    assert!(refusal.contains("delete the action"), "{refusal}");
}

#[test]
fn a_value_is_named_as_the_generator_names_it() {
    verdict_of(
        |it| push(&mut job(it)["properties"]["status"]["enum"], "in-progress"),
        (Level::Breaking, Level::Additive),
        "JobStatus::InMinusProgress",
        "the value `in-progress`",
    );
}

#[test]
fn a_value_that_is_gone_is_breaking_and_a_new_one_is_guessed() {
    verdict(
        |it| take(&mut job(it)["properties"]["status"]["enum"], "waiting"),
        Level::Breaking,
        "JobStatus::Waiting",
        "code that waits for it waits forever",
    );
    verdict(
        |it| {
            let words = &mut job(it)["properties"]["status"]["enum"];
            take(words, "in_progress");
            push(words, "running");
        },
        Level::Breaking,
        "JobStatus::InProgress",
        "perhaps it is `running` now",
    );
}

#[test]
fn a_page_that_is_no_page_any_more_is_told() {
    let (drift, report) = drift(
        publication("api.github.com", |it| {
            let schema = "/responses/200/content/application~1json/schema/properties";
            rename(at(it, &format!("{LIST}{schema}")), "jobs", "items");
        })
        .path(),
    );
    assert_eq!(drift.verdict, Level::Breaking);
    let items: Vec<_> = found(&report).iter().map(|one| one.1).collect();
    assert!(
        items.contains(&"JobPage::jobs") && items.contains(&"ListJobsForRun::stream"),
        "{items:?}"
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
