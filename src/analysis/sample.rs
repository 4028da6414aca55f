//! A small estate for tests, with states worked out by hand: three servers of 400 orders a minute,
//! 700 asked today and 1,100 at the peak; two racks, a database pair, a hostile id.

use super::{
    Cascades, LeastHeadroom, MinimalSet, OrderCount, ServiceSweep, StateOutcome, SweepOutcome,
    Worst,
};
use crate::model::{
    CaseId, Cause, Draft, DraftNode, DraftProvider, DraftRequirement, Finding, Labels, LoadCase,
    Need, Node, NodeId, Policy, Role, Scenario, Service, ServiceOutcome, Split, Status, SweepSpec,
    System, Witness,
};

/// An id that tries everything at once.
pub(crate) const HOSTILE: &str = "=cmd|' /C calc'!A0\u{1b}[2J\u{202e}\n<script>";

fn node(id: &str, kind: &str, capacity: Option<f64>, role: Role, within: &[u32]) -> DraftNode {
    DraftNode {
        node: Node {
            unit: Some("orders/min".into()),
            capacity,
            ..Node::new(id, kind, role)
        },
        within: within.to_vec(),
    }
}

fn requirement(consumer: u32, group: &str, need: Need, providers: &[u32]) -> DraftRequirement {
    DraftRequirement {
        consumer,
        group: (!group.is_empty()).then(|| group.into()),
        need,
        split: Split::Share,
        providers: providers
            .iter()
            .map(|&node| DraftProvider {
                node,
                load: 1.0,
                load_given: true,
                constant: 0.0,
                weight: None,
            })
            .collect(),
        line: 0,
    }
}

/// The estate.
pub(crate) fn system() -> System {
    let service = |demand| {
        Role::Service(Service {
            tier: Some(1),
            demand,
            slo: None,
        })
    };
    let c = Role::Component;
    System::new(Draft {
        name: "Sample".to_owned(),
        nodes: vec![
            node("app-1", "server", Some(400.0), c, &[5]),
            node("app-2", "server", Some(400.0), c, &[5]),
            node("app-3", "server", Some(400.0), c, &[6]),
            node("db-1", "database", None, c, &[5]),
            node(HOSTILE, "spare", None, c, &[]),
            node("rack-a", "rack", None, c, &[]),
            node("rack-b", "rack", None, c, &[]),
            node("orders", "service", None, service(700.0), &[]),
            node("report", "service", None, service(0.0), &[]),
        ],
        requirements: vec![
            requirement(7, "app", Need::AtLeast(1), &[0, 1, 2]),
            requirement(8, "", Need::All, &[3]),
            requirement(7, "only", Need::AtLeast(1), &[3]),
        ],
        labels: Labels::default(),
        common_cause: Vec::new(),
        resources: Vec::new(),
        placements: Vec::new(),
    })
    .expect("the sample is valid")
}

/// Its number in the sample.
pub(crate) fn id(system: &System, id: &str) -> NodeId {
    system.find(id).expect("an id of the sample")
}

/// One policy, two cases.
pub(crate) fn scenario(system: &System, down: Vec<NodeId>) -> Scenario {
    let case = |name: &str, demand: f64, peak| LoadCase {
        name: name.to_owned(),
        demand: vec![demand, 0.0],
        peak,
    };
    Scenario {
        placement: crate::model::PlacementSpec::default(),
        name: "Story".to_owned(),
        down,
        derate: Vec::new(),
        headroom: None,
        cases: vec![
            case("today", 700.0, false),
            case("quarter-end", 1100.0, true),
        ],
        sweep: SweepSpec {
            order: 1,
            elements: system.elements(),
        },
        simulate: None,
        year: None,
        policies: vec![Policy {
            slo: Vec::new(),
            name: "orders survives any single failure".to_owned(),
            services: vec![id(system, "orders")],
            cases: vec![CaseId(1)],
            survives: Some(1),
            no_cascade: false,
            contingencies: Vec::new(),
            shed: false,
            restarts: None,
            max_probability: Vec::new(),
        }],
        waivers: Vec::new(),
        contingencies: Vec::new(),
    }
}

/// `app-3` out at the peak: the other two must carry 550 of 400 each.
pub(crate) fn one_lost(system: &System) -> StateOutcome {
    let mut state = all_working(system, 550.0);
    let orders = id(system, "orders");
    let app_3 = id(system, "app-3");
    state.down = vec![app_3];
    state.works[app_3.index()] = false;
    state.load[app_3.index()] = 0.0;
    state.delivered[app_3.index()] = 0.0;
    for app in ["app-1", "app-2"] {
        state.delivered[id(system, app).index()] = 400.0 / 550.0;
    }
    state.delivered[orders.index()] = 400.0 / 550.0;
    state.services[0] = ServiceOutcome {
        service: orders,
        status: Status::Degraded,
        findings: Vec::new(),
        demand: 1100.0,
        delivered: 400.0 / 550.0,
        headroom: Some(400.0 / 550.0 - 1.0),
        limit: Some(id(system, "app-1")),
    };
    state
}

/// Rack A out: two servers and the database stop; both services are down.
pub(crate) fn rack_lost(system: &System) -> StateOutcome {
    let mut state = all_working(system, 0.0);
    state.down = vec![id(system, "rack-a")];
    for lost in ["app-1", "app-2", "db-1", "rack-a", "orders", "report"] {
        state.works[id(system, lost).index()] = false;
        state.delivered[id(system, lost).index()] = 0.0;
    }
    for s in &mut state.services {
        s.status = Status::Down;
        s.delivered = 0.0;
    }
    state
}

/// Nothing out at the peak.
pub(crate) fn all_working(system: &System, each: f64) -> StateOutcome {
    let n = system.nodes().len();
    let mut state = StateOutcome {
        case: CaseId(1),
        down: Vec::new(),
        works: vec![true; n],
        load: vec![0.0; n],
        delivered: vec![1.0; n],
        capacity: system
            .nodes()
            .iter()
            .map(|n| n.capacity.unwrap_or(f64::INFINITY))
            .collect(),
        carried: Vec::new(),
        tripped: Vec::new(),
        first_trip: None,
        moved: Vec::new(),
        unplaced: Vec::new(),
        lacks: Vec::new(),
        runs: Vec::new(),
        constant: vec![0.0; n],
        both_ways: std::collections::BTreeMap::new(),
        tiers: None,
        services: Vec::new(),
    };
    for app in ["app-1", "app-2", "app-3"] {
        state.load[id(system, app).index()] = each;
    }
    state.load[id(system, "orders").index()] = 1100.0;
    state.load[id(system, "db-1").index()] = 1100.0;
    state.carried.clone_from(&state.load);
    for (name, demand) in [("orders", 1100.0), ("report", 0.0)] {
        state.services.push(ServiceOutcome {
            service: id(system, name),
            status: Status::AtRisk,
            findings: vec![Finding {
                cause: Cause::Redundancy,
                witness: Witness::Element(id(system, "db-1")),
                leads_to: Status::Down,
            }],
            demand,
            delivered: 1.0,
            headroom: None,
            limit: None,
        });
    }
    state
}

/// A sweep of order 1 at the peak.
pub(crate) fn sweep(system: &System) -> SweepOutcome {
    let set = |elements: &[&str], status, delivered| MinimalSet {
        elements: elements
            .iter()
            .map(|e| id(system, e))
            .collect::<Vec<_>>()
            .into(),
        status,
        delivered,
        limit: None,
    };
    let base = all_working(system, 1100.0 / 3.0).services;
    let minimal = [
        vec![
            set(&["app-1"], Status::Degraded, 400.0 / 550.0),
            set(&["db-1"], Status::Down, 0.0),
            set(&["rack-a"], Status::Down, 0.0),
        ],
        vec![set(&["db-1"], Status::Down, 0.0)],
    ];
    let services = base
        .into_iter()
        .zip(minimal)
        .map(|(base, minimal)| ServiceSweep {
            service: base.service,
            case: CaseId(1),
            orders: vec![OrderCount {
                down: 2,
                degraded: 1,
                at_risk: None,
            }],
            minimal_count: minimal.len() as u64,
            minimal: minimal.into_iter().collect(),
            worst: Some(Worst {
                elements: vec![id(system, "db-1")],
                status: Status::Down,
                delivered: 0.0,
            }),
            least_headroom: Some(LeastHeadroom {
                elements: vec![id(system, "app-1")],
                headroom: 400.0 / 550.0 - 1.0,
                limit: id(system, "app-2"),
            }),
            base,
        });
    SweepOutcome {
        elements: 7,
        possible: vec![7],
        accounted: vec![7],
        services: services.collect(),
        cascades: Cascades::default(),
        stranded: super::Strandings::default(),
        named: Vec::new(),
        named_asked: 0,
    }
}
