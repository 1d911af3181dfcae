//! The bounds of integers inside of values that are sent.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use crate::runtime::args::invalid_input::{InvalidInput, within};

/// A value that is an integer or consists of integers.
pub(crate) trait Bounded {
    /// Checks each integer.
    fn check(&self, bounds: &RangeInclusive<i64>) -> Result<(), InvalidInput>;
}

impl Bounded for i64 {
    fn check(&self, bounds: &RangeInclusive<i64>) -> Result<(), InvalidInput> {
        within(*self, bounds.clone()).map(|_| ())
    }
}

impl<T: Bounded> Bounded for Option<T> {
    fn check(&self, bounds: &RangeInclusive<i64>) -> Result<(), InvalidInput> {
        self.iter().try_for_each(|value| value.check(bounds))
    }
}

impl<T: Bounded> Bounded for Vec<T> {
    fn check(&self, bounds: &RangeInclusive<i64>) -> Result<(), InvalidInput> {
        self.iter().try_for_each(|value| value.check(bounds))
    }
}

impl<T: Bounded> Bounded for BTreeMap<String, T> {
    fn check(&self, bounds: &RangeInclusive<i64>) -> Result<(), InvalidInput> {
        self.values().try_for_each(|value| value.check(bounds))
    }
}

/// Serializes a field of an object that is sent.
pub(crate) fn serialize_within<const MIN: i64, const MAX: i64, T, S>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    T: Bounded + Serialize,
    S: Serializer,
{
    value.check(&(MIN..=MAX)).map_err(S::Error::custom)?;
    value.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_integer_of_a_value_is_checked() {
        let refused = |value: &dyn Bounded| value.check(&(1..=9)).is_err();
        let map = |value| BTreeMap::from([("a".to_owned(), value)]);
        assert!(!refused(&1) && !refused(&Some(vec![1, 9])) && !refused(&None::<i64>));
        assert!(!refused(&map(9)) && !refused(&Vec::<i64>::new()));
        assert!(refused(&0) && refused(&Some(Some(10))) && refused(&vec![1, 10]));
        assert!(refused(&map(10)));
    }
}
