//! Steady states, their stability, and limit cycles.

use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::ode::{OdeError, OdeSystem, Tolerances, march};
use super::path::{Accumulator, PathIntegrals};
use super::rate_law::RateLaw;
use crate::display::Monitor;

/// A steady state or a cycle was not found.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CycleSearchError {
    #[error("the iteration ended at a residual of {residual} after {iterations} rounds; {wanted} was wanted")]
    NotConverged { residual: f64, iterations: usize, wanted: f64 },
    #[error("the Jacobian is singular at the iterate {state:?}")]
    Singular { state: Vec<f64> },
    #[error("the trajectory did not cross {level} of variable {variable} upwards within {time}")]
    NoCrossing { variable: usize, level: f64, time: f64 },
    #[error("the orbit has shrunk to the steady state {state:?}")]
    Settled { state: Vec<f64> },
    #[error(transparent)]
    Ode(#[from] OdeError),
}

/// Rounds of Newton's method before it counts as failed.
const ROUNDS: usize = 100;

/// Fraction of a Newton step below which halving it further is hopeless.
const SMALLEST_FRACTION: f64 = 1e-6;

/// Solves `f(x) = 0` by Newton's method with halved steps, starting at `guess`.
///
/// The system must have no conservation laws: they make its Jacobian singular.
///
/// # Errors
/// No convergence, or a singular Jacobian.
pub fn steady_state(system: &dyn OdeSystem, guess: &[f64]) -> Result<Vec<f64>, CycleSearchError> {
    let rates = |x: &DVector<f64>| {
        let mut out = DVector::zeros(x.len());
        system.rhs(0.0, x.as_slice(), out.as_mut_slice());
        out
    };
    let mut x = DVector::from_column_slice(guess);
    let mut f = rates(&x);
    for _ in 0..ROUNDS {
        let step = jacobian(system, x.as_slice()).lu().solve(&f);
        let step = step.ok_or_else(|| CycleSearchError::Singular { state: x.as_slice().to_vec() })?;
        let mut fraction = 1.0;
        let improves = |fraction: f64| rates(&(&x - &step * fraction)).norm() < f.norm();
        while fraction > SMALLEST_FRACTION && !improves(fraction) {
            fraction *= 0.5;
        }
        let next = &x - &step * fraction;
        let moved = (&next - &x).amax();
        let residual = rates(&next);
        if moved <= 4.0 * f64::EPSILON * x.amax() || residual.norm() >= f.norm() {
            // Newton's steps have shrunk to rounding; a residual that is large all the same is a failure
            let wanted = 1e-10 * f.norm().max(1.0);
            return if f.amax() <= wanted {
                Ok(if residual.norm() < f.norm() { next } else { x }.as_slice().to_vec())
            } else {
                Err(CycleSearchError::NotConverged { residual: f.amax(), iterations: ROUNDS, wanted })
            };
        }
        (x, f) = (next, residual);
    }
    Err(CycleSearchError::NotConverged { residual: f.amax(), iterations: ROUNDS, wanted: 0.0 })
}

fn jacobian(system: &dyn OdeSystem, x: &[f64]) -> DMatrix<f64> {
    let mut slopes = DMatrix::zeros(x.len(), x.len());
    system.jacobian(0.0, x, slopes.as_mut_slice());
    slopes
}

/// Eigenvalues `(real, imaginary)` of the Jacobian at `x`, sorted by real, then imaginary part.
pub fn eigenvalues(system: &dyn OdeSystem, x: &[f64]) -> Vec<(f64, f64)> {
    let mut values: Vec<(f64, f64)> =
        jacobian(system, x).complex_eigenvalues().iter().map(|value| (value.re, value.im)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    values
}

/// Finds the steady states of a system of one variable between `from` and `to` (positive), in ascending order.
///
/// Sign changes of the rate on a logarithmic grid of `cells` cells, refined by bisection to the last digit; pairs
/// closer than a cell are missed.
pub fn scalar_steady_states(system: &dyn OdeSystem, from: f64, to: f64, cells: usize) -> Vec<f64> {
    let rate = |x: f64| {
        let mut out = [0.0];
        system.rhs(0.0, &[x], &mut out);
        out[0]
    };
    let at = |k: usize| from * (to / from).powf(k as f64 / cells as f64);
    let mut roots = Vec::new();
    for k in 0..cells {
        let (mut low, mut high) = (at(k), at(k + 1));
        let sign = rate(low);
        if sign == 0.0 {
            roots.push(low);
        } else if sign * rate(high) < 0.0 {
            while high - low > f64::EPSILON * high {
                let middle = 0.5 * (low + high);
                if middle <= low || middle >= high {
                    break;
                }
                *(if rate(middle) * sign > 0.0 { &mut low } else { &mut high }) = middle;
            }
            roots.push(0.5 * (low + high));
        }
    }
    roots
}

/// Where a return map looks at a trajectory: upward crossings of a level by one variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    pub variable: usize,
    pub level: f64,
    /// Longest time to wait for a crossing.
    pub patience: f64,
}

/// A periodic orbit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitCycle {
    pub period: f64,
    /// The point of the orbit on the section.
    pub start: Vec<f64>,
    /// Integrals over one period.
    pub integrals: PathIntegrals,
}

/// Length of an orbit, relative to its concentrations, below which it is a steady state.
const SMALLEST_ORBIT: f64 = 1e-6;

/// Largest change of the return point, relative to its size, that counts as none.
const RETURN_TOLERANCE: f64 = 1e-11;

/// Finds the limit cycle through a section by Newton's method on the return map, after `transient` time from `x0`.
///
/// The derivative of the map is taken by differences, one return per variable off the section; the accuracy is that
/// of the tolerances.
///
/// # Errors
/// No crossing, no convergence, an orbit that shrinks to a steady state, and what the solver raises.
pub fn limit_cycle(
    law: &dyn RateLaw,
    x0: &[f64],
    transient: f64,
    section: &Section,
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
) -> Result<LimitCycle, CycleSearchError> {
    let mut settled = x0.to_vec();
    march(law, x0, (0.0, transient), tolerances, monitor, &mut |step| {
        step.state_at(step.end, &mut settled);
        ControlFlow::Continue(())
    })?;
    let returned = |start: &[f64]| first_return(law, start, section, tolerances, monitor);
    let (_, mut point) = returned(&settled)?;
    let free: Vec<usize> = (0..point.len()).filter(|i| *i != section.variable).collect();
    let mut residual = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (integrals, next) = returned(&point)?;
        let gap = DVector::from_fn(free.len(), |k, _| next[free[k]] - point[free[k]]);
        let scale = point.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        if integrals.length.iter().all(|length| *length < SMALLEST_ORBIT * scale) {
            return Err(CycleSearchError::Settled { state: point });
        }
        let last = std::mem::replace(&mut residual, gap.amax() / scale);
        // converged, or as close as the solver's own error lets it come
        if residual <= RETURN_TOLERANCE || (residual <= 100.0 * tolerances.relative && residual >= last) {
            return Ok(LimitCycle { period: integrals.duration, start: point, integrals });
        }
        let mut slopes = DMatrix::identity(free.len(), free.len());
        for (k, &j) in free.iter().enumerate() {
            let mut moved = point.clone();
            let step = DIFFERENCE * point[j].abs().max(scale * DIFFERENCE);
            moved[j] += step;
            let (_, image) = returned(&moved)?;
            for (l, &i) in free.iter().enumerate() {
                slopes[(l, k)] -= (image[i] - next[i]) / step;
            }
        }
        let change = slopes.lu().solve(&gap).ok_or_else(|| CycleSearchError::Singular { state: point.clone() })?;
        free.iter().zip(change.iter()).for_each(|(&i, d)| point[i] += d);
    }
    Err(CycleSearchError::NotConverged { residual, iterations: ROUNDS, wanted: RETURN_TOLERANCE })
}

/// Relative step of the differences that estimate the return map's derivative.
const DIFFERENCE: f64 = 1e-4;

/// Follows a trajectory to its next upward crossing; returns the integrals up to there and the crossing point.
fn first_return(
    law: &dyn RateLaw,
    start: &[f64],
    section: &Section,
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
) -> Result<(PathIntegrals, Vec<f64>), CycleSearchError> {
    let mut accumulator = Accumulator::new(law, start);
    let mut x = start.to_vec();
    let mut armed = false;
    let mut crossed = false;
    march(law, start, (0.0, section.patience), tolerances, monitor, &mut |step| {
        step.state_at(step.end, &mut x);
        if armed && x[section.variable] >= section.level {
            let (mut before, mut after) = (step.start, step.end);
            loop {
                let middle = 0.5 * (before + after);
                if middle <= before || middle >= after {
                    break;
                }
                step.state_at(middle, &mut x);
                *(if x[section.variable] < section.level { &mut before } else { &mut after }) = middle;
            }
            accumulator.advance(step, step.start, after);
            crossed = true;
            return ControlFlow::Break(());
        }
        armed |= x[section.variable] < section.level;
        accumulator.advance(step, step.start, step.end);
        ControlFlow::Continue(())
    })?;
    if !crossed {
        let (variable, level, time) = (section.variable, section.level, section.patience);
        return Err(CycleSearchError::NoCrossing { variable, level, time });
    }
    let mut point = accumulator.integrals().end.clone();
    point[section.variable] = section.level;
    Ok((accumulator.integrals().clone(), point))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::zoo::{brusselator, specimen};
    use crate::display::Silent;

    fn assert_close(name: &str, found: f64, pin: f64, tolerance: f64) {
        assert!((found / pin - 1.0).abs() < tolerance, "{name}: {found}, pinned {pin}");
    }

    #[test]
    fn the_fixed_point_of_the_brusselator_is_an_unstable_focus() {
        let network = brusselator(3.0);
        let x = steady_state(&network, &[1.2, 2.0]).expect("regular");
        assert_close("X", x[0], 1.0, 1e-12);
        assert_close("Y", x[1], 2.980198019802, 1e-12);
        let values = eigenvalues(&network, &x);
        for (value, sign) in values.iter().zip([-1.0, 1.0]) {
            assert!((value.0 - 0.460198).abs() < 5e-7 && (value.1 - sign * 0.893430).abs() < 5e-7, "{values:?}");
        }
        assert_close("Σ̇", network.thermodynamics(&x).entropy_production, 30.6196307789, 1e-11);
    }

    #[test]
    fn the_limit_cycle_meets_its_pins() {
        let network = brusselator(3.0);
        let section = Section { variable: 0, level: 1.0, patience: 50.0 };
        let tolerances = Tolerances::uniform(1e-13, 1e-15);
        let cycle = limit_cycle(&network, &[1.2, 2.0], 50.0, &section, &tolerances, &Silent).expect("attracting");
        let pins = [
            ("period", cycle.period, 6.9502137398),
            ("Σ", cycle.integrals.dissipation, 212.7262093857),
            ("Σ_ex", cycle.integrals.excess, 12.7289321982),
            ("∫D_X", cycle.integrals.diffusion[0], 28.088620233),
            ("∫D_Y", cycle.integrals.diffusion[1], 21.138406493),
            ("ℒ_X", cycle.integrals.length[0], 6.136768036),
            ("ℒ_Y", cycle.integrals.length[1], 7.125100049),
        ];
        for (name, found, pin) in pins {
            assert_close(name, found, pin, 1e-9);
        }
    }

    #[test]
    fn schloegl_has_three_steady_states() {
        let schloegl = specimen("schlogl").expect("in the zoo").network;
        let roots = scalar_steady_states(&schloegl, 1e-3, 1e2, 1000);
        let pins = [(0.093463120121, 0.104858786186), (1.204092864802, 13.4643301784), (3.702444015077, 43.5163352501)];
        assert_eq!(roots.len(), 3);
        for (root, (x, dissipation)) in roots.iter().zip(pins) {
            assert_close("x", *root, x, 1e-11);
            assert_close("Σ̇", schloegl.thermodynamics(&[*root]).entropy_production, dissipation, 1e-10);
        }
    }

    /// Case file: the stationary states of the driven cycle and of open Michaelis–Menten, each with one conserved sum.
    #[test]
    fn driven_stationary_states_meet_their_pins() {
        let cycle = specimen("cycle3").expect("in the zoo").network;
        let at = cycle.thermodynamics(&[0.235294117647, 0.310924369748, 0.453781512605]);
        assert_close("Σ̇", at.entropy_production, 1.5289617438, 1e-10);
        assert!(at.drift.iter().all(|f| f.abs() < 1e-11));
        assert!(at.net.iter().all(|j| (j - 0.394957983193).abs() < 1e-11));
        let open = specimen("mm_open").expect("in the zoo").network;
        let at = open.thermodynamics(&[0.42735042735, 1.0 - 0.42735042735]);
        assert_close("Σ̇", at.entropy_production, 3.4054050631, 1e-10);
        assert!(at.drift.iter().all(|f| f.abs() < 1e-10));
    }

    #[test]
    fn failures_are_named() {
        let growth = specimen("iso").expect("in the zoo").network;
        assert!(matches!(steady_state(&growth, &[1.0, 0.2]), Err(CycleSearchError::Singular { .. })));
        let section = Section { variable: 0, level: 100.0, patience: 5.0 };
        let never =
            limit_cycle(&brusselator(3.0), &[1.2, 2.0], 1.0, &section, &Tolerances::uniform(1e-6, 1e-9), &Silent);
        assert!(matches!(never, Err(CycleSearchError::NoCrossing { variable: 0, .. })));
    }
}
