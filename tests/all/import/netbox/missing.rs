//! Lists that were not fetched: what cables end at, and what circuits lead to, is told by what refers to it.

use super::forms::{served, since_4_5, texts, without};
use super::in_service::{skipped, warned};
use super::{Imported, ids, import_all, import_rows, sample, within};
use brownout::model::Role;

/// The sample as lists of the API, without some of them.
fn import_without(lists: &[&str]) -> Imported {
    let mut pages = served(&sample(), 1000);
    pages.retain(|list, _| !lists.contains(list));
    import_all(&texts(&pages)).expect("lists")
}

/// How many of each kind have a cable in the sample.
const ENDS: [(&str, &str, u32); 7] = [
    ("dcim.interface", "dcim/interfaces", 31),
    ("dcim.frontport", "dcim/front-ports", 4),
    ("dcim.rearport", "dcim/rear-ports", 2),
    ("dcim.powerport", "dcim/power-ports", 8),
    ("dcim.poweroutlet", "dcim/power-outlets", 6),
    ("dcim.powerfeed", "dcim/power-feeds", 2),
    (
        "circuits.circuittermination",
        "circuits/circuit-terminations",
        7,
    ),
];

fn said(model: &str, list: &str, count: u32) -> String {
    format!(
        "ends of cables at objects of {model} that are in no list of the export, so that what is plugged in there is \
         missing or only half known: {count}; export {list} too"
    )
}

#[test]
fn cables_that_end_in_a_list_that_is_not_here_are_said() {
    assert!(!warned(&import_without(&[]), "ends of cables"));
    for (model, list, count) in ENDS {
        let said = said(model, list, count);
        assert!(warned(&import_without(&[list]), &said), "{said}");
        // In a dump the rows of cables say so.
        let dump = import_rows(&without(sample(), model));
        assert!(warned(&dump, &said), "{said}");
    }
}

#[test]
fn what_is_lost_with_the_interfaces_is_listed() {
    let imported = import_without(&["dcim/interfaces"]);
    let links = ids(&imported.draft, |_, role| matches!(role, Role::Link(_)));
    // What is left is the stack, which is derived.
    assert_eq!(links, ["br-b-stack-1--br-b-stack-2"]);
    let why = "cable path: ends at an interface whose device is not in the export";
    assert!(skipped(&imported, why) > 0);
    let why = "circuits.circuit: every cable path over it is left out";
    assert_eq!(skipped(&imported, why), 6);
}

#[test]
fn cables_that_only_one_end_speaks_of_are_said() {
    // Four cables from interfaces to front ports; of the two between rear ports and a circuit, one end is here.
    let imported = import_without(&["dcim/cables", "dcim/front-ports"]);
    let said = "cables that are in no list of the export, and of which one end alone is, left out: 4; export dcim/cables";
    assert!(warned(&imported, said), "{:?}", imported.warnings);
    let whole = import_without(&["dcim/cables"]);
    assert!(!warned(&whole, "one end alone"));
}

/// Since 4.2 a circuit names the network that it leads to by its type.
#[test]
fn circuits_to_a_network_that_is_not_here_still_lead_to_its_provider() {
    let rows = without(since_4_5(&sample()), "circuits.providernetwork");
    let imported = import_rows(&rows);
    let said = "objects of circuits.providernetwork that are referred to and not in the export: 1";
    assert!(warned(&imported, said), "{:?}", imported.warnings);
    let links = ids(&imported.draft, |kind, role| {
        kind == "circuit" && matches!(role, Role::Link(_))
    });
    let circuits = [
        "circuit-ac-100",
        "circuit-ac-200",
        "circuit-ac-300",
        "circuit-ac-900",
        "circuit-bi-7",
    ];
    assert_eq!(links, circuits);
    assert_eq!(within(&imported.draft, "far-side-acme-net"), ["acme-net"]);
}
