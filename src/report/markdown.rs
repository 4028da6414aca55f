//! Comments for a pull request, in GitHub's Markdown. In: the documents of `assess` and `diff`. Out: a
//! comment: the verdict and what follows from it first, then what is breached and who is harmed. Promises: nothing from users is
//! markup, a mention, a link or a reference; the comment fits into the 65,536 characters that a comment
//! may have; long lists are cut with their count.

mod diff;
pub(super) mod escape;

pub use diff::diff;

use super::breaches::{grouped, is_of_sweep};
use super::decisions::{self, Extent, ID, Line, Span};
use super::document::{Assess, Breach, Fix, PolicyResult, ServiceState, State};
use super::findings::{Reader, acceptance, waivers_that_end_soon};
use super::number::{count, counted};
use super::order::in_order;
use super::sentences::cascade::trips;
use super::sentences::fix::{lists, unfixed_title};
use super::sentences::sweep::left_out;
use super::style;
use super::tables;
use escape::{code, prose};

/// Breaches shown per policy, and waivers.
const BREACHES: usize = 8;
/// Policies that are shown.
const POLICIES: usize = 12;
/// Load cases in the table.
const CASES: usize = 4;
/// Fixes that are shown.
const FIXES: usize = 6;
/// Characters of a piece of a sentence.
const MOST_OF_TEXT: usize = 600;
/// Characters that a comment may have, less some for a frame around it.
const MOST: usize = 64_000;

/// The comment on an assessment.
#[must_use]
pub fn assess(result: &Assess) -> String {
    let verdict = &result.verdict;
    let mut out = format!(
        "### {} {}\n\n{}\n",
        style::verdict(verdict.result),
        prose(&result.scenario, 80),
        prose(&verdict.summary, 400)
    );
    for section in [
        points(result),
        policies(result),
        services(result),
        fixes(result),
        stories(result),
        warnings(result),
        foot(result),
    ] {
        // Hostile names take more room than they show; the whole sections that fit are kept.
        if out.len() + section.len() <= MOST {
            out.push_str(&section);
        } else {
            out.push_str("\nA section is left out: the comment would be too long.\n");
        }
    }
    out
}

/// What a reader must know first, a point of a list for each question.
fn points(result: &Assess) -> String {
    let mut out = String::from("\n");
    for point in decisions::points(result, Extent::first_screen("")) {
        let lines: Vec<String> = point.lines.iter().map(said).collect();
        out.push_str(&format!("- **{}:** {}\n", point.label, lines.join("<br>")));
    }
    out
}

fn said(line: &Line) -> String {
    let spans = line.0.iter().map(|span| match span {
        Span::Text(text) => prose(text, MOST_OF_TEXT),
        Span::Strong(text) => format!("<b>{}</b>", prose(text, MOST_OF_TEXT)),
        Span::Id(id) => code(id, ID),
        Span::Status(status) => format!("<b>{}</b>", style::status(*status)),
    });
    spans.collect()
}

/// Round by round what trips, host by host what restarts; nothing where neither is of interest.
fn stories(result: &Assess) -> String {
    listed("Overload and hosts", &trips(result))
}

fn warnings(result: &Assess) -> String {
    listed("Warnings", &result.head.warnings)
}

/// A heading and a list under it, with how many more there are.
fn listed(title: &str, all: &[String]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = format!("\n**{title}**\n\n");
    for line in all.iter().take(POLICIES) {
        out.push_str(&format!("- {}\n", prose(line, 600)));
    }
    out.push_str(&more("", all.len().saturating_sub(POLICIES)));
    out
}

fn policies(result: &Assess) -> String {
    if result.policies.is_empty() {
        return String::new();
    }
    let reader = Reader::new(result);
    let mut out = String::from("\n**Policies**\n\n");
    let order = in_order(result);
    for p in order.iter().take(POLICIES) {
        policy(&reader, p, &mut out);
    }
    out.push_str(&more("", order.len().saturating_sub(POLICIES)));
    if let Some(day) = &result.as_of {
        out.push_str(&format!("\nWaivers are judged as of {}.\n", prose(day, 20)));
        for end in waivers_that_end_soon(result).iter().take(POLICIES) {
            out.push_str(&format!("- ! {}\n", prose(end, 300)));
        }
    }
    out
}

fn policy(reader: &Reader<'_>, p: &PolicyResult, out: &mut String) {
    let word = match p.holds {
        Some(true) => "✓ holds",
        Some(false) => "✗ **breached**",
        None => "? not judged",
    };
    out.push_str(&format!("- {word}: {}\n", prose(&p.name, 120)));
    if let Some(reason) = &p.reason {
        let why = prose(reason, 200);
        out.push_str(&format!("  - not everything was computed: {why}\n"));
    }
    let lines = breaches(reader, p);
    for (line, _) in lines.iter().take(BREACHES) {
        out.push_str(&format!("  - {}\n", prose(line, 400)));
    }
    let hidden = lines.iter().skip(BREACHES).map(|(_, breaches)| breaches);
    out.push_str(&more("  ", hidden.sum()));
    for w in p.waived.iter().take(BREACHES) {
        let (said, why) = (reader.sentence(&w.breach), acceptance(w));
        out.push_str(&format!(
            "  - waived: {}; {}\n",
            prose(&said, 300),
            prose(&why, 300)
        ));
    }
    let hidden = p.waived.len().saturating_sub(BREACHES);
    out.push_str(&more("  ", hidden));
    for l in p.lapsed.iter().take(BREACHES) {
        let (owner, why) = (prose(&l.owner, 60), prose(&l.why, 60));
        out.push_str(&format!(
            "  - a waiver of {owner} counts for nothing: {why}\n"
        ));
    }
}

/// Lines that say what breaches a policy, and how many breaches each says: one for each, or where they are many those
/// of contingencies that harm the same services together, the worst first.
fn breaches(reader: &Reader<'_>, p: &PolicyResult) -> Vec<(String, usize)> {
    let all: Vec<&Breach> = p.breaches.iter().collect();
    let alone = |b: &&Breach| (reader.sentence(b), 1);
    if all.len() <= BREACHES {
        return all.iter().map(alone).collect();
    }
    let (of_sweep, others): (Vec<&Breach>, Vec<&Breach>) =
        all.into_iter().partition(|b| is_of_sweep(b));
    let mut lines: Vec<(String, usize)> = others.iter().map(alone).collect();
    lines.extend(grouped(&of_sweep).iter().map(|g| (g.sentence(), g.len())));
    lines
}

/// The line that says what a list leaves out.
fn more(indent: &str, hidden: usize) -> String {
    match hidden {
        0 => String::new(),
        n => format!("{indent}- … and {} more\n", count(n as u64)),
    }
}

fn services(result: &Assess) -> String {
    let Some(at_peak) = result.base.get(result.peak()) else {
        return String::new();
    };
    let mut shown: Vec<&State> = result.base.iter().take(CASES).collect();
    if result.peak() >= CASES {
        shown.push(at_peak);
    }
    let mut order: Vec<usize> = (0..at_peak.services.len()).collect();
    order.sort_by(|&x, &y| {
        let (x, y) = (&at_peak.services[x], &at_peak.services[y]);
        let tier = |s: &ServiceState| s.tier.unwrap_or(u32::MAX);
        (y.status, tier(x), &x.id).cmp(&(x.status, tier(y), &y.id))
    });
    let rows = order.into_iter().map(|i| (i, &at_peak.services[i]));
    let table = tables::base(rows, &shown, at_peak).markdown();
    format!("\n**Services**\n{table}")
}

fn fixes(result: &Assess) -> String {
    let mut out = String::new();
    for (title, list) in lists(result) {
        out.push_str(&format!("\n**{title}**\n\n"));
        for fix in list.iter().take(FIXES) {
            out.push_str(&format!("- {}\n", fix_line(fix)));
        }
        out.push_str(&more("", list.len().saturating_sub(FIXES)));
    }
    let unfixed = result.fix_search.as_ref().map_or(&[][..], |s| &s.unfixed);
    if !unfixed.is_empty() {
        out.push_str(&format!("\n**{}**\n\n", unfixed_title(result)));
    }
    for u in unfixed.iter().take(FIXES) {
        let (policy, reason) = (prose(&u.policy, 120), prose(&u.reason, 400));
        out.push_str(&format!("- {policy}: {reason}\n"));
    }
    out.push_str(&more("", unfixed.len().saturating_sub(FIXES)));
    out
}

fn fix_line(fix: &Fix) -> String {
    let policy = fix.policy.as_deref();
    let policy = policy.map_or(String::new(), |p| format!("{}: ", prose(p, 120)));
    format!("{policy}{}", prose(&fix.text, 300))
}

fn foot(result: &Assess) -> String {
    let all: Vec<String> = (1..=result.sweep.contingencies.len())
        .filter_map(|order| {
            let of = result.sweep.contingencies.get(&order.to_string())?;
            Some(format!("{} of order {order}", count(*of)))
        })
        .collect();
    let tool = &result.head.tool;
    format!(
        "\n<sub>{} {}; contingencies of {}: {}; {} read.{}</sub>\n",
        prose(&tool.name, 40),
        prose(&tool.version, 40),
        counted(result.sweep.elements, "element"),
        all.join(", "),
        counted(result.head.inputs.len() as u64, "file"),
        left_out(&result.sweep)
    )
}
