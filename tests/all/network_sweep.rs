//! Sweeps over networks in which load moves a lot: what the faster sweep leaves out makes no
//! difference, neither to statuses nor to the least headroom.

use crate::estates::{Builder, Dice, networked, scenario};
use brownout::analysis::{NoWatch, Study};
use brownout::model::{Flow, Link, Need, NodeId, Role, Scenario, Split, System};

struct Mesh {
    dice: Dice,
    builder: Builder,
    routers: Vec<u32>,
    links: Vec<u32>,
}

impl Mesh {
    /// A ring with chords, some in parallel; few different metrics, so that many paths tie.
    fn new(seed: u64) -> Self {
        let mut mesh = Self {
            dice: Dice(seed),
            builder: Builder::default(),
            routers: Vec::new(),
            links: Vec::new(),
        };
        let nodes = 5 + mesh.dice.below(6);
        for i in 0..nodes {
            let tight = mesh.dice.chance(0.2).then_some(60.0);
            let router = mesh.builder.component(&format!("r{i}"), tight);
            let end_only = mesh.dice.chance(0.12).then_some(false);
            mesh.builder.draft.nodes[router as usize].node.transit = end_only;
            mesh.routers.push(router);
        }
        for i in 0..nodes {
            mesh.link(i, (i + 1) % nodes);
        }
        for _ in 0..2 + mesh.dice.below(nodes) {
            let a = mesh.dice.below(nodes);
            let b = (a + 1 + mesh.dice.below(nodes - 1)) % nodes;
            mesh.link(a, b);
        }
        mesh
    }

    fn link(&mut self, a: usize, b: usize) {
        let metric = *self.dice.pick(&[1.0, 1.0, 1.0, 2.0, 0.5]);
        let metric_back = if self.dice.chance(0.8) { metric } else { 3.0 };
        let capacity = *self.dice.pick(&[
            None,
            Some(20.0),
            Some(25.0),
            Some(33.0),
            Some(50.0),
            Some(8.0),
        ]);
        let capacity_back = match self.dice.below(6) {
            0 => Some(10.0),
            1 => Some(40.0),
            _ => None,
        };
        let role = Role::Link(Link {
            a: NodeId(self.routers[a]),
            b: NodeId(self.routers[b]),
            metric,
            metric_back,
            capacity_back,
        });
        let id = format!("l{:02}", self.links.len());
        let link = self.builder.node(&id, role, capacity);
        self.links.push(link);
    }

    fn flow(&mut self, number: usize) -> u32 {
        let from = self.dice.below(self.routers.len());
        let to = (from + 1 + self.dice.below(self.routers.len() - 1)) % self.routers.len();
        let role = Role::Flow(Flow {
            from: NodeId(self.routers[from]),
            to: NodeId(self.routers[to]),
        });
        self.builder.node(&format!("f{number:02}"), role, None)
    }

    /// Services over flows of their own, shared ones, and groups of flows.
    fn build(mut self) -> System {
        let flows: Vec<u32> = (0..8 + self.dice.below(12)).map(|i| self.flow(i)).collect();
        for i in 0..flows.len() {
            let demand = *self.dice.pick(&[0.0, 1.0, 2.0, 3.0, 5.0, 0.3]);
            let s = self.builder.service(&format!("s{i:02}"), demand);
            let other = *self.dice.pick(&flows);
            let split = *self.dice.pick(&[Split::Standby, Split::Share, Split::Copy]);
            match self.dice.below(6) {
                0 if other != flows[i] => {
                    let pair = [flows[i], other];
                    self.builder.needs(s, Need::AtLeast(1), split, &pair);
                }
                1 => self.builder.all(s, other),
                _ => self.builder.all(s, flows[i]),
            }
            if self.dice.chance(0.1) {
                let link = *self.dice.pick(&self.links);
                self.builder.all(s, link);
            }
        }
        if self.dice.chance(0.5) {
            let conduit = self.builder.component("conduit", None);
            for _ in 0..2 {
                let link = *self.dice.pick(&self.links);
                self.builder.within(link, conduit);
            }
        }
        if self.dice.chance(0.15) {
            // Load goes on from a link to what it needs.
            let card = self.builder.component("card", Some(30.0));
            let link = *self.dice.pick(&self.links);
            self.builder.all(link, card);
        }
        self.ask_links();
        self.builder.build()
    }

    /// Services that lean on a link itself once something else is lost, some of them without load.
    fn ask_links(&mut self) {
        for i in 0..2 {
            if !self.dice.chance(0.3) {
                continue;
            }
            let link = *self.dice.pick(&self.links);
            let before = self.builder.component(&format!("before-{i}"), None);
            let service = self.builder.service(&format!("asks-{i}"), 5.0);
            let load = *self.dice.pick(&[0.0, 1.0]);
            let providers = [(before, 1.0, None), (link, load, None)];
            self.builder
                .group(service, Need::AtLeast(1), Split::Standby, &providers);
        }
    }
}

fn asked(system: &System, seed: u64) -> Scenario {
    let mut dice = Dice(seed ^ 0xA5);
    let cases: [&[f64]; 3] = [&[1.0], &[1.0, 1.4], &[0.8, 1.0, 1.5]];
    let mut scenario = scenario(system, 2, dice.pick::<&[f64]>(&cases));
    if dice.chance(0.4) {
        scenario.headroom = Some(*dice.pick(&[0.1, 0.4, 1.0]));
    }
    if dice.chance(0.2) {
        let elements = system.elements();
        scenario.down.push(*dice.pick(&elements));
    }
    let down = &scenario.down;
    scenario.sweep.elements.retain(|e| !down.contains(e));
    scenario
}

#[test]
fn pruned_equals_exhaustive_on_meshes() {
    for seed in 0..150 {
        for system in [Mesh::new(seed).build(), networked(10_000 + seed)] {
            let scenario = asked(&system, seed);
            let study = Study::new(&system, &scenario);
            let all = study.sweep_exhaustively(2, &NoWatch);
            let pruned = study.sweep(2, &NoWatch);
            for (all, pruned) in all.services.iter().zip(&pruned.services) {
                let (service, case) = (system.id(all.service), all.case);
                assert_eq!(all, pruned, "seed {seed}, {service} at {case:?}");
            }
            assert_eq!(all, pruned, "seed {seed}");
        }
    }
}

#[test]
fn pruned_equals_exhaustive_on_meshes_to_order_3() {
    for seed in 1_000..1_030 {
        for system in [Mesh::new(seed).build(), networked(seed)] {
            let mut scenario = asked(&system, seed);
            let mut dice = Dice(seed);
            while scenario.sweep.elements.len() > 14 {
                scenario.sweep.elements.retain(|_| dice.chance(0.8));
            }
            let study = Study::new(&system, &scenario);
            let all = study.sweep_exhaustively(3, &NoWatch);
            assert_eq!(all, study.sweep(3, &NoWatch), "seed {seed}");
        }
    }
}
