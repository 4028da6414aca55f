//! Values as dashboards print them: `1.23 K`, `950 ms`, `1.5 GiB/s`, `12%`. In: one cell, or two units. Out: the
//! number in the base unit, and that base unit; how many of one unit another is.

/// Times, in seconds.
const TIMES: [(&str, f64); 16] = [
    ("ns", 1e-9),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("sec", 1.0),
    ("secs", 1.0),
    ("min", 60.0),
    ("mins", 60.0),
    ("hour", 3600.0),
    ("hours", 3600.0),
    ("day", 86_400.0),
    ("days", 86_400.0),
    ("week", 604_800.0),
    ("weeks", 604_800.0),
];

/// Scales, the longest names first.
const SCALES: [(&str, f64); 19] = [
    ("Quadr", 1e15),
    ("Tri", 1e12),
    ("Bil", 1e9),
    ("Mil", 1e6),
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("K", 1e3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("m", 1e-3),
    ("µ", 1e-6),
    ("u", 1e-6),
    ("n", 1e-9),
];

/// Units that a scale may stand directly before.
const BASES: [&str; 21] = [
    "B", "b", "B/s", "b/s", "Bs", "bs", "Bps", "bps", "Hz", "W", "Wh", "V", "A", "p/s", "pps",
    "req/s", "ops/s", "rps", "iops", "io/s", "ops",
];

/// Amounts of data and their rates: how many bits.
const DATA: [(&str, f64, &str); 16] = [
    ("B/s", 8.0, "bit/s"),
    ("Bs", 8.0, "bit/s"),
    ("Bps", 8.0, "bit/s"),
    ("byte/s", 8.0, "bit/s"),
    ("bytes/s", 8.0, "bit/s"),
    ("b/s", 1.0, "bit/s"),
    ("bs", 1.0, "bit/s"),
    ("bps", 1.0, "bit/s"),
    ("bit/s", 1.0, "bit/s"),
    ("bits/s", 1.0, "bit/s"),
    ("B", 8.0, "bit"),
    ("byte", 8.0, "bit"),
    ("bytes", 8.0, "bit"),
    ("b", 1.0, "bit"),
    ("bit", 1.0, "bit"),
    ("bits", 1.0, "bit"),
];

/// Short names of rates.
const SHORT: [(&str, &str); 5] = [
    ("rps", "req/s"),
    ("requests/s", "req/s"),
    ("pps", "p/s"),
    ("iops", "io/s"),
    ("percent", "%"),
];

/// How a unit stands to that of a service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ratio {
    /// One of it is so many of the other.
    Of(f64),
    /// They measure different things.
    Unlike,
    /// Other words, which may mean the same.
    Unsure,
}

/// How many of the unit of a service one of another unit is. A blank unit says nothing.
pub(super) fn ratio(unit: &str, of_service: &str) -> Ratio {
    let [unit, of_service] = [unit, of_service].map(str::trim);
    if unit.is_empty() || of_service.is_empty() || unit == of_service {
        return Ratio::Of(1.0);
    }
    let ((one, base), (other, wanted)) = (measured(unit), measured(of_service));
    if base == wanted {
        return Ratio::Of(one / other);
    }
    let known = |base: &String| matches!(base.as_str(), "bit" | "bit/s" | "s" | "%");
    if known(&base) || known(&wanted) {
        Ratio::Unlike
    } else {
        Ratio::Unsure
    }
}

/// How many of which base a unit is: bits, seconds, or what it itself counts.
fn measured(unit: &str) -> (f64, String) {
    if let Some((_, factor)) = TIMES.iter().find(|(name, _)| *name == unit) {
        return (*factor, "s".to_owned());
    }
    for (name, scale) in [("", 1.0)].into_iter().chain(SCALES) {
        let Some(rest) = unit.strip_prefix(name) else {
            continue;
        };
        let data = DATA.iter().find(|(known, ..)| *known == rest);
        // Nobody has a thousandth of a bit: whoever writes `mbit/s` may mean a million.
        if let Some((_, bits, base)) = data.filter(|_| scale >= 1.0) {
            return (scale * bits, (*base).to_owned());
        }
        if data.is_none() && BASES.contains(&rest) {
            return (scale, short(rest));
        }
    }
    (1.0, short(unit))
}

fn short(unit: &str) -> String {
    let lower = unit.to_lowercase();
    let known = SHORT.iter().find(|(name, _)| *name == lower);
    known.map_or(lower, |(_, long)| (*long).to_owned())
}

/// The number in its base unit, and the base unit; `None` if the cell does not start with a number, or what follows is
/// more of one: `2.500,00` is not 2.5 of `,00`.
pub(crate) fn value(cell: &str) -> Option<(f64, &str)> {
    let cell = cell.trim();
    let (number, unit) = split(cell);
    if unit.trim_start().starts_with(is_of_number) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    let (factor, base) = scale(unit.trim());
    Some((number * factor, base))
}

/// Whether a sign may go on with a number: a digit, a decimal mark, or one between thousands.
fn is_of_number(sign: char) -> bool {
    sign.is_numeric() || matches!(sign, ',' | '.' | '\'' | '’' | '_')
}

/// The longest start of a cell that looks like a number, and the rest.
fn split(cell: &str) -> (&str, &str) {
    let bytes = cell.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let digits = |mut at: usize| {
        while digit(at) {
            at += 1;
        }
        at
    };
    let sign = |at: usize| usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
    let mut end = digits(sign(0));
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + sign(end + 1);
        if digit(exponent) {
            end = digits(exponent);
        }
    }
    cell.split_at(end)
}

/// The factor to the base unit, and the base unit.
fn scale(unit: &str) -> (f64, &str) {
    if let Some((_, factor)) = TIMES.iter().find(|(name, _)| *name == unit) {
        return (*factor, "s");
    }
    if BASES.contains(&unit) {
        return (1.0, unit);
    }
    for (name, factor) in SCALES {
        let Some(rest) = unit.strip_prefix(name) else {
            continue;
        };
        // Small scales only before a known unit: a lone "m" is more likely metres or minutes.
        let lone = rest.is_empty() && factor >= 1.0;
        let apart = rest.starts_with(' ') && factor >= 1.0;
        if lone || apart || BASES.contains(&rest) {
            return (factor, rest.trim_start());
        }
    }
    (1.0, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_as_dashboards_print_them() {
        let cases = [
            ("94", 94.0, ""),
            ("1.23 K", 1230.0, ""),
            ("1.5 Mil", 1_500_000.0, ""),
            ("2 Bil", 2e9, ""),
            ("1.5 GiB", 1_610_612_736.0, "B"),
            ("12.5 MB/s", 12_500_000.0, "B/s"),
            ("250 ms", 0.25, "s"),
            ("3 min", 180.0, "s"),
            ("45%", 45.0, "%"),
            ("45.5 %", 45.5, "%"),
            ("1.2K req/s", 1200.0, "req/s"),
            ("1.2 K req/s", 1200.0, "req/s"),
            ("7 req/s", 7.0, "req/s"),
            ("1e3", 1000.0, ""),
            ("3 orders", 3.0, "orders"),
            ("5 m", 5.0, "m"),
            ("-2 K", -2000.0, ""),
        ];
        for (cell, expected, base) in cases {
            let (number, unit) = value(cell).expect(cell);
            assert!(
                (number - expected).abs() <= 1e-9 * expected.abs(),
                "{cell}: {number}"
            );
            assert_eq!(unit, base, "{cell}");
        }
    }

    #[test]
    fn a_unit_is_so_many_of_that_of_a_service() {
        let of = |unit, of_service, ratio: f64| match super::ratio(unit, of_service) {
            Ratio::Of(found) => assert!((found / ratio - 1.0).abs() < 1e-12, "{unit}: {found}"),
            other => panic!("{unit} of {of_service}: {other:?}"),
        };
        of("B/s", "bit/s", 8.0);
        of("B/s", "kbit/s", 0.008);
        of("b/s", "Mbit/s", 1e-6);
        of("B", "GiB", 1.0 / 1_073_741_824.0);
        of("Mbit/s", "Gbps", 0.001);
        of("s", "ms", 1000.0);
        of("W", "kW", 0.001);
        of("rps", "req/s", 1.0);
        of("percent", "%", 1.0);
        of("", "bit/s", 1.0);
        of("B/s", "", 1.0);
        of("Orders", "orders", 1.0);
        for (unit, of_service) in [
            ("s", "bit/s"),
            ("B", "bit/s"),
            ("B/s", "req/s"),
            ("%", "req/s"),
            ("b/s", "mbit/s"),
        ] {
            assert_eq!(super::ratio(unit, of_service), Ratio::Unlike, "{unit}");
        }
        assert_eq!(super::ratio("ops/s", "req/s"), Ratio::Unsure);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for cell in [
            "",
            "null",
            "K",
            "-",
            "NaN",
            "€ 5",
            "2.500,00",
            "12,5",
            "1.234.567",
            "1 234",
            "1'234",
            "1_000",
            "12,5 req/s",
        ] {
            assert_eq!(value(cell), None, "{cell}");
        }
    }
}
