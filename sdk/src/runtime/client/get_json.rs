//! Requests of operations that have no method of their own.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::runtime::args::arg::Arg;
use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::args::segment::PathSegment;
use crate::runtime::client::Client;
use crate::runtime::client::request::{Request, kind};
use crate::runtime::list::{Items, Page, Pages};
use crate::runtime::request::data::Data;
use crate::runtime::request::operation::{Endpoint, Operation};
use crate::runtime::response::error::Error;

/// A request made by [`Client::get_json`].
pub type GetJson<T> = Request<AnyGet, kind::One<T>>;

/// A GET whose path the caller gives. The path of its [`Operation`] is empty.
#[derive(Debug)]
pub enum AnyGet {}

impl Endpoint for AnyGet {
    const OPERATION: Operation = Operation::get("get_json", "");
}

impl Client {
    /// Makes a request of any GET of the API with a JSON response, for operations that have no method of their
    /// own. It has the rate limits, retries, checks and errors of all other requests.
    ///
    /// The path is a list of segments below the base URL of the API, not percent-encoded. The response is decoded
    /// as `T`.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// #[derive(serde::Deserialize)]
    /// struct Branch {
    ///     name: String,
    ///     protected: bool,
    /// }
    ///
    /// let path = ["repos", "octo-org", "octo-repo", "branches"];
    /// for branch in client.get_json::<Vec<Branch>>(path).await?.into_inner() {
    ///     println!("{} {}", branch.name, branch.protected);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn get_json<T: DeserializeOwned>(
        &self,
        path: impl IntoIterator<Item: Arg<PathSegment>>,
    ) -> GetJson<T> {
        path.into_iter().fold(Data::of::<AnyGet>(), Data::segment).request(self)
    }
}

impl<T> GetJson<T> {
    /// Adds a parameter to the query. A list adds its name once for each item, and `None` adds nothing.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let path = ["repos", "octo-org", "octo-repo", "issues"];
    /// let request = client.get_json::<serde_json::Value>(path);
    /// let issues = request.query("labels", "bug,ui").query("per_page", 100).await?;
    /// # Ok(()) }
    /// ```
    pub fn query(self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        self.with_data(|data| match texts(&name, value) {
            Ok(texts) => texts.iter().fold(data, |data, text| data.more_query(&name, text)),
            Err(refused) => data.refused(refused),
        })
    }
}

/// # Fetching a list
impl<P> GetJson<P>
where
    P: Page<Item: Send + 'static> + DeserializeOwned + Send + 'static,
{
    /// Fetches the items of all pages, as long as the server links to a next page. For an array, `P` is `Vec<T>`;
    /// for another form of page, implement [`Page`].
    ///
    /// # Errors
    ///
    /// As `send`; or the list cannot be read to its end
    /// ([`ErrorKind::Pagination`](crate::runtime::ErrorKind::Pagination)).
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let path = ["repos", "octo-org", "octo-repo", "labels"];
    /// let labels = client.get_json::<Vec<serde_json::Value>>(path).query("per_page", 100).all().await?;
    /// println!("{} labels", labels.len());
    /// # Ok(()) }
    /// ```
    pub async fn all(self) -> Result<Vec<P::Item>, Error> {
        self.stream().try_collect().await
    }

    /// Streams the items of all pages. A page is fetched when its first item is needed.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let path = ["repos", "octo-org", "octo-repo", "labels"];
    /// let mut labels = client.get_json::<Vec<serde_json::Value>>(path).stream();
    /// while let Some(label) = labels.try_next().await? {
    ///     println!("{}", label["name"]);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<P::Item> {
        Items::start::<P>(self.begin())
    }

    /// Streams the pages, each with its own status and headers.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let path = ["repos", "octo-org", "octo-repo", "labels"];
    /// let mut pages = client.get_json::<Vec<serde_json::Value>>(path).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} labels", page.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages(self) -> Pages<P> {
        Pages::start(self.begin())
    }
}

fn texts(name: &str, value: impl Serialize) -> Result<Vec<String>, InvalidInput> {
    let refused = |reason: String| InvalidInput::new(format!("`{name}`: {reason}"));
    let values = match serde_json::to_value(value).map_err(|error| refused(error.to_string()))? {
        Value::Null => Vec::new(),
        Value::Object(_) => return Err(refused("a query value cannot be an object".to_owned())),
        Value::Array(values) => values,
        value => vec![value],
    };
    let text = |value| match value {
        Value::String(text) => text,
        value => value.to_string(),
    };
    Ok(values.into_iter().map(text).collect())
}
