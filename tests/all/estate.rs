//! The shipped estate tells the stories its scenarios promise.

use brownout::analysis::{NoWatch, StateOutcome, Study, SweepOutcome};
use brownout::input::{Loaded, Overrides, load};
use brownout::model::{CaseId, Cause, ServiceOutcome, Status, System, Witness};
use std::path::Path;

const SCENARIOS: [&str; 6] = [
    "quarter-end",
    "quarter-end-forecast",
    "quarter-end-one-down",
    "maintenance-weekend",
    "site-loss",
    "wan-second-path",
];

fn scenario(name: &str) -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(format!("{name}.toml"));
    load(&path, &Overrides::default()).unwrap_or_else(|faults| panic!("{name}: {faults}"))
}

fn case(loaded: &Loaded, name: &str) -> CaseId {
    let at = loaded.scenario.cases.iter().position(|c| c.name == name);
    CaseId(u32::try_from(at.expect("the load case exists")).expect("few cases"))
}

fn state(loaded: &Loaded, failed: &[&str], at: &str) -> StateOutcome {
    let failed: Vec<_> = failed
        .iter()
        .map(|id| loaded.system.find(id).expect("the element exists"))
        .collect();
    Study::new(&loaded.system, &loaded.scenario).state(&failed, case(loaded, at))
}

fn service<'a>(system: &System, state: &'a StateOutcome, id: &str) -> &'a ServiceOutcome {
    let node = system.find(id).expect("the service exists");
    let mut all = state.services.iter();
    all.find(|s| s.service == node).expect("it has an outcome")
}

/// Status and delivered (rounded to 1e-6) of a service after one more failure.
fn after(loaded: &Loaded, failed: &str, at: &str, id: &str) -> (Status, i64) {
    let state = state(loaded, &[failed], at);
    let s = service(&loaded.system, &state, id);
    #[allow(clippy::cast_possible_truncation)] // 0..=1e6
    (s.status, (s.delivered * 1e6).round() as i64)
}

/// The elements of the minimal sets of order 1, as ids.
fn singles<'a>(loaded: &'a Loaded, sweep: &SweepOutcome, id: &str, at: &str) -> Vec<&'a str> {
    let node = loaded.system.find(id).expect("the service exists");
    let at = case(loaded, at);
    let mut rows = sweep.services.iter();
    let row = rows.find(|s| s.service == node && s.case == at);
    row.expect("it was swept")
        .minimal
        .iter()
        .filter(|m| m.elements.len() == 1)
        .map(|m| loaded.system.id(m.elements[0]))
        .collect()
}

#[test]
fn every_scenario_loads_with_its_inventory() {
    for name in SCENARIOS {
        let loaded = scenario(name);
        assert_eq!(loaded.system.services().len(), 6, "{name}");
        assert!(loaded.warnings.is_empty(), "{name}: {:?}", loaded.warnings);
    }
}

#[test]
fn as_designed_everything_is_delivered_at_quarter_end() {
    let loaded = scenario("quarter-end");
    for at in ["today", "quarter-end"] {
        for s in &state(&loaded, &[], at).services {
            assert!((s.delivered - 1.0).abs() < 1e-12);
            assert!(s.headroom.is_some_and(|h| h >= 0.05), "{at}");
        }
    }
    let today = state(&loaded, &[], "today");
    for id in ["order-management", "payments"] {
        assert_eq!(service(&loaded.system, &today, id).status, Status::Ok);
    }
    let peak = state(&loaded, &[], "quarter-end");
    let orders = service(&loaded.system, &peak, "order-management");
    assert_eq!(orders.status, Status::AtRisk);
    assert_eq!(orders.findings[0].cause, Cause::Redundancy);
}

#[test]
fn one_of_three_order_servers_lost() {
    let loaded = scenario("quarter-end-one-down");
    let system = &loaded.system;
    let today = state(&loaded, &[], "today");
    let orders = service(system, &today, "order-management");
    assert_eq!(orders.status, Status::AtRisk);
    assert!((orders.delivered - 1.0).abs() < 1e-12);
    assert!((orders.headroom.expect("limited") - 1.0 / 7.0).abs() < 1e-9);
    assert_eq!(orders.findings[0].cause, Cause::Peak);
    let peak_case = case(&loaded, "quarter-end");
    assert_eq!(orders.findings[0].witness, Witness::Case(peak_case));

    let peak = state(&loaded, &[], "quarter-end");
    let orders = service(system, &peak, "order-management");
    assert_eq!(orders.status, Status::Degraded);
    assert!((orders.delivered - 800.0 / 1100.0).abs() < 1e-12);
    assert_eq!(orders.limit.map(|n| system.id(n)), Some("app-1"));
    assert_eq!(service(system, &peak, "payments").status, Status::Ok);
}

#[test]
fn one_feed_takes_the_storage_although_every_rack_has_two() {
    let loaded = scenario("quarter-end");
    assert_eq!(
        after(&loaded, "fra1-feed-b", "today", "email").0,
        Status::Down
    );
    assert_eq!(
        after(&loaded, "fra1-feed-b", "today", "web-shop").0,
        Status::Down
    );
    let spared = after(&loaded, "fra1-feed-b", "today", "order-management");
    assert_eq!(spared.1, 1_000_000, "the standby database takes over");
    assert_eq!(after(&loaded, "fra1-feed-a", "today", "email").1, 1_000_000);
}

#[test]
fn tier_one_has_no_single_point_of_failure_on_a_normal_day() {
    let loaded = scenario("quarter-end");
    let sweep = Study::new(&loaded.system, &loaded.scenario).sweep(1, &NoWatch);
    for id in ["order-management", "payments"] {
        assert_eq!(singles(&loaded, &sweep, id, "today"), Vec::<&str>::new());
    }
    let none = Vec::<&str>::new();
    assert_eq!(singles(&loaded, &sweep, "payments", "quarter-end"), none);
    assert_eq!(
        singles(&loaded, &sweep, "order-management", "quarter-end"),
        [
            "app-1",
            "app-2",
            "app-3",
            "fra1-internet",
            "fra1-lan",
            "fra1-rack-1",
            "fra1-rack-2",
            "fra1-rack-3"
        ]
    );
}

#[test]
fn the_second_wan_path_is_enough_today_and_overloads_at_quarter_end() {
    let loaded = scenario("wan-second-path");
    assert_eq!(after(&loaded, "wan-1", "today", "email").1, 1_000_000);
    // 275 + 220 + 416 + 200 Mbit/s on 1000: the mail gets 1000/1111, the shop's Hamburg half too.
    let mail = after(&loaded, "wan-1", "quarter-end", "email");
    assert_eq!(mail, (Status::Degraded, 900_090));
    let shop = after(&loaded, "wan-1", "quarter-end", "web-shop");
    assert_eq!(shop, (Status::Degraded, 950_045));
    assert_eq!(
        after(&loaded, "fra1-duct", "today", "email").0,
        Status::Down
    );
}

#[test]
fn hamburg_carries_a_normal_day_without_frankfurt_but_not_the_shop() {
    let loaded = scenario("site-loss");
    let system = &loaded.system;
    let today = state(&loaded, &[], "today");
    let orders = service(system, &today, "order-management");
    assert!((orders.delivered - 1.0).abs() < 1e-12);
    assert_eq!(service(system, &today, "web-shop").status, Status::Down);
    let peak = state(&loaded, &[], "quarter-end");
    let orders = service(system, &peak, "order-management");
    assert!((orders.delivered - 720.0 / 1100.0).abs() < 1e-12);
}

#[test]
fn the_maintenance_weekend_harms_nobody_by_itself() {
    let loaded = scenario("maintenance-weekend");
    for at in ["weekend", "monday"] {
        let now = state(&loaded, &[], at);
        assert!(now.services.iter().all(|s| !s.status.is_harm()), "{at}");
    }
    let sweep = Study::new(&loaded.system, &loaded.scenario).sweep(1, &NoWatch);
    for id in ["order-management", "payments"] {
        assert_eq!(singles(&loaded, &sweep, id, "weekend"), Vec::<&str>::new());
    }
    let shop = singles(&loaded, &sweep, "web-shop", "weekend");
    assert!(shop.contains(&"fra1-rtr-2") && shop.contains(&"fra1-san-ctl-b"));
}

#[test]
fn the_forecast_gives_the_planning_figures() {
    let forecast = scenario("quarter-end-forecast");
    let designed = scenario("quarter-end");
    assert_eq!(
        forecast.scenario.cases[1].demand,
        designed.scenario.cases[1].demand
    );
    assert_eq!(
        forecast.scenario.cases[0].demand,
        designed.scenario.cases[0].demand
    );
}
