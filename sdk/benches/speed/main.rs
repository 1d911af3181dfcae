//! The time and the allocations of four tasks: decode a page, send a call, read a log, poll a run. Uses only the public
//! API.
//!
//! `cargo bench --package github-workflow-jobs NAME` runs the benches whose names contain `NAME`.

#![expect(clippy::expect_used, reason = "a bench cannot continue if its setup fails")]

mod control;
mod decode;
mod jobs;
mod log;
mod server;
mod tail;
mod watch;

use std::net::TcpListener;
use std::thread;

use divan::AllocProfiler;
use github_workflow_jobs::{Client, RepoClient};
use tokio::runtime::{Builder, Runtime};

use crate::server::Routes;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Starts a loopback server. Returns a runtime and a client of that server.
fn connect(routes: Routes) -> (Runtime, RepoClient) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("the port is known"));
    thread::spawn(move || server::serve(&listener, routes));
    let client = Client::builder().api_url(url).token("token").build().expect("builds a client");
    // One thread, because divan counts the allocations of the thread that runs the bench.
    let runtime = Builder::new_current_thread().enable_all().build().expect("builds a runtime");
    (runtime, client.repo("octo-org/octo-repo").expect("names a repository"))
}
