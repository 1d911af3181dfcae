//! One spelling for what is the same on all servers: media types of JSON, and the placeholders of a path.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::inputs::Description;
use crate::openapi::json::Pointer;
use crate::openapi::media::{Form, essence};
use crate::openapi::positions::METHODS;
use crate::openapi::reference;

/// Gives all descriptions the spelling of the first in `order`.
pub(super) fn unify(descriptions: &mut [Description], order: &[usize]) {
    for Description { document, .. } in descriptions.iter_mut() {
        media_types(document);
    }
    let mut first: BTreeMap<String, Path> = BTreeMap::new();
    for index in order {
        let Some(Description { document, .. }) = descriptions.get_mut(*index) else { continue };
        for (path, item) in document["paths"].as_object().cloned().into_iter().flatten() {
            let shape = shape(&path);
            match first.get(&shape) {
                Some(known) if known.path != path => rename(document, &path, &item, known),
                Some(_) => {}
                None => {
                    let parameters = parameters(document, &item);
                    first.insert(shape, Path { path, parameters });
                }
            }
        }
    }
}

/// A path, and its parameters as they are written and as they are meant.
struct Path {
    path: String,
    parameters: Vec<(Value, Value)>,
}

/// The path without the names of its placeholders.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    for (index, part) in path.split('{').enumerate() {
        match (index, part.split_once('}')) {
            (1.., Some((_, rest))) => shape = shape + "{}" + rest,
            _ => shape += part,
        }
    }
    shape
}

fn placeholders(path: &str) -> Vec<&str> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}

/// The parameters of a path and of its operations.
fn parameters(document: &Value, item: &Value) -> Vec<(Value, Value)> {
    let of_operations = METHODS.iter().map(|method| &item[*method]["parameters"]);
    let lists = of_operations.chain([&item["parameters"]]);
    let all = lists.filter_map(Value::as_array).flatten();
    all.map(|written| (written.clone(), meant(document, written))).collect()
}

fn meant(document: &Value, parameter: &Value) -> Value {
    let found = reference::resolve(document, parameter, &Pointer::root());
    found.map_or(Value::Null, |(found, _)| found.clone())
}

/// Gives a path the placeholders of another description.
fn rename(document: &mut Value, path: &str, item: &Value, known: &Path) {
    if document["paths"].get(&known.path).is_some() {
        return;
    }
    let mut item = item.clone();
    let pairs: Vec<_> = placeholders(path).into_iter().zip(placeholders(&known.path)).collect();
    let holders = METHODS.iter().map(|method| format!("/{method}/parameters"));
    for holder in holders.chain(["/parameters".to_owned()]) {
        let Some(list) = item.pointer_mut(&holder).and_then(Value::as_array_mut) else { continue };
        for parameter in list {
            let mut renamed = meant(document, parameter);
            let pair = pairs.iter().find(|(name, _)| renamed["name"] == *name);
            if let Some((_, name)) = pair.filter(|_| renamed["in"] == "path") {
                renamed["name"] = (*name).into();
                *parameter = written(document, renamed, known);
            }
        }
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        paths.remove(path);
        paths.insert(known.path.clone(), item);
    }
}

/// The parameter as the other description writes it: by the same reference, where that leads to it.
fn written(document: &mut Value, parameter: Value, known: &Path) -> Value {
    let same = |(_, meant): &&(Value, Value)| {
        meant["name"] == parameter["name"] && meant["in"] == parameter["in"]
    };
    let known = known.parameters.iter().find(same).map(|(written, _)| written);
    let text = known.and_then(|written| written["$ref"].as_str());
    let Some(component) = text.and_then(|text| text.strip_prefix("#/components/parameters/"))
    else {
        return parameter;
    };
    let components = document.pointer_mut("/components/parameters").and_then(Value::as_object_mut);
    let Some(components) = components else { return parameter };
    let own = components.get(component).map(|own| {
        let mut own = own.clone();
        own["name"] = parameter["name"].clone();
        own
    });
    if own.is_some_and(|own| own != parameter) {
        return parameter;
    }
    components.insert(component.to_owned(), parameter);
    json!({"$ref": text})
}

/// JSON of a vendor is JSON.
fn media_types(document: &mut Value) {
    for (_, item) in super::prepare::paths(document) {
        for method in METHODS {
            let Some(operation) = item.get_mut(method) else { continue };
            if let Some(content) = operation.pointer_mut("/requestBody/content") {
                plain_json(content);
            }
            let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
            for (_, response) in responses.into_iter().flatten() {
                if let Some(content) = response.get_mut("content") {
                    plain_json(content);
                }
            }
        }
    }
    for section in ["responses", "requestBodies"] {
        let components = document.pointer_mut(&format!("/components/{section}"));
        for (_, component) in components.and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some(content) = component.get_mut("content") {
                plain_json(content);
            }
        }
    }
}

/// Renames the media type of the only content that is GitHub's JSON. A media type of another origin, such as
/// `application/scim+json`, is one that a request must name.
fn plain_json(content: &mut Value) {
    const PLAIN: &str = "application/json";
    let Some(all) = content.as_object_mut() else { return };
    let is_json = |media: &&String| {
        let essence = essence(media);
        let is_github = essence.starts_with("application/vnd.github");
        essence == PLAIN || is_github && Form::of(media) == Form::Json
    };
    let json: Vec<String> = all.keys().filter(is_json).cloned().collect();
    let [media] = json.as_slice() else { return };
    let renamed = |(key, value): (String, Value)| match key == *media {
        true => (PLAIN.to_owned(), value),
        false => (key, value),
    };
    *all = std::mem::take(all).into_iter().map(renamed).collect::<Map<_, _>>();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(server: &str, path: &str, parameter: Value, components: Value) -> Description {
        let document = json!({
            "paths": {path: {"get": {"parameters": [parameter], "responses": {"200": {"content": {
                "application/vnd.github+json; charset=utf-8": {"schema": {}}
            }}}}}},
            "components": {"parameters": components},
        });
        Description { server: server.to_owned(), file: String::new(), document }
    }

    #[test]
    fn a_placeholder_has_the_name_that_the_first_description_gives_it() {
        let named = |name: &str| json!({"name": name, "in": "path", "schema": {"type": "integer"}});
        let by_reference = json!({"$ref": "#/components/parameters/job"});
        let old = description(
            "a",
            "/jobs/{job_id}",
            by_reference.clone(),
            json!({"job": named("job_id")}),
        );
        for (parameter, components) in
            [(named("id"), json!({})), (by_reference.clone(), json!({"job": named("id")}))]
        {
            let mut all = [old.clone(), description("b", "/jobs/{id}", parameter, components)];
            unify(&mut all, &[0, 1]);
            assert_eq!(all[1].document, all[0].document);
            let content = &all[1].document["paths"]["/jobs/{job_id}"]["get"]["responses"]["200"];
            assert!(content["content"]["application/json"].is_object());
        }
    }
}
