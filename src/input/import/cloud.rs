//! What importers of clouds build: zones, machines, spread groups, pairs, load balancers with their targets.
//! In: calls of an importer. Out: an inventory and its known outages. Promises: what is managed for several
//! zones, or for zones that are not all known, is no part of any; a target that no file describes is still a
//! target; what nobody balances is still there, under a service of its own.

use super::Imported;
use super::assembly::{Assembly, Share};
use super::ids;
use super::report::Report;
use crate::input::Diagnostic;
use crate::input::invented::REST;
use crate::input::write::ScenarioFile;
use crate::model::{Need, Split};
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
    /// What answers at an address; nothing where several do, in networks apart.
    addresses: BTreeMap<String, Option<u32>>,
    /// Names of what the files hold and what is no more, or was never made.
    gone: BTreeSet<String>,
    /// What has a zone of its own or is otherwise something that can be lost.
    leaves: BTreeSet<u32>,
    groups: BTreeMap<u32, Group>,
    balancers: Vec<Balancer>,
    /// Known outages, and why.
    down: BTreeMap<u32, BTreeSet<String>>,
    /// Known outages of what is called by a name, and why.
    out: Vec<(Target, String)>,
}

/// A name for several: who they are.
struct Group {
    members: Vec<u32>,
    /// Whether each of them does what any of them does, at the same time.
    is_alike: bool,
}

/// Somebody that a load balancer sends to, by all the names that it may be known by. The first is what it is
/// called where no file describes it.
pub(super) type Target = Vec<String>;

/// A load balancer and whom it sends to.
struct Balancer {
    at: u32,
    id: String,
    targets: BTreeSet<Target>,
}

/// Where something is that is in several places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// The zones that are known.
    pub zones: Vec<String>,
    /// How many places there are of which no file says the zone.
    pub unknown: usize,
}

impl Places {
    /// These zones and no others; a blank one is one that nobody says.
    pub fn of(zones: impl IntoIterator<Item = String>) -> Self {
        let (zones, blank): (Vec<_>, Vec<_>) = zones.into_iter().partition(|z| !z.is_empty());
        Self {
            zones,
            unknown: blank.len(),
        }
    }
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

    /// Something that others name and that no file describes.
    pub fn stranger(&mut self, id: &str, kind: &str, zone: &str, region: &str) -> u32 {
        let at = self.component_in(id, kind, zone, region);
        self.report
            .derived("named by others, described in no file: one component", id);
        self.leaves.insert(at);
        self.known.insert(id.to_owned(), at);
        at
    }

    /// One of those that others list: what a file describes, else what is known by its name alone. `None` of a blank
    /// name, and of what is no more.
    pub fn listed(&mut self, id: &str, kind: &str, zone: &str, region: &str) -> Option<u32> {
        if id.is_empty() || self.is_gone(id) {
            return None;
        }
        let known = self.find(id);
        Some(known.unwrap_or_else(|| self.stranger(id, kind, zone, region)))
    }

    /// So many alike, dealt out over places; any of them will do. `None` if there are none.
    pub fn spread(
        &mut self,
        id: &str,
        kind: &str,
        count: u32,
        places: &Places,
        region: &str,
    ) -> Option<u32> {
        if count == 0 {
            self.report.skipped(kind, "scaled to nothing", id);
            self.gone(id);
            return None;
        }
        let count = count.min(MOST_MEMBERS);
        let rule = format!("members of a group of {kind}s, dealt out evenly over its zones");
        let blank = std::iter::repeat_n("", places.unknown);
        let names = places.zones.iter().map(String::as_str).chain(blank).cycle();
        // Where no zone is known, they are in none.
        let of_each = names.chain(std::iter::repeat("")).take(count as usize);
        let members = self.members(id, kind, of_each, region);
        self.report.derived(&rule, id);
        if places.zones.is_empty() {
            self.report
                .skipped("zone", "the source says none for it", id);
        } else if places.unknown > 0 {
            let why = "no file says that of some of its subnets; its members there are in none";
            self.report.skipped("zone", why, id);
        }
        Some(self.group(id, Need::AtLeast(1), Split::Share, members))
    }

    /// Two of which the second stands by, in two zones; a blank one is not known.
    pub fn pair(&mut self, id: &str, kind: &str, zones: [&str; 2], region: &str) -> u32 {
        let members = self.members(id, kind, zones, region);
        let is_one_zone = zones[0] == zones[1] && !zones[0].is_empty();
        let place = if is_one_zone { "the same" } else { "another" };
        self.report.derived(
            &format!("the two sides of a {kind} that stands by in {place} zone"),
            id,
        );
        for (zone, who) in zones.iter().zip(["works", "stands by"]) {
            if zone.is_empty() {
                let why = format!("the source does not say where the one that {who} is");
                self.report.skipped("zone", &why, id);
            }
        }
        self.group(id, Need::AtLeast(1), Split::Standby, members)
    }

    /// Parts of which each holds what the others do not: a name for all of them. Each is one that works and
    /// its replicas, in zones of which a blank one is not known.
    pub fn parts(
        &mut self,
        id: &str,
        kind: &str,
        parts: &[Vec<String>],
        takes_over: bool,
        region: &str,
    ) -> u32 {
        if let [one] = parts {
            return self.replicated(id, kind, one, takes_over, region);
        }
        let numbered = (1u32..).zip(parts);
        let members: Vec<u32> = numbered
            .map(|(n, zones)| {
                self.replicated(&format!("{id}/{n}"), kind, zones, takes_over, region)
            })
            .collect();
        self.shards(id, members)
    }

    /// One that works and its replicas, in zones of which a blank one is not known.
    fn replicated(
        &mut self,
        id: &str,
        kind: &str,
        zones: &[String],
        takes_over: bool,
        region: &str,
    ) -> u32 {
        match zones {
            [zone] => return self.one(id, kind, zone, region),
            [one, other] if takes_over => return self.pair(id, kind, [one, other], region),
            _ => {}
        }
        let members = self.members(id, kind, zones.iter().map(String::as_str), region);
        if zones.iter().any(String::is_empty) {
            let why = "the source says none for some of its members";
            self.report.skipped("zone", why, id);
        }
        self.replicas(id, kind, members, takes_over)
    }

    /// A name for one that works and its replicas, in this order. Where none takes over by itself the first is
    /// needed, and the loss of another harms nobody.
    pub fn replicas(
        &mut self,
        id: &str,
        kind: &str,
        mut members: Vec<u32>,
        takes_over: bool,
    ) -> u32 {
        once(&mut members);
        if takes_over || members.len() < 2 {
            let rule = format!("a {kind} whose replicas stand by and take over");
            self.report.derived(&rule, id);
            return self.group(id, Need::AtLeast(1), Split::Standby, members);
        }
        let rule = format!("a {kind} whose replicas do not take over: the first must work");
        self.report.derived(&rule, id);
        let at = self.name_of(id, members.clone(), false);
        for (n, member) in members.into_iter().enumerate() {
            if n == 0 {
                self.assembly.needs(at, member, 1.0);
            } else {
                self.assembly.uses(at, member, 0.0);
            }
        }
        at
    }

    /// A name for parts of which each holds what the others do not.
    pub fn shards(&mut self, id: &str, members: Vec<u32>) -> u32 {
        let rule = "parts of which each holds what the others do not; each counts alike";
        self.report.derived(rule, id);
        self.group(id, Need::AtLeast(1), Split::Shard, members)
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
        let numbered = numbered.take(MOST_MEMBERS as usize);
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
    pub fn group(&mut self, id: &str, need: Need, split: Split, mut members: Vec<u32>) -> u32 {
        once(&mut members);
        let shares: Vec<Share> = members.iter().copied().map(Share::of).collect();
        let at = self.name_of(id, members, split == Split::Share);
        self.assembly.group(at, "members", need, split, shares);
        at
    }

    fn name_of(&mut self, id: &str, members: Vec<u32>, is_alike: bool) -> u32 {
        let at = self.assembly.component(id, "group");
        for member in &members {
            self.leaves.remove(member);
        }
        self.groups.insert(at, Group { members, is_alike });
        self.leaves.insert(at);
        self.known.insert(id.to_owned(), at);
        at
    }

    /// Lets something be known by another name: an ARN, a number.
    pub fn alias(&mut self, at: u32, name: &str) {
        if !name.is_empty() {
            self.known.entry(name.to_owned()).or_insert(at);
        }
    }

    /// Lets something be known by its address. Two that have the same are in networks apart, and neither is.
    pub fn address(&mut self, at: u32, address: &str) {
        if !address.is_empty() {
            let of_it = self.addresses.entry(address.to_owned()).or_insert(Some(at));
            if *of_it != Some(at) {
                *of_it = None;
            }
        }
    }

    /// What is known by a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        let at_address = || self.addresses.get(name).copied().flatten();
        self.known.get(name).copied().or_else(at_address)
    }

    /// Says that what is called so is no more, or was never made.
    pub fn gone(&mut self, name: &str) {
        if !name.is_empty() {
            self.gone.insert(name.to_owned());
        }
    }

    /// Whether what is called so is no more.
    pub fn is_gone(&self, name: &str) -> bool {
        self.gone.contains(name)
    }

    /// A known outage of something, and of all that it is a name for.
    pub fn down(&mut self, at: u32, why: &str) {
        match self.groups.get(&at).map(|g| g.members.clone()) {
            Some(members) => members.into_iter().for_each(|m| self.down(m, why)),
            None => {
                self.down.entry(at).or_default().insert(ids::clean(why));
            }
        }
    }

    /// A known outage of a target, which may be described further on or nowhere.
    pub fn out(&mut self, target: Target, why: &str) {
        self.out.push((target, why.to_owned()));
    }

    /// A load balancer and whom it sends to. One of a single zone is in it.
    pub fn balancer(
        &mut self,
        id: &str,
        places: &Places,
        region: &str,
        targets: BTreeSet<Target>,
    ) -> u32 {
        let within = match (&places.zones[..], places.unknown) {
            ([one], 0) => self.zone(one, region),
            ([_], _) => {
                let why = "no file says that of some of its subnets; it is in none";
                self.report.skipped("zone", why, id);
                None
            }
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

    /// A target: what is known by one of its names, else what nobody describes. `None` if it is no more.
    fn target(&mut self, names: &Target) -> Option<u32> {
        if let Some(at) = names.iter().find_map(|name| self.find(name)) {
            return Some(at);
        }
        let first = names.first()?;
        if names.iter().any(|name| self.is_gone(name)) {
            let why = "it is no more, or scaled to nothing";
            self.report.skipped("target", why, first);
            return None;
        }
        let kind = if first.starts_with("i-") {
            "vm"
        } else {
            "target"
        };
        Some(self.stranger(first, kind, "", ""))
    }

    /// Those that do the work of a target: members of a group of which each does what any does, else itself.
    fn working(&self, at: u32) -> Vec<u32> {
        match self.groups.get(&at) {
            Some(group) if group.is_alike => group.members.clone(),
            _ => vec![at],
        }
    }

    /// Who is sent to, each once: a group by its name where there is nothing beside it, else its members, for
    /// a load balancer sends to each of them and not to a group.
    fn each_once(&mut self, found: &BTreeSet<u32>) -> BTreeSet<u32> {
        let each: BTreeSet<u32> = found.iter().flat_map(|&at| self.working(at)).collect();
        if found.len() == 1 && each.len() == 1 {
            return found.clone();
        }
        let is_all = |group: &Group| {
            let members = &group.members;
            group.is_alike
                && members.len() == each.len()
                && members.iter().all(|m| each.contains(m))
        };
        if let Some((&at, _)) = self.groups.iter().find(|(_, group)| is_all(group)) {
            return BTreeSet::from([at]);
        }
        for at in found {
            if self.groups.get(at).is_some_and(|g| g.is_alike) {
                let rule = "members of a group that are targets beside others, each like any other";
                self.report.derived(rule, self.assembly.id(*at));
            }
        }
        each
    }

    /// A service for each load balancer, and one for all that is behind none.
    fn services(&mut self) {
        let mut behind = BTreeSet::new();
        for balancer in std::mem::take(&mut self.balancers) {
            let found = balancer.targets.iter().filter_map(|t| self.target(t));
            let found: BTreeSet<u32> = found.filter(|&at| at != balancer.at).collect();
            if balancer.targets.is_empty() {
                let why = "nothing behind it is in the files";
                self.report
                    .skipped("targets of a load balancer", why, &balancer.id);
            } else if found.is_empty() {
                self.down(
                    balancer.at,
                    "all that is behind it is no more, or scaled to nothing",
                );
            }
            let targets = self.each_once(&found);
            behind.extend(targets.iter().flat_map(|&at| self.working(at)));
            let shares = targets.into_iter().map(Share::of).collect();
            let (need, split) = (Need::AtLeast(1), Split::Share);
            self.assembly
                .group(balancer.at, "targets", need, split, shares);
            let service = self
                .assembly
                .service(&format!("svc:{}", balancer.id), 1.0, UNIT);
            self.assembly.needs(service, balancer.at, 1.0);
        }
        for (target, why) in std::mem::take(&mut self.out) {
            if let Some(at) = self.target(&target) {
                self.down(at, &why);
            }
        }
        self.rest(&behind);
    }

    /// A service for all that is behind no load balancer. Of a group of which some are behind one, the others.
    fn rest(&mut self, behind: &BTreeSet<u32>) {
        let mut rest = BTreeSet::new();
        for &at in &self.leaves {
            let members = self.working(at);
            let left: Vec<u32> = members
                .iter()
                .copied()
                .filter(|m| !behind.contains(m))
                .collect();
            if left.len() == members.len() {
                rest.insert(at);
            } else {
                rest.extend(left);
            }
        }
        if rest.is_empty() {
            return;
        }
        let count = rest.len() as f64;
        let service = self.assembly.service(REST.id, count, "parts");
        self.assembly.node(service).name = Some(REST.name.into());
        let shares = rest.into_iter().map(|at| Share {
            weight: Some(1.0),
            ..Share::of(at)
        });
        let shares = shares.collect();
        self.assembly
            .group(service, "parts", Need::AtLeast(1), Split::Shard, shares);
        let rule = "svc:rest: all that is behind no load balancer, each part counts alike";
        self.report.derived(rule, REST.id);
    }

    /// The estate, with a scenario of its known outages. A blank name of the scenario is that of the estate.
    pub fn finish(mut self, scenario: &str, warnings: Vec<Diagnostic>) -> Imported {
        self.services();
        let id = |at: u32| self.assembly.id(at).to_owned();
        let down = self.down.iter().map(|(&at, why)| {
            let why: Vec<&str> = why.iter().map(String::as_str).collect();
            (id(at), why.join("; "))
        });
        let down: BTreeMap<String, String> = down.collect();
        self.name_members();
        let draft = self.assembly.finish();
        let mut file = ScenarioFile::of(&draft);
        scenario.clone_into(&mut file.name);
        file.down = down.into_iter().collect();
        Imported {
            draft,
            report: self.report,
            warnings,
            scenarios: vec![file],
            ..Imported::default()
        }
    }

    /// A group that nobody needs by its name, because its members are targets by themselves, is a label.
    fn name_members(&mut self) {
        let needed = self.assembly.needed();
        let groups = self.groups.iter();
        let idle = groups.filter(|(at, group)| group.is_alike && !needed.contains(at));
        let mut dropped = BTreeSet::new();
        for (&at, group) in idle {
            let id = self.assembly.id(at).to_owned();
            for &member in &group.members {
                self.assembly.label(member, "member_of", &id);
            }
            dropped.insert(at);
        }
        self.assembly.remove(&dropped);
    }
}

/// Leaves out whoever is there already.
fn once(members: &mut Vec<u32>) {
    let mut seen = BTreeSet::new();
    members.retain(|&at| seen.insert(at));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many components of a kind sit in some zone.
    fn in_a_zone(cloud: Cloud, kind: &str) -> usize {
        let draft = cloud.finish("", Vec::new()).draft;
        let of_kind = draft.nodes.iter().filter(|d| &*d.node.kind == kind);
        of_kind.filter(|d| !d.within.is_empty()).count()
    }

    #[test]
    fn all_of_a_group_are_in_its_only_zone_and_a_stand_by_is_not() {
        let zone = Places::of(["z1".to_owned()]);
        for count in 1..4 {
            let mut cloud = Cloud::default();
            cloud.spread("g", "vm", count, &zone, "r");
            assert_eq!(in_a_zone(cloud, "vm"), count as usize);
        }
        let mut cloud = Cloud::default();
        cloud.pair("db", "database", ["z1", ""], "r");
        assert_eq!(in_a_zone(cloud, "database"), 1);
    }

    #[test]
    fn places_of_unknown_zones_take_their_part_of_a_group() {
        let places = Places::of(["z1".to_owned(), String::new()]);
        let mut cloud = Cloud::default();
        cloud.spread("g", "vm", 4, &places, "r");
        assert_eq!(in_a_zone(cloud, "vm"), 2);
        let mut cloud = Cloud::default();
        cloud.balancer("lb", &places, "r", BTreeSet::new());
        assert_eq!(in_a_zone(cloud, "load-balancer"), 0);
    }

    #[test]
    fn an_address_that_two_have_is_that_of_neither() {
        let mut cloud = Cloud::default();
        let one = cloud.one("a", "vm", "", "");
        let other = cloud.one("b", "vm", "", "");
        cloud.address(one, "10.0.0.1");
        cloud.address(one, "10.0.0.1");
        assert_eq!(cloud.find("10.0.0.1"), Some(one));
        cloud.address(other, "10.0.0.1");
        cloud.address(one, "10.0.0.1");
        assert_eq!(cloud.find("10.0.0.1"), None);
    }
}
