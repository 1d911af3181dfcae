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
