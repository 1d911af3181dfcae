//! The server and the token of the environment.

use crate::runtime::client::Client;
use crate::runtime::client::builder::ClientBuilder;
use crate::runtime::response::error::Error;
use crate::runtime::settings::auth::Token;
use crate::runtime::settings::server::Server;
use crate::runtime::url::{Url, github_api_host};

/// The tokens for github.com and `*.ghe.com`. The first one that is set counts.
const OF_GITHUB: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];

/// The tokens for all other servers.
const OF_OTHERS: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

/// The token of a workflow, which is for the server that the workflow runs on.
const OF_WORKFLOW: &str = "GITHUB_TOKEN";

const HOST: &str = "GH_HOST";
const API_URL: &str = "GITHUB_API_URL";

impl Client {
    /// A client of the server, and with the token, of the environment: the same as
    /// [`ClientBuilder::from_env`] and `build`.
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::from_env`] and [`ClientBuilder::build`].
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::from_env()?;
    /// # Ok(()) }
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Starts with the server and the token of the environment. Every setting can still be changed.
    ///
    /// The server is `GH_HOST`, otherwise `GITHUB_API_URL` (which a workflow sets), otherwise github.com.
    /// [`token_from_env`](Self::token_from_env) has the rules for the token. It is required here.
    ///
    /// # Errors
    ///
    /// An [`ErrorKind::Config`](crate::ErrorKind::Config) that names the variable: the server is not valid, or no
    /// token is set for it.
    ///
    /// ```no_run
    #[doc = uses!("ClientBuilder")]
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = ClientBuilder::from_env()?.ca_bundle(std::fs::read("company-ca.pem")?).build()?;
    /// # Ok(()) }
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        from(&|name| std::env::var(name).ok())
    }

    /// Takes the token for the client's server from the environment. If no variable for that server is set, the
    /// client is anonymous.
    ///
    /// A token is sent only to the server that it is for. This also holds for a server that is set after this
    /// call:
    ///
    /// - for github.com and `*.ghe.com`, the token is `GH_TOKEN`, otherwise `GITHUB_TOKEN`;
    /// - for any other server, it is `GH_ENTERPRISE_TOKEN`, otherwise `GITHUB_ENTERPRISE_TOKEN`, otherwise
    ///   `GITHUB_TOKEN` if `GITHUB_API_URL` has the scheme, the host and the port of that server.
    ///
    /// Spaces and line ends around a value are ignored; an empty variable counts as not set. The variables are read
    /// during this call. It replaces a token that was set before.
    ///
    /// ```no_run
    #[doc = uses!("{Client, Error}")]
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::builder().host("ghes.example.com").token_from_env().build()?;
    /// # Ok(()) }
    /// ```
    pub fn token_from_env(self) -> Self {
        self.environment(Environment::read(&|name| std::env::var(name).ok(), false))
    }
}

/// The variables with servers and tokens.
#[derive(Clone)]
pub(crate) struct Environment {
    values: Vec<(&'static str, String)>,
    requires_token: bool,
}

/// The environment is an argument, so that tests need not change their own.
fn from(variable: &dyn Fn(&str) -> Option<String>) -> Result<ClientBuilder, Error> {
    let environment = Environment::read(variable, true);
    let server = match (environment.get(HOST), environment.get(API_URL)) {
        (Some(host), _) => Server::host(HOST, host),
        (None, Some(url)) => Server::api_url(API_URL, url),
        (None, None) => Server::default(),
    };
    // A missing token is an error here, and not only when the client is built.
    environment.token(&server.url(false)?.base)?;
    Ok(ClientBuilder::default().server(server).environment(environment))
}

impl Environment {
    fn read(variable: &dyn Fn(&str) -> Option<String>, requires_token: bool) -> Self {
        let names = [HOST, API_URL].into_iter().chain(OF_GITHUB).chain(OF_OTHERS);
        let value = |name| {
            let text = variable(name)?.trim().to_owned();
            Some((name, text)).filter(|(_, text)| !text.is_empty())
        };
        Self { values: names.filter_map(value).collect(), requires_token }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The token for the API of a server.
    pub(crate) fn token(&self, api: &Url) -> Result<Token, Error> {
        let is_github = api.host_str().and_then(github_api_host).is_some();
        let names = if is_github { OF_GITHUB } else { OF_OTHERS };
        let own = names.iter().find_map(|name| self.get(name));
        let token = own.or_else(|| self.get(OF_WORKFLOW).filter(|_| self.is_of_workflow(api)));
        match token {
            Some(token) => Ok(Token::fixed(token)),
            None if !self.requires_token => Ok(Token::None),
            None => {
                let (_, host, _) = place(api);
                let [name, _] = names;
                let what = format!("no token for `{host}` in the environment; set {name}");
                Err(Error::config(what))
            }
        }
    }

    /// True if a workflow runs on the server.
    fn is_of_workflow(&self, api: &Url) -> bool {
        let url = self.get(API_URL).and_then(|url| Url::parse(url).ok());
        url.is_some_and(|url| place(&url) == place(api))
    }
}

/// Scheme, host and port. A dot at the end of a host does not make another one.
fn place(url: &Url) -> (&str, &str, Option<u16>) {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    (url.scheme(), host, url.port_or_known_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables<'v> = &'v [(&'static str, &'static str)];

    fn environment(variables: Variables<'_>) -> impl Fn(&str) -> Option<String> {
        |name| {
            let set = variables.iter().find(|(known, _)| *known == name);
            set.map(|(_, value)| (*value).to_owned())
        }
    }

    /// The token that `from_env` and `build` choose, or the error.
    fn token(variables: Variables<'_>) -> Result<String, String> {
        let builder = from(&environment(variables)).map_err(|error| error.to_string())?;
        sent(builder)
    }

    /// The token that `token_from_env` and `build` choose for a builder; empty if there is none.
    fn token_of(builder: ClientBuilder, variables: Variables<'_>) -> String {
        let environment = Environment::read(&environment(variables), false);
        sent(builder.environment(environment)).unwrap()
    }

    fn sent(builder: ClientBuilder) -> Result<String, String> {
        builder.token_for_tests().map(Option::unwrap_or_default).map_err(|error| error.to_string())
    }

    const BOTH: [(&str, &str); 2] = [("GITHUB_TOKEN", "public"), ("GH_ENTERPRISE_TOKEN", "own")];

    #[test]
    fn a_token_goes_to_the_server_it_is_for() {
        let with = |more: Variables<'_>| {
            let all: Vec<_> = BOTH.iter().chain(more).copied().collect();
            token(&all).unwrap()
        };
        assert_eq!(with(&[]), "public");
        assert_eq!(with(&[("GH_TOKEN", " cli\r\n")]), "cli");
        assert_eq!(with(&[("GH_HOST", "octo.ghe.com")]), "public");
        assert_eq!(with(&[("GH_HOST", "github.com.")]), "public");
        assert_eq!(with(&[("GH_HOST", "ghes.example.com")]), "own");
        assert_eq!(with(&[("GITHUB_API_URL", "https://ghes.example.com/api/v3")]), "own");
    }

    #[test]
    fn a_token_goes_to_the_server_it_is_for_whichever_way_the_server_is_set() {
        let builder = ClientBuilder::default;
        for (builder, expected) in [
            (builder(), "public"),
            (builder().host("github.com"), "public"),
            (builder().host("https://github.com/"), "public"),
            (builder().host("octo.ghe.com"), "public"),
            (builder().api_url("https://api.github.com"), "public"),
            (builder().api_url("https://api.octo.ghe.com"), "public"),
            (builder().host("ghes.example.com"), "own"),
            (builder().host("evilgithub.com"), "own"),
            (builder().host("github.com.example.com"), "own"),
            (builder().api_url("https://ghes.example.com/api/v3"), "own"),
            (builder().api_url("https://proxy.example.com/api.github.com"), "own"),
            (builder().api_url("http://127.0.0.1:1"), "own"),
        ] {
            assert_eq!(token_of(builder.clone(), &BOTH), expected);
            let foreign = if expected == "own" { [BOTH[0]] } else { [BOTH[1]] };
            assert_eq!(token_of(builder, &foreign), "");
        }
        let other = [("GITHUB_ENTERPRISE_TOKEN", "own")];
        assert_eq!(token_of(builder().host("ghes.example.com"), &other), "own");
    }

    #[test]
    fn a_server_that_is_set_after_the_token_gets_no_token_of_another_server() {
        let builder = from(&environment(&BOTH)).unwrap();
        assert_eq!(sent(builder.clone().host("ghes.example.com")).unwrap(), "own");
        let public = from(&environment(&BOTH[..1])).unwrap();
        let error = sent(public.host("ghes.example.com")).unwrap_err();
        assert!(error.contains("`ghes.example.com`") && error.contains("set GH_ENTERPRISE_TOKEN"));
        assert_eq!(sent(builder.host("ghes.example.com").token("mine")).unwrap(), "mine");
    }

    #[test]
    fn the_token_of_a_workflow_goes_only_to_its_own_server() {
        let workflow = ("GITHUB_API_URL", "https://ghes.example.com/api/v3");
        let workflow = [workflow, ("GITHUB_TOKEN", "t")];
        assert_eq!(token(&workflow).unwrap(), "t");
        let own = [workflow[0], workflow[1], ("GH_HOST", "GHES.example.com.")];
        assert_eq!(token(&own).unwrap(), "t");
        for host in ["other.example.com", "ghes.example.com:8443", "ghes.example.com.evil.com"] {
            let error = token(&[workflow[0], workflow[1], ("GH_HOST", host)]).unwrap_err();
            assert!(error.contains("set GH_ENTERPRISE_TOKEN"), "{error}");
        }
        let plain = ClientBuilder::default().api_url("http://ghes.example.com/api/v3");
        assert_eq!(token_of(plain, &workflow), "");
    }

    #[test]
    fn a_missing_token_or_an_invalid_server_is_named_by_its_variable() {
        assert!(token(&[("GITHUB_TOKEN", " ")]).unwrap_err().contains("set GH_TOKEN"));
        for (name, text) in [
            ("GH_HOST", "octo-org/octo-repo"),
            ("GH_HOST", "a b"),
            ("GITHUB_API_URL", "ghes.example.com"),
        ] {
            let error = token(&[(name, text), BOTH[0], BOTH[1]]).unwrap_err();
            assert!(error.starts_with(&format!("{name}: ")), "{error}");
        }
    }
}
