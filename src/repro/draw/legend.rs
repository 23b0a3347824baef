//! Legends: outside the plots, so that they never cover data.

use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Canvas, Place, Type};
use super::marks::sample;
use super::metrics;
use super::style::{self, Look};
use crate::repro::figure::{Mark, Series};

pub(super) const SIZE: f64 = 12.0;
const ROW: f64 = 19.0;
const SAMPLE: f64 = 24.0;
const GAP: f64 = 7.0;
const APART: f64 = 20.0;

/// One line of a legend.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub mark: Mark,
    pub look: Look,
}

impl Entry {
    /// The entry of a series; `with_origin` says where its numbers come from.
    pub(super) fn new(series: &Series, look: Look, with_origin: bool) -> Self {
        let guide = series.mark == Mark::Guide;
        let name = match (with_origin && !guide, series.name.as_str()) {
            (true, name) => format!("{name} ({})", series.origin.label()),
            (false, name) => name.to_string(),
        };
        Self { name, mark: series.mark, look }
    }

    fn width(&self) -> f64 {
        SAMPLE + GAP + metrics::width(&self.name, SIZE)
    }

    fn draw(&self, canvas: &Canvas, (left, middle): Place, room: f64) {
        sample(canvas, self.mark, self.look, (left + SAMPLE / 2.0, middle));
        let kind = Type::new(SIZE, style::INK).at(HPos::Left, VPos::Center);
        canvas.text(&metrics::fit(&self.name, SIZE, room - SAMPLE - GAP), (left + SAMPLE + GAP, middle), kind);
    }
}

/// The width of a legend that stands in a column.
pub(super) fn column_width(entries: &[Entry]) -> f64 {
    entries.iter().map(Entry::width).fold(0.0, f64::max)
}

/// Draws entries below each other.
pub(super) fn column(canvas: &Canvas, entries: &[Entry], (left, top): Place, room: f64) {
    for (index, entry) in entries.iter().enumerate() {
        entry.draw(canvas, (left, top + ROW * (index as f64 + 0.5)), room);
    }
}

/// Arranges entries in rows no wider than `room`: the rows, as ranges of entries.
fn rows(entries: &[Entry], room: f64) -> Vec<std::ops::Range<usize>> {
    let mut rows: Vec<std::ops::Range<usize>> = Vec::new();
    let mut used = f64::INFINITY;
    for (index, entry) in entries.iter().enumerate() {
        if used + APART + entry.width() > room {
            rows.push(index..index);
            used = -APART;
        }
        used += APART + entry.width();
        if let Some(row) = rows.last_mut() {
            row.end = index + 1;
        }
    }
    rows
}

/// The height of a legend that stands in rows.
pub(super) fn rows_height(entries: &[Entry], room: f64) -> f64 {
    ROW * rows(entries, room).len() as f64
}

/// Draws entries side by side, in as many rows as they need.
pub(super) fn in_rows(canvas: &Canvas, entries: &[Entry], (left, top): Place, room: f64) {
    for (number, row) in rows(entries, room).into_iter().enumerate() {
        let mut x = left;
        for entry in &entries[row] {
            entry.draw(canvas, (x, top + ROW * (number as f64 + 0.5)), room);
            x += entry.width() + APART;
        }
    }
}
