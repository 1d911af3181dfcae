//! Values and scripts for the tests of code that uses this crate (feature `testing`).
//!
//! A [`Script`] takes the place of a server. This program under test prints the jobs of a run that failed:
//!
//! ```
//! use github_workflow_jobs::testing::{ScriptedJob, run};
//! use github_workflow_jobs::{Client, Error};
//!
//! async fn failed(client: &Client) -> Result<Vec<String>, Error> {
//!     let jobs = client.list_jobs_for_run("octo-org", "octo-repo", 1).all().await?;
//!     Ok(jobs.into_iter().filter(|job| job.is_failure()).map(|job| job.name).collect())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! let script = run(1, [ScriptedJob::new("build"), ScriptedJob::new("test").fails()]);
//! assert_eq!(failed(&script.client()).await?, ["test"]);
//! assert_eq!(script.received().len(), 1);
//! # Ok(()) }
//! ```
//!
//! A reply can be any error ([`Reply`]):
//!
//! ```
//! use github_workflow_jobs::operations::GetJob;
//! use github_workflow_jobs::testing::{Reply, Script, job};
//! use github_workflow_jobs::{ErrorKind, JobStatus};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), github_workflow_jobs::Error> {
//! let queued = job().status(JobStatus::Queued).build();
//! let script = Script::new().in_order::<GetJob>([Reply::json(&queued), Reply::not_found()]);
//! let client = script.client();
//! assert_eq!(client.get_job("octo-org", "octo-repo", 1).await?.status, JobStatus::Queued);
//! let error = client.get_job("octo-org", "octo-repo", 1).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Status);
//! # Ok(()) }
//! ```
//!
//! Waits and time-outs take no time on tokio's paused clock: `#[tokio::test(start_paused = true)]`.

#[cfg(feature = "runs")]
mod artifact;
mod job;
mod run;
#[cfg(feature = "runs")]
mod workflow_run;

#[cfg(feature = "runs")]
#[cfg_attr(docsrs, doc(cfg(feature = "runs")))]
pub use artifact::{ArtifactBuilder, artifact, artifact_page, dispatched_run};
pub use job::{JobBuilder, job, job_page};
pub use run::{BEGIN, ScriptedJob, run, run_since};
#[cfg(feature = "runs")]
#[cfg_attr(docsrs, doc(cfg(feature = "runs")))]
pub use workflow_run::{RunBuilder, run_page, workflow_run};

pub use crate::runtime::testing::{Received, Reply, Script};
