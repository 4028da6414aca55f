//! Traffic seen between parts → an inventory, for importers of meshes and service graphs. In: who sends how
//! much to whom. Out: applications that need whom they send to, with so much load for each unit that they
//! get themselves, and a service for each source of traffic. Promises: what goes round is carried as it
//! was seen; requests and bytes are never added up, and what is left out for that is said; an idle version of a
//! thing is no stand-in for one that is called.

use super::Imported;
use super::assembly::{Assembly, Share};
use super::ids::some_of;
use super::report::Report;
use super::requirement::all_loads_given;
use crate::input::Diagnostic;
use crate::model::{Draft, Need, Split};
use std::collections::{BTreeMap, BTreeSet};

/// Something that takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    /// Its kind; blank is an application.
    pub kind: String,
    /// What it is a version of: versions of one are called in turn, and any will do.
    pub family: Option<String>,
    /// Where traffic comes from that has no part behind it that could fail.
    pub is_source: bool,
    pub labels: BTreeMap<String, String>,
}

/// What was seen.
#[derive(Default)]
pub(super) struct Traffic {
    pub parts: BTreeMap<String, Part>,
    /// Requests from one to another.
    pub requests: BTreeMap<(String, String), f64>,
    /// Bytes from one to another, where no requests were seen.
    pub bytes: BTreeMap<(String, String), f64>,
    /// Who calls whom without anything that was counted just then.
    pub idle: BTreeSet<(String, String)>,
    /// What requests are counted in.
    pub unit: &'static str,
}

/// Who calls whom: how much, and whether in requests.
type Calls = BTreeMap<(String, String), (f64, bool)>;

impl Traffic {
    /// Notes traffic; several readings of one pair are added up.
    pub fn add(&mut self, from: &str, to: &str, amount: f64, in_requests: bool) {
        let pair = (from.to_owned(), to.to_owned());
        let table = if in_requests {
            &mut self.requests
        } else {
            &mut self.bytes
        };
        *table.entry(pair).or_default() += amount;
    }

    /// The inventory, with what an import says beside it.
    pub fn imported(self, mut report: Report, mut warnings: Vec<Diagnostic>) -> Imported {
        let draft = self.inventory(&mut report, &mut warnings);
        Imported {
            draft,
            report,
            warnings,
            ..Imported::default()
        }
    }

    /// The inventory.
    fn inventory(mut self, report: &mut Report, warnings: &mut Vec<Diagnostic>) -> Draft {
        let calls = self.calls(report);
        let mut assembly = Assembly::default();
        let in_bytes = counted_in_bytes(&calls);
        warnings.extend(self.uncounted(&calls, &in_bytes));
        let mut at = BTreeMap::new();
        for (name, part) in self.parts.iter().filter(|(_, p)| !p.is_source) {
            let kind = if part.kind.is_empty() {
                "application"
            } else {
                &part.kind
            };
            let node = assembly.component(name, kind);
            let unit = if in_bytes.contains(name) {
                "bytes/s"
            } else {
                self.unit
            };
            assembly.node(node).unit = Some(unit.into());
            for (column, value) in &part.labels {
                assembly.label(node, column, value);
            }
            report.mapped(&format!("{kind} → component"), name);
            at.insert(name.clone(), node);
        }
        let mut got: BTreeMap<&String, f64> = BTreeMap::new();
        let mut sent: BTreeMap<&String, f64> = BTreeMap::new();
        for ((from, to), (amount, requests)) in &calls {
            if *requests != in_bytes.contains(to) {
                *got.entry(to).or_default() += amount;
            }
            if *requests != in_bytes.contains(from) {
                *sent.entry(from).or_default() += amount;
            }
        }
        let parts = std::mem::take(&mut self.parts);
        for (name, part) in &parts {
            let sends = sent.get(name).copied().unwrap_or(0.0);
            let gets = got.get(name).copied().unwrap_or(0.0);
            let calls_any = calls_of(&calls, name).next().is_some();
            let is_root = gets <= 0.0 && calls_any;
            let base = if gets > 0.0 { gets } else { sends };
            let unit = if in_bytes.contains(name) {
                "bytes/s"
            } else {
                self.unit
            };
            let consumer = if part.is_source {
                if !calls_any {
                    continue;
                }
                let service = assembly.service(&format!("svc:{name}"), sends, unit);
                report.mapped("source of traffic → service", name);
                service
            } else {
                at[name]
            };
            self.lead(
                &mut assembly,
                consumer,
                name,
                base,
                (&calls, &in_bytes, &at, &parts),
            );
            if is_root && !part.is_source {
                let service = assembly.service(&format!("svc:{name}"), base, unit);
                assembly.needs(service, consumer, 1.0);
                report.derived("a service for each part that sends and gets nothing", name);
            }
        }
        let mut draft = assembly.finish();
        all_loads_given(&mut draft);
        draft
    }

    /// All pairs, in requests where some were seen; what one sends itself is left out.
    fn calls(&self, report: &mut Report) -> Calls {
        let mut calls = Calls::new();
        let bytes = self.bytes.iter().map(|(pair, n)| (pair, *n, false));
        let requests = self.requests.iter().map(|(pair, n)| (pair, *n, true));
        let idle = self.idle.iter().map(|pair| (pair, 0.0, true));
        for (pair, amount, in_requests) in bytes.chain(requests).chain(idle) {
            let shown = format!("{} → {}", pair.0, pair.1);
            if pair.0 == pair.1 {
                report.skipped("traffic", "to itself", &shown);
            } else if !self.parts.contains_key(&pair.1) || self.parts[&pair.1].is_source {
                report.skipped("traffic", "to nobody that is known", &shown);
            } else if amount > 0.0 || !calls.contains_key(pair) {
                if calls.get(pair).is_some_and(|(bytes, _)| *bytes > 0.0) {
                    let why = "requests were seen between the two as well, and count";
                    report.skipped("traffic in bytes", why, &shown);
                }
                calls.insert(pair.clone(), (amount, in_requests));
            }
        }
        self.leave_out_idle_versions(&mut calls, report);
        calls
            .keys()
            .for_each(|(from, to)| report.mapped("traffic → need", &format!("{from} → {to}")));
        calls
    }

    /// Leaves out calls of nothing to a version beside another one that is called: nothing says that it could
    /// carry what goes to that.
    fn leave_out_idle_versions(&self, calls: &mut Calls, report: &mut Report) {
        let family = |to: &String| self.parts.get(to).and_then(|part| part.family.clone());
        let is_called = |(pair, (amount, _)): (&(String, String), &(f64, bool))| {
            (*amount > 0.0).then_some((pair.0.clone(), family(&pair.1)?))
        };
        let called: BTreeSet<(String, String)> = calls.iter().filter_map(is_called).collect();
        calls.retain(|(from, to), (amount, _)| {
            let beside = |family| called.contains(&(from.clone(), family));
            let is_idle = *amount <= 0.0 && family(to).is_some_and(beside);
            if is_idle {
                let why = "none just then, to a version beside another one that is called";
                report.skipped("traffic", why, &format!("{from} → {to}"));
            }
            !is_idle
        });
    }

    /// A warning of bytes to those that are counted in requests, which are no load of theirs.
    fn uncounted(&self, calls: &Calls, in_bytes: &BTreeSet<&String>) -> Option<Diagnostic> {
        let lost = calls.iter().filter(|((_, to), (amount, in_requests))| {
            *amount > 0.0 && !in_requests && !in_bytes.contains(to)
        });
        let lost: Vec<String> = lost
            .map(|((from, to), (amount, _))| format!("{from} → {to} ({amount} bytes/s)"))
            .collect();
        let names = some_of(lost.iter().map(String::as_str));
        let unit = self.unit;
        let message = format!(
            "bytes to a part that gets {unit} from others are no load of it, however many they are: {names}"
        );
        let help = format!(
            "give these needs in dependencies.csv a `load` in {unit}, or import without those who send the requests"
        );
        (!lost.is_empty()).then(|| Diagnostic::warning(message).help(help))
    }

    /// What one needs: each that it sends to, versions of one thing as a group.
    fn lead(
        &self,
        assembly: &mut Assembly,
        consumer: u32,
        name: &str,
        base: f64,
        (calls, in_bytes, at, parts): (
            &Calls,
            &BTreeSet<&String>,
            &BTreeMap<String, u32>,
            &BTreeMap<String, Part>,
        ),
    ) {
        let mut families: BTreeMap<Result<&String, &String>, Vec<(u32, f64)>> = BTreeMap::new();
        for (to, (amount, requests)) in calls_of(calls, name) {
            // Bytes to somebody whose requests are counted are no load of it that is known.
            let counted = *requests != in_bytes.contains(to);
            let load = if counted && base > 0.0 {
                amount / base
            } else {
                0.0
            };
            let family = parts[to].family.as_ref();
            families
                .entry(family.ok_or(to))
                .or_default()
                .push((at[to], load));
        }
        for (family, members) in families {
            if let [(provider, load)] = members[..] {
                assembly.needs(consumer, provider, load);
                continue;
            }
            let total: f64 = members.iter().map(|(_, load)| load).sum();
            let shares = members.into_iter().map(|(provider, load)| Share {
                provider,
                load: total,
                weight: Some(load),
            });
            let group = family.map_or_else(String::clone, String::clone);
            assembly.group(
                consumer,
                &group,
                Need::AtLeast(1),
                Split::Share,
                shares.collect(),
            );
        }
    }
}

/// Whose load is counted in bytes: of those that get nothing but bytes, or get nothing and send nothing but bytes.
fn counted_in_bytes(calls: &Calls) -> BTreeSet<&String> {
    let (mut got, mut sent) = (BTreeMap::new(), BTreeMap::new());
    for ((from, to), (_, in_requests)) in calls.iter().filter(|(_, (amount, _))| *amount > 0.0) {
        *got.entry(to).or_insert(false) |= in_requests;
        *sent.entry(from).or_insert(false) |= in_requests;
    }
    let ends = calls.keys().flat_map(|(from, to)| [from, to]);
    ends.filter(|end| got.get(end).or_else(|| sent.get(end)) == Some(&false))
        .collect()
}

/// What one sends to others.
fn calls_of<'c>(
    calls: &'c Calls,
    name: &str,
) -> impl Iterator<Item = (&'c String, &'c (f64, bool))> {
    let first = (name.to_owned(), String::new());
    let from_here = calls.range(first..).take_while({
        let name = name.to_owned();
        move |((from, _), _)| *from == name
    });
    from_here.map(|((_, to), call)| (to, call))
}
