//! Validated parts of a path, and the size of a page.
//!
//! Percent-encoding alone does not keep a path what it says: `..` and its encoded forms are removed
//! by URL parsers, clients and proxies, and what is left is another path. So what could be read as
//! more or less than one segment is refused here, before there is a request.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Serialize, Serializer};

use crate::runtime::args::arg::args;
use crate::runtime::args::input::InvalidInput;

/// The longest name that is sent. GitHub's own limits are below it; a longer one is a mistake.
const LONGEST: usize = 255;

/// The account that owns a repository: a user or an organization.
///
/// Letters, digits, `-`, `_` and `.`, at most 255 of them. Two owners that differ in ASCII case alone
/// are equal, as they are for the server.
///
/// ```
/// use github_workflow_jobs::Owner;
///
/// assert_eq!(Owner::try_from("octo-org")?, Owner::try_from("Octo-Org")?);
/// assert!(Owner::try_from("octo/org").is_err());
/// # Ok::<(), github_workflow_jobs::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct Owner(Box<str>);

/// The name of a repository, without its owner and without `.git`.
///
/// Letters, digits, `-`, `_` and `.`, at most 255 of them. Two names that differ in ASCII case alone
/// are equal, as they are for the server.
///
/// ```
/// use github_workflow_jobs::Repo;
///
/// assert_eq!(Repo::try_from(".github")?.as_str(), ".github");
/// let refused = Repo::try_from("octo-repo.git").unwrap_err();
/// assert_eq!(refused.to_string(), "\"octo-repo.git\": leave off .git");
/// # Ok::<(), github_workflow_jobs::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct Repo(Box<str>);

/// Any other text that stands in a path: always exactly one segment of it.
///
/// Give it as it is, not percent-encoded: what needs encoding is encoded when the request is built.
/// Refused are the empty text, `.`, `..`, slashes and backslashes, control characters, characters
/// that hide or reorder text, and text that is percent-encoded already.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PathSegment(Box<str>);

/// How many items a page may hold: 1 to 100. A server takes 30 where a request does not say.
///
/// ```
/// use github_workflow_jobs::PerPage;
///
/// assert_eq!(PerPage::try_from(100_u8)?, PerPage::MAX);
/// assert!(PerPage::try_from(0_u8).is_err());
/// # Ok::<(), github_workflow_jobs::InvalidInput>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PerPage(u8);

impl PerPage {
    /// The largest page: 100 items.
    pub const MAX: Self = Self(100);

    /// The number of items.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for PerPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for PerPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

macro_rules! per_page_from {
    ($($integer:ty)*) => {$(
        impl TryFrom<$integer> for PerPage {
            type Error = InvalidInput;

            fn try_from(value: $integer) -> Result<Self, InvalidInput> {
                match u8::try_from(value) {
                    Ok(size @ 1..=100) => Ok(Self(size)),
                    _ => Err(InvalidInput::new(format!("{value} is not within 1..=100"))),
                }
            }
        }
    )*};
}
per_page_from!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
args!(PerPage: PerPage, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// The rule that owners and repositories share.
fn plain_name(text: &str) -> Result<Box<str>, InvalidInput> {
    one_segment(text)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match text.chars().find(|c| !plain(*c)) {
        None => Ok(text.into()),
        Some(c) => {
            refused(text, &format!("{c:?} is not allowed: only letters, digits, `-`, `_` and `.`"))
        }
    }
}

/// The rule for everything in a path.
pub(crate) fn one_segment(text: &str) -> Result<(), InvalidInput> {
    if text.is_empty() {
        return refused(text, "is empty");
    }
    if text.chars().count() > LONGEST {
        return Err(InvalidInput::new(format!("has more than {LONGEST} characters")));
    }
    if matches!(text, "." | "..") {
        return refused(text, "would be read as another path");
    }
    if let Some(c) = text.chars().find(|c| matches!(c, '/' | '\\') || is_misleading(*c)) {
        return refused(text, &format!("{c:?} is not allowed"));
    }
    let encoded = |at: &str| at.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if text.split('%').skip(1).any(encoded) {
        return refused(text, "is percent-encoded: give it as it is");
    }
    Ok(())
}

fn refused<T>(text: &str, reason: &str) -> Result<T, InvalidInput> {
    Err(InvalidInput::new(format!("{text:?}: {reason}")))
}

/// Control characters, those that hide or reorder text, and the other forms of `.`, `/`, `\` and `%`
/// that some servers fold to the plain ones.
pub(crate) fn is_misleading(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2024}'..='\u{2026}'
            | '\u{2028}'..='\u{202E}' | '\u{2044}' | '\u{2060}'..='\u{2069}' | '\u{2215}' | '\u{FE30}'
            | '\u{FE52}' | '\u{FE68}' | '\u{FE6A}' | '\u{FEFF}' | '\u{FF05}' | '\u{FF0E}' | '\u{FF0F}' | '\u{FF3C}')
}

impl TryFrom<&str> for Owner {
    type Error = InvalidInput;

    fn try_from(text: &str) -> Result<Self, InvalidInput> {
        plain_name(text).map(Self)
    }
}

impl TryFrom<&str> for Repo {
    type Error = InvalidInput;

    fn try_from(text: &str) -> Result<Self, InvalidInput> {
        let name = plain_name(text)?;
        if text.to_ascii_lowercase().ends_with(".git") {
            return refused(text, "leave off .git");
        }
        Ok(Self(name))
    }
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

/// What the text types share: they are made from any string, and from references to themselves.
macro_rules! text_type {
    ($($name:ident)*) => {$(
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidInput;

            fn try_from(text: String) -> Result<Self, InvalidInput> {
                Self::try_from(text.as_str())
            }
        }

        impl TryFrom<&String> for $name {
            type Error = InvalidInput;

            fn try_from(text: &String) -> Result<Self, InvalidInput> {
                Self::try_from(text.as_str())
            }
        }

        impl From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        args!($name: $name, &$name, &str, String, &String);

        impl std::str::FromStr for $name {
            type Err = InvalidInput;

            fn from_str(text: &str) -> Result<Self, InvalidInput> {
                Self::try_from(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}
text_type!(Owner Repo PathSegment);

/// Names that the server does not tell apart by case.
macro_rules! caseless {
    ($($name:ident)*) => {$(
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.to_ascii_lowercase().hash(state);
            }
        }
    )*};
}
caseless!(Owner Repo);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::args::arg::Arg;

    #[test]
    fn legal_names_pass() {
        for name in
            ["octo-org", "a", "A_b.c", ".github", "octocat_admin", "0", "...", "git", "a.gitx"]
        {
            Owner::try_from(name).unwrap();
            Repo::try_from(name).unwrap();
            PathSegment::try_from(name).unwrap();
        }
        for text in ["needs review", "100%", "50% off", "ünï", "a?b", "a#b", "a:b", "a...b"] {
            PathSegment::try_from(text).unwrap();
        }
    }

    #[test]
    fn what_is_not_one_plain_segment_is_refused() {
        let never = [
            "",
            ".",
            "..",
            "../x",
            "..\\..\\..\\login",
            "a\\b",
            "a/b",
            "a%2fb",
            "%2e%2e",
            "\t",
            "\r\n",
        ];
        let odd = ["\0", "\u{202E}", "．．", "a\u{200B}"];
        for text in never.iter().chain(&odd) {
            assert!(Owner::try_from(*text).is_err(), "{text:?}");
            assert!(Repo::try_from(*text).is_err(), "{text:?}");
            assert!(PathSegment::try_from(*text).is_err(), "{text:?}");
        }
        for text in ["a?b", "a#b", "a b", "ä", &"a".repeat(256)] {
            assert!(Owner::try_from(text).is_err(), "{text:?}");
            assert!(Repo::try_from(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn dot_git_is_refused_with_advice() {
        for text in ["octo-repo.git", "octo-repo.GIT", ".git"] {
            let error = Repo::try_from(text).unwrap_err();
            assert!(error.to_string().ends_with("leave off .git"), "{error}");
        }
    }

    #[test]
    fn names_are_made_from_any_string_and_from_themselves() {
        fn take<T>(name: impl Arg<T>) -> T {
            name.arg().unwrap()
        }
        let owned = String::from("octo-org");
        let owner: Owner = take("octo-org");
        assert_eq!(take::<Owner>(&owned), owner);
        assert_eq!(take::<Owner>(&owner), owner);
        assert_eq!(take::<Owner>(owner.clone()), owner);
        assert_eq!(take::<Owner>(owned), owner);
        assert_eq!(take::<PathSegment>(7).as_str(), "7");
    }
}
