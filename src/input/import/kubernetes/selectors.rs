//! Who fits a selector: pods by their labels, machines by theirs. In: selectors, labels, taints. Out: yes
//! or no, by the rules of Kubernetes.

use super::objects::{
    Expression, Map, PodTerm, Scalar, Selector, Taint, Term, Terms, Toleration, each, get,
};
use std::collections::BTreeMap;

/// Whether all of a set of labels stand among others. An empty set fits nothing: a Service without a
/// selector names no pods.
pub(super) fn all_of(wanted: &Map, labels: &Map) -> bool {
    let wanted = wanted.iter().flatten();
    let mut some = false;
    let fits = wanted.into_iter().all(|(key, value)| {
        some = true;
        get(labels, key) == Some(&value.0)
    });
    some && fits
}

/// Whether labels fit a selector; an empty one fits all.
pub(super) fn fits(selector: &Selector, labels: &Map) -> bool {
    let equal = |(key, value): (&String, &Scalar)| get(labels, key) == Some(&value.0);
    selector.match_labels.iter().flatten().all(equal)
        && each(&selector.match_expressions).all(|e| holds(e, labels))
}

/// The label that every namespace has: its name.
const NAMESPACE: &str = "kubernetes.io/metadata.name";

/// Whether a term about other pods may be told from the files: not where it chooses namespaces by labels of theirs.
pub(super) fn is_told(term: &PodTerm) -> bool {
    term.namespace_selector.as_ref().is_none_or(|selector| {
        let by_name = |key: Option<&str>| key == Some(NAMESPACE);
        let mut labels = selector.match_labels.iter().flatten();
        labels.all(|(key, _)| by_name(Some(key)))
            && each(&selector.match_expressions).all(|e| by_name(e.key.as_deref()))
    })
}

/// Whether a term of a pod is about another pod: namespaces and labels of both.
pub(super) fn is_about(
    term: &PodTerm,
    (own_space, own): (&str, &Map),
    (space, labels): (&str, &Map),
) -> bool {
    let named = each(&term.namespaces).any(|name| name == space);
    let name: Map = Some(BTreeMap::from([(
        NAMESPACE.to_owned(),
        Scalar(space.to_owned()),
    )]));
    let in_space = match &term.namespace_selector {
        Some(selector) => named || fits(selector, &name),
        None if each(&term.namespaces).next().is_some() => named,
        None => own_space == space,
    };
    // A key that the pod itself does not have says nothing.
    let same = |key: &String| get(own, key).map(|value| get(labels, key) == Some(value));
    in_space
        && term
            .label_selector
            .as_ref()
            .is_some_and(|s| fits(s, labels))
        && each(&term.match_label_keys).all(|key| same(key) != Some(false))
        && each(&term.mismatch_label_keys).all(|key| same(key) != Some(true))
}

/// Whether an expression holds of labels. What is no operator of Kubernetes holds of nothing.
fn holds(expression: &Expression, labels: &Map) -> bool {
    let key = expression.key.as_deref().unwrap_or_default();
    let value = get(labels, key);
    let listed = || each(&expression.values).any(|v| Some(&*v.0) == value);
    let number = |text: Option<&str>| text.and_then(|t| t.parse::<i64>().ok());
    let bound = || number(each(&expression.values).next().map(|v| &*v.0));
    let both = || Some((number(value)?, bound()?));
    match expression.operator.as_deref() {
        Some("In") => listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        Some("Gt") => both().is_some_and(|(value, bound)| value > bound),
        Some("Lt") => both().is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

/// Whether a machine fits one of several terms; no terms fit all.
pub(super) fn fits_terms(terms: &Terms, name: &str, labels: &Map) -> bool {
    let field: Map = Some(BTreeMap::from([(
        "metadata.name".to_owned(),
        Scalar(name.to_owned()),
    )]));
    let term = |term: &Term| {
        let empty = each(&term.match_expressions).next().is_none()
            && each(&term.match_fields).next().is_none();
        !empty
            && each(&term.match_expressions).all(|e| holds(e, labels))
            && each(&term.match_fields).all(|e| holds(e, &field))
    };
    let mut all = each(&terms.node_selector_terms).peekable();
    all.peek().is_none() || all.any(term)
}

/// Taints that say how a machine is, not who may run on it.
const OF_STATE: [&str; 3] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/unschedulable",
];

/// Whether a pod puts up with every taint that keeps pods off a machine.
pub(super) fn tolerates<'a>(
    tolerations: &[Toleration],
    mut taints: impl Iterator<Item = &'a Taint>,
) -> bool {
    taints.all(|taint| {
        let soft = taint.effect.as_deref() == Some("PreferNoSchedule");
        let state = taint
            .key
            .as_deref()
            .is_some_and(|key| OF_STATE.contains(&key));
        soft || state || tolerations.iter().any(|t| covers(t, taint))
    })
}

fn covers(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let value = |v: &Option<Scalar>| v.clone().unwrap_or_default();
    let key = text(&toleration.key);
    let effect = text(&toleration.effect);
    let any = toleration.operator.as_deref() == Some("Exists");
    (effect.is_empty() || effect == text(&taint.effect))
        && if key.is_empty() {
            any
        } else {
            key == text(&taint.key)
        }
        && (any || value(&toleration.value) == value(&taint.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn expressions_hold_as_kubernetes_says() {
        let labels: Map = read(r#"{"zone": "a", "cpus": "8"}"#);
        for (expression, expected) in [
            (
                r#"{"key": "zone", "operator": "In", "values": ["a", "b"]}"#,
                true,
            ),
            (
                r#"{"key": "zone", "operator": "NotIn", "values": ["a"]}"#,
                false,
            ),
            (
                r#"{"key": "disk", "operator": "NotIn", "values": ["a"]}"#,
                true,
            ),
            (r#"{"key": "disk", "operator": "Exists"}"#, false),
            (r#"{"key": "disk", "operator": "DoesNotExist"}"#, true),
            (
                r#"{"key": "cpus", "operator": "Gt", "values": ["4"]}"#,
                true,
            ),
            (r#"{"key": "cpus", "operator": "Lt", "values": [8]}"#, false),
            (
                r#"{"key": "zone", "operator": "Like", "values": ["a"]}"#,
                false,
            ),
        ] {
            assert_eq!(holds(&read(expression), &labels), expected, "{expression}");
        }
        let terms: Terms = read(
            r#"{"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]},
                {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]}"#,
        );
        assert!(fits_terms(&terms, "n1", &labels));
        assert!(!fits_terms(&terms, "n2", &labels));
        assert!(!all_of(&None, &labels) && !all_of(&read("{}"), &labels));
    }

    #[test]
    fn taints_keep_off_who_does_not_tolerate_them() {
        let taints: Vec<Taint> = read(
            r#"[{"key": "gpu", "value": "yes", "effect": "NoSchedule"},
                {"key": "slow", "effect": "PreferNoSchedule"},
                {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}]"#,
        );
        for (tolerations, expected) in [
            ("[]", false),
            (r#"[{"operator": "Exists"}]"#, true),
            (r#"[{"key": "gpu", "operator": "Exists"}]"#, true),
            (r#"[{"key": "gpu", "value": "yes"}]"#, true),
            (r#"[{"key": "gpu", "value": "no"}]"#, false),
            (
                r#"[{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}]"#,
                false,
            ),
        ] {
            let tolerations: Vec<Toleration> = read(tolerations);
            assert_eq!(
                tolerates(&tolerations, taints.iter()),
                expected,
                "{tolerations:?}"
            );
        }
    }
}
