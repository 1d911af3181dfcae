//! Normalizes operations: parameters in order, one media type for each body and answer, error statuses.

use serde_json::{Map, Value, json};

use super::types::Types;
use crate::inputs::operations::Listed;
use crate::names::type_name;
use crate::openapi::json::Pointer;
use crate::openapi::media::{Form, essence, is_media_type};
use crate::openapi::schema::{Kind, Limit, Side, integer_bounds, unions};
use crate::untrusted::inline_code;

/// The operation of a path item.
pub(super) fn normalize(
    operation: &Value,
    at: &Pointer,
    path: &str,
    id: &str,
    listed: &Listed,
    types: &mut Types<'_>,
) -> Value {
    let place = Place { at, path, name: &listed.name };
    let parameters = parameters(operation, &place, types);
    let (responses, paged) = answers(operation, &place, &parameters, types);
    let mut kept = json!({
        "operationId": listed.name,
        "x-operation-id": id,
        "x-group": listed.group,
        "parameters": parameters,
        "responses": responses,
        "x-errors": error_codes(operation, at, types),
    });
    for key in
        ["description", "externalDocs", "x-available", "deprecated", "x-replacement", "servers"]
    {
        if let Some(value) = operation.get(key) {
            kept[key] = value.clone();
        }
    }
    if let Some(body) = operation.get("requestBody") {
        kept["requestBody"] = self::body(body, &place, types);
    }
    if let Some(paged) = paged {
        kept["x-paged"] = paged;
    }
    kept
}

struct Place<'p> {
    at: &'p Pointer,
    path: &'p str,
    /// The method of the client, which prefixes the names of inline schemas.
    name: &'p str,
}

/// The documented error statuses, each with its servers if not all document it. A
/// 304 answers a condition, and a 3xx is followed. Beside a 204, a 404 without content is not an error
/// (`x-empty`).
fn error_codes(operation: &Value, at: &Pointer, types: &mut Types<'_>) -> Map<String, Value> {
    let responses = &operation["responses"];
    let codes = responses.as_object().into_iter().flatten();
    let codes = codes.filter(|(code, _)| code.starts_with(['4', '5'])).map(|(code, response)| {
        let mut about = json!({});
        if let Some(servers) = response.get("x-available") {
            about["x-available"] = servers.clone();
        }
        if code == "404" && responses.get("204").is_some() {
            let (resolved, _) = types.resolve(response, &at.child("responses").child(code));
            if resolved.get("content").is_none() {
                about["x-empty"] = true.into();
            }
        }
        (code.clone(), about)
    });
    codes.collect()
}

/// Path parameters in path order, then the others by name.
fn parameters(operation: &Value, place: &Place<'_>, types: &mut Types<'_>) -> Vec<Value> {
    let mut found: Vec<(usize, Value)> = Vec::new();
    for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
        let own = place.at.child("parameters").child(index);
        let (resolved, at) = types.resolve(parameter, &own);
        let order = place.path.find(&format!("{{{}}}", text(&resolved["name"])));
        let order = order.filter(|_| resolved["in"] == "path").unwrap_or(usize::MAX);
        let mut kept = self::parameter(resolved, &at, place, types);
        if let Some(available) = parameter.get("x-available") {
            kept["x-available"] = available.clone();
        }
        kept["x-origin"] = own.to_string().into();
        found.push((order, kept));
    }
    found.sort_by_key(|(order, parameter)| (*order, text(&parameter["name"]).to_owned()));
    found.into_iter().map(|(_, parameter)| parameter).collect()
}

/// A default or a bound in a schema would change its Rust type; both are facts about the parameter.
fn parameter(parameter: &Value, at: &Pointer, place: &Place<'_>, types: &mut Types<'_>) -> Value {
    let name = text(&parameter["name"]);
    let schema = &parameter["schema"];
    if !schema.is_object() {
        types.refuse(
            at,
            format!("parameter `{name}` has no schema"),
            "remove the operation from spec/operations.toml",
        );
    }
    let at = at.child("schema");
    let (resolved, _) = types.resolve(schema, &at);
    let is_path = parameter["in"] == "path";
    let mut kept = json!({
        "name": name,
        "in": parameter["in"],
        "required": is_path || parameter["required"] == true,
    });
    for key in ["default"].into_iter().chain(Limit::ALL.map(Limit::as_str)) {
        if let Some(value) = resolved.get(key) {
            kept[format!("x-{key}")] = value.clone();
        }
    }
    for (key, bound) in integer_bounds(resolved).filter(|_| Kind::of(resolved) == Kind::Integer) {
        kept[format!("x-{key}")] = bound.into();
    }
    for key in ["description", "deprecated", "x-replacement", "style", "explode"] {
        if let Some(value) = parameter.get(key) {
            kept[key] = value.clone();
        }
    }
    kept["schema"] = if is_path && is_text(resolved) {
        // The descriptions do not mark all parameters that have slashes.
        let has_slashes =
            parameter["x-multi-segment"] == true || matches!(name, "path" | "ref" | "basehead");
        let segments = if has_slashes { "Path" } else { "PathSegment" };
        types.hand_written(&format!("crate::runtime::{segments}"), "string", &Pointer::root())
    } else if is_one_or_many(resolved) {
        json!({"type": "array", "items": {"type": "string"}})
    } else if is_scalar_union(resolved) {
        json!({"type": "string"})
    } else {
        let of_component = at
            .parent()
            .and_then(|(at, _)| at.parent())
            .filter(|(section, _)| section.as_str() == "/components/parameters");
        let name = match of_component {
            Some((_, component)) => format!("{}Param", type_name(&component)),
            None => type_name(&format!("{}-{name}", place.name)),
        };
        types.used(schema, &at, &name, Side::Sent)
    };
    // The documentation and the bounds of a parameter are its own; those of a type stay at the type.
    if let Some(schema) = kept["schema"].as_object_mut() {
        for key in ["description", "nullable", "x-minimum", "x-maximum"] {
            schema.remove(key);
        }
    }
    kept
}

/// A text or a list of texts, which is a list: one text is a list of one.
fn is_one_or_many(schema: &Value) -> bool {
    let is_text = |schema: &Value| Kind::of(schema) == Kind::Text;
    let is_list = |schema: &Value| Kind::of(schema) == Kind::List && is_text(&schema["items"]);
    let variants = unions(schema).map_or(&[][..], |(_, variants)| variants.as_slice());
    variants.iter().any(is_list) && variants.iter().all(|one| is_text(one) || is_list(one))
}

/// True for a string, or a union with one: the text must be checked before it becomes a part of a path.
fn is_text(schema: &Value) -> bool {
    let named = schema.get("x-rust").is_some() || schema.get("enum").is_some();
    let is_string = schema["type"] == "string";
    !named && (is_string || variants(schema).is_some_and(|all| all.iter().any(is_text)))
}

/// True for a union of texts, numbers and booleans: all of them are text in a URL.
fn is_scalar_union(schema: &Value) -> bool {
    let is_scalar = |variant: &Value| {
        let ty = variant["type"].as_str().unwrap_or_default();
        ["string", "integer", "number", "boolean"].contains(&ty)
    };
    let is_enum = |variant: &Value| variant.get("enum").is_some();
    variants(schema).is_some_and(|all| all.iter().all(is_scalar) && !all.iter().all(is_enum))
        && schema.get("x-rust").is_none()
}

/// The variants of a schema, also of one that has a type beside them.
fn variants(schema: &Value) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].iter().find_map(|key| schema[key].as_array())
}

fn body(body: &Value, place: &Place<'_>, types: &mut Types<'_>) -> Value {
    let (body, at) = types.resolve(body, &place.at.child("requestBody"));
    let name = type_name(&format!("{}-body", place.name));
    let content = content(body, &at, &name, Side::Sent, types);
    json!({"required": body["required"] == true, "content": content})
}

/// The content in the media type that the SDK uses: JSON if available.
fn content(
    holder: &Value,
    at: &Pointer,
    name: &str,
    side: Side,
    types: &mut Types<'_>,
) -> Option<Value> {
    let all = holder["content"].as_object()?;
    let is_range = |media: &str| side == Side::Sent && media.contains('*');
    let choice = |media: &String| (is_range(media), Form::of(media), media.clone());
    let (media, content) = all.iter().min_by_key(|(media, _)| choice(media))?;
    let (mut essence, at) = (essence(media), at.descend(["content", media]));
    // Descriptions of GHES up to 3.6 declare that a file of any type can be uploaded.
    if is_range(media) && essence == "*/*" {
        "application/octet-stream".clone_into(&mut essence);
    }
    if is_range(&essence) || !is_media_type(&essence) {
        let reason = match is_range(&essence) {
            true => "is a media range; a request needs a media type",
            false => "is not a valid media type",
        };
        let problem = format!("{} {reason}", inline_code(media));
        types.refuse(&at, problem, "correct it in spec/overlay.yaml");
    }
    let schema = match Form::of(media) {
        Form::Json | Form::UrlEncoded | Form::Multipart => {
            types.used(&content["schema"], &at.child("schema"), name, side)
        }
        Form::Text | Form::Bytes => json!({"type": "string"}),
    };
    Some(json!({essence: {"schema": schema}}))
}

/// The successful answers, and the pages of a list. If there is a 2xx, `default` is an error.
fn answers(
    operation: &Value,
    place: &Place<'_>,
    parameters: &[Value],
    types: &mut Types<'_>,
) -> (Value, Option<Value>) {
    let mut kept = Map::new();
    let mut paged = None;
    let all = operation["responses"].as_object();
    let mut codes: Vec<_> = all.into_iter().flatten().collect();
    codes.sort_by_key(|(code, _)| *code);
    let is_success = |code: &str| code.starts_with('2');
    let has_success = codes.iter().any(|(code, _)| is_success(code));
    // Where a server redirects to content that another one sends itself, the SDK takes either.
    let is_json =
        |(code, response): &(&String, &Value)| is_success(code) && has_json(response, types);
    let is_empty = |(code, response): &(&String, &Value)| {
        is_success(code) && types.meant(response).get("content").is_none()
    };
    let is_download = codes.iter().any(|(code, _)| *code == "302")
        && !codes.iter().any(|answer| is_json(answer) || is_empty(answer));
    if is_download {
        codes.retain(|(code, _)| *code == "302");
    }
    let mut written: Vec<(Value, Value)> = Vec::new();
    for (code, response) in codes {
        let is_default = code == "default" && !has_success;
        let is_redirect = code == "302" && is_download;
        if !is_success(code) && !is_default && !is_redirect {
            continue;
        }
        let (response, at) = types.resolve(response, &place.at.child("responses").child(code));
        let mut answer = json!({"description": ""});
        if !is_redirect {
            // The type of the lowest status has no number in its name, so that adding a status renames nothing.
            let suffix = if kept.is_empty() { String::new() } else { code.clone() };
            let name = type_name(&format!("{}-response{suffix}", place.name));
            // The same JSON under another status is the same type.
            let known = written.iter().find(|(known, _)| is_same(known, &response["content"]));
            let content = match known {
                Some((_, content)) => Some(content.clone()),
                None => content(response, &at, &name, Side::Received, types),
            };
            if let Some(content) = content {
                written.push((response["content"].clone(), content.clone()));
                if kept.is_empty() && place.at.as_str().ends_with("/get") {
                    paged = self::paged(response, &at, parameters, types);
                }
                answer["content"] = content;
            }
        }
        kept.insert(code.clone(), answer);
    }
    (Value::Object(kept), paged)
}

/// Whether an answer has content that is JSON.
fn has_json(response: &Value, types: &Types<'_>) -> bool {
    let content = types.meant(response)["content"].as_object();
    content.is_some_and(|all| all.keys().any(|media| Form::of(media) == Form::Json))
}

/// Whether two schemas differ in documentation and names alone.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let says = |key: &String, value: &Value| match key.as_str() {
                "description" | "title" => !value.is_string(),
                "example" | "examples" => value.get("type").is_some(),
                key => !key.starts_with("x-") || value.get("type").is_some_and(Value::is_string),
            };
            let keys = a.keys().chain(b.keys());
            keys.filter(|key| a.get(*key).or(b.get(*key)).is_some_and(|it| says(key, it)))
                .all(|key| a.get(key).zip(b.get(key)).is_some_and(|(a, b)| is_same(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (a, b) => a == b,
    }
}

/// The content of a page, if the operation takes `page` and `per_page`, or declares the header `Link`: the property
/// with the items (`None` if the page is an array), and the property that identifies an item. Descriptions declare
/// `Link` for single objects too, so an object is a page only if there is a page size.
fn paged(
    response: &Value,
    at: &Pointer,
    parameters: &[Value],
    types: &mut Types<'_>,
) -> Option<Value> {
    let takes = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
    let headers = response["headers"].as_object();
    let has_link =
        headers.is_some_and(|all| all.keys().any(|name| name.eq_ignore_ascii_case("link")));
    let (media, content) =
        response["content"].as_object()?.iter().find(|(media, _)| Form::of(media) == Form::Json)?;
    let at = at.descend(["content", media, "schema"]);
    let (schema, at) = types.resolve(&content["schema"], &at);
    let is_list = |schema: &Value| matches!(Kind::of(schema), Kind::List | Kind::ListOfAnything);
    let properties = schema["properties"].as_object().into_iter().flatten();
    let lists: Vec<_> = properties.filter(|(_, property)| is_list(property)).collect();
    let (property, items, at) = match lists.as_slice() {
        _ if !(has_link || takes("page") && takes("per_page")) => return None,
        _ if !is_list(schema) && !takes("per_page") => return None,
        _ if is_list(schema) => (None, &schema["items"], at.child("items")),
        [(name, list)] if Kind::of(schema) == Kind::Object => {
            (Some(*name), &list["items"], at.descend(["properties", name, "items"]))
        }
        _ => return None,
    };
    let (item, _) = types.resolve(items, &at);
    let required = item["required"].as_array();
    let has_id = required.is_some_and(|required| required.iter().any(|name| name == "id"));
    Some(json!({"items": property, "key": has_id.then_some("id")}))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
