//! Which format files are of, by what is in them. In: sources. Out: the one format that some of them look
//! like, or a fault that says what they were taken for. Promises: the names of files mean nothing but for what is said
//! of a broken one, and a format that is known but not read is refused by its name.

use super::super::{Diagnostic, Faults, Source};
use super::{Format, sniff, yaml};
use std::sync::Arc;

/// Files that are named in a fault.
const NAMED: usize = 3;

/// A format that is known and not read.
struct Unread {
    /// What it is, for people.
    title: &'static str,
    /// Whether a text looks like it.
    looks_like: fn(&Source) -> bool,
    /// What to do instead.
    help: &'static str,
}

/// Formats that are known and not read: a reader that takes one of these goes before this list.
const UNREAD: [Unread; 4] = [
    Unread {
        title: "a `kubectl cluster-info dump` of 2017 or before",
        looks_like: |s| sniff::json(s).is_some_and(|o| o.has("Items") || o.has("Items[].Spec")),
        help: "export again with `kubectl get nodes,pods,deployments,… -A -o json`",
    },
    Unread {
        title: "an object of the vSphere API",
        looks_like: |s| sniff::json(s).is_some_and(|o| o.has("_typeName")),
        help: "export with RVTools instead",
    },
    Unread {
        title: "a result of this program",
        looks_like: |s| {
            let outline = sniff::json(s);
            outline.is_some_and(|o| o.text("schema").is_some_and(|t| t.starts_with("brownout/")))
        },
        help: "import reads what other tools export; `brownout report` shows a result",
    },
    Unread {
        title: "a file of an inventory",
        looks_like: |s| {
            let header = sniff::header(s);
            let has = |name: &str| header.iter().any(|cell| cell == name);
            has("id") && has("kind") || has("consumer") && has("provider")
        },
        help: "it needs no import: `brownout check DIR` reads the folder",
    },
];

impl Format {
    /// The one format that texts are of, by their content.
    ///
    /// # Errors
    /// They are of none, of one that is known and not read, or of several.
    pub fn recognise(sources: &[Arc<Source>]) -> Result<Self, Faults> {
        let of = |format: Format| {
            let about = format.about();
            let alike = sources.iter().filter(|s| (about.looks_like)(s));
            alike.collect::<Vec<_>>()
        };
        let found: Vec<(Format, Vec<&Arc<Source>>)> = Format::ALL
            .into_iter()
            .map(|format| (format, of(format)))
            .filter(|(_, alike)| !alike.is_empty())
            .collect();
        match found.as_slice() {
            [(format, _)] => Ok(*format),
            [] => Err(unknown(sources).into()),
            several => Err(mixed(several).into()),
        }
    }
}

fn unknown(sources: &[Arc<Source>]) -> Diagnostic {
    let Some(first) = sources.first() else {
        return Diagnostic::error("there is no file to import");
    };
    let known = UNREAD.iter().find_map(|u| {
        let source = sources.iter().find(|s| (u.looks_like)(s))?;
        Some((u, source))
    });
    if let Some((unread, source)) = known {
        // Without a place: a line of the file may hold what nobody should see.
        let message = format!("`{}` is {}", source.path, unread.title);
        return Diagnostic::error(message).help(unread.help);
    }
    if let Some(fault) = sources.iter().find_map(broken) {
        return fault;
    }
    let words: Vec<&str> = Format::ALL.into_iter().map(Format::word).collect();
    let what = match sources {
        [_] => "this looks like no format that can be imported".to_owned(),
        all => format!(
            "none of these {} texts looks like a format that can be imported",
            all.len()
        ),
    };
    let fault = Diagnostic::error(what).at(first, 0..0).without_text();
    fault.help(format!(
        "name the format before the files if you know it: {}",
        words.join(", ")
    ))
}

/// A fault of a text that begins like YAML and stops being it, and that may be of any format.
fn broken(source: &Arc<Source>) -> Option<Diagnostic> {
    if sniff::yaml(source).is_empty() {
        return None;
    }
    let why = yaml::documents::<serde_json::Value>(source).err()?;
    let is_called_so = [".yaml", ".yml"]
        .iter()
        .any(|end| source.path.ends_with(end));
    (is_called_so || why.is_explained()).then(|| {
        let message = format!("`{}` stops being YAML at {}", source.path, why.place());
        Diagnostic::error(message).help("mend it there; the file may be cut short")
    })
}

fn mixed(several: &[(Format, Vec<&Arc<Source>>)]) -> Diagnostic {
    let said: Vec<String> = several
        .iter()
        .map(|(format, alike)| {
            let named: Vec<&str> = alike.iter().take(NAMED).map(|s| s.path.as_str()).collect();
            let more = match alike.len().saturating_sub(NAMED) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            format!("{}{more} like {}", named.join(", "), format.title())
        })
        .collect();
    Diagnostic::error(format!(
        "these are files of several formats: {}",
        said.join("; ")
    ))
    .help("import each by itself, then put the inventories together with `brownout join`")
}
