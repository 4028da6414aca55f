//! Links and network demand over a sweep, with names on.

use super::resolve::{Names, Resolve, plain, resolve};
use crate::analysis::MOST_PAIRS;
use crate::analysis::network::{
    LinkUse, LinkWorst, NetworkCase, NetworkDemand, NetworkLoss, NetworkSweep, NetworkWorst,
    NotFollowed,
};
use crate::report::document;
use crate::report::number::count;

resolve! {
    NetworkSweep => document::NetworkSweep { evaluated, reason, cases }
    NetworkCase => document::NetworkCase { load_case, demand, links, worst }
    LinkUse => document::LinkUse {
        id, capacity, capacity_back, load, load_back, infinite, utilization, worst,
    }
    LinkWorst => document::LinkWorst { elements, load, infinite, utilization }
    NetworkWorst => document::NetworkWorst { elements, lost, busiest, utilization }
}
plain!(NetworkDemand, NetworkLoss);

impl Resolve for NotFollowed {
    type Named = String;

    fn named(self, _: &dyn Names) -> String {
        match self {
            Self::ManyPairs(pairs) => format!(
                "links are followed through pairs only where there are at most {}; here are {}",
                count(MOST_PAIRS),
                count(pairs)
            ),
            Self::Ended => "the sweep ended early".to_owned(),
            Self::BeyondPairs => "links are followed up to order 2".to_owned(),
        }
    }
}
