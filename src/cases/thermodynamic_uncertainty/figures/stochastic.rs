//! Figures of the stochastic side.

use super::super::experiments::{
    stochastic_diffusion::ShortTimeDiffusion, stochastic_stationary::SchloglStationary, stochastic_work::WorkPerEvent,
};
use super::super::params::Params;
use super::captioned;
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

pub fn diffusion(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<ShortTimeDiffusion>(&params.diffusion)?;
    let mut figure = captioned(format!(
        "Variance of a change over Δt, scaled, for {} runs at each volume (error bars: one standard error), against the \
         linear-noise equation. At short times it is the diffusion coefficient of the bound, at every volume.",
        params.diffusion.runs
    ));
    for curves in &found.curves {
        let heading = match curves.network.as_str() {
            "iso" => format!("A ⇌ B, species {}", curves.species),
            _ => format!("Brusselator, species {}", curves.species),
        };
        let times = || curves.increments.clone();
        let mut panel = Panel::new(heading, Axis::log("Δt"), Axis::linear("V · Var(Δx) / (2 Δt)")).series(Series::new(
            "linear noise",
            Origin::Exact,
            Mark::Line,
            times(),
            curves.expected.clone(),
        ));
        for (volume, measured) in curves.volumes.iter().zip(&curves.measured) {
            let spread = measured.iter().map(|m| m * curves.relative_error).collect();
            let series =
                Series::new(format!("V = {volume}"), Origin::Synthetic, Mark::Points, times(), measured.clone());
            panel = panel.series(series.spread(spread));
        }
        let ends = vec![curves.increments[0], curves.increments[curves.increments.len() - 1]];
        figure =
            figure.panel(panel.series(Series::new("D", Origin::Exact, Mark::Guide, ends, vec![curves.diffusion; 2])));
    }
    Ok(figure)
}

pub fn schlogl(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<SchloglStationary>(&params.stationary)?;
    let axes = |heading: &str| {
        Panel::new(
            heading,
            Axis::linear("concentration n/V").limits(0.0, 6.0),
            Axis::log("probability density V p(n)").limits(1e-6, 30.0),
        )
    };
    let density = |probability: &[f64], volume: f64| -> (Vec<f64>, Vec<f64>) {
        let points = probability.iter().enumerate().map(|(n, p)| (n as f64 / volume, p * volume));
        points.filter(|(x, y)| *x <= 6.0 && *y > 1e-8).unzip()
    };
    let mut exact = axes("Exact law");
    for law in &found.laws {
        let (x, y) = density(&law.probability, law.volume);
        exact = exact.series(Series::new(format!("V = {}", law.volume), Origin::Exact, Mark::Line, x, y));
    }
    let mut sampled = axes("Simulation against the law");
    for histogram in &found.histograms {
        let (x, y) = density(&histogram.share, histogram.volume);
        let name = format!("V = {}, simulated", histogram.volume);
        sampled = sampled.series(Series::new(name, Origin::Synthetic, Mark::Points, x, y));
        if let Some(law) = found.laws.iter().find(|law| law.volume == histogram.volume) {
            let (x, y) = density(&law.probability, law.volume);
            sampled = sampled.series(Series::new(format!("V = {}, law", law.volume), Origin::Exact, Mark::Line, x, y));
        }
    }
    Ok(captioned(
        "Schlögl's model is bistable; with growing volume its stationary law concentrates on the lower branch, which a run \
         that starts at the upper root doesn't see for a long time.",
    )
    .panel(exact)
    .panel(sampled))
}

pub fn work(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<WorkPerEvent>(&params.work)?;
    let mut panel = Panel::new("", Axis::log("reaction channels"), Axis::log("entries visited per event"));
    for engine in &found.engines {
        let channels = engine.channels.iter().map(|c| *c as f64).collect();
        panel = panel.series(Series::new(
            &engine.engine,
            Origin::Synthetic,
            Mark::LinePoints,
            channels,
            engine.visits.clone(),
        ));
    }
    Ok(captioned(
        "Counted work instead of time, so that the figure is the same everywhere: entries of sums or of the queue that an \
         event visits, on rings of growing size. `cargo bench --bench ssa` prints events per second on your machine.",
    )
    .panel(panel))
}
