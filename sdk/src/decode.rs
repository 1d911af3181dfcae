//! From bytes to a value, with the place named where that fails.

use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::response::{Meta, Response};

/// Decodes a JSON answer.
pub(crate) fn decode<T: DeserializeOwned>(
    operation: &str,
    meta: Meta,
    body: &[u8],
) -> Result<Response<T>, Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(Response::new(value, meta)),
        Err(error) => Err(explain::<T>(operation, meta, body, error)),
    }
}

/// Reads the answer once more, to say where it is not what it should be; the first reading is fast
/// because it does not keep track.
fn explain<T: DeserializeOwned>(
    operation: &str,
    meta: Meta,
    body: &[u8],
    error: serde_json::Error,
) -> Error {
    let sort = meta.header("content-type").unwrap_or("no content type").to_owned();
    if error.is_syntax() || error.is_eof() {
        let place = format!("line {} column {}", error.line(), error.column());
        let what = format!("{operation}: the answer is not JSON ({place}; content type {sort})");
        return Error::unreadable(ErrorKind::Decode, what, meta);
    }
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
    // serde's own words may quote the value, which is the server's to send and not ours to log.
    let what = format!(
        "{operation}: cannot read {place} of the answer (line {} column {})",
        error.line(),
        error.column()
    );
    Error::unreadable(ErrorKind::Decode, what, meta)
}
