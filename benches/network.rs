//! Cost of one more failure in a network, against an evaluation from nothing.
//!
//! `cargo bench --bench network` prints, per network: one full evaluation, the mean single failure,
//! and the mean second failure on top of a first. `-- --quick` takes a sample of the pairs, `-- --dense` only the
//! first network. Times are of one thread's processor.

#![allow(clippy::cast_possible_truncation, reason = "small numbers")]

use brownout::engine::network::{Base, Edge, Place, Scratch, Topology};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::sync::OnceLock;
use std::time::Instant;

const L: usize = 1;

/// Seconds of processor time of this thread, where the system tells (so that a busy machine does not
/// disturb), else since the start.
fn seconds() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|t| t.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(
        || START.get_or_init(Instant::now).elapsed().as_secs_f64(),
        |ns| ns * 1e-9,
    )
}

struct Case {
    name: &'static str,
    topology: Topology,
    capacity: Vec<f64>,
    load: Vec<[f64; L]>,
}

/// A ring with random chords, metrics 1 to 5.
fn mesh(name: &'static str, nodes: u32, links: u32, to: u32, flows_per: u32) -> Case {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut below = move |n: u32| ((u64::from(dice.next_u32()) * u64::from(n)) >> 32) as u32;
    let edges: Vec<Edge> = (0..links)
        .map(|i| {
            let a = if i < nodes { i } else { below(nodes) };
            let b = if i < nodes {
                (i + 1) % nodes
            } else {
                (a + 1 + below(nodes - 1)) % nodes
            };
            let metric = f64::from(1 + below(5));
            Edge {
                a,
                b,
                metric,
                metric_back: metric,
            }
        })
        .collect();
    let mut flows = Vec::new();
    for t in 0..to {
        if flows_per >= nodes - 1 {
            flows.extend((0..nodes).filter(|&s| s != t).map(|s| (s, t)));
        } else {
            flows.extend((0..flows_per).map(|_| ((t + 1 + below(nodes - 1)) % nodes, t)));
        }
    }
    let load = flows
        .iter()
        .map(|_| [f64::from(1 + below(100)) / 10.0])
        .collect();
    Case {
        name,
        topology: Topology::new(nodes, &edges, &flows),
        capacity: vec![f64::INFINITY; links as usize],
        load,
    }
}

fn own(capacity: f64, load: [f64; L]) -> [f64; L] {
    load.map(|x| if x > capacity { capacity / x } else { 1.0 })
}

impl Case {
    fn base(&self) -> Base<L> {
        let t = &self.topology;
        let bound = [self.load.iter().map(|x| x[0]).sum()];
        let (nodes, links) = (vec![true; t.nodes()], vec![true; t.links()]);
        let mut base = Base::route(t, &nodes, &links);
        base.load(t, bound, |f| self.load[f as usize]);
        let loads: Vec<[f64; L]> = (0..2 * t.links() as u32)
            .map(|a| base.arc_load(a))
            .collect();
        base.deliver(
            t,
            |a| own(self.capacity[a as usize / 2], loads[a as usize]),
            |_| [1.0; L],
        );
        base
    }

    fn fail(&self, base: &Base<L>, scratch: &mut Scratch<L>, link: u32) {
        let t = &self.topology;
        scratch.fail(t, base, &[link], &[]);
        for i in 0..scratch.cut().len() {
            scratch.set_flow_load(t, scratch.cut()[i], [0.0; L]);
        }
        scratch.push_loads(t, base);
        for i in 0..scratch.changed_len() {
            if let Place::Arc(a) = scratch.changed_at(i) {
                let own = own(self.capacity[a as usize / 2], scratch.arc_load(a));
                scratch.set_own(a, own);
            }
        }
        scratch.settle(t, base);
    }
}

fn run(case: &mut Case, slack: f64, pairs: Option<u32>) {
    let start = seconds();
    let mut base = case.base();
    let full = seconds() - start;
    if slack.is_finite() {
        for (l, c) in case.capacity.iter_mut().enumerate() {
            let arc = 2 * l as u32;
            *c = base.arc_load(arc)[0].max(base.arc_load(arc + 1)[0]) * slack;
        }
        base = case.base();
    }
    let links = case.topology.links() as u32;
    let mut scratch = Scratch::new(&case.topology, &base);
    let mut rows = 0;
    let singles = |scratch: &mut Scratch<L>, rows: &mut usize| {
        for l in 0..links {
            let mark = scratch.mark();
            case.fail(&base, scratch, l);
            *rows += scratch.rerouted().len();
            scratch.undo(mark);
        }
    };
    singles(&mut scratch, &mut rows);
    let start = seconds();
    rows = 0;
    singles(&mut scratch, &mut rows);
    let all = seconds() - start;
    let single = all / f64::from(links);
    print!(
        "{:<44} slack {slack:>4}: full {:8.3} ms, single {:8.4} ms (×{:.0}), all singles {all:.3} s, {:.0} of {} rows, {} MB",
        case.name,
        full * 1e3,
        single * 1e3,
        full / single,
        rows as f64 / f64::from(links),
        case.topology.rows(),
        base.bytes() >> 20,
    );
    if let Some(firsts) = pairs {
        let start = seconds();
        let mut count = 0u64;
        for a in (0..links).step_by((links / firsts).max(1) as usize) {
            let outer = scratch.mark();
            case.fail(&base, &mut scratch, a);
            for b in (0..links).filter(|&b| b > a) {
                let mark = scratch.mark();
                case.fail(&base, &mut scratch, b);
                scratch.undo(mark);
                count += 1;
            }
            scratch.undo(outer);
        }
        let each = (seconds() - start) / count as f64;
        let possible = f64::from(links) * f64::from(links - 1) / 2.0;
        print!(
            ", pair {:.4} ms (all: {:.1} s)",
            each * 1e3,
            each * possible
        );
    }
    println!();
}

fn main() {
    let quick = std::env::args().any(|a| a == "--quick");
    let dense_only = std::env::args().any(|a| a == "--dense");
    let firsts = Some(if quick { 20 } else { 1000 });
    let mut dense = mesh(
        "200 nodes, 1,000 links, 39,800 demands",
        200,
        1000,
        200,
        199,
    );
    run(&mut dense, f64::INFINITY, firsts);
    if dense_only {
        return;
    }
    run(&mut dense, 1.2, firsts);
    let mut few = mesh(
        "200 nodes, 1,000 links, 20 destinations",
        200,
        1000,
        20,
        199,
    );
    run(&mut few, f64::INFINITY, firsts);
    let mut big = mesh(
        "2,000 nodes, 6,000 links, 100 destinations",
        2000,
        6000,
        100,
        1999,
    );
    run(&mut big, f64::INFINITY, None);
    let mut wide = mesh(
        "2,000 nodes, 6,000 links, 10,000 demands",
        2000,
        6000,
        2000,
        5,
    );
    run(&mut wide, f64::INFINITY, None);
}
