//! What is told first: the terminal, the page and Markdown tell the same, all of it follows from other
//! fields of the result, and one cause is told once.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

const SCENARIOS: [&str; 8] = [
    "scenarios/quarter-end-one-down.toml",
    "scenarios/quarter-end-forecast.toml",
    "scenarios/maintenance-weekend.toml",
    "scenarios/cluster.toml",
    "scenarios/overload-power.toml",
    "scenarios/overload-duct.toml",
    "scenarios/site-loss-shed.toml",
    "examples/plan/scenario.toml",
];

fn brownout(columns: u16, args: &[&str]) -> String {
    let mut command = Command::cargo_bin("brownout").expect("built");
    let output = command
        .env("COLUMNS", columns.to_string())
        .args(args)
        .output();
    let output = output.expect("runs");
    let code = output.status.code().expect("no signal");
    assert!(
        code < 2,
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The results of the shipped scenarios, by path: as bytes in a folder, and as JSON.
fn results() -> &'static (TempDir, BTreeMap<&'static str, (String, Value)>) {
    static RESULTS: OnceLock<(TempDir, BTreeMap<&str, (String, Value)>)> = OnceLock::new();
    RESULTS.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder");
        let of = |(at, &scenario): (usize, &&'static str)| {
            let day = ["--as-of", "2026-12-01", "--format", "json"];
            let out = brownout(80, &[&["assess", scenario], &day[..]].concat());
            let path = dir.path().join(format!("{at}.json"));
            fs::write(&path, &out).expect("written");
            let value = serde_json::from_str(&out).expect("JSON");
            (scenario, (path.to_string_lossy().into_owned(), value))
        };
        let all = SCENARIOS.iter().enumerate().map(of).collect();
        (dir, all)
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn ids(value: &Value) -> Vec<&str> {
    list(value).iter().map(text).collect()
}

/// Without white space and without where the rest of a list is said to be.
fn bare(said: &str) -> String {
    let said = said
        .replace("`--full` shows them", "")
        .replace(", further below", "");
    said.chars()
        .filter(|c| !c.is_whitespace() && !"`;\u{200b}".contains(*c))
        .collect()
}

fn without_tags(html: &str) -> String {
    let (mut out, mut is_tag) = (String::new(), false);
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if !is_tag => out.push(c),
            _ => {}
        }
    }
    out
}

/// With characters for their references.
fn resolved(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("&#") {
        let (number, after) = after.split_once(';').expect("a reference ends");
        let number = number.parse().expect("a number");
        out.push_str(before);
        out.extend(char::from_u32(number));
        rest = after;
    }
    out.push_str(rest);
    named
        .iter()
        .fold(out, |out, (from, to)| out.replace(from, to))
}

#[test]
fn terminal_page_and_markdown_tell_the_same_first() {
    for (scenario, (path, result)) in &results().1 {
        let form = |format| brownout(120, &["report", path, "--format", format]);
        let terminal = form("text");
        let terminal = terminal.split("\n\n").nth(1).expect("a block");
        let page = form("html");
        let (_, page) = page
            .split_once("<dl class=\"decisions wide\">")
            .expect("decisions");
        let page = page.split_once("</dl>").expect("an end").0;
        let markdown = form("markdown");
        let points = markdown.lines().skip_while(|l| !l.starts_with("- **"));
        let points: Vec<String> = points
            .take_while(|l| l.starts_with("- **"))
            .map(|l| l.replacen("- **", "", 1).replacen(":**", "", 1))
            .collect();
        let told = bare(terminal);
        assert!(told.len() > 200, "{scenario}: {terminal}");
        assert_eq!(
            bare(&resolved(&without_tags(page))),
            told,
            "{scenario}: the page"
        );
        let markdown = resolved(&without_tags(&points.concat()));
        assert_eq!(bare(&markdown), told, "{scenario}: Markdown");
        // And what it is said of is what the result says.
        for service in list(&result["decisions"]["trouble"]).iter().take(6) {
            for s in list(&service["services"]).iter().take(12) {
                assert!(
                    told.contains(text(&s["id"])),
                    "{scenario}: {s} is not named"
                );
            }
        }
    }
}

#[test]
fn the_first_screen_is_short_and_says_how_to_see_the_rest() {
    let scenario = "scenarios/quarter-end-one-down.toml";
    for columns in [80, 120] {
        let said = brownout(columns, &["assess", scenario]);
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines.len() <= 60, "{} lines: {said}", lines.len());
        for line in &lines {
            assert!(line.chars().count() <= usize::from(columns), "{line}");
        }
        let (shown, rest) = said.rsplit_once("\n\n").expect("a last paragraph");
        assert!(shown.starts_with("✗ BREACHED"), "{said}");
        let rest = rest.replace('\n', " ");
        assert!(
            rest.contains("784 minimal sets") && rest.contains("`--full` shows them"),
            "{rest}"
        );
    }
    let all = brownout(80, &["assess", scenario, "--full"]);
    assert!(
        all.lines().count() > 200 && all.contains("Minimal sets"),
        "{all}"
    );
    for line in all.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_repair_after_which_there_are_no_fewer_breaches_is_no_remedy() {
    let estate = "docs/imports/aws-estate";
    let flat = |args: &[&str]| {
        let said = brownout(100, &[&["assess", estate, "--no-ledger"], args].concat());
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let first = flat(&[]);
    let said = "no remedy by itself: with it back 1 of 2 breaches goes and 2 others appear that do not show now, \
                which makes 3";
    assert!(
        first.contains(said) && !first.contains("go from 2 to 3"),
        "{first}"
    );
    let full = flat(&["--full"]);
    let helps = full.find("Helps, but does not hold").expect("some help");
    let part = full.find("lets as many others appear, or more, part of a remedy at most");
    let part = part.unwrap_or_else(|| panic!("{full}"));
    let alone = full
        .rfind("restore i-03: removes 1 of 2 breaches")
        .expect("listed");
    assert!(helps < part && part < alone, "{full}");
    assert!(full.contains("Repairs in order, over all policies (no remedy by themselves):"));
    for format in ["markdown", "html"] {
        let said = flat(&["--format", format]);
        let title = "What removes breaches and lets as many others appear, or more: part of a remedy at most";
        assert!(said.contains(title), "{format}: {said}");
    }
}

#[test]
fn warnings_are_counted_once_on_a_screen() {
    for scenario in [
        "scenarios/site-loss-shed.toml",
        "scenarios/overload-power.toml",
    ] {
        let first = brownout(100, &["assess", scenario, "--no-ledger"]);
        let flat = first.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(flat.matches("1 warning").count(), 1, "{first}");
        let full = brownout(100, &["assess", scenario, "--no-ledger", "--full"]);
        assert_eq!(
            full.matches("1 warning, further below").count(),
            1,
            "{full}"
        );
        assert!(full.contains("\nWarnings\n"), "{full}");
    }
}

#[test]
fn every_service_in_trouble_is_told_once_where_it_is_worst_off() {
    for (scenario, (_, result)) in &results().1 {
        let told = &result["decisions"];
        let severity = |s: &Value| match text(s) {
            "down" => 3,
            "degraded" => 2,
            "at-risk" => 1,
            _ => 0,
        };
        let mut worst: BTreeMap<&str, i32> = BTreeMap::new();
        for s in list(&result["base"])
            .iter()
            .flat_map(|b| list(&b["services"]))
        {
            let most = worst.entry(text(&s["id"])).or_default();
            *most = (*most).max(severity(&s["status"]));
        }
        let mut seen = BTreeSet::new();
        for group in list(&told["trouble"]) {
            let state = list(&result["base"])
                .iter()
                .find(|b| b["load_case"] == group["load_case"]);
            let state = state.expect("a load case");
            for s in list(&group["services"]) {
                let id = text(&s["id"]);
                assert!(seen.insert(id), "{scenario}: {id} is told twice");
                let there = list(&state["services"]).iter().find(|x| x["id"] == s["id"]);
                let there = there.expect("a service");
                assert_eq!(there["status"], s["status"], "{scenario} {id}");
                assert_eq!(there["delivered"], s["delivered"], "{scenario} {id}");
                assert_eq!(severity(&s["status"]), worst[id], "{scenario} {id}");
                cause_is_that_of_the_result(result, group, s, there);
            }
        }
        let in_trouble: BTreeSet<&str> = worst
            .iter()
            .filter(|(_, w)| **w > 0)
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(seen, in_trouble, "{scenario}");
        assert_eq!(told["ok"], worst.len() - in_trouble.len(), "{scenario}");
    }
}

/// The cause of a group is the last of the reasons of each of its services, or a single failure that does it
/// the most harm of all single failures.
fn cause_is_that_of_the_result(result: &Value, group: &Value, s: &Value, there: &Value) {
    match text(&group["cause"]) {
        "next" => {
            let of = |x: &&Value| x["id"] == s["id"] && x["load_case"] == group["load_case"];
            let swept = list(&result["sweep"]["services"])
                .iter()
                .find(of)
                .expect("swept");
            let singles = list(&swept["minimal"]).iter();
            let singles: Vec<&Value> = singles
                .filter(|m| list(&m["elements"]).len() == 1)
                .collect();
            let mine = singles
                .iter()
                .find(|m| m["elements"][0] == group["witness"]);
            assert_eq!(mine.expect("it harms")["status"], s["leads_to"], "{s}");
            let is_down = singles.iter().any(|m| m["status"] == "down");
            assert_eq!(is_down, s["leads_to"] == "down", "{s}");
        }
        "headroom" | "peak" => assert_eq!(there["witness"], group["witness"]),
        "tripped" => assert!(!text(&group["why"]).is_empty()),
        _ => assert_eq!(
            there["because"].as_array().and_then(|b| b.last()),
            Some(&group["why"])
        ),
    }
}

#[test]
fn restore_growth_and_remedies_are_those_of_the_result() {
    for (scenario, (_, result)) in &results().1 {
        let told = &result["decisions"];
        let mut before = String::new();
        for r in list(&told["restore"]) {
            let outages = list(&result["timeline"]["outages"]).iter();
            let dated = outages.into_iter().find(|o| o["element"] == r["element"]);
            let by = dated.map_or(&Value::Null, |o| &o["restore_by"]);
            assert_eq!(&r["by"], by, "{scenario}");
            let next = r["by"].as_str().unwrap_or("9999").to_owned();
            assert!(before <= next, "{scenario}: the most pressing comes first");
            before = next;
            let ranked = list(&result["repairs"])
                .iter()
                .find(|f| f["element"] == r["element"]);
            let rank = ranked.map_or(&Value::Null, |f| &f["rank"]);
            assert_eq!(&r["repaired"]["rank"], rank, "{scenario}");
            let holds = ranked.map_or(&Value::Null, |f| &f["holds"]);
            assert_eq!(&r["repaired"]["holds"], holds, "{scenario}");
        }
        for r in list(&told["remedies"]) {
            match text(&r["source"]) {
                "plan" => {
                    assert_eq!(r["cost"], result["plan"]["cost"], "{scenario}");
                    let (steps, changes) = (list(&r["steps"]), list(&result["plan"]["changes"]));
                    let of = |all: &[Value], key: &str| -> Vec<Value> {
                        all.iter().map(|x| x[key].clone()).collect()
                    };
                    assert_eq!(of(steps, "element"), of(changes, "component"), "{scenario}");
                }
                source => {
                    let mut all = list(&result[source]).iter();
                    let found = all.find(|f| f["steps"] == r["steps"] && f["holds"] == true);
                    assert!(found.is_some(), "{scenario}: {r} is in no list");
                }
            }
        }
        let least = |values: Vec<Option<f64>>| values.into_iter().flatten().reduce(f64::min);
        let base = &told["growth"][0];
        let expected = if result["timeline"].is_null() {
            let services = list(&result["base"]).iter();
            let peak = services
                .into_iter()
                .find(|b| b["load_case"] == told["peak"]["load_case"]);
            let all = list(&peak.expect("a peak")["services"]).iter();
            least(all.map(|s| s["headroom"].as_f64()).collect())
        } else {
            let all = list(&result["timeline"]["services"]).iter();
            least(all.map(|s| s["growth_n0"]["growth"].as_f64()).collect())
        };
        assert_eq!(base["growth"].as_f64(), expected, "{scenario}");
    }
}

#[test]
fn the_date_of_the_peak_is_that_of_its_samples() {
    let scenario = "scenarios/quarter-end-forecast.toml";
    let load = brownout(80, &["load", scenario, "--format", "json"]);
    let load: Value = serde_json::from_str(&load).expect("JSON");
    let case = list(&load["cases"])
        .iter()
        .find(|c| c["peak"] == true)
        .expect("a peak");
    let steps = list(&case["services"])
        .iter()
        .flat_map(|s| list(&s["steps"]));
    let times: BTreeSet<&str> = steps
        .flat_map(|s| list(&s["evidence"]))
        .map(|p| text(&p["time"]))
        .collect();
    let peak = &results().1[scenario].1["decisions"]["peak"];
    assert_eq!(text(&peak["from"]), *times.first().expect("a sample"));
    assert_eq!(text(&peak["to"]), *times.last().expect("a sample"));
    assert_eq!(peak["basis"], "samples");
    let harmed = list(&results().1[scenario].1["timeline"]["outages"]).iter();
    assert_eq!(
        harmed.map(|o| &o["first_impact"]).min_by_key(|t| text(t)),
        Some(&peak["harm_from"])
    );
    // Figures without hours have no date.
    let peak = &results().1["scenarios/quarter-end-one-down.toml"].1["decisions"]["peak"];
    assert_eq!((&peak["from"], &peak["to"]), (&Value::Null, &Value::Null));
}

#[test]
fn cascades_and_hosts_are_counted_as_the_sweep_lists_them() {
    let (mut tripping, mut placed) = (0, 0);
    for (scenario, (_, result)) in &results().1 {
        let told = &result["decisions"];
        let parts = [
            (
                &told["trips"],
                &result["sweep"]["cascades"],
                "cascade_count",
            ),
            (
                &told["unplaced"],
                &result["sweep"]["stranded"],
                "stranded_count",
            ),
        ];
        for (told, listed, count) in parts {
            let singles: Vec<&Value> = list(listed)
                .iter()
                .filter(|c| list(&c["elements"]).len() == 1)
                .collect();
            let elements: BTreeSet<&str> =
                singles.iter().map(|c| text(&c["elements"][0])).collect();
            let found = told["singles"]["elements"].as_u64().unwrap_or(0);
            assert_eq!(found, elements.len() as u64, "{scenario}");
            // Rows of the sweep are of a contingency and a load case; here each contingency counts once.
            for (order, told_of) in told["count"].as_object().into_iter().flatten() {
                let of_order = |c: &&Value| list(&c["elements"]).len().to_string() == *order;
                let rows: Vec<&Value> = list(listed).iter().filter(of_order).collect();
                assert_eq!(
                    json!(rows.len()),
                    result["sweep"][count][order],
                    "{scenario}"
                );
                let ids = |c: &Value| {
                    list(&c["elements"])
                        .iter()
                        .map(|e| text(e).to_owned())
                        .collect()
                };
                let distinct: BTreeSet<Vec<String>> = rows.into_iter().map(ids).collect();
                assert_eq!(told_of, &json!(distinct.len()), "{scenario}");
            }
            assert!(
                told["count_at_least"].as_array().is_none_or(Vec::is_empty),
                "{scenario}"
            );
        }
        let most = |of: &Value, key: &str| {
            list(of)
                .iter()
                .filter(|c| list(&c["elements"]).len() == 1)
                .map(|c| c[key].as_u64().unwrap_or(list(&c[key]).len() as u64))
                .max()
        };
        if !told["trips"]["singles"].is_null() {
            tripping += 1;
            let tripped = told["trips"]["singles"]["tripped"].as_u64();
            assert_eq!(
                tripped,
                most(&result["sweep"]["cascades"], "tripped"),
                "{scenario}"
            );
        }
        if !told["unplaced"]["singles"].is_null() {
            placed += 1;
            let out = list(&told["unplaced"]["singles"]["instances"]).len() as u64;
            assert_eq!(
                Some(out),
                most(&result["sweep"]["stranded"], "instances"),
                "{scenario}"
            );
        }
    }
    assert!(tripping > 0 && placed > 0, "{tripping} {placed}");
}

#[test]
fn what_the_answer_rests_on_is_what_the_evidence_says() {
    for (scenario, (_, result)) in &results().1 {
        let told = &result["decisions"]["rests_on"];
        let evidence = &result["evidence"];
        assert_eq!(
            told["may_fail"], evidence["scope"]["included"],
            "{scenario}"
        );
        assert_eq!(told["may_fail"], result["sweep"]["elements"], "{scenario}");
        assert_eq!(told["of"], evidence["scope"]["of"], "{scenario}");
        assert_eq!(told["covered"], result["estate"]["covered"], "{scenario}");
        let entries = list(&evidence["assumptions"]["entries"]);
        let with = |changes: Value| {
            entries
                .iter()
                .filter(|e| e["changes_verdict"] == changes)
                .count()
        };
        assert_eq!(told["defaults"]["all"], entries.len(), "{scenario}");
        assert_eq!(told["defaults"]["change"], with(json!(true)), "{scenario}");
        assert_eq!(told["defaults"]["untried"], with(Value::Null), "{scenario}");
    }
}

/// Five services on one host of a capacity, each of which asks for so much.
fn five_on_one_host(demand: u32) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| fs::write(dir.path().join(name), text).expect("written");
    let names = ["mail", "shop", "wiki", "chat", "crm"];
    let mut components = "id,kind,capacity\nhost-7,server,100\n".to_owned();
    let mut services = "id,demand\n".to_owned();
    let mut dependencies = "consumer,provider\n".to_owned();
    for name in names {
        components.push_str(&format!("app-{name},application,\n"));
        services.push_str(&format!("{name},{demand}\n"));
        dependencies.push_str(&format!("{name},app-{name}\napp-{name},host-7\n"));
    }
    write("components.csv", components);
    write("services.csv", services);
    write("dependencies.csv", dependencies);
    write(
        "scenario.toml",
        "inventory = \".\"\n[[load]]\nname = \"today\"\n".to_owned(),
    );
    dir
}

fn told_of(dir: &Path) -> (Value, String) {
    let scenario = dir.join("scenario.toml").to_string_lossy().into_owned();
    let json = brownout(80, &["assess", &scenario, "--format", "json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    (
        json["decisions"].clone(),
        brownout(80, &["assess", &scenario]),
    )
}

#[test]
fn one_host_that_harms_five_services_is_told_once_and_names_them() {
    let all = ["chat", "crm", "mail", "shop", "wiki"];
    // 5 × 30 on 100: overloaded. 5 × 10: fine, until the host is lost, which is worse to tell than five
    // applications that each take one down.
    for (demand, cause, status, leads_to) in [
        (30, "overloaded", "degraded", Value::Null),
        (10, "next", "at-risk", json!("down")),
    ] {
        let dir = five_on_one_host(demand);
        let (told, text_of) = told_of(dir.path());
        let groups = list(&told["trouble"]);
        assert_eq!(groups.len(), 1, "{groups:?}");
        assert_eq!(
            (&groups[0]["cause"], &groups[0]["witness"]),
            (&json!(cause), &json!("host-7"))
        );
        let services = list(&groups[0]["services"]);
        let named: Vec<&str> = services.iter().map(|s| text(&s["id"])).collect();
        assert_eq!(named, all);
        for s in services {
            assert_eq!((&s["status"], &s["leads_to"]), (&json!(status), &leads_to));
        }
        assert!(text_of.contains("5 services"), "{text_of}");
        assert_eq!(
            text_of.matches("host-7 must carry 150").count(),
            usize::from(demand == 30)
        );
        assert!(ids(&groups[0]["outages"]).is_empty());
    }
}

#[test]
fn a_report_tells_the_decisions_that_its_result_holds() {
    let (path, result) = &results().1["scenarios/quarter-end-one-down.toml"];
    let mut changed = result.clone();
    changed["decisions"]["remedies"][0]["text"] = json!("wait and see");
    changed["decisions"]["growth"][0]["growth"] = json!(0.125);
    let other = format!("{path}.changed.json");
    fs::write(&other, changed.to_string()).expect("written");
    for format in ["text", "markdown", "html"] {
        let said = resolved(&brownout(100, &["report", &other, "--format", format]));
        let said = said.replace('\u{a0}', " ");
        assert!(
            said.contains("wait and see") && said.contains("+12.5 %"),
            "{format}: {said}"
        );
    }
}
