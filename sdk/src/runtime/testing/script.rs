//! The script of a server: which request gets which reply.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use reqwest::Body;
use tokio::time::sleep;

use crate::runtime::client::Client;
use crate::runtime::client::builder::ClientBuilder;
use crate::runtime::request::operation::Endpoint;
use crate::runtime::response::error::{Cause, Error, Failure};
use crate::runtime::settings::transport::{Scripted, Via};
use crate::runtime::testing::body::ScriptedBody;
use crate::runtime::testing::reply::{Reply, Response, Then};
use crate::runtime::url::{Url, host_and_port};

/// The host of content in a script.
const CONTENT: &str = "https://content.example.com/";

/// Script of a server: it replies to the requests of its clients, and records them. No socket is used.
///
/// A request gets the next reply of [`in_order`](Self::in_order) for its operation. After these, the newest of the other
/// rules for it applies. A request without a rule fails with [`ErrorKind::Config`](crate::ErrorKind::Config) and a
/// message that names it. A retry is a request of its own.
///
/// Clones share the rules and the record.
#[derive(Clone, Default)]
#[must_use = "a script does nothing without a client"]
pub struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    in_order: Vec<(&'static str, VecDeque<Reply>)>,
    rules: Vec<(Requests, Source)>,
    received: Vec<Received>,
    received_content: Vec<Received>,
    /// The content behind the redirects so far.
    contents: Vec<Response>,
}

/// The requests that a rule is for.
enum Requests {
    Of(&'static str),
    /// GET requests of a path.
    To(String),
}

type Function = Box<dyn FnMut(&Received) -> Reply + Send>;

/// The source of the replies of a rule. A function is called without the lock of the script, so that it can use the
/// script.
#[derive(Clone)]
enum Source {
    Always(Reply),
    By(Arc<Mutex<Function>>),
}

/// Request that a script received.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The id of the operation.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path as it was sent, without `/api/v3`.
    pub path: String,
    /// The parameters of the query, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// The headers. That of the token is among them.
    pub headers: HeaderMap,
    /// The body; empty if there is none, or if it is a stream.
    pub body: Bytes,
}

impl Received {
    /// The value of a parameter of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn new(operation: &'static str, url: &Url, request: http::Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        let path = url.path().split_once("/api/v3").map_or(url.path(), |(_, path)| path);
        Self {
            operation,
            method: parts.method,
            path: path.to_owned(),
            query: url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect(),
            headers: parts.headers,
            body: Bytes::copy_from_slice(body.as_bytes().unwrap_or_default()),
        }
    }
}

/// # Rules
impl Script {
    /// A script without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every request of the operation gets this reply.
    pub fn on<E: Endpoint>(self, reply: Reply) -> Self {
        self.rule(Requests::Of(E::OPERATION.id()), Source::Always(reply))
    }

    /// The function replies to the requests of the operation.
    pub fn on_with<E: Endpoint>(
        self,
        reply: impl FnMut(&Received) -> Reply + Send + 'static,
    ) -> Self {
        self.rule(Requests::Of(E::OPERATION.id()), by(reply))
    }

    /// The first request of the operation gets the first reply, and so on; each reply is used once.
    pub fn in_order<E: Endpoint>(self, replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies = replies.into_iter().collect();
        self.state().in_order.push((E::OPERATION.id(), replies));
        self
    }

    /// The function replies to GET requests of a path, for operations that this crate has no method for. A segment in
    /// braces matches any text: `/repos/{owner}/{repo}`.
    pub fn on_path_with(
        self,
        path: &str,
        reply: impl FnMut(&Received) -> Reply + Send + 'static,
    ) -> Self {
        self.rule(Requests::To(path.to_owned()), by(reply))
    }

    fn rule(self, requests: Requests, source: Source) -> Self {
        self.state().rules.push((requests, source));
        self
    }
}

fn by(reply: impl FnMut(&Received) -> Reply + Send + 'static) -> Source {
    Source::By(Arc::new(Mutex::new(Box::new(reply))))
}

/// # Clients and record
impl Script {
    /// A client of this script, with a token.
    ///
    /// # Panics
    ///
    /// Never: its configuration is valid.
    #[expect(clippy::expect_used, reason = "the configuration is a constant")]
    pub fn client(&self) -> Client {
        self.builder().build().expect("the configuration of a scripted client is valid")
    }

    /// The configuration of a client of this script, for other settings: `https://ghes.example.com` and a token. The
    /// settings of connections have no effect.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder()
            .host("ghes.example.com")
            .token("token-of-a-test")
            .scripted(Arc::new(self.clone()))
    }

    /// The requests to the API so far.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// The requests for content behind a redirect so far.
    pub fn received_content(&self) -> Vec<Received> {
        self.state().received_content.clone()
    }

    /// The replies of [`in_order`](Self::in_order) that are left: for each, the id of its operation.
    pub fn unused(&self) -> Vec<&'static str> {
        let state = self.state();
        let left = state.in_order.iter();
        left.flat_map(|(operation, left)| vec![*operation; left.len()]).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A function of the test that panicked has failed its test.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reply to a request to the API.
    fn reply(&self, received: Received) -> Result<Reply, Error> {
        let source = {
            let mut state = self.state();
            state.received.push(received.clone());
            state.source(&received)
        };
        match source {
            Some(Source::Always(reply)) => Ok(reply),
            Some(Source::By(function)) => {
                let mut function = function.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(function(&received))
            }
            None => Err(Error::config(format!(
                "the script has no reply for {} {}",
                received.method, received.path
            ))),
        }
    }

    /// The response to a request for content.
    fn content(&self, url: &Url, received: Received) -> Reply {
        let mut state = self.state();
        state.received_content.push(received);
        let number = url.path().strip_prefix('/').and_then(|path| path.parse::<usize>().ok());
        let content = number.and_then(|number| state.contents.get(number));
        content.map_or_else(Reply::not_found, |content| Then::Response(content.clone()).into())
    }

    /// The redirect to content.
    fn redirect(&self, content: Response) -> Response {
        let mut state = self.state();
        state.contents.push(content);
        Reply::to_content(&format!("{CONTENT}{}?signature=test", state.contents.len() - 1))
    }

    async fn answer(
        self,
        via: Via,
        operation: &'static str,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, Error> {
        let text = request.uri().to_string();
        let Ok(url) = Url::parse(&text) else { return Err(unreachable(&text)) };
        let received = Received::new(operation, &url, request);
        let reply = match via {
            Via::Api => self.reply(received)?,
            Via::Content => self.content(&url, received),
        };
        if let Some(fault) = reply.fault {
            return Err(Error::config(format!("the reply of the script for {operation}: {fault}")));
        }
        sleep(reply.delay).await;
        match reply.then {
            Then::Response(response) => Ok(on_the_wire(response)),
            Then::Content(content) => Ok(on_the_wire(self.redirect(content))),
            Then::Unreachable => Err(unreachable(&host_and_port(&url))),
            Then::Silence => std::future::pending().await,
        }
    }
}

impl State {
    /// The next reply to a request, or the rule for it.
    fn source(&mut self, received: &Received) -> Option<Source> {
        let mut in_order = self.in_order.iter_mut();
        let left = in_order.find(|(id, left)| *id == received.operation && !left.is_empty());
        if let Some(reply) = left.and_then(|(_, left)| left.pop_front()) {
            return Some(Source::Always(reply));
        }
        let fits = |requests: &Requests| match requests {
            Requests::Of(operation) => *operation == received.operation,
            Requests::To(path) => received.method == Method::GET && fits(path, &received.path),
        };
        let rule = self.rules.iter().rev().find(|(requests, _)| fits(requests));
        rule.map(|(_, source)| source.clone())
    }
}

impl Scripted for Script {
    fn send(
        &self,
        via: Via,
        operation: &'static str,
        request: http::Request<Body>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, Error>> {
        Box::pin(self.clone().answer(via, operation, request))
    }
}

fn on_the_wire(mut response: Response) -> http::Response<Body> {
    // HTTP has no body with these statuses.
    if matches!(response.status.as_u16(), 204 | 304) {
        (response.parts, response.length) = (Vec::new(), 0);
    }
    let headers = response.headers();
    let body = Body::wrap(ScriptedBody::new(response.parts, response.length));
    let mut wire = http::Response::new(body);
    *wire.status_mut() = response.status;
    *wire.headers_mut() = headers;
    wire
}

fn unreachable(server: &str) -> Error {
    let source = io::Error::from(io::ErrorKind::ConnectionRefused);
    let server = server.to_owned();
    let cause = Cause::Transport {
        failure: Failure::Connect,
        server,
        received: None,
        source: Some(source.into()),
    };
    cause.into()
}

/// True if the path has the form of the template.
fn fits(template: &str, path: &str) -> bool {
    let is_any = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    let (expected, segments) = (template.split('/'), path.split('/'));
    expected.clone().count() == segments.clone().count()
        && expected.zip(segments).all(|(expected, segment)| is_any(expected) || expected == segment)
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("received", &self.state().received.len())
            .finish_non_exhaustive()
    }
}
