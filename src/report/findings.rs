//! What a pipeline reports of an assessment, one finding each. In: the document of `assess`. Out: for
//! every policy, service and load case whether it holds, and sentences that say why not. Promises:
//! computes nothing; a sentence is one line, of bounded length, without control characters.

use super::document::{Assess, Breach, MinimalSet, PolicyResult, ServiceState, Waived};
use super::number::{counted, enumerated, percent, waiver_end};
use super::sentences::named::lowered;
use super::sentences::service::with_outages;
use crate::model::{Cause, Status, short};
use std::collections::{BTreeSet, HashMap};

/// Characters of an id in a sentence.
const ID: usize = 60;
/// Elements of a contingency that are named.
const ELEMENTS: usize = 6;

/// One policy for one service at one load case.
#[derive(Debug)]
pub struct Finding<'a> {
    /// The policy that was judged.
    pub policy: &'a PolicyResult,
    /// Service id.
    pub service: &'a str,
    /// Name of the load case.
    pub load_case: &'a str,
    /// Whether it holds there.
    pub outcome: Outcome<'a>,
}

/// Whether a policy holds for one service at one load case.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// It holds.
    Holds,
    /// It does not, and nobody has accepted that.
    Breached(Vec<&'a Breach>),
    /// It does not, and all of that is accepted.
    Waived(Vec<&'a Waived>),
    /// Something that it asks for was not computed: why.
    Unknown(&'a str),
}

/// Every service and load case of a policy, in their order.
#[must_use]
pub fn findings(policy: &PolicyResult) -> Vec<Finding<'_>> {
    let mut breaches: HashMap<(&str, &str), Vec<&Breach>> = HashMap::new();
    for b in &policy.breaches {
        breaches
            .entry((&b.service, case_of(b)))
            .or_default()
            .push(b);
    }
    let mut waived: HashMap<(&str, &str), Vec<&Waived>> = HashMap::new();
    for w in &policy.waived {
        let at = (w.breach.service.as_str(), case_of(&w.breach));
        waived.entry(at).or_default().push(w);
    }
    // A target is held to what a year is like, whatever load cases the policy is for.
    let asked = policy.load_cases.iter().map(String::as_str);
    let found = breaches.keys().chain(waived.keys()).map(|at| at.1);
    let others: BTreeSet<&str> = found
        .filter(|case| asked.clone().all(|c| c != *case))
        .collect();
    let mut all = Vec::new();
    for service in &policy.services {
        for case in asked.clone().chain(others.iter().copied()) {
            let at = (service.as_str(), case);
            let is_asked = !others.contains(case);
            if !is_asked && !breaches.contains_key(&at) && !waived.contains_key(&at) {
                continue;
            }
            let outcome = match (breaches.remove(&at), waived.remove(&at), &policy.reason) {
                (Some(b), ..) => Outcome::Breached(b),
                (None, _, Some(why)) => Outcome::Unknown(why),
                (None, Some(w), None) => Outcome::Waived(w),
                (None, None, None) => Outcome::Holds,
            };
            all.push(Finding {
                policy,
                service,
                load_case: case,
                outcome,
            });
        }
    }
    all
}

/// The load case of a breach, or that it is of all hours.
fn case_of(breach: &Breach) -> &str {
    if breach.over_horizon {
        "the horizon"
    } else {
        &breach.case
    }
}

/// What to read of an assessment while sentences are made: it finds services and sets by name.
pub struct Reader<'a> {
    assess: &'a Assess,
    minimal: HashMap<(&'a str, &'a str, &'a [String]), &'a MinimalSet>,
    base: HashMap<(&'a str, &'a str), &'a ServiceState>,
}

impl<'a> Reader<'a> {
    /// Of an assessment.
    #[must_use]
    pub fn new(assess: &'a Assess) -> Self {
        let mut minimal = HashMap::new();
        for s in &assess.sweep.services {
            for m in &s.minimal {
                let key = (s.id.as_str(), s.load_case.as_str(), m.elements.as_slice());
                minimal.insert(key, m);
            }
        }
        let states = assess.base.iter();
        let base = states.flat_map(|state| {
            let services = state.services.iter();
            services.map(|s| ((s.id.as_str(), state.load_case.as_str()), s))
        });
        Self {
            assess,
            minimal,
            base: base.collect(),
        }
    }

    /// What brings a service down to that: the limit in the state of the breach, if it has one.
    #[must_use]
    pub fn limit(&self, b: &Breach) -> Option<&'a str> {
        if b.probability.is_some() {
            return None;
        }
        let (service, case) = (b.service.as_str(), b.case.as_str());
        if let Some(name) = &b.contingency {
            let named = self.assess.sweep.named.iter();
            let mut named = named.filter(|n| n.name == *name && n.load_case == case);
            let services = named.next().map(|n| &n.services)?;
            return services.iter().find(|s| s.id == service)?.limit.as_deref();
        }
        if b.elements.is_empty() {
            let state = self.base.get(&(service, case))?;
            return state.limit.as_deref();
        }
        let set = self.minimal.get(&(service, case, b.elements.as_slice()))?;
        set.limit.as_deref()
    }

    /// A breach in one sentence, with the reason where the document has it.
    #[must_use]
    pub fn sentence(&self, b: &Breach) -> String {
        let (service, case) = (short(&b.service, ID), short(&b.case, ID));
        if let (Some(found), Some(allowed)) = (b.probability, b.allowed) {
            if b.over_horizon {
                return format!(
                    "{service} is {} or worse {found:.2e} of the hours of the horizon, allowed is {allowed:.2e}",
                    b.status.word()
                );
            }
            return format!(
                "{service} at {case}: the probability of being {} or worse is {found:.2e}, allowed is \
                 {allowed:.2e}",
                b.status.word()
            );
        }
        let gets = match b.delivered {
            Some(d) if b.status == Status::Degraded => {
                format!(" (gets {} of its demand)", percent(d))
            }
            _ => String::new(),
        };
        let when = match b.elements.as_slice() {
            _ if b.contingency.is_some() => in_named(b),
            [] => self.outages(),
            [one] => format!("if {} fails", short(one, ID)),
            several => format!("if {} fail together", joined(several)),
        };
        if !b.unplaced.is_empty() {
            // That something runs nowhere is the breach, whether or not it harms anybody.
            let is = match b.status {
                Status::Ok => String::new(),
                status => format!(" is {}{gets}", status.word()),
            };
            let out = joined(&b.unplaced);
            return format!("{service} at {case}{is} {when}: no host for {out}");
        }
        let mut said = format!("{service} at {case} is {}{gets} {when}", b.status.word());
        if let Some(trips) = b.trips {
            let lost = counted(trips, "component");
            said.push_str(&format!(": {lost} lost to overload"));
            return said;
        }
        match self.why(b) {
            Some(why) => said.push_str(&format!(": {why}")),
            None => {
                if let Some(limit) = self.limit(b).filter(|_| b.status == Status::Degraded) {
                    said.push_str(&format!("; {} sets the limit", short(limit, ID)));
                }
            }
        }
        said
    }

    /// Why a service is harmed in the base state.
    fn why(&self, b: &Breach) -> Option<String> {
        let key = (b.service.as_str(), b.case.as_str());
        let in_base = b.elements.is_empty() && b.contingency.is_none();
        let state = self.base.get(&key).filter(|_| in_base)?;
        let why = state.because.last()?;
        Some(short(why, 240))
    }

    fn outages(&self) -> String {
        match self.assess.sweep.down.as_slice() {
            [] => "with nothing failed".to_owned(),
            some => format!("with {} out", joined(some)),
        }
    }
}

/// In which named contingency, and by how much it lowers the demand.
fn in_named(b: &Breach) -> String {
    let name = short(b.contingency.as_deref().unwrap_or(""), ID);
    let shed = b.shed.map(lowered);
    let shed = shed.map_or(String::new(), |shed| format!(", {shed}"));
    format!("in \u{201c}{name}\u{201d}{shed}")
}

/// A waiver in one sentence.
#[must_use]
pub fn acceptance(w: &Waived) -> String {
    format!(
        "accepted by {} until {}: {}",
        short(&w.owner, ID),
        short(&w.expires, 20),
        short(&w.reason, 200)
    )
}

/// Waivers that hold on the day of judgement and soon will not, or not any more at the peak; a sentence each.
#[must_use]
pub fn waivers_that_end_soon(assess: &Assess) -> Vec<String> {
    let all = assess.evidence.iter().flat_map(|e| &e.waivers);
    all.filter(|w| w.lapsed.is_none())
        .filter_map(|w| {
            let days = w.days_left.filter(|days| *days >= 0)?;
            let peak = assess.decisions.peak.as_ref();
            let peak = peak.and_then(|peak| peak.after(w.expires.parse().ok()?));
            waiver_end([&w.policy, &w.owner, &w.expires], days, peak)
        })
        .collect()
}

/// Why a service of a base state has its status, in one sentence.
#[must_use]
pub fn status_sentence(s: &ServiceState, load_case: &str) -> String {
    let head = format!(
        "{} at {} is {}",
        short(&s.id, ID),
        short(load_case, ID),
        s.status.word()
    );
    let gets = match s.status {
        Status::Degraded => format!(" (gets {} of its demand)", percent(s.delivered)),
        _ => String::new(),
    };
    match status_reason(s) {
        Some(why) => format!("{head}{gets}: {why}"),
        None => format!("{head}{gets}"),
    }
}

/// Why a service of a base state has its status, in a few words; `None` when it is ok.
#[must_use]
pub fn status_reason(s: &ServiceState) -> Option<String> {
    if let Some(why) = s.because.last().filter(|_| s.status.is_harm()) {
        return Some(short(&with_outages(s, why), 240));
    }
    let f = s.findings.first()?;
    let (witness, to) = (short(&f.witness, ID), f.leads_to.word());
    let said = match f.cause {
        Cause::Peak => format!("in the same state it is {to} at {witness}"),
        Cause::Redundancy => format!("if {witness} fails it is {to}"),
        Cause::Headroom => format!("{witness} leaves less headroom than is asked for"),
    };
    Some(with_outages(s, &said))
}

/// `a, b and c`, cut with its count.
fn joined(ids: &[String]) -> String {
    let mut names: Vec<String> = ids.iter().take(ELEMENTS).map(|i| short(i, ID)).collect();
    if let Some(hidden) = ids.len().checked_sub(ELEMENTS).filter(|&n| n > 0) {
        names.push(format!("{hidden} more"));
    }
    enumerated(&names)
}
