//! Claims on X-ray edges and on nitrogen.

use crate::cases::qncc_spectra::experiments::{
    carbon_edge::CarbonEdge, nitrogen_edge::NitrogenEdge, nitrogen_ratio::NitrogenRatio,
};
use crate::cases::qncc_spectra::params::Params;
use crate::cases::qncc_spectra::xanes::calibration::gap;
use crate::cases::qncc_spectra::xanes::carbon::{DOUBLE_BOND, ladder};
use crate::cases::qncc_spectra::xanes::nitrogen::Group;
use crate::cases::qncc_spectra::xanes::{NO_FIT, XanesFit, error_scale};
use crate::repro::{CaseError, Finding, Workbench};

/// Where the π* peak of C=C bonds is usually put (A), in eV, and how far off it may be.
const DOUBLE_BOND_EV: (f64, f64) = (285.2, 0.4);
/// Difference of BIC below which two models are not told apart: "strong" begins here (Kass & Raftery 1995).
const UNDECIDED: f64 = 6.0;

pub fn carbon(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<CarbonEdge>(&params.carbon_edge)?;
    let mut holds = !found.samples.is_empty();
    let (mut measured, mut remarks) = (Vec::new(), Vec::new());
    for sample in &found.samples {
        let Some(best) = sample.fits.first() else {
            holds = false;
            measured.push(format!("{}: no fit", sample.name));
            continue;
        };
        let below = best.peaks.iter().filter(|peak| peak.center < 291.0 && peak.height.value() > 0.0).count();
        let peak = best.peak(DOUBLE_BOND).filter(|peak| peak.height.value() > 0.0);
        let (center, error) = (peak.map(|peak| peak.center), peak.and_then(|peak| peak.center_sigma));
        let close = |center: f64| (center - DOUBLE_BOND_EV.0).abs() <= DOUBLE_BOND_EV.1;
        holds &= below >= 3 && peak.is_some_and(|peak| !peak.at_bound && close(peak.center));
        let bound = if peak.is_some_and(|peak| peak.at_bound) { " at a bound" } else { "" };
        measured.push(format!(
            "{}: C=C π* {} eV{bound}, {} (BIC)",
            sample.name,
            center.map_or("–".into(), |center| match error {
                Some(error) => format!("{center:.2} ± {error:.2}"),
                None => format!("{center:.2}"),
            }),
            best.model,
        ));
        let steps = sample.monochromator.map(|(mean, deviation)| {
            format!(", measured minus set photon energy {:+.1} ± {:.1} meV", 1e3 * mean, 1e3 * deviation)
        });
        let scale = error_scale(&sample.fits);
        let criterion = |fit: &XanesFit| fit.bic_with_errors_times(scale);
        let next = sample.fits.get(1).map_or(f64::INFINITY, |next| criterion(next) - criterion(best));
        let misfit = sample.fits.iter().all(|fit| fit.reduced() > NO_FIT);
        let top = ladder().last().is_some_and(|top| top.name == best.model);
        let open = match (top, next < UNDECIDED) {
            _ if misfit => ": no model fits, so the number of peaks is not decided",
            (true, true) => ", the most peaks that are offered: the number of peaks is not decided",
            (true, false) => ", the most peaks that are offered: there may be more, the number of peaks is not decided",
            (false, true) => ": the number of peaks is not decided",
            (false, false) => "",
        };
        remarks.push(format!(
            "{}: χ²/dof {:.1}, next model {next:.0} in BIC behind with errors times {scale:.1}{open}{}",
            sample.name,
            best.reduced(),
            steps.unwrap_or_default()
        ));
    }
    let reason = format!(
        "{}. Errors are estimated from the scatter of neighbours and widened by √(χ²/dof) of the best model for BIC; χ²/dof above one \
         means that Gaussians don't describe the peaks. Assignments are the usual ones (A)",
        remarks.join("; ")
    );
    Ok(Finding::judge(holds, measured.join("; "), reason))
}

pub fn nitrogen(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<NitrogenEdge>(&params.nitrogen_edge)?;
    let right = found.trials.iter().filter(|trial| trial.found()).count();
    let wrong_amine = found.trials.iter().any(|trial| {
        let amine = trial.comparison.support(Group::Amine);
        !trial.planted.contains(&Group::Amine) && amine.is_some_and(|support| support.found())
    });
    let holds = right == found.trials.len() && !wrong_amine;
    let names = |groups: &[Group]| match groups {
        [] => "none".to_owned(),
        groups => groups.iter().map(|group| group.label()).collect::<Vec<_>>().join(" + "),
    };
    let list = found.trials.iter().map(|trial| {
        let gains = trial.comparison.support.iter().map(|support| format!("{} {:+.0}", support.group, support.gain));
        format!(
            "{} → {} ({})",
            names(&trial.planted),
            trial.comparison.best().model,
            gains.collect::<Vec<_>>().join(", ")
        )
    });
    let measured =
        format!("{right} of {} planted spectra: {}", found.trials.len(), list.collect::<Vec<_>>().join("; "));
    let worst = found.trials.iter().map(|trial| trial.comparison.error_scale.powi(2)).fold(0.0, f64::max);
    let safe = found.calibration.safe(0.0).map_or("no offset tried".to_owned(), |(low, high)| {
        format!(
            "the verdicts on the first spectrum hold for errors of the photon energy from {low:+.1} to {high:+.1} eV"
        )
    });
    let reason = format!(
        "numbers are gains of BIC, in every spectrum some model fits (χ²/dof at most {worst:.2}). {safe}. An uncertainty of 0.2 eV leaves {:.2} of the {:.2} eV between the windows of imine and \
         nitrile. A saturated amine has no π*: it is fitted as broad σ* only and never without amide beside it",
        gap(Group::Imine, Group::Nitrile, 0.2),
        gap(Group::Imine, Group::Nitrile, 0.0),
    );
    Ok(Finding::judge(holds, measured, reason))
}

pub fn ratio(_params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<NitrogenRatio>(&())?;
    let unheated: Vec<_> = found.of("CM IOM").into_iter().filter(|ratio| !ratio.material.contains("heated")).collect();
    let materials = found.of("QNCC");
    let holds = !materials.is_empty()
        && !unheated.is_empty()
        && materials.iter().all(|qncc| unheated.iter().all(|matter| qncc.overlaps(matter)));
    let list = found.ratios.iter().map(|ratio| {
        let range = if ratio.from == ratio.to {
            format!("{:.3}", ratio.from)
        } else {
            format!("{:.2}–{:.2}", ratio.from, ratio.to)
        };
        format!("{} {range} ({})", ratio.material, ratio.grade)
    });
    let reason = "printed in abstracts, without errors; heating lowers the ratio of organic matter to 0.017, below QNCC. Equal \
                  amounts of nitrogen say nothing of the groups that hold it";
    Ok(Finding::judge(holds, list.collect::<Vec<_>>().join(", "), reason))
}
