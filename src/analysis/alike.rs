//! Failures that do the same to all others, so that one evaluation serves many.
//!
//! In: a base state and where elements stand. Out: the elements in classes, each with the node whose
//! failure is to be evaluated for all of its members. Promise: what services get, and what limits
//! them, is the same to the last bit for every member.
//!
//! - *A link of a chain.* If the only thing that needs `v` stops with it, the state without `v` is the
//!   state without that consumer: `v` then carries nothing, working or not, so it sends nothing.
//! - *All for one.* Nodes of which each stops when any other does leave the same state behind.
//! - *One of many alike.* Where all providers of a group are of one size, need nothing and serve
//!   nobody else, it does not matter which of them is lost, but for the names: the first is by
//!   itself, since what is left without it has another first.
//!
//! Without this, a chain of n costs n² steps, as do a cycle and a group.

use crate::engine::{Base, Ix, NONE, Part, Requirement, Rule};
use crate::model::Split;
use petgraph::graph::{DiGraph, NodeIndex};

/// With fewer providers, classes are not worth it.
const FEW: usize = 4;

/// Elements in classes.
pub(super) struct Alike {
    /// The node that fails for each class, and its last member in `members`.
    classes: Vec<(Ix, u32)>,
    members: Vec<u32>,
}

impl Alike {
    /// Each element by itself, in the order of where they stand.
    pub fn each(places: &[Ix]) -> Self {
        let all = (0u32..).zip(places).map(|(e, &place)| (place, e));
        Self::new(all.collect())
    }

    /// Elements of which the failures are alike on top of `base`, in the order of where they stand.
    pub fn of<const L: usize>(base: &Base<'_, L>, places: &[Ix]) -> Self {
        // What is left working may trip, and what is left carrying nothing may be what trips first.
        // What stops may also be a host, from which instances move.
        let sys = base.system();
        if sys.may_split() || sys.is_layered() {
            return Self::each(places);
        }
        let mut stands = Stands {
            base,
            same: all_for_one(base),
            path: Vec::new(),
        };
        let twins = Twins::of(base, places);
        let all = (0u32..).zip(places).map(|(e, &place)| {
            let second = twins.second(place, e);
            (second.unwrap_or_else(|| stands.top(place)), e)
        });
        Self::new(all.collect())
    }

    fn new(mut all: Vec<(Ix, u32)>) -> Self {
        all.sort_unstable();
        let mut new = Self {
            classes: Vec::new(),
            members: Vec::with_capacity(all.len()),
        };
        for class in all.chunk_by(|a, b| a.0 == b.0) {
            new.members.extend(class.iter().map(|&(_, e)| e));
            let last = u32::try_from(new.members.len()).unwrap_or(NONE);
            new.classes.push((class[0].0, last));
        }
        new
    }

    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// The node that fails for a class, and its members, the first first.
    pub fn class(&self, i: usize) -> (Ix, &[u32]) {
        let first = i.checked_sub(1).map_or(0, |before| self.classes[before].1);
        let (place, last) = self.classes[i];
        (place, &self.members[first as usize..last as usize])
    }

    /// How many members the first `classes` have together.
    pub fn members_of_first(&self, classes: usize) -> usize {
        let last = classes.checked_sub(1).map(|i| self.classes[i].1);
        last.unwrap_or(0) as usize
    }

    /// What fails for each class and its first member, in the order of these.
    pub fn firsts(&self) -> Vec<(u32, Ix)> {
        let class = |i| {
            let (place, members) = self.class(i);
            (members[0], place)
        };
        let mut all: Vec<(u32, Ix)> = (0..self.len()).map(class).collect();
        all.sort_unstable();
        all
    }
}

/// Chains, from a node up.
struct Stands<'a, 'b, const L: usize> {
    base: &'a Base<'b, L>,
    /// Per node: the node whose failure is the same, where that is known.
    same: Vec<u32>,
    path: Vec<u32>,
}

impl<const L: usize> Stands<'_, '_, L> {
    /// The top of the chain of a node. In a ring of such links, one of them.
    fn top(&mut self, place: Ix) -> Ix {
        let mut at = place.0;
        loop {
            if self.same[at as usize] != NONE {
                at = self.same[at as usize];
                break;
            }
            // Its own until more is known: a ring ends where it began.
            self.same[at as usize] = at;
            self.path.push(at);
            match self.consumer(at) {
                Some(consumer) => at = consumer,
                None => break,
            }
        }
        for v in self.path.drain(..) {
            self.same[v as usize] = at;
        }
        Ix(at)
    }

    /// The one consumer of a node that stops with it.
    fn consumer(&self, v: u32) -> Option<u32> {
        let sys = self.base.system();
        let users = sys.users_of(v as usize);
        let first = *users.first()?;
        if !is_plain(self.base, v) || users.iter().any(|&r| r != first) {
            return None;
        }
        let r = &sys.requirements[first as usize];
        let lost = u32::try_from(users.len()).unwrap_or(NONE);
        let stops = self.base.values.live[first as usize] < r.need.saturating_add(lost);
        let works = self.base.values.works[r.consumer as usize];
        (stops && works).then_some(r.consumer)
    }
}

/// Per node: one of those that stop when it does and with which it stops, [`NONE`] for that one and
/// where there are no others.
fn all_for_one<const L: usize>(base: &Base<'_, L>) -> Vec<u32> {
    let sys = base.system();
    let mut same = vec![NONE; sys.len()];
    let works = |v: u32| base.works(Ix(v));
    for &(first, last) in &sys.cycles {
        let mut graph: DiGraph<(), (), u32> = DiGraph::default();
        for _ in first..last {
            graph.add_node(());
        }
        for v in (first..last).filter(|&v| works(v)) {
            for &number in sys.users_of(v as usize) {
                let r = &sys.requirements[number as usize];
                let stops = base.values.live[number as usize] <= r.need && works(r.consumer);
                if stops && (first..last).contains(&r.consumer) {
                    let at = |v: u32| NodeIndex::new((v - first) as usize);
                    graph.add_edge(at(v), at(r.consumer), ());
                }
            }
        }
        for part in petgraph::algo::kosaraju_scc(&graph) {
            let at = |v: &NodeIndex<u32>| first + u32::try_from(v.index()).unwrap_or(0);
            let one = part.iter().map(at).min();
            for v in part.iter().map(at).filter(|v| one != Some(*v)) {
                same[v as usize] = one.unwrap_or(NONE);
            }
        }
    }
    same
}

/// Whether a node works, is no service, and no network asks for it.
fn is_plain<const L: usize>(base: &Base<'_, L>, v: u32) -> bool {
    let sys = base.system();
    base.works(Ix(v)) && sys.service[v as usize] == NONE && sys.part(v) == Part::Outside
}

/// Groups of which all providers are alike.
struct Twins {
    /// Per node: the requirement that it is alike for, or [`NONE`].
    group: Vec<u32>,
    /// Per requirement, if it is such a group: its first two elements and where the second stands.
    firsts: Vec<(u32, u32, Ix)>,
}

impl Twins {
    fn of<const L: usize>(base: &Base<'_, L>, places: &[Ix]) -> Self {
        let sys = base.system();
        let mut group = vec![NONE; sys.len()];
        for (number, r) in (0u32..).zip(&sys.requirements) {
            if is_uniform(base, r) {
                for e in &sys.edges[r.edges()] {
                    group[e.provider as usize] = number;
                }
            }
        }
        let mut firsts = vec![(NONE, NONE, Ix(NONE)); sys.requirements.len()];
        for (e, &place) in (0u32..).zip(places) {
            let number = group[place.index()];
            if number == NONE || !base.works(place) {
                group[place.index()] = NONE;
                continue;
            }
            let first = &mut firsts[number as usize];
            if first.0 == NONE {
                first.0 = e;
            } else if first.1 == NONE {
                (first.1, first.2) = (e, place);
            }
        }
        Self { group, firsts }
    }

    /// Where the second element stands of those that are alike with this one, which is not the first.
    fn second(&self, place: Ix, e: u32) -> Option<Ix> {
        let number = self.group[place.index()];
        let &(first, _, second) = self.firsts.get(number as usize)?;
        (e != first).then_some(second)
    }
}

/// Whether all providers of a requirement are alike, and the loss of one stops nobody.
fn is_uniform<const L: usize>(base: &Base<'_, L>, r: &Requirement) -> bool {
    let sys = base.system();
    let edges = &sys.edges[r.edges()];
    let spreads = matches!(r.rule, Rule::Group(Split::Share | Split::Copy));
    if !spreads || edges.len() < FEW || !base.works(Ix(r.consumer)) {
        return false;
    }
    let working = edges.iter().filter(|e| base.works(Ix(e.provider))).count();
    let size = |p: u32| base.capacity()[p as usize].to_bits();
    let first = &edges[0];
    working > r.need as usize
        && edges.iter().all(|e| {
            let (v, p) = (e.provider as usize, e.provider);
            let alone = sys.users_of(v).len() == 1 && sys.requirements_of(v).is_empty();
            let plain = sys.service[v] == NONE && sys.part(p) == Part::Outside;
            let same = e.factor.to_bits() == first.factor.to_bits()
                && e.weight.to_bits() == first.weight.to_bits()
                && size(p) == size(first.provider);
            alone && plain && same
        })
}
