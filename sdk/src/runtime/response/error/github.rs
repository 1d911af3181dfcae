//! What GitHub says in the body of an error.

use std::fmt;

use http::StatusCode;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::{Error, ErrorKind};
use crate::runtime::args::names::is_misleading;
use crate::runtime::response::Meta;

/// A text that is kept is at most this long.
const LONGEST_TEXT: usize = 4 << 10;

/// Of the single faults that GitHub lists, this many are kept.
const MOST_ERRORS: usize = 100;

/// Of a body that is no JSON, this much is shown.
const SHOWN: usize = 256;

/// GitHub's explanation, in the parts that it has.
#[derive(Default)]
pub(crate) struct Explanation {
    pub(crate) message: Option<String>,
    pub(crate) documentation_url: Option<String>,
    pub(crate) errors: Vec<String>,
}

impl Explanation {
    /// Reads a body, also one that is cut: what came before the cut counts. One that is not GitHub's
    /// gives nothing, but for the message that a storage host has in its XML.
    pub(crate) fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let mut explanation = Self::default();
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        if Fields(&mut explanation).deserialize(&mut deserializer).is_err()
            && explanation.message.is_none()
        {
            let text = String::from_utf8_lossy(body);
            let message =
                text.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
            explanation.message = message.map(|(message, _)| cut(message, LONGEST_TEXT).to_owned());
        }
        explanation
    }
}

/// Fills an explanation field by field, so that an error in the middle leaves what came before.
struct Fields<'e>(&'e mut Explanation);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let text = |value: Value| value.as_str().map(|text| cut(text, LONGEST_TEXT).to_owned());
        while let Some(key) = map.next_key::<String>()? {
            // Each of any shape: a server may send `errors` as texts or objects.
            match key.as_str() {
                "message" => self.0.message = text(map.next_value()?),
                "documentation_url" => self.0.documentation_url = text(map.next_value()?),
                "errors" => {
                    let items = match map.next_value()? {
                        Value::Null => Vec::new(),
                        Value::Array(items) => items,
                        one => vec![one],
                    };
                    let each = |item: Value| match item {
                        Value::String(text) => cut(&text, LONGEST_TEXT).to_owned(),
                        item => cut(&item.to_string(), LONGEST_TEXT).to_owned(),
                    };
                    self.0.errors = items.into_iter().take(MOST_ERRORS).map(each).collect();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl Error {
    /// For an answer whose status is not the documented success; `body` is what was read of it.
    /// A server that echoes the token does not get it into a log: `secret` is not shown.
    pub(crate) fn from_answer(
        operation: &str,
        meta: Meta,
        body: Vec<u8>,
        secret: Option<&str>,
    ) -> Self {
        let status = meta.status();
        let github = Explanation::read(&body);
        let said = match &github.message {
            Some(message) => message.clone(),
            None => without_tags(&String::from_utf8_lossy(&body)),
        };
        let said = printable(
            &secret.map_or_else(|| said.clone(), |secret| said.replace(secret, "[token]")),
        );
        let mut what = format!("{operation}: the server answered {status}");
        if !said.is_empty() {
            what += &format!(": {said}");
        }
        match status {
            StatusCode::NOT_FOUND => {
                what +=
                    " (or the token may not see it: a private repository needs the scope `repo`)";
            }
            StatusCode::UNAUTHORIZED => what += " (the token is missing, wrong or expired)",
            StatusCode::SERVICE_UNAVAILABLE if github.message.is_none() => {
                what += " (the server may be in maintenance mode)";
            }
            _ => {}
        }
        Self::new(ErrorKind::Status, what).with_meta(meta).with_body(github, body)
    }
}

/// One line of at most 256 characters, without what could steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !is_misleading(*c)).take(SHOWN).collect()
}

/// The text of a page, without its markup, scripts and styles.
fn without_tags(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let name = tag.get(..6).unwrap_or(tag).to_ascii_lowercase();
        let hidden = ["script", "style"].into_iter().find(|hidden| name.starts_with(hidden));
        let tag = match hidden.and_then(|hidden| tag.find(&format!("</{hidden}"))) {
            Some(end) => tag.get(end..).unwrap_or_default(),
            None => tag,
        };
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_of_every_shape_are_read() {
        let read = |body: &str| Explanation::read(body.as_bytes());
        let full = read(
            r#"{"message":"m","documentation_url":"d","errors":["a",{"code":"b"}],"status":"404"}"#,
        );
        assert_eq!(
            (full.message.as_deref(), full.documentation_url.as_deref()),
            (Some("m"), Some("d"))
        );
        assert_eq!(full.errors, ["a", r#"{"code":"b"}"#]);
        let cut = read(r#"{"message":"m","documentation_url":"d","errors":[{"code":"b"#);
        assert_eq!(
            (cut.message.as_deref(), cut.documentation_url.as_deref()),
            (Some("m"), Some("d"))
        );
        assert_eq!(read("\u{FEFF}{\"message\":\"m\"}").message.as_deref(), Some("m"));
        assert_eq!(read("<Error><Message>m</Message></Error>").message.as_deref(), Some("m"));
        for odd in ["", "[]", "null", "{", "<html>", r#"{"message":{"a":1},"errors":7}"#] {
            assert!(read(odd).message.is_none());
        }
        let long = read(&format!(r#"{{"message":"{}"}}"#, "ä".repeat(5000)));
        assert!(long.message.is_some_and(|message| message.len() <= LONGEST_TEXT));
    }

    #[test]
    fn a_page_is_shown_as_its_text() {
        let page = "<!DOCTYPE html><style>p{}</style><script>if (a<b) {}</script><h1>Down</h1>\n<p>for\u{1b}[31m now";
        assert_eq!(printable(&without_tags(page)), "Down for[31m now");
    }
}
