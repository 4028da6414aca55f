//! What could not be started from dark: against the definition, on random estates with loops and networks.

use crate::agreement::Judge;
use crate::oracle::Oracle;
use crate::random::{Dice, SHAPES, Shape, describe, estate, failures};
use crate::trips::together;
use brownout::analysis::{ColdLoop, Hold, HoldBy, Study};
use brownout::input::{Overrides, Texts, load_from};
use brownout::model::{
    CaseId, Draft, DraftProvider, DraftRequirement, Need, NodeId, Role, Scenario, Split, System,
};
use rayon::prelude::*;
use std::path::Path;

/// A random estate in which some components, links and networks need each other, if that makes one.
fn looped(shape: Shape, seed: u64) -> Option<(System, Scenario)> {
    let make = if seed % 3 == 2 { together } else { estate };
    let (system, scenario) = make(shape, seed);
    let mut dice = Dice::new(seed ^ 0xDA2C);
    let mut draft = system.draft();
    let elements = system.elements();
    for _ in 0..=dice.below(3) {
        let length = 1 + dice.below(4);
        let round = dice.some(&elements, length);
        for (at, &consumer) in round.iter().enumerate() {
            let next = round[(at + 1) % round.len()];
            let mut providers = vec![next];
            let need = match dice.below(4) {
                0 | 1 => Need::All,
                2 => Need::AtLeast(1),
                _ => Need::AtLeast(2),
            };
            while need != Need::All && providers.len() < 2 + dice.below(2) {
                providers.push(dice.pick(&elements));
                providers.dedup();
            }
            let count = providers.len() as u32;
            draft.requirements.push(requirement(
                consumer,
                &providers,
                match need {
                    Need::AtLeast(k) => Need::AtLeast(k.min(count)),
                    Need::All => Need::All,
                },
            ));
        }
    }
    // A service may need a flow, which needs everything on its way to come up.
    let system = System::new(draft).ok()?;
    Some((system, scenario))
}

fn requirement(consumer: NodeId, providers: &[NodeId], need: Need) -> DraftRequirement {
    DraftRequirement {
        consumer: consumer.0,
        group: None,
        need,
        split: Split::Share,
        providers: providers
            .iter()
            .map(|p| DraftProvider {
                node: p.0,
                load: 0.0,
                load_given: true,
                constant: 0.0,
                weight: Some(1.0),
            })
            .collect(),
        line: 0,
    }
}

/// The estate without some holds: the dependencies removed, or made soft.
fn without(system: &System, holds: &[&Hold], soft: bool) -> System {
    let mut draft = system.draft();
    let mut gone: Vec<usize> = Vec::new();
    for hold in holds {
        let consumer = hold.consumer.0;
        if hold.by == HoldBy::Within {
            let within = &mut draft.nodes[hold.consumer.index()].within;
            within.retain(|d| !hold.providers.contains(&NodeId(*d)));
            continue;
        }
        let at = draft
            .requirements
            .iter()
            .position(|r| r.consumer == consumer);
        let at = at.expect("it has requirements") + hold.number;
        assert_eq!(draft.requirements[at].consumer, consumer);
        match (&hold.by, soft) {
            (HoldBy::Group(..), _) => draft.requirements[at].need = Need::AtLeast(0),
            (_, true) => {
                // One row of several is made soft by standing alone.
                let row = hold.providers.clone();
                let soft = requirement(hold.consumer, &row, Need::AtLeast(0));
                draft.requirements.push(soft);
                take_out(&mut draft, at, hold);
            }
            (_, false) => take_out(&mut draft, at, hold),
        }
        if draft.requirements[at].providers.is_empty() {
            gone.push(at);
        }
    }
    gone.sort_unstable();
    gone.dedup();
    for at in gone.into_iter().rev() {
        draft.requirements.remove(at);
    }
    System::new(draft).expect("an estate with less in it")
}

fn take_out(draft: &mut Draft, at: usize, hold: &Hold) {
    let providers = &mut draft.requirements[at].providers;
    providers.retain(|p| !hold.providers.contains(&NodeId(p.node)));
}

/// What the definition says could not be started in a changed estate.
fn cold(system: &System, scenario: &Scenario, failed: &[NodeId]) -> Vec<NodeId> {
    Oracle::new(system, scenario).cold_start(failed)
}

#[derive(Default)]
struct Seen {
    loops: usize,
    several: usize,
    groups: usize,
    together: usize,
    flows: usize,
    links: usize,
    at_risk: usize,
    tripped: usize,
}

fn agrees(shape: Shape, seed: u64, seen: &mut Seen) -> Result<(), String> {
    let Some((system, scenario)) = looped(shape, seed) else {
        return Ok(());
    };
    let study = Study::new(&system, &scenario);
    let mut dice = Dice::new(!seed);
    let failed = failures(&system, &scenario, &mut dice);
    let case = CaseId(0);
    let fail = |what: &str| {
        Err(format!(
            "{shape:?} seed {seed} {failed:?}: {what}\n{}",
            describe(&system, &scenario)
        ))
    };
    let oracle = Oracle::new(&system, &scenario);
    let found = study.cold_start(&failed, case);
    // What tripped does not work, so it is none of what works and could not be started.
    let tripped: Vec<NodeId> = oracle
        .point(&failed, case)
        .tripped
        .iter()
        .map(|t| t.1)
        .collect();
    let lost: Vec<NodeId> = failed.iter().chain(&tripped).copied().collect();
    let defined = oracle.cold_start(&lost);
    if found.nodes != defined {
        return fail(&format!("{:?}, by definition {defined:?}", found.nodes));
    }
    seen.tripped += usize::from(!tripped.is_empty() && defined != oracle.cold_start(&failed));
    if found.nodes.is_empty() != found.loops.is_empty() {
        return fail("nodes without a loop, or the other way round");
    }
    for node in &found.nodes {
        let role = system.node(*node).role;
        seen.flows += usize::from(matches!(role, Role::Flow(_)));
        seen.links += usize::from(matches!(role, Role::Link(_)));
    }
    seen.loops += found.loops.len();
    seen.several += usize::from(found.loops.len() > 1);
    if let Err(why) = breaks(&system, &scenario, &lost, &found.loops, seen) {
        return fail(&why);
    }
    let dark = Oracle::from_dark(&system, &scenario);
    let judge = Judge {
        system: &system,
        oracle: &dark,
    };
    let (got, want) = (
        study.state_from_dark(&failed, case),
        dark.state(&failed, case),
    );
    seen.at_risk += got
        .services
        .iter()
        .filter(|s| !s.findings.is_empty())
        .count();
    judge.state(&got, &want, &failed).or_else(|e| fail(&e))
}

/// Every way to break a loop starts its members; all loops broken start everything.
fn breaks(
    system: &System,
    scenario: &Scenario,
    failed: &[NodeId],
    loops: &[ColdLoop],
    seen: &mut Seen,
) -> Result<(), String> {
    let mut all: Vec<&Hold> = Vec::new();
    for l in loops {
        if l.way.first() != l.way.last() || l.way.len() < 2 {
            return Err(format!("no way round: {l:?}"));
        }
        if l.breaks.is_empty() && l.together.is_empty() {
            return Err(format!("nothing breaks {l:?}"));
        }
        seen.together += usize::from(l.breaks.is_empty());
        let groups = l
            .breaks
            .iter()
            .filter(|h| matches!(h.by, HoldBy::Group(..)));
        seen.groups += groups.count();
        match l.breaks.first() {
            Some(one) => all.push(one),
            None => all.extend(&l.together),
        }
        // A loop that waits for another does not start by itself.
        let waits = loops
            .iter()
            .any(|other| l.members.iter().all(|m| other.waiting.contains(m)));
        let ways = l.breaks.iter().map(|h| vec![h]);
        let together: Vec<&Hold> = l.together.iter().collect();
        let ways = ways.chain((!together.is_empty()).then_some(together));
        for way in ways.filter(|_| !waits) {
            for soft in [false, true] {
                let still = cold(&without(system, &way, soft), scenario, failed);
                if l.members.iter().any(|m| still.contains(m)) {
                    return Err(format!("{way:?} does not break {l:?}: {still:?}"));
                }
            }
        }
    }
    let still = cold(&without(system, &all, false), scenario, failed);
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!("{all:?} leave {still:?}"))
    }
}

#[test]
fn what_could_not_be_started_is_what_the_definition_says() {
    let mut seen = Seen::default();
    for shape in SHAPES {
        let all: Vec<Result<Seen, String>> = (20_000..20_250u64)
            .into_par_iter()
            .map(|seed| {
                let mut seen = Seen::default();
                agrees(shape, seed, &mut seen).map(|()| seen)
            })
            .collect();
        for one in all {
            let one = one.unwrap_or_else(|difference| panic!("{difference}"));
            seen.loops += one.loops;
            seen.several += one.several;
            seen.groups += one.groups;
            seen.together += one.together;
            seen.flows += one.flows;
            seen.links += one.links;
            seen.at_risk += one.at_risk;
            seen.tripped += one.tripped;
        }
    }
    let Seen {
        loops,
        several,
        groups,
        together,
        flows,
        links,
        at_risk,
        tripped,
    } = seen;
    assert!(
        loops > 300
            && several > 20
            && groups > 20
            && together > 3
            && flows > 20
            && links > 20
            && at_risk > 100
            && tripped > 3,
        "{loops} loops, {several} with others, {groups} groups, {together} together, {flows} flows, \
         {links} links, {at_risk} at risk, {tripped} with another answer for what tripped"
    );
}

/// A small estate, as text.
fn loaded(components: &str, dependencies: &str) -> brownout::input::Loaded {
    placed(components, dependencies, None)
}

/// The same with placements.
fn placed(
    components: &str,
    dependencies: &str,
    placements: Option<&str>,
) -> brownout::input::Loaded {
    let files = [
        ("e/components.csv", components),
        ("e/services.csv", "id,demand\nshop,10\n"),
        ("e/dependencies.csv", dependencies),
    ];
    let files = files.into_iter();
    let files = files.chain(placements.map(|text| ("e/placements.csv", text)));
    let files = Texts(
        files
            .map(|(path, text)| (path.to_owned(), text.into()))
            .collect(),
    );
    load_from(&files, Path::new("e"), &Overrides::default()).expect("sound")
}

#[test]
fn monitoring_that_needs_what_it_monitors_is_a_loop_and_its_breaks_are_named() {
    let loaded = loaded(
        "id,kind\na,server\nb,server\nc,server\nspare,server\n",
        "consumer,provider,group,need\nshop,a,,\na,b,,\nb,a,g,any\nb,c,g,\nc,b,,\n",
    );
    let system = &loaded.system;
    let id = |id: &str| system.find(id).expect("there");
    let found = Study::new(system, &loaded.scenario).cold_start(&[], CaseId(0));
    let [a, b, c, shop] = ["a", "b", "c", "shop"].map(id);
    assert_eq!(found.nodes, [a, b, c, shop]);
    assert_eq!(found.loops.len(), 1);
    let l = &found.loops[0];
    assert_eq!(
        (&l.members[..], &l.waiting[..]),
        (&[a, b, c][..], &[shop][..])
    );
    assert_eq!(l.way, [a, b, a]);
    // b starts once its group is soft; a or c started by itself starts b.
    let broken: Vec<(NodeId, &[NodeId])> = l
        .breaks
        .iter()
        .map(|h| (h.consumer, &h.providers[..]))
        .collect();
    assert_eq!(broken, [(a, &[b][..]), (b, &[a, c][..]), (c, &[b][..])]);
    assert_eq!(l.breaks[1].by, HoldBy::Group(1, Some("g".to_owned())));
    let lines: Vec<Option<u32>> = l.breaks.iter().map(|h| h.line).collect();
    assert_eq!(lines, [Some(3), Some(4), Some(6)]);
}

#[test]
fn an_instance_waits_for_the_host_it_runs_on_unless_another_takes_it() {
    let components =
        "id,kind,capacity\na,app,\nb,app,\nh,hypervisor,100\nh2,hypervisor,100\nv,vm,\n";
    let dependencies = "consumer,provider,load\na,b,0\nb,a,0\nh,a,0\nshop,v,1\n";
    let placements = "instance,hosts,host,amount\nv,h;h2,h2,10\n";
    let loaded = placed(components, dependencies, Some(placements));
    let system = &loaded.system;
    let id = |id: &str| system.find(id).expect("there");
    let [a, b, h, h2, shop, v] = ["a", "b", "h", "h2", "shop", "v"].map(id);
    let study = Study::new(system, &loaded.scenario);
    assert_eq!(study.cold_start(&[], CaseId(0)).nodes, [a, b, h]);
    let moved = study.cold_start(&[h2], CaseId(0));
    assert_eq!(moved.nodes, [a, b, h, shop, v]);
    assert_eq!(moved.loops.len(), 1, "{moved:?}");
    assert_eq!(moved.loops[0].waiting, [h, shop, v]);
}

#[test]
fn what_tripped_is_lost_and_no_cold_start() {
    let loaded = loaded(
        "id,kind,capacity,trips_at\na,app,5,1\nb,app,,\n",
        "consumer,provider,load\na,b,0\nb,a,0\nshop,a,1\n",
    );
    let study = Study::new(&loaded.system, &loaded.scenario);
    assert_eq!(study.cold_start(&[], CaseId(0)).nodes, []);
}

#[test]
fn two_loops_in_one_node_need_two_breaks_together() {
    // a needs b and c, each of which needs a: only the two rows of a, or those of b and c, together.
    let loaded = loaded(
        "id,kind\na,server\nb,server\nc,server\n",
        "consumer,provider\nshop,a\na,b\na,c\nb,a\nc,a\n",
    );
    let found = Study::new(&loaded.system, &loaded.scenario).cold_start(&[], CaseId(0));
    assert_eq!(found.loops.len(), 1);
    let l = &found.loops[0];
    assert!(l.breaks.is_empty());
    assert_eq!(l.together.len(), 2);
}

/// Of forty each of which needs all others, an order must be found in which they start: for each pair one of the two
/// no longer waits for the other.
#[test]
fn many_that_all_need_each_other_are_broken_by_half_of_what_they_need() {
    let n = 40;
    let mut components = "id,kind\n".to_owned();
    let mut dependencies = "consumer,provider\nshop,n0\n".to_owned();
    for i in 0..n {
        components += &format!("n{i},server\n");
        for j in (0..n).filter(|&j| j != i) {
            dependencies += &format!("n{i},n{j}\n");
        }
    }
    let loaded = loaded(&components, &dependencies);
    let found = Study::new(&loaded.system, &loaded.scenario).cold_start(&[], CaseId(0));
    let [l] = &found.loops[..] else {
        panic!("{} loops", found.loops.len());
    };
    assert_eq!((l.members.len(), l.breaks.len(), l.untried), (n, 0, 0));
    let pairs = l.together.iter().map(|h| {
        let (a, b) = (h.consumer, h.providers[0]);
        (a.min(b), a.max(b))
    });
    let pairs: std::collections::BTreeSet<_> = pairs.collect();
    assert_eq!(
        (l.together.len(), pairs.len()),
        (n * (n - 1) / 2, n * (n - 1) / 2)
    );
}

/// In a ring every hold is the last one of its member, and breaks it.
#[test]
fn a_large_ring_is_broken_anywhere() {
    let n = 3_000;
    let mut components = "id,kind\n".to_owned();
    let mut dependencies = "consumer,provider\nshop,n0\n".to_owned();
    for i in 0..n {
        components += &format!("n{i},server\n");
        dependencies += &format!("n{i},n{}\n", (i + 1) % n);
    }
    let loaded = loaded(&components, &dependencies);
    let found = Study::new(&loaded.system, &loaded.scenario).cold_start(&[], CaseId(0));
    let l = &found.loops[0];
    assert_eq!(
        (l.members.len(), l.breaks.len(), l.untried),
        (n, 1_000, n - 1_000)
    );
}

#[test]
fn an_estate_without_loops_starts() {
    let loaded = loaded(
        "id,kind\na,server\nb,server\n",
        "consumer,provider\nshop,a\na,b\n",
    );
    let study = Study::new(&loaded.system, &loaded.scenario);
    assert_eq!(study.cold_start(&[], CaseId(0)).nodes, []);
    assert_eq!(
        study.state_from_dark(&[], CaseId(0)),
        study.state(&[], CaseId(0))
    );
}
