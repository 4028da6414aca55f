//! What may let instances run that run nowhere in a state. In: the state, the instances. Out: single changes of
//! each sort: instances that move, take less, hosts that have more. Promises: what takes less or has more does
//! so by the least that may make any difference in this state; a move goes to a host that has room for it
//! and keeps apart what is to be kept apart; nothing is verified here.

use super::change::{Change, Shrink};
use crate::analysis::Study;
use crate::engine::{Base, Ix, MakeRoom};
use crate::model::{NodeId, Placement, System};
use std::collections::{BTreeMap, BTreeSet};

/// Instances beside those that are out which are looked at.
const MOST_OTHERS: usize = 48;
/// Hosts that may have more.
const MOST_HOSTS: usize = 64;
/// What is left of an instance that takes less is at least this part of it.
const LEAST_LEFT: f64 = 1e-6;
/// The part of an amount that tells two that are even.
const HAIR: f64 = 1e-6;
/// Amounts may exceed a capacity by this much, relatively.
const TOLERANCE: f64 = 1.0 + 1e-9;

/// Where room is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::analysis) enum Room {
    /// An instance takes less of a resource.
    Less(NodeId, usize),
    /// A host, or what stands for a resource of it, has more.
    More(NodeId),
}

/// A state in which instances run nowhere.
pub(in crate::analysis) struct Stranded<'s> {
    study: &'s Study<'s>,
    /// All that has failed or tripped.
    failed: Vec<Ix>,
    /// Where each instance runs that has not failed: while that works, and in this state.
    runs: BTreeMap<NodeId, (Option<NodeId>, Option<NodeId>)>,
    /// What is free of each resource of each host that works.
    free: BTreeMap<NodeId, Vec<f64>>,
    /// The instances that are to run.
    out: Vec<NodeId>,
}

impl<'s> Stranded<'s> {
    /// The state of one load case in which `elements` have failed beside the known outages; `wanted` says which
    /// instances are to run.
    pub fn of(
        study: &'s Study<'s>,
        elements: &[NodeId],
        base: &Base<'_, 1>,
        wanted: impl Fn(NodeId) -> bool,
    ) -> Self {
        let state = base.lane(0);
        let compiled = study.compiled();
        let mut failed = study.outages(elements);
        failed.extend(base.tripped(0).iter().map(|trip| trip.node));
        let runs: BTreeMap<_, _> = state
            .placed_on()
            .map(|(v, home, at)| {
                let node = |h: Option<Ix>| h.map(|h| compiled.node(h));
                (compiled.node(v), (node(home), node(at)))
            })
            .collect();
        let out = runs.iter().filter(|(_, (_, at))| at.is_none());
        let out = out.map(|(&v, _)| v).filter(|&v| wanted(v)).collect();
        let placements = study.system().placements();
        let resources = 0..placements.resources.len();
        let free = placements.hosts.iter().filter_map(|host| {
            let ix = compiled.ix(host.node);
            let free = resources.clone().map(|r| state.free_on(ix, r).0);
            state.works(ix).then(|| (host.node, free.collect()))
        });
        Self {
            study,
            failed,
            runs,
            free: free.collect(),
            out,
        }
    }

    /// The instances that are to run.
    pub fn out(&self) -> &[NodeId] {
        &self.out
    }

    fn system(&self) -> &'s System {
        self.study.system()
    }

    fn placement(&self, v: NodeId) -> Option<&'s Placement> {
        self.system().placements().of(v)
    }

    /// The hosts on which those that are out may run, each once; in the state it works or not.
    pub fn hosts(&self) -> Vec<NodeId> {
        let placed = self.out.iter().filter_map(|&v| self.placement(v));
        let all: BTreeSet<NodeId> = placed.flat_map(|p| p.hosts.iter().copied()).collect();
        all.into_iter().collect()
    }

    /// One host of each sort of them: of the same kind, in the same domains, with as much of everything, and for the
    /// same of those that are out.
    pub fn sorts_of_hosts(&self) -> Vec<NodeId> {
        let system = self.system();
        let sort = |host: NodeId| {
            let node = system.node(host);
            let has = system.placements().host(host);
            let resources = has.iter().flat_map(|h| &h.resources);
            let limit = |v: &Option<NodeId>| v.and_then(|v| system.node(v).capacity);
            let limits = resources.map(|v| limit(v).map(f64::to_bits));
            let takes = |v: &&NodeId| self.placement(**v).is_some_and(|p| p.hosts.contains(&host));
            (
                node.kind.clone(),
                node.within.clone(),
                limits.collect::<Vec<_>>(),
                self.out.iter().filter(takes).copied().collect::<Vec<_>>(),
            )
        };
        let mut seen = BTreeSet::new();
        let mut hosts = self.hosts();
        hosts.retain(|&host| seen.insert(sort(host)));
        hosts
    }

    /// Instances that stand in the way of those that are out, after these themselves: what runs where they may
    /// run, on hosts that lack least first, the largest first.
    fn concerned(&self) -> Vec<NodeId> {
        let mut all = self.out.clone();
        let mut near: Vec<(f64, NodeId)> = Vec::new();
        for &host in &self.hosts() {
            let Some(free) = self.free.get(&host) else {
                continue;
            };
            let lacks = self.out.iter().filter_map(|&v| {
                let p = self.placement(v).filter(|p| p.hosts.contains(&host))?;
                let each = free.iter().enumerate().map(|(r, free)| p.amount(r) - free);
                Some(each.fold(0.0, f64::max))
            });
            near.push((lacks.fold(f64::INFINITY, f64::min), host));
        }
        near.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        let mut on: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for (&v, &(_, at)) in &self.runs {
            if let Some(at) = at {
                on.entry(at).or_default().push(v);
            }
        }
        for (_, host) in near {
            let mut there = on.remove(&host).unwrap_or_default();
            let first = |v: &NodeId| self.placement(*v).map_or(0.0, |p| p.amount(0));
            there.sort_by(|x, y| first(y).total_cmp(&first(x)).then(x.cmp(y)));
            all.extend(there);
        }
        all.truncate(self.out.len() + MOST_OTHERS);
        all
    }

    /// Every place where room may be made, those that are out first.
    pub fn rooms(&self) -> Vec<Room> {
        let resources = 0..self.system().placements().resources.len();
        let mut rooms = Vec::new();
        for v in self.concerned() {
            let Some(p) = self.placement(v) else {
                continue;
            };
            let takes = resources.clone().filter(|&r| p.amount(r) > 0.0);
            rooms.extend(takes.map(|r| Room::Less(v, r)));
        }
        let hosts = self.hosts().into_iter().take(MOST_HOSTS);
        for host in hosts.filter(|h| self.free.contains_key(h)) {
            let host = self.system().placements().host(host);
            let all = host.iter().flat_map(|h| h.resources.iter().flatten());
            let limited = all.filter(|&&v| self.system().node(v).capacity.is_some());
            rooms.extend(limited.map(|&v| Room::More(v)));
        }
        rooms
    }

    /// The least that is to be done there before anything may be different in this state, and a hair more, for a
    /// comparison that is even there: of an instance what it takes then, of a capacity by how much it is
    /// larger, before derating. Nothing where nothing helps.
    pub fn next(&self, room: Room) -> Vec<f64> {
        let compiled = self.study.compiled();
        let made = match room {
            Room::Less(v, resource) => MakeRoom::TakeLess {
                instance: compiled.ix(v),
                resource,
            },
            Room::More(v) => MakeRoom::HaveMore(compiled.ix(v)),
        };
        let capacity = self.study.capacity();
        let here = compiled.margin(capacity, &self.failed, made);
        let landing = compiled.margin_of_landing(made).unwrap_or(f64::INFINITY);
        let made = match room {
            Room::Less(..) => here.unwrap_or(f64::INFINITY).min(landing),
            Room::More(v) => {
                let factor = self.factor(v);
                let here = here.filter(|_| factor > 0.0).map(|more| more / factor);
                here.unwrap_or(f64::INFINITY).min(landing)
            }
        };
        if !made.is_finite() {
            return Vec::new();
        }
        let hair = self.hair(room);
        match room {
            Room::Less(v, resource) => {
                let takes = self.takes(v, resource);
                let all = [tidy(takes - made), tidy(takes - made - hair)];
                let left = |to: &f64| *to > takes * LEAST_LEFT;
                all.into_iter().filter(left).collect()
            }
            Room::More(_) => vec![tidy(made), tidy(made + hair)],
        }
    }

    /// A hair less of an instance, or more of a capacity: what is even as things are is not then.
    pub fn first(&self, room: Room) -> f64 {
        let hair = self.hair(room);
        match room {
            Room::Less(v, resource) => tidy(self.takes(v, resource) - hair),
            Room::More(_) => tidy(hair),
        }
    }

    /// All the room that there could be: nearly nothing that an instance takes, or as much more as all instances take
    /// together, but not more than what is there may grow by.
    pub fn last(&self, room: Room) -> f64 {
        match room {
            Room::Less(v, resource) => self.takes(v, resource) * (2.0 * LEAST_LEFT),
            Room::More(v) => {
                let placements = self.system().placements();
                let amounts = placements.instances.iter().flat_map(|p| &p.amounts);
                let all: f64 = amounts.flatten().sum();
                let factor = self.factor(v);
                let more = if factor > 0.0 { all / factor } else { all };
                more.min(self.system().node(v).room_to_grow())
            }
        }
    }

    /// What derating leaves of a capacity, as a part of it.
    fn factor(&self, v: NodeId) -> f64 {
        let compiled = self.study.compiled();
        let place = compiled.ix(v).index();
        self.study.capacity()[place] / compiled.capacity()[place]
    }

    fn hair(&self, room: Room) -> f64 {
        let whole = match room {
            Room::Less(v, resource) => self.takes(v, resource),
            Room::More(v) => self.system().node(v).capacity.unwrap_or(0.0),
        };
        whole * HAIR
    }

    /// What an instance takes.
    pub fn takes(&self, v: NodeId, resource: usize) -> f64 {
        self.placement(v).map_or(0.0, |p| p.amount(resource))
    }

    /// Instances that may run on other hosts from now on.
    pub fn moves(&self) -> Vec<(NodeId, NodeId)> {
        let mut all = Vec::new();
        let mut concerned = self.concerned();
        // Whoever lost its host takes the room that others need.
        let displaced = self.runs.iter().filter(|(_, (home, at))| home != at);
        let displaced: Vec<NodeId> = displaced.map(|(&v, _)| v).collect();
        let new = displaced.into_iter().filter(|v| !concerned.contains(v));
        let new: Vec<NodeId> = new.take(MOST_OTHERS).collect();
        concerned.extend(new);
        let homes = Homes::of(self.study, &self.runs);
        for v in concerned {
            let Some(p) = self.placement(v) else {
                continue;
            };
            let others = p.hosts.iter().filter(|&&h| homes.takes(p, h));
            all.extend(others.map(|&h| (v, h)));
        }
        all
    }
}

/// Whether every move of some changes leads to a host that has room for the instance once all of them are in place,
/// and to nobody from whom it is kept apart.
pub(in crate::analysis) fn moves_fit(study: &Study<'_>, changes: &[Change]) -> bool {
    let moves = changes.iter().filter_map(|c| match c {
        Change::Move(v, host) => Some((*v, *host)),
        _ => None,
    });
    let moves: Vec<(NodeId, NodeId)> = moves.collect();
    if moves.is_empty() {
        return true;
    }
    let demand = vec![[0.0]; study.system().services().len()];
    let base = study.base::<1>(&[], &demand);
    let node = |h: Option<Ix>| h.map(|h| study.compiled().node(h));
    let runs = base.placed_on();
    let runs = runs.map(|(v, home, at)| (study.compiled().node(v), (node(home), node(at))));
    let mut homes = Homes::of(study, &runs.collect());
    moves.iter().all(|&(v, host)| {
        let Some(p) = study.system().placements().of(v) else {
            return false;
        };
        homes.leaves(p);
        let takes = homes.takes(p, host);
        homes.enters(p, host);
        takes
    })
}

/// What runs where with nothing failed.
struct Homes<'s> {
    system: &'s System,
    home: BTreeMap<NodeId, NodeId>,
    /// What is taken of each resource of each host.
    used: BTreeMap<NodeId, Vec<f64>>,
}

impl<'s> Homes<'s> {
    fn of(study: &Study<'s>, runs: &BTreeMap<NodeId, (Option<NodeId>, Option<NodeId>)>) -> Self {
        let system = study.system();
        let mut homes = Self {
            system,
            home: BTreeMap::new(),
            used: BTreeMap::new(),
        };
        for p in &system.placements().instances {
            // What has failed by itself is at home where the file says.
            let landed = runs.get(&p.instance).and_then(|(home, _)| *home);
            let Some(at) = landed.or(p.host) else {
                continue;
            };
            homes.enters(p, at);
        }
        homes
    }

    /// An instance is taken away from its home.
    fn leaves(&mut self, p: &Placement) {
        let home = self.home.remove(&p.instance);
        let used = home.and_then(|home| self.used.get_mut(&home));
        for (r, used) in used.into_iter().flatten().enumerate() {
            *used -= p.amount(r);
        }
    }

    /// An instance comes to a host.
    fn enters(&mut self, p: &Placement, host: NodeId) {
        let resources = self.system.placements().resources.len();
        self.home.insert(p.instance, host);
        let used = self.used.entry(host);
        let used = used.or_insert_with(|| vec![0.0; resources]);
        for (r, used) in used.iter_mut().enumerate() {
            *used += p.amount(r);
        }
    }

    /// Whether an instance may be brought to a host: it is not there, there is room, and nobody from whom it is
    /// kept apart.
    fn takes(&self, p: &Placement, host: NodeId) -> bool {
        if self.home.get(&p.instance) == Some(&host) {
            return false;
        }
        let placements = self.system.placements();
        let Some(has) = placements.host(host) else {
            return false;
        };
        let used = |r: usize| self.used.get(&host).map_or(0.0, |used| used[r]);
        let fits = (0..placements.resources.len()).all(|r| {
            let capacity = has.resources[r].and_then(|v| self.system.node(v).capacity);
            let capacity = capacity.unwrap_or(f64::INFINITY);
            p.amounts[r].is_none_or(|asked| used(r) + asked <= capacity * TOLERANCE)
        });
        fits && self.is_apart(p, host)
    }

    fn is_apart(&self, p: &Placement, host: NodeId) -> bool {
        let Some(apart) = &p.apart else {
            return true;
        };
        let near = self.around(host, apart.by.as_deref());
        let others = self.system.placements().instances.iter();
        let same = |q: &&Placement| q.apart.as_ref() == Some(apart) && q.instance != p.instance;
        let homes = others
            .filter(same)
            .filter_map(|q| self.home.get(&q.instance));
        let mut far = homes.flat_map(|&h| self.around(h, apart.by.as_deref()));
        far.all(|domain| !near.contains(&domain))
    }

    /// What two may not share: the host itself, or the domains of a kind that it is or sits in.
    fn around(&self, host: NodeId, kind: Option<&str>) -> BTreeSet<NodeId> {
        let Some(kind) = kind else {
            return BTreeSet::from([host]);
        };
        let mut seen = BTreeSet::new();
        let mut stack = vec![host];
        while let Some(v) = stack.pop() {
            if seen.insert(v) {
                stack.extend(self.system.node(v).within.iter().copied());
                stack.extend(self.home.get(&v));
            }
        }
        seen.retain(|&v| &*self.system.node(v).kind == kind);
        seen
    }
}

impl Room {
    /// The change that does so much there: what an instance takes then, or by how much a capacity is larger.
    pub fn change(self, amount: f64) -> Change {
        match self {
            Self::Less(instance, resource) => Change::Shrink(Shrink {
                instance,
                resource,
                to: amount,
            }),
            Self::More(v) => Change::AddCapacity(v, amount),
        }
    }
}

/// Without what rounding leaves in the last digits: to twelve of them.
fn tidy(amount: f64) -> f64 {
    format!("{amount:.11e}").parse().unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn noise_in_the_last_digits_is_taken_away() {
        for (amount, wanted) in [
            (59.999_999_999_999_99, 60.0),
            (0.1 + 0.2, 0.3),
            (1e15, 1e15),
            (0.0, 0.0),
            (2.5e-7, 2.5e-7),
        ] {
            assert_eq!(tidy(amount).to_bits(), f64::to_bits(wanted), "{amount}");
        }
    }
}
