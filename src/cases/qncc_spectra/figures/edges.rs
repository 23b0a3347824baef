//! Figures of X-ray edges and of nitrogen.

use super::super::experiments::carbon_edge::{CarbonEdge, Sample};
use super::super::experiments::nitrogen_edge::NitrogenEdge;
use super::super::experiments::nitrogen_ratio::NitrogenRatio;
use super::super::params::Params;
use super::super::xanes::XanesFit;
use super::{captioned, guide};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

/// Adds the model, its step on the line, and every peak on that, to a panel.
fn with_model(mut panel: Panel, fit: &XanesFit, origin: Origin) -> Panel {
    // Another libm may end the search of widths and centres a little beside.
    let line =
        |name: &str, y: Vec<f64>| Series::new(name, origin, Mark::Line, fit.energy.clone(), y).tolerance(1e-3, 1e-4);
    panel = panel.series(line("model", fit.curve.clone()));
    let base: Vec<f64> = fit.line.iter().zip(&fit.step).map(|(line, step)| line + step).collect();
    panel = panel.series(line("line and step", base));
    for peak in fit.peaks.iter().filter(|peak| peak.height.value() > 0.0) {
        panel = panel.series(line("peaks", peak.curve.clone()));
    }
    panel
}

fn carbon_panel(sample: &Sample) -> Panel {
    let (low, high) = (278.0, 305.0);
    let panel = Panel::new(
        sample.name.clone(),
        Axis::linear("photon energy  (eV)").limits(low, high),
        Axis::linear("absorption  (maximum 1)").limits(-0.02, 1.15),
    )
    .series(Series::new("data", Origin::Real, Mark::Points, sample.energy.clone(), sample.absorption.clone()));
    match sample.fits.first() {
        Some(best) => with_model(panel, best, Origin::Real),
        None => panel,
    }
}

pub fn edges(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let carbon = bench.outcome::<CarbonEdge>(&params.carbon_edge)?;
    let nitrogen = bench.outcome::<NitrogenEdge>(&params.nitrogen_edge)?;
    let mut figure = captioned(
        "a, b: real carbon K-edges (a: sample/I₀ over photodiode/I₀; both scans see the carbon of the mesh, hence the noise near 285 eV) with the \
         model that BIC prefers. c: synthetic nitrogen K-edge with planted imine, nitrile and amide; energies of the groups are untraced (S). A \
         saturated amine has no π*: a peak at 401.4 eV is never read as amine.",
    );
    for (letter, sample) in ('a'..).zip(&carbon.samples) {
        let Some(best) = sample.fits.first() else { continue };
        let peaks = best.peaks.iter().filter(|peak| peak.height.value() > 0.0 && !peak.name.contains('σ'));
        let mut centers: Vec<f64> = peaks.map(|peak| peak.center).collect();
        centers.sort_by(f64::total_cmp);
        let centers: Vec<String> = centers.iter().map(|center| format!("{center:.1}")).collect();
        figure.caption.push_str(&format!(" {letter}: peaks at {} eV.", centers.join(", ")));
        figure = figure.panel(carbon_panel(sample));
    }
    if let Some(trial) = nitrogen.trials.first() {
        let panel = Panel::new(
            "N K-edge model",
            Axis::linear("photon energy  (eV)").limits(394.0, 416.0),
            Axis::linear("absorption  (edge steps)"),
        )
        .series(Series::new("data", Origin::Synthetic, Mark::Points, trial.edge.energy.clone(), trial.edge.y.clone()))
        .stand_in();
        let mut panel = with_model(panel, trial.comparison.best(), Origin::Synthetic);
        for (group, x, y) in [("imine (S)", 394.6, 0.66), ("nitrile (S)", 399.9, 0.86), ("amide (S)", 401.6, 0.70)] {
            panel = panel.note(x, y, group);
        }
        figure = figure.panel(panel);
    }
    Ok(figure)
}

pub fn nitrogen(_params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<NitrogenRatio>(&())?;
    let names: Vec<String> = found.ratios.iter().map(|ratio| format!("{} [{}]", ratio.material, ratio.grade)).collect();
    let places: Vec<f64> = (0..names.len()).map(|k| k as f64).collect();
    let middle: Vec<f64> = found.ratios.iter().map(|ratio| 50.0 * (ratio.from + ratio.to)).collect();
    let half: Vec<f64> = found.ratios.iter().map(|ratio| 50.0 * (ratio.to - ratio.from)).collect();
    let last = names.len() as f64 - 0.5;
    let panel = Panel::new("", Axis::linear(""), Axis::linear("N/C  (atoms, %)").limits(0.0, 6.0))
        .categories(names)
        .series(Series::new("as printed, with its range", Origin::Published, Mark::Points, places, middle).spread(half))
        .series(Series { origin: Origin::Published, ..guide("CM organic matter", (-0.5, 4.0), (last, 4.0)) });
    let sources: Vec<String> =
        found.ratios.iter().map(|ratio| format!("{}: {}", ratio.material, ratio.source)).collect();
    Ok(captioned(format!(
        "Nitrogen to carbon as printed in abstracts, without errors; bars are ranges. IOM: insoluble organic matter of CM chondrites, before and \
         after heating. Equal amounts say nothing of the groups that hold the nitrogen. P: read in a public text. {}.",
        sources.join("; ")
    ))
    .panel(panel))
}
