//! The search over regions of plans. In: an estate, limits. Out: the best plan, the bound, why it ended.
//! Promises: regions are looked at in one order, whatever the number of threads.

use super::breaches::breached;
use super::conflict::Conflict;
use super::known::Known;
use super::objective::Objective;
use super::outcome::{Plan, PlanEnd, PlanOutcome, Refusal};
use super::price::{Prices, Worth};
use super::region::{Alternative, Region};
use super::runs::default_runs;
use super::sort::Sort;
use super::state::Proposal;
use super::verify::{Assessed, assessed};
use super::weighed::{Weighed, apart, extra, keys_of};
use crate::analysis::Watch;
use crate::analysis::asked::asks_for_chances;
use crate::analysis::fix::{Change, FixContext};
use crate::analysis::policy::PolicyBreach;
use crate::model::NodeId;
use jiff::civil::Date;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};

/// Of one item there are at most so many.
const MOST_ALIKE: u32 = 64;
/// Breaches that are looked into in each region.
const MOST_BREACHES: usize = 64;
/// Rounds of the first try.
const MOST_ROUNDS: u64 = 60;
/// Regions that wait, for each run.
const WAITING: u64 = 400;

/// How far to search.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanOptions {
    /// The day on which waivers must be valid.
    pub as_of: Date,
    /// How often the estate may be assessed anew, at most; `None` leaves it to the size of the estate.
    pub runs: Option<u64>,
}

/// A region that waits, the cheapest first; of equals the one that is nearest to its end, then the first.
struct Waiting {
    least: Worth,
    depth: u32,
    number: u64,
    region: Region,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        let costs = self.least.0.iter().zip(&other.least.0);
        let order = costs.map(|(x, y)| y.total_cmp(x)).find(|o| o.is_ne());
        order
            .unwrap_or(Ordering::Equal)
            .then(self.depth.cmp(&other.depth))
            .then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

/// What an assessment says.
#[derive(Clone)]
enum Said {
    /// Every policy holds.
    Holds,
    /// These are in the way, of these breaches.
    Conflicts(Vec<Conflict>, Vec<(usize, PolicyBreach)>),
    /// It cannot be judged.
    Nothing,
}

/// The best plan so far.
#[derive(Clone)]
pub(super) struct Best {
    pub changes: Vec<Change>,
    pub worth: Worth,
}

/// The search.
pub(super) struct Search<'a> {
    pub known: Known<'a>,
    pub prices: Prices<'a>,
    pub options: PlanOptions,
    pub watch: &'a dyn Watch,
    pub runs: u64,
    pub most_runs: u64,
    said: HashMap<String, Said>,
    /// What failed where a policy broke.
    pub culprits: BTreeSet<NodeId>,
    pub best: Option<Best>,
    refusal: Option<Refusal>,
    /// The least of what is left where a conflict may lack alternatives.
    open_end: Worth,
    number: u64,
}

impl<'a> Search<'a> {
    pub fn new(context: FixContext<'a>, options: &PlanOptions, watch: &'a dyn Watch) -> Self {
        Self {
            known: Known::of(context),
            prices: Prices::of(context.system),
            options: *options,
            watch,
            runs: 0,
            most_runs: options.runs.unwrap_or_else(|| default_runs(context)).max(1),
            said: HashMap::new(),
            culprits: BTreeSet::new(),
            best: None,
            refusal: None,
            open_end: Worth::MOST,
            number: 0,
        }
    }

    /// The same where a sort of change is not for sale.
    pub fn without(mut self, sort: Sort) -> Self {
        self.prices.without = Some(sort);
        self
    }

    pub fn run(mut self) -> PlanOutcome {
        let objective = self.prices.objective;
        let Some(before) = self.assess(&[]) else {
            return self.unjudged(objective);
        };
        let policies = before.judgement.policies.iter();
        let undecided = policies.clone().find_map(|p| match p.holds {
            None => p.reason.clone(),
            Some(_) => None,
        });
        let mut outcome = PlanOutcome {
            objective,
            plan: None,
            lower_bound: 0.0,
            end: PlanEnd::Proved,
            refusal: None,
            breaches: before.breaches(),
            policies: policies.map(|p| p.holds).collect(),
            undecided: undecided.filter(|_| before.breaches() == 0),
            runs: self.runs,
            most_runs: self.most_runs,
        };
        if before.holds() {
            outcome.plan = Some(Plan {
                steps: Vec::new(),
                cost: 0.0,
            });
            return outcome;
        }
        if before.breaches() == 0 {
            outcome.end = PlanEnd::Unjudged;
            return outcome;
        }
        let packed = self.pack(&before);
        let before_breaches = before.breaches();
        drop(before);
        if let Some((policy, breach)) = packed.refused {
            outcome.refusal = Some(Refusal {
                policy,
                breach,
                with: Vec::new(),
            });
            outcome.lower_bound = packed.least;
            return outcome;
        }
        if self.climbs() {
            self.climb_up();
        }
        if self.best.is_none() {
            self.first_tries();
        }
        self.single_cures();
        // Of many breaches each region is a small part: what is left to be done is better spent on the plan at hand.
        let many = before_breaches > MOST_BREACHES as u64 && self.best.is_some();
        let until = if many {
            self.until(self.most_runs / 8)
        } else {
            // What leaves out steps comes before what puts them in order, and each needs its own.
            self.most_runs - self.reserve() - self.most_runs / 8
        };
        let (end, bound) = self.look(packed.least, until);
        outcome.end = end;
        if end != PlanEnd::Proved {
            self.polish();
        }
        self.settle_places();
        outcome.lower_bound = bound.0[0];
        if let Some(best) = self.best.clone() {
            let (steps, policies) = self.steps(&best.changes);
            let tied = bound.0[0] >= best.worth.0[0] * (1.0 - 1e-9);
            if tied {
                outcome.lower_bound = best.worth.0[0];
            }
            outcome.policies = policies;
            outcome.plan = Some(Plan {
                steps,
                cost: best.worth.0[0],
            });
        } else if end == PlanEnd::Proved {
            outcome.refusal.clone_from(&self.refusal);
        }
        outcome.runs = self.runs;
        outcome
    }

    fn unjudged(&self, objective: Objective) -> PlanOutcome {
        let policies = &self.known.context.scenario.policies;
        PlanOutcome {
            objective,
            plan: None,
            lower_bound: 0.0,
            end: if self.watch.stop() {
                PlanEnd::Interrupted
            } else {
                PlanEnd::Unjudged
            },
            refusal: None,
            breaches: 0,
            policies: vec![None; policies.len()],
            undecided: Some("the estate could not be swept as its policies ask".to_owned()),
            runs: self.runs,
            most_runs: self.most_runs,
        }
    }

    pub fn is_stopped(&self) -> bool {
        self.watch.stop()
    }

    /// Assesses the estate anew; `None` where that cannot be done.
    pub fn assess(&mut self, changes: &[Change]) -> Option<Assessed> {
        self.count(1);
        let found = assessed(self.known.context, changes, self.options.as_of, self.watch)?;
        let breaches = found.judgement.policies.iter().flat_map(|p| &p.breaches);
        let failed = breaches.flat_map(|b| &b.elements);
        // What changes add is not in every proposal.
        let nodes = self.known.nodes;
        self.culprits.extend(failed.filter(|v| v.index() < nodes));
        Some(found)
    }

    /// What is said of changes, from before if they were assessed. `None` at a limit.
    fn ask(&mut self, changes: &[Change], until: u64) -> Option<Said> {
        // What is in the way is listed with what is for sale against it.
        let key = format!("{:?} {changes:?}", self.prices.without);
        if let Some(said) = self.said.get(&key) {
            return Some(said.clone());
        }
        if self.runs >= until || self.watch.stop() {
            return None;
        }
        let said = match self.assess(changes) {
            None if self.watch.stop() => return None,
            None => Said::Nothing,
            Some(found) if found.holds() => Said::Holds,
            Some(found) => self.conflicts(&found, changes),
        };
        self.said.insert(key, said.clone());
        Some(said)
    }

    fn conflicts(&self, found: &Assessed, changes: &[Change]) -> Said {
        let (breached, breaches) = breached(found, MOST_BREACHES);
        if breached.is_empty() {
            return Said::Nothing;
        }
        // What a contingency sheds and may not shed, nothing brings back.
        if let Some(breach) = breached.iter().position(Option::is_none) {
            let none = Conflict {
                alternatives: Vec::new(),
                cures: 0,
                complete: true,
                breach,
            };
            return Said::Conflicts(vec![none], breaches);
        }
        let proposal = Proposal::of(&self.known, &self.prices, &found.altered);
        let all: Vec<Vec<Conflict>> = breached
            .par_iter()
            .flatten()
            .map(|b| proposal.conflicts(b))
            .collect();
        let mut conflicts: Vec<Conflict> = all.into_iter().flatten().collect();
        let mut seen = HashSet::new();
        conflicts.retain(|c| seen.insert(format!("{:?}{}", c.alternatives, c.complete)));
        self.put_cures_first(&mut conflicts, &breached, changes);
        Said::Conflicts(conflicts, breaches)
    }

    /// A plan to begin with: of each conflict the alternative that costs least, again and again.
    fn first_try(&mut self) {
        let until = self.until((self.most_runs / 3).min(MOST_ROUNDS));
        let mut region = Region::default();
        let mut taken: BTreeMap<String, u32> = BTreeMap::new();
        while let Some(grown) = region.growth(&self.prices) {
            let changes = region.changes(&grown);
            match self.ask(&changes, until) {
                Some(Said::Holds) => {
                    self.offer(changes, region.items_worth(&self.prices).plus(grown.worth));
                    return;
                }
                Some(Said::Conflicts(conflicts, _)) => {
                    if !self.take_all(&mut region, &conflicts, &mut taken) {
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    /// The first try, and the same without members and without growth: where a state only says what might help, all of
    /// which is taken one by one, whatever little of one sort is enough hides behind much of another.
    fn first_tries(&mut self) {
        self.first_try();
        // Against a probability members are taken by the dozen where nothing else is for sale, and each makes an exact one
        // dearer to work out.
        if self.prices.without.is_some() || asks_for_chances(self.known.context.scenario) {
            return;
        }
        for sort in [Sort::Add, Sort::Grow] {
            self.prices.without = Some(sort);
            self.first_try();
        }
        self.prices.without = None;
    }

    /// Where it is known what cures the first state by itself, each of that as a plan of its own: many cheap changes
    /// may hide a dear one that is enough.
    fn single_cures(&mut self) {
        let until = self.until(self.most_runs / 4);
        let Some(Said::Conflicts(conflicts, _)) = self.ask(&[], until) else {
            return;
        };
        let first = conflicts.iter().find(|c| c.cures > 0);
        for alternative in first.map_or(&[][..], Conflict::likely) {
            let region = Region::default().with(alternative);
            let Some(grown) = region.growth(&self.prices) else {
                continue;
            };
            let worth = region.items_worth(&self.prices).plus(grown.worth);
            if self.best.as_ref().is_some_and(|b| !worth.is_less(&b.worth)) {
                continue;
            }
            let changes = region.changes(&grown);
            if matches!(self.ask(&changes, until), Some(Said::Holds)) {
                self.offer(changes, worth);
            }
        }
    }

    /// Takes one alternative of each conflict that none taken now is in. False if one has none.
    fn take_all(
        &self,
        region: &mut Region,
        conflicts: &[Conflict],
        taken: &mut BTreeMap<String, u32>,
    ) -> bool {
        let mut now: Vec<Alternative> = Vec::new();
        for conflict in conflicts {
            let likely = conflict.likely();
            if likely.iter().any(|a| now.contains(a)) {
                continue;
            }
            let cheapest = likely
                .iter()
                .filter_map(|a| {
                    let worth = extra(&self.prices, region, a)?;
                    let times = taken.get(&format!("{a:?}")).copied().unwrap_or(0);
                    Some((a, times, worth))
                })
                .min_by(|x, y| x.1.cmp(&y.1).then(x.2.compare(&y.2)));
            let Some((alternative, times, _)) = cheapest else {
                return false;
            };
            if times >= MOST_ALIKE {
                return false;
            }
            *taken.entry(format!("{alternative:?}")).or_insert(0) += 1;
            *region = region.with(alternative);
            now.push(alternative.clone());
        }
        true
    }

    /// Keeps a plan that holds, if it is the best.
    pub fn offer(&mut self, changes: Vec<Change>, worth: Worth) {
        if self.best.as_ref().is_none_or(|b| worth.is_less(&b.worth)) {
            self.best = Some(Best { changes, worth });
        }
    }

    /// Looks at regions until the best plan is proved to be the cheapest, or a limit; and the bound. No plan costs
    /// less than `least`.
    fn look(&mut self, least: f64, until: u64) -> (PlanEnd, Worth) {
        let mut seen: HashSet<String> = HashSet::new();
        let mut waiting = BinaryHeap::from([Waiting {
            least: Worth([least, 0.0, 0.0]),
            depth: 0,
            number: 0,
            region: Region::default(),
        }]);
        while let Some(next) = waiting.pop() {
            let beaten = self
                .best
                .as_ref()
                .is_some_and(|b| !next.least.is_less(&b.worth));
            if beaten {
                waiting.push(next);
                break;
            }
            if !seen.insert(next.region.key()) {
                continue;
            }
            let too_many = waiting.len() as u64 > WAITING * self.most_runs;
            if too_many || !self.visit(&next, until, &mut waiting) {
                let bound = self.bound(Some(&next));
                let end = if self.is_cheapest(bound) {
                    PlanEnd::Proved
                } else if self.watch.stop() {
                    PlanEnd::Interrupted
                } else {
                    PlanEnd::Runs
                };
                return (end, bound);
            }
        }
        let bound = self.bound(waiting.peek());
        let proved = match &self.best {
            // Of plans that cost the same, any is the cheapest.
            Some(_) if self.prices.objective == Objective::Cost => self.is_cheapest(bound),
            Some(best) => !bound.is_less(&best.worth),
            None => self.open_end == Worth::MOST,
        };
        let end = if proved {
            PlanEnd::Proved
        } else {
            PlanEnd::Exhausted
        };
        (end, bound)
    }

    /// Whether the best plan costs no more than any, whatever else it is ranked by.
    fn is_cheapest(&self, bound: Worth) -> bool {
        let best = self.best.as_ref();
        let costs = self.prices.objective == Objective::Cost;
        costs && best.is_some_and(|b| bound.0[0] >= b.worth.0[0] * (1.0 - 1e-9))
    }

    /// No plan costs less than this.
    fn bound(&self, next: Option<&Waiting>) -> Worth {
        let next = next.map_or(Worth::MOST, |n| n.least);
        let best = self.best.as_ref().map_or(Worth::MOST, |b| b.worth);
        let all = [next, self.open_end];
        let least = all
            .into_iter()
            .fold(best, |x, y| if y.is_less(&x) { y } else { x });
        if least == Worth::MOST {
            Worth::default()
        } else {
            least
        }
    }

    /// Looks at one region. False at a limit.
    fn visit(&mut self, here: &Waiting, until: u64, waiting: &mut BinaryHeap<Waiting>) -> bool {
        let Some(grown) = here.region.growth(&self.prices) else {
            return true;
        };
        let changes = here.region.changes(&grown);
        let worth = here.region.items_worth(&self.prices).plus(grown.worth);
        match self.ask(&changes, until) {
            None => return false,
            Some(Said::Holds) => {
                self.offer(changes, worth);
                if grown.least.is_less(&grown.worth) {
                    self.leave_open(here.least);
                }
            }
            Some(Said::Nothing) => self.leave_open(here.least),
            Some(Said::Conflicts(conflicts, breaches)) => {
                self.divide(here, &changes, (&conflicts, &breaches), waiting);
            }
        }
        true
    }

    fn leave_open(&mut self, least: Worth) {
        if least.is_less(&self.open_end) {
            self.open_end = least;
        }
    }

    /// Divides a region by the conflict that leaves fewest and dearest alternatives.
    fn divide(
        &mut self,
        here: &Waiting,
        changes: &[Change],
        (conflicts, breaches): (&[Conflict], &[(usize, PolicyBreach)]),
        waiting: &mut BinaryHeap<Waiting>,
    ) {
        let mut weighed: Vec<Weighed<'_>> = conflicts
            .iter()
            .map(|conflict| Weighed::of(&self.prices, &here.region, conflict))
            .collect();
        weighed.sort_by(|x, y| {
            let key = |w: &Weighed<'_>| (!w.complete, w.options.len());
            let dear = y.least.total_cmp(&x.least);
            key(x)
                .0
                .cmp(&key(y).0)
                .then(dear)
                .then(key(x).1.cmp(&key(y).1))
        });
        let apart = apart(&weighed);
        let Some(chosen) = weighed.first() else {
            return;
        };
        if !chosen.complete {
            self.leave_open(here.least);
        } else if chosen.options.is_empty()
            && self.refusal.is_none()
            && let Some((policy, breach)) = breaches.get(chosen.breach)
        {
            self.refusal = Some(Refusal {
                policy: *policy,
                breach: breach.clone(),
                with: changes.to_vec(),
            });
        }
        let mut new = Vec::new();
        for (alternative, _) in &chosen.options {
            let region = here.region.with(alternative);
            if region == here.region {
                // It asks for what is there already and was not enough: nothing is proved by that.
                self.leave_open(here.least);
                continue;
            }
            if let Alternative::Do(item) = alternative
                && region.items[item] > MOST_ALIKE
            {
                self.leave_open(here.least);
                continue;
            }
            let Some(grown) = region.growth(&self.prices) else {
                continue;
            };
            let mut least = region.items_worth(&self.prices).plus(grown.least);
            let keys = keys_of(&here.region, alternative);
            let rest = apart.iter().filter(|w| w.keys.is_disjoint(&keys));
            least.0[0] += rest.map(|w| w.least).sum::<f64>();
            least.0[0] = least.0[0].max(here.least.0[0]);
            new.push((region, least));
        }
        for (region, least) in new {
            self.number += 1;
            waiting.push(Waiting {
                least,
                depth: here.depth + 1,
                number: self.number,
                region,
            });
        }
    }
}
