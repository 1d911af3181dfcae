//! What is kept of progenitor's output, and how the passes find their way in it.
//!
//! progenitor emits a client of its own, with its runtime, beside the parts that we keep: the
//! types, the request builders and the methods that make them.

use anyhow::{Context as _, Result, bail};
use heck::ToUpperCamelCase as _;
use proc_macro2::Span;
use quote::ToTokens as _;
use syn::{
    Expr, ExprStruct, Field, FieldValue, GenericArgument, Ident, ImplItem, ImplItemFn, Item,
    ItemEnum, ItemImpl, ItemMod, ItemStruct, Member, PathArguments, Stmt, Token, Type,
};

use crate::document::{Operation, Parameter};
use crate::names::same_name;

/// The parts of progenitor's output that become files of the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// The types that the description defines.
    pub(crate) types: Vec<Item>,
    /// A request of each operation.
    pub(crate) requests: Vec<Item>,
    /// `impl Client`: a method for each operation.
    pub(crate) client: ItemImpl,
    /// `impl RepoClient`: a method for each operation on a repository.
    pub(crate) repo: ItemImpl,
}

impl Tree {
    /// Takes the parts out of progenitor's file, and leaves its client behind.
    pub(crate) fn split(file: syn::File) -> Result<Self> {
        let (mut types, mut requests, mut client) = (None, None, None);
        for item in file.items {
            match item {
                Item::Mod(module) if module.ident == "types" => types = content(module),
                Item::Mod(module) if module.ident == "builder" => requests = content(module),
                // Three blocks implement progenitor's client; the methods of the operations stand in the last.
                Item::Impl(block) if block.trait_.is_none() => client = Some(block),
                _ => {}
            }
        }
        let requests = requests.context("progenitor gave no module `builder`")?;
        Ok(Self {
            types: types.context("progenitor gave no module `types`")?,
            requests: requests.into_iter().filter(|item| !matches!(item, Item::Use(_))).collect(),
            client: client.context("progenitor gave no `impl Client`")?,
            repo: syn::parse_quote!(impl crate::RepoClient {}),
        })
    }

    /// The type of that name among the types.
    pub(super) fn has_type(&self, name: &str) -> bool {
        self.types.iter().any(|item| match item {
            Item::Struct(item) => item.ident == name,
            Item::Enum(item) => item.ident == name,
            _ => false,
        })
    }

    /// A struct among the types.
    pub(super) fn type_struct(&mut self, name: &str) -> Result<&mut ItemStruct> {
        find_struct(&mut self.types, name)
    }

    /// The struct of a request.
    pub(super) fn request_struct(&mut self, operation: &Operation) -> Result<&mut ItemStruct> {
        find_struct(&mut self.requests, &request_name(operation))
    }

    /// The methods of a request.
    pub(super) fn request_impl(&mut self, operation: &Operation) -> Result<&mut ItemImpl> {
        let name = request_name(operation);
        find_impl(&mut self.requests, &name)
    }

    /// The methods of a type.
    pub(super) fn type_impl(&mut self, name: &str) -> Result<&mut ItemImpl> {
        find_impl(&mut self.types, name)
    }

    /// An enum among the types.
    pub(super) fn type_enum(&mut self, name: &str) -> Result<&mut ItemEnum> {
        let found = self.types.iter_mut().find_map(|item| match item {
            Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        });
        found.with_context(|| format!("no `enum {name}`"))
    }

    /// The module with typify's builders, where there are any.
    pub(super) fn builders(&mut self) -> Option<&mut ItemMod> {
        self.types.iter_mut().find_map(|item| match item {
            Item::Mod(module) if module.ident == "builder" => Some(module),
            _ => None,
        })
    }

    /// The method of the client that makes a request.
    pub(super) fn client_method(&mut self, operation: &Operation) -> Result<&mut ImplItemFn> {
        method(&mut self.client, &operation.name)
    }
}

/// The type of a request: `get_job` gives a `GetJob`.
pub(super) fn request_name(operation: &Operation) -> String {
    operation.name.to_upper_camel_case()
}

pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// A method of an `impl` block.
pub(super) fn method<'b>(block: &'b mut ItemImpl, name: &str) -> Result<&'b mut ImplItemFn> {
    let found = block.items.iter_mut().find_map(|item| match item {
        ImplItem::Fn(method) if method.sig.ident == name => Some(method),
        _ => None,
    });
    found.with_context(|| format!("no method `{name}`"))
}

/// Changes what a field starts as, in the `Self { .. }` at the end of `new`.
pub(super) fn starts_as(new: &mut ImplItemFn, field: &Ident, value: Expr) -> Result<()> {
    let starts = &mut built(new)?.fields;
    let of_field =
        |start: &&mut FieldValue| matches!(&start.member, Member::Named(name) if name == field);
    let start = starts.iter_mut().find(of_field);
    let start = start.with_context(|| format!("`{field}` does not start as anything"))?;
    // `owner: owner` is written `owner`.
    let is_itself = matches!(&value, Expr::Path(path) if path.path.is_ident(field));
    start.colon_token = (!is_itself).then(|| Token![:](Span::call_site()));
    start.expr = value;
    Ok(())
}

/// Adds a field to the `Self { .. }` at the end of `new`.
pub(super) fn add_start(new: &mut ImplItemFn, start: FieldValue) -> Result<()> {
    built(new)?.fields.push(start);
    Ok(())
}

/// The `Self { .. }` at the end of a constructor.
fn built(new: &mut ImplItemFn) -> Result<&mut ExprStruct> {
    match new.block.stmts.last_mut() {
        Some(Stmt::Expr(Expr::Struct(built), None)) => Ok(built),
        _ => bail!("`{}` does not end in `Self {{ .. }}`", new.sig.ident),
    }
}

/// Methods that every request has: a parameter of that name gets a setter with an underscore.
const RESERVED: [&str; 16] = [
    "all",
    "bytes",
    "call",
    "client",
    "deadline",
    "limit",
    "location",
    "new",
    "pages",
    "save_to",
    "save_to_with",
    "send",
    "send_if_changed",
    "stream",
    "tail",
    "text",
];

/// What the setter of a field is called.
pub(super) fn setter_name(field: &Ident) -> Ident {
    let name = field.to_string();
    if RESERVED.contains(&name.as_str()) { quote::format_ident!("{name}_") } else { field.clone() }
}

/// The field that holds a parameter, and the type of its value.
pub(super) fn parameter_field(
    request: &ItemStruct,
    parameter: &Parameter,
) -> Result<(Ident, Type)> {
    let named = |field: &&Field| {
        field.ident.as_ref().is_some_and(|ident| same_name(&ident.to_string(), &parameter.name))
    };
    let field = request.fields.iter().find(named);
    let field =
        field.with_context(|| format!("{}: no field for `{}`", request.ident, parameter.name))?;
    let name = field.ident.clone().context("a field without a name")?;
    // `Result<T, String>`, with an `Option` inside where the parameter is optional.
    let value = first_argument(&field.ty)?;
    let value = if parameter.required { value } else { first_argument(value)? };
    Ok((name, value.clone()))
}

/// The `T` of `Anything<T, ..>`.
pub(super) fn first_argument(outer: &Type) -> Result<&Type> {
    let last = match outer {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    };
    if let Some(PathArguments::AngleBracketed(arguments)) = last.map(|segment| &segment.arguments)
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return Ok(inner);
    }
    bail!("`{}` has no type argument", outer.to_token_stream())
}

/// The block with the methods of a type of its own.
fn find_impl<'i>(items: &'i mut [Item], name: &str) -> Result<&'i mut ItemImpl> {
    let found = items.iter_mut().find_map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() && is_named(&block.self_ty, name) => {
            Some(block)
        }
        _ => None,
    });
    found.with_context(|| format!("no `impl {name}`"))
}

fn find_struct<'i>(items: &'i mut [Item], name: &str) -> Result<&'i mut ItemStruct> {
    let found = items.iter_mut().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    });
    found.with_context(|| format!("no `struct {name}`"))
}

fn is_named(found: &Type, name: &str) -> bool {
    matches!(found, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn content(module: ItemMod) -> Option<Vec<Item>> {
    module.content.map(|(_, items)| items)
}
