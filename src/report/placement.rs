//! Placements in words. In: documents. Out: lines of text, none where nothing moved.

use super::document::{Assess, Cluster, Moved, State, Stranded, Sweep, TakesLess, Unplaced};
use super::number::{count, counted, quantity, unit};
use crate::model::short;

/// Instances that are named in a line.
const NAMED: usize = 4;
/// Characters of an id in a sentence.
const ID: usize = 40;

/// `could not be placed: needs 70 GiB, most free on one host 60`
pub(in crate::report) fn lack_words(u: &Unplaced) -> String {
    let why = match (u.reason.as_str(), &u.resource, u.needs, u.most_free) {
        ("room", Some(resource), Some(needs), Some(most)) => {
            let of = match resource.as_str() {
                "amount" => String::new(),
                other => format!(" of {}", short(other, ID)),
            };
            format!(
                "needs {}{}{of}, most free on one host {}",
                quantity(needs),
                unit(u.unit.as_deref()),
                quantity(most)
            )
        }
        ("no-restart", ..) => "nothing is placed anew".to_owned(),
        ("no-host", ..) => "none of its hosts works".to_owned(),
        ("together", ..) => "no host has room for all that it takes at once".to_owned(),
        _ => "hosts with room are too close to what it is kept apart from".to_owned(),
    };
    format!("could not be placed: {why}")
}

/// `move wiki from h1 to h2`
pub(in crate::report) fn move_words(m: &Moved) -> String {
    let from = m.from.as_deref();
    let from = from.map_or(String::new(), |from| format!(" from {}", short(from, ID)));
    format!(
        "move {}{from} to {}",
        short(&m.instance, ID),
        short(&m.to, ID)
    )
}

/// `shrink big by 10 GiB to 60`
pub(in crate::report) fn shrink_words(
    instance: &str,
    less: Option<f64>,
    of: Option<&str>,
    takes: &TakesLess,
) -> String {
    let resource = match takes.resource.as_str() {
        "amount" => String::new(),
        other => format!(" of {}", short(other, ID)),
    };
    format!(
        "shrink {} by {}{}{resource} to {}",
        short(instance, ID),
        quantity(less.unwrap_or(takes.now - takes.then)),
        unit(of),
        quantity(takes.then)
    )
}

/// Who runs elsewhere in a state, and who nowhere.
pub(in crate::report) fn story(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    let moved = state.moved.as_deref().unwrap_or_default();
    let all = moved.len();
    if all > 0 {
        let moved = moved.iter().take(NAMED).map(|m| {
            let from = m
                .from
                .as_deref()
                .map_or(String::new(), |from| format!(" from {}", short(from, ID)));
            format!("{}{from} to {}", short(&m.instance, ID), short(&m.to, ID))
        });
        let moved: Vec<String> = moved.collect();
        lines.push(format!(
            "{} elsewhere at {}: {}{}.",
            match all {
                1 => "1 instance runs".to_owned(),
                n => format!("{} instances run", count(n as u64)),
            },
            short(&state.load_case, 28),
            moved.join(", "),
            more(all),
        ));
    }
    if !state.lacks.is_empty() {
        let lacks = state.lacks.iter().take(NAMED);
        let lacks = lacks.map(|u| format!("{} {}", short(&u.id, ID), lack_words(u)));
        let lacks: Vec<String> = lacks.collect();
        lines.push(format!(
            "{} nowhere at {}: {}{}.",
            match state.lacks.len() {
                1 => "1 instance runs".to_owned(),
                n => format!("{} instances run", count(n as u64)),
            },
            short(&state.load_case, 28),
            lacks.join("; "),
            more(state.lacks.len()),
        ));
    }
    lines
}

fn more(all: usize) -> String {
    match all.saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {} more", count(n as u64)),
    }
}

/// The single failures after which something runs nowhere, in one line; `None` if there is none.
pub(in crate::report) fn singles(sweep: &Sweep) -> Option<String> {
    let of_one = sweep.stranded.iter().filter(|s| s.elements.len() == 1);
    let mut elements: Vec<&str> = of_one.clone().map(|s| s.elements[0].as_str()).collect();
    elements.sort_unstable();
    elements.dedup();
    let worst = of_one.max_by_key(|s| (s.instances.len(), std::cmp::Reverse(&s.elements)))?;
    Some(format!(
        "{} an instance without a host: {}.",
        match elements.len() {
            1 => "A single failure leaves".to_owned(),
            n => format!("{} single failures leave", count(n as u64)),
        },
        describe(worst)
    ))
}

/// `h1 + h2 at today → big runs nowhere`
pub(in crate::report) fn describe(s: &Stranded) -> String {
    let elements: Vec<String> = s.elements.iter().map(|e| short(e, ID)).collect();
    let out: Vec<String> = s
        .instances
        .iter()
        .take(NAMED)
        .map(|i| short(i, ID))
        .collect();
    format!(
        "{} at {} → {}{} {} nowhere",
        elements.join(" + "),
        short(&s.load_case, 28),
        out.join(", "),
        more(s.instances.len()),
        if s.instances.len() == 1 {
            "runs"
        } else {
            "run"
        },
    )
}

/// What a group of hosts can lose, what still fits after that, and what is spare.
pub(in crate::report) fn cluster(c: &Cluster) -> Vec<String> {
    let hosts: Vec<String> = c.hosts.iter().take(NAMED).map(|h| short(h, ID)).collect();
    let name = format!("{}{}", hosts.join(", "), more(c.hosts.len()));
    let can = match (c.can_lose, &c.first_loss) {
        (None, _) => "something runs nowhere already".to_owned(),
        (Some(n), Some(loss)) => {
            let lost: Vec<String> = loss.hosts.iter().map(|h| short(h, ID)).collect();
            let out: Vec<String> = loss
                .unplaced
                .iter()
                .take(NAMED)
                .map(|i| short(i, ID))
                .collect();
            format!(
                "can lose {}; without {}, {}{} {} nowhere",
                any(n),
                lost.join(" + "),
                out.join(", "),
                more(loss.unplaced.len()),
                if loss.unplaced.len() == 1 {
                    "runs"
                } else {
                    "run"
                },
            )
        }
        (Some(n), None) => format!("can lose {}", any(n)),
    };
    let mut lines = vec![format!(
        "{name}: {} on {}, {can}.",
        counted(c.instances, "instance"),
        counted(c.hosts.len() as u64, "host"),
    )];
    for after in &c.after {
        let fits = after.resources.iter().map(|r| {
            let amount = |x: Option<f64>| x.map_or("without limit".to_owned(), quantity);
            format!(
                "{} {} on one host, {} in all",
                r.resource,
                amount(r.largest),
                amount(r.spare)
            )
        });
        let fits: Vec<String> = fits.collect();
        if fits.is_empty() {
            continue;
        }
        let after = match after.lost {
            0 => "now".to_owned(),
            n => format!("after losing {}", any(n)),
        };
        lines.push(format!("Free {after}: {}.", fits.join("; ")));
    }
    if let Some(reason) = &c.reason {
        lines.push(format!("Of these, {reason}."));
    }
    lines
}

/// `no host`, `any host`, `any 2 hosts`
fn any(hosts: u32) -> String {
    match hosts {
        0 => "no host".to_owned(),
        1 => "any host".to_owned(),
        n => format!("any {}", counted(u64::from(n), "host")),
    }
}

/// What single failures do before anything has restarted, and after, side by side.
pub(in crate::report) fn first_minutes(result: &Assess) -> Vec<String> {
    let Some(first) = &result.first_minutes else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for (before, after) in first.sweep.services.iter().zip(&result.sweep.services) {
        let harmed = |s: &super::document::ServiceSweep| {
            let of_one = s.orders.get("1");
            of_one.map_or(0, |o| o.down.unwrap_or(0) + o.degraded.unwrap_or(0))
        };
        let (b, a) = (harmed(before), harmed(after));
        if b != a {
            lines.push(format!(
                "{} at {}: harmed by {} in the first minutes, by {} once all has restarted that finds room.",
                short(&after.id, ID),
                short(&after.load_case, 28),
                counted(b, "single failure"),
                count(a),
            ));
        }
    }
    if lines.is_empty() {
        lines.push(
            "In the first minutes single failures harm the same services as after restart."
                .to_owned(),
        );
    }
    lines
}
