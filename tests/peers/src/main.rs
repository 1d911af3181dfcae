//! Measures the SDK against its peers, in turns, on the same bytes from one loopback server, and prints
//! one table.
//!
//! The same program is the server (`peers serve`) and each case (`peers case WORK PEER URL`), so that
//! CPU time and memory are those of one client alone.

mod answers;
mod build;
mod case;
mod cost;
#[path = "../../../sdk/benches/speed/jobs.rs"]
mod jobs;
#[path = "../../../sdk/benches/speed/log.rs"]
mod log;
#[path = "../../../sdk/benches/speed/server.rs"]
mod server;
mod table;

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::runtime::Runtime;

use crate::case::{JOBS, LOG_MEBIBYTES, PEERS, WORKS, Work, measure};
use crate::server::{Answer, Routes};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print!("{}{}{}", table::HEAD, table::calls()?, table::builds()?),
        ["answers"] => print!("{}", runtime()?.block_on(answers::table())?),
        ["calls"] => print!("{}{}", table::HEAD, table::calls()?),
        ["builds"] => print!("{}{}", table::HEAD, table::builds()?),
        ["serve"] => serve()?,
        ["case", work, peer, url] => {
            let work = WORKS.into_iter().find(|one| format!("{one:?}") == work);
            let peer = PEERS.into_iter().find(|one| format!("{one:?}") == peer);
            let (Some(work), Some(peer)) = (work, peer) else { return Err("no such case".into()) };
            println!("{}", runtime()?.block_on(measure(work, peer, url))?);
        }
        _ => return Err("usage: cargo run --release [answers | calls | builds]".into()),
    }
    Ok(())
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The server, in a process of its own; it ends with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?);
        let mut child = child.arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
        Ok(Self { child, url: url.trim_end().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves every work's answer, and prints the URL of the API first.
fn serve() -> Result<()> {
    let json = "content-type: application/json\r\n";
    let page = jobs::page(JOBS);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&page)?;
    let gzip = gzip.finish()?;
    let job = jobs::job(&mut fastrand::Rng::with_seed(11)).to_string().into_bytes();
    let encoded = format!("{json}content-encoding: gzip\r\n");
    let log = Answer::new("content-type: text/plain\r\n", log::mebibyte(), LOG_MEBIBYTES);
    let routes: Routes = [
        (Work::Page.path(), Answer::new(json, page, 1)),
        (Work::GzipPage.path(), Answer::new(&encoded, gzip, 1)),
        (Work::Job.path(), Answer::new(json, job, 1)),
        (Work::Log.path(), Answer::redirect("/log")),
        ("/log".to_owned(), log),
    ]
    .into();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    server::serve(&listener, routes);
    Ok(())
}
