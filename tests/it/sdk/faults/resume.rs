//! Logs that are cut: they are resumed, or fetched again, by the methods that read a log as a whole.

use std::time::Duration;

use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{Client, ErrorKind, RetryPolicy, WaitReason};

use super::{Fails as _, log};
use crate::support::{Answer, Received, Server, Step, sha256};

/// The log: 1000 lines of 10 bytes.
fn content(version: &str) -> Vec<u8> {
    (0..1000).flat_map(|line| format!("{version} {line:07}\n").into_bytes()).collect()
}

const ETAG: &str = "etag: \"a\"";

/// The answer of a host to a request for the log: all of it, or the part that `Range` asks for if `If-Range`
/// has the validator. `cut` is the number of bytes after which the connection is closed.
fn answer(request: &Received, content: &[u8], headers: &[&str], cut: Option<usize>) -> Answer {
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
async fn host(answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static) -> Server {
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
async fn cuts(cuts: &'static [usize], headers: &'static [&'static str]) -> Server {
    host(move |index, request| answer(request, &content("a"), headers, cuts.get(index).copied()))
        .await
}

/// The `Range` and `If-Range` of each request for the log.
fn ranges(server: &Server) -> Vec<Option<(String, String)>> {
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

async fn bytes(client: &Client) -> Vec<u8> {
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

#[tokio::test(start_paused = true)]
async fn a_log_that_is_always_cut_ends_with_the_count_of_all_its_bytes() {
    let server = cuts(&[1000; 9], &[ETAG]).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!((error.kind(), error.received()), (ErrorKind::Truncated, Some(3000)));
    assert!(error.to_string().ends_with("the response ended after 3000 of 10000 bytes"), "{error}");
    assert_eq!(ranges(&server).len(), 3);

    let attempts = RetryPolicy::default().attempts(5);
    assert!(log(&server.client()).with_retry(attempts).bytes().await.is_err());
    assert_eq!(ranges(&server).len(), 3 + 5);
}

#[tokio::test(start_paused = true)]
async fn a_log_is_not_resumed_if_retries_are_off() {
    let server = cuts(&[1000], &[ETAG]).await;
    let error = log(&server.client()).with_retry(RetryPolicy::none()).bytes().await.failed();
    assert_eq!(
        (error.kind(), error.received(), server.count()),
        (ErrorKind::Truncated, Some(1000), 2)
    );
}

#[tokio::test(start_paused = true)]
async fn resuming_logs_is_paid_from_the_budget_of_the_client() {
    let server = cuts(&[1; 1000], &[ETAG]).await;
    let client =
        server.builder().retry(RetryPolicy::default().attempts(1000).cap(Duration::ZERO)).build();
    log(&client.unwrap()).bytes().await.failed();
    let requests = ranges(&server).len();
    assert!((36..=40).contains(&requests), "{requests}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_not_resumed() {
    let server = cuts(&[1000], &[ETAG]).await;
    let mut stream = log(&server.client()).stream().await.unwrap();
    let mut read = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut read).await.unwrap_err();
    assert_eq!((read, server.count()), (content("a")[..1000].to_vec(), 2));
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_log_is_not_resumed_after_the_deadline() {
    let server = host(|_, request| {
        let head = answer(request, &content("a"), &[ETAG], Some(1000));
        head.then(Step::Wait(Duration::from_secs(5)))
    })
    .await;
    let request = log(&server.client()).with_deadline(Duration::from_secs(3));
    let error = request.bytes().await.failed();
    assert_eq!(
        (error.kind(), error.received(), server.count()),
        (ErrorKind::Truncated, Some(1000), 2)
    );
}

#[tokio::test(start_paused = true)]
async fn resuming_a_log_ends_at_the_deadline() {
    let server = host(|index, request| match index {
        0 => answer(request, &content("a"), &[ETAG], Some(1000)),
        _ => Answer::silence(),
    })
    .await;
    let start = tokio::time::Instant::now();
    let error = log(&server.client()).with_deadline(Duration::from_secs(3)).bytes().await.failed();
    assert_eq!((error.kind(), server.count()), (ErrorKind::Timeout, 4));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_log_that_disappears_after_a_cut_is_reported_as_missing() {
    let server = host(|index, request| match index {
        0 => answer(request, &content("a"), &[ETAG], Some(1000)),
        _ => Answer::with(404, &[], ""),
    })
    .await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!((error.log_unavailable(), server.count()), (Some(LogUnavailable::NotWritten), 4));
}

#[tokio::test(start_paused = true)]
async fn a_log_host_that_is_busy_after_a_cut_is_not_requested_before_it_allows() {
    let server = host(|index, request| match index {
        0 => answer(request, &content("a"), &[ETAG], Some(1000)),
        _ => Answer::with(429, &["retry-after: 60"], ""),
    })
    .await;
    let error = log(&server.client()).bytes().await.failed();
    assert!(error.retry_at().is_some(), "{error}");
    assert_eq!(server.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_wait_before_a_log_is_resumed_is_visible() {
    let server = cuts(&[1000], &[ETAG]).await;
    let (send, waits) = std::sync::mpsc::channel();
    let client = server.builder().on_wait(move |wait| send.send(wait.clone()).unwrap());
    bytes(&client.build().unwrap()).await;
    let waits: Vec<_> = waits.try_iter().map(|wait| (wait.reason, wait.duration)).collect();
    assert_eq!((waits.len(), waits[0].0), (1, WaitReason::Retry));
    assert!(waits[0].1 <= Duration::from_millis(50), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn the_size_limit_counts_the_bytes_of_all_responses() {
    let resumed = cuts(&[6000, 2000], &[ETAG]).await;
    let request = log(&resumed.client());
    let error = request.clone().with_size_limit(9999).bytes().await.failed();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    assert!(error.received() > Some(9999), "{:?}", error.received());
    assert_eq!(request.with_size_limit(10_000).bytes().await.unwrap().len(), 10_000);

    // The bytes before a restart are forgotten.
    let restarted = cuts(&[6000, 2000], &[]).await;
    let whole = log(&restarted.client()).with_size_limit(10_000).bytes().await.unwrap();
    assert_eq!((whole, ranges(&restarted).len()), (content("a"), 3));
}

#[tokio::test(start_paused = true)]
async fn progress_goes_on_when_a_log_is_resumed_and_starts_again_when_it_is_not() {
    for (headers, second) in [(&[ETAG][..], 6001), (&[], 1)] {
        let server = host(move |index, request| match index {
            0 => answer(request, &content("a"), headers, Some(6000)),
            // One byte, and then the others.
            _ => answer(request, &content("a"), headers, Some(1))
                .then(Step::Wait(Duration::from_secs(1)))
                .then(Step::Bytes(content("a")[second..].to_vec())),
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let mut seen = Vec::new();
        let progress = |so_far, all| seen.push((so_far, all));
        log(&server.client()).save_to_with(folder.path().join("x"), progress).await.unwrap();
        assert!(seen.iter().all(|(_, all)| *all == Some(10_000)), "{seen:?}");
        let cut = seen.iter().position(|(so_far, _)| *so_far == 6000).unwrap();
        assert_eq!(seen[cut + 1].0, second as u64, "{seen:?}");
        assert_eq!(seen.last(), Some(&(10_000, Some(10_000))));
    }
}
