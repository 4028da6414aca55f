//! Icinga and Nagios business processes: rules of the form `name = a & b`, `a | b`, `2 of: a + b + c`.
//!
//! In: one configuration per file. Out: a logical component for each process, with the requirement that its
//! rule says; a component for each host and each check on it; a service for each process that is shown.
//! Promises: the rules map one to one onto groups and how many of them are needed; of `a % b`, which is at
//! most degraded whatever fails, no loss takes the process down, and what is said beside it is that the
//! inventory does not call it degraded; a negation, which has no such reading, is refused, and so are two rules
//! of one name and a process that is shown without a rule.

use super::super::{Diagnostic, Faults, Source};
use super::assembly::{Assembly, Share};
use super::network::At;
use super::report::Report;
use super::{Imported, Options, ids};
use crate::model::{Need, Split};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Whether a text has rules of business processes.
pub(super) fn looks_like(source: &Source) -> bool {
    let mut lines = source.text.lines().take(2000).map(str::trim);
    lines.any(|line| {
        let shown = line.strip_prefix("display ").is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit()) && rest.matches(';').count() >= 2
        });
        shown || line.starts_with("### Business Process Config File ###")
    })
}

/// A rule. Of `a % b` none is needed.
#[derive(PartialEq, Eq)]
struct Rule {
    need: Need,
    of: Vec<String>,
}

/// All processes, by configuration and name.
#[derive(Default)]
struct Processes {
    rules: BTreeMap<String, Rule>,
    /// Names for people of those that are shown, with where each line stands.
    shown: BTreeMap<String, (String, At)>,
    /// Names of rules by their own name alone, where one configuration has it.
    configurations: BTreeSet<String>,
}

/// Reads configurations.
///
/// # Errors
/// Rules that cannot be read, or that say `not`; no rule.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut report = Report::default();
    let mut processes = Processes::default();
    for source in sources {
        let stem = Path::new(&source.path).file_stem().unwrap_or_default();
        processes.add(source, &stem.to_string_lossy(), &mut report, &mut faults);
    }
    processes.check_shown(&mut faults);
    faults.or(())?;
    if processes.rules.is_empty() {
        let fault = Diagnostic::error("there is no rule of a business process");
        return Err(fault
            .help("a rule is a line such as `web = host1;http & host2;http`")
            .into());
    }
    let draft = processes.inventory(&mut report)?;
    Ok(Imported {
        draft,
        report,
        warnings: processes.never_down().into_iter().collect(),
        ..Imported::default()
    })
}

impl Processes {
    fn add(&mut self, source: &Arc<Source>, stem: &str, report: &mut Report, faults: &mut Faults) {
        self.configurations.insert(stem.to_owned());
        let mut at = 0;
        for line in source.text.split_inclusive('\n') {
            let span = at..at + line.trim_end().len();
            at += line.len();
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(rest) = line.strip_prefix("display ") {
                let mut parts = rest.splitn(3, ';');
                let level = parts.next().unwrap_or_default().trim();
                let name = format!("{stem}:{}", parts.next().unwrap_or_default().trim());
                let long = parts.next().unwrap_or_default().trim().to_owned();
                if level != "0" {
                    self.shown.insert(name, (long, At::new(source, span)));
                }
                continue;
            }
            let Some((name, rule)) = line.split_once('=') else {
                report.skipped(
                    "a line",
                    "no rule",
                    line.split([' ', ';']).next().unwrap_or_default(),
                );
                continue;
            };
            let name = name.trim();
            if ["info_url", "external_info", "template", "state_overrides"]
                .iter()
                .any(|w| name.starts_with(w))
            {
                continue;
            }
            report.read("rule", name);
            match parse(rule, stem) {
                Ok(rule) => {
                    let at = At::new(source, span);
                    if let Some(fault) = self.add_rule(format!("{stem}:{name}"), rule, &at) {
                        faults.push(fault);
                    }
                }
                Err(why) => {
                    // Whoever shows it is at no fault.
                    let broken = Rule {
                        need: Need::All,
                        of: Vec::new(),
                    };
                    self.rules.insert(format!("{stem}:{name}"), broken);
                    let fault = Diagnostic::error(format!("the rule of `{name}` {why}"));
                    faults.push(fault.at(source, span).help(
                        "write `a & b`, `a | b`, `2 of: a + b + c`, or `a % b` where any loss only degrades",
                    ));
                }
            }
        }
    }

    /// Notes a rule; another one of its name is a fault, for nothing says which of them counts.
    fn add_rule(&mut self, name: String, rule: Rule, at: &At) -> Option<Diagnostic> {
        let is_other = self.rules.get(&name).is_some_and(|known| *known != rule);
        if is_other {
            let message = format!("there is another rule of `{}`", own_name(&name));
            let help =
                "leave out the one that does not count; files of one name are one configuration";
            return Some(at.error(message).help(help));
        }
        self.rules.insert(name, rule);
        None
    }

    /// A process that is shown must have a rule, or a service would be missing.
    fn check_shown(&self, faults: &mut Faults) {
        for (name, (_, at)) in &self.shown {
            if !self.rules.contains_key(name) {
                let message = format!("`{}` is shown and has no rule", own_name(name));
                let help = "write its rule, or leave this line out";
                faults.push(at.error(message).help(help));
            }
        }
    }

    fn inventory(&self, report: &mut Report) -> Result<crate::model::Draft, Faults> {
        let mut assembly = Assembly::default();
        let several = self.configurations.len() > 1;
        let mut at: BTreeMap<String, u32> = BTreeMap::new();
        for name in self.rules.keys() {
            let id = if several {
                name.replace(':', "/")
            } else {
                own_name(name).to_owned()
            };
            at.insert(name.clone(), assembly.component(&id, "group"));
            report.mapped("business process → logical component", &id);
        }
        let mut hosts = BTreeMap::new();
        for rule in self.rules.values() {
            for leaf in rule.of.iter().filter(|l| !self.rules.contains_key(*l)) {
                if !at.contains_key(leaf) {
                    let node = self.leaf(leaf, &mut assembly, &mut hosts, report)?;
                    at.insert(leaf.clone(), node);
                }
            }
        }
        for (name, rule) in &self.rules {
            let shares: Vec<Share> = rule.of.iter().map(|of| Share::of(at[of])).collect();
            if rule.need == Need::All {
                let of: BTreeSet<&String> = rule.of.iter().collect();
                of.into_iter()
                    .for_each(|of| assembly.needs(at[name], at[of], 1.0));
            } else if rule.need == Need::AtLeast(0) {
                for of in &rule.of {
                    assembly.uses(at[name], at[of], 1.0);
                }
                let sort = "`%` → a soft need of each: its loss degrades and does not stop";
                report.mapped(sort, own_name(name));
            } else {
                assembly.group(at[name], "of", rule.need, Split::Share, shares);
            }
        }
        self.add_services(&mut assembly, &at, report);
        Ok(assembly.finish())
    }

    /// A warning that names the processes that a rule with `%` keeps from going down.
    fn never_down(&self) -> Option<Diagnostic> {
        let soft = self
            .rules
            .iter()
            .filter(|(_, r)| r.need == Need::AtLeast(0));
        let names: Vec<&str> = soft.map(|(name, _)| own_name(name)).collect();
        (!names.is_empty()).then(|| {
            let message = format!(
                "rules with `%` are at most degraded, whatever fails: no loss of what they name takes these \
                 down, nor are they called degraded: {}",
                ids::some_of(names.into_iter())
            );
            Diagnostic::warning(message).help(
                "where a process cannot do without one of them, clear `need` in its row of dependencies.csv",
            )
        })
    }

    /// A check on a host, or a host itself.
    fn leaf(
        &self,
        leaf: &str,
        assembly: &mut Assembly,
        hosts: &mut BTreeMap<String, u32>,
        report: &mut Report,
    ) -> Result<u32, Faults> {
        let Some((host, check)) = split_leaf(leaf) else {
            let message = format!("`{}` is no process in the files", own_name(leaf));
            return Err(Diagnostic::error(message)
                .help("a leaf is `host;service`")
                .into());
        };
        let host_at = *hosts.entry(host.clone()).or_insert_with(|| {
            report.mapped("host → component", &host);
            assembly.component(&host, "host")
        });
        if check.eq_ignore_ascii_case("Hoststatus") {
            return Ok(host_at);
        }
        let node = assembly.component(&format!("{host}/{check}"), "check");
        assembly.within(node, host_at);
        report.mapped(
            "check on a host → component within it",
            &format!("{host}/{check}"),
        );
        Ok(node)
    }

    /// A service for each process that is shown, else for each that no other needs.
    fn add_services(
        &self,
        assembly: &mut Assembly,
        at: &BTreeMap<String, u32>,
        report: &mut Report,
    ) {
        let needed: BTreeSet<&String> = self.rules.values().flat_map(|r| &r.of).collect();
        let shown = self
            .rules
            .keys()
            .filter(|name| self.shown.contains_key(*name));
        let mut tops: Vec<&String> = shown.collect();
        if tops.is_empty() {
            tops = self
                .rules
                .keys()
                .filter(|name| !needed.contains(name))
                .collect();
        }
        for name in tops {
            let id = assembly.id(at[name]).to_owned();
            let service = assembly.service(&format!("svc:{id}"), 1.0, "of what is usual");
            let long = ids::clean(self.shown.get(name).map_or("", |(long, _)| long));
            assembly.node(service).name = (!long.is_empty()).then(|| long.into());
            assembly.needs(service, at[name], 1.0);
            report.mapped("process that is shown → service", &id);
        }
    }
}

/// The name of a process without that of its configuration.
fn own_name(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, own)| own)
}

/// Host and check of `host;service`; `\;` is part of a name.
fn split_leaf(leaf: &str) -> Option<(String, String)> {
    let mut host = String::new();
    let mut chars = leaf.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => host.extend(chars.next()),
            ';' => {
                let check: String = chars.as_str().replace('\\', "");
                let (host, check) = (host.trim().to_owned(), check.trim().to_owned());
                return (!host.is_empty() && !check.is_empty()).then_some((host, check));
            }
            c => host.push(c),
        }
    }
    None
}

/// A rule as written on the right of `=`; names are those of one configuration.
fn parse(rule: &str, stem: &str) -> Result<Rule, String> {
    let rule = rule.trim();
    let (count, rest) = match rule.split_once("of:") {
        Some((count, rest)) if !count.trim().is_empty() => {
            let count: u32 = count
                .trim()
                .parse()
                .map_err(|_| "does not say how many of".to_owned())?;
            (Some(count), rest)
        }
        _ => (None, rule),
    };
    let marks: BTreeSet<char> = unescaped(rest).filter(|c| "&|+%!^".contains(*c)).collect();
    if marks.contains(&'!') || marks.contains(&'^') {
        return Err("says `not` or `either`, which is no need of anything".to_owned());
    }
    let all: Vec<char> = marks.iter().copied().collect();
    let mark = match (count, &all[..]) {
        (Some(_), []) => '+',
        (None, []) => '&',
        (_, [one]) => *one,
        _ => return Err("mixes several signs without saying which comes first".to_owned()),
    };
    if (mark == '+') != count.is_some() && !(count.is_none() && marks.is_empty()) {
        return Err("uses `+` and `of:` not together".to_owned());
    }
    let of: Vec<String> = split(rest, mark)
        .into_iter()
        .map(|name| named(&name, stem))
        .collect();
    if of.iter().any(String::is_empty) || of.is_empty() {
        return Err("has a blank in the place of a name".to_owned());
    }
    let need = match mark {
        '|' => Need::AtLeast(1),
        '%' => Need::AtLeast(0),
        '+' => {
            let distinct = of.iter().collect::<BTreeSet<_>>().len();
            match count {
                Some(n) if n >= 1 && (n as usize) <= distinct => Need::AtLeast(n),
                _ => return Err("asks for more than there are, or for none".to_owned()),
            }
        }
        _ => Need::All,
    };
    let mut seen = BTreeSet::new();
    let of = of
        .into_iter()
        .filter(|name| seen.insert(name.clone()))
        .collect();
    Ok(Rule { need, of })
}

/// Characters that no backslash takes away.
fn unescaped(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut escaped = false;
    text.chars().filter(move |c| {
        let kept = !escaped && *c != '\\';
        escaped = !escaped && *c == '\\';
        kept
    })
}

fn split(text: &str, mark: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == mark && !escaped {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
        escaped = !escaped && c == '\\';
    }
    parts
        .into_iter()
        .map(|part| part.trim().to_owned())
        .collect()
}

/// A name with its configuration: `@other:node` is of another one; a leaf has none.
fn named(name: &str, stem: &str) -> String {
    if let Some(other) = name.strip_prefix('@') {
        return other.to_owned();
    }
    if name.is_empty() || unescaped(name).any(|c| c == ';') {
        return name.to_owned();
    }
    format!("{stem}:{name}")
}
