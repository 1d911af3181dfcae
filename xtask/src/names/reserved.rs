//! Names that generated code must not use, read from the hand-written code.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use syn::{ImplItem, Item, Type, Visibility};

/// The names that generated files can import from the runtime.
pub(crate) const RUNTIME: [&str; 15] = [
    "Answer",
    "Arg",
    "Body",
    "Client",
    "Data",
    "Endpoint",
    "Operation",
    "Owner",
    "Path",
    "PathSegment",
    "PerPage",
    "Repo",
    "RepoClient",
    "Request",
    "UnknownValue",
];

/// The names that generated files can import from other crates: sorted modules, each with names.
pub(crate) const FOREIGN: [(&str, &[&str]); 4] = [
    ("jiff", &["Timestamp"]),
    ("serde", &["Deserialize", "Serialize"]),
    ("serde_json", &["Value"]),
    ("std::collections", &["BTreeMap"]),
];

/// The names of the prelude that generated files use.
const PRELUDE: [&str; 9] =
    ["Box", "Err", "Into", "IntoIterator", "Ok", "Option", "Self", "String", "Vec"];

/// The names of the hand-written API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserved {
    client: BTreeSet<String>,
    request: BTreeSet<String>,
}

impl Reserved {
    /// Reads the methods of the hand-written API from its source files.
    ///
    /// # Errors
    ///
    /// A file is not Rust.
    pub fn read<'s>(files: impl IntoIterator<Item = (&'s str, &'s str)>) -> Result<Self> {
        let mut reserved = Self::default();
        for (path, source) in files {
            let file = syn::parse_file(source).with_context(|| format!("{path}: is not Rust"))?;
            for item in &file.items {
                let Item::Impl(block) = item else { continue };
                let Type::Path(own) = &*block.self_ty else { continue };
                let own = own.path.segments.last().map(|last| last.ident.to_string());
                let names = match own.as_deref() {
                    Some("Client" | "RepoClient") => &mut reserved.client,
                    Some("Request") => &mut reserved.request,
                    _ => continue,
                };
                for item in &block.items {
                    if let ImplItem::Fn(method) = item
                        && (block.trait_.is_some() || !matches!(method.vis, Visibility::Inherited))
                    {
                        names.insert(method.sig.ident.to_string());
                    }
                }
            }
        }
        Ok(reserved)
    }

    /// Whether an operation cannot have this name: a hand-written method of the client has it.
    pub(crate) fn is_method(&self, name: &str) -> bool {
        self.client.contains(name)
    }

    /// True if a setter cannot have this name: a method of every request has it, or it starts like an
    /// option of the client (`with_`).
    pub(crate) fn is_setter(&self, name: &str) -> bool {
        self.request.contains(name) || name.starts_with("with_")
    }
}

/// True if a type cannot have this name: generated code uses it for something else.
pub(crate) fn is_reserved_type(name: &str) -> bool {
    RUNTIME.contains(&name)
        || FOREIGN.iter().any(|(_, names)| names.contains(&name))
        || PRELUDE.contains(&name)
}
