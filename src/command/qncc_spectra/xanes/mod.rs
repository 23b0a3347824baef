//! `saigen qncc_spectra xanes`: which nitrogen groups a K-edge spectrum needs.

use miette::miette;
use saigen::cases::qncc_spectra::fit::{FitError, Options};
use saigen::cases::qncc_spectra::readers::{Errors, Selection, Table};
use saigen::cases::qncc_spectra::spectrum::{Absorption, Energy, Signal};
use saigen::cases::qncc_spectra::xanes::calibration::effect;
use saigen::cases::qncc_spectra::xanes::nitrogen::{Group, compare};
use saigen::cases::qncc_spectra::xanes::scan::scatter;
use saigen::cases::qncc_spectra::xanes::{Spectrum, XanesError};
use saigen::display::Monitor;
use saigen::repro::Origin;

use super::super::{Outcome, Verdict, terminal::Terminal};
use super::input::{SpectrumFile, open, take};
use super::output::OutputArguments;

mod shown;

/// Fits every combination of nitrogen groups to a N K-edge spectrum and compares them by BIC.
///
/// A line, an edge step and Gaussians whose widths grow with energy. Amine has no π* orbital and is never tried without
/// amide. Without errors in the file, they are taken from the scatter of neighbouring points. Errors are widened by √(χ²/dof) of
/// the model that fits best; where no model comes below χ²/dof = 2, no group is named.
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
    #[command(flatten)]
    output: OutputArguments,
}

/// Photon energies that are read when no range is given, eV.
const EDGE: (f64, f64) = (392.0, 416.0);
/// What the models need at the least: the π* region with some pre-edge, and the step.
const NEEDED: (f64, f64) = (397.5, 408.0);
/// Points on either side whose scatter makes an error.
const REACH: usize = 12;

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
    let folder = arguments.output.folder()?;
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
    let report = shown::report(&arguments, &input, &found, &calibration);
    let files = shown::files(&input, &found, &calibration);
    folder.write(&files, &report)?;
    if arguments.output.json {
        println!("{report:#}");
    } else {
        shown::print(&arguments, &input, &found, &calibration, &folder);
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
