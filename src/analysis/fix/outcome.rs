//! What would fix it, as it is found: changes with their account of breaches, the order in which to repair, what
//! nothing was found for, and how far the search went.

use super::change::Change;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FixOutcome {
    /// In which order to repair what is out; each counts the breaches of all policies.
    pub repairs: Vec<Fix>,
    /// Changes after which a policy holds, by policy, those with least to do first.
    pub holds: Vec<Fix>,
    /// Changes that lessen the breaches of a policy and do not hold it, by policy, those that leave
    /// least first.
    pub lessens: Vec<Fix>,
    /// Breached policies that nothing was found to hold.
    pub unfixed: Vec<Unfixed>,
    /// Why there may be more; `None` when the search came to its end.
    pub end: Option<End>,
    /// How many times the estate was assessed anew.
    pub runs: u64,
    /// At most so many.
    pub most_runs: u64,
    /// How many single states were evaluated on the way.
    pub states: u64,
    /// At most so many.
    pub most_states: u64,
}

/// What ended a search, or a part of it, early; the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Only the first outages were tried.
    Outages,
    /// No more single states may be evaluated.
    States,
    /// No more sweeps may be made.
    Runs,
    /// No more simulations may be made.
    Simulations,
    /// A sweep would take more memory than it may.
    Memory,
    /// The watcher ended it.
    Interrupted,
}

/// A policy that nothing was found to hold, and what was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfixed {
    /// Its index.
    pub policy: usize,
    /// How many sets of changes were assessed for it.
    pub tried: u64,
    /// How many known outages and deratings there are.
    pub outages: u64,
    /// How many of them were repaired by themselves, to see what that does.
    pub repaired: u64,
    /// Whether it holds with all of them repaired at once; `None` if that was not tried.
    pub all_repaired_holds: Option<bool>,
    /// Whether any capacity could cure its contingencies: with capacity without limit on all that is
    /// there. `None` if that was not tried.
    pub unlimited_holds: Option<bool>,
    /// Whether a response that lowers demand breaches it, which no change to the estate can cure.
    pub shed: bool,
    /// Whether there was anything else to plan for.
    pub planned: bool,
    /// What ended the search for it early; `None` when nothing was left to try.
    pub end: Option<End>,
}

/// Changes and what they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// Index of the policy whose breaches are counted; `None` counts those of all.
    pub policy: Option<usize>,
    /// Position in the ranking of repairs, from 1.
    pub rank: Option<u64>,
    /// All of them are needed; in the ranking, the repairs so far.
    pub changes: Vec<Change>,
    /// How many breaches they remove.
    pub removes: u64,
    /// Of how many.
    pub of: u64,
    /// Breaches of the same policy that were none before.
    pub new_breaches: u64,
    /// How many are left: `of` − `removes` + `new_breaches`.
    pub remaining: u64,
    /// Breaches of other policies that were none before: index of the policy, how many.
    pub new_elsewhere: Vec<(usize, u64)>,
    /// Whether the policy (all policies) then holds, in everything that it asks for.
    pub holds: bool,
    /// Why it cannot be said to hold although no breach is left.
    pub undecided: Option<String>,
}
