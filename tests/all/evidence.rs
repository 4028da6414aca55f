//! Evidence of an assessment: scope, completeness, waivers, and which assumptions the verdict
//! hangs on, known in closed form.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn assess(path: &Path, extra: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let path = path.to_str().unwrap();
    let args = [&["assess", path, "--format", "json"], extra].concat();
    let output = command.args(args).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"))
}

/// Two servers of the kind's 100 for a demand of 90, grown by 1.1 at the peak.
fn estate(scenario: &str, extra: &[&str]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    fs::create_dir(dir.path().join("e")).unwrap();
    write(
        "e/components.csv",
        "id,kind,capacity,unit\na,server,,\nb,server,,\nrack,rack,,\npool,pool,,\n",
    );
    write(
        "e/dependencies.csv",
        "consumer,provider,group,need,load\nshop,a,g,any,1\nshop,b,g,,1\nshop,rack,,,0\n\
         shop,pool,,,\n",
    );
    write("e/services.csv", "id,demand\nshop,90\n");
    write(
        "e/inventory.toml",
        "[kind.server]\ncapacity = 100\nmtbf_hours = 990\nmttr_hours = 10\n",
    );
    write("s.toml", &format!("inventory = \"e\"\n{scenario}"));
    assess(&dir.path().join("s.toml"), extra)
}

const CASES: &str = "[[load]]\nname = \"now\"\n[[load]]\nname = \"peak\"\npeak = true\n\
                     growth = 1.1\n[sweep]\nexclude = [\"kind=rack\", \"pool\"]\n";

fn entry<'a>(result: &'a Value, what: &str) -> &'a Value {
    let entries = result["evidence"]["assumptions"]["entries"]
        .as_array()
        .unwrap();
    let found = entries
        .iter()
        .find(|e| e["what"].as_str().unwrap().starts_with(what));
    found.unwrap_or_else(|| panic!("no {what} in {entries:#?}"))
}

#[test]
fn scope_names_what_may_fail_and_what_may_not() {
    let result = estate(CASES, &[]);
    let scope = &result["evidence"]["scope"];
    assert_eq!(scope["elements"], Value::Null);
    assert_eq!(scope["exclude"], json!(["kind=rack", "pool"]));
    assert_eq!((&scope["included"], &scope["of"]), (&json!(2), &json!(3)));
    assert_eq!(scope["included_kinds"], json!({"server": 2}));
    // What is logical is no element to begin with.
    assert_eq!(scope["excluded"], json!(["rack"]));
    assert_eq!(scope["load_cases"], json!(["now", "peak"]));
    assert_eq!(
        result["evidence"]["completeness"]["contingencies"],
        json!({"1": {"done": 2, "of": 2}})
    );
    assert_eq!(result["evidence"]["completeness"]["complete"], true);
    let inputs = result["inputs"].as_array().unwrap();
    let rows: Vec<&Value> = inputs.iter().map(|i| &i["rows"]).collect();
    assert_eq!(
        rows,
        [&json!(4), &json!(4), &Value::Null, &json!(1), &Value::Null]
    );
}

/// One server of 100 carries 99 at the peak: half the capacity or twice the growth does not.
#[test]
fn the_ledger_says_what_the_verdict_hangs_on() {
    let policy = "[[policy]]\nname = \"p\"\nload = \"peak\"\nsurvives = 1\n";
    let result = estate(&format!("{CASES}{policy}"), &[]);
    assert_eq!(result["verdict"]["result"], "holds");
    let capacity = entry(&result, "capacity = 100 for kind server");
    assert_eq!(capacity["count"], 2);
    assert_eq!(
        capacity["halved"],
        json!({"verdict": "breached", "changed": ["p"]})
    );
    assert_eq!(
        capacity["doubled"],
        json!({"verdict": "holds", "changed": []})
    );
    assert_eq!(capacity["changes_verdict"], true);
    assert_eq!(capacity["source"], "inventory.toml:2");
    let growth = entry(&result, "growth = 1.1 at load case peak");
    assert_eq!(growth["halved"]["verdict"], "holds");
    assert_eq!(growth["doubled"]["verdict"], "breached");
    let mtbf = entry(&result, "mtbf_hours = 990");
    assert_eq!(mtbf["changes_verdict"], false);
    assert_eq!(mtbf["reason"], "no policy limits a probability");
    assert_eq!(mtbf["halved"], Value::Null);
    let load = entry(&result, "no load given");
    assert_eq!(
        (&load["count"], &load["changes_verdict"]),
        (&json!(1), &json!(false))
    );
    let unlimited = entry(&result, "no capacity given");
    assert_eq!(unlimited["changes_verdict"], Value::Null);
    assert!(unlimited["reason"].as_str().unwrap().contains("unlimited"));
    assert_eq!(result["evidence"]["assumptions"]["complete"], true);
}

/// Both of two servers are out with q² = 1e-4; with half the MTBF, 4e-4.
#[test]
fn rates_are_scaled_where_a_policy_limits_a_probability() {
    let policy = "[simulate]\ntrials = 1000\n[[policy]]\nname = \"p\"\nload = \"now\"\n\
                  max_probability = { down = 2e-4 }\n";
    let result = estate(&format!("{CASES}{policy}"), &[]);
    assert_eq!(result["verdict"]["result"], "holds");
    let mtbf = entry(&result, "mtbf_hours = 990");
    assert_eq!(mtbf["halved"]["verdict"], "breached");
    assert_eq!(mtbf["doubled"]["verdict"], "holds");
    let mttr = entry(&result, "mttr_hours = 10");
    assert_eq!(mttr["halved"]["verdict"], "holds");
    assert_eq!(mttr["doubled"]["verdict"], "breached");
    // Half of one rate and twice of the other come to the same.
    let ledger = &result["evidence"]["assumptions"];
    let loads = ledger["entries"].as_array().unwrap().iter();
    let loads = loads.filter(|e| e["reason"].is_null()).count();
    assert_eq!(ledger["runs"], json!(2 * loads - 2));
}

#[test]
fn waivers_and_what_was_left_out_are_on_record() {
    let scenario = format!(
        "{CASES}[[policy]]\nname = \"p\"\nsurvives = 2\n[[waiver]]\npolicy = \"p\"\n\
         service = \"shop\"\nreason = \"next year\"\nowner = \"ops\"\nexpires = \"2026-12-31\"\n"
    );
    let scenario = scenario.replace("[sweep]\n", "[sweep]\norder = 2\n");
    let day = |day| estate(&scenario, &["--as-of", day, "--no-ledger", "--no-fixes"]);
    let valid = day("2026-12-31");
    let waiver = &valid["evidence"]["waivers"][0];
    assert_eq!(
        (&waiver["owner"], &waiver["lapsed"]),
        (&json!("ops"), &Value::Null)
    );
    assert_eq!(waiver["covers"], json!(2));
    let late = day("2027-01-01");
    let waiver = &late["evidence"]["waivers"][0];
    assert_eq!(
        (&waiver["lapsed"], &waiver["covers"]),
        (&json!("expired"), &json!(0))
    );
    assert_eq!(late["fix_search"], Value::Null);
    let ledger = &late["evidence"]["assumptions"];
    assert_eq!(ledger["complete"], false);
    assert!(ledger["reason"].as_str().unwrap().contains("--no-ledger"));
    let command = late["evidence"]["command"].as_array().unwrap();
    assert_eq!(
        command[3..],
        ["--as-of", "2027-01-01", "--no-fixes", "--no-ledger"]
    );
}

#[test]
fn controls_are_supported_and_never_met() {
    let result = estate(CASES, &[]);
    let evidence = &result["evidence"];
    let text = evidence["controls"].to_string();
    for name in [
        "SOC 2",
        "A1.1",
        "DORA",
        "Article 7",
        "27001",
        "A.8.6",
        "A.8.14",
    ] {
        assert!(text.contains(name), "{name}");
    }
    for control in evidence["controls"].as_array().unwrap() {
        assert!(
            control["supports"]
                .as_str()
                .unwrap()
                .starts_with("supports ")
        );
    }
    let all = evidence.to_string().to_lowercase();
    for word in ["compliant", "complies", "certif"] {
        assert!(!all.contains(word), "{word}");
    }
    assert_eq!(evidence["sign_off"].as_array().unwrap().len(), 3);
}
