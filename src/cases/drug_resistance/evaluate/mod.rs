//! How each claim is judged: from the outcome of its experiment to a finding.

mod markers;
mod method;
mod networks;
mod simulation;
mod tables;

use super::params::Params;
use super::readers::Drug;
use crate::repro::{CaseError, Finding, Workbench};

/// Judges one claim; `None` for an id that the case doesn't have.
pub fn evaluate(id: &str, params: &Params, bench: &Workbench) -> Option<Result<Finding, CaseError>> {
    let judge = match id {
        "drug.solver" => method::solver,
        "drug.descent" => method::descent,
        "drug.nodewise" => method::nodewise,
        "drug.penalty" => method::penalty,
        "drug.simulation" => simulation::order,
        "drug.simulation_means" => simulation::means,
        "drug.scale" => simulation::scale,
        "drug.baseline_ridge" => tables::ridge,
        "drug.baseline_tissue" => tables::tissue,
        "drug.baseline_sparse" => tables::sparse,
        "drug.baseline_network" => tables::network,
        "drug.beats_sparse" => tables::beats_sparse,
        "drug.ridge_best" => tables::ridge_best,
        "drug.published_mitomycin_c" => |p: &Params, b: &Workbench| tables::published(Drug::MitomycinC, p, b),
        "drug.published_fluorouracil" => |p: &Params, b: &Workbench| tables::published(Drug::Fluorouracil, p, b),
        "drug.published_docetaxel" => |p: &Params, b: &Workbench| tables::published(Drug::Docetaxel, p, b),
        "drug.interactions" => networks::interactions,
        "drug.markers" => markers::present,
        "drug.marker_edge" => markers::edge,
        "drug.shared_markers" => markers::shared,
        "drug.published_hubs" => markers::hubs,
        _ => return None,
    };
    Some(judge(params, bench))
}

/// Joins sentences or list items.
fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}
