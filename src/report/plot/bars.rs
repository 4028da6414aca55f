//! Lying bars with what they say beside them: importance, headroom.

use super::{Area, BLUE, Drawn, Figure, INK, PALE, fit, style, width_of};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const WIDTH: u32 = 1000;
/// The widest that names are, pixels.
const NAMES: i32 = 250;
const HEAD: i32 = 66;
const ROW: i32 = 27;
const TEXT: u32 = 15;
/// The widest text after a bar, pixels.
const MOST: u32 = 430;

/// Both ends of an interval.
pub type Interval = (f64, f64);

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What stands before it.
    pub name: String,
    /// Its length; `None` draws none.
    pub value: Option<f64>,
    /// A second length, drawn hollow.
    pub also: Option<f64>,
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
    /// A value that is marked, with its name.
    pub mark: Option<(f64, String)>,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

impl BarFigure {
    /// Width of the texts after the bars, pixels.
    fn texts(&self) -> i32 {
        let widest = self.bars.iter().map(|b| width_of(&b.text, TEXT)).max();
        i32::try_from(widest.unwrap_or(0).min(MOST)).unwrap_or(430) + 20
    }

    /// Where bars begin, pixels.
    fn names(&self) -> i32 {
        let widest = self.bars.iter().map(|b| width_of(&b.name, TEXT)).max();
        i32::try_from(widest.unwrap_or(0)).map_or(NAMES, |w| (w + 26).min(NAMES))
    }

    /// Least and greatest value, zero among them.
    fn range(&self) -> (f64, f64) {
        let ends = self.bars.iter().flat_map(|b| {
            let (low, high) = b.interval.unzip();
            [b.value, b.also, low, high].into_iter().flatten()
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
        let title = fit(&self.title, 20, WIDTH - 20);
        area.draw(&Text::new(title, (10, 8), style(20, INK)))?;
        let scale = fit(&self.scale, TEXT, WIDTH - 20);
        area.draw(&Text::new(scale, (10, 36), style(TEXT, INK)))?;
        let place = Place::new(self);
        let bottom = HEAD + ROW * i32::try_from(self.bars.len()).unwrap_or(0) + 4;
        for (bar, y) in self.bars.iter().zip((HEAD..).step_by(27)) {
            let room = u32::try_from(place.left - 24).unwrap_or(0);
            let name = fit(&bar.name, TEXT, room);
            area.draw(&Text::new(name, (10, y + 6), style(TEXT, INK)))?;
            place.bar(area, bar, y)?;
            let text = fit(&bar.text, TEXT, MOST);
            area.draw(&Text::new(
                text,
                (place.right + 12, y + 6),
                style(TEXT, INK),
            ))?;
        }
        let zero = place.at(0.0);
        let line = PathElement::new([(zero, HEAD), (zero, bottom)], INK.stroke_width(1));
        area.draw(&line)?;
        let inside = |(value, _): &&(f64, String)| *value > place.least && *value <= place.most;
        if let Some((value, name)) = self.mark.as_ref().filter(inside) {
            let x = place.at(*value);
            let line = vec![(x, HEAD), (x, bottom)];
            let dashed = plotters::element::DashedPathElement::new(line, 6, 4, INK.stroke_width(2));
            area.draw(&dashed)?;
            let above = style(TEXT, INK).pos(Pos::new(HPos::Center, VPos::Bottom));
            area.draw(&Text::new(fit(name, TEXT, 120), (x, HEAD - 2), above))?;
        }
        Ok(())
    }
}

/// Where values stand.
struct Place {
    least: f64,
    most: f64,
    left: i32,
    right: i32,
}

impl Place {
    fn new(figure: &BarFigure) -> Self {
        let (least, most) = figure.range();
        let right = i32::try_from(WIDTH).unwrap_or(1000) - figure.texts() - 10;
        Self {
            least,
            most,
            left: figure.names(),
            right,
        }
    }

    #[allow(clippy::cast_possible_truncation)] // pixels
    fn at(&self, x: f64) -> i32 {
        let part = (x.clamp(self.least, self.most) - self.least) / (self.most - self.least);
        self.left + (part * f64::from(self.right - self.left)).round() as i32
    }

    /// Corners of a bar from zero.
    fn corners(&self, value: f64, top: i32, bottom: i32) -> [(i32, i32); 2] {
        let (a, b) = (self.at(0.0), self.at(value));
        [(a.min(b), top), (a.max(b).max(a.min(b) + 1), bottom)]
    }

    fn bar<DB: DrawingBackend>(&self, area: &Area<DB>, bar: &Bar, y: i32) -> Drawn<DB> {
        let middle = y + 13;
        let rail = [(self.left, middle), (self.right, middle)];
        area.draw(&PathElement::new(rail, PALE.stroke_width(1)))?;
        if let Some(value) = bar.value.filter(|v| !v.is_nan()) {
            let corners = self.corners(value, y + 6, y + 21);
            area.draw(&Rectangle::new(corners, BLUE.filled()))?;
        }
        if let Some(value) = bar.also.filter(|v| !v.is_nan()) {
            let corners = self.corners(value, y + 9, y + 18);
            area.draw(&Rectangle::new(corners, WHITE.mix(0.55).filled()))?;
            area.draw(&Rectangle::new(corners, INK.stroke_width(2)))?;
        }
        if let Some((low, high)) = bar.interval.filter(|(a, b)| b > a) {
            let (a, b) = (self.at(low), self.at(high));
            let line = INK.stroke_width(2);
            area.draw(&PathElement::new([(a, middle), (b, middle)], line))?;
            for x in [a, b] {
                let end = [(x, middle - 4), (x, middle + 4)];
                area.draw(&PathElement::new(end, line))?;
            }
        }
        Ok(())
    }
}
