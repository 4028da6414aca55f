//! What is needed → requirements. In: [`Relations`] that were read. Out: hard and soft needs, groups, and the groups of
//! what a thing and those that stand by for it serve; before, what of the lists is needed at all. Promises: whoever sits in
//! something needs it once; a group of one is a need; a group that lacks members is a warning.

use super::map::{Meaning, RelationMap, Side};
use super::records::{Cell, Records};
use super::relate::{Carried, Group, Relations, index};
use crate::input::Diagnostic;
use crate::input::import::{Imported, ids};
use crate::model::{Draft, DraftProvider, DraftRequirement, Need, Split};
use std::collections::{BTreeSet, HashSet};

/// Names in lower case, and keys, of whatever something cannot work without.
pub(super) fn wanted(relations: &[Records], map: Option<&RelationMap>) -> HashSet<String> {
    let mut wanted = HashSet::new();
    let Some(map) = map else { return wanted };
    for record in relations.iter().flat_map(Records::rows) {
        let column = match map.meaning(record.text(&map.kind)).and_then(provider) {
            Some(Side::Parent) => &map.parent,
            Some(Side::Child) => &map.child,
            None => continue,
        };
        let texts = record.cell(column).map(Cell::texts);
        wanted.extend(texts.into_iter().flatten().map(str::to_lowercase));
    }
    wanted
}

/// The end of a relation that the other end cannot work without, if that is so of services.
fn provider(meaning: &Meaning) -> Option<Side> {
    match meaning {
        Meaning::Needs {
            consumer,
            soft: false,
        }
        | Meaning::Group { consumer, .. } => Some(consumer.other()),
        Meaning::Within { inner } => Some(*inner),
        _ => None,
    }
}

impl Relations<'_> {
    /// Finds whose needs are taken over by what stands by. A need of one thing alone becomes a need of it or of
    /// those; a member of a group is replaced by nobody, for the group cannot say whose place another takes.
    pub fn take_over(&mut self, imported: &mut Imported) {
        for &first in self.standby.keys() {
            let id = &self.things.all[first].id;
            let after = self.after(first);
            let of_it = self.hard.iter().filter(|&&(_, p)| p == first);
            let alone: Vec<_> = of_it.filter(|pair| self.is_alone(pair)).collect();
            if alone.is_empty() {
                let why = "nothing needs by itself what it stands by for";
                imported.report.skipped("one that stands by", why, id);
            }
            for &&(consumer, _) in &alone {
                let others = after.iter().copied().filter(|&c| c != consumer);
                let others: Vec<usize> = others.collect();
                if !others.is_empty() {
                    let rule = "a need of a thing or of what stands by for it";
                    imported.report.derived(rule, &self.things.all[consumer].id);
                    self.takes_over.insert((consumer, first), others);
                }
            }
        }
    }

    /// All that stand by for a thing, or for one of these: the nearest first, then in order of id.
    fn after(&self, first: usize) -> Vec<usize> {
        let mut found = vec![first];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            for &standby in self.standby.get(&at).into_iter().flatten() {
                if !found.contains(&standby) {
                    found.push(standby);
                }
            }
            next += 1;
        }
        found.split_off(1)
    }

    /// Whether a hard need is one of dependencies.csv that stands alone: whoever sits in something needs it anyway.
    fn is_alone(&self, pair: &(usize, usize)) -> bool {
        !self.within.contains(pair) && !self.is_grouped(pair)
    }

    fn is_grouped(&self, &(consumer, provider): &(usize, usize)) -> bool {
        let of_consumer = (consumer, String::new())..(consumer + 1, String::new());
        let mut groups = self.groups.range(of_consumer);
        groups.any(|(_, group)| group.providers.contains(&provider))
    }

    /// A provider with what some row says that it carries; few lists say that.
    fn provided(&self, consumer: usize, provider: usize) -> DraftProvider {
        let known = self.carried.get(&(consumer, provider));
        let Carried { load, constant } = known.copied().unwrap_or_default();
        DraftProvider {
            node: index(provider),
            load: load.unwrap_or(0.0),
            load_given: true,
            constant: constant.unwrap_or(0.0),
            weight: None,
        }
    }

    /// Says which groups have fewer members in the lists than they need, for what such a thing does without them is
    /// not known.
    pub fn short_groups(&self, imported: &mut Imported) {
        let has = |group: &Group| u32::try_from(group.providers.len()).unwrap_or(u32::MAX);
        let short = self.groups.iter().filter(|(_, g)| has(g) < g.need);
        let short: Vec<String> = short
            .map(|((consumer, name), group)| {
                let id = &self.things.all[*consumer].id;
                let (need, has) = (group.need, has(group));
                format!("{id} needs {need} of `{name}`, which has {has}")
            })
            .collect();
        if !short.is_empty() {
            let which = ids::some_of(short.iter().map(String::as_str));
            let message = format!("groups lack members that are retired or in no list: {which}");
            let help = "as few as there are count as enough; if it cannot work with them, keep the others in the list and name their rows in `down` of the map";
            imported
                .warnings
                .push(Diagnostic::warning(message).help(help));
        }
    }

    /// Puts all needs into a draft.
    pub fn needs(&self, draft: &mut Draft) {
        let one = |consumer: usize, provider: usize, need| DraftRequirement {
            consumer: index(consumer),
            group: None,
            need,
            split: Split::Share,
            providers: vec![self.provided(consumer, provider)],
            line: 0,
        };
        let mut stated: BTreeSet<(usize, BTreeSet<usize>)> = BTreeSet::new();
        for pair in self.hard.iter().filter(|pair| self.is_alone(pair)) {
            let Some(others) = self.takes_over.get(pair) else {
                draft.requirements.push(one(pair.0, pair.1, Need::All));
                continue;
            };
            let all: Vec<usize> = std::iter::once(pair.1)
                .chain(others.iter().copied())
                .collect();
            // Two that stand by for each other are one pair, even if both are needed.
            if stated.insert((pair.0, all.iter().copied().collect())) {
                draft.requirements.push(self.standing_by(pair.0, &all));
            }
        }
        let soft = self.soft.iter().filter(|p| !self.hard.contains(p));
        for pair in soft.filter(|p| !self.is_grouped(p)) {
            let need = Need::AtLeast(0);
            draft.requirements.push(one(pair.0, pair.1, need));
        }
        for ((consumer, name), group) in &self.groups {
            let providers: Vec<usize> = group.providers.iter().copied().collect();
            if providers.is_empty() {
                continue;
            }
            if let [only] = providers[..] {
                draft.requirements.push(one(*consumer, only, Need::All));
                continue;
            }
            let most = u32::try_from(providers.len()).unwrap_or(u32::MAX);
            draft.requirements.push(DraftRequirement {
                consumer: index(*consumer),
                group: Some(name.as_str().into()),
                need: Need::AtLeast(group.need.clamp(1, most)),
                split: match group.split.as_deref() {
                    Some("standby") => Split::Standby,
                    Some("copy") => Split::Copy,
                    Some("shard") => Split::Shard,
                    _ => Split::Share,
                },
                providers: providers
                    .into_iter()
                    .map(|p| self.provided(*consumer, p))
                    .collect(),
                line: 0,
            });
        }
    }

    /// The first that works of several carries what the first of all would.
    fn standing_by(&self, consumer: usize, all: &[usize]) -> DraftRequirement {
        let first = self.provided(consumer, all[0]);
        let providers = all.iter().map(|&at| DraftProvider {
            node: index(at),
            ..first
        });
        let mut name = format!("{}-standby", self.things.all[all[0]].id);
        while self.groups.contains_key(&(consumer, name.clone())) {
            name.push('-');
        }
        DraftRequirement {
            consumer: index(consumer),
            group: Some(name.into()),
            need: Need::AtLeast(1),
            split: Split::Standby,
            providers: providers.collect(),
            line: 0,
        }
    }
}
