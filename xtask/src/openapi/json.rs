//! JSON: strict reading (no duplicate keys), sorted printing, pointers and digests.

mod place;
mod strict;

use std::fmt;
use std::fmt::Write as _;

use anyhow::{Result, anyhow, bail};
use serde::de::DeserializeSeed as _;
use serde_json::Value;
use serde_json::error::Category;
use sha2::{Digest, Sha256};

pub(crate) use place::{Place, cut};
use strict::Strict;

use crate::untrusted::one_line;

/// A place in a document, printed as a URI fragment: `#/paths/~1users/get`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The place of a child, by key or index.
    pub fn child(&self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{step}", self.0))
    }

    /// The place of a descendant, by the keys that lead to it.
    pub fn descend<'a>(&self, steps: impl IntoIterator<Item = &'a str>) -> Self {
        steps.into_iter().fold(self.clone(), |at, step| at.child(step))
    }

    /// The place of the parent, and the last step. `None` for the whole document.
    pub(crate) fn parent(&self) -> Option<(Self, String)> {
        let (parent, step) = self.0.rsplit_once('/')?;
        Some((Self(parent.to_owned()), step.replace("~1", "/").replace("~0", "~")))
    }

    /// Parses the printed form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.strip_prefix('#').map(|pointer| Self(pointer.to_owned()))
    }

    /// The unescaped steps from the root to the place.
    pub(crate) fn steps(&self) -> impl Iterator<Item = String> {
        self.0.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
    }

    /// The place as a JSONPath, for the target of an overlay action.
    pub(crate) fn json_path(&self) -> String {
        let lists = ["parameters", "oneOf", "anyOf", "allOf"];
        let mut path = "$".to_owned();
        let mut outer = String::new();
        for step in self.steps() {
            let is_index = lists.contains(&outer.as_str()) && step.parse::<usize>().is_ok();
            path += &match is_index {
                true => format!("[{step}]"),
                false => format!("['{}']", step.replace('\\', "\\\\").replace('\'', "\\'")),
            };
            outer = step;
        }
        path
    }

    /// The place as a URI fragment, unchanged: for a document, not for a message.
    pub(crate) fn fragment(&self) -> String {
        format!("#{}", self.0)
    }

    /// The form that [`Value::pointer`] takes: without the `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For a message: the keys are untrusted text.
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", one_line(&self.0))
    }
}

/// The deepest nesting of values. Every walk over a document is recursive.
pub(crate) const DEEPEST: usize = 100;

/// The largest input file, in bytes: ten times the largest description of GitHub.
pub(crate) const LARGEST: usize = 128 << 20;

/// Reads JSON. Refuses duplicate keys, which serde_json accepts silently.
///
/// # Errors
///
/// The bytes are not UTF-8, begin with a byte order mark, are not valid JSON, have a duplicate key, or are nested
/// too deeply. The error names the line or the pointer.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    parse_at(&Pointer::root(), bytes)
}

/// As [`parse`], for a part of a document that is located at `base`.
pub(crate) fn parse_at(base: &Pointer, bytes: &[u8]) -> Result<Value> {
    let text = text(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict::new(&Place::Base(base))
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| match error.classify() {
        Category::Data => error.into(),
        _ => anyhow!("is not valid JSON: {error}"),
    })
}

/// The bytes as text. Every input file must be UTF-8 without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bail!("begins with a byte order mark; save it as UTF-8 without one");
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        bail!("is UTF-16; save it as UTF-8");
    }
    if bytes.len() > LARGEST {
        bail!("has {} bytes; at most {LARGEST} are supported", bytes.len());
    }
    if bytes.trim_ascii().is_empty() {
        bail!("is empty");
    }
    std::str::from_utf8(bytes)
        .map_err(|error| anyhow!("is not UTF-8: invalid byte at offset {}", error.valid_up_to()))
}

/// Prints JSON with two spaces of indentation, sorted keys and a final newline. Equal values give equal bytes.
pub fn print(value: &Value) -> String {
    // The alternate form of `Display` is the indented one.
    format!("{:#}\n", sorted(value))
}

/// The sha-256 of a value. It does not depend on white space or key order.
pub fn digest(value: &Value) -> String {
    let mut text = String::new();
    write_sorted(value, &mut text);
    hex(&Sha256::digest(text))
}

/// As `sorted(value).to_string()`, without a copy of the value.
fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                let separator = if index == 0 { "" } else { "," };
                // Writing to a string cannot fail.
                let _ = write!(text, "{separator}{}:", Value::from(key.as_str()));
                write_sorted(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_sorted(item, text);
            }
            text.push(']');
        }
        scalar => {
            let _ = write!(text, "{scalar}");
        }
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value with sorted keys. `serde_json::Map` keeps insertion order if any crate in the build enables
/// `preserve_order`, so its order is not relied on.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::untrusted::is_unprintable;

    #[test]
    fn keys_are_printed_in_sorted_order() {
        let one = parse(br#"{"b": [{"d": 1, "c": 2}], "a": null}"#).unwrap();
        let two = parse(b"{\"a\":null,\r\n\"b\":[{\"c\":2,\"d\":1}]}").unwrap();
        assert_eq!(print(&one), print(&two));
        assert_eq!(digest(&one), digest(&two));
        assert_eq!(digest(&one), hex(&Sha256::digest(r#"{"a":null,"b":[{"c":2,"d":1}]}"#)));
        assert!(print(&one).starts_with("{\n  \"a\": null,\n  \"b\""));
    }

    #[test]
    fn a_duplicate_key_is_refused_with_its_place() {
        let error = parse(br#"{"a": [{"x/y": 1, "x/y": 2}]}"#).unwrap_err();
        assert!(error.to_string().starts_with("#/a/0/x~1y: duplicate key"), "{error}");
    }

    #[test]
    fn a_key_in_a_message_does_not_reach_the_terminal_unchanged() {
        for key in [r"\u001b]0;title\u0007", r"\u202e\n"] {
            let error = parse(format!(r#"{{"{key}": 1, "{key}": 2}}"#).as_bytes()).unwrap_err();
            let error = error.to_string();
            assert!(error.starts_with("#/\u{FFFD}"), "{error}");
            assert!(!error.contains(is_unprintable), "{error:?}");
        }
        let at = Pointer::root().child("\u{1b}");
        assert_eq!((at.to_string().as_str(), at.fragment().as_str()), ("#/\u{FFFD}", "#/\u{1b}"));
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let error = parse(&vec![0; LARGEST + 1]).unwrap_err().to_string();
        assert_eq!(error, "has 134217729 bytes; at most 134217728 are supported");
    }

    #[test]
    fn other_encodings_and_bad_syntax_are_refused() {
        for (bytes, message) in [
            (&b""[..], "is empty"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"{\"a\": \"\xff\"}", "invalid byte at offset 7"),
            (b"{\"a\": ", "EOF"),
            (b"{} {}", "trailing"),
        ] {
            let error = parse(bytes).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
