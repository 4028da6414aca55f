//! The estate as it grows out of the files: nodes first, then what they refer to. In: rows. Out: a
//! [`Draft`], the row each node came from, and every fault. Promises no echo errors: what is
//! defined by a faulty row is still defined, and nothing is unknown while a file is unreadable.

use super::defaults::{Assumed, Defaults, KindDefaults, Ledger};
use super::looks::looks;
use crate::input::dialect::{Decimal, spreadsheet_error};
use crate::input::number::{self, Range};
use crate::input::placed::Placed;
use crate::input::selector::Nodes;
use crate::input::suggest::Suggester;
use crate::input::table::Row;
use crate::input::{Diagnostic, Faults};
use crate::model::{
    DraftNode, DraftPlacement, DraftRequirement, Expansion, Labels, Node, NodeId, Resource, Role,
    Serves, Service,
};
use crate::model::{hidden, hidden_words};
use std::collections::HashMap;

/// Warnings of one sort that are shown in full.
pub const SHOWN: usize = 20;

/// Nodes whose ends are not known yet point here.
pub const NOWHERE: NodeId = NodeId(u32::MAX);

/// Everything read so far.
pub struct Builder<'t> {
    /// Draft number of each id.
    pub names: HashMap<&'t str, u32>,
    /// Every node.
    pub nodes: Vec<DraftNode>,
    /// The row each node came from, and the position of its `id`.
    pub rows: Vec<Row<'t>>,
    /// Label columns.
    pub labels: Labels,
    /// Every requirement so far.
    pub requirements: Vec<DraftRequirement>,
    /// Common-cause groups.
    pub common_cause: Vec<(String, Vec<u32>, f64)>,
    /// What instances take of their hosts.
    pub resources: Vec<Resource>,
    /// Instances that run on one of several hosts.
    pub placements: Vec<DraftPlacement>,
    /// Defaults by kind.
    pub defaults: Defaults,
    /// Defaults that were used.
    pub ledger: Ledger<'t>,
    /// What is wrong.
    pub faults: Faults,
    /// What is odd.
    pub warnings: Vec<Diagnostic>,
    /// Whether every file that defines ids could be read whole.
    pub complete: bool,
    /// Warnings of each sort so far.
    odd: HashMap<&'static str, usize>,
    /// Guesses names.
    pub suggester: Suggester,
}

/// What a reference must point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A component, not a link.
    Component,
    /// A component or a link.
    Element,
    /// A component or a link that is not logical.
    Fallible,
    /// Any node.
    Any,
}

impl Wanted {
    fn accepts(self, node: &Node) -> bool {
        match self {
            Self::Component => matches!(node.role, Role::Component),
            Self::Element => node.is_component_or_link(),
            Self::Fallible => node.can_fail(),
            Self::Any => true,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Component => "a component",
            Self::Element => "a component or a link",
            Self::Fallible => "a component or a link that can fail",
            Self::Any => "a node",
        }
    }
}

/// What a role is called.
pub fn role_word(role: &Role) -> &'static str {
    match role {
        Role::Component => "a component",
        Role::Link(_) => "a link",
        Role::Flow(_) => "a flow",
        Role::Service(_) => "a service",
    }
}

impl<'t> Builder<'t> {
    /// Nothing read so far.
    pub fn new(defaults: Defaults, complete: bool) -> Self {
        Self {
            names: HashMap::new(),
            nodes: Vec::new(),
            rows: Vec::new(),
            labels: Labels::default(),
            requirements: Vec::new(),
            common_cause: Vec::new(),
            resources: Vec::new(),
            placements: Vec::new(),
            defaults,
            ledger: Ledger::default(),
            faults: Faults::new(),
            warnings: Vec::new(),
            complete,
            odd: HashMap::new(),
            suggester: Suggester::default(),
        }
    }

    /// Defines the id of a row. `None` if it is blank or taken; the fault is recorded.
    pub fn define(&mut self, row: Row<'t>, id_column: usize) -> Option<(u32, &'t str)> {
        let id = row.cell(Some(id_column));
        if id.is_empty() {
            if row.is_whole() {
                let fault = row.error(id_column, "the id is blank");
                self.faults
                    .push(fault.help("give every row an id of its own"));
            }
            return None;
        }
        if let Some(&first) = self.names.get(id) {
            let first = self.rows[first as usize].place();
            self.faults.push(
                row.error(id_column, format!("the id `{id}` stands twice"))
                    .label(format!("first at {first}"))
                    .help("ids are unique over components, links, flows and services"),
            );
            return None;
        }
        self.refuse_hidden(row, id_column, "id");
        let at = u32::try_from(self.nodes.len())
            .ok()
            .filter(|&n| n < u32::MAX - 1)?;
        self.names.insert(id, at);
        self.rows.push(row);
        Some((at, id))
    }

    /// Refuses a name that holds characters which nobody sees: some formats drop or change them.
    pub fn refuse_hidden(&mut self, row: Row<'t>, column: usize, what: &str) {
        let text = row.cell(Some(column));
        if let Some(c) = hidden(text) {
            let message = format!("the {what} `{text}` holds {}", hidden_words(c));
            let fault = row.error(column, message);
            self.faults
                .push(fault.help("type it anew: only characters that can be seen, and blanks"));
        }
    }

    /// The node that a cell, or a part of one, refers to.
    pub fn refer(&mut self, row: Row<'t>, column: usize, id: &str, wanted: Wanted) -> Option<u32> {
        // What a spreadsheet could not work out is a fault of its own, told of the cell.
        if spreadsheet_error(id).is_some() && !self.names.contains_key(id) {
            return None;
        }
        self.meant(id, wanted, |message| row.part_error(column, id, message))
    }

    /// What an id of inventory.toml means there; `None`, with a fault, if it means nothing.
    pub fn refer_in(&mut self, place: &Placed<String>, id: &str, wanted: Wanted) -> Option<u32> {
        self.meant(id, wanted, |message| place.error(message))
    }

    /// The node that has an id. If none has it, or it is not what is wanted, that is a fault at the place where it
    /// was referred to; what may stand in a file that could not be read is not missed.
    fn meant(
        &mut self,
        id: &str,
        wanted: Wanted,
        fault: impl Fn(String) -> Diagnostic,
    ) -> Option<u32> {
        let Some(&found) = self.names.get(id) else {
            if self.complete {
                let help = self.near(id, wanted);
                let fault = fault(format!("nothing has the id `{id}`"));
                self.faults.push(fault.help(help));
            }
            return None;
        };
        let node = &self.nodes[found as usize].node;
        if wanted.accepts(node) {
            return Some(found);
        }
        let is = if node.is_logical() && wanted == Wanted::Fallible {
            "logical"
        } else {
            role_word(&node.role)
        };
        let wanted = wanted.words();
        let place = self.rows[found as usize].place();
        let fault = fault(format!("`{id}` is {is}, not {wanted}"))
            .label(format!("defined at {place}"))
            .help(format!("write the id of {wanted}"));
        self.faults.push(fault);
        None
    }

    /// What is probably meant by an id that nothing has.
    fn near(&mut self, id: &str, wanted: Wanted) -> String {
        let nodes = &self.nodes;
        let candidates = self
            .names
            .iter()
            .filter(|(_, at)| wanted.accepts(&nodes[**at as usize].node))
            .map(|(id, _)| *id);
        match self.suggester.nearest(id, wanted as u8, candidates) {
            Some(near) if !(id.is_ascii() && near.is_ascii()) && looks(id) == looks(&near) => {
                format!("`{near}` looks the same but has other characters: type it anew")
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => match wanted {
                Wanted::Any => "define it in components.csv or services.csv".to_owned(),
                _ => "define it in components.csv".to_owned(),
            },
        }
    }

    /// The number in a cell; `None` if it is blank or wrong.
    pub fn number(&mut self, row: Row<'t>, column: Option<usize>, range: Range) -> Option<f64> {
        let text = row.cell(column);
        let column = column.filter(|_| !text.is_empty())?;
        // A fault has told of both already.
        let shown = row.decimal() == Decimal::Unclear && text.contains(',');
        if shown || spreadsheet_error(text).is_some() {
            return None;
        }
        if row.decimal() == Decimal::Comma && text.contains('.') {
            let message =
                format!("`{text}` has a point, but fractions follow a comma in this file");
            let fault = row.error(column, message);
            self.faults
                .push(fault.help("write thousands without a mark: `1234,5`"));
            return None;
        }
        match number::parse(&row.number(column), range) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let fault = row.error(column, format!("`{text}` {}", wrong.what));
                self.faults.push(fault.help(wrong.help));
                None
            }
        }
    }

    /// The number of a label column, new or known.
    pub fn label_column(&mut self, name: &str) -> usize {
        let known = self.labels.columns.iter().position(|c| &**c == name);
        known.unwrap_or_else(|| {
            self.labels.columns.push(name.into());
            self.labels.values.push(Vec::new());
            self.labels.columns.len() - 1
        })
    }

    /// Sets a label of a node, if there is text.
    pub fn set_label(&mut self, label: usize, at: u32, text: &str) {
        if !text.is_empty() {
            let values = &mut self.labels.values[label];
            values.resize(at as usize, None);
            values.push(Some(text.into()));
        }
    }

    /// Adds a warning of a sort: the first few in full, the rest counted by [`Self::count_odd`].
    /// `more` completes the sentence `7 more …`.
    pub fn odd(&mut self, more: &'static str, warning: impl FnOnce() -> Diagnostic) {
        let count = self.odd.entry(more).or_insert(0);
        *count += 1;
        if *count <= SHOWN {
            self.warnings.push(warning());
        }
    }

    /// One warning for each sort of which more were found than shown.
    pub fn count_odd(&mut self) {
        let mut all: Vec<_> = self.odd.drain().filter(|(_, n)| *n > SHOWN).collect();
        all.sort_unstable();
        for (more, n) in all {
            let message = format!("{} more {more}", n - SHOWN);
            self.warnings.push(Diagnostic::warning(message));
        }
    }

    /// Counts a default that a node of `kind` rests on.
    pub fn assume(&mut self, kind: &'t str, default: Assumed) {
        self.ledger.count(kind, default);
    }

    /// What inventory.toml says of all nodes of a kind, if it says anything; that is then counted.
    pub fn of_kind<T: Copy>(
        &mut self,
        kind: &'t str,
        assumed: Assumed,
        pick: impl Fn(&KindDefaults) -> Option<&Placed<T>>,
    ) -> Option<T> {
        let value = self
            .defaults
            .of(kind)
            .and_then(pick)
            .map(|given| given.value);
        if value.is_some() {
            self.assume(kind, assumed);
        }
        value
    }

    /// The nodes alone, with nothing in them that could be at fault: enough to look names up in.
    pub fn names_only(nodes: &[DraftNode]) -> Vec<DraftNode> {
        let can_hold = |at: u32| {
            let draft = nodes.get(at as usize);
            draft.is_some_and(|d| d.node.is_component_or_link())
        };
        (0u32..)
            .zip(nodes)
            .map(|(at, draft)| {
                let mut draft = draft.clone();
                let fine = draft.node.is_component_or_link();
                draft.within.retain(|&w| fine && w != at && can_hold(w));
                draft.node.capacity = None;
                draft.node.trips_at = None;
                draft.node.expansion = Expansion::default();
                draft.node.serves = Serves::Fair;
                draft.node.reliability = None;
                draft.node.role = match draft.node.role {
                    Role::Component | Role::Link(_) => Role::Component,
                    Role::Flow(_) => Role::Service(Service {
                        tier: None,
                        demand: 0.0,
                        slo: None,
                    }),
                    Role::Service(s) => Role::Service(Service { demand: 0.0, ..s }),
                };
                draft
            })
            .collect()
    }
}

impl Nodes for Builder<'_> {
    fn count(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize].node
    }

    fn find(&self, id: &str) -> Option<u32> {
        self.names.get(id).copied()
    }

    fn domains(&self, at: u32) -> impl Iterator<Item = u32> {
        self.nodes[at as usize].within.iter().copied()
    }

    fn labels(&self) -> &Labels {
        &self.labels
    }
}
