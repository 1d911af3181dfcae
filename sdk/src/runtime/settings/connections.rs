//! The two HTTP clients: one with credentials, one without.

/// The connections of a client.
pub(crate) struct Connections {
    /// Sends the credentials to the API.
    pub(crate) api: reqwest::Client,
    /// Fetches content behind signed links, without credentials.
    pub(crate) content: reqwest::Client,
    /// Host and port of the proxy, for errors.
    pub(crate) proxy: Option<String>,
}
