//! Routes: the path of an operation, and the URL that it is relative to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::operation::REMOVE;
use super::read::{Reader, text};
use super::{Base, Param, Route, Segment, Servers};
use crate::openapi::json::Pointer;

impl Reader<'_> {
    pub(super) fn route(
        &mut self,
        path: &str,
        value: &Value,
        params: &[Param],
        at: &Pointer,
        have: &Servers,
    ) -> Route {
        let (segments, problems) = segments(path, params);
        let place = at.parent().map(|(place, _)| place).unwrap_or_default();
        for problem in problems {
            self.refuse(&place, have, problem, REMOVE);
        }
        let in_path = params.iter().enumerate().filter(|(_, param)| param.place.is_path());
        let missing = in_path.filter(|(index, _)| !segments.contains(&Segment::Param(*index)));
        for (_, param) in missing {
            let problem = format!("parameter `{}` has no placeholder in the path", param.wire);
            self.refuse(at, have, problem, REMOVE);
        }
        let base = self.base(&value["servers"], at, have);
        let url = text(&value["servers"][0]["url"]);
        Route { path: segments, base, url, servers: have.clone() }
    }

    /// The base of an operation that has its own server.
    fn base(&mut self, servers: &Value, at: &Pointer, have: &Servers) -> Base {
        Base::of(servers, self.url).unwrap_or_else(|urls| {
            let problem = format!("the operation's server `{urls}` is not supported");
            let remedy = format!(
                "{REMOVE}; supported are the API URL, the root of its host, `/api/uploads` on its host, and \
                 `https://uploads.github.com`"
            );
            self.refuse(&at.child("servers"), have, problem, remedy);
            Base::Api
        })
    }
}

/// Splits a path into literals and parameters, and collects its problems.
fn segments(path: &str, params: &[Param]) -> (Vec<Segment>, Vec<String>) {
    let mut problems = Vec::new();
    let mut segments = Vec::new();
    if !path.starts_with('/') {
        problems.push("the path does not begin with `/`".to_owned());
    }
    let inner = path.strip_prefix('/').unwrap_or(path);
    let last = inner.split('/').count().saturating_sub(1);
    for (index, segment) in inner.split('/').enumerate() {
        // A path may end in a slash.
        if matches!(segment, "." | "..") || segment.is_empty() && index != last {
            problems.push(format!("`{segment}` is not a valid path segment"));
        }
    }
    let mut rest = path;
    let mut seen = BTreeSet::new();
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            problems.push(format!("`{{{after}` is not a placeholder"));
            literal_segment(literal, &mut segments, &mut problems);
            return (segments, problems);
        };
        literal_segment(literal, &mut segments, &mut problems);
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        let place = params.iter().position(|param| param.wire == name && param.place.is_path());
        match place {
            _ if !is_name => problems.push(format!("`{{{name}}}` is not a placeholder")),
            _ if !seen.insert(name) => problems.push(format!("`{{{name}}}` is duplicated")),
            Some(index) => segments.push(Segment::Param(index)),
            None => problems.push(format!("the placeholder `{{{name}}}` has no parameter")),
        }
        rest = after;
    }
    literal_segment(rest, &mut segments, &mut problems);
    (segments, problems)
}

/// Text of a path: the characters that RFC 3986 allows in a segment, without percent-encoding.
fn literal_segment(text: &str, segments: &mut Vec<Segment>, problems: &mut Vec<String>) {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(c);
    if let Some(c) = text.chars().find(|c| !is_allowed(*c)) {
        problems.push(format!("`{}` is not allowed in a path", c.escape_default()));
    }
    if !text.is_empty() {
        segments.push(Segment::Literal(text.to_owned()));
    }
}
