//! True of any GitHub API: the client, its requests, their answers.

pub(crate) mod any;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod decode;
pub(crate) mod download;
pub(crate) mod engine;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod exchange;
pub(crate) mod input;
pub(crate) mod limit;
pub(crate) mod names;
pub(crate) mod paging;
pub(crate) mod redirect;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod stream;
pub(crate) mod tail;
pub(crate) mod trace;
pub(crate) mod unknown;
