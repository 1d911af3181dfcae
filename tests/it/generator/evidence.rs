//! Each correction of the overlay has a fixture that shows the fact. Without the correction, the fixture contradicts
//! the description.

use serde_json::{Value, json};
use xtask::inputs::overlay::Overlay;
use xtask::{pipeline, workspace};

use crate::sdk::schemas::as_json_schema;
use crate::support::{read, root};

/// An object with an id above this needs 64 bits for its ids: a quarter of the range of a signed 32-bit integer, because
/// ids only grow.
const LARGE: i64 = 1 << 29;

/// The corrections of the overlay: the actions with evidence, without names and documentation.
fn corrections() -> Vec<Value> {
    let inputs = workspace::inputs(root()).unwrap();
    let actions = inputs.overlay.to_value();
    let actions = actions.as_array().unwrap().iter();
    actions.filter(|action| action["x-ref"].is_string()).cloned().collect()
}

/// The description with these corrections alone. Names and documentation would refuse a schema that a correction
/// has not made.
fn described(corrections: &[Value]) -> Value {
    let overlay = json!({"overlay": "1.1.0", "info": {}, "actions": corrections});
    let mut inputs = workspace::inputs(root()).unwrap();
    inputs.overlay = Overlay::parse(&overlay.to_string()).unwrap();
    pipeline::normalized(&inputs).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The fixture of a correction: the part of `x-ref` before the colon.
fn fixture(correction: &Value) -> Result<(String, Value), String> {
    let evidence = correction["x-ref"].as_str().unwrap();
    let (file, fact) = evidence.split_once(": ").ok_or("`x-ref` names no fixture")?;
    if !file.starts_with("tests/fixtures/") || fact.trim().is_empty() {
        return Err("`x-ref` is not a fixture, a colon and the origin of the fact".to_owned());
    }
    let text =
        std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
    Ok((file.to_owned(), serde_json::from_str(&text).unwrap()))
}

/// The operations whose answers are in a folder: the method, the paths and the status.
fn operations(folder: &str) -> (&'static str, &'static [&'static str], &'static str) {
    match folder {
        "get_job" => ("get", &["jobs/{job_id}"], "200"),
        "list_jobs_for_run" => ("get", &["runs/{run_id}/jobs"], "200"),
        "get_run" => ("get", &["runs/{run_id}"], "200"),
        "list_runs" => ("get", &["runs", "workflows/{workflow_id}/runs"], "200"),
        "re_run" => {
            let paths =
                &["jobs/{job_id}/rerun", "runs/{run_id}/rerun", "runs/{run_id}/rerun-failed-jobs"];
            ("post", paths, "201")
        }
        "cancel_run" => ("post", &["runs/{run_id}/cancel"], "202"),
        _ => panic!("{folder}: the folder has no operation"),
    }
}

/// Why a fixture is not what a description declares; empty if it is. Without a declared content, any body is.
fn contradictions(file: &str, fixture: &Value, description: &Value) -> Vec<String> {
    let folder = file.rsplit('/').nth(1).unwrap();
    if folder == "parameters" {
        return of_parameter(fixture, description);
    }
    let (method, paths, status) = operations(folder);
    let mut found = Vec::new();
    for path in paths {
        let path = format!("/repos/{{owner}}/{{repo}}/actions/{path}");
        let answer = &description["paths"][&path][method]["responses"][status];
        assert!(answer.is_object(), "{method} {path}");
        let schema = &answer["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let validator = validator(schema, description);
        let errors = validator.iter_errors(fixture);
        found.extend(errors.map(|error| format!("{path}{}: {error}", error.instance_path())));
        of_value(&path, fixture, schema, description, &mut found);
    }
    found
}

fn validator(schema: &Value, description: &Value) -> jsonschema::Validator {
    let mut whole = as_json_schema(schema);
    whole["components"] = as_json_schema(&description["components"]);
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

/// A parameter accepts the values that are documented, and no other.
fn of_parameter(fixture: &Value, description: &Value) -> Vec<String> {
    let operations = description["paths"].as_object().unwrap().values().map(|item| &item["get"]);
    let mut operations = operations.filter(|one| one["x-operation-id"] == fixture["operation"]);
    let parameters = operations.next().unwrap()["parameters"].as_array().unwrap();
    let parameter = parameters.iter().find(|one| one["name"] == fixture["parameter"]).unwrap();
    // The bounds of an argument are those that its setter checks.
    let mut schema = json!({"allOf": [parameter["schema"]]});
    for bound in ["minimum", "maximum"] {
        if let Some(value) = parameter.get(format!("x-{bound}")) {
            schema[bound] = value.clone();
        }
    }
    let validator = validator(&schema, description);
    let mut found = Vec::new();
    for (list, expected) in [("documented", true), ("undocumented", false)] {
        for value in fixture[list].as_array().unwrap() {
            if validator.is_valid(value) != expected {
                found.push(format!("{value} is {list}"));
            }
        }
    }
    found
}

/// Contradictions that JSON Schema does not see: ids that are too narrow, and a plain text in the place of an enum.
fn of_value(at: &str, value: &Value, schema: &Value, description: &Value, found: &mut Vec<String>) {
    let schema = resolved(schema, description);
    if let Some(items) = value.as_array() {
        for (index, item) in items.iter().enumerate() {
            of_value(&format!("{at}[{index}]"), item, &schema["items"], description, found);
        }
    }
    let Some(object) = value.as_object() else { return };
    let ids = || object.iter().filter(|(key, _)| *key == "id" || key.ends_with("_id"));
    let has_large = ids().any(|(_, id)| id.as_i64().is_some_and(|id| id > LARGE));
    for (key, value) in object {
        let (at, property) = (format!("{at}.{key}"), &schema["properties"][key]);
        let own = resolved(property, description);
        if has_large
            && ids().any(|id| id.0 == key)
            && own["type"] == "integer"
            && own["format"] != "int64"
        {
            found.push(format!("{at}: the ids of the object need 64 bits"));
        }
        if own["type"] == "string" && own["enum"].is_null() && is_listed(key, value, description) {
            found.push(format!("{at}: is a plain text, and an enum in another object"));
        }
        of_value(&at, value, property, description, found);
    }
}

/// True if a property of this name has an enum with the value.
fn is_listed(key: &str, value: &Value, description: &Value) -> bool {
    let schemas = description["components"]["schemas"].as_object().unwrap();
    schemas.values().any(|schema| {
        let values = &resolved(&schema["properties"][key], description)["enum"];
        values.as_array().is_some_and(|values| values.contains(value))
    })
}

/// The schema that a reference leads to.
fn resolved<'d>(schema: &'d Value, description: &'d Value) -> &'d Value {
    let reference = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str());
    match reference {
        Some(reference) => resolved(description.pointer(&reference[1..]).unwrap(), description),
        None => schema,
    }
}

#[test]
fn each_correction_has_a_fixture_that_contradicts_the_description_without_it() {
    let corrections = corrections();
    let corrected = described(&corrections);
    let normalized: Value = serde_json::from_str(&read(pipeline::NORMALIZED)).unwrap();
    let mut faults = Vec::new();
    for (index, correction) in corrections.iter().enumerate() {
        let target = correction["target"].as_str().unwrap();
        let (file, fixture) = match fixture(correction) {
            Ok(fixture) => fixture,
            Err(error) => {
                faults.push(format!("{target}: {error}"));
                continue;
            }
        };
        for description in [&corrected, &normalized] {
            for contradiction in contradictions(&file, &fixture, description) {
                faults.push(format!("{target}: {file} is not as corrected: {contradiction}"));
            }
        }
        let mut less = corrections.clone();
        less.remove(index);
        let noticed = contradictions(&file, &fixture, &described(&less));
        let places = correction["x-count"].as_u64().unwrap_or(1);
        if (noticed.len() as u64) < places {
            faults.push(format!(
                "{target}: {places} places, but without the correction {file} shows {noticed:?}"
            ));
        }
    }
    assert!(corrections.len() >= 12, "{}", corrections.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
