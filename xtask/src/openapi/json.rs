//! JSON as this tool reads and writes it: strict on the way in, sorted on the way out.

use std::fmt;

use anyhow::{Result, anyhow, bail};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A place in a document, printed as a URI fragment: `#/paths/~1users/get`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The place one step further in, by key or by index.
    pub fn child(&self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{step}", self.0))
    }

    /// The place several steps further in.
    pub fn descend<'a>(&self, steps: impl IntoIterator<Item = &'a str>) -> Self {
        steps.into_iter().fold(self.clone(), |at, step| at.child(step))
    }

    /// The place one step further out, and the step; none of the whole document.
    pub(crate) fn parent(&self) -> Option<(Self, String)> {
        let (parent, step) = self.0.rsplit_once('/')?;
        Some((Self(parent.to_owned()), step.replace("~1", "/").replace("~0", "~")))
    }

    /// The form that [`Value::pointer`] takes: without the `#`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Reads JSON, and refuses what serde_json takes in silence: a key that stands twice.
///
/// # Errors
///
/// The bytes are not UTF-8, begin with a byte order mark, are not JSON, or hold a key twice; the
/// error names the line or the pointer.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    parse_at(&Pointer::root(), bytes)
}

/// As [`parse`], for a piece that stands at `base` in its document.
pub(crate) fn parse_at(base: &Pointer, bytes: &[u8]) -> Result<Value> {
    let text = text(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict(base)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| match error.classify() {
        Category::Data => error.into(),
        _ => anyhow!("is no JSON: {error}"),
    })
}

/// The bytes as text; every file this tool reads is UTF-8 without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bail!("begins with a byte order mark: save it as UTF-8 without one");
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        bail!("is UTF-16: save it as UTF-8");
    }
    if bytes.trim_ascii().is_empty() {
        bail!("is empty");
    }
    std::str::from_utf8(bytes)
        .map_err(|error| anyhow!("is not UTF-8: bad byte at offset {}", error.valid_up_to()))
}

/// Two spaces, sorted keys, a newline at the end: the same value gives the same bytes.
pub fn print(value: &Value) -> String {
    // The alternate form of `Value`'s `Display` is its pretty form.
    format!("{:#}\n", sorted(value))
}

/// The sha-256 of what the value says: spaces, line ends and key order do not count.
pub fn digest(value: &Value) -> String {
    hex(&Sha256::digest(sorted(value).to_string()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `serde_json::Map` keeps insertion order when any crate of the build turns `preserve_order` on,
/// so the order is made here instead of being hoped for.
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

/// Deserializes a value that stands at this pointer.
struct Strict<'p>(&'p Pointer);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict(&self.0.child(array.len())))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let at = self.0.child(&key);
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("{at}: this key stands twice")));
            }
            let value = entries.next_value_seed(Strict(&at))?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_sorted_whatever_order_they_came_in() {
        let one = parse(br#"{"b": [{"d": 1, "c": 2}], "a": null}"#).unwrap();
        let two = parse(b"{\"a\":null,\r\n\"b\":[{\"c\":2,\"d\":1}]}").unwrap();
        assert_eq!(print(&one), print(&two));
        assert_eq!(digest(&one), digest(&two));
        assert!(print(&one).starts_with("{\n  \"a\": null,\n  \"b\""));
    }

    #[test]
    fn a_key_that_stands_twice_is_named_with_its_place() {
        let error = parse(br#"{"a": [{"x/y": 1, "x/y": 2}]}"#).unwrap_err();
        assert!(error.to_string().starts_with("#/a/0/x~1y: this key stands twice"), "{error}");
    }

    #[test]
    fn other_encodings_are_named() {
        for (bytes, says) in [
            (&b""[..], "is empty"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"{\"a\": \"\xff\"}", "bad byte at offset 7"),
            (b"{\"a\": ", "EOF"),
            (b"{} {}", "trailing"),
        ] {
            let error = parse(bytes).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
