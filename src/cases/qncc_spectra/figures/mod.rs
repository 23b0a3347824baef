//! The nine figures of the case.

mod edges;
pub mod laboratory;
mod m101;
mod stand_ins;

use super::params::Params;
use crate::repro::{CaseError, Figure, Mark, Origin, Series, Workbench};

/// Names and titles, in order.
pub const FIGURES: &[(&str, &str)] = &[
    ("01_stand_ins", "Synthetic stand-ins: QNCC absorbance over the bands of a nova"),
    ("02_m101", "M101 decomposed to the proven optimum"),
    ("03_strengths", "Band strengths of M101 by three codes"),
    ("04_orion", "Bands of the Orion Bar against the classes"),
    ("05_peak_shift", "Where an 8 µm absorbance band appears: temperature, unit, baseline"),
    ("06_similarity", "Similarity to a synthetic nova beside null models"),
    ("07_atr", "ATR moves the bands of polystyrene"),
    ("08_edges", "Carbon K-edges, and a nitrogen K-edge model"),
    ("09_nitrogen", "Nitrogen in QNCC and in meteoritic organic matter"),
];

/// Draws a figure; `None` for a name that the case doesn't have.
pub fn figure(name: &str, params: &Params, bench: &Workbench) -> Option<Result<Figure, CaseError>> {
    let draw = match name {
        "01_stand_ins" => stand_ins::stand_ins,
        "02_m101" => m101::decomposition,
        "03_strengths" => m101::strengths,
        "04_orion" => laboratory::orion,
        "05_peak_shift" => laboratory::peak_shift,
        "06_similarity" => stand_ins::similarity,
        "07_atr" => laboratory::atr,
        "08_edges" => edges::edges,
        "09_nitrogen" => edges::nitrogen,
        _ => return None,
    };
    Some(draw(params, bench))
}

/// An empty figure with its caption; the case fills in name and title.
fn captioned(caption: impl Into<String>) -> Figure {
    Figure::new("", "", caption)
}

/// A horizontal or vertical reference line between two places.
fn guide(name: &str, from: (f64, f64), to: (f64, f64)) -> Series {
    Series::new(name, Origin::Exact, Mark::Guide, vec![from.0, to.0], vec![from.1, to.1])
}

/// A stretch of the x axis, shaded over the whole height from `low` to `high`.
fn shaded(name: &str, (from, to): (f64, f64), (low, high): (f64, f64)) -> Series {
    Series::new(name, Origin::Published, Mark::Band, vec![from, to], vec![low; 2]).spread(vec![high; 2])
}
