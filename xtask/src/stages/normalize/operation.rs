//! Operations: parameters in their place, one success, the documented error codes as a list.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::schema::Schemas;
use crate::inputs::operations::Operations;
use crate::names::type_name;
use crate::openapi::json::Pointer;
use crate::openapi::positions::METHODS;
use crate::openapi::reference::did_you_mean;
use crate::openapi::schema::Side;

/// A path item with its operations normalized.
pub(super) fn path_item(
    item: &Value,
    at: &Pointer,
    path: &str,
    operations: &Operations,
    schemas: &mut Schemas<'_>,
) -> Result<Value> {
    crate::validate::check_path(path, at)?;
    let mut normalized = Map::new();
    for method in METHODS {
        let Some(operation) = item.get(method) else { continue };
        let at = at.child(method);
        ensure!(
            method == "get",
            "{at}: a {method} operation: only GET is supported; take it off spec/operations.toml"
        );
        let id = operation["operationId"].as_str().unwrap_or_default();
        let Some(name) = operations.name(id) else {
            bail!(
                "{at}: operation `{id}` is not listed in spec/operations.toml{}; \
                 list it, or run cargo xtask trim",
                did_you_mean(id, operations.ids())
            );
        };
        ensure!(
            operation["requestBody"]["required"] != true,
            "{at}/requestBody: `{name}` must be given a body, which is not supported; take it off \
             spec/operations.toml"
        );
        schemas.documented_by(operation.get("externalDocs"));
        let parameters = parameters(operation, &at, path, name, schemas)?;
        let at_root = is_at_root(operation, &at)?;
        let (responses, items) = success(operation, &at, name, &parameters, schemas)?;
        let mut kept = json!({
            "operationId": name,
            "x-operation-id": id,
            "parameters": parameters,
            "responses": responses,
            "x-errors": error_codes(operation),
        });
        for key in ["description", "externalDocs", "x-available"] {
            if let Some(value) = operation.get(key) {
                kept[key] = value.clone();
            }
        }
        if at_root {
            kept["x-at-root"] = true.into();
        }
        if let Some(items) = items {
            kept["x-paged"] = items;
        }
        normalized.insert(method.to_owned(), kept);
    }
    Ok(Value::Object(normalized))
}

/// The documented codes that are errors, each with the servers that document it where not all do; a
/// 304 is an answer to a condition, a 3xx is followed.
fn error_codes(operation: &Value) -> Map<String, Value> {
    let is_error = |code: &str| match code.as_bytes() {
        [b'4' | b'5', rest @ ..] => {
            rest == b"XX" || rest.len() == 2 && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let codes = operation["responses"].as_object().into_iter().flatten();
    let codes = codes.filter(|(code, _)| is_error(code)).map(|(code, response)| {
        let available = response.get("x-available");
        (code.clone(), available.map_or(json!({}), |servers| json!({"x-available": servers})))
    });
    codes.collect()
}

/// Whether the operation has servers of its own: the host itself, without the path of the API.
fn is_at_root(operation: &Value, at: &Pointer) -> Result<bool> {
    let Some(servers) = operation["servers"].as_array() else { return Ok(false) };
    let at = at.child("servers");
    let urls: Vec<_> = servers.iter().filter_map(|server| server["url"].as_str()).collect();
    match urls.as_slice() {
        [url] if matches!(url.trim_end_matches('/').split_once("://"), Some((_, host)) if !host.contains('/')) => {
            Ok(true)
        }
        _ => bail!("{at}: {} is not supported: one server without a path is", urls.join(" and ")),
    }
}

/// Path parameters in the order of the path, then the others by name.
fn parameters(
    operation: &Value,
    at: &Pointer,
    path: &str,
    name: &str,
    schemas: &mut Schemas<'_>,
) -> Result<Vec<Value>> {
    let mut found: Vec<(usize, Value)> = Vec::new();
    for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
        let available = parameter.get("x-available");
        let (parameter, at) = schemas.resolve(parameter, &at.child("parameters").child(index))?;
        let key = parameter["name"].as_str().with_context(|| format!("{at}: has no name"))?;
        let order = match parameter["in"].as_str() {
            Some("path") => {
                let placeholder = format!("{{{key}}}");
                let order = path.find(&placeholder);
                order.with_context(|| format!("{at}: `{key}` has no place in the path"))?
            }
            Some("query") => usize::MAX,
            other => bail!(
                "{at}: a parameter in {}: only path and query are supported",
                other.unwrap_or("?")
            ),
        };
        let mut parameter = self::parameter(parameter, &at, name, key, schemas)?;
        if let Some(available) = available {
            parameter["x-available"] = available.clone();
        }
        found.push((order, parameter));
    }
    found.sort_by_key(|(order, parameter)| (*order, parameter["name"].to_string()));
    let found: Vec<_> = found.into_iter().map(|(_, parameter)| parameter).collect();
    for name in
        path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
    {
        let is_there =
            found.iter().any(|parameter| parameter["in"] == "path" && parameter["name"] == name);
        ensure!(is_there, "{at}/parameters: none is called `{name}`, which the path needs");
    }
    Ok(found)
}

/// A default or a bound in a schema would change its Rust type; both are facts about the parameter.
fn parameter(
    parameter: &Value,
    at: &Pointer,
    operation: &str,
    name: &str,
    schemas: &mut Schemas<'_>,
) -> Result<Value> {
    let schema = parameter.get("schema").with_context(|| format!("{at}: has no schema"))?;
    let at = at.child("schema");
    let suggested = type_name(&format!("{operation}-{name}"));
    let (resolved, _) = schemas.resolve(schema, &at)?;
    let mut kept = json!({
        "name": name,
        "in": parameter["in"],
        "required": parameter["in"] == "path" || parameter["required"] == true,
    });
    for (from, to) in [("default", "x-default"), ("minimum", "x-minimum"), ("maximum", "x-maximum")]
    {
        if let Some(value) = resolved.get(from) {
            kept[to] = value.clone();
        }
    }
    if let Some(description) = parameter.get("description") {
        kept["description"] = description.clone();
    }
    kept["schema"] = match parameter["in"].as_str() {
        Some("path") if is_text(resolved) => {
            schemas.hand_written("crate::PathSegment", "string", &Pointer::root())?
        }
        _ => schemas.use_site(schema, &at, &suggested, Side::Request)?,
    };
    // The words for a parameter are its own; a type that has words keeps them at the type.
    if let Some(schema) = kept["schema"].as_object_mut() {
        schema.remove("description");
        schema.remove("nullable");
    }
    Ok(kept)
}

/// Text of any content, which has to be checked before it becomes a part of a path.
fn is_text(schema: &Value) -> bool {
    let alternatives = ["oneOf", "anyOf"].iter().find_map(|key| schema[key].as_array());
    let named = schema.get("x-rust").is_some() || schema.get("enum").is_some();
    !named
        && (schema["type"] == "string" || alternatives.is_some_and(|all| all.iter().any(is_text)))
}

/// The one success, and what it pages over.
fn success(
    operation: &Value,
    at: &Pointer,
    name: &str,
    parameters: &[Value],
    schemas: &mut Schemas<'_>,
) -> Result<(Value, Option<Value>)> {
    let at = at.child("responses");
    let mut json = Vec::new();
    let mut others = Vec::new();
    let mut redirect = None;
    for (code, response) in operation["responses"].as_object().into_iter().flatten() {
        let (response, at) = schemas.resolve(response, &at.child(code))?;
        let content = response["content"].as_object();
        let media = content.and_then(|content| {
            let is_json = |media: &&String| media.ends_with("/json") || media.ends_with("+json");
            content
                .get_key_value("application/json")
                .or_else(|| content.iter().find(|(media, _)| is_json(media)))
        });
        match (code.as_bytes(), media) {
            ([b'2', ..], Some((media, content))) => {
                json.push((code, content, at.descend(["content", media, "schema"])));
            }
            ([b'2', ..] | b"default", _) => others.push(format!("{code} without JSON")),
            (b"302", _) => redirect = Some(at),
            _ => {}
        }
    }
    if json.len() > 1 || !others.is_empty() {
        let codes: Vec<_> = json.iter().map(|(code, ..)| (*code).clone()).chain(others).collect();
        bail!(
            "{at}: `{name}` must have one JSON answer or a 302, but has {}; take it off spec/operations.toml",
            codes.join(" and ")
        );
    }
    match (json.pop(), redirect) {
        (Some((code, content, at)), _) => {
            let paged = parameters.iter().any(|parameter| parameter["name"] == "page")
                && parameters.iter().any(|parameter| parameter["name"] == "per_page");
            let schema = content.get("schema").unwrap_or(&Value::Null);
            let items = paged.then(|| items(schema, &at, schemas)).transpose()?.flatten();
            let suggested = match &items {
                Some(Items { item: Some(item), .. }) => format!("{item}Page"),
                _ => type_name(&format!("{name}-response")),
            };
            let schema = schemas.use_site(schema, &at, &suggested, Side::Response)?;
            let response = json!({code: {"description": "", "content": {"application/json": {"schema": schema}}}});
            Ok((response, items.map(|items| json!({"items": items.property}))))
        }
        (None, Some(_)) => Ok((json!({"302": {"description": ""}}), None)),
        (None, None) => bail!(
            "{at}: `{name}` must have one JSON answer or a 302, but has neither; take it off spec/operations.toml"
        ),
    }
}

/// What a page holds: the property with the items (none where the page is the array itself), and
/// the type of an item where it has a name.
struct Items {
    property: Option<String>,
    item: Option<String>,
}

fn items(schema: &Value, at: &Pointer, schemas: &Schemas<'_>) -> Result<Option<Items>> {
    let (schema, _) = schemas.resolve(schema, at)?;
    let item =
        |array: &Value| Some(type_name(array["items"]["$ref"].as_str()?.rsplit('/').next()?));
    if schema["type"] == "array" {
        return Ok(Some(Items { property: None, item: item(schema) }));
    }
    let arrays = schema["properties"].as_object().into_iter().flatten();
    let arrays: Vec<_> = arrays.filter(|(_, property)| property["type"] == "array").collect();
    Ok(match arrays.as_slice() {
        [(name, array)] => Some(Items { property: Some((*name).clone()), item: item(array) }),
        _ => None,
    })
}
