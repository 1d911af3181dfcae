//! The example program: its output, its exit codes, and the token it sends.

use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use github_workflow_jobs::{Client, is_unprintable};
use serde_json::Value;

use crate::support::{Answer, Server, read, root};

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

/// The documented page of one job.
fn page() -> Answer {
    Answer::with(200, &[], read("tests/fixtures/documented/list-jobs-for-run.json"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_a_table_or_one_json_document() {
    let server = Server::serve(|_, _| page()).await;
    let list = ["--host", &server.url, "list", "octo-org", "octo-repo", "1"];
    let table = run(&list).await;
    assert_eq!(table.status.code(), Some(0), "{}", text(&table.stderr));
    assert_eq!(text(&table.stdout), "399444496   success         1m 59s  build\n");
    assert_eq!(server.received()[0].header("authorization"), ["Bearer ghp_canary"]);
    let all = run(&[&list[..], &["--json"]].concat()).await;
    let all: Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!(all[0]["id"], 399_444_496);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_one_line_without_the_token_and_without_control_characters() {
    let server = Server::serve(|_, _| {
        Answer::json(403, r#"{"message":"no\u001b[31m\u202e ghp_canary\nmore"}"#)
    })
    .await;
    let output = run(&["--host", &server.url, "get", "o", "r", "1"]).await;
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert!(stderr.contains("403") && stderr.contains("[hidden]"), "{stderr:?}");
    for hidden in ["\u{1b}", "\u{202e}", "canary"] {
        assert!(!stderr.contains(hidden), "{stderr:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_job_cannot_control_the_terminal() {
    let job = read("tests/fixtures/documented/get-job.json")
        .replace("\"build\"", r#""evil\u001b]0;title\u0007""#);
    let server = Server::serve(move |_, _| Answer::json(200, &job)).await;
    let output = run(&["--host", &server.url, "get", "o", "r", "1"]).await;
    let stdout = text(&output.stdout);
    assert!(output.status.success() && stdout.contains("evil"), "{stdout:?}");
    assert!(!stdout.contains(['\u{1b}', '\u{7}']), "{stdout:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_no_character_that_controls_a_terminal_and_loses_none() {
    let name = "evil\u{7f}\u{9b}31m\u{202e}\u{61c}\u{e0041}\u{1b}]0;\u{7} \u{e4}\u{1f44d}";
    let mut job: Value =
        serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
    job["name"] = name.into();
    let server = Server::serve(move |_, _| Answer::json(200, &job.to_string())).await;
    let output = run(&["--host", &server.url, "--json", "get", "o", "r", "1"]).await;
    let stdout = text(&output.stdout);
    let bad = stdout.chars().find(|c| *c != '\n' && is_unprintable(*c));
    assert_eq!(bad, None, "{stdout:?}");
    assert!(stdout.contains("\u{e4}\u{1f44d}") && stdout.contains("\\u202e"), "{stdout}");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(shown[0]["name"], name);
}

/// Runs the program on a terminal, and returns what the terminal gets.
#[cfg(target_os = "linux")]
async fn run_on_a_terminal(arguments: Vec<String>) -> String {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::io::Read as _;

    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let inside = std::fs::OpenOptions::new().read(true).write(true).open(name).unwrap();
    let mut program = Command::new(program());
    program.args(arguments).stdin(Stdio::null()).stdout(inside).env_clear();
    let reading = tokio::task::spawn_blocking(move || {
        let mut shown = Vec::new();
        // The end of a terminal is an error on Linux.
        let _ = std::fs::File::from(terminal).read_to_end(&mut shown);
        text(&shown)
    });
    let status = tokio::task::spawn_blocking(move || program.status().unwrap()).await.unwrap();
    assert!(status.success());
    reading.await.unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_log_on_a_terminal_is_text_that_cannot_control_it() {
    let log = "\u{feff}one\r\n\t\u{1b}[1;31mred\u{1b}[0m \u{e4}\n\u{1b}]0;title\u{7}\u{1b}]52;c;ZXZpbA==\u{7}\
               \u{1b}[2J\u{1b}[31\u{9b}2J\u{202e}abc\rxyz\u{1b}";
    let sent = log.repeat(2000);
    let server = Server::serve(move |_, request| match request.target.as_str() {
        "/log" => Answer::with(200, &["content-type: text/plain"], &sent),
        _ => Answer::redirect(302, "/log"),
    })
    .await;
    for more in [&[][..], &["--tail", "9"]] {
        let arguments = [&["--host", &server.url, "logs", "o", "r", "1"][..], more].concat();
        let shown = run_on_a_terminal(arguments.into_iter().map(str::to_owned).collect()).await;
        let shown = shown.replace("\r\n", "\n");
        assert!(shown.contains("one\n\tred \u{e4}\n"), "{shown:?}");
        let bad = shown.chars().find(|c| !matches!(c, '\n' | '\t') && is_unprintable(*c));
        assert_eq!(bad, None, "{shown:?}");
        assert!(shown.ends_with("abcxyz\n"), "{shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_gets_the_lines_of_a_log_as_they_are() {
    let log = b"one\n\xff\x1b[31mtwo\nthree\n".to_vec();
    let sent = log.clone();
    let server = Server::serve(move |_, request| match request.target.as_str() {
        "/log" => Answer::with(200, &["content-type: text/plain"], &sent),
        _ => Answer::redirect(302, "/log"),
    })
    .await;
    let logs = ["--host", &server.url, "logs", "o", "r", "1"];
    assert_eq!(run(&logs).await.stdout, log);
    let tail = run(&[&logs[..], &["--tail", "1"]].concat()).await;
    assert_eq!(text(&tail.stdout), "three\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_github_com_is_not_sent_to_another_server() {
    let server = Server::serve(|_, _| page()).await;
    let for_github = [("GH_TOKEN", "ghp_canary"), ("GITHUB_TOKEN", "ghp_canary")];
    for host in [&server.origin, &server.url] {
        let arguments = ["--host", host, "list", "o", "r", "1"];
        // Without a token for this server, the program is anonymous.
        let count = server.count();
        let output = run_with(&for_github, &arguments).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        let request = &server.received()[count];
        assert!(!format!("{request:?}").contains("canary"), "{request:?}");
        // The same command with a token for this server sends the token, so that a leak would be seen.
        for variable in ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] {
            let count = server.count();
            let output = run_with(&[(variable, "ghp_canary\r\n")], &arguments).await;
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert_eq!(server.received()[count].header("authorization"), ["Bearer ghp_canary"]);
        }
        // So does the token of a workflow on this server.
        let count = server.count();
        let workflow = [("GITHUB_API_URL", &*server.url), ("GITHUB_TOKEN", "ghp_canary")];
        run_with(&workflow, &arguments).await;
        assert_eq!(server.received()[count].header("authorization"), ["Bearer ghp_canary"]);
    }
}

/// A test cannot read a request to github.com. So the token is one that the client refuses: the program
/// reports that refusal if it has chosen the token, and another error if it has not.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_chosen_by_the_server_also_if_its_name_resembles_githubs() {
    const OF_GITHUB: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
    const OF_OTHERS: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
    let token = "ghp_\u{1}";
    let refusal = Client::builder().token(token).build().unwrap_err().to_string();
    // The proxy refuses every connection, so that nothing leaves the machine.
    let proxy = Server::serve(|_, _| Answer::with(403, &[], "")).await;
    let mut runs = tokio::task::JoinSet::new();
    for (server, own, foreign) in [
        ("github.com", OF_GITHUB, OF_OTHERS),
        ("octo.ghe.com", OF_GITHUB, OF_OTHERS),
        ("ghes.example.com", OF_OTHERS, OF_GITHUB),
        ("evilgithub.com", OF_OTHERS, OF_GITHUB),
        ("github.com.evil.example", OF_OTHERS, OF_GITHUB),
        ("https://api.github.com", OF_GITHUB, OF_OTHERS),
        ("https://ghes.example.com/api/v3", OF_OTHERS, OF_GITHUB),
    ] {
        for variable in own.into_iter().chain(foreign) {
            let proxy = proxy.origin.clone();
            runs.spawn(async move {
                let environment = [(variable, token), ("HTTPS_PROXY", &proxy)];
                let output =
                    run_with(&environment, &["--host", server, "get", "o", "r", "1"]).await;
                (format!("{server}, {variable}"), own.contains(&variable), output)
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
async fn the_demo_refuses_a_host() {
    let output = run(&["--host", "ghes.example.com", "list", "o", "r", "1", "--demo"]).await;
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("cannot be used with"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_needs_neither_a_host_nor_a_token() {
    let watch = run_with(&[], &["--demo", "watch", "octo-org", "octo-repo", "1"]).await;
    assert_eq!(watch.status.code(), Some(1), "a job has failed: {}", text(&watch.stderr));
    let last = text(&watch.stdout).lines().last().unwrap().to_owned();
    assert!(last.contains("success") && last.ends_with("report"), "{last}");
    let list = run_with(&[], &["--demo", "list", "octo-org", "octo-repo", "1"]).await;
    assert_eq!((list.status.code(), text(&list.stdout).lines().count()), (Some(0), 4));
    let tail = ["logs", "octo-org", "octo-repo", "2", "--tail", "20", "--demo"];
    let tail = text(&run_with(&[], &tail).await.stdout);
    assert!(tail.lines().count() == 20 && tail.contains("##[error]"), "{tail}");
    let lines = fails(&[], &["--demo", "logs", "octo-org", "octo-repo", "1"]).await;
    assert!(lines[0].contains("the content has expired or was deleted"), "{lines:?}");
}

/// The run ended long ago, so that its list without jobs need not settle.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_a_run_that_failed_without_a_job_exits_with_1() {
    for (conclusion, code) in [("startup_failure", 1), ("failure", 1), ("cancelled", 0)] {
        let answer = format!(
            r#"{{"status":"completed","conclusion":"{conclusion}","updated_at":"2020-01-01T00:00:00Z"}}"#
        );
        let server = Server::serve(move |_, request| {
            let is_list = request.target.contains("/jobs");
            Answer::json(200, if is_list { r#"{"total_count":0,"jobs":[]}"# } else { &answer })
        })
        .await;
        let watch = run(&["--host", &server.url, "watch", "o", "r", "1"]).await;
        assert_eq!(watch.status.code(), Some(code), "{conclusion}: {}", text(&watch.stderr));
    }
}

/// The lines on standard error of a command that fails.
async fn fails(environment: &[(&str, &str)], arguments: &[&str]) -> Vec<String> {
    let output = run_with(environment, arguments).await;
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{stderr}");
    stderr.lines().map(str::to_owned).collect()
}

const GET: [&str; 4] = ["get", "o", "r", "1"];

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_token_or_a_wrong_server_is_reported_with_the_remedy() {
    assert_eq!(
        fails(&[], &GET).await,
        ["error: no token for `api.github.com` in the environment; set GH_TOKEN"]
    );
    assert_eq!(
        fails(&[], &[&["--host", "octo-org/octo-repo"], &GET[..]].concat()).await,
        [
            "error: host: `octo-org/octo-repo` is a repository; expected the host of a server, such as \
          github.com or ghes.example.com"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_printed_in_one_line() {
    let server = Server::serve(|index, _| match index {
        0 => Answer::with(429, &["retry-after: 1"], ""),
        _ => page(),
    })
    .await;
    let output = run(&["--host", &server.url, "list", "o", "r", "1"]).await;
    let stderr = text(&output.stderr);
    assert!(output.status.success() && stderr.lines().count() == 1, "{stderr}");
    assert!(stderr.starts_with("waiting until 20"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_fails_is_reported_with_its_root_cause() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let lines = fails(&[], &[&["--host", &*format!("http://{address}")], &GET[..]].concat()).await;
    let start = format!(
        "error: actions/get-job-for-workflow-run: cannot connect to {address}: Connection refused"
    );
    assert!(lines.last().unwrap().starts_with(&start), "{lines:?}");
}
