//! One client doing one work: what a child process measures.

use std::fmt::Debug;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use github_workflow_jobs::{Client, Job, JobPage};
use nix::sys::resource::UsageWho;
use octocrab::Octocrab;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::Result;
use crate::cost::{Cost, cpu_seconds, peak_memory};

/// The work of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Work {
    Page,
    GzipPage,
    Job,
    Log,
    Tail,
}

/// The client of a column; the last two are limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Peer {
    Reqwest,
    Ours,
    Octocrab,
    Skip,
    Read,
}

pub(crate) const WORKS: [Work; 5] = [Work::Page, Work::GzipPage, Work::Job, Work::Log, Work::Tail];
pub(crate) const PEERS: [Peer; 5] =
    [Peer::Reqwest, Peer::Ours, Peer::Octocrab, Peer::Skip, Peer::Read];

/// 256 MiB.
pub(crate) const LOG_MEBIBYTES: usize = 256;
pub(crate) const JOBS: usize = 100;
const LINES: usize = 1000;

impl Work {
    /// The calls that a child makes: about half a second.
    fn times(self) -> usize {
        match self {
            Self::Page | Self::GzipPage => 200,
            Self::Job => 2000,
            Self::Log | Self::Tail => 4,
        }
    }

    /// The run whose jobs are listed: the server compresses the page of run 2.
    pub(crate) fn run(self) -> usize {
        if self == Self::GzipPage { 2 } else { 1 }
    }

    /// The path, below the URL of the API.
    pub(crate) fn path(self) -> String {
        let job = "/repos/octo-org/octo-repo/actions/jobs/1";
        match self {
            Self::Page | Self::GzipPage => crate::jobs::path(self.run()),
            Self::Job => job.to_owned(),
            Self::Log | Self::Tail => format!("{job}/logs"),
        }
    }
}

impl Peer {
    /// False for an empty cell: octocrab does not ask for gzip, and a limit applies to some works only.
    pub(crate) fn does(self, work: Work) -> bool {
        match self {
            Self::Reqwest | Self::Ours => true,
            Self::Octocrab => work != Work::GzipPage,
            Self::Skip => !matches!(work, Work::Log | Work::Tail),
            Self::Read => work != Work::Tail,
        }
    }
}

/// Measures one case on the server at `url`.
pub(crate) async fn measure(work: Work, peer: Peer, url: &str) -> Result<Cost> {
    match peer {
        Peer::Ours => ours(work, url).await,
        Peer::Octocrab => octocrab(work, url).await,
        Peer::Read if work == Work::Log => repeat(work, async || socket(url)).await,
        Peer::Reqwest | Peer::Skip | Peer::Read => bare(work, peer, url).await,
    }
}

async fn ours(work: Work, url: &str) -> Result<Cost> {
    let client = Client::builder().api_url(url).token("token").build()?;
    let repo = client.repo("octo-org/octo-repo")?;
    match work {
        Work::Page | Work::GzipPage => {
            let run = i64::try_from(work.run())?;
            let call = async || {
                same(repo.list_jobs_for_run(run).per_page(100).send().await?.jobs.len(), JOBS)
            };
            repeat(work, call).await
        }
        Work::Job => {
            repeat(work, async || same(repo.get_job(1).send().await?.steps.len(), 10)).await
        }
        Work::Log => {
            let call = async || {
                let mut log = repo.download_job_logs(1).stream().await?;
                while log.try_next().await?.is_some() {}
                same(log.received(), (LOG_MEBIBYTES as u64) << 20)
            };
            repeat(work, call).await
        }
        Work::Tail => {
            let call = async || {
                let text = repo.download_job_logs(1).tail(LINES).await?;
                same(text.lines().count(), LINES)
            };
            repeat(work, call).await
        }
    }
}

async fn octocrab(work: Work, url: &str) -> Result<Cost> {
    let octocrab = Octocrab::builder().base_uri(url)?.personal_token("token".to_owned()).build()?;
    let workflows = octocrab.workflows("octo-org", "octo-repo");
    match work {
        Work::Page | Work::GzipPage => {
            let run = u64::try_from(work.run())?;
            let call = async || {
                let page = workflows.list_jobs(run.into()).per_page(100).send().await?;
                same(page.items.len(), JOBS)
            };
            repeat(work, call).await
        }
        Work::Job => {
            let call = async || same(workflows.get_job(1.into()).await?.steps.len(), 10);
            repeat(work, call).await
        }
        Work::Log => {
            let call = async || {
                same(workflows.download_job_logs(1.into()).await?.len(), LOG_MEBIBYTES << 20)
            };
            repeat(work, call).await
        }
        // It has no tail: the whole log, then its last lines.
        Work::Tail => {
            let call = async || {
                let log = workflows.download_job_logs(1.into()).await?;
                let ends = log.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
                let start = ends.map(|(at, _)| at + 1).nth(LINES).unwrap_or_default();
                let text = String::from_utf8_lossy(log.get(start..).unwrap_or_default());
                same(text.lines().count(), LINES)
            };
            repeat(work, call).await
        }
    }
}

/// reqwest alone: decodes into the SDK's types, skips, or only reads. For a tail, the unit is the stream.
async fn bare(work: Work, peer: Peer, url: &str) -> Result<Cost> {
    let client = reqwest::Client::builder().build()?;
    let url = format!("{url}{}", work.path());
    let body = async || -> Result<Vec<u8>> {
        let mut body = Vec::new();
        read(&client, &url, |chunk| body.extend_from_slice(chunk)).await?;
        Ok(body)
    };
    match (work, peer) {
        (Work::Log | Work::Tail, _) => {
            let call = async || same(read(&client, &url, |_| ()).await?, LOG_MEBIBYTES << 20);
            repeat(work, call).await
        }
        (_, Peer::Read) => repeat(work, async || read(&client, &url, |_| ()).await.map(drop)).await,
        (_, Peer::Skip) => {
            repeat(work, async || decode::<IgnoredAny>(&body().await?).map(drop)).await
        }
        (Work::Job, _) => {
            repeat(work, async || same(decode::<Job>(&body().await?)?.steps.len(), 10)).await
        }
        _ => repeat(work, async || same(decode::<JobPage>(&body().await?)?.jobs.len(), JOBS)).await,
    }
}

/// Hands on the chunks of a body; returns its length.
async fn read(client: &reqwest::Client, url: &str, mut each: impl FnMut(&[u8])) -> Result<usize> {
    let mut response = client.get(url).bearer_auth("token").send().await?.error_for_status()?;
    let mut received = 0;
    while let Some(chunk) = response.chunk().await? {
        received += chunk.len();
        each(&chunk);
    }
    Ok(received)
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    Ok(serde_json::from_slice(body)?)
}

/// The log through one buffer of 64 KiB: what the socket alone costs.
fn socket(url: &str) -> Result<()> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://"))?;
    stream.write_all(b"GET /log HTTP/1.1\r\nconnection: close\r\n\r\n")?;
    let (mut buffer, mut received) = (vec![0; 64 << 10], 0);
    while received <= LOG_MEBIBYTES << 20 {
        received += match stream.read(&mut buffer)? {
            0 => return Err("the log ended early".into()),
            length => length,
        };
    }
    Ok(())
}

/// The mean cost of a call, after one that opens the connection.
async fn repeat(work: Work, call: impl AsyncFn() -> Result<()>) -> Result<Cost> {
    let times = work.times();
    call().await?;
    let (cpu, wall) = (cpu_seconds(UsageWho::RUSAGE_SELF)?, Instant::now());
    for _ in 0..times {
        call().await?;
    }
    let (cpu, wall) = (cpu_seconds(UsageWho::RUSAGE_SELF)? - cpu, wall.elapsed().as_secs_f64());
    Ok(Cost { cpu: cpu / times as f64, wall: wall / times as f64, peak: peak_memory() })
}

fn same<T: PartialEq + Debug>(found: T, expected: T) -> Result<()> {
    if found == expected { Ok(()) } else { Err(format!("{found:?} is not {expected:?}").into()) }
}
