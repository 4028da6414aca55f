//! Hostile names do no harm in anything that a pipeline reads.

use super::junit::check_junit;
use super::sarif::check_sarif;
use super::*;

#[test]
fn hostile_names_do_no_harm_in_junit_and_sarif() {
    let (folder, scenario) = hostile();
    let Written {
        junit: xml,
        sarif: log,
        ..
    } = written(folder.path(), &scenario);
    let document = roxmltree::Document::parse(&xml).expect("XML");
    check_junit(document.root_element());
    let cases = document
        .descendants()
        .filter(|n| n.has_tag_name("testcase"))
        .count();
    assert_eq!(cases, 3 * (HOSTILE.len() + 1), "no case is lost");
    let outcomes: BTreeMap<&str, usize> = ["failure", "error", "skipped"]
        .map(|o| {
            (
                o,
                document.descendants().filter(|n| n.has_tag_name(o)).count(),
            )
        })
        .into();
    assert!(outcomes.values().all(|&n| n > 0), "{outcomes:?}");
    assert!(
        visible(&xml.replace('\n', "")),
        "control characters in JUnit"
    );
    assert!(xml.len() < 100_000, "{} bytes", xml.len());

    check_sarif("hostile", &log);
    let text = log.to_string();
    assert!(visible(&text), "control characters in SARIF");
    let result = &log["runs"][0]["results"][0];
    let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "estate%20%231/components.csv");
    let said = |r: &Value| r["message"]["text"].as_str().unwrap_or_default().to_owned();
    let all = log["runs"][0]["results"].as_array().expect("results");
    let linked = all.iter().map(said).find(|m| m.contains("evil.example"));
    let linked = linked.expect("a result of that service");
    assert!(linked.contains("\\[x\\]("), "no link: {linked}");
    let suppressed = all.iter().filter(|r| r["suppressions"].is_array()).count();
    assert!(suppressed > 0);
}

/// No control, direction-changing or zero-width character.
fn visible(text: &str) -> bool {
    text.chars().all(|c| {
        !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ffff}')
    })
}

#[test]
fn hostile_names_do_no_harm_in_markdown() {
    let (folder, scenario) = hostile();
    let args = [
        "assess",
        &scenario,
        "--as-of",
        "2026-12-01",
        "--quiet",
        "--format",
        "markdown",
    ];
    let (_, comment, faults) = run(folder.path(), &args);
    assert!(comment.starts_with("### ✗ BREACHED "), "{comment}{faults}");
    assert!(comment.chars().count() < 65_536, "fits into a comment");
    // Left after what the program itself writes is taken away: its tables, code and emphasis.
    for line in comment.lines() {
        assert!(visible(line), "{line}");
        let quiet = line.replace("<code>", "").replace("</code>", "");
        let quiet = quiet.replace("<sub>", "").replace("</sub>", "");
        let quiet = quiet
            .replace("<b>", "")
            .replace("</b>", "")
            .replace("<br>", "");
        for mark in ["<", "@", "](", "://", "~~", "www.", "{", " #12"] {
            assert!(!quiet.contains(mark), "{mark} in {line}");
        }
    }
    let rows: Vec<&str> = comment.lines().filter(|l| l.starts_with('|')).collect();
    assert_eq!(rows.len(), 2 + HOSTILE.len() + 1);
    let cells = |row: &str| row.matches('|').count();
    assert!(rows.iter().all(|r| cells(r) == cells(rows[0])), "{rows:#?}");
}

#[test]
fn hostile_names_do_no_harm_in_a_comparison() {
    let (folder, scenario) = hostile();
    let write = |name: &str, extra: &[&str]| {
        let args = [&["sweep", &scenario, "--format", "json", "--quiet"], extra].concat();
        let (_, json, faults) = run(folder.path(), &args);
        assert!(!json.is_empty(), "{faults}");
        fs::write(folder.path().join(name), json).expect("written");
    };
    write("old.json", &[]);
    // The peak of the new one is half of what it was.
    let path = folder.path().join("estate #1/services.csv");
    let text = fs::read_to_string(&path).expect("the services");
    fs::write(&path, text.replace(",1,100\n", ",1,20\n")).expect("written");
    write("new.json", &[]);
    for format in ["text", "markdown", "csv", "html"] {
        let (code, out, faults) = run(
            folder.path(),
            &["diff", "old.json", "new.json", "--format", format],
        );
        assert_eq!(code, 0, "{faults}");
        assert!(
            visible(&out.replace('\n', "")) || format == "csv",
            "{format}"
        );
        match format {
            "html" => {
                assert_eq!(out.matches("<script").count(), 1);
                assert!(!out.contains("alert(1)</script>"));
                assert!(!out.contains("src=\"") && !out.contains("href=\"http"));
            }
            "csv" => {
                let mut rows = csv::Reader::from_reader(out.as_bytes());
                for row in rows.records() {
                    for cell in &row.expect("a row") {
                        assert!(
                            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                            "{cell}"
                        );
                    }
                }
            }
            "markdown" => assert!(!out.contains('@') && !out.contains("://"), "{out}"),
            _ => {}
        }
    }
}
