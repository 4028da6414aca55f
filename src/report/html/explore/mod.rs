//! The page that is the estate. In: a package of files, the base state at each load case. Out: one HTML document
//! that holds the files, the engine as a WebAssembly module, and the script that asks it. Promises: nothing is
//! fetched; what the files say reaches the page as data and is shown as text; without WebAssembly or the
//! script it says so and shows the base state.

use super::page::{Extra, Page, base64};
use super::words::{id, ids, status, text};
use crate::model::Cause;
use crate::report::document::{Head, Package, ServiceState, State};
use crate::report::number::{count, growth, percent, quantity, unit};
use flate2::{Compression, GzBuilder};
use maud::{Markup, html};
use std::io::Write;

/// The engine, compressed: `engine/build` makes it.
pub const ENGINE: &[u8] = include_bytes!("engine/engine.wasm.gz");

const STYLE: &str = include_str!("explore.css");
const SCRIPTS: [&str; 5] = [
    include_str!("engine.js"),
    include_str!("view.js"),
    include_str!("places.js"),
    include_str!("map.js"),
    include_str!("explore.js"),
];

/// Rows of the table that reads without the script.
const ROWS: usize = 200;
/// The data block that only this page has.
const MARK: &str = "<script type=\"application/octet-stream\" id=\"engine\">";

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Explored<'e> {
    /// Name of the scenario.
    pub name: &'e str,
    /// What was read, and its warnings.
    pub head: &'e Head,
    /// The base state at each load case.
    pub base: &'e [State],
    /// The inventory in full, which the page reads anew.
    pub package: &'e Package,
    /// The page of a report that lies beside this one.
    pub beside: Option<&'e str>,
}

/// The page.
#[must_use]
pub fn explore(explored: &Explored<'_>) -> String {
    let package = serde_json::to_vec(explored.package).unwrap_or_default();
    let page = Page {
        title: explored.name.to_owned(),
        kind: "Explore: one estate, any failure, any demand",
        lead: html! {
            (cannot())
            div #app hidden {}
            section #report {
                h2 { "The base state" }
                @if let Some(file) = explored.beside {
                    p { "Everything that was found is in " a href=(file) { (file) } "." }
                }
                @for state in explored.base { (base(state)) }
            }
            (block("engine", ENGINE))
            (block("package", &packed(&package)))
        },
        sections: Vec::new(),
        foot: foot(explored.head),
    };
    let script = SCRIPTS.concat();
    page.render_with(Extra {
        style: STYLE,
        script: &script,
        runs_wasm: true,
    })
}

/// Whether this program wrote a page as this one.
#[must_use]
pub fn is_explore(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.starts_with("<!DOCTYPE html>") && text.contains(MARK)
}

/// What is said until the engine runs, and where it does not.
fn cannot() -> Markup {
    html! {
        p #wait.absent {
            "This page runs the engine of brownout in the browser. It has not started: it needs scripts and "
            "WebAssembly, as every browser since 2023 has them. What is below was computed beforehand."
        }
    }
}

/// Bytes that a browser does not run; letters and digits only.
fn block(name: &str, bytes: &[u8]) -> Markup {
    html! { script type="application/octet-stream" id=(name) { (base64(bytes)) } }
}

/// Compressed, with no name and no time in it.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzBuilder::new().write(Vec::new(), Compression::best());
    let written = packer.write_all(bytes).and_then(|()| packer.finish());
    written.unwrap_or_default()
}

fn base(state: &State) -> Markup {
    let mut rows: Vec<&ServiceState> = state.services.iter().collect();
    rows.sort_by_key(|s| std::cmp::Reverse(s.status));
    html! {
        h3 { "At " (text(&state.load_case, 60)) }
        @if !state.down.is_empty() { p { "With " (ids(&state.down, 20)) " out." } }
        div.table { div.scroll tabindex="0" role="region" aria-label="Table of services" {
            table data-name="services" {
                thead { tr {
                    th scope="col" { "Service" } th scope="col" { "Status" }
                    th.number scope="col" { "Demand" } th.number scope="col" { "Delivered" }
                    th.number scope="col" { "Headroom" } th scope="col" { "Limit" } th scope="col" { "Why" }
                } }
                tbody { @for s in rows.iter().take(ROWS) { tr {
                    td data-title="Service" { (id(&s.id)) }
                    td data-title="Status" { (status(s.status)) }
                    td.number data-title="Demand" data-key=(s.demand) { (quantity(s.demand)) (unit(s.unit.as_deref())) }
                    td.number data-title="Delivered" data-key=(s.delivered) { (percent(s.delivered)) }
                    td.number data-title="Headroom" data-key=(s.headroom.map_or("inf".to_owned(), |h| h.to_string())) { (growth(s.headroom)) }
                    td data-title="Limit" { @if let Some(limit) = &s.limit { (id(limit)) } @else { "–" } }
                    td data-title="Why" { (text(&why(s), 300)) }
                } } }
            }
        } }
        @if rows.len() > ROWS {
            p.cut { "The worst " (count(ROWS as u64)) " of " (count(rows.len() as u64)) " services." }
        }
    }
}

fn why(s: &ServiceState) -> String {
    match (s.because.first(), s.cause, &s.witness) {
        (Some(because), ..) => because.clone(),
        (None, Some(Cause::Redundancy), Some(by)) => format!("one more failure: {by}"),
        (None, Some(Cause::Peak), Some(at)) => format!("the load of {at}"),
        (None, Some(Cause::Headroom), Some(by)) => format!("thin headroom at {by}"),
        _ => "–".to_owned(),
    }
}

fn foot(head: &Head) -> Markup {
    html! {
        p { (head.tool.name) " " (head.tool.version) ", from " (count(head.inputs.len() as u64)) " files:" }
        ul.files { @for input in head.inputs.iter().take(40) {
            li { (text(&input.path, 120)) " " code title=(input.sha256) { (input.sha256.get(..16).unwrap_or_default()) } }
        } }
        @if !head.warnings.is_empty() {
            details {
                summary { (count(head.warnings.len() as u64)) " warnings of the reader" }
                ul { @for w in head.warnings.iter().take(40) { li { (text(w, 400)) } } }
            }
        }
        p { "The page holds the inventory: whoever has the page can read it. Load profiles are not in it." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::naming::head;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn page(hostile: &str) -> String {
        let head = head("explore", Vec::new(), vec![hostile.to_owned()]);
        let package = Package {
            path: hostile.to_owned(),
            files: [(hostile.to_owned(), hostile.to_owned())].into(),
            ..Package::default()
        };
        explore(&Explored {
            name: hostile,
            head: &head,
            base: &[],
            package: &package,
            beside: None,
        })
    }

    #[test]
    fn what_the_files_say_is_text_or_data() {
        let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
        let page = page(hostile);
        assert_eq!(page.matches("<script").count(), 3);
        assert!(!page.contains("<img") && !page.contains("alert(1)</script"));
        assert!(is_explore(page.as_bytes()));
        assert!(!is_explore(b"<!DOCTYPE html><html></html>"));
    }

    #[test]
    fn the_same_files_give_the_same_page() {
        assert_eq!(page("x"), page("x"));
        let packed = packed(b"abc");
        let mut again = String::new();
        GzDecoder::new(&packed[..])
            .read_to_string(&mut again)
            .expect("gzip");
        assert_eq!(again, "abc");
        // No time and no name in the header.
        assert_eq!(packed[3..8], [0; 5]);
    }

    #[test]
    fn the_scripts_name_no_address() {
        let script = SCRIPTS.concat();
        let names = script.replace("http://www.w3.org/2000/svg", "");
        for word in [
            "http:",
            "https:",
            "fetch(",
            "XMLHttpRequest",
            "innerHTML",
            "eval(",
            "import(",
        ] {
            assert!(!names.contains(word), "{word}");
        }
    }
}
