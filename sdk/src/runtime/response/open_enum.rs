//! Enums of responses: any text is a value of them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

/// A value that a server sent and this version of the SDK does not list.
///
/// Every enum in responses is open: a server can send a value that a later version of the API has added. It is
/// decoded as the variant `Unknown`, which keeps the text. Match with a wildcard arm, and compare such values by
/// `as_str()` of the enum, which gives the same text when a later version of the SDK lists the value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text as the server sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Deserializes an open enum: any string is a value.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str>,
{
    struct Text<T>(PhantomData<T>);
    impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            Ok(T::from(text))
        }
    }
    deserializer.deserialize_str(Text(PhantomData))
}

/// An open enum, with each value written once: `Variant = "text"`.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$value_meta:meta])* $variant:ident = $text:literal),* $(,)?
        }
    ) => {
        $(#[$meta])*
        ///
        /// A server may send a value that is not listed here. It is decoded as `Unknown`: see
        /// [`UnknownValue`](crate::UnknownValue).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_meta])* $variant,)*
            /// A value that is not listed here, as the server sent it.
            Unknown($crate::runtime::UnknownValue),
        }

        #[allow(deprecated, reason = "a value of the enum can be deprecated")]
        impl $name {
            /// The text of this value in the API.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(value) => value.as_str(),
                }
            }
        }

        #[allow(deprecated, reason = "a value of the enum can be deprecated")]
        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown($crate::runtime::response::open_enum::UnknownValue::new(text)),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                ::std::result::Result::Ok(Self::from(text))
            }
        }

        $crate::runtime::args::closed_enum::written!($name);

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::runtime::response::open_enum::deserialize(deserializer)
            }
        }

        $crate::runtime::args::arg::args!($name: $name, &str, ::std::string::String);
    };
}
pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use crate::runtime::args::arg::Arg;

    open_enum! {
        /// Open.
        pub enum Open {
            /// One.
            One = "one",
            /// Plus one.
            PlusOne = "+1",
        }
    }

    #[test]
    fn an_open_enum_keeps_what_it_does_not_list() {
        for (text, listed) in [("one", true), ("+1", true), ("two", false), ("", false)] {
            let value: Open = serde_json::from_value(text.into()).unwrap();
            assert_eq!(matches!(value, Open::Unknown(_)), !listed, "{text}");
            assert_eq!((value.as_str(), format!("{value:>4}")), (text, format!("{text:>4}")));
            assert_eq!(serde_json::to_value(&value).unwrap(), text);
            assert_eq!((&value, &value), (&Open::from(text.to_owned()), &text.parse().unwrap()));
            assert_eq!(Arg::<Open>::arg(text), Ok(value));
        }
        assert!(serde_json::from_str::<Open>("1").is_err());
    }
}
