//! A simulation: how it settles, and what matters most.

use super::chart::{CHOSEN, Chart, Drawing, Topic};
use crate::report::document::Assess;
use crate::report::document::simulate::{Importance, ServiceChance, Simulate};
use crate::report::html::words::probability;
use crate::report::number::{percent, quantity};
use crate::report::plot::{self, Bar, BarFigure};

/// Events that are drawn per service.
const EVENTS: usize = 12;

/// Services at the case that counts, likeliest to be harmed first.
fn at_peak<'a>(result: &'a Assess, simulate: &'a Simulate) -> Vec<&'a ServiceChance> {
    let case = result.base.get(result.peak()).map(|b| b.load_case.as_str());
    let all = simulate
        .services
        .iter()
        .filter(|s| Some(s.load_case.as_str()) == case);
    let mut all: Vec<&ServiceChance> = all.collect();
    let harm = |s: &ServiceChance| s.probability.degraded_or_down.estimate;
    all.sort_by(|a, b| harm(b).total_cmp(&harm(a)).then(a.id.cmp(&b.id)));
    all
}

/// How the probability of harm settled as trials came in.
pub(super) fn convergence(result: &Assess) -> Vec<Chart> {
    let Some(simulate) = &result.simulate else {
        return Vec::new();
    };
    let all = at_peak(result, simulate).into_iter();
    let drawn = all.filter(|s| s.convergence.len() > 1).take(CHOSEN);
    (1..).zip(drawn).map(|(nth, s)| settling(s, nth)).collect()
}

fn settling(s: &ServiceChance, nth: usize) -> Chart {
    Chart {
        topic: Topic::Convergence,
        file: format!("convergence-{nth}"),
        label: s.id.clone(),
        caption:
            "The estimate as trials came in, and its 95 % interval. It should settle, and the \
                  band should narrow around it."
                .to_owned(),
        drawing: Drawing::Lines(plot::convergence(s)),
    }
}

/// What matters most to each of the services most likely to be harmed.
pub(super) fn importance(result: &Assess) -> Vec<Chart> {
    let Some(simulate) = &result.simulate else {
        return Vec::new();
    };
    let all = at_peak(result, simulate).into_iter();
    let drawn = all.filter(|s| !s.importance.is_empty()).take(CHOSEN);
    (1..).zip(drawn).map(|(nth, s)| mattering(s, nth)).collect()
}

fn mattering(s: &ServiceChance, nth: usize) -> Chart {
    let harm = probability(s.probability.degraded_or_down.estimate);
    Chart {
        topic: Topic::Importance,
        file: format!("importance-{nth}"),
        label: s.id.clone(),
        caption: "Fussell-Vesely importance: the share of the harm that would go away if this never \
                  failed, with its 95 % interval. RAW: by which factor harm is likelier while it is out."
            .to_owned(),
        drawing: Drawing::Bars(BarFigure {
            title: format!("What matters most to {} at {}", s.id, s.load_case),
            scale: format!("share of the probability of harm ({harm}) that hangs on it"),
            mark: None,
            bars: s.importance.iter().take(EVENTS).map(bar).collect(),
        }),
    }
}

fn bar(i: &Importance) -> Bar {
    let share = &i.fussell_vesely;
    let name = match &i.common_cause {
        Some(group) => format!("common cause {group}"),
        None => i.elements.join(" + "),
    };
    let raw = i
        .raw
        .estimate
        .map_or_else(String::new, |r| format!(", RAW {}", quantity(r)));
    Bar {
        name,
        value: share.estimate,
        also: None,
        interval: share.low.zip(share.high),
        text: share.estimate.map_or_else(
            || "not computed".to_owned(),
            |x| format!("{}{raw}", percent(x)),
        ),
    }
}
