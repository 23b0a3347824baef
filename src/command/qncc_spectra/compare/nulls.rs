//! Null models: what nobody holds to be the carrier, prepared like the laboratory's spectrum.

use miette::IntoDiagnostic;
use saigen::cases::qncc_spectra::readers::{Errors, Selection, Table, open};
use saigen::cases::qncc_spectra::similarity::Candidate;
use saigen::cases::qncc_spectra::spectrum::{FluxDensityNu, Opacity, Spectrum, Unit, Wavelength};
use saigen::data::{DataError, Library};
use saigen::repro::Origin;

use super::super::super::library::hinted;
use super::super::input::raised;
use super::Entry;
use super::laboratory::emission;

const CASE: &str = "qncc_spectra";

/// What a file of the case serves as.
enum Kind {
    OpticalConstants,
    /// A spectrum whose flux is taken as it is.
    Emission,
}

/// Name, file, kind and origin of the null models that rest on files.
const FILES: [(&str, &str, Kind, Origin); 4] = [
    ("amorphous carbon", "amorphous_carbon_zubko1996.lnk", Kind::OpticalConstants, Origin::Published),
    ("tholin (Doose)", "titan_tholins_doose_nk.csv", Kind::OpticalConstants, Origin::Published),
    ("CHON organics", "organics_chon_henning1996.lnk", Kind::OpticalConstants, Origin::Published),
    ("class A nucleus M101", "m101_nucleus_spitzer_irs.ipac", Kind::Emission, Origin::Real),
];

/// All null models that can be made here, and which can't.
pub fn all(
    library: &Library,
    grid: &[f64],
    temperature: f64,
    resolving_power: f64,
) -> miette::Result<(Vec<Entry>, Vec<String>)> {
    let mut entries = vec![entry("featureless λ⁻¹", featureless(grid, temperature, resolving_power)?, Origin::Exact)];
    let (mut missing, mut short) = (Vec::new(), Vec::new());
    for (name, file, kind, origin) in FILES {
        let bytes = match library.read(CASE, file) {
            Ok(bytes) => bytes,
            Err(DataError::NotFetched { .. }) => {
                missing.push(name);
                continue;
            }
            Err(error) => return Err(hinted(error)),
        };
        let table = open(&format!("{CASE}/{file}"), &bytes).map_err(|error| raised(&error))?;
        let (low, high) = (grid[0] / STEP, grid[grid.len() - 1] * STEP);
        match model(&table, kind, (low, high), grid, temperature, resolving_power)? {
            Some(values) => entries.push(entry(name, values, origin)),
            None => short.push(name),
        }
    }
    let mut remarks = Vec::new();
    if !missing.is_empty() {
        remarks.push(format!(
            "null models left out, their files aren't here: {} (`saigen data fetch {CASE} --mirror DIR|URL`)",
            missing.join(", ")
        ));
    }
    if !short.is_empty() {
        remarks.push(format!("null models left out, they don't cover the range compared: {}", short.join(", ")));
    }
    Ok((entries, remarks))
}

/// Half a bin and a little.
const STEP: f64 = 1.005;

fn entry(name: &str, emission: Vec<f64>, origin: Origin) -> Entry {
    Entry { candidate: Candidate { name: name.into(), null_model: true, emission }, origin }
}

/// λ⁻¹ B_ν(T): small grains without any band.
fn featureless(grid: &[f64], temperature: f64, resolving_power: f64) -> miette::Result<Vec<f64>> {
    let (low, high) = (grid[0] / STEP, grid[grid.len() - 1] * STEP);
    let points = 4 * grid.len();
    let x: Vec<f64> = (0..=points).map(|k| low * (high / low).powf(k as f64 / points as f64)).collect();
    let y = x.iter().map(|x| 1.0 / x).collect();
    let opacity = Spectrum::<Wavelength, Opacity>::new(x, y, None, Unit::Relative).into_diagnostic()?;
    emission(&opacity, grid, temperature, resolving_power)
}

/// The model in the grid's bins, or nothing if it doesn't cover them.
fn model(
    table: &Table,
    kind: Kind,
    (low, high): (f64, f64),
    grid: &[f64],
    temperature: f64,
    resolving_power: f64,
) -> miette::Result<Option<Vec<f64>>> {
    let covers = |(first, last): (f64, f64)| first <= low && last >= high;
    Ok(match kind {
        Kind::OpticalConstants => {
            let constants = table.optical_constants(&Selection::default()).map_err(|error| raised(&error))?;
            let opacity = constants.opacity().into_diagnostic()?;
            if !covers(opacity.range()) {
                return Ok(None);
            }
            Some(emission(&opacity, grid, temperature, resolving_power)?)
        }
        Kind::Emission => {
            let selection = Selection { errors: Errors::Ignored, ..Selection::default() };
            let flux: Spectrum<Wavelength, FluxDensityNu> =
                table.spectrum(&selection).map_err(|error| raised(&error))?;
            if !covers(flux.range()) {
                return Ok(None);
            }
            Some(flux.binned_at(grid).into_diagnostic()?.y().to_vec())
        }
    })
}
