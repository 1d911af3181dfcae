//! The generated part of `spec/README.md`: items that some servers lack, and fields that the SDK declares more
//! loosely than the base description.

mod looseness;

use std::collections::BTreeSet;

use heck::ToUpperCamelCase as _;

use crate::document::{Document, Field, Operation, Servers, Shape, Type};
use crate::inputs::operations::ALWAYS_ON;
use crate::openapi::servers::phrase;
use crate::untrusted::{inline_code, table_cell};
pub(crate) use looseness::Sources;

/// A row, and the group that has the item; `None` if several groups have it.
type Row<'d> = (Option<&'d str>, String);

/// Both kinds of tables, with their headings.
pub(crate) fn servers(sources: &Sources<'_>, document: &Document) -> String {
    format!(
        "### Items that some servers lack\n\n{}\n### Fields that are looser than in {}\n\n{}",
        tables(
            document,
            &availability(document),
            "| operation | field | in Rust | servers |\n| --- | --- | --- | --- |\n",
            "All servers have all items.\n",
        ),
        sources.base,
        tables(
            document,
            &looseness::looseness(sources, document),
            &format!(
                "| in Rust | {} | the SDK | reason |\n| --- | --- | --- | --- |\n",
                sources.base
            ),
            &format!("None: the SDK is as strict as {}.\n", sources.base),
        )
    )
}

/// A table for each group, `jobs` first. What several groups have is in the first.
fn tables(document: &Document, rows: &[Row<'_>], head: &str, none: &str) -> String {
    let mut groups: Vec<_> = document.groups().into_iter().collect();
    groups.sort_by_key(|group| *group != ALWAYS_ON);
    let first = groups.first().copied().unwrap_or(ALWAYS_ON);
    let table = |group: &str| {
        let rows = rows.iter().filter(|(of, _)| of.unwrap_or(first) == group);
        let rows: String = rows.map(|(_, row)| row.as_str()).collect();
        if rows.is_empty() { none.to_owned() } else { format!("{head}{rows}") }
    };
    match groups.as_slice() {
        [] | [_] => table(first),
        groups => {
            let titled = groups.iter().map(|group| format!("#### `{group}`\n\n{}", table(group)));
            titled.collect::<Vec<_>>().join("\n")
        }
    }
}

/// Text of a description as code in a cell.
fn code(text: &str) -> String {
    table_cell(&inline_code(text))
}

/// True if a part of the type has a row.
fn is_partial(ty: &Type) -> bool {
    match &ty.shape {
        Shape::Object { fields, .. } => fields.iter().any(|field| field.servers.0.is_some()),
        Shape::Enum(values) => values.iter().any(|value| value.servers.0.is_some()),
        Shape::Union(..) | Shape::Newtype(_) | Shape::HandWritten(_) => false,
    }
}

/// The rows of the table of items that some servers lack, in Markdown: operations, field, Rust item, servers.
fn availability(document: &Document) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for operation in &document.operations {
        of_operation(document, operation, &mut rows);
    }
    let used = document.used_types();
    let partial: Vec<_> = document
        .types
        .iter()
        .filter(|(name, ty)| used.contains(name.as_str()) && is_partial(ty))
        .collect();
    let operations = document.operations.iter().filter(|_| !partial.is_empty());
    let reached: Vec<_> = operations
        .map(|operation| (format!("`{}`", operation.name), document.reach(operation)))
        .collect();
    for (name, ty) in partial {
        let reaching = reached.iter().filter(|(_, types)| types.contains(name.as_str()));
        let operations: BTreeSet<_> = reaching.map(|(name, _)| name.clone()).collect();
        let operations = operations.into_iter().collect::<Vec<_>>().join(", ");
        of_type(document, (name, ty), &operations, &mut rows);
    }
    rows
}

/// The operation, its parameters, the fields of its body that have setters, and its errors.
fn of_operation<'d>(document: &Document, operation: &'d Operation, rows: &mut Vec<Row<'d>>) {
    let name = format!("`{}`", operation.name);
    let method = format!("Client::{}", operation.name);
    let setter = |name: &str| format!("{}::{name}", operation.name.to_upper_camel_case());
    let mut row = |field: &str, item: &str, have: &Servers| {
        let row = row(document, &name, field, item, have);
        rows.extend(row.map(|row| (Some(operation.group.as_str()), row)));
    };
    row("", &method, &operation.servers);
    for param in &operation.params {
        row(&code(&param.wire), &setter(&param.name), &param.servers);
    }
    for (field, name) in setters(document, operation) {
        row(&code(&field.wire), &setter(name), &field.servers);
    }
    for (code, servers) in &operation.errors {
        row(&format!("the status {code}"), &method, servers);
    }
}

/// The fields or the values of a type.
fn of_type<'d>(
    document: &Document,
    (name, ty): (&str, &'d Type),
    operations: &str,
    rows: &mut Vec<Row<'d>>,
) {
    let mut row = |field: &str, part: &str, have: &Servers| {
        let row = row(document, operations, field, &format!("{name}::{part}"), have);
        rows.extend(row.map(|row| (ty.group.as_deref(), row)));
    };
    match &ty.shape {
        Shape::Object { fields, .. } => {
            for field in fields {
                row(&code(&field.wire), &field.name, &field.servers);
            }
        }
        Shape::Enum(values) => {
            for value in values {
                row(&format!("the value {}", code(&value.value)), &value.name, &value.servers);
            }
        }
        Shape::Union(..) | Shape::Newtype(_) | Shape::HandWritten(_) => {}
    }
}

/// A row for an item that some servers lack.
fn row(
    document: &Document,
    operations: &str,
    field: &str,
    item: &str,
    have: &Servers,
) -> Option<String> {
    have.0.as_ref()?;
    let have = phrase(&have.of(&document.servers), &document.servers);
    Some(format!("| {operations} | {field} | `{item}` | {have} |\n"))
}

/// The fields of a body that is sent field by field, with the names of their setters.
fn setters<'d>(
    document: &'d Document,
    operation: &'d Operation,
) -> impl Iterator<Item = (&'d Field, &'d String)> {
    let body = operation
        .body
        .iter()
        .filter_map(|body| Some((document.fields(body.content.ty()?)?, body.setters.as_ref()?)));
    body.flat_map(|(fields, names)| fields.iter().zip(names))
}
