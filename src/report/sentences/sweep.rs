//! What a sweep leaves out. In: the sweep. Out: a sentence, blank where every component and link may fail.

use crate::report::document::Sweep;
use crate::report::number::counted;

/// That ok and at-risk are said of the elements that may fail, where others may not.
pub(in crate::report) fn left_out(sweep: &Sweep) -> String {
    match (sweep.left_out, sweep.elements) {
        (0, _) => String::new(),
        (out, elements) => format!(
            " {} never {} here: ok and at-risk speak of {} only.",
            counted(out, "other component or link")
                .replace("component or links", "components and links"),
            if out == 1 { "fails" } else { "fail" },
            if elements == 1 {
                "this element".to_owned()
            } else {
                format!("these {}", counted(elements, "element"))
            },
        ),
    }
}
