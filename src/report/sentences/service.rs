//! Why a service of a state has its status. In: the service. Out: a few words, or its whole story line by line.

use crate::model::Cause;
use crate::report::document::{Finding, ServiceState};
use crate::report::ids::id;
use crate::report::number::ids;

/// Why a service has its status, in a few words; the outages that have a part in it come first.
pub(in crate::report) fn reason(s: &ServiceState) -> String {
    reason_of(s, false)
}

/// The same, of several services that it is true of.
fn reason_of(s: &ServiceState, is_of_many: bool) -> String {
    match (s.because.last(), s.findings.first()) {
        (Some(root), _) if s.status.is_harm() => with_outages(s, root),
        (_, Some(f)) => with_outages(s, &finding_of(f, is_of_many)),
        _ => String::new(),
    }
}

/// `with app-3 out: …`, unless what is said names these outages itself.
pub(in crate::report) fn with_outages(s: &ServiceState, said: &str) -> String {
    match unnamed(s, said) {
        [] => said.to_owned(),
        some => format!("with {} out: {said}", ids(some, 3)),
    }
}

/// The outages that have a part in a status, if what is said does not name all of them.
pub(in crate::report) fn unnamed<'s>(s: &'s ServiceState, said: &str) -> &'s [String] {
    let outages = s.outages.as_deref().unwrap_or_default();
    let words: Vec<&str> = said.split([' ', ':', ',']).collect();
    let named = |outage: &String| words.contains(&id(outage).as_str());
    if outages.iter().all(named) {
        &[]
    } else {
        outages
    }
}

/// What is shown of a service.
pub(in crate::report) fn lines(s: &ServiceState, is_of_many: bool) -> Vec<String> {
    if s.status.is_harm() {
        s.because.clone()
    } else {
        let all = s.findings.iter();
        all.map(|f| finding_of(f, is_of_many)).collect()
    }
}

/// One cause of risk in words.
pub(in crate::report) fn finding(f: &Finding) -> String {
    finding_of(f, false)
}

fn finding_of(f: &Finding, is_of_many: bool) -> String {
    let (to, witness) = (f.leads_to.word(), id(&f.witness));
    let (it, its) = if is_of_many {
        ("they are", "their")
    } else {
        ("it is", "its")
    };
    match f.cause {
        Cause::Peak => format!("at {witness} {it} {to}"),
        Cause::Redundancy => format!("if {witness} fails {it} {to}"),
        Cause::Headroom => format!("{its} headroom is under what is asked, set by {witness}"),
    }
}
