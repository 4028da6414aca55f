//! A bitmap of twice the size. In: drawing in the pixels of a figure. Out: the same in twice as many each way,
//! with texts of twice the size. A bitmap sets each letter on a whole pixel: with half as large ones letters
//! stand as evenly as in SVG.

use plotters::prelude::{BitMapBackend, DrawingBackend, TextStyle};
use plotters::style::text_anchor::Pos;
use plotters::style::{FontDesc, RGBAColor};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

/// How many pixels are drawn for one, each way.
pub(super) const TIMES: u32 = 2;

/// A bitmap to draw on as if it were smaller.
pub(super) struct Doubled<'b>(pub BitMapBackend<'b>);

type Drawn<'b> = Result<(), DrawingErrorKind<<BitMapBackend<'b> as DrawingBackend>::ErrorType>>;

/// A style with wider strokes.
struct Wider(BackendColor, u32);

impl BackendStyle for Wider {
    fn color(&self) -> BackendColor {
        self.0
    }

    fn stroke_width(&self) -> u32 {
        self.1
    }
}

fn wider(style: &impl BackendStyle) -> Wider {
    Wider(style.color(), style.stroke_width() * TIMES)
}

fn at((x, y): BackendCoord) -> BackendCoord {
    let times = TIMES.cast_signed();
    (x * times, y * times)
}

impl<'b> DrawingBackend for Doubled<'b> {
    type ErrorType = <BitMapBackend<'b> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        let (w, h) = self.0.get_size();
        (w / TIMES, h / TIMES)
    }

    fn ensure_prepared(&mut self) -> Drawn<'b> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'b> {
        self.0.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn<'b> {
        let (x, y) = at(point);
        let most = TIMES.cast_signed() - 1;
        self.0.draw_rect((x, y), (x + most, y + most), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
    ) -> Drawn<'b> {
        self.draw_path([a, b], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<'b> {
        self.0
            .draw_rect(at(upper_left), at(bottom_right), &wider(style), fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn<'b> {
        self.0.draw_path(path.into_iter().map(at), &wider(style))
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn<'b> {
        self.0
            .draw_circle(at(center), radius * TIMES, &wider(style), fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn<'b> {
        self.0.fill_polygon(vert.into_iter().map(at), style)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        pos: BackendCoord,
    ) -> Drawn<'b> {
        let size = style.size() * f64::from(TIMES);
        let font = FontDesc::new(style.family(), size, style.style()).transform(style.transform());
        let BackendColor { alpha, rgb } = style.color();
        let ink = RGBAColor(rgb.0, rgb.1, rgb.2, alpha);
        let anchor = style.anchor();
        let larger = TextStyle::from(font).color(&ink);
        let larger = larger.pos(Pos::new(anchor.h_pos, anchor.v_pos));
        self.0.draw_text(text, &larger, at(pos))
    }
}
