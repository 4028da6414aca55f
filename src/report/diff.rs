//! Two results against each other. In: documents of the same command or not, as long as they have
//! something in common. Out: a [`Diff`]. Promises: reads results, never the engine; what only one side
//! computed is not compared, and said; numbers that differ by rounding are the same.

mod chances;
mod inventory;
mod named;
mod rounding;
mod states;
mod verdicts;

use super::document::diff::{ChanceChange, Change, Diff, Direction, Side, Totals, VerdictChange};
use super::document::simulate::Simulate;
use super::document::{
    Assess, Estate, Head, Input, PolicyResult, SimulateResult, State, Sweep, SweepResult,
    VerdictWord, WhatIf,
};
use super::naming::head;
use crate::model::short;
use states::Said;
use std::collections::{BTreeMap, BTreeSet};

/// A result that can be compared.
#[derive(Clone, Debug)]
pub enum Compared {
    /// One state.
    WhatIf(Box<WhatIf>),
    /// A sweep.
    Sweep(Box<SweepResult>),
    /// A simulation.
    Simulate(Box<SimulateResult>),
    /// An assessment.
    Assess(Box<Assess>),
}

/// What one side says.
struct Content<'a> {
    head: &'a Head,
    order: u32,
    /// Harm by service and load case; `None` for a simulation.
    said: Option<Said>,
    sweep: Option<&'a Sweep>,
    simulate: Option<&'a Simulate>,
    estate: Option<&'a Estate>,
    policies: &'a [PolicyResult],
    verdict: Option<VerdictWord>,
    /// The base state of every load case.
    base: &'a [State],
    /// The day on which waivers were judged.
    as_of: Option<&'a str>,
}

/// New, fixed, worse and better, from `old` to `new`; `None` when nothing in them can be compared:
/// one is a simulation and the other has none.
#[must_use]
pub fn diff(old: &Compared, new: &Compared, inputs: Vec<Input>) -> Option<Diff> {
    let (old, new) = (content(old), content(new));
    let order = old.order.min(new.order);
    let mut notes = Vec::new();
    let states = old.said.as_ref().zip(new.said.as_ref());
    let changes = states.map_or_else(Vec::new, |(was, is)| {
        notes = state_notes(&old, &new, order, &states::lone_cases(was, is));
        let mut changes = states::changes(was, is, order as usize);
        if let (Some(was), Some(is)) = (old.sweep, new.sweep) {
            changes.extend(named::changes(was, is));
            states::sort(&mut changes);
            if let Some(note) = only_one_has(&named::lone(was, is)) {
                notes.push(note);
            }
        }
        changes
    });
    let chances = match (old.simulate, new.simulate) {
        (Some(was), Some(is)) => {
            let (found, more) = chances::chances(was, is);
            notes.extend(more);
            found
        }
        (None, None) if states.is_some() => Vec::new(),
        _ if states.is_some() => {
            notes.push(
                "only one of the results has a simulation: probabilities are not compared"
                    .to_owned(),
            );
            Vec::new()
        }
        _ => return None,
    };
    let inventory = old
        .estate
        .zip(new.estate)
        .map(|(was, is)| inventory::inventory(was, is));
    notes.extend(inventory.as_ref().and_then(|i| i.reason.clone()));
    if inventory.is_none() {
        notes.push(
            "a result does not carry its inventory: what changed in it is not known".to_owned(),
        );
    }
    Some(Diff {
        head: head("diff", inputs, notes),
        old: side(&old),
        new: side(&new),
        verdict: old
            .verdict
            .zip(new.verdict)
            .map(|(old, new)| VerdictChange { old, new }),
        policies: verdicts::policies(old.policies, new.policies),
        headroom: verdicts::headroom(old.base, new.base),
        counts: old
            .sweep
            .zip(new.sweep)
            .map_or_else(Vec::new, |(was, is)| verdicts::counts(was, is, order)),
        compared_order: order,
        totals: totals(changes.iter().map(|c: &Change| c.direction)),
        chance_totals: totals(chances.iter().map(|c: &ChanceChange| c.direction)),
        changed_inputs: changed_inputs(old.head, new.head),
        inventory,
        changes,
        chances,
    })
}

fn content(result: &Compared) -> Content<'_> {
    let mut said = Said::new();
    let mut content = match result {
        Compared::WhatIf(w) => {
            let base = std::slice::from_ref(&w.state);
            states::add_states(base, &mut said);
            Content {
                base,
                ..Content::new(&w.head, w.estate.as_ref())
            }
        }
        Compared::Sweep(s) => Content {
            sweep: Some(&s.sweep),
            ..Content::new(&s.head, s.estate.as_ref())
        },
        Compared::Simulate(s) => Content {
            simulate: Some(&s.simulate),
            ..Content::new(&s.head, s.estate.as_ref())
        },
        Compared::Assess(a) => {
            states::add_states(&a.base, &mut said);
            Content {
                sweep: Some(&a.sweep),
                simulate: a.simulate.as_ref(),
                policies: &a.policies,
                verdict: Some(a.verdict.result),
                base: &a.base,
                as_of: a.as_of.as_deref(),
                ..Content::new(&a.head, a.estate.as_ref())
            }
        }
    };
    if let Some(sweep) = content.sweep {
        states::add_sweep(sweep, &mut said);
        content.order = computed(sweep);
    }
    content.said = (!matches!(result, Compared::Simulate(_))).then_some(said);
    content
}

/// A note on named contingencies that only one side has.
fn only_one_has(names: &[String]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let more = match rest.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(format!(
        "only one of the results has the contingency {}{more}: not compared",
        short(first, 60)
    ))
}

/// The highest order up to which every contingency is accounted for.
fn computed(sweep: &Sweep) -> u32 {
    let whole = |order: u32| {
        let key = order.to_string();
        let all = sweep.contingencies.get(&key);
        all.is_some() && all == sweep.accounted.get(&key)
    };
    let mut order = 0;
    while whole(order + 1) {
        order += 1;
    }
    order
}

impl<'a> Content<'a> {
    fn new(head: &'a Head, estate: Option<&'a Estate>) -> Self {
        Self {
            head,
            order: 0,
            said: None,
            sweep: None,
            simulate: None,
            estate,
            policies: &[],
            verdict: None,
            base: &[],
            as_of: None,
        }
    }

    fn complete(&self) -> bool {
        self.sweep.is_none_or(|s| s.complete) && self.simulate.is_none_or(|s| s.complete)
    }
}

fn totals(directions: impl Iterator<Item = Direction>) -> Totals {
    let mut all = Totals::default();
    for direction in directions {
        *match direction {
            Direction::New => &mut all.new,
            Direction::Worse => &mut all.worse,
            Direction::Better => &mut all.better,
            Direction::Fixed => &mut all.fixed,
        } += 1;
    }
    all
}

fn side(content: &Content<'_>) -> Side {
    Side {
        schema: content.head.schema.clone(),
        tool: content.head.tool.clone(),
        order: content.order,
        complete: content.complete(),
        as_of: content.as_of.map(str::to_owned),
    }
}

/// Paths whose bytes differ, or that only one side read. A file that only moved is no change.
fn changed_inputs(old: &Head, new: &Head) -> Vec<String> {
    let by_path = |head: &'_ Head| -> BTreeMap<String, String> {
        let pairs = head.inputs.iter();
        pairs.map(|i| (i.path.clone(), i.sha256.clone())).collect()
    };
    let (old, new) = (by_path(old), by_path(new));
    let lone = |of: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        let own = of.iter().filter(|(path, _)| !other.contains_key(*path));
        own.map(|(_, sha256)| sha256.clone())
            .collect::<BTreeSet<String>>()
    };
    let (gone, come) = (lone(&old, &new), lone(&new, &old));
    let moved = |sha256: &String| gone.contains(sha256) && come.contains(sha256);
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |path: &&&String| match (old.get(**path), new.get(**path)) {
        (Some(x), Some(y)) => x != y,
        (Some(only), None) | (None, Some(only)) => !moved(only),
        (None, None) => false,
    };
    all.iter().filter(differs).map(|p| (*p).clone()).collect()
}

/// What a reader should know of the states that were compared.
fn state_notes(old: &Content<'_>, new: &Content<'_>, order: u32, lone: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    if old.order != new.order {
        all.push(format!(
            "the old result goes to order {}, the new one to order {}: only contingencies up to \
             order {order} are compared",
            old.order, new.order
        ));
    }
    if let [first, rest @ ..] = lone {
        let more = match rest.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        all.push(format!(
            "only one of the results has the load case {}{more}: not compared",
            short(first, 40)
        ));
    }
    // Other elements because of another inventory or another outage are what is compared here.
    let left_out = |content: &Content<'_>| content.sweep.map(|s| s.left_out);
    let elements = |content: &Content<'_>| content.sweep.map(|s| s.elements);
    if order > 0 && left_out(old) != left_out(new) && elements(old) != elements(new) {
        all.push(
            "the sweeps fail different numbers of elements: a contingency of elements that one of \
             them leaves out looks new or fixed"
                .to_owned(),
        );
    }
    for (name, content) in [("old", old), ("new", new)] {
        let Some(sweep) = content.sweep else { continue };
        if !sweep.complete {
            all.push(format!("the sweep of the {name} result is incomplete"));
        }
        let cut = |v: &super::document::ServiceSweep| v.minimal_count > v.minimal.len() as u64;
        if sweep.services.iter().any(cut) {
            all.push(format!(
                "the {name} result does not list all its minimal sets: what it leaves out is not \
                 compared"
            ));
        }
    }
    all
}
