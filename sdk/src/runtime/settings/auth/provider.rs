//! The provider of a token that expires.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{AccessToken, Authorization, ProviderError, header, invalid};
use crate::runtime::clock::after;
use crate::runtime::response::error::{Cause, Error};

/// A provider is asked for a new token this long before the old one expires. A new token is used at least this
/// long, also if it has expired by this machine's clock: that clock can be wrong.
const MARGIN: Duration = Duration::from_secs(60);

/// This many tokens are kept out of texts.
const MOST_KNOWN: usize = 8;

pub(super) type Asking = Pin<Box<dyn Future<Output = Result<AccessToken, ProviderError>> + Send>>;

/// A provider with the token that it gave last.
pub(crate) struct Provider {
    ask: Box<dyn Fn() -> Asking + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The question that waits for its answer. Only the calls that wait for it keep it alive.
    question: Option<WeakShared<Answering>>,
    /// The number of the last token.
    number: u64,
    /// The last tokens, the newest last.
    known: VecDeque<Authorization>,
}

/// A token of a provider.
#[derive(Clone)]
struct Held {
    authorization: Authorization,
    expires_at: Option<Timestamp>,
    /// The time of the provider's last answer, which can be the same token as before.
    given: Instant,
    is_refused: bool,
}

/// A question to the provider. All calls that wait for it drive it, so that it goes on while one of them is
/// cancelled or not polled.
type Question = Shared<Answering>;

type Answering = BoxFuture<'static, Result<Authorization, Failed>>;

/// The failure of a question, which all calls that wait for its answer get.
#[derive(Clone)]
enum Failed {
    InvalidToken,
    Provider(SharedFailure),
}

#[derive(Clone)]
struct SharedFailure(Arc<dyn StdError + Send + Sync>);

impl Provider {
    pub(super) fn new(ask: impl Fn() -> Asking + Send + Sync + 'static) -> Self {
        Self { ask: Box::new(ask), state: Mutex::default() }
    }

    /// Calls that need a new token at the same time ask one question, and share its answer.
    pub(super) async fn authorization(self: &Arc<Self>) -> Result<Authorization, Error> {
        let question = {
            let mut state = self.state();
            if let Some(held) = state.held.as_ref().filter(|held| held.is_usable()) {
                return Ok(held.authorization.clone());
            }
            let waiting = state.question.as_ref().and_then(WeakShared::upgrade);
            waiting.unwrap_or_else(|| {
                let question: Question = self.clone().ask().boxed().shared();
                state.question = question.downgrade();
                question
            })
        };
        question.await.map_err(Failed::into_error)
    }

    async fn ask(self: Arc<Self>) -> Result<Authorization, Failed> {
        let mut asking = (self.ask)();
        match unless_it_panics(&mut asking).await {
            Ok(token) => self.state().answered(&token).ok_or(Failed::InvalidToken),
            Err(error) => {
                self.state().question = None;
                Err(Failed::Provider(SharedFailure(error.into())))
            }
        }
    }

    /// The newest token, unless the server has refused it.
    pub(super) fn newest(&self) -> Option<Authorization> {
        let state = self.state();
        let held = state.held.as_ref().filter(|held| !held.is_refused);
        held.map(|held| held.authorization.clone())
    }

    /// The last tokens, also if the server has refused them: a call that was sent with one can still be under way.
    pub(super) fn known(&self) -> Vec<Authorization> {
        self.state().known.iter().cloned().collect()
    }

    /// Marks a token as refused by the server.
    pub(super) fn refuse(&self, refused: &Authorization) {
        // Another call may have got a new token in the meantime: that one is kept, also if its text is the same.
        if let Some(held) = &mut self.state().held
            && held.authorization.number == refused.number
        {
            held.is_refused = true;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps the token of an answer; `None` if its text cannot be a token.
    fn answered(&mut self, token: &AccessToken) -> Option<Authorization> {
        self.question = None;
        let previous = self.held.take();
        let header = header(&token.secret)?;
        let now = Instant::now();
        // A provider with a store of its own can give the same token again: that one is not young.
        let same = previous.filter(|held| held.authorization.header == header);
        let since = same.map_or(Some(now), |held| held.authorization.since);
        self.number += 1;
        let authorization = Authorization { header, since, number: self.number };
        self.known.retain(|known| known.header != authorization.header);
        self.known.push_back(authorization.clone());
        if self.known.len() > MOST_KNOWN {
            self.known.pop_front();
        }
        self.held = Some(Held {
            authorization: authorization.clone(),
            expires_at: token.expires_at,
            given: now,
            is_refused: false,
        });
        Some(authorization)
    }
}

impl Held {
    fn is_usable(&self) -> bool {
        let is_valid = self.expires_at.is_none_or(|at| at > after(MARGIN));
        !self.is_refused && (is_valid || self.given.elapsed() < MARGIN)
    }
}

/// The answer of the provider. A panic is a failure like others, or the calls that wait would panic too.
async fn unless_it_panics(asking: &mut Asking) -> Result<AccessToken, ProviderError> {
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| asking.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err("the token provider panicked".into())))
    })
    .await
}

impl Failed {
    fn into_error(self) -> Error {
        match self {
            Self::InvalidToken => invalid(),
            Self::Provider(failure) => Cause::TokenProvider { source: Box::new(failure) }.into(),
        }
    }
}

impl fmt::Display for SharedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SharedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for SharedFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::runtime::settings::auth::Token;

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_not_polled_does_not_hold_up_the_others() {
        let token = Token::provided(|| async {
            sleep(Duration::from_secs(1)).await;
            Ok(AccessToken::new("token"))
        });
        let mut first = Box::pin(token.authorization());
        assert!((&mut first).now_or_never().is_none());
        let second = timeout(Duration::from_secs(2), token.authorization()).await.unwrap();
        assert_eq!(second.unwrap().unwrap().secret(), Some("token"));
        assert_eq!(first.await.unwrap().unwrap().secret(), Some("token"));
    }
}
