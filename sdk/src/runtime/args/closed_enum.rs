//! Enums that are sent: only the listed values exist.

/// A closed enum, with each value written once: `Variant = "text"`.
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

        impl $name {
            /// The text that stands for this value in the API.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::InvalidInput;

            fn from_str(text: &str) -> ::std::result::Result<Self, $crate::InvalidInput> {
                match text {
                    $($text => ::std::result::Result::Ok(Self::$variant),)*
                    _ => ::std::result::Result::Err(
                        $crate::runtime::args::input::InvalidInput::not_one_of(text, &[$($text),*]),
                    ),
                }
            }
        }

        impl ::std::convert::TryFrom<&str> for $name {
            type Error = $crate::InvalidInput;

            fn try_from(text: &str) -> ::std::result::Result<Self, $crate::InvalidInput> {
                text.parse()
            }
        }

        $crate::runtime::response::open_enum::written!($name);

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
