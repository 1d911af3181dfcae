//! Names of servers: GHES versions, documentation pages, and a set of servers as a phrase ("since GHES 3.9").

/// The GHES version in the name of a server: (3, 8) for `ghes-3.8`.
pub(crate) fn ghes_version(server: &str) -> Option<(u64, u64)> {
    let (major, minor) = server.strip_prefix("ghes-")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The start of the addresses of GitHub's documentation pages for a server.
pub(crate) fn docs_folder(server: &str) -> String {
    let version = match server {
        "ghec" => "enterprise-cloud@latest/".to_owned(),
        _ => server
            .strip_prefix("ghes-")
            .map(|version| format!("enterprise-server@{version}/"))
            .unwrap_or_default(),
    };
    format!("https://docs.github.com/{version}")
}

/// The servers in `have` as a phrase: "since GHES 3.9". `all` are all servers, with the GHES versions from
/// oldest to newest. Other servers are named.
pub(crate) fn phrase(have: &[&str], all: &[String]) -> String {
    let has = |server: &&String| have.contains(&server.as_str());
    let versions: Vec<_> = all.iter().filter(|server| ghes_version(server).is_some()).collect();
    let others: Vec<_> = all.iter().filter(|server| ghes_version(server).is_none()).collect();
    let ranges: Vec<_> = versions.chunk_by(|a, b| has(a) == has(b)).collect();
    let runs: Vec<_> = ranges.iter().filter(|run| run.iter().all(has)).collect();
    let (has_others, lacks_others): (Vec<_>, Vec<_>) =
        others.iter().partition(|server| has(server));
    let names =
        |servers: &[&String]| -> Vec<String> { servers.iter().map(|name| display(name)).collect() };
    let (on, not_on) = (names(&has_others), names(&lacks_others));
    let range = |run: &&&[&String]| match run {
        [one] => format!("GHES {}", number(Some(one))),
        run => {
            format!("GHES {} to {}", number(run.first().copied()), number(run.last().copied()))
        }
    };
    let (range, on) = match runs.as_slice() {
        // "since" includes the servers without a version, which are always the newest.
        [run] if run.len() == versions.len() => (String::new(), Vec::new()),
        [run] if run.last() == versions.last() => {
            (format!("since GHES {}", number(run.first().copied())), Vec::new())
        }
        [run] if run.first() == versions.first() => {
            (format!("up to GHES {}", number(run.last().copied())), on)
        }
        runs => {
            let all: Vec<_> = runs.iter().map(range).chain(on).collect();
            return format!("only on {}", join(&all, "and"));
        }
    };
    let parts = [vec![range], on].concat().into_iter().filter(|part| !part.is_empty());
    let phrase = join(&parts.collect::<Vec<_>>(), "and");
    match (phrase.is_empty(), not_on.is_empty()) {
        (_, true) => phrase,
        (true, false) => format!("not on {}", join(&not_on, "or")),
        (false, false) => format!("{phrase}, not on {}", join(&not_on, "or")),
    }
}

fn number(server: Option<&String>) -> String {
    let version = server.and_then(|server| ghes_version(server));
    version.map(|(major, minor)| format!("{major}.{minor}")).unwrap_or_default()
}

fn display(server: &str) -> String {
    match server {
        "api.github.com" => "github.com".to_owned(),
        "ghec" => "GHEC".to_owned(),
        other => other.to_owned(),
    }
}

fn join(names: &[String], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., one] => format!("{} {last} {one}", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_servers_is_a_short_phrase() {
        let all = ["ghes-3.8", "ghes-3.9", "ghes-3.10", "ghes-3.11", "ghec", "api.github.com"];
        let owned = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        for (have, expected) in [
            (&all[1..], "since GHES 3.9"),
            (&all[1..5], "since GHES 3.9, not on github.com"),
            (&all[1..4], "since GHES 3.9, not on GHEC or github.com"),
            (&all[..2], "up to GHES 3.9, not on GHEC or github.com"),
            (&all[..4], "not on GHEC or github.com"),
            (&all[..5], "not on github.com"),
            (&all[1..3], "only on GHES 3.9 to 3.10"),
            (&all[4..], "only on GHEC and github.com"),
            (&all[5..], "only on github.com"),
            (
                &["ghes-3.8", "ghes-3.10", "ghec", "api.github.com"],
                "only on GHES 3.8, GHES 3.10, GHEC and github.com",
            ),
        ] {
            assert_eq!(phrase(have, &owned(&all)), expected);
        }
    }
}
