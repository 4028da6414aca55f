//! Sites, locations, racks and devices: components, each within the next larger.

use super::super::ids::some_of;
use super::estate::{Estate, Thing, clean, joined, slug};
use super::model::Model;
use super::roles::{forwards, kind_of};
use super::status::{self, State};
use super::table::{Key, Table};
use super::trace::place_of;
use super::wire::Fields;
use std::collections::BTreeMap;

/// Steps up a tree of places, at most: a tree of somebody who made a circle has no end.
const DEEPEST: usize = 64;

/// Makes components of all places and devices.
pub(super) fn add(table: &Table, estate: &mut Estate) {
    sites(table, estate);
    locations(table, estate);
    racks(table, estate);
    devices(table, estate);
}

/// Asks for the status of an object. Whether it is kept: what is gone is left out, unless something that is
/// in service hangs on it. Both are reported.
pub(super) fn kept(
    table: &Table,
    estate: &mut Estate,
    model: Model,
    (key, row): (&Key, &Fields),
    name: &str,
) -> bool {
    let (word, state) = status::of(table, model, row);
    if state != State::Gone {
        return true;
    }
    let Some(by) = estate.held.get(&(model, key.clone())) else {
        let why = format!("status {word}");
        estate.report.skipped(model.name(), &why, name);
        return false;
    };
    let who = some_of(by.iter().map(String::as_str));
    let rule = format!(
        "{} of status {word}, kept as a known outage, since something hangs on it",
        model.name()
    );
    let example = clean(&format!("{name}: {who}"));
    estate.report.derived(&rule, &example);
    true
}

/// Notes that something that was kept is known to be out.
pub(super) fn outage(table: &Table, estate: &mut Estate, model: Model, row: &Fields, at: u32) {
    if let Some(word) = status::not_in_service(table, model, row) {
        estate.out(at, &word);
    }
}

/// The name of an object, if it has one.
pub(super) fn name_of(row: &Fields) -> Option<&str> {
    row.text("name")
        .or_else(|| row.text("cid"))
        .or_else(|| row.text("model"))
}

/// The name of what a field refers to, blank if there is none.
pub(super) fn named(table: &Table, model: Model, row: &Fields, field: &str) -> String {
    let found = table.follow(model, row, field);
    let name = found.and_then(|(_, to)| name_of(to).or_else(|| to.text("slug")));
    name.or_else(|| row.get(field)?.map()?.text("name"))
        .unwrap_or_default()
        .to_owned()
}

fn sites(table: &Table, estate: &mut Estate) {
    for (key, row) in table.rows(Model::Site) {
        let name = name_of(row).unwrap_or_default();
        if !kept(table, estate, Model::Site, (key, row), name) {
            continue;
        }
        let short = slug(name);
        let by_slug = slug(row.text("slug").unwrap_or_default());
        let names = vec![
            short.clone(),
            by_slug,
            format!("{}-{key}", joined(&[&short, "site"])),
        ];
        let thing = Thing::new("site", Some(name), names)
            .label("region", &named(table, Model::Site, row, "region"))
            .label("site_group", &named(table, Model::Site, row, "group"))
            .label("owner", &named(table, Model::Site, row, "tenant"))
            .label("facility", row.text("facility").unwrap_or_default());
        let at = estate.add_object(Model::Site, key, thing);
        outage(table, estate, Model::Site, row, at);
    }
}

/// Types of location that are regions: nothing fails as a whole there, but a region that is not in service.
fn is_region(table: &Table, row: &Fields) -> bool {
    let kind = named(table, Model::Location, row, "location_type").to_lowercase();
    ["region", "country", "continent", "area", "global", "world"]
        .iter()
        .any(|w| kind.contains(w))
}

fn locations(table: &Table, estate: &mut Estate) {
    for model in [Model::Location, Model::RackGroup] {
        for (key, row) in table.rows(model) {
            let name = name_of(row).unwrap_or_default();
            let region = model == Model::Location
                && is_region(table, row)
                && status::not_in_service(table, model, row).is_none();
            if region || !kept(table, estate, model, (key, row), name) {
                continue;
            }
            let kind = match (model, slug(&named(table, model, row, "location_type"))) {
                (Model::RackGroup, _) => "rack-group".to_owned(),
                (_, kind) if kind.is_empty() => "location".to_owned(),
                (_, kind) => kind,
            };
            let place = slug(&site_name(table, model, row));
            let short = slug(name);
            let names = vec![
                short.clone(),
                joined(&[&place, &short]),
                joined(&[&place, &short, &kind, &key.to_string()]),
            ];
            let thing = Thing::new(&kind, Some(name), names)
                .label("site", &site_name(table, model, row))
                .label("region", &region_of(table, model, row))
                .label("owner", &named(table, model, row, "tenant"));
            let at = estate.add_object(model, key, thing);
            outage(table, estate, model, row, at);
        }
    }
    // Their parents are there only now.
    for model in [Model::Location, Model::RackGroup] {
        for (key, row) in table.rows(model) {
            let home = home(table, estate, model, row);
            if let Some(at) = estate.of(model, key) {
                estate.draft.nodes[at as usize].within.extend(home);
            }
        }
    }
}

/// The place next to an object that became a component.
fn home(table: &Table, estate: &Estate, model: Model, row: &Fields) -> Option<u32> {
    let fields: &[&str] = match model {
        Model::Location => &["parent", "site"],
        Model::RackGroup => &["parent", "location", "site"],
        Model::Rack => &["location", "rack_group", "group", "site"],
        _ => &["rack", "location", "site"],
    };
    fields.iter().find_map(|field| {
        let (key, _) = table.follow(model, row, field)?;
        estate.of(model.target(field)?, &key)
    })
}

/// The place of anything that names a location or a site, however its version calls them.
pub(super) fn place(table: &Table, estate: &Estate, row: &Fields) -> Option<u32> {
    let by_field = |(model, fields): (Model, [&str; 2])| {
        fields.iter().find_map(|field| {
            let key = Key::of(row.get(field)?)?;
            estate.of(model, &key)
        })
    };
    let scoped = || {
        let (model, key) = scope(table, row)?;
        estate.of(model, &key)
    };
    [
        (Model::Location, ["location", "_location"]),
        (Model::Site, ["site", "_site"]),
    ]
    .into_iter()
    .find_map(by_field)
    .or_else(scoped)
}

/// What an object names as its scope, by content type.
pub(super) fn scope(table: &Table, row: &Fields) -> Option<(Model, Key)> {
    let model = table.content_type(row.get("scope_type")?)?;
    let key = Key::of(row.first(&["scope_id", "scope"])?)?;
    Some((model, key))
}

/// The places at which a side of a circuit ends, the nearest first.
pub(super) fn termination(table: &Table, side: &Key) -> Vec<(Model, Key)> {
    let kinds: [(Model, &[&str]); 2] = [
        (Model::Location, &["location", "_location"]),
        (Model::Site, &["site", "_site"]),
    ];
    let found = kinds
        .into_iter()
        .filter_map(|(model, fields)| Some((model, place_of(table, side, model, fields)?)));
    found.collect()
}

/// Locations from an object up to the root.
fn ancestors<'t>(table: &'t Table, model: Model, row: &'t Fields) -> Vec<(Key, &'t Fields)> {
    let mut up = Vec::new();
    let mut next = match model {
        Model::Location => table.follow(model, row, "parent"),
        Model::Device => location_of_device(table, row),
        _ => table.follow(model, row, "location"),
    };
    while let Some((key, row)) = next {
        next = table.follow(Model::Location, row, "parent");
        up.push((key, row));
        if up.len() >= DEEPEST {
            break;
        }
    }
    up
}

fn location_of_device<'t>(table: &'t Table, row: &'t Fields) -> Option<(Key, &'t Fields)> {
    let by_rack = || {
        let (_, rack) = table.follow(Model::Device, row, "rack")?;
        table.follow(Model::Rack, rack, "location")
    };
    table
        .follow(Model::Device, row, "location")
        .or_else(by_rack)
}

/// The site of an object: its own, or that of its rack. Where locations have taken the place of sites,
/// the location that is called a site, else the nearest that is no room or the like.
pub(super) fn site_of<'t>(
    table: &'t Table,
    model: Model,
    row: &'t Fields,
) -> Option<(Model, Key, &'t Fields)> {
    let own = table.follow(model, row, "site").or_else(|| {
        let (_, rack) = table.follow(model, row, "rack")?;
        table.follow(Model::Rack, rack, "site")
    });
    if let Some((key, site)) = own {
        return Some((Model::Site, key, site));
    }
    let up = ancestors(table, model, row);
    let kind = |row| named(table, Model::Location, row, "location_type").to_lowercase();
    let called = up
        .iter()
        .find(|(_, row)| ["site", "campus", "branch"].contains(&&*kind(row)));
    let outermost = || up.iter().rev().find(|(_, row)| !is_region(table, row));
    let (key, site) = called.or_else(outermost)?;
    Some((Model::Location, key.clone(), site))
}

/// The name of the site of an object.
pub(super) fn site_name(table: &Table, model: Model, row: &Fields) -> String {
    let found = site_of(table, model, row);
    found
        .and_then(|(_, _, site)| name_of(site))
        .unwrap_or_default()
        .to_owned()
}

/// The name of the region of an object.
fn region_of(table: &Table, model: Model, row: &Fields) -> String {
    if let Some((Model::Site, _, site)) = site_of(table, model, row) {
        return named(table, Model::Site, site, "region");
    }
    let up = ancestors(table, model, row);
    let region = up.iter().find(|(_, row)| is_region(table, row));
    let name = region.and_then(|(_, row)| name_of(row));
    name.unwrap_or_default().to_owned()
}

fn racks(table: &Table, estate: &mut Estate) {
    for (key, row) in table.rows(Model::Rack) {
        let name = name_of(row)
            .or_else(|| row.text("display_name"))
            .unwrap_or_default();
        if !kept(table, estate, Model::Rack, (key, row), name) {
            continue;
        }
        let site = site_name(table, Model::Rack, row);
        let (place, short) = (slug(&site), slug(name));
        let location = slug(&named(table, Model::Rack, row, "location"));
        let names = vec![
            short.clone(),
            joined(&[&place, &short]),
            joined(&[&place, &location, &short]),
            joined(&[&place, &short, "rack", &key.to_string()]),
        ];
        let thing = Thing::new("rack", Some(name), names)
            .within(home(table, estate, Model::Rack, row))
            .label("site", &site)
            .label("region", &region_of(table, Model::Rack, row))
            .label("role", &named(table, Model::Rack, row, "role"))
            .label("owner", &named(table, Model::Rack, row, "tenant"));
        let at = estate.add_object(Model::Rack, key, thing);
        outage(table, estate, Model::Rack, row, at);
    }
}

fn devices(table: &Table, estate: &mut Estate) {
    for (key, row) in table.rows(Model::Device) {
        let shown = name_of(row).unwrap_or_default();
        if !kept(table, estate, Model::Device, (key, row), shown) {
            continue;
        }
        let mut thing = device(table, key, row).within(home(table, estate, Model::Device, row));
        if let [rack] = thing.within[..]
            && estate.draft.nodes[rack as usize].within.is_empty()
        {
            // A rack that is known by its name alone: where it stands, the device says.
            thing = thing.within(place(table, estate, row).filter(|&at| at != rack));
        }
        let at = estate.add_object(Model::Device, key, thing);
        outage(table, estate, Model::Device, row, at);
    }
    let parents = parents(table);
    for (child, parent) in &parents {
        let at = |key| estate.of(Model::Device, key);
        if let (Some(child), Some(parent)) = (at(child), at(parent)) {
            // In a bay of its chassis, and with it in the rack.
            estate.draft.nodes[child as usize].within = vec![parent];
        }
    }
}

/// The chassis of each device that is in a bay of one.
pub(super) fn parents(table: &Table) -> BTreeMap<Key, Key> {
    let bays = table.rows(Model::DeviceBay).values().filter_map(|row| {
        let key = |field| row.get(field).and_then(Key::of);
        Some((key("installed_device")?, key("device")?))
    });
    let said = table
        .rows(Model::Device)
        .iter()
        .filter_map(|(key, row)| Some((key.clone(), row.get("parent_device").and_then(Key::of)?)));
    said.chain(bays)
        .filter(|(child, parent)| child != parent)
        .collect()
}

/// The role of a device, as its slug or else its name; before 3.6 the field had another name.
pub(super) fn role_of<'t>(table: &'t Table, device: &'t Fields) -> Option<&'t str> {
    let field = if device.has("role") {
        "role"
    } else {
        "device_role"
    };
    let (_, role) = table.follow(Model::Device, device, field)?;
    role.text("slug").or_else(|| name_of(role))
}

fn device(table: &Table, key: &Key, row: &Fields) -> Thing {
    let site = site_name(table, Model::Device, row);
    let rack = named(table, Model::Device, row, "rack");
    let role = slug(role_of(table, row).unwrap_or_default());
    let kind = kind_of(&role);
    let chassis = table.follow(Model::Device, row, "virtual_chassis");
    let chassis_name = chassis
        .and_then(|(_, chassis)| name_of(chassis))
        .unwrap_or_default();
    let member = row
        .number("vc_position")
        .map_or(String::new(), |n| n.to_string());
    let given = row.text("name");
    let (place, key) = (slug(&site), key.to_string());
    let names = match (given, chassis_name) {
        (Some(name), _) => {
            let short = slug(name);
            vec![
                short.clone(),
                joined(&[&place, &short]),
                joined(&[&place, &slug(&rack), &short]),
                joined(&[&place, &short, "device", &key]),
            ]
        }
        (None, chassis) if !chassis.is_empty() && !member.is_empty() => {
            let short = joined(&[&slug(chassis), &member]);
            vec![
                short.clone(),
                joined(&[&place, &short]),
                joined(&[&place, &short, "device", &key]),
            ]
        }
        (None, _) => {
            let what = if role.is_empty() { "device" } else { &role };
            vec![
                joined(&[&place, what]),
                joined(&[&place, &slug(&rack), what]),
                joined(&[&place, what, &key]),
                joined(&[&place, what, "device", &key]),
            ]
        }
    };
    let mut thing = Thing::new(&kind, given, names);
    thing.nameless = given.is_none();
    if thing.node.is_transit() && !forwards(&role) {
        thing.node.transit = Some(false);
    }
    thing
        .label("role", &role)
        .label("site", &site)
        .label("rack", &rack)
        .label("region", &region_of(table, Model::Device, row))
        .label("model", &named(table, Model::Device, row, "device_type"))
        .label("owner", &named(table, Model::Device, row, "tenant"))
        .label("virtual_chassis", chassis_name)
}
