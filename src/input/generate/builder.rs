//! What the parts of the enterprise are made with: nodes, requirements, pools of equal capacity.

use crate::input::parts::is_given;
use crate::model::{
    Draft, DraftNode, DraftProvider, DraftRequirement, Flow, Labels, Link, Need, Node, NodeId,
    Reliability, Role, Service, Split,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::collections::HashMap;

/// Mbit for one request.
pub(super) const MBIT: f64 = 0.08;

/// Components that are sized alike: for the most loaded of them, at a utilization drawn from the
/// range.
pub(super) struct Pool {
    pub members: Vec<u32>,
    pub utilization: (f64, f64),
}

/// A draft under construction.
pub(super) struct Builder {
    pub nodes: Vec<DraftNode>,
    pub requirements: Vec<DraftRequirement>,
    pub pools: Vec<Pool>,
    sites: Vec<Option<Box<str>>>,
    random: Xoshiro256PlusPlus,
    /// Components that may still be added.
    pub left: u32,
    /// Whether the network is one of links.
    pub network: bool,
    /// Links by their ends.
    links: HashMap<(u32, u32), u32>,
    /// What each flow passes, with the fraction of its load there.
    pub passed: Vec<(u32, Vec<(u32, f64)>)>,
}

impl Builder {
    pub fn new(components: u32, seed: u64, network: bool) -> Self {
        Self {
            nodes: Vec::new(),
            requirements: Vec::new(),
            pools: Vec::new(),
            sites: Vec::new(),
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            left: components,
            network,
            links: HashMap::new(),
            passed: Vec::new(),
        }
    }

    /// A component; `site` is its label.
    pub fn component(&mut self, kind: &str, id: String, site: Option<&str>, within: &[u32]) -> u32 {
        self.left = self.left.saturating_sub(1);
        let unit = match kind {
            "virtual-machine" | "host" | "server" | "storage-controller" | "load-balancer" => {
                Some("req/s")
            }
            "switch" | "router" | "internet" => Some("Mbit/s"),
            _ => None,
        };
        let node = Node {
            unit: unit.map(Into::into),
            reliability: Some(reliability(kind)),
            ..Node::new(id, kind, Role::Component)
        };
        self.push(node, site, within)
    }

    /// A service with a demand in requests/s.
    pub fn service(&mut self, id: String, name: String, tier: u32, demand: f64) -> u32 {
        let node = Node {
            name: Some(name.into()),
            unit: Some("req/s".into()),
            ..Node::new(
                id,
                "service",
                Role::Service(Service {
                    tier: Some(tier),
                    demand,
                    slo: None,
                }),
            )
        };
        self.push(node, None, &[])
    }

    fn push(&mut self, node: Node, site: Option<&str>, within: &[u32]) -> u32 {
        self.nodes.push(DraftNode {
            node,
            within: within.to_vec(),
        });
        self.sites.push(site.map(Into::into));
        index(self.nodes.len() - 1)
    }

    /// `consumer` needs every one of `providers`, each by a requirement of its own.
    pub fn all(&mut self, consumer: u32, providers: &[u32], load: f64) {
        for &provider in providers {
            self.group(consumer, None, Need::All, Split::Share, &[provider], load);
        }
    }

    /// `consumer` needs one of `providers`, which share its load.
    pub fn any(&mut self, consumer: u32, group: &str, providers: &[u32], load: f64) {
        self.group(
            consumer,
            Some(group),
            Need::AtLeast(1),
            Split::Share,
            providers,
            load,
        );
    }

    /// Adds a requirement of `consumer` on a group of providers, each with the same load factor.
    pub fn group(
        &mut self,
        consumer: u32,
        group: Option<&str>,
        need: Need,
        split: Split,
        providers: &[u32],
        load: f64,
    ) {
        let provider = |&node: &u32| DraftProvider {
            node,
            load,
            load_given: is_given(load),
            constant: 0.0,
            weight: None,
        };
        self.requirements.push(DraftRequirement {
            consumer,
            group: group.map(Into::into),
            need,
            split,
            providers: providers.iter().map(provider).collect(),
            line: 0,
        });
    }

    /// The providers of the last requirement share evenly whatever their capacities.
    pub fn weigh_evenly(&mut self) {
        if let Some(r) = self.requirements.last_mut() {
            for p in &mut r.providers {
                p.weight = Some(1.0);
            }
        }
    }

    /// `lower` hangs on `upper`: by links, or by a requirement that they share.
    pub fn uplink(&mut self, lower: u32, upper: &[u32]) {
        if !self.network {
            return self.any(lower, "uplink", upper, 1.0);
        }
        let links: Vec<u32> = upper.iter().map(|&up| self.link(lower, up)).collect();
        self.pool(links, 0.3, 0.7);
    }

    fn link(&mut self, a: u32, b: u32) -> u32 {
        let id = |v: u32| &*self.nodes[v as usize].node.id;
        let node = Node {
            unit: Some("Mbit/s".into()),
            reliability: Some(reliability("link")),
            ..Node::new(
                format!("{}--{}", id(a), id(b)),
                "link",
                Role::Link(Link::between(NodeId(a), NodeId(b))),
            )
        };
        let link = self.push(node, None, &[]);
        self.links.insert((a, b), link);
        link
    }

    /// A flow from the last layer of a route to its first, or the other way.
    pub fn flow(&mut self, id: String, route: &[Vec<u32>], down: bool) -> u32 {
        let ends = [route.first(), route.last()].map(|layer| layer.map_or(0, |l| l[0]));
        let [from, to] = if down { [ends[1], ends[0]] } else { ends };
        let node = Node::new(
            id,
            "flow",
            Role::Flow(Flow {
                from: NodeId(from),
                to: NodeId(to),
            }),
        );
        let flow = self.push(node, None, &[]);
        let mut passed = Vec::new();
        for layer in route {
            passed.extend(layer.iter().map(|&v| (v, even(layer.len()))));
        }
        for pair in route.windows(2) {
            let part = even(pair[0].len() * pair[1].len());
            for &a in &pair[0] {
                let links = pair[1].iter().filter_map(|&b| self.links.get(&(a, b)));
                passed.extend(links.map(|&link| (link, part)));
            }
        }
        self.passed.push((flow, passed));
        flow
    }

    /// Sizes `members` alike.
    pub fn pool(&mut self, members: Vec<u32>, low: f64, high: f64) {
        self.pools.push(Pool {
            members,
            utilization: (low, high),
        });
    }

    /// A number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        // The upper 53 bits: all that a double holds.
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
        let bits = (self.random.next_u64() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// A number in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in low..=high; the bias is below 2⁻³².
    pub fn whole(&mut self, low: u32, high: u32) -> u32 {
        let wide = (self.random.next_u64() >> 32) * (u64::from(high - low) + 1);
        low + u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// The draft, without capacities.
    pub fn finish(self) -> Draft {
        Draft {
            name: "Synthetic enterprise".to_owned(),
            nodes: self.nodes,
            requirements: self.requirements,
            labels: Labels {
                columns: vec!["site".into()],
                values: vec![self.sites],
            },
            common_cause: Vec::new(),
            resources: Vec::new(),
            placements: Vec::new(),
        }
    }
}

/// Plausible figures by kind, hours.
fn reliability(kind: &str) -> Reliability {
    let (mtbf_hours, mttr_hours) = match kind {
        "site" => (400_000.0, 24.0),
        "power-feed" => (20_000.0, 4.0),
        "rack" => (300_000.0, 8.0),
        "router" | "switch" => (150_000.0, 6.0),
        "link" => (60_000.0, 6.0),
        "internet" => (1_000_000.0, 1.0),
        "storage" | "storage-controller" => (120_000.0, 8.0),
        "load-balancer" => (80_000.0, 4.0),
        "host" | "server" => (26_000.0, 12.0),
        _ => (9_000.0, 0.5),
    };
    Reliability::Rates {
        mtbf_hours,
        mttr_hours,
    }
}

/// One n-th.
pub(super) fn even(n: usize) -> f64 {
    1.0 / f64::from(index(n))
}

/// An index of a node: there are at most 2³² components and as many services.
pub(super) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
