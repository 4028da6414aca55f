//! An assessment for code-scanning tools. In: the document of `assess`. Out: SARIF 2.1.0, one run: a
//! rule per policy, a result per breach, at the inventory line of what fails; and a result for every
//! service that is not ok at the peak. Promises: an accepted breach is a suppressed result; what could
//! not be judged is a notification, not a result; paths are relative where the command line's are.

mod place;

use super::document::{Assess, Breach, PolicyResult, ServiceState, VerdictWord};
use super::findings::{Reader, acceptance, status_sentence};
use crate::model::{Status, hex, short};
use place::{Places, text};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Results of one run, at most: what code-scanning services take.
const RESULTS: usize = 25_000;
/// Elements of a contingency that have a place of their own.
const LOCATIONS: usize = 10;
/// Warnings that are handed on.
const WARNINGS: usize = 100;
/// Rules for the base state at the peak, beside the policies.
const STATUS_RULES: [(Status, &str, &str, &str); 3] = [
    (
        Status::Down,
        "status/down",
        "A service is down at the peak",
        "error",
    ),
    (
        Status::Degraded,
        "status/degraded",
        "A service is degraded at the peak",
        "warning",
    ),
    (
        Status::AtRisk,
        "status/at-risk",
        "A service is at risk at the peak",
        "note",
    ),
];

/// SARIF as JSON, with a final newline.
#[must_use]
pub fn sarif(assess: &Assess) -> String {
    let places = Places::new(assess);
    let (results, hidden) = results(assess, &places);
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(assess) },
            "automationDetails": { "id": format!("brownout/{}/", short(&assess.scenario, 120)) },
            "invocations": [{
                "executionSuccessful": assess.verdict.result != VerdictWord::Incomplete,
                "toolExecutionNotifications": notifications(assess, hidden),
            }],
            "artifacts": artifacts(assess),
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn driver(assess: &Assess) -> Value {
    let policies = assess.policies.iter().map(|p| {
        let name = rule(p);
        json!({
            "id": name,
            "shortDescription": { "text": text(&name) },
            "help": { "text": "A policy of the scenario. Every result is one contingency that it does not allow." },
            "defaultConfiguration": { "level": "error" },
        })
    });
    let statuses = STATUS_RULES.iter().map(|(_, id, description, level)| {
        json!({
            "id": id,
            "shortDescription": { "text": description },
            "help": { "text": "Status of a service with nothing failed but the known outages." },
            "defaultConfiguration": { "level": level },
        })
    });
    json!({
        "name": assess.head.tool.name,
        "version": assess.head.tool.version,
        "rules": policies.chain(statuses).collect::<Vec<Value>>(),
    })
}

/// The id of a policy's rule: its name, which stays when policies are put into another order.
fn rule(policy: &PolicyResult) -> String {
    short(&policy.name, 200)
}

/// What stands in the way of a whole answer.
fn notifications(assess: &Assess, hidden: usize) -> Vec<Value> {
    let note = |said: String| json!({ "level": "warning", "message": { "text": text(&said) } });
    let mut all = Vec::new();
    for (at, p) in assess.policies.iter().enumerate() {
        if let Some(reason) = &p.reason {
            let said = format!(
                "“{}” was not judged in full: {}",
                rule(p),
                short(reason, 400)
            );
            let mut note = note(said);
            note["associatedRule"] = json!({ "id": rule(p), "index": at });
            all.push(note);
        }
    }
    if hidden > 0 {
        all.push(note(format!(
            "{hidden} more results are left out: table-policies.csv lists all"
        )));
    }
    let warnings = assess.head.warnings.iter().take(WARNINGS);
    all.extend(warnings.map(|w| note(short(w, 400))));
    let hidden = assess.head.warnings.len().saturating_sub(WARNINGS);
    if hidden > 0 {
        all.push(note(format!(
            "{hidden} more warnings are left out: result.json lists all"
        )));
    }
    all
}

fn artifacts(assess: &Assess) -> Vec<Value> {
    let inputs = assess.head.inputs.iter();
    inputs
        .map(|i| json!({ "location": place::artifact(&i.path), "hashes": { "sha-256": i.sha256 } }))
        .collect()
}

/// All results up to the bound, and how many are left out.
fn results(assess: &Assess, places: &Places<'_>) -> (Vec<Value>, usize) {
    let reader = Reader::new(assess);
    let mut all = Vec::new();
    let mut total = 0;
    let mut add = |result: &dyn Fn() -> Value| {
        total += 1;
        if total <= RESULTS {
            all.push(result());
        }
    };
    for (at, policy) in assess.policies.iter().enumerate() {
        for b in &policy.breaches {
            add(&|| breach(&reader, places, at, policy, b));
        }
        for w in &policy.waived {
            add(&|| {
                let mut result = breach(&reader, places, at, policy, &w.breach);
                let why = text(&acceptance(w));
                let suppression =
                    json!({ "kind": "external", "status": "accepted", "justification": why });
                result["suppressions"] = json!([suppression]);
                result
            });
        }
    }
    if let Some(state) = assess.base.get(assess.peak()) {
        for s in &state.services {
            let found = STATUS_RULES.iter().position(|r| r.0 == s.status);
            if let Some(at) = found {
                add(&|| status(places, assess.policies.len() + at, s, at, &state.load_case));
            }
        }
    }
    (all, total.saturating_sub(RESULTS))
}

fn breach(
    reader: &Reader<'_>,
    places: &Places<'_>,
    at: usize,
    policy: &PolicyResult,
    b: &Breach,
) -> Value {
    let mut concerned: Vec<&str> = b.elements.iter().map(String::as_str).collect();
    if concerned.is_empty() {
        concerned.extend(reader.limit(b));
    }
    if concerned.is_empty() {
        concerned.push(&b.service);
    }
    let mut related = vec![(b.service.as_str(), "the service that it harms")];
    if !b.elements.is_empty() {
        related.extend(reader.limit(b).map(|l| (l, "what sets the limit then")));
    }
    let key = [policy.name.as_str(), &b.service, &b.case, b.status.word()];
    result(
        (at, &rule(policy), "error"),
        &reader.sentence(b),
        &places.locations(&concerned[..concerned.len().min(LOCATIONS)]),
        &places.related(&related),
        &fingerprint(
            key.into_iter()
                .chain(b.contingency.as_deref())
                .chain(b.elements.iter().map(String::as_str)),
        ),
    )
}

fn status(places: &Places<'_>, index: usize, s: &ServiceState, at: usize, case: &str) -> Value {
    let (_, id, _, level) = STATUS_RULES[at];
    let witness = s.witness.as_deref().filter(|w| places.has(w));
    let limit = s.limit.as_deref().filter(|l| Some(*l) != witness);
    let mut related: Vec<(&str, &str)> =
        witness.map(|w| (w, "what shows it")).into_iter().collect();
    related.extend(limit.map(|l| (l, "what sets the limit")));
    result(
        (index, id, level),
        &status_sentence(s, case),
        &places.locations(&[&s.id]),
        &places.related(&related),
        &fingerprint([id, &s.id, case].into_iter()),
    )
}

fn result(
    (index, id, level): (usize, &str, &str),
    said: &str,
    locations: &[Value],
    related: &[Value],
    fingerprint: &str,
) -> Value {
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(id));
    result.insert("ruleIndex".to_owned(), json!(index));
    result.insert("level".to_owned(), json!(level));
    result.insert("message".to_owned(), json!({ "text": text(said) }));
    result.insert("locations".to_owned(), json!(locations));
    if !related.is_empty() {
        result.insert("relatedLocations".to_owned(), json!(related));
    }
    let prints = json!({ "contingency/v1": fingerprint });
    result.insert("partialFingerprints".to_owned(), prints);
    Value::Object(result)
}

/// The same for the same finding in another run, whatever the figures are.
fn fingerprint<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..16])
}
