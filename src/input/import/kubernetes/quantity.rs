//! Amounts as Kubernetes writes them: `100m`, `16Gi`, `1e3`, `0.5`. In: a text. Out: a number of the base
//! unit (cores, bytes, pieces), or `None` if it is no amount.

/// Suffixes and what they multiply by; longer ones first.
const SUFFIXES: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// The number of base units.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, factor) = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor)))
        .unwrap_or((text, 1.0));
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    if digits.is_empty() || !digits.chars().all(plain) {
        return None;
    }
    let number: f64 = digits.parse().ok()?;
    // Thousandths are divided, so that 100m is the number nearest to 0.1.
    let value = if factor < 1.0 {
        number / (1.0 / factor).round()
    } else {
        number * factor
    };
    (value.is_finite() && value >= 0.0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_kubernetes_means_them() {
        for (text, expected) in [
            ("100m", 0.1),
            ("3500m", 3.5),
            ("1", 1.0),
            ("0.5", 0.5),
            ("1e3", 1000.0),
            ("12E", 12e18),
            ("1k", 1000.0),
            ("64Mi", 67_108_864.0),
            ("15268408Ki", 15_634_849_792.0),
            ("129M", 129e6),
            ("250000000n", 0.25),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in ["", "Mi", "-1", "ten", "1Qi", "NaN", "inf", "0x10"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
