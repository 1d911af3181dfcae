//! The messages of errors: one line each, without the operation and the source.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::cause::{
    Cause, DecodeFault, Failure, Late, Limit, PageFault, RedirectFault, Unavailable,
};
use crate::runtime::text::is_unprintable;

impl Cause {
    /// One line, without the operation and the source.
    pub(super) fn describe(
        &self,
        status: Option<StatusCode>,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let status = status.map_or(String::new(), |status| status.to_string());
        match self {
            Self::InvalidInput(refused) => {
                let colon = if refused.argument().is_some() { "" } else { ":" };
                write!(f, "invalid argument{colon} {refused}")
            }
            Self::Config { what, .. } => f.write_str(what),
            Self::TokenProvider { .. } => f.write_str("the token provider failed"),
            Self::Transport { failure, server, .. } => failure.describe(server, f),
            Self::Timeout(late) => late.describe(f),
            Self::Truncated { received, expected: Some(expected), .. } => {
                write!(f, "the response ended after {received} of {expected} bytes")
            }
            Self::Truncated { received, expected: None, .. } => {
                write!(f, "the response ended after {received} bytes, before it was complete")
            }
            Self::Stalled { received, limit } => {
                write!(f, "nothing was received for {limit:?}, after {received} bytes")
            }
            Self::RateLimited { wait, limit, .. } => limit.describe(*wait, f),
            Self::Status { of_content, hint, body, .. } => {
                let server = if *of_content { "the host of the content" } else { "the server" };
                write!(f, "{server} answered {status}")?;
                let shown = without_status(body.shown(), &status);
                if !shown.is_empty() {
                    write!(f, ": {shown}")?;
                }
                hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
            }
            Self::Redirect(fault) => fault.describe(&status, f),
            Self::Pagination(fault) => fault.describe(f),
            Self::Unavailable { reason, .. } => reason.describe(&status, f),
            Self::TooLarge { limit, hint, .. } => {
                write!(f, "the response is larger than {limit} bytes")?;
                hint.map_or(Ok(()), |hint| write!(f, "; {hint}"))
            }
            Self::Decode(fault) => fault.describe(f),
            Self::File { path, .. } => {
                let path = path.display().to_string().replace(is_unprintable, "\u{FFFD}");
                write!(f, "cannot write `{path}`")
            }
        }
    }
}

impl Limit {
    fn describe(self, wait: Duration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded up: a limit that has not ended does not end in 0 s.
        let seconds = wait.as_millis().div_ceil(1000);
        match self {
            Self::Primary => {
                write!(f, "the rate limit of the server is exceeded; it ends in {seconds} s")
            }
            Self::Secondary => {
                write!(f, "the secondary rate limit of the server is exceeded; wait {seconds} s")
            }
            Self::Overload => {
                write!(f, "the server is overloaded and accepts no requests for {seconds} s")
            }
        }
    }
}

/// The text of a body without the status at its start, with or without the number. GitHub's message is often the
/// text of the status, and a page often has it as title and headline.
fn without_status<'s>(mut shown: &'s str, status: &str) -> &'s str {
    let reason = status.split_once(' ').map_or("", |(_, reason)| reason);
    for start in [status, reason].into_iter().filter(|start| !start.is_empty()).cycle().take(4) {
        let Some((head, rest)) = shown.split_at_checked(start.len()) else { continue };
        let is_whole = !rest.starts_with(|c: char| c.is_alphanumeric());
        if is_whole && head.eq_ignore_ascii_case(start) {
            shown = rest.trim_start_matches([' ', '.', ':', '-']);
        }
    }
    shown
}

impl Failure {
    fn describe(&self, server: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve => write!(f, "cannot resolve the host name of {server} (DNS)"),
            Self::Connect => write!(f, "cannot connect to {server}"),
            Self::ConnectTimeout => write!(f, "cannot connect to {server} in time"),
            Self::UntrustedCertificate => write!(
                f,
                "the certificate of {server} is not trusted; for a private certificate authority, use ca_bundle()"
            ),
            Self::ExpiredCertificate => write!(f, "the certificate of {server} has expired"),
            Self::FutureCertificate => write!(
                f,
                "the certificate of {server} is not valid yet; check the clock of this machine"
            ),
            Self::WrongHost => write!(f, "the certificate of {server} is for another host name"),
            Self::RevokedCertificate => write!(f, "the certificate of {server} has been revoked"),
            Self::InvalidCertificate => {
                write!(f, "the certificate of {server} is not a valid certificate of a server")
            }
            Self::ClientCertificate => {
                write!(f, "{server} requires a client certificate; use identity()")
            }
            Self::RefusedIdentity => write!(
                f,
                "{server} does not accept the client certificate, or requires one; check identity()"
            ),
            Self::ForeignIdentity => {
                write!(f, "{server} requires a client certificate, which only the API gets")
            }
            Self::RefusedHandshake => write!(
                f,
                "{server} refuses the TLS handshake; it may require a client certificate (identity()), or algorithms that this client does not have"
            ),
            Self::OldTls => write!(f, "{server} supports neither TLS 1.2 nor TLS 1.3"),
            Self::NotTls => write!(f, "the response of {server} is not TLS; check scheme and port"),
            Self::Tls => write!(f, "the TLS handshake with {server} failed"),
            Self::ProxyUnreachable(proxy) => write!(f, "cannot connect to the proxy {proxy}"),
            Self::Proxy(proxy) => write!(f, "the proxy {proxy} does not connect to {server}"),
            Self::ProxyAuthentication(proxy) => {
                write!(
                    f,
                    "the proxy {proxy} requires authentication (407); add user and password to its URL"
                )
            }
            Self::NotHttp => write!(f, "the response of {server} is not HTTP"),
            Self::Unsent { may_refuse_identity } => {
                write!(f, "the connection to {server} ended before the request was sent")?;
                let hint = "; the server may not accept the client certificate: check identity()";
                f.write_str(if *may_refuse_identity { hint } else { "" })
            }
            Self::Broken => write!(f, "the connection to {server} broke"),
        }
    }
}

impl Late {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstByte { limit, of_content: false } => {
                write!(f, "the server did not send the first byte of a response within {limit:?}")
            }
            Self::FirstByte { limit, of_content: true } => {
                write!(
                    f,
                    "the host of the content did not send the first byte of a response within {limit:?}"
                )
            }
            Self::Response { limit } => write!(f, "no complete response within {limit:?}"),
            Self::Deadline => f.write_str("the deadline has passed"),
        }
    }
}

impl RedirectFault {
    fn describe(&self, status: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLocation => f.write_str("the redirect has no readable `Location` header"),
            Self::InvalidLocation => {
                f.write_str("the `Location` header of the redirect is not a valid URL")
            }
            Self::Token => f.write_str(
                "the redirect contains the token, which must not be sent to another place",
            ),
            Self::Scheme => f.write_str("the redirect uses a scheme other than http and https"),
            Self::Downgrade => f.write_str("the redirect goes from https to http"),
            Self::OtherOrigin(place) => {
                write!(
                    f,
                    "the redirect goes to another origin ({place}), where the token must not be sent"
                )
            }
            Self::OutsideApi(path) => write!(
                f,
                "the redirect goes to {path}, outside the base URL of the API, where the token must not be sent"
            ),
            Self::Loop => f.write_str("the redirect repeats an earlier URL"),
            Self::TooMany(most) => write!(f, "more than {most} redirects"),
            Self::OfChange => write!(
                f,
                "the server answered {status}, and a request that changes something is not sent to another place; the repository may have been renamed or moved"
            ),
            Self::Content => write!(
                f,
                "the server answered {status} with the content itself instead of a redirect; use stream()"
            ),
        }
    }
}

impl PageFault {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidLink => f.write_str("the `next` link is not a valid URL"),
            Self::OtherOrigin(place) => {
                write!(
                    f,
                    "the `next` link goes to another origin ({place}), where the token must not be sent"
                )
            }
            Self::OutsideApi(path) => write!(
                f,
                "the `next` link goes to {path}, outside the base URL of the API, where the token must not be sent"
            ),
            Self::Loop => f.write_str("the next page repeats an earlier page"),
            Self::TooMany(most) => write!(f, "the list has more than {most} pages"),
            Self::TooLarge { size } => write!(
                f,
                "the server failed for large pages and sends more than {size} items for a page of {size}, so the next page is unknown"
            ),
            Self::Incomplete { items, total } => {
                write!(f, "the list ended after {items} items, but the server counts {total}")
            }
        }
    }
}

impl Unavailable {
    fn describe(&self, status: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => {
                write!(f, "the content has expired or was deleted (the server answered {status})")
            }
            Self::NotFound => {
                write!(f, "the content does not exist yet (its host answered {status})")
            }
            Self::LinkExpired => {
                f.write_str("the link to the content has expired, and so has a fresh one")
            }
            Self::Refused(code) => {
                write!(f, "the host of the content refused the link and a fresh one ({status}")?;
                code.as_ref().map_or(Ok(()), |code| write!(f, ", {code}"))?;
                f.write_str(")")
            }
            Self::NotTheContent(what) => write!(f, "the response is not the content: {what}"),
        }
    }
}

impl DecodeFault {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the response is empty, not JSON"),
            Self::NotJson { line, column, content_type } => write!(
                f,
                "the response is not JSON (line {line} column {column}; content type {content_type})"
            ),
            Self::Mismatch { path, reason, line, column } => write!(
                f,
                "cannot decode `{path}` of the response: {reason} (line {line} column {column})"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_not_repeated_by_the_text_of_the_body() {
        for (shown, rest) in [
            ("Not Found", ""),
            ("not found.", ""),
            ("404 Not Found", ""),
            ("404 Not Found 404 Not Found nginx", "nginx"),
            ("Not Found: no such run", "no such run"),
            ("Not Founded", "Not Founded"),
            ("The run was Not Found", "The run was Not Found"),
            ("näh", "näh"),
        ] {
            assert_eq!(without_status(shown, "404 Not Found"), rest, "{shown}");
        }
        assert_eq!(without_status("", "599"), "");
    }
}
