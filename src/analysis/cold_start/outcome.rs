//! What could not be started if everything had stopped, and what could be done about it, with numbers for
//! nodes.

use crate::model::NodeId;

/// What works in a state and could not be started in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColdStart {
    /// All of it, sorted.
    pub nodes: Vec<NodeId>,
    /// The loops that it hangs on: those that wait for no other first.
    pub loops: Vec<ColdLoop>,
}

/// Nodes each of which waits for another of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ColdLoop {
    /// All of them, sorted.
    pub members: Vec<NodeId>,
    /// The shortest way round from the first member: each waits for the next, the last is the first.
    pub way: Vec<NodeId>,
    /// Who else cannot start before them, sorted.
    pub waiting: Vec<NodeId>,
    /// Each of these alone breaks it; if none does, all of [`ColdLoop::together`] do.
    pub breaks: Vec<Hold>,
    /// What breaks it together where nothing does alone; empty where a limit ended the search.
    pub together: Vec<Hold>,
    /// How many holds of a large loop, each of which might break it alone, were not tried.
    pub untried: usize,
}

/// What makes a member of a loop wait for others of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hold {
    /// Who waits.
    pub consumer: NodeId,
    /// For whom, sorted.
    pub providers: Vec<NodeId>,
    /// Which of its requirements it is; any for what is none.
    pub number: usize,
    /// The line of the first row of that requirement, 0 if it came from elsewhere; `None` for what is none.
    pub line: Option<u32>,
    /// By what.
    pub by: HoldBy,
}

/// What a member waits by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldBy {
    /// One provider that must work, in a group with this name: the dependency could be removed or made
    /// soft.
    Provider(Option<String>),
    /// So many of a group with this name must work: the group could be made soft.
    Group(u32, Option<String>),
    /// It sits within them: it could be placed elsewhere.
    Within,
    /// They are its ends: nothing could be done about it.
    Ends,
}
