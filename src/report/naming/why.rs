//! Chains of causes as sentences.

use super::Naming;
use crate::analysis::{Direction, StateOutcome, Step};
use crate::model::{Need, NodeId, Provider, Requirement, Role, Serves, Split, short};
use crate::report::document::carried;
use crate::report::number::{self, ids as ids_of, percent, quantity, unit};
use crate::report::placement::lack_words;

/// Steps of a chain that are shown; the middle of a longer one is counted.
const MOST_SHOWN: usize = 12;
/// Characters of an id in a sentence.
const ID: usize = 40;

impl Naming<'_> {
    /// One sentence per step, nearest cause of the service first.
    pub(super) fn sentences(
        self,
        state: &StateOutcome,
        service: NodeId,
        chain: &[Step<'_>],
    ) -> Vec<String> {
        let tell = |step: &Step<'_>| self.sentence(state, service, *step);
        if chain.len() <= MOST_SHOWN {
            return chain.iter().map(tell).collect();
        }
        let (head, tail) = (MOST_SHOWN / 2, MOST_SHOWN / 2 - 1);
        let mut shown: Vec<String> = chain[..head].iter().map(tell).collect();
        shown.push(format!("… {} steps further …", chain.len() - head - tail));
        shown.extend(chain[chain.len() - tail..].iter().map(tell));
        shown
    }

    pub(super) fn name(self, node: NodeId) -> String {
        short(self.system.id(node), ID)
    }

    /// What a service would say of a step: nodes deliver to it what its tier gets.
    fn sentence(self, state: &StateOutcome, service: NodeId, step: Step<'_>) -> String {
        match step {
            Step::Failed(v) => format!("{} has failed", self.name(v)),
            Step::Tripped(v) => self.tripped_because(state, v),
            Step::Unplaced(v) => self.unplaced_because(state, v),
            Step::Round(round) => self.round(state, round),
            Step::NoPath(v) => self.no_path(v),
            Step::Congested(v) => {
                format!(
                    "the path of {} through the network is overloaded",
                    self.name(v)
                )
            }
            Step::Sits { node, needs } => {
                let words = match self.system.node(node).role {
                    Role::Component if state.works[needs.index()] => "depends on",
                    Role::Component => "sits within",
                    _ if self.system.node(node).within.contains(&needs) => "sits within",
                    _ => "ends at",
                };
                format!("{} {words} {}", self.name(node), self.name(needs))
            }
            Step::Overloaded(v, way) => self.overloaded(state, v, way),
            Step::Crosses {
                flow,
                least,
                delivered,
            } => format!(
                "{} passes {}, which delivers {}",
                self.name(flow),
                self.name(least),
                percent(delivered)
            ),
            Step::Unmet(r) => self.requirement(state, r),
            Step::Limited { requirement, least } => {
                let lost = |p: &&Provider| !state.works[p.node.index()];
                if requirement.providers.iter().any(|p| lost(&p)) {
                    return if requirement.split == Split::Shard {
                        self.lost_shards(state, requirement)
                    } else {
                        self.requirement(state, requirement)
                    };
                }
                format!(
                    "{} relies on {}, which delivers {}",
                    self.name(requirement.consumer),
                    self.name(least),
                    percent(state.delivered_to(service, least))
                )
            }
        }
    }

    fn no_path(self, v: NodeId) -> String {
        match self.system.node(v).role {
            Role::Flow(f) => format!(
                "no working path leads from {} to {} for {}",
                self.name(f.from),
                self.name(f.to),
                self.name(v)
            ),
            _ => format!("{} does not work", self.name(v)),
        }
    }

    fn tripped_because(self, state: &StateOutcome, v: NodeId) -> String {
        let Some(trip) = state.trip_of(v) else {
            return self.no_path(v);
        };
        let unit = unit(self.system.node(v).unit.as_deref());
        format!(
            "{} tripped in round {}: it had to carry {} and trips above {}{unit}",
            self.name(v),
            trip.round,
            number::load(carried(trip.load), quantity),
            quantity(trip.trips_above),
        )
    }

    fn unplaced_because(self, state: &StateOutcome, v: NodeId) -> String {
        let Some((home, lack)) = state.lack_of(v) else {
            return self.no_path(v);
        };
        let lost = home.map_or(String::new(), |home| {
            format!("; it ran on {}", self.name(home))
        });
        format!("{} {}{lost}", self.name(v), lack_words(&self.lack(v, lack)))
    }

    fn round(self, state: &StateOutcome, round: u32) -> String {
        let tripped = state.tripped.iter().filter(|t| t.round == round);
        let ids: Vec<String> = tripped.map(|t| self.id(t.id)).collect();
        format!("before that, round {round} took {}", ids_of(&ids, 3))
    }

    fn overloaded(self, state: &StateOutcome, v: NodeId, way: Option<Direction>) -> String {
        let towards = way.and_then(|way| Some((way, state.towards(v, way)?)));
        let (load, capacity, drawn) = match towards {
            Some((_, carried)) => (carried.load, carried.capacity, carried.constant),
            None => (
                state.carried[v.index()],
                state.capacity[v.index()],
                state.constant[v.index()],
            ),
        };
        let unit = unit(self.system.node(v).unit.as_deref());
        let share = if capacity > 0.0 {
            format!(" ({})", number::load(load / capacity, percent))
        } else {
            String::new()
        };
        let constant = match drawn {
            drawn if drawn > 0.0 => format!(", {} of it whatever the demand", quantity(drawn)),
            _ => String::new(),
        };
        let first = match self.system.node(v).serves {
            Serves::Priority => "; better tiers come first",
            Serves::Fair => "",
        };
        let towards = towards.map_or(String::new(), |(way, _)| self.ends_in_order(v, way));
        format!(
            "{} must carry {} and can carry {}{unit}{towards}{share}{}{constant}{first}",
            self.name(v),
            number::load(load, quantity),
            quantity(capacity),
            self.derated_from(v, way, capacity)
        )
    }

    /// The capacity that a node is listed with, where it is derated to less.
    fn derated_from(self, v: NodeId, way: Option<Direction>, capacity: f64) -> String {
        let node = self.system.node(v);
        let is_link = matches!(node.role, Role::Link(_));
        let listed = match way {
            Some(way) => node.capacities()[way as usize],
            // Which direction the figures are of is not known here.
            None if is_link => return String::new(),
            None => node.capacity.unwrap_or(f64::INFINITY),
        };
        if listed.is_finite() && capacity < listed {
            format!(", derated from {}", quantity(listed))
        } else {
            String::new()
        }
    }

    /// ` from a to b`, the ends of a link in a direction; nothing for anything else.
    fn ends_in_order(self, v: NodeId, way: Direction) -> String {
        let Role::Link(link) = &self.system.node(v).role else {
            return String::new();
        };
        let (from, to) = match way {
            Direction::There => (link.a, link.b),
            Direction::Back => (link.b, link.a),
        };
        format!(" from {} to {}", self.name(from), self.name(to))
    }

    fn lost_shards(self, state: &StateOutcome, r: &Requirement) -> String {
        let lost = r.providers.iter().filter(|p| !state.works[p.node.index()]);
        let names: Vec<String> = lost.clone().take(3).map(|p| self.name(p.node)).collect();
        let more = match lost.count().saturating_sub(names.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(
            "{} is split into shards: what {}{more} served is lost",
            self.name(r.consumer),
            names.join(", "),
        )
    }

    fn requirement(self, state: &StateOutcome, r: &Requirement) -> String {
        let consumer = self.name(r.consumer);
        let of = r.providers.len();
        if of == 1 {
            return format!("{consumer} needs {}", self.name(r.providers[0].node));
        }
        let lost: Vec<String> = r
            .providers
            .iter()
            .filter(|p| !state.works[p.node.index()])
            .map(|p| self.name(p.node))
            .collect();
        let group = match &r.group {
            Some(name) => short(name, ID),
            None => "its providers".to_owned(),
        };
        let need = match r.need {
            Need::All => format!("all {of}"),
            Need::AtLeast(k) => format!("{k} of {of}"),
        };
        let working = of - lost.len();
        match lost.as_slice() {
            [] => format!("{consumer} needs {need} in {group}: all work"),
            [one] => format!("{consumer} needs {need} in {group}: {working} left without {one}"),
            [first, .., end] if lost.len() <= 3 => {
                let middle = if lost.len() == 3 {
                    format!(", {}", lost[1])
                } else {
                    String::new()
                };
                format!(
                    "{consumer} needs {need} in {group}: {working} left without {first}{middle} \
                     and {end}"
                )
            }
            [first, ..] => format!(
                "{consumer} needs {need} in {group}: {working} left without {first} and {} more",
                lost.len() - 1
            ),
        }
    }
}
