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

/// All null models that can be made here, and which can't; what the user compares is no null model of itself.
pub fn all(
    library: &Library,
    grid: &[f64],
    temperature: f64,
    resolving_power: f64,
    users: [&[u8]; 2],
) -> miette::Result<(Vec<Entry>, Vec<String>)> {
    let mut entries =
        vec![entry("featureless λ⁻¹", grid, featureless(grid, temperature, resolving_power)?, Origin::Exact)];
    let (mut missing, mut short, mut same) = (Vec::new(), Vec::new(), Vec::new());
    for (name, file, kind, origin) in FILES {
        let bytes = match library.read(CASE, file) {
            Ok(bytes) => bytes,
            Err(DataError::NotFetched { .. }) => {
                missing.push(name);
                continue;
            }
            Err(error) => return Err(hinted(error)),
        };
        if users.contains(&bytes.as_slice()) {
            same.push(name);
            continue;
        }
        let table = open(&format!("{CASE}/{file}"), &bytes).map_err(|error| raised(&error))?;
        match model(&table, kind, grid, temperature, resolving_power)? {
            Some((part, values)) => entries.push(entry(name, part, values, origin)),
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
        remarks.push(format!(
            "null models left out, they cover less than half of the range compared: {}",
            short.join(", ")
        ));
    }
    if !same.is_empty() {
        remarks.push(format!("null models left out, they are one of the two files compared: {}", same.join(", ")));
    }
    Ok((entries, remarks))
}

/// Half a bin and a little.
const STEP: f64 = 1.005;

fn entry(name: &str, grid: &[f64], emission: Vec<f64>, origin: Origin) -> Entry {
    let wavelength_um = grid.to_vec();
    Entry { candidate: Candidate { name: name.into(), null_model: true, wavelength_um, emission }, origin }
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

/// The model in those of the grid's bins that it covers, or nothing if these are too few.
fn model<'a>(
    table: &Table,
    kind: Kind,
    grid: &'a [f64],
    temperature: f64,
    resolving_power: f64,
) -> miette::Result<Option<(&'a [f64], Vec<f64>)>> {
    let covered = |(first, last): (f64, f64)| {
        let from = grid.partition_point(|x| x / STEP < first);
        let to = grid.partition_point(|x| x * STEP <= last);
        (to > from && 2 * (to - from) >= grid.len()).then(|| &grid[from..to])
    };
    Ok(match kind {
        Kind::OpticalConstants => {
            let constants = table.optical_constants(&Selection::default()).map_err(|error| raised(&error))?;
            let opacity = constants.opacity().into_diagnostic()?;
            let Some(part) = covered(opacity.range()) else { return Ok(None) };
            Some((part, emission(&opacity, part, temperature, resolving_power)?))
        }
        Kind::Emission => {
            let selection = Selection { errors: Errors::Ignored, ..Selection::default() };
            let flux: Spectrum<Wavelength, FluxDensityNu> =
                table.spectrum(&selection).map_err(|error| raised(&error))?;
            let Some(part) = covered(flux.range()) else { return Ok(None) };
            Some((part, flux.binned_at(part).into_diagnostic()?.y().to_vec()))
        }
    })
}
