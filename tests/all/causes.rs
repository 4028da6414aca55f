//! What a reader is told of a cause: the direction of a link, a derating, what has been accepted, what no capacity can
//! mend. Small estates, with figures by hand.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("written");
    }
    dir
}

fn said(dir: &Path, args: &[&str]) -> String {
    let mut command = Command::cargo_bin("brownout").expect("built");
    let output = command
        .current_dir(dir)
        .env("COLUMNS", "200")
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

fn json(dir: &Path, args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    serde_json::from_str(&said(dir, &args)).expect("JSON")
}

fn service<'v>(of: &'v Value, id: &str) -> &'v Value {
    let all = of["services"].as_array().expect("services");
    all.iter().find(|s| s["id"] == id).expect(id)
}

/// A line of 100 there and 50 back, asked for 110 there by `upload` and for 60 back by `download`.
fn uneven_line() -> TempDir {
    folder(&[
        ("components.csv", "id,kind\na,router\nb,router\n"),
        (
            "links.csv",
            "id,a,b,capacity,capacity_back,unit\nl,a,b,100,50,Mbit/s\n",
        ),
        ("flows.csv", "id,from,to\nup,a,b\nback,b,a\n"),
        ("services.csv", "id,demand\nupload,110\ndownload,60\n"),
        (
            "dependencies.csv",
            "consumer,provider\nupload,up\ndownload,back\n",
        ),
    ])
}

#[test]
fn the_cause_is_the_direction_that_a_flow_takes() {
    let dir = uneven_line();
    let found = json(dir.path(), &["whatif", "."]);
    for (id, delivered, because) in [
        (
            "upload",
            100.0 / 110.0,
            "l must carry 110 and can carry 100 Mbit/s from a to b (110 %)",
        ),
        (
            "download",
            50.0 / 60.0,
            "l must carry 60 and can carry 50 Mbit/s from b to a (120 %)",
        ),
    ] {
        let s = service(&found, id);
        let got = s["delivered"].as_f64().expect("a number");
        assert!((got - delivered).abs() < 1e-12, "{id}: {got}");
        let last = s["because"].as_array().and_then(|b| b.last());
        assert_eq!(last.and_then(Value::as_str), Some(because));
    }
    let told = said(dir.path(), &["explain", ".", "upload"]);
    assert!(
        told.contains("up passes l, which delivers 90.9 %"),
        "{told}"
    );
}

/// A store of 400 IO/s that is derated to half, asked for 204.
fn derated_store() -> TempDir {
    folder(&[
        (
            "components.csv",
            "id,kind,capacity,unit\nst,storage,400,IO/s\nspare,storage,400,IO/s\n",
        ),
        ("services.csv", "id,demand\nlogs,204\nother,1\n"),
        (
            "dependencies.csv",
            "consumer,provider\nlogs,st\nother,spare\n",
        ),
        (
            "scenario.toml",
            "name = \"Half\"\ninventory = \".\"\n[derate]\nst = 0.5\nspare = 0.9\n[[load]]\nname = \"easter\"\npeak = true\n\
             [[policy]]\nname = \"All\"\nservices = [\"logs\"]\nsurvives = 0\n",
        ),
    ])
}

#[test]
fn a_derating_that_harms_is_named_and_one_that_does_not_is_counted() {
    let dir = derated_store();
    let told = said(dir.path(), &["assess", "scenario.toml", "--full"]);
    assert!(
        told.contains("with spare and st derated, logs is degraded"),
        "{told}"
    );
    assert!(
        told.contains("st must carry 204 and can carry 200 IO/s (102 %), derated from 400"),
        "{told}"
    );
    assert!(told.contains("st (derated)"), "{told}");
    assert!(told.contains("it bears on logs"), "{told}");
    assert!(
        told.contains("1 known outage or derating bears on the status of no service"),
        "{told}"
    );
    assert!(!told.contains("was not looked at"), "{told}");
}

#[test]
fn a_service_that_works_and_gets_nothing_is_explained_as_it_is_counted() {
    // The better tier takes all of the link: the other works and gets nothing.
    let dir = folder(&[
        (
            "components.csv",
            "id,kind,capacity,serves\nbox,server,100,priority\n",
        ),
        ("services.csv", "id,demand,tier\ngold,100,1\nlead,100,2\n"),
        (
            "dependencies.csv",
            "consumer,provider\ngold,box\nlead,box\n",
        ),
    ]);
    let found = json(dir.path(), &["whatif", "."]);
    let lead = service(&found, "lead");
    assert_eq!(
        (&lead["status"], &lead["delivered"]),
        (&"down".into(), &0.0.into())
    );
    let headroom = lead["headroom"].as_f64().expect("it works");
    assert!((headroom + 0.5).abs() < 1e-12);
    let told = said(dir.path(), &["explain", ".", "lead"]);
    assert!(told.contains("headroom −50 % set by box"), "{told}");
    assert!(
        told.contains("lead  [service]  100  ✗ down: delivers 0 %"),
        "{told}"
    );
}

#[test]
fn a_link_lacks_capacity_in_the_direction_back_too() {
    // Half of the line is gone in a named contingency: 30 back of 60. Nothing but capacity is missing.
    let dir = uneven_line();
    let scenario = "name = \"Half\"\ninventory = \".\"\n[[load]]\nname = \"now\"\npeak = true\n\
         demand = { upload = 40, download = 40 }\n\
         [[contingency]]\nname = \"Half a line\"\nderate = { l = 0.5 }\n\
         [[policy]]\nname = \"Both\"\nservices = [\"upload\", \"download\"]\ncontingencies = [\"Half a line\"]\n";
    // No member can be added and none may be grown: only the judgement without limits speaks.
    let components = "id,kind,max_capacity\na,router,\nb,router,\n";
    fs::write(dir.path().join("components.csv"), components).expect("written");
    let links = "id,a,b,capacity,capacity_back,unit,max_capacity\nl,a,b,100,50,Mbit/s,100\n";
    fs::write(dir.path().join("links.csv"), links).expect("written");
    fs::write(dir.path().join("scenario.toml"), scenario).expect("written");
    let found = json(dir.path(), &["assess", "scenario.toml"]);
    let breaches = found["policies"][0]["breaches"].as_array().expect("a list");
    assert_eq!(breaches.len(), 1, "download gets 25 of 40");
    for unfixed in found["fix_search"]["unfixed"]
        .as_array()
        .into_iter()
        .flatten()
    {
        assert_eq!(unfixed["unlimited_capacity_holds"], true, "{unfixed}");
    }
}

/// Two servers of 60, asked for 50 on the first day and for 100 from noon of the second on; both are needed then.
fn two_days(waiver: &str) -> TempDir {
    let hours = (0..48).map(|hour| {
        let demand = if hour < 36 { 50 } else { 100 };
        format!(
            "2026-12-{:02}T{:02}:00:00Z,{demand}\n",
            1 + hour / 24,
            hour % 24
        )
    });
    let profile = format!("time,web\n{}", hours.collect::<String>());
    folder(&[
        (
            "components.csv",
            "id,kind,capacity\nn1,server,60\nn2,server,60\n",
        ),
        ("services.csv", "id,demand\nweb,50\n"),
        (
            "dependencies.csv",
            "consumer,provider,group,need\nweb,n1,g,any\nweb,n2,g,\n",
        ),
        ("load.csv", &profile),
        (
            "scenario.toml",
            &format!(
                "name = \"Two days\"\ninventory = \".\"\n[[load]]\nname = \"now\"\n\
                 [[load]]\nname = \"peak\"\npeak = true\nprofile = \"load.csv\"\n\
                 [horizon]\nprofile = \"load.csv\"\nfrom = \"2026-12-01\"\nto = \"2026-12-02\"\n\
                 [[policy]]\nname = \"One\"\nservices = [\"web\"]\nsurvives = 1\n{waiver}"
            ),
        ),
    ])
}

#[test]
fn a_policy_holds_as_long_as_what_breaches_it_is_accepted() {
    let until = |waiver: &str| {
        let dir = two_days(waiver);
        let found = json(
            dir.path(),
            &["assess", "scenario.toml", "--as-of", "2026-12-01"],
        );
        found["timeline"]["policies"][0]["holds_until"].clone()
    };
    let waiver = |elements: &str, expires: &str| {
        format!(
            "[[waiver]]\npolicy = \"One\"\nservice = \"web\"\n{elements}reason = \"known\"\nowner = \"ops\"\n\
             expires = \"{expires}\"\n"
        )
    };
    // With one server lost, 100 do not fit on 60.
    assert_eq!(until(""), "2026-12-02T12:00:00+00:00");
    let both = "elements = [\"n1\", \"n2\"]\n";
    assert_eq!(until(&waiver(both, "2026-12-31")), Value::Null);
    assert_eq!(until(&waiver(both, "2026-12-02")), Value::Null);
    // The day before, nobody has accepted the second day any more; and one server is not the other.
    assert_eq!(
        until(&waiver(both, "2026-12-01")),
        "2026-12-02T12:00:00+00:00"
    );
    let one = "elements = [\"n1\"]\n";
    assert_eq!(
        until(&waiver(one, "2026-12-31")),
        "2026-12-02T12:00:00+00:00"
    );
}

#[test]
fn taking_out_what_a_degraded_service_still_has_is_not_safe() {
    let dir = two_days("");
    // 203 from noon of the second day: degraded already with both, at 120 of 203.
    let profile = fs::read_to_string(dir.path().join("load.csv")).expect("there");
    fs::write(
        dir.path().join("load.csv"),
        profile.replace(",100\n", ",203\n"),
    )
    .expect("written");
    let found = json(dir.path(), &["assess", "scenario.toml"]);
    let failures = found["timeline"]["failures"].as_array().expect("a list");
    let n1 = failures
        .iter()
        .find(|f| f["element"] == "n1")
        .expect("it harms");
    assert_eq!(n1["safe_hours"], 36);
    assert_eq!(n1["longest_safe"]["to"], "2026-12-02T12:00:00+00:00");
    let harm = &n1["services"][0];
    assert_eq!(harm["hours_degraded"], 12);
    let least = harm["least_delivered"].as_f64().expect("a number");
    assert!((least - 60.0 / 203.0).abs() < 1e-12, "{least}");
}

#[test]
fn a_contingency_is_one_whatever_took_its_elements() {
    // Of q = 0.25 each, beta 0.2 in common: 0.05 both, 0.2 each by itself.
    let dir = folder(&[
        (
            "components.csv",
            "id,kind,unavailability\na,server,0.25\nb,server,0.25\n",
        ),
        ("services.csv", "id,demand\ns,1\n"),
        (
            "dependencies.csv",
            "consumer,provider,group,need\ns,a,g,any\ns,b,g,\n",
        ),
        ("common_cause.csv", "group,members,beta\npair,a;b,0.2\n"),
    ]);
    let found = json(dir.path(), &["simulate", "."]);
    let s = service(&found, "s");
    let all = s["contingencies"].as_array().expect("a list");
    assert_eq!(all.len(), 1, "{all:?}");
    let probability = all[0]["probability"].as_f64().expect("a number");
    // Together, or both by themselves: 0.05 + 0.95 · 0.04.
    assert!((probability - 0.088).abs() < 1e-12, "{probability}");
    let down = s["probability"]["down"]["estimate"]
        .as_f64()
        .expect("a number");
    assert!((probability - down).abs() < 1e-12);
}

#[test]
fn the_coincident_peak_is_that_of_the_demand_that_has_grown() {
    let dir = folder(&[
        ("components.csv", "id,kind,capacity\nbox,server,1000\n"),
        ("services.csv", "id,demand\na,1\nb,1\n"),
        ("dependencies.csv", "consumer,provider\na,box\nb,box\n"),
        (
            "load.csv",
            "time,a,b\n2026-12-01T00:00:00Z,90,10\n2026-12-01T01:00:00Z,5,100\n",
        ),
        (
            "scenario.toml",
            "name = \"Grown\"\ninventory = \".\"\n[[load]]\nname = \"peak\"\npeak = true\nprofile = \"load.csv\"\n\
             coincident = true\ngrowth = { a = 2.0 }\n",
        ),
    ]);
    let found = json(dir.path(), &["whatif", "scenario.toml"]);
    // 2 · 90 + 10 at midnight is more than 2 · 5 + 100 an hour later.
    let demand = ["a", "b"].map(|id| service(&found, id)["demand"].as_f64().expect("a number"));
    assert_eq!(demand, [180.0, 10.0]);
}

#[test]
fn what_runs_nowhere_is_shown_of_a_service_that_needs_it() {
    // `early` is degraded whatever fails; `late` needs the instance that finds no room.
    let dir = folder(&[
        (
            "components.csv",
            "id,kind,capacity\nh1,server,10\nh2,server,10\nsmall,server,1\nvm1,vm,\nvm2,vm,\n",
        ),
        ("services.csv", "id,demand\nearly,2\nlate,1\n"),
        (
            "dependencies.csv",
            "consumer,provider,group,need\nearly,small,,\nlate,vm1,g,any\nlate,vm2,g,\n",
        ),
        (
            "placements.csv",
            "instance,hosts,host,amount\nvm1,h1;h2,h1,8\nvm2,h1;h2,h2,8\n",
        ),
        (
            "scenario.toml",
            "name = \"Restart\"\ninventory = \".\"\n[[load]]\nname = \"now\"\npeak = true\n\
             [[policy]]\nname = \"All restart\"\nservices = [\"early\", \"late\"]\nrestarts = 1\n",
        ),
    ]);
    let found = json(dir.path(), &["assess", "scenario.toml"]);
    let breaches = found["policies"][0]["breaches"].as_array().expect("a list");
    assert!(!breaches.is_empty());
    for b in breaches {
        assert_eq!(b["service"], "late", "{b}");
    }
}
