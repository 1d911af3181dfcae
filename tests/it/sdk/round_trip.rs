//! What a server sent is decoded and encoded again: nothing is lost, and nothing is made up.

use std::path::PathBuf;

use github_workflow_jobs::{Job, JobPage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{difference, files, read, root};

/// Which type an answer is read as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sort {
    Job,
    Page,
}

/// What a server sent, or could have sent.
pub struct Answer {
    pub sort: Sort,
    pub name: String,
    pub text: String,
}

impl Sort {
    /// The schema in the normalized document.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Job => "Job",
            Self::Page => "JobPage",
        }
    }
}

/// Decodes and encodes, and says what differs.
pub fn round_trip(sort: Sort, text: &str, document: &Value) -> Result<Value, String> {
    match sort {
        Sort::Job => trip::<Job>(sort, text, document),
        Sort::Page => trip::<JobPage>(sort, text, document),
    }
}

fn trip<T: DeserializeOwned + Serialize + PartialEq>(
    sort: Sort,
    text: &str,
    document: &Value,
) -> Result<Value, String> {
    let decoded: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let encoded = serde_json::to_value(&decoded).unwrap();
    let schema = &document["components"]["schemas"][sort.schema()];
    let expected: Value = serde_json::from_str(text).unwrap();
    if let Some(difference) = difference(&expected, &encoded, schema, document) {
        return Err(difference);
    }
    let again: T = serde_json::from_value(encoded.clone()).map_err(|error| error.to_string())?;
    if again == decoded { Ok(encoded) } else { Err("another value the second time".to_owned()) }
}

/// What the SDK has: the normalized document.
pub fn document() -> Value {
    serde_json::from_str(&read("spec/normalized.json")).unwrap()
}

#[track_caller]
fn all_come_back(answers: &[Answer]) {
    let document = document();
    for Answer { sort, name, text } in answers {
        if let Err(error) = round_trip(*sort, text, &document) {
            panic!("{name}: {error}");
        }
    }
}

/// The fixtures of a folder.
pub fn fixtures(folder: &str) -> Vec<Answer> {
    let answer = |path: PathBuf| {
        let name = path.display().to_string();
        let is_job = name.contains("get_job") || name.contains("get-job");
        let sort = if is_job { Sort::Job } else { Sort::Page };
        Answer { sort, name, text: read(&path) }
    };
    files(folder).into_iter().map(answer).collect()
}

/// The examples of the official descriptions.
pub fn examples() -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in files("spec/trimmed") {
        let description: Value = serde_json::from_str(&read(&path)).unwrap();
        for (name, example) in description["components"]["examples"].as_object().unwrap() {
            let sort = match name.as_str() {
                "job" => Sort::Job,
                "job-paginated" => Sort::Page,
                // The example of an operation that this test does not know.
                _ => continue,
            };
            let name = format!("{} of {}", name, path.display());
            answers.push(Answer { sort, name, text: example["value"].to_string() });
        }
    }
    answers
}

/// The recorded answers, where there is a corpus.
pub fn recorded() -> Option<Vec<Answer>> {
    let corpus = root().join(std::env::var_os("WORKFLOW_JOBS_CORPUS")?);
    let mut answers = Vec::new();
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
            // `.http` is head, blank line, body.
            let body = match path.extension().and_then(|extension| extension.to_str()) {
                Some("http") => text.split_once("\n\n").or(text.split_once("\r\n\r\n")).unwrap().1,
                _ => &text,
            };
            let value: Value = serde_json::from_str(body).unwrap();
            // A webhook has its job inside, and one recording has the webhook inside.
            let hooked = ["/workflow_job", "/payload/workflow_job"];
            let texts = match (hooked.iter().find_map(|at| value.pointer(at)), &value) {
                (Some(job), _) => vec![job.to_string()],
                (None, Value::Array(jobs)) => jobs.iter().map(Value::to_string).collect(),
                (None, _) => vec![body.to_owned()],
            };
            let name = path.display().to_string();
            answers.extend(texts.into_iter().map(|text| Answer { sort, name: name.clone(), text }));
        }
    }
    Some(answers)
}

#[test]
fn the_documented_answers() {
    let fixtures = fixtures("tests/fixtures/documented");
    assert_eq!(fixtures.len(), 3);
    all_come_back(&fixtures);
}

#[test]
fn our_own_fixtures_of_every_state() {
    let fixtures = fixtures("tests/fixtures/own");
    assert!(fixtures.len() > 30, "{}", fixtures.len());
    all_come_back(&fixtures);
}

#[test]
fn every_example_of_the_descriptions() {
    let examples = examples();
    assert_eq!(examples.len(), 2 * files("spec/trimmed").len());
    all_come_back(&examples);
}

#[test]
fn every_recorded_answer_where_there_is_a_corpus() {
    let Some(recorded) = recorded() else {
        println!("skipped: WORKFLOW_JOBS_CORPUS is not set");
        return;
    };
    assert!(recorded.len() > 100, "{} answers", recorded.len());
    all_come_back(&recorded);
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
    let document = document();
    let schema = &document["components"]["schemas"]["JobPage"];
    let told = difference(&page, &serde_json::to_value(&job).unwrap(), schema, &document).unwrap();
    assert!(told.starts_with("$.jobs[1].name: expected \"another\", got "), "{told}");
}
