//! Documentation of all public items: from the overlay, or a generated factual sentence.
//!
//! Text from a description or the overlay goes through [`text::lines`], so that it cannot become a
//! doctest, HTML or a broken link.

use proc_macro2::TokenStream;
use quote::quote;

use super::text;
use crate::document::{
    Body, Docs, Document, EnumValue, Field, Operation, Param, Servers, Shape, Ty, Type,
};
use crate::openapi::servers;

/// The maximum width of a line of documentation.
const WIDTH: usize = 100;

/// The doc attributes of untrusted text, at this indentation.
fn foreign(text: &str, indent: usize) -> TokenStream {
    attributes(text::lines(text), indent)
}

/// The doc attributes of text from the generator, which may link to items.
pub(super) fn trusted(text: &str, indent: usize) -> TokenStream {
    attributes(text.lines().map(str::to_owned).collect(), indent)
}

fn attributes(lines: Vec<String>, indent: usize) -> TokenStream {
    // The form of `///`: a space before the text, and no space on an empty line.
    let lines = text::wrapped(&lines, WIDTH - indent - 4).into_iter();
    let lines = lines.map(|line| if line.is_empty() { line } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// The items of the SDK that the overlay does not document. `Type.*` is a type with all its items: its documentation is
/// facts only.
pub(crate) fn without_docs(document: &Document) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = |name: String, docs: &Docs| {
        if docs.text.is_none() {
            items.push(name);
        }
    };
    for operation in &document.operations {
        item(operation.name.clone(), &operation.docs);
        for param in &operation.params {
            item(format!("{}({})", operation.name, param.wire), &param.docs);
        }
    }
    // An object that is sent field by field has no page of its own.
    let used = document.used_types();
    for (name, ty) in &document.types {
        let parts: Vec<(&str, &Docs)> = match &ty.shape {
            Shape::HandWritten(_) => continue,
            Shape::Object { fields, .. } => {
                fields.iter().map(|field| (field.wire.as_str(), &field.docs)).collect()
            }
            Shape::Enum(values) => {
                values.iter().map(|value| (value.value.as_str(), &value.docs)).collect()
            }
            Shape::Union(..) | Shape::Newtype(_) => Vec::new(),
        };
        let is_used = used.contains(name.as_str());
        let without = parts.iter().filter(|(_, docs)| docs.text.is_none());
        if is_used
            && ty.docs.text.is_none()
            && !parts.is_empty()
            && without.clone().count() == parts.len()
        {
            items.push(format!("{name}.*"));
            continue;
        }
        items.extend(without.map(|(part, _)| format!("{name}.{part}")));
        if is_used && ty.docs.text.is_none() {
            items.push(name.clone());
        }
    }
    items
}

/// A method of the client.
pub(super) fn method(operation: &Operation, document: &Document) -> TokenStream {
    let sends = format!("Sends `{} {}`.", operation.method, operation.path());
    let docs = &operation.docs;
    let mut parts = vec![docs.text.clone().unwrap_or_else(|| sends.clone())];
    parts.push(
        operation.required().map(argument).chain(body(operation)).collect::<Vec<_>>().join("\n"),
    );
    if docs.text.is_some() {
        parts.push(sends);
    }
    parts.push(errors(operation, document));
    parts.push(since(&operation.servers, document));
    parts.push(link(docs));
    let text = foreign(&parts.join("\n\n"), 4);
    // A paragraph that holds for all operations is on the page of the client.
    let access =
        trusted("\nAccess and tokens: see [`Client`](crate::Client#access-and-tokens).", 4);
    quote!(#text #access)
}

/// The error statuses that the descriptions list.
fn errors(operation: &Operation, document: &Document) -> String {
    let codes = operation.errors.iter().map(|(code, servers)| match &servers.0 {
        Some(_) => format!(
            "{code} ({})",
            servers::phrase(&servers.of(&document.servers), &document.servers)
        ),
        None => code.to_string(),
    });
    let codes = codes.collect::<Vec<_>>().join(", ");
    match codes.is_empty() {
        true => String::new(),
        false => {
            let statuses = if operation.errors.len() == 1 { "status" } else { "statuses" };
            format!(
                "The description lists the error {statuses} {codes}; a server may answer with others."
            )
        }
    }
}

/// ``- `owner`: its documentation``, as one line of a list.
fn argument(param: &Param) -> String {
    let text =
        param.docs.text.clone().unwrap_or_else(|| capitalized(&format!("{}.", fact(&param.ty))));
    let words: Vec<_> = text.split_whitespace().collect();
    format!("- `{}`: {}", param.name, words.join(" "))
}

/// The argument with the body, as one line of a list.
fn body(operation: &Operation) -> Option<String> {
    let body = operation.body_argument()?;
    let kind = body.content.ty().map_or_else(|| "bytes or a stream".to_owned(), fact);
    Some(format!("- `{}`: The body, `{}`: {kind}.", body.name, body.content.media))
}

/// The setter of an optional body.
pub(super) fn body_setter(body: &Body, operation: &Operation) -> TokenStream {
    let kind = body.content.ty().map_or_else(|| "bytes or a stream".to_owned(), fact);
    let text = format!("The body, `{}`: {kind}.\n\n{}", body.content.media, link(&operation.docs));
    foreign(&text, 4)
}

/// The setter of a field of the body.
pub(super) fn field_setter(
    field: &Field,
    operation: &Operation,
    document: &Document,
) -> TokenStream {
    let text = field.docs.text.clone().unwrap_or_else(|| {
        let fact = fact(&field.ty);
        format!("The field `{}` of the body: {fact}.\n\n{}", field.wire, link(&operation.docs))
    });
    foreign(&format!("{text}\n\n{}", since(&field.servers, document)), 4)
}

/// The attribute of a deprecated item.
pub(super) fn deprecated(docs: &Docs) -> Option<TokenStream> {
    let replacement = docs.deprecated.as_deref()?;
    Some(match replacement.is_empty() {
        true => quote!(#[deprecated]),
        false => {
            let note = format!("use {}", text::lines(replacement).join(" "));
            quote!(#[deprecated = #note])
        }
    })
}

/// A setter of a request.
pub(super) fn setter(param: &Param, operation: &Operation, document: &Document) -> TokenStream {
    let since = since(&param.servers, document);
    let text = param.docs.text.clone().unwrap_or_else(|| {
        let place = param.place;
        let mut text = format!("The {place} parameter `{}`: {}", param.wire, fact(&param.ty));
        if let Some(default) = &param.default {
            text +=
                &format!("; the server's default is `{}`", default.to_string().trim_matches('"'));
        }
        format!("{text}.\n\n{}", link(&operation.docs))
    });
    foreign(&format!("{text}\n\n{since}"), 4)
}

/// A type. The macro of open enums adds the paragraph that all of them share.
pub(super) fn ty(name: &str, ty: &Type, indent: usize) -> TokenStream {
    let text = ty.docs.text.clone();
    let text = text.unwrap_or_else(|| format!("The schema `{name}` of the API."));
    foreign(&format!("{text}\n\n{}", link(&ty.docs)), indent)
}

/// A field of an object.
pub(super) fn field(field: &Field, ty: &Type, document: &Document) -> TokenStream {
    let text = field.docs.text.clone().unwrap_or_else(|| {
        let absent = if field.required { "" } else { ", may be absent" };
        format!("`{}`: {}{absent}.\n\n{}", field.wire, fact(&field.ty), link(&ty.docs))
    });
    foreign(&format!("{text}\n\n{}", since(&field.servers, document)), 4)
}

/// A variant of an enum.
pub(super) fn value(value: &EnumValue, document: &Document) -> TokenStream {
    let text = value.docs.text.clone().unwrap_or_else(|| format!("`{}`.", value.value));
    foreign(&format!("{text}\n\n{}", since(&value.servers, document)), 8)
}

/// A paragraph with the servers that have an item; empty if all have it.
fn since(servers: &Servers, document: &Document) -> String {
    if servers.0.is_none() {
        return String::new();
    }
    let phrase = servers::phrase(&servers.of(&document.servers), &document.servers);
    format!("{}.", capitalized(&phrase))
}

/// The text with a capital at its start.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// A type as a phrase.
fn fact(ty: &Ty) -> String {
    match ty {
        Ty::Bool => "a boolean".to_owned(),
        Ty::Integer { min: Some(min), max: Some(max) } => format!("an integer from {min} to {max}"),
        Ty::Integer { min: Some(min), .. } => format!("an integer, at least {min}"),
        Ty::Integer { max: Some(max), .. } => format!("an integer, at most {max}"),
        Ty::Integer { .. } => "an integer".to_owned(),
        Ty::Number => "a number".to_owned(),
        Ty::Text => "a string".to_owned(),
        Ty::Time => "a time".to_owned(),
        Ty::Json => "any JSON value".to_owned(),
        Ty::List(items) => format!("a list; each item is {}", fact(items)),
        Ty::Map(values) => format!("a map; each value is {}", fact(values)),
        Ty::Named(name) => format!("`{name}`"),
        Ty::Nullable(inner) => format!("{}, may be null", fact(inner)),
    }
}

fn link(docs: &Docs) -> String {
    docs.url.as_ref().map(|url| format!("[Documentation]({url})")).unwrap_or_default()
}
