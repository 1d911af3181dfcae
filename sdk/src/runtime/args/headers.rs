//! Headers that callers add to those of the client.

use http::{HeaderName, HeaderValue};

use crate::runtime::args::invalid_input::quoted;

/// Headers that callers cannot add: the client, the HTTP library or a proxy sets them.
const RESERVED: [&str; 25] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
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

/// Checks a header for the origin of the API. The value is marked as sensitive, so that `Debug` does not print it.
/// The error is a message.
pub(crate) fn extra(name: &str, text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let setting = format!("header {}", quoted(name));
    match HeaderName::try_from(name) {
        Ok(name) if RESERVED.contains(&name.as_str()) => {
            Err(format!("{setting}: the client sets this header itself"))
        }
        Ok(name) => {
            let mut value = value(&setting, text)?;
            value.set_sensitive(true);
            Ok((name, value))
        }
        Err(_) => Err(format!("{setting}: the name is not valid")),
    }
}

/// Checks the value of a header. The error is a message that begins with the setting.
pub(crate) fn value(setting: &str, text: &str) -> Result<HeaderValue, String> {
    match HeaderValue::try_from(text) {
        Ok(value) if !value.is_empty() => Ok(value),
        Ok(_) => Err(format!("{setting}: the value is empty")),
        Err(_) => {
            Err(format!("{setting}: the value contains a character that a header cannot have"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_a_caller_is_sensitive() {
        let (name, value) = extra("X-Team", "canary").unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-team", "canary"));
        assert!(value.is_sensitive());
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
        let refusals = [
            ("Accept", "canary", "header `Accept`: the client sets this header itself"),
            ("content-type", "a/b", "header `content-type`: the client sets this header itself"),
            ("a b", "canary", "header `a b`: the name is not valid"),
            ("", "canary", "header ``: the name is not valid"),
            ("x-a", "", "header `x-a`: the value is empty"),
            (
                "x-a",
                "canary\n",
                "header `x-a`: the value contains a character that a header cannot have",
            ),
        ];
        for (name, value, reason) in refusals {
            assert_eq!(extra(name, value).unwrap_err(), reason);
        }
    }
}
