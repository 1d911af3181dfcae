//! What goes to standard output and standard error.

use std::error::Error;
use std::io::{self, Write as _, stderr, stdout};
use std::process::ExitCode;

use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{Error as ApiError, ErrorKind};
use serde::Serialize;

/// One JSON document.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Text of a server, without what could steer a terminal or reorder what is read.
pub(crate) fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    };
    text.chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect()
}

/// One line, and a hint where there is one. Who closes our output early has seen enough.
pub(crate) fn report(error: &(dyn Error + 'static)) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    // Who closes our errors does not want them.
    let mut out = stderr().lock();
    let _ = writeln!(out, "error: {}", clean(&error.to_string()));
    if let Some(hint) = error.downcast_ref::<ApiError>().and_then(hint) {
        let _ = writeln!(out, "hint: {hint}");
    }
    ExitCode::from(2)
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
            "the server has deleted the log; nothing brings it back".into()
        }
        (_, _, Some(LogUnavailable::NotWritten)) => {
            "the job has not ended, or wrote no log: try `get`".into()
        }
        (_, _, Some(_)) => "ask again: each call gets a fresh link to the log".into(),
        (ErrorKind::RateLimited, ..) => format!("again at {}", error.retry_at()?),
        (ErrorKind::Config, ..) => "see --help for the variables, or try --demo".into(),
        (ErrorKind::InvalidInput, ..) => "see --help; nothing was sent".into(),
        (ErrorKind::Transport | ErrorKind::Timeout, ..) => {
            "is the host right, and does it need a proxy?".into()
        }
        (ErrorKind::Truncated | ErrorKind::Stalled, ..) => {
            "the connection was lost: try again".into()
        }
        (ErrorKind::Pagination, ..) => "--page N asks for one page and follows no link".into(),
        (ErrorKind::Redirect | ErrorKind::Decode, ..) => {
            "is this the API's base URL? A server of your own has it at https://HOST/api/v3".into()
        }
        (ErrorKind::File, ..) => "does the folder exist, and is there room?".into(),
        (_, Some(401), _) => "set GH_TOKEN, or GH_ENTERPRISE_TOKEN for a server of your own".into(),
        (_, Some(403), _) => match error.accepted_permissions() {
            Some(permissions) => format!("the token needs one of: {}", clean(permissions)),
            None => "the token may not do this".into(),
        },
        (_, Some(404), _) => {
            "are owner, repository and id right, and may the token see them?".into()
        }
        (_, Some(500..), _) => "the server is not well: try again later".into(),
        _ => format!("request {}", clean(error.request_id()?)),
    })
}
