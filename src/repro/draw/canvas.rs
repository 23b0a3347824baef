//! Shapes and words on a page measured in pixels, drawn by plotters.

use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, RGBColor, ShapeStyle, TextStyle,
};

use super::backend::SvgBackend;

/// A place on the page, in pixels from the upper left corner.
pub(super) type Place = (f64, f64);

/// Units of the backend per pixel.
const UNITS: f64 = 10.0;

/// How words are set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub color: RGBAColor,
    pub bold: bool,
    pub across: HPos,
    pub up: VPos,
    /// Reads from bottom to top.
    pub upright: bool,
}

impl Type {
    /// Left-aligned on its baseline.
    pub(super) fn new(size: f64, color: RGBColor) -> Self {
        Self { size, color: color.mix(1.0), bold: false, across: HPos::Left, up: VPos::Bottom, upright: false }
    }

    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) fn at(self, across: HPos, up: VPos) -> Self {
        Self { across, up, ..self }
    }
}

/// A page that is being drawn.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SvgBackend<'a>, plotters::coord::Shift>,
}

impl<'a> Canvas<'a> {
    /// Draws into `out`, which gets the elements without the enclosing `<svg>`.
    pub(super) fn new(out: &'a mut String, (width, height): Place) -> Self {
        let size = ((width * UNITS) as u32, (height * UNITS) as u32);
        Self { area: SvgBackend::new(out, size).into_drawing_area() }
    }

    fn draw<'e, E>(&self, element: &'e E)
    where
        &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<SvgBackend<'a>>,
    {
        self.area.draw(element).expect("the backend writes to memory, which can't fail");
    }

    pub(super) fn line(&self, points: &[Place], width: f64, color: RGBAColor) {
        if points.len() > 1 {
            self.draw(&PathElement::new(units(points), stroke(width, color)));
        }
    }

    pub(super) fn polygon(&self, corners: &[Place], color: RGBAColor) {
        self.draw(&Polygon::new(units(corners), color.filled()));
    }

    pub(super) fn rectangle(&self, from: Place, to: Place, color: RGBAColor) {
        self.draw(&Rectangle::new([unit(from), unit(to)], color.filled()));
    }

    pub(super) fn disc(&self, center: Place, radius: f64, color: RGBAColor) {
        self.draw(&Circle::new(unit(center), (radius * UNITS).round() as i32, color.filled()));
    }

    pub(super) fn circle(&self, center: Place, radius: f64, width: f64, color: RGBAColor) {
        self.draw(&Circle::new(unit(center), (radius * UNITS).round() as i32, stroke(width, color)));
    }

    pub(super) fn text(&self, text: &str, place: Place, kind: Type) {
        let weight = if kind.bold { FontStyle::Bold } else { FontStyle::Normal };
        let turn = if kind.upright { FontTransform::Rotate270 } else { FontTransform::None };
        let font = FontDesc::new(FontFamily::SansSerif, kind.size * UNITS, weight).transform(turn);
        let style = TextStyle::from(font).color(&kind.color).pos(Pos::new(kind.across, kind.up));
        self.draw(&Text::new(text.to_string(), unit(place), style));
    }

    /// Ends the drawing.
    pub(super) fn finish(self) {
        self.area.present().expect("the backend writes to memory, which can't fail");
    }
}

fn stroke(width: f64, color: RGBAColor) -> ShapeStyle {
    color.stroke_width((width * UNITS).round() as u32)
}

fn unit((x, y): Place) -> (i32, i32) {
    ((x * UNITS).round() as i32, (y * UNITS).round() as i32)
}

fn units(points: &[Place]) -> Vec<(i32, i32)> {
    points.iter().copied().map(unit).collect()
}
