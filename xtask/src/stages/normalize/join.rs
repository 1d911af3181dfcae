//! Joins two schemas that have the same name in the overlay.

use serde_json::{Value, json};

use crate::openapi::enums::{BY_VALUE, joined_enum};

/// The schema that fits both: the values and properties of both, required if both require it. `None` if
/// they have different shapes.
pub(super) fn joined(known: &Value, read: &Value) -> Option<Value> {
    let (has_values, has_properties) = (known["enum"].is_array(), known["properties"].is_object());
    match known["type"].as_str() {
        _ if known["type"] != read["type"] => None,
        Some("string") if has_values && read["enum"].is_array() => Some(joined_enum(known, read)),
        _ if shape(known) == shape(read) => Some(widened(known, read)),
        Some("object") if has_properties => properties(known, read),
        Some("integer") => {
            let mut joined = widened(known, read);
            joined["format"] = "int64".into();
            Some(joined)
        }
        _ => None,
    }
}

fn properties(known: &Value, read: &Value) -> Option<Value> {
    let mut joined = known.clone();
    let properties = joined["properties"].as_object_mut()?;
    for (key, property) in read["properties"].as_object()? {
        match properties.get_mut(key) {
            Some(same) if shape(same) == shape(property) => *same = widened(same, property),
            Some(_) => return None,
            None => drop(properties.insert(key.clone(), property.clone())),
        }
    }
    let required = |schema: &Value| schema["required"].as_array().cloned().unwrap_or_default();
    let both = required(known).into_iter().filter(|key| required(read).contains(key));
    joined["required"] = json!(both.collect::<Vec<_>>());
    Some(joined)
}

/// A schema with the wider of its bounds and those of another schema of the same shape. A bound that one of them lacks is
/// removed.
fn widened(known: &Value, read: &Value) -> Value {
    match (known, read) {
        (Value::Object(known), Value::Object(read)) => {
            let widen = |(key, value): (&String, &Value)| {
                let other = read.get(key);
                let value = match (key.as_str(), value.as_i64()) {
                    ("x-minimum", Some(bound)) => bound.min(other?.as_i64()?).into(),
                    ("x-maximum", Some(bound)) => bound.max(other?.as_i64()?).into(),
                    _ => other.map_or_else(|| value.clone(), |other| widened(value, other)),
                };
                Some((key.clone(), value))
            };
            known.iter().filter_map(widen).collect()
        }
        (Value::Array(known), Value::Array(read)) if known.len() == read.len() => {
            known.iter().zip(read).map(|(known, read)| widened(known, read)).collect()
        }
        _ => known.clone(),
    }
}

/// The schema without documentation, places and bounds, for comparing shapes.
fn shape(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| match key.as_str() {
                // If a property has this name, its value is a schema.
                "description" => !value.is_string(),
                "x-available" => !value.is_array(),
                "x-minimum" | "x-maximum" => !value.is_number(),
                "x-origin" | "externalDocs" => false,
                key if BY_VALUE.contains(&key) => false,
                _ => true,
            });
            kept.map(|(key, value)| (key.clone(), shape(value))).collect()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(bounds: &[(&str, i64)]) -> Value {
        let mut integer = json!({"type": "integer"});
        bounds.iter().for_each(|(key, bound)| integer[*key] = (*bound).into());
        integer
    }

    #[test]
    fn integers_that_differ_only_in_their_bounds_are_joined_with_the_wider_ones() {
        let known = bounded(&[("x-minimum", 1), ("x-maximum", 9)]);
        let read = bounded(&[("x-minimum", 0), ("x-maximum", 5)]);
        let wider = bounded(&[("x-minimum", 0), ("x-maximum", 9)]);
        let list = |items: &Value| json!({"type": "array", "items": items});
        let object =
            |ty: &Value| json!({"type": "object", "properties": {"x-minimum": ty, "b": list(ty)}});
        for (one, other) in [(&known, &read), (&read, &known)] {
            assert_eq!(joined(one, other), Some(wider.clone()));
            assert_eq!(joined(&list(one), &list(other)), Some(list(&wider)));
            assert_eq!(joined(&object(one), &object(other)), Some(object(&wider)));
        }
        let none = bounded(&[]);
        for (one, other) in [(&known, &none), (&none, &known)] {
            assert_eq!(joined(&list(one), &list(other)), Some(list(&none)));
        }
        let mut more = object(&read);
        more["properties"]["c"] = none.clone();
        let joined = joined(&object(&known), &more).unwrap();
        assert_eq!(joined["properties"]["b"], list(&wider));
        assert_eq!(joined["properties"]["c"], none);
    }
}
