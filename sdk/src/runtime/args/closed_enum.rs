//! Enums that are sent: they have only the values that the API declares.

use crate::runtime::args::invalid_input::{InvalidInput, quoted};

/// Defines a closed enum. Each value is written once: `Variant = "text"`.
macro_rules! closed_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$value_meta:meta])* $variant:ident = $text:literal),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_meta])* $variant,)*
        }

        #[allow(deprecated, reason = "a value of the enum can be deprecated")]
        impl $name {
            /// The value as text in the API.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        #[allow(deprecated, reason = "a value of the enum can be deprecated")]
        impl ::std::str::FromStr for $name {
            type Err = $crate::runtime::InvalidInput;

            fn from_str(text: &str) -> ::std::result::Result<Self, $crate::runtime::InvalidInput> {
                match text {
                    $($text => ::std::result::Result::Ok(Self::$variant),)*
                    _ => ::std::result::Result::Err(
                        $crate::runtime::args::closed_enum::not_one_of(text, &[$($text),*]),
                    ),
                }
            }
        }

        impl ::std::convert::TryFrom<&str> for $name {
            type Error = $crate::runtime::InvalidInput;

            fn try_from(text: &str) -> ::std::result::Result<Self, $crate::runtime::InvalidInput> {
                text.parse()
            }
        }

        $crate::runtime::args::closed_enum::written!($name);

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        $crate::runtime::args::arg::args!($name: $name, &str);
    };
}
pub(crate) use closed_enum;

/// Implements `Display` and `Serialize` of an enum, closed or open, as its text.
macro_rules! written {
    ($name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use written;

/// Refuses a text that is not a value of a closed enum.
pub(crate) fn not_one_of(text: &str, values: &[&str]) -> InvalidInput {
    let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
    InvalidInput::new(format!("{} is not one of {}", quoted(text), values.join(", ")))
}

#[cfg(test)]
mod tests {
    use crate::runtime::args::arg::Arg;

    closed_enum! {
        /// Closed.
        pub enum Closed {
            /// One.
            One = "one",
            /// Plus one.
            PlusOne = "+1",
        }
    }

    #[test]
    fn a_value_is_text_and_json() {
        let one: Closed = serde_json::from_str("\"one\"").unwrap();
        assert_eq!(
            (one, one.as_str(), format!("{one:>4}")),
            (Closed::One, "one", " one".to_owned())
        );
        assert_eq!(serde_json::to_string(&Closed::PlusOne).unwrap(), "\"+1\"");
        assert_eq!(Closed::try_from("+1"), Arg::<Closed>::arg(Closed::PlusOne));
    }

    #[test]
    fn a_text_that_is_not_a_value_is_refused_with_the_values() {
        let refused = Arg::<Closed>::arg("two").unwrap_err();
        assert_eq!(refused.to_string(), "`two` is not one of `one`, `+1`");
        assert!(serde_json::from_str::<Closed>("\"two\"").is_err());
    }
}
