//! The files of `spec/trimmed`: servers whose trimmed descriptions have equal facts share one file.
//!
//! A file has the description of the server that it is named after. `x-servers` has the rest, for each server
//! of the file: its pin (`source`), and the values of `info` that differ. The version in the address of a
//! documentation page is that of the server. So the description of each server can be read back unchanged.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::openapi::json::Pointer;
use crate::openapi::positions::{Kind, visit};
use crate::openapi::servers::docs_folder;

const SERVERS: &str = "x-servers";

/// The files that hold the descriptions: for each server, the server whose file it is.
///
/// The base has its own file. Other servers use the file of the base, or else of the oldest server, from which
/// their description can be read back unchanged.
pub(crate) fn files<'d>(
    base: &str,
    descriptions: &[(&'d str, &'d Value)],
) -> BTreeMap<&'d str, &'d str> {
    let mut owners: Vec<(&str, Parts)> = Vec::new();
    let mut files = BTreeMap::new();
    let (first, others): (Vec<_>, Vec<_>) =
        descriptions.iter().partition(|(server, _)| *server == base);
    for (server, document) in first.into_iter().chain(others) {
        let parts = Parts::of(document);
        match owners.iter().find(|(owner, known)| known.can_give(owner, &parts, server)) {
            Some((owner, _)) => drop(files.insert(server, *owner)),
            None => {
                files.insert(server, server);
                owners.push((server, parts));
            }
        }
    }
    files
}

/// The file of the servers, the owner first. They have equal facts, see [`files`].
pub(crate) fn join(descriptions: &[&(&str, &Value)]) -> Value {
    let Some((_, owner)) = descriptions.first() else { return Value::Null };
    let mut file = (*owner).clone();
    let mut servers = Map::new();
    for (server, document) in descriptions {
        let mut own = Map::from_iter([("source".to_owned(), document["x-source"].clone())]);
        let info = document["info"].as_object().into_iter().flatten();
        let info = info.filter(|(key, value)| owner["info"].get(key) != Some(value));
        let info: Map<_, _> = info.map(|(key, value)| (key.clone(), value.clone())).collect();
        if !info.is_empty() {
            own.insert("info".to_owned(), info.into());
        }
        servers.insert((*server).to_owned(), own.into());
    }
    if let Some(map) = file.as_object_mut() {
        map.remove("x-source");
        map.insert(SERVERS.to_owned(), servers.into());
    }
    file
}

/// The description of a server in the file of `owner`, and the place of its pin.
pub(crate) fn split(file: &Value, owner: &str, server: &str) -> (Value, Pointer) {
    let own = &file[SERVERS][server];
    let mut document = file.clone();
    if let Some(map) = document.as_object_mut() {
        map.remove(SERVERS);
        map.insert("x-source".to_owned(), own["source"].clone());
        if let Some(Value::Object(info)) = map.get_mut("info") {
            info.extend(own["info"].as_object().cloned().unwrap_or_default());
        }
    }
    if owner != server {
        each_page(&mut document, |_, url| *url = page_of(url, owner, server));
    }
    (document, Pointer::root().descend([SERVERS, server, "source"]))
}

/// The servers of a file.
pub(crate) fn servers(file: &Value) -> impl Iterator<Item = &str> {
    file[SERVERS].as_object().into_iter().flatten().map(|(server, _)| server.as_str())
}

/// The parts of a description: its facts, and those that depend on the version.
struct Parts {
    facts: Value,
    info: Map<String, Value>,
    pages: BTreeMap<Pointer, String>,
}

impl Parts {
    fn of(document: &Value) -> Self {
        let (mut facts, mut pages) = (document.clone(), BTreeMap::new());
        each_page(&mut facts, |at, url| drop(pages.insert(at.clone(), std::mem::take(url))));
        let mut info = Map::new();
        if let Some(map) = facts.as_object_mut() {
            map.remove("x-source");
            if let Some(Value::Object(map)) = map.get_mut("info") {
                info = std::mem::take(map);
            }
        }
        Self { facts, info, pages }
    }

    /// True if [`split`] gives `other`, the description of `server`, from the file of `owner`.
    fn can_give(&self, owner: &str, other: &Self, server: &str) -> bool {
        let page = |(at, url): (&Pointer, &String)| {
            other.pages.get(at).is_some_and(|other| *other == page_of(url, owner, server))
        };
        self.facts == other.facts
            && self.info.keys().all(|key| other.info.contains_key(key))
            && self.pages.len() == other.pages.len()
            && self.pages.iter().all(page)
    }
}

/// Calls `each` for the address of every documentation page (`externalDocs`).
fn each_page(document: &mut Value, mut each: impl FnMut(&Pointer, &mut String)) {
    visit(Kind::Document, &Pointer::root(), document, &mut |kind, at, map| {
        if let (Kind::ExternalDocs, Some(Value::String(url))) = (kind, map.get_mut("url")) {
            each(at, url);
        }
    });
}

/// The address of the same page for another server.
fn page_of(url: &str, owner: &str, server: &str) -> String {
    match url.strip_prefix(&docs_folder(owner)) {
        Some(page) => format!("{}{page}", docs_folder(server)),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description(server: &str, release: Option<f64>) -> Value {
        let docs = docs_folder(server);
        let mut document = json!({
            "openapi": "3.0.3",
            "info": {"title": "", "version": "1", "x-github-plan": server},
            "externalDocs": {"url": format!("{docs}rest/")},
            "paths": {"/a": {"get": {
                "operationId": "a/get", "externalDocs": {"url": format!("{docs}rest/a#get")},
                "responses": {"200": {"description": "", "content": {"application/json": {
                    "example": {"externalDocs": {"url": "https://docs.github.com/enterprise-server@3.8/"}}
                }}}}
            }}},
            "x-source": {"file": server}
        });
        if let Some(release) = release {
            document["info"]["x-github-release"] = json!(release);
        }
        document
    }

    fn files_of(base: &str, all: &[(&str, Value)]) -> Vec<String> {
        let borrowed: Vec<_> = all.iter().map(|(server, document)| (*server, document)).collect();
        let files = files(base, &borrowed);
        // Each description can be read back.
        for owner in files.values() {
            let mut servers: Vec<_> =
                borrowed.iter().filter(|(server, _)| files[server] == *owner).collect();
            servers.sort_by_key(|(server, _)| server != owner);
            let file = join(&servers);
            assert_eq!(super::servers(&file).count(), servers.len());
            for (server, document) in servers {
                assert_eq!(split(&file, owner, server).0, **document, "{server} in {owner}");
            }
        }
        all.iter().map(|(server, _)| files[server].to_owned()).collect()
    }

    #[test]
    fn equal_facts_are_in_the_file_of_the_base_or_else_of_the_oldest_server() {
        let mut all = [
            ("ghes-3.7", description("ghes-3.7", Some(3.7))),
            ("ghes-3.8", description("ghes-3.8", Some(3.8))),
            ("ghes-3.9", description("ghes-3.9", Some(3.9))),
            ("ghes-3.10", description("ghes-3.10", Some(3.1))),
            ("ghec", description("ghec", None)),
            ("api.github.com", description("api.github.com", None)),
        ];
        let (base, oldest, cloud) = ("ghes-3.8", "ghes-3.7", "ghec");
        assert_eq!(files_of(base, &all), [base, base, base, base, cloud, cloud]);
        assert_eq!(files_of("ghec", &all), [cloud; 6]);
        all[1].1["paths"]["/a"]["get"]["deprecated"] = json!(true);
        assert_eq!(files_of(base, &all), [oldest, base, oldest, oldest, cloud, cloud]);
    }

    #[test]
    fn a_page_that_would_be_read_back_with_another_version_has_a_file_of_its_own() {
        let mut all = [
            ("ghes-3.9", description("ghes-3.9", Some(3.9))),
            ("ghes-3.10", description("ghes-3.10", Some(3.1))),
        ];
        for (_, document) in &mut all {
            let page = "https://docs.github.com/enterprise-server@3.9/rest/a";
            document["paths"]["/a"]["get"]["externalDocs"]["url"] = page.into();
        }
        assert_eq!(files_of("ghes-3.9", &all), ["ghes-3.9", "ghes-3.10"]);
        let elsewhere = "https://docs.github.com/rest/a";
        for (_, document) in &mut all {
            document["paths"]["/a"]["get"]["externalDocs"]["url"] = elsewhere.into();
        }
        assert_eq!(files_of("ghes-3.9", &all), ["ghes-3.9", "ghes-3.9"]);
    }
}
