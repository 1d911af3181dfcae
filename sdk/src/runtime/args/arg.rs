//! What callers may give for an argument.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::runtime::args::input::InvalidInput;

/// A value that can be given for an argument of type `T`. It is converted and checked when the request is
/// built; a refusal is returned when the request is sent.
///
/// - For an id: any integer type, text, the id itself, and references to these.
/// - For an owner, a repository or another part of a path: text, the type itself, and references.
/// - For an integer or a page size: any integer type.
/// - For text: `&str`, `String`, `&String`, `Cow<str>`, `Box<str>`.
/// - For an enum that is sent: its values, or `&str`.
/// - For anything else: the type itself.
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

/// Converts an argument, and names it where it is refused.
pub(crate) fn convert<T>(argument: &'static str, value: impl Arg<T>) -> Result<T, InvalidInput> {
    value.arg().map_err(|refused| refused.of_argument(argument))
}

/// Implements [`Arg`] for a type, for each type that it can be made from. One by one: with a blanket
/// implementation the compiler could not say that one id is not another.
macro_rules! args {
    ($target:ty: $($source:ty),*) => {$(
        impl $crate::runtime::args::arg::Arg<$target> for $source {
            fn arg(self) -> ::std::result::Result<$target, $crate::InvalidInput> {
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
