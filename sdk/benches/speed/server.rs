//! A loopback HTTP/1.1 server. It builds its answers before the first request, so it uses little time during a bench.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// The answers, each with its path (without the query).
pub(crate) type Routes = BTreeMap<String, Answer>;

/// A head and a body. The body is one block of bytes, sent several times.
pub(crate) struct Answer {
    head: String,
    block: Vec<u8>,
    times: usize,
}

impl Answer {
    /// A 200 with a body. Each header ends with CRLF.
    pub(crate) fn new(header: &str, block: Vec<u8>, times: usize) -> Self {
        let length = block.len() * times;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{header}\r\n");
        Self { head, block, times }
    }

    /// A 302 to another path of the server.
    pub(crate) fn redirect(path: &str) -> Self {
        let head = format!("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: {path}\r\n\r\n");
        Self { head, block: Vec::new(), times: 0 }
    }
}

/// Serves each connection on its own thread until the process ends.
pub(crate) fn serve(listener: &TcpListener, routes: Routes) {
    let routes = Arc::new(routes);
    for stream in listener.incoming().flatten() {
        let routes = Arc::clone(&routes);
        // The error of a closed connection is dropped; the server continues.
        thread::spawn(move || connection(stream, &routes).ok());
    }
}

fn connection(mut stream: TcpStream, routes: &Routes) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream.try_clone()?);
    while let Some(path) = request(&mut requests)? {
        let Some(answer) = routes.get(&path) else {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?;
            continue;
        };
        // The head and the first block are one write, as in a server with a buffer.
        let mut first = answer.head.clone().into_bytes();
        if answer.times > 0 {
            first.extend_from_slice(&answer.block);
        }
        stream.write_all(&first)?;
        for _ in 1..answer.times {
            stream.write_all(&answer.block)?;
        }
    }
    Ok(())
}

/// The path of the next request; `None` if the client has closed the connection.
fn request(requests: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if requests.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    Ok(target.split('?').next().map(str::to_owned))
}
