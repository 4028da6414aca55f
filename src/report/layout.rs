//! Tables and paragraphs in a given number of columns. In: cells, sentences, a width. Out: lines of
//! text without colour. Promises: no line is wider, unless one word of it is; nothing of a cell is left out, so that
//! an id can be copied: what has no room is wrapped, or stands below its row; numbers are whole and stay on one
//! line, only an interval may stand on the next; wide and combining characters count as a terminal shows them.

use std::iter::repeat_n;

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words, in several lines where there is no room for one.
    Left,
    /// Numbers: whole, on one line; an interval, where there is no room for it, on the next.
    Right,
    /// Words that stay whole on one line: short ones only.
    Keep,
    /// Words in lines of at most so many columns.
    Wrap(u16),
    /// An id: on one line; a long one on several, broken where it has a seam, where there is no room for one.
    Id,
    /// A sentence on its row: in a column of its own where there is room for one, else below the row.
    Note,
}

/// Columns between two columns of a table.
const GAP: usize = 2;
/// Columns before a table.
const INDENT: usize = 2;
/// An id takes so much at the cost of words and of other columns.
const ID: usize = 28;
/// A word of a sentence is not broken unless it is longer.
const WORD: usize = 28;
/// A column of notes that would be narrower is none.
const NOTE: usize = 24;
/// Columns before a note that stands below its row.
const BELOW: usize = 6;
/// A long word is broken after one of these, if it has any.
const BREAKS: &str = "-/_.:+";
/// The steps of [`STEPS`] that a column of notes may cost the others.
const FOR_NOTES: usize = 4;
/// What columns shrink to, step by step, while a table is too wide. Ids come last of all: a short one is never broken
/// while another column can stand below its row.
const STEPS: [Step; 6] = [
    Step::Ids(ID),
    Step::Words(32),
    Step::Titles,
    Step::Words(16),
    Step::Intervals,
    Step::Broken(8),
];
/// A percent sign that stays with its number where lines are broken.
const GLUED: &str = "\u{a0}%";

#[derive(Clone, Copy)]
enum Step {
    /// Columns of ids, to no less than this.
    Ids(usize),
    /// Columns of words, to no less than this and their longest word.
    Words(usize),
    /// Columns whose title is wider than what stands below: titles wrap.
    Titles,
    /// Columns of numbers: their intervals stand on lines of their own.
    Intervals,
    /// Columns of words, whatever breaks.
    Broken(usize),
}

/// A column with what it needs.
#[derive(Clone, Copy)]
struct Column {
    align: Align,
    width: usize,
    /// The widest cell, titles aside.
    cells: usize,
    /// The longest word of cells and title; of numbers what stays on one line.
    word: usize,
    /// The longest word of the title.
    title_word: usize,
}

impl Column {
    fn new(title: &str, align: Align, cells: &[&str]) -> Self {
        let words = |text: &str| text.split(' ').map(columns).max().unwrap_or(0);
        let widest = cells.iter().map(|c| columns(c)).max().unwrap_or(0);
        let most = match align {
            Align::Wrap(most) => usize::from(most),
            _ => usize::MAX,
        };
        let title_word = words(title);
        let longest = match align {
            Align::Right => cells.iter().map(|c| words(&parted(c))).max(),
            _ => cells.iter().map(|c| words(c).min(WORD)).max(),
        };
        Self {
            align,
            width: widest.max(columns(title)).min(most.max(title_word)),
            cells: widest,
            word: longest.unwrap_or(0).max(title_word),
            title_word,
        }
    }

    /// The least that a step may leave of it.
    fn floor(&self, step: Step) -> usize {
        let is_words = matches!(self.align, Align::Left | Align::Wrap(_));
        let is_id = self.align == Align::Id;
        let least = match step {
            Step::Ids(least) if is_id => least.max(self.title_word),
            Step::Words(least) if is_words => least.max(self.word),
            Step::Words(_) if self.align == Align::Note => NOTE,
            Step::Titles => self.cells.max(self.title_word),
            Step::Intervals if self.align == Align::Right => self.word,
            Step::Broken(least) if is_words => least.max(self.title_word),
            _ => self.width,
        };
        least.min(self.width)
    }
}

/// A table that fits `width` columns, with a final newline; empty without rows. Titles stay as they are:
/// some are names that users gave.
#[must_use]
pub fn table(header: &[(&str, Align)], rows: Vec<Vec<String>>, width: u16) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let glued = |text: String| text.replace(" %", GLUED);
    let titles: Vec<String> = header.iter().map(|(h, _)| (*h).to_owned()).collect();
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| row.into_iter().map(glued).collect())
        .collect();
    let mut all: Vec<Column> = Vec::new();
    for (at, (title, (_, align))) in titles.iter().zip(header).enumerate() {
        let cells = rows.iter().filter_map(|r| Some(r.get(at)?.as_str()));
        all.push(Column::new(title, *align, &cells.collect::<Vec<_>>()));
    }
    let (shown, columns, gap) = arrange(&all, width.into());
    let below: Vec<usize> = (0..all.len()).filter(|at| !shown.contains(at)).collect();
    let mut out = String::new();
    let of = |row: &[String]| -> Vec<String> {
        let cells = shown.iter().filter_map(|&at| row.get(at).cloned());
        cells.collect()
    };
    row(&mut out, &columns, gap, &of(&titles), true);
    for cells in &rows {
        row(&mut out, &columns, gap, &of(cells), false);
        for line in lines_below(header, cells, &below) {
            out.push_str(&wrap(&line, BELOW, width));
        }
    }
    out
}

/// Which columns stand beside each other, with their widths, and how many columns of the terminal are
/// between two of them. What has no room stands below its row: a sentence first, then the last columns.
fn arrange(all: &[Column], width: usize) -> (Vec<usize>, Vec<Column>, usize) {
    let mut note = all.iter().position(|c| c.align == Align::Note);
    let mut shown: Vec<usize> = (0..all.len()).collect();
    loop {
        let steps = if note.is_some() {
            FOR_NOTES
        } else {
            STEPS.len()
        };
        let mut columns: Vec<Column> = shown.iter().map(|&at| all[at]).collect();
        let gap = fit(&mut columns, width, &STEPS[..steps]);
        if let Some(gap) = gap {
            return (shown, columns, gap);
        }
        if let [only] = columns.as_mut_slice() {
            only.width = only.width.min(width.saturating_sub(INDENT).max(1));
            return (shown, columns, GAP);
        }
        match note.take() {
            Some(note) => shown.retain(|&at| at != note),
            None => {
                shown.pop();
            }
        }
    }
}

/// What stands below a row: numbers and words that had no room, each with its title, then the note.
fn lines_below(header: &[(&str, Align)], cells: &[String], below: &[usize]) -> Vec<String> {
    let (mut others, mut notes) = (Vec::new(), Vec::new());
    for &at in below {
        let ((title, align), cell) = (header[at], cells.get(at).map_or("", String::as_str));
        match align {
            _ if cell.is_empty() => {}
            Align::Note => notes.push(format!("{}: {cell}", title.to_lowercase())),
            _ => others.push(format!("{title}: {cell}")),
        }
    }
    let others = (!others.is_empty()).then(|| others.join("; "));
    others.into_iter().chain(notes).collect()
}

/// Takes columns in, step by step, until they fit; the columns between two of them, if they do.
fn fit(all: &mut [Column], width: usize, steps: &[Step]) -> Option<usize> {
    for step in steps {
        let floors: Vec<usize> = all.iter().map(|c| c.floor(*step)).collect();
        loop {
            if total(all, GAP) <= width {
                return Some(GAP);
            }
            // The widest of those that can give gives, so that they end alike.
            let can = |at: &usize| all[*at].width > floors[*at];
            let widest = (0..all.len()).filter(can).max_by_key(|&at| all[at].width);
            match widest {
                Some(at) => all[at].width -= 1,
                None => break,
            }
        }
    }
    (total(all, 1) <= width && steps.len() == STEPS.len()).then_some(1)
}

fn total(all: &[Column], gap: usize) -> usize {
    let gaps = INDENT + gap * all.len().saturating_sub(1);
    gaps + all.iter().map(|c| c.width).sum::<usize>()
}

/// The lines of one row.
fn row(out: &mut String, all: &[Column], gap: usize, cells: &[String], is_title: bool) {
    let cells: Vec<Vec<String>> = all
        .iter()
        .zip(cells)
        .map(|(column, cell)| match column.align {
            Align::Right if !is_title && columns(cell) > column.width => {
                let lines = words_in_lines(&parted(cell), column.width).into_iter();
                lines.map(|line| line.replace('\u{a0}', " ")).collect()
            }
            Align::Right | Align::Keep if !is_title => vec![cell.clone()],
            _ => words_in_lines(cell, column.width),
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for nth in 0..height {
        let mut line = " ".repeat(INDENT);
        for (at, (column, cell)) in all.iter().zip(&cells).enumerate() {
            if at > 0 {
                line.extend(repeat_n(' ', gap));
            }
            let text = cell.get(nth).map_or("", String::as_str);
            let free = repeat_n(' ', column.width.saturating_sub(columns(text)));
            if column.align == Align::Right {
                line.extend(free);
                line.push_str(text);
            } else {
                line.push_str(text);
                line.extend(free);
            }
        }
        out.push_str(&line.trim_end().replace(GLUED, " %"));
        out.push('\n');
    }
}

/// A number that breaks before its interval alone: `0.12 % ± 0.01 %`, `6.65 (2.1 to 68.6)`.
fn parted(number: &str) -> String {
    let whole = number.replace(' ', "\u{a0}");
    whole.replace("\u{a0}±", " ±").replace("\u{a0}(", " (")
}

/// Words in lines of at most `width` characters, each after `indent` spaces.
#[must_use]
pub fn wrap(text: &str, indent: usize, width: u16) -> String {
    let width = usize::from(width).saturating_sub(indent).max(20);
    let mut out = String::new();
    for line in words_in_lines(&text.replace(" %", GLUED), width) {
        out.push_str(&" ".repeat(indent));
        out.push_str(&line.replace(GLUED, " %"));
        out.push('\n');
    }
    out
}

/// The lines of a text; a word that is longer than a line is broken.
fn words_in_lines(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        for piece in pieces(word, width.max(1)) {
            let wide = columns(piece);
            if used > 0 && used + 1 + wide > width {
                out.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(piece);
            used += wide;
        }
    }
    if !line.is_empty() {
        out.push(line);
    }
    out
}

/// A word in pieces of at most `longest` columns.
fn pieces(word: &str, longest: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = word;
    while let Some(at) = first_piece(rest, longest) {
        let (piece, more) = rest.split_at(at);
        out.push(piece);
        rest = more;
    }
    out.push(rest);
    out
}

/// The bytes of the first piece of a word, if it does not fit.
fn first_piece(word: &str, longest: usize) -> Option<usize> {
    let mut used = 0;
    let mut good = None;
    for (at, c) in word.char_indices() {
        used += of_char(c);
        if used > longest && at > 0 {
            return good.or(Some(at));
        }
        if BREAKS.contains(c) {
            good = Some(at + c.len_utf8());
        }
    }
    None
}

/// How many columns of a terminal a text takes.
#[must_use]
pub fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(of_char).sum()
}

fn of_char(c: char) -> usize {
    match c {
        _ if c.is_ascii() => 1,
        _ if is_in(c, COMBINING) => 0,
        _ if is_in(c, WIDE) => 2,
        _ => 1,
    }
}

fn is_in(c: char, ranges: &[(char, char)]) -> bool {
    ranges.iter().any(|&(from, to)| (from..=to).contains(&c))
}

/// Marks that stand on the character before them.
const COMBINING: &[(char, char)] = &[
    ('\u{300}', '\u{36f}'),
    ('\u{483}', '\u{489}'),
    ('\u{591}', '\u{5bd}'),
    ('\u{610}', '\u{61a}'),
    ('\u{64b}', '\u{65f}'),
    ('\u{6d6}', '\u{6dc}'),
    ('\u{93c}', '\u{93c}'),
    ('\u{941}', '\u{948}'),
    ('\u{94d}', '\u{94d}'),
    ('\u{e31}', '\u{e31}'),
    ('\u{e34}', '\u{e3a}'),
    ('\u{e47}', '\u{e4e}'),
    ('\u{1ab0}', '\u{1aff}'),
    ('\u{1dc0}', '\u{1dff}'),
    ('\u{20d0}', '\u{20ff}'),
    ('\u{302a}', '\u{302d}'),
    ('\u{3099}', '\u{309a}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{fe20}', '\u{fe2f}'),
];

/// Characters that take two columns (East Asian Width `W` and `F` of Unicode Standard Annex 11).
const WIDE: &[(char, char)] = &[
    ('\u{1100}', '\u{115f}'),
    ('\u{231a}', '\u{231b}'),
    ('\u{2329}', '\u{232a}'),
    ('\u{23e9}', '\u{23ec}'),
    ('\u{2614}', '\u{2615}'),
    ('\u{2648}', '\u{2653}'),
    ('\u{26a1}', '\u{26a1}'),
    ('\u{26bd}', '\u{26be}'),
    ('\u{26d4}', '\u{26d4}'),
    ('\u{2705}', '\u{2705}'),
    ('\u{274c}', '\u{274c}'),
    ('\u{2753}', '\u{2755}'),
    ('\u{2757}', '\u{2757}'),
    ('\u{2b1b}', '\u{2b1c}'),
    ('\u{2b50}', '\u{2b50}'),
    ('\u{2e80}', '\u{303e}'),
    ('\u{3041}', '\u{a4cf}'),
    ('\u{a960}', '\u{a97f}'),
    ('\u{ac00}', '\u{d7a3}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{fe10}', '\u{fe19}'),
    ('\u{fe30}', '\u{fe6f}'),
    ('\u{ff00}', '\u{ff60}'),
    ('\u{ffe0}', '\u{ffe6}'),
    ('\u{16fe0}', '\u{18cff}'),
    ('\u{1b000}', '\u{1b2ff}'),
    ('\u{1f18e}', '\u{1f18e}'),
    ('\u{1f191}', '\u{1f19a}'),
    ('\u{1f200}', '\u{1f64f}'),
    ('\u{1f680}', '\u{1f6ff}'),
    ('\u{1f7e0}', '\u{1f7eb}'),
    ('\u{1f900}', '\u{1f9ff}'),
    ('\u{1fa70}', '\u{1faff}'),
    ('\u{20000}', '\u{3fffd}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "a-very-long-id-of-a-database-server-in-the-second-rack-0042";

    fn shown(width: u16) -> String {
        let header = [
            ("SERVICE", Align::Id),
            ("HEADROOM at quarter-end", Align::Right),
            ("WHY", Align::Left),
        ];
        let why = "app-1 must carry 550 and can carry 400 orders/min (137.5 %)";
        let row = |id: &str| vec![id.to_owned(), "−27.3 %".to_owned(), why.to_owned()];
        table(&header, vec![row(LONG), row("注文管理サービス")], width)
    }

    #[test]
    fn nothing_of_a_cell_is_left_out() {
        for width in [60, 80, 100, 120, 200] {
            let text = shown(width);
            let most = text.lines().map(columns).max().expect("lines");
            assert!(most <= usize::from(width), "{width}:\n{text}");
            assert!(!text.contains('…'), "{width}:\n{text}");
            // Its pieces stand below each other at the beginning of lines.
            let pieces = text.lines().filter_map(|l| l.strip_prefix("  "));
            let pieces = pieces.filter_map(|l| l.split(' ').next());
            let pieces = pieces.filter(|p| !p.is_empty() && LONG.contains(p));
            assert_eq!(pieces.collect::<String>(), LONG, "{width}:\n{text}");
            assert!(text.contains("注文管理サービス"), "{width}:\n{text}");
            for whole in ["−27.3 %", "(137.5 %)", "orders/min"] {
                assert_eq!(text.matches(whole).count(), 2, "{width}:\n{text}");
            }
        }
        assert!(shown(200).contains(LONG));
    }

    #[test]
    fn a_column_stands_below_its_row_before_an_id_is_broken() {
        let header = [
            ("SERVICE", Align::Id),
            ("LOAD CASE", Align::Id),
            ("DOWN", Align::Right),
            ("DEGRADED", Align::Right),
            ("LIMIT", Align::Id),
        ];
        let row = [
            "order-management",
            "quarter-end",
            "0.085 %",
            "99.84 %",
            "fra1-san-ctl-a",
        ];
        for width in [40, 50, 60, 80] {
            let text = table(&header, vec![row.map(str::to_owned).to_vec()], width);
            for id in ["order-management", "quarter-end", "fra1-san-ctl-a"] {
                assert!(text.contains(id), "{width}:\n{text}");
            }
            assert!(
                text.lines().all(|l| columns(l) <= usize::from(width)),
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_are_whole_and_their_intervals_stand_below_where_there_is_no_room() {
        let header = [
            ("SERVICE", Align::Id),
            ("DOWN", Align::Right),
            ("UNSERVED", Align::Right),
            ("HOURS/YEAR", Align::Right),
        ];
        let row = [
            "order-management",
            "0.12 % ± 0.01 %",
            "5 GB/s",
            "6.65 (2.1 to 68.6)",
        ];
        let shown = |width| table(&header, vec![row.map(str::to_owned).to_vec()], width);
        let whole = "  order-management  0.12 % ± 0.01 %    5 GB/s  6.65 (2.1 to 68.6)\n";
        assert!(shown(80).ends_with(whole), "{}", shown(80));
        let alone = |l: &str| l.contains("± 0.01 %") && !l.contains("0.12 %");
        assert!(shown(56).lines().any(alone), "{}", shown(56));
        for width in 30..80 {
            let text = shown(width);
            assert!(
                text.lines().all(|l| columns(l) <= usize::from(width)),
                "{width}:\n{text}"
            );
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for whole in ["0.12 %", "± 0.01 %", "5 GB/s", "6.65", "(2.1 to 68.6)"] {
                assert_eq!(flat.matches(whole).count(), 1, "{width}:\n{text}");
            }
        }
        assert!(
            shown(40).contains("\n      HOURS/YEAR: 6.65 (2.1 to 68.6)\n"),
            "{}",
            shown(40)
        );
    }

    #[test]
    fn a_note_without_room_for_a_column_stands_below_its_row() {
        let header = [
            ("SERVICE", Align::Id),
            ("LOAD", Align::Right),
            ("WHY", Align::Note),
        ];
        let note = "app-1 must carry 550 and can carry 400 orders/min (137.5 %)";
        let shown = |id: &str, width| {
            let row = vec![id.to_owned(), "1,100".to_owned(), note.to_owned()];
            table(&header, vec![row], width)
        };
        let beside = shown("orders", 80);
        assert!(beside.starts_with("  SERVICE   LOAD  WHY\n"), "{beside}");
        assert!(!beside.contains("why:"), "{beside}");
        let below = shown(&"x".repeat(27), 60);
        let want = format!("  {}  1,100\n      why: app-1 must", "x".repeat(27));
        assert!(below.contains(&want), "{below}");
    }

    #[test]
    fn long_words_are_broken_where_they_have_a_seam() {
        assert_eq!(
            pieces("examples/load/orders.csv", 16),
            ["examples/load/", "orders.csv"]
        );
        assert_eq!(pieces("0123456789", 4), ["0123", "4567", "89"]);
        assert_eq!(pieces("日本語", 4), ["日本", "語"]);
        assert_eq!(pieces("日", 1), ["日"]);
    }

    #[test]
    fn columns_are_straight_where_characters_are_wide() {
        let text = shown(120);
        let starts: Vec<usize> = text
            .lines()
            .filter_map(|l| Some(columns(&l[..l.find('−')?])))
            .collect();
        assert_eq!(starts.len(), 2);
        assert_eq!(starts[0], starts[1], "{text}");
        assert_eq!(columns("e\u{301}日本"), 5);
    }
}
