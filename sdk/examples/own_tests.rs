//! A function of one's own, and its tests without a server: `cargo test --example own_tests`.

use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{Client, Error, RepoClient};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repo, run] = arguments.as_slice() else {
        eprintln!("usage: own_tests OWNER/REPO RUN");
        std::process::exit(2);
    };
    println!("{:?}", verdict(&Client::from_env()?.repo(repo)?, run).await?);
    Ok(())
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Passed,
    /// The name of the first job that failed, and the end of its log if there is one.
    Failed(String, Option<String>),
}

/// The function under test: the verdict on a run that has ended.
async fn verdict(repo: &RepoClient, run: &str) -> Result<Verdict, Error> {
    let jobs = repo.list_jobs_for_run(run).all().await?;
    let Some(job) = jobs.into_iter().find(|job| job.is_failure()) else {
        return Ok(Verdict::Passed);
    };
    match repo.download_job_logs(job.id).tail(1).await {
        Ok(line) => Ok(Verdict::Failed(job.name, Some(line.trim_end().to_owned()))),
        Err(error) if error.log_unavailable() == Some(LogUnavailable::Expired) => {
            Ok(Verdict::Failed(job.name, None))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use github_workflow_jobs::ErrorKind;
    use github_workflow_jobs::operations::ListJobsForRun;
    use github_workflow_jobs::testing::{Reply, Script, ScriptedJob, run};

    use super::*;

    async fn verdict_of(script: &Script) -> Result<Verdict, Error> {
        verdict(&script.client().repo("octo-org/octo-repo").unwrap(), "1").await
    }

    #[tokio::test]
    async fn the_first_failure_is_reported_with_the_end_of_its_log() {
        let test = ScriptedJob::new("test").fails();
        let script = run(1, [ScriptedJob::new("build"), test.clone().log("one\ntwo\n")]);
        let failed = |line: Option<&str>| Verdict::Failed("test".into(), line.map(Into::into));
        assert_eq!(verdict_of(&script).await.unwrap(), failed(Some("two")));
        assert_eq!(verdict_of(&run(1, [test.expired_log()])).await.unwrap(), failed(None));
        assert_eq!(
            verdict_of(&run(1, [ScriptedJob::new("build")])).await.unwrap(),
            Verdict::Passed
        );
    }

    /// The clock is paused, so the waits between the attempts take no time.
    #[tokio::test(start_paused = true)]
    async fn a_server_in_maintenance_is_tried_three_times() {
        let script = Script::new().on::<ListJobsForRun>(Reply::maintenance());
        let error = verdict_of(&script).await.unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Status, true));
        assert_eq!(script.received().len(), 3);
    }
}
