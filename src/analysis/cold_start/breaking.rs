//! What breaks a loop of nodes that wait for each other.
//!
//! Every member is kept by a hold of the loop, so without a hold nobody starts unless it was the last one of
//! its consumer. Only such holds are tried, and a trial costs the members that start in it.

use super::holds::Holds;
use super::outcome::Hold;
use crate::model::NodeId;

/// Holds of one loop, each the last one of its consumer, that are tried alone.
const MOST_TRIED: usize = 1000;
/// Starts that the search for several holds may try. Beyond, it gives nothing.
const MOST_STARTS: usize = 50_000_000;

/// A loop that is tried.
pub(super) struct Breaking<'h> {
    holds: &'h mut Holds,
    members: &'h [NodeId],
    /// By node.
    is_member: Vec<bool>,
    /// By hold: whether it is taken away.
    taken: Vec<bool>,
    /// Starts tried so far.
    starts: usize,
    stack: Vec<NodeId>,
    began: Vec<NodeId>,
}

impl<'h> Breaking<'h> {
    pub fn new(holds: &'h mut Holds, members: &'h [NodeId], nodes: usize) -> Self {
        let mut is_member = vec![false; nodes];
        for v in members {
            is_member[v.index()] = true;
        }
        holds.keep();
        Self {
            taken: vec![false; holds.len()],
            holds,
            members,
            is_member,
            starts: 0,
            stack: Vec::new(),
            began: Vec::new(),
        }
    }

    /// The holds each of which breaks the loop alone, and how many that might were not tried.
    pub fn alone(&mut self) -> (Vec<Hold>, usize) {
        let last = self.last();
        let tried = last.len().min(MOST_TRIED);
        let mut breaks = Vec::new();
        for &hold in &last[..tried] {
            if self.starts_without(hold) == self.members.len() {
                breaks.push(self.holds.get(hold));
            }
        }
        (breaks, last.len() - tried)
    }

    /// The removable holds that alone keep their consumer, in the order of members.
    fn last(&self) -> Vec<usize> {
        let members = self.members.iter().copied();
        let kept = members.filter(|&v| !self.holds.has_started(v) && self.holds.unmet(v) == 1);
        let holds = kept.flat_map(|v| self.holds.unmet_of(v));
        let left = holds.filter(|&hold| !self.taken[hold] && self.holds.is_removable(hold));
        left.collect()
    }

    /// A set of holds without which all members start, none of which can be left out: the one that starts
    /// most members first. Where none starts any, those of the member that is kept by the fewest. Empty
    /// if there is none, or the search came to its limit.
    pub fn together(&mut self) -> Vec<Hold> {
        let mut chosen: Vec<usize> = Vec::new();
        let mut running = 0;
        self.starts = 0;
        while running < self.members.len() && self.starts < MOST_STARTS {
            let mut best: Option<(usize, usize)> = None;
            // Looking at every member counts as well.
            self.starts += self.members.len();
            for hold in self.last() {
                let now = self.starts_without(hold);
                // Of equals the first.
                if best.is_none_or(|(most, _)| now > most) {
                    best = Some((now, hold));
                }
            }
            let next = match best {
                Some((_, hold)) => vec![hold],
                None => self.fewest(),
            };
            if next.is_empty() {
                break;
            }
            for &hold in &next {
                running += self.remove(hold);
            }
            chosen.extend(next);
        }
        let is_broken = running == self.members.len();
        // Each of those that were chosen early may have become needless; all of them stand removed here.
        let mut at = 0;
        while is_broken && at < chosen.len() && self.starts < MOST_STARTS {
            let hold = chosen.remove(at);
            if self.start_without(&chosen) < self.members.len() {
                chosen.insert(at, hold);
                at += 1;
            }
        }
        let is_done = is_broken && at == chosen.len();
        self.reset();
        if is_done {
            chosen.iter().map(|&hold| self.holds.get(hold)).collect()
        } else {
            Vec::new()
        }
    }

    /// The holds of the member that the fewest keep; of equals the first member. Members that an end of
    /// theirs keeps cannot be helped.
    fn fewest(&self) -> Vec<usize> {
        let open = |v: &NodeId| !self.holds.has_started(*v);
        let left = |v: NodeId| self.holds.unmet_of(v).filter(|&hold| !self.taken[hold]);
        let helped = |v: &NodeId| left(*v).all(|hold| self.holds.is_removable(hold));
        let members = self.members.iter().copied();
        let candidates = members.filter(open).filter(helped);
        candidates
            .min_by_key(|&v| self.holds.unmet(v))
            .map_or(Vec::new(), |v| left(v).collect())
    }

    /// How many members start when a hold is taken away; it is put back.
    fn starts_without(&mut self, hold: usize) -> usize {
        let mark = self.holds.mark();
        self.taken[hold] = true;
        self.holds.take_away(hold);
        self.began.clear();
        self.run(self.holds.consumer(hold));
        let began = std::mem::take(&mut self.began);
        self.holds.stop(&began, mark, &self.taken);
        self.taken[hold] = false;
        self.holds.put_back(hold);
        self.began = began;
        self.began.len()
    }

    /// Takes a hold away for good; how many members start by that.
    fn remove(&mut self, hold: usize) -> usize {
        self.taken[hold] = true;
        self.began.clear();
        let consumer = self.holds.consumer(hold);
        if self.holds.take_away(hold) == 0 && !self.holds.has_started(consumer) {
            self.run(consumer);
        }
        self.began.len()
    }

    /// How many members start from nothing without some holds; that is how it stands then.
    fn start_without(&mut self, without: &[usize]) -> usize {
        self.reset();
        let mut count = 0;
        for &hold in without {
            count += self.remove(hold);
        }
        count
    }

    /// Every member stops, every hold is put back.
    fn reset(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        self.holds.stop(self.members, 0, &taken);
        for (hold, _) in taken.iter().enumerate().filter(|(_, taken)| **taken) {
            self.holds.put_back(hold);
        }
        self.taken = vec![false; taken.len()];
    }

    /// Starts a member that nothing keeps, and all members that then can.
    fn run(&mut self, first: NodeId) {
        self.stack.push(first);
        while let Some(v) = self.stack.pop() {
            self.starts += 1;
            self.began.push(v);
            let (stack, is_member) = (&mut self.stack, &self.is_member);
            self.holds.start(v, &self.taken, |next| {
                if is_member[next.index()] {
                    stack.push(next);
                }
            });
        }
    }
}
