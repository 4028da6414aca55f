//! `verify` for a terminal.

use super::diff::{changes, verdicts};
use crate::model::short;
use crate::report::document::{FileCheck, FileState, Verify};
use crate::report::number::{count, counted};
use crate::report::sentences::diff::headlines;
use crate::report::style::wrap;

/// Inputs and files that are shown one by one.
const MOST_SHOWN: usize = 20;
/// Fields that are shown where no verdict and no service differs.
const FIELDS: usize = 5;

/// Whether it still comes out the same; else what differs: inputs, the report, what the command comes
/// to now.
#[must_use]
pub fn verify(result: &Verify, width: u16) -> String {
    let word = match result.same {
        true => "✓ the same",
        false if result.is_open() => "? not verified",
        false => "✗ different",
    };
    let parts: Vec<String> = [Some(inputs(result)), report(result), Some(rerun(result))]
        .into_iter()
        .flatten()
        .collect();
    let mut out = wrap(&format!("{word}: {}.", parts.join("; ")), 0, width);
    let command = short(&result.command.join(" "), 400);
    out.push_str(&wrap(&format!("Command: {command}"), 2, width));
    if result.recorded_version != result.head.tool.version {
        let line = format!(
            "Written by version {}, verified by version {}.",
            short(&result.recorded_version, 20),
            result.head.tool.version
        );
        out.push_str(&wrap(&line, 2, width));
    }
    let changed = result.input_checks.iter().filter(|i| !i.same).map(|i| {
        let what = match i.found {
            Some(_) if i.recorded.is_empty() => "was not read when the report was written",
            Some(_) => "has changed",
            None => "cannot be read",
        };
        format!("{} {what}", short(&i.path, 120))
    });
    list(&mut out, "Inputs", changed.collect(), width);
    list(&mut out, "Files of the report", files(result), width);
    out.push_str(&outcome(result, width));
    out
}

/// `1 of 4 inputs has changed or is gone`.
fn inputs(result: &Verify) -> String {
    let checks = &result.input_checks;
    let added = checks.iter().filter(|i| i.recorded.is_empty()).count() as u64;
    let all = checks.len() as u64 - added;
    let changed = checks.iter().filter(|i| !i.same).count() as u64 - added;
    match (changed, all) {
        (0, _) if added > 0 => format!("{} came in since", counted(added, "input")),
        (0, 1) => "the input is as recorded".to_owned(),
        (0, _) => format!("all {} are as recorded", counted(all, "input")),
        (1, _) => format!("1 of {} has changed or is gone", counted(all, "input")),
        _ => format!(
            "{} of {} have changed or are gone",
            count(changed),
            counted(all, "input")
        ),
    }
}

/// What became of the report since it was written, which changed inputs do not explain.
fn report(result: &Verify) -> Option<String> {
    let wrong = result.files.iter().filter(|f| is_wrong(f)).count() as u64;
    Some(match (result.report_same?, wrong) {
        (true, _) => "the report is as it was written".to_owned(),
        (false, 0) => {
            "the report is as it was written, but not what its result renders to".to_owned()
        }
        (false, n) => {
            let files = counted(n, "file");
            format!("the report is not as it was written ({files})")
        }
    })
}

fn rerun(result: &Verify) -> String {
    match (&result.reason, result.result_same) {
        (Some(reason), _) => format!("the command was not run again: {}", short(reason, 300)),
        (None, Some(true)) => "the command comes out with the same bytes".to_owned(),
        _ if result.inputs_same => {
            "the command comes out with another result, from the same inputs".to_owned()
        }
        _ => "with the inputs as they are now the command comes out with another result".to_owned(),
    }
}

/// Whether a file is not what was written: it may be, and yet not be what the result renders to, where
/// the result was changed or another version of the program wrote it.
fn is_wrong(f: &FileCheck) -> bool {
    f.state != FileState::Same && !is_other_rendering(f)
}

fn is_other_rendering(f: &FileCheck) -> bool {
    f.state == FileState::Changed && f.as_written == Some(true)
}

fn files(result: &Verify) -> Vec<String> {
    let all = result.files.iter();
    let mut lines: Vec<String> = all.clone().filter(|f| is_wrong(f)).map(file).collect();
    let others = all.filter(|f| is_other_rendering(f));
    let others: Vec<String> = others.map(|f| short(&f.name, 60)).collect();
    if let [first, rest @ ..] = others.as_slice() {
        let more = match rest.len() {
            0 => String::new(),
            n => format!(" and {}", counted(n as u64, "more file")),
        };
        lines.push(format!(
            "{first}{more}: as it was written, but not what the result in the folder renders to"
        ));
    }
    lines
}

fn file(f: &FileCheck) -> String {
    let name = short(&f.name, 120);
    match f.state {
        FileState::Same => format!("{name} is the same"),
        FileState::Changed => format!("{name} was changed"),
        FileState::Missing => format!("{name} is not there"),
        FileState::Special => format!("{name} is no regular file"),
        FileState::Foreign => format!("{name} does not belong to this report"),
    }
}

/// What the command comes to now: verdict, policies, services; fields only where none of those differs.
fn outcome(result: &Verify, width: u16) -> String {
    let Some(diff) = &result.changes else {
        return String::new();
    };
    let mut out = String::from("\nRecorded → now\n");
    out.push_str(&verdicts(diff, width));
    for line in headlines(diff) {
        out.push_str(&wrap(&line, 0, width));
    }
    out.push_str(&changes(diff, width));
    let nothing = diff.policies.is_empty() && diff.changes.is_empty() && diff.chances.is_empty();
    if nothing {
        let fields = result.differences.iter().take(FIELDS).map(|d| {
            let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "nothing".to_owned());
            let field = short(&d.field, 160);
            format!("{field}: {} → {}", value(&d.recorded), value(&d.now))
        });
        let mut fields: Vec<String> = fields.collect();
        let shown = result.differences.len() as u64 + result.differences_more;
        match shown - fields.len() as u64 {
            0 => {}
            more => fields.push(format!(
                "… and {} more; `--format csv` has some",
                count(more)
            )),
        }
        list(
            &mut out,
            "Verdicts and statuses are the same; these fields differ",
            fields,
            width,
        );
    }
    out
}

fn list(out: &mut String, title: &str, lines: Vec<String>, width: u16) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title}\n"));
    for line in lines.iter().take(MOST_SHOWN + 1) {
        out.push_str(&wrap(line, 2, width));
    }
    if lines.len() > MOST_SHOWN + 1 {
        let hidden = (lines.len() - MOST_SHOWN - 1) as u64;
        out.push_str(&format!(
            "  … and {} more; `--format csv` lists all\n",
            count(hidden)
        ));
    }
}
