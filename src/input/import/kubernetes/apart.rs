//! Which pods may not run together. In: pods with required anti-affinity and ports of the host. Out: for each pod
//! a word with the kind of domain that it keeps apart by, the nodes that pods which stay bar it from, and what of
//! it no word can say. Promises: a word keeps nobody apart whom Kubernetes lets run together, and a rule that is
//! not kept is told.
//!
//! A pod has one word, and all that share it are kept apart from each other. So a word says the rules of pods of
//! which each may not run with any other of them, and no more.

use super::clashes::{By, Clashes, Rule};
use super::machines::{Machines, ZONE};
use super::objects::{Map, PodSpec, PodTerm, each};
use super::selectors::{is_about, is_told};
use super::workloads::Workloads;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What is told of a pod, and why.
pub(super) type Unsaid = (&'static str, &'static str);

const ANTI_AFFINITY: &str = "required anti-affinity to other pods";
const TO_SEVERAL: Unsaid = (
    ANTI_AFFINITY,
    "one word for each pod cannot say it; it is placed without it",
);
const BY_OTHERS: Unsaid = (
    ANTI_AFFINITY,
    "by something else than the node or the zone; it is placed without it",
);
const WITHOUT_ZONES: Unsaid = (
    ANTI_AFFINITY,
    "by zone, and some nodes do not say theirs; there it is placed without it",
);
const TO_WHAT_STAYS: Unsaid = (
    ANTI_AFFINITY,
    "by zone, to pods of DaemonSets, jobs or the platform; it is placed without it",
);
const IN_NAMESPACES: Unsaid = (
    ANTI_AFFINITY,
    "in namespaces chosen by their labels, which are not read; it is placed without it",
);
const PORT: Unsaid = (
    "a port of the host that several pods want",
    "one word for each pod cannot say it; it is placed without it",
);
const AFFINITY: Unsaid = ("required affinity to other pods", "it is placed without it");

/// A pod: one of a workload, or one that stays on its node.
struct One<'o> {
    space: &'o str,
    labels: &'o Map,
    spec: &'o PodSpec,
    /// The node that it stays on.
    node: Option<&'o str>,
}

/// Who is kept apart from whom.
pub(super) struct Apart<'o> {
    /// The number of each workload's first pod.
    first: Vec<usize>,
    /// By pod.
    words: Vec<Option<usize>>,
    named: Vec<(String, By)>,
    taken: HashSet<String>,
    barred: BTreeMap<usize, BTreeSet<&'o str>>,
    unsaid: BTreeMap<usize, BTreeSet<Unsaid>>,
}

impl<'o> Apart<'o> {
    /// Looks at every pod.
    pub fn find(workloads: &'o Workloads<'o>, machines: &Machines) -> Self {
        let mut first = Vec::new();
        let mut all = Vec::new();
        for kept in &workloads.all {
            first.push(all.len());
            all.extend(kept.replicas.iter().map(|replica| One {
                space: &kept.key.1,
                labels: replica.labels,
                spec: replica.spec,
                node: None,
            }));
        }
        let mut apart = Self {
            first,
            words: vec![None; all.len()],
            named: Vec::new(),
            taken: HashSet::new(),
            barred: BTreeMap::new(),
            unsaid: BTreeMap::new(),
        };
        let of_workloads = all.len();
        all.extend(workloads.beside.iter().filter_map(|(space, pod)| {
            let spec = pod.spec.as_ref()?;
            Some(One {
                space,
                labels: pod.metadata.as_ref().map_or(&None, |m| &m.labels),
                spec,
                node: Some(spec.node_name.as_deref()?),
            })
        }));
        let mut rules = apart.anti_affinity(&all, machines);
        rules.extend(ports(&all));
        for at in 0..of_workloads {
            if required_affinity(all[at].spec) {
                apart.tell(at, AFFINITY);
            }
        }
        if rules.is_empty() {
            return apart;
        }
        let all_zoned = machines.all.iter().all(|m| m.zone.is_some());
        let clashes = Clashes::new(&rules, of_workloads, all_zoned);
        for together in clashes.parts() {
            apart.name(workloads, &clashes, &together);
        }
        apart.bar(&rules, &all);
        for rule in &rules {
            apart.tell_of(rule, all_zoned);
        }
        apart
    }

    /// The word of a pod, and the kind of domain if that is not the node.
    pub fn word(&self, workload: usize, number: usize) -> Option<(&str, Option<&'static str>)> {
        let (word, by) = &self.named[self.words[self.first[workload] + number]?];
        Some((word, (*by == By::Zone).then_some("zone")))
    }

    /// Names of the nodes that pods which stay there bar a pod from.
    pub fn barred(&self, workload: usize, number: usize) -> Option<&BTreeSet<&'o str>> {
        self.barred.get(&(self.first[workload] + number))
    }

    /// What is not kept of what a pod asks for.
    pub fn unsaid(&self, workload: usize, number: usize) -> impl Iterator<Item = Unsaid> {
        let of_it = self.unsaid.get(&(self.first[workload] + number));
        of_it.into_iter().flatten().copied()
    }

    fn tell(&mut self, at: usize, what: Unsaid) {
        // Of pods that stay nothing is placed.
        if at < self.words.len() {
            self.unsaid.entry(at).or_default().insert(what);
        }
    }

    /// Rules of required anti-affinity: who has a term, and whom it is about.
    fn anti_affinity(&mut self, all: &[One<'o>], machines: &Machines) -> Vec<Rule> {
        let mut holders: BTreeMap<String, (&PodTerm, Vec<usize>)> = BTreeMap::new();
        for (at, one) in all.iter().enumerate() {
            for term in anti_terms(one.spec) {
                let own = each(&term.match_label_keys).chain(each(&term.mismatch_label_keys));
                let own: Vec<_> = own
                    .map(|key| super::objects::get(one.labels, key))
                    .collect();
                let key = format!("{} {term:?} {own:?}", one.space);
                let (_, holders) = holders.entry(key).or_insert((term, Vec::new()));
                if holders.last() != Some(&at) {
                    holders.push(at);
                }
            }
        }
        if holders.is_empty() {
            return Vec::new();
        }
        let alike = Alike::of(all);
        let mut rules = Vec::new();
        for (term, holders) in holders.into_values() {
            let by = match term.topology_key.as_deref() {
                Some("kubernetes.io/hostname") => Some(By::Node),
                Some(key) if ZONE.contains(&key) => Some(By::Zone),
                _ => None,
            };
            let by = by.filter(|_| is_told(term));
            let Some(by) = by else {
                let what = if is_told(term) {
                    BY_OTHERS
                } else {
                    IN_NAMESPACES
                };
                holders.iter().for_each(|&at| self.tell(at, what));
                continue;
            };
            if by == By::Zone && machines.all.iter().any(|m| m.zone.is_none()) {
                holders.iter().for_each(|&at| self.tell(at, WITHOUT_ZONES));
                if machines.zones.is_empty() {
                    continue;
                }
            }
            // All that have the term are of one namespace, with the same labels as far as it looks at them.
            let one = &all[holders[0]];
            let about = alike.near(term).filter(|((space, labels), _)| {
                is_about(term, (one.space, one.labels), (space, labels))
            });
            let mut others: Vec<usize> = about.flat_map(|(_, at)| at).copied().collect();
            others.sort_unstable();
            if !others.is_empty() {
                let port = false;
                rules.push(Rule {
                    by,
                    port,
                    holders,
                    others,
                });
            }
        }
        rules
    }

    /// Gives pods that clash, directly or over others, the words that say it.
    fn name(&mut self, workloads: &Workloads, clashes: &Clashes, together: &[usize]) {
        if let Some(by) = clashes.word(together) {
            return self.give(workloads, together, by);
        }
        let workload = |at: &usize| self.first.partition_point(|first| first <= at);
        let own: Vec<Vec<usize>> = together
            .chunk_by(|a, b| workload(a) == workload(b))
            .map(<[usize]>::to_vec)
            .collect();
        for pods in own {
            if let Some(by) = clashes.word(&pods) {
                self.give(workloads, &pods, by);
            }
        }
    }

    fn give(&mut self, workloads: &Workloads, pods: &[usize], by: By) {
        if pods.len() < 2 {
            return;
        }
        let workload = |at: &usize| self.first.partition_point(|first| first <= at) - 1;
        let of: BTreeSet<usize> = pods.iter().map(workload).collect();
        let (kind, space, name) = &workloads.all[workload(&pods[0])].key;
        let mut word = format!("{}/{space}/{name}", kind.to_lowercase());
        if of.len() > 1 {
            word.push_str(&format!(" and {} more", of.len() - 1));
        }
        if self.taken.contains(&word) {
            let mut numbered = (2..).map(|n| format!("{word} ({n})"));
            word = numbered
                .find(|word| !self.taken.contains(word))
                .unwrap_or(word);
        }
        self.taken.insert(word.clone());
        for &at in pods {
            self.words[at] = Some(self.named.len());
        }
        self.named.push((word, by));
    }

    /// Notes the nodes on which a pod stays that may not run with another.
    fn bar(&mut self, rules: &[Rule], all: &[One<'o>]) {
        let of_workloads = self.words.len();
        let stays = |at: &&usize| **at >= of_workloads;
        for rule in rules {
            for (some, other) in [(&rule.holders, &rule.others), (&rule.others, &rule.holders)] {
                let nodes: BTreeSet<&'o str> = some
                    .iter()
                    .filter(stays)
                    .filter_map(|&at| all[at].node)
                    .collect();
                if nodes.is_empty() {
                    continue;
                }
                for &at in other.iter().filter(|at| !stays(at)) {
                    match rule.by {
                        By::Node => self.barred.entry(at).or_default().extend(&nodes),
                        By::Zone => self.tell(at, TO_WHAT_STAYS),
                    }
                }
            }
        }
    }

    /// Tells of what a rule says and words do not.
    fn tell_of(&mut self, rule: &Rule, all_zoned: bool) {
        let of_workloads = self.words.len();
        let word = |at: usize| {
            let word = self.words[at]?;
            let enough = match (rule.by, self.named[word].1) {
                (By::Node, By::Zone) => all_zoned,
                (by, said) => by == said,
            };
            enough.then_some(word)
        };
        let mut by_word: BTreeMap<Option<usize>, usize> = BTreeMap::new();
        let others = rule.others.iter().filter(|&&at| at < of_workloads);
        for &at in others.clone() {
            *by_word.entry(word(at)).or_default() += 1;
        }
        let count: usize = by_word.values().sum();
        let is_lost = |at: usize| {
            let own = word(at);
            let said = own.map_or(0, |own| by_word.get(&Some(own)).copied().unwrap_or(0));
            let itself = usize::from(own.is_none() && rule.others.binary_search(&at).is_ok());
            said + itself < count
        };
        let holders = rule.holders.iter().filter(|&&at| at < of_workloads);
        let lost: Vec<usize> = holders.copied().filter(|&at| is_lost(at)).collect();
        for at in lost {
            self.tell(at, if rule.port { PORT } else { TO_SEVERAL });
        }
    }
}

/// Pods of one namespace with the same labels.
type Group<'a> = ((&'a str, &'a Map), Vec<usize>);

/// Pods by their labels.
struct Alike<'a> {
    groups: Vec<Group<'a>>,
    /// Groups that have a label with a value.
    by_label: HashMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> Alike<'a> {
    fn of(all: &[One<'a>]) -> Self {
        let mut alike: BTreeMap<(&str, &Map), Vec<usize>> = BTreeMap::new();
        for (at, one) in all.iter().enumerate() {
            alike.entry((one.space, one.labels)).or_default().push(at);
        }
        let groups: Vec<Group> = alike.into_iter().collect();
        let mut by_label: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (number, ((_, labels), _)) in groups.iter().enumerate() {
            for (key, value) in labels.iter().flatten() {
                by_label.entry((key, &value.0)).or_default().push(number);
            }
        }
        Self { groups, by_label }
    }

    /// The groups that a term may be about: those with the label that the fewest have, if it wants one.
    fn near<'t>(&'t self, term: &'t PodTerm) -> impl Iterator<Item = &'t Group<'a>> {
        let wanted = term.label_selector.as_ref();
        let wanted = wanted
            .and_then(|s| s.match_labels.as_ref())
            .into_iter()
            .flatten();
        let with = wanted.map(|(key, value)| {
            let found = self.by_label.get(&(&**key, &*value.0));
            found.map_or(&[][..], Vec::as_slice)
        });
        let fewest = with.min_by_key(|groups| groups.len());
        let all = fewest.is_none().then_some(&self.groups);
        let some = fewest.unwrap_or_default().iter();
        some.map(|&number| &self.groups[number])
            .chain(all.into_iter().flatten())
    }
}

fn anti_terms(spec: &PodSpec) -> impl Iterator<Item = &PodTerm> {
    let affinity = spec.affinity.as_ref();
    let anti = affinity.and_then(|a| a.pod_anti_affinity.as_ref());
    let terms = anti.map(|a| each(&a.required_during_scheduling_ignored_during_execution));
    terms.into_iter().flatten()
}

fn required_affinity(spec: &PodSpec) -> bool {
    let affinity = spec.affinity.as_ref();
    let near = affinity.and_then(|a| a.pod_affinity.as_ref());
    near.is_some_and(|a| {
        each(&a.required_during_scheduling_ignored_during_execution)
            .next()
            .is_some()
    })
}

/// Pods by an address that they listen on.
type ByAddress<'o> = BTreeMap<&'o str, Vec<usize>>;

/// Pods that want one port of the host: port, protocol and address are the same, or one takes every address.
fn ports(all: &[One]) -> Vec<Rule> {
    let mut wanted: BTreeMap<(&str, &str), ByAddress> = BTreeMap::new();
    for (at, one) in all.iter().enumerate() {
        for (port, protocol, address) in host_ports(one.spec) {
            let by_address = wanted.entry((port, protocol)).or_default();
            by_address.entry(address).or_default().push(at);
        }
    }
    let mut rules = Vec::new();
    for by_address in wanted.into_values() {
        let mut any: Vec<usize> = by_address.values().flatten().copied().collect();
        any.sort_unstable();
        any.dedup();
        for (address, holders) in by_address {
            let others = if address.is_empty() {
                any.clone()
            } else {
                holders.clone()
            };
            if others.len() > 1 {
                rules.push(Rule {
                    by: By::Node,
                    port: true,
                    holders,
                    others,
                });
            }
        }
    }
    rules
}

/// Ports of the host that a pod listens on: port, protocol, address; a blank address is every one.
fn host_ports(spec: &PodSpec) -> BTreeSet<(&str, &str, &str)> {
    let stay = |c: &&super::objects::Container| c.restart_policy.as_deref() == Some("Always");
    let containers = each(&spec.containers).chain(each(&spec.init_containers).filter(stay));
    let on_host = spec.host_network == Some(true);
    let ports = containers.flat_map(|c| each(&c.ports)).filter_map(|port| {
        let stated = port.host_port.as_ref().map(|p| p.0.as_str());
        let stated = stated.filter(|p| !matches!(*p, "" | "0"));
        let same = port.container_port.as_ref().filter(|_| on_host);
        let number = stated.or(same.map(|p| p.0.as_str()))?;
        let address = port.host_ip.as_deref().filter(|a| *a != "0.0.0.0");
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        Some((number, protocol, address.unwrap_or_default()))
    });
    ports.collect()
}
