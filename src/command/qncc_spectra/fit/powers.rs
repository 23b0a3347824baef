//! Powers of bands and lines: errors of those above zero, limits of those at zero.

use saigen::cases::qncc_spectra::decompose::{ComplexPower, Decomposition};
use saigen::cases::qncc_spectra::fit::Replicate;

use super::super::output::{Cell, Csv};
use super::{Found, Input, complexes, power_unit, replica};

/// Standard deviation of a quantity over the bootstrap, if there was one.
fn scatter(found: &Found, quantity: impl Fn(&Decomposition) -> f64) -> Option<f64> {
    let bootstrap = found.bootstrap.as_ref()?;
    Some(bootstrap.sigma(|replicate| quantity(&replica(&found.best, replicate))))
}

/// A complex with its errors, or its limits if it is at zero.
pub struct Power {
    pub complex: ComplexPower,
    pub scaled: Option<f64>,
    pub bootstrap: Option<f64>,
    /// Upper limits, formal and with χ²/dof.
    pub limits: [Option<f64>; 2],
}

/// The power below which component `j`, a band or a line at zero, lies with 95 %: formal, and with χ²/dof.
pub fn power_limits(found: &Found, j: usize) -> [Option<f64>; 2] {
    let best = &found.best;
    [0, 1].map(|which| {
        let mut coefficients = best.fit.coefficients.clone();
        coefficients[j] = found.limits[which][j]?;
        best.power_of(j, &Replicate { coefficients, shapes: best.fit.shapes.clone(), chi2: best.fit.chi2 })
    })
}

/// The power below which a complex lies with 95 % or more when all of its bands are at zero: the sum of their limits, each of
/// which has the others fitted again. For one band that is its own limit; for several the sum can't be exceeded.
fn complex_limits(found: &Found, members: &[usize]) -> [Option<f64>; 2] {
    if members.iter().any(|j| found.best.fit.coefficients[*j] > 0.0) {
        return [None; 2];
    }
    let single: Vec<[Option<f64>; 2]> = members.iter().map(|j| power_limits(found, *j)).collect();
    [0, 1].map(|which| single.iter().map(|limits| limits[which]).sum())
}

/// The powers of all complexes that have a band in the list.
pub fn powers(found: &Found) -> Vec<Power> {
    let inflation = found.best.inflation();
    let with_errors = |complex: ComplexPower| {
        let members = complex.members.clone();
        Power {
            scaled: complex.power.sigma.map(|sigma| sigma * inflation),
            // The scatter of what is held at zero in most draws is no error.
            bootstrap: scatter(found, |one| one.summed_power(&members).value).filter(|_| complex.power.value > 0.0),
            limits: complex_limits(found, &members),
            complex,
        }
    };
    found.best.complexes(complexes()).into_iter().map(with_errors).collect()
}

/// The table of complexes.
pub fn power_table(remarks: &[String], input: &Input, found: &Found) -> String {
    let unit = power_unit(input.spectrum.unit());
    let columns = [
        "complex",
        "bands_um",
        "power",
        "sigma_formal",
        "sigma_scaled",
        "sigma_bootstrap",
        "upper_limit_95_formal",
        "upper_limit_95_scaled",
        "unit",
    ];
    let mut csv = Csv::new(remarks, &columns);
    for row in powers(found) {
        let bands: Vec<String> = (row.complex.members.iter())
            .filter_map(|j| found.best.places[*j].map(|place| format!("{:.3}", place.centre_um)))
            .collect();
        let [formal, scaled] = row.limits;
        let numbers =
            [Some(row.complex.power.value), row.complex.power.sigma, row.scaled, row.bootstrap, formal, scaled];
        let head = [Cell::from(row.complex.name.as_str()), bands.join(" ").into()];
        csv.row(head.into_iter().chain(numbers.map(Cell::from)).chain([unit.into()]));
    }
    csv.finish()
}
