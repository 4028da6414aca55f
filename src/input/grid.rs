//! The tables of an inventory as cells of text, to be changed and written again. In: a folder. Out: one
//! [`Grid`] per file, the defaults of kinds as written, and the nodes that selectors can look at. Promises:
//! what is not changed keeps its text, columns that this version does not know among it; a table that is
//! written in place keeps every row on its line.

use super::inventory::{COMPONENTS, shape_of};
use super::keys::TomlFile;
use super::renames::Renames;
use super::selector::{self, Nodes};
use super::source::{Opened, Reader};
use super::suggest::Suggester;
use super::table::{Shape, Table};
use super::{Diagnostic, Faults};
use crate::model::{Flow, Labels, Link, Node, NodeId, Role, Service};
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// The files of an inventory that are tables, in the order that their nodes stand in.
pub const FILES: [&str; 7] = [
    "components.csv",
    "links.csv",
    "flows.csv",
    "services.csv",
    "dependencies.csv",
    "placements.csv",
    "common_cause.csv",
];
/// The position of links.csv in [`FILES`].
pub const LINKS: usize = 1;
/// The position of flows.csv in [`FILES`].
pub const FLOWS: usize = 2;
/// The position of services.csv in [`FILES`].
pub const SERVICES: usize = 3;
/// The position of dependencies.csv in [`FILES`].
pub const DEPENDENCIES: usize = 4;
/// The position of placements.csv in [`FILES`].
pub const PLACEMENTS: usize = 5;
/// The position of `common_cause.csv` in [`FILES`].
pub const COMMON_CAUSE: usize = 6;
/// How many of [`FILES`], from the first, hold nodes.
pub const NODE_TABLES: usize = 4;

/// Whether a column is one of placements.csv, beside the instance.
pub fn is_placed(column: &str) -> bool {
    let named = ["hosts", "host", "priority", "apart", "apart_by", "amount"];
    named.contains(&column) || column.starts_with('/')
}

/// The columns of a file.
pub fn shape(file: usize) -> &'static Shape {
    let shape = FILES.get(file).and_then(|name| shape_of(name));
    shape.unwrap_or(&COMPONENTS)
}

/// One table.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// Our names of its columns.
    columns: Vec<String>,
    /// The names as they stand in the file.
    headers: Vec<String>,
    /// The line of the header, 1-based.
    header_line: u32,
    /// The rows, in the order of the file.
    pub rows: Vec<GridRow>,
    /// Whether it is no longer what the file holds.
    pub changed: bool,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub struct GridRow {
    /// Its line in the file, 1-based; 0 if it is new.
    pub line: u32,
    cells: Vec<String>,
}

impl Grid {
    /// A table without rows.
    pub fn new(columns: &[&str]) -> Self {
        let names: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        Self {
            columns: names.clone(),
            headers: names,
            header_line: 1,
            ..Self::default()
        }
    }

    fn of(table: &Table, numbers: &[&str]) -> Self {
        let columns: Vec<String> = table.columns().to_vec();
        let numeric: Vec<bool> = columns.iter().map(|c| numbers.contains(&&**c)).collect();
        let rows = table.rows().map(|row| GridRow {
            line: row.line(),
            cells: (0..columns.len())
                .map(|at| {
                    if numeric[at] {
                        row.number(at).into_owned()
                    } else {
                        row.cell(Some(at)).to_owned()
                    }
                })
                .collect(),
        });
        Self {
            rows: rows.collect(),
            headers: table.headers().map(str::to_owned).collect(),
            header_line: table.header_line(),
            columns,
            changed: false,
        }
    }

    /// Our names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// A cell; blank if there is none.
    pub fn cell(&self, row: usize, column: Option<usize>) -> &str {
        let cell = column.and_then(|c| self.rows.get(row)?.cells.get(c));
        cell.map_or("", String::as_str)
    }

    /// A cell by the name of its column.
    pub fn named(&self, row: usize, column: &str) -> &str {
        self.cell(row, self.column(column))
    }

    /// Writes a cell; the column is made where there is none.
    pub fn set(&mut self, row: usize, column: &str, value: &str) {
        if self.named(row, column) == value {
            return;
        }
        let at = self.column(column).unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.headers.push(column.to_owned());
            self.columns.len() - 1
        });
        let width = self.columns.len();
        if let Some(row) = self.rows.get_mut(row) {
            row.cells.resize(width, String::new());
            value.clone_into(&mut row.cells[at]);
            self.changed = true;
        }
    }

    /// Adds a row.
    pub fn add(&mut self, cells: &[(&str, &str)]) -> usize {
        let row = self.rows.len();
        self.rows.push(GridRow::default());
        self.changed = true;
        for (column, value) in cells {
            self.set(row, column, value);
        }
        row
    }

    /// Keeps the rows that fit.
    pub fn retain(&mut self, mut keep: impl FnMut(&Self, usize) -> bool) {
        let kept: Vec<bool> = (0..self.rows.len()).map(|row| keep(self, row)).collect();
        let mut kept = kept.into_iter();
        let before = self.rows.len();
        self.rows.retain(|_| kept.next().unwrap_or(true));
        self.changed |= self.rows.len() < before;
    }

    /// The table as CSV; with every row on the line that it has in its file, or one after the other.
    pub fn text(&self, in_place: bool) -> String {
        let mut out = String::new();
        let mut line = 1;
        let mut write = |at: u32, cells: &mut dyn Iterator<Item = &str>| {
            while in_place && line < at {
                out.push('\n');
                line += 1;
            }
            let text = record(cells);
            line += u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
            out.push_str(&text);
        };
        write(
            self.header_line,
            &mut self.headers.iter().map(String::as_str),
        );
        for row in &self.rows {
            let missing = self.columns.len() - row.cells.len();
            let blank = std::iter::repeat_n("", missing);
            write(
                row.line,
                &mut row.cells.iter().map(String::as_str).chain(blank),
            );
        }
        out
    }
}

/// One line of CSV.
fn record(cells: &mut dyn Iterator<Item = &str>) -> String {
    let mut csv = csv::WriterBuilder::new()
        .comment(Some(b'#'))
        .from_writer(Vec::new());
    // Writing to memory cannot fail.
    let written = csv.write_record(cells);
    debug_assert!(written.is_ok());
    String::from_utf8(csv.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Every table of an inventory, and what inventory.toml says of kinds.
#[derive(Clone, Debug, Default)]
pub struct Grids {
    /// By their position in [`FILES`].
    tables: Vec<Option<Grid>>,
    /// Columns that kinds have a default for: kind → column → value.
    pub kinds: BTreeMap<String, BTreeMap<String, String>>,
    /// What the estate is called.
    pub name: Option<String>,
}

impl Grids {
    /// Reads a folder. `None` if a table cannot be read as it stands: whoever reads the inventory says
    /// what is wrong with it.
    pub fn read(reader: &mut Reader, folder: &Path) -> Option<Self> {
        let mut scrap = Faults::new();
        let mut grids = Self::default();
        let mut renames = Renames::default();
        if let Opened::Whole(source) = reader.open(&folder.join("inventory.toml"), &mut scrap) {
            let file = TomlFile::parse(&source);
            let root = file.root("inventory.toml");
            grids.name = root
                .value("name")
                .and_then(|v| v.text_quietly())
                .map(|n| n.value);
            if let Some(columns) = root.table("columns", "the table of columns") {
                renames = Renames::read(&columns, &super::inventory::columns());
            }
            for (kind, value) in root
                .table("kind", "the kinds")
                .iter()
                .flat_map(super::keys::Keys::entries)
            {
                let columns = value.table("a kind");
                let columns = columns.iter().flat_map(super::keys::Keys::entries);
                let columns = columns.filter_map(|(name, v)| Some((name.value, v.cell()?.value)));
                grids.kinds.insert(kind.value, columns.collect());
            }
            if !file.into_faults().is_empty() {
                return None;
            }
        }
        for (at, name) in FILES.into_iter().enumerate() {
            let table = match reader.open(&folder.join(name), &mut scrap) {
                Opened::Whole(source) => {
                    let mut listed = Vec::new();
                    let shape = shape(at);
                    let table = Table::read(&source, shape, &renames, &mut scrap, &mut listed);
                    table.map(|t| Grid::of(&t, shape.numbers))
                }
                _ => None,
            };
            grids.tables.push(table);
        }
        scrap.is_empty().then_some(grids)
    }

    /// A table, if the inventory has it.
    pub fn table(&self, file: usize) -> Option<&Grid> {
        self.tables.get(file)?.as_ref()
    }

    /// A table, made where the inventory has none.
    pub fn table_mut(&mut self, file: usize) -> &mut Grid {
        if self.tables.len() <= file {
            self.tables.resize(FILES.len(), None);
        }
        self.tables[file].get_or_insert_with(|| Grid::new(shape(file).required))
    }

    /// The names and texts of the tables that are no longer what their files hold.
    pub fn changed(&self, in_place: bool) -> impl Iterator<Item = (&'static str, String)> {
        let tables = FILES.into_iter().zip(&self.tables);
        tables.filter_map(move |(name, table)| {
            let table = table.as_ref().filter(|t| t.changed)?;
            Some((name, table.text(in_place)))
        })
    }

    /// The names and texts of all tables, one row after the other.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, String)> {
        let tables = FILES.into_iter().zip(&self.tables);
        tables.filter_map(|(name, table)| Some((name, table.as_ref()?.text(false))))
    }

    /// The default of a column that inventory.toml has for a kind.
    pub fn of_kind(&self, kind: &str, column: &str) -> Option<&str> {
        self.kinds.get(kind)?.get(column).map(String::as_str)
    }
}

/// The nodes of tables, as selectors look at them.
pub struct View {
    nodes: Vec<Node>,
    /// File and row of each.
    places: Vec<(usize, usize)>,
    names: HashMap<String, u32>,
    within: Vec<Vec<u32>>,
    labels: Labels,
    /// What each directly needs, once somebody has asked.
    needs: Option<Vec<Vec<u32>>>,
}

impl View {
    /// Looks at every node.
    pub fn of(grids: &Grids) -> Self {
        let mut view = Self {
            nodes: Vec::new(),
            places: Vec::new(),
            names: HashMap::new(),
            within: Vec::new(),
            labels: Labels::default(),
            needs: None,
        };
        for file in 0..NODE_TABLES {
            if let Some(grid) = grids.table(file) {
                view.define(grid, file);
            }
        }
        for file in 0..NODE_TABLES {
            if let Some(grid) = grids.table(file) {
                view.refer(grid, file);
            }
        }
        let count = view.nodes.len();
        for values in &mut view.labels.values {
            values.resize(count, None);
        }
        view
    }

    fn define(&mut self, grid: &Grid, file: usize) {
        let [id, kind, name, unit, tier] =
            ["id", "kind", "name", "unit", "tier"].map(|c| grid.column(c));
        let known = shape(file);
        let labels: Vec<(usize, usize)> = grid
            .columns
            .iter()
            .enumerate()
            .filter(|(_, c)| *c == "owner" || known.known().all(|k| k != **c))
            .map(|(at, column)| (at, self.label_column(column)))
            .collect();
        for row in 0..grid.rows.len() {
            let text = |column| Some(grid.cell(row, column)).filter(|t| !t.is_empty());
            let at = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let own = grid.cell(row, id);
            self.names.entry(own.to_owned()).or_insert(at);
            let (role, of_role) = role(file, text(tier));
            self.nodes.push(Node {
                name: text(name).map(Box::from),
                unit: text(unit).map(Box::from),
                ..Node::new(own, text(kind).unwrap_or(of_role), role)
            });
            self.places.push((file, row));
            self.within.push(Vec::new());
            for &(column, label) in &labels {
                if let Some(text) = text(Some(column)) {
                    let values = &mut self.labels.values[label];
                    values.resize(at as usize, None);
                    values.push(Some(text.into()));
                }
            }
        }
    }

    fn label_column(&mut self, name: &str) -> usize {
        let known = self.labels.columns.iter().position(|c| &**c == name);
        known.unwrap_or_else(|| {
            self.labels.columns.push(name.into());
            self.labels.values.push(Vec::new());
            self.labels.columns.len() - 1
        })
    }

    /// Finds domains and ends.
    fn refer(&mut self, grid: &Grid, file: usize) {
        let within = grid.column("within");
        let ends = match file {
            LINKS => ["a", "b"].map(|c| grid.column(c)),
            FLOWS => ["from", "to"].map(|c| grid.column(c)),
            _ => [None; 2],
        };
        let first = self.places.iter().position(|&(f, _)| f == file);
        let Some(first) = first else { return };
        for row in 0..grid.rows.len() {
            let at = first + row;
            let domains = grid.cell(row, within).split(';').map(str::trim);
            let found = domains.filter_map(|d| self.names.get(d).copied());
            self.within[at] = found.collect();
            let [x, y] = ends.map(|end| {
                let found = self.names.get(grid.cell(row, end));
                NodeId(found.copied().unwrap_or_default())
            });
            match &mut self.nodes[at].role {
                Role::Link(link) => (link.a, link.b) = (x, y),
                Role::Flow(flow) => (flow.from, flow.to) = (x, y),
                Role::Component | Role::Service(_) => {}
            }
        }
    }

    /// Looks at who needs whom, if nobody has: `under=` selects by that. Every flow needs the whole of its
    /// network, and every instance all of its hosts with what they have.
    pub fn look_at_needs(&mut self, grids: &Grids) {
        if self.needs.is_some() {
            return;
        }
        let mut needs = self.within.clone();
        let network = self.networks();
        let mut parts: HashMap<u32, Vec<u32>> = HashMap::new();
        for (at, root) in (0..).zip(&network) {
            if let Some(root) = root {
                parts.entry(*root).or_default().push(at);
            }
        }
        for (at, node) in self.nodes.iter().enumerate() {
            match node.role {
                Role::Link(Link { a, b, .. }) => needs[at].extend([a.0, b.0]),
                Role::Flow(Flow { from, to }) => {
                    needs[at].extend([from.0, to.0]);
                    let root = |end: NodeId| network.get(end.index()).copied().flatten();
                    let of_both = root(from).filter(|r| from != to && root(to) == Some(*r));
                    needs[at].extend(of_both.iter().flat_map(|r| &parts[r]));
                }
                Role::Component | Role::Service(_) => {}
            }
        }
        let find = |id: &str| self.names.get(id).copied();
        if let Some(grid) = grids.table(DEPENDENCIES) {
            let [from, to] = ["consumer", "provider"].map(|c| grid.column(c));
            for row in 0..grid.rows.len() {
                let ends = (find(grid.cell(row, from)), find(grid.cell(row, to)));
                if let (Some(consumer), Some(provider)) = ends {
                    needs[consumer as usize].push(provider);
                }
            }
        }
        if let Some(grid) = grids.table(PLACEMENTS) {
            self.look_at_hosts(grids, grid, &mut needs);
        }
        self.needs = Some(needs);
    }

    /// What instances may run on, with the resources of these.
    fn look_at_hosts(&self, grids: &Grids, grid: &Grid, needs: &mut [Vec<u32>]) {
        let columns = grid.columns().iter().map(String::as_str);
        let of_kinds = grids.kinds.values().flat_map(|k| k.keys());
        let resources = columns.chain(of_kinds.map(String::as_str));
        let resources: Vec<&str> = resources.filter(|c| c.starts_with('/')).collect();
        for row in 0..grid.rows.len() {
            let Some(&instance) = self.names.get(grid.named(row, "instance")) else {
                continue;
            };
            let of_kind = || grids.of_kind(self.kind(instance), "hosts").unwrap_or("");
            let hosts = match grid.named(row, "hosts") {
                "" => of_kind(),
                hosts => hosts,
            };
            let listed = hosts.split(';').map(str::trim);
            let mut found: Vec<u32> = listed.filter_map(|h| self.find(h)).collect();
            if found.is_empty() {
                let selected = selector::select(self, hosts, &mut Suggester::default());
                found = selected.unwrap_or_default();
            }
            for host in found {
                let children = resources.iter().map(|r| format!("{}{r}", self.id(host)));
                let children = children.filter_map(|id| self.find(&id));
                needs[instance as usize].extend(children);
                needs[instance as usize].push(host);
            }
        }
    }

    /// Per node: the first of all that links join it with; `None` where no link does.
    fn networks(&self) -> Vec<Option<u32>> {
        let mut joined = UnionFind::<u32>::new(self.nodes.len());
        let mut is_part = vec![false; self.nodes.len()];
        for (at, node) in (0..).zip(&self.nodes) {
            if let Role::Link(Link { a, b, .. }) = node.role {
                for v in [at, a.0, b.0] {
                    joined.union(at, v);
                    is_part[v as usize] = true;
                }
            }
        }
        let all = (0..).zip(is_part);
        all.map(|(at, part)| part.then(|| joined.find(at)))
            .collect()
    }

    /// Dependencies have changed.
    pub fn forget_needs(&mut self) {
        self.needs = None;
    }

    /// File and row of a node.
    pub fn place(&self, at: u32) -> (usize, usize) {
        self.places[at as usize]
    }

    /// The id of a node.
    pub fn id(&self, at: u32) -> &str {
        &self.nodes[at as usize].id
    }

    /// The kind of a node.
    pub fn kind(&self, at: u32) -> &str {
        &self.nodes[at as usize].kind
    }
}

/// What a file's nodes are, and their kind where the row says none.
fn role(file: usize, tier: Option<&str>) -> (Role, &'static str) {
    let nowhere = NodeId(0);
    match file {
        LINKS => {
            let link = Link::between(nowhere, nowhere);
            (Role::Link(link), "link")
        }
        FLOWS => {
            let flow = Flow {
                from: nowhere,
                to: nowhere,
            };
            (Role::Flow(flow), "flow")
        }
        SERVICES => {
            let service = Service {
                tier: tier.and_then(|t| t.parse().ok()),
                demand: 0.0,
                slo: None,
            };
            (Role::Service(service), "service")
        }
        _ => (Role::Component, ""),
    }
}

impl Nodes for View {
    fn count(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    fn find(&self, id: &str) -> Option<u32> {
        self.names.get(id).copied()
    }

    fn domains(&self, at: u32) -> impl Iterator<Item = u32> {
        self.within[at as usize].iter().copied()
    }

    fn under(&self, id: &str) -> Vec<u32> {
        let Some(needs) = &self.needs else {
            return Vec::new();
        };
        let mut found = BTreeSet::new();
        let mut stack: Vec<u32> = self.find(id).into_iter().collect();
        while let Some(at) = stack.pop() {
            if found.insert(at) {
                stack.extend(&needs[at as usize]);
            }
        }
        found.into_iter().collect()
    }

    fn labels(&self) -> &Labels {
        &self.labels
    }
}

/// Text of a diagnostic about a whole folder.
pub fn unreadable(folder: &Path) -> Diagnostic {
    let shown = super::source::shown(folder);
    Diagnostic::error(format!("the inventory `{shown}` has faults"))
        .help(format!("`brownout check {shown}` lists them"))
}
