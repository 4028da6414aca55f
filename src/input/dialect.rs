//! How a table writes its cells and numbers. In: the text of a file, or the texts of its numbers.
//! Out: what stands between the cells, and whether fractions follow a point or a comma. Promises
//! never to guess: what can be read in two ways is a fault of whoever asks.

use csv::ByteRecord;

/// Marks that may stand between cells.
pub const MARKS: [u8; 3] = [b',', b';', b'\t'];

/// Errors that spreadsheets write into cells, in English and in German.
const SPREADSHEET_ERRORS: [&str; 21] = [
    "#REF!",
    "#N/A",
    "#NAME?",
    "#VALUE!",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#BUSY!",
    "#UNKNOWN!",
    "#ERROR!",
    "#GETTING_DATA",
    "#BEZUG!",
    "#NV",
    "#WERT!",
    "#ZAHL!",
    "#ÜBERLAUF!",
];

/// The mark between cells in words.
pub fn mark_name(mark: u8) -> &'static str {
    match mark {
        b';' => "`;`",
        b'\t' => "a tab",
        _ => "`,`",
    }
}

/// Where the rows of a text start: after a line such as `sep=;`, which spreadsheets write, if there
/// is one; and the mark that it names.
pub fn separator_line(text: &str) -> (usize, Option<u8>) {
    let Some(rest) = text.strip_prefix("sep=") else {
        return (0, None);
    };
    let end = text.find('\n').map_or(text.len(), |at| at + 1);
    let mark = rest.bytes().next().filter(|b| MARKS.contains(b));
    (end, mark)
}

/// The mark under which the header fits best. `fit` scores the cells that a mark splits the first
/// row into; the greatest wins, and the comma where nothing is split at all.
///
/// # Errors
/// Two marks fit equally well and split the header into different cells.
pub fn delimiter<S: Ord>(text: &str, fit: impl Fn(&[String]) -> S) -> Result<u8, [u8; 2]> {
    let (start, named) = separator_line(text);
    if let Some(mark) = named {
        return Ok(mark);
    }
    let mut found: Vec<(S, usize, u8)> = MARKS
        .iter()
        .map(|&mark| {
            let header = header(&text[start..], mark);
            (fit(&header), header.len(), mark)
        })
        .collect();
    // The sort is stable: the comma comes first among equals.
    found.sort_by(|x, y| y.0.cmp(&x.0));
    let (best, next) = (&found[0], &found[1]);
    if best.0 == next.0 && best.1 > 1 && next.1 > 1 {
        return Err([best.2, next.2]);
    }
    let mut tied = found.iter().take_while(|f| f.0 == best.0);
    Ok(tied.find(|f| f.1 > 1).map_or(best.2, |f| f.2))
}

/// The cells of the first row that is not blank all over.
fn header(text: &str, mark: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(mark)
        .from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    // Reading from memory cannot fail, and a flexible reader refuses no record.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let blank = |cell: &[u8]| {
            cell.iter()
                .all(|b| b.is_ascii_whitespace() || MARKS.contains(b))
        };
        if !record.iter().all(blank) {
            break;
        }
    }
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
    record.iter().map(text).collect()
}

/// Whether a cell, or a line that would be a comment, is an error of a spreadsheet: which one.
pub fn spreadsheet_error(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    if !text.starts_with('#') {
        return None;
    }
    SPREADSHEET_ERRORS.into_iter().find(|error| {
        let rest = text.strip_prefix(error);
        rest.is_some_and(|r| r.is_empty() || r.starts_with([',', ';', '\t', '"', '\r', '\n', '|']))
    })
}

/// How fractions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimal {
    /// After a point.
    Point,
    /// After a comma.
    Comma,
    /// A fault has said that it cannot be told.
    Unclear,
}

/// What the text of a number says about marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// No mark in it, or it is no number at all.
    Plain,
    /// Surely a decimal point, as `1.5`, `0.125` or `1,234.5`.
    Point,
    /// Surely a decimal comma.
    Comma,
    /// `12.000`: a decimal point, or a thousand.
    MaybePoint,
    /// `12,000`: a decimal comma, or a thousand.
    MaybeComma,
}

impl Look {
    /// Looks at the trimmed text of a number.
    pub fn of(text: &str) -> Self {
        let text = text.trim_start_matches(['+', '-']);
        let (points, commas) = (count(text, b'.'), count(text, b','));
        match (points, commas) {
            (0, 0) => Self::Plain,
            (1, 0) => Self::single(text, '.', Self::Point, Self::MaybePoint),
            (0, 1) => Self::single(text, ',', Self::Comma, Self::MaybeComma),
            (_, 0) if is_grouped(text, '.') => Self::Comma,
            (0, _) if is_grouped(text, ',') => Self::Point,
            (1, 1) if text.find('.') > text.find(',') => Self::grouped(text, '.', ',', Self::Point),
            (_, 1) => Self::grouped(text, ',', '.', Self::Comma),
            (1, _) => Self::grouped(text, '.', ',', Self::Point),
            _ => Self::Plain,
        }
    }

    fn single(text: &str, mark: char, sure: Self, maybe: Self) -> Self {
        let (whole, fraction) = text.split_once(mark).unwrap_or((text, ""));
        let digits = fraction.trim_end_matches(|c: char| !c.is_ascii_digit());
        if !(whole.is_empty() || is_digits(whole))
            || digits.is_empty()
            || !digits.starts_with(|c: char| c.is_ascii_digit())
        {
            return Self::Plain;
        }
        let like_thousands = (1..=3).contains(&whole.len())
            && !whole.starts_with('0')
            && fraction.len() == 3
            && is_digits(fraction);
        if like_thousands {
            maybe
        } else if is_digits(fraction) || is_exponent(fraction) {
            sure
        } else {
            Self::Plain
        }
    }

    fn grouped(text: &str, mark: char, thousands: char, sure: Self) -> Self {
        let (whole, fraction) = text.split_once(mark).unwrap_or((text, ""));
        if is_grouped(whole, thousands) && is_digits(fraction) {
            sure
        } else {
            Self::Plain
        }
    }
}

fn count(text: &str, mark: u8) -> usize {
    text.bytes().filter(|&b| b == mark).count()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// `125e-3`.
fn is_exponent(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.trim_start_matches(['+', '-']);
    is_digits(digits) && !exponent.is_empty() && is_digits(exponent)
}

/// `1.234` or `1.234.567`: groups of three after the first.
fn is_grouped(text: &str, mark: char) -> bool {
    let mut groups = text.split(mark);
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    rest.peek().is_some()
        && (1..=3).contains(&first.len())
        && is_digits(first)
        && rest.all(|g| g.len() == 3 && is_digits(g))
}

/// What the numbers of a file say together. `P` is a place.
#[derive(Debug)]
pub struct Evidence<P> {
    point: Option<P>,
    comma: Option<P>,
    maybe_comma: Option<P>,
    maybe_commas: usize,
}

/// What can be told of a file's numbers, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<P> {
    /// It can be told.
    Clear(Decimal),
    /// A number with a decimal comma, and one with a decimal point.
    Mixed {
        /// The first with a comma.
        comma: P,
        /// The first with a point.
        point: P,
    },
    /// Every number with a comma may be a thousand.
    Ambiguous {
        /// The first of them.
        first: P,
        /// How many there are.
        count: usize,
    },
}

impl<P> Default for Evidence<P> {
    fn default() -> Self {
        Self {
            point: None,
            comma: None,
            maybe_comma: None,
            maybe_commas: 0,
        }
    }
}

impl<P: Copy> Evidence<P> {
    /// One more number.
    pub fn add(&mut self, look: Look, place: P) {
        match look {
            Look::Point => _ = self.point.get_or_insert(place),
            Look::Comma => _ = self.comma.get_or_insert(place),
            Look::MaybeComma => {
                self.maybe_comma.get_or_insert(place);
                self.maybe_commas += 1;
            }
            Look::Plain | Look::MaybePoint => {}
        }
    }

    /// What they say.
    pub fn verdict(&self) -> Verdict<P> {
        match (self.comma, self.point, self.maybe_comma) {
            (Some(comma), Some(point), _) => Verdict::Mixed { comma, point },
            (Some(_), None, _) => Verdict::Clear(Decimal::Comma),
            (None, None, Some(first)) => Verdict::Ambiguous {
                first,
                count: self.maybe_commas,
            },
            (None, _, _) => Verdict::Clear(Decimal::Point),
        }
    }
}

/// The text of a number that was stored as one: three digits after the point get a fourth, so that no reader can take them
/// for thousands.
#[cfg(feature = "import")]
pub fn no_thousands(number: String) -> String {
    match number.split_once('.') {
        Some((_, fraction)) if fraction.len() == 3 => number + "0",
        _ => number,
    }
}

/// A number that stands with a mark that may be a thousand, and what it means either way:
/// `12.000` is `12` or `12000`.
pub fn both_readings(text: &str, mark: char) -> (String, String) {
    let short = text.replace(mark, ".");
    let fraction = short.parse::<f64>().map_or(short, |x| x.to_string());
    (fraction, text.replace(mark, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_how_fractions_are_written() {
        let cases = [
            ("100", Look::Plain),
            ("1.5", Look::Point),
            ("0.125", Look::Point),
            (".125", Look::Point),
            ("1234.567", Look::Point),
            ("1.5e3", Look::Point),
            ("12.000", Look::MaybePoint),
            ("1,5", Look::Comma),
            ("0,125", Look::Comma),
            ("-1,5", Look::Comma),
            ("1,200", Look::MaybeComma),
            ("1.234,5", Look::Comma),
            ("1,234.5", Look::Point),
            ("1.234.567", Look::Comma),
            ("1,234,567", Look::Point),
            ("1,2,3", Look::Plain),
            ("a,b", Look::Plain),
            ("1,5 Mbit", Look::Plain),
            ("", Look::Plain),
        ];
        for (text, look) in cases {
            assert_eq!(Look::of(text), look, "{text}");
        }
    }

    #[test]
    fn the_header_tells_the_delimiter() {
        let find = |text: &str| {
            delimiter(text, |cells: &[String]| {
                cells.iter().filter(|c| *c == "id" || *c == "kind").count()
            })
        };
        assert_eq!(find("id,kind\n"), Ok(b','));
        assert_eq!(find("# a comment, with; marks\n\nid;kind;a,b\n"), Ok(b';'));
        assert_eq!(find("id\tkind\n"), Ok(b'\t'));
        assert_eq!(find("id\n"), Ok(b','));
        assert_eq!(find("sep=;\nid\n"), Ok(b';'));
        assert_eq!(find("\"id\";\"kind\"\n"), Ok(b';'));
        assert_eq!(find("id,x;kind\n"), Err([b',', b';']));
        assert_eq!(find(""), Ok(b','));
    }

    #[test]
    fn errors_of_spreadsheets_are_no_comments() {
        for text in ["#REF!,server", "#N/A", "#NV;3", "#NAME?\tx"] {
            assert!(spreadsheet_error(text).is_some(), "{text}");
        }
        for text in ["# comment", "#N/A values are blank here", "REF!", "#"] {
            assert_eq!(spreadsheet_error(text), None, "{text}");
        }
    }
}
