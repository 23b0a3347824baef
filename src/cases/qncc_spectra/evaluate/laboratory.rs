//! Claims on laboratory spectra, stand-ins and their emission.

use crate::cases::qncc_spectra::baseline::Baseline;
use crate::cases::qncc_spectra::emission::Density;
use crate::cases::qncc_spectra::experiments::{
    baselines::{Baselines, Shifted},
    emission_shift::EmissionShift,
    likeness::{Likeness, Outcome as Likenesses, PLANTED},
    polystyrene::Polystyrene,
    recovery::Recovery,
};
use crate::cases::qncc_spectra::params::Params;
use crate::cases::qncc_spectra::similarity::Comparison;
use crate::repro::{CaseError, Finding, Workbench};

pub fn polystyrene(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Polystyrene>(&params.polystyrene)?;
    let holds = found.raw.peaks.len() == 9 && (found.raw.mean + 2.1).abs() <= 0.4;
    let measured = format!(
        "mean {:.2} cm⁻¹ of {} peaks, standard deviation {:.2}",
        found.raw.mean,
        found.raw.peaks.len(),
        found.raw.deviation
    );
    let reason = format!(
        "after correction for depth {:.2} ± {:.2}, for depth and dispersion {:.2} ± {:.2} cm⁻¹ (diamond, 45° and an index of 1.57 \
         assumed, A)",
        found.depth.mean, found.depth.deviation, found.dispersion.mean, found.dispersion.deviation
    );
    Ok(Finding::judge(holds, measured, reason))
}

/// Temperature in K, density, expected peak in µm.
const PEAKS: [(f64, Density, f64); 4] = [
    (300.0, Density::Frequency, 8.111),
    (500.0, Density::Frequency, 8.026),
    (1000.0, Density::Frequency, 7.969),
    (500.0, Density::Wavelength, 7.953),
];

pub fn emission(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<EmissionShift>(&params.emission_shift)?;
    let peak = |temperature: f64, density: Density| {
        let shift = found.shifts.iter().find(|s| s.temperature_k == temperature && s.density == density);
        shift.map(|shift| shift.peak_um)
    };
    let close = |(temperature, density, expected): &(f64, Density, f64)| {
        peak(*temperature, *density).is_some_and(|found| (found - expected).abs() <= 1e-3)
    };
    let list = PEAKS.iter().map(|(temperature, density, _)| {
        let found = peak(*temperature, *density).map_or("–".to_owned(), |found| format!("{found:.4}"));
        format!("{found} µm ({temperature} K, {})", density.symbol())
    });
    let list: Vec<String> = list.collect();
    let ends = found.shifts.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), shift| {
        (low.min(shift.peak_um), high.max(shift.peak_um))
    });
    let reason = format!(
        "between 200 and 1500 K and both units the peak of one absorbance band lies anywhere from {:.2} to {:.2} µm",
        ends.0, ends.1
    );
    Ok(Finding::judge(PEAKS.iter().all(close), list.join(", "), reason))
}

pub fn stand_in(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Recovery>(&params.recovery)?;
    let Some(middle) = found.levels.iter().find(|at| at.level == 0.005) else {
        return Ok(Finding::not_testable("the settings have no noise of 0.005"));
    };
    let standard_error = middle.scatter / (middle.centres.len() as f64).sqrt();
    let off = (middle.mean - 8.0).abs();
    let holds = off <= 5e-4 && (middle.formal / middle.scatter - 1.0).abs() <= 0.2;
    let measured = format!(
        "mean {:.5} ± {standard_error:.5} µm of {} spectra, scatter {:.2e}, formal σ {:.2e} µm",
        middle.mean,
        middle.centres.len(),
        middle.scatter,
        middle.formal
    );
    let others = found.levels.iter().filter(|at| at.level != 0.005);
    let others =
        others.map(|at| format!("noise {}: {:.5} ± {:.1e} (formal {:.1e})", at.level, at.mean, at.scatter, at.formal));
    let reason = format!("planted, so it says nothing about QNCC; {}", others.collect::<Vec<_>>().join(", "));
    Ok(Finding::judge(holds, measured, reason))
}

/// How far a baseline may move the centre of the absorbance, in µm: a tenth of the distance of classes B and C.
const STAND_IN_BOUND: f64 = 0.02;
/// The same for the nova: half of that distance.
const NOVA_BOUND: f64 = 0.1;

pub fn baselines(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Baselines>(&params.baselines)?;
    let all = |shifts: &[Shifted], wanted: &[Baseline], bound: f64| {
        let there = |baseline: &Baseline| shifts.iter().any(|shift| shift.method == baseline.name());
        shifts.len() == 4 && wanted.iter().all(there) && shifts.iter().all(|shift| shift.shift_um.abs() <= bound)
    };
    let list =
        found.shifts.iter().map(|shift| format!("{} {:.3} ({:+.3}) µm", shift.method, shift.peak_um, shift.shift_um));
    let list: Vec<String> = list.collect();
    let ends = found.shifts.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), shift| {
        (low.min(shift.peak_um), high.max(shift.peak_um))
    });
    let holds = all(&found.shifts, &params.baselines.baselines, STAND_IN_BOUND)
        && ends.1 - ends.0 < STAND_IN_BOUND
        && found.observed.len() == params.baselines.depths.len()
        && found.observed.iter().all(|(_, shifts)| all(shifts, &params.baselines.observed, NOVA_BOUND));
    let observed = found.observed.iter().map(|(depth, shifts)| {
        let list = shifts.iter().map(|shift| format!("{} {:+.3}", shift.method, shift.shift_um));
        format!("τ {depth}: {}", list.collect::<Vec<_>>().join(", "))
    });
    let reason = format!(
        "shifts from the planted 8.000 µm; they span {:.3} µm. On the synthetic nova with its continuum, S/N 50, shifts \
         from 8.1 µm are larger, and silicate in front of it (optical depth τ at 9.7 µm) moves the band again: {}",
        ends.1 - ends.0,
        observed.collect::<Vec<_>>().join("; ")
    );
    Ok(Finding::judge(holds, list.join(", "), reason))
}

/// Pearson's correlations of an earlier computation on the same files.
const CORRELATIONS: [(&str, f64); 5] = [
    (PLANTED, 0.920),
    ("amorphous carbon", 0.790),
    ("M101 nucleus", 0.712),
    ("tholin (Doose)", 0.031),
    ("CHON organics", -0.148),
];

pub fn ranking(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Likeness>(&params.likeness)?;
    let pearson = |name: &str| found.candidate(name).map(|ranked| ranked.comparison.pearson);
    let holds = CORRELATIONS
        .iter()
        .all(|(name, expected)| pearson(name).is_some_and(|found| (found - expected).abs() <= 0.005));
    let list = found.ranked.iter().map(|ranked| format!("{:.3} {}", ranked.comparison.pearson, ranked.name));
    let measured = list.collect::<Vec<_>>().join(", ");
    Ok(Finding::judge(holds, measured, caution(&found)))
}

/// What keeps a reader from taking the correlation for a resemblance.
fn caution(found: &Likenesses) -> String {
    let p_values = found.candidate(PLANTED).zip(found.best_null()).map(|(planted, best)| {
        let of_shift = |p: f64| format!("{p:.3}");
        format!(
            "chance of the same correlation from a shifted nova: {} for the stand-in, {} for {}; cosines {:.3} and {:.3}",
            of_shift(planted.shift.p_value),
            of_shift(best.shift.p_value),
            best.name,
            planted.comparison.cosine,
            best.comparison.cosine,
        )
    });
    let resolved: Vec<String> = found
        .resolved
        .iter()
        .map(|at| {
            let planted = at.candidate(PLANTED).map_or("–".to_owned(), |seen| measures(&seen.comparison));
            let best = at.best_null().map_or("no null model".to_owned(), |null| {
                format!("best null model, {}, {}", null.name, measures(&null.comparison))
            });
            format!("R = {:.0}: {planted}; {best}", at.resolving_power)
        })
        .collect();
    format!(
        "circular by construction: both stand-ins were given an 8 µm band, so this tests the machinery, never the paper. {}. All \
         convolved to one resolving power (M101 has 90 of its instrument and can't be sharpened), χ² for errors of S/N 50, centres as \
         nova minus model: {}",
        p_values.unwrap_or_default(),
        resolved.join(". ")
    )
}

/// All measures of one comparison in words.
fn measures(comparison: &Comparison) -> String {
    let centre = match &comparison.centres {
        Ok(centres) => format!("{:+.3} µm", centres.difference),
        Err(_) => "no band".to_owned(),
    };
    format!(
        "Pearson {:.3}, cosine {:.3}, centre {centre}, χ²/dof {:.1}",
        comparison.pearson,
        comparison.cosine,
        comparison.fit.chi2 / comparison.fit.freedom.max(1) as f64
    )
}

pub fn ranking_noise(params: &Params, bench: &Workbench) -> Result<Finding, CaseError> {
    let found = bench.outcome::<Likeness>(&params.likeness)?;
    let Some(at) = found.noisy.iter().find(|noisy| noisy.signal_to_noise == 50.0) else {
        return Ok(Finding::not_testable("the settings have no S/N of 50"));
    };
    let holds = (at.observed.mean - 0.897).abs() <= 0.007 && (at.observed.deviation - 0.007).abs() <= 0.002;
    let measured = format!("{:.3} ± {:.3}", at.observed.mean, at.observed.deviation);
    let others = found.noisy.iter().filter(|noisy| noisy.signal_to_noise != 50.0);
    let others = others.map(|noisy| {
        format!("S/N {:.0}: {:.3} ± {:.3}", noisy.signal_to_noise, noisy.observed.mean, noisy.observed.deviation)
    });
    let reason = format!(
        "S/N is that of the observed spectrum, peak of bands and continuum over σ; counted from the bands alone it would be {:.3} ± \
         {:.3}. {}",
        at.bands_only.mean,
        at.bands_only.deviation,
        others.collect::<Vec<_>>().join(", ")
    );
    Ok(Finding::judge(holds, measured, reason))
}
