//! One request under every policy: permits, attempts, waits, redirects.

pub(crate) mod body;
pub(crate) mod exchange;
pub(crate) mod rate_limit;
pub(crate) mod redirect;
pub(crate) mod send;
pub(crate) mod trace;
