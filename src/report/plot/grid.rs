//! A table of statuses drawn as a picture: single failures × services, or services × days.

use super::{Area, Drawn, Figure, INK, PALE, colour, fit, style, symbol, width_of};
use crate::model::Status;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Width of the picture, pixels.
const WIDTH: u32 = 1000;
/// Width of the names of rows, pixels.
const NAMES: i32 = 210;
/// Height of title and legend, pixels.
const HEAD: i32 = 70;
/// Height of a row, pixels.
const ROW: i32 = 24;
/// The widest a column is, pixels.
const WIDEST: i32 = 110;
/// Below this no symbol fits into a cell, pixels.
const SYMBOL: i32 = 14;
/// Size of texts, pixels.
const TEXT: u32 = 15;

/// How cells tell one status from another beside colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Each cell is filled and has a symbol; names of columns stand upright.
    Symbol,
    /// The worse, the taller; a symbol where one fits; names of columns lie, those that fit.
    Height,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct GridRow {
    /// What stands beside it.
    pub name: String,
    /// A cell per column; `None` stays empty.
    pub cells: Vec<Option<Status>>,
}

/// Statuses by row and column.
#[derive(Clone, Debug, PartialEq)]
pub struct GridFigure {
    /// Above the figure.
    pub title: String,
    /// Names of the columns; an empty one is never written.
    pub columns: Vec<String>,
    /// From top to bottom.
    pub rows: Vec<GridRow>,
    /// How cells tell statuses apart.
    pub signal: Signal,
    /// Statuses that the legend explains.
    pub legend: Vec<Status>,
    /// What an empty cell means; may be empty.
    pub empty: String,
    /// Columns that are shaded, and what that means; the words may be empty.
    pub shaded: (Vec<usize>, String),
    /// Columns after which a line is drawn, with its name.
    pub marks: Vec<(usize, String)>,
}

impl GridFigure {
    /// Height of the names of columns, pixels.
    fn names(&self) -> i32 {
        let widest = self
            .columns
            .iter()
            .map(|c| width_of(&fit(c, TEXT, 150), TEXT));
        match self.signal {
            Signal::Symbol => i32::try_from(widest.max().unwrap_or(0)).unwrap_or(150) + 12,
            Signal::Height => 24,
        }
    }

    /// Width of a column, pixels.
    fn column(&self) -> f64 {
        let room = f64::from(i32::try_from(WIDTH).unwrap_or(900) - NAMES - 20);
        (room / self.columns.len().max(1) as f64).min(f64::from(WIDEST))
    }

    #[allow(clippy::cast_possible_truncation)] // pixels
    fn left(&self, column: usize) -> i32 {
        NAMES + (column as f64 * self.column()).round() as i32
    }

    fn head<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        area.draw(&Text::new(
            fit(&self.title, 20, WIDTH - 24),
            (10, 10),
            style(20, INK),
        ))?;
        let mut x = 10;
        for &status in &self.legend {
            cell(area, status, (x, 38), (18, 16), true)?;
            let word = status.word();
            area.draw(&Text::new(word, (x + 24, 39), style(TEXT, INK)))?;
            x += 24 + i32::try_from(width_of(word, TEXT)).unwrap_or(60) + 22;
        }
        for (words, paper) in [(&self.empty, WHITE), (&self.shaded.1, PALE)] {
            if words.is_empty() {
                continue;
            }
            let corners = [(x, 38), (x + 18, 54)];
            area.draw(&Rectangle::new(corners, paper.filled()))?;
            area.draw(&Rectangle::new(corners, PALE.stroke_width(1)))?;
            let room = WIDTH.saturating_sub(u32::try_from(x + 34).unwrap_or(0));
            let word = fit(words, TEXT, room);
            let wide = i32::try_from(width_of(&word, TEXT)).unwrap_or(60);
            area.draw(&Text::new(word, (x + 24, 39), style(TEXT, INK)))?;
            x += 24 + wide + 22;
        }
        Ok(())
    }

    fn upright<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let bottom = HEAD + self.names() - 6;
        for (at, name) in self.columns.iter().enumerate() {
            #[allow(clippy::cast_possible_truncation)] // pixels
            let middle = self.left(at) + (self.column() / 2.0) as i32;
            let turned = style(TEXT, INK)
                .transform(FontTransform::Rotate270)
                .pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(fit(name, TEXT, 150), (middle, bottom), turned))?;
        }
        Ok(())
    }

    /// Shaded columns, and lines after others with their names.
    fn behind<DB: DrawingBackend>(&self, area: &Area<DB>, (top, bottom): (i32, i32)) -> Drawn<DB> {
        for &at in &self.shaded.0 {
            let corners = [(self.left(at), top), (self.left(at + 1), bottom)];
            area.draw(&Rectangle::new(corners, PALE.filled()))?;
        }
        let mut free = NAMES;
        for (at, name) in &self.marks {
            let x = self.left(at + 1);
            let line = vec![(x, HEAD - 14), (x, bottom)];
            area.draw(&DashedPathElement::new(line, 2, 3, INK.stroke_width(1)))?;
            let name = fit(name, TEXT, 200);
            let wide = i32::try_from(width_of(&name, TEXT)).unwrap_or(200);
            // One that would run into the one before, or into the names of rows, is left out.
            if x - 4 - wide >= free {
                let before = style(TEXT, INK).pos(Pos::new(HPos::Right, VPos::Top));
                area.draw(&Text::new(name, (x - 4, HEAD - 16), before))?;
                free = x + 4;
            }
        }
        Ok(())
    }

    /// Names from left to right, leaving out those that would run into the one before.
    fn lying<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let mut free = 0;
        let right = i32::try_from(WIDTH).unwrap_or(900);
        for (at, name) in self.columns.iter().enumerate() {
            let width = i32::try_from(width_of(name, TEXT)).unwrap_or(0);
            let x = self.left(at);
            if name.is_empty() || x < free || x + width > right {
                continue;
            }
            area.draw(&PathElement::new(
                [(x, HEAD + 18), (x, HEAD + 24)],
                INK.stroke_width(1),
            ))?;
            area.draw(&Text::new(name.clone(), (x, HEAD + 2), style(TEXT, INK)))?;
            free = x + width + 8;
        }
        Ok(())
    }
}

impl Figure for GridFigure {
    fn size(&self) -> (u32, u32) {
        let rows = i32::try_from(self.rows.len()).unwrap_or(0);
        let height = HEAD + self.names() + ROW * rows + 12;
        (WIDTH, u32::try_from(height).unwrap_or(400))
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        self.head(area)?;
        match self.signal {
            Signal::Symbol => self.upright(area)?,
            Signal::Height => self.lying(area)?,
        }
        let first = HEAD + self.names();
        let rows = i32::try_from(self.rows.len()).unwrap_or(0);
        self.behind(area, (first, first + ROW * rows))?;
        for (row, y) in self.rows.iter().zip((first..).step_by(24)) {
            let name = fit(&row.name, TEXT, u32::try_from(NAMES - 22).unwrap_or(0));
            area.draw(&Text::new(name, (10, y + 5), style(TEXT, INK)))?;
            let line = [(10, y + ROW), (self.left(self.columns.len()), y + ROW)];
            area.draw(&PathElement::new(line, PALE.stroke_width(1)))?;
            for (at, status) in row.cells.iter().enumerate().take(self.columns.len()) {
                let Some(status) = status else { continue };
                let (left, right) = (self.left(at), self.left(at + 1));
                let tall = match self.signal {
                    Signal::Symbol => ROW - 3,
                    Signal::Height => height(*status),
                };
                let gap = i32::from(right - left > 4);
                let size = ((right - left - gap).max(1), tall);
                let corner = (left, y + ROW - 1 - tall);
                cell(area, *status, corner, size, right - left >= SYMBOL)?;
            }
        }
        Ok(())
    }
}

/// Height of a cell where height tells the status.
fn height(status: Status) -> i32 {
    match status {
        Status::Ok => 4,
        Status::AtRisk => 12,
        Status::Degraded => 16,
        Status::Down => ROW - 2,
    }
}

/// A filled cell with its symbol, if it is large enough for one.
fn cell<DB: DrawingBackend>(
    area: &Area<DB>,
    status: Status,
    (x, y): (i32, i32),
    (width, tall): (i32, i32),
    wide: bool,
) -> Drawn<DB> {
    let corners = [(x, y), (x + width, y + tall)];
    area.draw(&Rectangle::new(corners, colour(status).filled()))?;
    if !wide || tall < 11 {
        return Ok(());
    }
    let (text, ink) = symbol(status);
    let size = if tall < 17 { 12 } else { 15 };
    let middle = style(size, ink).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw(&Text::new(text, (x + width / 2, y + tall / 2), middle))
}
