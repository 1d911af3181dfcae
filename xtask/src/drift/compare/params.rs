//! Changes of the parameters that one server accepts.

use super::super::change::What;
use super::super::severity::{Kind, Level};
use super::server::{Compared, is_at_same_path};
use super::view::Part;
use crate::document::{Limit, Operation, Param, Place, Side};
use crate::names::type_name;

/// A parameter. One of the path is known by its position, or by its name where the path is another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key<'p> {
    Position(usize),
    InPath(&'p str),
    InQuery(&'p str),
}

impl<'d> Compared<'d> {
    pub(super) fn params(&mut self, new: &'d Operation) {
        let is_moved = !is_at_same_path(self.old.unwrap_or(self.sdk), new);
        let find = |operation: &'d Operation, key: Key<'_>| {
            keys(operation, is_moved).find(|(other, _)| *other == key).map(|(_, param)| param)
        };
        for (key, after) in keys(new, is_moved) {
            let old = self.old.and_then(|old| find(old, key));
            self.param(old, after, find(self.sdk, key));
        }
        let Some(old) = self.old else { return };
        for (key, gone) in keys(old, is_moved).filter(|(key, _)| find(new, *key).is_none()) {
            if let Some(sdk) = find(self.sdk, key) {
                let item = self.item(sdk);
                self.add(Level::Breaking, Kind::Decoding, item, What::ParamGone, &gone.at);
            }
        }
    }

    fn param(&mut self, old: Option<&'d Param>, new: &'d Param, sdk: Option<&'d Param>) {
        let item = self.item(sdk.unwrap_or(new));
        let is_given = sdk.is_some_and(|sdk| sdk.required);
        let before = if self.old.is_some() { old } else { sdk };
        let was_required = before.is_some_and(|before| before.required);
        match (was_required, new.required) {
            (false, true) if !is_given => {
                let what = What::Required { is_new: before.is_none() };
                self.add(Level::Breaking, Kind::Decoding, item.clone(), what, &new.at);
            }
            (true, false) => {
                let (level, kind) = (Level::Cosmetic, Kind::Other);
                self.add(level, kind, item.clone(), What::NotRequired, &new.at);
            }
            _ => {}
        }
        let Some(sdk) = sdk else { return };
        if old.is_none() && self.old.is_some() && !new.required {
            let (level, kind) = (Level::Additive, Kind::Other);
            self.add(level, kind, item.clone(), What::ParamNew, &new.at);
        }
        let at = new.at.child("schema");
        let tys = (&sdk.ty, old.map(|old| &old.ty), &new.ty);
        self.values(Part::Param(item.clone()), &item, &at, Side::Sent, tys);
        if let Some(old) = old {
            self.limits(&item, old, new);
        }
    }

    /// The values that the server accepts, and its default.
    fn limits(&mut self, item: &str, old: &Param, new: &Param) {
        let at = new.at.child("schema");
        for limit in Limit::ALL {
            let (was, is) = (old.limits.get(&limit), new.limits.get(&limit));
            if was == is {
                continue;
            }
            let number = |value: Option<&serde_json::Value>| value.and_then(|it| it.as_f64());
            let is_wider = match (limit, number(was), number(is)) {
                (Limit::Maximum | Limit::MaxLength, Some(was), Some(is)) => is >= was,
                (Limit::Minimum | Limit::MinLength, Some(was), Some(is)) => is <= was,
                _ => is.is_none(),
            };
            let (level, kind) = match is_wider {
                true => (Level::Cosmetic, Kind::Other),
                false => (Level::Breaking, Kind::Decoding),
            };
            let what = What::Limit { limit, was: was.cloned(), is: is.cloned() };
            self.add(level, kind, item.to_owned(), what, &at);
        }
        if old.default != new.default {
            let what = What::Default { was: old.default.clone(), is: new.default.clone() };
            self.add(Level::Breaking, Kind::Other, item.to_owned(), what, &at);
        }
    }

    /// An argument of the method, or a setter of the request, as the SDK has it.
    fn item(&self, param: &Param) -> String {
        let is_new = find_param(self.sdk, param).is_none();
        match param.required && !is_new {
            true => format!("{}({})", self.method(), param.name),
            false => format!("{}::{}", type_name(&self.sdk.name), param.name),
        }
    }
}

fn is_in_path(param: &Param) -> bool {
    matches!(param.place, Place::Path | Place::PathWithSlashes)
}

/// The parameters with their keys: those of the path come first, in path order.
fn keys(operation: &Operation, is_moved: bool) -> impl Iterator<Item = (Key<'_>, &Param)> {
    operation.params.iter().enumerate().map(move |(index, param)| {
        let key = match (is_in_path(param), is_moved) {
            (true, false) => Key::Position(index),
            (true, true) => Key::InPath(&param.wire),
            (false, _) => Key::InQuery(&param.wire),
        };
        (key, param)
    })
}

fn find_param<'d>(operation: &'d Operation, param: &Param) -> Option<&'d Param> {
    operation.params.iter().find(|other| std::ptr::eq(*other, param))
}
