//! Stiff initial-value problems: the trait that a system implements, and an implicit solver with its Jacobian.

/// `dx/dt = f(t, x)` with its analytic Jacobian.
pub trait OdeSystem: Sync {
    /// Number of state variables.
    fn dimension(&self) -> usize;
    /// Writes `f(t, x)` into `out` (length = dimension).
    fn rhs(&self, t: f64, x: &[f64], out: &mut [f64]);
    /// Writes `∂f_i/∂x_j` into `out[j * dimension + i]` (column-major).
    fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]);
}

/// Error tolerances of an integration.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Tolerances {
    pub relative: f64,
    /// One for all variables, or one each.
    pub absolute: Vec<f64>,
}

/// States at the requested times: `states[k][i]` is variable `i` at `times[k]`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Trajectory {
    pub times: Vec<f64>,
    pub states: Vec<Vec<f64>>,
}
