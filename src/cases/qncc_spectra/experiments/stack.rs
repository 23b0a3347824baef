//! The 3.3 and 3.4 µm bands of a mean galaxy spectrum: two Drude bands on a straight line.

use serde::{Deserialize, Serialize};

use super::{CASE, raise, table};
use crate::cases::qncc_spectra::bands::{BandFit, FreeBand, Profile, fit_bands};
use crate::cases::qncc_spectra::fit::Options;
use crate::cases::qncc_spectra::readers::{Errors, Selection};
use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Wavelength};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Stack`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub file: String,
    /// Wavelengths fitted, in µm, ends excluded.
    pub range: (f64, f64),
    pub bands: Vec<FreeBand>,
    pub options: Options,
}

impl Params {
    /// Settings; `seed` feeds the starts of the fit.
    pub fn new(seed: u64) -> Self {
        Self {
            file: "lai2020_1c_stack_akari_spitzer.ecsv".into(),
            range: (3.1, 3.75),
            bands: vec![
                FreeBand { centre: 3.29, fwhm: 0.06, centre_bounds: (3.25, 3.33), fwhm_bounds: (0.02, 0.2) },
                FreeBand { centre: 3.42, fwhm: 0.10, centre_bounds: (3.38, 3.50), fwhm_bounds: (0.03, 0.4) },
            ],
            options: Options { seed, tolerance: 1e-13, ..Options::default() },
        }
    }
}

/// The fit and its data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Wavelengths in µm.
    pub wavelength: Vec<f64>,
    pub flux: Vec<f64>,
    pub fit: BandFit,
}

/// The 3 µm bands of the stack.
pub struct Stack;

impl Experiment for Stack {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "stack";

    fn inputs(params: &Params) -> Vec<String> {
        vec![params.file.clone()]
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let selection = Selection { errors: Errors::Required, ..Selection::default() };
        let spectrum = table(Self::NAME, &params.file, bench)?
            .spectrum::<Wavelength, FluxDensityNu>(&selection)
            .map_err(raise(Self::NAME))?;
        let inside = |x: &f64| *x > params.range.0 && *x < params.range.1;
        let pick = |values: &[f64]| -> Vec<f64> {
            spectrum.x().iter().zip(values).filter(|(x, _)| inside(x)).map(|(_, value)| *value).collect()
        };
        let (wavelength, flux) = (pick(spectrum.x()), pick(spectrum.y()));
        let sigma = pick(spectrum.sigma().unwrap_or_default());
        let fit =
            fit_bands((&wavelength, &flux, &sigma), Profile::Drude, &params.bands, &params.options, bench.monitor)
                .map_err(raise(Self::NAME))?;
        Ok(Outcome { wavelength, flux, fit })
    }
}
