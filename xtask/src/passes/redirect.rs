//! An operation that answers 302 gives the URL it points to, or the content that is there.
//!
//! progenitor takes 3xx for neither success nor error and invents a byte stream of some 2xx; the
//! client below it follows the redirect, with the token.

use anyhow::Result;
use syn::{ImplItem, parse_quote};

use super::tree::method;
use super::{Count, Tree};
use crate::document::{Document, Success};

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for operation in
        document.operations.iter().filter(|operation| operation.success == Success::Redirect)
    {
        count.expected += 1;
        let block = tree.request_impl(operation)?;
        *method(block, "send")? = parse_quote! {
            pub async fn location(self) -> Result<crate::SignedUrl, crate::Error> {
                self.call()?.location().await
            }
        };
        let methods: [ImplItem; 7] = [
            parse_quote! {
                pub async fn stream(self) -> Result<crate::ByteStream, crate::Error> {
                    self.call()?.stream().await
                }
            },
            parse_quote! {
                pub fn limit(mut self, bytes: u64) -> Self {
                    self.options.limit = Some(bytes);
                    self
                }
            },
            parse_quote! {
                pub async fn bytes(self) -> Result<Vec<u8>, crate::Error> {
                    self.call()?.bytes().await
                }
            },
            parse_quote! {
                pub async fn text(self) -> Result<String, crate::Error> {
                    self.call()?.text().await
                }
            },
            parse_quote! {
                pub async fn tail(self, lines: usize) -> Result<String, crate::Error> {
                    self.call()?.tail(lines).await
                }
            },
            parse_quote! {
                pub async fn save_to(self, path: impl AsRef<::std::path::Path>) -> Result<u64, crate::Error> {
                    self.call()?.save_to(path.as_ref(), |_, _| {}).await
                }
            },
            parse_quote! {
                pub async fn save_to_with(
                    self,
                    path: impl AsRef<::std::path::Path>,
                    progress: impl FnMut(u64, Option<u64>),
                ) -> Result<u64, crate::Error> {
                    self.call()?.save_to(path.as_ref(), progress).await
                }
            },
        ];
        block.items.extend(methods);
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
