//! How the data of a request is sent, and what its answer becomes.

use http::{HeaderValue, StatusCode};
use reqwest::Url;
use serde::de::DeserializeOwned;

use crate::runtime::args::input::InvalidInput;
use crate::runtime::http::exchange::{Body, Reply, Wanted, exchange};
use crate::runtime::http::redirect::SignedUrl;
use crate::runtime::request::data::Data;
use crate::runtime::response::Response;
use crate::runtime::response::decode;
use crate::runtime::response::error::{Error, ErrorKind, Unavailable};

impl Data {
    /// Sends the request, and decodes the answer.
    pub(crate) async fn send<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let data = self.begin()?;
        let reply = data.exchange(data.url()?, Wanted::Json).await?;
        data.decode(reply)
    }

    /// As [`send`](Self::send), if the answer is not the one with this ETag.
    pub(crate) async fn send_if_changed<T: DeserializeOwned>(
        self,
        etag: Option<String>,
    ) -> Result<Option<Response<T>>, Error> {
        let Some(etag) = etag else { return self.send().await.map(Some) };
        let mut data = self.begin()?;
        let condition = HeaderValue::try_from(etag);
        let condition =
            condition.map_err(|_| InvalidInput::new("the ETag is not a valid header value"))?;
        data.condition = Some(condition);
        let reply = data.exchange(data.url()?, Wanted::JsonIfChanged).await?;
        if reply.meta.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        data.decode(reply).map(Some)
    }

    /// Sends the request, and gives where the answer redirects to.
    pub(crate) async fn location(self) -> Result<SignedUrl, Error> {
        let data = self.begin()?;
        let id = data.operation.id();
        let reply = data.exchange(data.url()?, Wanted::Redirect).await?;
        match reply.body {
            Body::Read(_) => SignedUrl::from_location(id, &reply.url, reply.meta),
            Body::Open(_) => {
                let status = reply.meta.status();
                let what = format!(
                    "{id}: the server answered {status} with the content itself, not with a redirect \
                     to it: use stream()"
                );
                Err(Error::new(ErrorKind::Redirect, what).with_meta(reply.meta))
            }
        }
    }

    /// One exchange with the API, with all that the client does for it.
    pub(crate) async fn exchange(&self, url: Url, wanted: Wanted) -> Result<Reply, Error> {
        let reply = exchange(self, url, wanted).await;
        reply.map_err(|error| if wanted == Wanted::Redirect { gone(error) } else { error })
    }

    /// Decodes the body of an answer.
    pub(crate) fn decode<T: DeserializeOwned>(&self, reply: Reply) -> Result<Response<T>, Error> {
        let decoded = decode::decode(self.operation.id(), reply.meta, reply.body.as_bytes());
        decoded.inspect_err(|error| reply.span.fails(error))
    }
}

/// The API's own word that the content is gone.
fn gone(error: Error) -> Error {
    if error.status() == Some(StatusCode::GONE) && error.kind() == ErrorKind::Status {
        return error.into_kind(ErrorKind::Unavailable).with_unavailable(Unavailable::Gone);
    }
    error
}
