//! Names of interfaces, as devices write them: `Gi0/1`, `Gig 0/1` and `GigabitEthernet0/1` are one.
//!
//! In: the names that each host is told to have. Out: of each name the word in full with its numbers. Promises: as
//! on the command line of a device, a word may be cut short anywhere after its second letter; a short form
//! that may be several words is the one that the same host has in full with the same numbers, else the one
//! that devices themselves write so; a word that is none of these stands for itself.

use std::collections::BTreeSet;

/// How fast an Ethernet is, as its word begins; and short forms that are no beginning of the word. Of words
/// that begin alike the first is the one that devices cut short: `Tw` is `TwoGigabitEthernet`, `Twe` is
/// `TwentyFiveGigE`.
const SPEEDS: [(&str, &[&str]); 12] = [
    ("", &["ge"]),
    ("two", &[]),
    ("five", &[]),
    ("ten", &["xge", "xgigabitethernet"]),
    ("twentyfive", &["tf", "wge"]),
    ("forty", &["fge"]),
    ("fifty", &[]),
    ("hundred", &["hge"]),
    ("twohundred", &["th"]),
    ("fourhundred", &["fh"]),
    ("eighthundred", &["eh"]),
    ("app", &[]),
];

/// How the word of such an Ethernet goes on: `TenGigabitEthernet`, `TenGigEthernet`, and so `TenGigE`.
const ENDINGS: [&str; 2] = ["gigabitethernet", "gigethernet"];

/// All other words, without hyphens, and what else they are called.
const WORDS: [(&str, &[&str]); 18] = [
    ("ethernet", &[]),
    ("fastethernet", &["fe"]),
    ("portchannel", &[]),
    ("bundleether", &["be"]),
    ("bundlepos", &["bp"]),
    ("management", &["mgmtethernet", "mgmteth", "mgmt", "mg"]),
    ("serial", &[]),
    ("loopback", &[]),
    ("vlan", &[]),
    ("tunnel", &[]),
    ("bdi", &[]),
    ("bvi", &[]),
    ("pos", &[]),
    ("atm", &[]),
    ("fddi", &[]),
    ("hssi", &[]),
    ("tokenring", &[]),
    ("multilink", &[]),
];

/// What a word may be cut short to.
const SHORTEST: usize = 2;

/// The words that a word may stand for, the likeliest first; none if it stands for itself.
fn meanings(word: &str) -> Vec<&'static str> {
    // Others call their sockets so, and no device cuts a port channel short to it.
    if word.len() < SHORTEST || word == "port" {
        return Vec::new();
    }
    let speeds = SPEEDS.iter().map(|(speed, others)| {
        let rest = word.strip_prefix(speed);
        let ends = rest.is_some_and(|rest| ENDINGS.iter().any(|e| e.starts_with(rest)));
        let name = if speed.is_empty() { "gigabit" } else { speed };
        let full = ends || speed.starts_with(word);
        (name, full, others.contains(&word))
    });
    let words = WORDS.iter().map(|(name, others)| {
        let other = others.contains(&word);
        (*name, name.starts_with(word), other)
    });
    let all: Vec<(&'static str, bool, bool)> = speeds.chain(words).collect();
    let given = |exact: bool| -> Vec<&'static str> {
        let meant = all
            .iter()
            .filter(|(_, full, other)| if exact { *other } else { *full });
        meant.map(|(name, ..)| *name).collect()
    };
    let exact = given(true);
    if exact.is_empty() {
        given(false)
    } else {
        exact
    }
}

/// A name taken apart: in lower case, without blanks, and the word without hyphens.
fn apart(interface: &str) -> (String, String) {
    let name: String = interface.to_lowercase().split_whitespace().collect();
    let digits = name
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(name.len());
    let (word, numbers) = name.split_at(digits);
    (word.replace('-', ""), numbers.to_owned())
}

/// Words of interfaces that stand for several, each with a cable of its own.
const BUNDLES: [&str; 11] = [
    "portchannel",
    "bundleether",
    "bundlepos",
    "multilink",
    "ae",
    "reth",
    "lag",
    "bond",
    "trunk",
    "ethtrunk",
    "bridgeaggregation",
];

/// Whether an interface, as it is compared, stands for several.
pub(super) fn is_bundle(full: &str) -> bool {
    let word = full.split(' ').next().unwrap_or_default();
    BUNDLES.contains(&word)
}

/// The names of each host that can only be one.
#[derive(Default)]
pub(super) struct Interfaces {
    sure: BTreeSet<(String, &'static str, String)>,
}

impl Interfaces {
    /// Notes a name that a host has.
    pub fn note(&mut self, host: &str, interface: &str) {
        let (word, numbers) = apart(interface);
        if let [only] = meanings(&word)[..] {
            self.sure.insert((host.to_owned(), only, numbers));
        }
    }

    /// A host's interface as it is compared.
    pub fn full(&self, host: &str, interface: &str) -> String {
        let (word, numbers) = apart(interface);
        let may_be = meanings(&word);
        let is_known = |meaning: &&&'static str| {
            let known = (host.to_owned(), **meaning, numbers.clone());
            self.sure.contains(&known)
        };
        let known = may_be.iter().find(is_known).or(may_be.first());
        let full = known.map_or(&*word, |meaning| *meaning);
        format!("{full} {numbers}").trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line is one interface.
    const ALIKE: [&[&str]; 19] = [
        &["Fa0/1", "Fas 0/1", "FastEthernet0/1", "FE0/1"],
        &[
            "Gi0/1",
            "Gig 0/1",
            "GigE0/1",
            "GE0/1",
            "GigabitEthernet 0/1",
        ],
        &["Tw1/0/1", "Two1/0/1", "TwoGigabitEthernet1/0/1"],
        &["Fi1/0/1", "Fiv 1/0/1", "FiveGigabitEthernet1/0/1"],
        &[
            "Te0/0/0/1",
            "Ten 0/0/0/1",
            "TenGigE0/0/0/1",
            "TenGigabitEthernet0/0/0/1",
        ],
        &[
            "Twe1/1/1",
            "TF1/1/1",
            "TwentyFiveGigE1/1/1",
            "TwentyFiveGigabitEthernet1/1/1",
        ],
        &[
            "Fo1/1",
            "For 1/1",
            "FortyGigE1/1",
            "FortyGigabitEthernet1/1",
        ],
        &["Fif1/1", "FiftyGigE1/1", "FiftyGigabitEthernet1/1"],
        &[
            "Hu1/1",
            "Hun 1/1",
            "HundredGigE1/1",
            "HundredGigabitEthernet1/1",
        ],
        &["TH0/0/0/1", "TwoH0/0/0/1", "TwoHundredGigE0/0/0/1"],
        &["FH0/0/0/1", "Fou0/0/0/1", "FourHundredGigE0/0/0/1"],
        &["EH0/0/0/1", "EightHundredGigE0/0/0/1"],
        &["Ap1/0/1", "AppGigabitEthernet1/0/1"],
        &["Et1/1", "Eth1/1", "Ethernet1/1", "ethernet 1/1"],
        &["Po1", "port-channel 1", "Port-channel1", "PortChannel1"],
        &["BE1", "Bundle-Ether1"],
        &["Mg0/RP0/CPU0/0", "MgmtEth0/RP0/CPU0/0"],
        &["Ma0", "mgmt0", "Management0"],
        &["Se0/0/0:15", "Ser0/0/0:15", "Serial0/0/0:15"],
    ];

    #[test]
    fn each_way_to_write_an_interface_is_that_one_and_no_other() {
        let mut seen = BTreeSet::new();
        let interfaces = Interfaces::default();
        for names in ALIKE {
            let full: BTreeSet<String> = names
                .iter()
                .map(|name| interfaces.full("a", name))
                .collect();
            assert_eq!(full.len(), 1, "{names:?}: {full:?}");
            // With other numbers behind them: whether the word is another one.
            let word = full.into_iter().next().expect("one");
            let word = word.split(' ').next().expect("a word").to_owned();
            assert!(seen.insert(word.clone()) || word == "management", "{word}");
        }
    }

    #[test]
    fn what_is_cut_too_short_is_what_the_same_device_has() {
        let mut interfaces = Interfaces::default();
        for name in [
            "FiftyGigE0/0/0/1",
            "FourHundredGigE0/0/0/2",
            "POS0/1",
            "Fi0/0/0/1",
        ] {
            interfaces.note("a", name);
        }
        for (short, long) in [
            ("Fi0/0/0/1", "FiftyGigE0/0/0/1"),
            ("Fo0/0/0/2", "FourHundredGigE0/0/0/2"),
            ("PO0/1", "POS0/1"),
        ] {
            assert_eq!(interfaces.full("a", short), interfaces.full("a", long));
            assert_ne!(interfaces.full("b", short), interfaces.full("b", long));
        }
    }

    #[test]
    fn words_of_others_stand_for_themselves() {
        let interfaces = Interfaces::default();
        for name in [
            "port1",
            "xe-0/0/1",
            "e1-1",
            "swp1",
            "40ge1/0/1",
            "eth-trunk1",
            "g0/1",
        ] {
            let full = interfaces.full("a", name);
            assert_eq!(
                full.replace(' ', ""),
                apart(name).0 + &apart(name).1,
                "{name}"
            );
        }
        assert_eq!(interfaces.full("a", ""), "");
    }
}
