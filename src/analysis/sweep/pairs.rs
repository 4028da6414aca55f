//! Every pair of failures: those that interact are evaluated, all others superpose.
//!
//! What comes out is the difference to superposition: counts, minimal sets, what is worse than any
//! single failure, and which elements leave a service with a next failure that harms it.

use super::cascade;
use super::climb::Rising;
use super::context::SweepContext;
use super::effects::Seen;
use super::grade::{self, Grades};
use super::index::{Index, Room, each_state};
use super::margin::{MOST, Margins, least, margin};
use super::pair_cache::{Notes, PairSet};
use super::pair_counts::{Pairs, compact};
use super::replays::{Replay, Replays, groups};
use super::search::{Reached, UpSearch};
use super::single_changes::{Change, Singles};
use super::tally::Tally;
use super::utilization_bound::{UtilizationBound, Wanted};
use super::without::Without;
use crate::analysis::parallel::for_chunks;
use crate::analysis::status::{own_delivered, own_status};
use crate::analysis::{Elements, MinimalSet, Watch};
use crate::engine::{Ix, Limit, Mark, NONE, Reach, Scratch, Touched};
use crate::model::Status;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ranks that one worker takes at a time.
const CHUNK: usize = 2;
/// Differences are added up once there are this many more, and a quarter of those there were.
const COMPACT: usize = 1 << 18;

/// What all pair workers read.
pub(super) struct Plan<'p, const L: usize> {
    pub context: &'p SweepContext<'p, L>,
    pub singles: &'p Singles,
    pub index: &'p Index,
    pub replays: &'p Replays<L>,
    pub room: &'p Room<L>,
    /// Utilizations after every single failure.
    pub bound: &'p UtilizationBound<L>,
    /// Nodes whose delivered may be omitted.
    pub quiet: &'p [bool],
    /// By what factor delivered of services may be off in the base state.
    pub margins: &'p Margins,
    /// Per service and lane: whether some pair is known to leave it down. What a worker misses costs
    /// it time, nothing else.
    pub is_down: &'p [AtomicBool],
    /// Elements that interact, if what pairs do is to be noted.
    pub interacting: Option<&'p PairSet>,
}

impl<const L: usize> Plan<'_, L> {
    /// To find what meets a contingency.
    pub fn seen(&self) -> Seen {
        Seen::new(self.context.base, &self.context.task.rules)
    }

    /// Gives `meet` the failures, by rank, that interact with what a scratch holds, in any round of
    /// what trips; those before the rank of `from` not always. Some come more than once.
    pub fn meeting(
        &self,
        scratch: &mut Scratch<'_, L>,
        (search, seen, reached): (&mut UpSearch<L>, &mut Seen, &mut Reached),
        from: From,
        mut meet: impl FnMut(u32),
    ) {
        let rules = &self.context.task.rules;
        let first = match from {
            From::All => 0,
            From::After(rank) => rank + 1,
        };
        let mut is_first = true;
        each_state(scratch, rules.rounds, |state, lanes| {
            if rules.reached {
                self.bound.reach(state, search, reached);
            }
            if std::mem::take(&mut is_first) && matches!(from, From::After(_)) {
                search.keep();
            }
            let seen = (&mut *seen, &*reached);
            self.index
                .meeting((self.room, rules), (state, lanes), seen, first, &mut meet);
        });
        if self.context.base.is_split() {
            let all = u32::try_from(self.index.by_rank.len()).unwrap_or(u32::MAX);
            (first..all).for_each(meet);
        }
    }
}

/// Which failures are looked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum From {
    /// Any.
    All,
    /// Those of a later rank; the climb is kept, see [`UpSearch::keep`].
    After(u32),
}

/// A worker's own state.
pub(super) struct Worker<'p, const L: usize> {
    scratch: Scratch<'p, L>,
    /// For limits above the bound, and for all limits where something trips.
    reach: Reach<L>,
    exact: Reach<L>,
    search: UpSearch<L>,
    bound: Rising<'p, L>,
    seen: Seen,
    reached: Reached,
    /// Per rank: the last heavier rank that met it.
    met: Vec<u32>,
    candidates: Vec<u32>,
    /// Per service: what the heavier element does to it.
    grades: Vec<Grades>,
    /// Per service: the last pair that compared it.
    compared: Vec<u64>,
    looked: Vec<u32>,
    /// Services of which the pair at hand is a minimal set, in which lanes.
    minimal: Vec<(u32, u8)>,
    without: Option<Without<'p, L>>,
    notes: Option<Notes<'p>>,
    /// How many nodes of the scratch are exact in every pair.
    always: usize,
    /// What the heavier element touches, and, per requirement, by which rank it was last found among the
    /// groups by which headroom may join failures.
    touched: Touched,
    grouped: Vec<u32>,
    pub out: Pairs,
    /// As in [`Pairs`]; not yet added up beyond the first `compacted`.
    partners: Vec<(u32, u32, i32)>,
    compacted: usize,
}

/// Evaluates the pairs that interact.
pub(super) fn run<const L: usize>(plan: &Plan<'_, L>) -> Pairs {
    let n = plan.index.by_rank.len();
    run_over(plan, n, |rank| rank, plan.context.task.watch)
}

/// The same of those in which the heavier element has one of so many ranks; the ranks of the answer are
/// then as many of these as are done.
pub(super) fn run_over<const L: usize>(
    plan: &Plan<'_, L>,
    ranks: usize,
    rank: impl Fn(usize) -> usize + Sync,
    watch: &dyn Watch,
) -> Pairs {
    let n = plan.index.by_rank.len();
    let worker = || Worker::new(plan);
    let done = for_chunks(
        ranks,
        CHUNK,
        watch,
        worker,
        |worker, items: Range<usize>| {
            for rank in items.map(&rank) {
                worker.heavier(plan, rank);
                watch.advance((n - 1 - rank) as u64);
            }
        },
    );
    let mut all = plan.context.pairs();
    all.ranks = done.items;
    all.by_rank.clone_from(&plan.index.by_rank);
    for worker in done.workers {
        all.evaluated += worker.out.evaluated;
        for (mine, tally) in all.tallies.iter_mut().zip(worker.out.tallies) {
            mine.merge(tally);
        }
        for (mine, more) in all.more.iter_mut().zip(worker.out.more) {
            mine.0 += more.0;
            mine.1 += more.1;
        }
        all.partners.push(worker.partners);
        all.notes.extend(worker.notes.map(|notes| notes.noted));
        all.cascades.merge(worker.out.cascades);
        all.stranded.merge(worker.out.stranded);
    }
    if let Some(before) = &plan.context.before {
        let mut partners = Vec::new();
        before.carry((plan.context, plan.singles), &mut all, &mut partners);
        all.partners.push(partners);
    }
    all.partners.par_iter_mut().for_each(compact);
    all
}

impl<'p, const L: usize> Worker<'p, L> {
    pub fn new(plan: &Plan<'p, L>) -> Self {
        let base = plan.context.base;
        let mut scratch = Scratch::new(base);
        scratch.allow_slack(plan.quiet);
        for &s in &plan.margins.exact {
            scratch.make_exact(s);
        }
        Self {
            always: scratch.exact_count(),
            touched: Touched::new(base.system()),
            grouped: vec![u32::MAX; base.system().requirements.len()],
            scratch,
            reach: Reach::new(),
            exact: Reach::new(),
            search: UpSearch::new(base, plan.bound),
            bound: Rising::new(plan.bound),
            seen: plan.seen(),
            reached: Reached::default(),
            met: vec![u32::MAX; plan.index.by_rank.len()],
            candidates: Vec::new(),
            grades: vec![Grades::default(); plan.context.services()],
            compared: vec![0; plan.context.services()],
            looked: Vec::new(),
            minimal: Vec::new(),
            without: plan
                .context
                .before
                .as_ref()
                .map(|b| Without::new(b.context)),
            notes: plan.interacting.map(Notes::new),
            out: plan.context.pairs(),
            partners: Vec::new(),
            compacted: 0,
        }
    }

    /// How many pairs are to be evaluated in which the element of this rank is the heavier.
    pub fn partners_of(&mut self, plan: &Plan<'p, L>, rank: usize) -> u64 {
        let mark = self.scratch.mark();
        let e = plan.index.by_rank[rank];
        self.scratch.fail(plan.context.places[e as usize]);
        self.candidates(plan, u32::try_from(rank).unwrap_or(u32::MAX));
        self.scratch.undo(mark);
        self.candidates.len() as u64
    }

    /// All pairs in which the element of this rank is the heavier.
    fn heavier(&mut self, plan: &Plan<'p, L>, rank: usize) {
        let e = plan.index.by_rank[rank];
        let mark = self.scratch.mark();
        self.scratch.fail(plan.context.places[e as usize]);
        let number = u32::try_from(rank).unwrap_or(u32::MAX);
        self.candidates(plan, number);
        if !self.candidates.is_empty() {
            self.touched.set(&self.scratch);
            let grouped = &mut self.grouped;
            groups(&self.scratch, &self.reached, |r| {
                grouped[r as usize] = number;
            });
            if self.notes.is_none() {
                self.scratch.hold();
            }
            for c in plan.singles.changes_of(e as usize) {
                self.grades[c.service as usize] = c.grades;
            }
            let margin = self.margin(plan, mark);
            for i in 0..self.candidates.len() {
                let other = plan.index.by_rank[self.candidates[i] as usize];
                if e.max(other) < plan.context.task.first {
                    continue;
                }
                let before = plan.context.before.as_ref();
                if before.is_some_and(|before| !before.again([e, other])) {
                    continue;
                }
                self.pair(plan, (e, number), other, margin);
            }
            for c in plan.singles.changes_of(e as usize) {
                self.grades[c.service as usize] = Grades::default();
            }
        }
        self.scratch.undo(mark);
        let more = COMPACT.max(self.compacted / 4);
        if self.partners.len() > self.compacted + more {
            compact(&mut self.partners);
            self.compacted = self.partners.len();
            self.partners.reserve_exact(more);
        }
    }

    /// Collects the ranks after `rank` that interact with what the scratch holds, and keeps what that
    /// climbs to.
    fn candidates(&mut self, plan: &Plan<'_, L>, rank: u32) {
        let (met, candidates) = (&mut self.met, &mut self.candidates);
        candidates.clear();
        let climb = (&mut self.search, &mut self.seen, &mut self.reached);
        plan.meeting(&mut self.scratch, climb, From::After(rank), |other| {
            if other > rank && met[other as usize] != rank {
                met[other as usize] = rank;
                candidates.push(other);
            }
        });
        // Neighbours in the compiled order touch the same memory.
        let place = |&rank: &u32| plan.context.places[plan.index.by_rank[rank as usize] as usize];
        candidates.sort_unstable_by_key(place);
    }

    /// By what factor delivered may be off in pairs with what the scratch holds, of services that are
    /// not made exact.
    fn margin(&mut self, plan: &Plan<'_, L>, mark: Mark) -> f64 {
        if !plan.context.task.rules.margin {
            return MOST;
        }
        let changed = self.scratch.changed_services(mark).iter();
        let margins = Margins::new(changed.map(|&s| (s, self.margin_of(plan, s))));
        self.scratch.keep_exact(self.always);
        for s in margins.exact {
            self.scratch.make_exact(s);
        }
        margins.rest.min(plan.margins.rest)
    }

    fn margin_of(&self, plan: &Plan<'_, L>, service: u32) -> f64 {
        let context = plan.context;
        let (s, lanes) = (service as usize, context.lanes());
        let of = |l: usize| {
            let delivered = own_delivered(&self.scratch, s, l);
            let at = s * lanes + l;
            let worst = [&plan.singles.tallies[at].worst, &self.out.tallies[at].worst];
            let [single, pair] = worst.map(|worst| least(worst.as_ref()));
            let is_down = plan.is_down[at].load(Ordering::Relaxed);
            let least = single.zip(pair).map(|(a, b)| a.min(b));
            margin(delivered, least.filter(|_| !is_down))
        };
        (0..lanes).map(of).fold(f64::INFINITY, f64::min)
    }

    /// Fails `b` on top of what the scratch holds. Statuses are exact, and delivered where it is a
    /// result. If that was laid over it, the state before anything was worked out again.
    fn fail(
        &mut self,
        plan: &Plan<'p, L>,
        (b, replay): (u32, Option<&Replay<'_, L>>),
        margin: f64,
    ) -> Option<Mark> {
        let (mark, place) = (self.scratch.mark(), plan.context.places[b as usize]);
        if plan.context.base.is_split() {
            self.scratch.fail(place);
            return None;
        }
        // Margins are of what singles leave after their trips. Where one trips by itself, a pair may be left as
        // it is before them, and every service may be otherwise than either says.
        let trips = self.scratch.is_split() || plan.singles.trips_of(b) != 0;
        let margin = if trips { 1.0 } else { margin };
        let exact = self.scratch.exact_count();
        loop {
            let (factor, laid) = if let Some(replay) = replay {
                let laid = (&replay.record, &self.touched);
                let (factor, laid) = self.scratch.replay_within(laid, margin);
                (factor, Some(laid))
            } else {
                (self.scratch.fail_within(place, margin), None)
            };
            self.looked.clear();
            if factor > 1.0 && plan.context.task.rules.omitted {
                self.vague(plan, b, mark, factor);
            }
            if self.looked.is_empty() {
                self.scratch.keep_exact(exact);
                return laid;
            }
            for s in self.looked.drain(..) {
                self.scratch.make_exact(s);
            }
            self.scratch.undo(mark);
        }
    }

    /// Collects, in `looked`, services of which some result needs delivered more exactly than by a
    /// factor.
    fn vague(&mut self, plan: &Plan<'_, L>, b: u32, mark: Mark, factor: f64) {
        let context = plan.context;
        let mut looked = std::mem::take(&mut self.looked);
        let vague = |service: u32, by_b: Grades| {
            if self.scratch.is_exact(service) {
                return false;
            }
            let s = service as usize;
            let status_as_said = |l: usize| {
                let grade = self.grades[s].lane(l).max(by_b.lane(l));
                let is = own_status(&self.scratch, s, l);
                is == grade::status(grade, context.own[s][l]) || !is.is_harm()
            };
            !(0..context.lanes()).all(status_as_said) || self.margin_of(plan, service) <= factor
        };
        let by_b = plan.singles.changes_of(b as usize);
        looked.extend(
            by_b.iter()
                .filter(|c| vague(c.service, c.grades))
                .map(|c| c.service),
        );
        let is_new = |s: u32| by_b.binary_search_by_key(&s, |c| c.service).is_err();
        let others = self.scratch.changed_services(mark).iter();
        looked.extend(others.filter(|&&s| is_new(s) && vague(s, Grades::default())));
        self.looked = looked;
    }

    /// The pair of what the scratch holds, which is `a` of a rank, and `b`.
    fn pair(&mut self, plan: &Plan<'p, L>, (a, rank): (u32, u32), b: u32, margin: f64) {
        self.out.evaluated += 1;
        let mark = self.scratch.mark();
        let replay = plan.replays.get(b);
        let mut laid = None;
        if self.notes.is_some() {
            self.scratch.fail(plan.context.places[b as usize]);
            self.note_meeting(plan, [a, b]);
        } else {
            laid = self.fail(plan, (b, replay.as_ref()), margin);
        }
        let is_split = self.scratch.is_split() || mark.is_split() || plan.context.base.is_split();
        // What trips without the lighter one alone is not as after it where nothing trips.
        let is_plain = plan.singles.trips_of(b) == 0;
        if laid.is_some() && !is_split && is_plain {
            self.compare_joint(plan, a, b);
        } else {
            self.compare_all(plan, [a, b], mark);
        }
        self.sift_minimal(plan, [a, b]);
        self.looked.clear();
        if is_split {
            self.trip(plan, [a, b]);
            self.strand(plan, [a, b]);
            self.limits_after_trips(plan, [a, b], mark);
            self.scratch.undo(mark);
            return;
        }
        let loads = match (laid, &replay) {
            (Some(laid), Some(replay)) if is_plain && !self.climbs_from_all(plan, rank, replay) => {
                laid
            }
            _ => mark,
        };
        let (search, looked) = (&mut self.search, &mut self.looked);
        let bound = self.bound.bound();
        let is_harm = !self.minimal.is_empty() && plan.context.task.rules.harmed;
        let wanted = Wanted::of(is_harm);
        bound.affected(wanted, &self.scratch, (mark, loads), search, looked);
        self.limits(plan, wanted, [a, b]);
        let (base, lanes) = (plan.context.base, plan.context.lanes());
        self.bound
            .climbed(&self.search, base, (&self.out.tallies, lanes));
        self.search
            .learn(base, plan.bound, &self.out.tallies, lanes);
        self.scratch.undo(mark);
    }

    /// Whether all loads that the lighter element changes are to be climbed from, and not only those that are
    /// neither as after it nor as after the heavier one, of a rank.
    ///
    /// A service stands above its bound only because of such a load, unless the two join in a group: the proof
    /// in [`effects`](super::effects) that headroom superposes needs its rule 3 at such loads alone, and the
    /// second half of rule 4, which is asked here. And what the lighter one lets rise above the bound of
    /// something is passed on to a service, which then has that bound, unless a group on the way leaves it
    /// aside: without such a group, what is not climbed to is below the bound.
    fn climbs_from_all(&self, plan: &Plan<'_, L>, rank: u32, lighter: &Replay<'_, L>) -> bool {
        let mut groups = lighter.groups.iter();
        let joins = |&r: &u32| self.grouped[r as usize] == rank;
        plan.context.task.rules.grouped && (lighter.reaches || groups.any(joins))
    }

    /// Every service that either of a pair changes: what is, against what superposition says.
    fn compare_all(&mut self, plan: &Plan<'p, L>, [a, b]: [u32; 2], mark: Mark) {
        for c in plan.singles.changes_of(b as usize) {
            self.compared[c.service as usize] = self.out.evaluated;
            self.compare(plan, a, b, *c);
        }
        for i in 0..self.scratch.changed_services(mark).len() {
            let service = self.scratch.changed_services(mark)[i];
            if self.compared[service as usize] != self.out.evaluated {
                let same = Change {
                    element: b,
                    service,
                    grades: Grades::default(),
                };
                self.compare(plan, a, b, same);
            }
        }
    }

    /// The services that are neither as after the one nor as after the other of a pair, of which the lighter
    /// was laid over the heavier. All others are as superposition says, and no worse than after one of them.
    fn compare_joint(&mut self, plan: &Plan<'p, L>, a: u32, b: u32) {
        let sys = plan.context.base.system();
        let by_b = plan.singles.changes_of(b as usize);
        for i in 0..self.scratch.examined().len() {
            let service = sys.service[self.scratch.examined()[i] as usize];
            if service == NONE || self.compared[service as usize] == self.out.evaluated {
                continue;
            }
            self.compared[service as usize] = self.out.evaluated;
            let same = Change {
                element: b,
                service,
                grades: Grades::default(),
            };
            let change = by_b.binary_search_by_key(&service, |c| c.service);
            self.compare(plan, a, b, change.map_or(same, |at| by_b[at]));
        }
    }

    /// Adds the pair to those that set off a cascade, if it does and no part of it.
    fn trip(&mut self, plan: &Plan<'p, L>, [a, b]: [u32; 2]) {
        let context = plan.context;
        let of_parts = plan.singles.trips_of(a) | plan.singles.trips_of(b);
        let mut fresh = self.scratch.tripped_lanes() & !of_parts & !context.base.tripped_lanes();
        if fresh == 0 || a.min(b) < context.task.first {
            return;
        }
        if let Some(without) = &mut self.without {
            fresh &= !without.trips([a, b].map(|e| context.places[e as usize]));
        }
        let cases = context.task.lanes.asked();
        let contingency = context.contingency(&[a, b]);
        self.out
            .cascades
            .add(cascade::of(&self.scratch, fresh, cases, &contingency));
    }

    /// Adds the pair to those that leave an instance without a host, if it does and no part of it.
    fn strand(&mut self, plan: &Plan<'p, L>, pair: [u32; 2]) {
        let context = plan.context;
        if context.base.system().has_placements() {
            let stranded = &mut self.out.stranded;
            stranded.add(
                &self.scratch,
                context.task.lanes.asked(),
                &context.contingency(&pair),
                &plan.singles.stranded,
                false,
            );
        }
    }

    /// The same as [`Worker::limits`] where something trips.
    fn limits_after_trips(&mut self, plan: &Plan<'p, L>, pair: [u32; 2], heavier: Mark) {
        let context = plan.context;
        let (sys, lanes) = (context.base.system(), context.lanes());
        let elements = context.contingency(&pair);
        let mut view = self.exact.at(&self.scratch);
        let found = self.minimal.drain(..);
        let limits = |s: usize| view.limits(s);
        minimal_sets(
            (context, &self.scratch),
            (&elements, found),
            limits,
            &mut self.out.tallies,
        );
        // What rose in several rounds is not all known of networks.
        if context.base.is_split() || !sys.networks.is_empty() {
            for s in 0..context.services() {
                let limits = view.limits(s);
                let tallies = &mut self.out.tallies[s * lanes..][..lanes];
                for (tally, limit) in tallies.iter_mut().zip(&limits) {
                    if let Some(limit) = limit {
                        tally.headroom(limit.headroom(), context.node(*limit), &elements);
                    }
                }
            }
            return;
        }
        let (search, looked) = (&mut self.search, &mut self.looked);
        let (reach, tallies) = (&mut self.reach, &mut self.out.tallies);
        let bound = self.bound.bound();
        self.scratch.each_end(|state, set| {
            looked.clear();
            // What nothing trips in without the lighter one is as after the heavier one until it changes.
            let since = if heavier.is_split() {
                Mark::default()
            } else {
                state.held()
            };
            let wanted = Wanted::Headroom;
            bound.affected(wanted, state, (since, since), search, looked);
            let mut view = reach.above(state, bound.skips(wanted, search));
            for &s in looked.iter() {
                let s = s as usize;
                let limits = view.limits(s);
                let tallies = tallies[s * lanes..][..lanes].iter_mut().enumerate();
                for (l, tally) in tallies.filter(|(l, _)| set >> l & 1 == 1) {
                    let exact = |x: &Limit| bound.is_above(s, l, x.utilization);
                    if let Some(limit) = limits[l].filter(exact) {
                        tally.headroom(limit.headroom(), context.node(limit), &elements);
                    }
                }
            }
        });
    }

    /// Notes which further failures interact with a pair, which the scratch holds.
    fn note_meeting(&mut self, plan: &Plan<'_, L>, pair: [u32; 2]) {
        if let Some(notes) = &mut self.notes {
            let climb = (&mut self.search, &mut self.seen, &mut self.reached);
            plan.meeting(&mut self.scratch, climb, From::All, |other| {
                if plan.context.task.rules.joint {
                    notes.meets(pair, plan.index.by_rank[other as usize]);
                }
            });
            notes.met(pair);
        }
    }

    /// One service: what is, against what superposition says.
    fn compare(&mut self, plan: &Plan<'_, L>, a: u32, b: u32, by_b: Change) {
        let context = plan.context;
        let s = by_b.service as usize;
        let (mut minimal, mut differs) = (0, false);
        for l in 0..context.lanes() {
            let own = context.own[s][l];
            let grades = (self.grades[s].lane(l), by_b.grades.lane(l));
            let said = grade::status(grades.0.max(grades.1), own);
            let is = own_status(&self.scratch, s, l);
            let i = s * context.lanes() + l;
            let delivered = own_delivered(&self.scratch, s, l);
            if plan.singles.tallies[i].loses_to(is, delivered) {
                self.out.tallies[i].worst(is, delivered, &context.contingency(&[a, b]));
            }
            if is == said {
                continue;
            }
            self.out.count(
                &mut self.partners,
                context.task.first,
                [a, b],
                i,
                [said, is],
            );
            differs = true;
            if is == Status::Down {
                plan.is_down[i].store(true, Ordering::Relaxed);
            }
            let least = own
                .max(grade::status(grades.0, own))
                .max(grade::status(grades.1, own));
            minimal |= u8::from(is.is_harm() && is > least) << l;
        }
        if let Some(notes) = self.notes.as_mut().filter(|_| differs) {
            notes.differs([a, b], by_b.service, Grades::of(&self.scratch, s));
        }
        if minimal != 0 && a.min(b) >= context.task.first {
            self.minimal.push((by_b.service, minimal));
        }
    }

    /// Leaves, of the services found to be harmed more than by `a` or `b` alone, those that are not
    /// harmed as much without what failed before.
    fn sift_minimal(&mut self, plan: &Plan<'_, L>, pair: [u32; 2]) {
        if let Some(without) = self.without.as_mut().filter(|_| !self.minimal.is_empty()) {
            let places = pair.map(|e| plan.context.places[e as usize]);
            without.sift(places, &self.scratch, &mut self.minimal);
            self.minimal.retain(|m| m.1 != 0);
        }
    }

    /// Minimal sets, and services that this pair may leave less headroom than any single failure
    /// does.
    fn limits(&mut self, plan: &Plan<'_, L>, wanted: Wanted, pair: [u32; 2]) {
        let context = plan.context;
        let (sys, lanes) = (context.base.system(), context.lanes());
        let elements = context.contingency(&pair);
        let bound = self.bound.bound();
        let skips = bound.skips(wanted, &self.search);
        let mut view = self.reach.above(&self.scratch, skips);
        let found = self.minimal.drain(..);
        let limits = |s: usize| view.limits(s);
        minimal_sets(
            (context, &self.scratch),
            (&elements, found),
            limits,
            &mut self.out.tallies,
        );
        for &s in &self.looked {
            let s = s as usize;
            let tallies = &mut self.out.tallies[s * lanes..][..lanes];
            let most = self.search.most(Ix(sys.services[s]));
            let may = |l: usize| tallies[l].may_be_least(1.0 / most[l] - 1.0, &elements);
            if !(0..tallies.len()).any(may) {
                continue;
            }
            let limits = view.limits(s);
            let is_exact = |l: usize, x: &Limit| bound.is_above(s, l, x.utilization);
            for (l, tally) in tallies.iter_mut().enumerate() {
                if let Some(limit) = limits[l].filter(|limit| is_exact(l, limit)) {
                    tally.headroom(limit.headroom(), context.node(limit), &elements);
                }
            }
        }
    }
}

/// Adds the minimal sets of services in lanes that a pair, which the scratch holds, is found to be.
fn minimal_sets<const L: usize>(
    (context, scratch): (&SweepContext<'_, L>, &Scratch<'_, L>),
    (elements, found): (&Elements, impl Iterator<Item = (u32, u8)>),
    mut limits: impl FnMut(usize) -> [Option<Limit>; L],
    tallies: &mut [Tally],
) {
    let lanes = context.lanes();
    for (s, bits) in found {
        let s = s as usize;
        let limits = limits(s);
        for l in (0..lanes).filter(|l| bits >> l & 1 == 1) {
            tallies[s * lanes + l].minimal(MinimalSet {
                elements: elements.clone(),
                status: own_status(scratch, s, l),
                delivered: own_delivered(scratch, s, l),
                limit: limits[l].map(|limit| context.node(limit)),
            });
        }
    }
}
