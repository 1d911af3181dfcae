//! Small descriptions before and after, each with the report: one folder per case.
//!
//! Two servers have the old description, and one of them gets the new one.

use std::fs;
use std::path::Path;

use expectorate::assert_contents;
use serde_json::{Value, json};
use xtask::drift::{Format, Report, between};
use xtask::inputs::operations::Operations;
use xtask::inputs::overlay::Overlay;
use xtask::pipeline::{self, Description, Inputs, Naming};
use xtask::workspace;

use crate::support::root;

/// The inputs of the generator for descriptions without an overlay. The operations are called after their ids.
pub(super) fn inputs(descriptions: &[(&str, &Value)], overlay: &str) -> Inputs {
    let ids = descriptions.iter().flat_map(|(_, document)| {
        let items = document["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        operations.filter_map(|operation| Some(operation["operationId"].as_str()?.to_owned()))
    });
    let ids: std::collections::BTreeSet<_> = ids.collect();
    let listed = ids.iter().map(|id| format!("[[operation]]\nid = {id:?}\n"));
    let described = descriptions.iter().map(|(server, document)| Description {
        server: (*server).to_owned(),
        file: format!("{server}.json"),
        document: (*document).clone(),
    });
    Inputs {
        descriptions: described.collect(),
        base: descriptions[0].0.to_owned(),
        overlay: Overlay::parse(&format!(
            "overlay: 1.1.0\ninfo: {{title: t, version: '1'}}\nactions: [{overlay}]\n"
        ))
        .unwrap(),
        operations: Operations::parse(&listed.collect::<String>()).unwrap(),
        reserved: workspace::reserved(root()).unwrap(),
        naming: Naming::Refuse,
    }
}

/// What the generator and drift say about the new description.
pub(super) fn report(old: &Value, new: &Value) -> Report {
    let before = inputs(&[("ghes-3.8", old), ("api.github.com", old)], "");
    let mut after = before.clone();
    after.descriptions[1].document = new.clone();
    let section = between("Changes", &before, &after).unwrap();
    Report {
        title: "api.github.com".to_owned(),
        moved: !section.findings.is_empty(),
        sections: vec![section],
        notes: Vec::new(),
        refusal: pipeline::run(&after).err().map(|error| format!("{error:#}")),
    }
}

/// A small description: an operation of each kind that the SDK has.
pub(super) fn description() -> Value {
    let parameter = |name: &str, kind: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": kind}});
    let json = |schema: Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": "1"},
        "servers": [{"url": "https://api.github.com"}],
        "paths": {
            "/things/{thing_id}": {"get": {
                "operationId": "things/get",
                "parameters": [parameter("thing_id", "integer")],
                "responses": {"200": json(json!({"$ref": "#/components/schemas/thing"})), "404": {"description": ""}},
            }},
            "/things": {"get": {
                "operationId": "things/list",
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "per_page", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                    {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"], "default": "open"}},
                ],
                "responses": {"200": json(json!({
                    "type": "object", "required": ["total_count", "things"], "properties": {
                        "total_count": {"type": "integer"},
                        "things": {"type": "array", "items": {"$ref": "#/components/schemas/thing"}},
                    },
                }))},
            }},
            "/things/{thing_id}/log": {"get": {
                "operationId": "things/download",
                "parameters": [parameter("thing_id", "integer")],
                "responses": {"302": {"description": "", "headers": {"Location": {"schema": {"type": "string"}}}}},
            }},
        },
        "components": {"schemas": {"thing": {
            "type": "object",
            "required": ["id", "name", "labels", "state", "created_at", "owner", "parts"],
            "properties": {
                "id": {"type": "integer"},
                "name": {"type": "string"},
                "note": {"type": "string"},
                "size": {"type": "number", "nullable": true},
                "is_open": {"type": "boolean"},
                "labels": {"type": "array", "items": {"type": "string"}},
                "state": {"type": "string", "enum": ["open", "closed"]},
                "created_at": {"type": "string", "format": "date-time"},
                "owner": {"type": "object", "required": ["login"], "properties": {"login": {"type": "string"}}},
                "parts": {"type": "array", "items": {
                    "type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
                }},
                "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
        }}},
    })
}

#[track_caller]
fn case(name: &str, edit: impl Fn(&mut Value)) -> String {
    let folder = root().join("tests/goldens/drift").join(name);
    let (old, mut new) = (description(), description());
    edit(&mut new);
    for (file, document) in [("old.json", &old), ("new.json", &new)] {
        write(&folder, file, &format!("{document:#}\n"));
    }
    let text = report(&old, &new).print(Format::Text);
    write(&folder, "report.txt", &text);
    text
}

#[track_caller]
fn write(folder: &Path, file: &str, content: &str) {
    fs::create_dir_all(folder).unwrap();
    assert_contents(folder.join(file), content);
}

const GET: &str = "/paths/~1things~1{thing_id}/get";
const LIST: &str = "/paths/~1things/get";
const LOG: &str = "/paths/~1things~1{thing_id}~1log/get";
const THING: &str = "/components/schemas/thing";

fn move_key(map: &mut Value, from: &str, to: &str) {
    let value = map.as_object_mut().unwrap().remove(from).unwrap();
    map[to] = value;
}

/// A change of a description.
type Edit<'e> = &'e dyn Fn(&mut Value);

#[test]
fn what_changes_neither_a_url_nor_a_value_is_no_difference() {
    let cases: [(&str, Edit); 4] = [
        ("path_parameter_renamed", &|it| {
            let get = &mut it.pointer_mut(GET).unwrap()["parameters"][0];
            get["name"] = "id".into();
            move_key(&mut it["paths"], "/things/{thing_id}", "/things/{id}");
        }),
        ("json_with_another_media_type", &|it| {
            let answer = it.pointer_mut(LIST).unwrap()["responses"].get_mut("200").unwrap();
            move_key(&mut answer["content"], "application/json", "application/vnd.github+json");
        }),
        ("success_with_another_status", &|it| {
            move_key(&mut it.pointer_mut(LIST).unwrap()["responses"], "200", "201");
        }),
        ("download_without_a_redirect", &|it| {
            let responses = &mut it.pointer_mut(LOG).unwrap()["responses"];
            *responses = json!({"200": {"description": "", "content": {"text/plain": {"schema": {"type": "string"}}}}});
        }),
    ];
    for (name, edit) in cases {
        let text = case(name, edit);
        assert!(text.contains("unchanged") && !text.contains("refuses"), "{name}: {text}");
    }
}

#[test]
fn another_address_of_the_api_is_breaking() {
    let text = case("another_server_url", |it| {
        it["servers"] = json!([{"url": "https://api.github.com/v4"}]);
    });
    assert!(text.contains("breaking  Client is on another host or path"), "{text}");
    let text = case("another_server_url_of_an_operation", |it| {
        it.pointer_mut(GET).unwrap()["servers"] = json!([{"url": "https://uploads.github.com"}]);
    });
    assert!(text.contains("breaking  Client::things_get is on another host or path"), "{text}");
}

#[test]
fn a_required_field_that_is_only_written_may_be_missing() {
    let text = case("required_field_that_is_only_written", |it| {
        it.pointer_mut(THING).unwrap()["properties"]["name"]["writeOnly"] = true.into();
    });
    assert!(text.contains("breaking  Thing::name may be missing now"), "{text}");
}

#[test]
fn items_that_become_nullable_are_told_of_the_items() {
    let text = case("items_of_a_list_become_nullable", |it| {
        let labels = &mut it.pointer_mut(THING).unwrap()["properties"]["labels"];
        labels["items"]["nullable"] = true.into();
    });
    assert!(text.contains("Thing::labels (each item) may be null now"), "{text}");
    assert!(text.contains("#/components/schemas/thing/properties/labels/items"), "{text}");
}
