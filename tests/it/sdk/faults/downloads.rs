//! The content of a log, as each method returns it.

use github_workflow_jobs::ErrorKind;

use super::storage::{a_log, own_log};
use super::{Fails as _, always, log};
use crate::support::{Answer, Server};

/// A log with a byte order mark, NUL, bytes that are not UTF-8, an ANSI escape and a truncated character.
pub(super) const ODD: &[u8] = b"\xef\xbb\xbfa\0b\xff\xfe\x1b[31mred\r\n\xc3";

pub(super) async fn odd_log() -> Server {
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

/// A log of 2 MiB, of which the server sends 1 MiB before it closes the connection.
pub(super) async fn truncated_log() -> Server {
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
async fn text_and_tail_drop_a_byte_order_mark_at_the_start_of_a_log_only() {
    const MARK: &str = "\u{FEFF}";
    let content = format!("{MARK}one\n{MARK}two\n{MARK}{MARK}three");
    let bytes = content.clone();
    let server = own_log(move |_| Answer::with(200, &["content-type: text/plain"], &bytes)).await;
    let request = log(&server.client());
    assert_eq!(request.clone().bytes().await.unwrap(), content.as_bytes());
    assert_eq!(request.clone().text().await.unwrap(), content[3..]);
    for (lines, expected) in [
        (9, content[3..].to_owned()),
        (3, content[3..].to_owned()),
        (2, format!("{MARK}two\n{MARK}{MARK}three")),
        (1, format!("{MARK}{MARK}three")),
        (0, String::new()),
    ] {
        assert_eq!(request.clone().tail(lines).await.unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn text_and_tail_replace_bytes_that_are_not_utf_8() {
    let server = odd_log().await;
    let request = log(&server.client());
    let text = "a\0b\u{FFFD}\u{FFFD}\u{1b}[31mred\r\n\u{FFFD}";
    assert_eq!(request.clone().text().await.unwrap(), text);
    assert_eq!(request.clone().tail(2).await.unwrap(), text);
    assert_eq!(request.tail(1).await.unwrap(), "\u{FFFD}");
}

#[tokio::test(start_paused = true)]
async fn the_size_limit_of_tail_is_on_its_lines() {
    let server = own_log(|_| Answer::with(200, &[], "a line\n".repeat(1000))).await;
    let request = log(&server.client()).with_size_limit(70);
    assert_eq!(request.clone().tail(10).await.unwrap().len(), 70);
    let error = request.tail(11).await.failed();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    assert!(error.to_string().contains("fewer lines"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_whether_its_end_can_be_checked() {
    for (head, length, is_checked) in [
        ("content-length: 4\r\n\r\nline", Some(4), true),
        ("transfer-encoding: chunked\r\n\r\n4\r\nline\r\n0\r\n\r\n", None, true),
        ("connection: close\r\n\r\nline", None, false),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n{head}");
        let server = own_log(move |_| Answer::raw(answer.clone())).await;
        let mut stream = log(&server.client()).stream().await.unwrap();
        assert_eq!((stream.length(), stream.is_end_checked()), (length, is_checked), "{head}");
        assert_eq!(stream.next().await.unwrap().unwrap(), "line");
        assert!(stream.next().await.is_none());
        assert_eq!(stream.received(), 4);
    }
}
