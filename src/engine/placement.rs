//! Placements: which instance runs on which host, as a function of what has failed.
//!
//! In: what works of hosts and their resources, which instances have failed. Out: a host for each
//! instance, or none, and what is taken of each resource. Promise: only what lost its host is placed
//! anew; sums run in a fixed order, so that the same failures give the same bits, whatever was before.
//!
//! Instances are numbered in the order in which they are placed. Those whose hosts need no instance are
//! the first layer; those whose hosts do, as pods on virtual machines, are placed after all that their
//! hosts need. An instance of a layer that is out is as good as failed to the layers above.

use super::ix::NONE;

/// An amount may exceed what is left by this part of the capacity.
const TOLERANCE: f64 = 1.0 + 1e-9;
/// Rooms that round to the same are the same.
const STEPS: f64 = 1e9;

/// What runs where, compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placement {
    /// Whether what lost its host is placed anew.
    pub restart: bool,
    pub instances: Vec<Instance>,
    pub hosts: Vec<Host>,
    /// Hosts of each instance, in the order of the file.
    pub candidates: Vec<u32>,
    /// What each instance takes of each resource.
    pub amounts: Vec<Option<f64>>,
    /// How many resources there are.
    pub resources: usize,
    /// What there is of resources: place in the first layer of loads.
    pub slots: Vec<u32>,
    /// Per slot: the place that carries what is taken of it.
    pub drawn_at: Vec<u32>,
    /// Per slot: who takes of it at home, in order of id, and how much.
    pub takers: Vec<Vec<(u32, f64)>>,
    /// Per slot: what is taken of it when all are at home.
    pub used: Vec<f64>,
    /// Per slot: the most that may ever be taken of it.
    pub most: Vec<f64>,
    /// Per place: the slot whose taken amounts it carries, or [`NONE`]; only in the layer of constants.
    pub slot_of: Vec<u32>,
    /// Per place: the instance it is, or [`NONE`]; only in the first layer of loads.
    pub instance_at: Vec<u32>,
    /// Per place: the host it is, or [`NONE`]; only in the first layer of loads.
    pub host_at: Vec<u32>,
    /// How many layers of instances there are.
    pub layers: u32,
    /// Who is kept apart, by word.
    pub words: Vec<Word>,
    /// Instances that run nowhere with nothing failed.
    pub homeless: Vec<u32>,
    /// Instances of which nobody says where they run: their home is where they landed.
    pub landed: Vec<u32>,
}

/// One instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance {
    /// Its place in the first layer of loads.
    pub node: u32,
    pub layer: u32,
    /// The host it runs on while that works, or [`NONE`].
    pub home: u32,
    /// Its part of the candidates.
    pub first: u32,
    pub last: u32,
    /// The word that it shares with those it is kept apart from, or [`NONE`].
    pub word: u32,
}

/// One host.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// Its place in the first layer of loads.
    pub node: u32,
    /// What it has of each resource, or [`NONE`] where nothing limits it.
    pub slots: Box<[u32]>,
    /// Who is at home there.
    pub residents: Vec<u32>,
    /// Instances among itself and all that it sits within: what they run on is around it too.
    pub movers: Vec<u32>,
}

/// Instances that are kept apart.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub members: Vec<u32>,
    /// Per host: the domains of the kind that counts which it is or sits in, directly or not; `None`
    /// where hosts count.
    pub domains: Option<Vec<Box<[u32]>>>,
}

impl Placement {
    /// What an instance takes of each resource.
    pub(super) fn amounts_of(&self, instance: u32) -> &[Option<f64>] {
        let first = instance as usize * self.resources;
        &self.amounts[first..first + self.resources]
    }

    /// Everything that hangs on where instances are at home.
    pub fn settle_homes(&mut self) {
        for host in &mut self.hosts {
            host.residents.clear();
        }
        self.takers = vec![Vec::new(); self.slots.len()];
        self.homeless.clear();
        let mut by_id: Vec<u32> = (0u32..).take(self.instances.len()).collect();
        by_id.sort_by_key(|&i| self.instances[i as usize].node);
        for i in by_id {
            let home = self.instances[i as usize].home;
            if home == NONE {
                self.homeless.push(i);
                continue;
            }
            let amounts: Vec<Option<f64>> = self.amounts_of(i).to_vec();
            let host = &mut self.hosts[home as usize];
            host.residents.push(i);
            for (&slot, amount) in host.slots.iter().zip(amounts) {
                if let (true, Some(amount)) = (slot != NONE, amount) {
                    self.takers[slot as usize].push((i, amount));
                }
            }
        }
        let sum = |takers: &Vec<(u32, f64)>| takers.iter().fold(0.0, |sum, t| sum + t.1);
        self.used = self.takers.iter().map(sum).collect();
    }

    /// The most that may ever be taken of each slot.
    pub fn settle_most(&mut self) {
        let mut most = vec![0.0; self.slots.len()];
        for i in 0u32..u32::try_from(self.instances.len()).unwrap_or(NONE) {
            let instance = &self.instances[i as usize];
            for &host in &self.candidates[instance.first as usize..instance.last as usize] {
                let slots = self.hosts[host as usize].slots.iter();
                for (&slot, amount) in slots.zip(self.amounts_of(i)) {
                    if let (true, Some(amount)) = (slot != NONE, amount) {
                        most[slot as usize] += amount;
                    }
                }
            }
        }
        self.most = most;
    }
}

/// Where everything runs in one state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Placed {
    /// Per instance: its host, or [`NONE`].
    pub at: Vec<u32>,
    /// Per slot: what is taken of it.
    pub used: Vec<f64>,
}

/// Works out placements. Between two runs all are at home; nothing is allocated once it has grown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placer {
    pub now: Placed,
    /// Instances that may be elsewhere than at home.
    pub moved: Vec<u32>,
    is_moved: Vec<bool>,
    has_failed: Vec<bool>,
    /// Slots of which another amount than at home may be taken.
    pub slots: Vec<u32>,
    is_listed: Vec<bool>,
    /// Hosts that do not work.
    lost: Vec<u32>,
    /// Those to be placed in this layer.
    waiting: Vec<u32>,
    /// Instances that found no host.
    pub out: Vec<u32>,
    near: Vec<u32>,
    far: Vec<u32>,
    stack: Vec<u32>,
}

/// What an instance that is being placed asks of a resource of a host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub instance: u32,
    pub resource: usize,
    pub slot: u32,
    pub capacity: f64,
    /// By those placed before.
    pub used: f64,
    pub asked: Option<f64>,
}

/// Looks on while hosts are chosen; by default sees nothing, at no cost.
pub(super) trait Onlooker {
    /// These are to be placed, in this order.
    fn waiting(&mut self, _: &Placement, _: &[u32]) {}
    /// The next of them is held against a resource of a host.
    fn term(&mut self, _: &Placement, _: &Placed, _: Term) {}
    /// That was all of a host, which has room for it or not.
    fn host(&mut self, _host: u32, _fits: bool) {}
    /// It runs there, or nowhere.
    fn chosen(&mut self, _host: u32) {}
}

impl Onlooker for () {}

/// What a state says of hosts and resources.
#[derive(Clone, Copy)]
pub(crate) struct Room<'r> {
    pub works: &'r [bool],
    pub capacity: &'r [f64],
}

impl Placer {
    /// Everything is at home.
    pub fn new(p: &Placement) -> Self {
        Self {
            now: Placed {
                at: p.instances.iter().map(|i| i.home).collect(),
                used: p.used.clone(),
            },
            is_moved: vec![false; p.instances.len()],
            has_failed: vec![false; p.instances.len()],
            is_listed: vec![false; p.slots.len()],
            ..Self::default()
        }
    }

    /// Takes everything home, but for instances that have failed.
    pub fn begin(&mut self, p: &Placement, failed: impl Iterator<Item = u32>) {
        for i in self.moved.drain(..) {
            self.is_moved[i as usize] = false;
            self.has_failed[i as usize] = false;
            self.now.at[i as usize] = p.instances[i as usize].home;
        }
        for s in self.slots.drain(..) {
            self.is_listed[s as usize] = false;
            self.now.used[s as usize] = p.used[s as usize];
        }
        self.out.clear();
        for i in failed {
            self.has_failed[i as usize] = true;
            self.take_away(p, i);
        }
        for at in 0..self.slots.len() {
            self.add_up(p, self.slots[at]);
        }
    }

    /// An instance runs nowhere.
    fn take_away(&mut self, p: &Placement, i: u32) {
        if !std::mem::replace(&mut self.is_moved[i as usize], true) {
            self.moved.push(i);
        }
        let home = p.instances[i as usize].home;
        self.now.at[i as usize] = NONE;
        if home != NONE {
            self.list(p, home);
        }
    }

    fn list(&mut self, p: &Placement, host: u32) {
        for &slot in &p.hosts[host as usize].slots {
            if slot != NONE && !std::mem::replace(&mut self.is_listed[slot as usize], true) {
                self.slots.push(slot);
            }
        }
    }

    /// What those that stay at home take of a slot that is listed, in order of id.
    fn add_up(&mut self, p: &Placement, slot: u32) {
        if slot == NONE || !self.is_listed[slot as usize] {
            return;
        }
        let takers = p.takers[slot as usize].iter();
        let stay = takers.filter(|t| self.now.at[t.0 as usize] == p.instances[t.0 as usize].home);
        self.now.used[slot as usize] = stay.fold(0.0, |sum, t| sum + t.1);
    }

    /// Places a layer anew: those of it that lost their host, `dead` being places among which all hosts
    /// are that do not work. Appends those that found none to `out`.
    pub fn place(
        &mut self,
        p: &Placement,
        layer: u32,
        dead: impl Iterator<Item = u32>,
        room: Room<'_>,
        onlooker: &mut impl Onlooker,
    ) {
        self.waiting.clear();
        self.lost.clear();
        let hosts = dead.map(|v| p.host_at[v as usize]).filter(|&h| h != NONE);
        self.lost.extend(hosts);
        let residents = self
            .lost
            .iter()
            .flat_map(|&h| p.hosts[h as usize].residents.iter());
        let residents = residents.copied();
        let is_here = |i: &u32| p.instances[*i as usize].layer == layer;
        self.waiting
            .extend(residents.chain(p.homeless.iter().copied()).filter(is_here));
        let has_failed = &self.has_failed;
        self.waiting.retain(|&i| !has_failed[i as usize]);
        self.waiting.sort_unstable();
        self.waiting.dedup();
        for at in 0..self.waiting.len() {
            self.take_away(p, self.waiting[at]);
        }
        // Nobody has come to a host that does not work.
        for at in 0..self.lost.len() {
            for &slot in &p.hosts[self.lost[at] as usize].slots {
                self.add_up(p, slot);
            }
        }
        onlooker.waiting(p, &self.waiting);
        for at in 0..self.waiting.len() {
            let i = self.waiting[at];
            let host = if p.restart {
                self.find_host(p, i, room, onlooker)
            } else {
                NONE
            };
            self.now.at[i as usize] = host;
            if host == NONE {
                self.out.push(i);
                continue;
            }
            self.list(p, host);
            for (&slot, amount) in p.hosts[host as usize].slots.iter().zip(p.amounts_of(i)) {
                if let (true, Some(amount)) = (slot != NONE, amount) {
                    self.now.used[slot as usize] += amount;
                }
            }
        }
    }

    /// The host with the most room for an instance, the first of them; [`NONE`] if none has any.
    fn find_host(
        &mut self,
        p: &Placement,
        i: u32,
        room: Room<'_>,
        onlooker: &mut impl Onlooker,
    ) -> u32 {
        let instance = p.instances[i as usize];
        let (mut best, mut most) = (NONE, f64::NEG_INFINITY);
        for &host in &p.candidates[instance.first as usize..instance.last as usize] {
            if !room.works[p.hosts[host as usize].node as usize] {
                continue;
            }
            let left = self.left(p, i, host, room, onlooker);
            onlooker.host(host, left.is_some());
            let Some(left) = left else {
                continue;
            };
            if left > most && !self.is_barred(p, i, host) {
                (best, most) = (host, left);
            }
        }
        onlooker.chosen(best);
        best
    }

    /// What would be left on a host, as the least part of any of its resources, in steps; `None` if
    /// there is no room.
    fn left(
        &self,
        p: &Placement,
        i: u32,
        host: u32,
        room: Room<'_>,
        onlooker: &mut impl Onlooker,
    ) -> Option<f64> {
        let mut least: f64 = 1.0;
        let slots = p.hosts[host as usize].slots.iter();
        for (resource, (&slot, amount)) in slots.zip(p.amounts_of(i)).enumerate() {
            if slot == NONE {
                continue;
            }
            let v = p.slots[slot as usize] as usize;
            if !room.works[v] {
                if amount.is_some() {
                    return None;
                }
                let term = Term {
                    instance: i,
                    resource,
                    slot,
                    capacity: 0.0,
                    used: 0.0,
                    asked: None,
                };
                onlooker.term(p, &self.now, term);
                least = least.min(0.0);
                continue;
            }
            let (capacity, used) = (room.capacity[v], self.now.used[slot as usize]);
            let asked = amount.unwrap_or(0.0);
            let term = Term {
                instance: i,
                resource,
                slot,
                capacity,
                used,
                asked: *amount,
            };
            onlooker.term(p, &self.now, term);
            if amount.is_some() && used + asked > capacity * TOLERANCE {
                return None;
            }
            if capacity.is_finite() {
                let left = if capacity > 0.0 {
                    (capacity - used - asked) / capacity
                } else {
                    0.0
                };
                least = least.min(left);
            }
        }
        Some((least * STEPS).round())
    }

    /// Whether somebody runs on a host, or in a domain of it, from whom an instance is kept apart.
    fn is_barred(&mut self, p: &Placement, i: u32, host: u32) -> bool {
        let word = p.instances[i as usize].word;
        let Some(word) = p.words.get(word as usize) else {
            return false;
        };
        let Some(domains) = &word.domains else {
            let others = word.members.iter().filter(|&&j| j != i);
            return others.clone().any(|&j| self.now.at[j as usize] == host);
        };
        let mut near = std::mem::take(&mut self.near);
        self.around(p, domains, host, &mut near);
        let mut is_barred = false;
        for &j in word.members.iter().filter(|&&j| j != i) {
            let at = self.now.at[j as usize];
            if at == NONE || near.is_empty() {
                continue;
            }
            let mut far = std::mem::take(&mut self.far);
            self.around(p, domains, at, &mut far);
            is_barred |= far.iter().any(|d| near.contains(d));
            self.far = far;
            if is_barred {
                break;
            }
        }
        self.near = near;
        is_barred
    }

    /// The domains that count of a host, and of what it and its domains run on.
    fn around(&mut self, p: &Placement, domains: &[Box<[u32]>], host: u32, all: &mut Vec<u32>) {
        all.clear();
        self.stack.clear();
        self.stack.push(host);
        while let Some(host) = self.stack.pop() {
            all.extend_from_slice(&domains[host as usize]);
            for &mover in &p.hosts[host as usize].movers {
                let at = self.now.at[mover as usize];
                if at != NONE {
                    self.stack.push(at);
                }
            }
        }
    }
}
