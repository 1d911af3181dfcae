//! The body of a response with an error status, and GitHub's explanation in it.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::runtime::text::{cut, of_page, one_line, redacted, without_cut_secret};
use crate::runtime::url::Url;

/// The most bytes of a text that are kept.
const LONGEST_TEXT: usize = 4 << 10;

/// A longer code is ignored.
const LONGEST_CODE: usize = 64;

/// The most bytes of the body of an error that are kept.
pub(crate) const LARGEST_ERROR_BODY: usize = 64 << 10;

/// A shorter segment of the path of a signed URL is not a credential.
const SHORTEST_SEGMENT: usize = 20;

/// The most parts of URLs that are redacted.
const MOST_PARTS: usize = 48;

/// The most single faults that are kept.
const MOST_ERRORS: usize = 100;

/// A body: its first bytes, GitHub's explanation, and one line that can be shown.
#[derive(Default)]
pub(crate) struct ErrorBody {
    pub(crate) bytes: Vec<u8>,
    pub(crate) explanation: Explanation,
    shown: String,
}

impl ErrorBody {
    /// Reads a body, without the secrets of the request, which a server can send back. Secrets are redacted before a
    /// text is cut: the start of a cut secret would stay.
    pub(crate) fn read(bytes: Vec<u8>, secrets: &[impl AsRef<str>]) -> Self {
        let mut explanation = Explanation::read(&bytes);
        let texts = explanation.message.iter_mut().chain(&mut explanation.errors);
        for text in texts.chain(&mut explanation.documentation_url) {
            *text = cut(&redacted(text, secrets), LONGEST_TEXT).to_owned();
        }
        // A code has the characters of a token and of a signature.
        explanation.code.take_if(|code| redacted(code, secrets) != *code);
        let shown = match &explanation.message {
            Some(message) => one_line(message),
            None => {
                let mut page = &*String::from_utf8_lossy(&bytes);
                if bytes.len() >= LARGEST_ERROR_BODY {
                    page = without_cut_secret(page, secrets);
                }
                one_line(&of_page(&redacted(page, secrets)))
            }
        };
        Self { bytes, explanation, shown }
    }

    /// Reads the body of the host of content, without the tokens and without the parts of the URLs that led to it, as
    /// they are and decoded, because one of them is the signature. The text of a page is not shown, because a page can
    /// repeat the signed URL.
    pub(crate) fn of_content(bytes: Vec<u8>, urls: &[Url], tokens: &[String]) -> Self {
        let raw: Vec<&str> = urls.iter().flat_map(secret_parts).collect();
        let decoded: Vec<_> =
            raw.iter().map(|part| percent_decode_str(part).decode_utf8_lossy()).collect();
        // The tokens cannot be crowded out: a host chooses the number and the length of the parts.
        let mut secrets: Vec<&str> =
            raw.iter().copied().chain(decoded.iter().map(|part| &**part)).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.truncate(MOST_PARTS);
        secrets.extend(tokens.iter().map(String::as_str));
        let mut body = Self::read(bytes, &secrets);
        if body.explanation.message.is_none() {
            body.shown = body.explanation.code.clone().unwrap_or_default();
        }
        body
    }

    /// One line of at most 256 characters; empty if there is nothing to show.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

/// GitHub's explanation, with the parts that a body has.
#[derive(Default)]
pub(crate) struct Explanation {
    /// Letters and digits.
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) documentation_url: Option<String>,
    pub(crate) errors: Vec<String>,
}

impl Explanation {
    /// Reads a body. Of a body that was cut, everything before the cut counts. Of the XML of a storage host,
    /// its code and message count.
    pub(crate) fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let mut explanation = Self::default();
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        if Fields(&mut explanation).deserialize(&mut deserializer).is_err()
            && explanation.message.is_none()
        {
            let text = String::from_utf8_lossy(body);
            let is_code = |code: &&str| {
                (1..=LONGEST_CODE).contains(&code.len())
                    && code.chars().all(|c| c.is_ascii_alphanumeric())
            };
            let code = between(&text, "<Code>", "</Code>").filter(is_code);
            explanation.code = code.map(str::to_owned);
            let message = between(&text, "<Message>", "</Message>");
            explanation.message = message.map(str::to_owned);
        }
        explanation
    }
}

/// The parts of a URL that can be a credential: the long segments of the path, the values of the query, and its pairs,
/// because a short value is redacted with its name only.
fn secret_parts(url: &Url) -> impl Iterator<Item = &str> {
    let segments = url.path().split('/').filter(|segment| segment.len() >= SHORTEST_SEGMENT);
    let pairs = || url.query().unwrap_or_default().split('&');
    let values = pairs().map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    segments.chain(pairs()).chain(values)
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inside, _)| inside)
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
        let text = |value: Value| value.as_str().map(str::to_owned);
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
                        Value::String(text) => text,
                        item => item.to_string(),
                    };
                    self.0.errors = items.into_iter().take(MOST_ERRORS).map(each).collect();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
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
        let xml = read("<Error><Code>C1</Code><Message>m</Message></Error>");
        assert_eq!((xml.code.as_deref(), xml.message.as_deref()), (Some("C1"), Some("m")));
        for odd in ["", "a b", "a-b", "\u{e4}", "<b/>", &"a".repeat(65)] {
            assert!(read(&format!("<Code>{odd}</Code>")).code.is_none(), "{odd}");
        }
        assert_eq!(
            read(&format!("<Code>{}</Code>", "a".repeat(64))).code.map(|code| code.len()),
            Some(64)
        );
        for odd in ["", "[]", "null", "{", "<html>", r#"{"message":{"a":1},"errors":7}"#] {
            assert!(read(odd).message.is_none());
        }
    }

    #[test]
    fn a_signature_in_a_message_is_redacted_in_every_form() {
        let url = Url::parse("https://h/x?sv=2025-01-01&sig=canary%2Fcanary%3D&se=1").unwrap();
        for text in [
            "https://h/x?sv=2025-01-01&amp;sig=canary%2Fcanary%3D",
            "signature canary/canary= did not match",
        ] {
            let body = format!("<Error><Code>Denied</Code><Message>{text}</Message></Error>");
            let body = ErrorBody::of_content(body.into_bytes(), std::slice::from_ref(&url), &[]);
            assert!(!body.shown().contains("canary"), "{}", body.shown());
            assert!(!body.explanation.message.unwrap().contains("canary"));
        }
    }
}
