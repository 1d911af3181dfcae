//! The verdict on a change: how bad it is, and what it affects.

use std::fmt;

/// The effect of a change on users of the SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing that a program could notice.
    Cosmetic,
    /// Something new, which today's SDK tolerates.
    Additive,
    /// Programs no longer compile, fail, or no longer get what they use.
    Breaking,
}

/// The part of the SDK that a change affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The public API of the SDK that is generated from the new descriptions.
    Api,
    /// The values that today's SDK sends and reads: an answer that it fails on or loses, or a request that the
    /// server refuses.
    Decoding,
    /// Neither: what a value means, or what is documented.
    Other,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cosmetic => "cosmetic",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "api",
            Self::Decoding => "decoding",
            Self::Other => "other",
        })
    }
}
