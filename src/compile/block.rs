//! The order of nodes inside a block of mutual need: providers of load first, and those that pass
//! load round side by side.
//!
//! Load runs along fewer edges than need does, so a block falls into parts: nodes alone, and loops
//! whose members load each other. Parts come providers first; inside them, and where no load
//! decides, nodes come as a walk along needs leaves them, so that what a node delivers is mostly
//! known before its consumers ask.

use super::number::to_u32;
use crate::engine::NONE;
use crate::model::{NodeId, System};

/// Nodes that load each other, or one node alone.
pub(super) struct Part {
    pub members: Vec<NodeId>,
    /// Whether load comes back to where it was.
    pub is_loop: bool,
    /// 0 loads nothing else of the block; all others stand above all that they load.
    pub stage: u32,
}

/// The parts of a block, providers first. `local` has [`NONE`] for every node, before and after.
pub(super) fn parts(system: &System, members: &[NodeId], local: &mut [u32]) -> Vec<Part> {
    for (i, v) in (0u32..).zip(members) {
        local[v.index()] = i;
    }
    let block = Block::new(system, members, local);
    let order = block.post_order();
    let mut rank = vec![0u32; members.len()];
    for (at, &v) in (0u32..).zip(&order) {
        rank[v as usize] = at;
    }
    let (part_of, mut parts) = block.strong_parts(&order);
    let mut out: Vec<Part> = Vec::with_capacity(parts.len());
    for (number, part) in (0u32..).zip(&mut parts) {
        part.sort_unstable_by_key(|&v| rank[v as usize]);
        let below = || part.iter().flat_map(|&v| block.loads.of(v));
        let outside = below().filter(|&&p| part_of[p as usize] != number);
        let stage = outside.map(|&p| out[part_of[p as usize] as usize].stage + 1);
        out.push(Part {
            stage: stage.max().unwrap_or(0),
            is_loop: below().any(|&p| part_of[p as usize] == number),
            members: part.iter().map(|&v| members[v as usize]).collect(),
        });
    }
    for v in members {
        local[v.index()] = NONE;
    }
    out
}

/// Who has which neighbours, by local number.
struct Lists {
    first: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    fn new() -> Self {
        Self {
            first: vec![0],
            all: Vec::new(),
        }
    }

    fn push(&mut self, neighbours: impl Iterator<Item = u32>) {
        self.all.extend(neighbours);
        self.first.push(to_u32(self.all.len()));
    }

    fn of(&self, v: u32) -> &[u32] {
        let at = |i: u32| self.first[i as usize] as usize;
        &self.all[at(v)..at(v + 1)]
    }

    fn len(&self) -> usize {
        self.first.len() - 1
    }
}

/// What the members of a block need of each other, and whom they load.
struct Block {
    needs: Lists,
    loads: Lists,
}

impl Block {
    fn new(system: &System, members: &[NodeId], local: &[u32]) -> Self {
        let (mut needs, mut loads) = (Lists::new(), Lists::new());
        for &v in members {
            let inside = |p: NodeId| Some(local[p.index()]).filter(|&p| p != NONE);
            needs.push(system.needs(v).filter_map(inside));
            let providers = system.requirements_of(v).iter().flat_map(|r| &*r.providers);
            let loaded = providers.filter(|p| p.load > 0.0);
            loads.push(loaded.filter_map(|p| inside(p.node)));
        }
        Self { needs, loads }
    }

    /// Members as a walk along needs from the first of them leaves them.
    fn post_order(&self) -> Vec<u32> {
        let mut order = Vec::with_capacity(self.needs.len());
        let mut seen = vec![false; self.needs.len()];
        let mut stack: Vec<(u32, u32)> = Vec::new();
        for root in 0..to_u32(self.needs.len()) {
            if std::mem::replace(&mut seen[root as usize], true) {
                continue;
            }
            stack.push((root, 0));
            while let Some((v, next)) = stack.last_mut() {
                let Some(&p) = self.needs.of(*v).get(*next as usize) else {
                    order.push(*v);
                    stack.pop();
                    continue;
                };
                *next += 1;
                if !std::mem::replace(&mut seen[p as usize], true) {
                    stack.push((p, 0));
                }
            }
        }
        order
    }

    /// The strong components of load, providers first: of each member, and the members of each.
    /// Walks start in the order of `roots`.
    fn strong_parts(&self, roots: &[u32]) -> (Vec<u32>, Vec<Vec<u32>>) {
        let n = self.loads.len();
        let mut walk = Walk {
            part_of: vec![NONE; n],
            parts: Vec::new(),
            number: vec![NONE; n],
            low: vec![0; n],
            open: Vec::new(),
            stack: Vec::new(),
            next: 0,
        };
        for &root in roots {
            if walk.number[root as usize] == NONE {
                walk.from(root, &self.loads);
            }
        }
        (walk.part_of, walk.parts)
    }
}

/// Tarjan's search for strong components, without recursion.
struct Walk {
    part_of: Vec<u32>,
    parts: Vec<Vec<u32>>,
    number: Vec<u32>,
    low: Vec<u32>,
    open: Vec<u32>,
    stack: Vec<(u32, u32)>,
    next: u32,
}

impl Walk {
    fn enter(&mut self, v: u32) {
        self.number[v as usize] = self.next;
        self.low[v as usize] = self.next;
        self.next += 1;
        self.open.push(v);
        self.stack.push((v, 0));
    }

    fn from(&mut self, root: u32, lists: &Lists) {
        self.enter(root);
        while let Some((v, next)) = self.stack.last_mut() {
            let v = *v;
            if let Some(&p) = lists.of(v).get(*next as usize) {
                *next += 1;
                if self.number[p as usize] == NONE {
                    self.enter(p);
                } else if self.part_of[p as usize] == NONE {
                    let low = &mut self.low[v as usize];
                    *low = (*low).min(self.number[p as usize]);
                }
                continue;
            }
            self.stack.pop();
            if let Some(&(above, _)) = self.stack.last() {
                let low = self.low[v as usize];
                let above = &mut self.low[above as usize];
                *above = (*above).min(low);
            }
            if self.low[v as usize] == self.number[v as usize] {
                self.close(v);
            }
        }
    }

    /// What is open from `v` on is a part.
    fn close(&mut self, v: u32) {
        let number = to_u32(self.parts.len());
        let from = self.open.iter().rposition(|&w| w == v).unwrap_or(0);
        let part = self.open.split_off(from);
        for &w in &part {
            self.part_of[w as usize] = number;
        }
        self.parts.push(part);
    }
}
