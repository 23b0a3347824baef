//! Tables, figure and words of the models of an edge.

use saigen::cases::qncc_spectra::xanes::Height;
use saigen::cases::qncc_spectra::xanes::calibration::CalibrationEffect;
use saigen::cases::qncc_spectra::xanes::nitrogen::Comparison;
use saigen::repro::{Axis, Figure, Mark, Origin, Panel, Series, svg};
use serde_json::json;

use super::super::output::{Cell, Csv, Folder};
use super::{Arguments, Input};

/// Differences of BIC beyond this need no bar to be told apart.
const MOST_SHOWN: f64 = 50.0;

/// One-line summary of where the numbers come from, for tables.
fn heading(input: &Input, found: &Comparison) -> Vec<String> {
    let fits = if found.some_model_fits() { "" } else { "; no model fits, so no group is named" };
    vec![format!(
        "origin of the spectrum: {}; energies at which groups are sought are untraced (grade S); bic_scaled and delta_bic have \
         errors times {:.4}{fits}",
        input.origin.label(),
        found.error_scale
    )]
}

fn height(height: Height) -> (Option<f64>, Option<f64>, Option<f64>) {
    match height {
        Height::Found { value, sigma } => (Some(value), Some(sigma), None),
        Height::Limit(limit) => (None, None, Some(limit)),
    }
}

pub fn files(input: &Input, found: &Comparison, calibration: &CalibrationEffect) -> Vec<(&'static str, String)> {
    let remarks = heading(input, found);
    let mut models = Csv::new(
        &remarks,
        &["model", "chi2", "points", "parameters", "chi2_per_dof", "bic", "bic_scaled", "delta_bic", "kkt"],
    );
    for (fit, difference) in found.fits.iter().zip(found.differences()) {
        let scaled = fit.bic_with_errors_times(found.error_scale);
        let numbers = [fit.chi2, fit.reduced(), fit.bic, scaled, difference, fit.kkt].map(Cell::from);
        let [chi2, reduced, bic, scaled, difference, kkt] = numbers;
        models.row([
            fit.model.as_str().into(),
            chi2,
            fit.points.into(),
            fit.parameters.into(),
            reduced,
            bic,
            scaled,
            difference,
            kkt,
        ]);
    }
    let columns = [
        "model",
        "component",
        "center_eV",
        "center_sigma_eV",
        "at_bound",
        "fwhm_eV",
        "height",
        "height_sigma",
        "upper_limit_95",
    ];
    let mut peaks = Csv::new(&remarks, &columns);
    for fit in &found.fits {
        let step = height(fit.step_height);
        let (position, sigma) = fit.edge_position;
        peaks.row([
            fit.model.as_str().into(),
            "edge step".into(),
            position.into(),
            sigma.into(),
            "".into(),
            fit.edge_width.into(),
            step.0.into(),
            step.1.into(),
            step.2.into(),
        ]);
        for peak in &fit.peaks {
            let (value, sigma, limit) = height(peak.height);
            let bound = if peak.at_bound { "yes" } else { "no" };
            peaks.row([
                fit.model.as_str().into(),
                peak.name.as_str().into(),
                peak.center.into(),
                peak.center_sigma.into(),
                bound.into(),
                peak.fwhm.into(),
                value.into(),
                sigma.into(),
                limit.into(),
            ]);
        }
    }
    let best = found.best();
    let mut names: Vec<&str> = vec!["energy_eV", "absorption", "sigma", "model", "line", "step"];
    names.extend(best.peaks.iter().map(|peak| peak.name.as_str()));
    let mut curves = Csv::new(&remarks, &names);
    for k in 0..best.energy.len() {
        let fixed = [best.energy[k], input.y[k], input.sigma[k], best.curve[k], best.line[k], best.step[k]];
        curves.row(fixed.into_iter().chain(best.peaks.iter().map(|peak| peak.curve[k])).map(Cell::from));
    }
    let mut columns = vec!["offset_eV".to_string(), "best_model".into(), "bic".into()];
    columns.extend(found.support.iter().map(|support| format!("delta_bic_{}", support.group)));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut offsets = Csv::new(&remarks, &columns);
    for point in &calibration.points {
        let head = [Cell::from(point.offset), point.best.as_str().into(), point.bic.into()];
        offsets.row(head.into_iter().chain(point.support.iter().map(|support| Cell::from(support.gain))));
    }
    vec![
        ("models.csv", models.finish()),
        ("peaks.csv", peaks.finish()),
        ("curves.csv", curves.finish()),
        ("calibration.csv", offsets.finish()),
        ("figure.svg", svg(&figure(input, found), None)),
    ]
}

fn figure(input: &Input, found: &Comparison) -> Figure {
    let best = found.best();
    let energy = || best.energy.clone();
    let line = |name: &str, y: Vec<f64>| Series::new(name, input.origin, Mark::Line, energy(), y);
    let title = if found.some_model_fits() { "Best model" } else { "No model fits; nearest" };
    let mut spectrum = Panel::new(
        format!("{title}: {}", best.model),
        Axis::linear("photon energy (eV)"),
        Axis::linear("absorption (as in the file)"),
    )
    .series(Series::new("spectrum", input.origin, Mark::Points, energy(), input.y.clone()))
    .series(line("model", best.curve.clone()));
    let ground: Vec<f64> = best.line.iter().zip(&best.step).map(|(line, step)| line + step).collect();
    spectrum = spectrum.series(line("line and step", ground.clone()));
    for peak in best.peaks.iter().filter(|peak| peak.height.value() > 0.0) {
        let y = ground.iter().zip(&peak.curve).map(|(ground, peak)| ground + peak).collect();
        spectrum = spectrum.series(line(&peak.name, y));
    }
    let residuals: Vec<f64> =
        input.y.iter().zip(&best.curve).zip(&input.sigma).map(|((y, model), sigma)| (y - model) / sigma).collect();
    let residuals = Panel::new("Residuals", Axis::linear("photon energy (eV)"), Axis::linear("(spectrum − model)/σ"))
        .series(Series::new("residual", input.origin, Mark::Points, energy(), residuals))
        .series(Series::new(
            "",
            input.origin,
            Mark::Guide,
            vec![best.energy[0], best.energy[best.energy.len() - 1]],
            vec![0.0; 2],
        ));
    let shown = found.fits.len().min(8);
    let worst = found.differences()[..shown].iter().copied().fold(0.0, f64::max);
    let axis = Axis::linear("ΔBIC to the best");
    let (title, axis) = if worst > MOST_SHOWN {
        (format!("Models (cut at {MOST_SHOWN})"), axis.limits(0.0, MOST_SHOWN))
    } else {
        ("Models".to_string(), axis)
    };
    let bars = Panel::new(title, Axis::linear(""), axis)
        .categories(found.fits[..shown].iter().map(|fit| fit.model.clone()))
        .series(Series::new(
            "ΔBIC",
            input.origin,
            Mark::Bars,
            (0..shown).map(|k| k as f64).collect(),
            found.differences()[..shown].to_vec(),
        ));
    let no_fit = if found.some_model_fits() { "" } else { " No model fits this spectrum: no group is named." };
    let caption = format!(
        "Line, edge step and Gaussians whose widths grow with energy, fitted with non-negative heights. Differences of BIC \
                   above 6 count as strong; energies at which groups are sought are untraced (S).{no_fit}"
    );
    let figure = Figure::new("xanes", "Nitrogen groups that the K-edge spectrum needs", caption)
        .panel(spectrum)
        .panel(residuals)
        .panel(bars);
    if input.origin == Origin::Synthetic { figure.stand_in() } else { figure }
}

pub fn report(
    arguments: &Arguments,
    input: &Input,
    found: &Comparison,
    calibration: &CalibrationEffect,
) -> serde_json::Value {
    json!({
        "version": 1,
        "action": "xanes",
        "file": arguments.file.path,
        "origin": input.origin,
        "points": input.energy.len(),
        "errors": if input.scattered { "scatter of neighbouring points" } else { "file" },
        "offset_eV": arguments.offset,
        "some_model_fits": found.some_model_fits(),
        "least_chi2_per_dof": found.fits.iter().map(|fit| fit.reduced()).fold(f64::INFINITY, f64::min),
        "error_scale": found.error_scale,
        "support": found.support,
        "models": found.fits.iter().zip(found.differences()).map(|(fit, difference)| json!({
            "model": fit.model, "chi2": fit.chi2, "points": fit.points, "parameters": fit.parameters,
            "chi2_per_dof": fit.reduced(), "bic": fit.bic, "bic_scaled": fit.bic_with_errors_times(found.error_scale),
            "delta_bic": difference, "kkt": fit.kkt,
        })).collect::<Vec<_>>(),
        "calibration": calibration,
        "sentences": found.sentences(),
        "remarks": input.remarks,
    })
}

pub fn print(
    arguments: &Arguments,
    input: &Input,
    found: &Comparison,
    calibration: &CalibrationEffect,
    folder: &Folder,
) {
    println!(
        "{} ({}): {} points, {:.1}–{:.1} eV\n",
        arguments.file.path.display(),
        input.origin.label(),
        input.energy.len(),
        found.best().energy[0],
        found.best().energy[found.best().energy.len() - 1]
    );
    let width = found.fits.iter().map(|fit| fit.model.chars().count()).max().unwrap_or(0).max(5);
    println!("{:width$}  {:>10}  {:>8}  {:>10}  {:>8}", "model", "χ²", "χ²/dof", "BIC", "ΔBIC");
    for (fit, difference) in found.fits.iter().zip(found.differences()) {
        println!(
            "{:width$}  {:>10.2}  {:>8.3}  {:>10.2}  {:>8.2}",
            fit.model,
            fit.chi2,
            fit.reduced(),
            fit.bic_with_errors_times(found.error_scale),
            difference
        );
    }
    println!();
    for sentence in found.sentences() {
        println!("{sentence}");
    }
    let around = if arguments.offset == 0.0 { String::new() } else { format!(" around {:+.2} eV", arguments.offset) };
    match calibration.safe(arguments.offset) {
        Some((low, high)) if arguments.calibration > 0.0 => println!(
            "the groups needed stay the same for offsets from {:+.2} to {:+.2} eV{around} (tried: ±{:.2} eV)",
            low - arguments.offset,
            high - arguments.offset,
            arguments.calibration
        ),
        _ => {}
    }
    println!("\nwrote {} and {}", folder.place("report.json"), folder.place("figure.svg"));
}
