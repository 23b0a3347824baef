//! Figures on published models and the stochastic test suite.

use super::super::experiments::{dsmts::Dsmts, receptor::Receptor};
use super::super::params::Params;
use super::captioned;
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

pub fn dsmts(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Dsmts>(&params.dsmts)?;
    Ok(captioned("").panel(Panel::new("", Axis::linear(""), Axis::linear(""))))
}

pub fn receptor(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Receptor>(&params.receptor)?;
    let cycles: Vec<String> = found.squares.iter().map(|s| s.reactions.join(" ")).collect();
    let places = (0..cycles.len()).map(|i| i as f64).collect();
    let percent = found.squares.iter().map(|s| 100.0 * s.affinity.abs().exp_m1()).collect();
    let panel = Panel::new(
        "",
        Axis::linear("square cycle of the published model"),
        Axis::linear("rates off detailed balance  (%)"),
    )
    .categories(cycles)
    .series(Series::new("BioModels 002", Origin::Real, Mark::Bars, places, percent));
    Ok(captioned(format!(
        "Nicotinic acetylcholine receptor (Edelstein et al. 1996): by how much the product of published rate constants \
         around each square cycle misses one. Rounded constants drive a current that no experiment saw: Σ̇ = {:.3e} R/s \
         per receptor with the ligand held at {:e} mol/l.",
        found.entropy_production, params.receptor.ligand
    ))
    .panel(panel))
}
