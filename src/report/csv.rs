//! Tables as CSV. In: documents. Out: one table of text with a header row. Promises: every cell that
//! came from users is safe in a spreadsheet (a leading `= + - @`, tab or return gets a `'` before
//! it); numbers stay numbers; what was not computed is an empty cell.

mod diff;
mod evidence;
mod named;
mod time;

pub use diff::{diff, diff_chances, diff_counts, diff_headroom, diff_inventory, diff_policies};
pub use evidence::{assumptions, fixes, verify};
pub use named::{cold_start, named};
pub use time::{failures, growth, load, outages, timeline};

use super::document::simulate::Simulate;
use super::document::{Assess, Check, ExplainNode, PolicyResult, ServiceSweep, State, Sweep};
use crate::model::Status;
use std::io;

/// One cell.
enum Cell<'a> {
    /// From users.
    Text(&'a str),
    /// From the program: a word of a fixed list.
    Word(&'static str),
    /// A number in full precision.
    Number(Option<f64>),
    /// A count.
    Count(Option<u64>),
}

use Cell::{Count, Number, Text, Word};

/// Text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

struct Writer {
    inner: csv::Writer<Vec<u8>>,
}

impl Writer {
    fn new(header: &[&str]) -> Self {
        let mut writer = Self::without_header();
        writer.record(header.iter().map(|h| (*h).to_owned()));
        writer
    }

    fn without_header() -> Self {
        Self {
            inner: csv::Writer::from_writer(Vec::new()),
        }
    }

    fn record(&mut self, cells: impl Iterator<Item = String>) {
        // Writing to memory cannot fail, and every row has the header's length.
        let cells: Vec<String> = cells.collect();
        let written = self.inner.write_record(&cells);
        debug_assert!(written.is_ok());
    }

    fn row(&mut self, cells: &[Cell<'_>]) {
        self.record(cells.iter().map(|cell| match cell {
            Text(text) => harmless(text),
            Word(word) => (*word).to_owned(),
            Number(x) => x.map(|x| x.to_string()).unwrap_or_default(),
            Count(n) => n.map(|n| n.to_string()).unwrap_or_default(),
        }));
    }

    fn finish(self) -> String {
        let bytes = self.inner.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// A table of words of the program.
#[must_use]
pub fn two_columns<'a>(header: [&str; 2], rows: impl Iterator<Item = [&'a str; 2]>) -> String {
    let mut out = Writer::new(&header);
    for [a, b] in rows {
        out.row(&[Text(a), Text(b)]);
    }
    out.finish()
}

fn joined(ids: &[String]) -> String {
    ids.join(";")
}

/// A load, or the word for one without bound.
fn load_of(load: Option<f64>) -> Cell<'static> {
    match load {
        Some(load) => Number(Some(load)),
        None => Word("infinite"),
    }
}

fn yes(value: bool) -> Cell<'static> {
    Word(if value { "true" } else { "false" })
}

fn status(status: Status) -> Cell<'static> {
    Word(status.word())
}

/// Services of some states, one row per service and load case.
#[must_use]
pub fn services(states: &[State]) -> String {
    let mut out = Writer::new(&[
        "service",
        "load_case",
        "status",
        "cause",
        "witness",
        "demand",
        "unit",
        "delivered",
        "headroom",
        "limit",
        "because",
    ]);
    for (state, s) in states
        .iter()
        .flat_map(|s| s.services.iter().map(move |v| (s, v)))
    {
        out.row(&[
            Text(&s.id),
            Text(&state.load_case),
            status(s.status),
            Word(s.cause.map_or("", crate::model::Cause::word)),
            Text(s.witness.as_deref().unwrap_or("")),
            Number(Some(s.demand)),
            Text(s.unit.as_deref().unwrap_or("")),
            Number(Some(s.delivered)),
            Number(s.headroom),
            Text(s.limit.as_deref().unwrap_or("")),
            Text(&s.because.join("; ")),
        ]);
    }
    out.finish()
}

/// Components, links and flows of some states, one row per node and load case.
#[must_use]
pub fn components(states: &[State]) -> String {
    let mut out = Writer::new(&[
        "component",
        "kind",
        "load_case",
        "works",
        "load",
        "capacity",
        "unit",
        "utilization",
        "delivered",
    ]);
    for (state, c) in states
        .iter()
        .flat_map(|s| s.components.iter().map(move |c| (s, c)))
    {
        out.row(&[
            Text(&c.id),
            Text(&c.kind),
            Text(&state.load_case),
            yes(c.works),
            load_of(c.load),
            Number(c.capacity),
            Text(c.unit.as_deref().unwrap_or("")),
            Number(c.utilization),
            Number(Some(c.delivered)),
        ]);
    }
    out.finish()
}

/// Counts of a sweep, one row per service, load case and order; order 0 is the base state.
#[must_use]
pub fn sweep(sweep: &Sweep) -> String {
    let mut out = Writer::new(&[
        "service",
        "load_case",
        "order",
        "contingencies",
        "down",
        "degraded",
        "at_risk",
        "base_status",
        "base_delivered",
        "minimal_sets",
        "worst_elements",
        "worst_status",
        "worst_delivered",
    ]);
    for s in &sweep.services {
        for (order, counts) in sorted_orders(s) {
            let worst = s.worst.as_ref();
            let elements = worst.map(|w| joined(&w.elements)).unwrap_or_default();
            out.row(&[
                Text(&s.id),
                Text(&s.load_case),
                Count(Some(order)),
                Count(sweep.accounted.get(&order.to_string()).copied()),
                Count(counts.down),
                Count(counts.degraded),
                Count(counts.at_risk),
                status(s.base.status),
                Number(Some(s.base.delivered)),
                Count(Some(s.minimal_count)),
                Text(&elements),
                Word(worst.map_or("", |w| w.status.word())),
                Number(worst.map(|w| w.delivered)),
            ]);
        }
    }
    out.finish()
}

/// Orders as numbers: a map sorts `"10"` before `"2"`.
fn sorted_orders(s: &ServiceSweep) -> Vec<(u64, &super::document::OrderCount)> {
    let mut orders: Vec<_> = s
        .orders
        .iter()
        .filter_map(|(k, v)| Some((k.parse().ok()?, v)))
        .collect();
    orders.sort_by_key(|&(order, _)| order);
    orders
}

/// Minimal sets of a sweep, one row per set.
#[must_use]
pub fn minimal(sweep: &Sweep) -> String {
    let mut out = Writer::new(&MINIMAL);
    for s in &sweep.services {
        minimal_rows(&mut out, s);
    }
    out.finish()
}

/// The same, written service by service.
///
/// # Errors
/// It cannot be written.
pub fn write_minimal(
    services: impl Iterator<Item = ServiceSweep>,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    to.write_all(Writer::new(&MINIMAL).finish().as_bytes())?;
    for s in services {
        let mut out = Writer::without_header();
        minimal_rows(&mut out, &s);
        to.write_all(out.finish().as_bytes())?;
    }
    Ok(())
}

/// Columns of the table of minimal sets.
const MINIMAL: [&str; 9] = [
    "service",
    "load_case",
    "order",
    "elements",
    "status",
    "delivered",
    "limit",
    "minimal_sets",
    "listed",
];

/// Each row says how many sets there are and how many of them are in the table; where none is, one row
/// does that alone.
fn minimal_rows(out: &mut Writer, s: &ServiceSweep) {
    let counts = || [Some(s.minimal_count), Some(s.minimal.len() as u64)].map(Count);
    if s.minimal.is_empty() && s.minimal_count > 0 {
        let [all, listed] = counts();
        let mut row = vec![Text(&s.id), Text(&s.load_case)];
        row.extend((0..5).map(|_| Word("")));
        row.extend([all, listed]);
        out.row(&row);
    }
    for m in &s.minimal {
        let [all, listed] = counts();
        out.row(&[
            Text(&s.id),
            Text(&s.load_case),
            Count(Some(m.elements.len() as u64)),
            Text(&joined(&m.elements)),
            status(m.status),
            Number(Some(m.delivered)),
            Text(m.limit.as_deref().unwrap_or("")),
            all,
            listed,
        ]);
    }
}

/// Contingencies of a sweep that set off a cascade, one row per contingency and load case.
#[must_use]
pub fn cascades(sweep: &Sweep) -> String {
    let mut out = Writer::new(&[
        "elements",
        "load_case",
        "order",
        "tripped",
        "rounds",
        "services",
        "cascades",
    ]);
    for c in &sweep.cascades {
        let order = c.elements.len() as u64;
        out.row(&[
            Text(&joined(&c.elements)),
            Text(&c.load_case),
            Count(Some(order)),
            Count(Some(c.tripped)),
            Count(Some(c.rounds)),
            Count(Some(c.services)),
            Count(sweep.cascade_count.get(&order.to_string()).copied()),
        ]);
    }
    out.finish()
}

/// What was lost to overload in some states, one row per node and load case.
#[must_use]
pub fn tripped(states: &[State]) -> String {
    let mut out = Writer::new(&["component", "load_case", "round", "load", "trips_above"]);
    for (state, t) in states
        .iter()
        .flat_map(|s| s.tripped.iter().map(move |t| (s, t)))
    {
        out.row(&[
            Text(&t.id),
            Text(&state.load_case),
            Count(Some(u64::from(t.round))),
            load_of(t.load),
            Number(Some(t.trips_above)),
        ]);
    }
    out.finish()
}

/// Links over a sweep, one row per load case and link; only a header when no flow crosses a network.
#[must_use]
pub fn links(sweep: &Sweep) -> String {
    let mut out = Writer::new(&[
        "load_case",
        "link",
        "capacity",
        "capacity_back",
        "load",
        "load_back",
        "utilization",
        "worst_elements",
        "worst_load",
        "worst_utilization",
    ]);
    for case in sweep.network.iter().flat_map(|network| &network.cases) {
        for link in &case.links {
            let worst = link.worst.as_ref();
            let elements = worst.map_or(String::new(), |w| joined(&w.elements));
            out.row(&[
                Text(&case.load_case),
                Text(&link.id),
                Number(link.capacity),
                Number(link.capacity_back),
                load_of(link.load),
                load_of(link.load_back),
                Number(link.utilization),
                Text(&elements),
                worst.map_or(Number(None), |w| load_of(w.load)),
                Number(worst.and_then(|w| w.utilization)),
            ]);
        }
    }
    out.finish()
}

/// Policies, one row per breach, waived breach or lapsed waiver, and one per policy without any.
#[must_use]
pub fn policies(assess: &Assess) -> String {
    let mut out = Writer::new(&[
        "policy",
        "holds",
        "entry",
        "service",
        "load_case",
        "elements",
        "contingency",
        "status",
        "delivered",
        "probability",
        "allowed",
        "reason",
        "owner",
        "expires",
    ]);
    for p in &assess.policies {
        policy(&mut out, p);
    }
    out.finish()
}

fn policy(out: &mut Writer, p: &PolicyResult) {
    let holds = || p.holds.map_or(Word(""), yes);
    let plain = p.breaches.iter().map(|b| ("breach", b, None));
    let waived = p.waived.iter().map(|w| ("waived", &w.breach, Some(w)));
    for (entry, b, waiver) in plain.chain(waived) {
        out.row(&[
            Text(&p.name),
            holds(),
            Word(entry),
            Text(&b.service),
            Text(&b.load_case),
            Text(&joined(&b.elements)),
            Text(b.contingency.as_deref().unwrap_or("")),
            status(b.status),
            Number(b.delivered),
            Number(b.probability),
            Number(b.allowed),
            Text(waiver.map_or("", |w| &w.reason)),
            Text(waiver.map_or("", |w| &w.owner)),
            Text(waiver.map_or("", |w| &w.expires)),
        ]);
    }
    let bare = |out: &mut Writer, entry, reason: &str, owner: &str, expires: &str| {
        let mut row = vec![Text(&p.name), holds(), Word(entry)];
        row.extend((0..8).map(|_| Word("")));
        row.extend([Text(reason), Text(owner), Text(expires)]);
        out.row(&row);
    };
    for l in &p.lapsed {
        bare(out, "lapsed waiver", &l.reason, &l.owner, &l.expires);
    }
    if p.breaches.is_empty() && p.waived.is_empty() && p.lapsed.is_empty() {
        bare(out, "policy", p.reason.as_deref().unwrap_or(""), "", "");
    }
}

/// What an inventory holds, is assumed, leaves open, or what is wrong with it.
#[must_use]
pub fn check(check: &Check) -> String {
    let mut out = Writer::new(&["entry", "what", "count", "detail"]);
    for f in &check.faults {
        out.row(&[Word("fault"), Text(&f.message), Count(None), Text(&f.text)]);
    }
    for warning in &check.head.warnings {
        out.row(&[Word("warning"), Text(warning), Count(None), Word("")]);
    }
    if let Some(inventory) = &check.inventory {
        for (kind, n) in &inventory.kinds {
            out.row(&[Word("kind"), Text(kind), Count(Some(*n)), Word("")]);
        }
        let others = [
            ("services", inventory.services),
            ("flows", inventory.flows),
            ("requirements", inventory.requirements),
            ("groups", inventory.groups),
            ("redundant groups", inventory.redundant_groups),
            ("sweep elements", inventory.elements),
        ];
        for (what, n) in others {
            out.row(&[Word("count"), Word(what), Count(Some(n)), Word("")]);
        }
        for a in &inventory.assumptions {
            out.row(&[
                Word("assumption"),
                Text(&a.what),
                Count(Some(a.count)),
                Text(&a.source),
            ]);
        }
        for o in &inventory.open {
            let n = o.ids.len() as u64;
            out.row(&[
                Word("open"),
                Text(&o.what),
                Count(Some(n)),
                Text(&joined(&o.ids)),
            ]);
        }
    }
    out.finish()
}

/// A tree, one row per node as it is walked.
#[must_use]
pub fn tree(root: &ExplainNode) -> String {
    let mut out = Writer::new(&[
        "depth",
        "id",
        "kind",
        "needed_by",
        "relation",
        "group",
        "need",
        "of",
        "working",
        "failed",
        "works",
        "load",
        "capacity",
        "unit",
        "utilization",
        "delivered",
    ]);
    tree_rows(&mut out, root, None, 0);
    out.finish()
}

fn tree_rows(
    out: &mut Writer,
    node: &ExplainNode,
    parent: Option<(&str, &super::document::ExplainGroup)>,
    depth: u64,
) {
    let group = parent.map(|(_, g)| g);
    out.row(&[
        Count(Some(depth)),
        Text(&node.id),
        Text(&node.kind),
        Text(parent.map_or("", |(id, _)| id)),
        Text(group.map_or("", |g| &g.relation)),
        Text(group.and_then(|g| g.group.as_deref()).unwrap_or("")),
        Count(group.map(|g| g.need)),
        Count(group.map(|g| g.of)),
        Count(group.map(|g| g.working)),
        yes(node.failed),
        yes(node.works),
        load_of(node.load),
        Number(node.capacity),
        Text(node.unit.as_deref().unwrap_or("")),
        Number(node.utilization),
        Number(Some(node.delivered)),
    ]);
    for g in &node.needs {
        for member in &g.members {
            tree_rows(out, member, Some((&node.id, g)), depth + 1);
        }
    }
}

/// Probabilities of a simulation, one row per service and load case.
#[must_use]
pub fn simulate(s: &Simulate) -> String {
    let mut header = vec!["service", "load_case", "demand"];
    header.extend([
        "down",
        "down_low",
        "down_high",
        "degraded",
        "degraded_low",
        "degraded_high",
        "at_risk",
        "at_risk_low",
        "at_risk_high",
        "ok",
        "ok_low",
        "ok_high",
        "unserved",
        "unserved_low",
        "unserved_high",
        "method",
        "unserved_method",
    ]);
    let mut out = Writer::new(&header);
    for c in &s.services {
        let p = &c.probability;
        let mut row = vec![Text(&c.id), Text(&c.load_case), Number(Some(c.demand))];
        let all = [
            Some(&p.down),
            Some(&p.degraded),
            p.at_risk.as_ref(),
            p.ok.as_ref(),
            Some(&c.unserved),
        ];
        for e in all {
            row.push(Number(e.map(|e| e.estimate)));
            row.push(Number(e.map(|e| e.low)));
            row.push(Number(e.map(|e| e.high)));
        }
        row.push(Text(&p.degraded_or_down.method));
        row.push(Text(&c.unserved.method));
        out.row(&row);
    }
    out.finish()
}
