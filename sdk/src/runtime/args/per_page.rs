//! The size of a page.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::runtime::args::arg::args;
use crate::runtime::args::invalid_input::InvalidInput;

/// The number of items on a page: 1 to 100. Without it, GitHub's default is 30.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_1_to_100_items() {
        for size in [1_i64, 30, 100] {
            assert_eq!(i64::from(PerPage::try_from(size).unwrap().get()), size);
        }
        assert_eq!(PerPage::try_from(100_u8), Ok(PerPage::MAX));
        for size in [i64::MIN, -1, 0, 101, 257, i64::MAX] {
            let refused = PerPage::try_from(size).unwrap_err();
            assert_eq!(refused.to_string(), format!("{size} is not within 1..=100"));
        }
    }
}
