//! Links of pages: the token goes to the API only.

use github_workflow_jobs::{ClientBuilder, ErrorKind};

use super::{PATH, ids, list, page};
use crate::sdk::faults::{Fails as _, a_job, always, shown};
use crate::support::{Answer, Server, read};

/// A server of two pages, the first with this link.
async fn two_pages(next: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
    Server::serve(move |index, request| {
        let host = request.header("host")[0];
        page([index as i64], 2, (index == 0).then_some(next(host).as_str()))
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_next_link_to_another_origin_is_refused_after_the_items_of_its_page() {
    let evil = always(a_job()).await;
    let place = evil.origin.clone();
    let server = two_pages(move |_| format!("{place}/x")).await;
    let mut jobs = list(&server.client()).stream();
    let job = jobs.try_next().await.unwrap().unwrap();
    assert_eq!(job.id.get(), 0, "the items of the received page are kept");
    let error = jobs.try_next().await.failed();
    assert_eq!((error.kind(), evil.count(), server.count()), (ErrorKind::Pagination, 0, 1));
    let place = evil.origin.strip_prefix("http://").unwrap();
    assert!(
        error.to_string().contains("another origin") && error.to_string().contains(place),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_next_link_is_followed_unchanged_and_with_the_token() {
    // The links are absolute, relative to the host, relative to the page, and with a user.
    let links: [fn(&str) -> String; 4] = [
        |host| format!("http://{host}/api/v3/repositories/42/actions/runs/1/jobs?page=2&x=%7E"),
        |_| "/api/v3/repositories/42/actions/runs/1/jobs?page=2&x=%7E".to_owned(),
        |_| "../../../../../../repositories/42/actions/runs/1/jobs?page=2&x=%7E".to_owned(),
        |host| format!("http://u:p@{host}/api/v3/repositories/42/actions/runs/1/jobs?page=2&x=%7E"),
    ];
    for next in links {
        let server = two_pages(next).await;
        assert_eq!(ids(&list(&server.client()).all().await.unwrap()), [0, 1]);
        let received = server.received();
        assert_eq!(received[0].target, format!("{PATH}?per_page=100"));
        assert_eq!(received[1].target, "/api/v3/repositories/42/actions/runs/1/jobs?page=2&x=%7E");
        for request in received {
            assert_eq!(request.header("authorization"), ["Bearer ghp_canary"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_next_link_outside_the_base_path_is_refused_and_its_path_is_named() {
    for (path, named) in [
        ("/repositories/42/actions/runs/1/jobs", "/repositories/42/actions/runs/1/jobs"),
        ("/api/v3x/jobs", "/api/v3x/jobs"),
        ("/api/v3/../../login", "/login"),
        ("/api/v3/%2e%2e/%2E%2e/login", "/login"),
    ] {
        let server = two_pages(move |host| format!("http://{host}{path}")).await;
        let error = list(&server.client()).all().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::Pagination, 1), "{path}");
        let text = error.to_string();
        assert!(text.contains(&format!("goes to {named}, outside")), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_next_link_that_is_not_a_web_address_is_refused() {
    for link in [
        "http://",
        "http://[::1",
        "mailto:octo@example.com",
        "ftp://ftp.example.com/x",
        "data:text/plain,canary",
        "file:///etc/x",
    ] {
        for rebases in [false, true] {
            let server = two_pages(move |_| link.to_owned()).await;
            let builder = server.builder();
            let builder = if rebases { builder.rebase_links() } else { builder };
            let error = list(&builder.build().unwrap()).all().await.failed();
            assert_eq!((error.kind(), server.count()), (ErrorKind::Pagination, 1), "{link}");
            assert!(shown(&error).contains("not a valid URL"), "{}", shown(&error));
        }
    }
}

/// The target of the request for the second page, from a client of `base` below a server.
async fn second(base: &str, next: impl Fn(&str) -> String + Send + Sync + 'static) -> String {
    let server = two_pages(next).await;
    let builder: ClientBuilder = server.builder().api_url(format!("{}{base}", server.origin));
    let client = builder.rebase_links().build().unwrap();
    assert_eq!(ids(&list(&client).all().await.unwrap()), [0, 1]);
    let received = server.received();
    assert!(
        received.iter().all(|request| request.header("authorization") == ["Bearer ghp_canary"])
    );
    received[1].target.clone()
}

#[tokio::test(start_paused = true)]
async fn rebased_links_stay_below_the_base_url() {
    const REST: &str = "repositories/42/actions/runs/1/jobs?page=2";
    // A server behind the path of a proxy, which names itself; which names the proxy; and github.com.
    for link in ["https://ghes.example.com/api/v3/", "/api/v3/", "https://api.github.com/"] {
        let target = second("/gh", move |_| format!("{link}{REST}")).await;
        assert_eq!(target, format!("/gh/{REST}"), "{link}");
    }
    // The proxy rewrites its links, or they are relative.
    for link in ["/gh/", "../../../../../../repositories/42/../../"] {
        let target = second("/gh", move |_| format!("{link}{REST}")).await;
        assert_eq!(target, format!("/gh/{REST}"), "{link}");
    }
    // The base URL has no path.
    let target = second("", |_| format!("https://api.github.com/{REST}")).await;
    assert_eq!(target, format!("/{REST}"));
    // A hostile link gets no further than a link of the server itself.
    let target =
        second("/gh", |_| "https://evil.example/api/v3/../../../login?page=2".to_owned()).await;
    assert_eq!(target, "/gh/login?page=2");
}

#[tokio::test(start_paused = true)]
async fn a_link_header_that_is_not_about_pages_does_not_end_a_list() {
    for link in [
        "link: </s.css>; rel=preload",
        "link: <https://d/>; rel=\"deprecation\"",
        "link: <?page=1>; rel=\"self\"",
        "link: ",
        "link: garbage",
    ] {
        let server = Server::serve(move |_, request| {
            let page = super::number(request, "page").unwrap_or(1);
            let job: serde_json::Value =
                serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
            let with_id = |id: i64| {
                let mut job = job.clone();
                job["id"] = id.into();
                job
            };
            let jobs: Vec<_> = ((page - 1) * 100..(page * 100).min(250)).map(with_id).collect();
            let body = serde_json::json!({"total_count": 250, "jobs": jobs}).to_string();
            Answer::with(200, &[link], body)
        })
        .await;
        assert_eq!(list(&server.client()).all().await.unwrap().len(), 250, "{link}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_relation_of_a_link_has_no_case() {
    let server = Server::serve(|index, _| {
        let link = "link: </api/v3/repositories/1/actions/runs/1/jobs?page=2>; rel=\"NEXT\"";
        let links: &[&str] = if index == 0 { &[link] } else { &[] };
        let job = read("tests/fixtures/documented/get-job.json")
            .replace("399444496", &(index + 1).to_string());
        let body = format!("{{\"total_count\":2,\"jobs\":[{job}]}}");
        Answer::with(200, links, body)
    })
    .await;
    assert_eq!(list(&server.client()).all().await.unwrap().len(), 2);
}
