//! From bytes to a value, with the place named where that fails.

use serde::de::DeserializeOwned;

use crate::runtime::response::error::{Error, ErrorKind, printable};
use crate::runtime::response::{Meta, Response};

/// Decodes a JSON answer.
pub(crate) fn decode<T: DeserializeOwned>(
    operation: &str,
    meta: Meta,
    body: &[u8],
) -> Result<Response<T>, Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(Response::new(value, meta)),
        Err(error) => Err(explain::<T>(operation, meta, body, &error)),
    }
}

/// Reads the answer once more, to say where it is not what it should be; the first reading is fast
/// because it does not keep track.
fn explain<T: DeserializeOwned>(
    operation: &str,
    meta: Meta,
    body: &[u8],
    error: &serde_json::Error,
) -> Error {
    let line = format!("line {} column {}", error.line(), error.column());
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => error.path().to_string(),
        Ok(_) => String::new(),
    };
    let place = match path.as_str() {
        "" | "." => "$".to_owned(),
        path if path.starts_with('[') => format!("${path}"),
        path => format!("$.{path}"),
    };
    let what = if body.is_empty() {
        format!("{operation}: the answer is empty, not JSON")
    } else if place == "$" && (error.is_syntax() || error.is_eof()) {
        let sort = printable(meta.header("content-type").unwrap_or("none"));
        format!("{operation}: the answer is not JSON ({line}; content type {sort})")
    } else {
        format!("{operation}: cannot read {place} of the answer: {} ({line})", reason(error))
    };
    Error::new(ErrorKind::Decode, what).with_meta(meta)
}

/// serde's own words, without the value: that is the server's to send and not ours to log.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let own = ["missing field", "duplicate field", "recursion limit"];
    if own.iter().any(|words| text.starts_with(words)) {
        return text.to_owned();
    }
    if error.is_data() {
        // Other texts are those of a type's own parser, which may quote the value.
        let serdes = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
        let of_serde = serdes.iter().any(|words| text.starts_with(words));
        let expected = text.rsplit_once(", expected ").filter(|_| of_serde);
        return expected.map_or_else(
            || "it has another form".to_owned(),
            |(_, expected)| format!("expected {expected}"),
        );
    }
    "it is not JSON".to_owned()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

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
                "cannot read $.id of the answer: expected i64 (line 1 column 14)",
            ),
            (r#"{"id":1,"id":2}"#, "cannot read $ of the answer: duplicate field `id`"),
            ("{}", "cannot read $ of the answer: missing field `id`"),
            (
                r#"{"completed_at":"canary"}"#,
                "cannot read $.completed_at of the answer: it has another form",
            ),
        ] {
            let error = decode::<Build>("op", meta.clone(), body.as_bytes()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(says) && !shown.contains("canary"), "{shown}");
        }
    }
}
