//! The engine against the definitions, on random estates.

use crate::oracle::Oracle;
use crate::random::{Dice, SHAPES, Shape, describe, estate, failures};
use brownout::analysis::{NoWatch, ServiceSweep, StateOutcome, Study, SweepOutcome, Tripped};
use brownout::model::{CaseId, NodeId, Scenario, ServiceOutcome, System};
use rayon::prelude::*;

/// What makes an estate of a shape and a seed.
pub type Make = fn(Shape, u64) -> (System, Scenario);

/// Relative 1e-9, with an absolute floor far below any load that matters.
fn close(x: f64, y: f64) -> bool {
    x.to_bits() == y.to_bits() || (x - y).abs() <= 1e-9 * x.abs().max(y.abs()) + 1e-15
}

fn close_headroom(x: Option<f64>, y: Option<f64>) -> bool {
    match (x, y) {
        (Some(x), Some(y)) => close(x + 1.0, y + 1.0),
        (x, y) => x.is_none() && y.is_none(),
    }
}

/// In a cycle both sides stop when nothing moves by more than 1e-12, not quite at the same place.
fn close_delivered(x: f64, y: f64) -> bool {
    close(x, y) || (x - y).abs() <= 1e-10
}

/// What differs between the engine's answer and the oracle's, if anything does.
pub struct Judge<'a> {
    pub system: &'a System,
    pub oracle: &'a Oracle<'a>,
}

impl Judge<'_> {
    pub fn state(
        &self,
        got: &StateOutcome,
        want: &StateOutcome,
        failed: &[NodeId],
    ) -> Result<(), String> {
        if got.down != want.down || got.case != want.case {
            return Err("not the same state".to_owned());
        }
        for (v, node) in self.system.iter() {
            let at = v.index();
            // Of a link whose two directions are used alike to rounding either may be told.
            let [there, back] = node.capacities();
            let capacity = there.to_bits() != back.to_bits()
                || (close(got.capacity[at], want.capacity[at])
                    && close(got.carried[at], want.carried[at]));
            let used = |s: &StateOutcome| match s.carried[at] {
                load if load > 0.0 => load / s.capacity[at],
                _ => 0.0,
            };
            let same = got.works[at] == want.works[at]
                && close(got.constant[at], want.constant[at])
                && close(got.load[at], want.load[at])
                && close_delivered(got.delivered[at], want.delivered[at])
                && capacity
                && close(used(got), used(want));
            if !same {
                return Err(format!(
                    "{}: works {} load {} delivered {} capacity {}, by definition {} {} {} {}",
                    node.id,
                    got.works[at],
                    got.load[at],
                    got.delivered[at],
                    got.capacity[at],
                    want.works[at],
                    want.load[at],
                    want.delivered[at],
                    want.capacity[at],
                ));
            }
        }
        self.trips(got, want)?;
        if (&got.moved, &got.unplaced) != (&want.moved, &want.unplaced) {
            return Err(format!(
                "{:?} {:?}, by definition {:?} {:?}",
                got.moved, got.unplaced, want.moved, want.unplaced
            ));
        }
        if got.services.len() != want.services.len() {
            return Err("not every service has an outcome".to_owned());
        }
        got.services
            .iter()
            .zip(&want.services)
            .try_for_each(|(g, w)| self.service(g, w, failed, want.case))
    }

    /// Who tripped in which round, and who would next.
    fn trips(&self, got: &StateOutcome, want: &StateOutcome) -> Result<(), String> {
        let same_trip = |(g, w): (&Tripped, &Tripped)| {
            let load = |t: &Tripped| t.load.unwrap_or(f64::INFINITY);
            (g.round, g.id) == (w.round, w.id)
                && close(load(g), load(w))
                && close(g.trips_above, w.trips_above)
        };
        let mut trips = got.tripped.iter().zip(&want.tripped);
        let first = match (got.first_trip, want.first_trip) {
            (Some(g), Some(w)) => close(g.growth + 1.0, w.growth + 1.0),
            (g, w) => g.is_none() && w.is_none(),
        };
        if got.tripped.len() == want.tripped.len() && trips.all(same_trip) && first {
            return Ok(());
        }
        Err(format!(
            "{:?} {:?}, by definition {:?} {:?}",
            got.tripped, got.first_trip, want.tripped, want.first_trip
        ))
    }

    pub fn service(
        &self,
        got: &ServiceOutcome,
        want: &ServiceOutcome,
        failed: &[NodeId],
        case: CaseId,
    ) -> Result<(), String> {
        let mut same = got.service == want.service
            && got.status == want.status
            && close(got.demand, want.demand)
            && close_delivered(got.delivered, want.delivered)
            && close_headroom(got.headroom, want.headroom)
            && got.limit.is_some() == want.limit.is_some()
            && self.same_limit(want.service, got.limit, want.limit, failed, case);
        let causes = |o: &ServiceOutcome| -> Vec<_> {
            o.findings.iter().map(|f| (f.cause, f.leads_to)).collect()
        };
        same &= causes(got) == causes(want);
        same &= got.findings.iter().zip(&want.findings).all(|(g, w)| {
            use brownout::model::Witness::Limit;
            g.witness == w.witness || matches!((g.witness, w.witness), (Limit(_), Limit(_)))
        });
        if same {
            Ok(())
        } else {
            Err(format!("{got:?}\nby definition\n{want:?}"))
        }
    }

    /// Two limits are the same if headroom comes from both: rounding may break a tie either way.
    fn same_limit(
        &self,
        service: NodeId,
        got: Option<NodeId>,
        want: Option<NodeId>,
        failed: &[NodeId],
        case: CaseId,
    ) -> bool {
        let (Some(node), Some(_)) = (got, want) else {
            return got == want;
        };
        let tied = || {
            let point = self.oracle.point(failed, case);
            self.oracle.limits(service, &point, 1e-9).contains(&node)
        };
        got == want || tied()
    }

    fn sweep(&self, got: &SweepOutcome, want: &SweepOutcome) -> Result<(), String> {
        if (got.elements, &got.possible, &got.accounted)
            != (want.elements, &want.possible, &want.accounted)
        {
            return Err(format!(
                "{} {:?} {:?}, by definition {} {:?} {:?}",
                got.elements,
                got.possible,
                got.accounted,
                want.elements,
                want.possible,
                want.accounted
            ));
        }
        if got.services.len() != want.services.len() {
            return Err("not every service at every case".to_owned());
        }
        if got.cascades != want.cascades {
            return Err(format!(
                "{:?}, by definition {:?}",
                got.cascades, want.cascades
            ));
        }
        if got.stranded != want.stranded {
            return Err(format!(
                "{:?}, by definition {:?}",
                got.stranded, want.stranded
            ));
        }
        got.services
            .iter()
            .zip(&want.services)
            .try_for_each(|(g, w)| self.service_sweep(g, w))
    }

    fn service_sweep(&self, got: &ServiceSweep, want: &ServiceSweep) -> Result<(), String> {
        let (service, case) = (want.service, want.case);
        self.service(&got.base, &want.base, &[], case)?;
        let mut same = (got.service, got.case) == (service, case)
            && got.orders == want.orders
            && got.minimal_count == want.minimal_count
            && got.minimal.len() == want.minimal.len();
        same &= got.minimal.iter().zip(want.minimal.iter()).all(|(g, w)| {
            g.elements == w.elements
                && g.status == w.status
                && close_delivered(g.delivered, w.delivered)
                && self.same_limit(service, g.limit, w.limit, &w.elements, case)
        });
        same &= match (&got.worst, &want.worst) {
            (Some(g), Some(w)) => {
                let there = self.oracle.point(&g.elements, case);
                g.status == w.status
                    && close_delivered(g.delivered, w.delivered)
                    && close_delivered(there.delivered[service.index()], w.delivered)
            }
            (g, w) => g.is_none() && w.is_none(),
        };
        same &= match (&got.least_headroom, &want.least_headroom) {
            (Some(g), Some(w)) => {
                let there = self.oracle.point(&g.elements, case);
                let has = self.oracle.headroom(service, &there).map(|h| h.0);
                close_headroom(Some(g.headroom), Some(w.headroom))
                    && close_headroom(has, Some(w.headroom))
            }
            (g, w) => g.is_none() && w.is_none(),
        };
        if same {
            Ok(())
        } else {
            Err(format!("{got:#?}\nby definition\n{want:#?}"))
        }
    }
}

/// Compares `states` random states of one random estate.
pub fn states_agree(make: Make, shape: Shape, seed: u64, states: usize) -> Result<(), String> {
    states_of_agree(make(shape, seed), shape, seed, states)
}

/// The same of an estate of that shape and seed that was altered.
pub fn states_of_agree(
    (system, scenario): (System, Scenario),
    shape: Shape,
    seed: u64,
    states: usize,
) -> Result<(), String> {
    let study = Study::new(&system, &scenario);
    let oracle = Oracle::new(&system, &scenario);
    let judge = Judge {
        system: &system,
        oracle: &oracle,
    };
    let mut dice = Dice::new(!seed);
    for _ in 0..states {
        let failed = failures(&system, &scenario, &mut dice);
        let case = CaseId(u32::try_from(dice.below(scenario.cases.len())).expect("small"));
        judge
            .state(
                &study.state(&failed, case),
                &oracle.state(&failed, case),
                &failed,
            )
            .map_err(|e| {
                explain(
                    shape,
                    seed,
                    &format!("{failed:?} {case:?}"),
                    &e,
                    &system,
                    &scenario,
                )
            })?;
    }
    Ok(())
}

/// Compares the sweep of one random estate, to order 3.
pub fn sweeps_agree(make: Make, shape: Shape, seed: u64) -> Result<(), String> {
    sweeps_of_agree(make(shape, seed), shape, seed)
}

/// The same of an estate of that shape and seed that was altered.
pub fn sweeps_of_agree(
    (system, scenario): (System, Scenario),
    shape: Shape,
    seed: u64,
) -> Result<(), String> {
    let oracle = Oracle::new(&system, &scenario);
    let judge = Judge {
        system: &system,
        oracle: &oracle,
    };
    let order = 1 + u32::try_from(seed % 3).expect("small");
    let got = Study::new(&system, &scenario).sweep(order, &NoWatch);
    judge.sweep(&got, &oracle.sweep(order)).map_err(|e| {
        explain(
            shape,
            seed,
            &format!("order {order}"),
            &e,
            &system,
            &scenario,
        )
    })
}

fn explain(
    shape: Shape,
    seed: u64,
    what: &str,
    difference: &str,
    system: &System,
    scenario: &Scenario,
) -> String {
    let numbered: Vec<String> = system
        .iter()
        .map(|(v, node)| format!("{} {}", v.0, node.id))
        .collect();
    format!(
        "{shape:?} seed {seed} {what}\n{difference}\n{}\n{}",
        numbered.join(", "),
        describe(system, scenario)
    )
}

pub fn first_failure(results: impl ParallelIterator<Item = Result<(), String>>) {
    let failures: Vec<String> = results.filter_map(Result::err).collect();
    if let Some(first) = failures.iter().min_by_key(|f| f.len()) {
        panic!("{} differ; the shortest:\n{first}", failures.len());
    }
}

#[test]
fn every_state_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (0..400u64).into_par_iter();
        first_failure(seeds.map(|seed| states_agree(estate, shape, seed, 14)));
    }
}

#[test]
fn every_sweep_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (1_000..1_060u64).into_par_iter();
        first_failure(seeds.map(|seed| sweeps_agree(estate, shape, seed)));
    }
}

/// Growing all demand by a little less than the headroom leaves a service with all that it asks for,
/// a little more takes something away; without a limit nothing ever does.
pub fn headroom_is_where_delivered_falls(
    make: Make,
    shape: Shape,
    seed: u64,
    step: f64,
) -> Result<[u32; 3], String> {
    let (system, scenario) = make(shape, seed);
    let oracle = Oracle::new(&system, &scenario);
    let study = Study::new(&system, &scenario);
    let mut dice = Dice::new(!seed);
    let failed = failures(&system, &scenario, &mut dice);
    let mut seen = [0; 3];
    let delivered = |factor: f64| -> Vec<f64> {
        let mut grown = scenario.clone();
        let demand = grown.cases[0].demand.iter_mut();
        demand.for_each(|demand| *demand *= factor);
        let point = Oracle::new(&system, &grown).point(&failed, CaseId(0));
        let services = system.services().iter();
        services.map(|s| point.delivered[s.index()]).collect()
    };
    let works = oracle.point(&failed, CaseId(0)).works;
    for (s, service) in study.state(&failed, CaseId(0)).services.iter().enumerate() {
        if !works[service.service.index()] {
            continue;
        }
        let growth = service.headroom.map_or(f64::INFINITY, |h| h + 1.0);
        let (below, above) = match growth {
            f64::INFINITY => (delivered(1e9)[s], 0.0),
            growth if growth < 1e-12 => (1.0, delivered(1e-3)[s]),
            _ => (
                delivered(growth * (1.0 - 1e-6))[s],
                delivered(growth * (1.0 + step))[s],
            ),
        };
        seen[usize::from(growth < 1.0) + 2 * usize::from(growth == f64::INFINITY)] += 1;
        if below < 1.0 - 1e-11 || above > 1.0 - 1e-10 {
            let said = format!("{service:?}: delivered {below} below, {above} above");
            return Err(explain(
                shape,
                seed,
                &format!("{failed:?}"),
                &said,
                &system,
                &scenario,
            ));
        }
    }
    Ok(seen)
}

#[test]
fn headroom_says_when_a_service_gets_less() {
    for shape in SHAPES {
        let seeds = (5_000..6_000u64).into_par_iter();
        let all: Result<Vec<[u32; 3]>, String> = seeds
            .map(|seed| headroom_is_where_delivered_falls(estate, shape, seed, 1e-6))
            .collect();
        let all = all.unwrap_or_else(|difference| panic!("{difference}"));
        for kind in 0..3 {
            let count: u32 = all.iter().map(|seen| seen[kind]).sum();
            assert!(count >= 50, "{shape:?}: kind {kind} {count} times");
        }
    }
}
