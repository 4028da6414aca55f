//! Headroom of services, and how busy links are, as bars.

use super::chart::{Chart, Drawing, Topic};
use crate::model::Status;
use crate::report::document::{Assess, LinkUse, ServiceSweep};
use crate::report::number::{growth, percent};
use crate::report::plot::{Bar, BarFigure};

/// Services, and links, that are drawn.
const ROWS: usize = 16;

/// Headroom at the peak: with nothing more failed, and in the contingency that leaves least.
pub(super) fn headroom(result: &Assess) -> Option<Chart> {
    let case = &result.base.get(result.peak())?.load_case;
    let least = |s: &ServiceSweep| {
        let worst = s.least_headroom.as_ref().map(|l| l.headroom);
        [s.base.headroom, worst]
            .into_iter()
            .flatten()
            .reduce(f64::min)
    };
    let at_peak = result
        .sweep
        .services
        .iter()
        .filter(|s| s.load_case == *case);
    let mut limited: Vec<(f64, &ServiceSweep)> =
        at_peak.filter_map(|s| Some((least(s)?, s))).collect();
    limited.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    if limited.is_empty() {
        return None;
    }
    let bar = |(_, s): &(f64, &ServiceSweep)| {
        let base = match (s.base.status, s.base.headroom) {
            (Some(Status::Down), None) => "down".to_owned(),
            (_, headroom) => growth(headroom),
        };
        let worst = s.least_headroom.as_ref().map_or_else(String::new, |l| {
            format!("; {} {}", growth(Some(l.headroom)), if_out(&l.elements))
        });
        Bar {
            name: s.id.clone(),
            value: s.base.headroom,
            also: s.least_headroom.as_ref().map(|l| l.headroom),
            interval: None,
            text: format!("{base}{worst}"),
        }
    };
    Some(Chart {
        topic: Topic::Headroom,
        file: "headroom".to_owned(),
        label: "Headroom".to_owned(),
        caption: format!(
            "By how much all demand can grow before a service is degraded: with nothing more failed, \
             and in the contingency that leaves least while the service still works. Left of the line \
             it is too much already. {}",
            first(limited.len(), "services")
        ),
        drawing: Drawing::Bars(BarFigure {
            title: format!("Headroom at {case}"),
            scale:
                "growth of all demand until the service is degraded; hollow: in the contingency \
                    that leaves least"
                    .to_owned(),
            mark: None,
            bars: limited.iter().take(ROWS).map(bar).collect(),
        }),
    })
}

/// `if a fails`, `if a + b fail`.
fn if_out(elements: &[String]) -> String {
    let fail = if elements.len() == 1 { "fails" } else { "fail" };
    format!("if {} {fail}", elements.join(" + "))
}

fn first(all: usize, what: &str) -> String {
    if all > ROWS {
        format!("The first {ROWS} of {all} {what}.")
    } else {
        String::new()
    }
}

/// The busiest links in their worst contingency, at the peak.
pub(super) fn links(result: &Assess) -> Option<Chart> {
    let case = &result.base.get(result.peak())?.load_case;
    let network = result.sweep.network.as_ref()?;
    let links = &network.cases.iter().find(|c| c.load_case == *case)?.links;
    let worst = |l: &LinkUse| {
        let worst = l.worst.as_ref().and_then(|w| w.utilization);
        [l.utilization, worst]
            .into_iter()
            .flatten()
            .reduce(f64::max)
    };
    let mut busy: Vec<(f64, &LinkUse)> = links
        .iter()
        .filter_map(|l| Some((worst(l)?, l)))
        .filter(|l| l.0 > 0.0)
        .collect();
    busy.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.id.cmp(&b.1.id)));
    if busy.is_empty() {
        return None;
    }
    let bar = |&(most, link): &(f64, &LinkUse)| {
        let base = percent(link.utilization.unwrap_or(0.0));
        let text = match &link.worst {
            Some(w) if w.utilization > link.utilization => {
                format!("{base}, {} {}", percent(most), if_out(&w.elements))
            }
            _ => base,
        };
        Bar {
            name: link.id.clone(),
            value: link.utilization,
            also: Some(most),
            interval: None,
            text,
        }
    };
    Some(Chart {
        topic: Topic::Links,
        file: "links".to_owned(),
        label: "Links".to_owned(),
        caption: format!(
            "Full bars: with nothing more failed. Hollow bars: in the link's worst contingency. Beyond \
             the dashed line the link is full. {}",
            first(busy.len(), "links")
        ),
        drawing: Drawing::Bars(BarFigure {
            title: format!("Busiest links at {case}"),
            scale: "utilization of the busier direction".to_owned(),
            mark: Some((1.0, "full".to_owned())),
            bars: busy.iter().take(ROWS).map(bar).collect(),
        }),
    })
}
