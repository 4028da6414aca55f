//! Two places of a report never disagree about the same number: the result, the tables, the text and
//! the page are held against each other, and load cases against the hours of the same days.

use assert_cmd::Command;
use brownout::report::number::{growth, percent};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

const SCENARIOS: [&str; 3] = [
    "quarter-end-forecast",
    "quarter-end-one-down",
    "maintenance-weekend",
];

/// Everything that a report says.
struct Report {
    dir: TempDir,
    result: Value,
    text: String,
    /// The page without its tags.
    page: String,
}

impl Report {
    fn of(scenario: &Path) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("report");
        let mut command = Command::cargo_bin("brownout").expect("built");
        command
            .arg("assess")
            .arg(scenario)
            .args(["--no-ledger", "--full"]);
        let output = command.arg("-o").arg(&folder).output().expect("runs");
        let code = output.status.code().expect("no signal");
        assert!(code < 2, "{}", String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read_to_string(folder.join(name)).expect(name);
        let result = serde_json::from_str(&read("result.json")).expect("JSON");
        let text = read("report.txt");
        assert_eq!(text, String::from_utf8(output.stdout).expect("UTF-8"));
        let page = without_tags(&read("report.html"));
        Self {
            dir,
            result,
            text,
            page,
        }
    }

    /// The report of a shipped scenario, written once.
    fn shipped(name: &str) -> &'static Self {
        static REPORTS: OnceLock<BTreeMap<&str, Report>> = OnceLock::new();
        let of = |&name: &&'static str| {
            let scenario = Path::new("scenarios").join(format!("{name}.toml"));
            (name, Self::of(&scenario))
        };
        &REPORTS.get_or_init(|| SCENARIOS.iter().map(of).collect())[name]
    }

    fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let path = self.dir.path().join("report").join(format!("table-{name}"));
        let mut rows = csv::Reader::from_path(path).expect(name);
        let header = rows.headers().expect("a header").clone();
        let row = |row: csv::StringRecord| {
            let cells = header.iter().zip(&row);
            cells.map(|(h, c)| (h.to_owned(), c.to_owned())).collect()
        };
        rows.records().map(|r| row(r.expect("a row"))).collect()
    }

    /// Every service of every base state, with the name of the load case.
    fn base(&self) -> Vec<(&str, &Value)> {
        let mut all = Vec::new();
        for state in list(&self.result["base"]) {
            let case = text(&state["load_case"]);
            all.extend(list(&state["services"]).iter().map(|s| (case, s)));
        }
        all
    }

    /// The lines of a text report from a heading to the next empty line.
    fn section(&self, heading: &str) -> &str {
        let start = self
            .text
            .find(heading)
            .unwrap_or_else(|| panic!("no {heading}"));
        let rest = &self.text[start..];
        &rest[..rest.find("\n\n").unwrap_or(rest.len())]
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// A number as a table writes it: empty for none.
fn cell(value: &Value) -> String {
    value.as_f64().map_or(String::new(), |x| x.to_string())
}

fn without_tags(html: &str) -> String {
    let body = &html[html.find("<body").expect("a body")..];
    let mut out = String::new();
    let mut depth = 0;
    for c in body.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
}

fn minute(time: &str) -> String {
    time.chars().take(16).collect::<String>().replace('T', " ")
}

#[test]
fn statuses_and_headroom_are_the_same_in_every_form() {
    for name in SCENARIOS {
        let report = Report::shipped(name);
        let mut rows = BTreeMap::new();
        for row in report.table("services.csv") {
            rows.insert((row["service"].clone(), row["load_case"].clone()), row);
        }
        let sweeps = list(&report.result["sweep"]["services"]);
        let lines = report.section("Base state\n");
        let peak = text(&report.result["peak"]).to_owned();
        let base = report.base();
        assert_eq!(rows.len(), base.len());
        for (case, s) in base {
            let id = text(&s["id"]);
            let row = &rows[&(id.to_owned(), case.to_owned())];
            assert_eq!(row["status"], text(&s["status"]), "{name} {id} {case}");
            assert_eq!(
                row["delivered"],
                cell(&s["delivered"]),
                "{name} {id} {case}"
            );
            assert_eq!(row["headroom"], cell(&s["headroom"]), "{name} {id} {case}");
            assert_eq!(row["limit"], text(&s["limit"]), "{name} {id} {case}");
            let of = |x: &&Value| text(&x["id"]) == id && text(&x["load_case"]) == case;
            let swept = &sweeps.iter().find(of).expect("swept")["base"];
            for field in [
                "status",
                "cause",
                "witness",
                "delivered",
                "headroom",
                "limit",
            ] {
                assert_eq!(swept[field], s[field], "{name} {id} {case}: {field}");
            }
            let line = lines
                .lines()
                .find(|l| l.trim_start().starts_with(id))
                .expect("told");
            assert!(line.contains(text(&s["status"])), "{name} {case}: {line}");
            if text(&s["status"]) == "degraded" {
                let gets = percent(s["delivered"].as_f64().expect("a number"));
                assert!(line.contains(&gets), "{name} {case}: {line} lacks {gets}");
                assert!(
                    report.page.contains(&gets),
                    "{name} {case}: no {gets} on the page"
                );
            }
            if case == peak {
                let left = growth(s["headroom"].as_f64());
                assert!(line.contains(&left), "{name} {case}: {line} lacks {left}");
                assert!(
                    report.page.contains(&left),
                    "{name} {case}: no {left} on the page"
                );
            }
        }
    }
}

#[test]
fn counts_are_the_same_in_every_form() {
    for name in SCENARIOS {
        let report = Report::shipped(name);
        let peak = text(&report.result["peak"]);
        let verdict = &report.result["verdict"];
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, s) in report.base().into_iter().filter(|(case, _)| *case == peak) {
            *counts.entry(text(&s["status"])).or_default() += 1;
        }
        let said: BTreeMap<&str, u64> = verdict["services"]
            .as_object()
            .expect("an object")
            .iter()
            .map(|(word, n)| (word.as_str(), n.as_u64().expect("a count")))
            .collect();
        assert_eq!(counts, said, "{name}");
        let table = report.table("sweep.csv");
        let lines = report.section("Contingencies of ");
        let minimal = report.table("minimal.csv");
        for s in list(&report.result["sweep"]["services"]) {
            let (id, case) = (text(&s["id"]), text(&s["load_case"]));
            let mine =
                |row: &&BTreeMap<String, String>| row["service"] == id && row["load_case"] == case;
            let mut triples = Vec::new();
            for row in table.iter().filter(mine) {
                let order = &s["orders"][&row["order"]];
                for field in ["down", "degraded", "at_risk"] {
                    let count = order[field]
                        .as_u64()
                        .map_or(String::new(), |n| n.to_string());
                    assert_eq!(row[field], count, "{name} {id} {case}");
                }
                assert_eq!(row["base_status"], text(&s["base"]["status"]));
                assert_eq!(row["worst_status"], text(&s["worst"]["status"]));
                assert_eq!(row["worst_delivered"], cell(&s["worst"]["delivered"]));
                assert_eq!(row["minimal_sets"], s["minimal_count"].to_string());
                let shown = |field: &str| order[field].as_u64().map_or("–".to_owned(), grouped);
                triples.push(format!(
                    "{}/{}/{}",
                    shown("down"),
                    shown("degraded"),
                    shown("at_risk")
                ));
            }
            let is_row = |l: &&str| l.trim_start().starts_with(id) && l.contains(case);
            let line = lines.lines().find(is_row).expect("a row");
            for triple in triples {
                assert!(
                    line.contains(&triple),
                    "{name} {case}: {line} lacks {triple}"
                );
            }
            if let Some(least) = s["least_headroom"]["headroom"].as_f64() {
                assert!(line.contains(&growth(Some(least))), "{name} {case}: {line}");
            }
            let sets = minimal.iter().filter(mine).count() as u64;
            assert_eq!(s["minimal_count"], sets, "{name} {id} {case}");
            worst_is_the_worst(s, &format!("{name} {id} {case}"));
        }
    }
}

fn grouped(n: u64) -> String {
    brownout::report::number::count(n)
}

/// The worst contingency is as bad as the worst minimal set and the counts, and no better than the base.
fn worst_is_the_worst(s: &Value, who: &str) {
    let rank = |status: &Value| match text(status) {
        "down" => 2,
        "degraded" => 1,
        _ => 0,
    };
    let worst = rank(&s["worst"]["status"]);
    let delivered = s["worst"]["delivered"].as_f64().expect("a number");
    let sets = list(&s["minimal"]);
    let of_sets = sets.iter().map(|m| rank(&m["status"])).max().unwrap_or(0);
    assert!(
        worst >= of_sets && worst >= rank(&s["base"]["status"]),
        "{who}"
    );
    for m in sets {
        assert!(
            delivered <= m["delivered"].as_f64().expect("a number"),
            "{who}"
        );
    }
    let orders = s["orders"].as_object().expect("an object");
    let total = |field: &str| -> u64 { orders.values().filter_map(|o| o[field].as_u64()).sum() };
    match worst {
        2 => assert!(total("down") > 0, "{who}"),
        1 => assert!(total("down") == 0 && total("degraded") > 0, "{who}"),
        _ => assert_eq!(total("down") + total("degraded"), 0, "{who}"),
    }
    // With nothing harmed in the base state, every single failure that harms is a minimal set.
    if rank(&s["base"]["status"]) == 0 {
        let singles = sets
            .iter()
            .filter(|m| list(&m["elements"]).len() == 1)
            .count() as u64;
        let first = &orders["1"];
        let harmful = first["down"].as_u64().unwrap_or(0) + first["degraded"].as_u64().unwrap_or(0);
        assert_eq!(singles, harmful, "{who}");
    }
}

#[test]
fn dates_and_growth_are_the_same_in_every_form() {
    let report = Report::shipped("quarter-end-forecast");
    let t = &report.result["timeline"];
    let outages = report.table("outages.csv");
    assert_eq!(outages.len(), list(&t["outages"]).len());
    for (row, o) in outages.iter().zip(list(&t["outages"])) {
        let by = text(&o["restore_by"]);
        assert_eq!(row["restore_by"], by);
        assert_eq!(row["first_impact"], text(&o["first_impact"]));
        assert!(report.text.contains(&format!("RESTORE BY {}", minute(by))));
        assert!(report.page.contains(&minute(by)));
        let restores = |f: &&Value| f["kind"] == "restore" && f["element"] == o["element"];
        for fix in list(&report.result["fixes"]).iter().filter(restores) {
            assert_eq!(text(&fix["restore_by"]), by);
        }
    }
    let rows = report.table("growth.csv");
    let lines = report.section("N-0 HOLDS");
    for (row, s) in rows.iter().zip(list(&t["services"])) {
        let id = text(&s["id"]);
        assert_eq!(row["service"], id);
        let line = lines
            .lines()
            .find(|l| l.trim_start().starts_with(id))
            .expect("a row");
        for order in ["growth_n0", "growth_n1"] {
            assert_eq!(row[order], cell(&s[order]["growth"]), "{id}");
            let shown = match &s[order] {
                Value::Null => "unlimited".to_owned(),
                left => left["growth"]
                    .as_f64()
                    .map_or("none".to_owned(), |x| growth(Some(x))),
            };
            assert!(line.contains(&shown), "{line} lacks {shown}");
            assert!(report.page.contains(&shown), "{id}: no {shown} on the page");
        }
        for until in ["n0_holds_until", "n1_holds_until"] {
            assert_eq!(row[until], text(&s[until]));
            let shown = match text(&s[until]) {
                "" => "the end".to_owned(),
                at if at == text(&t["from"]) => "does not hold".to_owned(),
                at => minute(at),
            };
            assert!(line.contains(&shown), "{line} lacks {shown}");
        }
    }
    for p in list(&t["policies"]) {
        let least = least_growth(report, p);
        assert_eq!(p["growth"]["growth"].as_f64(), least, "{}", p["name"]);
    }
}

/// The least growth left of the services of a policy.
fn least_growth(report: &Report, p: &Value) -> Option<f64> {
    let policies = list(&report.result["policies"]);
    let policy = policies.iter().find(|x| x["name"] == p["name"])?;
    let order = format!("growth_n{}", p["order"]);
    let services = list(&report.result["timeline"]["services"]);
    let mine = services
        .iter()
        .filter(|s| list(&policy["services"]).contains(&s["id"]));
    mine.filter_map(|s| s[&order]["growth"].as_f64())
        .reduce(f64::min)
}

/// On every day the curve of the load crosses that of the capacity if, and only if, the calendar says
/// that the service is harmed on that day, or that a single failure would harm it.
#[test]
fn the_capacity_plot_says_what_the_calendar_says() {
    let report = Report::shipped("quarter-end-forecast");
    let t = &report.result["timeline"];
    let (mut harmed_days, mut risky_days) = (0, 0);
    for c in list(&t["capacity"]) {
        let services = list(&t["services"]);
        let times = services
            .iter()
            .find(|s| s["id"] == c["id"])
            .expect("a service");
        let mut days: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
        let mut tightest = f64::INFINITY;
        for p in list(&c["points"]) {
            let demand = p["demand"].as_f64().expect("a number");
            let over = |x: &Value| x.as_f64().is_some_and(|x| demand > x * (1.0 + 1e-9));
            let day = days.entry(&text(&p["time"])[..10]).or_default();
            day.0 |= over(&p["n0"]);
            day.1 |= over(&p["n1"]);
            if let Some(left) = p["n1"].as_f64().filter(|_| demand > 0.0) {
                tightest = tightest.min(left / demand - 1.0);
            }
        }
        let touched = |spans: &Value, day: &str| {
            let all = list(spans).iter();
            // Spans end with the first instant after them: midnight belongs to the day before.
            all.filter(|s| text(&s["from"]) < &format!("{day}T24")[..] && text(&s["to"]) > day)
                .any(|s| !text(&s["to"]).starts_with(&format!("{day}T00:00:00")))
        };
        for (day, (over, over_n1)) in days {
            let harmed = touched(&times["impact"], day);
            assert_eq!(over, harmed, "{} on {day}", c["id"]);
            let risky = harmed || touched(&times["risk"], day);
            assert_eq!(over_n1, risky, "{} on {day}", c["id"]);
            harmed_days += usize::from(harmed);
            risky_days += usize::from(risky);
        }
        match times["growth_n1"]["growth"].as_f64() {
            Some(growth) => assert!((growth - tightest).abs() < 1e-9, "{}", c["id"]),
            None => assert!(tightest <= -1.0 + 1e-9, "{}", c["id"]),
        }
    }
    assert!(
        harmed_days > 0 && risky_days > harmed_days,
        "the forecast has both"
    );
}

/// Two services on one server of 100, busy at different hours: the peak case asks for both at once.
fn two_that_take_turns(load: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).expect("written");
    write(
        "components.csv",
        "id,kind,capacity\nweb,server,100\nspare,server,\n",
    );
    write("services.csv", "id,demand\nday,10\nnight,10\nbatch,3\n");
    write(
        "dependencies.csv",
        "consumer,provider\nday,web\nnight,web\nbatch,spare\n",
    );
    let mut profile = "time,day,night,batch\n".to_owned();
    for hour in 0..48 {
        let busy = (hour % 24) < 12;
        let (day, night) = if busy { (80, 10) } else { (10, 70) };
        profile.push_str(&format!(
            "2026-12-{:02}T{:02}:00:00Z,{day},{night},5\n",
            1 + hour / 24,
            hour % 24
        ));
    }
    write("load.csv", &profile);
    let scenario = format!(
        "name = \"Turns\"\ninventory = \".\"\n[[load]]\nname = \"now\"\n[[load]]\nname = \"peak\"\npeak = true\n\
         profile = \"load.csv\"\nwindow = {{ from = \"2026-12-01\", to = \"2026-12-02\" }}\n{load}\n\
         [horizon]\nfrom = \"2026-12-01\"\nto = \"2026-12-02\"\nprofile = \"load.csv\"\n"
    );
    write("s.toml", &scenario);
    dir
}

#[test]
fn a_load_case_and_the_hours_of_its_days_agree_or_say_why_not() {
    let run = |load: &str| {
        let dir = two_that_take_turns(load);
        Report::of(&dir.path().join("s.toml"))
    };
    let difference = |report: &Report, id: &str| {
        let cases = list(&report.result["timeline"]["cases"]).to_vec();
        assert_eq!(cases.len(), 1, "only the case with a window in the horizon");
        let all = list(&cases[0]["differences"]).to_vec();
        all.into_iter().find(|d| text(&d["id"]) == id)
    };
    // 80 and 70 at once are too much for 100; in no hour are they asked for together.
    let turns = run("");
    for (id, most) in [("day", 80.0), ("night", 70.0)] {
        let d = difference(&turns, id).expect("it differs");
        assert_eq!((&d["demand"], &d["most"]), (&most.into(), &most.into()));
        assert_eq!((text(&d["status"]), text(&d["worst"])), ("degraded", "ok"));
        assert!(
            text(&d["why"]).contains("at once, and no one hour does"),
            "{d}"
        );
        assert!(
            turns.text.contains("and no one hour does"),
            "{}",
            turns.text
        );
        assert!(turns.page.contains("and no one hour does"));
    }
    assert_eq!(difference(&turns, "batch"), None);
    // At one instant of greatest total demand the case is one of the hours: what it asks for is less than
    // the greatest of the service that is quiet then.
    let coincident = run("coincident = true");
    assert_eq!(difference(&coincident, "day"), None);
    let night = difference(&coincident, "night").expect("it differs");
    assert_eq!(night["demand"], 10.0);
    assert!(text(&night["why"]).contains("one instant"), "{night}");
    // Growth is in the case and not in the hours.
    let grown = run("growth = 1.1");
    let batch = difference(&grown, "batch").expect("it differs");
    assert!((batch["demand"].as_f64().expect("a number") - 5.5).abs() < 1e-9);
    assert!(text(&batch["why"]).contains("growth, × 1.1"), "{batch}");
    assert!(
        grown
            .text
            .contains("batch at peak is asked for 5.5, in the hours"),
        "{}",
        grown.text
    );
    // Where all is the same, that is said.
    let dir = two_that_take_turns("coincident = true");
    let mut lone = fs::read_to_string(dir.path().join("load.csv")).expect("there");
    lone = lone
        .lines()
        .map(|l| l.replace(",10,70,5", ",80,10,5") + "\n")
        .collect();
    fs::write(dir.path().join("load.csv"), lone).expect("written");
    let same = Report::of(&dir.path().join("s.toml"));
    assert!(
        same.text
            .contains("With nothing more failed, peak says the same as its hours"),
        "{}",
        same.text
    );
}

#[test]
fn services_without_a_peak_demand_are_named_on_the_first_screen() {
    let dir = two_that_take_turns("");
    let scenario = "name = \"Half\"\ninventory = \".\"\n[[load]]\nname = \"now\"\n[[load]]\nname = \"peak\"\n\
                    peak = true\ndemand = { day = 90 }\n";
    fs::write(dir.path().join("s.toml"), scenario).expect("written");
    let report = Report::of(&dir.path().join("s.toml"));
    let said = "At peak (the peak), 2 of 3 services keep their demand of services.csv; the load case gives \
                them no other, or a growth of 1: batch and night";
    let flat = report.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let at = flat.find(said).unwrap_or_else(|| panic!("{}", report.text));
    assert!(at < 400, "on the first screen:\n{}", report.text);
    assert!(report.page.contains(said));
    assert_eq!(
        report.result["base"][1]["as_today"],
        serde_json::json!(["batch", "night"])
    );
    assert_eq!(report.result["base"][0].get("as_today"), None);
    // A growth that changes nothing leaves today's demand as well; one that does is a peak.
    for (growth, stay) in [
        ("1", serde_json::json!(["batch", "day", "night"])),
        (
            "{ day = 1.0, night = 1.2 }",
            serde_json::json!(["batch", "day"]),
        ),
    ] {
        let grown = scenario.replace("demand = { day = 90 }", &format!("growth = {growth}"));
        fs::write(dir.path().join("s.toml"), grown).expect("written");
        let report = Report::of(&dir.path().join("s.toml"));
        assert_eq!(report.result["base"][1]["as_today"], stay, "{growth}");
    }
}

#[test]
fn at_risk_is_said_of_the_elements_that_may_fail() {
    let run = |args: &[&str]| {
        let mut command = Command::cargo_bin("brownout").expect("built");
        let output = command
            .args(["sweep", "scenarios/quarter-end.toml", "--order", "1"])
            .args(args)
            .output();
        String::from_utf8(output.expect("runs").stdout).expect("UTF-8")
    };
    let text = run(&["--elements", "kind=server"]);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("105 other components and links never fail here: ok and at-risk speak of these 8 elements only."),
        "{text}"
    );
    let result: Value =
        serde_json::from_str(&run(&["--elements", "kind=server", "--format", "json"]))
            .expect("JSON");
    assert_eq!(
        (&result["elements"], &result["left_out"]),
        (&8.into(), &105.into())
    );
}
