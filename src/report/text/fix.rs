//! What would fix it, for a terminal.

use crate::model::short;
use crate::report::document::{Assess, Fix};
use crate::report::number::instant;
use crate::report::sentences::fix::{lessens, plan_holds, repairs_title};
use crate::report::shape::{Shape, and_more};
use crate::report::style::wrap;

/// Fixes shown in each list.
const MOST_SHOWN: usize = 6;

/// The ranking of repairs, then for each policy what holds it and what only helps.
pub(super) fn fixes(result: &Assess, shape: Shape) -> String {
    let Some(search) = &result.fix_search else {
        return String::new();
    };
    let lists = [&result.repairs, &result.fixes, &result.lessens];
    if lists.iter().all(|l| l.is_empty()) && search.unfixed.is_empty() && search.reason.is_none() {
        return String::new();
    }
    let mut out =
        String::from("\nWhat would fix it (each verified by assessing the changed estate)\n");
    if !result.repairs.is_empty() {
        let title = repairs_title(result);
        out.push_str(&wrap(&format!("{title}:"), 2, shape.width));
        let all: Vec<&Fix> = result.repairs.iter().collect();
        list(&mut out, &all, shape);
    }
    for p in &result.policies {
        policy(&mut out, result, &p.name, shape);
    }
    if let Some(reason) = &search.reason {
        let said = format!("There may be more: {}.", short(reason, 120));
        out.push_str(&wrap(&said, 2, shape.width));
    }
    out
}

fn policy(out: &mut String, result: &Assess, name: &str, shape: Shape) {
    let width = shape.width;
    let mine = |f: &&Fix| f.policy.as_deref() == Some(name);
    let holds: Vec<&Fix> = result.fixes.iter().filter(mine).collect();
    let (lessens, shifts): (Vec<&Fix>, Vec<&Fix>) =
        result.lessens.iter().filter(mine).partition(|f| lessens(f));
    let search = result.fix_search.iter();
    let unfixed = search.flat_map(|s| &s.unfixed).find(|u| u.policy == name);
    if [&holds, &lessens, &shifts].iter().all(|l| l.is_empty()) && unfixed.is_none() {
        return;
    }
    let name = short(name, 120);
    if !holds.is_empty() {
        out.push_str(&wrap(&format!("Holds \u{201c}{name}\u{201d}:"), 2, width));
        list(out, &holds, shape);
    }
    if let Some(unfixed) = unfixed {
        let said = if plan_holds(result) {
            format!("The plan holds \u{201c}{name}\u{201d}; no remedy for it alone was found")
        } else {
            format!("Nothing found that holds \u{201c}{name}\u{201d}")
        };
        let said = format!("{said}: {}.", unfixed.reason);
        out.push_str(&wrap(&said, 2, width));
    }
    if !lessens.is_empty() {
        let said = format!("Helps, but does not hold \u{201c}{name}\u{201d}:");
        out.push_str(&wrap(&said, 2, width));
        list(out, &lessens, shape);
    }
    if !shifts.is_empty() {
        let said = format!(
            "Removes breaches of \u{201c}{name}\u{201d} and lets as many others appear, or more, part of a remedy at most:"
        );
        out.push_str(&wrap(&said, 2, width));
        list(out, &shifts, shape);
    }
}

fn list(out: &mut String, fixes: &[&Fix], shape: Shape) {
    const INDENT: usize = 6;
    let most = shape.most(MOST_SHOWN);
    for f in fixes.iter().take(most) {
        let by = f.restore_by.as_ref();
        let by = by.map_or(String::new(), |by| format!(" (by {})", instant(by)));
        out.push_str(&wrap(&format!("{}{by}", f.text), INDENT, shape.width));
    }
    out.push_str(&and_more(fixes.len().saturating_sub(most) as u64, INDENT));
}
