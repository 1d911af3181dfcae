//! Saves the logs of all jobs of a run, with all its attempts: `archive_logs OWNER/REPO RUN FOLDER`.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;

use github_workflow_jobs::jobs::LogUnavailable;
use github_workflow_jobs::{Client, JobFilter, RepoClient};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repo, run, folder] = arguments.as_slice() else {
        eprintln!("usage: archive_logs OWNER/REPO RUN FOLDER");
        std::process::exit(2);
    };
    let repo = Client::from_env()?.repo(repo)?;
    archive(&repo, run, folder.as_ref(), &mut stdout()).await
}

async fn archive(
    repo: &RepoClient,
    run: &str,
    folder: &Path,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let mut jobs = repo.list_jobs_for_run(run).filter(JobFilter::All).stream();
    while let Some(job) = jobs.try_next().await? {
        // The id is unique, and a name can contain anything.
        let file = folder.join(format!("{}.log", job.id.get()));
        if file.exists() {
            continue; // the file is complete: `save_to` makes it appear at the end
        }
        let saved = repo.download_job_logs(job.id).save_to(&file).await;
        let result = match saved {
            Ok(bytes) => format!("{bytes} bytes"),
            Err(error) => match error.log_unavailable() {
                Some(LogUnavailable::Expired) => "the log has expired".to_owned(),
                Some(LogUnavailable::NotWritten) => format!("no log; the job is {}", job.status),
                _ => return Err(error.into()),
            },
        };
        writeln!(out, "{}: {result}", job.id.get())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use github_workflow_jobs::testing::{ScriptedJob, run};

    use super::*;

    #[tokio::test]
    async fn new_logs_are_saved_and_expired_ones_are_reported() {
        let folder = std::env::temp_dir().join(format!("archive_logs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("1.log"), "saved before").unwrap();
        let jobs = ["build", "test", "old"].map(|name| ScriptedJob::new(name).log("new\n"));
        let [build, test, old] = jobs;
        let script =
            run(7, [build, test, old.expired_log(), ScriptedJob::new("none").without_log()]);
        let (repo, mut out) = (script.client().repo("octo-org/octo-repo").unwrap(), Vec::new());
        archive(&repo, "7", &folder, &mut out).await.unwrap();
        let logs =
            ["1.log", "2.log"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
        let files = std::fs::read_dir(&folder).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((logs, files), (["saved before".to_owned(), "new\n".to_owned()], 2));
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, "2: 4 bytes\n3: the log has expired\n4: no log; the job is completed\n");
    }
}
