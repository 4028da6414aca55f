//! The figures of a report. In: the result of an assessment. Out: each figure with the name of its
//! file, what it is called and what it shows. Promises: bounded in number and size, the same for the
//! same result; file names are made by the program, never from ids.

use crate::report::document::Assess;
use crate::report::plot::{
    BarFigure, GridFigure, LineFigure, MapFigure, NoPicture, PictureFigure, png, svg,
};

mod capacity;
mod chance;
mod days;
mod headroom;
pub(in crate::report) mod map;
mod needs;
mod singles;

/// Services with a figure of their own.
const CHOSEN: usize = 8;

/// What a figure is about: where it stands on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The estate as boxes in boxes.
    Map,
    /// Headroom of services.
    Headroom,
    /// Single failures × services.
    Singles,
    /// Services × days.
    Days,
    /// Load against the capacity that is left.
    Capacity,
    /// How a simulation settles.
    Convergence,
    /// What matters most to a service.
    Importance,
    /// What a service needs.
    Needs,
    /// Links of networks.
    Links,
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it is about.
    pub topic: Topic,
    /// Name of its files, without folder and extension.
    pub file: String,
    /// What it is called among those of its topic.
    pub label: String,
    /// What it shows, in a sentence or two.
    pub caption: String,
    drawing: Drawing,
}

#[derive(Clone, Debug)]
enum Drawing {
    Grid(GridFigure),
    Bars(BarFigure),
    Lines(LineFigure),
    Picture(PictureFigure),
    Map(Box<MapFigure>),
}

impl Chart {
    /// As SVG.
    ///
    /// # Errors
    /// When the font or a text cannot be drawn.
    pub fn svg(&self) -> Result<String, NoPicture> {
        match &self.drawing {
            Drawing::Grid(f) => svg(f),
            Drawing::Bars(f) => svg(f),
            Drawing::Lines(f) => svg(f),
            Drawing::Picture(f) => svg(f),
            Drawing::Map(f) => svg(&**f),
        }
    }

    /// As PNG.
    ///
    /// # Errors
    /// When the font or a text cannot be drawn.
    pub fn png(&self) -> Result<Vec<u8>, NoPicture> {
        match &self.drawing {
            Drawing::Grid(f) => png(f),
            Drawing::Bars(f) => png(f),
            Drawing::Lines(f) => png(f),
            Drawing::Picture(f) => png(f),
            Drawing::Map(f) => png(&**f),
        }
    }
}

/// Every figure of a result.
#[must_use]
pub fn charts(result: &Assess) -> Vec<Chart> {
    let mut all = map::maps(result);
    all.extend(headroom::headroom(result));
    all.extend(singles::singles(result));
    all.extend(days::days(result));
    all.extend(capacity::capacity(result));
    all.extend(chance::convergence(result));
    all.extend(chance::importance(result));
    all.extend(headroom::links(result));
    all.extend(needs::needs(result));
    all
}
