//! χ² along one shape, everything else fitted again, and the interval that it gives.

use serde::{Deserialize, Serialize};

use super::FitError;
use super::search::Whitened;
use super::separable::{Fit, Options, Problem};
use crate::display::Monitor;
use crate::methods::parallel::ordered;

/// How often the reach is doubled before an interval counts as open.
const DOUBLINGS: usize = 40;

/// Where χ² has risen by a given amount.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Below the best value; `None` when χ² doesn't rise as much before the bound.
    pub lower: Option<f64>,
    /// Above the best value; `None` as before.
    pub upper: Option<f64>,
}

/// χ² at each of `values` of shape `s`, with all else fitted again.
///
/// # Errors
/// As [`super::fit()`].
pub fn profile(
    problem: &Problem<'_>,
    fit: &Fit,
    s: usize,
    values: &[f64],
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Vec<f64>, FitError> {
    ordered(values.len(), monitor, |index| at(problem, fit, s, values[index], options))?.into_iter().collect()
}

/// χ² at each of `values` of shape `s` with the other shapes held at `shapes`: the coefficients alone are fitted.
///
/// # Errors
/// As [`super::fit()`].
pub fn scan(problem: &Problem<'_>, shapes: &[f64], s: usize, values: &[f64]) -> Result<Vec<f64>, FitError> {
    let whitened = Whitened::new(problem)?;
    let mut warm = Vec::new();
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let mut moved = shapes.to_vec();
        moved[s] = *value;
        let state = whitened.evaluate(moved, &warm)?;
        found.push(state.chi2);
        warm = state.solution.x;
    }
    Ok(found)
}

/// The interval of shape `s` in which χ² is at most `rise` above its minimum: 1 for one σ of one parameter.
///
/// The ends are exact to 1e-6 of the interval's width.
///
/// # Errors
/// As [`super::fit()`]; [`FitError::Length`] when there is no such shape.
pub fn interval(
    problem: &Problem<'_>,
    fit: &Fit,
    s: usize,
    rise: f64,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Interval, FitError> {
    if s >= fit.shapes.len() {
        return Err(FitError::Length { what: "the list of shapes", found: fit.shapes.len(), expected: s + 1 });
    }
    let excess = |value: f64| -> Result<f64, FitError> {
        if monitor.cancelled() {
            return Err(crate::methods::parallel::Interrupted.into());
        }
        Ok(at(problem, fit, s, value, options)? - fit.chi2 - rise)
    };
    let sigma = fit.covariance.sigma(super::Parameter::Shape(s)).filter(|sigma| sigma.is_finite() && *sigma > 0.0);
    let first = sigma.unwrap_or(1e-2 * fit.shapes[s].abs().max(1e-2)) * rise.sqrt();
    let end = |bound: f64| -> Result<Option<f64>, FitError> {
        let direction = if bound < fit.shapes[s] { -1.0 } else { 1.0 };
        let (mut inside, mut low) = (fit.shapes[s], -rise);
        let mut reach = first;
        for _ in 0..DOUBLINGS {
            let far = fit.shapes[s] + direction * reach;
            let outside = if direction * (far - bound) > 0.0 { bound } else { far };
            if outside == inside {
                return Ok(None);
            }
            let high = excess(outside)?;
            if high >= 0.0 {
                return root((inside, low), (outside, high), 1e-6 * first, &excess).map(Some);
            }
            (inside, low) = (outside, high);
            reach *= 2.0;
        }
        Ok(None)
    };
    Ok(Interval { lower: end(problem.lower[s])?, upper: end(problem.upper[s])? })
}

/// χ² with shape `s` held at `value`.
fn at(problem: &Problem<'_>, fit: &Fit, s: usize, value: f64, options: &Options) -> Result<f64, FitError> {
    let (mut lower, mut upper, mut start) = (problem.lower.clone(), problem.upper.clone(), fit.shapes.clone());
    (lower[s], upper[s], start[s]) = (value, value, value);
    let held = Problem { non_negative: problem.non_negative.clone(), lower, upper, ..*problem };
    Ok(Whitened::new(&held)?.search(&start, &fit.coefficients, options)?.chi2)
}

/// The root between two points of opposite sign, by the Illinois rule of false position.
fn root(
    mut a: (f64, f64),
    mut b: (f64, f64),
    width: f64,
    f: &impl Fn(f64) -> Result<f64, FitError>,
) -> Result<f64, FitError> {
    let mut side = 0;
    for _ in 0..100 {
        if (b.0 - a.0).abs() <= width || a.1 == b.1 {
            break;
        }
        let middle = (a.0 * b.1 - b.0 * a.1) / (b.1 - a.1);
        let value = f(middle)?;
        if value.abs() < 1e-9 {
            return Ok(middle);
        }
        if (value < 0.0) == (a.1 < 0.0) {
            a = (middle, value);
            if side == 1 {
                b.1 *= 0.5;
            }
            side = 1;
        } else {
            b = (middle, value);
            if side == 2 {
                a.1 *= 0.5;
            }
            side = 2;
        }
    }
    Ok(0.5 * (a.0 + b.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::fit::separable::tests::Bands;
    use crate::cases::qncc_spectra::fit::{Parameter, fit};
    use crate::display::Silent;

    #[test]
    fn near_a_quadratic_minimum_the_interval_is_one_sigma() {
        let bands = Bands::two();
        let (y, sigma) = bands.noisy(8);
        let problem = bands.problem(&y, &sigma);
        let options = Options { starts: 1, ..Options::default() };
        let best = fit(&problem, &[4.8, 7.2], &options, &Silent).expect("fits");
        let formal = best.covariance.sigma(Parameter::Shape(0)).expect("free");
        let found = interval(&problem, &best, 0, 1.0, &options, &Silent).expect("fits");
        let (lower, upper) = (found.lower.expect("inside"), found.upper.expect("inside"));
        assert!(((upper - lower) / (2.0 * formal) - 1.0).abs() < 0.05);
        let ends = profile(&problem, &best, 0, &[lower, best.shapes[0], upper], &options, &Silent).expect("fits");
        assert!((ends[0] - best.chi2 - 1.0).abs() < 1e-4);
        assert!((ends[1] - best.chi2).abs() < 1e-6);
        assert!((ends[2] - best.chi2 - 1.0).abs() < 1e-4);
    }

    #[test]
    fn an_interval_that_meets_a_bound_is_open() {
        let bands = Bands::two();
        let (y, sigma) = bands.noisy(8);
        let mut problem = bands.problem(&y, &sigma);
        let options = Options { starts: 1, ..Options::default() };
        let best = fit(&problem, &[4.8, 7.2], &options, &Silent).expect("fits");
        problem.lower[0] = best.shapes[0] - 1e-6;
        let found = interval(&problem, &best, 0, 1.0, &options, &Silent).expect("fits");
        assert_eq!(found.lower, None);
        assert!(found.upper.is_some());
        assert!(interval(&problem, &best, 2, 1.0, &options, &Silent).is_err());
    }

    #[test]
    fn the_root_of_a_cube_is_found() {
        let root = root((0.0, -8.0), (5.0, 117.0), 1e-12, &|x: f64| Ok(x.powi(3) - 8.0)).expect("no errors");
        assert!((root - 2.0).abs() < 1e-9);
    }
}
