//! Names of a scenario → nodes. In: ids and selectors as written, the system that they speak of. Out: nodes, and
//! what is wrong with each name where it stands. Promises to call no name unknown while the inventory could not
//! be read whole.

use crate::input::placed::Placed;
use crate::input::selector::{self, Nothing};
use crate::input::suggest::Suggester;
use crate::input::{Diagnostic, Faults};
use crate::model::{Node, NodeId, Role, System};

/// Resolves names and collects what is wrong.
pub struct Resolver<'a> {
    /// What the names are looked up in.
    pub system: &'a System,
    /// Whether a name that is not in the system is unknown.
    pub complete: bool,
    /// What is wrong.
    pub faults: Faults,
    /// What is odd.
    pub warnings: Vec<Diagnostic>,
    suggester: Suggester,
}

/// Which nodes a selector may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Components and links that can fail.
    Elements,
    /// Components and links, logical ones too.
    Derated,
    /// Services.
    Services,
}

impl Keep {
    fn accepts(self, node: &Node) -> bool {
        match self {
            Self::Elements => node.can_fail(),
            Self::Derated => node.is_component_or_link(),
            Self::Services => matches!(node.role, Role::Service(_)),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Elements | Self::Derated => "component or link",
            Self::Services => "service",
        }
    }
}

impl<'a> Resolver<'a> {
    /// Nothing resolved so far.
    pub fn new(system: &'a System, complete: bool) -> Self {
        Self {
            system,
            complete,
            faults: Faults::new(),
            warnings: Vec::new(),
            suggester: Suggester::default(),
        }
    }

    /// The node with an id.
    pub fn id(&mut self, id: &Placed<String>, keep: Keep) -> Option<NodeId> {
        let text = id.value.trim();
        let Some(found) = self.system.find(text) else {
            self.unknown_id(id, text, keep);
            return None;
        };
        let node = self.system.node(found);
        if keep.accepts(node) {
            return Some(found);
        }
        if node.is_logical() {
            let fault = id.error(format!("`{text}` is logical: it does not fail by itself"));
            let help =
                "write what it is made of, or `logical = false` for its kind in inventory.toml";
            self.faults.push(fault.help(help));
            return None;
        }
        let is = match node.role {
            Role::Component => "a component",
            Role::Link(_) => "a link",
            Role::Flow(_) => "a flow",
            Role::Service(_) => "a service",
        };
        let message = format!("`{text}` is {is}, no {}", keep.words());
        let fault = id.error(message);
        self.faults.push(match keep {
            Keep::Elements | Keep::Derated => fault.help("only components and links can fail"),
            Keep::Services => fault.help("write the id of a row of services.csv"),
        });
        None
    }

    fn unknown_id(&mut self, id: &Placed<String>, text: &str, keep: Keep) {
        if !self.complete {
            return;
        }
        let fault = id.error(format!("no {} has the id `{text}`", keep.words()));
        let nodes = self.system.nodes().iter();
        let near = self.suggester.nearest(
            text,
            keep as u8,
            nodes.filter(|n| keep.accepts(n)).map(|n| &*n.id),
        );
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if text.contains('=') => "here only an id can stand, no selector".to_owned(),
            None => "ids stand in the first column of the inventory's files".to_owned(),
        };
        self.faults.push(fault.help(help));
    }

    /// Position of a service in [`System::services`].
    pub fn service_index(&mut self, id: &Placed<String>) -> Option<usize> {
        let found = self.id(id, Keep::Services)?;
        self.system.services().binary_search(&found).ok()
    }

    /// Everything that some of the selectors keep: sorted, each once.
    pub fn select(&mut self, selectors: &[Placed<String>], keep: Keep) -> Vec<NodeId> {
        let mut all = Vec::new();
        for text in selectors {
            match selector::select(self.system, &text.value, &mut self.suggester) {
                Ok(found) => {
                    let before = all.len();
                    let system = self.system;
                    let fits = |at: &u32| keep.accepts(system.node(NodeId(*at)));
                    all.extend(found.into_iter().filter(fits).map(NodeId));
                    if all.len() == before {
                        let message = format!("`{}` keeps no {}", text.value, keep.words());
                        let help = format!("select something that is a {}", keep.words());
                        self.faults.push(text.error(message).help(help));
                    }
                }
                Err(Nothing::UnknownId) if !text.value.contains('*') => {
                    self.unknown_id(text, text.value.trim(), keep);
                }
                Err(nothing) if self.complete => {
                    let (message, help) = selector::explain(&text.value, nothing);
                    self.faults.push(text.error(message).help(help));
                }
                Err(_) => {}
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
