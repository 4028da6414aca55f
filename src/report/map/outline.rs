//! What is shown of an estate, and what only counted. In: a system and how many boxes there may be. Out: the
//! boxes, and for each node where it is shown. Promises: every component and link is counted in one place,
//! whatever is opened; the same for any order of rows.
//!
//! Boxes are opened from the outside in, those of one kind on one level all or none, so that racks look
//! alike. A box that stays closed shows what is in it by kind, if there is room for that.

use super::home::{homes, in_common};
use super::shown::{Extent, Mapped, Spot};
use crate::model::{NodeId, Role, System};
use crate::report::document::map::{MapBox, MapLink, MapService, Outline};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Boxes in boxes in boxes: no further.
const LEVELS: usize = 6;
/// So many that hold nothing are shown one by one in a box.
const SINGLE: usize = 24;
/// Of a kind that is grouped otherwise, so many are still shown one by one.
const FEW: usize = 4;
/// Of a kind, so many that hold something are shown one by one in a box.
const HOLDING: usize = 64;
/// Most that a box shows of those that hold nothing, and of the others.
const MOST: [usize; 2] = [40, 100];
/// Groups of what stands nowhere, by kind.
const KINDS: usize = 24;
/// Kinds that a closed box tells apart.
const KINDS_CLOSED: usize = 6;
/// Ids of links between two boxes that are told.
const IDS: usize = 4;

/// What is shown of an estate, and where each node is counted.
#[must_use]
pub fn mapped(system: &System, extent: Extent) -> Mapped {
    let mut drawn = Drawing::new(Forest::new(system, extent.inside), extent.boxes);
    let first = drawn.first_level();
    drawn.open_all(first);
    let services = services(system, extent, &mut drawn.at);
    Mapped {
        outline: Outline {
            boxes: drawn.boxes,
            links: drawn.links,
            services,
        },
        at: drawn.at,
    }
}

fn services(system: &System, extent: Extent, at: &mut [Option<Spot>]) -> Vec<MapService> {
    let mut all = system.services().to_vec();
    let tier = |v: NodeId| system.node(v).as_service().and_then(|s| s.tier);
    all.sort_by_key(|&v| (tier(v).unwrap_or(u32::MAX), v));
    let shown = if all.len() > extent.services {
        extent.services.saturating_sub(1)
    } else {
        all.len()
    };
    let mut out = Vec::new();
    for (nth, &v) in all.iter().enumerate() {
        at[v.index()] = Some(Spot::Service(to_u32(nth.min(shown))));
        if nth < shown {
            let id = Some(system.id(v).to_owned());
            out.push(MapService { id, count: 1 });
        }
    }
    if shown < all.len() {
        let count = (all.len() - shown) as u64;
        out.push(MapService { id: None, count });
    }
    out
}

/// Components by what they are drawn in. After the nodes of the system come groups of what stands nowhere.
struct Forest<'s> {
    system: &'s System,
    /// Kind of each group; `None` for several kinds.
    groups: Vec<Option<&'s str>>,
    /// What is drawn in each, in order; `first[v]..first[v + 1]`.
    inside: Vec<u32>,
    first: Vec<u32>,
    /// How many components and links each stands for, with all that is in it.
    count: Vec<u64>,
    /// What is in no other.
    outermost: Vec<u32>,
    /// Links between two of these, with them.
    between: Vec<(u32, [u32; 2])>,
}

impl<'s> Forest<'s> {
    fn new(system: &'s System, inside: Option<NodeId>) -> Self {
        let nodes = system.nodes().len();
        let homes = homes(system);
        let mut home: Vec<Option<u32>> = homes.iter().map(|h| h.map(|h| h.0)).collect();
        let mut holds = vec![false; nodes];
        home.iter()
            .flatten()
            .for_each(|&h| holds[h as usize] = true);
        let component = |v: &NodeId| system.node(*v).role == Role::Component;
        let components = || system.iter().map(|(v, _)| v).filter(component);
        let mut outermost: Vec<u32> = Vec::new();
        let mut groups = Vec::new();
        if let Some(focus) = inside {
            outermost.extend(
                components()
                    .map(|v| v.0)
                    .filter(|v| homes[*v as usize] == Some(focus)),
            );
        } else {
            let roots = components().filter(|v| homes[v.index()].is_none());
            let (holding, alone): (Vec<NodeId>, Vec<NodeId>) =
                roots.partition(|v| holds[v.index()]);
            outermost.extend(holding.iter().map(|v| v.0));
            for (kind, members) in alone_by_kind(system, &alone) {
                if let [one] = members.as_slice() {
                    outermost.push(one.0);
                    continue;
                }
                let group = to_u32(nodes + groups.len());
                members.iter().for_each(|v| home[v.index()] = Some(group));
                outermost.push(group);
                groups.push(kind);
            }
        }
        let mut forest = Self {
            system,
            inside: Vec::new(),
            first: Vec::new(),
            count: vec![0; nodes + groups.len()],
            groups,
            outermost,
            between: Vec::new(),
        };
        home.resize(forest.count.len(), None);
        forest.fill(&home);
        let (order, outer) = forest.outside_in();
        forest.join(&homes, &mut home, &outer, inside);
        forest.fill(&home);
        forest.add_up(&order, &home);
        forest
    }

    fn nodes(&self) -> usize {
        self.system.nodes().len()
    }

    fn is_group(&self, v: u32) -> bool {
        v as usize >= self.nodes()
    }

    fn kind(&self, v: u32) -> Option<&'s str> {
        match (v as usize).checked_sub(self.nodes()) {
            Some(group) => self.groups[group],
            None => Some(&self.system.node(NodeId(v)).kind),
        }
    }

    fn inside(&self, v: u32) -> &[u32] {
        let v = v as usize;
        &self.inside[self.first[v] as usize..self.first[v + 1] as usize]
    }

    /// Sets what is in each.
    fn fill(&mut self, home: &[Option<u32>]) {
        let mut first = vec![0u32; home.len() + 1];
        home.iter()
            .flatten()
            .for_each(|&h| first[h as usize + 1] += 1);
        for v in 0..home.len() {
            first[v + 1] += first[v];
        }
        let mut next = first.clone();
        let mut inside = vec![0; first[home.len()] as usize];
        for (v, home) in (0u32..).zip(home) {
            if let Some(home) = *home {
                inside[next[home as usize] as usize] = v;
                next[home as usize] += 1;
            }
        }
        (self.inside, self.first) = (inside, first);
    }

    /// All that is shown, each after what it is in; and for each node the outermost that it is in.
    fn outside_in(&self) -> (Vec<u32>, Vec<Option<u32>>) {
        let mut outer = vec![None; self.count.len()];
        let mut order = self.outermost.clone();
        self.outermost
            .iter()
            .for_each(|&v| outer[v as usize] = Some(v));
        let mut next = 0;
        while let Some(&v) = order.get(next) {
            next += 1;
            for &w in self.inside(v) {
                outer[w as usize] = outer[v as usize];
                order.push(w);
            }
        }
        (order, outer)
    }

    /// Puts every link into the closest that holds both its ends, or between two of the outermost.
    fn join(
        &mut self,
        homes: &[Option<NodeId>],
        home: &mut [Option<u32>],
        outer: &[Option<u32>],
        inside: Option<NodeId>,
    ) {
        for (v, node) in self.system.iter() {
            let Role::Link(link) = node.role else {
                continue;
            };
            let ends = [link.a, link.b].map(|end| outer[end.index()]);
            match ends {
                [Some(a), Some(b)] if a == b => {
                    let common = in_common(homes, link.a, link.b).map(|h| h.0);
                    let is_inside = |h: &u32| outer[*h as usize].is_some();
                    home[v.index()] = common.filter(is_inside).or(Some(a));
                }
                [Some(a), Some(b)] => self.between.push((v.0, [a.min(b), a.max(b)])),
                // To the one box that is looked into, from something in it.
                [Some(a), None] if Some(link.b) == inside => home[v.index()] = Some(a),
                [None, Some(b)] if Some(link.a) == inside => home[v.index()] = Some(b),
                _ => {}
            }
        }
    }

    fn add_up(&mut self, order: &[u32], home: &[Option<u32>]) {
        for v in 0..self.nodes() {
            self.count[v] = 1;
        }
        // A link is in no order, for it holds nothing.
        for (v, node) in self.system.iter() {
            if let (Role::Link(_), Some(h)) = (node.role, home[v.index()]) {
                self.count[h as usize] += 1;
            }
        }
        for &v in order.iter().rev() {
            if let Some(h) = home[v as usize] {
                self.count[h as usize] += self.count[v as usize];
            }
        }
    }
}

/// What stands nowhere and holds nothing, by kind; of many kinds those with fewest in one group at the end.
fn alone_by_kind<'s>(system: &'s System, alone: &[NodeId]) -> Vec<(Option<&'s str>, Vec<NodeId>)> {
    let mut kinds: BTreeMap<&str, Vec<NodeId>> = BTreeMap::new();
    for &v in alone {
        kinds.entry(&*system.node(v).kind).or_default().push(v);
    }
    let mut kinds: Vec<(&str, Vec<NodeId>)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(kind, all)| (Reverse(all.len()), *kind));
    let rest = kinds.split_off(kinds.len().min(KINDS));
    kinds.sort_by_key(|(kind, _)| *kind);
    let mut out: Vec<_> = kinds
        .into_iter()
        .map(|(kind, all)| (Some(kind), all))
        .collect();
    let mut rest: Vec<NodeId> = rest.into_iter().flat_map(|(_, all)| all).collect();
    if !rest.is_empty() {
        rest.sort_unstable();
        out.push((None, rest));
    }
    out
}

/// One box to be.
struct Cell<'s> {
    /// Nodes or groups of the forest.
    members: Vec<u32>,
    /// What they are; `None` if they are of several kinds.
    kind: Option<&'s str>,
    /// Whether it stands for all that is in them as well.
    is_whole: bool,
}

/// A box that can be opened: what it is in the forest, and its position.
type Closed = (u32, u32);
/// What boxes would show, and how many boxes that takes.
type Plan<'s> = (usize, Vec<(Closed, Vec<Cell<'s>>)>);

/// The boxes so far.
struct Drawing<'s> {
    forest: Forest<'s>,
    /// How many boxes there may be.
    most: usize,
    boxes: Vec<MapBox>,
    links: Vec<MapLink>,
    at: Vec<Option<Spot>>,
}

impl<'s> Drawing<'s> {
    fn new(forest: Forest<'s>, most: usize) -> Self {
        let nodes = forest.nodes();
        Self {
            forest,
            most,
            boxes: Vec::new(),
            links: Vec::new(),
            at: vec![None; nodes],
        }
    }

    /// Draws what is in no other, and links between them. Answers the boxes that can be opened.
    fn first_level(&mut self) -> Vec<Closed> {
        let mut cells = self.forest.cells(&self.forest.outermost, self.most / 2);
        // Places first, then what stands in none.
        cells.sort_by_key(|cell| !self.forest.is_holding(cell));

        let mut shown_in: Vec<Option<u32>> = vec![None; self.forest.count.len()];
        for (nth, cell) in (0u32..).zip(&cells) {
            cell.members
                .iter()
                .for_each(|&v| shown_in[v as usize] = Some(nth));
        }
        let closed = self.draw(None, cells);
        let mut pairs: BTreeMap<[u32; 2], Vec<u32>> = BTreeMap::new();
        let mut within_one: Vec<u32> = Vec::new();
        for &(link, ends) in &self.forest.between {
            match ends.map(|end| shown_in[end as usize]) {
                [Some(a), Some(b)] if a != b => {
                    pairs.entry([a.min(b), a.max(b)]).or_default().push(link);
                }
                _ => within_one.push(link),
            }
        }
        for (nth, ([a, b], links)) in (0u32..).zip(pairs) {
            for &link in &links {
                self.at[link as usize] = Some(Spot::Link(nth));
            }
            let id = |link: &u32| self.forest.system.id(NodeId(*link)).to_owned();
            self.links.push(MapLink {
                a,
                b,
                ids: links.iter().take(IDS).map(id).collect(),
                count: links.len() as u64,
            });
        }
        let cells = self.forest.by_kind(&within_one, 0, KINDS, true);
        self.draw(None, cells);
        closed
    }

    /// Opens boxes level by level while there is room.
    fn open_all(&mut self, mut level: Vec<Closed>) {
        for depth in 1.. {
            if level.is_empty() {
                return;
            }
            let mut kinds: BTreeMap<Option<&str>, Vec<Closed>> = BTreeMap::new();
            for closed in std::mem::take(&mut level) {
                kinds
                    .entry(self.forest.kind(closed.0))
                    .or_default()
                    .push(closed);
            }
            let mut plans: Vec<Plan<'s>> = Vec::new();
            plans.extend(kinds.into_values().map(|all| self.plan(all)));
            // The cheapest first, so that most kinds are opened.
            plans.sort_by_key(|(cost, _)| *cost);
            for (cost, plan) in plans {
                if depth < LEVELS && self.has_room(cost) {
                    for ((v, at), cells) in plan {
                        if self.forest.is_group(v)
                            && matches!(cells.as_slice(), [c] if c.members.len() > 1)
                        {
                            self.cover(v, at);
                        } else {
                            level.extend(self.draw(Some(at), cells));
                        }
                    }
                } else {
                    self.close(plan.iter().map(|(closed, _)| *closed).collect());
                }
            }
        }
    }

    fn has_room(&self, cost: usize) -> bool {
        self.boxes.len() + cost <= self.most
    }

    /// What boxes of one kind would show, and how many boxes that takes: one by one where that leaves half of
    /// the room to others.
    fn plan(&self, all: Vec<Closed>) -> Plan<'s> {
        let with = |single: usize| {
            let cells =
                |&(v, at): &Closed| ((v, at), self.forest.cells(self.forest.inside(v), single));
            let plan: Vec<_> = all.iter().map(cells).collect();
            (
                plan.iter().map(|(_, cells)| cells.len()).sum::<usize>(),
                plan,
            )
        };
        let fine = with(self.most);
        if self.has_room(fine.0 + self.most / 2) {
            fine
        } else {
            with(SINGLE)
        }
    }

    /// Leaves boxes of one kind closed: they show what is in them by kind, if there is room for that.
    fn close(&mut self, all: Vec<Closed>) {
        let by_kind = |&(v, at): &Closed| {
            let below = self.forest.below(v);
            (at, self.forest.by_kind(&below, 0, KINDS_CLOSED, false))
        };
        let plan: Vec<(u32, Vec<Cell<'s>>)> = all.iter().map(by_kind).collect();
        if self.has_room(plan.iter().map(|(_, cells)| cells.len()).sum()) {
            for (at, cells) in plan {
                self.draw(Some(at), cells);
            }
        } else {
            all.into_iter().for_each(|(v, at)| self.cover(v, at));
        }
    }

    /// Draws boxes into one. Answers those that can be opened.
    fn draw(&mut self, parent: Option<u32>, cells: Vec<Cell<'s>>) -> Vec<Closed> {
        let mut closed = Vec::new();
        for cell in cells {
            let at = to_u32(self.boxes.len());
            let single = match cell.members.as_slice() {
                [one] => Some(*one),
                _ => None,
            };
            let of_all = || {
                cell.members
                    .iter()
                    .map(|&v| self.forest.count[v as usize])
                    .sum()
            };
            self.boxes.push(MapBox {
                parent,
                id: single
                    .filter(|&v| !self.forest.is_group(v))
                    .map(|v| self.forest.system.id(NodeId(v)).to_owned()),
                kind: cell.kind.map(str::to_owned),
                count: if cell.is_whole {
                    of_all()
                } else {
                    cell.members.len() as u64
                },
            });
            match single {
                Some(v) if cell.is_whole && !self.forest.inside(v).is_empty() => {
                    if !self.forest.is_group(v) {
                        self.at[v as usize] = Some(Spot::Box(at));
                    }
                    closed.push((v, at));
                }
                _ if cell.is_whole => cell.members.iter().for_each(|&v| self.cover(v, at)),
                _ => cell
                    .members
                    .iter()
                    .for_each(|&v| self.at[v as usize] = Some(Spot::Box(at))),
            }
        }
        closed
    }

    /// Counts all that is in `v`, with itself, in one box.
    fn cover(&mut self, v: u32, at: u32) {
        for w in self.forest.below(v) {
            self.at[w as usize] = Some(Spot::Box(at));
        }
        if !self.forest.is_group(v) {
            self.at[v as usize] = Some(Spot::Box(at));
        }
    }
}

impl<'s> Forest<'s> {
    /// Whether a box is of components that others stand in, and no group of what stands in none.
    fn is_holding(&self, cell: &Cell<'_>) -> bool {
        let holds = |v: &u32| !self.is_group(*v) && !self.inside(*v).is_empty();
        cell.members.first().is_some_and(holds)
    }

    /// All that is in one, directly or not.
    fn below(&self, v: u32) -> Vec<u32> {
        let mut all = self.inside(v).to_vec();
        let mut next = 0;
        while let Some(&w) = all.get(next) {
            next += 1;
            all.extend_from_slice(self.inside(w));
        }
        all
    }

    /// What a box shows of what is in it: first what holds nothing, then the rest. Up to `single` of the
    /// former are shown one by one.
    fn cells(&self, inside: &[u32], single: usize) -> Vec<Cell<'s>> {
        let (alone, holding): (Vec<u32>, Vec<u32>) =
            inside.iter().partition(|&&v| self.inside(v).is_empty());
        let few = if alone.len() <= single {
            usize::MAX
        } else {
            FEW
        };
        let mut cells = self.by_kind(&alone, few, MOST[0].max(single), true);
        cells.extend(self.by_kind(&holding, HOLDING, MOST[1], true));
        cells
    }

    /// Of each kind one cell, or one for each if they are at most `few`; at most about `most` cells.
    fn by_kind(&self, all: &[u32], few: usize, most: usize, is_whole: bool) -> Vec<Cell<'s>> {
        let mut kinds: BTreeMap<Option<&str>, Vec<u32>> = BTreeMap::new();
        for &v in all {
            kinds.entry(self.kind(v)).or_default().push(v);
        }
        let singly: usize = kinds
            .values()
            .map(|m| if m.len() <= few { m.len() } else { 1 })
            .sum();
        let few = if singly <= most { few } else { 1 };
        let mut kinds: Vec<(Option<&str>, Vec<u32>)> = kinds.into_iter().collect();
        let mut rest = Vec::new();
        if kinds.len() > most {
            kinds.sort_by_key(|(kind, members)| (Reverse(members.len()), *kind));
            rest = kinds
                .split_off(most - 1)
                .into_iter()
                .flat_map(|(_, m)| m)
                .collect();
            rest.sort_unstable();
            kinds.sort_by_key(|(kind, _)| *kind);
        }
        let mut cells = Vec::new();
        for (kind, mut members) in kinds {
            members.sort_unstable();
            if members.len() <= few {
                cells.extend(members.into_iter().map(|v| Cell {
                    members: vec![v],
                    kind,
                    is_whole,
                }));
            } else {
                cells.push(Cell {
                    members,
                    kind,
                    is_whole,
                });
            }
        }
        if !rest.is_empty() {
            cells.push(Cell {
                members: rest,
                kind: None,
                is_whole,
            });
        }
        cells
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
