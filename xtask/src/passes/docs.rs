//! Words for everything public: the overlay's, or a factual sentence where it has none.
//!
//! Nothing that progenitor writes as documentation stays: it may hold foreign text. All text goes
//! through [`text::lines`], so that no description can become a doctest, HTML or a broken link.

mod builders;
mod methods;
mod text;

use anyhow::{Context as _, Result};
use serde_json::Value;
use syn::{Attribute, parse_quote};

use super::enums::variants;
use super::nulls::is_field_of;
use super::tree::{method, parameter_field, setter_name};
use super::{Count, Tree};
use crate::availability;
use crate::document::{Body, Document, Operation, Parameter, Property, Schema, Success};
use builders::builders;
use methods::METHODS;

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut written = 0;
    for operation in &document.operations {
        written +=
            request(operation, &document.servers, tree).with_context(|| operation.name.clone())?;
    }
    for schema in &document.schemas {
        written +=
            self::schema(schema, &document.servers, tree).with_context(|| schema.name.clone())?;
    }
    builders(tree);
    Ok(Count { expected: items(document).count(), changed: written })
}

/// The items of the SDK for which the overlay has no words.
pub(crate) fn without_words(document: &Document) -> Vec<String> {
    items(document).filter(|(_, words)| !words).map(|(item, _)| item).collect()
}

/// Everything that a description can have words for, and whether it has.
fn items(document: &Document) -> impl Iterator<Item = (String, bool)> {
    let operations = document.operations.iter().flat_map(|operation| {
        let parameters = operation.parameters.iter().map(|parameter| {
            (format!("{}({})", operation.name, parameter.name), parameter.words.is_some())
        });
        std::iter::once((operation.name.clone(), operation.words.is_some())).chain(parameters)
    });
    let schemas = document.schemas.iter().flat_map(|schema| {
        let parts: Vec<_> = match &schema.body {
            Body::HandWritten(_) => return Vec::new(),
            Body::Object(properties) => properties
                .iter()
                .map(|property| (&property.name, property.words.is_some()))
                .collect(),
            Body::Enum { words, .. } => {
                words.iter().map(|word| (&word.value, word.words.is_some())).collect()
            }
            Body::Union | Body::Scalar => Vec::new(),
        };
        let parts =
            parts.into_iter().map(|(part, words)| (format!("{}.{part}", schema.name), words));
        std::iter::once((schema.name.clone(), schema.words.is_some())).chain(parts).collect()
    });
    operations.chain(schemas)
}

/// An operation: its method, its request and the request's methods; how many items that are.
fn request(operation: &Operation, servers: &[String], tree: &mut Tree) -> Result<usize> {
    let since = |available: &Option<Vec<String>>| since(available, servers);
    let words = |given: &[&str]| maker_words(operation, given) + &since(&operation.available);
    document(&mut tree.client_method(operation)?.attrs, &words(&[]));

    let maker = format!("A request made by [`Client::{0}`](crate::Client::{0}).", operation.name);
    let request = tree.request_struct(operation)?;
    document_trusted(&mut request.attrs, &maker);
    let request = request.clone();
    for parameter in operation.optional() {
        let (field, _) = parameter_field(&request, parameter)?;
        let setter = setter_name(&field).to_string();
        let setter = method(tree.request_impl(operation)?, &setter)?;
        let words = self::parameter(parameter, operation) + &since(&parameter.available);
        document(&mut setter.attrs, &words);
    }
    let codes = operation.errors.iter().map(|error| match &error.available {
        Some(have) => format!("{} ({})", error.code, availability::words(have, servers)),
        None => error.code.clone(),
    });
    let mut codes = codes.collect::<Vec<_>>().join(", ");
    if !codes.is_empty() {
        codes = format!(" The description lists {codes}; a server may answer with others.");
    }
    let errors = format!(
        "# Errors\n\nAn argument was refused (then nothing is sent), the server was not reached, it answered \
         with an error, or its answer could not be read: see [`ErrorKind`](crate::ErrorKind).{codes}"
    );
    for (name, words) in METHODS {
        // A request has some of these: what its pass has given it.
        if let Ok(end) = method(tree.request_impl(operation)?, name) {
            let words = match (name, operation.success) {
                ("stream", Success::Redirect) => {
                    "Sends the request and gives the content behind the redirect as it comes in. It is fetched \
                     without the token, and a link that has expired on the way is asked for once more."
                }
                _ => words,
            };
            let docs = if end.sig.asyncness.is_some() {
                format!("{words}\n\n{errors}")
            } else {
                words.to_owned()
            };
            document_trusted(&mut end.attrs, &docs);
        }
    }
    if operation.is_of_repository() {
        let method = method(&mut tree.repo, &operation.name)?;
        document(&mut method.attrs, &words(&["owner", "repo"]));
    }
    let call = method(tree.request_impl(operation)?, "call")?;
    document_trusted(&mut call.attrs, "The call that the engine makes of this request.");
    Ok(1 + operation.parameters.len())
}

/// The words for a method that makes a request; `given` are the arguments that it does not take.
fn maker_words(operation: &Operation, given: &[&str]) -> String {
    let sends = format!("Sends `GET {}`.", operation.path);
    let mut docs = vec![operation.words.clone().unwrap_or_else(|| sends.clone())];
    let taken = operation.required().filter(|parameter| !given.contains(&parameter.name.as_str()));
    docs.push(taken.map(argument).collect::<Vec<_>>().join("\n"));
    if operation.words.is_some() {
        docs.push(sends);
    }
    docs.push(link(operation.docs_url.as_deref()));
    docs.join("\n\n")
}

/// ``- `owner`: the words for it``, as one line of a list.
fn argument(parameter: &Parameter) -> String {
    let words = parameter.words.clone().unwrap_or_else(|| format!("{}.", kind(&parameter.schema)));
    let words: Vec<_> = words.split_whitespace().collect();
    format!("- `{}`: {}", parameter.name, words.join(" "))
}

fn parameter(parameter: &Parameter, operation: &Operation) -> String {
    if let Some(words) = &parameter.words {
        return words.clone();
    }
    let mut facts =
        format!("The query parameter `{}`: {}", parameter.name, kind(&parameter.schema));
    if let Some(default) = &parameter.default {
        facts += &format!("; the server's default is `{}`", default.to_string().trim_matches('"'));
    }
    format!("{facts}.\n\n{}", link(operation.docs_url.as_deref()))
}

/// A type and its parts; how many items that are.
fn schema(schema: &Schema, servers: &[String], tree: &mut Tree) -> Result<usize> {
    let link = link(schema.docs_url.as_deref());
    let words =
        schema.words.clone().unwrap_or_else(|| format!("The schema `{}` of the API.", schema.name));
    let words = format!("{words}\n\n{link}");
    match &schema.body {
        Body::HandWritten(_) => Ok(0),
        Body::Object(properties) => {
            let item = tree.type_struct(&schema.name)?;
            document(&mut item.attrs, &words);
            for property in properties {
                let field = item.fields.iter_mut().find(|field| is_field_of(field, property));
                let field = field.with_context(|| format!("no field for `{}`", property.name))?;
                let words = self::property(property, &link) + &since(&property.available, servers);
                document(&mut field.attrs, &words);
            }
            method_docs(
                tree,
                &schema.name,
                "builder",
                &format!("Starts a `{}` with no field set.", schema.name),
            )?;
            Ok(1 + properties.len())
        }
        Body::Scalar => {
            document(&mut tree.type_struct(&schema.name)?.attrs, &words);
            for field in &mut tree.type_struct(&schema.name)?.fields {
                document_trusted(&mut field.attrs, "The value as the API has it.");
            }
            Ok(1)
        }
        Body::Enum { words: values, open } => {
            let note = if *open {
                "\n\nA server may send a word that is not listed here: it arrives as `Unknown` and keeps its \
                 text. Match with a wildcard arm, and compare unlisted words by `as_str()`, so that a word \
                 listed later is no silent change."
            } else {
                ""
            };
            let as_str = "The word that stands for this value in the API.";
            method_docs(tree, &schema.name, "as_str", as_str)?;
            let item = tree.type_enum(&schema.name)?;
            document(&mut item.attrs, &format!("{words}{note}"));
            for ((name, value), word) in variants(values).into_iter().zip(values) {
                let docs = word.words.clone().unwrap_or_else(|| format!("`{value}`."));
                let docs = docs + &since(&word.available, servers);
                let variant = item.variants.iter_mut().find(|variant| variant.ident == name);
                document(
                    &mut variant.with_context(|| format!("no variant `{name}`"))?.attrs,
                    &docs,
                );
            }
            if let Some(unknown) =
                item.variants.iter_mut().find(|variant| variant.ident == "Unknown")
            {
                document_trusted(
                    &mut unknown.attrs,
                    "A word that is not listed here, as the server sent it.",
                );
            }
            Ok(1 + values.len())
        }
        Body::Union => {
            let item = tree.type_enum(&schema.name)?;
            document(&mut item.attrs, &words);
            for variant in &mut item.variants {
                let form = format!("The form `{}`.", variant.ident);
                document_trusted(&mut variant.attrs, &form);
            }
            Ok(1)
        }
    }
}

/// A paragraph that says which servers have a thing, where not all do.
fn since(available: &Option<Vec<String>>, servers: &[String]) -> String {
    let said = available.as_ref().map(|have| availability::words(have, servers));
    said.map(|said| format!("\n\n{}.", availability::capitalized(&said))).unwrap_or_default()
}

fn property(property: &Property, link: &str) -> String {
    property.words.clone().unwrap_or_else(|| {
        let absent = if property.required { "" } else { ", may be absent" };
        format!("`{}`: {}{absent}.\n\n{link}", property.name, kind(&property.schema))
    })
}

/// What a schema is, in words.
fn kind(schema: &Value) -> String {
    let reference =
        [&schema["$ref"], &schema["allOf"][0]["$ref"]].into_iter().find_map(Value::as_str);
    let name = reference.and_then(|reference| reference.rsplit('/').next());
    let mut kind = match (name, schema["type"].as_str()) {
        (Some(name), _) => format!("`{name}`"),
        (None, Some("array")) => format!("a list of {}", kind_of_items(&schema["items"])),
        (None, Some("string")) if schema["format"] == "date-time" => "a time".to_owned(),
        (None, Some("integer")) => "an integer".to_owned(),
        (None, Some("object")) => "an object".to_owned(),
        (None, Some(scalar)) => format!("a {scalar}"),
        (None, None) => "any value".to_owned(),
    };
    if schema["nullable"] == true {
        kind += ", may be null";
    }
    kind
}

fn kind_of_items(items: &Value) -> String {
    let kind = kind(items);
    let bare = kind.trim_start_matches("a ").trim_start_matches("an ");
    format!("{bare} items")
}

fn link(url: Option<&str>) -> String {
    url.map(|url| format!("[Documentation]({url})")).unwrap_or_default()
}

fn method_docs(tree: &mut Tree, type_name: &str, method: &str, docs: &str) -> Result<()> {
    document_trusted(&mut self::method(tree.type_impl(type_name)?, method)?.attrs, docs);
    Ok(())
}

/// Replaces the documentation by text that may come from a description.
fn document(attributes: &mut Vec<Attribute>, text: &str) {
    replace(attributes, &text::lines(text));
}

/// Replaces the documentation by text of this file, which may link to items.
fn document_trusted(attributes: &mut Vec<Attribute>, text: &str) {
    replace(attributes, &text.lines().map(str::to_owned).collect::<Vec<_>>());
}

fn replace(attributes: &mut Vec<Attribute>, lines: &[String]) {
    attributes.retain(|attribute| !attribute.path().is_ident("doc"));
    let docs = lines.iter().map(|line| -> Attribute {
        // As `///` would have it: a space before the text, none on an empty line.
        let line = if line.is_empty() { String::new() } else { format!(" {line}") };
        parse_quote!(#[doc = #line])
    });
    attributes.splice(0..0, docs);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing;
    use super::super::testing::{code_after, ok};
    use super::*;

    fn value() -> serde_json::Value {
        let thing = json!({"type": "object", "required": [], "properties": {"size": {"type": "integer", "nullable": true}}});
        testing::document(
            json!([]),
            ok(json!({"$ref": "#/components/schemas/Thing"})),
            json!({"Thing": thing}),
        )
    }

    #[test]
    fn what_has_no_words_gets_facts_and_is_listed() {
        let code = code_after("docs", &value());
        assert!(code.contains("/// `size`: an integer, may be null, may be absent."), "{code}");
        assert!(code.contains("/// Sends `GET /things`."), "{code}");
        let document = Document::read(&value()).unwrap();
        assert_eq!(without_words(&document), ["get_thing", "Thing", "Thing.size"]);
    }

    #[test]
    fn nothing_that_progenitor_writes_stays() {
        let code = code_after("docs", &value());
        assert!(!code.contains("```") && !code.contains("Sends a `GET` request"), "{code}");
    }
}
