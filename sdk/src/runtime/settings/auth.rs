//! The token of a client.

mod provider;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::runtime::response::error::Error;
use provider::Provider;

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

/// The source of the token of a client.
#[derive(Clone)]
pub(crate) enum Token {
    None,
    Fixed(HeaderValue),
    /// The text cannot be a token: building the client fails.
    Invalid,
    Provided(Arc<Provider>),
}

/// The `Authorization` header of a call.
#[derive(Clone)]
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// The time at which a provider gave the token first.
    pub(crate) since: Option<Instant>,
    number: u64,
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
        // The function is called in the future, so that a panic in it is one of the future.
        let provider = Arc::new(provider);
        Self::Provided(Arc::new(Provider::new(move || {
            let provider = provider.clone();
            Box::pin(async move { provider().await })
        })))
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
            Self::Fixed(header) => Ok(Some(Authorization::fixed(header))),
            Self::Provided(provider) => provider.authorization().await.map(Some),
        }
    }

    /// Replaces the token of a call that had to wait by the newest one; false if it was refused in the meantime.
    pub(crate) fn refresh(&self, token: &mut Option<Authorization>) -> bool {
        let Self::Provided(provider) = self else { return true };
        *token = provider.newest();
        token.is_some()
    }

    /// The tokens of calls that can still be under way, to keep them out of texts.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let known = match self {
            Self::None | Self::Invalid => Vec::new(),
            Self::Fixed(header) => vec![Authorization::fixed(header)],
            Self::Provided(provider) => provider.known(),
        };
        known.iter().filter_map(Authorization::secret).map(str::to_owned).collect()
    }

    /// Marks a token as refused by the server: the provider is asked for another.
    pub(crate) fn refuse(&self, refused: &Authorization) {
        if let Self::Provided(provider) = self {
            provider.refuse(refused);
        }
    }
}

impl Authorization {
    fn fixed(header: &HeaderValue) -> Self {
        Self { header: header.clone(), since: None, number: 0 }
    }

    /// The token, to keep it out of texts.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.header.to_str().ok()?.strip_prefix("Bearer ")
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
        "token: the value is empty, longer than 4096 bytes, or contains a character that a token cannot have",
    )
}

#[cfg(test)]
impl Token {
    /// The token that would be sent.
    pub(crate) fn for_tests(&self) -> Option<String> {
        let Self::Fixed(header) = self else { return None };
        Authorization::fixed(header).secret().map(str::to_owned)
    }
}
