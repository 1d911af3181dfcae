#![doc = include_str!("../guide/crate.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// rustfmt and the generator's printer disagree, and nobody edits these files.
#[rustfmt::skip]
#[allow(
    clippy::doc_lazy_continuation,
    clippy::large_enum_variant,
    clippy::should_implement_trait,
    clippy::too_many_arguments,
    clippy::wrong_self_convention,
    rustdoc::bare_urls,
    reason = "the description gives the names and the docs of generated code"
)]
#[deny(warnings, missing_docs)]
mod generated;
pub mod guide;
pub mod jobs;
mod runtime;

pub use generated::*;
pub use http;
pub use jiff;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub use jobs::testing;

// The public names of the runtime. A name's documentation here comes first on its page and in the list of names; the
// documentation in the runtime follows. Only here can an example name this crate and its operations, because the
// runtime can be copied into another crate.

/// Client of GitHub's API for workflow jobs.
///
/// ```no_run
/// use github_workflow_jobs::Client;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder()
///     .host("ghes.example.com")
///     .token(std::env::var("GITHUB_TOKEN")?)
///     .build()?;
/// let job = client.get_job("octo-org", "octo-repo", 399_444_496).await?;
/// println!("{} is {}", job.name, job.status);
/// # Ok(()) }
/// ```
///
/// [`Client::from_env`] takes the server and the token from the environment:
///
/// ```no_run
/// # fn run() -> Result<(), github_workflow_jobs::Error> {
/// let client = github_workflow_jobs::Client::from_env()?;
/// # Ok(()) }
/// ```
pub use runtime::Client;

/// Settings of a [`Client`]: server, token, certificates, headers and policies.
///
/// A token that expires, such as that of a GitHub App, comes from a provider:
///
/// ```no_run
/// use github_workflow_jobs::{AccessToken, Client};
///
/// # async fn installation_token() -> Result<String, std::io::Error> { Ok(String::new()) }
/// # fn run() -> Result<(), github_workflow_jobs::Error> {
/// let client = Client::builder()
///     .token_provider(|| async { Ok(AccessToken::new(installation_token().await?)) })
///     .build()?;
/// # Ok(()) }
/// ```
pub use runtime::ClientBuilder;

/// Client for one repository: the methods of [`Client`] without `owner` and `repo`.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let repo = client.repo("octo-org/octo-repo")?;
/// let jobs = repo.list_jobs_for_run(29_679_449).all().await?;
/// println!("{} jobs", jobs.len());
/// # Ok(()) }
/// ```
pub use runtime::RepoClient;

/// Token that a provider returns. `Debug` hides it.
///
/// ```
/// use github_workflow_jobs::AccessToken;
///
/// let token = AccessToken::new("ghs_secret");
/// assert!(!format!("{token:?}").contains("secret"));
/// ```
pub use runtime::AccessToken;

/// Policy for the server's rate limit: wait for its end, or fail.
///
/// ```no_run
/// # async fn run() -> Result<(), github_workflow_jobs::Error> {
/// use github_workflow_jobs::{Client, LimitPolicy};
///
/// let client = Client::builder().limits(LimitPolicy::fail_at_once()).build()?;
/// if let Err(error) = client.get_job("octo-org", "octo-repo", 399_444_496).await {
///     println!("{error}; try again at {:?}", error.retry_at());
/// }
/// # Ok(()) }
/// ```
pub use runtime::LimitPolicy;

pub use runtime::{ProviderError, RetryPolicy, Timeouts};

/// Wait of a call, as [`ClientBuilder::on_wait`] receives it.
///
/// ```no_run
/// # fn run() -> Result<(), github_workflow_jobs::Error> {
/// use github_workflow_jobs::Client;
///
/// let client = Client::builder()
///     .on_wait(|wait| eprintln!("{} waits until {} ({:?})", wait.operation, wait.until, wait.reason))
///     .build()?;
/// # Ok(()) }
/// ```
pub use runtime::Wait;

pub use runtime::WaitReason;

/// Request of any operation, before it is sent; [`requests`] has a name for each operation.
///
/// ```no_run
/// use std::time::Duration;
///
/// use github_workflow_jobs::Request;
///
/// fn patient<E, K>(request: Request<E, K>) -> Request<E, K> {
///     request.with_deadline(Duration::from_secs(300))
/// }
///
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let job = patient(client.get_job("octo-org", "octo-repo", 399_444_496)).await?;
/// let jobs = patient(client.list_jobs_for_run("octo-org", "octo-repo", job.run_id)).all().await?;
/// # Ok(()) }
/// ```
pub use runtime::Request;

/// Request for JSON of any path, for GET operations that this crate has no method for.
///
/// This example prints the failed jobs of the newest run:
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// use github_workflow_jobs::{Conclusion, RunId};
///
/// #[derive(serde::Deserialize)]
/// struct Runs {
///     workflow_runs: Vec<Run>,
/// }
/// #[derive(serde::Deserialize)]
/// struct Run {
///     id: RunId,
/// }
///
/// let path = ["repos", "octo-org", "octo-repo", "actions", "runs"];
/// let runs = client.get_json::<Runs>(path).query("per_page", 1).await?;
/// for run in &runs.workflow_runs {
///     for job in client.list_jobs_for_run("octo-org", "octo-repo", run.id).all().await? {
///         if job.conclusion == Some(Conclusion::Failure) {
///             println!("{}", job.name);
///         }
///     }
/// }
/// # Ok(()) }
/// ```
pub use runtime::GetJson;

/// Operation of the API: its id, method, path template and kind of answer.
///
/// ```
/// use github_workflow_jobs::{Answer, operations};
///
/// let ids: Vec<_> = operations::ALL.iter().map(|operation| operation.id()).collect();
/// assert!(ids.contains(&"actions/get-job-for-workflow-run"));
/// let logs = operations::ALL.iter().find(|operation| operation.path().ends_with("/logs"));
/// assert_eq!(logs.map(|operation| operation.answer()), Some(Answer::Content));
/// ```
pub use runtime::Operation;

pub use runtime::{Answer, AnyGet, Endpoint, Sending, kind};

/// Owner of a repository, checked before anything is sent.
///
/// ```
/// use github_workflow_jobs::Owner;
///
/// assert_eq!(Owner::try_from("octo-org")?, Owner::try_from("Octo-Org")?);
/// assert!(Owner::try_from("octo/org").is_err());
/// # Ok::<(), github_workflow_jobs::InvalidInput>(())
/// ```
pub use runtime::Owner;

/// Name of a repository, checked before anything is sent.
///
/// ```
/// use github_workflow_jobs::Repo;
///
/// assert_eq!(Repo::try_from(".github")?.as_str(), ".github");
/// let refused = Repo::try_from("octo-repo.git").unwrap_err();
/// assert_eq!(refused.to_string(), "`octo-repo.git`: leave off .git");
/// # Ok::<(), github_workflow_jobs::InvalidInput>(())
/// ```
pub use runtime::Repo;

/// Size of a page, checked before anything is sent.
///
/// ```
/// use github_workflow_jobs::PerPage;
///
/// assert_eq!(PerPage::try_from(100_u8)?, PerPage::MAX);
/// assert!(PerPage::try_from(0_u8).is_err());
/// # Ok::<(), github_workflow_jobs::InvalidInput>(())
/// ```
pub use runtime::PerPage;

/// Refusal of an argument, with the reason.
///
/// ```
/// use github_workflow_jobs::PerPage;
///
/// let refused = PerPage::try_from(101_u8).unwrap_err();
/// assert_eq!(refused.to_string(), "101 is not within 1..=100");
/// ```
pub use runtime::InvalidInput;

pub use runtime::{Arg, PathSegment};

/// Answer to a request: the value, and the status and headers that came with it.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let job = client.get_job("octo-org", "octo-repo", 399_444_496).await?;
/// println!("{} (request {:?})", job.name, job.meta().request_id());
/// let job = job.into_inner();
/// # Ok(()) }
/// ```
pub use runtime::Response;

/// Stream of the items of a list, for example the jobs of a run.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let mut jobs = client.list_jobs_for_run("octo-org", "octo-repo", 29_679_449).stream();
/// while let Some(job) = jobs.try_next().await? {
///     println!("{}", job.name);
/// }
/// # Ok(()) }
/// ```
pub use runtime::Items;

/// Stream of the bytes of a download, for example the log of a job.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let mut log = client.download_job_logs("octo-org", "octo-repo", 399_444_496).stream().await?;
/// while let Some(bytes) = log.try_next().await? {
///     println!("{} bytes", bytes.len());
/// }
/// # Ok(()) }
/// ```
pub use runtime::ByteStream;

/// Stream of the lines of a download, for example the log of a job.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let mut lines = client.download_job_logs("octo-org", "octo-repo", 399_444_496).lines().await?;
/// while let Some(line) = lines.try_next().await? {
///     if line.windows(9).any(|part| part == b"##[error]") {
///         println!("{}", String::from_utf8_lossy(&line));
///     }
/// }
/// # Ok(()) }
/// ```
pub use runtime::Lines;

/// Enum value that this version of the crate does not list.
///
/// ```
/// use github_workflow_jobs::Conclusion;
///
/// let conclusion = Conclusion::from("startup_failure");
/// assert!(matches!(conclusion, Conclusion::Unknown(_)));
/// assert_eq!(conclusion.as_str(), "startup_failure");
/// ```
pub use runtime::UnknownValue;

/// Stream of the pages of a list. A page is a loop over its items:
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let mut pages = client.list_jobs_for_run("octo-org", "octo-repo", 29_679_449).pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("{:?}", page.meta().request_id());
///     for job in page {
///         println!("{}", job.name);
///     }
/// }
/// # Ok(()) }
/// ```
///
/// A program that was stopped goes on with the page that it has not read:
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let request = client.list_jobs_for_run("octo-org", "octo-repo", 29_679_449);
/// let mut pages = match std::fs::read_to_string("position") {
///     Ok(position) => request.pages_from(&position),
///     Err(_) => request.pages(),
/// };
/// while let Some(page) = pages.try_next().await? {
///     println!("{} jobs", page.jobs.len());
///     match pages.position() {
///         Some(position) => std::fs::write("position", position)?,
///         None => drop(std::fs::remove_file("position")),
///     }
/// }
/// # Ok(()) }
/// ```
pub use runtime::Pages;

/// Items of a whole list, with a tag that tells whether the list has changed since.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let tag = std::fs::read_to_string("tag").ok();
/// let request = client.list_jobs_for_run("octo-org", "octo-repo", 29_679_449);
/// match request.all_if_changed(tag.as_deref()).await? {
///     None => println!("no job has changed"),
///     Some(list) => {
///         println!("{} jobs", list.items.len());
///         if let Some(tag) = list.tag {
///             std::fs::write("tag", tag)?;
///         }
///     }
/// }
/// # Ok(()) }
/// ```
pub use runtime::Listed;

pub use runtime::{Links, Meta, Page, RateLimit, SignedUrl};

/// Error of a call or of a configuration.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) {
/// use github_workflow_jobs::ErrorKind;
///
/// match client.get_job("octo-org", "octo-repo", 399_444_496).await {
///     Ok(job) => println!("{}", job.name),
///     Err(error) if error.status().is_some_and(|status| status == 404) => println!("no such job"),
///     Err(error) if error.kind() == ErrorKind::RateLimited => {
///         println!("rate limited; try again at {:?}", error.retry_at());
///     }
///     Err(error) if error.is_retryable() => println!("try again later: {error}"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
pub use runtime::Error;

pub use runtime::ErrorKind;

pub use runtime::ByStatus;

/// Table of the characters that must not reach a terminal.
///
/// ```
/// use github_workflow_jobs::is_unprintable;
///
/// let name = "build \u{1b}]0;title\u{7}\u{202e}";
/// let shown: String = name.chars().filter(|c| !is_unprintable(*c)).collect();
/// assert_eq!(shown, "build ]0;title");
/// ```
pub use runtime::is_unprintable;

/// The program of the README is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
