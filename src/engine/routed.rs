//! Networks as part of a system: what the three passes ask of the routing core, and what they tell
//! it.
//!
//! A network has a step of its own in every pass. It stands one level above its highest element and
//! below every flow that crosses it:
//!
//! ```text
//! works      elements die ─► network: flows that lose their last path die ─► what needs them
//! load       flows have their load ─► network ─► links and nodes on the way, which send on
//! delivered  elements deliver ─► network ─► flows deliver
//! ```
//!
//! Networks are in order of level. What a flow over one needs never crosses the same one, so a
//! network is asked once per failure and pass.

use super::base::Base;
use super::compiled::CompiledSystem;
use super::ix::{Ix, NONE};
use super::lanes::{Lanes, by_lane};
use super::network::{self, Place};
use super::network_parts::Part;
use super::scratch::{Mark, Scratch, set_flow};
use super::utilization::utilization;
use super::values::{Values, lower, own};

impl CompiledSystem {
    /// What a node is to a network.
    #[inline]
    pub(crate) fn part(&self, v: u32) -> Part {
        // Empty when there are no flows.
        self.parts.get(v as usize).copied().unwrap_or(Part::Outside)
    }

    /// The one end of a flow from a component to itself.
    fn end_of_still(&self, v: u32) -> u32 {
        let first = &self.requirements[self.first_requirement[v as usize] as usize];
        self.edges[first.first as usize].provider
    }

    /// Where the capacity of one direction of a link stands.
    pub(crate) fn capacity_of_arc(&self, net: usize, arc: u32) -> usize {
        let link = Ix(self.networks[net].links[arc as usize / 2]);
        self.capacity_places(link)[arc as usize % 2]
    }
}

impl<const L: usize> Values<L> {
    /// What flows over its network add to an element, per lane; on a link the larger direction.
    pub(crate) fn transit(&self, sys: &CompiledSystem, v: usize) -> Lanes<L> {
        match sys.network_flow.get(v) {
            Some(&leaf) if leaf != NONE => self.flow[leaf as usize],
            _ => [0.0; L],
        }
    }

    /// Load on one direction of a link: what flows send that way and what dependencies put on both.
    #[inline]
    pub(crate) fn arc_load(&self, sys: &CompiledSystem, net: usize, arc: u32) -> Lanes<L> {
        let link = sys.networks[net].links[arc as usize / 2] as usize;
        let (load, larger) = (self.load[link], self.transit(sys, link));
        let this = self.counted(net, self.networks[net].arc_load(arc));
        by_lane(|l| {
            if this[l] >= larger[l] {
                load[l]
            } else if larger[l] == f64::INFINITY {
                self.asked(sys, link, l) + this[l]
            } else {
                (load[l] - larger[l]).max(0.0) + this[l]
            }
        })
    }

    /// What one direction of a link serves of its load by itself: own of the link in that direction.
    #[inline]
    pub(crate) fn arc_own(
        &self,
        sys: &CompiledSystem,
        capacity: &[f64],
        net: usize,
        arc: u32,
    ) -> Lanes<L> {
        if let Some(layers) = &sys.layers {
            return self.own_of_arc_layers(sys, layers, capacity, (net, arc));
        }
        let capacity = capacity[sys.capacity_of_arc(net, arc)];
        if capacity == f64::INFINITY {
            return [1.0; L];
        }
        own(capacity, &self.arc_load(sys, net, arc))
    }

    /// What a flow gets of one direction of a link: its own, and what the link needs. A link that
    /// does not work has no say.
    fn arc_delivered(
        &self,
        sys: &CompiledSystem,
        capacity: &[f64],
        net: usize,
        arc: u32,
    ) -> Lanes<L> {
        let link = sys.networks[net].links[arc as usize / 2] as usize;
        if !self.works[link] {
            return [1.0; L];
        }
        let mut least = self.arc_own(sys, capacity, net, arc);
        self.lower_to_needs(sys, link, &mut least);
        least
    }

    /// What a link serves of its load by itself: in both directions.
    pub(super) fn own_both_ways(
        &self,
        sys: &CompiledSystem,
        capacity: &[f64],
        v: usize,
    ) -> Lanes<L> {
        let v = Ix(u32::try_from(v).unwrap_or(NONE));
        let [there, back] = sys.capacity_places(v).map(|at| capacity[at]);
        let [load, load_back] = self.load_both_ways(sys, v);
        let mut least = own(there, &load);
        lower(&mut least, &own(back, &load_back));
        least
    }

    /// Load on a link from its first end to its second, and back; on any other node its load, twice.
    pub(super) fn load_both_ways(&self, sys: &CompiledSystem, v: Ix) -> [Lanes<L>; 2] {
        match sys.part(v.0) {
            Part::Link(net, link) => {
                let arc = |arc| self.arc_load(sys, net as usize, arc);
                [arc(2 * link), arc(2 * link + 1)]
            }
            _ => [self.load[v.index()]; 2],
        }
    }

    /// What one direction of a link uses by itself of what it can take: see
    /// [`Values::used_of_limit`].
    pub(crate) fn arc_used_of_limit(
        &self,
        sys: &CompiledSystem,
        capacity: &[f64],
        net: usize,
        arc: u32,
    ) -> Lanes<L> {
        if let Some(layers) = &sys.layers {
            return self.used_of_arc_layers(sys, layers, capacity, (net, arc));
        }
        let link = sys.networks[net].links[arc as usize / 2];
        let most = capacity[sys.capacity_of_arc(net, arc)] * sys.lowered(link as usize);
        let load = self.arc_load(sys, net, arc);
        load.map(|load| utilization(load, most))
    }

    /// Load over capacity of a place where there is one layer, per lane; of a link the greater of both
    /// directions.
    pub(super) fn utilization(&self, sys: &CompiledSystem, capacity: &[f64], v: Ix) -> Lanes<L> {
        if !sys.is_uneven(v.index()) {
            let (load, capacity) = (&self.load[v.index()], capacity[v.index()]);
            return by_lane(|l| utilization(load[l], capacity));
        }
        let [there, back] = sys.capacity_places(v).map(|at| capacity[at]);
        let [load, load_back] = self.load_both_ways(sys, v);
        by_lane(|l| utilization(load[l], there).max(utilization(load_back[l], back)))
    }

    /// What a node delivers as far as a network goes: a working one what it does, others have no
    /// say.
    fn node_delivered(&self, v: usize) -> Lanes<L> {
        if self.works[v] {
            self.delivered[v]
        } else {
            [1.0; L]
        }
    }

    /// Fraction of a flow's load that arrives over its network, or would if it had some; 1 for what
    /// is no such flow.
    pub(crate) fn arrives(
        &self,
        sys: &CompiledSystem,
        bases: &[network::Base<L>],
        v: usize,
    ) -> Lanes<L> {
        match sys.parts.get(v) {
            Some(&Part::Flow(net, flow)) => {
                let net = net as usize;
                let topology = &sys.networks[net].topology;
                self.networks[net].delivered(topology, &bases[net], flow)
            }
            _ => [1.0; L],
        }
    }
}

impl<const L: usize> Base<'_, L> {
    /// Pass 1: routes every network over what works; flows without a path stop, and what needs
    /// them.
    pub(super) fn route(&mut self) {
        let sys = self.sys;
        let (mut dead, mut touched) = (Vec::new(), Vec::new());
        for network in &sys.networks {
            let works = |places: &[u32]| -> Vec<bool> {
                let works = |&v: &u32| self.values.works[v as usize];
                places.iter().map(works).collect()
            };
            let topology = &network.topology;
            let base =
                network::Base::route(topology, &works(&network.nodes), &works(&network.links));
            for (f, &v) in (0u32..).zip(&network.flows) {
                if !base.reaches(topology, f) {
                    self.values.kill(sys, v, &mut dead, &mut touched);
                }
            }
            self.values
                .networks
                .push(network::Scratch::new(topology, &base));
            self.networks.push(base);
        }
    }

    /// Pass 2: the load of all flows over a network is known; puts it on their paths.
    pub(super) fn load_network(&mut self, net: usize) {
        let sys = self.sys;
        let network = &sys.networks[net];
        let values = &mut self.values;
        let base = &mut self.networks[net];
        base.load(&network.topology, self.bounds[net], |f| {
            let v = network.flows[f as usize] as usize;
            values.finite(net, values.load[v])
        });
        for (node, &v) in (0u32..).zip(&network.nodes) {
            let load = values.counted(net, base.node_load(node));
            values.flow[sys.network_flow[v as usize] as usize] = load;
        }
        for (link, &v) in (0u32..).zip(&network.links) {
            let leaf = sys.network_flow[v as usize] as usize;
            let load = larger(base.arc_load(2 * link), base.arc_load(2 * link + 1));
            values.flow[leaf] = values.counted(net, load);
        }
        values.networks[net].reset(base);
    }

    /// Pass 3: what the elements of a network deliver is known; works out what arrives.
    pub(super) fn deliver_network(&mut self, net: usize) {
        let (sys, capacity) = (self.sys, self.capacity);
        let network = &sys.networks[net];
        let values = &mut self.values;
        let base = &mut self.networks[net];
        base.deliver(
            &network.topology,
            |arc| values.arc_delivered(sys, capacity, net, arc),
            |node| values.node_delivered(network.nodes[node as usize] as usize),
        );
        values.networks[net].reset(base);
    }
}

#[inline]
fn larger<const L: usize>(a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
    by_lane(|l| a[l].max(b[l]))
}

impl<const L: usize> Scratch<'_, L> {
    /// Load on a link from its first end to its second, and back; on any other node its load, twice.
    #[must_use]
    pub fn load_both_ways(&self, v: Ix) -> [Lanes<L>; 2] {
        self.values.total_both_ways(self.base().sys, v)
    }

    /// Whether a path joins the ends of a flow; true of what crosses no network.
    pub(crate) fn is_joined(&self, v: u32) -> bool {
        match self.base().sys.part(v) {
            Part::Flow(net, flow) => {
                let topology = &self.base().sys.networks[net as usize].topology;
                let base = &self.base().networks[net as usize];
                self.values.networks[net as usize].reaches(topology, base, flow)
            }
            _ => true,
        }
    }

    /// The fraction of a working flow's load that links and forwarding nodes let through, whatever
    /// else holds it back; 1 for what is no flow.
    pub(crate) fn let_through(&self, v: u32) -> Lanes<L> {
        let base = self.base();
        let (sys, values) = (base.sys, &self.values);
        let own_of_node = |v: u32| match sys.part(v) {
            Part::Node(net, node) if sys.networks[net as usize].topology.forwards(node) => {
                match &sys.layers {
                    None => own(base.capacity[v as usize], &values.load[v as usize]),
                    Some(layers) => values.own_of_layers(sys, layers, base.capacity, v as usize),
                }
            }
            _ => [1.0; L],
        };
        let (net, flow) = match sys.part(v) {
            Part::Flow(net, flow) => (net as usize, flow),
            Part::Still => return own_of_node(sys.end_of_still(v)),
            _ => return [1.0; L],
        };
        let network = &sys.networks[net];
        values.networks[net].arriving(
            &network.topology,
            &base.networks[net],
            flow,
            |arc| values.arc_own(sys, base.capacity, net, arc),
            |node| own_of_node(network.nodes[node as usize]),
        )
    }

    /// What arrives of a flow over its network, all that holds it back counted.
    pub(crate) fn arrived(&self, v: u32) -> Lanes<L> {
        let base = self.base();
        self.values.arrives(base.sys, &base.networks, v as usize)
    }

    /// Pass 1: asks the networks what the deaths since `mark` mean for flows, lowest first.
    pub(super) fn fail_networks(&mut self, mark: Mark) {
        let sys = self.base().sys;
        if sys.networks.is_empty() {
            return;
        }
        let mut next = mark.dead;
        let mut net = 0;
        while net < sys.networks.len() {
            while let Some(&v) = self.log.dead.get(next) {
                match sys.part(v) {
                    Part::Node(n, node) => self.waiting.nodes[n as usize].push(node),
                    Part::Link(n, link) => self.waiting.links[n as usize].push(link),
                    Part::Outside | Part::Flow(..) | Part::Still => {}
                }
                next += 1;
            }
            if !self.waiting.links[net].is_empty() || !self.waiting.nodes[net].is_empty() {
                self.fail_network(net);
            }
            net += 1;
        }
    }

    fn fail_network(&mut self, net: usize) {
        let sys = self.base().sys;
        let network = &sys.networks[net];
        let mut links = std::mem::take(&mut self.waiting.links[net]);
        let mut nodes = std::mem::take(&mut self.waiting.nodes[net]);
        self.open_with(net, &links, &nodes);
        links.clear();
        nodes.clear();
        self.waiting.links[net] = links;
        self.waiting.nodes[net] = nodes;
        self.queue_network_load(net);
        for i in 0..self.values.networks[net].cut().len() {
            let flow = self.values.networks[net].cut()[i];
            let v = network.flows[flow as usize];
            self.values
                .kill(sys, v, &mut self.log.dead, &mut self.log.touched);
        }
    }

    /// Begins this failure's step of a network, if it has not begun: it takes part in pass 3.
    fn open(&mut self, net: usize) {
        if !self.waiting.is_open[net] {
            self.open_with(net, &[], &[]);
        }
    }

    fn open_with(&mut self, net: usize, links: &[u32], nodes: &[u32]) {
        let base = self.base();
        let network = &base.sys.networks[net];
        let state = &mut self.values.networks[net];
        let number = u32::try_from(net).unwrap_or(NONE);
        self.log.networks.push((number, state.mark()));
        state.fail(&network.topology, &base.networks[net], links, nodes);
        self.waiting.is_open[net] = true;
        self.waiting.open.push(number);
        let entry = u32::try_from(base.sys.len() + net).unwrap_or(NONE);
        self.reserve
            .push(base.sys.levels - 1 - network.level, entry);
    }

    fn queue_network_load(&mut self, net: usize) {
        let sys = self.base().sys;
        let entry = u32::try_from(sys.terms.len() + net).unwrap_or(NONE);
        let rank = sys.networks[net].stage * super::TIERS;
        self.resum.push(rank, entry);
    }

    /// Pass 2: the load of a node changed. Tells its network, if it has one.
    pub(super) fn tell_load(&mut self, v: u32) {
        match self.base().sys.part(v) {
            Part::Flow(net, flow) => {
                let net = net as usize;
                self.open(net);
                self.queue_network_load(net);
                let base = self.base();
                let topology = &base.sys.networks[net].topology;
                let load = self.values.finite(net, self.values.load[v as usize]);
                self.values.networks[net].set_flow_load(topology, flow, load);
            }
            Part::Link(net, link) => self.tell_arcs(net as usize, link),
            Part::Outside | Part::Node(..) | Part::Still => {}
        }
    }

    /// Pass 2: what a link carries changed in the layer of a network: what it serves may do so in all.
    fn tell_arcs(&mut self, net: usize, link: u32) {
        for net in self.base().sys.same_networks(net) {
            self.open(net);
            self.waiting.loaded[net].push(link);
        }
    }

    /// Pass 2, the step of a network: moves the load of its flows.
    pub(super) fn load_network(&mut self, net: usize) {
        let base = self.base();
        let sys = base.sys;
        let network = &sys.networks[net];
        self.values.networks[net].push_loads(&network.topology, &base.networks[net]);
        for i in 0..self.values.networks[net].changed_len() {
            let state = &self.values.networks[net];
            let (v, load) = match state.changed_at(i) {
                Place::Node(node) => (network.nodes[node as usize], state.node_load(node)),
                Place::Arc(arc) => {
                    let both = larger(state.arc_load(arc), state.arc_load(arc ^ 1));
                    (network.links[arc as usize / 2], both)
                }
            };
            if sys.is_layered()
                && let Part::Link(_, link) = sys.part(v)
            {
                self.tell_arcs(net, link);
                self.queue_replicas(v);
            }
            // The direction that carries less may be the one that counts.
            if sys.is_uneven(v as usize) && self.values.works[v as usize] {
                self.queue_delivered(v);
            }
            let load = self.values.counted(net, load);
            let leaf = sys.network_flow[v as usize] as usize;
            set_flow(
                sys,
                &mut self.values.flow,
                &mut self.log,
                &mut self.resum,
                &mut self.why,
                leaf,
                load,
            );
        }
    }

    /// Pass 3: what a working node delivers changed. Tells its network, if it has one.
    pub(super) fn tell_delivered(&mut self, v: u32) {
        if let Part::Node(net, node) = self.base().sys.part(v)
            && self.values.works[v as usize]
        {
            let net = net as usize;
            self.open(net);
            let delivered = self.values.delivered[v as usize];
            let topology = &self.base().sys.networks[net].topology;
            self.values.networks[net].set_node(topology, node, delivered);
        }
    }

    /// Pass 3: something that a node needs may deliver otherwise than before. Tells its network, if
    /// it is a link.
    pub(super) fn tell_needs(&mut self, v: u32) {
        let sys = self.base().sys;
        if let Part::Link(net, link) = sys.part(v)
            && self.values.works[v as usize]
            && sys.requirements[sys.requirements_of(v as usize)]
                .iter()
                .any(super::compiled::Requirement::delivers)
        {
            self.open(net as usize);
            self.waiting.loaded[net as usize].push(link);
        }
    }

    /// Pass 3, the step of a network: works out what arrives.
    pub(super) fn deliver_network(&mut self, net: usize) {
        let base = self.base();
        let network = &base.sys.networks[net];
        let mut loaded = std::mem::take(&mut self.waiting.loaded[net]);
        for &link in &loaded {
            self.set_arc(net, 2 * link);
            self.set_arc(net, 2 * link + 1);
        }
        loaded.clear();
        self.waiting.loaded[net] = loaded;
        for i in 0..self.values.networks[net].changed_len() {
            if let Place::Arc(arc) = self.values.networks[net].changed_at(i) {
                self.set_arc(net, arc);
            }
        }
        self.values.networks[net].settle(&network.topology, &base.networks[net]);
        for i in 0..self.values.networks[net].moved().len() {
            let v = network.flows[self.values.networks[net].moved()[i] as usize];
            if self.values.works[v as usize] {
                self.queue_delivered(v);
            }
        }
    }

    fn set_arc(&mut self, net: usize, arc: u32) {
        let base = self.base();
        let values = &self.values;
        let delivered = values.arc_delivered(base.sys, base.capacity, net, arc);
        self.values.networks[net].set_own(arc, delivered);
    }

    /// The failure is done with.
    pub(super) fn close_networks(&mut self) {
        for net in self.waiting.open.drain(..) {
            self.waiting.is_open[net as usize] = false;
        }
    }
}
