//! The enterprise: regions and sites, and in them stacks, each of which serves one service.

use super::builder::{Builder, MBIT};
use super::capacity;
use super::site::{Entry, Region, Route, Site, needs_database};
use crate::model::{Draft, Need, Role, Service, Split};

/// Components of a site, about.
const SITE: u32 = 2_000;
/// Sites that share two carriers' routers.
const SITES_OF_REGION: usize = 4;
/// What services are called after.
const TRADES: [&str; 12] = [
    "orders", "billing", "catalog", "payments", "mail", "reports", "crm", "shipping", "search",
    "pricing", "payroll", "archive",
];

/// What one service runs on.
struct Stack {
    home: usize,
    other: Option<usize>,
    name: String,
    title: String,
    entries: Vec<Entry>,
    pool: Vec<u32>,
    database: Vec<u32>,
    /// From the primary database server to the internet, if there is a network of links.
    backup: Option<Route>,
}

/// What is drawn before a stack is built.
struct Plan {
    home: usize,
    other: Option<usize>,
    vms: u32,
    database: u32,
}

/// Exactly `components` components, and services on them; with a network, links come on top.
pub(super) fn enterprise(components: u32, seed: u64, network: bool) -> Draft {
    let mut b = Builder::new(components, seed, network);
    let mut sites = add_sites(&mut b, components);
    add_directory(&mut b, &mut sites);
    let mut stacks = add_stacks(&mut b, &mut sites);
    use_the_rest(&mut b, &mut sites, &mut stacks);
    for stack in stacks {
        connect(&mut b, &sites, stack);
    }
    for site in &sites {
        site.watch_spare_hosts(&mut b);
    }
    name_the_most_important(&mut b);
    capacity::size_pools(&mut b);
    b.finish()
}

/// The scenario asks about tier 1: where chance has drawn none, it is the first service.
fn name_the_most_important(b: &mut Builder) {
    let mut services: Vec<&mut Service> = b
        .nodes
        .iter_mut()
        .filter_map(|draft| match &mut draft.node.role {
            Role::Service(service) => Some(service),
            _ => None,
        })
        .collect();
    if services.iter().all(|s| s.tier != Some(1))
        && let Some(first) = services.first_mut()
    {
        first.tier = Some(1);
    }
}

fn add_sites(b: &mut Builder, components: u32) -> Vec<Site> {
    let count = if components < 200 {
        1
    } else {
        (components / SITE).max(2)
    };
    let large = components / count >= 400;
    let mut sites: Vec<Site> = Vec::new();
    let mut region = Region {
        wan: [0; 2],
        internet: None,
    };
    for number in 1..=count {
        if sites.len().is_multiple_of(SITES_OF_REGION) {
            let number = sites.len() / SITES_OF_REGION + 1;
            region = add_region(b, number);
        }
        sites.push(Site::new(b, number, large, region));
    }
    sites
}

/// The carriers' routers of a region, and with a network the internet beyond them.
fn add_region(b: &mut Builder, number: usize) -> Region {
    let wan = ["a", "b"].map(|x| b.component("router", format!("wan-{number}{x}"), None, &[]));
    b.pool(wan.to_vec(), 0.3, 0.7);
    let internet = b
        .network
        .then(|| b.component("internet", format!("internet-{number}"), None, &[]));
    if let Some(internet) = internet {
        for router in wan {
            b.uplink(router, &[internet]);
        }
    }
    Region { wan, internet }
}

/// The directory that every authentication service asks: three servers, in three sites if there
/// are so many.
fn add_directory(b: &mut Builder, sites: &mut [Site]) {
    let count = sites.len();
    let servers: Vec<u32> = (0..3)
        .map(|i| sites[i % count].server(b, format!("directory-{}", i + 1)))
        .collect();
    b.pool(servers.clone(), 0.3, 0.6);
    for auth in sites.iter().flat_map(|site| site.auth.clone()) {
        b.any(auth, "directory", &servers, 0.1);
    }
}

fn add_stacks(b: &mut Builder, sites: &mut [Site]) -> Vec<Stack> {
    let mut stacks = Vec::new();
    loop {
        let plan = plan(b, stacks.len(), sites.len());
        let mut cost = sites[plan.home].cost_of_stack(plan.vms, plan.database);
        if let Some(other) = plan.other {
            cost += sites[other].cost_of_stack(plan.vms, plan.database);
        }
        if cost > b.left {
            return stacks;
        }
        stacks.push(build(b, sites, stacks.len() + 1, &plan));
    }
}

fn plan(b: &mut Builder, number: usize, sites: usize) -> Plan {
    let home = number % sites;
    let spans = b.unit() < 0.2 && sites > 1;
    let database = match b.unit() {
        u if u < 0.5 => 2,
        u if u < 0.7 => 3,
        _ => 0,
    };
    Plan {
        home,
        other: spans.then_some((home + 1) % sites),
        vms: b.whole(2, 9),
        database,
    }
}

fn build(b: &mut Builder, sites: &mut [Site], number: usize, plan: &Plan) -> Stack {
    let trade = TRADES[b.whole(0, 11) as usize];
    let name = format!("{trade}-{number:05}");
    let mut entries = sites[plan.home].entries(b);
    if let Some(other) = plan.other {
        entries.extend(sites[other].entries(b));
    }
    let pool: Vec<u32> = (0..plan.vms)
        .map(|i| {
            let at = plan.other.filter(|_| i % 2 == 1).unwrap_or(plan.home);
            sites[at].vm(b, format!("{name}-vm-{}", i + 1))
        })
        .collect();
    let (database, backups): (Vec<u32>, Vec<Option<Route>>) = (0..plan.database)
        .map(|i| {
            let at = plan.other.filter(|_| i % 2 == 1).unwrap_or(plan.home);
            sites[at].database_server(b, format!("{name}-db-{}", i + 1))
        })
        .unzip();
    if !database.is_empty() {
        b.pool(database.clone(), 0.4, 0.9);
    }
    Stack {
        home: plan.home,
        other: plan.other,
        title: format!("{trade} {number}"),
        name,
        entries,
        pool,
        database,
        backup: backups.into_iter().flatten().next(),
    }
}

/// The components that are left do not make a stack: they join pools, as servers.
fn use_the_rest(b: &mut Builder, sites: &mut [Site], stacks: &mut [Stack]) {
    let count = stacks.len();
    for i in 0..b.left as usize {
        let Some(stack) = stacks.get_mut(i % count.max(1)) else {
            return;
        };
        let id = format!("{}-server-{}", stack.name, i / count + 1);
        stack.pool.push(sites[stack.home].server(b, id));
    }
}

fn connect(b: &mut Builder, sites: &[Site], stack: Stack) {
    // Log-uniform: many small services, few large ones.
    let demand = libm::exp(b.between(libm::log(20.0), libm::log(2_000.0))).round();
    let tier = match b.unit() {
        u if u < 0.1 => 1,
        u if u < 0.4 => 2,
        _ => 3,
    };
    let half = u32::try_from(stack.pool.len().div_ceil(2)).unwrap_or(1);
    let need = if b.unit() < 0.3 { half } else { 1 };
    let service = b.service(stack.name.clone(), stack.title.clone(), tier, demand);
    if !stack.database.is_empty() {
        let load = b.between(20.0, 80.0).round() / 100.0;
        for &vm in &stack.pool {
            needs_database(b, vm, &stack.database, load);
        }
    }
    enter(b, &stack, service);
    let need = Need::AtLeast(need);
    b.group(service, Some("pool"), need, Split::Share, &stack.pool, 1.0);
    platform(b, sites, &stack, service);
    b.pool(stack.pool, 0.5, 0.95);
}

/// Users reach a service over the first load balancer that works; with a network, over the first
/// to which there is a way. Backups leave over the network; their loss harms nobody.
fn enter(b: &mut Builder, stack: &Stack, service: u32) {
    let mut providers = Vec::new();
    for (i, entry) in stack.entries.iter().enumerate() {
        providers.push(match &entry.route {
            Some(route) => b.flow(format!("{}-in-{}", stack.name, i + 1), route, true),
            None => entry.balancer,
        });
    }
    let (need, split) = (Need::AtLeast(1), Split::Standby);
    let load = if b.network { MBIT } else { 1.0 };
    b.group(service, Some("entry"), need, split, &providers, load);
    if let Some(route) = &stack.backup {
        let flow = b.flow(format!("{}-backup", stack.name), route, false);
        let (need, split) = (Need::AtLeast(0), Split::Share);
        b.group(service, None, need, split, &[flow], 0.1 * MBIT);
    }
}

/// Everyone needs name resolution and authentication, of any site the stack is in, and sends what
/// it does to monitoring.
fn platform(b: &mut Builder, sites: &[Site], stack: &Stack, service: u32) {
    let of = |pick: fn(&Site) -> &Vec<u32>| -> Vec<u32> {
        let at = [Some(stack.home), stack.other];
        at.into_iter()
            .flatten()
            .flat_map(|at| pick(&sites[at]).iter().copied())
            .collect()
    };
    for (group, need, providers, load) in [
        ("dns", 1, of(|site| &site.dns), 0.05),
        ("auth", 1, of(|site| &site.auth), 0.2),
        ("monitoring", 0, of(|site| &site.monitoring), 0.02),
    ] {
        let need = Need::AtLeast(need);
        b.group(service, Some(group), need, Split::Share, &providers, load);
        b.weigh_evenly();
    }
}
