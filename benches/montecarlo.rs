//! Speed of snapshot simulation, and what stratifying gains over drawing from all states.
//!
//! `cargo bench --bench montecarlo` (with `-- 1e-2` for one unavailability) prints trials per second
//! of whole-state evaluation of layered estates of 10,000 components at three unavailabilities, the ratio of variances of plain and
//! stratified estimates on a smaller one, and how fast a pool of 32 units (`-- pool` for this alone) is
//! held against a year of hourly load: states at one instant, and histories. `-- exact` prints how long exact answers
//! take: a capacity outage table of the same pool, and decision diagrams of services on servers in shared racks.

use brownout::analysis::exact::{Cause, Limits, NODES, Question};
use brownout::analysis::montecarlo::{
    Chances, Horizon, Hourly, HourlySettings, Method, Repair, Sequential, Settings, Snapshot, Start,
};
use brownout::analysis::{NoWatch, Study};
use brownout::model::{
    Draft, DraftNode, DraftProvider, DraftRequirement, LoadCase, Need, Node, Reliability, Role,
    Scenario, Service, Split, SweepSpec, System,
};
use std::time::Instant;

/// Adds a node; its number.
fn node(
    draft: &mut Draft,
    id: String,
    role: Role,
    capacity: Option<f64>,
    reliability: Option<Reliability>,
    within: Vec<u32>,
) -> u32 {
    draft.nodes.push(DraftNode {
        node: Node {
            capacity,
            reliability,
            ..Node::new(id, "server", role)
        },
        within,
    });
    u32::try_from(draft.nodes.len() - 1).expect("small")
}

/// Seconds, and the answer.
fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let answer = work();
    (start.elapsed().as_secs_f64(), answer)
}

/// One of the providers must work; they share the load.
fn group(draft: &mut Draft, consumer: u32, providers: Vec<u32>) {
    draft.requirements.push(DraftRequirement {
        consumer,
        group: Some(format!("g{}", draft.requirements.len()).into()),
        need: Need::AtLeast(1),
        split: Split::Share,
        providers: providers
            .into_iter()
            .map(|node| DraftProvider {
                node,
                load: 1.0,
                load_given: true,
                constant: 0.0,
                weight: None,
            })
            .collect(),
        line: 0,
    });
}

/// Racks of servers; each service runs on three of them and on one of a few shared databases.
fn estate(components: u32, q: f64) -> (System, Scenario) {
    let mut draft = Draft::default();
    let push = |draft: &mut Draft, id: String, role, capacity, within: Vec<u32>| {
        let reliability = matches!(role, Role::Component).then_some(Reliability::Unavailability(q));
        node(draft, id, role, capacity, reliability, within)
    };
    let racks = components / 40;
    let databases = 8;
    for r in 0..racks {
        push(
            &mut draft,
            format!("rack-{r}"),
            Role::Component,
            None,
            Vec::new(),
        );
    }
    for d in 0..databases {
        push(
            &mut draft,
            format!("db-{d}"),
            Role::Component,
            Some(1e6),
            vec![d],
        );
    }
    let first = racks + databases;
    for s in first..components {
        push(
            &mut draft,
            format!("server-{s}"),
            Role::Component,
            Some(150.0),
            vec![s % racks],
        );
    }
    let servers = components - first;
    for i in 0..servers / 3 {
        let role = Role::Service(Service {
            tier: None,
            demand: 270.0,
            slo: None,
        });
        let service = push(&mut draft, format!("service-{i}"), role, None, Vec::new());
        let own = (0..3).map(|k| first + (3 * i + k) % servers).collect();
        group(&mut draft, service, own);
        group(
            &mut draft,
            service,
            vec![racks + i % databases, racks + (i + 1) % databases],
        );
    }
    let system = System::new(draft).expect("valid");
    let scenario = Scenario {
        placement: brownout::model::PlacementSpec::default(),
        name: String::new(),
        down: Vec::new(),
        derate: Vec::new(),
        headroom: None,
        cases: vec![LoadCase {
            name: "today".into(),
            demand: vec![270.0; system.services().len()],
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
    };
    (system, scenario)
}

/// Trials per second of whole states at one unavailability.
fn speed(q: f64, trials: u64) {
    let (system, scenario) = estate(10_000, q);
    let study = Study::new(&system, &scenario);
    let settings = Settings {
        method: Method::Plain,
        at_risk: false,
        ..Settings::new(trials, 1)
    };
    let snapshot = Snapshot::new(&study, settings).expect("sound settings");
    let (seconds, record) = time(|| snapshot.run(None, &NoWatch, &mut |_| ()));
    let outcome = snapshot.answer(&record);
    let harmed = outcome
        .services
        .iter()
        .filter(|s| s.harm.estimate > 0.0)
        .count();
    println!(
        "10,000 components, q = {q:.0e}: {:>9.0} trials/s ({harmed} services seen harmed)",
        trials as f64 / seconds
    );
}

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    let only = std::env::args().nth(1).unwrap_or_default();
    for (q, trials) in [(1e-4, 2_000_000), (1e-3, 400_000), (1e-2, 100_000)] {
        if format!("{q:e}").contains(&only) || only.starts_with("--") {
            speed(q, trials);
        }
    }
    if only.is_empty() || only.starts_with("--") {
        variance();
    }
    if only.is_empty() || only.starts_with("--") || only == "pool" {
        pool();
    }
    if only.is_empty() || only.starts_with("--") || only == "exact" {
        exactly();
    }
}

/// Thirty-two units, of capacities, times up and times down as in the IEEE Reliability Test System
/// 1979, and one service on all of them.
fn units() -> (System, Scenario) {
    let classes: [(u32, f64, f64, f64); 9] = [
        (5, 12.0, 2940.0, 60.0),
        (4, 20.0, 450.0, 50.0),
        (6, 50.0, 1980.0, 20.0),
        (4, 76.0, 1960.0, 40.0),
        (3, 100.0, 1200.0, 50.0),
        (4, 155.0, 960.0, 40.0),
        (3, 197.0, 950.0, 50.0),
        (1, 350.0, 1150.0, 100.0),
        (2, 400.0, 1100.0, 150.0),
    ];
    let mut draft = Draft::default();
    let mut push = |id: String, role, capacity, reliability| {
        node(&mut draft, id, role, capacity, reliability, Vec::new());
    };
    for (count, capacity, mtbf_hours, mttr_hours) in classes {
        for i in 0..count {
            let rates = Reliability::Rates {
                mtbf_hours,
                mttr_hours,
            };
            let id = format!("unit-{capacity}-{i}");
            push(id, Role::Component, Some(capacity), Some(rates));
        }
    }
    let demand = 2850.0;
    let service = Service {
        tier: None,
        demand,
        slo: None,
    };
    push("grid".to_owned(), Role::Service(service), None, None);
    group(&mut draft, 32, (0..32).collect());
    let system = System::new(draft).expect("valid");
    let mut scenario = estate(400, 1e-3).1;
    scenario.cases[0].demand = vec![demand];
    scenario.sweep.elements = system.elements();
    (system, scenario)
}

/// A small pool against an hourly load.
fn pool() {
    let (system, scenario) = units();
    let study = Study::new(&system, &scenario);
    let hours = 8736;
    let wave = |h: u32, period: f64| (f64::from(h) * std::f64::consts::TAU / period).cos();
    let load =
        |h| 2850.0 * (0.62 + 0.12 * wave(h, 8736.0) + 0.06 * wave(h, 168.0) + 0.2 * wave(h, 24.0));
    let demand = vec![(0..hours).map(load).collect::<Vec<f64>>()];
    let trials = 2_000_000;
    let settings = HourlySettings {
        trials,
        seed: 1,
        method: Method::Plain,
        hours: u64::from(hours),
        demand: demand.clone(),
        uses: false,
    };
    let hourly = Hourly::new(&study, settings).expect("sound settings");
    let (seconds, outcome) = time(|| hourly.run(&NoWatch));
    println!(
        "32 units, each state against {hours} hours: {:.0} states/s ({:.2} hours of harm a year)",
        trials as f64 / seconds,
        outcome.services[0].hours_harmed.estimate
    );
    let trials = 20_000;
    let horizon = Horizon {
        trials,
        seed: 1,
        demand,
        of_peak: false,
        hours: u64::from(hours),
        shape: 1.0,
        repair: Repair::Exponential,
        start: Start::LongRun,
        back_in: Vec::new(),
        planned: Vec::new(),
        windows: Vec::new(),
        at_risk: false,
    };
    let sequential = Sequential::new(&study, horizon).expect("a sound horizon");
    let (seconds, outcome) = time(|| sequential.run(&NoWatch));
    let outcome = outcome.expect("sums that can be held");
    println!(
        "32 units, histories of {hours} hours: {:.0} years/s ({:.2} hours of harm a year)",
        trials as f64 / seconds,
        outcome.services[0].hours_harmed.mean.estimate
    );
}

/// Seconds and answers of what is worked out exactly.
fn down(name: &str, system: &System, scenario: &Scenario) {
    let study = Study::new(system, scenario);
    let members = system.elements();
    let causes: Vec<Cause<'_>> = members
        .iter()
        .map(|v| Cause {
            q: 0.01,
            members: std::slice::from_ref(v),
        })
        .collect();
    let question = Question::new(&study, &causes, Limits::of_nodes(NODES));
    let (seconds, answers) = time(|| question.down(&NoWatch));
    let nodes: usize = answers.iter().flatten().map(|d| d.nodes).sum();
    let known = answers.iter().flatten().count();
    let all = answers.len();
    println!("exact, {name}: {known} of {all} services in {seconds:.3} s, {nodes} nodes");
}

/// What is exact, and how fast.
fn exactly() {
    let (system, scenario) = units();
    let study = Study::new(&system, &scenario);
    let chances = Chances::new(&system, &[]).expect("sound");
    let causes: Vec<Cause<'_>> = chances
        .events()
        .iter()
        .map(|e| Cause {
            q: e.q,
            members: &e.members,
        })
        .collect();
    let question = Question::new(&study, &causes, Limits::of_nodes(NODES));
    let down_of = question.down(&NoWatch);
    let (seconds, supply) = time(|| question.supply(&down_of, &NoWatch));
    let supply = supply.expect("nobody said stop");
    let table = supply[0].as_ref().expect("a pool");
    let (at_each, sum) = time(|| {
        let load = |h: i32| 1500.0 + f64::from(h % 1351);
        (0..8736).map(|h| table.at(load(h)).degraded).sum::<f64>()
    });
    println!(
        "exact, outage table of 32 units: {:.2} ms, 8,736 loads {:.2} ms ({sum:.3} h)",
        1e3 * seconds,
        1e3 * at_each
    );
    let (system, scenario) = estate(1_000, 0.01);
    down("1,000 components in racks", &system, &scenario);
}

/// How much narrower stratified intervals are than plain ones.
fn variance() {
    let (system, scenario) = estate(400, 1e-3);
    let study = Study::new(&system, &scenario);
    let width = |method| {
        let settings = Settings {
            method,
            at_risk: false,
            ..Settings::new(200_000, 1)
        };
        let snapshot = Snapshot::new(&study, settings).expect("sound settings");
        let (seconds, outcome) = time(|| {
            let record = snapshot.run(None, &NoWatch, &mut |_| ());
            snapshot.answer(&record)
        });
        let squares = outcome
            .services
            .iter()
            .map(|s| (s.harm.high - s.harm.low).powi(2));
        (squares.sum::<f64>(), seconds)
    };
    let ((plain, slow), (stratified, fast)) = (width(Method::Plain), width(Method::Stratified));
    println!(
        "400 components, q = 1e-3, 200,000 trials: variance plain / stratified {:.0}, at {:.2} of \
         the time",
        plain / stratified,
        fast / slow
    );
}
