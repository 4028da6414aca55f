//! Sequential simulation against closed forms and against the IEEE Reliability Test System 1979.

use crate::montecarlo::{Pool, one_case, sharing, simulate};
use crate::oracle::Oracle;
use crate::random::{Dice, Shape, estate};
use brownout::analysis::montecarlo::{
    Estimate, Horizon, HorizonError, Hourly, HourlyError, HourlyOutcome, HourlySettings, Method,
    Repair, Sequential, SequentialOutcome, ServiceHistory, Settings, Shard, SpreadOf, Start,
};
use brownout::analysis::{NoWatch, Study, Watch};
use brownout::model::{
    CaseId, LoadCase, Need, Node, NodeId, Reliability, Role, Scenario, Split, System,
};
use std::sync::atomic::{AtomicU64, Ordering};

fn horizon(trials: u64, hours: u64, demand: Vec<Vec<f64>>) -> Horizon {
    Horizon {
        trials,
        seed: 1,
        demand,
        of_peak: false,
        hours,
        shape: 1.0,
        repair: Repair::Exponential,
        start: Start::LongRun,
        back_in: Vec::new(),
        planned: Vec::new(),
        windows: Vec::new(),
        at_risk: true,
    }
}

fn play(system: &System, scenario: &Scenario, horizon: Horizon) -> SequentialOutcome {
    let study = Study::new(system, scenario);
    let sequential = Sequential::new(&study, horizon).expect("a sound horizon");
    sequential.run(&NoWatch).expect("sums that can be held")
}

/// Hours at risk and hours ok, where they were judged.
fn at_risk_and_ok(service: &ServiceHistory) -> (&SpreadOf, &SpreadOf) {
    let both = service
        .hours_at_risk
        .as_ref()
        .zip(service.hours_ok.as_ref());
    both.expect("judged")
}

fn covers(e: &Estimate, truth: f64) -> bool {
    e.low <= truth && truth <= e.high
}

/// Capacity, mean time to failure, mean time to repair.
type Unit = (f64, f64, f64);

/// One unit of each capacity, all sharing one demand.
fn plant(units: &[Unit], demand: f64) -> (System, Scenario) {
    let rates = |&(capacity, mtbf_hours, mttr_hours): &Unit| {
        let rates = Reliability::Rates {
            mtbf_hours,
            mttr_hours,
        };
        (capacity, rates)
    };
    let units: Vec<_> = units.iter().map(rates).collect();
    let draft = sharing("grid", &units, 1, demand);
    let system = System::new(draft).expect("valid");
    let scenario = one_case(&system, vec![demand]);
    (system, scenario)
}

#[test]
fn one_component_in_closed_form() {
    // Up 90 h, down 10 h on average: out a tenth of the time, one failure per 100 h, 10 h each.
    let (system, scenario) = plant(&[(10.0, 90.0, 10.0)], 10.0);
    for repair in [Repair::Exponential, Repair::Fixed] {
        let asked = Horizon {
            repair,
            ..horizon(2_000, 1_000, vec![vec![10.0]])
        };
        let outcome = play(&system, &scenario, asked);
        let grid = &outcome.services[0];
        assert!(
            covers(&grid.hours_down.mean, 100.0),
            "{repair:?}: {:?}",
            grid.hours_down.mean
        );
        assert!(
            covers(&grid.unserved.mean, 1_000.0),
            "{:?}",
            grid.unserved.mean
        );
        // Episodes that are under way at the start count as well: λ·P(up)·t + q = 10.1.
        assert!(
            covers(&grid.episodes.mean, 10.1),
            "{:?}",
            grid.episodes.mean
        );
        let duration = grid.duration.expect("there were episodes");
        let ends = duration.low.zip(duration.high);
        let (low, high) = ends.expect("finite");
        assert!((low..=high).contains(&(100.0 / 10.1)), "{duration:?}");
        assert!(high - low < 1.0, "{duration:?}");
        let frequency = grid.frequency.as_ref().expect("not of a peak");
        assert!(covers(frequency, 10.1 * 8.76), "{frequency:?}");
        assert!(
            grid.hours_down.p50 < grid.hours_down.p95 && grid.hours_down.p95 < grid.hours_down.p99
        );
    }
}

#[test]
fn a_known_outage_is_repaired_and_a_planned_one_takes_its_time() {
    let (system, mut scenario) = plant(&[(10.0, 1e9, 10.0), (10.0, 1e9, 10.0)], 10.0);
    scenario.down = vec![NodeId(system.find("s000").expect("known").0)];
    let asked = Horizon {
        start: Start::Known,
        repair: Repair::Fixed,
        back_in: vec![(scenario.down[0], 30.0)],
        planned: vec![(system.find("s001").expect("known"), 20.0, 50.0)],
        windows: vec![("early".into(), 0.0, 20.0), ("late".into(), 25.0, 26.0)],
        ..horizon(10, 100, vec![vec![10.0]])
    };
    // Both are out from hour 20 to hour 30.
    let outcome = play(&system, &scenario, asked);
    let grid = &outcome.services[0];
    assert!(
        (grid.hours_down.mean.estimate - 10.0).abs() < 1e-4,
        "{:?}",
        grid.hours_down
    );
    assert!((grid.episodes.mean.estimate - 1.0).abs() < 1e-9);
    let windows: Vec<f64> = grid
        .windows
        .iter()
        .map(|w| w.probability.estimate)
        .collect();
    assert!(windows[0] <= 0.0 && windows[1] >= 1.0, "{windows:?}");
}

#[test]
fn demand_by_the_hour_counts_hour_by_hour() {
    // 15 for one hour in four against 10: a third unserved then, whatever fails.
    let (system, scenario) = plant(&[(10.0, 1e9, 1.0)], 15.0);
    let demand = (0..100)
        .map(|h| if h % 4 == 0 { 15.0 } else { 10.0 })
        .collect();
    let outcome = play(&system, &scenario, horizon(3, 100, vec![demand]));
    let grid = &outcome.services[0];
    assert!((grid.hours_degraded.mean.estimate - 25.0).abs() < 1e-6);
    assert!((grid.unserved.mean.estimate - 125.0).abs() < 1e-6);
    assert!((grid.episodes.mean.estimate - 25.0).abs() < 1e-6);
    let duration = grid.duration.and_then(|d| d.estimate);
    assert!((duration.expect("episodes") - 1.0).abs() < 1e-6);
}

#[test]
fn three_servers_are_at_risk_as_long_as_they_are_likely_to_be() {
    // Up 990 h, down 10 h: q = 0.01. The golden probabilities times the hours.
    for (demand, at_risk, ok) in [(180.0, 0.029_403, 0.970_299), (250.0, 0.970_299, 0.0)] {
        let (system, scenario) = plant(&[(100.0, 990.0, 10.0); 3], demand);
        let asked = Horizon {
            seed: 3,
            ..horizon(4_000, 2_000, vec![vec![demand]])
        };
        let outcome = play(&system, &scenario, asked);
        assert_eq!(outcome.at_risk_judged, 4_000);
        let grid = &outcome.services[0];
        let (risk, fine) = at_risk_and_ok(grid);
        assert!(covers(&risk.mean, 2_000.0 * at_risk), "{risk:?}");
        assert!(covers(&fine.mean, 2_000.0 * ok), "{fine:?}");
        let all = grid.hours_harmed.mean.estimate + risk.mean.estimate + fine.mean.estimate;
        assert!((all - 2_000.0).abs() < 1e-6, "{all}");
        assert!(risk.p50 <= risk.p95 && risk.p95 <= risk.p99);
    }
}

/// Hours in each status, hour by hour, where planned outages take `out(hour)` away.
fn by_hour(
    system: &System,
    scenario: &Scenario,
    demand: &[Vec<f64>],
    out: impl Fn(usize) -> Vec<NodeId>,
) -> Vec<std::collections::BTreeMap<&'static str, f64>> {
    let mut sums = vec![std::collections::BTreeMap::new(); demand.len()];
    for hour in 0..demand[0].len() {
        let mut at = scenario.clone();
        at.down.clear();
        at.cases.retain(|c| c.peak);
        at.cases.push(LoadCase {
            name: "now".into(),
            demand: demand.iter().map(|d| d[hour]).collect(),
            peak: false,
        });
        let now = CaseId(u32::try_from(at.cases.len()).expect("few") - 1);
        let state = Oracle::new(system, &at).state(&out(hour), now);
        for (sums, service) in sums.iter_mut().zip(&state.services) {
            *sums.entry(service.status.word()).or_insert(0.0) += 1.0;
        }
    }
    sums
}

#[test]
fn hours_in_each_status_are_those_of_every_hour_by_itself() {
    let shapes = [
        Shape::TinyDag,
        Shape::SharedHubs,
        Shape::Enterprise,
        Shape::Cyclic,
    ];
    let mut seen = std::collections::BTreeMap::new();
    for seed in 0..100u64 {
        let shape = shapes[usize::try_from(seed % 4).expect("small")];
        let (mut system, mut scenario) = estate(shape, 9_000 + seed);
        if seed >= 60 {
            system = crate::trips::tripping(&system, seed);
        }
        let mut dice = Dice::new(seed);
        if seed % 3 == 0 {
            scenario.headroom = Some(0.3);
        }
        // Nothing fails by chance within a day: times up hardly vary.
        let soon = |n: &Node| {
            n.reliability.is_some_and(|r| match r {
                Reliability::Rates { mtbf_hours, .. } => mtbf_hours < 40.0,
                Reliability::Unavailability(q) => q > 0.35,
            })
        };
        if system.nodes().iter().any(soon) {
            continue;
        }
        let hours = 24;
        let most = &scenario.cases[0].demand;
        let demand: Vec<Vec<f64>> = most
            .iter()
            .map(|d| {
                let at = |_| d * dice.pick(&[0.0, 0.3, 0.6, 0.9, 1.2, 2.0]);
                (0..hours).map(at).collect()
            })
            .collect();
        let elements = system.elements();
        let planned: Vec<(NodeId, f64, f64)> = (0..dice.below(4))
            .map(|_| {
                let from = dice.below(hours - 4);
                (dice.pick(&elements), from as f64, (from + 4) as f64)
            })
            .collect();
        let down = scenario.down.clone();
        let asked = Horizon {
            shape: 60.0,
            start: Start::Known,
            repair: Repair::Fixed,
            back_in: down.iter().map(|&v| (v, 10.0)).collect(),
            planned: planned.clone(),
            ..horizon(1, hours as u64, demand.clone())
        };
        let outcome = play(&system, &scenario, asked);
        let out = |hour: usize| {
            let now = hour as f64;
            let taken = planned.iter().filter(|p| p.1 <= now && now < p.2);
            let mut out: Vec<NodeId> = taken.map(|p| p.0).collect();
            out.extend(down.iter().filter(|_| hour < 10));
            out.sort_unstable();
            out.dedup();
            out
        };
        let truth = by_hour(&system, &scenario, &demand, out);
        for (service, truth) in outcome.services.iter().zip(truth) {
            let (risk, ok) = at_risk_and_ok(service);
            for (word, spread) in [
                ("down", &service.hours_down),
                ("degraded", &service.hours_degraded),
                ("at-risk", risk),
                ("ok", ok),
            ] {
                let hours = truth.get(word).copied().unwrap_or(0.0);
                *seen.entry(word).or_insert(0.0) += hours;
                assert!(
                    (spread.mean.estimate - hours).abs() < 1e-6,
                    "seed {seed}, {word}: {} is not {hours}",
                    spread.mean.estimate
                );
            }
        }
    }
    assert!(
        seen.len() == 4 && seen.values().all(|&h| h > 100.0),
        "{seen:?}"
    );
}

#[test]
fn at_risk_is_judged_in_some_histories_where_all_are_too_many() {
    let units: Vec<Unit> = (0..40).map(|_| (10.0, 90.0, 10.0)).collect();
    let (system, scenario) = plant(&units, 300.0);
    let wave: Vec<f64> = (0..1_000)
        .map(|h| 250.0 + f64::from(h % 24) * 5.0)
        .collect();
    let few = play(&system, &scenario, horizon(230, 1_000, vec![wave.clone()]));
    assert!(
        (50..230).contains(&few.at_risk_judged),
        "{}",
        few.at_risk_judged
    );
    let (risk, _) = at_risk_and_ok(&few.services[0]);
    assert!(risk.mean.method.contains("every history in"), "{risk:?}");
    assert!(risk.mean.high - risk.mean.low > 0.0);
    let none = Horizon {
        at_risk: false,
        ..horizon(16, 1_000, vec![wave])
    };
    let none = play(&system, &scenario, none);
    assert_eq!(none.at_risk_judged, 0);
    assert_eq!(none.services[0].reason.as_deref(), Some("not asked for"));
}

#[test]
fn histories_do_not_depend_on_threads() {
    let (system, scenario) = plant(&[(10.0, 90.0, 10.0), (10.0, 50.0, 10.0)], 15.0);
    let one = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads")
            .install(|| play(&system, &scenario, horizon(200, 500, vec![vec![15.0]])))
    };
    assert_eq!(one(1), one(3));
}

/// Stops once so many steps are done.
pub struct StopAfter {
    steps: u64,
    done: AtomicU64,
}

impl StopAfter {
    pub fn new(steps: u64) -> Self {
        Self {
            steps,
            done: AtomicU64::new(0),
        }
    }
}

impl Watch for StopAfter {
    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    fn total(&self, _: u64) {}

    fn stop(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.steps
    }
}

#[test]
fn histories_go_on_from_where_they_stopped_and_shards_add_up() {
    let (system, scenario) = plant(&[(10.0, 90.0, 10.0), (10.0, 50.0, 10.0)], 15.0);
    let study = Study::new(&system, &scenario);
    let asked = Horizon {
        windows: vec![("end".into(), 90.0, 100.0)],
        ..horizon(2_500, 100, vec![vec![15.0]])
    };
    let sequential = Sequential::new(&study, asked).expect("sound");
    let straight = sequential.play(None, None, &NoWatch, &mut |_| ());
    let stopped = sequential.play(None, None, &StopAfter::new(1_100), &mut |_| ());
    let frame = sequential.frame();
    let done = frame
        .answer(&stopped)
        .expect("sums that can be held")
        .trials_done;
    assert!((1_100..2_500).contains(&done), "{done} of 2,500");
    assert!(frame.fits(&stopped, None) && !frame.is_done(&stopped));
    // By way of text, as a checkpoint does.
    let text = serde_json::to_string(&stopped).expect("JSON");
    let read = serde_json::from_str(&text).expect("a record");
    let resumed = sequential.play(Some(read), None, &NoWatch, &mut |_| ());
    assert_eq!(resumed, straight);

    let part = |index| {
        let shard = Some(Shard { index, count: 3 });
        sequential.play(None, shard, &NoWatch, &mut |_| ())
    };
    let mut all = part(2);
    for index in [0, 1] {
        all.merge(&part(index)).expect("of one run");
    }
    assert_eq!(all, straight);
}

#[test]
fn horizons_that_make_no_sense_are_refused() {
    let (system, scenario) = plant(&[(10.0, 90.0, 10.0)], 10.0);
    let study = Study::new(&system, &scenario);
    let fault = |asked| Sequential::new(&study, asked).err().map(|f| f[0].clone());
    let sound = || horizon(1, 100, vec![vec![1.0]]);
    assert_eq!(fault(sound()), None);
    assert_eq!(
        fault(horizon(0, 100, vec![vec![1.0]])),
        Some(HorizonError::NoTrials)
    );
    assert_eq!(
        fault(horizon(1, 0, vec![vec![1.0]])),
        Some(HorizonError::Empty)
    );
    let window = |from, to| Horizon {
        windows: vec![("w".into(), from, to)],
        ..sound()
    };
    for (from, to) in [(90.0, 110.0), (-1.0, 5.0), (5.0, 5.0), (f64::NAN, 5.0)] {
        let fault = fault(window(from, to));
        let right = matches!(&fault, Some(HorizonError::Window(name, ..)) if name == "w");
        assert!(right, "{fault:?}");
    }
    let shape = Horizon {
        shape: 0.0,
        ..sound()
    };
    assert!(matches!(fault(shape), Some(HorizonError::Parameter(_))));
    // Laws whose mean no history shows, and sums that no number holds.
    for shape in [0.001, 0.1, 1e-300] {
        let fault = fault(Horizon { shape, ..sound() });
        assert!(
            matches!(fault, Some(HorizonError::Rare(_))),
            "{shape}: {fault:?}"
        );
    }
    for cv in [101.0, 1e160, 1e300] {
        let repair = Repair::Lognormal(cv);
        let fault = fault(Horizon { repair, ..sound() });
        assert!(
            matches!(fault, Some(HorizonError::Rare(_))),
            "{cv}: {fault:?}"
        );
    }
    for (shape, repair) in [(0.2, Repair::Fixed), (1e300, Repair::Lognormal(90.0))] {
        assert_eq!(
            fault(Horizon {
                shape,
                repair,
                ..sound()
            }),
            None
        );
    }
    let many = Horizon {
        trials: u64::MAX,
        ..sound()
    };
    assert!(matches!(fault(many), Some(HorizonError::TooMany(..))));
    let great = horizon(1, 100, vec![vec![1e307]]);
    assert_eq!(fault(great), Some(HorizonError::Demand("grid".into())));
}

/// The IEEE Reliability Test System 1979: its units, and the load of its 8,736 hours from the tables of
/// weeks, days and hours (tests/data).
fn rts79() -> (Vec<Unit>, Vec<f64>) {
    let rows = |text: &'static str| text.lines().skip(1).map(|line| line.split(',').collect());
    let number = |s: &str| s.parse::<f64>().expect("a number");
    let units = rows(include_str!("../data/rts79_units.csv")).flat_map(|row: Vec<&str>| {
        let unit = (number(row[1]), number(row[2]), number(row[3]));
        vec![unit; row[0].parse().expect("a count")]
    });
    let table = |of: &str, week: usize| -> Vec<u64> {
        let number = |s: &str| s.parse().unwrap_or(0);
        let mut rows = rows(include_str!("../data/rts79_load.csv"));
        let is_it =
            |row: &Vec<&str>| row[0] == of && (number(row[1])..=number(row[2])).contains(&week);
        let row: Vec<&str> = rows.find(is_it).expect("a table");
        row[3]
            .split(' ')
            .map(|n| n.parse().expect("a number"))
            .collect()
    };
    let (peak, weeks, days) = (
        table("peak_mw", 0)[0],
        table("week_per_mille", 1),
        table("day_percent", 1),
    );
    let mut load = Vec::new();
    for (week, of_week) in (1..).zip(&weeks) {
        for (day, of_day) in days.iter().enumerate() {
            let hours = if day < 5 { "weekday" } else { "weekend" };
            for of_hour in table(&format!("{hours}_hour_percent"), week) {
                // Whole numbers: a load that equals a capacity equals it to the last bit.
                load.push((peak * of_week * of_day * of_hour) as f64 / 1e7);
            }
        }
    }
    (units.collect(), load)
}

#[test]
fn rts79_snapshot_at_the_peak_hour() {
    // Published convolution: with the peak load all year, LOLP = 0.08457806.
    let (units, load) = rts79();
    let peak = load.iter().copied().fold(0.0, f64::max);
    let (system, scenario) = plant(&units, peak);
    for method in [Method::Auto, Method::Plain, Method::Stratified] {
        let settings = Settings {
            method,
            at_risk: false,
            ..Settings::new(200_000, 1)
        };
        let outcome = simulate(&system, &scenario, settings);
        let harm = &outcome.services[0].harm;
        if method == Method::Auto {
            // A capacity outage table knows it, at every digit that was published.
            assert!(harm.is_exact() || harm.method.starts_with("exact, by capacity outage table"));
            assert!((harm.estimate - 0.084_578_06).abs() < 5e-9, "{harm:?}");
        } else {
            assert!(covers(harm, 0.084_578_06), "{method:?}: {harm:?}");
        }
    }
}

/// Snapshot states of a plant against every hour.
fn hourly(
    system: &System,
    scenario: &Scenario,
    (trials, seed, method): (u64, u64, Method),
    load: &[f64],
) -> HourlyOutcome {
    let study = Study::new(system, scenario);
    let settings = HourlySettings {
        trials,
        seed,
        method,
        hours: load.len() as u64,
        demand: vec![load.to_vec()],
        uses: false,
    };
    Hourly::new(&study, settings).expect("sound").run(&NoWatch)
}

#[test]
fn hours_of_one_unit_in_closed_form() {
    // Out a tenth of the time. At 15 it is overloaded, at 10 it is not.
    let (system, scenario) = plant(&[(10.0, 90.0, 10.0)], 15.0);
    let load: Vec<f64> = (0..100)
        .map(|h| if h % 4 == 0 { 15.0 } else { 10.0 })
        .collect();
    let exact = hourly(&system, &scenario, (10, 1, Method::Auto), &load);
    let near = |e: &Estimate, truth: f64| assert!((e.estimate - truth).abs() < 1e-9, "{e:?}");
    let service = &exact.services[0];
    near(&service.hours_down, 10.0);
    near(&service.hours_degraded, 0.9 * 25.0);
    near(&service.hours_harmed, 10.0 + 0.9 * 25.0);
    near(
        &service.unserved,
        0.1 * (25.0 * 15.0 + 75.0 * 10.0) + 0.9 * 25.0 * 5.0,
    );
    assert!((service.hours_harmed.high - service.hours_harmed.low).abs() < 1e-9);
    let plain = hourly(&system, &scenario, (20_000, 1, Method::Plain), &load);
    assert!(
        covers(&plain.services[0].hours_harmed, 32.5),
        "{:?}",
        plain.services[0].hours_harmed
    );
    let none = HourlySettings {
        trials: 0,
        seed: 1,
        method: Method::Auto,
        hours: 0,
        demand: vec![load],
        uses: false,
    };
    let study = Study::new(&system, &scenario);
    let faults = Hourly::new(&study, none).err().expect("refused");
    assert_eq!(faults, [HourlyError::NoTrials, HourlyError::Empty]);
}

#[test]
fn hours_agree_with_load_cases_where_demands_move_apart() {
    // Two services on one unit, one busy by day, one by night: no hour asks most of both.
    let mut b = crate::estates::Builder::default();
    let units: Vec<u32> = (0..3)
        .map(|i| b.component(&format!("u{i}"), Some(10.0)))
        .collect();
    for id in ["day", "night"] {
        let s = b.service(id, 12.0);
        b.needs(s, Need::AtLeast(1), Split::Share, &units);
    }
    let components = b.draft.nodes.iter_mut();
    for n in components.filter(|n| matches!(n.node.role, Role::Component)) {
        n.node.reliability = Some(Reliability::Unavailability(0.1));
    }
    let system = b.build();
    let demand = vec![vec![20.0, 12.0, 4.0], vec![4.0, 12.0, 22.0]];
    let mut scenario = one_case(&system, vec![12.0, 12.0]);
    let settings = HourlySettings {
        trials: 100,
        seed: 1,
        method: Method::Stratified,
        hours: 3,
        demand: demand.clone(),
        uses: false,
    };
    let study = Study::new(&system, &scenario);
    let hours = Hourly::new(&study, settings).expect("sound").run(&NoWatch);
    drop(study);
    scenario.cases = (0..3)
        .map(|h| brownout::model::LoadCase {
            name: format!("{h}"),
            demand: demand.iter().map(|d| d[h]).collect(),
            peak: false,
        })
        .collect();
    let cases = simulate(&system, &scenario, Settings::new(100, 1));
    for (s, service) in hours.services.iter().enumerate() {
        let of = |f: &dyn Fn(&brownout::analysis::montecarlo::ServiceChance) -> f64| {
            (0..3).map(|h| f(&cases.services[3 * s + h])).sum::<f64>()
        };
        let spread = service.hours_harmed.high - service.hours_harmed.low;
        let harm = of(&|c| c.harm.estimate);
        assert!(harm > 0.1, "{harm}");
        assert!(
            (service.hours_harmed.estimate - harm).abs() <= spread + 1e-9,
            "{service:?} {harm}"
        );
        let unserved = of(&|c| c.unserved.estimate);
        let spread = service.unserved.high - service.unserved.low;
        assert!((service.unserved.estimate - unserved).abs() <= spread + 1e-9);
    }
}

/// Expected hours of loss in a year, and expected energy not served, `MWh`: exact.
const RTS79: (f64, f64) = (9.394_175, 1_176.298_5);

#[test]
fn rts79_snapshot_against_every_hour_of_the_year() {
    let (units, load) = rts79();
    let (system, scenario) = plant(&units, 2850.0);
    let outcome = hourly(&system, &scenario, (60_000, 1, Method::Auto), &load);
    let grid = &outcome.services[0];
    assert_eq!((outcome.trials_done, outcome.drawn), (0, 0.0));
    let near = |e: &Estimate, truth: f64, digit: f64| {
        assert!(
            e.method.starts_with("exact, by capacity outage table"),
            "{e:?}"
        );
        assert!((e.estimate - truth).abs() < digit, "{e:?} {truth}");
    };
    near(&grid.hours_harmed, RTS79.0, 6e-7);
    near(&grid.unserved, RTS79.1, 6e-5);
    // Hour by hour by another convolution, all its digits.
    let hours: f64 = load.iter().map(|&d| loss_probability(&units, d)).sum();
    near(&grid.hours_harmed, hours, 1e-10);
    for method in [Method::Stratified, Method::Plain] {
        let outcome = hourly(&system, &scenario, (60_000, 1, method), &load);
        let grid = &outcome.services[0];
        assert!(
            covers(&grid.hours_harmed, RTS79.0),
            "{method:?}: {:?}",
            grid.hours_harmed
        );
        assert!(
            covers(&grid.unserved, RTS79.1),
            "{method:?}: {:?}",
            grid.unserved
        );
        let half = (grid.hours_harmed.high - grid.hours_harmed.low) / 2.0;
        assert!(half < 0.1 * RTS79.0, "{method:?}: {:?}", grid.hours_harmed);
    }
}

#[test]
fn rts79_intervals_cover_over_seeds() {
    let (units, load) = rts79();
    let (system, scenario) = plant(&units, 2850.0);
    let (mut hours, mut energy) = (0, 0);
    for seed in 0..20 {
        let outcome = hourly(&system, &scenario, (6_000, seed, Method::Stratified), &load);
        hours += u32::from(covers(&outcome.services[0].hours_harmed, RTS79.0));
        energy += u32::from(covers(&outcome.services[0].unserved, RTS79.1));
    }
    assert!(hours >= 17 && energy >= 17, "{hours} and {energy} of 20");
}

#[test]
fn rts79_histories_cover_over_seeds() {
    let (units, load) = rts79();
    let (system, scenario) = plant(&units, 2850.0);
    let (mut hours, mut energy, mut episodes) = (0, 0, 0);
    for seed in 0..20 {
        let asked = Horizon {
            seed: 1_000 + seed,
            ..horizon(200, load.len() as u64, vec![load.clone()])
        };
        let outcome = play(&system, &scenario, asked);
        let grid = &outcome.services[0];
        hours += u32::from(covers(&grid.hours_harmed.mean, RTS79.0));
        energy += u32::from(covers(&grid.unserved.mean, RTS79.1));
        episodes += u32::from(covers(&grid.episodes.mean, 2.019_67));
    }
    assert!(
        hours >= 17 && energy >= 17 && episodes >= 17,
        "{hours}, {energy} and {episodes} of 20"
    );
}

#[test]
fn rts79_snapshot_over_the_year() {
    // LOLE = Σ over hours of the probability of loss; here over every 364th hour against an exact
    // convolution, each hour a load case: exactly, and in one and the same sample of states.
    let (units, load) = rts79();
    let hours: Vec<f64> = load.iter().copied().step_by(364).collect();
    let (system, mut scenario) = plant(&units, hours[0]);
    scenario.cases = hours
        .iter()
        .map(|&demand| brownout::model::LoadCase {
            name: format!("{demand}"),
            demand: vec![demand],
            peak: false,
        })
        .collect();
    let truth: Vec<f64> = hours.iter().map(|&d| loss_probability(&units, d)).collect();
    let settings = Settings {
        at_risk: false,
        ..Settings::new(100_000, 3)
    };
    let exact = simulate(&system, &scenario, settings);
    for (s, t) in exact.services.iter().zip(&truth) {
        assert!((s.harm.estimate - t).abs() <= 1e-11 * t, "{:?} {t}", s.harm);
    }
    let settings = Settings {
        method: Method::Stratified,
        ..settings
    };
    let outcome = simulate(&system, &scenario, settings);
    let covered = outcome
        .services
        .iter()
        .zip(&truth)
        .filter(|(s, t)| covers(&s.harm, **t));
    // 24 intervals from one sample: one of them may miss.
    assert!(covered.count() >= 23);
}

/// Probability that the capacity that works is strictly below a load, by convolution in MW.
fn loss_probability(units: &[Unit], load: f64) -> f64 {
    let mut p = vec![1.0];
    for &(capacity, up, down) in units {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Whole MW.
        let capacity = capacity as usize;
        let q = down / (up + down);
        let mut next = vec![0.0; p.len() + capacity];
        for (mw, x) in p.iter().enumerate() {
            next[mw] += x * q;
            next[mw + capacity] += x * (1.0 - q);
        }
        p = next;
    }
    p.iter()
        .enumerate()
        .filter(|(mw, _)| (*mw as f64) < load)
        .map(|(_, x)| x)
        .sum()
}

#[test]
fn rts79_sequential() {
    // LOLE 9.394175 h/yr, LOEE 1176.2985 MWh/yr, LOLF 2.01967/yr in continuous time.
    let (units, load) = rts79();
    let (system, scenario) = plant(&units, 2850.0);
    let asked = Horizon {
        seed: 2,
        ..horizon(1_500, load.len() as u64, vec![load])
    };
    let outcome = play(&system, &scenario, asked);
    let grid = &outcome.services[0];
    assert!(
        covers(&grid.hours_harmed.mean, 9.394_175),
        "{:?}",
        grid.hours_harmed.mean
    );
    assert!(
        covers(&grid.unserved.mean, 1_176.298_5),
        "{:?}",
        grid.unserved.mean
    );
    assert!(
        covers(&grid.episodes.mean, 2.019_67),
        "{:?}",
        grid.episodes.mean
    );
}

#[test]
fn a_pool_in_the_long_run_is_as_likely_harmed_as_in_a_snapshot() {
    let pool = Pool {
        n: 4,
        need: 3,
        capacity: 10.0,
        q: 0.05,
        demand: 1.0,
        beta: None,
    };
    let (system, scenario) = pool.build();
    let snapshot = simulate(&system, &scenario, Settings::new(100, 1));
    let outcome = play(&system, &scenario, horizon(400, 2_000, vec![vec![1.0]]));
    let truth = snapshot.services[0].harm.estimate * 2_000.0;
    assert!(covers(&outcome.services[0].hours_harmed.mean, truth));
}
