//! Lines over time or over trials, with a band where there is an interval.

use super::{Area, Drawn, FONT, Figure, INK, PALE, TimeAxis, fit, label, short, style, width_of};
use crate::model::Millis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const TEXT: u32 = 15;

/// How a line is drawn: distinguished without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// ———
    Solid,
    /// – – –
    Dashed,
    /// · · ·
    Dotted,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace<X> {
    /// What the legend calls it.
    pub name: String,
    /// What the line and its legend are drawn in.
    pub colour: RGBColor,
    /// How it is drawn.
    pub stroke: Stroke,
    /// In order; a gap where the value is `None`.
    pub points: Vec<(X, Option<f64>)>,
}

/// What lines are drawn over.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// Instants.
    Time {
        /// Of the axis.
        zone: TimeZone,
        /// The lines.
        traces: Vec<Trace<Millis>>,
    },
    /// Counts; values are shown in the range that they have.
    Count {
        /// Below the axis.
        name: String,
        /// The lines.
        traces: Vec<Trace<f64>>,
        /// Count, low, high.
        band: Vec<(f64, f64, f64)>,
    },
}

/// Lines with a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFigure {
    /// Above the figure.
    pub title: String,
    /// Of the values; may be empty.
    pub unit: String,
    /// What is drawn, over time or over a count.
    pub series: Series,
}

/// What goes below the head.
struct Plotted<'a, X> {
    x_name: &'a str,
    /// Stretches that are shaded.
    shaded: Vec<(X, X)>,
    /// Values that are marked, with their names.
    marks: Vec<(X, String)>,
    traces: &'a [Trace<X>],
    /// Count, low, high.
    band: &'a [(X, f64, f64)],
}

impl LineFigure {
    /// From zero over time; the range of the band, with room around it, over counts.
    fn range(&self) -> (f64, f64) {
        let all: Vec<f64> = match &self.series {
            Series::Time { traces, .. } => values(traces).collect(),
            Series::Count { traces, band, .. } => values(traces)
                .chain(band.iter().flat_map(|b| [b.1, b.2]))
                .collect(),
        };
        let all = all.into_iter().filter(|x| x.is_finite());
        let (least, most) = all.fold((f64::INFINITY, 0.0), |(a, b): (f64, f64), x| {
            (a.min(x), b.max(x))
        });
        let room = (most - least) * 0.15;
        match self.series {
            _ if least > most => (0.0, 1.0),
            Series::Count { .. } if room > 1e-12 * most => ((least - room).max(0.0), most + room),
            _ if most > 0.0 => (0.0, most * 1.08),
            _ => (0.0, 1.0),
        }
    }

    /// The legend in one line below the title: it never lies on the lines.
    fn head<DB: DrawingBackend, X>(&self, area: &Area<DB>, traces: &[Trace<X>]) -> Drawn<DB> {
        area.draw(&Text::new(
            fit(&self.title, 20, 970),
            (10, 10),
            style(20, INK),
        ))?;
        let mut x = 12;
        for trace in traces {
            let points = [(x, 47), (x + 30, 47)];
            dash(area, points.to_vec(), trace.colour, trace.stroke)?;
            let room = u32::try_from(990 - x - 38).unwrap_or(0);
            let name = fit(&trace.name, TEXT, room);
            let width = i32::try_from(width_of(&name, TEXT)).unwrap_or(0);
            area.draw(&Text::new(name, (x + 38, 40), style(TEXT, INK)))?;
            x += 38 + width + 24;
            if x > 920 {
                break;
            }
        }
        Ok(())
    }

    fn body<DB, XS, X>(
        &self,
        area: &Area<DB>,
        axis: XS,
        written: &dyn Fn(&X) -> String,
        plotted: Plotted<'_, X>,
    ) -> Drawn<DB>
    where
        DB: DrawingBackend,
        X: Copy + 'static,
        XS: AsRangedCoord<Value = X>,
        XS::CoordDescType: Ranged<ValueType = X> + ValueFormatter<X>,
    {
        let Plotted {
            x_name,
            shaded,
            marks,
            traces,
            band,
        } = plotted;
        let range = self.range();
        let ends = [value(range.0, range), value(range.1, range)];
        let widest = ends.iter().map(|t| width_of(t, TEXT)).max().unwrap_or(0);
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(28)
            .x_label_area_size(if x_name.is_empty() { 30 } else { 44 })
            .y_label_area_size(widest.max(40) + 44)
            .build_cartesian_2d(axis, range.0..range.1)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(PALE)
            .axis_style(INK)
            .x_labels(7)
            .x_label_formatter(&|x| written(x))
            .y_labels(6)
            .label_style((FONT, TEXT).into_font().color(&INK))
            .y_label_formatter(&|v| value(*v, range))
            .x_desc(label(x_name, 60))
            .y_desc(label(&self.unit, 40))
            .draw()?;
        for (from, to) in shaded {
            let corners = [(from, range.0), (to, range.1)];
            chart.draw_series([Rectangle::new(corners, PALE.mix(0.5).filled())])?;
        }
        for (at, name) in marks {
            let line = vec![(at, range.0), (at, range.1)];
            chart.draw_series([DashedPathElement::new(line, 2, 3, INK.stroke_width(1))])?;
            let beside = style(TEXT, INK).pos(Pos::new(HPos::Right, VPos::Top));
            let corner = EmptyElement::at((at, range.1)) + Text::new(name, (-4, 2), beside);
            chart.draw_series([corner])?;
        }
        if !band.is_empty() {
            let upper = band.iter().map(|b| (b.0, b.2));
            let lower = band.iter().rev().map(|b| (b.0, b.1));
            let colour = traces.first().map_or(INK, |t| t.colour);
            let around: Vec<_> = upper.chain(lower).collect();
            chart.draw_series([Polygon::new(around, colour.mix(0.2).filled())])?;
        }
        for trace in traces {
            for run in trace.points.split(|p| p.1.is_none()) {
                let points: Vec<_> = run.iter().filter_map(|p| Some((p.0, p.1?))).collect();
                if points.is_empty() {
                    continue;
                }
                let line = trace.colour.stroke_width(2);
                match trace.stroke {
                    Stroke::Solid => chart.draw_series([PathElement::new(points, line)])?,
                    Stroke::Dashed => {
                        chart.draw_series([DashedPathElement::new(points, 8, 5, line)])?
                    }
                    Stroke::Dotted => {
                        chart.draw_series([DashedPathElement::new(points, 2, 4, line)])?
                    }
                };
            }
        }
        Ok(())
    }
}

fn values<X>(traces: &[Trace<X>]) -> impl Iterator<Item = f64> + '_ {
    traces
        .iter()
        .flat_map(|t| t.points.iter().filter_map(|p| p.1))
}

/// A number on the axis, also one that is very small, with as many digits as tell neighbours apart.
fn value(v: f64, (least, most): (f64, f64)) -> String {
    if v == 0.0 || most >= 0.1 && least == 0.0 {
        return short(v);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 1..=7
    let digits = (1.6 - ((most - least) / most).log10()).clamp(1.0, 7.0) as usize;
    if most >= 0.1 {
        format!("{v:.digits$}")
    } else {
        format!("{v:.digits$e}")
    }
}

fn dash<DB: DrawingBackend>(
    area: &Area<DB>,
    points: Vec<(i32, i32)>,
    colour: RGBColor,
    stroke: Stroke,
) -> Drawn<DB> {
    let line = colour.stroke_width(2);
    match stroke {
        Stroke::Solid => area.draw(&PathElement::new(points, line)),
        Stroke::Dashed => area.draw(&DashedPathElement::new(points, 8, 5, line)),
        Stroke::Dotted => area.draw(&DashedPathElement::new(points, 2, 4, line)),
    }
}

impl Figure for LineFigure {
    fn size(&self) -> (u32, u32) {
        (1000, 380)
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let (head, body) = area.split_vertically(62);
        match &self.series {
            Series::Time { zone, traces } => {
                self.head(&head, traces)?;
                let times = traces.iter().flat_map(|t| t.points.iter().map(|p| p.0));
                let (from, to) =
                    times.fold((Millis::MAX, Millis::MIN), |(a, b), t| (a.min(t), b.max(t)));
                let (from, to) = if from > to { (0, 1) } else { (from, to) };
                let axis = TimeAxis::new(from, to, zone);
                let written = axis.clone();
                let written = |at: &Millis| written.text(*at);
                // A name stands before its line, if there is room.
                let has_room = |at: Millis| (at - from) * 5 > to - from;
                let named = |(at, day): (Millis, Date)| {
                    let name = format!("quarter-end {}", day.strftime("%a %d %b"));
                    (at, if has_room(at) { name } else { String::new() })
                };
                let plotted = Plotted {
                    x_name: "",
                    shaded: axis.weekends(),
                    marks: axis.quarter_ends().into_iter().map(named).collect(),
                    traces,
                    band: &[],
                };
                self.body(&body, axis, &written, plotted)
            }
            Series::Count { name, traces, band } => {
                self.head(&head, traces)?;
                let counts = traces.iter().flat_map(|t| t.points.iter().map(|p| p.0));
                let (from, to) =
                    counts.fold((f64::INFINITY, 1.0f64), |(a, b), n| (a.min(n), b.max(n)));
                let from = if from.is_finite() { from } else { 0.0 };
                let axis = from..to.max(from + 1.0);
                let plotted = Plotted {
                    x_name: name,
                    shaded: Vec::new(),
                    marks: Vec::new(),
                    traces,
                    band,
                };
                self.body(&body, axis, &|n| short(*n), plotted)
            }
        }
    }
}
