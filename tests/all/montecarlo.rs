//! Snapshot simulation against known answers, against the definitions, and against itself.

use crate::oracle::Oracle;
use crate::random::{Shape, estate};
use brownout::analysis::montecarlo::{
    Estimate, Method, ServiceChance, Settings, SettingsError, Shard, SimulateOutcome, Snapshot,
};
use brownout::analysis::{NoWatch, Study};
use brownout::model::{
    CaseId, Draft, DraftNode, DraftProvider, DraftRequirement, LoadCase, Need, Node, NodeId,
    Reliability, Role, Scenario, Service, Split, Status, SweepSpec, System,
};
use std::collections::BTreeMap;

/// `n` equal servers that share the demand of one service.
pub struct Pool {
    pub n: u32,
    pub need: u32,
    pub capacity: f64,
    pub q: f64,
    pub demand: f64,
    pub beta: Option<f64>,
}

impl Pool {
    pub fn build(&self) -> (System, Scenario) {
        let units = vec![(self.capacity, Reliability::Unavailability(self.q)); self.n as usize];
        let mut draft = sharing("web", &units, self.need, self.demand);
        if let Some(beta) = self.beta {
            draft
                .common_cause
                .push(("twins".into(), (0..self.n).collect(), beta));
        }
        let system = System::new(draft).expect("valid");
        let scenario = one_case(&system, vec![self.demand]);
        (system, scenario)
    }
}

/// Units of some capacities and reliabilities, of which a service needs some, and which share its demand.
pub fn sharing(service: &str, units: &[(f64, Reliability)], need: u32, demand: f64) -> Draft {
    let node = |id: String, role, reliability, capacity| DraftNode {
        node: Node {
            capacity,
            reliability,
            ..Node::new(id, "server", role)
        },
        within: Vec::new(),
    };
    let all = units.iter().enumerate();
    let nodes = all.map(|(i, &(capacity, reliability))| {
        let id = format!("s{i:03}");
        node(id, Role::Component, Some(reliability), Some(capacity))
    });
    let role = Role::Service(Service {
        tier: None,
        demand,
        slo: None,
    });
    let n = u32::try_from(units.len()).expect("few");
    Draft {
        nodes: nodes
            .chain([node(service.into(), role, None, None)])
            .collect(),
        requirements: vec![DraftRequirement {
            consumer: n,
            group: Some("servers".into()),
            need: Need::AtLeast(need),
            split: Split::Share,
            providers: (0..n)
                .map(|node| DraftProvider {
                    node,
                    load: 1.0,
                    load_given: true,
                    constant: 0.0,
                    weight: None,
                })
                .collect(),
            line: 0,
        }],
        ..Draft::default()
    }
}

pub fn one_case(system: &System, demand: Vec<f64>) -> Scenario {
    Scenario {
        placement: brownout::model::PlacementSpec::default(),
        name: String::new(),
        down: Vec::new(),
        derate: Vec::new(),
        headroom: None,
        cases: vec![LoadCase {
            name: "today".into(),
            demand,
            peak: false,
        }],
        sweep: SweepSpec {
            order: 1,
            elements: system.elements(),
        },
        simulate: None,
        year: None,
        policies: Vec::new(),
        waivers: Vec::new(),
        contingencies: Vec::new(),
    }
}

pub fn simulate(system: &System, scenario: &Scenario, settings: Settings) -> SimulateOutcome {
    let study = Study::new(system, scenario);
    let snapshot = Snapshot::new(&study, settings).expect("good settings");
    let record = snapshot.run(None, &NoWatch, &mut |_| ());
    snapshot.answer(&record)
}

fn with(trials: u64, seed: u64, method: Method) -> Settings {
    Settings {
        method,
        ..Settings::new(trials, seed)
    }
}

fn covers(e: &Estimate, truth: f64) -> bool {
    e.low <= truth && truth <= e.high
}

/// Covers with the interval stretched: fails about once in a million.
fn plausible(e: &Estimate, truth: f64) -> bool {
    let stretch = 1.5 * (e.high - e.low) + 1e-12;
    e.low - stretch <= truth && truth <= e.high + stretch
}

fn four(s: &ServiceChance) -> [&Estimate; 4] {
    [
        s.ok.as_ref().expect("computed"),
        s.at_risk.as_ref().expect("computed"),
        &s.degraded,
        &s.down,
    ]
}

const GOLDEN: [(f64, [f64; 4]); 2] = [
    (180.0, [0.970_299, 0.029_403, 0.000_297, 0.000_001]),
    (250.0, [0.0, 0.970_299, 0.0297, 0.000_001]),
];

fn three_servers(demand: f64) -> Pool {
    Pool {
        n: 3,
        need: 1,
        capacity: 100.0,
        q: 0.01,
        demand,
        beta: None,
    }
}

#[test]
fn three_servers_are_known_exactly() {
    for (demand, truth) in GOLDEN {
        let (system, scenario) = three_servers(demand).build();
        let outcome = simulate(&system, &scenario, Settings::new(1000, 1));
        let service = &outcome.services[0];
        for (e, truth) in four(service).into_iter().zip(truth) {
            assert!(covers(e, truth), "{demand}: {e:?} should be {truth}");
            assert!((e.estimate - truth).abs() < 1e-12);
            assert!(e.method.starts_with("exact"), "{}", e.method);
        }
    }
}

#[test]
fn three_servers_are_covered_by_every_method() {
    for (demand, truth) in GOLDEN {
        let (system, scenario) = three_servers(demand).build();
        for method in [Method::Plain, Method::Stratified] {
            let outcome = simulate(&system, &scenario, with(300_000, 3, method));
            for (e, truth) in four(&outcome.services[0]).into_iter().zip(truth) {
                assert!(
                    covers(e, truth),
                    "{demand} {method:?}: {e:?} should be {truth}"
                );
            }
        }
    }
}

#[test]
fn expected_unserved_demand_of_three_servers() {
    let (system, scenario) = three_servers(250.0).build();
    // 50 with one out, 150 with two, all 250 with three.
    let truth = 3.0 * 0.01 * 0.99 * 0.99 * 50.0 + 3.0 * 0.0001 * 0.99 * 150.0 + 1e-6 * 250.0;
    for method in [Method::Auto, Method::Plain, Method::Stratified] {
        let outcome = simulate(&system, &scenario, with(200_000, 5, method));
        let unserved = &outcome.services[0].unserved;
        // To the last bit: rounding is in the interval.
        assert!(
            covers(unserved, truth),
            "{method:?}: {unserved:?} should be {truth}"
        );
    }
}

/// Probability that fewer than `k` of `n` work.
fn binomial_down(n: u32, k: u32, q: f64) -> f64 {
    let choose = |n: u32, k: u32| (0..k).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
    (0..k)
        .map(|up| choose(n, up) * (1.0 - q).powi(up.cast_signed()) * q.powi((n - up).cast_signed()))
        .sum()
}

#[test]
fn k_of_n_is_binomial() {
    for (n, need, q) in [
        (5, 3, 0.1),
        (12, 10, 0.05),
        (40, 35, 0.08),
        (200, 190, 0.02),
    ] {
        let pool = Pool {
            n,
            need,
            capacity: 1.0,
            q,
            demand: 0.0,
            beta: None,
        };
        let (system, scenario) = pool.build();
        let truth = binomial_down(n, need, q);
        for method in [Method::Auto, Method::Plain, Method::Stratified] {
            let settings = Settings {
                at_risk: false,
                ..with(40_000, 11, method)
            };
            let outcome = simulate(&system, &scenario, settings);
            let down = &outcome.services[0].down;
            assert!(
                covers(down, truth),
                "{need} of {n} {method:?}: {down:?}, not {truth}"
            );
        }
    }
}

#[test]
fn a_common_cause_takes_both_of_a_pair() {
    let pool = Pool {
        n: 2,
        need: 1,
        capacity: 1.0,
        q: 0.01,
        demand: 1.0,
        beta: Some(0.1),
    };
    let (system, scenario) = pool.build();
    let (common, own) = (0.001, 0.009f64);
    let truth = common + (1.0 - common) * own * own;
    for method in [Method::Auto, Method::Plain, Method::Stratified] {
        let outcome = simulate(&system, &scenario, with(400_000, 2, method));
        let down = &outcome.services[0].down;
        assert!(covers(down, truth), "{method:?}: {down:?}, not {truth}");
        let events = outcome.services[0].importance.as_ref().expect("told");
        assert_eq!(
            events[0].common_cause,
            Some(0),
            "the common cause matters most"
        );
    }
}

#[test]
fn unserved_demand_that_hardly_any_trial_changes_keeps_an_interval() {
    // Half is unserved with nothing failed, and one state in ten thousand is otherwise.
    let pool = Pool {
        n: 2,
        need: 1,
        capacity: 10.0,
        q: 1e-4,
        demand: 40.0,
        beta: None,
    };
    let (system, scenario) = pool.build();
    let truth = 20.0 + 2.0 * 1e-4 * (1.0 - 1e-4) * 10.0 + 1e-8 * 20.0;
    let mut covered = 0;
    for seed in 0..200 {
        let outcome = simulate(&system, &scenario, with(2_000, seed, Method::Plain));
        let unserved = &outcome.services[0].unserved;
        covered += u32::from(covers(unserved, truth));
        assert!(unserved.high - unserved.low > 0.01, "{unserved:?}");
    }
    assert!(covered >= 184, "{covered} of 200");
}

/// Probability of each status, and unserved demand, by going through every state.
fn by_definition(system: &System, scenario: &Scenario) -> Vec<BTreeMap<&'static str, f64>> {
    let oracle = Oracle::new(system, scenario);
    let chancy: Vec<(NodeId, f64)> = system
        .iter()
        .filter(|(v, _)| !scenario.down.contains(v))
        .filter_map(|(v, n)| n.reliability.map(|r| (v, r.unavailability())))
        .collect();
    let cases = scenario.cases.len();
    let mut sums = vec![BTreeMap::new(); system.services().len() * cases];
    for mask in 0..1u32 << chancy.len() {
        let mut p = 1.0;
        let mut failed = Vec::new();
        for (i, &(v, q)) in chancy.iter().enumerate() {
            let out = mask >> i & 1 == 1;
            p *= if out { q } else { 1.0 - q };
            failed.extend(out.then_some(v));
        }
        for case in 0..cases {
            let state = oracle.state(&failed, CaseId(u32::try_from(case).expect("few")));
            for (s, service) in state.services.iter().enumerate() {
                let sums: &mut BTreeMap<_, _> = &mut sums[s * cases + case];
                *sums.entry(service.status.word()).or_insert(0.0) += p;
                *sums.entry("unserved").or_insert(0.0) +=
                    p * service.demand * (1.0 - service.delivered);
            }
        }
    }
    sums
}

fn small_estates() -> impl Iterator<Item = (u64, System, Scenario)> {
    let shapes = [
        Shape::TinyDag,
        Shape::SharedHubs,
        Shape::Enterprise,
        Shape::Cyclic,
    ];
    (0..40u64).filter_map(move |seed| {
        let shape = shapes[usize::try_from(seed % 4).expect("small")];
        let (system, scenario) = estate(shape, 7_000 + seed);
        let chancy = system.nodes().iter().filter(|n| n.reliability.is_some());
        (chancy.count() <= 8).then_some((seed, system, scenario))
    })
}

/// The same, and each once more with things that trip, and with things that trip by what all tiers and
/// constants ask.
fn small_estates_that_trip_too() -> impl Iterator<Item = (u64, System, Scenario)> {
    small_estates().flat_map(|(seed, system, scenario)| {
        let trips = crate::trips::tripping(&system, seed);
        let layers = crate::trips::layered(&system, &scenario, seed);
        [
            (seed, system, scenario.clone()),
            (seed, trips, scenario.clone()),
            (seed, layers, scenario),
        ]
    })
}

#[test]
fn exact_means_exact() {
    let mut compared = 0;
    for (seed, system, scenario) in small_estates_that_trip_too() {
        let outcome = simulate(&system, &scenario, Settings::new(100, 1));
        for (s, truth) in outcome
            .services
            .iter()
            .zip(by_definition(&system, &scenario))
        {
            let of = |word| truth.get(word).copied().unwrap_or(0.0);
            for (e, word) in four(s)
                .into_iter()
                .zip(["ok", "at-risk", "degraded", "down"])
            {
                assert!(
                    (e.estimate - of(word)).abs() < 1e-9,
                    "seed {seed} {word}: {e:?}"
                );
            }
            let scale = 1.0 + of("unserved");
            assert!(
                (s.unserved.estimate - of("unserved")).abs() < 1e-9 * scale,
                "seed {seed}"
            );
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn stratified_and_plain_agree_with_the_truth_and_each_other() {
    for (seed, system, scenario) in small_estates_that_trip_too() {
        let truths = by_definition(&system, &scenario);
        for method in [Method::Plain, Method::Stratified] {
            let outcome = simulate(&system, &scenario, with(6_000, seed, method));
            for (s, truth) in outcome.services.iter().zip(&truths) {
                let of = |word| truth.get(word).copied().unwrap_or(0.0);
                for (e, word) in four(s)
                    .into_iter()
                    .zip(["ok", "at-risk", "degraded", "down"])
                {
                    assert!(
                        plausible(e, of(word)),
                        "seed {seed} {method:?} {word}: {e:?}"
                    );
                }
                assert!(
                    plausible(&s.unserved, of("unserved")),
                    "seed {seed} {:?}",
                    s.unserved
                );
            }
        }
    }
}

#[test]
fn nominal_intervals_cover_as_often_as_they_say() {
    // At 200 seeds the standard error of a coverage of 95 % is 1.5 %.
    let (system, scenario) = three_servers(250.0).build();
    let mut covered = BTreeMap::new();
    for seed in 0..200 {
        let plain = simulate(&system, &scenario, with(4_000, seed, Method::Plain));
        let s = &plain.services[0];
        let unserved = 3.0 * 0.01 * 0.99 * 0.99 * 50.0 + 3.0 * 0.0001 * 0.99 * 150.0 + 1e-6 * 250.0;
        for (name, e, truth) in [
            ("degraded", &s.degraded, GOLDEN[1].1[2]),
            (
                "at-risk",
                s.at_risk.as_ref().expect("computed"),
                GOLDEN[1].1[1],
            ),
            ("unserved", &s.unserved, unserved),
        ] {
            *covered.entry(name).or_insert(0) += u32::from(covers(e, truth));
        }
    }
    for (name, times) in covered {
        assert!((184..=196).contains(&times), "{name}: {times} of 200");
    }
}

#[test]
fn stratified_intervals_cover_as_often_as_they_say() {
    let pool = Pool {
        n: 40,
        need: 35,
        capacity: 1.0,
        q: 0.05,
        demand: 0.0,
        beta: None,
    };
    let (system, scenario) = pool.build();
    let truth = binomial_down(40, 35, 0.05);
    let covered: u32 = (0..400)
        .map(|seed| {
            let settings = Settings {
                at_risk: false,
                ..with(2_000, seed, Method::Stratified)
            };
            let outcome = simulate(&system, &scenario, settings);
            u32::from(covers(&outcome.services[0].down, truth))
        })
        .sum();
    assert!((368..=392).contains(&covered), "{covered} of 400");
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_any_number_of_threads() {
    let (system, scenario) = estate(Shape::Enterprise, 4);
    let one = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(|| {
            let settings = with(20_000, 9, Method::Plain);
            serde_json::to_string(&record(&system, &scenario, settings)).expect("JSON")
        })
    };
    assert_eq!(one(1), one(3));
}

fn record(
    system: &System,
    scenario: &Scenario,
    settings: Settings,
) -> brownout::analysis::montecarlo::Record {
    let study = Study::new(system, scenario);
    let snapshot = Snapshot::new(&study, settings).expect("good settings");
    snapshot.run(None, &NoWatch, &mut |_| ())
}

#[test]
fn a_run_goes_on_from_where_it_stopped() {
    let (system, scenario) = estate(Shape::Enterprise, 4);
    let study = Study::new(&system, &scenario);
    let settings = with(150_000, 9, Method::Plain);
    let snapshot = Snapshot::new(&study, settings).expect("good settings");
    let straight = snapshot.run(None, &NoWatch, &mut |_| ());
    let stop = crate::sequential::StopAfter::new(80_000);
    let stopped = snapshot.run(None, &stop, &mut |_| ());
    let outcome = snapshot.answer(&stopped);
    assert!(!outcome.complete && outcome.reason.is_some());
    assert!(
        (80_000..150_000).contains(&outcome.done),
        "{}",
        outcome.done
    );
    let text = serde_json::to_string(&stopped).expect("JSON");
    let read = serde_json::from_str(&text).expect("a record");
    assert!(snapshot.frame().fits(&read));
    let resumed = snapshot.run(Some(read), &NoWatch, &mut |_| ());
    assert_eq!(resumed, straight);
}

#[test]
fn what_is_known_of_being_down_narrows_the_rest() {
    // Degraded is sampled among the states that are not down: the four add up to one.
    let pool = Pool {
        n: 30,
        need: 26,
        capacity: 10.0,
        q: 0.05,
        demand: 275.0,
        beta: None,
    };
    let (system, scenario) = pool.build();
    let outcome = simulate(&system, &scenario, Settings::new(20_000, 1));
    let s = &outcome.services[0];
    assert!(
        s.down.method.starts_with("exact, by decision diagram"),
        "{}",
        s.down.method
    );
    assert!((s.down.estimate / binomial_down(30, 26, 0.05) - 1.0).abs() < 1e-9);
    assert!(
        s.exact_down
            .as_ref()
            .is_ok_and(|d| d.importance.len() == 30)
    );
    let sum: f64 = four(s).iter().map(|e| e.estimate).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    // Degraded: less than 275 of capacity, that is 26 or 27 of 30 at work. A table knows that.
    let degraded = binomial_down(30, 28, 0.05) - binomial_down(30, 26, 0.05);
    let by_table = "exact, by capacity outage table";
    assert!(s.degraded.method.starts_with(by_table), "{:?}", s.degraded);
    assert!((s.degraded.estimate / degraded - 1.0).abs() < 1e-9);
    let harm = binomial_down(30, 28, 0.05);
    assert!((s.harm.estimate / harm - 1.0).abs() < 1e-9, "{:?}", s.harm);
    // Without room for diagrams the table knows it all the same.
    let narrow = Settings {
        diagram_nodes: Some(10),
        ..Settings::new(20_000, 1)
    };
    let narrow = simulate(&system, &scenario, narrow);
    let n = &narrow.services[0];
    assert!(
        n.exact_down
            .as_ref()
            .is_err_and(|e| e.contains(" 10 nodes")),
        "{:?}",
        n.exact_down
    );
    assert!(n.down.method.starts_with(by_table), "{:?}", n.down);
    assert!((n.down.estimate / s.down.estimate - 1.0).abs() < 1e-9);
    let plain = simulate(&system, &scenario, with(20_000, 1, Method::Plain));
    let p = &plain.services[0];
    assert!(p.exact_down.is_err() && covers(&p.down, s.down.estimate));
    let width = |e: &Estimate| e.high - e.low;
    assert!(width(&s.degraded) < width(&p.degraded));
}

#[test]
fn importance_of_a_pair_in_closed_form() {
    // Down when both are out: H = q², Birnbaum q, FV 1, RAW 1/q, RRW infinite.
    let pool = Pool {
        n: 2,
        need: 1,
        capacity: 10.0,
        q: 0.02,
        demand: 1.0,
        beta: None,
    };
    let (system, scenario) = pool.build();
    let outcome = simulate(&system, &scenario, Settings::new(1000, 1));
    let service = &outcome.services[0];
    let importance = service.importance.as_ref().expect("told");
    assert_eq!(importance.len(), 2);
    for i in importance {
        assert!((i.birnbaum.value - 0.02).abs() < 1e-12, "{i:?}");
        assert!((i.fussell_vesely.value - 1.0).abs() < 1e-12);
        assert!((i.raw.value - 50.0).abs() < 1e-9);
        assert!(i.rrw.value.is_infinite());
    }
    let both = service.contingencies.as_ref().expect("told");
    assert_eq!((both.len(), both[0].elements.len()), (1, 2));
    assert_eq!(both[0].status, Status::Down);
    assert!((both[0].probability - 0.0004).abs() < 1e-15);
    let plain = simulate(&system, &scenario, with(400_000, 1, Method::Plain));
    let importance = plain.services[0].importance.as_ref().expect("told");
    assert_eq!(importance.len(), 2);
    for i in importance {
        assert!(i.birnbaum.low <= 0.02 && 0.02 <= i.birnbaum.high, "{i:?}");
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let (system, scenario) = three_servers(180.0).build();
    let study = Study::new(&system, &scenario);
    let fault = |settings| Snapshot::new(&study, settings).err().map(|f| f[0].clone());
    assert_eq!(fault(Settings::new(0, 1)), Some(SettingsError::NoTrials));
    assert!(matches!(
        fault(Settings::new(u64::MAX, 1)),
        Some(SettingsError::TooManyTrials(_))
    ));
    let precision = |p| Settings {
        precision: Some(p),
        ..Settings::new(10, 1)
    };
    for p in [0.0, -0.1, 1.0, f64::NAN] {
        assert!(matches!(
            fault(precision(p)),
            Some(SettingsError::Precision(_))
        ));
    }
    let shard = Some(Shard { index: 4, count: 4 });
    assert!(matches!(
        fault(Settings {
            shard,
            ..Settings::new(10, 1)
        }),
        Some(SettingsError::NoSuchShard { .. })
    ));
    let always = Pool {
        q: 1.0,
        ..three_servers(180.0)
    };
    let (system, scenario) = always.build();
    let study = Study::new(&system, &scenario);
    let faults = Snapshot::new(&study, Settings::new(10, 1)).err();
    assert_eq!(faults.map(|f| f.len()), Some(3));
}

#[test]
fn a_precision_stops_the_run_or_says_that_it_could_not() {
    let (system, scenario) = three_servers(250.0).build();
    let settings = |trials| Settings {
        precision: Some(0.05),
        ..with(trials, 1, Method::Plain)
    };
    let enough = simulate(&system, &scenario, settings(10_000_000));
    let precision = enough.precision.expect("asked for");
    assert!(precision.reached && precision.widest.is_some_and(|w| w <= 0.05));
    assert!(enough.complete && enough.done < 1_000_000);
    let short = simulate(&system, &scenario, settings(2_000));
    assert!(
        short
            .precision
            .is_some_and(|p| !p.reached && p.widest.is_none_or(|w| w > 0.05))
    );
}
