//! The effect of one server's new description on today's SDK, operation by operation.

use std::collections::BTreeSet;

use super::super::change::{Change, Returns, What};
use super::super::severity::{Kind, Level};
use super::api::returns;
use super::values::Views;
use super::view::{At, Part, View, Walk};
use crate::document::{Answer, Body, Document, Operation, Route, Segment, Side, Success, Ty};
use crate::openapi::json::Pointer;

/// A server's description before and after, and what the SDK has.
#[derive(Clone, Copy)]
pub(in super::super) struct Step<'d> {
    pub(in super::super) server: &'d str,
    pub(in super::super) sdk: &'d Document,
    /// That of another server, where this one is new.
    pub(in super::super) old: &'d Document,
    pub(in super::super) new: &'d Document,
    pub(in super::super) is_new_server: bool,
}

/// The changes of one server.
pub(in super::super) fn changes(step: Step<'_>) -> Vec<Change> {
    let find = |document: &'_ Document, id: &str| -> Option<usize> {
        document.operations.iter().position(|operation| operation.id == id)
    };
    let mut changes = Vec::new();
    for sdk in &step.sdk.operations {
        let old = find(step.old, &sdk.id).and_then(|index| step.old.operations.get(index));
        let new = find(step.new, &sdk.id).and_then(|index| step.new.operations.get(index));
        let mut of = Compared { step, sdk, old, changes: Vec::new() };
        match (old, new) {
            (Some(old), None) => {
                let (level, kind) = (Level::Breaking, Kind::Decoding);
                of.add(level, kind, of.method(), What::OperationGone, &old.at);
            }
            (_, Some(new)) => of.operation(new),
            (None, None) => {}
        }
        changes.extend(of.changes);
    }
    let (was, is) = (&step.old.url, &step.new.url);
    if was != is && !step.is_new_server {
        let operations = step.new.operations.iter().map(|operation| operation.name.clone());
        changes.push(Change {
            level: Level::Breaking,
            kind: Kind::Decoding,
            item: "Client".to_owned(),
            what: What::Url { was: was.clone(), is: is.clone() },
            operations: operations.collect(),
            servers: vec![step.server.to_owned()],
            at: Pointer::root().child("servers"),
        });
    }
    changes
}

/// An operation of the SDK, and what the server had.
pub(super) struct Compared<'d> {
    pub(super) step: Step<'d>,
    pub(super) sdk: &'d Operation,
    pub(super) old: Option<&'d Operation>,
    changes: Vec<Change>,
}

impl<'d> Compared<'d> {
    pub(super) fn method(&self) -> String {
        format!("Client::{}", self.sdk.name)
    }

    pub(super) fn add(&mut self, level: Level, kind: Kind, item: String, what: What, at: &Pointer) {
        self.changes.push(Change {
            level,
            kind,
            item,
            what,
            operations: BTreeSet::from([self.sdk.name.clone()]),
            servers: vec![self.step.server.to_owned()],
            at: at.clone(),
        });
    }

    fn operation(&mut self, new: &'d Operation) {
        if self.old.is_none() {
            let (level, kind) = (Level::Additive, Kind::Other);
            self.add(level, kind, self.method(), What::OperationNew, &new.at);
        }
        self.place(new);
        self.params(new);
        self.body(new);
        self.answer(new);
        if let Some(old) = self.old {
            self.details(old, new);
        }
    }

    /// The method, the path and the host; renaming a placeholder changes none of them.
    fn place(&mut self, new: &Operation) {
        let before = self.old.unwrap_or(self.sdk);
        let (level, kind) = (Level::Breaking, Kind::Decoding);
        let shown = |operation: &Operation| format!("{} {}", operation.method, operation.path());
        if before.method != new.method || !is_at_same_path(before, new) {
            let what = What::Moved { was: shown(before), is: shown(new) };
            self.add(level, kind, self.method(), what, &new.at);
        }
        let url = |operation: &Operation, document: &Document| {
            let own = operation.routes.first().and_then(|route| route.url.clone());
            own.unwrap_or_else(|| document.url.clone())
        };
        let has_own = |operation: &Operation| operation.routes.iter().any(|it| it.url.is_some());
        let Some(old) = self.old.filter(|old| has_own(old) || has_own(new)) else { return };
        let (was, is) = (url(old, self.step.old), url(new, self.step.new));
        if was != is {
            self.add(level, kind, self.method(), What::Url { was, is }, &new.at.child("servers"));
        }
    }

    fn body(&mut self, new: &'d Operation) {
        let before = self.old.unwrap_or(self.sdk).body.as_ref();
        let at = new.at.child("requestBody");
        let decoding = Kind::Decoding;
        match (before, &new.body) {
            (Some(old), Some(new)) => {
                if new.required && !old.required {
                    self.add(Level::Breaking, decoding, self.method(), What::BodyRequired, &at);
                }
                let (was, is) = (old.content.media.clone(), new.content.media.clone());
                if was != is {
                    let what = What::Media { was, is };
                    self.add(Level::Breaking, decoding, self.method(), what, &at);
                }
            }
            (None, Some(body)) => {
                let is_required = body.required;
                let what = match is_required {
                    true => What::BodyRequired,
                    false => What::Body { is_there: true },
                };
                let (level, kind) = match is_required {
                    true => (Level::Breaking, decoding),
                    false => (Level::Additive, Kind::Other),
                };
                self.add(level, kind, self.method(), what, &at);
            }
            (Some(_), None) => {
                let what = What::Body { is_there: false };
                self.add(Level::Breaking, decoding, self.method(), what, &at);
            }
            (None, None) => {}
        }
        let ty = |body: &'d Option<Body>| body.as_ref().and_then(|body| body.content.ty());
        let Some(sdk) = ty(&self.sdk.body) else { return };
        let old = self.old.and_then(|old| ty(&old.body));
        if let Some(new) = ty(&new.body) {
            self.values(Part::Body, &self.method(), &at, Side::Sent, (sdk, old, new));
        }
    }

    fn answer(&mut self, new: &'d Operation) {
        let before = self.old.unwrap_or(self.sdk);
        let (was, is) = (answers(before), answers(new));
        let at = new.at.child("responses");
        if was != is && !reads(&self.sdk.answer, &new.answer) {
            let what = What::Answers { was, is };
            self.add(Level::Breaking, Kind::Decoding, self.method(), what, &at);
            return;
        }
        let json = |answer: &'d Answer| answer.tys().next();
        if let (Some(sdk), Some(new)) = (json(&self.sdk.answer), json(&new.answer)) {
            let old = self.old.and_then(|old| json(&old.answer));
            self.values(Part::Answer, &self.method(), &at, Side::Received, (sdk, old, new));
        }
    }

    /// The values at one place of an operation, and all that they are made of.
    pub(super) fn values(
        &mut self,
        part: Part,
        item: &str,
        at: &Pointer,
        side: Side,
        (sdk, old, new): (&'d Ty, Option<&'d Ty>, &'d Ty),
    ) {
        let view = |document: &'d Document, ty: &'d Ty| -> View {
            let mut walk = Walk::new(self.step.sdk, document, side);
            walk.value(part.clone(), At { item, at, may_be_missing: false }, sdk, ty);
            walk.view
        };
        let own = view(self.step.sdk, sdk);
        let old = old.map(|old| view(self.step.old, old)).unwrap_or_default();
        let new = view(self.step.new, new);
        let verdicts = Views { sdk: &own, old: &old, new: &new }.verdicts();
        for verdict in verdicts {
            let (item, at) = (verdict.seen.item.clone(), verdict.seen.at.clone());
            self.add(verdict.level, verdict.kind, item, verdict.what, &at);
        }
    }

    /// Changes without an effect on programs.
    fn details(&mut self, old: &Operation, new: &Operation) {
        let (level, kind) = (Level::Cosmetic, Kind::Other);
        if page(old) != page(new) {
            self.add(level, kind, self.method(), What::Page, &new.at);
        }
        if old.docs.deprecated.is_none() && new.docs.deprecated.is_some() {
            self.add(level, kind, self.method(), What::Deprecated, &new.at);
        }
        let statuses: BTreeSet<&u16> = old.errors.keys().chain(new.errors.keys()).collect();
        for status in statuses {
            let is_new = new.errors.contains_key(status);
            if is_new != old.errors.contains_key(status) {
                let item = format!("{} ({status})", self.method());
                let at = if is_new { &new.at } else { &old.at };
                let at = at.child("responses").child(status);
                self.add(level, kind, item, What::Status { is_new }, &at);
            }
        }
    }
}

/// The steps of the address of the page, without the version of the server: each has the page under a
/// path of its own.
fn page(operation: &Operation) -> Vec<&str> {
    let url = operation.docs.url.as_deref().unwrap_or_default();
    url.split('/').filter(|step| !step.starts_with("enterprise-")).collect()
}

/// True if one of the paths is the same; the names of placeholders do not count.
pub(super) fn is_at_same_path(a: &Operation, b: &Operation) -> bool {
    a.routes.iter().any(|a| b.routes.iter().any(|b| is_same_path(a, b)))
}

/// True if two routes are the same; the names of placeholders do not count.
fn is_same_path(a: &Route, b: &Route) -> bool {
    let literals = |route: &Route| -> Vec<Option<String>> {
        let literal = |segment: &Segment| match segment {
            Segment::Literal(text) => Some(text.clone()),
            Segment::Param(_) => None,
        };
        route.path.iter().map(literal).collect()
    };
    literals(a) == literals(b)
}

/// The kind of answer of an operation, without the type of its JSON.
fn answers(operation: &Operation) -> Returns {
    match returns(operation) {
        Returns::One(_) | Returns::List(_) => Returns::One(Ty::Json),
        Returns::OrNothing(_) => Returns::OrNothing(Ty::Json),
        other => other,
    }
}

/// True if today's SDK reads such an answer. A download accepts the content with and without a redirect. Where the
/// SDK returns the status alone, it reads no body.
fn reads(sdk: &Answer, new: &Answer) -> bool {
    matches!(
        (sdk, new),
        (Answer::One(Success::Redirect), Answer::One(_))
            | (Answer::OrNothing(_), Answer::One(Success::Empty | Success::Content(_)))
            | (Answer::Flag, Answer::One(Success::Empty))
            | (Answer::One(Success::Empty), Answer::One(Success::Content(_)))
    )
}
