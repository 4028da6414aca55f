//! Status over time: a strip per service, a band per stretch of one status.

use super::{Area, Drawn, FONT, Figure, INK, PALE, TimeAxis, colour, label};
use crate::model::{Millis, Status};
use jiff::tz::TimeZone;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Height of a strip, pixels.
const ROW: u32 = 26;
/// Height of title, legend and axis, pixels.
const FRAME: u32 = 138;
/// Height of the names of marks, pixels.
const MARKS: i32 = 18;

/// A stretch of one status.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// First instant.
    pub from: Millis,
    /// First instant after it.
    pub to: Millis,
    /// The status.
    pub status: Status,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// What stands beside it.
    pub name: String,
    /// By time.
    pub bands: Vec<Band>,
}

/// Status of services over time.
#[derive(Clone, Debug)]
pub struct TimelineFigure {
    /// Above the figure.
    pub title: String,
    /// Zone of the time axis.
    pub zone: TimeZone,
    /// First instant and first after the last.
    pub stretch: (Millis, Millis),
    /// From top to bottom.
    pub strips: Vec<Strip>,
    /// Instants that are marked, with what they are called.
    pub marks: Vec<(Millis, String)>,
}

impl Figure for TimelineFigure {
    fn size(&self) -> (u32, u32) {
        let rows = u32::try_from(self.strips.len().clamp(1, 200)).unwrap_or(1);
        (1000, FRAME + ROW * rows)
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let strips = &self.strips[..self.strips.len().min(200)];
        let rows = i32::try_from(strips.len().max(1)).unwrap_or(1);
        let axis = TimeAxis::new(self.stretch.0, self.stretch.1, &self.zone);
        let (head, body) = area.split_vertically(64);
        self.draw_head(&head)?;
        let mut chart = ChartBuilder::on(&body)
            .margin_top(MARKS)
            .margin_right(24)
            .margin_bottom(10)
            .x_label_area_size(30)
            .y_label_area_size(190)
            .build_cartesian_2d(axis, 0..rows)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(WHITE)
            .bold_line_style(PALE)
            .axis_style(INK)
            .y_labels(2)
            .y_label_formatter(&|_| String::new())
            .label_style((FONT, 13).into_font().color(&INK))
            .draw()?;
        for (row, strip) in (1..).zip(strips) {
            let top = rows - row + 1;
            for band in &strip.bands {
                let corners = [(band.from, top), (band.to, top - 1)];
                let mut bar = Rectangle::new(corners, colour(band.status).filled());
                bar.set_margin(3, 3, 0, 0);
                chart.draw_series([bar])?;
            }
            let y = i32::try_from(ROW).unwrap_or(26) * (row - 1) + 7 + MARKS;
            let style = (FONT, 13).into_font().color(&INK);
            body.draw(&Text::new(label(&strip.name, 26), (8, y), style))?;
        }
        for (at, name) in &self.marks {
            let line = [(*at, 0), (*at, rows)];
            chart.draw_series([PathElement::new(line, INK.stroke_width(2))])?;
            let below = Pos::new(HPos::Left, VPos::Bottom);
            let style = (FONT, 12).into_font().color(&INK).pos(below);
            chart.draw_series([Text::new(label(name, 40), (*at, rows), style)])?;
        }
        Ok(())
    }
}

impl TimelineFigure {
    fn draw_head<DB: DrawingBackend>(&self, head: &Area<DB>) -> Drawn<DB> {
        let style = (FONT, 20).into_font().color(&INK);
        head.draw(&Text::new(label(&self.title, 80), (12, 10), style))?;
        let mut x = 198;
        for status in [Status::Ok, Status::AtRisk, Status::Degraded, Status::Down] {
            let swatch = [(x, 42), (x + 14, 54)];
            head.draw(&Rectangle::new(swatch, colour(status).filled()))?;
            let style = (FONT, 13).into_font().color(&INK);
            head.draw(&Text::new(status.word(), (x + 20, 41), style))?;
            x += 110;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{png, svg};
    use super::*;

    #[test]
    fn strips_carry_their_words() {
        let hour = crate::model::HOUR;
        let figure = TimelineFigure {
            title: "Status over the quarter".into(),
            zone: TimeZone::UTC,
            stretch: (0, 100 * hour),
            strips: vec![
                Strip {
                    name: "order management".into(),
                    bands: vec![
                        Band {
                            from: 0,
                            to: 60 * hour,
                            status: Status::AtRisk,
                        },
                        Band {
                            from: 60 * hour,
                            to: 100 * hour,
                            status: Status::Degraded,
                        },
                    ],
                },
                Strip {
                    name: "email".into(),
                    bands: Vec::new(),
                },
            ],
            marks: vec![(50 * hour, "restore app-3 by".into())],
        };
        let text = svg(&figure).expect("drawn");
        let tree = roxmltree::Document::parse(&text).expect("well-formed");
        let words: String = tree.descendants().filter_map(|n| n.text()).collect();
        for word in [
            "order management",
            "email",
            "at-risk",
            "degraded",
            "restore app-3 by",
        ] {
            assert!(words.contains(word), "{word} is missing");
        }
        assert!(png(&figure).is_ok());
    }
}
