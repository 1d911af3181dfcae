//! Starts other programs (npm, git, Prism) without the credentials in the environment.

use std::env;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::untrusted::one_line;

/// The variables that are passed on, in lower case: folders, proxies and certificates.
///
/// This is a list of allowed names, because a variable with a secret can have any name.
const PASSED_ON: [&str; 33] = [
    // Folders of programs and of their files.
    "path",
    "pathext",
    "home",
    "userprofile",
    "appdata",
    "localappdata",
    "programdata",
    "programfiles",
    "systemroot",
    "systemdrive",
    "windir",
    "comspec",
    "tmp",
    "temp",
    "tmpdir",
    // Version managers: their `npm` is a script that searches for the real one.
    "asdf_data_dir",
    "asdf_dir",
    "fnm_dir",
    "mise_data_dir",
    "nvm_dir",
    "volta_home",
    // The network.
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "ssl_cert_file",
    "ssl_cert_dir",
    "git_ssl_cainfo",
    "node_extra_ca_certs",
    "npm_config_cafile",
    "npm_config_https_proxy",
    "npm_config_proxy",
    "npm_config_registry",
];

/// A command without credentials from the environment and without standard input.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let passed_on = env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_passed_on));
    command.env_clear().envs(passed_on).stdin(Stdio::null());
    command
}

fn is_passed_on(name: &str) -> bool {
    PASSED_ON.contains(&name.to_ascii_lowercase().as_str())
}

/// Runs a command and returns its standard output. `hint` is the remedy if the program is not installed.
pub(crate) fn output(command: &mut Command, hint: &str) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.output().with_context(|| format!("cannot run {name}; {hint}"))?;
    if !status.success() {
        bail!("{}: {}", shown(command), printed(&stderr));
    }
    Ok(stdout)
}

fn shown(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    let parts: Vec<_> = parts.map(|part| one_line(&part.to_string_lossy())).collect();
    parts.join(" ")
}

/// The output of a program without unprintable characters.
fn printed(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim().lines().map(one_line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_can_contain_a_secret_are_not_passed_on() {
        for name in ["PATH", "HOME", "https_proxy", "HTTPS_PROXY", "npm_config_registry"] {
            assert!(is_passed_on(name), "{name}");
        }
        for name in [
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "NPM_TOKEN",
            "NODE_AUTH_TOKEN",
            "npm_config_//registry.example/:_authToken",
            "npm_config__auth",
            "NPM_CONFIG_USERCONFIG",
            "GIT_ASKPASS",
            "SSH_AUTH_SOCK",
            "GIT_CONFIG_PARAMETERS",
            "ACTIONS_RUNTIME_URL",
            "DEPLOY_KEY",
        ] {
            assert!(!is_passed_on(name), "{name}");
        }
    }

    #[test]
    fn the_output_of_a_failing_program_is_cleaned() {
        let error = output(command("git").arg("no-such-\u{1b}[31mcommand"), "install git");
        let error = format!("{:#}", error.unwrap_err());
        assert!(!error.contains('\u{1b}') && error.starts_with("git no-such-"), "{error}");
        let error = output(&mut command("no-such-program"), "install it").unwrap_err();
        assert!(error.to_string().ends_with("cannot run no-such-program; install it"), "{error}");
    }
}
