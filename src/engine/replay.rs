//! Failures whose changes are on record, laid over a state instead of worked out once more.
//!
//! In: the record of a failure `b` on top of the base, made by [`Records::add`]; a scratch in which `a` has
//! failed, which may be several elements at once, and what that touched ([`Touched`]). Out: the state in which
//! both have failed, to the last bit as [`Scratch::fail`] leaves it.
//!
//! The values that `b` changed are written as they are on record, over those of `a`. Only what both touch is
//! worked out again, and what follows from that:
//!
//! - *works*: who stopped in `b` stops; requirements are counted anew, so that whoever lacks a provider of
//!   each stops, too;
//! - *load*: a unit is summed up again if a flow that it adds up changed in both. A node sends again if
//!   whether it works, what of it splits, or its load changed in both;
//! - *delivered*: a node is served again if both examined it, or if `a` leaves it too much load and `b` changes
//!   that. (A failure examines whose load changes only if it is too much before or after: by itself, `b` may
//!   have had nothing to look at.)
//!
//! *Proof.* Call a value settled if working it out anew from the values beside it gives the same bits. After
//! `b` is laid over `a`, a value that was not to be worked out again is settled: if `b` touched no input of
//! it, all its inputs are as after `a`, and it is as after `a`, since `b` changes nothing without an input;
//! if `a` touched none that is not written over, all inputs are as after `b`, and so is it; if each touched
//! one, it is worked out again. (Rounding may give two loads the same flow, so a changed input need not be on
//! record as a changed output: what is asked is always who touched the inputs.) From there on changes travel as
//! in any failure, in the order of the passes. Every sum runs in the compiled order, so settled values are
//! those of the full evaluation.
//!
//! This holds for failures that touch neither a network nor a loop of load, in systems without layers and
//! placements: others have no record, and are worked out. Trips come after it, as after any failure.

use super::base::Base;
use super::compiled::CompiledSystem;
use super::ix::NONE;
use super::lanes::{Lanes, differs};
use super::network_parts::Part;
use super::scratch::{Mark, RESEND, RESPLIT, RESUM, Scratch};
use std::ops::Range;

/// What failures on top of one base change, one record after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records<const L: usize> {
    ends: Vec<Ends>,
    dead: Vec<u32>,
    /// Requirements that lost a provider and send load.
    split: Vec<u32>,
    flow_at: Vec<u32>,
    flow: Vec<Lanes<L>>,
    load_at: Vec<u32>,
    load: Vec<Lanes<L>>,
    delivered_at: Vec<u32>,
    delivered: Vec<Lanes<L>>,
    examined: Vec<u32>,
    services: Vec<u32>,
}

/// Where a record ends in each list.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    dead: usize,
    split: usize,
    flow: usize,
    load: usize,
    delivered: usize,
    examined: usize,
    services: usize,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'r, const L: usize> {
    dead: &'r [u32],
    split: &'r [u32],
    flow_at: &'r [u32],
    flow: &'r [Lanes<L>],
    load_at: &'r [u32],
    load: &'r [Lanes<L>],
    delivered_at: &'r [u32],
    delivered: &'r [Lanes<L>],
    examined: &'r [u32],
    services: &'r [u32],
}

impl<const L: usize> Records<L> {
    /// Adds what the one failure that a scratch holds changed; its number, or `None` if it has no record.
    pub fn add(&mut self, scratch: &Scratch<'_, L>) -> Option<u32> {
        if !is_recordable(scratch) {
            return None;
        }
        let (values, log) = (&scratch.values, &scratch.log);
        let sys = scratch.base().sys;
        self.dead.extend(&log.dead);
        let sending = |r: &&u32| sys.requirements[**r as usize].loads;
        self.split.extend(log.touched.iter().filter(sending));
        for &(slot, _) in &log.flow {
            self.flow_at.push(slot);
            self.flow.push(values.flow[slot as usize]);
        }
        for &(v, _) in &log.load {
            self.load_at.push(v);
            self.load.push(values.load[v as usize]);
        }
        for &(v, _) in &log.delivered {
            self.delivered_at.push(v);
            self.delivered.push(values.delivered[v as usize]);
        }
        self.examined.extend(scratch.examined());
        self.services.extend(&log.services);
        self.ends.push(Ends {
            dead: self.dead.len(),
            split: self.split.len(),
            flow: self.flow.len(),
            load: self.load.len(),
            delivered: self.delivered.len(),
            examined: self.examined.len(),
            services: self.services.len(),
        });
        u32::try_from(self.ends.len() - 1).ok()
    }

    /// The record of a number.
    pub fn get(&self, number: u32) -> Record<'_, L> {
        let at = number as usize;
        let from = at.checked_sub(1).map_or(Ends::default(), |i| self.ends[i]);
        let to = self.ends[at];
        let flow = from.flow..to.flow;
        let load = from.load..to.load;
        let delivered = from.delivered..to.delivered;
        Record {
            dead: &self.dead[from.dead..to.dead],
            split: &self.split[from.split..to.split],
            flow_at: &self.flow_at[flow.clone()],
            flow: &self.flow[flow],
            load_at: &self.load_at[load.clone()],
            load: &self.load[load],
            delivered_at: &self.delivered_at[delivered.clone()],
            delivered: &self.delivered[delivered],
            examined: &self.examined[from.examined..to.examined],
            services: &self.services[from.services..to.services],
        }
    }

    /// Bytes of a record of which so many values changed, about.
    pub fn bytes(changed: u64) -> u64 {
        // Each change of load came along a flow or two; a node that is examined may stay as it is.
        (3 * (4 + 8 * L as u64) + 4) * changed
    }
}

/// Whether nothing that the failures of a scratch touched is of a network or of a loop.
fn is_recordable<const L: usize>(scratch: &Scratch<'_, L>) -> bool {
    let sys = scratch.base().sys;
    let log = &scratch.log;
    if sys.is_layered() || sys.placement.is_some() || !log.networks.is_empty() {
        return false;
    }
    let is_plain = |v: u32| {
        let is_outside = sys.parts.is_empty() || sys.part(v) == Part::Outside;
        is_outside && sys.loop_of[v as usize] == NONE
    };
    let consumers = log.touched.iter();
    let consumers = consumers.map(|&r| sys.requirements[r as usize].consumer);
    let adders = log.flow.iter().map(|&(slot, _)| sys.adder[slot as usize]);
    // The part of a hub that adds up is outside wherever its hub is, which shows itself if that changes.
    let nodes = adders.filter(|&unit| (unit as usize) < sys.len() || unit == NONE);
    let dead = log.dead.iter().copied();
    let loads = log.load.iter().map(|&(v, _)| v);
    let delivered = log.delivered.iter().map(|&(v, _)| v);
    let mut all = dead
        .chain(loads)
        .chain(delivered)
        .chain(consumers)
        .chain(nodes);
    all.all(|v| v != NONE && is_plain(v))
}

/// What the failures that a scratch holds touched. One per thread.
#[derive(Clone, Debug)]
pub(crate) struct Touched {
    /// Per unit: a flow that it adds up changed.
    sums: Vec<u32>,
    /// Per node: its load changed.
    loads: Vec<u32>,
    /// Per node: it stopped, or its load splits otherwise.
    splits: Vec<u32>,
    /// Per node: what it delivers was looked at.
    serves: Vec<u32>,
    round: u32,
}

impl Touched {
    /// Of nothing yet.
    pub fn new(sys: &CompiledSystem) -> Self {
        Self {
            sums: vec![0; sys.terms.len()],
            loads: vec![0; sys.len()],
            splits: vec![0; sys.len()],
            serves: vec![0; sys.len()],
            round: 0,
        }
    }

    /// What the last step of a scratch touched, which was the first on top of its base: the failure of one element
    /// or of several at once.
    pub fn set<const L: usize>(&mut self, scratch: &Scratch<'_, L>) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            for stamps in [
                &mut self.sums,
                &mut self.loads,
                &mut self.splits,
                &mut self.serves,
            ] {
                stamps.fill(0);
            }
            self.round = 1;
        }
        let (sys, log, round) = (scratch.base().sys, &scratch.log, self.round);
        for &(slot, _) in &log.flow {
            let unit = sys.adder[slot as usize];
            if unit != NONE {
                self.sums[unit as usize] = round;
            }
        }
        for &(v, _) in &log.load {
            self.loads[v as usize] = round;
        }
        for &v in &log.dead {
            self.splits[v as usize] = round;
        }
        for &r in &log.touched {
            let r = &sys.requirements[r as usize];
            if r.loads {
                self.splits[r.consumer as usize] = round;
            }
        }
        for &v in scratch.examined() {
            self.serves[v as usize] = round;
        }
    }

    fn sums(&self, unit: u32) -> bool {
        self.sums[unit as usize] == self.round
    }

    fn loads(&self, v: u32) -> bool {
        self.loads[v as usize] == self.round
    }

    fn splits(&self, v: u32) -> bool {
        self.splits[v as usize] == self.round
    }

    fn serves(&self, v: u32) -> bool {
        self.serves[v as usize] == self.round
    }
}

impl<const L: usize> Scratch<'_, L> {
    /// The failure of a record, on top of those that `touched` is of; as [`Scratch::fail_within`]. Where the
    /// second comes to, as a mark, is the state in which the record is laid and nothing is worked out.
    pub(crate) fn replay_within(
        &mut self,
        (record, touched): (&Record<'_, L>, &Touched),
        most: f64,
    ) -> (f64, Mark) {
        self.slack.begin(most);
        let laid = self.replay(record, touched);
        (self.slack.end(), laid)
    }

    fn replay(&mut self, record: &Record<'_, L>, touched: &Touched) -> Mark {
        let mark = self.mark();
        self.examined.clear();
        self.steady.clear();
        let (own, touches) = self.stop_recorded(record);
        self.fail_networks(mark);
        self.lay(record, touched);
        let laid = self.mark();
        self.queue_stopped(mark.dead..own, touched);
        self.queue_splits(record, touched);
        self.queue_touched(touches);
        self.load_pass();
        self.delivered_pass();
        self.close_networks();
        self.trip(|_, _| ());
        laid
    }

    /// Pass 1: where, among those that stopped, those of the record end; and where, among the requirements
    /// that lost a provider, those end that lost one of these.
    fn stop_recorded(&mut self, record: &Record<'_, L>) -> (usize, usize) {
        let sys = self.base.sys;
        let (values, log) = (&mut self.values, &mut self.log);
        let mut next = log.dead.len();
        for &v in record.dead {
            if std::mem::replace(&mut values.works[v as usize], false) {
                log.dead.push(v);
            }
        }
        let own = log.dead.len();
        let mut touches = log.touched.len();
        while next < log.dead.len() {
            for &r in sys.users_of(log.dead[next] as usize) {
                let requirement = &sys.requirements[r as usize];
                let consumer = requirement.consumer as usize;
                values.live[r as usize] -= 1;
                log.touched.push(r);
                if values.live[r as usize] < requirement.need && values.works[consumer] {
                    values.works[consumer] = false;
                    log.dead.push(requirement.consumer);
                }
            }
            next += 1;
            if next == own {
                touches = log.touched.len();
            }
        }
        (own, touches)
    }

    /// Writes what is on record, and queues whose sums, loads or delivered both touch.
    fn lay(&mut self, record: &Record<'_, L>, touched: &Touched) {
        let sys = self.base.sys;
        for (&slot, value) in record.flow_at.iter().zip(record.flow) {
            let flow = &mut self.values.flow[slot as usize];
            if differs(flow, value) {
                self.log.flow.push((slot, *flow));
                *flow = *value;
            }
            let unit = sys.adder[slot as usize];
            if touched.sums(unit) {
                self.why[unit as usize] |= RESUM;
                self.resum.push(sys.rank[unit as usize], unit);
            }
        }
        for (&v, value) in record.load_at.iter().zip(record.load) {
            let load = &mut self.values.load[v as usize];
            if differs(load, value) {
                self.log.load.push((v, *load));
                let before = std::mem::replace(load, *value);
                // After `b` alone this may have been no overload, and nothing to look at.
                let capacity = self.base.capacity[v as usize];
                let over = |load: &Lanes<L>| load.iter().any(|&x| x > capacity);
                if self.values.works[v as usize] && (over(&before) || over(value)) {
                    self.queue_delivered(v);
                }
            }
            if touched.splits(v) || touched.loads(v) {
                self.queue_resend(v, RESEND);
            }
        }
        for (&v, value) in record.delivered_at.iter().zip(record.delivered) {
            let delivered = &mut self.values.delivered[v as usize];
            if differs(delivered, value) {
                self.log.delivered.push((v, *delivered));
                *delivered = *value;
            }
        }
        for &v in record.examined {
            if touched.serves(v) {
                self.queue_delivered(v);
            }
        }
        self.log.services.extend_from_slice(record.services);
    }

    /// Queues those that stopped: of the record, which are `own`, where both touch them; all others.
    fn queue_stopped(&mut self, own: Range<usize>, touched: &Touched) {
        let sys = self.base.sys;
        for i in own.start..self.log.dead.len() {
            let v = self.log.dead[i];
            if i < own.end {
                if touched.loads(v) || touched.splits(v) {
                    self.queue_resend(v, RESEND);
                }
                continue;
            }
            self.queue_resend(v, RESEND);
            self.queue_delivered(v);
            let service = sys.service[v as usize];
            if service != NONE {
                self.log.services.push(service);
            }
        }
    }

    /// Queues consumers that lost a provider in the record and that `touched` says send otherwise, too. The
    /// provider may be lost in both, and the consumer not work: what is laid of it is wrong all the same.
    fn queue_splits(&mut self, record: &Record<'_, L>, touched: &Touched) {
        let sys = self.base.sys;
        for &number in record.split {
            let consumer = sys.requirements[number as usize].consumer;
            if !touched.loads(consumer) && !touched.splits(consumer) {
                continue;
            }
            if self.values.works[consumer as usize] {
                self.resplit[number as usize] = true;
                self.queue_resend(consumer, RESPLIT);
            } else {
                self.queue_resend(consumer, RESEND);
            }
        }
    }

    /// Queues consumers that lost a provider which stopped only because both failed: those from `first` on.
    fn queue_touched(&mut self, first: usize) {
        let sys = self.base.sys;
        for i in first..self.log.touched.len() {
            let number = self.log.touched[i] as usize;
            let r = &sys.requirements[number];
            if !self.values.works[r.consumer as usize] {
                continue;
            }
            if r.loads {
                self.resplit[number] = true;
                self.queue_resend(r.consumer, RESPLIT);
            }
            if r.delivers() {
                self.queue_delivered(r.consumer);
            }
        }
    }
}

impl<const L: usize> Base<'_, L> {
    /// Whether failures on top of this have a record at all.
    pub(crate) fn may_record(&self) -> bool {
        !self.sys.is_layered() && self.sys.placement.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::{Records, Touched};
    use crate::compile::compile;
    use crate::engine::{Base, Ix, Scratch};
    use crate::input::generate;
    use crate::model::System;

    /// Which marks of what the first failure touches are left out.
    #[derive(Clone, Copy, PartialEq)]
    enum Without {
        Nothing,
        Sums,
        Loads,
        Splits,
        Serves,
    }

    /// A generated enterprise in which capacities are a little short, so that much is overloaded.
    fn estate(seed: u64) -> System {
        let mut draft = generate::draft(160, seed);
        for node in &mut draft.nodes {
            node.node.capacity = node.node.capacity.map(|c| c * 0.85);
        }
        System::new(draft).expect("sound")
    }

    /// How many values of pairs are otherwise than by failing one after the other.
    fn differences(seed: u64, without: Without) -> usize {
        let system = estate(seed);
        let sys = compile(&system);
        let demand: Vec<[f64; 2]> = system
            .services()
            .iter()
            .map(|&s| system.node(s).as_service().map_or(0.0, |s| s.demand))
            .map(|d| [d, d * 0.7])
            .collect();
        let capacity = sys.capacity().to_vec();
        let base = Base::evaluate(&sys, &capacity, &demand, &[]);
        let elements: Vec<Ix> = system.elements().iter().map(|&e| sys.ix(e)).collect();
        let mut scratch = Scratch::new(&base);
        let start = scratch.mark();
        let mut records = Records::default();
        for &e in &elements {
            scratch.fail(e);
            assert!(
                records.add(&scratch).is_some(),
                "nothing routes and nothing loops"
            );
            scratch.undo(start);
        }
        let mut other = Scratch::new(&base);
        let mut touched = Touched::new(&sys);
        let mut differences = 0;
        for i in 0..elements.len() {
            // One to three at once.
            let at: Vec<usize> = [0, 5, 11].map(|n| (i + n) % elements.len())[..=i % 3].to_vec();
            let a: Vec<Ix> = at.iter().map(|&n| elements[n]).collect();
            scratch.fail_all(&a);
            other.fail_all(&a);
            touched.set(&scratch);
            match without {
                Without::Nothing => {}
                Without::Sums => touched.sums.fill(0),
                Without::Loads => touched.loads.fill(0),
                Without::Splits => touched.splits.fill(0),
                Without::Serves => touched.serves.fill(0),
            }
            let marks = [scratch.mark(), other.mark()];
            for (j, &b) in (0u32..).zip(&elements) {
                if at.contains(&(j as usize)) {
                    continue;
                }
                scratch.replay_within((&records.get(j), &touched), 1.0);
                other.fail(b);
                differences += usize::from(!is_same(&scratch, &other));
                scratch.undo(marks[0]);
                other.undo(marks[1]);
            }
            scratch.undo(start);
            other.undo(start);
            assert!(is_same(&scratch, &other), "all is taken back");
        }
        differences
    }

    fn is_same<const L: usize>(x: &Scratch<'_, L>, y: &Scratch<'_, L>) -> bool {
        let bits =
            |all: &[[f64; L]]| -> Vec<u64> { all.iter().flatten().map(|v| v.to_bits()).collect() };
        let (x, y) = (&x.values, &y.values);
        x.works == y.works
            && x.live == y.live
            && bits(&x.flow) == bits(&y.flow)
            && bits(&x.load) == bits(&y.load)
            && bits(&x.delivered) == bits(&y.delivered)
    }

    #[test]
    fn a_record_laid_over_a_failure_leaves_what_failing_does() {
        for seed in 1..=6 {
            assert_eq!(differences(seed, Without::Nothing), 0, "seed {seed}");
        }
    }

    #[test]
    fn every_mark_of_what_both_touch_is_needed() {
        for without in [
            Without::Sums,
            Without::Loads,
            Without::Splits,
            Without::Serves,
        ] {
            let found = (1..=6).any(|seed| differences(seed, without) > 0);
            assert!(found, "{}", without as u8);
        }
    }
}
