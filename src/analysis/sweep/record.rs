//! What a part of a sweep found, in a form that can be written: only what differs from nothing.
//!
//! In: gathered numbers. Out: a [`SweepRecord`], and the same numbers again. Promises: nothing is lost or
//! rounded; what does not fit the study it is added to is said not to fit, before anything is added.

use super::gathered::ByOrderRecord;
use super::pair_counts::Pairs;
use super::tally::Tally;
use super::{cascade, combinations, flat, stranded};
use crate::analysis::elements::by_size;
use crate::analysis::{Cascade, Elements, LeastHeadroom, OrderCount, Stranding, Worst};
use crate::model::{CaseId, NodeId, Status};
use serde::{Deserialize, Serialize};

/// What was found of a sweep, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepRecord {
    /// One for each run over load cases that was begun.
    runs: Vec<RunRecord>,
    /// Whether all that belongs to it is done.
    whole: bool,
}

impl SweepRecord {
    pub(super) fn new(runs: Vec<RunRecord>, whole: bool) -> Self {
        Self { runs, whole }
    }

    /// Whether all that belongs to it is done.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether some list of minimal sets was cut: more were found than are kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let mut all = self.runs.iter().flat_map(|run| &run.tallies);
        all.any(|(_, tally)| tally.count > flat::each_set(&tally.minimal).count() as u64)
    }

    pub(super) fn run(&self, run: usize) -> Option<&RunRecord> {
        self.runs.get(run)
    }

    /// Items of work that are done, of how many in all parts together.
    #[must_use]
    pub fn done(&self) -> (u64, u64) {
        let done = self.runs.iter().map(|run| run.items_done().count() as u64);
        let items = self.runs.iter().map(|run| u64::from(run.items));
        (done.sum(), items.sum())
    }

    /// Whether it is of runs that find this much.
    pub(super) fn fits(&self, bounds: &[Bounds]) -> bool {
        self.runs.len() <= bounds.len() && self.runs.iter().zip(bounds).all(|(run, b)| run.fits(b))
    }
}

/// What there is to find in a run over load cases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Items of work.
    pub items: u32,
    /// Services times load cases.
    pub tallies: usize,
    /// Nodes of the system, load cases of the scenario, elements, the highest order.
    pub nodes: usize,
    pub cases: usize,
    pub elements: usize,
    pub order: u32,
}

impl Bounds {
    /// How many contingencies there are of all orders, or a little less than what can be counted: sums of
    /// some parts can be counted, too.
    fn contingencies(&self) -> u64 {
        let of = |order| combinations(self.elements as u64, order);
        let all = (1..=self.order).fold(0, |sum: u64, order| sum.saturating_add(of(order)));
        all.min(u64::MAX >> 16)
    }
}

/// What was found in a run over load cases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RunRecord {
    /// How many items of work there are, in all parts together.
    items: u32,
    /// Those that are done: from, to.
    done: Vec<(u32, u32)>,
    /// Pairs that were evaluated.
    evaluated: u64,
    /// Service and load case, how many more pairs leave it down, degraded than superposition says.
    more: Vec<(u32, i64, i64)>,
    /// Element, service and load case, how many more partners harm it, see [`flat`].
    partners: Vec<i64>,
    /// Service and load case, order, how many are down, degraded, at risk.
    orders: Vec<(u32, u32, u64, u64, u64)>,
    /// Service and load case, what is special.
    tallies: Vec<(u32, TallyRecord)>,
    cascades: ByOrderRecord<Cascade>,
    stranded: ByOrderRecord<Stranding>,
}

/// A service at a load case. Fractions and headroom are bits: nothing is lost by writing them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct TallyRecord {
    /// How many minimal sets there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    count: u64,
    /// As many of them as are kept, see [`flat`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    minimal: Vec<i64>,
    /// Elements, status, delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    worst: Option<(Vec<NodeId>, Status, u64)>,
    /// Elements, headroom, limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    least: Vec<(Vec<NodeId>, u64, u32)>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl RunRecord {
    /// What pairs do.
    pub fn of_pairs(pairs: &Pairs, partners: &[(u32, u32, i32)]) -> Self {
        let more = (0u32..).zip(&pairs.more);
        Self {
            evaluated: pairs.evaluated,
            more: more
                .filter(|(_, more)| **more != (0, 0))
                .map(|(i, &(down, degraded))| (i, down, degraded))
                .collect(),
            partners: flat::partners(partners),
            ..Self::of(&pairs.tallies, &pairs.cascades, &pairs.stranded)
        }
    }

    /// What is gathered in any case.
    pub fn of(tallies: &[Tally], cascades: &cascade::Found, stranded: &stranded::Found) -> Self {
        let tallies = (0u32..).zip(tallies);
        let tallies = tallies.map(|(i, tally)| (i, TallyRecord::of(tally)));
        Self {
            tallies: tallies
                .filter(|(_, tally)| *tally != TallyRecord::default())
                .collect(),
            cascades: cascades.record(),
            stranded: stranded.record(),
            ..Self::default()
        }
    }

    /// The same with counts of one order, by service and load case.
    pub fn with_order<'c>(
        mut self,
        order: u32,
        counts: impl Iterator<Item = &'c OrderCount>,
    ) -> Self {
        let counts = (0u32..).zip(counts);
        let counts = counts.map(|(i, c)| (i, order, c.down, c.degraded, c.at_risk.unwrap_or(0)));
        self.orders
            .extend(counts.filter(|c| (c.2, c.3, c.4) != (0, 0, 0)));
        self
    }

    /// The same of these items.
    pub fn with_items(self, items: u32, is_done: &[bool]) -> Self {
        let mut done: Vec<(u32, u32)> = Vec::new();
        for (i, _) in (0u32..).zip(is_done).filter(|(_, done)| **done) {
            match done.last_mut().filter(|last| last.1 == i) {
                Some(last) => last.1 = i + 1,
                None => done.push((i, i + 1)),
            }
        }
        Self {
            items,
            done,
            ..self
        }
    }

    /// Items that are done.
    pub fn items_done(&self) -> impl Iterator<Item = u32> + '_ {
        self.done.iter().flat_map(|&(from, to)| from..to)
    }

    /// Adds what pairs do.
    pub fn add_to_pairs(&self, pairs: &mut Pairs, partners: &mut Vec<(u32, u32, i32)>) {
        pairs.evaluated += self.evaluated;
        for &(i, down, degraded) in &self.more {
            let more = &mut pairs.more[i as usize];
            more.0 += down;
            more.1 += degraded;
        }
        partners.extend(flat::each_partner(&self.partners).flatten());
        self.add_to(&mut pairs.tallies, &mut pairs.cascades, &mut pairs.stranded);
    }

    /// Adds what is gathered in any case.
    pub fn add_to(
        &self,
        tallies: &mut [Tally],
        cascades: &mut cascade::Found,
        stranded: &mut stranded::Found,
    ) {
        for (i, tally) in &self.tallies {
            tally.add_to(&mut tallies[*i as usize]);
        }
        cascades.add_record(&self.cascades);
        stranded.add_record(&self.stranded);
    }

    /// Gives `add` every count: service and load case, order, how many are down, degraded, at risk.
    pub fn each_count(&self, mut add: impl FnMut(usize, u32, OrderCount)) {
        for &(i, order, down, degraded, at_risk) in &self.orders {
            let count = OrderCount {
                down,
                degraded,
                at_risk: Some(at_risk),
            };
            add(i as usize, order, count);
        }
    }

    /// Whether it can be of a sweep within these bounds: numbers of what there is, and nothing counted more often
    /// than there are contingencies.
    fn fits(&self, bounds: &Bounds) -> bool {
        let most = bounds.contingencies();
        let is_tally = |i: u32| (i as usize) < bounds.tallies;
        let is_change = |n: i64| n.unsigned_abs() <= most;
        let mut last = 0;
        let done = self.done.iter().all(|&(from, to)| {
            let fits = last <= from && from < to && to <= bounds.items;
            last = to;
            fits
        });
        let partners = flat::each_partner(&self.partners).all(|p| {
            p.is_some_and(|(e, i, more)| {
                (e as usize) < bounds.elements
                    && is_tally(i)
                    && more.unsigned_abs() as usize <= bounds.elements
            })
        });
        let more = self
            .more
            .iter()
            .all(|&(i, down, degraded)| is_tally(i) && is_change(down) && is_change(degraded));
        let orders = self
            .orders
            .iter()
            .all(|&(i, order, down, degraded, at_risk)| {
                is_tally(i)
                    && (1..=bounds.order).contains(&order)
                    && [down, degraded, at_risk].iter().all(|&n| n <= most)
            });
        let mut tallies = self.tallies.iter();
        let tallies = tallies.all(|(i, tally)| is_tally(*i) && tally.fits(bounds));
        self.items == bounds.items
            && done
            && self.evaluated <= most
            && self.partners.len().is_multiple_of(3)
            && partners
            // What names a place twice adds to it twice.
            && self.more.windows(2).all(|two| two[0].0 < two[1].0)
            && more
            && orders
            && tallies
            && self.cascades.fits(bounds, |c| (&c.elements, c.case))
            && self.stranded.fits(bounds, |s| (&s.elements, s.case))
            && self.named_nodes().all(|v| v.index() < bounds.nodes)
    }

    /// Nodes beside elements.
    fn named_nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        let cascades = self.cascades.listed.iter().filter_map(|c| c.worst);
        let stranded = self.stranded.listed.iter();
        let worst = stranded.clone().filter_map(|s| s.worst);
        let worst = cascades.chain(worst).map(|(v, _)| v);
        worst.chain(stranded.flat_map(|s| s.instances.iter().copied()))
    }
}

impl TallyRecord {
    fn of(tally: &Tally) -> Self {
        let mut sets = tally.minimal.clone();
        sets.keep(tally.keep);
        let mut leasts: Vec<&LeastHeadroom> = tally.leasts().iter().collect();
        leasts.sort_by(|a, b| by_size(&a.elements, &b.elements));
        let least = leasts.into_iter();
        Self {
            count: tally.minimal_count,
            minimal: flat::sets(sets.iter()),
            worst: tally
                .worst
                .as_ref()
                .map(|w| (w.elements.clone(), w.status, w.delivered.to_bits())),
            least: least
                .map(|h| (h.elements.clone(), h.headroom.to_bits(), h.limit.0))
                .collect(),
        }
    }

    fn add_to(&self, tally: &mut Tally) {
        let mut more = Tally::new(0, tally.keep);
        more.minimal_count = self.count;
        more.minimal = flat::each_set(&self.minimal).flatten().collect();
        more.worst = self.worst.as_ref().map(|(elements, status, bits)| Worst {
            elements: elements.clone(),
            status: *status,
            delivered: f64::from_bits(*bits),
        });
        tally.merge(more);
        for (elements, bits, limit) in &self.least {
            tally.headroom(f64::from_bits(*bits), NodeId(*limit), elements);
        }
    }

    fn fits(&self, bounds: &Bounds) -> bool {
        let is_set = |elements: &[NodeId]| is_set(elements, bounds);
        let is_node = |limit: u32| (limit as usize) < bounds.nodes;
        let mut found = 0;
        let minimal = flat::each_set(&self.minimal).all(|set| {
            found += 1;
            set.is_some_and(|set| {
                is_set(&set.elements) && set.limit.is_none_or(|limit| is_node(limit.0))
            })
        });
        minimal
            && (found..=bounds.contingencies()).contains(&self.count)
            && self.worst.iter().all(|w| is_set(&w.0))
            && self.least.iter().all(|h| is_set(&h.0) && is_node(h.2))
    }
}

/// Whether these can fail together in a contingency.
fn is_set(elements: &[NodeId], bounds: &Bounds) -> bool {
    (1..=bounds.order as usize).contains(&elements.len())
        && elements.iter().all(|e| e.index() < bounds.nodes)
}

impl<T> ByOrderRecord<T> {
    fn fits(&self, bounds: &Bounds, of: impl Fn(&T) -> (&Elements, CaseId)) -> bool {
        let one = |t: &T| {
            let (elements, case) = of(t);
            is_set(elements, bounds) && case.index() < bounds.cases
        };
        let most = bounds.contingencies();
        self.count.len() <= bounds.order as usize
            && self.count.iter().all(|&n| n <= most)
            && self.listed.iter().all(one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::MinimalSet;

    #[test]
    fn items_are_ranges() {
        let done = [true, true, false, true, false, false, true];
        let record = RunRecord::default().with_items(7, &done);
        assert_eq!(record.done, [(0, 2), (3, 4), (6, 7)]);
        assert_eq!(record.items_done().collect::<Vec<_>>(), [0, 1, 3, 6]);
    }

    #[test]
    fn a_tally_comes_back_as_it_was() {
        let set = |elements: &[u32], status, delivered, limit: Option<u32>| MinimalSet {
            elements: elements
                .iter()
                .copied()
                .map(NodeId)
                .collect::<Vec<_>>()
                .into(),
            status,
            delivered,
            limit: limit.map(NodeId),
        };
        let mut tally = Tally::new(2, 10);
        tally.minimal(set(&[1, 2], Status::Down, 0.0, None));
        tally.minimal(set(&[1, 2, 3, 4], Status::Degraded, 0.1 + 0.2, Some(9)));
        tally.worst(Status::Down, 0.0, &[NodeId(3)]);
        tally.headroom(-0.3 + 1e-12, NodeId(5), &[NodeId(7)]);
        tally.headroom(-0.3, NodeId(4), &[NodeId(1), NodeId(2)]);
        assert_eq!(tally.leasts().len(), 2);
        let record = TallyRecord::of(&tally);
        let text = serde_json::to_string(&record).expect("JSON");
        let record: TallyRecord = serde_json::from_str(&text).expect("JSON");
        let mut again = Tally::new(2, 10);
        record.add_to(&mut again);
        assert_eq!(format!("{again:?}"), format!("{tally:?}"));
    }

    #[test]
    fn what_does_not_fit_is_found() {
        let bounds = Bounds {
            items: 4,
            tallies: 2,
            nodes: 5,
            cases: 1,
            elements: 3,
            order: 2,
        };
        let sound = RunRecord::default().with_items(4, &[true, false, true, true]);
        assert!(sound.fits(&bounds));
        let tally = |tally: TallyRecord| vec![(0, tally)];
        let broken: [&dyn Fn(&mut RunRecord); 16] = [
            &|r| r.items = 5,
            &|r| r.done = vec![(2, 3), (0, 1)],
            &|r| r.done = vec![(3, 5)],
            &|r| r.partners = vec![3, 0, 1],
            &|r| r.partners = vec![0, 0],
            &|r| r.more = vec![(2, 0, 0)],
            &|r| r.orders = vec![(0, 3, 1, 1, 1)],
            &|r| {
                r.tallies = tally(TallyRecord {
                    least: vec![(vec![NodeId(1)], 0, 5)],
                    ..TallyRecord::default()
                });
            },
            &|r| {
                r.tallies = tally(TallyRecord {
                    count: 7,
                    ..TallyRecord::default()
                });
            },
            &|r| r.cascades.count = vec![0; 3],
            // Of three elements there are six contingencies.
            &|r| r.evaluated = 7,
            &|r| r.more = vec![(0, -7, 0)],
            &|r| r.more = vec![(1, 0, 1), (0, 0, 1)],
            &|r| r.orders = vec![(0, 1, 0, 7, 0)],
            &|r| r.partners = vec![0, 0, 4],
            &|r| r.stranded.count = vec![7],
        ];
        for (i, breaks) in broken.iter().enumerate() {
            let mut record = sound.clone();
            breaks(&mut record);
            assert!(!record.fits(&bounds), "{i}");
        }
    }
}
