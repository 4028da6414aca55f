//! The map of the estate: boxes in boxes, and which box each component is counted in. In: a width, and a place to
//! look into. Out: rectangles with labels. It knows no state: colours are the page's.

use super::Live;
use crate::report::map::{Extent, Rect, Spot, layout, mapped};
use serde::{Deserialize, Serialize};

/// What map is asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MapRequest {
    /// How wide the map may be, pixels.
    pub width: u32,
    /// Id of the component that is looked into; everything if none is named.
    pub inside: Option<String>,
}

/// A map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Map {
    /// How wide the map is, pixels.
    pub width: i32,
    /// How high the map is, pixels.
    pub height: i32,
    /// Boxes; one stands after the one that it is in.
    pub boxes: Vec<Shown>,
    /// The services that are shown; the last may stand for all that are not.
    pub services: Vec<Shown>,
    /// Links between boxes that are in no other.
    pub links: Vec<Joined>,
    /// For each item by its position where it is counted: `["box", 3]`, `["link", 0]`; null where it is not.
    pub at: Vec<Option<(&'static str, u32)>>,
}

/// A rectangle with what is written on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Left edge, upper edge, width and height, pixels.
    pub place: [i32; 4],
    /// What is written on it.
    pub label: String,
    /// Its id; absent where it stands for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether other boxes stand in it.
    pub holds: bool,
}

/// A line between two boxes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Joined {
    /// Corners; none where it is not drawn.
    pub points: Vec<(i32, i32)>,
    /// Ids of the links, the first few of many.
    pub ids: Vec<String>,
    /// How many links there are.
    pub count: u64,
}

impl Live {
    /// The map of the estate.
    pub fn map(&self, request: &MapRequest) -> Result<Map, String> {
        let inside = match &request.inside {
            Some(id) => Some(self.find(id)?),
            None => None,
        };
        let mapped = mapped(
            &self.system,
            Extent {
                inside,
                ..Extent::default()
            },
        );
        let outline = mapped.outline;
        let layout = layout(&outline, request.width.min(10_000));
        let mut holds = vec![false; outline.boxes.len()];
        for parent in outline.boxes.iter().filter_map(|b| b.parent) {
            holds[parent as usize] = true;
        }
        let place = |r: &Rect| [r.x, r.y, r.w, r.h];
        let boxes = outline.boxes.iter().zip(&layout.boxes).zip(&holds);
        let services = outline.services.iter().zip(&layout.services);
        let links = outline.links.iter().zip(&layout.links);
        Ok(Map {
            width: layout.width,
            height: layout.height,
            boxes: boxes
                .map(|((b, rect), holds)| Shown {
                    place: place(rect),
                    label: b.label(),
                    id: b.id.clone(),
                    holds: *holds,
                })
                .collect(),
            services: services
                .map(|(s, rect)| Shown {
                    place: place(rect),
                    label: s.label(),
                    id: s.id.clone(),
                    holds: false,
                })
                .collect(),
            links: links
                .map(|(link, route)| Joined {
                    points: route.points.clone(),
                    ids: link.ids.clone(),
                    count: link.count,
                })
                .collect(),
            at: mapped.at.into_iter().map(|at| at.map(named)).collect(),
        })
    }
}

fn named(at: Spot) -> (&'static str, u32) {
    match at {
        Spot::Box(n) => ("box", n),
        Spot::Link(n) => ("link", n),
        Spot::Service(n) => ("service", n),
    }
}
