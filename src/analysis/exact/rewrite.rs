//! Formulas rewritten to be smaller and to fall apart.
//!
//! In: a formula and the terms that are asked about. Out: another that says the same of them. An "or"
//! whose only use is in an "or" becomes part of it ("and" likewise); what an "or" or "and" of its own
//! holds together is parted into groups that share nothing, each of which is then a module.

use super::formula::{Formula, Kind, Term};
use super::modules::Modules;
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, HashMap};

/// Rounds of rewriting at most; each makes room for the next.
const ROUNDS: usize = 6;

/// The formula rewritten, with the roots in it.
pub fn simplest(formula: Formula, roots: Vec<Term>) -> (Formula, Vec<Term>) {
    let (mut formula, mut roots) = (formula, roots);
    for _ in 0..ROUNDS {
        let (merged, at) = merge(&formula, &roots);
        let (parted, at) = part(&merged, &at);
        let settled = parted == formula && at == roots;
        (formula, roots) = (parted, at);
        if settled {
            break;
        }
    }
    (formula, roots)
}

/// Whether a gate is an "or" or an "and": how many of how many.
fn is_or(k: u32, of: usize) -> Option<bool> {
    match k {
        1 => Some(true),
        k if k as usize == of => Some(false),
        _ => None,
    }
}

/// The formula made anew from below; `gate` says what becomes of a gate with its old children.
fn remade(
    old: &Formula,
    roots: &[Term],
    mut gate: impl FnMut(&mut Formula, &[Term], Term) -> Term,
) -> (Formula, Vec<Term>) {
    let mut new = Formula::new();
    let is_member = |t: Term| matches!(old.kind(t), Kind::Member(_));
    let mut members = old.below(roots, |_| false);
    members.retain(|&t| is_member(t));
    // What members stand for is made of others before these are known.
    let means = members.iter().map(|&t| old.children(t)[0]);
    let all: Vec<Term> = roots.iter().copied().chain(means).collect();
    let order = old.below(&all, is_member);
    let mut at: Vec<Term> = (0..).take(old.len()).collect();
    for &t in &members {
        at[t as usize] = new.member();
    }
    for &t in &order {
        match old.kind(t) {
            Kind::Constant | Kind::Member(_) => {}
            Kind::Event(e) => at[t as usize] = new.event(*e),
            Kind::AtLeast(..) => at[t as usize] = gate(&mut new, &at, t),
            Kind::NoWay(shape, links) => {
                let links = links.iter().map(|&l| at[l as usize]).collect();
                at[t as usize] = new.no_way(old.shape(*shape).clone(), links);
            }
        }
    }
    for &t in &members {
        new.tell(at[t as usize], at[old.children(t)[0] as usize]);
    }
    let roots = roots.iter().map(|&r| at[r as usize]).collect();
    (new, roots)
}

/// Gates become part of the one gate of the same sort that uses them.
fn merge(old: &Formula, roots: &[Term]) -> (Formula, Vec<Term>) {
    let mut uses = vec![0u32; old.len()];
    for t in old.below(roots, |_| false) {
        for &child in old.children(t) {
            uses[child as usize] += 1;
        }
    }
    for &root in roots {
        uses[root as usize] += 2;
    }
    remade(old, roots, |new, at, t| {
        let Kind::AtLeast(k, children) = old.kind(t) else {
            return at[t as usize];
        };
        let or = is_or(*k, children.len());
        let mut all = Vec::with_capacity(children.len());
        for &child in children {
            let now = at[child as usize];
            match new.kind(now) {
                Kind::AtLeast(k, inner)
                    if uses[child as usize] == 1
                        && or.is_some()
                        && is_or(*k, inner.len()) == or =>
                {
                    all.extend_from_slice(inner);
                }
                _ => all.push(now),
            }
        }
        let k = match or {
            Some(true) => 1,
            Some(false) => all.len(),
            None => *k as usize,
        };
        new.at_least(k, all)
    })
}

/// Parts what gates of their own hold together into groups that share nothing.
fn part(old: &Formula, roots: &[Term]) -> (Formula, Vec<Term>) {
    let modules = Modules::new(old, roots);
    let mut owner = Owner::new(old.len());
    remade(old, roots, |new, at, t| {
        let Kind::AtLeast(k, children) = old.kind(t) else {
            return at[t as usize];
        };
        let now = |c: &Term| at[*c as usize];
        let or = is_or(*k, children.len());
        let (Some(or), true) = (or, children.len() > 2 && modules.is_module(t)) else {
            return new.at_least(*k as usize, children.iter().map(now));
        };
        let groups = owner.groups(old, children);
        let count = |n: usize| if or { 1 } else { n };
        if groups.len() == 1 {
            return new.at_least(count(children.len()), children.iter().map(now));
        }
        let mut parts = Vec::with_capacity(groups.len());
        for group in groups {
            parts.push(new.at_least(count(group.len()), group.iter().map(now)));
        }
        new.at_least(count(parts.len()), parts)
    })
}

/// Which child of the gate at hand met a term first.
struct Owner {
    of: Vec<u32>,
    /// For which gate `of` holds.
    round: Vec<u32>,
    now: u32,
}

impl Owner {
    fn new(terms: usize) -> Self {
        Self {
            of: vec![0; terms],
            round: vec![0; terms],
            now: 0,
        }
    }

    /// Children that share a term below them, directly or by others.
    fn groups(&mut self, formula: &Formula, children: &[Term]) -> Vec<Vec<Term>> {
        self.now += 1;
        let mut sets = UnionFind::<usize>::new(children.len());
        let mut stack = Vec::new();
        for (i, &child) in children.iter().enumerate() {
            stack.push(child);
            while let Some(t) = stack.pop() {
                let at = t as usize;
                if self.round[at] == self.now {
                    sets.union(self.of[at] as usize, i);
                    continue;
                }
                self.round[at] = self.now;
                self.of[at] = u32::try_from(i).unwrap_or(u32::MAX);
                stack.extend_from_slice(formula.children(t));
            }
        }
        // In order of their first child.
        let mut first: HashMap<usize, usize> = HashMap::new();
        let mut groups: BTreeMap<usize, Vec<Term>> = BTreeMap::new();
        for (i, &child) in children.iter().enumerate() {
            let at = *first.entry(sets.find(i)).or_insert(i);
            groups.entry(at).or_default().push(child);
        }
        groups.into_values().collect()
    }
}
