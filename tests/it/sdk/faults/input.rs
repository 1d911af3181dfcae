//! Invalid arguments and configurations, and secrets in texts.

use github_workflow_jobs::{
    AccessToken, Client, Error, ErrorKind, Owner, PathSegment, ProviderError, Repo, RepoClient,
};

use super::{Fails as _, a_job, always, in_a_child, is_child, job, log, shown};
use crate::support::{Answer, Server};

#[tokio::test]
async fn an_owner_or_repo_that_is_not_one_path_segment_is_refused_without_a_request() {
    let server = Server::start([]).await;
    let client = server.client();
    for name in [
        "..",
        ".",
        "",
        "..\\..\\..\\login",
        "a\\b",
        "a/b",
        "a?b",
        "a#b",
        "a%2fb",
        "%2e%2e",
        "\t",
        "\r\n",
        "\0",
        "\u{202E}",
        "．．",
    ] {
        let as_owner = client.get_job(name, "r", 1);
        let as_repo = client.get_job("o", name, 1);
        for (argument, request) in [("`owner`", as_owner), ("`repo`", as_repo)] {
            let error = request.send().await.failed();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}");
            assert!(error.to_string().contains(argument), "{name:?}: {error}");
        }
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_repo_with_the_suffix_git_is_refused_with_the_remedy() {
    let server = Server::start([]).await;
    let error = server.client().get_job("o", "octo-repo.git", 1).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("leave off .git"), "{error}");
    assert_eq!(server.count(), 0);
}

/// A generator of the same numbers on every machine (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

#[tokio::test]
async fn each_of_a_hundred_thousand_texts_is_refused_or_exactly_one_path_segment() {
    const ALPHABET: [&str; 40] = [
        "a", "B", "0", "-", "_", ".", "..", "/", "\\", "%", "%2e", "%2F", "%5c", "2e", "?", "#",
        "&", "=", ";", ":", "@", " ", "\t", "\n", "\r", "\0", "~", "+", "é", "．", "／", "＼",
        "\u{202E}", "\u{200B}", "日", ".git", "{", "}", "|", "\"",
    ];
    let mut numbers = Numbers(7);
    let mut accepted = 0;
    for _ in 0..100_000 {
        let text: String =
            (0..numbers.below(6) + 1).map(|_| ALPHABET[numbers.below(ALPHABET.len())]).collect();
        let converted = [
            Owner::try_from(text.as_str()).map(|name| name.to_string()),
            Repo::try_from(text.as_str()).map(|name| name.to_string()),
            PathSegment::try_from(text.as_str()).map(|name| name.to_string()),
        ];
        for name in converted.into_iter().flatten() {
            accepted += 1;
            // Encoded as the SDK encodes it, and split as a URL parser splits it.
            let encoded: String = name
                .bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        (byte as char).to_string()
                    }
                    byte => format!("%{byte:02X}"),
                })
                .collect();
            let url = format!("http://127.0.0.1/api/v3/repos/{encoded}/end");
            let parsed = url::Url::parse(&url).unwrap();
            let segments: Vec<_> = parsed.path_segments().unwrap().collect();
            assert_eq!(segments, ["api", "v3", "repos", &encoded, "end"], "{text:?}");
        }
    }
    println!("300,000 conversions of 100,000 texts: {accepted} accepted, each one segment");
    assert!(accepted > 5_000, "{accepted}");
}

#[tokio::test]
async fn names_with_dots_and_underscores_are_sent_unchanged() {
    let server = always(a_job()).await;
    for name in [".github", "a_b.c", "..."] {
        server.client().get_job(name, name, 1).send().await.unwrap();
        let target = server.received().last().unwrap().target.clone();
        assert_eq!(target, format!("/api/v3/repos/{name}/{name}/actions/jobs/1"));
    }
}

#[test]
fn an_unusable_api_url_is_refused_with_the_reason_when_the_client_is_built() {
    for (url, reason) in [
        ("", "api_url"),
        ("ghes.example.com", "api_url"),
        ("file:///etc", "`file`"),
        ("ftp://h/", "`ftp`"),
        ("https://u:canary@h/", "user"),
        ("https://h/?canary", "query"),
        ("https://h/#f", "fragment"),
    ] {
        let error = Client::builder().api_url(url).token("t").build().failed();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
        assert!(error.to_string().contains(reason), "{url}: {error}");
    }
}

#[test]
fn plain_http_to_another_machine_needs_allow_http() {
    let builder = || Client::builder().api_url("http://ghes.example.com");
    for builder in [builder(), builder().token("t")] {
        let error = builder.build().failed();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("http"), "{error}");
    }
    builder().allow_http().token("t").build().unwrap();
}

#[test]
fn an_unusable_token_is_refused_and_not_shown() {
    for token in ["", "canary\n", "canary\0", &"canary".repeat(200_000)] {
        let error = Client::builder().token(token).build().failed();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("token"), "{error}");
    }
}

#[test]
fn a_pem_text_without_a_certificate_is_refused_as_ca_bundle_and_as_identity() {
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    for pem in ["", "garbage", key] {
        let as_bundle = Client::builder().ca_bundle(pem).build();
        let as_identity = Client::builder().identity(pem).build();
        for (option, result) in [("ca_bundle", as_bundle), ("identity", as_identity)] {
            let error = result.failed();
            assert_eq!(error.kind(), ErrorKind::Config, "{option}: {pem:?}");
            assert!(error.to_string().contains(option), "{pem:?}: {error}");
        }
    }
}

#[test]
fn an_invalid_or_reserved_header_is_refused_by_name_when_the_client_is_built() {
    for (name, value) in [("authorization", "x"), ("a b", "x"), ("x-a", "a\nb"), ("accept", "x")] {
        let error = Client::builder().header(name, value).build().failed();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_api_url_is_not_doubled_in_paths() {
    let server = always(a_job()).await;
    let client = Client::builder().api_url(format!("{}/", server.url)).build().unwrap();
    job(&client).send().await.unwrap();
    assert_eq!(server.only().target, "/api/v3/repos/octo-org/octo-repo/actions/jobs/399444496");
}

#[tokio::test]
async fn clients_builders_requests_and_errors_print_no_secret() {
    let builder = Client::builder()
        .token("ghp_canary")
        .header("x-secret", "canary")
        .proxy("http://u:canary@127.0.0.1:1");
    let client = builder.clone().build().unwrap();
    let provider = || async { Ok(AccessToken::new("canary")) };
    let provided = Client::builder().token_provider(provider).build().unwrap();
    let request = client.list_jobs_for_run("o", "r", 1).page(2);
    let mut texts = vec![
        format!(
            "{builder:?} {builder:#?} {client:?} {client:#?} {provided:?} {:?}",
            AccessToken::new("canary")
        ),
        format!("{request:?} {request:#?} {:?} {:?}", job(&client), client.repo("o/r").unwrap()),
    ];
    texts.push(shown(&job(&client).send().await.failed()));
    for text in texts {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_tried_again_while_it_is_young_before_the_provider_is_asked_again() {
    let server = Server::serve(|_, request| match request.header("authorization").as_slice() {
        ["Bearer token-1"] => Answer::json(401, r#"{"message":"Bad credentials"}"#),
        _ => a_job(),
    })
    .await;
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = calls.clone();
    let client = server.builder().token_provider(move || {
        let number = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        async move { Ok(AccessToken::new(format!("token-{number}"))) }
    });
    let client = client.build().unwrap();
    let start = tokio::time::Instant::now();
    job(&client).send().await.unwrap();
    assert!(start.elapsed().as_secs() == 5, "the token is young for five seconds");
    job(&client).send().await.unwrap();
    // The first token five times in five seconds, then the second one for both calls.
    assert_eq!((calls.load(std::sync::atomic::Ordering::SeqCst), server.count()), (2, 7));
}

#[tokio::test]
async fn a_failing_token_provider_is_a_config_error_and_nothing_is_sent() {
    let server = always(a_job()).await;
    let failing = || async { Err::<AccessToken, ProviderError>("no key".into()) };
    let error =
        job(&server.builder().token_provider(failing).build().unwrap()).send().await.failed();
    assert_eq!((error.kind(), server.count()), (ErrorKind::Config, 0));
}

#[tokio::test]
async fn a_repository_client_fills_in_owner_and_repo() {
    let server = always(a_job()).await;
    let repo: RepoClient = server.client().repo("octo-org/octo-repo").unwrap();
    repo.get_job(7).send().await.unwrap();
    assert_eq!(server.only().target, "/api/v3/repos/octo-org/octo-repo/actions/jobs/7");
}

#[test]
fn a_repository_that_is_not_owner_slash_repo_is_refused() {
    let client = Client::builder().build().unwrap();
    for name in ["octo-org", "a/b/c", "/b", "a/", "a/b.git"] {
        client.repo(name).unwrap_err();
    }
}

#[test]
fn calls_can_be_spawned_streams_moved_and_errors_shared() {
    fn send<T: Send + 'static>(_: T) {}
    fn unpin<T: Send + Unpin + 'static>(_: T) {}
    let client = Client::builder().build().unwrap();
    send(job(&client).send());
    send(log(&client).location());
    send(log(&client).stream());
    send(log(&client).save_to("x"));
    send(log(&client).tail(3));
    send(client.list_jobs_for_run("o", "r", 1).all());
    unpin(client.list_jobs_for_run("o", "r", 1).stream());
    unpin(client.list_jobs_for_run("o", "r", 1).pages());
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<Error>();
}

#[tokio::test]
async fn a_proxy_from_the_environment_is_named_without_its_password() {
    if !is_child() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://user:canary@{}", listener.local_addr().unwrap());
        drop(listener);
        in_a_child(
            "faults::input::a_proxy_from_the_environment_is_named_without_its_password",
            &[("HTTPS_PROXY", &proxy), ("HTTP_PROXY", &proxy)],
        );
        return;
    }
    let client =
        Client::builder().host("ghes.example.com").retry(github_workflow_jobs::RetryPolicy::none());
    let error = job(&client.build().unwrap()).send().await.failed();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    // A loopback server is reached without the proxy.
    let server = always(a_job()).await;
    job(&server.client()).send().await.unwrap();
}

#[tokio::test]
async fn without_system_certificates_the_error_names_the_package_to_install() {
    if !is_child() {
        let empty = tempfile::tempdir().unwrap();
        let file = empty.path().join("empty.pem");
        std::fs::write(&file, "").unwrap();
        in_a_child(
            "faults::input::without_system_certificates_the_error_names_the_package_to_install",
            &[
                ("SSL_CERT_FILE", file.to_str().unwrap()),
                ("SSL_CERT_DIR", empty.path().to_str().unwrap()),
            ],
        );
        return;
    }
    let error = Client::builder().host("ghes.example.com").build().failed();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("ca-certificates"), "{error}");
    // Plain http to a loopback server needs no certificates.
    let server = always(a_job()).await;
    job(&server.client()).send().await.unwrap();
}

#[test]
fn a_client_needs_and_installs_no_tls_provider_of_the_process() {
    if !is_child() {
        in_a_child(
            "faults::input::a_client_needs_and_installs_no_tls_provider_of_the_process",
            &[],
        );
        return;
    }
    Client::builder().host("ghes.example.com").build().unwrap();
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}
