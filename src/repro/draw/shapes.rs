//! Marks that are more than a line or a point: box plots and arrows.

use plotters::style::Color;

use super::canvas::{Canvas, Place};
use super::marks::Plot;
use super::path::dash;
use super::style::Look;
use crate::repro::figure::{Mark, Series};

/// Five numbers of a sample, and what lies beyond the whiskers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Summary {
    pub quartiles: [f64; 3],
    pub whiskers: (f64, f64),
    pub beyond: Vec<f64>,
}

impl Summary {
    /// Of the finite values; `None` if there are none. Quartiles interpolate between order statistics.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let quantile = |level: f64| {
            let place = level * last as f64;
            let index = (place.floor() as usize).min(last);
            let next = sorted[(index + 1).min(last)];
            sorted[index] + (place - index as f64) * (next - sorted[index])
        };
        let quartiles = [quantile(0.25), quantile(0.5), quantile(0.75)];
        let reach = 1.5 * (quartiles[2] - quartiles[0]);
        let inside = |value: &f64| (quartiles[0] - reach..=quartiles[2] + reach).contains(value);
        let low = sorted.iter().copied().find(|value| inside(value)).unwrap_or(quartiles[0]);
        let high = sorted.iter().rev().copied().find(|value| inside(value)).unwrap_or(quartiles[2]);
        let beyond = sorted.iter().copied().filter(|value| !inside(value)).collect();
        Some(Self { quartiles, whiskers: (low, high), beyond })
    }
}

/// Draws one box for each distinct x of a series.
pub(super) fn boxes(plot: &Plot, canvas: &Canvas, series: &Series, look: Look) {
    let mut places: Vec<f64> = series.x.iter().copied().filter(|x| x.is_finite()).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let slots = plot.panel.categories.len().max(places.len()).max(1) as f64;
    let half = (0.28 * plot.bounds.width() / slots).min(26.0);
    for x in places {
        let sample = series.x.iter().zip(&series.y).filter(|(at, _)| **at == x).map(|(_, y)| *y);
        let (Some(summary), Some(across)) = (Summary::of(sample), plot.across(x)) else { continue };
        let up = |y: f64| plot.up(y).map(|y| y.clamp(plot.bounds.top, plot.bounds.bottom));
        let [Some(lower), Some(middle), Some(upper)] = summary.quartiles.map(up) else { continue };
        let (Some(low), Some(high)) = (up(summary.whiskers.0), up(summary.whiskers.1)) else { continue };
        let color = look.paint();
        canvas.rectangle((across - half, upper), (across + half, lower), look.color.mix(0.25));
        let (left, right) = (across - half, across + half);
        canvas.line(&[(left, upper), (right, upper), (right, lower), (left, lower), (left, upper)], 1.1, color);
        canvas.line(&[(left, middle), (right, middle)], 2.4, color);
        for (from, to) in [(lower, low), (upper, high)] {
            canvas.line(&[(across, from), (across, to)], 1.1, color);
            canvas.line(&[(across - half / 2.0, to), (across + half / 2.0, to)], 1.1, color);
        }
        for place in summary.beyond.iter().filter_map(|y| Some((across, plot.up(*y)?))) {
            if plot.bounds.holds(place) {
                canvas.circle(place, 1.8, 0.9, color);
            }
        }
    }
}

/// The sample of a box plot in a legend.
pub(super) fn sample_box(canvas: &Canvas, look: Look, (x, y): Place) {
    canvas.rectangle((x - 6.0, y - 5.0), (x + 6.0, y + 5.0), look.color.mix(0.25));
    canvas.line(&[(x - 6.0, y), (x + 6.0, y)], 2.4, look.paint());
}

/// Widths of arrows, in pixels.
const THINNEST: f64 = 0.6;
const WIDEST: f64 = 4.5;
/// Free room at either end of an arrow, for the node.
const NODE: f64 = 5.0;

/// Free room between two arrows that run both ways, on either side of the line between their nodes.
const APART: f64 = 1.6;

/// Draws the arrows of a series.
pub(super) fn arrows(plot: &Plot, canvas: &Canvas, series: &Series, places: &[Option<Place>], look: Look) {
    let all = || plot.panel.series.iter().filter(|series| series.mark == Mark::Arrows);
    let weights = all().flat_map(|series| series.spread.iter().map(|weight| weight.abs()));
    let largest = weights.filter(|weight| weight.is_finite()).fold(0.0, f64::max);
    let ends = |series: &Series, index: usize| {
        let at = |index: usize| Some((*series.x.get(index)?, *series.y.get(index)?));
        at(2 * index).zip(at(2 * index + 1))
    };
    let back = |index: usize| {
        let Some((from, to)) = ends(series, index) else { return false };
        all().any(|other| (0..other.x.len() / 2).any(|index| ends(other, index) == Some((to, from))))
    };
    for (index, pair) in places.chunks_exact(2).enumerate() {
        let (Some(from), Some(to)) = (pair[0], pair[1]) else { continue };
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        if length <= 2.0 * NODE || !plot.bounds.holds(from) || !plot.bounds.holds(to) {
            continue;
        }
        let weight = series.spread.get(2 * index).copied().unwrap_or(0.5 * largest);
        let share = if largest > 0.0 { weight.abs() / largest } else { 0.5 };
        let width = THINNEST + (WIDEST - THINNEST) * share.clamp(0.0, 1.0);
        let along = ((to.0 - from.0) / length, (to.1 - from.1) / length);
        let aside = if back(index) { width / 2.0 + APART } else { 0.0 };
        let at = |place: Place, ahead: f64| {
            (place.0 + ahead * along.0 - aside * along.1, place.1 + ahead * along.1 + aside * along.0)
        };
        arrow(canvas, (at(from, NODE), at(to, -NODE)), width, look, weight);
    }
}

/// One arrow; its head grows with its width, and is a bar where the weight is negative.
pub(super) fn arrow(canvas: &Canvas, (from, to): (Place, Place), width: f64, look: Look, weight: f64) {
    let color = look.color.mix(0.9);
    let length = (to.0 - from.0).hypot(to.1 - from.1).max(f64::MIN_POSITIVE);
    let along = ((to.0 - from.0) / length, (to.1 - from.1) / length);
    let head = if weight < 0.0 { 0.0 } else { (4.0 + 1.4 * width).min(length) };
    let half = 2.0 + 0.8 * width;
    let neck = (to.0 - head * along.0, to.1 - head * along.1);
    let corner = |sign: f64| (neck.0 - sign * half * along.1, neck.1 + sign * half * along.0);
    for piece in dash(&[from, neck], look.dashes) {
        canvas.line(&piece, width, color);
    }
    if weight < 0.0 {
        canvas.line(&[corner(1.0), corner(-1.0)], 2.0, color);
    } else {
        canvas.polygon(&[to, corner(1.0), corner(-1.0)], color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_that_of_the_textbook() {
        // R: quantile(c(1:9, 30)) = 1, 3.25, 5.5, 7.75, 30; boxplot.stats()$out = 30
        let summary = Summary::of((1..=9).map(f64::from).chain([30.0, f64::NAN])).unwrap();
        assert_eq!(summary.quartiles, [3.25, 5.5, 7.75]);
        assert_eq!((summary.whiskers, summary.beyond), ((1.0, 9.0), vec![30.0]));
        assert_eq!(Summary::of(std::iter::empty()), None);
        assert_eq!(Summary::of([2.0].into_iter()).unwrap().whiskers, (2.0, 2.0));
    }
}
