//! The values that callers can pass for an argument.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::runtime::args::invalid_input::InvalidInput;

/// A value that can be passed for an argument of type `T`. The request converts and checks it at once, and
/// `send()` returns the refusal.
///
/// | Argument | Values |
/// | --- | --- |
/// | an id | any integer type, text, the id itself, and references to these |
/// | an owner, a repository or another segment of a path | text, the type itself, and references |
/// | an integer or a page size | any integer type |
/// | text | `&str`, `String`, `&String`, `Cow<str>`, `Box<str>` |
/// | an enum that is sent | its values, or `&str` |
/// | any other type | the type itself |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `{T}`",
    label = "expected `{T}`",
    note = "text, integers, `{T}` and `&{T}` are accepted where they make sense; an id of another type is not"
)]
pub trait Arg<T> {
    /// Converts and checks the value.
    #[doc(hidden)]
    fn arg(self) -> Result<T, InvalidInput>;
}

/// Implements [`Arg`] of one type for each type that it can be made from. A blanket implementation would spoil the
/// compiler's message for an id of another type.
macro_rules! args {
    ($target:ty: $($source:ty),*) => {$(
        impl $crate::runtime::Arg<$target> for $source {
            fn arg(self) -> ::std::result::Result<$target, $crate::runtime::InvalidInput> {
                <$target>::try_from(self).map_err(::std::convert::Into::into)
            }
        }
    )*};
}
pub(crate) use args;

args!(i64: u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
args!(bool: bool);
args!(f64: f64, f32, u8, u16, u32, i8, i16, i32);
args!(Timestamp: Timestamp);
args!(String: &str, String, &String, Cow<'_, str>, Box<str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_made_from_each_type_that_holds_its_value() {
        fn taken<T>(value: impl Arg<T>) -> Result<T, String> {
            value.arg().map_err(|refused| refused.to_string())
        }
        for text in [taken::<String>("a"), taken(Cow::from("a")), taken(Box::<str>::from("a"))] {
            assert_eq!(text, Ok("a".to_owned()));
        }
        assert_eq!((taken::<f64>(0.5), taken::<f64>(2)), (Ok(0.5), Ok(2.0)));
        assert_eq!((taken::<i64>(7_u8), taken::<bool>(true)), (Ok(7), Ok(true)));
        assert_eq!(taken::<Timestamp>(Timestamp::UNIX_EPOCH), Ok(Timestamp::UNIX_EPOCH));
        assert!(taken::<i64>(u64::MAX).is_err());
    }
}
