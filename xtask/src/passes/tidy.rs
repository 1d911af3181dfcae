//! Finish: what a public API owes its users and typify does not know.
//!
//! Structs stay open to new fields, ids can be copied and used as keys, a request that is never
//! sent is reported by the compiler.

use anyhow::Result;
use quote::quote;
use syn::{ItemStruct, parse_quote};

use super::{Count, Tree};
use crate::document::{Body, Document};

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for schema in &document.schemas {
        let derives = match &schema.body {
            Body::Object(_) => None,
            Body::Scalar => Some(derives(tree.type_struct(&schema.name)?)),
            Body::Enum { .. } | Body::Union | Body::HandWritten(_) => continue,
        };
        count.expected += 1;
        let item = tree.type_struct(&schema.name)?;
        item.attrs.push(match derives {
            Some(derives) => parse_quote!(#[derive(#derives)]),
            None => parse_quote!(#[non_exhaustive]),
        });
        count.changed += 1;
    }
    for operation in &document.operations {
        count.expected += 1;
        let must_use = parse_quote!(#[must_use = "a request does nothing until it is sent"]);
        tree.request_struct(operation)?.attrs.push(must_use);
        count.changed += 1;
    }
    Ok(count)
}

/// What a newtype can do beyond what typify derives.
fn derives(newtype: &ItemStruct) -> proc_macro2::TokenStream {
    let inner = newtype.fields.iter().next().map(|field| quote!(#field).to_string());
    match inner.as_deref() {
        Some("pub i64") => quote!(Copy, Eq, Hash, PartialOrd, Ord),
        _ => quote!(Eq, Hash, PartialOrd, Ord),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok};

    fn code(name: &str, schema: serde_json::Value) -> String {
        let answer = ok(json!({"$ref": format!("#/components/schemas/{name}")}));
        code_after("tidy", &document(json!([]), answer, json!({name: schema})))
    }

    #[test]
    fn an_id_can_be_copied_and_be_a_key() {
        let code = code("ThingId", json!({"type": "integer", "format": "int64"}));
        assert!(
            code.contains(
                "#[derive(Copy, Eq, Hash, PartialOrd, Ord)] pub struct ThingId(pub i64);"
            ),
            "{code}"
        );
    }

    #[test]
    fn an_object_may_get_new_fields() {
        let code =
            code("Thing", json!({"type": "object", "properties": {"a": {"type": "string"}}}));
        assert!(code.contains("#[non_exhaustive] pub struct Thing {"), "{code}");
    }
}
