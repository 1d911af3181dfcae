//! The example program: its output, its exit codes, and the token it sends.

use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use github_workflow_jobs::{Client, is_unprintable};
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
    assert!(stderr.contains("403") && stderr.contains("[hidden]"), "{stderr:?}");
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
async fn json_has_no_character_that_controls_a_terminal_and_loses_none() {
    let name = "evil\u{7f}\u{9b}31m\u{202e}\u{61c}\u{e0041}\u{1b}]0;\u{7} \u{e4}\u{1f44d}";
    let mut job: Value =
        serde_json::from_str(&read("tests/fixtures/documented/get-job.json")).unwrap();
    job["name"] = name.into();
    let server = Server::serve(move |_, _| Answer::json(200, &job.to_string())).await;
    let output = run(&["--api-url", &server.url, "--json", "get", "o", "r", "1"]).await;
    let stdout = text(&output.stdout);
    let bad = stdout.chars().find(|c| *c != '\n' && is_unprintable(*c));
    assert_eq!(bad, None, "{stdout:?}");
    assert!(stdout.contains("\u{e4}\u{1f44d}") && stdout.contains("\\u202e"), "{stdout}");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(shown["name"], name);
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
async fn a_log_on_a_terminal_has_its_colours_and_nothing_else_that_controls_it() {
    let log = "\u{feff}one\r\n\t\u{1b}[1;31mred\u{1b}[0m \u{e4}\n\u{1b}]0;title\u{7}\u{1b}]52;c;ZXZpbA==\u{7}\
               \u{1b}[2J\u{1b}[31\u{9b}2J\u{202e}abc\rxyz\u{1b}";
    let sent = log.repeat(2000);
    let server = Server::serve(move |_, request| match request.target.as_str() {
        "/log" => Answer::with(200, &["content-type: text/plain"], &sent),
        _ => Answer::redirect(302, "/log"),
    })
    .await;
    for more in [&[][..], &["--tail", "9"]] {
        let arguments = [&["--api-url", &server.url, "logs", "o", "r", "1"][..], more].concat();
        let shown = run_on_a_terminal(arguments.into_iter().map(str::to_owned).collect()).await;
        assert!(shown.contains("one\r\n\t\u{1b}[1;31mred\u{1b}[0m \u{e4}\r\n"), "{shown:?}");
        let rest = shown.replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", "").replace("\r\n", "\n");
        let bad = rest.chars().find(|c| !matches!(c, '\n' | '\t') && is_unprintable(*c));
        assert_eq!(bad, None, "{rest:?}");
        assert!(rest.ends_with("abc\u{fffd}xyz\u{fffd}"), "{rest:?}");
    }
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
            let jobs = value.get("jobs").map(|jobs| jobs.as_array().map_or(0, Vec::len));
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
async fn a_token_for_github_com_is_not_sent_to_another_server() {
    let server = Server::serve(|_, _| page(None)).await;
    let for_github = [("GH_TOKEN", "ghp_canary"), ("GITHUB_TOKEN", "ghp_canary")];
    for option in [["--host", &server.origin], ["--api-url", &server.url]] {
        let arguments = [&option[..], &["list", "o", "r", "1"]].concat();
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
    for (option, server, own, foreign) in [
        ("--host", "github.com", OF_GITHUB, OF_OTHERS),
        ("--host", "octo.ghe.com", OF_GITHUB, OF_OTHERS),
        ("--host", "ghes.example.com", OF_OTHERS, OF_GITHUB),
        ("--host", "evilgithub.com", OF_OTHERS, OF_GITHUB),
        ("--host", "github.com.evil.example", OF_OTHERS, OF_GITHUB),
        ("--api-url", "https://api.github.com", OF_GITHUB, OF_OTHERS),
        ("--api-url", "https://ghes.example.com/api/v3", OF_OTHERS, OF_GITHUB),
        ("--api-url", "https://evil.example/api.github.com", OF_OTHERS, OF_GITHUB),
    ] {
        for variable in own.into_iter().chain(foreign) {
            let proxy = proxy.origin.clone();
            runs.spawn(async move {
                let environment = [(variable, token), ("HTTPS_PROXY", &proxy)];
                let output = run_with(&environment, &[option, server, "get", "o", "r", "1"]).await;
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
    let remedy = "hint: see --help for the options and the environment variables, or try --demo";
    assert_eq!(
        fails(&[], &GET).await,
        ["error: no token for `api.github.com` in the environment; set GH_TOKEN", remedy]
    );
    assert_eq!(
        fails(&[], &[&["--host", "octo-org/octo-repo"], &GET[..]].concat()).await,
        [
            "error: host: `octo-org/octo-repo` is a repository; expected the host of a server, \
             such as github.com or ghes.example.com",
            remedy
        ]
    );
    assert_eq!(
        fails(&[("ALL_PROXY", "socks5://127.0.0.1:1")], &[&["--host", "ghes"], &GET[..]].concat())
            .await,
        [
            "error: ALL_PROXY: proxies with the scheme `socks5` are not supported; expected \
             http://HOST:PORT; to connect without a proxy, add the server to NO_PROXY",
            remedy
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_printed_in_one_line() {
    let server = Server::serve(|index, _| match index {
        0 => Answer::with(429, &["retry-after: 1"], ""),
        1 => Answer::with(502, &[], ""),
        _ => page(None),
    })
    .await;
    let output = run(&["--api-url", &server.url, "list", "o", "r", "1"]).await;
    let stderr = text(&output.stderr);
    let lines: Vec<_> = stderr.lines().collect();
    assert!(output.status.success() && lines.len() == 2, "{stderr}");
    // The server asks for a second, and the client adds up to a tenth of it.
    let limited = [
        "waiting 1 s for the rate limit of the server",
        "waiting 2 s for the rate limit of the server",
    ];
    assert!(limited.contains(&lines[0]), "{stderr}");
    let milliseconds =
        lines[1].strip_prefix("waiting ").unwrap().strip_suffix(" ms before the next attempt");
    assert!(milliseconds.unwrap().parse::<u32>().unwrap() <= 250, "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_fails_is_reported_with_its_root_cause() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}");
    let lines = fails(&[], &[&["--api-url", &url], &GET[..]].concat()).await;
    let [.., error, hint] = &lines[..] else { panic!("{lines:?}") };
    let start = format!(
        "error: actions/get-job-for-workflow-run: cannot connect to {address}: Connection refused"
    );
    assert!(error.starts_with(&start), "{lines:?}");
    assert_eq!(hint, "hint: check the host name, the network and the proxy settings");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_server_is_reported_once_with_one_remedy() {
    let not_found = Server::serve(|_, _| Answer::json(404, r#"{"message":"Not Found"}"#)).await;
    let unknown = Server::serve(|_, _| {
        Answer::with(200, &["x-github-enterprise-version: 3.30.0"], r#"{"id":"x"}"#)
    })
    .await;
    let a_page =
        Server::serve(|_, _| Answer::with(200, &["content-type: text/html"], "<html>")).await;
    let sso = Server::serve(|_, _| {
        let header = "x-github-sso: required; url=https://evil.example.com/";
        Answer::with(403, &[header], r#"{"message":"Resource protected by SAML"}"#)
    })
    .await;
    for (server, expected) in [
        (
            &not_found,
            &[
                "error: actions/get-job-for-workflow-run: the server answered 404 Not Found (or it is private: no token was \
                 sent)",
                "hint: check the owner, the repository and the id",
            ][..],
        ),
        (
            &unknown,
            &[
                "error: actions/get-job-for-workflow-run: cannot decode `$.id` of the response: expected i64 (line 1 column 9)",
                "hint: this version of the SDK does not know this answer of GHES 3.30.0: report it as a bug",
            ],
        ),
        (
            &a_page,
            &[
                "error: actions/get-job-for-workflow-run: the response is not JSON (line 1 column 1; content type text/html)",
                "hint: check the base URL of the API; on GHES it is https://HOST/api/v3",
            ],
        ),
        (
            &sso,
            &[
                "error: actions/get-job-for-workflow-run: the server answered 403 Forbidden: Resource protected by SAML \
               (single sign-on: authorize the token for the organization)",
            ],
        ),
    ] {
        let lines = fails(&[], &[&["--api-url", &server.url], &GET[..]].concat()).await;
        assert_eq!(lines, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_saved_is_reported_with_the_reason() {
    let logs = ["--demo", "logs", "octo-org", "octo-repo"];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("missing").join("job.log");
    let lines = fails(&[], &[&logs[..], &["2", "--output", file.to_str().unwrap()]].concat()).await;
    let [error, hint] = &lines[..] else { panic!("{lines:?}") };
    assert!(error.contains(&format!("cannot write `{}`: No such file", file.display())), "{error}");
    assert_eq!(hint, "hint: check that the folder exists and that the disk has space");
    let expired = fails(&[], &[&logs[..], &["1"]].concat()).await;
    let [error, hint] = &expired[..] else { panic!("{expired:?}") };
    assert!(error.contains("the content has expired or was deleted"), "{error}");
    assert_eq!(hint, "hint: the server has deleted the log; it cannot be recovered");
}
