//! The builders that typify makes of the types: their words are about the fields they set.

use quote::ToTokens as _;
use syn::{ImplItem, Item};

use super::document_trusted;
use crate::passes::Tree;

/// Gives every builder and every setter its words.
pub(super) fn builders(tree: &mut Tree) {
    let Some(module) = tree.builders() else { return };
    document_trusted(&mut module.attrs, "Builders for the types, for tests of one's own code.");
    for item in module.content.iter_mut().flat_map(|(_, items)| items) {
        match item {
            Item::Struct(item) => {
                let docs =
                    format!("Builds a [`{0}`](super::{0}); `try_into()` ends it.", item.ident);
                document_trusted(&mut item.attrs, &docs);
            }
            Item::Impl(block) if block.trait_.is_none() => {
                let name = block.self_ty.to_token_stream().to_string();
                for item in &mut block.items {
                    if let ImplItem::Fn(setter) = item {
                        let docs =
                            format!("Sets [`{0}::{1}`](super::{0}::{1}).", name, setter.sig.ident);
                        document_trusted(&mut setter.attrs, &docs);
                    }
                }
            }
            _ => {}
        }
    }
}
