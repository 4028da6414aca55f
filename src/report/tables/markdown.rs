//! Tables in a comment, in GitHub's Markdown. Promises: nothing from users is markup.

use super::table::{Cell, MARKDOWN, Table, Title};
use super::text::number;
use crate::report::layout::Align;
use crate::report::markdown::escape::{code, contingency, prose};
use crate::report::number::{count, counted, instant};
use crate::report::style::status;

impl<R: Copy> Table<'_, R> {
    /// After an empty line, with a line that says what is left out; nothing without rows.
    pub(in crate::report) fn markdown(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let titles = self
            .columns_of(MARKDOWN)
            .map(|(column, _)| match column.title_in(MARKDOWN) {
                Some(Title::Words(words)) => (*words).to_owned(),
                Some(Title::Name(name)) => name.clone(),
                None => String::new(),
            });
        let rules = self
            .columns_of(MARKDOWN)
            .map(|(column, _)| match column.align {
                Align::Right => "---:|",
                _ => "---|",
            });
        let mut out = format!(
            "\n{}|{}\n",
            line(titles.collect()),
            rules.collect::<String>()
        );
        let (rows, hidden) = self.shown(MARKDOWN);
        for row in rows {
            let cells = self.columns_of(MARKDOWN).map(|(_, make)| shown(make(*row)));
            out.push_str(&line(cells.collect()));
        }
        if hidden > 0 {
            let hidden = counted(hidden as u64, self.nouns[0]);
            out.push_str(&format!("\n… and {hidden} more\n"));
        }
        out
    }
}

fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::Nothing => "–".to_owned(),
        Cell::Words(text) => text.into_owned(),
        Cell::Sorted(text, _) => text,
        Cell::Id(id) => code(id, 40),
        Cell::Case(name) => code(name, 24),
        Cell::Prose(text, most) => prose(&text, most),
        Cell::Elements(all) => contingency(all),
        Cell::List(all, _) => prose(&all.join(", "), 400),
        Cell::Status(of) => status(of),
        Cell::Count(n, none) => n.map_or_else(|| none.to_owned(), count),
        Cell::Number(x) => number(&x),
        Cell::Instant(at) => prose(&instant(at), 40),
        Cell::Markup(..) => String::new(),
    }
}
