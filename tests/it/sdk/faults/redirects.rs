//! Redirects of the API and of the hosts of logs.

use github_workflow_jobs::ErrorKind;

use super::storage::{a_log, on_log_host, own_log};
use super::{Fails as _, a_job, always, job, log};
use crate::support::{Answer, Received, Server};

/// Asserts that a request to the host of a log has no token and no header of the client.
#[track_caller]
fn is_bare(request: &Received) {
    for name in
        ["authorization", "cookie", "referer", "api-version", "x-github-api-version", "x-extra"]
    {
        assert!(request.header(name).is_empty(), "{name}: {request:?}");
    }
    assert!(!format!("{request:?}").contains("ghp_canary"));
}

#[tokio::test(start_paused = true)]
async fn a_log_is_requested_without_the_token_and_headers_of_the_client() {
    let storage = always(a_log()).await;
    let target = format!("{}/log", storage.origin);
    let other = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    let own = own_log(|_| a_log()).await;
    for (api, host) in [(&other, &storage), (&own, &own)] {
        let client = api.builder().header("x-extra", "canary").build().unwrap();
        assert_eq!(log(&client).text().await.unwrap(), "one\ntwo\nthree\n");
        assert_eq!(api.received()[0].header("authorization"), ["Bearer ghp_canary"]);
        assert_eq!(api.received()[0].header("x-extra"), ["canary"]);
        assert_eq!(on_log_host(host).len(), 1);
        on_log_host(host).iter().for_each(is_bare);
    }
}

#[tokio::test(start_paused = true)]
async fn escapes_in_a_log_link_are_sent_unchanged() {
    let storage = always(a_log()).await;
    let target = format!("{}/log?sig=a%2Bb", storage.origin);
    let api = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    log(&api.client()).bytes().await.unwrap();
    assert_eq!(storage.only().target, "/log?sig=a%2Bb");
}

#[tokio::test(start_paused = true)]
async fn a_second_redirect_of_a_log_is_followed_without_the_token() {
    let storage = Server::serve(|_, request| match request.target.as_str() {
        "/first" => Answer::redirect(302, "/second"),
        _ => a_log(),
    })
    .await;
    let target = format!("{}/first", storage.origin);
    let api = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    log(&api.client()).bytes().await.unwrap();
    assert_eq!(storage.count(), 2);
    storage.received().iter().for_each(is_bare);
}

#[tokio::test(start_paused = true)]
async fn chains_of_redirects_carry_the_token_to_the_api_only() {
    // Every chain of up to three redirects over three origins (the API's own is one of them), as a number
    // in base three.
    let (mut chains, mut requests) = (0, 0);
    for length in 1..=3u32 {
        for turns in 0..3usize.pow(length) {
            let origins = std::sync::Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
            let hop = |origins: std::sync::Arc<std::sync::Mutex<Vec<String>>>| {
                move |_: usize, request: &Received| {
                    let step =
                        request.target.strip_prefix("/hop").map_or(0, |step| step.parse().unwrap());
                    if step >= length {
                        return a_log();
                    }
                    let turn = turns / 3usize.pow(step) % 3;
                    let origin = origins.lock().unwrap()[turn].clone();
                    Answer::redirect(302, &format!("{origin}/hop{}", step + 1))
                }
            };
            let mut servers = Vec::new();
            for _ in 0..3 {
                servers.push(Server::serve(hop(origins.clone())).await);
            }
            *origins.lock().unwrap() = servers.iter().map(|server| server.origin.clone()).collect();
            log(&servers[0].client()).bytes().await.unwrap();
            chains += 1;
            let all: Vec<_> = servers.iter().flat_map(Server::received).collect();
            let with_token =
                all.iter().filter(|request| !request.header("authorization").is_empty());
            assert_eq!(with_token.count(), 1, "the token goes to the API only: {all:?}");
            assert_eq!(all.len() as u32, length + 1);
            all.iter().filter(|request| request.target.starts_with("/hop")).for_each(is_bare);
            requests += all.len();
        }
    }
    println!("{chains} chains, {requests} requests: only calls to the API have the token");
}

#[tokio::test(start_paused = true)]
async fn a_log_link_that_is_missing_or_not_http_is_refused_after_one_request() {
    let mut heads: Vec<Vec<u8>> =
        ["", "http://[::1", "file:///etc/passwd", "ftp://h/x", "gopher://h/x", "data:,x"]
            .map(|location| format!("location: {location}\r\n").into_bytes())
            .to_vec();
    heads.push(Vec::new());
    heads.push(b"location: http://h/\xff\xfe\r\n".to_vec());
    for head in heads {
        let answer = [
            &b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\n"[..],
            &head,
            b"\r\n",
        ]
        .concat();
        let server = always(Answer::raw(answer)).await;
        let error = log(&server.client()).bytes().await.failed();
        assert_eq!((error.kind(), server.count()), (ErrorKind::Redirect, 1), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_in_a_log_link_is_not_sent() {
    let storage = always(a_log()).await;
    let target = storage.origin.replace("http://", "http://user:secret@");
    let api = Server::serve(move |_, _| Answer::redirect(302, &target)).await;
    log(&api.client()).bytes().await.unwrap();
    is_bare(&storage.only());
}

#[tokio::test(start_paused = true)]
async fn a_redirect_loop_of_a_log_ends_with_an_error() {
    let server = own_log(|index| Answer::redirect(302, &format!("/loop{}", index % 7))).await;
    let error = log(&server.client()).bytes().await.failed();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("more than 3 redirects"), "{error}");
    assert!(on_log_host(&server).len() <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_loop_of_a_json_answer_ends_with_an_error() {
    let server =
        Server::serve(|index, _| Answer::redirect(302, &format!("/api/v3/loop{}", index % 7)))
            .await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("more than 5 redirects"), "{error}");
    assert!(server.count() <= 6);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_api_on_its_own_origin_is_followed_with_the_token() {
    let server =
        Server::start([Answer::redirect(301, "/api/v3/repositories/42/actions/jobs/1"), a_job()])
            .await;
    job(&server.client()).send().await.unwrap();
    assert_eq!(server.received()[1].header("authorization"), ["Bearer ghp_canary"]);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_api_to_another_origin_is_refused_and_not_requested() {
    let elsewhere = always(a_job()).await;
    let target = format!("{}/x", elsewhere.origin);
    let server = always(Answer::redirect(301, &target)).await;
    let error = job(&server.client()).send().await.failed();
    assert_eq!((error.kind(), server.count(), elsewhere.count()), (ErrorKind::Redirect, 1, 0));
    assert!(error.to_string().contains("another origin"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_logs_path_itself_is_followed_with_the_token() {
    for status in [301, 307, 308] {
        let server = Server::serve(move |index, request| match index {
            0 => Answer::redirect(status, "/api/v3/repositories/42/actions/jobs/1/logs"),
            1 => Answer::redirect(302, "/log"),
            _ => {
                is_bare(request);
                a_log()
            }
        })
        .await;
        log(&server.client()).bytes().await.unwrap();
        assert_eq!(server.received()[1].header("authorization"), ["Bearer ghp_canary"]);
    }
}
