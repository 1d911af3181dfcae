//! A response: the decoded value with its status and headers.

#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    unused_macros,
    reason = "the operations decide which macros are used"
)]
pub(crate) mod by_status;
pub(crate) mod decode;
pub(crate) mod error;
pub(crate) mod meta;
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the operations decide which macros are used"
)]
pub(crate) mod open_enum;
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the operations decide which macros are used"
)]
pub(crate) mod union;

use std::ops::Deref;

pub use meta::{Links, Meta, RateLimit};

/// A decoded response. It derefs to the value; [`meta`](Self::meta) has the status and the headers.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    meta: Meta,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, meta: Meta) -> Self {
        Self { value, meta }
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.value
    }

    pub(crate) fn into_parts(self) -> (T, Meta) {
        (self.value, self.meta)
    }

    /// Status and headers.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
