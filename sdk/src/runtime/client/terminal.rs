//! The methods that send a request. They are written once, for each kind of answer.

use std::fmt;
use std::future::IntoFuture;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::HeaderValue;
use serde::de::DeserializeOwned;

use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::client::request::{Request, kind};
use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::download::lines::Lines;
use crate::runtime::download::signed_url::SignedUrl;
use crate::runtime::http::Call;
use crate::runtime::list::changed::{Listed, all_if_changed};
use crate::runtime::list::{Items, Page, Pages};
use crate::runtime::response::Response;
use crate::runtime::response::error::Error;

/// # Sending the request
///
/// `.await` on the request is the same as `.send().await`.
impl<E, T: DeserializeOwned + Send + 'static> Request<E, kind::One<T>> {
    /// Sends the request and decodes the response.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server was not reached, the response has an error
    /// status, or it cannot be decoded: see [`ErrorKind`](crate::ErrorKind).
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let request = client.get_json::<serde_json::Value>(["repos", "octo-org", "octo-repo"]);
    /// let repo = request.send().await?;
    /// println!("{} ({})", repo["full_name"], repo.meta().status());
    /// # Ok(()) }
    /// ```
    pub async fn send(self) -> Result<Response<T>, Error> {
        send(self.begin()).await
    }

    /// Sends the request and decodes the response; `None` if the response still has this ETag. With a token, that
    /// does not count for GitHub's primary rate limit. The ETag is [`Meta::etag`](crate::Meta::etag) of an earlier
    /// response to the same request; without one, the result is always `Some`.
    ///
    /// # Errors
    ///
    /// As `send`, or the ETag is not a valid header value.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # async fn run(client: Client) -> Result<(), Error> {
    /// let request = client.get_json::<serde_json::Value>(["repos", "octo-org", "octo-repo"]);
    /// let repo = request.clone().await?;
    /// // Later:
    /// match request.send_if_changed(repo.meta().etag()).await? {
    ///     Some(repo) => println!("{} has changed", repo["full_name"]),
    ///     None => println!("still the same"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn send_if_changed(self, etag: Option<&str>) -> Sending<Option<Response<T>>> {
        Sending::new(send_if_changed(self.begin(), etag.map(str::to_owned)))
    }
}

/// # Fetching the list
///
/// `.await` on the request is the same as `.send().await`. In the examples, `request` is any request for a list.
impl<E, P> Request<E, kind::List<P>>
where
    P: Page<Item: Send + 'static> + DeserializeOwned + Send + 'static,
{
    /// Fetches the items of all pages, 100 a page unless `per_page` is set. An item that moves to another page
    /// meanwhile comes once.
    ///
    /// A page for which the server still answers 500, 502 or 504 after the last attempt is requested in parts of 50
    /// and then 25 items, once for each size; not if `per_page` is set, and not without retries
    /// ([`RetryPolicy::none`](crate::RetryPolicy::none)).
    ///
    /// # Errors
    ///
    /// As `send`; or the list cannot be read to its end, because a link goes to another origin, pages repeat, or
    /// items are missing ([`ErrorKind::Pagination`](crate::ErrorKind::Pagination)). Items before the error are
    /// lost.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Page, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>) -> Result<(), Error>
    /// # where P: Page<Item: Send + std::fmt::Debug + 'static> + serde::de::DeserializeOwned + Send + 'static {
    /// let items = request.all().await?;
    /// println!("{} items", items.len());
    /// # Ok(()) }
    /// ```
    pub async fn all(self) -> Result<Vec<P::Item>, Error> {
        self.stream().try_collect().await
    }

    /// Fetches the items of all pages as `all` does, with a tag of the whole list; `None` if the list still has this
    /// tag, which is [`Listed::tag`](crate::Listed::tag) of an earlier `all_if_changed` of the same request. Without
    /// one, the result is always `Some`.
    ///
    /// The list has not changed if the server answers 304 for each of its pages. With a token, these answers do not
    /// count for GitHub's primary rate limit. If a page has changed, all pages are fetched: the list is complete, with
    /// each item once. The tag is one line of text, so that another process can go on with it.
    ///
    /// # Errors
    ///
    /// As `all`; or the tag is one of another request (another server, path or query), or not one that this version
    /// of the SDK can read ([`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput); then nothing is sent).
    ///
    /// ```no_run
    #[doc = uses!("{Error, Page, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>, tag: Option<String>) -> Result<(), Error>
    /// # where P: Page<Item: Send + std::fmt::Debug + 'static> + serde::de::DeserializeOwned + Send + 'static {
    /// if let Some(list) = request.all_if_changed(tag.as_deref()).await? {
    ///     println!("{} items; the next call takes the tag {:?}", list.items.len(), list.tag);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn all_if_changed(self, tag: Option<&str>) -> Sending<Option<Listed<P::Item>>> {
        Sending::new(all_if_changed::<P>(self.begin(), tag.map(str::to_owned)))
    }

    /// Streams the items of all pages, 100 a page unless `per_page` is set, from `page` on if it is set. A page is
    /// fetched when its first item is needed.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Page, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>) -> Result<(), Error>
    /// # where P: Page<Item: Send + std::fmt::Debug + 'static> + serde::de::DeserializeOwned + Send + 'static {
    /// let mut items = request.stream();
    /// while let Some(item) = items.try_next().await? {
    ///     println!("{item:?}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<P::Item> {
        Items::start::<P>(self.begin())
    }

    /// Streams the pages, each with its own status and headers; 100 items a page unless `per_page` is set, from
    /// `page` on if it is set.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Page, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>) -> Result<(), Error>
    /// # where P: Page<Item: Send + std::fmt::Debug + 'static> + serde::de::DeserializeOwned + Send + 'static {
    /// let mut pages = request.pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{:?}: {} items", page.meta().request_id(), page.items().len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages(self) -> Pages<P> {
        Pages::start(self.begin())
    }

    /// As `pages`, from a [position](crate::Pages::position) on, which pages of the same request had, also in another
    /// process.
    ///
    /// A text that is not a position, or is one of another request (another server, path or query), is refused: the
    /// stream then returns [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), and nothing is sent.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Page, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>, position: String) -> Result<(), Error>
    /// # where P: Page<Item: Send + std::fmt::Debug + 'static> + serde::de::DeserializeOwned + Send + 'static {
    /// let mut pages = request.pages_from(&position);
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} items; the next page is at {:?}", page.items().len(), pages.position());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages_from(self, position: &str) -> Pages<P> {
        Pages::resume(self.begin(), position)
    }

    /// Fetches one page: the first, unless `page` is set. It has the server's number of items (30), unless
    /// `per_page` is set.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server was not reached, the response has an error
    /// status, or it cannot be decoded: see [`ErrorKind`](crate::ErrorKind).
    ///
    /// ```no_run
    #[doc = uses!("{Error, Page, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>) -> Result<(), Error>
    /// # where P: Page<Item: Send + std::fmt::Debug + 'static> + serde::de::DeserializeOwned + Send + 'static {
    /// let page = request.send().await?;
    /// println!("{} of {:?} items", page.items().len(), page.total_count());
    /// # Ok(()) }
    /// ```
    pub async fn send(self) -> Result<Response<P>, Error> {
        send(self.begin()).await
    }

    /// Fetches one page; `None` if the page still has this ETag. With a token, that does not count for GitHub's
    /// primary rate limit. The ETag is [`Meta::etag`](crate::Meta::etag) of an earlier response to the same request;
    /// without one, the result is always `Some`.
    ///
    /// # Errors
    ///
    /// As `send`, or the ETag is not a valid header value.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Page, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>) -> Result<(), Error>
    /// # where P: Page<Item: Send + std::fmt::Debug + 'static> + serde::de::DeserializeOwned + Send + 'static {
    /// let page = request.clone().await?;
    /// // Later:
    /// match request.send_if_changed(page.meta().etag()).await? {
    ///     Some(page) => println!("{} items now", page.items().len()),
    ///     None => println!("still the same"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn send_if_changed(self, etag: Option<&str>) -> Sending<Option<Response<P>>> {
        Sending::new(send_if_changed(self.begin(), etag.map(str::to_owned)))
    }
}

/// # Fetching the content
///
/// The content is fetched without credentials, from the host that the API redirects to. A link that has expired
/// or is refused is requested once more.
///
/// If the connection breaks or stalls in the middle of the content, `bytes`, `text`, `tail`, `save_to` and
/// `save_to_with` request the rest, or all of it again if the host cannot send the rest of the same content. They
/// do so within the attempts of the retry policy, its budget, and the deadline. `stream` and
/// `lines` end with an error instead: they never repeat bytes that the caller has read.
///
/// In the examples, `request` is any request for content.
impl<E> Request<E, kind::Content> {
    /// Returns the URL that the API redirects to, and does not fetch it.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server was not reached, the response has an error
    /// status, or it is the content itself instead of a redirect
    /// ([`ErrorKind::Redirect`](crate::ErrorKind::Redirect)).
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// let url = request.location().await?;
    /// println!("{url:?} is valid until {:?}", url.expires_at()); // without the signature
    /// # Ok(()) }
    /// ```
    pub async fn location(self) -> Result<SignedUrl, Error> {
        self.begin()?.location().await
    }

    /// Fetches the content as a stream of bytes, in memory that does not grow with it. The stream is not resumed
    /// after a cut.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), a server was not reached, a response has an error status,
    /// or the content is not available ([`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable)).
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// let mut content = request.stream().await?;
    /// while let Some(bytes) = content.try_next().await? {
    ///     println!("{} bytes", bytes.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn stream(self) -> Result<ByteStream, Error> {
        self.begin()?.stream().await
    }

    /// Fetches the content as a stream of lines, in memory that does not grow with it. The stream is not resumed after a
    /// cut.
    ///
    /// # Errors
    ///
    /// As `stream`. The stream fails at a line that is larger than
    /// [`with_size_limit`](Self::with_size_limit) allows: 64 MiB if left out.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// let mut lines = request.lines().await?;
    /// while let Some(line) = lines.try_next().await? {
    ///     println!("{}", String::from_utf8_lossy(&line));
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn lines(self) -> Result<Lines, Error> {
        self.begin()?.lines().await
    }

    /// Fetches the content into memory, unaltered. It is resumed after a cut.
    ///
    /// # Errors
    ///
    /// As `stream`; or the content is cut or stalls more often than the retry policy allows, or is larger than
    /// [`with_size_limit`](Self::with_size_limit) allows: 64 MiB if left out.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// let bytes: Vec<u8> = request.bytes().await?;
    /// # Ok(()) }
    /// ```
    pub async fn bytes(self) -> Result<Vec<u8>, Error> {
        self.begin()?.bytes().await
    }

    /// Fetches the content as text, without a byte order mark at its start. Bytes that are not UTF-8 are replaced
    /// by U+FFFD. It is resumed after a cut.
    ///
    /// # Errors
    ///
    /// As `bytes`.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// let text = request.text().await?;
    /// println!("{} lines", text.lines().count());
    /// # Ok(()) }
    /// ```
    pub async fn text(self) -> Result<String, Error> {
        self.begin()?.text().await
    }

    /// Fetches the content and returns its last lines, as `text` does. Only those lines are held in memory. It is
    /// resumed after a cut.
    ///
    /// # Errors
    ///
    /// As `bytes`; the limit is on the size of those lines.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// println!("{}", request.tail(20).await?); // the last 20 lines
    /// # Ok(()) }
    /// ```
    pub async fn tail(self, lines: usize) -> Result<String, Error> {
        self.begin()?.tail(lines).await
    }

    /// Saves the content to a file, unaltered, and returns its number of bytes. The file appears when it is
    /// complete; one that exists is replaced. The folder must exist. The download is resumed after a cut.
    ///
    /// Content can have secrets: on Unix, only the user can read a new file (mode 0600), and a file that replaces
    /// another has the other's mode. A symbolic link is replaced itself; the file that it leads to stays.
    ///
    /// Until it is complete, the content is in a file beside the target with the name `.TARGET.RANDOM.part`. It is
    /// removed if saving fails or is cancelled. Only a process that is killed leaves it behind.
    ///
    /// # Errors
    ///
    /// The file cannot be written ([`ErrorKind::File`](crate::ErrorKind::File)): the path is a folder, a device, a
    /// pipe or a socket, or no file can be created there. This is found before anything is sent. Otherwise as
    /// `stream`; or the content is cut or stalls more often than the retry policy allows, or the disk is full. Then
    /// the file is as it was.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// let bytes = request.save_to("content.txt").await?;
    /// println!("{bytes} bytes");
    /// # Ok(()) }
    /// ```
    pub async fn save_to(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        self.begin()?.save_to(path.as_ref(), |_, _| {}).await
    }

    /// As `save_to`, and calls `progress` with the bytes so far and, if the server declares it, the total. The bytes
    /// so far get smaller if the content has to be fetched from its start again.
    ///
    /// # Errors
    ///
    /// As `save_to`.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Content>) -> Result<(), Error> {
    /// let saved = request.save_to_with("content.txt", |bytes, total| match total {
    ///     Some(total) => eprintln!("{bytes} of {total} bytes"),
    ///     None => eprintln!("{bytes} bytes"),
    /// });
    /// saved.await?;
    /// # Ok(()) }
    /// ```
    pub async fn save_to_with(
        self,
        path: impl AsRef<Path>,
        progress: impl FnMut(u64, Option<u64>),
    ) -> Result<u64, Error> {
        self.begin()?.save_to(path.as_ref(), progress).await
    }
}

impl<E, T: DeserializeOwned + Send + 'static> IntoFuture for Request<E, kind::One<T>> {
    type Output = Result<Response<T>, Error>;
    type IntoFuture = Sending<Response<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Sending::new(send(self.begin()))
    }
}

impl<E, P: DeserializeOwned + Send + 'static> IntoFuture for Request<E, kind::List<P>> {
    type Output = Result<Response<P>, Error>;
    type IntoFuture = Sending<Response<P>>;

    fn into_future(self) -> Self::IntoFuture {
        Sending::new(send(self.begin()))
    }
}

/// A request that is being sent: a future that is `Send`, `Unpin` and `'static`.
#[must_use = "a future does nothing until it is polled"]
pub struct Sending<T>(Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>);

impl<T> Sending<T> {
    pub(crate) fn new(sending: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self(Box::pin(sending))
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}

/// The part of sending that does not depend on the operation: it is compiled once for each type of answer.
async fn send<T: DeserializeOwned>(call: Result<Call, Error>) -> Result<Response<T>, Error> {
    call?.json().await
}

async fn send_if_changed<T: DeserializeOwned>(
    call: Result<Call, Error>,
    etag: Option<String>,
) -> Result<Option<Response<T>>, Error> {
    let call = call?;
    let Some(etag) = etag else { return call.json().await.map(Some) };
    let etag = HeaderValue::try_from(etag)
        .map_err(|_| call.error(InvalidInput::new("the ETag is not a valid header value")))?;
    call.json_if_changed(&etag).await
}
