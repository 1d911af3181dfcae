//! `send` gives the decoded answer with its metadata, or the one error type with status and body.
//!
//! progenitor has an error type for each operation, loses the body of an answer that is not in the
//! description, and knows a status by number only where the description lists it.

use anyhow::{Context as _, Result};
use syn::{ReturnType, Type, parse_quote};

use super::tree::{first_argument, method};
use super::{Count, Tree};
use crate::document::{Document, Success};

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for operation in
        document.operations.iter().filter(|operation| operation.success == Success::Json)
    {
        count.expected += 1;
        let send = method(tree.request_impl(operation)?, "send")?;
        let ReturnType::Type(_, output) = &send.sig.output else { continue };
        let value: &Type =
            first_argument(first_argument(output)?).context("the answer of `send`")?;
        let value = value.clone();
        *send = parse_quote! {
            pub async fn send(self) -> Result<crate::Response<#value>, crate::Error> {
                self.call()?.json().await
            }
        };
        tree.request_impl(operation)?.items.push(parse_quote! {
            pub async fn send_if_changed(
                self,
                etag: &str,
            ) -> Result<Option<crate::Response<#value>>, crate::Error> {
                self.call()?.json_if_changed(etag).await
            }
        });
        count.changed += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok};

    #[test]
    fn the_value_is_what_progenitor_says_and_the_error_is_ours() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let code = code_after("responses", &document(json!([]), ok(list), json!({})));
        assert!(
            code.contains("crate::Response<::std::vec::Vec<::std::string::String>>, crate::Error>"),
            "{code}"
        );
        assert!(!code.contains("UnexpectedResponse") && !code.contains("api-version"), "{code}");
    }
}
