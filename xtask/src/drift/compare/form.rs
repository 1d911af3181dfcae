//! The form of a type behind references, newtypes and null.

use std::collections::BTreeSet;

use super::super::change::Class;
use crate::document::{Document, EnumValue, Field, Shape, Ty, Variant};
use crate::openapi::json::Pointer;

/// The form of a type, behind its names.
pub(super) enum Form<'d> {
    Plain(Class),
    List(&'d Ty),
    Map(&'d Ty),
    Object(&'d str, &'d [Field], &'d Pointer),
    Enum(&'d str, &'d [EnumValue], &'d Pointer),
    Union(&'d str, &'d [Variant]),
}

/// The form of the type, and true if it allows null.
pub(super) fn form<'d>(document: &'d Document, ty: &'d Ty) -> (Form<'d>, bool) {
    let (mut ty, mut is_nullable) = ty.split_null();
    // A newtype cannot contain itself without a list or a map.
    loop {
        let plain = match ty {
            Ty::Bool => Class::Boolean,
            Ty::Integer { .. } => Class::Integer,
            Ty::Number => Class::Number,
            Ty::Text => Class::Text,
            Ty::Time => Class::Time,
            Ty::Json | Ty::Nullable(_) => Class::Any,
            Ty::List(inner) => return (Form::List(inner), is_nullable),
            Ty::Map(inner) => return (Form::Map(inner), is_nullable),
            Ty::Named(name) => match document.types.get_key_value(name) {
                None => Class::Any,
                Some((name, found)) => match &found.shape {
                    Shape::Newtype(inner) => {
                        let (inner, null) = inner.split_null();
                        is_nullable |= null;
                        if inner == ty {
                            return (Form::Plain(Class::Any), is_nullable);
                        }
                        ty = inner;
                        continue;
                    }
                    Shape::Object { fields, .. } => {
                        return (Form::Object(name, fields, &found.at), is_nullable);
                    }
                    Shape::Enum(values) => {
                        return (Form::Enum(name, values, &found.at), is_nullable);
                    }
                    Shape::Union(variants, _) => return (Form::Union(name, variants), is_nullable),
                    Shape::HandWritten(_) => Class::Checked,
                },
            },
        };
        return (Form::Plain(plain), is_nullable);
    }
}

/// The classes of the values of a type.
pub(super) fn classes(document: &Document, ty: &Ty) -> BTreeSet<Class> {
    let mut classes = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut queue = vec![ty];
    while let Some(ty) = queue.pop() {
        classes.insert(match form(document, ty).0 {
            Form::Plain(class) => class,
            Form::List(_) => Class::List,
            Form::Map(_) => Class::Map,
            Form::Object(..) => Class::Object,
            Form::Enum(..) => Class::Text,
            Form::Union(name, variants) => {
                if seen.insert(name) {
                    queue.extend(variants.iter().map(|variant| &variant.ty));
                }
                continue;
            }
        });
    }
    classes
}
