//! Both pages under axe-core, which knows what screen readers and keyboards need. Ignored unless asked for: it needs
//! Chromium, and in `AXE_CORE` the path of `axe.min.js` (`npm install axe-core`).

use super::driver::Driver;
use super::{brownout, reports};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What axe-core finds against WCAG 2.1 A and AA and its own best practices: rule, and where.
const FINDS: &str = "
(async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`));
})()";

fn check(page: &Path, ready: &str) {
    let axe = std::env::var("AXE_CORE").expect("AXE_CORE is the path of axe.min.js");
    let axe = fs::read_to_string(axe).expect("axe-core can be read");
    for size in [(1280, 900), (390, 844)] {
        let mut driver = Driver::open(page, size, ready);
        driver.evaluate(&format!("{axe};true"));
        let found = driver.evaluate(FINDS);
        assert_eq!(found, Value::Array(Vec::new()), "{size:?}: {found:#}");
    }
}

#[test]
#[ignore = "needs Chromium and AXE_CORE, the path of axe.min.js"]
fn the_report_is_for_everybody() {
    check(
        &reports().one_down.join("report.html"),
        "document.readyState === 'complete'",
    );
}

#[test]
#[ignore = "needs Chromium and AXE_CORE, the path of axe.min.js"]
fn the_page_of_explore_is_for_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("explore.html");
    let said = brownout(&[
        "explore",
        "scenarios/quarter-end-one-down.toml",
        "-q",
        "-o",
        page.to_str().unwrap(),
    ]);
    assert!(said.status.success());
    check(&page, super::explore::READY);
}
