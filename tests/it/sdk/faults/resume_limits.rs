//! Logs that are cut: how often, how long and how far they are resumed, and what the caller sees of it.

use std::time::Duration;

use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{ErrorKind, RetryPolicy, WaitReason};

use super::resume::{ETAG, answer, bytes, content, cuts, host, ranges};
use super::{Fails as _, log};
use crate::support::{Answer, Step};

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
