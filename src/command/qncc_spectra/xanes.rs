//! `saigen qncc_spectra xanes`: which nitrogen groups a K-edge spectrum needs.

use std::path::PathBuf;

use miette::miette;
use saigen::cases::qncc_spectra::fit::{FitError, Options};
use saigen::cases::qncc_spectra::readers::{Errors, Selection, Table};
use saigen::cases::qncc_spectra::spectrum::{Absorption, Energy, Signal};
use saigen::cases::qncc_spectra::xanes::calibration::{CalibrationEffect, effect};
use saigen::cases::qncc_spectra::xanes::nitrogen::{Comparison, Group, compare};
use saigen::cases::qncc_spectra::xanes::scan::scatter;
use saigen::cases::qncc_spectra::xanes::{Height, Spectrum, XanesError};
use saigen::display::Monitor;
use saigen::repro::{Axis, Figure, Mark, Origin, Panel, Series, svg};
use serde_json::json;

use super::super::{Outcome, Verdict, terminal::Terminal};
use super::input::{SpectrumFile, open, take};
use super::super::output::{Cell, Csv, Folder};

/// Fits every combination of nitrogen groups to a N K-edge spectrum and compares them by BIC.
///
/// A line, an edge step and Gaussians whose widths grow with energy. Amine has no π* orbital and is never tried without
/// amide. Without errors in the file, they are taken from the scatter of neighbouring points.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: SpectrumFile,
    /// Groups that may be there.
    #[arg(long, value_delimiter = ',', default_value = "imine,nitrile,amide,amine")]
    models: Vec<Group>,
    /// Column of the beam monitor to divide by, for scans of currents; --column names the detector.
    #[arg(long, value_name = "COLUMN", requires = "column")]
    monitor: Option<String>,
    /// Added to all photon energies before the fits, in eV.
    #[arg(long, value_name = "EV", default_value_t = 0.0, allow_negative_numbers = true)]
    offset: f64,
    /// How far the photon energies may be off, in eV: the fits are made again at offsets up to this; 0 makes none.
    #[arg(long, value_name = "EV", default_value_t = 0.2)]
    calibration: f64,
    /// Starts of each fit.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    starts: u16,
    /// Seed of the starts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write models.csv, peaks.csv, curves.csv, calibration.csv, figure.svg and report.json to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Prints the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Photon energies that are read when no range is given, eV.
const EDGE: (f64, f64) = (392.0, 416.0);
/// What the models need at the least: the π* region with some pre-edge, and the step.
const NEEDED: (f64, f64) = (397.5, 408.0);
/// Points on either side whose scatter makes an error.
const REACH: usize = 12;

/// Differences of BIC beyond this need no bar to be told apart.
const MOST_SHOWN: f64 = 50.0;

/// The spectrum as the fits take it.
struct Input {
    energy: Vec<f64>,
    y: Vec<f64>,
    sigma: Vec<f64>,
    /// Whether errors come from the scatter.
    scattered: bool,
    origin: Origin,
    remarks: Vec<String>,
}

pub fn run(arguments: Arguments) -> Outcome {
    for (name, value) in [("--offset", arguments.offset), ("--calibration", arguments.calibration)] {
        if !(value.is_finite() && value.abs() <= 5.0) {
            return Err(miette!("{name} is {value}; expected at most 5 eV"));
        }
    }
    let folder = Folder::prepare(&arguments.out)?;
    let terminal = Terminal::start();
    let table = open(&arguments.file.path)?;
    let input = read(&arguments, &table)?;
    for remark in &input.remarks {
        terminal.line(&format!("note: {remark}"));
    }
    let options = Options { starts: arguments.starts.into(), seed: arguments.seed, ..Options::default() };
    let spectrum = Spectrum { energy: &input.energy, y: &input.y, sigma: &input.sigma };
    terminal.begin("models", 1 << arguments.models.len().min(4));
    let found = compare(&arguments.models, spectrum, arguments.offset, &options, &terminal);
    terminal.end();
    let found = match found {
        Ok(found) => found,
        Err(error) => return failed(error),
    };
    let steps: Vec<f64> = [-1.0, -0.5, 0.0, 0.5, 1.0]
        .into_iter()
        .filter(|step| *step == 0.0 || arguments.calibration > 0.0)
        .map(|step| arguments.offset + step * arguments.calibration.abs())
        .collect();
    terminal.begin("calibration", (steps.len() << arguments.models.len().min(4)) as u64);
    let calibration = effect(&arguments.models, spectrum, &steps, &options, &terminal);
    terminal.end();
    let calibration = match calibration {
        Ok(calibration) => calibration,
        Err(error) => return failed(error),
    };
    let report = report(&arguments, &input, &found, &calibration);
    let files = files(&input, &found, &calibration);
    folder.write(&files, &report)?;
    if arguments.json {
        println!("{report:#}");
    } else {
        print(&arguments, &input, &found, &calibration, &folder);
    }
    Ok(Verdict::Done)
}

fn failed(error: XanesError) -> Outcome {
    match error {
        XanesError::Fit { source: FitError::Interrupted(_), .. } => Ok(Verdict::Interrupted),
        other => Err(miette::Report::from_err(other)),
    }
}

fn read(arguments: &Arguments, table: &Table) -> miette::Result<Input> {
    let mut selection = arguments.file.columns.selection(Errors::Optional);
    selection.range = selection.range.or(Some(EDGE));
    let (energy, y, sigma, mut remarks) = match &arguments.monitor {
        None => {
            let (reading, remarks) = take::<Energy, Absorption>(table, &selection)?;
            let spectrum = reading.spectrum;
            (spectrum.x().to_vec(), spectrum.y().to_vec(), spectrum.sigma().map(<[f64]>::to_vec), remarks)
        }
        Some(monitor) => {
            let plain = Selection { errors: Errors::Ignored, unit: None, ..selection };
            let (detector, remarks) = take::<Energy, Signal>(table, &plain)?;
            let (beam, _) =
                take::<Energy, Signal>(table, &Selection { value: Some(monitor.clone()), ..plain.clone() })?;
            let (detector, beam) = (detector.spectrum, beam.spectrum);
            if detector.x() != beam.x() {
                let values = plain.value.as_deref().unwrap_or_default();
                return Err(miette!(
                    help = "the two columns must have their values in the same rows",
                    "{}: `{values}` and `{monitor}` have values at different energies",
                    table.place()
                ));
            }
            if let Some(k) = beam.y().iter().position(|current| *current <= 0.0) {
                return Err(miette!("the monitor `{monitor}` is {} at {} eV", beam.y()[k], beam.x()[k]));
            }
            let y = detector.y().iter().zip(beam.y()).map(|(signal, beam)| signal / beam).collect();
            (detector.x().to_vec(), y, None, remarks)
        }
    };
    let (first, last) = (energy[0] + arguments.offset, energy[energy.len() - 1] + arguments.offset);
    if first > NEEDED.0 || last < NEEDED.1 {
        return Err(miette!(
            help = "give a spectrum of the nitrogen K-edge that covers these energies",
            "{}: the energies read run from {first} to {last} eV; the models need {} to {} eV",
            table.place(),
            NEEDED.0,
            NEEDED.1
        ));
    }
    let scattered = sigma.is_none();
    let sigma = sigma.unwrap_or_else(|| scatter(&y, REACH));
    if let Some(k) = sigma.iter().position(|sigma| sigma.is_nan() || *sigma <= 0.0) {
        return Err(miette!(
            help = "give errors: a column of one-σ errors, named with --sigma",
            "{}: the points near {} eV show no scatter, so their errors can't be estimated",
            table.place(),
            energy[k]
        ));
    }
    if scattered {
        remarks.push("no errors in the file: taken from the scatter of neighbouring points".into());
    }
    let origin = arguments.file.columns.origin(&arguments.file.path, table);
    Ok(Input { energy, y, sigma, scattered, origin, remarks })
}

/// One-line summary of where the numbers come from, for tables.
fn heading(input: &Input) -> Vec<String> {
    vec![format!("origin of the spectrum: {}; energies of the groups are seed values (grade S)", input.origin.label())]
}

fn height(height: Height) -> (Option<f64>, Option<f64>, Option<f64>) {
    match height {
        Height::Found { value, sigma } => (Some(value), Some(sigma), None),
        Height::Limit(limit) => (None, None, Some(limit)),
    }
}

fn files(input: &Input, found: &Comparison, calibration: &CalibrationEffect) -> Vec<(&'static str, String)> {
    let remarks = heading(input);
    let mut models =
        Csv::new(&remarks, &["model", "chi2", "points", "parameters", "chi2_per_dof", "bic", "delta_bic", "kkt"]);
    for (fit, difference) in found.fits.iter().zip(found.differences()) {
        let numbers = [fit.chi2, fit.reduced(), fit.bic, difference, fit.kkt].map(Cell::from);
        let [chi2, reduced, bic, difference, kkt] = numbers;
        models.row([
            fit.model.as_str().into(),
            chi2,
            fit.points.into(),
            fit.parameters.into(),
            reduced,
            bic,
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
    let mut spectrum = Panel::new(
        format!("Best model: {}", best.model),
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
    let caption = "Line, edge step and Gaussians whose widths grow with energy, fitted with non-negative heights. Differences of BIC \
                   above 6 count as strong; energies of the groups are seed values.";
    let figure = Figure::new("xanes", "Nitrogen groups that the K-edge spectrum needs", caption)
        .panel(spectrum)
        .panel(residuals)
        .panel(bars);
    if input.origin == Origin::Synthetic { figure.stand_in() } else { figure }
}

fn report(
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
        "support": found.support,
        "models": found.fits.iter().zip(found.differences()).map(|(fit, difference)| json!({
            "model": fit.model, "chi2": fit.chi2, "points": fit.points, "parameters": fit.parameters,
            "bic": fit.bic, "delta_bic": difference, "kkt": fit.kkt,
        })).collect::<Vec<_>>(),
        "calibration": calibration,
        "sentences": found.sentences(),
        "remarks": input.remarks,
    })
}

fn print(arguments: &Arguments, input: &Input, found: &Comparison, calibration: &CalibrationEffect, folder: &Folder) {
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
            fit.bic,
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
