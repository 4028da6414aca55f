//! Who is out while services are harmed, over the hours of a horizon.
//!
//! In: states with their events, and the hours of harm that each does to a service. Out: per service the events that
//! have a part in its harm, with the hours. What is out together counts for each of it. Promise: added up in the
//! order of the states, so the same for any number of threads.

use super::chances::Event;
use crate::model::{NodeId, System};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Events that are named for one service.
const MOST: usize = 20;

/// Hours of harm that an event has a part in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "HarmUse")]
pub struct HarmUse<N = NodeId> {
    /// Ids of what is out when it happens.
    pub elements: Vec<N>,
    /// Name of the common-cause group, if it is one.
    pub common_cause: Option<String>,
    /// Hours of a year (8760 hours) like the horizon in which it is out and the service is harmed.
    pub hours_per_year: f64,
}

/// Hours of harm by service and event.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses(BTreeMap<(u32, u32), f64>);

impl Uses {
    /// A state of these events harms a service for so long.
    pub fn add(&mut self, service: u32, events: &[u32], hours: f64) {
        if hours > 0.0 {
            for &event in events {
                *self.0.entry((service, event)).or_default() += hours;
            }
        }
    }

    /// Adds others, `weight` times.
    pub fn merge(&mut self, others: &Self, weight: f64) {
        for (&key, hours) in &others.0 {
            *self.0.entry(key).or_default() += weight * hours;
        }
    }

    /// The events of one service, most hours first, then in their own order; `scale` makes hours those of a year.
    pub fn of(&self, service: u32, scale: f64, events: &[Event], system: &System) -> Vec<HarmUse> {
        let all = self.0.range((service, 0)..=(service, u32::MAX));
        let mut all: Vec<(u32, f64)> = all.map(|(&(_, event), &hours)| (event, hours)).collect();
        all.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        all.truncate(MOST);
        let used = all.into_iter().map(|(event, hours)| {
            let event = &events[event as usize];
            let group = event.group.map(|g| system.common_cause()[g].0.clone());
            HarmUse {
                elements: event.members.clone(),
                common_cause: group,
                hours_per_year: hours * scale,
            }
        });
        used.collect()
    }
}
