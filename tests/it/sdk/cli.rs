//! The example command line, as a person and a script see it.

use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::{Answer, Server, files, read, root};

/// The program; built once, where `cargo test` has not done so.
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

async fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).stdin(Stdio::null()).env_clear().env("GH_TOKEN", "ghp_canary");
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

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
    assert!(!shown.contains('\u{1b}'), "no colours where no person looks");
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
async fn a_list_that_goes_on_elsewhere_is_an_error_and_its_page_alone_is_none() {
    let other = Server::serve(|_, _| page(None)).await;
    let next = format!("{}/resource?page=2", other.origin);
    let server = Server::serve(move |_, _| page(Some(&next))).await;
    let all = run(&["--api-url", &server.url, "list", "o", "r", "1"]).await;
    assert_eq!((all.status.code(), other.count()), (Some(2), 0));
    let said = text(&all.stderr);
    assert!(said.contains("cross-origin") && said.contains("\nhint: --page N"), "{said}");
    let one = run(&["--api-url", &server.url, "list", "o", "r", "1", "--page", "1"]).await;
    assert_eq!((one.status.code(), other.count()), (Some(0), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_one_line_and_cannot_steer_a_terminal() {
    let server = Server::serve(|_, _| {
        Answer::json(403, r#"{"message":"no\u001b[31m\u202e ghp_canary\nmore"}"#)
    })
    .await;
    let output = run(&["--api-url", &server.url, "get", "o", "r", "1"]).await;
    let said = text(&output.stderr);
    assert_eq!(
        (output.status.code(), said.lines().count()),
        (Some(2), 2),
        "a line and a hint: {said}"
    );
    assert!(
        !said.contains('\u{1b}') && !said.contains('\u{202e}') && !said.contains("canary"),
        "{said:?}"
    );
    let job = read("tests/fixtures/documented/get-job.json")
        .replace("\"build\"", r#""evil\u001b]0;title\u0007""#);
    let server = Server::serve(move |_, _| Answer::json(200, &job)).await;
    let output = run(&["--api-url", &server.url, "get", "o", "r", "1"]).await;
    assert!(!text(&output.stdout).contains(['\u{1b}', '\u{7}']));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_printed_as_it_is_or_saved_whole() {
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
async fn a_saved_answer_is_shown_in_the_shape_it_came_in() {
    for path in files("tests/fixtures/own") {
        let shown = run(&["show", path.to_str().unwrap(), "--json"]).await;
        assert_eq!(shown.status.code(), Some(0), "{}: {}", path.display(), text(&shown.stderr));
        let (came, went): (Value, Value) = (
            serde_json::from_str(&read(&path)).unwrap(),
            serde_json::from_slice(&shown.stdout).unwrap(),
        );
        assert_eq!(came.get("total_count"), went.get("total_count"), "{}", path.display());
        assert_eq!(came.get("id"), went.get("id"), "{}", path.display());
        assert_eq!(run(&["show", path.to_str().unwrap()]).await.status.code(), Some(0));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.json");
    std::fs::write(&file, r#"{"total_count": 1, "jobs": [{"id": "x"}]}"#).unwrap();
    let bad = run(&["show", file.to_str().unwrap()]).await;
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad.stderr).contains("at jobs[0].id"), "{}", text(&bad.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_github_com_goes_nowhere_else_and_contradictions_are_errors() {
    // The host is none that can be reached: it is the choice of the token that is looked at.
    for host in ["evilgithub.com", "github.com.evil.example"] {
        let output = run(&["--host", host, "get", "..", "r", "1"]).await;
        assert_eq!(output.status.code(), Some(2));
    }
    let both = run(&["--host", "ghes.example.com", "list", "o", "r", "1", "--demo"]).await;
    assert_eq!(both.status.code(), Some(2));
    assert!(
        text(&both.stderr).contains("leave off --api-url and --host"),
        "{}",
        text(&both.stderr)
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tail.log");
    let arguments = [
        "--demo",
        "logs",
        "octo-org",
        "octo-repo",
        "2",
        "--tail",
        "3",
        "--output",
        file.to_str().unwrap(),
    ];
    assert_eq!(run(&arguments).await.status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
    let marked = folder.path().join("marked.json");
    std::fs::write(&marked, format!("\u{FEFF}{}", read("tests/fixtures/documented/get-job.json")))
        .unwrap();
    assert_eq!(run(&["show", marked.to_str().unwrap()]).await.status.code(), Some(0));
    std::fs::write(&marked, r#"{"message":"Not Found"}"#).unwrap();
    assert!(
        text(&run(&["show", marked.to_str().unwrap()]).await.stderr)
            .contains("neither a job nor a page")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_needs_neither_a_host_nor_a_token() {
    let watched = run(&["--demo", "watch", "octo-org", "octo-repo", "1"]).await;
    assert_eq!(
        watched.status.code(),
        Some(1),
        "one of its jobs has failed: {}",
        text(&watched.stderr)
    );
    let shown = text(&watched.stdout);
    assert!(
        shown.contains("report: success (was in_progress)") && shown.contains("1 of 4 jobs failed"),
        "{shown}"
    );
    let expired = run(&["--demo", "logs", "octo-org", "octo-repo", "1"]).await;
    assert_eq!(expired.status.code(), Some(2));
    assert!(
        text(&expired.stderr).contains("hint: the server has deleted the log"),
        "{}",
        text(&expired.stderr)
    );
    let tail = run(&["logs", "octo-org", "octo-repo", "2", "--tail", "2", "--demo"]).await;
    assert_eq!(text(&tail.stdout).lines().count(), 2);
}
