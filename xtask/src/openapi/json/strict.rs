//! Reads JSON as values, and refuses duplicate keys and deep nesting.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{DEEPEST, Place};

/// Deserializes the value at a place.
pub(super) struct Strict<'p> {
    place: &'p Place<'p>,
    depth: usize,
}

impl<'p> Strict<'p> {
    pub(super) fn new(base: &'p Place<'p>) -> Self {
        Self { place: base, depth: base.pointer().as_str().matches('/').count() }
    }

    /// The value at a place inside this one.
    fn inner<'c>(&self, place: &'c Place<'c>) -> Strict<'c> {
        Strict { place, depth: self.depth + 1 }
    }

    fn check_depth<E: Error>(&self) -> Result<(), E> {
        match self.depth > DEEPEST {
            true => {
                let place = self.place;
                Err(E::custom(format_args!("{place}: is nested more than {DEEPEST} levels deep")))
            }
            false => Ok(()),
        }
    }
}

/// The error with the place, unless it has one. The end of a truncated file is not an error of the value there.
fn at<E: Error>(place: &Place<'_>, error: E) -> E {
    let text = error.to_string();
    match text.starts_with('#') || text.starts_with("EOF") {
        true => error,
        false => E::custom(format_args!("{place}: is not valid JSON: {text}")),
    }
}

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
        self.check_depth()?;
        let mut array = Vec::new();
        loop {
            let place = Place::Index(self.place, array.len());
            let item = items.next_element_seed(self.inner(&place));
            match item.map_err(|error| at(&place, error))? {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let place = Place::Key(self.place, &key);
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("{place}: duplicate key")));
            }
            let value = entries.next_value_seed(self.inner(&place));
            let value = value.map_err(|error| at(&place, error))?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
