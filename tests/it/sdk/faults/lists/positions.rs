//! Pages that go on from a saved position.

use std::time::Duration;

use github_workflow_jobs::{ErrorKind, JobFilter, JobPage, Pages, Response, RetryPolicy};

use super::{Listing, PATH, list, number, page, queries};
use crate::sdk::faults::{Fails as _, a_job, always};
use crate::support::{Answer, Server};

fn ids(page: Response<JobPage>) -> Vec<i64> {
    page.into_iter().map(|job| job.id.get()).collect()
}

/// Reads a page and then stops: its items, and the position after it.
async fn one(mut pages: Pages<JobPage>) -> (Vec<i64>, Option<String>) {
    let page = pages.try_next().await.unwrap().unwrap();
    (ids(page), pages.position().map(str::to_owned))
}

/// Reads all pages, each by a client of its own.
async fn all(server: &Server) -> Vec<i64> {
    let (mut read, mut position) = one(list(&server.client()).pages()).await;
    while let Some(saved) = position {
        assert!(server.count() < 50, "the list has no end");
        let (ids, next) = one(list(&server.client()).pages_from(&saved)).await;
        read.extend(ids);
        position = next;
    }
    read
}

#[tokio::test(start_paused = true)]
async fn pages_go_on_from_a_position_in_another_process() {
    for has_links in [true, false] {
        for only_size in [None, Some(30)] {
            // With links, the server decides alone how long the list is.
            let listing = Listing { total: 250, has_links, only_size };
            let whole = {
                let listing = Listing { total: 250, has_links, only_size };
                Server::serve(move |_, request| listing.answer(request)).await
            };
            let pages = list(&whole.client()).pages().try_collect().await.unwrap();
            let expected: Vec<_> = pages.into_iter().flat_map(ids).collect();
            let server = Server::serve(move |_, request| listing.answer(request)).await;
            assert_eq!(all(&server).await, expected, "{has_links} {only_size:?}");
            // The same requests, and not one more.
            assert_eq!(queries(&server), queries(&whole));
            assert_eq!(expected, (0..250).collect::<Vec<_>>());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_position_is_a_line_without_the_server_and_the_token() {
    let server = Server::serve(|index, _| {
        let next = "/api/v3/repositories/42/x?after=Y3Vyc29y%3D%3D&per_page=100";
        page([index as i64], 2, (index == 0).then_some(next))
    })
    .await;
    let mut pages = list(&server.client()).pages();
    let start = pages.position().unwrap().to_owned();
    let (_, position) = {
        pages.try_next().await.unwrap().unwrap();
        ((), pages.position().unwrap().to_owned())
    };
    for text in [&start, &position] {
        for absent in ["127.0.0.1", "canary", "\n", "repositories"] {
            assert!(!text.contains(absent), "{text}");
        }
    }
    // The query of the link, and the path of the request.
    assert_eq!(one(list(&server.client()).pages_from(&position)).await, (vec![1], None));
    let target = format!("{PATH}?after=Y3Vyc29y%3D%3D&per_page=100");
    assert_eq!(server.received()[1].target, target);
    // The position before the first page is that of the first page.
    one(list(&server.client()).pages_from(&start)).await;
    assert_eq!(server.received()[2].target, server.received()[0].target);
}

#[tokio::test(start_paused = true)]
async fn the_position_of_a_page_that_fails_is_kept() {
    let listing = Listing::of(250);
    let server = Server::serve(move |index, request| match index {
        1 => Answer::json(404, "{}"),
        _ => listing.answer(request),
    })
    .await;
    let mut pages = list(&server.client()).pages();
    pages.try_next().await.unwrap().unwrap();
    let before = pages.position().unwrap().to_owned();
    pages.try_next().await.failed();
    assert_eq!(pages.position(), Some(before.as_str()));
    let (ids, _) = one(list(&server.client()).pages_from(&before)).await;
    assert_eq!(ids, (100..200).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_to_its_end_does_not_seem_to_end_for_the_next_process() {
    let evil = always(a_job()).await;
    let link = format!("{}/x", evil.origin);
    let server = Server::serve(move |index, request| match number(request, "page") {
        None => page([index as i64], 9, Some(&format!("{PATH}?page=2"))),
        _ => page([7], 9, Some(&link)),
    })
    .await;
    let (_, position) = one(list(&server.client()).pages()).await;
    let position = position.unwrap();
    let (ids, after) = one(list(&server.client()).pages_from(&position)).await;
    assert_eq!(ids, [7]);
    let mut pages = list(&server.client()).pages_from(&after.unwrap());
    assert_eq!(self::ids(pages.try_next().await.unwrap().unwrap()), [7]);
    assert_eq!(pages.try_next().await.failed().kind(), ErrorKind::Pagination);
    assert_eq!(evil.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn pages_that_repeat_are_an_error_although_each_process_reads_one() {
    let server = Server::serve(|index, _| {
        page([1], 1_000_000_000, Some(&format!("/api/v3/x?page={}", index + 2)))
    })
    .await;
    let (_, position) = one(list(&server.client()).pages()).await;
    // The second page has the content of the first one.
    let mut pages = list(&server.client()).pages_from(&position.unwrap());
    pages.try_next().await.unwrap().unwrap();
    let error = pages.try_next().await.failed();
    assert!(error.to_string().contains("repeats an earlier page"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn pages_that_go_on_keep_their_size_and_can_still_be_split() {
    let listing = Listing::of(250);
    let server = Server::serve(move |_, request| {
        // The second page of 100 items is too large.
        match (number(request, "per_page"), number(request, "page")) {
            (Some(100), Some(2)) => Answer::json(502, r#"{"message":"too slow"}"#),
            _ => listing.answer(request),
        }
    })
    .await;
    assert_eq!(all(&server).await, (0..250).collect::<Vec<_>>());
    let expected = [
        "per_page=100",
        "per_page=100&page=2",
        "per_page=100&page=2",
        "per_page=100&page=2",
        "page=3&per_page=50",
        "page=4&per_page=50",
        "page=5&per_page=50",
    ];
    assert_eq!(queries(&server), expected);

    let listing = Listing::of(5);
    let server = Server::serve(move |_, request| listing.answer(request)).await;
    let request = || list(&server.client()).per_page(2).with_retry(RetryPolicy::none());
    let (_, position) = one(request().pages()).await;
    let (ids, _) = one(request().pages_from(&position.unwrap())).await;
    assert_eq!(ids, [2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_position_of_another_request_is_refused_before_anything_is_sent() {
    let server = Server::serve(|_, request| Listing::of(250).answer(request)).await;
    let client = server.client();
    let (_, position) = one(list(&client).pages()).await;
    let position = position.unwrap();
    let other = always(a_job()).await;
    let others = [
        client.list_jobs_for_run("o", "r", 2),
        client.list_jobs_for_run("o", "s", 1),
        list(&client).per_page(100),
        list(&client).page(2),
        list(&client).filter(JobFilter::All),
        list(&other.client()),
    ];
    for request in others {
        let mut pages = request.pages_from(&position);
        assert_eq!(pages.position(), None);
        let error = pages.try_next().await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error
                .to_string()
                .ends_with(": invalid argument: the position belongs to another request"),
            "{error}"
        );
        assert!(pages.next().await.is_none());
    }
    assert_eq!((server.count(), other.count()), (1, 0));
    let same = list(&client).with_deadline(Duration::MAX);
    assert_eq!(one(same.pages_from(&position)).await.0.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_not_a_position_is_refused_before_anything_is_sent() {
    let server = Server::serve(|_, request| Listing::of(250).answer(request)).await;
    let client = server.client();
    let (_, position) = one(list(&client).pages()).await;
    let position = position.unwrap();
    let texts = [
        String::new(),
        "2".to_owned(),
        "?page=2".to_owned(),
        "canary".to_owned(),
        "[".repeat(100_000),
        position[..position.len() - 1].to_owned(),
        position.replace("position", "list tag"),
        position.replace("number", "canary"),
        position.replace("\"number\":2", "\"number\":-2"),
    ];
    for text in texts {
        assert_ne!(text, position);
        let error = list(&client).pages_from(&text).try_next().await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        assert!(error.to_string().contains("the text is not a position"), "{error}: {text}");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_position_that_was_altered_leads_to_no_other_path() {
    let link = format!("{PATH}?per_page=100&page=2");
    let server = always(page([1], 1_000_000_000, Some(&link))).await;
    let (_, position) = one(list(&server.client()).pages()).await;
    let position = position.unwrap();
    let query = "per_page=100&page=2";
    assert!(position.contains(query), "{position}");
    for other in ["/../../x?page=2", "page=2#/x", "page=2\\r\\nx: y", "@127.0.0.2/"] {
        let altered = position.replace(query, other);
        let mut pages = list(&server.client()).pages_from(&altered);
        pages.try_next().await.unwrap().unwrap();
    }
    for request in server.received() {
        assert!(request.target.starts_with(&format!("{PATH}?")), "{}", request.target);
        assert!(request.header("x").is_empty());
    }
}
