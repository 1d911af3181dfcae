//! A response never breaks for what a server added, left out or emptied: every such change, at every
//! place of every answer that we have.

use serde_json::Value;

use crate::sdk::round_trip::{Answer, Sort, document, examples, fixtures, recorded, round_trip};

/// A change that a server may make without asking.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// Another word, where a list of words is known.
    Word,
    /// Left out, where it may be missing.
    Drop,
    /// Null, where it may be null.
    Null,
    /// A property that is in no description.
    Add,
}

/// An answer is changed at no more than this many places in turn; the places of a longer one are
/// changed several at once.
const ROUNDS: usize = 150;

#[test]
fn the_documented_answers_and_our_own_fixtures() {
    let answers: Vec<_> = ["documented", "own"]
        .iter()
        .flat_map(|folder| fixtures(&format!("tests/fixtures/{folder}")))
        .collect();
    all_survive(&answers);
}

#[test]
fn the_examples_of_all_servers() {
    all_survive(&examples());
}

#[test]
fn the_recorded_answers_where_there_is_a_corpus() {
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
    for Answer { sort, name, text } in answers {
        let answer: Value = serde_json::from_str(text).unwrap();
        let places = places(*sort, &answer, &document);
        let rounds = places.len().clamp(1, ROUNDS);
        for round in 0..rounds {
            let mut changed = answer.clone();
            // Back to front: what is changed later does not lie in what was dropped.
            for (at, change) in places.iter().skip(round).step_by(rounds).rev() {
                apply(&mut changed, at, *change, &mut random);
                made[*change as usize] += 1;
            }
            if let Err(error) = round_trip(*sort, &changed.to_string(), &document) {
                let places: Vec<_> = places.iter().skip(round).step_by(rounds).collect();
                panic!("{name}: {error}, with {places:?}");
            }
        }
    }
    assert!(made.iter().all(|count| *count > 100), "too few changes were made: {made:?}");
}

/// Every place of an answer with what may happen to it, outer places first.
fn places(sort: Sort, answer: &Value, document: &Value) -> Vec<(String, Change)> {
    let mut places = Vec::new();
    let schema = &document["components"]["schemas"][sort.schema()];
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
    if schema["nullable"] == true {
        places.push((at.clone(), Change::Null));
    }
    let reference = schema["allOf"][0]["$ref"].as_str().or(schema["$ref"].as_str());
    let schema = reference.map_or(schema, |text| document.pointer(&text[1..]).unwrap());
    if schema["enum"].is_array() {
        places.push((at.clone(), Change::Word));
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
            // What may be null may be missing, too.
            if property["nullable"] == true || !required.iter().any(|name| name == key.as_str()) {
                places.push((at.clone(), Change::Drop));
            }
            find(at, value, property, document, places);
        }
    }
}

fn apply(answer: &mut Value, at: &str, change: Change, random: &mut fastrand::Rng) {
    let word: String = (0..random.usize(0..12)).map(|_| random.char('!'..='\u{2ff}')).collect();
    match change {
        Change::Drop => {
            let (parent, key) = at.rsplit_once('/').unwrap();
            answer.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        }
        Change::Word => *answer.pointer_mut(at).unwrap() = word.into(),
        Change::Null => *answer.pointer_mut(at).unwrap() = Value::Null,
        Change::Add => {
            let value = [Value::Null, word.clone().into(), serde_json::json!({"a": [1, {}]})];
            let object = answer.pointer_mut(at).unwrap();
            object[format!("unknown {word}")] = value[random.usize(0..3)].clone();
        }
    }
}
