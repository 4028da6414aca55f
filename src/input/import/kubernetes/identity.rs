//! Who objects are across files. In: each object's kind, name and uid. Out: what makes one estate of two clusters, as
//! a fault or a warning. Promises: two things of one name are never read as one without a word.

use super::super::super::Diagnostic;
use super::super::ids;
use std::collections::{BTreeMap, BTreeSet};

/// The uids of objects, by group, kind and name.
#[derive(Default)]
pub(super) struct Identities {
    known: BTreeMap<(String, String, String), String>,
    /// Objects that stand in the files with several uids.
    several: BTreeSet<String>,
    /// Pods that do. A pod that a `StatefulSet` makes anew keeps its name.
    pods: BTreeSet<String>,
}

impl Identities {
    /// Notes an object; `group` is its `apiVersion`, `name` has its namespace before it.
    pub fn note(&mut self, (group, kind, name): (&str, &str, &str), uid: &str) {
        if uid.is_empty() {
            return;
        }
        // What is before the slash is the group; the version may be another in each file.
        let group = group.split_once('/').map_or("", |(group, _)| group);
        let key = [group, kind, name].map(str::to_owned).into();
        let known = self.known.entry(key).or_insert_with(|| uid.to_owned());
        if known == uid {
            return;
        }
        if kind == "Pod" {
            self.pods.insert(name.to_owned());
        } else {
            self.several.insert(format!("{kind} {name}"));
        }
    }

    /// A fault where objects that keep their uid have several: the files are of several clusters.
    pub fn fault(&self) -> Option<Diagnostic> {
        if self.several.is_empty() {
            return None;
        }
        let some = ids::some_of(self.several.iter().map(String::as_str));
        let message =
            format!("the files are of several clusters: with more than one uid there are {some}");
        let help =
            "import each cluster by itself, and of one cluster exports that were made at one time";
        Some(Diagnostic::error(message).help(help))
    }

    /// A warning where pods have several: made anew between two exports, or of two clusters.
    pub fn warning(&self) -> Option<Diagnostic> {
        if self.pods.is_empty() {
            return None;
        }
        let some = ids::some_of(self.pods.iter().map(String::as_str));
        let message = format!(
            "the later reading of a pod is taken where it was made anew between two exports: {some}"
        );
        let help = "if the files are of several clusters, import each by itself";
        Some(Diagnostic::warning(message).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_with_two_uids_is_two_things() {
        let mut identities = Identities::default();
        for (group, kind, name, uid) in [
            ("networking.k8s.io/v1", "Ingress", "s/a", "1"),
            ("networking.k8s.io/v1beta1", "Ingress", "s/a", "1"),
            ("v1", "Service", "s/a", "2"),
            ("serving.knative.dev/v1", "Service", "s/a", "3"),
            ("v1", "Service", "s/a", ""),
            ("v1", "Pod", "s/a-0", "4"),
            ("v1", "Pod", "s/a-0", "5"),
        ] {
            identities.note((group, kind, name), uid);
        }
        assert!(identities.fault().is_none());
        let line = |said: Option<Diagnostic>| said.expect("a diagnostic").line();
        assert!(line(identities.warning()).contains("s/a-0"));
        identities.note(("v1", "Service", "s/a"), "6");
        assert!(line(identities.fault()).contains("Service s/a"));
    }
}
