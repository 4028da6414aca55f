//! Changes that add nothing keep what an estate is made of: cycles, networks and layout are those of before, so a
//! changed estate is made and compiled without looking for them anew. Held here against doing so.

use super::change::{Change, FixContext, Shrink};
use crate::analysis::estates::{self, Dice};
use crate::compile::{Layout, compile, compile_in};
use crate::model::{DraftPlacement, NodeId, Resource, Role, Serves, System};

/// An estate in which some components run on others, some serve better tiers first, and some draw load whatever the
/// demand.
fn varied(system: &System, dice: &mut Dice) -> System {
    let mut draft = system.draft();
    draft.resources = vec![Resource::Own];
    let elements = system.elements();
    for &instance in &elements {
        if !dice.chance(0.2) {
            continue;
        }
        let hosts: Vec<u32> = (0..2).map(|_| dice.pick(&elements).0).collect();
        let mut tried = draft.clone();
        tried.placements.push(DraftPlacement {
            instance: instance.0,
            host: dice.chance(0.5).then_some(hosts[0]),
            hosts,
            priority: None,
            apart: None,
            amounts: vec![Some(dice.unit())],
            line: 0,
        });
        // Whoever would run on itself, or on a link, does not.
        if System::new(tried.clone()).is_ok() {
            draft = tried;
        }
    }
    for node in &mut draft.nodes {
        if let Role::Service(service) = &mut node.node.role {
            service.tier = Some(*dice.pick(&[1, 2, 3]));
        }
        if dice.chance(0.2) && node.node.is_component_or_link() {
            node.node.serves = Serves::Priority;
        }
    }
    for r in &mut draft.requirements {
        if dice.chance(0.1) {
            r.providers[0].constant = dice.unit();
        }
    }
    System::new(draft).expect("only amounts and orders were changed")
}

fn change(system: &System, dice: &mut Dice) -> Change {
    let elements = system.elements();
    let instances = &system.placements().instances;
    if !instances.is_empty() && dice.chance(0.5) {
        let p = dice.pick(instances);
        if dice.chance(0.5) {
            return Change::Move(p.instance, *dice.pick(&p.hosts));
        }
        return Change::Shrink(Shrink {
            instance: p.instance,
            resource: 0,
            to: p.amount(0) * dice.unit(),
        });
    }
    if dice.chance(0.1) {
        return Change::Restore(*dice.pick(&elements));
    }
    Change::AddCapacity(*dice.pick(&elements), 40.0 * dice.unit())
}

#[test]
fn changes_of_amounts_make_the_estate_that_is_made_anew() {
    let (mut placed, mut looped, mut layered, mut changed) = (0, 0, 0, 0);
    for seed in 0..600 {
        let mut dice = Dice(seed ^ 0x51);
        let system = match seed % 3 {
            0 => estates::random(seed, 6 + dice.below(20), true),
            1 => estates::networked(seed),
            _ => estates::enterprise(seed, 1 + dice.below(4)),
        };
        let system = varied(&system, &mut dice);
        let scenario = estates::scenario(&system, 1, &[1.0]);
        let context = FixContext {
            system: &system,
            scenario: &scenario,
            returning: &[] as &[NodeId],
        };
        let layout = Layout::of(&system);
        let changes: Vec<Change> = (0..=dice.below(4))
            .map(|_| change(&system, &mut dice))
            .collect();
        let Some(altered) = context.alter(&changes) else {
            continue;
        };
        let anew = System::new(altered.system.draft()).expect("it was made before");
        let text = format!("{:?}", altered.system);
        assert_eq!(text, format!("{anew:?}"), "seed {seed}: {changes:?}");
        let compiled = compile(&altered.system);
        let in_layout = compile_in(&altered.system, &layout);
        let same = format!("{compiled:?}") == format!("{in_layout:?}");
        assert!(same, "seed {seed}: {changes:?}");
        placed += usize::from(!system.placements().is_empty());
        looped += usize::from(!compiled.loops.is_empty());
        layered += usize::from(compiled.layers.as_ref().is_some_and(|l| l.tiers > 1));
        changed += usize::from(text != format!("{system:?}"));
    }
    for (what, count) in [
        ("instances", placed),
        ("loops of load", looped),
        ("tiers that come first", layered),
        ("changes", changed),
    ] {
        assert!(count > 30, "{what}: {count}");
    }
}
