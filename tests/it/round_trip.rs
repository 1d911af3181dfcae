//! What a server sent is decoded and encoded again: nothing is lost, and nothing is made up.

use std::path::Path;

use github_workflow_jobs::{Job, JobPage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{difference, files, read, root};

/// Which type an answer is read as.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sort {
    Job,
    Page,
}

#[track_caller]
fn round_trip(sort: Sort, name: &str, text: &str) {
    match sort {
        Sort::Job => trip::<Job>("Job", name, text),
        Sort::Page => trip::<JobPage>("JobPage", name, text),
    }
}

#[track_caller]
fn trip<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(
    schema: &str,
    name: &str,
    text: &str,
) {
    let decoded: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let encoded = serde_json::to_value(&decoded).unwrap();
    let document: Value = serde_json::from_str(&read("spec/normalized.json")).unwrap();
    let schema = &document["components"]["schemas"][schema];
    let expected: Value = serde_json::from_str(text).unwrap();
    if let Some(difference) = difference(&expected, &encoded, schema, &document) {
        panic!("{name}: {difference}");
    }
    let again: T = serde_json::from_value(encoded).unwrap();
    assert_eq!(again, decoded, "{name}: another value the second time");
}

fn sort_of(path: &Path) -> Sort {
    let path = path.to_string_lossy();
    if path.contains("get_job") || path.contains("get-job") { Sort::Job } else { Sort::Page }
}

#[test]
fn the_documented_answers() {
    let fixtures = files("tests/fixtures/documented");
    assert_eq!(fixtures.len(), 3);
    for path in fixtures {
        round_trip(sort_of(&path), &path.display().to_string(), &read(&path));
    }
}

#[test]
fn our_own_fixtures_of_every_state() {
    let fixtures = files("tests/fixtures/own");
    assert!(fixtures.len() > 30, "{}", fixtures.len());
    for path in fixtures {
        round_trip(sort_of(&path), &path.display().to_string(), &read(&path));
    }
}

#[test]
fn every_example_of_the_descriptions() {
    let mut found = 0;
    for path in files("spec/trimmed") {
        let description: Value = serde_json::from_str(&read(&path)).unwrap();
        for (name, example) in description["components"]["examples"].as_object().unwrap() {
            let sort = match name.as_str() {
                "job" => Sort::Job,
                "job-paginated" => Sort::Page,
                // The example of an operation that this test does not know.
                _ => continue,
            };
            round_trip(
                sort,
                &format!("{} of {}", name, path.display()),
                &example["value"].to_string(),
            );
            found += 1;
        }
    }
    assert!(found >= 2, "{found}");
}

#[test]
fn every_recorded_answer_where_there_is_a_corpus() {
    let Some(corpus) = std::env::var_os("WORKFLOW_JOBS_CORPUS") else {
        println!("WORKFLOW_JOBS_CORPUS is not set: no recorded answers were read");
        return;
    };
    let corpus = root().join(corpus);
    let mut found = 0;
    for (folder, sort) in [
        ("job", Sort::Job),
        ("webhook-job", Sort::Job),
        ("page", Sort::Page),
        ("attempt-page", Sort::Page),
        ("job-array", Sort::Job),
    ] {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.display().to_string();
            // `.http` is head, blank line, body.
            let body = match path.extension().and_then(|extension| extension.to_str()) {
                Some("http") => text.split_once("\n\n").or(text.split_once("\r\n\r\n")).unwrap().1,
                _ => &text,
            };
            let value: Value = serde_json::from_str(body).unwrap();
            // A webhook has its job inside, and one recording has the webhook inside.
            let hooked = ["/workflow_job", "/payload/workflow_job"];
            match (hooked.iter().find_map(|at| value.pointer(at)), &value) {
                (Some(job), _) => round_trip(sort, &name, &job.to_string()),
                (None, Value::Array(jobs)) => {
                    jobs.iter().for_each(|job| round_trip(sort, &name, &job.to_string()));
                }
                (None, _) => round_trip(sort, &name, body),
            }
            found += 1;
        }
    }
    assert!(found > 100, "{found} answers in {}", corpus.display());
}

#[test]
fn an_unknown_word_survives_and_is_told_apart() {
    let job: Job =
        serde_json::from_str(&read("tests/fixtures/own/get_job/unknown_words.json")).unwrap();
    let conclusion = job.conclusion.clone().unwrap();
    assert_eq!(conclusion.as_str(), "startup_failure");
    assert!(matches!(conclusion, github_workflow_jobs::Conclusion::Unknown(_)));
    assert_eq!(serde_json::to_value(&conclusion).unwrap(), "startup_failure");
}

#[test]
fn a_wrong_value_is_named_by_its_place() {
    let text = read("tests/fixtures/own/list_jobs_for_run/two_jobs_mixed.json");
    let mut page: Value = serde_json::from_str(&text).unwrap();
    let job: JobPage = serde_json::from_value(page.clone()).unwrap();
    page["jobs"][1]["name"] = "another".into();
    let document: Value = serde_json::from_str(&read("spec/normalized.json")).unwrap();
    let schema = &document["components"]["schemas"]["JobPage"];
    let told = difference(&page, &serde_json::to_value(&job).unwrap(), schema, &document).unwrap();
    assert!(told.starts_with("$.jobs[1].name: expected \"another\", got "), "{told}");
}
