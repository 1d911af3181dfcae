//! Time and allocations of decoding, of a call and of a log, over the public API alone.
//!
//! `cargo bench --package github-workflow-jobs`, with part of a name to select.

#![expect(clippy::expect_used, reason = "a bench whose setup fails stops the run")]

mod control;
mod decode;
mod jobs;
mod log;
mod server;
mod tail;

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

/// A client of a new loopback server, and the runtime that it runs on.
fn connect(routes: Routes) -> (Runtime, RepoClient) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("the port is known"));
    thread::spawn(move || server::serve(&listener, routes));
    let client = Client::builder().api_url(url).token("token").build().expect("builds a client");
    // One thread: the allocations of a call are counted on the thread that runs the bench.
    let runtime = Builder::new_current_thread().enable_all().build().expect("builds a runtime");
    (runtime, client.repo("octo-org/octo-repo").expect("names a repository"))
}
