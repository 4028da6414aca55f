//! `explain` for a terminal: a tree.

use crate::model::{DEGRADED_BELOW, DOWN_AT, Status, short};
use crate::report::document::{Explain, ExplainGroup, ExplainNode, carried};
use crate::report::ids::{id, outages};
use crate::report::number::{count, counted, growth, load, percent, quantity, unit};
use crate::report::placement::lack_words;
use crate::report::sentences::service::{reason, with_outages};
use crate::report::style::{self, wrap};
use std::fmt::Write as _;

/// One service in one state, as a tree.
#[must_use]
pub fn explain(result: &Explain, width: u16) -> String {
    let s = &result.service;
    // A service may work and yet deliver nothing: its headroom is known then.
    let left = match (s.headroom, s.status) {
        (None, Status::Down) => "none".to_owned(),
        (headroom, _) => growth(headroom),
    };
    let headline = format!(
        "{} is {}{} at {}, {}: it gets {} of {}{}, headroom {}{}.",
        id(&s.id),
        style::status(s.status),
        result
            .contingency
            .as_deref()
            .map(|n| format!(" in \u{201c}{}\u{201d}", short(n, 60)))
            .unwrap_or_default(),
        short(&result.load_case, 40),
        outages(&result.down),
        percent(s.delivered),
        quantity(s.demand),
        unit(s.unit.as_deref()),
        left,
        s.limit
            .as_deref()
            .map(|l| format!(" set by {}", id(l)))
            .unwrap_or_default(),
    );
    let mut out = wrap(&headline, 0, width);
    if s.because.is_empty() && !s.status.is_harm() && s.cause.is_some() {
        out.push_str(&wrap(&format!("Why: {}.", reason(s)), 2, width));
    }
    let mut because = s.because.clone();
    if let Some(first) = because.first_mut() {
        *first = with_outages(s, first);
    }
    for (at, line) in because.iter().enumerate() {
        let lead = if at == 0 { "Why: " } else { "     " };
        let wrapped = wrap(line, 7, width);
        out.push_str("  ");
        out.push_str(lead);
        out.push_str(wrapped.trim_start());
    }
    out.push_str(&wrap(&next(result), 2, width));
    out.push('\n');
    node(&mut out, &result.tree, "", "", width);
    out
}

fn next(result: &Explain) -> String {
    match (&result.next, result.service.status.is_harm()) {
        (_, true) => "Next: it is harmed already.".to_owned(),
        (Some(f), _) => format!(
            "Next: if {} fails, it is {}.",
            id(&f.witness),
            f.leads_to.word()
        ),
        (None, _) => match result.selection {
            None => "Next: no single further failure harms it.".to_owned(),
            Some(of) => format!(
                "Next: none of the {} that may fail further here harms it; {} never {} here.",
                counted(of.elements, "element"),
                counted(of.left_out, "other"),
                if of.left_out == 1 { "fails" } else { "fail" },
            ),
        },
    }
}

fn node(out: &mut String, n: &ExplainNode, lead: &str, rest: &str, width: u16) {
    line(out, lead, rest, &describe(n), width);
    let mut items: Vec<Item<'_>> = Vec::new();
    for g in &n.needs {
        // A lone provider stands directly below its consumer: a heading would only repeat it.
        if g.of == 1 {
            let relation = match g.relation.as_str() {
                "within" => "within ",
                // Also what it ran on last.
                "runs-on" if n.unplaced.is_some() => "ran on ",
                "runs-on" => "runs on ",
                _ => "",
            };
            items.extend(g.members.iter().map(|m| Item::Node(m, relation)));
        } else {
            items.push(Item::Group(g));
        }
    }
    if n.cut > 0 {
        items.push(Item::Cut(n.cut));
    }
    let last = items.len().saturating_sub(1);
    for (at, item) in items.iter().enumerate() {
        let (branch, below) = branches(rest, at == last);
        match item {
            Item::Node(child, relation) => {
                let branch = format!("{branch}{relation}");
                node(out, child, &branch, &below, width);
            }
            Item::Group(g) => group(out, g, &branch, &below, width),
            Item::Cut(n) => {
                let text = format!("… needs {} more; `--depth` shows them", count(*n));
                line(out, &branch, &below, &text, width);
            }
        }
    }
}

enum Item<'a> {
    /// A lone node, after what it is to its consumer.
    Node(&'a ExplainNode, &'static str),
    Group(&'a ExplainGroup),
    Cut(u64),
}

fn branches(rest: &str, last: bool) -> (String, String) {
    if last {
        (format!("{rest}└─ "), format!("{rest}   "))
    } else {
        (format!("{rest}├─ "), format!("{rest}│  "))
    }
}

fn group(out: &mut String, g: &ExplainGroup, lead: &str, rest: &str, width: u16) {
    line(out, lead, rest, &heading(g), width);
    let last = g.members.len().saturating_sub(1);
    for (at, member) in g.members.iter().enumerate() {
        let (branch, below) = branches(rest, at == last && g.hidden == 0);
        node(out, member, &branch, &below, width);
    }
    if g.hidden > 0 {
        let (branch, below) = branches(rest, true);
        let text = format!("… and {} more; `--width` shows them", count(g.hidden));
        line(out, &branch, &below, &text, width);
    }
}

fn heading(g: &ExplainGroup) -> String {
    let of = if g.working == g.of {
        format!("{} work", count(g.of))
    } else {
        format!("only {} of {} work", count(g.working), count(g.of))
    };
    let is_shard = g.split.as_deref() == Some("shard");
    let verdict = match (g.working < g.need, g.working.saturating_sub(g.need)) {
        (false, _) if is_shard && g.working < g.of => "what the others served is lost".to_owned(),
        (false, _) if is_shard => "each serves its own part".to_owned(),
        (true, _) => "not met".to_owned(),
        (false, 0) => "none to spare".to_owned(),
        (false, spare) => format!("{} to spare", count(spare)),
    };
    match g.relation.as_str() {
        "within" => format!("sits within ({of})"),
        "ends" => format!("joins ({of})"),
        "path" => format!("passes ({of})"),
        _ => {
            let name = g.group.as_deref().map_or("its providers".to_owned(), id);
            let split = g
                .split
                .as_deref()
                .map(|s| format!(", {s}"))
                .unwrap_or_default();
            let need = match g.need {
                0 => "needs none (soft)".to_owned(),
                n if n == g.of => "needs all".to_owned(),
                n => format!("needs {}", count(n)),
            };
            format!("{name}: {of}, {need}: {verdict}{split}")
        }
    }
}

fn describe(n: &ExplainNode) -> String {
    let mut said = format!("{}  [{}]", id(&n.id), short(&n.kind, 20));
    if n.failed {
        said.push_str("  ✗ failed");
    } else if let Some(round) = n.tripped {
        let _ = write!(said, "  ✗ tripped in round {round}");
    } else if let Some(unplaced) = &n.unplaced {
        let _ = write!(said, "  ✗ {}", lack_words(unplaced));
    } else if !n.works {
        let word = if n.kind == "service" {
            "down"
        } else {
            "stopped"
        };
        let _ = write!(said, "  ✗ {word}");
    } else {
        said.push_str(&carries(n));
        said.push_str(&shares(n));
        let delivers = percent(n.delivered);
        if n.kind == "service" && carried(n.load) > 0.0 && n.delivered <= DOWN_AT {
            let _ = write!(said, "  ✗ down: delivers {delivers}");
        } else if n.delivered < DEGRADED_BELOW {
            let _ = write!(said, "  ▲ degraded: delivers {delivers}");
        }
    }
    if n.repeated {
        said.push_str("  (see above)");
    }
    said
}

/// What of the load is drawn whatever the demand, and who comes first.
fn shares(n: &ExplainNode) -> String {
    let mut said = String::new();
    if let Some(constant) = n.constant {
        let _ = write!(said, "  {} of it constant", quantity(constant));
    }
    if let (Some(tier), Some(better)) = (n.tier_load, n.better_load) {
        let _ = write!(
            said,
            "  priority: this tier asks {}, better ones {}",
            quantity(tier),
            quantity(better)
        );
    }
    said
}

fn carries(n: &ExplainNode) -> String {
    let unit = unit(n.unit.as_deref());
    let carries = carried(n.load);
    match (n.capacity, n.utilization) {
        (Some(c), Some(u)) if carries > c => format!(
            "  overloaded: {} of {}{unit} ({})",
            load(carries, quantity),
            quantity(c),
            percent(u)
        ),
        (Some(c), None) if carries > 0.0 => {
            format!(
                "  overloaded: {} of {}{unit}",
                load(carries, quantity),
                quantity(c)
            )
        }
        (Some(c), Some(u)) => {
            format!(
                "  {} of {}{unit} ({})",
                load(carries, quantity),
                quantity(c),
                percent(u)
            )
        }
        _ if carries > 0.0 => format!("  {}{unit}", load(carries, quantity)),
        _ => String::new(),
    }
}

/// One line of the tree; what does not fit goes on below, inside the branches.
fn line(out: &mut String, lead: &str, rest: &str, text: &str, width: u16) {
    let room = |lead: &str| {
        let left = usize::from(width).saturating_sub(lead.chars().count());
        left.max(30)
    };
    let mut lead = lead.to_owned();
    let mut left: &str = text;
    while left.chars().count() > room(&lead) {
        let room = room(&lead);
        let end = left
            .char_indices()
            .nth(room)
            .map_or(left.len(), |(at, _)| at);
        let at = left[..end].rfind("  ").filter(|&at| at > 0).unwrap_or(end);
        let _ = writeln!(out, "{lead}{}", left[..at].trim_end());
        left = left[at..].trim_start();
        lead = format!("{rest}     ");
    }
    let _ = writeln!(out, "{lead}{left}");
}
