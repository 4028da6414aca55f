//! Networks by hand: what is the network's own loss and in which unit, who forwards, how much a link
//! carries in each direction, flows without load.

use crate::oracle::Oracle;
use crate::random::{Dice, Shape, estate, failures};
use brownout::analysis::network::{NetworkLoss, NetworkSweep};
use brownout::analysis::{NoWatch, Paths, StateOutcome, Study};
use brownout::input::{self, Loaded, Overrides, Texts};
use brownout::model::{CaseId, NodeId, Role, Status, System};
use std::path::Path;

fn load(files: &[(&str, &str)]) -> Loaded {
    let files = files
        .iter()
        .map(|(name, text)| (format!("estate/{name}.csv"), text.as_bytes().to_vec()));
    let texts = Texts(files.collect());
    let loaded = input::load_from(&texts, Path::new("estate"), &Overrides::default());
    loaded.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100)))
}

fn state(loaded: &Loaded, failed: &[&str]) -> StateOutcome {
    let failed: Vec<NodeId> = failed
        .iter()
        .map(|id| loaded.system.find(id).expect("is there"))
        .collect();
    Study::new(&loaded.system, &loaded.scenario).state(&failed, CaseId(0))
}

fn links(loaded: &Loaded) -> NetworkSweep {
    let study = Study::new(&loaded.system, &loaded.scenario);
    study.links(1, &NoWatch).expect("there are flows")
}

fn delivered(loaded: &Loaded, failed: &[&str], id: &str) -> f64 {
    state(loaded, failed).delivered[loaded.system.find(id).expect("is there").index()]
}

fn assert_close(x: f64, y: f64) {
    assert!((x - y).abs() <= 1e-12 * y.abs().max(1.0), "{x} is not {y}");
}

/// Two services of unlike units over one wide link; the server of one of them is too small.
fn two_units() -> Loaded {
    load(&[
        (
            "components",
            "id,kind,capacity\nhq,router,\ndc,router,\napp,server,100\n",
        ),
        ("links", "id,a,b,capacity\nwan,hq,dc,10000\n"),
        ("flows", "id,from,to\nf,hq,dc\ng,hq,dc\n"),
        (
            "services",
            "id,demand,unit\norders,200,orders/h\nbackup,7,GB\n",
        ),
        (
            "dependencies",
            "consumer,provider\norders,f\norders,app\nbackup,g\n",
        ),
    ])
}

#[test]
fn a_server_beside_the_network_is_not_the_networks_loss() {
    let loaded = two_units();
    let links = links(&loaded);
    let case = &links.cases[0];
    let asked = case.demand.iter().map(|d| (d.unit.as_deref(), d.demand));
    let asked: Vec<_> = asked.collect();
    assert_eq!(asked, [(Some("GB"), 7.0), (Some("orders/h"), 200.0)]);
    for lost in &case.demand {
        assert_eq!((lost.disconnected, lost.congested), (0.0, 0.0));
    }
    let listed = case.worst.iter().map(|w| {
        let ids: Vec<&str> = w.elements.iter().map(|&e| loaded.system.id(e)).collect();
        assert_eq!(
            (w.lost[0].disconnected, w.lost[1].disconnected),
            (7.0, 200.0)
        );
        assert_eq!((w.lost[0].congested, w.lost[1].congested), (0.0, 0.0));
        ids.concat()
    });
    let mut listed: Vec<String> = listed.collect();
    listed.sort();
    assert_eq!(listed, ["dc", "hq", "wan"], "the server harms no network");
    let link = &case.links[0];
    assert_eq!((link.load, link.load_back), (Some(207.0), Some(0.0)));
}

#[test]
fn a_flow_that_is_cut_off_from_the_start_is_disconnected_demand() {
    let loaded = load(&[
        ("components", "id,kind\np1,router\np2,router\nq1,router\n"),
        ("links", "id,a,b,capacity\np12,p1,p2,10\n"),
        ("flows", "id,from,to\nnear,p1,p2\nfar,p1,q1\n"),
        ("services", "id,demand\nsn,4\nsf,3\n"),
        ("dependencies", "consumer,provider\nsn,near\nsf,far\n"),
    ]);
    let links = links(&loaded);
    let [all] = &links.cases[0].demand[..] else {
        panic!("one unit: none");
    };
    assert_eq!((all.unit.as_deref(), all.demand), (None, 7.0));
    assert_eq!((all.disconnected, all.congested), (3.0, 0.0));
}

#[test]
fn without_any_link_all_of_it_is_disconnected() {
    let loaded = load(&[
        ("components", "id,kind\np,router\nq,router\n"),
        ("flows", "id,from,to\nf,p,q\n"),
        ("services", "id,demand\ns,3\n"),
        ("dependencies", "consumer,provider\ns,f\n"),
    ]);
    let case = &links(&loaded).cases[0];
    let all = &case.demand[0];
    assert_eq!((all.demand, all.disconnected), (3.0, 3.0));
}

fn two_switches(server: &str) -> Loaded {
    let components = format!(
        "id,kind,transit\nsw1,switch,\nsw2,switch,\nsrv,{server}\nsite,site,\ndb,database,\n"
    );
    load(&[
        ("components", &components),
        (
            "links",
            "id,a,b,capacity\nisl,sw1,sw2,100\nn1,srv,sw1,100\nn2,srv,sw2,100\nup,site,sw1,100\n\
             down,db,sw2,100\n",
        ),
        (
            "flows",
            "id,from,to\nf,site,db\nto-server,site,srv\nfrom-server,srv,db\n",
        ),
        ("services", "id,demand\ns,10\nt,5\nu,5\n"),
        (
            "dependencies",
            "consumer,provider\ns,f\nt,to-server\nu,from-server\n",
        ),
    ])
}

#[test]
fn a_server_does_not_forward_unless_it_is_said() {
    let status = |loaded: &Loaded, failed: &[&str]| -> Vec<bool> {
        let state = state(loaded, failed);
        let works = |s: &brownout::model::ServiceOutcome| s.status != Status::Down;
        state.services.iter().map(works).collect()
    };
    let passed = |loaded: &Loaded, failed: &[&str]| -> Vec<String> {
        let state = state(loaded, failed);
        let paths = Paths::new(&loaded.system, &state.works);
        let flow = loaded.system.find("f").expect("is there");
        let Role::Flow(flow) = loaded.system.node(flow).role else {
            panic!("a flow");
        };
        let path = paths.of(&flow);
        path.iter()
            .map(|&v| loaded.system.id(v).to_owned())
            .collect()
    };
    for server in ["server,", "server,no", "router,no"] {
        let loaded = two_switches(server);
        assert_eq!(status(&loaded, &[]), [true, true, true]);
        // Its own traffic ends and starts there all the same.
        assert_eq!(status(&loaded, &["isl"]), [false, true, true], "{server}");
        assert!(passed(&loaded, &["isl"]).is_empty());
        assert_eq!(
            passed(&loaded, &[]),
            ["site", "up", "sw1", "isl", "sw2", "down", "db"]
        );
    }
    for server in ["server,yes", "router,"] {
        let loaded = two_switches(server);
        assert_eq!(status(&loaded, &["isl"]), [true, true, true], "{server}");
        assert_eq!(passed(&loaded, &["isl"]).len(), 9);
    }
}

/// A link of 10 one way and 4 the other, and a flow each way.
fn uneven(there: &str, back: &str) -> Loaded {
    let services = format!("id,demand\ns,{there}\nt,{back}\n");
    load(&[
        ("components", "id,kind\na,router\nb,router\n"),
        ("links", "id,a,b,capacity,capacity_back\nl,a,b,10,4\n"),
        ("flows", "id,from,to\nf,a,b\ng,b,a\n"),
        ("services", &services),
        ("dependencies", "consumer,provider\ns,f\nt,g\n"),
    ])
}

#[test]
fn a_link_carries_what_it_can_in_each_direction() {
    let loaded = uneven("8", "8");
    let found = state(&loaded, &[]);
    let of = |id: &str| loaded.system.find(id).expect("is there").index();
    assert_eq!(found.delivered[of("s")], 1.0);
    assert_eq!(found.delivered[of("t")], 0.5);
    // Who asks the link itself has both directions.
    assert_eq!(found.delivered[of("l")], 0.5);
    assert_eq!((found.load[of("l")], found.carried[of("l")]), (8.0, 8.0));
    assert_eq!(found.capacity[of("l")], 4.0);
    let limits: Vec<Option<f64>> = found.services.iter().map(|s| s.headroom).collect();
    assert_eq!(limits, [Some(0.25), Some(-0.5)]);
    let case = &links(&loaded).cases[0];
    let link = &case.links[0];
    assert_eq!((link.capacity, link.capacity_back), (Some(10.0), Some(4.0)));
    assert_eq!(case.demand[0].congested, 4.0);
    // The smaller load is in the busier direction.
    let found = state(&uneven("6", "3"), &[]);
    assert_eq!((found.load[of("l")], found.carried[of("l")]), (6.0, 3.0));
    assert_eq!(found.capacity[of("l")], 4.0);
    let limits: Vec<Option<f64>> = found.services.iter().map(|s| s.headroom).collect();
    assert_close(limits[0].expect("limited"), 10.0 / 6.0 - 1.0);
    assert_close(limits[1].expect("limited"), 4.0 / 3.0 - 1.0);
}

#[test]
fn what_is_asked_of_a_link_itself_counts_in_both_directions() {
    let loaded = load(&[
        ("components", "id,kind\na,router\nb,router\n"),
        ("links", "id,a,b,capacity,capacity_back\nl,a,b,10,4\n"),
        ("flows", "id,from,to\nf,a,b\n"),
        ("services", "id,demand\ns,6\nt,5\n"),
        ("dependencies", "consumer,provider\ns,f\nt,l\n"),
    ]);
    // There: 11 of 10; back: 5 of 4.
    assert_close(delivered(&loaded, &[], "s"), 10.0 / 11.0);
    assert_close(delivered(&loaded, &[], "t"), 4.0 / 5.0);
}

/// A flow that carries nothing beside one that is squeezed, one that stays where it is, and a link
/// that needs a card.
fn unloaded() -> Loaded {
    load(&[
        (
            "components",
            "id,kind,capacity\na,router,\nb,router,\nc,router,\ncard,card,10\nspare,router,\n",
        ),
        (
            "links",
            "id,a,b,capacity,metric\nab,a,b,10,1\nab2,a,b,,5\nbc,b,c,,1\n",
        ),
        (
            "flows",
            "id,from,to\nf,a,b\nempty,a,b\ncarded,b,c\nhere,card,card\n",
        ),
        (
            "services",
            "id,demand\nbig,20\nwatch,0\nlight,5\nlast,5\nheavy,20\nat-home,5\n",
        ),
        (
            "dependencies",
            "consumer,provider,load\nbig,f,\nwatch,empty,\nlight,empty,0\nlast,carded,0\n\
             heavy,card,\nbc,card,0\nat-home,here,0\n",
        ),
    ])
}

#[test]
fn a_flow_without_load_gets_what_its_path_delivers() {
    let loaded = unloaded();
    for id in [
        "f", "empty", "big", "watch", "light", "carded", "last", "at-home",
    ] {
        assert_eq!(delivered(&loaded, &[], id), 0.5, "{id}");
    }
    // Over the long way nothing is too small; what is lost elsewhere moves nothing.
    for id in ["f", "empty", "big", "watch", "light"] {
        assert_eq!(delivered(&loaded, &["ab"], id), 1.0, "{id}");
        assert_eq!(delivered(&loaded, &["ab2"], id), 0.5, "{id}");
        assert_eq!(delivered(&loaded, &["spare"], id), 0.5, "{id}");
    }
    let study = Study::new(&loaded.system, &loaded.scenario);
    assert_eq!(
        study.sweep(2, &NoWatch),
        study.sweep_exhaustively(2, &NoWatch)
    );
    // A card is no link: the network squeezes 10 of 20 on `ab`, and half of what `light` asks.
    let lost = &links(&loaded).cases[0].demand[0];
    assert_eq!((lost.disconnected, lost.congested), (0.0, 12.5));
}

/// The same estate where only links and forwarding nodes have a limit.
fn only_the_network(system: &System) -> System {
    let mut draft = system.draft();
    for (v, node) in system.iter() {
        let ends = |role: &Role| matches!(role, Role::Link(l) if l.a == v || l.b == v);
        let joined = system.nodes().iter().any(|n| ends(&n.role));
        let counts = match node.role {
            Role::Link(_) => true,
            _ => joined && node.is_transit(),
        };
        if !counts {
            draft.nodes[v.index()].node.capacity = None;
        }
    }
    for (r, of) in draft.requirements.iter_mut().zip(system.requirements()) {
        for (p, of) in r.providers.iter_mut().zip(of.providers.iter()) {
            p.weight = Some(of.weight);
        }
    }
    System::new(draft).expect("capacities and weights only")
}

/// Whether the network joins what a node needs, if all else works.
fn joined(system: &System, works: &[bool], v: NodeId) -> bool {
    match system.node(v).role {
        Role::Flow(f) if f.from == f.to => true,
        Role::Flow(_) => works[v.index()],
        _ => system.requirements_of(v).iter().all(|r| {
            let providers = r.providers.iter();
            let joined = providers.filter(|p| joined(system, works, p.node)).count();
            joined >= r.need_count() as usize
        }),
    }
}

/// Whether a node needs a flow, directly or not.
fn uses(system: &System, v: NodeId) -> bool {
    let is_flow = matches!(system.node(v).role, Role::Flow(_));
    is_flow
        || system
            .requirements_of(v)
            .iter()
            .any(|r| r.providers.iter().any(|p| uses(system, p.node)))
}

#[test]
fn losses_of_networks_are_as_by_definition() {
    let (mut cut, mut squeezed, mut listed) = (0, 0, 0);
    for seed in 0..600 {
        let (system, scenario) = estate(Shape::Networked, seed);
        let mut draft = system.draft();
        let mut dice = Dice::new(seed);
        for d in &mut draft.nodes {
            if d.node.as_service().is_some() {
                d.node.unit = dice
                    .pick(&[None, Some("GB"), Some("calls/s")])
                    .map(Into::into);
            }
        }
        let system = System::new(draft).expect("units only");
        // What a service asks of a link itself is asked of a component, not over a network.
        let is_link = |v: NodeId| matches!(system.node(v).role, Role::Link(_));
        let mut providers = system
            .requirements()
            .iter()
            .flat_map(|r| r.providers.iter());
        if providers.any(|p| is_link(p.node)) {
            continue;
        }
        let study = Study::new(&system, &scenario);
        let Some(links) = study.links(1, &NoWatch) else {
            continue;
        };
        let (oracle, network) = (Oracle::new(&system, &scenario), only_the_network(&system));
        let network = Oracle::new(&network, &scenario);
        for case in &links.cases {
            let base = case.demand.iter().map(|d| NetworkLoss {
                unit: d.unit.clone(),
                disconnected: d.disconnected,
                congested: d.congested,
            });
            let states = std::iter::once((&[][..], base.collect()))
                .chain(case.worst.iter().map(|w| (&w.elements[..], w.lost.clone())));
            for (elements, all) in states {
                listed += usize::from(!elements.is_empty());
                let point = oracle.point(elements, case.load_case);
                let through = network.point(elements, case.load_case);
                for lost in &all {
                    let unit = lost.unit.as_deref();
                    let (mut disconnected, mut congested) = (0.0, 0.0);
                    for &s in system.services() {
                        if system.node(s).unit.as_deref() != unit || !uses(&system, s) {
                            continue;
                        }
                        let demand = oracle.demand(s, case.load_case);
                        if point.works[s.index()] {
                            congested += demand * (1.0 - through.delivered[s.index()]);
                        } else if !joined(&system, &point.works, s) {
                            disconnected += demand;
                        }
                    }
                    cut += usize::from(disconnected > 0.0);
                    squeezed += usize::from(congested > 0.0);
                    let close = |x: f64, y: f64| (x - y).abs() <= 1e-7;
                    assert!(
                        close(lost.disconnected, disconnected) && close(lost.congested, congested),
                        "seed {seed}, {elements:?}, {unit:?}: {lost:?}, by definition \
                         {disconnected} and {congested}"
                    );
                }
            }
        }
    }
    assert!(
        cut > 200 && squeezed > 200 && listed > 1_000,
        "{cut}, {squeezed}, {listed}"
    );
}

/// What every planned state of a random network says, against the definitions: nodes that do not
/// forward, links of two capacities, links that need something, flows without load.
#[test]
fn random_networks_are_as_by_definition() {
    let (mut states, mut idle) = (0, 0);
    for seed in 10_000..12_000 {
        let (system, scenario) = estate(Shape::Networked, seed);
        let oracle = Oracle::new(&system, &scenario);
        let study = Study::new(&system, &scenario);
        let mut dice = Dice::new(seed);
        for _ in 0..4 {
            let failed = failures(&system, &scenario, &mut dice);
            let got = study.state(&failed, CaseId(0));
            let want = oracle.point(&failed, CaseId(0));
            states += 1;
            for (v, node) in system.iter() {
                let at = v.index();
                idle += usize::from(
                    matches!(node.role, Role::Flow(_))
                        && want.works[at]
                        && want.load[at] <= 0.0
                        && want.delivered[at] < 1.0,
                );
                let close = |x: f64, y: f64| (x - y).abs() <= 1e-9 * y.abs().max(1.0);
                assert!(
                    got.works[at] == want.works[at]
                        && close(got.load[at], want.load[at])
                        && close(got.delivered[at], want.delivered[at]),
                    "seed {seed}, {failed:?}, {}: {} {} {}, by definition {} {} {}",
                    node.id,
                    got.works[at],
                    got.load[at],
                    got.delivered[at],
                    want.works[at],
                    want.load[at],
                    want.delivered[at]
                );
            }
        }
    }
    assert!(states >= 8_000 && idle > 100, "{states} {idle}");
}

/// `s1` leans on a server that sends what it gets along one way of a link, and asks the link itself once
/// the server is lost: the way there carries as much as before, the way back more. `s2` goes back, `s4`
/// needs the link without loading it.
fn asked_of_the_link(there: &str, back: &str) -> Loaded {
    let links = format!("id,a,b,capacity,capacity_back\nwan,hq,dc,{there},{back}\n");
    load(&[
        (
            "components",
            "id,kind,capacity\nhq,router,\ndc,router,\nx,server,\n",
        ),
        ("links", &links),
        ("flows", "id,from,to\ngo,hq,dc\ncome,dc,hq\n"),
        ("services", "id,demand\ns1,5\ns2,8\ns3,15\ns4,0\n"),
        (
            "dependencies",
            "consumer,provider,group,need,split,load\n\
             s1,x,g,1,standby,1\ns1,wan,g,,,1\nx,go,,,,1\ns3,go,,,,1\ns2,come,,,,1\n\
             s4,wan,,,,0\n",
        ),
    ])
}

#[test]
fn what_is_asked_of_a_link_counts_in_the_way_back_though_its_load_stays() {
    // 20 there before and after; back 8, then 13.
    for (there, back, delivered) in [("10", "10", 10.0 / 13.0), ("40", "14", 1.0)] {
        let loaded = asked_of_the_link(there, back);
        let study = Study::new(&loaded.system, &loaded.scenario);
        let [x, s2, s4] = ["x", "s2", "s4"].map(|id| loaded.system.find(id).expect("is there"));
        let capacity: f64 = back.parse().expect("a number");
        assert_close(state(&loaded, &["x"]).delivered[s2.index()], delivered);
        for order in [1, 2] {
            let sweep = study.sweep(order, &NoWatch);
            let of = |v| {
                let mut all = sweep.services.iter();
                all.find(|s| s.service == v).expect("a service")
            };
            let minimal = of(s2).minimal.iter().find(|m| *m.elements == [x]);
            assert_eq!(minimal.is_some(), delivered < 1.0);
            if let Some(minimal) = minimal {
                assert_close(minimal.delivered, delivered);
            }
            let least = of(s2).least_headroom.as_ref().expect("a limit");
            assert_eq!(*least.elements, [x]);
            assert_close(least.headroom, capacity / 13.0 - 1.0);
            let least = of(s4).least_headroom.as_ref().expect("a limit");
            let both = f64::min(
                capacity / 13.0,
                there.parse::<f64>().expect("a number") / 20.0,
            );
            assert_close(least.headroom, both - 1.0);
        }
        assert_eq!(
            study.sweep(2, &NoWatch),
            study.sweep_exhaustively(2, &NoWatch)
        );
    }
}
