//! What a service needs, as boxes and lines: layers from the service down.

use super::{Area, Drawn, Figure, INK, PALE, colour, fit, style, symbol, width_of};
use crate::model::Status;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const WIDTH: i32 = 900;
const HEAD: i32 = 68;
/// Height of a box, pixels.
const BOX: i32 = 46;
/// From one row of boxes to the next, pixels.
const ROW: i32 = 90;
/// Boxes beside each other; further ones go to a row below.
const ACROSS: usize = 5;
const GAP: i32 = 14;
const TEXT: u32 = 14;

/// One box.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its first line.
    pub name: String,
    /// Its second line.
    pub detail: String,
    /// How it stands: `Ok`, or at its limit, or out.
    pub status: Status,
    /// How far from the service, in steps.
    pub layer: usize,
}

/// From a box to one that it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Position among the boxes.
    pub from: usize,
    /// Position among the boxes.
    pub to: usize,
    /// Drawn as a whole line; one of several of which not all are needed is dashed.
    pub needed: bool,
}

/// What a service needs.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureFigure {
    /// Above the figure.
    pub title: String,
    /// Said below the title.
    pub note: String,
    /// The boxes; those of a layer from left to right.
    pub nodes: Vec<Node>,
    /// The lines.
    pub edges: Vec<Edge>,
}

impl PictureFigure {
    /// Boxes in rows: layer by layer, at most so many beside each other.
    fn rows(&self) -> Vec<Vec<usize>> {
        let deepest = self.nodes.iter().map(|n| n.layer).max().unwrap_or(0);
        let layers = (0..=deepest).map(|l| {
            let all = self.nodes.iter().enumerate();
            all.filter(move |(_, n)| n.layer == l)
                .map(|(i, _)| i)
                .collect::<Vec<_>>()
        });
        layers
            .flat_map(|layer| {
                let rows = layer.len().div_ceil(ACROSS).max(1);
                let per = layer.len().div_ceil(rows).max(1);
                layer.chunks(per).map(<[usize]>::to_vec).collect::<Vec<_>>()
            })
            .collect()
    }

    /// Left, top and width of every box.
    fn places(&self) -> Vec<(i32, i32, i32)> {
        let mut places = vec![(0, 0, 0); self.nodes.len()];
        for (nth, row) in (0..).zip(self.rows()) {
            let n = i32::try_from(row.len()).unwrap_or(1).max(1);
            let width = ((WIDTH - 20 - GAP * (n - 1)) / n).min(210);
            let left = (WIDTH - n * width - (n - 1) * GAP) / 2;
            for (at, node) in (0..).zip(row) {
                places[node] = (left + at * (width + GAP), HEAD + nth * ROW, width);
            }
        }
        places
    }
}

impl Figure for PictureFigure {
    fn size(&self) -> (u32, u32) {
        let rows = i32::try_from(self.rows().len()).unwrap_or(1).max(1);
        let height = HEAD + (rows - 1) * ROW + BOX + 14;
        (WIDTH.unsigned_abs(), height.unsigned_abs())
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        area.draw(&Text::new(
            fit(&self.title, 20, 870),
            (10, 10),
            style(20, INK),
        ))?;
        area.draw(&Text::new(
            fit(&self.note, 15, 870),
            (10, 38),
            style(15, INK),
        ))?;
        let places = self.places();
        for edge in &self.edges {
            let (Some(&a), Some(&b)) = (places.get(edge.from), places.get(edge.to)) else {
                continue;
            };
            let ends = [(a.0 + a.2 / 2, a.1 + BOX), (b.0 + b.2 / 2, b.1)];
            let line = INK.mix(0.55).stroke_width(1);
            if edge.needed {
                area.draw(&PathElement::new(ends.to_vec(), line))?;
            } else {
                let ends = ends.to_vec();
                area.draw(&plotters::element::DashedPathElement::new(ends, 5, 4, line))?;
            }
        }
        for (node, &(x, y, width)) in self.nodes.iter().zip(&places) {
            self.boxed(area, node, (x, y), width)?;
        }
        Ok(())
    }
}

impl PictureFigure {
    fn boxed<DB: DrawingBackend>(
        &self,
        area: &Area<DB>,
        node: &Node,
        (x, y): (i32, i32),
        width: i32,
    ) -> Drawn<DB> {
        let corners = [(x, y), (x + width, y + BOX)];
        area.draw(&Rectangle::new(corners, WHITE.filled()))?;
        area.draw(&Rectangle::new(corners, PALE.stroke_width(1)))?;
        let edge = [(x, y), (x + 20, y + BOX)];
        area.draw(&Rectangle::new(edge, colour(node.status).filled()))?;
        let (mark, ink) = symbol(node.status);
        let middle = style(13, ink).pos(Pos::new(HPos::Center, VPos::Center));
        area.draw(&Text::new(mark, (x + 10, y + BOX / 2), middle))?;
        let room = u32::try_from(width - 30).unwrap_or(0);
        let name = fit(&node.name, TEXT + 1, room);
        area.draw(&Text::new(name, (x + 26, y + 5), style(TEXT + 1, INK)))?;
        let detail = fit(&node.detail, TEXT, room);
        debug_assert!(width_of(&detail, TEXT) <= room.max(20));
        area.draw(&Text::new(detail, (x + 26, y + 25), style(TEXT, INK)))
    }
}
