//! The client.

pub(crate) mod builder;
pub(crate) mod env;
pub mod kind;
pub(crate) mod request;
pub(crate) mod sending;

// The last one, so that rustdoc shows it after everything else that a client does.
pub(crate) mod get_json;

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use tokio::sync::Semaphore;

use crate::runtime::args::input::InvalidInput;
use crate::runtime::args::names::{Owner, Repo};
use crate::runtime::client::builder::{ClientBuilder, Settings};
use crate::runtime::http::rate_limit::Gate;
use crate::runtime::settings::auth::Token;
use crate::runtime::settings::retry::Budget;

/// Calls the API of one server. Cheap to clone: clones share connections, limits and the budget of
/// retries.
///
/// ```no_run
/// use github_workflow_jobs::Client;
///
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder()
///     .host("ghes.example.com")
///     .token(std::env::var("GITHUB_TOKEN")?)
///     .build()?;
/// # Ok(()) }
/// ```
///
/// # Access and tokens
///
/// A method makes a request, which is sent by `.await` or by one of its methods: see [`Request`](crate::Request).
///
/// Reading a public repository needs no token. A private one needs a token with read access to it: a
/// fine-grained or installation token with the permission of the operation, or an OAuth token or classic
/// personal access token with the scope `repo`. GitHub answers 404 for anything the token cannot see, as for
/// anything that does not exist. Requests prefer the media type `application/vnd.github+json`, as GitHub
/// recommends.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    /// Has the credentials, and follows nothing.
    pub(crate) api: reqwest::Client,
    /// Has nothing of the other: it fetches what signed links point to.
    pub(crate) content: reqwest::Client,
    pub(crate) base_url: Url,
    pub(crate) token: Token,
    pub(crate) settings: Settings,
    pub(crate) permits: Semaphore,
    pub(crate) gate: Gate,
    pub(crate) budget: Budget,
}

impl Client {
    /// Starts a client; [`build`](ClientBuilder::build) ends it. Without a host it is one for
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
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// let repo = client.repo("octo-org/octo-repo")?;
    /// let jobs = repo.list_jobs_for_run(29_679_449).all().await?;
    /// # Ok(()) }
    /// ```
    pub fn repo(&self, name: &str) -> Result<RepoClient, InvalidInput> {
        let Some((owner, repo)) = name.split_once('/') else {
            return Err(InvalidInput::new(format!("{name:?}: expected OWNER/REPO")));
        };
        let (owner, repo) = (Owner::try_from(owner)?, Repo::try_from(repo)?);
        Ok(RepoClient { client: self.clone(), owner, repo })
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn api(&self) -> &reqwest::Client {
        &self.0.api
    }

    pub(crate) fn content(&self) -> &reqwest::Client {
        &self.0.content
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.0.base_url
    }

    pub(crate) fn token(&self) -> &Token {
        &self.0.token
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn permits(&self) -> &Semaphore {
        &self.0.permits
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.base_url.as_str())
            .field("has_token", &!matches!(self.0.token, Token::None))
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
    /// The client it was made from.
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
