//! An inventory in brief, with names on.

use super::Naming;
use crate::model::{
    Need, Node, NodeId, Placement, Provider, Reliability, Requirement, Role, Serves, Split, hex,
};
use crate::report::document::{Estate, EstateNode};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Nodes that are listed; it bounds what a result carries of its inventory.
const LISTED: usize = 50_000;

impl Naming<'_> {
    /// The inventory in brief, read from `folder`.
    #[must_use]
    pub fn estate(self, folder: &Path) -> Estate {
        let nodes = self.system.nodes().len();
        let listed = self.system.iter().take(LISTED);
        Estate {
            name: self.system.name().to_owned(),
            folder: folder.to_string_lossy().replace('\\', "/"),
            nodes: nodes as u64,
            covered: Vec::new(),
            listed: listed.map(|(v, node)| self.estate_node(v, node)).collect(),
            reason: (nodes > LISTED).then(|| format!("only the first {LISTED} by id are listed")),
        }
    }

    fn estate_node(self, v: NodeId, node: &Node) -> EstateNode {
        EstateNode {
            id: node.id.to_string(),
            kind: node.kind.to_string(),
            file: file(&node.role).to_owned(),
            line: Some(node.line).filter(|&line| line > 0),
            capacity: node.capacity,
            demand: node.as_service().map(|s| s.demand),
            trips_at: node.trips_at,
            serves: (node.serves != Serves::Fair).then(|| node.serves.word().to_owned()),
            logical: node.is_logical(),
            unit: node.unit.as_deref().map(str::to_owned),
            unavailability: node.reliability.map(Reliability::unavailability),
            slo: node.as_service().and_then(|s| s.slo),
            cost: node.expansion.cost,
            cost_per_unit: node.expansion.cost_per_unit,
            max_capacity: node.expansion.max_capacity,
            needs: self.fingerprint(v, node),
        }
    }

    /// Sixteen digits that differ when what a node needs differs.
    fn fingerprint(self, v: NodeId, node: &Node) -> Option<String> {
        let mut all = Words(Sha256::new(), 0);
        for &domain in &node.within {
            all.words(&["within", self.system.id(domain)]);
        }
        if let Some(transit) = node.transit {
            all.words(&["transit", if transit { "yes" } else { "no" }]);
        }
        match node.role {
            Role::Link(l) => {
                all.words(&["ends", self.system.id(l.a), self.system.id(l.b)]);
                all.number(l.metric);
                all.number(l.metric_back);
                if let Some(back) = l.capacity_back {
                    all.words(&["capacity back"]);
                    all.number(back);
                }
            }
            Role::Flow(f) => all.words(&["flow", self.system.id(f.from), self.system.id(f.to)]),
            // Who comes first matters where some node asks for it.
            Role::Service(s) if self.system.has_priority() => {
                all.words(&["tier"]);
                all.number(s.tier.map_or(f64::INFINITY, f64::from));
            }
            Role::Component | Role::Service(_) => {}
        }
        for r in self.system.requirements_of(v) {
            self.add_requirement(r, &mut all);
        }
        if let Some(p) = self.system.placements().of(v) {
            self.add_placement(p, &mut all);
        }
        (all.1 > 0).then(|| hex(&all.0.finalize()[..8]))
    }

    fn add_placement(self, p: &Placement, all: &mut Words) {
        all.words(&["placement"]);
        for &host in p.hosts.iter().chain(&p.host) {
            all.words(&["host", self.system.id(host)]);
        }
        all.number(p.priority.map_or(f64::INFINITY, f64::from));
        if let Some(apart) = &p.apart {
            all.words(&["apart", &apart.word, apart.by.as_deref().unwrap_or("")]);
        }
        for (resource, amount) in self.system.placements().resources.iter().zip(&p.amounts) {
            all.words(&[&resource.column()]);
            all.number(amount.unwrap_or(-1.0));
        }
    }

    fn add_requirement(self, r: &Requirement, all: &mut Words) {
        let split = match (r.need, r.split) {
            (Need::All, _) => "all",
            (_, Split::Share) => "share",
            (_, Split::Standby) => "standby",
            (_, Split::Copy) => "copy",
            (_, Split::Shard) => "shard",
        };
        all.words(&["requirement", r.group.as_deref().unwrap_or(""), split]);
        all.number(f64::from(r.need_count()));
        // A weight that is only the capacity changes with it: that is a change of the provider.
        let capacity = |p: &Provider| self.system.node(p.node).capacity == Some(p.weight);
        let by_capacity = r.providers.iter().all(capacity);
        for p in &r.providers {
            all.words(&["provider", self.system.id(p.node)]);
            all.number(p.load);
            all.number(if by_capacity { -1.0 } else { p.weight });
            if p.constant > 0.0 {
                all.words(&["constant"]);
                all.number(p.constant);
            }
        }
    }
}

/// What is hashed, and how many pieces of it there were. Each piece carries its length, so that no
/// two lists of pieces look the same.
struct Words(Sha256, u64);

impl Words {
    fn words(&mut self, words: &[&str]) {
        for word in words {
            self.bytes(word.as_bytes());
        }
    }

    fn number(&mut self, x: f64) {
        self.bytes(&x.to_bits().to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self.1 += 1;
    }
}

fn file(role: &Role) -> &'static str {
    match role {
        Role::Component => "components.csv",
        Role::Link(_) => "links.csv",
        Role::Flow(_) => "flows.csv",
        Role::Service(_) => "services.csv",
    }
}
