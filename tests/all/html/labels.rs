//! Labels of figures never run into each other, nor out of the picture.

use super::{hostile, rendered, reports, result};
use plotters::style::{FontDesc, FontFamily, FontStyle};
use serde_json::Value;
use std::path::Path;

/// Where a text stands, pixels.
#[derive(Debug)]
struct Label {
    text: String,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Label {
    fn overlaps(&self, other: &Self) -> bool {
        // A pixel of rounding.
        let apart = |a: f64, b: f64| a <= b + 1.0;
        !(apart(self.right, other.left)
            || apart(other.right, self.left)
            || apart(self.bottom, other.top)
            || apart(other.bottom, self.top))
    }
}

/// Every text of an SVG, measured with the font it was laid out with.
fn labels(svg: &str) -> Vec<Label> {
    let tree = roxmltree::Document::parse(svg).unwrap();
    let texts = tree.descendants().filter(|n| n.has_tag_name("text"));
    texts.filter_map(label).collect()
}

fn label(node: roxmltree::Node<'_, '_>) -> Option<Label> {
    let text = node.text()?.trim().to_owned();
    let number = |name: &str| node.attribute(name).and_then(|v| v.parse::<f64>().ok());
    let (x, y) = (number("x")?, number("y")?);
    // The size that the layout asked for; SVG has it scaled.
    let size = number("font-size")? * 1.24;
    let font = FontDesc::new(FontFamily::SansSerif, size, FontStyle::Normal);
    let (width, _) = font.box_size(&text).ok()?;
    let (width, height) = (f64::from(width), size * 0.8);
    let left = match node.attribute("text-anchor") {
        Some("middle") => -width / 2.0,
        Some("end") => -width,
        _ => 0.0,
    };
    let top = match node.attribute("dy") {
        Some("0.76em") => 0.0,
        Some("0.5ex") => -height / 2.0,
        Some("-0.5ex") | None => -height,
        Some(other) => panic!("dy {other}"),
    };
    let turned = node
        .attribute("transform")
        .is_some_and(|t| t.starts_with("rotate(270"));
    let (left, top, wide, tall) = if turned {
        // A quarter against the clock: right becomes up.
        (top, -left - width, height, width)
    } else {
        (left, top, width, height)
    };
    Some(Label {
        text,
        left: x + left,
        top: y + top,
        right: x + left + wide,
        bottom: y + top + tall,
    })
}

fn check(name: &str, svg: &str) {
    let tree = roxmltree::Document::parse(svg).unwrap();
    let size = |name| {
        tree.root_element()
            .attribute(name)
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    let (width, height) = (size("width"), size("height"));
    let all = labels(svg);
    assert!(!all.is_empty(), "{name} has no text");
    for (i, a) in all.iter().enumerate() {
        let inside =
            a.left >= -1.0 && a.right <= width + 1.0 && a.top >= -2.0 && a.bottom <= height + 2.0;
        assert!(inside, "{name}: {} {a:?} leaves {width} × {height}", a.text);
        for b in &all[i + 1..] {
            assert!(
                !a.overlaps(b),
                "{name}: {} and {}: {a:?} {b:?}",
                a.text,
                b.text
            );
        }
    }
}

fn check_all(value: Value) {
    let all = rendered(value);
    let mut seen = 0;
    for (name, bytes) in all
        .iter()
        .filter(|(name, _)| Path::new(name).extension().is_some_and(|e| e == "svg"))
    {
        check(name, std::str::from_utf8(bytes).unwrap());
        seen += 1;
    }
    assert!(seen > 4, "only {seen} figures");
}

#[test]
fn labels_of_the_shipped_scenarios_stay_apart() {
    check_all(result(&reports().forecast));
    check_all(result(&reports().one_down));
}

#[test]
fn labels_stay_apart_whatever_the_names() {
    check_all(hostile(result(&reports().forecast)));
    check_all(hostile(result(&reports().one_down)));
}

#[test]
fn labels_of_many_days_stay_apart() {
    for (to, days) in [("2026-12-02", 1), ("2027-03-01", 90), ("2029-12-01", 1096)] {
        let mut value = result(&reports().forecast);
        let timeline = &mut value["timeline"];
        timeline["to"] = format!("{to}T00:00:00+01:00").into();
        for s in timeline["services"].as_array_mut().unwrap() {
            for span in s["status"].as_array_mut().unwrap() {
                if span["to"].as_str().unwrap() > "2026-12-30" {
                    span["to"] = format!("{to}T00:00:00+01:00").into();
                }
            }
        }
        let all = rendered(value);
        let svg = std::str::from_utf8(&all["plots/calendar.svg"]).unwrap();
        check(&format!("{days} days"), svg);
    }
}
