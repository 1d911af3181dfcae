//! `spec/cut_down`: operations of the official descriptions, chosen so that each kind of what occurs in the whole
//! descriptions occurs.
//!
//! `OPENAPI_DESCRIPTIONS=DIR EXPECTORATE=overwrite cargo test -p tests cut_down` regenerates them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use expectorate::assert_contents;
use serde_json::Value;
use xtask::pipeline::{self, Inputs, Naming};
use xtask::workspace;

use super::{VARIABLE, compiles, descriptions, kinds};
use crate::support::{files, root};

/// The list of the kinds that occur in the checked-in descriptions, each with the number of its operations.
const KINDS: &str = "tests/goldens/kinds.txt";

/// The kinds of each operation, by id.
type Kinds = BTreeMap<String, BTreeSet<String>>;

#[test]
fn operations_of_every_kind_that_github_has_compile_without_a_warning() {
    let checked_in = files("spec/cut_down");
    assert!(!checked_in.is_empty());
    for description in checked_in {
        compiles("cut_down", &description);
    }
}

#[test]
fn the_cut_down_descriptions_have_each_kind_on_the_list() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for description in files("spec/cut_down") {
        let all = kinds_of(&fs::read(&description).unwrap(), &stem(&description));
        for kind in all.into_values().flatten() {
            *counts.entry(kind).or_default() += 1;
        }
    }
    let list: String = counts.iter().map(|(kind, count)| format!("{count} {kind}\n")).collect();
    assert_contents(root().join(KINDS), &list);
}

#[test]
fn the_cut_down_descriptions_have_each_kind_of_the_whole_ones() {
    let mut covered = BTreeSet::new();
    let whole = descriptions();
    for description in &whole {
        let source = fs::read(description).unwrap();
        let server = stem(description);
        let chosen = choose(&source, kinds_of(&source, &server), &mut covered);
        let inputs = inputs(&source, &server, |id| chosen.contains(id));
        let [trimmed] = inputs.descriptions.as_slice() else { panic!("one description") };
        let mut facts = without_examples(&trimmed.document, false);
        facts.as_object_mut().unwrap().remove("x-source");
        assert_contents(root().join(format!("spec/cut_down/{server}.json")), &print(&facts));
    }
    let servers: BTreeSet<_> = whole.iter().map(|file| stem(file)).collect();
    let checked_in: BTreeSet<_> = files("spec/cut_down").iter().map(|file| stem(file)).collect();
    assert!(
        whole.is_empty() || servers == checked_in,
        "{VARIABLE}: {servers:?} instead of {checked_in:?}"
    );
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn inputs(source: &[u8], server: &str, keep: impl Fn(&str) -> bool) -> Inputs {
    let (mut inputs, _) = workspace::inputs_from(root(), server, source, |_, id| keep(id)).unwrap();
    inputs.operations = inputs.operations.by_prefix().unwrap();
    let all: Value = serde_json::from_slice(source).unwrap();
    let schemas = all["components"]["schemas"].as_object().into_iter().flatten();
    inputs.naming = Naming::Qualify(schemas.map(|(name, _)| name.clone()).collect());
    inputs
}

/// The kinds of all operations of a description.
fn kinds_of(source: &[u8], server: &str) -> Kinds {
    let inputs = inputs(source, server, |_| true);
    let document = pipeline::document(&inputs).unwrap();
    let raw = &inputs.descriptions[0].document;
    let by_id = operations(raw);
    let all = document.operations.iter().map(|operation| {
        let mut kinds = kinds::of_operation(&document, operation);
        kinds.extend(kinds::of_schemas(raw, by_id[operation.id.as_str()]));
        (operation.id.clone(), kinds)
    });
    all.collect()
}

/// The operations of a description, by id.
pub(super) fn operations(description: &Value) -> BTreeMap<&str, &Value> {
    let items = description["paths"].as_object().into_iter().flatten();
    let all = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    all.filter_map(|(_, operation)| Some((operation.get("operationId")?.as_str()?, operation)))
        .collect()
}

/// Operations that have each kind which is not covered yet: again and again the one with the most new kinds for its
/// size.
fn choose(source: &[u8], kinds: Kinds, covered: &mut BTreeSet<String>) -> BTreeSet<String> {
    let description: Value = serde_json::from_slice(source).unwrap();
    let parts: BTreeMap<_, _> = operations(&description)
        .into_iter()
        .map(|(id, one)| (id, parts(&description, one)))
        .collect();
    let (mut chosen, mut present) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let best = kinds.iter().filter_map(|(id, kinds)| {
            let new = kinds.difference(covered).count();
            let parts = parts.get(id.as_str())?.iter();
            let size: usize =
                parts.filter(|(part, _)| !present.contains(*part)).map(|(_, size)| size).sum();
            (new > 0).then_some((new * 1_000_000 / (size + 500), id))
        });
        let Some((_, id)) = best.max_by_key(|(gain, id)| (*gain, std::cmp::Reverse(*id))) else {
            return chosen;
        };
        covered.extend(kinds[id].iter().cloned());
        present.extend(parts[id.as_str()].keys().copied());
        chosen.insert(id.clone());
    }
}

/// The components that an operation needs and the operation itself, with their sizes.
fn parts<'d>(description: &'d Value, operation: &'d Value) -> BTreeMap<&'d str, usize> {
    let id = operation["operationId"].as_str().unwrap();
    let mut parts = BTreeMap::new();
    let mut queue = vec![(id, operation)];
    while let Some((name, value)) = queue.pop() {
        if parts.contains_key(name) {
            continue;
        }
        parts.insert(name, value.to_string().len());
        let mut inside = vec![value];
        while let Some(value) = inside.pop() {
            if let Some(target) = value.get("$ref").and_then(Value::as_str)
                && let Some(found) = description.pointer(target.trim_start_matches('#'))
            {
                queue.push((target, found));
            }
            match value {
                Value::Object(object) => inside.extend(
                    object.iter().filter(|(key, _)| !is_example(key)).map(|(_, value)| value),
                ),
                Value::Array(items) => inside.extend(items),
                _ => {}
            }
        }
    }
    parts
}

/// The value without examples, which are texts and data of the publisher. `are_names`: its keys are names.
fn without_examples(value: &Value, are_names: bool) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| are_names || !is_example(key));
            let kept = kept.map(|(key, value)| {
                let are_names = !are_names && ["properties", "schemas"].contains(&key.as_str());
                (key.clone(), without_examples(value, are_names))
            });
            let sorted: BTreeMap<_, _> = kept.collect();
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(|item| without_examples(item, false)).collect(),
        scalar => scalar.clone(),
    }
}

fn is_example(key: &str) -> bool {
    ["example", "examples"].contains(&key)
}

/// The description with one line for each path and each component.
fn print(description: &Value) -> String {
    let levels = |key: &str| match key {
        "paths" => 1,
        "components" => 2,
        _ => 0,
    };
    lines(description, &levels) + "\n"
}

/// An object with a line for each key: `levels` is the number of levels of the value that have lines of their own.
fn lines(value: &Value, levels: &dyn Fn(&str) -> usize) -> String {
    let entries = value.as_object().into_iter().flatten().map(|(key, value)| {
        let text = match levels(key) {
            0 => value.to_string(),
            more => lines(value, &|_| more - 1),
        };
        format!("{}: {text}", Value::from(key.as_str()))
    });
    format!("{{\n{}\n}}", entries.collect::<Vec<_>>().join(",\n"))
}
