//! Changes of the generated types: structs and their fields, enums, unions, newtypes.

use std::collections::BTreeSet;

use super::super::change::{Declared, Rust, Sort, What};
use super::super::severity::Level;
use super::api::{Api, At};
use super::without_bounds;
use crate::document::{Document, EnumValue, Field, Servers, Shape, Side, Ty, Type, Variant};

/// A type before and after.
struct Pair<'d> {
    name: &'d str,
    old: &'d Type,
    new: &'d Type,
}

impl<'d> Api<'d> {
    pub(super) fn types(&mut self) {
        let (old, new) = (self.old, self.new);
        let names: BTreeSet<&str> =
            old.types.keys().chain(new.types.keys()).map(String::as_str).collect();
        for name in names {
            match (generated(old, name), generated(new, name)) {
                (Some(old), Some(new)) => self.pair(&Pair { name, old, new }),
                (Some(old), None) => {
                    let at = self.of_type(name, old);
                    self.add(Level::Breaking, name.to_owned(), What::Gone(Sort::Type), at);
                }
                (None, Some(new)) => {
                    let at = self.of_type(name, new);
                    self.add(Level::Additive, name.to_owned(), What::New(Sort::Type), at);
                }
                (None, None) => {}
            }
        }
    }

    fn of_type<'t>(&self, name: &str, ty: &'t Type) -> At<'t> {
        At { at: ty.at.clone(), operations: self.users(name), servers: &ty.servers }
    }

    fn pair(&mut self, pair: &Pair<'d>) {
        let Pair { name, old, new } = *pair;
        let (was, is) = (declared(old), declared(new));
        if was != is {
            let at = self.of_type(name, new);
            self.add(Level::Breaking, name.to_owned(), What::Declared { was, is }, at);
            return;
        }
        match (&old.shape, &new.shape) {
            (Shape::Object { fields: old, .. }, Shape::Object { fields: new, .. }) => {
                self.fields(pair, old, new);
            }
            (Shape::Enum(old), Shape::Enum(new)) => self.values(pair, old, new),
            (Shape::Union(old, _), Shape::Union(new, _)) => self.variants(pair, old, new),
            (Shape::Newtype(was), Shape::Newtype(is)) => {
                let rust =
                    |ty: &Ty| Rust { ty: without_bounds(ty), is_optional: false, is_boxed: false };
                let (was, is) = (rust(was), rust(is));
                if was != is {
                    let at = self.of_type(name, new);
                    self.add(Level::Breaking, name.to_owned(), What::Type { was, is }, at);
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, pair: &Pair<'d>, old: &'d [Field], new: &'d [Field]) {
        let at = |api: &Self, ty: &Type, field: &'d Field| At {
            at: ty.at.descend(["properties", &field.wire]),
            operations: api.users(pair.name),
            servers: &field.servers,
        };
        let item = |field: &Field| format!("{}::{}", pair.name, field.name);
        for before in old {
            let Some(after) = new.iter().find(|field| field.name == before.name) else {
                let at = at(self, pair.old, before);
                self.add(Level::Breaking, item(before), What::Gone(Sort::Field), at);
                continue;
            };
            let rust = |field, document| self::field(field, pair.name, document);
            let (was, is) = (rust(before, self.old), rust(after, self.new));
            if was != is {
                let at = at(self, pair.new, after);
                self.add(Level::Breaking, item(after), What::Type { was, is }, at);
            }
            if before.wire != after.wire {
                let what = What::OtherName { was: before.wire.clone(), is: after.wire.clone() };
                let at = at(self, pair.new, after);
                self.add_other_name(item(after), what, at);
            }
        }
        for after in new.iter().filter(|field| old.iter().all(|old| old.name != field.name)) {
            let at = at(self, pair.new, after);
            self.add(Level::Additive, item(after), What::New(Sort::Field), at);
        }
    }

    fn values(&mut self, pair: &Pair<'d>, old: &'d [EnumValue], new: &'d [EnumValue]) {
        let at = |api: &Self, ty: &Type, value: &'d EnumValue| At {
            at: ty.at.child("enum"),
            operations: api.users(pair.name),
            servers: &value.servers,
        };
        let item = |value: &EnumValue| format!("{}::{}", pair.name, value.name);
        for before in old {
            match new.iter().find(|value| value.name == before.name) {
                None => {
                    let at = at(self, pair.old, before);
                    let what = What::GoneVariant { value: before.value.clone() };
                    self.add(Level::Breaking, item(before), what, at);
                }
                Some(after) if after.value != before.value => {
                    let (was, is) = (before.value.clone(), after.value.clone());
                    let at = at(self, pair.new, after);
                    self.add_other_name(item(after), What::OtherName { was, is }, at);
                }
                Some(_) => {}
            }
        }
        for after in new.iter().filter(|value| old.iter().all(|old| old.name != value.name)) {
            let at = at(self, pair.new, after);
            let is_open = pair.new.side == Side::Received;
            let what = What::NewVariant { value: after.value.clone(), is_open };
            self.add(Level::Additive, item(after), what, at);
        }
    }

    fn variants(&mut self, pair: &Pair<'d>, old: &'d [Variant], new: &'d [Variant]) {
        let all = Servers::default();
        let at = |api: &Self, ty: &Type| (ty.at.clone(), api.users(pair.name));
        let item = |variant: &Variant| format!("{}::{}", pair.name, variant.name);
        let rust = |variant: &Variant, document: &Document| Rust {
            ty: without_bounds(&variant.ty),
            is_optional: false,
            is_boxed: document.holds(&variant.ty, pair.name),
        };
        for before in old {
            let (level, what, (at, operations)) =
                match new.iter().find(|variant| variant.name == before.name) {
                    None => (Level::Breaking, What::Gone(Sort::Variant), at(self, pair.old)),
                    Some(after) => {
                        let (was, is) = (rust(before, self.old), rust(after, self.new));
                        if was == is {
                            continue;
                        }
                        (Level::Breaking, What::Type { was, is }, at(self, pair.new))
                    }
                };
            self.add(level, item(before), what, At { at, operations, servers: &all });
        }
        // The enum of a union is exhaustive.
        for after in new.iter().filter(|new| old.iter().all(|old| old.name != new.name)) {
            let (at, operations) = at(self, pair.new);
            let at = At { at, operations, servers: &all };
            self.add(Level::Breaking, item(after), What::New(Sort::Variant), at);
        }
    }
}

/// A type that is generated, not written by hand.
fn generated<'d>(document: &'d Document, name: &str) -> Option<&'d Type> {
    document.types.get(name).filter(|ty| !matches!(ty.shape, Shape::HandWritten(_)))
}

fn declared(ty: &Type) -> Declared {
    match &ty.shape {
        Shape::Object { .. } => Declared::Struct,
        Shape::Enum(_) if ty.side == Side::Received => Declared::OpenEnum,
        Shape::Enum(_) => Declared::ClosedEnum,
        Shape::Union(..) => Declared::Union,
        Shape::Newtype(Ty::Integer { .. } | Ty::Text) => Declared::Id,
        Shape::Newtype(_) | Shape::HandWritten(_) => Declared::Newtype,
    }
}

/// The type of a field: what may be missing is an `Option`, except a list, which is empty then.
fn field(field: &Field, object: &str, document: &Document) -> Rust {
    let (ty, is_nullable) = field.ty.split_null();
    let has_default = matches!(ty, Ty::List(_));
    let is_optional = is_nullable || (!field.required && !has_default);
    Rust { ty: without_bounds(ty), is_optional, is_boxed: document.is_boxed(field, object) }
}
