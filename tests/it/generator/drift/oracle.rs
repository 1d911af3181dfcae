//! Drift against an oracle: what the generated code and a reader of values say about the same edits.
//!
//! Neither knows anything of drift. The public API is read from the generated files; whether a value
//! can be decoded follows from the document and the rules of the generated code.

mod api;
mod decoding;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::{Value, json};
use xtask::drift::{Kind, between};
use xtask::pipeline;

use self::api::{api, differences};
use self::decoding::decodes_all;
use super::cases::{description, inputs};

/// The items of the findings of kind `api`, as the API names them.
fn told(findings: &[xtask::drift::Finding], old: &BTreeMap<String, String>) -> BTreeSet<String> {
    let api = findings.iter().filter(|finding| finding.kind == Kind::Api);
    let named = api.map(|finding| match finding.item.strip_suffix("::stream") {
        Some(request) if old.contains_key(request) => request.to_owned(),
        _ => finding.item.clone(),
    });
    named.collect()
}

/// The API of the description before the edits.
static WAS: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// What an edit did: whether the API differs, and whether an answer no longer decodes.
#[track_caller]
fn check(name: &str, edit: &dyn Fn(&mut Value)) -> (bool, bool) {
    let (old, mut new) = (description(), description());
    edit(&mut new);
    let server = "api.github.com";
    let (before, after) = (inputs(&[(server, &old)], ""), inputs(&[(server, &new)], ""));
    let section = between("", &before, &after).unwrap();
    let findings = &section.findings;
    let shown = || -> String {
        let line = |one: &xtask::drift::Finding| {
            format!("{} {} {} {}\n", one.level, one.kind, one.item, one.said)
        };
        findings.iter().map(line).collect()
    };
    // What the generator refuses has no API to compare.
    let mut differs = false;
    let generated = pipeline::run(&after);
    if let Ok(output) = &generated {
        let (was, is) = (WAS.get_or_init(|| api(&pipeline::run(&before).unwrap())), api(output));
        let differences = differences(was, &is);
        assert_eq!(told(findings, was), differences, "{name}: {}", shown());
        differs = !differences.is_empty();
    }
    let sdk = pipeline::document(&before).unwrap();
    let requests = ["Client", "ThingsGet", "ThingsList", "ThingsDownload"];
    let fails = findings.iter().any(|finding| {
        let owner = finding.item.split("::").next().unwrap();
        finding.kind == Kind::Decoding && !requests.contains(&owner)
    });
    assert_eq!(!decodes_all(&sdk, &new), fails, "{name}: {}", shown());
    (differs, fails)
}

const THING: &str = "/components/schemas/thing";
const LIST: &str = "/paths/~1things/get";

fn thing(it: &mut Value) -> &mut Value {
    it.pointer_mut(THING).unwrap()
}

fn list(it: &mut Value) -> &mut Value {
    it.pointer_mut(LIST).unwrap()
}

/// A change of a description.
type Edit = Box<dyn Fn(&mut Value)>;

#[test]
fn every_difference_of_the_api_has_a_finding_and_the_other_way_round() {
    let edits: Vec<(&str, Edit)> = vec![
        ("nothing", Box::new(|_| {})),
        (
            "a new field",
            Box::new(|it| thing(it)["properties"]["color"] = json!({"type": "string"})),
        ),
        (
            "a new field with a type",
            Box::new(|it| {
                thing(it)["properties"]["author"] = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}});
            }),
        ),
        (
            "a new enum",
            Box::new(|it| {
                thing(it)["properties"]["color"] = json!({"type": "string", "enum": ["red"]})
            }),
        ),
        (
            "an enum in place of text",
            Box::new(|it| thing(it)["properties"]["name"]["enum"] = json!(["a", "b"])),
        ),
        (
            "text in place of an enum",
            Box::new(|it| {
                drop(thing(it)["properties"]["state"].as_object_mut().unwrap().remove("enum"))
            }),
        ),
        (
            "a new value",
            Box::new(|it| {
                thing(it)["properties"]["state"]["enum"] = json!(["open", "closed", "new"])
            }),
        ),
        (
            "values with one name",
            Box::new(|it| {
                thing(it)["properties"]["state"]["enum"] =
                    json!(["open", "closed", "op-en", "op_en"])
            }),
        ),
        (
            "a new argument",
            Box::new(|it| {
                list(it)["parameters"].as_array_mut().unwrap().push(json!({"name": "owner", "in": "query", "required": true, "schema": {"type": "string"}}))
            }),
        ),
        (
            "a new setter",
            Box::new(|it| {
                list(it)["parameters"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!({"name": "sort", "in": "query", "schema": {"type": "string"}}))
            }),
        ),
        (
            "a setter becomes an argument",
            Box::new(|it| list(it)["parameters"][2]["required"] = true.into()),
        ),
        (
            "a setter of another type",
            Box::new(|it| list(it)["parameters"][2]["schema"] = json!({"type": "boolean"})),
        ),
        (
            "a value to send",
            Box::new(|it| {
                list(it)["parameters"][2]["schema"]["enum"] = json!(["open", "closed", "all"])
            }),
        ),
        ("a bound", Box::new(|it| list(it)["parameters"][1]["schema"]["maximum"] = 50.into())),
        ("no list", Box::new(|it| drop(list(it)["parameters"].as_array_mut().unwrap().remove(0)))),
        (
            "two lists",
            Box::new(|it| {
                let schema =
                    &mut list(it)["responses"]["200"]["content"]["application/json"]["schema"];
                schema["properties"]["others"] =
                    json!({"type": "array", "items": {"type": "integer"}});
            }),
        ),
        (
            "fields with one name",
            Box::new(|it| thing(it)["properties"]["is-open"] = json!({"type": "boolean"})),
        ),
        (
            "a path",
            Box::new(|it| {
                let item =
                    it["paths"].as_object_mut().unwrap().remove("/things/{thing_id}").unwrap();
                it["paths"]["/repos/{owner}/{repo}/things/{thing_id}"] = item;
                let parameters = it
                    .pointer_mut(
                        "/paths/~1repos~1{owner}~1{repo}~1things~1{thing_id}/get/parameters",
                    )
                    .unwrap();
                for name in ["repo", "owner"] {
                    parameters.as_array_mut().unwrap().insert(0, json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
                }
            }),
        ),
        (
            "an operation",
            Box::new(|it| {
                drop(it["paths"].as_object_mut().unwrap().remove("/things/{thing_id}/log"))
            }),
        ),
        (
            "another component",
            Box::new(|it| {
                let text = it.to_string().replace("schemas/thing\"", "schemas/item\"");
                *it = serde_json::from_str(&text).unwrap();
                let schema =
                    it["components"]["schemas"].as_object_mut().unwrap().remove("thing").unwrap();
                it["components"]["schemas"]["item"] = schema;
            }),
        ),
        (
            "a union",
            Box::new(|it| {
                thing(it)["properties"]["note"] =
                    json!({"oneOf": [{"type": "string"}, {"type": "integer"}]})
            }),
        ),
        (
            "itself",
            Box::new(|it| {
                thing(it)["properties"]["parent"] = json!({"$ref": "#/components/schemas/thing"})
            }),
        ),
        (
            "a cycle",
            Box::new(|it| {
                let owner = &mut thing(it)["properties"]["owner"];
                owner["properties"]["thing"] = json!({"$ref": "#/components/schemas/thing"});
            }),
        ),
    ];
    let same = edits.iter().filter(|(name, edit)| !check(name, edit).0);
    let same: Vec<_> = same.map(|(name, _)| *name).collect();
    assert_eq!(same, ["nothing", "a bound"]);
}

/// The properties of the answers that random edits are made to.
const PLACES: [&str; 5] = [
    "/components/schemas/thing",
    "/components/schemas/thing/properties/owner",
    "/components/schemas/thing/properties/parts/items",
    "/components/schemas/thing/properties/labels/items",
    "/paths/~1things/get/responses/200/content/application~1json/schema",
];

/// A random edit of one schema.
fn edit(random: &mut fastrand::Rng, it: &mut Value) -> String {
    let place = PLACES[random.usize(..PLACES.len())];
    let schema = it.pointer_mut(place).unwrap();
    let names: Vec<String> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    let pick = random.usize(..names.len().max(1));
    let Some(name) = names.get(pick).cloned() else {
        schema["nullable"] = random.bool().into();
        return format!("{place} null");
    };
    let property = schema["properties"].get_mut(&name).unwrap();
    let what = random.usize(..7);
    match what {
        0 => property["nullable"] = true.into(),
        1 => drop(property.as_object_mut().unwrap().remove("nullable")),
        2 => {
            let kinds = [
                json!({"type": "string"}),
                json!({"type": "integer"}),
                json!({"type": "number"}),
                json!({"type": "boolean"}),
                json!({"type": "string", "format": "date-time"}),
                json!({"type": "array", "items": {"type": "string"}}),
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
            ];
            *property = kinds[random.usize(..kinds.len())].clone();
        }
        3 => drop(schema["properties"].as_object_mut().unwrap().remove(&name)),
        4 => {
            if let Some(required) = schema["required"].as_array_mut() {
                required.retain(|known| *known != name.as_str());
            }
        }
        5 => {
            let required = schema["required"].as_array_mut().unwrap();
            if !required.iter().any(|known| *known == name.as_str()) {
                required.push(name.as_str().into());
            }
        }
        _ => property["writeOnly"] = true.into(),
    }
    format!("{place}/{name} {what}")
}

#[test]
fn random_edits_are_judged_as_the_generated_code_and_the_values_say() {
    let mut random = fastrand::Rng::with_seed(19);
    let (mut differ, mut fail) = (0, 0);
    for _ in 0..150 {
        let seed = random.u64(..);
        let count = random.usize(1..3);
        let apply = |it: &mut Value| {
            let mut random = fastrand::Rng::with_seed(seed);
            (0..count).for_each(|_| drop(edit(&mut random, it)));
        };
        let mut random = fastrand::Rng::with_seed(seed);
        let mut shown = description();
        let names: Vec<_> = (0..count).map(|_| edit(&mut random, &mut shown)).collect();
        let (differs, fails) = check(&names.join(", "), &apply);
        differ += usize::from(differs);
        fail += usize::from(fails);
    }
    assert!((30..140).contains(&differ) && (30..140).contains(&fail), "{differ}, {fail}");
}
