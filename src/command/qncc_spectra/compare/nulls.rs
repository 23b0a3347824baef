//! Null models: what nobody holds to be the carrier, prepared like the laboratory's spectrum.

use miette::IntoDiagnostic;
use saigen::cases::qncc_spectra::readers::{Duplicates, Errors, Selection, Table, open};
use saigen::cases::qncc_spectra::similarity::{
    Candidate, Kind, NullModel, Resolution, filled, interpolate, null_models,
};
use saigen::cases::qncc_spectra::spectrum::{FluxDensityNu, Opacity, Spectrum, Unit, Wavelength};
use saigen::data::{DataError, Library};
use saigen::repro::Origin;

use super::super::super::library::hinted;
use super::super::input::raised;
use super::gaps::{self, Gap};
use super::laboratory::emission;
use super::{Entry, STEP};

const CASE: &str = "qncc_spectra";

/// How models are prepared.
#[derive(Clone, Copy)]
pub struct Preparation<'a> {
    /// Wavelengths of the comparison, µm.
    pub grid: &'a [f64],
    /// K.
    pub temperature: f64,
    /// The common resolving power.
    pub common: f64,
}

/// All null models that can be made here, and which can't; what the user compares is no null model of itself.
pub fn all(library: &Library, how: Preparation, users: [&[u8]; 2]) -> miette::Result<(Vec<Entry>, Vec<String>)> {
    let mut entries = vec![featureless(how)?];
    let (mut missing, mut short, mut same) = (Vec::new(), Vec::new(), Vec::new());
    let mut remarks = Vec::new();
    for null in null_models() {
        let bytes = match library.read(CASE, &null.file) {
            Ok(bytes) => bytes,
            Err(DataError::NotFetched { .. }) => {
                missing.push(null.name);
                continue;
            }
            Err(error) => return Err(hinted(error)),
        };
        if users.contains(&bytes.as_slice()) {
            same.push(null.name);
            continue;
        }
        let table = open(&format!("{CASE}/{}", null.file), &bytes).map_err(|error| raised(&error))?;
        match model(&table, &null, how)? {
            Some(entry) => {
                remarks.extend(gaps::remarks(&format!("null model {}", null.name), &entry.gaps));
                remarks.extend(blunt(&null, how.common));
                entries.push(entry);
            }
            None => short.push(null.name),
        }
    }
    for (names, why, mend) in [
        (missing, "their files aren't here", format!(" (`saigen data fetch {CASE} --mirror DIR|URL`)")),
        (short, "they cover less than half of the range compared", String::new()),
        (same, "they are one of the two files compared", String::new()),
    ] {
        if !names.is_empty() {
            remarks.push(format!("null models left out, {why}: {}{mend}", names.join(", ")));
        }
    }
    Ok((entries, remarks))
}

/// What to say of a null model that can't be brought to the common resolving power.
fn blunt(null: &NullModel, common: f64) -> Option<String> {
    let own = null.resolution.compared_at(common).filter(|own| *own < common)?;
    Some(format!(
        "null model {}: its instrument's resolving power, about {own}, is below {common}; it is compared as it is",
        null.name
    ))
}

/// λ⁻¹ B_ν(T): small grains without any band.
fn featureless(how: Preparation) -> miette::Result<Entry> {
    // As far as the kernel reaches, so that it is whole at both ends of the grid.
    let reach = 1.0 + 3.0 / how.common + STEP;
    let x = finely((how.grid[0] / reach, how.grid[how.grid.len() - 1] * reach), how.common);
    let y = x.iter().map(|x| 1.0 / x).collect();
    let opacity = Spectrum::<Wavelength, Opacity>::new(x, y, None, Unit::Relative).into_diagnostic()?;
    let emission = emission(&opacity, how.grid, how.temperature, Some(how.common))?;
    Ok(entry("featureless λ⁻¹", how.grid, emission, Origin::Exact, Resolution::Sharp, Vec::new()))
}

fn entry(
    name: &str,
    grid: &[f64],
    emission: Vec<f64>,
    origin: Origin,
    resolution: Resolution,
    gaps: Vec<Gap>,
) -> Entry {
    let wavelength_um = grid.to_vec();
    let candidate = Candidate { name: name.into(), null_model: true, wavelength_um, emission };
    Entry { candidate, origin, resolution, gaps }
}

/// Points between two wavelengths, so dense that a kernel of this resolving power has eight in its standard deviation.
fn finely((low, high): (f64, f64), power: f64) -> Vec<f64> {
    let step = (1.0 / 1500.0_f64).min(1.0 / (8.0 * 2.355 * power));
    let points = ((high / low).ln() / step).ceil().max(1.0);
    (0..=points as usize).map(|k| (low * (high / low).powf(k as f64 / points)).clamp(low, high)).collect()
}

/// The model in those of the grid's bins that it fills with its kernel, or nothing if these are too few.
fn model(table: &Table, null: &NullModel, how: Preparation) -> miette::Result<Option<Entry>> {
    let selection = Selection { errors: Errors::Ignored, duplicates: Duplicates::Merge, ..Selection::default() };
    let kernel = null.resolution.kernel(how.common);
    let part = |range: (f64, f64)| {
        let part = filled(how.grid, range, kernel, STEP);
        (2 * part.len() >= how.grid.len()).then(|| &how.grid[part])
    };
    let ends = |part: &[f64]| (part[0], part[part.len() - 1]);
    Ok(match null.kind {
        Kind::OpticalConstants | Kind::Opacity => {
            let opacity: Spectrum<Wavelength, Opacity> = if null.kind == Kind::Opacity {
                table.spectrum(&selection).map_err(|error| raised(&error))?
            } else {
                let constants = table.optical_constants(&selection).map_err(|error| raised(&error))?;
                constants.opacity().into_diagnostic()?
            };
            let Some(part) = part(opacity.range()) else { return Ok(None) };
            let gaps = gaps::find(opacity.x(), ends(part));
            // Rows of optical constants lie farther apart than a kernel is wide.
            let (first, last) = opacity.range();
            let reach = 1.0 + kernel.map_or(0.0, |power| 3.0 / power) + STEP;
            let (low, high) = ends(part);
            let x = finely(((low / reach).max(first), (high * reach).min(last)), kernel.unwrap_or(how.common));
            let y = interpolate(opacity.x(), opacity.y(), &x).into_diagnostic()?;
            let fine = Spectrum::<Wavelength, Opacity>::new(x, y, None, opacity.unit()).into_diagnostic()?;
            let emission = emission(&fine, part, how.temperature, kernel)?;
            Some(entry(&null.name, part, emission, Origin::Published, null.resolution, gaps))
        }
        Kind::Observed => {
            let flux: Spectrum<Wavelength, FluxDensityNu> =
                table.spectrum(&selection).map_err(|error| raised(&error))?;
            let Some(part) = part(flux.range()) else { return Ok(None) };
            let gaps = gaps::find(flux.x(), ends(part));
            let seen = match kernel {
                Some(power) => flux.convolved(power).into_diagnostic()?,
                None => flux,
            };
            let values = seen.binned_at(part).into_diagnostic()?.y().to_vec();
            Some(entry(&null.name, part, values, Origin::Real, null.resolution, gaps))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use saigen::cases::qncc_spectra::similarity::Protocol;

    /// Convolved from beyond the grid, λ⁻¹ B_ν(T) keeps its slope to both ends; a kernel that is cut there bends it.
    #[test]
    fn a_model_is_convolved_with_what_lies_beyond_the_grid() {
        let grid = Protocol::default().grid().unwrap();
        for common in [60.0, 100.0] {
            let how = Preparation { grid: &grid, temperature: 600.0, common };
            let found = featureless(how).unwrap().candidate.emission;
            // The same from a wider grid.
            let wide = Protocol { from: 5.2 * (-20.0 * STEP).exp(), to: 15.5, step: STEP }.grid().unwrap();
            let wide = featureless(Preparation { grid: &wide, ..how }).unwrap().candidate.emission;
            for (k, value) in found.iter().enumerate() {
                assert!((value / wide[k + 20] - 1.0).abs() < 5e-5, "point {k}: {value} and {}", wide[k + 20]);
            }
        }
    }

    fn constants(last: f64) -> Table {
        let mut text = "wavelength_um,n,k\n".to_string();
        let mut x = 4.0;
        while x <= last {
            text.push_str(&format!("{x:.3},1.5,{:.4}\n", 0.1 + 0.01 * x));
            // No rows from 8 to 9 µm.
            x += if (7.99..8.01).contains(&x) { 1.0 } else { 0.02 };
        }
        open("constants.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn where_a_file_ends_the_edge_is_left_out_and_gaps_are_named() {
        let grid = Protocol::default().grid().unwrap();
        let null = NullModel {
            name: "made up".into(),
            file: String::new(),
            kind: Kind::OpticalConstants,
            resolution: Resolution::Sharp,
        };
        let how = Preparation { grid: &grid, temperature: 600.0, common: 60.0 };
        let whole = model(&constants(20.0), &null, how).unwrap().unwrap();
        assert_eq!(whole.candidate.wavelength_um, grid);
        let cut = model(&constants(12.0), &null, how).unwrap().unwrap();
        let last = *cut.candidate.wavelength_um.last().unwrap();
        // Four standard deviations of the kernel, and half a bin.
        assert!((11.4..11.65).contains(&last), "{last}");
        for (k, value) in cut.candidate.emission.iter().enumerate() {
            assert!((value / whole.candidate.emission[k] - 1.0).abs() < 1e-4, "point {k}");
        }
        assert!(matches!(cut.gaps[..], [(from, to)] if (from - 8.0).abs() < 0.02 && (to - 9.0).abs() < 0.02));
        assert!(model(&constants(7.0), &null, how).unwrap().is_none());
        // What is sharper is convolved, what is blunter is named.
        let observed = |power| NullModel { kind: Kind::Observed, resolution: Resolution::Of(power), ..null.clone() };
        assert!(blunt(&observed(90.0), 100.0).unwrap().contains("about 90, is below 100"));
        assert!(blunt(&observed(90.0), 60.0).is_none());
    }
}
