//! One figure. In: what it draws, with the name of its file and what it shows. Out: SVG or PNG. Promises: as
//! the plots are drawn, the same for the same figure.

use crate::report::plot::{
    BarFigure, GridFigure, LineFigure, MapFigure, NoPicture, PictureFigure, png, svg,
};

/// Services with a figure of their own.
pub(super) const CHOSEN: usize = 8;

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
    pub(super) drawing: Drawing,
}

#[derive(Clone, Debug)]
pub(super) enum Drawing {
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
