//! An assessment for test reporters. In: the document of `assess`. Out: JUnit XML in the form of the
//! schema of Apache Ant's tasks: a suite per policy, a case per service and load case. Promises: a
//! breach is a failure with the sentence why, an accepted one is skipped, what could not be judged is
//! an error; no clock: a suite bears the day that waivers are judged on, or else the epoch.

use super::document::{Assess, PolicyResult};
use super::findings::{Finding, Outcome, Reader, acceptance, findings};
use crate::model::{short, visible};

/// Characters of a name.
const NAME: usize = 200;
/// Breaches shown in one failure.
const MOST_SHOWN: usize = 20;

/// JUnit XML, UTF-8, with a final newline.
#[must_use]
pub fn junit(assess: &Assess) -> String {
    let reader = Reader::new(assess);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (at, policy) in assess.policies.iter().enumerate() {
        suite(assess, &reader, at, policy, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(assess: &Assess, reader: &Reader<'_>, at: usize, policy: &PolicyResult, out: &mut String) {
    let cases = findings(policy);
    let with = |is: fn(&Outcome<'_>) -> bool| cases.iter().filter(|c| is(&c.outcome)).count();
    let day = assess.as_of.as_deref().unwrap_or("1970-01-01");
    out.push_str(&format!(
        "  <testsuite id=\"{at}\" name=\"{name}\" package=\"brownout\" hostname=\"localhost\" \
         timestamp=\"{day}T00:00:00\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" \
         time=\"0\">\n",
        cases.len(),
        with(|o| matches!(o, Outcome::Breached(_))),
        with(|o| matches!(o, Outcome::Unknown(_))),
        with(|o| matches!(o, Outcome::Waived(_))),
        name = name(&policy.name),
        day = xml(day),
    ));
    out.push_str("    <properties>\n");
    let tool = &assess.head.tool;
    let peak = assess.peak.as_deref().map(|peak| ("peak", name(peak)));
    let known = [
        ("scenario", name(&assess.scenario)),
        ("tool", xml(&format!("{} {}", tool.name, tool.version))),
    ];
    for (key, value) in known.into_iter().chain(peak) {
        out.push_str(&format!(
            "      <property name=\"{key}\" value=\"{value}\"/>\n"
        ));
    }
    out.push_str("    </properties>\n");
    for case in &cases {
        test(reader, case, out);
    }
    out.push_str("    <system-out></system-out>\n    <system-err></system-err>\n  </testsuite>\n");
}

fn test(reader: &Reader<'_>, case: &Finding<'_>, out: &mut String) {
    let title = format!(
        "{} at {}",
        short(case.service, 120),
        short(case.load_case, 60)
    );
    out.push_str(&format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
        name(&case.policy.name),
        xml(&title)
    ));
    let inside = match &case.outcome {
        Outcome::Holds => String::new(),
        Outcome::Breached(breaches) => {
            let mut lines: Vec<String> = breaches
                .iter()
                .take(MOST_SHOWN)
                .map(|b| xml(&reader.sentence(b)))
                .collect();
            let first = lines.first().cloned().unwrap_or_default();
            if breaches.len() > MOST_SHOWN {
                let hidden = breaches.len() - MOST_SHOWN;
                lines.push(format!("… and {hidden} more; table-policies.csv lists all"));
            }
            let body = lines.join("\n");
            format!("<failure type=\"breach\" message=\"{first}\">{body}</failure>")
        }
        Outcome::Waived(waived) => {
            let said = waived.first().map(|w| acceptance(w)).unwrap_or_default();
            format!("<skipped message=\"{}\"/>", xml(&said))
        }
        Outcome::Unknown(why) => {
            format!(
                "<error type=\"not-judged\" message=\"{}\"/>",
                xml(&short(why, 400))
            )
        }
    };
    if inside.is_empty() {
        out.push_str("/>\n");
    } else {
        out.push_str(&format!(">\n      {inside}\n    </testcase>\n"));
    }
}

/// A name: never empty, of bounded length.
fn name(text: &str) -> String {
    match short(text, NAME) {
        empty if empty.trim().is_empty() => "(no name)".to_owned(),
        name => xml(&name),
    }
}

/// Text that may stand in an attribute or an element: only characters that XML has, and no markup.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(
            xml("<a b='1'>&\"\u{0}\u{202e}\u{ffff}\n"),
            "&lt;a b=&apos;1&apos;&gt;&amp;&quot;\\u{0}\\u{202e}\\u{ffff}\\u{a}"
        );
        assert_eq!(name("  "), "(no name)");
    }
}
