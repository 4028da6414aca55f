//! What changes cost. In: an estate. Out: what may be bought and for how much. Promises: once any node
//! has a cost, what has none is not for sale; a repair costs nothing.

use super::objective::Objective;
use super::sort::Sort;
use crate::analysis::fix::{Change, SecondPath, Shrink};
use crate::model::{NodeId, System};
use std::cmp::Ordering;

/// Differences of less than this fraction are none.
const TIE: f64 = 1e-9;

/// What plans are compared by, the first that differs deciding: with costs, the cost, how many changes, how
/// much capacity; without, how many changes, how much capacity, how many repairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Worth(pub [f64; 3]);

impl Worth {
    /// More than any plan.
    pub const MOST: Self = Self([f64::INFINITY; 3]);

    pub fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }

    /// Without what is lost or won by rounding.
    pub fn compare(&self, other: &Self) -> Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .map(|(&x, &y)| {
                let size = x.abs().max(y.abs());
                let tie = size.is_finite() && (x - y).abs() <= TIE * size;
                if tie {
                    Ordering::Equal
                } else {
                    x.total_cmp(&y)
                }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    pub fn is_less(&self, other: &Self) -> bool {
        self.compare(other).is_lt()
    }
}

/// Prices of an estate.
pub(super) struct Prices<'a> {
    system: &'a System,
    pub objective: Objective,
    /// What is not for sale, whatever it costs.
    pub without: Option<Sort>,
}

impl<'a> Prices<'a> {
    pub fn of(system: &'a System) -> Self {
        let more = |n: &crate::model::Node| n.expansion;
        let costs = |n| more(n).cost.is_some() || more(n).cost_per_unit.is_some();
        let objective = if system.nodes().iter().any(costs) {
            Objective::Cost
        } else {
            Objective::Changes
        };
        Self {
            system,
            objective,
            without: None,
        }
    }

    /// One repair; `None` where nothing is to be repaired.
    pub fn restore(&self) -> Option<Worth> {
        if self.without == Some(Sort::Restore) {
            return None;
        }
        Some(match self.objective {
            Objective::Cost => Worth([0.0, 1.0, 0.0]),
            Objective::Changes => Worth([0.0, 0.0, 1.0]),
        })
    }

    /// One more like a node; `None` if that is not for sale or makes no sense.
    pub fn member(&self, like: NodeId) -> Option<Worth> {
        let node = self.system.node(like);
        if !node.can_fail() || self.without == Some(Sort::Add) {
            return None;
        }
        let capacity = node.capacity.unwrap_or(0.0);
        match self.objective {
            Objective::Cost => Some(Worth([node.expansion.cost?, 1.0, capacity])),
            Objective::Changes => Some(Worth([1.0, capacity, 0.0])),
        }
    }

    /// One second path beside some links; `None` if that is not for sale: where there are costs, each of these links
    /// has to have one.
    pub fn path(&self, path: &SecondPath) -> Option<Worth> {
        if self.without == Some(Sort::Lay) {
            return None;
        }
        let [there, back] = path.capacities(self.system);
        let capacity = there.min(back);
        let capacity = if capacity.is_finite() { capacity } else { 0.0 };
        match self.objective {
            Objective::Cost => Some(Worth([path.cost(self.system)?, 1.0, capacity])),
            Objective::Changes => Some(Worth([1.0, capacity, 0.0])),
        }
    }

    /// What growing a node costs at all, and for a unit; `None` if that is not for sale.
    pub fn growth(&self, v: NodeId) -> Option<[Worth; 2]> {
        let node = self.system.node(v);
        let is_sold = node.is_component_or_link() && self.without != Some(Sort::Grow);
        if !is_sold || self.room(v) <= 0.0 {
            return None;
        }
        match self.objective {
            Objective::Cost => {
                let unit = node.expansion.cost_per_unit?;
                Some([Worth([0.0, 1.0, 0.0]), Worth([unit, 0.0, 1.0])])
            }
            Objective::Changes => Some([Worth([1.0, 0.0, 0.0]), Worth([0.0, 1.0, 0.0])]),
        }
    }

    /// An instance that runs on another host from now on; `None` if that is not for sale.
    pub fn relocation(&self, instance: NodeId) -> Option<Worth> {
        if self.without == Some(Sort::Move) {
            return None;
        }
        match self.objective {
            Objective::Cost => {
                let cost = self.system.node(instance).expansion.cost?;
                Some(Worth([cost, 1.0, 0.0]))
            }
            Objective::Changes => Some(Worth([1.0, 0.0, 0.0])),
        }
    }

    /// An instance that takes less: what is taken from it counts like capacity, and of two plans that are alike
    /// in that the one that takes from nobody is better. No column says what it costs, so that it is not for
    /// sale where there are costs.
    pub fn shrink(&self, shrink: &Shrink) -> Option<Worth> {
        if self.without == Some(Sort::Shrink) || self.objective == Objective::Cost {
            return None;
        }
        let placement = self.system.placements().of(shrink.instance)?;
        let less = placement.amount(shrink.resource) - shrink.to;
        Some(Worth([1.0, less.max(0.0), 1.0]))
    }

    /// What changes are worth.
    pub fn worth(&self, changes: &[Change]) -> Worth {
        let all = changes.iter().map(|change| self.worth_of(change));
        all.fold(Worth::default(), Worth::plus)
    }

    /// What one change is worth; more than any plan where it is not for sale.
    pub fn worth_of(&self, change: &Change) -> Worth {
        match change {
            Change::Restore(_) => self.restore().unwrap_or(Worth::MOST),
            Change::AddMember(m) => {
                let each = self.member(m.like).unwrap_or(Worth::MOST);
                Worth(each.0.map(|x| x * f64::from(m.count)))
            }
            Change::AddCapacity(v, amount) => match self.growth(*v) {
                Some([once, unit]) => once.plus(Worth(unit.0.map(|x| x * amount))),
                None => Worth::MOST,
            },
            Change::Lay(path) => {
                let each = self.path(path).unwrap_or(Worth::MOST);
                Worth(each.0.map(|x| x * f64::from(path.count)))
            }
            Change::Move(instance, _) => self.relocation(*instance).unwrap_or(Worth::MOST),
            Change::Shrink(shrink) => self.shrink(shrink).unwrap_or(Worth::MOST),
        }
    }

    /// By how much a node can be grown at most.
    pub fn room(&self, v: NodeId) -> f64 {
        self.system.node(v).room_to_grow()
    }
}
