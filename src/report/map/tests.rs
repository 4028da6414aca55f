//! What holds for every map, on estates of all shapes.

use super::{Extent, Layout, Mapped, Rect, Spot, layout, mapped};
use crate::input::{Overrides, Texts, generate, load_from};
use crate::model::{Draft, Role, System};
use crate::report::document::map::{MapBox, Outline};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// An estate from the rows of its files.
fn estate(components: &str, links: &str, rest: &[(&str, &str)]) -> System {
    let mut files = BTreeMap::from([
        ("components.csv".to_owned(), components.to_owned()),
        ("services.csv".to_owned(), "id,demand\nshop,1\n".to_owned()),
        (
            "dependencies.csv".to_owned(),
            "consumer,provider\n".to_owned(),
        ),
    ]);
    if !links.is_empty() {
        files.insert("links.csv".to_owned(), links.to_owned());
    }
    for (name, text) in rest {
        files.insert((*name).to_owned(), (*text).to_owned());
    }
    let texts = files
        .into_iter()
        .map(|(name, text)| (format!("estate/{name}"), text.into()));
    let loaded = load_from(
        &Texts(texts.collect()),
        Path::new("estate"),
        &Overrides::default(),
    );
    loaded
        .unwrap_or_else(|faults| panic!("{}", faults.render(false, 100)))
        .system
}

fn all(system: &System) -> (Mapped, Layout) {
    let mapped = mapped(system, Extent::default());
    let placed = layout(&mapped.outline, 1140);
    check(system, &mapped, &placed);
    (mapped, placed)
}

/// Everything that is promised of a map of a whole estate.
fn check(system: &System, mapped: &Mapped, placed: &Layout) {
    counted_once(system, mapped);
    apart(&mapped.outline, placed);
    around(&mapped.outline, placed);
}

/// Each component and link is counted in one place, and counts say how many.
fn counted_once(system: &System, mapped: &Mapped) {
    let Outline {
        boxes,
        links,
        services,
    } = &mapped.outline;
    let mut own: BTreeMap<Spot, u64> = BTreeMap::new();
    for ((v, node), spot) in system.iter().zip(&mapped.at) {
        match (node.role, spot) {
            (Role::Flow(_), None) => {}
            (Role::Service(_), Some(Spot::Service(_)))
            | (Role::Component, Some(Spot::Box(_)))
            | (Role::Link(_), Some(Spot::Box(_) | Spot::Link(_))) => {
                *own.entry(spot.expect("some")).or_default() += 1;
            }
            other => panic!("{}: {other:?}", system.id(v)),
        }
    }
    let own = |spot| own.get(&spot).copied().unwrap_or(0);
    let mut total: Vec<u64> = (0..).take(boxes.len()).map(|b| own(Spot::Box(b))).collect();
    for (at, b) in boxes.iter().enumerate().rev() {
        assert_eq!(total[at], b.count, "{b:?}");
        if let Some(parent) = b.parent {
            assert!((parent as usize) < at);
            total[parent as usize] += total[at];
        }
        if let Some(id) = &b.id {
            let v = system.find(id).expect("an id of the estate");
            assert_eq!(
                mapped.at[v.index()],
                Some(Spot::Box(u32::try_from(at).expect("few")))
            );
        }
    }
    for (at, link) in (0..).zip(links) {
        assert!(link.a < link.b && (link.b as usize) < boxes.len());
        assert_eq!(own(Spot::Link(at)), link.count);
    }
    for (at, service) in (0..).zip(services) {
        assert_eq!(own(Spot::Service(at)), service.count);
    }
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

/// Boxes are inside the box that they are in, and apart from each other.
fn apart(outline: &Outline, placed: &Layout) {
    let whole = Rect {
        x: 0,
        y: 0,
        w: placed.width,
        h: placed.height,
    };
    let mut siblings: BTreeMap<Option<u32>, Vec<Rect>> = BTreeMap::new();
    for (b, rect) in outline.boxes.iter().zip(&placed.boxes) {
        let outer = b.parent.map_or(whole, |p| placed.boxes[p as usize]);
        let is_inside = rect.x >= outer.x
            && rect.y >= outer.y
            && rect.x + rect.w <= outer.x + outer.w
            && rect.y + rect.h <= outer.y + outer.h;
        assert!(
            is_inside && rect.w > 0 && rect.h > 0,
            "{b:?} {rect:?} in {outer:?}"
        );
        siblings.entry(b.parent).or_default().push(*rect);
    }
    siblings.entry(None).or_default().extend(&placed.services);
    for all in siblings.values() {
        for (nth, a) in all.iter().enumerate() {
            let other = all[..nth].iter().find(|b| overlap(*a, **b));
            assert!(other.is_none(), "{a:?} and {other:?}");
        }
    }
}

/// Links begin and end at their boxes and cross none; no two share a level piece.
fn around(outline: &Outline, placed: &Layout) {
    let outermost: Vec<Rect> = outline
        .boxes
        .iter()
        .zip(&placed.boxes)
        .filter(|(b, _)| b.parent.is_none())
        .map(|(_, rect)| *rect)
        .collect();
    let mut level: BTreeMap<i32, Vec<[i32; 2]>> = BTreeMap::new();
    for (link, route) in outline.links.iter().zip(&placed.links) {
        let [.., last] = route.points.as_slice() else {
            continue;
        };
        for (end, (x, y)) in [(link.a, route.points[0]), (link.b, *last)] {
            let touches = |b: u32| {
                let r = placed.boxes[b as usize];
                (r.x..r.x + r.w).contains(&x) && (y == r.y || y == r.y + r.h)
            };
            // A line runs down, whichever end is first.
            assert!(touches(end) || touches(link.a + link.b - end), "{link:?}");
        }
        for piece in route.points.windows(2) {
            let ([x0, x1], [y0, y1]) = [[piece[0].0, piece[1].0], [piece[0].1, piece[1].1]]
                .map(|[a, b]| [a.min(b), a.max(b)])
                .into();
            assert!(x0 == x1 || y0 == y1);
            assert!(
                x0 >= 0 && x1 < placed.width && y1 <= placed.height,
                "{piece:?}"
            );
            let crossed = outermost
                .iter()
                .find(|r| x0 < r.x + r.w && r.x <= x1 && y0 < r.y + r.h && r.y < y1);
            assert!(crossed.is_none(), "{link:?}: {piece:?} over {crossed:?}");
            if y0 == y1 && x0 < x1 {
                level.entry(y0).or_default().push([x0, x1]);
            }
        }
    }
    for pieces in level.values_mut() {
        pieces.sort_unstable();
        assert!(pieces.windows(2).all(|w| w[0][1] < w[1][0]), "{pieces:?}");
    }
}

/// The box that shows this id.
fn at<'o>(outline: &'o Outline, id: &str) -> &'o MapBox {
    let mut all = outline.boxes.iter();
    all.find(|b| b.id.as_deref() == Some(id))
        .unwrap_or_else(|| panic!("{id} is not shown"))
}

/// The ids and labels of what a box is in, from the outside in.
fn path(outline: &Outline, id: &str) -> Vec<String> {
    let mut path = Vec::new();
    let mut next = at(outline, id).parent;
    while let Some(parent) = next {
        let b = &outline.boxes[parent as usize];
        path.insert(0, b.label());
        next = b.parent;
    }
    path
}

#[test]
fn a_component_stands_in_the_place_and_not_in_its_power_feed() {
    let system = estate(
        "id,kind,within,site\n\
         fra,site,,\nfra-r1,rack,fra,\nfra-ups,ups,fra,\nfra-b,breaker,fra-ups,\n\
         srv-1,server,fra-ups;fra-r1,\nsrv-2,server,fra;fra-r1;blue,\nblue,cluster,,\n\
         ham,site,,\nham-r1,rack,ham,\nsrv-3,server,ham-r1,\n\
         vm-1,vm,,\nvm-2,vm,,\nvm-3,vm,,\napp-1,application,,\nlabelled,vm,,ham\nlost,office,,\n",
        "",
        &[(
            "dependencies.csv",
            "consumer,provider,group,need\n\
             vm-1,srv-1,,\nvm-2,srv-1,host,any\nvm-2,srv-2,host,any\n\
             vm-3,srv-1,host,any\nvm-3,srv-3,host,any\napp-1,vm-1,,\napp-1,srv-3,,\nsrv-3,srv-1,,\nshop,app-1,,\n",
        )],
    );
    let (mapped, _) = all(&system);
    for (id, want) in [
        ("srv-1", "fra fra-r1"),
        ("srv-2", "fra fra-r1"),
        ("fra-b", "fra fra-ups"),
        // On one host; on one of two in a rack; on one of two in two sites.
        ("vm-1", "fra fra-r1 srv-1"),
        ("vm-2", "fra fra-r1"),
        ("vm-3", ""),
        ("app-1", "fra fra-r1 srv-1 vm-1"),
        // A server that needs another does not run on it.
        ("srv-3", "ham ham-r1"),
        ("labelled", "ham"),
        ("lost", ""),
    ] {
        assert_eq!(path(&mapped.outline, id).join(" "), want, "{id}");
    }
    assert_eq!(at(&mapped.outline, "fra").count, 9);
}

#[test]
fn an_instance_stands_on_its_host_or_where_all_its_hosts_are() {
    let system = estate(
        "id,kind,within,capacity\nr1,rack,,\nr2,rack,,\nh1,hypervisor,r1,9\nh1/memory,resource,,9\n\
         h2,hypervisor,r1,9\nh3,hypervisor,r2,9\na,vm,,\nb,vm,,\nc,vm,,\npod,pod,,\n",
        "",
        &[
            (
                "placements.csv",
                "instance,hosts,host,/memory\na,h1;h2,h2,1\nb,h1;h2,,1\nc,h2;h3,,1\npod,a;b,a,\n",
            ),
            ("dependencies.csv", "consumer,provider\nshop,pod\nshop,c\n"),
        ],
    );
    let (mapped, _) = all(&system);
    for (id, want) in [
        ("a", "r1 h2"),
        ("b", "r1"),
        ("c", ""),
        ("pod", "r1 h2 a"),
        ("h1/memory", "r1 h1"),
    ] {
        assert_eq!(path(&mapped.outline, id).join(" "), want, "{id}");
    }
}

#[test]
fn links_join_outermost_boxes_or_stand_where_both_ends_are() {
    let system = estate(
        "id,kind,within\nfra,site,\nham,site,\nber,site,\nfra-1,router,fra\nfra-2,router,fra\nham-1,router,ham\n\
         ber-1,router,ber\nnet-1,internet,\nnet-2,internet,\noffice,office,\n",
        "id,a,b,kind\nlan,fra-1,fra-2,lan-link\nw1,fra-1,ham-1,wan\nw2,ham-1,fra-2,wan\nw3,ber-1,ham-1,wan\n\
         i1,fra-1,net-1,wan\ni2,ber-1,net-2,wan\npeer,net-1,net-2,wan\no,office,ber-1,wan\n",
        &[],
    );
    let (mapped, placed) = all(&system);
    let outline = &mapped.outline;
    assert_eq!(path(outline, "lan"), ["fra"]);
    assert_eq!(path(outline, "peer"), ["internet × 3"]);
    let label = |b: u32| outline.boxes[b as usize].label();
    let links: BTreeSet<(BTreeSet<String>, String)> = outline
        .links
        .iter()
        .map(|l| ([label(l.a), label(l.b)].into(), l.ids.join(" ")))
        .collect();
    let want = [
        ("fra", "ham", "w1 w2"),
        ("ber", "ham", "w3"),
        ("fra", "internet × 3", "i1"),
        ("ber", "internet × 3", "i2"),
        ("ber", "office", "o"),
    ];
    let want = want.map(|(a, b, ids)| ([a.to_owned(), b.to_owned()].into(), ids.to_owned()));
    assert_eq!(links, want.into());
    assert!(placed.links.iter().all(|r| r.points.len() >= 4));
}

#[test]
fn without_places_components_are_grouped_by_kind() {
    let mut rows = "id,kind\n".to_owned();
    (0..500).for_each(|n| rows.push_str(&format!("s-{n:03},server\n")));
    (0..3).for_each(|n| rows.push_str(&format!("r-{n},router\n")));
    rows.push_str("db,database\n");
    let (mapped, _) = all(&estate(&rows, "", &[]));
    let labels: Vec<String> = mapped.outline.boxes.iter().map(MapBox::label).collect();
    assert_eq!(
        labels,
        ["db", "router × 3", "server × 500", "r-0", "r-1", "r-2"]
    );
}

#[test]
fn a_rack_of_thousands_is_told_by_kind() {
    let mut rows = "id,kind,within\nr,rack,\n".to_owned();
    (0..4800).for_each(|n| rows.push_str(&format!("s-{n:04},server,r\n")));
    (0..200).for_each(|n| rows.push_str(&format!("k-{n:04},kind-{n},r\n")));
    rows.push_str("sw-1,switch,r\nsw-2,switch,r\n");
    let (mapped, _) = all(&estate(&rows, "", &[]));
    let labels: Vec<String> = mapped.outline.boxes.iter().map(MapBox::label).collect();
    assert!(labels.len() < 60, "{labels:?}");
    for label in ["r", "server × 4,800", "switch × 2"] {
        assert!(labels.iter().any(|l| l == label), "{label}: {labels:?}");
    }
}

#[test]
fn what_is_nested_without_end_is_drawn_to_a_bound() {
    let mut rows = "id,kind,within\nd-00000,room,\n".to_owned();
    (1..20_000).for_each(|n| rows.push_str(&format!("d-{n:05},room,d-{:05}\n", n - 1)));
    let links = "id,a,b\nl,d-00001,d-19999\n";
    let (mapped, _) = all(&estate(&rows, links, &[]));
    assert_eq!(at(&mapped.outline, "d-00000").count, 20_001);
    assert!(mapped.outline.boxes.len() < 20);
}

#[test]
fn hostile_ids_and_long_ones_have_boxes_like_any_other() {
    let long = "x".repeat(5000);
    let rows = format!(
        "id,kind,within\n{long},site,\n\"<script>\",rack,{long}\n\"a\"\"&'b\",{long},<script>\n日本語サーバー,server,<script>\n"
    );
    let (mapped, placed) = all(&estate(&rows, "", &[]));
    assert_eq!(path(&mapped.outline, "日本語サーバー").len(), 2);
    assert!(placed.boxes.iter().all(|r| r.w <= 1140));
    // As narrow as a map can be asked for.
    apart(&mapped.outline, &layout(&mapped.outline, 0));
}

/// The same rows in another order.
fn shuffled(draft: &Draft) -> Draft {
    let mut draft = draft.clone();
    draft.nodes.reverse();
    draft.requirements.reverse();
    let last = u32::try_from(draft.nodes.len() - 1).expect("few");
    let turn = |v: &mut u32| *v = last - *v;
    for node in &mut draft.nodes {
        node.within.iter_mut().for_each(turn);
        node.within.reverse();
        match &mut node.node.role {
            Role::Link(l) => [&mut l.a.0, &mut l.b.0].into_iter().for_each(turn),
            Role::Flow(f) => [&mut f.from.0, &mut f.to.0].into_iter().for_each(turn),
            Role::Component | Role::Service(_) => {}
        }
    }
    for r in &mut draft.requirements {
        turn(&mut r.consumer);
        r.providers.iter_mut().for_each(|p| turn(&mut p.node));
    }
    draft
        .labels
        .values
        .iter_mut()
        .for_each(|column| column.reverse());
    draft
}

#[test]
fn the_order_of_rows_is_no_matter() {
    for draft in [
        generate::draft_with_network(700, 3),
        generate::draft(3000, 4),
    ] {
        let other = System::new(shuffled(&draft)).expect("valid");
        let system = System::new(draft).expect("valid");
        assert_eq!(
            mapped(&system, Extent::default()),
            mapped(&other, Extent::default())
        );
        all(&system);
    }
}

#[test]
fn the_shipped_estate_shows_every_component() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/order-management");
    let loaded = crate::input::load(&folder, &Overrides::default()).expect("the example is valid");
    let (mapped, _) = all(&loaded.system);
    assert_eq!(
        path(&mapped.outline, "shop-1"),
        ["fra1", "fra1-rack-2", "kvm-2"]
    );
    let components = loaded
        .system
        .iter()
        .filter(|(_, n)| n.role == Role::Component);
    components.for_each(|(v, _)| {
        at(&mapped.outline, loaded.system.id(v));
    });
}

#[test]
fn a_box_can_be_looked_into() {
    let system = System::new(generate::draft_with_network(5000, 1)).expect("valid");
    let (whole, _) = all(&system);
    let rack = system
        .iter()
        .find(|(_, n)| &*n.kind == "rack")
        .expect("a rack")
        .0;
    let inside = mapped(
        &system,
        Extent {
            inside: Some(rack),
            ..Extent::default()
        },
    );
    let count: u64 = inside
        .outline
        .boxes
        .iter()
        .filter(|b| b.parent.is_none())
        .map(|b| b.count)
        .sum();
    let links: u64 = inside.outline.links.iter().map(|l| l.count).sum();
    assert_eq!(count + links + 1, at(&whole.outline, system.id(rack)).count);
    let placed = layout(&inside.outline, 1140);
    apart(&inside.outline, &placed);
    around(&inside.outline, &placed);
    let hosts = system.iter().filter(|(v, n)| {
        &*n.kind == "host" && n.within.contains(&rack) && inside.at[v.index()].is_some()
    });
    hosts.for_each(|(v, _)| {
        at(&inside.outline, system.id(v));
    });
}

#[test]
fn large_estates_have_maps_of_bounded_size_in_little_time() {
    for (components, most) in [
        (5_000, Duration::from_millis(500)),
        (100_000, Duration::from_secs(6)),
    ] {
        let system = System::new(generate::draft_with_network(components, 7)).expect("valid");
        let start = Instant::now();
        let mapped = mapped(&system, Extent::default());
        let placed = layout(&mapped.outline, 1140);
        let took = start.elapsed();
        assert!(took < most, "{components}: {took:?}");
        check(&system, &mapped, &placed);
        assert!(
            (50..400).contains(&mapped.outline.boxes.len()),
            "{}",
            mapped.outline.boxes.len()
        );
    }
}
