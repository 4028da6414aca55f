//! Cold start: the least fixed point of works. In: a state. Out: the same state as it comes up when
//! everything had stopped. Promises: what needs nobody is started first, then what needs only what is
//! started; the rest never is.
//!
//! Only nodes that need each other can be lost by it, and a flow is never among them, since a network
//! that needs its own flow is refused. So each cycle is started by itself, those that it needs first:
//! members that do not start are as good as failed, and with them failed the greatest fixed point of the
//! others is their least one.

use super::compiled::CompiledSystem;
use super::ix::Ix;
use super::scratch::Scratch;
use std::ops::Range;

impl<const L: usize> Scratch<'_, L> {
    /// Stops everything that works here and could not be started from dark: a failure of its own, to be
    /// undone like any other.
    pub fn darken(&mut self) {
        for at in 0..self.base().sys.cycles.len() {
            let (first, last) = self.base().sys.cycles[at];
            let dark = self.unstarted(first, last);
            if !dark.is_empty() {
                self.fail_all(&dark);
            }
        }
    }

    /// The working members of a cycle that do not start, those that it needs having started.
    fn unstarted(&self, first: u32, last: u32) -> Vec<Ix> {
        let mut start = Start::of(self, first, last);
        start.run(self.base().sys);
        let dark = (first..last).zip(&start.dark).filter(|(_, dark)| **dark);
        dark.map(|(v, _)| Ix(v)).collect()
    }
}

/// A cycle that comes up.
struct Start {
    first: u32,
    /// Positions of the requirements of its members.
    requirements: Range<usize>,
    /// Per requirement: how many more providers it waits for, all of them members.
    waits: Vec<u32>,
    /// Per member: how many of its requirements wait.
    open: Vec<u32>,
    /// Per member: whether it works and has not started.
    dark: Vec<bool>,
}

impl Start {
    fn of<const L: usize>(state: &Scratch<'_, L>, first: u32, last: u32) -> Self {
        let (sys, values) = (state.base().sys, &state.values);
        let members = first as usize..last as usize;
        let requirements =
            sys.requirements_of(members.start).start..sys.requirements_of(members.end - 1).end;
        let mut waits: Vec<u32> = Vec::with_capacity(requirements.len());
        let mut open = vec![0u32; members.len()];
        for number in requirements.clone() {
            let r = &sys.requirements[number];
            let is_member = |p: usize| members.contains(&p) && values.works[p];
            let edges = sys.edges[r.edges()].iter();
            let inside = edges.filter(|e| is_member(e.provider as usize)).count();
            let started = values.live[number] - u32::try_from(inside).unwrap_or(0);
            let lacks = r.need.saturating_sub(started);
            open[(r.consumer - first) as usize] += u32::from(lacks > 0);
            waits.push(lacks);
        }
        Self {
            first,
            requirements,
            waits,
            open,
            dark: values.works[members].to_vec(),
        }
    }

    /// Starts what waits for nobody, again and again.
    fn run(&mut self, sys: &CompiledSystem) {
        let members = 0..self.open.len();
        let mut ready: Vec<usize> = members.filter(|&m| self.is_ready(m)).collect();
        while let Some(member) = ready.pop() {
            self.dark[member] = false;
            for &r in sys.users_of(self.first as usize + member) {
                let r = r as usize;
                if !self.requirements.contains(&r) {
                    continue;
                }
                let wait = &mut self.waits[r - self.requirements.start];
                let was = *wait;
                *wait = was.saturating_sub(1);
                let consumer = (sys.requirements[r].consumer - self.first) as usize;
                self.open[consumer] -= u32::from(was == 1);
                if was == 1 && self.is_ready(consumer) {
                    ready.push(consumer);
                }
            }
        }
    }

    fn is_ready(&self, member: usize) -> bool {
        self.dark[member] && self.open[member] == 0
    }
}
