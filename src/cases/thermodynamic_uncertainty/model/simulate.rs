//! Integrates a model's equations over a grid of times.

use super::Model;
use crate::cases::thermodynamic_uncertainty::ode::{OdeError, Tolerances, Trajectory, solve};
use crate::display::Monitor;

/// Absolute error per relative error, in units of the largest start amount: species far below that size matter, too.
const ABSOLUTE_PER_RELATIVE: f64 = 1e-4;

impl Model {
    /// Integrates from time 0 and returns the amounts of the dynamic species at each time.
    ///
    /// Absolute tolerances follow from the sizes of the start amounts, see [`Model::absolute_tolerances`]: models come
    /// in molecules and in attomoles.
    ///
    /// # Errors
    /// Times that don't ascend from 0 or later, and whatever the solver raises.
    pub fn simulate(&self, times: &[f64], relative: f64, monitor: &dyn Monitor) -> Result<Trajectory, OdeError> {
        if let Some((index, &value)) = times.iter().enumerate().find(|(_, t)| !(t.is_finite() && **t >= 0.0)) {
            return Err(OdeError::BadTime { index, value });
        }
        if self.state.is_empty() {
            return Ok(Trajectory { times: times.to_vec(), states: vec![Vec::new(); times.len()] });
        }
        let tolerances = Tolerances { relative, absolute: self.absolute_tolerances(ABSOLUTE_PER_RELATIVE * relative) };
        let from_zero: Vec<f64> = std::iter::once(0.0).chain(times.iter().copied()).collect();
        let mut trajectory = solve(&self.system(), &self.initial_state(), &from_zero, &tolerances, monitor)?;
        trajectory.times.remove(0);
        trajectory.states.remove(0);
        Ok(trajectory)
    }
}

/// `steps + 1` evenly spaced times from `start` to `end`.
pub fn time_grid(start: f64, end: f64, steps: usize) -> Vec<f64> {
    let at = |k: usize| if k == steps { end } else { start + (end - start) * k as f64 / steps as f64 };
    (0..=steps).map(at).collect()
}
