//! An inventory and what it leaves open, with names on.

use super::Naming;
use crate::analysis::{Aspect, Coverage, Gap, covered};
use crate::model::{NodeId, Role};
use crate::report::document::{
    Assumption, CaseSummary, ColdStart, Covered, FillIn, Inventory, Open,
};
use std::collections::BTreeMap;

impl Naming<'_> {
    /// What the inventory holds, what is assumed, what is open.
    #[must_use]
    pub fn inventory(self, coverage: &Coverage, assumptions: Vec<Assumption>) -> Inventory {
        let known = covered(self.system, coverage);
        let (system, scenario) = (self.system, self.scenario);
        let mut kinds = BTreeMap::new();
        let (mut components, mut links, mut flows) = (0, 0, 0);
        for (_, node) in system.iter() {
            match node.role {
                Role::Component => components += 1,
                Role::Link(_) => links += 1,
                Role::Flow(_) => flows += 1,
                Role::Service(_) => {}
            }
            if node.is_component_or_link() {
                *kinds.entry(node.kind.to_string()).or_insert(0) += 1;
            }
        }
        Inventory {
            name: system.name().to_owned(),
            kinds,
            components,
            links,
            flows,
            services: system.services().len() as u64,
            requirements: system.requirements().len() as u64,
            groups: coverage.groups,
            redundant_groups: coverage.redundant,
            cycle_dependencies: self.cycle_dependencies(),
            common_cause_groups: system.common_cause().len() as u64,
            elements: scenario.sweep.elements.len() as u64,
            down: self.ids(&scenario.down),
            load_cases: scenario
                .cases
                .iter()
                .map(|c| CaseSummary {
                    name: c.name.clone(),
                    peak: c.peak,
                    demand: c.demand.iter().sum(),
                })
                .collect(),
            contingencies: self.contingencies(),
            cold_start: ColdStart::default(),
            policies: scenario.policies.len() as u64,
            waivers: scenario.waivers.len() as u64,
            assumptions,
            covered: shares(&known.shares),
            next: known.next.iter().map(fill_in).collect(),
            open: self.open(coverage),
        }
    }

    fn cycle_dependencies(self) -> u64 {
        let system = self.system;
        let inside = |r: &crate::model::Requirement| {
            let block = system.block(r.consumer);
            let providers = r.providers.iter();
            providers.filter(|p| system.block(p.node) == block).count() as u64
        };
        system.requirements().iter().map(inside).sum()
    }

    fn open(self, c: &Coverage) -> Vec<Open> {
        let entries: [(&str, &str, &[NodeId]); 6] = [
            (
                "without_capacity",
                "carries load, has no capacity: taken as unlimited",
                &c.without_capacity,
            ),
            (
                "without_reliability",
                "nothing says how often it fails: never fails by chance",
                &c.without_reliability,
            ),
            (
                "single_member_group",
                "consumer of a redundancy group with one member: no redundancy there",
                &c.single_member,
            ),
            (
                "unused",
                "no service needs it, directly or not: its failure harms nobody",
                &c.unused,
            ),
            (
                "unlimited_service",
                "its load meets no capacity: overload can never show",
                &c.unlimited,
            ),
            (
                "without_demand",
                "service without demand at any load case: only outages show",
                &c.without_demand,
            ),
        ];
        entries
            .into_iter()
            .filter(|(_, _, nodes)| !nodes.is_empty())
            .map(|(what, meaning, nodes)| Open {
                what: what.to_owned(),
                meaning: meaning.to_owned(),
                ids: self.ids(nodes),
            })
            .collect()
    }
}

/// What each share is of.
pub(in crate::report) fn shares(known: &[crate::analysis::Share]) -> Vec<Covered> {
    let shares = known.iter().map(|s| Covered {
        what: word(s.aspect).to_owned(),
        covered: s.covered,
        of: s.of,
    });
    shares.collect()
}

fn word(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Demand => "demand",
        Aspect::Capacity => "capacity",
        Aspect::Reliability => "reliability",
        Aspect::Domain => "domain",
        Aspect::Owner => "owner",
    }
}

/// A gap, with the lines that would close it.
fn fill_in(gap: &Gap) -> FillIn {
    let lines = match gap.aspect {
        Aspect::Demand => "demand =          # in the unit of the service",
        Aspect::Capacity => "capacity =        # in the unit of its load",
        Aspect::Reliability => {
            "mtbf_hours =      # mean time between failures\nmttr_hours =      # and to repair"
        }
        Aspect::Domain => "within =          # \"rack-1\": what they cannot work without",
        Aspect::Owner => "owner =           # \"team\"",
    };
    let select = toml::Value::String(format!("kind={}", gap.kind));
    FillIn {
        what: word(gap.aspect).to_owned(),
        kind: gap.kind.clone(),
        count: gap.count,
        services: gap.services,
        overlay: format!("[[set]]\nselect = {select}\nif-blank = true\n{lines}\n"),
    }
}
