//! What a table is made of: rows, columns, cells.

use crate::model::Status;
use crate::report::layout::Align;
use crate::report::number::quantity;
use maud::Markup;
use std::borrow::Cow;

/// Some of the formats: bits that may be joined by `|`.
pub(in crate::report) type Formats = u8;

pub(super) const CSV: Formats = 1;
pub(super) const TEXT: Formats = 2;
pub(super) const MARKDOWN: Formats = 4;
pub(in crate::report) const HTML: Formats = 8;
pub(super) const PEOPLE: Formats = TEXT | MARKDOWN | HTML;
pub(super) const ALL: Formats = CSV | PEOPLE;

/// One cell. What it is decides how each format shows it.
pub(in crate::report) enum Cell<'a> {
    /// Nothing: a dash for people, empty as CSV.
    Nothing,
    /// Words of the program; ids in them are short and visible already.
    Words(Cow<'a, str>),
    /// Such words that stand for a number, by which they are sorted.
    Sorted(String, f64),
    /// An id, or anything else from users that is short.
    Id(&'a str),
    /// The name of a load case.
    Case(&'a str),
    /// A sentence from users, of which people see at most so many characters.
    Prose(Cow<'a, str>, usize),
    /// What fails together.
    Elements(&'a [String]),
    /// Ids, of which people see at most so many.
    List(Cow<'a, [String]>, usize),
    /// A status.
    Status(Status),
    /// How many; and what people see where that is not known.
    Count(Option<u64>, &'static str),
    /// A number.
    Number(Number<'a>),
    /// An instant.
    Instant(&'a str),
    /// Markup of a page, and by what it is sorted.
    Markup(Markup, Key),
}

/// By what a cell of a page is sorted.
pub(in crate::report) enum Key {
    /// By its text.
    Text,
    /// By a number; without one, or with one that is none, it goes last.
    Number(Option<f64>),
}

/// A number: in full as CSV, and as people read it.
pub(in crate::report) struct Number<'a> {
    pub(super) value: Option<f64>,
    pub(super) shown: fn(f64) -> String,
    pub(super) unit: Option<&'a str>,
    /// What people see where there is none.
    pub(super) none: &'static str,
}

impl<'a> Number<'a> {
    /// With its unit, for people.
    pub(super) fn unit(self, unit: Option<&'a str>) -> Self {
        Self { unit, ..self }
    }

    /// With what people see where there is none.
    pub(super) fn or(self, none: &'static str) -> Self {
        Self { none, ..self }
    }
}

/// A number, and how people see it.
pub(super) fn shown<'a>(value: impl Into<Option<f64>>, shown: fn(f64) -> String) -> Number<'a> {
    Number {
        value: value.into(),
        shown,
        unit: None,
        none: "–",
    }
}

/// Markup that is sorted by its text.
pub(in crate::report) fn marked<'a>(markup: Markup) -> Cell<'a> {
    Cell::Markup(markup, Key::Text)
}

/// Markup that is sorted last.
pub(in crate::report) fn last<'a>(markup: Markup) -> Cell<'a> {
    Cell::Markup(markup, Key::Number(None))
}

/// Markup that is sorted by a number; last without one.
pub(in crate::report) fn sorted<'a>(markup: Markup, key: impl Into<Option<f64>>) -> Cell<'a> {
    Cell::Markup(markup, Key::Number(key.into()))
}

impl<'a> From<Number<'a>> for Cell<'a> {
    fn from(number: Number<'a>) -> Self {
        Self::Number(number)
    }
}

impl From<f64> for Cell<'_> {
    fn from(x: f64) -> Self {
        shown(x, quantity).into()
    }
}

impl From<Option<f64>> for Cell<'_> {
    fn from(x: Option<f64>) -> Self {
        shown(x, quantity).into()
    }
}

impl From<u64> for Cell<'_> {
    fn from(n: u64) -> Self {
        Self::Count(Some(n), "")
    }
}

impl From<u32> for Cell<'_> {
    fn from(n: u32) -> Self {
        u64::from(n).into()
    }
}

impl From<Option<u64>> for Cell<'_> {
    fn from(n: Option<u64>) -> Self {
        Self::Count(n, "–")
    }
}

impl From<bool> for Cell<'_> {
    fn from(yes: bool) -> Self {
        Self::Words(if yes { "true" } else { "false" }.into())
    }
}

impl From<Option<bool>> for Cell<'_> {
    fn from(yes: Option<bool>) -> Self {
        yes.map_or(Self::Nothing, Self::from)
    }
}

impl From<Status> for Cell<'_> {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<Option<Status>> for Cell<'_> {
    fn from(status: Option<Status>) -> Self {
        status.map_or(Self::Nothing, Self::Status)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(id: &'a String) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(id: &'a str) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(id: Option<&'a str>) -> Self {
        id.map_or(Self::Nothing, Self::Id)
    }
}

impl From<String> for Cell<'_> {
    fn from(words: String) -> Self {
        Self::Words(words.into())
    }
}

/// What stands above a column.
pub(in crate::report) enum Title {
    /// Words of the program, which each format writes as it writes headings.
    Words(&'static str),
    /// A name from users, safe in its format already.
    Name(String),
}

impl From<&'static str> for Title {
    fn from(words: &'static str) -> Self {
        Self::Words(words)
    }
}

impl From<String> for Title {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

type Make<'a, R> = Box<dyn Fn(R) -> Cell<'a> + 'a>;

/// A column: one cell a row for the formats that have it. Of titles and of cells the last one that is for a
/// format counts there.
pub(in crate::report) struct Column<'a, R> {
    pub(super) align: Align,
    titles: Vec<(Formats, Title)>,
    cells: Vec<(Formats, Make<'a, R>)>,
}

impl<'a, R> Column<'a, R> {
    /// Has another title in some formats.
    pub(super) fn title(&mut self, formats: Formats, title: impl Into<Title>) -> &mut Self {
        self.titles.push((formats, title.into()));
        self
    }

    /// Has another cell in some formats.
    pub(super) fn cell<C: Into<Cell<'a>>>(
        &mut self,
        formats: Formats,
        make: impl Fn(R) -> C + 'a,
    ) -> &mut Self {
        let make = Box::new(move |row| make(row).into());
        self.cells.push((formats, make));
        self
    }

    /// The title in one format.
    pub(super) fn title_in(&self, format: Formats) -> Option<&Title> {
        let mut last = self.titles.iter().rev();
        last.find_map(|(of, title)| (of & format > 0).then_some(title))
    }

    /// What makes the cells in one format, which has the column only then.
    pub(super) fn cell_in(&self, format: Formats) -> Option<&Make<'a, R>> {
        let mut last = self.cells.iter().rev();
        last.find_map(|(of, make)| (of & format > 0).then_some(make))
    }
}

/// A table.
pub struct Table<'a, R> {
    /// What a row is, in the singular and in the plural.
    pub(super) nouns: [&'static str; 2],
    pub(super) rows: Vec<R>,
    /// Rows that are known but were never made.
    pub(super) more: usize,
    pub(super) columns: Vec<Column<'a, R>>,
    /// Rows at the most in text, in Markdown and on a page.
    pub(super) most: [(Formats, usize); 3],
    /// Where a text says that all rows are.
    pub(super) instead: &'static str,
    /// The file beside a page that has every row.
    pub(super) file: Option<&'static str>,
}

impl<'a, R: Copy> Table<'a, R> {
    pub(in crate::report) fn new(
        nouns: [&'static str; 2],
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            nouns,
            rows: rows.into_iter().collect(),
            more: 0,
            columns: Vec::new(),
            most: [(TEXT, 40), (MARKDOWN, 25), (HTML, 500)],
            instead: "",
            file: None,
        }
    }

    /// Shows other numbers of rows at the most.
    pub(super) fn most(mut self, format: Formats, rows: usize) -> Self {
        for most in self.most.iter_mut().filter(|most| most.0 & format > 0) {
            most.1 = rows;
        }
        self
    }

    /// Says where all rows are, in a text.
    pub(super) fn instead(self, instead: &'static str) -> Self {
        Self { instead, ..self }
    }

    /// Says which file beside a page has all rows.
    pub(super) fn file(self, file: &'static str) -> Self {
        let file = Some(file);
        Self { file, ..self }
    }

    /// Whether there is no row.
    pub(in crate::report) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The columns of one format, with what makes their cells.
    pub(super) fn columns_of(
        &self,
        format: Formats,
    ) -> impl Iterator<Item = (&Column<'a, R>, &Make<'a, R>)> {
        let all = self.columns.iter();
        all.filter_map(move |c| Some((c, c.cell_in(format)?)))
    }

    /// The rows that a format shows, and how many it does not.
    pub(super) fn shown(&self, format: Formats) -> (&[R], usize) {
        self.shown_at_least(format, 0)
    }

    /// The same where so many rows are shown, if there are as many.
    pub(super) fn shown_at_least(&self, format: Formats, least: usize) -> (&[R], usize) {
        let most = self.most.iter().find(|most| most.0 == format);
        let most = most.map_or(usize::MAX, |most| most.1).max(least);
        let shown = most.min(self.rows.len());
        (&self.rows[..shown], self.rows.len() - shown + self.more)
    }

    /// Adds a column.
    pub(in crate::report) fn column<C: Into<Cell<'a>>>(
        &mut self,
        align: Align,
        title: impl Into<Title>,
        formats: Formats,
        cell: impl Fn(R) -> C + 'a,
    ) -> &mut Column<'a, R> {
        let at = self.columns.len();
        self.columns.push(Column {
            align,
            titles: vec![(ALL, title.into())],
            cells: Vec::new(),
        });
        self.columns[at].cell(formats, cell)
    }

    /// Adds a column of ids, which gives way where a table is too wide.
    pub(super) fn id<C: Into<Cell<'a>>>(
        &mut self,
        title: impl Into<Title>,
        formats: Formats,
        cell: impl Fn(R) -> C + 'a,
    ) -> &mut Column<'a, R> {
        self.column(Align::Id, title, formats, cell)
    }

    /// Adds a column of words.
    pub(super) fn words<C: Into<Cell<'a>>>(
        &mut self,
        title: impl Into<Title>,
        formats: Formats,
        cell: impl Fn(R) -> C + 'a,
    ) -> &mut Column<'a, R> {
        self.column(Align::Left, title, formats, cell)
    }

    /// Adds a column of short words that stay on one line.
    pub(super) fn short<C: Into<Cell<'a>>>(
        &mut self,
        title: impl Into<Title>,
        formats: Formats,
        cell: impl Fn(R) -> C + 'a,
    ) -> &mut Column<'a, R> {
        self.column(Align::Keep, title, formats, cell)
    }

    /// Adds a column of numbers.
    pub(super) fn number<C: Into<Cell<'a>>>(
        &mut self,
        title: impl Into<Title>,
        formats: Formats,
        cell: impl Fn(R) -> C + 'a,
    ) -> &mut Column<'a, R> {
        self.column(Align::Right, title, formats, cell)
    }
}
