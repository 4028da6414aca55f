//! What one more failure does on top of any state, by the records of single failures.
//!
//! In: a base state and the elements that may fail. Out: per element whom it harms by itself, and, for
//! what a scratch holds, the elements that interact with it. Promise: [`Further::one_more`] tells of those
//! whom some further failure harms, as trying every element on top of the state would.
//!
//! *Proof.* Let F be what has failed, and e a further element that does not meet F in any way of
//! [`effects`](super::effects). Then F and e superpose: a service is by itself as bad as the worse of
//! what F leaves of it and what e leaves of it. So a service that F does not harm is harmed after both
//! exactly if e harms it alone, and of all such e a count is enough: how many elements harm the service
//! by themselves, less those among F and those that meet F. Elements that meet F are evaluated on top of
//! it. Headroom is not asked for after a further failure, so the rules for headroom are left out, and
//! room ends at the capacity or at what trips first. ∎
//!
//! Most services need not wait for that: where some e outside F stops a service by itself before anything trips, the
//! service is down after F and e, whether or not they interact. *Proof.* What works before anything trips is a matter
//! of what has failed alone: a node stops once fewer of its providers work than it needs. The more has failed the
//! fewer work, so who has stopped after e has stopped after F and e; and what trips then only stops more. ∎ (Whom
//! load harms after e may be relieved by F, and what stops because something trips after e may go on working,
//! since F may take load off what trips.)
//!
//! What a heavy element changes by itself is on record, and is laid over what F left: see
//! [`replays`](super::replays), and the engine for the proof that this leaves what evaluating it would.
//!
//! Nothing is known by records where a base state trips or where instances are placed, nor where what
//! trips hangs on several layers: there every element is tried.

use super::context::SweepContext;
use super::effects::Seen;
use super::grade::Grades;
use super::index::{Index, Room, each_state};
use super::replays::{Kept, Replays};
use super::rules::Rules;
use super::search::Reached;
use super::task::Task;
use super::utilization_bound::UtilizationBound;
use crate::analysis::lanes::CaseLanes;
use crate::analysis::parallel::for_chunks;
use crate::analysis::status::own_status;
use crate::analysis::{Study, Watch};
use crate::engine::{Base, Ix, LaneSet, Mark, Scratch, Touched};
use crate::model::NodeId;

/// Elements that one worker takes at a time.
const CHUNK: usize = 64;
/// A failure that changes so many values is laid over states rather than worked out on top of each. The record of
/// a lighter one would take room and save little.
const HEAVY: u32 = 64;

/// Whom an element harms by itself.
#[derive(Clone, Copy, Debug)]
struct Harm {
    element: u32,
    service: u32,
    lanes: LaneSet,
    /// Whether it stops the service before anything trips.
    stops: bool,
}

impl Harm {
    /// Counts it for its service.
    fn add_to<const L: usize>(&self, services: &mut [[u32; L]]) {
        let of_service = &mut services[self.service as usize];
        each_lane(self.lanes, |l| of_service[l] += 1);
    }
}

/// The records of single failures on top of one base state.
pub(in crate::analysis) struct Further<const L: usize> {
    index: Index,
    room: Room<L>,
    rules: Rules,
    /// Sorted.
    elements: Vec<NodeId>,
    places: Vec<Ix>,
    /// Sorted by element, then service.
    harms: Vec<Harm>,
    /// Per element: where its harms begin; one more at the end.
    first: Vec<u32>,
    /// Per service: how many elements harm it by themselves, in each lane.
    harming: Vec<[u32; L]>,
    /// Per service: how many of them stop it, so that it is harmed after any state and one of them. None where
    /// the study leaves this shortcut out: then `one_more` looks at what meets the state for all services.
    stopping: Vec<[u32; L]>,
    /// What heavy elements change.
    replays: Replays<L>,
    lanes: usize,
}

/// A thread's memory to look further failures up with.
pub(in crate::analysis) struct Look<const L: usize> {
    seen: Seen,
    /// Elements that meet a state, or are part of it.
    met: Vec<u32>,
    /// Per service: how many of those that are counted are among them.
    among: Vec<[u32; L]>,
    /// What the state touches.
    touched: Touched,
}

impl<const L: usize> Look<L> {
    /// For states on top of a base.
    pub fn new(base: &Base<'_, L>) -> Self {
        Self {
            seen: Seen::new(base, &RULES),
            met: Vec::new(),
            among: vec![[0; L]; base.demand().len()],
            touched: Touched::new(base.system()),
        }
    }
}

/// What decides whether a further failure interacts with a state.
pub(super) const RULES: Rules = Rules {
    reached: false,
    ..Rules::ALL
};

/// Whether the rules of interaction tell of contingencies on top of a base state: not where it trips, where
/// instances are placed, or where what trips hangs on several layers.
pub(super) fn has_rules<const L: usize>(base: &Base<'_, L>) -> bool {
    let sys = base.system();
    !(base.is_split() || sys.has_placements() || (sys.is_layered() && sys.may_trip()))
}

impl<const L: usize> Further<L> {
    /// Evaluates every element by itself, twice. Nothing where records do not tell, or the watcher said
    /// stop before all was done.
    pub fn new(
        study: &Study<'_>,
        base: &Base<'_, L>,
        lanes: &CaseLanes,
        elements: &[NodeId],
        watch: &dyn Watch,
    ) -> Option<Self> {
        Self::by(study, base, lanes, elements, (RULES, HEAVY, watch))
    }

    /// By these rules, where elements are heavy that change so many values.
    pub(super) fn by(
        study: &Study<'_>,
        base: &Base<'_, L>,
        lanes: &CaseLanes,
        elements: &[NodeId],
        (rules, heavy, watch): (Rules, u32, &dyn Watch),
    ) -> Option<Self> {
        if !has_rules(base) {
            return None;
        }
        let sys = base.system();
        let task = Task::of_singles(study, lanes, elements, (rules, watch));
        let context = SweepContext::new(&task, base);
        let (harms, weight) = harms(&context)?;
        let bound = UtilizationBound::new(base, None, false);
        let room = Room::new(&context, &vec![[1.0; L]; sys.len()]);
        let kept = if study.shortcuts().replay {
            Kept::Heaviest(heavy)
        } else {
            Kept::None
        };
        let (index, replays) = Index::new(&context, (&bound, &room), (&weight, kept));
        let mut first = vec![0; elements.len() + 1];
        let mut harming = vec![[0; L]; base.demand().len()];
        let mut stopping = harming.clone();
        let counts_stops = study.shortcuts().stops;
        for harm in &harms {
            first[harm.element as usize + 1] += 1;
            harm.add_to(&mut harming);
            if harm.stops && counts_stops {
                harm.add_to(&mut stopping);
            }
        }
        for e in 0..elements.len() {
            first[e + 1] += first[e];
        }
        Some(Self {
            index,
            room,
            rules,
            places: context.places,
            elements: elements.to_vec(),
            harms,
            first,
            harming,
            stopping,
            replays,
            lanes: lanes.asked().len(),
        })
    }

    /// Asks about services and lanes, each with a test that says whether some further failure harms it
    /// on top of what the scratch holds, which is `failed` (sorted), by one [`Scratch::fail_all`] on top of the
    /// base. That comes at least once with a test that says yes for each that any does and `failed` does not
    /// harm; it ends once `ask` says that all is told.
    pub fn one_more(
        &self,
        scratch: &mut Scratch<'_, L>,
        failed: &[NodeId],
        look: &mut Look<L>,
        mut ask: impl FnMut(usize, usize, &dyn Fn() -> bool) -> bool,
    ) {
        look.met.clear();
        look.met.extend(self.own(failed));
        if self.is_told_by(&self.stopping, |harm| harm.stops, look, &mut ask) {
            return;
        }
        self.meet(scratch, look);
        if self.is_told_by(&self.harming, |_| true, look, &mut ask) {
            return;
        }
        let mark = scratch.mark();
        // Before anything else fails: what was looked at last is no more known then.
        if look.met.iter().any(|&e| self.replays.get(e).is_some()) {
            look.touched.set(scratch);
        }
        for &e in &look.met {
            let element = self.elements[e as usize];
            if failed.binary_search(&element).is_ok() {
                continue;
            }
            if let Some(replay) = self.replays.get(e) {
                scratch.replay_within((&replay.record, &look.touched), 1.0);
            } else {
                scratch.fail(self.places[e as usize]);
            }
            let is_done = is_all_told(scratch, mark, self.lanes, &mut ask);
            scratch.undo(mark);
            if is_done {
                return;
            }
        }
    }

    /// The elements among those that failed.
    fn own(&self, failed: &[NodeId]) -> impl Iterator<Item = u32> {
        let number = |e| self.elements.binary_search(e).ok();
        let own = failed.iter().filter_map(number);
        own.map(|e| u32::try_from(e).unwrap_or(u32::MAX))
    }

    /// Asks about whom some element harms in one of the ways that are counted here, `count` of them in all, and that
    /// is not among `look.met`; whether that says that all is told.
    fn is_told_by(
        &self,
        count: &[[u32; L]],
        is_counted: impl Fn(&Harm) -> bool,
        look: &mut Look<L>,
        ask: &mut impl FnMut(usize, usize, &dyn Fn() -> bool) -> bool,
    ) -> bool {
        look.among.fill([0; L]);
        let met = look.met.iter().flat_map(|&e| self.harms_of(e));
        met.filter(|&harm| is_counted(harm))
            .for_each(|harm| harm.add_to(&mut look.among));
        let mut services = count.iter().zip(&look.among).enumerate();
        services.any(|(s, (all, among))| {
            (0..self.lanes).any(|l| all[l] > among[l] && ask(s, l, &|| true))
        })
    }

    /// Adds, to the elements of a state, those that interact with it, which the scratch holds; in order.
    fn meet(&self, scratch: &mut Scratch<'_, L>, look: &mut Look<L>) {
        let Look { seen, met, .. } = look;
        let nothing = Reached::default();
        each_state(scratch, self.rules.rounds, |state, lanes| {
            let climb = (&mut *seen, &nothing);
            let rules = (&self.room, &self.rules);
            self.index.meeting(rules, (state, lanes), climb, 0, |rank| {
                met.push(self.index.by_rank[rank as usize]);
            });
        });
        met.sort_unstable();
        met.dedup();
    }

    fn harms_of(&self, element: u32) -> &[Harm] {
        let at = |e: usize| self.first[e] as usize;
        &self.harms[at(element as usize)..at(element as usize + 1)]
    }
}

/// Asks about what changed since `mark`, until that says that all is told.
pub(in crate::analysis) fn is_all_told<const L: usize>(
    scratch: &Scratch<'_, L>,
    mark: Mark,
    lanes: usize,
    ask: &mut impl FnMut(usize, usize, &dyn Fn() -> bool) -> bool,
) -> bool {
    scratch.changed_services(mark).iter().any(|&s| {
        let s = s as usize;
        (0..lanes).any(|l| ask(s, l, &|| own_status(scratch, s, l).is_harm()))
    })
}

/// Whom each element harms by itself, and how many values it changes; nothing if the watcher said stop.
fn harms<const L: usize>(context: &SweepContext<'_, L>) -> Option<(Vec<Harm>, Vec<u32>)> {
    let alike = &context.alike;
    let worker = || (Scratch::new(context.base), Vec::new(), Vec::new());
    let watch = context.task.watch;
    let done = for_chunks(alike.len(), CHUNK, watch, worker, |worker, items| {
        let (scratch, found, weights) = worker;
        let mark = scratch.mark();
        for class in items {
            let (place, members) = alike.class(class);
            scratch.fail(place);
            let weight = scratch.touched_since(mark);
            weights.extend(members.iter().map(|&element| (element, weight)));
            for &service in scratch.changed_services(mark) {
                let grades = Grades::of(scratch, service as usize);
                let harmful = (0..context.lanes()).filter(|&l| grades.harms(l));
                let lanes: LaneSet = harmful.fold(0, |all, l| all | 1 << l);
                let place = Ix(context.base.system().services[service as usize]);
                // Where something trips, its lanes have states of their own; this is the one before.
                let stops = !scratch.works(place) || !context.task.rules.stopped;
                let harm = |&element: &u32| Harm {
                    element,
                    service,
                    lanes,
                    stops,
                };
                if lanes != 0 {
                    found.extend(members.iter().map(harm));
                }
            }
            scratch.undo(mark);
        }
    });
    if done.items < alike.len() {
        return None;
    }
    let (mut all, mut weight) = (Vec::new(), vec![0; context.places.len()]);
    for (_, found, weights) in done.workers {
        all.extend(found);
        for (element, changed) in weights {
            weight[element as usize] = changed;
        }
    }
    all.sort_unstable_by_key(|harm| (harm.element, harm.service));
    // Where something trips, a service may come more than once.
    all.dedup_by_key(|harm| (harm.element, harm.service));
    Some((all, weight))
}

fn each_lane(lanes: LaneSet, mut visit: impl FnMut(usize)) {
    let mut left = lanes;
    while left != 0 {
        visit(left.trailing_zeros() as usize);
        left &= left - 1;
    }
}
