//! A request on its way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::runtime::response::error::Error;

/// A request that is being sent: a future that is `Send`, `Unpin` and `'static`.
#[must_use = "a future does nothing until it is polled"]
pub struct Sending<T>(Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>);

impl<T> Sending<T> {
    pub(crate) fn new(sending: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self(Box::pin(sending))
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}
