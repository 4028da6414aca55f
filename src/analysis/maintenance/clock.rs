//! The hours over which works are judged. In: a horizon, or the stretches in which works may be done. Out:
//! hours with their demands, if they have any, and their days.

use crate::analysis::timeline::{Blocks, Span};
use crate::model::{HOUR, Horizon, Millis, Work};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Hours, from a start.
pub(super) struct Clock<'a> {
    start: Millis,
    hours: usize,
    zone: &'a TimeZone,
    /// The demand of every hour.
    pub blocks: Option<Blocks<'a>>,
}

impl<'a> Clock<'a> {
    pub fn new(horizon: Option<&'a Horizon>, zone: &'a TimeZone, works: &[Work]) -> Self {
        if let Some(horizon) = horizon {
            return Self {
                start: horizon.start,
                hours: horizon.hours(),
                zone,
                blocks: Some(Blocks::new(horizon)),
            };
        }
        let first = works.iter().map(|w| w.earliest).min().unwrap_or(0);
        let last = works.iter().map(|w| w.latest).max().unwrap_or(0);
        let start = first.div_euclid(HOUR) * HOUR;
        let hours = (last - start + HOUR - 1).div_euclid(HOUR);
        Self {
            start,
            hours: usize::try_from(hours).unwrap_or(0),
            zone,
            blocks: None,
        }
    }

    pub fn start(&self) -> Millis {
        self.start
    }

    pub fn hours(&self) -> u32 {
        u32::try_from(self.hours).unwrap_or(u32::MAX)
    }

    /// The local day of the start of an hour.
    pub fn day(&self, hour: u32) -> Date {
        let at = jiff::Timestamp::from_millisecond(self.start + HOUR * i64::from(hour));
        at.unwrap_or_default().to_zoned(self.zone.clone()).date()
    }

    /// The hours that lie whole between the earliest and the latest of a work.
    pub fn range(&self, work: &Work) -> Span<()> {
        let hour = |at: Millis| u32::try_from(at.max(0)).unwrap_or(u32::MAX);
        let from = hour((work.earliest - self.start + HOUR - 1).div_euclid(HOUR));
        let to = hour((work.latest - self.start).div_euclid(HOUR)).min(self.hours());
        Span {
            from: from.min(to),
            to,
            value: (),
        }
    }
}
