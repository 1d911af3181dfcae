//! A request, and the options of the client for it.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::runtime::client::Client;
use crate::runtime::http::{Call, Options};
use crate::runtime::request::data::Data;
use crate::runtime::request::operation::Endpoint;
use crate::runtime::response::error::Error;
use crate::runtime::settings::policies::RetryPolicy;

/// A request that has not been sent: an operation `E` with its arguments, and the kind `K` of its answer.
///
/// Each operation has a type alias for its requests, which is the one to use in signatures: `requests::X` is
/// `Request<operations::X, kind::One<T>>`. The kind of an operation can change in a later version, the alias does
/// not.
///
/// A setter with the name of a parameter sets that parameter; nothing that is not set is sent. A setter that
/// starts with `with_` is an option of the client. A request owns a clone of its client, so it can be kept, cloned
/// and sent from another task.
#[must_use = "a request does nothing until it is sent"]
pub struct Request<E, K> {
    data: Data,
    client: Client,
    options: Options,
    of: PhantomData<fn() -> (E, K)>,
}

/// The kinds of answers, as the second parameter of [`Request`].
pub mod kind {
    use std::marker::PhantomData;

    /// One value of type `T`.
    #[derive(Debug)]
    pub struct One<T>(PhantomData<T>);

    /// A list in pages of type `P`.
    #[derive(Debug)]
    pub struct List<P>(PhantomData<P>);

    /// Content that is not JSON: in the response, or behind a redirect.
    #[derive(Debug)]
    pub struct Content(());

    /// No value: the status is the answer.
    #[derive(Debug)]
    pub struct Empty(());

    /// A value of type `T`, or a response without a body.
    #[derive(Debug)]
    pub struct Maybe<T>(PhantomData<T>);

    /// Yes (204) or no (404).
    #[derive(Debug)]
    pub struct Flag(());

    /// A type for each status: `T` is an enum with a variant for each.
    #[derive(Debug)]
    pub struct Several<T>(PhantomData<T>);
}

/// # Options of the client
impl<E, K> Request<E, K> {
    /// Limits the time of the whole call, with every wait and every attempt; for a list, the time of all its
    /// pages. For a download, it limits only the time until the content arrives, and whether another attempt
    /// begins; to limit a download as a whole, use `tokio::time::timeout`. Not limited if left out. With zero,
    /// nothing is sent.
    ///
    /// A call that takes longer fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// use std::time::Duration;
    ///
    /// let request = client.get_json::<serde_json::Value>(["meta"]);
    /// let meta = request.with_deadline(Duration::from_secs(5)).await?;
    /// # Ok(()) }
    /// ```
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.options.time_limit = Some(limit);
        self
    }

    /// Limits the bytes that are read into memory: of a JSON response (for a list, of each page) 16 MiB if left
    /// out, counted after decompression; of content that is read by `bytes`, `text` or `tail`, and of each line of `lines`, 64 MiB. `stream`
    /// and `save_to` of a download hold none of the content in memory and have no limit.
    ///
    /// Decoded values need more memory than their JSON. With the types of this crate, a call needs at most 12 times the
    /// bytes of the JSON; the worst case is a list of empty texts. A compressed response can be 1000 times smaller.
    ///
    /// A larger response fails with [`ErrorKind::BodyTooLarge`](crate::ErrorKind::BodyTooLarge).
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let request = client.get_json::<serde_json::Value>(["meta"]);
    /// let meta = request.with_size_limit(1 << 20).await?; // at most 1 MiB
    /// # Ok(()) }
    /// ```
    pub fn with_size_limit(mut self, bytes: u64) -> Self {
        self.options.size_limit = Some(bytes);
        self
    }

    /// Sets the retries of this call; the client's policy if left out. A request that is not a GET, PUT or
    /// DELETE is then also repeated after the server may have received it.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error, RetryPolicy}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let request = client.get_json::<serde_json::Value>(["meta"]);
    /// let meta = request.with_retry(RetryPolicy::none()).await?;
    /// # Ok(()) }
    /// ```
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = Some(policy);
        self
    }

    /// Adds a header, which is sent to the API's origin only and never to a host of content. It replaces a
    /// header of that name that [`ClientBuilder::header`](crate::ClientBuilder::header) has set.
    ///
    /// A name that the client sets itself, such as `authorization`, `accept` or `host`, and an invalid value are
    /// refused: sending then fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), and nothing
    /// is sent.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let request = client.get_json::<serde_json::Value>(["meta"]);
    /// let meta = request.with_header("x-request-source", "nightly").await?;
    /// # Ok(()) }
    /// ```
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.with_data(|data| data.header(name, value))
    }

    /// Adds a parameter to the query that this version of the SDK does not know. It comes after the parameters
    /// of the operation, is encoded when it is sent, and is sent once for each call of this method.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let request = client.get_json::<serde_json::Value>(["repos", "octo-org", "octo-repo", "issues"]);
    /// let issues = request.with_query("state", "closed").with_query("per_page", 100).await?;
    /// # Ok(()) }
    /// ```
    pub fn with_query(self, name: &str, value: impl fmt::Display) -> Self {
        self.with_data(|data| data.more_query(name, &value.to_string()))
    }

    /// For setters: starts with `with_`, so that it cannot have the name of a parameter.
    pub(crate) fn with_data(self, set: impl FnOnce(Data) -> Data) -> Self {
        Self { data: set(self.data), ..self }
    }

    /// Starts the call.
    pub(crate) fn begin(self) -> Result<Call, Error> {
        Call::begin(self.client.settings().clone(), self.data, self.options)
    }
}

impl Data {
    /// Makes a request of the data.
    pub(crate) fn request<E, K>(self, client: &Client) -> Request<E, K> {
        Request { data: self, client: client.clone(), options: Options::default(), of: PhantomData }
    }
}

impl<E, K> Clone for Request<E, K> {
    fn clone(&self) -> Self {
        let (data, client, options) =
            (self.data.clone(), self.client.clone(), self.options.clone());
        Self { data, client, options, of: PhantomData }
    }
}

impl<E: Endpoint, K> fmt::Debug for Request<E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &E::OPERATION.id())
            .field("arguments", &self.data.arguments())
            .finish_non_exhaustive()
    }
}
