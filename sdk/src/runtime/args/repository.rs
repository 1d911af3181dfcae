//! The two names of a repository: its owner and its own.

use std::hash::{Hash, Hasher};

use crate::runtime::args::invalid_input::{InvalidInput, quoted};
use crate::runtime::args::segment::{one_segment, text_type};

/// Account that owns a repository: a user or an organization.
///
/// 1 to 255 letters, digits, `-`, `_` and `.`, but not `.` or `..`. Two owners that differ only in ASCII case are
/// equal, because GitHub does not distinguish them.
#[derive(Clone)]
pub struct Owner(Box<str>);

/// Name of a repository, without the owner and without `.git`.
///
/// 1 to 255 letters, digits, `-`, `_` and `.`, but not `.` or `..`. Two names that differ only in ASCII case are
/// equal, because GitHub does not distinguish them.
#[derive(Clone)]
pub struct Repo(Box<str>);

/// Checks a name of either kind.
fn name(text: &str) -> Result<Box<str>, InvalidInput> {
    one_segment(text)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match text.chars().find(|c| !allowed(*c)) {
        None => Ok(text.into()),
        Some(c) => Err(InvalidInput::new(format!(
            "{} contains `{c}`: only letters, digits, `-`, `_` and `.` are allowed",
            quoted(text)
        ))),
    }
}

impl TryFrom<&str> for Owner {
    type Error = InvalidInput;

    fn try_from(text: &str) -> Result<Self, InvalidInput> {
        name(text).map(Self)
    }
}

impl TryFrom<&str> for Repo {
    type Error = InvalidInput;

    fn try_from(text: &str) -> Result<Self, InvalidInput> {
        let name = name(text)?;
        if text.to_ascii_lowercase().ends_with(".git") {
            return Err(InvalidInput::new(format!("{}: leave off .git", quoted(text))));
        }
        Ok(Self(name))
    }
}

/// Implements equality without ASCII case.
macro_rules! caseless {
    ($name:ident) => {
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
    };
}

text_type!(Owner);
text_type!(Repo);
caseless!(Owner);
caseless!(Repo);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::runtime::args::arg::Arg;

    #[track_caller]
    fn refusals(text: &str) -> [String; 2] {
        [
            Owner::try_from(text).unwrap_err().to_string(),
            Repo::try_from(text).unwrap_err().to_string(),
        ]
    }

    #[test]
    fn letters_digits_and_three_other_characters_are_a_name() {
        let longest = "a".repeat(255);
        for text in [
            "octo-org",
            "a",
            "A_b.c",
            ".github",
            "octocat_admin",
            "0",
            "...",
            "git",
            "a.gitx",
            &longest,
        ] {
            assert_eq!(Owner::try_from(text).unwrap().as_str(), text);
            assert_eq!(Repo::try_from(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_name_with_another_character_is_refused_with_the_character() {
        for (text, c) in [("a?b", '?'), ("a#b", '#'), ("a b", ' '), ("ä", 'ä'), ("100%", '%')] {
            let reason = format!(
                "`{text}` contains `{c}`: only letters, digits, `-`, `_` and `.` are allowed"
            );
            assert_eq!(refusals(text), [reason.clone(), reason]);
        }
    }

    #[test]
    fn a_name_that_is_not_exactly_one_segment_is_refused() {
        for text in ["", ".", "..", "a/b", "a\\b", "%2e%2e", "\u{202E}", "．．", &"a".repeat(256)]
        {
            let reason = one_segment(text).unwrap_err().to_string();
            assert_eq!(refusals(text), [reason.clone(), reason]);
        }
    }

    #[test]
    fn a_repository_with_dot_git_is_refused_with_the_remedy() {
        for text in ["octo-repo.git", "octo-repo.GIT", ".git"] {
            let refused = Repo::try_from(text).unwrap_err();
            assert_eq!(refused.to_string(), format!("`{text}`: leave off .git"));
            Owner::try_from(text).unwrap();
        }
    }

    #[test]
    fn names_that_differ_only_in_case_are_equal() {
        let names = ["octo-org", "Octo-Org", "OCTO-ORG"];
        let owners: HashSet<_> = names.into_iter().flat_map(Owner::try_from).collect();
        let repos: HashSet<_> = names.into_iter().flat_map(Repo::try_from).collect();
        assert_eq!((owners.len(), repos.len()), (1, 1));
        assert_ne!(Owner::try_from("a"), Owner::try_from("b"));
    }

    #[test]
    fn a_name_is_made_from_any_string_and_from_itself() {
        fn take<T>(name: impl Arg<T>) -> T {
            name.arg().unwrap()
        }
        let owned = String::from("octo-org");
        let owner: Owner = take("octo-org");
        assert_eq!(take::<Owner>(&owned), owner);
        assert_eq!(take::<Owner>(&owner), owner);
        assert_eq!(take::<Owner>(owner.clone()), owner);
        assert_eq!(take::<Owner>(owned), owner);
    }
}
