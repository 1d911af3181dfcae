//! The token, and who gives it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::runtime::http::rate_limit::after;
use crate::runtime::response::error::{Error, ErrorKind};

/// A token that a provider gives, and until when it may be used.
///
/// ```
/// use github_workflow_jobs::AccessToken;
///
/// let token = AccessToken::new("ghs_secret");
/// assert!(!format!("{token:?}").contains("secret"));
/// ```
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

    /// A token that is asked for anew a minute before this time.
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

/// What a provider may fail with.
pub type ProviderError = Box<dyn std::error::Error + Send + Sync>;

type Asked = Pin<Box<dyn Future<Output = Result<AccessToken, ProviderError>> + Send>>;

/// Where the token of a client comes from.
pub(crate) enum Token {
    None,
    Fixed(HeaderValue),
    Provided { ask: Arc<dyn Fn() -> Asked + Send + Sync>, held: Mutex<Option<Held>> },
}

/// The token of a provider, ready to be sent.
pub(crate) struct Held {
    header: HeaderValue,
    expires_at: Option<Timestamp>,
}

impl Token {
    pub(crate) fn provided(ask: Arc<dyn Fn() -> Asked + Send + Sync>) -> Self {
        Self::Provided { ask, held: Mutex::new(None) }
    }

    /// The header of a call. Calls that need a new token at the same time ask for one.
    pub(crate) async fn authorization(&self) -> Result<Option<HeaderValue>, Error> {
        let (ask, held) = match self {
            Self::None => return Ok(None),
            Self::Fixed(header) => return Ok(Some(header.clone())),
            Self::Provided { ask, held } => (ask, held),
        };
        let mut held = held.lock().await;
        let soon = after(Duration::from_secs(60));
        if let Some(held) = held.as_ref().filter(|held| held.expires_at.is_none_or(|at| at > soon))
        {
            return Ok(Some(held.header.clone()));
        }
        let token = ask().await.map_err(|error| {
            Error::new(ErrorKind::Config, "the token provider failed").with_source(error)
        })?;
        let header = authorization(&token.secret)?;
        *held = Some(Held { header: header.clone(), expires_at: token.expires_at });
        Ok(Some(header))
    }

    /// Forgets a token that the server refused; whether there may be another.
    pub(crate) async fn forget(&self, refused: Option<&HeaderValue>) -> bool {
        let Self::Provided { held, .. } = self else { return false };
        let mut held = held.lock().await;
        // Another call may have got a new one meanwhile: that one is not thrown away.
        if held.as_ref().map(|held| &held.header) == refused {
            held.take();
        }
        true
    }
}

/// The token in a header, so that it can be kept out of texts.
pub(crate) fn secret(header: &HeaderValue) -> Option<String> {
    header.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned)
}

/// The header for a token.
pub(crate) fn authorization(token: &str) -> Result<HeaderValue, Error> {
    let plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    match HeaderValue::try_from(format!("Bearer {token}")) {
        Ok(mut value) if plain && !token.is_empty() && token.len() <= 4096 => {
            value.set_sensitive(true);
            Ok(value)
        }
        _ => {
            let what =
                "token: is empty, longer than 4096 bytes, or has characters that no token has";
            Err(Error::new(ErrorKind::Config, what))
        }
    }
}
