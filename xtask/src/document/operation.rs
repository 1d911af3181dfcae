//! Operations: routes, parameters, bodies and answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::read::{Reader, docs, entries, items, origin, servers, text};
use super::types::ty;
use super::{
    Answer, Base, Body, Content, Field, Kind, Limit, Method, Operation, Paged, Param, Place, Route,
    Segment, Servers, Shape, Status, Success, Ty, Type,
};
use crate::names::field_name;
use crate::openapi::json::Pointer;
use crate::openapi::media::Form;

/// The remedy for an operation that is not supported.
const REMOVE: &str = "remove the operation from spec/operations.toml";

impl Reader<'_> {
    pub(super) fn operation(
        &mut self,
        path: &str,
        method: &str,
        value: &Value,
        types: &BTreeMap<String, Type>,
    ) -> Option<Operation> {
        let at = Pointer::root().descend(["paths", path, method]);
        let have = servers(&value["x-available"]);
        let known = match method {
            "get" => Method::Get,
            "post" => Method::Post,
            "put" => Method::Put,
            "patch" => Method::Patch,
            "delete" => Method::Delete,
            other => {
                self.refuse(&at, &have, format!("the method `{other}` is not supported"), REMOVE);
                return None;
            }
        };
        let params = self.params(value, &at, &have, types);
        let route = self.route(path, value, &params, &at, &have);
        let errors = entries(&value["x-errors"]);
        let errors = errors
            .filter_map(|(code, about)| Some((code.parse().ok()?, servers(&about["x-available"]))));
        let operation = Operation {
            id: text(&value["x-operation-id"]).unwrap_or_default(),
            name: text(&value["operationId"]).unwrap_or_default(),
            group: text(&value["x-group"]).unwrap_or_default(),
            method: known,
            docs: docs(value),
            routes: vec![route],
            body: value
                .get("requestBody")
                .and_then(|body| self.body(body, &params, types, &at, &have)),
            answer: self.answer(value, &at, &have),
            paged: None,
            errors: errors.collect(),
            params,
            servers: have,
            at,
        };
        let paged = paged(&value["x-paged"], &operation, types);
        Some(Operation { paged, ..operation })
    }

    fn params(
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

    fn route(
        &mut self,
        path: &str,
        value: &Value,
        params: &[Param],
        at: &Pointer,
        have: &Servers,
    ) -> Route {
        let (segments, problems) = segments(path, params);
        let place = at.parent().map(|(place, _)| place).unwrap_or_default();
        for problem in problems {
            self.refuse(&place, have, problem, REMOVE);
        }
        let in_path = params.iter().enumerate().filter(|(_, param)| param.place.is_path());
        let missing = in_path.filter(|(index, _)| !segments.contains(&Segment::Param(*index)));
        for (_, param) in missing {
            let problem = format!("parameter `{}` has no placeholder in the path", param.wire);
            self.refuse(at, have, problem, REMOVE);
        }
        let base = self.base(&value["servers"], at, have);
        let url = text(&value["servers"][0]["url"]);
        Route { path: segments, base, url, servers: have.clone() }
    }

    /// The base of an operation that has its own server.
    fn base(&mut self, servers: &Value, at: &Pointer, have: &Servers) -> Base {
        Base::of(servers, self.url).unwrap_or_else(|urls| {
            let problem = format!("the server `{urls}` is not one that a client sends to");
            let remedy = format!(
                "{REMOVE}; a client sends to the URL of the API, to its host without a path, and to \
                 `https://uploads.github.com`"
            );
            self.refuse(&at.child("servers"), have, problem, remedy);
            Base::Api
        })
    }

    fn body(
        &mut self,
        value: &Value,
        params: &[Param],
        types: &BTreeMap<String, Type>,
        at: &Pointer,
        have: &Servers,
    ) -> Option<Body> {
        let at = at.child("requestBody");
        let Some(content) = content(&value["content"]) else {
            self.refuse(&at, have, "the body has no content", REMOVE);
            return None;
        };
        let required = value["required"] == true;
        let mut taken: BTreeSet<String> = params.iter().map(|param| param.name.clone()).collect();
        let mut free = |name: &str, is_setter: bool| {
            let is_reserved = is_setter && self.reserved.is_setter(name);
            let plain = if is_reserved { format!("{name}_") } else { name.to_owned() };
            let longer = format!("{}_in_body", name.trim_end_matches('_'));
            [plain, longer].into_iter().find(|name| taken.insert(name.clone()))
        };
        let fields = content.ty().and_then(|ty| optional_fields(ty, types));
        // An object that is sent field by field has no name.
        let name = match fields {
            None => free("body", !required).unwrap_or_default(),
            Some(_) => String::new(),
        };
        let setters = fields.map(|fields| {
            let names = fields.iter().map(|field| (field.wire.clone(), free(&field.name, true)));
            names.collect::<Vec<_>>()
        });
        for (wire, _) in setters.iter().flatten().filter(|(_, name)| name.is_none()) {
            let problem = format!("the field `{wire}` of the body has no free name for a setter");
            self.refuse(
                &at,
                have,
                problem,
                "name it in spec/overlay.yaml with `x-rust: { field: .. }`",
            );
        }
        let setters = setters
            .map(|names| names.into_iter().map(|(_, name)| name.unwrap_or_default()).collect());
        Some(Body { required, content, name, setters })
    }

    fn answer(&mut self, value: &Value, at: &Pointer, have: &Servers) -> Answer {
        let mut all: Vec<(Status, Success)> = Vec::new();
        for (code, response) in entries(&value["responses"]) {
            let success = match (code.as_str(), content(&response["content"])) {
                ("302", _) => Success::Redirect,
                (_, Some(content)) => Success::Content(content),
                (_, None) => Success::Empty,
            };
            all.push((code.parse().map_or(Status::OtherSuccess, Status::Code), success));
        }
        all.sort_by_key(|(status, _)| *status);
        let is_flag = || {
            let not_found = value["x-errors"].get("404");
            // A 404 for a request that changes something is an error.
            at.as_str().ends_with("/get")
                && matches!(all.as_slice(), [(Status::Code(204), Success::Empty)])
                && not_found.is_some_and(|about| about["x-empty"] == true)
        };
        let bodies: Vec<&Success> = all
            .iter()
            .map(|(_, success)| success)
            .filter(|success| **success != Success::Empty)
            .collect();
        let one = bodies.first().filter(|first| bodies.iter().all(|other| other == *first));
        match (all.as_slice(), one) {
            ([], _) => {
                self.refuse(
                    &at.child("responses"),
                    have,
                    "there is no answer with a 2xx status or a 302",
                    REMOVE,
                );
                Answer::One(Success::Empty)
            }
            _ if is_flag() => Answer::Flag,
            ([(_, success)], _) => Answer::One(success.clone()),
            (several, Some(success)) if bodies.len() == several.len() => {
                Answer::One((*success).clone())
            }
            (_, None) if bodies.is_empty() => Answer::One(Success::Empty),
            (_, Some(Success::Content(content @ Content { kind: Kind::Json(_), .. }))) => {
                Answer::OrNothing(content.clone())
            }
            _ => Answer::Several(all),
        }
    }
}

/// The fields of an object whose fields are all optional.
fn optional_fields<'t>(ty: &Ty, types: &'t BTreeMap<String, Type>) -> Option<&'t [Field]> {
    let Ty::Named(name) = ty else { return None };
    let Shape::Object { fields, rest: None } = &types.get(name)?.shape else { return None };
    fields.iter().all(|field| !field.required).then_some(fields)
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

/// Splits a path into literals and parameters, and collects its problems.
fn segments(path: &str, params: &[Param]) -> (Vec<Segment>, Vec<String>) {
    let mut problems = Vec::new();
    let mut segments = Vec::new();
    if !path.starts_with('/') {
        problems.push("the path does not begin with `/`".to_owned());
    }
    let inner = path.strip_prefix('/').unwrap_or(path);
    let last = inner.split('/').count().saturating_sub(1);
    for (index, segment) in inner.split('/').enumerate() {
        // A path may end in a slash.
        if matches!(segment, "." | "..") || segment.is_empty() && index != last {
            problems.push(format!("`{segment}` is not a valid path segment"));
        }
    }
    let mut rest = path;
    let mut seen = BTreeSet::new();
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            problems.push(format!("`{{{after}` is not a placeholder"));
            literal_segment(literal, &mut segments, &mut problems);
            return (segments, problems);
        };
        literal_segment(literal, &mut segments, &mut problems);
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        let place = params.iter().position(|param| param.wire == name && param.place.is_path());
        match place {
            _ if !is_name => problems.push(format!("`{{{name}}}` is not a placeholder")),
            _ if !seen.insert(name) => problems.push(format!("`{{{name}}}` is duplicated")),
            Some(index) => segments.push(Segment::Param(index)),
            None => problems.push(format!("the placeholder `{{{name}}}` has no parameter")),
        }
        rest = after;
    }
    literal_segment(rest, &mut segments, &mut problems);
    (segments, problems)
}

/// Text of a path: the characters that RFC 3986 allows in a segment, without percent-encoding.
fn literal_segment(text: &str, segments: &mut Vec<Segment>, problems: &mut Vec<String>) {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(c);
    if let Some(c) = text.chars().find(|c| !is_allowed(*c)) {
        problems.push(format!("`{}` is not allowed in a path", c.escape_default()));
    }
    if !text.is_empty() {
        segments.push(Segment::Literal(text.to_owned()));
    }
}

fn content(value: &Value) -> Option<Content> {
    let (media, about) = entries(value).next()?;
    let kind = match Form::of(media) {
        Form::Json => Kind::Json(ty(&about["schema"])),
        Form::Form => Kind::Form(ty(&about["schema"])),
        Form::Multipart => Kind::Multipart(ty(&about["schema"])),
        Form::Text => Kind::Text,
        Form::Bytes => Kind::Bytes,
    };
    Some(Content { media: media.clone(), kind })
}

fn paged(value: &Value, operation: &Operation, types: &BTreeMap<String, Type>) -> Option<Paged> {
    value.as_object()?;
    let items = text(&value["items"]);
    let page = operation.answer.tys().next()?;
    let list = match (&items, page) {
        (None, list) => list,
        (Some(property), page) => {
            let page = types.get(page.named()?)?;
            let Shape::Object { fields, .. } = &page.shape else { return None };
            &fields.iter().find(|field| field.wire == *property)?.ty
        }
    };
    let Ty::List(item) = list.split_null().0 else { return None };
    Some(Paged { items, item: (**item).clone(), key: text(&value["key"]) })
}
