//! Works as an iCalendar (RFC 5545). In: the document of `maintenance`. Out: a calendar with an event for
//! each work that has a place, and one, which blocks no time, for each of its windows. Promises: the same
//! document gives the same bytes; an event keeps its UID as long as scenario and work keep their names, so that
//! a calendar that is read again moves it.

use super::document::{MaintenanceResult, WorkWindow, WorkWindows};
use crate::model::{hex, visible};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use sha2::{Digest, Sha256};

/// Bytes of a line.
const LINE: usize = 75;
/// Bytes of a digest that make a UID.
const UID: usize = 16;

/// The calendar.
#[must_use]
pub fn calendar(result: &MaintenanceResult) -> String {
    let mut lines = Lines(String::new());
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    let product = format!("-//brownout//brownout {}//EN", env!("CARGO_PKG_VERSION"));
    lines.add("PRODID", &text(&product));
    lines.add("CALSCALE", "GREGORIAN");
    lines.add("METHOD", "PUBLISH");
    lines.add("X-WR-CALNAME", &text(&result.scenario));
    for work in &result.works {
        if let (Some(start), Some(end)) = (&work.start, &work.end) {
            let event = Event {
                result,
                work,
                summary: work.name.clone(),
                key: "scheduled",
                from: start,
                to: end,
                blocks: true,
                said: "Proposed".to_owned(),
            };
            event.write(&mut lines);
        }
        for window in &work.windows {
            let event = Event {
                result,
                work,
                summary: format!("May be done: {}", work.name),
                key: &window.from,
                from: &window.from,
                to: &window.to,
                blocks: false,
                said: may_start(window),
            };
            event.write(&mut lines);
        }
    }
    lines.add("END", "VCALENDAR");
    lines.0
}

fn may_start(window: &WorkWindow) -> String {
    format!(
        "It may start at every full hour from {} to {}",
        window.from, window.last_start
    )
}

/// One event.
struct Event<'a> {
    result: &'a MaintenanceResult,
    work: &'a WorkWindows,
    summary: String,
    /// What tells it from other events of the same work.
    key: &'a str,
    from: &'a str,
    to: &'a str,
    blocks: bool,
    said: String,
}

impl Event<'_> {
    fn write(&self, lines: &mut Lines) {
        let hours = self.work.hours;
        let said = format!(
            "{}. It takes {hours} h. Out meanwhile: {}.",
            self.said,
            self.work.elements.join(", ")
        );
        lines.add("BEGIN", "VEVENT");
        lines.add("UID", &self.uid());
        // No clock is in a result: the hours that were looked at stamp it.
        lines.add("DTSTAMP", &utc(&self.result.from));
        lines.add("DTSTART", &utc(self.from));
        lines.add("DTEND", &utc(self.to));
        lines.add("SUMMARY", &text(&self.summary));
        lines.add("DESCRIPTION", &text(&said));
        lines.add(
            "CATEGORIES",
            if self.blocks { "MAINTENANCE" } else { "WINDOW" },
        );
        lines.add("STATUS", "TENTATIVE");
        lines.add("TRANSP", if self.blocks { "OPAQUE" } else { "TRANSPARENT" });
        lines.add("END", "VEVENT");
    }

    /// The same for the same names; parts are told apart by their lengths.
    fn uid(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&*self.result.scenario, &*self.work.name, self.key] {
            digest.update(part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        format!("{}@brownout", hex(&digest.finalize()[..UID]))
    }
}

/// A time of a document, in UTC.
fn utc(at: &str) -> String {
    let at: Timestamp = at.parse().unwrap_or_default();
    Zoned::new(at, TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string()
}

/// A text as a value: what has a meaning there is escaped, and what cannot be seen is made visible.
fn text(raw: &str) -> String {
    let mut out = String::new();
    for (at, line) in raw.lines().enumerate() {
        if at > 0 {
            out.push_str("\\n");
        }
        for c in visible(line).chars() {
            if matches!(c, '\\' | ';' | ',') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// Lines of a calendar.
struct Lines(String);

impl Lines {
    /// A property, folded: no line has more bytes than it may, and no character is cut.
    fn add(&mut self, name: &str, value: &str) {
        let mut used = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if used + c.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                used = 1;
            }
            self.0.push(c);
            used += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE, Lines, text, utc};

    #[test]
    fn long_lines_are_folded_between_characters() {
        let mut lines = Lines(String::new());
        let value = "ä€𝄞x".repeat(60);
        lines.add("SUMMARY", &value);
        let written = lines.0;
        assert!(written.ends_with("\r\n"));
        assert!(written.split("\r\n").all(|l| l.len() <= LINE), "{written}");
        let unfolded = written.replace("\r\n ", "");
        assert_eq!(unfolded, format!("SUMMARY:{value}\r\n"));
        let full = written.split("\r\n").next().expect("a line");
        assert!(full.len() > LINE - 4, "lines are filled: {full}");
    }

    #[test]
    fn texts_are_escaped_and_times_are_utc() {
        assert_eq!(text("a,b;c\\d\ne"), "a\\,b\\;c\\\\d\\ne");
        assert_eq!(utc("2026-12-29T02:00:00+01:00"), "20261229T010000Z");
        assert!(!text("a\u{7}b").contains('\u{7}'));
    }
}
