//! Ids that people know: the name in lower case, with the place before it where two things share it.
//! In: names with their places. Out: an id for each. Promises: the same names give the same ids in
//! whatever order they come, and no two are alike.

use super::ids;
use super::report::Report;
use std::collections::HashMap;

/// A thing that wants to be called by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    pub name: String,
    /// What sets it apart from others of its name; blank if nothing does.
    pub place: String,
    /// What sets it apart where the place does not either.
    pub key: String,
}

/// Ids, in the order of the claims.
pub(super) fn named(claims: &[Claim], report: &mut Report) -> Vec<String> {
    let mut chosen: Vec<String> = claims.iter().map(|c| slug(&c.name)).collect();
    let mut reasons = vec![""; claims.len()];
    for (more, why) in [
        (
            placed as fn(&Claim) -> Option<String>,
            "the name is that of another as well; the place is before it",
        ),
        (
            keyed,
            "name and place are those of another as well; the key of the source is behind it",
        ),
    ] {
        let alike = count(&chosen);
        for (at, claim) in claims.iter().enumerate() {
            if alike[&chosen[at]] > 1
                && let Some(id) = more(claim)
            {
                chosen[at] = id;
                reasons[at] = why;
            }
        }
    }
    number_the_rest(claims, &mut chosen, &mut reasons);
    for ((claim, id), why) in claims.iter().zip(&chosen).zip(reasons) {
        let plain = claim.name.to_lowercase() == *id;
        if !plain {
            let why = if why.is_empty() {
                "blanks and signs are replaced"
            } else {
                why
            };
            report.id_changed(&claim.name, id, why);
        }
    }
    chosen
}

fn placed(claim: &Claim) -> Option<String> {
    let place = slug(&claim.place);
    (!place.is_empty()).then(|| format!("{place}-{}", slug(&claim.name)))
}

fn keyed(claim: &Claim) -> Option<String> {
    let key = slug(&claim.key);
    let placed = placed(claim).unwrap_or_else(|| slug(&claim.name));
    (!key.is_empty()).then(|| format!("{placed}-{key}"))
}

fn count(ids: &[String]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for id in ids {
        *counts.entry(id.clone()).or_default() += 1;
    }
    counts
}

/// Whoever still shares an id gets a number, in order of the claims' own order.
fn number_the_rest(claims: &[Claim], chosen: &mut [String], reasons: &mut [&str]) {
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_key(|&at| (chosen[at].clone(), claims[at].clone(), at));
    let mut taken = ids::Ids::default();
    let shared = count(chosen);
    for id in shared.keys().filter(|id| shared[*id] == 1) {
        taken.take(id);
    }
    for at in order {
        if shared[&chosen[at]] > 1 {
            let id = taken.fresh(chosen[at].clone()).into_string();
            if id != chosen[at] {
                reasons[at] = "nothing in the source tells it from another of its name";
            }
            chosen[at] = id;
        }
    }
}

/// A name as an id: lower case, no blanks.
pub(super) fn slug(name: &str) -> String {
    let clean = ids::clean(name).to_lowercase();
    clean.split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(name: &str, place: &str, key: &str) -> Claim {
        let [name, place, key] = [name, place, key].map(str::to_owned);
        Claim { name, place, key }
    }

    #[test]
    fn a_name_that_two_share_gets_its_place_then_its_key() {
        let claims = [
            claim("SQL 01", "Prod", "vm-1"),
            claim("web", "Prod", "vm-2"),
            claim("web", "Test", "vm-3"),
            claim("web", "Test", "vm-4"),
            claim("x", "", ""),
            claim("X", "", ""),
        ];
        let ids = named(&claims, &mut Report::default());
        let expected = [
            "sql-01",
            "prod-web",
            "test-web-vm-3",
            "test-web-vm-4",
            "x#2",
            "x",
        ];
        assert_eq!(ids, expected);
        let mut turned = claims.to_vec();
        turned.reverse();
        let mut again = named(&turned, &mut Report::default());
        again.reverse();
        assert_eq!(again, expected);
    }
}
