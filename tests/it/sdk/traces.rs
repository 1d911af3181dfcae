//! Spans and events of a call.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Answer, Server, Step, read};

/// A subscriber that records the fields of every span and event of every crate.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Vec<String>>>);

impl Visit for &Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push(format!("{}={value:?}", field.name()));
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.lock().unwrap().push(format!("span {}", span.metadata().name()));
        span.record(&mut &*self);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut &*self);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_deprecated_operation_is_named_once_for_each_client() {
    let all = Everything::default();
    let _second = tracing::Dispatch::new(Everything::default());
    let _guard = tracing::subscriber::set_default(all.clone());
    let _other = tracing::Dispatch::new(all.clone());
    let job = read("tests/fixtures/documented/get-job.json");
    let deprecated = ["deprecation: @1688169599canary", "sunset: Wed, 30 Jun 2027 23:59:59 GMT"];
    let mut answers = vec![Answer::with(200, &deprecated, &job); 3];
    answers.push(Answer::json(200, &job));
    let server = Server::start(answers).await;
    let client = server.builder().build().unwrap();
    let answer = client.get_job("o", "r", 1).await.unwrap();
    assert_eq!(answer.meta().deprecation(), Some("@1688169599canary"));
    let sunset = answer.meta().sunset().map(|time| time.to_string());
    assert_eq!(sunset.as_deref(), Some("2027-06-30T23:59:59Z"));
    client.get_job("o", "r", 1).await.unwrap();
    let notices = || {
        let text = all.0.lock().unwrap().join("\n");
        assert!(!text.contains("canary"), "{text}");
        (text.matches("the operation is deprecated").count(), text.contains("until=2027-06-30"))
    };
    assert_eq!(notices(), (1, true));
    server.builder().build().unwrap().get_job("o", "r", 1).await.unwrap();
    assert_eq!(notices().0, 2);
    server.builder().build().unwrap().get_job("o", "r", 1).await.unwrap();
    assert_eq!(notices().0, 2);
}

#[tokio::test(start_paused = true)]
async fn a_trace_has_operation_attempts_and_statuses_and_no_secret() {
    let all = Everything::default();
    // With a single dispatcher, tracing decides by the thread that reaches a span first whether the span is
    // recorded at all; that thread may belong to another test. With two, it asks both subscribers.
    let _second = tracing::Dispatch::new(Everything::default());
    let _guard = tracing::subscriber::set_default(all.clone());
    // With one subscriber in the process, `tracing` asks that of the thread that comes to a place first, and other
    // tests run in threads without one.
    let _other = tracing::Dispatch::new(all.clone());
    let job = read("tests/fixtures/documented/get-job.json");
    let server = Server::start([
        Answer::with(503, &[], ""),
        Answer::with(429, &["retry-after: 2"], ""),
        Answer::json(200, &job),
        Answer::redirect(302, "/log?sig=canary"),
        Answer::with(200, &["content-type: text/plain"], "line"),
        Answer::json(404, r#"{"message":"canary"}"#),
        Answer::json(200, r#"{"id":"canary"}"#),
        Answer::redirect(302, "/log?sig=canary"),
        Answer::with(404, &[], "canary"),
    ])
    .await;
    let client = server.builder().header("x-extra", "canary").build().unwrap();
    client.get_job("canary-org", "canary-repo", 42).send().await.unwrap();
    client.download_job_logs("canary-org", "canary-repo", 42).bytes().await.unwrap();
    client.get_json::<i32>(["canary"]).query("q", "canary").send().await.unwrap_err();

    client.get_job("canary-org", "canary-repo", 42).send().await.unwrap_err();
    client.download_job_logs("canary-org", "canary-repo", 42).bytes().await.unwrap_err();

    let text = all.0.lock().unwrap().join("\n");
    assert!(!text.contains("canary"), "{text}");
    // The call waited up to 250 ms for the retry, and 2 s for the rate limit.
    let waited = text.lines().find_map(|line| line.strip_prefix("waited_ms=")).unwrap();
    assert!((2000..2260).contains(&waited.parse::<u32>().unwrap()), "{waited}");
    assert_eq!(text.matches("message=sends").count(), 9);
    for field in [
        "span github_call",
        "operation=\"actions/get-job-for-workflow-run\"",
        "path=\"/repos/{owner}/{repo}/actions/jobs/{job_id}\"",
        "why=\"retry\"",
        "why=\"rate limit\"",
        "wait_ms=2000",
        "to=\"api\"",
        "to=\"content\"",
        "status=200",
        "requests=3",
        "status=302",
        "status=404",
        "error=Status",
        "error=Decode",
        "error=Unavailable",
        "path=\"{segments}\"",
    ] {
        assert!(text.contains(field), "{field} is missing in:\n{text}");
    }
}

/// The values of a field of the spans and events of a call, in order.
async fn values<T>(field: &str, call: impl Future<Output = T>) -> Vec<String> {
    let all = Everything::default();
    // As above: with two subscribers, each is asked.
    let _second = tracing::Dispatch::new(Everything::default());
    let _guard = tracing::subscriber::set_default(all.clone());
    call.await;
    let prefix = format!("{field}=");
    let lines = all.0.lock().unwrap();
    lines.iter().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

fn packed(body: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, body.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_span_counts_the_bytes_of_all_bodies_of_its_call_after_decompression() {
    let server = Server::start([
        Answer::json(503, "four"),
        Answer::with(200, &["content-encoding: gzip"], packed(&format!("\"{}\"", "a".repeat(998)))),
        Answer::json(200, "1"),
        Answer::json(404, "seven!!"),
        // A body that is cut, three times.
        Answer::raw("HTTP/1.1 200 Status\r\ncontent-length: 9\r\n\r\n\"abc"),
        Answer::raw("HTTP/1.1 200 Status\r\ncontent-length: 9\r\n\r\n\"ab"),
        Answer::raw("HTTP/1.1 200 Status\r\ncontent-length: 9\r\n\r\n\"a"),
        // A body that does not end in time.
        Answer::raw("HTTP/1.1 200 Status\r\ncontent-length: 9\r\n\r\n\"abcd").then(Step::Hold),
        Answer::with(304, &[], ""),
    ])
    .await;
    let client = server.builder().build().unwrap();
    let bytes = values("bytes", async {
        client.get_json::<String>(["x"]).send().await.unwrap();
        client.get_json::<i32>(["x"]).send().await.unwrap();
        client.get_json::<i32>(["x"]).send().await.unwrap_err();
        client.get_json::<i32>(["x"]).send().await.unwrap_err();
        let short = std::time::Duration::from_secs(5);
        client.get_json::<i32>(["x"]).with_deadline(short).send().await.unwrap_err();
        client.get_json::<i32>(["x"]).send_if_changed(Some("\"1\"")).await.unwrap();
    });
    assert_eq!(bytes.await, ["1004", "1", "7", "9", "5", "0"]);
}

#[tokio::test(start_paused = true)]
async fn the_span_of_a_download_counts_the_bytes_that_were_read_when_its_stream_is_dropped() {
    let text = |body: &str| Answer::with(200, &["content-type: text/plain"], body);
    let server = Server::start([
        Answer::redirect(302, "/log"),
        text("a line\n"),
        // The content itself.
        text("four"),
        Answer::redirect(302, "/log"),
        Answer::raw("HTTP/1.1 200 Status\r\ncontent-length: 9\r\n\r\nabc").then(Step::Hold),
        // Content that is cut, and its rest.
        Answer::redirect(302, "/log"),
        Answer::raw("HTTP/1.1 200 Status\r\ncontent-length: 9\r\netag: \"1\"\r\n\r\nabc"),
        Answer::redirect(302, "/log"),
        Answer::with(206, &["content-range: bytes 3-8/9", "etag: \"1\""], "defghi"),
        // No content, and no request for it.
        Answer::redirect(302, "/log"),
        Answer::with(404, &[], "gone"),
        Answer::redirect(302, "/log"),
    ])
    .await;
    let client = server.builder().build().unwrap();
    let log = || client.download_job_logs("o", "r", 1);
    let seen = values("bytes", async {
        log().bytes().await.unwrap();
        log().stream().await.unwrap().lines().try_next().await.unwrap();
        log().stream().await.unwrap().try_next().await.unwrap();
        assert_eq!(log().bytes().await.unwrap(), b"abcdefghi");
        log().bytes().await.unwrap_err();
        log().location().await.unwrap();
    });
    assert_eq!(seen.await, ["7", "4", "3", "3", "6", "4"]);
}
