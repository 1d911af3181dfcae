//! Answers are decoded and encoded again without losing or adding a value.

use std::path::PathBuf;

use github_workflow_jobs::{ArtifactPage, Job, JobPage, Run, RunPage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{difference, files, read, root};

/// The type of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Job,
    Page,
    Run,
    RunPage,
    ArtifactPage,
}

/// An answer that a server sent or may send.
pub struct Answer {
    pub kind: Kind,
    pub name: String,
    pub text: String,
}

impl Kind {
    /// The schema in the normalized document.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Job => "Job",
            Self::Page => "JobPage",
            Self::Run => "Run",
            Self::RunPage => "RunPage",
            Self::ArtifactPage => "ArtifactPage",
        }
    }
}

/// Decodes and encodes an answer. An error is a decode error or the first difference.
pub fn round_trip(kind: Kind, text: &str, document: &Value) -> Result<Value, String> {
    match kind {
        Kind::Job => trip::<Job>(kind, text, document),
        Kind::Page => trip::<JobPage>(kind, text, document),
        Kind::Run => trip::<Run>(kind, text, document),
        Kind::RunPage => trip::<RunPage>(kind, text, document),
        Kind::ArtifactPage => trip::<ArtifactPage>(kind, text, document),
    }
}

fn trip<T: DeserializeOwned + Serialize + PartialEq>(
    kind: Kind,
    text: &str,
    document: &Value,
) -> Result<Value, String> {
    let decoded: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let encoded = serde_json::to_value(&decoded).unwrap();
    let schema = &document["components"]["schemas"][kind.schema()];
    let expected: Value = serde_json::from_str(text).unwrap();
    if let Some(difference) = difference(&expected, &encoded, schema, document) {
        return Err(difference);
    }
    let again: T = serde_json::from_value(encoded.clone()).map_err(|error| error.to_string())?;
    if again == decoded {
        Ok(encoded)
    } else {
        Err("the encoded value decodes to another value".to_owned())
    }
}

/// The normalized document, from which the SDK is generated.
pub fn document() -> Value {
    serde_json::from_str(&read("spec/normalized.json")).unwrap()
}

/// Asserts that every answer survives a round trip.
#[track_caller]
fn all_survive(answers: &[Answer]) {
    let document = document();
    for Answer { kind, name, text } in answers {
        if let Err(error) = round_trip(*kind, text, &document) {
            panic!("{name}: {error}");
        }
    }
}

/// The fixtures of a folder. An answer of which the SDK returns the status alone has no type.
pub fn fixtures(folder: &str) -> Vec<Answer> {
    let answer = |path: PathBuf| {
        let name = path.display().to_string();
        let place = path.strip_prefix(root().join("tests/fixtures")).unwrap();
        // `own/get_job/queued.json` and `documented/get-job.json`
        let operation = place.iter().nth(1).unwrap().to_str().unwrap();
        let kind = match operation.trim_end_matches(".json").replace('-', "_").as_str() {
            "get_job" => Kind::Job,
            "list_jobs_for_run" | "list_jobs_for_run_attempt" => Kind::Page,
            "get_run" => Kind::Run,
            "list_runs" => Kind::RunPage,
            "list_artifacts_of_run" => Kind::ArtifactPage,
            "re_run" | "cancel_run" => return None,
            other => panic!("{name}: {other} has no type"),
        };
        Some(Answer { kind, name, text: read(&path) })
    };
    files(folder).into_iter().filter_map(answer).collect()
}

/// The examples of the official descriptions.
pub fn examples() -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in files("spec/trimmed") {
        let description: Value = serde_json::from_str(&read(&path)).unwrap();
        for (name, example) in description["components"]["examples"].as_object().unwrap() {
            let kind = match name.as_str() {
                "job" => Kind::Job,
                "job-paginated" => Kind::Page,
                "workflow-run" => Kind::Run,
                "workflow-run-paginated" => Kind::RunPage,
                "artifact-paginated" => Kind::ArtifactPage,
                // An example of an operation that this test does not cover.
                _ => continue,
            };
            let name = format!("{} of {}", name, path.display());
            answers.push(Answer { kind, name, text: example["value"].to_string() });
        }
    }
    answers
}

/// The recorded answers, if the environment names a corpus.
pub fn recorded() -> Option<Vec<Answer>> {
    let corpus = root().join(std::env::var_os("WORKFLOW_JOBS_CORPUS")?);
    let mut answers = Vec::new();
    for (folder, kind) in [
        ("job", Kind::Job),
        ("webhook-job", Kind::Job),
        ("page", Kind::Page),
        ("attempt-page", Kind::Page),
        ("job-array", Kind::Job),
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
            // A webhook contains its job, and one recording contains the webhook.
            let inside = ["/workflow_job", "/payload/workflow_job"];
            let texts = match (inside.iter().find_map(|at| value.pointer(at)), &value) {
                (Some(job), _) => vec![job.to_string()],
                (None, Value::Array(jobs)) => jobs.iter().map(Value::to_string).collect(),
                (None, _) => vec![body.to_owned()],
            };
            let name = path.display().to_string();
            answers.extend(texts.into_iter().map(|text| Answer { kind, name: name.clone(), text }));
        }
    }
    Some(answers)
}

#[test]
fn documented_answers_survive_a_round_trip() {
    let fixtures = fixtures("tests/fixtures/documented");
    assert_eq!(fixtures.len(), 3);
    all_survive(&fixtures);
}

#[test]
fn fixtures_of_every_state_survive_a_round_trip() {
    let fixtures = fixtures("tests/fixtures/own");
    assert!(fixtures.len() > 30, "{}", fixtures.len());
    all_survive(&fixtures);
}

#[test]
fn examples_of_the_descriptions_survive_a_round_trip() {
    let examples = examples();
    assert_eq!(examples.len(), 5 * files("spec/trimmed").len());
    all_survive(&examples);
}

#[test]
fn recorded_answers_survive_a_round_trip() {
    let Some(recorded) = recorded() else {
        println!("skipped: WORKFLOW_JOBS_CORPUS is not set");
        return;
    };
    assert!(recorded.len() > 100, "{} answers", recorded.len());
    all_survive(&recorded);
}

#[test]
fn jobs_of_gitea_are_read() {
    let job: Job =
        serde_json::from_str(&read("tests/fixtures/own/get_job/gitea_not_started.json")).unwrap();
    assert_eq!((job.node_id, job.check_run_url), (None, None));
    assert_eq!((job.steps.len(), job.labels.len(), job.conclusion), (0, 0, None));
    let page = |name: &str| {
        let text = read(format!("tests/fixtures/own/list_jobs_for_run/{name}.json"));
        serde_json::from_str::<JobPage>(&text).unwrap()
    };
    let jobs = page("gitea").jobs;
    assert_eq!((jobs.len(), jobs[0].steps.len(), jobs[0].steps[0].number), (1, 2, 0));
    assert_eq!(page("gitea_no_jobs").jobs, []);
}

#[test]
fn fields_that_all_servers_send_are_required() {
    let text = read("tests/fixtures/own/get_job/gitea_not_started.json");
    let job: Value = serde_json::from_str(&text).unwrap();
    for field in ["id", "run_id", "name", "status", "head_sha", "url", "run_url"] {
        for is_null in [false, true] {
            let mut job = job.clone();
            match is_null {
                true => job[field] = Value::Null,
                false => drop(job.as_object_mut().unwrap().remove(field).unwrap()),
            }
            assert!(serde_json::from_value::<Job>(job).is_err(), "{field}");
        }
    }
}

#[test]
fn null_for_a_list_is_an_empty_list_and_a_missing_page_is_none() {
    let text = read("tests/fixtures/documented/list-jobs-for-run.json");
    let mut page: Value = serde_json::from_str(&text).unwrap();
    page["jobs"][0]["steps"] = Value::Null;
    page["jobs"][0]["labels"] = Value::Null;
    let decoded: JobPage = serde_json::from_value(page.clone()).unwrap();
    assert_eq!((decoded.jobs[0].steps.len(), decoded.jobs[0].labels.len()), (0, 0));
    page["jobs"] = Value::Null;
    assert_eq!(serde_json::from_value::<JobPage>(page.clone()).unwrap().jobs, []);
    page.as_object_mut().unwrap().remove("jobs");
    let error = serde_json::from_value::<JobPage>(page).unwrap_err();
    assert!(error.to_string().contains("missing field `jobs`"), "{error}");
}

/// Forgejo 16 has the paths of GitHub, but another list of other jobs: no head_sha, url, run_url or times.
#[test]
fn jobs_of_forgejo_16_are_refused_and_not_misread() {
    let text = read("tests/fixtures/refused/forgejo_16_list_jobs_for_run.json");
    let jobs: Value = serde_json::from_str(&text).unwrap();
    assert!(serde_json::from_str::<JobPage>(&text).is_err());
    let error = serde_json::from_value::<Job>(jobs[0].clone()).unwrap_err();
    assert!(error.to_string().contains("missing field `run_id`"), "{error}");
}

#[test]
fn an_unknown_enum_value_is_kept_as_unknown() {
    let job: Job =
        serde_json::from_str(&read("tests/fixtures/own/get_job/unknown_words.json")).unwrap();
    let conclusion = job.conclusion.clone().unwrap();
    assert_eq!(conclusion.as_str(), "startup_failure");
    assert!(matches!(conclusion, github_workflow_jobs::Conclusion::Unknown(_)));
    assert_eq!(serde_json::to_value(&conclusion).unwrap(), "startup_failure");
}

#[test]
fn a_difference_is_reported_with_its_path() {
    let text = read("tests/fixtures/own/list_jobs_for_run/two_jobs_mixed.json");
    let mut page: Value = serde_json::from_str(&text).unwrap();
    let job: JobPage = serde_json::from_value(page.clone()).unwrap();
    page["jobs"][1]["name"] = "another".into();
    let document = document();
    let schema = &document["components"]["schemas"]["JobPage"];
    let found = difference(&page, &serde_json::to_value(&job).unwrap(), schema, &document);
    let found = found.unwrap();
    assert!(found.starts_with("$.jobs[1].name: expected \"another\", got "), "{found}");
}
