//! Numbers become names. In: a result with the numbers of nodes and load cases. Out: the same result
//! with their ids and names. Promises: nothing else changes; a field that is forgotten here does not
//! compile.

use crate::analysis::{Elements, FirstTrip, MinimalSet, Moved, Tripped, Worst};
use crate::model::{CaseId, Cause, Finding, NodeId, Status, Witness};
use crate::report::document;
use std::collections::BTreeMap;

/// Who knows the names.
pub trait Names {
    /// The id of a node.
    fn node(&self, node: NodeId) -> String;
    /// The name of a load case.
    fn case(&self, case: CaseId) -> String;
}

/// A result that has another form with names in place of numbers.
pub trait Resolve {
    /// That form.
    type Named;

    /// With names on.
    fn named(self, names: &dyn Names) -> Self::Named;
}

impl Resolve for NodeId {
    type Named = String;

    fn named(self, names: &dyn Names) -> String {
        names.node(self)
    }
}

impl Resolve for CaseId {
    type Named = String;

    fn named(self, names: &dyn Names) -> String {
        names.case(self)
    }
}

impl Resolve for Witness {
    type Named = String;

    fn named(self, names: &dyn Names) -> String {
        match self {
            Self::Case(case) => names.case(case),
            Self::Element(node) | Self::Limit(node) => names.node(node),
        }
    }
}

impl Resolve for Elements {
    type Named = Vec<String>;

    fn named(self, names: &dyn Names) -> Vec<String> {
        self.to_vec().named(names)
    }
}

impl<T: Resolve> Resolve for Option<T> {
    type Named = Option<T::Named>;

    fn named(self, names: &dyn Names) -> Self::Named {
        self.map(|x| x.named(names))
    }
}

impl<T: Resolve> Resolve for Vec<T> {
    type Named = Vec<T::Named>;

    fn named(self, names: &dyn Names) -> Self::Named {
        self.into_iter().map(|x| x.named(names)).collect()
    }
}

impl<K: Ord, T: Resolve> Resolve for BTreeMap<K, T> {
    type Named = BTreeMap<K, T::Named>;

    fn named(self, names: &dyn Names) -> Self::Named {
        self.into_iter()
            .map(|(key, x)| (key, x.named(names)))
            .collect()
    }
}

/// Types in which there is nothing to name.
macro_rules! plain {
    ($($type:ty),* $(,)?) => {$(
        impl Resolve for $type {
            type Named = Self;

            fn named(self, _: &dyn $crate::report::naming::Names) -> Self {
                self
            }
        }
    )*};
}

/// Structures that are named field by field.
macro_rules! resolve {
    ($($type:ty => $named:ty { $($field:ident),* $(,)? })*) => {$(
        impl $crate::report::naming::Resolve for $type {
            type Named = $named;

            fn named(self, names: &dyn $crate::report::naming::Names) -> $named {
                type Named = $named;
                Named { $($field: self.$field.named(names)),* }
            }
        }
    )*};
}

pub(super) use {plain, resolve};

plain!(f64, u32, u64, usize, bool, String, Status, Cause);

resolve! {
    Finding => document::Finding { cause, witness, leads_to }
    MinimalSet => document::MinimalSet { elements, status, delivered, limit }
    Tripped => document::Tripped { id, round, load, trips_above }
    FirstTrip => document::FirstTrip { id, growth }
    Moved => document::Moved { instance, from, to }
    Worst => document::WorstContingency { elements, status, delivered }
}
