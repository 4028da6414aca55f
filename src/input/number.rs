//! Numbers as people write them. In: the text of a cell or an argument. Out: a finite number in
//! its range, or what is wrong with it and what to write.

/// So large that nothing is, and small enough that sums, products and squares stay finite.
pub const MOST: f64 = 1e150;

/// What a number must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// ≥ 0.
    Count,
    /// > 0.
    Positive,
    /// 0..=1.
    Fraction,
    /// > −1: a growth.
    Rate,
    /// Above 0 and below 100: a target in percent.
    Percent,
}

/// What is wrong with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Without a subject: `is negative`.
    pub what: String,
    /// What to write instead.
    pub help: &'static str,
}

impl Range {
    /// Checks a number.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(self, value: f64) -> Result<f64, Wrong> {
        let wrong = |what: &str| {
            Err(Wrong {
                what: what.to_owned(),
                help: self.help(),
            })
        };
        if !value.is_finite() {
            return wrong("is not a finite number");
        }
        if value.abs() > MOST {
            return Err(Wrong {
                what: "is too large to compute with".to_owned(),
                help: "write at most 1e150; a larger unit makes smaller numbers",
            });
        }
        match self {
            Self::Count | Self::Positive | Self::Fraction | Self::Percent if value < 0.0 => {
                wrong("is negative")
            }
            Self::Positive | Self::Percent if value == 0.0 => wrong("is zero"),
            Self::Fraction if value > 1.0 => wrong("is above 1"),
            Self::Percent if value >= 100.0 => wrong("leaves no minute"),
            Self::Rate if value <= -1.0 => wrong("takes away everything"),
            // Turns -0 into 0.
            _ => Ok(value + 0.0),
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Count => "write a number of 0 or more",
            Self::Positive => "write a number above 0",
            Self::Fraction => "write a number from 0 to 1",
            Self::Percent => "write the percentage, below 100: `99.95`",
            Self::Rate => "write the fraction: `0.12` for 12 %",
        }
    }
}

/// Reads a number; the text is trimmed and not empty.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, range: Range) -> Result<f64, Wrong> {
    match text.parse::<f64>() {
        // Digits that say more than any number can hold.
        Ok(value) if value.is_infinite() && text.contains(|c: char| c.is_ascii_digit()) => {
            range.check(f64::MAX.copysign(value))
        }
        Ok(value) => range.check(value),
        Err(_) => Err(Wrong {
            what: "is not a number".to_owned(),
            help: advice(text, range),
        }),
    }
}

fn advice(text: &str, range: Range) -> &'static str {
    let number = |t: &str| t.trim().parse::<f64>().is_ok();
    let digits = text.trim_start_matches(['-', '+']);
    let unit = digits.find(|c: char| !c.is_ascii_digit() && c != '.');
    if text.contains(',') && number(&text.replace(',', "")) {
        "write the decimals after a point and the thousands without a mark: `1234.5`"
    } else if text.contains(' ') && number(&text.replace(' ', "")) {
        "write the number without blanks"
    } else if let Some(percent) = text.strip_suffix('%').filter(|p| number(p)) {
        let _ = percent;
        match range {
            Range::Percent => "write the percentage without the sign: `99.95`",
            _ => "write the fraction: `0.05` for 5 %",
        }
    } else if unit.is_some_and(|at| at > 0) {
        "write the number alone; a unit goes into the column `unit`"
    } else {
        range.help()
    }
}

/// A percentage of a count, rounded up, exactly: `34` of 3 is 2. `None` if the text is no decimal
/// number from 0 to 100 of at most eighteen digits.
#[must_use]
pub fn percent_of(text: &str, count: u32) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{decimals}");
    if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hundred = 100 * 10u128.pow(u32::try_from(decimals.len()).ok()?);
    let value: u128 = digits.parse().ok()?;
    if value > hundred {
        return None;
    }
    u32::try_from((value * u128::from(count)).div_ceil(hundred)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_up_exactly() {
        assert_eq!(percent_of("34", 3), Some(2));
        assert_eq!(percent_of("30", 10), Some(3));
        assert_eq!(percent_of("66.666", 3), Some(2));
        assert_eq!(percent_of("33.34", 3), Some(2));
        assert_eq!(percent_of("100", 7), Some(7));
        assert_eq!(percent_of("0", 7), Some(0));
        assert_eq!(percent_of("0.0001", 7), Some(1));
        assert_eq!(percent_of("100.1", 7), None);
        assert_eq!(percent_of("", 7), None);
        assert_eq!(percent_of("-5", 7), None);
        assert_eq!(percent_of("1e1", 7), None);
    }

    #[test]
    fn odd_numbers_are_refused_with_advice() {
        let wrong = |t| parse(t, Range::Count).expect_err(t);
        assert_eq!(wrong("NaN").what, "is not a finite number");
        assert_eq!(wrong("inf").what, "is not a finite number");
        for large in ["1e999", "1e400", "1e151", "-1e400"] {
            assert_eq!(wrong(large).what, "is too large to compute with", "{large}");
        }
        assert_eq!(parse("1e150", Range::Count), Ok(1e150));
        assert_eq!(wrong("-1").what, "is negative");
        assert!(wrong("1,5").help.contains("point"));
        assert!(wrong("1 000").help.contains("blanks"));
        assert!(wrong("5%").help.contains("fraction"));
        assert!(wrong("400/min").help.contains("unit"));
        assert!(wrong("many").help.contains("0 or more"));
        assert_eq!(parse("-0", Range::Count).map(f64::to_bits), Ok(0));
        assert!(parse("0", Range::Positive).is_err());
        assert!(parse("1.01", Range::Fraction).is_err());
    }
}
