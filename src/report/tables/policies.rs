//! Tables of policies and of what would fix them.

use super::table::{CSV, Cell, HTML, Table, marked, sorted};
use crate::report::document::{Assess, Breach, Fix, FixStep, PolicyResult, Unfixed};
use crate::report::html::words::{holds, text};
use crate::report::number::{count, instant};
use maud::html;

/// One breach of a policy, a waiver that no longer counts, or a policy with neither.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    policy: &'a PolicyResult,
    /// Of what sort it is.
    sort: &'static str,
    breach: Option<&'a Breach>,
    /// Reason, owner and end of a waiver.
    waiver: [&'a str; 3],
}

/// Policies, one row per breach, waived breach or lapsed waiver, and one per policy without any.
#[must_use]
pub fn policies(assess: &Assess) -> Table<'_, Entry<'_>> {
    let mut t = Table::new(["row", "rows"], assess.policies.iter().flat_map(entries));
    t.words("policy", CSV, |e| &e.policy.name);
    t.words("holds", CSV, |e| e.policy.holds);
    t.words("entry", CSV, |e| e.sort);
    t.id("service", CSV, |e| e.breach.map(|b| b.service.as_str()));
    t.words("load case", CSV, |e| e.breach.map(|b| b.case.as_str()));
    t.words("elements", CSV, |e| {
        e.breach
            .map_or(Cell::Nothing, |b| Cell::Elements(&b.elements))
    });
    t.words("contingency", CSV, |e| {
        e.breach.and_then(|b| b.contingency.as_deref())
    });
    t.words("status", CSV, |e| e.breach.map(|b| b.status));
    t.number("delivered", CSV, |e| e.breach.and_then(|b| b.delivered));
    t.number("probability", CSV, |e| e.breach.and_then(|b| b.probability));
    t.number("allowed", CSV, |e| e.breach.and_then(|b| b.allowed));
    t.words("over horizon", CSV, |e| {
        e.breach.filter(|b| b.over_horizon).map(|_| "yes")
    });
    for (at, title) in ["reason", "owner", "expires"].into_iter().enumerate() {
        t.words(title, CSV, move |e| e.waiver[at]);
    }
    t
}

fn entries(policy: &PolicyResult) -> Vec<Entry<'_>> {
    let entry = |sort, breach, waiver| Entry {
        policy,
        sort,
        breach,
        waiver,
    };
    let plain = policy
        .breaches
        .iter()
        .map(|b| entry("breach", Some(b), [""; 3]));
    let waived = policy.waived.iter();
    let waived =
        waived.map(|w| entry("waived", Some(&w.breach), [&w.reason, &w.owner, &w.expires]));
    let lapsed = policy.lapsed.iter();
    let lapsed = lapsed.map(|l| entry("lapsed waiver", None, [&l.reason, &l.owner, &l.expires]));
    let mut all: Vec<_> = plain.chain(waived).chain(lapsed).collect();
    if all.is_empty() {
        let reason = policy.reason.as_deref().unwrap_or("");
        all.push(entry("policy", None, [reason, "", ""]));
    }
    all
}

/// A fix with one of its steps, or a policy that nothing was found to hold.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    number: Option<u64>,
    list: &'static str,
    fix: Option<&'a Fix>,
    step: Option<(u64, &'a FixStep)>,
    unfixed: Option<&'a Unfixed>,
}

impl<'a> Found<'a> {
    /// Something of its fix.
    fn of<T>(self, get: impl Fn(&'a Fix) -> T) -> Option<T> {
        self.fix.map(get)
    }

    /// Something of its step.
    fn step<T>(self, get: impl Fn(&'a FixStep) -> Option<T>) -> Option<T> {
        self.step.and_then(|(_, step)| get(step))
    }
}

/// What would fix it, one row per step of a fix: the lists one after the other, then a row for each
/// policy that nothing was found to hold.
#[must_use]
pub fn fixes(assess: &Assess) -> Table<'_, Found<'_>> {
    let lists = [
        ("repairs", &assess.repairs),
        ("holds", &assess.fixes),
        ("lessens", &assess.lessens),
    ];
    let all = lists
        .iter()
        .flat_map(|(list, fixes)| fixes.iter().map(move |f| (*list, f)));
    let steps = (1..).zip(all).flat_map(|(number, (list, f))| {
        let steps = (1..).zip(&f.steps);
        steps.map(move |step| Found {
            number: Some(number),
            list,
            fix: Some(f),
            step: Some(step),
            unfixed: None,
        })
    });
    let unfixed = assess
        .fix_search
        .iter()
        .flat_map(|s| &s.unfixed)
        .map(|unfixed| Found {
            number: None,
            list: "none",
            fix: None,
            step: None,
            unfixed: Some(unfixed),
        });
    found(steps.chain(unfixed))
}

/// The fixes of one list, a row each.
pub(in crate::report) fn fixes_of<'a>(list: &[&'a Fix]) -> Table<'a, Found<'a>> {
    found(list.iter().map(|&f| Found {
        number: None,
        list: "",
        fix: Some(f),
        step: None,
        unfixed: None,
    }))
}

fn found<'a>(rows: impl Iterator<Item = Found<'a>>) -> Table<'a, Found<'a>> {
    let mut t = Table::new(["fix", "fixes"], rows)
        .most(HTML, 200)
        .file("table-fixes.csv");
    // Repairs have a rank and hold over all policies; the other lists have none.
    let ranked = t
        .rows
        .first()
        .is_some_and(|r| r.of(|f| f.rank.is_some()) == Some(true));
    if ranked {
        t.number("rank", HTML, |r| r.fix.and_then(|f| f.rank));
    }
    t.number("fix", CSV, |r| r.number);
    t.words("list", CSV, |r| r.list);
    let named = t.words("policy", CSV, policy);
    if !ranked {
        named.cell(HTML, |r| {
            Cell::Prose(policy(r).unwrap_or("all").into(), 120)
        });
    }
    t.words("change", HTML, |r| r.fix.map_or(Cell::Nothing, change));
    t.words("kind", CSV, |r| r.of(|f| f.kind.word()));
    t.number("rank", CSV, |r| r.fix.and_then(|f| f.rank));
    t.number("removes", CSV | HTML, |r| r.of(|f| f.removes))
        .cell(HTML, |r| {
            let [removes, of] =
                [r.of(|f| f.removes), r.of(|f| f.of)].map(Option::unwrap_or_default);
            sorted(
                html! { (count(removes)) " of " (count(of)) },
                removes as f64,
            )
        });
    t.number("of", CSV, |r| r.of(|f| f.of));
    t.number("remaining", CSV | HTML, |r| r.of(|f| f.remaining))
        .title(HTML, "left");
    t.number("new breaches", CSV | HTML, |r| r.of(|f| f.new_breaches));
    t.words("new elsewhere", CSV, |r| {
        r.of(elsewhere).unwrap_or_default()
    })
    .title(HTML, "new in other policies")
    .cell(HTML, |r| {
        marked(html! {
            @for (i, e) in r.fix.iter().flat_map(|f| &f.new_elsewhere).enumerate() {
                @if i > 0 { br; }
                (count(e.breaches)) " of " (text(&e.policy, 120))
            }
        })
    });
    t.words("holds", CSV, |r| r.of(|f| f.holds))
        .title(HTML, "then")
        .cell(HTML, |r| {
            let held = r.fix.filter(|f| f.holds || f.undecided.is_none());
            marked(holds(held.map(|f| f.holds)))
        });
    t.words("verified", CSV, |r| r.of(|f| f.verified));
    t.number("step", CSV, |r| r.step.map(|(at, _)| at));
    t.words("step kind", CSV, |r| r.step(|s| Some(s.kind.word())));
    t.id("element", CSV, |r| r.step(|s| Some(s.element.as_str())));
    t.number("amount", CSV, |r| r.step(|s| s.amount));
    t.words("unit", CSV, |r| r.step(|s| s.unit.as_deref()));
    t.number("new capacity", CSV, |r| r.step(|s| s.new_capacity));
    t.words("group", CSV, |r| {
        r.step(|s| s.joins.iter().find_map(|j| j.group.as_deref()))
    });
    t.words("outside", CSV, |r| {
        r.step(|s| Some(Cell::List((&s.outside).into(), usize::MAX)))
            .unwrap_or(Cell::Nothing)
    });
    t.id("host", CSV, |r| {
        r.step(|s| s.moved.as_ref().map(|m| m.to.as_str()))
    });
    t.words("resource", CSV, |r| {
        r.step(|s| s.takes.as_ref().map(|t| t.resource.as_str()))
    });
    t.words("restore by", CSV, |r| {
        r.fix.and_then(|f| f.restore_by.as_deref())
    });
    t.words("text", CSV, |r| {
        r.of(|f| f.text.as_str())
            .or(r.unfixed.map(|u| u.reason.as_str()))
    });
    t
}

fn policy(r: Found<'_>) -> Option<&str> {
    let of_fix = r.fix.and_then(|f| f.policy.as_deref());
    of_fix.or(r.unfixed.map(|u| u.policy.as_str()))
}

fn elsewhere(f: &Fix) -> String {
    let all = f.new_elsewhere.iter();
    let all: Vec<String> = all
        .map(|e| format!("{}: {}", e.policy, e.breaches))
        .collect();
    all.join(";")
}

/// The change alone: what it removes has columns of its own.
fn change<'a>(f: &Fix) -> Cell<'a> {
    let change = f
        .text
        .rsplit_once(": removes")
        .map_or(f.text.as_str(), |(change, _)| change);
    marked(html! {
        (text(change, 400))
        @if let Some(by) = &f.restore_by { br; span.soft { "by " (instant(by)) } }
    })
}
