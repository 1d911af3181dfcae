//! The kinds of answers, as the second parameter of [`Request`](crate::Request).

use std::marker::PhantomData;

/// One value of type `T`.
#[derive(Debug)]
pub struct One<T>(PhantomData<T>);

/// A list in pages of type `P`.
#[derive(Debug)]
pub struct List<P>(PhantomData<P>);

/// Content behind a redirect.
#[derive(Debug)]
pub struct Content(());
