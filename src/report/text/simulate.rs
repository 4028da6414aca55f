//! `simulate` for a terminal.

use crate::model::short;
use crate::report::document::simulate::{
    HoursBasis, Importance, OverHorizon, Sequential, ServiceChance, Simulate, SimulateResult,
};
use crate::report::estimate::{ROUNDING, amount, chance, figure, probability, spread};
use crate::report::ids::{contingency, id, outages};
use crate::report::number::{count, counted, enumerated, quantity};
use crate::report::shape::{ROWS, Shape, heading, more};
use crate::report::style::{self, wrap};
use crate::report::tables;
use std::fmt::Write as _;

/// Services and load cases of which is shown what matters.
const MOST_SHOWN: usize = 8;
/// The same where all is shown: each takes a dozen lines.
const MOST_IN_FULL: usize = 16;
/// Events and contingencies shown of each.
const EACH: usize = 4;

/// How likely, how long, how much is unserved.
#[must_use]
pub fn simulate(result: &SimulateResult, width: u16) -> String {
    let s = &result.simulate;
    let mut out = wrap(&headline(s), 0, width);
    out.push_str(&wrap(&scope(s), 0, width));
    out.push('\n');
    out.push_str(&body(s, width.into()));
    out
}

/// Tables, for `assess` too.
pub(super) fn body(s: &Simulate, shape: Shape) -> String {
    let mut out = chances(s, shape);
    out.push_str(&targets(s, shape));
    out.push_str(&what_matters(s, shape));
    if let Some(expected) = &s.over_horizon {
        out.push_str(&over_horizon(expected, shape));
    }
    if let Some(sequential) = &s.sequential {
        out.push_str(&histories(sequential, shape));
    }
    out
}

/// Targets of services against the minutes of a year; nothing where there is none.
fn targets(s: &Simulate, shape: Shape) -> String {
    let all = s.services.iter().filter_map(|c| Some((c, c.slo.as_ref()?)));
    let all: Vec<_> = all.collect();
    if all.is_empty() {
        return String::new();
    }
    let most = shape.most(ROWS);
    let mut out = String::from("\nTargets\n");
    for (c, slo) in all.iter().take(most) {
        let mark = if slo.low > slo.budget_minutes {
            "✗"
        } else if slo.high > slo.budget_minutes {
            "?"
        } else {
            "✓"
        };
        let users = slo.used_by.iter().take(EACH);
        let users: Vec<String> = users
            .map(|u| format!("{} in {}", contingency(&u.elements), quantity(u.minutes)))
            .collect();
        let users = match users.as_slice() {
            [] => String::new(),
            some => format!("; meanwhile out: {} of them", enumerated(some)),
        };
        let line = format!(
            "{mark} {} {} %: {} of {} minutes a year{users}",
            id(&c.id),
            slo.target,
            quantity(slo.minutes),
            quantity(slo.budget_minutes)
        );
        out.push_str(&wrap(&line, 2, shape.width));
    }
    let is_played = |c: &ServiceChance| c.harm_hours.basis == Some(HoursBasis::Histories);
    if all.iter().any(|(c, _)| is_played(c)) {
        let line = "of histories, which begin as things are now; policies are held to what `--over-horizon` has";
        out.push_str(&wrap(line, 2, shape.width));
    }
    let hidden = all.len().saturating_sub(most);
    out + &more(hidden, "target", "`--format json` has all")
}

fn headline(s: &Simulate) -> String {
    let worst = s.services.iter().max_by(|x, y| {
        let p = |s: &ServiceChance| s.probability.degraded_or_down.estimate;
        p(x).total_cmp(&p(y)).then(y.id.cmp(&x.id))
    });
    match worst {
        None => "There are no services.".to_owned(),
        Some(w) if w.probability.degraded_or_down.estimate <= 0.0 => {
            "No state that was looked at harms any service.".to_owned()
        }
        Some(w) => {
            let all_year = w.harm_hours.basis == Some(HoursBasis::LoadCase);
            let hours = w.harm_hours.per_year.as_ref().filter(|_| all_year);
            format!(
                "Likeliest harmed: {} at {}, degraded or down {} of the time{}.",
                id(&w.id),
                short(&w.load_case, 28),
                chance(&w.probability.degraded_or_down),
                hours.map_or_else(
                    || " at that load".to_owned(),
                    |h| format!(": {} hours a year", spread(h))
                ),
            )
        }
    }
}

/// What was done.
pub(super) fn scope(s: &Simulate) -> String {
    let how = match (s.trials_done, s.exact_order) {
        (0, _) if s.complete => format!(
            "Everything is exact for what is known, a reliability of {} of {}: every state was worked out",
            count(s.reliability.known),
            counted(s.reliability.elements, "element")
        ),
        (n, None) => format!("{} drawn with seed {}", counted(n, "state"), s.seed),
        (n, Some(order)) => format!(
            "States of order 0 to {order} are exact; {} of the others ({} of the probability) drawn \
             with seed {}",
            count(n),
            probability(s.drawn),
            s.seed
        ),
    };
    let mut said = format!("{how}, {}.", outages(&s.down));
    if let Some(reason) = &s.reason {
        let _ = write!(
            said,
            " INCOMPLETE: {}; {} were asked for.",
            short(reason, 200),
            counted(s.trials, "trial")
        );
    }
    if let Some(p) = &s.precision {
        let widest = match p.widest {
            None => "harm was never seen".to_owned(),
            Some(w) if w < ROUNDING => "all is exact but for rounding".to_owned(),
            Some(w) => format!("the widest is ± {}", probability(w)),
        };
        let _ = write!(
            said,
            " A precision of ± {} was asked for and {}: {widest}.",
            probability(p.asked),
            if p.reached { "reached" } else { "NOT reached" }
        );
    }
    said
}

fn chances(s: &Simulate, shape: Shape) -> String {
    let width = shape.width;
    let mut rows: Vec<&ServiceChance> = s.services.iter().collect();
    if rows.len() > shape.most(ROWS) {
        // What is left out is what is harmed least.
        likeliest_first(&mut rows);
    }
    let mut out = tables::chances(rows).text_in(shape);
    if !out.is_empty() {
        let legend = "± half of the 95 % interval, where it shows; = exact; – not computed; unserved: \
                      expected, in the unit of the demand";
        out.push_str(&wrap(legend, 2, width));
    }
    let of_risk = s
        .services
        .iter()
        .filter_map(|c| c.probability.reason.as_ref());
    let of_hours = s
        .services
        .iter()
        .filter_map(|c| c.harm_hours.reason.as_ref());
    for (what, reason) in [("at-risk", of_risk.min()), ("hours/year", of_hours.min())] {
        if let Some(reason) = reason {
            out.push_str(&wrap(&format!("{what}: {}", short(reason, 200)), 2, width));
        }
    }
    out
}

/// Sorts by the probability of being degraded or down, the largest first, then by id.
fn likeliest_first(all: &mut [&ServiceChance]) {
    all.sort_by(|x, y| {
        let p = |s: &ServiceChance| s.probability.degraded_or_down.estimate;
        p(y).total_cmp(&p(x)).then(x.id.cmp(&y.id))
    });
}

fn what_matters(s: &Simulate, shape: Shape) -> String {
    let (width, each) = (shape.width, shape.most(EACH));
    let most = if shape.in_full {
        MOST_IN_FULL
    } else {
        MOST_SHOWN
    };
    let mut all: Vec<&ServiceChance> = s
        .services
        .iter()
        .filter(|c| c.probability.degraded_or_down.estimate > 0.0)
        .collect();
    likeliest_first(&mut all);
    let mut out = String::new();
    for c in all.iter().take(most) {
        let at = format!("{} at {}", id(&c.id), short(&c.load_case, 28));
        out.push_str(&wrap(&at, 2, width));
        for line in c.importance.iter().filter_map(matters).take(each) {
            out.push_str(&wrap(&line, 4, width));
        }
        let reasons = [&c.importance_reason, &c.contingencies_reason];
        for reason in reasons.into_iter().flatten() {
            out.push_str(&wrap(&short(reason, 200), 4, width));
        }
        if !c.importance.is_empty() {
            out.push_str(&in_all(
                c.importance_count,
                each.min(c.importance.len()),
                width,
            ));
        }
        for seen in c.contingencies.iter().take(each) {
            let line = format!(
                "{}: {}, with probability {}",
                style::status(seen.status),
                contingency(&seen.elements),
                probability(seen.probability)
            );
            out.push_str(&wrap(&line, 4, width));
        }
        if let Some(more) = c.contingencies.len().checked_sub(each).filter(|&n| n > 0) {
            let more = counted(more as u64, "contingency");
            out.push_str(&wrap(&format!("… and {more} more in the result"), 4, width));
        }
    }
    if out.is_empty() {
        return out;
    }
    let hidden = all.len().saturating_sub(most);
    out.push_str(&more(hidden, "row", "`--format json` has all"));
    format!("\nWhat matters, and the likeliest contingencies that harm\n{out}")
}

/// What an event means to a service; nothing where the figures that are shown say that it means none, or where it
/// may mean none for all that was drawn.
fn matters(i: &Importance) -> Option<String> {
    let is_drawn = i.birnbaum.low < i.birnbaum.high;
    if is_drawn && i.birnbaum.low <= Some(0.0) && i.birnbaum.high >= Some(0.0) {
        return None;
    }
    let who = match &i.common_cause {
        Some(group) => format!("common cause {}", id(group)),
        None => contingency(&i.elements),
    };
    let raw = i.raw.estimate.map_or("–".to_owned(), figure);
    let rrw = i.rrw.estimate.map(figure);
    let mut said = Vec::new();
    if raw != "1" {
        said.push(format!("harm is {raw} times as likely while it is out"));
    }
    match rrw.as_deref() {
        None => said.push("there would be none if it never failed".to_owned()),
        Some("1") => {}
        Some(rrw) if i.rrw.estimate > Some(1.0) => {
            said.push(format!("{rrw} times less likely if it never failed"));
        }
        Some(_) => {}
    }
    if said.is_empty() {
        return None;
    }
    let share = i.contribution.estimate.map_or("–".to_owned(), probability);
    Some(format!(
        "{who}: out in {share} of the harm; {}",
        said.join(", ")
    ))
}

/// How many events went with harm, where not all of them are shown.
fn in_all(count: u64, shown: usize, width: u16) -> String {
    if count <= shown as u64 {
        return String::new();
    }
    let line = format!(
        "… of {} that went with harm in all",
        counted(count, "event")
    );
    wrap(&line, 4, width)
}

fn over_horizon(s: &OverHorizon, shape: Shape) -> String {
    let width = shape.width;
    let title = format!(
        "Expected over {}, from {} against every hour",
        counted(s.hours, "hour"),
        counted(s.trials_done, "drawn state"),
    );
    let mut out = heading(&title, width);
    if let Some(reason) = &s.reason {
        out.push_str(&wrap(
            &format!("INCOMPLETE: {}", short(reason, 200)),
            2,
            width,
        ));
    }
    out.push_str(&tables::over_horizon(s).text_in(shape));
    out
}

fn histories(s: &Sequential, shape: Shape) -> String {
    let (width, most) = (shape.width, shape.most(ROWS));
    let title = format!(
        "Over {}, in {}: hours in each status, episodes, unserved demand",
        counted(s.hours, "hour"),
        counted(s.trials_done, "history"),
    );
    let mut out = heading(&title, width);
    if let Some(reason) = &s.reason {
        out.push_str(&wrap(
            &format!("INCOMPLETE: {}", short(reason, 200)),
            2,
            width,
        ));
    }
    out.push_str(&tables::spreads(s.services.iter().take(most)).text_in(shape));
    let hidden = s.services.len().saturating_sub(most);
    out.push_str(&more(hidden, "service", "`--format json` has all"));
    let reason = s.services.first().and_then(|s| s.reason.as_ref());
    if let Some(reason) = reason {
        let line = format!("at-risk and ok: {}", short(reason, 200));
        out.push_str(&wrap(&line, 2, width));
    } else if s.at_risk_judged < s.trials_done {
        let judged = counted(s.at_risk_judged, "history");
        out.push_str(&wrap(&format!("at-risk and ok: of {judged}"), 2, width));
    }
    for service in s.services.iter().take(most) {
        if let Some(lasts) = service.duration.filter(|d| d.estimate.is_some()) {
            let often = match &service.frequency {
                Some(frequency) => format!("{} times a year", amount(frequency)),
                None => format!("{} times in that time", amount(&service.episodes.mean)),
            };
            let line = format!(
                "{} is degraded or down {often}, for {} hours on average",
                id(&service.id),
                spread(&lasts),
            );
            out.push_str(&wrap(&line, 2, width));
        }
        for w in &service.windows {
            let line = format!(
                "{} is degraded or down at some time in {} with probability {}",
                id(&service.id),
                short(&w.name, 40),
                chance(&w.probability)
            );
            out.push_str(&wrap(&line, 2, width));
        }
    }
    out
}
