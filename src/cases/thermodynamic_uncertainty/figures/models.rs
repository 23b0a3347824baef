//! Figures on published models and the stochastic test suite.

use super::super::experiments::{
    dsmts::{Dsmts, DsmtsCase, VariableScores},
    receptor::Receptor,
};
use super::super::params::Params;
use super::captioned;
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

pub fn dsmts(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Dsmts>(&params.dsmts)?;
    let ran: Vec<&DsmtsCase> = found.cases.iter().filter(|case| case.refused.is_none()).collect();
    let last = ran.len().saturating_sub(1) as f64;
    let strip = |heading: &str,
                 label: &str,
                 frame: (f64, f64),
                 limits: (f64, f64),
                 scores: &dyn Fn(&VariableScores) -> &[f64]| {
        let points: (Vec<f64>, Vec<f64>) = ran
            .iter()
            .enumerate()
            .flat_map(|(i, case)| case.variables.iter().flat_map(scores).map(move |score| (i as f64, *score)))
            .unzip();
        let edge = |value: f64| Series::new("", Origin::Published, Mark::Guide, vec![-0.5, last + 0.5], vec![value; 2]);
        Panel::new(heading, Axis::linear("case of the suite"), Axis::linear(label).limits(frame.0, frame.1))
            .categories(ran.iter().map(|case| case.case.clone()))
            .series(Series::new("each time and species", Origin::Real, Mark::Points, points.0, points.1))
            .series(Series { name: "the suite's limits".into(), ..edge(limits.0) })
            .series(edge(limits.1))
    };
    Ok(captioned(format!(
        "All points of the stochastic test suite, {} runs of the direct method each: distance of the mean (Z) and of the \
         squared deviation (Y) from the expected values, in standard errors. The deviations of case 00003 fail for every \
         correct simulator at late times, as the suite's authors say: its law is skewed.",
        found.runs
    ))
    .panel(strip("Means", "Z", (-4.0, 4.0), (-3.0, 3.0), &|v| &v.z))
    .panel(strip("Deviations", "Y", (-10.0, 7.0), (-5.0, 5.0), &|v| &v.y)))
}

pub fn receptor(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Receptor>(&params.receptor)?;
    let cycles: Vec<String> =
        found.squares.iter().map(|s| s.reactions.join(" ").replace("React", "").replace('-', "−")).collect();
    let places = (0..cycles.len()).map(|i| i as f64).collect();
    let percent = found.squares.iter().map(|s| 100.0 * s.affinity.abs().exp_m1()).collect();
    let panel = Panel::new(
        "",
        Axis::linear("square cycle, by the numbers of its reactions (− backwards)"),
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
