//! The marks of a series inside a plot.

use plotters::style::Color;

use super::canvas::{Canvas, Place};
use super::path::{Bounds, clip, dash};
use super::scale::Ruler;
use super::shapes;
use super::style::{self, Look, Marker};
use crate::repro::figure::{Mark, Panel, Series};

/// Where data coordinates lie on the page.
pub(super) struct Plot<'a> {
    pub panel: &'a Panel,
    pub bounds: Bounds,
    pub x: Ruler,
    pub y: Ruler,
}

const LINE: f64 = 1.7;
/// Half the length of a tick of [`Mark::Ticks`], and its width.
const TICK: f64 = 5.0;
const TICK_WIDTH: f64 = 1.5;
const GUIDE_DASH: [f64; 2] = [5.0, 3.5];

impl Plot<'_> {
    pub(super) fn across(&self, x: f64) -> Option<f64> {
        self.x.place(x).map(|place| self.bounds.left + place.clamp(-50.0, 50.0) * self.bounds.width())
    }

    pub(super) fn up(&self, y: f64) -> Option<f64> {
        self.y.place(y).map(|place| self.bounds.bottom - place.clamp(-50.0, 50.0) * self.bounds.height())
    }

    fn at(&self, x: f64, y: f64) -> Option<Place> {
        Some((self.across(x)?, self.up(y)?))
    }

    /// Draws one series; returns how many of its points the axes can't show.
    pub(super) fn draw(&self, canvas: &Canvas, series: &Series, look: Look) -> usize {
        let places: Vec<Option<Place>> = series.x.iter().zip(&series.y).map(|(x, y)| self.at(*x, *y)).collect();
        match series.mark {
            Mark::Line => self.line(canvas, &places, LINE, look.dashes, look),
            Mark::Guide => {
                for piece in clip(&places, &self.bounds) {
                    self.dashed(canvas, &piece, &GUIDE_DASH, 1.0, style::GUIDE);
                }
                return 0;
            }
            Mark::Points => {
                self.error_bars(canvas, series, look);
                self.points(canvas, &places, look);
            }
            Mark::LinePoints => {
                self.line(canvas, &places, 1.3, &[], look);
                self.error_bars(canvas, series, look);
                self.points(canvas, &places, look);
            }
            Mark::Band => self.band(canvas, series, look),
            Mark::Bars => {
                self.bars(canvas, series, look);
                self.error_bars(canvas, series, look);
            }
            Mark::Steps => self.steps(canvas, &places, look),
            Mark::Boxes => shapes::boxes(self, canvas, series, look),
            Mark::Arrows => shapes::arrows(self, canvas, series, &places, look),
            Mark::Ticks => self.ticks(canvas, &places),
        }
        places.iter().filter(|place| place.is_none()).count()
    }

    fn line(&self, canvas: &Canvas, places: &[Option<Place>], width: f64, dashes: &[f64], look: Look) {
        for piece in clip(places, &self.bounds) {
            self.dashed(canvas, &piece, dashes, width, look.color);
        }
    }

    fn dashed(&self, canvas: &Canvas, line: &[Place], dashes: &[f64], width: f64, color: impl Color) {
        for piece in dash(line, dashes) {
            canvas.line(&piece, width, color.mix(1.0));
        }
    }

    /// Markers with a thin white rim, so that neighbours stay apart; a crowd gets small plain dots.
    fn points(&self, canvas: &Canvas, places: &[Option<Place>], look: Look) {
        let visible = || places.iter().flatten().copied().filter(|place| self.bounds.holds(*place));
        let radius = match visible().count() {
            0..=60 => 3.6,
            61..=250 => 2.8,
            251..=1000 => 1.9,
            _ => 1.3,
        };
        let solid = !look.open && !matches!(look.marker, Marker::Ring | Marker::Cross | Marker::Plus);
        if radius > 2.0 && solid {
            for place in visible() {
                style::marker(canvas, look.marker, place, radius + 0.8, style::WHITE.mix(1.0));
            }
        }
        for place in visible() {
            style::mark(canvas, look, place, radius);
        }
    }

    fn ticks(&self, canvas: &Canvas, places: &[Option<Place>]) {
        for (x, y) in places.iter().flatten().filter(|place| self.bounds.holds(**place)) {
            canvas.line(&[(x - TICK, *y), (x + TICK, *y)], TICK_WIDTH, style::INK.mix(1.0));
        }
    }

    fn error_bars(&self, canvas: &Canvas, series: &Series, look: Look) {
        let shift = if series.mark == Mark::Bars { self.bar(series).0 } else { 0.0 };
        for ((x, y), spread) in series.x.iter().zip(&series.y).zip(&series.spread) {
            let (Some(across), Some(middle)) = (self.across(*x), self.up(*y)) else { continue };
            if !spread.is_finite() || *spread <= 0.0 {
                continue;
            }
            let (across, top) = (across + shift, self.up(y + spread).unwrap_or(self.bounds.top));
            let bottom = self.up(y - spread).unwrap_or(self.bounds.bottom);
            if across < self.bounds.left - 0.05 || across > self.bounds.right + 0.05 {
                continue;
            }
            let color = if series.mark == Mark::Bars { style::INK.mix(0.75) } else { look.color.mix(0.75) };
            let whole = [Some((across, bottom)), Some((across, middle)), Some((across, top))];
            for piece in clip(&whole, &self.bounds) {
                canvas.line(&piece, 1.1, color);
            }
            for end in [bottom, top] {
                if self.bounds.holds((across, end)) {
                    canvas.line(&[(across - 2.6, end), (across + 2.6, end)], 1.1, color);
                }
            }
        }
    }

    /// A filled band; where an edge leaves the axis it follows the plot's border.
    fn band(&self, canvas: &Canvas, series: &Series, look: Look) {
        let inside = |place: f64| place.clamp(self.bounds.top, self.bounds.bottom);
        let mut lower = Vec::new();
        let mut upper = Vec::new();
        for ((x, low), high) in series.x.iter().zip(&series.y).zip(&series.spread) {
            let Some(across) = self.across(*x) else { continue };
            if low.is_nan() || high.is_nan() || across < self.bounds.left - 0.05 || across > self.bounds.right + 0.05 {
                continue;
            }
            lower.push((across, inside(self.up(*low).unwrap_or(self.bounds.bottom))));
            upper.push((across, inside(self.up(*high).unwrap_or(self.bounds.top))));
        }
        let corners: Vec<Place> = lower.into_iter().chain(upper.into_iter().rev()).collect();
        if corners.len() > 2 {
            canvas.polygon(&corners, look.color.mix(0.2));
        }
    }

    /// Offset of a bar's middle from its x, and its width, in pixels.
    fn bar(&self, series: &Series) -> (f64, f64) {
        let bars: Vec<&Series> = self.panel.series.iter().filter(|s| s.mark == Mark::Bars).collect();
        if self.panel.categories.is_empty() {
            let mut places: Vec<f64> = series.x.iter().filter_map(|x| self.across(*x)).collect();
            places.sort_by(f64::total_cmp);
            let gap = places.windows(2).map(|p| p[1] - p[0]).filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
            return (0.0, if gap.is_finite() { 0.86 * gap } else { 0.1 * self.bounds.width() });
        }
        let slot = self.bounds.width() / self.panel.categories.len() as f64;
        let width = (0.76 * slot / bars.len().max(1) as f64).min(56.0);
        let position = bars.iter().position(|other| std::ptr::eq(*other, series)).unwrap_or(0);
        ((position as f64 - (bars.len() as f64 - 1.0) / 2.0) * width, width)
    }

    fn bars(&self, canvas: &Canvas, series: &Series, look: Look) {
        let (shift, width) = self.bar(series);
        let floor = self.bounds.bottom - self.y.floor() * self.bounds.height();
        let gap = if width > 6.0 { 0.6 } else { 0.0 };
        for (x, y) in series.x.iter().zip(&series.y) {
            let (Some(across), Some(top)) = (self.across(*x), self.up(*y)) else { continue };
            let left = (across + shift - width / 2.0 + gap).max(self.bounds.left);
            let right = (across + shift + width / 2.0 - gap).min(self.bounds.right);
            let top = top.clamp(self.bounds.top, self.bounds.bottom);
            if left < right {
                canvas.rectangle((left, top.min(floor)), (right, top.max(floor)), look.color.mix(0.88));
            }
        }
    }

    fn steps(&self, canvas: &Canvas, places: &[Option<Place>], look: Look) {
        let mut outline = Vec::with_capacity(2 * places.len());
        for (index, place) in places.iter().enumerate() {
            outline.push(*place);
            if let (Some((_, y)), Some(Some((next, _)))) = (place, places.get(index + 1)) {
                outline.push(Some((*next, *y)));
            }
        }
        self.line(canvas, &outline, LINE, &[], look);
    }
}

/// Draws the sample of a series that stands in a legend: 24 px wide, its middle at `place`.
pub(super) fn sample(canvas: &Canvas, mark: Mark, look: Look, (x, y): Place) {
    let line = [(x - 12.0, y), (x + 12.0, y)];
    let dashed = |dashes: &[f64], width: f64, color: plotters::style::RGBColor| {
        for piece in dash(&line, dashes) {
            canvas.line(&piece, width, color.mix(1.0));
        }
    };
    match mark {
        Mark::Line => dashed(look.dashes, LINE, look.color),
        Mark::Guide => dashed(&GUIDE_DASH, 1.0, style::GUIDE),
        Mark::Points => style::mark(canvas, look, (x, y), 3.6),
        Mark::Ticks => canvas.line(&[(x - TICK, y), (x + TICK, y)], TICK_WIDTH, style::INK.mix(1.0)),
        Mark::LinePoints => {
            dashed(&[], 1.3, look.color);
            if !look.open {
                style::marker(canvas, look.marker, (x, y), 4.4, style::WHITE.mix(1.0));
            }
            style::mark(canvas, look, (x, y), 3.6);
        }
        Mark::Band => canvas.rectangle((x - 12.0, y - 5.0), (x + 12.0, y + 5.0), look.color.mix(0.2)),
        Mark::Bars => canvas.rectangle((x - 5.5, y - 5.5), (x + 5.5, y + 5.5), look.color.mix(0.88)),
        Mark::Steps => {
            let stairs = [(x - 12.0, y + 4.0), (x - 4.0, y + 4.0), (x - 4.0, y - 4.0), (x + 4.0, y - 4.0)];
            let rest = [(x + 4.0, y - 4.0), (x + 4.0, y + 1.0), (x + 12.0, y + 1.0)];
            canvas.line(&[stairs.as_slice(), rest.as_slice()].concat(), LINE, look.paint());
        }
        Mark::Boxes => shapes::sample_box(canvas, look, (x, y)),
        Mark::Arrows => shapes::arrow(canvas, ((x - 12.0, y), (x + 12.0, y)), 2.0, look, 1.0),
    }
}
