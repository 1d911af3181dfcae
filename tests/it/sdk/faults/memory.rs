//! Memory, measured in a child process of its own: on Linux, a process can read its peak.

use github_workflow_jobs::{Client, ErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{Fails as _, in_a_child, is_child, job, log};
use crate::support::read;

/// Runs one test of this binary in a child process, and returns the KiB that it prints.
#[track_caller]
fn grown(test: &str) -> Option<u64> {
    if !cfg!(target_os = "linux") {
        println!("skipped: the peak of memory is read on Linux only");
        return None;
    }
    let text = in_a_child(test, &[]);
    let figure = text
        .lines()
        .find_map(|line| line.split_once("figure: ").map(|(_, figure)| figure.to_owned()));
    Some(figure.unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap())
}

/// The peak of this process's memory so far, in KiB.
fn peak() -> u64 {
    status("VmHWM:")
}

/// The memory of this process now, in KiB.
fn resident() -> u64 {
    status("VmRSS:")
}

fn status(figure: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A client of a server that answers every request with `head` and `times` copies of `block`.
async fn flood(head: String, block: Vec<u8>, times: usize) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(head.as_bytes()).await;
            for _ in 0..times {
                if stream.write_all(&block).await.is_err() {
                    break;
                }
            }
        }
    });
    Client::builder().api_url(format!("http://{address}")).build().unwrap()
}

#[tokio::test]
async fn a_log_of_one_gibibyte_grows_memory_by_at_most_eight_mebibytes() {
    if !is_child() {
        let grown =
            grown("faults::memory::a_log_of_one_gibibyte_grows_memory_by_at_most_eight_mebibytes");
        assert!(grown.is_none_or(|kib| kib <= 8 << 10), "grew by {grown:?} KiB");
        println!("1 GiB log: memory grew by {grown:?} KiB");
        return;
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        1 << 30
    );
    let client = flood(head, vec![b'x'; 1 << 20], 1024).await;
    let before = peak();
    let mut stream = log(&client).stream().await.unwrap();
    while stream.try_next().await.unwrap().is_some() {}
    assert_eq!(stream.received(), 1 << 30);
    println!("figure: {}", peak() - before);
}

#[tokio::test]
async fn the_lines_of_one_gibibyte_grow_memory_by_at_most_eight_mebibytes() {
    if !is_child() {
        let grown = grown(
            "faults::memory::the_lines_of_one_gibibyte_grow_memory_by_at_most_eight_mebibytes",
        );
        assert!(grown.is_none_or(|kib| kib <= 8 << 10), "grew by {grown:?} KiB");
        println!("1 GiB of lines: memory grew by {grown:?} KiB");
        return;
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        1 << 30
    );
    let line = [vec![b'x'; 1023], vec![b'\n']].concat();
    let client = flood(head, line.repeat(1 << 10), 1024).await;
    let before = peak();
    let mut lines = log(&client).lines().await.unwrap();
    let mut count = 0;
    while lines.try_next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 1 << 20);
    println!("figure: {}", peak() - before);
}

#[tokio::test]
async fn a_gzip_bomb_is_refused_in_bounded_memory() {
    if !is_child() {
        let grown = grown("faults::memory::a_gzip_bomb_is_refused_in_bounded_memory");
        assert!(grown.is_none_or(|kib| kib <= 32 << 10), "grew by {grown:?} KiB");
        println!("256 MiB gzip bomb: memory grew by {grown:?} KiB");
        return;
    }
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..256 {
        std::io::Write::write_all(&mut bomb, &block).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    );
    let client = flood(head, bomb, 1).await;
    let before = peak();
    let error = job(&client).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    println!("figure: {}", peak() - before);
}

#[tokio::test]
async fn the_empty_lines_of_a_tail_need_no_memory_beyond_their_bytes() {
    if !is_child() {
        let grown =
            grown("faults::memory::the_empty_lines_of_a_tail_need_no_memory_beyond_their_bytes");
        assert!(grown.is_none_or(|kib| kib <= 32 << 10), "grew by {grown:?} KiB");
        println!("a tail of 8 MiB of empty lines: memory grew by {grown:?} KiB");
        return;
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        8 << 20
    );
    let client = flood(head, vec![b'\n'; 1 << 20], 8).await;
    let before = peak();
    assert_eq!(log(&client).tail(usize::MAX).await.unwrap().len(), 8 << 20);
    println!("figure: {}", peak() - before);
}

#[tokio::test]
async fn the_values_of_an_answer_need_at_most_twelve_times_the_memory_of_its_json() {
    if !is_child() {
        let grown = grown(
            "faults::memory::the_values_of_an_answer_need_at_most_twelve_times_the_memory_of_its_json",
        );
        assert!(grown.is_none_or(|kib| kib <= 12 * (16 << 10)), "grew by {grown:?} KiB");
        println!("16 MiB of empty texts: memory grew by {grown:?} KiB");
        return;
    }
    // The largest answer that is accepted, in the form that needs the most: empty texts, 16 kB of gzip.
    let job = read("tests/fixtures/documented/get-job.json");
    let mut job: serde_json::Value = serde_json::from_str(&job).unwrap();
    job["labels"] = vec!["canary"].into();
    let count = ((16 << 20) - job.to_string().len()) / 3;
    let body = job.to_string().replace("\"canary\"", &vec!["\"\""; count].join(","));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, body.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    assert!(body.len() > (16 << 20) - 100 && gzip.len() < 20 << 10);
    // The peak so far must not hide what comes.
    drop(body);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        gzip.len()
    );
    let client = flood(head, gzip, 1).await;
    let before = resident();
    let job = self::job(&client).send().await.unwrap();
    assert_eq!(job.labels.len(), count);
    println!("figure: {}", peak() - before);
}
