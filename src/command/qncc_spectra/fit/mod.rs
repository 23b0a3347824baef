//! `saigen qncc_spectra fit`: the decomposition of an infrared spectrum.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use miette::{IntoDiagnostic, WrapErr, miette};
use saigen::cases::qncc_spectra::decompose::{
    CLASSIC_COMPLEXES, Complex, Component, Curve, DecomposeError, Decomposition, Design, Freedom, Model, Settings,
    Shape, Which, parse,
};
use saigen::cases::qncc_spectra::fit::{Basis, Bootstrap, BootstrapOptions, FitError, Interval, Options, Replicate};
use saigen::cases::qncc_spectra::profiles::Geometry;
use saigen::cases::qncc_spectra::readers::{Errors, Selection, open as read_table};
use saigen::cases::qncc_spectra::spectrum::{FluxDensityNu, Opacity, Spectrum, Unit, Wavelength};
use saigen::data::Library;
use saigen::repro::Origin;

use super::super::library::{LibraryArguments, hinted};
use super::super::{Outcome, Verdict, terminal::Terminal};
use super::input::{Medium, SpectrumFile, flux, in_vacuum, open, raised};
use super::output::OutputArguments;

mod powers;
mod shown;

/// Decomposes an infrared spectrum into continua, lines and bands, dimmed by silicate dust.
///
/// Coefficients are non-negative and at the proven optimum (KKT); the optical depth and free centres are found by variable
/// projection. Errors are formal, and multiplied by √(χ²/dof); a coefficient at zero has an upper limit instead. The
/// components default to the classic list of Smith et al. 2007 (a file of the case: `saigen data fetch qncc_spectra`). Writes
/// fit.csv, powers.csv, covariance.csv, spectrum.csv, figure.svg and report.json.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: SpectrumFile,
    /// List of components: index,kind,name,center_um,fwhm_um,temperature_K (blackbody, modified_blackbody, line, drude, gaussian, lorentzian).
    #[arg(long, value_name = "F.csv")]
    components: Option<PathBuf>,
    /// Lets centres move: of lines, of bands, or of all.
    #[arg(long, value_name = "WHICH", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "lines")]
    free_centres: Option<Free>,
    /// How far free centres may move to either side, in µm.
    #[arg(long, value_name = "UM", default_value_t = 0.05)]
    reach: f64,
    /// Lets widths move by up to 30 % of the listed ones.
    #[arg(long, value_name = "WHICH", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "bands")]
    free_widths: Option<Free>,
    /// What the wavelengths were measured in; components have vacuum wavelengths.
    #[arg(long, value_name = "MEDIUM", value_enum, default_value_t)]
    wavelengths: Medium,
    /// Redshift of the source; components are in its rest frame.
    #[arg(long, value_name = "Z", default_value_t = 0.0, allow_negative_numbers = true)]
    redshift: f64,
    /// How the dust lies.
    #[arg(long, value_enum, default_value_t = Dust::Mixed)]
    attenuation: Dust,
    /// Curve of τ(λ)/τ(9.7 µm): wavelength_um and a column of ratios [default: the silicate curve of the case]
    #[arg(long, value_name = "F.csv")]
    attenuation_curve: Option<PathBuf>,
    /// Replicates of a parametric bootstrap, with noise multiplied by √(χ²/dof); 0 makes none.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    bootstrap: u32,
    /// Seed of bootstrap and starts: the same seed gives the same bytes, whatever the number of threads.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    library: LibraryArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// Which components may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Free {
    Lines,
    Bands,
    All,
}

impl From<Free> for Which {
    fn from(free: Free) -> Self {
        match free {
            Free::Lines => Which::Lines,
            Free::Bands => Which::Bands,
            Free::All => Which::All,
        }
    }
}

/// How dust lies in what it dims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dust {
    /// Mixed with the emitter: (1 − e^−τ)/τ.
    Mixed,
    /// In front of it: e^−τ.
    Screen,
    /// None is fitted.
    None,
}

impl Dust {
    fn geometry(self) -> Option<Geometry> {
        match self {
            Dust::Mixed => Some(Geometry::Mixed),
            Dust::Screen => Some(Geometry::Screen),
            Dust::None => None,
        }
    }
}

/// Share of a listed width by which a free one may differ.
const WIDTH_REACH: f64 = 0.3;
/// Rise of χ² at a one-sided 95 % limit.
const LIMIT_95: f64 = 2.705_543_454_095_404;
const CASE: &str = "qncc_spectra";
const COMPONENTS: &str = "components_classic_smith2007.csv";
const ATTENUATION: &str = "attenuation_smith2007_kvt.csv";

/// What was read.
struct Input {
    spectrum: Spectrum<Wavelength, FluxDensityNu>,
    sigma: Vec<f64>,
    origin: Origin,
    remarks: Vec<String>,
}

/// What was found.
struct Found {
    best: Decomposition,
    interval: Option<Interval>,
    /// Upper limits of coefficients at zero, formal and with χ²/dof.
    limits: [Vec<Option<f64>>; 2],
    bootstrap: Option<Bootstrap>,
    /// Components on the spectrum's points, attenuated.
    curves: Vec<Vec<f64>>,
}

pub fn run(arguments: Arguments) -> Outcome {
    if !(arguments.reach.is_finite() && arguments.reach > 0.0) {
        return Err(miette!("--reach is {}; it must be finite and above zero (µm)", arguments.reach));
    }
    if arguments.bootstrap == 1 {
        return Err(miette!("--bootstrap 1 has no scatter; ask for at least 2 replicates, better 1000"));
    }
    let folder = arguments.output.folder()?;
    let library = arguments.library.open()?;
    let input = read(&arguments)?;
    let components = components(&arguments, &library)?;
    let curve = curve(&arguments, &library)?;
    let terminal = Terminal::start();
    for remark in &input.remarks {
        terminal.line(&format!("note: {remark}"));
    }
    let found = match decompose(&arguments, &input, components, curve.as_ref(), &terminal) {
        Ok(found) => found,
        Err(DecomposeError::Fit(FitError::Interrupted(_))) => return Ok(Verdict::Interrupted),
        Err(error) => return Err(refused(&arguments, error)),
    };
    let report = shown::report(&arguments, &input, &found);
    folder.write(&shown::files(&arguments, &input, &found), &report)?;
    if arguments.output.json {
        println!("{report:#}");
    } else {
        shown::print(&arguments, &input, &found, &folder);
    }
    Ok(Verdict::Done)
}

/// Names the file, and the option that helps.
fn refused(arguments: &Arguments, error: DecomposeError) -> miette::Report {
    let help = match &error {
        DecomposeError::OutsideCurve { .. } => {
            "--range LOW:HIGH cuts the spectrum; --attenuation none fits without dust"
        }
        DecomposeError::Fit(FitError::NotConverged { .. }) => "give a list without near-duplicates: --components F.csv",
        _ => return miette::Report::from_err(error).wrap_err(arguments.file.path.display().to_string()),
    };
    miette!(help = help, "{}: {error}", arguments.file.path.display())
}

fn read(arguments: &Arguments) -> miette::Result<Input> {
    let path = &arguments.file.path;
    let table = open(path)?;
    let selection = arguments.file.columns.selection(Errors::Required);
    let (spectrum, mut remarks) = flux(&table, &selection)?;
    let spectrum = in_vacuum(spectrum, arguments.wavelengths, table.place(), &mut remarks);
    let Some(sigma) = spectrum.sigma().map(<[f64]>::to_vec) else {
        return Err(miette!("{}: the spectrum has no errors", path.display()));
    };
    if let Some(share) = share(spectrum.y(), &sigma) {
        remarks.push(format!(
            "every error is {:.0} % of the flux: χ² ranks models here, but is no measure of how good one is",
            100.0 * share
        ));
    }
    let origin = arguments.file.columns.origin(path, &table);
    Ok(Input { spectrum, sigma, origin, remarks })
}

/// The share of the flux that all errors are, if they are one.
fn share(y: &[f64], sigma: &[f64]) -> Option<f64> {
    let first = sigma.first()? / y.first()?.abs();
    let same = |(y, sigma): (&f64, &f64)| (sigma / y.abs() / first - 1.0).abs() < 0.02;
    (y.len() > 2 && y.iter().zip(sigma).all(same)).then_some(first)
}

fn components(arguments: &Arguments, library: &Library) -> miette::Result<Vec<Component>> {
    let (place, text) = match &arguments.components {
        Some(path) => (path.display().to_string(), text(path)?),
        None => {
            let text = library
                .text(CASE, COMPONENTS)
                .map_err(hinted)
                .wrap_err("no --components F.csv was given, and the classic list, a file of the case, can't be had")?;
            (format!("{CASE}/{COMPONENTS}"), text)
        }
    };
    parse(&text).map_err(|error| miette::Report::from_err(error).wrap_err(place))
}

fn text(path: &Path) -> miette::Result<String> {
    let text = std::fs::read_to_string(path).into_diagnostic();
    text.wrap_err_with(|| format!("cannot read {}", path.display()))
}

fn curve(arguments: &Arguments, library: &Library) -> miette::Result<Option<Curve>> {
    if arguments.attenuation == Dust::None {
        return Ok(None);
    }
    let table = match &arguments.attenuation_curve {
        Some(path) => open(path)?,
        None => {
            let bytes = library
                .read(CASE, ATTENUATION)
                .map_err(hinted)
                .wrap_err("attenuation needs its curve, a file of the case (--attenuation none fits without dust)")?;
            read_table(&format!("{CASE}/{ATTENUATION}"), &bytes).map_err(|error| raised(&error))?
        }
    };
    let curve: Spectrum<Wavelength, Opacity> = table
        .spectrum(&Selection { errors: Errors::Ignored, ..Selection::default() })
        .map_err(|error| raised(&error))?;
    let curve = Curve::new(curve.x().to_vec(), curve.y().to_vec());
    Ok(Some(curve.map_err(|error| miette::Report::from_err(error).wrap_err(table.place().to_string()))?))
}

/// Jy for one unit of the spectrum; with it powers are in W m⁻² (sr⁻¹).
fn jansky(unit: Unit) -> f64 {
    match unit {
        Unit::Relative => 1.0,
        other => other.si() / Unit::Jansky.si(),
    }
}

/// The unit of powers.
fn power_unit(unit: Unit) -> &'static str {
    match unit {
        Unit::MegajanskyPerSteradian => "W m⁻² sr⁻¹",
        Unit::Relative => "relative",
        _ => "W m⁻²",
    }
}

fn decompose(
    arguments: &Arguments,
    input: &Input,
    components: Vec<Component>,
    curve: Option<&Curve>,
    terminal: &Terminal,
) -> Result<Found, DecomposeError> {
    let freedom = |free: Option<Free>, reach| free.map(|free| Freedom { which: free.into(), reach });
    let settings = Settings {
        attenuation: arguments.attenuation.geometry(),
        redshift: arguments.redshift,
        centres: freedom(arguments.free_centres, arguments.reach),
        widths: freedom(arguments.free_widths, WIDTH_REACH),
        jansky_per_unit: jansky(input.spectrum.unit()),
        options: Options { seed: arguments.seed, ..Options::default() },
        ..Settings::default()
    };
    let (x, y) = (input.spectrum.x(), input.spectrum.y());
    let model = Model::new(components, x, y, &input.sigma, curve, settings)?;
    let best = model.fit(terminal)?;
    let interval = match settings.attenuation {
        Some(_) => Some(model.depth_interval(&best, 1.0, terminal)?),
        None => None,
    };
    let inflated = LIMIT_95 * best.inflation().powi(2);
    let limits = [model.upper_limits(&best, LIMIT_95)?, model.upper_limits(&best, inflated)?];
    let bootstrap = if arguments.bootstrap >= 2 {
        let options = BootstrapOptions {
            replicates: arguments.bootstrap as usize,
            seed: arguments.seed,
            inflation: best.inflation(),
        };
        Some(model.bootstrap(&best, &options, terminal)?)
    } else {
        None
    };
    let rest: Vec<f64> = x.iter().map(|x| x / (1.0 + arguments.redshift)).collect();
    let attenuation = settings.attenuation.zip(curve).map(|(geometry, curve)| {
        // The model was made, so the curve covers every point.
        (geometry, rest.iter().map(|x| curve.at(*x).unwrap_or(0.0)).collect())
    });
    let design = Design::new(best.components.clone(), rest, attenuation, best.shapes.clone());
    let curves = (0..best.components.len())
        .map(|j| {
            let mut column = vec![0.0; x.len()];
            design.column(j, &best.fit.shapes, &mut column);
            column.iter().map(|value| value * best.fit.coefficients[j]).collect()
        })
        .collect();
    Ok(Found { best, interval, limits, bootstrap, curves })
}

/// The decomposition that a replicate stands for, for everything that is derived from coefficients and places.
fn replica(best: &Decomposition, replicate: &Replicate) -> Decomposition {
    let mut one = best.clone();
    one.fit.coefficients.clone_from(&replicate.coefficients);
    one.fit.shapes.clone_from(&replicate.shapes);
    for (shape, value) in one.shapes.iter().zip(&replicate.shapes) {
        match shape {
            Shape::Centre(j) => one.places[*j].iter_mut().for_each(|place| place.centre_um = *value),
            Shape::Width(j) => one.places[*j].iter_mut().for_each(|place| place.fwhm_um = *value),
            Shape::OpticalDepth => {}
        }
    }
    one
}

/// The complexes that are reported.
fn complexes() -> &'static [Complex] {
    &CLASSIC_COMPLEXES
}
