//! The smallest program that uses the SDK.

use github_workflow_jobs::{Client, Error, Job};

/// Gets a job.
///
/// # Errors
///
/// The call fails.
pub async fn job(token: String, id: i64) -> Result<Job, Error> {
    let client = Client::builder().token(token).build()?;
    Ok(client.repo("octo-org/octo-repo")?.get_job(id).send().await?.into_inner())
}
