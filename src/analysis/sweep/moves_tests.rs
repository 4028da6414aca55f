//! Pairs of failures that move instances: as by definition, and no rule can be left out.

use super::rules::Rules;
use super::tests::{asked, both, without};
use crate::analysis::estates::{Builder, Dice};
use crate::model::{Apart, DraftPlacement, Need, Resource, Split, System};
use rayon::prelude::*;

/// Racks, hosts in them, machines on these, and sometimes pods on machines; services that need some of
/// them. Room is scarce.
struct Cluster {
    dice: Dice,
    b: Builder,
    racks: Vec<u32>,
    hosts: Vec<u32>,
    /// By what the members of each word are kept apart.
    words: [Option<&'static str>; 3],
    amounts: bool,
}

impl Cluster {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut b = Builder::default();
        let racks = (0..2).map(|i| b.component(&format!("rack-{i}"), None));
        let racks: Vec<u32> = racks.collect();
        for &rack in &racks {
            b.draft.nodes[rack as usize].node.kind = "rack".into();
        }
        let by = [None, Some("rack"), Some("server")];
        let words = std::array::from_fn(|_| *dice.pick(&by));
        let amounts = dice.chance(0.85);
        Self {
            dice,
            b,
            racks,
            hosts: Vec::new(),
            words,
            amounts,
        }
    }

    fn host(&mut self, i: usize) {
        let capacity = *self
            .dice
            .pick(&[Some(100.0), Some(100.0), Some(60.0), Some(130.0)]);
        let host = self.b.component(&format!("host-{i}"), capacity);
        if self.dice.chance(0.6) {
            let rack = *self.dice.pick(&self.racks);
            self.b.within(host, rack);
        }
        if self.dice.chance(0.2) {
            let service = self.b.service(&format!("agent-{i}"), 5.0);
            self.b.all(service, host);
        }
        if !self.amounts && self.dice.chance(0.3) {
            self.b.draft.nodes[host as usize].node.trips_at = Some(1.0);
        }
        self.hosts.push(host);
    }

    /// An instance on some of these hosts.
    fn placed(&mut self, id: &str, on: &[u32]) -> u32 {
        let v = self.b.component(id, Some(50.0));
        let mut hosts: Vec<u32> = on.to_vec();
        while hosts.len() > 2 && self.dice.chance(0.4) {
            hosts.remove(self.dice.below(hosts.len()));
        }
        let word = self.dice.chance(0.4).then(|| self.dice.below(3));
        let apart = word.map(|w| Apart {
            word: format!("word-{w}").into(),
            by: self.words[w].map(Into::into),
        });
        let host = self.dice.chance(0.8).then(|| *self.dice.pick(&hosts));
        let amount = *self.dice.pick(&[10.0, 20.0, 30.0, 30.0, 40.0, 60.0]);
        let amounts = if self.amounts {
            vec![Some(amount)]
        } else {
            Vec::new()
        };
        self.b.draft.placements.push(DraftPlacement {
            instance: v,
            hosts,
            host,
            priority: *self.dice.pick(&[None, Some(1), Some(2)]),
            apart,
            amounts,
            line: 0,
        });
        v
    }

    fn build(mut self) -> System {
        if self.amounts {
            self.b.draft.resources = vec![Resource::Own];
        }
        for i in 0..3 + self.dice.below(4) {
            self.host(i);
        }
        let hosts = self.hosts.clone();
        let machines = 3 + self.dice.below(6);
        let mut all: Vec<u32> = (0..machines)
            .map(|i| self.placed(&format!("vm-{i}"), &hosts))
            .collect();
        if self.dice.chance(0.3) {
            let mut on = all.clone();
            on.truncate(3);
            on.extend(hosts.first().filter(|_| self.dice.chance(0.3)));
            for i in 0..=self.dice.below(4) {
                all.push(self.placed(&format!("zpod-{i}"), &on));
            }
        }
        for i in 0..2 + self.dice.below(3) {
            let demand = *self.dice.pick(&[20.0, 40.0, 60.0, 90.0]);
            let service = self.b.service(&format!("service-{i}"), demand);
            let mut some: Vec<u32> = (0..3).map(|_| *self.dice.pick(&all)).collect();
            some.sort_unstable();
            some.dedup();
            some.truncate(1 + self.dice.below(3));
            let split = *self.dice.pick(&[Split::Share, Split::Standby, Split::Copy]);
            self.b.needs(service, Need::AtLeast(1), split, &some);
        }
        self.b.build()
    }
}

fn cluster(seed: u64) -> System {
    Cluster::new(seed).build()
}

/// Pairs that no rule joins superpose, whatever moves.
#[test]
fn pairs_that_move_instances_are_as_by_definition() {
    let mut stranded = 0;
    for seed in 0..2_000 {
        let system = cluster(seed);
        let scenario = asked(&system, seed);
        let (all, pruned) = both(&system, &scenario, Rules::ALL);
        assert_eq!(all, pruned, "seed {seed}");
        stranded += all.stranded.count.iter().sum::<u64>();
    }
    assert!(stranded > 5_000, "{stranded}");
}

/// Without any one of them some estate gets a wrong answer.
#[test]
fn every_rule_of_placements_is_needed() {
    for (name, rules) in without!(Rules::ALL, chosen usable apart away) {
        let wrong = (0..20_000u64).into_par_iter().find_any(|&seed| {
            let system = cluster(seed);
            let scenario = asked(&system, seed);
            let (all, pruned) = both(&system, &scenario, rules);
            all != pruned
        });
        assert!(
            wrong.is_some(),
            "nothing shows that the rule '{name}' is needed"
        );
    }
}
