//! Figures of the decomposition of M101.

use super::super::experiments::m101::{M101, Power};
use super::super::params::Params;
use super::{captioned, guide};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

pub fn decomposition(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let wavelength = || Axis::log("wavelength  (µm)").limits(5.0, 40.0);
    let line =
        |name: &str, y: &[f64]| Series::new(name, Origin::Real, Mark::Line, found.wavelength.clone(), y.to_vec());
    let mut spectrum = Panel::new("Spectrum and model", wavelength(), Axis::log("F_ν  (as filed)").limits(1.0, 700.0))
        .series(
            Series::new("M101 nucleus", Origin::Real, Mark::Points, found.wavelength.clone(), found.flux.clone())
                .spread(found.sigma.clone()),
        )
        .series(line("model", &found.model));
    for part in &found.parts {
        // Between lines there is nothing: far below the frame, for the logarithmic axis.
        let flux: Vec<f64> = part.flux.iter().map(|flux| flux.max(1e-3)).collect();
        spectrum = spectrum.series(line(&part.name, &flux));
    }
    let residuals: Vec<f64> = found
        .flux
        .iter()
        .zip(&found.model)
        .zip(&found.sigma)
        .map(|((flux, model), sigma)| (flux - model) / sigma)
        .collect();
    let residuals = Panel::new("Residuals", wavelength(), Axis::linear("(F − model) / σ"))
        .series(Series::new("residuals", Origin::Real, Mark::Points, found.wavelength.clone(), residuals))
        .series(guide("", (5.0, 0.0), (40.0, 0.0)));
    let (depths, chi2): (Vec<f64>, Vec<f64>) = found.profile.iter().copied().unzip();
    let low = found.dimmed.chi2;
    let top = low + 14.0;
    let ends = (0.0, depths.last().copied().unwrap_or(1.0));
    let chi2 = Panel::new(
        "χ² against optical depth",
        Axis::linear("τ at 9.7 µm").limits(ends.0, ends.1),
        Axis::linear("χ²").limits(low - 1.0, top),
    )
    .series(Series::new("χ²(τ), all else fitted", Origin::Real, Mark::Line, depths, chi2))
    .series(guide("minimum + 1", (ends.0, low + 1.0), (ends.1, low + 1.0)))
    .series(Series::new("best", Origin::Real, Mark::Points, vec![found.dimmed.depth], vec![low]));
    let edge = |end: Option<f64>| end.map_or("open".to_owned(), |end| format!("{end:.3}"));
    Ok(captioned(format!(
        "Non-negative least squares with attenuation by variable projection: χ² {:.4} at τ = {:.4}, KKT residual {:.0e}. Δχ² = 1 from {} to \
         {}, but χ²/dof is {:.2}: with honest errors τ = 0 is not excluded.",
        low,
        found.dimmed.depth,
        found.dimmed.kkt,
        edge(found.interval.0),
        edge(found.interval.1),
        found.dimmed.inflation.powi(2)
    ))
    .panel(spectrum)
    .panel(residuals)
    .panel(chi2))
}

pub fn strengths(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<M101>(&params.m101)?;
    let names: Vec<String> = found.powers.iter().map(|power| power.name.clone()).collect();
    let places = |shift: f64| -> Vec<f64> { (0..names.len()).map(|k| k as f64 + shift).collect() };
    let list = |value: &dyn Fn(&Power) -> f64| -> Vec<f64> { found.powers.iter().map(value).collect() };
    let pahfit = format!("PAHFIT {}, no errors", found.pahfit_own.version);
    let idl = |power: &Power| power.idl.unwrap_or((f64::NAN, f64::NAN));
    let series = |name: &str, origin, shift: f64, y: Vec<f64>, spread: Vec<f64>| {
        Series::new(name, origin, Mark::Points, places(shift), y).spread(spread).tolerance(1e-4, 0.0)
    };
    let absolute = Panel::new("Power", Axis::linear("band  (µm)"), Axis::log("power  (10⁻¹³ W m⁻², file read as Jy)"))
        .categories(names.clone())
        .series(series("saigen, bootstrap error", Origin::Real, -0.1, list(&|p| p.value), list(&|p| p.bootstrap)))
        .series(series("IDL PAHFIT", Origin::Published, 0.1, list(&|p| idl(p).0), list(&|p| idl(p).1)))
        .series(series(&pahfit, Origin::Published, 0.3, list(&|p| p.pahfit.unwrap_or(f64::NAN)), Vec::new()));
    let relative =
        Panel::new("Relative to saigen", Axis::linear("band  (µm)"), Axis::linear("power / power").limits(0.75, 1.25))
            .categories(names.clone())
            .series(guide("", (-0.5, 1.0), (names.len() as f64 - 0.5, 1.0)))
            .series(series(
                "saigen, formal error",
                Origin::Real,
                -0.3,
                vec![1.0; names.len()],
                list(&|p| p.formal / p.value),
            ))
            .series(series(
                "saigen, bootstrap error",
                Origin::Real,
                -0.1,
                vec![1.0; names.len()],
                list(&|p| p.bootstrap / p.value),
            ))
            .series(series(
                "IDL PAHFIT",
                Origin::Published,
                0.15,
                list(&|p| idl(p).0 / p.value),
                list(&|p| idl(p).1 / p.value),
            ))
            .series(series(
                &pahfit,
                Origin::Published,
                0.35,
                list(&|p| p.pahfit.map_or(f64::NAN, |power| power / p.value)),
                Vec::new(),
            ));
    Ok(captioned(format!(
        "Band complexes of M101. Bootstrap errors are widened by √(χ²/dof) and refit the attenuation. The IDL fit has τ = {:.3}, \
         PAHFIT {} (package index; own line widths, one band more; powers of one recorded run of {} calls) {:.3}, where χ² here prefers {:.3}.",
        found.idl_depth.0,
        found.pahfit_own.version,
        found.pahfit_own.calls,
        found.pahfit_own.tau,
        found.dimmed.depth
    ))
    .panel(absolute)
    .panel(relative))
}
