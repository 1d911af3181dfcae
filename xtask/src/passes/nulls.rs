//! What a server may send as null is written as null, and lists are always written.
//!
//! typify leaves an absent optional value, a null and an empty list out of its output, and takes a
//! missing nullable value for an error. Here null and missing are one on the way in, what may be
//! null is written as null, and a list or map is written even when it is empty.

use anyhow::{Context as _, Result};
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Item, Meta, Token, parse_quote};

use super::tree::{method, starts_as};
use super::{Count, Tree};
use crate::document::{Document, Property};

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for (schema, properties) in document.objects() {
        let item = tree.type_struct(&schema.name)?;
        for property in properties.iter().filter(|property| is_concerned(property)) {
            count.expected += 1;
            let field = item.fields.iter_mut().find(|field| is_field_of(field, property));
            let field =
                field.with_context(|| format!("no field for {}.{}", schema.name, property.name))?;
            let before = field.to_token_stream().to_string();
            for attribute in &mut field.attrs {
                drop_settings(attribute, &["skip_serializing_if", "deserialize_with"])?;
            }
            field.attrs.retain(|attribute| !attribute.to_token_stream().is_empty());
            field.attrs.retain(
                |attribute| !matches!(&attribute.meta, Meta::List(list) if list.tokens.is_empty()),
            );
            count.changed += usize::from(field.to_token_stream().to_string() != before);
        }
    }
    for (schema, properties) in document.objects() {
        for property in properties.iter().filter(|property| property.schema["nullable"] == true) {
            let field = tree
                .type_struct(&schema.name)?
                .fields
                .iter()
                .find(|field| is_field_of(field, property));
            let field =
                field.and_then(|field| field.ident.clone()).context("a field without a name")?;
            need_not_be_set(tree, &schema.name, &field)
                .with_context(|| format!("{}.{field}", schema.name))?;
        }
    }
    Ok(count)
}

/// A builder that is not told of a nullable value takes null, as a server's silence is taken.
fn need_not_be_set(tree: &mut Tree, name: &str, field: &syn::Ident) -> Result<()> {
    let items = tree.builders().and_then(|module| module.content.as_mut());
    for item in items.into_iter().flat_map(|(_, items)| items) {
        if let Item::Impl(block) = item
            // A property called `default` has a setter of that name, in an `impl` of no trait.
            && block.trait_.is_some()
            && block.self_ty.to_token_stream().to_string() == name
            && let Ok(default) = method(block, "default")
        {
            starts_as(default, field, parse_quote!(Ok(Default::default())))?;
        }
    }
    Ok(())
}

/// Nullable, or an optional list or map. (A required list is written and read as it should be.)
fn is_concerned(property: &Property) -> bool {
    let schema = &property.schema;
    let anything = schema
        .as_object()
        .is_some_and(|map| !["type", "$ref", "allOf"].iter().any(|key| map.contains_key(*key)));
    let container = matches!(schema["type"].as_str(), Some("array" | "object"));
    if anything {
        !property.required
    } else {
        schema["nullable"] == true || (container && !property.required)
    }
}

/// Whether the field holds the property: typify sets a serde name where it is not the field's own.
pub(super) fn is_field_of(field: &Field, property: &Property) -> bool {
    let renamed = field.attrs.iter().filter_map(|attribute| settings(attribute).ok()).flatten();
    for setting in renamed {
        if let Meta::NameValue(pair) = &setting
            && pair.path.is_ident("rename")
        {
            let quoted = serde_json::Value::from(property.name.as_str()).to_string();
            return pair.value.to_token_stream().to_string() == quoted;
        }
    }
    field.ident.as_ref().is_some_and(|ident| *ident == property.name)
}

fn settings(attribute: &Attribute) -> Result<Vec<Meta>> {
    if !attribute.path().is_ident("serde") {
        return Ok(Vec::new());
    }
    let settings = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
    Ok(settings.into_iter().collect())
}

fn drop_settings(attribute: &mut Attribute, names: &[&str]) -> Result<()> {
    if attribute.path().is_ident("serde") {
        let mut kept = settings(attribute)?;
        kept.retain(|setting| !names.iter().any(|name| setting.path().is_ident(name)));
        *attribute = parse_quote!(#[serde(#(#kept),*)]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok};

    fn thing(property: serde_json::Value, required: &[&str]) -> String {
        let thing = json!({"type": "object", "required": required, "properties": {"p": property}});
        let answer = ok(json!({"$ref": "#/components/schemas/Thing"}));
        code_after("nulls", &document(json!([]), answer, json!({"Thing": thing})))
    }

    #[test]
    fn a_nullable_value_is_written_and_may_be_missing() {
        for required in [&["p"][..], &[]] {
            let code = thing(json!({"type": "string", "nullable": true}), required);
            assert!(code.contains("Self { p: Ok(Default::default()) }"), "{code}");
            assert!(code.contains("pub struct Thing { pub p: "), "{code}");
        }
    }

    #[test]
    fn a_property_called_default_is_a_property() {
        let properties =
            json!({"default": {"type": "boolean"}, "p": {"type": "string", "nullable": true}});
        let thing = json!({"type": "object", "required": ["default"], "properties": properties});
        let answer = ok(json!({"$ref": "#/components/schemas/Thing"}));
        let code = code_after("nulls", &document(json!([]), answer, json!({"Thing": thing})));
        assert!(code.contains("p: Ok(Default::default())"), "{code}");
    }

    #[test]
    fn a_list_is_always_written() {
        let code = thing(json!({"type": "array", "items": {"type": "string"}}), &[]);
        assert!(code.contains("#[serde(default)] pub p: ::std::vec::Vec"), "{code}");
    }

    #[test]
    fn what_is_optional_and_never_null_is_left_out() {
        let code = thing(json!({"type": "string"}), &[]);
        assert!(code.contains("skip_serializing_if"), "{code}");
    }
}
