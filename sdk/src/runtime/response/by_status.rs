//! Answers that differ between the statuses of an operation.

use crate::runtime::response::decode::Failure;

/// An enum with a variant for each status of an operation.
pub trait ByStatus: Sized {
    /// Decodes the body of a response with this status.
    #[doc(hidden)]
    fn by_status(status: u16, body: &[u8]) -> Result<Self, Failure>;
}

/// Defines the answers of an operation: `Created(Deployment) = 201` with a body, `Accepted = 202` without one,
/// `OtherSuccess(Value) = 200..=299` for the statuses that no variant before lists.
macro_rules! by_status {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident $(($ty:ty $(,)?))? = $status:pat),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant $(($ty))?,)*
            /// A success with another status: its JSON, or null if there is none.
            Other(::serde_json::Value),
        }

        impl $crate::runtime::ByStatus for $name {
            fn by_status(
                status: u16,
                body: &[u8],
            ) -> ::std::result::Result<Self, $crate::runtime::response::decode::Failure> {
                ::std::result::Result::Ok(match status {
                    $($status => Self::$variant $((
                        $crate::runtime::response::decode::placed::<$ty>(body)?
                    ))?,)*
                    _ if body.is_empty() => Self::Other(::serde_json::Value::Null),
                    _ => Self::Other($crate::runtime::response::decode::placed(body)?),
                })
            }
        }
    };
}
pub(crate) use by_status;

#[cfg(test)]
mod tests {
    use super::ByStatus as _;

    by_status! {
        /// Answers.
        pub enum Answers {
            /// A number.
            Made(i64) = 201,
            /// Nothing.
            Later = 202,
            /// A list.
            Listed(Vec<i64>) = 203,
        }
    }

    by_status! {
        /// Answers with a range.
        pub enum Ranged {
            /// A number.
            Ok(i64) = 200,
            /// A text.
            OtherSuccess(String) = 200..=299,
        }
    }

    #[test]
    fn a_status_selects_the_variant() {
        let of = |status, body: &str| Answers::by_status(status, body.as_bytes()).ok();
        assert_eq!(of(201, "7"), Some(Answers::Made(7)));
        assert_eq!(of(201, ""), None);
        assert_eq!(of(203, "null"), Some(Answers::Listed(Vec::new())));
        assert_eq!(of(202, "ignored"), Some(Answers::Later));
        assert_eq!(of(200, "[1]"), Some(Answers::Other(serde_json::json!([1]))));
        assert_eq!(of(204, ""), Some(Answers::Other(serde_json::Value::Null)));
        assert_eq!(of(200, "<html>"), None);
    }

    #[test]
    fn a_status_that_is_listed_is_not_one_of_the_range() {
        let of = |status, body: &str| Ranged::by_status(status, body.as_bytes()).ok();
        assert_eq!(of(200, "7"), Some(Ranged::Ok(7)));
        assert_eq!(of(200, "\"a\""), None);
        assert_eq!(of(226, "\"a\""), Some(Ranged::OtherSuccess("a".to_owned())));
    }

    #[test]
    fn a_failure_has_its_place() {
        let failure = Answers::by_status(203, b"[1, \"a\"]").unwrap_err();
        assert_eq!(failure.path, "$[1]");
    }
}
