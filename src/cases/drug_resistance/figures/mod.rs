//! The eleven figures of the case.

mod differences;
mod layout;
mod method;
mod names;
mod networks;
mod scaling;
mod simulation;
mod subnetworks;
mod tables;
mod within;

use super::params::Params;
use crate::repro::{CaseError, Figure, Mark, Origin, Series, Workbench};

/// Names and titles, in order.
pub const FIGURES: &[(&str, &str)] = &[
    ("01_descent", "F falls while the weights of edges are held, and may rise when they are taken anew"),
    ("02_simulation", "Simulated screens: test error of six predictors, and what an unscaled response does"),
    ("03_baseline", "Four drugs on two feature sets: ridge and tissue beside the paper's methods"),
    ("04_degree_path", "θ along the weight of the network penalty, and the degrees of the genes"),
    ("05_networks", "Networks of sensitive and resistant lines: edges whose effects differ most"),
    ("06_differences", "Regulators whose effects differ between sensitive and resistant lines"),
    ("07_hubs", "Hubs of sensitive and resistant lines by rank"),
    ("08_effects", "Regulatory effects line by line against the response, docetaxel"),
    ("09_overlap", "Genes selected for several drugs, and how many chance would give"),
    (
        "10_interactions",
        "Edges among protein interactions, beside plain correlation and references with the same degrees",
    ),
    ("11_scaling", "All nodewise networks as the number of genes grows: recorded times, and work counted by this run"),
];

/// Draws a figure; `None` for a name that the case doesn't have.
pub fn figure(name: &str, params: &Params, bench: &Workbench) -> Option<Result<Figure, CaseError>> {
    let draw = match name {
        "01_descent" => method::descent,
        "02_simulation" => simulation::simulation,
        "03_baseline" => tables::baseline,
        "04_degree_path" => method::degree_path,
        "05_networks" => subnetworks::subnetworks,
        "06_differences" => differences::differences,
        "07_hubs" => networks::hubs,
        "08_effects" => networks::effects,
        "09_overlap" => tables::overlap,
        "10_interactions" => networks::interactions,
        "11_scaling" => scaling::scaling,
        _ => return None,
    };
    Some(draw(params, bench))
}

/// An empty figure with its caption; the case fills in name and title.
fn captioned(caption: impl Into<String>) -> Figure {
    Figure::new("", "", caption)
}

/// A horizontal or vertical reference line between two places, in a figure of one origin.
fn guide(origin: Origin, name: &str, from: (f64, f64), to: (f64, f64)) -> Series {
    Series::new(name, origin, Mark::Guide, vec![from.0, to.0], vec![from.1, to.1])
}

/// 0, 1, 2, … shifted.
fn places(count: usize, shift: f64) -> Vec<f64> {
    (0..count).map(|k| k as f64 + shift).collect()
}
