//! Lying bars with what they say beside them: importance, headroom.

use super::{Area, BLUE, Drawn, Figure, INK, PALE, fit, style, width_of};
use plotters::prelude::*;

const WIDTH: u32 = 900;
const NAMES: i32 = 250;
const HEAD: i32 = 64;
const ROW: i32 = 24;
const TEXT: u32 = 13;

/// Both ends of an interval.
pub type Interval = (f64, f64);

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What stands before it.
    pub name: String,
    /// Its length; `None` draws none.
    pub value: Option<f64>,
    /// Drawn as a whisker.
    pub interval: Option<Interval>,
    /// What stands after it.
    pub text: String,
}

/// Bars on one scale, zero at its place.
#[derive(Clone, Debug, PartialEq)]
pub struct BarFigure {
    /// Above the figure.
    pub title: String,
    /// What the length means.
    pub scale: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

impl BarFigure {
    /// Width of the texts after the bars, pixels.
    fn texts(&self) -> i32 {
        let widest = self.bars.iter().map(|b| width_of(&b.text, TEXT)).max();
        i32::try_from(widest.unwrap_or(0).min(260)).unwrap_or(260) + 20
    }

    /// Least and greatest value, zero among them.
    fn range(&self) -> (f64, f64) {
        let ends = self.bars.iter().flat_map(|b| {
            let (low, high) = b.interval.unzip();
            [b.value, low, high].into_iter().flatten()
        });
        let finite = ends.filter(|x| x.is_finite());
        let (least, most) = finite.fold((0.0, 0.0), |(a, b): (f64, f64), x| (a.min(x), b.max(x)));
        if most - least > 0.0 {
            (least, most)
        } else {
            (0.0, 1.0)
        }
    }
}

impl Figure for BarFigure {
    fn size(&self) -> (u32, u32) {
        let rows = i32::try_from(self.bars.len()).unwrap_or(0);
        (WIDTH, u32::try_from(HEAD + ROW * rows + 14).unwrap_or(400))
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        area.draw(&Text::new(
            fit(&self.title, 17, WIDTH - 20),
            (10, 10),
            style(17, INK),
        ))?;
        area.draw(&Text::new(
            fit(&self.scale, TEXT, WIDTH - 20),
            (10, 38),
            style(TEXT, INK),
        ))?;
        let right = i32::try_from(WIDTH).unwrap_or(900) - self.texts() - 10;
        let (least, most) = self.range();
        #[allow(clippy::cast_possible_truncation)] // pixels
        let at = |x: f64| {
            let part = (x.clamp(least, most) - least) / (most - least);
            NAMES + (part * f64::from(right - NAMES)).round() as i32
        };
        for (bar, y) in self.bars.iter().zip((HEAD..).step_by(24)) {
            let name = fit(&bar.name, TEXT, u32::try_from(NAMES - 24).unwrap_or(0));
            area.draw(&Text::new(name, (10, y + 5), style(TEXT, INK)))?;
            let rail = [(NAMES, y + 12), (right, y + 12)];
            area.draw(&PathElement::new(rail, PALE.stroke_width(1)))?;
            if let Some(value) = bar.value.filter(|v| !v.is_nan()) {
                let (a, b) = (at(0.0).min(at(value)), at(0.0).max(at(value)));
                let corners = [(a, y + 5), (b.max(a + 1), y + 19)];
                area.draw(&Rectangle::new(corners, BLUE.filled()))?;
            }
            if let Some((low, high)) = bar.interval.filter(|(a, b)| b > a) {
                let (a, b) = (at(low), at(high));
                area.draw(&PathElement::new(
                    [(a, y + 12), (b, y + 12)],
                    INK.stroke_width(2),
                ))?;
                for x in [a, b] {
                    area.draw(&PathElement::new(
                        [(x, y + 8), (x, y + 16)],
                        INK.stroke_width(2),
                    ))?;
                }
            }
            let text = fit(&bar.text, TEXT, 260);
            area.draw(&Text::new(text, (right + 12, y + 5), style(TEXT, INK)))?;
        }
        let zero = at(0.0);
        let bottom = HEAD + ROW * i32::try_from(self.bars.len()).unwrap_or(0) + 4;
        area.draw(&PathElement::new(
            [(zero, HEAD), (zero, bottom)],
            INK.stroke_width(1),
        ))
    }
}
