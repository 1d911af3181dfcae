//! The table of fields that are optional or nullable in the SDK, but not in the base description.
//!
//! Each row has a reason: another server's description is as loose, or the overlay has a correction with
//! evidence.

use serde_json::Value;

use super::Row;
use crate::document::{Document, Field, Shape, Ty};
use crate::inputs::Description;
use crate::inputs::overlay::Correction;
use crate::openapi::json::Pointer;
use crate::openapi::reference;
use crate::openapi::schema::{alias, flatten, is_nullable};
use crate::openapi::servers::phrase;
use crate::untrusted::{one_line, table_cell};

/// The text of a row without a reason. It points to a bug in the generator.
const NO_REASON: &str = "neither a server nor a correction requires it";

/// The sources of the reasons.
pub(crate) struct Sources<'s> {
    pub(crate) base: &'s str,
    /// The description of each server, with its own corrections (`x-server`).
    pub(crate) descriptions: &'s [Description],
    pub(crate) corrections: &'s [Correction],
}

/// A guarantee about a field that a description can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guarantee {
    Required,
    NotNull,
}

/// The rows of the table in Markdown: Rust item, the guarantee of the base, the SDK, the reason.
pub(super) fn looseness<'d>(sources: &Sources<'_>, document: &'d Document) -> Vec<Row<'d>> {
    let mut rows = Vec::new();
    for (name, ty) in &document.types {
        let Shape::Object { fields, .. } = &ty.shape else { continue };
        let Some(base) = sources.object(sources.base, &ty.at) else { continue };
        for field in fields {
            let loose = [
                (Guarantee::Required, !field.required),
                (Guarantee::NotNull, matches!(field.ty, Ty::Nullable(_))),
            ];
            for (guarantee, is_loose) in loose {
                let guarantees =
                    |object: &Value, server| sources.guarantees(server, object, field, guarantee);
                if is_loose && guarantees(&base, sources.base) {
                    let row = sources.row(name, document, field, guarantee);
                    rows.push((ty.group.as_deref(), row));
                }
            }
        }
    }
    rows
}

impl Sources<'_> {
    fn row(&self, name: &str, document: &Document, field: &Field, guarantee: Guarantee) -> String {
        let Some(object) = document.types.get(name).map(|ty| &ty.at) else { return String::new() };
        let item = format!("{name}::{}", field.name);
        let all: Vec<String> = self.descriptions.iter().map(|one| one.server.clone()).collect();
        let strict = self.descriptions.iter().filter(|one| {
            let found = self.object(&one.server, object);
            let found = found.or_else(|| self.object_in_use(&one.server, name, document));
            found.is_none_or(|found| self.guarantees(&one.server, &found, field, guarantee))
        });
        let strict: Vec<&str> = strict.map(|one| one.server.as_str()).collect();
        let mut why = Vec::new();
        if strict.len() < all.len() {
            why.push(format!("guaranteed by some servers only: {}", phrase(&strict, &all)));
        }
        let evidence = self
            .corrections
            .iter()
            .filter(|correction| touches(correction, object, field, guarantee));
        why.extend(evidence.map(|correction| correction.evidence.trim().to_owned()));
        if why.is_empty() {
            why.push(NO_REASON.to_owned());
        }
        let is_list = matches!(field.ty, Ty::List(_));
        let (base, sdk) = match guarantee {
            Guarantee::Required if is_list => ("required", "optional: missing is an empty list"),
            Guarantee::Required => ("required", "optional"),
            Guarantee::NotNull => ("not null", "nullable"),
        };
        let why = table_cell(&one_line(&why.join("; ")));
        format!("| `{item}` | {base} | {sdk} | {why} |\n")
    }

    /// The schema of an object in the description of a server, with `allOf` merged.
    fn object(&self, server: &str, at: &Pointer) -> Option<Value> {
        let document = self.document(server)?;
        let (schema, at) = resolve(document, at)?;
        flatten(document, schema, &at).ok()
    }

    /// The schema of an object that this server has in another place: in a field of that type.
    fn object_in_use(&self, server: &str, name: &str, document: &Document) -> Option<Value> {
        let types = document.types.values().filter_map(|ty| match &ty.shape {
            Shape::Object { fields, .. } => Some((&ty.at, fields)),
            _ => None,
        });
        let uses = types.flat_map(|(at, fields)| {
            let fields =
                fields.iter().filter(|field| field.ty.split_null().0.named() == Some(name));
            fields.map(move |field| at.descend(["properties", &field.wire]))
        });
        let mut places =
            uses.flat_map(|at| [at.child("items"), at.child("additionalProperties"), at]);
        places.find_map(|at| {
            let found = self.object(server, &at)?;
            found["properties"].is_object().then_some(found)
        })
    }

    fn document(&self, server: &str) -> Option<&Value> {
        self.descriptions.iter().find(|one| one.server == server).map(|one| &one.document)
    }

    fn guarantees(
        &self,
        server: &str,
        object: &Value,
        field: &Field,
        guarantee: Guarantee,
    ) -> bool {
        let Some(property) = object["properties"].get(&field.wire) else { return false };
        match guarantee {
            Guarantee::Required => {
                let required = object["required"].as_array();
                required.is_some_and(|required| required.iter().any(|key| *key == field.wire))
            }
            Guarantee::NotNull => {
                let target = self.document(server).and_then(|document| {
                    reference::resolve(document, alias(property), &Pointer::root()).ok()
                });
                !is_nullable(property) && !target.is_some_and(|(target, _)| is_nullable(target))
            }
        }
    }
}

/// The value at a place. References on the way are followed.
fn resolve<'d>(document: &'d Value, at: &Pointer) -> Option<(&'d Value, Pointer)> {
    let mut value = document;
    let mut place = Pointer::root();
    for step in at.steps() {
        let (resolved, found) = reference::resolve(document, alias(value), &place).ok()?;
        value = match resolved {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            other => other.get(&step)?,
        };
        place = found.child(&step);
    }
    reference::resolve(document, alias(value), &place).ok()
}

/// True if a correction changes this guarantee of the field: the schema of the field (null), or its name in the
/// list of required fields.
fn touches(correction: &Correction, object: &Pointer, field: &Field, guarantee: Guarantee) -> bool {
    correction.places.iter().any(|(at, found)| match guarantee {
        Guarantee::NotNull => {
            correction.nullable && *at == object.descend(["properties", &field.wire])
        }
        Guarantee::Required => {
            at.parent().is_some_and(|(list, _)| list == object.child("required"))
                && *found == field.wire.as_str()
        }
    })
}
