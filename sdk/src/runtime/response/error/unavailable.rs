//! Why what an operation redirects to cannot be had.

/// What stands between the redirect and the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// The API says that it is gone (410).
    Gone,
    /// The place that the redirect points to has nothing (404).
    NothingThere,
    /// The signature of the URL has expired, also after a fresh one was asked for.
    LinkExpired,
    /// The place refuses the URL, also after a fresh one was asked for; its code where it gives one.
    Refused(Option<String>),
    /// The place answers with a page for people.
    NotTheContent,
}
