//! Stiff initial-value problems: the trait that a system implements, and an implicit solver with its Jacobian.

mod diffsol_bridge;
mod network;
pub mod problems;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::display::Monitor;
use crate::methods::parallel::Interrupted;

/// `dx/dt = f(t, x)` with its analytic Jacobian.
pub trait OdeSystem: Sync {
    /// Number of state variables.
    fn dimension(&self) -> usize;
    /// Writes `f(t, x)` into `out` (length = dimension).
    fn rhs(&self, t: f64, x: &[f64], out: &mut [f64]);
    /// Writes `∂f_i/∂x_j` into `out[j * dimension + i]` (column-major); `out` comes filled with zeros.
    fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]);
}

/// Error tolerances of an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tolerances {
    pub relative: f64,
    /// One for all variables, or one each.
    pub absolute: Vec<f64>,
}

impl Tolerances {
    /// The same absolute tolerance for all variables.
    pub fn uniform(relative: f64, absolute: f64) -> Self {
        Self { relative, absolute: vec![absolute] }
    }

    fn check(&self, dimension: usize) -> Result<(), OdeError> {
        let bad = |value: &f64| !(value.is_finite() && *value > 0.0);
        if bad(&self.relative) {
            return Err(OdeError::BadTolerance { which: "relative", value: self.relative });
        }
        if let Some(&value) = self.absolute.iter().find(|a| bad(a)) {
            return Err(OdeError::BadTolerance { which: "absolute", value });
        }
        let found = self.absolute.len();
        if found != 1 && found != dimension {
            return Err(OdeError::ToleranceLength { found, expected: dimension });
        }
        Ok(())
    }
}

/// States at the requested times: `states[k][i]` is variable `i` at `times[k]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    pub times: Vec<f64>,
    pub states: Vec<Vec<f64>>,
}

/// An integration could not start or ended early.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OdeError {
    #[error("interrupted at time {reached}")]
    Interrupted { reached: f64, source: Interrupted },
    #[error("the initial state has {found} entries; the system has {expected} variables")]
    StateLength { found: usize, expected: usize },
    #[error("the initial value of variable {variable} is {value}; it must be finite")]
    BadInitialValue { variable: usize, value: f64 },
    #[error("{found} absolute tolerances; expected one, or one for each of {expected} variables")]
    ToleranceLength { found: usize, expected: usize },
    #[error("the {which} tolerance is {value}; it must be finite and positive")]
    BadTolerance { which: &'static str, value: f64 },
    #[error("time {index} is {value}; times must be finite and must not decrease")]
    BadTime { index: usize, value: f64 },
    #[error("the rate of change of variable {variable} is {value} near time {reached}")]
    RateNotFinite { variable: usize, value: f64, reached: f64 },
    #[error("variable {variable} left the range of numbers after time {reached}")]
    Overflow { variable: usize, reached: f64 },
    #[error("the step became too small at time {reached}, before time {wanted}")]
    Stalled { reached: f64, wanted: f64 },
    #[error("no step succeeded at time {reached}, before time {wanted}")]
    StepFailed {
        reached: f64,
        wanted: f64,
        #[source]
        source: diffsol::DiffsolError,
    },
}

/// One accepted step with its interpolant, for integrals and events along the way.
pub(crate) struct Step<'s> {
    pub start: f64,
    pub end: f64,
    interpolate: &'s dyn Fn(f64, &mut [f64]),
}

impl Step<'_> {
    /// Writes the state at `start ≤ t ≤ end`.
    pub fn state_at(&self, t: f64, out: &mut [f64]) {
        (self.interpolate)(t.clamp(self.start, self.end), out);
    }
}

/// Integrates a system from `x0` at `times[0]` and returns the state at each time.
///
/// Variable-order BDF (orders 1 to 5, NDF coefficients) of the crate diffsol with dense LU and the system's own
/// Jacobian; the error of each step is kept below `relative·|x_i| + absolute_i` in the root mean square over
/// variables. Times may repeat. The cost per step is one or two right-hand sides, and now and then a Jacobian and a
/// factorisation, `O(dimension³)`.
///
/// # Errors
/// Bad sizes, tolerances or times; a right-hand side that isn't finite; a step that fails or stalls, with the time
/// reached; an interrupt.
pub fn solve(
    system: &dyn OdeSystem,
    x0: &[f64],
    times: &[f64],
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
) -> Result<Trajectory, OdeError> {
    check_times(times)?;
    let (Some(&start), Some(&end)) = (times.first(), times.last()) else {
        check_start(system, x0, tolerances)?;
        return Ok(Trajectory { times: Vec::new(), states: Vec::new() });
    };
    let mut states: Vec<Vec<f64>> = times.iter().take_while(|t| **t == start).map(|_| x0.to_vec()).collect();
    march(system, x0, (start, end), tolerances, monitor, &mut |step| {
        while let Some(&t) = times.get(states.len()).filter(|t| **t <= step.end) {
            let mut x = vec![0.0; x0.len()];
            step.state_at(t, &mut x);
            states.push(x);
        }
        ControlFlow::Continue(())
    })?;
    Ok(Trajectory { times: times.to_vec(), states })
}

/// Integrates from `span.0` to `span.1` and hands each accepted step to `on_step`, which may end the run.
pub(crate) fn march(
    system: &dyn OdeSystem,
    x0: &[f64],
    span: (f64, f64),
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
    on_step: &mut dyn FnMut(&Step) -> ControlFlow<()>,
) -> Result<(), OdeError> {
    check_start(system, x0, tolerances)?;
    check_times(&[span.0, span.1])?;
    if span.0 == span.1 {
        return Ok(());
    }
    if x0.is_empty() {
        let _ = on_step(&Step { start: span.0, end: span.1, interpolate: &|_, _| {} });
        return Ok(());
    }
    diffsol_bridge::march(system, x0, span, tolerances, monitor, on_step)
}

fn check_start(system: &dyn OdeSystem, x0: &[f64], tolerances: &Tolerances) -> Result<(), OdeError> {
    if x0.len() != system.dimension() {
        return Err(OdeError::StateLength { found: x0.len(), expected: system.dimension() });
    }
    if let Some(variable) = x0.iter().position(|x| !x.is_finite()) {
        return Err(OdeError::BadInitialValue { variable, value: x0[variable] });
    }
    tolerances.check(x0.len())
}

fn check_times(times: &[f64]) -> Result<(), OdeError> {
    let bad = |&k: &usize| !times[k].is_finite() || (k > 0 && times[k] < times[k - 1]);
    match (0..times.len()).find(bad) {
        Some(index) => Err(OdeError::BadTime { index, value: times[index] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::{Silent, Stopped};

    /// One variable with a chosen right-hand side and derivative.
    struct Scalar(fn(f64) -> f64, fn(f64) -> f64);

    impl OdeSystem for Scalar {
        fn dimension(&self) -> usize {
            1
        }
        fn rhs(&self, _: f64, x: &[f64], out: &mut [f64]) {
            out[0] = (self.0)(x[0]);
        }
        fn jacobian(&self, _: f64, x: &[f64], out: &mut [f64]) {
            out[0] = (self.1)(x[0]);
        }
    }

    struct Empty;

    impl OdeSystem for Empty {
        fn dimension(&self) -> usize {
            0
        }
        fn rhs(&self, _: f64, _: &[f64], _: &mut [f64]) {}
        fn jacobian(&self, _: f64, _: &[f64], _: &mut [f64]) {}
    }

    const DECAY: Scalar = Scalar(|x| -x, |_| -1.0);

    fn tight() -> Tolerances {
        Tolerances::uniform(1e-10, 1e-14)
    }

    #[test]
    fn decay_follows_the_exponential_at_repeated_and_uneven_times() {
        let times = [1.0, 1.0, 1.5, 1.5, 2.0, 11.0, 11.0];
        let trajectory = solve(&DECAY, &[2.0], &times, &tight(), &Silent).expect("smooth problem");
        assert_eq!(trajectory.times, times);
        for (t, x) in times.iter().zip(&trajectory.states) {
            let exact = 2.0 * (1.0 - t).exp();
            assert!((x[0] - exact).abs() < 3e-9 * exact, "{t}: {} against {exact}", x[0]);
        }
        assert_eq!(trajectory.states[0], [2.0]);
    }

    #[test]
    fn the_error_falls_with_the_tolerance() {
        let error = |relative: f64| {
            let end = solve(&DECAY, &[1.0], &[0.0, 3.0], &Tolerances::uniform(relative, 1e-16), &Silent);
            (end.expect("smooth problem").states[1][0] / (-3.0_f64).exp() - 1.0).abs()
        };
        assert!(error(1e-4) < 1e-2 && error(1e-8) < 1e-6 && error(1e-12) < 1e-9);
    }

    #[test]
    fn degenerate_systems_and_times_are_answered() {
        let none = solve(&Empty, &[], &[0.0, 1.0, 2.0], &tight(), &Silent).expect("nothing to integrate");
        assert_eq!(none.states, [[0.0; 0]; 3]);
        let untimed = solve(&DECAY, &[1.0], &[], &tight(), &Silent).expect("no times");
        assert!(untimed.states.is_empty());
        let instant = solve(&DECAY, &[1.0], &[3.0, 3.0], &tight(), &Silent).expect("no time passes");
        assert_eq!(instant.states, [[1.0], [1.0]]);
        let still = solve(&Scalar(|_| 0.0, |_| 0.0), &[1.0], &[0.0, 1e9], &tight(), &Silent).expect("equilibrium");
        assert_eq!(still.states[1], [1.0]);
    }

    #[test]
    fn bad_input_is_named() {
        let run = |x0: &[f64], times: &[f64], tolerances: Tolerances| {
            solve(&DECAY, x0, times, &tolerances, &Silent).expect_err("bad input")
        };
        assert!(matches!(run(&[], &[0.0], tight()), OdeError::StateLength { found: 0, expected: 1 }));
        assert!(matches!(run(&[f64::NAN], &[0.0], tight()), OdeError::BadInitialValue { variable: 0, .. }));
        assert!(matches!(run(&[1.0], &[0.0, 2.0, 1.0], tight()), OdeError::BadTime { index: 2, .. }));
        assert!(matches!(run(&[1.0], &[f64::INFINITY], tight()), OdeError::BadTime { index: 0, .. }));
        let zero = Tolerances::uniform(1e-6, 0.0);
        assert!(matches!(run(&[1.0], &[0.0, 1.0], zero), OdeError::BadTolerance { which: "absolute", .. }));
        let three = Tolerances { relative: 1e-6, absolute: vec![1e-9; 3] };
        assert!(matches!(run(&[1.0], &[0.0, 1.0], three), OdeError::ToleranceLength { found: 3, expected: 1 }));
    }

    #[test]
    fn failing_runs_say_how_far_they_came() {
        let blow_up = Scalar(|x| x * x, |x| 2.0 * x);
        match solve(&blow_up, &[1.0], &[0.0, 2.0], &tight(), &Silent).expect_err("singular at t = 1") {
            OdeError::StepFailed { reached, .. }
            | OdeError::Stalled { reached, .. }
            | OdeError::RateNotFinite { reached, .. }
            | OdeError::Overflow { reached, .. } => assert!((reached - 1.0).abs() < 1e-6, "{reached}"),
            other => panic!("unexpected {other}"),
        }
        let root = Scalar(|x| -x.sqrt() - 0.1, |x| -0.5 / x.sqrt());
        let error = solve(&root, &[1.0], &[0.0, 10.0], &tight(), &Silent).expect_err("leaves the domain");
        assert!(matches!(error, OdeError::RateNotFinite { variable: 0, .. }), "{error}");
        let never = Scalar(|_| f64::NAN, |_| f64::NAN);
        let error = solve(&never, &[1.0], &[0.0, 1.0], &tight(), &Silent).expect_err("never finite");
        assert!(matches!(error, OdeError::RateNotFinite { reached: 0.0, .. }), "{error}");
        let stopped = solve(&DECAY, &[1.0], &[0.0, 1.0], &tight(), &Stopped).expect_err("cancelled");
        assert!(matches!(stopped, OdeError::Interrupted { reached: 0.0, .. }));
    }
}
