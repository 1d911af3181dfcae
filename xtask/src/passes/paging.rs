//! A list can be followed over all its pages: `all`, `stream` and `pages` beside `send`.
//!
//! progenitor knows paging by a token in the body alone; GitHub links to the next page in a header.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use quote::ToTokens as _;
use syn::{ImplItem, Item, ReturnType, Type, parse_quote};

use super::tree::{first_argument, ident, method};
use super::{Count, Tree};
use crate::document::{Document, Paged};

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    let mut done = BTreeSet::new();
    for operation in &document.operations {
        let Some(paged) = &operation.paged else { continue };
        count.expected += 1;
        let block = tree.request_impl(operation)?;
        let ReturnType::Type(_, output) = &method(block, "send")?.sig.output else { continue };
        let page: Type = first_argument(first_argument(output)?)?.clone();
        let item = item(paged, &page, tree, &mut done)?;
        let methods: [ImplItem; 3] = [
            parse_quote! {
                pub async fn all(self) -> Result<Vec<#item>, crate::Error> {
                    self.stream().try_collect().await
                }
            },
            parse_quote! {
                pub fn stream(self) -> crate::Items<#page> {
                    self.pages().items()
                }
            },
            parse_quote! {
                pub fn pages(self) -> crate::Pages<#page> {
                    crate::Pages::start(self.call())
                }
            },
        ];
        tree.request_impl(operation)?.items.extend(methods);
        count.changed += 1;
    }
    Ok(count)
}

/// The type of an item; a page that is an object is told how to give its items.
fn item(paged: &Paged, page: &Type, tree: &mut Tree, done: &mut BTreeSet<String>) -> Result<Type> {
    let Some(property) = &paged.property else { return Ok(first_argument(page)?.clone()) };
    let Type::Path(path) = page else { anyhow::bail!("a page that is no type of its own") };
    let name = path.path.segments.last().context("a type without a name")?.ident.to_string();
    let item = tree.type_struct(&name)?;
    let property = crate::document::Property::named(property);
    let field = item.fields.iter().find(|field| super::nulls::is_field_of(field, &property));
    let field = field.with_context(|| format!("{name}: no field for `{}`", property.name))?;
    let field_name = field.ident.clone().context("a field without a name")?;
    let outer = field.ty.clone();
    let is_option = outer.to_token_stream().to_string().contains(":: Option <");
    let list = if is_option { first_argument(&outer)?.clone() } else { outer };
    let inner = first_argument(&list)?.clone();
    if done.insert(name.clone()) {
        let value: syn::Expr = if is_option {
            parse_quote!(self.#field_name.unwrap_or_default())
        } else {
            parse_quote!(self.#field_name)
        };
        let page = ident(&name);
        let implementation: Item = parse_quote! {
            impl crate::Page for #page {
                type Item = #inner;
                fn into_items(self) -> ::std::vec::Vec<#inner> {
                    #value
                }
            }
        };
        let modules = tree.types.iter().position(|item| matches!(item, Item::Mod(_)));
        tree.types.insert(modules.unwrap_or(tree.types.len()), implementation);
    }
    // Seen from the requests, a named type stands in `types`.
    Ok(match &inner {
        Type::Path(path) if path.path.get_ident().is_some() => {
            let name = path.path.get_ident();
            parse_quote!(types::#name)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok};

    #[test]
    fn a_page_gives_its_items() {
        let page = json!({"type": "object", "required": ["names"], "properties": {
            "names": {"type": "array", "items": {"type": "string"}}}});
        let answer = ok(json!({"$ref": "#/components/schemas/NamePage"}));
        let mut value = document(json!([]), answer, json!({"NamePage": page}));
        value["paths"]["/things"]["get"]["x-paged"] = json!({"items": "names"});
        let code = code_after("paging", &value);
        assert!(
            code.contains("impl crate::Page for NamePage { type Item = ::std::string::String;"),
            "{code}"
        );
        assert!(code.contains("pub fn pages(self) -> crate::Pages<types::NamePage>"), "{code}");
        assert!(code.contains("Result<Vec<::std::string::String>, crate::Error>"), "{code}");
    }

    #[test]
    fn a_list_is_its_own_page() {
        let list = json!({"type": "array", "items": {"type": "integer"}});
        let mut value = document(json!([]), ok(list), json!({}));
        value["paths"]["/things"]["get"]["x-paged"] = json!({});
        let code = code_after("paging", &value);
        assert!(
            code.contains("pub fn stream(self) -> crate::Items<::std::vec::Vec<i64>>"),
            "{code}"
        );
        assert!(code.contains("Result<Vec<i64>, crate::Error>"), "{code}");
    }
}
