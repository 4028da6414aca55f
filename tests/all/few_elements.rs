//! Sweeps in which few elements may fail: every one of them may relieve a service, or be what its headroom rests
//! on. Against the evaluation of every contingency.

use crate::random::{Dice, SHAPES, Shape, describe, estate};
use crate::trips::together;
use brownout::analysis::{NoWatch, Study, SweepOutcome};
use brownout::input::{Overrides, Texts, load_from};
use rayon::prelude::*;
use std::path::Path;

/// What a random estate says of few of its elements; whether some service has less headroom in the base state
/// than after anything.
fn agrees(shape: Shape, seed: u64) -> Result<bool, String> {
    let make = if seed % 3 == 2 { together } else { estate };
    let (system, mut scenario) = make(shape, seed);
    let mut dice = Dice::new(seed ^ 0xFE3);
    let few = 2 + dice.below(3);
    let mut elements = dice.some(&system.elements(), few);
    elements.retain(|e| !scenario.down.contains(e));
    elements.sort_unstable();
    elements.dedup();
    scenario.sweep.elements = elements;
    scenario.headroom = [None, Some(0.05), Some(0.5), Some(2.0)][seed as usize % 4];
    let study = Study::new(&system, &scenario);
    let mut is_relieved = false;
    for order in 2..=3 {
        let (all, pruned) = (
            study.sweep_exhaustively(order, &NoWatch),
            study.sweep(order, &NoWatch),
        );
        if all != pruned {
            return Err(format!(
                "{shape:?} seed {seed} order {order}\n{pruned:?}\nby definition\n{all:?}\n{}",
                describe(&system, &scenario)
            ));
        }
        is_relieved |= is_relieved_by_all(&study, &all);
    }
    Ok(is_relieved)
}

fn is_relieved_by_all(study: &Study<'_>, swept: &SweepOutcome) -> bool {
    swept.services.iter().any(|s| {
        let base = study.state(&[], s.case);
        let base = base.services.iter().find(|x| x.service == s.service);
        let base = base.and_then(|x| x.headroom);
        let least = s.least_headroom.as_ref().map(|l| l.headroom);
        base.zip(least)
            .is_some_and(|(base, least)| least > base + 1e-6)
    })
}

#[test]
fn sweeps_of_few_elements_are_as_by_definition() {
    let mut relieved = 0;
    for shape in SHAPES {
        let all: Vec<Result<bool, String>> = (70_000..70_700u64)
            .into_par_iter()
            .map(|seed| agrees(shape, seed))
            .collect();
        for one in all {
            relieved += usize::from(one.unwrap_or_else(|difference| panic!("{difference}")));
        }
    }
    assert!(relieved > 10, "{relieved} with a service that all relieve");
}

fn swept(
    files: &[(&str, &str)],
    scenario: &str,
    order: u32,
) -> Vec<(u64, Option<u64>, Option<f64>)> {
    let files = files.iter().copied().chain([("s.toml", scenario)]);
    let files = Texts(
        files
            .map(|(path, text)| (path.to_owned(), text.into()))
            .collect(),
    );
    let loaded = load_from(&files, Path::new("s.toml"), &Overrides::default()).expect("sound");
    let found = Study::new(&loaded.system, &loaded.scenario).sweep(order, &NoWatch);
    let one = |s: &brownout::analysis::ServiceSweep| {
        let at = &s.orders[1];
        (
            at.degraded,
            at.at_risk,
            s.least_headroom.as_ref().map(|l| l.headroom),
        )
    };
    found.services.iter().map(one).collect()
}

#[test]
fn two_losses_that_are_harmless_together_leave_no_thin_headroom() {
    // Without d0 half of the shards of c1 are lost; without d0 and d2 nothing is asked of c1 any more.
    let files = [
        (
            "e/components.csv",
            "id,kind\nc0,pdu\nc1,switch\nc2,app\nc3,app\nd0,site\nd2,rack\n",
        ),
        ("e/services.csv", "id,demand\ns1,30\n"),
        (
            "e/dependencies.csv",
            "consumer,provider,group,need,split\ns1,c1,g,any,\ns1,c0,g,,\nc1,d0,h,any,shard\nc1,d2,h,,\n",
        ),
    ];
    let scenario = "inventory = \"e\"\nheadroom = 0.5\n[[load]]\nname = \"today\"\n[sweep]\norder = 3\n\
                    elements = [\"c2\", \"d0\", \"d2\", \"c3\"]\n";
    assert_eq!(swept(&files, scenario, 3)[0].0, 4);
    assert_eq!(swept(&files, scenario, 3)[0].1, Some(1));
}

#[test]
fn the_least_headroom_may_be_that_of_a_pair_that_relieves() {
    let files = [
        (
            "e/components.csv",
            "id,kind,capacity\nc2,router,\nc0,lb,325\nc1,app,505\n",
        ),
        ("e/services.csv", "id,demand\ns0,91\ns2,87\n"),
        (
            "e/dependencies.csv",
            "consumer,provider,group,need,load\ns0,c2,,,\ns0,c0,,,\ns2,c1,g9,,\ns2,c2,g9,50%,\ns2,c0,g13,10%,\n\
             s2,c1,g13,,\nc0,c1,,,0.5\n",
        ),
    ];
    let scenario = "inventory = \"e\"\n[[load]]\nname = \"today\"\n[sweep]\norder = 2\n";
    // Without c0 and c2, s2 asks 87 of c1 twice, and s0 nothing of it.
    let least = swept(&files, scenario, 2)[1].2.expect("some");
    assert!((least - (505.0 / 174.0 - 1.0)).abs() < 1e-9, "{least}");
}
