//! What is worst for a network, found by asking every link in every contingency and keeping all.

use super::busy::ChangedLinks;
use super::context::LinkContext;
use super::plan::Plan;
use super::worst::WorstForNetwork;
use super::{Crossing, MOST_PAIRS, MOST_WORST, links, units};
use crate::analysis::attribution::Attribution;
use crate::analysis::estates;
use crate::analysis::lanes::CaseLanes;
use crate::analysis::status::further_elements;
use crate::analysis::{NoWatch, Study};
use crate::engine::Scratch;
use crate::model::NodeId;

/// Lanes: as many as there are load cases, and more.
const LANES: usize = 4;

#[test]
fn the_worst_are_those_of_all_contingencies() {
    let (mut found, mut full, mut plain) = (0, 0, 0);
    for seed in 0..150 {
        let system = estates::networked(seed);
        let scenario = estates::scenario(&system, 2, &[1.0, 1.5]);
        let study = Study::new(&system, &scenario);
        let Some(told) = links(&study, 2, &NoWatch) else {
            continue;
        };
        let elements = further_elements(&study, &[]);
        assert!((elements.len() as u64).pow(2) < MOST_PAIRS);
        let lanes = &CaseLanes::all(&scenario)[0];
        let crossing = Crossing::new(study.compiled());
        let (units, unit_of) = units(&study, &crossing);
        let plan = Plan {
            study: &study,
            lanes,
            elements: &elements,
            crossing: &crossing,
            units: &units,
            unit_of: &unit_of,
            pairs: true,
            watch: &NoWatch,
        };
        let base = study.base::<LANES>(&[], &lanes.demand(&scenario));
        let context = LinkContext::new(&plan, &base);
        let mut attribution = Attribution::new(base.system().len());
        let mut changed = ChangedLinks::new(context.links.len());
        let mut scratch = Scratch::new(&base);
        let mut all: Vec<Vec<WorstForNetwork>> = vec![Vec::new(); lanes.asked().len()];
        let firsts = (0..elements.len()).map(|a| vec![elements[a]]);
        let pairs = (0..elements.len())
            .flat_map(|a| (0..a).map(move |b| [a, b]))
            .map(|pair| pair.map(|i| elements[i]).to_vec());
        for failed in firsts.chain(pairs) {
            let mut failed: Vec<NodeId> = failed;
            failed.sort_unstable();
            let start = scratch.mark();
            let mut mark = start;
            for &v in &failed {
                mark = scratch.mark();
                scratch.fail(study.compiled().ix(v));
            }
            let is_plain = !scratch.is_split() && !base.is_split();
            // A pair of which the second changes nothing is told by the first alone.
            let is_idle = scratch.changed_services(mark).is_empty()
                && scratch.load_before(mark).len() == 0
                && is_plain
                && failed.len() > 1;
            if is_idle {
                scratch.undo(start);
                continue;
            }
            if is_plain {
                plain += 1;
                changed.find(&context.position, &scratch);
                for l in 0..all.len() {
                    let asked = context.busiest(&scratch, l);
                    assert_eq!(context.busiest_now(&scratch, &changed, l), asked, "{seed}");
                }
            }
            scratch.each_end(|state, set| {
                context.attribution(state, &mut attribution);
                for l in (0..all.len()).filter(|l| set >> l & 1 == 1) {
                    let lost = context.lost_in(state, &attribution, l);
                    let worst = context.in_lane(state, l, &failed, lost, None);
                    if worst.is_worse_than(&context.state[l]) {
                        all[l].push(worst);
                    }
                }
            });
            scratch.undo(start);
        }
        for (case, mut all) in told.cases.iter().zip(all) {
            all.sort_by(WorstForNetwork::order);
            full += u32::from(all.len() > MOST_WORST);
            all.truncate(MOST_WORST);
            let ids = |worst: &WorstForNetwork| worst.elements.clone();
            let told: Vec<Vec<NodeId>> = case.worst.iter().map(|w| w.elements.clone()).collect();
            let all: Vec<Vec<NodeId>> = all.iter().map(ids).collect();
            assert_eq!(told, all, "seed {seed}");
            found += told.len();
        }
    }
    assert!(
        found > 1_000 && full > 50 && plain > 10_000,
        "{found} {full} {plain}"
    );
}
