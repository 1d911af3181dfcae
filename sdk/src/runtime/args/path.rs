//! Text for several segments of a path.

use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::args::segment::{one_segment, text_type};

/// Text for a placeholder that stands for several segments of a path, such as `docs/a.md` or `heads/main`.
///
/// Give the plain text: the request percent-encodes each segment, and keeps the slashes between them. Each segment must
/// be one that [`PathSegment`](crate::runtime::PathSegment) accepts, so that an empty segment, `.` and `..` are refused.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Path(Box<str>);

impl TryFrom<&str> for Path {
    type Error = InvalidInput;

    fn try_from(text: &str) -> Result<Self, InvalidInput> {
        text.split('/').try_for_each(one_segment)?;
        Ok(Self(text.into()))
    }
}

text_type!(Path);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_segment_is_checked() {
        for text in ["main", "heads/main", "docs/a b.md", "main...topic"] {
            assert_eq!(Path::try_from(text).unwrap().as_str(), text);
        }
        for text in ["", "/", "a/", "/a", "a//b", "a/../b", "./a", "a/..", "a\\b", "a/%2e%2e/b"] {
            assert!(Path::try_from(text).is_err(), "{text}");
        }
    }
}
