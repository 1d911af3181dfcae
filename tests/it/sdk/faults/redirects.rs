//! Redirects, and logs behind them.

use std::time::Duration;

use github_workflow_jobs::ErrorKind;
use github_workflow_jobs::jobs::LogUnavailable;

use super::{Fails as _, a_job, always, job, log, shown};
use crate::support::{Answer, Received, Server, Step};

fn a_log() -> Answer {
    Answer::with(200, &["content-type: text/plain; charset=utf-8"], "one\ntwo\nthree\n")
}

/// Asserts that a request to the host of a log has no token and no header of the client.
#[track_caller]
fn is_bare(request: &Received) {
    for name in
        ["authorization", "cookie", "referer", "api-version", "x-github-api-version", "x-extra"]
    {
        assert!(request.header(name).is_empty(), "{name}: {request:?}");
    }
    assert!(!format!("{request:?}").contains("ghp_canary"));
}

fn xml(code: &str, detail: &str) -> String {
    format!(
        "\u{FEFF}<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{detail}</Message></Error>"
    )
}

/// A server that redirects the logs path to its own origin. `answer` gets the number of the request for
/// the log.
async fn own_log(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
    let requests = std::sync::atomic::AtomicUsize::new(0);
    Server::serve(move |_, request| {
        if request.target.starts_with("/api/") {
            return Answer::redirect(
                302,
                "/_services/pipelines/signedlogcontent?urlSignature=canary",
            );
        }
        answer(requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    })
    .await
}

/// The requests that are not calls to the API.
fn on_log_host(server: &Server) -> Vec<Received> {
    server.received().into_iter().filter(|request| !request.target.starts_with("/api/")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_log_is_requested_without_the_token_and_headers_of_the_client() {
    let storage = always(a_log()).await;
    let target = format!("{}/log", storage.origin);
    let other = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    let own = own_log(|_| a_log()).await;
    for (api, host) in [(&other, &storage), (&own, &own)] {
        let client = api.builder().header("x-extra", "canary").build().unwrap();
        assert_eq!(log(&client).text().await.unwrap(), "one\ntwo\nthree\n");
        assert_eq!(api.received()[0].header("authorization"), ["Bearer ghp_canary"]);
        assert_eq!(api.received()[0].header("x-extra"), ["canary"]);
        assert_eq!(on_log_host(host).len(), 1);
        on_log_host(host).iter().for_each(is_bare);
    }
}

#[tokio::test(start_paused = true)]
async fn escapes_in_a_log_link_are_sent_unchanged() {
    let storage = always(a_log()).await;
    let target = format!("{}/log?sig=a%2Bb", storage.origin);
    let api = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    log(&api.client()).bytes().await.unwrap();
    assert_eq!(storage.only().target, "/log?sig=a%2Bb");
}

#[tokio::test(start_paused = true)]
async fn a_second_redirect_of_a_log_is_followed_without_the_token() {
    let storage = Server::serve(|_, request| match request.target.as_str() {
        "/first" => Answer::redirect(302, "/second"),
        _ => a_log(),
    })
    .await;
    let target = format!("{}/first", storage.origin);
    let api = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    log(&api.client()).bytes().await.unwrap();
    assert_eq!(storage.count(), 2);
    storage.received().iter().for_each(is_bare);
}

#[tokio::test(start_paused = true)]
async fn chains_of_redirects_carry_the_token_to_the_api_only() {
    // Every chain of up to three redirects over three origins (the API's own is one of them), as a number
    // in base three.
    let (mut chains, mut requests) = (0, 0);
    for length in 1..=3u32 {
        for turns in 0..3usize.pow(length) {
            let origins = std::sync::Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
            let hop = |origins: std::sync::Arc<std::sync::Mutex<Vec<String>>>| {
                move |_: usize, request: &Received| {
                    let step =
                        request.target.strip_prefix("/hop").map_or(0, |step| step.parse().unwrap());
                    if step >= length {
                        return a_log();
                    }
                    let turn = turns / 3usize.pow(step) % 3;
                    let origin = origins.lock().unwrap()[turn].clone();
                    Answer::redirect(302, &format!("{origin}/hop{}", step + 1))
                }
            };
            let mut servers = Vec::new();
            for _ in 0..3 {
                servers.push(Server::serve(hop(origins.clone())).await);
            }
            *origins.lock().unwrap() = servers.iter().map(|server| server.origin.clone()).collect();
            log(&servers[0].client()).bytes().await.unwrap();
            chains += 1;
            let all: Vec<_> = servers.iter().flat_map(Server::received).collect();
            let with_token =
                all.iter().filter(|request| !request.header("authorization").is_empty());
            assert_eq!(with_token.count(), 1, "the token goes to the API only: {all:?}");
            assert_eq!(all.len() as u32, length + 1);
            all.iter().filter(|request| request.target.starts_with("/hop")).for_each(is_bare);
            requests += all.len();
        }
    }
    println!("{chains} chains, {requests} requests: only calls to the API have the token");
}

#[tokio::test(start_paused = true)]
async fn a_log_link_that_is_missing_or_not_http_is_refused_after_one_request() {
    let mut heads: Vec<Vec<u8>> =
        ["", "http://[::1", "file:///etc/passwd", "ftp://h/x", "gopher://h/x", "data:,x"]
            .map(|location| format!("location: {location}\r\n").into_bytes())
            .to_vec();
    heads.push(Vec::new());
    heads.push(b"location: http://h/\xff\xfe\r\n".to_vec());
    for head in heads {
        let answer = [
            &b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\n"[..],
            &head,
            b"\r\n",
        ]
        .concat();
        let server = always(Answer::raw(answer)).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::Redirect, 1), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_in_a_log_link_is_not_sent() {
    let storage = always(a_log()).await;
    let target = storage.origin.replace("http://", "http://user:secret@");
    let api = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    log(&api.client()).bytes().await.unwrap();
    is_bare(&storage.only());
}

#[tokio::test(start_paused = true)]
async fn a_redirect_loop_of_a_log_ends_with_an_error() {
    let server = own_log(|index| Answer::redirect(302, &format!("/loop{}", index % 7))).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("more than 3 redirects"), "{error}");
    assert!(on_log_host(&server).len() <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_loop_of_a_json_answer_ends_with_an_error() {
    let server =
        Server::serve(|index, _| Answer::redirect(302, &format!("/loop{}", index % 7))).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("more than 5 redirects"), "{error}");
    assert!(server.count() <= 6);
}

#[tokio::test(start_paused = true)]
async fn a_refused_log_link_is_requested_from_the_api_once_more() {
    for status in [401, 403] {
        let server = own_log(move |index| {
            if index == 0 {
                Answer::with(status, &[], xml("AuthenticationFailed", "no"))
            } else {
                a_log()
            }
        })
        .await;
        log(&server.client()).bytes().await.unwrap();
        assert_eq!(server.count(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_link_that_is_refused_twice_is_reported_as_expired_or_refused() {
    for (detail, reason) in [
        ("Signature not valid in the specified time frame", LogUnavailable::LinkExpired),
        ("no", LogUnavailable::Refused(Some("AuthenticationFailed".to_owned()))),
    ] {
        let server =
            own_log(move |_| Answer::with(403, &[], xml("AuthenticationFailed", detail))).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!((error.log_unavailable(), server.count()), (Some(reason), 4));
        assert!(!shown(&error).contains("<Error>"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_404_of_the_api_for_a_log_keeps_its_status_and_hints_at_visibility() {
    let server = always(Answer::json(404, r#"{"message":"Not Found"}"#)).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(
        (error.kind(), error.status().unwrap().as_u16(), server.count()),
        (ErrorKind::Status, 404, 1)
    );
    assert!(error.to_string().contains("the token has no access to it"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_410_of_the_api_means_that_the_log_has_expired_whatever_its_body() {
    for body in [r#"{"message":"Server Error","status":"410"}"#, "", "<html>"] {
        let server = always(Answer::json(410, body)).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!(error.log_unavailable(), Some(LogUnavailable::Expired));
        assert_eq!((error.status().unwrap().as_u16(), server.count()), (410, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_404_of_the_log_host_means_that_the_log_is_not_written() {
    let server = own_log(|_| Answer::with(404, &[], xml("BlobNotFound", "no"))).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!((error.log_unavailable(), server.count()), (Some(LogUnavailable::NotWritten), 2));
}

#[tokio::test(start_paused = true)]
async fn wait_for_log_polls_until_the_log_is_written() {
    let server =
        own_log(|index| if index < 2 { Answer::with(404, &[], "") } else { a_log() }).await;
    let request = log(&server.client());
    let mut stream = request.clone().wait_for_log(Duration::from_secs(10)).await.unwrap();
    assert_eq!(stream.try_next().await.unwrap().unwrap(), "one\ntwo\nthree\n");
}

#[tokio::test(start_paused = true)]
async fn wait_for_log_reports_a_log_that_is_not_written_in_time() {
    let server = own_log(|_| Answer::with(404, &[], "")).await;
    let error = log(&server.client()).wait_for_log(Duration::from_secs(10)).await.failed();
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::NotWritten));
}

#[tokio::test(start_paused = true)]
async fn a_log_in_the_answer_of_the_api_is_accepted() {
    let server = always(a_log()).await;
    assert_eq!(log(&server.client()).tail(2).await.unwrap(), "two\nthree\n");
}

#[tokio::test(start_paused = true)]
async fn location_of_a_log_in_the_answer_of_the_api_is_an_error_that_names_stream() {
    let server = always(a_log()).await;
    let error = log(&server.client()).location().await.failed();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("stream()"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_api_on_its_own_origin_is_followed_with_the_token() {
    let server =
        Server::start([Answer::redirect(301, "/api/v3/repositories/42/actions/jobs/1"), a_job()])
            .await;
    job(&server.client()).send().await.unwrap();
    assert_eq!(server.received()[1].header("authorization"), ["Bearer ghp_canary"]);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_api_to_another_origin_is_refused_and_not_requested() {
    let elsewhere = always(a_job()).await;
    let target = format!("{}/x", elsewhere.origin);
    let server = always(Answer::redirect(301, &target)).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!((error.kind(), server.count(), elsewhere.count()), (ErrorKind::Redirect, 1, 0));
    assert!(error.to_string().contains("another origin"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_logs_path_itself_is_followed_with_the_token() {
    for status in [301, 307, 308] {
        let server = Server::serve(move |index, request| match index {
            0 => Answer::redirect(status, "/api/v3/repositories/42/actions/jobs/1/logs"),
            1 => Answer::redirect(302, "/log"),
            _ => {
                is_bare(request);
                a_log()
            }
        })
        .await;
        log(&server.client()).bytes().await.unwrap();
        assert_eq!(server.received()[1].header("authorization"), ["Bearer ghp_canary"]);
    }
}

/// A log with a byte order mark, NUL, bytes that are not UTF-8, an ANSI escape and a truncated character.
const ODD: &[u8] = b"\xef\xbb\xbfa\0b\xff\xfe\x1b[31mred\r\n\xc3";

async fn odd_log() -> Server {
    own_log(|_| Answer::with(200, &["content-type: text/plain"], ODD)).await
}

#[tokio::test(start_paused = true)]
async fn the_bytes_of_a_log_are_returned_unchanged() {
    let server = odd_log().await;
    assert_eq!(log(&server.client()).bytes().await.unwrap(), ODD);
    let mut read = Vec::new();
    let mut stream = log(&server.client()).stream().await.unwrap();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut read).await.unwrap();
    assert_eq!(read, ODD);
}

#[tokio::test(start_paused = true)]
async fn a_saved_log_is_unchanged_and_its_progress_reaches_the_length() {
    let server = odd_log().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    let mut seen = Vec::new();
    let request = log(&server.client());
    let saved = request.save_to_with(&path, |so_far, all| seen.push((so_far, all))).await.unwrap();
    let length = ODD.len() as u64;
    assert_eq!((saved, std::fs::read(&path).unwrap()), (length, ODD.to_vec()));
    assert_eq!(seen.last(), Some(&(length, Some(length))));
}

#[tokio::test(start_paused = true)]
async fn a_log_host_that_answers_503_once_is_requested_again() {
    let server =
        own_log(|index| if index == 0 { Answer::with(503, &[], "") } else { a_log() }).await;
    log(&server.client()).bytes().await.unwrap();
    assert_eq!((server.count(), on_log_host(&server).len()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn an_expired_log_link_is_requested_again() {
    // The first request for the log fails after 50 s: the link is then too old for a second request.
    let server = own_log(|index| match index {
        0 => Answer::raw("").then(Step::Wait(Duration::from_secs(50))),
        _ => a_log(),
    })
    .await;
    let timeouts = github_workflow_jobs::Timeouts::default().first_byte(Duration::from_secs(100));
    let client = server.builder().timeouts(timeouts).build().unwrap();
    log(&client).bytes().await.unwrap();
    assert_eq!((server.count(), on_log_host(&server).len()), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn an_html_page_is_not_accepted_as_a_log_and_its_text_is_not_shown() {
    let server = own_log(|_| Answer::with(200, &["content-type: text/html"], "<html>canary")).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::NotALog), "{error}");
}

/// A log of 2 MiB, of which the server sends 1 MiB before it closes the connection.
async fn truncated_log() -> Server {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        2 << 20
    );
    let answer = [head.into_bytes(), vec![b'x'; 1 << 20]].concat();
    own_log(move |_| Answer::raw(answer.clone())).await
}

#[tokio::test(start_paused = true)]
async fn a_truncated_log_stream_ends_with_an_error_and_repeats_no_byte() {
    let server = truncated_log().await;
    let mut stream = log(&server.client()).stream().await.unwrap();
    let mut received = 0;
    let error = loop {
        match stream.try_next().await {
            Ok(piece) => received += piece.expect("the end must be an error").len() as u64,
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.kind(), error.received(), received),
        (ErrorKind::Truncated, Some(1 << 20), 1 << 20)
    );
}

#[tokio::test(start_paused = true)]
async fn a_truncated_log_does_not_replace_the_file_it_was_to_be_saved_to() {
    let server = truncated_log().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    std::fs::write(&path, "old").unwrap();
    let error = log(&server.client()).save_to(&path).await.failed();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file is left");
}

#[tokio::test(start_paused = true)]
async fn a_partial_encoded_empty_or_markup_answer_is_not_accepted_as_a_log() {
    for answer in [
        Answer::with(206, &["content-type: text/plain"], "part"),
        Answer::with(204, &[], ""),
        Answer::with(200, &["content-type: application/xhtml+xml"], "<html/>"),
        Answer::with(200, &["content-type: application/xml"], "<Error/>"),
        Answer::with(200, &["content-type: text/plain", "content-encoding: gzip"], "x"),
    ] {
        let server = own_log(move |_| answer.clone()).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!(error.log_unavailable(), Some(LogUnavailable::NotALog), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_host_that_hangs_ends_at_the_deadline_of_the_call() {
    for answer in [
        Answer::silence(),
        Answer::raw("HTTP/1.1 403 No\r\ncontent-length: 9\r\n\r\n").then(Step::Hold),
    ] {
        let server = own_log(move |_| answer.clone()).await;
        let start = tokio::time::Instant::now();
        let error =
            log(&server.client()).with_deadline(Duration::from_secs(4)).bytes().await.failed();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(start.elapsed() <= Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_host_that_hangs_is_a_timeout() {
    let server = own_log(|_| Answer::silence()).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test(start_paused = true)]
async fn wait_for_log_ends_in_time_at_a_log_host_that_hangs() {
    let server = own_log(|_| Answer::silence()).await;
    let start = tokio::time::Instant::now();
    log(&server.client()).wait_for_log(Duration::from_secs(10)).await.failed();
    assert!(start.elapsed() <= Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn location_reports_an_expired_log() {
    let server = always(Answer::json(410, "{}")).await;
    let error = log(&server.client()).location().await.failed();
    assert_eq!(error.log_unavailable(), Some(LogUnavailable::Expired));
}
