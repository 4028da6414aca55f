//! What a policy asks for and a sweep lacks. In: an order, a sweep. Out: words, for the reason why a policy
//! cannot be said to hold.

use crate::analysis::SweepOutcome;

/// Says what of the contingencies up to an order was not computed.
pub(super) fn look_for_gaps(order: u32, sweep: &SweepOutcome, gaps: &mut Vec<String>) {
    // Orders above the number of elements have no contingencies: nothing is missing there.
    let wanted = u64::from(order).min(sweep.elements);
    let swept = sweep.possible.len() as u64;
    if wanted > swept {
        gaps.push(format!(
            "it asks for order {order}, the sweep went to {swept}: set `order = {order}` in [sweep]"
        ));
    }
    let asked = sweep.possible.iter().zip(&sweep.accounted);
    let mut asked = asked.take(usize::try_from(wanted).unwrap_or(usize::MAX));
    if asked.any(|(possible, done)| possible != done) {
        gaps.push("the sweep ended before every contingency was looked at".to_owned());
    }
}
