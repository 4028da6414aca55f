//! What a search comes by: changes in one fixed order, and what they leave.

use super::account::Judged;
use super::change::{Change, Member};

/// Changes that were assessed.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub changes: Vec<Change>,
    pub after: Judged,
    /// Whether probabilities were judged too.
    pub in_full: bool,
}

/// Changes in a fixed order, those of one thing as one.
pub(super) fn gathered(changes: &[Change]) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for change in changes {
        let mut known = all.iter_mut();
        let done = known.any(|known| match (known, change) {
            (Change::AddCapacity(x, sum), Change::AddCapacity(y, more)) if x == y => {
                *sum += more;
                true
            }
            (Change::AddMember(x), Change::AddMember(y))
                if (x.like, &x.outside) == (y.like, &y.outside) =>
            {
                x.count += y.count;
                true
            }
            (Change::Shrink(x), Change::Shrink(y)) if x.is_of(y) => {
                x.to = x.to.min(y.to);
                true
            }
            (known, change) => known == change,
        });
        if !done {
            all.push(change.clone());
        }
    }
    all.sort_by(|x, y| order_of(x).cmp(&order_of(y)));
    all
}

/// A fixed order of changes: repairs, capacity, members, instances that move, those that take less, paths.
fn order_of(change: &Change) -> (u8, Option<&Member>, u32, usize) {
    match change {
        Change::Restore(node) => (0, None, node.0, 0),
        Change::AddCapacity(node, _) => (1, None, node.0, 0),
        Change::AddMember(member) => (2, Some(member), 0, 0),
        Change::Move(instance, _) => (3, None, instance.0, 0),
        Change::Shrink(shrink) => (4, None, shrink.instance.0, shrink.resource),
        Change::Lay(path) => (5, None, path.from.0, path.to.index()),
    }
}
