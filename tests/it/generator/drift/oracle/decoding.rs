//! Which values a schema allows, and whether generated code decodes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use xtask::document::{Answer, Document, Shape, Side, Ty};

/// Whether the generated code decodes a value: a required field must be there, null fits an `Option`
/// alone, a list or map that is missing is empty, enums are open, unknown fields are ignored.
fn decodes(document: &Document, ty: &Ty, value: &Value) -> bool {
    match ty {
        Ty::Bool => value.is_boolean(),
        Ty::Integer { .. } => value.is_i64(),
        Ty::Number => value.is_number(),
        Ty::Text => value.is_string(),
        Ty::Time => value.as_str().is_some_and(|text| text.ends_with('Z')),
        Ty::Json => true,
        Ty::Nullable(inner) => value.is_null() || decodes(document, inner, value),
        Ty::List(inner) => {
            value.as_array().is_some_and(|all| all.iter().all(|one| decodes(document, inner, one)))
        }
        Ty::Map(inner) => value
            .as_object()
            .is_some_and(|all| all.values().all(|one| decodes(document, inner, one))),
        Ty::Named(name) => match &document.types[name].shape {
            Shape::Object { fields, .. } => value.as_object().is_some_and(|object| {
                fields.iter().all(|field| match (object.get(&field.wire), &field.ty) {
                    (None, ty) => !field.required || matches!(ty, Ty::Nullable(_)),
                    (Some(Value::Null), Ty::List(_) | Ty::Map(_)) => false,
                    (Some(Value::Null), _) if !field.required => true,
                    (Some(value), ty) => decodes(document, ty, value),
                })
            }),
            Shape::Enum(values) => match document.types[name].side {
                Side::Received => value.is_string(),
                Side::Sent => values.iter().any(|known| value == known.value.as_str()),
            },
            Shape::Union(variants, _) => {
                variants.iter().any(|variant| decodes(document, &variant.ty, value))
            }
            Shape::Newtype(inner) => decodes(document, inner, value),
            Shape::HandWritten(_) => value.is_string(),
        },
    }
}

/// Values that fit a schema: with all properties, with the required ones alone, with null where it may be.
fn samples(document: &Value, schema: &Value, depth: usize) -> Vec<Value> {
    if let Some(text) = schema["$ref"].as_str() {
        let target = document.pointer(text.trim_start_matches('#')).unwrap();
        return samples(document, target, depth);
    }
    let mut all = match schema["type"].as_str() {
        Some("boolean") => vec![json!(true)],
        Some("integer") => vec![json!(1)],
        Some("number") => vec![json!(1.5), json!(2)],
        Some("string") if schema["format"] == "date-time" => vec![json!("2020-01-02T03:04:05Z")],
        Some("string") => match schema["enum"].as_array() {
            Some(values) => values.clone(),
            None => vec![json!("text")],
        },
        Some("array") => {
            let items = samples(document, &schema["items"], depth);
            std::iter::once(json!([])).chain(items.into_iter().map(|item| json!([item]))).collect()
        }
        Some("object") if schema["properties"].is_object() => objects(document, schema, depth + 1),
        Some("object") => {
            let values = samples(document, &schema["additionalProperties"], depth);
            values.into_iter().map(|value| json!({"key": value})).collect()
        }
        _ => vec![json!("anything"), json!({"any": 1})],
    };
    if schema["nullable"] == true {
        all.push(Value::Null);
    }
    all
}

fn objects(document: &Value, schema: &Value, depth: usize) -> Vec<Value> {
    let properties = schema["properties"].as_object().unwrap();
    let is_required = |name: &str| {
        let required = schema["required"].as_array();
        required.is_some_and(|all| all.iter().any(|it| it == name))
            && properties[name]["writeOnly"] != true
    };
    // A schema may contain itself where it is not required.
    let is_sent =
        |name: &str| properties[name]["writeOnly"] != true && (depth < 3 || is_required(name));
    let values: BTreeMap<&String, Vec<Value>> = properties
        .iter()
        .filter(|(name, _)| is_sent(name))
        .map(|(name, schema)| (name, samples(document, schema, depth)))
        .collect();
    let object = |keep: &dyn Fn(&str) -> bool| -> Map<String, Value> {
        let kept = values.iter().filter(|(name, _)| keep(name));
        kept.map(|(name, values)| ((*name).clone(), values[0].clone())).collect()
    };
    let mut all = vec![object(&is_sent).into(), object(&is_required).into()];
    for (name, values) in values.iter().filter(|(name, _)| is_sent(name)) {
        for value in values.iter().skip(1) {
            let mut object = object(&is_sent);
            object.insert((*name).clone(), value.clone());
            all.push(object.into());
        }
    }
    all
}

/// Whether today's SDK decodes every sample of the answers of each operation.
pub(super) fn decodes_all(sdk: &Document, new: &Value) -> bool {
    sdk.operations.iter().all(|operation| {
        let Answer::One(_) = &operation.answer else { return true };
        let Some(ty) = operation.answer.tys().next() else { return true };
        let paths = new["paths"].as_object().unwrap().values();
        let Some(own) =
            paths.map(|item| &item["get"]).find(|it| it["operationId"] == operation.id.as_str())
        else {
            return true;
        };
        let answers = own["responses"].as_object().unwrap().iter();
        let answers = answers.filter(|(code, _)| code.starts_with('2'));
        let schemas =
            answers.flat_map(|(_, answer)| answer["content"].as_object().into_iter().flatten());
        schemas
            .map(|(_, content)| &content["schema"])
            .all(|schema| samples(new, schema, 0).iter().all(|value| decodes(sdk, ty, value)))
    })
}
