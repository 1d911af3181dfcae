//! Enums of words: open in answers, closed in requests.
//!
//! typify's enums refuse a word they have not heard of, and a server may say any. An enum that an
//! answer can hold gets a variant `Unknown` that keeps the word as it came, so that decoding never
//! fails and encoding loses nothing; one that only requests can hold stays closed, so that a typo
//! does not compile. Nothing of typify's enum would be left, so it is emitted from the document.

use anyhow::{Result, ensure};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Item};

use super::tree::ident;
use super::{Count, Tree};
use crate::document::{Document, Word};
use crate::names::variant_names;

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut changed = 0;
    for (schema, words, open) in document.enums() {
        ensure!(!tree.has_type(&schema.name), "`{}` is there already", schema.name);
        let tokens =
            if open { open_enum(&schema.name, words) } else { closed_enum(&schema.name, words) };
        let file: syn::File = syn::parse2(tokens)?;
        tree.types.extend(file.items);
        changed += 1;
    }
    // typify's order is by name; what the builders need stands last.
    tree.types.sort_by_key(|item| match item {
        Item::Mod(_) => (1, String::new()),
        Item::Struct(item) => (0, item.ident.to_string()),
        Item::Enum(item) => (0, item.ident.to_string()),
        Item::Impl(item) => (0, implementer(item)),
        _ => (0, String::new()),
    });
    Ok(Count { expected: document.enums().count(), changed })
}

/// The type that an `impl` is about: `impl From<X> for i64` is about `X`.
fn implementer(block: &syn::ItemImpl) -> String {
    use quote::ToTokens as _;
    let own = block.self_ty.to_token_stream().to_string();
    let foreign = own.chars().next().is_some_and(char::is_lowercase) || own.starts_with(':');
    let of_trait = block.trait_.as_ref().and_then(|(path, _)| path.segments.last()).map(|last| {
        let arguments = last.arguments.to_token_stream().to_string();
        arguments.trim_matches(['<', '>', ' ']).to_owned()
    });
    if foreign { of_trait.unwrap_or(own) } else { own }
}

/// The variants, each with its word.
pub(super) fn variants(words: &[Word]) -> Vec<(Ident, &str)> {
    let names = variant_names(words.iter().map(|word| word.value.as_str()));
    names.iter().map(|name| ident(name)).zip(words.iter().map(|word| word.value.as_str())).collect()
}

fn open_enum(name: &str, words: &[Word]) -> TokenStream {
    let name = ident(name);
    let written = written(&name);
    let (variants, words): (Vec<_>, Vec<_>) = variants(words).into_iter().unzip();
    quote! {
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
            Unknown(crate::UnknownValue),
        }
        impl #name {
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #words,)*
                    Self::Unknown(value) => value.as_str(),
                }
            }
        }
        impl ::std::convert::From<&str> for #name {
            fn from(value: &str) -> Self {
                match value {
                    #(#words => Self::#variants,)*
                    _ => Self::Unknown(crate::UnknownValue::new(value)),
                }
            }
        }
        impl ::std::convert::From<::std::string::String> for #name {
            fn from(value: ::std::string::String) -> Self {
                Self::from(value.as_str())
            }
        }
        impl ::std::str::FromStr for #name {
            type Err = ::std::convert::Infallible;
            fn from_str(value: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                ::std::result::Result::Ok(Self::from(value))
            }
        }
        #written
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                crate::unknown::word(deserializer)
            }
        }
    }
}

fn closed_enum(name: &str, words: &[Word]) -> TokenStream {
    let name = ident(name);
    let written = written(&name);
    let (variants, words): (Vec<_>, Vec<_>) = variants(words).into_iter().unzip();
    let listed = words.join(", ");
    quote! {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
        }
        impl #name {
            pub fn as_str(&self) -> &'static str {
                match self {
                    #(Self::#variants => #words,)*
                }
            }
        }
        impl ::std::str::FromStr for #name {
            type Err = crate::InvalidInput;
            fn from_str(value: &str) -> ::std::result::Result<Self, crate::InvalidInput> {
                match value {
                    #(#words => ::std::result::Result::Ok(Self::#variants),)*
                    _ => ::std::result::Result::Err(crate::InvalidInput::not_one_of(value, #listed)),
                }
            }
        }
        impl ::std::convert::TryFrom<&str> for #name {
            type Error = crate::InvalidInput;
            fn try_from(value: &str) -> ::std::result::Result<Self, crate::InvalidInput> {
                value.parse()
            }
        }
        #written
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let word = <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)?;
                word.parse().map_err(::serde::de::Error::custom)
            }
        }
    }
}

/// How either sort of enum is written: as its word.
fn written(name: &Ident) -> TokenStream {
    quote! {
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl ::serde::Serialize for #name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok};

    const STATE: &str = "#/components/schemas/State";

    fn states(open: bool) -> serde_json::Value {
        let words = json!({"type": "string", "enum": ["on", "On", "unknown"], "x-open": open});
        document(json!([]), ok(json!({"$ref": STATE})), json!({"State": words}))
    }

    #[test]
    fn an_open_enum_keeps_what_it_does_not_know() {
        let code = code_after("enums", &states(true));
        assert!(
            code.contains("pub enum State { On, On2, UnknownWord, Unknown(crate::UnknownValue), }"),
            "{code}"
        );
        assert!(code.contains(r#""On" => Self::On2,"#), "{code}");
    }

    #[test]
    fn a_closed_enum_says_which_words_there_are() {
        let code = code_after("enums", &states(false));
        assert!(code.contains("pub enum State { On, On2, UnknownWord, }"), "{code}");
        assert!(code.contains(r#"not_one_of(value, "on, On, unknown")"#), "{code}");
        assert!(code.contains("::serde::Deserialize<'de> for State"), "{code}");
    }
}
