//! What importers of clouds build: zones, machines, spread groups, pairs, load balancers with their targets.
//! In: calls of an importer. Out: an inventory. Promises: what is managed for several zones is no part of
//! any; what nobody balances is still there, under a service of its own.

use super::assembly::{Assembly, Share};
use super::report::Report;
use crate::model::{Draft, Need, Split};
use std::collections::{BTreeMap, BTreeSet};

/// Members of one group; nobody runs more.
const MOST_MEMBERS: u32 = 100_000;
/// What the demand of a service is counted in.
const UNIT: &str = "of what it is sized for";

/// An estate in a cloud, in the making.
#[derive(Default)]
pub(super) struct Cloud {
    pub assembly: Assembly,
    pub report: Report,
    zones: BTreeMap<String, u32>,
    /// What does work, by the names that others use for it.
    known: BTreeMap<String, u32>,
    /// What has a zone of its own or is otherwise something that can be lost.
    leaves: BTreeSet<u32>,
    balancers: Vec<Balancer>,
}

/// A load balancer: whom it sends to, by name.
struct Balancer {
    at: u32,
    id: String,
    targets: BTreeSet<String>,
}

impl Cloud {
    /// A zone; blank is none.
    pub fn zone(&mut self, zone: &str, region: &str) -> Option<u32> {
        if zone.is_empty() {
            return None;
        }
        if let Some(&at) = self.zones.get(zone) {
            return Some(at);
        }
        let at = self.assembly.component(zone, "zone");
        self.assembly.label(at, "region", region);
        self.report.mapped("zone → component", zone);
        self.zones.insert(zone.to_owned(), at);
        Some(at)
    }

    /// Something that runs in a zone, if one is known.
    pub fn one(&mut self, id: &str, kind: &str, zone: &str, region: &str) -> u32 {
        let at = self.component_in(id, kind, zone, region);
        self.report.mapped(&format!("{kind} → component"), id);
        if zone.is_empty() {
            self.report
                .skipped("zone", "the source says none for it", id);
        }
        self.leaves.insert(at);
        self.known.insert(id.to_owned(), at);
        at
    }

    /// So many alike, dealt out over zones; any of them will do. `None` if there are none.
    pub fn spread(
        &mut self,
        id: &str,
        kind: &str,
        count: u32,
        zones: &[String],
        region: &str,
    ) -> Option<u32> {
        if count == 0 {
            self.report.skipped(kind, "scaled to nothing", id);
            return None;
        }
        let count = count.min(MOST_MEMBERS);
        let rule = format!("members of a group of {kind}s, dealt out evenly over its zones");
        let names = zones.iter().map(String::as_str).cycle();
        // Where no zone is known, they are in none.
        let places = names.chain(std::iter::repeat("")).take(count as usize);
        let members = self.members(id, kind, places, region);
        self.report.derived(&rule, id);
        Some(self.group(id, Need::AtLeast(1), Split::Share, members))
    }

    /// Two of which one stands by, in two zones where two are known.
    pub fn pair(&mut self, id: &str, kind: &str, zones: &[String], region: &str) -> u32 {
        // Where one zone is known, the one that stands by is not in it.
        let places = [0, 1].map(|n| zones.get(n).map_or("", String::as_str));
        let members = self.members(id, kind, places, region);
        self.report.derived(
            &format!("the two sides of a {kind} that stands by in another zone"),
            id,
        );
        if zones.len() < 2 {
            self.report.skipped(
                "zone",
                "the source does not say where the one that stands by is",
                id,
            );
        }
        self.group(id, Need::AtLeast(1), Split::Standby, members)
    }

    /// One more of a group in each of the zones; a blank one is none.
    fn members<'z>(
        &mut self,
        id: &str,
        kind: &str,
        zones: impl IntoIterator<Item = &'z str>,
        region: &str,
    ) -> Vec<u32> {
        let numbered = (1u32..).zip(zones);
        numbered
            .map(|(n, zone)| self.component_in(&format!("{id}/{n}"), kind, zone, region))
            .collect()
    }

    /// A component within its zone, if that is not blank.
    fn component_in(&mut self, id: &str, kind: &str, zone: &str, region: &str) -> u32 {
        let within = self.zone(zone, region);
        let at = self.assembly.component(id, kind);
        if let Some(zone) = within {
            self.assembly.within(at, zone);
        }
        at
    }

    /// A name for several that do the same.
    pub fn group(&mut self, id: &str, need: Need, split: Split, members: Vec<u32>) -> u32 {
        let at = self.assembly.component(id, "group");
        let shares = members.into_iter().inspect(|m| {
            self.leaves.remove(m);
        });
        let shares: Vec<Share> = shares.map(Share::of).collect();
        self.assembly.group(at, "members", need, split, shares);
        self.leaves.insert(at);
        self.known.insert(id.to_owned(), at);
        at
    }

    /// Lets something be known by another name: an address, an ARN, a number.
    pub fn alias(&mut self, at: u32, name: &str) {
        if !name.is_empty() {
            self.known.entry(name.to_owned()).or_insert(at);
        }
    }

    /// What is known by a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.known.get(name).copied()
    }

    /// A load balancer and the names of those it sends to. One of a single zone is in it.
    pub fn balancer(
        &mut self,
        id: &str,
        zones: &[String],
        region: &str,
        targets: BTreeSet<String>,
    ) -> u32 {
        let within = match zones {
            [one] => self.zone(one, region),
            _ => None,
        };
        let at = self.assembly.component(id, "load-balancer");
        if let Some(zone) = within {
            self.assembly.within(at, zone);
        }
        self.report
            .mapped("load balancer → component, and a service", id);
        let id = self.assembly.id(at).to_owned();
        self.balancers.push(Balancer { at, id, targets });
        at
    }

    /// A service for each load balancer, and one for all that is behind none.
    pub fn finish(mut self) -> (Draft, Report) {
        let mut behind = BTreeSet::new();
        for balancer in std::mem::take(&mut self.balancers) {
            let found: BTreeSet<u32> = balancer
                .targets
                .iter()
                .filter_map(|t| self.known.get(t))
                .copied()
                .collect();
            if found.is_empty() {
                let why = "nothing behind it is in the files";
                self.report
                    .skipped("targets of a load balancer", why, &balancer.id);
            }
            behind.extend(&found);
            let shares = found.into_iter().map(Share::of).collect();
            self.assembly.group(
                balancer.at,
                "targets",
                Need::AtLeast(1),
                Split::Share,
                shares,
            );
            let service = self
                .assembly
                .service(&format!("svc:{}", balancer.id), 1.0, UNIT);
            self.assembly.needs(service, balancer.at, 1.0);
        }
        let rest: Vec<u32> = self.leaves.difference(&behind).copied().collect();
        if !rest.is_empty() {
            let count = rest.len() as f64;
            let service = self.assembly.service("svc:rest", count, "parts");
            self.assembly.node(service).name = Some("What is behind no load balancer".into());
            let shares = rest.into_iter().map(|at| Share {
                weight: Some(1.0),
                ..Share::of(at)
            });
            let shares = shares.collect();
            self.assembly
                .group(service, "parts", Need::AtLeast(1), Split::Shard, shares);
            let rule = "svc:rest: all that is behind no load balancer, each part counts alike";
            self.report.derived(rule, "svc:rest");
        }
        (self.assembly.finish(), self.report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many components of a kind sit in some zone.
    fn in_a_zone(cloud: Cloud, kind: &str) -> usize {
        let (draft, _) = cloud.finish();
        let of_kind = draft.nodes.iter().filter(|d| &*d.node.kind == kind);
        of_kind.filter(|d| !d.within.is_empty()).count()
    }

    #[test]
    fn all_of_a_group_are_in_its_only_zone_and_a_stand_by_is_not() {
        let zone = ["z1".to_owned()];
        for count in 1..4 {
            let mut cloud = Cloud::default();
            cloud.spread("g", "vm", count, &zone, "r");
            assert_eq!(in_a_zone(cloud, "vm"), count as usize);
        }
        let mut cloud = Cloud::default();
        cloud.pair("db", "database", &zone, "r");
        assert_eq!(in_a_zone(cloud, "database"), 1);
    }
}
