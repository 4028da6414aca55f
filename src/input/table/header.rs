//! Whether a header says what its file needs, and what is odd in it.

use super::{MOST_COLUMNS, Shape, Table};
use crate::input::{Diagnostic, Faults, suggest};

impl Table {
    pub(super) fn check_header(
        &self,
        shape: &Shape,
        faults: &mut Faults,
        warnings: &mut Vec<Diagnostic>,
    ) -> bool {
        let header = self.row_at(self.header);
        if self.columns.len() > MOST_COLUMNS {
            let n = self.columns.len();
            let fault = header.error(0, format!("the header has {n} columns"));
            faults.push(fault.help(format!("keep at most {MOST_COLUMNS}")));
            return false;
        }
        let mut fine = true;
        for (at, name) in self.columns.iter().enumerate() {
            if !name.is_empty() && self.columns[..at].contains(name) {
                fine = false;
                faults.push(
                    header
                        .error(at, format!("the column `{name}` stands twice"))
                        .help("delete or rename one of the two"),
                );
            }
        }
        let missing = || shape.required.iter().filter(|n| self.column(n).is_none());
        if missing().next().is_some() && matches!(&self.columns[..], [only] if only.contains('|')) {
            let fault = header.whole_error("`|` stands between the cells");
            faults.push(fault.help("put `,`, `;` or a tab between cells"));
            return false;
        }
        for name in missing() {
            fine = false;
            faults.push(self.missing_column(name, shape));
        }
        for (at, name) in self.columns.iter().enumerate() {
            if name.is_empty() && self.rows().any(|r| !r.cell(Some(at)).is_empty()) {
                warnings.push(
                    header
                        .warning(at, format!("column {} has no name", at + 1))
                        .help("name it, or its cells are ignored"),
                );
            }
        }
        self.check_labels(shape, warnings);
        fine
    }

    fn missing_column(&self, name: &str, shape: &Shape) -> Diagnostic {
        let header = self.row_at(self.header);
        let fault = header.whole_error(format!("the column `{name}` is missing"));
        let meant = |c: &&String| {
            let name = [name].into_iter();
            suggest::column(c, &name).is_some() || suggest::nearest(c, name).is_some()
        };
        let other = self
            .columns
            .iter()
            .filter(|c| shape.known().all(|k| k != **c));
        let help = match other.clone().find(meant) {
            Some(column) => format!("write `{name}` instead of `{column}`"),
            None => format!("add a column `{name}`"),
        };
        fault.help(help)
    }

    fn check_labels(&self, shape: &Shape, warnings: &mut Vec<Diagnostic>) {
        let header = self.row_at(self.header);
        let free = shape.known().filter(|k| self.column(k).is_none());
        let fate = if shape.labels {
            "kept as a label"
        } else {
            "ignored"
        };
        for (at, name) in self.labels(shape) {
            let required = |k: &str| shape.required.contains(&k);
            if shape.later.contains(&name) {
                warnings.push(
                    header
                        .warning(at, format!("`{name}` is not read by this version"))
                        .label(format!("is {fate}, and changes nothing")),
                );
            } else if shape.foreign.contains(&name) {
                warnings.push(
                    header
                        .warning(at, format!("`{name}` means nothing in this file"))
                        .label(format!("is {fate}")),
                );
            } else if let Some(column) = suggest::column(name, &free)
                && !required(column)
            {
                warnings.push(
                    header
                        .warning(at, format!("`{name}` is no column with a meaning"))
                        .label(format!("is {fate}"))
                        .help(if suggest::is_availability(name) {
                            "write `unavailability`, which is 1 − availability".to_owned()
                        } else {
                            format!("write `{column}` if that is meant")
                        }),
                );
            }
        }
    }
}
