//! Refusals of a description: the problem, the place, the servers and the remedy.

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
        write!(f, "{}", one_line(&self.at.to_string()))?;
        match self.servers.as_slice() {
            [] => {}
            [first, .., last] if self.servers.len() > 3 => {
                write!(f, " ({first} .. {last}, {} servers)", self.servers.len())?;
            }
            few => write!(f, " ({})", few.join(", "))?,
        }
        write!(f, ": {}", one_line(&self.problem))?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", one_line(&self.remedy))?;
        }
        Ok(())
    }
}

/// All refusals of a document, as one error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl Refusals {
    /// Adds a refusal, unless it is already in the list.
    pub(crate) fn push(&mut self, refusal: Refusal) {
        if !self.0.contains(&refusal) {
            self.0.push(refusal);
        }
    }

    /// Adds those of another stage, except at places inside which something is refused already: what is
    /// refused there may be only what is left of it.
    pub(crate) fn extend(&mut self, others: Self) {
        for refusal in others.0 {
            let place = refusal.at.as_str();
            if !self.0.iter().any(|known| known.at.as_str().starts_with(place)) {
                self.push(refusal);
            }
        }
    }

    /// Returns the value if nothing was refused, otherwise the refusals.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => one.fmt(f),
            several => {
                write!(f, "{} problems", several.len())?;
                several.iter().try_for_each(|refusal| write!(f, "\n  {refusal}"))
            }
        }
    }
}

impl std::error::Error for Refusals {}

#[cfg(test)]
mod tests {
    use super::*;

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
