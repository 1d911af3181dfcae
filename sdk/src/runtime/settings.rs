//! The state that all clones of a client share.

pub(crate) mod auth;
pub(crate) mod retry;
pub(crate) mod server;
pub(crate) mod timeouts;
pub(crate) mod tls;

use crate::runtime::response::error::{Error, ErrorKind};

pub(crate) fn refuse<T>(what: impl Into<String>) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Config, what))
}
