//! Refusals of a description: the problem, the place, the servers and the remedy.

use std::collections::BTreeSet;
use std::fmt;

use super::json::Pointer;
use crate::untrusted::one_line;

/// A part of a description that is not supported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The place in the description.
    pub at: Pointer,
    /// The servers whose descriptions have the problem.
    pub servers: Vec<String>,
    /// The problem.
    pub problem: String,
    /// The remedy; may be empty.
    pub remedy: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        match self.servers.as_slice() {
            [] => {}
            [first, .., last] if self.servers.len() > 3 => {
                write!(f, " ({first} .. {last}, {} servers)", self.servers.len())?;
            }
            few => write!(f, " ({})", few.join(", "))?,
        }
        let problem = self.problem.chars().take(LONGEST);
        write!(f, ": {}", one_line(&problem.collect::<String>()))?;
        if self.problem.chars().nth(LONGEST).is_some() {
            f.write_str("\u{2026}")?;
        }
        if !self.remedy.is_empty() {
            write!(f, "; {}", one_line(&self.remedy))?;
        }
        Ok(())
    }
}

/// The longest problem in a message, in characters. A problem can quote the description.
const LONGEST: usize = 1_000;

/// The most refusals that one message shows.
const MOST_SHOWN: usize = 100;

/// All refusals of a document, as one error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    list: Vec<Refusal>,
    /// The same refusals, for finding one by its place.
    sorted: BTreeSet<Refusal>,
}

impl Refusals {
    /// The refusals, in the order in which they were found.
    pub fn list(&self) -> &[Refusal] {
        &self.list
    }

    /// The same refusals for `generate --out`, which reads no file of `spec/`.
    pub(crate) fn without_spec(self) -> Self {
        let mut refusals = Self::default();
        for mut refusal in self.list {
            if refusal.remedy.contains("spec/") {
                "correct the description, or leave the operation out of --operations"
                    .clone_into(&mut refusal.remedy);
            }
            refusals.push(refusal);
        }
        refusals
    }

    /// Adds a refusal, unless it is already in the list.
    pub(crate) fn push(&mut self, refusal: Refusal) {
        if self.sorted.insert(refusal.clone()) {
            self.list.push(refusal);
        }
    }

    /// Adds those of another stage, except at places inside which something is refused already: what is
    /// refused there may be only what is left of it.
    pub(crate) fn extend(&mut self, others: Self) {
        for refusal in others.list {
            if !self.is_inside(&refusal.at) {
                self.push(refusal);
            }
        }
    }

    /// True if something is refused at the place, or inside of it.
    fn is_inside(&self, place: &Pointer) -> bool {
        let from = |at: Pointer| {
            let (problem, remedy) = (String::new(), String::new());
            let first = Refusal { at, servers: Vec::new(), problem, remedy };
            self.sorted.range(first..).next().map(|known| known.at.as_str())
        };
        // In the order of texts, `a-b` is between `a` and `a/b`.
        let inside = place.child("");
        from(place.clone()) == Some(place.as_str())
            || from(inside.clone()).is_some_and(|known| known.starts_with(inside.as_str()))
    }

    /// Returns the value if nothing was refused, otherwise the refusals.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.list.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.as_slice() {
            [one] => one.fmt(f),
            several => {
                write!(f, "{} problems", several.len())?;
                let shown = several.iter().take(MOST_SHOWN);
                shown.clone().try_for_each(|refusal| write!(f, "\n  {refusal}"))?;
                match several.len() - shown.len() {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more"),
                }
            }
        }
    }
}

impl std::error::Error for Refusals {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_hides_those_of_later_stages_at_the_same_place_and_around_it_alone() {
        let refusals = |places: &[&str]| {
            let mut refusals = Refusals::default();
            for place in places {
                let at = Pointer::root().descend(place.split('/'));
                let (problem, remedy) = ("p".to_owned(), String::new());
                refusals.push(Refusal { at, servers: Vec::new(), problem, remedy });
            }
            refusals
        };
        for (known, other, is_hidden) in [
            ("job/a", "job/a", true),
            ("job/a", "job", true),
            ("job/a", "job/b", false),
            ("job", "job/a", false),
            ("job-run/a", "job", false),
            ("job2", "job", false),
        ] {
            // Those of `job-run` are between `job` and `job/a`.
            for more in [&[known][..], &["job-run", "job-run/b", known]] {
                let mut all = refusals(more);
                let mut later = refusals(&[other]);
                later.list.iter_mut().for_each(|refusal| refusal.problem = "q".to_owned());
                all.extend(later);
                assert_eq!(all.list.len() == more.len(), is_hidden, "{known} {other}");
            }
        }
    }

    #[test]
    fn text_of_a_description_begins_no_line() {
        let refusal = Refusal {
            at: Pointer::root().child("a\n::error::"),
            servers: Vec::new(),
            problem: "`b\n::error::\u{1b}[31m` is refused".to_owned(),
            remedy: String::new(),
        };
        let text = refusal.to_string();
        assert_eq!(text, "#/a\u{FFFD}::error::: `b\u{FFFD}::error::\u{FFFD}[31m` is refused");
    }
}
