//! The laboratory's spectrum: from whatever was measured to emission on the common grid.

use clap::ValueEnum;
use miette::{IntoDiagnostic, WrapErr};
use saigen::cases::qncc_spectra::atr::{self, Correction, Crystal, to_transmission};
use saigen::cases::qncc_spectra::baseline;
use saigen::cases::qncc_spectra::emission::{Density, from_absorbance};
use saigen::cases::qncc_spectra::readers::{Errors, Selection, Table};
use saigen::cases::qncc_spectra::similarity::{Comparison, Setup, compare};
use saigen::cases::qncc_spectra::spectrum::{
    Absorbance, Axis, FluxDensityNu, Opacity, Spectrum, Transmittance, Unit, Wavelength, Wavenumber,
};
use saigen::repro::Origin;

use super::super::input::{Medium, in_vacuum, open, origin, raised, take};
use super::{Arguments, Compared};

/// What a laboratory's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Material {
    Absorbance,
    Transmittance,
    /// Opacity or optical depth; no baseline is taken off.
    Opacity,
    /// n and k; no baseline is taken off.
    OpticalConstants,
}

/// Crystals of attenuated total reflection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AtrCrystal {
    Diamond,
    Znse,
    Germanium,
}

impl From<AtrCrystal> for Crystal {
    fn from(crystal: AtrCrystal) -> Self {
        match crystal {
            AtrCrystal::Diamond => Crystal::Diamond,
            AtrCrystal::Znse => Crystal::ZincSelenide,
            AtrCrystal::Germanium => Crystal::Germanium,
        }
    }
}

/// How the baseline of an absorbance is drawn, against wavenumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Baseline {
    /// None is taken off.
    None,
    /// A straight line through both ends of the range (4 % of it each).
    Linear,
    /// Asymmetric least squares, stiff (Eilers & Boelens 2005; λ = 10⁷, p = 0.001).
    Als,
    /// Asymmetric least squares, less stiff (λ = 10⁵, p = 0.001).
    AlsSoft,
}

impl Baseline {
    const ALL: [Self; 4] = [Baseline::None, Baseline::Linear, Baseline::Als, Baseline::AlsSoft];

    pub fn label(self) -> &'static str {
        match self {
            Baseline::None => "none",
            Baseline::Linear => "linear",
            Baseline::Als => "als",
            Baseline::AlsSoft => "als-soft",
        }
    }

    fn method(self, (low, high): (f64, f64)) -> Option<baseline::Baseline> {
        let end = 0.04 * (high - low);
        let asymmetric = |stiffness| baseline::Baseline::AsymmetricLeastSquares { stiffness, asymmetry: 0.001 };
        match self {
            Baseline::None => None,
            Baseline::Linear => {
                Some(baseline::Baseline::Linear { windows: vec![(low, low + end), (high - end, high)] })
            }
            Baseline::Als => Some(asymmetric(1e7)),
            Baseline::AlsSoft => Some(asymmetric(1e5)),
        }
    }
}

/// Thickness of the film that an ATR spectrum is turned into, µm; the scale is free anyway.
const FILM_UM: f64 = 1.0;

/// What was measured: absorbance against wavenumber, or an opacity.
enum Measured {
    Absorbance(Spectrum<Wavenumber, Absorbance>),
    Opacity(Spectrum<Wavelength, Opacity>),
}

pub struct Laboratory {
    pub name: String,
    pub origin: Origin,
    pub remarks: Vec<String>,
    measured: Measured,
}

/// What the comparison says when another baseline is taken off.
pub struct UnderBaseline {
    pub baseline: &'static str,
    pub comparison: Comparison,
}

/// Reads the laboratory's file.
pub fn read(arguments: &Arguments) -> miette::Result<Laboratory> {
    let path = &arguments.laboratory;
    let table = open(path)?;
    let units = arguments.lab_units.unwrap_or_default();
    let selection = Selection {
        axis: arguments.lab_axis.clone(),
        value: arguments.lab_column.clone(),
        axis_unit: units.axis,
        unit: units.value,
        errors: Errors::Ignored,
        ..Selection::default()
    };
    let (measured, remarks) = match arguments.material.unwrap_or_else(|| kind(&table)) {
        Material::Absorbance => {
            let (reading, remarks) = take::<Wavenumber, Absorbance>(&table, &selection)?;
            (Measured::Absorbance(reading.spectrum), remarks)
        }
        Material::Transmittance => {
            let (reading, mut remarks) = take::<Wavenumber, Transmittance>(&table, &selection)?;
            remarks.push(format!("{}: transmittance converted to absorbance, −log₁₀ T", table.place()));
            (Measured::Absorbance(reading.spectrum.to_absorbance().into_diagnostic()?), remarks)
        }
        Material::Opacity => {
            let (reading, remarks) = take::<Wavelength, Opacity>(&table, &selection)?;
            (Measured::Opacity(reading.spectrum), remarks)
        }
        Material::OpticalConstants => {
            let selection = Selection { value: None, unit: None, ..selection };
            let constants = table.optical_constants(&selection).map_err(|error| raised(&error))?;
            (Measured::Opacity(constants.opacity().into_diagnostic()?), Vec::new())
        }
    };
    let mut remarks = remarks;
    let measured = match measured {
        Measured::Absorbance(spectrum) if arguments.lab_wavelengths != Medium::Vacuum => {
            let by_wavelength = spectrum.in_axis::<Wavelength>();
            let moved = in_vacuum(by_wavelength, arguments.lab_wavelengths, table.place(), &mut remarks);
            Measured::Absorbance(moved.in_axis::<Wavenumber>())
        }
        Measured::Absorbance(spectrum) => Measured::Absorbance(spectrum),
        Measured::Opacity(spectrum) => {
            Measured::Opacity(in_vacuum(spectrum, arguments.lab_wavelengths, table.place(), &mut remarks))
        }
    };
    if arguments.atr.is_some() && matches!(measured, Measured::Absorbance(_)) {
        remarks.push(format!("{}: corrected from attenuated total reflection to transmission", table.place()));
    }
    let name = path.file_stem().map_or_else(|| "LAB".into(), |stem| stem.to_string_lossy().into_owned());
    Ok(Laboratory { name, origin: origin(arguments.lab_origin, path, &table), remarks, measured })
}

/// What a table holds, by the names of its columns.
fn kind(table: &Table) -> Material {
    let has =
        |names: &[&str]| table.columns().iter().any(|column| names.contains(&column.name.to_lowercase().as_str()));
    if has(&["n"]) && has(&["k"]) {
        Material::OpticalConstants
    } else if has(&["transmittance", "transmission", "%t"]) {
        Material::Transmittance
    } else if has(&["opacity", "kappa", "tau"]) {
        Material::Opacity
    } else {
        Material::Absorbance
    }
}

impl Laboratory {
    /// First and last wavelength, µm.
    pub fn range(&self) -> (f64, f64) {
        match &self.measured {
            Measured::Absorbance(spectrum) => {
                let (low, high) = spectrum.range();
                (Wavenumber::to_micron(high), Wavenumber::to_micron(low))
            }
            Measured::Opacity(spectrum) => spectrum.range(),
        }
    }

    /// Wavelengths of the points, µm, ascending.
    pub fn wavelengths(&self) -> Vec<f64> {
        match &self.measured {
            Measured::Absorbance(spectrum) => spectrum.x().iter().rev().map(|x| Wavenumber::to_micron(*x)).collect(),
            Measured::Opacity(spectrum) => spectrum.x().to_vec(),
        }
    }

    /// κ B_ν(T) in the grid's bins, after the baseline was taken off, convolved if a kernel is given.
    pub fn emission(
        &self,
        grid: &[f64],
        kernel: Option<f64>,
        baseline: Baseline,
        arguments: &Arguments,
    ) -> miette::Result<Vec<f64>> {
        let opacity = match &self.measured {
            Measured::Opacity(spectrum) => spectrum.clone(),
            Measured::Absorbance(spectrum) => {
                // The part that is compared with what the kernel reaches, and the next point beyond.
                let reach = 1.0 + kernel.map_or(0.0, |power| 2.6 / power) + 0.006;
                let low = Wavenumber::of_micron(grid[grid.len() - 1] * reach);
                let high = Wavenumber::of_micron(grid[0] / reach);
                let x = spectrum.x();
                let from = x.partition_point(|x| *x < low).saturating_sub(1);
                let to = x.partition_point(|x| *x <= high).min(x.len() - 1);
                let part = spectrum.slice(x[from], x[to]).into_diagnostic()?;
                let above = match baseline.method(part.range()) {
                    Some(method) => method.remove(part.x(), part.y()).into_diagnostic()?,
                    None => part.y().to_vec(),
                };
                let above = match arguments.atr {
                    Some(crystal) => {
                        let setup = atr::Setup {
                            crystal: crystal.into(),
                            angle_degrees: arguments.atr_angle,
                            bounces: arguments.atr_bounces,
                            sample_index: arguments.atr_index,
                        };
                        let film = to_transmission(part.x(), &above, &setup, Correction::DepthAndDispersion, FILM_UM);
                        film.into_diagnostic().wrap_err("correcting the ATR spectrum to transmission")?.absorbance
                    }
                    None => above,
                };
                let above = Spectrum::<Wavenumber, Absorbance>::new(part.x().to_vec(), above, None, Unit::One);
                let by_wavelength = above.into_diagnostic()?.in_axis::<Wavelength>();
                Spectrum::new(by_wavelength.x().to_vec(), by_wavelength.y().to_vec(), None, Unit::Relative)
                    .into_diagnostic()?
            }
        };
        emission(&opacity, grid, arguments.temperature, kernel)
    }

    /// How the comparison moves with the baseline; nothing for optical constants and opacities.
    pub fn under_baselines(
        &self,
        compared: &Compared,
        setup: &Setup,
        arguments: &Arguments,
    ) -> miette::Result<Vec<UnderBaseline>> {
        if matches!(self.measured, Measured::Opacity(_)) {
            return Ok(Vec::new());
        }
        let kernel = compared.resolutions.laboratory.kernel(compared.resolutions.common);
        let mut rows = Vec::new();
        for baseline in Baseline::ALL {
            let emission = self.emission(&compared.grid, kernel, baseline, arguments)?;
            let comparison = compare(&compared.grid, &emission, (&compared.observed, &compared.sigma), setup);
            rows.push(UnderBaseline { baseline: baseline.label(), comparison: comparison.into_diagnostic()? });
        }
        Ok(rows)
    }
}

/// κ B_ν(T) in the grid's bins, convolved before if a kernel is given.
pub fn emission(
    opacity: &Spectrum<Wavelength, Opacity>,
    grid: &[f64],
    temperature: f64,
    kernel: Option<f64>,
) -> miette::Result<Vec<f64>> {
    let values = from_absorbance(opacity.x(), opacity.y(), temperature, Density::Frequency).into_diagnostic()?;
    let emitted = Spectrum::<Wavelength, FluxDensityNu>::new(opacity.x().to_vec(), values, None, Unit::Relative);
    let emitted = emitted.into_diagnostic()?;
    let seen = match kernel {
        Some(power) => emitted.convolved(power).into_diagnostic()?,
        None => emitted,
    };
    Ok(seen.binned_at(grid).into_diagnostic()?.y().to_vec())
}
