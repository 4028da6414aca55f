//! References by names, as dumps with natural keys have them, and references that lead nowhere.

use super::forms::{changed, nautobot, target, text};
use super::{assert_same, import_all, import_rows, lines, sample};
use serde_json::{Value, json};

fn row(model: &str, key: &str, fields: &Value) -> Value {
    json!({"model": model, "pk": key, "fields": fields})
}

/// The natural key of a row: its name among those of what it belongs to, in the order of its kind.
fn natural(rows: &[Value], key: &Value) -> Vec<Value> {
    let found = rows.iter().find(|row| row["pk"] == *key);
    let row = found.unwrap_or_else(|| panic!("no {key}"));
    let fields = &row["fields"];
    let name = fields["name"].clone();
    let of = |field: &str| match &fields[field] {
        Value::Null => Vec::new(),
        key => natural(rows, key),
    };
    let or_null = |mut names: Vec<Value>| {
        if names.is_empty() {
            names.push(Value::Null);
        }
        names
    };
    match &*text(&row["model"]) {
        "dcim.location" => [vec![name], of("parent")].concat(),
        // Nobody calls it anything.
        "dcim.device" if name.is_null() => vec![key.clone()],
        "dcim.device" => [vec![name], or_null(of("tenant")), of("location")].concat(),
        "dcim.rack" => [vec![name], of("location")].concat(),
        "dcim.powerpanel" => [of("location"), vec![name]].concat(),
        "dcim.interface" | "dcim.rearport" | "dcim.powerport" => {
            [of("device"), vec![name]].concat()
        }
        "circuits.circuit" => [of("provider"), vec![fields["cid"].clone()]].concat(),
        "circuits.providernetwork" => [of("provider"), vec![name]].concat(),
        "virtualization.virtualmachine" => {
            [or_null(of("cluster")), or_null(of("tenant")), vec![name]].concat()
        }
        "dcim.devicetype" => vec![fields["model"].clone()],
        _ => vec![name],
    }
}

/// A dump of Nautobot with natural keys in the place of every key of another row but those of cables.
fn by_names(rows: &[Value]) -> Vec<Value> {
    changed(rows.to_vec(), |model, fields| {
        for (field, value) in fields {
            let parent = model == "dcim.location" && field == "parent";
            let named = ["status", "location_type"].contains(&&**field)
                || parent
                || target(model, field).is_some_and(|to| to != "dcim.cable");
            if named && value.is_string() {
                *value = json!(natural(rows, value));
            }
        }
    })
}

#[test]
fn references_by_names_give_the_same_inventory() {
    let rows = changed(sample(), |model, fields| {
        if model == "dcim.site" {
            fields.insert("group".to_owned(), Value::Null);
        }
        fields.remove("physical_address");
    });
    let rows = nautobot(&rows);
    let named = by_names(&rows);
    let lists = json!(named).to_string().matches("[\"hq-core1\",").count();
    assert!(lists > 2, "what refers to a device refers to it by names");
    let (one, other) = (import_rows(&rows), import_rows(&named));
    assert_same(&one, &other, "natural keys");
    let said = "reference by names → dcim.device";
    assert!(
        other.report.derived.contains_key(said),
        "{:?}",
        other.report.derived
    );
    assert!(!one.report.derived.contains_key(said));
}

/// Two devices of one name at one place, and a port that says no more than that.
#[test]
fn references_that_lead_nowhere_are_faults_and_not_an_empty_estate() {
    let place = row("dcim.location", "l1", &json!({"name": "HQ"}));
    let device = |key: &str| row("dcim.device", key, &json!({"name": "r1", "location": "l1"}));
    let port = |device: Value| {
        row(
            "dcim.interface",
            "i1",
            &json!({"name": "e0", "device": device}),
        )
    };
    let kinds = json!({"termination_a_type": 41, "termination_a_id": "i1", "termination_b_type": 41, "termination_b_id": "i2"});
    let cases = [
        (
            port(json!(["r1", null, "HQ"])),
            "references to dcim.device cannot be read",
        ),
        (
            port(json!(["r2", null, "HQ"])),
            "references to dcim.device cannot be read",
        ),
        (
            port(json!({"name": "r1"})),
            "references to dcim.device cannot be read",
        ),
        (
            port(json!(false)),
            "references to dcim.device cannot be read",
        ),
        (
            port(json!("r1")),
            "no reference to dcim.device (1) leads to one",
        ),
        (
            port(json!(77)),
            "no reference to dcim.device (1) leads to one",
        ),
        (
            row("dcim.cable", "c1", &kinds),
            "numbers of content types that the export does not explain: 2",
        ),
    ];
    for (last, expected) in cases {
        let rows = json!([place, device("d1"), device("d2"), last]);
        let said = lines(&import_all(&[rows.to_string()]).expect_err(expected));
        assert!(said.iter().any(|line| line.contains(expected)), "{said:?}");
    }
    // With one of the two it is plain which one is meant.
    let rows = json!([place, device("d1"), port(json!(["r1", null, "HQ"]))]);
    import_all(&[rows.to_string()]).unwrap_or_else(|f| panic!("{:?}", lines(&f)));
}

/// What a role is called is all that is looked at, and stands in the reference.
#[test]
fn roles_that_the_dump_leaves_out_are_known_by_their_names() {
    let rows = json!([
        row(
            "dcim.location",
            "l1",
            &json!({"name": "HQ", "location_type": ["Site"]})
        ),
        row(
            "dcim.device",
            "d1",
            &json!({"name": "r1", "location": ["HQ"], "role": ["Edge Router"]})
        ),
    ]);
    let draft = import_all(&[rows.to_string()])
        .unwrap_or_else(|f| panic!("{:?}", lines(&f)))
        .draft;
    assert_eq!(super::ids(&draft, |kind, _| kind == "router"), ["r1"]);
    assert_eq!(super::ids(&draft, |kind, _| kind == "site"), ["hq"]);
    assert_eq!(super::within(&draft, "r1"), ["hq"]);
}
