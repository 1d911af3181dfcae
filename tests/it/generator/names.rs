//! Names are stable: an operation more, or less, renames no type of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};
use xtask::artifact::Mode;
use xtask::document::{Document, Shape, Side};
use xtask::openapi::json::Pointer;
use xtask::openapi::refusal::Refusals;
use xtask::pipeline::{self, Inputs, Naming};
use xtask::workspace;

use crate::support::root;

/// How many operations a subset has.
const SUBSET: usize = 50;

#[test]
fn a_subset_of_the_operations_gives_each_type_the_same_name() {
    let source = description().to_string();
    let (inputs, _) =
        workspace::inputs_from(root(), "ghes-9.9", source.as_bytes(), |_, _| true).unwrap();
    check(&inputs, 12);
}

/// The official descriptions, where the folder with their tarballs (as `npm pack` gives them) is there.
#[test]
fn a_subset_of_the_official_operations_gives_each_type_the_same_name() {
    let Some(folder) = std::env::var_os("OPENAPI_PUBLICATIONS") else {
        println!("skipped: OPENAPI_PUBLICATIONS is not set");
        return;
    };
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tgz") {
            continue;
        }
        for (server, source) in official(&path) {
            let gets = |place: &str, _: &str| place.starts_with("get ");
            let (mut inputs, _) = workspace::inputs_from(root(), &server, &source, gets).unwrap();
            inputs.naming = Naming::Qualify(BTreeSet::new());
            let refused = without_refused(&mut inputs);
            println!("{server}: {} operations, {refused} refused", inputs.operations.count());
            check(&inputs, 4);
            found += 1;
        }
    }
    assert!(found > 0, "no description was found");
}

/// The newest GHES and github.com of a publication.
fn official(tarball: &Path) -> Vec<(String, Vec<u8>)> {
    let file = std::fs::File::open(tarball).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        if name == "api.github.com.json" || name == "ghes-3.8.json" {
            let mut source = Vec::new();
            entry.read_to_end(&mut source).unwrap();
            found.push((name.trim_end_matches(".json").to_owned(), source));
        }
    }
    found
}

/// Leaves out the operations that the generator refuses, and gives their number.
fn without_refused(inputs: &mut Inputs) -> usize {
    let all = inputs.operations.count();
    loop {
        let Err(error) = pipeline::document(inputs) else { return all - inputs.operations.count() };
        let refusals = error.downcast_ref::<Refusals>().unwrap_or_else(|| panic!("{error:#}"));
        let paths = inputs.descriptions[0].document["paths"].as_object_mut().unwrap();
        let before = paths.len();
        for refusal in refusals.list() {
            let mut steps = refusal.at.as_str().split('/').skip(1);
            if steps.next() == Some("paths")
                && let Some(path) = steps.next()
            {
                paths.remove(&path.replace("~1", "/").replace("~0", "~"));
            }
        }
        assert!(paths.len() < before, "{error:#}");
        let left: BTreeSet<_> = ids(&inputs.descriptions[0].document);
        inputs.operations =
            xtask::inputs::operations::Operations::of(left.iter().map(String::as_str)).unwrap();
    }
}

fn ids(document: &Value) -> BTreeSet<String> {
    let items = document["paths"].as_object().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let ids = operations.filter_map(|(_, operation)| operation["operationId"].as_str());
    ids.map(str::to_owned).collect()
}

/// The names of random subsets are those of the whole.
fn check(inputs: &Inputs, subsets: usize) {
    let whole = names(&pipeline::document(inputs).unwrap_or_else(|error| panic!("{error:#}")));
    let all: Vec<String> = inputs.operations.ids().map(str::to_owned).collect();
    for seed in 0..subsets {
        let mut ids = all.clone();
        fastrand::Rng::with_seed(seed as u64).shuffle(&mut ids);
        ids.truncate(SUBSET);
        let document = pipeline::document(&only(inputs, &ids)).unwrap();
        for (place, name) in names(&document) {
            assert_eq!(whole.get(&place), Some(&name), "{place:?}, with the subset {seed}");
        }
    }
}

/// The inputs with some of their operations.
fn only(inputs: &Inputs, ids: &[String]) -> Inputs {
    let mut less = inputs.clone();
    less.operations =
        xtask::inputs::operations::Operations::of(ids.iter().map(String::as_str)).unwrap();
    let paths = less.descriptions[0].document["paths"].as_object_mut().unwrap();
    paths.retain(|_, item| {
        let item = item.as_object_mut().unwrap();
        item.retain(|_, operation| {
            let id = operation["operationId"].as_str();
            id.is_none_or(|id| ids.iter().any(|kept| kept == id))
        });
        item.values().any(|operation| operation["operationId"].is_string())
    });
    less
}

/// The type of each place in the description; `nullable-user` is the place of `user`.
fn names(document: &Document) -> BTreeMap<(String, Side), String> {
    let generated =
        document.types.iter().filter(|(_, ty)| !matches!(ty.shape, Shape::HandWritten(_)));
    let places = generated.map(|(name, ty)| ((place(&ty.at), ty.side), name.clone()));
    let places: BTreeMap<_, _> = places.collect();
    assert!(!places.is_empty());
    places
}

fn place(at: &Pointer) -> String {
    at.as_str().replace("/schemas/nullable-", "/schemas/")
}

/// 160 operations over 80 components that refer to each other: by inline objects, enums, lists and maps,
/// `nullable-` twins, in requests and in answers.
fn description() -> Value {
    let reference = |name: String| json!({"$ref": format!("#/components/schemas/{name}")});
    let mut schemas = json!({});
    for n in 0..80 {
        let part = json!({
            "type": "object", "required": ["id"],
            "properties": {
                "id": {"type": "integer"},
                "state": {"type": "string", "enum": ["on", "off", format!("s{}", n % 7)]},
                "next": reference(format!("nullable-part-{}", (n * 7 + 1) % 80)),
                "parent": reference(format!("part-{}", (n * 13 + 5) % 80)),
                "owner": {"type": "object", "properties": {
                    "login": {"type": "string"},
                    "kind": {"type": "string", "enum": ["user", "bot"]},
                }},
                "labels": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
                "by_name": {"type": "object", "additionalProperties": {"oneOf": [
                    {"type": "string"}, reference(format!("part-{}", (n + 1) % 80)),
                ]}},
            },
        });
        let mut twin = part.clone();
        twin["nullable"] = true.into();
        schemas[format!("part-{n}")] = part;
        schemas[format!("nullable-part-{n}")] = twin;
    }
    let mut paths = json!({});
    for n in 0..160 {
        let schema = match n % 4 {
            0 => reference(format!("part-{}", n % 80)),
            1 => json!({"type": "object", "properties": {
                "total_count": {"type": "integer"},
                "parts": {"type": "array", "items": reference(format!("part-{}", n % 80))},
            }}),
            2 => json!({"type": "array", "items": {"type": "object", "properties": {
                "state": {"type": "string", "enum": ["a", "b"]},
                "part": reference(format!("nullable-part-{}", n % 80)),
            }}}),
            _ => {
                json!({"oneOf": [reference(format!("part-{}", n % 80)), {"type": "array", "items": {"type": "string"}}]})
            }
        };
        paths[format!("/things-{n}")] = json!({"get": {
            "operationId": format!("things/get-{n}-it"),
            "parameters": [{"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["up", "down"]}}],
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}},
        }});
    }
    json!({
        "openapi": "3.0.3", "info": {"title": "", "version": "1"},
        "paths": paths, "components": {"schemas": schemas},
    })
}

#[test]
fn an_added_operation_renames_no_type_of_a_crate_of_its_own() {
    let reply = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"200": {"description": "", "content": {"application/json": {"schema": schema}}}})
    };
    let text = json!({"type": "string"});
    let choice = json!({"type": "string", "enum": ["on", "off"]});
    let description = json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": "1"},
        "paths": {
            "/lamps": {"get": {"operationId": "lamps/get", "responses": reply("lamp")}},
            "/states": {"get": {"operationId": "states/get", "responses": reply("lamp-state")}},
        },
        "components": {"schemas": {
            "lamp": {"type": "object", "properties": {"state": choice}},
            "lamp-state": {"type": "object", "properties": {"text": text}},
        }},
    });
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("lamps.json");
    std::fs::write(&spec, description.to_string()).unwrap();
    let types = |globs: &[&str], name: &str| {
        let globs: Vec<_> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        let out = folder.path().join(name);
        xtask::commands::standalone(root(), &spec, &globs, &out, Mode::Write).unwrap();
        std::fs::read_to_string(out.join("src/generated/lamps/types.rs")).unwrap()
    };
    let one = types(&["lamps/*"], "one");
    assert!(one.contains("LampStateField"), "{one}");
    assert_eq!(types(&["*"], "all"), one);
}

#[test]
fn schemas_of_a_crate_of_its_own_whose_names_are_reserved_or_equal_get_longer_names() {
    let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let object = |property: &str| json!({"type": "object", "required": [property], "properties": {property: {"type": "string"}}});
    let content = |name: &str| json!({"content": {"application/json": {"schema": of(name)}}, "required": true});
    let names = ["Body", "Path", "thing.a", "thing-a", "thingA", "Option"];
    let properties: serde_json::Map<_, _> =
        names.iter().map(|name| (name.to_lowercase(), of(name))).collect();
    let mut schemas: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), object("x"))).collect();
    let mut properties = serde_json::Value::Object(properties);
    // Inline schemas of properties that read alike.
    properties["_links"] = object("x");
    properties["links"] = object("x");
    schemas.insert("all".to_owned(), json!({"type": "object", "properties": properties}));
    // Its name is that of the type that is sent for `Item`.
    schemas.insert("Item".to_owned(), object("y"));
    schemas.insert("ItemInput".to_owned(), object("z"));
    let description = json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": "1"},
        "paths": {
            "/all": {"get": {"operationId": "all/get", "responses": {"200": content("all")}}},
            "/item": {"put": {"operationId": "all/put", "requestBody": content("Item"), "responses": {"200": content("ItemInput")}}},
        },
        "components": {"schemas": schemas},
    });
    let source = description.to_string();
    let (mut inputs, _) =
        workspace::inputs_from(root(), "all", source.as_bytes(), |_, _| true).unwrap();
    inputs.naming = Naming::Qualify(BTreeSet::new());
    let document = pipeline::document(&inputs).unwrap();
    let found: Vec<_> = document.types.keys().map(String::as_str).collect();
    let expected = [
        "All",
        "AllLinks",
        "AllLinks2",
        "BodySchema",
        "ItemInput",
        "ItemInput2",
        "OptionSchema",
        "PathSchema",
        "ThingA",
        "ThingA2",
        "ThingA3",
    ];
    assert_eq!(found, expected);
}
