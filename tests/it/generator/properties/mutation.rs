//! Random edits of a JSON document.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// Keys and texts that mean something in a description or an overlay.
const WORDS: [&str; 56] = [
    "$ref",
    "#/components/schemas/thing",
    "#/components/schemas/part",
    "#/components/schemas/missing",
    "#/paths",
    "openapi",
    "info",
    "version",
    "servers",
    "url",
    "paths",
    "/things/{id}",
    "get",
    "post",
    "operationId",
    "things/get",
    "parameters",
    "name",
    "in",
    "query",
    "path",
    "header",
    "required",
    "schema",
    "schemas",
    "components",
    "responses",
    "200",
    "302",
    "default",
    "content",
    "application/json",
    "headers",
    "type",
    "object",
    "array",
    "string",
    "integer",
    "nullable",
    "properties",
    "items",
    "additionalProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "enum",
    "discriminator",
    "format",
    "date-time",
    "minimum",
    "target",
    "update",
    "x-rust",
    "$.paths",
    "externalDocs",
];

/// An edit. An index selects a place among all places of the document.
#[derive(Clone, Debug)]
pub enum Mutation {
    Remove(Index),
    Replace(Index, Value),
    /// Copies a part over another, also into itself.
    Splice(Index, Index),
    Swap(Index, Index),
    Rename(Index, String),
    /// Adds a member to an object, or an item to a list.
    Add(Index, String, Value),
    /// Repeats an item of a list.
    Repeat(Index),
    Wrap(Index, bool),
}

pub fn text() -> BoxedStrategy<String> {
    let words = select(&WORDS[..]).prop_map(str::to_owned);
    prop_oneof![8 => words, 1 => any::<String>(), 1 => Just(String::new())].boxed()
}

/// Any JSON value.
pub fn json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        Just(json!({})),
        Just(json!([])),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
    .boxed()
}

pub fn mutations(most: usize) -> BoxedStrategy<Vec<Mutation>> {
    let at = any::<Index>;
    let one = prop_oneof![
        at().prop_map(Mutation::Remove),
        (at(), json()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        (at(), at()).prop_map(|(from, to)| Mutation::Splice(from, to)),
        (at(), at()).prop_map(|(a, b)| Mutation::Swap(a, b)),
        (at(), text()).prop_map(|(at, name)| Mutation::Rename(at, name)),
        (at(), text(), json()).prop_map(|(at, key, value)| Mutation::Add(at, key, value)),
        at().prop_map(Mutation::Repeat),
        (at(), any::<bool>()).prop_map(|(at, as_list)| Mutation::Wrap(at, as_list)),
    ];
    prop::collection::vec(one, 0..most).boxed()
}

/// The document with the edits, one after the other. Stops when the document is large.
pub fn mutated(document: &Value, mutations: &[Mutation]) -> Value {
    let mut document = document.clone();
    for mutation in mutations {
        let places = places(&document);
        if places.len() > 5000 {
            break;
        }
        mutate(&mut document, mutation, &places);
    }
    document
}

fn mutate(document: &mut Value, mutation: &Mutation, places: &[String]) {
    let place = |at: &Index| places[at.index(places.len())].as_str();
    match mutation {
        Mutation::Remove(at) => with_parent(document, place(at), |parent, key| match parent {
            Value::Object(map) => drop(map.remove(key)),
            Value::Array(items) => drop(items.remove(key.parse().unwrap())),
            _ => {}
        }),
        Mutation::Replace(at, value) => set(document, place(at), value.clone()),
        Mutation::Splice(from, to) => {
            let part = document.pointer(place(from)).unwrap().clone();
            set(document, place(to), part);
        }
        Mutation::Swap(a, b) => {
            let (a, b) = (place(a), place(b));
            let parts = [a, b].map(|at| document.pointer(at).unwrap().clone());
            let [of_a, of_b] = parts;
            set(document, a, of_b);
            set(document, b, of_a);
        }
        Mutation::Rename(at, name) => with_parent(document, place(at), |parent, key| {
            if let Value::Object(map) = parent
                && let Some(value) = map.remove(key)
            {
                map.insert(name.clone(), value);
            }
        }),
        Mutation::Add(at, key, value) => match document.pointer_mut(place(at)) {
            Some(Value::Object(map)) => drop(map.insert(key.clone(), value.clone())),
            Some(Value::Array(items)) => items.push(value.clone()),
            _ => {}
        },
        Mutation::Repeat(at) => with_parent(document, place(at), |parent, key| {
            if let Value::Array(items) = parent {
                items.push(items[key.parse::<usize>().unwrap()].clone());
            }
        }),
        Mutation::Wrap(at, as_list) => {
            let part = document.pointer(place(at)).unwrap().clone();
            let wrapped = if *as_list { json!([part]) } else { json!({"allOf": [part]}) };
            set(document, place(at), wrapped);
        }
    }
}

fn set(document: &mut Value, at: &str, value: Value) {
    // Another edit may have removed it.
    if let Some(place) = document.pointer_mut(at) {
        *place = value;
    }
}

fn with_parent(document: &mut Value, at: &str, edit: impl FnOnce(&mut Value, &str)) {
    if let Some((parent, key)) = at.rsplit_once('/')
        && let Some(parent) = document.pointer_mut(parent)
    {
        edit(parent, &key.replace("~1", "/").replace("~0", "~"));
    }
}

/// The pointers of all places, with the whole document first.
fn places(document: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let mut next = 0;
    while let Some(at) = places.get(next).cloned() {
        match document.pointer(&at) {
            Some(Value::Object(map)) => {
                let key = |key: &String| key.replace('~', "~0").replace('/', "~1");
                places.extend(map.keys().map(|it| format!("{at}/{}", key(it))));
            }
            Some(Value::Array(items)) => {
                places.extend((0..items.len()).map(|index| format!("{at}/{index}")));
            }
            _ => {}
        }
        next += 1;
    }
    places
}
