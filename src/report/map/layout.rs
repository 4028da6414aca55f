//! Where boxes stand. In: the boxes and a width. Out: a rectangle for each, pixels. Promises: a box lies inside
//! the one that it is in, and apart from those beside it; nothing is wider than asked.
//!
//! ```text
//! services       cells in rows
//! boxes in no other, row by row, with room for links below each row and at the left
//!   a box: its label, then cells in columns, then boxes in rows
//! ```
//!
//! A first pass from the inside out finds how wide each box would like to be; a second from the outside in
//! gives it that or more, and finds how high it is.

use super::rect::Rect;
use super::route::{Route, Routes};
use crate::report::document::map::Outline;
use std::ops::Range;

/// Height of a box that holds nothing, and of the label of one that does, pixels.
pub const CELL: i32 = 20;
/// Between a box and what is in it, pixels.
const PAD: i32 = 5;
/// Between boxes beside each other, pixels.
const GAP: i32 = 3;
/// Between boxes that are in no other, pixels.
const APART: i32 = 16;
/// Of a character, pixels; labels are cut where that is too little.
const LETTER: i32 = 8;
/// What stands before a label, and the margins, pixels.
const MARK: i32 = 28;
/// The narrowest and the widest cell, pixels.
const CELLS: (i32, i32) = (58, 170);
/// The widest that a label makes a box, pixels.
const LABEL: i32 = 260;
/// How many times as wide as high a box would like to be.
const SHAPE: f64 = 2.2;
/// By how much a box may be wider than it would like.
const STRETCH: (i32, i32) = (3, 2);
/// Boxes in a row may be narrower than they would like by this, so that one more fits.
const SHRINK: (i32, i32) = (4, 5);
/// The narrowest map, pixels.
const NARROWEST: i32 = 320;

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// How wide the map is, pixels.
    pub width: i32,
    /// How high the map is, pixels.
    pub height: i32,
    /// As in [`Outline::services`].
    pub services: Vec<Rect>,
    /// As in [`Outline::boxes`].
    pub boxes: Vec<Rect>,
    /// As in [`Outline::links`]; one that is not drawn has no points.
    pub links: Vec<Route>,
}

/// Places everything on a map of so many pixels in width.
#[must_use]
pub fn layout(outline: &Outline, width: u32) -> Layout {
    let width = i32::try_from(width).unwrap_or(i32::MAX / 4).max(NARROWEST);
    let mut map = Map::new(outline, width);
    map.ask();
    let services = map.services();
    let top = services
        .iter()
        .map(|r| r.y + r.h)
        .max()
        .map_or(0, |y| y + APART);
    let (links, height) = map.outermost(top);
    Layout {
        width,
        height,
        services,
        boxes: map.rects,
        links,
    }
}

struct Map<'o> {
    outline: &'o Outline,
    width: i32,
    /// What is in each box, in order.
    inside: Vec<Vec<usize>>,
    outermost: Vec<usize>,
    /// How far each is from the outermost.
    depth: Vec<i32>,
    rects: Vec<Rect>,
}

impl<'o> Map<'o> {
    fn new(outline: &'o Outline, width: i32) -> Self {
        let boxes = outline.boxes.len();
        let mut map = Self {
            outline,
            width,
            inside: vec![Vec::new(); boxes],
            outermost: Vec::new(),
            depth: vec![0; boxes],
            rects: vec![Rect::default(); boxes],
        };
        for (at, b) in outline.boxes.iter().enumerate() {
            // One that is said to be in a later box is in none.
            match b.parent.map(|p| p as usize).filter(|p| *p < at) {
                Some(parent) => {
                    map.depth[at] = map.depth[parent] + 1;
                    map.inside[parent].push(at);
                }
                None => map.outermost.push(at),
            }
        }
        map
    }

    fn is_cell(&self, at: usize) -> bool {
        self.inside[at].is_empty()
    }

    /// The most that a box so deep inside may take.
    fn room(&self, depth: i32) -> i32 {
        (self.width - 2 * PAD * depth).max(CELLS.0)
    }

    /// From the inside out: how wide each box would like to be, and how high it is then.
    fn ask(&mut self) {
        for at in (0..self.rects.len()).rev() {
            let label = columns(&self.outline.boxes[at].label());
            let wide = MARK + LETTER * label;
            let (w, h) = if self.is_cell(at) {
                (wide.clamp(CELLS.0, CELLS.1), CELL)
            } else {
                self.ask_box(at, wide.min(LABEL))
            };
            let w = w.min(self.room(self.depth[at]));
            self.rects[at] = Rect { x: 0, y: 0, w, h };
        }
    }

    fn ask_box(&self, at: usize, label: i32) -> (i32, i32) {
        let (cells, boxes) = self.parted(&self.inside[at]);
        let cell = self.widest(cells);
        let of_cells = i32::try_from(cells.len()).unwrap_or(i32::MAX);
        let area = i64::from((cell + GAP) * (CELL + GAP)) * i64::from(of_cells);
        let sizes = boxes.iter().map(|&b| self.rects[b]);
        let area = area
            + sizes
                .map(|r| i64::from(r.w + GAP) * i64::from(r.h + GAP))
                .sum::<i64>();
        #[allow(clippy::cast_possible_truncation)] // pixels
        let wish = (area as f64 * SHAPE).sqrt() as i32;
        let room = self.room(self.depth[at] + 1);
        let wish = wish.max(cell).max(self.widest(boxes)).min(room);
        let columns = ((wish + GAP) / (cell + GAP).max(1)).clamp(1, of_cells.max(1));
        let wide = columns * (cell + GAP) - GAP;
        let mut of_boxes = 0;
        let mut high = CELL + PAD;
        for row in rows(boxes, wish, GAP, |b| self.rects[b].w) {
            let row = &boxes[row];
            let wide: i32 = row.iter().map(|&b| self.rects[b].w + GAP).sum();
            of_boxes = of_boxes.max(wide - GAP);
            high += row.iter().map(|&b| self.rects[b].h).max().unwrap_or(0) + GAP;
        }
        high += (of_cells + columns - 1) / columns * (CELL + GAP);
        (wide.max(of_boxes).max(label - 2 * PAD) + 2 * PAD, high)
    }

    /// Cells, which come first, and boxes.
    fn parted<'a>(&self, all: &'a [usize]) -> (&'a [usize], &'a [usize]) {
        all.split_at(all.iter().take_while(|b| self.is_cell(**b)).count())
    }

    fn widest(&self, all: &[usize]) -> i32 {
        all.iter().map(|&b| self.rects[b].w).max().unwrap_or(0)
    }

    /// Services in columns from the top.
    fn services(&self) -> Vec<Rect> {
        let labels = self.outline.services.iter().map(|s| columns(&s.label()));
        let widest = MARK + LETTER * labels.max().unwrap_or(0);
        let all = self.outline.services.len();
        grid(all, widest.clamp(CELLS.0, CELLS.1), (0, 0), self.width)
    }

    /// Places the boxes that are in no other, and what is in them. Answers the links and the height.
    fn outermost(&mut self, top: i32) -> (Vec<Route>, i32) {
        let all = std::mem::take(&mut self.outermost);
        let mut routes = Routes::new(&self.outline.links);
        // How many links run at the left depends on the rows, and these on what is left of the width.
        let left = routes.beside(&self.outer_rows(&all, self.width));
        routes.rows = self.outer_rows(&all, self.width - left);
        for row in routes.rows.clone() {
            self.spread(&row, left, self.width - left, APART);
        }
        routes.plan(&self.rects, left, self.width);
        let mut y = top;
        for (nth, row) in routes.rows.clone().into_iter().enumerate() {
            y = self.place_row(&row, y);
            y = routes.below(nth, y, APART);
        }
        let links = routes.drawn(&self.rects);
        (links, y)
    }

    fn outer_rows(&self, all: &[usize], room: i32) -> Vec<Vec<usize>> {
        let rows = rows(all, room, APART, |b| self.rects[b].w.min(room));
        rows.map(|row| all[row].to_vec()).collect()
    }

    /// Sets left edges and widths of boxes in a row of this width: they share what is left of it.
    fn spread(&mut self, row: &[usize], left: i32, width: i32, gap: i32) {
        let n = i32::try_from(row.len()).unwrap_or(1).max(1);
        let taken: i32 = row.iter().map(|&b| self.rects[b].w.min(width)).sum();
        let spare = width - taken - gap * (n - 1);
        let mut x = left;
        for &b in row {
            let own = self.rects[b].w.min(width);
            let most = own * STRETCH.0 / STRETCH.1;
            let share = (i64::from(spare) * i64::from(own)).div_euclid(i64::from(taken.max(1)));
            let share = i32::try_from(share).unwrap_or(0);
            self.rects[b].x = x;
            self.rects[b].w = if self.is_cell(b) && spare >= 0 {
                own
            } else {
                (own + share).min(most.max(own))
            };
            x += self.rects[b].w + gap;
        }
    }

    /// Places boxes in a row, with all that is in them. Answers the lower edge of the highest.
    fn place_row(&mut self, row: &[usize], y: i32) -> i32 {
        let lower = row.iter().map(|&b| self.place(b, y)).max().unwrap_or(y);
        for &b in row {
            if !self.is_cell(b) {
                self.rects[b].h = lower - y;
            }
        }
        lower
    }

    /// Places what is in a box whose left edge and width are set. Answers its lower edge. It calls itself as
    /// deep as boxes are nested, which the outline bounds.
    fn place(&mut self, at: usize, y: i32) -> i32 {
        let Rect { x, w, .. } = self.rects[at];
        let inside = std::mem::take(&mut self.inside[at]);
        let (cells, boxes) = self.parted(&inside);
        let (x, room) = (x + PAD, w - 2 * PAD);
        let mut lower = y + CELL;
        if !cells.is_empty() {
            let rects = grid(cells.len(), self.widest(cells).min(room), (x, lower), room);
            lower = rects.last().map_or(lower, |r| r.y + r.h + GAP);
            for (&b, rect) in cells.iter().zip(rects) {
                self.rects[b] = rect;
            }
        }
        let all: Vec<Range<usize>> =
            rows(boxes, room, GAP, |b| self.rects[b].w.min(room)).collect();
        for row in all {
            self.spread(&boxes[row.clone()], x, room, GAP);
            lower = self.place_row(&boxes[row], lower) + GAP;
        }
        if !inside.is_empty() {
            lower += PAD - GAP;
        }
        self.rects[at].y = y;
        self.rects[at].h = lower - y;
        self.inside[at] = inside;
        lower
    }
}

/// Cells of one width in columns, from a corner.
fn grid(all: usize, cell: i32, (x, y): (i32, i32), room: i32) -> Vec<Rect> {
    let all = i32::try_from(all).unwrap_or(i32::MAX);
    let columns = ((room + GAP) / (cell + GAP).max(1)).clamp(1, all.max(1));
    let most = (room - (columns - 1) * GAP) / columns;
    let w = most.min(cell.max(CELLS.0) * STRETCH.0 / STRETCH.1).max(1);
    let place = |nth: i32| Rect {
        x: x + nth % columns * (w + GAP),
        y: y + nth / columns * (CELL + GAP),
        w,
        h: CELL,
    };
    (0..all).map(place).collect()
}

/// Boxes in rows that are no wider than the room; at least one in each.
fn rows(
    all: &[usize],
    room: i32,
    gap: i32,
    width: impl Fn(usize) -> i32,
) -> impl Iterator<Item = Range<usize>> {
    let width = move |b| width(b) * SHRINK.0 / SHRINK.1;
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        let mut used = 0;
        while let Some(&b) = all.get(from) {
            let wide = width(b);
            if from > start && used + gap + wide > room {
                break;
            }
            used += wide + if from > start { gap } else { 0 };
            from += 1;
        }
        (from > start).then_some(start..from)
    })
}

/// How many narrow characters a label takes.
fn columns(text: &str) -> i32 {
    let wide = |c: char| if c < '\u{1100}' { 1 } else { 2 };
    text.chars().take(64).map(wide).sum()
}
