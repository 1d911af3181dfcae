//! An operation that answers 302 gives the URL it points to.
//!
//! progenitor takes 3xx for neither success nor error and invents a byte stream of some 2xx; the
//! client below it follows the redirect, with the token.

use anyhow::Result;
use syn::parse_quote;

use super::tree::method;
use super::{Count, Tree};
use crate::document::{Document, Success};

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for operation in
        document.operations.iter().filter(|operation| operation.success == Success::Redirect)
    {
        count.expected += 1;
        *method(tree.request_impl(operation)?, "send")? = parse_quote! {
            pub async fn location(self) -> Result<crate::SignedUrl, crate::Error> {
                self.call()?.location().await
            }
        };
        count.changed += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document};

    #[test]
    fn a_302_gives_its_location_and_has_no_send() {
        let redirect = json!({"302": {"description": ""}});
        let code = code_after("redirect", &document(json!([]), redirect, json!({})));
        assert!(
            code.contains("pub async fn location(self) -> Result<crate::SignedUrl, crate::Error>"),
            "{code}"
        );
        assert!(!code.contains("fn send"), "{code}");
    }
}
