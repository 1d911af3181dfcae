//! Questions that the readers of the document ask: the types that an operation reaches, paths, names, servers.

use std::collections::BTreeSet;
use std::fmt;

use heck::ToUpperCamelCase as _;

use super::{
    Answer, Body, Content, Document, Field, Kind, Method, Operation, Param, Place, Route, Segment,
    Servers, Shape, Success, Ty, Type,
};

impl Document {
    /// The types that an operation sends or receives, directly or through other types.
    pub fn reach(&self, operation: &Operation) -> BTreeSet<&str> {
        self.reach_of([operation])
    }

    /// The types that the methods of the client take and return: not an object that is sent field by field.
    pub(crate) fn used_types(&self) -> BTreeSet<&str> {
        let tys = self.operations.iter().flat_map(|operation| {
            let body = operation.body.as_ref();
            let fields = body.filter(|body| body.setters.is_some());
            let fields = fields.and_then(|body| self.fields(body.content.ty()?));
            let whole = body.filter(|body| body.setters.is_none());
            let whole = whole.and_then(|body| body.content.ty());
            let fields = fields.unwrap_or_default().iter().map(|field| &field.ty);
            let params = operation.params.iter().map(|param| &param.ty);
            params.chain(fields).chain(whole).chain(operation.answer.tys())
        });
        self.reach_from(tys)
    }

    /// The types that some operations send or receive.
    pub(crate) fn reach_of<'o>(
        &self,
        operations: impl IntoIterator<Item = &'o Operation>,
    ) -> BTreeSet<&str> {
        self.reach_from(operations.into_iter().flat_map(Operation::tys))
    }

    fn reach_from<'t>(&self, tys: impl IntoIterator<Item = &'t Ty>) -> BTreeSet<&str> {
        let mut queue: Vec<&str> = tys.into_iter().filter_map(Ty::named).collect();
        let mut reached = BTreeSet::new();
        while let Some(name) = queue.pop() {
            if let Some((name, ty)) = self.types.get_key_value(name)
                && reached.insert(name.as_str())
            {
                queue.extend(ty.shape.tys().flat_map(Ty::named));
            }
        }
        reached
    }

    /// The fields of a type that is an object.
    pub fn fields(&self, ty: &Ty) -> Option<&[Field]> {
        let Ty::Named(name) = ty else { return None };
        match &self.types.get(name)?.shape {
            Shape::Object { fields, .. } => Some(fields),
            _ => None,
        }
    }

    /// The number of generated types. Hand-written types do not count.
    pub fn generated_types(&self) -> usize {
        let by_hand = |ty: &&Type| matches!(ty.shape, Shape::HandWritten(_));
        self.types.len() - self.types.values().filter(by_hand).count()
    }

    /// The groups, in the order of their names.
    pub fn groups(&self) -> BTreeSet<&str> {
        self.operations.iter().map(|operation| operation.group.as_str()).collect()
    }
}

impl Operation {
    /// The parameters that are arguments, in the order of the arguments.
    pub fn required(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.required)
    }

    /// The parameters that are setters.
    pub fn optional(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.required)
    }

    /// The body, if it is an argument of the method.
    pub fn body_argument(&self) -> Option<&Body> {
        self.body.as_ref().filter(|body| body.required && body.setters.is_none())
    }

    /// The name of the enum of answers that differ between statuses.
    pub(crate) fn answers_name(&self) -> String {
        format!("{}Answer", self.name.to_upper_camel_case())
    }

    /// The path of the newest route, with its placeholders.
    pub fn path(&self) -> String {
        self.routes.first().map(|route| self.template(route)).unwrap_or_default()
    }

    /// A route as a path with placeholders.
    pub fn template(&self, route: &Route) -> String {
        let part = |segment: &Segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Param(index) => {
                let wire = self.params.get(*index).map_or("", |param| param.wire.as_str());
                format!("{{{wire}}}")
            }
        };
        route.path.iter().map(part).collect()
    }

    /// True if the path starts with a repository (`/repos/{owner}/{repo}`).
    pub fn is_of_repository(&self) -> bool {
        let path = self.path();
        let is_below =
            path == "/repos/{owner}/{repo}" || path.starts_with("/repos/{owner}/{repo}/");
        // The client of a repository has names, which are not numbers.
        is_below
            && self.params.iter().take(2).all(|param| matches!(param.ty, Ty::Text | Ty::Named(_)))
    }

    /// The types that it sends and receives.
    pub fn tys(&self) -> impl Iterator<Item = &Ty> {
        let params = self.params.iter().map(|param| &param.ty);
        let body = self.body.iter().filter_map(|body| body.content.ty());
        params.chain(body).chain(self.answer.tys())
    }
}

impl Answer {
    /// True for content that is read as bytes or text: of the answer itself, or behind a redirect.
    pub fn is_content(&self) -> bool {
        match self {
            Self::One(Success::Redirect) => true,
            Self::One(Success::Content(content)) => content.ty().is_none(),
            _ => false,
        }
    }

    /// The bodies of the answers.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        let all: Vec<&Content> = match self {
            Self::One(success) => success.content().into_iter().collect(),
            Self::OrNothing(content) => vec![content],
            Self::Flag => Vec::new(),
            Self::Several(all) => all.iter().filter_map(|(_, success)| success.content()).collect(),
        };
        all.into_iter()
    }

    /// The types of the answers.
    pub fn tys(&self) -> impl Iterator<Item = &Ty> {
        self.contents().filter_map(Content::ty)
    }
}

impl Success {
    /// Its body, if it has one.
    fn content(&self) -> Option<&Content> {
        match self {
            Self::Content(content) => Some(content),
            Self::Empty | Self::Redirect => None,
        }
    }

    /// The type of the JSON value, if the answer has one.
    pub(crate) fn ty(&self) -> Option<&Ty> {
        self.content().and_then(Content::ty)
    }
}

impl Content {
    /// The type of the JSON value, if the content has one.
    pub fn ty(&self) -> Option<&Ty> {
        match &self.kind {
            Kind::Json(ty) | Kind::Form(ty) | Kind::Multipart(ty) => Some(ty),
            Kind::Text | Kind::Bytes => None,
        }
    }
}

impl Shape {
    /// The types of its parts.
    pub fn tys(&self) -> impl Iterator<Item = &Ty> {
        let tys: Vec<&Ty> = match self {
            Self::Object { fields, rest } => {
                fields.iter().map(|field| &field.ty).chain(rest).collect()
            }
            Self::Union(variants, _) => variants.iter().map(|variant| &variant.ty).collect(),
            Self::Newtype(ty) => vec![ty],
            Self::Enum(_) | Self::HandWritten(_) => Vec::new(),
        };
        tys.into_iter()
    }
}

impl Ty {
    /// The name of the document's type in it.
    pub fn named(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.named(),
            _ => None,
        }
    }

    /// The integer that it is or consists of, if that has bounds.
    pub(crate) fn bounded(&self) -> Option<(i64, i64)> {
        match self {
            Self::Integer { min: None, max: None } => None,
            Self::Integer { min, max } => Some((min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX))),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.bounded(),
            _ => None,
        }
    }

    /// The type without null, and true if null was allowed.
    pub fn split_null(&self) -> (&Self, bool) {
        match self {
            Self::Nullable(inner) => (inner.split_null().0, true),
            ty => (ty, false),
        }
    }
}

impl Method {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Place {
    /// True for a placeholder of the path.
    pub fn is_path(self) -> bool {
        matches!(self, Self::Path | Self::PathWithSlashes)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path | Self::PathWithSlashes => "path",
            Self::Query | Self::QueryJoined(_) => "query",
        })
    }
}

impl Servers {
    /// True if they include the server.
    pub fn has(&self, server: &str) -> bool {
        self.0.as_ref().is_none_or(|some| some.contains(server))
    }

    /// The servers of `all` that they include, in the order of `all`.
    pub fn of<'s>(&self, all: &'s [String]) -> Vec<&'s str> {
        all.iter().map(String::as_str).filter(|server| self.has(server)).collect()
    }
}
