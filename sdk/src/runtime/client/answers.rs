//! Sending requests whose answer is not always JSON: nothing, a value or nothing, yes or no, a type for each status.
//! And decoding JSON into a type of the caller's.

use std::future::IntoFuture;

use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::runtime::client::request::{Request, kind};
use crate::runtime::client::terminal::Sending;
use crate::runtime::http::{Call, Expected, Reply};
use crate::runtime::response::Response;
use crate::runtime::response::by_status::ByStatus;
use crate::runtime::response::error::{Cause, Error, ErrorBody};

/// # Sending the request
///
/// `.await` on the request is the same as `.send().await`.
impl<E> Request<E, kind::Empty> {
    /// Sends the request. The answer has no value, only status and headers.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server was not reached, or the response has an error
    /// status: see [`ErrorKind`](crate::runtime::ErrorKind).
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Empty>) -> Result<(), Error> {
    /// let done = request.send().await?;
    /// println!("{}", done.meta().status());
    /// # Ok(()) }
    /// ```
    pub async fn send(self) -> Result<Response<()>, Error> {
        empty(self.begin()).await
    }
}

/// # Sending the request
///
/// `.await` on the request is the same as `.send().await`.
impl<E, T: DeserializeOwned + Send + 'static> Request<E, kind::Maybe<T>> {
    /// Sends the request and decodes the response; the value is `None` if the response has no body.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server was not reached, the response has an error
    /// status, or it cannot be decoded: see [`ErrorKind`](crate::runtime::ErrorKind).
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E, T>(request: Request<E, kind::Maybe<T>>) -> Result<(), Error>
    /// # where T: serde::de::DeserializeOwned + Send + 'static {
    /// match request.send().await?.into_inner() {
    ///     Some(_) => println!("a value"),
    ///     None => println!("nothing"),
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn send(self) -> Result<Response<Option<T>>, Error> {
        maybe(self.begin()).await
    }

    /// As `send`, and decodes the response as a type of the caller's: one with fewer fields is decoded faster.
    ///
    /// # Errors
    ///
    /// As `send`.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E, T>(request: Request<E, kind::Maybe<T>>) -> Result<(), Error>
    /// # where T: serde::de::DeserializeOwned + Send + 'static {
    /// let value = request.send_as::<serde_json::Value>().await?;
    /// println!("{:?}", *value);
    /// # Ok(()) }
    /// ```
    pub async fn send_as<U: DeserializeOwned>(self) -> Result<Response<Option<U>>, Error> {
        maybe(self.begin()).await
    }
}

/// # Sending the request
///
/// `.await` on the request is the same as `.send().await`.
impl<E> Request<E, kind::Flag> {
    /// Sends the request; the value is true for an answer without content (204), and false if the server answers
    /// 404. GitHub also answers 404 for anything the token cannot see.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server was not reached, or the response has another error
    /// status, or is a 404 that is not of the API, such as a page of a proxy: see
    /// [`ErrorKind`](crate::runtime::ErrorKind).
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E>(request: Request<E, kind::Flag>) -> Result<(), Error> {
    /// if *request.send().await? {
    ///     println!("yes");
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn send(self) -> Result<Response<bool>, Error> {
        flag(self.begin()).await
    }
}

/// # Sending the request
///
/// `.await` on the request is the same as `.send().await`.
impl<E, T: ByStatus + Send + 'static> Request<E, kind::Several<T>> {
    /// Sends the request and decodes the response as the variant of its status.
    ///
    /// # Errors
    ///
    /// An argument was refused (then nothing is sent), the server was not reached, the response has an error
    /// status, or it cannot be decoded: see [`ErrorKind`](crate::runtime::ErrorKind).
    ///
    /// ```no_run
    #[doc = uses!("{ByStatus, Error, Request, kind}")]
    /// # async fn run<E, T>(request: Request<E, kind::Several<T>>) -> Result<(), Error>
    /// # where T: ByStatus + Send + 'static {
    /// let answer = request.send().await?;
    /// println!("{}", answer.meta().status());
    /// # Ok(()) }
    /// ```
    pub async fn send(self) -> Result<Response<T>, Error> {
        several(self.begin()).await
    }
}

/// # Decoding into another type
impl<E, T: ByStatus + Send + 'static> Request<E, kind::Several<T>> {
    /// As `send`, and decodes the response of each status as a type of the caller's; `None` if it has no body.
    ///
    /// # Errors
    ///
    /// As `send`.
    ///
    /// ```no_run
    #[doc = uses!("{ByStatus, Error, Request, kind}")]
    /// # async fn run<E, T>(request: Request<E, kind::Several<T>>) -> Result<(), Error>
    /// # where T: ByStatus + Send + 'static {
    /// let value = request.send_as::<serde_json::Value>().await?;
    /// println!("{:?}", *value);
    /// # Ok(()) }
    /// ```
    pub async fn send_as<U: DeserializeOwned>(self) -> Result<Response<Option<U>>, Error> {
        maybe(self.begin()).await
    }
}

/// # Decoding into another type
impl<E, T: DeserializeOwned + Send + 'static> Request<E, kind::One<T>> {
    /// As `send`, and decodes the response as a type of the caller's: one with fewer fields is decoded faster.
    ///
    /// # Errors
    ///
    /// As `send`.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E, T>(request: Request<E, kind::One<T>>) -> Result<(), Error>
    /// # where T: serde::de::DeserializeOwned + Send + 'static {
    /// let value = request.send_as::<serde_json::Value>().await?;
    /// println!("{}", value["id"]);
    /// # Ok(()) }
    /// ```
    pub async fn send_as<U: DeserializeOwned>(self) -> Result<Response<U>, Error> {
        self.begin()?.json().await
    }
}

/// # Decoding into another type
impl<E, P: DeserializeOwned + Send + 'static> Request<E, kind::List<P>> {
    /// As `send`, and decodes the page as a type of the caller's: one with fewer fields is decoded faster.
    ///
    /// # Errors
    ///
    /// As `send`.
    ///
    /// ```no_run
    #[doc = uses!("{Error, Request, kind}")]
    /// # async fn run<E, P>(request: Request<E, kind::List<P>>) -> Result<(), Error>
    /// # where P: serde::de::DeserializeOwned + Send + 'static {
    /// let page = request.send_as::<serde_json::Value>().await?;
    /// println!("{}", page["total_count"]);
    /// # Ok(()) }
    /// ```
    pub async fn send_as<U: DeserializeOwned>(self) -> Result<Response<U>, Error> {
        self.begin()?.json().await
    }
}

macro_rules! into_future {
    ($([$($generic:tt)*] $kind:ty => $value:ty, $send:ident;)*) => {$(
        impl<E, $($generic)*> IntoFuture for Request<E, $kind> {
            type Output = Result<Response<$value>, Error>;
            type IntoFuture = Sending<Response<$value>>;

            fn into_future(self) -> Self::IntoFuture {
                Sending::new($send(self.begin()))
            }
        }
    )*};
}
into_future! {
    [] kind::Empty => (), empty;
    [T: DeserializeOwned + Send + 'static] kind::Maybe<T> => Option<T>, maybe;
    [] kind::Flag => bool, flag;
    [T: ByStatus + Send + 'static] kind::Several<T> => T, several;
}

// The part of sending that does not depend on the operation.

async fn empty(call: Result<Call, Error>) -> Result<Response<()>, Error> {
    let call = call?;
    let reply = call.send(call.url()?, &Expected::Json).await?;
    Ok(Response::new((), reply.meta))
}

async fn maybe<T: DeserializeOwned>(
    call: Result<Call, Error>,
) -> Result<Response<Option<T>>, Error> {
    let call = call?;
    let Reply { meta, body, span, .. } = call.send(call.url()?, &Expected::Json).await?;
    match body.into_bytes() {
        nothing if nothing.is_empty() => Ok(Response::new(None, meta)),
        body => {
            let (value, meta) = call.decode::<T>(meta, &body, &span)?.into_parts();
            Ok(Response::new(Some(value), meta))
        }
    }
}

async fn flag(call: Result<Call, Error>) -> Result<Response<bool>, Error> {
    let call = call?;
    let Reply { meta, body, span, .. } = call.send(call.url()?, &Expected::YesOrNo).await?;
    if meta.status() != StatusCode::NOT_FOUND {
        return Ok(Response::new(true, meta));
    }
    let body = body.into_bytes();
    // A proxy, or a host that is not the API, answers 404 with a page.
    if body.is_empty() || serde_json::from_slice::<serde_json::Value>(&body).is_ok() {
        return Ok(Response::new(false, meta));
    }
    let body = ErrorBody::read(body, &call.settings.token.secrets());
    let cause = Cause::Status { of_content: false, hint: None, retry_at: None, body };
    let error = call.error(Error::from(cause).with_meta(meta));
    span.fails(&error);
    Err(error)
}

async fn several<T: ByStatus>(call: Result<Call, Error>) -> Result<Response<T>, Error> {
    let call = call?;
    let Reply { meta, body, span, .. } = call.send(call.url()?, &Expected::Json).await?;
    let body = body.into_bytes();
    match T::by_status(meta.status().as_u16(), &body) {
        Ok(value) => Ok(Response::new(value, meta)),
        Err(failure) => {
            let fault = failure.explained(&meta, &body);
            let error = call.error(Error::from(Cause::Decode(fault)).with_meta(meta));
            span.fails(&error);
            Err(error)
        }
    }
}
