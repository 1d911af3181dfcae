//! A log of 64 MiB behind a redirect: its last 1000 lines, all lines, and the whole stream for comparison.

use divan::Bencher;
use divan::counter::BytesCount;
use github_workflow_jobs::RepoClient;
use tokio::runtime::Runtime;

use crate::server::Answer;
use crate::{connect, log};

const MEBIBYTES: usize = 64;

#[divan::bench(sample_count = 11, sample_size = 1)]
fn last_1000_lines_of_64_mib(bencher: Bencher) {
    let (runtime, repo) = server();
    bencher.counter(BytesCount::new(MEBIBYTES << 20)).bench_local(|| {
        let text = runtime.block_on(async { repo.download_job_logs(1).tail(1000).await });
        let text = text.expect("the tail is read");
        assert_eq!(text.lines().count(), 1000);
        text
    });
}

#[divan::bench(sample_count = 11, sample_size = 1)]
fn lines_of_64_mib(bencher: Bencher) {
    let (runtime, repo) = server();
    bencher.counter(BytesCount::new(MEBIBYTES << 20)).bench_local(|| {
        runtime.block_on(async {
            let mut lines = repo.download_job_logs(1).lines().await.expect("the log is found");
            let mut bytes = 0;
            while let Some(line) = lines.try_next().await.expect("the log is read") {
                bytes += line.len() + 1;
            }
            assert_eq!(bytes, MEBIBYTES << 20);
        });
    });
}

#[divan::bench(sample_count = 11, sample_size = 1)]
fn lines_with_times_of_64_mib(bencher: Bencher) {
    let (runtime, repo) = server();
    bencher.counter(BytesCount::new(MEBIBYTES << 20)).bench_local(|| {
        runtime.block_on(async {
            let mut log = repo.download_job_logs(1).log().await.expect("the log is found");
            let mut times = 0_u64;
            while let Some(line) = log.try_next().await.expect("the log is read") {
                times += u64::from(line.time().is_some());
            }
            assert!(times > 0);
        });
    });
}

#[divan::bench(sample_count = 11, sample_size = 1)]
fn stream_of_64_mib(bencher: Bencher) {
    let (runtime, repo) = server();
    bencher.counter(BytesCount::new(MEBIBYTES << 20)).bench_local(|| {
        runtime.block_on(async {
            let mut log = repo.download_job_logs(1).stream().await.expect("the log is found");
            while log.try_next().await.expect("the log is read").is_some() {}
            assert_eq!(log.received(), (MEBIBYTES as u64) << 20);
        });
    });
}

fn server() -> (Runtime, RepoClient) {
    let log = Answer::new("content-type: text/plain\r\n", log::mebibyte(), MEBIBYTES);
    connect(
        [
            ("/repos/octo-org/octo-repo/actions/jobs/1/logs".to_owned(), Answer::redirect("/log")),
            ("/log".to_owned(), log),
        ]
        .into(),
    )
}
