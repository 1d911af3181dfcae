//! The token of a client, and its provider.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::runtime::clock::after;
use crate::runtime::response::error::{Cause, Error};

/// A provider is asked for a new token this long before the old one expires. A new token is used at least this
/// long, also if it has expired by this machine's clock: that clock can be wrong.
const MARGIN: Duration = Duration::from_secs(60);

/// A token of a provider, and the time at which it expires.
#[derive(Clone)]
pub struct AccessToken {
    secret: String,
    expires_at: Option<Timestamp>,
}

impl AccessToken {
    /// A token that is used until the server refuses it.
    pub fn new(secret: impl Into<String>) -> Self {
        Self { secret: secret.into(), expires_at: None }
    }

    /// The provider is asked for another token a minute before this time.
    pub fn expires_at(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The error of a token provider.
pub type ProviderError = Box<dyn StdError + Send + Sync>;

type Asked = Pin<Box<dyn Future<Output = Result<AccessToken, ProviderError>> + Send>>;

/// The source of the token of a client.
#[derive(Clone)]
pub(crate) enum Token {
    None,
    Fixed(HeaderValue),
    /// The text cannot be a token: building the client fails.
    Invalid,
    Provided(Arc<Provider>),
}

/// A provider with the token that it gave last.
pub(crate) struct Provider {
    ask: Box<dyn Fn() -> Asked + Send + Sync>,
    state: Mutex<State>,
    /// How often the provider has answered.
    answers: AtomicU64,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failure: Option<SharedFailure>,
}

struct Held {
    header: HeaderValue,
    expires_at: Option<Timestamp>,
    since: Instant,
}

/// A failure that all calls that waited for the provider get.
#[derive(Clone)]
struct SharedFailure(Arc<dyn StdError + Send + Sync>);

/// The `Authorization` header of a call.
#[derive(Clone)]
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// The time at which a provider gave the token.
    pub(crate) since: Option<Instant>,
}

impl Token {
    pub(crate) fn fixed(token: &str) -> Self {
        header(token).map_or(Self::Invalid, Self::Fixed)
    }

    pub(crate) fn provided<F, T>(provider: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<AccessToken, ProviderError>> + Send + 'static,
    {
        Self::Provided(Arc::new(Provider {
            ask: Box::new(move || Box::pin(provider())),
            state: Mutex::default(),
            answers: AtomicU64::new(0),
        }))
    }

    /// Refuses a text that cannot be a token.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if matches!(self, Self::Invalid) { Err(invalid()) } else { Ok(()) }
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The header of a call.
    pub(crate) async fn authorization(&self) -> Result<Option<Authorization>, Error> {
        match self {
            Self::None => Ok(None),
            Self::Invalid => Err(invalid()),
            Self::Fixed(header) => Ok(Some(Authorization { header: header.clone(), since: None })),
            Self::Provided(provider) => provider.authorization().await.map(Some),
        }
    }

    /// Forgets a token that the server refused; false if there cannot be another.
    pub(crate) async fn forget(&self, refused: &Authorization) -> bool {
        let Self::Provided(provider) = self else { return false };
        let mut state = provider.state.lock().await;
        // Another call may have got a new token in the meantime: that one is kept.
        if state.held.as_ref().is_some_and(|held| held.header == refused.header) {
            state.held = None;
        }
        true
    }
}

impl Provider {
    /// Calls that need a new token at the same time ask for one, and share its failure.
    async fn authorization(&self) -> Result<Authorization, Error> {
        let answers = self.answers.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        if let Some(held) = state.held.as_ref().filter(|held| held.is_usable()) {
            return Ok(held.authorization());
        }
        let has_answered = self.answers.load(Ordering::SeqCst) != answers;
        if let Some(failure) = state.failure.as_ref().filter(|_| has_answered) {
            return Err(failure.error());
        }
        let answer = (self.ask)().await;
        self.answers.fetch_add(1, Ordering::SeqCst);
        match answer {
            Ok(token) => {
                let header = header(&token.secret).ok_or_else(invalid)?;
                let held = Held { header, expires_at: token.expires_at, since: Instant::now() };
                let authorization = held.authorization();
                *state = State { held: Some(held), failure: None };
                Ok(authorization)
            }
            Err(failure) => {
                let failure = SharedFailure(failure.into());
                let error = failure.error();
                *state = State { held: None, failure: Some(failure) };
                Err(error)
            }
        }
    }
}

impl Held {
    fn is_usable(&self) -> bool {
        let soon = after(MARGIN);
        self.expires_at.is_none_or(|at| at > soon) || self.since.elapsed() < MARGIN
    }

    fn authorization(&self) -> Authorization {
        Authorization { header: self.header.clone(), since: Some(self.since) }
    }
}

impl Authorization {
    /// The token, to keep it out of texts.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.header.to_str().ok()?.strip_prefix("Bearer ")
    }
}

impl SharedFailure {
    fn error(&self) -> Error {
        Cause::TokenProvider { source: Box::new(self.clone()) }.into()
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

/// The header for a token; `None` if the text cannot be one.
fn header(token: &str) -> Option<HeaderValue> {
    let is_plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain || token.is_empty() || token.len() > 4096 {
        return None;
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn invalid() -> Error {
    Error::config(
        "token: is empty, longer than 4096 bytes, or has characters that a token cannot have",
    )
}

#[cfg(test)]
impl Token {
    /// The token that would be sent.
    pub(crate) fn for_tests(&self) -> Option<String> {
        let Self::Fixed(header) = self else { return None };
        Authorization { header: header.clone(), since: None }.secret().map(str::to_owned)
    }
}
