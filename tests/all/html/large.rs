//! A page of ten thousand services stays small, and says what it leaves out.

use super::{rendered, reports, result};
use serde_json::{Value, json};
use std::time::Instant;

/// Services.
const SERVICES: usize = 10_000;
/// Breaches and single failures.
const FINDINGS: usize = 1_000;

/// A result with many services and findings, from a small one.
pub(super) fn large() -> Value {
    let mut value = result(&reports().forecast);
    let id = |n: usize| format!("service-{n:05}-of-the-large-estate");
    for state in value["base"].as_array_mut().unwrap() {
        let model = state["services"][0].clone();
        let service = |n: usize| {
            let mut s = model.clone();
            s["id"] = id(n).into();
            s["name"] = format!("Service {n}").into();
            s["status"] = ["ok", "at-risk", "degraded", "down"][n % 4].into();
            s["because"] = json!(["it needs what is out", "app-1 is full"]);
            s
        };
        state["services"] = (0..SERVICES).map(service).collect();
    }
    let swept = value["sweep"]["services"][0].clone();
    let set = |element: usize, n: usize| {
        json!({"elements": [format!("element-{element:04}")], "status": (if n.is_multiple_of(2) { "down" } else { "degraded" }),
            "delivered": 0.5, "limit": "app-1"})
    };
    let sweep = |(n, case): (usize, &str)| {
        let mut s = swept.clone();
        s["id"] = id(n).into();
        s["load_case"] = case.into();
        s["minimal"] = (0..4).map(|k| set((n * 7 + k) % FINDINGS, n)).collect();
        s["minimal_count"] = FINDINGS.into();
        s
    };
    let pairs = (0..SERVICES).flat_map(|n| [(n, "october"), (n, "quarter-end")]);
    value["sweep"]["services"] = pairs.map(sweep).collect();
    let breach = |n: usize| {
        json!({"service": id(n), "load_case": "quarter-end", "elements": [format!("element-{n:04}")],
            "status": "down", "delivered": 0.0})
    };
    value["policies"][0]["breaches"] = (0..FINDINGS).map(breach).collect();
    let times = value["timeline"]["services"][0].clone();
    let timed = |n: usize| {
        let mut s = times.clone();
        s["id"] = id(n).into();
        s
    };
    value["timeline"]["services"] = (0..SERVICES).map(timed).collect();
    value
}

/// `10,000`.
fn thousands(n: usize) -> String {
    assert!((1000..1_000_000).contains(&n));
    format!("{},{:03}", n / 1000, n % 1000)
}

#[test]
fn ten_thousand_services_make_a_page_that_opens() {
    let value = large();
    let text = value.to_string();
    let start = Instant::now();
    let document = serde_json::from_str(&text).unwrap();
    let all: std::collections::BTreeMap<String, Vec<u8>> =
        brownout::report::folder::files(&document)
            .unwrap()
            .into_iter()
            .collect();
    println!("read and rendered in {:?} (unoptimised)", start.elapsed());
    let html = std::str::from_utf8(&all["report.html"]).unwrap();
    println!("page of {} bytes", html.len());
    assert!(html.len() < 15_000_000, "{} bytes", html.len());
    assert!(html.contains("The first 500 of 10,000 services."));
    assert!(html.contains("href=\"table-services.csv\""));
    let rows = all["table-services.csv"].split(|b| *b == b'\n').count() - 1;
    assert_eq!(rows, 1 + 2 * SERVICES);
    // Cells are what a browser must lay out.
    assert!(
        html.matches("<td").count() < 40_000,
        "{}",
        html.matches("<td").count()
    );
    // What a list leaves out is counted, and a table has it all.
    let shown = html.matches("element-").count();
    assert!(shown < FINDINGS, "{shown}");
    assert!(
        html.contains(&format!("of {}", thousands(FINDINGS))),
        "a cut list says of how many"
    );
    let breaches = all["table-policies.csv"].split(|b| *b == b'\n').count() - 1;
    assert!(breaches > FINDINGS, "{breaches}");
    assert_eq!(rendered(value)["report.html"], all["report.html"]);
}
