//! Every fact of the documented endpoints stands in the rustdoc of its item.

use syn::{Attribute, Expr, Fields, ImplItem, Item, Lit, Meta};

use crate::support::read;

/// The rustdoc of an item, by its path: `Client::get_job`, `Job::labels`, `JobFilter::All`.
#[track_caller]
fn docs(path: &str) -> String {
    let (outer, inner) = path.split_once("::").unwrap_or((path, ""));
    for file in [
        "sdk/src/generated/mod.rs",
        "sdk/src/generated/requests.rs",
        "sdk/src/generated/types.rs",
        "sdk/src/names.rs",
    ] {
        for item in syn::parse_file(&read(file)).unwrap().items {
            // A private field has the name of the method that sets it, and no words.
            let docs = docs_in(&item, outer, inner).filter(|docs| !docs.is_empty());
            if let Some(docs) = docs {
                return docs;
            }
        }
    }
    panic!("no item {path}");
}

fn docs_in(item: &Item, outer: &str, inner: &str) -> Option<String> {
    match item {
        Item::Struct(item) if item.ident == outer && inner.is_empty() => Some(text(&item.attrs)),
        Item::Enum(item) if item.ident == outer && inner.is_empty() => Some(text(&item.attrs)),
        Item::Struct(item) if item.ident == outer => {
            let Fields::Named(fields) = &item.fields else { return None };
            let field = fields.named.iter().find(|field| field.ident.as_ref().unwrap() == inner);
            field.map(|field| text(&field.attrs))
        }
        Item::Enum(item) if item.ident == outer => {
            let variant = item.variants.iter().find(|variant| variant.ident == inner);
            variant.map(|variant| text(&variant.attrs))
        }
        Item::Impl(block) => {
            let syn::Type::Path(own) = &*block.self_ty else { return None };
            let named = own.path.segments.last().unwrap().ident == outer;
            let mut methods = block.items.iter().filter_map(|item| match item {
                ImplItem::Fn(method) if named && method.sig.ident == inner => {
                    Some(text(&method.attrs))
                }
                _ => None,
            });
            methods.next()
        }
        _ => None,
    }
}

fn text(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(line) => Some(line.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_documented_fact_stands_at_its_item() {
    let page = "https://docs.github.com/enterprise-server@3.8/rest/actions/workflow-jobs#";
    let operations =
        ["get_job", "download_job_logs", "list_jobs_for_run", "list_jobs_for_run_attempt"];
    for operation in operations {
        let docs = docs(&format!("Client::{operation}"));
        for fact in [
            "`GET /repos/{owner}/{repo}/actions/",
            "application/vnd.github+json",
            "Read access",
            "OAuth token",
            "classic personal access token",
            "`repo` scope",
            page,
            "Account that owns the repository",
            "without `.git`",
            "Not case-sensitive",
        ] {
            assert!(docs.contains(fact), "{operation}: {fact} is not in {docs:?}");
        }
    }
    for (item, facts) in [
        (
            "Client::get_job",
            &["`GET /repos/{owner}/{repo}/actions/jobs/{job_id}`", "`job_id`: Id of the job"][..],
        ),
        (
            "Client::download_job_logs",
            &["/jobs/{job_id}/logs`", "302", "`Location`", "one minute", "plain-text"],
        ),
        (
            "Client::list_jobs_for_run",
            &["/runs/{run_id}/jobs`", "`run_id`: Id of the workflow run"],
        ),
        (
            "Client::list_jobs_for_run_attempt",
            &[
                "/runs/{run_id}/attempts/{attempt_number}/jobs`",
                "404",
                "`attempt_number`: Which attempt",
            ],
        ),
        ("ListJobsForRun::per_page", &["1 to 100", "30"]),
        ("ListJobsForRun::page", &["from 1", "default"]),
        (
            "ListJobsForRun::filter",
            &["`latest`, the default", "most recent execution", "`all`", "old executions"],
        ),
        ("ListJobsForRunAttempt::per_page", &["1 to 100", "30"]),
        ("ListJobsForRunAttempt::page", &["from 1", "default"]),
        ("JobFilter::Latest", &["most recent execution", "default"]),
        ("JobFilter::All", &["old ones"]),
        ("PerPage", &["1 to 100", "30"]),
        ("Owner", &["ASCII case"]),
        ("Repo", &["without its owner and without `.git`", "ASCII case"]),
    ] {
        let docs = docs(item);
        for fact in facts {
            assert!(docs.contains(fact), "{item}: {fact} is not in {docs:?}");
        }
    }
}
