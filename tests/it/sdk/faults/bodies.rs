//! Hostile bodies and headers.

use github_workflow_jobs::{Conclusion, ErrorKind, JobStatus};
use serde_json::Value;

use super::{Fails as _, always, job, shown};
use crate::support::{Answer, Step, read};

/// The documented job after a change.
fn changed(change: impl Fn(&mut Value)) -> String {
    let mut job: Value =
        serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
    change(&mut job);
    job.to_string()
}

/// Decodes a job from a 200 with this body.
async fn decoded(
    body: impl AsRef<[u8]>,
) -> Result<github_workflow_jobs::Job, github_workflow_jobs::Error> {
    let server = always(Answer::with(200, &["content-type: application/json"], body)).await;
    job(&server.client()).send().await.map(|job| job.into_inner())
}

#[tokio::test(start_paused = true)]
async fn an_unknown_enum_value_is_kept() {
    let job = decoded(changed(|job| job["conclusion"] = "startup_failure".into())).await.unwrap();
    let conclusion = job.conclusion.unwrap();
    assert!(
        matches!(&conclusion, Conclusion::Unknown(value) if value.as_str() == "startup_failure")
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_of_one_job_does_not_lose_the_page() {
    let one: Value = serde_json::from_str(&changed(|_| {})).unwrap();
    let mut jobs = vec![one; 100];
    jobs[41]["status"] = "someday".into();
    let page = serde_json::json!({"total_count": 100, "jobs": jobs}).to_string();
    let server = always(Answer::json(200, &page)).await;
    let page = server.client().list_jobs_for_run("o", "r", 1).send().await.unwrap();
    assert_eq!(page.jobs.len(), 100);
    assert_eq!(page.jobs[41].status.as_str(), "someday");
    assert_eq!(page.jobs[0].status, JobStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_huge_error_body_is_cut_at_64_kib_and_its_status_kept() {
    let body = "x".repeat(100 << 20);
    let server = always(Answer::with(422, &["content-type: text/plain"], body)).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!((error.status().unwrap().as_u16(), error.body().unwrap().len()), (422, 64 << 10));
}

#[tokio::test(start_paused = true)]
async fn a_status_is_returned_although_its_error_body_hangs_or_is_truncated() {
    let head =
        "HTTP/1.1 404 Not Found\r\ncontent-length: 500\r\n\r\n{\"message\":\"gone\",\"x\":\"";
    for answer in [Answer::raw(head), Answer::raw(head).then(Step::Hold)] {
        let server = always(answer).await;
        let start = tokio::time::Instant::now();
        let error = job(&server.client()).send().await.failed();
        assert_eq!((error.status().unwrap().as_u16(), server.count()), (404, 1));
        assert_eq!(error.message(), Some("gone"));
        assert!(start.elapsed() <= std::time::Duration::from_secs(6));
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_not_a_64_bit_integer_is_reported_with_its_path() {
    for number in ["9223372036854775808", "\"1\"", "1.0", "1e3"] {
        let body = changed(|_| {}).replace("\"id\":399444496", &format!("\"id\":{number}"));
        let error = decoded(body).await.failed();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("$.id"), "{number}: {error}");
        assert!(!error.to_string().contains("build"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_field_is_reported_as_duplicate() {
    let error = decoded(r#"{"id":1,"id":2}"#).await.failed();
    assert!(
        error.kind() == ErrorKind::Decode && error.to_string().contains("duplicate"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn deep_nesting_is_an_error_or_ignored_and_does_not_overflow_the_stack() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(decoded(&deep).await.failed().kind(), ErrorKind::Decode);
    let closed = format!("{deep}{}", "]".repeat(1_000_000));
    let unknown = changed(|_| {}).replacen('{', &format!("{{\"unknown\":{closed},"), 1);
    decoded(unknown).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_number_of_100_000_digits_in_an_unknown_field_is_ignored() {
    let digits =
        changed(|_| {}).replacen('{', &format!("{{\"unknown\":{},", "9".repeat(100_000)), 1);
    decoded(digits).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_html_login_page_is_reported_as_not_json_and_its_text_is_not_shown() {
    let server =
        always(Answer::with(200, &["content-type: text/html"], "<html>canary</html>")).await;
    let error = job(&server.client()).send().await.failed();
    let text = shown(&error);
    assert!(
        text.contains("not JSON") && text.contains("text/html") && !text.contains("canary"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn almost_valid_json_is_a_decode_error() {
    let whole = changed(|_| {});
    let with = |text: &[u8]| {
        let (before, after) = whole.split_once("\"build\"").unwrap();
        [before.as_bytes(), b"\"", text, b"\"", after.as_bytes()].concat()
    };
    for body in [
        Vec::new(),
        b"null".to_vec(),
        [b"\xef\xbb\xbf", whole.as_bytes()].concat(),
        format!("{whole} {{}}").into_bytes(),
        with(br"\ud800"),
        with(b"\0"),
        with(b"\xff"),
    ] {
        let error = decoded(&body).await.failed();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_or_too_large_headers_are_a_transport_error_without_a_retry_storm() {
    let many: Vec<_> = (0..101).map(|index| format!("x-{index}: 1")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let large = format!("x-large: {}", "1".repeat(1 << 20));
    for headers in [many, vec![large.as_str()]] {
        let server = always(Answer::with(200, &headers, "{}")).await;
        let error = job(&server.client()).send().await.failed();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
        assert!(server.count() <= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_server_echoes_is_replaced_in_the_error() {
    for answer in [
        Answer::json(403, r#"{"message":"ghp_canary is bad","errors":["ghp_canary"]}"#),
        Answer::with(403, &["content-type: text/html"], "<p>ghp_canary is bad"),
    ] {
        let server = always(answer).await;
        let error = job(&server.client()).send().await.failed();
        assert!(error.to_string().contains("[hidden] is bad"), "{}", shown(&error));
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalid_time_is_reported_with_its_path() {
    let error = decoded(changed(|job| job["completed_at"] = "2020-02-30T25:61:00Z".into()))
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::Decode && error.to_string().contains("$.completed_at"),
        "{error}"
    );
}
