//! The kinds of what occurs in an operation: of its parameters, bodies, answers, types and schemas.

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::document::{
    Answer, Content, Document, Field, Kind, Operation, Param, Shape, Side, Status, Success, Tell,
    Ty, Type,
};

/// The kinds of an operation of a typed document.
pub fn of_operation(document: &Document, operation: &Operation) -> BTreeSet<String> {
    let mut kinds = BTreeSet::from([format!("method {}", operation.method.as_str())]);
    kinds.extend(operation.docs.deprecated.iter().map(|_| "deprecated operation".to_owned()));
    for route in &operation.routes {
        let own = route.url.as_ref().map_or("", |_| ", with a server of its own");
        kinds.insert(format!("path at {:?}{own}", route.base));
    }
    kinds.extend(operation.params.iter().flat_map(|param| parameter(document, param)));
    if let Some(body) = &operation.body {
        let form = if body.setters.is_some() { "setters" } else { "argument" };
        let required = if body.required { "required" } else { "optional" };
        kinds.insert(format!("{required} body, {form}: {}", content(document, &body.content)));
    }
    kinds.insert(format!("answer: {}", answer(document, &operation.answer)));
    if let Some(paged) = &operation.paged {
        let place = if paged.items.is_some() { "in a property" } else { "alone" };
        let key = if paged.key.is_some() { "with a key" } else { "without a key" };
        kinds.insert(format!("pages: list {place}, {key}, of {}", form(document, &paged.item)));
    }
    for name in document.reach(operation) {
        of_type(document, name, &document.types[name], &mut kinds);
    }
    kinds
}

fn parameter(document: &Document, param: &Param) -> Vec<String> {
    let required = if param.required { "required" } else { "optional" };
    let ty = form(document, &param.ty);
    let mut kinds = vec![format!("{required} parameter, {:?}: {ty}", param.place)];
    kinds.extend(param.docs.deprecated.as_ref().map(|_| "deprecated parameter".to_owned()));
    kinds
}

fn content(document: &Document, content: &Content) -> String {
    let media = &content.media;
    match &content.kind {
        Kind::Json(ty) => format!("{media}, {}", form(document, ty)),
        Kind::Form(ty) => format!("form, {}", form(document, ty)),
        Kind::Multipart(ty) => format!("parts, {}", form(document, ty)),
        Kind::Text => format!("text, {media}"),
        Kind::Bytes => format!("bytes, {media}"),
    }
}

fn success(document: &Document, success: &Success) -> String {
    match success {
        Success::Empty => "nothing".to_owned(),
        Success::Content(one) => content(document, one),
        Success::Redirect => "redirect".to_owned(),
    }
}

fn answer(document: &Document, answer: &Answer) -> String {
    match answer {
        Answer::One(one) => success(document, one),
        Answer::OrNothing(one) => format!("{} or nothing", content(document, one)),
        Answer::Flag => "yes or no".to_owned(),
        Answer::Several(all) => {
            let all = all.iter().map(|(status, one)| {
                let status = match status {
                    Status::Code(code) => code.to_string(),
                    Status::OtherSuccess => "2XX".to_owned(),
                };
                format!("{status} {}", success(document, one))
            });
            all.collect::<Vec<_>>().join(" or ")
        }
    }
}

fn of_type(document: &Document, name: &str, ty: &Type, kinds: &mut BTreeSet<String>) {
    let side = if ty.side == Side::Sent { "sent" } else { "received" };
    if contains(document, &ty.shape, name) {
        kinds.insert(format!("{side} type that contains itself"));
    }
    match &ty.shape {
        Shape::Object { fields, rest } => {
            kinds.extend(fields.iter().flat_map(|one| field(document, one, side)));
            if let Some(rest) = rest {
                let beside = if fields.is_empty() { "no fields" } else { "fields" };
                kinds.insert(format!("{side} map of {} beside {beside}", form(document, rest)));
            }
        }
        Shape::Enum(values) => {
            kinds.insert(format!("{side} enum"));
            let is_deprecated = values.iter().any(|value| value.docs.deprecated.is_some());
            kinds.extend(is_deprecated.then(|| format!("{side} enum with a deprecated value")));
        }
        Shape::Union(variants, tell) => {
            let tell = match tell {
                Tell::JsonType => "JSON type",
                Tell::Tag { .. } => "tag",
                Tell::MostFieldsKept => "fields",
            };
            let of: BTreeSet<_> =
                variants.iter().map(|variant| form(document, &variant.ty)).collect();
            let of = of.into_iter().collect::<Vec<_>>().join(", ");
            kinds.insert(format!("{side} union by {tell}: {of}"));
        }
        Shape::Newtype(inner) => {
            kinds.insert(format!("{side} newtype of {}", form(document, inner)));
        }
        Shape::HandWritten(path) => {
            kinds.insert(format!("hand-written {path}"));
        }
    }
}

fn field(document: &Document, field: &Field, side: &str) -> Vec<String> {
    let required = if field.required { "required" } else { "optional" };
    let mut kinds = vec![format!("{side} {required} field: {}", form(document, &field.ty))];
    kinds.extend(field.docs.deprecated.as_ref().map(|_| format!("{side} deprecated field")));
    let has_own_name = field.name != field.wire;
    kinds.extend(has_own_name.then(|| format!("{side} field with another name in Rust")));
    kinds
}

/// True if a value of the shape can contain a value of the type.
fn contains(document: &Document, shape: &Shape, name: &str) -> bool {
    let mut queue: Vec<&str> = shape.tys().filter_map(Ty::named).collect();
    let mut seen = BTreeSet::new();
    while let Some(next) = queue.pop() {
        if next == name {
            return true;
        }
        if seen.insert(next) {
            let inner = document.types.get(next).into_iter().flat_map(|ty| ty.shape.tys());
            queue.extend(inner.filter_map(Ty::named));
        }
    }
    false
}

/// The type without names.
fn form(document: &Document, ty: &Ty) -> String {
    match ty {
        Ty::Integer { min: None, max: None } => "integer".to_owned(),
        Ty::Integer { .. } => "integer within bounds".to_owned(),
        Ty::List(inner) => format!("list of {}", form(document, inner)),
        Ty::Map(inner) => format!("map of {}", form(document, inner)),
        Ty::Nullable(inner) => format!("{} or null", form(document, inner)),
        Ty::Named(name) => match &document.types[name].shape {
            Shape::Object { .. } => "object",
            Shape::Enum(_) => "enum",
            Shape::Union(..) => "union",
            Shape::Newtype(_) => "newtype",
            Shape::HandWritten(_) => "hand-written",
        }
        .to_owned(),
        plain => format!("{plain:?}").to_lowercase(),
    }
}

/// The schemas' keywords that can occur together: for each schema of an operation, the names of its keywords.
pub fn of_schemas(description: &Value, operation: &Value) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut queue = vec![operation];
    while let Some(value) = queue.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let pointer = target.trim_start_matches('#');
            if let Some(found) = description.pointer(pointer).filter(|_| seen.insert(target)) {
                queue.push(found);
            }
        }
        match value {
            Value::Object(object) => {
                for (key, inner) in object {
                    match key.as_str() {
                        "schema" | "items" | "additionalProperties" | "not" => {
                            kinds.extend(keywords(inner));
                        }
                        "allOf" | "oneOf" | "anyOf" => {
                            kinds.extend(
                                inner.as_array().into_iter().flatten().filter_map(keywords),
                            );
                        }
                        "properties" => {
                            kinds.extend(
                                inner
                                    .as_object()
                                    .into_iter()
                                    .flatten()
                                    .filter_map(|(_, one)| keywords(one)),
                            );
                        }
                        // Data, not schemas.
                        "example" | "examples" | "default" | "enum" => continue,
                        _ => {}
                    }
                    queue.push(inner);
                }
            }
            Value::Array(items) => queue.extend(items),
            _ => {}
        }
    }
    kinds
}

/// The keywords that change the type.
const KEYWORDS: [&str; 12] = [
    "type",
    "properties",
    "additionalProperties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "enum",
    "nullable",
    "discriminator",
    "$ref",
    "not",
];

fn keywords(schema: &Value) -> Option<String> {
    let schema = schema.as_object()?;
    let all = KEYWORDS.iter().filter(|key| schema.contains_key(**key));
    let all: Vec<_> = all
        .copied()
        .map(|key| match (key, schema.get(key).and_then(Value::as_str)) {
            ("type", Some(value)) => value.to_owned(),
            _ => key.to_owned(),
        })
        .collect();
    Some(format!("schema: {}", all.join(" ")))
}
