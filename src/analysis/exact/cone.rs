//! What can bring one service down, as a formula.
//!
//! In: a compiled system, who is out by which event. Out: a [`Formula`] of all that the service cannot
//! do without.

use super::answer::{MOST_NODES, NotExact};
use super::formula::{ALWAYS, Formula, NEVER, Term};
use super::ways::Ways;
use crate::engine::{CompiledSystem, Ix, NONE, Part};
use crate::model::{NodeId, Role, System};
use std::collections::HashMap;
use std::ops::Range;

/// Who is out by what.
pub struct Causes<'a> {
    /// Per node in compiled order: events that take it out.
    pub events: &'a [Vec<u32>],
    /// Per node in compiled order: out for good.
    pub out: &'a [bool],
    /// Names and roles.
    pub system: &'a System,
    /// Per node in compiled order: it may trip in some state.
    pub trips: &'a [bool],
    /// Whether it is placed on one of several hosts.
    pub placed: &'a [bool],
}

/// When the service that stands at `service` is down.
///
/// # Errors
/// It needs a network, or too much.
pub fn formula(
    sys: &CompiledSystem,
    causes: &Causes<'_>,
    service: Ix,
) -> Result<(Formula, Term), NotExact> {
    let cone = Cone::new(sys, causes, service)?;
    let top = cone.term(service.0);
    Ok((cone.formula, top))
}

/// A service parted at one of its requirements.
pub struct Parted {
    /// The formula of all.
    pub formula: Formula,
    /// When each provider of the requirement is down.
    pub providers: Vec<Term>,
    /// When the service is down for any other reason.
    pub beside: Term,
}

/// What the service that stands at `service`, and is in no cycle, makes of its requirement.
///
/// # Errors
/// It needs a network, or too much.
pub fn parted(
    sys: &CompiledSystem,
    causes: &Causes<'_>,
    service: Ix,
    requirement: usize,
) -> Result<Parted, NotExact> {
    let mut cone = Cone::new(sys, causes, service)?;
    let beside = cone.down(service.0, Some(requirement));
    let edges = sys.requirements[requirement].edges();
    let providers = sys.edges[edges].iter().map(|e| cone.term(e.provider));
    Ok(Parted {
        providers: providers.collect(),
        beside,
        formula: cone.formula,
    })
}

struct Cone<'a> {
    sys: &'a CompiledSystem,
    causes: &'a Causes<'a>,
    formula: Formula,
    /// All that is looked at, sorted.
    nodes: Vec<u32>,
    /// When each of them is down, as far as it is known.
    terms: Vec<Term>,
    /// Per flow that crosses a network, by node.
    ways: HashMap<u32, Routes>,
}

/// The ways of a flow.
struct Routes {
    ways: Ways,
    /// Its links by node, in the order of `ways`.
    links: Vec<u32>,
}

impl<'a> Cone<'a> {
    fn new(sys: &'a CompiledSystem, causes: &'a Causes<'a>, service: Ix) -> Result<Self, NotExact> {
        let (mut nodes, ways) = walk(sys, causes, service)?;
        // Providers first, members of a cycle side by side.
        nodes.sort_unstable();
        let mut cone = Self {
            sys,
            causes,
            formula: Formula::new(),
            terms: vec![NEVER; nodes.len()],
            nodes: nodes.clone(),
            ways,
        };
        let cycle = |v: u32| match sys.cycle[v as usize] {
            NONE => (v, true),
            first => (first, false),
        };
        for block in nodes.chunk_by(|a, b| cycle(*a) == cycle(*b)) {
            cone.add(block);
        }
        Ok(cone)
    }

    fn place(&self, v: u32) -> usize {
        self.nodes.partition_point(|&n| n < v)
    }

    fn term(&self, v: u32) -> Term {
        self.terms[self.place(v)]
    }

    /// Adds a node, or all members of a cycle.
    fn add(&mut self, block: &[u32]) {
        let first = self.place(block[0]);
        if let [v] = *block {
            self.terms[first] = self.down(v, None);
            return;
        }
        let members: Vec<Term> = block.iter().map(|_| self.formula.member()).collect();
        self.terms[first..first + block.len()].copy_from_slice(&members);
        for (&v, member) in block.iter().zip(members) {
            let down = self.down(v, None);
            self.formula.tell(member, down);
        }
    }

    /// When a node is down, given its providers, but for one of its requirements.
    fn down(&mut self, v: u32, but: Option<usize>) -> Term {
        let at = v as usize;
        if self.causes.out[at] {
            return ALWAYS;
        }
        let own = self.causes.events[at].iter();
        let mut ways: Vec<Term> = own.map(|&e| self.formula.event(e)).collect();
        for (r, spare, edges) in needed(self.sys, at) {
            if but == Some(r) {
                continue;
            }
            let providers = self.sys.edges[edges].iter();
            let providers: Vec<Term> = providers.map(|e| self.term(e.provider)).collect();
            ways.push(self.formula.at_least(spare as usize + 1, providers));
        }
        if let Some(routes) = self.ways.get(&v) {
            let links = routes.links.iter().map(|&l| self.term(l)).collect();
            ways.push(self.formula.no_way(routes.ways.shape.clone(), links));
        }
        self.formula.any(ways)
    }
}

/// The requirements of a node that matter: which, how many providers may fail, and the edges.
fn needed(sys: &CompiledSystem, v: usize) -> impl Iterator<Item = (usize, u32, Range<usize>)> + '_ {
    let all = sys.requirements_of(v).map(|r| (r, &sys.requirements[r]));
    let hard = all.filter(|(_, r)| r.need > 0);
    hard.map(|(at, r)| (at, r.last - r.first - r.need, r.edges()))
}

/// All that a service cannot do without, in any order; and the ways of flows.
fn walk(
    sys: &CompiledSystem,
    causes: &Causes<'_>,
    service: Ix,
) -> Result<(Vec<u32>, HashMap<u32, Routes>), NotExact> {
    let mut seen = std::collections::HashSet::from([service.0]);
    let (mut nodes, mut stack) = (Vec::new(), vec![service.0]);
    let mut ways = HashMap::new();
    while let Some(v) = stack.pop() {
        if nodes.len() >= MOST_NODES {
            return Err(NotExact::TooMany);
        }
        if causes.trips[v as usize] {
            return Err(NotExact::Trips);
        }
        if causes.placed[v as usize] {
            return Err(NotExact::Placement);
        }
        nodes.push(v);
        if causes.out[v as usize] {
            continue;
        }
        for (_, _, edges) in needed(sys, v as usize) {
            let providers = sys.edges[edges].iter().map(|e| e.provider);
            stack.extend(providers.filter(|&p| seen.insert(p)));
        }
        if let Some(routes) = routes(sys, causes.system, v)? {
            stack.extend(routes.links.iter().copied().filter(|&l| seen.insert(l)));
            ways.insert(v, routes);
        }
    }
    Ok((nodes, ways))
}

/// The ways of a flow that crosses a network; `None` of anything else.
fn routes(sys: &CompiledSystem, system: &System, v: u32) -> Result<Option<Routes>, NotExact> {
    let Part::Flow(network, _) = sys.part(v) else {
        return Ok(None);
    };
    let Role::Flow(flow) = &system.node(sys.node(Ix(v))).role else {
        return Ok(None);
    };
    let network = &sys.networks[network as usize];
    let ends = |&place: &u32| match &system.node(sys.node(Ix(place))).role {
        Role::Link(link) => Some((link.a.0, link.b.0)),
        _ => None,
    };
    let all: Vec<(u32, u32)> = network.links.iter().filter_map(ends).collect();
    let forwards = |v: u32| system.node(NodeId(v)).is_transit();
    let ways = Ways::new(&all, (flow.from.0, flow.to.0), forwards).ok_or(NotExact::Network)?;
    let links = ways.links.iter().map(|&l| network.links[l]).collect();
    Ok(Some(Routes { ways, links }))
}
