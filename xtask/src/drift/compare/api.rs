//! Changes of the generated API: methods of the client, requests and their setters.
//!
//! Both documents are those of all servers. A name or a type of the generated code is a difference; the
//! names of arguments and what is sent are not.

use std::collections::BTreeSet;

use super::super::change::{Change, Returns, Sort, What};
use super::super::severity::{Kind as Affects, Level};
use super::{Users, without_bounds};
use crate::document::{Answer, Document, Kind, Operation, Param, Servers, Success, Ty};
use crate::names::type_name;
use crate::openapi::json::Pointer;

/// The changes of the generated API; `servers` have changed descriptions.
pub(in super::super) fn changes(old: &Document, new: &Document, servers: &[String]) -> Vec<Change> {
    let users = (Users::of(old), Users::of(new));
    let mut api = Api { old, new, users, servers, changes: Vec::new() };
    api.operations();
    api.types();
    api.changes
}

pub(super) struct Api<'d> {
    pub(super) old: &'d Document,
    pub(super) new: &'d Document,
    users: (Users<'d>, Users<'d>),
    servers: &'d [String],
    changes: Vec<Change>,
}

/// The location of a change: its place, the methods, and the servers that have it.
pub(super) struct At<'d> {
    pub(super) at: Pointer,
    pub(super) operations: BTreeSet<String>,
    pub(super) servers: &'d Servers,
}

impl<'d> Api<'d> {
    pub(super) fn add(&mut self, level: Level, item: String, what: What, at: At<'_>) {
        let At { at, operations, servers } = at;
        let mut have: Vec<_> = servers.of(self.servers).into_iter().map(str::to_owned).collect();
        if have.is_empty() {
            have = self.servers.to_vec();
        }
        let kind = Affects::Api;
        self.changes.push(Change { level, kind, item, what, operations, servers: have, at });
    }

    /// Something that generated code reads or writes under another name of the API.
    pub(super) fn add_other_name(&mut self, item: String, what: What, at: At<'_>) {
        self.add(Level::Breaking, item, what, at);
        if let Some(change) = self.changes.last_mut() {
            change.kind = Affects::Other;
        }
    }

    pub(super) fn users(&self, name: &str) -> BTreeSet<String> {
        let mut users = self.users.0.of_type(name);
        users.extend(self.users.1.of_type(name));
        users
    }

    fn operations(&mut self) {
        let (old, new) = (self.old, self.new);
        let named = |document: &'d Document, name: &str| {
            document.operations.iter().find(|operation| operation.name == name)
        };
        for before in &old.operations {
            match named(new, &before.name) {
                Some(after) => self.operation(before, after),
                None => {
                    let item = format!("Client::{}", before.name);
                    self.add(Level::Breaking, item, What::Gone(Sort::Method), of(before));
                }
            }
        }
        for after in &new.operations {
            if named(old, &after.name).is_none() {
                let item = format!("Client::{}", after.name);
                self.add(Level::Additive, item, What::New(Sort::Method), of(after));
            }
        }
    }

    fn operation(&mut self, old: &'d Operation, new: &'d Operation) {
        let arguments = |operation: &Operation| -> Vec<Ty> {
            operation.required().map(|param| without_bounds(&param.ty)).collect()
        };
        let (was, is) = (arguments(old), arguments(new));
        if was != is {
            let item = format!("Client::{}", new.name);
            self.add(Level::Breaking, item, What::Arguments { was, is }, of(new));
        }
        match (old.is_of_repository(), new.is_of_repository()) {
            (true, false) => {
                let item = format!("RepoClient::{}", old.name);
                self.add(Level::Breaking, item, What::Gone(Sort::Method), of(old));
            }
            (false, true) => {
                let item = format!("RepoClient::{}", new.name);
                self.add(Level::Additive, item, What::New(Sort::Method), of(new));
            }
            _ => {}
        }
        self.setters(old, new);
        self.returned(old, new);
    }

    fn setters(&mut self, old: &'d Operation, new: &'d Operation) {
        let find = |operation: &'d Operation, name: &str| {
            operation.optional().find(|param| param.name == name)
        };
        let item = |param: &Param| format!("{}::{}", type_name(&new.name), param.name);
        for before in old.optional() {
            let Some(after) = find(new, &before.name) else {
                let at = of_param(before, old);
                self.add(Level::Breaking, item(before), What::Gone(Sort::Setter), at);
                continue;
            };
            let (was, is) = (without_bounds(&before.ty), without_bounds(&after.ty));
            if was != is {
                let what = What::Arguments { was: vec![was], is: vec![is] };
                self.add(Level::Breaking, item(after), what, of_param(after, new));
            }
            if before.wire != after.wire {
                let what = What::OtherName { was: before.wire.clone(), is: after.wire.clone() };
                self.add_other_name(item(after), what, of_param(after, new));
            }
        }
        for after in new.optional() {
            if find(old, &after.name).is_none() {
                let at = of_param(after, new);
                self.add(Level::Additive, item(after), What::New(Sort::Setter), at);
            }
        }
    }

    fn returned(&mut self, old: &'d Operation, new: &'d Operation) {
        let (was, is) = (returns(old), returns(new));
        if was == is {
            return;
        }
        let request = type_name(&new.name);
        if let (Returns::List(page), Returns::One(one)) = (&was, &is) {
            let item = format!("{request}::stream");
            self.add(Level::Breaking, item, What::NoList, of(new));
            if page == one {
                return;
            }
        }
        self.add(Level::Breaking, request, What::Returned { was, is }, of(new));
    }
}

fn of(operation: &Operation) -> At<'_> {
    let operations = BTreeSet::from([operation.name.clone()]);
    At { at: operation.at.clone(), operations, servers: &operation.servers }
}

fn of_param<'d>(param: &'d Param, operation: &Operation) -> At<'d> {
    let operations = BTreeSet::from([operation.name.clone()]);
    At { at: param.at.clone(), operations, servers: &param.servers }
}

/// The return value of the request of an operation. A redirect is followed, so it is a download as a body that
/// is not JSON is.
pub(super) fn returns(operation: &Operation) -> Returns {
    match &operation.answer {
        Answer::One(Success::Empty) => Returns::Nothing,
        Answer::One(Success::Redirect) => Returns::Download,
        Answer::One(Success::Content(content)) => match &content.kind {
            Kind::Json(ty) if operation.paged.is_some() => Returns::List(without_bounds(ty)),
            Kind::Json(ty) | Kind::Form(ty) | Kind::Multipart(ty) => {
                Returns::One(without_bounds(ty))
            }
            Kind::Text | Kind::Bytes => Returns::Download,
        },
        Answer::OrNothing(content) => {
            Returns::OrNothing(content.ty().map_or(Ty::Json, without_bounds))
        }
        Answer::Flag => Returns::Flag,
        Answer::Several(_) => Returns::Several,
    }
}
