//! A place in a document that is being walked, as a chain of steps on the stack.

use std::fmt;

use super::Pointer;

/// A step longer than this is cut in a message.
const LONGEST_STEP: usize = 200;

/// A place whose pointer is made only if it is printed: a walk with pointers would copy a long name for each value
/// below it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'p> {
    /// A known place.
    Base(&'p Pointer),
    /// The value of a key.
    Key(&'p Self, &'p str),
    /// An item of a list.
    Index(&'p Self, usize),
}

impl Place<'_> {
    /// The pointer; a long step is cut.
    pub(crate) fn pointer(&self) -> Pointer {
        match self {
            Self::Base(pointer) => (*pointer).clone(),
            Self::Key(outer, key) => outer.pointer().child(cut(key)),
            Self::Index(outer, index) => outer.pointer().child(index),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pointer().fmt(f)
    }
}

/// The first characters of a long name, and an ellipsis.
pub(crate) fn cut(name: &str) -> String {
    match name.char_indices().nth(LONGEST_STEP) {
        Some((end, _)) => format!("{}\u{2026}", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
