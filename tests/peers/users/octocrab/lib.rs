//! The smallest program that uses octocrab.

use octocrab::models::workflows::Job;
use octocrab::{Error, Octocrab};

/// Gets a job.
///
/// # Errors
///
/// The call fails.
pub async fn job(token: String, id: u64) -> Result<Job, Error> {
    let octocrab = Octocrab::builder().personal_token(token).build()?;
    octocrab.workflows("octo-org", "octo-repo").get_job(id.into()).await
}
