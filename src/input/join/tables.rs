//! The rows of several inventories → one set of tables. In: inventories whose things have their new ids.
//! Out: tables in which everything stands once.

use super::part::{DEVICE, LINK, Part};
use super::report::{Conflict, JoinReport};
use crate::input::grid::{
    COMMON_CAUSE, DEPENDENCIES, Grids, LINKS, NODE_TABLES, PLACEMENTS, is_placed,
};
use crate::input::overlay::Use;
use crate::input::selector;
use crate::input::suggest::Suggester;
use crate::input::{Diagnostic, Faults};
use crate::model::Node;
use std::collections::{BTreeMap, HashMap};

/// Columns that say how often something fails: one statement.
const RELIABILITY: [&str; 3] = ["mtbf_hours", "mttr_hours", "unavailability"];
/// Columns of one id.
const ONE: [&str; 9] = [
    "id", "a", "b", "from", "to", "consumer", "provider", "instance", "host",
];
/// Columns of several.
const SEVERAL: [&str; 3] = ["within", "hosts", "members"];

/// Tables that grow.
struct Joining<'r> {
    grids: Grids,
    /// Row of each id in its table, and the source of the row.
    rows: HashMap<String, (usize, usize)>,
    /// Who says what: file, row, column.
    said: HashMap<(usize, usize, String), String>,
    report: &'r mut JoinReport,
}

/// Puts the tables together. `toml` gets what inventory.toml must say of kinds, and of their defaults,
/// which become words of each row.
pub(super) fn put_together(
    parts: &mut [Part],
    report: &mut JoinReport,
    toml: &mut String,
) -> Result<Grids, Faults> {
    let mut faults = Faults::new();
    let mut logical: BTreeMap<String, String> = BTreeMap::new();
    let mut uses = Vec::new();
    for part in parts.iter_mut() {
        uses.extend(spell_defaults(part));
    }
    for part in parts.iter() {
        for (kind, flag) in logical_kinds(part) {
            if *logical.entry(kind.clone()).or_insert(flag.clone()) != flag {
                faults.push(unlike(&kind));
            }
        }
    }
    faults.or(())?;
    for (kind, flag) in logical
        .iter()
        .filter(|(kind, flag)| Node::is_logical_kind(kind) != (*flag == "yes"))
    {
        let kind = toml::Value::String(kind.clone());
        let flag = if flag == "yes" { "true" } else { "false" };
        toml.push_str(&format!("\n[kind.{kind}]\nlogical = {flag}\n"));
    }
    for used in &uses {
        toml.push_str(&used.toml());
    }
    let mut joining = Joining {
        grids: Grids::default(),
        rows: HashMap::new(),
        said: HashMap::new(),
        report,
    };
    for part in parts.iter() {
        for file in 0..NODE_TABLES {
            joining.nodes(part, file);
        }
        joining.dependencies(part);
        joining.once(part, PLACEMENTS, "instance");
        joining.once(part, COMMON_CAUSE, "group");
    }
    Ok(joining.grids)
}

/// Refuses what would make one kind both logical and not.
fn unlike(kind: &str) -> Diagnostic {
    let message =
        format!("one inventory says that the kind `{kind}` is logical, another that it is not");
    Diagnostic::error(message).help("rename the kind in one of them, with an overlay: `kind = …`")
}

/// Which kinds of an inventory are logical, of those that it has.
fn logical_kinds(part: &Part) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    for file in [0, 1] {
        let Some(grid) = part.grids.table(file) else {
            continue;
        };
        for row in 0..grid.rows.len() {
            let kind = grid.named(row, "kind");
            let default = if Node::is_logical_kind(kind) {
                "yes"
            } else {
                "no"
            };
            let flag = part.grids.of_kind(kind, "logical").unwrap_or(default);
            found.insert(kind.to_owned(), flag.to_owned());
        }
    }
    found.into_iter().collect()
}

/// Writes the defaults of kinds into the rows that rest on them: in another inventory they would mean
/// nothing, or the default of somebody else would.
fn spell_defaults(part: &mut Part) -> Vec<Use> {
    let kinds = part.grids.kinds.clone();
    let mut uses = Vec::new();
    for (kind, columns) in &kinds {
        for (column, value) in columns.iter().filter(|(c, _)| *c != "logical") {
            let mut count = 0;
            if is_placed(column) {
                count += spell_placed(part, kind, column, value);
            }
            for file in [0, 1] {
                if is_placed(column) {
                    break;
                }
                if part.grids.table(file).is_none() {
                    continue;
                }
                let grid = part.grids.table_mut(file);
                for row in 0..grid.rows.len() {
                    let of_kind = match grid.named(row, "kind") {
                        "" if file == 1 => "link",
                        of => of,
                    };
                    let says = |c: &str| !grid.named(row, c).is_empty();
                    let other = |c: &&str| columns.get(*c).map(String::as_str);
                    let own = |c: &&str| says(c) && other(c) != Some(grid.named(row, c));
                    // The other hours of a pair may have been spelled out just before.
                    let said = says(column)
                        || RELIABILITY.contains(&&**column) && RELIABILITY.iter().any(own);
                    let link_only = column == "capacity_back" && file == 0;
                    let component_only = column == "transit" && file == 1;
                    if of_kind == kind && !said && !link_only && !component_only {
                        grid.set(row, column, value);
                        count += 1;
                    }
                }
            }
            if count > 0 {
                uses.push(Use {
                    what: format!("{column} = {value} for kind {kind}"),
                    source: format!("{}/inventory.toml", part.source),
                    count,
                    planning: false,
                });
            }
        }
    }
    uses
}

/// Writes the default of a column of placements.csv into the rows of the instances of a kind.
fn spell_placed(part: &mut Part, kind: &str, column: &str, value: &str) -> u64 {
    let of_kind: Vec<usize> = part.grids.table(PLACEMENTS).map_or_else(Vec::new, |grid| {
        let instance = grid.column("instance");
        let is_of_kind = |row: &usize| {
            let found = selector::Nodes::find(&part.view, grid.cell(*row, instance));
            found.is_some_and(|at| part.view.kind(at) == kind)
        };
        let rows = (0..grid.rows.len()).filter(is_of_kind);
        rows.filter(|&row| grid.named(row, column).is_empty())
            .collect()
    });
    for &row in &of_kind {
        part.grids.table_mut(PLACEMENTS).set(row, column, value);
    }
    of_kind.len() as u64
}

impl Part {
    fn new_id<'p>(&'p self, id: &'p str) -> &'p str {
        self.renames.get(id).map_or(id, String::as_str)
    }

    /// A cell with the new ids in it. A selector becomes what it selects: among more things it might
    /// select more.
    fn cell(&self, column: &str, text: &str) -> String {
        if ONE.contains(&column) {
            return self.new_id(text).to_owned();
        }
        if !SEVERAL.contains(&column) || text.is_empty() {
            return text.to_owned();
        }
        let known = |id: &str| selector::Nodes::find(&self.view, id).is_some();
        let parts: Vec<&str> = text
            .split(';')
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .collect();
        if parts.len() == 1 && !known(parts[0]) {
            let found = selector::select(&self.view, parts[0], &mut Suggester::default());
            if let Ok(found) = found {
                let ids = found.iter().map(|&at| self.new_id(self.view.id(at)));
                return ids.collect::<Vec<_>>().join(";");
            }
        }
        let ids: Vec<&str> = parts.iter().map(|id| self.new_id(id)).collect();
        ids.join(";")
    }

    /// The cells of a row that are not blank, with new ids.
    fn cells(&self, file: usize, row: usize) -> Vec<(String, String)> {
        let Some(grid) = self.grids.table(file) else {
            return Vec::new();
        };
        let columns = grid.columns().iter().enumerate();
        let cells = columns.filter_map(|(at, column)| {
            let text = grid.cell(row, Some(at));
            (!text.is_empty()).then(|| (column.clone(), self.cell(column, text)))
        });
        cells.collect()
    }
}

impl Joining<'_> {
    fn nodes(&mut self, part: &Part, file: usize) {
        let rows = part.grids.table(file).map_or(0, |g| g.rows.len());
        if rows > 0 {
            self.grids.table_mut(file);
        }
        for row in 0..rows {
            let cells = part.cells(file, row);
            let id = cells
                .iter()
                .find(|(c, _)| c == "id")
                .map(|(_, id)| id.clone());
            let Some(id) = id else { continue };
            if let Some(&(known, at)) = self.rows.get(&id).filter(|(known, _)| *known == file) {
                let cells = self.turned(known, at, cells);
                self.fill(part, known, at, &id, &cells);
                continue;
            }
            let at = self.add(part, file, &cells);
            self.rows.insert(id, (file, at));
        }
    }

    /// The cells of a link in the direction in which its row is known.
    fn turned(
        &mut self,
        file: usize,
        row: usize,
        cells: Vec<(String, String)>,
    ) -> Vec<(String, String)> {
        let cell = |column: &str| cells.iter().find(|(c, _)| c == column).map(|(_, t)| t);
        let grid = self.grids.table_mut(file);
        let known = ["a", "b"].map(|column| grid.named(row, column).to_owned());
        if file != LINKS || [cell("b"), cell("a")] != known.each_ref().map(Some) {
            return cells;
        }
        let both = cell("capacity_back").is_some();
        let turn = |column: String| match column.as_str() {
            "a" => "b".to_owned(),
            "b" => "a".to_owned(),
            "capacity" if both => "capacity_back".to_owned(),
            "capacity_back" => "capacity".to_owned(),
            _ => column,
        };
        let cells = cells.into_iter();
        cells.map(|(column, text)| (turn(column), text)).collect()
    }

    /// Adds a row to a file; its number there.
    fn add(&mut self, part: &Part, file: usize, cells: &[(String, String)]) -> usize {
        let new: Vec<(&str, &str)> = cells
            .iter()
            .map(|(c, t)| (c.as_str(), t.as_str()))
            .collect();
        let at = self.grids.table_mut(file).add(&new);
        for (column, _) in cells {
            self.said
                .insert((file, at, column.clone()), part.source.clone());
        }
        at
    }

    /// Adds to a row what it does not say; what it says otherwise is a conflict.
    fn fill(&mut self, part: &Part, file: usize, row: usize, id: &str, cells: &[(String, String)]) {
        let reliable = {
            let grid = self.grids.table_mut(file);
            RELIABILITY
                .into_iter()
                .find(|c| !grid.named(row, c).is_empty())
        };
        for (column, text) in cells {
            let grid = self.grids.table_mut(file);
            let known = grid.named(row, column).to_owned();
            let key = (file, row, column.clone());
            if column == "within" {
                let mut ids: Vec<&str> = known.split(';').filter(|p| !p.is_empty()).collect();
                ids.extend(text.split(';').filter(|p| *p != id));
                ids.sort_unstable();
                ids.dedup();
                grid.set(row, column, &ids.join(";"));
                continue;
            }
            // They say nothing that another kind contradicts.
            let is_vague = |kind: &str| [DEVICE, LINK].contains(&kind);
            if column == "kind" && (is_vague(&known) || is_vague(text)) {
                if is_vague(&known) {
                    grid.set(row, column, text);
                    self.said.insert(key, part.source.clone());
                }
                continue;
            }
            let statement = RELIABILITY.contains(&column.as_str()) && known.is_empty();
            if let Some(other) = reliable.filter(|_| statement) {
                let kept = (format!("{other} = {}", grid.named(row, other)), file);
                let source = self.said.get(&(kept.1, row, other.to_owned())).cloned();
                self.conflict(part, id, column, (kept.0, source.unwrap_or_default()), text);
            } else if known.is_empty() {
                grid.set(row, column, text);
                self.said.insert(key, part.source.clone());
            } else if known != *text {
                let source = self.said.get(&key).cloned().unwrap_or_default();
                self.conflict(part, id, column, (known, source), text);
            }
        }
    }

    fn conflict(
        &mut self,
        part: &Part,
        id: &str,
        column: &str,
        kept: (String, String),
        text: &str,
    ) {
        self.report.conflicts.insert(Conflict {
            id: id.to_owned(),
            column: column.to_owned(),
            kept,
            other: (text.to_owned(), part.source.clone()),
        });
    }

    /// Adds the dependencies of one inventory: a group that is known stays as it is.
    fn dependencies(&mut self, part: &Part) {
        let rows = part.grids.table(DEPENDENCIES).map_or(0, |g| g.rows.len());
        let known = self.edges();
        let mut shown: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for row in 0..rows {
            let cells = part.cells(DEPENDENCIES, row);
            let cell = |column: &str| {
                let found = cells.iter().find(|(c, _)| c == column);
                found.map_or("", |(_, text)| text.as_str())
            };
            let (consumer, group) = (cell("consumer").to_owned(), cell("group").to_owned());
            let provider = cell("provider").to_owned();
            if consumer == provider {
                continue;
            }
            let key = match group.as_str() {
                "" => (consumer.clone(), format!("\u{0}{provider}")),
                group => (consumer.clone(), group.to_owned()),
            };
            if known.contains_key(&key) {
                shown.entry(key).or_default().push(spelled(&cells));
                continue;
            }
            let new: Vec<(&str, &str)> = cells
                .iter()
                .map(|(c, t)| (c.as_str(), t.as_str()))
                .collect();
            let at = self.grids.table_mut(DEPENDENCIES).add(&new);
            self.said
                .insert((DEPENDENCIES, at, String::new()), part.source.clone());
        }
        for (key, mut other) in shown {
            let Some((mut kept, source)) = known.get(&key).cloned() else {
                continue;
            };
            kept.sort();
            other.sort();
            if kept != other {
                let column = match key.1.strip_prefix('\u{0}') {
                    Some(provider) => format!("need of {provider}"),
                    None => format!("group {}", key.1),
                };
                let kept = (kept.join("; "), source);
                self.conflict(part, &key.0, &column, kept, &other.join("; "));
            }
        }
    }

    /// What stands in dependencies.csv, by consumer and group: rows in words, and who says so.
    fn edges(&self) -> HashMap<(String, String), (Vec<String>, String)> {
        let mut known: HashMap<(String, String), (Vec<String>, String)> = HashMap::new();
        let Some(grid) = self.grids.table(DEPENDENCIES) else {
            return known;
        };
        for row in 0..grid.rows.len() {
            let named = |column: &str| grid.named(row, column).to_owned();
            let key = match named("group").as_str() {
                "" => (named("consumer"), format!("\u{0}{}", named("provider"))),
                group => (named("consumer"), group.to_owned()),
            };
            let columns = grid.columns().iter();
            let cells: Vec<(String, String)> = columns
                .map(|c| (c.clone(), named(c)))
                .filter(|(_, text)| !text.is_empty())
                .collect();
            let source = self.said.get(&(DEPENDENCIES, row, String::new()));
            let entry = known.entry(key).or_default();
            entry.0.push(spelled(&cells));
            entry.1 = source.cloned().unwrap_or_default();
        }
        known
    }

    /// Adds rows that have a key of their own: what is known stays.
    fn once(&mut self, part: &Part, file: usize, key: &str) {
        let Some(rows) = part.grids.table(file).map(|g| g.rows.len()) else {
            return;
        };
        let grid = self.grids.table_mut(file);
        let known = (0..grid.rows.len()).map(|row| (grid.named(row, key).to_owned(), row));
        let known: HashMap<String, usize> = known.collect();
        for row in 0..rows {
            let cells = part.cells(file, row);
            let own = cells.iter().find(|(c, _)| c == key);
            let own = own.map(|(_, text)| text.clone()).unwrap_or_default();
            if let Some(&at) = known.get(&own) {
                self.fill(part, file, at, &own, &cells);
                continue;
            }
            self.add(part, file, &cells);
        }
    }
}

/// A dependency without its consumer, in words.
fn spelled(cells: &[(String, String)]) -> String {
    let mut said: Vec<String> = cells
        .iter()
        .filter(|(column, _)| column != "consumer" && column != "group")
        .map(|(column, text)| format!("{column} = {text}"))
        .collect();
    said.sort();
    said.join(", ")
}
