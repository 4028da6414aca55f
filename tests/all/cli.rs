//! The program from outside: exit codes, streams, files, result fields.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

fn brownout(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    command.args(args);
    command
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(args: &[&str]) -> Ran {
    let output = brownout(args).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(args: &[&str]) -> (i32, Value) {
    let ran = run(&[args, &["--format", "json"]].concat());
    let value = serde_json::from_str(&ran.stdout);
    (
        ran.code,
        value.unwrap_or_else(|e| panic!("{e}: {}{}", ran.stdout, ran.stderr)),
    )
}

/// Three servers of 400 behind orders: 700 today, 1,100 at quarter-end.
struct Story {
    dir: TempDir,
}

const COMPONENTS: &str = "id,kind,capacity\napp-1,server,400\napp-2,server,400\napp-3,server,400\n";

impl Story {
    fn new(scenario: &str) -> Self {
        let story = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(story.path("estate")).unwrap();
        story.write("estate/components.csv", COMPONENTS);
        story.write(
            "estate/services.csv",
            "id,tier,unit,demand\norders,1,orders/min,700\n",
        );
        story.write(
            "estate/dependencies.csv",
            "consumer,provider,group,need\n\
             orders,app-1,app,any\norders,app-2,app,any\norders,app-3,app,any\n",
        );
        let head = "name = \"Story\"\ninventory = \"estate\"\n";
        story.write("s.toml", &format!("{head}{scenario}"));
        story
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

const CASES: &str = "\n[[load]]\nname = \"today\"\n[[load]]\nname = \"quarter-end\"\npeak = true\n\
                     demand = { orders = 1100 }\n";

fn policy(survives: u32) -> String {
    format!(
        "[[policy]]\nname = \"p\"\nservices = [\"orders\"]\nload = \"quarter-end\"\n\
         survives = {survives}\n"
    )
}

fn assess(scenario: &str, extra: &[&str]) -> (i32, Value) {
    let story = Story::new(scenario);
    let scenario = story.arg("s.toml");
    json(&[&["assess", &scenario], extra].concat())
}

fn ids(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect()
}

#[test]
fn the_story_of_three_servers() {
    let story = Story::new(&format!("down = [\"app-3\"]\n{CASES}"));
    let scenario = story.arg("s.toml");
    let (code, today) = json(&["whatif", &scenario]);
    assert_eq!(code, 0);
    assert_eq!(today["schema"], "brownout/whatif/2");
    assert_eq!(today["load_case"], "today");
    assert_eq!(ids(&today["down"]), ["app-3"]);
    let orders = &today["services"][0];
    assert_eq!(
        (&orders["status"], &orders["cause"]),
        (&"at-risk".into(), &"peak".into())
    );
    assert_eq!(orders["witness"], "quarter-end");
    assert_eq!(orders["delivered"], 1.0);

    let (_, peak) = json(&["whatif", &scenario, "--load", "quarter-end"]);
    let orders = &peak["services"][0];
    assert_eq!(orders["status"], "degraded");
    assert!((orders["delivered"].as_f64().unwrap() - 8.0 / 11.0).abs() < 1e-12);
    assert!((orders["headroom"].as_f64().unwrap() + 3.0 / 11.0).abs() < 1e-12);
    assert_eq!(orders["limit"], "app-1");
    assert_eq!(orders["because"].as_array().unwrap().len(), 2);
    let app_1 = &peak["components"][0];
    assert_eq!(
        (&app_1["id"], &app_1["works"]),
        (&"app-1".into(), &true.into())
    );
    assert_eq!(
        (&app_1["load"], &app_1["utilization"]),
        (&550.0.into(), &1.375.into())
    );
    assert_eq!(peak["inputs"].as_array().unwrap().len(), 4);

    let text = run(&["whatif", &scenario, "--load", "quarter-end"]).stdout;
    assert!(
        text.starts_with("The service is harmed at quarter-end, with app-3 out"),
        "{text}"
    );
}

#[test]
fn the_command_line_changes_a_state() {
    let story = Story::new(CASES);
    let estate = story.arg("estate");
    let delivered = |args: &[&str]| {
        let (_, result) = json(&[&["whatif", &estate], args].concat());
        result["services"][0]["delivered"].as_f64().unwrap()
    };
    assert_eq!(delivered(&["--down", "app-1", "app-2"]), 400.0 / 700.0);
    assert_eq!(
        delivered(&["--down", "app-1", "--down", "app-2"]),
        400.0 / 700.0
    );
    assert_eq!(delivered(&["--demand", "orders=2400"]), 0.5);
    let derated = delivered(&["--derate", "app-1=0.25", "--demand", "orders=1200"]);
    assert!((derated - 0.75).abs() < 1e-12, "{derated}");
}

#[test]
fn a_sweep_accounts_for_every_contingency() {
    let story = Story::new(CASES);
    let (code, result) = json(&["sweep", &story.arg("s.toml"), "--order", "2"]);
    assert_eq!(code, 0);
    assert_eq!(result["schema"], "brownout/sweep/2");
    assert_eq!(result["elements"], 3);
    assert_eq!(result["contingencies"], serde_json::json!({"1": 3, "2": 3}));
    assert_eq!(result["complete"], true);
    let peak = &result["services"][1];
    assert_eq!(
        (&peak["id"], &peak["load_case"]),
        (&"orders".into(), &"quarter-end".into())
    );
    assert_eq!(peak["base"]["status"], "at-risk");
    assert_eq!(peak["orders"]["1"]["degraded"], 3);
    assert_eq!(peak["orders"]["2"]["at_risk"], Value::Null);
    assert!(
        peak["orders"]["2"]["reason"]
            .as_str()
            .unwrap()
            .contains("order 3")
    );
    assert_eq!(ids(&peak["minimal"][0]["elements"]), ["app-1"]);
    let (_, one) = json(&["sweep", &story.arg("estate"), "--elements", "app-1"]);
    assert_eq!(one["elements"], 1);
    let (_, rest) = json(&["sweep", &story.arg("estate"), "--exclude", "app-1"]);
    assert_eq!(rest["elements"], 2);
}

#[test]
fn a_sweep_that_would_take_too_much_memory_keeps_order_1_and_says_so() {
    let story = Story::new(CASES);
    let scenario = story.arg("s.toml");
    let refused = |more: &[&str]| {
        let asked = ["sweep", &scenario, "--order", "2", "--max-memory", "1MB"];
        json(&[&asked, more].concat())
    };
    let (code, result) = refused(&[]);
    assert_eq!((code, &result["complete"]), (3, &Value::Bool(false)));
    let reason = result["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("order 2 would take about")
            && reason.ends_with("--max-memory allows 1 MB"),
        "{reason}"
    );
    assert_eq!(result["accounted"], serde_json::json!({"1": 3, "2": 0}));
    let orders = &result["services"][1]["orders"];
    assert_eq!(orders["1"]["degraded"], 3);
    assert_eq!(
        orders["2"],
        serde_json::json!({
            "down": null, "degraded": null, "at_risk": null, "reason": "order 2 was not computed"
        })
    );
    assert_eq!(refused(&["--threads", "7"]), (3, result));
    let asked = ["sweep", &scenario, "--order", "3", "--max-memory", "1MB"];
    let told = run(&asked);
    assert_eq!(told.code, 3);
    assert!(
        told.stderr.starts_with("note: order 2 would take"),
        "{}",
        told.stderr
    );
    assert!(told.stdout.contains("INCOMPLETE:"), "{}", told.stdout);
    assert_eq!(run(&[&asked[..], &["--quiet"]].concat()).stderr, "");
    let nothing = run(&[
        "sweep",
        &scenario,
        "--max-memory",
        "100B",
        "--format",
        "json",
    ]);
    let nothing: Value = serde_json::from_str(&nothing.stdout).unwrap();
    assert_eq!(
        nothing["services"][1]["orders"]["1"]["degraded"],
        Value::Null
    );
    let size = run(&["sweep", &scenario, "--max-memory", "much"]);
    assert_eq!(size.code, 2);
    assert!(size.stderr.contains("400MB"), "{}", size.stderr);
}

#[test]
fn enough_memory_changes_nothing() {
    let story = Story::new(&format!("{CASES}{}", policy(1)));
    let scenario = story.arg("s.toml");
    for command in ["sweep", "assess"] {
        let asked = [command, &scenario, "--format", "csv"];
        let free = run(&asked);
        let limited = run(&[&asked[..], &["--max-memory", "64GiB"]].concat());
        assert_eq!((free.code, free.stdout), (limited.code, limited.stdout));
    }
}

#[test]
fn an_assessment_that_lacks_memory_is_incomplete_and_can_be_verified() {
    let scenario = format!("{CASES}{}[sweep]\norder = 2\n", policy(2));
    let story = Story::new(&scenario);
    let (scenario, report) = (story.arg("s.toml"), story.arg("report"));
    let asked = ["assess", &scenario, "--max-memory", "1MB", "-o", &report];
    let (code, result) = json(&asked);
    let verdict = &result["verdict"]["result"];
    assert_eq!((code, verdict), (3, &"incomplete".into()));
    let breaches = result["policies"][0]["breaches"].as_array().unwrap();
    assert_eq!(breaches.len(), 3, "those of order 1 are known");
    assert_eq!(result["sweep"]["complete"], false);
    assert_eq!(run(&["verify", &report]).code, 0);
}

#[test]
fn exit_codes_tell_the_verdict() {
    let (code, holds) = assess(&format!("{CASES}{}", policy(0)), &[]);
    assert_eq!((code, &holds["verdict"]["result"]), (0, &"holds".into()));
    let (code, breached) = assess(&format!("{CASES}{}", policy(1)), &[]);
    assert_eq!(
        (code, &breached["verdict"]["result"]),
        (1, &"breached".into())
    );
    let p = &breached["policies"][0];
    assert_eq!((&p["name"], &p["holds"]), (&"p".into(), &false.into()));
    let breach = &p["breaches"][0];
    assert_eq!(
        (&breach["service"], &breach["status"]),
        (&"orders".into(), &"degraded".into())
    );
    assert_eq!(breach["load_case"], "quarter-end");
    assert_eq!(ids(&breach["elements"]), ["app-1"]);
    // Order 1 is swept, order 3 is asked, and nothing of order 1 harms.
    let roomy = "[[load]]\nname = \"quarter-end\"\ndemand = { orders = 3 }\n";
    let (code, open) = assess(&format!("{roomy}[sweep]\norder = 1\n{}", policy(3)), &[]);
    assert_eq!(
        (code, &open["verdict"]["result"]),
        (3, &"incomplete".into())
    );
    assert_eq!(open["policies"][0]["holds"], Value::Null);
    assert!(
        open["policies"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("order 3")
    );
    assert_eq!(run(&["assess", "no/such.toml"]).code, 2);
    assert_eq!(run(&["assess"]).code, 2);
    assert_eq!(run(&["--help"]).code, 0);
}

#[test]
fn waivers_cover_until_they_expire_and_stay_visible() {
    let waiver = "[[waiver]]\npolicy = \"p\"\nservice = \"orders\"\n\
                  elements = [\"app-1\", \"app-2\", \"app-3\"]\nreason = \"fourth server ordered\"\n\
                  owner = \"infra\"\nexpires = \"2027-03-31\"\n";
    let scenario = format!("{CASES}{}{waiver}", policy(1));
    let (code, valid) = assess(&scenario, &["--as-of", "2027-03-31"]);
    assert_eq!(code, 0);
    assert_eq!(valid["as_of"], "2027-03-31");
    let p = &valid["policies"][0];
    assert_eq!(
        (p["holds"].as_bool(), p["waived"].as_array().unwrap().len()),
        (Some(true), 3)
    );
    assert_eq!(
        (&p["waived"][0]["owner"], &p["waived"][0]["service"]),
        (&"infra".into(), &"orders".into())
    );
    let (code, late) = assess(&scenario, &["--as-of", "2027-04-01"]);
    assert_eq!(code, 1);
    assert_eq!(late["policies"][0]["lapsed"][0]["why"], "expired");
    let late = late["warnings"].to_string();
    assert!(
        late.contains("(owner infra) has expired, 2027-03-31"),
        "{late}"
    );
    let (_, unmatched) = assess(&scenario.replace("1100", "100"), &["--as-of", "2027-03-31"]);
    assert!(
        unmatched["warnings"][0]
            .as_str()
            .unwrap()
            .contains("covers no breach")
    );
}

#[test]
fn waivers_that_end_within_thirty_days_are_named() {
    let waiver = "[[waiver]]\npolicy = \"p\"\nservice = \"orders\"\nreason = \"r\"\n\
                  owner = \"infra\"\nexpires = \"2027-03-31\"\n";
    let story = Story::new(&format!("{CASES}{}{waiver}", policy(1)));
    let scenario = story.arg("s.toml");
    let cases = [
        ("2027-02-28", None, 31),
        ("2027-03-01", Some("ends in 30 days"), 30),
        ("2027-03-30", Some("ends tomorrow"), 1),
        ("2027-03-31", Some("ends today"), 0),
        ("2027-04-01", Some("has expired"), -1),
    ];
    for (day, said, left) in cases {
        let (_, checked) = json(&["check", &scenario, "--as-of", day]);
        let (_, assessed) = json(&["assess", &scenario, "--as-of", day]);
        for warnings in [&checked["warnings"], &assessed["warnings"]] {
            let all = warnings.as_array().unwrap();
            let of_waivers = all.iter().filter_map(Value::as_str);
            let mut of_waivers = of_waivers.filter(|w| w.starts_with("a waiver of"));
            let found = of_waivers.next();
            assert_eq!(found.is_some(), said.is_some(), "{day}: {warnings}");
            assert!(
                found.is_none_or(|f| f.contains(said.unwrap())),
                "{day}: {warnings}"
            );
        }
        assert_eq!(
            assessed["evidence"]["waivers"][0]["days_left"], left,
            "{day}"
        );
        let text = run(&["assess", &scenario, "--as-of", day]).stdout;
        let named = text.contains("! a waiver of \"p\" (owner infra) ends");
        assert_eq!(named, (0..=30).contains(&left), "{day}: {text}");
    }
}

/// A waiver that is valid today may have ended when the demand comes for which it is needed.
#[test]
fn waivers_that_end_before_the_peak_are_named() {
    let scenario = |expires: &str| {
        let peak = "[[load]]\nname = \"quarter-end\"\npeak = true\nprofile = \"p.csv\"\n\
                    window = { from = \"2027-06-29\", to = \"2027-06-30\" }\n";
        format!(
            "{peak}{}[[waiver]]\npolicy = \"p\"\nservice = \"orders\"\nreason = \"r\"\n\
             owner = \"infra\"\nexpires = \"{expires}\"\n",
            policy(1)
        )
    };
    for (expires, is_named) in [("2027-06-28", true), ("2027-06-29", false)] {
        let story = Story::new(&scenario(expires));
        let profile = "time,orders\n2027-06-29T10:00:00Z,1100\n2027-06-30T10:00:00Z,1100\n";
        story.write("p.csv", profile);
        let run = run(&["assess", &story.arg("s.toml"), "--as-of", "2027-01-01"]);
        let told = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let named = told.contains("before quarter-end begins on 2027-06-29");
        assert_eq!(named, is_named, "{}{}", run.stdout, run.stderr);
        let (_, assessed) = json(&["assess", &story.arg("s.toml"), "--as-of", "2027-01-01"]);
        let warnings = assessed["warnings"].to_string();
        let warned = warnings.contains("before quarter-end begins on 2027-06-29");
        assert_eq!(warned, is_named, "{warnings}");
    }
}

/// What is missing or blank in a waiver hides nothing else that is wrong with it.
#[test]
fn every_fault_of_a_waiver_is_told_at_once() {
    let waiver = "[[waiver]]\npolicy = \"q\"\nservice = \"nobody\"\nelements = [\"kind=zzz\"]\n\
                  reason = \"\"\nexpires = \"31.12.2026\"\ntypo = 1\n";
    let story = Story::new(&format!("{CASES}{}{waiver}", policy(1)));
    let ran = run(&["check", &story.arg("s.toml")]);
    for said in [
        "`reason` is blank",
        "`owner`",
        "no key `typo`",
        "there is no policy `q`",
        "no service has the id `nobody`",
        "`kind=zzz` keeps nothing",
        "`31.12.2026` is no date",
        "7 faults found",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
}

#[test]
fn a_waiver_date_that_is_none_is_a_fault() {
    for date in [
        "soon",
        "2027-02-30",
        "31.03.2027",
        "2027-13-01",
        "20270331",
        "+002027-03-31",
    ] {
        let waiver = format!(
            "[[waiver]]\npolicy = \"p\"\nreason = \"r\"\nowner = \"o\"\nexpires = \"{date}\"\n"
        );
        let story = Story::new(&format!("{CASES}{}{waiver}", policy(1)));
        for command in ["check", "assess"] {
            let ran = run(&[command, &story.arg("s.toml")]);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command} {date}");
            let said = format!("`{date}` is no date");
            assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        }
    }
}

/// A folder with a scenario stands for that, whatever is asked: its known outages are how things are.
#[test]
fn a_folder_stands_for_the_scenario_in_it() {
    let story = Story::new("");
    let folder = story.arg("estate");
    let inside = story.arg("estate/scenario.toml");
    let asked: [&[&str]; 5] = [
        &["check"],
        &["whatif", "--down", "app-1"],
        &["sweep"],
        &["simulate", "--trials", "100"],
        &["load"],
    ];
    let answer = |command: &[&str], path: &str| {
        let (first, rest) = command.split_first().expect("a command");
        let mut words = vec![*first, path];
        words.extend(rest);
        let (code, found) = json(&words);
        assert_eq!(code, 0, "{words:?}: {found}");
        found
    };
    let alone: Vec<_> = asked
        .iter()
        .map(|command| answer(command, &folder))
        .collect();
    story.write(
        "estate/scenario.toml",
        &format!("inventory = \".\"\ndown = [\"app-2\"]\n{CASES}"),
    );
    for (command, alone) in asked.iter().zip(alone) {
        let by_folder = answer(command, &folder);
        assert_eq!(by_folder, answer(command, &inside), "{command:?}");
        assert_ne!(by_folder, alone, "{command:?}");
    }
    // What is wrong with it is a fault of the folder.
    story.write(
        "estate/scenario.toml",
        "inventory = \".\"\ndown = [\"nobody\"]\n",
    );
    for command in asked {
        let (first, rest) = command.split_first().expect("a command");
        let mut words = vec![*first, folder.as_str()];
        words.extend(rest);
        assert_eq!(run(&words).code, 2, "{words:?}");
    }
}

#[test]
fn report_files_are_written_and_say_the_same() {
    let story = Story::new(&format!("{CASES}{}", policy(1)));
    let out = story.arg("report");
    let ran = run(&[
        "assess",
        &story.arg("s.toml"),
        "-o",
        &out,
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 1);
    let written = fs::read_to_string(story.path("report/result.json")).unwrap();
    assert_eq!(written, ran.stdout);
    let mut names: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in [
        "SHA256SUMS",
        "report.txt",
        "table-components.csv",
        "table-minimal.csv",
        "table-policies.csv",
        "table-services.csv",
        "table-sweep.csv",
    ] {
        assert!(names.iter().any(|n| n == name), "{name} is missing");
    }
    assert!(
        names.iter().all(|n| !n.starts_with('.')),
        "a temporary file is left: {names:?}"
    );
}

#[test]
fn bad_input_names_every_fault_and_writes_nothing() {
    let story = Story::new(CASES);
    let out = story.arg("report");
    story.write(
        "estate/components.csv",
        "id,kind,capacity\napp-1,server,-4\napp-1,server,x\n",
    );
    for command in ["check", "whatif", "sweep", "assess"] {
        let ran = run(&[command, &story.arg("s.toml")]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command}");
        assert!(ran.stderr.contains("components.csv:2"), "{}", ran.stderr);
        assert!(ran.stderr.contains("components.csv:3"), "{}", ran.stderr);
    }
    assert_eq!(run(&["assess", &story.arg("s.toml"), "-o", &out]).code, 2);
    assert!(!Path::new(&out).exists());
    let (code, faults) = json(&["check", &story.arg("s.toml")]);
    assert_eq!((code, &faults["valid"]), (2, &false.into()));
    assert!(faults["faults"].as_array().unwrap().len() >= 2);
    assert_eq!(faults["faults"][0]["line"], 2);
}

#[test]
fn unknown_names_on_the_command_line_are_faults() {
    let story = Story::new(CASES);
    let scenario = story.arg("s.toml");
    for extra in [
        &["--down", "app-9"][..],
        &["--load", "tomorrow"],
        &["--derate", "app-1"],
        &["--derate", "app-1=-1"],
        &["--demand", "orders=nan"],
    ] {
        let ran = run(&[&["whatif", &scenario], extra].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{extra:?}");
    }
    let ran = run(&["explain", &scenario, "order"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `orders`?"),
        "{}",
        ran.stderr
    );
    assert_eq!(run(&["explain", &scenario, "app-1"]).code, 2);
    assert_eq!(run(&["sweep", &scenario, "--order", "0"]).code, 2);
    assert_eq!(run(&["sweep", &scenario, "--threads", "0"]).code, 2);
}

#[test]
fn explain_shows_the_tree() {
    let story = Story::new(CASES);
    let scenario = story.arg("s.toml");
    let args = [
        "explain",
        &scenario,
        "orders",
        "--load",
        "quarter-end",
        "--down",
        "app-3",
    ];
    let (code, result) = json(&args);
    assert_eq!(code, 0);
    assert_eq!(result["schema"], "brownout/explain/2");
    let group = &result["tree"]["needs"][0];
    assert_eq!(
        (&group["of"], &group["working"], &group["need"]),
        (&3.into(), &2.into(), &1.into())
    );
    assert_eq!(group["members"][0]["id"], "app-3");
    let text = run(&args).stdout;
    assert!(
        text.contains("only 2 of 3 work, needs 1: 1 to spare"),
        "{text}"
    );
    let csv = run(&[&args[..], &["--format", "csv"]].concat()).stdout;
    assert_eq!(csv.lines().count(), 5, "{csv}");
}

#[test]
fn check_says_what_is_covered_and_assumed() {
    let story = Story::new(CASES);
    story.write(
        "estate/components.csv",
        &format!("{COMPONENTS}spare,server,\n"),
    );
    let (code, result) = json(&["check", &story.arg("s.toml")]);
    assert_eq!((code, &result["schema"]), (0, &"brownout/check/2".into()));
    let inventory = &result["inventory"];
    assert_eq!(
        (&inventory["components"], &inventory["services"]),
        (&4.into(), &1.into())
    );
    let unused = inventory["open"]
        .as_array()
        .unwrap()
        .iter()
        .find(|o| o["what"] == "unused");
    assert_eq!(ids(&unused.unwrap()["ids"]), ["spare"]);
    assert!(!result["warnings"].as_array().unwrap().is_empty());
    let quiet = run(&["whatif", &story.arg("s.toml"), "--quiet"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    assert!(
        run(&["whatif", &story.arg("s.toml")])
            .stderr
            .contains("warning")
    );
}

/// The estate to start from with instances on hosts says what the example of the book says.
#[test]
fn init_of_a_cluster_is_the_example() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("lab");
    let folder = folder.to_str().unwrap();
    assert_eq!(run(&["init", folder, "--cluster"]).code, 0);
    let ran = run(&["assess", folder, "--full"]);
    let example = run(&["assess", "scenarios/cluster.toml", "--full"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("without esx-1, erp-db runs nowhere"));
    let rest = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let about_input = |line: &String| line.contains("inventory") || line.contains("scenario");
    let kept = |text: &str| {
        rest(text)
            .into_iter()
            .filter(|l| !about_input(l))
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(&ran.stdout), kept(&example.stdout));
}

#[test]
fn init_writes_a_scenario_that_holds_and_refuses_a_full_folder() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("estate");
    let folder = folder.to_str().unwrap();
    assert_eq!(run(&["init", folder]).code, 0);
    let ran = run(&["assess", &format!("{folder}/scenario.toml")]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("✓ HOLDS"));
    let of_folder = run(&["assess", folder]);
    assert_eq!((of_folder.code, of_folder.stdout), (0, ran.stdout));
    assert_eq!(run(&["whatif", folder, "--down", "app-1"]).code, 0);
    let again = run(&["init", folder]);
    assert_eq!((again.code, again.stdout.as_str()), (2, ""));
    assert!(
        again.stderr.contains("not an empty folder"),
        "{}",
        again.stderr
    );
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("big");
    let folder = folder.to_str().unwrap();
    assert_eq!(
        run(&[
            "generate",
            "-o",
            folder,
            "--components",
            "300",
            "--seed",
            "7"
        ])
        .code,
        0
    );
    let sweep = |threads: &str| run(&["sweep", folder, "--format", "json", "--threads", threads]);
    let one = sweep("1");
    assert_eq!(one.code, 0, "{}", one.stderr);
    assert!(one.stdout.len() > 1000);
    assert_eq!(one.stdout, sweep("2").stdout);
    assert_eq!(one.stdout, sweep("5").stdout);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let story = Story::new(CASES);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_brownout"))
        .args(["check", &story.arg("s.toml"), "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn hostile_names_do_no_harm() {
    let story = Story::new(CASES);
    let hostile = "=cmd|' /C calc'!A0<script>/../x";
    let name = "=1+1\u{1b}[2J\u{202e}<script>";
    let long = "x".repeat(10_000);
    story.write(
        "estate/components.csv",
        &format!("id,kind,name,capacity\n{hostile},server,{name},400\n{long},=1+1,{name},5\n"),
    );
    story.write(
        "estate/services.csv",
        &format!("id,name,demand\n@{hostile},{name},700\n"),
    );
    let dependencies = "consumer,provider,group,need";
    let row = format!("@{hostile},{hostile},{hostile},any");
    story.write(
        "estate/dependencies.csv",
        &format!("{dependencies}\n{row}\n@{hostile},{long},,\n"),
    );
    let estate = story.arg("estate");
    let out = story.arg("report");
    let before = fs::read_dir(story.dir.path()).unwrap().count();
    for args in [
        &["check", &estate][..],
        &["whatif", &estate],
        &["whatif", &estate, "--down", hostile],
        &["sweep", &estate],
        &["assess", &estate, "-o", &out],
        &["explain", &estate, &format!("@{hostile}")],
    ] {
        let ran = run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{args:?}");
            assert!(
                ran.stdout.lines().all(|l| l.chars().count() <= 100),
                "{args:?}:\n{text}"
            );
        }
    }
    assert_eq!(fs::read_dir(story.dir.path()).unwrap().count(), before + 1);
    let csv = run(&[
        "whatif",
        &estate,
        "--format",
        "csv",
        "--table",
        "components",
    ])
    .stdout;
    for record in csv::Reader::from_reader(csv.as_bytes()).records() {
        for cell in &record.unwrap() {
            let number = cell.parse::<f64>().is_ok();
            assert!(
                number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
}

#[test]
fn colour_is_for_terminals_and_those_who_force_it() {
    let story = Story::new(CASES);
    let scenario = story.arg("s.toml");
    assert!(!run(&["whatif", &scenario]).stdout.contains('\u{1b}'));
    let forced = brownout(&["whatif", &scenario])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(
        String::from_utf8(forced.stdout)
            .unwrap()
            .contains("\u{1b}[")
    );
}

#[test]
fn colour_is_as_asked_in_text_usage_and_faults() {
    let story = Story::new(CASES);
    let scenario = story.arg("s.toml");
    let asked: [&[&str]; 3] = [
        &["whatif", &scenario],
        &["whatif", "--help"],
        &["check", "no/such/folder"],
    ];
    let coloured = |args: &[&str], color: &str, no_color: bool| {
        let mut command = brownout(args);
        command.args(["--color", color]).env("CLICOLOR_FORCE", "1");
        if no_color {
            command.env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
        }
        let output = command.output().unwrap();
        [output.stdout, output.stderr].concat().contains(&0x1b)
    };
    for args in asked {
        assert!(coloured(args, "always", true), "{args:?}");
        assert!(!coloured(args, "never", false), "{args:?}");
        assert!(!coloured(args, "auto", true), "{args:?}");
    }
    let (_, json) = json(&["whatif", &scenario, "--color", "always"]);
    assert_eq!(json["load_case"], "today");
    assert_eq!(run(&["whatif", &scenario, "--color", "red"]).code, 2);
}

#[test]
fn text_that_goes_to_no_terminal_is_as_wide_as_columns_says() {
    let story = Story::new(CASES);
    let scenario = story.arg("s.toml");
    let wide = |columns: Option<&str>| {
        let mut command = brownout(&["sweep", &scenario]);
        match columns {
            Some(columns) => command.env("COLUMNS", columns),
            None => command.env_remove("COLUMNS"),
        };
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    // The second line is a sentence that is too long for 60 columns.
    let second = |text: &str| text.lines().nth(1).map_or(0, |l| l.chars().count());
    let [narrow, usual, wider] = [Some("60"), None, Some("400")].map(wide);
    assert!(second(&narrow) <= 60 && second(&narrow) < second(&usual));
    assert!(second(&usual) <= 100 && second(&wider) <= 120, "{wider}");
    // What is no width is not one.
    assert!(wide(Some("wide")) == usual && wide(Some("0")) == usual);
}

#[test]
fn the_words_of_the_reports_are_explained() {
    let help = run(&["help", "glossary"]);
    let told = run(&["glossary"]);
    let (_, list) = json(&["glossary"]);
    let list = list.as_array().unwrap();
    assert!(run(&["--help"]).stdout.contains("glossary"));
    for status in ["✓ ok", "! at-risk", "▲ degraded", "✗ down"] {
        assert!(list.iter().any(|w| w["word"] == status), "{status}");
    }
    for w in list {
        let word = w["word"].as_str().unwrap();
        assert!(
            help.stdout.contains(word) && told.stdout.contains(word),
            "{word}"
        );
        assert!(w["meaning"].as_str().unwrap().ends_with('.'), "{word}");
    }
    assert!(told.stdout.lines().all(|l| l.chars().count() <= 100));
    assert_eq!(
        run(&["glossary", "--format", "csv"]).stdout.lines().count(),
        list.len() + 1
    );
}

#[test]
fn why_begins_with_the_part_of_the_outage_that_was_asked_about() {
    let story = Story::new(CASES);
    let scenario = story.arg("s.toml");
    let args = [
        "whatif",
        &scenario,
        "--load",
        "quarter-end",
        "--down",
        "app-3",
    ];
    let flat = run(&args)
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(flat.contains("with app-3 out"), "{flat}");
    let (_, result) = json(&args);
    assert_eq!(
        result["services"][0]["outages"],
        serde_json::json!(["app-3"])
    );
    let (_, before) = json(&["whatif", &scenario]);
    assert_eq!(before["services"][0]["outages"], serde_json::json!([]));
}

#[test]
fn completions_and_manual_pages_are_generated() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            run(&["completions", shell]).stdout.contains("brownout"),
            "{shell}"
        );
    }
    assert!(run(&["man"]).stdout.contains(".TH brownout"));
    for command in [
        "init", "import", "check", "whatif", "sweep", "assess", "explain",
    ] {
        assert!(run(&["man", command]).stdout.contains(".TH"), "{command}");
        let help = run(&[command, "--help"]);
        assert!(
            help.code == 0 && help.stdout.contains("Example"),
            "{command}"
        );
    }
    assert_eq!(run(&["man", "nonsense"]).code, 2);
}

#[test]
fn an_import_is_an_inventory_that_can_be_asked() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("calls.json");
    let calls = r#"[{"parent":"web","child":"cart","callCount":10},
                    {"parent":"cart","child":"stock","callCount":20}]"#;
    fs::write(&source, calls).unwrap();
    let estate = dir.path().join("estate");
    let (source, estate) = (source.to_str().unwrap(), estate.to_str().unwrap());
    let ran = run(&["import", "jaeger", source, "-o", estate]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (code, result) = json(&["whatif", estate, "--down", "stock"]);
    assert_eq!(
        (code, &result["services"][0]["status"]),
        (0, &"down".into())
    );
    assert_eq!(run(&["import", "jaeger", source, "-o", estate]).code, 2);
    assert_eq!(run(&["import", "nonsense", source, "-o", estate]).code, 2);
}

#[test]
fn what_a_service_needs_is_selected() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write(
        "components.csv",
        "id,kind,within\na,server,r\nb,server,r\nr,rack,\nx,server,\nn1,router,\nn2,router,\nn3,router,\n",
    );
    write("links.csv", "id,a,b\nl1,n1,n2\nl2,n2,n3\n");
    write("flows.csv", "id,from,to\nf,n1,n2\n");
    write("services.csv", "id,demand\ns,1\nother,1\n");
    write(
        "dependencies.csv",
        "consumer,provider\ns,a\ns,f\nother,b\nother,x\n",
    );
    let estate = dir.path().to_str().unwrap();
    let elements = |selector: &str| {
        let (_, swept) = json(&["sweep", estate, "--elements", selector]);
        swept["elements"].as_u64()
    };
    // A flow may come by every part of its network.
    assert_eq!(
        elements("under=s"),
        Some(7),
        "a, r, three routers, two links"
    );
    assert_eq!(elements("under=other"), Some(3), "b, x, r");
    let wrong = run(&["sweep", estate, "--elements", "under=nobody"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("keeps nothing"), "{}", wrong.stderr);
}
