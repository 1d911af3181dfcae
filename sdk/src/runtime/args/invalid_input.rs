//! Why an argument was refused.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::num::{IntErrorKind, ParseIntError, TryFromIntError};
use std::ops::RangeInclusive;

use crate::runtime::text::{cut, is_unprintable};

const OUT_OF_RANGE: &str = "the value is out of range for a 64-bit signed integer";

/// Why an argument was refused. No request was sent.
///
/// `send()` returns it as an [`Error`](crate::runtime::Error) of the kind
/// [`InvalidInput`](crate::runtime::ErrorKind::InvalidInput). The conversions of the argument types return it as it is.
/// `Debug` is the same line as `Display`, so that a refusal returned from `main` can be read.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidInput {
    argument: Option<&'static str>,
    reason: Cow<'static, str>,
}

impl InvalidInput {
    pub(crate) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { argument: None, reason: reason.into() }
    }

    pub(crate) fn of_argument(self, argument: &'static str) -> Self {
        Self { argument: Some(argument), ..self }
    }

    /// The name of the argument in the API; `None` if the value was converted on its own.
    pub fn argument(&self) -> Option<&str> {
        self.argument
    }

    /// Why the value was refused.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(argument) = self.argument {
            write!(f, "`{argument}`: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl fmt::Debug for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InvalidInput {}

impl From<Infallible> for InvalidInput {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<TryFromIntError> for InvalidInput {
    fn from(_: TryFromIntError) -> Self {
        Self::new(OUT_OF_RANGE)
    }
}

impl From<ParseIntError> for InvalidInput {
    fn from(error: ParseIntError) -> Self {
        Self::new(match error.kind() {
            IntErrorKind::Empty => "the value is empty",
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => OUT_OF_RANGE,
            _ => "the value is not an integer",
        })
    }
}

/// A text in backticks, for a message: the first 256 bytes, without characters that cannot be printed.
pub(crate) fn quoted(text: &str) -> String {
    let escaped = |c: char| match is_unprintable(c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    format!("`{}`", cut(text, 256).chars().map(escaped).collect::<String>())
}

/// Checks the bounds that the API declares for an integer.
pub(crate) fn within(value: i64, bounds: RangeInclusive<i64>) -> Result<i64, InvalidInput> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    let (low, high) = bounds.into_inner();
    let reason = match (low, high) {
        (low, i64::MAX) => format!("{value} is less than {low}"),
        (i64::MIN, high) => format!("{value} is more than {high}"),
        (low, high) => format!("{value} is not within {low}..={high}"),
    };
    Err(InvalidInput::new(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_short_and_printable() {
        assert_eq!(quoted("a b\n\u{1b}\u{202E}日"), "`a b\\n\\u{1b}\\u{202e}日`");
        assert_eq!(quoted(&"ä".repeat(1000)), format!("`{}`", "ä".repeat(128)));
    }

    #[test]
    fn an_integer_outside_its_bounds_is_refused() {
        let refusal = |value, bounds| within(value, bounds).map_err(|refused| refused.to_string());
        assert_eq!(refusal(1, 1..=9), Ok(1));
        assert_eq!(refusal(9, 1..=9), Ok(9));
        assert_eq!(refusal(10, 1..=9), Err("10 is not within 1..=9".to_owned()));
        assert_eq!(refusal(0, 1..=i64::MAX), Err("0 is less than 1".to_owned()));
        assert_eq!(refusal(0, i64::MIN..=-1), Err("0 is more than -1".to_owned()));
    }

    #[test]
    fn the_argument_is_named_if_it_is_known() {
        let refused = InvalidInput::new("the value is empty");
        assert_eq!((refused.argument(), refused.reason()), (None, "the value is empty"));
        assert_eq!(refused.to_string(), "the value is empty");
        let refused = refused.of_argument("owner");
        assert_eq!((refused.argument(), refused.reason()), (Some("owner"), "the value is empty"));
        assert_eq!(refused.to_string(), "`owner`: the value is empty");
    }

    #[test]
    fn a_refusal_returned_from_main_can_be_read() {
        let refused = InvalidInput::new("\"o\": expected OWNER/REPO");
        assert_eq!(format!("{refused:?}"), "\"o\": expected OWNER/REPO");
        let refused = InvalidInput::new("the value is empty").of_argument("owner");
        assert_eq!(format!("{refused:?}"), "`owner`: the value is empty");
    }
}
