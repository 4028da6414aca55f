//! The map of a report against the states that it draws: every count by another way.

use super::program::run;
use serde_json::Value;
use std::collections::BTreeSet;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn json(args: &[&str]) -> Value {
    let (code, stdout, stderr) = run(ROOT, &[args, &["-q", "--format", "json"]].concat());
    assert!(code < 2, "{args:?}: {stderr}");
    serde_json::from_str(&stdout).expect("JSON")
}

fn rows<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    static NONE: Vec<Value> = Vec::new();
    value[name].as_array().unwrap_or(&NONE)
}

/// Failed, down, degraded, at risk, over all that some lists of a state of the map say.
fn counted(state: &Value, lists: &[&str]) -> [u64; 4] {
    let all = lists.iter().flat_map(|list| rows(state, list));
    let names = ["failed", "down", "degraded", "at_risk"];
    all.fold([0; 4], |sum, standing| {
        std::array::from_fn(|at| sum[at] + standing[names[at]].as_u64().unwrap_or(0))
    })
}

/// The same of components and links, from a state as `whatif` tells it.
fn components(state: &Value) -> [u64; 3] {
    let ids = |list: &str| rows(state, list).iter();
    let failed: BTreeSet<&str> = ids("down")
        .filter_map(Value::as_str)
        .chain(ids("tripped").filter_map(|t| t["id"].as_str()))
        .collect();
    let mut counts = [failed.len() as u64, 0, 0];
    for c in rows(state, "components")
        .iter()
        .filter(|c| c["kind"] != "flow")
    {
        let used = c["utilization"].as_f64();
        match c["works"].as_bool() {
            _ if failed.contains(c["id"].as_str().expect("an id")) => {}
            Some(false) => counts[1] += 1,
            _ if c["delivered"].as_f64() < Some(1.0 - 1e-9) || used > Some(1.0 + 1e-9) => {
                counts[2] += 1;
            }
            _ => {}
        }
    }
    counts
}

fn services(state: &Value) -> [u64; 4] {
    ["", "down", "degraded", "at-risk"].map(|status| {
        let with = rows(state, "services")
            .iter()
            .filter(|s| s["status"] == status);
        with.count() as u64
    })
}

#[test]
fn the_map_counts_what_its_states_say() {
    for scenario in [
        "scenarios/quarter-end-one-down.toml",
        "scenarios/overload-power.toml",
        "scenarios/cluster.toml",
        "scenarios/site-loss.toml",
    ] {
        let result = json(&["assess", scenario, "--no-fixes", "--no-ledger"]);
        let map = &result["map"];
        let peak = result["base"]
            .as_array()
            .expect("states")
            .iter()
            .find(|state| state["load_case"] == map["states"][0]["load_case"])
            .expect("the load case of the map");
        let all = rows(peak, "components")
            .iter()
            .filter(|c| c["kind"] != "flow");
        let outermost = rows(map, "boxes")
            .iter()
            .filter(|b| b.get("parent").is_none());
        let counts = outermost
            .chain(rows(map, "links"))
            .map(|b| b["count"].as_u64().expect("a count"));
        assert_eq!(counts.sum::<u64>(), all.count() as u64, "{scenario}");
        let base = &map["states"][0];
        assert_eq!(counted(base, &["services"]), services(peak), "{scenario}");
        let told = counted(base, &["boxes", "links"]);
        assert_eq!(told[..3], components(peak), "{scenario}");
        // Whose failure alone harms, from the minimal sets; what is in trouble itself is told as that.
        let sweeps = rows(&result["sweep"], "services").iter();
        let harming: BTreeSet<&str> = sweeps
            .filter(|s| s["load_case"] == base["load_case"])
            .flat_map(|s| rows(s, "minimal"))
            .filter(|m| rows(m, "elements").len() == 1)
            .filter_map(|m| m["elements"][0].as_str())
            .collect();
        assert!(
            told[3] <= harming.len() as u64 && (told[3] > 0 || harming.is_empty()),
            "{scenario}"
        );
        let Some(worst) = map["states"].get(1) else {
            continue;
        };
        let down: Vec<&str> = rows(worst, "elements")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let case = worst["load_case"].as_str().expect("a name");
        let state = json(&[&["whatif", scenario, "--load", case, "--down"], &down[..]].concat());
        assert_eq!(
            counted(worst, &["services"]),
            services(&state),
            "{scenario}"
        );
        assert_eq!(
            counted(worst, &["boxes", "links"])[..3],
            components(&state),
            "{scenario}"
        );
    }
}

/// Of all single failures and pairs, none that is worst for a service leaves more services down.
#[test]
fn no_contingency_that_is_worst_for_a_service_is_worse_than_that_of_the_map() {
    let scenario = "scenarios/quarter-end-one-down.toml";
    let result = json(&["assess", scenario, "--no-fixes", "--no-ledger"]);
    let worst = &result["map"]["states"][1];
    let case = worst["load_case"].as_str().expect("a name");
    let [_, down, degraded, _] = counted(worst, &["services"]);
    let mut seen = BTreeSet::new();
    for s in rows(&result["sweep"], "services")
        .iter()
        .filter(|s| s["load_case"] == case)
    {
        let elements = rows(&s["worst"], "elements")
            .iter()
            .filter_map(Value::as_str);
        let elements: Vec<&str> = elements.collect();
        if elements.is_empty() || !seen.insert(elements.clone()) {
            continue;
        }
        let state = json(
            &[
                &["whatif", scenario, "--load", case, "--down"],
                &elements[..],
            ]
            .concat(),
        );
        let [_, other, others, _] = services(&state);
        assert!((other, others) <= (down, degraded), "{elements:?}");
    }
    assert!(seen.len() > 1);
}

/// Ids of a tree.
fn ids_of(tree: &Value, ids: &mut BTreeSet<String>) {
    ids.insert(tree["id"].as_str().expect("an id").to_owned());
    for member in rows(tree, "needs")
        .iter()
        .flat_map(|group| rows(group, "members"))
    {
        ids_of(member, ids);
    }
}

/// What harms a service, or would, or limits it, is in its picture.
fn culprits_are_in_pictures(result: &Value) -> usize {
    let pictures = rows(result, "pictures");
    for picture in pictures {
        let mut shown = BTreeSet::new();
        ids_of(&picture["tree"], &mut shown);
        let states = rows(result, "base").iter();
        let mut state = states.filter(|s| s["load_case"] == picture["load_case"]);
        let services = rows(state.next().expect("a state"), "services").iter();
        let mut service = services.filter(|s| s["id"] == picture["tree"]["id"]);
        let service = service.next().expect("a service");
        let findings = rows(service, "findings").iter();
        let witnesses = findings
            .filter(|f| f["cause"] == "redundancy")
            .map(|f| &f["witness"]);
        let outages = rows(service, "outages").iter();
        for culprit in witnesses.chain(outages).chain([&service["limit"]]) {
            let Some(id) = culprit.as_str() else { continue };
            assert!(shown.contains(id), "{}: {id}", service["id"]);
        }
    }
    pictures.len()
}

#[test]
fn pictures_never_leave_out_the_culprit() {
    for scenario in [
        "scenarios/quarter-end-one-down.toml",
        "scenarios/overload-power.toml",
    ] {
        let result = json(&["assess", scenario, "--no-fixes", "--no-ledger"]);
        assert!(culprits_are_in_pictures(&result) > 1);
    }
    // Twenty steps down, behind eighty others that are fine.
    let mut components = "id,kind\n".to_owned();
    let mut dependencies = "consumer,provider\nshop,c-00\n".to_owned();
    for n in 0..20 {
        components += &format!("c-{n:02},server\n");
        if n > 0 {
            dependencies += &format!("c-{:02},c-{n:02}\n", n - 1);
        }
        for m in 0..4 {
            components += &format!("a-{n:02}-{m},disk\n");
            dependencies += &format!("c-{n:02},a-{n:02}-{m}\n");
        }
    }
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect(name);
    std::fs::create_dir(dir.path().join("estate")).expect("a folder");
    write("estate/components.csv", &components);
    write("estate/dependencies.csv", &dependencies);
    write("estate/services.csv", "id,demand\nshop,1\n");
    for down in ["c-19", "a-19-3"] {
        write(
            "s.toml",
            &format!("inventory = 'estate'\ndown = ['{down}']\n"),
        );
        let path = dir.path().join("s.toml").to_string_lossy().into_owned();
        let result = json(&["assess", &path, "--no-fixes", "--no-ledger"]);
        assert_eq!(rows(&result["base"][0]["services"][0], "outages")[0], down);
        culprits_are_in_pictures(&result);
    }
}
