//! How lines run between rows of boxes. In: boxes in rows, with their left edges and widths, and who needs
//! whom. Out: where the rows stand, and a line for each two boxes. Promises: no line crosses a box; a line
//! leaves a box at its lower edge and enters another from above.
//!
//! ```text
//!       ┌───┐          Lines of one box share a track below it. They pass rows between boxes, each box
//!       └─┬─┘          with a lane of its own, and end on their way down, also where the box that is
//!    ┌────┴──┬──┐      needed stands above.
//!  ┌─▼─┐   ┌─▼─┐│
//!  └───┘   └───┘│
//!             ┌─▼─┐
//! ```

use std::collections::BTreeMap;

/// From one track to the next, pixels.
const TRACK: i32 = 6;
/// Between a row and the tracks above and below it, pixels: arrows have room there.
const CLEAR: i32 = 13;
/// Lines from above enter a box beside its middle, where its own line may begin.
const ASIDE: i32 = 9;

/// A box in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Left edge.
    pub x: i32,
    /// How wide it is, pixels.
    pub w: i32,
}

/// Where rows stand and lines run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wires {
    /// Upper edge of each row.
    pub tops: Vec<i32>,
    /// Lower end of everything.
    pub bottom: i32,
    /// A line for each edge, from the lower edge of one box to the upper edge of another.
    pub lines: Vec<Vec<(i32, i32)>>,
}

/// One line: between which gutters, over which lanes. Gutter `r` is above row `r`.
struct Course {
    from: usize,
    to: usize,
    first: usize,
    /// Rows that it passes, in its order, with the place between boxes.
    passes: Vec<(usize, usize)>,
}

/// Lines over boxes in rows: `spans` by box, `rows` by box, `edges` between boxes.
pub(super) fn wires(
    rows: &[Vec<usize>],
    spans: &[Span],
    edges: &[(usize, usize)],
    (width, top, tall): (i32, i32, i32),
) -> Wires {
    let mut row_of = vec![0; spans.len()];
    for (nth, row) in rows.iter().enumerate() {
        row.iter().for_each(|&b| row_of[b] = nth);
    }
    let gaps: Vec<Vec<Span>> = rows.iter().map(|row| gaps(row, spans, width)).collect();
    let middle = |b: usize| spans[b].x + spans[b].w / 2;
    let course = |&(from, to): &(usize, usize)| {
        let (first, last) = (row_of[from] + 1, row_of[to]);
        let passed: Vec<usize> = if last >= first {
            (first..last).collect()
        } else {
            (last..first).rev().collect()
        };
        let nearest = |row: usize| {
            let far = |gap: &Span| (gap.x + gap.w / 2 - middle(to)).abs();
            let all = gaps[row].iter().enumerate();
            all.min_by_key(|(_, gap)| far(gap)).map_or(0, |(at, _)| at)
        };
        Course {
            from,
            to,
            first,
            passes: passed.into_iter().map(|row| (row, nearest(row))).collect(),
        }
    };
    let courses: Vec<Course> = edges.iter().map(course).collect();
    let lanes = lanes(&courses, &gaps);
    // Where each line is, gutter by gutter.
    let mut xs: Vec<Vec<i32>> = Vec::new();
    for course in &courses {
        let over = course
            .passes
            .iter()
            .map(|pass| lanes[&(*pass, course.from)]);
        xs.push(std::iter::once(middle(course.from)).chain(over).collect());
    }
    for (edge, port) in ports(&courses, &xs, spans).into_iter().enumerate() {
        xs[edge].push(port);
    }
    let gutters: Vec<Vec<usize>> = courses.iter().map(gutters).collect();
    let tracks = tracks(&courses, &gutters, &xs, rows.len());
    let mut wires = Wires::default();
    let mut y = top;
    let mut first_track = Vec::new();
    for nth in 0..=rows.len() {
        let n = tracks
            .iter()
            .filter(|((g, _), _)| *g == nth)
            .map(|(_, t)| t + 1)
            .max();
        let n = i32::try_from(n.unwrap_or(0)).unwrap_or(0);
        first_track.push(y + CLEAR);
        y += if n > 0 {
            2 * CLEAR + TRACK * (n - 1)
        } else {
            0
        };
        if nth < rows.len() {
            wires.tops.push(y);
            y += tall;
        }
    }
    wires.bottom = y;
    for ((course, xs), gutters) in courses.iter().zip(&xs).zip(&gutters) {
        let mut line = vec![(xs[0], wires.tops[row_of[course.from]] + tall)];
        for (step, gutter) in xs.windows(2).zip(gutters) {
            let track = i32::try_from(tracks[&(*gutter, course.from)]).unwrap_or(0);
            let y = first_track[*gutter] + TRACK * track;
            line.extend([(step[0], y), (step[1], y)]);
        }
        line.push((xs[xs.len() - 1], wires.tops[row_of[course.to]]));
        line.dedup();
        wires.lines.push(line);
    }
    wires
}

/// Room beside and between the boxes of a row.
fn gaps(row: &[usize], spans: &[Span], width: i32) -> Vec<Span> {
    let mut gaps = Vec::new();
    let mut from = 0;
    for &b in row {
        gaps.push(Span {
            x: from,
            w: spans[b].x - from,
        });
        from = spans[b].x + spans[b].w;
    }
    gaps.push(Span {
        x: from,
        w: width - from,
    });
    gaps
}

/// Where lines of a box pass a row: each box has its own lane in a gap.
fn lanes(courses: &[Course], gaps: &[Vec<Span>]) -> BTreeMap<((usize, usize), usize), i32> {
    let mut users: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for course in courses {
        for pass in &course.passes {
            let users = users.entry(*pass).or_default();
            if !users.contains(&course.from) {
                users.push(course.from);
            }
        }
    }
    let mut lanes = BTreeMap::new();
    for ((row, at), users) in users {
        let Span { x, w } = gaps[row][at];
        let n = i32::try_from(users.len()).unwrap_or(1);
        for (nth, from) in (1..).zip(users) {
            lanes.insert(((row, at), from), x + w * nth / (n + 1));
        }
    }
    lanes
}

/// Where each line enters its box, in the order in which lines come.
fn ports(courses: &[Course], xs: &[Vec<i32>], spans: &[Span]) -> Vec<i32> {
    let mut into: BTreeMap<usize, Vec<(i32, usize)>> = BTreeMap::new();
    for (edge, (course, xs)) in courses.iter().zip(xs).enumerate() {
        let from = xs[xs.len() - 1];
        into.entry(course.to).or_default().push((from, edge));
    }
    let mut ports = vec![0; courses.len()];
    for (to, mut lines) in into {
        lines.sort_unstable();
        let Span { x, w } = spans[to];
        let n = i32::try_from(lines.len()).unwrap_or(1);
        for (nth, (_, edge)) in (1..).zip(lines) {
            ports[edge] = x + (w * nth / (n + 1) + ASIDE).min(w - 2);
        }
    }
    ports
}

/// The gutters that a line runs along.
fn gutters(course: &Course) -> Vec<usize> {
    let mut gutters = vec![course.first];
    for &(row, _) in &course.passes {
        let last = gutters[gutters.len() - 1];
        // On its way down the gutter below the row is next, on its way up that above.
        gutters.push(if row >= last { row + 1 } else { row });
    }
    gutters
}

/// The track of each box in each gutter that its lines run along.
fn tracks(
    courses: &[Course],
    gutters: &[Vec<usize>],
    xs: &[Vec<i32>],
    rows: usize,
) -> BTreeMap<(usize, usize), usize> {
    let mut pieces: BTreeMap<(usize, usize), [i32; 2]> = BTreeMap::new();
    for ((course, gutters), xs) in courses.iter().zip(gutters).zip(xs) {
        for (step, gutter) in xs.windows(2).zip(gutters) {
            let piece = pieces
                .entry((*gutter, course.from))
                .or_insert([i32::MAX, i32::MIN]);
            piece[0] = piece[0].min(step[0]).min(step[1]);
            piece[1] = piece[1].max(step[0]).max(step[1]);
        }
    }
    let mut tracks = BTreeMap::new();
    for gutter in 0..=rows {
        let mut taken: Vec<Vec<[i32; 2]>> = Vec::new();
        for (&key, &piece) in pieces.range((gutter, 0)..(gutter + 1, 0)) {
            let free = |track: &Vec<[i32; 2]>| {
                track
                    .iter()
                    .all(|[a, b]| piece[1] + TRACK < *a || b + TRACK < piece[0])
            };
            let track = taken.iter().position(free).unwrap_or(taken.len());
            if track == taken.len() {
                taken.push(Vec::new());
            }
            taken[track].push(piece);
            tracks.insert(key, track);
        }
    }
    tracks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of boxes and lines between all of them, up, down and along.
    #[test]
    fn no_line_crosses_a_box() {
        let mut rows: Vec<Vec<usize>> = Vec::new();
        let mut spans = Vec::new();
        for n in [1, 4, 5, 2, 5] {
            let w = (1000 - 20 * (n + 1)) / n;
            let first = spans.len();
            spans.extend((0..n).map(|at| Span {
                x: 20 + at * (w + 20),
                w: w.min(180),
            }));
            rows.push((first..spans.len()).collect());
        }
        let all = 0..spans.len();
        let pairs = all.clone().flat_map(|a| all.clone().map(move |b| (a, b)));
        let edges: Vec<(usize, usize)> = pairs
            .filter(|(a, b)| a != b && (a * 7 + b) % 3 > 0)
            .collect();
        let wires = wires(&rows, &spans, &edges, (1000, 60, 46));
        let row_of = |b: usize| rows.iter().position(|row| row.contains(&b)).expect("a row");
        for (&(from, to), line) in edges.iter().zip(&wires.lines) {
            let (a, b) = (line[0], line[line.len() - 1]);
            assert_eq!(a.1, wires.tops[row_of(from)] + 46);
            assert_eq!(b.1, wires.tops[row_of(to)]);
            assert!((spans[to].x..spans[to].x + spans[to].w).contains(&b.0));
            assert!(line[line.len() - 2].1 < b.1, "it comes from above");
            for piece in line.windows(2) {
                let [x0, x1] = [piece[0].0.min(piece[1].0), piece[0].0.max(piece[1].0)];
                let [y0, y1] = [piece[0].1.min(piece[1].1), piece[0].1.max(piece[1].1)];
                assert!(x0 == x1 || y0 == y1);
                for (at, span) in spans.iter().enumerate() {
                    let y = wires.tops[row_of(at)];
                    let is_over = x1 > span.x && x0 < span.x + span.w && y1 > y && y0 < y + 46;
                    assert!(!is_over, "{from} to {to}: {piece:?} over {at}");
                }
            }
        }
        assert!(wires.tops.windows(2).all(|w| w[1] >= w[0] + 46));
    }
}
