//! Whether a service that works always delivers something, so that "down" is the same as "does not
//! work".
//!
//! In: a study. Out: per node, whether what it delivers while it works may come near nothing. A
//! requirement passes on a mean, a minimum or a k-th largest of what working providers deliver: at
//! least the least of them. What a node serves by itself is at least its capacity over the most that
//! can ever arrive.

use crate::analysis::Study;
use crate::engine::{CompiledSystem, Ix, NONE};
use crate::model::Role;

/// Ten times what counts as delivering nothing.
const NEAR_NOTHING: f64 = 1e-8;

/// Per node in compiled order.
pub fn starved(study: &Study<'_>) -> Vec<bool> {
    let sys = study.compiled();
    let most = most_loads(study, sys);
    let own = |v: usize| {
        let places = sys.capacity_places(Ix(u32::try_from(v).unwrap_or(NONE)));
        let [there, back] = places.map(|at| study.capacity()[at]);
        let capacity = f64::min(there, back);
        if most[v] > capacity {
            capacity / most[v]
        } else {
            1.0
        }
    };
    let mut least = vec![1.0f64; sys.len()];
    let mut v = 0;
    while v < sys.len() {
        // A cycle is one block: the least of all of it.
        let members = match sys.cycle[v] {
            NONE => v..v + 1,
            first => sys.cycle_members(first),
        };
        let mut worst = 1.0f64;
        for m in members.clone() {
            worst = worst.min(own(m));
            for r in &sys.requirements[sys.requirements_of(m)] {
                let providers = sys.edges[r.edges()].iter().map(|e| e.provider as usize);
                for p in providers.filter(|p| !members.contains(p)) {
                    worst = worst.min(least[p]);
                }
            }
        }
        least[members.clone()].fill(worst);
        v = members.end;
    }
    least.into_iter().map(|x| x <= NEAR_NOTHING).collect()
}

/// Per node in compiled order: whether it may trip in some state. Whether a service that needs it is down
/// is no monotone question then.
pub fn may_trip(study: &Study<'_>) -> Vec<bool> {
    let sys = study.compiled();
    if !sys.may_trip() {
        return vec![false; sys.len()];
    }
    let most = most_loads(study, sys);
    let trips = |v: usize| {
        let places = sys.capacity_places(Ix(u32::try_from(v).unwrap_or(NONE)));
        let [there, back] = places.map(|at| study.capacity()[at]);
        most[v] > sys.trips_at(v) * f64::min(there, back)
    };
    (0..sys.len()).map(trips).collect()
}

/// The most that can arrive at each node in any state and load case: every consumer sends all of
/// its most to every provider, and every flow to all of its network.
fn most_loads(study: &Study<'_>, sys: &CompiledSystem) -> Vec<f64> {
    let system = study.system();
    let mut most = vec![0.0; sys.len()];
    // What the flows of each network carry together: flows come before all that they can pass.
    let mut crossing = vec![0.0; system.networks() as usize];
    for (s, &v) in sys.services.iter().enumerate() {
        let demand = study.scenario().cases.iter().map(|c| c.demand[s]);
        most[v as usize] = demand.fold(0.0, f64::max);
    }
    for v in (0..sys.len()).rev() {
        let node = sys.node(Ix(u32::try_from(v).unwrap_or(NONE)));
        if let Some(network) = system.network(node) {
            most[v] += crossing[network as usize];
        }
        if let Role::Flow(flow) = &system.node(node).role {
            match system.network_of_flow(flow) {
                Some(network) => crossing[network as usize] += most[v],
                None => most[sys.ix(flow.from).index()] += most[v],
            }
        }
        // What goes round may amplify in some state: there is no bound to what it brings.
        if let Some(members) = sys.loop_with_last(v)
            && members.clone().any(|m| most[m] > 0.0)
        {
            most[members].fill(f64::INFINITY);
        }
        for r in &sys.requirements[sys.requirements_of(v)] {
            let loaded = sys.edges[r.edges()].iter().filter(|e| e.flow != NONE);
            for e in loaded {
                most[e.provider as usize] += most[v] * e.factor;
            }
        }
    }
    most
}
