//! `saigen qncc_spectra compare`: a laboratory spectrum beside an observed one, and beside null models.

use std::path::PathBuf;

use miette::{IntoDiagnostic, miette};
use saigen::cases::qncc_spectra::similarity::{
    Candidate, Protocol, Ranked, Resolution, Setup, SimilarityError, margin, rank,
};
use saigen::repro::Origin;

use super::super::library::LibraryArguments;
use super::super::{Outcome, Verdict, terminal::Terminal};
use super::input::{Columns, Medium, OriginWord, Units, bytes};
use super::output::OutputArguments;

mod gaps;
mod laboratory;
mod nulls;
mod observed;
mod resolution;
mod shown;

use gaps::Gap;
use laboratory::{AtrCrystal, Baseline, Material};
use resolution::Resolutions;

/// Compares a laboratory spectrum, as thermal emission, with an observed one, and both with null models.
///
/// F_ν ∝ κ B_ν(T), with κ the absorbance above its baseline or k/λ of optical constants. Whatever is sharper than the common
/// resolving power is convolved to it, LAB, OBSERVED and null models alike, and integrated over the bins of a common grid.
/// Correlation alone can't show resemblance: featureless carbon correlates too. So null models stand beside every number:
/// featureless emission always, and six that rest on files of the case where these are at hand (`saigen data fetch
/// qncc_spectra`): amorphous and hydrogenated carbon, two tholins, CHON organics, the nucleus of M101. Writes similarity.csv,
/// spectra.csv, baselines.csv, figure.svg and report.json.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Laboratory spectrum: absorbance, transmittance, opacity, or optical constants n and k.
    #[arg(value_name = "LAB")]
    laboratory: PathBuf,
    /// Observed spectrum: flux density per frequency or wavelength.
    #[arg(value_name = "OBSERVED")]
    observed: PathBuf,
    /// Temperature of the grains, in K.
    #[arg(long, value_name = "K")]
    temperature: f64,
    #[command(flatten, next_help_heading = "Observed spectrum")]
    columns: Columns,
    /// Redshift of the observed spectrum, taken out.
    #[arg(long, value_name = "Z", default_value_t = 0.0, allow_negative_numbers = true)]
    redshift: f64,
    /// What OBSERVED's wavelengths were measured in.
    #[arg(long, value_name = "MEDIUM", value_enum, default_value_t, help_heading = "Observed spectrum")]
    wavelengths: Medium,
    /// Resolving power λ/FWHM with which OBSERVED was taken [default: not known; it is compared as it is]
    #[arg(long, value_name = "R", help_heading = "Observed spectrum")]
    observed_resolving_power: Option<f64>,
    /// Column of LAB's axis [default: found by its name and unit]
    #[arg(long, value_name = "COLUMN", help_heading = "Laboratory spectrum")]
    lab_axis: Option<String>,
    /// Column of LAB's values [default: found by its name and unit]
    #[arg(long, value_name = "COLUMN", help_heading = "Laboratory spectrum")]
    lab_column: Option<String>,
    /// Units in place of those of LAB, such as cm-1,percent.
    #[arg(long, value_name = "UNIT[,UNIT]", help_heading = "Laboratory spectrum")]
    lab_units: Option<Units>,
    /// What LAB's wavelengths or wavenumbers were measured in.
    #[arg(long, value_name = "MEDIUM", value_enum, default_value_t, help_heading = "Laboratory spectrum")]
    lab_wavelengths: Medium,
    /// Resolving power with which LAB was taken [default: far above the common one]
    #[arg(long, value_name = "R", help_heading = "Laboratory spectrum")]
    lab_resolving_power: Option<f64>,
    /// What LAB's numbers are [default: synthetic if the file says so, else real]
    #[arg(long, value_enum, help_heading = "Laboratory spectrum")]
    lab_origin: Option<OriginWord>,
    /// What LAB's values are [default: by the names of its columns]
    #[arg(long, value_enum, help_heading = "Laboratory spectrum")]
    material: Option<Material>,
    /// Baseline that is taken off an absorbance; baselines.csv tells what the others would change.
    #[arg(long, value_enum, default_value_t = Baseline::Als, help_heading = "Laboratory spectrum")]
    baseline: Baseline,
    /// Crystal that an absorbance was measured on in attenuated total reflection; it is corrected to transmission.
    #[arg(long, value_name = "CRYSTAL", value_enum, help_heading = "Laboratory spectrum")]
    atr: Option<AtrCrystal>,
    /// Reflections on the crystal.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "atr", help_heading = "Laboratory spectrum")]
    atr_bounces: u32,
    /// Angle of incidence on the crystal's face, in degrees.
    #[arg(long, value_name = "DEG", default_value_t = 45.0, requires = "atr", help_heading = "Laboratory spectrum")]
    atr_angle: f64,
    /// Refractive index of the sample far from its bands.
    #[arg(long, value_name = "N", default_value_t = 1.5, requires = "atr", help_heading = "Laboratory spectrum")]
    atr_index: f64,
    /// Resolving power at which all are compared; the sharper are convolved to it [default: 100, or the lower one of the two
    /// files where that is given and lower]
    #[arg(long, value_name = "R")]
    resolving_power: Option<f64>,
    /// Replicates of each bootstrap and null distribution.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    replicates: u32,
    /// Seed of all draws: the same seed gives the same bytes, whatever the number of threads.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    library: LibraryArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// Everything on the common grid.
struct Compared {
    /// Wavelengths in µm.
    grid: Vec<f64>,
    observed: Vec<f64>,
    sigma: Vec<f64>,
    observed_origin: Origin,
    observed_gaps: Vec<Gap>,
    resolutions: Resolutions,
    candidates: Vec<Entry>,
    remarks: Vec<String>,
}

/// A candidate, where its numbers come from and how sharp and how complete they are.
struct Entry {
    candidate: Candidate,
    origin: Origin,
    resolution: Resolution,
    /// Stretches without points that are compared nevertheless.
    gaps: Vec<Gap>,
}

pub fn run(arguments: Arguments) -> Outcome {
    if !(arguments.temperature.is_finite() && arguments.temperature > 0.0) {
        return Err(miette!("--temperature is {}; it must be finite and above zero (K)", arguments.temperature));
    }
    let resolutions = Resolutions::of(&arguments)?;
    let folder = arguments.output.folder()?;
    let library = arguments.library.open()?;
    let terminal = Terminal::start();
    let observed = observed::read(&arguments)?;
    let laboratory = laboratory::read(&arguments)?;
    let kernels = [resolutions.laboratory, resolutions.observed].map(|own| own.kernel(resolutions.common));
    let (protocol, narrowed) =
        protocol(&arguments, (laboratory.range(), kernels[0]), (observed.spectrum.range(), kernels[1]))?;
    let grid = protocol.grid().into_diagnostic()?;
    let ends = (grid[0], grid[grid.len() - 1]);
    let (values, sigma) = observed.on(&grid, kernels[1])?;
    let laboratory_gaps = gaps::find(&laboratory.wavelengths(), ends);
    let observed_gaps = gaps::find(observed.spectrum.x(), ends);
    let mut remarks = observed.remarks.clone();
    remarks.extend(laboratory.remarks.iter().cloned());
    remarks.extend(narrowed);
    remarks.extend(resolutions.remark(observed.spectrum.x(), ends));
    if kernels[1].is_some() {
        remarks
            .push("OBSERVED was convolved: errors of neighbouring points go together, so χ² is no strict test".into());
    }
    for (file, gaps) in [(&arguments.laboratory, &laboratory_gaps), (&arguments.observed, &observed_gaps)] {
        remarks.extend(gaps::remarks(&file.display().to_string(), gaps));
    }
    let mut candidates = vec![Entry {
        candidate: Candidate {
            name: laboratory.name.clone(),
            null_model: false,
            wavelength_um: grid.clone(),
            emission: laboratory.emission(&grid, kernels[0], arguments.baseline, &arguments)?,
        },
        origin: laboratory.origin,
        resolution: resolutions.laboratory,
        gaps: laboratory_gaps,
    }];
    let (of_laboratory, of_observed) = (bytes(&arguments.laboratory)?, bytes(&arguments.observed)?);
    let users = [of_laboratory.as_slice(), of_observed.as_slice()];
    let how = nulls::Preparation { grid: &grid, temperature: arguments.temperature, common: resolutions.common };
    let (nulls, of_nulls) = nulls::all(&library, how, users)?;
    candidates.extend(nulls);
    remarks.extend(of_nulls);
    for remark in &remarks {
        terminal.line(&format!("note: {remark}"));
    }
    let setup = Setup {
        replicates: arguments.replicates as usize,
        seed: arguments.seed,
        block: Setup::default().block.min(grid.len() / 8).max(1),
        nearest: Setup::default().nearest.min(grid.len() / 8),
        ..Setup::default()
    };
    let list: Vec<Candidate> = candidates.iter().map(|entry| entry.candidate.clone()).collect();
    let ranked = match rank(&protocol, &list, (&values, &sigma), &setup, &terminal) {
        Ok(ranked) => ranked,
        Err(SimilarityError::Interrupted(_)) => return Ok(Verdict::Interrupted),
        Err(error) => return Err(miette::Report::from_err(error)),
    };
    let compared = Compared {
        grid,
        observed: values,
        sigma,
        observed_origin: observed.origin,
        observed_gaps,
        resolutions,
        candidates,
        remarks,
    };
    let baselines = laboratory.under_baselines(&compared, &setup, &arguments)?;
    let report = shown::report(&arguments, &compared, &ranked, &baselines);
    folder.write(&shown::files(&arguments, &compared, &ranked, &baselines), &report)?;
    if arguments.output.json {
        println!("{report:#}");
    } else {
        shown::print(&arguments, &compared, &ranked, &baselines, &folder);
    }
    Ok(Verdict::Done)
}

/// Where spectra are compared when no range is given, µm.
const WINDOW: (f64, f64) = (5.2, 14.5);
/// Step of the common grid in ln λ.
const STEP: f64 = 1.0 / 180.0;
/// Fewer points than this are no spectrum to compare.
const FEWEST: usize = 40;

/// The common grid: logarithmic steps where both spectra are, a bin within their ends and so far that each one's kernel is whole;
/// and a remark if that leaves out some of what was wanted.
fn protocol(
    arguments: &Arguments,
    laboratory: ((f64, f64), Option<f64>),
    observed: ((f64, f64), Option<f64>),
) -> miette::Result<(Protocol, Option<String>)> {
    let wanted = arguments.columns.range.map_or(WINDOW, |range| (range.low, range.high));
    let bin = STEP.exp();
    let inside = |((first, last), kernel): ((f64, f64), Option<f64>)| {
        let beyond = margin(kernel);
        (first * bin / (1.0 - beyond), last / bin / (1.0 + beyond))
    };
    let (of_laboratory, of_observed) = (inside(laboratory), inside(observed));
    let low = wanted.0.max(of_laboratory.0).max(of_observed.0);
    let high = wanted.1.min(of_laboratory.1).min(of_observed.1);
    let points = if low < high { ((high / low).ln() / STEP).floor() as usize + 1 } else { 0 };
    let (laboratory, observed) = (laboratory.0, observed.0);
    if points < FEWEST {
        return Err(miette!(
            help = "--range LOW:HIGH (µm) chooses the part to compare; both spectra must cover it, and a little more for the \
                    convolution",
            "too little to compare: LAB covers {:.3}–{:.3} µm, OBSERVED {:.3}–{:.3} µm at rest, wanted are {:.3}–{:.3} µm",
            laboratory.0,
            laboratory.1,
            observed.0,
            observed.1,
            wanted.0,
            wanted.1
        ));
    }
    let narrowed = (low > wanted.0 || high < wanted.1).then(|| {
        format!(
            "compared from {low:.2} to {high:.2} µm: LAB covers {:.2}–{:.2} µm, OBSERVED {:.2}–{:.2} µm, and where a bin or the \
             kernel of a convolution would reach beyond its file, the edge is left out",
            laboratory.0, laboratory.1, observed.0, observed.1
        )
    });
    Ok((Protocol { from: low, to: high, step: STEP }, narrowed))
}

/// The best null model of a ranking.
fn best_null(ranked: &[Ranked]) -> Option<&Ranked> {
    ranked.iter().find(|entry| entry.null_model)
}

/// The laboratory's entry of a ranking.
fn of_laboratory(ranked: &[Ranked]) -> Option<&Ranked> {
    ranked.iter().find(|entry| !entry.null_model)
}

/// What the numbers allow to be said.
fn verdict(ranked: &[Ranked]) -> String {
    let score = |entry: &Ranked| Score {
        name: entry.name.clone(),
        pearson: entry.comparison.pearson,
        interval_95: entry.points.interval_95,
    };
    let nulls: Vec<Score> = ranked.iter().filter(|entry| entry.null_model).map(score).collect();
    of_laboratory(ranked).map_or_else(|| NOTHING.into(), |laboratory| said(&score(laboratory), &nulls))
}

const NOTHING: &str = "nothing to compare with";

/// What a verdict rests on.
struct Score {
    name: String,
    pearson: f64,
    /// Over blocks of points.
    interval_95: (f64, f64),
}

/// Resemblance asks for a 95 % interval that lies above that of every null model.
fn said(laboratory: &Score, nulls: &[Score]) -> String {
    let best = nulls.iter().max_by(|a, b| a.pearson.total_cmp(&b.pearson));
    let highest = nulls.iter().max_by(|a, b| a.interval_95.1.total_cmp(&b.interval_95.1));
    let (Some(best), Some(highest)) = (best, highest) else { return NOTHING.into() };
    let (r, low) = (laboratory.pearson, laboratory.interval_95.0);
    let (null, high) = (highest.pearson, highest.interval_95.1);
    if r <= best.pearson {
        format!(
            "no resemblance shown: the null model `{}` correlates as well or better ({:.3} against {r:.3})",
            best.name, best.pearson
        )
    } else if low <= high {
        format!(
            "not distinguished from the null model `{}`: {r:.3} against {null:.3}, and the 95 % intervals overlap (from \
             {low:.3}, up to {high:.3})",
            highest.name
        )
    } else {
        format!(
            "above every null model: {r:.3}, with a 95 % interval from {low:.3}; those of the null models end at {high:.3} at \
             the latest (`{}`). That is similarity of shape, not identity of the carrier",
            highest.name
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_asks_for_an_interval_above_those_of_all_null_models() {
        let score = |name: &str, pearson, low, high| Score { name: name.into(), pearson, interval_95: (low, high) };
        let laboratory = score("mine", 0.9, 0.8, 0.95);
        let carbon = score("carbon", 0.7, 0.6, 0.75);
        assert!(said(&laboratory, std::slice::from_ref(&carbon)).starts_with("above every null model"));
        // Its correlation is low, but its interval reaches into that of the laboratory.
        let wide = score("tholin", 0.3, -0.4, 0.82);
        let overlap = said(&laboratory, &[carbon, wide]);
        assert!(overlap.starts_with("not distinguished from the null model `tholin`"), "{overlap}");
        let better = said(&laboratory, &[score("nebula", 0.92, 0.9, 0.94)]);
        assert!(better.starts_with("no resemblance shown: the null model `nebula`"), "{better}");
        assert_eq!(said(&laboratory, &[]), NOTHING);
    }
}
