//! Did you mean …? In: a word nobody knows and the words that are known. Out: the nearest one, if
//! it is near enough to be worth a look.

use std::collections::HashMap;

/// Comparisons that one reading may spend on guessing; beyond it a fault comes without a guess.
const BUDGET: usize = 2_000_000;

/// Bytes of a word that is worth a guess.
const LONGEST: usize = 200;

/// Finds near words, within a budget that keeps ten thousand faults fast.
#[derive(Debug)]
pub struct Suggester {
    left: usize,
    known: HashMap<(u8, String), Option<String>>,
}

impl Default for Suggester {
    fn default() -> Self {
        Self {
            left: BUDGET,
            known: HashMap::new(),
        }
    }
}

impl Suggester {
    /// The nearest of many candidates. Asked for the same word and sort of candidates again it
    /// remembers. The order of the candidates does not matter.
    pub fn nearest<'a>(
        &mut self,
        word: &str,
        sort: u8,
        candidates: impl Iterator<Item = &'a str>,
    ) -> Option<String> {
        let key = (sort, word.to_owned());
        if let Some(answer) = self.known.get(&key) {
            return answer.clone();
        }
        let mut spent = 0;
        let mut candidates = candidates.inspect(|_| spent += 1);
        let answer = best(word, candidates.by_ref().take(self.left));
        // What was seen of too many depends on their order, so it is no answer.
        let whole = candidates.next().is_none();
        self.left -= spent.min(self.left);
        let answer = answer.filter(|_| whole).map(str::to_owned);
        self.known.insert(key, answer.clone());
        answer
    }

    /// Spends some of the budget; false when there is not enough left.
    pub fn spend(&mut self, comparisons: usize) -> bool {
        let enough = comparisons <= self.left;
        self.left -= comparisons.min(self.left);
        enough
    }
}

/// The nearest of a few candidates.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    best(word, candidates)
}

fn best<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let length = word.chars().count();
    let mut limit = match length {
        0 => return None,
        1..=2 => 1,
        3..=5 => 1 + usize::from(length > 4),
        n => (n / 3).min(4),
    };
    let mut found: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.is_empty()
            || candidate.len() > LONGEST + limit
            || candidate.chars().count().abs_diff(length) > limit
        {
            continue;
        }
        let distance = if candidate.eq_ignore_ascii_case(word) {
            0
        } else {
            strsim::osa_distance(word, candidate)
        };
        // A word of two letters is near everything: only its case may differ.
        if length <= 2 && distance > 0 {
            continue;
        }
        if distance <= limit && found.is_none_or(|best| (distance, candidate) < best) {
            limit = distance;
            found = Some((distance, candidate));
        }
    }
    found.map(|(_, candidate)| candidate)
}

/// A column or key that is probably meant by `word`: other case, `-` for `_`, with its unit, a shorter
/// form, or a slip of the finger.
pub fn meant<'a>(word: &str, known: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let plain = bare(word);
    let exact = |plain: &str| {
        let stem = |k: &&str| {
            plain.len() >= 3
                && k.strip_prefix(plain)
                    .is_some_and(|rest| rest.starts_with('_'))
        };
        let same = known.clone().find(|k| *k == plain);
        same.or_else(|| known.clone().find(stem))
    };
    let name = without_unit(&plain);
    exact(&plain)
        .or_else(|| exact(name))
        .or_else(|| known.clone().find(|k| abbreviates(name, k)))
        .or_else(|| {
            let slips = match name.chars().count() {
                0..=3 => return None,
                4..=6 => 1,
                _ => 2,
            };
            let near = |k: &&str| k.len() > 3 && strsim::osa_distance(name, k) <= slips;
            known
                .clone()
                .filter(near)
                .min_by_key(|k| strsim::osa_distance(name, k))
        })
}

/// A header as it is compared: in lower case, `_` between words, without what stands in brackets behind
/// it (`Capacity (GB)` is `capacity`).
fn bare(word: &str) -> String {
    let lower = word.trim().to_lowercase();
    let end = lower.find(['(', '[', '{']).unwrap_or(lower.len());
    let words = lower[..end].trim();
    words.replace([' ', '-', '.'], "_")
}

/// What a header names, if a unit stands behind it: `capacity` of `capacity_gb`.
fn without_unit(plain: &str) -> &str {
    const UNITS: [&str; 26] = [
        "bps", "kbps", "mbps", "gbps", "mbit", "gbit", "mb", "mib", "gb", "gib", "tb", "tib", "w",
        "kw", "kva", "amps", "iops", "rps", "vcpu", "h", "hrs", "hours", "days", "minutes", "pct",
        "percent",
    ];
    match plain.rsplit_once('_') {
        Some((name, unit)) if UNITS.contains(&unit) => name,
        _ => plain,
    }
}

/// Whether a header is short for a column: its first half at least (`unavail`), or all but its vowels
/// (`grp`).
fn abbreviates(short: &str, column: &str) -> bool {
    let vowel = |c: char| "aeiou".contains(c);
    let begins = short.len() >= 4 && 2 * short.len() >= column.len() && column.starts_with(short);
    begins || short.len() >= 3 && short.chars().eq(column.chars().filter(|&c| !vowel(c)))
}

/// Whether a header speaks of the share of time that something is in, where ours says out of it.
pub fn is_availability(word: &str) -> bool {
    without_unit(&bare(word)) == "availability"
}

/// What other tools call our columns, in lower case with `_`. Only what can hardly mean anything
/// else: `location` or `rack` may well be a label.
const OTHER_NAMES: [(&str, &[&str]); 29] = [
    ("id", &["hostname", "host_name", "identifier", "ci_name"]),
    ("kind", &["type", "class", "ci_class", "ci_type"]),
    (
        "within",
        &[
            "parent",
            "located_in",
            "contained_in",
            "inside",
            "sits_in",
            "runs_on",
            "failure_domain",
        ],
    ),
    (
        "capacity",
        &["cap", "max_load", "limit", "bandwidth", "speed"],
    ),
    (
        "trips_at",
        &["trip_at", "trips", "trip_threshold", "breaker_at"],
    ),
    (
        "serves",
        &["serving", "scheduling", "queueing", "discipline"],
    ),
    (
        "constant",
        &["fixed", "fixed_load", "base_load", "idle_load"],
    ),
    ("unit", &["units", "uom"]),
    (
        "mtbf_hours",
        &["mtbf", "mttf", "mttf_hours", "mtbf_h", "mttf_h"],
    ),
    (
        "mttr_hours",
        &["mttr", "mttr_h", "repair_hours", "time_to_repair"],
    ),
    ("unavailability", &["q", "fraction_out"]),
    ("metric", &["igp_metric", "ospf_cost", "igp_cost"]),
    ("metric_back", &["metric_reverse", "reverse_metric"]),
    ("a", &["from", "source", "src", "end_a", "a_end", "node_a"]),
    (
        "b",
        &[
            "to",
            "target",
            "dst",
            "destination",
            "end_b",
            "b_end",
            "node_b",
        ],
    ),
    ("from", &["source", "src", "a"]),
    ("to", &["target", "dst", "destination", "b"]),
    ("tier", &["priority", "criticality", "importance"]),
    ("demand", &["requests", "volume", "traffic", "load"]),
    ("consumer", &["from", "source", "client", "dependent"]),
    ("provider", &["to", "target", "depends_on", "needs"]),
    ("group", &["pool", "requirement"]),
    ("need", &["required", "min", "k", "at_least"]),
    ("load", &["load_factor", "factor", "ratio"]),
    ("weight", &["share", "proportion"]),
    ("cost", &["price", "unit_price"]),
    ("cost_per_unit", &["unit_cost", "price_per_unit"]),
    ("max_capacity", &["maximum_capacity", "capacity_max"]),
    ("slo", &["target", "availability_target", "sla"]),
];

/// The column of ours that a header is probably meant to be: see [`meant`], and what other tools
/// call it.
pub fn column<'a>(word: &str, known: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'a str> {
    let plain = bare(word);
    let other = |ours: &&'a str| {
        let names = OTHER_NAMES.iter().find(|(name, _)| name == ours);
        names.is_some_and(|(_, others)| others.contains(&plain.as_str()))
    };
    meant(word, known).or_else(|| known.clone().find(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let ids = ["app-1", "app-2", "db-primary", "core"];
        assert_eq!(nearest("db-primray", ids.into_iter()), Some("db-primary"));
        assert_eq!(nearest("DB-Primary", ids.into_iter()), Some("db-primary"));
        assert_eq!(nearest("app-9", ids.into_iter()), Some("app-1"));
        assert_eq!(nearest("storage", ids.into_iter()), None);
        assert_eq!(nearest("", ids.into_iter()), None);
    }

    #[test]
    fn columns_are_recognised_by_slips_case_and_stem() {
        let known = ["id", "kind", "capacity", "mtbf_hours", "within"];
        let meant = |w| meant(w, &known.into_iter());
        assert_eq!(meant("capactiy"), Some("capacity"));
        assert_eq!(meant("Kind"), Some("kind"));
        assert_eq!(meant("MTBF"), Some("mtbf_hours"));
        assert_eq!(meant("mtbf-hours"), Some("mtbf_hours"));
        assert_eq!(meant("site"), None);
        assert_eq!(meant("ip"), None);
    }

    #[test]
    fn columns_are_recognised_with_their_unit_and_cut_short() {
        let known = [
            "capacity",
            "mtbf_hours",
            "unavailability",
            "constant",
            "group",
            "weight",
            "demand",
        ];
        let meant = |w| meant(w, &known.into_iter());
        for (written, ours) in [
            ("capacity(GB)", "capacity"),
            ("Capacity [Mbit/s]", "capacity"),
            ("capacity_gbps", "capacity"),
            ("MTBF (h)", "mtbf_hours"),
            ("mtbf_days", "mtbf_hours"),
            ("unavail", "unavailability"),
            ("const", "constant"),
            ("grp", "group"),
            ("wght", "weight"),
            ("Dmnd", "demand"),
        ] {
            assert_eq!(meant(written), Some(ours), "{written}");
        }
        for label in [
            "con",
            "cap_ex",
            "demand_2027",
            "grape",
            "(GB)",
            "unit_gb",
            "w",
            "gw",
        ] {
            assert_eq!(meant(label), None, "{label}");
        }
        for (written, is) in [
            ("Availability (%)", true),
            ("availability_pct", true),
            ("unavailability", false),
            ("available", false),
        ] {
            assert_eq!(is_availability(written), is, "{written}");
        }
    }

    #[test]
    fn columns_are_recognised_by_what_other_tools_call_them() {
        let known = ["id", "kind", "within", "tier", "mttr_hours"];
        let column = |w| column(w, &known.into_iter());
        assert_eq!(column("Located in"), Some("within"));
        assert_eq!(column("parent"), Some("within"));
        assert_eq!(column("Criticality"), Some("tier"));
        assert_eq!(column("withn"), Some("within"));
        for label in ["location", "rack", "site", "owner", "room", "model", "ip"] {
            assert_eq!(column(label), None, "{label}");
        }
    }
}
