//! A server may add a field or an enum value, leave out an optional field, or send null for it or for a list. Every
//! such change is made at every place of every known answer, and every changed answer still decodes.

use serde_json::Value;

use crate::sdk::round_trip::{Answer, Kind, document, examples, fixtures, recorded, round_trip};

/// A change that a server may make without notice.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// An unknown enum value.
    Value,
    /// An optional property is missing.
    Drop,
    /// A nullable value or a list is null.
    Null,
    /// An additional property.
    Add,
}

/// The most rounds for one answer. An answer with more places is changed at several places in one round.
const ROUNDS: usize = 150;

#[test]
fn documented_answers_and_fixtures_survive_every_change() {
    let answers: Vec<_> = ["documented", "own"]
        .iter()
        .flat_map(|folder| fixtures(&format!("tests/fixtures/{folder}")))
        .collect();
    all_survive(&answers);
}

#[test]
fn examples_of_all_servers_survive_every_change() {
    all_survive(&examples());
}

#[test]
fn recorded_answers_survive_every_change() {
    match recorded() {
        Some(answers) => all_survive(&answers),
        None => println!("skipped: WORKFLOW_JOBS_CORPUS is not set"),
    }
}

#[track_caller]
fn all_survive(answers: &[Answer]) {
    let document = document();
    let mut random = fastrand::Rng::with_seed(0);
    let mut made = [0; 4];
    for Answer { kind, name, text } in answers {
        let answer: Value = serde_json::from_str(text).unwrap();
        let places = places(*kind, &answer, &document);
        let rounds = places.len().clamp(1, ROUNDS);
        for round in 0..rounds {
            let mut changed = answer.clone();
            // From the back, so that no place lies in a property that was dropped before.
            for (at, change) in places.iter().skip(round).step_by(rounds).rev() {
                apply(&mut changed, at, *change, &mut random);
                made[*change as usize] += 1;
            }
            if let Err(error) = round_trip(*kind, &changed.to_string(), &document) {
                let places: Vec<_> = places.iter().skip(round).step_by(rounds).collect();
                panic!("{name}: {error}, with {places:?}");
            }
        }
    }
    assert!(made.iter().all(|count| *count > 100), "too few changes were made: {made:?}");
}

/// Every place of an answer with a possible change, outer places first.
fn places(kind: Kind, answer: &Value, document: &Value) -> Vec<(String, Change)> {
    let mut places = Vec::new();
    let schema = &document["components"]["schemas"][kind.schema()];
    find(String::new(), answer, schema, document, &mut places);
    places
}

fn find(
    at: String,
    value: &Value,
    schema: &Value,
    document: &Value,
    places: &mut Vec<(String, Change)>,
) {
    if value.is_null() {
        return;
    }
    if schema["nullable"] == true || schema["type"] == "array" {
        places.push((at.clone(), Change::Null));
    }
    let reference = schema["allOf"][0]["$ref"].as_str().or(schema["$ref"].as_str());
    let schema = reference.map_or(schema, |text| document.pointer(&text[1..]).unwrap());
    if schema["enum"].is_array() {
        places.push((at.clone(), Change::Value));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        find(format!("{at}/{index}"), item, &schema["items"], document, places);
    }
    if let (Some(map), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        places.push((at.clone(), Change::Add));
        for (key, property) in properties {
            let Some(value) = map.get(key) else { continue };
            let at = format!("{at}/{key}");
            let required = schema["required"].as_array().unwrap();
            // A nullable property may also be missing.
            if property["nullable"] == true || !required.iter().any(|name| name == key.as_str()) {
                places.push((at.clone(), Change::Drop));
            }
            find(at, value, property, document, places);
        }
    }
}

fn apply(answer: &mut Value, at: &str, change: Change, random: &mut fastrand::Rng) {
    let text: String = (0..random.usize(0..12)).map(|_| random.char('!'..='\u{2ff}')).collect();
    match change {
        Change::Drop => {
            let (parent, key) = at.rsplit_once('/').unwrap();
            answer.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        }
        Change::Value => *answer.pointer_mut(at).unwrap() = text.into(),
        Change::Null => *answer.pointer_mut(at).unwrap() = Value::Null,
        Change::Add => {
            let value = [Value::Null, text.clone().into(), serde_json::json!({"a": [1, {}]})];
            let object = answer.pointer_mut(at).unwrap();
            object[format!("unknown {text}")] = value[random.usize(0..3)].clone();
        }
    }
}
