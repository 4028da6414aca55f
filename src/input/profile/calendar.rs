//! Calendar events: the days at the end (or start) of fiscal months, quarters and years, or days
//! that are written down. In: a calendar and an event. Out: its days.

use jiff::civil::{Date, Weekday};
use std::collections::BTreeSet;

/// What days mean to the business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Month (1..=12) and day (1..=28) on which a fiscal year starts.
    pub fiscal_year_start: (i8, i8),
    /// No business days, besides Saturdays and Sundays.
    pub holidays: BTreeSet<Date>,
}

impl Default for Calendar {
    /// The calendar year, no holidays.
    fn default() -> Self {
        Self {
            fiscal_year_start: (1, 1),
            holidays: BTreeSet::new(),
        }
    }
}

/// The fiscal period an event repeats with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// A month of the fiscal year.
    Month,
    /// Three months of it.
    Quarter,
    /// All of it.
    Year,
}

/// Which days of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// The last business days of every period.
    Last(Every, u32),
    /// The first business days of every period.
    First(Every, u32),
    /// Days that are written down.
    Written(BTreeSet<Date>),
}

/// Something in the calendar that changes demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name, `quarter-end`.
    pub name: String,
    /// When it is.
    pub days: Days,
    /// What it multiplies ordinary demand by, if that is known.
    pub multiplier: Option<f64>,
}

/// A day of an event that says which one it is: in another year the same day of the same period
/// can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ordinal {
    /// Periods since year 0 of the fiscal calendar.
    period: i32,
    /// Counted from the end (or start) of the period, 0 first.
    nth: usize,
}

impl Every {
    fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// How many of them a year has.
    fn per_year(self) -> i32 {
        12 / self.months()
    }
}

impl Calendar {
    /// Whether people work on that day.
    #[must_use]
    pub fn is_business_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && !self.holidays.contains(&day)
    }

    /// Number of the period that a day is in.
    fn period(&self, every: Every, day: Date) -> i32 {
        let (month, first) = self.fiscal_year_start;
        let before = i32::from(day.day() < first);
        let months =
            i32::from(day.year()) * 12 + i32::from(day.month()) - i32::from(month) - before;
        months.div_euclid(every.months())
    }

    /// First day of a period.
    fn start(&self, every: Every, period: i32) -> Option<Date> {
        let (month, first) = self.fiscal_year_start;
        let months = period * every.months() + i32::from(month) - 1;
        let year = i16::try_from(months.div_euclid(12)).ok()?;
        let month = i8::try_from(months.rem_euclid(12)).ok()? + 1;
        Date::new(year, month, first).ok()
    }

    /// The days of an event in a period, the nearest to its end (or start) first.
    fn days_in(&self, days: &Days, period: i32) -> Vec<Date> {
        let (every, count) = match days {
            Days::Last(every, count) | Days::First(every, count) => (*every, *count),
            Days::Written(_) => return Vec::new(),
        };
        let (Some(start), Some(next)) = (self.start(every, period), self.start(every, period + 1))
        else {
            return Vec::new();
        };
        let all = std::iter::successors(Some(start), |d| d.tomorrow().ok().filter(|d| *d < next));
        let mut business: Vec<Date> = all.filter(|d| self.is_business_day(*d)).collect();
        if matches!(days, Days::Last(..)) {
            business.reverse();
        }
        business.truncate(count as usize);
        business
    }

    fn ordinal(&self, event: &Event, day: Date) -> Option<Ordinal> {
        let every = match event.days {
            Days::Last(every, _) | Days::First(every, _) => every,
            Days::Written(_) => return None,
        };
        let period = self.period(every, day);
        let nth = self
            .days_in(&event.days, period)
            .iter()
            .position(|d| *d == day)?;
        Some(Ordinal { period, nth })
    }

    /// Whether an event is on that day.
    #[must_use]
    pub fn is_on(&self, event: &Event, day: Date) -> bool {
        match &event.days {
            Days::Written(days) => days.contains(&day),
            _ => self.ordinal(event, day).is_some(),
        }
    }

    /// The day of an event that corresponds to `day`, a number of years before: the same business
    /// day of the same period. For days that are written down, the nearest one within two weeks of
    /// the same date.
    #[must_use]
    pub fn years_before(&self, event: &Event, day: Date, years: i32) -> Option<Date> {
        if let Days::Written(days) = &event.days {
            let same = day
                .checked_sub(jiff::Span::new().try_years(years).ok()?)
                .ok()?;
            let apart = |d: &Date| (*d - same).get_days().abs();
            return days
                .iter()
                .copied()
                .min_by_key(apart)
                .filter(|d| apart(d) <= 14);
        }
        let every = match event.days {
            Days::Last(every, _) | Days::First(every, _) => every,
            Days::Written(_) => return None,
        };
        let Ordinal { period, nth } = self.ordinal(event, day)?;
        let before = self.days_in(&event.days, period - years * every.per_year());
        before.get(nth).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn quarter_end(days: u32) -> Event {
        Event {
            name: "quarter-end".into(),
            days: Days::Last(Every::Quarter, days),
            multiplier: None,
        }
    }

    fn days(calendar: &Calendar, event: &Event, from: Date, to: Date) -> Vec<Date> {
        let all = std::iter::successors(Some(from), |d| d.tomorrow().ok().filter(|d| *d <= to));
        all.filter(|d| calendar.is_on(event, *d)).collect()
    }

    #[test]
    fn the_last_business_days_of_a_calendar_quarter() {
        let calendar = Calendar::default();
        let found = days(
            &calendar,
            &quarter_end(3),
            date(2026, 10, 1),
            date(2027, 1, 31),
        );
        // 31 December 2026 is a Thursday.
        assert_eq!(
            found,
            [date(2026, 12, 29), date(2026, 12, 30), date(2026, 12, 31)]
        );
        // 31 January 2027 is a Sunday: month end falls back to Friday.
        let month_end = Event {
            days: Days::Last(Every::Month, 1),
            ..quarter_end(1)
        };
        let found = days(&calendar, &month_end, date(2027, 1, 1), date(2027, 1, 31));
        assert_eq!(found, [date(2027, 1, 29)]);
    }

    #[test]
    fn holidays_are_no_business_days() {
        let calendar = Calendar {
            holidays: [date(2026, 12, 31)].into(),
            ..Calendar::default()
        };
        let found = days(
            &calendar,
            &quarter_end(2),
            date(2026, 12, 1),
            date(2026, 12, 31),
        );
        assert_eq!(found, [date(2026, 12, 29), date(2026, 12, 30)]);
    }

    #[test]
    fn fiscal_years_start_where_they_are_said_to() {
        // A fiscal year from 1 February: quarters end in April, July, October and January.
        let calendar = Calendar {
            fiscal_year_start: (2, 1),
            ..Calendar::default()
        };
        let found = days(
            &calendar,
            &quarter_end(1),
            date(2026, 1, 1),
            date(2026, 12, 31),
        );
        assert_eq!(
            found,
            [
                date(2026, 1, 30),
                date(2026, 4, 30),
                date(2026, 7, 31),
                date(2026, 10, 30)
            ]
        );
        // From 6 April, as British tax years: the year ends on 5 April.
        let tax = Calendar {
            fiscal_year_start: (4, 6),
            ..Calendar::default()
        };
        let year_end = Event {
            days: Days::Last(Every::Year, 1),
            ..quarter_end(1)
        };
        let found = days(&tax, &year_end, date(2024, 1, 1), date(2025, 12, 31));
        assert_eq!(found, [date(2024, 4, 5), date(2025, 4, 4)]);
    }

    #[test]
    fn leap_days_are_days() {
        let month_end = Event {
            days: Days::Last(Every::Month, 1),
            ..quarter_end(1)
        };
        let calendar = Calendar::default();
        assert!(calendar.is_on(&month_end, date(2024, 2, 29)));
        assert!(!calendar.is_on(&month_end, date(2024, 2, 28)));
        assert!(calendar.is_on(&month_end, date(2023, 2, 28)));
    }

    #[test]
    fn a_year_before_is_the_same_business_day_of_the_same_quarter() {
        let calendar = Calendar::default();
        let event = quarter_end(3);
        // 31 March 2024 is a Sunday, 31 March 2025 a Monday.
        let before = |d| calendar.years_before(&event, d, 1);
        assert_eq!(before(date(2025, 3, 31)), Some(date(2024, 3, 29)));
        assert_eq!(before(date(2025, 3, 27)), Some(date(2024, 3, 27)));
        assert_eq!(before(date(2025, 3, 26)), None);
        let written = Event {
            days: Days::Written([date(2024, 11, 29), date(2025, 11, 28)].into()),
            ..event
        };
        let found = calendar.years_before(&written, date(2025, 11, 28), 1);
        assert_eq!(found, Some(date(2024, 11, 29)));
    }

    #[test]
    fn first_business_days_start_a_period() {
        let start = Event {
            days: Days::First(Every::Quarter, 2),
            ..quarter_end(1)
        };
        let found = days(
            &Calendar::default(),
            &start,
            date(2026, 12, 1),
            date(2027, 1, 31),
        );
        assert_eq!(found, [date(2027, 1, 1), date(2027, 1, 4)]);
    }
}
