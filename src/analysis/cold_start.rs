//! What could not be started if everything had stopped. In: a study, what has failed. Out: those nodes, and
//! the loops that hold each other. Promises: with every loop broken everything would start; what is said to
//! break a loop was tried: without it all members start.

use super::study::Study;
use crate::engine::Scratch;
use crate::model::{CaseId, Flow, Link, Need, NodeId, Role, System};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// What works in a state and could not be started in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColdStart {
    /// All of it, sorted.
    pub nodes: Vec<NodeId>,
    /// The loops that it hangs on: those that wait for no other first.
    pub loops: Vec<ColdLoop>,
}

/// Nodes each of which waits for another of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ColdLoop {
    /// Sorted.
    pub members: Vec<NodeId>,
    /// The shortest way round from the first member: each waits for the next, the last is the first.
    pub way: Vec<NodeId>,
    /// Who else cannot start before them, sorted.
    pub waiting: Vec<NodeId>,
    /// Each of these alone breaks it; if none does, all of [`ColdLoop::together`] do.
    pub breaks: Vec<Hold>,
    /// What breaks it together where nothing does alone.
    pub together: Vec<Hold>,
    /// How many holds of a large loop were not tried alone.
    pub untried: usize,
}

/// What makes a member of a loop wait for others of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hold {
    /// Who waits.
    pub consumer: NodeId,
    /// For whom, sorted.
    pub providers: Vec<NodeId>,
    /// Which of its requirements it is; any for what is none.
    pub number: usize,
    /// The line of the first row of that requirement, 0 if it came from elsewhere; `None` for what is none.
    pub line: Option<u32>,
    /// By what.
    pub by: HoldBy,
}

impl Hold {
    /// Whether it is the same, for some of the same providers.
    fn is_of(&self, other: &Self) -> bool {
        let is_group = matches!(self.by, HoldBy::Group(..));
        (self.consumer, self.number, &self.by) == (other.consumer, other.number, &other.by)
            && (is_group || self.providers == other.providers)
    }
}

/// What a member waits by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldBy {
    /// One provider that must work, in a group with this name: the dependency could be removed or made
    /// soft.
    Provider(Option<String>),
    /// So many of a group with this name must work: the group could be made soft.
    Group(u32, Option<String>),
    /// It sits within them: it could be placed elsewhere.
    Within,
    /// They are its ends: nothing could be done about it.
    Ends,
}

impl Study<'_> {
    /// What works when the known outages and `failed` have failed, and could not be started then.
    #[must_use]
    pub fn cold_start(&self, failed: &[NodeId], case: CaseId) -> ColdStart {
        if self.compiled().cycles.is_empty() {
            return ColdStart::default();
        }
        let demand = &self.scenario().cases[case.index()].demand;
        let demand: Vec<[f64; 1]> = demand.iter().map(|&d| [d]).collect();
        let base = self.base(failed, &demand);
        let mut scratch = Scratch::new(&base);
        scratch.darken();
        let all = self.system().iter().map(|(v, _)| self.compiled().ix(v));
        let started: Vec<bool> = all.map(|v| scratch.works(v)).collect();
        let works = |v: NodeId| base.works(self.compiled().ix(v));
        Dark::new(self.system(), works, started).cold_start()
    }
}

/// Holds of one loop that are tried.
const MOST_HOLDS: usize = 1000;

/// A loop that is tried.
struct Round<'r> {
    members: &'r [NodeId],
    /// Per member: which others wait for it.
    users: &'r HashMap<NodeId, Vec<NodeId>>,
}

/// A state that comes up.
struct Dark<'a> {
    system: &'a System,
    started: Vec<bool>,
    /// What works and has not started, sorted.
    open: Vec<NodeId>,
    /// Per node: whether it is among these.
    is_open: Vec<bool>,
    /// Links by network, as far as they were asked for.
    links: HashMap<u32, Vec<NodeId>>,
}

impl<'a> Dark<'a> {
    fn new(system: &'a System, works: impl Fn(NodeId) -> bool, started: Vec<bool>) -> Self {
        let nodes = system.iter().map(|(v, _)| v);
        let open: Vec<NodeId> = nodes.filter(|&v| works(v) && !started[v.index()]).collect();
        let mut is_open = vec![false; started.len()];
        for v in &open {
            is_open[v.index()] = true;
        }
        Self {
            system,
            started,
            open,
            is_open,
            links: HashMap::new(),
        }
    }

    fn cold_start(mut self) -> ColdStart {
        let nodes = self.open.clone();
        let mut loops = Vec::new();
        while !self.open.is_empty() {
            let found = self.loops();
            if found.is_empty() {
                break;
            }
            for round in &found {
                self.start(round.members.clone());
            }
            loops.extend(found);
        }
        ColdStart { nodes, loops }
    }

    /// The loops that wait for nothing else.
    fn loops(&mut self) -> Vec<ColdLoop> {
        let open = self.open.clone();
        let place = |v: NodeId| open.binary_search(&v).ok();
        let mut graph: DiGraph<NodeId, ()> = DiGraph::new();
        for &v in &open {
            graph.add_node(v);
        }
        for (at, &v) in open.iter().enumerate() {
            for p in self.waits_for(v) {
                if let Some(p) = place(p) {
                    graph.add_edge(NodeIndex::new(at), NodeIndex::new(p), ());
                }
            }
        }
        let mut found = Vec::new();
        let parts = petgraph::algo::kosaraju_scc(&graph);
        let mut part_of = vec![0; open.len()];
        for (at, part) in parts.iter().enumerate() {
            for v in part {
                part_of[v.index()] = at;
            }
        }
        for (at, part) in parts.iter().enumerate() {
            let leaves = |v: &NodeIndex| graph.neighbors(*v).any(|p| part_of[p.index()] != at);
            if part.iter().any(leaves) {
                continue;
            }
            let mut members: Vec<NodeId> = part.iter().map(|&v| graph[v]).collect();
            members.sort_unstable();
            let waiting = waiting(&graph, part);
            found.push(self.describe(members, waiting));
        }
        found.sort_by(|x, y| x.members.cmp(&y.members));
        found
    }

    fn describe(&mut self, members: Vec<NodeId>, waiting: Vec<NodeId>) -> ColdLoop {
        let waits: HashMap<NodeId, Vec<NodeId>> =
            members.iter().map(|&v| (v, self.waits_for(v))).collect();
        let way = self.system.shortest_way(members[0], |v, visit| {
            waits.get(&v).into_iter().flatten().for_each(|&p| visit(p));
        });
        let mut users: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for (&v, providers) in &waits {
            for &p in providers {
                users.entry(p).or_default().push(v);
            }
        }
        let round = Round {
            members: &members,
            users: &users,
        };
        let holds = members.iter().flat_map(|&v| self.holds_in(v));
        let mut holds: Vec<Hold> = holds.filter(|h| h.by != HoldBy::Ends).collect();
        let untried = holds.len().saturating_sub(MOST_HOLDS);
        holds.truncate(MOST_HOLDS);
        let all = members.len();
        let mut breaks = Vec::new();
        for hold in &holds {
            if self.starts_without(&round, &[hold]) == all {
                breaks.push(hold.clone());
            }
        }
        let together = if breaks.is_empty() {
            self.together(&round, &holds)
        } else {
            Vec::new()
        };
        ColdLoop {
            members,
            way,
            waiting,
            breaks,
            together,
            untried,
        }
    }

    /// A set of holds without which all members start, none of which can be left out: the one that starts
    /// most members first. Empty if there is none.
    fn together(&mut self, round: &Round<'_>, holds: &[Hold]) -> Vec<Hold> {
        let all = round.members.len();
        let mut taken: Vec<&Hold> = Vec::new();
        let mut starts = 0;
        while starts < all {
            let mut best: Option<(usize, &Hold)> = None;
            for hold in holds {
                if taken.contains(&hold) {
                    continue;
                }
                taken.push(hold);
                let now = self.starts_without(round, &taken);
                taken.pop();
                // Of equals the first.
                if best.is_none_or(|(most, _)| now > most) {
                    best = Some((now, hold));
                }
            }
            let Some((now, hold)) = best else {
                return Vec::new();
            };
            starts = now;
            taken.push(hold);
        }
        let mut at = 0;
        while at < taken.len() {
            let hold = taken.remove(at);
            if self.starts_without(round, &taken) < all {
                taken.insert(at, hold);
                at += 1;
            }
        }
        taken.into_iter().cloned().collect()
    }

    /// How many members of a loop start when some of them no longer wait by some holds.
    fn starts_without(&mut self, round: &Round<'_>, without: &[&Hold]) -> usize {
        let is_without = |h: &Hold| without.iter().any(|w| w.is_of(h));
        let mut count = 0;
        // Each is looked at again only when somebody that it waits for has started.
        let mut todo = round.members.to_vec();
        while let Some(v) = todo.pop() {
            if self.started[v.index()] || !self.holds_in(v).iter().all(is_without) {
                continue;
            }
            self.started[v.index()] = true;
            count += 1;
            todo.extend(round.users.get(&v).into_iter().flatten());
        }
        for v in round.members {
            self.started[v.index()] = false;
        }
        count
    }

    /// Starts some nodes, and all that then can.
    fn start(&mut self, first: Vec<NodeId>) {
        let mut users: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for &v in &self.open {
            let held = self.holds_in(v).into_iter().flat_map(|h| h.providers);
            for p in held.chain(self.on_the_way(v)) {
                users.entry(p).or_default().push(v);
            }
        }
        let mut ready = first;
        while let Some(v) = ready.pop() {
            if std::mem::replace(&mut self.started[v.index()], true) {
                continue;
            }
            for &u in users.get(&v).into_iter().flatten() {
                if !self.started[u.index()] && self.waits_for(u).is_empty() {
                    ready.push(u);
                }
            }
        }
        let started = &self.started;
        self.open.retain(|v| !started[v.index()]);
    }

    /// Whom a node that has not started waits for; nobody if it can start.
    fn waits_for(&mut self, v: NodeId) -> Vec<NodeId> {
        let held = self.holds_in(v).into_iter().flat_map(|h| h.providers);
        let mut all: Vec<NodeId> = held.collect();
        if all.is_empty()
            && let Role::Flow(flow) = self.system.node(v).role
            && let Some(network) = self.system.network_of_flow(&flow)
            && !self.joins(network, flow.from, flow.to)
        {
            all = self.on_the_way(v);
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What a flow may come by and has not started.
    fn on_the_way(&self, v: NodeId) -> Vec<NodeId> {
        let network = match &self.system.node(v).role {
            Role::Flow(flow) => self.system.network_of_flow(flow),
            _ => None,
        };
        let part = |p: &NodeId| !self.started[p.index()] && self.system.network(*p) == network;
        let open = self.open.iter().copied();
        open.filter(|p| network.is_some() && part(p)).collect()
    }

    /// What keeps a node from starting, as far as that works: requirements that too few started providers
    /// meet, domains and ends that have not started.
    fn holds_in(&self, v: NodeId) -> Vec<Hold> {
        let dark = |p: &NodeId| self.is_open[p.index()] && !self.started[p.index()];
        let mut holds = self.ties(v);
        for hold in &mut holds {
            hold.providers.retain(dark);
            hold.providers.sort_unstable();
            hold.providers.dedup();
        }
        holds.retain(|h| !h.providers.is_empty());
        holds
    }

    /// Everything that a node needs and that is not met, with all providers.
    fn ties(&self, v: NodeId) -> Vec<Hold> {
        let tie = |number: usize, line, providers: Vec<NodeId>, by| Hold {
            consumer: v,
            providers,
            number,
            line,
            by,
        };
        let mut ties = Vec::new();
        for (number, r) in self.system.requirements_of(v).iter().enumerate() {
            let name = || r.group.as_deref().map(str::to_owned);
            let providers = r.providers.iter().map(|p| p.node);
            let line = Some(r.line);
            match r.need {
                Need::All => {
                    let each = |p| tie(number, line, vec![p], HoldBy::Provider(name()));
                    ties.extend(providers.map(each));
                }
                Need::AtLeast(k) => {
                    let up = providers.clone().filter(|p| self.started[p.index()]);
                    if up.count() < k as usize {
                        let all = providers.collect();
                        ties.push(tie(number, line, all, HoldBy::Group(k, name())));
                    }
                }
            }
        }
        let node = self.system.node(v);
        let domains = node.within.iter();
        ties.extend(domains.map(|&d| tie(0, None, vec![d], HoldBy::Within)));
        if let Role::Link(Link { a, b, .. }) | Role::Flow(Flow { from: a, to: b }) = node.role {
            ties.extend([a, b].map(|end| tie(0, None, vec![end], HoldBy::Ends)));
        }
        ties
    }

    /// Whether a path of started links and nodes joins two nodes of a network; what is between lets
    /// traffic of others pass.
    fn joins(&mut self, network: u32, from: NodeId, to: NodeId) -> bool {
        let system = self.system;
        let links = self.links.entry(network).or_insert_with(|| {
            let all = system
                .iter()
                .filter(|(_, n)| matches!(n.role, Role::Link(_)));
            let all = all.map(|(v, _)| v);
            all.filter(|&v| system.network(v) == Some(network))
                .collect()
        });
        let up = |v: NodeId| self.started[v.index()];
        let mut seen = vec![false; self.started.len()];
        seen[from.index()] = up(from);
        loop {
            let mut grew = false;
            for &link in links.iter().filter(|&&l| up(l)) {
                let Role::Link(l) = system.node(link).role else {
                    continue;
                };
                for (x, y) in [(l.a, l.b), (l.b, l.a)] {
                    let leads_on = x == from || system.node(x).is_transit();
                    if seen[x.index()] && leads_on && up(y) && !seen[y.index()] {
                        seen[y.index()] = true;
                        grew = true;
                    }
                }
            }
            if !grew {
                return seen[to.index()];
            }
        }
    }
}

/// Who waits for a part of a graph, directly or not, without the part itself; sorted.
fn waiting(graph: &DiGraph<NodeId, ()>, part: &[NodeIndex]) -> Vec<NodeId> {
    let mut seen = vec![false; graph.node_count()];
    let mut stack = part.to_vec();
    while let Some(v) = stack.pop() {
        if !std::mem::replace(&mut seen[v.index()], true) {
            stack.extend(graph.neighbors_directed(v, petgraph::Direction::Incoming));
        }
    }
    for v in part {
        seen[v.index()] = false;
    }
    let found = graph.node_indices().filter(|v| seen[v.index()]);
    let mut found: Vec<NodeId> = found.map(|v| graph[v]).collect();
    found.sort_unstable();
    found
}
