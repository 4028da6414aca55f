//! The map of an estate in one state: boxes in boxes, links around them, services above.

use super::{Area, CARD, Drawn, Figure, INK, PALE, colour, fit, style, symbol, width_of};
use crate::model::Status;
use crate::report::document::map::{MapState, Outline, Standing};
use crate::report::map::{Layout, Rect, Route, layout};
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Width of the picture, pixels.
const WIDTH: u32 = 1000;
/// Around the map, pixels.
const MARGIN: i32 = 10;
/// Height of title and legend, pixels.
const HEAD: i32 = 64;
/// Height of a label above a box's content, pixels.
const LABEL: i32 = 20;
/// Width of a mark, and of the edge of what is fine, pixels.
const MARK: (i32, i32) = (18, 4);
const TEXT: u32 = 15;
const SMALL: u32 = 13;

/// The map in one state.
#[derive(Clone, Debug, PartialEq)]
pub struct MapFigure {
    /// Above the map.
    pub title: String,
    /// Said below the title.
    pub note: String,
    outline: Outline,
    state: MapState,
    layout: Layout,
}

impl MapFigure {
    /// The map of this outline in this state.
    #[must_use]
    pub fn new(title: String, note: String, outline: &Outline, state: &MapState) -> Self {
        let room = WIDTH - 2 * MARGIN.unsigned_abs();
        Self {
            title,
            note,
            layout: layout(outline, room),
            outline: outline.clone(),
            state: state.clone(),
        }
    }

    fn moved(rect: Rect) -> Rect {
        Rect {
            x: rect.x + MARGIN,
            y: rect.y + HEAD,
            ..rect
        }
    }

    fn links<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        for (at, route) in self.layout.links.iter().enumerate() {
            line(area, route, Standing::of(&self.state.links, at))?;
        }
        // Labels last: no line runs over one.
        for (at, (link, route)) in self
            .outline
            .links
            .iter()
            .zip(&self.layout.links)
            .enumerate()
        {
            let standing = Standing::of(&self.state.links, at);
            let room = Self::moved(route.label);
            let said = match link.ids.as_slice() {
                ids if ids.len() as u64 == link.count && ids.len() <= 2 => ids.join(", "),
                _ => format!("{} links", link.count),
            };
            let said = format!("{said}{}", counts(standing, link.count));
            let wide = u32::try_from(room.w - 8).unwrap_or(0);
            if wide < 20 {
                continue;
            }
            let said = fit(&said, SMALL, wide);
            let (x, y) = (room.x + room.w / 2, room.y + room.h);
            let below = style(SMALL, INK).pos(Pos::new(HPos::Center, VPos::Bottom));
            area.draw(&Text::new(said, (x, y), below))?;
        }
        Ok(())
    }

    fn boxes<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let mut depth = vec![0usize; self.outline.boxes.len()];
        let mut holds = vec![false; self.outline.boxes.len()];
        for (at, b) in self.outline.boxes.iter().enumerate() {
            if let Some(parent) = b.parent.map(|p| p as usize).filter(|p| *p < at) {
                depth[at] = depth[parent] + 1;
                holds[parent] = true;
            }
        }
        for (at, (b, rect)) in self
            .outline
            .boxes
            .iter()
            .zip(&self.layout.boxes)
            .enumerate()
        {
            let cell = Cell {
                rect: Self::moved(*rect),
                label: b.label(),
                count: if holds[at] { 1 } else { b.count },
                standing: Standing::of(&self.state.boxes, at),
                paper: if holds[at] && depth[at].is_multiple_of(2) {
                    CARD
                } else {
                    WHITE
                },
            };
            cell.draw(area)?;
        }
        Ok(())
    }
}

impl Figure for MapFigure {
    fn size(&self) -> (u32, u32) {
        (
            WIDTH,
            u32::try_from(self.layout.height + HEAD + MARGIN).unwrap_or(400),
        )
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let title = fit(&self.title, 20, WIDTH - 20);
        area.draw(&Text::new(title, (MARGIN, 8), style(20, INK)))?;
        let note = fit(&self.note, TEXT, WIDTH - 20);
        area.draw(&Text::new(note, (MARGIN, 36), style(TEXT, INK)))?;
        for (at, (service, rect)) in self
            .outline
            .services
            .iter()
            .zip(&self.layout.services)
            .enumerate()
        {
            let cell = Cell {
                rect: Self::moved(*rect),
                label: service.label(),
                count: service.count,
                standing: Standing::of(&self.state.services, at),
                paper: WHITE,
            };
            cell.draw(area)?;
        }
        self.boxes(area)?;
        self.links(area)
    }
}

/// One box: its mark and its label, in the first line.
struct Cell {
    rect: Rect,
    label: String,
    /// How many it stands for.
    count: u64,
    standing: Standing,
    paper: RGBColor,
}

impl Cell {
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let Rect { x, y, w, h } = self.rect;
        let corners = [(x, y), (x + w, y + h)];
        let status = self.standing.worst();
        let failed = self.standing.failed == self.count;
        area.draw(&Rectangle::new(corners, self.paper.filled()))?;
        let head = [(x, y), (x + w, y + LABEL.min(h))];
        if failed {
            area.draw(&Rectangle::new(head, BLACK.filled()))?;
        }
        let edge = if status == Status::Down { BLACK } else { PALE };
        area.draw(&Rectangle::new(corners, edge.stroke_width(1)))?;
        let mark = if status == Status::Ok { MARK.1 } else { MARK.0 }.min(w);
        if !failed {
            let edge = [(x, y), (x + mark, y + LABEL.min(h))];
            area.draw(&Rectangle::new(edge, colour(status).filled()))?;
        }
        let middle = y + LABEL.min(h) / 2 + 1;
        if status != Status::Ok {
            let (sign, ink) = symbol(status);
            let centred = style(SMALL, ink).pos(Pos::new(HPos::Center, VPos::Center));
            area.draw(&Text::new(sign, (x + mark / 2, middle), centred))?;
        }
        let counts = counts(self.standing, self.count);
        let room = u32::try_from(w - mark - 8).unwrap_or(0);
        let for_label = room.saturating_sub(width_of(&counts, TEXT));
        let label = fit(&self.label, TEXT, for_label.max(room / 3));
        let ink = if failed { WHITE } else { INK };
        let text = style(TEXT, ink).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(
            format!("{label}{counts}"),
            (x + mark + 4, middle),
            text,
        ))
    }
}

/// How many of several are not fine, by symbol.
fn counts(of: Standing, count: u64) -> String {
    let all = [
        (of.failed.saturating_add(of.down), Status::Down),
        (of.degraded, Status::Degraded),
        (of.at_risk, Status::AtRisk),
    ];
    // Where all stand alike the mark says it.
    if of.troubled() == 0 || all.iter().any(|(n, _)| *n == count) {
        return String::new();
    }
    let said = all.iter().filter(|(n, _)| *n > 0);
    let said: Vec<String> = said
        .map(|(n, status)| format!("{n} {}", symbol(*status).0))
        .collect();
    format!(": {}", said.join(" "))
}

/// The line of a link. It is dashed where no link is left.
fn line<DB: DrawingBackend>(area: &Area<DB>, route: &Route, standing: Standing) -> Drawn<DB> {
    let move_in = |&(x, y): &(i32, i32)| (x + MARGIN, y + HEAD);
    let points: Vec<(i32, i32)> = route.points.iter().map(move_in).collect();
    if points.is_empty() {
        return Ok(());
    }
    match standing.worst() {
        Status::Ok => area.draw(&PathElement::new(points, INK.stroke_width(1))),
        Status::Down => {
            let stroke = BLACK.stroke_width(2);
            area.draw(&DashedPathElement::new(points, 5, 4, stroke))
        }
        status => area.draw(&PathElement::new(points, colour(status).stroke_width(2))),
    }
}
