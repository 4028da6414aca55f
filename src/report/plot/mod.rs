//! Drawing: figures to SVG and PNG. In: a [`Figure`], which holds what a result document says. Out:
//! text or bytes, the same for the same figure on every machine (the font is built in).
//!
//! Status is never shown by colour alone: a figure writes the words beside it.

mod axis;
mod bars;
mod convergence;
mod doubled;
mod grid;
mod lines;
mod load;
mod map;
mod picture;
mod wires;

pub use axis::{TimeAxis, ends_quarter};
pub use bars::{Bar, BarFigure, Interval};
pub use convergence::{convergence, least_certain};
pub use grid::{GridFigure, GridRow, Signal};
pub use lines::{LineFigure, Series, Stroke, Trace};
pub use load::{Level, LoadFigure};
pub use map::MapFigure;
pub use picture::{Edge, Node, PictureFigure};

use crate::model::Status;
use doubled::{Doubled, TIMES};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::io::Cursor;
use std::sync::OnceLock;

/// The font family of every text; registered from the built-in font.
pub const FONT: &str = "sans-serif";

/// Measured load, and neutral series.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
/// What is planned or projected.
pub const PURPLE: RGBColor = RGBColor(154, 79, 134);
/// What is left after a failure.
pub const ORANGE: RGBColor = RGBColor(213, 94, 0);
/// Text and axes.
pub const INK: RGBColor = RGBColor(40, 44, 52);
/// Grids and what is of no weight.
pub const PALE: RGBColor = RGBColor(222, 226, 230);

/// Boxes in a box, in turn with white.
const CARD: RGBColor = RGBColor(246, 247, 249);
/// Marks on a light colour.
const DARK: RGBColor = RGBColor(28, 32, 38);

/// The colour of a status, from the palette of Okabe and Ito: distinguished also by those who do not
/// see red and green.
#[must_use]
pub fn colour(status: Status) -> RGBColor {
    match status {
        Status::Ok => RGBColor(0, 158, 115),
        Status::AtRisk => RGBColor(230, 159, 0),
        Status::Degraded => RGBColor(213, 94, 0),
        Status::Down => RGBColor(0, 0, 0),
    }
}

/// The symbol of a status, distinguished without colour, and the colour it has on that of the status.
fn symbol(status: Status) -> (&'static str, RGBColor) {
    match status {
        Status::Ok => ("✓", WHITE),
        Status::AtRisk => ("!", DARK),
        Status::Degraded => ("▲", WHITE),
        Status::Down => ("✗", WHITE),
    }
}

/// A place to draw.
pub type Area<DB> = DrawingArea<DB, Shift>;

/// What drawing answers.
pub type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Something that can be drawn with any backend.
pub trait Figure {
    /// Width and height, pixels.
    fn size(&self) -> (u32, u32);

    /// Draws it onto a white area of that size.
    ///
    /// # Errors
    /// What the backend says.
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB>;
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[error("not drawn: {0}")]
pub struct NoPicture(String);

impl NoPicture {
    fn of(why: &impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }

    /// There was no time for it.
    #[must_use]
    pub fn left_out() -> Self {
        Self("interrupted before the figures; `brownout report` draws them".to_owned())
    }
}

/// A figure as SVG text.
///
/// # Errors
/// When the font or a text cannot be drawn.
pub fn svg(figure: &impl Figure) -> Result<String, NoPicture> {
    fonts()?;
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, figure.size()).into_drawing_area();
        whole(figure, &area)?;
    }
    Ok(text)
}

/// A figure as PNG bytes, of twice its width and height.
///
/// # Errors
/// When the font or a text cannot be drawn.
pub fn png(figure: &impl Figure) -> Result<Vec<u8>, NoPicture> {
    fonts()?;
    let (width, height) = figure.size();
    let (width, height) = (width * TIMES, height * TIMES);
    let mut pixels = vec![0u8; width as usize * height as usize * 3];
    {
        let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        whole(figure, &Doubled(backend).into_drawing_area())?;
    }
    let image = image::RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| NoPicture("the picture has no pixels".to_owned()))?;
    let mut bytes = Cursor::new(Vec::new());
    let written = image.write_to(&mut bytes, image::ImageOutputFormat::Png);
    written.map_err(|e| NoPicture::of(&e))?;
    Ok(bytes.into_inner())
}

fn whole<DB: DrawingBackend>(figure: &impl Figure, area: &Area<DB>) -> Result<(), NoPicture> {
    area.fill(&WHITE).map_err(|e| NoPicture::of(&e))?;
    figure.draw(area).map_err(|e| NoPicture::of(&e))?;
    area.present().map_err(|e| NoPicture::of(&e))
}

/// Registers the built-in font, once.
fn fonts() -> Result<(), NoPicture> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let register = || {
        let normal = register_font(FONT, FontStyle::Normal, dejavu::sans::regular());
        let bold = register_font(FONT, FontStyle::Bold, dejavu::sans::bold());
        normal.is_ok() && bold.is_ok()
    };
    if *DONE.get_or_init(register) {
        Ok(())
    } else {
        Err(NoPicture("the built-in font cannot be read".to_owned()))
    }
}

/// At most a few points per pixel: the first, least, greatest and last of each run, by time, so that
/// a long history is drawn as it would be in full.
#[must_use]
pub fn thinned(points: &[(crate::model::Millis, f64)]) -> Vec<(crate::model::Millis, f64)> {
    /// Runs of a long history.
    const RUNS: usize = 1000;
    if points.len() <= 4 * RUNS {
        return points.to_vec();
    }
    let mut out = Vec::with_capacity(4 * RUNS);
    for run in points.chunks(points.len().div_ceil(RUNS)) {
        let by = |a: &&(i64, f64), b: &&(i64, f64)| a.1.total_cmp(&b.1);
        let ends = [
            run.first(),
            run.last(),
            run.iter().min_by(by),
            run.iter().max_by(by),
        ];
        let mut kept: Vec<_> = ends.into_iter().flatten().copied().collect();
        kept.sort_by_key(|p| p.0);
        kept.dedup_by_key(|p| p.0);
        out.extend(kept);
    }
    out
}

/// A figure's number for people: at most four digits, with `k`, `M`, `G` beyond.
#[must_use]
pub fn short(value: f64) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let (scaled, unit) = units
        .iter()
        .find(|(scale, _)| value.abs() >= *scale * 10.0)
        .map_or((value, ""), |(scale, unit)| (value / scale, *unit));
    let text = match scaled.abs() {
        s if s >= 100.0 || s.fract() == 0.0 => format!("{scaled:.0}"),
        s if s >= 10.0 => format!("{scaled:.1}"),
        _ => format!("{scaled:.2}"),
    };
    format!("{text}{unit}")
}

/// Text that a picture may show: one line, nothing invisible, cut to a length.
#[must_use]
pub fn label(text: &str, longest: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    let safe = |c: char| if hidden(c) { '\u{fffd}' } else { c };
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(longest).map(safe).collect();
    if chars.next().is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// A text style of the built-in font.
fn style(size: u32, colour: RGBColor) -> TextStyle<'static> {
    let mut style = TextStyle::from((FONT, size).into_font());
    style.color = plotters::style::Color::to_backend_color(&colour);
    style
}

/// How wide a text is drawn, pixels.
fn width_of(text: &str, size: u32) -> u32 {
    let font = (FONT, size).into_font();
    font.box_size(text).map_or(0, |(width, _)| width)
}

/// A label cut so that it is at most `width` pixels wide: head and tail stay, for ids often differ
/// in their last characters.
fn fit(text: &str, size: u32, width: u32) -> String {
    const LONGEST: usize = 200;
    let safe: Vec<char> = label(text, LONGEST).chars().collect();
    let whole: String = safe.iter().collect();
    if width_of(&whole, size) <= width {
        return whole;
    }
    let cut = |keep: usize| {
        let tail = keep / 3;
        let head = safe[..keep - tail].iter();
        let end = safe[safe.len() - tail..].iter();
        head.chain(&['…']).chain(end).collect::<String>()
    };
    let (mut fits, mut wide) = (0, safe.len());
    while fits + 1 < wide {
        let keep = usize::midpoint(fits, wide);
        if width_of(&cut(keep), size) <= width {
            fits = keep;
        } else {
            wide = keep;
        }
    }
    cut(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (7.0, "7"),
            (0.5, "0.50"),
            (12.34, "12.3"),
            (1234.0, "1234"),
            (12_345.0, "12.3k"),
            (250_000_000.0, "250M"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn labels_are_one_safe_line() {
        assert_eq!(label("a\u{1b}[31m\nb", 20), "a\u{fffd}[31m\u{fffd}b");
        assert_eq!(label("abcdefgh", 5), "abcd…");
        assert_eq!(label("a\u{202e}b\u{ffff}", 9), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn texts_are_cut_to_the_pixels_they_have() {
        fonts().expect("built in");
        let id = "a-rather-long-name-of-a-component-17";
        let cut = fit(id, 13, 120);
        assert!(width_of(&cut, 13) <= 120 && cut.ends_with("17"), "{cut}");
        assert_eq!(fit("app-1", 13, 120), "app-1");
    }
}
