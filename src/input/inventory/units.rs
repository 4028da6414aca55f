//! Whether one unit may be one of another. In: two units as files write them. Out: whether a load of 1
//! between them can be meant. Promises: knows measures (bits, bytes, watts, hertz) from things that are
//! counted, and different times from one another; units of one name need no load at all.

/// Whether a file that writes a load of 1 can mean it: one thing that is counted brings one other, in the
/// same time, as one order per minute brings one query per minute. An order brings no bit, and what comes
/// each hour is not what comes each second.
pub(super) fn may_be_one(one: &str, other: &str) -> bool {
    let [(x, x_time), (y, y_time)] = [one, other].map(parts);
    x_time == y_time && !is_measure(&x) && !is_measure(&y)
}

/// What is counted and in which time, in lower case: `orders/min`, `orders per min`.
fn parts(unit: &str) -> (String, Option<String>) {
    let unit = unit.trim().to_lowercase();
    match unit.rsplit_once('/').or_else(|| unit.rsplit_once(" per ")) {
        Some((what, time)) => (what.trim().to_owned(), Some(time.trim().to_owned())),
        None => (unit, None),
    }
}

/// Bits, bytes, watts and the like, with whatever prefix.
fn is_measure(what: &str) -> bool {
    const MEASURES: [&str; 21] = [
        "b", "bit", "bits", "byte", "bytes", "bps", "w", "watt", "watts", "wh", "va", "a", "amp",
        "amps", "j", "joule", "joules", "hz", "hertz", "%", "percent",
    ];
    const PREFIXES: [&str; 17] = [
        "k", "m", "g", "t", "p", "ki", "mi", "gi", "ti", "pi", "kilo", "mega", "giga", "tera",
        "kibi", "mebi", "gibi",
    ];
    let is = |text: &str| MEASURES.contains(&text);
    is(what)
        || PREFIXES
            .iter()
            .any(|p| what.strip_prefix(p).is_some_and(is))
}

#[cfg(test)]
mod tests {
    use super::may_be_one;

    #[test]
    fn counted_things_of_one_time_may_be_one() {
        for (one, other) in [
            ("orders/min", "queries/min"),
            ("mails per hour", "queries/hour"),
            ("users", "sessions"),
        ] {
            assert!(may_be_one(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("orders/min", "Mbit/s"),
            ("orders/h", "requests/s"),
            ("requests/s", "MB/s"),
            ("GB", "Mbit/s"),
            ("requests/s", "kW"),
            ("vms", "GiB"),
            ("kbps", "queries/s"),
            ("users", "orders/min"),
        ] {
            assert!(
                !may_be_one(one, other) && !may_be_one(other, one),
                "{one} {other}"
            );
        }
    }
}
