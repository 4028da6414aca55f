//! Systems for tests: a small builder, random ones with everything the model has, and
//! enterprise-shaped ones whose services share load hubs.

#![allow(clippy::cast_possible_truncation, reason = "small numbers")]

use brownout::model::{
    Draft, DraftNode, DraftProvider, DraftRequirement, Flow, Link, LoadCase, Need, Node, NodeId,
    Role, Scenario, Service, Split, SweepSpec, System,
};

/// Repeatable random numbers (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0..n
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    pub fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Builds a draft by names.
#[derive(Default)]
pub struct Builder {
    pub draft: Draft,
}

impl Builder {
    pub fn node(&mut self, id: &str, role: Role, capacity: Option<f64>) -> u32 {
        let kind = match role {
            Role::Service(_) => "service",
            Role::Flow(_) => "flow",
            Role::Link(_) => "link",
            Role::Component => "server",
        };
        let node = Node {
            capacity,
            ..Node::new(id, kind, role)
        };
        self.draft.nodes.push(DraftNode {
            node,
            within: Vec::new(),
        });
        u32::try_from(self.draft.nodes.len() - 1).unwrap()
    }

    pub fn component(&mut self, id: &str, capacity: Option<f64>) -> u32 {
        self.node(id, Role::Component, capacity)
    }

    pub fn service(&mut self, id: &str, demand: f64) -> u32 {
        self.node(
            id,
            Role::Service(Service {
                tier: None,
                demand,
                slo: None,
            }),
            None,
        )
    }

    pub fn within(&mut self, node: u32, domain: u32) {
        self.draft.nodes[node as usize].within.push(domain);
    }

    pub fn needs(&mut self, consumer: u32, need: Need, split: Split, providers: &[u32]) {
        let providers: Vec<(u32, f64, Option<f64>)> =
            providers.iter().map(|&p| (p, 1.0, None)).collect();
        self.group(consumer, need, split, &providers);
    }

    /// Providers as (node, load factor, weight).
    pub fn group(
        &mut self,
        consumer: u32,
        need: Need,
        split: Split,
        providers: &[(u32, f64, Option<f64>)],
    ) {
        let number = self.draft.requirements.len();
        self.draft.requirements.push(DraftRequirement {
            consumer,
            group: Some(format!("g{number}").into()),
            need,
            split,
            providers: providers
                .iter()
                .map(|&(node, load, weight)| DraftProvider {
                    node,
                    load,
                    load_given: true,
                    constant: 0.0,
                    weight,
                })
                .collect(),
            line: 0,
        });
    }

    pub fn all(&mut self, consumer: u32, provider: u32) {
        self.needs(consumer, Need::All, Split::Share, &[provider]);
    }

    pub fn build(self) -> System {
        System::new(self.draft).expect("a valid draft")
    }
}

/// A scenario over all elements, at the demands of the system times each factor; the last case
/// is the peak.
pub fn scenario(system: &System, order: u32, factors: &[f64]) -> Scenario {
    let demand = |s: &NodeId| system.node(*s).as_service().map_or(0.0, |s| s.demand);
    let cases = factors.iter().enumerate().map(|(i, factor)| LoadCase {
        name: format!("case-{i}"),
        demand: system
            .services()
            .iter()
            .map(|s| demand(s) * factor)
            .collect(),
        peak: i + 1 == factors.len() && factors.len() > 1,
    });
    Scenario {
        placement: brownout::model::PlacementSpec::default(),
        name: "test".into(),
        down: Vec::new(),
        derate: Vec::new(),
        headroom: None,
        cases: cases.collect(),
        sweep: SweepSpec {
            order,
            elements: system.elements(),
        },
        simulate: None,
        year: None,
        policies: Vec::new(),
        waivers: Vec::new(),
        contingencies: Vec::new(),
    }
}

/// Everything the model has but networks, at random: every split and need, soft requirements,
/// shared hubs, zero capacity, demand and weight, factor 0, domains, and cycles if asked for.
pub fn random(seed: u64, nodes: usize, cycles: bool) -> System {
    let mut dice = Dice(seed);
    let mut b = Builder::default();
    let services = 1 + dice.below(3.min(nodes / 2));
    let components = nodes - services;
    for i in 0..components {
        let capacity = match dice.below(12) {
            0..4 => None,
            4 => Some(0.0),
            _ => Some(f64::from(u32::try_from(dice.below(40)).unwrap()) * 5.0),
        };
        b.component(
            &format!("c{:02}", (i * 7919) % 97 + 100 * (i / 97)),
            capacity,
        );
    }
    for i in 0..services {
        let demand = if dice.chance(0.1) {
            0.0
        } else {
            f64::from(10 * (1 + i as u32))
        };
        b.service(&format!("s{i}"), demand);
    }
    for v in 1..nodes {
        let reach = v.min(components);
        if v < components && dice.chance(0.25) {
            let domain = dice.below(reach.min(4));
            b.within(v as u32, domain as u32);
        }
        for _ in 0..dice.below(3) + usize::from(v >= components) {
            random_group(&mut b, &mut dice, v, reach, components, cycles);
        }
    }
    b.build()
}

fn random_group(
    b: &mut Builder,
    dice: &mut Dice,
    v: usize,
    reach: usize,
    components: usize,
    cycles: bool,
) {
    let mut providers: Vec<(u32, f64, Option<f64>)> = Vec::new();
    for _ in 0..=dice.below(4) {
        let up = cycles && v < components && dice.chance(0.12);
        let hub = dice.chance(0.3);
        let p = if up {
            dice.below(components)
        } else if hub {
            dice.below(reach.min(3))
        } else {
            dice.below(reach)
        };
        let p = u32::try_from(p).unwrap();
        if providers.iter().all(|q| q.0 != p) && (cycles || p as usize != v) {
            let factor = *dice.pick(&[1.0, 1.0, 1.0, 0.5, 2.0, 0.0, 0.1]);
            let weight = *dice.pick(&[None, None, None, Some(1.0), Some(3.0), Some(0.0)]);
            providers.push((p, factor, weight));
        }
    }
    if providers.is_empty() {
        return;
    }
    let need = match dice.below(4) {
        0 => Need::All,
        _ => Need::AtLeast(u32::try_from(dice.below(providers.len() + 1)).unwrap()),
    };
    let split = *dice.pick(&[Split::Share, Split::Share, Split::Standby, Split::Copy]);
    b.group(u32::try_from(v).unwrap(), need, split, &providers);
}

/// A small meshed network with ways that are equally long, and flows over it that applications load: links
/// that carry more one way than the other, share ducts, need something or send on what they carry; routers
/// in racks; demands that move from flow to flow when an application fails.
pub fn networked(seed: u64) -> System {
    let mut dice = Dice(seed);
    let mut b = Builder::default();
    let some = |dice: &mut Dice, b: &mut Builder, id: &str, p: f64, most: &[f64]| {
        let capacity = dice.chance(p).then(|| *dice.pick(most));
        b.component(id, capacity)
    };
    let racks = [0, 1].map(|i| some(&mut dice, &mut b, &format!("rack-{i}"), 0.0, &[1.0]));
    let gear = [0, 1].map(|i| {
        some(
            &mut dice,
            &mut b,
            &format!("gear-{i}"),
            0.8,
            &[15.0, 30.0, 90.0],
        )
    });
    let mut routers = Vec::new();
    for i in 0..4 + dice.below(3) {
        let router = some(
            &mut dice,
            &mut b,
            &format!("router-{i}"),
            0.3,
            &[40.0, 80.0, 120.0],
        );
        let node = &mut b.draft.nodes[router as usize].node;
        node.kind = "router".into();
        node.transit = dice.chance(0.1).then_some(false);
        if dice.chance(0.3) {
            b.within(router, *dice.pick(&racks));
        }
        if dice.chance(0.1) {
            let load = *dice.pick(&[0.0, 0.5]);
            b.group(
                router,
                Need::All,
                Split::Share,
                &[(*dice.pick(&gear), load, None)],
            );
        }
        routers.push(router);
    }
    for i in 0..routers.len() + dice.below(4) {
        let from = i % routers.len();
        let to = if i < routers.len() {
            from + 1
        } else {
            from + 2 + dice.below(2)
        };
        networked_link(
            &mut b,
            &mut dice,
            i,
            [routers[from], routers[to % routers.len()]],
            &gear,
        );
    }
    let flows: Vec<u32> = (0..3 + dice.below(4))
        .map(|i| {
            let [from, to] = [(); 2].map(|()| NodeId(*dice.pick(&routers)));
            let flow = b.node(&format!("flow-{i}"), Role::Flow(Flow { from, to }), None);
            if dice.chance(0.1) {
                b.group(
                    flow,
                    Need::All,
                    Split::Share,
                    &[(*dice.pick(&gear), 0.0, None)],
                );
            }
            flow
        })
        .collect();
    let apps: Vec<u32> = (0..2 + dice.below(4))
        .map(|i| {
            let app = some(&mut dice, &mut b, &format!("app-{i}"), 0.3, &[30.0, 60.0]);
            networked_group(&mut b, &mut dice, app, &flows, 2);
            app
        })
        .collect();
    for i in 0..=dice.below(3) {
        let service = b.service(&format!("service-{i}"), 10.0 * (1.0 + dice.below(4) as f64));
        networked_group(&mut b, &mut dice, service, &apps, 3);
        if dice.chance(0.4) {
            networked_group(&mut b, &mut dice, service, &flows, 2);
        }
        if dice.chance(0.3) {
            b.all(service, *dice.pick(&routers));
        }
        if dice.chance(0.3) {
            b.all(service, *dice.pick(&gear));
        }
    }
    if dice.chance(0.25) {
        let nodes = b.draft.nodes.iter_mut().map(|d| &mut d.node);
        for node in nodes.filter(|node| node.capacity.is_some()) {
            node.trips_at = dice.chance(0.4).then(|| *dice.pick(&[0.9, 1.0, 1.3]));
        }
    }
    b.build()
}

fn networked_link(b: &mut Builder, dice: &mut Dice, i: usize, ends: [u32; 2], gear: &[u32]) {
    let capacities = [10.0, 20.0, 35.0, 60.0, 100.0];
    let capacity = dice.chance(0.7).then(|| *dice.pick(&capacities));
    let link = Link {
        a: NodeId(ends[0]),
        b: NodeId(ends[1]),
        metric: *dice.pick(&[1.0, 1.0, 2.0, 3.0]),
        metric_back: *dice.pick(&[1.0, 1.0, 2.0]),
        capacity_back: (capacity.is_some() && dice.chance(0.3)).then(|| *dice.pick(&capacities)),
    };
    let link = b.node(&format!("link-{i}"), Role::Link(link), capacity);
    if dice.chance(0.2) {
        let load = *dice.pick(&[0.0, 0.0, 0.5, 1.0]);
        b.group(
            link,
            Need::All,
            Split::Share,
            &[(*dice.pick(gear), load, None)],
        );
    }
}

/// A group of one to `most` of these.
fn networked_group(b: &mut Builder, dice: &mut Dice, consumer: u32, all: &[u32], most: usize) {
    let mut providers: Vec<(u32, f64, Option<f64>)> = Vec::new();
    for _ in 0..=dice.below(most) {
        let p = *dice.pick(all);
        if providers.iter().all(|q| q.0 != p) {
            providers.push((p, *dice.pick(&[1.0, 1.0, 1.0, 0.5, 2.0, 0.0]), None));
        }
    }
    let need = match dice.below(3) {
        0 => Need::All,
        _ => Need::AtLeast(1),
    };
    let split = *dice.pick(&[Split::Share, Split::Share, Split::Standby, Split::Copy]);
    b.group(consumer, need, split, &providers);
}

/// Sites, feeds, racks, hosts, VMs, pools behind load balancers, shared platform services and
/// core switches that all load crosses: `pools` services of three to five VMs each.
pub fn enterprise(seed: u64, pools: usize) -> System {
    let mut dice = Dice(seed);
    let mut b = Builder::default();
    let cores: Vec<u32> = (0..2)
        .map(|i| b.component(&format!("core-{i}"), Some(1.0)))
        .collect();
    let feeds: Vec<u32> = (0..2)
        .map(|i| b.component(&format!("feed-{i}"), None))
        .collect();
    let racks: Vec<u32> = (0..2 + pools / 3)
        .map(|i| {
            let rack = b.component(&format!("rack-{i:03}"), None);
            b.within(rack, feeds[i % 2]);
            rack
        })
        .collect();
    let hosts: Vec<u32> = racks
        .iter()
        .enumerate()
        .map(|(i, &rack)| {
            let host = b.component(&format!("host-{i:03}"), Some(1.0));
            b.within(host, rack);
            b.group(host, Need::AtLeast(1), Split::Share, &each(&cores, 1.0));
            host
        })
        .collect();
    let names: Vec<u32> = (0..3)
        .map(|i| {
            let dns = b.component(&format!("dns-{i}"), Some(1.0));
            b.all(dns, hosts[i % hosts.len()]);
            dns
        })
        .collect();
    let storage = b.component("storage", Some(1.0));
    let disks: Vec<u32> = (0..2)
        .map(|i| b.component(&format!("disk-{i}"), Some(1.0)))
        .collect();
    b.group(storage, Need::AtLeast(1), Split::Copy, &each(&disks, 1.0));
    let mut total = 0.0;
    for i in 0..pools {
        let demand = f64::from(u32::try_from(10 * (1 + dice.below(9))).unwrap());
        total += demand;
        let size = 3 + dice.below(3);
        let rate = demand / (size as f64 * (0.5 + 0.45 * dice.unit()));
        let vms: Vec<u32> = (0..size)
            .map(|j| {
                let vm = b.component(&format!("vm-{i:03}-{j}"), Some(rate));
                b.all(vm, hosts[dice.below(hosts.len())]);
                b.group(vm, Need::AtLeast(1), Split::Share, &each(&names, 0.01));
                if dice.chance(0.4) {
                    b.group(vm, Need::All, Split::Share, &[(storage, 0.3, None)]);
                }
                vm
            })
            .collect();
        let balancers: Vec<u32> = (0..2)
            .map(|j| {
                let lb = b.component(&format!("lb-{i:03}-{j}"), Some(demand * 1.2));
                b.group(lb, Need::AtLeast(1), Split::Share, &each(&vms, 1.0));
                lb
            })
            .collect();
        let service = b.service(&format!("service-{i:03}"), demand);
        b.group(
            service,
            Need::AtLeast(1),
            Split::Standby,
            &each(&balancers, 1.0),
        );
    }
    size_shared(&mut b, &mut dice, total);
    b.build()
}

/// Capacities of what everyone shares: some tight, some ample.
fn size_shared(b: &mut Builder, dice: &mut Dice, total: f64) {
    let hosts = b
        .draft
        .nodes
        .iter()
        .filter(|d| d.node.id.starts_with("host"))
        .count() as f64;
    for d in &mut b.draft.nodes {
        let kind = d.node.id.split('-').next().unwrap_or_default();
        let fair = match kind {
            "core" => total / 2.0,
            "host" => total / hosts,
            "dns" => total * 0.01 / 3.0,
            "storage" | "disk" => total * 0.3 * 0.4,
            _ => continue,
        };
        d.node.capacity = Some(fair * (1.05 + 1.3 * dice.unit()));
    }
}

fn each(providers: &[u32], load: f64) -> Vec<(u32, f64, Option<f64>)> {
    providers.iter().map(|&p| (p, load, None)).collect()
}
