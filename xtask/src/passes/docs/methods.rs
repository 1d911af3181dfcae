//! The words for what every request can do: they are the SDK's own, not the description's.

/// The words for what a request can do, whatever its operation.
pub(super) const METHODS: [(&str, &str); 13] = [
    ("send", "Sends the request and decodes the answer: of a list, one page."),
    (
        "send_if_changed",
        "Sends the request and decodes the answer (of a list, one page), if it is not the one with this \
         entity tag: `meta().etag()` of an answer before. `None` means that nothing has changed, and costs \
         nothing of the server's limit.",
    ),
    (
        "all",
        "Gets all items of the list, over all pages, 100 a page unless `per_page` says otherwise.",
    ),
    (
        "stream",
        "Gets the items of the list one by one, over all pages, 100 a page unless `per_page` says \
      otherwise. Starts at `page` where that is set.",
    ),
    (
        "pages",
        "Gets the list page by page, 100 items a page unless `per_page` says otherwise. Starts at \
      `page` where that is set.",
    ),
    (
        "location",
        "Sends the request and gives the URL that the answer redirects to, without following it. \
      Where a server answers with the content itself, that is an error that says so.",
    ),
    (
        "limit",
        "How large content may be to be read into memory by `bytes`, `text` or `tail`: 64 MiB if left \
      out.",
    ),
    ("bytes", "The content in memory, unaltered; larger content than `limit` is an error."),
    (
        "text",
        "The content as text: bytes that are not UTF-8 are replaced. Larger content than `limit` is an \
      error.",
    ),
    (
        "tail",
        "The last lines of the content, with bytes that are not UTF-8 replaced. Memory holds those \
      lines alone.",
    ),
    (
        "save_to",
        "Saves the content to a file and gives the number of its bytes. The file is there when all \
      of it is, and not before; one that was there is replaced. Its folder must be there.",
    ),
    (
        "save_to_with",
        "As `save_to`, and calls `progress` with the bytes so far and, where the server says, \
      the bytes in all.",
    ),
    (
        "deadline",
        "How long the call may take in all, with every wait and every attempt; for a list, over all \
      its pages. Of content behind a redirect, it ends when the content begins.",
    ),
];
