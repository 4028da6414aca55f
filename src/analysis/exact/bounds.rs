//! The least that what works delivers: whether a service that works always delivers something, so that
//! "down" is the same as "does not work", and who always delivers all.
//!
//! In: a study. Out: per node, the least that it delivers while it works, in any state. A
//! requirement passes on a mean, a minimum or a k-th largest of what working providers deliver: at
//! least the least of them. What a node serves by itself is at least its capacity over the most that
//! can ever arrive.

use crate::analysis::Study;
use crate::engine::{Edge, Ix, Layered, NONE, Part, Requirement, Rule};
use crate::model::{Role, Split};

/// Ten times what counts as delivering nothing.
const NEAR_NOTHING: f64 = 1e-8;

/// Whether the least is next to nothing.
pub fn is_starved(least: f64) -> bool {
    least <= NEAR_NOTHING
}

/// The most that each service asks for at any load case.
pub fn greatest(study: &Study<'_>) -> Vec<f64> {
    let services = 0..study.compiled().services.len();
    let most = |s: usize| {
        let demand = study.scenario().cases.iter().map(|c| c.demand[s]);
        demand.fold(0.0, f64::max)
    };
    services.map(most).collect()
}

/// The least that each node delivers while it works, in compiled order, given the most that arrives.
pub fn least(study: &Study<'_>, most: &[f64]) -> Vec<f64> {
    let sys = study.compiled();
    let own = |v: usize| {
        if let Some(layers) = &sys.layers {
            return own_of_layers(study, layers, most, v);
        }
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
            if let Part::Flow(network, _) = sys.part(u32::try_from(m).unwrap_or(NONE)) {
                // Ways may pass any of it.
                let network = &sys.networks[network as usize];
                let all = network.nodes.iter().chain(&network.links);
                worst = all.fold(worst, |worst, &p| worst.min(least[p as usize]));
            }
            for r in &sys.requirements[sys.requirements_of(m)] {
                let providers = sys.edges[r.edges()].iter().map(|e| e.provider as usize);
                let part = least_part(r, &sys.edges[r.edges()]);
                for p in providers.filter(|p| !members.contains(p)) {
                    worst = worst.min(least[p] * part);
                }
                worst = worst.min(part);
            }
        }
        least[members.clone()].fill(worst);
        v = members.end;
    }
    least
}

/// Per node in compiled order: whether it may trip in some state. Whether a service that needs it is down
/// is no monotone question then.
pub fn may_trip(study: &Study<'_>, most: &[f64]) -> Vec<bool> {
    let sys = study.compiled();
    if !sys.may_trip() {
        return vec![false; sys.len()];
    }
    let trips = |v: Ix| {
        let places = sys.capacity_places(v);
        let [there, back] = places.map(|at| study.capacity()[at]);
        // What all layers ask of it together is what trips it.
        let all: f64 = sys.replicas(v).map(|place| most[place.index()]).sum();
        all > sys.trips_at(v.index()) * f64::min(there, back)
    };
    (0u32..).map(Ix).take(sys.len()).map(trips).collect()
}

/// The least part of what a requirement passes on that providers which work can have, while as many
/// work as must: less than all only where lost shards take theirs along.
pub fn least_part(r: &Requirement, edges: &[Edge]) -> f64 {
    let total: f64 = edges.iter().map(|e| e.weight).sum();
    if r.rule != Rule::Group(Split::Shard) || r.need == 0 {
        return 1.0;
    }
    let weight = |e: &Edge| if total > 0.0 { e.weight / total } else { 1.0 };
    let mut parts: Vec<f64> = edges.iter().map(weight).collect();
    parts.sort_unstable_by(f64::total_cmp);
    let left: f64 = parts.iter().take(r.need as usize).sum();
    if total > 0.0 {
        left
    } else {
        left / parts.len().max(1) as f64
    }
}

/// The least that a place gets in its tier: at a fair node what is left for all, else what better
/// tiers and constants can leave at least.
fn own_of_layers(study: &Study<'_>, layers: &Layered, most: &[f64], v: usize) -> f64 {
    if layers.is_constant(v) {
        return 1.0;
    }
    let sys = study.compiled();
    let places = sys.capacity_places(Ix(u32::try_from(v).unwrap_or(NONE)));
    let [there, back] = places.map(|at| study.capacity()[at]);
    let capacity = f64::min(there, back);
    let all: f64 = layers.places(v).map(|p| most[p]).sum();
    if !layers.is_priority[v] {
        return if all > capacity { capacity / all } else { 1.0 };
    }
    let counts = |p: &usize| layers.layer[*p] < layers.layer[v] || layers.is_constant(*p);
    let before: f64 = layers.places(v).filter(counts).map(|p| most[p]).sum();
    let left = capacity - before;
    if most[v] <= left {
        1.0
    } else if left > 0.0 {
        left / most[v]
    } else {
        0.0
    }
}

/// The most that can arrive at each node in any state and load case: every consumer sends all of
/// its most to every provider, and every flow to all of its network.
pub fn most_loads(study: &Study<'_>, demand: &[f64]) -> Vec<f64> {
    let (system, sys) = (study.system(), study.compiled());
    let mut most = vec![0.0; sys.len()];
    // What the flows of each network carry together, by layer: flows come before all that they can pass.
    let layer_of = |v: usize| sys.layers.as_ref().map_or(0, |l| l.layer[v] as usize);
    let layers = sys.layers.as_ref().map_or(1, |l| l.count as usize);
    let mut crossing = vec![0.0; system.networks() as usize * layers];
    for (&demand, &v) in demand.iter().zip(&sys.services) {
        most[v as usize] = demand;
    }
    for (v, taken) in sys.most_taken() {
        most[v as usize] += taken;
    }
    for draw in &sys.draws {
        most[draw.provider as usize] += draw.constant;
    }
    for v in (0..sys.len()).rev() {
        let node = sys.node(Ix(u32::try_from(v).unwrap_or(NONE)));
        let layer = layer_of(v);
        if let Some(network) = system.network(node) {
            most[v] += crossing[network as usize * layers + layer];
        }
        if let Role::Flow(flow) = &system.node(node).role {
            match system.network_of_flow(flow) {
                Some(network) => crossing[network as usize * layers + layer] += most[v],
                None => most[sys.in_tier(sys.ix(flow.from), layer).index()] += most[v],
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
