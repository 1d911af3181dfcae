//! The client.

pub(crate) mod answers;
pub(crate) mod builder;
pub(crate) mod env;
pub(crate) mod request;
pub(crate) mod terminal;

// The last one, so that rustdoc shows it after everything else that a client does.
pub(crate) mod get_json;

use std::fmt;
use std::sync::Arc;

use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::args::repository::{Owner, Repo};
use crate::runtime::client::builder::ClientBuilder;
use crate::runtime::response::RateLimit;
use crate::runtime::settings::Settings;

/// A client of the API of one server. Clones are cheap: they share connections, rate limits and the budget of
/// retries.
///
/// # Access and tokens
///
/// A method makes a request, which is sent by `.await` or by one of its methods: see [`Request`](crate::Request).
///
/// Reading a public repository needs no token. A private one needs a token with read access to it: a
/// fine-grained or installation token with the permission of the operation, or an OAuth token or classic
/// personal access token with the scope `repo`. A request that changes something needs a token with write access,
/// also for a public repository. GitHub answers 404 for anything the token cannot see, as for
/// anything that does not exist. Requests prefer the media type `application/vnd.github+json`, as GitHub
/// recommends.
#[derive(Clone)]
pub struct Client(Arc<Settings>);

impl Client {
    /// Starts to configure a client; [`build`](ClientBuilder::build) ends it. Without a host it is a client of
    /// github.com, without a token it is anonymous.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The same methods for one repository, without `owner` and `repo`. The name is
    /// `octo-org/octo-repo`, the form that `GITHUB_REPOSITORY` has.
    ///
    /// # Errors
    ///
    /// The text is not an owner and a repository with one slash between them.
    pub fn repo(&self, name: &str) -> Result<RepoClient, InvalidInput> {
        let Some((owner, repo)) = name.split_once('/') else {
            return Err(InvalidInput::new(format!("{name:?}: expected OWNER/REPO")));
        };
        let (owner, repo) = (Owner::try_from(owner)?, Repo::try_from(repo)?);
        Ok(RepoClient { client: self.clone(), owner, repo })
    }

    /// The rate limit of the `core` resource in the newest response; `None` before the first response, and for
    /// servers without rate limits, which is normal for GitHub Enterprise Server.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.0.gates.latest("core")
    }

    /// Ends all waits for rate limits: calls that wait, and later ones, are sent at once.
    ///
    /// Use it for a limit that an administrator has lifted. GitHub bans clients that go on sending while a limit
    /// lasts.
    pub fn clear_rate_limit(&self) {
        self.0.gates.open();
    }

    pub(crate) fn from_settings(settings: Settings) -> Self {
        Self(Arc::new(settings))
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        &self.0
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.api.base.as_str())
            .field("has_token", &!self.0.token.is_none())
            .finish_non_exhaustive()
    }
}

/// The operations for one repository. Made by [`Client::repo`].
#[derive(Clone, Debug)]
pub struct RepoClient {
    client: Client,
    owner: Owner,
    repo: Repo,
}

impl RepoClient {
    /// The client that it was made from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The account that owns the repository.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The name of the repository.
    pub fn name(&self) -> &Repo {
        &self.repo
    }
}
