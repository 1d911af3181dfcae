//! Random documents of the schema of each server version decode, and the encoded documents are valid
//! under the same schema. An independent validator checks both.

use std::path::Path;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::sdk::round_trip::{Kind, document, round_trip};
use crate::support::{files, read};

/// The number of documents per file. Servers with equal schemas share a file.
const DOCUMENTS: usize = 600;

#[test]
fn a_document_of_any_server_version_survives_a_round_trip_and_stays_valid() {
    let sdk = document();
    let mut servers = 0;
    for path in files("spec/trimmed") {
        let description: Value = serde_json::from_str(&read(&path)).unwrap();
        let answers = answers(&description);
        assert!((6..=8).contains(&answers.len()), "{}", path.display());
        servers += description["x-servers"].as_object().unwrap().len();
        let mut random = Rng::with_seed(seed(&path));
        for number in 0..DOCUMENTS {
            let (kind, schema, validator) = &answers[number % answers.len()];
            let value = make(schema, &description, &mut random);
            let place = format!("document {number} of {}", path.display());
            if let Err(error) = validator.validate(&value) {
                panic!(
                    "{place}: is not valid under its own schema: {error} at {}",
                    error.instance_path()
                );
            }
            let encoded = round_trip(*kind, &value.to_string(), &sdk);
            let mut encoded = encoded.unwrap_or_else(|error| panic!("{place}: {error}: {value:#}"));
            without_added_nulls(&mut encoded, &value);
            if let Err(error) = validator.validate(&encoded) {
                panic!("{place}: {error} at {}: {encoded:#}", error.instance_path());
            }
        }
    }
    assert!(servers >= 18, "{servers}");
}

/// Removes the nulls for properties that were missing: a missing property equals null, but on some servers it may only
/// be missing.
fn without_added_nulls(encoded: &mut Value, original: &Value) {
    match encoded {
        Value::Object(map) => {
            map.retain(|key, value| !value.is_null() || original.get(key).is_some());
            map.iter_mut().for_each(|(key, value)| without_added_nulls(value, &original[key]));
        }
        Value::Array(items) => {
            let items = items.iter_mut().enumerate();
            items.for_each(|(index, item)| without_added_nulls(item, &original[index]));
        }
        _ => {}
    }
}

#[test]
fn the_validator_refuses_invalid_documents() {
    let description: Value = serde_json::from_str(&read("spec/trimmed/ghes-3.8.json")).unwrap();
    let answers = answers(&description);
    let (_, schema, validator) = answers.iter().find(|(kind, ..)| *kind == Kind::Job).unwrap();
    let job = make(schema, &description, &mut Rng::with_seed(1));
    assert!(validator.is_valid(&job));
    for (key, wrong) in [
        ("head_branch", json!(1)),
        ("run_id", Value::Null),
        ("status", json!("requested")),
        ("started_at", json!("yesterday")),
        ("steps", json!([{}])),
    ] {
        let mut job = job.clone();
        job[key] = wrong;
        assert!(!validator.is_valid(&job), "{key}");
    }
    let mut job = job;
    job.as_object_mut().unwrap().remove("labels");
    assert!(!validator.is_valid(&job), "labels");
}

/// One seed per file, so that a failure can be repeated.
fn seed(path: &Path) -> u64 {
    let name = path.file_stem().unwrap().to_str().unwrap();
    name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()))
}

/// The JSON answers of a description: the type in the SDK, the schema, and the validator.
fn answers(description: &Value) -> Vec<(Kind, Value, jsonschema::Validator)> {
    let mut answers = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let kind = match path.rsplit('/').next().unwrap() {
            "{job_id}" => Kind::Job,
            "jobs" => Kind::Page,
            "{run_id}" | "{attempt_number}" => Kind::Run,
            "runs" => Kind::RunPage,
            "artifacts" => Kind::ArtifactPage,
            _ => continue,
        };
        let mut whole = as_json_schema(schema);
        whole["components"] = as_json_schema(&description["components"]);
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
        answers.push((kind, schema.clone(), validator));
    }
    answers
}

/// OpenAPI 3.0 has `nullable`; JSON Schema lists `null` among the types and the enum values. A reference that is
/// nullable is an alternative.
pub fn as_json_schema(schema: &Value) -> Value {
    if schema["nullable"] == true && schema["type"].is_null() {
        let mut whole = schema.clone();
        whole["nullable"].take();
        return json!({"anyOf": [as_json_schema(&whole), {"type": "null"}]});
    }
    as_json_schema_of_type(schema)
}

fn as_json_schema_of_type(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let mut converted: Map<_, _> =
                map.iter().map(|(key, value)| (key.clone(), as_json_schema(value))).collect();
            if schema["nullable"] == true {
                converted.insert("type".to_owned(), json!([schema["type"], "null"]));
                if let Some(values) = converted.get_mut("enum").and_then(Value::as_array_mut) {
                    values.push(Value::Null);
                }
            }
            // Annotations, unless a property has such a name.
            for key in ["example", "examples", "nullable"] {
                if !map.get(key).is_some_and(|value| value["type"].is_string()) {
                    converted.remove(key);
                }
            }
            Value::Object(converted)
        }
        Value::Array(items) => items.iter().map(as_json_schema).collect(),
        scalar => scalar.clone(),
    }
}

/// A random value that is valid under a schema.
fn make(schema: &Value, description: &Value, random: &mut Rng) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return make(description.pointer(&reference[1..]).unwrap(), description, random);
    }
    if schema["nullable"] == true && random.u8(0..4) == 0 {
        return Value::Null;
    }
    if let Some(values) = schema["enum"].as_array() {
        return random.choice(values).unwrap().clone();
    }
    match schema["type"].as_str().unwrap() {
        "string" if schema["format"] == "date-time" => time(random).into(),
        "string" if schema["format"] == "email" => json!("octo-cat@example.com"),
        "string" if schema["format"] == "uri" => json!("https://example.com/a?b=c"),
        "string" => text(random).into(),
        "integer" => {
            let bits = random.u32(0..64);
            (random.i64(..) >> bits).into()
        }
        "boolean" => random.bool().into(),
        "array" => {
            (0..random.usize(0..4)).map(|_| make(&schema["items"], description, random)).collect()
        }
        "object" if schema["properties"].is_null() => json!({text(random): text(random)}),
        "object" => object(schema, description, random),
        other => panic!("unknown type `{other}`"),
    }
}

fn object(schema: &Value, description: &Value, random: &mut Rng) -> Value {
    let properties = schema["properties"].as_object().unwrap();
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    let mut object = Map::new();
    for (key, property) in properties {
        if required.iter().any(|name| *name == key.as_str()) || random.bool() {
            object.insert(key.clone(), make(property, description, random));
        }
    }
    // Some descriptions require a property that they do not define. Servers of these versions send text, or null where
    // other versions declare it.
    for name in required.iter().filter_map(|name| name.as_str()) {
        if !properties.contains_key(name) {
            let is_null = ["head_branch", "workflow_name"].contains(&name) && random.bool();
            let value = if is_null { Value::Null } else { text(random).into() };
            object.insert(name.to_owned(), value);
        }
    }
    if random.u8(0..4) == 0 {
        object.insert(format!("unknown {}", text(random)), json!([{"a": null}]));
    }
    Value::Object(object)
}

fn text(random: &mut Rng) -> String {
    (0..random.usize(0..12)).map(|_| random.char(..)).collect()
}

/// A time in one of the forms that servers send.
fn time(random: &mut Rng) -> String {
    let mut time = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        random.u32(2019..2031),
        random.u32(1..13),
        random.u32(1..29),
        random.u32(0..24),
        random.u32(0..60),
        random.u32(0..60)
    );
    if random.bool() {
        time += &format!(".{:03}", random.u32(0..1000));
    }
    let sign = if random.bool() { '+' } else { '-' };
    match random.bool() {
        true => time + "Z",
        false => time + &format!("{sign}{:02}:{:02}", random.u32(0..15), 30 * random.u32(0..2)),
    }
}
