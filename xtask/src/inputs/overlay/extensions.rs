//! The `x-` keys that an update may have: a misspelt one would be without effect.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::openapi::json::Pointer;
use crate::openapi::reference::did_you_mean;

const KNOWN: [&str; 5] =
    ["x-enum-deprecated", "x-enum-descriptions", "x-order", "x-replacement", "x-rust"];
const OF_X_RUST: [&str; 4] = ["description", "field", "name", "type"];

/// The keys whose value is a map from names, which may begin with `x-`.
const MAPS: [&str; 7] =
    ["headers", "parameters", "paths", "properties", "responses", "schemas", "variables"];
/// The keys whose value is data.
const DATA: [&str; 6] =
    ["default", "enum", "example", "examples", "x-enum-deprecated", "x-enum-descriptions"];

/// Refuses unknown `x-` keys anywhere in an update of the places that `target` selects.
///
/// # Errors
///
/// The place in the action, and a key that is near.
pub(super) fn check(update: &Value, target: &str) -> Result<()> {
    let last = target.trim_end_matches("']").rsplit(['.', '\'']).next().unwrap_or_default();
    check_at(update, &Pointer::root().child("update"), MAPS.contains(&last))
}

fn check_at(value: &Value, at: &Pointer, is_map: bool) -> Result<()> {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !is_map && key.starts_with("x-") {
                    known(key, &KNOWN, at)?;
                }
                if key == "x-rust" && !is_map {
                    let keys = value.as_object().into_iter().flatten();
                    let at = at.child(key);
                    keys.map(|(key, _)| key).try_for_each(|key| known(key, &OF_X_RUST, &at))?;
                } else if is_map || !DATA.contains(&key.as_str()) {
                    check_at(value, &at.child(key), !is_map && MAPS.contains(&key.as_str()))?;
                }
            }
            Ok(())
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| check_at(item, &at.child(index), false)),
        _ => Ok(()),
    }
}

fn known(key: &str, known: &[&str], at: &Pointer) -> Result<()> {
    if !known.contains(&key) {
        let near = did_you_mean(key, known.iter().copied());
        bail!("{at}: the key `{key}` is unknown{near}; use {}", known.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_keys_are_refused_and_names_are_not_keys() {
        let refused = |update: Value| check(&update, "$.a").map_err(|error| error.to_string());
        assert_eq!(
            refused(json!({"properties": {"a": {"x-rst": {}}}})),
            Err("#/update/properties/a: the key `x-rst` is unknown; did you mean `x-rust`?; use x-enum-deprecated, x-enum-descriptions, x-order, x-replacement, x-rust".to_owned())
        );
        assert_eq!(
            refused(json!({"x-rust": {"nam": "A"}})),
            Err("#/update/x-rust: the key `nam` is unknown; did you mean `name`?; use description, field, name, type".to_owned())
        );
        assert_eq!(
            refused(json!({"properties": {"x-a": {"x-order": []}}, "example": {"x-a": 1}})),
            Ok(())
        );
        assert_eq!(check(&json!({"x-a": {}}), "$.components.schemas.a.properties").ok(), Some(()));
        assert_eq!(check(&json!({"x-a": {}}), "$['properties']").ok(), Some(()));
        assert!(check(&json!({"x-a": {}}), "$.properties.a").is_err());
    }
}
