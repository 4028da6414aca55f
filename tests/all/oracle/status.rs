//! Status of services: what one state says by itself, then the three causes of risk.

use super::{Oracle, Point};
use brownout::analysis::StateOutcome;
use brownout::model::{CaseId, Cause, Finding, NodeId, Role, ServiceOutcome, Status, Witness};

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
        StateOutcome {
            case,
            down,
            works: point.works,
            load: point.load,
            delivered: point.delivered,
            capacity: self.capacity.clone(),
            services,
        }
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
        let (headroom, limit) = self.headroom(service, case, point).unzip();
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

    /// Headroom and what sets it: the greatest utilization where the service's own load goes.
    pub fn headroom(&self, service: NodeId, case: CaseId, point: &Point) -> Option<(f64, NodeId)> {
        if !point.works[service.index()] || self.demand(service, case) <= 0.0 {
            return None;
        }
        let mut best: Option<(f64, NodeId)> = None;
        for (node, load) in self.trail(service, point) {
            let capacity = self.capacity[node.index()];
            if capacity.is_finite() {
                let u = load / capacity;
                if best.is_none_or(|(most, at)| u > most || (u >= most && node < at)) {
                    best = Some((u, node));
                }
            }
        }
        best.map(|(u, node)| (1.0 / u - 1.0, node))
    }

    /// The greatest utilization of one node that the service's own load reaches.
    pub fn utilization(&self, service: NodeId, node: NodeId, point: &Point) -> Option<f64> {
        let loads = self.trail(service, point).into_iter();
        loads
            .filter(|&(v, _)| v == node)
            .map(|(v, load)| load / self.capacity[v.index()])
            .max_by(f64::total_cmp)
    }

    /// Every node that load of this service reaches, with its load in the direction travelled.
    fn trail(&self, service: NodeId, point: &Point) -> Vec<(NodeId, f64)> {
        let mut met = vec![(service, point.load[service.index()])];
        let mut at = 0;
        while at < met.len() {
            let v = met[at].0;
            for (next, load) in self.sent_to(v, point) {
                if !met.contains(&(next, load)) {
                    met.push((next, load));
                }
            }
            at += 1;
        }
        met
    }

    fn sent_to(&self, v: NodeId, point: &Point) -> Vec<(NodeId, f64)> {
        let mut to = Vec::new();
        for r in self.requirements(v) {
            for (fraction, p) in self.fractions(r, &point.works).iter().zip(&r.providers) {
                if *fraction > 0.0 {
                    to.push((p.node, point.load[p.node.index()]));
                }
            }
        }
        if let Some(route) = &point.routes[v.index()] {
            for (x, node) in self.system.iter() {
                let (there, back) = route.passes(x.index());
                if matches!(node.role, Role::Link(_)) {
                    to.extend((there > 0.0).then_some((x, point.forward[x.index()])));
                    to.extend((back > 0.0).then_some((x, point.backward[x.index()])));
                } else if there > 0.0 {
                    to.push((x, point.load[x.index()]));
                }
            }
        }
        to
    }
}
