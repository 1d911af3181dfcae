//! What changes in what is asked for: operations, arguments, and what a server comes to have.

use serde_json::{Value, json};
use xtask::drift::Level;

use super::{ATTEMPT, GET, LIST, at, description, drift, found, job, publication, take, verdict};

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
        "JobFilter",
        "it was a closed enum",
    );
    verdict(
        |it| at(it, LIST)["parameters"][3]["schema"]["default"] = "all".into(),
        Level::Breaking,
        "ListJobsForRun::filter",
        "means something else when it is not set: it was `\"latest\"`, and is `\"all\"`",
    );
    verdict(
        |it| at(it, "/components/parameters/per-page/schema")["maximum"] = 50.into(),
        Level::Breaking,
        "ListJobsForRun::per_page",
        "has another `maximum`: it was none, and is `50`",
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
    let less = |it: &mut Value| {
        attempts(it);
        let schema = "/responses/200/content/application~1json/schema/properties";
        let properties = at(it, &format!("{ATTEMPT}{schema}")).as_object_mut().unwrap();
        properties.remove("total_count").unwrap();
    };
    let (less, report) = drift(publication("ghes-3.4", less).path());
    assert_eq!(less.verdict, Level::Breaking, "{}", less.text);
    assert!(found(&report).iter().any(|one| one.1 == "JobPage::total_count"), "{}", less.text);
}
