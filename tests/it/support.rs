//! The loopback server of the tests, and the files of the project.

pub mod tls;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::{Client, ClientBuilder};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use xtask::pipeline::Description;

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The text of a file of the project.
#[track_caller]
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a folder of the project, sorted.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// The trimmed descriptions of all pinned servers.
pub fn descriptions() -> &'static [Description] {
    static ALL: LazyLock<Vec<Description>> =
        LazyLock::new(|| xtask::workspace::inputs(root()).unwrap().descriptions);
    &ALL
}

/// The trimmed description of a pinned server.
#[track_caller]
pub fn description(server: &str) -> Value {
    let found = descriptions().iter().find(|one| one.server == server);
    found.unwrap_or_else(|| panic!("{server} is not pinned")).document.clone()
}

/// A request as the server received it.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    /// The body, with the length in `content-length`.
    pub body: Vec<u8>,
}

impl Received {
    /// The values of a header, in order.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let same = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, value)| value.as_str()).collect()
    }
}

/// One action of the server on a connection, after it has read a request.
#[derive(Clone)]
pub enum Step {
    Bytes(Vec<u8>),
    Wait(Duration),
    /// Sends nothing until the client closes the connection.
    Hold,
    /// Reads another request from the same connection.
    Again,
}

/// An answer, as a series of bytes and pauses.
#[derive(Clone)]
pub struct Answer(Vec<Step>);

impl Answer {
    /// A complete answer with a JSON body.
    pub fn json(status: u16, body: &str) -> Self {
        Self::with(status, &["content-type: application/json; charset=utf-8"], body)
    }

    /// A complete answer with these headers.
    pub fn with(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
        for header in headers {
            head += &format!("{header}\r\n");
        }
        head += "connection: close\r\n\r\n";
        Self::raw([head.as_bytes(), body].concat())
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::with(status, &[&format!("location: {location}")], "")
    }

    /// These bytes and nothing else.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self(vec![Step::Bytes(bytes.into())])
    }

    /// No byte, on an open connection.
    pub fn silence() -> Self {
        Self(vec![Step::Hold])
    }

    /// Adds a step.
    pub fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}

/// A loopback server that records the requests it receives. A request that the test does not expect gets
/// a 500 with a message about it.
pub struct Server {
    pub url: String,
    /// The URL without the path of the API.
    pub origin: String,
    received: Arc<Mutex<Vec<Received>>>,
    /// The number of connections that the client has closed during a [`Step::Hold`].
    pub left: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Starts a server that gives each of the answers once.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        let unexpected =
            Answer::json(500, r#"{"message":"the test does not expect this request"}"#);
        Self::serve(move |index, _| answers.get(index).unwrap_or(&unexpected).clone()).await
    }

    /// Starts a server with a function that gets the index of a request and the request.
    pub async fn serve(
        answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::listen(None, answer).await
    }

    /// As [`serve`](Self::serve), over https if there is an acceptor of TLS.
    async fn listen(
        tls: Option<TlsAcceptor>,
        answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let origin = format!("{scheme}://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(AtomicUsize::new(0));
        let connections = Arc::new(AtomicUsize::new(0));
        let (log, gone, answer) = (Arc::clone(&received), Arc::clone(&left), Arc::new(answer));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (log, gone, answer) =
                    (Arc::clone(&log), Arc::clone(&gone), Arc::clone(&answer));
                let tls = tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => connection(stream, &log, &gone, &*answer).await,
                        Some(tls) => {
                            // The client may refuse the certificate, and the server that of the client.
                            let Ok(stream) = tls.accept(stream).await else { return };
                            connection(stream, &log, &gone, &*answer).await;
                        }
                    }
                });
            }
        });
        Self { url: format!("{origin}/api/v3"), origin, received, left, connections }
    }

    /// A client of this server, with a token.
    pub fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// The builder of a client of this server, with a token.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder().api_url(&self.url).token("ghp_canary")
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The number of requests so far.
    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// The number of connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The only request.
    #[track_caller]
    pub fn only(&self) -> Received {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:?}");
        received.into_iter().next().unwrap()
    }
}

async fn connection(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    log: &Mutex<Vec<Received>>,
    gone: &AtomicUsize,
    answer: &(dyn Fn(usize, &Received) -> Answer + Send + Sync),
) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let mut request = parse(&String::from_utf8(head).unwrap());
        let length = request.header("content-length").first().and_then(|text| text.parse().ok());
        request.body.resize(length.unwrap_or_default(), 0);
        if stream.read_exact(&mut request.body).await.is_err() {
            return;
        }
        let index = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let mut again = false;
        for step in answer(index, &request).0 {
            match step {
                // The client may close the connection early.
                Step::Bytes(bytes) => drop(stream.write_all(&bytes).await),
                Step::Wait(time) => tokio::time::sleep(time).await,
                Step::Hold => {
                    let mut rest = Vec::new();
                    let _ = stream.read_to_end(&mut rest).await;
                    gone.fetch_add(1, Ordering::SeqCst);
                }
                Step::Again => again = true,
            }
        }
        if !again {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

fn parse(head: &str) -> Received {
    let mut lines = head.lines();
    let mut start = lines.next().unwrap().split(' ');
    let headers = lines.filter_map(|line| line.split_once(": "));
    Received {
        method: start.next().unwrap().to_owned(),
        target: start.next().unwrap().to_owned(),
        headers: headers.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        body: Vec::new(),
    }
}

/// The first difference of two values under a schema, as `$.jobs[0].name: expected "a", got "b"`.
///
/// A missing nullable property equals null, a missing list, or null, equals an empty one, times compare as
/// instants, and unknown properties may be lost.
pub fn difference(
    expected: &Value,
    got: &Value,
    schema: &Value,
    document: &Value,
) -> Option<String> {
    differ("$", expected, got, schema, document)
}

fn differ(
    at: &str,
    expected: &Value,
    got: &Value,
    schema: &Value,
    document: &Value,
) -> Option<String> {
    let inherits = schema["allOf"][0]["$ref"].as_str().or(schema["$ref"].as_str());
    let resolved = match inherits {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let difference = || Some(format!("{at}: expected {expected}, got {got}"));
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) if resolved["properties"].is_object() => {
            let properties = resolved["properties"].as_object().unwrap();
            if let Some(key) = got.keys().find(|key| !properties.contains_key(*key)) {
                return Some(format!(
                    "{at}.{key}: was encoded, but the schema has no such property"
                ));
            }
            properties.iter().find_map(|(key, property)| {
                let absent = match &property["type"] {
                    _ if property["nullable"] == true => Value::Null,
                    list if list == "array" => Value::Array(Vec::new()),
                    // No JSON value equals a missing property: it must be missing in both.
                    _ => Value::from("left out"),
                };
                // Null for an optional value or a list is as if it were missing.
                let is_empty = |value: &&Value| value.is_null() && property["nullable"] != true;
                let sent = expected.get(key).filter(|value| !is_empty(value));
                let (a, b) = (sent.unwrap_or(&absent), got.get(key).unwrap_or(&absent));
                if a == b {
                    return None;
                }
                differ(&format!("{at}.{key}"), a, b, property, document)
            })
        }
        (Value::Array(expected), Value::Array(got)) => {
            if expected.len() != got.len() {
                return difference();
            }
            let items = expected.iter().zip(got).enumerate();
            let mut items = items.map(|(index, (a, b))| {
                differ(&format!("{at}[{index}]"), a, b, &resolved["items"], document)
            });
            items.find_map(|found| found)
        }
        (Value::String(a), Value::String(b)) if resolved["format"] == "date-time" => {
            let instant = |text: &str| text.parse::<Timestamp>().unwrap();
            if instant(a) == instant(b) { None } else { difference() }
        }
        (a, b) => {
            if a == b {
                None
            } else {
                difference()
            }
        }
    }
}

/// The sha-256 of bytes, in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;

    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
