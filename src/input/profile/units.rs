//! Values as dashboards print them: `1.23 K`, `950 ms`, `1.5 GiB/s`, `12%`. In: one cell. Out: the
//! number in the base unit, and that base unit.

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
