//! The generated part of `spec/README.md`: items that some servers lack, and fields that the SDK declares more
//! loosely than the base description.

mod looseness;

use std::collections::BTreeSet;

use heck::ToUpperCamelCase as _;

use crate::document::{Document, Servers, Shape, Type};
use crate::openapi::servers::phrase;
use crate::untrusted::{inline_code, table_cell};
pub(crate) use looseness::Sources;

/// Both tables, with their headings.
pub(crate) fn servers(sources: &Sources<'_>, document: &Document) -> String {
    format!(
        "### Items that some servers lack\n\n{}\n### Fields that are looser than in {}\n\n{}",
        availability(document),
        sources.base,
        looseness::looseness(sources, document)
    )
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

/// The table of items that some servers lack, in Markdown: operations, field, Rust item, servers.
fn availability(document: &Document) -> String {
    let mut rows = Vec::new();
    let mut row = |operations: &str, field: &str, item: &str, have: &Servers| {
        if have.0.is_some() {
            let have = phrase(&have.of(&document.servers), &document.servers);
            rows.push(format!("| {operations} | {field} | `{item}` | {have} |\n"));
        }
    };
    for operation in &document.operations {
        let name = format!("`{}`", operation.name);
        let method = format!("Client::{}", operation.name);
        row(&name, "", &method, &operation.servers);
        for param in &operation.params {
            let item = format!("{}::{}", operation.name.to_upper_camel_case(), param.name);
            row(&name, &code(&param.wire), &item, &param.servers);
        }
        for (code, servers) in &operation.errors {
            row(&name, &format!("the status {code}"), &method, servers);
        }
    }
    let partial: Vec<_> = document.types.iter().filter(|(_, ty)| is_partial(ty)).collect();
    let operations = document.operations.iter().filter(|_| !partial.is_empty());
    let reached: Vec<_> = operations
        .map(|operation| (format!("`{}`", operation.name), document.reach(operation)))
        .collect();
    for (name, ty) in partial {
        let reaching = reached.iter().filter(|(_, types)| types.contains(name.as_str()));
        let operations: BTreeSet<_> = reaching.map(|(name, _)| name.clone()).collect();
        let operations = operations.into_iter().collect::<Vec<_>>().join(", ");
        match &ty.shape {
            Shape::Object { fields, .. } => {
                for field in fields {
                    let item = format!("{name}::{}", field.name);
                    row(&operations, &code(&field.wire), &item, &field.servers);
                }
            }
            Shape::Enum(values) => {
                for value in values {
                    let item = format!("{name}::{}", value.name);
                    row(
                        &operations,
                        &format!("the value {}", code(&value.value)),
                        &item,
                        &value.servers,
                    );
                }
            }
            Shape::Union(..) | Shape::Newtype(_) | Shape::HandWritten(_) => {}
        }
    }
    match rows.is_empty() {
        true => "All servers have all items.\n".to_owned(),
        false => format!(
            "| operation | field | in Rust | servers |\n| --- | --- | --- | --- |\n{}",
            rows.concat()
        ),
    }
}
