//! A log line by line.

use github_workflow_jobs::jobs::{LineKind, LogLine};
use github_workflow_jobs::{ErrorKind, Job};
use serde_json::json;

use super::faults::storage::own_log;
use super::faults::{Fails as _, log};
use crate::support::{Answer, Server, files, read};

/// A server of a log that comes in chunks of this size.
async fn in_chunks(content: &[u8], size: usize) -> Server {
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for chunk in content.chunks(size) {
        answer.extend(format!("{:x}\r\n", chunk.len()).bytes());
        answer.extend(chunk);
        answer.extend(b"\r\n");
    }
    answer.extend(b"0\r\n\r\n");
    own_log(move |_| Answer::raw(answer.clone())).await
}

/// The lines of a log that comes in chunks of this size.
async fn lines(content: &[u8], size: usize) -> Vec<Vec<u8>> {
    let mut stream = log(&in_chunks(content, size).await.client()).lines().await.unwrap();
    let mut lines = Vec::new();
    while let Some(line) = stream.try_next().await.unwrap() {
        lines.push(line.to_vec());
    }
    assert!(stream.next().await.is_none(), "the end stays the end");
    lines
}

#[tokio::test(start_paused = true)]
async fn lines_are_the_same_however_they_are_sent() {
    let content = b"\xef\xbb\xbfone\r\n\n\r\ntwo\rthree\xff\n\xef\xbb\xbffour\r\nfive";
    let expected: [&[u8]; 6] = [b"one", b"", b"", b"two\rthree\xff", b"\xef\xbb\xbffour", b"five"];
    for size in 1..=content.len() {
        assert_eq!(lines(content, size).await, expected, "chunks of {size} bytes");
    }
    for (content, expected) in
        [("", vec![]), ("\n", vec![""]), ("a\n", vec!["a"]), ("a\r", vec!["a"])]
    {
        assert_eq!(
            lines(content.as_bytes(), 1).await,
            expected.iter().map(|line| line.as_bytes()).collect::<Vec<_>>()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_larger_than_the_limit_is_an_error_and_the_log_is_not() {
    let content = format!("{}{}\n", "short\n".repeat(1000), "x".repeat(2000));
    for size in [100, content.len()] {
        let server = in_chunks(content.as_bytes(), size).await;
        let mut lines = log(&server.client()).with_size_limit(1000).lines().await.unwrap();
        for _ in 0..1000 {
            assert_eq!(lines.try_next().await.unwrap().unwrap(), "short");
        }
        let error = lines.try_next().await.failed();
        assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
        assert!(error.to_string().contains("a line is too long"), "{error}");
        assert!(lines.next().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_cut_ends_with_an_error_and_without_half_a_line() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\none\ntw";
    let server = own_log(move |_| Answer::raw(head)).await;
    let mut lines = log(&server.client()).lines().await.unwrap();
    assert_eq!(lines.try_next().await.unwrap().unwrap(), "one");
    assert_eq!(lines.try_next().await.failed().kind(), ErrorKind::Truncated);
    assert!(lines.next().await.is_none());
}

/// A line in the form of the fixtures: its time, its kind and its text.
fn verdict(line: &LogLine) -> String {
    let time = line
        .time()
        .map_or("-".to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string());
    format!("{time} {:?} {}", line.kind(), line.text()).trim_end().to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_time_kind_and_text_of_each_line_are_read() {
    let logs = files("tests/fixtures/logs");
    let logs = logs.iter().filter(|file| file.extension().is_some_and(|end| end == "log"));
    let mut count = 0;
    for path in logs {
        let content = std::fs::read(path).unwrap();
        let expected = read(path.with_extension("txt"));
        for size in [7, content.len()] {
            let mut log = log(&in_chunks(&content, size).await.client()).log().await.unwrap();
            let mut verdicts = Vec::new();
            while let Some(line) = log.try_next().await.unwrap() {
                verdicts.push(verdict(&line));
            }
            let expected: Vec<_> = expected.split_terminator('\n').collect();
            assert_eq!(verdicts, expected, "{}", path.display());
        }
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn a_line_keeps_its_bytes_and_its_codes() {
    let line = "2026-01-05T10:00:01.0000001Z ##[error]\u{1b}[31mred\u{1b}[0m\r\n";
    let read = LogLine::new(line);
    assert_eq!(read.bytes(), line.trim_end());
    assert_eq!(read.text_with_codes(), "\u{1b}[31mred\u{1b}[0m");
    assert_eq!((read.kind(), &*read.text()), (LineKind::Error, "red"));
    let short = LogLine::new("\u{9b}31mred\u{9b}0m\u{9b}");
    assert_eq!(short.text(), "red");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_log_comes_with_the_lines_around_it() {
    let content = "##[error]1\n2\n3\n4\n5\n##[error]6\n##[error]7\n8\n";
    let server = in_chunks(content.as_bytes(), 5).await;
    let errors = log(&server.client()).log().await.unwrap().errors(2).await.unwrap();
    let text =
        |lines: &[LogLine]| lines.iter().map(|line| line.text().into_owned()).collect::<String>();
    let errors: Vec<_> = errors
        .iter()
        .map(|error| (error.number, text(&error.before), error.line.text(), text(&error.after)))
        .collect();
    let expected = [(1, "", "1", "23"), (6, "45", "6", "78"), (7, "56", "7", "8")];
    let expected = expected.map(|(number, before, line, after)| {
        (number, before.to_owned(), line.into(), after.to_owned())
    });
    assert_eq!(errors, expected);
    let limited = log(&server.client()).with_size_limit(300).log().await.unwrap();
    let error = limited.errors(2).await.failed();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    assert!(error.to_string().contains("fewer lines around"), "{error}");
    let none = log(&server.client()).log().await.unwrap().errors(0).await.unwrap();
    assert!(
        none.len() == 3
            && none.iter().all(|error| error.before.is_empty() && error.after.is_empty())
    );
}

#[test]
fn a_line_belongs_to_the_only_step_of_its_second() {
    let step = |number: u8, start: Option<&str>, end: Option<&str>| {
        let at = |time: Option<&str>| time.map(|time| format!("2026-01-05T10:00:{time}Z"));
        json!({"number": number, "name": "s", "status": "completed", "started_at": at(start), "completed_at": at(end)})
    };
    let job: Job = serde_json::from_value(json!({
        "id": 1, "run_id": 2, "name": "build", "status": "in_progress", "head_sha": "", "url": "", "run_url": "",
        "steps": [
            step(1, Some("01"), Some("03")),
            step(2, Some("03"), Some("03")),
            step(3, Some("05"), Some("09")),
            step(4, Some("20"), None),
            step(5, None, None),
        ],
    }))
    .unwrap();
    for (time, number) in [
        ("00.9999999", None),
        ("01.0000000", Some(1)),
        ("02.9999999", Some(1)),
        ("03.5000000", None),
        ("04.0000000", None),
        ("05.0000000", Some(3)),
        ("09.9999999", Some(3)),
        ("10.0000000", None),
        ("59.0000000", Some(4)),
    ] {
        let line = LogLine::new(format!("2026-01-05T10:00:{time}Z text"));
        let step = job.step_at(line.time().unwrap());
        assert_eq!(step.map(|step| step.number), number, "{time}");
    }
}
