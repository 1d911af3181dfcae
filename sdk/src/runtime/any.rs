//! Any GET of the API that has no method of its own.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::runtime::client::Client;
use crate::runtime::engine::{Call, Operation, Options};
use crate::runtime::error::Error;
use crate::runtime::input::InvalidInput;
use crate::runtime::names::PathSegment;
use crate::runtime::response::Response;

/// A request made by [`Client::get_json`].
#[must_use = "a request does nothing until it is sent"]
pub struct GetJson<T> {
    client: Client,
    segments: Vec<Result<PathSegment, InvalidInput>>,
    query: Vec<(String, Result<serde_json::Value, InvalidInput>)>,
    options: Options,
    decoded: PhantomData<fn() -> T>,
}

impl Client {
    /// Any GET of the API that answers with JSON: the same limits, retries, checks and errors as the
    /// operations that have a method. The path is given segment by segment, each as it is; `T` is what the
    /// answer is read as.
    ///
    /// The failed jobs of the newest run:
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), Box<dyn std::error::Error>> {
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
    /// let runs = client.get_json::<Runs>(path).query("per_page", 1).send().await?;
    /// for run in &runs.workflow_runs {
    ///     for job in client.list_jobs_for_run("octo-org", "octo-repo", run.id).all().await? {
    ///         if job.conclusion == Some(Conclusion::Failure) {
    ///             println!("{}", job.name);
    ///         }
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn get_json<T: DeserializeOwned>(
        &self,
        path: impl IntoIterator<Item: TryInto<PathSegment, Error: Into<InvalidInput>>>,
    ) -> GetJson<T> {
        GetJson {
            client: self.clone(),
            segments: path
                .into_iter()
                .map(|segment| segment.try_into().map_err(Into::into))
                .collect(),
            query: Vec::new(),
            options: Options::default(),
            decoded: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> GetJson<T> {
    /// Adds to the query; a list adds its name once for each item.
    pub fn query(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value =
            serde_json::to_value(value).map_err(|error| InvalidInput::new(error.to_string()));
        self.query.push((name.into(), value));
        self
    }

    /// How long the call may take in all, with every wait and every attempt.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.options.deadline = Some(limit);
        self
    }

    /// Sends the request and decodes the answer.
    ///
    /// # Errors
    ///
    /// A segment was refused (then nothing is sent), the server was not reached, it answered with an
    /// error, or its answer could not be read: see [`ErrorKind`](crate::ErrorKind).
    pub async fn send(self) -> Result<Response<T>, Error> {
        self.call()?.json().await
    }

    /// Sends the request, and gives the answer if it is not the one with this entity tag.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_if_changed(self, etag: &str) -> Result<Option<Response<T>>, Error> {
        self.call()?.json_if_changed(etag).await
    }

    fn call(self) -> Result<Call, Error> {
        const ANY: Operation = Operation { id: "get_json", path: "", at_root: false };
        let mut call = Call::new(self.client, &ANY, self.options);
        for segment in self.segments {
            call.segment(segment?);
        }
        for (name, value) in self.query {
            call.query(name, &value?)?;
        }
        Ok(call)
    }
}

impl<T> fmt::Debug for GetJson<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetJson").field("path", &self.segments).finish_non_exhaustive()
    }
}
