//! The remedies for error statuses.

use std::borrow::Cow;

use http::StatusCode;

use crate::runtime::response::Meta;
use crate::runtime::settings::server::ApiUrl;
use crate::runtime::text::redacted;

/// The remedy for an error status.
pub(super) fn hint(
    meta: &Meta,
    message: Option<&str>,
    token: Option<&str>,
    api: &ApiUrl,
) -> Option<Cow<'static, str>> {
    let hint = match meta.status() {
        StatusCode::NOT_FOUND => match token {
            None => "or it is private: no token was sent",
            Some(token) if has_scopes(token) => {
                "or the token has no access to it: check that it has the scope `repo`"
            }
            Some(_) => "or the token has no access to it: check its repositories and permissions",
        },
        StatusCode::UNAUTHORIZED => "the token is missing, invalid or expired",
        StatusCode::FORBIDDEN => {
            let page = api.page(meta.sso_url()?).map(|page| redacted(&page, token.as_slice()));
            let at = page.map_or(String::new(), |page| format!(" at {page}"));
            let hint = format!("single sign-on: authorize the token for the organization{at}");
            return Some(hint.into());
        }
        StatusCode::SERVICE_UNAVAILABLE if message.is_none() => {
            "the server may be in maintenance mode"
        }
        _ => return None,
    };
    Some(hint.into())
}

/// True for a classic personal access token and an OAuth token: other tokens have permissions instead of scopes.
/// Before 2021, a token was 40 hexadecimal digits.
fn has_scopes(token: &str) -> bool {
    let is_old = token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_old || token.starts_with("ghp_") || token.starts_with("gho_")
}
