//! Logs that are cut: what is requested again, and which response is used.

use github_workflow_jobs::Client;

use super::log;
use crate::support::{Answer, Received, Server, Step, sha256};

/// The log: 1000 lines of 10 bytes.
pub(super) fn content(version: &str) -> Vec<u8> {
    (0..1000).flat_map(|line| format!("{version} {line:07}\n").into_bytes()).collect()
}

pub(super) const ETAG: &str = "etag: \"a\"";

/// The answer of a host to a request for the log: all of it, or the part that `Range` asks for if `If-Range`
/// has the validator. `cut` is the number of bytes after which the connection is closed.
pub(super) fn answer(
    request: &Received,
    content: &[u8],
    headers: &[&str],
    cut: Option<usize>,
) -> Answer {
    let is_same = request
        .header("if-range")
        .iter()
        .all(|mark| headers.iter().any(|header| header.ends_with(&format!(": {mark}"))));
    let range = request.header("range").first().filter(|_| is_same).map(|range| {
        let from = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap();
        from.parse::<usize>().unwrap()
    });
    let (from, all) = (range.unwrap_or(0), content.len());
    let mut head = match range {
        Some(_) => {
            format!("HTTP/1.1 206 Part\r\ncontent-range: bytes {from}-{}/{all}\r\n", all - 1)
        }
        None => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    for header in headers {
        head += &format!("{header}\r\n");
    }
    head += &format!("content-type: text/plain\r\ncontent-length: {}\r\n\r\n", all - from);
    let rest = &content[from..];
    Answer::raw([head.as_bytes(), &rest[..cut.unwrap_or(rest.len())]].concat())
}

/// A server whose links differ each time. `answer` gets the number of the request for the log.
pub(super) async fn host(
    answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static,
) -> Server {
    let requests = std::sync::atomic::AtomicUsize::new(0);
    Server::serve(move |index, request| {
        if request.target.starts_with("/api/") {
            return Answer::redirect(302, &format!("/log{index}?sig=canary"));
        }
        answer(requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst), request)
    })
    .await
}

/// A host that closes the connection of each response after so many bytes, and completes the ones after them.
pub(super) async fn cuts(cuts: &'static [usize], headers: &'static [&'static str]) -> Server {
    host(move |index, request| answer(request, &content("a"), headers, cuts.get(index).copied()))
        .await
}

/// The `Range` and `If-Range` of each request for the log.
pub(super) fn ranges(server: &Server) -> Vec<Option<(String, String)>> {
    let received = server.received();
    let requests = received.iter().filter(|request| request.target.starts_with("/log"));
    let one = |request: &Received, name: &str| {
        request.header(name).first().map(|value| (*value).to_owned())
    };
    requests.map(|request| Some((one(request, "range")?, one(request, "if-range")?))).collect()
}

fn range(range: &str, mark: &str) -> Option<(String, String)> {
    Some((range.to_owned(), mark.to_owned()))
}

pub(super) async fn bytes(client: &Client) -> Vec<u8> {
    log(client).bytes().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_cut_is_resumed_by_each_method_that_reads_it_whole() {
    let expected = content("a");
    let text = String::from_utf8(expected.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    for method in 0..4 {
        let server = cuts(&[4321], &[ETAG]).await;
        let request = log(&server.client());
        match method {
            0 => assert_eq!(sha256(&request.bytes().await.unwrap()), sha256(&expected)),
            1 => assert_eq!(request.text().await.unwrap(), text),
            2 => assert_eq!(request.tail(700).await.unwrap(), text[3000..]),
            _ => {
                assert_eq!(request.save_to(&path).await.unwrap(), 10_000);
                assert_eq!(sha256(&std::fs::read(&path).unwrap()), sha256(&expected));
            }
        }
        assert_eq!(ranges(&server), [None, range("bytes=4321-", "\"a\"")]);
        let targets: Vec<_> = server.received().into_iter().map(|request| request.target).collect();
        assert_eq!(
            (targets.len(), &*targets[3]),
            (4, "/log2?sig=canary"),
            "the link is a fresh one"
        );
        assert!(server.received()[3].header("authorization").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_cut_twice_is_resumed_twice() {
    let server = cuts(&[1000, 500], &[ETAG]).await;
    assert_eq!(bytes(&server.client()).await, content("a"));
    let expected = [None, range("bytes=1000-", "\"a\""), range("bytes=1500-", "\"a\"")];
    assert_eq!(ranges(&server), expected);
}

#[tokio::test(start_paused = true)]
async fn the_validator_of_the_first_response_is_kept() {
    // A part need not repeat the validator.
    let server = host(|index, request| match index {
        0 => answer(request, &content("a"), &[ETAG], Some(1000)),
        1 => Answer::raw("HTTP/1.1 206 Part\r\ncontent-range: bytes 1000-9999/10000\r\ncontent-length: 9000\r\n\r\na"),
        _ => answer(request, &content("a"), &[ETAG], None),
    })
    .await;
    let mut expected = content("a");
    expected[1000] = b'a';
    assert_eq!(bytes(&server.client()).await, expected);
    assert_eq!(ranges(&server)[2], range("bytes=1001-", "\"a\""));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_cut_before_its_first_byte_is_requested_whole() {
    let server = cuts(&[0], &[ETAG]).await;
    assert_eq!(bytes(&server.client()).await, content("a"));
    assert_eq!(ranges(&server), [None, None]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_has_changed_is_fetched_from_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    for method in 0..3 {
        let server = host(|index, request| match index {
            0 => answer(request, &content("a"), &[ETAG], Some(4321)),
            _ => answer(request, &content("b")[..4000], &["etag: \"b\""], None),
        })
        .await;
        let request = log(&server.client());
        let expected = &content("b")[..4000];
        match method {
            0 => assert_eq!(request.bytes().await.unwrap(), expected),
            1 => assert_eq!(request.tail(1000).await.unwrap().as_bytes(), expected),
            _ => {
                assert_eq!(request.save_to(&path).await.unwrap(), 4000);
                assert_eq!(std::fs::read(&path).unwrap(), expected);
            }
        }
        assert_eq!(ranges(&server), [None, range("bytes=4321-", "\"a\"")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_has_changed_is_resumed_with_its_new_validator() {
    let server = host(|index, request| match index {
        0 => answer(request, &content("a"), &[ETAG], Some(4321)),
        1 => answer(request, &content("b"), &["etag: \"b\""], Some(2000)),
        _ => answer(request, &content("b"), &["etag: \"b\""], None),
    })
    .await;
    assert_eq!(bytes(&server.client()).await, content("b"));
    assert_eq!(ranges(&server)[2], range("bytes=2000-", "\"b\""));
}

#[tokio::test(start_paused = true)]
async fn a_log_without_a_strong_validator_is_fetched_from_its_start() {
    const MODIFIED: &str = "last-modified: Mon, 05 Apr 2021 13:14:50 GMT";
    const DATE: &str = "date: Mon, 05 Apr 2021 13:14:51 GMT";
    let modified = range("bytes=1000-", "Mon, 05 Apr 2021 13:14:50 GMT");
    for (headers, second) in [
        (&[][..], None),
        (&["etag: W/\"a\""], None),
        (&["etag: W/\"a\"", MODIFIED, DATE], None),
        (&[MODIFIED], None),
        (&[MODIFIED, DATE], modified),
    ] {
        let server = cuts(&[1000], headers).await;
        assert_eq!(bytes(&server.client()).await, content("a"));
        assert_eq!(ranges(&server), [None, second], "{headers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_not_the_rest_is_not_used() {
    let part = |range: &str| {
        Answer::with(206, &["content-type: text/plain", &format!("content-range: {range}")], "xxx")
    };
    for second in [
        part("bytes 0-9999/10000"),
        part("bytes 1000-1002/10000"),
        part("bytes 1001-9999/10000"),
        part("bytes 1000-1002/1003"),
        Answer::with(206, &["content-type: multipart/byteranges; boundary=x"], "xxx"),
        Answer::with(206, &["content-range: bytes 1000-9999/10000", "etag: \"b\""], "xxx"),
        Answer::with(416, &["content-range: bytes */10000"], ""),
    ] {
        let server = host(move |index, request| match index {
            0 => answer(request, &content("a"), &[ETAG], Some(1000)),
            1 => second.clone(),
            _ => answer(request, &content("a"), &[ETAG], None),
        })
        .await;
        assert_eq!(bytes(&server.client()).await, content("a"));
        assert_eq!(ranges(&server), [None, range("bytes=1000-", "\"a\""), None]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_shorter_than_it_declares_is_not_the_end() {
    let server = host(|index, request| match index {
        0 => answer(request, &content("a"), &[ETAG], Some(1000)),
        // Complete for HTTP, but only three bytes of 9000.
        1 => Answer::raw(
            "HTTP/1.1 206 Part\r\ncontent-range: bytes 1000-9999/10000\r\ntransfer-encoding: chunked\r\n\r\n3\r\na 0\r\n0\r\n\r\n",
        ),
        _ => answer(request, &content("a"), &[ETAG], None),
    })
    .await;
    assert_eq!(bytes(&server.client()).await, content("a"));
    assert_eq!(ranges(&server)[2], range("bytes=1003-", "\"a\""));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_stalls_is_resumed() {
    let server = host(|index, request| match index {
        0 => answer(request, &content("a"), &[ETAG], Some(1000)).then(Step::Hold),
        _ => answer(request, &content("a"), &[ETAG], None),
    })
    .await;
    let start = tokio::time::Instant::now();
    assert_eq!(bytes(&server.client()).await, content("a"));
    assert_eq!(ranges(&server)[1], range("bytes=1000-", "\"a\""));
    assert!((20..22).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_log_in_the_answer_of_the_api_that_is_cut_is_requested_from_the_api_again() {
    let server = Server::serve(|index, request| {
        assert!(request.header("range").is_empty());
        answer(request, &content("a"), &[ETAG], (index == 0).then_some(1000))
    })
    .await;
    assert_eq!(bytes(&server.client()).await, content("a"));
    assert_eq!(server.count(), 2);
}
