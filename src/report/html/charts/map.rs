//! The map of the estate: in the base state, and in the contingency that harms most services at once.

use super::chart::{Chart, Drawing, Topic};
use crate::report::document::Assess;
use crate::report::document::map::{EstateMap, MapState, Standing};
use crate::report::number::{count, counted};
use crate::report::plot::MapFigure;
use crate::report::sentences::map::name;

/// A figure for each state.
pub(super) fn maps(result: &Assess) -> Vec<Chart> {
    let of = |map: &EstateMap| -> Vec<Chart> {
        map.states
            .iter()
            .map(|state| chart(result, map, state))
            .collect()
    };
    result.map.as_ref().map_or_else(Vec::new, of)
}

fn chart(result: &Assess, map: &EstateMap, state: &MapState) -> Chart {
    let is_base = state.elements.is_empty();
    let at_risk = if is_base {
        "at risk, or its failure alone would harm"
    } else {
        "service at risk"
    };
    let why = if is_base {
        "A component is drawn in the place that it sits within, else on what it runs on; links run between \
         places; services stand above."
    } else {
        "Of the contingencies that leave some service worst off, the one that leaves most services down or \
         degraded. Whose failure would harm further was not looked at here."
    };
    Chart {
        topic: Topic::Map,
        file: if is_base { "map-base" } else { "map-worst" }.to_owned(),
        label: name(state),
        caption: format!("{} {why}", summary(result, map, state)),
        drawing: Drawing::Map(Box::new(MapFigure::new(
            name(state),
            format!(
                "filled, with ✗: failed · ✗ down with it · ▲ overloaded or not served in full · ! {at_risk}"
            ),
            &map.outline,
            state,
        ))),
    }
}

/// How many of what stand how.
fn summary(result: &Assess, map: &EstateMap, state: &MapState) -> String {
    let outline = &map.outline;
    let total = |counts: &mut dyn Iterator<Item = u64>| counts.fold(0, u64::saturating_add);
    let outermost = outline.boxes.iter().filter(|b| b.parent.is_none());
    let links = outline.links.iter().map(|l| l.count);
    let of = total(&mut outermost.map(|b| b.count).chain(links));
    let mut all = Standing::default();
    state
        .boxes
        .iter()
        .chain(&state.links)
        .for_each(|s| all.add(s));
    let mut services = Standing::default();
    state.services.iter().for_each(|s| services.add(s));
    let of_services = total(&mut outline.services.iter().map(|s| s.count));
    let known = result.base.first().map_or(0, |b| b.down.len());
    let known = match (known, state.elements.is_empty()) {
        (0, _) => String::new(),
        (n, _) => format!(" ({} known)", counted(n as u64, "outage")),
    };
    format!(
        "Of {} components and links {}{known}; of {} {}.",
        count(of),
        said(all),
        counted(of_services, "service"),
        said(services),
    )
}

/// How many failed, and so on; those that are none are left out.
fn said(of: Standing) -> String {
    let all = [
        (of.failed, "failed"),
        (of.down, "down"),
        (of.degraded, "degraded"),
        (of.at_risk, "at risk"),
    ];
    let said = all.iter().filter(|(n, _)| *n > 0);
    let said: Vec<String> = said
        .map(|(n, word)| format!("{} {word}", count(*n)))
        .collect();
    if said.is_empty() {
        "all are ok".to_owned()
    } else {
        said.join(", ")
    }
}
