//! Every single failure: what it does to each service, and where headroom is least.
//!
//! Only what differs from the base state is recorded, so cost and memory follow what failures touch.

use super::cascade;
use super::climb::Rising;
use super::context::SweepContext;
use super::grade::{self, Grades};
use super::search::UpSearch;
use super::single_changes::{Change, Singles};
use super::stranded;
use super::tally::{SAME_HEADROOM, Tally};
use super::utilization_bound::{Thin, UtilizationBound, Wanted};
use crate::analysis::MinimalSet;
use crate::analysis::parallel::{Done, for_chunks};
use crate::analysis::status::{Next, own_delivered, own_delivered_of_base, own_status};
use crate::engine::{Ix, LaneSet, Limit, Mark, Reach, Scratch};
use crate::model::{NodeId, Status};
use std::ops::Range;

/// Elements that one worker takes at a time.
const CHUNK: usize = 64;

/// A worker's own state.
struct Worker<'g, const L: usize> {
    scratch: Scratch<'g, L>,
    bound: Rising<'g, L>,
    /// For limits above the bound, and for all limits.
    reach: Reach<L>,
    exact: Reach<L>,
    /// Services of which a minimal set was found.
    harmed: Vec<u32>,
    search: UpSearch<L>,
    changes: Vec<Change>,
    weight: Vec<(u32, u32)>,
    tallies: Vec<Tally>,
    next: Vec<Vec<Next>>,
    thin: Vec<Thin>,
    looked: Vec<u32>,
    trips: Vec<(u32, LaneSet)>,
    cascades: cascade::Found,
    stranded: stranded::Found,
}

/// Evaluates every single failure.
pub(super) fn run<'g, const L: usize>(
    context: &'g SweepContext<'_, L>,
    bound: &'g UtilizationBound<L>,
) -> Singles {
    // Neighbours in the compiled order touch the same memory, and so classes come.
    let alike = &context.alike;
    let in_base = context.stranded_in_base();
    let worker = || Worker {
        scratch: Scratch::new(context.base),
        reach: Reach::new(),
        exact: Reach::new(),
        harmed: Vec::new(),
        search: UpSearch::new(context.base, bound),
        bound: Rising::new(bound),
        changes: Vec::new(),
        weight: Vec::new(),
        tallies: context.tallies(),
        next: vec![vec![None; context.services()]; context.lanes()],
        thin: Vec::new(),
        looked: Vec::new(),
        trips: Vec::new(),
        cascades: context.cascades(),
        stranded: context.stranded(),
    };
    let done = for_chunks(
        alike.len(),
        CHUNK,
        context.task.watch,
        worker,
        |worker, items: Range<usize>| {
            let to = alike.members_of_first(items.end);
            let count = to - alike.members_of_first(items.start);
            for class in items {
                let (place, members) = alike.class(class);
                worker.single(context, (bound, &in_base), place, members);
            }
            context.task.watch.advance(count as u64);
        },
    );
    gather(context, in_base, done)
}

fn gather<const L: usize>(
    context: &SweepContext<'_, L>,
    stranded: stranded::Found,
    done: Done<Worker<'_, L>>,
) -> Singles {
    let n = context.places.len();
    let mut all = Singles {
        changes: Vec::new(),
        first_change: vec![0; n + 1],
        weight: vec![0; n],
        tallies: context.tallies(),
        next: vec![vec![None; context.services()]; context.lanes()],
        thin: Vec::new(),
        trips: vec![
            0;
            if context.base.system().may_split() {
                n
            } else {
                0
            }
        ],
        cascades: context.cascades(),
        stranded,
        done: context.alike.members_of_first(done.items) as u64,
    };
    for worker in done.workers {
        all.changes.extend(worker.changes);
        all.thin.extend(worker.thin);
        for (e, weight) in worker.weight {
            all.weight[e as usize] = weight;
        }
        for (e, lanes) in worker.trips {
            all.trips[e as usize] = lanes;
        }
        all.cascades.merge(worker.cascades);
        all.stranded.merge(worker.stranded);
        for (mine, tally) in all.tallies.iter_mut().zip(worker.tallies) {
            mine.merge(tally);
        }
        let pairs = all
            .next
            .iter_mut()
            .flatten()
            .zip(worker.next.into_iter().flatten());
        for (mine, next) in pairs {
            *mine = worse_next(*mine, next);
        }
    }
    all.changes.sort_unstable_by_key(|c| (c.element, c.service));
    for c in &all.changes {
        all.first_change[c.element as usize + 1] += 1;
    }
    for e in 0..n {
        all.first_change[e + 1] += all.first_change[e];
    }
    all
}

/// The worse of two, the smaller id on ties.
fn worse_next(a: Next, b: Next) -> Next {
    let key = |&(status, node): &(Status, NodeId)| (status, std::cmp::Reverse(node));
    a.into_iter().chain(b).max_by_key(key)
}

impl<const L: usize> Worker<'_, L> {
    /// What the failure at `place` does, which is what that of each of `members` does.
    fn single(
        &mut self,
        context: &SweepContext<'_, L>,
        (bound, in_base): (&UtilizationBound<L>, &stranded::Found),
        place: Ix,
        members: &[u32],
    ) {
        let mark = self.scratch.mark();
        self.scratch.fail(place);
        let weight = self.scratch.touched_since(mark);
        self.weight.extend(members.iter().map(|&e| (e, weight)));
        self.harmed.clear();
        for i in 0..self.scratch.changed_services(mark).len() {
            let s = self.scratch.changed_services(mark)[i];
            let grades = Grades::of(&self.scratch, s as usize);
            if !grades.is_base() {
                self.judge(context, members, s, grades);
            }
        }
        let is_split = self.scratch.is_split() || context.base.is_split();
        if is_split {
            self.trip(context, members);
            self.strand(context, in_base, members);
        }
        if !context.task.rules.headroom {
            self.minimal_alone(context, members);
        } else if is_split {
            self.limits_after_trips(context, bound, members);
        } else {
            self.limits_climbed(context, bound, members, mark);
        }
        self.scratch.undo(mark);
    }

    /// Minimal sets and the least headroom of those whom the failure since `mark` gives more load, where nothing
    /// trips.
    fn limits_climbed(
        &mut self,
        context: &SweepContext<'_, L>,
        bound: &UtilizationBound<L>,
        members: &[u32],
        mark: Mark,
    ) {
        self.looked.clear();
        let (search, looked) = (&mut self.search, &mut self.looked);
        let rising = self.bound.bound();
        let is_harm = !self.harmed.is_empty() && context.task.rules.harmed;
        let wanted = Wanted::of(is_harm);
        rising.affected(wanted, &self.scratch, (mark, mark), search, looked);
        self.limits(context, wanted, members);
        let known = (&self.tallies[..], context.lanes());
        self.bound.climbed(&self.search, context.base, known);
        self.search
            .learn(context.base, bound, &self.tallies, context.lanes());
    }

    /// Something trips without each of `members`, or does in the base state.
    fn trip(&mut self, context: &SweepContext<'_, L>, members: &[u32]) {
        let lanes = self.scratch.tripped_lanes();
        self.trips.extend(members.iter().map(|&e| (e, lanes)));
        let fresh = lanes & !context.base.tripped_lanes();
        if context.before.is_none() {
            for &e in members {
                let contingency = context.contingency(&[e]);
                let cases = context.task.lanes.asked();
                let found = cascade::of(&self.scratch, fresh, cases, &contingency);
                self.cascades.add(found);
            }
        }
    }

    /// An instance runs nowhere without each of `members`, or does in the base state.
    fn strand(
        &mut self,
        context: &SweepContext<'_, L>,
        in_base: &stranded::Found,
        members: &[u32],
    ) {
        if context.before.is_some() || !context.base.system().has_placements() {
            return;
        }
        for &e in members {
            self.stranded.add(
                &self.scratch,
                context.task.lanes.asked(),
                &context.contingency(&[e]),
                in_base,
                context.task.order > 1,
            );
        }
    }

    /// The same as [`Worker::limits`] where something trips: every service is asked.
    fn limits_after_trips(
        &mut self,
        context: &SweepContext<'_, L>,
        bound: &UtilizationBound<L>,
        members: &[u32],
    ) {
        let lanes = context.lanes();
        let contingency = context.contingency(&members[..1]);
        let mut view = self.exact.at(&self.scratch);
        if context.before.is_none() {
            for &s in &self.harmed {
                let limits = view.limits(s as usize);
                let tallies = &mut self.tallies[s as usize * lanes..][..lanes];
                minimal(context, &self.scratch, (members, s), &limits, tallies);
            }
        }
        for s in (0u32..).take(context.services()) {
            let limits = view.limits(s as usize);
            let tallies = &mut self.tallies[s as usize * lanes..][..lanes];
            for (tally, limit) in tallies.iter_mut().zip(&limits) {
                if let Some(limit) = limit {
                    tally.headroom(limit.headroom(), context.node(*limit), &contingency);
                }
            }
            note_thin(bound, (members, s), &limits, &mut self.thin);
        }
    }

    /// A service that each of `members` changes.
    fn judge(
        &mut self,
        context: &SweepContext<'_, L>,
        members: &[u32],
        service: u32,
        grades: Grades,
    ) {
        let changes = members.iter().map(|&element| Change {
            element,
            service,
            grades,
        });
        self.changes.extend(changes);
        // What is the same goes by the first.
        let e = members[0];
        let (s, element) = (service as usize, context.task.elements[e as usize]);
        let contingency = context.contingency(&[e]);
        let mut is_minimal = false;
        for l in (0..context.lanes()).filter(|&l| grades.lane(l) > 0) {
            let status = grade::status(grades.lane(l), context.own[s][l]);
            let delivered = own_delivered(&self.scratch, s, l);
            self.tallies[s * context.lanes() + l].worst(status, delivered, &contingency);
            if status.is_harm() {
                self.next[l][s] = worse_next(self.next[l][s], Some((status, element)));
                is_minimal |= status > context.own[s][l];
            }
        }
        if is_minimal {
            self.harmed.push(service);
        }
    }

    /// Minimal sets of services that each of `members` harms more than the base state does; what limits them is
    /// not asked.
    fn minimal_alone(&mut self, context: &SweepContext<'_, L>, members: &[u32]) {
        let lanes = context.lanes();
        if context.before.is_none() {
            for &s in &self.harmed {
                let tallies = &mut self.tallies[s as usize * lanes..][..lanes];
                minimal(context, &self.scratch, (members, s), &[None; L], tallies);
            }
        }
    }

    /// Minimal sets of services that each of `members` harms more than the base state does; and
    /// services whose headroom they may make the least so far, or thin, or no longer thin. What is the
    /// same goes by the first.
    fn limits(&mut self, context: &SweepContext<'_, L>, wanted: Wanted, members: &[u32]) {
        let bound = self.bound.bound();
        let lanes = context.lanes();
        let contingency = context.contingency(&members[..1]);
        let mut above = self
            .reach
            .above(&self.scratch, bound.skips(wanted, &self.search));
        if context.before.is_none() {
            for &s in &self.harmed {
                let limits = above.limits(s as usize);
                let tallies = &mut self.tallies[s as usize * lanes..][..lanes];
                minimal(context, &self.scratch, (members, s), &limits, tallies);
            }
        }
        let any_thin = self.looked.iter().any(|&s| bound.thin_in_base(s) != 0);
        let mut exact = any_thin.then(|| self.exact.at(&self.scratch));
        for &s in &self.looked {
            let most = self
                .search
                .most(Ix(context.base.system().services[s as usize]));
            let tallies = &mut self.tallies[s as usize * lanes..][..lanes];
            let was_thin = bound.thin_in_base(s) != 0;
            let may = |l: usize| tallies[l].may_be_least(1.0 / most[l] - 1.0, &contingency);
            let must = was_thin || bound.may_be_thin(&most);
            if !must && !(0..tallies.len()).any(may) {
                continue;
            }
            let limits = match &mut exact {
                Some(exact) if was_thin => exact.limits(s as usize),
                _ => above.limits(s as usize),
            };
            let is_exact = |l: usize, limit: &Limit| {
                was_thin || bound.is_above(s as usize, l, limit.utilization)
            };
            for (l, tally) in tallies.iter_mut().enumerate() {
                if let Some(limit) = limits[l].filter(|limit| is_exact(l, limit)) {
                    tally.headroom(limit.headroom(), context.node(limit), &contingency);
                }
            }
            note_thin(bound, (members, s), &limits, &mut self.thin);
        }
    }
}

/// Notes, of each of some elements that do the same to a service, that its headroom is thin and was not,
/// or the other way.
fn note_thin<const L: usize>(
    bound: &UtilizationBound<L>,
    (members, service): (&[u32], u32),
    limits: &[Option<Limit>; L],
    thin: &mut Vec<Thin>,
) {
    let bits = bound.thin_bits(limits);
    if bits != bound.thin_in_base(service) {
        thin.extend(members.iter().map(|&element| Thin {
            element,
            service,
            bits,
        }));
    }
}

/// The minimal sets of each of some elements that do the same to a service, of which `limits` and `tallies` are, by lane.
fn minimal<const L: usize>(
    context: &SweepContext<'_, L>,
    scratch: &Scratch<'_, L>,
    (members, s): (&[u32], u32),
    limits: &[Option<Limit>; L],
    tallies: &mut [Tally],
) {
    let s = s as usize;
    for (l, tally) in tallies.iter_mut().enumerate() {
        let status = own_status(scratch, s, l);
        if status.is_harm() && status > context.own[s][l] {
            for &e in members {
                tally.minimal(MinimalSet {
                    elements: context.contingency(&[e]),
                    status,
                    delivered: own_delivered(scratch, s, l),
                    limit: limits[l].map(|limit| context.node(limit)),
                });
            }
        }
    }
}

/// Completes worst and least headroom with the elements that leave a service as it is.
pub(super) fn untouched<const L: usize>(
    context: &SweepContext<'_, L>,
    bound: &UtilizationBound<L>,
    singles: &mut Singles,
) {
    untouched_worst(context, singles);
    if context.task.rules.headroom {
        untouched_headroom(context, bound, singles);
    }
}

fn untouched_worst<const L: usize>(context: &SweepContext<'_, L>, singles: &mut Singles) {
    let lanes = context.lanes();
    // Changes come by element: the first element that a service and lane lacks is untouched.
    let mut first = vec![0u32; singles.tallies.len()];
    for c in &singles.changes {
        for l in (0..lanes).filter(|&l| c.grades.lane(l) > 0) {
            let first = &mut first[c.service as usize * lanes + l];
            *first += u32::from(*first == c.element);
        }
    }
    for (i, &e) in first.iter().enumerate() {
        if (e as usize) < context.places.len() {
            let (s, l) = (i / lanes, i % lanes);
            let delivered = own_delivered_of_base(context.base, s, l);
            let contingency = context.contingency(&[e]);
            singles.tallies[i].worst(context.own[s][l], delivered, &contingency);
        }
    }
}

/// Where no element leaves less headroom than the base state does, the first that leaves as much
/// is the least; where none does that, the one that leaves least.
fn untouched_headroom<const L: usize>(
    context: &SweepContext<'_, L>,
    bound: &UtilizationBound<L>,
    singles: &mut Singles,
) {
    let lanes = context.lanes();
    let mut open: Vec<usize> = (0..singles.tallies.len())
        .filter(|i| {
            let base = bound.base_headroom(i / lanes, i % lanes);
            let lowest = singles.tallies[*i].lowest_headroom();
            // As much within the tolerance of the tallies counts as much.
            base.is_some_and(|base| lowest.is_none_or(|low| low >= base - 2.0 * SAME_HEADROOM))
        })
        .collect();
    let mut scratch = Scratch::new(context.base);
    let mut reach = Reach::new();
    let mark = scratch.mark();
    for (e, place) in context.alike.firsts() {
        if open.is_empty() || context.task.watch.stop() {
            break;
        }
        scratch.fail(place);
        let mut view = reach.at(&scratch);
        open.retain(|&i| {
            let (s, l) = (i / lanes, i % lanes);
            let Some(limit) = view.limits(s)[l] else {
                return true;
            };
            let tally = &mut singles.tallies[i];
            let headroom = limit.headroom();
            tally.headroom(headroom, context.node(limit), &context.contingency(&[e]));
            bound
                .base_headroom(s, l)
                .is_some_and(|base| headroom > base + SAME_HEADROOM)
        });
        scratch.undo(mark);
    }
}
