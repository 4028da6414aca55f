//! Placement as part of a state: between what works and what is loaded.
//!
//! In: what works once all that has failed has stopped what needs it. Out: where every instance runs,
//! and what is taken of its host, which arrives there as load. The common state of all load cases has
//! instances that find no room still working, so that what fails later finds it whole; the states of
//! load cases, which are what is read, have them stopped ([`super::trips`]).

use super::base::{Base, PlacedBase};
use super::compiled::CompiledSystem;
use super::ix::{Ix, NONE};
use super::lanes::{Lanes, differs};
use super::margin::{MakeRoom, Margin};
use super::placement::{Onlooker, Placement, Placer, Room};
use super::scratch::{Mark, Scratch};
use super::values::Values;

/// Where everything runs when some have failed and nothing trips.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running {
    /// Every instance with its host; none where it has failed or found no room.
    pub on: Vec<(Ix, Option<Ix>)>,
    /// Hosts that do not work.
    pub dead: Vec<Ix>,
}

impl CompiledSystem {
    /// The instance that a node is.
    pub(super) fn instance(&self, v: Ix) -> Option<u32> {
        let placement = self.placement.as_ref()?;
        let first = self.first_layer(v.0);
        Some(placement.instance_at[first as usize]).filter(|&i| i != NONE)
    }

    /// Whether instances take of what stands at a place.
    pub(super) fn takes(&self, v: u32) -> bool {
        let placement = self.placement.as_ref();
        placement.is_some_and(|p| p.slot_of[v as usize] != NONE)
    }

    /// Whether where instances run hangs on the works of a place.
    fn bears(&self, v: u32) -> bool {
        let placement = self.placement.as_ref();
        placement.is_some_and(|p| p.host_at[v as usize] != NONE || p.slot_of[v as usize] != NONE)
    }

    /// The most that instances may ever take of each place.
    pub(crate) fn most_taken(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        let placement = self.placement.iter();
        placement.flat_map(|p| {
            let places = (0u32..).zip(&p.slot_of).filter(|(_, slot)| **slot != NONE);
            places.map(|(v, &slot)| (v, p.most[slot as usize]))
        })
    }

    /// Every instance.
    pub(crate) fn instances(&self) -> impl Iterator<Item = Ix> + '_ {
        let placement = self.placement.iter();
        placement.flat_map(|p| p.instances.iter().map(|i| Ix(i.node)))
    }

    /// Whether what lost its host is placed anew; it is unless said otherwise.
    pub(crate) fn place_anew(&mut self, restart: bool) {
        if let Some(placement) = &mut self.placement {
            placement.restart = restart;
        }
    }

    /// Finds out where those run that nobody says it of: where they land with nothing failed or derated.
    pub(crate) fn land(&mut self) {
        let Some(placement) = &self.placement else {
            return;
        };
        if placement.homeless.is_empty() {
            return;
        }
        let (placer, _) = Base::<1>::placing(self, &self.capacity, &[], &[]);
        if let Some(placement) = &mut self.placement {
            placement.landed.clone_from(&placement.homeless);
            for (instance, &at) in placement.instances.iter_mut().zip(&placer.now.at) {
                if instance.home == NONE {
                    instance.home = at;
                }
            }
            placement.settle_homes();
        }
    }
}

impl CompiledSystem {
    /// The least room that may let something be placed otherwise when `failed` have failed and nothing
    /// trips; `None` where no room makes a difference.
    pub(crate) fn margin(&self, capacity: &[f64], failed: &[Ix], made: MakeRoom) -> Option<f64> {
        let p = self.placement.as_ref().filter(|p| p.restart)?;
        let mut margin = Margin::of(p, made);
        Base::<1>::placing_by(self, p, capacity, (failed, &[]), &mut margin);
        Some(margin.least).filter(|room| room.is_finite())
    }

    /// The least room with which somebody may land elsewhere of whom nobody says where it runs.
    pub(crate) fn margin_of_landing(&self, made: MakeRoom) -> Option<f64> {
        let p = self.placement.as_ref().filter(|p| !p.landed.is_empty())?;
        let mut landing = Placement {
            restart: true,
            ..Placement::clone(p)
        };
        for &i in &p.landed {
            landing.instances[i as usize].home = NONE;
        }
        landing.settle_homes();
        let mut margin = Margin::of(&landing, made);
        Base::<1>::placing_by(self, &landing, &self.capacity, (&[], &[]), &mut margin);
        Some(margin.least).filter(|room| room.is_finite())
    }
}

impl<const L: usize> Values<L> {
    /// What is free of a resource on a host, and its capacity: see [`Base::free_on`].
    fn free_on(
        &self,
        sys: &CompiledSystem,
        capacity: &[f64],
        host: Ix,
        resource: usize,
    ) -> (f64, f64) {
        let unlimited = (f64::INFINITY, f64::INFINITY);
        let Some(p) = &sys.placement else {
            return unlimited;
        };
        let host = p.host_at[sys.first_layer(host.0) as usize];
        let Some(host) = p.hosts.get(host as usize) else {
            return unlimited;
        };
        let slot = host.slots[resource];
        if slot == NONE {
            return unlimited;
        }
        let v = p.slots[slot as usize] as usize;
        if !self.works[v] {
            return (0.0, 0.0);
        }
        let free = capacity[v] - self.placed.used[slot as usize];
        (free.max(0.0), capacity[v])
    }

    /// What instances take of what stands at a place.
    #[inline]
    pub(super) fn taken(&self, sys: &CompiledSystem, v: usize) -> Lanes<L> {
        if let Some(p) = &sys.placement
            && p.slot_of[v] != NONE
            && self.works[v]
        {
            return [self.placed.used[p.slot_of[v] as usize]; L];
        }
        [0.0; L]
    }
}

impl<'s, const L: usize> Base<'s, L> {
    /// Whether an instance that has not failed is placed nowhere.
    pub(super) fn is_out(&self) -> bool {
        self.placed.as_ref().is_some_and(|g| !g.out.is_empty())
    }

    /// The state of a lane as if nothing tripped; with what trips where an instance is placed nowhere.
    #[must_use]
    pub(crate) fn before_trips(&self, lane: usize) -> &Self {
        if self.is_out() { self.lane(lane) } else { self }
    }

    /// Places everything, as far as all find room.
    pub(super) fn place(&mut self, failed: &[Ix]) {
        let Some(p) = &self.sys.placement else {
            return;
        };
        let mut placer = Placer::new(p);
        let failed: Vec<u32> = failed
            .iter()
            .filter_map(|&v| self.sys.instance(v))
            .collect();
        placer.begin(p, failed.iter().copied());
        let dead = self.dead_hosts();
        for layer in 0..p.layers {
            let room = Room {
                works: &self.values.works,
                capacity: self.capacity,
            };
            placer.place(p, layer, dead.iter().copied(), room, &mut ());
            if !placer.out.is_empty() {
                break;
            }
        }
        self.keep(placer, failed, dead);
    }

    fn keep(&mut self, placer: Placer, failed: Vec<u32>, dead: Vec<u32>) {
        self.placed = Some(Box::new(PlacedBase {
            failed,
            dead,
            slots: placer.slots,
            out: placer.out,
        }));
        self.values.placed = placer.now;
    }

    fn dead_hosts(&self) -> Vec<u32> {
        let hosts = self.sys.placement.iter().flat_map(|p| &p.hosts);
        let dead = hosts.filter(|h| !self.values.works[h.node as usize]);
        dead.map(|h| h.node).collect()
    }

    /// Where everything runs when `failed` have failed, layer by layer; and all that has failed or is
    /// placed nowhere. What has `stopped` keeps its room.
    fn placing(
        sys: &'s CompiledSystem,
        capacity: &'s [f64],
        failed: &[Ix],
        stopped: &[Ix],
    ) -> (Placer, Vec<Ix>) {
        match &sys.placement {
            Some(p) => Self::placing_by(sys, p, capacity, (failed, stopped), &mut ()),
            None => (Placer::default(), [failed, stopped].concat()),
        }
    }

    /// The same by a placement that is not quite that of the system.
    fn placing_by(
        sys: &'s CompiledSystem,
        p: &Placement,
        capacity: &'s [f64],
        (failed, stopped): (&[Ix], &[Ix]),
        onlooker: &mut impl Onlooker,
    ) -> (Placer, Vec<Ix>) {
        let mut stopped = [failed, stopped].concat();
        let mut placer = Placer::new(p);
        let struck = failed.iter().filter_map(|&v| sys.instance(v));
        placer.begin(p, struck);
        for layer in 0..p.layers {
            let state = Self::working(sys, capacity, &stopped);
            let before = placer.out.len();
            let room = Room {
                works: &state.values.works,
                capacity,
            };
            placer.place(p, layer, state.dead_hosts().into_iter(), room, onlooker);
            let out = placer.out[before..].iter();
            stopped.extend(out.map(|&i| Ix(p.instances[i as usize].node)));
        }
        (placer, stopped)
    }

    /// Where everything runs when `failed` have failed and nothing trips.
    pub(crate) fn running(sys: &'s CompiledSystem, capacity: &'s [f64], failed: &[Ix]) -> Running {
        let (placer, stopped) = Self::placing(sys, capacity, failed, &[]);
        let state = Self::working(sys, capacity, &stopped);
        let instances = sys.placement.iter().flat_map(|p| {
            let host = |h: u32| p.hosts.get(h as usize).map(|h| Ix(h.node));
            let all = p.instances.iter().zip(&placer.now.at);
            all.map(move |(i, &at)| (Ix(i.node), host(at)))
        });
        Running {
            on: instances.collect(),
            dead: state.dead_hosts().into_iter().map(Ix).collect(),
        }
    }

    /// The state in which `failed` have failed and nothing trips, without those that find no room; what
    /// has `stopped` besides keeps its room.
    pub(super) fn placed(
        sys: &'s CompiledSystem,
        capacity: &'s [f64],
        demand: &[Lanes<L>],
        failed: &[Ix],
        stopping: &[Ix],
    ) -> Self {
        let (placer, stopped) = Self::placing(sys, capacity, failed, stopping);
        let mut base = Self::working(sys, capacity, &stopped);
        let dead = base.dead_hosts();
        let failed = failed.iter().filter_map(|&v| sys.instance(v));
        base.keep(placer, failed.collect(), dead);
        base.draw();
        base.set_demand(demand);
        base
    }

    /// Instances, by number, that have not failed and run elsewhere than at home.
    pub(crate) fn away(&self) -> Vec<u32> {
        let placement = self.sys.placement.as_ref().zip(self.placed.as_ref());
        let away = placement.into_iter().flat_map(|(p, placed)| {
            let all = (0u32..).zip(&p.instances).zip(&self.values.placed.at);
            let away = all
                .filter(|((i, instance), at)| **at != instance.home && !placed.failed.contains(i));
            away.map(|((i, _), _)| i)
        });
        away.collect()
    }

    /// What is free of a resource on a host that works, and its capacity; infinite where nothing limits
    /// it. Never below 0. Of [`Base::lane`].
    #[must_use]
    pub fn free_on(&self, host: Ix, resource: usize) -> (f64, f64) {
        self.values.free_on(self.sys, self.capacity, host, resource)
    }

    /// Every instance that has not failed by itself, by number of the system: where it runs while
    /// that works, and where it does here. Of [`Base::lane`].
    pub fn placed_on(&self) -> impl Iterator<Item = (Ix, Option<Ix>, Option<Ix>)> + '_ {
        let placement = self.sys.placement.as_ref().zip(self.placed.as_ref());
        placement.into_iter().flat_map(|(p, placed)| {
            let host = |h: u32| p.hosts.get(h as usize).map(|h| Ix(h.node));
            let all = (0u32..).zip(&p.instances).zip(&self.values.placed.at);
            let up = all.filter(|((i, _), _)| !placed.failed.contains(i));
            up.map(move |((_, instance), &at)| (Ix(instance.node), host(instance.home), host(at)))
        })
    }
}

impl<const L: usize> Scratch<'_, L> {
    /// Places everything anew, as far as all find room, if what failed since `mark` matters to it;
    /// whether anything is to be passed on.
    pub(super) fn place(&mut self, failed: &[Ix], mark: Mark) -> bool {
        let sys = self.base().sys;
        let struck = failed.iter().filter_map(|&v| sys.instance(v));
        self.log.failed.extend(struck);
        let dead = &self.log.dead[mark.dead..];
        if self.log.failed.len() == mark.failed && !dead.iter().any(|&v| sys.bears(v)) {
            return false;
        }
        let Some(mut placer) = self.placer.take() else {
            return false;
        };
        self.begin(&mut placer);
        let layers = sys.placement.as_ref().map_or(0, |p| p.layers);
        for layer in 0..layers {
            self.place_layer(&mut placer, layer);
            if !placer.out.is_empty() {
                break;
            }
        }
        self.is_out = !placer.out.is_empty();
        self.move_all(&placer);
        self.placer = Some(placer);
        true
    }

    /// All of `failed` have failed or stopped, of which the instances `struck` by themselves; those that
    /// find no room stop too. On top of the base.
    pub(super) fn fail_placed(&mut self, failed: &[Ix], struck: &[u32]) {
        let sys = self.base().sys;
        let Some(mut placer) = self.placer.take() else {
            return;
        };
        self.log.failed.extend(struck);
        let mut mark = self.mark();
        self.stop(failed.iter().copied(), &mut mark);
        self.begin(&mut placer);
        let layers = sys.placement.as_ref().map_or(0, |p| p.layers);
        for layer in 0..layers {
            let before = placer.out.len();
            self.place_layer(&mut placer, layer);
            let out = placer.out[before..].iter();
            let node = |&i: &u32| {
                sys.placement
                    .as_ref()
                    .map(|p| Ix(p.instances[i as usize].node))
            };
            self.stop(out.filter_map(node), &mut mark);
        }
        self.move_all(&placer);
        self.placer = Some(placer);
        self.pass(mark);
    }

    /// These stop, and what needs them. Where networks take part all is passed on at once.
    fn stop(&mut self, nodes: impl Iterator<Item = Ix>, mark: &mut Mark) {
        let sys = self.base().sys;
        let before = self.mark();
        for Ix(v) in nodes.flat_map(|v| sys.replicas(v)) {
            self.values
                .kill(sys, v, &mut self.log.dead, &mut self.log.touched);
        }
        if !sys.networks.is_empty() && self.log.dead.len() > before.dead {
            self.fail_networks(before);
            self.pass(*mark);
            *mark = self.mark();
        }
    }

    fn begin(&self, placer: &mut Placer) {
        let base = self.base();
        if let (Some(p), Some(placed)) = (&base.sys.placement, &base.placed) {
            let failed = placed.failed.iter().chain(&self.log.failed);
            placer.begin(p, failed.copied());
        }
    }

    fn place_layer(&self, placer: &mut Placer, layer: u32) {
        let base = self.base();
        if let (Some(p), Some(placed)) = (&base.sys.placement, &base.placed) {
            let dead = placed.dead.iter().chain(&self.log.dead);
            let room = Room {
                works: &self.values.works,
                capacity: base.capacity,
            };
            placer.place(p, layer, dead.copied(), room, &mut ());
        }
    }

    /// Everything runs where it was placed.
    fn move_all(&mut self, placer: &Placer) {
        let (here, shown) = (self.log.placed.len(), self.log.used.len());
        for at in 0..here + placer.moved.len() {
            let i = match self.log.placed.get(at).filter(|_| at < here) {
                Some((i, _)) => *i,
                None => placer.moved[at - here],
            };
            let (now, next) = (self.values.placed.at[i as usize], placer.now.at[i as usize]);
            if now != next {
                self.log.placed.push((i, now));
                self.values.placed.at[i as usize] = next;
            }
        }
        let base = self.base();
        let placed = base.placed.iter().flat_map(|g| &g.slots);
        for slot in placed.chain(&placer.slots) {
            self.set_taken(*slot, placer.now.used[*slot as usize]);
        }
        for at in 0..shown {
            let slot = self.log.used[at].0;
            self.set_taken(slot, placer.now.used[slot as usize]);
        }
    }

    fn set_taken(&mut self, slot: u32, next: f64) {
        let now = self.values.placed.used[slot as usize];
        if differs(&[now], &[next]) {
            self.log.used.push((slot, now));
            self.values.placed.used[slot as usize] = next;
            let places = self.base().sys.placement.as_ref();
            let v = places.map(|p| p.drawn_at[slot as usize]);
            if let Some(v) = v {
                self.queue_taken(v);
            }
        }
    }

    /// What is free of a resource on a host: see [`Base::free_on`]. Of [`Scratch::lane`].
    #[must_use]
    pub fn free_on(&self, host: Ix, resource: usize) -> f64 {
        let base = self.base();
        self.values
            .free_on(base.sys, base.capacity, host, resource)
            .0
    }

    /// Instances, by number, that have failed or tripped by themselves since the base state.
    pub(crate) fn failed_instances(&self) -> &[u32] {
        &self.log.failed
    }

    /// Instances, by number, that run elsewhere than in the base state, or nowhere: with the host of the
    /// base state and the one now, or [`NONE`]. Some more than once.
    pub(crate) fn moved(&self) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
        let (before, now) = (&self.base().values.placed.at, &self.values.placed.at);
        let moved = self.log.placed.iter().map(|&(i, _)| i);
        let moved = moved.map(|i| (i, before[i as usize], now[i as usize]));
        moved.filter(|(_, before, now)| before != now)
    }

    /// Whether some instance that has not failed is placed nowhere, before anything trips.
    #[must_use]
    pub fn has_unplaced(&self) -> bool {
        self.is_out
    }

    /// Instances that have not failed and are placed nowhere. Of [`Scratch::lane`].
    pub fn unplaced(&self) -> impl Iterator<Item = Ix> + '_ {
        let placement = self.base().sys.placement.as_ref();
        let out = placement.into_iter().flat_map(|p| {
            let out = self.placer.iter().flat_map(|placer| &placer.out);
            out.map(|&i| Ix(p.instances[i as usize].node))
        });
        out.filter(|_| self.trips.is_none())
    }
}
