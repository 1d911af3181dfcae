//! The example program: its output, its exit codes, and the token it sends.

use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use github_workflow_jobs::Client;
use serde_json::Value;

use crate::support::{Answer, Server, files, read, root};

/// The path of the program, which is built unless `cargo test` has built it.
fn program() -> &'static std::path::Path {
    static PROGRAM: OnceLock<std::path::PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let build = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["build", "--quiet", "--package", "github-workflow-jobs", "--example", "jobs"])
            .status();
        assert!(build.unwrap().success());
        let tests = std::env::current_exe().unwrap();
        tests.parent().unwrap().parent().unwrap().join("examples/jobs")
    })
}

/// Runs the program with a token for a server that is not GitHub's: all servers of these tests are.
async fn run(arguments: &[&str]) -> Output {
    run_with(&[("GH_ENTERPRISE_TOKEN", "ghp_canary")], arguments).await
}

/// Runs the program with these environment variables and no others.
async fn run_with(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).stdin(Stdio::null()).env_clear().envs(environment.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The documented page of one job with an optional `next` link.
fn page(next: Option<&str>) -> Answer {
    let link = next.map(|next| format!("link: <{next}>; rel=\"next\""));
    let headers: Vec<_> = link.iter().map(String::as_str).collect();
    Answer::with(200, &headers, read("tests/fixtures/documented/list-jobs-for-run.json"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_a_table_or_one_json_document() {
    let server = Server::serve(|_, _| page(None)).await;
    let table = run(&["--api-url", &server.url, "list", "octo-org", "octo-repo", "1"]).await;
    assert_eq!(table.status.code(), Some(0), "{}", text(&table.stderr));
    let shown = text(&table.stdout);
    assert!(shown.starts_with("ID         STATUS   NAME   DURATION  RUNNER\n"), "{shown}");
    assert!(shown.contains("399444496  success  build  1m 59s    my runner"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "colours without a terminal");
    assert_eq!(server.received()[0].header("authorization"), ["Bearer ghp_canary"]);

    let all = run(&[
        "list",
        "octo-org",
        "octo-repo",
        "1",
        "--json",
        "--api-url",
        &server.url,
        "--filter",
        "all",
    ])
    .await;
    let all: Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!(all[0]["id"], 399_444_496);
    assert!(server.received()[1].target.ends_with("?filter=all&per_page=100"));
    let one = run(&[
        "attempt",
        "o",
        "r",
        "1",
        "2",
        "--page",
        "3",
        "--per-page",
        "7",
        "--json",
        "--api-url",
        &server.url,
    ])
    .await;
    let one: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(one["total_count"], 1);
    assert!(server.received()[2].target.ends_with("/runs/1/attempts/2/jobs?page=3&per_page=7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_link_to_another_origin_is_an_error_of_a_list_and_not_of_one_page() {
    let other = Server::serve(|_, _| page(None)).await;
    let next = format!("{}/resource?page=2", other.origin);
    let server = Server::serve(move |_, _| page(Some(&next))).await;
    let all = run(&["--api-url", &server.url, "list", "o", "r", "1"]).await;
    assert_eq!((all.status.code(), other.count()), (Some(2), 0));
    let stderr = text(&all.stderr);
    assert!(stderr.contains("another origin") && stderr.contains("\nhint: --page N"), "{stderr}");
    let one = run(&["--api-url", &server.url, "list", "o", "r", "1", "--page", "1"]).await;
    assert_eq!((one.status.code(), other.count()), (Some(0), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_one_line_and_a_hint_without_the_token_and_without_control_characters() {
    let server = Server::serve(|_, _| {
        Answer::json(403, r#"{"message":"no\u001b[31m\u202e ghp_canary\nmore"}"#)
    })
    .await;
    let output = run(&["--api-url", &server.url, "get", "o", "r", "1"]).await;
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 2), "{stderr}");
    assert!(stderr.contains("403") && stderr.contains("[token]"), "{stderr:?}");
    assert!(stderr.contains("\nhint: "), "{stderr:?}");
    for hidden in ["\u{1b}", "\u{202e}", "canary"] {
        assert!(!stderr.contains(hidden), "{stderr:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_job_cannot_control_the_terminal() {
    let job = read("tests/fixtures/documented/get-job.json")
        .replace("\"build\"", r#""evil\u001b]0;title\u0007""#);
    let server = Server::serve(move |_, _| Answer::json(200, &job)).await;
    let output = run(&["--api-url", &server.url, "get", "o", "r", "1"]).await;
    let stdout = text(&output.stdout);
    assert!(output.status.success() && stdout.contains("evil"), "{stdout:?}");
    assert!(!stdout.contains(['\u{1b}', '\u{7}']), "{stdout:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_printed_or_saved_unchanged() {
    let log = b"\xef\xbb\xbfone\n\xff\x1b[31mtwo\nthree\n".to_vec();
    let sent = log.clone();
    let server = Server::serve(move |_, request| match request.target.as_str() {
        "/log" => Answer::with(200, &["content-type: text/plain"], &sent),
        _ => Answer::redirect(302, "/log"),
    })
    .await;
    let api = ["--api-url", &server.url];
    let whole = run(&[&api[..], &["logs", "o", "r", "1"]].concat()).await;
    assert_eq!(whole.stdout, log);
    let tail = run(&[&api[..], &["logs", "o", "r", "1", "--tail", "1"]].concat()).await;
    assert_eq!(text(&tail.stdout), "three\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("job.log");
    let saved =
        run(&[&api[..], &["logs", "o", "r", "1", "--output", file.to_str().unwrap()]].concat())
            .await;
    assert_eq!((saved.status.code(), std::fs::read(&file).unwrap()), (Some(0), log));
    let url = run(&[&api[..], &["logs-url", "o", "r", "1"]].concat()).await;
    assert_eq!(text(&url.stdout), format!("{}/log\n", server.origin));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_answer_is_shown_with_its_own_shape() {
    for path in files("tests/fixtures/own") {
        let output = run(&["show", path.to_str().unwrap(), "--json"]).await;
        assert_eq!(output.status.code(), Some(0), "{}: {}", path.display(), text(&output.stderr));
        let saved: Value = serde_json::from_str(&read(&path)).unwrap();
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        let shape = |value: &Value| {
            let jobs = value.get("jobs").unwrap_or(value).as_array().map(Vec::len);
            (value.get("id").cloned(), value.get("total_count").cloned(), jobs)
        };
        assert_eq!(shape(&saved), shape(&shown), "{}", path.display());
        assert_eq!(run(&["show", path.to_str().unwrap()]).await.status.code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_answer_may_begin_with_a_byte_order_mark() {
    let job = format!("\u{FEFF}{}", read("tests/fixtures/documented/get-job.json"));
    let output = show(&job).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("399444496"), "{}", text(&output.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_a_saved_answer_is_refused_with_the_reason() {
    for (content, reason) in [
        (r#"{"total_count": 1, "jobs": [{"id": "x"}]}"#, "at jobs[0].id"),
        (r#"{"message": "Not Found"}"#, "neither a job nor a page"),
        ("<html>", "as JSON"),
    ] {
        let output = show(content).await;
        let stderr = text(&output.stderr);
        assert!(output.status.code() == Some(2) && stderr.contains(reason), "{stderr}");
    }
}

/// Runs `show` with a file that has this content.
async fn show(content: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saved.json");
    std::fs::write(&file, content).unwrap();
    run(&["show", file.to_str().unwrap()]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_github_com_is_not_sent_to_another_host() {
    let server = Server::serve(|_, _| page(None)).await;
    let arguments = ["--host", &server.origin, "list", "o", "r", "1"];
    let for_github = [("GH_TOKEN", "ghp_canary"), ("GITHUB_TOKEN", "ghp_canary")];
    run_with(&for_github, &arguments).await;
    for request in server.received() {
        assert!(!format!("{request:?}").contains("canary"), "{request:?}");
    }
    // The same command with a token for this host sends the token, so that a leak would be seen.
    for variable in ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] {
        let count = server.count();
        let output = run_with(&[(variable, "ghp_canary")], &arguments).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(server.received()[count].header("authorization"), ["Bearer ghp_canary"]);
    }
}

/// A test cannot read a request to github.com. So the token is one that the client refuses: the program
/// reports that refusal if it has chosen the token, and another error if it has not.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_chosen_by_the_host_also_if_its_name_resembles_githubs() {
    const OF_GITHUB: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
    const OF_OTHERS: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
    let token = "ghp_\u{1}";
    let refusal = Client::builder().token(token).build().unwrap_err().to_string();
    // The proxy refuses every connection, so that nothing leaves the machine.
    let proxy = Server::serve(|_, _| Answer::with(403, &[], "")).await;
    let mut runs = tokio::task::JoinSet::new();
    for (host, own, foreign) in [
        ("github.com", OF_GITHUB, OF_OTHERS),
        ("octo.ghe.com", OF_GITHUB, OF_OTHERS),
        ("ghes.example.com", OF_OTHERS, OF_GITHUB),
        ("evilgithub.com", OF_OTHERS, OF_GITHUB),
        ("github.com.evil.example", OF_OTHERS, OF_GITHUB),
    ] {
        for variable in own.into_iter().chain(foreign) {
            let proxy = proxy.origin.clone();
            runs.spawn(async move {
                let environment = [(variable, token), ("HTTPS_PROXY", &proxy)];
                let output = run_with(&environment, &["--host", host, "get", "o", "r", "1"]).await;
                (format!("{host}, {variable}"), own.contains(&variable), output)
            });
        }
    }
    for (case, expected, output) in runs.join_all().await {
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{case}: {stderr}");
        assert_eq!(stderr.contains(&refusal), expected, "{case}: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_from_the_environment_gets_no_token_of_another_host() {
    let proxy = Server::start([]).await;
    for (host, variable, needed) in [
        ("github.com", "GH_ENTERPRISE_TOKEN", "GH_TOKEN"),
        ("ghes.example.com", "GH_TOKEN", "GH_ENTERPRISE_TOKEN"),
        ("evilgithub.com", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN"),
    ] {
        let environment =
            [("GH_HOST", host), (variable, "ghp_canary"), ("HTTPS_PROXY", &proxy.origin)];
        let output = run_with(&environment, &["get", "o", "r", "1"]).await;
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{host}: {stderr}");
        assert!(stderr.contains(&format!("set {needed}")), "{host}: {stderr}");
    }
    assert_eq!(proxy.count(), 0, "{:?}", proxy.received());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_refuses_a_host_and_an_api_url() {
    let server = Server::start([]).await;
    for option in [["--host", &server.origin], ["--api-url", &server.url]] {
        let output = run(&[&option[..], &["list", "o", "r", "1", "--demo"]].concat()).await;
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("leave off --api-url and --host"), "{stderr}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_lines_of_a_log_are_saved_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tail.log");
    let logs = ["--demo", "logs", "octo-org", "octo-repo", "2", "--tail", "3", "--output"];
    let output = run(&[&logs[..], &[file.to_str().unwrap()]].concat()).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_needs_neither_a_host_nor_a_token() {
    let watch = run_with(&[], &["--demo", "watch", "octo-org", "octo-repo", "1"]).await;
    assert_eq!(watch.status.code(), Some(1), "a job has failed: {}", text(&watch.stderr));
    let stdout = text(&watch.stdout);
    assert!(stdout.contains("report: success (was in_progress)"), "{stdout}");
    assert!(stdout.contains("1 of 4 jobs failed"), "{stdout}");
    let expired = run_with(&[], &["--demo", "logs", "octo-org", "octo-repo", "1"]).await;
    let stderr = text(&expired.stderr);
    assert_eq!(expired.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("hint: the server has deleted the log"), "{stderr}");
    let tail = ["logs", "octo-org", "octo-repo", "2", "--tail", "2", "--demo"];
    assert_eq!(text(&run_with(&[], &tail).await.stdout).lines().count(), 2);
}
