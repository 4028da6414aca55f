//! What a join did → `join-report.txt`. In: the report of a join. Out: text of lines that people read and
//! compare.

use super::number::counted;
use crate::input::JoinReport;
use crate::model::visible;

/// The whole report.
#[must_use]
pub fn text(report: &JoinReport) -> String {
    let mut out = String::from("Joined\n");
    for source in &report.sources {
        line(&mut out, source);
    }
    for (key, pairs) in &report.joined {
        let title = counted(pairs.len() as u64, "thing");
        out.push_str(&format!("\n{title} known again by {key}\n"));
        for (kept, others) in pairs
            .iter()
            .filter(|(kept, others)| others.iter().any(|o| o != kept))
        {
            line(&mut out, &format!("{} → {kept}", others.join(", ")));
        }
    }
    if !report.conflicts.is_empty() {
        let title = counted(report.conflicts.len() as u64, "contradiction");
        out.push_str(&format!("\n{title}: the first counts\n"));
        for c in &report.conflicts {
            let (kept, other) = (&c.kept, &c.other);
            line(
                &mut out,
                &format!(
                    "{} {}: {} ({}), not {} ({})",
                    c.id, c.column, kept.0, kept.1, other.0, other.1
                ),
            );
        }
    }
    if !report.renamed.is_empty() {
        out.push_str("\nIds that were taken\n");
        for (source, id, new) in &report.renamed {
            line(&mut out, &format!("{id} of {source} → {new}"));
        }
    }
    if !report.apart.is_empty() {
        out.push_str("\nNot joined\n");
        for (value, why) in &report.apart {
            line(&mut out, &format!("{value}: {why}"));
        }
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(&format!("  {}\n", visible(text)));
}

/// One line for the terminal.
#[must_use]
pub fn summary(report: &JoinReport) -> String {
    let joined: u64 = report.joined.values().map(|pairs| pairs.len() as u64).sum();
    let conflicts = report.conflicts.len() as u64;
    format!(
        "Joined {}: {} known again, {}; join-report.txt lists them.\n",
        counted(report.sources.len() as u64, "inventory"),
        counted(joined, "thing"),
        counted(conflicts, "contradiction")
    )
}
