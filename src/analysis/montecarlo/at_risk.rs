//! At-risk by the hour: which services one more failure, the peak or a thin headroom threatens.
//!
//! In: hourly demand and a state. Out: per service whether it is threatened at every hour, at none,
//! or at which. What a failure stops, it stops whatever the demand; whom load does not harm at the
//! greatest demand of every service, it harms at no hour (in one state, loads only grow with
//! demand). So hours are looked at only for those whom load harms there, and only with the failures
//! that do it.

use super::states::StateMap;
use crate::analysis::Study;
use crate::analysis::status::{further_elements, is_thin, own_status};
use crate::engine::{Base, Ix, Reach, Scratch};
use crate::model::NodeId;
use std::collections::{BTreeSet, HashMap};

/// Hours evaluated together: a chunk.
const CHUNK: usize = 8;
/// States that a thread remembers before it forgets them all.
const REMEMBERED: usize = 1 << 14;

/// What is the same for all threads.
pub struct AtRiskSearch<'s, 'a> {
    study: &'s Study<'a>,
    demand: &'s [Vec<f64>],
    further: Vec<NodeId>,
}

/// Base states that threads start from: at the greatest demands, and at the peak.
pub struct Heights<'h, 's> {
    top: &'h Base<'s, 1>,
    peak: Option<Base<'s, 1>>,
}

/// A thread's memory.
pub struct AtRiskCache<'m> {
    top: Scratch<'m, 1>,
    peak: Option<Scratch<'m, 1>>,
    reach: Reach<1>,
    failed: Vec<Ix>,
    known: StateMap<AtRiskHours>,
}

/// What threatens services in one state.
#[derive(Default)]
pub struct AtRiskHours {
    /// Threatened at every hour at which they are not harmed.
    pub always: Vec<u32>,
    /// Threatened at some hours, perhaps.
    pub sometimes: Vec<u32>,
    /// The failures that may be why.
    suspects: Vec<NodeId>,
    /// By chunk, what became of `sometimes`: a bit per hour at which it is threatened and not
    /// harmed.
    hours: HashMap<usize, Vec<u8>>,
}

impl<'s, 'a> AtRiskSearch<'s, 'a> {
    /// Prepares; `demand[service][hour]`, or one value where it does not change.
    pub fn new(study: &'s Study<'a>, demand: &'s [Vec<f64>]) -> Self {
        Self {
            study,
            demand,
            further: further_elements(study, &[]),
        }
    }

    /// How many states a history tries on average, if it changes state `turns` times and is this
    /// share of its hours in another state than at the start.
    pub fn states(study: &Study<'_>, demand: &[Vec<f64>], turns: f64, elsewhere: f64) -> f64 {
        let hours = demand.iter().map(Vec::len).max().unwrap_or(1);
        let chunks = if hours > 1 { hours / CHUNK } else { 0 };
        let further = study.scenario().sweep.elements.len() as f64;
        further * (2.0 + turns + elsewhere * chunks as f64)
    }

    /// The base states to start from, of which `top` is that at the greatest demand of every service.
    pub fn heights<'h>(&self, top: &'h Base<'s, 1>) -> Heights<'h, 's> {
        let scenario = self.study.scenario();
        let peak = scenario.peak().map(|peak| {
            let demand = scenario.cases[peak.index()].demand.iter();
            let demand: Vec<[f64; 1]> = demand.map(|&d| [d]).collect();
            Base::evaluate(self.study.compiled(), self.study.capacity(), &demand, &[])
        });
        Heights { top, peak }
    }

    /// What threatens services when exactly `out` is out.
    pub fn of<'l>(
        &self,
        out: &[NodeId],
        at_risk_cache: &'l mut AtRiskCache<'_>,
    ) -> &'l mut AtRiskHours {
        if !at_risk_cache.known.contains_key(out) {
            if at_risk_cache.known.len() >= REMEMBERED {
                at_risk_cache.known.clear();
            }
            let at_risk_hours = self.survey(out, at_risk_cache);
            at_risk_cache.known.insert(out.to_vec(), at_risk_hours);
        }
        at_risk_cache.known.get_mut(out).expect("it was put there")
    }

    /// At the greatest demands, and at the peak.
    fn survey(&self, out: &[NodeId], at_risk_cache: &mut AtRiskCache<'_>) -> AtRiskHours {
        let compiled = self.study.compiled();
        let constant = self.demand.iter().all(|d| d.len() == 1);
        at_risk_cache.failed.clear();
        at_risk_cache
            .failed
            .extend(out.iter().map(|&v| compiled.ix(v)));
        let mut always = self.at_peak(at_risk_cache);
        let top = &mut at_risk_cache.top;
        let mark = top.mark();
        top.fail_all(&at_risk_cache.failed);
        let (clouded, thin) = self.without_failures(top, &mut at_risk_cache.reach);
        // What load does at the greatest demands hides what failures would do at lesser ones.
        // So does what trips there.
        let hidden = (!clouded.is_empty() || top.is_split()) && !constant;
        // Whom something that trips threatens at some hour is not known.
        let mut anybody = top.is_split() && !constant;
        let mut sometimes = thin;
        if hidden {
            sometimes.extend(clouded);
        }
        let mut suspects = Vec::new();
        for &element in &self.further {
            if out.binary_search(&element).is_ok() {
                continue;
            }
            let alone = top.mark();
            top.fail(compiled.ix(element));
            let trips = top.is_split() && !constant;
            let mut suspect = hidden || trips;
            anybody |= trips;
            for &s in top.changed_services(alone) {
                if !own_status(top, s as usize, 0).is_harm() {
                    continue;
                }
                if top.works(Ix(compiled.services[s as usize])) {
                    suspect = true;
                    sometimes.insert(s);
                } else {
                    always.insert(s);
                }
            }
            top.undo(alone);
            if suspect {
                suspects.push(element);
            }
        }
        top.undo(mark);
        if anybody {
            sometimes.extend(0..number(self.demand.len()));
        }
        if constant {
            always.append(&mut sometimes);
        }
        AtRiskHours {
            sometimes: sometimes.difference(&always).copied().collect(),
            always: always.into_iter().collect(),
            suspects,
            hours: HashMap::new(),
        }
    }

    /// Whom load alone harms in a state, and whose headroom is less than what is asked for.
    fn without_failures(
        &self,
        top: &Scratch<'_, 1>,
        reach: &mut Reach<1>,
    ) -> (Vec<u32>, BTreeSet<u32>) {
        let asked = self.study.scenario().headroom;
        let (mut clouded, mut thin) = (Vec::new(), BTreeSet::new());
        let mut view = reach.at(top);
        for s in 0..self.demand.len() {
            let works = top.works(Ix(self.study.compiled().services[s]));
            if works && own_status(top, s, 0).is_harm() {
                clouded.push(number(s));
            }
            if asked.is_some() {
                let [limit] = view.limits(s);
                if is_thin(limit.map(|limit| limit.headroom()), asked) {
                    thin.insert(number(s));
                }
            }
        }
        (clouded, thin)
    }

    /// Who is harmed in this same state at the peak.
    fn at_peak(&self, at_risk_cache: &mut AtRiskCache<'_>) -> BTreeSet<u32> {
        let Some(peak) = &mut at_risk_cache.peak else {
            return BTreeSet::new();
        };
        let mark = peak.mark();
        peak.fail_all(&at_risk_cache.failed);
        let harmed = |&s: &usize| own_status(peak, s, 0).is_harm();
        let found = (0..self.demand.len()).filter(harmed).map(number).collect();
        peak.undo(mark);
        found
    }

    /// Those of `at_risk_hours.sometimes` that are threatened at an hour, and not harmed, when exactly `out`
    /// is out.
    pub fn threatened<'p>(
        &self,
        out: &[NodeId],
        at_risk_hours: &'p mut AtRiskHours,
        hour: usize,
    ) -> impl Iterator<Item = u32> + 'p {
        let (chunk, lane) = (hour / CHUNK, hour % CHUNK);
        if !at_risk_hours.hours.contains_key(&chunk) {
            let found = self.chunk(out, at_risk_hours, chunk);
            at_risk_hours.hours.insert(chunk, found);
        }
        let found = at_risk_hours
            .sometimes
            .iter()
            .zip(&at_risk_hours.hours[&chunk]);
        found
            .filter(move |(_, bits)| *bits >> lane & 1 == 1)
            .map(|(&s, _)| s)
    }

    fn chunk(&self, out: &[NodeId], at_risk_hours: &AtRiskHours, chunk: usize) -> Vec<u8> {
        let compiled = self.study.compiled();
        let asked = self.study.scenario().headroom;
        let failed: Vec<Ix> = out.iter().map(|&v| compiled.ix(v)).collect();
        let demand: Vec<[f64; CHUNK]> = self.demand.iter().map(|d| lanes(d, chunk)).collect();
        let base = Base::evaluate(compiled, self.study.capacity(), &demand, &failed);
        let mut scratch = Scratch::new(&base);
        let mut reach = Reach::new();
        let mut found = vec![0u8; at_risk_hours.sometimes.len()];
        let mut view = reach.at(&scratch);
        // By service: its place in `found`, and the hours that are still open.
        let mut open: HashMap<u32, (usize, u8)> = HashMap::new();
        for (at, &s) in at_risk_hours.sometimes.iter().enumerate() {
            let fine = bits(|l| !own_status(&scratch, s as usize, l).is_harm());
            if asked.is_some() {
                let limits = view.limits(s as usize);
                let headroom = |l: usize| limits[l].map(|limit| limit.headroom());
                found[at] = fine & bits(|l| is_thin(headroom(l), asked));
            }
            if fine & !found[at] != 0 {
                open.insert(s, (at, fine & !found[at]));
            }
        }
        let mark = scratch.mark();
        for &element in &at_risk_hours.suspects {
            if open.is_empty() {
                break;
            }
            scratch.fail(compiled.ix(element));
            for &s in scratch.changed_services(mark) {
                let Some((at, left)) = open.get_mut(&s) else {
                    continue;
                };
                let harmed = bits(|l| own_status(&scratch, s as usize, l).is_harm());
                found[*at] |= *left & harmed;
                *left &= !harmed;
                if *left == 0 {
                    open.remove(&s);
                }
            }
            scratch.undo(mark);
        }
        found
    }
}

impl<'m> AtRiskCache<'m> {
    /// Nothing is known yet.
    pub fn new(heights: &'m Heights<'m, 'm>) -> Self {
        Self {
            top: Scratch::new(heights.top),
            peak: heights.peak.as_ref().map(Scratch::new),
            reach: Reach::new(),
            failed: Vec::new(),
            known: StateMap::default(),
        }
    }
}

/// The demand of a chunk; beyond the last hour it stays.
fn lanes(series: &[f64], chunk: usize) -> [f64; CHUNK] {
    let last = series.len() - 1;
    std::array::from_fn(|l| series[(chunk * CHUNK + l).min(last)])
}

fn bits(holds: impl Fn(usize) -> bool) -> u8 {
    (0..CHUNK).fold(0, |all, l| all | u8::from(holds(l)) << l)
}

fn number(s: usize) -> u32 {
    u32::try_from(s).expect("services are numbered like nodes")
}
