//! Relations between things → needs, domains and links. In: things and rows of parent, type, child. Out: a
//! draft. Promises: what is stated twice is there once; an end that leads to several things is the one of
//! the kind that this end usually has, else it is left out, and both are shown.

use super::map::{Meaning, RelationMap, Side};
use super::records::{Cell, Record, Records};
use super::remarks;
use super::thing::{SERVICE, Thing};
use super::things::{Found, Things, serves};
use crate::input::import::{Imported, ids};
use crate::input::number::{self, Range};
use crate::input::write::is_free_column;
use crate::input::{Diagnostic, Faults};
use crate::model::{Draft, DraftNode, Labels, Link, Node, NodeId, Reliability, Role, Service};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A group of providers: how many are needed, how load splits, who they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub need: u32,
    pub split: Option<String>,
    pub providers: BTreeSet<usize>,
}

/// What relations make of things.
pub(super) struct Relations<'t> {
    pub(super) things: &'t Things,
    /// Hard needs, by consumer and provider.
    pub(super) hard: BTreeSet<(usize, usize)>,
    pub(super) soft: BTreeSet<(usize, usize)>,
    pub(super) groups: BTreeMap<(usize, String), Group>,
    /// What relations say that needs carry, by consumer and provider.
    pub(super) carried: BTreeMap<(usize, usize), Carried>,
    /// Who takes over from whom: by the one that is lost first.
    pub(super) standby: BTreeMap<usize, BTreeSet<usize>>,
    /// Who takes over what a consumer needs of a provider, the nearest first.
    pub(super) takes_over: BTreeMap<(usize, usize), Vec<usize>>,
    /// What sits in what.
    pub(super) within: BTreeSet<(usize, usize)>,
    links: BTreeSet<(usize, usize)>,
}

/// Load and constant load of a need, as far as a list says so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    pub load: Option<f64>,
    pub constant: Option<f64>,
}

impl Carried {
    /// What the columns of a row say.
    fn read(record: Record, map: &RelationMap, faults: &mut Faults) -> Self {
        let mut number = |column: &str| {
            let text = record.text(column);
            if column.is_empty() || text.is_empty() {
                return None;
            }
            match number::parse(text, Range::Count) {
                Ok(number) => Some(number),
                Err(wrong) => {
                    let place = record.place();
                    let message =
                        format!("{place}: what a relation carries is no number of 0 or more");
                    faults.push(Diagnostic::error(message).help(wrong.help));
                    None
                }
            }
        };
        Self {
            load: number(&map.load),
            constant: number(&map.constant),
        }
    }

    /// Of two rows about one need the greater number counts, whatever their order.
    fn join(&mut self, other: Self) {
        let most = |x: Option<f64>, y: Option<f64>| match (x, y) {
            (Some(x), Some(y)) => Some(x.max(y)),
            (x, y) => x.or(y),
        };
        self.load = most(self.load, other.load);
        self.constant = most(self.constant, other.constant);
    }
}

/// A relation whose ends may lead to several things.
struct Stated<'r> {
    kind: &'r str,
    carries: Carried,
    meaning: &'r Meaning,
    ends: [Found; 2],
    cells: [&'r Cell; 2],
}

impl<'t> Relations<'t> {
    /// None so far.
    pub fn new(things: &'t Things) -> Self {
        Self {
            things,
            hard: BTreeSet::new(),
            soft: BTreeSet::new(),
            groups: BTreeMap::new(),
            carried: BTreeMap::new(),
            standby: BTreeMap::new(),
            takes_over: BTreeMap::new(),
            within: BTreeSet::new(),
            links: BTreeSet::new(),
        }
    }

    /// Reads every row.
    ///
    /// # Errors
    /// A type of relation that the map does not have, if the map says that this is one.
    pub fn read(
        &mut self,
        lists: &[Records],
        map: &RelationMap,
        imported: &mut Imported,
    ) -> Result<(), Faults> {
        let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
        let mut stated = Vec::new();
        let none = Cell::default();
        let mut faults = Faults::new();
        for record in lists.iter().flat_map(Records::rows) {
            let kind = record.text(&map.kind);
            imported.report.read(&format!("relation {kind}"), "");
            let Some(meaning) = map.meaning(kind) else {
                *unknown.entry(kind).or_default() += 1;
                imported
                    .report
                    .skipped("relation", &format!("the map does not know `{kind}`"), "");
                continue;
            };
            if *meaning == Meaning::Ignore {
                imported.report.skipped(
                    "relation",
                    &format!("`{kind}` says nothing of failures"),
                    "",
                );
                continue;
            }
            let cells = [&map.parent, &map.child].map(|c| record.cell(c).unwrap_or(&none));
            let ends = cells.map(|cell| self.things.find(cell));
            stated.push(Stated {
                kind,
                carries: Carried::read(record, map, &mut faults),
                meaning,
                ends,
                cells,
            });
        }
        faults.or(())?;
        remarks::of_types(&unknown, map.unknown, imported)?;
        let usual = self.usual(&stated);
        let mut unclear: BTreeSet<String> = BTreeSet::new();
        let mut lost: BTreeSet<String> = BTreeSet::new();
        for relation in &stated {
            let ends = [Side::Parent, Side::Child]
                .map(|side| self.end(relation, side, &usual, &mut unclear, imported));
            if let [Some(parent), Some(child)] = ends {
                self.add(relation, parent, child, imported);
            }
            lost.extend(self.lost(relation, ends));
        }
        imported.warnings.extend(remarks::of_lost(&lost));
        if !unclear.is_empty() {
            let which = ids::some_of(unclear.iter().map(String::as_str));
            let message = format!("names that several things have: {which}");
            let help = "export the key of both ends as well (parent.sys_id and child.sys_id), or give the things names of their own";
            imported
                .warnings
                .push(Diagnostic::warning(message).help(help));
        }
        Ok(())
    }

    /// How often each kind stands at each end of each type, where that is clear.
    fn usual<'r>(&self, stated: &[Stated<'r>]) -> HashMap<(&'r str, usize, &'t str), u64> {
        let mut usual = HashMap::new();
        for relation in stated {
            for (side, end) in relation.ends.iter().enumerate() {
                if let Found::One(at) = end {
                    let kind = self.things.all[*at].kind.as_str();
                    *usual.entry((relation.kind, side, kind)).or_default() += 1;
                }
            }
        }
        usual
    }

    /// Whoever lacks in the estate what a relation says that it needs, and what that is. A group needs as many as before
    /// of the members that are left.
    fn lost(&mut self, relation: &Stated<'_>, ends: [Option<usize>; 2]) -> Option<String> {
        let things = self.things;
        let at = |side: Side| ends[side as usize];
        let outer_is_service =
            |inner: Side| at(inner.other()).is_some_and(|at| things.all[at].kind == SERVICE);
        let consumer = match relation.meaning {
            Meaning::Within { inner } if outer_is_service(*inner) => inner.other(),
            Meaning::Within { inner } => *inner,
            Meaning::Needs {
                consumer,
                soft: false,
            }
            | Meaning::Group { consumer, .. } => *consumer,
            _ => return None,
        };
        let provider = consumer.other();
        let name = match relation.cells[provider as usize].text.as_str() {
            "" => "(blank)",
            name => name,
        };
        let (Some(consumer), None) = (at(consumer), at(provider)) else {
            return None;
        };
        if let Meaning::Group { need, group, .. } = relation.meaning {
            let known = self.groups.entry((consumer, group.clone())).or_default();
            known.need = known.need.max(*need);
        }
        Some(format!("{} → {name}", things.all[consumer].id))
    }

    /// The thing at one end, if that is clear.
    fn end(
        &self,
        relation: &Stated<'_>,
        side: Side,
        usual: &HashMap<(&str, usize, &str), u64>,
        unclear: &mut BTreeSet<String>,
        imported: &mut Imported,
    ) -> Option<usize> {
        let side = side as usize;
        let name = relation.cells[side].text.as_str();
        let mut skip = |why: &str, name: &str| imported.report.skipped("relation", why, name);
        match &relation.ends[side] {
            Found::One(at) => Some(*at),
            Found::Unknown if name.is_empty() => {
                skip("an end is blank", "");
                None
            }
            Found::Unknown => {
                skip("an end is in no list", name);
                None
            }
            Found::Skipped(why) => {
                skip(&format!("an end is {why}"), name);
                None
            }
            Found::Several(several) => {
                let kind = |at: &usize| self.things.all[*at].kind.as_str();
                let count = |at: &usize| {
                    usual
                        .get(&(relation.kind, side, kind(at)))
                        .copied()
                        .unwrap_or(0)
                };
                let most = several.iter().map(&count).max().unwrap_or(0);
                let mut best = several.iter().filter(|at| count(at) == most);
                if let (1.., Some(at), None) = (most, best.next(), best.next()) {
                    unclear.insert(format!("{name} (taken as the {})", kind(at)));
                    imported.report.derived(
                        "an end that several things are called, by the kind that is usual there",
                        name,
                    );
                    Some(*at)
                } else {
                    unclear.insert(format!("{name} (left out)"));
                    skip("several things have the name of an end", name);
                    None
                }
            }
        }
    }

    fn add(&mut self, relation: &Stated<'_>, parent: usize, child: usize, imported: &mut Imported) {
        let names = || {
            let name = |at: usize| self.things.all[at].id.as_str();
            format!("{} – {}", name(parent), name(child))
        };
        if parent == child {
            return imported
                .report
                .skipped("relation", "both ends are one thing", &names());
        }
        let of = |side: &Side| match side {
            Side::Parent => (parent, child),
            Side::Child => (child, parent),
        };
        let service = |at: usize| self.things.all[at].kind == SERVICE;
        let names = names();
        if let Meaning::Needs { consumer, .. } | Meaning::Group { consumer, .. } = relation.meaning
        {
            let known = self.carried.entry(of(consumer)).or_default();
            known.join(relation.carries);
        }
        let (new, as_what) = match relation.meaning {
            Meaning::Needs {
                consumer,
                soft: false,
            } => (self.hard.insert(of(consumer)), "a need"),
            Meaning::Needs {
                consumer,
                soft: true,
            } => (self.soft.insert(of(consumer)), "a soft need"),
            Meaning::Group {
                consumer,
                need,
                group,
                split,
            } => {
                let (consumer, provider) = of(consumer);
                let known = self.groups.entry((consumer, group.clone())).or_default();
                known.need = known.need.max(*need);
                known.split = known.split.take().max(split.clone());
                (known.providers.insert(provider), "a member of a group")
            }
            Meaning::Within { inner } => {
                let (inner, outer) = of(inner);
                self.contain(inner, outer)
            }
            Meaning::StandsBy { .. } if service(parent) || service(child) => {
                let why = "a service stands by for nothing, nor does anything for it";
                return imported.report.skipped("relation", why, &names);
            }
            Meaning::StandsBy { standby } => {
                let (standby, first) = of(standby);
                let all = self.standby.entry(first).or_default();
                (all.insert(standby), "one that stands by")
            }
            Meaning::Link if service(parent) || service(child) => {
                let why = "a link ends at a service";
                return imported.report.skipped("relation", why, &names);
            }
            Meaning::Link => {
                let ends = (parent.min(child), parent.max(child));
                (self.links.insert(ends), "a link")
            }
            Meaning::Ignore => return,
        };
        if new {
            imported
                .report
                .mapped(&format!("relation {} → {as_what}", relation.kind), &names);
        } else {
            imported
                .report
                .skipped("relation", "it stands there already", &names);
        }
    }

    /// Puts one thing into another. A service, or an application, contains its parts: it needs them; and it needs what
    /// it sits in. Gives whether that is new, and what it is called.
    pub(super) fn contain(&mut self, inner: usize, outer: usize) -> (bool, &'static str) {
        let service = |at: usize| self.things.all[at].kind == SERVICE;
        match (service(inner), service(outer)) {
            (_, true) => (self.hard.insert((outer, inner)), "a need of a service"),
            (true, false) => (self.hard.insert((inner, outer)), "a need of a service"),
            _ => (self.within.insert((inner, outer)), "a domain"),
        }
    }

    /// Ids of what is out now, and why.
    pub fn down(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let all = self.things.all.iter();
        all.filter(|t| !Node::is_logical_kind(&t.kind))
            .filter_map(|t| Some((t.id.as_str(), t.down.as_deref()?)))
    }

    /// The draft of an inventory: every thing, and what was related.
    pub fn draft(&self) -> Draft {
        let all = &self.things.all;
        let mut draft = Draft::default();
        for (at, thing) in all.iter().enumerate() {
            let within = self.within.range((at, 0)..(at + 1, 0));
            draft.nodes.push(DraftNode {
                node: draft_node(thing),
                within: within.map(|&(_, outer)| index(outer)).collect(),
            });
        }
        let mut taken = ids::Ids::default();
        for thing in all {
            taken.take(&thing.id);
        }
        for &(a, b) in &self.links {
            let id = taken.fresh(format!("{}--{}", all[a].id, all[b].id));
            let link = Link::between(NodeId(index(a)), NodeId(index(b)));
            draft.nodes.push(DraftNode {
                node: Node::new(id, "link", Role::Link(link)),
                within: Vec::new(),
            });
        }
        draft.labels = labels(all, draft.nodes.len());
        self.needs(&mut draft);
        draft
    }
}

pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn draft_node(thing: &Thing) -> Node {
    // Numbers were checked when they were read.
    let number = |column: &str| {
        thing
            .columns
            .get(column)
            .and_then(|t| t.parse::<f64>().ok())
    };
    let is_service = thing.serves();
    // A service does not fail by itself; one that is out is what its consumers lack.
    let kind = match &*thing.kind {
        SERVICE if !is_service => "application",
        kind => kind,
    };
    let tier = thing
        .columns
        .get("tier")
        .or_else(|| thing.labels.get("tier"));
    let role = if is_service {
        Role::Service(Service {
            tier: tier.and_then(|t| tier_of(t)),
            demand: number("demand").unwrap_or(0.0),
            slo: None,
        })
    } else {
        Role::Component
    };
    let rates = (number("mtbf_hours"), number("mttr_hours"));
    let reliability = match (number("unavailability"), rates) {
        (Some(q), _) => Some(Reliability::Unavailability(q)),
        (None, (Some(mtbf_hours), Some(mttr_hours))) => Some(Reliability::Rates {
            mtbf_hours,
            mttr_hours,
        }),
        _ => None,
    };
    let logical = Node::is_logical_kind(&thing.kind);
    Node {
        name: (thing.name != thing.id).then(|| thing.name.as_str().into()),
        unit: thing.columns.get("unit").map(|u| u.as_str().into()),
        capacity: number("capacity").filter(|_| !is_service),
        trips_at: number("trips_at").filter(|_| !is_service),
        serves: thing
            .columns
            .get("serves")
            .and_then(|t| serves(t))
            .filter(|_| !is_service)
            .unwrap_or_default(),
        reliability: reliability.filter(|_| !is_service && !logical),
        ..Node::new(thing.id.as_str(), kind, role)
    }
}

/// `1`, or `1 - most critical`.
fn tier_of(text: &str) -> Option<u32> {
    let digits: String = text
        .trim()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok().filter(|&t| t >= 1)
}

/// Labels; `tier` is a column of services, and of others no label may be called so.
fn labels(all: &[Thing], count: usize) -> Labels {
    let mut columns: BTreeMap<&str, Vec<Option<Box<str>>>> = BTreeMap::new();
    for (at, thing) in all.iter().enumerate() {
        let owner = thing.columns.get("owner").map(|o| ("owner", o));
        let own = thing
            .labels
            .iter()
            .map(|(name, text)| (name.as_str(), text));
        for (name, text) in own.chain(owner) {
            if name == "owner" || is_free_column(name) {
                let values = columns.entry(name).or_insert_with(|| vec![None; count]);
                values[at] = Some(text.as_str().into());
            }
        }
    }
    Labels {
        columns: columns.keys().map(|c| (*c).into()).collect(),
        values: columns.into_values().collect(),
    }
}
