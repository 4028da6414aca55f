//! Rules → changed tables. In: a folder and rules. Out: the tables with every rule applied, one after the
//! other, and what each of them did.

use super::file::Overlay;
use super::overlaid::{Overlaid, Use};
use super::rules::{Action, Cell, Needed, Rule};
use crate::input::grid::{
    COMMON_CAUSE, DEPENDENCIES, Grid, Grids, NODE_TABLES, PLACEMENTS, SERVICES, View, is_placed,
    shape,
};
use crate::input::placed::Placed;
use crate::input::selector::{self, Nodes};
use crate::input::source::Reader;
use crate::input::suggest::Suggester;
use crate::input::{Diagnostic, Faults, Files};
use crate::model::short;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// Columns that say how often something fails.
const RELIABILITY: [&str; 3] = ["mtbf_hours", "mttr_hours", "unavailability"];
/// Columns that selectors cannot look at, in any table.
const UNSEEN: [&str; 9] = [
    "capacity",
    "capacity_back",
    "mtbf_hours",
    "mttr_hours",
    "unavailability",
    "demand",
    "trips_at",
    "serves",
    "transit",
];
/// Selectors that a ledger entry spells out.
const SPELLED: usize = 4;

struct Run<'o> {
    out: Overlaid,
    view: View,
    /// Whether the view is no longer what the tables hold.
    stale: bool,
    suggester: Suggester,
    faults: &'o mut Faults,
    /// The row of each instance in placements.csv, once somebody has asked.
    placed: Option<HashMap<String, usize>>,
}

/// Applies overlays to the inventory of a folder. `None` if its tables cannot be read as they stand.
pub fn apply(
    files: &dyn Files,
    folder: &Path,
    overlays: &[Overlay],
    faults: &mut Faults,
) -> Option<Overlaid> {
    // What is read here is read again by whoever builds the system.
    let mut reader = Reader::new(files);
    let grids = Grids::read(&mut reader, folder)?;
    Some(apply_to(grids, overlays, faults))
}

/// Applies every rule of every overlay.
fn apply_to(grids: Grids, overlays: &[Overlay], faults: &mut Faults) -> Overlaid {
    let view = View::of(&grids);
    let mut run = Run {
        out: Overlaid {
            grids,
            ..Overlaid::default()
        },
        view,
        stale: false,
        suggester: Suggester::default(),
        faults,
        placed: None,
    };
    for overlay in overlays {
        for rule in &overlay.rules {
            if std::mem::take(&mut run.stale) {
                run.view = View::of(&run.out.grids);
            }
            run.rule(rule, overlay.planning);
        }
    }
    run.out
}

impl Run<'_> {
    fn rule(&mut self, rule: &Rule, planning: bool) {
        let (what, count) = match &rule.action {
            Action::Set { select, cells } => {
                let found = self.select(select, planning);
                let count = self.set(&found, cells, rule.if_blank);
                self.tell_of_all(rule, &found);
                (
                    format!("{} for {}", describe(cells), spelled(select)),
                    count,
                )
            }
            Action::Service { id, cells, needs } => self.service(id, cells, needs, rule.if_blank),
            Action::Dependency {
                consumer,
                provider,
                cells,
                add,
            } => {
                let count = self.edges(consumer, provider, cells, *add, rule);
                let [from, to] = [consumer, provider].map(|s| spelled(s));
                (
                    format!("{} where {from} needs {to}", describe(cells)),
                    count,
                )
            }
            Action::Cut { consumer, provider } => {
                let count = self.cut(consumer, provider);
                let [from, to] = [consumer, provider].map(|s| spelled(s));
                (format!("taken away: {from} needs {to}"), count)
            }
            Action::Down { select, why } => {
                let found = self.select(select, false);
                for &at in &found {
                    let id = self.view.id(at).to_owned();
                    if self.out.down.iter().all(|(known, _)| known.value != id) {
                        let source = if why.is_empty() { &rule.source } else { why };
                        self.out.down.push((rule.place.with(id), source.clone()));
                    }
                }
                (
                    format!("known outages: {}", spelled(select)),
                    found.len() as u64,
                )
            }
            Action::Drop { select } => {
                let found = self.select(select, false);
                self.drop_all(&found);
                (
                    format!("taken away: {}", spelled(select)),
                    found.len() as u64,
                )
            }
        };
        if count > 0 {
            let place = rule.place.file_and_line();
            let source = match rule.source.as_str() {
                "" => place,
                source => format!("{} ({place})", short(source, 200)),
            };
            let reliability = |cells: &[Cell]| {
                let mut names = cells.iter().map(|(c, _)| c.value.as_str());
                names.any(|c| RELIABILITY.contains(&c))
            };
            let planned = matches!(&rule.action, Action::Set { cells, .. } if reliability(cells));
            self.out.uses.push(Use {
                what,
                source,
                count,
                planning: planning && planned,
            });
        }
    }

    /// What selectors find, each once, in the order of the files. A selector that finds nothing is a
    /// warning, but not where the program itself asks for every kind that there may be.
    fn select(&mut self, selectors: &[Placed<String>], quietly: bool) -> Vec<u32> {
        let mut found = BTreeSet::new();
        self.know_needs(selectors);
        for text in selectors {
            match selector::select(&self.view, &text.value, &mut self.suggester) {
                Ok(all) => found.extend(all),
                Err(_) if quietly => {}
                Err(why) => {
                    let (_, help) = selector::explain(&text.value, why);
                    let message = format!("`{}` matches nothing", short(&text.value, 120));
                    let warning = text.warning(message).label("this changes nothing");
                    self.out.warnings.push(warning.help(help));
                }
            }
        }
        found.into_iter().collect()
    }

    /// Sees to it that the view knows who needs whom where a selector may ask for that.
    fn know_needs(&mut self, selectors: &[Placed<String>]) {
        if selectors.iter().any(|text| text.value.contains("under")) {
            self.view.look_at_needs(&self.out.grids);
        }
    }

    /// A note where a rule is for everything.
    fn tell_of_all(&mut self, rule: &Rule, found: &[u32]) {
        let all = self.view.count() as usize;
        if found.len() == all && all > 1 {
            let message = format!("this rule matches everything: all {all} rows");
            let note = Diagnostic::note(message);
            self.out.warnings.push(rule.place.point(note));
        }
    }

    /// Sets cells; how many nodes got at least one.
    fn set(&mut self, found: &[u32], cells: &[Cell], if_blank: bool) -> u64 {
        let mut count = 0;
        let mut meant: Vec<bool> = vec![false; cells.len()];
        for &at in found {
            let mut any = false;
            for (slot, (column, value)) in cells.iter().enumerate() {
                match self.set_one(at, column, value, cells, if_blank) {
                    Outcome::Set => (any, meant[slot]) = (true, true),
                    Outcome::Kept => meant[slot] = true,
                    Outcome::Foreign => {}
                }
            }
            count += u64::from(any);
        }
        for ((column, _), meant) in cells.iter().zip(meant) {
            if !meant && !found.is_empty() {
                let message = format!("`{}` means nothing for what this selects", column.value);
                let help = "components and links have a capacity, services a demand";
                self.faults.push(column.error(message).help(help));
            }
        }
        self.stale |= cells.iter().any(|(c, _)| !UNSEEN.contains(&&*c.value));
        count
    }

    fn set_one(
        &mut self,
        at: u32,
        column: &Placed<String>,
        value: &str,
        cells: &[Cell],
        if_blank: bool,
    ) -> Outcome {
        let name = column.value.as_str();
        if is_placed(name) {
            return self.set_placed(at, name, value, cells, if_blank);
        }
        let (file, row) = self.view.place(at);
        if shape(file).foreign.contains(&name) {
            return Outcome::Foreign;
        }
        let kind = self.view.kind(at);
        let grids = &self.out.grids;
        let says = |column: &str| {
            let cell = grids.table(file).map_or("", |g| g.named(row, column));
            !cell.is_empty() || grids.of_kind(kind, column).is_some()
        };
        // How often it fails is one statement, however it is given.
        let is_reliability = RELIABILITY.contains(&name);
        let said = if is_reliability {
            RELIABILITY.iter().any(|c| says(c)) && !self.mine(file, row, cells)
        } else {
            says(name)
        };
        if if_blank && said {
            return Outcome::Kept;
        }
        let grid = self.out.grids.table_mut(file);
        grid.set(row, name, value);
        if is_reliability {
            let others: &[&str] = match name {
                "unavailability" => &["mtbf_hours", "mttr_hours"],
                _ => &["unavailability"],
            };
            for other in others {
                if grid.column(other).is_some() {
                    grid.set(row, other, "");
                }
            }
        }
        Outcome::Set
    }

    /// Whether what a row says of its reliability is what this very rule has just written.
    fn mine(&self, file: usize, row: usize, cells: &[Cell]) -> bool {
        let grid = self.out.grids.table(file);
        let cell = |name: &str| grid.map_or("", |g| g.named(row, name));
        let ours = |name: &str| cells.iter().find(|(c, _)| c.value == name);
        let kind = grid.map_or("", |g| g.named(row, "kind"));
        let of_kind = |name: &&str| self.out.grids.of_kind(kind, name).is_some();
        let written: Vec<&str> = RELIABILITY
            .into_iter()
            .filter(|n| !cell(n).is_empty())
            .collect();
        !RELIABILITY.iter().any(of_kind)
            && written.len() < cells.len()
            && written
                .iter()
                .all(|n| ours(n).is_some_and(|(_, v)| v == cell(n)))
    }

    fn set_placed(
        &mut self,
        at: u32,
        name: &str,
        value: &str,
        cells: &[Cell],
        if_blank: bool,
    ) -> Outcome {
        let id = self.view.id(at).to_owned();
        let grid = self.out.grids.table_mut(PLACEMENTS);
        let placed = self.placed.get_or_insert_with(|| {
            let column = grid.column("instance");
            let rows = (0..grid.rows.len()).map(|row| (grid.cell(row, column).to_owned(), row));
            rows.collect()
        });
        let hosts = cells.iter().find(|(c, _)| c.value == "hosts");
        let row = match (placed.get(&id), hosts) {
            (Some(&row), _) => row,
            (None, Some((_, hosts))) => {
                let row = grid.add(&[("instance", &id), ("hosts", hosts)]);
                placed.insert(id, row);
                row
            }
            (None, None) => return Outcome::Foreign,
        };
        let of_kind = self.out.grids.of_kind(self.view.kind(at), name).is_some();
        let grid = self.out.grids.table_mut(PLACEMENTS);
        if if_blank && (of_kind || !grid.named(row, name).is_empty()) {
            return Outcome::Kept;
        }
        grid.set(row, name, value);
        Outcome::Set
    }

    fn service(
        &mut self,
        id: &Placed<String>,
        cells: &[Cell],
        needs: &[Needed],
        if_blank: bool,
    ) -> (String, u64) {
        let what = match cells {
            [] => format!("service {}", id.value),
            _ => format!("service {}: {}", id.value, describe(cells)),
        };
        match self.view.find(&id.value) {
            Some(at) if self.view.place(at).0 != SERVICES => {
                let message = format!("`{}` is there already, and no service", id.value);
                let fault = id.error(message);
                self.faults
                    .push(fault.help("ids are unique over all files: choose another"));
                return (what, 0);
            }
            Some(at) => {
                self.set(&[at], cells, if_blank);
            }
            None => {
                let mut row = vec![("id", id.value.as_str())];
                row.extend(cells.iter().map(|(c, v)| (c.value.as_str(), v.as_str())));
                self.out.grids.table_mut(SERVICES).add(&row);
                self.stale = true;
            }
        }
        for need in needs {
            self.need(&id.value, need);
        }
        (what, 1)
    }

    /// Lets a service need what selectors find. One that finds nothing is a fault: the service would look
    /// safer than it is.
    fn need(&mut self, id: &str, need: &Needed) {
        let mut found = Vec::new();
        self.know_needs(&need.select);
        for text in &need.select {
            match selector::select(&self.view, &text.value, &mut self.suggester) {
                Ok(all) => found.extend(all),
                Err(why) => {
                    let (message, help) = selector::explain(&text.value, why);
                    self.faults.push(text.error(message).help(help));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|&at| self.view.id(at) != id);
        let group = need.cells.iter().find(|(c, _)| c.value == "group");
        let group = group.map_or("", |(_, g)| g.as_str());
        let providers: Vec<&str> = found.iter().map(|&at| self.view.id(at)).collect();
        add_edges(
            self.out.grids.table_mut(DEPENDENCIES),
            id,
            &providers,
            group,
            &need.cells,
        );
        self.view.forget_needs();
    }

    /// Ids that selectors find.
    fn ids(&mut self, selectors: &[Placed<String>]) -> HashSet<String> {
        let found = self.select(selectors, false);
        found
            .into_iter()
            .map(|at| self.view.id(at).to_owned())
            .collect()
    }

    fn edges(
        &mut self,
        consumer: &[Placed<String>],
        provider: &[Placed<String>],
        cells: &[Cell],
        add: bool,
        rule: &Rule,
    ) -> u64 {
        let shown = self.out.warnings.len();
        let (from, to) = (self.ids(consumer), self.ids(provider));
        if self.out.warnings.len() > shown || from.is_empty() || to.is_empty() {
            return 0;
        }
        if add {
            return self.add_edges(&from, &to, cells);
        }
        let grid = self.out.grids.table_mut(DEPENDENCIES);
        let rows = between(grid, &from, &to);
        let of_group = |c: &str| matches!(c, "need" | "split");
        if cells.iter().any(|(c, _)| of_group(&c.value))
            && let Some((who, group)) = torn_group(grid, &rows)
        {
            let message = format!(
                "the group `{}` of `{}` also has providers that the rule does not select",
                short(&group, 60),
                short(&who, 60)
            );
            let fault = rule.place.error(message);
            self.faults
                .push(fault.help("`need` and `split` are of a whole group: select all of it"));
            return 0;
        }
        for &row in &rows {
            for (column, value) in cells {
                if !rule.if_blank || grid.named(row, &column.value).is_empty() {
                    grid.set(row, &column.value, value);
                }
            }
        }
        if rows.is_empty() {
            let warning = rule
                .place
                .warning("no dependency stands between what this selects");
            let warning = warning.label("this changes nothing");
            self.out
                .warnings
                .push(warning.help("write `add = true` to add them"));
        }
        rows.len() as u64
    }

    fn add_edges(&mut self, from: &HashSet<String>, to: &HashSet<String>, cells: &[Cell]) -> u64 {
        let group = cells.iter().find(|(c, _)| c.value == "group");
        let group = group.map_or("", |(_, g)| g.as_str()).to_owned();
        let mut count = 0;
        let all = || (0..self.view.count()).map(|at| self.view.id(at));
        let grid = self.out.grids.table_mut(DEPENDENCIES);
        for consumer in all().filter(|id| from.contains(*id)) {
            let others = all().filter(|id| *id != consumer && to.contains(*id));
            let providers: Vec<&str> = others.collect();
            add_edges(grid, consumer, &providers, &group, cells);
            count += providers.len() as u64;
        }
        self.view.forget_needs();
        count
    }

    fn cut(&mut self, consumer: &[Placed<String>], provider: &[Placed<String>]) -> u64 {
        let (from, to) = (self.ids(consumer), self.ids(provider));
        let grid = self.out.grids.table_mut(DEPENDENCIES);
        let rows: HashSet<usize> = between(grid, &from, &to).into_iter().collect();
        grid.retain(|_, row| !rows.contains(&row));
        self.view.forget_needs();
        rows.len() as u64
    }

    /// Takes nodes away, and all that refers to them: links and flows that end there as well.
    fn drop_all(&mut self, found: &[u32]) {
        let mut gone: HashSet<String> = found
            .iter()
            .map(|&at| self.view.id(at).to_owned())
            .collect();
        if gone.is_empty() {
            return;
        }
        for file in 0..NODE_TABLES {
            let ends: &[&str] = &["a", "b", "from", "to"];
            let Some(grid) = self.out.grids.table(file) else {
                continue;
            };
            let ends: Vec<Option<usize>> = ends.iter().map(|e| grid.column(e)).collect();
            for row in 0..grid.rows.len() {
                let lost = ends
                    .iter()
                    .flatten()
                    .any(|&e| gone.contains(grid.cell(row, Some(e))));
                if lost && matches!(file, 1 | 2) {
                    gone.insert(grid.named(row, "id").to_owned());
                }
            }
        }
        for file in 0..NODE_TABLES {
            if self.out.grids.table(file).is_some() {
                let grid = self.out.grids.table_mut(file);
                grid.retain(|g, row| !gone.contains(g.named(row, "id")));
                without(grid, "within", &gone);
            }
        }
        let grid = self.out.grids.table_mut(DEPENDENCIES);
        grid.retain(|g, row| {
            let is_gone = |column| gone.contains(g.named(row, column));
            !is_gone("consumer") && !is_gone("provider")
        });
        for (file, list, id) in [
            (PLACEMENTS, "hosts", "instance"),
            (COMMON_CAUSE, "members", ""),
        ] {
            if self.out.grids.table(file).is_some() {
                let grid = self.out.grids.table_mut(file);
                grid.retain(|g, row| id.is_empty() || !gone.contains(g.named(row, id)));
                without(grid, list, &gone);
                without(grid, "host", &gone);
                grid.retain(|g, row| !g.named(row, list).is_empty());
            }
        }
        self.stale = true;
        self.placed = None;
    }
}

/// What became of a cell.
enum Outcome {
    Set,
    Kept,
    Foreign,
}

/// Takes ids out of a list in a column.
fn without(grid: &mut Grid, column: &str, gone: &HashSet<String>) {
    if grid.column(column).is_none() {
        return;
    }
    for row in 0..grid.rows.len() {
        let cell = grid.named(row, column).to_owned();
        let parts = cell.split(';').map(str::trim);
        let kept: Vec<&str> = parts.filter(|p| !gone.contains(*p)).collect();
        let kept = kept.join(";");
        if kept.len() < cell.len() && cell.split(';').any(|p| gone.contains(p.trim())) {
            grid.set(row, column, &kept);
        }
    }
}

/// Rows of dependencies between two sets of ids.
fn between(grid: &Grid, from: &HashSet<String>, to: &HashSet<String>) -> Vec<usize> {
    let [consumer, provider] = ["consumer", "provider"].map(|c| grid.column(c));
    let fits = |row: &usize| {
        from.contains(grid.cell(*row, consumer)) && to.contains(grid.cell(*row, provider))
    };
    (0..grid.rows.len()).filter(fits).collect()
}

/// A group of which only some rows are meant.
fn torn_group(grid: &Grid, rows: &[usize]) -> Option<(String, String)> {
    let [consumer, group] = ["consumer", "group"].map(|c| grid.column(c));
    let key = |row: usize| (grid.cell(row, consumer), grid.cell(row, group));
    let mut count: HashMap<(&str, &str), [usize; 2]> = HashMap::new();
    for row in 0..grid.rows.len() {
        count.entry(key(row)).or_default()[0] += 1;
    }
    for &row in rows {
        count.entry(key(row)).or_default()[1] += 1;
    }
    let torn = rows.iter().map(|&row| key(row)).find(|k| {
        let [all, meant] = count.get(k).copied().unwrap_or_default();
        !k.1.is_empty() && meant < all
    });
    torn.map(|(who, group)| (who.to_owned(), group.to_owned()))
}

/// Adds rows of dependencies, or changes those that are there.
fn add_edges(grid: &mut Grid, consumer: &str, providers: &[&str], group: &str, cells: &[Cell]) {
    let [from, to, of] = ["consumer", "provider", "group"].map(|c| grid.column(c));
    let same = |row: &usize| grid.cell(*row, from) == consumer && grid.cell(*row, of) == group;
    let known: HashMap<String, usize> = (0..grid.rows.len())
        .filter(same)
        .map(|row| (grid.cell(row, to).to_owned(), row))
        .collect();
    for provider in providers {
        let new = || [("consumer", consumer), ("provider", *provider)];
        let row = known.get(*provider).copied();
        let row = row.unwrap_or_else(|| grid.add(&new()));
        for (column, value) in cells {
            grid.set(row, &column.value, value);
        }
    }
}

/// `capacity = 400, unit = orders/min`.
fn describe(cells: &[Cell]) -> String {
    let said: Vec<String> = cells
        .iter()
        .map(|(column, value)| format!("{} = {}", column.value, short(value, 60)))
        .collect();
    match said.as_slice() {
        [] => "need".to_owned(),
        said => said.join(", "),
    }
}

fn spelled(selectors: &[Placed<String>]) -> String {
    let texts: Vec<String> = selectors
        .iter()
        .take(SPELLED)
        .map(|s| short(&s.value, 80))
        .collect();
    match selectors.len().saturating_sub(SPELLED) {
        0 => texts.join(", "),
        more => format!("{} and {more} more", texts.join(", ")),
    }
}
