//! The first screen: what a reader of an assessment must know first, as points of short lines. In: the
//! document of `assess`. Out: the same points for the terminal, the page and Markdown, which only put marks
//! around them. Promises: decides nothing, and computes nothing; what a line leaves out is counted in it.

mod line;
mod restore;
mod trouble;

pub use line::{Extent, ID, Line, Point, Span};

use super::document::Assess;
use super::document::FixKind;
use super::document::decisions::{
    Decisions, GrowthOf, PeakTime, Remedy, SingleTrips, SingleUnplaced, Trips, UnplacedOf,
};
use super::number::{count, counted, growth, instant, percent, quantity};
use super::placement;
use super::sentences::estate::{as_today, covered_by};
use crate::model::short;
use line::{MOST_SHOWN, case, listed, more, sentence};

/// Everything that comes first, in order; points that have nothing to say are left out.
#[must_use]
pub fn points(result: &Assess, extent: Extent) -> Vec<Point> {
    let decisions = &result.decisions;
    let all = [
        ("Peak", peaks(result)),
        ("Restore", restore::restore(result, extent)),
        ("Plan", plan(result, extent)),
        (
            "Growth",
            decisions
                .growth
                .iter()
                .map(|g| growth_left(decisions, g))
                .collect(),
        ),
        (
            "Cascades",
            decisions
                .trips
                .as_ref()
                .map_or_else(Vec::new, |t| trips(t, extent)),
        ),
        ("Hosts", hosts(result, extent)),
        ("Trouble", trouble::trouble(result, extent)),
        ("Rests on", rests_on(result, extent)),
        ("Not done", not_done(result)),
    ];
    let said = all
        .into_iter()
        .filter(|(_, lines): &(_, Vec<Line>)| !lines.is_empty());
    said.map(|(label, lines)| Point { label, lines }).collect()
}

/// When the peak is, and which services nobody has given a demand for it.
fn peaks(result: &Assess) -> Vec<Line> {
    let stays = result
        .base
        .iter()
        .filter_map(as_today)
        .map(|said| sentence(&said));
    result
        .decisions
        .peak
        .iter()
        .map(peak)
        .chain(stays)
        .collect()
}

fn peak(peak: &PeakTime) -> Line {
    let line = Line::new(case(&peak.load_case));
    let line = match (peak.is_marked, &peak.from, &peak.to) {
        (false, None, _) => line.text(": no load case is marked as the peak"),
        (true, None, _) => line.text(": no date, the scenario gives its demand and no hours"),
        (_, Some(from), Some(to)) if from == to => line.text(": at ").strong(instant(from)),
        (_, Some(from), to) => {
            let said = if peak.basis.as_deref() == Some("samples") {
                ": its busiest hours are from "
            } else {
                ": somewhere from "
            };
            let to = to.as_deref().unwrap_or(from);
            line.text(said)
                .strong(instant(from))
                .text(" to ")
                .strong(instant(to))
        }
    };
    match &peak.harm_from {
        Some(at) => line
            .text("; services are harmed from ")
            .strong(instant(at))
            .text(" on"),
        None => line,
    }
}

fn plan(result: &Assess, extent: Extent) -> Vec<Line> {
    let decisions = &result.decisions;
    if decisions.not_held.iter().all(|p| p.holds.is_none()) {
        return Vec::new();
    }
    if !decisions.looked {
        return vec![Line::new("none was looked for")];
    }
    let mut lines = Vec::new();
    let is_found = result.plan.as_ref().is_none_or(|plan| plan.holds);
    if decisions.no_plan {
        lines.push(Line::new(
            "no plan that is for sale makes every policy hold: proved",
        ));
    } else if decisions.priced && !is_found {
        lines.push(Line::new(
            "no plan that is for sale was found; what else would help has no price",
        ));
    }
    lines.extend(listed(&decisions.remedies, "remedy", extent, remedy));
    let noun = "policy that nothing was found to hold";
    lines.extend(listed(&decisions.unfixed, noun, extent, |policy| {
        let policy = short(policy, 80);
        Line::new(format!(
            "nothing was found that holds \u{201c}{policy}\u{201d}"
        ))
    }));
    if !decisions.priced && decisions.remedies.iter().any(|r| r.source == "fixes") {
        lines.push(Line::new(
            "the least that was found, without costs; `brownout plan` looks further",
        ));
    }
    lines
}

fn remedy(r: &Remedy) -> Line {
    let is_repair = r.steps.iter().all(|s| s.kind == FixKind::Restore);
    let line = match r.cost {
        Some(cost) if is_repair && cost <= 0.0 => Line::new("at no cost: "),
        Some(cost) if r.is_cheapest => Line::new(format!("the cheapest, for {}: ", quantity(cost))),
        Some(cost) => Line::new(format!(
            "for {}, not proved to be the cheapest: ",
            quantity(cost)
        )),
        None => Line::default(),
    };
    let line = line.strong(short(&r.text, 600));
    let line = match (r.source.as_str(), r.holds.as_slice()) {
        ("fixes", [one]) => line.text(format!("; \u{201c}{}\u{201d} then holds", short(one, 80))),
        ("fixes", all) => line.text(format!("; {} policies then hold", count(all.len() as u64))),
        (_, [_]) => line.text("; the policy then holds"),
        (_, all) => line.text(format!(
            "; all {} policies then hold",
            count(all.len() as u64)
        )),
    };
    match &r.needed_by {
        Some(at) => line.text(format!("; the first step is needed by {}", instant(at))),
        None => line,
    }
}

fn growth_left(decisions: &Decisions, g: &GrowthOf) -> Line {
    let at = decisions
        .peak
        .as_ref()
        .map_or(String::new(), |p| case(&p.load_case));
    let none = match (g.none, g.scope.as_str()) {
        (0, _) => String::new(),
        (1, "single") => "; some failure leaves 1 service no growth".to_owned(),
        (n, "single") => format!("; some failure leaves {} services no growth", count(n)),
        (1, _) => "; 1 service does not work at any load".to_owned(),
        (n, _) => format!("; {} services do not work at any load", count(n)),
    };
    let (Some(service), Some(_)) = (&g.service, g.growth) else {
        // Of services that some failure stops, nobody asked what limits them after another one.
        let troubled = decisions.trouble.iter().map(|t| t.services.len() as u64);
        if g.scope == "single" && g.none > 0 && g.none == decisions.ok + troubled.sum::<u64>() {
            return Line::new("some single failure leaves every service no growth");
        }
        let unlimited = match (g.scope.as_str(), g.none) {
            ("single", 0) => "after one failure more nothing limits what works",
            ("single", _) => "nothing limits services that no single failure stops",
            _ => "nothing limits what works",
        };
        return Line::new(format!("{unlimited}{none}"));
    };
    let line = Line::default().strong(growth(g.growth));
    let line = match (g.scope.as_str(), &g.at) {
        ("base", Some(at)) => line.text(format!(" over the horizon, at {}", instant(at))),
        ("single", Some(at)) => line.text(format!(" with one failure more, at {}", instant(at))),
        _ => line.text(format!(" at {at}")),
    };
    let line = match g.failed.as_slice() {
        [] => line,
        [one] => line.text(" if ").id(one).text(" fails"),
        failed => line
            .text(" if ")
            .contingency(failed, MOST_SHOWN)
            .text(" fail"),
    };
    let line = if g.scope == "contingency" {
        line.text(", the least of all contingencies")
    } else {
        line
    };
    let line = line.text(": ").id(service);
    let line = match &g.limit {
        Some(limit) => line.text(", limited by ").id(limit),
        None => line,
    };
    let line = match &g.used_up {
        Some(at) => line.text(format!(
            "; used up by {}",
            short(at.get(..10).unwrap_or(at), 10)
        )),
        None => line,
    };
    line.text(none)
}

fn trips(t: &Trips, extent: Extent) -> Vec<Line> {
    let mut lines = listed(&t.states, "load case", extent, |s| {
        let line = Line::new(format!("at {}: round 1 takes ", case(&s.load_case)));
        let first = s.first_round.iter().map(String::as_str);
        line.ids(first, MOST_SHOWN).text(format!(
            "; {} lost to overload in {}, {} harmed, {} of them down",
            count(s.tripped),
            counted(s.rounds, "round"),
            counted(s.harmed, "service"),
            count(s.down)
        ))
    });
    lines.extend(t.singles.as_ref().map(single_trips));
    let larger = larger(&t.count, &t.count_at_least);
    if !larger.is_empty() {
        lines.push(Line::new(match &t.singles {
            Some(_) => format!("besides, {larger} set off one that no part of them does"),
            None => format!("{larger} set off a cascade that no part of them does"),
        }));
    }
    if lines.is_empty() {
        lines.push(Line::new("none, in no contingency that was looked at"));
    }
    lines.extend(t.first.as_ref().map(|f| {
        let word = if f.is_next { "next" } else { "first" };
        Line::new(format!("{word} to trip as all demand grows: "))
            .id(&f.id)
            .text(format!(", at {} more", percent(f.growth)))
    }));
    lines
}

fn single_trips(s: &SingleTrips) -> Line {
    singles(
        s.elements,
        s.at_least,
        "sets off a cascade",
        "set off a cascade",
    )
    .id(&s.worst)
    .text(format!(
        " at {}: {} lost to overload in {}, {} harmed",
        case(&s.load_case),
        count(s.tripped),
        counted(s.rounds, "round"),
        counted(s.services, "service")
    ))
}

/// `2 single failures set off a cascade, the worst: `
fn singles(elements: u64, at_least: bool, one: &str, many: &str) -> Line {
    let at_least = if at_least { "at least " } else { "" };
    let line = match elements {
        1 => Line::default().strong(format!("{at_least}1 single failure {one}")),
        n => Line::default().strong(format!("{at_least}{} single failures {many}", count(n))),
    };
    match elements {
        1 => line.text(": "),
        _ => line.text(", the worst: "),
    }
}

/// `12 contingencies of order 2 and 3 of order 3`: the orders above 1.
fn larger(count_of: &std::collections::BTreeMap<String, u64>, at_least: &[String]) -> String {
    let above = count_of
        .iter()
        .filter(|(order, n)| *order != "1" && **n > 0);
    let said: Vec<String> = above
        .enumerate()
        .map(|(at, (order, n))| {
            let more = if at_least.contains(order) {
                "at least "
            } else {
                ""
            };
            match at {
                0 => format!("{more}{} of order {order}", counted(*n, "contingency")),
                _ => format!("{more}{} of order {order}", count(*n)),
            }
        })
        .collect();
    super::number::enumerated(&said)
}

fn hosts(result: &Assess, extent: Extent) -> Vec<Line> {
    let Some(unplaced) = &result.decisions.unplaced else {
        return Vec::new();
    };
    let mut lines = placed(unplaced, extent);
    let clusters = result.clusters.iter().take(extent.lines);
    let can_lose = clusters.filter_map(|c| placement::cluster(c).into_iter().next());
    lines.extend(can_lose.map(|said| sentence(&said)));
    lines.extend(more(
        result.clusters.len().saturating_sub(extent.lines),
        "group",
        extent,
    ));
    let minutes = placement::first_minutes(result);
    lines.extend(listed(&minutes, "difference", extent, |said| {
        sentence(said)
    }));
    lines
}

fn placed(unplaced: &UnplacedOf, extent: Extent) -> Vec<Line> {
    let mut lines = listed(&unplaced.states, "load case", extent, |s| {
        let line = Line::new(format!("at {}: ", case(&s.load_case)));
        let moved = format!("{} elsewhere", counted(s.moved, "instance"));
        match (s.moved, s.nowhere.len()) {
            (_, 0) => line.text(moved),
            (0, _) => line
                .ids(s.nowhere.iter().map(String::as_str), extent.ids)
                .text(" nowhere"),
            _ => line
                .text(format!("{moved}, "))
                .ids(s.nowhere.iter().map(String::as_str), extent.ids)
                .text(" nowhere"),
        }
    });
    lines.extend(unplaced.singles.as_ref().map(single_unplaced));
    let larger = larger(&unplaced.count, &unplaced.count_at_least);
    if !larger.is_empty() {
        lines.push(Line::new(match &unplaced.singles {
            Some(_) => format!("besides, {larger} leave one that no part of them does"),
            None => format!("{larger} leave an instance without a host, as no part of them does"),
        }));
    }
    if unplaced.singles.is_none() && larger.is_empty() {
        lines.push(Line::new(
            "every instance finds a host after any contingency that was looked at",
        ));
    }
    lines
}

fn single_unplaced(s: &SingleUnplaced) -> Line {
    let (one, many) = (
        "leaves an instance without a host",
        "leave an instance without a host",
    );
    let out = s.instances.iter().map(String::as_str);
    singles(s.elements, s.at_least, one, many)
        .id(&s.worst)
        .text(format!(" at {}: ", case(&s.load_case)))
        .ids(out, MOST_SHOWN)
}

fn rests_on(result: &Assess, extent: Extent) -> Vec<Line> {
    let rests_on = &result.decisions.rests_on;
    let order = result.sweep.contingencies.len() as u64;
    let mut lines = vec![Line::new(format!(
        "{} of {} may fail, up to {} at once",
        count(rests_on.may_fail),
        counted(rests_on.of, "component or link")
            .replace("component or links", "components and links"),
        count(order)
    ))];
    let covered = covered_by(result);
    if !covered.is_empty() {
        lines.push(sentence(&covered));
    }
    if let Some(d) = rests_on.defaults.filter(|d| d.all > 0) {
        let untried = match d.untried {
            0 => String::new(),
            n => format!(", {} not tried", count(n)),
        };
        let changes = match d.change {
            0 => "none changes a verdict".to_owned(),
            1 => "1 changes a verdict".to_owned(),
            n => format!("{} change a verdict", count(n)),
        };
        lines.push(Line::new(format!(
            "{}: halved or doubled, {changes}{untried}",
            counted(d.all, "default")
        )));
    }
    match result.head.warnings.len() {
        0 => {}
        n => lines.push(Line::new(format!(
            "{}{}",
            counted(n as u64, "warning"),
            extent.warnings
        ))),
    }
    lines
}

fn not_done(result: &Assess) -> Vec<Line> {
    let all = [
        ("the sweep", &result.sweep.reason),
        ("the simulation", &result.simulate_reason),
        ("the hours", &result.timeline_reason),
    ];
    let reasons = all.iter().filter_map(|(what, reason)| {
        let reason = reason.as_deref()?;
        Some(Line::new(format!("{what}: {}", short(reason, 200))))
    });
    reasons.collect()
}
