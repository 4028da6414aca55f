//! Placements: the golden case, and the engine and the sweep against the definitions, on random estates
//! in which instances run on hosts that may be lost.

use crate::agreement::{first_failure, states_of_agree, sweeps_of_agree};
use crate::oracle::Oracle;
use crate::peers::cluster_of;
use crate::random::{Dice, SHAPES, Shape, estate, failures};
use crate::trips::together;
use brownout::analysis::fix::Change;
use brownout::analysis::montecarlo::{Horizon, Repair, Sequential, Start};
use brownout::analysis::{
    ClusterAfter, ClusterLoss, Moved, NoWatch, Options, StateOutcome, Study, SweepOutcome, assess,
    clusters,
};
use brownout::input::write::write_inventory;
use brownout::input::{Loaded, Overrides, Texts, load_from};
use brownout::model::{
    Apart, CaseId, Draft, DraftNode, DraftPlacement, DraftProvider, DraftRequirement, Need, Node,
    NodeId, Reliability, Resource, Role, Scenario, Split, Status, System,
};
use jiff::civil::Date;
use rayon::prelude::*;
use std::path::Path;

/// An estate of the given tables.
pub fn loaded(files: &[(&str, &str)]) -> Loaded {
    let named = |(name, text): &(&str, &str)| (format!("estate/{name}.csv"), (*text).into());
    let files = Texts(files.iter().map(named).collect());
    load_from(&files, Path::new("estate"), &Overrides::default()).expect("a sound estate")
}

pub fn state(loaded: &Loaded, failed: &[&str]) -> StateOutcome {
    let find = |id: &&str| loaded.system.find(id).expect("is there");
    let failed: Vec<NodeId> = failed.iter().map(find).collect();
    Study::new(&loaded.system, &loaded.scenario).state(&failed, CaseId(0))
}

/// Who moved from where to where, and who is out.
pub fn told(loaded: &Loaded, state: &StateOutcome) -> (Vec<String>, Vec<String>) {
    let id = |v: NodeId| loaded.system.id(v);
    let moved = state.moved.iter().map(|m: &Moved| {
        let from = m.from.map_or("nowhere", id);
        format!("{} {from} {}", id(m.instance), id(m.to))
    });
    let out = state.unplaced.iter().map(|&v| id(v).to_owned());
    (moved.collect(), out.collect())
}

pub const COMPONENTS: &str = "id,kind,capacity\nh1,host,100\nh2,host,100\nh3,host,100\n\
    big,vm,\nm1,vm,\nm2,vm,\nm3,vm,\n";
pub const SERVICES: &str = "id,demand\nerp,10\nmail,10\nweb,10\nwiki,10\n";
pub const DEPENDENCIES: &str = "consumer,provider\nerp,big\nmail,m1\nweb,m2\nwiki,m3\n";
pub const PLACEMENTS: &str = "instance,hosts,host,amount\nbig,kind=host,h1,70\n\
    m3,h1;h2;h3,h1,20\nm1,h1;h2;h3,h2,40\nm2,h1;h2;h3,h3,40\n";

/// The golden case.
pub fn golden() -> Loaded {
    loaded(&[
        ("components", COMPONENTS),
        ("services", SERVICES),
        ("dependencies", DEPENDENCIES),
        ("placements", PLACEMENTS),
    ])
}

#[test]
fn the_largest_machine_fits_on_no_single_host() {
    let estate = golden();
    let none: Vec<String> = Vec::new();
    assert_eq!(
        told(&estate, &state(&estate, &[])),
        (none.clone(), none.clone())
    );
    let lost = state(&estate, &["h1"]);
    assert_eq!(
        told(&estate, &lost),
        (vec!["m3 h1 h2".to_owned()], vec!["big".to_owned()])
    );
    let words = |s: &StateOutcome| {
        s.services
            .iter()
            .map(|s| s.status.word())
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&lost), ["down", "at-risk", "at-risk", "at-risk"]);
    let load = |s: &StateOutcome, id: &str| s.load[estate.system.find(id).expect("there").index()];
    let of = |s: &StateOutcome| ["h1", "h2", "h3"].map(|h| load(s, h).to_string());
    assert_eq!(of(&lost), ["0", "60", "40"]);
    // h1 is the one of least room: of 100 it has 10 left.
    for (lost, goes) in [("h2", "m1 h2 h3"), ("h3", "m2 h3 h2")] {
        let state = state(&estate, &[lost]);
        assert_eq!(told(&estate, &state), (vec![goes.to_owned()], none.clone()));
        assert!(state.services.iter().all(|s| s.delivered >= 1.0), "{lost}");
    }
}

/// A draft in the making.
struct Maker {
    dice: Dice,
    draft: Draft,
}

impl Maker {
    fn component(&mut self, id: String, kind: &str, capacity: Option<f64>) -> u32 {
        let q = self.dice.pick(&[0.0, 0.01, 0.1]);
        self.draft.nodes.push(DraftNode {
            node: Node {
                capacity,
                reliability: (q > 0.0).then_some(Reliability::Unavailability(q)),
                ..Node::new(id, kind, Role::Component)
            },
            within: Vec::new(),
        });
        u32::try_from(self.draft.nodes.len() - 1).expect("small")
    }

    fn need(&mut self, consumer: u32, providers: &[u32], need: Need, load: f64) {
        let number = self.draft.requirements.len();
        self.draft.requirements.push(DraftRequirement {
            consumer,
            group: Some(format!("zz{number}").into()),
            need,
            split: Split::Share,
            providers: providers
                .iter()
                .map(|&node| DraftProvider {
                    node,
                    load,
                    load_given: true,
                    constant: 0.0,
                    weight: None,
                })
                .collect(),
            line: 0,
        });
    }

    fn host(&mut self, number: usize, others: &[u32]) -> u32 {
        let capacity = self.dice.pick(&[
            None,
            Some(100.0),
            Some(100.0),
            Some(60.0),
            Some(128.0),
            Some(0.0),
        ]);
        let kind = self.dice.pick(&["host", "host", "blade"]);
        let host = self.component(format!("zzhost-{number}"), kind, capacity);
        if self.dice.chance(40) && !others.is_empty() {
            let domain = self.dice.pick(others);
            self.draft.nodes[host as usize].within.push(domain);
        }
        if self.dice.chance(30) && !others.is_empty() {
            let count = 1 + self.dice.below(2);
            let providers = self.dice.some(others, count);
            let load = self.dice.pick(&[0.0, 0.5, 1.0]);
            self.need(host, &providers, Need::AtLeast(1), load);
        }
        if self.dice.chance(25) {
            self.draft.nodes[host as usize].node.trips_at = Some(self.dice.pick(&[1.0, 0.8, 1.2]));
        }
        if self.dice.chance(60) {
            let capacity = self.dice.pick(&[None, Some(10.0), Some(16.0), Some(8.0)]);
            let id = format!("zzhost-{number}/memory");
            let memory = self.component(id, "resource", capacity);
            if self.dice.chance(70) {
                self.draft.nodes[memory as usize].within.push(host);
            }
            if self.dice.chance(60) {
                self.draft.nodes[memory as usize].node.logical = Some(false);
            }
        }
        host
    }

    fn instance(&mut self, instance: u32, hosts: &[u32], columns: usize) {
        let count = 1 + self.dice.below(hosts.len());
        let hosts = self.dice.some(hosts, count);
        let amount = |dice: &mut Dice| match dice.below(8) {
            0 => None,
            1 => Some(0.0),
            _ => Some(dice.pick(&[1.0, 2.0, 4.0, 5.0, 20.0, 30.0, 40.0, 40.0, 0.1, 0.3])),
        };
        let amounts = (0..columns).map(|_| amount(&mut self.dice)).collect();
        let word = self.dice.pick(&["", "", "", "a", "b"]);
        let by = self
            .dice
            .pick(&[None, None, Some("host"), Some("rack"), Some("component")]);
        let known = self
            .draft
            .placements
            .iter()
            .filter_map(|p| p.apart.as_ref());
        let known = known
            .filter(|a| &*a.word == word)
            .map(|a| a.by.clone())
            .next();
        let apart = (!word.is_empty()).then(|| Apart {
            word: word.into(),
            by: known.unwrap_or_else(|| by.map(Into::into)),
        });
        let host = self.dice.chance(75).then(|| self.dice.pick(&hosts));
        self.draft.placements.push(DraftPlacement {
            instance,
            hosts,
            host,
            priority: self.dice.pick(&[None, None, Some(1), Some(2)]),
            apart,
            amounts,
            line: 0,
        });
    }
}

/// The same estate with hosts, and instances on them that services need. Ids of others stay what they
/// are, since the new ones come after them.
pub fn housed(system: &System, scenario: &mut Scenario, seed: u64) -> System {
    for attempt in 0u64.. {
        let mut maker = Maker {
            dice: Dice::new(seed ^ 0x9_1a7e ^ (attempt << 32)),
            draft: system.draft(),
        };
        let number = |v: &NodeId| v.0;
        let others: Vec<u32> = system.elements().iter().map(number).collect();
        let columns = 1 + maker.dice.below(2);
        let all = [Resource::Own, Resource::Child("memory".into())];
        let first = maker.dice.below(2);
        maker.draft.resources = (0..columns).map(|r| all[(first + r) % 2].clone()).collect();
        let count = 2 + maker.dice.below(3);
        let hosts: Vec<u32> = (0..count).map(|h| maker.host(h, &others)).collect();
        let mut machines = Vec::new();
        for number in 0..3 + maker.dice.below(4) {
            let vm = maker.component(format!("zzvm-{number}"), "vm", Some(200.0));
            if maker.dice.chance(15) {
                let provider = maker.dice.some(&others, 1);
                maker.need(vm, &provider, Need::AtLeast(1), 1.0);
            }
            maker.instance(vm, &hosts, columns);
            machines.push(vm);
        }
        let mut pods = Vec::new();
        if maker.dice.chance(40) {
            let mut on = maker.dice.some(&machines, 2);
            if maker.dice.chance(40) {
                on.push(hosts[0]);
            }
            for number in 0..=maker.dice.below(3) {
                let pod = maker.component(format!("zzzpod-{number}"), "pod", None);
                maker.instance(pod, &on, columns);
                pods.push(pod);
            }
        }
        if maker.dice.chance(30) {
            let old = maker.dice.pick(&others);
            maker.instance(old, &hosts, columns);
        }
        let instances = [machines, pods].concat();
        for service in system.services() {
            let count = 1 + maker.dice.below(2);
            let some = maker.dice.some(&instances, count);
            maker.need(service.0, &some, Need::AtLeast(1), 1.0);
        }
        if maker.dice.chance(40) {
            let (old, some) = (maker.dice.pick(&others), maker.dice.some(&instances, 1));
            maker.need(old, &some, Need::All, 1.0);
        }
        let mut dice = maker.dice;
        if let Ok(housed) = System::new(maker.draft) {
            ask(&housed, scenario, system.nodes().len(), &mut dice);
            return housed;
        }
    }
    unreachable!("some attempt is sound")
}

/// Asks about the new nodes as well.
fn ask(system: &System, scenario: &mut Scenario, old: usize, dice: &mut Dice) {
    let all = system.elements();
    let new: Vec<NodeId> = all.into_iter().filter(|v| v.index() >= old).collect();
    let hosts: Vec<NodeId> = system.placements().hosts.iter().map(|h| h.node).collect();
    if dice.chance(25) {
        let count = 1 + dice.below(2);
        scenario.down.extend(dice.some(&new, count));
    }
    if dice.chance(30) {
        let host = dice.pick(&hosts);
        scenario.derate.retain(|d| d.0 != host);
        scenario.derate.push((host, dice.pick(&[0.5, 0.8, 1.5])));
        scenario.derate.sort_by_key(|d| d.0);
    }
    let elements = &mut scenario.sweep.elements;
    elements.truncate(4);
    elements.extend(dice.some(&new, 6));
    elements.retain(|e| !scenario.down.contains(e));
    elements.sort_unstable();
    elements.dedup();
    scenario.down.sort_unstable();
    scenario.down.dedup();
    scenario.placement.restart = !dice.chance(12);
}

/// A random estate with hosts.
pub fn placed(shape: Shape, seed: u64) -> (System, Scenario) {
    let (system, mut scenario) = estate(shape, seed);
    (housed(&system, &mut scenario, seed), scenario)
}

/// The same with trips, shards, constants and tiers.
pub fn placed_with_all(shape: Shape, seed: u64) -> (System, Scenario) {
    let (system, mut scenario) = together(shape, seed);
    (housed(&system, &mut scenario, seed), scenario)
}

#[test]
fn every_state_with_placements_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (70_000..70_060u64).into_par_iter();
        first_failure(seeds.map(|seed| states_of_agree(placed(shape, seed), shape, seed, 5)));
    }
}

#[test]
fn every_state_with_placements_and_all_else_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (71_000..71_040u64).into_par_iter();
        let agree = |seed| states_of_agree(placed_with_all(shape, seed), shape, seed, 5);
        first_failure(seeds.map(agree));
    }
}

#[test]
fn every_sweep_with_placements_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (72_000..72_010u64).into_par_iter();
        first_failure(seeds.map(|seed| sweeps_of_agree(placed(shape, seed), shape, seed)));
        let seeds = (73_000..73_008u64).into_par_iter();
        let agree = |seed| sweeps_of_agree(placed_with_all(shape, seed), shape, seed);
        first_failure(seeds.map(agree));
    }
}

/// The estates are only worth comparing on if much moves, and much finds no room.
#[test]
fn random_estates_move_and_lose_instances() {
    let mut seen = [0u32; 4];
    for seed in 70_000..70_100 {
        let (system, scenario) = placed(Shape::TinyDag, seed);
        let oracle = Oracle::new(&system, &scenario);
        let mut dice = Dice::new(!seed);
        for _ in 0..4 {
            let failed = failures(&system, &scenario, &mut dice);
            let state = oracle.state(&failed, CaseId(0));
            let is_pod = |v: &NodeId| system.id(*v).starts_with("zzzpod");
            seen[0] += u32::from(!state.moved.is_empty());
            seen[1] += u32::from(!state.unplaced.is_empty());
            seen[2] += u32::from(state.moved.iter().any(|m| is_pod(&m.instance)));
            seen[3] += u32::from(state.moved.len() > 1 && !state.unplaced.is_empty());
        }
    }
    assert!(seen.iter().all(|&n| n >= 10), "{seen:?}");
}

#[test]
fn what_a_cluster_can_lose_is_tried() {
    let estate = golden();
    let study = Study::new(&estate.system, &estate.scenario);
    let [cluster] = &clusters(&study, 2, &NoWatch)[..] else {
        panic!("one cluster");
    };
    let find = |id: &str| estate.system.find(id).expect("there");
    assert_eq!((cluster.hosts.len(), cluster.instances), (3, 4));
    assert_eq!(cluster.can_lose, Some(0));
    let loss = ClusterLoss {
        hosts: vec![find("h1")],
        unplaced: vec![find("big")],
    };
    assert_eq!(cluster.first_loss, Some(loss));
    let room = |after: &ClusterAfter| {
        let room = &after.resources[0];
        (room.largest.expect("bounded"), room.spare.expect("bounded"))
    };
    let rooms: Vec<(f64, f64)> = cluster.after.iter().map(room).collect();
    // Nothing lost: 10, 60 and 60 are free. One: h2 or h3 leaves 10 and 20. Two, and one host is left:
    // big needs 70 of h1, m3 20; of another 40, and 40 and 20 or 70 may come: most taken 100.
    assert_eq!(&rooms[..2], [(60.0, 130.0), (20.0, 30.0)]);
    let small = cluster_of(4, &[("a", 1, 30.0), ("b", 2, 30.0)]);
    let study = Study::new(&small.system, &small.scenario);
    let found = clusters(&study, 3, &NoWatch);
    assert_eq!(found[0].can_lose, Some(3));
    assert_eq!(room(&found[0].after[3]), (40.0, 40.0));
    assert_eq!(found[0].first_loss, None);
}

/// A scenario over the golden estate.
fn asked(text: &str) -> Loaded {
    let tables = [
        ("components", COMPONENTS),
        ("services", SERVICES),
        ("dependencies", DEPENDENCIES),
        ("placements", PLACEMENTS),
    ];
    let named = |(name, text): (&str, &str)| (format!("estate/{name}.csv"), text.into());
    let mut files: std::collections::BTreeMap<String, _> = tables.map(named).into();
    files.insert(
        "s.toml".to_owned(),
        format!("inventory = 'estate'\n{text}").into(),
    );
    let files = Texts(files.into_iter().collect());
    load_from(&files, Path::new("s.toml"), &Overrides::default()).expect("sound")
}

#[test]
fn a_policy_asks_that_everything_runs() {
    let loaded = asked(
        "[sweep]\norder = 1\nelements = ['kind=host']\n\
         [[policy]]\nname = 'all'\nrestarts = 1\n\
         [[policy]]\nname = 'first'\nrestarts = 1\npriority = 1\n",
    );
    let study = Study::new(&loaded.system, &loaded.scenario);
    let found = assess(&study, &Options::of(&loaded, Date::default()), &NoWatch).expect("sound");
    let find = |id: &str| loaded.system.find(id).expect("there");
    let [all, first] = &found.judgement.policies[..] else {
        panic!("two policies");
    };
    assert_eq!(all.holds, Some(false));
    let [breach] = &all.breaches[..] else {
        panic!("{:?}", all.breaches);
    };
    assert_eq!(breach.elements, [find("h1")]);
    assert_eq!(breach.unplaced, [find("big")]);
    assert_eq!((breach.service, breach.status), (find("erp"), Status::Down));
    // Nothing has a priority, so nothing of priority 1 is out.
    assert_eq!(first.holds, Some(true));
}

/// Whom a breach names needs what runs nowhere, where anybody does: not the first service of all.
#[test]
fn what_runs_nowhere_is_told_of_a_service_that_needs_it() {
    let files = [
        (
            "e/components.csv",
            "id,kind,capacity\nh1,host,100\nh2,host,100\nvm-a,vm,\nvm-b,vm,\nspare,server,\nother,server,\n",
        ),
        ("e/services.csv", "id,demand\naccounts,1\nshop,1\n"),
        (
            "e/dependencies.csv",
            "consumer,provider,group,need\naccounts,other,,\nshop,vm-a,g,any\nshop,spare,g,\n",
        ),
        (
            "e/placements.csv",
            "instance,hosts,host,amount\nvm-a,h1;h2,h1,80\nvm-b,h1;h2,h2,80\n",
        ),
        (
            "s.toml",
            "inventory = 'e'\n[sweep]\norder = 1\nelements = ['h1']\n[[policy]]\nname = 'all'\nrestarts = 1\n",
        ),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.into()));
    let files = Texts(files.into_iter().collect());
    let loaded = load_from(&files, Path::new("s.toml"), &Overrides::default()).expect("sound");
    let study = Study::new(&loaded.system, &loaded.scenario);
    let found = assess(&study, &Options::of(&loaded, Date::default()), &NoWatch).expect("sound");
    let find = |id: &str| loaded.system.find(id).expect("there");
    let [breach] = &found.judgement.policies[0].breaches[..] else {
        panic!("{:?}", found.judgement);
    };
    assert_eq!(breach.unplaced, [find("vm-a")]);
    assert_eq!((breach.service, breach.status), (find("shop"), Status::Ok));
}

#[test]
fn the_first_minutes_stand_beside_what_comes_after() {
    let loaded = asked("[placement]\nboth = true\n[sweep]\nelements = ['kind=host']\n");
    let study = Study::new(&loaded.system, &loaded.scenario);
    let found = assess(&study, &Options::of(&loaded, Date::default()), &NoWatch).expect("sound");
    let first = found.first_minutes.expect("asked for");
    let down = |sweep: &SweepOutcome| -> Vec<u64> {
        sweep.services.iter().map(|s| s.orders[0].down).collect()
    };
    // erp, mail, web, wiki: each is on one host.
    assert_eq!(down(&first.sweep), [1, 1, 1, 1]);
    assert_eq!(down(&found.sweep), [1, 0, 0, 0]);
}

/// m1 runs on h2, which is out from hour 10 to hour 20: it restarts elsewhere, and comes back without a
/// stop. A restart that has begun takes its time wherever it ends.
#[test]
fn a_restart_takes_its_minutes_in_a_history() {
    for (minutes, want) in [(0.0, 0.0), (30.0, 0.5), (90.0, 1.5), (1e6, 90.0)] {
        let loaded = asked(&format!("[placement]\nminutes = {minutes:.1}\n"));
        let find = |id: &str| loaded.system.find(id).expect("there");
        let study = Study::new(&loaded.system, &loaded.scenario);
        let horizon = Horizon {
            trials: 1,
            seed: 1,
            demand: vec![vec![10.0]; 4],
            of_peak: false,
            hours: 100,
            shape: 1.0,
            repair: Repair::Fixed,
            start: Start::Known,
            back_in: Vec::new(),
            planned: vec![(find("h2"), 10.0, 20.0)],
            windows: Vec::new(),
            at_risk: false,
        };
        let sequential = Sequential::new(&study, horizon).expect("a sound horizon");
        let outcome = sequential.run(&NoWatch).expect("sums that can be held");
        let mail = outcome.services.iter().position(|s| s.id == find("mail"));
        let down = outcome.services[mail.expect("there")]
            .hours_down
            .mean
            .estimate;
        assert!((down - want).abs() < 1e-6, "{minutes}: {down}, not {want}");
        let others = outcome.services.iter().filter(|s| s.id != find("mail"));
        assert!(others.map(|s| s.hours_down.mean.estimate).sum::<f64>() < 1e-9);
    }
}

/// One more host of the same sort takes what finds no room: found by trying, and said.
#[test]
fn one_more_host_is_a_fix() {
    let loaded = asked(
        "[sweep]\norder = 1\nelements = ['kind=host']\n\
         [[policy]]\nname = 'erp'\nservices = ['erp']\nsurvives = 1\n",
    );
    let study = Study::new(&loaded.system, &loaded.scenario);
    let found = assess(&study, &Options::of(&loaded, Date::default()), &NoWatch).expect("sound");
    let is_host = |v: NodeId| &*loaded.system.node(v).kind == "host";
    let adds_host = |c: &Change| matches!(c, Change::AddMember(m) if is_host(m.like));
    let fixes = found.fixes.expect("looked for");
    let mut changes = fixes.holds.iter().flat_map(|f| &f.changes);
    assert!(changes.any(adds_host), "no fix adds a host");
}

#[test]
fn what_is_written_is_read_again() {
    for seed in 0..40 {
        let (system, mut scenario) = estate(Shape::Enterprise, seed);
        let system = housed(&system, &mut scenario, seed);
        let mut draft = system.draft();
        // A folder says of a kind whether it is logical.
        draft.nodes.iter_mut().for_each(|d| d.node.logical = None);
        let system = System::new(draft).expect("sound");
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("estate");
        write_inventory(&folder, &system.draft(), &[]).expect("written");
        let again = brownout::input::load(&folder, &Overrides::default()).expect("sound");
        let of = |system: &System| {
            let mut placements = system.placements().clone();
            placements.instances.iter_mut().for_each(|p| p.line = 0);
            placements
        };
        assert_eq!(of(&system), of(&again.system), "{seed}");
    }
}
