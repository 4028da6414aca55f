//! Whether a recorded run was interrupted. In: the bytes of a result of `assess`. Out: yes or no. Promises: a limit
//! that was reached is no interruption; the same command reaches it again.

use serde::Deserialize;

/// What a reason of the program says where somebody interrupted it.
const INTERRUPTED: &str = "interrupted";

/// The reasons of a result for what is not complete in it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reasons {
    sweep: Reason,
    first_minutes: Option<FirstMinutes>,
    simulate: Option<Simulated>,
    simulate_reason: Option<String>,
    timeline_reason: Option<String>,
    fix_search: Option<Reason>,
    evidence: Option<Evidence>,
}

/// Why one thing is not complete.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FirstMinutes {
    sweep: Reason,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Simulated {
    reason: Option<String>,
    over_horizon: Option<Reason>,
    sequential: Option<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Evidence {
    assumptions: Reason,
}

/// Whether the run that wrote a result was interrupted; false of what is no result.
pub(super) fn was_interrupted(result: &[u8]) -> bool {
    let Ok(said) = serde_json::from_slice::<Reasons>(result) else {
        return false;
    };
    let simulate = said.simulate.unwrap_or_default();
    let all = [
        said.sweep.reason,
        said.first_minutes.and_then(|f| f.sweep.reason),
        simulate.reason,
        simulate.over_horizon.and_then(|o| o.reason),
        simulate.sequential.and_then(|s| s.reason),
        said.simulate_reason,
        said.timeline_reason,
        said.fix_search.and_then(|f| f.reason),
        said.evidence.and_then(|e| e.assumptions.reason),
    ];
    all.iter().flatten().any(|why| why.contains(INTERRUPTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_no_interruption() {
        let of = |text: &str| was_interrupted(text.as_bytes());
        assert!(!of("{}") && !of("no JSON"));
        assert!(of(r#"{"sweep": {"reason": "interrupted"}}"#));
        assert!(of(
            r#"{"simulate": {"reason": "interrupted before all trials were done"}}"#
        ));
        assert!(of(
            r#"{"evidence": {"assumptions": {"reason": "interrupted"}}}"#
        ));
        let limit = "order 2 would take about 3 GiB of memory, and --max-memory allows 1 GiB";
        assert!(!of(&format!(r#"{{"sweep": {{"reason": "{limit}"}}}}"#)));
        assert!(!of(r#"{"sweep": {"reason": null}, "simulate": null}"#));
    }
}
