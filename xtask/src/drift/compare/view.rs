//! The values that one server sends or accepts at each place of the SDK.
//!
//! The types of the SDK and those of the server are walked side by side, so that a server that names its
//! schemas otherwise is compared at the same places.

use std::collections::{BTreeMap, BTreeSet};

use super::super::change::Class;
use super::form::{Form, classes, form};
use crate::document::{Document, EnumValue, Field, Shape, Side, Ty, Variant};
use crate::names::field_name;
use crate::openapi::json::Pointer;

/// A place of the SDK.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The value of a parameter, by the item.
    Param(String),
    Body,
    Answer,
    /// A property of a type of the SDK.
    Field(String, String),
    /// A value of an enum of the SDK.
    Value(String, String),
    /// A variant of a union of the SDK.
    Variant(String, String),
    /// The items of a list, or the values of a map.
    Items(Box<Part>),
}

/// The value of a server at a place.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The item of the SDK.
    pub(super) item: String,
    pub(super) at: Pointer,
    pub(super) side: Side,
    pub(super) classes: BTreeSet<Class>,
    pub(super) may_be_missing: bool,
    pub(super) may_be_null: bool,
    /// The server has the whole, but not this part of it.
    pub(super) is_absent: bool,
    /// The values are listed; other text is not expected.
    pub(super) is_listed: bool,
}

/// The places of an operation.
pub(super) type View = BTreeMap<Part, Seen>;

/// A value of the server: its place and whether it may be missing.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) item: &'a str,
    pub(super) at: &'a Pointer,
    pub(super) may_be_missing: bool,
}

/// A walk through the types of the SDK and of the server.
pub(super) struct Walk<'d> {
    sdk: &'d Document,
    server: &'d Document,
    side: Side,
    pub(super) view: View,
    /// Pairs of types that were walked: a type may contain itself.
    walked: BTreeSet<(&'d str, &'d str)>,
    /// Pairs of lists, maps and unions whose parts were walked.
    parts: BTreeSet<(*const Ty, *const Ty)>,
}

impl<'d> Walk<'d> {
    pub(super) fn new(sdk: &'d Document, server: &'d Document, side: Side) -> Self {
        let (walked, parts) = (BTreeSet::new(), BTreeSet::new());
        Self { sdk, server, side, view: View::new(), walked, parts }
    }

    /// A value of the server, where the SDK has a value of type `sdk`.
    pub(super) fn value(&mut self, part: Part, place: At<'_>, sdk: &'d Ty, server: &'d Ty) {
        let (own, _) = form(self.sdk, sdk);
        let (other, may_be_null) = form(self.server, server);
        let is_listed = matches!(other, Form::Enum(..));
        self.see(&part, place, classes(self.server, server), may_be_null, is_listed);
        if self.parts.insert((sdk, server)) {
            self.parts(&part, place, (sdk, own), (server, other));
        }
    }

    /// The parts of a value.
    fn parts(
        &mut self,
        part: &Part,
        place: At<'_>,
        (sdk, own): (&'d Ty, Form<'d>),
        (server, other): (&'d Ty, Form<'d>),
    ) {
        let items = || Part::Items(Box::new(part.clone()));
        match (own, other) {
            (Form::List(sdk), Form::List(server)) => {
                let at = place.at.child("items");
                let place = At { at: &at, may_be_missing: false, ..place };
                self.value(items(), place, sdk, server);
            }
            (Form::Map(sdk), Form::Map(server)) => {
                let at = place.at.child("additionalProperties");
                let place = At { at: &at, may_be_missing: false, ..place };
                self.value(items(), place, sdk, server);
            }
            (Form::Object(name, fields, _), Form::Object(other, others, at))
                if self.walked.insert((name, other)) =>
            {
                self.object(name, fields, others, at);
            }
            (Form::Enum(name, values, _), Form::Enum(_, others, at)) => {
                let at = at.child("enum");
                let takes = |value: &str| others.iter().any(|other| other.value == value);
                self.values(name, values, &at, takes);
                let known = |other: &&EnumValue| values.iter().any(|it| it.value == other.value);
                let unknown: Vec<_> =
                    others.iter().filter(|other| !known(other)).cloned().collect();
                self.values(name, &unknown, &at, |_| true);
            }
            // Any text may be one of the values.
            (Form::Enum(name, values, _), Form::Plain(Class::Text)) => {
                self.values(name, values, place.at, |_| true);
            }
            // An object of any properties may have those that the SDK knows.
            (Form::Object(name, fields, _), Form::Map(_)) => {
                for field in fields {
                    let part = Part::Field(name.to_owned(), field.wire.clone());
                    let item = format!("{name}::{}", field.name);
                    let place = At { item: &item, may_be_missing: true, ..place };
                    self.see(&part, place, classes(self.sdk, &field.ty), false, false);
                }
            }
            (Form::Map(sdk), Form::Object(_, others, at)) => {
                for other in others {
                    let at = at.descend(["properties", &other.wire]);
                    let place = At { at: &at, may_be_missing: false, ..place };
                    self.value(items(), place, sdk, &other.ty);
                }
            }
            (Form::Union(name, variants), Form::Union(_, others)) => {
                for other in others {
                    self.variant(name, variants, place, &other.ty);
                }
            }
            (Form::Union(name, variants), _) => self.variant(name, variants, place, server),
            (_, Form::Union(_, others)) => {
                for other in others {
                    self.value(part.clone(), place, sdk, &other.ty);
                }
            }
            _ => {}
        }
    }

    /// Adds what is seen; a place that is reached twice has what either has.
    fn see(
        &mut self,
        part: &Part,
        place: At<'_>,
        classes: BTreeSet<Class>,
        may_be_null: bool,
        is_listed: bool,
    ) {
        let At { item, at, may_be_missing } = place;
        let seen = self.view.entry(part.clone()).or_insert_with(|| Seen {
            item: item.to_owned(),
            at: at.clone(),
            side: self.side,
            classes: BTreeSet::new(),
            may_be_missing: false,
            may_be_null: false,
            is_absent: false,
            is_listed,
        });
        seen.classes.extend(classes);
        seen.may_be_missing |= may_be_missing;
        seen.may_be_null |= may_be_null;
        seen.is_listed &= is_listed;
    }

    fn miss(&mut self, part: &Part, item: &str, at: &Pointer) {
        self.see(part, At { item, at, may_be_missing: true }, BTreeSet::new(), false, false);
        if let Some(seen) = self.view.get_mut(part) {
            seen.is_absent = true;
        }
    }

    fn object(&mut self, name: &'d str, fields: &'d [Field], others: &'d [Field], at: &Pointer) {
        for field in fields.iter().filter(|field| others.iter().all(|it| it.wire != field.wire)) {
            let part = Part::Field(name.to_owned(), field.wire.clone());
            let at = at.descend(["properties", &field.wire]);
            self.miss(&part, &format!("{name}::{}", field.name), &at);
        }
        for other in others {
            let part = Part::Field(name.to_owned(), other.wire.clone());
            let at = at.descend(["properties", &other.wire]);
            let known = fields.iter().find(|field| field.wire == other.wire);
            let rust = known.map_or_else(|| field_name(&other.wire), |known| known.name.clone());
            let item = format!("{name}::{rust}");
            let place = At { item: &item, at: &at, may_be_missing: !other.required };
            match known {
                Some(known) => self.value(part, place, &known.ty, &other.ty),
                None => {
                    let (_, may_be_null) = form(self.server, &other.ty);
                    let classes = classes(self.server, &other.ty);
                    self.see(&part, place, classes, may_be_null, false);
                }
            }
        }
    }

    fn values(
        &mut self,
        name: &str,
        values: &[EnumValue],
        at: &Pointer,
        takes: impl Fn(&str) -> bool,
    ) {
        for value in values {
            let part = Part::Value(name.to_owned(), value.value.clone());
            let item = format!("{name}::{}", value.name);
            match takes(&value.value) {
                true => {
                    let place = At { item: &item, at, may_be_missing: true };
                    self.see(&part, place, BTreeSet::new(), false, false);
                }
                false => self.miss(&part, &item, at),
            }
        }
    }

    /// A form of the server's value, in the variant of the SDK that is most like it.
    fn variant(&mut self, name: &str, variants: &'d [Variant], place: At<'_>, server: &'d Ty) {
        let likeness = |variant: &&Variant| {
            let is_same = classes(self.sdk, &variant.ty) == classes(self.server, server);
            let fields = |document: &'d Document, ty: &'d Ty| match form(document, ty).0 {
                Form::Object(_, fields, _) => fields,
                _ => &[],
            };
            let others = fields(self.server, server);
            let own = self.sdk_fields(&variant.ty);
            let shared = own.iter().filter(|own| others.iter().any(|it| it.wire == own.wire));
            (is_same, shared.count(), variant.ty == *server)
        };
        let best = variants.iter().max_by_key(likeness).filter(|best| likeness(best).0);
        if let Some(best) = best {
            let part = Part::Variant(name.to_owned(), best.name.clone());
            let item = format!("{name}::{}", best.name);
            self.value(part, At { item: &item, ..place }, &best.ty, server);
        }
    }

    fn sdk_fields(&self, ty: &Ty) -> &'d [Field] {
        let named = ty.named().and_then(|name| self.sdk.types.get(name));
        match named.map(|ty| &ty.shape) {
            Some(Shape::Object { fields, .. }) => fields,
            _ => &[],
        }
    }
}
