//! Changes that are found and changes that are written: fixes for named contingencies and for cascades, plans
//! that are applied, and columns of foreign tables.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn run(args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command.args(args).output().expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (
        output.status.code().expect("it ends by itself"),
        text + &said,
    )
}

/// A folder of files: an inventory in `e`, a scenario `s.toml`.
fn folder(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    let scenario = dir.path().join("s.toml");
    (dir, scenario)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn assessed(scenario: &Path) -> Value {
    let (_, text) = run(&[
        "assess",
        path(scenario),
        "--no-ledger",
        "--format",
        "json",
        "--quiet",
    ]);
    let end = text.rfind('}').expect("JSON");
    serde_json::from_str(&text[..=end]).expect("JSON")
}

fn held(result: &Value) -> Vec<String> {
    let fixes = result["fixes"].as_array().expect("fixes");
    let held = fixes.iter().filter(|f| f["holds"] == true);
    held.map(|f| f["text"].as_str().expect("told").to_owned())
        .collect()
}

/// Frankfurt is lost with both of its servers, and a duct has half of its capacity.
fn frankfurt_lost(wan: &str) -> (TempDir, PathBuf) {
    let components = format!(
        "id,kind,capacity,within\nfra,site,,\nham,site,,\nf-1,server,60,fra\nf-2,server,60,fra\n\
         h-1,server,60,ham\nwan,duct,{wan},\n"
    );
    folder(&[
        ("e/components.csv", &components),
        ("e/services.csv", "id,demand\nshop,100\n"),
        (
            "e/dependencies.csv",
            "consumer,provider,group,need,weight\nshop,f-1,g,any,1\nshop,f-2,g,,1\nshop,h-1,g,,1\n\
             shop,wan,,,\n",
        ),
        (
            "s.toml",
            "inventory = \"e\"\n[[contingency]]\nname = \"Frankfurt lost\"\ndown = [\"within=fra\"]\n\
             derate = { wan = 0.5 }\n[sweep]\norder = 1\n[[policy]]\nname = \"p\"\n\
             services = [\"shop\"]\ncontingencies = [\"Frankfurt lost\"]\n",
        ),
    ])
}

/// Hamburg carries 100 of 100 with 40 more, the duct with 100 more, since only half of it is there.
#[test]
fn a_named_contingency_is_cured_by_what_it_leaves() {
    let (_dir, path) = frankfurt_lost("100");
    let result = assessed(&path);
    assert_eq!(result["policies"][0]["holds"], false);
    let capacity = "add 40 to h-1 (to 100) and add 100 to wan (to 200): removes 1 of 1 breach";
    let found = held(&result);
    assert!(found.iter().any(|f| f == capacity), "{found:#?}");
    // A second server that goes down with Frankfurt would be no cure; one of Hamburg, or elsewhere, is.
    let (_dir, path) = frankfurt_lost("1000");
    let found = held(&assessed(&path));
    let members = found.iter().filter(|f| f.contains("one more like"));
    let members: Vec<&String> = members.collect();
    assert!(!members.is_empty(), "{found:#?}");
    for fix in members {
        assert!(
            fix.contains("like h-1") || fix.contains("outside of fra"),
            "{fix}"
        );
    }
}

/// Where only Frankfurt carries the service, a second server must stand elsewhere.
#[test]
fn what_a_named_contingency_takes_gets_a_second_one_elsewhere() {
    let (_dir, path) = folder(&[
        (
            "e/components.csv",
            "id,kind,within\nfra,site,\ndb,database,fra\n",
        ),
        ("e/services.csv", "id,demand\nshop,100\n"),
        ("e/dependencies.csv", "consumer,provider\nshop,db\n"),
        (
            "s.toml",
            "inventory = \"e\"\n[[contingency]]\nname = \"x\"\ndown = [\"within=fra\"]\n[[policy]]\n\
             name = \"p\"\ncontingencies = [\"x\"]\n",
        ),
    ]);
    let held = held(&assessed(&path));
    let second = "add one more like db outside of fra: removes 1 of 1 breach";
    assert!(held.iter().any(|f| f == second), "{held:#?}");
}

/// Three breakers of 100 that trip at 1 share 210: with one lost, 105 each, and all trip. Nothing trips with
/// 5 more on each of the two that are left, so each needs 5 more whoever is lost.
#[test]
fn a_cascade_that_a_policy_forbids_is_cured_below_the_trip() {
    let (_dir, path) = folder(&[
        (
            "e/components.csv",
            "id,kind,capacity,trips_at\na,breaker,100,1\nb,breaker,100,1\nc,breaker,100,1\n",
        ),
        ("e/services.csv", "id,demand\nshop,210\n"),
        (
            "e/dependencies.csv",
            "consumer,provider,group,need,weight\nshop,a,g,0,1\nshop,b,g,,1\nshop,c,g,,1\n",
        ),
        (
            "s.toml",
            "inventory = \"e\"\n[sweep]\norder = 1\n[[policy]]\nname = \"p\"\nsurvives = 1\nno_cascade = true\n",
        ),
    ]);
    let result = assessed(&path);
    let breaches = result["policies"][0]["breaches"]
        .as_array()
        .expect("breaches");
    assert!(
        !breaches.is_empty() && breaches.iter().all(|b| b["status"] == "ok"),
        "{breaches:#?}"
    );
    let held = held(&result);
    let cure = "add 5 to a (to 105), add 5 to b (to 105) and add 5 to c (to 105)";
    assert!(held.iter().any(|f| f.starts_with(cure)), "{held:#?}");
}

/// A plan that adds a host also adds what it has of memory, by the name at which it is looked for; blank loads
/// in a cycle stay blank.
#[test]
fn an_applied_plan_keeps_resources_and_blank_loads() {
    let (dir, scenario) = folder(&[
        (
            "e/components.csv",
            "id,kind,capacity,within,cost\nh1,host,,,10\nh2,host,,,10\nh1/memory,resource,100,h1,\n\
             h2/memory,resource,100,h2,\nbig,vm,,,\nsmall,vm,,,\nloop,application,,,\n",
        ),
        ("e/services.csv", "id,demand\nshop,10\n"),
        (
            "e/dependencies.csv",
            "consumer,provider,need,load\nshop,big,,\nshop,small,,\nshop,loop,0,\nloop,shop,0,\n",
        ),
        (
            "e/placements.csv",
            "instance,hosts,host,/memory\nbig,kind=host,h1,70\nsmall,kind=host,h2,60\n",
        ),
        (
            "s.toml",
            "inventory = \"e\"\n[sweep]\norder = 1\nelements = [\"kind=host\"]\n[[policy]]\nname = \"p\"\n\
             services = [\"shop\"]\nsurvives = 1\n",
        ),
    ]);
    let planned = dir.path().join("planned");
    let (code, text) = run(&["plan", path(&scenario), "--apply", path(&planned)]);
    assert_eq!(code, 0, "{text}");
    let read =
        |name: &str| fs::read_to_string(planned.join("inventory").join(name)).expect("written");
    let components = read("components.csv");
    let is = |id: &str| components.lines().any(|l| l.starts_with(&format!("{id},")));
    assert!(is("h1-new-1") || is("h2-new-1"), "{components}");
    assert!(
        is("h1-new-1/memory") || is("h2-new-1/memory"),
        "{components}"
    );
    let dependencies = read("dependencies.csv");
    assert!(
        !dependencies
            .lines()
            .next()
            .expect("a header")
            .contains("load"),
        "{dependencies}"
    );
    let (code, text) = run(&["assess", path(&planned), "--no-fixes", "--no-ledger"]);
    assert_eq!(code, 0, "{text}");
}

/// The columns of the second version, from any table with a map.
#[test]
fn a_map_reads_who_is_first_what_is_constant_and_shards() {
    let (dir, _) = folder(&[
        (
            "things.csv",
            "Name,Class,Cap,Trip,First,Rank\nwan,link box,80,1.2,Priority,\nups,ups,500,,,\ns1,store,50,,,\n\
             s2,store,50,,,\nshop,service,,,,2\n",
        ),
        (
            "relations.csv",
            "parent,type,child,Per,Watts\nshop,needs,wan,2,\nshop,shards,s1,1,\nshop,shards,s2,1,\n\
             s1,draws,ups,0,40\n",
        ),
        (
            "map.toml",
            "[components]\nfile = \"things*\"\nname = \"name\"\nkind = \"class\"\n\
             columns = { capacity = \"cap\", trips_at = \"trip\", serves = \"first\", tier = \"rank\" }\n\
             [relations]\nfile = \"relations*\"\nload = \"per\"\nconstant = \"watts\"\n[relations.types]\n\
             needs = \"P needs C\"\nshards = \"P needs any of C in data shard\"\ndraws = \"P needs C\"\n",
        ),
    ]);
    let [things, relations, map, out] =
        ["things.csv", "relations.csv", "map.toml", "out"].map(|n| dir.path().join(n));
    let import = |out: &Path| {
        run(&[
            "import",
            "csv",
            path(&things),
            path(&relations),
            "--map",
            path(&map),
            "-o",
            path(out),
        ])
    };
    let (code, said) = import(&out);
    assert_eq!(code, 0, "{said}");
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("written");
    let components = read("components.csv");
    assert!(
        components.contains("capacity,trips_at,serves"),
        "{components}"
    );
    assert!(components.contains("80,1.2,priority"), "{components}");
    assert!(
        read("services.csv").contains("shop,2,"),
        "{}",
        read("services.csv")
    );
    let dependencies = read("dependencies.csv");
    for row in [
        "shop,s1,data,any,shard,1,",
        "shop,wan,,,,2,",
        "s1,ups,,,,0,40",
    ] {
        assert!(dependencies.contains(row), "{row}: {dependencies}");
    }
    // What cannot be meant is told with its place.
    for (file, was, now, told) in [
        (
            &things,
            "Priority",
            "first",
            "things.csv:2: what becomes `serves`",
        ),
        (
            &things,
            "80,1.2",
            "80,0",
            "things.csv:2: what becomes `trips_at`",
        ),
        (
            &relations,
            "0,40",
            "0,-40",
            "relations.csv:5: what a relation carries",
        ),
    ] {
        let text = fs::read_to_string(file).expect("there");
        fs::write(file, text.replace(was, now)).expect("written");
        let (code, said) = import(&dir.path().join("none"));
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(told), "{said}");
        fs::write(file, text).expect("written");
    }
}

/// A comparison tells what the cost columns and the target say otherwise.
#[test]
fn a_comparison_tells_other_costs() {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, cost, most, slo) in [("old", "100", "", "99.9"), ("new", "120", "400", "99.95")] {
        let e = dir.path().join(name);
        fs::create_dir_all(&e).expect("made");
        let write = |file: &str, text: String| fs::write(e.join(file), text).expect("written");
        write(
            "components.csv",
            format!(
                "id,kind,capacity,cost,cost_per_unit,max_capacity\na,server,100,{cost},7,{most}\n"
            ),
        );
        write("services.csv", format!("id,demand,slo\nshop,10,{slo}\n"));
        write("dependencies.csv", "consumer,provider\nshop,a\n".to_owned());
    }
    let [old, new] = ["old", "new"].map(|n| {
        let (_, text) = run(&[
            "sweep",
            path(&dir.path().join(n)),
            "--order",
            "1",
            "--format",
            "json",
        ]);
        let file = dir.path().join(format!("{n}.json"));
        fs::write(&file, &text[..=text.rfind('}').expect("JSON")]).expect("written");
        file
    });
    let (code, text) = run(&["diff", path(&old), path(&new)]);
    assert_eq!(code, 0, "{text}");
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "a cost 100 → 120",
        "a max capacity none → 400",
        "shop slo 99.9 → 99.95 %",
    ] {
        assert!(one_line.contains(told), "{told}: {text}");
    }
    let (_, json) = run(&["diff", path(&old), path(&new), "--format", "json"]);
    let json: Value = serde_json::from_str(&json[..=json.rfind('}').expect("JSON")]).expect("JSON");
    let figures = json["inventory"]["figures"].as_array().expect("figures");
    let told: Vec<String> = figures
        .iter()
        .map(|f| format!("{} {}", f["what"], f["new"]))
        .collect();
    assert_eq!(
        told,
        ["\"cost\" 120.0", "\"max_capacity\" 400.0", "\"slo\" 99.95"]
    );
    let (_, csv) = run(&[
        "diff",
        path(&old),
        path(&new),
        "--format",
        "csv",
        "--table",
        "inventory",
    ]);
    assert!(csv.contains("figure,a,server,cost,,100,120"), "{csv}");
}
