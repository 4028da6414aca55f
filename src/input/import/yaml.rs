//! YAML with bounds. In: a source. Out: its documents, each as a value of a type that skips what it does
//! not name, or where it stops being YAML, and why where that is known. Promises: aliases, depth and size are
//! bounded, so that a small file costs little; duplicate keys are a fault; what is said of a fault quotes
//! nothing of the text, which may hold a secret.

use super::super::Source;
use serde::de::DeserializeOwned;
use serde_saphyr::Error;
use serde_saphyr::budget::BudgetBreach;

/// Where a text stops being YAML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    line: usize,
    cause: Option<&'static str>,
}

impl Unreadable {
    /// The line, and the cause if it is known: `line 6: a key stands twice in one map`.
    pub(super) fn place(&self) -> String {
        match self.cause {
            Some(cause) => format!("line {}: {cause}", self.line),
            None => format!("line {}", self.line),
        }
    }

    /// Whether it is known why.
    pub(super) fn is_explained(&self) -> bool {
        self.cause.is_some()
    }
}

/// Every document of a text. Documents of nothing but comments are left out.
pub(super) fn documents<T: DeserializeOwned>(source: &Source) -> Result<Vec<T>, Unreadable> {
    let options = bounds(source.text.len());
    serde_saphyr::from_multiple_with_options(&source.text, options).map_err(|why| {
        let line = why.location().map_or(1, |l| l.line());
        let line = usize::try_from(line).unwrap_or(1).max(1);
        let cause = cause(&why).or_else(|| {
            let text = source.text.lines().nth(line - 1)?;
            seen(text)
        });
        Unreadable { line, cause }
    })
}

/// What a reader refused, where it says so.
fn cause(why: &Error) -> Option<&'static str> {
    Some(match why.without_snippet() {
        Error::AliasError { error, .. } => return cause(error),
        Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => UNFOLDED,
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands in what it stands for"
        }
        Error::UnknownAnchor { .. } => "an alias has no anchor before it",
        Error::DuplicateMappingKey { .. } => "a key stands twice in one map",
        Error::NonFiniteFloat { .. } => "a number is infinite, or none",
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Depth { .. } => "maps and lists lie more than 128 deep in each other",
            BudgetBreach::Aliases { .. } => "there are more than 100,000 aliases",
            BudgetBreach::Anchors { .. } => "there are more than 100,000 anchors",
            BudgetBreach::MergeKeys { .. } => "there are more than 100,000 merge keys",
            BudgetBreach::Documents { .. } => "there are more than 100,000 documents",
            BudgetBreach::SequenceUnbalanced => return None,
            _ => UNFOLDED,
        },
        _ => return None,
    })
}

/// Why a small text is large.
const UNFOLDED: &str = "aliases unfold to far more than stands in the file";

/// What a line shows that YAML does not take.
fn seen(line: &str) -> Option<&'static str> {
    let indent = &line[..line.len() - line.trim_start().len()];
    if line.chars().any(|c| c.is_control() && c != '\t') {
        Some("there is a control character")
    } else if indent.contains('\t') {
        Some("a tab stands where blanks must")
    } else if line.contains("{{") {
        Some("a template (`{{`) is not filled in")
    } else {
        None
    }
}

fn bounds(bytes: usize) -> serde_saphyr::Options {
    let nodes = bytes.saturating_add(1_000_000);
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: nodes,
            max_events: nodes.saturating_mul(2),
            max_recorded_anchor_events: 200_000,
            max_depth: 128,
            max_aliases: 100_000,
            max_anchors: 100_000,
            max_merge_keys: 100_000,
            max_documents: 100_000,
            max_total_scalar_bytes: bytes.saturating_mul(4).saturating_add(1 << 20),
            enforce_alias_anchor_ratio: false,
        },
        with_snippet: false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, documents};
    use crate::input::Source;
    use serde_json::Value;

    fn read(text: &str) -> Result<Vec<Value>, Unreadable> {
        documents(&Source {
            path: "f.yaml".to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn a_fault_names_its_cause_and_quotes_nothing() {
        let mut bomb = "a0: &a0 [secret, secret]\n".to_owned();
        for n in 1..9 {
            let nine = vec![format!("*a{}", n - 1); 9].join(",");
            bomb.push_str(&format!("a{n}: &a{n} [{nine}]\n"));
        }
        for (text, cause) in [
            (&*bomb, "aliases unfold to far more"),
            ("a: 1\na: secret\n", "line 2: a key stands twice"),
            ("x:\n  a: 1\n  a: secret\n", "line 3: a key stands twice"),
            (
                "a:\n\tsecret: 1\n",
                "line 2: a tab stands where blanks must",
            ),
            ("a: {{ .Values.secret }}\n", "line 1: a template"),
            ("a: .inf\n", "a number is infinite"),
            ("a: &a [*a]\n", "an alias"),
            ("a: *secret\n", "an alias has no anchor"),
        ] {
            let place = read(text).expect_err(text).place();
            assert!(place.contains(cause), "{text}: {place}");
            assert!(!place.contains("secret"), "{place}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_a_fault() {
        let text = "[".repeat(200) + &"]".repeat(200);
        // Without optimisation 128 levels take more than the stack of a thread of tests, not of a program.
        let reader = std::thread::Builder::new().stack_size(32 << 20);
        let read = reader.spawn(move || read(&text).expect_err("a fault").place());
        let place = read.expect("a thread").join().expect("an answer");
        assert_eq!(
            place,
            "line 1: maps and lists lie more than 128 deep in each other"
        );
    }

    #[test]
    fn aliases_and_several_documents_are_read() {
        let all = read("a: &x [1, 2]\nb: *x\n---\nc: 3\n").expect("YAML");
        assert_eq!(all.len(), 2);
        assert_eq!(all[0]["b"], serde_json::json!([1, 2]));
    }
}
