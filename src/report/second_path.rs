//! Second paths in words. In: documents. Out: text.

use super::document::Laid;
use super::number::{enumerated, quantity};
use crate::model::short;

/// Characters of an id in a sentence.
const ID: usize = 40;
/// Links that are named.
const NAMED: usize = 3;

/// `lay a second path from fra to ham beside fra-han and han-ham`
pub(in crate::report) fn path_words(laid: &Laid, count: Option<f64>) -> String {
    let links = laid.beside.iter().take(NAMED);
    let links: Vec<String> = links.map(|l| short(l, ID)).collect();
    let beside = if laid.beside.len() > NAMED {
        format!("{} \u{2026}", links.join(", "))
    } else {
        enumerated(&links)
    };
    let paths = match count {
        Some(count) if count > 1.0 => format!("{} second paths", quantity(count)),
        _ => "a second path".to_owned(),
    };
    let [from, to] = [&laid.from, &laid.to].map(|id| short(id, ID));
    format!("lay {paths} from {from} to {to} beside {beside}")
}
