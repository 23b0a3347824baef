//! Draws a [`Figure`] as SVG: the same bytes for the same figure, on any machine, without a font at hand.
//!
//! The layout, top down: title, origin of the numbers, panels (one row up to three, else a grid), a shared legend if the
//! panels show the same series, and a foot line that names the figure. Shapes go through plotters to a backend of ours
//! ([`backend`]); widths of text are estimated ([`metrics`]). The file holds no `id`, so that pages may inline many.

mod backend;
mod canvas;
mod legend;
mod marks;
mod metrics;
mod panel;
mod path;
mod scale;
mod shapes;
mod style;

use plotters::style::text_anchor::{HPos, VPos};

use super::figure::{Figure, Mark, Panel, Series, Tone};
use super::{Origin, Record};
use crate::display::{Representation, Show, drawing, escape};
use canvas::{Canvas, Type};
use legend::Entry;
use panel::{Laid, Margins};
use path::Bounds;
use style::Look;

const MARGIN: f64 = 20.0;
const TITLE: f64 = 16.0;
const SMALL: f64 = 11.0;
/// Between panels.
const GUTTER: f64 = 30.0;
/// A legend wider than this goes below the plot.
const WIDEST_COLUMN: f64 = 210.0;

const FONTS: &str = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

impl Show for Figure {
    /// The drawing as SVG, without a record: what a cell shows was not made by a run. Title and caption as text.
    fn show(&self) -> Vec<Representation> {
        drawing(format!("{}. {}", self.title, self.caption), &svg(self, None))
    }
}

/// Draws a figure; with a record, the file says what made it and how to make it again.
pub fn svg(figure: &Figure, record: Option<&Record>) -> String {
    let page = Page::new(figure);
    let mut body = String::new();
    let height = page.draw(&mut body, record.map(|r| r.case.as_str()));
    let (width, height) = (page.width.round() as u32, height.ceil() as u32);
    let (units_across, units_down) = (10 * width, 10 * height);
    let label = escape(&figure.title);
    let metadata = record.map(|r| format!("<metadata>{}</metadata>\n", escape(&r.to_json()))).unwrap_or_default();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {units_across} {units_down}\" role=\"img\" aria-label=\"{label}\" \
         font-family=\"{FONTS}\" stroke-linejoin=\"round\">\n\
         <desc>{}</desc>\n{metadata}\
         <path fill=\"#ffffff\" d=\"M0 0h{units_across}v{units_down}h-{units_across}z\"/>\n{body}</svg>\n",
        escape(&figure.caption)
    )
}

/// Where everything of a figure goes.
struct Page<'a> {
    figure: &'a Figure,
    columns: usize,
    width: f64,
    plot: (f64, f64),
    laid: Vec<Laid<'a>>,
    looks: Vec<Vec<Look>>,
    legends: Legends,
}

enum Legends {
    /// One for all panels, right of the only plot.
    Right(Vec<Entry>),
    /// One for all panels, below them.
    Below(Vec<Entry>),
    /// One below each panel.
    Each(Vec<Vec<Entry>>),
}

impl<'a> Page<'a> {
    fn new(figure: &'a Figure) -> Self {
        let count = figure.panels.len();
        let suited = match count {
            0..=3 => count.max(1),
            4 => 2,
            5..=9 => 3,
            _ => 4,
        };
        let columns = figure.columns.map_or(suited, |columns| columns.clamp(1, 4));
        let plot = match (columns, count) {
            (1, _) => (520.0, 340.0),
            (2, ..=2) => (370.0, 290.0),
            (2, _) => (370.0, 230.0),
            (3, ..=3) => (292.0, 250.0),
            (3, _) => (278.0, 190.0),
            _ => (222.0, 160.0),
        };
        let (looks, legends) = legends(figure);
        let letters = 'a'..='z';
        let laid: Vec<_> = letters
            .zip(&figure.panels)
            .map(|(letter, panel)| {
                let lead = if count > 1 { format!("{letter}\u{2002}") } else { String::new() };
                Laid::new(panel, format!("{lead}{}", panel.title).trim_end(), plot.0, plot.1)
            })
            .collect();
        let left = laid.iter().map(|l| l.margins().left).fold(0.0, f64::max);
        let right = match &legends {
            Legends::Right(entries) => 18.0 + legend::column_width(entries),
            _ => 0.0,
        };
        let across = columns as f64;
        let width = 2.0 * MARGIN + across * (left + plot.0) + (across - 1.0) * GUTTER + right + 8.0;
        Self { figure, columns, width: width.round(), plot, laid, looks, legends }
    }

    /// Draws everything into `out` and returns the height of the page.
    fn draw(&self, out: &mut String, case: Option<&str>) -> f64 {
        let canvas = Canvas::new(out, (self.width, 10_000.0));
        let room = self.width - 2.0 * MARGIN;
        let mut y = MARGIN - 4.0;
        for line in metrics::wrap(&self.figure.title, TITLE, room / metrics::BOLD) {
            y += TITLE + 5.0;
            canvas.text(&line, (MARGIN, y - 3.0), Type::new(TITLE, style::INK).bold());
        }
        y += SMALL + 6.0;
        canvas.text(&self.tag(), (MARGIN, y - 2.0), Type::new(SMALL, style::SOFT));
        y += 10.0;

        let mut hidden = 0;
        let left = self.laid.iter().map(|l| l.margins().left).fold(0.0, f64::max);
        for (number, row) in self.laid.chunks(self.columns).enumerate() {
            let margins = row.iter().map(Laid::margins).fold(Margins::default(), |a, b| Margins {
                left,
                top: f64::max(a.top, b.top),
                bottom: f64::max(a.bottom, b.bottom),
            });
            let top = y + margins.top;
            for (column, laid) in row.iter().enumerate() {
                let x = MARGIN + column as f64 * (left + self.plot.0 + GUTTER) + left;
                let bounds = Bounds { left: x, top, right: x + self.plot.0, bottom: top + self.plot.1 };
                let index = number * self.columns + column;
                let watermark = self.figure.stand_in || laid.panel.stand_in;
                hidden += laid.draw(&canvas, bounds, margins.top, &self.looks[index], watermark);
                if let Legends::Each(entries) = &self.legends {
                    let place = (bounds.left, bounds.bottom + margins.bottom + 6.0);
                    legend::in_rows(&canvas, &entries[index], place, self.plot.0);
                }
                if let Legends::Right(entries) = &self.legends {
                    legend::column(&canvas, entries, (bounds.right + 18.0, bounds.top), WIDEST_COLUMN + 30.0);
                }
            }
            y = top + self.plot.1 + margins.bottom;
            if let Legends::Each(entries) = &self.legends {
                let row = entries.iter().skip(number * self.columns).take(self.columns);
                y += 6.0 + row.map(|e| legend::rows_height(e, self.plot.0)).fold(0.0, f64::max);
            }
            y += 14.0;
        }
        if let Legends::Below(entries) = &self.legends {
            legend::in_rows(&canvas, entries, (MARGIN + left, y - 4.0), room - left);
            y += legend::rows_height(entries, room - left) + 2.0;
        }
        y += SMALL + 4.0;
        let mut foot = case.map_or(self.figure.name.clone(), |case| format!("{case}/{}", self.figure.name));
        if hidden > 0 {
            let plural = if hidden == 1 { "point" } else { "points" };
            foot.push_str(&format!("  ·  {hidden} {plural} not shown (not finite, or not positive on a log axis)"));
        }
        let kind = Type::new(10.0, style::SOFT).at(HPos::Right, VPos::Bottom);
        canvas.text(&foot, (self.width - MARGIN, y), kind);
        canvas.finish();
        y + 12.0
    }

    /// Says where the numbers come from.
    fn tag(&self) -> String {
        let explained = |origin: &Origin| match origin {
            Origin::Exact => "exact (closed form or given)",
            Origin::Synthetic => "synthetic (seeded generator)",
            Origin::Published => "published (printed in a paper)",
            Origin::Digitised => "digitised (read off a picture)",
            Origin::Real => "real (measured data or published models)",
        };
        let origins: Vec<_> = self.figure.origins().iter().map(explained).collect();
        let stand_in = if self.figure.stand_in {
            "  ·  stands in for real data that is not there".to_owned()
        } else if self.figure.panels.iter().any(|panel| panel.stand_in) {
            let letters = ('a'..='z').zip(&self.figure.panels).filter(|(_, panel)| panel.stand_in);
            let letters: Vec<String> = letters.map(|(letter, _)| letter.to_string()).collect();
            let verb = if letters.len() == 1 { "stands" } else { "stand" };
            format!("  ·  {} {verb} in for real data that is not there", letters.join(", "))
        } else {
            String::new()
        };
        format!("Origin: {}{stand_in}", if origins.is_empty() { "none".into() } else { origins.join(", ") })
    }
}

/// Chooses looks and legends.
///
/// If panels share a series name and all names fit one palette, a name has the same look everywhere, and one legend
/// serves all panels when one of them shows every series. Otherwise each panel has its own palette and legend.
fn legends(figure: &Figure) -> (Vec<Vec<Look>>, Legends) {
    let mut names: Vec<(&str, Mark)> = Vec::new();
    let mut repeated = figure.panels.len() == 1;
    for panel in &figure.panels {
        let earlier = names.len();
        for series in panel.series.iter().filter(|s| coloured(s)) {
            match names.iter().position(|(name, _)| *name == series.name) {
                Some(known) => repeated |= known < earlier,
                None => names.push((&series.name, series.mark)),
            }
        }
    }
    let shared = repeated && names.len() <= 8;
    let looks: Vec<Vec<Look>> =
        figure.panels.iter().map(|panel| panel_looks(panel, shared.then_some(&names))).collect();

    let mixed = figure.origins().len() > 1;
    let entries: Vec<Vec<Entry>> = figure
        .panels
        .iter()
        .zip(&looks)
        .map(|(panel, looks)| {
            let named = panel.series.iter().zip(looks).filter(|(series, _)| !series.name.is_empty());
            named.map(|(series, look)| Entry::new(series, *look, mixed)).fold(Vec::new(), push_new)
        })
        .collect();
    let all = entries.iter().flatten().cloned().fold(Vec::new(), push_new);
    let legends = if figure.panels.len() == 1 && legend::column_width(&all) <= WIDEST_COLUMN {
        Legends::Right(all)
    } else if shared && figure.panels.len() > 1 && entries.iter().any(|panel| panel.len() == all.len()) {
        Legends::Below(all)
    } else {
        Legends::Each(entries)
    };
    (looks, legends)
}

/// The looks of a panel's series: by the place of their names in `names`, or by their own order.
fn panel_looks(panel: &Panel, names: Option<&Vec<(&str, Mark)>>) -> Vec<Look> {
    let mut own: Vec<(&str, Mark)> = Vec::new();
    for series in panel.series.iter().filter(|s| coloured(s)) {
        if !own.iter().any(|(name, _)| *name == series.name) {
            own.push((&series.name, series.mark));
        }
    }
    let names = names.unwrap_or(&own);
    let look = |series: &Series| {
        if series.tone == Tone::Faint {
            return Look::faint();
        }
        let position = names.iter().position(|(name, _)| *name == series.name).unwrap_or(0);
        let lines = names[..position].iter().filter(|(_, mark)| matches!(mark, Mark::Line | Mark::Arrows));
        Look { open: series.tone == Tone::Open, ..Look::of(position, lines.count()) }
    };
    panel.series.iter().map(look).collect()
}

/// Whether a series takes a colour of the palette.
fn coloured(series: &Series) -> bool {
    !matches!(series.mark, Mark::Guide | Mark::Ticks) && series.tone != Tone::Faint
}

/// Adds an entry unless one with that name and mark is there.
fn push_new(mut entries: Vec<Entry>, entry: Entry) -> Vec<Entry> {
    if !entries.iter().any(|known| known.name == entry.name && known.mark == entry.mark) {
        entries.push(entry);
    }
    entries
}

#[cfg(test)]
mod tests;
