//! Simulations that are ended at any moment: what they say is true of the whole, and what they do not
//! know they do not say.

use crate::montecarlo::{Pool, one_case, simulate};
use crate::random::{Shape, estate};
use brownout::analysis::montecarlo::{Estimate, Method, Settings, SimulateOutcome, Snapshot};
use brownout::analysis::{NoWatch, Study, Watch};
use brownout::model::{Scenario, System};
use std::sync::atomic::{AtomicU64, Ordering};

/// Says stop from the n-th time on that it is asked.
struct Patience(AtomicU64);

impl Patience {
    fn of(asks: u64) -> Self {
        Self(AtomicU64::new(asks))
    }
}

impl Watch for Patience {
    fn advance(&self, _: u64) {}
    fn total(&self, _: u64) {}
    fn stop(&self) -> bool {
        let less = |n: u64| n.checked_sub(1);
        let left = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        left.is_err()
    }
}

fn covers(e: &Estimate, truth: &Estimate) -> bool {
    let slack = 1e-9;
    e.low <= truth.estimate + slack && truth.estimate <= e.high + slack && e.low <= e.high
}

/// What is said before any trial holds for certain.
fn is_true(said: &SimulateOutcome, truth: &SimulateOutcome) {
    for (s, t) in said.services.iter().zip(&truth.services) {
        for (e, whole) in [
            (&s.down, &t.down),
            (&s.degraded, &t.degraded),
            (&s.harm, &t.harm),
            (&s.unserved, &t.unserved),
        ] {
            assert!(covers(e, whole), "{e:?} should hold {whole:?}");
            let is_known = e.method.starts_with("exact");
            assert!(is_known || e.method.contains("bounds"), "{e:?}");
        }
        for (e, whole) in [(&s.at_risk, &t.at_risk), (&s.ok, &t.ok)] {
            if let (Ok(e), Ok(whole)) = (e, whole) {
                assert!(covers(e, whole), "{e:?} should hold {whole:?}");
            }
        }
        if !s.degraded.method.starts_with("exact") {
            let why = s
                .importance
                .as_ref()
                .err()
                .or(s.contingencies.as_ref().err());
            assert!(
                why.is_some(),
                "half of the harm says nothing of who matters"
            );
        }
    }
}

/// Ends a run at many moments and resumes it; how often its exact part was cut, and how often it was not.
fn at_every_moment(system: &System, scenario: &Scenario, settings: Settings) -> [u32; 2] {
    let study = Study::new(system, scenario);
    let snapshot = Snapshot::new(&study, settings).expect("good settings");
    let whole = snapshot.run(None, &NoWatch, &mut |_| ());
    let truth = simulate(system, scenario, Settings::new(1000, 1));
    let mut seen = [0; 2];
    for asks in (0..12).map(|k| 3u64.pow(k) - 1) {
        let record = snapshot.run(None, &Patience::of(asks), &mut |_| ());
        assert!(snapshot.frame().fits(&record), "ended after {asks}");
        let said = snapshot.answer(&record);
        seen[usize::from(record.cut_short)] += 1;
        if record.cut_short {
            assert!(!said.complete);
            let why = said.reason.as_deref().unwrap_or_default();
            assert!(why.contains("interrupted before the exact part"), "{why}");
            assert_eq!((said.done, record.progress.tally.trials), (0, 0));
            is_true(&said, &truth);
            let mut part = record.clone();
            assert!(part.merge(&whole).is_err(), "a part that is none");
        }
        let resumed = snapshot.run(Some(record), &NoWatch, &mut |_| ());
        assert_eq!(resumed, whole, "resumed after {asks}");
    }
    seen
}

#[test]
fn a_run_that_is_ended_before_its_trials_says_what_is_certain() {
    let pool = Pool {
        n: 9,
        need: 5,
        capacity: 100.0,
        q: 0.04,
        demand: 640.0,
        beta: None,
    };
    let (system, scenario) = pool.build();
    for method in [Method::Auto, Method::Stratified] {
        let settings = Settings {
            method,
            ..Settings::new(1000, 1)
        };
        let seen = at_every_moment(&system, &scenario, settings);
        assert!(seen[0] > 0 && seen[1] > 2, "{method:?} {seen:?}");
    }
}

#[test]
fn random_estates_that_are_ended_early_say_nothing_wrong() {
    let mut seen = [0; 2];
    for (seed, shape) in (0..).zip([Shape::Cyclic, Shape::Networked, Shape::Cyclic]) {
        let (system, scenario) = estate(shape, 91_000 + seed);
        let demand = scenario.cases[0].demand.clone();
        let scenario = Scenario {
            down: scenario.down.clone(),
            ..one_case(&system, demand)
        };
        let found = at_every_moment(&system, &scenario, Settings::new(1000, 1));
        seen = [seen[0] + found[0], seen[1] + found[1]];
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

/// A signal in the middle of exact orders: the program ends in time, and keeps what it has.
#[cfg(unix)]
#[test]
fn ctrl_c_in_the_exact_orders_keeps_bounds() {
    use serde_json::Value;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let mut components = "id,kind,capacity,unavailability\n".to_owned();
    let mut dependencies = "consumer,provider,group,need\n".to_owned();
    for i in 0..5000 {
        components += &format!("s{i:04},server,100,0.0001\n");
        dependencies += &format!("web,s{i:04},servers,4000\n");
    }
    write("components.csv", &components);
    write("services.csv", "id,demand\nweb,499950\n");
    write("dependencies.csv", &dependencies);
    let mut child = Command::new(env!("CARGO_BIN_EXE_brownout"))
        .args([
            "simulate",
            ".",
            "--format",
            "json",
            "--method",
            "stratified",
        ])
        .args(["--trials", "20000000", "--quiet"])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    std::thread::sleep(Duration::from_secs(6));
    assert!(child.try_wait().expect("asked").is_none(), "too quick");
    let sent = Instant::now();
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let out = child.wait_with_output().expect("ended");
    assert!(
        sent.elapsed() < Duration::from_secs(3),
        "{:?}",
        sent.elapsed()
    );
    assert_eq!(out.status.code(), Some(3));
    let result: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(result["complete"], false);
    let why = result["reason"].as_str().unwrap();
    assert!(
        why.starts_with("interrupted before the exact part"),
        "{why}"
    );
    let p = &result["services"][0]["probability"];
    // One server lost leaves 499,900 of 499,950.
    let truth = 1.0 - (1.0f64 - 0.0001).powi(5000);
    let [low, high] = ["low", "high"].map(|k| p["degraded"][k].as_f64().unwrap());
    assert!(
        low <= truth && truth <= high && high <= 1.0,
        "{low} {truth} {high}"
    );
    assert!(low > 0.0, "what was worked out is kept");
    assert!(p["at_risk"].is_null() && p["ok"].is_null());
}
