//! The observed spectrum: at rest, as `F_ν`, at the common resolving power.

use miette::IntoDiagnostic;
use saigen::cases::qncc_spectra::readers::Errors;
use saigen::cases::qncc_spectra::spectrum::{FluxDensityNu, Spectrum, Wavelength};
use saigen::cases::qncc_spectra::xanes::scan::scatter;
use saigen::repro::Origin;

use super::super::input::{flux, in_vacuum, open};
use super::Arguments;

/// Points on either side whose scatter makes an error.
const REACH: usize = 12;

pub struct Observed {
    /// With errors.
    pub spectrum: Spectrum<Wavelength, FluxDensityNu>,
    pub origin: Origin,
    pub remarks: Vec<String>,
}

/// Reads the observed spectrum; `F_λ` is converted.
pub fn read(arguments: &Arguments) -> miette::Result<Observed> {
    let table = open(&arguments.observed)?;
    let mut selection = arguments.columns.selection(Errors::Optional);
    // The range is that of the comparison; convolution and bins need what lies beyond.
    selection.range = None;
    let (spectrum, mut remarks) = flux(&table, &selection)?;
    let spectrum = in_vacuum(spectrum, arguments.wavelengths, table.place(), &mut remarks);
    let mut spectrum = spectrum.at_rest(arguments.redshift).into_diagnostic()?;
    if arguments.redshift != 0.0 {
        remarks.push(format!("wavelengths divided by 1 + z, z = {}", arguments.redshift));
    }
    if spectrum.sigma().is_none() {
        remarks.push("OBSERVED has no errors: taken from the scatter of neighbouring points".into());
        let y = spectrum.y();
        // A smooth (synthetic) spectrum has no scatter; a thousandth of its range keeps χ² finite.
        let (low, high) =
            y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
        let least = (1e-3 * (high - low)).max(f64::MIN_POSITIVE);
        let sigma = scatter(y, REACH).into_iter().map(|sigma| sigma.max(least)).collect();
        spectrum = spectrum.with_sigma(sigma).into_diagnostic()?;
    }
    Ok(Observed { spectrum, origin: arguments.columns.origin(&arguments.observed, &table), remarks })
}

impl Observed {
    /// Values and one-σ errors in the grid's bins, convolved before if a kernel is given.
    pub fn on(&self, grid: &[f64], kernel: Option<f64>) -> miette::Result<(Vec<f64>, Vec<f64>)> {
        let seen = match kernel {
            Some(power) => self.spectrum.convolved(power).into_diagnostic()?,
            None => self.spectrum.clone(),
        };
        let binned = seen.binned_at(grid).into_diagnostic()?;
        let sigma = binned.sigma().unwrap_or_default().to_vec();
        Ok((binned.y().to_vec(), sigma))
    }
}
