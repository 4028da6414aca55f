//! Which things of several inventories are one. In: inventories and keys. Out: the new id of each thing. Promises: what
//! an importer added to each of them is not one; a host name is one with a longer one only if it has no domain.

use super::part::{DEVICE, Part};
use super::report::JoinReport;
use crate::input::grid::{LINKS, NODE_TABLES};
use crate::input::invented::is_invented;
use crate::input::selector::Nodes;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Kinds of which one inventory may know a thing as one, another as another.
const ALIKE: [&[&str]; 3] = [
    &[
        "server",
        "host",
        "hypervisor",
        "node",
        "vm",
        "instance",
        "computer",
        "virtual-machine",
        DEVICE,
    ],
    &[
        "switch",
        DEVICE,
        "router",
        "firewall",
        "access-switch",
        "core-switch",
        "tor-switch",
    ],
    &["site", "datacenter", "data-center", "location"],
];
/// The key of links: what they join.
const ENDS: &str = "what they join";
/// The last key of names: a host name up to its first point.
const SHORT: &str = "name before its first point";

/// A thing: its inventory, and its place there.
type At = (usize, u32);

/// Finds what is one, and gives everything its id.
pub(super) fn find(parts: &mut [Part], keys: &[String], report: &mut JoinReport) {
    let mut groups = Groups::default();
    for key in keys.iter().map(String::as_str).chain([SHORT]) {
        by_key(parts, key, &mut groups, report);
    }
    by_ends(parts, &mut groups);
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for at in 0..parts.len() {
        rename(parts, at, &groups, &mut taken, report);
    }
    for (key, members) in &groups.joined {
        for &(kept, other) in members {
            let id = |at: At| parts[at.0].view.id(at.1).to_owned();
            let joined = report.joined.entry(key.clone()).or_default();
            joined.insert((id(kept), vec![id(other)]));
        }
    }
}

/// What is one: each thing leads to the first of its group.
#[derive(Default)]
struct Groups {
    first: HashMap<At, At>,
    members: HashMap<At, Vec<At>>,
    joined: BTreeMap<String, Vec<(At, At)>>,
}

impl Groups {
    fn first(&self, at: At) -> At {
        self.first.get(&at).copied().unwrap_or(at)
    }

    /// All of a group, its first among them.
    fn all(&self, first: At) -> Vec<At> {
        let others = self.members.get(&first).cloned().unwrap_or_default();
        [first].into_iter().chain(others).collect()
    }

    /// Makes two groups one, unless both hold something of the same inventory.
    fn join(&mut self, one: At, other: At, key: &str) {
        let (x, y) = (self.first(one), self.first(other));
        let (first, second) = (x.min(y), x.max(y));
        let (xs, ys) = (self.all(first), self.all(second));
        if first == second || xs.iter().any(|x| ys.iter().any(|y| x.0 == y.0)) {
            return;
        }
        for &at in &ys {
            self.first.insert(at, first);
        }
        self.members.remove(&second);
        self.members.entry(first).or_default().extend(ys);
        self.joined
            .entry(key.to_owned())
            .or_default()
            .push((first, second));
    }
}

fn by_key(parts: &[Part], key: &str, groups: &mut Groups, report: &mut JoinReport) {
    // Value → inventory → things that have it.
    let mut found: BTreeMap<String, BTreeMap<usize, Vec<u32>>> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        for at in 0..part.view.count() {
            for value in values(part, at, key) {
                let things = found.entry(value).or_default().entry(number).or_default();
                if !things.contains(&at) {
                    things.push(at);
                }
            }
        }
    }
    for (value, by_part) in found.iter().filter(|(_, by)| by.len() > 1) {
        if let Some((number, _)) = by_part.iter().find(|(_, things)| things.len() > 1) {
            // What a surer key has joined is no question any more.
            let open = by_part
                .iter()
                .flat_map(|(&p, all)| all.iter().map(move |&a| (p, a)));
            if open
                .clone()
                .any(|at| groups.first(at) == at && !groups.members.contains_key(&at))
            {
                let why = format!(
                    "several things of {} have this {key}",
                    parts[*number].source
                );
                report.apart.insert((value.clone(), why));
            }
            continue;
        }
        let things: Vec<At> = by_part.iter().map(|(&p, all)| (p, all[0])).collect();
        if key == SHORT
            && things
                .iter()
                .flat_map(|&at| domains(parts, at, value))
                .collect::<BTreeSet<_>>()
                .len()
                > 1
        {
            let why = "hosts of several domains are called so".to_owned();
            report.apart.insert((value.clone(), why));
            continue;
        }
        for (at, &other) in things.iter().enumerate().skip(1) {
            for &one in &things[..at] {
                if groups.first(one) == groups.first(other) {
                    continue;
                }
                if can_be_one(parts, one, other) {
                    groups.join(one, other, key);
                } else {
                    let kind = |at: At| parts[at.0].view.kind(at.1);
                    let why = format!("{} and {} are no one thing", kind(one), kind(other));
                    report.apart.insert((value.clone(), why));
                }
            }
        }
    }
}

/// Joins links of several inventories between the same two things, in order of their ids: where one knows two of them and
/// another three, there are three. Which is which no inventory says, and cables that are counted twice would be
/// redundancy that is not there.
fn by_ends(parts: &[Part], groups: &mut Groups) {
    let mut found: BTreeMap<[At; 2], Vec<At>> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        let mut links: Vec<u32> = (0..part.view.count())
            .filter(|&at| part.view.place(at).0 == LINKS)
            .collect();
        links.sort_by_key(|&at| part.view.id(at));
        for at in links {
            if let Some(ends) = ends(part, number, at, groups) {
                found.entry(ends).or_default().push((number, at));
            }
        }
    }
    for links in found.values() {
        let mut known: Vec<At> = Vec::new();
        for &link in links {
            let first = groups.first(link);
            let is_free = |at: &&At| {
                let mut of_it = groups.all(**at).into_iter();
                of_it.all(|(part, _)| part != link.0)
            };
            match known.iter().find(is_free).copied() {
                // A surer key has joined it.
                _ if first != link => {
                    if !known.contains(&first) {
                        known.push(first);
                    }
                }
                Some(other) => groups.join(other, link, ENDS),
                None => known.push(link),
            }
        }
    }
}

/// What a link joins, in whatever direction; `None` if that is one thing or nothing is known of it.
fn ends(part: &Part, number: usize, at: u32, groups: &Groups) -> Option<[At; 2]> {
    let (file, row) = part.view.place(at);
    let grid = part.grids.table(file)?;
    let end = |column: &str| {
        let found = part.view.find(grid.named(row, column))?;
        Some(groups.first((number, found)))
    };
    let (a, b) = (end("a")?, end("b")?);
    (a != b).then_some([a.min(b), a.max(b)])
}

/// By what a thing is known under a key.
fn values(part: &Part, at: u32, key: &str) -> Vec<String> {
    let (file, row) = part.view.place(at);
    let cell = |column: &str| {
        let grid = part.grids.table(file);
        grid.map_or("", |g| g.named(row, column))
            .trim()
            .to_lowercase()
    };
    let id = || part.view.id(at).trim().to_lowercase();
    if is_invented(
        &id(),
        part.grids.table(file).map_or("", |g| g.named(row, "name")),
    ) {
        return Vec::new();
    }
    let values = match key {
        "id" => vec![id()],
        "name" => vec![id(), cell("name")],
        SHORT => {
            let is_host =
                ALIKE[0].contains(&part.view.kind(at)) || ALIKE[1].contains(&part.view.kind(at));
            let short = |name: String| {
                let first = name.split('.').next().unwrap_or_default().to_owned();
                // An address is no name.
                first.parse::<u64>().is_err().then_some(first)
            };
            let names = [id(), cell("name")].into_iter().filter(|_| is_host);
            names.filter_map(short).collect()
        }
        column => vec![cell(column)],
    };
    values.into_iter().filter(|v| !v.is_empty()).collect()
}

/// The domains under which a thing has a host name: what stands behind the first point.
fn domains(parts: &[Part], (part, at): At, host: &str) -> Vec<String> {
    let names = values(&parts[part], at, "name").into_iter();
    let of_it = names.filter_map(|name| {
        let (short, domain) = name.split_once('.')?;
        (short == host).then(|| domain.to_owned())
    });
    of_it.collect()
}

/// Whether two rows can speak of one thing: they stand in the same file, and their kinds are alike.
fn can_be_one(parts: &[Part], one: At, other: At) -> bool {
    let file = |at: At| parts[at.0].view.place(at.1).0;
    let kind = |at: At| parts[at.0].view.kind(at.1);
    let alike = || {
        let mut sorts = ALIKE.iter();
        sorts.any(|kinds| kinds.contains(&kind(one)) && kinds.contains(&kind(other)))
    };
    file(one) == file(other) && file(one) < NODE_TABLES && (kind(one) == kind(other) || alike())
}

/// Gives the things of one inventory their ids: that of the first of their group, else their own, else
/// one with the inventory behind it. What is called after another, such as `host/memory`, goes with it.
fn rename(
    parts: &mut [Part],
    number: usize,
    groups: &Groups,
    taken: &mut BTreeSet<String>,
    report: &mut JoinReport,
) {
    let mut renames: BTreeMap<String, String> = BTreeMap::new();
    let part = &parts[number];
    let all = || (0..part.view.count()).map(|at| (number, at));
    for at in all() {
        let first = groups.first(at);
        if first != at {
            let own = part.view.id(at.1);
            let id = parts[first.0].view.id(first.1);
            let id = parts[first.0].renames.get(id).map_or(id, String::as_str);
            renames.insert(own.to_owned(), id.to_owned());
        }
    }
    let mut new = BTreeSet::new();
    for at in all().filter(|&at| groups.first(at) == at) {
        let own = part.view.id(at.1).to_owned();
        let mut id = own.clone();
        if let Some((host, rest)) = own.split_once('/')
            && let Some(host) = renames.get(host)
        {
            id = format!("{host}/{rest}");
        }
        // A child of something joined is one with the child of the same name there.
        let child = id != own && taken.contains(&id);
        if !child && (taken.contains(&id) || new.contains(&id)) {
            let source = &part.source;
            let stem = source
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or(source);
            let mut next = 1;
            let wanted = id.clone();
            id = format!("{wanted}@{stem}");
            while taken.contains(&id) || new.contains(&id) {
                next += 1;
                id = format!("{wanted}@{stem}-{next}");
            }
            report
                .renamed
                .insert((source.clone(), own.clone(), id.clone()));
        }
        new.insert(id.clone());
        if id != own {
            renames.insert(own, id);
        }
    }
    taken.extend(new);
    parts[number].renames = renames;
}
