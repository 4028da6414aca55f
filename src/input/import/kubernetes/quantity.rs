//! Amounts as Kubernetes writes them: `100m`, `16Gi`, `1e3`, `0.5`; shares of pods, and counts of replicas. In: a
//! text. Out: a number of the base unit (cores, bytes, pieces). Promises: what is no amount is a fault where it
//! stands, since a node without it would have no limit.

use super::scalar::Scalar;
use crate::input::number::MOST;
use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use std::collections::BTreeMap;

/// Replicas of one workload; nobody runs more.
const MOST_REPLICAS: u32 = 100_000;

/// Amounts by the name of the resource; one that is null is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Amounts(pub BTreeMap<String, f64>);

impl<'de> Deserialize<'de> for Amounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut amounts = BTreeMap::new();
        let stated = BTreeMap::<String, Option<Scalar>>::deserialize(deserializer)?;
        for (resource, stated) in stated {
            let Some(stated) = stated else {
                continue;
            };
            let expected = format!("an amount of {resource} (such as 100m, 4 or 16Gi)");
            let amount = parse(&stated.0).ok_or_else(|| no_such::<D::Error>(&expected))?;
            amounts.insert(resource, amount);
        }
        Ok(Self(amounts))
    }
}

/// How many replicas there should be, at least or at most.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replicas(pub u32);

impl<'de> Deserialize<'de> for Replicas {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stated = Scalar::deserialize(deserializer)?;
        let count = stated.0.trim().parse().ok();
        let count = count.filter(|count| *count <= MOST_REPLICAS);
        count
            .map(Self)
            .ok_or_else(|| no_such("a number of replicas up to 100000"))
    }
}

/// How many pods of so many: a number, or a part of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Portion {
    Number(u32),
    Percent(u64),
}

impl Portion {
    /// How many of so many, rounded up.
    pub fn of(self, all: u32) -> u32 {
        match self {
            Self::Number(number) => number,
            Self::Percent(percent) => {
                let part = (u64::from(all) * percent.min(100)).div_ceil(100);
                u32::try_from(part).unwrap_or(u32::MAX)
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse().ok().map(Self::Percent),
            None => text.parse().ok().map(Self::Number),
        }
    }
}

impl<'de> Deserialize<'de> for Portion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stated = Scalar::deserialize(deserializer)?;
        Self::parse(&stated.0).ok_or_else(|| no_such("a number of pods or a percentage"))
    }
}

/// A fault that says what is expected, and nothing of what stands there.
fn no_such<E: Error>(expected: &str) -> E {
    E::invalid_value(Unexpected::Other("text"), &expected)
}

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
    (0.0..=MOST).contains(&value).then(|| value.abs())
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
        for text in ["", "Mi", "-1", "ten", "1Qi", "NaN", "inf", "0x10", "1e400"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn shares_are_rounded_up() {
        let share = |text: &str, of| Portion::parse(text).map(|portion| portion.of(of));
        assert_eq!(share("2", 3), Some(2));
        assert_eq!(share("50%", 3), Some(2));
        assert_eq!(share("25%", 4), Some(1));
        assert_eq!(share("150%", 4), Some(4));
        assert_eq!(share("half", 4), None);
    }

    #[test]
    fn what_is_no_amount_is_a_fault_without_its_text() {
        let read = |text: &str| serde_json::from_str::<Amounts>(text);
        let amounts = read(r#"{"cpu": 4, "memory": "16Gi", "pods": null}"#).expect("amounts");
        assert_eq!(amounts.0.len(), 2);
        for text in ["SECRET", "-4", "1e400", "", "Ki"] {
            let fault = read(&format!(r#"{{"cpu": "{text}"}}"#)).expect_err(text);
            let said = fault.to_string();
            assert!(
                said.contains("an amount of cpu") && !said.contains("SECRET"),
                "{said}"
            );
        }
        let replicas = |text: &str| serde_json::from_str::<Replicas>(text);
        assert_eq!(replicas("100000").expect("a number").0, 100_000);
        for text in ["100001", "100000000", "-1", "1.5", "\"many\""] {
            assert!(replicas(text).is_err(), "{text}");
        }
    }
}
