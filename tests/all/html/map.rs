//! The map of a page: one layout in every state, the same as a table, no more than a page can hold.

use super::{files, page, reports, result};
use std::collections::BTreeSet;

/// Left, top, width and height of every outline of an SVG, and its texts.
fn drawn(svg: &[u8]) -> (BTreeSet<Vec<String>>, BTreeSet<String>) {
    let svg = std::str::from_utf8(svg).unwrap();
    let tree = roxmltree::Document::parse(svg).unwrap();
    let rects = tree.descendants().filter(|n| n.has_tag_name("rect"));
    let outlines = rects.filter(|n| n.attribute("fill") == Some("none"));
    let place = |n: roxmltree::Node<'_, '_>| {
        let of = |name| n.attribute(name).unwrap_or("").to_owned();
        ["x", "y", "width", "height"].map(of).to_vec()
    };
    let texts = tree.descendants().filter(|n| n.has_tag_name("text"));
    let texts = texts.filter_map(|n| Some(n.text()?.trim().to_owned()));
    (outlines.map(place).collect(), texts.collect())
}

#[test]
fn both_states_have_one_layout_and_the_table_says_the_same() {
    for folder in [&reports().forecast, &reports().one_down] {
        let (all, value) = (files(folder), result(folder));
        let map = &value["map"];
        let (base, _) = drawn(&all["plots/map-base.svg"]);
        let (worst, texts) = drawn(&all["plots/map-worst.svg"]);
        assert_eq!(base, worst);
        let count = |list: &str| map[list].as_array().map_or(0, Vec::len);
        assert_eq!(base.len(), count("boxes") + count("services"));
        for element in map["states"][1]["elements"].as_array().unwrap() {
            let id = element.as_str().unwrap();
            let is_link = texts.iter().any(|t| t.contains(id));
            assert!(texts.contains(id) || is_link, "{id} is not on the map");
        }
        let csv = std::str::from_utf8(&all["table-map.csv"]).unwrap();
        let rows = 2 * (count("boxes") + count("services") + count("links"));
        assert_eq!(csv.lines().count(), rows + 1);
        let said = |state: usize, list: &str| -> u64 {
            let all = map["states"][state][list].as_array().into_iter().flatten();
            all.map(|s| s["failed"].as_u64().unwrap_or(0)).sum()
        };
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let at = reader
            .headers()
            .unwrap()
            .iter()
            .position(|h| h == "failed")
            .unwrap();
        let failed = reader
            .records()
            .map(|r| r.unwrap()[at].parse::<u64>().unwrap());
        let all_failed: u64 = (0..2).map(|s| said(s, "boxes") + said(s, "links")).sum();
        assert_eq!(failed.sum::<u64>(), all_failed);
        let html = page(folder);
        assert!(html.contains("id=\"map\"") && html.contains("The same as a table"));
        assert!(html.len() < 1_500_000, "{} bytes", html.len());
    }
}
