//! What other publications would change.

mod cases;
mod hostile;
mod oracle;
mod publications;
mod requests;
mod verdicts;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use xtask::commands::{self, Drift, Options};
use xtask::drift::{Format, Level};

use crate::generator::commands::tarball;
use crate::support::{description, root};

const GET: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1jobs~1{job_id}/get";
const ATTEMPT: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1runs~1{run_id}~1attempts~1{attempt_number}~1jobs/get";
const LIST: &str = "/paths/~1repos~1{owner}~1{repo}~1actions~1runs~1{run_id}~1jobs/get";

/// A folder with a publication: descriptions of servers, edited.
fn publication(server: &str, edit: impl Fn(&mut Value)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut description = description(server);
    edit(&mut description);
    fs::write(folder.path().join(format!("{server}.json")), description.to_string()).unwrap();
    folder
}

/// As [`publication`], packed as version 24.0.0.
fn packed(server: &str, edit: impl Fn(&mut Value)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut description = description(server);
    edit(&mut description);
    let file = format!("package/generated/{server}.json");
    let content = description.to_string();
    tarball(folder.path(), "octokit-openapi-24.0.0.tgz", &file, content.as_bytes());
    folder
}

fn options(from: &Path) -> Options {
    let format = Format::Json;
    Options { from: Some(from.to_owned()), against: None, git: None, format, write: false }
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

fn job(document: &mut Value) -> &mut Value {
    document.pointer_mut("/components/schemas/job").unwrap()
}

fn rename(properties: &mut Value, from: &str, to: &str) {
    let value = properties.as_object_mut().unwrap().remove(from).unwrap();
    properties[to] = value;
}

fn push(list: &mut Value, value: impl Into<Value>) {
    list.as_array_mut().unwrap().push(value.into());
}

#[track_caller]
fn verdict(edit: impl Fn(&mut Value), level: Level, item: &str, says: &str) {
    verdict_of(edit, (level, level), item, says);
}

/// The verdict on the whole, and on one item.
#[track_caller]
fn verdict_of(edit: impl Fn(&mut Value), (whole, level): (Level, Level), item: &str, says: &str) {
    let folder = publication("api.github.com", edit);
    let (drift, report) = drift(folder.path());
    assert_eq!(drift.verdict, whole, "{}", drift.text);
    let found = found(&report);
    let is_hit = |one: &&(&str, &str, &str)| one.1 == item && one.2.contains(says);
    let hit = found.iter().find(is_hit);
    let (hit, ..) = hit.unwrap_or_else(|| panic!("{item}: {says}: {}", drift.text));
    assert_eq!(*hit, level.to_string(), "{}", drift.text);
}

fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}"))
}

fn take(list: &mut Value, value: &str) {
    list.as_array_mut().unwrap().retain(|item| item != value);
}
