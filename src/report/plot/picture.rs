//! What a service needs, as boxes and lines: layers from the service down, lines around boxes.

use super::wires::{Span, Wires, wires};
use super::{Area, Drawn, Figure, INK, PALE, colour, fit, style, symbol, width_of};
use crate::model::Status;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::collections::HashSet;

const WIDTH: i32 = 1000;
const HEAD: i32 = 68;
/// Height of a box, pixels.
const BOX: i32 = 46;
/// Boxes beside each other; further ones go to a row below.
const ACROSS: usize = 5;
/// Between boxes, and beside them at the least, pixels: lines pass there.
const GAP: i32 = 22;
/// The widest box, pixels.
const WIDEST: i32 = 230;
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
    /// Whether it is needed in any case: the line to one of several of which not all are ends dashed.
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
    /// The lines between the boxes.
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

    /// Left edge and width of every box.
    fn spans(&self, rows: &[Vec<usize>]) -> Vec<Span> {
        let mut spans = vec![Span { x: 0, w: 0 }; self.nodes.len()];
        for row in rows {
            let n = i32::try_from(row.len()).unwrap_or(1).max(1);
            let w = ((WIDTH - GAP * (n + 1)) / n).min(WIDEST);
            let left = (WIDTH - n * w - (n - 1) * GAP) / 2;
            for (at, &node) in (0..).zip(row) {
                spans[node] = Span {
                    x: left + at * (w + GAP),
                    w,
                };
            }
        }
        spans
    }

    /// Where rows stand and lines run.
    fn wires(&self) -> (Vec<Vec<usize>>, Vec<Span>, Wires) {
        let rows = self.rows();
        let spans = self.spans(&rows);
        let edges: Vec<(usize, usize)> = self.edges.iter().map(|e| (e.from, e.to)).collect();
        let wires = wires(&rows, &spans, &edges, (WIDTH, HEAD, BOX));
        (rows, spans, wires)
    }
}

impl Figure for PictureFigure {
    fn size(&self) -> (u32, u32) {
        let height = self.wires().2.bottom + 14;
        (WIDTH.unsigned_abs(), height.unsigned_abs())
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        area.draw(&Text::new(
            fit(&self.title, 20, 970),
            (10, 10),
            style(20, INK),
        ))?;
        area.draw(&Text::new(
            fit(&self.note, 15, 970),
            (10, 38),
            style(15, INK),
        ))?;
        let (rows, spans, wires) = self.wires();
        // Lines of one box share pieces; each is drawn once.
        let mut drawn = HashSet::new();
        for (edge, line) in self.edges.iter().zip(&wires.lines) {
            let ink = INK.mix(0.7);
            let Some((&last, before)) = line.split_last() else {
                continue;
            };
            for piece in before
                .windows(2)
                .filter(|piece| drawn.insert(piece.to_vec()))
            {
                area.draw(&PathElement::new(piece.to_vec(), ink.stroke_width(1)))?;
            }
            let end = vec![before[before.len() - 1], last];
            if edge.needed {
                area.draw(&PathElement::new(end, ink.stroke_width(1)))?;
            } else {
                area.draw(&DashedPathElement::new(end, 4, 4, ink.stroke_width(1)))?;
            }
            let (x, y) = last;
            let head = vec![(x - 3, y - 6), (x + 3, y - 6), (x, y)];
            area.draw(&Polygon::new(head, ink.filled()))?;
        }
        for (row, &y) in rows.iter().zip(&wires.tops) {
            for &at in row {
                self.boxed(area, &self.nodes[at], (spans[at].x, y), spans[at].w)?;
            }
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
