//! Why a node does not work, though some things are added. In: a state, a node, additions that are free. Out:
//! whether it works with them; if not, a cut: of its repairs and additions every plan takes one after which the
//! node works. Promises: nothing of a cut is free; sound while nothing trips and nothing is placed, since what
//! works then only grows with what is there.
//!
//! What stays lost is lost in rounds: first what the contingency takes, then what hangs on that. A cut of a
//! node follows one of its reasons, down to nodes that were lost in earlier rounds. So whoever takes nothing
//! of the cut loses the same nodes in the same order, the node itself last.

use super::cure::Failure;
use super::region::{Item, price};
use super::state::State;
use crate::model::{Need, NodeId, Requirement, Role};
use std::collections::{BTreeSet, HashMap};

/// Rounds that are followed.
const MOST_ROUNDS: u32 = 128;
/// Nodes that are looked at.
const MOST_NODES: usize = 20_000;
/// Not lost.
const NEVER: u32 = u32::MAX;

/// A set of alternatives.
pub(super) type Cut = BTreeSet<Item>;

/// A node that does not work in the state as it is.
struct Lost {
    /// The round in which it is lost.
    round: u32,
    /// The same of what one more like it would need.
    needs: u32,
    failure: Failure,
    /// Seats of new ones like it that no contingency takes.
    seats: Vec<Item>,
    /// Of a flow without a way: everything that may give it one.
    way: Option<Cut>,
}

/// All that does not work below a node.
pub(super) struct Cone<'s, 'a> {
    state: &'s State<'a>,
    top: NodeId,
    order: Vec<NodeId>,
    lost: HashMap<NodeId, Lost>,
    /// Seats of new ones like nodes that work.
    seats: HashMap<NodeId, Vec<Item>>,
    /// Whether all of it was looked at.
    whole: bool,
}

impl<'s, 'a> Cone<'s, 'a> {
    pub fn of(state: &'s State<'a>, top: NodeId) -> Self {
        let mut cone = Self {
            state,
            top,
            order: Vec::new(),
            lost: HashMap::new(),
            seats: HashMap::new(),
            whole: true,
        };
        let mut todo = vec![top];
        while let Some(v) = todo.pop() {
            if state.works(v) {
                if !cone.seats.contains_key(&v) {
                    cone.seats.insert(v, cone.seats_of(v));
                }
                continue;
            }
            if cone.lost.contains_key(&v) {
                continue;
            }
            if cone.order.len() >= MOST_NODES {
                cone.whole = false;
                break;
            }
            cone.order.push(v);
            let way = cone.way_of(v);
            cone.lost.insert(
                v,
                Lost {
                    round: NEVER,
                    needs: NEVER,
                    failure: state.failure(v),
                    seats: cone.seats_of(v),
                    way,
                },
            );
            let node = state.system.node(v);
            todo.extend(node.within.iter().copied());
            if let Role::Link(l) = node.role {
                todo.extend([l.a, l.b]);
            }
            let all = state.system.requirements_of(v).iter();
            todo.extend(all.flat_map(|r| r.providers.iter().map(|p| p.node)));
        }
        cone.order.sort_unstable();
        cone
    }

    /// Where new ones like a node would not be lost with what they sit in, for sale.
    fn seats_of(&self, v: NodeId) -> Vec<Item> {
        let state = self.state;
        let like = state.origin(v);
        if state.of.prices.member(like).is_none() {
            return Vec::new();
        }
        let domains = state.of.known.domains(like);
        let named = state.taken.binary_search(&like).is_ok();
        let mut found = Vec::new();
        let is_lost = |&d: &NodeId| state.failure(d) == Failure::Lost;
        if !named && !domains.iter().any(is_lost) {
            found.push(Item::Add(like, Vec::new()));
        }
        let escapes = !named || domains.iter().any(|d| state.taken.binary_search(d).is_ok());
        if !domains.is_empty() && escapes {
            found.push(Item::Add(like, domains.to_vec()));
        }
        found
    }

    fn way_of(&self, v: NodeId) -> Option<Cut> {
        let is_flow = matches!(self.state.system.node(v).role, Role::Flow(_));
        is_flow.then(|| self.state.revive(&[v]).items)
    }

    /// Whether the node works with what is free.
    pub fn works_with(&mut self, free: &BTreeSet<Item>) -> bool {
        for l in self.lost.values_mut() {
            (l.round, l.needs) = (NEVER, NEVER);
        }
        for round in 0..MOST_ROUNDS {
            let mut now: Vec<(NodeId, bool, bool)> = Vec::new();
            for &v in &self.order {
                let l = &self.lost[&v];
                let needs = l.needs == NEVER && self.lacks(v, round, free);
                let itself = l.round == NEVER && self.is_lost(v, round, free);
                if needs || itself {
                    now.push((v, needs, itself));
                }
            }
            if now.is_empty() {
                return self.is_there(self.top, NEVER);
            }
            for (v, needs, itself) in now {
                if let Some(l) = self.lost.get_mut(&v) {
                    if needs {
                        l.needs = round;
                    }
                    if itself {
                        l.round = round;
                    }
                }
            }
        }
        // Too deep to tell.
        true
    }

    /// Whether a node is there before a round.
    fn is_there(&self, v: NodeId, round: u32) -> bool {
        self.lost
            .get(&v)
            .is_none_or(|l| l.round == NEVER || l.round >= round)
    }

    fn is_lost(&self, v: NodeId, round: u32, free: &BTreeSet<Item>) -> bool {
        let l = &self.lost[&v];
        match l.failure {
            Failure::Lost => return true,
            Failure::Known if !free.contains(&Item::Restore(v)) => return true,
            Failure::Known | Failure::None => {}
        }
        let within = &self.state.system.node(v).within;
        l.needs < round || within.iter().any(|&d| !self.is_there(d, round))
    }

    /// Whether one like a node would lack something that it needs.
    fn lacks(&self, v: NodeId, round: u32, free: &BTreeSet<Item>) -> bool {
        let l = &self.lost[&v];
        if let Some(way) = &l.way {
            return way.is_disjoint(free);
        }
        if let Role::Link(link) = self.state.system.node(v).role
            && [link.a, link.b]
                .iter()
                .any(|&end| !self.is_there(end, round))
        {
            return true;
        }
        let mut all = self.state.system.requirements_of(v).iter();
        all.any(|r| self.is_unmet(r, round, free))
    }

    fn is_unmet(&self, r: &Requirement, round: u32, free: &BTreeSet<Item>) -> bool {
        let mut there = 0;
        for p in r.providers.iter().map(|p| p.node) {
            let copied = self.is_copied(p, round, free);
            let is_there = self.is_there(p, round);
            if r.need == Need::All {
                if !is_there && !copied {
                    return true;
                }
            } else if copied {
                // Of what is free there are as many as it takes.
                return false;
            } else if is_there {
                there += 1;
            }
        }
        r.need != Need::All && there < r.need_count()
    }

    fn seats(&self, p: NodeId) -> &[Item] {
        match self.lost.get(&p) {
            Some(l) => &l.seats,
            None => self.seats.get(&p).map_or(&[], Vec::as_slice),
        }
    }

    /// Whether one like a node is free and works before a round.
    fn is_copied(&self, p: NodeId, round: u32, free: &BTreeSet<Item>) -> bool {
        let works = self
            .lost
            .get(&p)
            .is_none_or(|l| l.needs == NEVER || l.needs >= round);
        works && self.seats(p).iter().any(|item| free.contains(item))
    }

    /// The cut of a node that does not work with what is free; `None` where that cannot be told.
    pub fn cut(&self, free: &BTreeSet<Item>) -> Option<Cut> {
        if !self.whole {
            return None;
        }
        let mut cuts = Cuts {
            cone: self,
            free,
            nodes: HashMap::new(),
            needs: HashMap::new(),
        };
        let cut = cuts.of_node(self.top);
        cut.is_disjoint(free).then_some(cut)
    }
}

/// Cuts, worked out once for each node.
struct Cuts<'c, 's, 'a> {
    cone: &'c Cone<'s, 'a>,
    free: &'c BTreeSet<Item>,
    nodes: HashMap<NodeId, Cut>,
    needs: HashMap<NodeId, Cut>,
}

impl Cuts<'_, '_, '_> {
    fn of_node(&mut self, v: NodeId) -> Cut {
        if let Some(known) = self.nodes.get(&v) {
            return known.clone();
        }
        let cone = self.cone;
        let l = &cone.lost[&v];
        let restore = Item::Restore(v);
        let cut = match l.failure {
            Failure::Lost => Cut::new(),
            Failure::Known if !self.free.contains(&restore) => Cut::from([restore]),
            Failure::Known | Failure::None => {
                let mut all: Vec<Cut> = Vec::new();
                let within = &cone.state.system.node(v).within;
                for &d in within.iter().filter(|&&d| !cone.is_there(d, l.round)) {
                    all.push(self.of_node(d));
                }
                if l.needs < l.round {
                    all.push(self.of_needs(v));
                }
                fewest(all)
            }
        };
        self.nodes.insert(v, cut.clone());
        cut
    }

    fn of_needs(&mut self, v: NodeId) -> Cut {
        if let Some(known) = self.needs.get(&v) {
            return known.clone();
        }
        let cone = self.cone;
        let l = &cone.lost[&v];
        let round = l.needs;
        let mut all: Vec<Cut> = l.way.iter().cloned().collect();
        if let Role::Link(link) = cone.state.system.node(v).role {
            for end in [link.a, link.b] {
                if !cone.is_there(end, round) {
                    all.push(self.of_node(end));
                }
            }
        }
        if l.way.is_none() {
            for r in cone.state.system.requirements_of(v) {
                if cone.is_unmet(r, round, self.free) {
                    all.push(self.of_requirement(r, round));
                }
            }
        }
        let cut = fewest(all);
        self.needs.insert(v, cut.clone());
        cut
    }

    fn of_requirement(&mut self, r: &Requirement, round: u32) -> Cut {
        let cone = self.cone;
        if r.need == Need::All {
            let mut all = Vec::new();
            for p in r.providers.iter().map(|p| p.node) {
                if !cone.is_there(p, round) && !cone.is_copied(p, round, self.free) {
                    let mut cut = self.of_node(p);
                    cut.append(&mut self.of_copies(p, round));
                    all.push(cut);
                }
            }
            return fewest(all);
        }
        let mut cut = Cut::new();
        for p in r.providers.iter().map(|p| p.node) {
            if !cone.is_there(p, round) {
                cut.append(&mut self.of_node(p));
            }
            cut.append(&mut self.of_copies(p, round));
        }
        cut
    }

    /// What lets one like a node work that does not work yet: it is added, or gets what it needs.
    fn of_copies(&mut self, p: NodeId, round: u32) -> Cut {
        let cone = self.cone;
        let seats: Cut = cone.seats(p).iter().cloned().collect();
        if seats.is_empty() {
            return seats;
        }
        let lacks = cone.lost.get(&p).is_some_and(|l| l.needs < round);
        if !lacks {
            return seats;
        }
        let needs = self.of_needs(p);
        if seats.is_disjoint(self.free) && seats.len() < needs.len() {
            seats
        } else {
            needs
        }
    }
}

/// The cut with fewest alternatives, the first of equals.
fn fewest(all: Vec<Cut>) -> Cut {
    all.into_iter().min_by_key(Cut::len).unwrap_or_default()
}

impl State<'_> {
    /// The least that something of a cut costs, by what counts first.
    pub fn least_of(&self, cut: &Cut) -> f64 {
        let prices = cut.iter().filter_map(|item| price(item, self.of.prices));
        prices.map(|w| w.0[0]).fold(f64::INFINITY, f64::min)
    }
}
