//! Where publications come from, what is written of them, and how they are reported.

use std::fs;

use expectorate::assert_contents;
use serde_json::{Value, json};
use xtask::commands::{self, Options};
use xtask::drift::{Format, Level};

use super::{description, drift, found, job, options, packed, publication, push, rename};
use crate::generator::commands::{copy, snapshot, tarball};
use crate::support::root;

#[test]
fn a_server_version_that_is_new_is_additive_and_can_be_pinned() {
    let folder = copy();
    let from = tempfile::tempdir().unwrap();
    let mut newest = description("ghes-3.19");
    job(&mut newest)["properties"]["reason"] = json!({"type": "string", "nullable": true});
    let file = "package/generated/ghes-3.20.json";
    tarball(from.path(), "octokit-openapi-24.0.0.tgz", file, newest.to_string().as_bytes());
    let options = Options { write: true, format: Format::Text, ..options(from.path()) };
    let drift = commands::drift(folder.path(), &options).unwrap();
    assert_eq!((drift.verdict, drift.moved), (Level::Additive, true), "{}", drift.text);
    assert!(
        drift.text.contains(
            "ghes-3.20 is new: a server version that is not pinned; compared with ghes-3.19"
        ),
        "{}",
        drift.text
    );

    let text = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    let pins = text("spec/upstream.toml");
    assert!(
        pins.starts_with("# The pinned descriptions that the SDK is generated from"),
        "comments are kept"
    );
    let order: Vec<_> = pins.lines().filter(|line| line.starts_with("server")).collect();
    assert_eq!(
        order[15..18],
        ["server = \"ghes-3.19\"", "server = \"ghes-3.20\"", "server = \"ghec\""]
    );
    assert!(
        text("spec/README.md")
            .contains("| `Job::reason` | since GHES 3.20, not on GHEC or github.com |")
    );
    assert!(text("sdk/src/generated/jobs/types.rs").contains("pub reason: "));
    commands::generate(folder.path(), xtask::artifact::Mode::Check).unwrap();
    // What is pinned now is no drift any more.
    let again = commands::drift(folder.path(), &options).unwrap();
    assert_eq!((again.verdict, again.moved), (Level::Cosmetic, false), "{}", again.text);
}

#[test]
fn what_the_generator_refuses_is_pinned_and_nothing_else_is_touched() {
    let folder = copy();
    let generated = || -> Vec<_> {
        let all = snapshot(folder.path()).into_iter();
        all.filter(|(path, _)| path.contains("generated") || path.contains("normalized")).collect()
    };
    let before = generated();
    let from = packed("ghec", |it| job(it)["properties"]["name"]["type"] = "integer".into());
    let drift =
        commands::drift(folder.path(), &Options { write: true, ..options(from.path()) }).unwrap();
    assert_eq!(drift.verdict, Level::Breaking);
    assert!(before == generated());
    let pins = fs::read_to_string(folder.path().join("spec/upstream.toml")).unwrap();
    assert_eq!(pins.matches("version = \"24.0.0\"").count(), 1, "the pin of one server");
    let error = commands::generate(folder.path(), xtask::artifact::Mode::Check).unwrap_err();
    assert!(format!("{error:#}").contains("`x-server: [ghec]`"), "{error:#}");
}

#[test]
fn what_is_additive_needs_no_hand() {
    let page = "/paths/~1repos~1{owner}~1{repo}~1actions~1runs~1{run_id}~1jobs/get/responses/200";
    let schema = format!("{page}/content/application~1json/schema/properties");
    let edits: [&dyn Fn(&mut Value); 3] = [
        &|it| push(&mut job(it)["properties"]["conclusion"]["enum"], "stale"),
        &|it| {
            it.pointer_mut(&schema).unwrap()["cursor"] = json!({"type": "string", "nullable": true})
        },
        &|it| {
            job(it)["properties"]["steps"]["items"]["properties"]["log_url"] =
                json!({"type": "string"})
        },
    ];
    for edit in edits {
        let folder = copy();
        let from = packed("api.github.com", edit);
        let options = Options { write: true, ..options(from.path()) };
        let drift = commands::drift(folder.path(), &options).unwrap();
        assert_eq!((drift.verdict, drift.refused), (Level::Additive, false), "{}", drift.text);
        commands::generate(folder.path(), xtask::artifact::Mode::Check).unwrap();
    }
}

#[test]
fn only_a_publication_can_be_pinned() {
    let folder = copy();
    let before = snapshot(folder.path());
    let from = publication("ghec", |it| push(&mut job(it)["properties"]["status"]["enum"], "new"));
    let options = Options { write: true, ..options(from.path()) };
    let error = commands::drift(folder.path(), &options).unwrap_err();
    assert!(format!("{error:#}").contains("only a publication can be pinned"), "{error:#}");
    assert!(before == snapshot(folder.path()));
}

#[test]
fn an_operation_that_has_another_id_is_looked_for() {
    let from = publication("ghec", |it| {
        let text =
            it.to_string().replace("actions/get-job-for-workflow-run", "actions/get-job-for-run");
        *it = serde_json::from_str(&text).unwrap();
    });
    let (drift, report) = drift(from.path());
    assert_eq!((drift.verdict, found(&report)[0].1), (Level::Breaking, "Client::get_job"));
    assert!(drift.text.contains("in its place is `actions/get-job-for-run` now"), "{}", drift.text);
}

#[test]
fn the_newest_tarball_of_a_folder_is_taken_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (version, edit) in [("9.0.0", "old"), ("10.0.0", "blocked")] {
        let mut description = description("api.github.com");
        push(&mut job(&mut description)["properties"]["status"]["enum"], edit);
        let name = format!("octokit-openapi-{version}.tgz");
        tarball(
            folder.path(),
            &name,
            "package/generated/api.github.com.json",
            description.to_string().as_bytes(),
        );
    }
    let (drift, report) = drift(folder.path());
    assert_eq!(drift.against, "@octokit/openapi 10.0.0");
    assert_eq!(found(&report)[0].1, "JobStatus::Blocked");
    let against =
        |version: &str| Options { against: Some(version.into()), ..options(folder.path()) };
    let older = commands::drift(root(), &against("9.0.0")).unwrap();
    assert!(older.text.contains("JobStatus::Old"), "{}", older.text);
    let error = commands::drift(root(), &against("latest")).unwrap_err();
    assert!(
        format!("{error:#}").starts_with("--against latest: is neither a version"),
        "{error:#}"
    );
    let error = commands::drift(root(), &against("11.0.0")).unwrap_err();
    assert!(format!("{error:#}").contains("npm pack @octokit/openapi@11.0.0"), "{error:#}");
    fs::write(folder.path().join("ghec.json"), "{}").unwrap();
    let error = commands::drift(root(), &against("11.0.0")).unwrap_err();
    assert!(format!("{error:#}").contains("has no octokit-openapi-11.0.0.tgz"), "{error:#}");
    let error = commands::drift(root(), &options(folder.path())).unwrap_err();
    assert!(format!("{error:#}").contains("descriptions that are not packed"), "{error:#}");
    assert_eq!(commands::drift(root(), &against("10.0.0")).unwrap().verdict, Level::Additive);
    let file = options(&folder.path().join("ghec.json"));
    let error = commands::drift(root(), &file).unwrap_err();
    assert!(format!("{error:#}").contains("is a file: give its folder"), "{error:#}");
    let empty = tempfile::tempdir().unwrap();
    let error = commands::drift(root(), &options(empty.path())).unwrap_err();
    assert!(format!("{error:#}").contains("holds neither"), "{error:#}");
}

#[test]
fn each_form_of_a_report() {
    let folder = packed("api.github.com", |it| {
        push(&mut job(it)["properties"]["status"]["enum"], "blocked");
        rename(&mut job(it)["properties"], "runner_name", "runner_label");
        job(it)["properties"]["run_attempt"]["type"] = "string".into();
        job(it)["properties"]["reason"] = json!({"type": "string", "nullable": true});
    });
    for (format, file) in [
        (Format::Text, "report.txt"),
        (Format::Markdown, "report.md"),
        (Format::Json, "report.json"),
    ] {
        let drift = commands::drift(root(), &Options { format, ..options(folder.path()) }).unwrap();
        assert_contents(root().join("tests/goldens/drift").join(file), &drift.text);
    }
}
