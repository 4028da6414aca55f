//! Services in trouble, a line for each cause.

use super::line::{Extent, Line, case, more};
use crate::model::Status;
use crate::report::document::Assess;
use crate::report::document::decisions::{Trouble, Troubled};
use crate::report::number::{count, counted, percent};

pub(super) fn trouble(result: &Assess, extent: Extent) -> Vec<Line> {
    let decisions = &result.decisions;
    let peak = decisions.peak.as_ref().map(|p| p.load_case.as_str());
    let shown = decisions.trouble.iter().take(extent.causes);
    let mut lines: Vec<Line> = shown.map(|t| line(t, peak, extent)).collect();
    let hidden = decisions.trouble.iter().skip(extent.causes);
    let services: usize = hidden.clone().map(|t| t.services.len()).sum();
    if let Some(rest) = more(services, "service", Extent { rest: "", ..extent }) {
        let causes = counted(hidden.count() as u64, "other cause");
        lines.push(rest.text(format!(", for {causes}{}", extent.rest)));
    }
    lines.push(Line::new(match (decisions.ok, lines.is_empty()) {
        (0, true) => "there is no service".to_owned(),
        (1, true) => "the service is ok".to_owned(),
        (n, true) => format!("all {} services are ok", count(n)),
        (0, false) => "no service is ok at every load case".to_owned(),
        (1, false) => "1 service is ok".to_owned(),
        (n, false) => format!("{} services are ok", count(n)),
    }));
    lines
}

fn line(t: &Trouble, peak: Option<&str>, extent: Extent) -> Line {
    let is_risk = matches!(t.cause.as_str(), "next" | "peak");
    let mut line = Line::default();
    if t.services.len() > 1 {
        let between = if is_risk { " " } else { ": " };
        line = line
            .strong(counted(t.services.len() as u64, "service"))
            .text(between);
    }
    line = if is_risk {
        line.status(Status::AtRisk)
    } else {
        by_status(line, t, extent)
    };
    line = match &t.load_case {
        other if Some(other.as_str()) != peak => line.text(format!(" at {}", case(other))),
        _ => line,
    };
    line = match (t.cause.as_str(), &t.witness) {
        ("next", Some(element)) => {
            outcome(line.text(": if ").id(element).text(" fails "), t, extent)
        }
        ("peak", Some(at)) => outcome(line.text(format!(": at {} ", case(at))), t, extent),
        _ => line.text(format!(": {}", t.why)),
    };
    let is_named = |outage: &String| {
        Some(outage) == t.witness.as_ref() || t.why.split([' ', ':', ',', ';']).any(|w| w == outage)
    };
    if t.outages.iter().all(is_named) {
        return line;
    }
    let outages = t.outages.iter().map(String::as_str);
    line.text(", with ").ids(outages, extent.lines).text(" out")
}

/// `✗ down a and b; ▲ degraded c (gets 72.7 %)`
fn by_status(mut line: Line, t: &Trouble, extent: Extent) -> Line {
    let mut is_first = true;
    for status in [Status::Down, Status::Degraded, Status::AtRisk] {
        let alike: Vec<&Troubled> = t.services.iter().filter(|s| s.status == status).collect();
        if alike.is_empty() {
            continue;
        }
        line = if is_first { line } else { line.text("; ") };
        is_first = false;
        line = line.status(status).text(" ");
        line = line.ids(alike.iter().map(|s| s.id.as_str()), extent.ids);
        if status == Status::Degraded {
            line = line.text(gets(&alike));
        }
    }
    line
}

/// What a further failure, or the peak, would make of services that are at risk: `a and b are ✗ down`.
fn outcome(mut line: Line, t: &Trouble, extent: Extent) -> Line {
    let mut is_first = true;
    for status in [Status::Down, Status::Degraded] {
        let to: Vec<&str> = t
            .services
            .iter()
            .filter(|s| s.leads_to == Some(status))
            .map(|s| s.id.as_str())
            .collect();
        let are = match to.len() {
            0 => continue,
            1 => " is ",
            _ => " are ",
        };
        line = if is_first { line } else { line.text("; ") };
        is_first = false;
        line = line.ids(to, extent.ids).text(are).status(status);
    }
    line
}

/// ` (gets 72.7 %)`, or what they get from the least to the most.
fn gets(services: &[&Troubled]) -> String {
    let gets = services.iter().map(|s| s.delivered);
    let least = percent(gets.clone().fold(f64::INFINITY, f64::min));
    let most = percent(gets.fold(0.0, f64::max));
    match services.len() {
        1 => format!(" (gets {least})"),
        _ if least == most => format!(" (each gets {least})"),
        _ => format!(" (get {least} to {most})"),
    }
}
