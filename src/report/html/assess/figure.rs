//! A figure of the page: its drawing, what it shows, and links to it as files of its own.

use crate::report::html::charts::Chart;
use crate::report::html::words;
use crate::report::plot::NoPicture;
use maud::{Markup, PreEscaped, html};

/// A figure and its SVG.
pub(in crate::report) struct Drawn {
    /// What is drawn.
    pub chart: Chart,
    /// Its SVG, or why there is none.
    pub svg: Result<String, NoPicture>,
}

pub(super) fn figure(drawn: &Drawn) -> Markup {
    let chart = &drawn.chart;
    let label = words::text(&chart.label, 60);
    html! {
        figure data-name=(label) {
            div.scroll tabindex="0" role="img" aria-label={ (label) ": " (chart.caption) } {
                @match &drawn.svg {
                    Ok(svg) => (PreEscaped(svg)),
                    Err(why) => p.absent { (why.to_string()) },
                }
            }
            figcaption {
                (chart.caption)
                @if drawn.svg.is_ok() {
                    span.screen {
                        " "
                        a href={ "plots/" (chart.file) ".svg" } { "SVG" } ", "
                        a href={ "plots/" (chart.file) ".png" } { "PNG" }
                    }
                }
            }
        }
    }
}
