//! Lists of several pages: a list is complete or an error.

mod changed;
mod links;
mod positions;
mod sizes;
mod uncounted;

use github_workflow_jobs::requests::ListJobsForRun;
use github_workflow_jobs::{Client, ErrorKind, Job, JobPage, Response};
use serde_json::{Value, json};

use super::{Fails as _, always};
use crate::support::{Answer, Received, Server, read};

/// The path of the list.
const PATH: &str = "/api/v3/repos/o/r/actions/runs/1/jobs";

fn list(client: &Client) -> ListJobsForRun {
    client.list_jobs_for_run("o", "r", 1)
}

fn ids(jobs: &[Job]) -> Vec<i64> {
    jobs.iter().map(|job| job.id.get()).collect()
}

/// A page with these jobs.
fn page(ids: impl IntoIterator<Item = i64>, total: i64, next: Option<&str>) -> Answer {
    let job: Value = serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
    let with_id = |id: i64| {
        let mut job = job.clone();
        job["id"] = id.into();
        job
    };
    let jobs: Vec<_> = ids.into_iter().map(with_id).collect();
    let body = json!({"total_count": total, "jobs": jobs}).to_string();
    let link = next.map(|next| format!("link: <{next}>; rel=\"next\""));
    let headers: Vec<_> = link.iter().map(String::as_str).collect();
    Answer::with(200, &headers, body)
}

/// The number of a parameter in the query of a request.
fn number(request: &Received, name: &str) -> Option<i64> {
    let (_, query) = request.target.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.parse().unwrap())
}

/// The answer of a server that has the jobs `0..total`.
struct Listing {
    total: i64,
    has_links: bool,
    /// The server has pages of this size, whatever is asked for.
    only_size: Option<i64>,
}

impl Listing {
    const fn of(total: i64) -> Self {
        Self { total, has_links: true, only_size: None }
    }

    fn answer(&self, request: &Received) -> Answer {
        let page_number = number(request, "page").unwrap_or(1);
        let asked = number(request, "per_page").unwrap_or(30);
        let size = self.only_size.unwrap_or(asked);
        let start = (page_number - 1) * size;
        let end = (start + size).min(self.total);
        let next = format!("{PATH}?per_page={asked}&page={}", page_number + 1);
        let next = (self.has_links && end < self.total).then_some(next.as_str());
        page(start..end, self.total, next)
    }
}

/// The queries of the requests so far.
fn queries(server: &Server) -> Vec<String> {
    let query = |request: &Received| {
        let (path, query) = request.target.split_once('?').unwrap();
        assert_eq!(path, PATH);
        query.to_owned()
    };
    server.received().iter().map(query).collect()
}

#[tokio::test(start_paused = true)]
async fn pages_start_at_the_page_and_with_the_size_of_the_caller() {
    let server = always(page([1], 1_000_000_000, None)).await;
    let mut pages = list(&server.client()).per_page(7).page(3).pages();
    pages.try_next().await.unwrap().unwrap();
    assert_eq!(server.only().target, format!("{PATH}?page=3&per_page=7"));
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_pages_or_links_repeat_ends_with_an_error() {
    // Every page has the same items and a new link.
    let same = Server::serve(|index, _| {
        page([1], 1_000_000_000, Some(&format!("/api/v3/x?page={}", index + 2)))
    })
    .await;
    // Every page has new items and the same link.
    let round =
        Server::serve(|index, _| page([index as i64], 1_000_000_000, Some("/api/v3/x?page=2")))
            .await;
    for server in [same, round] {
        let mut jobs = list(&server.client()).stream();
        let mut seen = Vec::new();
        let error = loop {
            match jobs.try_next().await {
                Ok(job) => seen.push(job.expect("the list must not end without an error").id),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Pagination);
        assert!(error.to_string().contains("repeats an earlier page"), "{error}");
        assert!(server.count() <= 3);
        assert!(jobs.next().await.is_none(), "the stream ends after an error");
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_with_an_invalid_owner_returns_one_error_and_ends() {
    let server = Server::start([]).await;
    let mut jobs = server.client().list_jobs_for_run("..", "r", 1).stream();
    assert_eq!(jobs.next().await.unwrap().failed().kind(), ErrorKind::InvalidInput);
    assert!(jobs.next().await.is_none());
    assert_eq!(server.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_links_is_read_by_the_numbers_of_its_pages() {
    for (only_size, requests) in [(None, 3), (Some(30), 9), (Some(50), 5)] {
        let listing = Listing { total: 250, has_links: false, only_size };
        let server = Server::serve(move |_, request| listing.answer(request)).await;
        let jobs = list(&server.client()).all().await.unwrap();
        assert_eq!(ids(&jobs), (0..250).collect::<Vec<_>>());
        let queries = queries(&server);
        assert_eq!(queries.len(), requests, "{queries:?}");
        assert_eq!(queries[..2], ["per_page=100", "page=2&per_page=100"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_links_is_read_to_its_end_from_the_page_of_the_caller() {
    // A server can have smaller pages than it is asked for: then fewer items are before that page.
    for (only_size, start, number, requests) in
        [(None, 200, 3, 2), (Some(30), 60, 3, 7), (Some(100), 100, 2, 2), (None, 200, 9, 1)]
    {
        let listing = Listing { total: 250, has_links: false, only_size };
        let server = Server::serve(move |_, request| listing.answer(request)).await;
        let jobs = list(&server.client()).page(number).all().await.unwrap();
        let expected: Vec<_> = if number == 9 { Vec::new() } else { (start..250).collect() };
        assert_eq!(ids(&jobs), expected);
        assert_eq!(server.count(), requests, "{only_size:?} {:?}", queries(&server));
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_links_that_ends_early_is_an_error_with_both_figures() {
    /// The jobs of the page with this number, from 1.
    type Ids = fn(i64) -> std::ops::Range<i64>;
    // The server counts 300 jobs.
    let cases: [(&str, Ids, &str); 5] = [
        (
            "empty after one page",
            |number| if number == 1 { 0..100 } else { 0..0 },
            "after 100 items",
        ),
        ("empty at once", |_| 0..0, "after 0 items"),
        ("the same page for ever", |_| 0..100, "after 100 items"),
        ("the same large page for ever", |_| 0..150, "after 150 items"),
        (
            "two pages for ever",
            |number| if number % 2 == 1 { 0..100 } else { 100..160 },
            "after 160 items",
        ),
    ];
    for (name, items, says) in cases {
        let answer = move |_, request: &Received| {
            page(items(number(request, "page").unwrap_or(1)), 300, None)
        };
        let server = Server::serve(answer).await;
        let mut jobs = list(&server.client()).stream();
        let mut seen = Vec::new();
        let error = loop {
            match jobs.try_next().await {
                Ok(job) => seen.push(job.unwrap_or_else(|| panic!("{name}: ended")).id),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Pagination, "{name}");
        let text = error.to_string();
        assert!(text.contains(says) && text.contains("the server counts 300"), "{name}: {text}");
        assert!(server.count() <= 3, "{name}: {}", server.count());
        assert!(seen.is_sorted_by(|a, b| a < b), "{name}: an item came twice");
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_without_a_next_link_is_the_end_of_a_list_with_links() {
    let server = Server::serve(|index, _| match index {
        0 => page(0..100, 5_000, Some(&format!("{PATH}?page=2&per_page=100"))),
        _ => page(100..150, 5_000, None),
    })
    .await;
    let jobs = list(&server.client()).all().await.unwrap();
    assert_eq!((jobs.len(), server.count()), (150, 2));
    // One page can have links, too.
    let link = format!("link: <{PATH}?page=1>; rel=\"first\"");
    let body = r#"{"total_count":5000,"jobs":[]}"#;
    let server = always(Answer::with(200, &[&link], body)).await;
    assert_eq!(list(&server.client()).all().await.unwrap(), []);
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_newest_count_is_the_one_that_counts() {
    // Ten jobs are added while the list is read.
    let server = Server::serve(|index, _| match index {
        0 => page(0..100, 100 + 5, None),
        _ => page(100..115, 115, None),
    })
    .await;
    assert_eq!(list(&server.client()).all().await.unwrap().len(), 115);
    // Ten jobs are removed.
    let server = Server::serve(|index, _| match index {
        0 => page(0..100, 120, None),
        _ => page(100..110, 110, None),
    })
    .await;
    assert_eq!(list(&server.client()).all().await.unwrap().len(), 110);
    assert_eq!(server.count(), 2);
}

/// The pages of a list that grows at its start: two items move to the next page each time.
async fn moving() -> Server {
    Server::serve(|index, _| {
        let next = format!("{PATH}?page={}", index + 2);
        match index {
            0 => page([1, 2, 3, 4], 10, Some(&next)),
            1 => page([3, 4, 5, 6], 12, Some(&next)),
            // An item of the first page, and one of the second.
            2 => page([2, 6, 7, 8], 14, Some(&next)),
            _ => page([9], 14, None),
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn an_item_that_moves_to_another_page_comes_once() {
    let expected: Vec<_> = (1..=9).collect();
    let server = moving().await;
    assert_eq!(ids(&list(&server.client()).all().await.unwrap()), expected);
    let server = moving().await;
    let mut jobs = list(&server.client()).stream();
    let mut streamed = Vec::new();
    while let Some(job) = jobs.try_next().await.unwrap() {
        streamed.push(job);
    }
    assert_eq!(ids(&streamed), expected);
}

#[tokio::test(start_paused = true)]
async fn pages_have_all_the_items_that_the_server_sends() {
    let server = moving().await;
    let pages = list(&server.client()).pages().try_collect().await.unwrap();
    let ids = |page: Response<JobPage>| page.into_iter().map(|job| job.id.get()).collect();
    let pages: Vec<Vec<i64>> = pages.into_iter().map(ids).collect();
    assert_eq!(pages, [vec![1, 2, 3, 4], vec![3, 4, 5, 6], vec![2, 6, 7, 8], vec![9]]);
}
