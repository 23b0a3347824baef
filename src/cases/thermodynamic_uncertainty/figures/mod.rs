//! The twelve figures of the case.

mod deterministic;
mod models;
mod stochastic;

use super::params::Params;
use crate::repro::{CaseError, Figure, Series, Workbench};

/// Names and titles, in order.
pub const FIGURES: &[(&str, &str)] = &[
    ("01_bound", "No state beats the bound"),
    ("02_sharpness", "One reaction: how sharp the bound is"),
    ("03_brusselator", "Around the Brusselator's cycle"),
    ("04_closed", "Closed networks: the fall of G pays for every motion"),
    ("05_speed_limits", "How close a relaxation comes to its speed limit"),
    ("06_diffusion", "D is the diffusion of the noisy network"),
    ("07_schlogl", "Schlögl's stationary law across system sizes"),
    ("08_near_equilibrium", "Near equilibrium only the right observable is sharp"),
    ("09_cost_precision", "Cost and precision of a switch and of proofreading"),
    ("10_dsmts", "Stochastic test suite: every mean and deviation"),
    ("11_receptor", "Cycles that published constants don't close"),
    ("12_work", "Work per event as networks grow"),
];

/// Draws one figure of [`FIGURES`]; `None` for a name that isn't there.
pub fn figure(name: &str, params: &Params, bench: &Workbench) -> Option<Result<Figure, CaseError>> {
    let draw = match name {
        "01_bound" => deterministic::bound,
        "02_sharpness" => deterministic::sharpness,
        "03_brusselator" => deterministic::brusselator,
        "04_closed" => deterministic::closed,
        "05_speed_limits" => deterministic::speed_limits,
        "06_diffusion" => stochastic::diffusion,
        "07_schlogl" => stochastic::schlogl,
        "08_near_equilibrium" => deterministic::near_equilibrium,
        "09_cost_precision" => deterministic::cost_precision,
        "10_dsmts" => models::dsmts,
        "11_receptor" => models::receptor,
        "12_work" => stochastic::work,
        _ => return None,
    };
    Some(draw(params, bench))
}

/// An empty figure with its caption; the case fills in name and title.
fn captioned(caption: impl Into<String>) -> Figure {
    Figure::new("", "", caption)
}

/// The part of a series that a logarithmic axis can show.
fn positive(mut series: Series) -> Series {
    let keep: Vec<bool> = series.x.iter().zip(&series.y).map(|(x, y)| *x > 0.0 && *y > 0.0).collect();
    let filter = |values: &mut Vec<f64>| {
        let mut kept = keep.iter();
        values.retain(|_| *kept.next().unwrap_or(&false));
    };
    filter(&mut series.x);
    filter(&mut series.y);
    filter(&mut series.spread);
    series
}
