//! The sweep that evaluates only pairs that interact, held against evaluating every pair: field by
//! field, bit by bit.

use crate::{estates, random};
use brownout::analysis::{NoWatch, Study, SweepOutcome};
use brownout::compile::compile;
use brownout::engine::{Base, CompiledSystem, Scratch};
use brownout::input::generate;
use brownout::model::{NodeId, Scenario, Status, System};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// An estate and what is asked of it: several load cases, known outages, derating, a headroom.
pub fn asked(system: &System, seed: u64) -> Scenario {
    let mut dice = estates::Dice(seed ^ 0x5EED);
    let cases: [&[f64]; 4] = [&[1.0], &[1.0, 1.3], &[0.7, 0.0, 1.0, 1.2], &[1.0; 10]];
    let mut scenario = estates::scenario(system, 2, dice.pick::<&[f64]>(&cases));
    if dice.chance(0.3) {
        scenario.headroom = Some(*dice.pick(&[0.0, 0.1, 0.3]));
    }
    let elements = system.elements();
    if dice.chance(0.3) {
        let factor = *dice.pick(&[0.0, 0.5, 0.9]);
        scenario.derate.push((*dice.pick(&elements), factor));
    }
    if dice.chance(0.2) {
        scenario.down.push(*dice.pick(&elements));
    }
    if dice.chance(0.2) {
        scenario.sweep.elements.retain(|_| dice.chance(0.7));
    }
    let down = &scenario.down;
    scenario.sweep.elements.retain(|e| !down.contains(e));
    scenario
}

fn agrees(system: &System, scenario: &Scenario, what: &str) {
    let study = Study::new(system, scenario);
    let all = study.sweep_exhaustively(2, &NoWatch);
    let pruned = study.sweep(2, &NoWatch);
    if let Some(difference) = difference(system, &all, &pruned) {
        panic!("{what}: {difference}");
    }
}

/// Says where they differ first.
pub fn difference(system: &System, all: &SweepOutcome, pruned: &SweepOutcome) -> Option<String> {
    if all == pruned {
        return None;
    }
    let names = |set: &[NodeId]| {
        set.iter()
            .map(|&v| system.id(v))
            .collect::<Vec<_>>()
            .join("+")
    };
    let services = all.services.iter().zip(&pruned.services);
    let Some((a, b)) = services.clone().find(|(a, b)| a != b) else {
        return Some(format!("{:?} / {:?}", all.cascades, pruned.cascades));
    };
    let minimal = a.minimal.iter().zip(b.minimal.iter()).find(|(a, b)| a != b);
    Some(format!(
        "{} at {:?}: orders {:?} / {:?}; worst {:?} / {:?}; least {:?} / {:?}; base the same: {}; \
         {} and {} minimal sets, {minimal:?} {:?}",
        system.id(a.service),
        a.case,
        a.orders,
        b.orders,
        a.worst,
        b.worst,
        a.least_headroom,
        b.least_headroom,
        a.base == b.base,
        a.minimal_count,
        b.minimal_count,
        minimal.as_ref().map(|m| names(&m.0.elements)),
    ))
}

#[test]
fn pruned_equals_exhaustive_on_small_random_estates() {
    for seed in 0..600 {
        let nodes = 4 + usize::try_from(seed % 27).unwrap();
        let system = estates::random(seed, nodes, seed.is_multiple_of(3));
        agrees(&system, &asked(&system, seed), &format!("random {seed}"));
    }
}

#[test]
fn pruned_equals_exhaustive_on_enterprises_with_shared_hubs() {
    for seed in 0..120 {
        let system = estates::enterprise(seed, 2 + usize::try_from(seed % 7).unwrap());
        agrees(
            &system,
            &asked(&system, seed),
            &format!("enterprise {seed}"),
        );
    }
}

/// Loads that equal capacities exactly, cycles, networks, several load cases, derating.
#[test]
fn pruned_equals_exhaustive_on_every_shape() {
    for shape in random::SHAPES {
        for seed in 0..120 {
            let (system, mut scenario) = random::estate(shape, seed);
            agrees(&system, &scenario, &format!("{shape:?} {seed}"));
            let down = scenario.down.clone();
            scenario.sweep.elements = system.elements();
            scenario.sweep.elements.retain(|e| !down.contains(e));
            if scenario.sweep.elements.len() <= 40 {
                agrees(
                    &system,
                    &scenario,
                    &format!("{shape:?} {seed}, all elements"),
                );
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_answer() {
    let system = estates::enterprise(7, 12);
    let scenario = asked(&system, 7);
    let sweep = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| Study::new(&system, &scenario).sweep(2, &NoWatch))
    };
    let one = sweep(1);
    assert_eq!(one, sweep(2));
    assert_eq!(one, sweep(5));
}

/// Failures evaluated by themselves.
struct Lone<'a> {
    compiled: &'a CompiledSystem,
    scratch: Scratch<'a, 1>,
}

impl Lone<'_> {
    fn statuses(&self) -> Vec<Status> {
        let services = self.compiled.services().enumerate();
        let demand = self.scratch.base().demand();
        services
            .map(|(s, v)| {
                let works = self.scratch.works(v);
                Status::of(works, demand[s][0], self.scratch.delivered(v)[0])
            })
            .collect()
    }

    /// What `look` sees where `e` has failed, too.
    fn with<T>(&mut self, e: NodeId, look: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.scratch.mark();
        self.scratch.fail(self.compiled.ix(e));
        let seen = look(self);
        self.scratch.undo(mark);
        seen
    }
}

/// What a sweep says of services after pairs of failures.
struct Said<'a> {
    outcome: &'a SweepOutcome,
    /// Services by what harms them as a minimal set, with delivered in bits.
    listed: HashMap<[NodeId; 2], Vec<(usize, Status, u64)>>,
}

impl<'a> Said<'a> {
    fn new(outcome: &'a SweepOutcome) -> Self {
        let mut listed: HashMap<_, Vec<_>> = HashMap::new();
        for (s, swept) in outcome.services.iter().enumerate() {
            let all = swept.minimal.len() as u64;
            assert_eq!(all, swept.minimal_count, "all are listed");
            for m in swept.minimal.iter().filter(|m| m.elements.len() == 2) {
                let harm = (s, m.status, m.delivered.to_bits());
                let pair = [m.elements[0], m.elements[1]];
                listed.entry(pair).or_default().push(harm);
            }
        }
        Self { outcome, listed }
    }

    /// Holds it against the pair that a scratch is in. `parts`: statuses in the base state and after
    /// each of both alone. How many services it harms by more than its parts do.
    fn holds(&self, pair: [NodeId; 2], lone: &Lone<'_>, parts: [&[Status]; 3]) -> usize {
        let mut harm = Vec::new();
        for (s, (status, v)) in lone
            .statuses()
            .into_iter()
            .zip(lone.compiled.services())
            .enumerate()
        {
            let worst = self.outcome.services[s].worst.as_ref().unwrap();
            assert!(status <= worst.status, "{pair:?} is worse than the worst");
            let least = parts.iter().map(|part| part[s]).max().unwrap();
            if status.is_harm() && status > least {
                harm.push((s, status, lone.scratch.delivered(v)[0].to_bits()));
            }
        }
        let said = self.listed.get(&pair).map_or(&[][..], |all| all);
        assert_eq!(said, harm, "{pair:?}");
        harm.len()
    }
}

/// 100,000 different pairs at random, and as many neighbours, which interact more often; sorted.
fn some_pairs(n: usize) -> Vec<[usize; 2]> {
    let mut dice = estates::Dice(7);
    let mut pairs = BTreeSet::new();
    while pairs.len() < 100_000 {
        let (a, b) = (dice.below(n), dice.below(n));
        if a != b {
            pairs.insert([a.min(b), a.max(b)]);
        }
    }
    let near = (0..n).flat_map(|a| (a + 1..n.min(a + 10)).map(move |b| [a, b]));
    pairs.extend(near);
    pairs.into_iter().collect()
}

/// What a sweep lists for a pair is what the pair does by itself, and what it does not list does no
/// more than its parts, at 10,000 components.
#[test]
fn pairs_evaluated_alone_agree_with_the_sweep_of_a_large_estate() {
    let system = System::new(generate::draft(10_000, 1)).unwrap();
    let scenario = estates::scenario(&system, 2, &[1.0]);
    let outcome = Study::new(&system, &scenario).sweep(2, &NoWatch);
    let said = Said::new(&outcome);
    let compiled = compile(&system);
    let demand: Vec<[f64; 1]> = scenario.cases[0].demand.iter().map(|&d| [d]).collect();
    let base = Base::evaluate(&compiled, compiled.capacity(), &demand, &[]);
    let lone = || Lone {
        compiled: &compiled,
        scratch: Scratch::new(&base),
    };
    let (own, elements) = (lone().statuses(), &scenario.sweep.elements);
    let singles: Vec<Vec<Status>> = elements
        .par_iter()
        .map_init(lone, |lone, &e| lone.with(e, |lone| lone.statuses()))
        .collect();
    let pairs = some_pairs(elements.len());
    let harmful = |lone: &mut Lone<'_>, same_first: &[[usize; 2]]| -> usize {
        let first = same_first[0][0];
        lone.with(elements[first], |lone| {
            let each = same_first.iter().map(|&[a, b]| {
                let pair = [a, b].map(|e| elements[e]);
                let parts = [&own[..], &singles[a][..], &singles[b][..]];
                lone.with(pair[1], |lone| said.holds(pair, lone, parts))
            });
            each.sum()
        })
    };
    let by_first: Vec<&[[usize; 2]]> = pairs.chunk_by(|x, y| x[0] == y[0]).collect();
    let harmful: usize = by_first
        .par_iter()
        .map_init(lone, |lone, same| harmful(lone, same))
        .sum();
    assert!(harmful > 0, "some pair harms by more than its parts");
}
