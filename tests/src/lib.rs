//! The snippets of the README compile: they are doctests of this crate.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
