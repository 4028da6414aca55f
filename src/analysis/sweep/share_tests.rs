//! Parts of a sweep, in whatever order, are what one run is.

use super::rules::Rules;
use super::share::Share;
use super::tests::{asked, enterprise, made, random, relieved_by_a_trip, trips_below_capacity};
use super::{Keep, KeepNothing, SweepRecord, Unfit, Way, joined_by, part_by, sweep_by, way};
use crate::analysis::estates::Dice;
use crate::analysis::montecarlo::Shard;
use crate::analysis::{NoWatch, Study, SweepOutcome, Watch};
use crate::model::{Scenario, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Written and read again.
fn written(record: &SweepRecord) -> SweepRecord {
    let text = serde_json::to_string(record).expect("JSON");
    let again = serde_json::from_str(&text).expect("JSON");
    assert_eq!(*record, again);
    again
}

fn whole(study: &Study<'_>, (order, way): (u32, Way)) -> SweepOutcome {
    sweep_by(study, order, &NoWatch, way, Rules::ALL, Share::All)
}

fn part(study: &Study<'_>, asked: (u32, Way), index: u64, count: u64) -> SweepRecord {
    let shard = Some(Shard { index, count });
    let (record, outcome) =
        part_by(study, asked, (shard, None), &KeepNothing, &NoWatch).expect("a part");
    assert!(outcome.is_none() && record.is_whole());
    written(&record)
}

/// A sweep in parts, against the same in one run.
fn divided(system: &System, scenario: &Scenario, seed: u64) {
    let mut dice = Dice(seed ^ 0xD1CE);
    let listed = *dice.pick(&[usize::MAX, 3, 0]);
    let study = Study::new(system, scenario).listing(listed);
    let few = scenario.sweep.elements.len() > 13;
    for order in 1..=if few { 2 } else { 3 } {
        for way in [way(&study, order), Way::Exhaustive] {
            let one = whole(&study, (order, way));
            let count = 1 + seed % 8;
            let part = |index| part(&study, (order, way), index, count);
            let mut parts: Vec<SweepRecord> = (0..count).map(part).collect();
            for i in (1..parts.len()).rev() {
                parts.swap(i, dice.below(i + 1));
            }
            let all = joined_by(&study, (order, way), &parts, &NoWatch).expect("all parts");
            assert_eq!(
                all, one,
                "seed {seed}, order {order}, {way:?}, {count} parts"
            );
        }
    }
}

#[test]
fn parts_in_any_order_are_one_run() {
    for seed in 0..100 {
        for system in [random(seed), enterprise(seed % 100)] {
            divided(&system, &asked(&system, seed), seed);
        }
    }
    for (seed, system) in (0..).zip(made()) {
        divided(&system, &asked(&system, seed), seed + 1);
    }
    for (seed, system) in (1..).zip([relieved_by_a_trip(), trips_below_capacity()]) {
        divided(&system, &asked(&system, seed), seed);
    }
}

/// Always due, and stops the sweep after so many times.
struct Interrupts {
    kept: Mutex<Option<SweepRecord>>,
    left: AtomicU64,
}

impl Keep for Interrupts {
    fn is_due(&self) -> bool {
        true
    }
    fn keep(&self, record: &dyn Fn() -> SweepRecord) {
        *self.kept.lock().expect("nobody panicked") = Some(record());
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
    }
}

impl Watch for Interrupts {
    fn advance(&self, _: u64) {}
    fn total(&self, _: u64) {}
    fn stop(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn what_was_interrupted_goes_on_to_the_same() {
    for seed in 0..24 {
        let system = if seed % 2 == 0 {
            random(seed)
        } else {
            enterprise(seed)
        };
        let scenario = asked(&system, seed);
        let study = Study::new(&system, &scenario);
        let order = if scenario.sweep.elements.len() > 13 {
            2
        } else {
            3
        };
        for way in [way(&study, order), Way::Exhaustive] {
            let asked = (order, way);
            let one = whole(&study, asked);
            // All of it, ended again and again after a few steps.
            let (mut before, mut ends) = (None, 0);
            let outcome = loop {
                let interrupts = Interrupts {
                    kept: Mutex::new(None),
                    left: AtomicU64::new(1 + seed % 3),
                };
                let (record, outcome) = part_by(
                    &study,
                    asked,
                    (None, before.as_ref()),
                    &interrupts,
                    &interrupts,
                )
                .expect("a record of this sweep");
                let outcome = outcome.expect("all of it");
                if record.is_whole() {
                    break outcome;
                }
                // What is left may be items that hold no contingency: the last ones by rank.
                if outcome.is_complete() {
                    assert_eq!(outcome.accounted, one.accounted);
                    assert!(order > 2 || outcome == one, "seed {seed}, {way:?}");
                }
                let kept = interrupts.kept.into_inner().expect("nobody panicked");
                // What was kept is lost no more, whether by the end or on the way.
                let next = if ends % 2 == 0 { Some(record) } else { kept };
                assert!(
                    next.as_ref().map(SweepRecord::done) > before.as_ref().map(SweepRecord::done)
                );
                before = next.map(|record| written(&record));
                ends += 1;
            };
            assert_eq!(outcome, one, "seed {seed}, {way:?}, ended {ends} times");
        }
    }
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let system = enterprise(3);
    let scenario = asked(&system, 1);
    let study = Study::new(&system, &scenario);
    for way in [Way::Pruned, Way::Exhaustive] {
        let asked = (2, way);
        let of = |index| part(&study, asked, index, 3);
        let joined = |parts: &[SweepRecord]| joined_by(&study, asked, parts, &NoWatch);
        assert!(joined(&[of(0), of(1), of(2)]).is_ok());
        assert_eq!(joined(&[of(0), of(2)]), Err(Unfit), "one is missing");
        assert_eq!(
            joined(&[of(0), of(1), of(2), of(1)]),
            Err(Unfit),
            "one is there twice"
        );
        let other = part(&study, asked, 1, 4);
        assert_eq!(
            joined(&[of(0), other, of(2)]),
            Err(Unfit),
            "one is of another cut"
        );
        let stops = Interrupts {
            kept: Mutex::new(None),
            left: AtomicU64::new(0),
        };
        let shard = Some(Shard { index: 1, count: 3 });
        let (ended, _) =
            part_by(&study, asked, (shard, None), &KeepNothing, &stops).expect("a part");
        assert!(!ended.is_whole());
        assert_eq!(
            joined(&[of(0), ended, of(2)]),
            Err(Unfit),
            "one is not whole"
        );
        let less = random(5);
        let scenario = super::tests::asked(&less, 5);
        let study = Study::new(&less, &scenario);
        let parts = [of(0), of(1), of(2)];
        assert_eq!(
            joined_by(&study, asked, &parts, &NoWatch),
            Err(Unfit),
            "another estate"
        );
    }
}
