//! `parts` for a terminal.

use crate::model::{short, visible};
use crate::report::document::{PartState, Parts};
use crate::report::number::{count, counted};
use crate::report::style::wrap;
use crate::report::tables;

/// How much of a run is done, every part, and what makes those that are not. Commands stay on one line.
#[must_use]
pub fn parts(result: &Parts, width: u16) -> String {
    let mut out = wrap(&headline(result), 0, width);
    out.push('\n');
    out.push_str(&tables::parts(result).text(width));
    if result.more > 0 {
        let more = format!("… and {} more missing", count(result.more));
        out.push_str(&wrap(&more, 2, width));
    }
    if !result.others.is_empty() {
        out.push_str("\nNot used\n");
        for other in &result.others {
            let line = format!("{}: {}", short(&other.file, 120), other.words);
            out.push_str(&wrap(&line, 2, width));
        }
    }
    let commands: Vec<&String> = result
        .parts
        .iter()
        .filter_map(|p| p.command.as_ref())
        .collect();
    if !commands.is_empty() {
        out.push_str("\nTo be run\n");
        for command in commands {
            out.push_str(&format!("  {}\n", visible(command)));
        }
    }
    out
}

/// `5 of 8 parts of the sweep are done; 1 ended early, 2 missing.`
fn headline(result: &Parts) -> String {
    let of = |state| result.parts.iter().filter(|p| p.state == state).count() as u64;
    let (early, missing) = (
        of(PartState::EndedEarly),
        of(PartState::Missing) + result.more,
    );
    let what = match result.run.as_str() {
        "sweep" => "sweep",
        "assess" => "assessment",
        _ => "simulation",
    };
    if early + missing == 0 {
        return format!(
            "✓ all {} of the {what} are done: `brownout merge` puts them together.",
            counted(result.count, "part")
        );
    }
    let mut open = Vec::new();
    if early > 0 {
        open.push(format!("{} ended early", count(early)));
    }
    if missing > 0 {
        open.push(format!("{} missing", count(missing)));
    }
    format!(
        "{} of {} of the {what} done; {}.",
        count(result.done),
        counted(result.count, "part"),
        open.join(", ")
    )
}
