//! The result of which a page is made, with ways to find what belongs together.

use super::figure::{Drawn, figure};
use crate::model::Status;
use crate::report::document::load::{OutageTimes, ServiceTimes};
use crate::report::document::simulate::ServiceChance;
use crate::report::document::{Assess, ServiceState, ServiceSweep, State};
use crate::report::html::charts::Topic;
use maud::{Markup, html};
use std::collections::HashMap;

/// A result with ways to find what belongs together.
pub(super) struct Report<'a> {
    pub(super) doc: &'a Assess,
    /// The state that counts for the services.
    pub(super) peak: Option<&'a State>,
    pub(super) drawn: &'a [Drawn],
    /// By service and load case.
    sweeps: HashMap<(&'a str, &'a str), &'a ServiceSweep>,
    chances: HashMap<(&'a str, &'a str), &'a ServiceChance>,
    pub(super) times: HashMap<&'a str, &'a ServiceTimes>,
    /// Position of a service in every state.
    places: HashMap<&'a str, usize>,
    /// By service: the outages that harm it.
    pub(super) outages: HashMap<&'a str, Vec<&'a OutageTimes>>,
}

impl<'a> Report<'a> {
    pub(super) fn new(doc: &'a Assess, drawn: &'a [Drawn]) -> Self {
        let peak = doc.base.get(doc.peak());
        let chances = doc.simulate.iter().flat_map(|s| &s.services);
        let times = doc.timeline.iter().flat_map(|t| &t.services);
        let mut outages: HashMap<&str, Vec<&OutageTimes>> = HashMap::new();
        for outage in doc.timeline.iter().flat_map(|t| &t.outages) {
            for service in &outage.services {
                outages.entry(service).or_default().push(outage);
            }
        }
        let services = peak.iter().flat_map(|p| &p.services).enumerate();
        Self {
            doc,
            peak,
            drawn,
            sweeps: doc
                .sweep
                .services
                .iter()
                .map(|s| ((s.id.as_str(), s.load_case.as_str()), s))
                .collect(),
            chances: chances
                .map(|s| ((s.id.as_str(), s.load_case.as_str()), s))
                .collect(),
            times: times.map(|s| (s.id.as_str(), s)).collect(),
            places: services.map(|(at, s)| (s.id.as_str(), at)).collect(),
            outages,
        }
    }

    /// The place of a service in every state.
    pub(super) fn place(&self, id: &str) -> usize {
        self.places.get(id).copied().unwrap_or(usize::MAX)
    }

    /// A service at a load case.
    pub(super) fn at<'s>(&self, state: &'s State, id: &str) -> Option<&'s ServiceState> {
        let place = self.place(id);
        let there = state.services.get(place).filter(|s| s.id == id);
        there.or_else(|| state.services.iter().find(|s| s.id == id))
    }

    /// The sweep of a service at the case that counts.
    pub(super) fn sweep(&self, id: &str) -> Option<&'a ServiceSweep> {
        self.sweeps
            .get(&(id, self.peak?.load_case.as_str()))
            .copied()
    }

    /// The chances of a service at the case that counts.
    pub(super) fn chance(&self, id: &str) -> Option<&'a ServiceChance> {
        self.chances
            .get(&(id, self.peak?.load_case.as_str()))
            .copied()
    }

    /// Every service at the case that counts, most urgent over all cases first.
    pub(super) fn urgent(&self) -> Vec<&'a ServiceState> {
        let Some(peak) = self.peak else {
            return Vec::new();
        };
        let worst = |at: usize, id: &str| {
            let all = self
                .doc
                .base
                .iter()
                .filter_map(|b| b.services.get(at).filter(|s| s.id == id));
            all.map(|s| s.status).max().unwrap_or(Status::Ok)
        };
        let mut all: Vec<(Status, &ServiceState)> = peak
            .services
            .iter()
            .enumerate()
            .map(|(at, s)| (worst(at, &s.id), s))
            .collect();
        all.sort_by(|(a, x), (b, y)| {
            let key = |s: &ServiceState| s.tier.unwrap_or(u32::MAX);
            y.status
                .cmp(&x.status)
                .then(b.cmp(a))
                .then(key(x).cmp(&key(y)))
                .then(x.id.cmp(&y.id))
        });
        all.into_iter().map(|(_, s)| s).collect()
    }

    /// The figures of a topic; several can be chosen from.
    pub(super) fn figures(&self, topic: Topic, choose: &'static str) -> Markup {
        let all: Vec<&Drawn> = self
            .drawn
            .iter()
            .filter(|d| d.chart.topic == topic)
            .collect();
        html! {
            @if !all.is_empty() {
                div.choice.many[all.len() > 1] data-label=(choose) { @for d in all { (figure(d)) } }
            }
        }
    }

    pub(super) fn has(&self, topic: Topic) -> bool {
        self.drawn.iter().any(|d| d.chart.topic == topic)
    }
}
