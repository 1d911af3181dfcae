//! Selecting places of a document with a JSONPath, and changing them.

use anyhow::{Context as _, Result, anyhow, bail};
use jsonpath_rust::JsonPath as _;
use serde_json::{Map, Value};

use crate::openapi::json::Pointer;
use crate::untrusted::one_line;

/// The places that a JSONPath selects.
pub(super) fn select(document: &Value, path: &str) -> Result<Vec<Pointer>> {
    let paths = document.query_only_path(path).map_err(|error| {
        // The message has several lines, and shows the path with its unprintable characters.
        let error = error.to_string();
        let column = error.lines().find_map(|line| line.split_once("--> 1:"));
        let column = column.map(|(_, column)| format!(" at column {column}")).unwrap_or_default();
        let reason = error.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
        anyhow!("`{}` is not a valid JSONPath: {}{column}", one_line(path), one_line(reason))
    })?;
    paths.iter().map(|normalized| pointer(normalized)).collect()
}

/// The pointer for a normalized path of RFC 9535 (`$['a'][0]`).
fn pointer(normalized: &str) -> Result<Pointer> {
    let mut at = Pointer::root();
    let mut rest = normalized.strip_prefix('$').unwrap_or(normalized);
    while !rest.is_empty() {
        let step;
        if let Some(quoted) = rest.strip_prefix("['") {
            (step, rest) =
                quoted.split_once("']").with_context(|| format!("cannot read `{normalized}`"))?;
        } else {
            let index = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            (step, rest) = index.with_context(|| format!("cannot read `{normalized}`"))?;
        }
        at = at.child(step.replace("\\'", "'").replace("\\\\", "\\"));
    }
    Ok(at)
}

/// A sort key that compares indexes as numbers: 10 comes after 9.
pub(super) fn steps(at: &Pointer) -> Vec<(usize, String)> {
    at.as_str().split('/').map(|step| (step.parse().unwrap_or(0), step.to_owned())).collect()
}

pub(super) fn remove(document: &mut Value, at: &Pointer) -> bool {
    let Some((parent, key)) = at.parent() else {
        return false;
    };
    match document.pointer_mut(parent.as_str()) {
        Some(Value::Object(map)) => map.remove(&key).is_some(),
        Some(Value::Array(items)) => match key.parse() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// A scalar that the update would append to a list that already has it.
pub(super) fn repeated(found: &Value, update: &Value) -> Option<Value> {
    match (found, update) {
        (Value::Object(found), Value::Object(update)) => {
            update.iter().find_map(|(key, update)| repeated(found.get(key)?, update))
        }
        (Value::Array(found), Value::Array(update)) => {
            let is_scalar = |value: &&Value| !value.is_object() && !value.is_array();
            update.iter().filter(is_scalar).find(|value| found.contains(value)).cloned()
        }
        _ => None,
    }
}

/// Merges objects, appends to arrays, and replaces all other values.
pub(super) fn merge(found: &mut Value, update: &Value) -> Result<()> {
    match (found, update) {
        (Value::Object(found), Value::Object(update)) => merge_objects(found, update)?,
        (Value::Array(found), Value::Array(update)) => found.extend(update.iter().cloned()),
        (Value::Array(found), update) => found.push(update.clone()),
        (Value::Object(_), _) => bail!("the target is an object, but the update is not"),
        (_, Value::Object(_) | Value::Array(_)) => {
            bail!("the target is a scalar, but the update is an object or an array")
        }
        (found, update) => *found = update.clone(),
    }
    Ok(())
}

fn merge_objects(found: &mut Map<String, Value>, update: &Map<String, Value>) -> Result<()> {
    for (key, value) in update {
        match found.get_mut(key) {
            Some(present) => merge(present, value).with_context(|| format!("in `{key}`"))?,
            None => drop(found.insert(key.clone(), value.clone())),
        }
    }
    Ok(())
}
