//! Unions of responses: values of one of several types.

use std::ops::Add;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

/// A union. With `#[tag = "type"]`, the value of the tag selects the variant: `User(User) = "User"`; a value with another
/// tag is of a variant only if that keeps all of it. Without a tag, the variant that keeps the most of the value is used.
macro_rules! union {
    (
        $(#[doc = $doc:expr])*
        $(#[tag = $tag:literal])?
        pub enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident($ty:ty $(,)?) $(= $value:literal $(| $more:literal)*)?),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        ///
        /// A server may send a value that fits none of these types. It is decoded as `Unknown`.
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($ty),)*
            /// A value that fits none of these types, as the server sent it.
            Unknown(::serde_json::Value),
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                use $crate::runtime::response::union::{decoded, fits, has_tag, is_tag};
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                let tag = ::std::option::Option::<&str>::None $(.or($tag.into()))?;
                $(if is_tag(&value, tag, &[$($value $(, $more)*)?])
                    && let ::std::option::Option::Some(known) = decoded::<$ty>(&value)
                {
                    return ::std::result::Result::Ok(Self::$variant(known));
                })*
                let mut best = ::std::option::Option::None;
                $(fits::<$ty, Self>(&value, Self::$variant, &mut best);)*
                let best = best.filter(|best| best.is_whole || !has_tag(&value, tag));
                ::std::result::Result::Ok(best.map_or(Self::Unknown(value), |best| best.variant))
            }
        }
    };
}
pub(crate) use union;

/// A union that is sent.
macro_rules! closed_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident($ty:ty $(,)?)),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($ty),)*
        }

        $(impl ::std::convert::From<$ty> for $name {
            fn from(value: $ty) -> Self {
                Self::$variant(value)
            }
        })*

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                use $crate::runtime::response::union::fits;
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                let mut best = ::std::option::Option::None;
                $(fits::<$ty, Self>(&value, Self::$variant, &mut best);)*
                best.map(|best| best.variant)
                    .ok_or_else(|| ::serde::de::Error::custom("the value fits no type of the union"))
            }
        }
    };
}
pub(crate) use closed_union;

/// True if the tag of a value is one of these.
pub(crate) fn is_tag(value: &Value, tag: Option<&str>, values: &[&str]) -> bool {
    let text = tag.and_then(|tag| value.get(tag)).and_then(Value::as_str);
    text.is_some_and(|text| values.contains(&text))
}

/// True if the value has a tag.
pub(crate) fn has_tag(value: &Value, tag: Option<&str>) -> bool {
    tag.and_then(|tag| value.get(tag)).is_some_and(Value::is_string)
}

/// The variant that keeps the most of a value.
pub(crate) struct Best<U> {
    pub(crate) variant: U,
    kept: Kept,
    /// True if it keeps all of the value.
    pub(crate) is_whole: bool,
}

pub(crate) fn decoded<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// Replaces `best` if this type fits the value and keeps more of it.
pub(crate) fn fits<T: DeserializeOwned + Serialize, U>(
    value: &Value,
    variant: fn(T) -> U,
    best: &mut Option<Best<U>>,
) {
    let Some(known) = decoded::<T>(value) else { return };
    let again = serde_json::to_value(&known).unwrap_or_default();
    let kept = kept(value, &again);
    // A type whose fields are all optional fits any object, and keeps nothing of it.
    let has_parts = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if kept.parts <= usize::from(has_parts) {
        return;
    }
    if best.as_ref().is_none_or(|best| kept > best.kept) {
        let is_whole = is_whole(value, &again);
        *best = Some(Best { variant: variant(known), kept, is_whole });
    }
}

/// True if another value has all parts of a value, apart from nulls.
fn is_whole(value: &Value, again: &Value) -> bool {
    match (value, again) {
        (Value::Object(value), Value::Object(again)) => value.iter().all(|(key, value)| {
            value.is_null() || again.get(key).is_some_and(|again| is_whole(value, again))
        }),
        (Value::Array(value), Value::Array(again)) => {
            value.len() == again.len()
                && value.iter().zip(again).all(|(value, again)| is_whole(value, again))
        }
        (value, again) => value.is_null() || kept(value, again).parts > 0,
    }
}

/// The parts of a value that another value has too. More parts are better; of as many, more integers are better.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    parts: usize,
    integers: usize,
}

impl Kept {
    fn one(is_kept: bool) -> Self {
        Self { parts: usize::from(is_kept), integers: 0 }
    }
}

impl Add for Kept {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { parts: self.parts + other.parts, integers: self.integers + other.integers }
    }
}

fn kept(value: &Value, again: &Value) -> Kept {
    match (value, again) {
        (Value::Object(value), Value::Object(again)) => {
            let both = value.iter().filter_map(|(key, value)| Some((value, again.get(key)?)));
            both.map(|(value, again)| kept(value, again) + Kept::one(true))
                .fold(Kept::one(true), Add::add)
        }
        (Value::Array(value), Value::Array(again)) => {
            let both = value.iter().zip(again);
            both.map(|(value, again)| kept(value, again)).fold(Kept::one(true), Add::add)
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {
            Kept::default()
        }
        (Value::Number(value), Value::Number(again)) => {
            let is_integer = value == again && !value.is_f64();
            let is_same = is_integer || value.as_f64() == again.as_f64() && is_exact(value);
            Kept { integers: usize::from(is_integer), ..Kept::one(is_same) }
        }
        // The same time can be written in two ways.
        (Value::String(_), Value::String(_)) => Kept::one(true),
        _ => Kept::one(value == again),
    }
}

/// True if the number stays the same as a floating-point number. An integer of more than 53 bits may change.
fn is_exact(value: &Number) -> bool {
    let bits = |integer: i64| u64::BITS - integer.unsigned_abs().leading_zeros();
    value.is_f64() || value.as_i64().is_some_and(|integer| bits(integer) <= f64::MANTISSA_DIGITS)
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros define public types")]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Cat {
        kind: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lives: Option<i64>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Dog {
        kind: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tricks: Option<Vec<String>>,
    }

    union! {
        /// With a tag.
        #[tag = "kind"]
        pub enum Tagged {
            /// A cat.
            Cat(Cat) = "cat" | "kitten",
            /// A dog.
            Dog(Dog) = "dog",
        }
    }

    union! {
        /// Without a tag.
        pub enum Plain {
            /// A number.
            Integer(i64),
            /// A cat.
            Cat(Cat),
            /// A dog.
            Dog(Dog),
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Narrow {
        a: i64,
        b: i64,
        d: i64,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Wide {
        a: f64,
        b: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        c: Option<String>,
        d: f64,
    }

    union! {
        /// Objects with the same numbers.
        pub enum Shapes {
            /// Integers.
            Narrow(Narrow),
            /// More fields.
            Wide(Wide),
        }
    }

    union! {
        /// Numbers, the more general type first.
        pub enum Numbers {
            /// A number.
            Number(f64),
            /// An integer.
            Integer(i64),
        }
    }

    union! {
        /// Text or a number.
        pub enum Mixed {
            /// Text.
            Text(String),
            /// A number.
            Number(f64),
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Small {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<i64>,
    }

    union! {
        /// With a type that fits any object.
        pub enum Loose {
            /// No field is required.
            Small(Small),
            /// A list.
            List(Vec<Small>),
        }
    }

    closed_union! {
        /// That is sent.
        pub enum Sent {
            /// A number.
            Number(f64),
            /// A dog.
            Dog(Dog),
        }
    }

    fn tagged(value: Value) -> Tagged {
        serde_json::from_value(value).unwrap()
    }

    fn plain(value: Value) -> Plain {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_tag_selects_the_type_also_where_the_fields_fit_another() {
        assert!(matches!(tagged(json!({"kind": "dog"})), Tagged::Dog(_)));
        assert!(matches!(tagged(json!({"kind": "kitten"})), Tagged::Cat(_)));
    }

    #[test]
    fn the_type_that_keeps_the_most_is_used_and_what_fits_none_is_kept() {
        assert!(matches!(plain(json!({"kind": "x", "tricks": ["sit"]})), Plain::Dog(_)));
        assert!(matches!(plain(json!({"kind": "x", "lives": 9})), Plain::Cat(_)));
        assert_eq!(plain(json!(7)), Plain::Integer(7));
        for other in [
            json!({"kind": 1}),
            json!(u64::MAX),
            json!("text"),
            json!({"wings": 2}),
            json!([1]),
            json!(1.5),
        ] {
            assert_eq!(plain(other.clone()), Plain::Unknown(other.clone()));
            assert_eq!(serde_json::to_value(plain(other.clone())).unwrap(), other);
        }
    }

    #[test]
    fn a_type_with_more_of_the_fields_is_used_also_if_its_integers_are_numbers() {
        let value = json!({"a": 1, "b": 2, "d": 3, "c": "x"});
        let shapes: Shapes = serde_json::from_value(value.clone()).unwrap();
        assert!(matches!(shapes, Shapes::Wide(_)), "{shapes:?}");
        let narrow: Shapes = serde_json::from_value(json!({"a": 1, "b": 2, "d": 3})).unwrap();
        assert!(matches!(narrow, Shapes::Narrow(_)), "{narrow:?}");
    }

    #[test]
    fn an_integer_is_also_a_number_unless_that_changes_it() {
        let numbers = |value: Value| serde_json::from_value::<Numbers>(value).unwrap();
        let mixed = |value: Value| serde_json::from_value::<Mixed>(value).unwrap();
        assert_eq!(numbers(json!(5)), Numbers::Integer(5));
        assert_eq!(numbers(json!(5.0)), Numbers::Number(5.0));
        assert_eq!(mixed(json!(-5)), Mixed::Number(-5.0));
        assert_eq!(mixed(json!((1_i64 << 53) - 1)), Mixed::Number(9_007_199_254_740_991.0));
        for large in [json!((1_i64 << 53) + 1), json!(i64::MIN + 1), json!(u64::MAX)] {
            assert_eq!(serde_json::to_value(numbers(large.clone())).unwrap(), large);
            assert_eq!(mixed(large.clone()), Mixed::Unknown(large));
        }
    }

    #[test]
    fn a_type_that_keeps_no_field_of_an_object_does_not_fit_it() {
        let loose = |value: Value| serde_json::from_value::<Loose>(value).unwrap();
        assert!(matches!(loose(json!({"size": 1, "more": 2})), Loose::Small(_)));
        assert!(matches!(loose(json!({})), Loose::Small(_)));
        assert_eq!(loose(json!([])), Loose::List(Vec::new()));
        for other in [json!({"other": 1}), json!({"size": null, "other": [1]}), json!(["x"])] {
            assert_eq!(loose(other.clone()), Loose::Unknown(other));
        }
    }

    #[test]
    fn a_tag_of_no_variant_counts_unless_a_variant_keeps_all() {
        let bird = json!({"kind": "bird", "lives": 1, "wings": 2});
        assert_eq!(tagged(bird.clone()), Tagged::Unknown(bird));
        assert!(matches!(tagged(json!({"kind": "lion", "lives": 1})), Tagged::Cat(_)));
    }

    #[test]
    fn a_union_that_is_sent_has_no_unknown_value() {
        let sent = Sent::from(Dog { kind: "dog".to_owned(), tricks: None });
        assert_eq!(serde_json::to_value(sent).unwrap(), json!({"kind": "dog"}));
        assert!(matches!(serde_json::from_value(json!(7)), Ok(Sent::Number(7.0))));
        assert!(serde_json::from_value::<Sent>(json!("text")).is_err());
    }
}
