//! A log that is saved to a file.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use github_workflow_jobs::ErrorKind;

use super::downloads::{ODD, odd_log, truncated_log};
use super::storage::{a_log, own_log};
use super::{Fails as _, in_a_child_of, is_child, log};
use crate::support::{Answer, Server, Step};

#[tokio::test(start_paused = true)]
async fn a_saved_log_is_unchanged_and_its_progress_reaches_the_length() {
    let server = odd_log().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    let mut seen = Vec::new();
    let request = log(&server.client());
    let saved = request.save_to_with(&path, |so_far, all| seen.push((so_far, all))).await.unwrap();
    let length = ODD.len() as u64;
    assert_eq!((saved, std::fs::read(&path).unwrap()), (length, ODD.to_vec()));
    assert_eq!(seen.last(), Some(&(length, Some(length))));
}

#[tokio::test(start_paused = true)]
async fn a_truncated_log_does_not_replace_the_file_it_was_to_be_saved_to() {
    let server = truncated_log().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    std::fs::write(&path, "old").unwrap();
    let error = log(&server.client()).save_to(&path).await.failed();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file is left");
}

#[tokio::test(start_paused = true)]
async fn saving_a_log_that_is_cancelled_leaves_no_file() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nhalf";
    let server = own_log(move |_| Answer::raw(head).then(Step::Hold)).await;
    let folder = tempfile::tempdir().unwrap();
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    let path = folder.path().join("job.log");
    let mut saving = Box::pin(log(&server.client()).save_to(&path));
    tokio::time::timeout(Duration::from_secs(5), &mut saving).await.unwrap_err();
    assert_eq!(files(), 1, "the part of the file");
    let part = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().file_name();
    let part = part.to_str().and_then(|name| name.strip_prefix(".job.log.")).unwrap().to_owned();
    let random = part.strip_suffix(".part").unwrap();
    assert!(random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit()), "{part}");
    drop(saving);
    assert_eq!(files(), 0);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(server.left.load(Ordering::SeqCst), 1, "the connection is closed");
}

#[tokio::test]
#[cfg(unix)]
async fn a_log_that_does_not_fit_on_the_disk_is_an_error_and_leaves_no_file() {
    const TEST: &str =
        "faults::saving::a_log_that_does_not_fit_on_the_disk_is_an_error_and_leaves_no_file";
    if !is_child() {
        // A limit of the size of files: the only write of this short log is the one that fails.
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]);
        in_a_child_of(shell.arg(std::env::current_exe().unwrap()), TEST);
        return;
    }
    let server = own_log(|_| Answer::with(200, &[], vec![b'x'; 4 << 10])).await;
    let folder = tempfile::tempdir().unwrap();
    let error = log(&server.client()).save_to(folder.path().join("job.log")).await.failed();
    assert_eq!(error.kind(), ErrorKind::File);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Saves a log to a path, which is refused before anything is sent; returns the reason.
async fn refused(server: &Server, path: &Path) -> String {
    let error = log(&server.client()).save_to(path).await.failed();
    assert_eq!(error.kind(), ErrorKind::File);
    let shown = path.display().to_string().replace('\0', "\u{FFFD}");
    assert!(error.to_string().contains(&format!("cannot write `{shown}`")), "{error}");
    assert_eq!(server.received().len(), 0, "{}", path.display());
    std::error::Error::source(&error).unwrap().to_string()
}

#[tokio::test(start_paused = true)]
async fn a_path_that_is_no_place_for_a_file_is_refused_before_the_request() {
    let server = own_log(|_| a_log()).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("file"), "old").unwrap();
    for (path, says) in [
        (folder.to_owned(), "is a directory"),
        (folder.join("none/job.log"), "o such file or directory"),
        (folder.join("file/job.log"), "ot a directory"),
        (folder.join("x".repeat(300)), "name too long"),
        (folder.join("a\0b"), "NUL byte"),
        (folder.join("job.log/"), "does not end in the name of a file"),
        (folder.join("job.log/."), "does not end in the name of a file"),
        (folder.join(".."), "does not end in the name of a file"),
        ("".into(), "does not end in the name of a file"),
    ] {
        let reason = refused(&server, &path).await;
        assert!(!cfg!(unix) || reason.contains(says), "{}: {reason}", path.display());
    }
    assert_eq!(names(folder), ["file"]);
}

#[tokio::test(start_paused = true)]
#[cfg(unix)]
async fn a_pipe_a_socket_and_a_device_are_not_replaced() {
    use std::os::unix::fs::FileTypeExt as _;

    let server = own_log(|_| a_log()).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("link")).unwrap();
    for path in [
        folder.join("pipe"),
        folder.join("socket"),
        folder.join("link"),
        "/dev/null".into(),
        "/dev/a-log".into(),
        "/proc/self/fd/1".into(),
    ] {
        let reason = refused(&server, &path).await;
        assert!(reason.contains("not a regular file"), "{reason}");
    }
    assert_eq!(names(folder), ["link", "pipe", "socket"]);
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(start_paused = true)]
#[cfg(unix)]
async fn only_the_user_can_read_a_new_file_and_a_replaced_one_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;

    let server = own_log(|_| a_log()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
    log(&server.client()).save_to(&path).await.unwrap();
    assert_eq!(mode(), 0o600);
    for (before, after) in [(0o644, 0o644), (0o640, 0o640), (0o600, 0o600), (0o4755, 0o755)] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(before)).unwrap();
        log(&server.client())
            .save_to_with(&path, |_, _| {
                let part = names(folder.path()).into_iter().find(|name| name.ends_with(".part"));
                let part = std::fs::metadata(folder.path().join(part.unwrap())).unwrap();
                assert_eq!(part.permissions().mode() & 0o7777, 0o600, "while it is written");
            })
            .await
            .unwrap();
        assert_eq!(mode(), after);
    }
}

#[tokio::test(start_paused = true)]
#[cfg(unix)]
async fn a_link_is_replaced_and_the_file_behind_it_stays() {
    let server = own_log(|_| a_log()).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("file"), "old").unwrap();
    std::fs::create_dir(folder.join("folder")).unwrap();
    for (link, to) in [("to_file", "file"), ("to_nothing", "none"), ("to_folder", "folder")] {
        std::os::unix::fs::symlink(to, folder.join(link)).unwrap();
    }
    let reason = refused(&server, &folder.join("to_folder")).await;
    assert!(reason.contains("is a directory"), "{reason}");
    for link in ["to_file", "to_nothing"] {
        log(&server.client()).save_to(folder.join(link)).await.unwrap();
        assert!(std::fs::symlink_metadata(folder.join(link)).unwrap().is_file(), "{link}");
    }
    assert_eq!(std::fs::read_to_string(folder.join("file")).unwrap(), "old");
    assert_eq!(names(folder), ["file", "folder", "to_file", "to_folder", "to_nothing"]);
}

#[tokio::test(start_paused = true)]
async fn a_log_can_have_the_longest_name_that_a_file_has() {
    let server = own_log(|_| a_log()).await;
    let folder = tempfile::tempdir().unwrap();
    let name = "\u{e4}".repeat(127);
    log(&server.client()).save_to(folder.path().join(&name)).await.unwrap();
    assert_eq!(names(folder.path()), [name]);
}
