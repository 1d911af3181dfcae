//! Parameters: their places, types and names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::operation::REMOVE;
use super::read::{Reader, docs, items, origin, servers, text};
use super::types::ty;
use super::{Limit, Param, Place, Servers, Shape, Ty, Type};
use crate::names::field_name;
use crate::openapi::json::Pointer;

impl Reader<'_> {
    pub(super) fn params(
        &mut self,
        value: &Value,
        operation: &Pointer,
        have: &Servers,
        types: &BTreeMap<String, Type>,
    ) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        for parameter in items(&value["parameters"]) {
            let at = origin(parameter, operation.child("parameters"));
            let wire = text(&parameter["name"]).unwrap_or_default();
            let ty = param_ty(parameter);
            if let Some(kind) = not_text(&ty, types) {
                let problem = format!("parameter `{wire}` is {kind}, which a URL cannot hold");
                self.refuse(&at, have, problem, REMOVE);
            }
            let Some(place) = self.place(parameter, &wire, &ty, &at, have) else { continue };
            let mut name = field_name(&wire);
            if parameter["required"] != true && self.reserved.is_setter(&name) {
                name.push('_');
            }
            if name.is_empty() {
                let problem =
                    format!("parameter `{wire}` has no letter or digit for an argument name");
                self.refuse(&at, have, problem, REMOVE);
            }
            // One name in the path and in the query: the path has it, because it comes first.
            if params.iter().any(|other| other.name == name) {
                name.push('_');
            }
            if let Some(other) = params.iter().find(|other| other.name == name) {
                let problem = format!(
                    "parameter `{wire}` in {place} and `{}` in {} would both be `{name}` in Rust",
                    other.wire, other.place
                );
                self.refuse(&at, have, problem, REMOVE);
            }
            params.push(Param {
                wire,
                name,
                place,
                required: parameter["required"] == true,
                ty,
                default: parameter.get("x-default").cloned(),
                limits: limits(parameter),
                servers: servers(&parameter["x-available"]),
                docs: docs(parameter),
                at,
            });
        }
        params
    }

    fn place(
        &mut self,
        parameter: &Value,
        wire: &str,
        ty: &Ty,
        at: &Pointer,
        have: &Servers,
    ) -> Option<Place> {
        let is_list = matches!(ty, Ty::List(_));
        let style = parameter["style"].as_str();
        match (parameter["in"].as_str().unwrap_or("?"), style) {
            ("path", None | Some("simple")) => {
                let is_several = *ty == Ty::Named("Path".to_owned());
                Some(if is_several { Place::PathWithSlashes } else { Place::Path })
            }
            ("query", None | Some("form")) if is_list && parameter["explode"] == false => {
                Some(Place::QueryJoined(','))
            }
            ("query", None | Some("form")) => Some(Place::Query),
            ("query", Some("spaceDelimited")) if is_list => Some(Place::QueryJoined(' ')),
            ("query", Some("pipeDelimited")) if is_list => Some(Place::QueryJoined('|')),
            (place @ ("path" | "query"), Some(style)) => {
                let problem = format!(
                    "parameter `{wire}` in `{place}` has the style `{style}`, which is not supported"
                );
                self.refuse(at, have, problem, REMOVE);
                Some(if place == "path" { Place::Path } else { Place::Query })
            }
            (place, _) => {
                let problem = format!(
                    "parameter `{wire}` is in `{place}`; only path and query are supported"
                );
                self.refuse(at, have, problem, REMOVE);
                None
            }
        }
    }
}

/// The limits of a parameter, which its schema in the normalized document does not have.
fn limits(parameter: &Value) -> BTreeMap<Limit, Value> {
    let limits = Limit::ALL.into_iter();
    let limits = limits
        .filter_map(|limit| Some((limit, parameter.get(format!("x-{}", limit.as_str()))?.clone())));
    limits.collect()
}

fn param_ty(parameter: &Value) -> Ty {
    match in_url(ty(&parameter["schema"])) {
        Ty::Integer { .. } => Ty::Integer {
            min: parameter["x-minimum"].as_i64(),
            max: parameter["x-maximum"].as_i64(),
        },
        ty => ty,
    }
}

/// The type of a value in a URL, which is text: a value without a type is sent as it is given, and none is null.
fn in_url(ty: Ty) -> Ty {
    match ty {
        Ty::Json => Ty::Text,
        Ty::Nullable(inner) => in_url(*inner),
        Ty::List(item) => Ty::List(Box::new(in_url(*item))),
        ty => ty,
    }
}

/// The kind of a parameter that a URL cannot hold.
fn not_text(ty: &Ty, types: &BTreeMap<String, Type>) -> Option<&'static str> {
    match ty {
        Ty::List(item) if matches!(**item, Ty::List(_)) => Some("a list of lists"),
        Ty::List(item) => not_text(item, types),
        Ty::Map(_) => Some("a map"),
        Ty::Named(name) => match &types.get(name)?.shape {
            Shape::Object { .. } => Some("an object"),
            Shape::Union(..) => Some("a union"),
            // A list has a name only where it contains itself.
            Shape::Newtype(Ty::List(_)) => Some("a list of itself"),
            Shape::Newtype(inner) => not_text(inner, types),
            Shape::Enum(_) | Shape::HandWritten(_) => None,
        },
        _ => None,
    }
}
