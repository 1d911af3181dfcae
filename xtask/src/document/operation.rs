//! Operations: bodies and answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::read::{Reader, docs, entries, servers, text};
use super::types::ty;
use super::{
    Answer, Body, Content, Field, Kind, Method, Operation, Paged, Param, Servers, Shape, Status,
    Success, Ty, Type,
};
use crate::openapi::json::Pointer;
use crate::openapi::media::Form;

/// The remedy for an operation that is not supported.
pub(super) const REMOVE: &str = "remove the operation from spec/operations.toml";

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

    fn body(
        &mut self,
        value: &Value,
        params: &[Param],
        types: &BTreeMap<String, Type>,
        at: &Pointer,
        have: &Servers,
    ) -> Option<Body> {
        let at = at.child("requestBody");
        let Some(mut content) = content(&value["content"]) else {
            self.refuse(&at, have, "the body has no content", REMOVE);
            return None;
        };
        // An object with optional fields only is empty if nothing is set, which has the meaning of null.
        if let Kind::Json(ty @ Ty::Nullable(_)) = &mut content.kind
            && let Ty::Nullable(object) = &*ty
            && optional_fields(object, types).is_some()
        {
            *ty = (**object).clone();
        }
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
            None => free("body", !required),
            Some(_) => Some(String::new()),
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
        if name.is_none() {
            let problem =
                "parameters have the names `body` and `body_in_body`, so that the body has none";
            self.refuse(&at, have, problem, "name a parameter in spec/overlay.yaml with `x-rust`");
        }
        let setters = setters
            .map(|names| names.into_iter().map(|(_, name)| name.unwrap_or_default()).collect());
        Some(Body { required, content, name: name?, setters })
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

fn content(value: &Value) -> Option<Content> {
    let (media, about) = entries(value).next()?;
    let kind = match Form::of(media) {
        Form::Json => Kind::Json(ty(&about["schema"])),
        Form::UrlEncoded => Kind::Form(ty(&about["schema"])),
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
