//! Tokens that the server refuses, and providers that are slow or fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::{AccessToken, Client, ErrorKind};
use tokio::time::{Instant, sleep};

use super::limits::{DATE, NOW};
use super::{Fails as _, a_job, always, job};
use crate::support::{Answer, Server};

const SECOND: Duration = Duration::from_secs(1);

/// The result of a provider when it is asked for the nth time, from 0.
type Answers = fn(usize) -> Result<AccessToken, &'static str>;

/// A client whose provider takes some time, and the number of times that the provider was asked.
fn provided(server: &Server, takes: Duration, answer: Answers) -> (Client, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let builder = server.builder().concurrency(1).token_provider(move || {
        let index = count.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(takes).await;
            Ok(answer(index)?)
        }
    });
    (builder.build().unwrap(), asked)
}

fn numbered(index: usize) -> Result<AccessToken, &'static str> {
    Ok(AccessToken::new(format!("ghs_canary{index}")))
}

fn refused() -> Answer {
    let reset = format!("x-ratelimit-reset: {}", NOW + 50);
    let headers = [DATE, "x-ratelimit-limit: 60", "x-ratelimit-remaining: 0", &reset];
    Answer::with(401, &headers, r#"{"message":"Bad credentials"}"#)
}

/// The tokens that the server received, without their common part.
fn tokens(server: &Server) -> Vec<String> {
    let received = server.received();
    let token = |request: &crate::support::Received| {
        request.header("authorization")[0].replace("Bearer ghs_canary", "")
    };
    received.iter().map(token).collect()
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_is_asked_once_for_all_calls_that_wait() {
    let server = always(a_job()).await;
    let (client, asked) =
        provided(&server, SECOND, |index| if index == 0 { Err("no network") } else { numbered(0) });
    let start = Instant::now();
    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(job(&client).send())).collect();
    for call in calls {
        let error = call.await.unwrap().failed();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().ends_with(": the token provider failed"), "{error}");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no network");
        assert!(error.is_retryable());
    }
    assert_eq!((asked.load(Ordering::SeqCst), start.elapsed().as_secs()), (1, 1));
    assert_eq!(server.count(), 0);
    // The next call asks again.
    job(&client).send().await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_provider_is_asked_once_for_many_calls() {
    let server = always(a_job()).await;
    let (client, asked) = provided(&server, SECOND, numbered);
    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(job(&client).send())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((asked.load(Ordering::SeqCst), server.count()), (1, 50));
}

#[tokio::test(start_paused = true)]
async fn a_text_that_cannot_be_a_token_fails_all_calls_that_wait() {
    let server = Server::start([]).await;
    let (client, asked) = provided(&server, SECOND, |_| Ok(AccessToken::new("canary\n")));
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(job(&client).send())).collect();
    for call in calls {
        let error = call.await.unwrap().failed();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("token: ") && !error.is_retryable(), "{error}");
    }
    assert_eq!((asked.load(Ordering::SeqCst), server.count()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_does_not_start_the_provider_again() {
    let server = always(a_job()).await;
    let (client, asked) = provided(&server, 5 * SECOND, numbered);
    let start = Instant::now();
    let first = tokio::spawn(job(&client).send());
    let hasty = tokio::spawn(job(&client).with_deadline(2 * SECOND).send());
    let patient = tokio::spawn(job(&client).send());
    sleep(SECOND).await;
    first.abort();
    assert_eq!(hasty.await.unwrap().failed().kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed().as_secs(), 2);
    patient.await.unwrap().unwrap();
    assert_eq!((asked.load(Ordering::SeqCst), start.elapsed().as_secs()), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_no_call_waits_for_is_dropped() {
    let server = always(a_job()).await;
    let (client, asked) = provided(&server, 5 * SECOND, numbered);
    job(&client).with_deadline(4 * SECOND).send().await.failed();
    let start = Instant::now();
    job(&client).send().await.unwrap();
    assert_eq!((asked.load(Ordering::SeqCst), start.elapsed().as_secs()), (2, 5));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_panics_fails_the_calls_that_wait_and_can_be_asked_again() {
    let server = always(a_job()).await;
    let (client, asked) =
        provided(&server, SECOND, |index| if index == 0 { panic!("test") } else { numbered(0) });
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(job(&client).send())).collect();
    for call in calls {
        let error = call.await.unwrap().failed();
        assert_eq!(error.kind(), ErrorKind::Config);
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "the token provider panicked");
    }
    job(&client).send().await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    // The function itself can panic, too.
    let client = server.builder().token_provider(|| -> std::future::Ready<_> { panic!("test") });
    let client = client.build().unwrap();
    assert_eq!(job(&client).send().await.failed().kind(), ErrorKind::Config);
    assert_eq!(job(&client).send().await.failed().kind(), ErrorKind::Config);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_expired_by_a_wrong_clock_is_used_for_a_minute() {
    let server = always(a_job()).await;
    let (client, asked) = provided(&server, Duration::ZERO, |_| {
        Ok(AccessToken::new("ghs_canary").expires_at(Timestamp::now() - 3600 * SECOND))
    });
    for _ in 0..10 {
        job(&client).send().await.unwrap();
        sleep(5 * SECOND).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    sleep(10 * SECOND).await;
    // The provider gives the same token again, which is used for a minute again.
    for _ in 0..10 {
        job(&client).send().await.unwrap();
        sleep(5 * SECOND).await;
    }
    assert_eq!((asked.load(Ordering::SeqCst), server.count()), (2, 20));
}

#[tokio::test(start_paused = true)]
async fn a_provider_is_asked_a_minute_before_its_token_expires() {
    for (left, asks) in [(50, 2), (70, 1)] {
        let server = always(a_job()).await;
        let expires_at = Timestamp::now() + Duration::from_secs(left);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let client = server.builder().token_provider(move || {
            count.fetch_add(1, Ordering::SeqCst);
            async move { Ok(AccessToken::new("ghs_canary").expires_at(expires_at)) }
        });
        let client = client.build().unwrap();
        job(&client).send().await.unwrap();
        sleep(61 * SECOND).await;
        job(&client).send().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), asks, "{left}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_401_for_a_new_token_is_retried_with_the_same_token() {
    let server = Server::serve(|index, _| if index < 3 { refused() } else { a_job() }).await;
    let (client, asked) = provided(&server, Duration::ZERO, numbered);
    let start = Instant::now();
    job(&client).send().await.unwrap();
    assert_eq!((tokens(&server), asked.load(Ordering::SeqCst)), (vec!["0".to_owned(); 4], 1));
    assert!(start.elapsed() <= 5 * SECOND, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_401_for_an_older_token_is_retried_at_once_with_a_new_one() {
    let server = Server::start([a_job(), refused(), a_job()]).await;
    let (client, asked) = provided(&server, Duration::ZERO, numbered);
    job(&client).send().await.unwrap();
    sleep(5 * SECOND).await;
    let start = Instant::now();
    job(&client).send().await.unwrap();
    assert_eq!(
        (tokens(&server), asked.load(Ordering::SeqCst)),
        (["0", "0", "1"].map(str::to_owned).to_vec(), 2)
    );
    assert_eq!(start.elapsed().as_secs(), 0, "the rate limit of the 401 does not count");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_that_the_provider_gives_again_is_not_a_new_one() {
    let server = Server::serve(|index, _| if index == 0 { a_job() } else { refused() }).await;
    let (client, asked) = provided(&server, Duration::ZERO, |_| Ok(AccessToken::new("ghs_canary")));
    job(&client).send().await.unwrap();
    sleep(5 * SECOND).await;
    let start = Instant::now();
    let error = job(&client).send().await.failed();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!((server.count(), asked.load(Ordering::SeqCst)), (3, 2));
    assert_eq!(start.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_refused_is_replaced_once_for_all_calls() {
    // The provider gives the same text again, which the server knows by now.
    let server =
        Server::serve(|index, _| if (1..=20).contains(&index) { refused() } else { a_job() }).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let client = server.builder().concurrency(20).token_provider(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok(AccessToken::new("ghs_canary")) }
    });
    let client = client.build().unwrap();
    job(&client).send().await.unwrap();
    sleep(5 * SECOND).await;
    let calls: Vec<_> = (0..20).map(|_| tokio::spawn(job(&client).send())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((asked.load(Ordering::SeqCst), server.count()), (2, 41));
}

#[tokio::test(start_paused = true)]
async fn a_call_in_the_queue_does_not_send_a_token_that_was_refused_in_the_meantime() {
    let server = Server::serve(|index, _| if index == 1 { refused() } else { a_job() }).await;
    let (client, asked) = provided(&server, SECOND, numbered);
    job(&client).send().await.unwrap();
    sleep(5 * SECOND).await;
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(job(&client).send())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens(&server), ["0", "0", "1", "1", "1", "1", "1"]);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_stays_refused_is_tried_five_times_in_five_seconds_and_replaced_once() {
    let server = always(refused()).await;
    let (client, asked) = provided(&server, Duration::ZERO, numbered);
    let start = Instant::now();
    job(&client).send().await.failed();
    let [old, new] = ["0", "1"].map(|token| vec![token.to_owned(); 5]);
    assert_eq!((tokens(&server), asked.load(Ordering::SeqCst)), ([old, new].concat(), 2));
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn many_calls_with_refused_tokens_stay_within_the_budget() {
    let server = always(refused()).await;
    let (client, asked) = provided(&server, Duration::ZERO, numbered);
    for _ in 0..50 {
        assert_eq!(job(&client).send().await.failed().status().unwrap(), 401);
    }
    // Each call with the old token and a new one, and 35 retries from the budget.
    assert!(server.count() <= 2 * 50 + 35, "{}", server.count());
    assert!(asked.load(Ordering::SeqCst) <= 51);
}
