//! Whole lists that are fetched only if a page has changed.

use github_workflow_jobs::{ErrorKind, Job, Listed};
use serde_json::json;

use super::{PATH, ids, list, number, queries};
use crate::sdk::faults::{Fails as _, a_job, always};
use crate::support::{Answer, Received, Server, read};

/// The jobs of each page.
type Pages = Vec<Vec<i64>>;

/// The answer for one of the pages of a list: with an ETag of its jobs, or 304 if the client has that one.
fn answer(pages: &Pages, request: &Received) -> Answer {
    let at = usize::try_from(number(request, "page").unwrap_or(1)).unwrap();
    let Some(ids) = pages.get(at - 1) else { return Answer::json(404, "{}") };
    let etag = format!("W/\"{ids:?}\"");
    let headers = format!("etag: {etag}");
    if request.header("if-none-match") == [etag] {
        return Answer::with(304, &[&headers], "");
    }
    let link = format!("</api/v3/repositories/42/jobs?page={}&per_page=100>; rel=\"next\"", at + 1);
    let next = (at < pages.len()).then(|| format!("link: {link}"));
    let job: serde_json::Value =
        serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
    let with_id = |id: &i64| {
        let mut job = job.clone();
        job["id"] = (*id).into();
        job
    };
    let jobs: Vec<_> = ids.iter().map(with_id).collect();
    let body = json!({"total_count": pages.concat().len(), "jobs": jobs}).to_string();
    let headers: Vec<_> = [headers.as_str()].into_iter().chain(next.as_deref()).collect();
    Answer::with(200, &headers, body)
}

/// A server whose list has the first pages for so many requests, and then the others.
async fn serve(before: &[&[i64]], requests: usize, after: &[&[i64]]) -> Server {
    let [before, after] =
        [before, after].map(|pages| pages.iter().map(|ids| ids.to_vec()).collect());
    Server::serve(move |index, request| {
        answer(if index < requests { &before } else { &after }, request)
    })
    .await
}

/// Fetches the list if it has changed, and counts the requests for that.
async fn fetch(server: &Server, tag: Option<&str>) -> (Option<Listed<Job>>, usize) {
    let before = server.count();
    let listed = list(&server.client()).all_if_changed(tag).await.unwrap();
    (listed, server.count() - before)
}

/// The tag of the list, which has all pages.
async fn tag(server: &Server) -> String {
    fetch(server, None).await.0.unwrap().tag.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_pages_have_not_changed_is_not_fetched() {
    let pages: [&[i64]; 3] = [&[1, 2], &[3, 4], &[5]];
    let server = serve(&pages, 0, &pages).await;
    let (listed, requests) = fetch(&server, None).await;
    let listed = listed.unwrap();
    assert_eq!((ids(&listed.items), requests), (vec![1, 2, 3, 4, 5], 3));
    let tag = listed.tag.unwrap();
    assert!(!tag.contains(['\n', '\r']) && !tag.contains("127.0.0.1"), "{tag}");
    assert_eq!(fetch(&server, Some(&tag)).await, (None, 3));
    let received = server.received();
    let targets: Vec<_> = received.iter().map(|request| request.target.as_str()).collect();
    // Another URL of the same page can have another ETag.
    let second = "/api/v3/repositories/42/jobs?page=2&per_page=100";
    assert_eq!(targets[..2], [&format!("{PATH}?per_page=100"), second]);
    assert_eq!(targets[..3], targets[3..]);
    let conditions = received.iter().map(|request| request.header("if-none-match").len());
    assert_eq!(conditions.collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_list_with_a_page_that_has_changed_is_fetched_as_a_whole() {
    let before: [&[i64]; 3] = [&[1, 2], &[3, 4], &[5]];
    let cases: [(&[&[i64]], usize); 6] = [
        // The answer for the first page is used.
        (&[&[1, 9], &[3, 4], &[5]], 3),
        // The answer for a later page is not: it can be of another time than the pages before it.
        (&[&[1, 2], &[3, 9], &[5]], 2 + 3),
        (&[&[1, 2], &[3, 4], &[9]], 3 + 3),
        (&[&[1, 2], &[3, 4], &[5, 6], &[7]], 3 + 4),
        // The server refuses a page beyond the end.
        (&[&[1, 2], &[3, 4]], 3 + 2),
        (&[&[]], 1),
    ];
    for (after, expected) in cases {
        let server = serve(&before, 3, after).await;
        let tag = tag(&server).await;
        let (listed, requests) = fetch(&server, Some(&tag)).await;
        let listed = listed.unwrap();
        assert_eq!((ids(&listed.items), requests), (after.concat(), expected), "{after:?}");
        assert_eq!(fetch(&server, listed.tag.as_deref()).await, (None, after.len()), "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_that_moves_while_a_changed_list_is_fetched_comes_once() {
    // The first page is read three times, and is full each time. Then an item moves to the second page.
    let server = Server::serve(|index, request| match index {
        0 | 1 => answer(&vec![vec![1, 2, 3], vec![4]], request),
        2..=4 => answer(&vec![vec![1, 2, 3], vec![4, 5]], request),
        _ => answer(&vec![vec![0, 1, 2], vec![3, 4, 5]], request),
    })
    .await;
    let tag = tag(&server).await;
    let (listed, requests) = fetch(&server, Some(&tag)).await;
    assert_eq!((ids(&listed.unwrap().items), requests), (vec![1, 2, 3, 4, 5], 4));
}

#[tokio::test(start_paused = true)]
async fn a_304_with_a_link_to_another_page_is_a_change() {
    // The ETag is that of the page without its links.
    const NEXT: &str = "link: </api/v3/x?page=2>; rel=\"next\"";
    const EMPTY: &str = r#"{"total_count":0,"jobs":[]}"#;
    let grows = Server::serve(|index, _| match index {
        0 => Answer::with(200, &["etag: \"1\""], EMPTY),
        1 => Answer::with(304, &["etag: \"1\"", NEXT], ""),
        2 => Answer::with(200, &["etag: \"1\"", NEXT], EMPTY),
        _ => Answer::with(200, &["etag: \"2\""], r#"{"total_count":0,"jobs":[] }"#),
    })
    .await;
    let tag = tag(&grows).await;
    let (listed, requests) = fetch(&grows, Some(&tag)).await;
    assert_eq!((listed.is_some(), requests), (true, 3));
    // The second page is gone, which only the link of the first one shows.
    let shrinks = Server::serve(|index, _| match index {
        0 => Answer::with(200, &["etag: \"1\"", NEXT], EMPTY),
        1 => Answer::with(200, &["etag: \"2\""], r#"{"total_count":0,"jobs":[] }"#),
        2 => Answer::with(304, &["etag: \"1\"", "link: </api/v3/x?page=1>; rel=\"last\""], ""),
        _ => Answer::with(200, &["etag: \"1\""], EMPTY),
    })
    .await;
    let tag = self::tag(&shrinks).await;
    let (listed, requests) = fetch(&shrinks, Some(&tag)).await;
    assert_eq!((listed.is_some(), requests), (true, 2));
}

#[tokio::test(start_paused = true)]
async fn a_list_without_etags_has_no_tag_and_is_fetched_each_time() {
    // One page of two has an ETag.
    let server = Server::serve(|_, request| {
        let second = number(request, "page").is_some();
        let etag = if second { "x: y" } else { "etag: \"1\"" };
        let next = format!("link: <{PATH}?page=2>; rel=\"next\"");
        let headers = [etag, if second { "x: y" } else { &next }];
        Answer::with(200, &headers, r#"{"total_count":0,"jobs":[]}"#)
    })
    .await;
    let (listed, requests) = fetch(&server, None).await;
    assert_eq!((listed.unwrap().tag, requests), (None, 2));
}

#[tokio::test(start_paused = true)]
async fn a_tag_keeps_the_size_of_pages_that_the_server_can_make() {
    let pages: Pages = vec![(0..50).collect(), vec![50]];
    let server = Server::serve(move |_, request| match number(request, "per_page") {
        Some(100) => Answer::json(502, r#"{"message":"too slow"}"#),
        _ => answer(&pages, request),
    })
    .await;
    let (listed, requests) = fetch(&server, None).await;
    let listed = listed.unwrap();
    assert_eq!((listed.items.len(), requests), (51, 5));
    assert_eq!(fetch(&server, listed.tag.as_deref()).await, (None, 2));
    let queries = queries(&server);
    assert_eq!(queries[5..], ["page=1&per_page=50", "page=2&per_page=50"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_has_become_too_large_for_the_server_is_split() {
    let small: Pages = vec![(0..60).collect()];
    let large: Pages = vec![(0..50).collect(), (50..61).collect()];
    let server = Server::serve(move |index, request| match number(request, "per_page") {
        Some(100) if index == 0 => answer(&small, request),
        Some(100) => Answer::json(502, r#"{"message":"too slow"}"#),
        _ => answer(&large, request),
    })
    .await;
    let tag = tag(&server).await;
    let (listed, _) = fetch(&server, Some(&tag)).await;
    assert_eq!(ids(&listed.unwrap().items), (0..61).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_tag_of_another_request_is_refused_before_anything_is_sent() {
    let server = serve(&[&[1]], 0, &[&[1]]).await;
    let tag = tag(&server).await;
    let client = server.client();
    let other = always(a_job()).await;
    let others = [
        client.list_jobs_for_run("o", "r", 2),
        client.list_jobs_for_run("o", "s", 1),
        list(&client).per_page(50),
        list(&client).with_query("x", "y"),
        list(&other.client()),
    ];
    for request in others {
        let error = request.all_if_changed(Some(&tag)).await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error
                .to_string()
                .ends_with(": invalid argument: the list tag belongs to another request"),
            "{error}"
        );
    }
    assert_eq!((server.count(), other.count()), (1, 0));
    // Headers and deadlines do not make another request.
    let same = list(&client).with_header("x-trace", "1").with_deadline(std::time::Duration::MAX);
    assert_eq!(same.all_if_changed(Some(&tag)).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_not_a_tag_is_refused_before_anything_is_sent() {
    let server = serve(&[&[1], &[2]], 0, &[&[1], &[2]]).await;
    let tag = tag(&server).await;
    let client = server.client();
    let mut pages = list(&client).pages();
    pages.try_next().await.unwrap().unwrap();
    let position = pages.position().unwrap().to_owned();
    let sent = server.count();
    let link = "/api/v3/repositories/42/jobs";
    assert!(tag.contains(link), "{tag}");
    let texts = [
        String::new(),
        "null".to_owned(),
        "W/\"0123\"".to_owned(),
        "canary".to_owned(),
        "[".repeat(100_000),
        tag[..tag.len() - 1].to_owned(),
        tag.replace("W/", "\\n"),
        position,
        // Other places than the API of the client.
        tag.replace(link, "//127.0.0.2/api/v3/x"),
        tag.replace(link, "https://example.com/api/v3/x"),
        tag.replace(link, "/api/v3/../../login"),
        tag.replace(link, "/login"),
    ];
    for text in texts {
        let error = list(&client).all_if_changed(Some(&text)).await.failed();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        assert!(error.to_string().contains("the text is not a list tag"), "{error}: {text}");
    }
    assert_eq!(server.count(), sent);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_a_page_is_not_taken_for_a_list_that_is_the_same() {
    let pages: Pages = vec![vec![1], vec![2]];
    for (status, expected) in [(401, ErrorKind::Status), (503, ErrorKind::Status)] {
        let pages = pages.clone();
        let server = Server::serve(move |index, request| match index {
            0..=2 => answer(&pages, request),
            _ => Answer::json(status, "{}"),
        })
        .await;
        let tag = tag(&server).await;
        let error = list(&server.client()).all_if_changed(Some(&tag)).await.failed();
        assert_eq!(error.kind(), expected, "{status}");
    }
}
