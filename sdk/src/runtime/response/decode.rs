//! Decodes JSON, and names the place where that fails.

use http::StatusCode;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_path_to_error::{Path, Segment};

use crate::runtime::response::error::{Cause, DecodeFault, Error};
use crate::runtime::response::{Meta, Response};
use crate::runtime::text::one_line;

/// A longer key is not shown.
const LONGEST_KEY: usize = 1 << 10;

/// A body that cannot be decoded, and the place of the failure.
#[derive(Debug)]
pub struct Failure {
    error: serde_json::Error,
    pub(crate) path: String,
}

/// Decodes a JSON response.
pub(crate) fn decode<T: DeserializeOwned>(meta: Meta, body: &[u8]) -> Result<Response<T>, Error> {
    // A server can answer 204 instead of an empty list.
    let is_empty_list = body.is_empty() && meta.status() == StatusCode::NO_CONTENT;
    match placed(if is_empty_list { b"[]" } else { body }) {
        Ok(value) => Ok(Response::new(value, meta)),
        Err(failure) => {
            let fault = failure.explained(&meta, body);
            Err(Error::from(Cause::Decode(fault)).with_meta(meta))
        }
    }
}

/// Decodes a body. Null is an empty object or list. After a failure, the body is decoded once more, to find the place:
/// the first pass does not track it, because that is slow.
pub(crate) fn placed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).or_else(|error| {
        empty(body).ok_or_else(|| {
            let mut deserializer = serde_json::Deserializer::from_slice(body);
            let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
                Err(error) => json_path(error.path()),
                Ok(_) => "$".to_owned(),
            };
            Failure { error, path }
        })
    })
}

/// The empty object or list for which a server answers null.
fn empty<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let empty: [&[u8]; 2] = [b"{}", b"[]"];
    let mut values = empty.iter().filter_map(|text| serde_json::from_slice(text).ok());
    values.next().filter(|_| body.trim_ascii() == b"null")
}

/// Decodes a list or a map. Servers in Go send null for an empty one.
#[allow(dead_code, reason = "only some sets of operations have types with lists")]
pub(crate) fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Decodes a field that is there: null is a value of it, and not the same as a missing field.
#[allow(dead_code, reason = "only some sets of operations send such fields")]
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl Failure {
    /// The fault of the response with this body.
    pub(crate) fn explained(self, meta: &Meta, body: &[u8]) -> DecodeFault {
        let Self { error, path } = self;
        let (line, column) = (error.line(), error.column());
        if body.is_empty() {
            DecodeFault::Empty
        } else if path == "$" && (error.is_syntax() || error.is_eof()) {
            DecodeFault::NotJson { line, column, content_type: content_type(meta) }
        } else {
            DecodeFault::Mismatch { path, reason: reason(&error), line, column }
        }
    }
}

/// The media type of a response; `unknown` if it has characters that a media type of an API does not have, because
/// a header can repeat a secret.
fn content_type(meta: &Meta) -> String {
    let header = meta.header("content-type").unwrap_or("none");
    let essence = header.split(';').next().unwrap_or_default().trim();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/+.-".contains(c);
    let is_type = essence == "none"
        || essence.len() <= 64 && essence.contains('/') && essence.chars().all(is_plain);
    if is_type { essence } else { "unknown" }.to_owned()
}

/// The path in the form `$.items[3].status`. Its keys can come from the server, so the error makes it fit to print.
pub(crate) fn json_path(path: &Path) -> String {
    let mut text = "$".to_owned();
    for segment in path {
        text += &match segment {
            Segment::Seq { index } => format!("[{index}]"),
            Segment::Map { key } if key.len() > LONGEST_KEY => ".?".to_owned(),
            Segment::Map { key } => format!(".{key}"),
            Segment::Enum { variant } => format!(".{variant}"),
            Segment::Unknown => ".?".to_owned(),
        };
    }
    text
}

/// serde's message without the value, which belongs to the server and must not be logged.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let own = ["missing field", "duplicate field", "recursion limit"];
    if own.iter().any(|start| text.starts_with(start)) {
        return one_line(text);
    }
    if error.is_data() {
        // Other messages are those of a type's own parser, which can quote the value.
        let serdes = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
        let of_serde = serdes.iter().any(|start| text.starts_with(start));
        let expected = text.rsplit_once(", expected ").filter(|_| of_serde);
        return expected.map_or_else(
            || "its format is invalid".to_owned(),
            |(_, expected)| format!("expected {}", one_line(expected)),
        );
    }
    "it is not JSON".to_owned()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use jiff::Timestamp;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Build {
        #[serde(rename = "id")]
        _id: i64,
        #[serde(rename = "completed_at")]
        _completed_at: Option<Timestamp>,
    }

    #[test]
    fn a_failure_is_named_without_the_value() {
        let meta = Meta::new(StatusCode::OK, HeaderMap::new());
        for (body, says) in [
            ("", "is empty"),
            ("<html>canary", "not JSON (line 1 column 1; content type none)"),
            (
                r#"{"id":"canary"}"#,
                "cannot decode `$.id` of the response: expected i64 (line 1 column 14)",
            ),
            (r#"{"id":1,"id":2}"#, "cannot decode `$` of the response: duplicate field `id`"),
            ("{}", "cannot decode `$` of the response: missing field `id`"),
            (
                r#"{"completed_at":"canary"}"#,
                "cannot decode `$.completed_at` of the response: its format is invalid",
            ),
        ] {
            let error = decode::<Build>(meta.clone(), body.as_bytes()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(says) && !shown.contains("canary"), "{shown}");
        }
    }
}
