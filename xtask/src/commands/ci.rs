//! `cargo xtask ci`: the checks of the job `CI`, the fastest first.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{contract, generate};
use crate::artifact::Mode;

/// Runs the checks of the job `CI` except `cargo test --workspace`, which `.ci/run` runs afterwards.
///
/// # Errors
///
/// The first check that fails.
pub fn ci(root: &Path, cargo: &str) -> Result<()> {
    let cargo_with = |what: &str, arguments: &[&str], rustdoc: Option<&str>| -> Result<()> {
        println!("ci: {what}");
        let mut command = Command::new(cargo);
        command.current_dir(root).args(arguments);
        if let Some(flags) = rustdoc {
            command.env("RUSTDOCFLAGS", flags);
        }
        let status = command.status().with_context(|| format!("cannot run {what}"))?;
        ensure!(
            status.success(),
            "{what} failed: {status}; to repeat this check: cargo {}",
            arguments.join(" ")
        );
        Ok(())
    };
    cargo_with("format", &["fmt", "--all", "--check"], None)?;
    println!("ci: generate --check");
    generate::generate(root, Mode::Check)?;
    let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo_with("lints", &lints, None)?;
    // No TLS backend, each backend alone, all features together. Then the unit tests without features.
    for features in [
        "",
        "gzip,rustls-aws-lc",
        "http2,native-tls",
        "gzip,http2,native-tls,runs,rustls-aws-lc,rustls-ring,testing",
    ] {
        let what = format!("lints with the features [{features}]");
        let one =
            ["clippy", "--package", "github-workflow-jobs", "--no-default-features", "--features"];
        let one: Vec<_> = one.into_iter().chain([features, "--", "-D", "warnings"]).collect();
        cargo_with(&what, &one, None)?;
    }
    let bare =
        ["test", "--quiet", "--package", "github-workflow-jobs", "--no-default-features", "--lib"];
    cargo_with("unit tests without features", &bare, None)?;
    cargo_with("docs", &["doc", "--workspace", "--no-deps"], Some("-D warnings"))?;
    // A link to an item of a feature is broken in the docs without that feature.
    for features in [&[][..], &["--no-default-features", "--features", "runs"]] {
        let one = [&["doc", "--no-deps", "--package", "github-workflow-jobs"], features].concat();
        let what = format!("docs with the options {features:?}");
        cargo_with(&what, &one, Some("-D warnings"))?;
    }
    if contract::npm_is_installed() {
        println!("ci: contract");
        contract::contract(root, cargo)?;
    } else {
        println!("ci: npm is not installed; the contract test is skipped");
    }
    Ok(())
}
