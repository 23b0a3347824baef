//! The house style: colours that colour-blind readers can tell apart, markers and dashes for print without colour.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::canvas::{Canvas, Place};

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const SOFT: RGBColor = RGBColor(0x5c, 0x5c, 0x5c);
pub(super) const AXIS: RGBColor = RGBColor(0x55, 0x55, 0x55);
pub(super) const GRID: RGBColor = RGBColor(0xe9, 0xe9, 0xe9);
pub(super) const GUIDE: RGBColor = RGBColor(0x80, 0x80, 0x80);
/// What others are seen against: points, arrows and names.
pub(super) const FAINT: RGBColor = RGBColor(0x9c, 0x9c, 0x9c);
pub(super) const WHITE: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// Okabe & Ito, "Color universal design" (2008), with the faint yellow last.
const PALETTE: [RGBColor; 8] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x33, 0x33, 0x33),
    RGBColor(0xf0, 0xe4, 0x42),
];

const DASHES: [&[f64]; 5] = [&[], &[8.0, 3.0], &[3.5, 2.5], &[8.0, 2.5, 2.0, 2.5], &[1.5, 2.0]];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
    Cross,
    Wedge,
    Plus,
}

const MARKERS: [Marker; 8] = [
    Marker::Disc,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::Ring,
    Marker::Cross,
    Marker::Wedge,
    Marker::Plus,
];

/// What tells one series from another: colour, marker and dash, so that no single one has to carry it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub color: RGBColor,
    pub marker: Marker,
    pub dashes: &'static [f64],
    /// Markers are outlines.
    pub open: bool,
}

impl Look {
    /// The look of the series at a position; after eight, colours come again with other markers. `line` counts the
    /// plain lines before it, so that the first one is solid.
    pub(super) fn of(position: usize, line: usize) -> Self {
        let round = position / PALETTE.len();
        Self {
            color: PALETTE[position % PALETTE.len()],
            marker: MARKERS[(position + 3 * round) % MARKERS.len()],
            dashes: DASHES[(line + 2 * (line / PALETTE.len())) % DASHES.len()],
            open: false,
        }
    }

    /// Grey, small beside the colours.
    pub(super) fn faint() -> Self {
        Self { color: FAINT, marker: Marker::Disc, dashes: &[], open: false }
    }

    /// The colour in full strength.
    pub(super) fn paint(&self) -> RGBAColor {
        self.color.mix(1.0)
    }
}

/// Draws the marker of a look, filled or open.
pub(super) fn mark(canvas: &Canvas, look: Look, (x, y): Place, radius: f64) {
    let outline = |points: &[Place]| {
        let closed = points.iter().chain(&points[..2]).map(|(dx, dy)| (x + radius * dx, y + radius * dy));
        canvas.line(&closed.collect::<Vec<_>>(), OUTLINE, look.paint());
    };
    match look.marker.corners() {
        Some(corners) if look.open => outline(corners),
        _ if look.open && look.marker == Marker::Disc => canvas.circle((x, y), radius, OUTLINE, look.paint()),
        _ => marker(canvas, look.marker, (x, y), radius, look.paint()),
    }
}

/// Width of an open marker's line.
const OUTLINE: f64 = 1.3;

impl Marker {
    /// The corners of a marker that is a polygon, for a radius of one.
    fn corners(self) -> Option<&'static [Place]> {
        match self {
            Marker::Square => Some(&[(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)]),
            Marker::Triangle => Some(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
            Marker::Wedge => Some(&[(0.0, 1.2), (-1.1, -0.8), (1.1, -0.8)]),
            Marker::Diamond => Some(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            Marker::Disc | Marker::Ring | Marker::Cross | Marker::Plus => None,
        }
    }
}

/// Draws a marker; areas are about equal whatever the shape.
pub(super) fn marker(canvas: &Canvas, marker: Marker, (x, y): Place, radius: f64, color: RGBAColor) {
    let r = radius;
    let corners = |points: &[Place]| points.iter().map(|(dx, dy)| (x + r * dx, y + r * dy)).collect::<Vec<_>>();
    let stroke = (0.42 * r).max(1.0);
    if let Some(polygon) = marker.corners() {
        return canvas.polygon(&corners(polygon), color);
    }
    match marker {
        Marker::Ring => canvas.circle((x, y), 0.85 * r, stroke, color),
        Marker::Cross => {
            canvas.line(&corners(&[(-0.85, -0.85), (0.85, 0.85)]), stroke, color);
            canvas.line(&corners(&[(-0.85, 0.85), (0.85, -0.85)]), stroke, color);
        }
        Marker::Plus => {
            canvas.line(&corners(&[(-1.1, 0.0), (1.1, 0.0)]), stroke, color);
            canvas.line(&corners(&[(0.0, -1.1), (0.0, 1.1)]), stroke, color);
        }
        _ => canvas.disc((x, y), r, color),
    }
}
