//! Decomposition of the nucleus of M101: the proven optimum, attenuation, free line centres, honest errors.

use serde::{Deserialize, Serialize};

use super::published::{Numbers, numbers};
use super::{CASE, raise, table};
use crate::cases::qncc_spectra::decompose::{
    CLASSIC_COMPLEXES, ComplexPower, Component, Curve, Decomposition, Form, Freedom, Model, Settings, Shape, Which,
    parse,
};
use crate::cases::qncc_spectra::fit::{BootstrapOptions, Options, Parameter, Replicate};
use crate::cases::qncc_spectra::readers::{Errors, Selection, Table};
use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Opacity, Wavelength};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`M101`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub spectrum: String,
    pub components: String,
    pub attenuation: String,
    /// Coefficients and errors computed elsewhere.
    pub reference: String,
    /// The result of the IDL code.
    pub idl: String,
    /// Optical depths at which χ² is drawn.
    pub depths: Vec<f64>,
    /// How far line centres may move, in µm.
    pub reach: f64,
    pub replicates: usize,
    pub options: Options,
}

impl Params {
    /// The settings of the smoke tier.
    pub fn smoke(seed: u64) -> Self {
        Self {
            spectrum: "m101_nucleus_spitzer_irs.ipac".into(),
            components: "components_classic_smith2007.csv".into(),
            attenuation: "attenuation_smith2007_kvt.csv".into(),
            reference: "m101_reference_fit.csv".into(),
            idl: "m101_idl_pahfit_result.csv".into(),
            depths: (0..=60).map(|k| 0.02 * f64::from(k)).collect(),
            reach: 0.05,
            replicates: 1000,
            options: Options { seed, ..Options::default() },
        }
    }

    /// The settings of the paper tier.
    pub fn paper(seed: u64) -> Self {
        Self { replicates: 10_000, ..Self::smoke(seed) }
    }
}

/// One decomposition in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    /// τ at 9.7 µm; zero without attenuation.
    pub depth: f64,
    pub chi2: f64,
    /// Positive coefficients.
    pub positive: usize,
    /// Points minus parameters.
    pub freedom: usize,
    pub bic: f64,
    /// Largest violation of the optimality conditions after column scaling.
    pub kkt: f64,
    /// √(χ²/freedom).
    pub inflation: f64,
    /// Largest relative difference of coefficients above 5σ from the reference; `None` without one.
    pub difference: Option<f64>,
    /// How many coefficients were compared.
    pub compared: usize,
}

/// The power of one band complex, in 10⁻¹³ W m⁻² when the file's numbers are read as Jy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    pub name: String,
    pub value: f64,
    /// Formal σ at the best τ, held fixed.
    pub at_depth: f64,
    /// Formal σ with τ free.
    pub formal: f64,
    /// Standard deviation of the bootstrap with errors widened by √(χ²/dof), τ held.
    pub drawn_at_depth: f64,
    /// The same with τ fitted to every drawn spectrum.
    pub bootstrap: f64,
    /// The IDL code's value with its σ (in quadrature, without covariance), in the same unit.
    pub idl: Option<(f64, f64)>,
    /// PAHFIT's value, which has no error.
    pub pahfit: Option<f64>,
}

/// A run of PAHFIT on this spectrum, as recorded in `data/published`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PahfitRun {
    pub version: String,
    /// Most calls of the model that it was allowed.
    pub calls: usize,
    pub chi2: f64,
    /// τ at 9.7 µm.
    pub tau: f64,
    pub grade: String,
    pub source: String,
}

/// A component that was left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    pub label: String,
    /// BIC without it minus BIC with it.
    pub bic_change: f64,
}

/// A part of the model, summed over components of one kind, at every wavelength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub flux: Vec<f64>,
}

/// All about M101.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Wavelengths in µm.
    pub wavelength: Vec<f64>,
    pub flux: Vec<f64>,
    pub sigma: Vec<f64>,
    /// Without attenuation.
    pub plain: Solution,
    /// With attenuation.
    pub dimmed: Solution,
    /// With attenuation and free line centres.
    pub free: Solution,
    /// Where χ² is one above its minimum, in τ.
    pub interval: (Option<f64>, Option<f64>),
    /// χ² at optical depths.
    pub profile: Vec<(f64, f64)>,
    /// The best model at every wavelength, and its parts after attenuation.
    pub model: Vec<f64>,
    pub parts: Vec<Part>,
    pub powers: Vec<Power>,
    pub left_out: Vec<LeftOut>,
    /// PAHFIT on the same problem, all places held.
    pub pahfit_held: PahfitRun,
    /// PAHFIT with its own components; [`Power::pahfit`] has the powers of that fit.
    pub pahfit_own: PahfitRun,
    /// τ of the IDL code, with its error.
    pub idl_depth: (f64, f64),
}

/// The decomposition of M101.
pub struct M101;

impl Experiment for M101 {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "m101";

    fn inputs(params: &Params) -> Vec<String> {
        let Params { spectrum, components, attenuation, reference, idl, .. } = params;
        [spectrum, components, attenuation, reference, idl].map(Clone::clone).to_vec()
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let data = Data::read(params, bench)?;
        let failed = || raise(Self::NAME);
        let settings = Settings { options: params.options, ..Settings::default() };
        let plain_model = data.model(Settings { attenuation: None, ..settings })?;
        let plain = plain_model.fit(bench.monitor).map_err(failed())?;
        let model = data.model(settings)?;
        let best = model.fit(bench.monitor).map_err(failed())?;
        let interval = model.depth_interval(&best, 1.0, bench.monitor).map_err(failed())?;
        let chi2 = model.chi2_of_depth(&best, &params.depths, bench.monitor).map_err(failed())?;
        let centres = Some(Freedom { which: Which::Lines, reach: params.reach });
        let free_model = data.model(Settings { centres, ..settings })?;
        let free = free_model.fit(bench.monitor).map_err(failed())?;
        let without = model.without_each(&best, bench.monitor).map_err(failed())?;
        let drawn =
            BootstrapOptions { replicates: params.replicates, seed: params.options.seed, inflation: best.inflation() };
        let bootstrap = model.bootstrap(&best, &drawn, bench.monitor).map_err(failed())?;
        let mut held = data.model(settings)?;
        if let Some(depth) = best.shapes.iter().position(|shape| *shape == Shape::OpticalDepth) {
            held.hold(depth, best.fit.shapes[depth]);
        }
        let held = held.bootstrap(&best, &drawn, bench.monitor).map_err(failed())?;
        let powers = best
            .complexes(&CLASSIC_COMPLEXES)
            .into_iter()
            .map(|complex| {
                let of_replicate =
                    |replicate: &Replicate| complex.members.iter().filter_map(|j| best.power_of(*j, replicate)).sum();
                power(&best, &complex, [held.sigma(of_replicate), bootstrap.sigma(of_replicate)], &data)
            })
            .collect();
        let left_out = without
            .iter()
            .map(|one| LeftOut { label: best.components[one.component].label(), bic_change: one.bic_change })
            .collect();
        Ok(Outcome {
            plain: data.solution(&plain, Some(REFERENCE_PLAIN)),
            dimmed: data.solution(&best, Some(REFERENCE_DIMMED)),
            free: data.solution(&free, None),
            interval: (interval.lower, interval.upper),
            profile: params.depths.iter().copied().zip(chi2).collect(),
            model: best.fit.model.clone(),
            parts: parts(&model, &best),
            powers,
            left_out,
            pahfit_own: data.numbers.pahfit_own,
            pahfit_held: data.numbers.pahfit_held,
            idl_depth: (data.numbers.idl.tau, data.numbers.idl.tau_error),
            wavelength: data.wavelength,
            flux: data.flux,
            sigma: data.sigma,
        })
    }
}

/// Columns of the reference: coefficients and errors, without attenuation and with.
const REFERENCE_PLAIN: [&str; 2] = ["coef_tau0", "sigma_tau0"];
const REFERENCE_DIMMED: [&str; 2] = ["coef_tau0p31492", "sigma_tau0p31492"];
/// W m⁻² in the unit of [`Power`].
const UNIT: f64 = 1e-13;

/// What the files hold.
struct Data {
    wavelength: Vec<f64>,
    flux: Vec<f64>,
    sigma: Vec<f64>,
    components: Vec<Component>,
    curve: Curve,
    reference: Vec<(&'static str, Vec<f64>)>,
    /// Centre in µm, strength and its error in W m⁻² sr⁻¹ of the IDL code's features.
    idl: Vec<(f64, f64, f64)>,
    numbers: Numbers,
}

impl Data {
    fn read(params: &Params, bench: &Workbench) -> Result<Self, CaseError> {
        let selection = Selection { errors: Errors::Required, ..Selection::default() };
        let spectrum = table(M101::NAME, &params.spectrum, bench)?
            .spectrum::<Wavelength, FluxDensityNu>(&selection)
            .map_err(raise(M101::NAME))?;
        let components = parse(&bench.library.text(CASE, &params.components)?).map_err(raise(M101::NAME))?;
        let curve = table(M101::NAME, &params.attenuation, bench)?
            .spectrum::<Wavelength, Opacity>(&Selection::default())
            .map_err(raise(M101::NAME))?;
        let curve = Curve::new(curve.x().to_vec(), curve.y().to_vec()).map_err(raise(M101::NAME))?;
        let reference = table(M101::NAME, &params.reference, bench)?;
        let column = |name: &'static str| Ok((name, reference.numbers(name).map_err(raise(M101::NAME))?));
        let reference =
            REFERENCE_PLAIN.into_iter().chain(REFERENCE_DIMMED).map(column).collect::<Result<_, CaseError>>()?;
        Ok(Self {
            wavelength: spectrum.x().to_vec(),
            flux: spectrum.y().to_vec(),
            sigma: spectrum.sigma().unwrap_or_default().to_vec(),
            components,
            curve,
            reference,
            idl: idl_features(&table(M101::NAME, &params.idl, bench)?)?,
            numbers: numbers(M101::NAME)?,
        })
    }

    fn model(&self, settings: Settings) -> Result<Model, CaseError> {
        let curve = Some(&self.curve);
        Model::new(self.components.clone(), &self.wavelength, &self.flux, &self.sigma, curve, settings)
            .map_err(raise(M101::NAME))
    }

    fn solution(&self, found: &Decomposition, reference: Option<[&str; 2]>) -> Solution {
        let column = |name: &str| {
            self.reference.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, column)| column.as_slice())
        };
        let (mut difference, mut compared) = (None, 0);
        if let Some([coefficients, errors]) = reference {
            let pairs = column(coefficients).iter().zip(column(errors)).zip(&found.fit.coefficients);
            let sure = pairs.filter(|((reference, error), _)| **error > 0.0 && **reference > 5.0 * **error);
            for ((reference, _), coefficient) in sure {
                compared += 1;
                difference = Some(f64::max(difference.unwrap_or(0.0), (coefficient / reference - 1.0).abs()));
            }
        }
        Solution {
            depth: found.optical_depth().map_or(0.0, |(depth, _)| depth),
            chi2: found.fit.chi2,
            positive: found.fit.positive,
            freedom: found.degrees_of_freedom(),
            bic: found.bic,
            kkt: found.fit.kkt,
            inflation: found.inflation(),
            difference,
            compared,
        }
    }
}

/// Dust features of the IDL code's result: its lines have no error where they are zero, so rows are read one by one.
fn idl_features(table: &Table) -> Result<Vec<(f64, f64, f64)>, CaseError> {
    let column = |name: &str| table.index(name).map_err(raise(M101::NAME));
    let (kind, center) = (column("kind")?, column("center_um")?);
    let (strength, error) = (column("int_strength")?, column("int_strength_unc")?);
    let rows = table.rows().iter().filter(|row| row.fields[kind].as_deref() == Some("dust_feature"));
    let feature = |fields: &[Option<String>]| {
        let number = |column: usize| fields[column].as_deref().and_then(|text| text.parse::<f64>().ok());
        Some((number(center)?, number(strength)?, number(error)?))
    };
    Ok(rows.filter_map(|row| feature(&row.fields)).collect())
}

fn power(found: &Decomposition, complex: &ComplexPower, drawn: [f64; 2], data: &Data) -> Power {
    let positive = complex.members.iter().filter(|j| found.fit.coefficients[**j] > 0.0);
    let slope = |j: &usize| Some((Parameter::Coefficient(*j), found.power(*j)?.value / found.fit.coefficients[*j]));
    let gradient: Vec<(Parameter, f64)> = positive.filter_map(slope).collect();
    let formal = complex.power.sigma.unwrap_or(f64::NAN);
    Power {
        name: complex.name.clone(),
        value: complex.power.value / UNIT,
        at_depth: at_depth(found, &gradient, formal) / UNIT,
        formal: formal / UNIT,
        drawn_at_depth: drawn[0] / UNIT,
        bootstrap: drawn[1] / UNIT,
        idl: idl_power(found, complex, data),
        pahfit: data.numbers.pahfit.iter().find(|power| power.band == complex.name).map(|power| power.power),
    }
}

/// The formal σ of a sum of coefficients with τ held: what is left of the variance when the part that moves with τ is taken out.
fn at_depth(found: &Decomposition, gradient: &[(Parameter, f64)], formal: f64) -> f64 {
    let Some(depth) = found.shapes.iter().position(|shape| *shape == Shape::OpticalDepth) else { return formal };
    let depth = Parameter::Shape(depth);
    let covariance = &found.fit.covariance;
    let Some(own) = covariance.covariance(depth, depth).filter(|own| *own > 0.0) else { return formal };
    let shared: f64 = gradient.iter().filter_map(|(of, slope)| Some(slope * covariance.covariance(*of, depth)?)).sum();
    (formal * formal - shared * shared / own).max(0.0).sqrt()
}

/// The IDL code's power of a complex: 1 MJy/sr times µm integrates to W m⁻² sr⁻¹ as 1 Jy does to 10⁻⁶ W m⁻².
fn idl_power(found: &Decomposition, complex: &ComplexPower, data: &Data) -> Option<(f64, f64)> {
    let (mut sum, mut variance) = (0.0, 0.0);
    for j in &complex.members {
        let center = found.components[*j].place()?.centre_um;
        let (_, strength, error) = data.idl.iter().find(|one| (one.0 - center).abs() < 0.02)?;
        sum += strength;
        variance += error * error;
    }
    let to_unit = 1e-6 / UNIT;
    Some((sum * to_unit, variance.sqrt() * to_unit))
}

/// Sums of components by kind, dimmed as fitted.
fn parts(model: &Model, best: &Decomposition) -> Vec<Part> {
    use crate::cases::qncc_spectra::fit::Basis;
    let problem = model.problem();
    let basis: &dyn Basis = problem.basis;
    let kind = |form: Form| match form {
        Form::Blackbody { .. } | Form::ModifiedBlackbody { .. } => "continuum",
        Form::Line(_) => "lines",
        Form::Drude(_) | Form::Gaussian(_) | Form::Lorentzian(_) => "bands",
    };
    let mut parts: Vec<Part> =
        ["continuum", "bands", "lines"].map(|name| Part { name: name.into(), flux: vec![0.0; basis.rows()] }).to_vec();
    let mut column = vec![0.0; basis.rows()];
    for (j, component) in best.components.iter().enumerate() {
        basis.column(j, &best.fit.shapes, &mut column);
        if let Some(part) = parts.iter_mut().find(|part| part.name == kind(component.form)) {
            let coefficient = best.fit.coefficients[j];
            part.flux.iter_mut().zip(&column).for_each(|(sum, value)| *sum += coefficient * value);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn the_parts_add_up_and_the_numbers_are_those_of_the_reference() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let mut params = Params::smoke(1);
        params.replicates = 50;
        params.options.starts = 2;
        let found = M101::run(&params, &bench).unwrap();
        eprintln!("{:?}\n{:?}\n{:?}\n{:?}", found.plain, found.dimmed, found.free, found.interval);
        for power in &found.powers {
            eprintln!("{power:?}");
        }
        for one in found.left_out.iter().filter(|one| one.bic_change < 0.0) {
            eprintln!("{one:?}");
        }
        assert_eq!((found.wavelength.len(), found.powers.len()), (294, 7));
        for (i, model) in found.model.iter().enumerate() {
            let sum: f64 = found.parts.iter().map(|part| part.flux[i]).sum();
            assert!((sum - model).abs() < 1e-9 * model.abs().max(1.0), "point {i}: {sum} and {model}");
        }
        assert!((found.plain.chi2 / 1665.39937 - 1.0).abs() < 1e-6);
        assert!((found.dimmed.chi2 - 1659.7217).abs() < 1e-4);
        assert!(
            found
                .powers
                .iter()
                .all(|power| power.idl.is_some() && power.pahfit.is_some() && power.at_depth <= power.formal)
        );
    }
}
