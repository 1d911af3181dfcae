//! Guide: one chapter for each task. These modules contain only documentation.
//!
//! Read [`first_call`] first; the other chapters can be read in any order.

// The chapters link to public names as the crate page does.
#[allow(unused_imports, reason = "only links use these names")]
use crate::*;

#[doc = include_str!("../guide/first_call.md")]
pub mod first_call {}

#[doc = include_str!("../guide/runs.md")]
pub mod runs {}

#[doc = include_str!("../guide/lists.md")]
pub mod lists {}

#[doc = include_str!("../guide/logs.md")]
pub mod logs {}

#[doc = include_str!("../guide/limits.md")]
pub mod limits {}

#[doc = include_str!("../guide/errors.md")]
pub mod errors {}

#[doc = include_str!("../guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../guide/servers.md")]
pub mod servers {}

#[doc = include_str!("../guide/tls.md")]
pub mod tls {}

#[doc = include_str!("../guide/watching.md")]
pub mod watching {}

#[doc = include_str!("../guide/from_octocrab.md")]
pub mod from_octocrab {}
