//! Marks that are more than a line or a point: box plots and arrows.

use plotters::style::{Color, RGBAColor};

use super::canvas::{Canvas, Place};
use super::marks::Plot;
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

/// Draws the arrows of a series.
pub(super) fn arrows(plot: &Plot, canvas: &Canvas, series: &Series, places: &[Option<Place>], look: Look) {
    let all = plot.panel.series.iter().filter(|series| series.mark == Mark::Arrows);
    let largest = all.flat_map(|series| series.spread.iter().copied()).filter(|w| w.is_finite()).fold(0.0, f64::max);
    for (index, pair) in places.chunks_exact(2).enumerate() {
        let (Some(from), Some(to)) = (pair[0], pair[1]) else { continue };
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        if length <= 2.0 * NODE || !plot.bounds.holds(from) || !plot.bounds.holds(to) {
            continue;
        }
        let share = series.spread.get(2 * index).filter(|_| largest > 0.0).map_or(0.5, |weight| weight / largest);
        let width = THINNEST + (WIDEST - THINNEST) * share.clamp(0.0, 1.0);
        let along = ((to.0 - from.0) / length, (to.1 - from.1) / length);
        let start = (from.0 + NODE * along.0, from.1 + NODE * along.1);
        let end = (to.0 - NODE * along.0, to.1 - NODE * along.1);
        arrow(canvas, start, end, width, look.color.mix(0.85));
    }
}

/// One arrow; its head grows with its width.
pub(super) fn arrow(canvas: &Canvas, from: Place, to: Place, width: f64, color: RGBAColor) {
    let length = (to.0 - from.0).hypot(to.1 - from.1).max(f64::MIN_POSITIVE);
    let along = ((to.0 - from.0) / length, (to.1 - from.1) / length);
    let head = (4.0 + 1.4 * width).min(length);
    let half = 2.0 + 0.8 * width;
    let neck = (to.0 - head * along.0, to.1 - head * along.1);
    let corner = |sign: f64| (neck.0 - sign * half * along.1, neck.1 + sign * half * along.0);
    canvas.line(&[from, neck], width, color);
    canvas.polygon(&[to, corner(1.0), corner(-1.0)], color);
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
