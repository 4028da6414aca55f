//! What is written is what is read again: random estates with cycles and blank loads, trips, tiers,
//! shards, constants and placements, as they are and with more members.

use crate::fix::blanked;
use crate::placement::housed;
use crate::random::{Dice, SHAPES, Shape, estate};
use crate::trips::layered;
use brownout::analysis::fix::{Change, FixContext, Member};
use brownout::analysis::plan::applied;
use brownout::input::write::write_inventory;
use brownout::input::{Overrides, load};
use brownout::model::{Draft, Need, Reliability, Scenario, Split, System};
use rayon::prelude::*;

/// The estate that a folder says, made of what a system says.
fn read_again(draft: &Draft) -> System {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("estate");
    write_inventory(&folder, draft, &[]).expect("written");
    let loaded = load(&folder, &Overrides::default());
    let loaded = loaded.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100)));
    loaded.system
}

/// What a system says, without the lines where it stood, the names that groups without one get, and the
/// split that nothing follows.
fn said(system: &System) -> Vec<String> {
    let mut draft = system.draft();
    for d in &mut draft.nodes {
        d.node.line = 0;
        d.node.within = Box::new([]);
        d.within.sort_unstable();
        if d.node.is_component_or_link() {
            d.node.logical = Some(d.node.is_logical());
        }
    }
    draft.placements.iter_mut().for_each(|p| p.line = 0);
    for r in &mut draft.requirements {
        r.line = 0;
        if r.need == Need::All {
            r.split = Split::Share;
        }
        let given = |g: &str| {
            g.strip_prefix("group-")
                .is_some_and(|n| n.parse::<u32>().is_ok())
        };
        r.group = r.group.take().filter(|g| !given(g));
    }
    let Draft {
        name,
        nodes,
        requirements,
        labels,
        common_cause,
        resources,
        placements,
    } = draft;
    let mut needs: Vec<String> = requirements.iter().map(|r| format!("{r:?}")).collect();
    needs.sort();
    let mut all = vec![format!(
        "{name:?} {labels:?} {common_cause:?} {resources:?}"
    )];
    all.extend(nodes.iter().map(|d| format!("{d:?}")));
    all.extend(needs);
    all.extend(placements.iter().map(|p| format!("{p:?}")));
    // What was silenced is the same as well.
    let loads = system.requirements().iter().flat_map(|r| &*r.providers);
    let mut loads: Vec<String> = loads.map(|p| format!("{p:?}")).collect();
    loads.sort();
    all.extend(loads);
    all
}

/// A random estate with some of everything that a folder can say.
pub fn rich(shape: Shape, seed: u64) -> (System, Scenario) {
    let (system, mut scenario) = estate(shape, seed);
    let mut dice = Dice::new(seed ^ 0x0b1a_4c01);
    let mut system = match dice.below(3) {
        0 => system,
        1 => layered(&system, &scenario, seed),
        _ => housed(&system, &mut scenario, seed),
    };
    let mut draft = system.draft();
    for d in &mut draft.nodes {
        // A folder says of a kind whether it is logical.
        if d.node.logical == Some(true) {
            d.node.kind = "group".into();
        }
        d.node.logical = None;
        if d.node.is_logical() {
            d.node.reliability = None;
        }
        if dice.chance(20) && d.node.can_fail() {
            d.node.reliability = Some(Reliability::Rates {
                mtbf_hours: 26_000.0 / 3.0,
                mttr_hours: 0.1,
            });
        }
    }
    let can_fail = |d: &u32| draft.nodes[*d as usize].node.can_fail();
    let all = 0..u32::try_from(draft.nodes.len()).expect("small");
    let members: Vec<u32> = dice.some(&all.filter(can_fail).collect::<Vec<_>>(), 2);
    draft.common_cause.push(("cc".to_owned(), members, 0.1));
    system = System::new(draft).expect("other kinds only");
    (blanked(&system, seed), scenario)
}

/// Blank loads in cycles, and loads of 1 and of 0 there that were given.
#[derive(Default)]
struct Seen {
    silenced: usize,
    ones: usize,
    zeros: usize,
}

impl Seen {
    fn count(&mut self, system: &System) {
        for r in system.requirements() {
            let inside = |p| system.block(r.consumer) == system.block(p);
            for p in r.providers.iter().filter(|p| inside(p.node)) {
                self.silenced += usize::from(p.is_silenced());
                self.ones += usize::from(p.load_given && p.load == 1.0);
                self.zeros += usize::from(p.load_given && p.load == 0.0);
            }
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut seen = Seen::default();
    for shape in SHAPES {
        let seeds = (0..200u64).into_par_iter();
        let systems = seeds.map(|seed| {
            let (system, _) = rich(shape, seed);
            let again = read_again(&system.draft());
            assert_eq!(said(&system), said(&again), "{shape:?} {seed}");
            system
        });
        let systems: Vec<System> = systems.collect();
        systems.iter().for_each(|system| seen.count(system));
    }
    let Seen {
        silenced,
        ones,
        zeros,
    } = seen;
    assert!(
        silenced > 50 && ones > 20 && zeros > 20,
        "{silenced} {ones} {zeros}"
    );
}

/// New members carry what those carry that they are like, blank loads in cycles included.
#[test]
fn more_members_are_read_again() {
    let mut grown = 0;
    for shape in SHAPES {
        for seed in 0..60 {
            let (system, scenario) = rich(shape, seed);
            let context = FixContext {
                system: &system,
                scenario: &scenario,
                returning: &[],
            };
            let mut dice = Dice::new(seed ^ 0x3e3b);
            let member = Member {
                like: dice.pick(&system.elements()),
                outside: Vec::new(),
                count: 1,
            };
            let Some(altered) = applied(context, &[Change::AddMember(member)]) else {
                continue;
            };
            let mut draft = altered.system.draft();
            for d in draft.nodes.iter_mut().skip(system.nodes().len()) {
                d.node.id = d.node.id.replace('\u{10ffff}', "-new-").into();
                // A name for a pair of shards is a group.
                d.node.logical = None;
            }
            let known = System::new(draft).expect("other ids only");
            assert_eq!(
                said(&known),
                said(&read_again(&known.draft())),
                "{shape:?} {seed}"
            );
            like_others(&known, &altered.like, system.nodes().len());
            grown += 1;
        }
    }
    assert!(grown > 200, "{grown}");
}

/// Each load that a new member passes on is one of those that what it is like passes on.
fn like_others(grown: &System, like: &[brownout::model::NodeId], known: usize) {
    for (at, like) in (known..).zip(like) {
        let new = brownout::model::NodeId(u32::try_from(at).expect("small"));
        if &*grown.node(new).kind == "group" {
            continue;
        }
        let loads = |v| {
            let all = grown.requirements_of(v).iter().flat_map(|r| &*r.providers);
            let mut all: Vec<String> = all
                .map(|p| format!("{} {}", p.load, p.load_given))
                .collect();
            all.sort();
            all.dedup();
            all
        };
        assert_eq!(loads(new), loads(*like), "{}", grown.id(*like));
    }
}
