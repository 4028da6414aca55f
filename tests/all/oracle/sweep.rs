//! A sweep without a single short cut: every contingency from nothing, minimal sets by testing
//! every proper subset.

use super::{Oracle, Point};
use brownout::analysis::{
    Cascade, Cascades, LeastHeadroom, MinimalSet, OrderCount, ServiceSweep, Stranding, Strandings,
    SweepOutcome, Worst,
};
use brownout::model::{CaseId, Flow, Link, NodeId, Role, Status};
use std::collections::BTreeMap;

/// Every contingency, the empty one included, with its state at one load case.
type Points = BTreeMap<Vec<NodeId>, Point>;

impl Oracle<'_> {
    /// All contingencies of order 1 to `order`, at every load case.
    pub fn sweep(&self, order: u32) -> SweepOutcome {
        let elements = &self.scenario.sweep.elements;
        let sets: Vec<Vec<NodeId>> = subsets(elements, order as usize);
        let possible: Vec<u64> = (1..=order as usize)
            .map(|k| sets.iter().filter(|s| s.len() == k).count() as u64)
            .collect();
        let mut services = Vec::new();
        let cases: Vec<(CaseId, Points)> = (0u32..)
            .map(CaseId)
            .take(self.scenario.cases.len())
            .map(|case| {
                let points = sets.iter().map(|s| (s.clone(), self.point(s, case)));
                (case, points.collect())
            })
            .collect();
        for &service in self.system.services() {
            for (case, points) in &cases {
                services.push(self.service_sweep(service, *case, points, order, &cases));
            }
        }
        SweepOutcome {
            elements: elements.len() as u64,
            accounted: possible.clone(),
            cascades: self.cascades(order, &cases),
            stranded: self.stranded(order, &cases),
            possible,
            services,
            named: self.named(),
            named_asked: self.scenario.contingencies.len() * self.scenario.cases.len(),
        }
    }

    /// What loses something to overload while no part of it does, the empty one included.
    fn cascades(&self, order: u32, cases: &[(CaseId, Points)]) -> Cascades {
        let mut all = Cascades {
            count: vec![0; order as usize],
            ..Cascades::default()
        };
        for (case, points) in cases {
            let trips = |set: &Vec<NodeId>| !points[set].tripped.is_empty();
            for (set, point) in points.iter().filter(|(set, _)| trips(set)) {
                let part = |part: &Vec<NodeId>| part != set && trips(part);
                if subsets(set, set.len()).iter().any(part) {
                    continue;
                }
                let cascade = self.cascade(set, *case, point);
                if set.is_empty() {
                    all.base.push(cascade);
                } else {
                    all.count[set.len() - 1] += 1;
                    all.listed.push(cascade);
                }
            }
        }
        all.listed.sort_by(|x, y| {
            (x.elements.len().cmp(&y.elements.len()))
                .then(y.tripped.cmp(&x.tripped))
                .then(x.elements.to_vec().cmp(&y.elements.to_vec()))
                .then(x.case.cmp(&y.case))
        });
        all
    }

    /// What leaves an instance without a host that has one after every part of it.
    fn stranded(&self, order: u32, cases: &[(CaseId, Points)]) -> Strandings {
        let mut all = Strandings {
            count: vec![0; order as usize],
            ..Strandings::default()
        };
        for (case, points) in cases {
            for (set, point) in points {
                let mut instances = self.unplaced(point);
                for part in subsets(set, set.len()).iter().filter(|part| *part != set) {
                    let out = self.unplaced(&points[part]);
                    instances.retain(|v| !out.contains(v));
                }
                if instances.is_empty() {
                    continue;
                }
                // Who is worst off of those that need what runs nowhere; if none does, of all.
                let mut worst: Option<(NodeId, Status)> = None;
                for &s in self.system.services() {
                    let status = self.plain_status(point, s, *case);
                    if self.stands_on(s, &instances, &mut Vec::new())
                        && worst.is_none_or(|w| status > w.1)
                    {
                        worst = Some((s, status));
                    }
                }
                let worst = worst.or(self.cascade(set, *case, point).worst);
                let stranding = Stranding {
                    elements: set.as_slice().into(),
                    case: *case,
                    instances,
                    worst,
                };
                if set.is_empty() {
                    all.base.push(stranding);
                } else {
                    all.count[set.len() - 1] += 1;
                    all.listed.push(stranding);
                }
            }
        }
        all.listed.sort_by(|x, y| {
            (x.elements.len().cmp(&y.elements.len()))
                .then(y.instances.len().cmp(&x.instances.len()))
                .then(x.elements.to_vec().cmp(&y.elements.to_vec()))
                .then(x.case.cmp(&y.case))
        });
        all
    }

    /// Whether a node needs one of these, directly or not: as a provider, a domain or an end.
    fn stands_on(&self, v: NodeId, these: &[NodeId], seen: &mut Vec<NodeId>) -> bool {
        if seen.contains(&v) {
            return false;
        }
        seen.push(v);
        let node = self.system.node(v);
        let ends = match node.role {
            Role::Link(Link { a, b, .. }) => vec![a, b],
            Role::Flow(Flow { from, to }) => vec![from, to],
            Role::Component | Role::Service(_) => Vec::new(),
        };
        let requirements = self.system.requirements_of(v).iter();
        let providers = requirements.flat_map(|r| r.providers.iter().map(|p| p.node));
        let needed: Vec<NodeId> = providers
            .chain(node.within.iter().copied())
            .chain(ends)
            .collect();
        let mut needed = needed.into_iter();
        these.contains(&v) || needed.any(|w| self.stands_on(w, these, seen))
    }

    fn cascade(&self, set: &[NodeId], case: CaseId, point: &Point) -> Cascade {
        let services = self.system.services();
        let status = |s: &NodeId| self.plain_status(point, *s, case);
        let mut worst: Option<(NodeId, Status)> = None;
        for &s in services {
            if worst.is_none_or(|w| status(&s) > w.1) {
                worst = Some((s, status(&s)));
            }
        }
        Cascade {
            elements: set.into(),
            case,
            tripped: u32::try_from(point.tripped.len()).expect("small"),
            rounds: point.tripped.last().map_or(0, |t| t.0),
            services: u32::try_from(services.iter().filter(|s| status(s).is_harm()).count())
                .expect("small"),
            worst,
        }
    }

    fn service_sweep(
        &self,
        service: NodeId,
        case: CaseId,
        points: &Points,
        order: u32,
        cases: &[(CaseId, Points)],
    ) -> ServiceSweep {
        let base = self.state(&[], case);
        let status = |s: &Vec<NodeId>| self.plain_status(&points[s], service, case);
        let orders = (1..=order as usize)
            .map(|k| {
                let of_order = || points.keys().filter(|s| s.len() == k);
                let known = k < order as usize || k == self.scenario.sweep.elements.len();
                OrderCount {
                    down: of_order().filter(|s| status(s) == Status::Down).count() as u64,
                    degraded: of_order().filter(|s| status(s) == Status::Degraded).count() as u64,
                    at_risk: known.then(|| {
                        let risky =
                            |s: &&Vec<NodeId>| self.is_at_risk(service, case, s, points, cases);
                        of_order().filter(risky).count() as u64
                    }),
                }
            })
            .collect();
        let minimal = self.minimal(service, case, points);
        ServiceSweep {
            service,
            case,
            base: base
                .services
                .into_iter()
                .find(|s| s.service == service)
                .expect("every service has an outcome"),
            orders,
            minimal_count: minimal.len() as u64,
            minimal: minimal.into_iter().collect(),
            worst: self.worst(service, case, points),
            least_headroom: self.least_headroom(service, points),
        }
    }

    fn is_at_risk(
        &self,
        service: NodeId,
        case: CaseId,
        set: &[NodeId],
        points: &Points,
        cases: &[(CaseId, Points)],
    ) -> bool {
        if self.plain_status(&points[set], service, case) != Status::Ok {
            return false;
        }
        let at_peak = self.scenario.peak().is_some_and(|peak| {
            let (_, there) = &cases[peak.index()];
            self.plain_status(&there[set], service, peak).is_harm()
        });
        let one_more = self.scenario.sweep.elements.iter().any(|e| {
            let mut more = set.to_vec();
            more.push(*e);
            more.sort_unstable();
            more.dedup();
            points
                .get(&more)
                .is_some_and(|p| self.plain_status(p, service, case).is_harm())
        });
        let thin = self.scenario.headroom.is_some_and(|asked| {
            self.headroom(service, &points[set])
                .is_some_and(|(has, _)| has < asked - 1e-9)
        });
        at_peak || one_more || thin
    }

    fn minimal(&self, service: NodeId, case: CaseId, points: &Points) -> Vec<MinimalSet> {
        let mut found: Vec<MinimalSet> = points
            .iter()
            .filter(|(set, _)| !set.is_empty())
            .filter_map(|(set, point)| {
                let status = self.plain_status(point, service, case);
                let as_bad = |part: &Vec<NodeId>| {
                    part != set && self.plain_status(&points[part], service, case) >= status
                };
                let minimal = status.is_harm() && !subsets(set, set.len()).iter().any(as_bad);
                minimal.then(|| MinimalSet {
                    elements: set.as_slice().into(),
                    status,
                    delivered: point.delivered[service.index()],
                    limit: self.headroom(service, point).map(|(_, limit)| limit),
                })
            })
            .collect();
        found.sort_by_key(|m| (m.elements.len(), m.elements.to_vec()));
        found
    }

    fn worst(&self, service: NodeId, case: CaseId, points: &Points) -> Option<Worst> {
        let mut all: Vec<Worst> = points
            .iter()
            .filter(|(set, _)| !set.is_empty())
            .map(|(set, point)| Worst {
                elements: set.clone(),
                status: self.plain_status(point, service, case),
                delivered: point.delivered[service.index()],
            })
            .collect();
        all.sort_by(|x, y| {
            y.status
                .cmp(&x.status)
                .then(x.delivered.total_cmp(&y.delivered))
                .then(x.elements.len().cmp(&y.elements.len()))
                .then(x.elements.cmp(&y.elements))
        });
        all.into_iter().next()
    }

    fn least_headroom(&self, service: NodeId, points: &Points) -> Option<LeastHeadroom> {
        let mut all: Vec<LeastHeadroom> = points
            .iter()
            .filter(|(set, _)| !set.is_empty())
            .filter_map(|(set, point)| {
                let (headroom, limit) = self.headroom(service, point)?;
                Some(LeastHeadroom {
                    elements: set.clone(),
                    headroom,
                    limit,
                })
            })
            .collect();
        all.sort_by(|x, y| {
            x.headroom
                .total_cmp(&y.headroom)
                .then(x.elements.len().cmp(&y.elements.len()))
                .then(x.elements.cmp(&y.elements))
        });
        all.into_iter().next()
    }
}

/// Every subset of at most `most` elements, the empty one included, each sorted.
pub fn subsets(elements: &[NodeId], most: usize) -> Vec<Vec<NodeId>> {
    let mut all = vec![Vec::new()];
    for &e in elements {
        for at in 0..all.len() {
            if all[at].len() < most {
                let mut larger: Vec<NodeId> = all[at].clone();
                larger.push(e);
                larger.sort_unstable();
                all.push(larger);
            }
        }
    }
    all
}
