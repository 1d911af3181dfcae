//! The changes between documents: what they do to the generated API, and what one server's do to today's
//! SDK.

mod api;
mod api_types;
mod form;
mod params;
mod server;
mod values;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Ty};

pub(super) use api::changes as of_api;
pub(super) use server::{Step, changes as of_server};

/// The methods through which each type is reached.
struct Users<'d>(BTreeMap<&'d str, BTreeSet<&'d str>>);

impl<'d> Users<'d> {
    fn of(document: &'d Document) -> Self {
        let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for operation in &document.operations {
            for name in document.reach(operation) {
                users.entry(name).or_default().insert(&operation.name);
            }
        }
        Self(users)
    }

    fn of_type(&self, name: &str) -> BTreeSet<String> {
        self.0.get(name).into_iter().flatten().map(|name| (*name).to_owned()).collect()
    }
}

/// The type without the bounds of its integers, which its Rust type does not have.
fn without_bounds(ty: &Ty) -> Ty {
    let inner = |inner: &Ty| Box::new(without_bounds(inner));
    match ty {
        Ty::Integer { .. } => Ty::Integer { min: None, max: None },
        Ty::List(ty) => Ty::List(inner(ty)),
        Ty::Map(ty) => Ty::Map(inner(ty)),
        Ty::Nullable(ty) => Ty::Nullable(inner(ty)),
        ty => ty.clone(),
    }
}
