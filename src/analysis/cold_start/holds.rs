//! What every node that has not started waits for, with counts that follow who has started.
//!
//! A hold is met when as many of its providers have started as it needs. A node has no hold left when all of
//! them are met or taken away. Both are counted, so a start costs what waits for it, however large the
//! loop is.

use super::outcome::{Hold, HoldBy};
use crate::model::{Flow, Link, Need, NodeId, Role, System};
use std::collections::HashMap;
use std::ops::Range;

/// Who has started, and what keeps the others.
pub(super) struct Holds {
    /// Those of one consumer side by side, in the order of consumers.
    all: Vec<Hold>,
    /// By hold: how many of its providers must start yet; 0 once it is met.
    missing: Vec<u32>,
    /// By node: its holds.
    of: Vec<Range<usize>>,
    /// By node: how many of its holds are neither met nor taken away.
    unmet: Vec<u32>,
    /// By node: the holds that it is a provider of.
    holding: Vec<Vec<usize>>,
    /// By node.
    started: Vec<bool>,
    /// Holds of which a provider started, as far as that may be taken back.
    counted: Vec<usize>,
}

impl Holds {
    /// Those of nodes that are `open`, which work and have not started (sorted), with the hosts that
    /// instances run on. Only such providers hold anybody.
    pub fn new(
        system: &System,
        (open, hosts): (&[NodeId], &HashMap<NodeId, NodeId>),
        started: Vec<bool>,
    ) -> Self {
        let nodes = started.len();
        let mut is_open = vec![false; nodes];
        for v in open {
            is_open[v.index()] = true;
        }
        let mut holds = Self {
            all: Vec::new(),
            missing: Vec::new(),
            of: vec![0..0; nodes],
            unmet: vec![0; nodes],
            holding: vec![Vec::new(); nodes],
            started,
            counted: Vec::new(),
        };
        for &v in open {
            let first = holds.all.len();
            for (mut hold, missing) in ties(system, (v, hosts.get(&v)), &holds.started) {
                hold.providers.retain(|p| is_open[p.index()]);
                hold.providers.sort_unstable();
                hold.providers.dedup();
                if !hold.providers.is_empty() {
                    holds.add(hold, missing);
                }
            }
            holds.of[v.index()] = first..holds.all.len();
        }
        holds
    }

    fn add(&mut self, hold: Hold, missing: u32) {
        let number = self.all.len();
        for p in &hold.providers {
            self.holding[p.index()].push(number);
        }
        self.unmet[hold.consumer.index()] += 1;
        self.missing.push(missing);
        self.all.push(hold);
    }

    pub fn has_started(&self, v: NodeId) -> bool {
        self.started[v.index()]
    }

    /// How many holds keep a node from starting.
    pub fn unmet(&self, v: NodeId) -> u32 {
        self.unmet[v.index()]
    }

    /// The numbers of a node's holds that are not met.
    pub fn unmet_of(&self, v: NodeId) -> impl Iterator<Item = usize> + '_ {
        self.of[v.index()]
            .clone()
            .filter(|&hold| self.missing[hold] > 0)
    }

    /// A hold, with those of its providers that have not started.
    pub fn get(&self, number: usize) -> Hold {
        let mut hold = self.all[number].clone();
        hold.providers.retain(|p| !self.started[p.index()]);
        hold
    }

    /// Whom a node waits for by its holds, as often as they name it.
    pub fn waits_for(&self, v: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let providers = self.unmet_of(v).flat_map(|hold| &self.all[hold].providers);
        providers.copied().filter(|p| !self.started[p.index()])
    }

    /// Something can be done about it: the ends of a link are where they are.
    pub fn is_removable(&self, number: usize) -> bool {
        self.all[number].by != HoldBy::Ends
    }

    pub fn consumer(&self, number: usize) -> NodeId {
        self.all[number].consumer
    }

    /// Takes a hold away: its consumer no longer waits by it. Returns how many others keep that.
    pub fn take_away(&mut self, number: usize) -> u32 {
        let unmet = &mut self.unmet[self.all[number].consumer.index()];
        if self.missing[number] > 0 {
            *unmet -= 1;
        }
        *unmet
    }

    /// Puts back a hold that was taken away; who has started since must have been stopped before.
    pub fn put_back(&mut self, number: usize) {
        if self.missing[number] > 0 {
            self.unmet[self.all[number].consumer.index()] += 1;
        }
    }

    /// Starts a node, and calls `free` with every node that no hold keeps any more. `taken` are the
    /// holds that are taken away.
    pub fn start(&mut self, v: NodeId, taken: &[bool], mut free: impl FnMut(NodeId)) {
        self.started[v.index()] = true;
        for &hold in &self.holding[v.index()] {
            let missing = &mut self.missing[hold];
            if *missing == 0 {
                continue;
            }
            *missing -= 1;
            self.counted.push(hold);
            if *missing == 0 && !taken[hold] {
                let consumer = self.all[hold].consumer;
                self.unmet[consumer.index()] -= 1;
                if self.unmet[consumer.index()] == 0 {
                    free(consumer);
                }
            }
        }
    }

    /// Where the changes so far end; see [`Holds::stop`].
    pub fn mark(&self) -> usize {
        self.counted.len()
    }

    /// Takes back the starts of some nodes: all since a mark.
    pub fn stop(&mut self, nodes: &[NodeId], mark: usize, taken: &[bool]) {
        for v in nodes {
            self.started[v.index()] = false;
        }
        while self.counted.len() > mark {
            if let Some(hold) = self.counted.pop() {
                if self.missing[hold] == 0 && !taken[hold] {
                    self.unmet[self.all[hold].consumer.index()] += 1;
                }
                self.missing[hold] += 1;
            }
        }
    }

    /// What has started so far stays so.
    pub fn keep(&mut self) {
        self.counted.clear();
    }

    /// How many holds there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }
}

/// Everything that a node needs and that is not met, with all providers, and how many of them must start yet.
fn ties(
    system: &System,
    (v, host): (NodeId, Option<&NodeId>),
    started: &[bool],
) -> Vec<(Hold, u32)> {
    let tie = |number: usize, line, providers: Vec<NodeId>, by| Hold {
        consumer: v,
        providers,
        number,
        line,
        by,
    };
    let mut ties = Vec::new();
    for (number, r) in system.requirements_of(v).iter().enumerate() {
        let name = || r.group.as_deref().map(str::to_owned);
        let providers = r.providers.iter().map(|p| p.node);
        let line = Some(r.line);
        match r.need {
            Need::All => {
                let each = |p| (tie(number, line, vec![p], HoldBy::Provider(name())), 1);
                ties.extend(providers.map(each));
            }
            Need::AtLeast(k) => {
                let up = providers.clone().filter(|p| started[p.index()]).count();
                let missing = k.saturating_sub(u32::try_from(up).unwrap_or(u32::MAX));
                if missing > 0 {
                    let by = HoldBy::Group(k, name());
                    ties.push((tie(number, line, providers.collect(), by), missing));
                }
            }
        }
    }
    let node = system.node(v);
    // An instance that finds no host in the dark waits for the one that it runs on.
    let domains = node.within.iter().chain(host);
    ties.extend(domains.map(|&d| (tie(0, None, vec![d], HoldBy::Within), 1)));
    if let Role::Link(Link { a, b, .. }) | Role::Flow(Flow { from: a, to: b }) = node.role {
        ties.extend([a, b].map(|end| (tie(0, None, vec![end], HoldBy::Ends), 1)));
    }
    ties
}
