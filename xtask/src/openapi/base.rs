//! The base URL of operations: `servers` of an operation, compared with those of the API.

use std::fmt;

use serde_json::Value;

/// The URL that the path of an operation is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The URL of the API.
    Api,
    /// The host, without the path of the API.
    Root,
    /// The server's URL of uploads.
    Uploads,
}

/// The upload URL of github.com. Descriptions of GHES up to 3.11 declare it, too.
const UPLOADS: &str = "https://uploads.github.com";

/// The hosts that descriptions of GHES write for the host of the server.
const SERVER: [&str; 2] = ["{protocol}://{hostname}", "https://HOSTNAME"];

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "the API URL",
            Self::Root => "the root of the API's host",
            Self::Uploads => "the upload URL",
        })
    }
}

impl Base {
    /// The base of an operation with these `servers`, in a description whose API has this URL.
    ///
    /// A client sends its token to the host of its API and to that of uploads. So another host is an error, which lists
    /// the URLs.
    pub(crate) fn of(servers: &Value, api: &str) -> Result<Self, String> {
        let servers = servers.as_array().map_or(&[][..], Vec::as_slice);
        let urls: Vec<_> =
            servers.iter().map(|server| server["url"].as_str().unwrap_or_default()).collect();
        let (host, _) = split(api);
        match urls.as_slice() {
            [] => Ok(Self::Api),
            [url] => match split(url) {
                (UPLOADS, "") => Ok(Self::Uploads),
                (own, "/api/uploads") if is_same_host(own, host) => Ok(Self::Uploads),
                (own, "") if is_same_host(own, host) => Ok(Self::Root),
                (own, path) if own == host && path == split(api).1 => Ok(Self::Api),
                _ => Err((*url).to_owned()),
            },
            urls => Err(urls.join("` and `")),
        }
    }

    /// The URL of the server of an operation with this base; `None` for that of the API.
    pub(crate) fn url(self, api: &str) -> Option<String> {
        match self {
            Self::Api => None,
            Self::Root => Some(split(api).0.to_owned()),
            Self::Uploads => Some(UPLOADS.to_owned()),
        }
    }
}

fn is_same_host(own: &str, host: &str) -> bool {
    !own.is_empty() && (own == host || SERVER.contains(&own) && SERVER.contains(&host))
}

/// The scheme and host of a URL, and its path without a slash at the end. The host is empty in a URL without one.
fn split(url: &str) -> (&str, &str) {
    let url = url.trim_end_matches('/');
    let Some(start) = url.find("://").map(|at| at + "://".len()) else { return ("", url) };
    let end = url.get(start..).and_then(|rest| rest.find(['/', '?', '#']));
    url.split_at_checked(end.map_or(url.len(), |end| start + end)).unwrap_or((url, ""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_belongs_to_the_api_to_its_host_or_to_uploads() {
        let (ghes, github) = ("{protocol}://{hostname}/api/v3", "https://api.github.com");
        for (own, api, base) in [
            ("{protocol}://{hostname}", ghes, Base::Root),
            ("{protocol}://{hostname}/", ghes, Base::Root),
            ("{protocol}://{hostname}/api/v3/", ghes, Base::Api),
            ("{protocol}://{hostname}/api/uploads", ghes, Base::Uploads),
            ("https://HOSTNAME/api/uploads", ghes, Base::Uploads),
            ("https://HOSTNAME", ghes, Base::Root),
            ("https://uploads.github.com", ghes, Base::Uploads),
            ("https://uploads.github.com/", github, Base::Uploads),
            ("https://api.github.com", github, Base::Root),
        ] {
            assert_eq!(Base::of(&json!([{"url": own}]), api), Ok(base), "{own}");
            let written = base.url(api).map_or(Value::Null, |url| json!([{"url": url}]));
            assert_eq!(Base::of(&written, api), Ok(base), "{own}");
        }
        assert_eq!(Base::of(&Value::Null, github), Ok(Base::Api));
    }

    #[test]
    fn another_host_is_refused() {
        let api = "https://api.example.com/api/v3";
        for own in [
            "https://other.example.com",
            "https://api.example.com:8443",
            "http://api.example.com",
            "https://api.example.com.other.example",
            "https://other.example/api/uploads",
            "https://uploads.github.com/api",
            "https://uploads.github.com.other.example",
            "https://api.example.com/other",
            "https://api.example.com?x=/api/v3",
            "//other.example.com",
            "/",
            "",
        ] {
            assert_eq!(Base::of(&json!([{"url": own}]), api), Err(own.to_owned()));
        }
        for own in ["https://HOSTNAME/api/uploads", "{protocol}://{hostname}"] {
            assert!(Base::of(&json!([{"url": own}]), api).is_err(), "{own}");
        }
        // A description without a URL has no host.
        assert!(Base::of(&json!([{"url": "https://other.example.com"}]), "").is_err());
        assert!(Base::of(&json!([{"url": "/api/uploads"}]), "/").is_err());
        let two = json!([{"url": api}, {"url": "https://b"}]);
        assert_eq!(Base::of(&two, api), Err(format!("{api}` and `https://b")));
    }
}
