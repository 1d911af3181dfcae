//! Starts a workflow by hand and watches its run: `dispatch OWNER/REPO WORKFLOW BRANCH`.

use std::error::Error;
use std::io::{Write, stdout};
use std::time::Duration;

use github_workflow_jobs::{Client, Dispatch, RepoClient, RunId, requests};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repo, workflow, branch] = arguments.as_slice() else {
        eprintln!("usage: dispatch OWNER/REPO WORKFLOW BRANCH");
        std::process::exit(2);
    };
    let repo = Client::from_env()?.repo(repo)?;
    let run = start(&repo, workflow, branch).await?;
    watch(&repo, run, &mut stdout()).await
}

/// Starts the workflow, and returns its run.
async fn start(repo: &RepoClient, workflow: &str, branch: &str) -> Result<RunId, Box<dyn Error>> {
    let runs = repo.list_runs_of_workflow(workflow).event("workflow_dispatch").branch(branch);
    let before = runs.clone().per_page(1).await?.workflow_runs.first().map(|run| run.id);
    let dispatch = Dispatch::new(branch);
    let with_id = dispatch.clone().return_run_details(true);
    let answer = match repo.dispatch_workflow(workflow, with_id).await {
        // Servers up to GHES 3.20 refuse the field, and start nothing. A wrong branch or input has the status 422, too: then
        // the second request fails with the same message.
        Err(error) if error.status().is_some_and(|status| status == 400 || status == 422) => {
            repo.dispatch_workflow(workflow, dispatch).await?
        }
        answer => answer?,
    };
    match answer.into_inner() {
        Some(started) => Ok(started.workflow_run_id),
        None => find(runs, before).await,
    }
}

/// The first run after `before`. A server lists a run some seconds after its dispatch.
///
/// If someone else starts the workflow on this branch at the same time, this can be the other run: an older server returns
/// nothing that tells them apart. To be sure, send an input with a random text, show it with `run-name` in the workflow
/// file, and look for it in `display_title`.
async fn find(
    runs: requests::ListRunsOfWorkflow,
    before: Option<RunId>,
) -> Result<RunId, Box<dyn Error>> {
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let page = runs.clone().per_page(100).await?;
        // Ids grow. Times would compare the clocks of two machines.
        let newer = page.workflow_runs.iter().map(|run| run.id).filter(|id| Some(*id) > before);
        if let Some(run) = newer.min() {
            return Ok(run);
        }
    }
    Err("the run is not listed a minute after its dispatch".into())
}

async fn watch(repo: &RepoClient, run: RunId, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut changes = repo.watch_run(run).stream();
    while let Some(change) = changes.try_next().await? {
        writeln!(out, "{:?} is {}", change.job.name, change.job.status)?;
    }
    writeln!(out, "run {run} has ended: {:?}", changes.conclusion())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use github_workflow_jobs::operations::{DispatchWorkflow, ListRunsOfWorkflow};
    use github_workflow_jobs::testing::{
        Reply, Script, ScriptedJob, dispatched_run, run, run_page, workflow_run,
    };

    use super::*;

    fn runs(ids: &[i64]) -> Reply {
        run_page(ids.iter().map(|id| workflow_run().id(*id).build()))
    }

    /// The output of the program for run 7, and the bodies of its dispatches.
    async fn output(script: Script) -> Result<(String, Vec<String>), Box<dyn Error>> {
        let (repo, mut out) = (script.client().repo("octo-org/octo-repo")?, Vec::new());
        let run = start(&repo, "ci.yml", "main").await?;
        watch(&repo, run, &mut out).await?;
        let received = script.received();
        let bodies = received.iter().filter(|request| !request.body.is_empty());
        let bodies = bodies.map(|request| String::from_utf8(request.body.to_vec()).unwrap());
        Ok((String::from_utf8(out)?, bodies.collect()))
    }

    #[tokio::test(start_paused = true)]
    async fn the_run_is_that_of_the_answer_or_the_first_new_one_of_the_list() {
        let with_id = r#"{"ref":"main","return_run_details":true}"#;
        for (answers, lists, bodies) in [
            (vec![dispatched_run(7)], vec![runs(&[5])], vec![with_id]),
            // Run 8 is another dispatch.
            (
                vec![Reply::status(400), Reply::status(204)],
                vec![runs(&[5]), runs(&[5]), runs(&[8, 7, 5])],
                vec![with_id, r#"{"ref":"main"}"#],
            ),
        ] {
            let script = run(7, [ScriptedJob::new("build")])
                .in_order::<DispatchWorkflow>(answers)
                .in_order::<ListRunsOfWorkflow>(lists);
            let (text, sent) = output(script.clone()).await.unwrap();
            assert_eq!(text, "\"build\" is completed\nrun 7 has ended: Some(Success)\n");
            assert_eq!(sent, bodies);
            assert!(script.unused().is_empty());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_never_listed_is_an_error() {
        let script = Script::new().on::<ListRunsOfWorkflow>(runs(&[]));
        let error = output(script.on::<DispatchWorkflow>(Reply::status(204))).await.unwrap_err();
        assert!(error.to_string().contains("not listed"), "{error}");
    }
}
