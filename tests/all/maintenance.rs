//! When works may be done, against the definitions: every hour and every further failure by itself.

use crate::oracle::{Oracle, Point};
use crate::overload::overloaded;
use crate::program::run as brownout;
use crate::random::{Dice, SHAPES, Shape, describe, estate, horizon};
use brownout::analysis::maintenance::{
    Blocked, MOST_TOGETHER, MaintenanceOutcome, Overlap, WorkOutcome, maintenance,
};
use brownout::analysis::timeline::Span;
use brownout::analysis::{NoWatch, Study, judge};
use brownout::model::{
    CaseId, HOUR, Horizon, LoadCase, NodeId, Policy, Scenario, Status, System, Waiver, Work,
};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rayon::prelude::*;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// Hours from 1970 to the start of the horizon: late on 11 February.
const START_HOUR: i64 = 1_000;
/// Lengths of horizons, hours.
const LENGTHS: [usize; 7] = [5, 8, 9, 9, 20, 20, 70];

/// The scenario with one load case for each hour, policies for some of its services, and waivers.
fn asked(
    scenario: &Scenario,
    horizon: Option<&Horizon>,
    dice: &mut Dice,
    system: &System,
) -> Scenario {
    let mut scenario = scenario.clone();
    if let Some(horizon) = horizon {
        let case = |hour: usize| LoadCase {
            name: format!("hour {hour}"),
            demand: horizon.demand.iter().map(|d| d[hour]).collect(),
            peak: false,
        };
        scenario.cases = (0..horizon.hours()).map(case).collect();
    }
    let cases: Vec<CaseId> = (0u32..).take(scenario.cases.len()).map(CaseId).collect();
    let elements = system.elements();
    for at in 0..=dice.below(2) {
        let count = dice.pick(&[1, 1, 2]);
        let mut services = dice.some(system.services(), count);
        services.sort_unstable();
        let named = match horizon {
            Some(_) => cases.clone(),
            None => dice.some(&cases, 1 + at),
        };
        scenario.policies.push(Policy {
            name: format!("policy {at}"),
            services: services.clone(),
            cases: named,
            survives: dice.pick(&[Some(0), Some(0), Some(1), Some(2)]),
            no_cascade: false,
            contingencies: Vec::new(),
            shed: false,
            restarts: None,
            slo: Vec::new(),
            max_probability: Vec::new(),
        });
        if dice.chance(30) {
            let accepted = dice.some(&elements, elements.len() / 2);
            let last = date(1970, 2, dice.pick(&[10, 12, 13, 28]));
            scenario.waivers.push(Waiver {
                policy: at,
                services,
                elements: dice.chance(70).then_some(accepted),
                contingency: None,
                reason: "tried".to_owned(),
                owner: dice.pick(&["me", "me", ""]).to_owned(),
                expires: last.to_string(),
                last_day: last,
            });
        }
    }
    scenario
}

fn works(system: &System, dice: &mut Dice, hours: i64) -> Vec<Work> {
    let elements = system.elements();
    let many = 3 + dice.below(2);
    let work = |at: usize| {
        let count = dice.pick(&[1, 1, 2]);
        let mut out = dice.some(&elements, count);
        out.sort_unstable();
        let earliest = i64::try_from(dice.below(4)).expect("few") * HOUR / 2;
        let latest =
            hours * HOUR + HOUR / 2 - i64::try_from(dice.below(4)).expect("few") * HOUR / 2;
        Work {
            name: format!("work {at}"),
            elements: out,
            hours: dice.pick(&[1, 1, 2, 3, 5]),
            earliest: START_HOUR * HOUR + earliest,
            latest: START_HOUR * HOUR + latest.max(earliest + 1),
        }
    };
    (0..many).map(work).collect()
}

/// The definitions.
struct Naive<'a> {
    system: &'a System,
    scenario: &'a Scenario,
    oracle: Oracle<'a>,
    works: &'a [Work],
    is_hourly: bool,
    points: RefCell<HashMap<(Vec<NodeId>, CaseId), Rc<Point>>>,
}

/// A breach: policy, service, what else fails, at which case, what the service becomes.
type Breach = (usize, NodeId, Option<NodeId>, CaseId, Status, f64);

impl Naive<'_> {
    fn point(&self, failed: &[NodeId], case: CaseId) -> Rc<Point> {
        let key = (failed.to_vec(), case);
        if let Some(known) = self.points.borrow().get(&key) {
            return Rc::clone(known);
        }
        let point = Rc::new(self.oracle.point(failed, case));
        self.points.borrow_mut().insert(key, Rc::clone(&point));
        point
    }

    fn state(&self, failed: &[NodeId], s: NodeId, case: CaseId) -> (Status, f64) {
        let point = self.point(failed, case);
        let status = self.oracle.plain_status(&point, s, case);
        (status, point.delivered[s.index()])
    }

    fn out(&self, of: &[usize]) -> Vec<NodeId> {
        let mut all: Vec<NodeId> = of
            .iter()
            .flat_map(|&w| self.works[w].elements.clone())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether somebody has accepted that a failure, on top of known outages and what is out, harms a
    /// service: on the day of an hour, by somebody who has a name, of these elements only.
    fn is_waived(
        &self,
        policy: usize,
        s: NodeId,
        failed: Option<NodeId>,
        out: &[NodeId],
        day: Date,
    ) -> bool {
        self.scenario.waivers.iter().any(|w| {
            let valid = w.policy == policy && w.last_day >= day && !w.owner.is_empty();
            let accepts = match (&w.elements, failed) {
                (None, _) => true,
                (Some(of), Some(failed)) => of.contains(&failed),
                (Some(of), None) => out
                    .iter()
                    .chain(&self.scenario.down)
                    .all(|e| of.contains(e)),
            };
            valid && w.services.contains(&s) && accepts
        })
    }

    /// Every breach in an hour that is there because some elements are out.
    fn breaches(&self, out: &[NodeId], hour: u32) -> Vec<Breach> {
        let at = (START_HOUR + i64::from(hour)) * HOUR;
        let day = jiff::Timestamp::from_millisecond(at).expect("a time");
        let day = day.to_zoned(TimeZone::UTC).date();
        let cases: Vec<CaseId> = if self.is_hourly {
            vec![CaseId(hour)]
        } else {
            (0u32..)
                .take(self.scenario.cases.len())
                .map(CaseId)
                .collect()
        };
        let mut further = self.scenario.sweep.elements.clone();
        further.retain(|e| !out.contains(e) && !self.scenario.down.contains(e));
        let mut found = Vec::new();
        for (at, policy) in self.scenario.policies.iter().enumerate() {
            let Some(order) = policy.survives else {
                continue;
            };
            for &case in cases.iter().filter(|c| policy.cases.contains(c)) {
                for &s in &policy.services {
                    let base = self.state(out, s, case);
                    let mut failures: Vec<Option<NodeId>> = vec![None];
                    failures.extend(further.iter().filter(|_| order > 0).map(|&e| Some(e)));
                    for failure in failures {
                        let mut with: Vec<NodeId> = out.to_vec();
                        with.extend(failure);
                        with.sort_unstable();
                        let bare: Vec<NodeId> = failure.into_iter().collect();
                        let (status, delivered) = self.state(&with, s, case);
                        let (before, got) = self.state(&bare, s, case);
                        // As a sweep lists: only what is worse than with nothing more failed.
                        let is_breach = status.is_harm() && (failure.is_none() || status > base.0);
                        let is_new = status > before || delivered < got - 1e-9;
                        if is_breach && is_new && !self.is_waived(at, s, failure, out, day) {
                            found.push((at, s, failure, case, status, delivered));
                        }
                    }
                }
            }
        }
        found
    }

    fn harms(&self, of: &[usize], hour: u32) -> bool {
        !self.breaches(&self.out(of), hour).is_empty()
    }

    fn check(&self, got: &MaintenanceOutcome, hours: u32) -> Result<(), String> {
        if got.works.len() != self.works.len() {
            return Err("a work is missing".to_owned());
        }
        for (w, found) in got.works.iter().enumerate() {
            self.check_work(w, found, hours)
                .map_err(|why| format!("work {w}: {why}"))?;
        }
        let mut overlaps = got.overlaps.iter();
        for a in 0..self.works.len() {
            for b in a + 1..self.works.len() {
                let shared: Vec<u32> = (0..hours)
                    .filter(|&h| {
                        [a, b]
                            .iter()
                            .all(|&w| is_covered(&got.works[w], &self.works[w], h))
                    })
                    .collect();
                let harmful: Vec<u32> = shared
                    .iter()
                    .copied()
                    .filter(|&h| self.harms(&[a, b], h))
                    .collect();
                if harmful.is_empty() {
                    continue;
                }
                let overlap = overlaps.next().ok_or("an overlap is missing")?;
                self.check_overlap(overlap, [a, b], shared.len(), &harmful)?;
            }
        }
        if overlaps.next().is_some() {
            return Err("an overlap too many".to_owned());
        }
        self.check_schedule(got, hours)
    }

    fn check_work(&self, w: usize, found: &WorkOutcome, hours: u32) -> Result<(), String> {
        let work = &self.works[w];
        let inside = |h: &u32| {
            let at = (START_HOUR + i64::from(*h)) * HOUR;
            at >= work.earliest && at + HOUR <= work.latest
        };
        let range: Vec<u32> = (0..hours).filter(inside).collect();
        let have: Vec<u32> = (found.range.from..found.range.to).collect();
        if have != range {
            return Err(format!("range {have:?}, by definition {range:?}"));
        }
        let harmful: Vec<u32> = range
            .iter()
            .copied()
            .filter(|&h| self.harms(&[w], h))
            .collect();
        let is_free = |h: u32| range.contains(&h) && !harmful.contains(&h);
        let starts: Vec<u32> = (0..hours)
            .filter(|&h| (h..h + work.hours).all(is_free))
            .collect();
        let have = flat(&found.starts);
        if have != starts || found.blocked as usize != harmful.len() {
            return Err(format!(
                "starts {have:?}, {} blocked; by definition {starts:?}, {harmful:?}",
                found.blocked
            ));
        }
        for reason in &found.reasons {
            self.check_reason(reason, &self.out(&[w]))?;
        }
        if !starts.is_empty() || range.len() < work.hours as usize {
            let first = found.reasons.first().map(|r| r.hour);
            let want = harmful.first().copied().filter(|_| !starts.is_empty());
            return if first == want {
                Ok(())
            } else {
                Err("the first reason".to_owned())
            };
        }
        // Every start holds an hour of which the reason is told, up to where the list ends.
        let told: Vec<u32> = found.reasons.iter().map(|r| r.hour).collect();
        let last = if told.len() < 12 { hours } else { told[11] };
        let starts = range
            .iter()
            .filter(|&&h| h + work.hours <= last.min(range[range.len() - 1] + 1));
        for &start in starts {
            if !told.iter().any(|&h| h >= start && h < start + work.hours) {
                return Err(format!("nothing is told of a start at {start}: {told:?}"));
            }
        }
        Ok(())
    }

    fn check_reason(&self, reason: &Blocked, out: &[NodeId]) -> Result<(), String> {
        let breaches = self.breaches(out, reason.hour);
        let first = breaches
            .iter()
            .map(|b| (b.0, b.2.is_some(), std::cmp::Reverse(b.4), b.1, b.2, b.3))
            .min()
            .ok_or("a reason without a breach")?;
        let have = (
            reason.policy,
            reason.failure.is_some(),
            std::cmp::Reverse(reason.status),
            reason.service,
            reason.failure,
            reason.case.unwrap_or(CaseId(reason.hour)),
        );
        let delivered = |b: &&Breach| (b.0, b.1, b.2, b.3) == (have.0, have.3, have.4, have.5);
        let delivered = breaches.iter().find(delivered).map(|b| b.5);
        if have == first && delivered.is_some_and(|d| (d - reason.delivered).abs() < 1e-9) {
            Ok(())
        } else {
            Err(format!(
                "reason {reason:?}, by definition {first:?} {delivered:?}"
            ))
        }
    }

    fn check_overlap(
        &self,
        overlap: &Overlap,
        works: [usize; 2],
        shared: usize,
        harmful: &[u32],
    ) -> Result<(), String> {
        let have = flat(&overlap.harmful);
        let never = harmful.len() == shared;
        if overlap.works != works
            || overlap.shared as usize != shared
            || have != harmful
            || overlap.is_never() != never
        {
            return Err(format!(
                "{overlap:?}, by definition {works:?} {shared} {harmful:?}"
            ));
        }
        if overlap.reason.hour != harmful[0] {
            return Err("the first harmful hour".to_owned());
        }
        self.check_reason(&overlap.reason, &self.out(&works))
    }

    /// Whether works may be done at once in an hour: no part of them harms.
    fn together(&self, of: &[usize], hour: u32) -> bool {
        (1u32..1 << of.len()).all(|part| {
            let part: Vec<usize> = (0..of.len())
                .filter(|i| part >> i & 1 == 1)
                .map(|i| of[i])
                .collect();
            !self.harms(&part, hour)
        })
    }

    fn is_sound(&self, starts: &[Option<u32>], hours: u32) -> bool {
        (0..hours).all(|h| {
            let runs =
                |w: &usize| starts[*w].is_some_and(|s| s <= h && h < s + self.works[*w].hours);
            let running: Vec<usize> = (0..starts.len()).filter(runs).collect();
            running.len() <= MOST_TOGETHER && self.together(&running, h)
        })
    }

    fn check_schedule(&self, got: &MaintenanceOutcome, hours: u32) -> Result<(), String> {
        let schedule = got.schedule.as_ref().ok_or("no schedule")?;
        let all: Vec<Vec<u32>> = got.works.iter().map(|w| flat(&w.starts)).collect();
        for (w, start) in schedule.starts.iter().enumerate() {
            if start.is_some_and(|s| !all[w].contains(&s)) {
                return Err(format!("work {w} starts outside its windows"));
            }
        }
        if !self.is_sound(&schedule.starts, hours) {
            return Err(format!("works harm together: {:?}", schedule.starts));
        }
        let line: Vec<usize> = (0..all.len()).filter(|&w| !all[w].is_empty()).collect();
        let unplaced: Vec<usize> = line
            .iter()
            .copied()
            .filter(|&w| schedule.starts[w].is_none())
            .collect();
        if unplaced.is_empty() {
            return if schedule.is_impossible {
                Err("impossible, and placed".to_owned())
            } else {
                Ok(())
            };
        }
        let few = line.iter().map(|&w| all[w].len()).product::<usize>() <= 600;
        if unplaced.iter().any(|&w| schedule.beside[w].is_empty())
            || (few && !schedule.is_impossible)
        {
            return Err(format!(
                "nobody is in the way of {unplaced:?}: {schedule:?}"
            ));
        }
        // Every choice of starts, if there are few.
        let mut choices: Vec<Vec<Option<u32>>> = vec![vec![None; all.len()]];
        for &w in line.iter().filter(|_| few) {
            let with = |c: &Vec<Option<u32>>| {
                let c = c.clone();
                all[w].iter().map(move |&s| {
                    let mut c = c.clone();
                    c[w] = Some(s);
                    c
                })
            };
            choices = choices.iter().flat_map(with).collect();
        }
        if few && choices.iter().any(|c| self.is_sound(c, hours)) {
            return Err(format!("a schedule exists, {unplaced:?} was left out"));
        }
        Ok(())
    }
}

fn flat(spans: &[Span<()>]) -> Vec<u32> {
    spans.iter().flat_map(|s| s.from..s.to).collect()
}

fn is_covered(found: &WorkOutcome, work: &Work, hour: u32) -> bool {
    flat(&found.starts)
        .iter()
        .any(|&s| s <= hour && hour < s + work.hours)
}

/// What `assess` says of the estate with elements out, in one hour: whether some policy breaks, and whether
/// some breach is accepted.
fn assessed(system: &System, scenario: &Scenario, out: &[NodeId], hour: u32) -> (bool, bool) {
    let mut scenario = scenario.clone();
    scenario.down.extend(out);
    scenario.down.sort_unstable();
    scenario.down.dedup();
    scenario
        .sweep
        .elements
        .retain(|e| !scenario.down.contains(e));
    scenario.cases = vec![scenario.cases[hour as usize].clone()];
    for policy in &mut scenario.policies {
        policy.cases = vec![CaseId(0)];
        policy.survives = policy.survives.map(|order| order.min(1));
    }
    let study = Study::new(system, &scenario).listing(usize::MAX);
    let sweep = study.sweep(1, &NoWatch);
    let at = jiff::Timestamp::from_millisecond((START_HOUR + i64::from(hour)) * HOUR);
    let day = at.expect("a time").to_zoned(TimeZone::UTC).date();
    let none = |_, _, _| Err("none".to_owned());
    let judged = judge(system.placements(), &scenario, &sweep, &none, day);
    let policies = &judged.policies;
    (
        policies.iter().any(|p| !p.breaches.is_empty()),
        policies.iter().any(|p| !p.waived.is_empty()),
    )
}

/// What happened in one run: hours allowed and not, overlaps, works left out.
type Seen = [u64; 5];

fn agree(shape: Shape, seed: u64, is_hourly: bool) -> Result<Seen, String> {
    let make = if seed % 2 == 1 { overloaded } else { estate };
    let (mut system, scenario) = make(shape, seed);
    if seed % 5 == 4 {
        system = crate::trips::tripping(&system, seed);
    }
    let mut dice = Dice::new(seed ^ 0x3a17);
    let horizon = is_hourly.then(|| horizon(&scenario, &mut dice, START_HOUR, (&LENGTHS, 20)));
    let scenario = asked(&scenario, horizon.as_ref(), &mut dice, &system);
    let length = horizon.as_ref().map_or(20, Horizon::hours);
    let works = works(&system, &mut dice, i64::try_from(length).expect("few"));
    let study = Study::new(&system, &scenario);
    let got = maintenance(&study, &works, (horizon.as_ref(), &TimeZone::UTC), &NoWatch);
    // Without a horizon the hours go from the first earliest to the last latest.
    let offset = got.start / HOUR - START_HOUR;
    let naive = Naive {
        system: &system,
        scenario: &scenario,
        oracle: Oracle::new(&system, &scenario),
        works: &works,
        is_hourly,
        points: RefCell::new(HashMap::new()),
    };
    let told = |why: String| {
        let text = describe(naive.system, &scenario);
        let demand = horizon.as_ref().map(|h| &h.demand);
        format!(
            "{shape:?} seed {seed}: {why}\n{works:?}\n{:?}\n{:?}\n{text}\n{demand:?}",
            scenario.policies, scenario.waivers
        )
    };
    let got = shifted(
        got,
        u32::try_from(offset).map_err(|_| told("it starts early".to_owned()))?,
    );
    naive.check(&got, got.hours).map_err(&told)?;
    let mut seen = [0; 5];
    for (w, work) in got.works.iter().enumerate() {
        seen[0] += u64::from(work.range.to - work.range.from - work.blocked);
        seen[1] += u64::from(work.blocked);
        // Where nothing breaks without the work, the work breaks what `assess` says it does.
        for hour in (work.range.from..work.range.to)
            .take(2)
            .filter(|_| is_hourly)
        {
            if assessed(&system, &scenario, &[], hour) == (false, false) {
                let harms = naive.harms(&[w], hour);
                if harms != assessed(&system, &scenario, &works[w].elements, hour).0 {
                    return Err(told(format!(
                        "work {w} in hour {hour}: assess says otherwise"
                    )));
                }
                seen[4] += 1;
            }
        }
    }
    seen[2] = got.overlaps.len() as u64;
    let starts = got.schedule.map(|s| s.starts).unwrap_or_default();
    seen[3] = starts.iter().filter(|s| s.is_none()).count() as u64;
    Ok(seen)
}

/// The same, with hours counted from the start of the tests' horizon.
fn shifted(mut got: MaintenanceOutcome, by: u32) -> MaintenanceOutcome {
    let span = |s: &mut Span<()>| {
        s.from += by;
        s.to += by;
    };
    got.hours += by;
    for work in &mut got.works {
        span(&mut work.range);
        work.starts.iter_mut().for_each(span);
        work.reasons.iter_mut().for_each(|r| r.hour += by);
    }
    for overlap in &mut got.overlaps {
        overlap.harmful.iter_mut().for_each(span);
        overlap.reason.hour += by;
    }
    let starts = got.schedule.iter_mut().flat_map(|s| &mut s.starts);
    starts.flatten().for_each(|s| *s += by);
    got
}

#[test]
fn windows_overlaps_and_schedules_are_what_the_definitions_say() {
    let runs: Vec<(Shape, u64, bool)> = SHAPES
        .iter()
        .flat_map(|&shape| (0..40).map(move |seed| (shape, seed, seed % 6 != 5)))
        .collect();
    let results: Vec<Result<Seen, String>> = runs
        .into_par_iter()
        .map(|(shape, seed, is_hourly)| agree(shape, seed, is_hourly))
        .collect();
    let wrong: Vec<&String> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    let shortest = wrong.iter().min_by_key(|w| w.len());
    assert!(
        wrong.is_empty(),
        "{} differ; the shortest:\n{}",
        wrong.len(),
        shortest.expect("some")
    );
    let mut seen = [0; 5];
    for result in results.into_iter().flatten() {
        seen.iter_mut().zip(result).for_each(|(sum, n)| *sum += n);
    }
    println!("allowed, blocked, overlaps, left out, held against assess: {seen:?}");
    assert!(seen.iter().all(|&n| n > 10), "{seen:?}");
}

/// Three servers of 100 that carry 80 by night, from 22 to 6, and 150 by day.
fn pool(works: &str, horizon: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let estate = dir.path().join("estate");
    std::fs::create_dir_all(&estate).expect("made");
    let mut profile = "time,orders\n".to_owned();
    for hour in 0..72 {
        let demand = if (6..22).contains(&(hour % 24)) {
            150
        } else {
            80
        };
        profile.push_str(&format!(
            "2026-12-{:02}T{:02}:00:00Z,{demand}\n",
            1 + hour / 24,
            hour % 24
        ));
    }
    let files = [
        ("estate/components.csv", "id,kind,capacity\na,server,100\nb,server,100\nc,server,100\n".to_owned()),
        ("estate/services.csv", "id,demand\norders,150\n".to_owned()),
        (
            "estate/dependencies.csv",
            "consumer,provider,group,need\norders,a,pool,any\norders,b,pool,any\norders,c,pool,any\n".to_owned(),
        ),
        ("orders.csv", profile),
        (
            "scenario.toml",
            format!(
                "name = 'Nights'\ninventory = 'estate'\n{horizon}\n[[policy]]\nname = 'Orders survive'\nsurvives = 1\n{works}\n"
            ),
        ),
    ];
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).expect("written");
    }
    dir
}

const HORIZON: &str = "[horizon]\nfrom = '2026-12-01'\nto = '2026-12-03'\nprofile = 'orders.csv'";

fn json(folder: &Path) -> (i32, Value) {
    let (code, text, faults) = brownout(
        folder,
        &["maintenance", "scenario.toml", "--format", "json"],
    );
    let value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{faults}"));
    (code, value)
}

#[test]
fn works_wait_for_the_night_and_for_each_other() {
    // With one of three out, one more failure leaves 100: by day 150 do not fit, by night 80 do. With two
    // out, one more failure leaves nobody.
    let works = "[[work]]\nname = 'A'\nelements = ['a']\nhours = 4\n[[work]]\nname = 'B'\nelements = ['b']\nhours = 4\nlatest = '2026-12-02'\n";
    let dir = pool(works, HORIZON);
    let (code, found) = json(dir.path());
    assert_eq!(code, 0);
    assert_eq!(found["judged_at"], "hours");
    let of = |w: usize, key: &str| found["works"][w][key].clone();
    let window = |from: &str, last: &str, to: &str| {
        let at = |t: &str| format!("2026-12-{t}:00:00+00:00");
        serde_json::json!({ "from": at(from), "last_start": at(last), "to": at(to) })
    };
    let nights = [
        window("01T00", "01T02", "01T06"),
        window("01T22", "02T02", "02T06"),
        window("02T22", "03T02", "03T06"),
    ];
    // The fourth night has two hours of these days: too few.
    assert_eq!(of(0, "windows"), serde_json::json!(nights));
    // B has to end on the second day.
    assert_eq!(of(1, "windows"), serde_json::json!(nights[..2]));
    assert_eq!(
        (of(0, "hours_judged"), of(0, "hours_blocked")),
        (72.into(), 48.into())
    );
    // What has to end first is first in line.
    assert_eq!(of(1, "start"), "2026-12-01T00:00:00+00:00");
    assert_eq!(of(0, "start"), "2026-12-01T22:00:00+00:00");
    let overlap = &found["overlaps"][0];
    assert_eq!(overlap["never"], true);
    // B may use the first two nights: 6 and 8 hours.
    assert_eq!(
        (&overlap["hours_shared"], &overlap["hours_harmful"]),
        (&14.into(), &14.into())
    );
    assert_eq!(overlap["because"]["failure"], "c");
    assert_eq!(overlap["because"]["status"], "down");
    let blocked = of(0, "blocked")[0].clone();
    assert_eq!(blocked["at"], "2026-12-01T06:00:00+00:00");
    assert_eq!(
        (&blocked["failure"], &blocked["status"]),
        (&"b".into(), &"degraded".into())
    );
    assert!((blocked["delivered"].as_f64().expect("a number") - 100.0 / 150.0).abs() < 1e-12);
}

#[test]
fn a_work_without_a_window_says_why() {
    let works = "[[work]]\nname = 'Long'\nelements = ['a']\nhours = 9\n[[work]]\nname = 'Short'\nelements = ['b']\nhours = 3\nearliest = '2026-12-01T21:00Z'\nlatest = '2026-12-01T23:30Z'\n";
    let dir = pool(works, HORIZON);
    let (code, found) = json(dir.path());
    assert_eq!(code, 1);
    assert_eq!(found["placed"], false);
    let long = &found["works"][0];
    assert_eq!(long["windows"], serde_json::json!([]));
    // Nights have eight hours: each start holds one of these hours of the day.
    let at: Vec<&str> = long["blocked"]
        .as_array()
        .expect("reasons")
        .iter()
        .map(|b| &b["at"].as_str().expect("a time")[8..13])
        .collect();
    assert_eq!(
        at,
        [
            "01T08", "01T17", "01T21", "02T06", "02T15", "02T21", "03T06", "03T15"
        ]
    );
    let short = found["works"][1]["reason"].as_str().expect("a reason");
    assert!(short.contains("takes 3 hours, and 2 of those"), "{short}");
    let (code, text, _) = brownout(dir.path(), &["maintenance", "scenario.toml"]);
    assert_eq!(code, 1);
    assert!(text.contains("None of 2 works has a place"), "{text}");
    assert!(
        text.contains("2026-12-01 08:00: orders ▲ degraded (66.7 %) if b fails"),
        "{text}"
    );
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let again = "; the same in 7 of the hours after it, up to 2026-12-03 15:00";
    assert!(flat.contains(again), "{text}");
    // Of 72 hours 24 are night.
    assert_eq!(long["hours_blocked"], 48);
    let hidden =
        "… and 40 blocked hours more, of 48; those above rule out one start after the other";
    assert!(flat.contains(hidden), "{text}");
}

#[test]
fn without_a_horizon_hours_are_judged_at_the_load_cases() {
    let work = |name: &str, of: &str| {
        format!(
            "[[work]]\nname = '{name}'\nelements = ['{of}']\nhours = 2\nearliest = '2026-12-01T08:30Z'\nlatest = '2026-12-01T12:00Z'\n"
        )
    };
    let works = [work("A", "a"), work("B", "b")].concat();
    let cases = "[[load]]\nname = 'night'\ndemand = { orders = 80 }\n[[load]]\nname = 'day'\n";
    let dir = pool(&works, cases);
    let (code, found) = json(dir.path());
    // At the case of the day it never works.
    assert_eq!((code, &found["judged_at"]), (1, &"load-cases".into()));
    assert_eq!(found["works"][0]["blocked"][0]["load_case"], "day");
    let night = "load = 'night'\n";
    let dir = pool(&(night.to_owned() + &works), cases);
    let (code, found) = json(dir.path());
    // 8:30 to 12: three whole hours, in which two works of two hours do not fit one after the other.
    assert_eq!(code, 1);
    assert_eq!(found["works"][0]["start"], "2026-12-01T09:00:00+00:00");
    assert_eq!(
        found["works"][1]["windows"][0]["last_start"],
        "2026-12-01T10:00:00+00:00"
    );
    let reason = found["works"][1]["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("no schedule has a place for all: beside A"),
        "{reason}"
    );
}

#[test]
fn what_is_broken_already_is_judged_by_what_a_work_adds() {
    // With a out, by day any further failure degrades orders: the policy is broken. Work on a itself adds
    // nothing; work on b takes the second server.
    let works = "[[work]]\nname = 'A'\nelements = ['a']\nhours = 4\n[[work]]\nname = 'B'\nelements = ['b']\nhours = 4\n";
    let dir = pool(works, &format!("down = ['a']\n{HORIZON}"));
    let (code, found) = json(dir.path());
    assert_eq!(code, 1);
    assert_eq!(found["works"][0]["hours_blocked"], 0);
    assert_eq!(found["works"][0]["start"], "2026-12-01T00:00:00+00:00");
    assert_eq!(found["works"][1]["hours_blocked"], 72);
}

/// Content lines of a calendar, unfolded.
fn unfolded(calendar: &str) -> Vec<String> {
    assert!(calendar.ends_with("\r\n"));
    let bare = calendar.replace("\r\n", "");
    assert!(!bare.contains(['\r', '\n']), "every line ends with CRLF");
    assert!(calendar.split("\r\n").all(|l| l.len() <= 75), "{calendar}");
    let lines = calendar.trim_end().replace("\r\n ", "");
    lines.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn the_calendar_is_one_that_others_can_read() {
    let name = "Firmware, part 1; \u{fc}ber \\ alles, was in Frankfurt steht und noch l\u{e4}nger";
    let works = format!(
        "[[work]]\nname = '{name}'\nelements = ['a']\nhours = 4\n[[work]]\nname = 'B'\nelements = ['b']\nhours = 9\n"
    );
    let dir = pool(&works, HORIZON);
    let (code, calendar, _) = brownout(
        dir.path(),
        &["maintenance", "scenario.toml", "--format", "ics"],
    );
    assert_eq!(code, 1);
    let lines = unfolded(&calendar);
    assert_eq!(lines[0], "BEGIN:VCALENDAR");
    assert_eq!(lines[lines.len() - 1], "END:VCALENDAR");
    let all = |property: &str| -> Vec<&str> {
        let of = lines
            .iter()
            .filter_map(|l| l.strip_prefix(property)?.strip_prefix(':'));
        of.collect()
    };
    // One event in the schedule, one for each of its three windows; none of the other work.
    assert_eq!(all("BEGIN").iter().filter(|b| **b == "VEVENT").count(), 4);
    assert_eq!(all("DTSTAMP"), ["20261201T000000Z"; 4]);
    assert_eq!(
        all("DTSTART")[..2],
        ["20261201T000000Z", "20261201T000000Z"]
    );
    assert_eq!(all("DTEND")[..2], ["20261201T040000Z", "20261201T060000Z"]);
    assert_eq!(
        all("TRANSP"),
        ["OPAQUE", "TRANSPARENT", "TRANSPARENT", "TRANSPARENT"]
    );
    let escaped = name
        .replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace(';', "\\;");
    assert_eq!(all("SUMMARY")[0], escaped);
    let uids = all("UID");
    let mut different = uids.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 4, "{uids:?}");
    // An event is known again when the work moves.
    let path = dir.path().join("scenario.toml");
    let text = std::fs::read_to_string(&path).expect("read");
    std::fs::write(&path, text.replacen("hours = 4", "hours = 5", 1)).expect("written");
    let (_, moved, _) = brownout(
        dir.path(),
        &["maintenance", "scenario.toml", "--format", "ics"],
    );
    let first = |of: &[String]| of.iter().find(|l| l.starts_with("UID")).cloned();
    assert_eq!(first(&unfolded(&moved)), first(&lines));
}

#[test]
fn the_same_bytes_for_any_number_of_threads_in_every_format() {
    let works = "[[work]]\nname = 'A'\nelements = ['a']\nhours = 4\n[[work]]\nname = 'B'\nelements = ['b']\nhours = 4\n";
    let dir = pool(works, HORIZON);
    for format in ["text", "json", "csv", "ics"] {
        let with = |threads| {
            brownout(
                dir.path(),
                &[
                    "maintenance",
                    "scenario.toml",
                    "--threads",
                    threads,
                    "--format",
                    format,
                ],
            )
        };
        assert_eq!(with("1"), with("3"));
        assert_eq!(with("1").0, 0);
    }
    let (_, table, _) = brownout(
        dir.path(),
        &["maintenance", "scenario.toml", "--format", "csv"],
    );
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows[0], "work,elements,hours,row,from,last_start,to,reason");
    assert_eq!(
        rows[1],
        "A,a,4,scheduled,2026-12-01T00:00:00+00:00,,2026-12-01T04:00:00+00:00,"
    );
    assert_eq!(
        rows[2],
        "A,a,4,window,2026-12-01T00:00:00+00:00,2026-12-01T02:00:00+00:00,2026-12-01T06:00:00+00:00,"
    );
    assert_eq!(rows.len(), 1 + 2 * 4);
}

#[test]
fn bad_works_are_named_with_their_place() {
    let faults = |works: &str, horizon: &str| {
        let dir = pool(works, horizon);
        let (code, out, faults) = brownout(dir.path(), &["maintenance", "scenario.toml"]);
        assert_eq!((code, out.as_str()), (2, ""), "{faults}");
        faults
    };
    let bad = "[[work]]\nname = 'A'\nelements = ['x']\nhours = 0\n[[work]]\nname = 'B'\nelements = 'b'\nhours = 2\nearliest = '2026-12-03'\nlatest = '2026-12-01'\n[[work]]\nname = 'B'\nelements = ['b']\nhours = 2\nlatest = 'soon'\n";
    let said = faults(bad, HORIZON);
    for part in [
        "no whole number of 1 or more",
        "has to end before it may start",
        "two works have the name `B`",
        "`soon`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(faults("", HORIZON).contains("no work"));
    let bare = "[[work]]\nname = 'A'\nelements = ['a']\nhours = 2\n";
    let said = faults(bare, "");
    assert!(
        said.contains("`earliest` is missing") && said.contains("`latest` is missing"),
        "{said}"
    );
    let missing = faults("[[work]]\nname = 'A'\nhours = 2\n", HORIZON);
    assert!(missing.contains("say what is out"), "{missing}");
}
