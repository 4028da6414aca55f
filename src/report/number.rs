//! Numbers for people: no false precision, thousands separated. In: finite or infinite numbers. Out:
//! short text. Promises: a value that is not 100 % is never printed as 100 %, a positive one never
//! as 0.

use crate::model::{Waiver, short};
use jiff::civil::Date;

/// A fraction as a percentage with one decimal: `72.7 %`.
#[must_use]
pub fn percent(fraction: f64) -> String {
    if fraction.is_infinite() {
        return "unlimited".to_owned();
    }
    let x = fraction * 100.0;
    if fraction < 1.0 && x >= 99.95 {
        return "> 99.9 %".to_owned();
    }
    if fraction > 1.0 + 1e-9 && x < 100.05 {
        return "> 100 %".to_owned();
    }
    if x != 0.0 && x.abs() < 0.05 {
        return if x > 0.0 { "< 0.1 %" } else { "> −0.1 %" }.to_owned();
    }
    let text = if x.abs() >= 1000.0 {
        grouped(x.abs().round(), 0)
    } else {
        let text = format!("{:.1}", x.abs());
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    let sign = if x < 0.0 { "−" } else { "" };
    format!("{sign}{text} %")
}

/// Two numbers that are not the same, in as few digits as show it, and never more than a number has.
/// `shown` is how they are shown if that does; `scale` is 100 for percentages.
#[must_use]
pub fn apart(
    (x, y): (f64, f64),
    shown: impl Fn(f64) -> String,
    (scale, unit): (f64, &str),
) -> (String, String) {
    let plain = (shown(x), shown(y));
    if plain.0 != plain.1 || !x.is_finite() || !y.is_finite() {
        return plain;
    }
    let with = |decimals: usize, x: f64| {
        let sign = if x < 0.0 { "−" } else { "" };
        format!("{sign}{:.decimals$}{unit}", (x * scale).abs())
    };
    let mut both = (1..16).map(|decimals| (with(decimals, x), with(decimals, y)));
    both.find(|(x, y)| x != y).unwrap_or(plain)
}

/// A growth: `+15 %`, `−27.3 %`; `unlimited` for none.
#[must_use]
pub fn growth(headroom: Option<f64>) -> String {
    match headroom {
        None => "unlimited".to_owned(),
        Some(h) if h > 0.0 => format!("+{}", percent(h)),
        Some(h) => percent(h),
    }
}

/// A load, a capacity, a demand: at most four significant digits below 1000, whole above.
#[must_use]
pub fn quantity(x: f64) -> String {
    if x.is_infinite() {
        return "unlimited".to_owned();
    }
    let size = x.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e15).contains(&size) {
        format!("{x:.2e}")
    } else if size >= 1000.0 || size.fract() == 0.0 {
        grouped(x.round(), 0)
    } else {
        let decimals = if size >= 100.0 {
            1
        } else if size >= 1.0 {
            2
        } else {
            4
        };
        trimmed(&grouped(x, decimals))
    }
}

/// The same for narrow columns: four digits and a prefix from a million on, `20.75 M`.
#[must_use]
pub fn brief(x: f64) -> String {
    const PREFIXES: [(f64, &str); 4] = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")];
    let size = x.abs();
    match PREFIXES.iter().find(|prefix| size >= prefix.0) {
        Some((one, prefix)) if size < 1e18 => {
            let decimals = if size / one < 99.995 { 2 } else { 1 };
            format!("{} {prefix}", trimmed(&grouped(x / one, decimals)))
        }
        _ => quantity(x),
    }
}

/// A load, or how much of a capacity it is: `∞` where it is too great for a number, which is no lack
/// of a limit.
#[must_use]
pub fn load(x: f64, shown: fn(f64) -> String) -> String {
    if x.is_infinite() {
        "∞".to_owned()
    } else {
        shown(x)
    }
}

/// Characters of an id in a list.
pub(super) const ID: usize = 28;

/// At most `most` ids in a row, the others counted.
pub(super) fn ids(all: &[String], most: usize) -> String {
    let shown: Vec<String> = all.iter().take(most).map(|i| short(i, ID)).collect();
    match all.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), count(more as u64)),
    }
}

/// A count with separated thousands.
#[must_use]
pub fn count(n: u64) -> String {
    separated(&n.to_string())
}

/// A number with its noun: `1 service`, `2 services`.
#[must_use]
pub fn counted(n: u64, noun: &str) -> String {
    let stem = noun.strip_suffix('y');
    match (n, stem.filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']))) {
        (1, _) => format!("1 {noun}"),
        (n, Some(stem)) => format!("{} {stem}ies", count(n)),
        (n, None) if noun.ends_with("ch") => format!("{} {noun}es", count(n)),
        (n, None) => format!("{} {noun}s", count(n)),
    }
}

/// `a, b and c`; nothing for none.
#[must_use]
pub fn enumerated(all: &[String]) -> String {
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A unit after a number, with the space before it.
#[must_use]
pub fn unit(unit: Option<&str>) -> String {
    match unit {
        Some(u) if !u.is_empty() => format!(" {}", short(u, 16)),
        _ => String::new(),
    }
}

fn grouped(x: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", x.abs());
    let sign = if x < 0.0 { "−" } else { "" };
    match text.split_once('.') {
        Some((whole, part)) => format!("{sign}{}.{part}", separated(whole)),
        None => format!("{sign}{}", separated(&text)),
    }
}

fn separated(digits: &str) -> String {
    let mut out = String::new();
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

fn trimmed(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// An instant as people read it: `2026-12-29 14:00`, from RFC 3339.
#[must_use]
pub fn instant(at: &str) -> String {
    let at = short(at, 40);
    match (at.get(..10), at.get(10..11), at.get(11..16)) {
        (Some(day), Some("T"), Some(time)) => format!("{day} {time}"),
        _ => at,
    }
}

/// When a waiver ends, in one sentence, where somebody has to act: it has ended, soon will, or will have before
/// the peak begins, of which this is the load case and the day.
#[must_use]
pub fn waiver_end(
    [policy, owner, expires]: [&str; 3],
    days_left: i64,
    peak: Option<(&str, Date)>,
) -> Option<String> {
    if days_left > Waiver::SOON && peak.is_none() {
        return None;
    }
    let when = match days_left {
        ..0 => "has expired".to_owned(),
        0 => "ends today".to_owned(),
        1 => "ends tomorrow".to_owned(),
        days => format!("ends in {days} days"),
    };
    let end = format!(
        "a waiver of \"{}\" (owner {}) {when}, {}",
        short(policy, 80),
        short(owner, 40),
        short(expires, 20)
    );
    Some(match peak.filter(|_| days_left >= 0) {
        Some((case, from)) => format!(
            "{end}: before {} begins on {from}, where it covers nothing any more",
            short(case, 40)
        ),
        None => end,
    })
}

/// Bytes as people read them.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    match bytes as f64 {
        b if b < 999.5 => format!("{bytes} B"),
        b if b < 999.5e3 => format!("{:.0} kB", b / 1e3),
        b if b < 999.5e6 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_shown_to_differ() {
        let percents = |x, y| apart((x, y), percent, (100.0, " %"));
        let of = |x: &str, y: &str| (x.to_owned(), y.to_owned());
        assert_eq!(percents(0.5, 0.6), of("50 %", "60 %"));
        assert_eq!(percents(0.727_27, 0.727_31), of("72.727 %", "72.731 %"));
        assert_eq!(percents(-0.5001, -0.5002), of("−50.01 %", "−50.02 %"));
        assert_eq!(percents(0.5, 0.5), of("50 %", "50 %"));
        assert_eq!(
            apart((1234.4, 1234.3), quantity, (1.0, "")),
            of("1234.4", "1234.3")
        );
    }

    #[test]
    fn percentages_do_not_round_into_a_lie() {
        let cases = [
            (0.727_272, "72.7 %"),
            (1.0, "100 %"),
            (0.999_999, "> 99.9 %"),
            (1.000_001, "> 100 %"),
            (0.0, "0 %"),
            (0.000_1, "< 0.1 %"),
            (-0.272_7, "−27.3 %"),
            (1.375, "137.5 %"),
            (123.4, "12,340 %"),
        ];
        for (x, text) in cases {
            assert_eq!(percent(x), text, "{x}");
        }
        assert_eq!(growth(Some(0.15)), "+15 %");
        assert_eq!(growth(None), "unlimited");
    }

    #[test]
    fn quantities_are_short() {
        let cases = [
            (0.0, "0"),
            (700.0, "700"),
            (7140.0, "7,140"),
            (1234.56, "1,235"),
            (366.666_6, "366.7"),
            (0.5, "0.5"),
            (1e-9, "1.00e-9"),
            (f64::INFINITY, "unlimited"),
        ];
        for (x, text) in cases {
            assert_eq!(quantity(x), text, "{x}");
        }
        let brief_cases = [
            (999_999.0, "999,999"),
            (1e6, "1 M"),
            (20_750_000.0, "20.75 M"),
            (-342_000_000.0, "−342 M"),
            (1.0e10, "10 G"),
            (999_999_999.0, "1,000 M"),
            (1e18, "1.00e18"),
            (f64::INFINITY, "unlimited"),
        ];
        for (x, text) in brief_cases {
            assert_eq!(brief(x), text, "{x}");
        }
        assert_eq!(load(f64::INFINITY, quantity), "∞");
        assert_eq!(load(1.375, percent), "137.5 %");
        assert_eq!(counted(2, "contingency"), "2 contingencies");
        assert_eq!(counted(19, "day"), "19 days");
        assert_eq!(counted(1, "service"), "1 service");
    }

    #[test]
    fn instants_lose_their_offset_only() {
        assert_eq!(instant("2026-12-29T14:00:00+01:00"), "2026-12-29 14:00");
        assert_eq!(instant("soon"), "soon");
    }
}
