//! `cargo xtask contract`: tests the SDK against Prism, a mock server, with a trimmed description.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "starts processes and waits for them"
)]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::program;
use crate::workspace;

/// Pinned, because the answers differ between versions.
const PRISM: &str = "@stoplight/prism-cli@5.15.11";

/// The time limit for the start of Prism.
const START: Duration = Duration::from_secs(60);

/// Runs the contract program against Prism with the base description and with the newest one, each with
/// the examples of the description and with random answers that fit its schemas.
///
/// # Errors
///
/// npm is not installed, Prism does not start, or the SDK cannot decode an answer.
pub fn contract(root: &Path, cargo: &str) -> Result<()> {
    ensure!(npm_is_installed(), "the contract test needs npm; install Node.js");
    let folder = root.join("target").join(PRISM.replace(['@', '/'], "-"));
    let prism = folder.join("node_modules/.bin/prism");
    if !prism.exists() {
        eprintln!("downloading {PRISM} with npm (kept in {})", folder.display());
        fs::create_dir_all(&folder)?;
        let mut npm = program::command("npm");
        npm.args([
            "install",
            "--ignore-scripts",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--silent",
            "--prefix",
        ])
        .arg(&folder);
        succeed(npm.arg(PRISM), "npm install")?;
    }
    // The servers between these two have no items of their own.
    let upstream = workspace::upstream(root)?;
    let newest = upstream.pins.last().map(|pin| pin.server.as_str());
    for server in [Some(upstream.base.as_str()), newest].into_iter().flatten() {
        let description = root.join(workspace::trimmed_file(upstream.trimmed(server)));
        for (mode, options) in [("examples", &[][..]), ("random", &["--dynamic"])] {
            println!("contract: {server}, {mode}");
            let (prism, port) = start(&prism, &description, options)?;
            let mut program = Command::new(cargo);
            program.current_dir(root);
            program.args(["run", "--quiet", "--package", "tests", "--bin", "contract", "--"]);
            program.args([&format!("http://127.0.0.1:{port}"), mode]);
            succeed(&mut program, "the contract program")?;
            drop(prism);
        }
    }
    Ok(())
}

/// True if npm can be run.
pub(super) fn npm_is_installed() -> bool {
    let npm = program::command("npm")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    npm.is_ok_and(|status| status.success())
}

/// A running server, stopped when the value is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail if the server has already stopped, which is fine.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(prism: &Path, description: &Path, options: &[&str]) -> Result<(Server, u16)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = program::command(&prism.display().to_string());
    command
        .args(["mock", "--host", "127.0.0.1", "--port", &port.to_string()])
        .args(options)
        .arg(description);
    let child =
        command.stdout(Stdio::null()).stdin(Stdio::null()).spawn().context("cannot start Prism")?;
    let mut server = Server(child);
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if let Some(status) = server.0.try_wait()? {
            bail!("Prism stopped before it was ready: {status}");
        }
        ensure!(start.elapsed() < START, "Prism is not ready after {START:?}");
        thread::sleep(Duration::from_millis(100));
    }
    Ok((server, port))
}

fn succeed(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {what}"))?;
    ensure!(status.success(), "{what} failed: {status}");
    Ok(())
}
