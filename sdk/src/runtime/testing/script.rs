//! The script of a server: which request gets which reply.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use reqwest::Body;
use tokio::time::sleep;

use crate::runtime::client::Client;
use crate::runtime::client::builder::ClientBuilder;
use crate::runtime::request::operation::{Endpoint, Operation};
use crate::runtime::response::error::{Cause, Error, Failure};
use crate::runtime::settings::transport::{Scripted, Via};
use crate::runtime::testing::body::ScriptedBody;
use crate::runtime::testing::reply::{Reply, Response, Then};
use crate::runtime::url::Url;

/// The host of content in a script.
const CONTENT: &str = "https://content.example.com/";

/// Script of a server: it replies to the requests of its clients, and records them. No socket is used.
///
/// The first rule that fits a request and has a reply left is used. A request without one fails with
/// [`ErrorKind::Config`](crate::ErrorKind::Config) and a message that names it.
///
/// Clones share the rules and the record.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    received: Vec<Received>,
    /// The content behind the redirects so far.
    contents: Vec<Response>,
}

struct Rule {
    operation: Option<&'static str>,
    method: Method,
    /// The path, with any text in place of a segment `{..}`.
    path: String,
    replies: Replies,
}

enum Replies {
    Always(Reply),
    Each(VecDeque<Reply>),
    By(Box<dyn FnMut(&Received) -> Reply + Send>),
}

/// Request that a script received. Requests for content behind a redirect are not recorded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The id of the operation, if a rule names it.
    pub operation: Option<&'static str>,
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL of the API, as it was sent.
    pub path: String,
    /// The parameters of the query, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// The headers. That of the token is among them.
    pub headers: HeaderMap,
}

impl Received {
    /// The value of a parameter of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
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
        self.rule(&E::OPERATION, Replies::Always(reply))
    }

    /// The first request of the operation gets the first reply, and so on; each reply is used once.
    pub fn in_order<E: Endpoint>(self, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.rule(&E::OPERATION, Replies::Each(replies.into_iter().collect()))
    }

    /// The function replies to the requests of the operation. It must not use the script.
    pub fn by<E: Endpoint>(self, reply: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        self.rule(&E::OPERATION, Replies::By(Box::new(reply)))
    }

    /// The function replies to GET requests of a path below the base URL of the API, for operations that this crate has
    /// no method for. A segment in braces stands for any text: `/repos/{owner}/{repo}`.
    pub fn by_path(
        self,
        path: &str,
        reply: impl FnMut(&Received) -> Reply + Send + 'static,
    ) -> Self {
        let (path, replies) = (path.to_owned(), Replies::By(Box::new(reply)));
        self.add(Rule { operation: None, method: Method::GET, path, replies })
    }

    fn rule(self, operation: &Operation, replies: Replies) -> Self {
        let (method, path) = (operation.method().clone(), operation.path().to_owned());
        self.add(Rule { operation: Some(operation.id()), method, path, replies })
    }

    fn add(self, rule: Rule) -> Self {
        self.state().rules.push(rule);
        self
    }
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

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// The replies of [`in_order`](Self::in_order) that are left: for each, the id of its operation.
    pub fn unused(&self) -> Vec<&'static str> {
        let state = self.state();
        let left = state.rules.iter().flat_map(|rule| match &rule.replies {
            Replies::Each(left) => vec![rule.operation.unwrap_or_default(); left.len()],
            Replies::Always(_) | Replies::By(_) => Vec::new(),
        });
        left.collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A function of the test that panicked has failed its test.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The reply to a request for the API.
    fn reply(&mut self, mut received: Received) -> Result<Reply, Error> {
        for rule in &mut self.rules {
            if rule.method != received.method || !fits(&rule.path, &received.path) {
                continue;
            }
            received.operation = rule.operation;
            let reply = match &mut rule.replies {
                Replies::Always(reply) => Some(reply.clone()),
                Replies::Each(left) => left.pop_front(),
                Replies::By(function) => Some(function(&received)),
            };
            if let Some(reply) = reply {
                self.received.push(received);
                return Ok(reply);
            }
        }
        let name = received.operation.map_or(String::new(), |id| format!(" ({id})"));
        let what =
            format!("the script has no reply for {} {}{name}", received.method, received.path);
        self.received.push(received);
        Err(Error::config(what))
    }

    /// The content at a URL of an earlier redirect.
    fn content(&self, url: &Url) -> Option<Response> {
        let number: usize = url.path().strip_prefix('/')?.parse().ok()?;
        self.contents.get(number).cloned()
    }
}

impl Scripted for Script {
    fn send(
        &self,
        via: Via,
        request: http::Request<Body>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, Error>> {
        let script = self.clone();
        Box::pin(async move {
            let (parts, _) = request.into_parts();
            let url = Url::parse(&parts.uri.to_string());
            let Ok(url) = url else { return Err(unreachable(&parts.uri.to_string())) };
            let reply = match via {
                Via::Api => script.state().reply(Received {
                    operation: None,
                    method: parts.method,
                    path: url.path().strip_prefix("/api/v3").unwrap_or(url.path()).to_owned(),
                    query: url
                        .query_pairs()
                        .map(|(name, value)| (name.into(), value.into()))
                        .collect(),
                    headers: parts.headers,
                })?,
                Via::Content => match script.state().content(&url) {
                    Some(content) => Then::Response(content).into(),
                    None => Reply::not_found(),
                },
            };
            sleep(reply.delay).await;
            let response = match reply.then {
                Then::Response(response) => response,
                Then::Content(content) => {
                    let mut state = script.state();
                    state.contents.push(content);
                    Reply::to_content(&format!(
                        "{CONTENT}{}?signature=test",
                        state.contents.len() - 1
                    ))
                }
                Then::Unreachable => return Err(unreachable(url.host_str().unwrap_or_default())),
                Then::Silence => std::future::pending().await,
            };
            Ok(on_the_wire(response))
        })
    }
}

fn on_the_wire(response: Response) -> http::Response<Body> {
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
