//! One set of axes: grid, ticks, labels, series, remarks.

use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Canvas, Type};
use super::marks::Plot;
use super::metrics;
use super::path::Bounds;
use super::scale::{Ruler, Tick, power};
use super::style::{self, Look};
use crate::repro::figure::{Mark, Panel, Series};
use crate::repro::{Scale, Side, Tone};

pub(super) const TICK_SIZE: f64 = 11.5;
pub(super) const LABEL_SIZE: f64 = 12.5;
pub(super) const TITLE_SIZE: f64 = 13.0;
const TICK: f64 = 4.0;

/// Room that a panel needs around its plot, in pixels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Margins {
    pub left: f64,
    pub top: f64,
    pub bottom: f64,
}

/// A panel with settled axes.
pub(super) struct Laid<'a> {
    pub panel: &'a Panel,
    x: Ruler,
    y: Ruler,
    ticks: (Vec<Tick>, i32),
    title: Vec<String>,
    categories: Categories,
}

/// How category names fit below the axis.
enum Categories {
    None,
    /// Lines below each other, centred.
    Level(Vec<Vec<String>>),
    /// Read from bottom to top.
    Upright(Vec<String>),
}

impl<'a> Laid<'a> {
    /// Settles the axes for a plot of the given size.
    pub(super) fn new(panel: &'a Panel, title: &str, width: f64, height: f64) -> Self {
        let bars = panel.series.iter().any(|s| s.mark == Mark::Bars);
        // A guide such as y = x must not stretch the axes beyond the data, unless there is nothing else.
        let guides_only = panel.series.iter().all(|s| s.mark == Mark::Guide);
        let counted: Vec<&Series> = panel.series.iter().filter(|s| guides_only || s.mark != Mark::Guide).collect();
        let x = if panel.categories.is_empty() {
            let rim = if bars { bar_rim(panel) } else { Vec::new() };
            Ruler::new(&panel.x, counted.iter().flat_map(|s| s.x.iter().copied()).chain(rim), false)
        } else {
            Ruler::categorical(panel.categories.len())
        };
        let y = Ruler::new(&panel.y, counted.iter().flat_map(|s| series_edges(s)), bars);
        let ticks = y.ticks((height / 46.0) as usize);
        let title = metrics::wrap(title, TITLE_SIZE, width / metrics::BOLD);
        let categories = Categories::fit(&panel.categories, width);
        Self { panel, x, y, ticks, title, categories }
    }

    /// The room needed around the plot.
    pub(super) fn margins(&self) -> Margins {
        let widest = self.ticks.0.iter().filter_map(|t| t.label.as_deref());
        let widest = widest.map(|label| metrics::width(label, TICK_SIZE)).fold(0.0, f64::max);
        let factor = if self.ticks.1 == 0 { 0.0 } else { 16.0 };
        let title = self.title.len() as f64 * (TITLE_SIZE + 4.0);
        let names = match &self.categories {
            Categories::None => TICK_SIZE + 2.0,
            Categories::Level(names) => names.iter().map(Vec::len).max().unwrap_or(1) as f64 * (TICK_SIZE + 2.0),
            Categories::Upright(names) => names.iter().map(|n| metrics::width(n, TICK_SIZE)).fold(0.0, f64::max) + 2.0,
        };
        let label = if self.panel.x.label.is_empty() { 0.0 } else { LABEL_SIZE + 6.0 };
        if self.panel.bare {
            return Margins { left: 4.0, top: title + 6.0, bottom: 4.0 };
        }
        Margins {
            left: widest + TICK + 4.0 + LABEL_SIZE + 12.0,
            top: title + factor + 6.0,
            bottom: TICK + 4.0 + names + label,
        }
    }

    /// Draws the panel, its title at the top of the row's margin; returns how many points its axes can't show.
    pub(super) fn draw(&self, canvas: &Canvas, bounds: Bounds, above: f64, looks: &[Look], watermark: bool) -> usize {
        let plot = Plot { panel: self.panel, bounds, x: self.x.clone(), y: self.y.clone() };
        if !self.panel.bare {
            self.grid(canvas, &bounds);
        }
        if watermark {
            let size = watermark_size(bounds.width());
            let kind = Type { color: style::INK.mix(0.10), ..Type::new(size, style::INK) }.bold();
            let middle = ((bounds.left + bounds.right) / 2.0, (bounds.top + bounds.bottom) / 2.0);
            canvas.text(WATERMARK, middle, kind.at(HPos::Center, VPos::Center));
        }
        let bands = |mark: Mark| matches!(mark, Mark::Band);
        let mut hidden = 0;
        for below in [true, false] {
            let layer = self.panel.series.iter().zip(looks).filter(|(s, _)| bands(s.mark) == below);
            hidden += layer.map(|(series, look)| plot.draw(canvas, series, *look)).sum::<usize>();
        }
        if !self.panel.bare {
            self.axes(canvas, &bounds);
        }
        self.words(canvas, &bounds, above);
        self.notes(canvas, &plot);
        hidden
    }

    fn x_ticks(&self, bounds: &Bounds) -> (Vec<Tick>, i32) {
        if !self.panel.categories.is_empty() {
            return (Vec::new(), 0);
        }
        // As many as leave room between the labels.
        (2..=9)
            .rev()
            .map(|target| self.x.ticks(target))
            .find(|(ticks, _)| {
                let labels: Vec<_> = ticks.iter().filter_map(|t| Some((t.place, t.label.as_deref()?))).collect();
                let half = |label: &str| metrics::width(label, TICK_SIZE) / 2.0;
                labels
                    .windows(2)
                    .all(|pair| (pair[1].0 - pair[0].0) * bounds.width() > half(pair[0].1) + half(pair[1].1) + 14.0)
            })
            .unwrap_or_else(|| self.x.ticks(2))
    }

    fn grid(&self, canvas: &Canvas, bounds: &Bounds) {
        let color = style::GRID.mix(1.0);
        for tick in self.ticks.0.iter().filter(|t| t.label.is_some()) {
            let y = bounds.bottom - tick.place * bounds.height();
            canvas.line(&[(bounds.left, y), (bounds.right, y)], 0.8, color);
        }
        for tick in self.x_ticks(bounds).0.iter().filter(|t| t.label.is_some()) {
            let x = bounds.left + tick.place * bounds.width();
            canvas.line(&[(x, bounds.top), (x, bounds.bottom)], 0.8, color);
        }
    }

    fn axes(&self, canvas: &Canvas, bounds: &Bounds) {
        let color = style::AXIS.mix(1.0);
        let floor = self.y.floor();
        if (0.001..0.999).contains(&floor) && self.panel.series.iter().any(|s| s.mark == Mark::Bars) {
            let y = bounds.bottom - floor * bounds.height();
            canvas.line(&[(bounds.left, y), (bounds.right, y)], 0.8, color);
        }
        let corner = (bounds.left, bounds.bottom);
        canvas.line(&[(bounds.left, bounds.top), corner, (bounds.right, bounds.bottom)], 1.0, color);
        let length = |tick: &Tick| if tick.label.is_some() { TICK } else { TICK / 2.0 };
        for tick in &self.ticks.0 {
            let y = bounds.bottom - tick.place * bounds.height();
            canvas.line(&[(bounds.left - length(tick), y), (bounds.left, y)], 1.0, color);
        }
        let x_ticks = self.x_ticks(bounds);
        for tick in &x_ticks.0 {
            let x = bounds.left + tick.place * bounds.width();
            canvas.line(&[(x, bounds.bottom), (x, bounds.bottom + length(tick))], 1.0, color);
        }
        let kind = Type::new(TICK_SIZE, style::INK);
        for tick in &self.ticks.0 {
            if let Some(label) = &tick.label {
                let y = bounds.bottom - tick.place * bounds.height();
                canvas.text(label, (bounds.left - TICK - 4.0, y), kind.at(HPos::Right, VPos::Center));
            }
        }
        for tick in &x_ticks.0 {
            if let Some(label) = &tick.label {
                let x = bounds.left + tick.place * bounds.width();
                canvas.text(label, (x, bounds.bottom + TICK + 4.0), kind.at(HPos::Center, VPos::Top));
            }
        }
        for (exponent, place, across) in [
            (self.ticks.1, (bounds.left - TICK, bounds.top - 8.0), HPos::Left),
            (x_ticks.1, (bounds.right, bounds.bottom + TICK + 6.0 + 2.0 * TICK_SIZE), HPos::Right),
        ] {
            if exponent != 0 {
                canvas.text(&format!("×{}", power(exponent)), place, kind.at(across, VPos::Bottom));
            }
        }
        self.category_names(canvas, bounds);
    }

    fn category_names(&self, canvas: &Canvas, bounds: &Bounds) {
        let kind = Type::new(TICK_SIZE, style::INK);
        let top = bounds.bottom + TICK + 4.0;
        let slot = bounds.width() / self.panel.categories.len().max(1) as f64;
        let middle = |index: usize| bounds.left + (index as f64 + 0.5) * slot;
        match &self.categories {
            Categories::None => {}
            Categories::Level(names) => {
                for (index, lines) in names.iter().enumerate() {
                    for (number, line) in lines.iter().enumerate() {
                        let place = (middle(index), top + number as f64 * (TICK_SIZE + 2.0));
                        canvas.text(line, place, kind.at(HPos::Center, VPos::Top));
                    }
                }
            }
            Categories::Upright(names) => {
                for (index, name) in names.iter().enumerate() {
                    let kind = Type { upright: true, ..kind.at(HPos::Right, VPos::Center) };
                    canvas.text(name, (middle(index), top - 2.0), kind);
                }
            }
        }
    }

    fn words(&self, canvas: &Canvas, bounds: &Bounds, above: f64) {
        let margins = self.margins();
        let kind = Type::new(TITLE_SIZE, style::INK).bold();
        let left = bounds.left;
        for (number, line) in self.title.iter().enumerate() {
            let baseline = bounds.top - above + (number as f64 + 1.0) * (TITLE_SIZE + 4.0) - 4.0;
            canvas.text(line, (left, baseline), kind);
        }
        let kind = Type::new(LABEL_SIZE, style::INK);
        let label = metrics::fit(&self.panel.x.label, LABEL_SIZE, bounds.width() + 60.0);
        let middle = (bounds.left + bounds.right) / 2.0;
        canvas.text(&label, (middle, bounds.bottom + margins.bottom - 3.0), kind.at(HPos::Center, VPos::Bottom));
        let label = metrics::fit(&self.panel.y.label, LABEL_SIZE, bounds.height() + 40.0);
        let across = bounds.left - margins.left + LABEL_SIZE;
        let place = (across, (bounds.top + bounds.bottom) / 2.0);
        canvas.text(&label, place, Type { upright: true, ..kind.at(HPos::Center, VPos::Bottom) });
    }

    fn notes(&self, canvas: &Canvas, plot: &Plot) {
        let kind = Type::new(11.0, style::SOFT);
        for note in &self.panel.notes {
            let (Some(x), Some(y)) = (plot.across(note.x), plot.up(note.y)) else { continue };
            if !plot.bounds.holds((x, y)) {
                continue;
            }
            let width = metrics::width(&note.text, 11.0);
            let beside = match note.side {
                Side::Free => None,
                Side::Left => Some((x - 7.0, HPos::Right)),
                Side::Right => Some((x + 7.0, HPos::Left)),
            };
            if let Some((edge, across)) = beside {
                let color = if note.tone == Tone::Faint { style::FAINT } else { style::INK };
                canvas.text(&note.text, (edge, y), Type::new(11.0, color).at(across, VPos::Center));
                continue;
            }
            let fits = x + 6.0 + width <= plot.bounds.right + 4.0;
            let left = if fits { x + 6.0 } else { (x - 6.0 - width).max(plot.bounds.left + 2.0) };
            let y = (y - 9.0).max(plot.bounds.top + 8.0);
            canvas.rectangle((left - 2.0, y - 7.0), (left + width + 2.0, y + 6.0), style::WHITE.mix(0.7));
            canvas.text(&note.text, (left, y), kind.at(HPos::Left, VPos::Center));
        }
    }
}

/// What stands across a panel of synthetic numbers.
const WATERMARK: &str = "SYNTHETIC STAND-IN";

/// The font size at which the watermark fills a plot of a width but stays inside of it.
fn watermark_size(width: f64) -> f64 {
    (0.95 * width / (metrics::width(WATERMARK, 1.0) * metrics::BOLD)).min(40.0)
}

/// The values that the y axis must hold for a series.
fn series_edges(series: &Series) -> Vec<f64> {
    let edge = |(index, y): (usize, &f64)| match series.spread.get(index) {
        Some(high) if series.mark == Mark::Band => [*y, *high],
        Some(half) if half.is_finite() => [y - half, y + half],
        _ => [*y, *y],
    };
    series.y.iter().enumerate().flat_map(edge).collect()
}

/// Half a bar beyond the outermost ones, on a linear axis.
fn bar_rim(panel: &Panel) -> Vec<f64> {
    if panel.x.scale != Scale::Linear {
        return Vec::new();
    }
    let mut rim = Vec::new();
    for series in panel.series.iter().filter(|s| s.mark == Mark::Bars) {
        let mut x: Vec<f64> = series.x.iter().copied().filter(|x| x.is_finite()).collect();
        x.sort_by(f64::total_cmp);
        let gap = x.windows(2).map(|p| p[1] - p[0]).filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
        if let (Some(first), Some(last), true) = (x.first(), x.last(), gap.is_finite()) {
            rim.extend([first - gap / 2.0, last + gap / 2.0]);
        }
    }
    rim
}

impl Categories {
    /// Sets names level if they fit their slots, broken into lines if need be; else upright.
    fn fit(names: &[String], width: f64) -> Self {
        if names.is_empty() {
            return Self::None;
        }
        let slot = width / names.len() as f64 - 8.0;
        let broken: Vec<Vec<String>> =
            names.iter().map(|name| metrics::wrap(&name.replace('_', " "), TICK_SIZE, slot)).collect();
        let fits =
            broken.iter().all(|lines| lines.len() <= 3 && lines.iter().all(|l| metrics::width(l, TICK_SIZE) <= slot));
        if fits && names.iter().zip(&broken).all(|(name, lines)| lines.len() > 1 || !name.contains('_')) {
            return Self::Level(broken);
        }
        let whole: Vec<Vec<String>> = names.iter().map(|name| vec![name.clone()]).collect();
        if whole.iter().all(|lines| metrics::width(&lines[0], TICK_SIZE) <= slot) {
            return Self::Level(whole);
        }
        Self::Upright(names.iter().map(|name| metrics::fit(name, TICK_SIZE, 150.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watermark_stays_inside_its_plot() {
        for width in [222.0, 292.0, 370.0, 520.0, 2000.0] {
            let size = watermark_size(width);
            assert!(metrics::width(WATERMARK, size) * metrics::BOLD <= width, "{width}");
            assert!(size > 12.0 && size <= 40.0, "{width}: {size}");
        }
    }
}
