//! Any GET of the API that has no method of its own.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::runtime::args::arg::Arg;
use crate::runtime::args::input::InvalidInput;
use crate::runtime::args::names::PathSegment;
use crate::runtime::client::Client;
use crate::runtime::client::kind;
use crate::runtime::client::request::Request;
use crate::runtime::request::data::Data;
use crate::runtime::request::operation::{Endpoint, Operation};

/// A request made by [`Client::get_json`].
pub type GetJson<T> = Request<AnyGet, kind::One<T>>;

/// A GET whose path the caller gives. The path of its [`Operation`] is empty.
#[derive(Debug)]
pub enum AnyGet {}

impl Endpoint for AnyGet {
    const OPERATION: Operation = Operation::get("get_json", "");
}

impl Client {
    /// Any GET of the API that answers with JSON, for what has no method of its own. It has the limits,
    /// retries, checks and errors of every other request.
    ///
    /// Give the path segment by segment, not percent-encoded and relative to the base URL of the API. The
    /// answer is decoded as `T`.
    ///
    /// This prints the failed jobs of the newest run:
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
    pub fn get_json<T: DeserializeOwned>(
        &self,
        path: impl IntoIterator<Item: Arg<PathSegment>>,
    ) -> GetJson<T> {
        path.into_iter().fold(Data::of::<AnyGet>(self), Data::segment).into()
    }
}

impl<T> GetJson<T> {
    /// Adds to the query; a list adds its name once for each item, and `None` adds nothing.
    pub fn query(self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        let mut data = self.data;
        match texts(&name, value) {
            Ok(texts) => texts.iter().fold(data, |data, text| data.more_query(&name, text)),
            Err(refused) => {
                data.refuse(refused);
                data
            }
        }
        .into()
    }
}

fn texts(name: &str, value: impl Serialize) -> Result<Vec<String>, InvalidInput> {
    let refused = |reason: String| InvalidInput::new(format!("`{name}`: {reason}"));
    let values = match serde_json::to_value(value).map_err(|error| refused(error.to_string()))? {
        Value::Null => Vec::new(),
        Value::Object(_) => return Err(refused("is an object, which no query has".to_owned())),
        Value::Array(values) => values,
        value => vec![value],
    };
    let text = |value| match value {
        Value::String(text) => text,
        value => value.to_string(),
    };
    Ok(values.into_iter().map(text).collect())
}
