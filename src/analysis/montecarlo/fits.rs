//! Whether a record that was read back can be one of the run it claims to be of.
//!
//! In: a [`Frame`] and a [`Record`] of it. Out: whether sizes, counts and sums agree with each other and
//! with the plan. Nothing is judged anew, so a record may pass that no run would give; one that
//! contradicts itself does not.

use super::enumerated::{Enumerated, SlotEnumerated};
use super::plan::Plan;
use super::run::are_blocks;
use super::sample::Tail;
use super::snapshot::{Frame, Record};
use super::tally::{SlotTally, Tally};
use crate::analysis::exact::NotExact;

/// Sums of probabilities may be off by this.
const SPECK: f64 = 1e-9;

impl Frame {
    /// Whether a record can be one of this frame's, so that it can be answered.
    #[must_use]
    pub fn fits(&self, record: &Record) -> bool {
        self.has_its_sizes(record)
            && self.has_its_plan(&record.plan)
            && self.has_its_states(record)
            && self.has_its_trials(record)
    }

    fn events(&self) -> u32 {
        u32::try_from(self.chances.events().len()).unwrap_or(u32::MAX)
    }

    fn has_its_sizes(&self, record: &Record) -> bool {
        let slots = self.base.len();
        [record.orders.slots.len(), record.progress.tally.slots.len()] == [slots, slots]
            && slots == self.services.len() * self.demand.len()
            && self.demand.iter().all(|d| d.len() == self.services.len())
            && self.base.iter().all(|b| (0.0..=1.0).contains(&b.unserved))
            && self.chances.are_sound()
            && record.whole.keys().all(|&s| (s as usize) < slots)
            && [0, self.services.len()].contains(&record.down.len())
            && record.down.iter().all(|d| match d {
                Err(NotExact::TooLarge { bounds, .. }) => {
                    bounds.is_none_or(|(low, high)| 0.0 <= low && low <= high && high <= 1.0)
                }
                _ => true,
            })
            && record.short.iter().all(|(&slot, s)| {
                let all = [s.down, s.degraded, s.unserved];
                (slot as usize) < slots && all.into_iter().all(is_chance)
            })
            && record.down.iter().flatten().all(|d| {
                let mut shares = d.importance.iter();
                is_chance(d.probability)
                    && shares.all(|s| {
                        s.event < self.events() && is_chance(s.with) && is_chance(s.without)
                    })
            })
    }

    fn has_its_plan(&self, plan: &Plan) -> bool {
        (plan.trials, plan.seed) == (self.settings.trials, self.settings.seed)
            && plan.exact_order.is_none_or(|k| k <= 2)
            && plan.note_every > 0
            && !(self.settings.demand.is_some() && plan.exact_order.is_some())
    }

    /// What was worked out exactly.
    fn has_its_states(&self, record: &Record) -> bool {
        let sound = |k: &SlotEnumerated, mass: f64| are_states(k, mass, self.events());
        let Enumerated { mass, slots, .. } = &record.orders;
        let mass_fits = match record.plan.exact_order {
            // Where all is known otherwise, the orders were left out.
            _ if *mass == 0.0 => true,
            None => false,
            Some(k) => {
                let expected = Tail::new(self.chances.events(), k).mass_up_to();
                let least = if record.cut_short { 0.0 } else { expected };
                (least - SPECK..=expected + SPECK).contains(mass)
            }
        };
        mass_fits
            && slots.iter().all(|k| sound(k, *mass))
            && record.whole.values().all(|(k, _)| sound(k, 1.0))
    }

    fn has_its_trials(&self, record: &Record) -> bool {
        let (plan, progress, tally) = (&record.plan, &record.progress, &record.progress.tally);
        let shard = self.settings.shard;
        let before = (0..progress.next).filter(|&b| shard.is_none_or(|s| s.has(b)));
        let done = || before.clone().chain(progress.beyond.iter().copied());
        let none = record.whole.len() == self.base.len() || self.drawn(plan) <= 0.0;
        let counts = |f: &dyn Fn(u64) -> u64| -> u64 { done().map(|b| f(plan.trials_of(b))).sum() };
        let are_counted = are_blocks(progress.next, &progress.beyond, plan.blocks(), shard)
            && tally.trials == counts(&|n| n)
            && tally.risk_trials == counts(&|n| n.min(plan.risk_per_block))
            && tally.noted_trials == counts(&|n| n.div_ceil(plan.note_every))
            && tally.level_trials.values().sum::<u64>() == tally.trials;
        let together = tally.together.all().all(|(slot, event, n)| {
            let noted = tally.slots.get(slot as usize).map(|s| s.noted);
            event < self.events() && noted.is_some_and(|most| n <= most)
        });
        let most = self.settings.demand.is_none().then_some(1.0);
        !(record.cut_short && tally.trials > 0)
            && ((none && *tally == Tally::new(self.base.len())) || are_counted)
            && tally.slots.iter().all(|s| are_trials(s, tally, most))
            && together
            && tally.seen.keys().flatten().all(|&e| e < self.events())
            && tally.seen.values().all(|seen| {
                let mut harmed = seen.harmed.iter();
                harmed.all(|&(slot, _)| (slot as usize) < self.base.len())
            })
    }
}

fn is_chance(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

/// Whether states of so much probability can contribute this.
fn are_states(k: &SlotEnumerated, mass: f64, events: u32) -> bool {
    let harm = k.down + k.degraded;
    let parts = [k.down, k.degraded, k.at_risk, k.ok, k.unserved];
    parts.into_iter().all(|p| (0.0..=mass + SPECK).contains(&p))
        && harm + k.at_risk + k.ok <= mass + SPECK
        && k.unserved <= harm + SPECK
        && k.together.iter().all(|(&e, p)| {
            let joint = (0.0..=harm + SPECK).contains(p);
            e < events && joint
        })
        && k.seen.iter().all(|(p, with, _)| {
            let joint = (0.0..=harm + SPECK).contains(p);
            joint && with.iter().all(|&e| e < events)
        })
}

/// Whether the trials of a run can add up to this for one slot; `most` bounds one trial.
fn are_trials(s: &SlotTally, run: &Tally, most: Option<f64>) -> bool {
    let (sum, squares, greatest) = (s.unserved.get(), s.squares.get(), s.most.get());
    let steps = 1e-11 * (1 + s.hits) as f64 * (1.0 + greatest);
    let near = |x: f64, y: f64| x <= y * (1.0 + SPECK) + steps;
    let (mut changed, mut down, mut degraded) = (0u64, 0u64, 0u64);
    for level in s.levels.values() {
        changed = changed.saturating_add(level.0);
        down = down.saturating_add(level.1);
        degraded = degraded.saturating_add(level.2);
    }
    (changed, down, degraded) == (s.changed, s.down, s.degraded)
        && s.changed <= run.trials
        && s.down.saturating_add(s.degraded) <= s.changed
        && s.hits <= s.changed
        && s.at_risk.saturating_add(s.ok) <= run.risk_trials
        && s.noted <= run.noted_trials
        && ![s.unserved, s.squares, s.most].iter().any(|x| x.is_full())
        && near(greatest, most.unwrap_or(f64::INFINITY))
        && near(sum, greatest * s.hits as f64)
        && near(squares, greatest * sum)
        && near(sum * sum, s.hits as f64 * (squares + steps))
}
