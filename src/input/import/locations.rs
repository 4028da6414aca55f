//! What a catalog's Locations name → which of it is not among the files.
//!
//! In: targets with the files that name them, and all files that are read. Out: the targets that are none of them.
//! Promises: nothing is opened; what is shown of an address lets nobody in.

use super::ids;
use crate::input::Source;
use crate::input::selector::glob;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The targets that no file is, for people; each stands with the path of the file that names it.
pub(super) fn unread(
    targets: &BTreeSet<(String, String)>,
    sources: &[Arc<Source>],
) -> BTreeSet<String> {
    let files: Vec<String> = sources.iter().map(|s| plain_path(&s.path)).collect();
    let is_missing = |(path, target): &&(String, String)| {
        let target = target_path(path, target);
        !files.iter().any(|file| glob(&target, file))
    };
    let missing = targets.iter().filter(is_missing);
    missing.map(|(_, target)| without_login(target)).collect()
}

/// A path without `.` and, where it can be, without `..`.
fn plain_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts
                .last()
                .is_some_and(|last| !last.is_empty() && *last != "..") =>
            {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What a target of a Location means, seen from where its file was named; an address of the web stays.
fn target_path(location: &str, target: &str) -> String {
    match location.rsplit_once('/') {
        _ if target.contains("://") || target.starts_with('/') => target.to_owned(),
        Some((folder, _)) => plain_path(&format!("{folder}/{target}")),
        None => plain_path(target),
    }
}

/// A target without what may let somebody in: a name and password before the host, and what is asked of it.
fn without_login(target: &str) -> String {
    let plain = target.split(['?', '#']).next().unwrap_or_default();
    let shown = match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/{path}")
        }
        None => plain.to_owned(),
    };
    ids::clean(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_seen_from_the_file_that_names_it() {
        let source = |path: &str| {
            let text = String::new();
            Arc::new(Source {
                path: path.to_owned(),
                text,
            })
        };
        let files = ["./c/all.yaml", "c/sub/a.yaml", "c/sub/deep/b.yml"].map(source);
        let of = |target: &str| {
            let targets = BTreeSet::from([("./c/all.yaml".to_owned(), target.to_owned())]);
            unread(&targets, &files).pop_first()
        };
        for known in [
            "./sub/a.yaml",
            "sub/../sub/a.yaml",
            "./sub/**/*.yml",
            "../c/sub/a.yaml",
        ] {
            assert_eq!(of(known), None, "{known}");
        }
        for missing in ["./sub/b.yaml", "../a.yaml", "sub/*.json", "/sub/a.yaml"] {
            assert_eq!(of(missing).as_deref(), Some(missing));
        }
        let address = "https://me:SECRET@example.com/x/c.yaml?token=SECRET";
        assert_eq!(of(address).as_deref(), Some("https://example.com/x/c.yaml"));
    }
}
