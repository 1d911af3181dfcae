//! The data of one request: its setters collect it, and [`url`](Data::url) makes a URL of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use http::HeaderMap;
use serde_json::{Map, Value};

use crate::runtime::args::arg::Arg;
use crate::runtime::args::headers;
use crate::runtime::args::invalid_input::{InvalidInput, within};
use crate::runtime::args::path::Path;
use crate::runtime::args::segment::{PathSegment, one_segment};
use crate::runtime::request::body::Body;
use crate::runtime::request::operation::{Endpoint, Operation};

/// The data of a request of any operation. Setters check and store text at once, and keep the first refusal,
/// which sending returns.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) operation: &'static Operation,
    pub(super) path: Vec<(&'static str, String)>,
    /// The segments after the path of the operation.
    pub(super) segments: Vec<String>,
    /// The parameters of the operation, by name: a parameter that is set twice is sent once.
    pub(super) query: BTreeMap<&'static str, Vec<String>>,
    /// The parameters that the caller adds, in order.
    pub(super) more_query: Vec<(String, String)>,
    /// Sent to the API's origin only.
    pub(crate) headers: HeaderMap,
    /// The content, unless it is an object of `fields`.
    pub(super) body: Option<Body>,
    /// The fields of the object that is sent.
    pub(super) fields: Option<Map<String, Value>>,
    refused: Option<InvalidInput>,
}

#[allow(dead_code, reason = "only some sets of operations need all setters")]
impl Data {
    pub(crate) fn of<E: Endpoint>() -> Self {
        Self {
            operation: const { &E::OPERATION },
            path: Vec::new(),
            segments: Vec::new(),
            query: BTreeMap::new(),
            more_query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            fields: None,
            refused: None,
        }
    }

    /// Fills a placeholder of the path.
    pub(crate) fn path<T: fmt::Display>(self, name: &'static str, value: impl Arg<T>) -> Self {
        self.set_path(name, value.arg().map(|value| value.to_string()))
    }

    /// As [`path`](Self::path), for an integer with bounds.
    pub(crate) fn path_within(
        self,
        name: &'static str,
        value: impl Arg<i64>,
        bounds: RangeInclusive<i64>,
    ) -> Self {
        let value = value.arg().and_then(|value| within(value, bounds));
        self.set_path(name, value.map(|value| value.to_string()))
    }

    /// Fills a placeholder of the path with several segments.
    pub(crate) fn path_segments(mut self, name: &'static str, value: impl Arg<Path>) -> Self {
        match value.arg() {
            Ok(value) => self.path.push((name, value.to_string())),
            Err(refused) => return self.refused(refused.of_argument(name)),
        }
        self
    }

    /// Fills a placeholder of the path with a list.
    pub(crate) fn path_list<T: fmt::Display, A: Arg<T>>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = A>,
    ) -> Self {
        self.set_path(name, texts(values).and_then(|values| joined(&values, ',')))
    }

    /// Adds a segment to the path.
    pub(crate) fn segment(mut self, value: impl Arg<PathSegment>) -> Self {
        match value.arg() {
            Ok(segment) => self.segments.push(segment.as_str().to_owned()),
            Err(refused) => return self.refused(refused),
        }
        self
    }

    /// The name under which the rate limit of the request is remembered. Requests of one operation count for the
    /// same limit, but an operation that takes any path has one name for each pair of first segments.
    pub(crate) fn counted_as(&self) -> Cow<'static, str> {
        match self.segments.get(..2).unwrap_or(&self.segments) {
            [] => Cow::Borrowed(self.operation.id()),
            first => Cow::Owned(first.join("/")),
        }
    }

    /// Sets a parameter of the query to a value that needs no check.
    pub(crate) fn query(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.set_query(name, Ok(vec![value.to_string()]))
    }

    /// Sets a parameter of the query.
    pub(crate) fn query_arg<T: fmt::Display>(self, name: &'static str, value: impl Arg<T>) -> Self {
        self.set_query(name, value.arg().map(|value| vec![value.to_string()]))
    }

    /// As [`query_arg`](Self::query_arg), for an integer with bounds.
    pub(crate) fn query_within(
        self,
        name: &'static str,
        value: impl Arg<i64>,
        bounds: RangeInclusive<i64>,
    ) -> Self {
        let value = value.arg().and_then(|value| within(value, bounds));
        self.set_query(name, value.map(|value| vec![value.to_string()]))
    }

    /// Sets a list in the query, which has the name once for each value.
    pub(crate) fn query_list<T: fmt::Display, A: Arg<T>>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = A>,
    ) -> Self {
        self.set_query(name, texts(values))
    }

    /// Sets a list in the query that is one text, with a separator between the values.
    pub(crate) fn query_joined<T: fmt::Display, A: Arg<T>>(
        self,
        name: &'static str,
        separator: char,
        values: impl IntoIterator<Item = A>,
    ) -> Self {
        let one = |values: Vec<String>| match values.is_empty() {
            true => Ok(Vec::new()),
            false => joined(&values, separator).map(|text| vec![text]),
        };
        self.set_query(name, texts(values).and_then(one))
    }

    /// Adds to the query what the SDK does not know.
    pub(crate) fn more_query(mut self, name: &str, value: &str) -> Self {
        self.more_query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header, in the place of one of that name that the client has.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        match headers::extra(name, value) {
            Ok((name, value)) => drop(self.headers.append(name, value)),
            Err(reason) => return self.refused(InvalidInput::new(reason)),
        }
        self
    }

    fn set_path(mut self, name: &'static str, value: Result<String, InvalidInput>) -> Self {
        match value.and_then(|value| one_segment(&value).map(|()| value)) {
            Ok(value) => self.path.push((name, value)),
            Err(refused) => return self.refused(refused.of_argument(name)),
        }
        self
    }

    fn set_query(mut self, name: &'static str, values: Result<Vec<String>, InvalidInput>) -> Self {
        match values {
            Ok(values) => drop(self.query.insert(name, values)),
            Err(refused) => return self.refused(refused.of_argument(name)),
        }
        self
    }

    /// Keeps a refusal, unless there is one.
    pub(crate) fn refused(mut self, refused: InvalidInput) -> Self {
        self.refused.get_or_insert(refused);
        self
    }
}

/// The values as one text.
fn joined(values: &[String], separator: char) -> Result<String, InvalidInput> {
    match values.iter().find(|value| value.contains(separator)) {
        Some(value) => Err(InvalidInput::new(format!(
            "{value:?} contains {separator:?}, which separates the values"
        ))),
        None => Ok(values.join(&separator.to_string())),
    }
}

fn texts<T: fmt::Display, A: Arg<T>>(
    values: impl IntoIterator<Item = A>,
) -> Result<Vec<String>, InvalidInput> {
    values.into_iter().map(|value| value.arg().map(|value| value.to_string())).collect()
}

impl Data {
    /// The first refusal of an argument is the error.
    pub(crate) fn check(&mut self) -> Result<(), InvalidInput> {
        self.refused.take().map_or(Ok(()), Err)
    }

    /// Sets a parameter of the query that the client computes.
    pub(crate) fn set_query_number(&mut self, name: &'static str, number: u64) {
        self.more_query.retain(|(known, _)| known != name);
        self.query.insert(name, vec![number.to_string()]);
    }

    /// The value of a parameter of the query, set by its setter or added by the caller.
    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        let own = self.query.get(name).and_then(|values| values.last());
        let more = self.more_query.iter().rfind(|(known, _)| known == name).map(|(_, value)| value);
        own.or(more).map(String::as_str)
    }

    /// For `Debug` of a request: the arguments, without the headers and the parameters that the caller adds.
    pub(crate) fn arguments(&self) -> impl fmt::Debug {
        (&self.path, &self.segments, &self.query)
    }
}
