//! A page of jobs, decoded from memory and requested from a loopback server.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use github_workflow_jobs::JobPage;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::control::ControlPage;
use crate::server::Answer;
use crate::{connect, jobs};

const JOBS: [usize; 3] = [1, 100, 1000];

#[divan::bench(types = [JobPage, ControlPage, IgnoredAny], args = JOBS)]
fn decode<T: DeserializeOwned>(bencher: Bencher, jobs: usize) {
    let page = jobs::page(jobs);
    bencher.counter(BytesCount::of_slice(&page)).bench_local(|| {
        serde_json::from_slice::<T>(black_box(&page)).expect("the generated page decodes")
    });
}

#[divan::bench(args = JOBS)]
fn call(bencher: Bencher, jobs: usize) {
    let answer = Answer::new("content-type: application/json\r\n", jobs::page(jobs), 1);
    let (runtime, repo) = connect([(jobs::path(jobs), answer)].into());
    bencher.bench_local(|| {
        let page = runtime.block_on(async { repo.list_jobs_for_run(jobs as i64).send().await });
        let page = page.expect("the page is read");
        assert_eq!(page.jobs.len(), jobs);
        page
    });
}
