//! The URL of a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::request::data::Data;
use crate::runtime::url::Url;

/// The characters that are not encoded in a segment of a path: the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Data {
    /// The URL below a base URL: the path of the operation with its arguments, and the query.
    pub(crate) fn url(&self, base: &Url) -> Result<Url, InvalidInput> {
        let mut url = base.clone();
        let path = self.filled(base.path().trim_end_matches('/'));
        url.set_path(&path);
        // The types of the arguments refuse everything that a URL parser would read as another path. A gap in
        // them would show here.
        if url.path() != path {
            let id = self.operation.id();
            return Err(InvalidInput::new(format!("the arguments of {id} would change its path")));
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

    /// The path of the operation, with its placeholders filled, after `start`.
    fn filled(&self, start: &str) -> String {
        let mut path = start.to_owned();
        let mut template = self.operation.path();
        while let Some((literal, rest)) = template.split_once('{') {
            let (name, rest) = rest.split_once('}').unwrap_or((rest, ""));
            let value = self.path.iter().find(|(known, _)| *known == name);
            path.push_str(literal);
            let value = value.map_or("", |(_, value)| value);
            // The setter has refused a slash where the value is one segment.
            for (index, segment) in value.split('/').enumerate() {
                path.push_str(if index > 0 { "/" } else { "" });
                path.extend(utf8_percent_encode(segment, SEGMENT));
            }
            template = rest;
        }
        path.push_str(template);
        for segment in &self.segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::runtime::request::operation::{Endpoint, Operation};

    enum Labels {}

    impl Endpoint for Labels {
        const OPERATION: Operation = Operation::new(Method::GET, "labels", "/labels/{number}/x");
    }

    fn data() -> Data {
        Data::of::<Labels>()
    }

    #[track_caller]
    fn url(mut data: Data) -> String {
        data.check().unwrap();
        data.url(&Url::parse("http://127.0.0.1:1/api/v3").unwrap()).unwrap().to_string()
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
    fn the_first_refusal_is_kept() {
        let refusals = [
            (
                data().path::<String>("number", ".."),
                "`number`: `..` is not allowed: it would change the path",
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
            (
                data().header("Authorization", "x"),
                "header `Authorization`: the client sets this header itself",
            ),
        ];
        for (mut data, reason) in refusals {
            assert_eq!(data.check().unwrap_err().to_string(), reason);
        }
    }
}
