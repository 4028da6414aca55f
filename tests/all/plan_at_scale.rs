//! Plans of generated estates, of which no region is ever exhausted: a complete plan, a bound below it, the same on
//! any number of threads, and something to show when it is interrupted.

use crate::program;
use brownout::analysis::Watch;
use brownout::analysis::fix::FixContext;
use brownout::analysis::plan::{PlanEnd, PlanOptions, plan};
use brownout::input::{self, Loaded, Overrides};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

fn generated(components: &str, seed: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let args = [
        "generate",
        "-o",
        "e",
        "--components",
        components,
        "--seed",
        seed,
    ];
    let (code, text, _) = program::run(dir.path(), &args);
    assert_eq!(code, 0, "{text}");
    dir
}

#[test]
fn a_generated_estate_has_a_complete_plan_that_holds_once_it_is_applied() {
    for seed in ["1", "4"] {
        let dir = generated("300", seed);
        let with = |threads: &str, more: &[&str]| {
            let asked = [
                "plan",
                "e",
                "--no-alternatives",
                "--runs",
                "60",
                "--format",
                "json",
            ];
            let args = [&asked[..], &["--threads", threads], more].concat();
            let (code, text, said) = program::run(dir.path(), &args);
            assert_eq!(code, 0, "{text}{said}");
            text
        };
        let text = with("1", &["--apply", "new"]);
        assert_eq!(text, with("3", &[]));
        let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let number = |key: &str| result[key].as_f64().expect("a number");
        assert!(number("breaches") > 10.0, "{text}");
        assert!(
            number("lower_bound") > 0.0 && number("lower_bound") <= number("cost"),
            "{text}"
        );
        assert_eq!(number("gap"), number("cost") - number("lower_bound"));
        assert!(number("runs") <= number("most_runs"), "{text}");
        let last = result["changes"]
            .as_array()
            .and_then(|c| c.last())
            .expect("changes");
        assert_eq!(last["breaches_left"], 0);
        let (code, text, _) =
            program::run(dir.path(), &["assess", "new", "--no-fixes", "--no-ledger"]);
        assert_eq!(code, 0, "{text}");
    }
}

/// Stops after so many assessments.
struct StopAfter {
    left: AtomicU64,
}

impl Watch for StopAfter {
    fn advance(&self, steps: u64) {
        let less = |n: u64| Some(n.saturating_sub(steps));
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
    fn total(&self, _: u64) {}
    fn stop(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn interrupted_it_keeps_the_best_plan_so_far_with_its_gap() {
    let dir = generated("300", "1");
    let scenario: &Path = &dir.path().join("e/scenario.toml");
    let loaded: Loaded = input::load(scenario, &Overrides::default()).expect("sound");
    let context = FixContext {
        system: &loaded.system,
        scenario: &loaded.scenario,
        returning: &loaded.scope.returning,
    };
    let options = PlanOptions {
        as_of: jiff::civil::date(2026, 11, 29),
        runs: None,
    };
    let mut last: Option<f64> = None;
    let mut seen = [false; 2];
    for assessments in [1, 3, 30, 80] {
        let watch = StopAfter {
            left: AtomicU64::new(assessments),
        };
        let found = plan(context, &options, &watch);
        assert!(
            matches!(found.end, PlanEnd::Interrupted),
            "{assessments}: {:?}",
            found.end
        );
        let Some(plan) = &found.plan else {
            assert_eq!(
                (last, found.gap()),
                (None, None),
                "a plan that was there is gone"
            );
            seen[0] = true;
            continue;
        };
        seen[1] = true;
        assert!(found.lower_bound > 0.0 && found.lower_bound < plan.cost);
        assert_eq!(found.gap(), Some(plan.cost - found.lower_bound));
        // Longer is never worse.
        assert!(
            last.is_none_or(|cost| plan.cost <= cost),
            "{last:?} {}",
            plan.cost
        );
        last = Some(plan.cost);
        let changes: Vec<_> = plan.steps.iter().map(|s| s.change.clone()).collect();
        let altered = brownout::analysis::plan::applied(context, &changes).expect("an estate");
        let study = brownout::analysis::Study::new(&altered.system, &altered.scenario);
        let sweep = study
            .listing(usize::MAX)
            .sweep(1, &brownout::analysis::NoWatch);
        let none = |_, _, _| Err("none".to_owned());
        let judged = brownout::analysis::judge(
            altered.system.placements(),
            &altered.scenario,
            &sweep,
            &none,
            options.as_of,
        );
        assert!(judged.policies.iter().all(|p| p.holds == Some(true)));
    }
    assert_eq!(seen, [true, true]);
}
