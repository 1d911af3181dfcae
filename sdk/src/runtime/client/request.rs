//! A request: options of the client, and the methods that send it.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::runtime::client::kind;
use crate::runtime::client::sending::Sending;
use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::http::redirect::SignedUrl;
use crate::runtime::list::{Items, Page, Pages};
use crate::runtime::request::data::Data;
use crate::runtime::request::operation::Endpoint;
use crate::runtime::response::Response;
use crate::runtime::response::error::Error;

/// A request that has not been sent: an operation `E` with its arguments, and the kind `K` of its answer.
///
/// Each operation has a name for its own requests, which is the one to use in signatures:
/// `requests::GetJob` is `Request<operations::GetJob, kind::One<Job>>`. The kind of an operation may change in a
/// later version, the name does not.
///
/// A setter that has the name of a parameter sets that parameter; nothing that is not set is sent. A setter
/// that starts with `with_` is an option of the client. A request owns a clone of its client, so it can be
/// kept, cloned and sent from another task.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// use std::time::Duration;
///
/// use github_workflow_jobs::Request;
///
/// /// An option for a request of any operation.
/// fn patient<E, K>(request: Request<E, K>) -> Request<E, K> {
///     request.with_deadline(Duration::from_secs(300))
/// }
///
/// let job = patient(client.get_job("octo-org", "octo-repo", 399_444_496)).await?;
/// # Ok(()) }
/// ```
#[must_use = "a request does nothing until it is sent"]
pub struct Request<E, K> {
    pub(crate) data: Data,
    of: PhantomData<fn() -> (E, K)>,
}

/// # Options of the client
impl<E, K> Request<E, K> {
    /// Limits the time of the whole call, with every wait and every attempt; for a list, the time of all its
    /// pages. For a download it ends when the content starts to arrive. Not limited if left out.
    ///
    /// A call that takes longer fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
    pub fn with_deadline(self, limit: Duration) -> Self {
        self.data.time_limit(limit).into()
    }

    /// Limits the bytes that are read into memory: of a JSON answer (for a list, of each page) 16 MiB if
    /// left out, counted after decompression; of content that is read by `bytes`, `text` or `tail`, 64 MiB.
    /// `stream` and `save_to` of a download hold none of the content in memory and have no limit.
    ///
    /// A larger answer fails with [`ErrorKind::BodyTooLarge`](crate::ErrorKind::BodyTooLarge).
    pub fn with_size_limit(self, bytes: u64) -> Self {
        self.data.size_limit(bytes).into()
    }

    /// Adds a header, which is sent to the API's origin only and never to a host of content. It replaces
    /// a header of that name that [`ClientBuilder::header`](crate::ClientBuilder::header) has set.
    ///
    /// A name that the client sets itself, such as `authorization`, `accept` or `host`, and a value that no
    /// header may have are refused: sending then fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), and nothing is sent.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.data.header(name, value).into()
    }

    /// Adds a parameter to the query that this version of the SDK does not know. It comes after those that
    /// it knows, is encoded when it is sent, and is sent once for each call of this method.
    pub fn with_query(self, name: &str, value: impl fmt::Display) -> Self {
        self.data.more_query(name, &value.to_string()).into()
    }
}

/// # Sending the request
///
/// `.await` on the request is the same as `.send().await`.
impl<E, T: DeserializeOwned + Send + 'static> Request<E, kind::One<T>> {
    /// Sends the request and decodes the answer.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server could not be reached, it answered with an
    /// error, or its answer could not be decoded: see [`ErrorKind`](crate::ErrorKind).
    pub async fn send(self) -> Result<Response<T>, Error> {
        self.data.send().await
    }

    /// Sends the request and decodes the answer, unless it still has this ETag: then it is `None`, which
    /// costs nothing of the server's rate limit. The ETag is [`Meta::etag`](crate::Meta::etag) of an earlier
    /// answer to the same request; with `None` the answer is always sent.
    ///
    /// # Errors
    ///
    /// As `send`, or the ETag is not a valid header value.
    pub fn send_if_changed(self, etag: Option<&str>) -> Sending<Option<Response<T>>> {
        Sending::new(self.data.send_if_changed(etag.map(str::to_owned)))
    }
}

/// # Fetching the list
///
/// `.await` on the request is the same as `.send().await`.
impl<E, P: Page + DeserializeOwned + Send + 'static> Request<E, kind::List<P>> {
    /// Fetches the items of all pages, 100 a page unless `per_page` is set.
    ///
    /// # Errors
    ///
    /// As `send`, or the server links to a page at another origin or in circles
    /// ([`ErrorKind::Pagination`](crate::ErrorKind::Pagination)). Items that came before the error are lost.
    pub async fn all(self) -> Result<Vec<P::Item>, Error> {
        self.stream().try_collect().await
    }

    /// Streams the items of all pages, 100 a page unless `per_page` is set. It starts at `page` where that is
    /// set; a page is fetched when its first item is needed.
    pub fn stream(self) -> Items<P::Item> {
        self.pages().items()
    }

    /// Streams the pages, each with its own status and headers; 100 items a page unless `per_page` is set. It
    /// starts at `page` where that is set.
    pub fn pages(self) -> Pages<P> {
        Pages::start(self.data)
    }

    /// Fetches one page: the first, unless `page` is set. It has the server's number of items (30), unless
    /// `per_page` is set.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server could not be reached, it answered with an
    /// error, or its answer could not be decoded: see [`ErrorKind`](crate::ErrorKind).
    pub async fn send(self) -> Result<Response<P>, Error> {
        self.data.send().await
    }

    /// Fetches one page, unless it still has this ETag: then it is `None`, which costs nothing of the
    /// server's rate limit. The ETag is [`Meta::etag`](crate::Meta::etag) of an earlier answer to the same request; with
    /// `None` the page is always sent.
    ///
    /// # Errors
    ///
    /// As `send`, or the ETag is not a valid header value.
    pub fn send_if_changed(self, etag: Option<&str>) -> Sending<Option<Response<P>>> {
        Sending::new(self.data.send_if_changed(etag.map(str::to_owned)))
    }
}

/// # Fetching the content
///
/// The content is fetched without credentials, from where the API redirects to. A link that has expired on
/// the way is requested once more.
impl<E> Request<E, kind::Content> {
    /// Returns the URL that the API redirects to, and does not fetch it.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server could not be reached, it answered with an
    /// error, or with the content itself instead of a redirect
    /// ([`ErrorKind::Redirect`](crate::ErrorKind::Redirect)).
    pub async fn location(self) -> Result<SignedUrl, Error> {
        self.data.location().await
    }

    /// Fetches the content as a stream of bytes, in memory that does not grow with it.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), a server could not be reached or answered with an
    /// error, or there is no content behind the redirect
    /// ([`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable)).
    pub async fn stream(self) -> Result<ByteStream, Error> {
        self.data.stream().await
    }

    /// Fetches the content into memory, unaltered.
    ///
    /// # Errors
    ///
    /// As `stream`; or the content ends early, stalls, or is larger than
    /// [`with_size_limit`](Self::with_size_limit) allows: 64 MiB if left out.
    pub async fn bytes(self) -> Result<Vec<u8>, Error> {
        self.data.bytes().await
    }

    /// Fetches the content as text. Bytes that are not UTF-8 are replaced by U+FFFD.
    ///
    /// # Errors
    ///
    /// As `bytes`.
    pub async fn text(self) -> Result<String, Error> {
        self.data.text().await
    }

    /// Fetches the content and returns its last lines, with bytes that are not UTF-8 replaced by U+FFFD. Only
    /// those lines are held in memory.
    ///
    /// # Errors
    ///
    /// As `bytes`; the limit is on the size of those lines.
    pub async fn tail(self, lines: usize) -> Result<String, Error> {
        self.data.tail(lines).await
    }

    /// Saves the content to a file and returns its number of bytes. The file appears when it is complete; one
    /// that exists is replaced. The folder must exist.
    ///
    /// # Errors
    ///
    /// As `stream`; or the content ends early or stalls, or the file cannot be written
    /// ([`ErrorKind::File`](crate::ErrorKind::File)). Then the file is as it was.
    pub async fn save_to(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        self.data.save_to(path.as_ref(), |_, _| {}).await
    }

    /// As `save_to`, and calls `progress` with the bytes so far and, if the server declares it, the total.
    ///
    /// # Errors
    ///
    /// As `save_to`.
    pub async fn save_to_with(
        self,
        path: impl AsRef<Path>,
        progress: impl FnMut(u64, Option<u64>),
    ) -> Result<u64, Error> {
        self.data.save_to(path.as_ref(), progress).await
    }
}

impl<E, T: DeserializeOwned + Send + 'static> IntoFuture for Request<E, kind::One<T>> {
    type Output = Result<Response<T>, Error>;
    type IntoFuture = Sending<Response<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Sending::new(self.data.send())
    }
}

impl<E, P: DeserializeOwned + Send + 'static> IntoFuture for Request<E, kind::List<P>> {
    type Output = Result<Response<P>, Error>;
    type IntoFuture = Sending<Response<P>>;

    fn into_future(self) -> Self::IntoFuture {
        Sending::new(self.data.send())
    }
}

impl<E, K> From<Data> for Request<E, K> {
    fn from(data: Data) -> Self {
        Self { data, of: PhantomData }
    }
}

impl<E, K> Clone for Request<E, K> {
    fn clone(&self) -> Self {
        self.data.clone().into()
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
