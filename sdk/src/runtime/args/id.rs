//! Ids: numbers or text, each kind with a type of its own, so that two kinds cannot be swapped.

/// Defines a type of ids: `pub struct NodeId(i64);` for numbers, `pub struct NodeId(String);` for text.
macro_rules! id {
    ($(#[$meta:meta])* pub struct $name:ident(i64);) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(
            /// The number in the API.
            pub i64,
        );

        impl $name {
            /// The number in the API.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl ::std::convert::From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }

        impl ::std::convert::From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::convert::From<&$name> for $name {
            fn from(id: &$name) -> Self {
                *id
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::num::ParseIntError;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl ::std::convert::TryFrom<&str> for $name {
            type Error = ::std::num::ParseIntError;

            fn try_from(text: &str) -> ::std::result::Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl ::std::convert::TryFrom<::std::string::String> for $name {
            type Error = ::std::num::ParseIntError;

            fn try_from(text: ::std::string::String) -> ::std::result::Result<Self, Self::Error> {
                text.parse()
            }
        }

        $crate::runtime::args::id::from_texts!($name: &str, ::std::string::String, &::std::string::String);
        $crate::runtime::args::id::from_integers!($name: u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
        $crate::runtime::args::arg::args!($name: $name, &$name);
    };
    ($(#[$meta:meta])* pub struct $name:ident(String);) => {
        $(#[$meta])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(
            /// The text in the API.
            pub ::std::string::String,
        );

        impl $name {
            /// The text in the API.
            pub fn get(&self) -> &str {
                &self.0
            }
        }

        impl ::std::convert::From<$name> for ::std::string::String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::convert::From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self(text.to_owned()))
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                Self(text)
            }
        }

        $crate::runtime::args::id::from_texts!($name: &str, ::std::string::String, &::std::string::String);
        $crate::runtime::args::arg::args!($name: $name, &$name);
    };
}
pub(crate) use id;

/// Implements [`Arg`](crate::runtime::Arg) of an id, a number or text, for types of text.
macro_rules! from_texts {
    ($name:ident: $($text:ty),*) => {$(
        impl $crate::runtime::Arg<$name> for $text {
            fn arg(self) -> ::std::result::Result<$name, $crate::runtime::InvalidInput> {
                self.parse::<$name>().map_err(::std::convert::Into::into)
            }
        }
    )*};
}
pub(crate) use from_texts;

/// Implements [`Arg`](crate::runtime::Arg) of an id that is a number, for integers. `From` stays with `i64` alone: with
/// several, `from(1)` on the id would be ambiguous.
macro_rules! from_integers {
    ($name:ident: $($integer:ty)*) => {$(
        impl $crate::runtime::Arg<$name> for $integer {
            fn arg(self) -> ::std::result::Result<$name, $crate::runtime::InvalidInput> {
                ::std::result::Result::Ok($name(i64::try_from(self)?))
            }
        }

        impl $crate::runtime::Arg<$name> for &$integer {
            fn arg(self) -> ::std::result::Result<$name, $crate::runtime::InvalidInput> {
                (*self).arg()
            }
        }
    )*};
}
pub(crate) use from_integers;

#[cfg(test)]
mod tests {
    use crate::runtime::args::arg::Arg;

    id! {
        /// A number.
        pub struct Number(i64);
    }

    id! {
        /// Text.
        pub struct Text(String);
    }

    fn taken<T>(value: impl Arg<T>) -> Result<T, String> {
        value.arg().map_err(|refused| refused.to_string())
    }

    #[test]
    fn an_id_is_made_from_integers_text_and_references() {
        let (number, text) = (Number(42), String::from("42"));
        let (integer, reference) = (&42_u64, &number);
        let all = [
            taken(42_u8),
            taken(42_u16),
            taken(42_u32),
            taken(42_u64),
            taken(42_usize),
            taken(42_i8),
            taken(42_i16),
            taken(42_i32),
            taken(42_i64),
            taken(42_isize),
            taken(integer),
            taken("42"),
            taken(&text),
            taken(text.clone()),
            taken(number),
            taken(reference),
        ];
        assert!(all.iter().all(|id| *id == Ok(number)), "{all:?}");
        assert_eq!(taken::<Text>(&text), Ok(Text::from("42")));
        assert_eq!(taken::<Text>(Text::from(text)), taken::<Text>("42"));
    }

    #[test]
    fn a_value_that_is_not_a_64_bit_integer_is_refused_with_the_reason() {
        let range = "the value is out of range for a 64-bit signed integer";
        for refused in [taken::<Number>(u64::MAX), taken("9223372036854775808")] {
            assert_eq!(refused, Err(range.to_owned()));
        }
        for text in ["x", "-", "1.0", " 1"] {
            assert_eq!(
                taken::<Number>(text),
                Err("the value is not an integer".to_owned()),
                "{text}"
            );
        }
        assert_eq!(taken::<Number>(""), Err("the value is empty".to_owned()));
    }

    #[test]
    fn an_id_is_written_as_the_value_in_it() {
        let number: Number = serde_json::from_str("42").unwrap();
        assert_eq!((number.get(), i64::from(number), number), (42, 42, Number::from(42)));
        assert_eq!(serde_json::to_string(&number).unwrap(), "42");
        assert_eq!(
            (format!("{number:>4}"), Number::try_from("42")),
            ("  42".to_owned(), Ok(number))
        );
        let text: Text = serde_json::from_str("\"a\"").unwrap();
        assert_eq!(
            (text.get(), text.to_string(), String::from(text.clone())),
            ("a", "a".into(), "a".into())
        );
    }
}
