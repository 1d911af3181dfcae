//! Lists whose items the server does not count, from a server that sends no links.

use github_workflow_jobs::testing::workflow_run;
use serde_json::{Value, json};

use crate::support::{Answer, Server};

/// The ids of all runs from pages of two runs, and the number of requests.
async fn all(pages: &'static [&'static [i64]]) -> (Vec<i64>, usize) {
    let server = Server::serve(move |index, _| {
        let ids = pages[index.min(pages.len() - 1)];
        let runs: Vec<_> = ids.iter().map(|id| workflow_run().id(*id).build()).collect();
        let page: Value = json!({"total_count": "2,500+", "workflow_runs": runs});
        Answer::json(200, &page.to_string())
    })
    .await;
    let runs = server.client().list_runs("o", "r").per_page(2).all().await.unwrap();
    let received = server.received();
    for (index, request) in received.iter().enumerate().skip(1) {
        assert!(request.target.contains(&format!("page={}", index + 1)), "{}", request.target);
    }
    (runs.iter().map(|run| run.id.get()).collect(), received.len())
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_requested_until_one_is_not_full() {
    assert_eq!(all(&[&[5, 4], &[3, 2], &[1]]).await, (vec![5, 4, 3, 2, 1], 3));
    assert_eq!(all(&[&[4, 3], &[2, 1], &[]]).await, (vec![4, 3, 2, 1], 3));
    assert_eq!(all(&[&[1]]).await, (vec![1], 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_the_number_of_the_page_sends_each_item_once() {
    assert_eq!(all(&[&[2, 1]]).await, (vec![2, 1], 2));
}
