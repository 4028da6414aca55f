//! `verify` for a terminal.

use crate::model::short;
use crate::report::document::Verify;
use crate::report::number::{count, counted};
use crate::report::style::wrap;

/// Inputs and files that are told one by one.
const TOLD: usize = 20;

/// Whether it still comes out the same, and what differs.
#[must_use]
pub fn verify(result: &Verify, width: u16) -> String {
    let mut out = String::new();
    let same = result.input_checks.iter().filter(|i| i.same).count();
    let head = if result.same {
        "✓ the same: "
    } else {
        "✗ different: "
    };
    let ran = match (&result.reason, result.result_same) {
        (Some(reason), _) => format!("the command was not run again: {}", short(reason, 300)),
        (None, Some(true)) => "the command comes out with the same bytes".to_owned(),
        _ => "the command comes out with another result".to_owned(),
    };
    let all = counted(result.input_checks.len() as u64, "input");
    let inputs = format!(
        "{head}{} of {all} are as recorded; {ran}.",
        count(same as u64)
    );
    out.push_str(&wrap(&inputs, 0, width));
    out.push_str(&wrap(
        &format!("Command: {}", short(&result.command.join(" "), 400)),
        2,
        width,
    ));
    if result.recorded_version != result.head.tool.version {
        let line = format!(
            "Written by version {}, verified by version {}.",
            short(&result.recorded_version, 20),
            result.head.tool.version
        );
        out.push_str(&wrap(&line, 2, width));
    }
    let changed = result.input_checks.iter().filter(|i| !i.same).map(|i| {
        let what = if i.found.is_some() {
            "has changed"
        } else {
            "cannot be read"
        };
        format!("{} {what}", short(&i.path, 120))
    });
    list(&mut out, "Inputs", changed.collect(), width);
    let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "nothing".to_owned());
    let mut fields: Vec<String> = result
        .differences
        .iter()
        .map(|d| {
            format!(
                "{}: {} → {}",
                short(&d.field, 160),
                value(&d.recorded),
                value(&d.now)
            )
        })
        .collect();
    if result.differences_more > 0 {
        fields.push(format!("… and {} more", count(result.differences_more)));
    }
    list(&mut out, "Fields: recorded → now", fields, width);
    let files = result.files.iter().filter_map(|f| match f.same {
        Some(true) => None,
        Some(false) => Some(format!("{} is not what the result renders to", f.name)),
        None => Some(format!("{} is not there", f.name)),
    });
    list(&mut out, "Files of the report", files.collect(), width);
    out
}

fn list(out: &mut String, title: &str, lines: Vec<String>, width: u16) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title}\n"));
    for line in lines.iter().take(TOLD + 1) {
        out.push_str(&wrap(line, 2, width));
    }
    if lines.len() > TOLD + 1 {
        out.push_str(&format!(
            "  … and {} more\n",
            count((lines.len() - TOLD - 1) as u64)
        ));
    }
}
