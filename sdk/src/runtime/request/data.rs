//! The data of one request: what its setters collect, and the URL that it makes of it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use tokio::time::Instant;

use crate::runtime::args::arg::Arg;
use crate::runtime::args::headers;
use crate::runtime::args::input::{InvalidInput, within};
use crate::runtime::args::names::{PathSegment, one_segment};
use crate::runtime::client::Client;
use crate::runtime::request::operation::{Endpoint, Operation};

/// What stays as it is in a segment of a path: the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request of any operation. Setters check and store text at once and keep the first refusal, which
/// sending returns.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) client: Client,
    pub(crate) operation: &'static Operation,
    path: Vec<(&'static str, String)>,
    /// What follows the path of the operation.
    segments: Vec<String>,
    /// The parameters of the operation, by name: one that is set twice is sent once.
    query: BTreeMap<&'static str, Vec<String>>,
    /// What the caller adds, in order.
    more_query: Vec<(String, String)>,
    /// Sent to the API's origin only.
    pub(crate) headers: HeaderMap,
    /// The ETag of the answer that the caller has already.
    pub(crate) condition: Option<HeaderValue>,
    pub(crate) size_limit: Option<u64>,
    time_limit: Option<Duration>,
    /// When the call must be over; set when it begins.
    pub(crate) deadline: Option<Instant>,
    refused: Option<InvalidInput>,
}

#[allow(dead_code, reason = "only some sets of operations need all setters")]
impl Data {
    pub(crate) fn of<E: Endpoint>(client: &Client) -> Self {
        Self {
            client: client.clone(),
            operation: const { &E::OPERATION },
            path: Vec::new(),
            segments: Vec::new(),
            query: BTreeMap::new(),
            more_query: Vec::new(),
            headers: HeaderMap::new(),
            condition: None,
            size_limit: None,
            time_limit: None,
            deadline: None,
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

    /// Adds a segment to the path.
    pub(crate) fn segment(mut self, value: impl Arg<PathSegment>) -> Self {
        match value.arg() {
            Ok(segment) => self.segments.push(segment.as_str().to_owned()),
            Err(refused) => self.refuse(refused),
        }
        self
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
        let joined =
            |values: Vec<String>| match values.iter().find(|value| value.contains(separator)) {
                Some(value) => Err(InvalidInput::new(format!(
                    "{value:?} contains {separator:?}, which separates the values"
                ))),
                None if values.is_empty() => Ok(Vec::new()),
                None => Ok(vec![values.join(&separator.to_string())]),
            };
        self.set_query(name, texts(values).and_then(joined))
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
            Err(reason) => self.refuse(InvalidInput::new(reason)),
        }
        self
    }

    pub(crate) fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    pub(crate) fn size_limit(mut self, bytes: u64) -> Self {
        self.size_limit = Some(bytes);
        self
    }

    fn set_path(mut self, name: &'static str, value: Result<String, InvalidInput>) -> Self {
        match value.and_then(|value| one_segment(&value).map(|()| value)) {
            Ok(value) => self.path.push((name, value)),
            Err(refused) => self.refuse(refused.of_argument(name)),
        }
        self
    }

    fn set_query(mut self, name: &'static str, values: Result<Vec<String>, InvalidInput>) -> Self {
        match values {
            Ok(values) => drop(self.query.insert(name, values)),
            Err(refused) => self.refuse(refused.of_argument(name)),
        }
        self
    }

    pub(crate) fn refuse(&mut self, refused: InvalidInput) {
        self.refused.get_or_insert(refused);
    }
}

fn texts<T: fmt::Display, A: Arg<T>>(
    values: impl IntoIterator<Item = A>,
) -> Result<Vec<String>, InvalidInput> {
    values.into_iter().map(|value| value.arg().map(|value| value.to_string())).collect()
}

impl Data {
    /// Starts the clock of the deadline. An argument that was refused is the error.
    pub(crate) fn begin(mut self) -> Result<Self, InvalidInput> {
        // What is too far away to be told is no deadline.
        self.deadline = self.time_limit.and_then(|limit| Instant::now().checked_add(limit));
        self.refused.take().map_or(Ok(self), Err)
    }

    /// Adds to the query what the caller has not set.
    pub(crate) fn query_unless_set(&mut self, name: &'static str, value: &str) {
        if !self.more_query.iter().any(|(known, _)| known == name) {
            self.query.entry(name).or_insert_with(|| vec![value.to_owned()]);
        }
    }

    /// The base URL, the segments of the path, the query.
    pub(crate) fn url(&self) -> Result<Url, InvalidInput> {
        let mut url = self.client.base_url().clone();
        let base = url.path().trim_end_matches('/');
        let at_root = self.operation.is_at_root();
        let base = if at_root { base.trim_end_matches("/api/v3") } else { base };
        let mut path = base.to_owned();
        let mut template = self.operation.path();
        while let Some((literal, rest)) = template.split_once('{') {
            let (name, rest) = rest.split_once('}').unwrap_or((rest, ""));
            let value = self.path.iter().find(|(known, _)| *known == name);
            path.push_str(literal);
            path.extend(utf8_percent_encode(value.map_or("", |(_, value)| value), SEGMENT));
            template = rest;
        }
        path.push_str(template);
        for segment in &self.segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        url.set_path(&path);
        // The types of the arguments have refused what a URL parser would read as another path; this
        // is where a gap in them would show.
        if url.path() != path {
            let id = self.operation.id();
            return Err(InvalidInput::new(format!("the arguments of {id} do not make its path")));
        }
        let own = self
            .query
            .iter()
            .flat_map(|(name, values)| values.iter().map(|value| (*name, value.as_str())));
        let more = self.more_query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut pairs = own.chain(more).peekable();
        if pairs.peek().is_some() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        Ok(url)
    }

    /// For `Debug` of a request: the arguments, but not the client, the headers or what the caller adds.
    pub(crate) fn arguments(&self) -> impl fmt::Debug {
        (&self.path, &self.segments, &self.query)
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::runtime::request::operation::Answer;

    enum Labels {}

    impl Endpoint for Labels {
        const OPERATION: Operation = Operation::new(Method::GET, "labels", "/labels/{number}/x");
    }

    fn data() -> Data {
        let client = Client::builder().api_url("http://127.0.0.1:1/api/v3").build();
        Data::of::<Labels>(&client.unwrap())
    }

    #[track_caller]
    fn url(data: Data) -> String {
        data.begin().unwrap().url().unwrap().to_string()
    }

    #[test]
    fn arguments_become_path_and_query() {
        let data = data()
            .path::<String>("number", "a b")
            .query_within("page", 7_u8, 1..=i64::MAX)
            .query_list::<String, _>("name", ["x", "y&z"])
            .query_joined::<String, _>("joined", ',', ["x", "y"])
            .query_joined::<String, _>("empty", ',', [""; 0])
            .query("flag", true)
            .query("page", 8)
            .more_query("other", "1")
            .more_query("other", "2");
        let base = "http://127.0.0.1:1/api/v3/labels/a%20b/x";
        let query = "flag=true&joined=x%2Cy&name=x&name=y%26z&page=8&other=1&other=2";
        assert_eq!(url(data), format!("{base}?{query}"));
    }

    #[test]
    fn a_path_of_the_host_is_not_below_the_base() {
        const ROOT: &Operation =
            &Operation::get("root", "/raw/{number}").answers(Answer::Content).at_root();
        let data = Data { operation: ROOT, ..data() }.path_within("number", 1, 1..=1);
        assert_eq!(url(data), "http://127.0.0.1:1/raw/1");
    }

    #[test]
    fn the_first_refusal_is_kept() {
        let refusals = [
            (
                data().path::<String>("number", ".."),
                "`number`: \"..\": would be read as another path",
            ),
            (
                data().path_within("number", 0, 1..=9).path::<String>("b", ""),
                "`number`: 0 is not within 1..=9",
            ),
            (data().query_within("page", -1, 1..=i64::MAX), "`page`: -1 is less than 1"),
            (
                data().query_joined::<String, _>("labels", ',', ["a,b"]),
                "`labels`: \"a,b\" contains ',', which separates the values",
            ),
            (data().header("Authorization", "x"), "header \"Authorization\": is the client's own"),
        ];
        for (data, reason) in refusals {
            assert_eq!(data.begin().unwrap_err().to_string(), reason);
        }
    }
}
