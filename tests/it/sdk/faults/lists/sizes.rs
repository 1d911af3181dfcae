//! Pages that are too large for the server.

use std::time::Duration;

use github_workflow_jobs::{ErrorKind, RetryPolicy};
use tokio::time::Instant;

use super::{Listing, ids, list, number, queries};
use crate::sdk::faults::{Fails as _, always};
use crate::support::{Answer, Server, Step};

fn failure(status: u16) -> Answer {
    Answer::json(status, r#"{"message":"too slow"}"#)
}

/// A server that fails for pages that are larger than `largest` and end after item `from`.
async fn failing(listing: Listing, status: u16, largest: i64, from: i64) -> Server {
    Server::serve(move |_, request| {
        let size = number(request, "per_page").unwrap_or(30);
        let end = size * number(request, "page").unwrap_or(1);
        if size > largest && end > from { failure(status) } else { listing.answer(request) }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_is_requested_with_half_the_size() {
    for status in [500, 502, 504] {
        let server = failing(Listing::of(120), status, 50, 0).await;
        let jobs = list(&server.client()).all().await.unwrap();
        assert_eq!(ids(&jobs), (0..120).collect::<Vec<_>>());
        let expected = [
            "per_page=100",
            "per_page=100",
            "per_page=100",
            "page=1&per_page=50",
            "page=2&per_page=50",
            "page=3&per_page=50",
        ];
        assert_eq!(queries(&server), expected, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_in_the_middle_that_fails_is_split_without_losing_or_repeating_an_item() {
    for (largest, expected) in [
        (50, &["page=5&per_page=50", "page=6&per_page=50", "page=7&per_page=50"] as &[_]),
        (
            25,
            &[
                "page=5&per_page=50",
                "page=9&per_page=25",
                "page=10&per_page=25",
                "page=11&per_page=25",
                "page=12&per_page=25",
                "page=13&per_page=25",
            ],
        ),
    ] {
        for has_links in [true, false] {
            let listing = Listing { total: 310, has_links, only_size: None };
            let server = failing(listing, 502, largest, 200).await;
            let pages = list(&server.client()).pages().try_collect().await.unwrap();
            let jobs: Vec<_> = pages.into_iter().flat_map(|page| page.into_inner().jobs).collect();
            assert_eq!(ids(&jobs), (0..310).collect::<Vec<_>>());
            let queries = queries(&server);
            assert_eq!(queries[2..5], [queries[2].as_str(); 3], "three attempts at page 3");
            assert!(queries[2].contains("page=3"));
            assert_eq!(queries[5..], *expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_in_every_size_is_the_error_after_the_items_before_it() {
    let server = failing(Listing::of(310), 502, 0, 200).await;
    let mut jobs = list(&server.client()).stream();
    let mut seen = Vec::new();
    let error = loop {
        match jobs.try_next().await {
            Ok(job) => seen.push(job.expect("the list must not end without an error")),
            Err(error) => break error,
        }
    };
    assert_eq!(ids(&seen), (0..200).collect::<Vec<_>>());
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Status, 502));
    assert_eq!((error.message(), error.is_retryable()), (Some("too slow"), true));
    let queries = queries(&server);
    assert_eq!(queries.len(), 2 + 3 + 2);
    assert_eq!(queries[5..], ["page=5&per_page=50", "page=9&per_page=25"], "one request per size");
}

#[tokio::test(start_paused = true)]
async fn other_failures_and_other_calls_keep_the_size_of_their_pages() {
    // 503 is a server in maintenance, for pages of any size.
    for (status, attempts) in [(503, 3), (403, 1), (404, 1), (501, 1)] {
        let server = always(failure(status)).await;
        let error = list(&server.client()).all().await.failed();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(queries(&server), vec!["per_page=100"; attempts], "{status}");
    }
    // The caller sets the size, or wants no retries, or one page.
    let server = always(failure(502)).await;
    list(&server.client()).per_page(100).all().await.failed();
    assert_eq!(queries(&server), ["per_page=100"; 3]);
    let server = always(failure(502)).await;
    list(&server.client()).with_query("per_page", 100).all().await.failed();
    assert_eq!(queries(&server), ["per_page=100"; 3]);
    let server = always(failure(502)).await;
    list(&server.client()).with_retry(RetryPolicy::none()).all().await.failed();
    assert_eq!(queries(&server), ["per_page=100"]);
    let server = always(failure(502)).await;
    list(&server.client()).page(1).send().await.failed();
    assert_eq!(queries(&server), ["page=1"; 3]);
}

#[tokio::test(start_paused = true)]
async fn smaller_pages_are_paid_from_the_budget_of_retries() {
    let server = always(failure(502)).await;
    let client = server.client();
    for _ in 0..100 {
        list(&client).all().await.failed();
    }
    // 500 at 14 each is 35, and the time of the waits earns a few.
    assert!((135..=150).contains(&server.count()), "{}", server.count());
}

#[tokio::test(start_paused = true)]
async fn smaller_pages_end_at_the_deadline_of_the_list() {
    let answer = Answer::raw("").then(Step::Wait(Duration::from_secs(2)));
    let answer = answer.then(Step::Bytes(
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
    ));
    let server = always(answer).await;
    let start = Instant::now();
    let retry = RetryPolicy::default().base(Duration::ZERO);
    let list = list(&server.client()).with_retry(retry).with_deadline(Duration::from_secs(7));
    let error = list.all().await.failed();
    assert_eq!((error.kind(), server.count()), (ErrorKind::Timeout, 4));
    let waited = start.elapsed();
    assert!((Duration::from_secs(7)..Duration::from_millis(7_100)).contains(&waited), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_server_that_chooses_the_size_itself_is_not_split() {
    // Page 5 of such a server is not a part of page 3: the items between would be lost.
    let listing = Listing { total: 200, has_links: false, only_size: Some(30) };
    let server = Server::serve(move |index, request| match index {
        2..=4 => failure(502),
        _ => listing.answer(request),
    })
    .await;
    let error = list(&server.client()).all().await.failed();
    assert_eq!((error.status().unwrap().as_u16(), server.count()), (502, 5));

    // Its size can be the one that is asked for.
    let listing = Listing { total: 1_000, has_links: true, only_size: Some(100) };
    let server = Server::serve(move |index, request| match index {
        2..=4 => failure(502),
        _ => listing.answer(request),
    })
    .await;
    let error = list(&server.client()).all().await.failed();
    assert_eq!((error.kind(), server.count()), (ErrorKind::Pagination, 6));
    assert!(error.to_string().contains("more than 50 items for a page of 50"), "{error}");
}
