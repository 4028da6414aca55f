//! The load of one service: history, windows, what each load case takes from it, and the hours to
//! come.

use super::{Area, BLUE, Drawn, FONT, Figure, INK, PALE, PURPLE, TimeAxis, label, short};
use crate::model::Millis;
use jiff::tz::TimeZone;
use plotters::prelude::*;

/// What a load case asks of the service: a level, and the window it was taken from.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Name of the load case.
    pub name: String,
    /// Demand at it.
    pub demand: f64,
    /// First instant of its window and first after it, if it has one.
    pub window: Option<(Millis, Millis)>,
    /// The sample that sets it, before growth.
    pub sample: Option<(Millis, f64)>,
}

/// The load of one service over time.
#[derive(Clone, Debug)]
pub struct LoadFigure {
    /// Above the figure.
    pub title: String,
    /// Of the demand; may be empty.
    pub unit: String,
    /// Zone of the time axis.
    pub zone: TimeZone,
    /// Measured: instants and the greatest demand around them, by time.
    pub history: Vec<(Millis, f64)>,
    /// Hours to come, by time.
    pub horizon: Vec<(Millis, f64)>,
    /// The load cases.
    pub levels: Vec<Level>,
}

impl LoadFigure {
    /// First and last instant that is drawn.
    fn stretch(&self) -> (Millis, Millis) {
        let windows = self.levels.iter().filter_map(|l| l.window);
        let points = self.history.iter().chain(&self.horizon).map(|p| p.0);
        let all = points.chain(windows.flat_map(|(from, to)| [from, to]));
        let (from, to) = all.fold((Millis::MAX, Millis::MIN), |(a, b), t| (a.min(t), b.max(t)));
        if from > to { (0, 1) } else { (from, to) }
    }

    fn most(&self) -> f64 {
        let points = self.history.iter().chain(&self.horizon).map(|p| p.1);
        let most = points
            .chain(self.levels.iter().map(|l| l.demand))
            .fold(0.0, f64::max);
        if most > 0.0 { most * 1.08 } else { 1.0 }
    }
}

impl Figure for LoadFigure {
    fn size(&self) -> (u32, u32) {
        (1000, 420)
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let (from, to) = self.stretch();
        let most = self.most();
        let axis = TimeAxis::new(from, to, &self.zone);
        let mut chart = ChartBuilder::on(area)
            .caption(label(&self.title, 80), (FONT, 20).into_font().color(&INK))
            .margin(12)
            .margin_right(24)
            .x_label_area_size(34)
            .y_label_area_size(64)
            .build_cartesian_2d(axis, 0.0..most)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(PALE)
            .axis_style(INK)
            .label_style((FONT, 13).into_font().color(&INK))
            .y_label_formatter(&|v| short(*v))
            .y_desc(label(&self.unit, 30))
            .draw()?;
        for (from, to) in self.levels.iter().filter_map(|l| l.window) {
            let band = [(from, 0.0), (to, most)];
            chart.draw_series([Rectangle::new(band, PURPLE.mix(0.12).filled())])?;
        }
        if !self.history.is_empty() {
            let line = LineSeries::new(self.history.iter().copied(), BLUE.stroke_width(1));
            chart
                .draw_series(line)?
                .label("measured")
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLUE.stroke_width(2)));
        }
        if !self.horizon.is_empty() {
            let style = PURPLE.mix(0.75).stroke_width(1);
            chart
                .draw_series(LineSeries::new(self.horizon.iter().copied(), style))?
                .label("hours to come")
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], PURPLE.stroke_width(2)));
        }
        for (nth, level) in self.levels.iter().enumerate() {
            let colour = Palette99::pick(nth + 1).to_rgba();
            let line = [(from, level.demand), (to, level.demand)];
            let name = format!("{}: {}", label(&level.name, 28), short(level.demand));
            chart
                .draw_series(DashedLineSeries::new(line, 6, 4, colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
            if let Some(sample) = level.sample {
                chart.draw_series([Circle::new(sample, 4, colour.filled())])?;
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.85))
            .border_style(PALE)
            .label_font((FONT, 13).into_font().color(&INK))
            .draw()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{png, svg};
    use super::*;

    fn figure() -> LoadFigure {
        let hour = crate::model::HOUR;
        let demand = |h: i64| 100.0 + 50.0 * ((h % 24) as f64 / 24.0);
        LoadFigure {
            title: "orders <&> \u{7}".into(),
            unit: "orders/min".into(),
            zone: TimeZone::UTC,
            history: (0..240).map(|h| (h * hour, demand(h))).collect(),
            horizon: (300..400).map(|h| (h * hour, 1.2 * demand(h))).collect(),
            levels: vec![Level {
                name: "quarter-end".into(),
                demand: 180.0,
                window: Some((24 * hour, 72 * hour)),
                sample: Some((47 * hour, demand(47))),
            }],
        }
    }

    #[test]
    fn it_is_drawn_with_its_words_and_safely() {
        let text = svg(&figure()).expect("drawn");
        let tree = roxmltree::Document::parse(&text).expect("well-formed");
        let words: String = tree.descendants().filter_map(|n| n.text()).collect();
        for word in [
            "orders <&> \u{fffd}",
            "quarter-end: 180",
            "measured",
            "orders/min",
        ] {
            assert!(words.contains(word), "{word} is missing");
        }
        assert_eq!(text, svg(&figure()).expect("drawn"));
    }

    #[test]
    fn a_png_has_twice_the_size_of_its_figure() {
        let bytes = png(&figure()).expect("drawn");
        assert_eq!(&bytes[1..4], b"PNG");
        assert_eq!(bytes[16..24], [0, 0, 0x07, 0xd0, 0, 0, 0x03, 0x48]);
    }

    #[test]
    fn nothing_measured_is_an_empty_figure_not_a_panic() {
        let bare = LoadFigure {
            history: Vec::new(),
            horizon: Vec::new(),
            levels: Vec::new(),
            ..figure()
        };
        assert!(svg(&bare).is_ok());
    }
}
