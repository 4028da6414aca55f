//! JUnit keeps its schema, and says what is breached and why.

use super::*;

/// What an element of the JUnit schema of Apache Ant's tasks (`JUnit.xsd` of Windy Road) must and may
/// have: required attributes, optional ones, children in their order.
type Rule = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

fn rule(element: &str) -> Rule {
    match element {
        "testsuites" => (&[], &[], &["testsuite"]),
        "testsuite" => (
            &[
                "package",
                "id",
                "name",
                "timestamp",
                "hostname",
                "tests",
                "failures",
                "errors",
                "time",
            ],
            &["skipped"],
            &["properties", "testcase", "system-out", "system-err"],
        ),
        "properties" => (&[], &[], &["property"]),
        "property" => (&["name", "value"], &[], &[]),
        "testcase" => (
            &["name", "classname", "time"],
            &[],
            &["skipped", "error", "failure"],
        ),
        "error" | "failure" => (&["type"], &["message"], &[]),
        // Of any type in the schema.
        "skipped" => (&[], &["message"], &[]),
        "system-out" | "system-err" => (&[], &[], &[]),
        other => panic!("no element of JUnit: {other}"),
    }
}

/// The structure that the schema asks for. No library here reads XML Schema, so its rules are written
/// down again: attributes and their types, children and their order and number.
pub(super) fn check_junit(node: roxmltree::Node<'_, '_>) {
    let name = node.tag_name().name();
    let (required, optional, children) = rule(name);
    for attribute in required {
        assert!(node.has_attribute(*attribute), "{name} lacks {attribute}");
    }
    for attribute in node.attributes() {
        let key = attribute.name();
        assert!(
            required.contains(&key) || optional.contains(&key),
            "{name} has {key}"
        );
        check_attribute(key, attribute.value());
    }
    let found: Vec<_> = node
        .children()
        .filter(roxmltree::Node::is_element)
        .collect();
    let place = |n: &roxmltree::Node<'_, '_>| {
        let name = n.tag_name().name();
        let place = children.iter().position(|c| *c == name);
        place.unwrap_or_else(|| panic!("{name} inside {}", node.tag_name().name()))
    };
    let places: Vec<usize> = found.iter().map(place).collect();
    assert!(places.is_sorted(), "children of {name} are out of order");
    let times = |child: &str| found.iter().filter(|n| n.has_tag_name(child)).count();
    match name {
        "testsuite" => {
            for once in ["properties", "system-out", "system-err"] {
                assert_eq!(times(once), 1, "{once}");
            }
            let cases: Vec<_> = found
                .iter()
                .filter(|n| n.has_tag_name("testcase"))
                .collect();
            let count = |child: &str| {
                let with =
                    |c: &&&roxmltree::Node<'_, '_>| c.children().any(|n| n.has_tag_name(child));
                cases.iter().filter(with).count().to_string()
            };
            assert_eq!(
                node.attribute("tests"),
                Some(cases.len().to_string().as_str())
            );
            let counted = [
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ];
            for (attribute, child) in counted {
                assert_eq!(
                    node.attribute(attribute),
                    Some(count(child).as_str()),
                    "{attribute}"
                );
            }
        }
        "testcase" => assert!(found.len() <= 1, "one outcome"),
        _ => {}
    }
    found.into_iter().for_each(check_junit);
}

fn check_attribute(key: &str, value: &str) {
    match key {
        "id" | "tests" | "failures" | "errors" | "skipped" => {
            value
                .parse::<i32>()
                .unwrap_or_else(|e| panic!("{key}={value}: {e}"));
        }
        "time" => {
            let digits = value.chars().all(|c| c.is_ascii_digit() || c == '.');
            assert!(digits && !value.is_empty(), "{key}={value}");
        }
        "timestamp" => {
            let shape = "dddd-dd-ddTdd:dd:dd";
            let fits = |(c, s): (char, char)| if s == 'd' { c.is_ascii_digit() } else { c == s };
            assert!(
                value.len() == shape.len() && value.chars().zip(shape.chars()).all(fits),
                "{key}={value}"
            );
        }
        "name" | "hostname" | "package" | "classname" => {
            assert!(
                !value.trim().is_empty() && value.len() < 2000,
                "{key}={value}"
            );
        }
        _ => {}
    }
}

#[test]
fn junit_keeps_its_schema() {
    for written in shipped().values() {
        let document = roxmltree::Document::parse(&written.junit).expect("XML");
        assert!(document.root_element().has_tag_name("testsuites"));
        check_junit(document.root_element());
    }
}

#[test]
fn a_case_per_policy_service_and_load_case() {
    let xml = &shipped()["scenarios/quarter-end-one-down.toml"].junit;
    let document = roxmltree::Document::parse(xml).expect("XML");
    let failures: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("failure"))
        .collect();
    assert_eq!(failures.len(), 2);
    let first = failures[0].attribute("message").expect("a message");
    let sentence = "order-management at quarter-end is degraded (gets 72.7 % of its demand) with \
                    app-3 out: app-1 must carry 550 and can carry 400 orders/min (137.5 %)";
    assert_eq!(first, sentence);
    let case = failures[1].parent().expect("a case");
    assert_eq!(case.attribute("name"), Some("order-management at today"));
    assert_eq!(
        failures[1].text().map(|t| t.lines().count()),
        Some(4),
        "every breach is told"
    );
    let xml = &shipped()["scenarios/maintenance-weekend.toml"].junit;
    let document = roxmltree::Document::parse(xml).expect("XML");
    let skipped = document.descendants().find(|n| n.has_tag_name("skipped"));
    let why = skipped
        .and_then(|n| n.attribute("message"))
        .expect("a waiver");
    assert!(
        why.starts_with("accepted by ") && why.contains(" until "),
        "{why}"
    );
}
