//! Names of hosts as sheets write them → hosts. In: a name, and the hosts that may be meant. Out: the one that is. Promises:
//! a host is called the same, or the same but for a domain that only one of the two names has; where that fits several
//! it is none.

use super::export::Host;

/// What stands for the host that a name means.
pub(super) fn called<'h, T>(
    name: &str,
    hosts: impl Iterator<Item = (T, &'h Host)> + Clone,
) -> Option<T> {
    let name = name.to_lowercase();
    let same = |(_, host): &(T, &Host)| host.name.to_lowercase() == name;
    if let Some((exact, _)) = hosts.clone().find(same) {
        return Some(exact);
    }
    let wanted = short(&name)?;
    let alike = |(_, host): &(T, &Host)| short(&host.name.to_lowercase()).as_ref() == Some(&wanted);
    let mut found = hosts.filter(alike);
    match (found.next(), found.next()) {
        (Some((one, _)), None) => Some(one),
        _ => None,
    }
}

/// A host's name without its domain; `None` of an address.
fn short(name: &str) -> Option<String> {
    let address = name.parse::<std::net::IpAddr>().is_ok();
    let first = name.split('.').next().unwrap_or_default();
    (!address && !first.is_empty()).then(|| first.to_owned())
}
