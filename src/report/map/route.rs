//! How links run between boxes that are in no other. In: the rows of boxes. Out: for each two boxes a line of
//! upright and level pieces, and where a label has room. Promises: no line crosses a box; lines share no level
//! piece.
//!
//! ```text
//!   │ ┌───┐ ┌───┐     A link leaves a box at its lower edge, runs along a track below that row,
//!   │ └─┬─┘ └─┬─┘     and goes up into a box of the same row, or down into one of the next. To a
//!   │   └──┬──┘       row farther away it runs down at the left.
//!   │ ┌────┴────┐
//! ```

use super::rect::Rect;
use crate::report::document::map::MapLink;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// From one track to the next, pixels: a label fits between.
const TRACK: i32 = 17;
/// Room for a label, pixels: short pieces have more beside them.
const LABEL: i32 = 150;
/// Links that are drawn, those of most links first.
const DRAWN: usize = 60;
/// The most that tracks at the left take, pixels.
const BESIDE: i32 = 120;

/// A link as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Corners of the line; none if it is not drawn.
    pub points: Vec<(i32, i32)>,
    /// Where a label has room: above its longest level piece, or beside it.
    pub label: Rect,
}

/// A link with its course.
#[derive(Clone, Debug)]
struct Course {
    link: usize,
    ends: [usize; 2],
    /// Rows of both ends; the first is not below the second.
    rows: [usize; 2],
    /// Where it leaves each box.
    ports: [i32; 2],
    /// Its tracks: below the row of the first end, at the left, above the row of the second.
    tracks: [usize; 3],
}

impl Course {
    /// Whether it runs at the left.
    fn is_far(&self) -> bool {
        self.rows[1] > self.rows[0] + 1
    }

    /// Level pieces: below which row, from where to where.
    fn level(&self, left: i32) -> Vec<(usize, [i32; 2])> {
        let [from, to] = self.ports;
        if self.is_far() {
            let [a, b] = self.rows;
            vec![(a, [left, from]), (b - 1, [left, to])]
        } else {
            vec![(self.rows[0], [from.min(to), from.max(to)])]
        }
    }
}

/// Where a link goes to, its course, and which of its ends.
type Leaving = (i32, usize, usize);

/// All links, on their way to be drawn.
pub(super) struct Routes<'o> {
    links: &'o [MapLink],
    /// Boxes by rows.
    pub rows: Vec<Vec<usize>>,
    all: Vec<Course>,
    /// How many tracks there are below each row, and where the first is.
    below: Vec<(i32, i32)>,
    /// How many tracks there are at the left.
    beside: i32,
    left: i32,
    width: i32,
}

impl<'o> Routes<'o> {
    pub fn new(links: &'o [MapLink]) -> Self {
        Self {
            links,
            rows: Vec::new(),
            all: Vec::new(),
            below: Vec::new(),
            beside: 0,
            left: 0,
            width: 0,
        }
    }

    /// Room that links need at the left if boxes stand in these rows, pixels.
    pub fn beside(&self, rows: &[Vec<usize>]) -> i32 {
        let far = self.courses(rows).iter().filter(|c| c.is_far()).count();
        (i32::try_from(far).unwrap_or(i32::MAX / TRACK) * TRACK).min(BESIDE)
    }

    /// Links that are drawn, with the rows of their ends.
    fn courses(&self, rows: &[Vec<usize>]) -> Vec<Course> {
        let boxes = rows.iter().flatten().max().map_or(0, |b| b + 1);
        let mut row_of = vec![None; boxes];
        for (nth, row) in rows.iter().enumerate() {
            row.iter().for_each(|&b| row_of[b] = Some(nth));
        }
        let row_of = |b: u32| row_of.get(b as usize).copied().flatten();
        let mut chosen: Vec<usize> = (0..self.links.len()).collect();
        chosen.sort_by_key(|&l| (Reverse(self.links[l].count), l));
        chosen.truncate(DRAWN);
        chosen.sort_unstable();
        let course = |link: usize| {
            let of = &self.links[link];
            let (a, b) = (row_of(of.a)?, row_of(of.b)?);
            let is_down = a <= b;
            let [first, second] = if is_down { [of.a, of.b] } else { [of.b, of.a] };
            Some(Course {
                link,
                ends: [first as usize, second as usize],
                rows: [a.min(b), a.max(b)],
                ports: [0, 0],
                tracks: [0, 0, 0],
            })
        };
        chosen.into_iter().filter_map(course).collect()
    }

    /// Finds ports and tracks, once left edges and widths of boxes are known and `left` is free.
    pub fn plan(&mut self, rects: &[Rect], left: i32, width: i32) {
        (self.left, self.width) = (left, width);
        self.all = self.courses(&self.rows);
        self.set_ports(rects);
        self.below = vec![(0, 0); self.rows.len()];
        let mut taken: Vec<Vec<Vec<[i32; 2]>>> = vec![Vec::new(); self.rows.len()];
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        // Short pieces next to the boxes, long ones around them.
        let length = |c: &Course| c.level(0).iter().map(|(_, [a, b])| b - a).sum::<i32>();
        order.sort_by_key(|&c| (length(&self.all[c]), c));
        for c in order {
            let pieces = self.all[c].level(0);
            for (nth, (row, piece)) in pieces.into_iter().enumerate() {
                let piece = self.with_label(piece);
                let tracks = &mut taken[row];
                let free = |track: &Vec<[i32; 2]>| {
                    track
                        .iter()
                        .all(|[a, b]| piece[1] + TRACK < *a || b + TRACK < piece[0])
                };
                let track = tracks.iter().position(free).unwrap_or(tracks.len());
                if track == tracks.len() {
                    tracks.push(Vec::new());
                }
                tracks[track].push(piece);
                self.all[c].tracks[2 * nth] = track;
            }
        }
        for (below, tracks) in self.below.iter_mut().zip(&taken) {
            below.0 = i32::try_from(tracks.len()).unwrap_or(0);
        }
        for (nth, course) in self.all.iter_mut().filter(|c| c.is_far()).enumerate() {
            course.tracks[1] = nth;
            self.beside += 1;
        }
    }

    /// Spreads where links leave along each edge, in the order of where they go.
    fn set_ports(&mut self, rects: &[Rect]) {
        let middle = |b: usize| rects[b].x + rects[b].w / 2;
        let mut edges: BTreeMap<(usize, bool), Vec<Leaving>> = BTreeMap::new();
        for (c, course) in self.all.iter().enumerate() {
            for end in [0, 1] {
                let is_upper = end == 1 && course.rows[0] != course.rows[1];
                let goes_to = if course.is_far() {
                    0
                } else {
                    middle(course.ends[1 - end])
                };
                let edge = edges.entry((course.ends[end], is_upper)).or_default();
                edge.push((goes_to, c, end));
            }
        }
        for ((b, is_upper), mut all) in edges {
            all.sort_unstable();
            let n = i32::try_from(all.len()).unwrap_or(1);
            for (nth, (_, c, end)) in (1..).zip(all) {
                // So that pieces above and below one track do not look like one.
                let aside = if is_upper { 3 } else { 0 };
                let most = rects[b].w - 1;
                let at = (rects[b].w * nth / (n + 1) + aside).clamp(0, most);
                self.all[c].ports[end] = rects[b].x + at;
            }
        }
    }

    /// Sets where tracks below a row are, whose lower edge is at `y`. Answers where the next row begins.
    pub fn below(&mut self, row: usize, y: i32, apart: i32) -> i32 {
        let tracks = self.below[row].0;
        self.below[row].1 = y + apart / 2 + TRACK / 2 + 2;
        let is_last = row + 1 == self.rows.len();
        match tracks {
            0 if is_last => y,
            0 => y + apart,
            n => y + apart + n * TRACK,
        }
    }

    /// The lines, once everything stands.
    pub fn drawn(&self, rects: &[Rect]) -> Vec<Route> {
        let mut out = vec![Route::default(); self.links.len()];
        for course in &self.all {
            out[course.link] = self.line(course, rects);
        }
        out
    }

    fn line(&self, course: &Course, rects: &[Rect]) -> Route {
        let [from, to] = course.ports;
        let [a, b] = course.ends.map(|b| rects[b]);
        let track =
            |row: usize, nth: usize| self.below[row].1 + TRACK * i32::try_from(nth).unwrap_or(0);
        let first = track(course.rows[0], course.tracks[0]);
        let start = (from, a.y + a.h);
        let end = if course.rows[0] == course.rows[1] {
            b.y + b.h
        } else {
            b.y
        };
        let points = if course.is_far() {
            let nth = i32::try_from(course.tracks[1]).unwrap_or(0);
            let x = self.left * (2 * nth + 1) / (2 * self.beside.max(1));
            let second = track(course.rows[1] - 1, course.tracks[2]);
            vec![
                start,
                (from, first),
                (x, first),
                (x, second),
                (to, second),
                (to, end),
            ]
        } else {
            vec![start, (from, first), (to, first), (to, end)]
        };
        let label = self.room_for_label(&points);
        Route { points, label }
    }

    /// A level piece with room for its label: above it, or beside it where it is short.
    fn with_label(&self, [from, to]: [i32; 2]) -> [i32; 2] {
        let [left, right] = self.label_of([from, to]);
        [from.min(left), to.max(right)]
    }

    /// Where the label of a level piece is.
    fn label_of(&self, [from, to]: [i32; 2]) -> [i32; 2] {
        if to - from >= LABEL {
            [from, to]
        } else if to + LABEL <= self.width {
            [to, to + LABEL]
        } else {
            [(from - LABEL).max(0), from]
        }
    }

    /// The room for the label of the longest level piece.
    fn room_for_label(&self, points: &[(i32, i32)]) -> Rect {
        let level = points.windows(2).filter(|w| w[0].1 == w[1].1);
        let longest = level.max_by_key(|w| (w[0].0 - w[1].0).abs());
        longest.map_or(Rect::default(), |w| {
            let [from, to] = self.label_of([w[0].0.min(w[1].0), w[0].0.max(w[1].0)]);
            Rect {
                x: from,
                y: w[0].1 - TRACK + 3,
                w: to - from,
                h: TRACK - 4,
            }
        })
    }
}
