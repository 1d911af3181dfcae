//! Redirects and links from https to http: refused, and never requested.

use github_workflow_jobs::{Error, ErrorKind};

use super::{Fails as _, a_job, always, job, log};
use crate::support::tls::{Authority, Tls};
use crate::support::{Answer, Received, Server};

/// A server over https whose answers can contain the URL of a server over http, and the second one.
async fn with_plain(
    authority: &Authority,
    answer: impl Fn(&Received, &str) -> Answer + Send + Sync + 'static,
) -> (Server, Server) {
    let plain = always(a_job()).await;
    let target = plain.origin.clone();
    let tls = Tls::of(authority.certificate());
    (Server::serve_tls(&tls, move |_, request| answer(request, &target)).await, plain)
}

#[track_caller]
fn is_refused(error: &Error, kind: ErrorKind, text: &str, plain: &Server) {
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.to_string().contains(text), "{error:?}");
    assert_eq!((plain.connections(), plain.count()), (0, 0), "{error:?}");
}

const DOWNGRADE: &str = "the redirect goes from https to http";

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_api_from_https_to_http_is_refused_and_not_requested() {
    let authority = Authority::new("ours");
    let (server, plain) =
        with_plain(&authority, |_, http| Answer::redirect(301, &format!("{http}/api/v3/x"))).await;
    let error = job(&server.client_trusting(&authority)).send().await.failed();
    is_refused(&error, ErrorKind::Redirect, DOWNGRADE, &plain);
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_http_on_the_same_host_and_port_is_refused() {
    let authority = Authority::new("ours");
    let tls = Tls::of(authority.certificate());
    let server = Server::serve_tls(&tls, |_, request| {
        let host = request.header("host")[0];
        Answer::redirect(302, &format!("http://{host}/api/v3/x"))
    })
    .await;
    let client = server.client_trusting(&authority);
    for error in [job(&client).send().await.failed(), log(&client).bytes().await.failed()] {
        assert!(error.to_string().contains(DOWNGRADE), "{error:?}");
    }
    assert_eq!(server.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_log_link_from_https_to_http_is_refused_on_both_hops() {
    let authority = Authority::new("ours");
    let (server, plain) = with_plain(&authority, |request, http| match &*request.target {
        target if target.ends_with("/1/logs") => {
            Answer::redirect(302, &format!("{http}/log?sig=canary"))
        }
        target if target.starts_with("/api/") => Answer::redirect(302, "/storage?sig=canary"),
        _ => Answer::redirect(302, &format!("{http}/log?sig=canary")),
    })
    .await;
    let client = server.client_trusting(&authority);
    for (job, requests) in [(1, 1), (2, 3)] {
        let log = client.download_job_logs("octo-org", "octo-repo", job);
        let error = log.bytes().await.failed();
        is_refused(&error, ErrorKind::Redirect, DOWNGRADE, &plain);
        assert_eq!(server.count(), requests);
    }
    let with_token = |request: &&Received| !request.header("authorization").is_empty();
    let all = server.received();
    assert_eq!(all.iter().filter(with_token).count(), 2, "{all:?}");
    assert!(!with_token(&&all[2]), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn a_next_link_from_https_to_http_is_refused_and_not_requested() {
    let authority = Authority::new("ours");
    for is_same_port in [false, true] {
        let (server, plain) = with_plain(&authority, move |request, http| {
            let own = format!("http://{}", request.header("host")[0]);
            let origin = if is_same_port { &own } else { http };
            let next = format!("link: <{origin}/api/v3/x?page=2>; rel=\"next\"");
            let headers = ["content-type: application/json", &next];
            Answer::with(200, &headers, r#"{"total_count":2,"jobs":[]}"#)
        })
        .await;
        let client = server.client_trusting(&authority);
        let error = client.list_jobs_for_run("octo-org", "octo-repo", 1).all().await.failed();
        is_refused(&error, ErrorKind::Pagination, "another origin", &plain);
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_is_fetched_over_https_without_the_token() {
    let authority = Authority::new("ours");
    let (server, plain) = with_plain(&authority, |request, _| {
        if request.target.starts_with("/api/") {
            Answer::redirect(302, "/log?sig=canary")
        } else {
            Answer::with(200, &["content-type: text/plain"], "one\n")
        }
    })
    .await;
    assert_eq!(log(&server.client_trusting(&authority)).text().await.unwrap(), "one\n");
    assert!(server.received()[1].header("authorization").is_empty());
    assert_eq!(plain.count(), 0);
}
