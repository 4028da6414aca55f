//! What would fix it, for a terminal.

use crate::model::short;
use crate::report::document::{Assess, Fix};
use crate::report::number::count;
use crate::report::style::wrap;
use std::fmt::Write as _;

/// Fixes told per policy, and repairs in the ranking.
const TOLD: usize = 6;

/// The ranking of repairs, then the fixes of each policy.
pub(super) fn fixes(result: &Assess, width: u16) -> String {
    let Some(search) = &result.fix_search else {
        return String::new();
    };
    if result.fixes.is_empty() && search.unfixed.is_empty() && search.reason.is_none() {
        return String::new();
    }
    let mut out =
        String::from("\nWhat would fix it (each verified by assessing the changed estate)\n");
    let of = |policy: Option<&str>| -> Vec<&Fix> {
        let all = result.fixes.iter();
        all.filter(|f| f.policy.as_deref() == policy).collect()
    };
    list(&mut out, &of(None), 2, width);
    for p in &result.policies {
        let fixes = of(Some(&p.name));
        let unfixed = search.unfixed.iter().find(|u| u.policy == p.name);
        if fixes.is_empty() && unfixed.is_none() {
            continue;
        }
        out.push_str(&wrap(&format!("{}:", short(&p.name, 120)), 2, width));
        list(&mut out, &fixes, 6, width);
        if let Some(unfixed) = unfixed {
            out.push_str(&wrap(
                &format!("nothing found: {}", unfixed.reason),
                6,
                width,
            ));
        }
    }
    if let Some(reason) = &search.reason {
        let said = format!("There may be more: {}.", short(reason, 120));
        out.push_str(&wrap(&said, 2, width));
    }
    out
}

fn list(out: &mut String, fixes: &[&Fix], indent: usize, width: u16) {
    for f in fixes.iter().take(TOLD) {
        let by = f.restore_by.as_ref();
        let by = by.map_or(String::new(), |by| format!(" (by {})", short(by, 40)));
        out.push_str(&wrap(&format!("{}{by}", f.text), indent, width));
    }
    let hidden = fixes.len().saturating_sub(TOLD) as u64;
    if hidden > 0 {
        let pad = " ".repeat(indent);
        let _ = writeln!(out, "{pad}… and {} more", count(hidden));
    }
}
