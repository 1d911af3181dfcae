//! Standard output and standard error.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _, stderr, stdout};
use std::process::ExitCode;

use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{Error as ApiError, ErrorKind, Wait, WaitReason, is_unprintable};
use serde::Serialize;

/// Prints one JSON document. Characters that must not reach a terminal are escaped, which does not change the values.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Result<(), Box<dyn Error>> {
    let mut document = String::new();
    for c in serde_json::to_string_pretty(value)?.chars() {
        // A line break is one of the document: those in texts are escaped already.
        if c == '\n' || !is_unprintable(c) {
            document.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(document, "\\u{unit:04x}")?;
            }
        }
    }
    writeln!(stdout(), "{document}")?;
    Ok(())
}

/// Replaces the characters that can control a terminal or reorder text. The server's text may contain them.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if is_unprintable(c) { '\u{FFFD}' } else { c }).collect()
}

/// Prints a wait in one line.
pub(crate) fn wait(wait: &Wait) {
    let reason = match wait.reason {
        WaitReason::RateLimit => "for the rate limit of the server",
        _ => "before the next attempt",
    };
    let time = match wait.duration.as_millis() {
        short @ ..500 => format!("{short} ms"),
        long => format!("{} s", long.div_ceil(1000)),
    };
    clear_line();
    let _ = writeln!(stderr(), "waiting {time} {reason}");
}

/// Clears the progress line, which only a terminal has.
pub(crate) fn clear_line() {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\u{1b}[K");
    }
}

/// Prints the error in one line, then a hint if there is one. Returns the exit code.
pub(crate) fn report(error: &(dyn Error + 'static)) -> ExitCode {
    // The reader of the output, for example `head`, has closed it.
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    // If standard error is closed, the error is dropped.
    let mut out = stderr().lock();
    let _ = write!(out, "error: {}", clean(&error.to_string()));
    if let Some(cause) = root_cause(error) {
        let _ = write!(out, ": {}", clean(&cause.to_string()));
    }
    let _ = writeln!(out);
    if let Some(hint) = error.downcast_ref::<ApiError>().and_then(hint) {
        let _ = writeln!(out, "hint: {hint}");
    }
    ExitCode::from(2)
}

/// The error that led to all others, such as "connection refused".
fn root_cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source()).last()
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>().map(io::Error::kind);
    let json = error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    io.or(json) == Some(io::ErrorKind::BrokenPipe)
}

fn hint(error: &ApiError) -> Option<String> {
    let status = error.status().map(|status| status.as_u16());
    Some(match (error.kind(), status, error.log_unavailable()) {
        (_, _, Some(LogUnavailable::Expired)) => {
            "the server has deleted the log; it cannot be recovered".into()
        }
        (_, _, Some(LogUnavailable::NotWritten)) => {
            "the job is not completed, or it wrote no log; `get` shows its status".into()
        }
        (_, _, Some(_)) => "try again: each call requests a new link to the log".into(),
        (ErrorKind::RateLimited, ..) => format!("try again after {}", error.retry_at()?),
        (ErrorKind::Config, ..) => {
            "see --help for the options and the environment variables, or try --demo".into()
        }
        (ErrorKind::InvalidInput, ..) => "nothing was sent; see --help".into(),
        (ErrorKind::Transport | ErrorKind::Timeout, ..) => {
            "check the host name, the network and the proxy settings".into()
        }
        (ErrorKind::Truncated | ErrorKind::Stalled, ..) => {
            "the connection was lost; try again".into()
        }
        (ErrorKind::Pagination, ..) => "--page N requests one page and follows no link".into(),
        (ErrorKind::Decode, ..) if error.decode_path().is_some() => {
            let server = error.meta().and_then(|meta| meta.server_version());
            let server =
                server.map_or(String::new(), |version| format!(" of GHES {}", clean(version)));
            format!("this version of the SDK does not know this answer{server}: report it as a bug")
        }
        (ErrorKind::Redirect | ErrorKind::Decode, ..) => {
            "check the base URL of the API; on GHES it is https://HOST/api/v3".into()
        }
        (ErrorKind::File, ..) => "check that the folder exists and that the disk has space".into(),
        (_, Some(401), _) => {
            "set a valid token: GH_TOKEN for github.com, GH_ENTERPRISE_TOKEN for GHES".into()
        }
        // The error has the remedy.
        (_, Some(403), _) if error.sso_url().is_some() => return None,
        (_, Some(403), _) => match error.accepted_permissions() {
            Some(permissions) => format!("the token needs one of: {}", clean(permissions)),
            None => "the token does not have the permission".into(),
        },
        (_, Some(404), _) => "check the owner, the repository and the id".into(),
        (_, Some(500..), _) => "the server failed; try again later".into(),
        _ => format!("the request id is {}", clean(error.request_id()?)),
    })
}
