//! The server and the token of the environment.

use crate::runtime::client::Client;
use crate::runtime::client::builder::ClientBuilder;
use crate::runtime::response::error::Error;
use crate::runtime::url::{Url, github_api_host};

impl Client {
    /// A client of the server, and with the token, of the environment: the same as
    /// [`ClientBuilder::from_env`] and `build`.
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::from_env`] and [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Takes the server and the token from the environment, by the rules of GitHub's own tools. Everything else
    /// can still be set.
    ///
    /// The server is `GH_HOST`, else `GITHUB_API_URL` (which a workflow sets), else github.com. The token is
    /// never one of another server: for github.com and `*.ghe.com` it is `GH_TOKEN`, else `GITHUB_TOKEN`; for
    /// any other host `GH_ENTERPRISE_TOKEN`, else `GITHUB_ENTERPRISE_TOKEN`, else `GITHUB_TOKEN` if
    /// `GITHUB_API_URL` has that very host. Spaces and line ends around a value are ignored.
    ///
    /// # Errors
    ///
    /// No token is set: an [`ErrorKind::Config`](crate::ErrorKind::Config) that names the variable to set.
    pub fn from_env() -> Result<Self, Error> {
        from(&|name| std::env::var(name).ok())
    }
}

/// The environment is an argument, so that tests need not change their own.
fn from(variable: &dyn Fn(&str) -> Option<String>) -> Result<ClientBuilder, Error> {
    let variable = |name: &str| {
        variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let api_url = variable("GITHUB_API_URL");
    let (builder, host) = match (variable("GH_HOST"), &api_url) {
        (Some(host), _) => (ClientBuilder::default().host(host.as_str()), host_of(&host)),
        (None, Some(url)) => (ClientBuilder::default().api_url(url.as_str()), host_of(url)),
        (None, None) => (ClientBuilder::default(), Some("github.com".to_owned())),
    };
    let host = host.unwrap_or_default();
    let is_github = github_api_host(&host).is_some();
    let is_of_workflow = api_url.as_deref().and_then(host_of).as_deref() == Some(host.as_str());
    let token = if is_github {
        variable("GH_TOKEN").or_else(|| variable("GITHUB_TOKEN"))
    } else {
        variable("GH_ENTERPRISE_TOKEN")
            .or_else(|| variable("GITHUB_ENTERPRISE_TOKEN"))
            .or_else(|| if is_of_workflow { variable("GITHUB_TOKEN") } else { None })
    };
    let name = if is_github { "GH_TOKEN" } else { "GH_ENTERPRISE_TOKEN" };
    match token {
        Some(token) => Ok(builder.token(token)),
        None => Err(Error::config(format!("no token for `{host}` in the environment; set {name}"))),
    }
}

/// Host and port, in the form that makes two names of one host equal.
fn host_of(text: &str) -> Option<String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&url).ok()?;
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    Some(format!("{host}{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(variables: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let builder = from(&variable).map_err(|error| error.to_string())?;
        Ok(builder.token_for_tests().unwrap_or_default())
    }

    #[test]
    fn a_token_goes_to_the_server_it_is_for() {
        let both = [("GITHUB_TOKEN", "public"), ("GH_ENTERPRISE_TOKEN", "own")];
        let with = |more: &[(&'static str, &'static str)]| {
            let all: Vec<_> = both.iter().chain(more).copied().collect();
            token(&all).unwrap()
        };
        assert_eq!(with(&[]), "public");
        assert_eq!(with(&[("GH_TOKEN", "cli")]), "cli");
        assert_eq!(with(&[("GH_HOST", "octo.ghe.com")]), "public");
        assert_eq!(with(&[("GH_HOST", "github.com.")]), "public");
        assert_eq!(with(&[("GH_HOST", "ghes.example.com")]), "own");
        assert_eq!(with(&[("GITHUB_API_URL", "https://ghes.example.com/api/v3")]), "own");
    }

    #[test]
    fn the_token_of_a_workflow_goes_only_to_its_own_server() {
        let workflow = ("GITHUB_API_URL", "https://ghes.example.com/api/v3");
        assert_eq!(token(&[workflow, ("GITHUB_TOKEN", "t")]).unwrap(), "t");
        assert_eq!(
            token(&[workflow, ("GITHUB_TOKEN", "t"), ("GH_HOST", "GHES.example.com")]).unwrap(),
            "t"
        );
        for host in ["other.example.com", "ghes.example.com:8443", "ghes.example.com.evil.com"] {
            let error = token(&[workflow, ("GITHUB_TOKEN", "t"), ("GH_HOST", host)]).unwrap_err();
            assert!(error.contains("set GH_ENTERPRISE_TOKEN"), "{error}");
        }
        assert!(token(&[("GITHUB_TOKEN", " ")]).unwrap_err().contains("set GH_TOKEN"));
    }
}
