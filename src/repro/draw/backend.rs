//! A plotters backend that writes compact SVG in tenths of a pixel.
//!
//! The stock SVG backend places everything on whole pixels and writes one element per point. Here a unit is a tenth
//! of a pixel, and neighbours with the same pen share one `<path>`, so a cloud of thousands of points stays small.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use super::metrics;
use crate::display::escape;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// What the path that is being written looks like.
#[derive(Clone, Copy, PartialEq)]
struct Pen {
    kind: Kind,
    rgb: (u8, u8, u8),
    alpha: f64,
    width: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Stroke,
    Fill,
    /// Discs, written as points with round caps.
    Dots,
}

/// Appends SVG elements to a string.
pub(super) struct SvgBackend<'a> {
    out: &'a mut String,
    size: (u32, u32),
    open: Option<Pen>,
}

impl<'a> SvgBackend<'a> {
    /// Writes to `out`; `size` is in tenths of a pixel.
    pub(super) fn new(out: &'a mut String, size: (u32, u32)) -> Self {
        Self { out, size, open: None }
    }

    fn put(&mut self, arguments: std::fmt::Arguments) {
        self.out.write_fmt(arguments).expect("writing to a string can't fail");
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.out.push_str("\"/>\n");
        }
    }

    /// Makes sure that a path with this pen is open.
    fn pen(&mut self, kind: Kind, color: BackendColor, width: u32) {
        let pen = Pen { kind, rgb: color.rgb, alpha: color.alpha, width };
        if self.open == Some(pen) {
            return;
        }
        self.close();
        let paint = hex(pen.rgb);
        match kind {
            Kind::Fill => self.put(format_args!("<path fill=\"{paint}\"")),
            Kind::Stroke => self.put(format_args!("<path fill=\"none\" stroke=\"{paint}\" stroke-width=\"{width}\"")),
            Kind::Dots => self.put(format_args!(
                "<path fill=\"none\" stroke=\"{paint}\" stroke-width=\"{width}\" stroke-linecap=\"round\""
            )),
        }
        if pen.alpha < 1.0 {
            self.put(format_args!(" opacity=\"{}\"", pen.alpha));
        }
        self.out.push_str(" d=\"");
        self.open = Some(pen);
    }

    /// Writes a polyline with relative coordinates; steps shorter than a unit vanish.
    fn polyline(&mut self, points: impl IntoIterator<Item = BackendCoord>, closed: bool) {
        let mut points = points.into_iter();
        let Some((mut x, mut y)) = points.next() else { return };
        self.put(format_args!("M{x} {y}"));
        let mut first = true;
        for (next_x, next_y) in points {
            let (dx, dy) = (next_x - x, next_y - y);
            if (dx, dy) == (0, 0) {
                continue;
            }
            let lead = if first { "l" } else { " " };
            self.put(format_args!("{lead}{dx} {dy}"));
            (x, y, first) = (next_x, next_y, false);
        }
        if closed {
            self.out.push('z');
        }
    }
}

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        self.close();
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.pen(Kind::Stroke, style.color(), style.stroke_width());
        self.polyline(path, false);
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        self.pen(if fill { Kind::Fill } else { Kind::Stroke }, style.color(), style.stroke_width());
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        self.put(format_args!("M{} {}h{width}v{height}h{}z", from.0, from.1, -width));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Drawn {
        self.pen(Kind::Fill, style.color(), style.stroke_width());
        self.polyline(corners, true);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (x, y) = center;
        if fill {
            self.pen(Kind::Dots, style.color(), 2 * radius);
            self.put(format_args!("M{x} {y}h0"));
        } else {
            let (left, d) = (x - radius as i32, 2 * radius as i32);
            self.pen(Kind::Stroke, style.color(), style.stroke_width());
            self.put(format_args!("M{left} {y}a{radius} {radius} 0 1 0 {d} 0a{radius} {radius} 0 1 0 {} 0z", -d));
        }
        Ok(())
    }

    /// Writes text. `VPos::Bottom` puts the baseline at the given place, `Center` the middle of a digit, `Top` its top.
    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        self.close();
        let color = style.color();
        self.put(format_args!("<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\"", style.size(), hex(color.rgb)));
        match style.anchor().h_pos {
            HPos::Left => {}
            HPos::Center => self.out.push_str(" text-anchor=\"middle\""),
            HPos::Right => self.out.push_str(" text-anchor=\"end\""),
        }
        match style.anchor().v_pos {
            VPos::Bottom => {}
            VPos::Center => self.out.push_str(" dy=\".35em\""),
            VPos::Top => self.out.push_str(" dy=\".72em\""),
        }
        if matches!(style.style(), FontStyle::Bold) {
            self.out.push_str(" font-weight=\"600\"");
        }
        if color.alpha < 1.0 {
            self.put(format_args!(" opacity=\"{}\"", color.alpha));
        }
        let turn = match style.transform() {
            FontTransform::None => 0,
            FontTransform::Rotate90 => 90,
            FontTransform::Rotate180 => 180,
            FontTransform::Rotate270 => -90,
        };
        if turn != 0 {
            self.put(format_args!(" transform=\"rotate({turn} {x} {y})\""));
        }
        self.put(format_args!(">{}</text>\n", dotted(text)));
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((metrics::width(text, style.size()).ceil() as u32, style.size().ceil() as u32))
    }
}

fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Escapes text, and sets a dot over a letter (U+0307, as in Σ̇) by hand: common fonts print it into capital letters.
fn dotted(text: &str) -> String {
    const DOT_WIDTH: f64 = 0.333;
    const DOT: char = '\u{307}';
    let mut pieces = text.split(DOT);
    let mut set = escape(pieces.next().unwrap_or(""));
    let mut base = text.split(DOT).map(|piece| piece.chars().next_back().unwrap_or(' '));
    for piece in pieces {
        let letter = base.next().unwrap_or(' ');
        let back = (metrics::advance(letter) + DOT_WIDTH) / 2.0;
        let up = if letter.is_uppercase() { 0.16 } else { 0.0 };
        set.push_str(&format!("<tspan dx=\"{:.2}em\" dy=\"{:.2}em\">\u{2d9}</tspan>", -back, -up));
        if !piece.is_empty() {
            // A plain space at the edge of a span may be dropped.
            let piece = escape(&piece.replacen(' ', "\u{a0}", usize::from(piece.starts_with(' '))));
            set.push_str(&format!("<tspan dx=\"{:.2}em\" dy=\"{up:.2}em\">{piece}</tspan>", back - DOT_WIDTH));
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: BackendColor = BackendColor { alpha: 1.0, rgb: (255, 0, 0) };
    const PALE: BackendColor = BackendColor { alpha: 0.5, rgb: (255, 0, 0) };

    #[test]
    fn neighbours_with_one_pen_share_a_path() {
        let mut out = String::new();
        let mut backend = SvgBackend::new(&mut out, (100, 100));
        backend.draw_circle((10, 20), 3, &RED, true).unwrap();
        backend.draw_circle((30, 40), 3, &RED, true).unwrap();
        backend.draw_path([(0, 0), (5, 5), (5, 5), (7, 4)], &PALE).unwrap();
        backend.present().unwrap();
        assert_eq!(
            out,
            "<path fill=\"none\" stroke=\"#ff0000\" stroke-width=\"6\" stroke-linecap=\"round\" d=\"M10 20h0M30 40h0\"/>\n\
             <path fill=\"none\" stroke=\"#ff0000\" stroke-width=\"1\" opacity=\"0.5\" d=\"M0 0l5 5 2 -1\"/>\n"
        );
    }

    #[test]
    fn a_dot_over_a_letter_is_set_by_hand_and_takes_no_room() {
        let set = dotted("Σ\u{307} < f");
        assert_eq!(
            set,
            "Σ<tspan dx=\"-0.50em\" dy=\"-0.16em\">˙</tspan><tspan dx=\"0.16em\" dy=\"0.16em\">\u{a0}&lt; f</tspan>"
        );
        assert_eq!(dotted("plain"), "plain");
    }
}
