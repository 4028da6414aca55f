//! What the role of a device says: which kind of component it is, and whether it passes traffic of others on.
//!
//! In: roles, as their slugs. Out: kinds, and a yes or no. Roles are the users' own words. Promises: only a role all
//! of whose words are known to be of the network passes traffic on; an end device that did would join the switches
//! that it is plugged into, and no loss of an uplink would show.

/// Kinds of device that traffic of others passes.
const FORWARDING: [&str; 5] = [
    "router",
    "switch",
    "firewall",
    "load-balancer",
    "patch-panel",
];

/// Words for places and devices of a network.
const NETWORK: [&str; 58] = [
    "access",
    "agg",
    "aggregation",
    "backbone",
    "bng",
    "border",
    "bras",
    "bridge",
    "ce",
    "cmts",
    "converter",
    "core",
    "cpe",
    "cwdm",
    "dist",
    "distribution",
    "dslam",
    "dwdm",
    "edge",
    "eor",
    "fabric",
    "fex",
    "fw",
    "gateway",
    "gw",
    "hub",
    "idf",
    "leaf",
    "mdf",
    "modem",
    "msan",
    "mux",
    "muxponder",
    "network",
    "ngfw",
    "nte",
    "ntu",
    "oadm",
    "olt",
    "ont",
    "onu",
    "optical",
    "pe",
    "peering",
    "roadm",
    "rt",
    "rtr",
    "sdwan",
    "spine",
    "superspine",
    "sw",
    "top",
    "tor",
    "transit",
    "transponder",
    "transport",
    "vpn",
    "wan",
];

/// Words that may stand beside these and change nothing.
const BESIDE: [&str; 26] = [
    "branch",
    "building",
    "campus",
    "center",
    "central",
    "centre",
    "data",
    "datacenter",
    "dc",
    "device",
    "floor",
    "internet",
    "ip",
    "l2",
    "l3",
    "lan",
    "layer",
    "main",
    "media",
    "mpls",
    "net",
    "of",
    "office",
    "rack",
    "site",
    "super",
];

fn words(role: &str) -> Vec<&str> {
    let parts = role.split(|c: char| !c.is_alphanumeric());
    parts.filter(|word| !word.is_empty()).collect()
}

/// The kind that a role's slug stands for: the first word of ours in it, else the slug itself.
pub(super) fn kind_of(role: &str) -> String {
    let words = words(role);
    let starts = |part: &str| words.iter().any(|word| word.starts_with(part));
    // What switches screens or power carries no traffic.
    let other_switch = ["kvm", "transfer", "ats", "sts", "power"];
    let is_switch = || role.contains("switch") && !words.iter().any(|w| other_switch.contains(w));
    let kind = match () {
        () if words.contains(&"pdu") => "pdu",
        () if words.contains(&"ups") => "ups",
        () if starts("patch") => "patch-panel",
        () if role.contains("router") => "router",
        () if is_switch() => "switch",
        () if role.contains("firewall") => "firewall",
        () if words.contains(&"load") || starts("loadbalanc") => "load-balancer",
        () if role.contains("server") => "server",
        () if role.contains("storage") => "storage",
        () if role.is_empty() => "device",
        () => role,
    };
    kind.to_owned()
}

/// Whether a device of this role passes traffic of others on.
pub(super) fn forwards(role: &str) -> bool {
    let kind = kind_of(role);
    if kind != role || FORWARDING.contains(&&*kind) {
        return FORWARDING.contains(&&*kind);
    }
    let words = words(role);
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit());
    let known = |word: &&str| NETWORK.contains(word) || BESIDE.contains(word) || is_number(word);
    words.iter().all(known) && words.iter().any(|word| NETWORK.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_says_the_kind() {
        let kinds = [
            ("access-switch", "switch"),
            ("tor-switch", "switch"),
            ("patch-panel", "patch-panel"),
            ("upstream-router", "router"),
            ("rack-pdu", "pdu"),
            ("ups", "ups"),
            ("load-balancer", "load-balancer"),
            ("loadbalancer", "load-balancer"),
            ("database-server", "server"),
            ("camera", "camera"),
            ("workload-host", "workload-host"),
            ("kvm-switch", "kvm-switch"),
            ("dispatch-server", "server"),
            ("", "device"),
        ];
        for (role, kind) in kinds {
            assert_eq!(kind_of(role), kind, "{role}");
        }
    }

    #[test]
    fn only_what_is_known_to_be_of_the_network_passes_traffic_on() {
        let network = [
            "access-switch",
            "firewall",
            "core",
            "data-center-spine",
            "leaf-2",
            "wan-edge",
            "top-of-rack",
            "media-converter",
            "network",
        ];
        for role in network {
            assert!(forwards(role), "{role}");
        }
        let ends = [
            "",
            "access-point",
            "appliance",
            "compute-node",
            "core-banking",
            "edge-compute",
            "esxi",
            "kvm-switch",
            "lan",
            "network-storage",
            "pdu",
            "workload",
        ];
        for role in ends {
            assert!(!forwards(role), "{role}");
        }
    }
}
