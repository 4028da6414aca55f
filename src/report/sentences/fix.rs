//! Lists of fixes with their titles. In: an assessment. Out: the lists, and which fixes leave fewer breaches. Promises: a
//! fix after which there are as many breaches as before stands in no list of what helps.

use crate::report::document::{Assess, Fix};

/// The title of repairs, the one that removes most first.
pub(in crate::report) const REPAIRS: &str = "Repairs in order, over all policies";
/// What is added to it where all of them together leave no fewer breaches.
pub(in crate::report) const NO_REMEDY: &str = " (no remedy by themselves)";

/// Every list of fixes that there is something for, with its title.
#[must_use]
pub(in crate::report) fn lists(result: &Assess) -> Vec<(String, Vec<&Fix>)> {
    let (helpful, others): (Vec<&Fix>, Vec<&Fix>) = result.lessens.iter().partition(|f| lessens(f));
    let all = [
        (repairs_title(result), result.repairs.iter().collect()),
        (
            "What holds a policy".to_owned(),
            result.fixes.iter().collect(),
        ),
        ("What helps, but does not hold it".to_owned(), helpful),
        (
            "What removes breaches and lets as many others appear, or more: part of a remedy at most"
                .to_owned(),
            others,
        ),
    ];
    let there = all.into_iter().filter(|(_, list)| !list.is_empty());
    there.collect()
}

/// The title of the ranking of repairs.
#[must_use]
pub(in crate::report) fn repairs_title(result: &Assess) -> String {
    let all_done = result.repairs.last();
    match all_done {
        Some(last) if !lessens(last) => format!("{REPAIRS}{NO_REMEDY}"),
        _ => REPAIRS.to_owned(),
    }
}

/// The title of policies that nothing was found to hold by itself.
#[must_use]
pub(in crate::report) fn unfixed_title(result: &Assess) -> &'static str {
    if plan_holds(result) {
        "The plan holds it; no remedy for it alone was found"
    } else {
        "Nothing found that holds it"
    }
}

/// Whether there is a plan after which every policy holds.
#[must_use]
pub(in crate::report) fn plan_holds(result: &Assess) -> bool {
    result.plan.as_ref().is_some_and(|plan| plan.holds)
}

/// Whether fewer breaches are left after a fix than before.
#[must_use]
pub(in crate::report) fn lessens(fix: &Fix) -> bool {
    fix.remaining < fix.of
}
