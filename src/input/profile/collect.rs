//! Samples on their way into series: what every format shares.
//!
//! In: a service, an instant, a value and where it stands. Out: series by time, gaps found,
//! duplicates and bad values refused with their places. A file may have a million bad rows, so
//! each sort of fault shows its first few places and then a count.

use crate::input::{Diagnostic, Faults, Source};
use crate::model::{Millis, Profile, Sample, Series};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Places shown of each sort of fault.
const SHOWN: usize = 5;

/// What a reader needs to know besides the file.
pub(crate) struct Names<'a> {
    /// Ids of the services, in the order of the system.
    pub services: Vec<&'a str>,
}

impl<'a> Names<'a> {
    /// The position of a service.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.services.binary_search(&id).ok()
    }

    /// The known name that a text was probably meant to be.
    pub(crate) fn nearest(&self, text: &str) -> Option<&'a str> {
        let score = |s: &str| strsim::jaro_winkler(text, s);
        let services = self.services.iter();
        let best = services.max_by(|x, y| score(x).total_cmp(&score(y)))?;
        (score(best) > 0.8).then_some(best)
    }
}

/// Faults and warnings of one file, the first few of each sort with their places.
pub(crate) struct Notes {
    source: Arc<Source>,
    sorts: BTreeMap<&'static str, (Vec<Diagnostic>, usize)>,
}

impl Notes {
    pub(crate) fn new(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            sorts: BTreeMap::new(),
        }
    }

    /// One more of a sort; it is only built if it will be shown.
    pub(crate) fn add(
        &mut self,
        sort: &'static str,
        span: impl FnOnce() -> Range<usize>,
        build: impl FnOnce() -> Diagnostic,
    ) {
        let (shown, count) = self.sorts.entry(sort).or_default();
        *count += 1;
        if shown.len() < SHOWN {
            shown.push(build().at(&self.source, span()));
        }
    }

    /// All of them, and for each sort how many more there are, as `make` says it.
    fn finish(self, make: impl Fn(String) -> Diagnostic) -> Vec<Diagnostic> {
        let mut all = Vec::new();
        for (sort, (shown, count)) in self.sorts {
            let more = count - shown.len();
            let last = shown.last().cloned();
            all.extend(shown);
            if let Some(last) = last.filter(|_| more > 0) {
                let path = &self.source.path;
                let rest = make(format!("{path}: {more} more of the same ({sort})"));
                all.push(rest.after(&last));
            }
        }
        all
    }
}

/// A profile on its way.
pub(crate) struct Collector {
    source: Arc<Source>,
    /// By service.
    samples: BTreeMap<usize, Vec<Sample>>,
    /// Which columns or labels gave samples to a service.
    from: BTreeMap<usize, Vec<String>>,
    /// What makes the file unusable.
    pub faults: Notes,
    /// What is worth a look.
    pub warnings: Notes,
}

impl Collector {
    pub(crate) fn new(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            samples: BTreeMap::new(),
            from: BTreeMap::new(),
            faults: Notes::new(source),
            warnings: Notes::new(source),
        }
    }

    /// Adds a whole series that a label names. A second label for the same service is summed with
    /// the first when the file is finished.
    pub(crate) fn add_labelled(&mut self, service: usize, label: &str, samples: Vec<Sample>) {
        let known = self.from.entry(service).or_default();
        known.push(label.to_owned());
        if known.len() == 1 {
            self.samples.insert(service, samples);
            return;
        }
        let (sum, alone) = sum(self.samples.remove(&service).unwrap_or_default(), samples);
        self.samples.insert(service, sum);
        if alone > 0 {
            let labels = known.join(", ");
            self.warnings.add(
                "partial sum",
                || 0..0,
                || {
                    Diagnostic::warning(format!(
                        "{labels} are summed, but at {alone} instants not all of them have a sample"
                    ))
                },
            );
        }
    }

    /// Everything in order, or every fault. Warnings come with it.
    pub(crate) fn finish(
        mut self,
        zone: TimeZone,
        shown: TimeZone,
    ) -> (Result<Profile, Faults>, Vec<Diagnostic>) {
        let mut series = Vec::new();
        for (service, mut samples) in std::mem::take(&mut self.samples) {
            if samples.is_empty() {
                continue;
            }
            if !samples.is_sorted_by_key(|s| s.at) {
                samples.sort_by(|a, b| a.at.cmp(&b.at).then(a.line.cmp(&b.line)));
            }
            self.drop_duplicates(&mut samples);
            series.push(series_of(service, samples));
        }
        let mut faults = Faults::new();
        for fault in self.faults.finish(Diagnostic::error) {
            faults.push(fault);
        }
        if faults.is_empty() && series.is_empty() {
            let empty = Diagnostic::error("the profile has no samples").at(&self.source, 0..0);
            faults.push(empty.help("write at least one row with a time and a demand"));
        }
        let profile = Profile {
            path: self.source.path.clone(),
            zone,
            shown,
            series,
        };
        (
            faults.or(profile),
            self.warnings.finish(Diagnostic::warning),
        )
    }

    /// Two samples of one instant: a warning if they agree, a fault if they do not.
    #[allow(clippy::float_cmp)] // equal as written, or not
    fn drop_duplicates(&mut self, samples: &mut Vec<Sample>) {
        let source = Arc::clone(&self.source);
        for pair in samples.windows(2).filter(|p| p[0].at == p[1].at) {
            let (first, second) = (pair[0], pair[1]);
            let span = || line_span(&source.text, second.line);
            let at = jiff::Timestamp::from_millisecond(first.at).unwrap_or_default();
            let place = match first.line {
                0 => format!("at {at}"),
                line => format!("line {line} has this service and instant too"),
            };
            if first.value == second.value {
                self.warnings.add("duplicate", span, || {
                    Diagnostic::warning("the same sample stands here twice").label(place)
                });
            } else {
                self.faults.add("duplicate", span, || {
                    Diagnostic::error(format!(
                        "two demands at one instant: {} and {}",
                        first.value, second.value
                    ))
                    .label(place)
                    .help("keep one of the two; if both are asked for, add them up")
                });
            }
        }
        samples.dedup_by_key(|s| s.at);
    }
}

/// Finds the typical step and the gaps.
fn series_of(service: usize, samples: Vec<Sample>) -> Series {
    let mut steps: Vec<Millis> = samples.windows(2).map(|p| p[1].at - p[0].at).collect();
    let middle = steps.len() / 2;
    let step = (!steps.is_empty()).then(|| *steps.select_nth_unstable(middle).1);
    let gaps = step.map_or_else(Vec::new, |step| {
        let pairs = samples.windows(2).map(|p| (p[0].at, p[1].at));
        pairs.filter(|(a, b)| b - a > step + step / 2).collect()
    });
    Series {
        service,
        samples,
        step,
        gaps,
    }
}

/// Sums two lists by instant; where one has no sample the other stands alone, and that is counted.
fn sum(mut a: Vec<Sample>, mut b: Vec<Sample>) -> (Vec<Sample>, usize) {
    a.sort_by_key(|s| s.at);
    b.sort_by_key(|s| s.at);
    let mut out: Vec<Sample> = Vec::with_capacity(a.len().max(b.len()));
    let (mut i, mut j, mut alone) = (0, 0, 0);
    while i < a.len() || j < b.len() {
        let (x, y) = (a.get(i), b.get(j));
        let at = x.into_iter().chain(y).map(|s| s.at).min().unwrap_or(0);
        let mut total = Sample {
            at,
            value: 0.0,
            line: 0,
        };
        let mut met = 0;
        for (sample, index) in [(x, &mut i), (y, &mut j)] {
            if let Some(s) = sample.filter(|s| s.at == at) {
                total.value += s.value;
                total.line = total.line.max(s.line);
                *index += 1;
                met += 1;
            }
        }
        alone += usize::from(met == 1);
        out.push(total);
    }
    (out, alone)
}

/// The bytes of a line (1-based) without its end; the start of the text for line 0.
pub(crate) fn line_span(text: &str, line: u32) -> Range<usize> {
    if line == 0 {
        return 0..0;
    }
    let mut start = 0;
    for _ in 1..line {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None => return text.len()..text.len(),
        }
    }
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    start..end
}
