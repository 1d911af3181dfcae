//! Headers that callers add to those of the client.

use http::{HeaderName, HeaderValue};

/// Headers that the client sends itself, or that are not a caller's to say.
const OWN: [&str; 24] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-github-api-version",
];

/// A header for the API's origin; the error says why it is refused.
pub(crate) fn extra(name: &str, text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let setting = format!("header {name:?}");
    match HeaderName::try_from(name) {
        Ok(name) if OWN.contains(&name.as_str()) => Err(format!("{setting}: is the client's own")),
        Ok(name) => {
            let mut value = value(&setting, text)?;
            value.set_sensitive(true);
            Ok((name, value))
        }
        Err(_) => Err(format!("{setting}: is no name of a header")),
    }
}

/// A value that is there and may be sent.
pub(crate) fn value(setting: &str, text: &str) -> Result<HeaderValue, String> {
    match HeaderValue::try_from(text) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(format!("{setting}: is empty or has characters that no header may have")),
    }
}
