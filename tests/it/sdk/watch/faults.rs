//! Failures that a watch survives, and those that end it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use github_workflow_jobs::ErrorKind;
use tokio::time::Instant;

use super::{completed_after, is_run, job, page, requests, run_answer, seen, serve};
use crate::support::{Answer, Received, Server};

fn missing() -> Answer {
    Answer::json(404, r#"{"message":"Not Found"}"#)
}

#[tokio::test(start_paused = true)]
async fn a_bad_answer_between_two_good_ones_neither_ends_the_watch_nor_repeats_a_job() {
    type Bad = fn(&Received) -> Answer;
    let bad: [Bad; 4] = [
        |_| missing(),
        |_| Answer::with(502, &[], ""),
        |request| page(request, &[], None),
        |request| page(request, &[job(1, "completed")], None),
    ];
    for (number, bad) in bad.into_iter().enumerate() {
        let list = move |index: usize, request: &Received| match index {
            // A 502 is tried three times.
            2..=4 => bad(request),
            _ => page(request, &[job(1, "completed"), job(2, "completed")], None),
        };
        let server = serve(list, completed_after(6)).await;
        let mut changes = server.client().watch_run("o", "r", 1).stream();
        let mut seen = Vec::new();
        while let Some(change) = changes.try_next().await.unwrap() {
            seen.push(change.job.id.0);
        }
        assert_eq!(seen, [1, 2], "bad answer {number}");
        assert_eq!(changes.jobs().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_after_the_end_of_the_run_is_ignored() {
    let list = |index: usize, request: &Received| match index {
        1..=3 => page(request, &[], None),
        _ => page(request, &[job(1, "completed")], None),
    };
    let server = serve(list, completed_after(1)).await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    while changes.try_next().await.unwrap().is_some() {}
    assert_eq!(changes.jobs().len(), 1);
    assert_eq!(requests(&server).1, 5);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_found_and_is_gone_ends_the_watch_after_ten_failures() {
    let list = |index: usize, request: &Received| match index {
        0 => page(request, &[job(1, "in_progress")], None),
        _ => missing(),
    };
    let server = serve(list, completed_after(usize::MAX)).await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(changes.try_next().await.unwrap_err().status().unwrap(), 404);
    assert_eq!(requests(&server).1, 11);
}

#[tokio::test(start_paused = true)]
async fn a_404_for_a_run_that_was_read_is_a_failure_that_passes() {
    let server = Server::serve(|index, request| match (is_run(request), index) {
        (true, 1) => run_answer(request, Some("in_progress")),
        (true, index) if index < 30 => missing(),
        (true, _) => run_answer(request, Some("in_progress")),
        (false, _) => page(request, &[job(1, "completed")], None),
    })
    .await;
    let watch = server.client().watch_run("o", "r", 1).with_settle(Duration::ZERO);
    let mut changes = watch.with_deadline(Duration::from_secs(60)).stream();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(changes.try_next().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_ten_times_in_a_row_ends_the_watch() {
    let server = Server::serve(|_, request| match is_run(request) {
        true => Answer::with(500, &[], ""),
        false => page(request, &[job(1, "completed")], None),
    })
    .await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(changes.try_next().await.unwrap_err().status().unwrap(), 500);
    assert_eq!(requests(&server), (30, 10), "three attempts each");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_for_the_run_ends_the_watch() {
    let server = Server::serve(|_, request| match is_run(request) {
        true => Answer::json(401, r#"{"message":"Bad credentials"}"#),
        false => page(request, &[job(1, "completed")], None),
    })
    .await;
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(changes.try_next().await.unwrap_err().status().unwrap(), 401);
}

/// A server that finds a run of one completed job after 8 s.
async fn dispatched() -> Server {
    let start = Instant::now();
    Server::serve(move |_, request| match is_run(request) {
        _ if start.elapsed() < Duration::from_secs(8) => missing(),
        true => run_answer(request, Some("completed")),
        false => page(request, &[job(1, "completed")], None),
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_just_dispatched_is_waited_for() {
    let server = dispatched().await;
    let client = server.client();
    assert_eq!(seen(client.watch_run("o", "r", 1).stream()).await, ["1 completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_exist_ends_the_watch_after_the_grace_period() {
    for (grace, most) in [(None, 6), (Some(0), 1), (Some(60), 16)] {
        let server = Server::serve(|_, _| missing()).await;
        let mut watch =
            server.client().watch_run("o", "r", 1).with_interval(Duration::ZERO, Duration::MAX);
        watch = watch.with_interval(Duration::from_secs(1), Duration::from_secs(5));
        if let Some(seconds) = grace {
            watch = watch.with_grace(Duration::from_secs(seconds));
        }
        let start = Instant::now();
        let mut changes = watch.stream();
        assert_eq!(changes.next().await.unwrap().unwrap_err().status().unwrap(), 404);
        assert!(changes.next().await.is_none());
        let (seconds, grace) = (start.elapsed().as_secs(), grace.unwrap_or(10));
        assert!((grace..=grace + 1).contains(&seconds), "{seconds} s");
        assert!(server.count() <= most, "{} requests in {grace} s", server.count());
    }
}

#[tokio::test(start_paused = true)]
async fn a_grace_period_with_short_waits_is_not_ended_by_the_number_of_failures() {
    let server = dispatched().await;
    let short = Duration::from_millis(100);
    let watch = server.client().watch_run("o", "r", 1).with_interval(short, short);
    assert_eq!(seen(watch.stream()).await, ["1 completed"]);
}

#[tokio::test(start_paused = true)]
async fn only_failures_in_a_row_end_the_watch() {
    let list = |index: usize, request: &Received| match (index, index % 2) {
        (40.., _) => page(request, &[job(1, "completed")], None),
        (_, 1) => missing(),
        (_, _) => page(request, &[job(1, "in_progress")], None),
    };
    let server = serve(list, completed_after(41)).await;
    let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
    assert_eq!(seen, ["1 in_progress", "1 completed"]);
}

#[tokio::test(start_paused = true)]
async fn only_failures_of_the_run_in_a_row_end_the_watch() {
    let runs = AtomicUsize::new(0);
    let server = Server::serve(move |_, request| {
        if !is_run(request) {
            return page(request, &[job(1, "completed")], None);
        }
        match runs.fetch_add(1, Ordering::SeqCst) {
            40.. => run_answer(request, Some("completed")),
            index if index % 2 == 1 => missing(),
            _ => run_answer(request, Some("in_progress")),
        }
    })
    .await;
    assert_eq!(seen(server.client().watch_run("o", "r", 1).stream()).await, ["1 completed"]);
}

#[tokio::test(start_paused = true)]
async fn rate_limits_are_not_failures() {
    let list = |index: usize, request: &Received| match index {
        1..=15 => Answer::with(429, &["retry-after: 300"], ""),
        _ => page(request, &[job(1, "completed")], None),
    };
    let server = serve(list, completed_after(17)).await;
    assert_eq!(seen(server.client().watch_run("o", "r", 1).stream()).await, ["1 completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_refused_for_a_moment_is_relied_on_again() {
    let runs = AtomicUsize::new(0);
    let server = Server::serve(move |_, request| {
        if !is_run(request) {
            return page(request, &[job(1, "completed")], None);
        }
        match runs.fetch_add(1, Ordering::SeqCst) {
            1 => Answer::json(403, "{}"),
            _ => run_answer(request, Some("in_progress")),
        }
    })
    .await;
    let watch = server.client().watch_run("o", "r", 1).with_deadline(Duration::from_secs(60));
    let mut changes = watch.stream();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(changes.try_next().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn one_odd_answer_for_a_run_that_was_read_does_not_end_the_watch() {
    for odd in [
        Answer::json(403, "{}"),
        Answer::json(422, "{}"),
        Answer::json(200, ""),
        Answer::json(200, "{}"),
        Answer::with(200, &["content-type: text/html"], "<html>login</html>"),
        Answer::redirect(302, "http://login.example.com/"),
    ] {
        let (start, count) = (Instant::now(), AtomicUsize::new(0));
        let server = Server::serve(move |_, request| {
            let now = start.elapsed().as_secs();
            if is_run(request) {
                if now >= 16 && count.fetch_add(1, Ordering::SeqCst) == 0 {
                    return odd.clone();
                }
                let status = if now >= 200 { "completed" } else { "in_progress" };
                return run_answer(request, Some(status));
            }
            match now {
                0..100 => page(request, &[job(1, "completed")], None),
                100..200 => page(request, &[job(1, "completed"), job(2, "in_progress")], None),
                _ => page(request, &[job(1, "completed"), job(2, "completed")], None),
            }
        })
        .await;
        let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
        assert_eq!(seen, ["1 completed", "2 in_progress", "2 completed"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_strange_page_between_two_good_lists_does_not_end_the_watch() {
    for strange in ["", "null", "<html>login</html>", r#"{"total_count":1,"jobs":[{"id":1"#] {
        let list = move |index: usize, request: &Received| match index {
            1 => Answer::json(200, strange),
            0 => page(request, &[job(1, "in_progress")], None),
            _ => page(request, &[job(1, "completed")], None),
        };
        let server = serve(list, completed_after(3)).await;
        let seen = seen(server.client().watch_run("o", "r", 1).stream()).await;
        assert_eq!(seen, ["1 in_progress", "1 completed"], "{strange}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_changes_its_order_or_flaps_is_not_polled_without_a_wait() {
    // In another order each time; and with a job that comes and goes.
    for flaps in [false, true] {
        let lists = AtomicUsize::new(0);
        let server = Server::serve(move |_, request| {
            if is_run(request) {
                return run_answer(request, Some("completed"));
            }
            let mut jobs = vec![job(1, "completed"), job(2, "completed")];
            if lists.fetch_add(1, Ordering::SeqCst) % 2 == 1 {
                jobs.reverse();
                jobs.truncate(if flaps { 1 } else { 2 });
            }
            let body = serde_json::json!({"total_count": jobs.len(), "jobs": jobs}).to_string();
            Answer::json(200, &body)
        })
        .await;
        let watch = server.client().watch_run("o", "r", 1).with_deadline(Duration::from_secs(600));
        let mut changes = watch.stream();
        let end = loop {
            match changes.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error.kind()),
            }
        };
        assert_eq!(end, flaps.then_some(ErrorKind::Timeout));
        assert!(server.count() < 1000, "{} requests", server.count());
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_run_whose_count_is_too_large_ends_with_an_error() {
    let server = Server::serve(|_, request| {
        if is_run(request) {
            return missing();
        }
        let is_second = request.target.contains("page=2");
        let jobs = if is_second { vec![] } else { vec![job(1, "completed")] };
        let body = serde_json::json!({"total_count": 2, "jobs": jobs}).to_string();
        Answer::json(200, &body)
    })
    .await;
    let start = Instant::now();
    let mut changes = server.client().watch_run("o", "r", 1).stream();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(changes.try_next().await.unwrap_err().kind(), ErrorKind::Pagination);
    assert!(start.elapsed() < Duration::from_secs(700), "{:?}", start.elapsed());
}
