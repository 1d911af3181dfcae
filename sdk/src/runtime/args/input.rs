//! What callers give: conversion, and the reason when it is refused.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::num::{ParseIntError, TryFromIntError};
use std::ops::RangeInclusive;

/// Why an argument was refused. Nothing was sent.
///
/// It comes out of `send()` as an [`Error`](crate::Error) of the kind
/// [`InvalidInput`](crate::ErrorKind::InvalidInput), or out of the constructor of the type that
/// refused it.
///
/// ```
/// use github_workflow_jobs::PerPage;
///
/// let refused = PerPage::try_from(101_u8).unwrap_err();
/// assert_eq!(refused.to_string(), "101 is not within 1..=100");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    argument: Option<&'static str>,
    reason: Cow<'static, str>,
}

impl InvalidInput {
    pub(crate) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { argument: None, reason: reason.into() }
    }

    /// For the `FromStr` of a closed enum.
    pub(crate) fn not_one_of(text: &str, listed: &[&str]) -> Self {
        Self::new(format!("{text:?} is not one of: {}", listed.join(", ")))
    }

    pub(crate) fn of_argument(self, argument: &'static str) -> Self {
        Self { argument: Some(argument), ..self }
    }

    /// The argument that was refused, by the name that the API gives it; `None` where the value was
    /// not yet an argument.
    pub fn argument(&self) -> Option<&str> {
        self.argument
    }

    /// Why it was refused.
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

impl std::error::Error for InvalidInput {}

impl From<Infallible> for InvalidInput {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<TryFromIntError> for InvalidInput {
    fn from(_: TryFromIntError) -> Self {
        Self::new("is not within the range of a 64-bit signed integer")
    }
}

impl From<ParseIntError> for InvalidInput {
    fn from(error: ParseIntError) -> Self {
        Self::new(error.to_string())
    }
}

/// Checks the bounds that the description gives for an integer.
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
