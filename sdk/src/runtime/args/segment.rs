//! The rule for one segment of a path, and the type of text that is one.
//!
//! Percent-encoding does not protect a path: URL parsers, clients and proxies remove `..` and its encoded forms, and
//! the rest is another path. So a value that a server could read as more or less than one segment is refused before
//! there is a request.

use crate::runtime::args::arg::args;
use crate::runtime::args::invalid_input::{InvalidInput, quoted};
use crate::runtime::text::is_unprintable;

/// The longest segment that is sent, in characters. GitHub's own limits are lower.
const LONGEST: usize = 255;

/// Text for a placeholder in a path that has no type of its own: always one segment.
///
/// Give the plain text: the request percent-encodes it. Refused are an empty text, a text of more than 255
/// characters, `.`, `..`, text with slashes or backslashes, text that is already percent-encoded, and text with control
/// characters, invisible characters, or characters that a server could convert to `.`, `/`, `\` or `%`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PathSegment(Box<str>);

/// Checks that a text is one segment of a path.
pub(crate) fn one_segment(text: &str) -> Result<(), InvalidInput> {
    let refused = |reason: String| Err(InvalidInput::new(reason));
    if text.is_empty() {
        return refused("the value is empty".to_owned());
    }
    if text.chars().count() > LONGEST {
        return refused(format!("the value has more than {LONGEST} characters"));
    }
    let value = quoted(text);
    if matches!(text, "." | "..") {
        return refused(format!("{value} is not allowed: it would change the path"));
    }
    let forbidden = |c: &char| matches!(c, '/' | '\\') || is_unprintable(*c) || is_folded(*c);
    if let Some(c) = text.chars().find(forbidden) {
        let name =
            if c.is_ascii_graphic() { format!("`{c}`") } else { format!("U+{:04X}", c as u32) };
        return refused(format!("{value} contains {name}, which is not allowed"));
    }
    let encoded = |at: &str| at.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if text.split('%').skip(1).any(encoded) {
        return refused(format!("{value} is percent-encoded: give the plain text"));
    }
    Ok(())
}

/// True for a character that some servers convert to `.`, `/`, `\` or `%`: by Unicode normalization (NFKC), or as the
/// nearest character of a Windows code page.
fn is_folded(c: char) -> bool {
    matches!(
        c,
        // To dots.
        '\u{2024}'
            ..='\u{2026}' | '\u{FE19}' | '\u{FE30}' | '\u{FE52}' | '\u{FF0E}'
        // To a slash, alone or between letters.
        | '\u{2044}' | '\u{2100}' | '\u{2101}' | '\u{2105}' | '\u{2106}' | '\u{2215}' | '\u{FF0F}'
        // To a backslash.
        | '\u{2216}' | '\u{FE68}' | '\u{FF3C}'
        // To a percent sign.
        | '\u{FE6A}' | '\u{FF05}'
    )
}

impl TryFrom<&str> for PathSegment {
    type Error = InvalidInput;

    fn try_from(text: &str) -> Result<Self, InvalidInput> {
        one_segment(text)?;
        Ok(Self(text.into()))
    }
}

macro_rules! path_segment_from {
    ($($integer:ty)*) => {$(
        impl From<$integer> for PathSegment {
            fn from(number: $integer) -> Self {
                Self(number.to_string().into())
            }
        }
    )*};
}
path_segment_from!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
args!(PathSegment: u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// Implements what all types of one segment share, for a type that has a field `Box<str>` and `TryFrom<&str>`.
macro_rules! text_type {
    ($name:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::runtime::InvalidInput;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::try_from(text.as_str())
            }
        }

        impl TryFrom<&String> for $name {
            type Error = $crate::runtime::InvalidInput;

            fn try_from(text: &String) -> Result<Self, Self::Error> {
                Self::try_from(text.as_str())
            }
        }

        impl From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::runtime::InvalidInput;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        $crate::runtime::args::arg::args!($name: $name, &$name, &str, String, &String);
    };
}
pub(crate) use text_type;

text_type!(PathSegment);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refusal(text: &str) -> String {
        PathSegment::try_from(text).unwrap_err().to_string()
    }

    #[test]
    fn text_that_needs_encoding_is_one_segment() {
        let longest = "ä".repeat(LONGEST);
        for text in [
            "needs review",
            "100%",
            "50% off",
            "%zz",
            "a%2",
            "ünï",
            "a?b",
            "a#b",
            "a:b",
            "a...b",
            "...",
            &longest,
        ] {
            assert_eq!(PathSegment::try_from(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn text_that_is_not_exactly_one_segment_is_refused_with_the_reason() {
        let refusals = [
            ("", "the value is empty"),
            (&"a".repeat(LONGEST + 1), "the value has more than 255 characters"),
            (".", "`.` is not allowed: it would change the path"),
            ("..", "`..` is not allowed: it would change the path"),
            ("../x", "`../x` contains `/`, which is not allowed"),
            ("a/b", "`a/b` contains `/`, which is not allowed"),
            ("a\\b", "`a\\b` contains `\\`, which is not allowed"),
            ("a%2fb", "`a%2fb` is percent-encoded: give the plain text"),
            ("%2E%2e", "`%2E%2e` is percent-encoded: give the plain text"),
            ("%%2e", "`%%2e` is percent-encoded: give the plain text"),
            ("a\tb", "`a\\tb` contains U+0009, which is not allowed"),
            ("\r\n", "`\\r\\n` contains U+000D, which is not allowed"),
            ("\0", "`\\u{0}` contains U+0000, which is not allowed"),
            ("\u{202E}", "`\\u{202e}` contains U+202E, which is not allowed"),
            ("a\u{200B}", "`a\\u{200b}` contains U+200B, which is not allowed"),
        ];
        for (text, reason) in refusals {
            assert_eq!(refusal(text), reason);
        }
    }

    #[test]
    fn characters_that_a_server_could_convert_to_a_dot_slash_or_percent_sign_are_refused() {
        let folded = "․‥…︙︰﹒．⁄℀℁℅℆∕／∖﹨＼﹪％";
        assert_eq!(folded.chars().count(), 19);
        for c in folded.chars() {
            assert_eq!(
                refusal(&format!("a{c}")),
                format!("`a{c}` contains U+{:04X}, which is not allowed", c as u32)
            );
        }
    }

    #[test]
    fn a_number_is_a_segment() {
        assert_eq!(PathSegment::from(7_u8), PathSegment::try_from("7").unwrap());
        assert_eq!(PathSegment::from(i64::MIN).to_string(), "-9223372036854775808");
    }
}
