//! Random estates: a pure function of a shape and a seed.
//!
//! Out: a valid [`System`] and a [`Scenario`] that fits it. Numbers are mostly "nice" and many
//! capacities equal what is carried exactly, so that ties and boundaries occur; every requirement
//! kind, zero capacities, zero demands, derating and known outages are drawn.

use crate::oracle::Oracle;
use brownout::model::{
    CaseId, Draft, DraftNode, DraftProvider, DraftRequirement, Flow, HOUR, Horizon, Link, LoadCase,
    Need, Node, NodeId, Reliability, Role, Scenario, Service, Split, SweepSpec, System,
};
use jiff::tz::TimeZone;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::fmt::Write;

/// What an estate looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A few layers, anything may need anything below it.
    TinyDag,
    /// Many chains that meet in a few shared, loaded hubs.
    SharedHubs,
    /// Sites, racks, hosts, virtual machines, applications, services.
    Enterprise,
    /// As [`Shape::TinyDag`], with dependencies that lead back.
    Cyclic,
    /// Routers, parallel links with uneven metrics, shared-risk groups, flows.
    Networked,
}

/// Every shape.
pub const SHAPES: [Shape; 5] = [
    Shape::TinyDag,
    Shape::SharedHubs,
    Shape::Enterprise,
    Shape::Cyclic,
    Shape::Networked,
];

/// Random draws.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// 0 to `n` − 1.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.next_u64() % n as u64).expect("fits")
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// `count` different ones of `from`, in random order.
    pub fn some<T: Copy>(&mut self, from: &[T], count: usize) -> Vec<T> {
        let mut left = from.to_vec();
        (0..count.min(from.len()))
            .map(|_| left.swap_remove(self.below(left.len())))
            .collect()
    }
}

/// A draft in the making.
struct Maker {
    dice: Dice,
    draft: Draft,
}

impl Maker {
    fn node(&mut self, kind: &str, role: Role) -> u32 {
        let number = self.draft.nodes.len();
        let least = if self.dice.chance(15) { 0.0 } else { 300.0 };
        let capacity = match role {
            Role::Component | Role::Link(_) => self.dice.pick(&[
                None,
                None,
                None,
                Some(least),
                Some(100.0),
                Some(150.0),
                Some(400.0),
            ]),
            _ => None,
        };
        let id = format!("{}{}-{number}", ["a", "m", "z"][self.dice.below(3)], kind);
        let can_fail = matches!(role, Role::Component | Role::Link(_));
        let q = self.dice.pick(&[0.0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.3]);
        self.draft.nodes.push(DraftNode {
            node: Node {
                capacity,
                reliability: (can_fail && q > 0.0).then_some(Reliability::Unavailability(q)),
                ..Node::new(id, kind, role)
            },
            within: Vec::new(),
        });
        u32::try_from(number).expect("small")
    }

    fn component(&mut self, kind: &str) -> u32 {
        self.node(kind, Role::Component)
    }

    fn components(&mut self, kind: &str, least: usize, more: usize) -> Vec<u32> {
        let count = least + self.dice.below(more + 1);
        (0..count).map(|_| self.component(kind)).collect()
    }

    fn service(&mut self) -> u32 {
        let demand = self
            .dice
            .pick(&[0.0, 30.0, 60.0, 90.0, 100.0, 120.0, 180.0, 250.0]);
        let role = Role::Service(Service {
            tier: None,
            demand,
            slo: None,
        });
        self.node("service", role)
    }

    fn link(&mut self, a: u32, b: u32) -> u32 {
        let metric = self.dice.pick(&[1.0, 1.0, 1.0, 2.0, 0.5, 0.1]);
        let metric_back = if self.dice.chance(70) {
            metric
        } else {
            self.dice.pick(&[1.0, 2.0, 3.0])
        };
        let capacity_back = if self.dice.chance(80) {
            None
        } else {
            self.dice
                .pick(&[Some(40.0), Some(100.0), Some(250.0), Some(f64::INFINITY)])
        };
        self.node(
            "link",
            Role::Link(Link {
                a: NodeId(a),
                b: NodeId(b),
                metric,
                metric_back,
                capacity_back,
            }),
        )
    }

    fn within(&mut self, node: u32, domain: u32) {
        self.draft.nodes[node as usize].within.push(domain);
    }

    /// One requirement with everything about it drawn.
    fn require(&mut self, consumer: u32, providers: &[u32]) {
        let n = providers.len();
        let need = match self.dice.below(10) {
            0..=1 => Need::All,
            2..=5 => Need::AtLeast(1),
            6 => Need::AtLeast(0),
            _ => Need::AtLeast(u32::try_from(self.dice.below(n + 1)).expect("small")),
        };
        let split = self
            .dice
            .pick(&[Split::Share, Split::Share, Split::Standby, Split::Copy]);
        self.require_as(consumer, providers, need, split);
    }

    fn require_as(&mut self, consumer: u32, providers: &[u32], need: Need, split: Split) {
        let same_load = self
            .dice
            .pick(&[1.0, 1.0, 1.0, 0.0, 0.5, 2.0, 0.1, 1.0 / 3.0]);
        let weighted = self.dice.chance(30);
        let providers = providers
            .iter()
            .map(|&node| DraftProvider {
                node,
                load: if self.dice.chance(85) {
                    same_load
                } else {
                    self.dice.pick(&[0.0, 0.5, 1.0, 2.0])
                },
                load_given: true,
                constant: 0.0,
                weight: weighted.then(|| self.dice.pick(&[0.0, 1.0, 1.0, 2.0, 3.0])),
            })
            .collect();
        let number = self.draft.requirements.len();
        self.draft.requirements.push(DraftRequirement {
            consumer,
            group: Some(format!("g{number}").into()),
            need,
            split,
            providers,
            line: 0,
        });
    }

    fn tiny_dag(&mut self, back_edges: usize) {
        let components = self.components("component", 4, 6);
        for (i, &c) in components.iter().enumerate().skip(1) {
            for _ in 0..self.dice.pick(&[0, 1, 1, 2]) {
                let count = 1 + self.dice.below(3);
                let below = self.dice.some(&components[..i], count);
                self.require(c, &below);
            }
            if self.dice.chance(25) {
                let domain = self.dice.pick(&components[..i]);
                self.within(c, domain);
            }
        }
        let services = 1 + self.dice.below(3);
        let mut all = components.clone();
        for _ in 0..services {
            let s = self.service();
            for _ in 0..=self.dice.below(2) {
                let count = 1 + self.dice.below(4);
                let from = if self.dice.chance(80) {
                    &components
                } else {
                    &all
                };
                let providers = self.dice.some(from, count);
                self.require(s, &providers);
            }
            all.push(s);
        }
        for _ in 0..back_edges {
            let consumer = self.dice.pick(&all);
            let count = 1 + self.dice.below(2);
            let providers = self.dice.some(&all, count);
            self.require(consumer, &providers);
            // Loops that amplify are to be the exception.
            let mild = self.dice.pick(&[0.0, 0.1, 0.25, 0.5, 1.0]);
            let back = self.draft.requirements.last_mut().expect("just made");
            back.providers.iter_mut().for_each(|p| p.load *= mild);
        }
    }

    fn shared_hubs(&mut self) {
        let hubs = self.components("hub", 2, 1);
        let servers = self.components("server", 3, 3);
        for &server in &servers {
            if self.dice.chance(70) {
                let count = 1 + self.dice.below(2);
                let providers = self.dice.some(&hubs, count);
                self.require(server, &providers);
            }
        }
        for _ in 0..2 + self.dice.below(3) {
            let s = self.service();
            let count = 2 + self.dice.below(2);
            let providers = self.dice.some(&servers, count);
            let split = self
                .dice
                .pick(&[Split::Share, Split::Share, Split::Standby]);
            self.require_as(s, &providers, Need::AtLeast(1), split);
            if self.dice.chance(60) {
                let providers = self.dice.some(&hubs, 2);
                self.require(s, &providers);
            }
        }
    }

    fn enterprise(&mut self) {
        let sites = self.components("site", 1, 1);
        let mut hosts = Vec::new();
        for &site in &sites {
            let rack = self.component("rack");
            self.within(rack, site);
            for host in self.components("host", 1, 1) {
                self.within(host, rack);
                hosts.push(host);
            }
        }
        let storage = self.components("storage", 1, 1);
        let vms = self.components("vm", 2, 3);
        for &vm in &vms {
            let host = self.dice.pick(&hosts);
            if self.dice.chance(50) {
                self.within(vm, host);
            } else {
                self.require_as(vm, &hosts, Need::AtLeast(1), Split::Standby);
            }
            if self.dice.chance(40) {
                let split = self.dice.pick(&[Split::Copy, Split::Standby, Split::Share]);
                self.require_as(vm, &storage, Need::AtLeast(1), split);
            }
        }
        for _ in 0..2 + self.dice.below(2) {
            let s = self.service();
            let count = 2 + self.dice.below(2);
            let providers = self.dice.some(&vms, count);
            let k = u32::try_from(1 + self.dice.below(providers.len())).expect("small");
            self.require_as(s, &providers, Need::AtLeast(k), Split::Share);
            if self.dice.chance(50) {
                self.require(s, &storage);
            }
        }
    }

    fn networked(&mut self) {
        let power = self.components("power", 1, 1);
        let routers = self.components("router", 3, 3);
        for &router in &routers {
            let node = &mut self.draft.nodes[router as usize].node;
            match self.dice.below(12) {
                0 => node.kind = "server".into(),
                1 => (node.kind, node.transit) = ("host".into(), Some(true)),
                2 => node.transit = Some(false),
                _ => {}
            }
        }
        let mut links = Vec::new();
        for i in 1..routers.len() {
            let other = self.dice.pick(&routers[..i]);
            links.push(self.link(routers[i], other));
        }
        for _ in 0..2 + self.dice.below(3) {
            let ends = self.dice.some(&routers, 2);
            links.push(self.link(ends[0], ends[1]));
        }
        for &element in routers.iter().chain(&links) {
            let feed = self.dice.pick(&power);
            match self.dice.below(10) {
                0 => self.within(element, feed),
                1 => self.require(element, &power),
                _ => {}
            }
        }
        let apps = self.components("app", 1, 2);
        let mut flows = Vec::new();
        for _ in 0..2 + self.dice.below(3) {
            let (from, to) = (self.dice.pick(&routers), self.dice.pick(&routers));
            let role = Role::Flow(Flow {
                from: NodeId(from),
                to: NodeId(to),
            });
            flows.push(self.node("flow", role));
        }
        let providers = [flows.clone(), apps.clone()].concat();
        for &app in &apps {
            if self.dice.chance(60) {
                let flow = self.dice.some(&flows, 1);
                self.require(app, &flow);
            }
        }
        for _ in 0..=self.dice.below(3) {
            let s = self.service();
            for _ in 0..=self.dice.below(2) {
                let count = 1 + self.dice.below(3);
                let some = self.dice.some(&providers, count);
                self.require(s, &some);
            }
            if self.dice.chance(10) {
                let link = self.dice.some(&links, 1);
                self.require(s, &link);
            }
        }
    }
}

/// An estate and what is asked of it.
pub fn estate(shape: Shape, seed: u64) -> (System, Scenario) {
    let mut dice = Dice::new(seed);
    loop {
        let mut maker = Maker {
            dice,
            draft: Draft::default(),
        };
        match shape {
            Shape::TinyDag => maker.tiny_dag(0),
            Shape::SharedHubs => maker.shared_hubs(),
            Shape::Enterprise => maker.enterprise(),
            Shape::Cyclic => maker.tiny_dag(3),
            Shape::Networked => maker.networked(),
        }
        dice = maker.dice;
        let Ok(system) = System::new(maker.draft.clone()) else {
            continue;
        };
        let scenario = scenario(&system, &mut dice);
        let draft = fit_capacities(maker.draft, &system, &scenario, &mut dice);
        return (System::new(draft).expect("capacities only"), scenario);
    }
}

/// Gives about half of the loaded components a capacity that is a round multiple of their load.
fn fit_capacities(
    mut draft: Draft,
    system: &System,
    scenario: &Scenario,
    dice: &mut Dice,
) -> Draft {
    let point = Oracle::new(system, scenario).point(&[], CaseId(0));
    for d in &mut draft.nodes {
        let v = system.find(&d.node.id).expect("the same nodes");
        let load = point.load[v.index()];
        if d.node.can_fail() && load > 0.0 && load.is_finite() && dice.chance(75) {
            let times = dice.pick(&[1.0, 1.0, 1.25, 4.0 / 3.0, 1.5, 2.0, 3.0, 3.0]);
            d.node.capacity = Some(load * times);
        }
    }
    draft
}

fn scenario(system: &System, dice: &mut Dice) -> Scenario {
    let count = dice.pick(&[1, 2, 2, 3]);
    let peak = dice.chance(75).then(|| dice.below(count));
    let cases = (0..count)
        .map(|c| LoadCase {
            name: format!("case-{c}"),
            demand: demand(system, dice, c),
            peak: peak == Some(c),
        })
        .collect();
    let mut all = system.elements();
    let mut down = Vec::new();
    if dice.chance(25) {
        down.push(all.swap_remove(dice.below(all.len())));
    }
    let most = 4 + dice.below(7);
    let mut elements = dice.some(&all, most);
    elements.sort_unstable();
    let derated = dice.below(3);
    let mut derate: Vec<(NodeId, f64)> = dice
        .some(&system.elements(), derated)
        .into_iter()
        .map(|v| (v, dice.pick(&[0.5, 0.8, 0.0, 1.5])))
        .collect();
    derate.sort_by_key(|d| d.0);
    // What is derated to nothing has failed, as a scenario file has it; elements are up.
    derate.retain(|d| d.1 > 0.0 || !elements.contains(&d.0));
    down.extend(derate.iter().filter(|d| d.1 == 0.0).map(|d| d.0));
    derate.retain(|d| d.1 > 0.0);
    down.sort_unstable();
    down.dedup();
    Scenario {
        placement: brownout::model::PlacementSpec::default(),
        name: "random".to_owned(),
        down,
        derate,
        headroom: dice.chance(40).then(|| dice.pick(&[0.1, 0.25, 0.5])),
        cases,
        sweep: SweepSpec { order: 3, elements },
        simulate: None,
        year: None,
        policies: Vec::new(),
        waivers: Vec::new(),
        contingencies: Vec::new(),
    }
}

fn demand(system: &System, dice: &mut Dice, case: usize) -> Vec<f64> {
    let all = dice.pick(&[0.5, 1.0, 1.5, 2.0, 3.0]);
    let services = system.services().iter();
    services
        .map(|&s| {
            let demand = system.node(s).as_service().map_or(0.0, |x| x.demand);
            match (case, dice.chance(10)) {
                (0, _) => demand,
                (_, true) => 0.0,
                (_, false) => demand * all,
            }
        })
        .collect()
}

/// Any set of failed components and links that are not down anyway, mostly small.
pub fn failures(system: &System, scenario: &Scenario, dice: &mut Dice) -> Vec<NodeId> {
    let mut up = system.elements();
    up.retain(|v| !scenario.down.contains(v));
    let count = dice.pick(&[0, 0, 1, 1, 1, 2, 2, 3, 5]);
    let mut failed = dice.some(&up, count);
    failed.sort_unstable();
    failed
}

/// The estate in words, for a failing test's message.
pub fn describe(system: &System, scenario: &Scenario) -> String {
    let mut text = String::new();
    let id = |v: NodeId| system.id(v);
    for (_, node) in system.iter() {
        let within: Vec<&str> = node.within.iter().map(|&v| id(v)).collect();
        let role = match node.role {
            Role::Link(l) => format!(
                "{} {} metric {} {}",
                id(l.a),
                id(l.b),
                l.metric,
                l.metric_back
            ),
            Role::Flow(f) => format!("{} to {}", id(f.from), id(f.to)),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "{} cap {:?} within {within:?} {role}",
            node.id,
            node.capacities()
        );
    }
    for r in system.requirements() {
        let _ = write!(text, "{} needs {:?} {:?}:", id(r.consumer), r.need, r.split);
        for p in &r.providers {
            let _ = write!(text, " {}(load {} weight {})", id(p.node), p.load, p.weight);
        }
        text.push('\n');
    }
    for p in &system.placements().instances {
        let hosts: Vec<&str> = p.hosts.iter().map(|&h| id(h)).collect();
        let (home, apart) = (p.host.map(id), &p.apart);
        let _ = writeln!(
            text,
            "{} runs on {hosts:?} now {home:?} takes {:?} priority {:?} {apart:?}",
            id(p.instance),
            p.amounts,
            p.priority
        );
    }
    let ids = |all: &[NodeId]| all.iter().map(|&v| id(v).to_owned()).collect::<Vec<_>>();
    let _ = writeln!(text, "down {:?}", ids(&scenario.down));
    let _ = writeln!(text, "elements {:?}", ids(&scenario.sweep.elements));
    for &(v, f) in &scenario.derate {
        let _ = writeln!(text, "derate {} {f}", id(v));
    }
    let _ = writeln!(
        text,
        "headroom {:?} cases {:?}",
        scenario.headroom, scenario.cases
    );
    text
}

/// Random estates are only worth comparing on if everything that can be said does get said.
#[test]
fn every_shape_shows_every_status_and_cause() {
    use std::collections::BTreeMap;
    for shape in SHAPES {
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for seed in 0..200 {
            let (system, scenario) = estate(shape, seed);
            let oracle = Oracle::new(&system, &scenario);
            let mut dice = Dice::new(seed);
            for _ in 0..4 {
                let failed = failures(&system, &scenario, &mut dice);
                for s in oracle.state(&failed, CaseId(0)).services {
                    *seen.entry(s.status.word()).or_default() += 1;
                    for f in &s.findings {
                        *seen.entry(f.cause.word()).or_default() += 1;
                    }
                }
            }
        }
        let words = [
            "ok",
            "at-risk",
            "degraded",
            "down",
            "peak",
            "redundancy",
            "headroom",
        ];
        for word in words {
            assert!(
                seen.get(word).is_some_and(|&n| n >= 5),
                "{shape:?}: {word}: {seen:?}"
            );
        }
    }
}

/// A horizon over an estate's services, of one of some lengths: a few peaks, so many percent of the hours,
/// quiet hours and hours of no demand.
pub fn horizon(
    scenario: &Scenario,
    dice: &mut Dice,
    start_hour: i64,
    (lengths, peaks): (&[usize], usize),
) -> Horizon {
    let hours = dice.pick(lengths);
    let mut demand: Vec<Vec<f64>> = Vec::new();
    for &base in &scenario.cases[0].demand {
        let quiet = dice.pick(&[0.1, 0.4, 0.8, 1.0]);
        let hour = |_| {
            base * if dice.chance(peaks) {
                dice.pick(&[0.0, 1.3, 1.7, 2.6])
            } else {
                quiet
            }
        };
        demand.push((0..hours).map(hour).collect());
    }
    Horizon {
        start: start_hour * HOUR,
        zone: TimeZone::UTC,
        demand,
        basis: Vec::new(),
        growth_per_year: None,
    }
}
