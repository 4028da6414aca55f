//! Status of services: what one state says by itself, then the three causes of risk.

use super::{Oracle, Point};
use brownout::analysis::{DirectionLoad, FirstTrip, Moved, StateOutcome, Tripped};
use brownout::model::{CaseId, Cause, Finding, NodeId, Role, ServiceOutcome, Status, Witness};
use std::collections::BTreeMap;

impl Oracle<'_> {
    /// One state at one load case, with the status of every service.
    pub fn state(&self, failed: &[NodeId], case: CaseId) -> StateOutcome {
        let point = self.point(failed, case);
        let further = self.further(failed, case);
        let services = self
            .system
            .services()
            .iter()
            .map(|&s| self.service(s, failed, case, &point, &further))
            .collect();
        let mut down: Vec<NodeId> = self.scenario.down.iter().chain(failed).copied().collect();
        down.sort_unstable();
        down.dedup();
        let busier: Vec<(f64, f64, bool)> = (0..point.load.len())
            .map(|v| self.busier(v, &point))
            .collect();
        StateOutcome {
            case,
            down,
            first_trip: self
                .first_trip(&point)
                .map(|(id, growth)| FirstTrip { id, growth }),
            tripped: point
                .tripped
                .iter()
                .map(|&(round, id, load, trips_above)| Tripped {
                    id,
                    round,
                    load: Some(load).filter(|load| load.is_finite()),
                    trips_above,
                })
                .collect(),
            moved: self.moved(&point),
            unplaced: self.unplaced(&point),
            lacks: Vec::new(),
            runs: point.runs.clone(),
            works: point.works.clone(),
            load: point.load.clone(),
            delivered: point.delivered.clone(),
            carried: busier.iter().map(|b| b.0).collect(),
            tiers: None,
            both_ways: self.both_ways(&point),
            constant: (0..busier.len())
                .map(|v| self.constant(&point, v, busier[v].2))
                .collect(),
            capacity: busier.iter().map(|b| b.1).collect(),
            services,
        }
    }

    /// What both directions carry of links that are asked for too much in one of them.
    fn both_ways(&self, point: &Point) -> BTreeMap<NodeId, [DirectionLoad; 2]> {
        let all = self.system.iter();
        let links = all.filter(|(_, node)| matches!(node.role, Role::Link(_)));
        let carried = links.map(|(link, _)| {
            let v = link.index();
            let way = |load, way: usize| DirectionLoad {
                load,
                capacity: self.capacity[v][way],
                constant: self.constant(point, v, way == 0),
            };
            (link, [way(point.forward[v], 0), way(point.backward[v], 1)])
        });
        carried
            .filter(|(_, ways)| ways.iter().any(|c| c.load > c.capacity))
            .collect()
    }

    /// Who runs elsewhere than at home.
    fn moved(&self, point: &Point) -> Vec<Moved> {
        let all = self.system.placements().instances.iter().zip(&point.runs);
        let all = all.zip(&self.homes).filter(|((_, at), home)| at != home);
        let moved = all.filter_map(|((p, at), home)| {
            Some(Moved {
                instance: p.instance,
                from: *home,
                to: (*at)?,
            })
        });
        moved.collect()
    }

    /// Who has not failed and runs nowhere.
    pub fn unplaced(&self, point: &Point) -> Vec<NodeId> {
        let all = self.system.placements().instances.iter().zip(&point.runs);
        let out = all.filter(|(p, at)| at.is_none() && !point.failed[p.instance.index()]);
        out.map(|(p, _)| p.instance).collect()
    }

    /// Load and capacity in the direction that is used more, and whether that is from `a` to `b`.
    fn busier(&self, v: usize, point: &Point) -> (f64, f64, bool) {
        let both = [
            (point.forward[v], self.capacity[v][0]),
            (point.backward[v], self.capacity[v][1]),
        ];
        let used = |(load, capacity): (f64, f64)| {
            if load > 0.0 && capacity < f64::INFINITY {
                load / capacity
            } else {
                0.0
            }
        };
        let [there, back] = both.map(used);
        let larger = both[0].0 >= both[1].0;
        let is_first = there > back || (there >= back && larger);
        let (load, capacity) = both[usize::from(!is_first)];
        (load, capacity, is_first)
    }

    /// This state with each further element failed as well.
    fn further(&self, failed: &[NodeId], case: CaseId) -> Vec<(NodeId, Point)> {
        let down = self.down(failed);
        let left = self.scenario.sweep.elements.iter();
        left.filter(|e| !down[e.index()])
            .map(|&e| (e, self.point(&[failed, &[e]].concat(), case)))
            .collect()
    }

    fn service(
        &self,
        service: NodeId,
        failed: &[NodeId],
        case: CaseId,
        point: &Point,
        further: &[(NodeId, Point)],
    ) -> ServiceOutcome {
        let by_itself = self.plain_status(point, service, case);
        let (headroom, limit) = self.headroom(service, point).unzip();
        let mut findings = Vec::new();
        if by_itself == Status::Ok {
            findings.extend(self.at_peak(service, failed, case));
            findings.extend(self.one_more(service, case, further));
            if let (Some(asked), Some(has), Some(limit)) = (self.scenario.headroom, headroom, limit)
                && has < asked - 1e-9
            {
                findings.push(Finding {
                    cause: Cause::Headroom,
                    witness: Witness::Limit(limit),
                    leads_to: Status::AtRisk,
                });
            }
        }
        ServiceOutcome {
            service,
            status: if findings.is_empty() {
                by_itself
            } else {
                Status::AtRisk
            },
            findings,
            demand: self.demand(service, case),
            delivered: point.delivered[service.index()],
            headroom,
            limit,
        }
    }

    fn at_peak(&self, service: NodeId, failed: &[NodeId], case: CaseId) -> Option<Finding> {
        let peak = self.scenario.peak().filter(|&p| p != case)?;
        let leads_to = self.plain_status(&self.point(failed, peak), service, peak);
        leads_to.is_harm().then_some(Finding {
            cause: Cause::Peak,
            witness: Witness::Case(peak),
            leads_to,
        })
    }

    fn one_more(
        &self,
        service: NodeId,
        case: CaseId,
        further: &[(NodeId, Point)],
    ) -> Option<Finding> {
        let mut worst: Option<Finding> = None;
        for (element, point) in further {
            let leads_to = self.plain_status(point, service, case);
            if leads_to.is_harm() && worst.as_ref().is_none_or(|w| leads_to > w.leads_to) {
                worst = Some(Finding {
                    cause: Cause::Redundancy,
                    witness: Witness::Element(*element),
                    leads_to,
                });
            }
        }
        worst
    }
}
