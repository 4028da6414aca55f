//! What must not get out, and what must not break anything.

use super::forms::{before_3_3, fields, nautobot, served, text, texts};
use super::{assert_round_trip, ids, import_all, index, lines, needs, sample, source, within};
use assert_cmd::Command;
use brownout::input::import::{Format, Imported, Options, ServicePer, read_sources};
use brownout::model::{Role, System};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

const MARK: &str = "MARKED-SECRET";

/// Runs the program on texts; its exit code, all that it said, and all that it wrote.
fn run(texts: &[String], more: &[&str]) -> (Option<i32>, String) {
    let root = tempfile::tempdir().expect("a folder");
    let exports = root.path().join("exports");
    fs::create_dir(&exports).expect("a folder");
    for (at, text) in texts.iter().enumerate() {
        fs::write(exports.join(format!("{at:03}.json")), text).expect("written");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    command
        .current_dir(root.path())
        .args(["import"])
        .args(more)
        .args(["exports", "-o", "estate"]);
    let output = command.output().expect("output");
    let mut said = [output.stdout, output.stderr]
        .map(|b| String::from_utf8_lossy(&b).into_owned())
        .concat();
    let estate = root.path().join("estate");
    if let Ok(files) = fs::read_dir(&estate) {
        for file in files {
            said += &fs::read_to_string(file.expect("a file").path()).expect("text");
        }
    }
    (output.status.code(), said)
}

#[test]
fn no_secret_gets_into_an_output_or_a_message() {
    let rows = sample();
    let whole = json!(rows).to_string();
    assert!(
        whole.matches(MARK).count() > 800,
        "the sample is full of marks"
    );
    let forms = [
        vec![whole.clone()],
        texts(&served(&rows, 5)),
        vec![json!(nautobot(&rows)).to_string()],
    ];
    for form in &forms {
        let (code, said) = run(form, &[]);
        assert_eq!(code, Some(0), "{said}");
        assert!(
            said.contains("svc:branch-a") && said.contains("not used"),
            "{said}"
        );
        assert!(
            !said.contains(MARK),
            "{}",
            said.lines().find(|l| l.contains(MARK)).unwrap_or_default()
        );
    }
    // Cut anywhere, and with something broken right before a secret.
    let cuts = (1..40).map(|n| whole.len() * n / 40);
    let cut = cuts.map(|at| whole[..at].to_owned());
    let broken = (1..20).map(|n| {
        let (at, _) = whole.match_indices(MARK).nth(n * 40).expect("a mark");
        format!("{}{}", &whole[..at - 1], &whole[at..])
    });
    for text in cut.chain(broken) {
        let faults = import_all(&[text]).expect_err("no JSON");
        for line in lines(&faults) {
            assert!(!line.contains(MARK), "{line}");
        }
    }
    let (code, said) = run(&[whole[..whole.len() / 2].to_owned()], &["netbox"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("the file ends too early") && !said.contains(MARK),
        "{said}"
    );
}

/// Every field of a row of each kind in turn holds something that it should not, then all of them.
#[test]
fn wrong_types_and_missing_keys_are_read_or_refused_and_never_break_anything() {
    let rows = sample();
    let each = json!({"id": {"id": 3}, "name": ["x"], "value": "MARKED-SECRET-TYPE"});
    let all = [
        Value::Null,
        json!(-7.5),
        json!(99_999),
        json!("MARKED-SECRET-TYPE"),
        json!([["dcim", 1]]),
    ];
    let mut seen = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        if !seen.insert(text(&row["model"])) {
            continue;
        }
        let names = row["fields"].as_object().expect("fields").keys();
        // What carries a mark is not read at all.
        let names = names.filter(|f| !row["fields"][*f].to_string().contains(MARK));
        let names: Vec<String> = names.cloned().collect();
        for field in &names {
            let mut broken = rows.clone();
            broken[at]["fields"][field] = each.clone();
            tried(&broken, field);
        }
        for value in &all {
            let mut broken = rows.clone();
            for field in &names {
                broken[at]["fields"][field] = value.clone();
            }
            tried(&broken, &format!("{} {value}", row["model"]));
        }
        let mut broken = rows.clone();
        fields(&mut broken[at]).clear();
        tried(&broken, &row["model"].to_string());
        broken[at]["fields"] = json!([]);
        tried(&broken, &row["model"].to_string());
    }
}

/// Imports: what comes out is valid, or refused in words that quote nothing.
fn tried(rows: &[Value], what: &str) {
    match import_all(&[json!(rows).to_string()]) {
        Err(faults) => {
            assert!(!lines(&faults).is_empty(), "{what}");
            assert!(
                lines(&faults)
                    .iter()
                    .all(|l| !l.contains("MARKED-SECRET-TYPE")),
                "{what}"
            );
        }
        Ok(imported) => {
            System::new(imported.draft).unwrap_or_else(|e| panic!("{what}: {e:?}"));
        }
    }
}

fn import_text(rows: &Value) -> Result<Imported, Vec<String>> {
    import_all(&[rows.to_string()]).map_err(|faults| lines(&faults))
}

fn row(model: &str, key: u32, fields: &Value) -> Value {
    json!({"model": model, "pk": key, "fields": fields})
}

#[test]
fn circles_of_cables_locations_and_cords_end() {
    // Two panels whose fronts and rears lead into each other, entered by an interface.
    let mut rows = vec![
        row(
            "dcim.site",
            1,
            &json!({"name": "s", "slug": "s", "status": "active"}),
        ),
        row("dcim.device", 1, &json!({"name": "sw", "site": 1})),
        row("dcim.device", 2, &json!({"name": "p1", "site": 1})),
        row(
            "dcim.interface",
            1,
            &json!({"name": "e1", "device": 1, "cable": 1}),
        ),
        row(
            "dcim.rearport",
            1,
            &json!({"name": "r", "device": 2, "positions": 1, "cable": 2}),
        ),
        row(
            "dcim.rearport",
            2,
            &json!({"name": "r2", "device": 2, "positions": 1, "cable": 2}),
        ),
        row(
            "dcim.frontport",
            1,
            &json!({"name": "f", "device": 2, "rear_port": 1, "rear_port_position": 1, "cable": 1}),
        ),
        row(
            "dcim.frontport",
            2,
            &json!({"name": "f2", "device": 2, "rear_port": 2, "rear_port_position": 1, "cable": 3}),
        ),
        row(
            "dcim.frontport",
            3,
            &json!({"name": "f3", "device": 2, "rear_port": 1, "rear_port_position": 1, "cable": 3}),
        ),
    ];
    rows[6]["fields"]["cable"] = json!(1);
    let ends = [("dcim", "interface", 1), ("dcim", "frontport", 3)];
    let imported = import_text(&json!(rows)).expect("read");
    assert!(ids(&imported.draft, |_, role| matches!(role, Role::Link(_))).is_empty());
    // A cable that leads back into the panel it comes from, so that no way leads out.
    for (cable, side, (app, model, key)) in [
        (9, "A", ends[0]),
        (9, "B", ends[1]),
        (10, "A", ("dcim", "rearport", 1)),
    ] {
        let fields = json!({"cable": cable, "cable_end": side, "termination_type": [app, model], "termination_id": key});
        rows.push(row(
            "dcim.cabletermination",
            cable * 10 + u32::from(side == "B"),
            &fields,
        ));
    }
    import_text(&json!(rows)).expect("read");
    // A location within itself is a circle of domains: refused, with its members named.
    rows.push(row(
        "dcim.location",
        1,
        &json!({"name": "l1", "site": 1, "parent": 2}),
    ));
    rows.push(row(
        "dcim.location",
        2,
        &json!({"name": "l2", "site": 1, "parent": 1}),
    ));
    let said = import_text(&json!(rows)).expect_err("a circle");
    assert!(
        said.len() == 1 && said[0].contains("l1") && said[0].contains("l2"),
        "{said:?}"
    );
}

#[test]
fn distribution_units_that_feed_each_other_amplify_nothing() {
    let mut rows = vec![row("dcim.site", 1, &json!({"name": "s", "slug": "s"}))];
    for pdu in [1, 2] {
        rows.push(row(
            "dcim.devicerole",
            pdu,
            &json!({"name": "PDU", "slug": "pdu"}),
        ));
        rows.push(row(
            "dcim.device",
            pdu,
            &json!({"name": format!("pdu-{pdu}"), "site": 1, "role": pdu}),
        ));
        rows.push(row(
            "dcim.powerport",
            pdu,
            &json!({"name": "in", "device": pdu, "cable": pdu}),
        ));
        rows.push(row(
            "dcim.poweroutlet",
            pdu,
            &json!({"name": "out", "device": 3 - pdu, "cable": pdu}),
        ));
    }
    let imported = import_text(&json!(rows)).expect("read");
    assert_eq!(needs(&imported.draft, "pdu-1"), ["All Share of pdu-2"]);
    assert_eq!(needs(&imported.draft, "pdu-2"), ["All Share of pdu-1"]);
    assert_round_trip(&imported.draft);
}

/// A PDU with two inlets: what hangs on one bank does not live on the other.
#[test]
fn outlets_follow_the_inlet_that_they_name() {
    let mut rows = vec![
        row("dcim.site", 1, &json!({"name": "s", "slug": "s"})),
        row("dcim.powerpanel", 1, &json!({"name": "panel", "site": 1})),
        row("dcim.device", 1, &json!({"name": "pdu", "site": 1})),
    ];
    for n in [1, 2] {
        let feed = json!({"name": format!("feed-{n}"), "power_panel": 1, "cable": n, "voltage": 230, "amperage": 16,
            "max_utilization": 80, "phase": {"value": "three-phase", "label": "3"}});
        rows.push(row("dcim.powerfeed", n, &feed));
        rows.push(row(
            "dcim.powerport",
            n,
            &json!({"name": format!("In {n}"), "device": 1, "cable": n}),
        ));
        let outlet =
            json!({"name": format!("out {n}"), "device": 1, "power_port": n, "cable": 10 + n});
        rows.push(row("dcim.poweroutlet", n, &outlet));
        rows.push(row(
            "dcim.device",
            10 + n,
            &json!({"name": format!("host-{n}"), "site": 1}),
        ));
        rows.push(row(
            "dcim.powerport",
            10 + n,
            &json!({"name": "p", "device": 10 + n, "cable": 10 + n}),
        ));
    }
    let draft = import_text(&json!(rows)).expect("read").draft;
    assert_eq!(needs(&draft, "host-1"), ["All Share of pdu:in-1"]);
    assert_eq!(needs(&draft, "host-2"), ["All Share of pdu:in-2"]);
    assert_eq!(needs(&draft, "pdu:in-1"), ["All Share of feed-1"]);
    assert_eq!(within(&draft, "pdu:in-1"), ["pdu"]);
    assert_eq!(needs(&draft, "pdu"), ["AtLeast(1) Share of feed-1, feed-2"]);
    // 230 V × 16 A × 80 % × 1.732.
    assert_eq!(
        draft.nodes[index(&draft, "feed-1")].node.capacity,
        Some(5099.0)
    );
    assert_round_trip(&draft);
}

/// A cable with one port on one side and four on the other, as since 3.3; ends that nobody gave.
#[test]
fn cables_with_several_ends_and_with_one() {
    let mut rows = vec![row("dcim.site", 1, &json!({"name": "s", "slug": "s"}))];
    let mut end = |cable: u32, side: &str, key: u32| {
        rows.push(row(
            "dcim.device",
            key,
            &json!({"name": format!("d{key}"), "site": 1}),
        ));
        rows.push(row(
            "dcim.interface",
            key,
            &json!({"name": "e0", "device": key, "type": "10gbase-t"}),
        ));
        let fields = json!({"cable": cable, "cable_end": side, "termination_type": ["dcim", "interface"], "termination_id": key});
        rows.push(row("dcim.cabletermination", key, &fields));
    };
    for key in 2..=4 {
        end(1, "B", key);
    }
    end(1, "A", 1);
    // Two and two: each with its like.
    end(2, "A", 11);
    end(2, "A", 12);
    end(2, "B", 13);
    end(2, "B", 14);
    // Two and three: nobody says which.
    end(3, "A", 21);
    end(3, "A", 22);
    end(3, "B", 23);
    end(3, "B", 24);
    end(3, "B", 25);
    end(4, "A", 31);
    let imported = import_text(&json!(rows)).expect("read");
    let links = ids(&imported.draft, |_, role| matches!(role, Role::Link(_)));
    let expected = [
        "d1--d2", "d1--d3", "d1--d4", "d11--d13", "d12--d14", "d21--d23", "d21--d24", "d21--d25",
        "d22--d23", "d22--d24", "d22--d25",
    ];
    assert_eq!(links, expected);
    let report = &imported.report;
    let unclear = "cable with unlike numbers of ports at its ends: each leads to each";
    assert_eq!(report.derived[unclear].count, 1);
    let endless = "dcim.cable: it does not say where it ends, or what it ends at is not here";
    assert_eq!(report.skipped[endless].count, 1);
}

#[test]
fn names_that_many_share_are_told_apart_by_place() {
    let mut rows = vec![
        row("dcim.site", 1, &json!({"name": "North", "slug": "n"})),
        row("dcim.site", 2, &json!({"name": "South", "slug": "s"})),
    ];
    for (key, name, site) in [
        (1, "PP:MDF", 1),
        (2, "pp:mdf", 2),
        (3, "PP:MDF", 2),
        (4, "North", 2),
    ] {
        rows.push(row(
            "dcim.device",
            key,
            &json!({"name": name, "site": site}),
        ));
    }
    let imported = import_text(&json!(rows)).expect("read");
    let all = ids(&imported.draft, |_, role| role == Role::Component);
    let expected = [
        "n",
        "north-pp:mdf",
        "south",
        "south-north",
        "south-pp:mdf-device-2",
        "south-pp:mdf-device-3",
    ];
    assert_eq!(all, expected);
    // Each id that is not simply the name is listed.
    assert_eq!(imported.report.ids.len(), 5, "{:?}", imported.report.ids);
}

#[test]
fn what_is_no_export_is_refused_in_clear_words() {
    let cases = [
        ("{}", "holds no objects of NetBox or Nautobot"),
        ("[]", "holds no objects of NetBox or Nautobot"),
        (
            "[[1], \"x\", null]",
            "holds no objects of NetBox or Nautobot",
        ),
        (
            "{\"count\": 0, \"next\": null, \"previous\": null, \"results\": []}",
            "holds no sites, devices",
        ),
        (
            "[{\"model\": \"dcim.device\", \"fields\": {\"name\": \"x\"}}]",
            "rows of dcim.device have no pk (1)",
        ),
        (
            "[{\"model\": \"dcim.cable\", \"pk\": 1, \"fields\": {}}]",
            "holds no sites, devices",
        ),
        (
            "[{\"model\": \"auth.user\", \"pk\": 1, \"fields\": {}}]",
            "holds no sites, devices",
        ),
        ("nonsense", "line 1, column 2: this is no JSON"),
        ("", "the file ends too early"),
    ];
    for (text, expected) in cases {
        let said = lines(&import_all(&[text.to_owned()]).expect_err(text));
        assert!(
            said.iter().any(|l| l.contains(expected)),
            "{text}: {said:?}"
        );
    }
    let options = Options {
        service_per: ServicePer::Source,
        ..Options::default()
    };
    let text = json!(sample()).to_string();
    let faults =
        read_sources(Format::Netbox, &[source("x", &text)], options).expect_err("an option");
    assert!(
        lines(&faults)[0].contains("services per site"),
        "{:?}",
        lines(&faults)
    );
}

#[test]
fn every_form_is_recognised_by_content() {
    let rows = sample();
    let forms = [
        json!(rows).to_string(),
        json!(nautobot(&rows)).to_string(),
        json!(before_3_3(&rows)).to_string(),
    ];
    let mut lists = served(&rows, 1000);
    // Lists that are not read.
    lists.retain(|end, _| !matches!(*end, "plugins/others" | "users/tokens"));
    for text in forms.iter().chain(&texts(&lists)) {
        let found = Format::recognise(&[source("x.txt", text)]);
        assert_eq!(
            found.unwrap_or_else(|f| panic!("{:?}", lines(&f))),
            Format::Netbox,
            "{}",
            &text[..300]
        );
    }
}
