//! Estates of several kinds, none of them the shape that `generate` writes, to measure on.
//!
//! In: a family, a size, a seed. Out: a draft in which what is shared runs at 30 to 80 % of its capacity, so
//! that one failure seldom overloads and two may. The same three give the same draft.

use brownout::engine::{Base, Ix};
use brownout::model::{
    Draft, DraftNode, DraftProvider, DraftRequirement, Flow, LoadCase, Need, Node, NodeId,
    PlacementSpec, Reliability, Role, Scenario, Service, Split, SweepSpec, System,
};

/// The families.
pub const FAMILIES: [&str; 5] = ["layers", "hubs", "storage", "cycles", "network"];

/// A synthetic estate of about so many components.
pub fn draft(family: &str, components: u32, seed: u64) -> Draft {
    let mut draft = match family {
        "layers" => layers(components, seed),
        "hubs" => hubs(components, seed),
        "storage" => storage(components, seed),
        "cycles" => cycles(components, seed),
        "network" => network(components, seed),
        _ => panic!("no family of that name"),
    };
    draft.size();
    draft.all
}

/// Seconds of the processor that some work takes, added up over threads, and what comes of it.
pub fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = processor();
    let answer = work();
    (processor() - start, answer)
}

/// Seconds of the processor that this process has used, where the system tells.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok());
    // After the name: state is the first, time in user and system mode the 12th and 13th.
    ticks(12)
        .zip(ticks(13))
        .map_or(f64::NAN, |(user, system)| (user + system) / 100.0)
}

/// Every load case and element of a system, and nothing else.
pub fn scenario(system: &System, cases: u32) -> Scenario {
    let demand = |s: &NodeId| system.node(*s).as_service().map_or(0.0, |s| s.demand);
    let case = |i: u32| LoadCase {
        name: format!("case-{i}"),
        demand: system
            .services()
            .iter()
            .map(|s| demand(s) * (1.0 - 0.05 * f64::from(i)))
            .collect(),
        peak: false,
    };
    Scenario {
        placement: PlacementSpec::default(),
        name: "bench".to_owned(),
        down: Vec::new(),
        derate: Vec::new(),
        headroom: None,
        cases: (0..cases).map(case).collect(),
        sweep: SweepSpec {
            order: 1,
            elements: system.elements(),
        },
        simulate: None,
        year: None,
        policies: Vec::new(),
        waivers: Vec::new(),
        contingencies: Vec::new(),
    }
}

/// The same system in which every tenth component that has a capacity trips at 1.2 times of it.
#[allow(dead_code, reason = "not every benchmark asks for it")]
pub fn tripping(system: &System) -> System {
    let mut draft = system.draft();
    let nodes = draft.nodes.iter_mut().map(|d| &mut d.node);
    let limited = nodes.filter(|node| node.capacity.is_some() && node.can_fail());
    let mut limited: Vec<_> = limited.collect();
    let tenth = system.nodes().iter().filter(|n| n.can_fail()).count() / 10;
    let step = (limited.len() / tenth.max(1)).max(1);
    for node in limited.iter_mut().step_by(step) {
        node.trips_at = Some(1.2);
    }
    System::new(draft).expect("the same estate")
}

/// Services in layers: each application needs some pools of the layer below, to the bottom.
fn layers(components: u32, seed: u64) -> Builder {
    let mut new = Builder::new(seed);
    let width = (components / 8).max(4);
    let mut below: Vec<u32> = (0..width).map(|i| new.part("server", i)).collect();
    for layer in 1..8 {
        let here: Vec<u32> = (0..width)
            .map(|i| new.part(&format!("app{layer}"), i))
            .collect();
        for (i, &v) in here.iter().enumerate() {
            // What a layer needs is near it, and sometimes anywhere.
            let near = new.near(&below, i, 12);
            let of = 2 + new.below(3);
            let members: Vec<u32> = (0..of).map(|_| new.one_of(&near)).collect();
            new.group(v, &members, Need::AtLeast(1), Split::Share, 0.8);
            if new.below(3) == 0 {
                let any = new.one_of(&below);
                new.group(v, &[any], Need::All, Split::Share, 0.2);
            }
        }
        below = here;
    }
    for i in 0..(width / 2).max(1) {
        let near = new.near(&below, 2 * i as usize, 6);
        let members: Vec<u32> = (0..3).map(|_| new.one_of(&near)).collect();
        let s = new.service(i);
        new.group(s, &members, Need::AtLeast(1), Split::Share, 1.0);
    }
    new
}

/// Many small pools on a few things that all of them load: switches, identity, names, power.
fn hubs(components: u32, seed: u64) -> Builder {
    let mut new = Builder::new(seed);
    let feeds: Vec<u32> = (0..8).map(|i| new.part("feed", i)).collect();
    let cores: Vec<u32> = (0..6).map(|i| new.part("core", i)).collect();
    let names: Vec<u32> = (0..4).map(|i| new.part("dns", i)).collect();
    let racks = (components / 40).max(4);
    let mut hosts = Vec::new();
    for r in 0..racks {
        let rack = new.part("rack", r);
        let power = [new.one_of(&feeds), new.one_of(&feeds)];
        new.group(rack, &power, Need::AtLeast(1), Split::Share, 0.0);
        let tor = new.part("tor", r);
        new.all.nodes[tor as usize].within = vec![rack];
        new.group(tor, &cores, Need::AtLeast(3), Split::Share, 1.0);
        for h in 0..12 {
            let host = new.part("host", r * 12 + h);
            new.all.nodes[host as usize].within = vec![rack];
            new.group(host, &[tor], Need::All, Split::Share, 0.1);
            hosts.push(host);
        }
    }
    let machines = components.saturating_sub(new.len());
    let mut pools = Vec::new();
    let mut left = machines;
    while left > 0 {
        let of = (2 + new.below(6)).min(left);
        let pool: Vec<u32> = (0..of)
            .map(|_| {
                let number = new.count("vm");
                let vm = new.part("vm", number);
                let host = new.one_of(&hosts);
                new.all.nodes[vm as usize].within = vec![host];
                new.group(vm, &[host], Need::All, Split::Share, 1.0);
                vm
            })
            .collect();
        left -= of;
        pools.push(pool);
    }
    for (i, pool) in (0..).zip(&pools) {
        let s = new.service(i);
        new.group(s, pool, Need::AtLeast(1), Split::Share, 1.0);
        new.group(s, &names, Need::AtLeast(1), Split::Share, 0.05);
        if i % 3 == 0 && i > 0 {
            let other = new.below(i) as usize;
            let provider = pools[other][0];
            new.group(s, &[provider], Need::AtLeast(0), Split::Share, 0.1);
        }
    }
    new
}

/// Databases on storage: active and standby, copies of which some must write, shards.
fn storage(components: u32, seed: u64) -> Builder {
    let mut new = Builder::new(seed);
    let arrays = (components / 20).max(6);
    let mut array = Vec::new();
    for i in 0..arrays {
        let a = new.part("array", i);
        let pair: Vec<u32> = (0..2).map(|k| new.part("controller", 2 * i + k)).collect();
        new.group(a, &pair, Need::AtLeast(1), Split::Share, 1.0);
        array.push(a);
    }
    let databases = (components / 6).max(6);
    let mut database = Vec::new();
    for i in 0..databases {
        let near = new.near(&array, i as usize * array.len() / databases as usize, 6);
        let members: Vec<u32> = (0..3)
            .map(|k| {
                let d = new.part("db", 3 * i + k);
                let on = new.one_of(&near);
                new.group(d, &[on], Need::All, Split::Share, 1.0);
                d
            })
            .collect();
        let c = new.part("dbc", i);
        new.all.nodes[c as usize].node.logical = Some(true);
        let (need, split) = match i % 4 {
            0 => (1, Split::Standby),
            1 => (2, Split::Copy),
            2 => (1, Split::Shard),
            _ => (2, Split::Standby),
        };
        new.group(c, &members, Need::AtLeast(need), split, 1.0);
        database.push(c);
    }
    let apps = components.saturating_sub(new.len()).max(4);
    let app: Vec<u32> = (0..apps).map(|i| new.part("app", i)).collect();
    for (i, &a) in app.iter().enumerate() {
        let near = new.near(&database, i * database.len() / app.len(), 8);
        let d = new.one_of(&near);
        new.group(a, &[d], Need::All, Split::Share, 0.5);
    }
    for i in 0..apps / 3 {
        let pool: Vec<u32> = (0..3).map(|k| app[(3 * i + k) as usize]).collect();
        let s = new.service(i);
        new.group(s, &pool, Need::AtLeast(2), Split::Share, 1.0);
    }
    new
}

/// Services that call each other in rounds, as traced call graphs do.
fn cycles(components: u32, seed: u64) -> Builder {
    let mut new = Builder::new(seed);
    let blocks = (components / 16).max(2);
    let mut entry = Vec::new();
    let hosts: Vec<u32> = (0..blocks * 6).map(|i| new.part("host", i)).collect();
    for b in 0..blocks {
        let apps: Vec<u32> = (0..10).map(|k| new.part("svc", 10 * b + k)).collect();
        for (k, &a) in apps.iter().enumerate() {
            let near = new.near(&hosts, 6 * b as usize, 12);
            let pair = [new.one_of(&near), new.one_of(&near)];
            new.group(a, &pair, Need::AtLeast(1), Split::Share, 1.0);
            // A chain, and back to it from its end: a block of mutual need.
            let next = apps[(k + 1) % apps.len()];
            let load = if k + 1 == apps.len() { 0.3 } else { 0.8 };
            new.group(a, &[next], Need::AtLeast(0), Split::Share, load);
        }
        entry.push(apps[0]);
    }
    for (i, &e) in (0u32..).zip(&entry) {
        let s = new.service(i);
        let other = new.one_of(&entry);
        new.group(s, &[e], Need::All, Split::Share, 1.0);
        new.group(s, &[other], Need::AtLeast(0), Split::Share, 0.2);
    }
    new
}

/// Pools behind a meshed network, reached by flows from a few places.
fn network(components: u32, seed: u64) -> Builder {
    let mut new = Builder::new(seed);
    let routers = (components / 20).clamp(8, 400);
    let router: Vec<u32> = (0..routers).map(|i| new.part("router", i)).collect();
    for i in 0..routers {
        new.link(router[i as usize], router[((i + 1) % routers) as usize]);
        for _ in 0..2 {
            let other = new.one_of(&router);
            if other != router[i as usize] {
                new.link(router[i as usize], other);
            }
        }
    }
    let gates: Vec<u32> = (0..4).map(|i| router[(i * routers / 4) as usize]).collect();
    let pools = (components / 6).max(4);
    for i in 0..pools {
        let at = new.one_of(&router);
        let pool: Vec<u32> = (0..4)
            .map(|k| {
                let s = new.part("server", 4 * i + k);
                new.group(s, &[at], Need::All, Split::Share, 0.0);
                s
            })
            .collect();
        let from = new.one_of(&gates);
        let flow = new.flow(i, from, at);
        let s = new.service(i);
        new.group(s, &[flow], Need::All, Split::Share, 1.0);
        new.group(s, &pool, Need::AtLeast(1), Split::Share, 1.0);
    }
    new
}

/// A draft under construction.
struct Builder {
    all: Draft,
    seed: u64,
    counts: std::collections::HashMap<String, u32>,
}

impl Builder {
    fn new(seed: u64) -> Self {
        Self {
            all: Draft::default(),
            seed,
            counts: std::collections::HashMap::new(),
        }
    }

    /// A stream of numbers that is the same on every platform.
    fn next(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.next() % u64::from(n.max(1))).unwrap_or(0)
    }

    fn one_of(&mut self, all: &[u32]) -> u32 {
        let at = self.below(u32::try_from(all.len()).unwrap_or(1));
        all[at as usize]
    }

    /// So many of `all` around a position.
    fn near(&self, all: &[u32], at: usize, so_many: usize) -> Vec<u32> {
        let first = at.saturating_sub(so_many / 2).min(all.len() - 1);
        all[first..(first + so_many).min(all.len())].to_vec()
    }

    fn len(&self) -> u32 {
        u32::try_from(self.all.nodes.len()).unwrap_or(u32::MAX)
    }

    fn count(&mut self, kind: &str) -> u32 {
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn push(&mut self, kind: &str, id: String, role: Role) -> u32 {
        let can_fail = matches!(role, Role::Component | Role::Link(_));
        self.all.nodes.push(DraftNode {
            node: Node {
                reliability: can_fail.then_some(Reliability::Unavailability(1e-4)),
                ..Node::new(id, kind, role)
            },
            within: Vec::new(),
        });
        self.len() - 1
    }

    fn part(&mut self, kind: &str, number: u32) -> u32 {
        self.push(kind, format!("{kind}-{number}"), Role::Component)
    }

    fn service(&mut self, number: u32) -> u32 {
        let demand = f64::from(20 + self.below(1_000));
        let role = Role::Service(Service {
            tier: None,
            demand,
            slo: None,
        });
        self.push("service", format!("service-{number}"), role)
    }

    fn link(&mut self, a: u32, b: u32) {
        let number = self.count("link");
        let role = Role::Link(brownout::model::Link {
            a: NodeId(a),
            b: NodeId(b),
            metric: 1.0,
            metric_back: 1.0,
            capacity_back: None,
        });
        self.push("link", format!("link-{number}"), role);
    }

    fn flow(&mut self, number: u32, from: u32, to: u32) -> u32 {
        let role = Role::Flow(Flow {
            from: NodeId(from),
            to: NodeId(to),
        });
        self.push("flow", format!("flow-{number}"), role)
    }

    fn group(&mut self, consumer: u32, providers: &[u32], need: Need, split: Split, load: f64) {
        let mut all = providers.to_vec();
        all.sort_unstable();
        all.dedup();
        let need = match need {
            Need::AtLeast(k) => Need::AtLeast(k.min(u32::try_from(all.len()).unwrap_or(1))),
            Need::All => Need::All,
        };
        let number = self.all.requirements.len();
        let provider = |&node: &u32| DraftProvider {
            node,
            load,
            load_given: true,
            constant: 0.0,
            weight: None,
        };
        self.all.requirements.push(DraftRequirement {
            consumer,
            group: Some(format!("g{number}").into()),
            need,
            split,
            providers: all.iter().map(provider).collect(),
            line: 0,
        });
    }

    /// Gives everything that is loaded a capacity, by what it carries with nothing out.
    fn size(&mut self) {
        let system = System::new(self.all.clone()).expect("a valid estate");
        let scenario = scenario(&system, 1);
        let study = brownout::analysis::Study::new(&system, &scenario);
        let demand: Vec<[f64; 1]> = scenario.cases[0].demand.iter().map(|&d| [d]).collect();
        let base: Base<'_, 1> = study.base(&[], &demand);
        let sys = study.compiled();
        let load: std::collections::HashMap<&str, f64> = (0..)
            .zip(system.nodes())
            .map(|(i, node)| {
                let at: Ix = sys.ix(NodeId(i));
                (&*node.id, base.load(at)[0])
            })
            .collect();
        for i in 0..self.all.nodes.len() {
            let used = 0.3 + 0.5 * f64::from(self.below(1_000)) / 1_000.0;
            let node = &mut self.all.nodes[i].node;
            if matches!(node.role, Role::Component | Role::Link(_)) {
                let carried = load[&*node.id];
                node.capacity = (carried > 0.0).then(|| carried / used);
            }
        }
    }
}
