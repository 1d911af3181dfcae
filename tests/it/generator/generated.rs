//! What is checked in is what the inputs give, on every machine.

use serde_json::{Map, Value};
use xtask::artifact::Mode;
use xtask::{commands, pipeline, workspace};

use crate::support::{read, root};

#[test]
fn what_is_checked_in_is_what_the_inputs_give() {
    let output = pipeline::run(&workspace::inputs(root()).unwrap()).unwrap();
    let mut stale = Vec::new();
    for artifact in &output.artifacts {
        if artifact.content.as_deref() != Some(read(&artifact.path).as_str()) {
            stale.push(&artifact.path);
        }
    }
    assert!(stale.is_empty(), "{stale:?}: run cargo xtask generate");
    commands::generate(root(), Mode::Check).unwrap();
}

#[test]
fn the_same_inputs_give_the_same_bytes_whatever_their_order() {
    let inputs = workspace::inputs(root()).unwrap();
    let once = pipeline::run(&inputs).unwrap().artifacts;
    assert_eq!(pipeline::run(&inputs).unwrap().artifacts, once);
    let mut shuffled = inputs.clone();
    for description in &mut shuffled.descriptions {
        description.document = backwards(&description.document);
    }
    assert_eq!(pipeline::run(&shuffled).unwrap().artifacts, once);
}

/// Every object with its keys the other way round, where the build keeps insertion order.
fn backwards(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| b.0.cmp(a.0));
            let entries = entries.into_iter();
            Value::Object(
                entries.map(|(key, value)| (key.clone(), backwards(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => items.iter().map(backwards).collect(),
        scalar => scalar.clone(),
    }
}

/// The types that carry facts only: users and repositories in a run, and the types that only these have.
const FACTS_ONLY: [&str; 15] = [
    "BypassReviewer",
    "BypassReviewerMode",
    "BypassReviewerType",
    "CodeOfConduct",
    "MinimalRepository",
    "MinimalRepositoryLicense",
    "MinimalRepositoryPermissions",
    "MinimalRepositoryPullRequestCreationPolicy",
    "PullRequestMinimalBaseRepo",
    "PullRequestMinimalHeadRepo",
    "SecurityAndAnalysis",
    "SecurityAndAnalysisSecretScanningDelegatedBypassOptions",
    "SecurityFeature",
    "SecurityFeatureStatus",
    "SimpleUser",
];

#[test]
fn every_item_of_the_sdk_is_documented_but_for_users_and_repositories() {
    let output = pipeline::run(&workspace::inputs(root()).unwrap()).unwrap();
    assert_eq!(output.without_docs, FACTS_ONLY.map(|name| format!("{name}.*")));
    for name in FACTS_ONLY {
        assert_ne!(output.document.types[name].group.as_deref(), Some("jobs"), "{name}");
    }
}

#[test]
fn each_promise_that_the_sdk_drops_has_a_reason() {
    let servers = pipeline::run(&workspace::inputs(root()).unwrap()).unwrap().servers;
    let (_, table) = servers.split_once("### Fields that are looser").unwrap();
    assert!(table.lines().any(|line| line.starts_with("| `")), "{table}");
    assert!(!table.contains("neither a server nor a correction requires it"), "{table}");
}

#[test]
fn each_group_has_tables_of_its_own_and_jobs_are_first() {
    let servers = pipeline::run(&workspace::inputs(root()).unwrap()).unwrap().servers;
    let titles = servers.lines().filter(|line| line.starts_with("###"));
    let titles: Vec<_> = titles.map(|line| line.trim_start_matches('#')).collect();
    let groups = [" `jobs`", " `runs`"];
    assert_eq!((titles.len(), &titles[1..3], &titles[4..]), (6, &groups[..], &groups[..]));
    for table in servers.split("####").filter(|table| table.starts_with(" `jobs`")) {
        assert!(table.contains("| `Job::") || table.contains("`Job::created_at`"), "{table}");
        assert!(!table.contains("Run::"), "{table}");
    }
}

#[test]
fn every_action_of_the_overlay_changes_what_the_generator_reads() {
    let inputs = workspace::inputs(root()).unwrap();
    let whole = pipeline::normalized(&inputs).unwrap();
    let dead: Vec<_> = (0..inputs.overlay.actions().len())
        .filter(|index| {
            let mut less = inputs.clone();
            less.overlay = inputs.overlay.without(*index);
            // An action that a later one needs is not dead.
            pipeline::normalized(&less).is_ok_and(|document| document == whole)
        })
        .collect();
    assert!(dead.is_empty(), "actions {dead:?} could be deleted");
}
