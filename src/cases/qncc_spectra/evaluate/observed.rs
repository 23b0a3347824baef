//! Claims on observed spectra other than M101's decomposition.

use crate::cases::qncc_spectra::experiments::{classes::Classes, orion::Orion, stack::Stack};
use crate::cases::qncc_spectra::params::Params;
use crate::repro::{CaseError, Finding, Workbench};

/// Judges the peaks of one band: all within `tolerance` of the range.
fn orion(
    band: &str,
    (low, high): (f64, f64),
    tolerance: f64,
    remark: &str,
    params: &Params,
    bench: &Workbench,
) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Orion>(&params.orion)?;
    let bands = found.band(band);
    let within = |at: f64| at >= low - tolerance && at <= high + tolerance;
    let holds = !bands.is_empty() && bands.iter().all(|at| within(at.peak.position));
    let list = bands.iter().map(|at| format!("{} {:.4} ± {:.4}", at.position, at.peak.position, at.peak.uncertainty));
    let measured = format!("{} µm", list.collect::<Vec<_>>().join(", "));
    let centroids: Vec<String> = bands.iter().map(|at| format!("{:.3}", at.peak.centroid)).collect();
    let reason = format!("{remark}; centroids above half height {} µm", centroids.join(", "));
    Ok(Finding::judge(holds, measured, reason))
}

pub fn orion_6_2(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let remark = "class A has 6.22 µm (P); each sub-band by itself";
    orion("6.2", (6.215, 6.219), 0.01, remark, params, bench)
}

pub fn orion_11_2(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let remark = "the band rises steeply and has a red tail";
    orion("11.2", (11.222, 11.232), 0.02, remark, params, bench)
}

/// Expected centres in µm and χ².
const STACK: (f64, f64, f64) = (3.288, 3.437, 1.310);

pub fn stack(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Stack>(&params.stack)?;
    let centres: Vec<f64> = found.fit.bands.iter().map(|band| band.centre).collect();
    let chi2 = found.fit.fit.chi2;
    let close = |index: usize, expected: f64| centres.get(index).is_some_and(|found| (found - expected).abs() <= 1e-3);
    let holds = close(0, STACK.0) && close(1, STACK.1) && (chi2 - STACK.2).abs() <= 1e-3;
    let shown: Vec<String> = centres.iter().map(|centre| format!("{centre:.4}")).collect();
    let measured = format!("{} µm; χ² {chi2:.4} of {} points", shown.join(" and "), found.wavelength.len());
    let widths: Vec<String> = found.fit.bands.iter().map(|band| format!("{:.4}", band.fwhm)).collect();
    let bounds = if found.fit.fit.at_bound.iter().any(|bound| *bound) { "one at a bound" } else { "none at a bound" };
    Ok(Finding::judge(holds, measured, format!("widths {} µm, {bounds}", widths.join(" and "))))
}

pub fn classes(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Classes>(&params.classes)?;
    let holds = found.spectra.iter().all(|spectrum| spectrum.found.class == Some(spectrum.expected));
    let word = |class: Option<_>| class.map_or("undecided".to_owned(), |class| format!("{class:?}"));
    let list = found.spectra.iter().map(|spectrum| {
        let tag = if spectrum.synthetic { " (synthetic)" } else { "" };
        format!("{}{tag} {}", spectrum.name, word(spectrum.found.class))
    });
    let measured = list.collect::<Vec<_>>().join(", ");
    let nucleus = found.spectra.iter().find(|spectrum| spectrum.name.starts_with("M101"));
    let left_out = if found.uncorrected.is_empty() {
        String::new()
    } else {
        format!("; no shift for {}", found.uncorrected.join(", "))
    };
    let reason = format!(
        "M101 is seen at a resolving power of {:.0}, which moves asymmetric bands to the red: the 6.2 µm position can't tell A \
         from B. M101: {}. Less the shift of a class A template (the Orion Bar), half of it counted as error, which presupposes \
         the answer: {} ({}){left_out}",
        params.classes.resolving_power,
        nucleus.map_or("not measured", |spectrum| spectrum.found.reason.as_str()),
        word(found.nucleus_corrected.class),
        found.nucleus_corrected.reason,
    );
    Ok(Finding::judge(holds, measured, reason))
}
