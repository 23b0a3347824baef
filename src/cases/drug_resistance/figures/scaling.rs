//! The figure of growing numbers of genes.

use super::super::experiments::scaling::Scaling;
use super::super::experiments::timings::timings;
use super::super::params::Params;
use super::captioned;
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

pub fn scaling(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Scaling>(&params.scaling)?;
    let genes: Vec<f64> = found.at.iter().map(|at| at.genes as f64).collect();
    let series = |name: &str, y: Vec<f64>| Series::new(name, Origin::Synthetic, Mark::LinePoints, genes.clone(), y);
    let work = Panel::new("Work a gene", Axis::log("genes"), Axis::log("per gene, mean"))
        .series(series("coefficients ≠ 0", found.at.iter().map(|at| at.coefficients).collect()).tolerance(1e-3, 0.0))
        .series(series("sweeps", found.at.iter().map(|at| at.sweeps).collect()).tolerance(0.05, 0.0));
    let mut times = Panel::new("Time", Axis::log("genes"), Axis::log("seconds for all genes").limits(0.05, 50.0));
    let mut machines: Vec<String> = Vec::new();
    for timed in timings() {
        let threads = if timed.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", timed.threads) };
        let name = format!("{}, {threads}", timed.program);
        times =
            times.series(Series::new(name, Origin::Real, Mark::LinePoints, timed.genes.clone(), timed.seconds.clone()));
        if !machines.contains(&timed.machine) {
            machines.push(timed.machine.clone());
        }
    }
    let kkt = found.at.iter().map(|at| at.kkt).fold(0.0, f64::max);
    Ok(captioned(format!(
        "All genes on all others: {} lines, {} latent factors, λ {}, l1 ratio {}. a: recorded times (data/published/drug_resistance/timings.toml; {}), \
         not measured by this run: benches/peers/drug_resistance measures them. b: counted by this run, the same on any machine; largest \
         KKT residual {kkt:.0e}. The Gram matrix takes 8p² bytes: {:.0} MB at {} genes.",
        params.scaling.lines,
        params.scaling.factors,
        params.scaling.lambda,
        params.scaling.l1_ratio,
        machines.join("; "),
        found.at.last().map_or(0.0, |at| at.gram_bytes / 1e6),
        found.at.last().map_or(0, |at| at.genes)
    ))
    .panel(times)
    .panel(work))
}
