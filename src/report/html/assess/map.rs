//! The map: in the base state, and in the contingency that harms most; the same as a table.

use super::figure::figure;
use super::report::Report;
use crate::report::html::charts::Topic;
use crate::report::html::words::folded;
use crate::report::number::counted;
use crate::report::tables;
use maud::{Markup, html};

/// Nothing where the estate has no component.
pub(super) fn map(report: &Report<'_>) -> Option<Markup> {
    let map = report.doc.map.as_ref()?;
    let rows = tables::map_rows(map, true);
    let said = counted(rows.len() as u64, "row");
    let table = tables::map(&rows);
    Some(html! {
        div.map { @for d in report.drawn.iter().filter(|d| d.chart.topic == Topic::Map) { (figure(d)) } }
        @if table.is_empty() { p { "Everything is ok, in every state that is drawn." } }
        @else { (folded(&format!("The same as a table: all that is not ok, {said}"), &table.html())) }
    })
}
