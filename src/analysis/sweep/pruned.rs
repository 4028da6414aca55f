//! The sweep to order 2 that evaluates only pairs that interact, after a failure or without one.
//!
//! Same results as by evaluating every pair, at a cost that follows those that interact.

use super::cascade;
use super::context::SweepContext;
use super::count::combinations;
use super::grade::{Graded, Grades, status};
use super::index::{Index, Room};
use super::margin::Margins;
use super::pair_cache::{PairCache, PairSet};
use super::pair_counts::Pairs;
use super::pair_share;
use super::pairs::{self, Plan};
use super::replays::Kept;
use super::share::Share;
use super::single_changes::Singles;
use super::stranded;
use super::tally::Tally;
use super::utilization_bound::UtilizationBound;
use super::{cost, relieved, singles};
use crate::analysis::OrderCount;
use crate::analysis::status::Next;
use crate::engine::quiet;
use crate::model::Status;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

/// What is special about services is held for so many of them at a time that it is about this much.
const HELD: usize = 1 << 18;

/// What a sweep to order 2 found out.
pub(super) struct Swept {
    /// How many contingencies of each order are accounted for.
    pub accounted: Vec<u64>,
    /// Per service and lane: how many contingencies of each order leave it how.
    pub counted: Vec<Vec<OrderCount>>,
    /// Per service and lane: the rest.
    pub tallies: Vec<Tally>,
    /// Per lane and service.
    pub next: Vec<Vec<Next>>,
    /// What sets off a cascade.
    pub cascades: cascade::Found,
    /// What leaves an instance without a host.
    pub stranded: stranded::Found,
    /// What pairs do, for order 3.
    pub cache: Option<PairCache>,
}

impl Swept {
    /// Whether all contingencies of so many elements are accounted for.
    pub fn is_complete(&self, elements: usize) -> bool {
        let mut orders = (1..).zip(&self.accounted);
        orders.all(|(k, &done)| done == combinations(elements as u64, k))
    }

    /// Nothing is known about one more order.
    pub fn lacks_an_order(&mut self) {
        self.accounted.push(0);
        let all = self.counted.iter_mut();
        all.for_each(|counted| counted.push(OrderCount::default()));
    }

    /// What is known when nothing was looked at.
    fn nothing<const L: usize>(context: &SweepContext<'_, L>) -> Self {
        let order = context.task.order.min(2) as usize;
        let tallies = context.tallies();
        Self {
            accounted: vec![0; order],
            counted: vec![vec![OrderCount::default(); order]; tallies.len()],
            tallies,
            next: vec![vec![None; context.services()]; context.lanes()],
            cascades: context.cascades(),
            stranded: context.stranded(),
            cache: None,
        }
    }
}

/// Sweeps to order 2, or to order 1 if that was asked.
pub(super) fn up_to_two<const L: usize>(context: &SweepContext<'_, L>) -> Swept {
    let task = context.task;
    if context.before.is_none() && !task.watch.allows(cost::singles(context)) {
        return Swept::nothing(context);
    }
    let asked = task.study.scenario().headroom;
    let bound = UtilizationBound::new(context.base, asked, task.rules.switched);
    let mut singles = singles::run(context, &bound);
    singles::untouched(context, &bound, &mut singles);
    let whole = singles.done == context.places.len() as u64;
    let mut interacting = None;
    let pairs = (task.order > 1 && whole)
        .then(|| evaluate_pairs(context, &bound, &singles, &mut interacting))
        .flatten();
    let count = Count {
        context,
        bound: &bound,
        singles: &singles,
        pairs: pairs.as_ref(),
    };
    let counted = count.all();
    let mut accounted = vec![singles.done];
    if task.order > 1 {
        accounted.push(count.pairs_done());
    }
    let mut tallies = std::mem::take(&mut singles.tallies);
    let next = std::mem::take(&mut singles.next);
    let mut cascades = std::mem::replace(&mut singles.cascades, context.cascades());
    let mut stranded = std::mem::replace(&mut singles.stranded, context.stranded());
    let mut notes = Vec::new();
    if let Some(pairs) = pairs {
        notes = pairs.notes;
        cascades.merge(pairs.cascades);
        stranded.merge(pairs.stranded);
        for (mine, pair) in tallies.iter_mut().zip(pairs.tallies) {
            mine.merge(pair);
        }
        if context.before.is_none() {
            relieved::pairs(context, &bound, &mut tallies);
        }
    }
    Swept {
        accounted,
        counted,
        tallies,
        next,
        cascades,
        stranded,
        cache: interacting.map(|interacting| PairCache::new(interacting, notes, singles)),
    }
}

/// Nothing if it would take more memory than it may.
fn evaluate_pairs<const L: usize>(
    context: &SweepContext<'_, L>,
    bound: &UtilizationBound<L>,
    singles: &Singles,
    interacting: &mut Option<PairSet>,
) -> Option<Pairs> {
    let (watch, first) = (context.task.watch, context.before.is_none());
    let with_index = || cost::with_pairs(context, singles, (0, cost::on_networks(context)));
    if first && !watch.allows(with_index()) {
        return None;
    }
    let share = match context.task.order {
        2 => context.task.share,
        // To order 3 everybody knows what pairs do.
        _ => Share::All,
    };
    if let Some(records) = share.records() {
        return Some(pair_share::joined(context, records));
    }
    let raised = bound.raised(context.base, &singles.tallies, context.lanes());
    let room = Room::new(context, &raised.at_nodes());
    // After a first failure few pairs are looked at again, and to order 3 all are worked out.
    let is_laid = context.task.order == 2 && first && context.task.study.shortcuts().replay;
    let kept = if is_laid { Kept::Lightest } else { Kept::None };
    let (index, replays) = Index::new(context, (&raised, &room), (&singles.weight, kept));
    let is_down: Vec<AtomicBool> = singles
        .tallies
        .iter()
        .map(|_| AtomicBool::new(false))
        .collect();
    let sys = context.base.system();
    let quiet = if context.task.study.shortcuts().omit {
        quiet(sys)
    } else {
        vec![false; sys.len()]
    };
    let mut plan = Plan {
        context,
        singles,
        index: &index,
        replays: &replays,
        room: &room,
        bound: &raised,
        quiet: &quiet,
        margins: &Margins::of_base(context, singles),
        is_down: &is_down,
        interacting: None,
    };
    if first {
        let cost = cost::pairs(&plan);
        if !watch.allows(cost.memory) {
            return None;
        }
        // What others have done takes nobody any more.
        let is_done = context.task.share.records().is_some();
        if context.task.runs > 0 && !is_done {
            watch.cost(&cost.shared(context.task.share.parts()));
        }
    }
    if context.task.order > 2 {
        *interacting = PairSet::interacting(&plan);
        plan.interacting = interacting.as_ref();
    }
    match share {
        Share::Part(dividing, run) => pair_share::part(&plan, dividing, run),
        Share::All | Share::Done(..) => Some(pairs::run(&plan)),
    }
}

/// Counts by superposition, and what is more.
struct Count<'c, const L: usize> {
    context: &'c SweepContext<'c, L>,
    bound: &'c UtilizationBound<L>,
    singles: &'c Singles,
    pairs: Option<&'c Pairs>,
}

/// What is special about one service and element.
#[derive(Clone, Copy)]
enum Special {
    /// The element changes it.
    Graded(Grades),
    /// Its headroom is thin, one bit per lane, unlike in the base state.
    Thin(u8),
    /// In a lane, so many more partners harm it than superposition says.
    Partners(usize, i32),
}

impl<const L: usize> Count<'_, L> {
    /// Per service and lane: counts of every order.
    fn all(&self) -> Vec<Vec<OrderCount>> {
        let graded = self.graded(self.singles.done, |_| true);
        let first = self.context.task.first;
        let counted = if first > 0 {
            let after = self.singles.done.saturating_sub(u64::from(first));
            self.graded(after, |e| e >= first)
        } else {
            graded.clone()
        };
        let risks = self.knows_at_risk().then(|| self.at_risk(&graded));
        let rest = self.pairs.map(|pairs| self.rest(pairs));
        (0..graded.len())
            .map(|i| {
                let own = self.context.own[i / self.context.lanes()][i % self.context.lanes()];
                let mut first = counted[i].superposed(1, own);
                first.at_risk = risks.as_ref().map(|risks| risks[i]);
                let mut orders = vec![first];
                if self.context.task.order > 1 {
                    orders.push(match (self.pairs, &rest) {
                        (Some(pairs), Some(rest)) => {
                            pairs_of(&counted[i], &rest[i], own, pairs.more[i])
                        }
                        _ => OrderCount::default(),
                    });
                }
                orders
            })
            .collect()
    }

    /// Pairs that are accounted for.
    fn pairs_done(&self) -> u64 {
        let n = self.singles.weight.len();
        self.pairs.map_or(0, |pairs| {
            combinations(n as u64, 2) - combinations((n - pairs.ranks) as u64, 2)
        })
    }

    /// At risk is known once every pair is.
    fn knows_at_risk(&self) -> bool {
        // The lightest is the heavier one of no pair.
        self.pairs
            .is_some_and(|pairs| pairs.ranks + 1 >= self.singles.weight.len())
    }

    /// Per service and lane: how many elements have which grade, of so many that were looked at.
    fn graded(&self, elements: u64, counts: impl Fn(u32) -> bool) -> Vec<Graded> {
        let lanes = self.context.lanes();
        let mut graded = vec![Graded::default(); self.context.services() * lanes];
        for c in self.singles.changes.iter().filter(|c| counts(c.element)) {
            for l in 0..lanes {
                let grade = c.grades.lane(l);
                if grade > 0 {
                    graded[c.service as usize * lanes + l].0[usize::from(grade)] += 1;
                }
            }
        }
        for graded in &mut graded {
            let changed: u64 = graded.0[1..].iter().sum();
            graded.0[0] = elements.saturating_sub(changed);
        }
        graded
    }

    /// The same for elements whose pairs among themselves were not looked at.
    fn rest(&self, pairs: &Pairs) -> Vec<Graded> {
        let first = self.context.task.first;
        let left = pairs.by_rank[pairs.ranks..].iter().filter(|&&e| e >= first);
        let mut is_left = vec![false; self.singles.weight.len()];
        for &e in left.clone() {
            is_left[e as usize] = true;
        }
        self.graded(left.count() as u64, |e| is_left[e as usize])
    }

    /// Per service and lane: how many single failures leave it at risk.
    fn at_risk(&self, graded: &[Graded]) -> Vec<u64> {
        let mut risks = vec![0; graded.len()];
        let size = self.services_at_a_time();
        for first in (0..self.context.services()).step_by(size) {
            let services = first..(first + size).min(self.context.services());
            self.at_risk_in(services, graded, &mut risks);
        }
        risks
    }

    /// How many services to count at a time.
    fn services_at_a_time(&self) -> usize {
        let partners = self
            .pairs
            .map_or(0, |pairs| pairs.partners.iter().map(Vec::len).sum());
        let specials = self.singles.changes.len() + self.singles.thin.len() + partners;
        let blocks = specials.div_ceil(HELD).max(1);
        self.context.services().div_ceil(blocks).max(1)
    }

    /// The same for some of the services.
    fn at_risk_in(&self, services: Range<usize>, graded: &[Graded], risks: &mut [u64]) {
        let lanes = self.context.lanes();
        let specials = self.specials(index(services.start)..index(services.end));
        let first = u64::from(self.context.task.first);
        let counted = self.singles.done.saturating_sub(first);
        let mut begin = 0;
        for s in services {
            let of_service = specials[begin..]
                .iter()
                .take_while(|x| x.0 as usize == s)
                .count();
            let mut special = 0;
            let all = &specials[begin..begin + of_service];
            for same_element in all.chunk_by(|a, b| a.1 == b.1) {
                if same_element[0].1 < self.context.task.first {
                    continue;
                }
                special += 1;
                for l in 0..lanes {
                    let harmful = graded[s * lanes + l].harmful();
                    risks[s * lanes + l] += u64::from(self.is_at_risk(s, l, harmful, same_element));
                }
            }
            for l in 0..lanes {
                let harmful = graded[s * lanes + l].harmful();
                if self.is_at_risk(s, l, harmful, &[]) {
                    risks[s * lanes + l] += counted - special;
                }
            }
            begin += of_service;
        }
    }

    fn is_at_risk(&self, s: usize, l: usize, harmful: u64, all: &[(u32, u32, Special)]) -> bool {
        let (mut grades, mut thin) = (Grades::default(), self.bound.thin_in_base(index(s)));
        let mut partners = i64::try_from(harmful).unwrap_or(i64::MAX);
        for (_, _, special) in all {
            match *special {
                Special::Graded(of) => grades = of,
                Special::Thin(bits) => thin = bits,
                Special::Partners(lane, more) if lane == l => partners += i64::from(more),
                Special::Partners(..) => {}
            }
        }
        let harmed = |l: usize| status(grades.lane(l), self.context.own[s][l]).is_harm();
        let peak = self.context.task.lanes.peak_from(l);
        !harmed(l)
            && (partners > 0 || thin >> l & 1 == 1 || peak.is_some_and(|(peak, _)| harmed(peak)))
    }

    /// Of these services; sorted by service, then element.
    fn specials(&self, services: Range<u32>) -> Vec<(u32, u32, Special)> {
        let lanes = index(self.context.lanes());
        let changes = self.singles.changes.iter();
        let changes = changes.map(|c| (c.service, c.element, Special::Graded(c.grades)));
        let thin = self.singles.thin.iter();
        let thin = thin.map(|t| (t.service, t.element, Special::Thin(t.bits)));
        let partners = self
            .pairs
            .into_iter()
            .flat_map(|pairs| pairs.partners.iter().flatten());
        let partners = partners.filter(|p| p.2 != 0).map(|&(element, i, more)| {
            let lane = (i % lanes) as usize;
            (i / lanes, element, Special::Partners(lane, more))
        });
        let all = changes.chain(thin).chain(partners);
        let mut all: Vec<_> = all.filter(|x| services.contains(&x.0)).collect();
        all.sort_unstable_by_key(|x| (x.0, x.1));
        all
    }
}

/// Pairs accounted for: all but those among the rest, and what interacts.
fn pairs_of(all: &Graded, rest: &Graded, own: Status, more: (i64, i64)) -> OrderCount {
    let (all, rest) = (all.superposed(2, own), rest.superposed(2, own));
    OrderCount {
        down: (all.down - rest.down).saturating_add_signed(more.0),
        degraded: (all.degraded - rest.degraded).saturating_add_signed(more.1),
        at_risk: None,
    }
}

fn index(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}
