//! Artifacts with defaults, and the answer to a dispatch, for the feature `runs`.

use jiff::SignedDuration;
use serde_json::json;

use crate::jobs::testing::BEGIN;
use crate::jobs::testing::workflow_run::REPO;
use crate::runtime::testing::Reply;
use crate::{Artifact, ArtifactId, RunId};

/// Builds an [`Artifact`]. Start with [`artifact`], or with an artifact of your own.
#[derive(Clone, Debug)]
#[must_use = "the artifact is made by `build`"]
pub struct ArtifactBuilder(Artifact);

/// An artifact to change: artifact 1 of `octo-org/octo-repo`, with the name `report` and 512 bytes, which expires after
/// 90 days.
///
/// ```
/// use github_workflow_jobs::operations::ListArtifactsOfRun;
/// use github_workflow_jobs::testing::{Script, artifact, artifact_page};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), github_workflow_jobs::Error> {
/// let report = artifact().id(7).with(|artifact| artifact.expired = true).build();
/// let script = Script::new().on::<ListArtifactsOfRun>(artifact_page([report.clone()]));
/// let client = script.client();
/// assert_eq!(client.list_artifacts_of_run("octo-org", "octo-repo", 1).all().await?, [report]);
/// # Ok(()) }
/// ```
#[expect(clippy::expect_used, reason = "the fields are constants")]
pub fn artifact() -> ArtifactBuilder {
    let end = BEGIN.checked_add(SignedDuration::from_hours(90 * 24)).unwrap_or(BEGIN);
    let fields = json!({
        "id": 1, "node_id": "A_1", "name": "report", "size_in_bytes": 512, "digest": null, "expired": false,
        "created_at": BEGIN, "updated_at": BEGIN, "expires_at": end, "url": "", "archive_download_url": "",
    });
    ArtifactBuilder(serde_json::from_value(fields).expect("the fields are those of an artifact"))
        .id(1)
}

impl From<Artifact> for ArtifactBuilder {
    fn from(artifact: Artifact) -> Self {
        Self(artifact)
    }
}

impl ArtifactBuilder {
    /// Sets the id, and the URLs of the artifact.
    pub fn id(self, id: impl Into<ArtifactId>) -> Self {
        self.with(|artifact| {
            artifact.id = id.into();
            artifact.url = format!("{REPO}/actions/artifacts/{}", artifact.id);
            artifact.archive_download_url = format!("{}/zip", artifact.url);
        })
    }

    /// Sets the name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|artifact| artifact.name = name.into())
    }

    /// Changes any field.
    pub fn with(mut self, change: impl FnOnce(&mut Artifact)) -> Self {
        change(&mut self.0);
        self
    }

    /// The artifact.
    pub fn build(self) -> Artifact {
        self.0
    }
}

/// The reply with one page of artifacts, which is the whole list.
pub fn artifact_page(artifacts: impl IntoIterator<Item = Artifact>) -> Reply {
    let artifacts: Vec<Artifact> = artifacts.into_iter().collect();
    Reply::json(&json!({ "total_count": artifacts.len(), "artifacts": artifacts }))
}

/// The reply to a dispatch, from a server that returns the id of the run. For a server that does not, use
/// `Reply::status(204)`.
pub fn dispatched_run(id: impl Into<RunId>) -> Reply {
    let id = id.into();
    let url = format!("{REPO}/actions/runs/{id}");
    let html = url.replace("/api/v3/repos", "");
    Reply::json(&json!({ "workflow_run_id": id, "run_url": url, "html_url": html }))
}
